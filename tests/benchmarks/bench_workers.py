"""What workers gain on a server with one movable clock, some milliseconds away: python bench_workers.py.

The same contracts are checked by one process and by several (-n); every answer comes 30 ms late. Each run
has a server of its own. Only the ratio means anything. Options of `oss-clean check` may follow, such as
`-k test_page`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_oss_clean.oss.messages import Endpoint

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from distance import at_distance
from served_targets import serving

DELAY = 0.03
WORKERS = 4


def seconds(workers, options):
    """Return the seconds of a run, and its verdict."""
    with serving(None) as server, at_distance(server.endpoint.host, server.endpoint.port, DELAY) as port:
        server.endpoint = Endpoint("http", "127.0.0.1", port)
        command = [str(Path(sys.executable).with_name("oss-clean")), *server.arguments(*workers, *options)]
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command,
                check=False,
                cwd=folder,
                env=os.environ | server.variables,
                capture_output=True,
                text=True,
            )
        took = time.perf_counter() - began
    if "0 failed, 0 not tested" not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    verdict = re.findall(r"^oss-clean: .*passed.*", done.stdout, re.MULTILINE)
    return took, f"exit {done.returncode}, {len(server.requests)} requests, {''.join(verdict[-1:])}"


def main():
    options = sys.argv[1:]
    taken = {}
    for workers in (0, WORKERS):
        taken[workers], verdict = seconds(["-n", str(workers)], options)
        print(f"-n {workers}: {taken[workers]:7.1f} s, {verdict}", flush=True)
    print(f"-n {WORKERS} is {taken[0] / taken[WORKERS]:.2f} times as fast")


if __name__ == "__main__":
    main()
