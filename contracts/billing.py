"""What costs money unseen: how long a restored object is charged for, as far as its owner is shown it.

A replica is charged until it expires or is cleaned. A target that does not show when that is, or shows a
time that has passed, leaves its owner to pay: these rows are checks, and are listed first.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.contracts.states import NEXT_EDITION
from pytest_oss_clean.oss.constants import Code
from pytest_oss_clean.oss.operations import HEAD_OBJECT
from pytest_oss_clean.spec.contract import Contract, Expectation
from pytest_oss_clean.spec.evidence import INFERRED
from pytest_oss_clean.spec.expectations import refused
from pytest_oss_clean.spec.history import Given, Provision
from pytest_oss_clean.spec.matchers import ExpiryAhead, SentOnce, StatusIs
from pytest_oss_clean.spec.request import RequestTemplate

EXPIRES = Expectation(id="expiry", matchers=(StatusIs(200), ExpiryAhead()), evidence=INFERRED)
ONCE = Expectation(id="headers-once", matchers=(StatusIs(200), SentOnce()), evidence=INFERRED)

SHOWN = Contract(
    "expiry-shown",
    given=Given.RESTORED,
    operation=HEAD_OBJECT,
    request=RequestTemplate(method="HEAD"),
    reading="HEAD of a restored object shows until when it is restored, and charged for.",
    source="HeadObject page: ongoing-request and expiry-date, once the restore is complete",
    expect=(EXPIRES, ONCE),
    since=NEXT_EDITION,
)

CONTRACTS = (
    SHOWN,
    replace(SHOWN, id="expiry-shown-for-a-year", provision=Provision(days=365)),
    replace(SHOWN, id="expiry-shown-after-extension", given=Given.EXTENDED),
    Contract(
        "not-cleaned-twice-for-one-restore",
        given=Given.EXTENDED_CLEANED,
        provision=Provision(days=365),
        reading="A clean ends the charge of every extension: nothing is left that another clean could end.",
        source="page: stop replica storage charges immediately; response 1 for a second clean",
        expect=(refused(409, Code.ARCHIVE_RESTORE_FILE_STALE, INFERRED),),
        since=NEXT_EDITION,
    ),
)
