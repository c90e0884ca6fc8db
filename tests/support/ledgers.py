"""Ledgers whose process is gone."""

from __future__ import annotations

import sqlite3


def disown(ledger):
    """Close a ledger that still names objects, as if its process were dead."""
    ledger.close()
    with sqlite3.connect(ledger.path) as file:
        file.execute("UPDATE ledger SET pid = 0")
    file.close()
