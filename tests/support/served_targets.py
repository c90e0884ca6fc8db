"""A server of a user's: the emulator's service behind a wrapper, met by `oss-clean check` as a process."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field

from pytest_oss_clean.emulator import random_credentials
from pytest_oss_clean.emulator.http.control import Control
from pytest_oss_clean.emulator.http.server import Server
from pytest_oss_clean.emulator.http.wire import encode
from pytest_oss_clean.emulator.service import Service
from pytest_oss_clean.oss.messages import Endpoint
from pytest_oss_clean.oss.signing import Credentials
from pytest_oss_clean.target.config.claims import CLAIMS

MAIN, SECOND, VERSIONED = "the-bucket", "the-second-bucket", "the-versioned-bucket"
EVERYTHING = frozenset(CLAIMS) - {"STS", "instant-restore"}
"""All that a server can claim to somebody with a plain key."""


@dataclass
class Served:
    """A running server, what reached it, and what it holds."""

    endpoint: Endpoint
    control: str
    service: Service
    credentials: Credentials
    command_line: object = field(repr=False)
    requests: list = field(default_factory=list, repr=False)

    @property
    def variables(self):
        return {
            "OSS_ACCESS_KEY_ID": self.credentials.key_id,
            "OSS_ACCESS_KEY_SECRET": self.credentials.secret.reveal(),
            "OSS_REGION": self.service.region,
            "OSS_BUCKET": MAIN,
        }

    def arguments(self, *more, claims=EVERYTHING, clock=True):
        moving = ["--oss-advance-url", f"{self.control}/advance?seconds={{seconds}}"] if clock else []
        return [
            *("check", str(self.endpoint), "--color=no", "--oss-settle-seconds", "0", *moving),
            *("--oss-claims", ",".join(sorted(claims))),
            *(["--oss-second-bucket", SECOND] if "second-bucket" in claims else []),
            *(["--oss-versioned-bucket", VERSIONED] if "versions" in claims else []),
            *more,
        ]

    def check(self, *more, **options):
        """Run `oss-clean check`; the counts of its verdicts and its last lines are read."""
        return self.run(self.arguments(*more, **options))

    def run(self, arguments, **options):
        done = self.command_line(*arguments, **self.variables, **options)
        assert "Traceback" not in done.out + done.err, done.out + done.err
        done.counts = counts(done.out)
        done.causes = [
            line.removeprefix("  not tested: ")
            for line in unfolded(done.out).splitlines()
            if line.startswith("  not tested: ")
        ]
        return done

    def left(self):
        """Return what is left in the buckets, versions and delete markers too."""
        return {bucket: held for bucket, held in self.service.inventory(versions=True).items() if held}


def unfolded(text):
    """Return the lines of a run as if its terminal was wide enough."""
    return re.sub(r"\n {4,}(?=\S)", " ", text)


def counts(text):
    """Return the numbers of the last lines by what they count."""
    found = re.findall(r"^oss-clean: (\d+ passed, .*?)(?:;|$)", text, re.MULTILINE)
    assert found, text
    return {what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+)", found[-1])}


def failures(text):
    """Return the text of each contract that failed, its lines unfolded, by its id."""
    found = re.findall(r"^(\S+\]) FAILED\n((?:  .*\n)+)", text, re.MULTILINE)
    return {case_id: re.sub(r"\n {4,}", " ", lines) for case_id, lines in found}


@contextmanager
def serving(command_line, wrap=lambda service: service, writer=encode, make=Service, **options):
    """Serve on 127.0.0.1; `wrap` is given the service, and its sender answers, in the bytes of `writer`."""
    credentials = random_credentials()
    service = make(
        credentials=[credentials], buckets=[MAIN, SECOND], versioned_buckets=[VERSIONED], **options
    )
    requests = []
    keep = lambda request, response: requests.append((request, response))  # noqa: E731
    with Server(wrap(service), observer=keep, writer=writer) as server, Server(Control(service)) as control:
        yield Served(server.endpoint, str(control.endpoint), service, credentials, command_line, requests)
