"""The server under test: how it is reached, paced, kept clean, and how its clock moves.

Imports `contracts`, `emulator`, `spec` and `oss`. Start with `target.py`, then `open.py`.
"""
