"""Properties of signatures: what one of them does not belong to is refused, and changes nothing."""

from __future__ import annotations

from functools import cache, partial

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_oss_clean.engine.properties.name_strategies import object_names
from pytest_oss_clean.engine.properties.names import clean, longest, put, restore
from pytest_oss_clean.engine.properties.trial import Trial
from pytest_oss_clean.engine.provisioning import content_of
from pytest_oss_clean.oss.constants import CLEAN, RESTORE, SignatureVersion
from pytest_oss_clean.oss.messages import Headers, Response
from pytest_oss_clean.oss.names import Query
from pytest_oss_clean.spec.matchers import Before
from pytest_oss_clean.spec.request import NAME, SignedAs, Signing
from pytest_oss_clean.spec.tampering import NOTE, Tamper

MOST_ALTERED = 4
TAMPERS = (
    *(Tamper.DIGIT, Tamper.HALF, Tamper.EMPTY, Tamper.NO_SIGNATURE, Tamper.NO_KEY_ID, Tamper.DATE),
    *(Tamper.HEADER_ADDED, Tamper.HEADER_CHANGED, Tamper.HEADER_DROPPED, Tamper.CONTENT_TYPE),
)
SIGNED: Headers = ((NOTE, "as signed"), ("Content-Type", "text/plain"))
"""Headers of the cleans, which either version signs and a tamper may alter."""
METHODS = ("GET", "PUT", "DELETE", "HEAD")
BARE: Query = ((CLEAN, None),)


def other_queries() -> SearchStrategy[Query]:
    """Make queries that are not those of a clean: without it, with another sub-resource, with one more."""
    more = st.tuples(
        st.sampled_from(["note", "a", "x-oss-process", "\u00e9"]), st.sampled_from(["1", "", "a b"])
    )
    return st.one_of(
        st.just(()),
        st.sampled_from([RESTORE, "acl", "versions", "tagging"]).map(lambda name: ((name, None),)),
        more.map(lambda parameter: (*BARE, parameter)),
    )


@cache
def tampered(version: SignatureVersion) -> SearchStrategy[Signing]:
    """Make ways to sign that do not fit a plain clean: one signed thing is another than what is sent.

    What V1 covers of a query is not decided; it is left out here.
    """
    elsewhere = st.one_of(
        st.sampled_from(METHODS).map(lambda method: SignedAs(method=method)),
        st.sampled_from(["-other", "/", " ", "%", "x"]).map(lambda tail: SignedAs(name=NAME + tail)),
        st.just(SignedAs(bucket="oss-clean-another")),
    )
    if version is SignatureVersion.V4:
        elsewhere = st.one_of(elsewhere, other_queries().map(lambda query: SignedAs(query=query)))
    return st.one_of(
        st.sampled_from(TAMPERS).map(lambda tamper: Signing(version, tamper=tamper)),
        elsewhere.map(lambda instead: Signing(version, instead=instead)),
    )


@cache
def undecided() -> SearchStrategy[Signing]:
    """Make signatures of V1 that belong to another sub-resource, which SDKs of the first generation make."""
    queries: SearchStrategy[Query] = st.sampled_from([(), ((RESTORE, None),)])
    return queries.map(lambda query: Signing(SignatureVersion.V1, instead=SignedAs(query=query)))


@cache
def _some(kinds: SearchStrategy[Signing]) -> SearchStrategy[list[Signing]]:
    return st.lists(kinds, min_size=1, max_size=MOST_ALTERED)


def refused(trial: Trial, *, decided: bool = True) -> None:
    """Clean a restored object with signatures that do not fit; it stays as it is."""
    name = trial.name(trial.draw(object_names(longest=longest(trial), undecided=False), "name"))
    altered = trial.draw(_some(tampered(trial.case.signature) if decided else undecided()), "signed")
    if not put(trial, name, trial.case.storage_class):
        return
    restore(trial, [name])
    for signing in altered:
        trial.judge("refused", clean(trial, name, signing, SIGNED))
        trial.judge("readable", trial.client.get(name), Before(Response(0), content_of(name)))


REFUSED = partial(refused, decided=True)
REFUSED_UNDECIDED = partial(refused, decided=False)
