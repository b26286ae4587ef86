"""The rollout itself, rehearsed: it applies, from every starting state, and again without a trace."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import psycopg
import pytest

from rollgate.catalog.snapshot import Change, difference, take_snapshot
from rollgate.examination import Context, examine
from rollgate.gates import Phase
from rollgate.open_gate import OpenGate
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.locks import Held, apply_traced
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.run import Run
from rollgate.target.query import ask_all
from rollgate.target.session import read_only_session
from rollgate.target.target import Target

COUNT = "select count(*) from public.ai_training_examples"
#: The ids of routing rows, also of those that gave way to a newer one and are kept as they were.
ROUTED = "select to_jsonb(c) ->> 'id' from public.ai_provider_configs c"
SUPERSEDED = "select s.config ->> 'id' from public.ai_provider_configs_superseded s"


@pytest.mark.gate(
    "release-applies",
    title="the base migration and the overlay run without errors, in that order",
    prevents="A rollout that stops half-way in the SQL Editor, with production between two states.",
    section="0.1, 0.2, 1.2, 1.3, 2.2, 2.3",
    checks="RG-1, SD-1, ST-1, ST-2",
)
def test_release_applies(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    try:
        rehearsal.rolled_out(rehearsed.topology)
    except ApplyError as error:
        gate.require(
            False,
            rehearsal.release.shown(error.path),
            f"found {error}, needed a file that runs on a clean Phase 1 database",
            "correct the statement, then run the gates again",
        )
        return
    gate.show(
        "files-applied",
        "Files of the rollout, as they were applied",
        ("file", "seconds"),
        [
            (rehearsal.release.shown(each.path), f"{each.seconds:.3f}")
            for each in rehearsal.applied(rehearsed.topology)
        ],
    )


@pytest.mark.gate(
    "release-applies-again-without-a-trace",
    title="applying the whole rollout a second time changes no object and no row",
    prevents="A re-run, in doubt or during an incident, that puts traffic back where an operator took it "
    "from, or rebuilds what is in use.",
    section="0.1, 0.2, 1.2, 1.3, 2.2, 2.3",
    checks="RG-1",
)
def test_reapplying_changes_nothing(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    with rehearsal.databases.cloned(rehearsal.with_traffic(rehearsed.topology)) as conninfo:
        changes = _changes_when_applied_again(conninfo, rehearsed)
    gate.show(
        "changes",
        "What the second run changed",
        ("kind", "name", "before", "after"),
        [(each.kind, each.name, each.before, each.after) for each in changes],
    )
    _require_none(gate, changes)


@pytest.mark.gate(
    "operator-routing-survives-the-base-migration",
    title="running the base migration again leaves routing that an operator has changed as it is",
    prevents="A base migration that is pasted again during an incident and puts traffic back on the provider "
    "that is failing.",
    section="0.1, 1.2, 2.2",
    checks="RG-1",
)
def test_operator_routing_survives(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal) -> None:
    query = "select to_jsonb(c) - 'id' from public.ai_provider_configs c order by environment, provider"
    with (
        rehearsal.databases.cloned(rehearsal.rolled_out(rehearsed.topology)) as conninfo,
        psycopg.connect(conninfo, autocommit=True) as connection,
    ):
        connection.execute(
            """
            update public.ai_provider_configs
            set is_default = false, enabled = false, weight = 7, timeout_ms = 12345, max_retries = 3
            where provider = 'openai';
            update public.ai_provider_configs set is_default = true, weight = 93 where provider = 'custom'
            """
        )
        before = connection.execute(query).fetchall()
        for path in rehearsed.topology.migrations:
            apply_file(connection, path)
        after = connection.execute(query).fetchall()
    gate.show(
        "routing",
        "Routing before and after",
        ("before", "after"),
        [(old[0], new[0]) for old, new in zip(before, after, strict=False)],
    )
    gate.require(
        before == after,
        "public.ai_provider_configs",
        f"found {after} after the base migration, needed {before}",
        "seed only rows that are missing",
    )


@pytest.mark.gate(
    "rollout-gives-up-waiting",
    title="every step of the rollout that keeps writers out of a table has set a lock_timeout",
    prevents="A migration that queues behind a forgotten transaction, with every writer queueing behind it.",
    section="1.2, 1.3, 2.2, 2.3",
    checks="RG-1",
)
def test_rollout_gives_up_waiting(gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal, run: Run) -> None:
    release, seen = run.release, []
    for baseline in release.with_each_topology or tuple(release.baselines):
        held: list[Held] = []
        with (
            rehearsal.databases.cloned(rehearsal.baseline(baseline)) as conninfo,
            psycopg.connect(conninfo, autocommit=True) as connection,
        ):
            try:
                for path in rehearsed.topology.rollout:
                    apply_traced(connection, path, held)
            except ApplyError as error:
                gate.hold(
                    f"{baseline}: {release.shown(error.path)}",
                    f"not all of the rollout was seen: {error}",
                    f"see applies-from-{baseline}",
                )
        for each in held:
            if "writers" not in each.stops:
                continue
            seen.append((baseline, f"{each.path.name}:{each.line}", each.table, each.lock, each.gives_up))
            gate.require(
                each.gives_up,
                f"{baseline}: {each.path.name}:{each.line} {each.table}",
                f"found {each.lock} asked for without a lock_timeout, needed one: {each.stops} would queue",
                "set local lock_timeout = '3s'; at the beginning of its transaction",
            )
    gate.show(
        "locks",
        "Locks that keep writers out of tables that are there, and whether their step gives up waiting",
        ("starting state", "where", "table", "lock", "lock_timeout set"),
        seen,
    )


@pytest.mark.gate(
    "applies-from-{baseline}",
    title="the rollout applies to the starting state `{baseline}`, passes every gate, loses no training "
    "example and no routing row, and can be run again",
    prevents="A rehearsal that is green on a clean database, and a production database that is not clean.",
    section="1.1, 1.2, 2.1, 2.2",
    checks="RG-1, PF-1, PF-2",
)
def test_rollout_from(
    gate: OpenGate, rehearsed: Target, rehearsal: Rehearsal, baseline: str, run: Run
) -> None:
    topology = rehearsed.topology
    try:
        template = rehearsal.rolled_out(topology, baseline)
    except ApplyError as error:
        gate.require(
            False,
            f"{baseline}: {rehearsal.release.shown(error.path)}",
            f"found {error}, needed a file that runs from this starting state",
            "handle the state in the file, or refuse it in a preflight gate",
        )
        return
    with rehearsal.databases.cloned(template) as conninfo:
        with read_only_session(conninfo) as connection:
            asked = [replace(each, evidence=()) for each in run.gates if each.phase is Phase.VERIFY]
            context = Context.of(topology, rehearsed.name)
            gate.adopt(
                record
                for record in examine(connection, asked, context=context, evidence=run.evidence)
                if record.subject != "evals" or record.outcome != "HOLD"  # no eval has run here yet
            )
            kept = connection.execute(COUNT).fetchone()
            routed = _ids(connection, ROUTED, SUPERSEDED)
        changes = _changes_when_applied_again(conninfo, rehearsed)
    had, had_routed = _rows_before(rehearsal, baseline)
    gate.show(
        "training-examples",
        "Rows of ai_training_examples",
        ("before", "after"),
        [(*(had or ()), *(kept or ()))],
        query=COUNT,
    )
    gate.require(
        had == kept,
        "public.ai_training_examples",
        f"found {kept} rows, needed {had}",
        "never delete Phase 1's rows",
    )
    gate.show(
        "routing-rows-kept",
        "Routing rows by id: before, and after it where they are or where they were put",
        ("before", "after"),
        [(", ".join(sorted(had_routed)) or None, ", ".join(sorted(routed)) or None)],
    )
    gate.require(
        had_routed <= routed,
        "public.ai_provider_configs",
        f"found no trace of the rows with id {', '.join(sorted(had_routed - routed))}, needed every row in "
        "its table or, whole, in public.ai_provider_configs_superseded",
        "keep what gives way: nobody else knows what was routed before",
    )
    _require_none(gate, changes)


@cache
def _rows_before(rehearsal: Rehearsal, baseline: str) -> tuple[tuple[int, ...] | None, set[str]]:
    """Count once for all topologies what a starting state holds; return the ids of its routing rows, too."""
    with (
        rehearsal.databases.cloned(rehearsal.baseline(baseline)) as conninfo,
        read_only_session(conninfo) as connection,
    ):
        return connection.execute(COUNT).fetchone(), _ids(connection, ROUTED)


def _ids(connection: psycopg.Connection, *queries: str) -> set[str]:
    """Return the ids that the queries find; none where there is no such table, or no such column."""
    answers = ask_all(connection, queries)
    for answer in answers:
        if answer.error is not None and not isinstance(answer.error, psycopg.errors.UndefinedTable):
            raise answer.error
    return {row[0] for answer in answers for row in answer.rows if row[0] is not None}


def _require_none(gate: OpenGate, changes: list[Change]) -> None:
    for each in changes:
        gate.require(
            False,
            f"{each.kind} {each.name}",
            f"found {each.after or 'nothing'} after the second run, needed {each.before or 'nothing'}",
            "make the statement conditional on what is missing",
        )


def _changes_when_applied_again(conninfo: str, target: Target) -> list[Change]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        before = take_snapshot(connection)
        for path in target.topology.rollout:
            apply_file(connection, path)
        return difference(before, take_snapshot(connection))
