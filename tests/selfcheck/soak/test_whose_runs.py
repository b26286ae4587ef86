"""Which runs of a ledger a soak is about: those of its own topology, whatever database they say they saw."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from rollgate.evidence.applied import Ending
from rollgate.evidence.chain import Application, Chain, Run
from rollgate.evidence.entries import AppliedEntry, Entry, LedgerTarget
from rollgate.evidence.ledger import START, Head
from rollgate.plugin.soaking import Soaks
from rollgate.stage import Stage
from rollgate.target.query import ask_all
from rollgate.target.target import Target
from rollgate.verdict import Verdict
from tests.gates.soaking import HOUR, IDENTITY
from tests.selfcheck.evidence.test_applications import application

GO, NO_GO = Verdict.GO, Verdict.NO_GO


@pytest.fixture
def ended(trial, release):
    """A run that ended so many hours ago, on a database with staging's fingerprint."""

    def ended(topology: str, hours: float, verdict: Verdict = GO, digest: str = release.digest) -> Run:
        at = (trial.now - hours * HOUR).isoformat()
        target = LedgerTarget(
            name=topology,
            topology=topology,
            kind="live",
            fingerprint=IDENTITY.fingerprint,
            verdict=verdict,
            verified=verdict is GO,
        )
        entry = Entry(
            sequence=1,
            previous=START,
            record="record.json",
            record_sha256="",
            release=release.name,
            digest=digest,
            environment=topology,
            stage=Stage.VERIFY,
            verdict=verdict,
            started_at=at,
            finished_at=at,
            targets=(target,),
        )
        return Run(1, entry, None)

    return ended


@pytest.fixture
def applied(trial, release):
    """An application that ended so many hours ago; `name` is the target's, as one of a fleet has it."""

    def applied(
        hours: float,
        *,
        digest: str = release.digest,
        ending: Ending = Ending.DONE,
        name: str = "staging",
        topology: str = "staging",
        fingerprint: str = IDENTITY.fingerprint,
        nothing_run: bool = False,
    ) -> Application:
        record = application(release, at=trial.now - hours * HOUR, ending=ending, name=name)
        files = tuple(msgspec.structs.replace(each, statements=()) for each in record.files)
        record = msgspec.structs.replace(record, files=files if nothing_run else record.files)
        entry = AppliedEntry(
            sequence=1,
            previous=START,
            record="apply.json",
            record_sha256="",
            release=release.name,
            digest=digest,
            environment=topology,
            name=name,
            topology=topology,
            fingerprint=fingerprint,
            ending=ending,
            started_at=record.started_at,
            finished_at=record.finished_at,
        )
        return Application(1, entry, record)

    return applied


@pytest.fixture
def began(trial, release, monkeypatch):
    """How many hours ago staging's soak began, by the runs of a ledger; None for not at all."""
    monkeypatch.setenv("STAGING_DATABASE_URL", "postgresql://reader@db.example.test/soak")
    staging = Target(release.topologies["staging"], live=True)
    identity = SimpleNamespace(
        system_identifier=IDENTITY.system_identifier, database=IDENTITY.database, host="", port=0
    )
    examined = SimpleNamespace(
        identity=lambda target: identity,
        ask=lambda target, *queries: ask_all(trial.connection, queries),
    )
    about = SimpleNamespace(release=release, targets=(staging,), nonce="0")

    def began(*runs: Run, applied: tuple[Application, ...] = ()) -> float | None:
        chain = Chain(Path("ledger.jsonl"), Head(len(runs), START), runs, (), applied)
        given = SimpleNamespace(getoption=lambda name: None)
        soak = Soaks(cast(Any, given), cast(Any, about), cast(Any, examined), chain).of(staging)
        return None if soak.start.at is None else (trial.now - soak.start.at) / HOUR

    return began


def test_a_run_on_prod_does_not_begin_the_soak_of_staging(began, ended):
    """A staging that was restored from prod's backup has prod's fingerprint."""
    assert began(ended("prod", 30)) is None
    assert began(ended("prod", 30), ended("staging", 20)) == 20
    assert began(ended("staging", 20)) == 20


def test_a_run_on_prod_does_not_end_the_soak_of_staging(began, ended):
    assert began(ended("staging", 30), ended("prod", 5, NO_GO)) == 30
    assert began(ended("staging", 30), ended("prod", 5, digest="another")) == 30
    assert began(ended("staging", 30), ended("staging", 5, NO_GO)) is None


@pytest.mark.parametrize("ending", [Ending.DONE, Ending.FAILED, Ending.STOPPED])
@pytest.mark.parametrize("digest", [None, "another"], ids=["these-again", "other-files"])
def test_files_that_were_applied_meanwhile_end_it(began, ended, applied, digest, ending):
    """Of other files, no run need have seen it: they were applied, and these again."""
    given = {"ending": ending, **({"digest": digest} if digest else {})}
    assert began(ended("staging", 30), applied=(applied(9, **given),)) is None
    assert began(ended("staging", 30), ended("staging", 5), applied=(applied(9, **given),)) == 5
    assert began(ended("staging", 30), applied=(applied(31, **given),)) == 30


def test_an_application_that_ran_nothing_or_was_elsewhere_ends_nothing(began, ended, applied):
    assert began(ended("staging", 30), applied=(applied(9, nothing_run=True),)) == 30
    assert began(ended("staging", 30), applied=(applied(9, topology="prod", name="prod"),)) == 30
    assert began(ended("staging", 30), applied=(applied(9, name="us", fingerprint="other/soak"),)) == 30


def test_an_application_over_another_dsn_is_known_by_the_targets_name(began, ended, applied):
    """Where nobody may read the identifier, a database has the host of the DSN for its fingerprint."""
    assert (
        began(ended("staging", 30), applied=(applied(9, fingerprint="direct.example.test:5432/soak"),))
        is None
    )
