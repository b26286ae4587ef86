"""What it means that rows are refused, and the way out: by HTTP status and by SQLSTATE.

Sources: docs.postgrest.org, "Errors" (a SQLSTATE keeps its code; PGRST... is PostgREST's own), and
supabase.com/docs/guides/platform/http-status-codes (402, 540).
"""

from __future__ import annotations

from rollgate.command import Failure
from rollgate.errors import UsageError
from rollgate.evals.supabase import KEY, URL

TABLE = "public.ai_training_examples"
_MIGRATE = "apply the base migration of the release; then: notify pgrst, 'reload schema'"
_GRANT = f"grant usage on schema public to {{role}}; grant select on {TABLE} to {{role}};"


def by_sqlstate(code: str, message: str, *, role: str) -> Exception | None:
    """Return the error for what PostgreSQL said, or None if it is no mistake that is known.

    `role` is who asked. The codes are those of the PostgreSQL documentation, appendix A.
    """
    if code == "42501":
        return UsageError(
            TABLE,
            found=f"{role} may not read it: {message}",
            needed=f"the right to select from it, for {role}",
            fix=f"run in the SQL Editor: {_GRANT.format(role=role)}",
        )
    if code in ("42P01", "PGRST205"):
        return UsageError(
            TABLE,
            found=f"no such table: {message}",
            needed="the table of Phase 1, in the schema that is asked",
            fix="check that this is the right project and that its Data API exposes the schema public; "
            "if the table is new: notify pgrst, 'reload schema'",
        )
    if code == "42703":
        return UsageError(
            TABLE,
            found=f"a column is missing: {message}",
            needed="the columns of Phase 1 and the telemetry columns of Phase 2",
            fix=_MIGRATE,
        )
    if code == "57014":
        return Failure(
            f"{TABLE}: the database gave up: {message}\n"
            "  fix: ask for less at a time (--days, --limit, --page-size), or read it with --dsn-env"
        )
    return None


def by_status(status: int, code: str, message: str, *, host: str) -> Exception:
    """Return the error for an answer that is no success and that asking again won't mend."""
    said = f"HTTP {status} from {host}" + (f": {message}" if message else "")
    known = by_sqlstate(code, message, role="service_role")
    if status == 401 or (status == 403 and known is None):
        return UsageError(
            KEY,
            found=said,
            needed="a key that this project accepts and that acts as service_role",
            fix="copy the key anew from the settings of this very project, API Keys; it may have been "
            "rotated or disabled" + ("" if status == 401 else ", or a network restriction keeps you out"),
        )
    if known is not None:
        return known
    if status == 406:
        return UsageError(
            URL,
            found=said,
            needed="a Data API that exposes the schema public",
            fix="add it under Project Settings, Data API, Exposed schemas; or read it with --dsn-env",
        )
    if status == 404 or 300 <= status < 400:
        return UsageError(
            URL,
            found=said,
            needed="the REST API of a Supabase project at this address",
            fix="correct the URL: https://<ref>.supabase.co",
        )
    if status in (402, 540):
        why = "restricted" if status == 402 else "paused"
        return Failure(f"{said}\n  fix: the project is {why}; look at its page on the dashboard")
    return Failure(said)
