"""Contract tests for CleanRestoredObject of Alibaba Cloud OSS, as a pytest plugin.

Public names are loaded when they are first used: importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_oss_clean.emulator import Emulator
    from pytest_oss_clean.emulator.faults import Faults
    from pytest_oss_clean.engine.provisioning import ArrangedObject
    from pytest_oss_clean.oss.messages import Endpoint, Operation, Request, Response, Sender
    from pytest_oss_clean.oss.secrets import Secret
    from pytest_oss_clean.oss.signing import Credentials, Signer
    from pytest_oss_clean.spec.history import Given
    from pytest_oss_clean.spec.verdict import Verdict
    from pytest_oss_clean.target.target import OssClient, Target

__all__ = [
    "ArrangedObject",
    "Credentials",
    "Emulator",
    "Endpoint",
    "Faults",
    "Given",
    "Operation",
    "OssClient",
    "Request",
    "Response",
    "Secret",
    "Sender",
    "Signer",
    "Target",
    "Verdict",
]

_HOMES = {
    "emulator": "Emulator",
    "emulator.faults": "Faults",
    "engine.provisioning": "ArrangedObject",
    "spec.history": "Given",
    "oss.messages": "Response Endpoint Operation Request Sender",
    "oss.secrets": "Secret",
    "oss.signing": "Credentials Signer",
    "target.target": "OssClient Target",
    "spec.verdict": "Verdict",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}


if not TYPE_CHECKING:  # a type checker knows all names from above, and that there are no others

    def __getattr__(name: str) -> Any:
        """Load a public name from the module it lives in."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
