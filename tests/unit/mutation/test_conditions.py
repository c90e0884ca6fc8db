"""Right servers that are late, busy, restarted, or whose clock others move, fail no contract."""

from dataclasses import replace

import pytest

from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.mutation.faults.decorators import sender_fault
from pytest_oss_clean.mutation.faults.response_edits import error
from pytest_oss_clean.mutation.faults.senders import every, held_back
from pytest_oss_clean.mutation.kill_matrix import Result, control, examine_variant
from pytest_oss_clean.mutation.variants.conditions import BUSY, CONDITIONS
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.target.limits import Throttle

SLUGS = {
    "restored",
    "already-cleaned",
    "refused-then-restored",
    "extended-and-cleaned",
    "content-after-clean",
}
SOME = [i for i, case in CASES.items() if case.contract.id in SLUGS and i.endswith("[ColdArchive-V4]")]
BY_ID = {variant.id: variant for variant in CONDITIONS}


@pytest.fixture(scope="module")
def sound():
    return control(CASES[i] for i in SOME)


@pytest.mark.parametrize("variant", CONDITIONS, ids=lambda variant: variant.id)
def test_a_server_under_a_condition_fails_no_contract(variant, sound):
    examined = examine_variant(variant, sound, full=True)
    assert examined.killers == {}
    assert examined.result in (Result.HARMLESS, Result.NOT_EXERCISED)
    assert all(cause.startswith(variant.excused) for cause in examined.untested.values())
    assert variant.excused or not examined.untested


def test_a_clean_that_never_shows_is_no_late_one(sound):
    never = replace(BY_ID["condition-late"], fault=held_back(every), settle_seconds=0.3)
    assert examine_variant(never, sound, full=True).result is Result.FALSE_ALARM


@sender_fault
def always_busy(call):
    if not call.is_clean:
        return call.right()
    call.reached()
    return error(503, "ServiceUnavailable")(Response(503))


def test_a_cause_that_is_not_excused_is_an_alarm(sound):
    busy = replace(BY_ID["condition-busy-requests-ServiceUnavailable"], fault=always_busy())
    examined = examine_variant(busy, sound, full=True)
    assert examined.result is Result.HARMLESS
    assert set(examined.untested) == set(SOME)
    assert (
        examine_variant(replace(busy, excused="state moved"), sound, full=True).result is Result.FALSE_ALARM
    )


def test_every_documented_throttling_is_known_by_default():
    pace = Throttle()
    assert all(pace.is_throttled(error(status, code)(Response(status))) for status, code in BUSY)
    assert not pace.is_throttled(error(503, "InternalError")(Response(503)))
