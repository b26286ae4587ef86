"""The file appears whole or not at all, and what a broken run read is not read again."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stamina

from rollgate.evals import partial as partial_file
from tests.selfcheck.export.postgrest import Asked, PostgREST, failing

pytestmark = pytest.mark.thorough

DOWN = failing(503, None, "down")


@pytest.fixture(autouse=True)
def impatience():
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


def broken_off(command, project: PostgREST, *, after: int, arguments: tuple[str, ...] = ()) -> None:
    """Run an export that breaks after a number of pages of seven."""
    project.fail(DOWN, when=lambda asked: asked.pages and len(project.pages) == after + 1)
    done = command("--page-size", "7", *arguments)
    assert done.code == 1
    assert "the same command goes on from there" in done.err
    assert done.left == ["records.jsonl.partial", "records.jsonl.partial.json"]
    project.asked.clear()


# --- whole or not at all -------------------------------------------------------------------------------


def test_folders_are_made(command, database, tmp_path):
    database.add(1)
    target = tmp_path / "artifacts" / "evals" / "recent.jsonl"
    done = command("--output", str(target))
    assert done.code == 0
    assert target.read_text().count("\n") == 1


def test_nothing_found_is_an_empty_file_and_a_zero(command, output):
    done = command()
    assert (done.code, output.read_bytes()) == (0, b"")
    assert done.out.startswith(
        "exported 0 records (0 in the window), 0 outcome values missing and defaulted\n"
    )


def test_nothing_found_can_be_made_a_failure(command, database, output):
    done = command("--fail-on-empty")
    assert (done.code, output.read_bytes()) == (3, b"")
    assert "nothing was exported" in done.err
    database.add(1)
    assert command("--fail-on-empty").code == 0


def test_an_output_is_replaced_in_one_step(command, database, output, project):
    output.write_text("from before\n")
    database.add(20)
    seen = set()
    project.before = lambda _: seen.add(output.read_text())
    assert command("--page-size", "7").code == 0
    assert seen == {"from before\n"}
    assert output.read_text().count("\n") == 20


def test_a_link_keeps_leading_to_the_file(command, database, output, tmp_path):
    database.add(1)
    target = tmp_path / "elsewhere.jsonl"
    output.symlink_to(target)
    assert command().code == 0
    assert output.is_symlink()
    assert target.read_text().count("\n") == 1


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Have no more rights than an ordinary user, if this is root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that everybody may enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_that_may_not_be_written_is_a_mistake(command, shared_folder, project):
    shared_folder.chmod(0o555)
    target = shared_folder / "records.jsonl"
    done = command("--output", str(target), folder=shared_folder, within=ordinary_user)
    shared_folder.chmod(0o755)
    assert done.code == 4
    assert "Permission denied" in done.err
    assert "needed: a place that may be written" in done.err
    assert not project.pages


def test_a_file_that_may_not_be_written_is_a_mistake(command, shared_folder):
    target = shared_folder / "records.jsonl"
    target.write_text("kept\n")
    target.chmod(0o444)
    shared_folder.chmod(0o777)
    done = command("--output", str(target), folder=shared_folder, within=ordinary_user)
    assert done.code == 4
    assert "a file that may not be written" in done.err
    assert target.read_text() == "kept\n"


@pytest.mark.parametrize("name", [".", "/dev/null"])
def test_what_is_no_file_is_a_mistake(name, command):
    done = command("--output", name)
    assert done.code == 4
    assert "which is no file" in done.err


def test_a_folder_that_is_a_file_is_a_mistake(command, output):
    output.write_text("")
    done = command("--output", str(output / "records.jsonl"))
    assert done.code == 4
    assert "needed: a place that may be written" in done.err


def test_a_full_disk_is_one_message_and_leaves_nothing(process, database, output):
    """A limit on the size of files stands for the disk: the write itself fails, in a real process."""
    output.write_text("from before\n")
    database.add(200)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # noqa: E731
    with process(preexec_fn=limit) as run:
        out, err = run.communicate()
    assert run.returncode == 1
    assert "records.jsonl.partial: File too large" in err
    assert "Traceback" not in err
    assert out == ""
    assert [path.name for path in output.parent.iterdir()] == ["records.jsonl"]
    assert output.read_text() == "from before\n"


def test_two_exports_do_not_write_one_output(command, database, output):
    database.add(1)
    with (output.parent / "records.jsonl.partial").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = command()
    assert done.code == 4
    assert "another export that is writing records.jsonl.partial" in done.err
    assert command().code == 0


def test_a_partial_file_that_was_renamed_meanwhile_is_not_written(monkeypatch, tmp_path):
    """Another run finishes between the opening and the lock: what is open is its output."""
    path = tmp_path / "a.partial"
    flock = fcntl.flock
    finished = tmp_path / "a"

    def slow(file: int, how: int) -> None:
        if not finished.exists():
            path.replace(finished)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", slow)
    file = partial_file._locked(path)
    assert os.path.samestat(os.fstat(file), path.stat())
    os.close(file)


# --- going on ------------------------------------------------------------------------------------------


def test_a_broken_run_is_gone_on_with(command, database, project):
    database.add(30)
    broken_off(command, project, after=2)
    done = command("--page-size", "7")
    assert (done.code, done.ids) == (0, database.ids())
    assert "after 14 rows" in done.err
    assert len(project.pages) == 4, "three pages that were missing, and an empty one"
    assert done.left == ["records.jsonl"]
    assert "150 outcome values missing" in done.out, "what was counted before is counted"


def test_rows_that_came_since_belong_to_no_window_that_was_begun(command, database, project):
    database.add(30)
    before = database.ids()
    broken_off(command, project, after=2)
    database.add(3, created_at="now() + interval '5 seconds'")
    assert command().ids == before


@pytest.mark.parametrize("arguments", [("--days", "2"), ("--source", "generation"), ("--limit", "20")])
def test_another_export_is_started_anew_and_that_is_told(arguments, command, database, project):
    database.add(30)
    broken_off(command, project, after=2)
    done = command(*arguments)
    assert done.code == 0
    assert "is of another export: starting anew" in done.err
    assert done.ids == database.ids()[: 20 if "--limit" in arguments else 30]


def test_another_project_is_started_anew(command, database, project, variables):
    database.add(30)
    broken_off(command, project, after=2)
    variables["SUPABASE_URL"] = project.url.replace("127.0.0.1", "localhost")
    assert "is of another export: starting anew" in command().err


def test_yesterdays_run_is_not_gone_on_with(command, database, project, output):
    database.add(30)
    broken_off(command, project, after=2)
    path = output.parent / "records.jsonl.partial.json"
    note = json.loads(path.read_text())
    path.write_text(json.dumps({**note, "until": "2026-02-10T10:00:00Z"}))
    done = command()
    assert "is of 2026-02-10 10:00 UTC: starting anew" in done.err
    assert done.ids == database.ids()


def test_a_window_with_an_end_can_be_gone_on_with_any_time(command, database, project):
    database.add(30, created_at="timestamptz '2026-02-10T10:00Z' + make_interval(secs => n)")
    window = ("--since", "2026-02-10", "--until", "2026-02-11")
    broken_off(command, project, after=2, arguments=window)
    done = command(*window)
    assert "after 14 rows" in done.err
    assert len(set(done.ids)) == 30


def test_going_on_can_be_done_without(command, database, project):
    database.add(30)
    broken_off(command, project, after=2)
    done = command("--no-resume")
    assert (done.err, done.ids) == ("", database.ids())


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b'{"size": 3}'])
def test_a_damaged_note_is_started_anew(damage, command, database, project, output):
    database.add(30)
    broken_off(command, project, after=2)
    (output.parent / "records.jsonl.partial.json").write_bytes(damage)
    assert command().ids == database.ids()


def test_what_was_written_after_the_last_note_is_cut_off(command, database, project, output):
    database.add(30)
    broken_off(command, project, after=2)
    with (output.parent / "records.jsonl.partial").open("ab") as file:
        file.write(b'{"record_id": "half a li')
    assert command().ids == database.ids()


def test_a_partial_file_that_lost_its_end_is_started_anew(command, database, project, output):
    database.add(30)
    broken_off(command, project, after=2)
    os.truncate(output.parent / "records.jsonl.partial", 10)
    assert command().ids == database.ids()


def test_a_row_that_was_deleted_since_makes_it_read_again(command, database, project):
    database.add(30)
    broken_off(command, project, after=2)
    database.admin.execute("delete from public.ai_training_examples where id::text = %s", [database.ids()[0]])
    done = command()
    assert "1 were deleted while the window was read" in done.err
    assert (len(done.ids), done.ids) == (29, database.ids())


# --- killed --------------------------------------------------------------------------------------------


def stopped_at(project: PostgREST, process, page: int, by: signal.Signals) -> tuple[int, str, str]:
    """Run the script, stop it by a signal before a page is answered, and return how it ended."""
    running: list[subprocess.Popen[str]] = []

    def stop(asked: Asked) -> None:
        if asked.pages and len(project.pages) == page:
            running[0].send_signal(by)
            running[0].wait()

    project.before = stop
    with process("--page-size", "7") as run:
        running.append(run)
        out, err = run.communicate()
    project.before = lambda _: None
    return run.returncode, out, err


def test_a_run_that_was_killed_is_gone_on_with(process, command, database, project, output):
    database.add(30)
    code, _, _ = stopped_at(project, process, 3, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert not output.exists()
    project.asked.clear()
    done = command("--page-size", "7")
    assert (done.code, done.ids) == (0, database.ids())
    assert "after 14 rows" in done.err
    assert len(project.pages) == 4


def test_ctrl_c_is_one_message_and_what_was_read_is_kept(process, database, project, output):
    database.add(30)
    code, out, err = stopped_at(project, process, 3, signal.SIGINT)
    assert (code, out) == (130, "")
    assert "the same command goes on from there" in err
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err
    assert {path.name for path in output.parent.iterdir()} == {
        "records.jsonl.partial",
        "records.jsonl.partial.json",
    }


def test_ctrl_c_before_anything_was_read_leaves_nothing(process, database, project, output: Path):
    database.add(30)
    code, _, err = stopped_at(project, process, 1, signal.SIGINT)
    assert (code, err) == (130, "interrupted\n")
    assert list(output.parent.iterdir()) == []
