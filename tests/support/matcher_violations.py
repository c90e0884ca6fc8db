"""How an answer goes against each matcher, in the one thing that it looks at."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from lxml import etree

from pytest_oss_clean.mutation.faults.response_edits import with_header, without
from pytest_oss_clean.spec.matchers import (
    Absent,
    Agrees,
    ContentSame,
    Entry,
    EntryCount,
    ErrorDocumentValid,
    ErrorField,
    ExpiryAhead,
    FormIs,
    Fresh,
    Header,
    Is,
    NoBody,
    OneOf,
    OnlyListed,
    Path,
    Present,
    Refusal,
    RestoreIs,
    Same,
    SentOnce,
    StatusIs,
    VersionEntry,
)
from response_edits import OTHER, dropped, text, tree, with_code, with_status


def at_path(source, response):
    """Give the elements at a path another text; where there are none, put one there."""

    def change(root):
        for element in root.iterfind(source.path) if root.find(source.path) is not None else [added(root)]:
            element.text = OTHER

    def added(root):
        for step in source.path.split("/"):
            root = etree.SubElement(root, step)
        return root

    return tree(change)(response)


def one_more(root):
    root.append(deepcopy(root.find("Contents")) if root.find("Contents") is not None else contents())


def contents():
    element = etree.Element("Contents")
    etree.SubElement(element, "Key").text = OTHER
    return element


def in_entry(source, response):
    """Give a field of every entry another text, whether it is there or not."""

    def change(root):
        for element in root.iterfind("Contents"):
            found = element.find(source.field)
            (etree.SubElement(element, source.field) if found is None else found).text = OTHER

    return tree(change)(response)


def in_version(source, response):
    """Give a field of the version that is looked at another text."""

    def change(root):
        for element in root.iterfind("Version"):
            if (element.findtext("IsLatest") == "true") is source.latest:
                found = element.find(source.field)
                (etree.SubElement(element, source.field) if found is None else found).text = OTHER

    return tree(change)(response)


SET = {
    Header: lambda source, response: with_header(response, source.name, OTHER),
    Path: at_path,
    Entry: in_entry,
    VersionEntry: in_version,
    ErrorField: lambda source, response: (
        with_code(response) if source.name == "Code" else text(source.name, OTHER)(response)
    ),
}
"""How a source comes to hold another text."""

WRONG_FORMS = {
    "Content-Type": "text/plain",
    "Content-Length": "7777",
    "Date": "Thu, 01 Jan 1970 00:00:00 GMT",
    "x-oss-request-id": OTHER,
}


def of_source(matcher, response):
    return SET[type(matcher.source)](matcher.source, response)


def emptied(matcher, response):
    if isinstance(matcher.source, Header):
        return without(response, matcher.source.name)
    return replace(response, body=b"<Other/>")


VIOLATIONS = {
    StatusIs: (lambda _, a: with_status(a), "418"),
    Refusal: (lambda _, a: with_status(a, 500), "500"),
    OneOf: (lambda _, a: with_code(with_status(a)), f"418 {OTHER}"),
    NoBody: (lambda _, a: replace(a, body=b"four"), "4 bytes"),
    ContentSame: (lambda _, a: replace(a, body=b"four"), "another one (4 bytes)"),
    Is: (of_source, OTHER),
    Same: (of_source, OTHER),
    Absent: (of_source, OTHER),
    Agrees: (of_source, OTHER),
    Present: (emptied, "absent"),
    Fresh: (emptied, "absent"),
    RestoreIs: (lambda _, a: with_header(a, "x-oss-restore", OTHER), OTHER),
    FormIs: (lambda m, a: with_header(a, m.name, WRONG_FORMS[m.name]), "not "),
    SentOnce: (lambda _, a: replace(a, headers=(*a.headers, *[("Date", OTHER)] * 2)), "more than once"),
    ExpiryAhead: (lambda _, a: with_header(a, "x-oss-restore", OTHER), OTHER),
    ErrorDocumentValid: (lambda _, a: dropped("HostId")(a), "HostId is there 0 times"),
    EntryCount: (lambda _, a: tree(one_more)(a), "the list has"),
    OnlyListed: (lambda _, a: tree(one_more)(a), "the list has"),
}
"""How an answer goes against each matcher, and what a text about it must quote."""


def violate(matcher, response):
    """Change an answer in the one thing that a matcher looks at."""
    return VIOLATIONS[type(matcher)][0](matcher, response)


def quoted(matcher):
    return VIOLATIONS[type(matcher)][1]
