"""The same command many times against the same servers: `python tests/benchmarks/same_verdict.py 20 -k ...`.

Prints, for each server of tests/slow/test_same_verdict.py, how many different exit codes and reports there
were, and what differed.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS), str(TESTS / "slow")]

from conftest import command_line_in  # noqa: E402
from test_same_verdict import SERVERS, runs_of  # noqa: E402

from served_targets import serving  # noqa: E402


def differences(one, other, place=""):
    """Yield the places in which two reports differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key, value in one.items():
            yield from differences(value, other[key], f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differences(first, second, f"{place}[{number}]")
    elif one != other:
        yield f"{place}: {one!r} and {other!r}"


def main():
    times, *selected = sys.argv[1:]
    for name, (wrap, _) in SERVERS.items():
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(serving(command_line_in(folder), wrap))
            runs = list(runs_of(server, folder, selected, int(times)))
        (_, first), *others = runs
        counts = {what: number for what, number in first["counts"].items() if number}
        print(f"{name}: {len(runs)} runs, exit {sorted({code for code, _ in runs})}, {counts}")
        differ = sum(report != first for _, report in others)
        found = list(dict.fromkeys(text for _, report in others for text in differences(first, report)))
        print(
            f"  {differ} reports differ", *(f"    {text[:300]}" for text in found[:10]), sep="\n", flush=True
        )


if __name__ == "__main__":
    main()
