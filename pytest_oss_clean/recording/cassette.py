"""Cassettes: the one place that knows vcrpy.

pytest-recording opens a cassette of vcrpy for each contract, and vcrpy records or replays what goes
through httpx. What is compared, what is kept and where it is written is said here. vcrpy's own way to
compare a query drops `cleanRestoredObject`, so its text is compared exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from vcr.cassette import CassetteNotFoundError  # type: ignore[import-untyped]
from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped]
from vcr.request import Request as VcrRequest  # type: ignore[import-untyped]
from vcr.serialize import deserialize, serialize  # type: ignore[import-untyped]
from vcr.serializers import yamlserializer  # type: ignore[import-untyped]

from pytest_oss_clean.oss.messages import Request, Response
from pytest_oss_clean.recording.filters import plain_answer, plain_headers, plain_target
from pytest_oss_clean.recording.placeholders import Placeholders
from pytest_oss_clean.report.files import write_whole
from pytest_oss_clean.target.config.cassette_folder import (
    SUFFIX,
    BrokenCassetteError,
    Provenance,
    read_head,
    read_text,
    with_head,
)

MATCH_ON = ("method", "oss_target", "oss_host", "oss_headers", "raw_body")
ARRIVED = "oss_clean_arrived"
"""Beside status, headers and body of an answer: when it came, in seconds since 1970."""

NotInCassette = CannotOverwriteExistingCassetteException
"""What vcrpy raises, in mode none, for a request that it has no answer to."""

_COMPARED = ("authorization", "content-type", "content-md5")
"""Headers of a request that are compared beside those of OSS's own."""


class Interaction(NamedTuple):
    """A request and its answer in the form of vcrpy."""

    request: Any
    response: dict[str, Any]

    def parts(self, number: int) -> list[tuple[str, str]]:
        """Return every text of it with its place, for the leak check."""
        request, response = f"request {number}", f"answer {number}"
        headers = [(f"{request}, header {n}", str(v)) for n, v in self.request.headers.items()]
        answered = [
            (f"{response}, header {name}", value)
            for name, values in self.response["headers"].items()
            for value in values
        ]
        return [
            (f"{request}, method", self.request.method),
            (f"{request}, target", self.request.uri),
            *headers,
            *((f"{request}, the name of a header", n) for n, _ in self.request.headers.items()),
            (f"{request}, body", _text(self.request.body)),
            (f"{response}, reason", str(self.response["status"]["message"])),
            *answered,
            *((f"{response}, the name of a header", name) for name in self.response["headers"]),
            (f"{response}, body", _text(self.response["body"]["string"])),
        ]


def _text(body: Any) -> str:
    return body.decode("latin-1") if isinstance(body, bytes) else str(body or "")


def target_of(uri: str) -> str:
    """Return the exact text of a URI behind scheme and authority."""
    rest = uri.partition("://")[2]
    start = min((i for i in map(rest.find, "/?") if i >= 0), default=len(rest))
    return rest[start:]


def is_compared(name: str) -> bool:
    """Return whether another value of a request header asks OSS for something else."""
    return name.startswith("x-oss-") or name in _COMPARED


def _same_target(ours: Any, kept: Any) -> None:
    _same(target_of(ours.uri), target_of(kept.uri), "target")


def _same_host(ours: Any, kept: Any) -> None:
    _same(ours.headers.get("host"), kept.headers.get("host"), "Host")


def _same_headers(ours: Any, kept: Any) -> None:
    _same(_compared_headers(ours), _compared_headers(kept), "headers")


def _compared_headers(request: Any) -> dict[str, str]:
    return {n.lower(): v for n, v in request.headers.items() if is_compared(n.lower())}


def _same(ours: object, kept: object, what: str) -> None:
    if ours != kept:
        raise AssertionError(f"{what}: {ours!r} is not {kept!r}")


class RecordingFilter:
    """What vcrpy applies to each request that it keeps or looks for, and to each answer that it keeps."""

    def __init__(self) -> None:
        self.names: Placeholders | None = None

    def __deepcopy__(self, _: Any) -> RecordingFilter:
        """Stay one: pytest-recording copies the settings that hold its methods."""
        return self

    def request(self, request: Any) -> Any:
        """Return a request as it is kept and compared. It is vcrpy's own copy."""
        names = self.names
        if names is None:
            return request
        target = target_of(request.uri)
        headers = plain_headers(request.headers.items(), names)
        host = headers.get("host") or names.names.endpoint
        request.uri = f"http://{quote(host)}{names.target(plain_target(target))}"
        request.headers = headers
        request.body = names.raw(request.body) if isinstance(request.body, bytes) else request.body
        return request

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        return response if self.names is None else plain_answer(response, self.names)


def kept_by(cassette: Any, request: Request, response: Response) -> Interaction:
    """Return what a cassette makes of a request that an earlier run sent, and of its response."""
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    answer = {
        "status": {"code": response.status, "message": response.reason},
        "headers": headers,
        "body": {"string": response.body},
    }
    uri = f"{request.endpoint}{request.target}"
    cassette.append(VcrRequest(request.method, uri, request.body, dict(request.headers)), answer)
    return Interaction(*cassette.data[-1])


def settings(recording_filter: RecordingFilter) -> dict[str, Any]:
    """Return what the fixture vcr_config says of the cassettes of contracts."""
    return {
        "match_on": MATCH_ON,
        "before_record_request": recording_filter.request,
        "before_record_response": recording_filter.response,
        "decode_compressed_response": True,
    }


def register(vcr: Any, folder: Path | None, persister: Persister | None) -> None:
    """Teach vcrpy our comparisons; where it works on our folder, also where and how to write."""
    for name, matcher in (
        ("oss_target", _same_target),
        ("oss_host", _same_host),
        ("oss_headers", _same_headers),
    ):
        vcr.register_matcher(name, matcher)
    if persister is not None and folder is not None and Path(str(vcr.cassette_library_dir)) == folder:
        vcr.register_persister(persister)


class Cassette(NamedTuple):
    """A cassette as read: where it comes from, whether it is as recorded, its requests and answers."""

    provenance: Provenance
    sealed: bool
    interactions: tuple[Interaction, ...]


def read_cassette(path: Path) -> Cassette:
    """Read a cassette. Raises BrokenCassetteError."""
    text = read_text(path)
    provenance, sealed = read_head(text)
    try:
        requests, responses = deserialize(text, yamlserializer)[:2]
        interactions = tuple(map(Interaction, requests, responses))
        for interaction in interactions:
            interaction.parts(0)
    except Exception as error:  # noqa: BLE001 - a parser of YAML, and whatever somebody wrote into a file
        raise BrokenCassetteError(f"{path.name} is no cassette: {_first_line(error)}") from None
    return Cassette(provenance, sealed, interactions)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__} {str(error).partition(chr(10))[0]}"[:200]


class Persister:
    """Reads cassettes for vcrpy. It writes one when its contract is done, and never because vcrpy says so.

    vcrpy saves whatever there is at the end of a test, also of one that was interrupted.
    """

    def __init__(self) -> None:
        self.read: dict[str, Cassette | BrokenCassetteError] = {}

    def load_cassette(self, cassette_path: Any, serializer: Any) -> tuple[list[Any], list[Any]]:  # noqa: ARG002
        """Return requests and answers of a file; what it says of itself is kept in `read`."""
        path = Path(str(cassette_path))
        if not path.exists():
            raise CassetteNotFoundError
        try:
            cassette = self.read[path.stem] = read_cassette(path)
        except BrokenCassetteError as error:
            self.read[path.stem] = error
            raise CassetteNotFoundError from None
        return [interaction.request for interaction in cassette.interactions], [
            interaction.response for interaction in cassette.interactions
        ]

    def save_cassette(self, cassette_path: Any, cassette_dict: Any, serializer: Any) -> None:
        """Write nothing: `write` does, when all is said."""


def write_cassette(
    folder: Path, name: str, provenance: Provenance, interactions: Sequence[Interaction]
) -> Path:
    """Write a cassette whole, through vcrpy's serializer: readers see the old or the new. Raises OSError."""
    body: str = serialize(
        {
            "requests": [p.request for p in interactions],
            "responses": [deepcopy(p.response) for p in interactions],
        },
        _Ordered,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{SUFFIX}"
    write_whole(path, with_head(provenance, body))
    return path


class _Ordered:
    """vcrpy's YAML, with its version first, where the head of a cassette ends."""

    @staticmethod
    def serialize(data: Mapping[str, Any]) -> str:
        version = yamlserializer.serialize({"version": data["version"]})
        rest: str = yamlserializer.serialize({n: v for n, v in data.items() if n != "version"})
        return f"{version}{rest}"
