"""Signatures that were given elsewhere, as a provider of signatures reports them: recorded where it is certain whose
they are and of what; where it is not, a person is asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.engine.classify import Classification, classify, kept_as
from workflows.engine.engine import Engine
from workflows.engine.inbound import Inbound, InboundOutcome, ask_a_person, put_down, taken_before
from workflows.errors import Refused
from workflows.machine.acting import Acting
from workflows.model.agreement import Sign, Signature
from workflows.model.parties import Contact
from workflows.model.task_words import task_words

SignedParty = Literal["controller", "processor"]
SignerState = Literal["signed", "declined", "waiting"]
SIGN: Final = "sign"
_NAMES: Final = 200


class SignerElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is to sign. `party` where the report says it; `at` UTC, None where it does not say when."""

    party: SignedParty | None = None
    name: str = ""
    email: str = ""
    at: datetime | None = None
    state: SignerState = "signed"


class SignedElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A report about one document. `names` are ids and numbers that may be an agreement's, `proof` what the event of a
    signature says of where it was given; `provider` and `document` name it to people. `whole`: nobody else has still to
    sign than whom it tells of. `made_at`: when the document was made there, UTC, where the report says it.
    """

    provider: str
    document: str
    names: tuple[str, ...]
    proof: str
    signers: tuple[SignerElsewhere, ...]
    whole: bool = True
    made_at: datetime | None = None


async def ingest_signatures(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, came: Inbound, said: SignedElsewhere
) -> tuple[UUID, bool]:
    """Keep a report and record the signatures in it that are not on record; its id, and whether it is new.

    A signature that is there already stays as it is. Who signed for which party is told by the report itself, or by an
    address that one of the two sides has; nothing else decides it. A report that led to nothing is tried again when it
    comes again: what it names may have been put right since.
    """
    if (earlier := await taken_before(connection, processor, came)) is not None:
        await _again(connection, engine, acting, processor, earlier, said)
        return earlier, False
    found = await _agreement(connection, engine, acting, processor, said.names)
    about = found["id"] if found is not None else None
    tied: dict[str, Any] = {"subject_id": about, "content": came.text, "outcome": "untied", "held": []}
    made, new, kept = await put_down(connection, acting, processor, came, tied)
    if not new:
        return made, False
    names = {"provider": said.provider, "document": said.document}
    if found is None:
        why = task_words("signature_untied", **names)
        await ask_a_person(connection, engine, acting, processor, made, came, [], why)
        return made, True
    became, left = await _recorded(connection, engine, replace(acting, files=(*acting.files, *kept)), found, said)
    await connection.execute(sql("inbound_became"), list(acting.processors), made, became)
    if left is not None:
        why = task_words(left, **names)
        await ask_a_person(connection, engine, acting, processor, made, came, [found["customer_id"]], why)
    return made, True


async def _again(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, earlier: UUID, said: SignedElsewhere
) -> None:
    """Try a report again that led to nothing, unless a person has dealt with it; nobody is asked a second time."""
    row = await connection.fetchrow(sql("lock_inbound"), list(acting.processors), earlier)
    assert row is not None, "it was taken in before, and nothing deletes it"
    if row["outcome"] == "taken" or row["classified_at"] is not None:
        return
    found = await _agreement(connection, engine, acting, processor, said.names)
    if found is None:
        return
    proved = replace(acting, files=(*acting.files, *kept_as(row)))
    became, left = await _recorded(connection, engine, proved, found, said)
    if became == "no_effect" and row["subject_id"] == found["id"]:
        return
    await connection.execute(sql("inbound_tied"), list(acting.processors), earlier, found["id"], became)
    if became == "taken" and left is None:
        await classify(connection, engine, acting, earlier, Classification(said="other"))


async def _agreement(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, names: Sequence[str]
) -> Any:
    """The agreement that these name, under its lock; None where none is, or more than one."""
    ids = [one for name in names if (one := _uuid(name)) is not None]
    asked = (sql("agreement_signed_elsewhere"), [processor], ids, list(names))
    rows = await connection.fetch(*asked)
    if len(rows) != 1:
        return None
    await engine.lock(connection, acting.processors, [rows[0]["id"]])
    return await connection.fetchrow(*asked)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


async def _recorded(
    connection: Connection, engine: Engine, acting: Acting, row: Any, said: SignedElsewhere
) -> tuple[InboundOutcome, str | None]:
    """What came of it, and what a person is asked, where one is."""
    if any(one.state == "declined" for one in said.signers):
        return "no_effect", "signature_declined"
    signed = {one.party for one in msgspec.json.decode(row["signatures"], type=tuple[Signature, ...])}
    whose = [(one.party or _party(one.email, row), one) for one in said.signers]
    awaited = {party for party, one in whose if one.state == "waiting"}
    if not said.whole:
        awaited.add(None)
    became: InboundOutcome = "no_effect"
    left = None
    for party in dict.fromkeys(party for party, _ in whose):
        # A side has signed once all its signers have; one whose side nobody knows may be anybody's.
        if None in awaited or party in awaited or party in signed:
            continue
        if party is None:
            if not awaited:
                left = left or "signature_of_whom"
            continue
        signers = [one for own, one in whose if own == party]
        at = _last(signers, said.made_at)
        if at is None:
            left = left or "signature_when"
            continue
        # Their clock may be ahead of ours: nothing was signed after it was reported.
        name = ", ".join(dict.fromkeys(one.name for one in signers if one.name))[:_NAMES]
        data = Sign(party=party, at=min(at, acting.at), name=name, evidence=said.proof)
        try:
            await engine.run(connection, acting.processors, [acting.command(row["id"], SIGN, data, requested=True)])
        except Refused:
            left = left or "signature_refused"
            continue
        signed.add(party)
        became = "taken"
    return became, left


def _last(signers: Sequence[SignerElsewhere], made_at: datetime | None) -> datetime | None:
    """When the last of them signed; None where one's instant is not told, or is before the document was made."""
    told = [one.at for one in signers if one.at is not None and (made_at is None or one.at >= made_at)]
    return max(told) if len(told) == len(signers) else None


def _party(email: str, row: Any) -> SignedParty | None:
    """Whose address it is; None where it is neither side's, or both have it."""
    address = email.strip().lower()
    contacts = msgspec.json.decode(row["contacts"], type=tuple[Contact, ...])
    theirs = any(one.email is not None and one.email.lower() == address for one in contacts)
    ours = address in row["own"]
    if not address or theirs == ours:
        return None
    return "controller" if theirs else "processor"
