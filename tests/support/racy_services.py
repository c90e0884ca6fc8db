"""Services that do wrong when requests meet, and only then; each forces the meeting, so that it is certain.

A wrapper gets the emulator's service and returns a sender. What comes from a thread of a race is told
by the thread's name.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from dataclasses import replace

from pytest_oss_clean.emulator.lifecycle import LifeCycle

SOON = 20
WORDS = {
    ("POST", "cleanRestoredObject"): "clean",
    ("POST", "restore"): "restore",
    ("HEAD", ""): "head",
    ("GET", ""): "get",
    ("DELETE", ""): "delete",
}


def races():
    return threading.current_thread().name.startswith("race")


def word_of(request):
    """Return the word for a request of a race."""
    if request.method == "PUT":
        return "copy" if request.header("x-oss-copy-source") else "overwrite"
    return WORDS[request.method, request.target.partition("?")[2]]


def wait(event):
    assert event.wait(SOON)


def one_after_the_other(order):
    """Answer the requests of a race in this order of their words, whatever order they come in."""

    def wrap(service):
        left, turn = list(order), threading.Condition()

        def sender(request):
            if not races():
                return service(request)
            word = word_of(request)
            with turn:
                assert turn.wait_for(lambda: left[0] == word, SOON)
                response = service(request)
                del left[0]
                turn.notify_all()
                return response

        return sender

    return wrap


def orders(requests):
    return sorted({tuple(map(str, order)) for order in itertools.permutations(requests)})


def two_winners(service):
    """Cleans read the state, meet, and only then write it: a lost update."""
    start = threading.Barrier(8)

    class Meeting(LifeCycle):
        __slots__ = ()

        def clean(self, *values):
            found = super().clean(*values)
            start.wait(SOON)
            return found

    service.life_cycle, service._lock = Meeting(), contextlib.nullcontext()
    return service


def lost_clean(service):
    """A restore reads the state before a clean and writes its extension after it."""
    read, cleaned = threading.Event(), threading.Event()

    class Late(LifeCycle):
        __slots__ = ()

        def restore(self, *values):
            found = super().restore(*values)
            if races():
                read.set()
                wait(cleaned)
            return found

    service.life_cycle, service._lock = Late(), contextlib.nullcontext()

    def sender(request):
        if not races() or word_of(request) != "clean":
            return service(request)
        wait(read)
        response = service(request)
        cleaned.set()
        return response

    return sender


def lost_restore(service):
    """A refused clean writes back the frozen state that it read before a restore."""
    read, restored = threading.Event(), threading.Event()

    def sender(request):
        if not races():
            return service(request)
        if word_of(request) == "restore":
            wait(read)
            response = service(request)
            restored.set()
            return response
        response = service(request)
        read.set()
        wait(restored)
        bucket = service.store.buckets["memory"]
        for name, versions in list(bucket.objects.items()):
            service.store.replace(bucket, name, replace(versions[0], retrieval=None))
        return response

    return sender


def torn_content(service):
    """A read that meets a clean gets the half of the object that was still there."""
    read, cleaned = threading.Event(), threading.Event()

    def sender(request):
        if not races():
            return service(request)
        if word_of(request) == "clean":
            wait(read)
            response = service(request)
            cleaned.set()
            return response
        response = service(request)
        if response.status != 200:
            return response
        read.set()
        wait(cleaned)
        return replace(response, body=response.body[: len(response.body) // 2])

    return sender


def torn_copy(service):
    """A copy that meets a clean is answered, and holds half of the object."""
    read, cleaned = threading.Event(), threading.Event()

    def sender(request):
        if not races():
            return service(request)
        response = service(request) if word_of(request) == "copy" else None
        if response is None:
            wait(read)
            response = service(request)
            cleaned.set()
            return response
        read.set()
        wait(cleaned)
        bucket = service.store.buckets["memory"]
        for name, versions in list(bucket.objects.items()):
            if name.endswith(".copy"):
                service.store.replace(bucket, name, replace(versions[0], body=versions[0].body[:9]))
        return response

    return sender


def lost_overwrite(service):
    """An overwrite that meets a clean is answered like the write it was to be, and the old object stays."""

    def sender(request):
        if not races() or word_of(request) != "overwrite":
            return service(request)
        response = service(replace(request, target=f"{request.target}.elsewhere"))
        return replace(response, status=200, body=b"")

    return sender
