"""Every list of words that the schema takes is an enumeration of the code, and the other way round."""

import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import asyncpg

import db.clock
from service.certificate.signed import SIGNED
from service.certificate.store import DECLARATION
from service.http import auth
from service.http.reads import ReadList
from service.http.request_context import Disclosed
from service.http.routes.webhooks import DeliveryShown
from service.links import Purpose
from service.mail.outgoing import verdict
from tests.conftest import Database
from tests.db.samples import CHECK_LIST, check_lists
from tests.test_schema import STRUCTS
from workflows.engine import classify, inbound
from workflows.kinds import BESIDE_SUBJECTS, WORKFLOWS
from workflows.machine.effects import CloseDeadline, FanOut, Lane
from workflows.model.parties import ChatKind
from workflows.model.telling import ConcernKind, Occasion
from workflows.model.users import UserState
from workflows.terms.model import Due
from workflows.words import Language


def words(hint: Any) -> set[str]:
    """What a field may say; empty where it is free."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return set().union(*(words(one) for one in get_args(hint)))
    return set()


def field(struct: Any, name: str) -> set[str]:
    return words(get_type_hints(struct)[name])


OF_STRUCTS = {
    (table, name): found
    for table, struct in STRUCTS.items()
    for name, hint in get_type_hints(struct).items()
    if (found := words(hint))
}
BESIDE = {
    ("subject", "kind"): set(WORKFLOWS),
    ("timer", "lane"): words(Lane),
    ("deadline", "boundary"): field(Due, "boundary"),
    ("deadline", "party"): field(Due, "party"),
    ("deadline", "closed_how"): {*field(CloseDeadline, "how"), "replaced"},  # by `open_deadlines`
    ("message", "language"): words(Language),
    ("message", "state"): set(BESIDE_SUBJECTS["message"].states),
    ("attempt", "outcome"): {*field(verdict.Verdict, "outcome"), "bounced", "delivered"},  # by `record_return`
    ("link", "purpose"): words(Purpose),
    ("file", "origin"): {
        "inbound",
        "upload",
        "publication",
    },  # by `keep_received`; uploads come with their own statement
    ("inbound", "kind"): words(inbound.Kind),
    ("inbound", "classified_as"): words(classify.Said),
    ("inbound", "outcome"): words(inbound.InboundOutcome),
    ("fan_out", "kind"): field(FanOut, "kind"),
    ("api_key", "role"): words(auth.Role),
    ("webhook_order", "state"): set(BESIDE_SUBJECTS["webhook_order"].states),
    ("webhook_delivery", "outcome"): field(DeliveryShown, "outcome"),
    ("disclosure", "what"): words(Disclosed) | words(ReadList),
    ("clock", "mode"): words(db.clock.Mode),
    ("document", "kind"): {DECLARATION, SIGNED},
    ("document", "language"): words(Language),
    ("letter", "language"): words(Language),
    ("subscription", "language"): words(Language),
    ("application", "language"): words(Language),
    ("terms_text", "language"): words(Language),
    ("app_user", "role"): words(auth.Role),
    ("app_user", "language"): words(Language),
    ("app_user", "state"): words(UserState),
    ("concern", "kind"): words(ConcernKind),
    ("told", "occasion"): words(Occasion),
    ("chat", "kind"): words(ChatKind),
    ("chat_line", "occasion"): words(Occasion) - {"soon"},  # what is pressing
}
"""Lists of tables that no Struct stands for, beside what the code writes there."""


RULES = {
    "api_key_check", "app_user_check", "app_user_check1", "clock_check", "file_check", "processor_colour_check",
    "processor_logo_check", "processor_logo_sha256_check",
}  # fmt: skip
"""Checks that name words and are no lists: they compare columns, or say what one looks like."""


async def test_check_lists_equal_the_enums(database: Database) -> None:
    connection = await asyncpg.connect(database.owner)
    lists = {key: set(found) for key, found in (await check_lists(connection)).items()}
    definitions = await connection.fetch(
        "select conname, pg_get_constraintdef(oid) as d from pg_constraint "
        "where contype = 'c' and connamespace = 'public'::regnamespace"
    )
    await connection.close()
    assert lists == {**OF_STRUCTS, **BESIDE}
    assert not OF_STRUCTS.keys() & BESIDE.keys()
    unread = {row["conname"] for row in definitions if "'" in row["d"] and not CHECK_LIST.match(row["d"])}
    assert unread == RULES, "a list is written in a way that this test does not read"
