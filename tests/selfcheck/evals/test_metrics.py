"""The seven metrics: exact, as PostgreSQL computes them, and never a pass for lack of data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollgate.errors import UsageError
from rollgate.evals.counting import Counts, Latencies, kinds_of
from rollgate.evals.metrics import Metric, complete, keeps, measure
from rollgate.evals.names import METRICS, P95, RATES
from rollgate.evals.record import EvalRecord, decode_line
from rollgate.intervals import wilson
from rollgate.release import BUILTIN, Threshold, load_release
from tests.selfcheck.evals.conftest import record

THRESHOLDS = load_release(BUILTIN).thresholds


def records_of(*facts: Mapping[str, object]) -> list[EvalRecord]:
    return [decode_line(json.dumps(record(n, **each)).encode())[0] for n, each in enumerate(facts)]


def count(records: list[EvalRecord]) -> Counts:
    counts = Counts()
    for start in range(0, len(records), 7):
        part = records[start : start + 7]
        counts.add(part, *kinds_of(part))
    return counts


def metrics_of(*facts: Mapping[str, object]) -> dict[str, Metric]:
    return {each.name: each for each in measure(count(records_of(*facts)), THRESHOLDS)}


@pytest.fixture(scope="module")
def server(databases):
    """Ask the server: it is the judge of its own percentile."""
    with databases.connect("postgres", autocommit=True) as connection:
        yield connection


latencies = st.lists(
    st.one_of(
        st.integers(0, 30), st.integers(0, 300_000), st.integers(299_990, 300_010), st.integers(0, 2**31 - 1)
    ),
    min_size=1,
    max_size=80,
)


@settings(deadline=None)
@given(values=latencies, share=st.sampled_from([0.95, 0.5, 0.0, 1.0, 0.99]))
def test_a_percentile_is_what_postgresql_says(server: psycopg.Connection, values, share):
    counted = Latencies()
    counted.add(values)
    found = counted.percentile(Fraction(str(share)))
    said = server.execute(
        "select percentile_cont(%s) within group (order by v) from unnest(%s::integer[]) v", (share, values)
    ).fetchone()
    assert found is not None
    assert said is not None
    # The server computes in floating point, whose error grows with the gap between two latencies.
    assert float(found) == pytest.approx(said[0], abs=0.001)
    assert len(counted) == len(values)
    assert counted.within(Fraction(45_000)) == sum(value <= 45_000 for value in values)


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                **{name: st.booleans() for name in RATES.values()},
                "latency_ms": st.none() | st.integers(0, 400_000),
                "selected_provider": st.sampled_from([None, "openai", "custom"]),
                "defaulted": st.lists(st.sampled_from(sorted(RATES.values())), max_size=3),
            }
        ),
        max_size=40,
    )
)
def test_every_metric_is_counted_from_the_records(facts):
    found = metrics_of(*facts)
    assert tuple(found) == METRICS
    for name, outcome in RATES.items():
        metric = found[name]
        measured = [each[outcome] for each in facts if outcome not in each["defaulted"]]
        assert metric.n == len(facts)
        assert (metric.measured, metric.measured_hits) == (len(measured), sum(measured))
        assert metric.defaulted == len(facts) - len(measured)
        assert metric.value == (sum(each[outcome] for each in facts) / len(facts) if facts else None)
        assert (metric.low, metric.high) == wilson(sum(measured), len(measured))
        if not measured:
            assert metric.gate == "HOLD"
    known = [each["latency_ms"] for each in facts if each["latency_ms"] is not None]
    assert found[P95].n == len(known)
    assert found[P95].missing == len(facts) - len(known)
    assert (found[P95].gate == "HOLD") == (not known)


@settings(deadline=None)
@given(st.lists(st.sampled_from([None, "openai", "custom"]), max_size=30))
def test_the_parts_of_the_providers_add_up(providers):
    counts = count(
        records_of(*({"selected_provider": each, "latency_ms": n} for n, each in enumerate(providers)))
    )
    parts = {provider: counts.of_provider(provider) for provider in counts.latencies}
    assert {provider: part.records for provider, part in parts.items()} == {
        each: providers.count(each) for each in set(providers)
    }
    assert sum(len(part.all_latencies()) for part in parts.values()) == counts.records


@pytest.mark.parametrize(("failing", "gate"), [(1, "PASS"), (2, "FAIL")])
def test_a_rate_at_its_threshold_passes(failing, gate):
    found = metrics_of(*({"schema_valid": n >= failing} for n in range(100)))["schema_valid_rate"]
    assert found.gate == gate
    assert found.evidence == "INCONCLUSIVE"


def test_a_ceiling_is_kept_up_to_itself():
    assert metrics_of(*({"fallback_used": n < 1} for n in range(4)))["fallback_rate"].gate == "PASS"
    assert metrics_of(*({"latency_ms": 45_000} for _ in range(4)))[P95].gate == "PASS"
    assert metrics_of(*({"latency_ms": 45_001} for _ in range(4)))[P95].gate == "FAIL"


def test_thirty_perfect_records_pass_and_prove_little():
    found = metrics_of(*({} for _ in range(30)))
    assert {each.gate for each in found.values()} == {"PASS"}
    assert found["schema_valid_rate"].low == pytest.approx(0.8865, abs=5e-5)
    assert found["schema_valid_rate"].evidence == "INCONCLUSIVE"
    assert found["edit_after_generate_rate"].evidence == "PROVEN"


def test_the_p95_is_proven_by_the_share_within_its_threshold():
    many = metrics_of(*({"latency_ms": 50_000 if n < 2 else 1} for n in range(200)))[P95]
    assert (many.measured_hits, many.evidence, many.gate) == (198, "PROVEN", "PASS")
    few = metrics_of(*({"latency_ms": 50_000 if n < 2 else 1} for n in range(60)))[P95]
    assert (few.measured_hits, few.evidence, few.gate) == (58, "INCONCLUSIVE", "PASS")
    slow = metrics_of(*({"latency_ms": 50_000 if n < 40 else 1} for n in range(100)))[P95]
    assert (slow.evidence, slow.gate) == ("REFUTED", "FAIL")


def test_defaults_alone_are_no_evidence():
    found = metrics_of(*({"defaulted": ["schema_valid"]} for _ in range(50)))["schema_valid_rate"]
    assert (found.value, found.gate, found.evidence) == (1.0, "HOLD", "INCONCLUSIVE")
    assert found.defaulted_share == 1
    assert found.why == "found no measured value, 50 defaults; a default is no evidence"


def test_defaults_do_not_hide_what_was_measured():
    facts = [{"defaulted": ["schema_valid"]}] * 990 + [{"schema_valid": n >= 5} for n in range(10)]
    found = metrics_of(*facts)["schema_valid_rate"]
    assert found.value == 0.995
    assert (found.gate, found.evidence) == ("FAIL", "REFUTED")
    assert found.why == "found 0.5 of the 10 that were measured, needed >= 0.99"


def test_thresholds_are_compared_exactly():
    assert keeps(Fraction(99, 100), Threshold(0.99, None))
    assert not keeps(Fraction(99, 100) - Fraction(1, 10**30), Threshold(0.99, None))
    assert keeps(Fraction(1, 4), Threshold(None, 0.25))


def test_a_metric_without_a_threshold_is_a_mistake():
    with pytest.raises(UsageError, match="--min-schema-valid-rate"):
        complete(
            {name: each for name, each in THRESHOLDS.items() if name != "schema_valid_rate"}, "release.toml"
        )
    with pytest.raises(UsageError, match="write max in place of min"):
        complete({**THRESHOLDS, P95: Threshold(1, None)}, "release.toml")
