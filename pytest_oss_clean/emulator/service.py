"""The emulator without a socket: a `Sender` that answers as OSS does, from memory.

Rule: one request, one lock, one answer. What answers what stands in the tables ROUTES and OUTCOMES;
each rule is a small method or a table, so that a faulty server differs in one of them.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, ClassVar

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.authentication import Authenticator, Key
from pytest_oss_clean.emulator.content import StreamedOperation, StreamedRequest, StreamedResponse
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.faults import MESSAGE, Delivery, Faults
from pytest_oss_clean.emulator.handlers.appends import AppendHandlers
from pytest_oss_clean.emulator.handlers.base import bad_argument, parameter
from pytest_oss_clean.emulator.handlers.buckets import BucketHandlers
from pytest_oss_clean.emulator.handlers.configurations import CONFIGURATION_ROUTES, ConfigurationHandlers
from pytest_oss_clean.emulator.handlers.deletes import DeleteHandlers
from pytest_oss_clean.emulator.handlers.lists import ListHandlers
from pytest_oss_clean.emulator.handlers.multipart import MultipartHandlers
from pytest_oss_clean.emulator.handlers.properties import PropertyHandlers
from pytest_oss_clean.emulator.handlers.restores import RestoreHandlers
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.operations import OPERATIONS, SUBRESOURCES, Level, Route, handler_name
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.routing import (
    HostNames,
    NotModelledError,
    check_features,
    check_signature_kind,
    level,
    read_operation,
    route,
)
from pytest_oss_clean.emulator.store import STORAGE, Bucket, Store, StoredObject, Versioning
from pytest_oss_clean.emulator.xml import LARGEST_DELETE
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import StorageClass
from pytest_oss_clean.oss.messages import Operation, Request, Response, TransportError, TransportErrorKind
from pytest_oss_clean.oss.names import bucket_name_problem
from pytest_oss_clean.oss.signing import Credentials

OBJECT_SIZE = 1024 * 1024 * 1024
"""Bytes that an object may have, and a body."""

LONGEST_ADVANCE = 100 * 366 * 86_400
"""Seconds the restore clock may lead; dates stay writable."""


class _Handlers(
    BucketHandlers,
    ConfigurationHandlers,
    ListHandlers,
    MultipartHandlers,
    AppendHandlers,
    DeleteHandlers,
    PropertyHandlers,
    RestoreHandlers,
):
    """What answers operations, a method each."""


ROUTES: Mapping[Route, str] = {
    **CONFIGURATION_ROUTES,
    **{
        found: handler_name(name)
        for found, name in OPERATIONS.items()
        if hasattr(_Handlers, handler_name(name))
    },
}
"""What is answered, by the name of the method that answers it; the rest is refused."""
_NAMES = {handler_name(OPERATIONS[found]): OPERATIONS[found] for found in ROUTES}

Late = tuple[float, Bucket, str, tuple[StoredObject, ...], tuple[StoredObject, ...]]
"""A change that shows later: when, bucket and name, the versions before and after."""

_NEEDS_NO_BUCKET = frozenset({"list_buckets", "put_bucket", "put_bucket_acl"})
_PUBLIC = frozenset({"GET", "HEAD", "PUT"})
TRAFFIC_LIMIT = "x-oss-traffic-limit"
SLOWEST, FASTEST = 819_200, 838_860_800
"""Bits a second that a traffic limit may be (page "single-connection bandwidth throttling")."""

_UPLOADS = frozenset({"put_object", "upload_part", "append_object"})
"""What takes a large body; a document is read in one piece."""


class Service(_Handlers):
    """OSS in memory: callable, thread-safe, without sockets or sleeping.

    `clock` judges signatures and dates; the restore clock runs with it, `advance` puts it ahead.
    """

    routes: ClassVar[Mapping[Route, str]] = ROUTES

    def __init__(  # noqa: PLR0913 - all but the credentials are optional
        self,
        *,
        credentials: Sequence[Credentials | Key],
        region: str = "cn-hangzhou",
        product: str = "oss",
        buckets: Iterable[str] = (),
        versioned_buckets: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
        life_cycle: LifeCycle | None = None,
        domains: Iterable[str] = (),
        strict_hosts: bool = False,
        max_storage: int = STORAGE,
        max_object_size: int = OBJECT_SIZE,
        token: Callable[[int], str] = secrets.token_hex,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start with empty buckets, owned by whoever holds one of the `credentials`.

        `versioned_buckets` come with versioning enabled.
        A Key among them has a status. `product` is what V4 signs beside the region: `oss-cloudbox`
        makes the region a cloud box. `strict_hosts` refuses path-style on OSS's own names. `token` makes
        ids of a number of bytes, `timer` measures how long answers take.
        """
        self.region = region
        self.life_cycle = life_cycle or LifeCycle()
        self.authenticator = Authenticator(credentials, region, clock, product)
        self._hosts = HostNames(domains, strict=strict_hosts)
        self._first_buckets = dict.fromkeys(buckets, Versioning.OFF)
        self._first_buckets |= dict.fromkeys(versioned_buckets, Versioning.ENABLED)
        for name in self._first_buckets:
            problem = bucket_name_problem(name)
            if problem:
                raise ConfigurationError("bucket", name, problem)
        self._clock = clock
        self._ahead = 0.0
        self._max_storage, self.max_object_size = max_storage, max_object_size
        self.token, self._timer = token, timer
        self._lock = threading.RLock()
        self.faults = Faults(operation_names)
        self.reset()

    def __call__(self, request: Request) -> Response:
        """Answer a request; whatever it holds, this does not raise."""
        host = request.header("host") or ""
        reply = Reply(request.method, host, self._clock, self.token, self._timer)
        try:
            operation = self.admit(request)
            handler = route(operation, self.routes)
            bits_a_second = read_traffic_limit(operation)
            with self._lock:
                response = self.deliver(self.routes[handler], operation, reply)
            if bits_a_second:
                response = throttled(response, 8 * traffic(operation, response) / bits_a_second)
        except OssError as fault:
            return reply.refuse(fault)
        except UnicodeError:  # a lone surrogate: no request on a wire can hold one
            return reply.refuse(OssError(errors.BAD_HTTP))
        if isinstance(response, StreamedResponse) and not isinstance(request, StreamedRequest):
            return response.in_memory()
        return response

    def admit(self, request: Request) -> Operation:
        """Return the operation that a request means, or raise why it is not answered."""
        operation = read_operation(request, self._hosts)
        if isinstance(request, StreamedRequest) and request.received is not None:
            operation = StreamedOperation.of(operation, request.received)
        self.check_modelled(operation)
        if not self.authenticator.check(operation):
            self.admit_anonymous(operation)
        check_features(operation)
        return operation

    def deliver(self, handler: str, operation: Operation, reply: Reply) -> Response:
        """Answer an authenticated operation, with the fault that is planned for it."""
        if self._late:
            self._settle()
        if not self.faults.awaited:
            return self.handle(handler, operation, reply)
        called = operation_name(handler, operation)
        fault = self.faults.take(called, operation.name)
        if fault is None:
            return self.handle(handler, operation, reply)
        delivery = Delivery(reply.now, called, operation.name, reply.request_id, fault.effect())
        self.faults.account(delivery)
        if fault.code:
            raise OssError(ErrorRow(fault.status, fault.code, MESSAGE))
        place = self.store.buckets.get(operation.bucket)
        before = place.objects.get(operation.name, ()) if place else ()
        try:
            response = self.handle(handler, operation, reply)
        except OssError as error:
            response = reply.refuse(error)
        if fault.reset:
            return Response(0, transport_error=TransportError(TransportErrorKind.CLOSED, MESSAGE))
        if fault.wait:
            return delayed(response, fault.wait)
        if place is not None and place is self.store.buckets.get(operation.bucket):
            after = place.objects.get(operation.name, ())
            self.store.exchange(place, operation.name, before)
            self._late.append((self._clock() + fault.late, place, operation.name, before, after))
        return response

    def _settle(self) -> None:
        """Let what was to take effect late do so; what was written meanwhile stays."""
        due = [one for one in self._late if one[0] <= self._clock()]
        for change in due:
            self._late.remove(change)
            _, place, name, before, after = change
            if self.store.buckets.get(place.name) is place and place.objects.get(name, ()) == before:
                self.store.exchange(place, name, after)

    def check_modelled(self, operation: Operation) -> None:
        """Raise NoSuchBucket, which OSS answers to everybody, and NotImplemented."""
        check_signature_kind(operation)
        handler = None
        missing: NotModelledError | None = None
        try:
            handler = self.routes[route(operation, self.routes)]
        except NotModelledError as error:
            missing = error
        except OssError:
            pass  # what is wrong is answered to those who may know
        if handler not in _NEEDS_NO_BUCKET and level(operation) is not Level.SERVICE:
            self.find_bucket(operation)
        if missing is not None:
            if operation.method != "OPTIONS":  # browsers do not sign it
                self.authenticator.check_unmodelled(operation)
            raise missing

    def handle(self, handler: str, operation: Operation, reply: Reply) -> Response:
        if handler not in _NEEDS_NO_BUCKET:
            self.find_bucket(operation)
        if level(operation) is Level.OBJECT:
            self.check_object_name(operation.name)
        if isinstance(operation, StreamedOperation) and handler not in _UPLOADS:
            operation = in_one_piece(operation)
        response: Response = getattr(self, handler)(operation, reply)
        return response

    def admit_anonymous(self, operation: Operation) -> None:
        """Let an unsigned request read what is public and write where anybody may, and refuse the rest."""
        plain = not {name for name, _ in operation.query} & SUBRESOURCES
        if operation.method not in _PUBLIC or level(operation) is not Level.OBJECT or not plain:
            raise OssError(errors.ANONYMOUS)
        with self._lock:
            self.check_public(operation)

    def find_bucket(self, operation: Operation) -> Bucket:
        """Return the bucket of an operation, or raise NoSuchBucket."""
        bucket = self.store.buckets.get(operation.bucket)
        if bucket is None:
            raise OssError(errors.NO_SUCH_BUCKET, (("BucketName", operation.bucket),))
        return bucket

    def now(self) -> float:
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Put the restore clock ahead; signatures and dates do not notice.

        Raises ValueError for a negative, endless or absurd time.
        """
        with self._lock:
            ahead = self._ahead + seconds
            if not (math.isfinite(seconds) and seconds >= 0 and ahead <= LONGEST_ADVANCE):
                raise ValueError(f"seconds must be 0 or more, and {LONGEST_ADVANCE} at most in all")
            self._ahead = ahead

    def advance_object(self, bucket: str, name: str, seconds: float) -> None:
        """Put the restore clock ahead for one object: what was restored so far ends so much earlier.

        Raises ValueError for an object that is not there, and as `advance` does.
        """
        with self._lock:
            if not (math.isfinite(seconds) and 0 <= seconds <= LONGEST_ADVANCE):
                raise ValueError(f"seconds must be 0 or more, and {LONGEST_ADVANCE} at most in all")
            place = self.store.buckets.get(bucket)
            if place is None or name not in place.objects:
                raise ValueError(f"there is no object {name!r} in the bucket {bucket!r}")
            for version in place.objects[name]:
                if version.retrieval is not None:
                    changed = replace(version, retrieval=version.retrieval.earlier(seconds))
                    self.store.replace(place, name, changed)

    def advance_to(self, moment: float) -> None:
        """Put the restore clock to a Unix time, not before its own.

        Raises ValueError as `advance` does.
        """
        with self._lock:
            self.advance(moment - self.now())

    def reset(self) -> None:
        """Forget all objects, added buckets, advances and faults."""
        with self._lock:
            self._ahead = 0.0
            self._late: list[Late] = []
            self.faults.clear()
            self.store = Store(self._max_storage, self.token)
            for name, versioning in self._first_buckets.items():
                self.store.create_bucket(name, self._clock(), StorageClass.STANDARD)
                self.store.buckets[name].versioning = versioning

    def inventory(self, *, versions: bool = False) -> dict[str, dict[str, Any]]:
        """Return the state of every object by bucket and name; `readable` is what needs no restore.

        With `versions` each name has a mapping of its version ids, newest first, to their states, and
        a delete marker is a `delete marker`; without, names hidden by one are left out.
        """
        with self._lock:
            self._settle()
            return {
                bucket.name: {
                    name: {v.version_id: self.describe_state(v) for v in found}
                    if versions
                    else self.describe_state(found[0])
                    for name, found in bucket.objects.items()
                    if versions or not found[0].is_marker
                }
                for bucket in self.store.buckets.values()
            }

    def describe_state(self, thing: StoredObject) -> str:
        if thing.is_marker:
            return "delete marker"
        if not self.life_cycle.needs_restore(thing.storage_class):
            return "readable"
        return str(self.life_cycle.state(thing.retrieval, self.now()))

    def __repr__(self) -> str:
        return f"<Service {self.region}, {len(self.store.buckets)} buckets>"


def read_traffic_limit(operation: Operation) -> int:
    """Return how many bits a second a request allows itself, 0 for any number."""
    text = operation.header(TRAFFIC_LIMIT) or parameter(operation, TRAFFIC_LIMIT)
    if not text:
        return 0
    if not text.isdecimal() or not SLOWEST <= int(text) <= FASTEST:
        raise bad_argument(TRAFFIC_LIMIT, text)
    return int(text)


def traffic(operation: Operation, response: Response) -> int:
    """Return how many bytes of bodies a request and its answer have."""
    came = operation.received if isinstance(operation, StreamedOperation) else None
    content = response.content if isinstance(response, StreamedResponse) else None
    bodies = (operation.body, came.body if came else b"", response.body, content or b"")
    return sum(len(body) for body in bodies)


def throttled(response: Response, seconds: float) -> StreamedResponse:
    """Return an answer that is given later, and says so."""
    told = ("x-oss-qos-delay-time", str(int(seconds * 1000)))
    return delayed(replace(response, headers=(*response.headers, told)), seconds)


def delayed(response: Response, seconds: float) -> StreamedResponse:
    """Return an answer that is given later."""
    told = {part.name: getattr(response, part.name) for part in fields(response) if part.init}
    return StreamedResponse(**told | {"delay": seconds + told.get("delay", 0.0)})


def in_one_piece(operation: StreamedOperation) -> Operation:
    """Return an operation with its large body in one piece. Raises OssError where no document is so large."""
    came = operation.received
    if came is None or len(came.body) > LARGEST_DELETE:
        raise OssError(errors.BAD_DOCUMENT)
    return replace(operation, body=bytes(came.body), received=None)


_COPIES = {"put_object": "CopyObject", "upload_part": "UploadPartCopy"}


def operation_name(handler: str, operation: Operation) -> str:
    if handler in _COPIES and operation.header("x-oss-copy-source") is not None:
        return _COPIES[handler]
    if handler == "list_objects" and ("list-type", "2") in operation.query:
        return "ListObjectsV2"
    return _NAMES.get(handler) or OPERATIONS[route(operation, ROUTES)]


def operation_names() -> frozenset[str]:
    return frozenset({*(OPERATIONS[found] for found in ROUTES), *_COPIES.values(), "ListObjectsV2"})
