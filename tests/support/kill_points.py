"""Processes that kill themselves before or after their n-th write: to a ledger, or to a server.

They are forked from the test's own, which must have no threads; what they do is what the commands do.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.pool import Pool, stages
from pytest_oss_clean.engine.preflight import preflight
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target import reap as reaping
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.ledger import Ledger
from pytest_oss_clean.target.open import new_run_id, open_server

LEDGER_WRITES = ("add", "remove", "keep_lines", "drop_lines", "set_state")
WRITES = ("PUT", "POST", "DELETE")


@dataclass
class Killer:
    """Ends the process at the n-th point; 0 counts them only."""

    at: int
    points: list = field(default_factory=list)

    def pass_by(self, what):
        self.points.append(what)
        if len(self.points) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner, name, writes=lambda *_: True):
        """Put a point before and after each call that is a write."""
        function = getattr(owner, name)

        @wraps(function)
        def called(*arguments, **named):
            if not writes(*arguments):
                return function(*arguments, **named)
            self.pass_by(f"before {name}")
            result = function(*arguments, **named)
            self.pass_by(f"after {name}")
            return result

        setattr(owner, name, called)

    def install(self):
        for name in LEDGER_WRITES:
            self.around(Ledger, name)
        self.around(reaping, "delete_ledger")
        self.around(HttpClient, "__call__", lambda _, request: request.method in WRITES)


def forked(work, at=0):
    """Do some work in a process of its own; return how many points it passed, None where it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            killer = Killer(at)
            killer.install()
            work()
            os.write(write, str(len(killer.points)).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as file:
        passed = file.read()
    _, ended = os.waitpid(child, 0)
    assert ended in (0, signal.SIGKILL), f"the process ended with {ended}"
    return int(passed) if passed else None


@dataclass
class Commands:
    """Provision, check and reap of some contracts, as functions."""

    settings: object
    contracts: tuple[str, ...]
    environ: dict
    results: Path

    def _pool(self, target):
        preflight(target)
        return Pool(Provisioner(target)), [CASES[case_id] for case_id in self.contracts]

    def provision(self):
        with open_server(self.settings, new_run_id(), pool=True) as target:
            pool, cases = self._pool(target)
            pool.begin(case for case in cases if stages(case))

    def check(self):
        with open_server(self.settings, new_run_id(), pool=True) as target:
            pool, cases = self._pool(target)
            pool.begin(cases)
            outcomes = [pool.outcome(case) for case in cases]
            pool.remove_objects(CASES.values())
        self.results.write_text("".join(f"{o.case.id}\t{o.verdict}\t{o.cause}\n" for o in outcomes), "utf-8")

    def reap(self):
        given = {"target": str(self.settings.endpoint)}
        assert not [
            left for one in reaping.reap(self.settings.state_dir, self.environ, given) for left in one.left
        ]

    def verdicts(self):
        lines = [line.split("\t") for line in self.results.read_text("utf-8").splitlines()]
        return {case_id: (Verdict(verdict), cause) for case_id, verdict, cause in lines}
