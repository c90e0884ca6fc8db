"""Opening the target that settings describe, and closing it.

httpx, lxml and the emulator are loaded with this module, when a contract or a fixture asks for a target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple
from zlib import crc32

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.messages import Endpoint, Sender
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.spec.evidence import Demand
from pytest_oss_clean.target.clock import Advancing, ClockShare, TimeControl, Waiting, advance_by_url
from pytest_oss_clean.target.config.budgets import BUDGETS, Trying
from pytest_oss_clean.target.config.claims import DERIVED
from pytest_oss_clean.target.config.options import SECOND_BUCKET, VERSIONED_BUCKET
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.http.client import HttpClient
from pytest_oss_clean.target.http.settings import ConnectionSettings
from pytest_oss_clean.target.ledger import POOL, ledgers, read_ledger
from pytest_oss_clean.target.limits import Throttle
from pytest_oss_clean.target.meter import Limit, Meter
from pytest_oss_clean.target.target import Target

Move = Callable[[Target, float], None]
"""Moves a target's restore clock: the hook `pytest_oss_clean_advance`."""


def new_run_id() -> str:
    """Return an id that no other run has."""
    return token_hex(4)


def connection(settings: Settings) -> ConnectionSettings:
    """Return the way to the target. Raises ConfigurationError."""
    return ConnectionSettings(
        ca_file=settings.ca_file,
        proxy=settings.proxy,
        connect_to=settings.connect_to,
        connect_timeout=min(5.0, settings.timeout),
        read_timeout=settings.timeout,
        deadline=3 * settings.timeout,
    )


@contextmanager
def open_bare(settings: Settings, run_id: str, prefix: str) -> Iterator[Target]:
    """Open a server of the user's without a ledger and without a clock."""
    if settings.endpoint is None or settings.credentials is None:
        raise ValueError("these settings describe the embedded emulator")
    place = Place(settings.endpoint, settings.bucket, settings.region, settings.credentials)
    scrubber = Scrubber([place.credentials.secret, place.credentials.token])
    with HttpClient(connection(settings), scrubber) as sender:
        target = _target(settings, run_id, place, sender, scrubber)
        target.prefix = prefix
        yield target


@contextmanager
def open_server(
    settings: Settings, run_id: str, *, move: Move | None = None, pool: bool = False
) -> Iterator[Target]:
    """Open a server of the user's; its ledger stands before the first request, or is that of its pool.

    Raises ConfigurationError.
    """
    known = find_pool(settings) if pool else None
    run_id = known.stem if known else f"{POOL * pool}{run_id}"
    # The clock's URL is a place of its own: the target's proxy and connect-to do not lead there.
    to_clock = ConnectionSettings(ca_file=settings.ca_file, read_timeout=settings.timeout)
    with (
        open_bare(settings, run_id, _run_prefix(settings, run_id)) as target,
        HttpClient(to_clock, target.scrubber) as clock,
    ):
        target.time = _time_control(settings, target, clock, move)
        described = describe_target(target) | describe_way(settings) | {"prefix": target.prefix}
        if known:
            target.ledger.open_pool(known)
        else:
            target.ledger.open(settings.state_dir, run_id, described)
        try:
            yield target
        finally:
            target.ledger.close()
            target.time.share.close()


def find_pool(settings: Settings) -> Path | None:
    """Return the ledger of the pool on a target, if there is one. Raises ConfigurationError."""
    if settings.restore_seconds is None or settings.endpoint is None:
        remedy = "a pool waits for restores: name a server, and how long a restore takes"
        raise ConfigurationError("--oss-restore-seconds", "(not set)", remedy)
    wanted = (str(settings.endpoint), settings.bucket, _run_prefix(settings, ""))
    for path in ledgers(settings.state_dir, POOL):
        target = read_ledger(path).target
        prefix = target["prefix"].removesuffix(f"{path.stem}/")
        if (target["endpoint"], target["bucket"], f"{prefix}/") == wanted:
            return path
    return None


@contextmanager
def open_embedded(settings: Settings, run_id: str) -> Iterator[Target]:
    """Start an emulator of its own and open it."""
    with start_emulator(settings) as emulator, open_emulator(settings, run_id, emulator) as target:
        yield target


def start_emulator(settings: Settings, control_port: int | None = None) -> Emulator:
    return Emulator.start(
        bucket=settings.bucket,
        second_bucket=settings.second_bucket,
        versioned_bucket=settings.versioned_bucket,
        region=settings.region,
        control_port=control_port,
    )


@contextmanager
def open_emulator(settings: Settings, run_id: str, emulator: Emulator) -> Iterator[Target]:
    """Open a running emulator over HTTP; virtual-hosted under the name that the service itself has."""
    endpoint, reach = emulator.endpoint, connection(settings)
    if settings.addressing is Addressing.VIRTUAL:
        reach = replace(reach, connect_to=(endpoint.host, endpoint.port))
        endpoint = Endpoint("http", f"oss-{emulator.region}.aliyuncs.com", 80)
    place = Place(endpoint, emulator.bucket, emulator.region, emulator.credentials)
    sts = emulator.sts
    scrubber = Scrubber([place.credentials.secret, place.credentials.token, sts.secret, sts.token])
    with HttpClient(reach, scrubber) as client:
        target = _target(settings, run_id, place, client, scrubber)
        of_one = partial(emulator.advance_object, emulator.bucket)
        clock = Advancing(emulator.advance, move_object=of_one)
        target.time, target.sts = clock, sts
        yield target


def memory_target(wrap: Callable[[Sender], Sender], make: Callable[..., Service] = Service) -> Target:
    """Return the emulator's service as a target without a socket or a pause, spoken to through a wrapper.

    `make` makes another service than the emulator's, from the same arguments.
    """
    credentials = Credentials("memory", Secret(token_hex(15)))
    sts = Credentials("STS.memory", Secret(token_hex(15)), Secret(token_hex(20)))
    place = Place(Endpoint("http", "127.0.0.1", 80), "memory", "cn-hangzhou", credentials)
    service = make(
        credentials=[credentials, sts],
        region=place.region,
        buckets=[place.bucket, SECOND_BUCKET],
        versioned_buckets=[VERSIONED_BUCKET],
    )
    settings = Settings(second_bucket=SECOND_BUCKET, versioned_bucket=VERSIONED_BUCKET)
    target = _target(settings, new_run_id(), place, wrap(service), Scrubber(()))
    target.time, target.sts = Advancing(service.advance, grace=0.0), sts
    target.pace.sleep = lambda _seconds: None
    target.trying = Trying()
    return target


def describe_target(target: Target) -> dict[str, str]:
    """Return what a ledger or a reproducer must say of a target; credentials are no part of it."""
    return {
        "endpoint": str(target.endpoint),
        "bucket": target.bucket,
        "region": target.region,
        "addressing": str(target.addressing),
        "signature": str(target.signature),
        "claims": ",".join(sorted(target.claims - DERIVED.keys())),
    }


def describe_way(settings: Settings) -> dict[str, str]:
    """Return the options that lead to a target; the proxy is none of them, it may hold a password."""
    way = {"prefix": settings.prefix}
    buckets = {"second-bucket": settings.second_bucket, "versioned-bucket": settings.versioned_bucket}
    way |= {option: bucket for option, bucket in buckets.items() if bucket}
    if settings.ca_file:
        way["ca-file"] = str(settings.ca_file.absolute())
    if settings.connect_to:
        host, port = settings.connect_to
        way["connect-to"] = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return way


class Place(NamedTuple):
    """Where a target is, and with which key."""

    endpoint: Endpoint
    bucket: str
    region: str
    credentials: Credentials


def _target(settings: Settings, run_id: str, place: Place, sender: Sender, scrubber: Scrubber) -> Target:
    return Target(
        **place._asdict(),
        sender=sender,
        time=Waiting(settings.restore_seconds or 0.0),
        prefix=_run_prefix(settings, run_id),
        run_id=run_id,
        claims=settings.claims,
        addressing=settings.addressing,
        signature=settings.signature,
        second_bucket=settings.second_bucket,
        versioned_bucket=settings.versioned_bucket,
        sts=place.credentials if place.credentials.token else None,
        settle_seconds=settings.settle_seconds,
        demand=Demand(strict=bool(settings.strict), edition=settings.edition),
        trying=trying(settings, run_id),
        pace=Throttle(rate=settings.rate, max_wall=settings.max_wall, throttled=settings.throttled),
        scrubber=scrubber,
        meter=Meter() if settings.max_requests or settings.max_cost else None,
        limit=Limit(settings.max_requests, settings.max_cost, settings.prices),
    )


def trying(settings: Settings, run_id: str) -> Trying:
    """Return what is tried with generated data: the same each time, unless the seed is to be random.

    A remote target is not asked again and again to make a failure smaller, unless that is wanted.
    """
    host = settings.endpoint.host if settings.endpoint else "localhost"
    if settings.connect_to:
        host = settings.connect_to[0]
    return Trying(
        budget=BUDGETS[settings.budget],
        seed=crc32(run_id.partition("-")[0].encode()) if settings.seed is None else settings.seed,
        shrink=settings.shrink or _is_near(host),
    )


def _is_near(host: str) -> bool:
    """Return whether a host is this machine, where requests cost next to nothing."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _run_prefix(settings: Settings, run_id: str) -> str:
    return f"{settings.prefix}oss-clean-{run_id}/"


def _time_control(settings: Settings, target: Target, clock: Sender, move: Move | None) -> TimeControl:
    if settings.advance_url:
        by_url, share = advance_by_url(settings.advance_url, clock), ClockShare(settings.advance_url)
        return Advancing(by_url, watched=True, share=share)
    if move is not None:
        share = ClockShare(str(target.endpoint))
        return Advancing(partial(move, target), watched=True, share=share)
    return target.time
