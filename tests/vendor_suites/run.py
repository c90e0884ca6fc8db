"""Run a vendor's own test suite, unmodified, against `oss-clean serve`, and say what becomes of each test.

    python tests/vendor_suites/run.py SUITE CHECKOUT [--jobs 4] [--python VENV/bin/python] [--json FILE]

SUITE is a row of suites.py, CHECKOUT a clone of its repository (never committed here). The suite's own
requirements are installed by whoever runs it (Go modules or PHPUnit, too; PHP's tests share files: one
job). Names of OSS lead to the servers, which listen on port 80 of
loopback addresses (that takes root, or a system that lets everybody); all other names lead nowhere. Every
failure has one class:

- not modelled: the server answered NotImplemented to the test, to the set-up of its class, or to a test
  before it that was to make what it looks at (a row of suites.py);
- cloud only: a row of suites.py says why no server on this machine can pass it;
- ours: everything else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from suites import SUITES, Suite

HERE = Path(__file__).parent
_EXPORT = re.compile(r"^export (OSS_\w+)='?([^'\n]*)'?$", re.MULTILINE)
_NOT_IMPLEMENTED = re.compile(r"^\S+ (\S+ \S+) 501\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Result:
    """One test: its class, and the first words of its failure."""

    id: str
    kind: str
    said: str = ""


@contextmanager
def serving(folder: Path, host: str) -> Iterator[tuple[dict[str, str], Path]]:
    """Serve the emulator; yield the settings that it prints and its log."""
    log, out = folder / "serve.log", folder / "serve.out"
    log.touch()
    command = [str(Path(sys.executable).with_name("oss-clean")), "serve", "--log", str(log)]
    command += ["--host", host, "--port", "80"]
    with out.open("wb") as file:
        server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        while server.poll() is None and b"# ready" not in out.read_bytes():
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        if server.poll() is not None:
            raise RuntimeError(out.read_text())
        yield dict(_EXPORT.findall(out.read_text())), log
    finally:
        server.terminate()
        server.wait()


def run_share(suite: Suite, checkout: Path, python: str, host: str, files: list[str]) -> list[Result]:
    """Run some files of a suite against a server of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record = folder / "record.jsonl"
        record.touch()
        with serving(folder, host) as (settings, log):
            own = {**suite.environment(settings), "RECORD": str(record)}
            own |= {"SERVE_LOG": str(log), "SERVE_HOST": host}
            environment = {k: v for k, v in os.environ.items() if not k.startswith("OSS_")} | own
            command = suite.command(python, HERE, files)
            done = subprocess.run(
                command, cwd=checkout, env=environment, capture_output=True, check=False, timeout=3600
            )
            lines = [json.loads(line) for line in record.read_text().splitlines()]
            if not lines:
                sys.stderr.write(done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:])
            logged = log.read_bytes()
        return [classify(suite, line, logged) for line in lines]


def classify(suite: Suite, line: dict[str, object], logged: bytes) -> Result:
    """Return the class of a test."""
    test, said = str(line["id"]), str(line["said"])
    if line["outcome"] != "failed":
        return Result(test, str(line["outcome"]))
    start, end = line["log"]  # type: ignore[misc]
    missing = _NOT_IMPLEMENTED.findall(logged[start:end].decode())
    if any(not suite.tried or suite.tried not in request for request in missing):
        return Result(test, "not modelled", said)
    needed = next((name for known, name in suite.builds_on.items() if known in test), "")
    if needed:
        return Result(test, "not modelled", f"builds on {needed}")
    reason = next((why for known, why in suite.cloud_only.items() if re.search(known, f"{test}\n{said}")), "")
    return Result(test, "cloud only", reason) if reason else Result(test, "ours", said)


def main() -> int:
    """Run a suite; return 1 where a failure is the emulator's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--jobs", type=int, default=4, help="servers, each with a share of the files")
    parser.add_argument("--python", default=sys.executable, help="interpreter with the suite's requirements")
    parser.add_argument("--json", type=Path, help="file for the class of each test")
    parser.add_argument("--only", default="", help="regular expression of file names")
    given = parser.parse_args()
    suite = SUITES[given.suite]
    checkout = given.checkout.resolve()
    files = [f for f in suite.files(checkout) if re.search(given.only, f)]
    shares = [share for n in range(given.jobs) if (share := files[n :: given.jobs])]
    with ThreadPoolExecutor(len(shares)) as pool:
        mine = os.getpid()  # several runs at a time have addresses of their own
        hosts = [f"127.{mine // 250 % 250 + 1}.{mine % 250}.{n}" for n in range(1, len(shares) + 1)]
        run = partial(run_share, suite, checkout, given.python)
        parts = pool.map(run, hosts, shares)
        results = [result for part in parts for result in part]
    if given.json:
        rows = [{"id": r.id, "class": r.kind, "said": r.said} for r in results]
        given.json.write_text(json.dumps(rows, indent=1) + "\n")
    counts = Counter(result.kind for result in results)
    kinds = ("passed", "skipped", "not modelled", "cloud only", "ours")
    print("| suite | tests |", " | ".join(kinds), "|")
    print("|---|---|" + "---|" * len(kinds))
    print(f"| {suite.title} | {len(results)} |", " | ".join(str(counts[kind]) for kind in kinds), "|")
    for result in results:
        if result.kind == "ours":
            print(f"ours: {result.id}: {(result.said.strip().splitlines() or [''])[-1][:200]}")
    return 1 if counts["ours"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
