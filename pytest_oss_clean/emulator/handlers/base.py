"""What the groups of handlers expect of the service they are part of.

Rule: a handler takes the operation and the reply, runs under the service's lock, and either
returns an answer or raises an OssError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.store import Bucket, Store, StoredObject, Versioning
from pytest_oss_clean.oss.constants import DELETE_MARKER, VERSION_ID, StorageClass
from pytest_oss_clean.oss.messages import Headers, Operation

OWNER = (("ID", "1000000000000000"), ("DisplayName", "1000000000000000"))
RESOURCE_GROUP = "rg-emulator"
"""The one resource group that all buckets belong to."""

T = TypeVar("T", bound=str)


class Handlers:
    """The part of the service that all handlers use."""

    region: str
    life_cycle: LifeCycle
    store: Store
    max_object_size: int
    token: Callable[[int], str]

    def now(self) -> float:
        raise NotImplementedError

    def find_bucket(self, operation: Operation) -> Bucket:
        """Return the bucket of an operation, or raise NoSuchBucket."""
        raise NotImplementedError

    def find_object(self, operation: Operation) -> StoredObject:
        """Return the version an operation addresses, or raise what is wrong with it."""
        raise NotImplementedError

    def check_readable(
        self, operation: Operation, thing: StoredObject, row: ErrorRow = errors.NOT_READABLE
    ) -> None:
        """Refuse to read what is frozen or restoring."""
        raise NotImplementedError

    def check_overwriting(self, operation: Operation) -> None:
        """Refuse to overwrite where the request forbids it."""
        raise NotImplementedError

    def restore_info(self, thing: StoredObject) -> str | None:
        """Return x-oss-restore of an object, which is also its RestoreInfo; None while frozen."""
        raise NotImplementedError


def parameter(operation: Operation, name: str, default: str = "") -> str:
    return next((value or "" for key, value in operation.query if key == name), default)


def flag(operation: Operation, header: str) -> bool:
    return (operation.header(header) or "").lower() == "true"


def required_header(operation: Operation, name: str) -> str:
    """Return a header, or raise MissingArgument."""
    value = operation.header(name)
    if value is None:
        raise OssError(errors.MISSING_ARGUMENT, (("ArgumentName", name),))
    return value


def bad_argument(name: str, value: str) -> OssError:
    return OssError(errors.BAD_ARGUMENT, (("ArgumentName", name), ("ArgumentValue", value)))


def one_of(kind: type[T], name: str, text: str) -> T:
    """Read a word that is one of a closed set, or raise InvalidArgument."""
    try:
        return kind(text)
    except ValueError:
        raise bad_argument(name, text) from None


def read_class(text: str) -> StorageClass:
    """Read an x-oss-storage-class, or raise InvalidArgument."""
    return one_of(StorageClass, "x-oss-storage-class", text)


def version_headers(bucket: Bucket, thing: StoredObject | None) -> Headers:
    """Return x-oss-version-id, and that it names a delete marker; nothing where versioning was never on."""
    if thing is None or bucket.versioning is Versioning.OFF:
        return ()
    marked = ((DELETE_MARKER, "true"),) if thing.is_marker else ()
    return (*marked, (VERSION_ID, thing.version_id))
