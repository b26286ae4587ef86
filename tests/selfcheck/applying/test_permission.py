"""What may not be applied is refused with exit code 2, says what to run, and nothing is written."""

from __future__ import annotations

import datetime
from dataclasses import replace

import msgspec
import psycopg
import pytest

from rollgate.applying import permission as asked
from rollgate.applying.script import read_rollout
from rollgate.evidence.chain import read_chain
from rollgate.evidence.record import Table
from rollgate.stage import Stage
from rollgate.target.target import Target
from rollgate.verdict import Outcome
from tests.selfcheck.applying.conftest import Place, Said
from tests.selfcheck.evidence.runs import GATES, with_outcome

HOUR = datetime.timedelta(hours=1)
ELSEWHERE = {"system_identifier": "71"}
WAIVER = """
[[waivers]]
gate = "{gate}"
object = "staging"
reason = "an outage"
approver = "release-bot"
expires = {expires}
"""


def refused(place: Place, *words: str, env: str = "staging") -> Said:
    """Refused with --yes and without; nothing is written either way."""
    for more in ((), ("--yes", "--confirm", env)):
        said = place.apply(*more, *words, env=env)
        assert said.code == 2, said.text
        assert "nothing was written" in said.text
        assert place.sql("select to_regclass('public.things')") == [(None,)]
        assert place.records() == []
    return said


def test_no_preflight_is_refused_and_the_command_is_named(place):
    said = refused(place)
    assert "found no preflight of the release" in said.text
    assert f"run pytest --env=staging {place.named} --stage=preflight with these files first" in said.text


def test_without_preflight_is_an_override_that_is_recorded(place):
    said = place.apply("--without-preflight", "--yes")
    assert said.code == 0, said.text
    assert "OVERRIDDEN: no preflight was asked for" in said.text
    assert place.record["overridden"] == ["no preflight was asked for: --without-preflight"]
    assert place.record["grounds"] == []


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.HOLD])
def test_the_latest_preflight_decides(place, outcome):
    place.keep_run()
    place.keep_run(with_outcome("one-default", outcome)[:1])
    assert "in the latest preflight of these files (line 2" in refused(place).text
    place.keep_run()
    assert place.apply().code == 0


def test_a_preflight_of_other_files_or_another_database_or_long_ago_does_not_count(place):
    release = place.small.release
    place.keep_run(release=replace(release, files=release.files[1:]))
    assert "found no preflight of the release" in refused(place).text
    place.keep_run(system_identifier="71")
    assert "(found one of " in refused(place).text
    place.keep_run(ago=100 * HOUR)
    assert "older than 72 h" in refused(place).text


def test_a_whole_run_that_said_go_counts_as_a_preflight(place):
    place.keep_run(GATES, stage=Stage.RELEASE)
    assert place.apply().code == 0
    place.keep_run(GATES[:2], stage=Stage.VERIFY)
    assert place.apply().code == 0


def test_a_broken_ledger_proves_nothing(allowed):
    (path,) = allowed.reports.glob("run-1/record.json")
    path.write_bytes(path.read_bytes().replace(b"release-bot", b"release-man"))
    assert "was changed after it was written" in refused(allowed).text


def test_prod_without_the_evidence_of_staging_is_refused(place):
    place.keep_run(name="prod")
    said = refused(place, env="prod")
    for gate in ("environment-before-was-verified", "rollback-was-rehearsed-before", "soak-passed-before"):
        assert f"REFUSED: {gate}: staging" in said.text
    assert "run pytest --env=staging with these files first" in said.text


def test_no_override_of_the_preflight_goes_past_the_promotion(place):
    said = refused(place, "--without-preflight", env="prod")
    assert "REFUSED: environment-before-was-verified: staging" in said.text
    assert "REFUSED: ledger-is-intact: ledger.jsonl: found no run" in said.text


def test_prod_with_the_evidence_is_applied(place):
    place.keep_run(GATES, stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    said = place.apply("--yes", "--confirm", "prod", env="prod")
    assert said.code == 0, said.text
    assert place.sql("select kind from public.things") == [("prod",)]
    assert place.record["grounds"][1].startswith("staging GO: line 1, ")


@pytest.mark.parametrize(
    ("gates", "gate"),
    [
        (with_outcome("one-default", Outcome.FAIL), "environment-before-was-verified"),
        (GATES[::2], "rollback-was-rehearsed-before"),
        (GATES[:2], "soak-passed-before"),
    ],
    ids=["failed", "no-rehearsal", "no-soak"],
)
def test_a_part_of_the_evidence_is_refused_by_the_gate_that_misses_it(place, gates, gate):
    place.keep_run(gates, stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    text = refused(place, env="prod").text
    assert {line.split(":")[1].strip() for line in text.splitlines() if line.startswith("REFUSED")} == {gate}


def test_a_waiver_of_the_manifest_lets_it_pass_and_is_recorded(place):
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    place.keep_run(GATES[:2], stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    place.small.write({}, WAIVER.format(gate="soak-passed-before", expires=tomorrow))
    said = place.apply("--yes", "--confirm", "prod", env="prod")
    assert said.code == 0, said.text
    assert "OVERRIDDEN: soak-passed-before, staging: waived: an outage" in said.text
    assert place.record["overridden"][0].startswith("soak-passed-before, staging: waived")


def test_a_waiver_that_has_expired_lets_nothing_pass(place):
    place.keep_run(GATES[:2], stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    place.small.write({}, WAIVER.format(gate="soak-passed-before", expires="2026-01-01"))
    assert "its waiver expired on 2026-01-01" in refused(place, env="prod").text


def test_staging_itself_in_the_place_of_prod_is_refused(place):
    place.keep_run(GATES, stage=Stage.RELEASE)
    place.keep_run(name="prod")
    assert "this very database that was verified as staging" in refused(place, env="prod").text


def test_another_apply_on_staging_since_holds_prod(place):
    place.keep_run(GATES, stage=Stage.RELEASE)
    release = place.small.release
    place.small.write({"20260101000050_more.sql": "create table if not exists public.others (n integer);\n"})
    assert place.apply("--yes", "--without-preflight").code == 0
    (place.small.folder / "20260101000050_more.sql").unlink()
    place.small.write({})
    assert place.small.release.digest == release.digest
    place.keep_run(name="prod")
    said = place.apply("--yes", "--confirm", "prod", env="prod")
    assert said.code == 2, said.text
    assert "found that other files were applied there since" in said.text


def test_the_name_of_a_target_that_serves_prod_is_asked_for(place):
    place.keep_run(GATES, stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    said = place.apply(env="prod")
    assert (said.code, "--yes --confirm prod" in said.text) == (0, True), said.text
    for words in ((), ("--confirm", "staging")):
        said = place.apply("--yes", *words, env="prod")
        assert said.code == 4, said.text
        assert "needed: prod, the name of the target; nothing was written" in said.text
    assert place.records() == []


@pytest.mark.parametrize(("typed", "code"), [("prod", 0), ("staging", 4), ("", 4)])
def test_at_a_terminal_it_is_typed(place, monkeypatch, typed, code):
    place.keep_run(GATES, stage=Stage.RELEASE, **ELSEWHERE)
    place.keep_run(name="prod")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    assert place.apply("--yes", env="prod").code == code
    assert len(place.records()) == (code == 0)


ROUTED = (
    "create table public.ai_provider_configs (environment text, enabled boolean, metadata jsonb); "
    "insert into public.ai_provider_configs values ('{environment}', true, '{metadata}')"
)


def test_the_database_of_another_environment_is_refused(allowed):
    allowed.sql(ROUTED.format(environment="prod", metadata='{"env": "prod"}'))
    said = refused(allowed)
    assert "found rows of the overlay for prod only, needed none or those for staging" in said.text
    refused(allowed, "--without-preflight")


def test_rows_of_the_base_migration_do_not_bar_the_way_where_a_preflight_knows_the_database(allowed):
    allowed.sql(ROUTED.format(environment="prod", metadata="{}"))
    assert allowed.apply().code == 0
    said = refused(allowed, "--without-preflight")
    assert "found enabled rows for prod only" in said.text


def test_rows_that_may_not_be_read_are_refused(allowed):
    allowed.sql(ROUTED.format(environment="staging", metadata="{}"))
    allowed.sql("create role sees_little login; grant usage, create on schema public to sees_little")
    try:
        allowed.variables["STAGING_DATABASE_URL_APPLY"] = psycopg.conninfo.make_conninfo(
            allowed.conninfo, user="sees_little"
        )
        said = refused(allowed)
        assert "found no right of sees_little to read it" in said.text
        assert "STAGING_DATABASE_URL_APPLY" in said.text
    finally:
        allowed.sql("drop owned by sees_little; drop role sees_little")


def judged(place: Place, *, keeps_sessions: bool = True, **changes: object) -> list[str]:
    release = place.small.release
    target = Target(release.topologies["staging"], live=True)
    found = asked.permission_for(
        release,
        target,
        replace(place.identity, **changes),  # type: ignore[arg-type]
        read_rollout(release, target.topology),
        read_chain(place.reports),
        without_preflight=False,
        keeps_sessions=keeps_sessions,
        preflight="pytest",
    )
    return [each.detail for each in found.refusals]


def test_a_replica_is_refused(allowed):
    assert judged(allowed) == []
    (detail,) = judged(allowed, replica=True, lag_seconds=1.0)
    assert "found a server in recovery (replica, 1.0 s behind)" in detail


def test_a_pooler_in_transaction_mode_is_refused(allowed):
    assert judged(allowed, pooled=True) == []
    (detail,) = judged(allowed, pooled=True, keeps_sessions=False)
    assert "transaction mode" in detail
    assert "which 20260101000100_index.sql:1 needs too" in detail


def test_the_locks_that_the_preflight_saw_are_shown(place):
    locks = Table(
        name="locks", title="Locks", query="", columns=("where", "lock"),
        rows=(("base.sql:3", "ACCESS EXCLUSIVE"),), total=1,
    )  # fmt: skip
    gate = msgspec.structs.replace(
        GATES[0], id="rollout-keeps-no-writer-waiting", subject="preflight", evidence=(locks,)
    )
    assert "locks: not known" in place.apply().text
    place.keep_run([gate])
    assert "base.sql:3  ACCESS EXCLUSIVE" in place.apply().text
