"""Probes: the requests that show what a judged request did, and what they must be compared with."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from pytest_oss_clean.engine.provisioning import ArrangedObject, demand
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.spec.contract import Probe, ProbeKind
from pytest_oss_clean.spec.history import VERSIONS_SHOW
from pytest_oss_clean.spec.request import Version
from pytest_oss_clean.target.target import OssClient

ABSENT_VERSION = "CAEQNhiBgICb8o6D0BYiIDdlNzk5NGE2M2Y3ZjRhZTViYWFkNTQ2MTRkYjYz"
"""Looks like a version id, and is none of an object of ours."""

Asking = Callable[[OssClient, str, str], Response]

PROBES: MappingProxyType[ProbeKind, Asking] = MappingProxyType(
    {
        ProbeKind.HEAD: lambda client, name, version: client.head(name, version),
        ProbeKind.GET: lambda client, name, version: client.get(name, version),
        ProbeKind.RANGE: lambda client, name, version: client.get_range(name, version),
        ProbeKind.META: lambda client, name, version: client.object_meta(name, version),
        ProbeKind.LIST: lambda client, name, _: client.list(name),
        ProbeKind.LIST_V2: lambda client, name, _: client.list(name, "v2"),
        ProbeKind.VERSIONS: lambda client, name, _: client.list(name, "versions"),
        ProbeKind.COPY: lambda client, name, _: client.copy(name, f"{name}.copy"),
        ProbeKind.TAGS: lambda client, name, version: client.get_tags(name, version),
        ProbeKind.ACL: lambda client, name, version: client.get_acl(name, version),
        ProbeKind.CLEAN: lambda client, name, version: client.clean(name, version),
        ProbeKind.RESTORE: lambda client, name, version: client.restore(name, version),
    }
)


def version_id(obj: ArrangedObject, version: Version) -> str:
    """Return the id of one version of an object, as its puts and deletes were answered.

    Raises NotTestedError where they were answered without one.
    """
    if version in (Version.NONE, Version.ABSENT):
        return ABSENT_VERSION if version else ""
    place = {Version.OLDER: 0, Version.CURRENT: -1, Version.MARKER: -1}[version]
    found = obj.versions[place] if obj.versions else ""
    if not found or found == "null":
        raise NotTestedError(
            f"{version}: x-oss-version-id is {found or 'absent'}; is versioning enabled in that bucket?"
        )
    return found


def content_of_version(obj: ArrangedObject, version: Version) -> bytes:
    """Return what one version of an object holds, without one the object itself."""
    return obj.contents.get(version_id(obj, version), obj.content) if version else obj.content


def state_shown(response: Response) -> str:
    """Return what HEAD shows of a restore, in a word."""
    restore = read_restore(response)
    return "frozen" if restore is None else _STATES[restore.ongoing]


_STATES = {True: "restoring", False: "restored", None: "unreadable"}


def see_versions(obj: ArrangedObject) -> None:
    """See that each version is in its state. Raises NotTestedError."""
    for version, state in VERSIONS_SHOW.get(obj.given, {}).items():
        response = send_probe(Probe(ProbeKind.HEAD, version=version), obj)
        demand(response.succeeded, f"HEAD of {version}", "200", response, PERMISSIONS["head"])
        if state_shown(response) != state:
            value = response.header(RESTORE_STATE)
            raise NotTestedError(
                f"HEAD of {version} of the {obj.given} object: {RESTORE_STATE} is {value}, not of {state}"
            )


def send_probe(probe: Probe, obj: ArrangedObject) -> Response:
    """Send a probe; a restore with the tier that the object's class takes."""
    if probe.kind is ProbeKind.RESTORE and obj.tier is None:
        return obj.client.restore(obj.name, version_id(obj, probe.version), tier=None)
    return PROBES[probe.kind](obj.client, obj.name, version_id(obj, probe.version))
