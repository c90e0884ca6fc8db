"""Probes: the requests that show what a judged request did, and what they must be compared with."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from pytest_oss_clean.engine.steps import Made, demand
from pytest_oss_clean.errors import NotTestedError
from pytest_oss_clean.oss.constants import RESTORE_STATE
from pytest_oss_clean.oss.messages import Answer
from pytest_oss_clean.oss.operations import PERMISSIONS
from pytest_oss_clean.oss.responses import read_restore
from pytest_oss_clean.spec.contract import Look, Probe
from pytest_oss_clean.spec.history import VERSIONS_SHOW
from pytest_oss_clean.spec.request import Version
from pytest_oss_clean.target.target import Caller

ABSENT_VERSION = "CAEQNhiBgICb8o6D0BYiIDdlNzk5NGE2M2Y3ZjRhZTViYWFkNTQ2MTRkYjYz"
"""Looks like a version id, and is none of an object of ours."""

Asking = Callable[[Caller, str, str], Answer]

PROBES: MappingProxyType[Probe, Asking] = MappingProxyType(
    {
        Probe.HEAD: lambda caller, name, version: caller.head(name, version),
        Probe.GET: lambda caller, name, version: caller.get(name, version),
        Probe.META: lambda caller, name, version: caller.object_meta(name, version),
        Probe.LIST: lambda caller, name, _: caller.list(name),
        Probe.LIST_V2: lambda caller, name, _: caller.list(name, "v2"),
        Probe.VERSIONS: lambda caller, name, _: caller.list(name, "versions"),
        Probe.COPY: lambda caller, name, _: caller.copy(name, f"{name}.copy"),
        Probe.TAGS: lambda caller, name, version: caller.get_tags(name, version),
        Probe.ACL: lambda caller, name, version: caller.get_acl(name, version),
        Probe.CLEAN: lambda caller, name, version: caller.clean(name, version),
        Probe.RESTORE: lambda caller, name, version: caller.restore(name, version),
    }
)


def version_id(made: Made, version: Version) -> str:
    """Return the id of one version of an object, as its puts and deletes were answered.

    Raises NotTestedError where they were answered without one.
    """
    if version in (Version.NONE, Version.ABSENT):
        return ABSENT_VERSION if version else ""
    place = {Version.OLDER: 0, Version.CURRENT: -1, Version.MARKER: -1}[version]
    found = made.versions[place] if made.versions else ""
    if not found or found == "null":
        raise NotTestedError(
            f"{version}: x-oss-version-id is {found or 'absent'}; is versioning enabled in that bucket?"
        )
    return found


def content_of_version(made: Made, version: Version) -> bytes:
    """Return what one version of an object holds, without one the object itself."""
    return made.contents.get(version_id(made, version), made.content) if version else made.content


def state_shown(answer: Answer) -> str:
    """Return what HEAD tells of a restore, in a word."""
    restore = read_restore(answer)
    return "frozen" if restore is None else _STATES[restore.ongoing]


_STATES = {True: "restoring", False: "restored", None: "unreadable"}


def see_versions(made: Made) -> None:
    """See that each version is in its state. Raises NotTestedError."""
    for version, state in VERSIONS_SHOW.get(made.given, {}).items():
        answer = look_at(Look(Probe.HEAD, version=version), made)
        demand(answer.succeeded, f"HEAD of {version}", "200", answer, PERMISSIONS["head"])
        if state_shown(answer) != state:
            value = answer.header(RESTORE_STATE)
            raise NotTestedError(
                f"HEAD of {version} of the {made.given} object: {RESTORE_STATE} is {value}, not of {state}"
            )


def look_at(look: Look, made: Made) -> Answer:
    """Send a probe; a restore with the tier that the object's class takes."""
    if look.probe is Probe.RESTORE and made.tier is None:
        return made.caller.restore(made.name, version_id(made, look.version), tier=None)
    return PROBES[look.probe](made.caller, made.name, version_id(made, look.version))
