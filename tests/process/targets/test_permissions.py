"""Targets whose key may do less than a run would like: what cannot be looked at is not tested, by name."""

from __future__ import annotations

import re

from pytest_oss_clean.emulator.errors import ErrorRow, OssError
from pytest_oss_clean.emulator.replies import Reply
from served_targets import EVERYTHING, failures, serving, unfolded

DENIED = ErrorRow(403, "AccessDenied", "You have no right to access this object.", "0003-00000001")


def denying(*patterns):
    """Refuse the requests whose method and target match."""

    def wrap(service):
        def sender(request):
            line = f"{request.method} {request.target}"
            if any(re.search(pattern, line) for pattern in patterns):
                return Reply(request.method, request.header("host") or "").refuse(OssError(DENIED))
            return service(request)

        return sender

    return wrap


ON_BUCKETS, TAGS, ACLS = r"^\w+ /[^/?]+/?(\?|$)", r"\?tagging", r"[?&]acl"
LACKING = {"list", "versions", "tags", "acl"}
PERMISSIONS = (
    *("oss:ListObjects", "oss:ListObjectVersions", "oss:GetObjectTagging", "oss:PutObjectTagging"),
    *("oss:GetObjectAcl", "oss:PutObjectAcl"),
)
LOOKING = ("-k", "test_page or test_claims or listed-after or listed-never or tags or acl or version-older")


def test_a_key_without_rights_on_buckets_tags_and_acls_passes_all_that_is_claimed(command_line):
    with serving(command_line, denying(ON_BUCKETS, TAGS, ACLS)) as server:
        done = server.check(*LOOKING, claims=EVERYTHING - LACKING)
        assert done.code == 6, "a part of the catalogue"
        assert ", none failed" in done.out
        assert done.counts["failed"] == done.counts["not tested"] == 0
        assert server.left() == {}


def test_what_is_claimed_and_may_not_be_done_fails_as_a_claim_alone_and_the_rest_names_the_permission(
    command_line,
):
    with serving(command_line, denying(ON_BUCKETS, TAGS, ACLS)) as server:
        done = server.check(*LOOKING)
        assert done.code == 1
        failed = failures(done.out)
        assert {case_id.partition("[")[0] for case_id in failed} <= {f"claim-{name}" for name in LACKING}
        assert all("403 AccessDenied" in text for text in failed.values())
        stopped = re.findall("^  not (?:tested|observed): (.*)$", unfolded(done.out), re.MULTILINE)
        assert len(stopped) > 3
        for cause in stopped:
            assert "403 AccessDenied" in cause
            assert any(f"the key may lack the permission {p}: " in cause for p in PERMISSIONS), cause
        assert server.left() == {}
