"""pg_dump, the second choice: found new enough or not at all, and run without a password in its arguments."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from rollgate.rehearsal import dump
from rollgate.rehearsal.preview import NoPreview
from rollgate.server.binaries import Binaries
from rollgate.target.session import read_only_session
from tests.selfcheck.clone.test_preview import phase1, run_sql  # noqa: F401 - a fixture

ODD = 'create collation public.mine from "C"; create table public.leans (t text collate public.mine)'


def test_an_older_pg_dump_holds_where_one_is_needed(phase1, preview, monkeypatch):  # noqa: F811
    monkeypatch.setattr(dump, "_major", lambda program: 12)
    assert preview(phase1).refused is None
    run_sql(phase1, ODD)
    with pytest.raises(NoPreview, match=r"pg_dump of this machine is older \(found: 12\)"):
        preview(phase1)


def test_what_the_catalog_has_no_words_for_is_dumped(phase1, preview):  # noqa: F811
    run_sql(phase1, ODD)
    seen = preview(phase1)
    assert (seen.refused, seen.differences) == (None, ())


def test_no_pg_dump_at_all_is_told(phase1, monkeypatch):  # noqa: F811
    monkeypatch.setattr(dump, "candidates", lambda environ: [])
    with (
        read_only_session(phase1) as connection,
        pytest.raises(dump.Undumpable, match=r"\(found: none\)"),
    ):
        dump.dump_schema(connection, binaries=Binaries(Path("/nowhere"), "18.0", "test"), pooled=False)


def test_a_dump_that_fails_says_why_without_the_password(supabase, rehearsal, monkeypatch):
    binaries = rehearsal.databases.cluster.binaries
    with read_only_session(make_conninfo(supabase, user="reader", password="not/so:secret")) as connection:
        with pytest.raises(dump.Undumpable, match="permission denied for table") as caught:
            dump.dump_schema(connection, binaries=binaries, pooled=False)
        assert "secret" not in str(caught.value)


def test_the_password_is_in_no_argument(supabase, rehearsal, monkeypatch):
    given: list[str] = []
    real = subprocess.run

    def spy(command, **options):
        given.extend(map(str, command))
        return real(command, **options)

    monkeypatch.setattr(subprocess, "run", spy)
    with read_only_session(make_conninfo(supabase, password="not/so:secret")) as connection:
        dump.dump_schema(connection, binaries=rehearsal.databases.cluster.binaries, pooled=False)
    assert "--schema-only" in given
    assert not [each for each in given if "secret" in each]
