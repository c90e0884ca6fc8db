"""Servers that differ harmlessly: each says the same in another form, or takes another reading."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from functools import reduce
from uuid import UUID

from lxml import etree

from answerforms import documents, dropped, text, tree, with_code, with_header, with_status, without
from pytest_oss_clean.answer import describe
from pytest_oss_clean.emulator import choices
from pytest_oss_clean.emulator.choices import Outcome
from pytest_oss_clean.emulator.lifecycle import TRANSITIONS, Event, LifeCycle, State
from pytest_oss_clean.vocabulary import StorageClass

# Headers


def renamed(change):
    return lambda a: replace(a, headers=tuple((change(n), v) for n, v in a.headers))


def header(name, change):
    """Change a header where it is there."""

    def apply(answer):
        value = answer.header(name)
        return answer if value is None else with_header(answer, name, change(value))

    return apply


def other_order(value):
    return ",".join(reversed(re.findall(r'[a-z-]+="[^"]*"', value)))


def uuid_for(answer):
    """Give the request an id of another form, in the header and in the document alike."""
    old = answer.header("x-oss-request-id") or ""
    new = str(UUID(int=int(old or "0", 16)))
    answer = with_header(answer, "x-oss-request-id", new)
    return documents(lambda body: body.replace(old.encode(), new.encode()))(answer)


def without_length(answer):
    """Leave the length of a body to the framing; HEAD keeps it, there it is the object's."""
    return without(answer, "content-length") if answer.body else answer


# Documents


def with_unknown(root):
    root.insert(0, etree.Element("Unknown"))
    etree.SubElement(etree.SubElement(root, "More"), "Inner").text = "new"


def with_comments(root):
    root.insert(0, etree.Comment(" first "))
    root.append(etree.Comment(" last "))


def in_namespace(root):
    """Say it in the namespace that old samples have."""
    if root.tag == "Error":
        for element in root.iter(etree.Element):
            element.tag = f"{{http://doc.oss-cn-hangzhou.aliyuncs.com}}{element.tag}"


def nothing(_):
    pass


FORMS = {
    "lower-case header names": renamed(str.lower),
    "upper-case header names": renamed(str.upper),
    "headers in another order": lambda a: replace(a, headers=a.headers[::-1]),
    "unknown headers": lambda a: replace(a, headers=(*a.headers, ("x-oss-new", "1"), ("Via", "1.1 p"))),
    "no Server header": lambda a: without(a, "server"),
    "another Server header": header("server", lambda _: "nginx"),
    "no x-oss-server-time": lambda a: without(a, "x-oss-server-time"),
    "no Connection header": lambda a: without(a, "connection"),
    "no Content-Length": without_length,
    "Content-Type with charset": header("content-type", lambda v: v.replace("/xml", "/xml; charset=utf-8")),
    "Content-Type text/xml": header("content-type", lambda v: v.replace("application/xml", "text/xml")),
    "ids of another form": uuid_for,
    "restore state in another order": header("x-oss-restore", other_order),
    "restore state without spaces": header("x-oss-restore", lambda v: v.replace(", ", ",")),
    "ETag without quotes": header("etag", lambda v: v.strip('"')),
    "ETag in lower case": header("etag", str.lower),
    "lower-case reason": lambda a: replace(a, reason=a.reason.lower()),
    "no reason": lambda a: replace(a, reason=""),
    "unknown elements": tree(with_unknown),
    "other messages": text("Message", "Sorry, that cannot be done right now & here."),
    "empty messages": text("Message", ""),
    "another HostId": text("HostId", "10.101.0.1"),
    "no EC": dropped("EC"),
    "no RecommendDoc": dropped("RecommendDoc"),
    "no x-oss-ec": lambda a: without(a, "x-oss-ec"),
    "XML without declaration": tree(nothing, xml_declaration=False),
    "XML in one line": tree(nothing, xml_declaration=True, encoding="UTF-8"),
    "XML pretty-printed": tree(nothing, xml_declaration=True, encoding="utf-8", pretty_print=True),
    "XML with comments": tree(with_comments, pretty_print=True),
    "XML in a namespace": tree(in_namespace),
}
"""Other forms of the same answer."""


def all_of(names):
    """Return these forms at once."""
    return lambda answer: reduce(lambda a, name: FORMS[name](a), names, answer)


def sender_of(form):
    return lambda service: lambda request: form(service(request))


# Other readings


def is_clean(request):
    return request.method == "POST" and "cleanRestoredObject" in request.target.partition("?")[2]


def answering(old, new):
    """Answer a clean with another status and Code than our emulator has chosen."""
    status, _, code = new.partition(" ")

    def wrap(service):
        def sender(request):
            answer = service(request)
            chosen = is_clean(request) and describe(answer) == old
            return with_code(with_status(answer, int(status)), code) if chosen else answer

        return sender

    return wrap


def living(**changes):
    """Let objects live by other rules."""

    def wrap(service):
        service.life_cycle = replace(LifeCycle(), **changes)
        return service

    return wrap


def while_restoring(event, outcome):
    restoring = {**TRANSITIONS[State.RESTORING], event: (State.RESTORING, outcome)}
    return living(transitions={**TRANSITIONS, State.RESTORING: restoring})


def only(condition, form):
    """Give another form to the answers to some requests."""

    def wrap(service):
        return lambda request: form(service(request)) if condition(request) else service(request)

    return wrap


UNRESTORABLE = choices.CLEAN_BY_CLASS.chosen
MIDNIGHT = header("x-oss-restore", lambda v: re.sub(r"\d\d:\d\d:\d\d", "00:00:00", v))

READINGS = {
    "a clean of another class is stale": living(
        clean_unrestorable=dict.fromkeys(UNRESTORABLE, Outcome.STALE)
    ),
    "Archive is cleaned as ColdArchive is": living(
        clean_unrestorable={c: o for c, o in UNRESTORABLE.items() if c is not StorageClass.ARCHIVE}
    ),
    "a higher tier is in progress": while_restoring(Event.RAISE, Outcome.IN_PROGRESS),
    "a lower tier is in progress": while_restoring(Event.LOWER, Outcome.IN_PROGRESS),
    "expiry at midnight": sender_of(MIDNIGHT),
    "no priority on restores": sender_of(lambda a: without(a, "x-oss-object-restore-priority")),
    "cleans tell a version": only(is_clean, lambda a: with_header(a, "x-oss-version-id", "CAEQ")),
    "a version that is not there is no key": answering("404 NoSuchVersion", "404 NoSuchKey"),
    "a version that is not there is a bad argument": answering("404 NoSuchVersion", "400 InvalidArgument"),
    "a marker cannot be cleaned": answering("405 MethodNotAllowed", "400 OperationNotSupported"),
}
"""What other readings of silent sources come to (emulator/choices.py)."""


def late(service):
    """Read from a replica that shows what a clean did only to the third look."""
    stale = {}

    def sender(request):
        path = request.target.partition("?")[0]
        if request.method not in ("GET", "HEAD"):
            replica = deepcopy(service.store)
            answer = service(request)
            stale.pop(("GET", path), None), stale.pop(("HEAD", path), None)
            if is_clean(request) and answer.succeeded:
                stale.update({(method, path): [replica] * 2 for method in ("GET", "HEAD")})
            return answer
        fresh = service.store
        looks = stale.get((request.method, request.target))
        service.store = looks.pop() if looks else fresh
        try:
            return service(request)
        finally:
            service.store = fresh

    return sender
