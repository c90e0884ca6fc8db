"""Templates in the judged request are filled, and everything else stays as it was written."""

from pytest_oss_clean.spec.request import NAME, SOURCE, RequestTemplate


def test_a_plain_request_names_the_object():
    operation = RequestTemplate().of("run/a b", "bucket", "home")
    assert (operation.method, operation.bucket, operation.name) == ("POST", "home", "run/a b")
    assert operation.query == (("cleanRestoredObject", None),)


def test_values_of_query_and_headers_are_templates_and_the_body_is_not():
    ask = RequestTemplate(
        method="PUT",
        query=(("prefix", NAME), ("acl", None)),
        headers=(("x-oss-copy-source", SOURCE), ("x-other", NAME)),
        body=NAME.encode(),
        name=f"{NAME}.copy",
    )
    operation = ask.of("run/a b", "bucket", "other")
    assert operation.bucket == "other"
    assert operation.name == "run/a b.copy"
    assert operation.query == (("prefix", "run/a b"), ("acl", None))
    assert operation.headers == (("x-oss-copy-source", "/bucket/run/a%20b"), ("x-other", "run/a b"))
    assert operation.body == NAME.encode()


def test_a_request_for_a_bucket_names_no_object_and_a_version_comes_last():
    assert not RequestTemplate(name="").of("run/a", "home", "home").name
    assert RequestTemplate().of("run/a", "home", "home", "v1").query[-1] == ("versionId", "v1")
