"""What the groups of handlers expect of the service they are part of.

Rule: a handler takes the operation and the reply, runs under the service's lock, and either
returns an answer or raises a Fault.
"""

from __future__ import annotations

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import Fault
from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.emulator.store import Bucket, Store, StoredObject
from pytest_oss_clean.message import Operation
from pytest_oss_clean.vocabulary import StorageClass


class Handlers:
    """The part of the service that all handlers use."""

    region: str
    life_cycle: LifeCycle
    store: Store

    def now(self) -> float:
        """Return the time of the restore clock."""
        raise NotImplementedError

    def find_bucket(self, operation: Operation) -> Bucket:
        """Return the bucket of an operation, or raise NoSuchBucket."""
        raise NotImplementedError

    def find_object(self, operation: Operation) -> StoredObject:
        """Return the object of an operation, or raise NoSuchKey."""
        raise NotImplementedError

    def restore_info(self, thing: StoredObject) -> str | None:
        """Return x-oss-restore of an object, which is also its RestoreInfo; None while frozen."""
        raise NotImplementedError


def parameter(operation: Operation, name: str, default: str = "") -> str:
    """Return the first value of a query parameter."""
    return next((value or "" for key, value in operation.query if key == name), default)


def bad_argument(name: str, value: str) -> Fault:
    """Return an InvalidArgument that names the argument."""
    return Fault(errors.BAD_ARGUMENT, (("ArgumentName", name), ("ArgumentValue", value)))


def read_class(text: str) -> StorageClass:
    """Read an x-oss-storage-class, or raise InvalidArgument."""
    try:
        return StorageClass(text)
    except ValueError:
        raise bad_argument("x-oss-storage-class", text) from None
