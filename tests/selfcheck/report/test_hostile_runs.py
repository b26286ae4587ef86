"""Real runs over hostile data: nothing of it runs, breaks a file or hides, wherever the result is shown."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.selfcheck.project import Project
from tests.selfcheck.report.browser import browser, find_chromium

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[3]
SCRIPT = "<script>window.ran = 1</script>"
IMAGE = '"><img src=x onerror="window.ran = 2">'
ROWS = """
create table public.t (n integer, provider text);
insert into public.t values (1, '<script>window.ran = 1</script>'),
  (2, '"><img src=x onerror="window.ran = 2">'), (3, '</script></style></title></details>'),
  (4, E'\\x1b[2J\\x07\\u202e'), (5, ']]> & <![CDATA[');
"""
GATE = """\
-- title:    no provider is hostile
-- prevents: a report that attacks its reader
-- section:  1.4
-- checks:   RG-2
-- severity: error
-- phase:    verify
-- requires: public.t
-- evidence: rows
select provider as object, 'found ' || provider as detail, 'remove ' || provider as remedy,
  '{outcome}' as outcome
from public.t
"""
ATTACHED = """
import pytest
import pytest_html

HOSTILE = ["<script>window.ran = 3</script>", "'\\"><img src=x onerror=window.ran=4>", "::error::x"]

@pytest.mark.parametrize("provider", HOSTILE, ids=HOSTILE)
@pytest.mark.gate("own-{provider}", title="it holds of {provider}", prevents="<b>nothing</b>")
def test_own(gate, rehearsed, provider, extras, record_property):
    record_property("provider", provider)
    gate.show("looked-at", provider, ("n", provider), [(provider, 1)])

@pytest.mark.parametrize("provider", HOSTILE, ids=HOSTILE)
def test_attaches(extras, provider):
    print(provider)
    extras.append(pytest_html.extras.url("javascript:window.ran=5", name=provider))
    extras.append(pytest_html.extras.url(f"https://example.test/{provider}", name=provider))
    extras.append(pytest_html.extras.html(provider))
    extras.append(pytest_html.extras.text(provider, name=provider))
    extras.append(pytest_html.extras.json({"provider": provider}, name=provider))
    assert provider == "", provider
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    made = Project(pytester)
    made.write("migration.sql", ROWS)
    made.write("gates/things/one-row.sql", GATE.format(outcome="FAIL"))
    return made


def page_of(project: Project) -> Path:
    (path,) = (project.pytester.path / "reports").glob("*/report.html")
    return path


def test_hostile_rows_ids_and_attachments_run_nothing_in_the_report(project, tmp_path):
    project.pytester.makepyfile(test_attached=ATTACHED)
    result = project.run("--metadata", "branch", SCRIPT, "--metadata", IMAGE, "x")
    assert result.ret == 1
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert "\x1b" not in result.stdout.str()
    record = project.record()
    assert record["shown"] == len(record["gates"]) == record["planned"]
    program = find_chromium()
    if program is None:
        pytest.skip("no chromium on this machine: the page was not opened in a browser")
    with browser(program, tmp_path / "profile") as running:
        page = running.open(page_of(project))
        page.run("document.getElementById('show_all_details').click()")
        page.settle()
        assert page.run("window.ran") is None
        assert page.errors() == []
        assert len(page.requests()) == 1
        text = page.run("document.body.textContent")
        assert SCRIPT in text
        assert IMAGE in text
        for found in ("article", ".collapsible", ".extra", "#environment"):
            scripts = f"document.querySelectorAll('{found} script, {found} img[onerror]').length"
            assert page.run(scripts) == 0, found
        assert page.run("document.querySelectorAll('a[href^=\"javascript:\"]').length") == 0


@pytest.mark.parametrize("outcome", ["FAIL", "HOLD"])
def test_junit_and_ctrf_say_what_the_record_says(project, outcome):
    project.write("gates/things/one-row.sql", GATE.format(outcome=outcome))
    project.gate("two-rows", severity="warning")
    project.pytester.makepyfile(
        test_own="""
        import pytest
        @pytest.mark.gate("own", title="it holds", prevents="nothing")
        def test_own(gate, rehearsed):
            gate.show("looked-at", "<&]]>", ("n",), [("\\x1b[2J\\x00<script>",)])
        @pytest.mark.gate("skipped", title="it is asked", prevents="nothing")
        def test_skipped(gate, rehearsed):
            pytest.skip("<not> today & ever")
        """
    )
    result = project.run("--junitxml=junit.xml", "--ctrf", "ctrf.json")
    record = project.record()
    failed = sum(
        gate["severity"] == "error" and gate["outcome"] not in ("PASS", "WAIVED") for gate in record["gates"]
    )
    assert failed == 2
    assert result.ret == (10 if outcome == "HOLD" else 1)

    suite = ElementTree.parse(project.pytester.path / "junit.xml").getroot()[0]  # noqa: S314
    assert int(suite.get("tests", 0)) == len(record["gates"]) == 4
    assert int(suite.get("failures", 0)) + int(suite.get("errors", 0)) == failed
    assert int(suite.get("skipped", 0)) == 0

    ctrf = json.loads((project.pytester.path / "ctrf.json").read_text())
    summary = ctrf["results"]["summary"]
    assert (summary["tests"], summary["failed"], summary["skipped"]) == (4, failed, 0)
    assert {test["status"] for test in ctrf["results"]["tests"] if "one-row" in test["name"]} == {"failed"}


def test_github_obeys_our_annotations_and_nothing_of_a_database(project, monkeypatch):
    summary = project.pytester.path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.pytester.path))
    project.write(
        "migration.sql", ROWS + "update public.t set provider = E'::warning::\\n::error::' || provider;"
    )
    gate = GATE.format(outcome="FAIL").replace("'found ' || provider", "provider")
    project.write("gates/things/one-row.sql", gate)
    lines = [line.strip() for line in project.run().outlines]
    assert any(line.startswith("::warning::") for line in lines)  # GitHub would take it for a command
    assert lines[0].startswith("::stop-commands::")
    resume = lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    place = "file=sql/gates/things/one-row.sql,title=FAIL%3A one-row on staging"
    assert [line.partition(" on staging::")[0] + " on staging" for line in lines[resume + 1 :]] == [
        f"::error {place}"
    ]
    text = summary.read_text()
    assert text.startswith("## NO-GO: things\n")
    assert not re.search(r"<(?!/?code>)", text)


LOSES = {
    "drawn": """
import rollgate.report.html as html
whole = html._chapters
html._chapters = lambda gates: whole(gates[1:])
""",
    "written": """
import pytest
@pytest.hookimpl(trylast=True)
def pytest_html_results_summary(prefix):
    prefix[:] = [part.replace('<section class="result ', '<section class="lost ', 1) for part in prefix]
""",
    "raised": """
import rollgate.plugin.recorder as recorder
def draw_details(record):
    raise ValueError("<b>no")
recorder.draw_details = draw_details
""",
}


@pytest.mark.parametrize("way", LOSES)
def test_a_report_that_loses_a_result_keeps_its_run_from_go(project, way):
    project.write("migration.sql", "create table public.t (n integer, provider text);")
    assert project.run().ret == 0
    assert [folder.name for folder in project.left()] != []
    for folder in project.left():
        (folder / "record.json").unlink()
    project.pytester.makeconftest(LOSES[way])
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(["INCOMPLETE  *"])
    assert project.record()["verdict"] == "INCOMPLETE"
    page = project.left()[-1] / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "Don't rely on this" in text
    assert "INCOMPLETE" in text
    assert "<strong>GO</strong>" not in text.partition("INCOMPLETE")[0]
