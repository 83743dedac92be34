"""Signatures given elsewhere: what documenso and DocuSeal post when somebody signed there."""

from typing import Any, Final

from litestar import Response, post
from litestar.di import NamedDependency

from service.foresight.told import RecordForeseen
from service.http.decode import require_json
from service.http.idempotency import StoredAnswer
from service.http.lists import tried_out
from service.http.request_context import RequestContext, WriteUnit
from service.http.routes.inbound import InboundBatchShown, InboundShown, read_message
from service.signatures import LARGEST, SigningProvider, reported
from workflows.engine.signed_elsewhere import ingest_signatures

SECRET: Final = "X-Documenso-Secret"


def _takes(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "description": words, "content": {"application/json": {"schema": schema}}}


def _object(words: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": words, "properties": properties, "required": list(properties)}


_NUMBER: Final = {"type": ["integer", "string"]}
_DOCUMENSO: Final = _takes(
    "What documenso posts; its own fields besides these are kept and not looked at.",
    _object(
        "What happened to a document.",
        event={"type": "string", "description": "What happened.", "examples": ["DOCUMENT_COMPLETED"]},
        payload=_object(
            "The document, with its recipients.",
            id={**_NUMBER, "description": "Its number at documenso.", "examples": [73]},
        ),
    ),
)
_DOCUSEAL: Final = _takes(
    "What DocuSeal posts; its own fields besides these are kept and not looked at.",
    _object(
        "What happened to a submission.",
        event_type={"type": "string", "description": "What happened.", "examples": ["form.completed"]},
        data=_object(
            "Who signed, or the submission with all who did.",
            id={**_NUMBER, "description": "Its number at DocuSeal.", "examples": [12]},
        ),
    ),
)
_OPT: Final = {"inbound": True, "also": (200,), **tried_out(RecordForeseen)}


@post(
    "/signatures/documenso",
    opt={"key_header": SECRET, "takes": _DOCUMENSO, **_OPT},
    tags=["inbound"],
    request_max_body_size=LARGEST,
)
async def post_documenso(call: NamedDependency[RequestContext]) -> Response[InboundShown | InboundBatchShown]:
    """Take in what documenso posts: who signed a document there is recorded as having signed the agreement.

    A key is the webhook's secret, which documenso sends as `X-Documenso-Secret`. The document's `externalId` is the
    agreement's id or external id (or the agreement's external id is `documenso:` and the document's number); a signer
    is the party that has the address, and a party has signed once all its signers have. What cannot be told so is kept,
    and a person is asked. The same again answers 200 and does nothing, unless its agreement was not found before, or
    did not take the signature; what tells of no signature answers 200 with no items.
    """
    return await _take(call, "documenso")


@post(
    "/signatures/docuseal",
    opt={"takes": _DOCUSEAL, **_OPT},
    tags=["inbound"],
    request_max_body_size=LARGEST,
)
async def post_docuseal(call: NamedDependency[RequestContext]) -> Response[InboundShown | InboundBatchShown]:
    """Take in what DocuSeal posts: who completed a form there is recorded as having signed the agreement.

    The webhook's secret is the header `Authorization` with `Bearer` and a key. A submitter's `external_id`, or
    `agreement` in its `metadata`, is the agreement's id or external id (or the agreement's external id is `docuseal:`
    and the submission's number). The party is `party` in the metadata, what follows `#` in the `external_id`, the role
    where it is called so, or the side that has the address; it has signed once all its signers have, which a form alone
    tells where its submission is `completed`. What cannot be told so is kept, and a person is asked. The
    same again answers 200 and does nothing, unless its agreement was not found before, or did not take the signature;
    what tells of no signature answers 200 with no items.
    """
    return await _take(call, "docuseal")


async def _take(call: RequestContext, provider: SigningProvider) -> Response[InboundShown | InboundBatchShown]:
    require_json(call.request.headers.get("content-type"))
    raw = await call.request.body()

    async def work(unit: WriteUnit) -> StoredAnswer:
        given = reported(provider, raw, unit.at)
        if given is None:
            return StoredAnswer(body=InboundBatchShown(items=[]), status=200)
        made, new = await ingest_signatures(
            unit.connection, unit.engine, unit.acting, unit.processor, given.came, given.said
        )
        found = await read_message(unit, made)
        return StoredAnswer(body=found, status=201 if new else 200, location=f"/api/v1/inbound/{made}")

    return await call.write(work)


ROUTES: Final = (post_documenso, post_docuseal)
