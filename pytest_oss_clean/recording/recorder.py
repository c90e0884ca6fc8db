"""Recording: a sender around the target's that remembers what vcrpy made of each request, and what is kept.

What is kept is what the run of a contract rests on, its transcript: requests that were superseded (polls,
tries that were throttled) are not in it, and requests that were begun for it while another contract ran are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from pytest_oss_clean.engine.outcome import Outcome
from pytest_oss_clean.oss.messages import Request, Response, Sender
from pytest_oss_clean.recording.cassette import ARRIVED, Interaction, RecordingFilter, kept_by
from pytest_oss_clean.recording.leak_check import LeakCheck
from pytest_oss_clean.recording.placeholders import Placeholders
from pytest_oss_clean.spec.request import Bucket
from pytest_oss_clean.target.target import Target
from pytest_oss_clean.target.transcript import Elapsed, Exchange

_SIGNATURE = re.compile(r"(?i)(?:signature=|^OSS [^:]*:)([0-9A-Za-z+/=%]{8,})")
_CREDENTIAL = re.compile(r"(?i)(?:credential=|^OSS |OSSAccessKeyId=)([^/,:&%]+)")


class _Recorded(NamedTuple):
    request: Request  # held, so that its id is nobody else's
    interaction: Interaction
    response: Response


class NotRecordableError(Exception):
    """A run cannot become a recording; the text says why."""


class Recorder:
    """A Sender that also keeps what it sent; `cassette` is vcrpy's, None while no contract runs."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.cassette: Any = None
        self.last_cassette: Any = None
        self.began = time.time()
        self._kept: dict[int, _Recorded] = {}

    def __call__(self, request: Request) -> Response:
        before = len(self.cassette.data) if self.cassette is not None else 0
        response = self._sender(request)
        if self.cassette is not None and len(self.cassette.data) == before + 1:
            self._kept[id(request)] = _Recorded(request, Interaction(*self.cassette.data[-1]), response)
        return response

    def interactions(
        self, transcript: Iterable[Exchange | Elapsed]
    ) -> tuple[list[Interaction], list[Request]]:
        """Return what of a transcript was recorded, and the requests as they were sent.

        Raises NotRecordableError where an answer did not arrive whole.
        """
        interactions, sent = [], []
        for number, event in enumerate((e for e in transcript if isinstance(e, Exchange)), 1):
            kept = self._kept.pop(id(event.request), None) or self._kept_before(event)
            if kept is None or event.response.transport_error:
                cause = event.response.transport_error or "vcrpy did not see it"
                raise NotRecordableError(
                    f"request {number} has no whole answer ({cause}), and no other is kept"
                )
            response = {**kept.interaction.response, ARRIVED: round(kept.response.at, 3)}
            interactions.append(Interaction(kept.interaction.request, response))
            sent.append(kept.request)
        return interactions, sent

    def _kept_before(self, event: Exchange) -> _Recorded | None:
        """Return what an earlier run sent and a journal kept, where its response was seen."""
        response = event.response
        if not 0 < response.at < self.began or self.last_cassette is None:
            return None
        interaction = kept_by(self.last_cassette, event.request, response)
        return _Recorded(event.request, interaction, response)


def prepare(target: Target, recording_filter: RecordingFilter, names: Placeholders) -> LeakCheck:
    """Give the filter a target's names, and return the leak check that knows its secrets."""
    recording_filter.names = names
    keys = [key for key in target.keys.values() if key is not None]
    buckets = (Bucket.MAIN, Bucket.SECOND, Bucket.VERSIONED)
    return LeakCheck(
        {
            "a secret": {key.secret.reveal() for key in keys},
            "a token": {key.token.reveal() for key in keys if key.token},
            "a key id": {key.key_id for key in keys},
            "the name of the bucket": {target.buckets[b] for b in buckets if target.buckets[b]},
        }
    )


def signatures(sent: Iterable[Request]) -> dict[str, set[str]]:
    """Return the signatures and key ids that requests were sent with: they may be echoed anywhere."""
    signed, ids = set(), set()
    for request in sent:
        texts = [
            request.target,
            *(value for name, value in request.headers if name.lower() == "authorization"),
        ]
        for text in texts:
            signed.update(_SIGNATURE.findall(text))
            ids.update(_CREDENTIAL.findall(text))
    return {"a signature": signed, "a key id": {i for i in ids if len(i) >= 8}}  # noqa: PLR2004 - else a word


def accounts(responses: Iterable[Exchange | Elapsed]) -> set[str]:
    """Return the ids of accounts that answers name as owners."""
    found: set[str] = set()
    for event in responses:
        if isinstance(event, Exchange) and b"<Owner>" in event.response.body:
            text = event.response.body.decode("latin-1")
            found.update(re.findall(r"<(?:ID|DisplayName)>\s*([^<\s]{4,})\s*</", text))
    return found


def leak(
    leak_check: LeakCheck, interactions: list[Interaction], sent: list[Request], outcome: Outcome
) -> str:
    """Return "" or what must not be kept, and where it stands; the contract's own name may hold any word."""
    slug = outcome.case.slug
    listed = [
        part for number, interaction in enumerate(interactions, 1) for part in interaction.parts(number)
    ]
    parts = [(where, text.replace(slug, "-")) for where, text in listed]
    also = {**signatures(sent), "the id of an account": accounts(outcome.transcript)}
    return leak_check.search(parts, also)
