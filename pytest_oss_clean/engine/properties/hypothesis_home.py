"""Where Hypothesis keeps its tables while we use it: in a folder of this process, not in anybody's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory

from hypothesis import configuration


@cache
def _home() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="oss-clean-")


@contextmanager
def apart() -> Iterator[None]:
    """Let Hypothesis keep its tables in a folder of this process, not in that of whoever runs us."""
    before = vars(configuration)["__hypothesis_home_directory"]
    configuration.set_hypothesis_home_dir(_home().name)
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(before)
