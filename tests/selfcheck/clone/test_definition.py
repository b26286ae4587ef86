"""A clone in the catalog's own words is the target: by our snapshot, and by what pg_dump says of both."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from rollgate.catalog.definition import STATEMENTS
from rollgate.catalog.snapshot import take_snapshot
from rollgate.rehearsal import clone as cloning
from rollgate.rehearsal.clone import Clone, cloned
from rollgate.rehearsal.dump import Undumpable
from rollgate.rehearsal.rebuild import Uncloneable, rebuild
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.rehearsal.seen import Seen, look
from rollgate.release import Release
from rollgate.server.binaries import find_binaries
from rollgate.server.cluster import running_cluster
from rollgate.server.databases import Databases
from rollgate.server.environment import child_environment
from rollgate.target.belonging import ROUTING
from rollgate.target.session import read_only_session

pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent
MAJORS = (15, 16, 17, 18)
NEEDED = ("public.ai_training_examples", ROUTING)


def no_dump() -> str:
    raise AssertionError("pg_dump was asked for")


def seen_at(conninfo: str) -> Seen:
    with read_only_session(conninfo) as connection:
        return look(connection)


def run_sql(conninfo: str, text: str) -> list[tuple]:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module", params=MAJORS, ids=lambda major: f"postgresql-{major}")
def of_major(request: pytest.FixtureRequest, release: Release) -> Iterator[Rehearsal]:
    """The release on a server of this major version."""
    binaries = find_binaries(majors=(request.param,))
    if not binaries.version.startswith(f"{request.param}."):
        pytest.skip(f"no PostgreSQL {request.param} at hand")
    with running_cluster(binaries) as cluster, Databases(cluster) as databases:
        yield Rehearsal(release, databases)


def template_of(rehearsal: Rehearsal) -> str:
    """Return a rolled-out database with Supabase's furniture and what is odd in every version."""

    def build(connection: psycopg.Connection) -> None:
        for name in ("supabase.sql", "awkward.sql"):
            connection.execute((HERE / name).read_bytes())

    base = rehearsal.with_traffic(rehearsal.release.topologies["staging"])
    return rehearsal.databases.template("odd", build, base=base)


@pytest.fixture
def awkward(of_major: Rehearsal) -> Iterator[str]:
    """That, with what is odd in newer versions alone."""
    databases = of_major.databases
    newest = int(databases.cluster.binaries.version.partition(".")[0]) >= 18

    def build(connection: psycopg.Connection) -> None:
        if newest:
            connection.execute((HERE / "awkward_18.sql").read_bytes())

    with databases.cloned(databases.template("awkward", build, base=template_of(of_major))) as conninfo:
        yield conninfo


def dumped(databases: Databases, conninfo: str) -> str:
    """Return what pg_dump of the same version says of schema public."""
    done = subprocess.run(
        [
            databases.cluster.binaries.bindir / "pg_dump",
            *("--schema-only", "--schema=public", "--no-publications", conninfo),
        ],
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = done.stdout.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


def test_it_is_the_same_to_pg_dump_and_to_us(of_major, awkward):
    databases = of_major.databases
    seen = seen_at(awkward)
    original = dumped(databases, awkward)
    assert 'CREATE TABLE public."Odd Table"' in original
    with cloned(databases, "awkward", seen, needed=NEEDED, dump=no_dump) as clone:
        assert (clone.unlike, clone.whole) == ((), True)
        assert dumped(databases, clone.conninfo) == original
        ours = take(clone.conninfo)
    with cloning._made(databases, "awkward", seen, original) as clone:
        assert [each for each in clone.differences if each.what.startswith("left out:")] == []
        theirs = take(clone.conninfo)
    assert ours.rows == theirs.rows
    # An index that a concurrent build left behind is there, and only pg_dump passes over it.
    assert dict(ours.objects.items() - theirs.objects.items()) == {
        ("index", "public.broken"): 'CREATE INDEX broken ON public."Odd Table" USING btree (at) (invalid)'
    }
    assert theirs.objects.items() <= ours.objects.items()


@pytest.fixture(scope="module")
def preferred() -> Iterator[Databases]:
    """A server as a run has it that doesn't ask for a version; it keeps the roles that stand in."""
    with running_cluster(find_binaries()) as cluster, Databases(cluster) as databases:
        yield databases


def test_another_major_takes_it_too(of_major, preferred):
    """Where the target's own isn't at hand: newer on older, and older on newer."""
    with of_major.databases.cloned(template_of(of_major)) as conninfo:
        seen = seen_at(conninfo)
    with cloned(preferred, "odd", seen, needed=NEEDED, dump=no_dump) as clone:
        assert (clone.unlike, clone.whole) == ((), True)
        rows = "select count(*) from public.ai_provider_configs"
        assert run_sql(clone.conninfo, rows) == [(len(seen.routing or ()),)]


def take(conninfo: str):
    with psycopg.connect(conninfo, autocommit=True) as connection:
        return take_snapshot(connection)


def test_every_statement_reads_and_none_writes_or_locks(of_major, awkward):
    """Definitions come from functions that look and no more: one transaction, and only catalogs locked."""
    with read_only_session(awkward) as connection:
        look(connection)
        locked = connection.execute(
            "select c.relname from pg_locks l join pg_class c on c.oid = l.relation "
            "where l.pid = pg_backend_pid() and c.relnamespace = 'public'::regnamespace "
            "and l.mode <> 'AccessShareLock'"
        ).fetchall()
    assert len(STATEMENTS) > 3
    assert locked == []


def test_default_privileges_of_the_whole_database_come_along(of_major, awkward):
    """pg_dump leaves them out when it dumps a schema; a release's new functions get them all the same."""
    databases = of_major.databases
    run_sql(awkward, "alter default privileges for role postgres revoke execute on functions from public")
    run_sql(awkward, "alter default privileges for role postgres grant select on tables to dashboard_user")
    make = "create table public.new (); create function public.new() returns int language sql as 'select 1'"
    may = (
        "select has_function_privilege('anon', 'public.new()', 'execute'), "
        "has_table_privilege('dashboard_user', 'public.new', 'select')"
    )
    with cloned(databases, "awkward", seen_at(awkward), needed=NEEDED, dump=no_dump) as clone:
        run_sql(clone.conninfo, make)
        assert run_sql(clone.conninfo, may) == [(False, True)]


@pytest.fixture
def source(rehearsal: Rehearsal) -> Iterator[str]:
    with rehearsal.databases.cloned(rehearsal.baseline()) as conninfo:
        yield conninfo


@pytest.fixture
def cloned_of(rehearsal: Rehearsal) -> Callable[..., object]:
    """Clone a target; the third argument is what pg_dump is taken to say."""

    @contextmanager
    def of(conninfo: str, dump: Callable[[], str] = no_dump) -> Iterator[Clone]:
        with cloned(rehearsal.databases, "odd", seen_at(conninfo), needed=NEEDED, dump=dump) as clone:
            yield clone

    return of


LEANS = 'create collation public.mine from "C"; create table public.c (t text collate public.mine)'


def test_what_nobody_leans_on_is_left_out_and_told(source, cloned_of):
    run_sql(
        source,
        'create collation public.mine from "C"; create text search dictionary public.d (template = simple)',
    )
    with cloned_of(source) as clone:
        assert {(each.kind, each.name, each.what) for each in clone.differences} == {
            ("collation", "public.mine", "left out"),
            ("text search dictionary", "public.d", "left out"),
        }


def test_what_others_lean_on_is_left_to_pg_dump(source, cloned_of, rehearsal):
    run_sql(source, LEANS)
    text = dumped(rehearsal.databases, source)
    asked = []

    def dump() -> str:
        asked.append(True)
        return text

    with cloned_of(source, dump) as clone:
        assert (clone.unlike, clone.differences, asked) == ((), (), [True])


def test_without_pg_dump_it_is_no_clone(source, cloned_of):
    run_sql(source, LEANS)

    with pytest.raises(Undumpable, match="no pg_dump"), cloned_of(source, nothing_dumped):
        pass


def test_words_that_make_something_else_are_left_to_pg_dump(source, cloned_of, rehearsal, monkeypatch):
    """Should PostgreSQL ever have something that the statements pass over."""
    forget(monkeypatch, "policy", "index")
    run_sql(source, "create policy p on public.ai_training_examples using (true)")
    text = dumped(rehearsal.databases, source)
    with cloned_of(source, lambda: text) as clone:
        assert (clone.unlike, clone.differences) == ((), ())


def nothing_dumped() -> str:
    raise Undumpable("no pg_dump", "install one")


def test_and_without_pg_dump_they_are_told(source, cloned_of, monkeypatch):
    forget(monkeypatch, "policy")
    run_sql(source, "create table public.other (); create policy p on public.other using (true)")
    with cloned_of(source, nothing_dumped) as clone:
        (found,) = clone.differences
        assert (found.kind, found.name) == ("policy", "public.other.p")
        assert found.what == "nothing; on the target permissive for all to public using true"


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("policy", "create policy p on public.ai_training_examples using (true)"),
        ("constraint", "alter table public.ai_training_examples add constraint c check (id is not null)"),
        ("index", "create unique index i on public.ai_training_examples (id, created_at)"),
        (
            "trigger",
            "create trigger t after insert on public.ai_training_examples execute function public.f()",
        ),
        ("rule", "create rule r as on delete to public.ai_training_examples do also select public.g(1)"),
    ],
    ids=["policy", "constraint", "unique-index", "trigger", "rule"],
)
def test_what_decides_about_a_table_of_the_release_must_be_there(
    source, cloned_of, monkeypatch, kind, statement
):
    """A trigger that could not be made would bar the rollback on the target, and not on the clone."""
    forget(monkeypatch, *(["function"] if kind == "rule" else [kind]))
    run_sql(source, "create function public.f() returns trigger language plpgsql as 'begin return new; end'")
    run_sql(source, "create function public.g(integer) returns integer language sql as 'select 1'")
    run_sql(source, statement)
    with pytest.raises(Uncloneable, match=kind), cloned_of(source, nothing_dumped):
        pass


def test_a_clone_without_a_table_of_the_release_is_none(source, cloned_of, monkeypatch):
    """A column whose type no server here has: what the release did to it would be seen on nothing."""
    forget(monkeypatch, "type")
    run_sql(
        source,
        "create domain public.far as text; alter table public.ai_training_examples add column f public.far",
    )
    with (
        pytest.raises(
            Uncloneable, match=r"relation public\.ai_training_examples: nothing; on the target"
        ) as no,
        cloned_of(source),
    ):
        pass
    assert 'type "public.far" does not exist' in str(no.value)


def test_a_foreign_table_has_a_plain_one_in_its_place(source, cloned_of):
    run_sql(
        source,
        "create foreign data wrapper w; create server s foreign data wrapper w; "
        "create foreign table public.far (id integer not null, t text) server s; "
        "create view public.near as select id from public.far",
    )
    with cloned_of(source) as clone:
        told = {(each.kind, each.name): each.what for each in clone.differences}
        assert told == {("foreign table", "public.far"): "stand-in: a plain table"}
        assert run_sql(clone.conninfo, "select * from public.near") == []


def test_another_major_is_compared_by_names(source, rehearsal):
    """It writes the same view otherwise."""
    seen = seen_at(source)
    older = replace(
        seen,
        version=seen.version - 10000,
        objects={key: text.lower() + " " for key, text in seen.objects.items()},
    )
    with cloned(rehearsal.databases, "older", older, needed=NEEDED, dump=no_dump) as clone:
        assert clone.unlike == ()


def forget(monkeypatch: pytest.MonkeyPatch, *kinds: str) -> None:
    """Let the statements pass over objects of these kinds."""

    def forgetful(connection, definition):
        left = tuple(each for each in definition.statements if each.kind not in kinds)
        return rebuild(connection, replace(definition, statements=left))

    monkeypatch.setattr(cloning, "rebuild", forgetful)


def test_the_conninfo_is_the_clones(source, cloned_of):
    with cloned_of(source) as clone:
        assert conninfo_to_dict(clone.conninfo)["dbname"] == "clone_of_odd"
