"""Recordings: what a target answered on a day, kept in cassettes of vcrpy and replayed without a network.

Imports `report` and what is below; the only place that imports vcr. Start with `session.py`.
"""
