"""The terms of the library, and further versions of them, for tests of changes of the text."""

import hashlib
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import transaction
from tests.world import World
from workflows.ids import new_id
from workflows.terms.explain import explained
from workflows.terms.load import library, to_document
from workflows.terms.model import RegisterEntry, Terms
from workflows.words import Language

FIVE = ("constant-it", "contict", "kmo-solutions", "mms-solutions", "stkkr")
"""The agreements that the program was made for; the library has others beside them."""


def further(terms: str, version: str, **periods: str) -> Terms:
    """Other in the periods of some rules, and with one more subprocessor in its register."""
    old = library()[terms]
    rules = dict(old.rules)
    for name, period in periods.items():
        key = name.replace("__", ".")
        rules[key] = replace(rules[key], period=period)
    more = RegisterEntry(name="Nieuwe Wolk", clause="annex", service="back-up", country="BE")
    named = replace(old.subprocessors, register=(*old.subprocessors.register, more))
    return replace(old, version=version, rules=rules, subprocessors=named)


def own_words(terms: Terms, lang: Language) -> str:
    """All that is explained of the terms, without what it quotes of them in another language."""
    lines = (line for section in explained(terms, lang) for line in section.lines)
    return "\n".join("".join(text for text, spoken in line.pieces() if spoken == lang) for line in lines)


async def stored(world: World, terms: Terms) -> UUID:
    document = msgspec.json.encode(to_document(terms), order="deterministic")
    found = new_id()
    async with transaction(world.pools.api, [world.processor]) as connection:
        await connection.execute(
            sql("insert_terms_version"), found, world.processor, terms.id, terms.version, terms.title,
            document.decode(), hashlib.sha256(document).digest(), await world.now(),
        )  # fmt: skip
    return found
