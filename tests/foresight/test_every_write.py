"""Every route that writes can be asked first what it would do, and then writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import pytest
from litestar.handlers import HTTPRouteHandler

from service.http.openapi.examples import EXAMPLES
from service.http.routes import ROUTES
from tests.databases import Database
from tests.files import samples
from tests.foresight.test_dry_run import patience
from tests.resources.conftest import CONTACTS, Desk, acme, api, desk, settings
from tests.resources.test_inbound import message, post, reply_to
from tests.resources.test_notices import told
from tests.resources.test_signatures import documenso, docuseal
from workflows.kinds import WORKFLOWS

__all__ = ["acme", "api", "desk", "patience", "settings"]

UNTRIED: Final[Mapping[str, str]] = {
    "POST /terms/{id:str}/due": "reckons, and writes nothing",
    "POST /terms/{id:str}/penalty": "reckons, and writes nothing",
    "POST /engagements/check": "reads, and writes nothing",
    "PUT /clock": "what happens until then is the forecast",
    "POST /clock/confirm": "says only that the clock is right; GET clock says how many timers wait for that",
}
"""Routes that take no `dry_run`, and why."""
CONTRACT: Final = {"reference": "M-2", "starts_on": "2026-03-01"}
CALLED: Final = {"contact": "Kim de Vries", "at": "2026-03-02T08:30:00Z", "outcome": "spoken"}
OWN_ANSWER: Final = ("POST /imports",)
"""Tried out in a way of its own: it says what would become of each line."""


def writes() -> dict[str, HTTPRouteHandler]:
    """Every route that may write, by method and path."""
    return {
        f"{method} {path}": one
        for one in ROUTES
        if isinstance(one, HTTPRouteHandler)
        for method in one.http_methods
        if method in ("POST", "PUT", "PATCH", "DELETE")
        for path in one.paths
    }


def actions() -> set[str]:
    """The routes of actions, which are made alike of their tables and tried out wherever a test takes them."""
    return {
        f"POST /{flow.table.path}/{{id:uuid}}/{row.trigger}"
        for flow in WORKFLOWS.values()
        for row in flow.table.rows
        if row.action
    }


@dataclass
class Asked:
    """What is sent to a route."""

    path: str
    json: Any = None
    more: dict[str, Any] = field(default_factory=dict)


async def asked(desk: Desk) -> dict[str, Asked]:
    """Something to send to every route that writes, but for actions."""
    agreement, sub, notice = await told(desk)
    robin = {**EXAMPLES["createUser"], "processor_id": desk.processor}
    other = await desk.subprocessor("Newcomer BV")
    change = await desk.change(other["id"])
    announcement = await desk.api.made("announcements", {"changes": [(await desk.change(sub["id"], "remove"))["id"]]})
    user = await desk.api.made("users", {**robin, "email": "first@acme.example"})
    key = await desk.api.made(f"processors/{desk.processor}/keys", {"name": "robot", "role": "auditor"})
    watch = await desk.api.made("watches", {**EXAMPLES["createWatch"], "subprocessor_id": sub["id"]})
    hook = await desk.api.made("webhooks", EXAMPLES["createWebhook"])
    came = await post(desk, reply_to(await message(desk, notice["id"])))
    breach = await desk.api.made("breaches", {**EXAMPLES["createBreach"], "agreements": [agreement["id"]]})
    terms = (await desk.get("terms/stkkr"))["document"]
    mms = (await desk.get("terms/mms-solutions"))["document"]
    about = {"agreement_id": agreement["id"]}
    await desk.act(f"breaches/{breach['id']}/write-letter", about)
    (letter,) = await desk.items("letters", subject=breach["cases"][0]["id"])
    mine = f"processors/{desk.processor}"
    of_user = f"users/{user['id']}"
    files = {"file": ("brief.pdf", samples.PDF)}
    newcomer = {"kind": "add", "subprocessor_id": other["id"]}
    upstream = {"subprocessor_id": sub["id"], "kind": "other", "text": "We move our halls."}
    customer = f"customers/{agreement['customer_id']}"
    made = {"customer_id": agreement["customer_id"], "terms": "stkkr", "main_contract": CONTRACT}
    return {
        "POST /processors": Asked("processors", EXAMPLES["createProcessor"]),
        "PATCH /processors/{id:uuid}": Asked(mine, {"colour": "#0b5d66"}),
        "POST /processors/{id:uuid}/keys": Asked(f"{mine}/keys", EXAMPLES["createKey"]),
        "DELETE /processors/{id:uuid}/keys/{key_id:uuid}": Asked(f"{mine}/keys/{key['id']}"),
        "POST /users": Asked("users", robin),
        "PATCH /users/{id:uuid}": Asked(of_user, {"role": "director"}),
        "DELETE /users/{id:uuid}": Asked(of_user),
        "POST /users/{id:uuid}/feed": Asked(f"{of_user}/feed"),
        "POST /feed": Asked("feed"),
        "DELETE /feed": Asked("feed"),
        "POST /terms": Asked("terms", {**terms, "version": "tried"}),
        "PUT /terms/{id:str}/{version:str}/text": Asked(f"terms/stkkr/{terms['version']}/text", more={"files": files}),
        "POST /terms/{id:str}/{version:str}/text/generate": Asked(
            f"terms/mms-solutions/{mms['version']}/text/generate", {"language": "nl"}
        ),
        "POST /signatures/documenso": Asked("signatures/documenso", documenso(agreement["id"])),
        "POST /signatures/docuseal": Asked("signatures/docuseal", docuseal(agreement["id"])),
        "POST /files": Asked("files", more={"files": files}),
        "POST /customers": Asked("customers", EXAMPLES["createCustomer"]),
        "PATCH /customers/{id:uuid}": Asked(customer, {"contacts": [{**CONTACTS[0], "name": "Kim Jansen"}]}),
        "POST /subprocessors": Asked("subprocessors", EXAMPLES["createSubprocessor"]),
        "PATCH /subprocessors/{id:uuid}": Asked(f"subprocessors/{sub['id']}", {"external_id": "S-1"}),
        "POST /agreements": Asked("agreements", made),
        "PATCH /agreements/{id:uuid}": Asked(f"agreements/{agreement['id']}", {"external_id": "A-1"}),
        "POST /changes": Asked("changes", newcomer),
        "POST /announcements": Asked("announcements", {"changes": [change["id"]]}),
        "PATCH /announcements/{id:uuid}": Asked(f"announcements/{announcement['id']}", {"changes": [change["id"]]}),
        "POST /inbound": Asked("inbound", {"raw": reply_to(await message(desk, notice["id"]), number=2)}),
        "POST /inbound/{id:uuid}/classify": Asked(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim"}),
        "POST /breaches": Asked("breaches", {**EXAMPLES["createBreach"], "agreements": [agreement["id"]]}),
        "POST /breaches/{id:uuid}/record-call": Asked(f"breaches/{breach['id']}/record-call", {**about, **CALLED}),
        "POST /breaches/{id:uuid}/write-letter": Asked(f"breaches/{breach['id']}/write-letter", about),
        "POST /breaches/{id:uuid}/record-posting": Asked(
            f"breaches/{breach['id']}/record-posting",
            {**about, "letter_id": letter["id"], "on": letter["made_at"][:10], "how": "ordinary"},
        ),
        "POST /requests": Asked("requests", {**EXAMPLES["createRequest"], **about}),
        "POST /audits": Asked("audits", {**EXAMPLES["createAudit"], **about}),
        "POST /matters": Asked("matters", {**about, "kind": "instruction", "subject": "Backups"}),
        "POST /upstream-notices": Asked("upstream-notices", upstream),
        "POST /watches": Asked("watches", {**EXAMPLES["createWatch"], "subprocessor_id": sub["id"]}),
        "PATCH /watches/{id:uuid}": Asked(f"watches/{watch['id']}", {"carry_on": "nothing"}),
        "POST /webhooks": Asked("webhooks", EXAMPLES["createWebhook"]),
        "PATCH /webhooks/{id:uuid}": Asked(f"webhooks/{hook['id']}", {"events": ["notice.*"]}),
        "DELETE /webhooks/{id:uuid}": Asked(f"webhooks/{hook['id']}"),
        "POST /webhooks/{id:uuid}/test": Asked(f"webhooks/{hook['id']}/test"),
        "POST /webhooks/{id:uuid}/rotate": Asked(f"webhooks/{hook['id']}/rotate", {}),
    }


def test_every_write_can_be_tried_out_or_says_why_not() -> None:
    silent = {name for name, one in writes().items() if "dry_run" not in one.opt.get("query", {})}
    assert silent == set(UNTRIED)


async def test_whoever_tries_a_write_out_is_told_and_nothing_is_written(desk: Desk, database: Database) -> None:
    everything = await asked(desk)
    assert set(everything) | actions() >= set(writes()) - set(UNTRIED) - set(OWN_ANSWER)
    connection = await asyncpg.connect(database.superuser)
    try:
        before = await contents(connection)
        found = {name: await tried(desk, name.partition(" ")[0], one) for name, one in everything.items()}
        assert await contents(connection) == before
    finally:
        await connection.close()
    assert found["POST /users"]["answer"]["email"] == "robin@beispiel.example"
    assert [one["type"] for one in found["DELETE /users/{id:uuid}"]["events"]] == ["processor.user_removed"]
    assert found["POST /processors/{id:uuid}/keys"]["answer"]["key"] is None, "a key that opens nothing is none"
    assert found["POST /feed"]["answer"]["url"] is None
    assert found["POST /processors"]["state"] == "current"
    assert found["DELETE /webhooks/{id:uuid}"]["state"] == "disabled"
    said = [(one["before"], one["after"]) for one in found["POST /inbound/{id:uuid}/classify"]["events"]]
    assert ("open", "objected") in said
    assert found["POST /breaches"]["deadlines"], "what would run from it is told"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "users", {**EXAMPLES["createUser"], "email": "no address"}, 400),
        ("POST", "processors", {**EXAMPLES["createProcessor"], "terms": "none"}, 400),
        ("DELETE", "users/0195d0c0-7e52-7000-8000-7465726d696a", None, 404),
        ("POST", "webhooks/0195d0c0-7e52-7000-8000-7465726d696a/test", None, 404),
    ],
)
async def test_a_refusal_is_the_same(desk: Desk, method: str, path: str, body: Any, status: int) -> None:
    tried_out = await desk.api.call(method, path, json=body, params={"dry_run": "true"})
    assert tried_out.status_code == status
    done = await desk.api.call(method, path, json=body)
    assert {**tried_out.json(), "instance": ""} == {**done.json(), "instance": ""}


async def tried(desk: Desk, method: str, one: Asked) -> Any:
    answer = await desk.api.call(method, one.path, json=one.json, params={"dry_run": "true"}, **one.more)
    assert answer.status_code == 200, (method, one.path, answer.text)
    return answer.json()


async def contents(connection: asyncpg.Connection) -> dict[str, str]:
    """What stands in every table, as a digest; not when a key was last used, nor the heartbeat of the service."""
    tables = await connection.fetch(
        "select quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname = 'public' and c.relkind in ('r', 'p') and relname <> 'heartbeat' order by relname"
    )
    return {
        table["name"]: await connection.fetchval(
            f"select md5(string_agg(t::text, '|' order by t::text)) from "
            f"(select to_jsonb(t) - 'last_used_at' as t from {table['name']} t) as t"
        )
        for table in tables
    }
