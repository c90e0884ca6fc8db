"""Run the integration tests of a Go or a PHP SDK, each in a process of its own: one JSON line for each test.

    python process_record.py oss/client_integration_test.go
    python process_record.py tests/OSS/Tests/SymlinkTest.php

It runs in a checkout: `go` finds its modules there, `phpunit` is on the path. RECORD and SERVE_LOG name
files. A test that panics or hangs ends no other one.
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


def go_tests(file, folder):
    """Compile the tests of the file's package; yield name and command of each test of the file."""
    binary = Path(folder, file.stem)
    build = ["go", "test", "-tags", "integration", "-c", "-o", binary, f"./{file.parent}"]
    subprocess.run(build, check=True)
    for name in re.findall(r"^func (Test\w+)\(", file.read_text(), re.MULTILINE):
        yield name, ["env", "-C", file.parent, binary, "-test.v", "-test.run", f"^{name}$"]


def php_tests(file, _folder):
    """Yield name and command of each test of the file."""
    phpunit = ["phpunit", "--bootstrap", "autoload.php"]
    listed = subprocess.run([*phpunit, "--list-tests", file], check=True, stdout=subprocess.PIPE)
    for name in re.findall(r"^ - .*::(\w+)$", listed.stdout.decode(), re.MULTILINE):
        yield name, [*phpunit, "--filter", f"::{name}$", file]


KINDS = {
    ".go": (go_tests, r"^--- PASS: ", r"^--- SKIP: "),
    ".php": (php_tests, r"^OK(,| \()", r"Skipped: [1-9]"),
}
"""What finds the tests, and what is printed where one passes or is skipped."""


def main():
    """Run the tests of all files one by one."""
    with tempfile.TemporaryDirectory() as folder, RECORD.open("a") as record:
        for file in map(Path, sys.argv[1:]):
            find, passed, skipped = KINDS[file.suffix]
            for name, command in find(file, folder):
                start = LOG.stat().st_size
                said = run(command)
                outcome = next(
                    (kind for kind, words in (("skipped", skipped), ("passed", passed)) if told(words, said)),
                    "failed",
                )
                line = {"id": f"{file}::{name}", "outcome": outcome, "log": [start, LOG.stat().st_size]}
                line["said"] = said[-1500:] if outcome == "failed" else ""
                record.write(json.dumps(line) + "\n")
                record.flush()


def told(words, said):
    """Return whether the output has a line with these words."""
    return re.search(words, said, re.MULTILINE) is not None


def run(command):
    """Return what a test prints."""
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        done = subprocess.run(command, check=False, timeout=SECONDS, **output)
    except subprocess.TimeoutExpired:
        return f"no end within {SECONDS} s"
    return done.stdout.decode(errors="replace")


if __name__ == "__main__":
    main()
