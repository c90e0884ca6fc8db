"""Servers that differ harmlessly from ours and must pass. Start with `catalogue.py`."""
