"""Removing what a run wrote of one name: the object, or every version of it and every delete marker."""

from __future__ import annotations

from collections.abc import Callable, Collection
from urllib.parse import unquote

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.oss.responses import parse_xml

NOT_FOUND = 404


def remove(
    name: str,
    versions: Collection[str],
    delete: Callable[[str, str], Response],
    list_versions: Callable[[str], Response] | None,
) -> bool:
    """Delete an object, given the versions that are known; tell whether nothing of it stays.

    A put that nobody saw answered left a version of unknown id, so where there are versions they are
    listed as well. A delete without version id would only add a delete marker there.
    """
    found = set(versions)
    if list_versions is not None:
        listed = read_versions(list_versions(name), name)
        if listed is None and not found:
            return False
        found.update(listed or ())
    ids = sorted(found) if list_versions is not None else sorted(found) or [""]
    responses = [delete(name, version) for version in ids]
    return all(response.succeeded or response.status == NOT_FOUND for response in responses)  # gone already


def read_versions(response: Response, name: str) -> list[str] | None:
    """Return the ids of versions and delete markers of one name; None where the answer is no such list."""
    root = parse_xml(response.body) if response.succeeded and response.body else ""
    if isinstance(root, str):
        return None
    entries = [*root.iterfind("{*}Version"), *root.iterfind("{*}DeleteMarker")]
    return [
        entry.findtext("{*}VersionId") or ""
        for entry in entries
        if name in (entry.findtext("{*}Key"), unquote(entry.findtext("{*}Key") or ""))
    ]
