"""Conditional requests (RFC 9110, 13): a version is an entity tag, `"7"`."""

import re
from typing import Final

import msgspec

from workflows.errors import BadInput, Problem, StaleVersion

_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST: Final = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*)*')


class IfMatch(msgspec.Struct, frozen=True):
    """What a change was based on: None asks for nothing, otherwise one of these versions."""

    versions: tuple[int, ...] | None = None

    def pick(self, current: int) -> int | None:
        """The version to insist on, given the one there is now. Raises StaleVersion where none fits."""
        if self.versions is None:
            return None
        if current not in self.versions:
            raise StaleVersion(f"The subject is at version {current} now: read it again, then decide.")
        return current


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def parse_if_match(header: str | None) -> IfMatch:
    """Read `If-Match`.

    `*` is met by whatever there is. Weak tags never match in a strong comparison (RFC 9110, 8.8.3.2),
    and a tag that is no version of ours names none. Raises BadInput for what is no list of tags.
    """
    if header is None or header.strip() == "*":
        return IfMatch()
    strong = [tag for weak, tag in _tags("If-Match", header) if not weak]
    return IfMatch(tuple(int(tag) for tag in strong if re.fullmatch(r"[1-9][0-9]{0,8}", tag)))


def none_match(header: str | None, current: str) -> bool:
    """Whether `If-None-Match` finds the reader's copy outdated; `current` is the entity tag there is now.

    A header that is no list of tags is passed over: a whole answer is always right.
    """
    if header is None:
        return True
    if header.strip() == "*":
        return False
    if not _LIST.fullmatch(header):
        return True
    return current not in {f'"{tag}"' for _, tag in _TAG.findall(header)}


def _tags(name: str, header: str) -> list[tuple[str, str]]:
    if not _LIST.fullmatch(header):
        message = 'is not a list of entity tags: repeat the ETag as it was answered, such as "7"'
        raise BadInput(f"{name} {message}.", (Problem(name, message),))
    return _TAG.findall(header)
