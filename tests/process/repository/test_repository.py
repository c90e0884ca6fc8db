"""The repository speaks of the project alone."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Written so that this file does not match itself.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.%~])/(?:work|root|home|Users|tmp/v)/(?=[\w.])|/tmp/v\b",
    "the host of a package registry": r"\b(?:test\.)?pypi\.(?:org|python\.org)\b|files\.pythonhosted\b|"
    r"registry\.npmjs\b|proxy\.golang\b|mirrors\.\w+\.(?:com|cn|org)/pypi",
    "a note to do something later": r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b",
    "an access key that looks real": r"\bLTAI[0-9A-Za-z]{16,}\b",
    "a conflict marker": r"^(?:<{7}|>{7}) ",
}
SAMPLES = {
    "a path of one machine": ["see /work/x", "'/root/.cache'", "/home/me", "/tmp/v/bin/python"],
    "the host of a package registry": ["https://pypi." + "org/simple", "files.pythonhosted" + ".org"],
    "a note to do something later": ["# TO" + "DO", "# FIX" + "ME: x"],
    "an access key that looks real": ["LTAI" + "5tAbCdEfGhIjKlMn"],
    "a conflict marker": ["<" * 7 + " HEAD"],
}


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(("what", "pattern"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_no_tracked_file_holds(what, pattern):
    found = []
    for name in tracked():
        if name == "tests/process/repository/test_repository.py":
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}: {m[0]}" for m in re.finditer(pattern, text, re.MULTILINE)]
    assert found == [], f"{what} in a tracked file"


@pytest.mark.parametrize(
    ("what", "sample"), [(what, sample) for what, samples in SAMPLES.items() for sample in samples], ids=str
)
def test_the_patterns_find_what_they_look_for(what, sample):
    assert re.search(FORBIDDEN[what], sample, re.MULTILINE)


@pytest.mark.parametrize("text", ["https://example.com/home/x", "a/work/b", "/tmp/verdict", "work/main"])
def test_ordinary_paths_are_not_held_against_a_file(text):
    assert not re.search(FORBIDDEN["a path of one machine"], text)


FIGURES_OF_SPEECH = re.compile(
    r"\b(told|tells?|so many|made[- ]up|comes to|by right|leads nowhere|as ever|in vain|stands? for|"
    r"of no use)\b",
    re.IGNORECASE,
)
IDS = {"auth-told", "token-made-up", "key-with-made-up-token", "temporary-key-with-made-up-token"}
"""Ids are never renamed."""


def messages_of(text):
    """Return the strings of a module that are no docstrings."""
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [node.value for node in texts if isinstance(node.value, str) and node.value not in IDS]


def test_messages_are_in_plain_words():
    modules = [
        n for n in tracked() if n.endswith(".py") and n.startswith(("pytest_oss_clean/", "contracts/"))
    ]
    texts = [text for name in modules for text in messages_of((ROOT / name).read_text("utf-8"))]
    assert len(texts) > 1_000
    assert [text for text in texts if FIGURES_OF_SPEECH.search(text)] == []


def test_text_files_end_with_a_newline_and_hold_no_carriage_returns():
    for name in tracked():
        raw = (ROOT / name).read_bytes()
        # Evidence is kept as it was found.
        if raw and b"\0" not in raw and not name.startswith(("tests/data/", "cassettes/")):
            assert raw.endswith(b"\n"), name
            assert b"\r" not in raw, name


def test_scripts_can_be_executed():
    listing = subprocess.run(
        ["git", "ls-files", "--stage", ".ci"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    modes = {line.split()[3]: line.split()[0] for line in listing.stdout.splitlines()}
    assert modes == dict.fromkeys(modes, "100755")
    assert ".ci/run" in modes
