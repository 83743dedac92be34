"""Templates as Jinja compiled them, kept in `__pycache__` as Python keeps modules: compiling takes longer than all else
that a process does for its first mails and pages, so the next one finds it done."""

import hashlib
import marshal
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.resources import files
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import jinja2
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class KeptTemplates(BytecodeCache):
    """What was compiled for one environment; `name` tells it from others whose files lie in the same package.

    `made_of` is whatever decides, beside the source of a template and Jinja itself, what it is compiled to. A template
    whose source or whose `made_of` is another one is compiled anew. Where nothing can be written, nothing is kept.
    """

    def __init__(self, package: str, name: str, made_of: Iterable[bytes] = ()) -> None:
        self._folder = _folder(package)
        self._name = name
        made = hashlib.sha256(MAGIC_NUMBER + jinja2.__version__.encode())
        for one in made_of:
            made.update(len(one).to_bytes(8, "big") + one)
        self._made_of = made.digest()

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(self._made_of + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, ValueError, TypeError):
            checksum, _, code = self._file(bucket).read_bytes().partition(b"\n")
            if checksum.decode() == bucket.checksum:
                bucket.code = marshal.loads(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Whole or not at all: other processes start at the same time."""
        if sys.dont_write_bytecode or bucket.code is None:
            return
        with suppress(OSError):
            file = self._file(bucket)
            own = file.with_name(f"{file.name}.{os.getpid()}")
            file.parent.mkdir(exist_ok=True)
            own.write_bytes(bucket.checksum.encode() + b"\n" + marshal.dumps(bucket.code))
            own.replace(file)

    def _file(self, bucket: Bucket) -> Path:
        if self._folder is None:
            raise FileNotFoundError
        return self._folder / f"{self._name}.{bucket.key}.compiled"


def _folder(package: str) -> Path | None:
    """Where a package's files lie; None where it is read from an archive."""
    place = files(package)
    return place / "__pycache__" if isinstance(place, Path) else None
