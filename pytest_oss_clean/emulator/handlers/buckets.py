"""Operations on the service and on buckets themselves: their being, class, ACL and versioning."""

from __future__ import annotations

import re
from enum import StrEnum

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator import xml as documents
from pytest_oss_clean.emulator.dates import iso_milliseconds
from pytest_oss_clean.emulator.errors import OssError
from pytest_oss_clean.emulator.handlers.base import (
    OWNER,
    RESOURCE_GROUP,
    Handlers,
    one_of,
    parameter,
    required_header,
)
from pytest_oss_clean.emulator.handlers.lists import boolean, read_limit
from pytest_oss_clean.emulator.handlers.paging import paginate
from pytest_oss_clean.emulator.handlers.properties import (
    BucketAcl,
    acl_document,
    tagging_document,
    tagging_tree,
)
from pytest_oss_clean.emulator.replies import Reply
from pytest_oss_clean.emulator.store import Bucket, Versioning
from pytest_oss_clean.emulator.xml import Tree
from pytest_oss_clean.oss.constants import STORAGE_CLASS, StorageClass
from pytest_oss_clean.oss.messages import Operation, Response
from pytest_oss_clean.oss.names import bucket_name_problem

DEFAULT_BUCKETS = 100
MOST_BUCKET_TAGS = 20
_TAG = re.compile(r'"([^"]*)"(?::"([^"]*)")?')
BUCKET_ACL = "x-oss-acl"


class Redundancy(StrEnum):
    """How a bucket's data is kept: in one zone, or in several."""

    LRS = "LRS"
    ZRS = "ZRS"


class BucketHandlers(Handlers):
    def list_buckets(self, operation: Operation, reply: Reply) -> Response:
        """Answer GetService; the document has no namespace, alibabacloud-oss-v2 wants none."""
        prefix, after = parameter(operation, "prefix"), parameter(operation, "marker")
        limit = read_limit(operation, "max-keys", DEFAULT_BUCKETS)
        wanted = _TAG.findall(parameter(operation, "tagging"))
        wanted += [(parameter(operation, "tag-key"), parameter(operation, "tag-value"))]
        names = sorted(
            name
            for name, bucket in self.store.buckets.items()
            if all(_is_tagged(bucket, key, value) for key, value in wanted)
        )
        page = paginate(names, prefix=prefix, delimiter="", after=after, limit=limit)
        buckets = [("Bucket", self._describe(self.store.buckets[name], reply.host)) for name in page.names]
        if parameter(operation, "tagging"):
            for name, (_, described) in zip(page.names, buckets, strict=True):
                described.append(("Tagging", tagging_tree(self.store.buckets[name].tags)))
        content: list[tuple[str, Tree]] = [
            ("Prefix", prefix),
            ("Marker", after),
            ("MaxKeys", str(limit)),
            ("IsTruncated", boolean(page.next_after is not None)),
            *([("NextMarker", page.next_after)] if page.next_after else []),
            ("Owner", OWNER),
            ("Buckets", buckets),
        ]
        return reply.xml(documents.document("ListAllMyBucketsResult", content))

    def put_bucket(self, operation: Operation, reply: Reply) -> Response:
        if bucket_name_problem(operation.bucket):
            raise OssError(errors.BAD_BUCKET_NAME, (("BucketName", operation.bucket),))
        wanted, redundancy = documents.parse_bucket_configuration(operation.body)
        wanted = wanted or operation.header(STORAGE_CLASS)
        if wanted is not None and wanted not in list(StorageClass):
            raise OssError(errors.NO_SUCH_BUCKET_CLASS)
        storage_class = StorageClass(wanted or StorageClass.STANDARD)
        acl = operation.header(BUCKET_ACL)
        acl = None if acl is None else one_of(BucketAcl, BUCKET_ACL, acl)
        bucket = self.store.buckets.get(operation.bucket)
        if bucket is None:
            bucket = self.store.create_bucket(operation.bucket, reply.now, storage_class)
            bucket.redundancy = one_of(Redundancy, "DataRedundancyType", redundancy or Redundancy.LRS)
        elif bucket.storage_class is not storage_class:
            raise OssError(errors.BUCKET_EXISTS, (("BucketName", bucket.name),))
        bucket.acl = acl or bucket.acl
        return reply.ok(headers=(("Location", f"/{operation.bucket}"),))

    def head_bucket(self, operation: Operation, reply: Reply) -> Response:
        self.find_bucket(operation)
        return reply.ok(headers=(("x-oss-bucket-region", self.region),))

    def delete_bucket(self, operation: Operation, reply: Reply) -> Response:
        """Remove a bucket without objects, versions, delete markers and uploads."""
        bucket = self.find_bucket(operation)
        if bucket.objects or bucket.uploads:
            raise OssError(errors.BUCKET_NOT_EMPTY, (("BucketName", bucket.name),))
        self.store.remove_bucket(bucket.name)
        return reply.ok(204)

    def get_bucket_info(self, operation: Operation, reply: Reply) -> Response:
        bucket = self.find_bucket(operation)
        versioning = [("Versioning", str(bucket.versioning))] if bucket.versioning else []
        more: list[tuple[str, Tree]] = [
            ("Owner", OWNER),
            ("AccessControlList", [("Grant", bucket.acl)]),
            ("AccessMonitor", "Disabled"),
            ("BlockPublicAccess", "true"),
            ("Comment", ""),
            ("CrossRegionReplication", "Disabled"),
            ("DataRedundancyType", bucket.redundancy),
            ("ServerSideEncryptionRule", [("SSEAlgorithm", "None")]),
            ("TransferAcceleration", _accelerated(bucket)),
            *versioning,
        ]
        content: list[tuple[str, Tree]] = [
            ("Bucket", [*self._describe(bucket, reply.host.removeprefix(f"{bucket.name}.")), *more])
        ]
        return reply.xml(documents.document("BucketInfo", content))

    def get_bucket_location(self, operation: Operation, reply: Reply) -> Response:
        """Answer GetBucketLocation; the text stands in the root."""
        self.find_bucket(operation)
        return reply.xml(documents.document("LocationConstraint", f"oss-{self.region}"))

    def get_bucket_acl(self, operation: Operation, reply: Reply) -> Response:
        """Answer GetBucketAcl; SDKs ask it to learn whether a bucket exists."""
        return reply.xml(acl_document(self.find_bucket(operation).acl))

    def put_bucket_acl(self, operation: Operation, reply: Reply) -> Response:
        """Answer PutBucketAcl, which creates a bucket that is not there."""
        required_header(operation, BUCKET_ACL)
        return self.put_bucket(operation, reply)

    def get_bucket_tags(self, operation: Operation, reply: Reply) -> Response:
        return reply.xml(tagging_document(self.find_bucket(operation).tags))

    def put_bucket_tags(self, operation: Operation, reply: Reply) -> Response:
        tags = tuple(documents.parse_tagging(operation.body))
        if len(tags) > MOST_BUCKET_TAGS or len(dict(tags)) < len(tags) or not all(key for key, _ in tags):
            raise OssError(errors.BAD_TAG)
        self.find_bucket(operation).tags = tags
        return reply.ok()

    def delete_bucket_tags(self, operation: Operation, reply: Reply) -> Response:
        """Answer DeleteBucketTags; the value of the sub-resource names the keys that go, or all go."""
        bucket, keys = self.find_bucket(operation), parameter(operation, "tagging").split(",")
        bucket.tags = tuple(tag for tag in bucket.tags if keys != [""] and tag[0] not in keys)
        return reply.ok(204)

    def get_bucket_versioning(self, operation: Operation, reply: Reply) -> Response:
        """Answer GetBucketVersioning; where it was never on, there is no Status."""
        status = self.find_bucket(operation).versioning
        content = [("Status", str(status))] if status else []
        return reply.xml(documents.document("VersioningConfiguration", content))

    def put_bucket_versioning(self, operation: Operation, reply: Reply) -> Response:
        """Answer PutBucketVersioning; once on, it can be suspended but not be off again."""
        bucket = self.find_bucket(operation)
        bucket.versioning = Versioning(documents.parse_versioning(operation.body))
        return reply.ok()

    def _describe(self, bucket: Bucket, host: str) -> list[tuple[str, Tree]]:
        """Describe a bucket; where this emulator goes by its own address, that is the endpoint."""
        public = f"oss-{self.region}.aliyuncs.com"
        own = f"http://{host}" if host and not host.endswith(".aliyuncs.com") else ""
        return [
            ("CreationDate", iso_milliseconds(bucket.created_at)),
            ("ExtranetEndpoint", own or public),
            ("IntranetEndpoint", own or public.replace(".", "-internal.", 1)),
            ("Location", f"oss-{self.region}"),
            ("Name", bucket.name),
            ("Region", self.region),
            ("ResourceGroupId", RESOURCE_GROUP),
            ("StorageClass", bucket.storage_class),
        ]


def _is_tagged(bucket: Bucket, key: str, value: str) -> bool:
    return not key or any(key == name and value in ("", own) for name, own in bucket.tags)


def _accelerated(bucket: Bucket) -> str:
    kept = bucket.configurations.get("transferAcceleration", b"")
    return "Enabled" if b"<Enabled>true<" in kept else "Disabled"
