"""Recordings in tests: made by the command line, and altered by hand."""

from __future__ import annotations

import json

from pytest_oss_clean.target.config.cassette_folder import read_head, with_head
from served_targets import counts

REWRITE = "--record-mode=rewrite"


def record(command_line, target, *more, folder="taken", **environment):
    """Record from a target; the answer has counts and the folder."""
    arguments = ("check", target, REWRITE, "--oss-cassettes", folder, *more)
    done = command_line(*arguments, **environment)
    assert "Traceback" not in done.out + done.err, done.out + done.err
    done.counts, done.folder = counts(done.out), command_line.home / folder
    return done


def replay(command_line, folder, *more):
    """Replay a folder."""
    done = command_line("check", f"cassettes:{folder}", *more)
    assert "Traceback" not in done.out + done.err, done.out + done.err
    done.counts = counts(done.out) if "oss-clean: " in done.out else {}
    return done


def verdicts(path):
    """Return verdict and observed values by contract, of a report."""
    report = json.loads(path.read_text("utf-8"))
    return {
        c["id"]: (c["verdict"], {f["id"]: f["observed"] for f in c.get("findings", [])})
        for c in report["contracts"]
    }


def alter(path, *changes, sealed):
    """Replace texts of a cassette, each of which must be there; `sealed` makes the seal anew."""
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    if sealed:
        head, _ = read_head(text)
        text = with_head(head, text[text.index("\nversion: ") + 1 :])
        assert read_head(text)[1]
    path.write_text(text, "utf-8")
