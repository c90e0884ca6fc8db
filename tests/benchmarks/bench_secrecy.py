"""What looking for secrets costs, beside the run whose answers are looked at: python bench_secrecy.py.

Each answer of a run is scrubbed, and each start makes the scrubber of its four secrets.
"""

from __future__ import annotations

import re
import secrets
import time

from pytest_oss_clean.contracts.catalogue import AREAS
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.oss.responses import describe
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.target.open import memory_target

ROUNDS = 5


def run_page():
    """Run the page's rows in memory, and return the answers as they are looked at."""
    kept = []

    def wrap(service):
        def sending(request):
            response = service(request)
            head = [describe(response), *(f"{name}: {value}" for name, value in response.headers)]
            kept.append("\n".join([*head, response.body.decode("latin-1")]))
            return response

        return sending

    target = memory_target(wrap)
    for contract in AREAS["page"]:
        run(contract.cases()[0], target, Provisioner(target))
    return kept


def seconds(act):
    """Return the shortest of ROUNDS times; no pattern is kept from one to the next."""
    times = []
    for _ in range(ROUNDS):
        re.purge()
        begun = time.perf_counter()
        act()
        times.append(time.perf_counter() - begun)
    return min(times)


def main():
    values, responses = [secrets.token_hex(15) for _ in range(4)], run_page()

    def made():
        return Scrubber(map(Secret, values))

    scrubber = made()
    assert [scrubber(response) for response in responses] == responses
    looked = seconds(lambda: [scrubber(response) for response in responses])
    print(f"{len(responses)} answers:    {looked / seconds(run_page):5.2f} times their run in memory")
    first, found = seconds(lambda: made()("a text")), seconds(lambda: made()(f"a text with {values[0]}"))
    print(f"a first text:  {first / found:5.2f} times one that holds a secret, for which all is made")


if __name__ == "__main__":
    main()
