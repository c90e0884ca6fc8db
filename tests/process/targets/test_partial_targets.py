"""Targets that do part of what OSS does: what is not there is named, the rest has its verdict."""

from __future__ import annotations

import re

from pytest_oss_clean.emulator.lifecycle import LifeCycle
from pytest_oss_clean.mutation.faults.response_edits import without
from served_targets import EVERYTHING, failures, serving

SOME = ("-k", "test_page or test_existence")
ALL_HISTORIES = ("-k", "test_page or test_histories or test_existence")
PAGE = ("-k", "test_page")


def ignoring_the_class(service):
    """Store everything as class Standard, and say so."""

    def sender(request):
        return service(
            type(request)(
                request.method,
                request.target,
                tuple(h for h in request.headers if h[0].lower() != "x-oss-storage-class"),
                request.body,
                request.endpoint,
            )
        )

    return sender


def test_a_target_that_does_not_show_the_class_is_told_so_once_and_what_needs_none_is_tested(command_line):
    def hiding(service):
        return lambda request: without(service(request), "x-oss-storage-class")

    with serving(command_line, hiding) as server:
        done = server.check(*SOME)
        assert done.code == 6
        assert not failures(done.out), done.out
        assert done.counts["passed"] + done.counts["observed"] >= 1, (
            "objects that were never put need no class"
        )
        assert any("does not claim the class" in cause for cause in done.causes)
        assert all("x-oss-storage-class is absent, not " in cause for cause in done.causes), done.causes
        assert len(done.causes) <= 4, "one line for each class"
        assert server.left() == {}


def test_a_target_that_restores_at_once_passes_what_such_a_target_can_show(command_line):
    with serving(command_line, life_cycle=LifeCycle().taking(0)) as server:
        done = server.check(*ALL_HISTORIES, claims=EVERYTHING | {"instant-restore"})
        assert done.code == 6, "a part of the catalogue"
        assert ", none failed" in done.out
        assert done.counts["failed"] == done.counts["not tested"] == 0
        assert "not claimed: not instant-restore" in done.out
        assert server.left() == {}


def test_a_target_that_restores_at_once_and_does_not_say_so_is_told(command_line):
    with serving(command_line, life_cycle=LifeCycle().taking(0)) as server:
        done = server.check(*SOME)
        assert done.code == 6
        assert not failures(done.out), done.out
        assert any("a target that restores at once claims instant-restore" in c for c in done.causes)
        assert done.counts["passed"] > done.counts["not tested"]
        assert server.left() == {}


def test_a_target_whose_restores_never_end_is_not_waited_for_again_and_again(command_line):
    with serving(command_line, life_cycle=LifeCycle().taking(10**9)) as server:
        done = server.check(*SOME)
        assert done.code == 6
        assert not failures(done.out), done.out
        ended = [
            cause
            for cause in done.causes
            if "did not complete within 5 s after the clock was moved by" in cause
        ]
        assert ended
        assert done.counts["passed"] >= 4
        assert done.counts["not tested"] >= 8
        assert server.left() == {}


def refusing_v1(service):
    """Take V4 alone, as OSS does of new keys since 2025."""

    def sender(request):
        old = (request.header("authorization") or "").startswith(
            "OSS "
        ) or "OSSAccessKeyId=" in request.target
        if old:
            request = type(request)(
                request.method,
                request.target.partition("?")[0],
                tuple(h for h in request.headers if h[0].lower() != "authorization"),
                b"",
                request.endpoint,
            )
        return service(request)

    return sender


def test_a_target_without_v1_passes_when_v1_is_not_claimed_and_fails_on_v1_alone_when_it_is(command_line):
    with serving(command_line, refusing_v1) as server:
        done = server.check(*PAGE, claims=EVERYTHING - {"V1"})
        assert done.code == 6, "a part of the catalogue"
        assert ", none failed" in done.out
        assert re.search(r"not claimed: V1: .*-V1\]", done.out)
        done = server.check(*PAGE)
        assert done.code == 1
        assert done.counts["failed"] == done.counts["passed"] == 8
        for case_id, text in failures(done.out).items():
            assert case_id.endswith("-V1]")
            assert "status is 403, not " in text
            assert "(V1, path-style" in text
        assert server.left() == {}


def test_a_path_style_target_that_is_asked_virtual_hosted_is_told_which_option_does_not_fit(command_line):
    with serving(command_line) as server:
        way = ("--oss-connect-to", f"127.0.0.1:{server.endpoint.port}", "--oss-addressing", "virtual")
        where = server.arguments(*PAGE, *way)
        where[1] = "http://oss.example.test"
        done = server.run(where)
        assert done.code == 6
        (cause,) = done.causes
        assert cause.startswith('PUT of a small object: 404 NoSuchBucket; the server says "')
        assert "--oss-addressing is virtual" in cause
        assert len(server.requests) < 5


def test_a_bucket_that_is_not_there_is_named(command_line):
    with serving(command_line) as server:
        done = server.check(*PAGE, "--oss-bucket", "another-bucket")
        assert done.code == 6
        (cause,) = done.causes
        assert '404 NoSuchBucket; the server says "The specified bucket does not exist."' in cause
        assert "--oss-bucket another-bucket is not there, or not looked for" in cause
        assert len(server.requests) < 5
