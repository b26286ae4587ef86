"""When a soak began, from what the ledger says: no clock and no other run shortens it."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollgate.soak.start import Clocks, Verification, find_start
from rollgate.soak.window import Window
from rollgate.verdict import Verdict

NOW = datetime.datetime(2026, 2, 16, 9, 15, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
CLOCKS = Clocks(NOW, NOW)
GO, NO_GO, HOLD = Verdict.GO, Verdict.NO_GO, Verdict.HOLD


def run(
    hours: float, verdict: Verdict = GO, *, verified: bool = True, digest: str = "ours", target: str = "here"
) -> Verification:
    """A run that ended so many hours ago."""
    return Verification(NOW - hours * HOUR, digest, target, verdict, verified=verified)


def began(*runs: Verification, **more: object) -> float | None:
    """How many hours ago the soak began."""
    options: dict = {"clocks": CLOCKS, **more}
    at = find_start(runs, digest="ours", target="here", **options).at
    return None if at is None else (NOW - at) / HOUR


@pytest.mark.parametrize(
    ("runs", "hours"),
    [
        pytest.param([], None, id="an-empty-ledger"),
        pytest.param([run(30)], 30, id="verified-once"),
        pytest.param([run(30), run(20), run(1)], 30, id="verified-again"),
        pytest.param([run(30, HOLD), run(20, HOLD)], 30, id="held-only-by-the-soak"),
        pytest.param([run(30, HOLD, verified=False), run(20)], 20, id="held-by-something-else-first"),
        pytest.param([run(30), run(20, HOLD, verified=False)], 30, id="a-hold-interrupts-nothing"),
        pytest.param([run(30), run(20, NO_GO, verified=False)], None, id="a-no-go-ends-it"),
        pytest.param([run(30), run(20, NO_GO, verified=False), run(10)], 10, id="verified-after-a-no-go"),
        pytest.param([run(30), run(20, NO_GO)], 20, id="a-no-go-of-the-soak-alone-begins-it-anew"),
        pytest.param([run(30), run(20, digest="theirs")], None, id="other-files-since"),
        pytest.param([run(30), run(20, digest="theirs"), run(5)], 5, id="other-files-in-between"),
        pytest.param([run(30, target="there"), run(9)], 9, id="another-target"),
        pytest.param([run(9), run(30)], 30, id="lines-out-of-order"),
        pytest.param([run(30, Verdict.INCOMPLETE, verified=False)], None, id="an-incomplete-run"),
    ],
)
def test_the_ledger_tells_when_it_began(runs, hours):
    assert began(*runs) == hours


def test_it_says_what_ended_it():
    start = find_start([run(30), run(20, NO_GO, verified=False)], digest="ours", target="here", clocks=CLOCKS)
    assert "2026-02-15 13:15:00 UTC a run was NO-GO" in start.why
    assert len(start.history) == 2


def test_settings_that_were_written_later_begin_it_anew():
    assert began(run(30), changed_at=NOW - 3 * HOUR) == 3
    assert began(run(30), changed_at=NOW - 40 * HOUR) == 30
    assert began(changed_at=NOW - 3 * HOUR) is None


def test_an_override_is_taken_and_named():
    start = find_start([], digest="ours", target="here", clocks=CLOCKS, override=NOW - 25 * HOUR)
    assert (start.at, start.override) == (NOW - 25 * HOUR, True)


@given(
    apart=st.floats(-30, 30),
    hours=st.floats(0, 100),
)
def test_clocks_out_of_step_never_shorten_a_soak(apart, hours):
    """The run was `hours` ago; its machine's clock is `apart` hours from the server's, now as then."""
    here = NOW - apart * HOUR
    written = Verification(here - hours * HOUR, "ours", "here", GO, verified=True)
    start = find_start([written], digest="ours", target="here", clocks=Clocks(NOW, here))
    assert start.at is not None
    assert NOW - start.at <= hours * HOUR + datetime.timedelta(milliseconds=1)


@given(
    st.lists(
        st.builds(
            run,
            st.floats(0, 100),
            st.sampled_from(Verdict),
            verified=st.booleans(),
            digest=st.sampled_from(["ours", "theirs"]),
            target=st.sampled_from(["here", "there"]),
        ),
        max_size=8,
    )
)
def test_nothing_speaks_against_the_time_since_it_began(runs):
    start = find_start(runs, digest="ours", target="here", clocks=CLOCKS)
    if start.at is None:
        return
    mine = [each for each in runs if each.target == "here"]
    assert any(each.at == start.at and each.verified and each.digest == "ours" for each in mine)
    since = [each for each in mine if each.at > start.at]
    assert not [each for each in since if each.digest != "ours" or each.verdict is NO_GO]


def test_a_window_is_never_longer_than_twice_what_is_needed():
    window = Window.of(NOW - 100 * HOUR, NOW, 24)
    assert (window.lasted, window.until - window.since, window.is_over) == (100 * HOUR, 48 * HOUR, True)
    assert Window.of(NOW - 23.9 * HOUR, NOW, 24).is_over is False
