"""`oss-clean prove` in front of a running emulator."""

from pytest_oss_clean.emulator import Emulator


def prove_in_front(command_line, only, claims):
    """Return what the command did, and what it left behind."""
    with Emulator.start() as emulator:
        key = emulator.credentials
        done = command_line(
            "prove",
            "--target",
            emulator.endpoint,
            f"--only={only}",
            f"--oss-bucket={emulator.bucket}",
            "--oss-region=cn-hangzhou",
            f"--oss-claims={claims}",
            f"--oss-advance-url={emulator.control_url}/advance?seconds={{seconds}}",
            "--oss-settle-seconds=0",
            OSS_ACCESS_KEY_ID=key.key_id,
            OSS_ACCESS_KEY_SECRET=key.secret.reveal(),
        )
        left = emulator.inventory()
    return done, left
