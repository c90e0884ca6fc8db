"""Properties of object names."""

from __future__ import annotations

from hypothesis import strategies as st

from pytest_oss_clean.generated.trial import Trial
from pytest_oss_clean.steps import content_of
from pytest_oss_clean.vocabulary import StorageClass

TAILS = st.lists(st.sampled_from("ab+ %/~*!'()"), min_size=1, max_size=20).map("".join)


def frozen(trial: Trial) -> None:
    """Put an object that is never restored, and clean it."""
    name = trial.name(trial.draw(TAILS, "name"))
    storage_class = StorageClass(trial.case.storage_class)
    trial.seen(trial.caller.put(name, content_of(name), storage_class), "PUT")
    trial.judge("answer", trial.caller.clean(name, signature=trial.case.signature))
