"""How an answer goes against each matcher, in the one thing that it looks at."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from lxml import etree

from pytest_oss_clean.spec.matchers.base import (
    CodeIs,
    ContentSame,
    HeaderAbsent,
    HeaderSame,
    NoBody,
    OneOf,
    Refusal,
    RestoreIs,
    RestoreShown,
    StatusIs,
)
from pytest_oss_clean.spec.matchers.headers import (
    DateClose,
    HeaderFresh,
    HeaderIs,
    HeaderPresent,
    LengthTold,
    RequestIdForm,
    TypeIsXml,
)
from pytest_oss_clean.spec.matchers.listings import EntryCount, EntryLacks, EntrySame, OnlyListed
from pytest_oss_clean.spec.matchers.versions import VersionLacks, VersionNamedOrNone, VersionSame
from pytest_oss_clean.spec.matchers.xml import (
    EcAgrees,
    ErrorDocumentValid,
    MessageIs,
    RequestIdsAgree,
    TextsAre,
    TextsSame,
)
from response_edits import OTHER, dropped, text, tree, with_code, with_header, with_status, without

LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


def set_header(name, value=OTHER):
    return lambda _, response: with_header(response, name, value)


def at_path(matcher, response):
    """Give the elements at a path another text; where there are none, put one there."""

    def change(root):
        for element in root.iterfind(matcher.path) if root.find(matcher.path) is not None else [added(root)]:
            element.text = OTHER

    def added(root):
        for step in matcher.path.split("/"):
            root = etree.SubElement(root, step)
        return root

    return tree(change)(response)


def one_more(root):
    root.append(deepcopy(root.find("Contents")) if root.find("Contents") is not None else contents())


def contents():
    element = etree.Element("Contents")
    etree.SubElement(element, "Key").text = OTHER
    return element


def in_entry(matcher, response):
    """Give a field of every entry another text, whether it is there or not."""

    def change(root):
        for element in root.iterfind("Contents"):
            found = element.find(matcher.field)
            (etree.SubElement(element, matcher.field) if found is None else found).text = OTHER

    return tree(change)(response)


def in_version(matcher, response):
    """Give a field of the version that is looked at another text."""

    def change(root):
        for element in root.iterfind("Version"):
            if (element.findtext("IsLatest") == "true") is matcher.latest:
                found = element.find(matcher.field)
                (etree.SubElement(element, matcher.field) if found is None else found).text = OTHER

    return tree(change)(response)


VIOLATIONS = {
    StatusIs: (lambda _, a: with_status(a), "418"),
    Refusal: (lambda _, a: with_status(a, 500), "500"),
    OneOf: (lambda _, a: with_code(with_status(a)), f"418 {OTHER}"),
    CodeIs: (lambda _, a: with_code(a), OTHER),
    NoBody: (lambda _, a: replace(a, body=b"four"), "4 bytes"),
    ContentSame: (lambda _, a: replace(a, body=b"four"), "another one (4 bytes)"),
    HeaderSame: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    HeaderAbsent: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    HeaderPresent: (lambda m, a: without(a, m.name), "absent"),
    HeaderIs: (lambda m, a: with_header(a, m.name, OTHER), OTHER),
    HeaderFresh: (lambda m, a: without(a, m.name), "absent"),
    RestoreIs: (set_header("x-oss-restore"), OTHER),
    RestoreShown: (lambda _, a: without(a, "x-oss-restore"), "absent"),
    TypeIsXml: (set_header("Content-Type", "text/plain"), "text/plain"),
    LengthTold: (set_header("Content-Length", "7777"), "7777"),
    DateClose: (set_header("Date", LONG_AGO), LONG_AGO),
    RequestIdForm: (set_header("x-oss-request-id"), OTHER),
    ErrorDocumentValid: (lambda _, a: dropped("HostId")(a), "HostId is there 0 times"),
    RequestIdsAgree: (lambda _, a: text("RequestId", OTHER)(a), OTHER),
    EcAgrees: (set_header("x-oss-ec"), OTHER),
    MessageIs: (lambda _, a: text("Message", OTHER)(a), OTHER),
    TextsAre: (at_path, OTHER),
    TextsSame: (at_path, OTHER),
    EntryCount: (lambda _, a: tree(one_more)(a), "the list has"),
    OnlyListed: (lambda _, a: tree(one_more)(a), "the list has"),
    EntrySame: (in_entry, OTHER),
    EntryLacks: (in_entry, OTHER),
    VersionNamedOrNone: (set_header("x-oss-version-id"), OTHER),
    VersionLacks: (in_version, OTHER),
    VersionSame: (in_version, OTHER),
}
"""How an answer goes against each matcher, and what a text about it must quote."""


def violate(matcher, response):
    """Change an answer in the one thing that a matcher looks at."""
    return VIOLATIONS[type(matcher)][0](matcher, response)


def quoted(matcher):
    return VIOLATIONS[type(matcher)][1]
