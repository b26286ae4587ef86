"""The ingest SQL on a real server: all of it or nothing, once, whatever the text and the client."""

from __future__ import annotations

import pytest

from tests.selfcheck.evals.conftest import BASELINES, paste, record


@pytest.mark.parametrize("layout", BASELINES)
def test_a_second_paste_adds_nothing_and_says_so(layout, command, database):
    made = command([record(n, latency_ms=None if n % 7 == 0 else n) for n in range(40)], layout=layout)
    with database(layout) as connection:
        (first,) = paste(connection, made.sql)
        (second,) = paste(connection, made.sql)
        count = connection.execute("select count(*) from public.ai_eval_samples where run_id = %s",
                                   (made.report.run_id,)).fetchone()  # fmt: skip
    assert first["ingest"] == "added"
    assert second["ingest"] == "was there already: nothing added"
    assert count == {"count": 40}
    assert str(first["run_id"]) == made.report.run_id
    assert {k: v for k, v in first.items() if k != "ingest"} == {
        k: v for k, v in second.items() if k != "ingest"
    }
