"""What providers of signatures post when somebody signed: documenso and DocuSeal, each in its own form. Pure.

Forms taken: documenso's of its releases 1.9 to 2.x (`event`, `payload`, `createdAt`, with `recipients` or, before,
`Recipient`); DocuSeal's of its releases 1.6 to 3.x (`event_type`, `timestamp`, `data`). Neither carries the PDF itself.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from service.mail.incoming.matched import clip
from workflows.engine.inbound import Inbound, Received
from workflows.engine.signed_elsewhere import SignedElsewhere, SignedParty, SignerElsewhere, SignerState
from workflows.errors import BadInput, Problem
from workflows.time import parse_instant

SigningProvider = Literal["documenso", "docuseal"]
LARGEST: Final = 1024 * 1024
PARTY: Final = {"controller": "controller", "customer": "controller", "processor": "processor"}
"""What a report may call a party by."""
_CALLED: Final = {"documenso": "documenso", "docuseal": "DocuSeal"}
_STATES: Final[dict[str, SignerState]] = {"SIGNED": "signed", "REJECTED": "declined"}
_SAID: Final[dict[SignerState, str]] = {"signed": "completed", "declined": "declined", "waiting": "waiting"}
_LONGEST: Final = 200
_TEXTS: Final = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(\s*+:)?')
"""Each text of a JSON document, the names of members with their colon."""
_OPENS: Final = re.compile(rb"token|slug|secret|password", re.IGNORECASE)
"""What members are called that let whoever has them open a document, or sign it."""
_ADDRESS: Final = re.compile(rb'(https?:(?:\\?/){2}[^/\\\s"?#<>]++)((?:\\.|[^\\\s"<>])++)', re.IGNORECASE)
_Id = str | int | None


class _Recipient(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: _Id = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    signing_status: str | None = None
    signed_at: str | None = None


class _Document(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str | int
    external_id: _Id = None
    title: str | None = None
    created_at: str | None = None
    recipients: tuple[_Recipient, ...] = ()
    before: tuple[_Recipient, ...] = msgspec.field(default=(), name="Recipient")


class _Documenso(msgspec.Struct, frozen=True, kw_only=True):
    event: str
    payload: _Document


class _Submitter(msgspec.Struct, frozen=True, kw_only=True):
    id: _Id = None
    submission_id: _Id = None
    name: str | None = None
    email: str | None = None
    status: str | None = None
    external_id: _Id = None
    completed_at: str | None = None
    declined_at: str | None = None
    metadata: dict[str, Any] | None = None


class _Submission(msgspec.Struct, frozen=True, kw_only=True):
    status: str | None = None


class _Data(_Submitter, frozen=True, kw_only=True):
    """Of one who signed, or of the whole, which has several."""

    id: str | int
    created_at: str | None = None
    submission: _Submission | None = None
    submitters: tuple[_Submitter, ...] = ()


class _DocuSeal(msgspec.Struct, frozen=True, kw_only=True):
    event_type: str
    data: _Data


class SignaturesReported(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is taken in."""

    came: Inbound
    said: SignedElsewhere


def reported(provider: SigningProvider, raw: bytes, at: datetime) -> SignaturesReported | None:
    """What a provider posted at `at` (UTC); None where it tells of no signature. Raises BadInput."""
    match provider:
        case "documenso":
            return _documenso(_decoded(raw, _Documenso), raw, at)
        case "docuseal":
            return _docuseal(_decoded(raw, _DocuSeal), raw, at)


def _decoded(raw: bytes, type: Any) -> Any:
    try:
        raw.decode()  # of members that are not looked at the decoder does not ask for it
        return msgspec.json.decode(raw, type=type)
    except msgspec.ValidationError as error:
        words = str(error).partition(" - at `$")
        path = words[2].strip("`.") if words[1] else ""
        message = f"is not what this provider posts: {words[0]}"
        raise BadInput(f"{path or 'The body'} {message}.", (Problem(path, message),)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise BadInput("The body is not JSON.", (Problem("", "is not JSON"),)) from None


def _documenso(given: _Documenso, raw: bytes, at: datetime) -> SignaturesReported | None:
    event = given.event.upper().replace(".", "_")
    if event not in ("DOCUMENT_SIGNED", "DOCUMENT_RECIPIENT_COMPLETED", "DOCUMENT_COMPLETED", "DOCUMENT_REJECTED"):
        return None
    one = given.payload
    signers, states = [], []
    for who in one.recipients or one.before:
        if (who.role or "SIGNER").upper() != "SIGNER":
            continue
        status = (who.signing_status or "").upper()
        state = _STATES.get(status, "waiting")
        if state != "waiting":
            states.append(f"{who.id} {status}")
        signers.append(
            SignerElsewhere(name=_text(who.name), email=_text(who.email), at=_instant(who.signed_at), state=state)
        )
    named, party = _named(one.external_id)
    # The only one who is to sign, not the only one who has so far.
    if party is not None and len(signers) == 1:
        signers = [msgspec.structs.replace(signers[0], party=party)]
    said = SignedElsewhere(
        provider="documenso", document=_text(one.id), names=named, proof="", signers=tuple(signers),
        made_at=_instant(one.created_at),
    )  # fmt: skip
    return _report("documenso", event, _text(one.title), said, states, raw, at)


def _docuseal(given: _DocuSeal, raw: bytes, at: datetime) -> SignaturesReported | None:
    if given.event_type not in ("form.completed", "form.declined", "submission.completed"):
        return None
    data = given.data
    several = given.event_type.startswith("submission.")
    signers, states, named = [], [], []
    for who in data.submitters if several else (data,):
        state: SignerState = "waiting"
        if given.event_type == "form.declined" or who.declined_at is not None or who.status == "declined":
            state = "declined"
        elif who.completed_at is not None or who.status == "completed":
            state = "signed"
        own, party = _named(who.external_id)
        about = who.metadata or {}
        named += [*own, *(_text(about[name]) for name in ("agreement", "agreement_id") if name in about)]
        says = PARTY.get(_text(about.get("party")).lower()) or party
        if state != "waiting":
            states.append(f"{who.id} {_SAID[state]}")
        signers.append(
            SignerElsewhere(
                party=says,  # type: ignore[arg-type]  # one of the two
                name=_text(who.name), email=_text(who.email), at=_instant(who.completed_at), state=state,
            )
        )  # fmt: skip
    # A form is one signer's; only the submission says whether there are others who have not signed.
    whole = several or (data.submission is not None and data.submission.status == "completed")
    if not whole:
        states.append("others wait")
    said = SignedElsewhere(
        provider="docuseal", document=_text(data.id if several else data.submission_id), names=tuple(named), proof="",
        signers=tuple(signers), whole=whole, made_at=_instant(data.created_at),
    )  # fmt: skip
    return _report("docuseal", given.event_type, "", said, states, raw, at)


def _report(
    provider: SigningProvider,
    event: str,
    title: str,
    said: SignedElsewhere,
    states: Sequence[str],
    raw: bytes,
    at: datetime,
) -> SignaturesReported | None:
    acted = [one for one in said.signers if one.state != "waiting"]
    if not acted:
        return None
    number, called = said.document, _CALLED[provider]
    # What it names and who signed by then, and nothing that changes from one try to the next.
    once = hashlib.sha256("\n".join((event, *said.names, *sorted(states))).encode()).hexdigest()[:32]
    lines = [f"{one.name} <{one.email}> {one.state}".strip() for one in said.signers]
    inbound = Inbound(
        kind="signature",
        external_id=f"{provider}:{number[:80]}:{once}" if number else None,
        sender=acted[0].email[:254],
        name=acted[0].name,
        subject=title or f"{called} {number}".strip(),
        text="\n".join(lines),
        received=Received(content=covered(raw), name=f"{provider}.json", type="application/json"),
        received_at=at,
    )
    names = (*said.names, f"{provider}:{number}" if number else "")
    return SignaturesReported(
        came=inbound,
        said=msgspec.structs.replace(
            said,
            provider=called,
            document=number or "-",
            names=tuple(dict.fromkeys(one for one in names if one)),
            proof=f"{called} {number}".strip(),
        ),
    )


def covered(raw: bytes) -> bytes:
    """A report (JSON) without what opens its document there: tokens, and where addresses lead on their hosts.

    As many X stand for them. Whoever may read a report is not to sign in the place of somebody who has not.
    """
    name = b""

    def hide(text: re.Match[bytes]) -> bytes:
        nonlocal name
        if text[2] is not None:
            name = text[1]
            return text[0]
        if _OPENS.search(name):
            return b'"' + b"X" * len(text[1]) + b'"'
        return _ADDRESS.sub(lambda found: found[1] + b"X" * len(found[2]), text[0])

    return _TEXTS.sub(hide, raw)


def _named(external_id: _Id) -> tuple[tuple[str, ...], SignedParty | None]:
    """The agreement that an external id names, and the party where it says one: `A-17`, or `A-17#controller`."""
    text = _text(external_id)
    front, mark, party = text.rpartition("#")
    if mark and party.lower() in PARTY:
        return (front, text), PARTY[party.lower()]  # type: ignore[return-value]  # one of the two
    return ((text,) if text else ()), None


def _instant(text: str | None) -> datetime | None:
    try:
        found = parse_instant(text) if text else None
    except BadInput:
        return None
    return found if isinstance(found, datetime) else None


def _text(given: object) -> str:
    return clip(str(given))[:_LONGEST] if isinstance(given, str | int) and not isinstance(given, bool) else ""
