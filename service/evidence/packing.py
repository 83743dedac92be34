"""A zip whose bytes follow from what goes into it alone, with a manifest of every file. Pure but for its file."""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final

import msgspec

_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = 0o100644 << 16


class Filed(msgspec.Struct, frozen=True):
    path: str
    sha256: str
    bytes: int


class LeftOut(msgspec.Struct, frozen=True):
    """A file that belongs in it and is not: its bytes are not those of this SHA-256 (hex), or are gone."""

    path: str
    sha256: str


class ZipEntry:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._out.write(content)
        self._digest.update(content)
        self.size += len(content)

    def line(self, row: Any) -> None:
        self.write(msgspec.json.encode(row) + b"\n")

    @property
    def sha256(self) -> str:
        """The SHA-256 of all that was written, hex."""
        return self._digest.hexdigest()


class Packer:
    """Writes files into `out`, one after the other; call `close` last."""

    def __init__(self, out: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.files: list[Filed] = []

    @contextmanager
    def entry(self, path: str) -> Iterator[ZipEntry]:
        with self._zip.open(_info(path), "w", force_zip64=True) as out:
            made = ZipEntry(out)
            yield made
        self.files.append(Filed(path, made.sha256, made.size))

    def add(self, path: str, content: bytes) -> str:
        """A whole file; its SHA-256, hex."""
        with self.entry(path) as made:
            made.write(content)
        return made.sha256

    def give_up(self) -> None:
        """Let the file go; what is in it is no bundle."""
        self._zip.close()

    def close(self, about: Any, left_out: Sequence[LeftOut]) -> None:
        """The manifest, which names every file and what was left out, and the digest of the manifest."""
        files = sorted(self.files, key=lambda one: one.path)
        said = {"evidence": 1, "about": about, "left_out": sorted(left_out, key=lambda one: one.path), "files": files}
        manifest = msgspec.json.format(msgspec.json.encode(said), indent=1)
        digest = hashlib.sha256(manifest).hexdigest()
        self._zip.writestr(_info("manifest.json"), manifest)
        self._zip.writestr(_info("manifest.sha256"), f"{digest}  manifest.json\n")
        self._zip.close()


def _info(path: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(path, _WHEN)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = _UNIX
    made.external_attr = _MODE
    return made
