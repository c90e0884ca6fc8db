"""The rules of a bucket's documents, as far as they are checked before a document is kept.

Sources: the pages of EC 0014-00000060 and 0014-00000082 on lifecycle rules, and oss2 test_bucket.py and
test_lifecycle_versioning.py, which show the Codes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from lxml import etree

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import bad_argument, flag
from pytest_oss_clean.emulator.handlers.properties import is_plain
from pytest_oss_clean.emulator.xml import local_name
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation

MOST_LIFECYCLE_RULES = 1000
MOST_CORS_RULES = 20
ALLOW_OVERLAP = "x-oss-allow-same-action-overlap"

COLDER: Sequence[str | None] = (
    StorageClass.IA,
    StorageClass.ARCHIVE,
    StorageClass.COLD_ARCHIVE,
    StorageClass.DEEP_COLD_ARCHIVE,
)
"""What a rule can change the class of an object to, each only later than those before it."""

_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAYS = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


def check_cors(root: etree._Element, _operation: Operation) -> None:
    """Refuse a CORSConfiguration without rules, or with a lifetime that is none; complete it."""
    rules = _rules(root, "CORSRule", MOST_CORS_RULES)
    for rule in rules:
        for header in _all(rule, "AllowedHeader"):
            header.text = (header.text or "").lower()  # py2 test_bucket_cors_client.py
        age = _text(rule, "MaxAgeSeconds")
        if age is not None and not _AGE.fullmatch(age):
            raise bad_argument("MaxAgeSeconds", age)
    if not _all(root, "ResponseVary"):
        etree.SubElement(root, "ResponseVary").text = "false"


def check_lifecycle(root: etree._Element, operation: Operation) -> None:
    """Refuse rules that contradict themselves or each other; complete them."""
    rules = _rules(root, "Rule", MOST_LIFECYCLE_RULES)
    for number, rule in enumerate(rules, 1):
        if _text(rule, "Status") not in ("Enabled", "Disabled"):
            raise OssError(errors.BAD_DOCUMENT)
        if not _text(rule, "ID"):
            (_all(rule, "ID") or [etree.SubElement(rule, "ID")])[0].text = f"rule-{number}"
        for expiration in _all(rule, "Expiration"):
            for marker in _all(expiration, "ExpiredObjectDeleteMarker"):
                marker.text = (marker.text or "").lower()  # oss2 writes True and reads true
        for tag in _all(rule, "Tag"):
            if not is_plain((_text(tag, "Key") or "", _text(tag, "Value") or "")):
                raise OssError(errors.BAD_TAG)
        _check_times(_all(rule, "Transition"), _all(rule, "Expiration"), "Days")
        _check_times(
            _all(rule, "NoncurrentVersionTransition"),
            _all(rule, "NoncurrentVersionExpiration"),
            "NoncurrentDays",
        )
    if not flag(operation, ALLOW_OVERLAP):
        _check_overlap(rules)


def _check_times(transitions: list[etree._Element], expirations: list[etree._Element], unit: str) -> None:
    """Demand one way of telling time, in days or by dates, and that an object gets colder, then expires."""
    steps = [*transitions, *expirations]
    if len({child for step in steps for child in ("Days", "CreatedBeforeDate") if _all(step, child)}) > 1:
        raise OssError(errors.DAYS_AND_DATES)
    for transition in transitions:
        if _text(transition, "StorageClass") not in COLDER:
            raise bad_argument("StorageClass", _text(transition, "StorageClass") or "")
    transitions = sorted(transitions, key=lambda step: COLDER.index(_text(step, "StorageClass")))
    days = [day for step in (*transitions, *expirations) if (day := _text(step, unit)) is not None]
    for day in days:
        if not _DAYS.fullmatch(day):
            raise bad_argument(unit, day)
    for sooner, later in pairwise(map(int, days)):
        if sooner >= later:
            raise bad_argument(unit, str(sooner))


def _check_overlap(rules: list[etree._Element]) -> None:
    """Refuse two rules that let the same objects expire and differ in no tag and no filter."""
    plain = [
        _text(rule, "Prefix") or ""
        for rule in rules
        if _text(rule, "Status") == "Enabled"
        and _all(rule, "Expiration")
        and not _all(rule, "Tag")
        and not _all(rule, "Filter")
    ]
    for one, other in combinations(plain, 2):
        if one.startswith(other) or other.startswith(one):
            raise OssError(errors.OVERLAP, (("ArgumentName", "prefix"), ("ArgumentValue", other)))


def _rules(root: etree._Element, name: str, most: int) -> list[etree._Element]:
    rules = _all(root, name)
    if not 0 < len(rules) <= most:
        raise OssError(errors.BAD_DOCUMENT)
    return rules


def _all(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent if local_name(child) == name]


def _text(parent: etree._Element, name: str) -> str | None:
    found = _all(parent, name)
    return (found[0].text or "").strip() if found else None
