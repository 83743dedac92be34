"""As whom the embedded servers run: PostgreSQL refuses root, and what it need not own it should not.

    started by a person       as that person
    started by root           as `nobody` (or another id that exists here); only the data is given to it
    … below a closed folder   as root mapped to another id in a user namespace, since `nobody` could not
                              reach the data through /root or a private temporary folder

No folder's owner or mode is changed except the servers' own.
"""

import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from signal import SIGKILL

import msgspec

from workflows.errors import BadInput

LAUNCHER = Path(__file__).with_name("launch.py")


class Account(msgspec.Struct, frozen=True):
    """Who owns the servers' files (`uid`, `gid`), and `launch`, how `launch.py` becomes it."""

    uid: int
    gid: int
    launch: str


def choose_account(reach: Iterable[Path]) -> Account:
    """The account that can enter every folder of `reach`.

    Raises BadInput, naming the folder in the way, where root may neither be mapped nor stepped down from.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), "same")
    account = _unprivileged()
    closed = next((each for path in reach for each in closed_to(path, account)), None) if account else None
    if account and closed is None:
        return account
    if _may_map_root():
        return Account(0, 0, "map")
    where = f"nobody else can enter {closed}" if closed else "there is no other account here"
    raise BadInput(
        f"PostgreSQL does not run as root, and {where}: choose a --data folder that others may enter, "
        "or start as another user"
    )


def closed_to(path: Path, account: Account) -> Iterator[Path]:
    """The folders from `/` down to `path`, itself included, that the account may not enter."""
    for folder in reversed((path.absolute(), *path.absolute().parents)):
        if folder.is_dir() and not _may_enter(folder.stat(), account):
            yield folder


def give(folder: Path, account: Account) -> None:
    """Make the account the owner of the folder and all in it; done from below, so a rest is redone."""
    if os.geteuid() != 0 or folder.stat().st_uid == account.uid:
        return
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.chown(Path(parent, name), account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid)


def _may_enter(about: os.stat_result, account: Account) -> bool:
    if about.st_uid == account.uid:
        return bool(about.st_mode & stat.S_IXUSR)
    if about.st_gid == account.gid:
        return bool(about.st_mode & stat.S_IXGRP)
    return bool(about.st_mode & stat.S_IXOTH)


def _unprivileged() -> Account | None:
    """`nobody`, else the first id above 0 that exists in this user namespace (user_namespaces(7))."""
    uids, gids = _ids("uid"), _ids("gid")
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pass
    else:
        if any(nobody.pw_uid in each for each in uids) and any(nobody.pw_gid in each for each in gids):
            return Account(nobody.pw_uid, nobody.pw_gid, f"{nobody.pw_uid}:{nobody.pw_gid}")
    uid, gid = _first_above_root(uids), _first_above_root(gids)
    return Account(uid, gid, f"{uid}:{gid}") if uid and gid else None


def _ids(kind: str) -> list[range]:
    try:
        lines = Path(f"/proc/self/{kind}_map").read_text(encoding="ascii").splitlines()
    except OSError:
        return [range(2**31)]  # no user namespaces on this system: every id exists
    fields = (line.split() for line in lines)
    return [range(int(first), int(first) + int(count)) for first, _, count in fields]


def _first_above_root(ids: list[range]) -> int:
    return min((max(each.start, 1) for each in ids if each.stop > 1), default=0)


def _may_map_root() -> bool:
    """Whether the system lets root be mapped: containers often refuse, and only trying tells."""
    command = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(SIGKILL)), str(os.getpid()), "map"]
    tried = subprocess.run([*command, sys.executable, "-I", "-S", "-c", ""], capture_output=True, check=False)
    return tried.returncode == 0
