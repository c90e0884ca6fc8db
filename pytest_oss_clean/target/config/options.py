"""The options of plugin and command line: one row each, for every place that knows options.

pytest loads this module at each start, so that it imports next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pytest_oss_clean.oss.constants import THROTTLED, Addressing, SignatureVersion
from pytest_oss_clean.target.config import values
from pytest_oss_clean.target.config.budgets import BUDGETS, FIXED_SEED, QUICK
from pytest_oss_clean.target.config.claims import CLAIMS, DEFAULT_CLAIMS

EMULATOR = "emulator"
SECOND_BUCKET = "oss-clean-second"
VERSIONED_BUCKET = "oss-clean-versioned"
"""The further buckets of the embedded emulator."""

LIFELINE = "OSS_CLEAN_LIFELINE"
"""The variable in which `oss-clean check` hands a pipe to its pytest."""

AUTO = "auto"
ALL = "all"


class Scope(Enum):
    """What an option is about: whether target files may hold it, and commands for one target have it."""

    CHOICE = "which target a run is about", False, False
    SERVER = ("how a server is reached and its clock moved; only servers have it", True, True)
    PLACE = "where a target's objects lie; a recording has its own", True, True
    TARGET = "how any target is spoken to", True, True
    GATE = "what a run must fulfil", True, False
    RUN = "what a run writes and replays", False, False
    WORK = "how this one command works", False, True

    def __init__(self, words: str, in_files: bool, one_target: bool) -> None:
        self.words, self.in_files, self.one_target = words, in_files, one_target


@dataclass(frozen=True, slots=True)
class Option:
    """One option, `--oss-NAME`; `parse` is None where its value depends on those of others."""

    name: str
    words: str
    scope: Scope
    metavar: str = ""
    default: Any = None
    type: Any = str
    choices: tuple[str, ...] = ()
    parse: values.Parser | None = None
    setting: str = ""
    """The field of Settings, where it is not the name."""

    bare: str = ""
    """The value of the option alone, where a value may follow behind =."""

    adds_up: bool = False
    """Whether an option that is given several times holds all of its values."""

    is_list: bool = False
    is_path: bool = False
    """Whether a target file may hold a list, or a path that begins at its folder."""

    may_hide_a_password: bool = False

    @property
    def flag(self) -> str:
        """Return the spelling on the command line."""
        return f"--oss-{self.name}"

    @property
    def field(self) -> str:
        return self.setting or self.name.replace("-", "_")

    @property
    def help(self) -> str:
        if self.default in (None, "", False, 0.0):
            return self.words
        default = f"{self.default:g}" if isinstance(self.default, float) else self.default
        return f"{self.words} (default: {default})"

    def choice(self, text: str) -> str:
        """Return the choice that is meant, whatever its case; another text stays as it is."""
        return next((value for value in self.choices if value.lower() == text.lower()), text)


def _names(enum: type[Enum]) -> tuple[str, ...]:
    return tuple(str(member.value) for member in enum)


_SECONDS: dict[str, Any] = {"metavar": "SECONDS", "type": float}
_FLAG: dict[str, Any] = {"type": bool, "default": False, "parse": values.as_given}

OPTIONS = (
    Option(
        "target",
        "what to test: 'emulator', an endpoint URL, a TOML file, the NAME of a target in pyproject.toml, "
        "[tool.oss-clean.targets.NAME], or recordings, 'cassettes' or 'cassettes:DIR'",
        Scope.CHOICE,
        "TARGET",
        EMULATOR,
        may_hide_a_password=True,
    ),
    Option("require-target", "refuse to run on the embedded emulator", Scope.CHOICE, **_FLAG),
    Option(
        "contract",
        "run these contracts only: ID[,ID], as they are printed; may be given several times",
        Scope.RUN,
        "LIST",
        parse=values.names,
        is_list=True,
        adds_up=True,
    ),
    Option("bucket", "existing bucket of the target (default: $OSS_BUCKET)", Scope.PLACE, "NAME"),
    Option("second-bucket", "another existing bucket, for the claim second-bucket", Scope.PLACE, "NAME"),
    Option(
        "versioned-bucket", "existing bucket with versioning, for the claim versions", Scope.PLACE, "NAME"
    ),
    Option(
        "prefix",
        "prefix of all object names of the run (default: none)",
        Scope.TARGET,
        "TEXT",
        "",
        parse=values.object_prefix,
    ),
    Option(
        "region", "region to sign for (default: $OSS_REGION, or from the endpoint's name)", Scope.PLACE, "ID"
    ),
    Option(
        "addressing",
        "where the bucket stands; auto: in the path for IP addresses and localhost, as with the SDKs",
        Scope.TARGET,
        default=AUTO,
        choices=(AUTO, *_names(Addressing)),
    ),
    Option(
        "signature",
        "signature version of all requests but the judged one",
        Scope.TARGET,
        default=str(SignatureVersion.V4),
        choices=_names(SignatureVersion),
        parse=lambda _, text: SignatureVersion(text),
    ),
    Option(
        "claims",
        f"capabilities of the target, separated by commas, of {', '.join(CLAIMS)} "
        f"(default for a URL: {', '.join(c for c in CLAIMS if c in DEFAULT_CLAIMS)})",
        Scope.TARGET,
        "LIST",
        is_list=True,
    ),
    Option(
        "advance-url",
        "URL to POST to, which moves the target's restore clock; has {seconds}",
        Scope.SERVER,
        "URL",
        may_hide_a_password=True,
    ),
    Option(
        "restore-seconds",
        "maximum time of a restore on the target: poll until it is complete",
        Scope.SERVER,
        **_SECONDS,
    ),
    Option(
        "settle-seconds",
        "time for effects to show (default: 10 for a URL, 0 else)",
        Scope.TARGET,
        **_SECONDS,
        parse=values.not_negative,
    ),
    Option(
        "ca-file",
        "CA certificates (PEM) to trust, instead of the public ones",
        Scope.SERVER,
        "FILE",
        parse=values.path,
        is_path=True,
    ),
    Option(
        "proxy",
        "HTTP proxy to the target; environment proxies are ignored",
        Scope.SERVER,
        "URL",
        parse=values.as_given,
        may_hide_a_password=True,
    ),
    Option(
        "connect-to",
        "address to connect to; Host and TLS name stay those of the endpoint",
        Scope.SERVER,
        "HOST:PORT",
        may_hide_a_password=True,
    ),
    Option(
        "wait-ready",
        "maximum time to wait for the target's first response",
        Scope.TARGET,
        default=0.0,
        **_SECONDS,
        parse=values.not_negative,
    ),
    Option(
        "timeout",
        "maximum time to wait for data of one response",
        Scope.TARGET,
        default=10.0,
        **_SECONDS,
        parse=values.positive("seconds"),
    ),
    Option(
        "rate",
        "maximum number of requests per second",
        Scope.TARGET,
        "N",
        type=float,
        parse=values.positive("requests per second"),
    ),
    Option(
        "max-wall",
        "time after which no further contract begins: the rest is not tested",
        Scope.TARGET,
        **_SECONDS,
        parse=values.positive("seconds"),
    ),
    Option(
        "max-requests",
        "number of requests after which the rest is not tested; refused where the plan needs more",
        Scope.TARGET,
        "N",
        type=float,
        parse=values.positive("requests"),
    ),
    Option(
        "max-cost",
        "cost, by --oss-prices, after which the rest is not tested; refused where the plan costs more",
        Scope.TARGET,
        "AMOUNT",
        type=float,
        parse=values.positive("money"),
    ),
    Option(
        "prices",
        "table of your prices (TOML), for plans and --oss-max-cost",
        Scope.TARGET,
        "FILE",
        parse=values.prices,
        is_path=True,
    ),
    Option(
        "throttled",
        "responses of a busy server, STATUS or STATUS Code, separated by commas",
        Scope.TARGET,
        "LIST",
        ",".join(THROTTLED),
        parse=values.throttled,
        is_list=True,
    ),
    Option(
        "no-hostile-auth",
        "send no request with a wrong signature or key",
        Scope.TARGET,
        type=bool,
        default=False,
        parse=values.negated,
        setting="hostile_auth",
    ),
    Option(
        "deviations",
        "file of known failures of this target, with reasons",
        Scope.GATE,
        "FILE",
        parse=values.existing_file,
        is_path=True,
    ),
    Option(
        "baseline",
        "observed values of an earlier run, to compare with",
        Scope.GATE,
        "FILE",
        parse=values.existing_file,
        is_path=True,
    ),
    Option(
        "write-baseline",
        "write the observed values of this run",
        Scope.RUN,
        "FILE",
        parse=values.writable_file,
    ),
    Option("gate-changes", "fail where a value differs from --oss-baseline", Scope.GATE, **_FLAG),
    Option(
        "strict",
        "let checks fail like requirements, all or those of some areas: --oss-strict=AREA[,AREA]",
        Scope.GATE,
        "AREA",
        parse=values.names,
        bare=ALL,
        is_list=True,
    ),
    Option(
        "require-cells",
        "exit 6 unless every documented cell of histories and operations was visited",
        Scope.GATE,
        **_FLAG,
    ),
    Option(
        "edition",
        "edition whose requirements gate; newer ones are checks (default: newest)",
        Scope.GATE,
        "X.Y",
        parse=values.edition,
    ),
    Option("allow-incomplete", "exit 0 although some contracts were not tested", Scope.GATE, **_FLAG),
    Option(
        "budget",
        "amount of generated data",
        Scope.TARGET,
        default=QUICK,
        choices=tuple(BUDGETS),
        parse=values.as_given,
    ),
    Option(
        "seed",
        f"seed of generated data, the same each time unless it is {values.RANDOM}",
        Scope.WORK,
        "N",
        str(FIXED_SEED),
        parse=values.seed,
    ),
    Option("shrink", "shrink failures of generated data on remote targets too", Scope.TARGET, **_FLAG),
    Option(
        "cassettes",
        "folder that --record-mode=rewrite records to",
        Scope.RUN,
        "DIR",
        "oss-cassettes",
        parse=values.path,
    ),
    Option(
        "max-cassette-age",
        "maximum age of a recording; an older one fails",
        Scope.RUN,
        "DAYS",
        type=float,
        parse=values.positive("days"),
    ),
    Option(
        "pool",
        "take the objects that `oss-clean provision` made; contracts that wait for a restore are pending",
        Scope.RUN,
        **_FLAG,
    ),
    Option("report", "write a report of the run", Scope.RUN, "FILE", parse=values.writable_file),
    Option("html", "write the run as one HTML page", Scope.RUN, "FILE", parse=values.writable_file),
    Option(
        "state-dir",
        "folder for reproducers and the ledger",
        Scope.WORK,
        "DIR",
        ".oss-clean",
        parse=values.path,
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}
DEFAULTS = {option.name: option.default for option in OPTIONS}
