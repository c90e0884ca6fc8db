"""RestoreObject and CleanRestoredObject.

Rule: the life cycle's table decides, OUTCOMES says how each decision is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.handlers.base import Handlers, version_headers
from pytest_oss_clean.emulator.lifecycle import RestoreOptions, Retrieval, State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.oss.constants import StorageClass, Tier
from pytest_oss_clean.oss.messages import Headers, Operation, Response
from pytest_oss_clean.oss.signing import http_time

OUTCOMES: Mapping[Outcome, int | ErrorRow] = {
    Outcome.ACCEPTED: 202,
    Outcome.UPGRADED: 202,
    Outcome.EXTENDED: 200,
    Outcome.CLEANED: 200,
    Outcome.IN_PROGRESS: errors.IN_PROGRESS,
    Outcome.LOWERED: errors.TIER_LOWERED,
    Outcome.STALE: errors.FILE_STALE,
    Outcome.NOT_FINISHED: errors.NOT_FINISHED,
    Outcome.UNSUPPORTED: errors.UNSUPPORTED,
}
"""A status without a body, or the row of an error."""


class RestoreHandlers(Handlers):
    """Answers for the two operations that move objects through the life cycle."""

    outcomes: ClassVar[Mapping[Outcome, int | ErrorRow]] = OUTCOMES

    def restore_info(self, thing: StoredObject) -> str | None:
        """Return x-oss-restore of an object, which is also its RestoreInfo; None while frozen."""
        if thing.retrieval is None:
            return None
        state = self.life_cycle.state(thing.retrieval, self.now())
        if state is State.RESTORING:
            return 'ongoing-request="true"'
        if state is State.FROZEN:
            return None
        return f'ongoing-request="false", expiry-date="{http_time(thing.retrieval.expires_at)}"'

    def restore_object(self, operation: Operation, reply: Reply) -> Response:
        thing = self.find_object(operation)
        asked = documents.parse_restore_request(operation.body)
        if not self.life_cycle.needs_restore(thing.storage_class):
            raise self.unsupported("RestoreObject")
        options = self.check_options(thing.storage_class, asked)
        retrieval, outcome = self.life_cycle.restore(
            thing.storage_class, thing.retrieval, options, self.now()
        )
        self.keep(operation, thing, retrieval)
        headers = (*_priority(retrieval), *version_headers(self.find_bucket(operation), thing))
        return self.response("RestoreObject", outcome, reply, headers)

    def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
        """Answer CleanRestoredObject; the body is ignored."""
        thing = self.find_object(operation)
        retrieval, outcome = self.life_cycle.clean(thing.storage_class, thing.retrieval, self.now())
        self.keep(operation, thing, retrieval)
        return self.response("CleanRestoredObject", outcome, reply)

    def keep(self, operation: Operation, thing: StoredObject, retrieval: Retrieval | None) -> None:
        """Keep what the life cycle made of this version of an object."""
        if retrieval is not thing.retrieval:
            changed = replace(thing, retrieval=retrieval)
            self.store.replace(self.find_bucket(operation), operation.name, changed)

    def response(self, called: str, outcome: Outcome, reply: Reply, headers: Headers = ()) -> Response:
        means = self.outcomes[outcome]
        if isinstance(means, int):
            return reply.ok(means, headers)
        raise self.unsupported(called) if outcome is Outcome.UNSUPPORTED else OssError(means)

    def unsupported(self, called: str) -> OssError:
        """Return the refusal of a class that cannot be restored or cleaned."""
        detail = f"{called} operation does not support this object storage class"
        return OssError(errors.UNSUPPORTED, (("Detail", detail),))

    def check_options(self, storage_class: StorageClass, asked: documents.RestoreRequest) -> RestoreOptions:
        """Return Days and Tier, or refuse what this class does not offer."""
        tiers = self.life_cycle.tiers(storage_class)
        if asked.has_parameters and not tiers:
            raise OssError(errors.BAD_XML)  # py1 test: JobParameters for Archive
        if asked.tier is not None and asked.tier not in tiers:
            raise OssError(errors.WRONG_TIER, (("ArgumentName", "Tier"), ("ArgumentValue", asked.tier)))
        days = asked.days_number()
        if days is not None and not 1 <= days <= self.life_cycle.longest_days[storage_class]:
            raise OssError(errors.WRONG_DAYS, (("ArgumentName", "Days"), ("ArgumentValue", str(days))))
        return RestoreOptions(days, None if asked.tier is None else Tier(asked.tier))


def _priority(retrieval: Retrieval | None) -> Headers:
    if retrieval is None or retrieval.tier is None:
        return ()
    return (("x-oss-object-restore-priority", retrieval.tier),)
