"""Every operation that a vendor SDK can send: its name, what it addresses, its method and sub-resource.

Rule: this is the one list of OSS's operations. An operation is modelled where the service has a method of
its name; of every other one an error says that this emulator does not have it, by that name.
Sources: the operations of Python SDK v2 1.4 and Go SDK v2 1.5, and oss2 2.19 for what only it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Level(StrEnum):
    """What an operation addresses."""

    SERVICE = "service"
    BUCKET = "bucket"
    OBJECT = "object"


Route = tuple[Level, str, str]
"""Level, method, and sub-resource or ""."""

_TABLE = """
service GET     -                                  ListBuckets
service GET     cloudboxes                         ListCloudBoxes
service GET     regions                            DescribeRegions
service GET     regionList                         ListRegions
service GET     userRegion                         ListUserRegions
service GET     publicAccessBlock                  GetPublicAccessBlock
service PUT     publicAccessBlock                  PutPublicAccessBlock
service DELETE  publicAccessBlock                  DeletePublicAccessBlock
service GET     redundancyTransition               ListUserDataRedundancyTransition
service GET     accessPoint                        ListAccessPoints
service GET     accessPointForObjectProcess        ListAccessPointsForObjectProcess
service POST    x-oss-write-get-object-response    WriteGetObjectResponse
service GET     dataPipeline                       DoDataPipelineAction
service POST    dataPipeline                       DoDataPipelineAction
service GET     qosInfo                            GetUserQosInfo
service GET     resourcePool                       ListResourcePools
service GET     resourcePoolInfo                   GetResourcePoolInfo
service GET     resourcePoolBuckets                ListResourcePoolBuckets
service GET     requesterQosInfo                   GetResourcePoolRequesterQosInfo
service PUT     requesterQosInfo                   PutResourcePoolRequesterQosInfo
service DELETE  requesterQosInfo                   DeleteResourcePoolRequesterQosInfo
bucket  PUT     -                                  PutBucket
bucket  HEAD    -                                  HeadBucket
bucket  DELETE  -                                  DeleteBucket
bucket  GET     -                                  ListObjects
bucket  POST    -                                  PostObject
bucket  OPTIONS -                                  OptionObject
bucket  GET     versions                           ListObjectVersions
bucket  GET     uploads                            ListMultipartUploads
bucket  POST    delete                             DeleteMultipleObjects
bucket  GET     acl                                GetBucketAcl
bucket  PUT     acl                                PutBucketAcl
bucket  GET     bucketInfo                         GetBucketInfo
bucket  GET     location                           GetBucketLocation
bucket  GET     stat                               GetBucketStat
bucket  GET     versioning                         GetBucketVersioning
bucket  PUT     versioning                         PutBucketVersioning
bucket  GET     accessPoint                        GetAccessPoint
bucket  PUT     accessPoint                        CreateAccessPoint
bucket  DELETE  accessPoint                        DeleteAccessPoint
bucket  GET     accessPointPolicy                  GetAccessPointPolicy
bucket  PUT     accessPointPolicy                  PutAccessPointPolicy
bucket  DELETE  accessPointPolicy                  DeleteAccessPointPolicy
bucket  GET     accessPointForObjectProcess        GetAccessPointForObjectProcess
bucket  PUT     accessPointForObjectProcess        CreateAccessPointForObjectProcess
bucket  DELETE  accessPointForObjectProcess        DeleteAccessPointForObjectProcess
bucket  GET     accessPointConfigForObjectProcess  GetAccessPointConfigForObjectProcess
bucket  PUT     accessPointConfigForObjectProcess  PutAccessPointConfigForObjectProcess
bucket  GET     accessPointPolicyForObjectProcess  GetAccessPointPolicyForObjectProcess
bucket  PUT     accessPointPolicyForObjectProcess  PutAccessPointPolicyForObjectProcess
bucket  DELETE  accessPointPolicyForObjectProcess  DeleteAccessPointPolicyForObjectProcess
bucket  GET     accessmonitor                      GetBucketAccessMonitor
bucket  PUT     accessmonitor                      PutBucketAccessMonitor
bucket  GET     asyncFetch                         GetAsyncFetchTask
bucket  POST    asyncFetch                         PutAsyncFetchTask
bucket  GET     bucketArchiveDirectRead            GetBucketArchiveDirectRead
bucket  PUT     bucketArchiveDirectRead            PutBucketArchiveDirectRead
bucket  GET     cname                              ListCname
bucket  GET     cname&comp=token                   GetCnameToken
bucket  POST    cname&comp=add                     PutCname
bucket  POST    cname&comp=delete                  DeleteCname
bucket  POST    cname&comp=token                   CreateCnameToken
bucket  GET     cors                               GetBucketCors
bucket  PUT     cors                               PutBucketCors
bucket  DELETE  cors                               DeleteBucketCors
bucket  GET     encryption                         GetBucketEncryption
bucket  PUT     encryption                         PutBucketEncryption
bucket  DELETE  encryption                         DeleteBucketEncryption
bucket  GET     httpsConfig                        GetBucketHttpsConfig
bucket  PUT     httpsConfig                        PutBucketHttpsConfig
bucket  GET     inventory                          ListBucketInventory
bucket  PUT     inventory                          PutBucketInventory
bucket  DELETE  inventory                          DeleteBucketInventory
bucket  GET     lifecycle                          GetBucketLifecycle
bucket  PUT     lifecycle                          PutBucketLifecycle
bucket  DELETE  lifecycle                          DeleteBucketLifecycle
bucket  GET     live                               ListLiveChannel
bucket  GET     logging                            GetBucketLogging
bucket  PUT     logging                            PutBucketLogging
bucket  DELETE  logging                            DeleteBucketLogging
bucket  GET     userDefinedLogFieldsConfig         GetUserDefinedLogFieldsConfig
bucket  PUT     userDefinedLogFieldsConfig         PutUserDefinedLogFieldsConfig
bucket  DELETE  userDefinedLogFieldsConfig         DeleteUserDefinedLogFieldsConfig
bucket  GET     metaQuery                          GetMetaQueryStatus
bucket  POST    metaQuery                          DoMetaQueryAction
bucket  POST    metaQuery&comp=add                 OpenMetaQuery
bucket  POST    metaQuery&comp=query               DoMetaQuery
bucket  POST    metaQuery&comp=delete              CloseMetaQuery
bucket  POST    MetaQuery                          DoMetaQueryAction
bucket  GET     objectWorm                         GetBucketObjectWormConfiguration
bucket  PUT     objectWorm                         PutBucketObjectWormConfiguration
bucket  GET     overwriteConfig                    GetBucketOverwriteConfig
bucket  PUT     overwriteConfig                    PutBucketOverwriteConfig
bucket  DELETE  overwriteConfig                    DeleteBucketOverwriteConfig
bucket  GET     policy                             GetBucketPolicy
bucket  PUT     policy                             PutBucketPolicy
bucket  DELETE  policy                             DeleteBucketPolicy
bucket  GET     policy&comp=callback               GetBucketCallbackPolicy
bucket  PUT     policy&comp=callback               PutBucketCallbackPolicy
bucket  DELETE  policy&comp=callback               DeleteBucketCallbackPolicy
bucket  GET     policyStatus                       GetBucketPolicyStatus
bucket  GET     publicAccessBlock                  GetBucketPublicAccessBlock
bucket  PUT     publicAccessBlock                  PutBucketPublicAccessBlock
bucket  DELETE  publicAccessBlock                  DeleteBucketPublicAccessBlock
bucket  GET     qos                                GetBucketStorageCapacity
bucket  PUT     qos                                PutBucketStorageCapacity
bucket  GET     qosInfo                            GetBucketQosInfo
bucket  PUT     qosInfo                            PutBucketQosInfo
bucket  DELETE  qosInfo                            DeleteBucketQosInfo
bucket  GET     requesterQosInfo                   GetBucketRequesterQosInfo
bucket  PUT     requesterQosInfo                   PutBucketRequesterQosInfo
bucket  DELETE  requesterQosInfo                   DeleteBucketRequesterQosInfo
bucket  GET     redundancyTransition               ListBucketDataRedundancyTransition
bucket  POST    redundancyTransition               CreateBucketDataRedundancyTransition
bucket  DELETE  redundancyTransition               DeleteBucketDataRedundancyTransition
bucket  GET     referer                            GetBucketReferer
bucket  PUT     referer                            PutBucketReferer
bucket  GET     replication                        GetBucketReplication
bucket  POST    replication&comp=add               PutBucketReplication
bucket  POST    replication&comp=delete            DeleteBucketReplication
bucket  GET     replicationLocation                GetBucketReplicationLocation
bucket  GET     replicationProgress                GetBucketReplicationProgress
bucket  PUT     rtc                                PutBucketRtc
bucket  GET     requestPayment                     GetBucketRequestPayment
bucket  PUT     requestPayment                     PutBucketRequestPayment
bucket  GET     resourceGroup                      GetBucketResourceGroup
bucket  PUT     resourceGroup                      PutBucketResourceGroup
bucket  GET     style                              GetStyle
bucket  PUT     style                              PutStyle
bucket  DELETE  style                              DeleteStyle
bucket  GET     tagging                            GetBucketTags
bucket  PUT     tagging                            PutBucketTags
bucket  DELETE  tagging                            DeleteBucketTags
bucket  GET     transferAcceleration               GetBucketTransferAcceleration
bucket  PUT     transferAcceleration               PutBucketTransferAcceleration
bucket  GET     website                            GetBucketWebsite
bucket  PUT     website                            PutBucketWebsite
bucket  DELETE  website                            DeleteBucketWebsite
bucket  GET     worm                               GetBucketWorm
bucket  POST    worm                               InitiateBucketWorm
bucket  DELETE  worm                               AbortBucketWorm
bucket  POST    wormId                             CompleteBucketWorm
bucket  POST    wormExtend                         ExtendBucketWorm
bucket  POST    getVectorIndex                     GetVectorIndex
bucket  POST    putVectorIndex                     PutVectorIndex
bucket  POST    listVectorIndexes                  ListVectorIndexes
bucket  POST    deleteVectorIndex                  DeleteVectorIndex
bucket  POST    getVectors                         GetVectors
bucket  POST    putVectors                         PutVectors
bucket  POST    listVectors                        ListVectors
bucket  POST    queryVectors                       QueryVectors
bucket  POST    deleteVectors                      DeleteVectors
object  PUT     -                                  PutObject
object  GET     -                                  GetObject
object  HEAD    -                                  HeadObject
object  DELETE  -                                  DeleteObject
object  OPTIONS -                                  OptionObject
object  HEAD    objectMeta                         GetObjectMeta
object  GET     acl                                GetObjectAcl
object  PUT     acl                                PutObjectAcl
object  GET     tagging                            GetObjectTagging
object  PUT     tagging                            PutObjectTagging
object  DELETE  tagging                            DeleteObjectTagging
object  GET     symlink                            GetSymlink
object  PUT     symlink                            PutSymlink
object  DELETE  symlink                            DeleteObject
object  POST    restore                            RestoreObject
object  POST    cleanRestoredObject                CleanRestoredObject
object  POST    uploads                            InitiateMultipartUpload
object  GET     uploadId                           ListParts
object  PUT     uploadId                           UploadPart
object  POST    uploadId                           CompleteMultipartUpload
object  DELETE  uploadId                           AbortMultipartUpload
object  POST    append                             AppendObject
object  POST    seal                               SealAppendObject
object  GET     x-oss-process                      ProcessImage
object  POST    x-oss-process                      ProcessObject
object  POST    x-oss-async-process                AsyncProcessObject
object  GET     retention                          GetObjectRetention
object  PUT     retention                          PutObjectRetention
object  GET     legalHold                          GetObjectLegalHold
object  PUT     legalHold                          PutObjectLegalHold
object  GET     live                               GetLiveChannelInfo
object  PUT     live                               PutLiveChannel
object  DELETE  live                               DeleteLiveChannel
object  GET     live&comp=stat                     GetLiveChannelStat
object  GET     live&comp=history                  GetLiveChannelHistory
object  GET     vod                                GetVodPlaylist
object  POST    vod                                PostVodPlaylist
"""

_ROWS = [row.split() for row in _TABLE.strip().splitlines()]

OPERATIONS: Mapping[Route, str] = {
    (Level(level), method, "" if subresource == "-" else subresource): name
    for level, method, subresource, name in _ROWS
}

SUBRESOURCES = frozenset(row[2].partition("&")[0] for row in _ROWS) - {"-"} | {"link", "sequential", "status"}
"""Parameters that select an operation; three more select one in some list of an SDK, but in no SDK's call."""

UNSIGNED_IN_V1 = frozenset({"accessmonitor", "regions"})
"""Sub-resources that the SDKs leave out of V1's string to sign, in tests against the service too."""

QUALIFIERS = frozenset({"comp", "sequential", "status", "wormId"})
"""Parameters that belong to another sub-resource where there is one."""

UNSUPPORTED: Mapping[str, str] = {
    "x-oss-callback": "upload callbacks",
    "x-oss-callback-var": "upload callbacks",
    "callback": "upload callbacks",
    "callback-var": "upload callbacks",
    "x-oss-server-side-encryption": "server-side encryption",
    "x-oss-server-side-encryption-key-id": "server-side encryption",
    "x-oss-server-side-data-encryption": "server-side encryption",
    "x-oss-object-worm-mode": "object retention",
    "x-oss-object-worm-retain-until-date": "object retention",
    "x-oss-object-worm-legal-hold": "object retention",
    "x-oss-bucket-tagging": "bucket tags",
    "x-oss-access-point-name": "access points",
}
"""Headers and parameters, and what they ask for, that this emulator would otherwise drop in silence."""


def handler_name(operation: str) -> str:
    """Return the name of the method that answers an operation: `ListObjects` is `list_objects`."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", operation).lower()
