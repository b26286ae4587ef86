"""A schema is never dumped where what pg_dump sets in its session would reach another client."""

from __future__ import annotations

import pytest

from rollgate.rehearsal.dump import Undumpable, dump_schema
from rollgate.target.session import read_only_session


def test_a_pooler_in_transaction_mode_is_told_and_not_dumped_through(prod, pooler, served, statements):
    binaries = served.databases.cluster.binaries
    with (
        read_only_session(prod.at(pooler)) as connection,
        pytest.raises(Undumpable, match="gives one session to several clients") as caught,
    ):
        dump_schema(connection, binaries=binaries, pooled=True)
    assert "session pooler" in caught.value.remedy
    assert not [each for each in statements() if "search_path" in each.text]


def test_a_direct_connection_is_dumped(prod, served, statements):
    binaries = served.databases.cluster.binaries
    with read_only_session(prod.at(password="not/used")) as connection:
        text = dump_schema(connection, binaries=binaries, pooled=False)
    assert "CREATE TABLE public.ai_provider_configs" in text
    assert [each for each in statements() if "READ ONLY" in each.text.upper()], "pg_dump can't write either"
