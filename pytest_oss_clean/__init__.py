"""Contract tests for CleanRestoredObject of Alibaba Cloud OSS, as a pytest plugin.

Public names are loaded when they are first used: importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_oss_clean.emulator import Emulator
    from pytest_oss_clean.history import Given
    from pytest_oss_clean.message import Answer, Endpoint, Operation, Request, Sender
    from pytest_oss_clean.secrecy import Secret
    from pytest_oss_clean.signing import Credentials, Signer
    from pytest_oss_clean.target import Target
    from pytest_oss_clean.verdict import Verdict

__all__ = [
    "Answer",
    "Credentials",
    "Emulator",
    "Endpoint",
    "Given",
    "Operation",
    "Request",
    "Secret",
    "Sender",
    "Signer",
    "Target",
    "Verdict",
]

_HOMES = {
    "emulator": "Emulator",
    "history": "Given",
    "message": "Answer Endpoint Operation Request Sender",
    "secrecy": "Secret",
    "signing": "Credentials Signer",
    "target": "Target",
    "verdict": "Verdict",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
