"""Recordings of targets, one per contract id, each with its provenance."""
