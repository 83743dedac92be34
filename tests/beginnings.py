"""What many tests begin with alike is lived by the first ones; those after them are given the rows it left.

A beginning is a chain of steps from the moment at which the world stands: a processor, an agreement, a change that
was announced. `lived` marks what may be a step of it. In each worker a step is lived as long as it is rare; from the
third test on that takes the same steps the database is put where it stood then, and the step answers as it did. The
chain ends at the first thing that anybody else writes: from there on all is lived.

A test that might see more of a step than its rows lives everything: one that patches, listens to logs, stands beside
a mail server, or has any other fixture that is not known to look at rows alone (`HARMLESS`).
"""

import contextvars
import copy
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar, runtime_checkable

import asyncpg
import msgspec

P = ParamSpec("P")
T = TypeVar("T")
Path = tuple[str, ...]

HARMLESS: Final = frozenset(
    (
        "servers", "template", "idle", "readers_end", "reused", "database", "pools", "engine", "beginnings", "world",
        "settings",
        "api", "acme", "desk", "other", "app", "site", "visit", "browser", "person", "request", "tmp_path",
        "tmp_path_factory", "event_loop_policy", "_function_event_loop", "_session_event_loop", "_class_event_loop",
        "_module_event_loop", "_package_event_loop", "_class_scoped_runner", "_function_scoped_runner",
        "_module_scoped_runner", "_package_scoped_runner", "_session_scoped_runner",
    )
)  # fmt: skip
"""Fixtures by which a test sees nothing of a step but what it wrote."""
OFTEN: Final = 2
"""How often a step is lived before it is kept: to keep it costs as much as a short one."""
BESIDE: Final = frozenset(("heartbeat",))
"""Tables that are no part of what was lived: the API says there by the machine's own clock that it is up."""


def sees_rows_alone(item: Any) -> bool:
    """Whether a test sees nothing of a step but the rows it wrote."""
    given = set(item.fixturenames) - set(item.callspec.params if hasattr(item, "callspec") else ())
    return given <= HARMLESS


class Mark(msgspec.Struct, frozen=True):
    """Where a step left the database. To look at all tables takes longer than to see that no transaction has written
    since, which `transactions` tells: the newest of those that are over, and those that run."""

    transactions: str = ""
    newest: int | None = None
    """The newest transaction whose rows are there, and how many rows there are; None where nobody looked."""
    total: int | None = None


class Lived(msgspec.Struct, frozen=True):
    """A step as it was lived: whole tables that it changed, and its answer."""

    rows: str
    answer: Any


_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_met: Counter[Path] = Counter()
_kept: dict[Path, Lived] = {}
_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("inside", default=False)
"""Whether this task lives a step: what it is made of is no step of its own."""


class Beginnings:
    """The steps of one test, on its database. Until `start` all is lived and nothing kept."""

    def __init__(self, admin: asyncpg.Connection) -> None:
        self._admin = admin
        self._path: Path | None = None
        self._busy = False
        self._mark = Mark()
        self._ids: dict[str, str] = {}
        """Which answer an id is from: what is alike but for its ids is the same step."""

    async def start(self) -> None:
        """From here on steps count."""
        self._path = ()
        self._mark = await self._looked()

    async def live(self, step: str, live: Callable[[], Awaitable[T]], *, always: bool = False) -> T:
        """Take a step, or be put where it led; `always`: it has to be lived as well, its rows are those of before."""
        if self._path is None or _inside.get():
            return await live()
        if self._busy:  # beside another step: what each of them wrote cannot be told apart
            self._path = None
            return await live()
        self._busy = True
        try:
            path = (*self._path, _ID.sub(lambda found: self._ids.get(found[0], found[0]), step))
            if not always and (kept := _kept.get(path)) and await self._put_back(kept, path):
                answer: T = copy.deepcopy(kept.answer)
            else:
                answer = await self._lived(path, live, always=always)
            for id in _ID.findall(repr(answer)):
                self._ids.setdefault(id, f"id {len(self._ids)} of {len(path)}")
            return answer
        finally:
            self._busy = False

    async def _lived(self, path: Path, live: Callable[[], Awaitable[T]], *, always: bool) -> T:
        if not await self._stands():  # somebody else wrote
            self._path = None
            return await live()
        _met[path] += 1
        rests = len(path) == 1 or path[:-1] in _kept  # on rows that the next test will have, too
        keeps = rests and path not in _kept and (always or _met[path] >= OFTEN)
        before = await self._rows() if keeps else {}
        inside = _inside.set(True)
        try:
            answer = await live()
        except BaseException:
            self._path = None
            raise
        finally:
            _inside.reset(inside)
        if self._path is None:  # another step came in between
            return answer
        # What was started may write by itself (a heartbeat): only the tables tell then whether anything else did.
        self._path, self._mark = path, await (self._looked() if always else self._seen())
        if always and path in _kept:
            await self._put_back(_kept[path], path, look=True)
        elif keeps:
            after = await self._rows()
            changed = {name: lines for name, lines in after.items() if lines != before.get(name)}
            gone: dict[str, list[str]] = {name: [] for name in before.keys() - after.keys()}
            if not any(name.startswith("=") for name in changed):
                rows = msgspec.json.encode({**changed, **gone}).decode()
                _kept[path] = Lived(rows=rows, answer=None if always else copy.deepcopy(answer))
        return answer

    async def _put_back(self, kept: Lived, path: Path, *, look: bool = False) -> bool:
        """Put the tables where they stood; False where anything else was written since the step before."""
        mark = self._mark
        try:
            row = await self._admin.fetchrow(
                "select * from tests.put_back($1, $2, $3, $4, $5)",
                mark.transactions, mark.newest, mark.total, kept.rows, look,
            )  # fmt: skip
        except asyncpg.LockNotAvailableError:
            row = None
        if row is None or row["transactions"] is None:
            self._path = None
            return False
        self._path, self._mark = path, Mark(row["transactions"], row["newest"], row["total"])
        return True

    async def _stands(self) -> bool:
        """Whether the database is as the step before left it."""
        mark, now = self._mark, await self._seen()
        if now.transactions != mark.transactions:
            if mark.newest is None:
                return False
            now = await self._looked()
            if (now.newest, now.total) != (mark.newest, mark.total):
                return False
            self._mark = now
        return True

    async def _seen(self) -> Mark:
        return Mark(await self._admin.fetchval("select pg_current_snapshot()::text"))

    async def _looked(self) -> Mark:
        """With a look at the tables."""
        row = await self._admin.fetchrow("select pg_current_snapshot()::text as transactions, * from tests.newest()")
        assert row is not None
        return Mark(row["transactions"], row["newest"], row["total"])

    async def _rows(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for row in await self._admin.fetch("select * from tests.lines()"):
            found.setdefault(row["name"], []).append(row["line"])
        return {name: sorted(lines) for name, lines in found.items()}


@runtime_checkable
class Beginner(Protocol):
    """Whoever takes steps."""

    @property
    def beginnings(self) -> Beginnings | None: ...

    def around(self) -> object:
        """Whatever else its steps depend on."""


def lived(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Makes a method of a Beginner a step that tests begin with."""

    @wraps(method)
    async def step(*given: P.args, **more: P.kwargs) -> T:
        one, *rest = given
        assert isinstance(one, Beginner)
        name = f"{method.__qualname__} {rest!r} {sorted(more.items())!r} {one.around()!r}"
        return await begun(one, name, lambda: method(*given, **more))

    return step


async def begun(one: Beginner, step: str, live: Callable[[], Awaitable[T]], *, always: bool = False) -> T:
    """Take a step; as `Beginnings.live`."""
    return await (live() if one.beginnings is None else one.beginnings.live(step, live, always=always))


def functions(columns: Mapping[str, Iterable[str]], filled: Iterable[str]) -> str:
    """The functions in the database; `filled` are tables with much in them: a step that changes one is not kept."""
    counted = [one for one in columns if one not in BESIDE]
    whole = [one for one in counted if one not in filled]
    newest = " union all ".join(f"select count(*), max(xmin::text::bigint) from {one}" for one in counted)
    lines = [f"select '{one}', t::text from {one} t" for one in whole]
    lines += [
        f"select '={one}', count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) from {one}"
        for one in counted if one not in whole
    ]  # fmt: skip
    put = "\n".join(_put(one, columns[one]) for one in whole)
    return _FUNCTIONS.format(newest=newest, lines=" union all ".join(lines), put=put)


def _put(table: str, columns: Iterable[str]) -> str:
    return (
        f"if kept ? '{table}' then delete from {table}; "
        f"insert into {table} ({', '.join(columns)}) overriding system value "
        f"select {', '.join(f'(whole).{one}' for one in columns)} from ("
        f"select line::{table} as whole from jsonb_array_elements_text(kept -> '{table}') as line offset 0) one; "
        f"end if;"
    )


_FUNCTIONS: Final = """
    create function tests.newest(out newest bigint, out total bigint) language plpgsql
        set plan_cache_mode = force_generic_plan as $$
    begin
        -- What was done to the tables themselves counts as rows: kept rows may not fit them any more.
        select max(x), sum(n)::bigint + (select count(*) from tests.ddl) into newest, total
            from ({newest}) as each (n, x);
    end $$;

    create function tests.lines() returns table (name text, line text) language plpgsql as $$
    begin
        return query {lines}
            union all select '@' || sequencename::text, last_value::text from pg_sequences
            where schemaname = 'public' and last_value is not null;
    end $$;

    -- Who writes nothing else meanwhile needs no look at the tables, neither before nor after.
    create function tests.put_back(
        stood text, known bigint, counted bigint, kept jsonb, look boolean,
        out transactions text, out newest bigint, out total bigint) language plpgsql
        set plan_cache_mode = force_generic_plan as $$
    declare
        own bigint;
    begin
        if pg_current_snapshot()::text <> stood
            and (known is null or (known, counted) is distinct from (select (n.newest, n.total) from tests.newest() n))
        then return; end if;
        {put}
        perform setval(substr(key, 2)::regclass, (value ->> 0)::bigint)
            from jsonb_each(kept) where starts_with(key, '@');
        own := pg_current_xact_id()::text::bigint;
        if pg_current_snapshot()::text = format('%1$s:%1$s:', own) then
            transactions := format('%1$s:%1$s:', own + 1);  -- as others see it once this one is over
        else
            transactions := '';
            look := true;
        end if;
        if look then select n.newest, n.total into newest, total from tests.newest() n; end if;
    end $$;
"""
