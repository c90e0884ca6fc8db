"""Coming to speak with a target of which little is known: how it takes a first small object."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss import operations
from pytest_oss_clean.oss.constants import Addressing, SignatureVersion, StorageClass
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import describe
from pytest_oss_clean.spec.request import Bucket, Signing
from pytest_oss_clean.target.target import OssClient, Target

CONTENT = b"written by oss-clean probe, and removed by it"


@dataclass(slots=True)
class Asker:
    """A target that takes small objects, and what was found out about it so far: classes, signatures."""

    target: Target
    taken: dict[StorageClass, str] = field(default_factory=dict)
    signatures: set[SignatureVersion] = field(default_factory=set)

    def client(self, bucket: Bucket = Bucket.MAIN) -> OssClient:
        """Return a caller."""
        return self.target.client("probe", bucket)

    def name(self, suffix: str) -> str:
        """Return the full name of an object of the probe's."""
        return f"{self.target.prefix}probe-{suffix}"

    def head(self, signing: Signing | None = None) -> Response:
        """HEAD of the first object, signed in some other way."""
        client = self.client()
        operation = operations.plain("HEAD", client.bucket, self.name("first"))
        return client.send(operation, label="head", signing=signing)


def spoken_to(target: Target, deadline: float) -> Target:
    """Return the target as it takes a first object: signed and addressed in one way or another.

    Raises NotTestedError where there is no such way, in the end after `deadline`.
    """
    ways = [
        replace(target, addressing=addressing, signature=signature)
        for addressing in dict.fromkeys((target.addressing, Addressing.PATH))
        for signature in dict.fromkeys((target.signature, *reversed(SignatureVersion)))
    ]
    while True:
        said = {}
        for way in ways:
            asker = Asker(replace(way))
            response = asker.client().put(asker.name("first"), CONTENT)
            if response.succeeded:
                return asker.target
            said[f"signed with {way.signature}, {way.addressing}-style"] = response
        if time.monotonic() >= deadline or not all(response.transport_error for response in said.values()):
            break
        target.pace.sleep(0.2)
    causes = "; ".join(f"{way}: {describe(response)}" for way, response in said.items())
    raise NotTestedError(f"{target.endpoint} takes no small object ({causes})")


def remove_all(target: Target) -> None:
    """Remove whatever is in the ledger."""
    for bucket, name in list(target.ledger.left):
        target.client("probe").remove(name, bucket)
