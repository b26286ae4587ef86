"""Any state of the routing table that the schema admits: rows, flags, and the order they lie in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

PROVIDERS = ("openai", "custom")
ENVIRONMENTS = ("prod", "staging", "dev")
KEYS = tuple((provider, environment) for environment in ENVIRONMENTS for provider in PROVIDERS)

#: Long ago, so that a row that was written since is seen.
OLD = "2026-01-02 03:04:05+00"
WEIGHTS = (100, 0, 1, 5, 20, 99, 101, 2**31 - 1)
TIMEOUTS = (45000, 1000, 60000, 180000)
RETRIES = (1, 0, 2, 3)
MODELS = (None, "", "it's")
METADATA: tuple[Any, ...] = ({}, {"note": "it's 50%; kept"}, [], None, {"release": "phase2", "env": "own"})
#: Sessions think in local time; a timestamp that isn't the instant shows in all but the first.
ZONES = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati")
#: Ways in which an operator's past writes move a row: in its page, through the indexes, or out and in again.
MOVES = ("hot", "indexed", "reinserted", "deleted")


@dataclass(frozen=True)
class Row:
    """A row; `padded` makes it so wide that the table takes more than one page."""

    provider: str
    environment: str
    enabled: bool = True
    is_default: bool = False
    weight: int = 100
    timeout_ms: int = 45000
    max_retries: int = 1
    model: str | None = None
    metadata: Any = None
    padded: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.provider, self.environment


@dataclass(frozen=True)
class State:
    """Rows in the order of their insertion, what moved them afterwards, and the session's time zone."""

    rows: tuple[Row, ...]
    moves: tuple[tuple[str, tuple[str, str]], ...] = ()
    zone: str = "UTC"

    def sql(self) -> str:
        """Return the statements that make the table hold this and nothing else."""
        rows = ",\n".join(_values(row) for row in self.rows)
        return "\n".join(
            [
                "truncate public.ai_provider_configs;",
                *([_INSERT.format(rows=rows)] if rows else []),
                *(_MOVE[move].format(provider=key[0], environment=key[1]) for move, key in self.moves),
                f"set local timezone = '{self.zone}';",
            ]
        )


_INSERT = """insert into public.ai_provider_configs (provider, environment, enabled, is_default, weight,
  timeout_ms, max_retries, model, metadata, created_at, updated_at, prompt_template_version) values
{rows};"""
_WHERE = "where provider = '{provider}' and environment = '{environment}'"
_NAMES = "provider, environment, enabled, is_default, weight, timeout_ms, max_retries, model, metadata"
_MOVE = {
    "hot": "update public.ai_provider_configs set model = model " + _WHERE + ";",
    # Twice, so that the values end as they were.
    "indexed": 2 * ("update public.ai_provider_configs set weight = weight # 1 " + _WHERE + ";"),
    "reinserted": (
        f"with gone as (delete from public.ai_provider_configs {_WHERE} returning *) "
        f"insert into public.ai_provider_configs ({_NAMES}, created_at, updated_at, prompt_template_version) "
        f"select {_NAMES}, created_at, updated_at, prompt_template_version from gone;"
    ),
    "deleted": "delete from public.ai_provider_configs " + _WHERE + ";",
}
_PADDING = "".join(f"{number * 7919 % 65536:04x}" for number in range(450))


def _text(value: object) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def _values(row: Row) -> str:
    metadata = {} if row.metadata is None else row.metadata
    if row.padded:
        metadata = {"padding": _PADDING}
    return (
        f"({_text(row.provider)}, {_text(row.environment)}, {row.enabled}, {row.is_default}, {row.weight}, "
        f"{row.timeout_ms}, {row.max_retries}, {_text(row.model)}, {_text(json.dumps(metadata))}, "
        f"'{OLD}', '{OLD}', 'v2')"
    )


_CODES = 2 * len(WEIGHTS) * len(TIMEOUTS) * len(RETRIES) * len(MODELS) * len(METADATA) * 2


def _row(key: tuple[str, str], code: int, mark: str) -> Row:
    """Read a row's columns out of one number: one draw a row is quick, and shrinks to the plainest."""
    code, off = divmod(code, 2)
    code, weight = divmod(code, len(WEIGHTS))
    code, padded = divmod(code, 2)
    code, timeout = divmod(code, len(TIMEOUTS))
    code, retries = divmod(code, len(RETRIES))
    code, model = divmod(code, len(MODELS))
    metadata = METADATA[code % len(METADATA)]
    if metadata and "env" in metadata:
        metadata = {**metadata, "env": mark}
    return Row(
        *key,
        enabled=not off,
        weight=WEIGHTS[weight],
        timeout_ms=TIMEOUTS[timeout],
        max_retries=RETRIES[retries],
        model=MODELS[model],
        metadata=metadata,
        padded=bool(padded),
    )


def states(mark: str) -> st.SearchStrategy[State]:
    """Return the strategy; `mark` is what the topology's overlay writes into `metadata` as `env`."""

    def build(
        keys: list[tuple[str, str]],
        codes: list[int],
        defaults: tuple[int, ...],
        moves: list[tuple[int, int]],
        zone: str,
    ) -> State:
        rows = [_row(key, code, mark) for key, code in zip(keys, codes, strict=False)]
        for environment, default in zip(ENVIRONMENTS, defaults, strict=True):
            places = [place for place, row in enumerate(rows) if row.environment == environment]
            if places and default:  # nobody, or one of those that are there
                place = places[default % len(places)]
                rows[place] = replace(rows[place], is_default=True)
        moved = [(MOVES[move], rows[place % len(rows)].key) for move, place in moves if rows]
        return State(tuple(rows), tuple(moved), zone)

    return st.builds(
        build,
        st.lists(st.sampled_from(KEYS), unique=True, max_size=len(KEYS)),
        st.lists(st.integers(0, _CODES - 1), min_size=len(KEYS), max_size=len(KEYS)),
        st.tuples(*[st.integers(0, 2)] * len(ENVIRONMENTS)),
        st.lists(st.tuples(st.integers(0, len(MOVES) - 1), st.integers(0, len(KEYS) - 1)), max_size=6),
        st.sampled_from(ZONES),
    )
