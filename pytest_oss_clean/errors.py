"""Errors that every room may raise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches


def suggestion(text: str, known: Iterable[str]) -> str:
    """Return which of the known names a wrong one may mean, or all of them."""
    known = list(known)
    near = get_close_matches(text, known, n=1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"


class ConfigurationError(ValueError):
    """A setting that cannot work: names the option, its value, and what to do instead.

    The plugin turns it into `pytest.UsageError`, the command line into exit code 4.
    """

    def __init__(self, option: str, value: object, remedy: str) -> None:
        """Keep the three parts; `value` must never be a secret."""
        super().__init__(f"{option}={value}: {remedy}")
        self.option = option
        self.value = value
        self.remedy = remedy
        self.others: tuple[ConfigurationError, ...] = ()
        """Further settings that cannot work, so that all are known at once."""

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"oss-clean: {other}" for other in self.others)])

    def renamed(self, name: Callable[[str], str]) -> ConfigurationError:
        """Return the same error with other names of its options."""
        error = ConfigurationError(name(self.option), self.value, self.remedy)
        error.others = tuple(other.renamed(name) for other in self.others)
        return error


class NotTestedError(Exception):
    """The target could not be brought there; the text names the step and the answer."""


class UnusableError(NotTestedError):
    """Nothing can be learnt from this target at the moment, whatever the contract."""


class PendingError(Exception):
    """Time must pass before a contract can go on; `until` is the Unix time by which it will have passed."""

    def __init__(self, what: str, until: float, is_over: Callable[[], bool]) -> None:
        """Keep what is waited for; `is_over` asks the target whether it has come."""
        super().__init__(what)
        self.until, self.is_over = until, is_over
