"""Objects with other histories beside the judged one: each goes on as its own history has it.

What an object shows is read for each history apart, since a service may keep what it knows of another
object where only some histories meet it. Other pages say what the requests answer; that a clean
changes none of it is our reading, so beside the answer itself all of it is inferred.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_oss_clean.contracts.page import NEVER_RESTORED, RESTORED
from pytest_oss_clean.contracts.states import NO_INSTANT
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.spec.contract import Contract, Effect, Moment, ProbeKind, Sibling
from pytest_oss_clean.spec.evidence import DOCUMENTED, INFERRED
from pytest_oss_clean.spec.expectations import FORBIDDEN_STATE, done, readable, refused, shows, unreadable
from pytest_oss_clean.spec.history import DELETED, RESTORE_RUNS, RESTORED_IN_THE_END, STEPS, Given, Step
from pytest_oss_clean.spec.matchers import Absent, Entry, Matcher, Same, StatusIs, code_is

READING = "It does not count what happened to another object, and nothing more happens to that."


def seen(of: str, name: str, probe: ProbeKind, otherwise: str, *matchers: Matcher) -> Effect:
    """Return what a request for another object shows, after the clean of this one."""
    return shows(name, probe, *matchers, otherwise=otherwise, moment=Moment.AT_ONCE, of=of)


def used(of: str, given: Given) -> tuple[Effect, ...]:
    """Read another object and restore it; where pages disagree on that, it is read only."""
    if given in DELETED:
        missing = (StatusIs(404), code_is(Code.NO_SUCH_KEY))
        return (
            seen(of, "missing", ProbeKind.GET, "another object is back", *missing),
            seen(of, "not-restorable", ProbeKind.RESTORE, "another object is back", StatusIs(404)),
        )
    if given in RESTORED_IN_THE_END:
        extended = seen(of, "extended", ProbeKind.RESTORE, "another restore is not extended", StatusIs(200))
        return (readable(INFERRED, of=of), extended)
    if given not in RESTORE_RUNS:
        anew = seen(of, "restorable", ProbeKind.RESTORE, "another object cannot be restored", StatusIs(202))
        return (unreadable(INFERRED, of=of), anew)
    running = (StatusIs(409), code_is(Code.RESTORE_ALREADY_IN_PROGRESS))
    again = seen(of, "goes-on", ProbeKind.RESTORE, "another restore is not in progress", *running)
    return (unreadable(INFERRED, of=of), *([] if given is Given.TIER_RAISED else [again]))


def listed(of: str, given: Given) -> tuple[Effect, ...]:
    kept = given in RESTORED_IN_THE_END | RESTORE_RUNS
    matcher = Same(Entry("RestoreInfo")) if kept else Absent(Entry("RestoreInfo"))
    told = "the clean changed what a list shows of another object"
    name = f"list-RestoreInfo-{'same' if kept else 'gone'}"
    return (seen(of, name, ProbeKind.LIST, told, StatusIs(200), matcher),)


def copied(of: str, given: Given) -> tuple[Effect, ...]:
    if given in RESTORED_IN_THE_END:
        return (seen(of, "copied", ProbeKind.COPY, "another object cannot be copied", StatusIs(200)),)
    return (seen(of, "no-copy", ProbeKind.COPY, "another object can be copied", *FORBIDDEN_STATE),)


def beside(
    slug: str, probes: Callable[[str, Given], tuple[Effect, ...]], *givens: Given, running: bool = False
) -> Contract:
    """Return the row of a clean beside objects with histories.

    Where the others are restoring, the clean is of a frozen object: to restore it would take the time
    in which the other restores end. When a restore expires no page says to the minute: where one must
    have expired first, nothing is required.
    """
    expires = any(Step.WAIT_EXPIRED in STEPS[given] for given in givens)
    evidence = INFERRED if expires else DOCUMENTED
    siblings = tuple(
        Sibling(given.name.lower().replace("_", "-"), f"/{n}", given=given) for n, given in enumerate(givens)
    )
    stale = refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, evidence)
    return Contract(
        slug,
        clause=f"Examples, response {1 if running else 3}",
        says=NEVER_RESTORED if running else RESTORED,
        reading=READING,
        given=Given.NEVER_RESTORED if running else Given.RESTORED,
        siblings=siblings,
        expect=(stale if running else done(200, evidence),),
        then=tuple(effect for one in siblings if one.given for effect in probes(one.id, one.given)),
        rules_out=NO_INSTANT if running else frozenset(),
    )


AT_ONCE = (Given.OVERWRITTEN, Given.EXTENDED, Given.OVERWRITTEN_THEN_RESTORED)
UNDER_WAY = (Given.TIER_RAISED, Given.OVERWRITTEN_THEN_RESTORING)
AGAIN = Given.RESTORING_AFTER_EXPIRY
ENDED = Given.RESTORED_AFTER_EXPIRY

CONTRACTS: tuple[Contract, ...] = (
    beside("beside-others", used, *AT_ONCE, Given.OVERWRITTEN_RESTORING),
    beside("beside-others-listed", listed, *AT_ONCE),
    beside("beside-others-copied", copied, *AT_ONCE),
    beside("beside-an-expired-one", used, Given.EXPIRED),
    beside("beside-an-expired-one-listed", listed, Given.EXPIRED),
    beside("beside-one-restored-after-expiry", used, ENDED),
    beside("beside-one-restored-after-expiry-listed", listed, ENDED),
    beside("beside-one-restored-after-expiry-copied", copied, ENDED),
    beside("beside-restoring-ones", used, *UNDER_WAY, running=True),
    beside("beside-restoring-ones-listed", listed, *UNDER_WAY, running=True),
    beside("beside-restoring-ones-copied", copied, *UNDER_WAY, running=True),
    beside("beside-one-restoring-after-expiry", used, AGAIN, running=True),
    beside("beside-one-restoring-after-expiry-listed", listed, AGAIN, running=True),
    beside("beside-one-restoring-after-expiry-copied", copied, AGAIN, running=True),
    beside("beside-one-overwritten-and-restoring-again", used, Given.BOTH_RESTORING, running=True),
    beside("beside-deleted-ones", used, Given.DELETED, Given.DELETED_RESTORING),
)
