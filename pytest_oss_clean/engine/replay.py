"""Reproducers: a failed contract as the requests that were sent, and sending them afresh.

A reproducer holds no credentials and no signatures: operations are kept unsigned and signed anew,
under a prefix of the replay's own. It works without pytest, tomorrow, and on another target.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.engine.provisioning import Steps
from pytest_oss_clean.errors import ConfigurationError, NotTestedError
from pytest_oss_clean.oss.constants import VERSION_ID, StorageClass, Tier
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.names import Query, encode_query
from pytest_oss_clean.oss.operations import COPY_SOURCE, SYMLINK_TARGET
from pytest_oss_clean.oss.responses import describe, text_of
from pytest_oss_clean.spec.contract import Case
from pytest_oss_clean.spec.matchers import Before, Matcher, check
from pytest_oss_clean.spec.request import Bucket, Signing
from pytest_oss_clean.target.clock import Advancing
from pytest_oss_clean.target.config.settings import Settings
from pytest_oss_clean.target.ledger import Entry
from pytest_oss_clean.target.open import describe_target, describe_way
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import NEVER_ARRIVED, Elapsed, Exchange

FORMAT = "oss-clean-reproducer-4"
FOLDER = "failures"
NAMING = frozenset({COPY_SOURCE, SYMLINK_TARGET})
"""Headers whose values name an object."""


def write_reproducer(outcome: Outcome, target: Target, settings: Settings) -> Path | None:
    """Write the reproducer of a failed contract; None where the folder cannot be written."""
    path = settings.state_dir / FOLDER / f"{outcome.case.slug}.json"
    race = outcome.case.contract.race
    steps = [_step(event, target) for event in outcome.transcript]
    data = {
        "format": FORMAT,
        "contract": outcome.case.id,
        "says": outcome.case.contract.says or outcome.case.contract.reading,
        "raced": [str(request) for request in race.requests] if race else [],
        "storage_class": str(outcome.case.storage_class),
        "target": describe_target(target) | describe_way(settings)
        if settings.endpoint
        else {"endpoint": "emulator"},
        "advance_url": settings.advance_url,
        "restore_seconds": settings.restore_seconds,
        "problems": [finding.problem for finding in outcome.problems],
        "transcript": [_line(step) for step in steps],
        "steps": steps,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(target.scrubber(json.dumps(data, indent=2)) + "\n", "utf-8")
    except OSError:
        return None
    return path


def remove_reproducer(case: Case, settings: Settings) -> None:
    """Remove the reproducer that an earlier run on the same target left of a contract."""
    path = settings.state_dir / FOLDER / f"{case.slug}.json"
    with suppress(OSError, ValueError, LookupError, TypeError):
        if path.exists():
            data = json.loads(path.read_text("utf-8"))  # of an earlier format, too
            ours = str(data["format"]).startswith(FORMAT.rstrip("0123456789"))
            if ours and data["target"]["endpoint"] == str(settings.endpoint or "emulator"):
                path.unlink()


def read_reproducer(path: Path) -> dict[str, Any]:
    """Read a reproducer. Raises ConfigurationError where the file is none."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        known = data["format"] == FORMAT and isinstance(data["steps"], list)
    except OSError as error:
        raise ConfigurationError("FILE", path, f"cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError):
        known = False
    if not known:
        raise ConfigurationError("FILE", path, f"not a reproducer ({FORMAT}) of pytest-oss-clean")
    return data


@dataclass(frozen=True, slots=True)
class Replayed:
    """One step sent again: what it was, what it answered then and now, and what differs."""

    label: str
    expected: str
    got_then: str
    got_now: str
    problems: tuple[str, ...]


class _Replay:
    """What a replay has learnt so far: ids that the target gives, contents, and answers to compare with."""

    def __init__(self, target: Target, contract_id: str) -> None:
        self.target = target
        self.client = target.client(f"replay:{contract_id}")
        self.names: dict[Entry, None] = {}
        self.contents: dict[str, bytes] = {}
        self.given: dict[str, str] = {}
        """Ids of versions and uploads, and ETags of parts, as they were and as they are now."""
        self.shown: dict[tuple[str, str, Query], Response] = {}

    def send(self, step: Mapping[str, Any]) -> Replayed:
        """Send one step, signed afresh, and compare its answer."""
        operation, matchers = self._operation(step), _matchers(step, self.target.prefix)
        if operation.name:
            self.names[Entry(operation.bucket, operation.name)] = None
        self._keep_content(operation)
        response = self.client.send(operation, label=step["send"], signing=Signing.from_json(step["signing"]))
        if response.transport_error and response.transport_error.kind in NEVER_ARRIVED:
            raise NotTestedError(f"{step['send']} never reached the target: {response.transport_error}")
        if step["version"]:
            version = self.given[step["version"]] = response.header(VERSION_ID) or step["version"]
            self.contents[version] = self.contents.get(operation.name, b"")
        if step["part_of"]:
            self.given[step["part_of"]] = _part_of(operation, response) or step["part_of"]
        asked = (operation.method, operation.name, operation.query)
        if not matchers:
            self.shown[asked] = response
        head = self.shown.get(("HEAD", operation.name, ()), Response(0))
        content = self.contents.get(operation.name, b"")
        named = dict(operation.query).get("versionId") or ""
        before = Before(self.shown.get(asked, head), self.contents.get(named, content))
        problems = tuple(check(matchers, response, before))
        expected = ", ".join(str(matcher) for matcher in matchers)
        return Replayed(step["send"], expected, step["got"], describe(response), problems)

    def _keep_content(self, operation: Operation) -> None:
        names = {name for name, _ in operation.query}
        if "uploads" in names or "append" in names:
            self.contents[operation.name] = operation.body
        if "partNumber" in names:
            self.contents[operation.name] += operation.body
        if operation.method != "PUT" or operation.query:
            return
        source = unquote(operation.header(COPY_SOURCE) or "").split("/", 2)
        self.contents[operation.name] = (
            self.contents.get(source[2], b"") if len(source) > 2 else operation.body  # noqa: PLR2004
        )

    def _operation(self, step: Mapping[str, Any]) -> Operation:
        bucket = self.target.buckets[Bucket(step["bucket"])]
        if not bucket:
            raise ConfigurationError("FILE", step["bucket"], "this target has none: name it by its option")

        def filled(text: str) -> str:
            return text.replace("{bucket}", bucket).replace("{prefix}", self.target.prefix)

        body = base64.b64decode(step["body"])
        if step["send"] == "complete upload":
            for old, new in self.given.items():
                body = body.replace(old.encode(), new.encode())
        return Operation(
            step["method"],
            bucket,
            filled(step["name"]),
            tuple((n, filled(self.given.get(v, v)) if v else v) for n, v in step["query"]),
            tuple((n, filled(v) if n in NAMING else v) for n, v in step["headers"]),
            body,
        )


def replay(data: Mapping[str, Any], target: Target) -> Iterator[Replayed]:
    """Send the steps one by one; the objects are deleted at the end, also after an interruption.

    Requests that raced are sent one after the other. Raises NotTestedError where the target is out
    of reach or a restore does not complete.
    """
    if isinstance(target.time, Advancing):
        target.time = replace(target.time, watched=False)  # what is compared, a reader judges
    going = _Replay(target, data["contract"])
    steps = Steps(target)
    storage_class = StorageClass(data["storage_class"])
    try:
        for step in data["steps"]:
            if "move_clock" in step:
                steps.move(going.client, "", step["move_clock"])
                yield Replayed(f"clock + {step['move_clock']:g} s", "", "", "", ())
            elif "wait_restored" in step:
                name = step["wait_restored"].replace("{prefix}", target.prefix)
                tier = Tier(step["tier"]) if step["tier"] else None
                steps.wait_restored(going.client, name, storage_class, None, tier)
                yield Replayed("wait until restored", "", "", "", ())
            else:
                yield going.send(step)
                last = going.client.last
                if last.label == "clean" and last.response.succeeded:
                    version = dict(last.operation.query).get("versionId") or ""
                    steps.settling.await_frozen(going.client, last.operation.name, storage_class, version)
    finally:
        for bucket, name in going.names:
            going.client.remove(name, bucket)


def _step(event: Exchange | Elapsed, target: Target) -> dict[str, Any]:
    def emptied(text: str) -> str:
        return text.replace(target.prefix, "{prefix}")

    if isinstance(event, Elapsed) and event.moved:
        return {"move_clock": event.moved}
    if isinstance(event, Elapsed):
        tier = str(event.tier) if event.tier else None
        return {"wait_restored": emptied(event.name), "tier": tier, "seconds": round(event.seconds, 3)}
    operation = event.operation
    kept = [(n, v) for n, v in operation.headers if n.lower() != "user-agent"]
    return {
        "send": event.label,
        "method": operation.method,
        "bucket": next(str(b) for b, name in target.buckets.items() if name == operation.bucket),
        "name": emptied(operation.name),
        "query": [(n, emptied(v) if v else v) for n, v in operation.query],
        "headers": [
            (n, emptied(v).replace(f"/{operation.bucket}/", "/{bucket}/", 1) if n in NAMING else v)
            for n, v in kept
        ],
        "body": base64.b64encode(operation.body).decode(),
        "signing": event.signing.to_json(),
        "expected": [
            {key: emptied(value) if isinstance(value, str) else value for key, value in matcher.items()}
            for matcher in (each.to_json() for each in event.expected)
        ],
        "version": event.response.header(VERSION_ID) if operation.method in ("PUT", "DELETE") else None,
        "part_of": _part_of(operation, event.response),
        "got": describe(event.response),
        "resent": event.response.resent,
        "settled": event.settled,
    }


def _part_of(operation: Operation, response: Response) -> str:
    """Return what later requests of an upload in parts must name: its id, or the ETag of a part."""
    names = {name for name, _ in operation.query}
    if "uploads" in names:
        return text_of(response, "UploadId")
    return (response.header("ETag") or "").strip('"') if "partNumber" in names else ""


def _line(step: Mapping[str, Any]) -> str:
    """Say one step in a line for readers; `steps` is what is replayed."""
    if "move_clock" in step:
        return f"the restore clock moves by {step['move_clock']:g} s"
    if "wait_restored" in step:
        return f"{step['wait_restored']} is waited for until it is restored"
    query = f"?{encode_query(step['query'])}" if step["query"] else ""
    headers = "".join(f", {name}: {value}" for name, value in step["headers"])
    where = "" if step["bucket"] == Bucket.MAIN else f" in {step['bucket']}"
    resent = f" ({step['resent']})" if step["resent"] else ""
    settled = f", its effect seen after {step['settled']:.1f} s" if step["settled"] else ""
    return f"{step['method']} {step['name']}{query}{where}{headers}: {step['got']}{resent}{settled}"


def _matchers(step: Mapping[str, Any], prefix: str) -> tuple[Matcher, ...]:
    filled = (
        {
            key: value.replace("{prefix}", prefix) if isinstance(value, str) else value
            for key, value in m.items()
        }
        for m in step["expected"]
    )
    return tuple(Matcher.from_json(matcher) for matcher in filled)
