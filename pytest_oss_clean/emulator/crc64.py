"""CRC-64 fast enough in plain Python: a large PUT must not stall the server for long.

Rule: the whole message is one polynomial in an int. Its upper half, at x^R, is folded onto the lower
one with x^R mod P, some thirty shifts a time; what is short is divided byte by byte.
"""

from __future__ import annotations

_POLYNOMIAL = 0x42F0E1EBA9EA3693  # ECMA-182, without its x^64
_ONES = (1 << 64) - 1
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_LARGEST_FOLD = 33
"""Folds at 2^33 bits: 1 GiB, more than the service takes."""
_SHORT = 512
"""Bits that are sooner divided than folded."""


def _divide_bits(polynomial: int) -> int:
    """Return the remainder by P, bit by bit."""
    while (excess := polynomial.bit_length() - 65) >= 0:
        polynomial ^= ((1 << 64) | _POLYNOMIAL) << excess
    return polynomial


_TABLE = tuple(_divide_bits(byte << 64) for byte in range(256))


def _divide(polynomial: int) -> int:
    """Return the remainder by P, byte by byte."""
    value = 0
    for byte in polynomial.to_bytes((polynomial.bit_length() + 7) // 8, "big"):
        value = (value << 8 & _ONES | byte) ^ _TABLE[value >> 56]
    return value


def _square(polynomial: int) -> int:
    """Return the square modulo P: over GF(2), each bit moves to twice its place."""
    return _divide_bits(sum(1 << 2 * place for place in _places(polynomial)))


def _places(polynomial: int) -> tuple[int, ...]:
    return tuple(place for place in range(64) if polynomial >> place & 1)


def _folds() -> tuple[tuple[int, ...], ...]:
    """Return for each k where x^(2^k) mod P has its bits."""
    residues = [2]
    for _ in range(_LARGEST_FOLD):
        residues.append(_square(residues[-1]))
    return tuple(map(_places, residues))


_FOLDS = _folds()


def crc64ecma(data: bytes) -> int:
    """Return CRC-64/XZ (ECMA-182, reflected), as in x-oss-hash-crc64ecma."""
    polynomial = int.from_bytes(data.translate(_REVERSED), "big") << 64
    polynomial ^= _ONES << 8 * len(data)
    while (length := polynomial.bit_length()) > _SHORT:
        fold = min((length - 1).bit_length() - 1, _LARGEST_FOLD)
        high = polynomial >> (1 << fold)
        polynomial ^= high << (1 << fold)
        for place in _FOLDS[fold]:
            polynomial ^= high << place
    remainder = _divide(polynomial) ^ _ONES
    return int.from_bytes(remainder.to_bytes(8, "big").translate(_REVERSED), "little")
