"""Mutants that are right most of the time: every n-th clean, after a refusal, beside another object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.errors import OssError as Refusal
from pytest_oss_clean.emulator.lifecycle import State
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.mutation.faults.response_edits import (
    Change,
    body,
    both,
    error,
    no_header,
    status,
    swapped,
)
from pytest_oss_clean.mutation.faults.senders import (
    LOOKING,
    READING,
    Life,
    Lives,
    Place,
    Which,
    asked,
    done,
    held_back,
    is_clean,
    not_finished,
    place_of,
    refused,
    stale,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, OnSender, OnService, OssError, Reached
from pytest_oss_clean.mutation.mutants.later_responses import as_read, cached, restore_kept
from pytest_oss_clean.oss.constants import REQUEST_ID, Code
from pytest_oss_clean.oss.messages import Operation, Request, Response, Sender
from pytest_oss_clean.spec.evidence import Evidence

DOCUMENTED, INFERRED = Evidence.DOCUMENTED, Evidence.INFERRED
MONEY, MISLED, BREAKS = Damage.MONEY, Damage.MISLED, Damage.BREAKS
READABLE, LOCKED = Damage.READABLE, Damage.LOCKED_OUT

STALE, NOT_FINISHED = Code.ARCHIVE_RESTORE_FILE_STALE, Code.ARCHIVE_RESTORE_NOT_FINISHED
SUCCESS = both(status(200), body(b""))


@dataclass
class Nth:
    """Chooses every n-th, or the first alone."""

    n: int
    once: bool = False
    seen: int = 0

    def __call__(self) -> bool:
        """Count one more."""
        self.seen += 1
        return self.seen == self.n if self.once else self.seen % self.n == 0


def counted(n: int, *, once: bool = False) -> OnSender:
    """Do nothing at every n-th clean of a restored object, or at the n-th alone, and answer 200."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        nth = Nth(n, once)
        return held_back(lambda _request, _life: nth()).wrap(sender, reached)

    return OnSender(wrap)


def answered(n: int, which: Which, change: Change) -> OnSender:
    """Answer every n-th clean of a kind otherwise."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        nth = Nth(n)

        def changing(request: Request) -> Response:
            response = sender(request)
            if not is_clean(request) or not which(response) or not nth():
                return response
            reached()
            return change(response)

        return changing

    return OnSender(wrap)


def following(before: Which, which: Which, change: Change) -> OnSender:
    """Answer a clean otherwise where the clean before it, of whatever object, was answered so."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        last: list[Response] = []

        def changing(request: Request) -> Response:
            response = sender(request)
            if not is_clean(request):
                return response
            wrong = bool(last) and before(last[0]) and which(response)
            last[:] = [response]
            if wrong:
                reached()
            return change(response) if wrong else response

        return changing

    return OnSender(wrap)


def flickering(n: int, what: str, change: Callable[[Response, Life], Response]) -> OnSender:
    """Show every n-th look at a cleaned object what was before, as a replica that lags behind does."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        lives = Lives(sender)
        looks: dict[Place, Nth] = {}

        def changing(request: Request) -> Response:
            response, life = lives(request), lives.of(request)
            if asked(request) != what or not life.is_cleaned:
                return response
            if not looks.setdefault(place_of(request), Nth(n))():
                return response
            reached()
            return change(response, life)

        return changing

    return OnSender(wrap)


def after_refusal(_request: Request, life: Life) -> bool:
    """Choose objects of which a clean was refused before."""
    return life.clean is not None and not life.clean.succeeded


def remembered(which: Which) -> OnSender:
    """Answer later cleans of an object as the first one that was refused so."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        kept: dict[Place, Response] = {}

        def remembering(request: Request) -> Response:
            place = place_of(request)
            if not is_clean(request):
                if request.method in ("PUT", "DELETE"):
                    kept.pop(place, None)
                return sender(request)
            if place in kept:
                reached()
                return kept[place]
            response = sender(request)
            if which(response):
                kept[place] = response
            return response

        return remembering

    return OnSender(wrap)


def while_another(state: State, row: ErrorRow) -> OnService:
    """Refuse to clean a restored object while another one of the bucket is in a state."""

    def make(reached: Reached) -> type[Service]:
        class Mutated(Service):
            def clean_restored_object(self, operation: Operation, reply: Reply) -> Response:
                own, bucket, now = self.find_object(operation), self.find_bucket(operation), self.now()
                states = [
                    self.life_cycle.state(versions[0].retrieval, now)
                    for name, versions in bucket.objects.items()
                    if name != operation.name and self.life_cycle.needs_restore(versions[0].storage_class)
                ]
                if self.life_cycle.state(own.retrieval, now) is State.RESTORED and state in states:
                    reached()
                    raise Refusal(row)
                return super().clean_restored_object(operation, reply)

        return Mutated

    return OnService(make)


def every_second_object() -> OnSender:
    """Do nothing to every second object that is cleaned, and answer 200."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        known: dict[Place, bool] = {}
        nth = Nth(2)

        def chosen(request: Request, _life: Life) -> bool:
            place = place_of(request)
            if place not in known:
                known[place] = nth()
            return known[place]

        return held_back(chosen).wrap(sender, reached)

    return OnSender(wrap)


def sent_twice(n: int) -> OnSender:
    """Pass every n-th clean on twice, as a proxy does that retries, and give the second answer."""

    def wrap(sender: Sender, reached: Reached) -> Sender:
        nth = Nth(n)

        def twice(request: Request) -> Response:
            response = sender(request)
            if not is_clean(request) or not done(response) or not nth():
                return response
            reached()
            return sender(request)

        return twice

    return OnSender(wrap)


def tried_before(_request: Request, life: Life) -> bool:
    """Choose objects of which a clean was refused before a restore."""
    return life.tries > 0 and life.clean is None and not life.cleans


def cleaned_before(_request: Request, life: Life) -> bool:
    """Choose objects that were cleaned before they were restored again."""
    return life.cleans > 0


Row = tuple[str, OssError, str, Damage]

REQUIRED: tuple[Row, ...] = (
    ("second", counted(2), "every 2nd clean answers 200 and does nothing", MONEY),
    ("third", counted(3), "every 3rd clean answers 200 and does nothing", MONEY),
    ("seventh", counted(7), "every 7th clean answers 200 and does nothing", MONEY),
    ("twentieth", counted(20), "every 20th clean answers 200 and does nothing", MONEY),
    ("first-alone", counted(1, once=True), "the first clean alone does nothing", MONEY),
    ("second-alone", counted(2, once=True), "the 2nd clean alone does nothing", MONEY),
    ("second-object", every_second_object(), "every 2nd object is never cleaned", MONEY),
    ("stale-broken", answered(2, stale, error(500, "InternalError")), "every 2nd refusal is a 500", BREAKS),
    ("stale-done", answered(3, stale, SUCCESS), "every 3rd stale object is answered 200", MISLED),
    ("code", answered(3, refused, swapped(STALE, NOT_FINISHED)), "every 3rd Code is the other", MISLED),
    ("no-content", answered(3, done, status(204)), "every 3rd success is 204", BREAKS),
    ("no-id", answered(2, done, no_header(REQUEST_ID)), "every 2nd success has no request id", BREAKS),
    ("no-document", answered(4, refused, body(b"")), "every 4th refusal has no document", BREAKS),
    ("sent-twice", sent_twice(3), "every 3rd clean arrives twice, and is answered as the second", MISLED),
    ("after-stale", following(stale, done, error(409, STALE)), "after a stale one, it is stale", MISLED),
    ("after-done", following(done, refused, SUCCESS), "after a success, a refusal is one too", MISLED),
    (
        "after-not-finished",
        following(not_finished, stale, error(409, NOT_FINISHED)),
        "after one that is not finished, a stale one is not finished either",
        MISLED,
    ),
    ("refused-for-ever", remembered(not_finished), "not finished once, an object is it for ever", LOCKED),
    ("stale-for-ever", remembered(stale), "stale once, an object is it for ever", LOCKED),
    ("refused-then-kept", held_back(after_refusal), "after a refusal, a clean does nothing", MONEY),
    ("stale-then-kept", held_back(tried_before), "refused as stale, it is never cleaned", MONEY),
    (
        "beside-restoring",
        while_another(State.RESTORING, errors.NOT_FINISHED),
        "nothing is cleaned while another object is restoring",
        LOCKED,
    ),
    (
        "beside-frozen",
        while_another(State.FROZEN, errors.FILE_STALE),
        "nothing is cleaned while another object is frozen",
        LOCKED,
    ),
    ("second-read", flickering(2, READING, as_read), "every 2nd GET comes from before the clean", READABLE),
    ("third-read", flickering(3, READING, as_read), "every 3rd GET comes from before the clean", READABLE),
    ("read-before", cached(READING), "what was read before the clean stays readable", READABLE),
)

INFERRED_ONES: tuple[Row, ...] = (
    ("once-in-a-life", held_back(cleaned_before), "what was cleaned is never cleaned again", MONEY),
    ("second-look", flickering(2, LOOKING, restore_kept), "every 2nd HEAD is older than the clean", MISLED),
    ("looked-before", cached(LOOKING), "HEAD shows on what it showed before the clean", MISLED),
)

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(
        id=f"intermittent-{name}",
        family=Family.INTERMITTENT,
        says=says,
        breaks=breaks,
        damage=damage,
        fault=fault,
    )
    for rows, breaks in ((REQUIRED, DOCUMENTED), (INFERRED_ONES, INFERRED))
    for name, fault, says, damage in rows
)
