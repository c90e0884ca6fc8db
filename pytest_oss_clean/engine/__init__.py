"""Runs one contract: brings an object into its history, sends the request, compares, probes the effects.

Imports `target` and what is below. Start with `runner.py`, then `steps.py`.
"""
