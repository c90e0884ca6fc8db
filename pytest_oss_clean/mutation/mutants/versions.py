"""Mutants of versions: another version is cleaned, found, shown or lost than the one asked for."""

from __future__ import annotations

from dataclasses import replace

from pytest_oss_clean.emulator import errors
from pytest_oss_clean.emulator.store import NULL, StoredObject
from pytest_oss_clean.mutation.faults.versions import (
    Versions,
    answering_id,
    cleaned_again,
    finding,
    headed,
    judged_by_current,
    leaving,
    listing,
    marker_cleaned,
    marker_removed,
    real,
    refusing_version,
    restore_inherited,
)
from pytest_oss_clean.mutation.mutant import Damage, Family, Mutant, Table, mutants
from pytest_oss_clean.spec.evidence import INFERRED


def first_restored(versions: Versions, _: str) -> StoredObject | None:
    return next((v for v in versions if v.retrieval is not None), None)


def unknown(versions: Versions, version: str) -> bool:
    return bool(versions) and version not in ("", *(v.version_id for v in versions))


def another(versions: Versions, version: str) -> StoredObject | None:
    return next((v for v in versions if version and not v.is_marker and v.version_id != version), None)


def unnamed(versions: Versions, version: str) -> bool:
    return not version and any(v.version_id != NULL for v in versions)


def older(versions: Versions, version: str) -> bool:
    return version in [v.version_id for v in versions[1:]]


def unrestored(versions: Versions, _: StoredObject) -> Versions:
    return tuple(replace(v, retrieval=None) for v in versions)


def written_anew(versions: Versions, thing: StoredObject) -> Versions:
    made = replace(thing, version_id=f"{thing.version_id[:-4]}0000")
    return versions if thing.version_id == NULL else (made, *versions)


def brought_up(versions: Versions, thing: StoredObject) -> Versions:
    return (thing, *(v for v in versions if v is not thing))


OBJECT, LOST, MISLED, LOCKED_OUT = Damage.WRONG_OBJECT, Damage.LOST, Damage.MISLED, Damage.LOCKED_OUT

ROWS: Table = {
    (INFERRED, OBJECT): (
        ("all-cleaned", leaving(unrestored), "cleaning one version cleans all"),
        ("id-ignored", lambda vs, _: real(vs), "the current version is cleaned, whichever is named"),
        (
            "unnamed-restored",
            lambda vs, i: None if i else first_restored(vs, i),
            "without versionId the newest restored version is cleaned",
        ),
        ("unnamed-below-marker", lambda vs, i: None if i else real(vs), "a delete marker is looked through"),
        (
            "unnamed-oldest",
            lambda vs, i: vs[-1] if vs and not i else None,
            "without versionId the oldest version is cleaned",
        ),
        (
            "unknown-is-current",
            lambda vs, i: real(vs) if unknown(vs, i) else None,
            "an unknown versionId means the current version",
        ),
        ("other-cleaned", another, "of several versions one that is not named is cleaned"),
        ("judged-by-current", judged_by_current(), "the current version's state decides for all"),
        ("written-anew", leaving(written_anew), "a clean writes a new version"),
        ("brought-up", leaving(brought_up), "a version that is cleaned becomes the current one"),
        ("restore-moved", restore_inherited(move=True), "the restore moves on to what is put over an object"),
    ),
    (INFERRED, Damage.BREAKS): (
        (
            "unknown-500",
            refusing_version(unknown, errors.INTERNAL),
            "an unknown versionId is an internal error",
        ),
    ),
    (INFERRED, LOCKED_OUT): (
        ("older-missing", refusing_version(older, errors.NO_SUCH_VERSION), "an older version is not found"),
        (
            "null-refused",
            refusing_version(lambda _, i: i == NULL, errors.NO_SUCH_VERSION),
            "versionId=null is not found",
        ),
        ("id-demanded", refusing_version(unnamed, errors.NO_SUCH_VERSION), "a clean needs a versionId"),
    ),
    (INFERRED, Damage.MONEY): (
        ("older-stale", refusing_version(older, errors.FILE_STALE), "an older version counts as frozen"),
    ),
    (INFERRED, LOST): (
        (
            "older-lost",
            leaving(lambda vs, t: (t, *(v for v in vs if v.is_marker))),
            "a clean removes the other versions",
        ),
        ("marker-removed", marker_removed(), "a clean removes the delete marker"),
    ),
    (INFERRED, MISLED): (
        ("cleaned-again", cleaned_again(), "a version that was cleaned is cleaned again"),
        ("marker-cleaned", marker_cleaned(), "a delete marker is cleaned as an object"),
        (
            "listed-newest",
            listing(lambda vs, _: real(vs)),
            "the list shows the newest version's restore for all",
        ),
        ("listed-none", listing(lambda *_: None), "the list of versions shows no restore"),
        ("headed-newest", headed(), "HEAD shows the current version's restore for all"),
        ("other-id-answered", answering_id(), "the answer names the newest version, whichever was cleaned"),
    ),
    (INFERRED, Damage.READABLE): (
        (
            "restore-inherited",
            restore_inherited(move=False),
            "what is put over a restored object counts as restored",
        ),
    ),
}

MUTANTS: tuple[Mutant, ...] = mutants(
    "version", Family.VERSIONS, ROWS, of=finding, first={"all-cleaned": ("life-cycle-of-versions",)}
)
