"""Shortly before and shortly after: the clean goes by the clock, whether or not anybody looked meanwhile.

Which moment is shortly before the end of a restore depends on how long the target takes for it; where
it takes less than the longest time that is documented, these rows are not observed.
"""

from __future__ import annotations

from pytest_oss_clean.contracts.states import CLEANED_THEN, MOVABLE, NO_INSTANT, NOT_FINISHED, UNDER_WAY_THEN
from pytest_oss_clean.spec.contract import Contract, Moment, ProbeKind
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import FORBIDDEN_STATE, READABLE, done, restore_completes, shows
from pytest_oss_clean.spec.history import Given, Step
from pytest_oss_clean.spec.matchers import NoBody, StatusIs

ALL_THE_TIME = "page, responses 2 and 3; the restore user guide for the times that restores take"

CLEANED_UNSEEN = shows(
    "cleaned-unseen",
    ProbeKind.CLEAN,
    StatusIs(200),
    NoBody(),
    otherwise="a restore that nobody saw complete cannot be cleaned",
    moment=Moment.REST,
)
READABLE_IN_TIME = shows(
    "readable-in-time",
    ProbeKind.GET,
    *READABLE,
    otherwise="the restore does not complete in its time",
    moment=Moment.REST,
)
STILL_READABLE = shows(
    "readable-to-the-end",
    ProbeKind.GET,
    *READABLE,
    otherwise="the refused clean took time off the restore",
    moment=Moment.LAST_HALF_HOUR,
)
FROZEN_IN_TIME = shows(
    "frozen-in-time",
    ProbeKind.GET,
    *FORBIDDEN_STATE,
    otherwise="the refused clean prolonged the restore",
    moment=Moment.HOUR_LATER,
)

CONTRACTS: tuple[Contract, ...] = (
    Contract(
        "refused-clean-keeps-the-days",
        given=Given.RESTORING,
        reading="A clean that was refused neither prolongs nor shortens the days of the restore.",
        source="page, response 2: the restore is in progress; RestoreObject page: Days are asked for",
        expect=(NOT_FINISHED,),
        then=(restore_completes(INFERRED), STILL_READABLE, FROZEN_IN_TIME),
        needs=MOVABLE,
        rules_out=NO_INSTANT,
    ),
    Contract(
        "half-way",
        given=Given.RESTORING,
        prepare=(Step.WAIT_HALF,),
        reading="A clean half-way through a restore is refused, and one in the end is carried out.",
        source=ALL_THE_TIME,
        expect=(NOT_FINISHED,),
        then=(*UNDER_WAY_THEN, CLEANED_UNSEEN),
        needs=MOVABLE,
        rules_out=NO_INSTANT,
    ),
    Contract(
        "half-way-read",
        given=Given.RESTORING,
        prepare=(Step.WAIT_HALF,),
        reading="A clean half-way through a restore costs it no time.",
        source=ALL_THE_TIME,
        expect=(NOT_FINISHED,),
        then=(READABLE_IN_TIME,),
        needs=MOVABLE,
        rules_out=NO_INSTANT,
    ),
    Contract(
        "last-half-hour",
        given=Given.RESTORED,
        prepare=(Step.WAIT_LAST_HALF_HOUR,),
        reading="A restored object is cleaned up to the end of its days, which begin with its completion.",
        source="page, response 3; HeadObject page, whose samples show when a restore expires",
        expect=(done(200, INFERRED),),
        then=CLEANED_THEN,
    ),
)
