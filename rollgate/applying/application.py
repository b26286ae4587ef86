"""An application from the call to its end: look, judge, say, ask, write, record."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from rollgate.applying import plan
from rollgate.applying.journal import Journal, was_begun
from rollgate.applying.options import Options, serves_prod
from rollgate.applying.permission import permission_for
from rollgate.applying.screen import Screen
from rollgate.applying.script import read_rollout
from rollgate.applying.session import Session
from rollgate.applying.target import look
from rollgate.applying.writing import write
from rollgate.command import Exit, Failure
from rollgate.errors import UsageError
from rollgate.evidence.chain import read_chain
from rollgate.evidence.origin import origin_of
from rollgate.evidence.signature import load_signer
from rollgate.release import Release, load_release
from rollgate.stage import Stage
from rollgate.target.conninfo import Conninfo, public_of, secrets_in, secrets_of, settings
from rollgate.target.query import describe
from rollgate.target.redaction import Redaction
from rollgate.target.target import EPHEMERAL, Target, apply_conninfo, choose_targets


def apply(options: Options) -> Exit:
    """Apply a release, or say what would be done.

    Raises:
        UsageError: a mistake in the call, the manifest, a file or the DSN.
        Failure: it could not be done; what was done is recorded.
        KeyboardInterrupt: likewise.
    """
    redaction = Redaction()
    try:
        return _apply(options, redaction)
    except Failure as error:
        raise Failure(redaction.text(str(error))) from None
    except psycopg.Error as error:
        raise Failure(redaction.text(describe(error))) from None
    except UsageError as error:
        clean = redaction.text
        raise UsageError(
            clean(error.where), found=clean(error.found), needed=clean(error.needed), fix=clean(error.fix)
        ) from None


def _apply(options: Options, redaction: Redaction) -> Exit:
    key = options.sign_key or os.environ.get("ROLLGATE_SIGN_KEY", "")
    signer = load_signer(Path(key)) if key else None
    release = load_release(options.release)
    target = _target(release, options)
    if options.confirm is not None and options.confirm != target.name:
        raise _unconfirmed(target, options.confirm)
    conninfo = _conninfo(target, redaction)
    files = read_rollout(release, target.topology)
    screen = Screen(redaction)
    preflight = options.pytest(target, Stage.PREFLIGHT)
    standing = look(target, conninfo, files, redaction)
    try:
        chain = read_chain(options.reports)
    except OSError as error:
        raise Failure(f"{options.reports}: the ledger can't be read: {error.strerror}") from None
    permission = permission_for(
        release,
        target,
        standing.identity,
        files,
        chain,
        without_preflight=options.without_preflight,
        keeps_sessions=standing.keeps_sessions,
        preflight=preflight,
        begun=was_begun(options.reports, release, target, standing.identity),
    )
    skipped = [] if options.again else [file for file in files if standing.history.has(file)]
    for line in (*plan.header(release, target, standing), *plan.evidence(permission)):
        screen.line(line)
    if not options.yes or permission.refusals:
        for line in plan.files(files, standing, skipped):
            screen.line(line)
        for line in plan.locks(permission.locks, preflight):
            screen.line(line)
        screen.line()
    if permission.refusals:
        for line in plan.refusals(permission.refusals):
            screen.line(line)
        screen.line("nothing was written")
        return Exit.REFUSED
    if not options.yes:
        screen.line(f"DRY RUN: nothing was written. To write: {options.command(target)}")
        screen.line("or paste the files, in this order, into the SQL Editor")
        return Exit.OK
    _confirm(target, options.confirm)
    journal = Journal(
        release,
        target,
        standing.identity,
        permission,
        files,
        origin=origin_of(release.root, os.environ, operator=options.operator),
        reports=options.reports,
        screen=screen,
        signer=signer,
    )
    session = Session(
        conninfo,
        standing.identity,
        operator=journal.operator,
        warn=lambda text: screen.line(f"      warning: {text}"),
    )
    return write(options, target, standing.history, skipped, journal, session, screen)


def _target(release: Release, options: Options) -> Target:
    known = ", ".join(release.topologies)
    if options.environment == EPHEMERAL:
        raise UsageError(
            "--env ephemeral",
            found="the rehearsal's databases, which go away with it",
            needed=f"one of {known}",
            fix="pytest rehearses; name a live environment to apply to",
        )
    if options.environment not in release.topologies:
        raise UsageError(
            f"--env {options.environment}",
            found="a name that the release doesn't know",
            needed=f"one of {known}",
            fix="correct the name, or name another release with --release",
        )
    members = [options.member] if options.member else []
    (target,) = choose_targets(release, [options.environment], members)
    return target


def _conninfo(target: Target, redaction: Redaction) -> Conninfo:
    """Return the DSN; its secrets are learned first, and of a malformed one too."""
    variables = settings(os.environ, Path.cwd())
    redaction.learn({variables.get("PGPASSWORD", "")} - {""})
    for name in (target.apply_variable, target.dsn_variable):
        redaction.learn(secrets_in(variables.get(name, "")))
    conninfo = apply_conninfo(target)
    redaction.learn(secrets_of(conninfo), public=public_of(conninfo))
    return conninfo


def _confirm(target: Target, said: str | None) -> None:
    """Have the name of a target typed that serves prod; without a terminal, --confirm names it."""
    if said is None and serves_prod(target) and sys.stdin.isatty():
        try:
            said = input(f"This writes to {target.name}, which serves prod. Type its name to go on: ").strip()
        except EOFError:
            said = ""
    if said is None and not serves_prod(target):
        return
    if said != target.name:
        raise _unconfirmed(target, said)


def _unconfirmed(target: Target, said: str | None) -> UsageError:
    return UsageError(
        "--confirm",
        found="nothing" if said is None else f"{said!r}",
        needed=f"{target.name}, the name of the target; nothing was written",
        fix=f"--yes --confirm {target.name}",
    )
