"""Each line of the shipped files that matters: taken away or bent, the proof finds it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rollback.exploring import smallest
from tests.rollback.judging import Trial
from tests.selfcheck.rollback.trials import connected

UNCHECKED = ("if wrong is not null then", "if false then")  # what is checked at the end would find most first
P0, OUT, LOWER = "p0-rollback", "take-custom-out", "lower-custom-weight"
INSERTED = "values ('openai', missing, true, true, 100, 45000, 1, instant, instant)"

CLEAR = "set enabled = false, is_default = false, weight = 0"
SERVE = "set enabled = true, is_default = true, weight = 100"
OFF = "set enabled = false, is_default = false, updated_at"
OUTSIDE = "where environment <> all (routed) and (enabled or is_default);"
MISSING = "from public.ai_provider_configs c\n    where c.environment = any (routed)"
ABSENT = "and not exists (select from public.ai_provider_configs o"
ARRAY, PROD = "array['staging', 'prod']", "array['prod']"

SABOTAGES = [
    ("prod", P0, ARRAY, PROD, "routing"),
    ("prod", P0, ARRAY, "array['staging', 'prod', 'dev']", "outside"),
    ("prod", P0, CLEAR, "set enabled = false, weight = 0", "runs"),
    ("prod", P0, CLEAR, "set is_default = false, weight = 0", "routing"),
    ("prod", P0, CLEAR, "set enabled = false, is_default = false", "routing"),
    ("prod", P0, SERVE, "set is_default = true, weight = 100", "one-default"),
    ("prod", P0, SERVE, "set enabled = true, weight = 100", "one-default"),
    ("prod", P0, SERVE, "set enabled = true, is_default = true", "routing"),
    ("prod", P0, "instant := clock_timestamp()", "instant := timezone('utc', now())", "instant"),
    ("prod", P0, INSERTED, INSERTED.replace("45000", "60000"), "routing"),
    ("prod", P0, ABSENT, ABSENT.replace("not ", ""), "someone-serves"),
    ("prod", P0, MISSING, "from (values ('prod')) as c (environment)\n    where true", "columns"),
    ("single-db", P0, PROD, "array['prod', 'staging']", "non-prod-off"),
    ("single-db", P0, OUTSIDE, "where environment <> all (routed);", "outside"),
    ("single-db", P0, OUTSIDE, "where false;", "non-prod-off"),
    ("single-db", P0, OFF, OFF.replace("updated_at", "weight = 0, updated_at"), "columns"),
    ("prod", OUT, "case when weight > 0 then weight else 100 end", "weight", "someone-serves"),
    ("prod", OUT, "set enabled = enabled and provider <> 'custom'", "set enabled = enabled", "routing"),
    ("prod", OUT, "case provider when 'custom' then 0 else weight end", "weight", "routing"),
    ("prod", OUT, "and not (enabled and is_default and weight > 0);", ";", "repeatable"),
    ("prod", LOWER, "least(weight, 1)", "weight / 2", "repeatable"),
    ("prod", LOWER, "least(weight, 1)", "0", "routing"),
    ("prod", LOWER, "greatest(weight, 100)", "weight", "routing"),
]


@pytest.mark.parametrize(
    ("name", "lever", "old", "new", "invariant"),
    SABOTAGES,
    ids=[f"{number:02}-{each[1]}-{each[-1]}" for number, each in enumerate(SABOTAGES)],
)
def test_a_sabotaged_file_is_found(release, rehearsal, name, lever, old, new, invariant):
    topology = release.topologies[name]
    whole = Trial.of(topology, lever, topology.rollbacks[lever])
    assert old in whole.text
    bent = replace(whole, text=whole.text.replace(old, new, 1).replace(*UNCHECKED))
    with connected(rehearsal, topology) as connection:
        _, state = smallest(bent, connection, name, invariant, 600)
        assert state is not None
        assert whole.breaks(connection, state) == {}
