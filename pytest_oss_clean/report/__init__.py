"""What people and machines read after a run: terminal, JSON, JUnit properties, lists of the catalogue.

Imports `engine` and what is below. Start with `finish.py`.
"""
