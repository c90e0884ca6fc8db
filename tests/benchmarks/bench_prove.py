"""Cost of a mutant in the whole kill matrix, over that of the unmutated control: python bench_prove.py."""

import time

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.mutation.catalogue import MUTANTS
from pytest_oss_clean.mutation.kill_matrix import control, examine
from pytest_oss_clean.mutation.mutant import OnSender, OnService

EVERY = 40


def seconds(action):
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def main():
    explicit = [case for case in CASES.values() if not case.contract.generated]
    floor, sound = seconds(lambda: control(explicit)), control(CASES.values())
    for kind in (OnSender, OnService):
        chosen = [mutant for mutant in MUTANTS.values() if isinstance(mutant.fault, kind)][::EVERY]
        each = seconds(lambda some=chosen: [examine(m, sound, full=True) for m in some]) / len(chosen)
        print(f"{kind.__name__}: {each * 1000:.0f} ms a mutant, {each / floor:.2f} of the control's run")


if __name__ == "__main__":
    main()
