"""The proof's figures between two marks of a file, such as the README."""

from __future__ import annotations

from pathlib import Path

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.mutation.results import Proof
from pytest_oss_clean.mutation.text_report import as_markdown

BEGIN, END = "<!-- figures of the proof -->", "<!-- end of figures -->"


def write_figures(path: Path, proof: Proof, *, check: bool) -> str:
    """Put the figures into a file; with `check` only say where it holds others. Raises ConfigurationError."""
    option = "--check" if check else "--write"
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigurationError(option, path, f"cannot be read: {error}") from None
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(option, path, f"it needs the lines {BEGIN} and {END}")
    wanted = f"{head}{BEGIN}\n{as_markdown(proof)}\n{END}{tail}"
    if check:
        renew = f"oss-clean prove --full --write {path}"
        return "" if text == wanted else f"{path} holds other figures: run `{renew}`"
    path.write_text(wanted, "utf-8")
    return ""
