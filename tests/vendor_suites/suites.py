"""The vendors' suites: how each is run, and which of its tests need the cloud itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

NOBODY = "acs:ram::1000000000000000:role/nobody"


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite: its files, environment and command, and why tests need the cloud, by their ids."""

    title: str
    folder: str
    pattern: str
    environment: Callable[[Mapping[str, str]], dict[str, str]]
    command: Callable[[str, Path, list[str]], list[str]]
    cloud_only: Mapping[str, str] = field(default_factory=dict)
    builds_on: Mapping[str, str] = field(default_factory=dict)
    """Tests that look at what a test before them made, and the operation for that, which is not modelled."""
    tried: str = ""
    """Part of the targets that each test's set-up tries: that they are not modelled decides nothing."""

    def files(self, checkout: Path) -> list[str]:
        """Return the files with tests, from the root of the checkout."""
        found = (checkout / self.folder).rglob(self.pattern)
        return sorted(str(path.relative_to(checkout)) for path in found)


def _pytest(python: str, here: Path, files: list[str]) -> list[str]:
    options = ["-q", "-p", "no:cacheprovider", "-p", "pytest_record", "--timeout", "300"]
    return ["env", f"PYTHONPATH=.:{here}", python, "-m", "pytest", *options, *files]


def _mocha(_: str, here: Path, files: list[str]) -> list[str]:
    record = ["--reporter", str(here / "mocha_record.js")]
    return ["node_modules/.bin/mocha", "-t", "60000", "-r", "should", *record, "--exit", *files]


def _process(python: str, here: Path, files: list[str]) -> list[str]:
    return [python, str(here / "process_record.py"), *files]


def _python(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "TZ": "CST-8",  # test_bucket_lifecycle_client.py expects the day in China
        "OSS_TEST_ACCESS_KEY_ID": settings["OSS_ACCESS_KEY_ID"],
        "OSS_TEST_ACCESS_KEY_SECRET": settings["OSS_ACCESS_KEY_SECRET"],
        "OSS_TEST_ENDPOINT": settings["OSS_ENDPOINT"],
        "OSS_TEST_VECTORS_ENDPOINT": settings["OSS_ENDPOINT"],
        "OSS_TEST_REGION": settings["OSS_REGION"],
        "OSS_TEST_RAM_ROLE_ARN": NOBODY,
        "OSS_TEST_USER_ID": "1000000000000000",
        "OSS_TEST_UID": "1000000000000000",
        "OSS_TEST_RAM_UID": "1000000000000000",
        "OSS_TEST_PAYER_ACCESS_KEY_ID": "payer",
        "OSS_TEST_PAYER_ACCESS_KEY_SECRET": "payer",
        "OSS_TEST_PAYER_UID": "1000000000000001",
        "OSS_TEST_STS_ID": "sts",
        "OSS_TEST_STS_KEY": "sts",
        "OSS_TEST_STS_ARN": NOBODY,
        "OSS_TEST_CNAME": "127.0.0.1",
    }


def _go_v2(settings: Mapping[str, str]) -> dict[str, str]:
    return {**_python(settings), "OSS_TEST_DATAPROCESS_BUCKET": settings["OSS_BUCKET"]}


def _php_v1(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        **_python(settings),
        **{name: settings[name] for name in ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_BUCKET")},
        "OSS_TEST_CALLBACK_URL": "http://127.0.0.1/callback",
        "OSS_TEST_PATHSTYLE_BUCKET": settings["OSS_BUCKET"],
    }


def _oss2(settings: Mapping[str, str]) -> dict[str, str]:
    """Name the endpoint as OSS does: tests take it apart, or name other regions."""
    return {**_python(settings), "OSS_TEST_ENDPOINT": f"http://oss-{settings['OSS_REGION']}.aliyuncs.com"}


def _node(settings: Mapping[str, str]) -> dict[str, str]:
    return {
        "ALI_SDK_OSS_ID": settings["OSS_ACCESS_KEY_ID"],
        "ALI_SDK_OSS_SECRET": settings["OSS_ACCESS_KEY_SECRET"],
        "ALI_SDK_OSS_REGION": f"oss-{settings['OSS_REGION']}",
        "ALI_SDK_STS_ID": "sts",
        "ALI_SDK_STS_SECRET": "sts",
        "ALI_SDK_STS_ROLE": NOBODY,
        "ALI_SDK_STS_BUCKET": settings["OSS_BUCKET"],
    }


PYTHON_V2 = {
    "integration/tables/": "tables have an endpoint of their own, oss-tables, in the cloud",
    "integration/vector/": "vectors have an endpoint of their own in the cloud",
}

OSS2 = {
    r"kms\.[a-z-]+\.aliyuncs\.com is not this machine": "keys come from kms.aliyuncs.com",
    r"location-readonly\.aliyuncs\.com is not this machine": "the address of KMS comes from the cloud",
    r"sts\.[a-z-]+\.aliyuncs\.com is not this machine": "credentials come from sts.aliyuncs.com",
    "zh_CN_locale": "the locale zh_CN is not installed on this machine",
    r"TestObject::test_(default_)?timeout": "expects that no connection is made within a millisecond",
    "TestApiBase::test_https": "the emulator speaks no TLS",
    "TestApiBase::test_cname": "a domain of one's own is bound to a bucket in the cloud",
}

ALI_OSS = {
    r"sts\.test\.js.*iterate": "credentials come from sts.aliyuncs.com",
    "should list buckets by group id": "the group comes from resourcemanager.aliyuncs.com",
}

ALI_OSS_BUILDS_ON = {"should return Field array when Field value": "PutBucketInventory"}

GO_V2 = {
    "TestGetBucketInfo": "expects endpoints in aliyuncs.com, and the emulator names its own",
    "TestPresignWithStsToken": "credentials come from sts.aliyuncs.com",
    "TestAddressingModePathStyle": "credentials come from sts.aliyuncs.com",
    "TestAsyncProcessObject": "its video comes from oss-cn-hangzhou.aliyuncs.com",
    "oss/tables/": "tables have an endpoint of their own, oss-tables, in the cloud",
    "oss/vectors/": "vectors have an endpoint of their own in the cloud",
}

PHP_V1 = {
    r"Could not resolve host: www\.baidu\.com": "reads a page of the internet",
    r"Could not resolve host: [a-z0-9-]+\.oss-ap-southeast-1": "makes a bucket in another region",
    r"StsClient\.php": "credentials come from sts.aliyuncs.com",
    "testSetProxyAndTimeout|testProxySupport": "needs a proxy",
    r"::testForcePathStyle\n": "expects that path-style is refused, which the emulator accepts",
}

SUITES: Mapping[str, Suite] = {
    "python-v2": Suite(
        "Python SDK v2, integration", "tests/integration", "test_*.py", _python, _pytest, PYTHON_V2
    ),
    "oss2": Suite("oss2 (Python SDK v1)", "tests", "test_*.py", _oss2, _pytest, OSS2, tried="kms-id-object"),
    "go-v2": Suite("Go SDK v2, integration", "oss", "client_integration_test.go", _go_v2, _process, GO_V2),
    "php-v1": Suite("PHP SDK v1", "tests/OSS/Tests", "*Test.php", _php_v1, _process, PHP_V1),
    "ali-oss": Suite(
        "ali-oss (Node.js)", "test/node", "*.test.js", _node, _mocha, ALI_OSS, ALI_OSS_BUILDS_ON
    ),
}
