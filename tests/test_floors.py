"""The floors of the house: imports point down, and a few libraries stay in one room each."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "pytest_oss_clean"

# Each floor has rooms; rooms of one floor do not know each other. Within a room a module may import
# those listed before it. An entry is a module or a whole package of pytest_oss_clean.
FLOORS = [
    # 0: pure
    [
        (
            "vocabulary secrecy naming message spelling signing verification answer altering asking evidence "
            "history matcher header_matchers document_matchers listing_matchers version_matchers contract "
            "tampering strategies effects probe_effects finding exchange operations verdict"
        )
    ],
    # 1: the client, the server and the demands: three witnesses
    ["connection flight transport reception client", "emulator", "contracts"],
    # 2: running a contract against a target, without pytest
    [
        (
            "files budget options values recording.provenance settings targetfile baseline ledger "
            "timecontrol pacing breaker removing target opening reaping steps speaking probing provision "
            "preflight looking outcome coverage_matrix racing generated runner deviations judging pool "
            "canary replay recording"
        )
    ],
    # 3: faces
    ["hooks report commandline recordings prove showing ending taping session plugin cli __init__"],
    # 4: the tests that are shipped
    ["contract-tests"],
]
PYTEST_FROM = 3

# Libraries that only these modules may import.
ROOMS_OF_LIBRARIES = {
    "httpx": {"client", "reception", "transport"},
    "httpcore": {"client", "transport"},
    "lxml": {"answer", "document_matchers", "emulator.documents", "operations", "prove.page"},
    "hypothesis": {"tampering", "strategies", "generated"},
    "click": {"cli", "commandline", "prove.command", "recordings"},
    "httptools": {"emulator.connection"},
    "vcr": {"recording.tape"},  # pytest-recording opens cassettes; one module says what is in them
}

PLACES = {
    entry: (level, room, position)
    for level, rooms in enumerate(FLOORS)
    for room, entries in enumerate(rooms)
    for position, entry in enumerate(entries.split())
}


def files():
    found = []
    for folder, prefix in ((ROOT / PACKAGE, ""), (ROOT / "contracts", "contracts.")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            module = prefix + ".".join(parts)
            found.append(pytest.param(module, path, id=module))
    return found


def entry_of(module):
    """The row of FLOORS that a module of the package belongs to, or None."""
    if module.startswith(("contracts.test_", "contracts.conftest")):
        return "contract-tests"
    return module if module in PLACES else next((e for e in PLACES if module.startswith(f"{e}.")), None)


def imports(tree):
    """Every imported name with its line, wherever in the file the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def modules_of_the_package():
    return {param.values[0].removesuffix(".__init__") for param in files()}


def target_of(imported, known):
    """The module of the package that an imported name lies in; a public name lies in __init__."""
    parts = imported.split(".")[1:]
    while parts and ".".join(parts) not in known:
        parts.pop()
    return ".".join(parts) or "__init__"


def problems(module, source, known=None):
    """Say what a module imports or does that its place in the house forbids."""
    known = modules_of_the_package() if known is None else known
    module = module if module == "__init__" else module.removesuffix(".__init__")
    entry = entry_of(module)
    if entry is None:
        return [f"{module} has no floor: add it to FLOORS in tests/test_floors.py, after what it imports"]
    tree = ast.parse(source)
    found = [(line, objection(module, entry, imported, known)) for imported, line in imports(tree)]
    if entry != "contract-tests":
        bare = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
        found += [(line, "has a bare assert, which pytest does not explain here") for line in bare]
    return [f"{module}:{line} {text}" for line, text in found if text]


def objection(module, entry, imported, known):
    """Say why a module must not import this, or None."""
    library = imported.split(".")[0]
    if imported.startswith("."):
        return f"imports {imported} relatively: a second copy in an editable install"
    if library in ("contracts", "tests", "_pytest"):
        return f"imports {imported}, which is not ours to import"
    if library == "pytest" and PLACES[entry][0] < PYTEST_FROM:
        return f"imports pytest below floor {PYTEST_FROM}"
    if not {entry, module} & ROOMS_OF_LIBRARIES.get(library, {entry}):
        return f"imports {library}, at home in {', '.join(sorted(ROOMS_OF_LIBRARIES[library]))}"
    other = entry_of(target_of(imported, known)) if library == PACKAGE else None
    if other in (None, entry) or is_below(other, entry):
        return None
    return f"imports {other}, which is not below it"


def is_below(other, entry):
    level, room, position = PLACES[other]
    own_level, own_room, own_position = PLACES[entry]
    return level < own_level or ((level, room) == (own_level, own_room) and position < own_position)


@pytest.mark.parametrize(("module", "path"), files())
def test_a_module_knows_only_what_is_below_it(module, path):
    assert problems(module, path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("naming", "from pytest_oss_clean import message"),
        ("naming", "from pytest_oss_clean.message import Answer"),
        ("naming", "import pytest_oss_clean.runner"),
        ("naming", "def f():\n    from pytest_oss_clean.runner import run"),
        ("naming", "if TYPE_CHECKING:\n    from pytest_oss_clean.runner import run"),
        ("naming", "from pytest_oss_clean import PublicName"),
        ("client", "from pytest_oss_clean.emulator.service import Service"),
        ("client", "from pytest_oss_clean.contracts import page"),
        ("emulator.service", "from pytest_oss_clean.client import Client"),
        ("emulator.service", "from pytest_oss_clean.contracts.page import PAGE"),
        ("contracts.page", "from pytest_oss_clean import emulator"),
        ("contracts.page", "from pytest_oss_clean.client import Client"),
        ("contracts.test_page", "from contracts.page import PAGE"),
        ("contracts.test_page", "from .page import PAGE"),
        ("contracts.conftest", "from . import page"),
        ("runner", "import pytest"),
        ("runner", "from pytest import fail"),
        ("runner", "from pytest_oss_clean.plugin import X"),
        ("runner", "import httpx"),
        ("plugin", "import _pytest.config"),
        ("plugin", "from _pytest.config import Config"),
        ("plugin", "import click"),
        ("emulator.server", "from lxml import etree"),
        ("plugin", "assert True"),
        ("plugin", "def f():\n    assert True"),
        ("newcomer", ""),
    ],
    ids=lambda text: " ".join(text.split()) or "empty",
)
def test_a_wrong_import_is_seen(module, source):
    known = {*PLACES, "emulator.service", "contracts.page"}
    assert len(problems(module, source, known)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("message", "from pytest_oss_clean import naming"),
        ("emulator.service", "from pytest_oss_clean.emulator.store import Store"),
        ("contracts.test_page", "import pytest\nfrom pytest_oss_clean.contracts import page\nassert page"),
        ("cli", "import click\nfrom pytest_oss_clean.runner import run"),
        ("client", "import httpx, ssl"),
        ("__init__", "from pytest_oss_clean.runner import run"),
    ],
    ids=lambda text: " ".join(text.split()),
)
def test_a_right_import_is_not_held_against_a_module(module, source):
    assert problems(module, source, {*PLACES, "emulator.store", "contracts.page"}) == []


def test_a_newcomer_is_told_where_to_go():
    assert "add it to FLOORS in tests/test_floors.py" in problems("newcomer", "")[0]
