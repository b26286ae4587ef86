"""Bad input is one clear error with its exit code; nothing is written, and nothing half-recorded."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from rollgate.applying import target
from rollgate.commands import main
from rollgate.evidence import keep
from rollgate.evidence.chain import read_chain
from rollgate.evidence.ledger import append
from rollgate.target import identity
from tests.selfcheck.applying.conftest import ROOT, Place


def mistaken(place: Place, *words: str, env: str = "staging") -> str:
    said = place.apply("--yes", *words, env=env)
    assert said.code == 4, said.text
    assert place.sql("select to_regclass('public.things')") == [(None,)]
    assert place.records() == []
    return said.text


def test_an_environment_that_nobody_knows(place):
    said = mistaken(place, env="qa")
    assert "found:  a name that the release doesn't know" in said
    assert "needed: one of staging, prod\n" in said


def test_the_rehearsal_is_no_target(place):
    assert "name a live environment to apply to" in mistaken(place, env="ephemeral")


def test_no_dsn(place):
    place.variables["STAGING_DATABASE_URL"] = ""
    assert "STAGING_DATABASE_URL is not set" in mistaken(place)


@pytest.mark.parametrize("attempts", ["0", "-1", "1000"])
def test_a_number_of_attempts_that_is_none(place, attempts):
    assert "--attempts" in mistaken(place, f"--attempts={attempts}")


@pytest.mark.parametrize("yes", [(), ("--yes",)])
def test_another_name_than_the_targets_is_told_before_anything_is_asked(place, yes):
    place.variables["STAGING_DATABASE_URL"] = "host=127.0.0.1 port=1 dbname=d user=u"
    said = place.apply(*yes, "--confirm", "prod")
    assert said.code == 4, said.text
    assert "--confirm\n  found:  'prod'\n  needed: staging" in said.text


@pytest.mark.parametrize("member", ["eu", "eu=", "EU=X", "eu=postgresql://u:p@h/d"])
def test_a_member_of_a_fleet_that_is_none(place, member):
    assert "needed: NAME=VARIABLE" in mistaken(place, "--target", member)


def test_a_file_that_cannot_be_run_so(place):
    place.small.write({"20260101000050_open.sql": "begin;\nselect 1;\n"})
    assert "20260101000050_open.sql:1\n  found:  a begin that no commit follows" in mistaken(place)


def test_no_manifest(place, tmp_path):
    place.release = tmp_path / "nowhere"
    assert "needed: a release manifest that can be read" in mistaken(place)


def test_a_server_that_is_too_old(allowed, monkeypatch):
    look = identity.read_identity
    monkeypatch.setattr(target, "read_identity", lambda connection: replace(look(connection), major=14))
    assert "needed: PostgreSQL 15 or newer" in mistaken(allowed)


def test_a_member_of_a_fleet_is_applied_to_by_its_variable(place):
    place.variables["EU_DATABASE_URL"] = place.conninfo
    place.variables["STAGING_DATABASE_URL"] = ""
    said = place.apply("--target", "eu=EU_DATABASE_URL", "--without-preflight", "--yes")
    assert said.code == 0, said.text
    assert f"pytest --env=staging --target eu=EU_DATABASE_URL {place.named} --stage=verify" in said.text
    assert place.record["target"]["name"] == "eu"
    (application,) = read_chain(place.reports).applications
    assert (application.entry.name, application.entry.topology) == ("eu", "staging")


def test_a_ledger_that_cannot_be_gone_on_from_is_told_before_anything_is_written(allowed):
    ledger = allowed.reports / "ledger.jsonl"
    with ledger.open("ab") as file:
        file.write(b'{"cut')
    said = allowed.apply("--yes", "--without-preflight")
    assert said.code == 1, said.text
    assert "its line 2 is cut off in the middle, so nothing was written" in said.text
    assert allowed.sql("select to_regclass('public.things')") == [(None,)]


def test_what_was_done_and_could_not_be_entered_is_entered_later(allowed, monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keep, "append", full)
    said = allowed.apply("--yes")
    assert said.code == 1, said.text
    assert "DONE on staging" in said.text
    assert "NOT RECORDED: it is not in the ledger: No space left on device" in said.text
    assert not read_chain(allowed.reports).intact, "an ended application that no line names"
    monkeypatch.setattr(keep, "append", append)
    (folder,) = allowed.reports.glob("*-apply-staging")
    assert main(["enter", str(folder)]) == 0
    assert "apply.json: done, entry 2" in capsys.readouterr().out
    assert read_chain(allowed.reports).intact
    assert main(["enter", str(folder)]) == 0
    assert "it is in the ledger already" in capsys.readouterr().out


def test_it_is_told_in_help():
    said = subprocess.run(
        [sys.executable, "-B", "-m", "rollgate", "apply", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for option in ("--yes", "--confirm", "--without-preflight", "--again", "--attempts", "--target"):
        assert option in said
