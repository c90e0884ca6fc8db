"""What the whole kill matrix costs a mutant, rehearsed and run plainly: python bench_prove.py.

The floor in the same run is the rehearsal of a right server alone: no contract of it is run.
"""

from __future__ import annotations

import time

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.control_replay import note
from pytest_oss_clean.mutation.kill_matrix import COUNTING, control, examine
from pytest_oss_clean.mutation.mutant import OnSender, OnService
from pytest_oss_clean.mutation.stage import Counter

EVERY = 40


def seconds(action):
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def main():
    sound, notes = control(CASES.values()), note(CASES.values())
    floors = {
        OnSender: seconds(lambda: notes.rehearse(OnSender(lambda sender, _: sender), Counter())),
        OnService: seconds(lambda: notes.rehearse(OnService(lambda _: Service), Counter())),
    }
    for kind, floor in floors.items():
        told = [m for m in MUTANTS.values() if isinstance(m.fault, kind) and m.family not in COUNTING]
        quick = plain = 0.0
        for mutant in told[::EVERY]:  # side by side, so that both meet the same machine
            quick += seconds(lambda one=mutant: examine(one, sound, full=True, notes=notes))
            plain += seconds(lambda one=mutant: examine(one, sound, full=True))
        each = len(told[::EVERY])
        print(
            f"{kind.__name__}: {plain / quick:.1f} times as fast rehearsed as run plainly "
            f"({quick / each * 1000:.0f} and {plain / each * 1000:.0f} ms a mutant), "
            f"{quick / each / floor:.1f} times the floor"
        )


if __name__ == "__main__":
    main()
