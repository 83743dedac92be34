"""A mailbox in a folder of this machine (maildir): what is taken in goes from `new` to `cur`."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service.mail.incoming.box import LARGEST, BoxedMail, Unreadable, UnreadableMail
from service.servers import Maildir

_MARKS: Final = {True: "F", False: ""}


class MaildirBox:
    """An open mailbox; names of files within one place mean one message."""

    place = "maildir"

    def __init__(self, config: Maildir) -> None:
        self._new: Path = config.path / "new"
        self._cur: Path = config.path / "cur"
        if not (os.access(self._new, os.W_OK | os.X_OK) and os.access(self._cur, os.W_OK | os.X_OK)):
            raise Unreadable("the folder has no `new` and `cur` that may be written")

    def waiting(self, after: int, since: datetime) -> list[str]:
        """Names of files in `new`, the oldest name first."""
        del after, since
        try:
            return sorted(one.name for one in os.scandir(self._new) if one.is_file() and not one.name.startswith("."))
        except OSError as error:
            raise Unreadable("the folder cannot be read") from error

    def uid(self, item: str) -> int:
        """None: what was taken in is moved."""
        del item
        return 0

    def read(self, item: str) -> BoxedMail | None:
        """The message, cut off behind LARGEST bytes; None where somebody moved it."""
        try:
            with self._new.joinpath(item).open("rb") as file:
                arrived = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
                return BoxedMail(content=file.read(LARGEST + 1), arrived=arrived)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, OverflowError) as error:
            raise UnreadableMail("it cannot be read") from error

    def taken(self, item: str, *, apart: bool) -> None:
        """Move it, flagged where it could not be taken in."""
        name = item.partition(":")[0]
        try:
            self._new.joinpath(item).rename(self._cur / f"{name}:2,{_MARKS[apart]}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unreadable("a message cannot be moved") from error

    def close(self) -> None:
        """Nothing is kept open."""
