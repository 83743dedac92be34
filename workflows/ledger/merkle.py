"""A Merkle tree over hashes, as RFC 6962 (2.1) builds it, and the statement that a daily root is. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

GENESIS = bytes(32)
"""What stands before a processor's first root."""
_KEY = b"termijn ledger root 1"


class ProofStep(msgspec.Struct, frozen=True, array_like=True):
    """One step up: the neighbour's hash, hex, and on which side it stands."""

    side: str
    hash: str


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A root over `events` hashes: the `number`th of its processor, made once `day` (UTC) was over."""

    processor: UUID
    number: int
    day: date
    events: int
    root: bytes
    previous: bytes


class Exported(msgspec.Struct, frozen=True):
    """A line of `termijn ledger roots` that was kept elsewhere; what it holds besides proves nothing more."""

    processor_id: UUID
    number: int
    day: date
    events: int
    root: str
    previous: str

    def names(self, one: Root) -> bool:
        """Whether it is this root that was exported."""
        return (self.day, self.events, self.root, self.previous) == (
            one.day, one.events, one.root.hex(), one.previous.hex(),
        )  # fmt: skip


def statement(one: Root) -> bytes:
    """What is signed, and hashed into the next one: six lines of ASCII."""
    lines = (one.processor, one.number, one.day, one.events, one.root.hex(), one.previous.hex())
    return "\n".join(("termijn ledger root", *map(str, lines), "")).encode()


def chained(one: Root) -> bytes:
    """What the next root names as `previous`."""
    return hashlib.sha256(statement(one)).digest()


def sign(secret: str, one: Root) -> bytes:
    """HMAC-SHA256 with a key derived from the server's secret.

    It proves to whoever holds the secret that this service said so. Others it proves nothing by itself: they
    keep the root they were given, and compare.
    """
    return hmac.digest(hmac.digest(secret.encode(), _KEY, "sha256"), statement(one), "sha256")


class Tree:
    """The tree over leaves in their order; each leaf is an event's hash (32 bytes)."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise ValueError("a tree has leaves")
        self.levels = [[hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves]]
        while len(below := self.levels[-1]) > 1:
            pairs = [_joined(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            self.levels.append(pairs + below[len(pairs) * 2 :])

    @property
    def root(self) -> bytes:
        """The one hash at the top."""
        return self.levels[-1][0]

    def path(self, index: int) -> tuple[ProofStep, ...]:
        """The neighbours on the way from a leaf to the root."""
        steps = []
        for level in self.levels[:-1]:
            beside = index ^ 1
            if beside < len(level):
                steps.append(ProofStep("left" if beside < index else "right", level[beside].hex()))
            index //= 2
        return tuple(steps)


class Growing:
    """The root over leaves that come one after the other, as `Tree` has it, without keeping them."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[bytes] = []
        """Roots of whole trees, each smaller than the one before: as many leaves as the ones in the count's bits."""

    def add(self, leaf: bytes) -> None:
        top = hashlib.sha256(b"\x00" + leaf).digest()
        lower = self.count
        while lower & 1:
            top = _joined(self._peaks.pop(), top)
            lower >>= 1
        self._peaks.append(top)
        self.count += 1

    @property
    def root(self) -> bytes:
        """The one hash at the top. Raises ValueError where no leaf came."""
        if not self._peaks:
            raise ValueError("a tree has leaves")
        top = self._peaks[-1]
        for one in reversed(self._peaks[:-1]):
            top = _joined(one, top)
        return top


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
