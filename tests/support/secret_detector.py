"""A key secret and a token to plant, and the detector that finds them, or pieces of them, in any spelling."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

SECRET = "PLANTED+key/Secret=q7Zr2Wk9+Xt4/Lm8Vb1Nc6Jd3Hs5="
TOKEN = "PLANTED/Sts+Token=" + "".join(f"{n * 7919 % 9973:04d}Ab{n}/+" for n in range(20)) + "=="
SHORTEST, STEP = 12, 3
"""14 characters of a secret in a row, in any spelling, are a leak: they hold one of the pieces looked for."""


def spellings(secret):
    """Return every spelling of pieces of SHORTEST characters, one at every STEP."""
    pieces = [secret[i : i + SHORTEST] for i in range(0, len(secret) - SHORTEST + 1, STEP)]
    found = set(pieces)
    found |= {quote(piece, safe="") for piece in pieces}
    found |= {re.sub("%..", lambda m: m[0].lower(), quote(piece, safe="")) for piece in pieces}
    found |= {piece.encode().hex() for piece in pieces} | {piece.encode().hex().upper() for piece in pieces}
    for shift in range(3):
        whole = base64.b64encode(b"-" * shift + secret.encode() + b"-" * 3).decode()
        core = whole[4 if shift else 0 : -8]
        found |= {core[i : i + 16] for i in range(0, len(core) - 15, STEP)}
    return found


LEAKS = {"key secret": spellings(SECRET), "token": spellings(TOKEN)}


def leaks(text):
    """Return what of the secrets a text shows, folded over lines or not."""
    folded = re.sub(r"\s+", "", text)
    return [(what, leak) for what, known in LEAKS.items() for leak in known if leak in text or leak in folded]


def assert_clean(texts):
    for place, text in texts.items():
        found = leaks(text)
        around = [text[max(0, text.find(leak) - 80) :][:200] for _, leak in found[:3]]
        assert not found, f"{place} shows {found[:3]}: {around}"
