"""The report of a run: as its schema says, whole, scrubbed, written once, whatever the run came to."""

import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest

from outcomes import CASE, CHECK, RIGHT, UNLIKE, WRONG, outcome
from plugin_runs import CONFUSED, CONTRACTS, INTERRUPTED, UNRESTORABLE, break_emulator, run
from pytest_oss_clean.contracts.catalogue import CASES
from pytest_oss_clean.errors import ConfigurationError
from pytest_oss_clean.oss.constants import Addressing
from pytest_oss_clean.oss.display import Display
from pytest_oss_clean.oss.secrets import Scrubber, Secret
from pytest_oss_clean.report import json_report
from pytest_oss_clean.report import junit_properties as properties
from pytest_oss_clean.report.files import may_write, write_whole
from pytest_oss_clean.report.finish import prepare
from pytest_oss_clean.report.gate.gate import GatedOutcome
from pytest_oss_clean.report.tally import Tally
from pytest_oss_clean.spec.evidence import Evidence
from pytest_oss_clean.spec.verdict import Verdict
from pytest_oss_clean.target.config.settings import Settings

pytest_plugins = ["pytester"]

SCHEMA = json_report.schema()
VALID = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
PAGE = ["-k", "test_page and ColdArchive-V4 and not Deep and (restor or already-cleaned)"]


def reported(pytester, *args):
    """Run with a report, and return the run and the report, which the schema describes."""
    path = pytester.path / "report.json"
    result = run(pytester, *CONTRACTS, "--oss-report", path, *args)
    data = json.loads(path.read_text(encoding="utf-8"))
    VALID.validate(data)
    assert data["exit"]["code"] == result.ret
    return result, data


def by_id(data):
    return {contract["id"]: contract for contract in data["contracts"]}


def a_report(*judged, settings=None, **tally):
    """A report of these outcomes, as if pytest had run them."""
    found = Tally(**tally)
    for each in judged:
        case_id = each.outcome.case.id
        found.verdicts[case_id] = each.outcome.verdict
        carried = [(properties.CONTRACT, case_id), *properties.encode(each, str)]
        found.details[case_id] = properties.decode(carried)[1]
    how = json_report.Run(began=datetime.now(UTC), edition="0.1", contract_set="0" * 64, exit_code=0)
    return json_report.report(found, settings or Settings(), how)


def test_the_schema_is_one_and_knows_every_verdict_and_evidence():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    verdicts = {str(verdict) for verdict in Verdict}
    assert set(SCHEMA["$defs"]["contract"]["properties"]["verdict"]["enum"]) == verdicts
    assert set(SCHEMA["properties"]["counts"]["properties"]) == verdicts
    assert set(SCHEMA["$defs"]["finding"]["properties"]["evidence"]["enum"]) == {str(e) for e in Evidence}
    addressing = SCHEMA["properties"]["target"]["properties"]["addressing"]["enum"]
    assert set(addressing) == {str(a) for a in Addressing}


@pytest.mark.parametrize("verdict", Verdict)
def test_a_report_with_any_verdict_is_as_the_schema_says(verdict):
    judged = GatedOutcome(outcome(WRONG, CHECK, UNLIKE, verdict=verdict, cause="c"), "reason", ("changed",))
    data = a_report(judged)
    VALID.validate(data)
    assert data["counts"][verdict] == 1
    (contract,) = data["contracts"]
    assert (contract["id"], contract["slug"], contract["verdict"]) == (CASE.id, "restored", verdict)
    assert (contract["cause"], contract["deviation"], contract["changes"]) == ("c", "reason", ["changed"])
    assert contract["findings"][0] == {
        "id": "answer",
        "evidence": "documented",
        "required": True,
        "observed": "500 InternalError",
        "problem": "status is 500, not 200",
        "says": "",
    }
    assert data["unlike"] == [{"id": CASE.id, "problem": UNLIKE.problem}]


@pytest.mark.parametrize(
    "spoil",
    [
        {"format": "oss-clean-report-2"},
        {"edition": "new"},
        {"contract_set": ""},
        {"began": "yesterday"},
        {"password": "x"},
        {"counts": {}},
    ],
    ids=str,
)
def test_the_schema_is_not_satisfied_with_anything(spoil):
    with pytest.raises(jsonschema.ValidationError):
        VALID.validate(a_report(GatedOutcome(outcome(RIGHT))) | spoil)


def test_odd_texts_stay_json_and_no_secret_stays():
    secret = 'se"cret\\of the run'
    odd = replace(WRONG, observed=f"{secret} \x00\ud800\N{SNOWMAN}", problem=f"it said {secret}")
    data = a_report(GatedOutcome(outcome(odd, cause=secret), secret))
    clean = Display(Scrubber([Secret(secret)])).data(data)
    VALID.validate(clean)
    text = json.dumps(clean)
    assert json.loads(text) == clean
    assert "of the run" not in text
    assert text.count("***") == 5


def test_a_green_run_is_reported_whole(pytester):
    result, data = reported(pytester, *PAGE)
    assert result.ret == 0
    assert data["exit"] == {
        "code": 0,
        "reason": f"PARTIAL: {len(data['contracts'])} of {len(CASES)} ran, none failed",
    }
    assert data["ran"] == {"contracts": len(data["contracts"]), "of": len(CASES), "more_than_once": {}}
    assert data["target"]["endpoint"] == "emulator"
    assert data["target"]["bucket"] == "oss-clean-emulator"
    assert data["began"] <= data["ended"]
    assert data["left_behind"] == []
    assert not {"key_id", "secret", "credentials"} & data["target"].keys()
    contract = by_id(data)["restored[ColdArchive-V4]"]
    assert contract["request_id"]
    assert {f["required"] for f in contract["findings"]} == {True, False}


def test_visits_to_cells_are_reported_also_by_workers(pytester):
    for workers in ((), ("-n", "2")):
        result, data = reported(pytester, *PAGE, *workers)
        visits = {(c["given"], c["operation"]): c["visits"] for c in data["cells"]}
        marks = {(c["given"], c["operation"]): c["mark"] for c in data["cells"]}
        assert visits["restoring", "clean"] == visits["never restored", "clean"] == 1
        assert visits["restored", "clean"] >= 2
        assert visits["expired", "clean"] == 0
        assert marks["restored", "clean"] == "documented"
        seen = sum(1 for count in visits.values() if count)
        result.stdout.fnmatch_lines(
            [f"oss-clean: {seen} of {len(visits)} cells of histories and operations visited,*"]
        )


def test_failures_and_their_causes_are_reported(pytester):
    break_emulator(pytester, CONFUSED)
    result, data = reported(pytester, "-k", "test_page and never-restored", "--oss-claims", "ColdArchive,V4")
    assert result.ret == 1
    found = by_id(data)
    wrong = found["never-restored[ColdArchive-V4]"]
    assert (wrong["verdict"], wrong["cause"]) == ("failed", "")
    assert wrong["findings"][0]["observed"] == "409 ArchiveRestoreFileFresh"
    assert wrong["findings"][0]["problem"] == "Code is ArchiveRestoreFileFresh, not ArchiveRestoreFileStale"
    other = found["never-restored[DeepColdArchive-V4]"]
    assert (other["verdict"], other["cause"]) == ("not claimed", "not claimed: DeepColdArchive")
    assert other["findings"] == []


def test_what_was_not_tested_is_let_pass_only_if_asked_and_said_plainly(pytester):
    break_emulator(pytester, UNRESTORABLE)
    both = ["-k", "test_page and (never-restored or already-cleaned) and ColdArchive-V4 and not Deep"]
    result, data = reported(pytester, *both)
    assert result.ret == 6
    stopped = by_id(data)["already-cleaned[ColdArchive-V4]"]
    assert stopped["verdict"] == "not tested"
    assert "restore of the frozen object: 503" in stopped["cause"]
    for workers in ([], ["-n", "2"]):
        result, data = reported(pytester, *both, "--oss-allow-incomplete", *workers)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["oss-clean: PASSED INCOMPLETE: 1 not tested, let pass by --oss-allow-*"])
        assert data["exit"]["reason"].startswith("PASSED INCOMPLETE")
    nothing, _ = reported(pytester, "-k", f"{PAGE[1]} and already", "--oss-allow-incomplete")
    assert nothing.ret == 6


def test_an_interrupted_run_is_reported_as_far_as_it_got(pytester):
    pytester.makeconftest(INTERRUPTED)
    result, data = reported(pytester, *PAGE)
    assert result.ret == 2
    assert data["exit"] == {"code": 2, "reason": "INTERRUPTED: no verdict"}
    assert sum(data["counts"].values()) == len(data["contracts"]) == 1
    assert data["contracts"][0]["findings"]


def test_a_run_without_contracts_is_no_green_report(pytester):
    result, data = reported(pytester, "-k", "misspelt")
    assert result.ret == 5
    assert data["exit"]["reason"] == "NO VERDICT: no contract ran"
    assert data["contracts"] == []


def test_a_folder_that_takes_no_file_is_a_usage_error(pytester):
    for path in ("none/report.json", "."):
        result = run(pytester, *CONTRACTS, "--oss-report", path)
        assert result.ret == 4
        result.stderr.fnmatch_lines([f"ERROR: oss-clean: --oss-report={path}: it *: name a file*"])


def test_a_report_that_cannot_be_written_in_the_end_is_no_green_run(pytester):
    (pytester.path / "out").mkdir()
    pytester.makepyfile(
        test_mine="""
        import shutil

        def test_mine():
            shutil.rmtree("out")
        """
    )
    result = run(
        pytester, *CONTRACTS, "test_mine.py", *PAGE[:1], f"{PAGE[1]} or mine", "--oss-report", "out/r.json"
    )
    assert result.ret == 3
    result.stdout.fnmatch_lines(["*out/r.json could not be written: No such file*", "*NO VERDICT*(exit 3)*"])


def test_a_file_is_replaced_whole_or_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    write_whole(path, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "text"


def test_only_files_of_ours_and_empty_ones_are_overwritten(tmp_path):
    for name, content in (("ours", '{"format": "f"}'), ("empty", ""), ("none", None)):
        if content is not None:
            (tmp_path / name).write_text(content, encoding="utf-8")
        may_write("--x", tmp_path / name, "f")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "notes").write_text("my notes", encoding="utf-8")
    for name in ("pipe", "notes"):
        with pytest.raises(ConfigurationError, match="it exists and is no f"):
            may_write("--x", tmp_path / name, "f")


def test_preparing_removes_the_report_of_an_earlier_run_but_no_baseline(tmp_path):
    report, baseline = tmp_path / "r.json", tmp_path / "b.json"
    report.write_text(json.dumps({"format": json_report.FORMAT}), encoding="utf-8")
    baseline.write_text('{"format": "oss-clean-baseline-1"}', encoding="utf-8")
    prepare(Settings(report=report, write_baseline=baseline))
    assert not report.exists()
    assert baseline.exists()


def test_junit_stays_xml_and_carries_what_the_report_has(pytester):
    odd = 'replace(answer, body=answer.body.replace(b"FileStale", "\\x07]]>&<\\u2603".encode()))'
    break_emulator(pytester, odd)
    text = "never-restored[ColdArchive-V4]"
    pytester.makefile(
        ".toml", known=f"[[deviation]]\ncontract = '{text}'\nreason = '<&]]>'\nseen.answer = 'x'"
    )
    args = ["-k", f"{PAGE[1]} and never", "--oss-deviations", "known.toml", "--junitxml", "out.xml"]
    result, data = reported(pytester, *args)
    assert result.ret == 1
    (case,) = ET.parse(pytester.path / "out.xml").getroot().iter("testcase")
    carried = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert carried[properties.VERDICT] == "failed"
    findings = json.loads(carried[properties.FINDINGS])
    assert findings[0]["observed"] == by_id(data)[text]["findings"][0]["observed"]
    assert carried[properties.CAUSE].startswith("the deviation listed saw answer 'x'; now answer ")
