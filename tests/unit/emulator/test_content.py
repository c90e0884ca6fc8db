"""Bodies in pieces: their bytes, their checksums, and what is read for them."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_oss_clean.emulator import content
from pytest_oss_clean.emulator.content import (
    BLOCK,
    LARGE,
    SMALLEST_PIECE,
    SPOOLED,
    Intake,
    crc64,
    crc64_of,
    joined,
    md5_of,
)


def taken(body, block=BLOCK):
    intake = Intake()
    for start in range(0, len(body), block):
        intake.write(body[start : start + block])
    return intake.finish()


@pytest.mark.parametrize("size", [1, SMALLEST_PIECE, SMALLEST_PIECE + 1, 3 * LARGE, SPOOLED, SPOOLED + 1])
def test_a_body_is_kept_with_its_digests(size):
    body = os.urandom(size)
    received = taken(body)
    assert bytes(received.body) == body
    assert (received.md5, received.crc64) == (hashlib.md5(body).digest(), crc64(body))
    assert md5_of(received.body) == received.md5


def test_a_body_in_single_bytes_has_few_pieces():
    received = taken(bytes(3 * SMALLEST_PIECE + 1), block=1)
    assert [len(piece) for piece in received.body.pieces()] == [*[SMALLEST_PIECE] * 3, 1]


@pytest.mark.parametrize("size", [SPOOLED, SPOOLED + BLOCK], ids=["memory", "file"])
def test_the_checksum_of_a_part_follows_from_those_of_its_pieces(size, monkeypatch):
    body = os.urandom(size)
    received = taken(body)
    read = []
    calc = content._CRC.calc
    monkeypatch.setattr(content, "_CRC", Counting(calc, read))
    for start, end in ((0, size), (1, size - 1), (BLOCK, size), (5, 6), (BLOCK - 1, 3 * BLOCK + 1)):
        read.clear()
        assert crc64_of(received.body[start:end]) == calc(body[start:end])
        assert sum(read) <= 2 * BLOCK


class Counting:
    """A model of a CRC that counts what it reads."""

    def __init__(self, calc, read):
        self._calc, self._read = calc, read

    def calc(self, data, before=0):
        self._read.append(len(data))
        return self._calc(data, before)

    combine = content._CRC.combine


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_slices_and_rows_of_bodies_are_those_of_their_bytes(parts, data):
    whole = b"".join(parts)
    body = content.Content(piece for part in parts for piece in content.pieces_of(part))
    start, end = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))
    assert bytes(body[start:end]) == whole[start:end]
    assert crc64_of(body[start:end]) == crc64(whole[start:end])
    assert bytes(joined([body[start:end], body])) == whole[start:end] + whole
