"""The access keys an emulator knows, and how each stands.

Rule: secrets and tokens are compared in constant time and never shown.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_oss_clean.oss.signing import Credentials, utf8

_KEY_ID = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Key:
    """An access key; a disabled one is refused, a temporary one from `token_expires_at` on."""

    credentials: Credentials
    disabled: bool = False
    token_expires_at: float | None = None


class Keyring:
    """All known keys by their id."""

    def __init__(self, keys: Iterable[Credentials | Key]) -> None:
        """Know the keys; plain credentials stand well."""
        known = (key if isinstance(key, Key) else Key(key) for key in keys)
        self._keys = {key.credentials.key_id: key for key in known}

    def find(self, key_id: str) -> Key | None:
        """Return the key of that id."""
        return self._keys.get(key_id)

    def is_well_formed(self, key_id: str) -> bool:
        """Tell whether an id has no illegal character."""
        return _KEY_ID.fullmatch(key_id) is not None

    def owners(self, token: str) -> set[str]:
        """Return the ids of the keys that this token belongs to."""
        held = [(id_, key.credentials.token) for id_, key in self._keys.items()]
        return {id_ for id_, own in held if own and hmac.compare_digest(utf8(own.reveal()), utf8(token))}
