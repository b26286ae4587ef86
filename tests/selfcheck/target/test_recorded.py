"""A record's target is the database that answers now, or it isn't: copies, poolers, tunnels, restarts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from rollgate.evidence.record import TargetRecord
from rollgate.target.recorded import is_recorded_as
from tests.selfcheck.target.test_wrong_targets import PROD

HERE = replace(
    PROD, host="db.one.example.test", port=5432, local=False, pooled=False, started_at="1700000000.5"
)
RECORD = TargetRecord(
    name="prod",
    kind="live",
    topology="prod",
    database=HERE.database,
    host=HERE.host,
    port=HERE.port,
    reached="direct",
    system_identifier=HERE.system_identifier,
    server_started=HERE.started_at,
)
POOLER = "aws-0-eu-central-1.pooler.supabase.com"


@pytest.mark.parametrize(
    ("there", "here", "same"),
    [
        ({}, {}, True),
        ({"server_started": "1600000000.0"}, {}, True),
        ({"system_identifier": ""}, {"system_identifier": ""}, True),
        ({"host": "10.0.0.9"}, {}, True),
        ({"database": "other"}, {}, False),
        ({"system_identifier": "9"}, {}, False),
        ({"host": "db.two.example.test", "server_started": "1600000000.0"}, {}, False),
        ({"host": POOLER, "server_started": "1600000000.0"}, {"host": POOLER}, False),
        ({"server_started": "1600000000.0", "reached": "pooler"}, {"pooled": True}, False),
        (
            {"host": "localhost", "server_started": "1600000000.0", "system_identifier": ""},
            {"host": "localhost", "local": True, "system_identifier": ""},
            False,
        ),
        ({"host": "localhost", "server_started": "1600000000.0"}, {"host": "localhost", "local": True}, True),
    ],
    ids=[
        "as-it-was",
        "restarted",
        "no-identifier",
        "by-another-name",
        "another-database",
        "another-cluster",
        "restored-elsewhere",
        "two-projects-behind-one-pooler",
        "two-projects-behind-a-pooler-of-ones-own",
        "two-tunnels",
        "restarted-on-this-machine",
    ],
)
def test_it_is_the_same_or_not(there, here, same):
    record = msgspec.structs.replace(RECORD, **there)
    assert is_recorded_as(record, replace(HERE, **here)) is same
