"""A rollback file is one change, or refused before anything is run; nothing of it escapes a rehearsal."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rollgate.errors import UsageError
from rollgate.rehearsal.apply import ApplyError, apply_file
from rollgate.rehearsal.inside import run_inside
from rollgate.rehearsal.lexer import Statement, Unreadable, split
from rollgate.rehearsal.rollout import Rehearsal
from rollgate.rehearsal.script import read_script, statements_without_transaction_control
from rollgate.release import BUILTIN, MANIFEST_NAME, Release, load_release

UPDATE = "update public.ai_provider_configs set weight = weight + 1;"
VERSIONS = "select ctid::text, xmin::text, to_jsonb(c) from public.ai_provider_configs c order by id"

#: What a misread file would have to be read as for its transaction control to be run.
TRANSACTION = ("begin", "start", "commit", "end", "rollback", "abort", "prepare", "savepoint", "release")

#: What is refused: the text, the line of it that is named, and what is said of it.
REFUSED = {
    "empty": ("", 1, "no statement"),
    "comments-alone": ("-- nothing\n/* at all */", 1, "no statement"),
    "two-writes": (f"{UPDATE}\n\n-- and\n{UPDATE}", 4, "a second statement that writes"),
    "write-and-do": (f"{UPDATE}\ndo $$ begin null; end $$;", 2, "a second statement that writes"),
    "two-writing-withs": (2 * f"with x as ({UPDATE[:-1]} returning 1)\nselect 1;\n", 3, "a second statement"),
    "lock-in-a-transaction-of-its-own": (f"lock table t;\n{UPDATE}", 2, "a second statement that writes"),
    "begin-alone": (f"begin;\n{UPDATE}", 1, "1 begin and 0 commit"),
    "commit-alone": (f"{UPDATE}\ncommit;", 2, "0 begin and 1 commit"),
    "commit-first": (f"commit;\n{UPDATE}\nbegin;", 3, "commit before begin"),
    "two-transactions": (2 * f"begin;\n{UPDATE}\ncommit;\n", 6, "2 begin and 2 commit"),
    "write-before-begin": (f"{UPDATE}\nbegin;\ncommit;", 1, "outside the transaction of the file"),
    "write-after-commit": (f"begin;\nselect 1;\nend;\n{UPDATE}", 4, "outside the transaction of the file"),
    "rollback": (f"begin;\n{UPDATE}\nrollback;", 3, "undoes the file"),
    "abort": (f"begin;\n{UPDATE}\nabort;", 3, "undoes the file"),
    "commit-and-chain": (f"begin;\n{UPDATE}\ncommit and chain;", 3, "`commit and chain`"),
    "prepare": (f"begin;\n{UPDATE}\nprepare transaction 'x';", 3, "`prepare`"),
    "commit-prepared": ("commit prepared 'x';", 1, "`commit prepared`"),
    "savepoint-outside": (f"savepoint a;\n{UPDATE}", 1, "a savepoint outside a transaction"),
    "savepoint-after-commit": (f"begin;\n{UPDATE}\ncommit;\nsavepoint a;", 4, "outside the transaction"),
    "set-transaction": (f"set transaction isolation level serializable;\n{UPDATE}", 1, "`set transaction`"),
    "set-session": (f"set session characteristics as transaction read write;\n{UPDATE}", 1, "`set session`"),
    "commit-in-do": (f"do $$\nbegin\n  {UPDATE}\n  COMMIT;\nend $$;", 4, "`COMMIT` within a `do` block"),
    "rollback-in-do": ("do $$ begin if true then rollback; end if; end $$", 1, "within a `do` block"),
    "commit-in-quoted-do": ("do 'begin\n commit; end'", 2, "within a `do` block"),
    "commit-after-label": ("do $$ <<a>> begin null; <<b>> commit; end $$", 1, "within a `do` block"),
    "commit-in-do-in-do": ("do $$ begin do $b$ begin commit; end $b$; end $$", 1, "a `do` within a `do`"),
    "do-escaped": ("do E'begin commit\\\\; end'", 1, "without one body in dollar quotes"),
    "do-in-another-language": ("do language plpython3u $$ pass $$", 1, "a `do` in plpython3u"),
    "do-open": ("do $$\nbegin\n perform 'x; end $$", 3, "a quote that is never closed"),
    "call": ("call public.undo();", 1, "a procedure may commit on its own"),
    "call-in-do": ("do $$ begin call public.undo(); end $$", 1, "a procedure may commit on its own"),
    "create-table": (
        f"begin;\n{UPDATE}\ncreate table t ();\ncommit;",
        3,
        "`create table`, which changes the",
    ),
    "alter-in-do": ("do $$ declare a int; begin\nalter table t add a int; end $$", 2, "`alter table`"),
    "select-into": (f"begin;\n{UPDATE}\nselect 1 into t;\ncommit;", 3, "`select ... into`"),
    "truncate": ("truncate public.ai_provider_configs;", 1, "changes the schema"),
    "grant": ("grant all on t to public;", 1, "changes the schema"),
    "vacuum": (f"{UPDATE}\nvacuum t;", 2, "can't run in a transaction"),
    "index-concurrently": ("create index concurrently i on t (a);", 1, "can't run in a transaction"),
    "reindex-concurrently": ("reindex table concurrently t;", 1, "can't run in a transaction"),
    "copy": ("copy t from stdin;\n1\tit's\n\\.\n", 1, "`copy`"),
    "include": (f"{UPDATE}\n\\i other.sql\n", 2, "a command of psql: \\i other.sql"),
    "psql-set": ("\\set x 1\n" + UPDATE, 1, "a command of psql: \\set x 1"),
    "gexec": ("select 'commit'\n\\gexec", 2, "a command of psql: \\gexec"),
    "variable": ("update t set a = :a;", 1, "a variable of psql, `:a`"),
    "quoted-variable": ("update t\nset a = :'a';", 2, "a variable of psql"),
    "backslash": ("update t set a = 'it\\';", 1, "a backslash in 'it\\'"),
    "listen": ("listen x;", 1, "`listen`, which no rollback needs"),
    "parenthesis": ("(select 1);", 1, "`(`, which no rollback needs"),
    "open-string": (f"{UPDATE}\nselect 'a;", 2, "a quote that is never closed"),
    "open-dollar": ("do $a$ begin end $b$;", 1, "$a$ without the $a$"),
    "open-comment": ("select 1; /* /* */", 1, "a comment that is never closed"),
    "byte-order-mark": ("\ufeff" + UPDATE, 1, "a byte order mark"),
    "nul": (UPDATE + "\n\0", 2, "a NUL byte"),
}

#: What is handled: the text, and how many statements of it are run inside another transaction.
HANDLED = {
    "one-write": (UPDATE, 1),
    "no-semicolon-at-the-end": (UPDATE[:-1], 1),
    "begin-and-commit": (f"begin;\n{UPDATE}\n{UPDATE}\ncommit;\nselect 1", 3),
    "other-words": (f"BEGIN WORK;{UPDATE}END TRANSACTION", 1),
    "start-with-modes": (f"start transaction read write;{UPDATE}commit and no chain;", 1),
    "settings": (f"begin; set local lock_timeout = '1s'; {UPDATE} commit;", 2),
    "savepoints": (f"begin; savepoint a; {UPDATE} rollback to a; release a; {UPDATE} commit;", 5),
    "commit-in-a-comment": (f"-- commit;\n/* /* commit; */ commit; */ {UPDATE}", 1),
    "commit-in-a-string": (f"select 'commit; ''rollback;'; {UPDATE}", 2),
    "commit-in-an-escape": (f"select E'\\'; commit; --'; {UPDATE}", 2),
    "commit-in-a-dollar-quote": (f"select $a$; commit; $$ $a$; {UPDATE}", 2),
    "commit-in-a-name": (f'select 1 as "a""; commit;"; {UPDATE}', 2),
    "commit-as-a-column": (f"select 1 as commit, 2 as rollback; {UPDATE}", 2),
    "commit-in-strings-of-a-do": (
        "do $$ declare comment text := 'commit;'; begin -- commit;\n "
        f"raise log $b$;commit;$b$; {UPDATE} end $$",
        1,
    ),
    "quoted-do": (f"do language 'plpgsql' 'begin perform ''; commit;''; {UPDATE} end'", 1),
    "slices-and-casts": (f"select (array[1,2,3])[1:2], '1'::int, current_user::text; {UPDATE}", 2),
    "dollar-in-a-name": (f"select 1 as a$b$; {UPDATE} select 2 as a$b$", 3),
    "empty-statements": (f";;{UPDATE};; -- done", 1),
    "windows-lines": (f"begin;\r\n{UPDATE}\r\ncommit;\r\n", 1),
    "writing-with": (f"with x as ({UPDATE[:-1]} returning 1) select count(*) from x;", 1),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rollback.sql"


@pytest.fixture(scope="module")
def conninfo(release: Release, rehearsal: Rehearsal) -> Iterator[str]:
    with rehearsal.databases.cloned(rehearsal.rolled_out(release.topologies["prod"])) as conninfo:
        yield conninfo


def versions(conninfo: str) -> list[tuple]:
    """Return the rows as another session sees them; it waits for nobody."""
    with psycopg.connect(conninfo, autocommit=True, options="-c lock_timeout=5s") as connection:
        return connection.execute(VERSIONS).fetchall()


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_half_run_is_refused(file, name):
    text, line, found = REFUSED[name]
    file.write_bytes(text.encode())
    with pytest.raises(UsageError) as caught:
        read_script(file)
    error = caught.value
    assert error.where == f"{file}:{line}"
    assert found in error.found
    assert error.needed
    assert error.fix


def test_bytes_that_are_no_text_are_refused(file):
    file.write_bytes(b"select 1;\nselect '\xff';")
    with pytest.raises(UsageError, match="UTF-8") as caught:
        read_script(file)
    assert caught.value.where == f"{file}:2"


@pytest.mark.parametrize("name", HANDLED)
def test_what_is_handled_runs_inside_another_transaction_and_leaves_no_trace(file, conninfo, name):
    text, count = HANDLED[name]
    file.write_bytes(text.encode())
    statements = statements_without_transaction_control(file)
    before = versions(conninfo)
    assert len(statements) == count
    with psycopg.connect(conninfo) as connection:
        connection.execute("select 1")
        run_inside(connection, statements)
        assert connection.execute(VERSIONS).fetchall() != before
        assert versions(conninfo) == before
        connection.rollback()
    assert versions(conninfo) == before


@pytest.mark.parametrize("name", HANDLED)
def test_what_is_handled_does_the_same_inside_as_by_itself(file, release, rehearsal, name):
    file.write_bytes(HANDLED[name][0].encode())
    query = "select provider, environment, weight from public.ai_provider_configs order by 1, 2"
    with rehearsal.databases.cloned(rehearsal.rolled_out(release.topologies["prod"])) as conninfo:
        with psycopg.connect(conninfo) as connection:
            connection.execute("select 1")
            run_inside(connection, statements_without_transaction_control(file))
            inside = connection.execute(query).fetchall()
            connection.rollback()
        with psycopg.connect(conninfo, autocommit=True) as connection:
            apply_file(connection, file)
            assert connection.execute(query).fetchall() == inside


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {"truncate", "copy"}))
def test_what_is_refused_could_not_escape_either(conninfo, name):
    """The check is one line of defence; the server, asked command by command, is another."""
    before = versions(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute(UPDATE)
        with contextlib.suppress(Unreadable, psycopg.Error):
            for statement in split(REFUSED[name][0].replace("\0", "")):
                if statement.tokens and statement.first not in TRANSACTION:
                    run_inside(connection, [statement])
        assert versions(conninfo) == before
        connection.rollback()
    assert versions(conninfo) == before


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        (f"select 1; commit; {UPDATE}", "42601"),
        ("do $$ begin execute 'commit'; end $$", "0A000"),
        ("do $$ begin commit; end $$", "2D000"),
        ("vacuum public.ai_provider_configs", "25001"),
    ],
    ids=["several-commands", "dynamic-commit", "commit-in-do", "vacuum"],
)
def test_the_server_refuses_what_a_misread_file_would_bring_along(conninfo, text, sqlstate):
    misread = Statement(text, (), 1)
    before = versions(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute(UPDATE.encode())
        with pytest.raises(psycopg.Error) as caught:
            run_inside(connection, [misread])
        assert caught.value.sqlstate == sqlstate
        assert versions(conninfo) == before
        connection.rollback()
    assert versions(conninfo) == before


def test_nothing_is_run_where_no_transaction_is_open(conninfo, file):
    file.write_text(UPDATE)
    before = versions(conninfo)
    with (
        psycopg.connect(conninfo, autocommit=True) as connection,
        pytest.raises(ValueError, match="no transaction is open"),
    ):
        run_inside(connection, statements_without_transaction_control(file))
    assert versions(conninfo) == before


def test_what_it_leaves_is_asked_in_the_same_transaction(conninfo, release):
    with psycopg.connect(conninfo) as connection:
        connection.execute("select 1")
        statements = statements_without_transaction_control(release.topologies["prod"].rollback)
        (answer,) = run_inside(connection, statements[:-1], [statements[-1].text])
        connection.rollback()
    assert ("openai", "prod", "t", "t", "100") in answer.rows


@pytest.mark.parametrize("key", ["rollback", "take_custom_out", "lower_custom_weight"])
def test_a_manifest_with_a_file_that_is_refused_does_not_load(tmp_path, key):
    sql = Path(shutil.copytree(BUILTIN, tmp_path / "sql"))
    bad = sql / "rollback" / "own.sql"
    bad.write_text(f"{UPDATE}\n{UPDATE}\n")
    manifest = sql / MANIFEST_NAME
    text = manifest.read_text()
    start = text.index(f"\n{key} ") + 1
    manifest.write_text(text[:start] + f'{key} = "rollback/own.sql"\n' + text[text.index("\n", start) + 1 :])
    with pytest.raises(UsageError) as caught:
        load_release(sql)
    assert caught.value.where == f"{bad}:2"


def test_a_failing_statement_leaves_nothing_of_the_file(file, release, rehearsal):
    """As the SQL Editor sends it, and as psql does: see also the files that we ship."""
    file.write_text(f"begin;\n{UPDATE}\nupdate public.ai_provider_configs set weight = -1;\ncommit;\n")
    read_script(file)
    with rehearsal.databases.cloned(rehearsal.rolled_out(release.topologies["prod"])) as conninfo:
        before = versions(conninfo)
        with psycopg.connect(conninfo, autocommit=True) as connection, pytest.raises(ApplyError):
            apply_file(connection, file)
        assert versions(conninfo) == before
