"""Every row of the window, once: whatever the server cuts, and whatever happens meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.selfcheck.export.conftest import token
from tests.selfcheck.export.postgrest import Answer, Asked, PostgREST

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000, 5000])
def test_every_row_comes_once_and_the_newest_first(count, command, database):
    if count:
        database.add(count)
    done = command("--days", "1")
    assert done.code == 0
    assert done.ids == database.ids()
    assert done.out.startswith(f"exported {count} records ({count} in the window), ")


@pytest.mark.parametrize("database", ["bigint-id", "integer-id", "clean"], indirect=True)
def test_rows_of_one_instant_are_told_apart_by_their_id_across_pages(command, database, project):
    database.add(2500, created_at="date_trunc('second', now()) - interval '1 hour'")
    done = command("--days", "1")
    assert (done.code, len(done.ids), done.ids) == (0, 2500, database.ids())
    assert [len(page.parameters) for page in project.pages] == [6, 7, 7, 7], "three and an empty one"


def test_microseconds_survive_the_key(command, database):
    database.add(2002, created_at="now() - interval '1 hour' + make_interval(secs => n * 0.000001)")
    done = command("--page-size", "1000")
    assert done.ids == database.ids()


def test_a_server_that_sends_less_than_was_asked_for_is_asked_on(command, database, project):
    project.max_rows = 7
    database.add(30)
    done = command()
    assert (done.code, done.ids) == (0, database.ids())
    assert len(project.pages) == 6
    assert project.pages[0]["limit"] == "1000"


def test_more_than_a_thousand_is_never_asked_for(command, database, project):
    database.add(1500)
    assert command("--limit", "5000").code == 0
    assert {page["limit"] for page in project.pages} == {"1000"}


def test_limit_takes_the_newest_and_says_what_it_left_out(command, database):
    database.add(30)
    done = command("--limit", "12", "--page-size", "5")
    assert done.ids == database.ids()[:12]
    assert "exported 12 records (30 in the window)" in done.out
    assert "--limit 12 left out the 18 oldest of the 30 rows in the window" in done.err


def test_a_limit_that_cuts_nothing_is_not_mentioned(command, database):
    database.add(12)
    done = command("--limit", "12")
    assert (done.code, len(done.ids), done.err) == (0, 12, "")


def test_only_the_sources_of_evals_come_and_one_can_be_chosen(command, database):
    database.add(3)
    database.add(2, source="'generation_cached'")
    database.add(1, source="'save'", site_id="gen_random_uuid()", metadata="""'{"capturedAt": "x"}'""")
    assert len(command().ids) == 5
    assert len(command("--source", "generation_cached").ids) == 2
    refused = command("--source", "save")
    assert refused.code == 4
    assert "invalid choice: 'save'" in refused.err


@pytest.mark.parametrize("database", ["clean", "bigint-id"], indirect=True)
def test_sources_are_merged_into_one_order(command, database):
    """Rows of both have one created_at here and there, and the pages of one are longer than the other's."""
    same = "date_trunc('second', now()) - make_interval(secs => n / 3)"
    database.add(40, created_at=same)
    database.add(15, created_at=same, source="'generation_cached'")
    for arguments in (("--page-size", "7"), ("--page-size", "4", "--limit", "33"), ()):
        done = command(*arguments)
        assert done.code == 0
        assert done.ids == database.ids()[: 33 if "--limit" in arguments else 55]


def test_the_window_is_the_last_days_or_what_is_asked_for(command, database):
    database.add(4, created_at="now() - make_interval(days => n) + interval '1 minute'")
    assert len(command("--days", "1").ids) == 1
    assert len(command("--days", "2.5").ids) == 2
    assert len(command("--days", "1.5", "--until", until(days=1)).ids) == 1
    assert len(command("--since", until(days=2.5)).ids) == 2


def until(*, days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_both_ends_of_a_window_belong_to_it(command, database):
    database.add(3, created_at="timestamptz '2026-02-10T10:00Z' + make_interval(secs => n)")
    done = command("--since", "2026-02-10T10:00:01+00:00", "--until", "2026-02-10T15:30:02+05:30")
    assert len(done.ids) == 2


def test_a_window_that_ends_before_it_begins_is_a_mistake(command):
    done = command("--since", "2026-02-10", "--until", "2026-02-09")
    assert done.code == 4
    assert "needed: a beginning before the end" in done.err


def test_rows_that_arrive_meanwhile_are_not_of_this_window(command, database, project):
    """Above the frozen end nothing is read, so a busy table gives no row twice and loses none."""
    database.add(30)
    before = database.ids()
    project.before = lambda asked: database.add(3, created_at="now() + interval '1 minute'")
    done = command("--page-size", "7")
    assert (done.code, done.ids, done.err) == (0, before, "")


def once(project: PostgREST, act, *, page: int) -> None:
    """Do something before the page of a number is answered."""

    def before(asked: Asked) -> None:
        if asked.pages and len(project.pages) == page:
            act()

    project.before = before


def test_rows_that_are_deleted_meanwhile_make_it_read_again(command, database, project):
    database.add(30)
    gone = database.ids()[:2]
    delete = "delete from public.ai_training_examples where id::text = any(%s)"
    once(project, lambda: database.admin.execute(delete, [gone]), page=3)
    done = command("--page-size", "7")
    assert (done.code, done.ids) == (0, database.ids())
    assert len(done.ids) == 28
    assert "30 rows came, and the server counts 28: 2 were deleted while the window was read" in done.err


def test_rows_that_are_committed_late_make_it_read_again(command, database, project):
    database.add(30)
    late = "now() - interval '1 hour' + make_interval(secs => n)"  # above the page that is being read
    once(project, lambda: database.add(2, created_at=late), page=3)
    done = command("--page-size", "7")
    assert (done.code, len(done.ids), done.ids) == (0, 32, database.ids())
    assert "30 rows came, and the server counts 32: 2 are missing" in done.err


def test_rows_that_never_agree_with_the_count_are_an_error_naming_both(command, database, project, output):
    output.write_text("from before\n")
    database.add(30)

    def hide_two(asked: Asked, answer: Answer) -> Answer:
        return Answer(206, answer.body, {"Content-Range": "0-0/32"}) if asked.counts else answer

    project.alter = hide_two
    done = command()
    assert done.code == 1
    assert "30 rows came, and the server counts 32: 2 are missing" in done.err
    assert "read 2 times" in done.err
    assert output.read_text() == "from before\n"
    assert done.left == ["records.jsonl"]


def test_a_server_that_does_not_count_is_an_error(command, database, project):
    database.add(3)
    project.alter = lambda asked, answer: Answer(200, answer.body, {"Content-Range": "0-0/*"})
    done = command()
    assert done.code == 1
    assert "does not say how many rows there are" in done.err


def test_a_server_that_repeats_a_page_is_found_out(command, database, project):
    database.add(30)
    first: list[Answer] = []

    def repeat(asked: Asked, answer: Answer) -> Answer:
        if asked.pages:
            first.append(answer)
        return first[0] if asked.pages else answer

    project.alter = repeat
    done = command("--page-size", "7")
    assert done.code == 1
    assert "answers with a row twice, or out of order" in done.err


def test_a_server_that_ignores_the_window_is_found_out(command, database, project):
    database.add(1, created_at="now() - interval '3 days'")

    def ignore(asked: Asked, answer: Answer) -> Answer:
        wide = Asked(tuple((n, v) for n, v in asked.parameters if n != "created_at"), asked.headers)
        return project.answer("/rest/v1/ai_training_examples", wide) if asked.pages else answer

    project.alter = ignore
    done = command()
    assert done.code == 1
    assert "a row outside of the window" in done.err


def test_a_secret_key_goes_into_its_own_header_alone(command, database, project, variables):
    database.add(1)
    project.key = variables["SUPABASE_SERVICE_ROLE_KEY"] = "sb_secret_abc-DEF_123"
    assert command().code == 0
    assert {"authorization" in asked.headers for asked in project.asked} == {False}


def test_a_jwt_goes_into_both_headers(command, database, project):
    database.add(1)
    assert command().code == 0
    assert {(asked.headers["apikey"], asked.headers["authorization"]) for asked in project.asked} == {
        (token(), f"Bearer {token()}")
    }


def test_only_what_a_record_needs_is_fetched(command, database, project):
    """A prompt and what was made of it are large, and nobody's business here."""
    database.add(1)
    assert command().code == 0
    for asked in project.asked:
        columns = {each.split("->")[0].split(":")[-1] for each in asked["select"].split(",")}
        assert not columns & {"prompt", "output_site_json", "input_site_json", "user_id"}
