"""What generated data costs, beside the same requests sent bare: python bench_generated.py.

Both are sent to the service in memory: so the difference is Hypothesis, signing and judging.
"""

from __future__ import annotations

import time

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.properties.catalogue import PROPERTIES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.target.config.budgets import BUDGETS
from pytest_oss_clean.target.open import memory_target


def main():
    quick = BUDGETS["quick"]
    print(f"quick: {quick.examples} examples of a property, {quick.machines} machines of {quick.steps} steps")
    for contract in AREAS["generated"]:
        kept, spent = [], [0.0]

        def wrap(service, kept=kept, spent=spent):
            def sending(request):
                kept.append(request)
                begun = time.perf_counter()
                response = service(request)
                spent[0] += time.perf_counter() - begun
                return response

            return sending

        target = memory_target(wrap)
        provisioner = Provisioner(target)
        case = contract.cases()[0]
        run(case, target, provisioner)
        kept.clear()
        spent[0] = 0.0
        begun = time.perf_counter()
        outcome = run(case, target, provisioner)
        seconds = time.perf_counter() - begun
        what = "machines" if PROPERTIES[contract.generated.by].machine else "examples"
        print(
            f"{contract.id:<28} {outcome.tried.examples:>4} {what}, {len(kept):>5} requests, "
            f"{seconds * 1000:7.1f} ms: {seconds / spent[0]:4.1f} times the same requests bare"
        )


if __name__ == "__main__":
    main()
