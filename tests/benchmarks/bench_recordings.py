"""What recording and replaying cost beside the same contracts on the emulator: python bench_recordings.py.

The rows of the page and of the histories are run live, recorded, and replayed with the network blocked.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

CHOSEN = ["-k", "test_page or test_histories"]
ROUNDS = 3


def seconds(*arguments):
    """Return the shortest of ROUNDS times."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs"]
    command += ["pytest_oss_clean.contracts", *CHOSEN, *arguments]
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begun)
    return min(times)


def main():
    with tempfile.TemporaryDirectory() as folder:
        collected = seconds("--collect-only")
        live = seconds()
        recorded = seconds("--record-mode=rewrite", f"--oss-cassettes={folder}")
        replayed = seconds("--oss-target", f"cassettes:{folder}", "--block-network")
    print(f"pytest, best of {ROUNDS}: collection alone {collected:.2f} s")
    for name, taken in (("live, on the emulator", live), ("recorded", recorded), ("replayed", replayed)):
        print(f"{name:<22} {taken:5.2f} s, {(taken - collected) / (live - collected):5.2f} times live")


if __name__ == "__main__":
    main()
