"""As whom the children run: PostgreSQL refuses root, and what a child need not reach it should not.

    started by a person       as that person, all of them
    started by root           each as an account of its own, with one group between them for the sockets; only the
                              database and the mail sink are given away
    … below a closed folder   as root mapped to another id in a user namespace, without root's powers, since no other
                              account could reach it through /root or a private temporary folder: all of them where
                              the data lie there, API and workers where Python or this program does

The accounts are `termijn-postgres`, `termijn-redis`, `termijn-api` and `termijn-worker`, the group `termijn`, where the
machine has them. Where not, they are the numbers from FIRST_ID on that are nobody's here: the same at each start.

No folder's owner or mode is changed except the children's own.
"""

import grp
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from signal import SIGKILL
from typing import Final

import msgspec
from msgspec.structs import replace

from workflows.errors import BadInput

LAUNCHER = Path(__file__).with_name("launch.py")
FIRST_ID: Final = 60901
"""Of a range that neither distributions nor systemd give out (60706 to 61183, systemd's UIDS-GIDS)."""
_LAST_ID: Final = 61183


class Account(msgspec.Struct, frozen=True):
    """Who owns a child's files (`uid`, `gid`), and `launch`, how `launch.py` becomes it."""

    uid: int
    gid: int
    launch: str


class Accounts(msgspec.Struct, frozen=True):
    """Whom each child is."""

    postgres: Account
    redis: Account
    api: Account
    worker: Account

    @property
    def apart(self) -> bool:
        """Whether they are others than who starts them, and reach one another's sockets by their group."""
        return ":" in self.postgres.launch


def program_folders() -> list[Path]:
    """What API and workers must reach: the interpreter, its packages, and this program."""
    return [Path(sys.executable), Path(sys.prefix), Path(sys.base_prefix), Path(msgspec.__file__), LAUNCHER]


def choose_accounts(reach: Iterable[Path], program: Iterable[Path] = ()) -> Accounts:
    """Accounts that can enter every folder of `reach`, those of API and workers also of `program`, and read the files.

    Raises BadInput, naming the folder in the way, where root may neither be mapped nor stepped down from.
    """
    if os.geteuid() != 0:
        return Accounts(*[Account(os.geteuid(), os.getegid(), "same")] * 4)
    accounts = _unprivileged()
    closed = None
    if accounts:
        each_of = (accounts.postgres, accounts.redis, accounts.api, accounts.worker)
        closed = next((found for path in reach for one in each_of for found in closed_to(path, one)), None)
        if closed is None:
            return _of_program(accounts, program)
    if _may_map_root():
        return Accounts(*[Account(0, 0, "map")] * 4)
    where = f"nobody else can enter {closed}" if closed else "there is no other account here"
    raise BadInput(
        f"PostgreSQL does not run as root, and {where}: choose a --data folder that others may enter, "
        "or start as another user"
    )


def with_a_name(account: Account) -> Account:
    """The account, or one that has a name and the same group where it has none: `initdb` asks who runs it."""
    names = {one.pw_uid: one.pw_name for one in pwd.getpwall() if one.pw_uid}
    if ":" not in account.launch or account.uid in names:
        return account
    there = sorted(uid for uid in names if any(uid in each for each in _ids("uid")))
    uid = next((uid for uid in there if names[uid] == "nobody"), there[-1] if there else account.uid)
    return Account(uid, account.gid, f"{uid}:{account.gid}")


def _of_program(accounts: Accounts, program: Iterable[Path]) -> Accounts:
    """The same, with API and workers as root mapped, or as root where it may not be, where Python is closed to others.
    They get the group all the same, to reach the servers' sockets."""
    if not any(
        closed for path in program for one in (accounts.api, accounts.worker) for closed in closed_to(path, one)
    ):
        return accounts
    root = Account(0, 0, f"map:{accounts.postgres.gid}" if _may_map_root() else "same")
    return replace(accounts, api=root, worker=root)


def closed_to(path: Path, account: Account) -> Iterator[Path]:
    """The folders from `/` down to `path`, itself included, that the account may not enter; a file that it may not
    read."""
    for folder in reversed((path.absolute(), *path.absolute().parents)):
        about = folder.stat() if folder.exists() else None
        if about is None:
            continue
        what = stat.S_IXOTH if stat.S_ISDIR(about.st_mode) else stat.S_IROTH
        if not _may(about, account, what):
            yield folder


def give(folder: Path, account: Account) -> None:
    """Make the account the owner of the folder and all in it; done from below, so a rest is redone."""
    if os.geteuid() != 0 or folder.stat().st_uid == account.uid:
        return
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.chown(Path(parent, name), account.uid, account.gid, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid)


def _may(about: os.stat_result, account: Account, what: int) -> bool:
    """Whether the account may do what this bit lets others do."""
    if about.st_uid == account.uid:
        return bool(about.st_mode & what << 6)
    if about.st_gid == account.gid:
        return bool(about.st_mode & what << 3)
    return bool(about.st_mode & what)


def _unprivileged() -> Accounts | None:
    """The named accounts, else numbers that are nobody's, that exist in this user namespace (user_namespaces(7)).

    Where it has fewer than four, children share the last one. None where it has none but root.
    """
    free = _free(_ids("uid"), {one.pw_uid for one in pwd.getpwall()})
    uids: list[int] = []
    for name in ("termijn-postgres", "termijn-redis", "termijn-api", "termijn-worker"):
        found = _named_user(name) or next(free, uids[-1] if uids else 0)
        if not found:
            return None
        uids.append(found)
    gid = _named_group("termijn") or next(_free(_ids("gid"), {one.gr_gid for one in grp.getgrall()}), 0)
    return Accounts(*(Account(uid, gid, f"{uid}:{gid}") for uid in uids)) if gid else None


def _named_user(name: str) -> int:
    try:
        uid = pwd.getpwnam(name).pw_uid
    except KeyError:
        return 0
    return uid if any(uid in each for each in _ids("uid")) else 0


def _named_group(name: str) -> int:
    try:
        gid = grp.getgrnam(name).gr_gid
    except KeyError:
        return 0
    return gid if any(gid in each for each in _ids("gid")) else 0


def _free(there: list[range], taken: set[int]) -> Iterator[int]:
    """Ids of our own range that exist and are nobody's; in a namespace that has none of them, from its first on."""
    own = (one for one in range(FIRST_ID, _LAST_ID + 1) if one not in taken and any(one in each for each in there))
    few = (one for each in there for one in range(max(each.start, 1), min(each.stop, FIRST_ID)))
    return chain(own, few)


def _ids(kind: str) -> list[range]:
    try:
        lines = Path(f"/proc/self/{kind}_map").read_text(encoding="ascii").splitlines()
    except OSError:
        return [range(2**31)]  # no user namespaces on this system: every id exists
    fields = (line.split() for line in lines)
    return [range(int(first), int(first) + int(count)) for first, _, count in fields]


def _may_map_root() -> bool:
    """Whether the system lets root be mapped: containers often refuse, and only trying tells."""
    command = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(SIGKILL)), str(os.getpid()), "map"]
    tried = subprocess.run([*command, sys.executable, "-I", "-S", "-c", ""], capture_output=True, check=False)
    return tried.returncode == 0
