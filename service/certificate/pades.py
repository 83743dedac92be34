"""A PAdES signature appended to a PDF, with or without a time stamp (baseline B-T or B-B). The one file that knows
pyHanko; it is imported where something is sealed.
"""

import io
from collections.abc import Sequence

import httpx
from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from service.stamping import TIMEOUT, Authority, asked
from workflows.ledger.stamps import StampError, check_stamp_of


class NotSealed(Exception):
    """Why a PDF could not be sealed; it may be another time."""


async def sealed(
    content: bytes,
    key: bytes,
    chain: Sequence[bytes],
    stamps: Authority | None,
    *,
    field: str,
    name: str,
    reason: str,
    room: int,
) -> bytes:
    """The PDF with a signature appended. `key` is PKCS#8, `chain` the certificates from the key's own on, all DER.

    Raises NotSealed.
    """
    certificates = [Certificate.load(one) for one in chain]
    signer = SimpleSigner(
        signing_cert=certificates[0],
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(certificates[1:]),  # type: ignore[no-untyped-call]  # its own
    )
    about = PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    # Nothing of it is drawn. It lies outside the page, where PDF/A asks for no appearance and PDF/UA for no place in
    # the order of reading.
    place = SigFieldSpec(field, readable_field_name=name, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))
    pen = PdfSigner(about, signer, timestamper=_Stamper(stamps) if stamps is not None else None, new_field_spec=place)
    out = io.BytesIO()
    try:
        await pen.async_sign_pdf(_Appending(io.BytesIO(content)), output=out, bytes_reserved=room)
    except TimestampRequestError as error:
        raise NotSealed(f"the time-stamping authority gave no stamp ({error})") from error
    except (SigningError, PdfError) as error:
        raise NotSealed(str(error)) from error
    return out.getvalue()


class _Appending(IncrementalPdfFileWriter):
    """Leaves the document's metadata as they are: they say that it is PDF/A, in the form that PDF/A asks for."""

    def _update_meta(self) -> None:
        pass


class _Stamper(TimeStamper):
    """Asks the authority as the ledger's roots do."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # its own
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            try:
                answer = await asked(client, self._authority.url, req.dump())
                check_stamp_of(answer, req["message_imprint"]["hashed_message"].native, self._authority.certificates)
                return tsp.TimeStampResp.load(answer)
            except (httpx.HTTPError, StampError, ValueError) as error:
                raise TimestampRequestError(str(error) or type(error).__name__) from error
