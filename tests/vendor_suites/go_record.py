"""Run the integration tests of a Go SDK, each in a process of its own: one JSON line for each test.

    python go_record.py oss/client_integration_test.go

It runs in a checkout whose modules `go` finds, with the files that RECORD and SERVE_LOG name. A test that
panics or hangs ends no other one.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOG = Path(os.environ["SERVE_LOG"])
RECORD = Path(os.environ["RECORD"])
SECONDS = 180
OUTCOMES = {"PASS": "passed", "SKIP": "skipped"}


def main():
    """Compile the tests of each file's package, and run them one by one."""
    with tempfile.TemporaryDirectory() as folder, RECORD.open("a") as record:
        for file in map(Path, sys.argv[1:]):
            binary = Path(folder, file.stem)
            build = ["go", "test", "-tags", "integration", "-c", "-o", binary, f"./{file.parent}"]
            subprocess.run(build, check=True)
            for name in re.findall(r"^func (Test\w+)\(", file.read_text(), re.MULTILINE):
                record.write(json.dumps({"id": f"{file}::{name}", **run(binary, file.parent, name)}) + "\n")
                record.flush()


def run(binary, folder, name):
    """Return the outcome of a test, with the part of the server's log that belongs to it."""
    start = LOG.stat().st_size
    command = [binary, "-test.v", "-test.run", f"^{name}$"]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        done = subprocess.run(command, cwd=folder, check=False, timeout=SECONDS, **output)
        said = done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        said = f"no end within {SECONDS} s"
    found = re.search(rf"^--- (\w+): {name} ", said, re.MULTILINE)
    outcome = OUTCOMES.get(found[1] if found else "", "failed")
    told = "" if outcome != "failed" else said[-1500:]
    return {"outcome": outcome, "said": told, "log": [start, LOG.stat().st_size]}


if __name__ == "__main__":
    main()
