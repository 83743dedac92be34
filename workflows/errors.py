"""What can go wrong in the domain, said without knowing of HTTP or of a database.

TermijnError
├── BadInput            what was given cannot be used; `problems` name each place
├── NotFound            no such thing for this processor
├── NotAllowed          the key's role may not do this
├── Refused             the state or a rule of the agreement forbids it
├── Conflict            somebody else was first (stale version, stale preview)
├── TooLarge            more was given than is taken
├── Altered             what is kept is not what it was: none of it is given
├── KeyReused           an idempotency key came back with another request
└── Unavailable         a part that is needed is down or full; trying again helps
"""

from typing import ClassVar
from uuid import UUID

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong with an input: `path` as in `contacts[0].email`, `message` with the remedy."""

    path: str
    message: str


class TermijnError(Exception):
    """Base of all errors that the caller can mend; `detail` says how."""

    kind: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadInput(TermijnError):
    """The input cannot be used; nothing was written."""

    kind = "bad-input"

    def __init__(self, detail: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail)
        self.problems = problems


class NotFound(TermijnError):
    """Not found, or another processor's: the answer is the same."""

    kind = "not-found"


class NotAllowed(TermijnError):
    """The role of the caller's key does not allow it."""

    kind = "not-allowed"


class Refused(TermijnError):
    """A state, or a rule of the agreement, forbids the step.

    `state` is where the subject stands, `actions` what may be done now, `guard` the name of the
    condition that said no, `clause` the place in the agreement where there is one.
    """

    kind = "refused"

    def __init__(
        self,
        detail: str,
        *,
        state: str = "",
        actions: tuple[str, ...] = (),
        guard: str = "",
        clause: str = "",
    ) -> None:
        super().__init__(detail)
        self.state = state
        self.actions = actions
        self.guard = guard
        self.clause = clause


class Conflict(TermijnError):
    """Somebody else was first: the version or digest that was named is no longer the current one."""

    kind = "conflict"


class StaleVersion(Conflict):
    """`If-Match` named a version that has been overtaken (RFC 9110, 13.1.1)."""

    kind = "stale-version"


class TooLarge(TermijnError):
    """More was given than is taken; nothing was written."""

    kind = "too-large"


class KeyReused(TermijnError):
    """An `Idempotency-Key` was used again with another request."""

    kind = "key-reused"


class Altered(TermijnError):
    """A file is not what was handed in, or its bytes are gone; `object_id` is where a store has it."""

    kind = "altered"

    def __init__(self, detail: str, file: UUID, object_id: UUID | None) -> None:
        super().__init__(detail)
        self.file = file
        self.object_id = object_id


class Unavailable(TermijnError):
    """A part that is needed is down or full; `retry_after` in seconds."""

    kind = "unavailable"

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
