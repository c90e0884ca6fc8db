"""Change our own code, one token at a time, by cosmic-ray, and list the changes that no test notices.

    pip install 'cosmic-ray>=8.4' && python tests/benchmarks/mutate_code.py gate [--sample 100] [--seed 1]

It works in a clone of what is committed. A survivor is a hole in the tests, or a change without effect.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).parents[2]
PACKAGE = "pytest_oss_clean"
PARTS = {
    # part: modules, tests
    "oss": (["oss"], ["tests/unit/oss"]),
    "spec": (["spec"], ["tests/unit/spec", "tests/unit/contracts"]),
    "gate": (
        ["report/gate", "report/tally.py"],
        [
            "tests/unit/report/test_verdicts.py",
            "tests/unit/report/test_gate_of_families.py",
            "tests/plugin/test_baseline.py",
            "tests/plugin/test_deviations.py",
        ],
    ),
    "ledger": (
        ["target/ledger.py"],
        ["tests/unit/target/test_ledger.py", "tests/unit/target/test_removal.py"],
    ),
    "client": (["target/http"], ["tests/process/client"]),
    "leaks": (["recording/leak_check.py"], ["tests/process/recording/test_leak_check.py"]),
}
CONFIG = """[cosmic-ray]
module-path = {modules}
timeout = 300.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
"""


def run(*command, cwd=ROOT):
    """Run to the end; what is imported is what lies in the folder."""
    subprocess.run(command, check=True, cwd=cwd, env=os.environ | {"PYTHONPATH": str(cwd)})


def sample(path, size, seed):
    """Leave out all changes but some."""
    with use_db(path, WorkDB.Mode.open) as database:
        jobs = [item.job_id for item in database.work_items]
        for job in set(jobs) - set(random.Random(seed).sample(jobs, min(size, len(jobs)))):
            database.set_result(job, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def survivors(path):
    """Return how many changes were tried, and the diffs of those that no test noticed."""
    with use_db(path, WorkDB.Mode.open) as database:
        results = [result for _, result in database.results if result.worker_outcome is WorkerOutcome.NORMAL]
    return len(results), [r.diff for r in results if r.test_outcome is TestOutcome.SURVIVED]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    modules, tests = PARTS[given.part]
    with tempfile.TemporaryDirectory() as folder:
        clone, session = Path(folder, "clone"), Path(folder, "session.sqlite")
        run("git", "clone", "--quiet", str(ROOT), str(clone))
        config = Path(folder, "config.toml")
        paths = [f"{PACKAGE}/{module}" for module in modules]
        config.write_text(CONFIG.format(modules=paths, python=sys.executable, tests=" ".join(tests)))
        cosmic_ray = (sys.executable, "-m", "cosmic_ray.cli")
        run(*cosmic_ray, "init", str(config), str(session), cwd=clone)
        run(*cosmic_ray, "baseline", str(config), cwd=clone)  # without a change, every test passes
        sample(session, given.sample, given.seed)
        run(*cosmic_ray, "exec", str(config), str(session), cwd=clone)
        tried, alive = survivors(session)
    print("\n".join(alive))
    print(f"{given.part}: {len(alive)} of {tried} changes survived")


if __name__ == "__main__":
    main()
