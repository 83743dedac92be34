"""What proves what somebody says: where it is kept, in words, or the files themselves. Pure."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec


class EvidenceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that were handed in (`POST files`) or came in by mail, and words about them; without words, their names."""

    text: str = ""
    files: tuple[UUID, ...] = ()


if TYPE_CHECKING:
    Evidence = str
else:
    # A body may name files. Whoever reads one takes them out (`workflows.intake.evidence`), so that guards, actions and
    # rows know evidence as a text, and its files by the event.
    Evidence = str | EvidenceIn


class FileNamed(msgspec.Struct, frozen=True):
    """A file as an event names it."""

    id: UUID
    sha256: str
    """Hex."""
    name: str = ""

    @property
    def said(self) -> dict[str, Any]:
        """What stands in the event; the name is personal, and stands with the file."""
        return {"id": self.id, "sha256": self.sha256}


def ids_of(files: tuple[FileNamed, ...]) -> tuple[UUID, ...] | msgspec.UnsetType:
    """The files of an answer, as its row holds them; where there are none, it says nothing of files."""
    return tuple(one.id for one in files) or msgspec.UNSET
