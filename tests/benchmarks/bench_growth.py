"""What a request to the emulator costs as a bucket fills and as objects grow; ratios are to the smallest.

    python tests/benchmarks/bench_growth.py [--most 100000]

Buckets are filled in this process, without signatures; what is measured goes over HTTP, signed, on one
connection. The shortest of several tries counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.oss.messages import Request
from single_bucket import BUCKET, COLD, client, exchange, request, service

COUNTS = (10, 1_000, 100_000)
SIZES = (1 << 10, 100 << 10, 10 << 20, 100 << 20)
TRIES = 5


def fastest(connection, sent, tries):
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        assert exchange(connection, sent).status == 200
        times.append(time.perf_counter() - began)
    return min(times)


def of_counts(most):
    print(f"{'objects':>10}{'HEAD':>16}{'list of 10':>16}{'PUT':>16}   microseconds (times the smallest)")
    first = None
    for count in (count for count in COUNTS if count <= most):
        full = service()
        check, full.authenticator.check = full.authenticator.check, lambda _: True
        for i in range(count):
            full(Request("PUT", f"/{BUCKET}/folder-{i % 20:02}/{i:07}", COLD))
        full.authenticator.check = check
        with Server(full) as server, contextlib.closing(client(server)) as connection:
            measured = [
                fastest(connection, sent, 200)
                for sent in (
                    request("HEAD", "folder-05/0000005"),
                    request("GET", query=(("prefix", "folder-05/"), ("max-keys", "10"))),
                    request("PUT", "folder-05/new", headers=COLD),
                )
            ]
        first = first or measured
        cells = "".join(
            f"{f'{m * 1e6:,.0f} ({m / f:.1f})':>16}" for m, f in zip(measured, first, strict=True)
        )
        print(f"{count:>10,}{cells}")


def of_sizes():
    print(f"\n{'size':>10}{'PUT':>16}{'GET':>16}   MB/s; then the most memory that the process took")
    with Server(service()) as server, contextlib.closing(client(server)) as connection:
        for size in SIZES:
            body = os.urandom(size)
            put = fastest(connection, request.__wrapped__("PUT", "k", body=body), TRIES)
            get = fastest(connection, request("GET", "k"), TRIES)
            cells = "".join(f"{size / seconds / (1 << 20):>16,.0f}" for seconds in (put, get))
            taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
            print(f"{size >> 10:>7,} KB{cells}   {taken} MB, client and server")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--most", type=int, default=COUNTS[-1], help="objects in the largest bucket")
    of_counts(parser.parse_args().most)
    of_sizes()


if __name__ == "__main__":
    main()
