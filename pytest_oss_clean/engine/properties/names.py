"""Properties of object names: the object that was put is the one that is listed, cleaned and read.

A name that PUT refuses says nothing about a clean: such an example ends there, and is observed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_oss_clean.engine.clock_witness import LONGEST_LIFE, TURNS, SpoiledError
from pytest_oss_clean.engine.properties.name_strategies import Pair, confusable_names, object_names
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.engine.provisioning import content_of
from pytest_oss_clean.oss import operations
from pytest_oss_clean.oss.constants import SignatureForm, StorageClass
from pytest_oss_clean.oss.messages import Headers, Response
from pytest_oss_clean.oss.names import LONGEST_NAME
from pytest_oss_clean.oss.url_encodings import ODD, SENT_BY_SDKS, Spelling
from pytest_oss_clean.spec.matchers import Before, OnlyListed
from pytest_oss_clean.spec.request import Signing

MOST_PAIRS = 6
PUT, ANSWER = "put", "answer"
USUAL: SearchStrategy[Spelling] = st.sampled_from(SENT_BY_SDKS)
UNUSUAL: SearchStrategy[Spelling] = st.sampled_from(ODD)


def longest(trial: Trial) -> int:
    """Return how many bytes a generated tail may have."""
    return LONGEST_NAME - len(trial.stem.encode("utf-8", "surrogateescape"))


@cache
def _pairs(longest: int, undecided: bool) -> SearchStrategy[list[Pair]]:
    return st.lists(confusable_names(longest=longest, undecided=undecided), min_size=1, max_size=MOST_PAIRS)


def put(trial: Trial, name: str, storage_class: StorageClass | None) -> bool:
    """Put an object; return whether it was taken. That its name is allowed is judged, not demanded."""
    response = trial.client.put(name, content_of(name), storage_class)
    trial.seen(response, "PUT")
    trial.judge(PUT, response)
    return response.succeeded


def clean(trial: Trial, name: str, signing: Signing, headers: Headers = ()) -> Response:
    operation = operations.clean(trial.client.bucket, name).adding(headers=headers)
    return trial.client.send(operation, label="clean", signing=signing)


def frozen(trial: Trial, *, undecided: bool = False, form: SignatureForm = SignatureForm.HEADER) -> None:
    """Clean an object that was never restored."""
    name = trial.name(trial.draw(object_names(longest=longest(trial), undecided=undecided), "name"))
    if put(trial, name, trial.case.storage_class):
        trial.judge(ANSWER, clean(trial, name, Signing(trial.case.signature, form=form)))


def listed(trial: Trial) -> None:
    """List below a name that was put, and read the object."""
    name = trial.name(trial.draw(object_names(longest=longest(trial), undecided=False), "name"))
    if not put(trial, name, StorageClass.STANDARD):
        return
    response = trial.seen(trial.client.list(name), "LIST")
    trial.judge("listed", response, matchers=(OnlyListed(name),))
    trial.judge("content", trial.client.get(name), Before(response, content_of(name)))


def spelt(trial: Trial) -> None:
    """Clean an object that was never restored, its name spelt in some other way."""
    name = trial.name(trial.draw(object_names(longest=longest(trial), undecided=False), "name"))
    usual, odd = trial.draw(USUAL, "spelt with"), trial.draw(UNUSUAL, "and with")
    if put(trial, name, trial.case.storage_class):
        for expectation, spelling in (("as-sdks-spell", usual), ("spelt-oddly", odd)):
            response = clean(trial, name, Signing(trial.case.signature, spelling=spelling))
            trial.judge(expectation, response)


def restore(trial: Trial, names: Sequence[str]) -> None:
    """Restore objects; again where others that share the clock moved it by days meanwhile."""
    share, steps = trial.target.time.share, trial.provisioner.steps
    for _ in range(TURNS):
        for name in names:
            trial.seen(trial.client.restore(name), "restore")
        since = share.moved
        steps.wait_restored(trial.client, names[-1], trial.case.storage_class, None, since=since)
        if share.moved - since < LONGEST_LIFE:
            return
    raise SpoiledError


def twins(trial: Trial, *, both: bool, undecided: bool = False) -> None:
    """Clean objects beside others with names alike that are restored; `both` restores them all."""
    pairs = trial.draw(_pairs(longest(trial) - 4, undecided), "names")
    names = [(trial.name(f"{n}/{one}"), trial.name(f"{n}/{twin}")) for n, (one, twin) in enumerate(pairs)]
    if not all(put(trial, name, trial.case.storage_class) for pair in names for name in pair):
        return
    restore(trial, [name for pair in names for name in (pair if both else pair[1:])])
    for name, twin in names:
        trial.judge(ANSWER, clean(trial, name, Signing(trial.case.signature)))
        trial.judge("twin-readable", trial.client.get(twin), Before(Response(0), content_of(twin)))
        if both:
            trial.judge_settled("unreadable", partial(trial.client.get, name))


FROZEN: Callable[[Trial], None] = frozen
FROZEN_BY_URL = partial(frozen, form=SignatureForm.URL)
FROZEN_UNDECIDED = partial(frozen, undecided=True)
TWINS_RESTORED = partial(twins, both=True)
TWINS_FROZEN = partial(twins, both=False)
TWINS_UNDECIDED = partial(twins, both=False, undecided=True)
