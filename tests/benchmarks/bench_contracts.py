"""What running contracts costs, beside the same requests sent bare: python bench_contracts.py.

Requests are counted as the server meets them, with all that Hypothesis tries. Times are seconds of CPU,
client and server together, so that other load matters less. Two floors in the same run: http.client sending
as many requests without signing or judging, and the runner on the service in memory, without a socket.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
import time

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.engine.provisioning import Provisioner
from pytest_oss_clean.engine.runner import run
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import read_settings
from pytest_oss_clean.target.open import memory_target, open_emulator, start_emulator

ROUNDS = 3


def best(action):
    """Return the least CPU time of ROUNDS."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        action()
        times.append(time.process_time() - begun)
    return min(times)


def run_all(target):
    """Run every contract; return the number of requests that the server was sent."""
    sender, sent = target.sender, []

    def counting(request):
        sent.append(request.method)
        return sender(request)

    target.sender = counting
    provisioner = Provisioner(target)
    cases = [case for case in CASES.values() if not case.missing(target.claims)]
    outcomes = [run(case, target, provisioner) for case in cases]
    target.sender = sender
    if {outcome.verdict for outcome in outcomes} - {Verdict.PASSED, Verdict.OBSERVED}:
        raise SystemExit("the emulator does not pass: nothing measured")
    return len(sent)


def bare(endpoint, requests):
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    for _ in range(requests):
        connection.request("HEAD", "/bucket/name")
        connection.getresponse().read()
    connection.close()


def pytest_seconds(*arguments):
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main():
    settings = read_settings({}, {})
    with (
        start_emulator(settings) as emulator,
        open_emulator(settings, "bench", emulator) as target,
    ):
        requests = run_all(target)
        over_http = best(lambda: run_all(target))
        floor = best(lambda: bare(emulator.endpoint, requests))
    in_memory = best(lambda: run_all(memory_target(lambda service: service)))
    print(f"{len(CASES)} cases, {requests} requests, best of {ROUNDS}")
    print(f"over HTTP        {over_http * 1000:7.1f} ms, {over_http / len(CASES) * 1000:5.2f} ms a case")
    print(f"in memory        {in_memory * 1000:7.1f} ms, ratio to HTTP {in_memory / over_http:5.2f}")
    print(f"bare http.client {floor * 1000:7.1f} ms, HTTP run is {over_http / floor:5.2f} times that")
    contracts = pytest_seconds("--pyargs", "pytest_oss_clean.contracts")
    empty = pytest_seconds("--pyargs", "pytest_oss_clean.contracts", "--collect-only")
    print(f"pytest           {contracts:7.2f} s for all, {contracts / empty:5.2f} times its collection alone")


if __name__ == "__main__":
    main()
