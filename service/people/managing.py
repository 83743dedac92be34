"""Letting people in, and out again: the same for the API, pages and the command line, each with its event."""

from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from service.people.users import NewUser, User, create_user, end_sessions, remove_user, update_user, user_of
from workflows.engine.engine import Engine
from workflows.machine.acting import Acting
from workflows.model.users import Hears, Role, UserNoted
from workflows.words import Language


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of a user; what is absent stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    hears: Hears | msgspec.UnsetType = msgspec.UNSET


class Managing(msgspec.Struct, frozen=True):
    """Who manages users, in one transaction; the caller commits."""

    connection: Connection
    engine: Engine
    acting: Acting

    async def add(self, user: NewUser) -> UUID:
        """Somebody new may sign in. Raises Conflict where the address is taken."""
        id = await create_user(self.connection, user, self.acting.now)
        noted = UserNoted(user_id=id, role=user.role, name=user.name, email=user.email)
        await self._note(user.processor_id, "user_added", noted)
        return id

    async def change(self, before: User, change: UserChange) -> None:
        """Change a user who is held. A new address or role ends the sessions that there are. Raises Conflict."""
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        after = replace(before, **given)
        names = tuple(sorted(name for name in given if getattr(before, name) != getattr(after, name)))
        if not names:
            return
        await update_user(self.connection, self._processors, after)
        if {"email", "role"} & set(names):
            await end_sessions(self.connection, self._processors, before.id)
        noted = UserNoted(
            user_id=before.id,
            role=after.role,
            changed=names,
            name=after.name if "name" in names else None,
            email=after.email if "email" in names else None,
        )
        await self._note(before.processor_id, "user_changed", noted)

    async def remove(self, user: User) -> None:
        """A user who is held signs in no more, and is out at once."""
        await remove_user(self.connection, self._processors, user.id, self.acting.now)
        await self._note(user.processor_id, "user_removed", UserNoted(user_id=user.id, role=user.role))

    async def hold(self, id: UUID) -> User | None:
        """A user who was not removed, locked until the transaction ends."""
        row = await self.connection.fetchrow(sql("hold_user"), self._processors, id)
        return user_of(row) if row is not None else None

    @property
    def _processors(self) -> list[UUID]:
        return list(self.acting.processors)

    async def _note(self, processor: UUID | None, trigger: str, noted: UserNoted) -> None:
        """An event of the processor; admins belong to none."""
        if processor is not None:
            command = self.acting.command(processor, trigger, noted)
            await self.engine.run(self.connection, self._processors, [command])
