"""Proof of detection: faulty servers that the contracts must notice, harmless ones that they must not.

Imports everything but `plugin` and `cli`. Start with `mutant.py`, then `kill_matrix.py`.
"""
