"""The fixtures of pytest-postgresql work on top of the cluster (they are made in conftest.py)."""

from __future__ import annotations

from typing import Any

import psycopg


def test_a_template_and_its_clone_come_from_noproc(postgresql_on_top: psycopg.Connection[Any]) -> None:
    postgresql_on_top.execute("delete from loaded")
    postgresql_on_top.commit()


def test_the_next_test_has_a_fresh_clone(postgresql_on_top: psycopg.Connection[Any]) -> None:
    assert postgresql_on_top.execute("select id from loaded").fetchall() == [(1,)]


def test_the_cluster_alone_serves_too(postgresql_directly: psycopg.Connection[Any]) -> None:
    assert postgresql_directly.execute("select current_database()").fetchone() == ("rollgate",)
