"""The processor's seal on the record of signatures: a PAdES signature (ETSI EN 319 142-1) by a certificate of its own,
with the time stamp of an authority (RFC 3161) where settings name one. Only where they name a key.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from db.troubles import away, trouble
from service.settings import PREFIX, Settings
from service.stamping import Authority, authority_of
from workflows.errors import BadInput, Problem, Unavailable

log = logging.getLogger(__name__)

FIELD: Final = "Seal"
RETRY_SECONDS: Final = 60
LEAST_BITS: Final = 2048
"""Of an RSA key."""
_ROOM: Final = 64 * 1024
"""Hexadecimal digits that are kept in the file for the signature, its certificates and its stamp."""
_KEY: Final = f"{PREFIX}SEAL_KEY_FILE"
_CERTIFICATE: Final = f"{PREFIX}SEAL_CERTIFICATE_FILE"
_PASSPHRASE: Final = f"{PREFIX}SEAL_PASSPHRASE"
_PEM: Final = b"-----BEGIN "


def real_now() -> datetime:
    """The instant by the world's clock (UTC), also where ours is simulated: a certificate is valid by no other."""
    return datetime.now(UTC)


class SealAway(Unavailable):
    """What was signed cannot be sealed now: who stamps it is away, or its certificate has expired; `why` says which."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The record of the signatures cannot be sealed now: {why}. The signatures stand; the workers try again.",
            RETRY_SECONDS,
        )
        self.why = why


trouble.register(SealAway, away)


class Seal:
    """A key that seals, with its certificate and those that lead from it to its authority.

    `stamps` is who says when it was sealed; None: the file says so by itself.
    """

    def __init__(self, key: bytes, chain: Sequence[x509.Certificate], stamps: Authority | None) -> None:
        self._key = key
        self._chain = tuple(chain)
        self._stamps = stamps

    @property
    def until(self) -> datetime:
        """The last instant at which its certificate is valid, UTC."""
        return self._chain[0].not_valid_after_utc

    @property
    def name(self) -> str:
        """Whose certificate it is (RFC 4514)."""
        return self._chain[0].subject.rfc4514_string()

    async def put_on(self, content: bytes, *, name: str, reason: str) -> bytes:
        """The PDF with the seal appended: every byte of what it was stays, what is embedded too.

        `name` is what the seal is called to who reads with their ears, `reason` why it stands there. Takes some
        milliseconds of CPU; a stamp takes as long as its authority. Raises SealAway.
        """
        if self.until <= real_now():
            raise _not_now(f"the certificate of the seal was valid until {self.until:%Y-%m-%d}")
        pades = await asyncio.to_thread(_pades)
        chain = [one.public_bytes(Encoding.DER) for one in self._chain]
        try:
            made: bytes = await pades.sealed(
                content, self._key, chain, self._stamps, field=FIELD, name=name, reason=reason, room=_ROOM
            )
        except pades.NotSealed as error:
            raise _not_now(str(error)) from error
        return made


def _pades() -> Any:
    """Here and not above: it takes most of a second to import, for which only those wait who have a seal."""
    from service.certificate import pades

    return pades


def _not_now(why: str) -> SealAway:
    log.warning("a record of signatures is not sealed: %s", why)
    return SealAway(why)


def seal_of(settings: Settings) -> Seal | None:
    """The seal that settings name. Raises BadInput, in one line, where it cannot be used."""
    if settings.seal_key_file is None:
        if settings.seal_certificate_file is not None:
            raise _wrong(_KEY, f"is missing: {_CERTIFICATE} goes with it")
        return None
    key, chain = _loaded(settings.seal_key_file, settings.seal_certificate_file, settings.seal_passphrase)
    if not chain:
        raise _wrong(_CERTIFICATE, "is missing: the certificate of the key, and those that lead to its authority (PEM)")
    now, own = real_now(), chain[0]
    at = _CERTIFICATE if settings.seal_certificate_file is not None else _KEY
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise _wrong(_KEY, "has a key that no PDF is sealed with here: RSA or an elliptic curve")
    if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_BITS:
        raise _wrong(_KEY, f"has too short a key: {key.key_size} bits, of at least {LEAST_BITS}")
    if _public(key.public_key()) != _public(own.public_key()):
        raise _wrong(at, "has no certificate of this key in the first place")
    if own.not_valid_after_utc <= now:
        raise _wrong(at, f"expired: it was valid until {own.not_valid_after_utc:%Y-%m-%d}")
    if own.not_valid_before_utc > now + timedelta(minutes=5):
        raise _wrong(at, f"is not valid yet: from {own.not_valid_before_utc:%Y-%m-%d}")
    if not _may_sign(own):
        raise _wrong(at, "is no certificate to sign with: its key usage has neither digital signature nor content "
                         "commitment")  # fmt: skip
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Seal(raw, chain, authority_of(settings))


def _loaded(key: Path, certificates: Path | None, passphrase: str) -> tuple[Any, list[x509.Certificate]]:
    """The private key, and its certificate before those that lead on from it."""
    raw, secret = _read(_KEY, key), passphrase.encode() or None
    private: Any
    try:
        if _PEM in raw:
            private, chain = load_pem_private_key(raw, secret), _within(raw)
        else:
            store = load_pkcs12(raw, secret)
            private = store.key
            chain = [one.certificate for one in (store.cert, *store.additional_certs) if one is not None]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        words = "cannot be opened: a private key as PEM, or PKCS#12, with the passphrase in"
        raise _wrong(_KEY, f"{words} {_PASSPHRASE} or {_PASSPHRASE}_FILE") from None
    if private is None:
        raise _wrong(_KEY, "has no private key in it")
    if certificates is not None:
        try:
            more = x509.load_pem_x509_certificates(_read(_CERTIFICATE, certificates))
        except ValueError:
            raise _wrong(_CERTIFICATE, "is malformed: certificates as PEM, that of the key first") from None
        # A store may bring its own; what is named beside it are then those that lead on.
        own = [one for one in chain if one not in more]
        chain = [*own, *more] if own and _PEM not in raw else more
    return private, chain


def _within(pem: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem) if b"-----BEGIN CERTIFICATE" in pem else []


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _wrong(name, f"cannot be read: {error.strerror or 'it is no file'}") from None


def _public(key: Any) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment


def _wrong(name: str, words: str) -> BadInput:
    return BadInput(f"{name} {words}", (Problem(name, words),))
