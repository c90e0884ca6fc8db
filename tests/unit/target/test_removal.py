"""Removing what a run wrote: every version of exactly one name, and no success where that is unsure."""

import pytest

from pytest_oss_clean.oss.messages import Response
from pytest_oss_clean.target.ledger import read_versions, remove

LIST = b"""<?xml version="1.0"?>
<ListVersionsResult xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">
  <DeleteMarker><Key>run%2Fa%20b</Key><VersionId>marker</VersionId></DeleteMarker>
  <Version><Key>run%2Fa%20b</Key><VersionId>second</VersionId></Version>
  <Version><Key>run%2Fa%20b.source</Key><VersionId>of another name</VersionId></Version>
</ListVersionsResult>"""
NAME = "run/a b"


def removed(known, listed, refused=()):
    """Return what `remove` says, and which versions it deleted."""
    asked = []

    def delete(name, version):
        assert name == NAME
        asked.append(version)
        return Response(403 if version in refused else 204)

    return remove(NAME, known, delete, None if listed is None else lambda _: listed), asked


def test_versions_of_unknown_id_and_delete_markers_go_too_and_those_of_longer_names_stay():
    assert removed({"first"}, Response(200, body=LIST)) == (True, ["first", "marker", "second"])


def test_without_versions_the_object_is_deleted_by_its_name_alone():
    assert removed(set(), None) == (True, [""])


def test_where_no_version_was_written_nothing_is_deleted_for_that_would_leave_a_marker():
    assert removed(set(), Response(200, body=b"<ListVersionsResult/>")) == (True, [])


@pytest.mark.parametrize("listed", [Response(403), Response(200, body=b"no list"), Response(200)])
def test_versions_that_may_not_be_listed_are_no_success_unless_some_are_known(listed):
    assert removed(set(), listed) == (False, [])
    assert removed({"first"}, listed) == (True, ["first"])


def test_one_version_that_stays_is_no_success():
    assert removed({"first"}, Response(200, body=LIST), refused={"second"})[0] is False


def test_a_list_that_is_not_encoded_is_read_as_well():
    assert read_versions(Response(200, body=LIST.replace(b"%2F", b"/").replace(b"%20", b" ")), NAME) == [
        "second",
        "marker",
    ]
