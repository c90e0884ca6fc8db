"""Reproducers: a failed contract as the requests that were sent, and sending them afresh.

A reproducer holds no credentials and no signatures: operations are kept unsigned and signed anew,
under a prefix of the replay's own. It works without pytest, tomorrow, and on another target.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_oss_clean.answer import describe
from pytest_oss_clean.matcher import Before, Matcher, check
from pytest_oss_clean.message import Answer, Operation
from pytest_oss_clean.opening import describe_target, describe_way
from pytest_oss_clean.provision import NotTestedError, Provisioner
from pytest_oss_clean.runner import Outcome
from pytest_oss_clean.settings import Settings
from pytest_oss_clean.target import NEVER_ARRIVED, Caller, Exchange, Passage, Target
from pytest_oss_clean.vocabulary import ConfigurationError, SignatureVersion, StorageClass

FORMAT = "oss-clean-reproducer-1"
FOLDER = "failures"


def write_reproducer(outcome: Outcome, target: Target, settings: Settings) -> Path | None:
    """Write the reproducer of a failed contract; None where the folder cannot be written."""
    path = settings.state_dir / FOLDER / f"{outcome.case.slug}.json"
    data = {
        "format": FORMAT,
        "contract": outcome.case.id,
        "says": outcome.case.contract.says,
        "storage_class": str(outcome.case.storage_class),
        "target": describe_target(target) | describe_way(settings)
        if settings.endpoint
        else {"endpoint": "emulator"},
        "advance_url": settings.advance_url,
        "restore_seconds": settings.restore_seconds,
        "problems": [finding.problem for finding in outcome.problems],
        "steps": [_step(event, target) for event in outcome.transcript],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(target.scrubber(json.dumps(data, indent=2)) + "\n", "utf-8")
    except OSError:
        return None
    return path


def read_reproducer(path: Path) -> dict[str, Any]:
    """Read a reproducer. Raises ConfigurationError where the file is none."""
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        known = data["format"] == FORMAT and isinstance(data["steps"], list)
    except (OSError, ValueError, LookupError, TypeError):
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


def replay(data: Mapping[str, Any], target: Target) -> Iterator[Replayed]:
    """Send the steps one by one; the objects are deleted at the end, also after an interruption.

    Raises NotTestedError where the target is out of reach or a restore does not complete.
    """
    caller = target.caller(f"replay:{data['contract']}")
    provisioner = Provisioner(target)
    storage_class = StorageClass(data["storage_class"])
    head, content = Answer(0), b""
    names: dict[str, None] = {}
    try:
        for step in data["steps"]:
            if "wait_restored" in step:
                provisioner.wait_restored(caller, caller.name(step["wait_restored"]), storage_class, None)
                yield Replayed("wait until restored", "", "", "", ())
                continue
            operation, matchers = _operation(step, caller), _matchers(step)
            names[operation.name] = None
            if operation.method == "PUT":
                content = operation.body
            answer = caller.send(operation, label=step["send"], signature=SignatureVersion(step["signature"]))
            if answer.trouble and answer.trouble.kind in NEVER_ARRIVED:
                raise NotTestedError(f"{step['send']} never reached the target: {answer.trouble}")
            if operation.method == "HEAD" and not matchers:
                head = answer
            problems = tuple(check(matchers, answer, Before(head, content)))
            expected = ", ".join(str(matcher) for matcher in matchers)
            yield Replayed(step["send"], expected, step["got"], describe(answer), problems)
    finally:
        for name in names:
            caller.remove(name)


def _step(event: Exchange | Passage, target: Target) -> dict[str, Any]:
    if isinstance(event, Passage):
        return {"wait_restored": event.name.removeprefix(target.prefix), "seconds": round(event.seconds, 3)}
    operation = event.operation
    return {
        "send": event.label,
        "method": operation.method,
        "name": operation.name.removeprefix(target.prefix),
        "query": operation.query,
        "headers": [(n, v) for n, v in operation.headers if n.lower() != "user-agent"],
        "body": base64.b64encode(operation.body).decode(),
        "signature": str(event.signature),
        "expected": [matcher.to_json() for matcher in event.expected],
        "got": describe(event.answer),
    }


def _operation(step: Mapping[str, Any], caller: Caller) -> Operation:
    return Operation(
        step["method"],
        caller.target.bucket,
        caller.name(step["name"]),
        tuple((n, v) for n, v in step["query"]),
        tuple((n, v) for n, v in step["headers"]),
        base64.b64decode(step["body"]),
    )


def _matchers(step: Mapping[str, Any]) -> tuple[Matcher, ...]:
    return tuple(Matcher.from_json(matcher) for matcher in step["expected"])
