"""Terms that nobody has written: the least that a file may say, and what a test adds to it."""

from typing import Any

import msgspec

from db import clock
from db.queries import sql
from db.session import transaction
from tests.world import World
from workflows.ids import new_id
from workflows.terms.load import document_digest, parse_document, to_document
from workflows.terms.model import Terms

ID = "draft-terms"

_LEAST: dict[str, Any] = {
    "id": ID,
    "version": "1",
    "title": "Draft terms",
    "language": "en",
    "zone": "Europe/Amsterdam",
    "calendar": "NL",
    "entry": {"event": "main_contract_start", "clause": "1"},
    "ending": {"clause": "10"},
    "amendment": {"how": "silent"},
    "subprocessors": {"rule": "objection", "clause": "7", "overruling": {"allowed": False, "clause": "7"}},
    "end": {"data": "erase", "clause": "11"},
    "rules": {
        "breach.notice": {"clause": "9", "party": "processor", "starts": "aware"},
        "subprocessor.objection": {"clause": "7", "party": "controller", "starts": "receipt", "period": "P14D"},
        "end.erasure": {"clause": "11", "party": "processor", "starts": "end", "period": "P30D"},
    },
}


def draft(rules: dict[str, dict[str, Any]] | None = None, *, without: tuple[str, ...] = (), **parts: Any) -> Terms:
    """Terms with these tables beside the least (a table is merged into the one that is there; None leaves a key of it
    out), and these rules; `without` some that stand there."""
    document = {**_LEAST}
    for name, part in parts.items():
        there = document.get(name)
        if isinstance(there, dict) and isinstance(part, dict):
            part = {key: value for key, value in {**there, **part}.items() if value is not None}
        document[name] = part
    known: dict[str, Any] = {name: rule for name, rule in _LEAST["rules"].items() if name not in without}
    for name, rule in (rules or {}).items():
        known[name] = {"clause": "12", **rule}
    document["rules"] = known
    return parse_document(msgspec.json.decode(msgspec.json.encode(document)), "a draft")


def processor_rule(starts: str, period: str | None = None, **more: Any) -> dict[str, Any]:
    return {"party": "processor", "starts": starts, **({"period": period} if period else {}), **more}


def controller_rule(starts: str, period: str | None = None, **more: Any) -> dict[str, Any]:
    return {"party": "controller", "starts": starts, **({"period": period} if period else {}), **more}


async def store(world: World, terms: Terms) -> None:
    """As a POST to /terms stores them."""
    document = to_document(terms)
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            sql("insert_terms_version"), new_id(), None, terms.id, terms.version, terms.title,
            msgspec.json.encode(document).decode(), document_digest(document), await clock.now(connection),
        )  # fmt: skip
