"""`termijn user`: the people who sign in."""

import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, get_args
from uuid import UUID

import click

from db import clock
from db.queries import sql
from db.session import Connection
from service.cli.database import answered, reader
from service.people.managing import Managing
from service.people.users import NewUser, User, user_of
from workflows.engine.engine import Engine
from workflows.errors import BadInput, NotFound
from workflows.machine.acting import Acting
from workflows.mail_address import BadAddress, one_address, same_mailbox
from workflows.model.users import Role
from workflows.words import LANGUAGES, SOURCE, Language

ACTOR: Final = "cli"
_PROCESSOR: Final = "--processor"

Told = Coroutine[Any, Any, list[str]]


@click.group("user")
def user_command() -> None:
    """The people who sign in."""


_data = click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
_processor = click.option(_PROCESSOR, metavar="ID", help="Of which processor, an id or a slug; needed with several.")


@user_command.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice(get_args(Role)))
@click.option("--language", type=click.Choice(LANGUAGES), help="Else the processor's; an admin's is English.")
@_processor
@_data
def add_command(
    email: str, name: str, role: Role, language: Language | None, processor: str | None, data: Path | None
) -> None:
    """Let somebody sign in with this address; an admin belongs to no processor."""
    _run(data, lambda desk: desk.add(email, name, role, language, processor))


@user_command.command("list")
@_processor
@_data
def list_command(processor: str | None, data: Path | None) -> None:
    """Who signs in, and who did."""
    _run(data, lambda desk: desk.listed(processor))


@user_command.command("remove")
@click.argument("who", metavar="EMAIL|ID")
@_processor
@_data
def remove_command(who: str, processor: str | None, data: Path | None) -> None:
    """Let somebody sign in no more; what they have open ends at once."""
    _run(data, lambda desk: desk.remove(who, processor))


class _Desk:
    """One command, in one transaction."""

    def __init__(self, connection: Connection, processors: list[Any], acting: Acting) -> None:
        self._connection = connection
        self._known = processors
        self._managing = Managing(connection, Engine(arrival="direct"), acting)

    async def add(self, email: str, name: str, role: Role, language: Language | None, of: str | None) -> list[str]:
        try:
            address = one_address(email)
        except BadAddress as error:
            raise BadInput(f"{email[:80]!r} {error}") from None
        if not name.strip() or not name.isprintable():
            raise BadInput("--name is one line of text.")
        if role == "admin":
            if of is not None:
                raise BadInput(f"An admin belongs to no processor: leave out {_PROCESSOR}.")
            owner, spoken = None, language or SOURCE
        else:
            found = self._one(of)
            owner, spoken = found["id"], language or found["language"]
        id = await self._managing.add(
            NewUser(name=name.strip(), email=address, role=role, language=spoken, processor_id=owner)
        )
        return [f"{id}  {address}  {role}"]

    async def listed(self, of: str | None) -> list[str]:
        wanted = {self._one(of)["id"]} if of is not None else None
        return [_line(one) for one in await self._users() if wanted is None or one.processor_id in wanted]

    async def remove(self, who: str, of: str | None) -> list[str]:
        wanted = {self._one(of)["id"]} if of is not None else None
        found = [
            one
            for one in await self._users()
            if one.state == "active" and (str(one.id) == who or same_mailbox(one.email, who))
            and (wanted is None or one.processor_id in wanted)
        ]  # fmt: skip
        if not found:
            raise NotFound(f"Nobody signs in with {who[:80]!r}; `termijn user list` shows who does.")
        if len(found) > 1:
            raise BadInput(f"{len(found)} users sign in with {who}: give an id of `termijn user list`.")
        held = await self._managing.hold(found[0].id)
        if held is not None:
            await self._managing.remove(held)
        return [f"{found[0].id}  {found[0].email}  removed"]

    async def _users(self) -> list[User]:
        mine = [one["id"] for one in self._known]
        rows = await self._connection.fetch(sql("list_users"), mine, None, None, None, None, True, None)
        return [user_of(row) for row in rows]

    def _one(self, of: str | None) -> Any:
        """A processor by its id or slug, or the only one. Raises BadInput."""
        found = [one for one in self._known if of is None or of in (str(one["id"]), one["slug"])]
        if len(found) == 1:
            return found[0]
        known = ", ".join(one["slug"] for one in self._known) or "none yet"
        what = f"There is no processor {of[:80]!r}" if of is not None else f"Name the processor with {_PROCESSOR}"
        raise BadInput(f"{what}; there are: {known}.")


def _line(user: User) -> str:
    gone = "  removed" if user.state == "removed" else ""
    return f"{user.id}  {user.email}  {user.role}  {user.name}{gone}"


def _run(data: Path | None, work: Callable[[_Desk], Told]) -> None:
    lines = answered(_done(data, work))
    for line in lines:
        click.echo(line)


async def _done(data: Path | None, work: Callable[[_Desk], Told]) -> list[str]:
    async with contextlib.AsyncExitStack() as opening:
        connection = await opening.enter_async_context(reader(data))
        await opening.enter_async_context(connection.transaction())
        rows = await connection.fetch(sql("every_processor"))
        now = await clock.now(connection)
        everyone: tuple[UUID, ...] = tuple(row["id"] for row in rows)
        return await work(
            _Desk(connection, rows, Acting(actor=ACTOR, role="admin", at=now, now=now, processors=everyone))
        )
