"""What a run of `oss-clean prove` found, counted; and its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pytest_oss_clean.mutation.kill_matrix import Examined, Result, distinct, redundant
from pytest_oss_clean.mutation.mutant import Family, Mutant, OnSender, OnService, Variant
from pytest_oss_clean.spec.verdict import Exit

FORMAT = "oss-clean-proof-1"
OPEN = frozenset({Result.NOT_CLAIMED, Result.UNDETECTABLE})
"""Results that leave a proof incomplete, on a target."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Mutants and variants with what became of each.

    `deaf` are required expectations that were inverted unnoticed, `unneeded` matchers that were weakened
    unnoticed, `idle` required expectations that fail on no mutant, `unlike` what another way of running
    found otherwise. `full` says that the whole matrix was run, so that single contracts can be judged.
    """

    mutants: tuple[tuple[Mutant, Examined], ...]
    variants: tuple[tuple[Variant, Examined], ...] = ()
    contracts: tuple[str, ...] = ()
    inverted: int = 0
    deaf: tuple[str, ...] = ()
    weakened: int = 0
    unneeded: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    full: bool = False
    seconds: float = 0.0
    where: str = "the embedded emulator"

    @property
    def exit(self) -> Exit:
        """Return 0 only where everything that must be noticed was noticed, and nothing else.

        Where all that was not noticed cannot be noticed on this target, the proof is incomplete.
        """
        results = {e.result for _, e in (*self.mutants, *self.variants)}
        bad = any(not result.good for result in results - OPEN)
        if bad or self.deaf or self.unneeded or self.idle or self.unlike or not self.mutants:
            return Exit.FAILED
        return Exit.INCOMPLETE if results & OPEN else Exit.OK

    @property
    def signatures(self) -> int:
        return distinct([examined for _, examined in self.mutants])

    @property
    def redundant(self) -> list[str]:
        """Return contracts without which every mutant is still noticed; known of a full matrix only."""
        return redundant([examined for _, examined in self.mutants], self.contracts) if self.full else []

    def with_result(self, *results: Result) -> list[tuple[Mutant | Variant, Examined]]:
        everything: list[tuple[Mutant | Variant, Examined]] = [*self.mutants, *self.variants]
        return [pair for pair in everything if pair[1].result in results]

    def rates(self) -> list[Rate]:
        """Return what was noticed of each family, by the evidence of the broken rules."""
        return [rate for family in Family for rate in self._rates_of(family)]

    def _rates_of(self, family: Family) -> Iterable[Rate]:
        for required in (True, False):
            results = Counter(
                e.result for m, e in self.mutants if m.family is family and m.breaks.required is required
            )
            if results:
                told = results[Result.KILLED] + results[Result.NOTICED]
                yield Rate(str(family), required, told, results.total() - results[Result.EQUIVALENT])

    def to_json(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "where": self.where,
            "exit": int(self.exit),
            "full": self.full,
            "seconds": round(self.seconds, 1),
            "contracts": len(self.contracts),
            "distinct_kill_signatures": self.signatures,
            "inverted_expectations": self.inverted,
            "deaf_expectations": list(self.deaf),
            "weakened_matchers": self.weakened,
            "unneeded_matchers": list(self.unneeded),
            "idle_expectations": list(self.idle),
            "unlike_over_other_ways": list(self.unlike),
            "redundant_contracts": self.redundant,
            "rates": [asdict(rate) for rate in self.rates()],
            "mutants": [_mutant(mutant, examined) for mutant, examined in self.mutants],
            "variants": [_variant(variant, examined) for variant, examined in self.variants],
        }


@dataclass(frozen=True, slots=True)
class Rate:
    """How many mutants of a family were killed (required) or noticed, of those that can be."""

    family: str
    required: bool
    told: int
    of: int


def layer(thing: Mutant | Variant) -> str:
    if isinstance(thing.fault, OnSender):
        return "answers"
    return "rules" if isinstance(thing.fault, OnService) else "framing"


def _mutant(mutant: Mutant, examined: Examined) -> dict[str, object]:
    return {
        "id": mutant.id,
        "family": str(mutant.family),
        "says": mutant.says,
        "breaks": str(mutant.breaks),
        "damage": str(mutant.damage),
        "layer": layer(mutant),
        "link": mutant.link,
        "equivalent": mutant.equivalent,
        **_examined(examined),
    }


def _variant(variant: Variant, examined: Examined) -> dict[str, object]:
    return {"id": variant.id, "says": variant.says, "layer": layer(variant), **_examined(examined)}


def _examined(examined: Examined) -> dict[str, object]:
    return {
        "result": str(examined.result),
        "reached": examined.reached,
        "contracts_run": examined.ran,
        "killers": examined.killers,
        "noticers": examined.noticers,
        "untested": examined.untested,
    }
