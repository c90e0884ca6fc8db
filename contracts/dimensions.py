"""The dimensions of a clean and of its object: which pairs of their values the contracts try.

Most faults that escape a table of cases hide in a value that no case varies, or in two values together. Every
pair of values of two dimensions stands in some contract, or is impossible for a reason that is given here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from types import MappingProxyType

from pytest_oss_clean.oss.constants import Tier
from pytest_oss_clean.oss.messages import Headers
from pytest_oss_clean.oss.operations import CLEAN_RESTORED_OBJECT
from pytest_oss_clean.spec.contract import PLAIN, Case, Contract, ProbeKind
from pytest_oss_clean.spec.history import Given, Provision, Step, Upload
from pytest_oss_clean.spec.request import Bucket, RequestTemplate

LARGE = 2 << 20

TAILS = {"plain": "", "blank": "/a b", "accent": "/\u00e9", "percent": "/%41"}
REQUEST_HEADERS: dict[str, Headers] = {
    "none": (),
    "as SDKs": (("Content-Type", "application/xml"), ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")),
    "payer": (("x-oss-request-payer", "requester"),),
}
SIZES = {"small": None, "empty": 0, "large": LARGE}
READERS = {
    "GET": ProbeKind.GET,
    "HEAD": ProbeKind.HEAD,
    "range": ProbeKind.RANGE,
    "list": ProbeKind.LIST,
    "copy": ProbeKind.COPY,
}
TIERS = {"Expedited": Tier.EXPEDITED, "Standard": Tier.STANDARD, "Bulk": Tier.BULK}
BARE = "no body"
"""A restore without a body, which has the default tier and the default days."""
BUCKETS = {"plain": Bucket.MAIN, "versioned": Bucket.VERSIONED}
WAITS = {"at once": (), "hour later": (Step.WAIT_HOUR,)}
UPLOADS = {"put": Upload.PUT, "parts": Upload.MULTIPART}
HISTORIES = {
    "frozen": Given.NEVER_RESTORED,
    "restoring": Given.RESTORING,
    "restored": Given.RESTORED,
    "cleaned": Given.CLEANED,
    "expired": Given.EXPIRED,
    "re-restoring": Given.RESTORING_AGAIN,
    "re-restored": Given.RESTORED_AGAIN,
}

DIMENSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "class": ("ColdArchive", "DeepColdArchive"),
        "history": tuple(HISTORIES),
        "tier": (*TIERS, BARE),
        "days": ("7", "1", "365"),
        "size": tuple(SIZES),
        "upload": tuple(UPLOADS),
        "name": tuple(TAILS),
        "signature": ("V4", "V1"),
        "headers": tuple(REQUEST_HEADERS),
        "read by": tuple(READERS),
        "bucket": tuple(BUCKETS),
        "time": tuple(WAITS),
    }
)

LEFT_OUT = MappingProxyType(
    {
        "appended content": "an appendable object cannot be of a cold class (EC 0013-00000104)",
        "symlink": "no source says what a clean of a symlink is answered",
        "encryption": "not claimed by any target yet",
        "class of the bucket": "the suite makes no buckets; a row that needs a class names it",
        "key without the permission": "a run has one key, which is never narrowed",
        "number of objects": "siblings-* and beside-* rows vary it, each with its own history",
        "multiplicity of headers": "looked at in the answers of form-of-* rows",
    }
)
"""Dimensions that have no values here, and why."""

Value = tuple[str, str]
Pair = tuple[Value, Value]
Row = Mapping[str, str]

UNDECIDED: frozenset[Value] = frozenset(
    {
        ("headers", "as SDKs"),
        ("headers", "payer"),
        ("bucket", "versioned"),
        ("tier", BARE),
        ("history", "re-restoring"),
        ("history", "re-restored"),
    }
)
"""Values with which no page says what a clean is answered: a row that holds one is a check."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """Values of two dimensions that do not go together."""

    one: str
    values: frozenset[str]
    other: str
    others: frozenset[str]
    why: str

    def forbids(self, row: Row) -> bool:
        """Return whether a row, which may lack dimensions, has both."""
        return row.get(self.one) in self.values and row.get(self.other) in self.others


def _never(one: str, values: str, other: str, others: str, why: str) -> Impossible:
    return Impossible(one, frozenset(values.split("|")), other, frozenset(others.split("|")), why)


IMPOSSIBLE = (
    _never("class", "DeepColdArchive", "tier", "Bulk", "DeepColdArchive has no tier Bulk"),
    _never("history", "frozen", "tier", f"Standard|Bulk|{BARE}", "it was never restored"),
    _never("history", "frozen", "days", "1|365", "it was never restored"),
    _never("history", "expired", "days", "7|365", "the clock is moved by a day"),
    _never("tier", BARE, "days", "7|365", "a restore without a body lasts for the default, one day"),
    _never("history", "restoring|re-restoring", "time", "hour later", "an hour may complete the restore"),
    _never("size", "empty", "upload", "parts", "an upload in parts has a part with content"),
    _never("size", "empty", "read by", "range", "no range lies within nothing: the header is ignored"),
)


def every_pair() -> Iterator[Pair]:
    """Return all pairs of values of two dimensions."""
    for one, other in combinations(DIMENSIONS, 2):
        for value, other_value in product(DIMENSIONS[one], DIMENSIONS[other]):
            yield (one, value), (other, other_value)


def reason(pair: Pair) -> str:
    """Return why a pair is impossible, empty where it is not."""
    return next((rule.why for rule in IMPOSSIBLE if rule.forbids(dict(pair))), "")


def _named(table: Mapping[str, object], value: object) -> str:
    return next((name for name, known in table.items() if known == value), "")


def rows_of(case: Case) -> Iterator[dict[str, str]]:
    """Return the values that a case tries, a row for each reader; dimensions that it lacks are left out."""
    contract, provision = case.contract, case.contract.provision
    plain = RequestTemplate(headers=contract.request.headers, method=contract.request.method)
    spelt = contract.request in (plain, RequestTemplate("POST", PLAIN_QUERY, contract.request.headers))
    if (
        contract.operation != CLEAN_RESTORED_OBJECT
        or not spelt
        or contract.race
        or contract.generated
        or plain.method not in ("", "POST")
    ):
        return
    row = {
        "class": str(case.storage_class),
        "history": _named(HISTORIES, contract.given),
        "tier": BARE if provision.bare else str(provision.tier),
        "days": "1" if provision.bare or contract.given is Given.EXPIRED else str(provision.days),
        "size": _named(SIZES, provision.size),
        "upload": _named(UPLOADS, provision.upload),
        "name": _named(TAILS, contract.tail),
        "signature": str(case.signature),
        "headers": _named(REQUEST_HEADERS, contract.request.headers),
        "bucket": _named(BUCKETS, contract.bucket),
        "time": _named(WAITS, contract.prepare),
    }
    row = {name: value for name, value in row.items() if value in DIMENSIONS[name]}
    probes = {_named(READERS, e.kind) for e in contract.then if not (e.of or e.version)} - {""}
    for probe in sorted(probes) or [""]:
        yield {**row, **({"read by": probe} if probe else {})}


PLAIN_QUERY = PLAIN.of("n", "b", "b").query


def pairs_in(row: Row) -> set[Pair]:
    """Return the pairs of a row's values, in the order of the dimensions."""
    values = [(name, row[name]) for name in DIMENSIONS if name in row]
    return set(combinations(values, 2))


def covered(contracts: Iterable[Contract], *, required: bool = False) -> dict[Pair, str]:
    """Return the pairs that contracts try, each with the first contract that does; or that gate on it."""
    found: dict[Pair, str] = {}
    for contract in contracts:
        for case in contract.cases():
            for row in () if required and case.checks_only else rows_of(case):
                for pair in pairs_in(row):
                    found.setdefault(pair, contract.id)
    return found


def as_text(contracts: Iterable[Contract]) -> str:
    """Return every pair with the contract that tries it first, or why it is impossible; then the counts."""
    found = covered(contracts)
    lines, counts = [], Counter[str]()
    for pair in every_pair():
        said = found.get(pair) or reason(pair)
        counts["tried" if pair in found else "impossible" if said else "not tried"] += 1
        (one, value), (other, other_value) = pair
        said = said if pair in found else f"impossible: {said}" if said else "not tried"
        lines.append(f"{one} {value} x {other} {other_value}: {said}")
    left_out = [f"left out: {name}: {why}" for name, why in LEFT_OUT.items()]
    total = f"{sum(counts.values())} pairs of values: " + ", ".join(
        f"{n} {word}" for word, n in counts.items()
    )
    return "\n".join([*lines, *left_out, total])


def missing(contracts: Iterable[Contract]) -> list[Pair]:
    """Return the pairs that are possible and that no contract tries; decided ones as far as none gates."""
    tried = tuple(contracts)
    anyhow, gating = covered(tried), covered(tried, required=True)
    return [
        pair
        for pair in every_pair()
        if not reason(pair) and pair not in (anyhow if UNDECIDED & set(pair) else gating)
    ]


def covering(pairs: Iterable[Pair]) -> list[dict[str, str]]:
    """Return rows that try all of these pairs: each takes the values that try most of what is left.

    Pairs of decided values come first, in rows that hold nothing else, so that their answers are decided.
    """
    left = dict.fromkeys(sorted(pairs, key=lambda pair: bool(UNDECIDED & set(pair))))
    rows = []
    while left:
        row = dict(next(iter(left)))
        avoided = frozenset() if UNDECIDED & set(row.items()) else UNDECIDED
        for name, values in DIMENSIONS.items():
            if name in row:
                continue
            rows_with = [{**row, name: value} for value in values if (name, value) not in avoided]
            fitting = [each for each in rows_with if not any(rule.forbids(each) for rule in IMPOSSIBLE)]
            row = max(fitting, key=lambda each: len(pairs_in(each) & left.keys()))
        for pair in pairs_in(row):
            left.pop(pair, None)
        rows.append({name: row[name] for name in DIMENSIONS})
    return rows


def provision_of(row: Row) -> Provision:
    """Return how a row's object is uploaded and restored."""
    bare = row["tier"] == BARE
    return Provision(
        tier=TIERS.get(row["tier"], Tier.EXPEDITED),
        days=int(row["days"]),
        size=SIZES[row["size"]],
        upload=UPLOADS[row["upload"]],
        bare=bare,
    )
