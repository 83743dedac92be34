"""What an outside authority says of a daily root (RFC 3161): that its statement was there at an instant. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from workflows.ledger.merkle import Root, statement

GRANTED = 0


class StampError(Exception):
    """Why a stamp proves nothing of a root."""


def ask(one: Root) -> tuple[bytes, int]:
    """The question to an authority about a root, DER, and the number that its answer has to repeat."""
    asked = TimestampRequestBuilder().data(statement(one)).hash_algorithm(HashAlgorithm.SHA256).build()
    return asked.as_bytes(), asked.nonce or 0


def read_answer(answer: bytes, one: Root, nonce: int, authorities: Sequence[bytes]) -> datetime:
    """When the authority saw the root (UTC). Raises StampError for an answer that is none, or to something else."""
    stamp = _decoded(answer)
    if stamp.status == GRANTED and stamp.tst_info.nonce != nonce:
        raise StampError("the authority answered another question")
    return check_stamp(answer, one, authorities)


def check_stamp(answer: bytes, one: Root, authorities: Sequence[bytes]) -> datetime:
    """When an authority saw this root (UTC). Raises StampError where the stamp is of something else.

    Who signed it is checked where `authorities` (certificates, PEM) are given.
    """
    stamp = _decoded(answer)
    if stamp.status != GRANTED:
        raise StampError(f"the authority refused to stamp it: {', '.join(stamp.status_string) or stamp.status}")
    said = hashlib.sha256(statement(one)).digest()
    if stamp.tst_info.message_imprint.message != said:
        raise StampError("its stamp is that of something else")
    _check_signer(stamp, said, authorities)
    return stamp.tst_info.gen_time


def check_stamp_of(answer: bytes, digest: bytes, authorities: Sequence[bytes]) -> None:
    """Raise StampError where an answer is none, or who stamped the SHA-256 `digest` is none of the `authorities`."""
    stamp = _decoded(answer)
    if stamp.status != GRANTED:
        raise StampError(f"the authority refused to stamp it: {', '.join(stamp.status_string) or stamp.status}")
    _check_signer(stamp, digest, authorities)


def _check_signer(stamp: TimeStampResponse, digest: bytes, authorities: Sequence[bytes]) -> None:
    if not authorities:
        return
    known = [one for pem in authorities for one in _certificates(pem)]
    try:
        VerifierBuilder(roots=known).build().verify(stamp, digest)
    except VerificationError as error:
        raise StampError(f"its stamp is not by an authority that is known here ({error})") from None


def _decoded(answer: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(answer)
    except ValueError:
        raise StampError("its stamp is not readable") from None


def _certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise StampError("the certificates of authorities are not readable") from None
