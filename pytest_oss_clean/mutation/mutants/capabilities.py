"""Mutants of what a target claims: tags, ACLs, classes, buckets and versions that are not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.errors import ErrorRow
from pytest_oss_clean.emulator.store import StoredObject
from pytest_oss_clean.mutation.faults.decorators import Interception, MethodCall, sender_fault, service_fault
from pytest_oss_clean.mutation.faults.requests import META, WRITING, address_of
from pytest_oss_clean.mutation.faults.response_edits import Change, element, header, no_header, status
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.oss.constants import STORAGE_CLASS, VERSION_ID, StorageClass
from pytest_oss_clean.oss.messages import Headers, Operation, Response
from pytest_oss_clean.spec.evidence import Evidence

ARCHIVE, IA = StorageClass.ARCHIVE, StorageClass.IA
ACCEPTED, NOT_FOUND = 202, 404


@service_fault("handle")
def refusing(
    call: MethodCall, handler: str, row: ErrorRow, when: Callable[[MethodCall], bool] = lambda _: True
) -> object:
    return call.refuse(row) if call.given[0] == handler and when(call) else call.right()


@service_fault("handle")
def forgetting(call: MethodCall, handler: str) -> object:
    """Answer one operation 200, and do nothing."""
    return call.answer(200) if call.given[0] == handler else call.right()


@service_fault("put_object")
def stored_as(call: MethodCall, storage_class: StorageClass, other: StorageClass) -> object:
    response, thing = call.right(), call.thing
    if thing.storage_class is storage_class:
        call.reached()
        call.owner.store.replace(call.bucket, call.operation.name, replace(thing, storage_class=other))
    return response


@service_fault("check_readable")
def never_readable(call: MethodCall, storage_class: StorageClass) -> None:
    thing: StoredObject = call.given[1]
    if thing.storage_class is storage_class and thing.retrieval is not None:
        call.refuse(errors.NOT_READABLE)
    call.right()


@service_fault("find_bucket")
def one_bucket(call: MethodCall) -> object:
    right, first = call.right(), next(iter(call.owner.store.buckets.values()))
    if right is not first:
        call.reached()
    return first


@service_fault("put_object")
def newest_kept(call: MethodCall) -> object:
    response, versions = call.right(), call.versions
    if len(versions) > 1:
        call.reached()
        call.bucket.objects[call.operation.name] = versions[:1]
    return response


@sender_fault
def on_requests(call: Interception, asked: str, change: Change) -> Response:
    right = call.right()
    return call.changed(right, change(right)) if call.asked == asked else right


@sender_fault
def one_version_id(call: Interception) -> Response:
    """Give every version of an object the id of its first in the response to a put."""
    right = call.right()
    version = right.header(VERSION_ID)
    if call.asked != WRITING or version is None:
        return right
    first = call.memory.setdefault(address_of(call.request), version)
    return call.changed(right, right if first == version else header(VERSION_ID, first)(right))


@service_fault("make_copy")
def copied_with(call: MethodCall, metadata: Headers) -> object:
    """Give a copy other metadata than its source has."""
    made = call.right()
    call.reached()
    return replace(made, metadata=metadata)


@service_fault("list_objects")
def unfiltered(call: MethodCall) -> object:
    operation, reply = call.given
    call.reached()
    return call.right(replace(operation, query=tuple(q for q in operation.query if q[0] != "prefix")), reply)


@service_fault("head_object")
def shown_as(call: MethodCall, when: Callable[[MethodCall], bool], storage_class: StorageClass) -> object:
    right = call.right()
    if not when(call):
        return right
    call.reached()
    return header(STORAGE_CLASS, storage_class)(right)


@service_fault("restore_object")
def restore_status(call: MethodCall, storage_class: StorageClass, status: int) -> object:
    response: Response = call.right()
    accepted = call.thing.storage_class is storage_class and response.status == ACCEPTED
    return call.answer(status) if accepted else response


def is_archive(call: MethodCall) -> bool:
    return call.thing.storage_class is ARCHIVE


def is_older(call: MethodCall) -> bool:
    return call.thing is not call.versions[0]


@sender_fault
def incomplete(call: Interception, number: int) -> Response:
    """Answer HEAD of an object with another status while an upload in parts is begun."""
    right, address = call.right(), address_of(call.request)
    if call.request.method == "POST" and call.request.target.endswith("?uploads"):
        call.memory[address] = True
    missing = call.asked == "HEAD" and right.status == NOT_FOUND and address in call.memory
    return call.changed(right, status(number)(right)) if missing else right


def of(storage_class: StorageClass) -> Callable[[MethodCall], bool]:
    return lambda call: call.operation.header(STORAGE_CLASS) == storage_class


def elsewhere(call: MethodCall) -> bool:
    """Recognise a request for another bucket than the first, where versioning is off."""
    operation: Operation = call.operation
    first = next(iter(call.owner.store.buckets))
    return operation.bucket != first and not call.bucket.versioning


TAGGING, INITIATING = "GET tagging", "POST uploads"
OTHER = (("x-oss-meta-origin", "elsewhere"),)
REFUSED = errors.NOT_IMPLEMENTED

ROWS: Table = {
    (Evidence.CLAIMED, Damage.LOST): (
        ("tags-forgotten", forgetting("put_object_tagging"), "tags are acknowledged, and not kept"),
        ("tag-key-lost", on_requests(TAGGING, element("Key", "<Key/>")), "tags lose their keys"),
        ("tag-value-lost", on_requests(TAGGING, element("Value", "<Value/>")), "tags lose their values"),
        ("copy-metadata-lost", copied_with(()), "a copy has no metadata"),
        ("one-bucket", one_bucket(), "all buckets are one"),
        ("newest-kept", newest_kept(), "an older version is lost when a newer one is put"),
        ("archive-as-standard", stored_as(ARCHIVE, StorageClass.STANDARD), "Archive is kept as Standard"),
        ("archive-as-ia", stored_as(ARCHIVE, IA), "Archive is kept as IA"),
        ("ia-as-standard", stored_as(IA, StorageClass.STANDARD), "IA is kept as Standard"),
    ),
    (Evidence.CLAIMED, Damage.ACCESS): (
        ("acl-forgotten", forgetting("put_object_acl"), "an ACL is acknowledged, and not kept"),
    ),
    (Evidence.CLAIMED, Damage.UNREADABLE): (
        ("archive-unreadable", never_readable(ARCHIVE), "restored Archive objects cannot be read"),
    ),
    (Evidence.CLAIMED, Damage.MISLED): (
        ("one-version-id", one_version_id(), "a version that is put has the id of another"),
        ("list-unfiltered", unfiltered(), "a list of a prefix holds all objects"),
        ("copy-metadata-other", copied_with(OTHER), "a copy has other metadata"),
        ("archive-shown-as-ia", shown_as(is_archive, IA), "HEAD shows Archive as IA"),
        ("older-shown-as-ia", shown_as(is_older, IA), "HEAD shows an older version as IA"),
        ("archive-restore-200", restore_status(ARCHIVE, 200), "a restore of Archive is answered 200"),
        ("meta-etag", on_requests(META, header("ETag", '"0"')), "GetObjectMeta has an ETag of its own"),
        ("meta-length", on_requests(META, header("Content-Length", "1")), "GetObjectMeta has another length"),
    ),
    (Evidence.CLAIMED, Damage.BREAKS): (
        ("meta-bare", on_requests(META, no_header("ETag")), "GetObjectMeta has no ETag"),
        ("multipart-refused", refusing("initiate_multipart_upload", REFUSED), "no uploads in parts"),
        ("upload-id-lost", on_requests(INITIATING, element("UploadId", "")), "an upload has no id"),
        ("incomplete-denied", incomplete(403), "an incomplete upload is a denied object"),
        ("incomplete-there", incomplete(200), "an incomplete upload is an object"),
        ("tags-refused", refusing("put_object_tagging", REFUSED), "objects take no tags"),
        ("acl-refused", refusing("put_object_acl", REFUSED), "objects take no ACL"),
        ("meta-refused", refusing("get_object_meta", REFUSED), "GetObjectMeta is not implemented"),
        ("archive-refused", refusing("put_object", REFUSED, of(ARCHIVE)), "Archive is no class"),
        ("ia-refused", refusing("put_object", REFUSED, of(IA)), "IA is no class"),
        ("second-bucket", refusing("put_object", errors.NOT_PUBLIC, elsewhere), "other buckets are closed"),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants("claim", Family.CAPABILITIES, ROWS)
