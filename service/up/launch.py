"""Runs in a child between fork and the program itself, so that no orphan is left and none runs as root.

    python -I -S launch.py ORPHAN_SIGNAL PARENT ACCOUNT PROGRAM [ARGUMENT …]

ORPHAN_SIGNAL is the number of the signal that the program gets when the thread that started it dies,
PARENT the process id of whoever starts it, ACCOUNT one of

    same      stay who we are
    UID:GID   become that account, with no other groups
    map       stay root for the outside, and be another id inside a user namespace: a program that
              refuses root runs, and still reaches what lies below a folder that only root may enter
    map:GID   the same, as a member of that group

A file of its own, run by its path and importing the standard library alone: work between fork and exec
in the supervisor (`preexec_fn`) is not safe beside its threads. A program that cannot be run leaves one
line on standard error and exit status 1.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
CLONE_NEWUSER = 0x10000000  # linux/sched.h
MAPPED_ID = 65534  # any id but 0, for it means root outside; one that has a name, for initdb asks for it


def main(arguments: list[str]) -> None:
    """Become the account, ask for the signal, and then the program."""
    orphan_signal, parent, account, *program = arguments
    os.umask(0o077)
    if account.partition(":")[0] == "map":
        if group := account.partition(":")[2]:
            os.setgroups([int(group)])  # it counts on the inside too, though it has no name there
        map_root()
    elif account != "same":
        uid, gid = (int(each) for each in account.split(":"))
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    # After the change of account, which would clear it (prctl(2)).
    die_with_parent(int(orphan_signal), int(parent))
    os.execv(program[0], program)


def map_root() -> None:
    """Enter a user namespace in which this process is `MAPPED_ID` (user_namespaces(7))."""
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "the system refuses a user namespace")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{MAPPED_ID} {uid} 1"),
        ("gid_map", f"{MAPPED_ID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def die_with_parent(orphan_signal: int, parent: int) -> None:
    """Ask the kernel for the signal, where it is Linux; elsewhere an orphan may outlive its parent."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, orphan_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before it could be asked for
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit(f"{sys.argv[4]}: {error.strerror or error}")
