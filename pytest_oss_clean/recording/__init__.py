"""Recordings: what a target answered on a day, kept in cassettes of vcrpy, and replayed without network."""
