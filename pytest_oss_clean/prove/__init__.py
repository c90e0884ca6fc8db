"""Proof of detection: faulty servers that the contracts must notice, harmless ones that they must not."""
