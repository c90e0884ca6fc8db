"""Waiting for effects: no source says how soon one shows, so each has the target's settle time.

The documented effect of a clean that answered 200 is that GET is refused with 403. It is waited for before
the next step, a second clean or a probe: what follows would otherwise judge how fast a target is. An effect
that did not show in a full wait is waited for a quarter of it the next time, and then looked at once: a
target that does nothing is not waited for in every contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace

from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.storage_classes import COLD
from pytest_oss_clean.target.target import OssClient, Target
from pytest_oss_clean.target.transcript import Exchange

PAUSE = 0.2
SHARES = (1.0, 0.25, 0.0)
"""Shares of the settle time that an effect is given, by the number of waits before that showed nothing."""
FROZEN = "frozen"
"""The documented effect of a clean."""
READABLE = frozenset({200, 206})
BUSY = 500


class Settling:
    """The patience of a run with one target, effect by effect."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._in_vain: Counter[Hashable] = Counter()

    def allowance(self, effect: Hashable) -> float:
        return self.target.settle_seconds * SHARES[min(self._in_vain[effect], len(SHARES) - 1)]

    def note(self, effect: Hashable, *, shown: bool) -> None:
        """Keep whether an effect showed within its allowance; what is played was kept before."""
        if self.target.journal and self.target.journal.playing:
            return
        if shown:
            self._in_vain.pop(effect, None)
        elif self.target.settle_seconds:
            self._in_vain[effect] += 1

    def await_frozen(
        self, client: OssClient, name: str, storage_class: StorageClass, version: str = ""
    ) -> bool:
        """Wait after a clean that answered 200 until GET is refused; return whether it was within its time.

        The time it took is kept with the clean's exchange. Nothing is asked without a settle time, nor of
        classes for which no page has the effect.
        """
        target = self.target
        if not target.settle_seconds or storage_class not in COLD:
            return True
        pace = target.pace
        began, allowed, waited = pace.now(), self.allowance(FROZEN), 0.0
        while True:
            response = client.get(name, version)
            client.supersede()
            told = not (response.transport_error or response.status >= BUSY or pace.is_throttled(response))
            frozen = told and response.status not in READABLE
            if frozen or waited >= allowed:
                break
            pace.sleep(min(PAUSE, allowed - waited))
            waited = pace.now() - began
        if told and (waited or not frozen):  # what is frozen at the first probe may never have been readable
            self.note(FROZEN, shown=frozen)
        if frozen:
            _keep_time(client, waited)
        return frozen or not told


def _keep_time(client: OssClient, seconds: float) -> None:
    """Keep with the last clean how long its effect took."""
    transcript = client.transcript
    for number, event in reversed([*enumerate(transcript)]):
        if isinstance(event, Exchange) and event.label == "clean":
            transcript[number] = replace(event, settled=seconds)
            return
