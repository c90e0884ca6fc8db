"""How many files of the package one signed clean runs through: what a reader must follow."""

from pytest_oss_clean.target.config.settings import read_settings
from pytest_oss_clean.target.open import open_embedded
from tracing import stays

MOST_FILES, MOST_CHANGES = 10, 20


def test_a_signed_clean_enters_few_files_and_seldom_changes_between_them():
    with open_embedded(read_settings({}, {}), "traced") as target:
        client = target.client("traced")
        name = client.name("object")
        client.put(name, b"content")
        client.clean(name)  # opens the connection, loads what is loaded late
        files = stays(lambda: client.clean(name))
        client.remove(name)
    assert client.last.response.succeeded
    assert {"oss/signing.py", "target/http/network.py", "target/limits.py"} < set(files)
    assert len(set(files)) <= MOST_FILES
    assert len(files) - 1 <= MOST_CHANGES
