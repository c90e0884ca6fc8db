"""Claims of a target are checked in a bucket whose default class is a cold one, too."""

from __future__ import annotations

from pytest_oss_clean.emulator import Emulator
from pytest_oss_clean.oss.constants import StorageClass

CLAIMS = "ColdArchive,V4,copy,second-bucket,versions"


def test_claims_hold_where_objects_are_cold_unless_they_name_a_class(command_line):
    with Emulator.start(second_bucket="second-bucket", versioned_bucket="versioned-bucket") as emulator:
        for bucket in emulator.service.store.buckets.values():
            bucket.storage_class = StorageClass.COLD_ARCHIVE
        done = command_line(
            *(
                "check",
                str(emulator.endpoint),
                "--color=no",
                "--oss-settle-seconds",
                "0",
                "-k",
                "claim-",
                "--oss-claims",
                CLAIMS,
            ),
            *("--oss-advance-url", f"{emulator.control_url}/advance?seconds={{seconds}}"),
            *("--oss-second-bucket", "second-bucket", "--oss-versioned-bucket", "versioned-bucket"),
            OSS_ACCESS_KEY_ID=emulator.credentials.key_id,
            OSS_ACCESS_KEY_SECRET=emulator.credentials.secret.reveal(),
            OSS_REGION=emulator.region,
            OSS_BUCKET=emulator.bucket,
        )
    assert "0 failed, 0 not tested" in done.out, done.out
    assert "claim-copy" not in done.out
