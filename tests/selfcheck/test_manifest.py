"""The manifest: what is wrong is named by file, key, found and needed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rollgate.errors import UsageError
from rollgate.release import BUILTIN, MANIFEST_NAME, load_release


@pytest.fixture
def sql(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN, tmp_path / "sql"))


def rewrite(sql: Path, old: str, new: str) -> None:
    manifest = sql / MANIFEST_NAME
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new, 1))


def test_the_shipped_manifest_loads():
    release = load_release(BUILTIN)
    assert list(release.topologies) == ["staging", "prod", "single-db"]
    assert release.topologies["single-db"].routes == ("prod",)
    assert {file.role for file in release.files} == {"migration", "overlay", "rollback"}
    assert release.soak_hours == 24


@pytest.mark.parametrize(
    ("old", "new", "key", "found", "needed"),
    [
        ('name  = "phase2"', "name  = 2", "release.name", "a whole number", "a text"),
        ('name  = "phase2"', 'name  = "Phase 2"', "release.name", "'Phase 2'", "lower-case words"),
        ('name  = "phase2"\n', "", "release.name", "no such key", "a value"),
        ("format = 1", "format = 2", "format", "2", "1, the format"),
        ("format = 1", "format = 1\nfomat = 1", "fomat", "nothing reads", "one of "),
        ("soak_hours        = 24", "soak_hour = 24", "windows.soak_hour", "nothing reads", "one of "),
        ("soak_hours        = 24", "soak_hours = 0", "windows.soak_hours", "0", "more than 0"),
        ("soak_hours        = 24", 'soak_hours = "24"', "windows.soak_hours", "a text", "a whole number"),
        ("{ min = 0.99 }", "{ min = 99 }", "thresholds.schema_valid_rate", "99", "a share from 0 to 1"),
        ("{ min = 0.99 }", "{ min = 0.9, max = 1 }", "thresholds.schema_valid_rate", "2 bounds", "either"),
        ("{ min = 0.99 }", "{}", "thresholds.schema_valid_rate", "0 bounds", "either min or max"),
        ("{ max = 45000 }", "{ max = -1 }", "thresholds.p95_latency_ms", "-1", "milliseconds"),
        ("{ min = 0.99 }", "{ min = nan }", "thresholds.schema_valid_rate", "nan", "a share"),
        ('routes     = ["staging"]', "routes = []", "topologies.staging.routes", "[]", "environments"),
        ('routes     = ["staging"]', 'routes = "x"', "topologies.staging.routes", "a text", "a list"),
        ('routes     = ["prod"]\n', "", "topologies.prod.routes", "no such key", "a value"),
        ('dsn        = "PROD', 'dns = "x"\ndsn = "PROD', "topologies.prod.dns", "nothing reads", "one of "),
        ("{ max = 45000 }", '{ max = "45 s" }', "thresholds.p95_latency_ms.max", "a text", "a number"),
        (
            'integer-id     = ["b',
            'integer-id = [1, "b',
            "baselines.integer-id[0]",
            "a whole number",
            "a text",
        ),
        ('"STAGING_DATABASE_URL"', '"postgresql://u:hunter2@h/d"', "topologies.staging.dsn", "", "variable"),
        ("postgres = [17, 15]", "postgres = [13]", "release.postgres", "[13]", "from 15 on"),
        (
            '"rollback/p0_rollback.sql"',
            '"rollback/gone.sql"',
            "topologies.staging.rollback",
            "gone.sql",
            "a file",
        ),
        ('["gates"]', '["gatez"]', "gates.folders", "gatez", "a folder"),
        ("clean          = ", "clear = ", "rehearsal.baselines", "clear", "clean"),
        ("format = 1", "format = ", "release.toml", "Invalid value", "TOML"),
        ('["clean", "narrow', '["tidy", "narrow', "rehearsal.with_each_topology", "tidy", "a starting state"),
        ("min_rows           = 100", "min_rows = 0", "soak.min_rows", "0", "more than 0"),
        ('table   = "public', 'table   = "Public', "soak.table", "Public", "schema.table"),
        ('time    = "created_at"', 'time = "created at"', "soak", "created at", "a column"),
        (
            'sources = ["gen',
            'topologies = ["test"]\nsources = ["gen',
            "soak.topologies",
            "test",
            "a topology",
        ),
        (
            '{ key = "patchApplySuccess" }',
            "{}",
            "soak.guardrails.patch_apply_success",
            "no source",
            "a column",
        ),
        ('action = "take custom out"', 'action = "wait"', "soak.guardrails", "wait", ""),
        (
            "safety_html_tailwind_compliance = { min",
            "safety_html_tailwind_complience = { min",
            "thresholds.safety_html_tailwind_complience",
            "nothing judges",
            "safety_html_tailwind_compliance",
        ),
        (
            'fallback_rate  = { column = "fallback_used"',
            'fallback_rat  = { column = "fallback_used"',
            "soak.guardrails.fallback_rat",
            "no threshold",
            "fallback_rate",
        ),
        (
            "fallback_rate                   = { max = 0.25 }\n",
            "",
            "soak.guardrails.fallback_rate",
            "no threshold",
            "p95_latency_ms",
        ),
    ],
)
def test_a_mistake_is_named(sql, old, new, key, found, needed):
    rewrite(sql, old, new)
    with pytest.raises(UsageError) as caught:
        load_release(sql)
    error = caught.value
    assert key in error.where
    assert str(sql / MANIFEST_NAME) in error.where
    assert found in error.found
    assert needed in error.needed
    assert error.fix
    assert "hunter2" not in str(error)


def test_every_starting_state_meets_the_first_topology_and_in_ci_each():
    release = load_release(BUILTIN)
    everything = tuple(release.baselines)
    assert release.starting_states("staging", thorough=False) == everything
    assert release.starting_states("single-db", thorough=False) == ("clean", "narrow-configs", "half-applied")
    assert release.starting_states("single-db", thorough=True) == everything


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(UsageError, match="--release") as caught:
        load_release(tmp_path / "release.toml")
    assert str(tmp_path) in caught.value.where


def test_an_expiry_that_is_no_date_is_named(sql):
    waiver = 'gate = "x"\nobject = "y"\nreason = "z"\napprover = "the release lead"\nexpires = "soon"\n'
    with (sql / MANIFEST_NAME).open("a") as manifest:
        manifest.write("\n[[waivers]]\n" + waiver)
    with pytest.raises(UsageError) as caught:
        load_release(sql)
    assert "waivers[0].expires" in caught.value.where


def test_the_digest_follows_the_files_and_nothing_else(sql):
    digest = load_release(sql).digest
    rewrite(sql, "soak_hours        = 24", "soak_hours = 12")
    assert load_release(sql).digest == digest
    rollback = sql / "rollback" / "p0_rollback.sql"
    rollback.write_text(rollback.read_text() + "\n-- one more comment\n")
    assert load_release(sql).digest != digest


def test_the_same_files_in_other_parts_are_another_release(sql):
    digest = load_release(sql).digest
    rewrite(
        sql, 'rollback   = "rollback/p0_rollback.sql"', 'rollback   = "rollback/p0_rollback_single_db.sql"'
    )
    assert load_release(sql).digest != digest


def test_a_second_layout_is_the_same_release_with_its_own_paths():
    root = Path(__file__).parents[2]
    ours, theirs = load_release(BUILTIN), load_release(root / "examples" / "supabase-layout" / MANIFEST_NAME)
    steps = {ours.shown(path) for each in ours.topologies.values() for path in each.lesser_steps.values()}
    assert sorted(file.sha256 for file in ours.files if file.path not in steps) == sorted(
        file.sha256 for file in theirs.files
    )
    assert any(file.path.startswith("supabase/migrations/") for file in theirs.files)
    assert theirs.baselines == ours.baselines
    assert theirs.gate_folders == ours.gate_folders


def test_a_manifest_without_a_soak_has_phase_2s(sql):
    shipped = load_release(sql).soak
    text = (sql / MANIFEST_NAME).read_text()
    rest = text[text.index("\n[soak.guardrails]") + 1 :].split("\n\n", 1)[1]
    (sql / MANIFEST_NAME).write_text(text[: text.index("\n[soak]") + 1] + rest)
    assert "soak.guardrails" not in (sql / MANIFEST_NAME).read_text()
    assert load_release(sql).soak == shipped


def without_guardrails(sql: Path) -> str:
    """The shipped manifest's text without [soak.guardrails], whose default stands then."""
    text = (sql / MANIFEST_NAME).read_text()
    begins = text.index("\n[soak.guardrails]")
    return text[:begins] + text[text.index("\n\n", begins + 1) :]


def test_a_guardrail_that_was_left_to_the_default_needs_its_threshold_too(sql):
    (sql / MANIFEST_NAME).write_text(without_guardrails(sql))
    load_release(sql)
    rewrite(sql, "fallback_rate                   = { max = 0.25 }\n", "")
    with pytest.raises(UsageError, match=r"soak\.guardrails\.fallback_rate"):
        load_release(sql)


def test_a_figure_of_a_release_of_its_own_is_known_by_its_guardrail(sql):
    own = '[soak.guardrails]\nempty_page_rate = { key = "emptyPage" }\n'
    (sql / MANIFEST_NAME).write_text(f"{without_guardrails(sql)}\n{own}")
    with pytest.raises(UsageError, match=r"soak\.guardrails\.empty_page_rate"):
        load_release(sql)
    rewrite(sql, "[thresholds]\n", "[thresholds]\nempty_page_rate = { max = 0.01 }\n")
    release = load_release(sql)
    assert release.soak.guardrails.keys() == {"empty_page_rate"}
    rewrite(sql, "\nempty_page_rate = { max", "\nemty_page_rate = { max")
    with pytest.raises(UsageError, match=r"thresholds\.emty_page_rate"):
        load_release(sql)


def test_a_release_that_names_no_threshold_has_the_suites(sql):
    """Without any, no figure is judged, and the gates that look for a breach can't find one."""
    text = without_guardrails(sql)
    begins = text.index("\n[thresholds]")
    (sql / MANIFEST_NAME).write_text(text[:begins] + text[text.index("\n\n", begins + 1) :])
    assert load_release(sql).thresholds == load_release(BUILTIN).thresholds
    with (sql / MANIFEST_NAME).open("a") as manifest:
        manifest.write('\n[soak.guardrails]\nfallback_rate = { column = "fallback_used" }\n')
    with pytest.raises(UsageError, match=r"soak\.guardrails\.fallback_rate"):
        load_release(sql)


@pytest.mark.parametrize("example", ["phase3", "supabase-layout"])
def test_the_examples_load(example):
    assert load_release(Path(__file__).parents[2] / "examples" / example).thresholds


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        ("[windows]", "[windoes]", "one of format, release, topologies, gates, "),
        (
            'overlay    = "overlays/20260215205200',
            'overlai = "overlays/20260215205200',
            "one of routes, migrations, ",
        ),
        ("min_rows           = 100", "min_rwos = 100", "one of topologies, table, "),
        ("schema_valid_rate               = { min", "schema_valid_rate = { mni", "one of min, max"),
        ("# [[waivers]]", '[[waivers]]\ngat = "x"', "one of gate, object, reason, approver, expires"),
    ],
    ids=["section", "topology", "soak", "threshold", "waiver"],
)
def test_a_key_that_nothing_reads_is_told_with_those_that_are_read(sql, old, new, known):
    path = sql / "release.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UsageError) as caught:
        load_release(sql)
    assert caught.value.found == "a key that nothing reads"
    assert caught.value.needed.startswith(known)
