"""What requests cost: counted by kind as they are sent, and priced by a table of the user's.

Nothing here knows a price. What is billed at least, and for how long, are the words of the storage class
overview and of the billing pages.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import STORAGE_CLASS
from pytest_oss_clean.oss.messages import Request, Response, Sender

GB = 1 << 30
MONTH = 30
PER_REQUESTS = 10_000
SMALLEST = 64 << 10
"""Bytes that an object is billed for at least."""
MINIMUM_DAYS: Mapping[str, int] = {"IA": 30, "Archive": 60, "ColdArchive": 180, "DeepColdArchive": 180}
"""Days of storage that an object is billed for, however early it is deleted."""
STANDARD = "Standard"
NO_TIER = "no tier"


def kind_of(request: Request) -> str:
    """Return the kind of a request: its method, and its sub-resource."""
    query = request.target.partition("?")[2]
    subresource = next((name for name in query.split("&") if name and "=" not in name), "")
    return f"{request.method} ?{subresource}" if subresource else request.method


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by place in their file, such as `retrieval.ColdArchive.Expedited`. Raises ConfigurationError."""

    path: Path
    values: Mapping[str, float]
    currency: str

    @classmethod
    def read(cls, path: Path) -> Prices:
        """Read a table of prices."""
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError("--oss-prices", path, f"cannot be read: {error}") from None
        currency = data.pop("currency", "")
        values = dict(_flat(data))
        wrong = next((name for name, value in values.items() if not _is_price(value)), None)
        if wrong is not None or not isinstance(currency, str):
            raise ConfigurationError("--oss-prices", path, f"{wrong or 'currency'} is no price")
        return cls(path, values, currency)

    def __getitem__(self, name: str) -> float:
        if name not in self.values:
            raise ConfigurationError(
                "--oss-prices", self.path, f"{name} has no price; one of 0 says it is free"
            )
        return self.values[name]


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found = []
    for name, value in table.items():
        place = f"{before}{name}"
        found += _flat(value, f"{place}.") if isinstance(value, dict) else [(place, value)]
    return found


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


@dataclass
class Meter:
    """Counts of what was sent; `stored` and `replicas` are in bytes, and bytes times days."""

    requests: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    restores: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    billed: Counter[str] = field(default_factory=Counter)
    retrieved: Counter[str] = field(default_factory=Counter)
    replicas: int = 0
    _places: dict[str, tuple[str, int]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def count(self, request: Request, response: Response) -> None:
        """Count one request, whatever it was answered."""
        with self._lock:
            kind = kind_of(request)
            self.requests[kind] += 1
            path, _, query = request.target.partition("?")
            headers = {name.lower(): value for name, value in request.headers}
            place = headers.get("host", "") + path
            if response.status == 202 and kind == "POST ?restore":  # noqa: PLR2004 - accepted: it is charged
                self._restore(place, request.body)
            elif response.succeeded and self._writes(kind, query):
                self._write(place, headers, len(request.body), begins="partNumber=" not in query)

    def counted(self, sender: Sender, request: Request) -> Response:
        """Send a request, and count it."""
        response = sender(request)
        self.count(request, response)
        return response

    @staticmethod
    def _writes(kind: str, query: str) -> bool:
        whole = kind == "PUT" and ("=" not in query or "partNumber=" in query or "ignature=" in query)
        return whole or kind in {"POST ?uploads", "POST ?append"}

    def _write(self, place: str, headers: Mapping[str, str], size: int, *, begins: bool) -> None:
        name, before = self._places.get(place, (STANDARD, 0))
        if begins:
            name, before = headers.get(STORAGE_CLASS, STANDARD), 0
            self.objects[name] += 1
        self._places[place] = name, before + size
        self.stored += size
        self.billed[name] += max(before + size, SMALLEST) - (0 if begins else max(before, SMALLEST))

    def _restore(self, place: str, body: bytes) -> None:
        name, size = self._places.get(place, (STANDARD, 0))
        tier = re.search(rb"<Tier>(\w+)</Tier>", body)
        days = re.search(rb"<Days>(\d+)</Days>", body)
        what = f"{name} {tier[1].decode() if tier else NO_TIER}"
        self.restores[what] += 1
        self.retrieved[what] += max(size, SMALLEST)
        self.replicas += max(size, SMALLEST) * int(days[1] if days else 1)

    def costs(self, prices: Prices) -> dict[str, float]:
        """Return what each part costs at most. Raises ConfigurationError for a price that is not given."""
        methods: Counter[str] = Counter()
        for kind, many in self.requests.items():
            methods[kind.partition(" ")[0]] += many
        tiers = {what: what.replace(" ", ".", 1) for what in self.restores}
        days = {name: MINIMUM_DAYS.get(name, 1) / MONTH / GB for name in self.billed}
        standard = prices[f"storage.{STANDARD}"] if self.replicas else 0.0
        return {
            "requests": sum(prices[f"requests.{name}"] * n / PER_REQUESTS for name, n in methods.items()),
            "restore requests": sum(
                prices[f"restores.{tier}"] * self.restores[what] / PER_REQUESTS
                for what, tier in tiers.items()
            ),
            "retrieval": sum(
                prices[f"retrieval.{tier}"] * self.retrieved[what] / GB for what, tier in tiers.items()
            ),
            "replicas": self.replicas * standard / MONTH / GB,
            "minimum storage": sum(
                self.billed[name] * prices[f"storage.{name}"] * days[name] for name in self.billed
            ),
        }

    def cost(self, prices: Prices) -> float:
        """Return what all of it costs at most."""
        return sum(self.costs(prices).values())


@dataclass(frozen=True, slots=True)
class Limit:
    """What a run may send; the removal of its objects is not limited."""

    max_requests: float | None = None
    max_cost: float | None = None
    prices: Prices | None = None

    def reached(self, meter: Meter) -> str:
        """Return which limit is reached, or nothing."""
        if self.max_requests is not None and meter.requests.total() >= self.max_requests:
            return f"limit: --oss-max-requests {self.max_requests:g} is reached"
        if self.max_cost is not None and self.prices and meter.cost(self.prices) >= self.max_cost:
            return f"limit: --oss-max-cost {self.max_cost:g} is reached"
        return ""
