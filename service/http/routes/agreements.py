"""Agreements: made as drafts under one version of terms, then moved by their actions alone."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.http.confirm_item import item_of_task
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, day, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from service.http.subjects import Resource, actions, reading
from service.http.timeline import TIMELINE
from service.http.views import AgreementShown, MomentShown, agreement, moment
from workflows.intake.agreements import (
    AgreementIn,
    AgreementPatch,
    MainContractIn,
    agreement_update,
    checked_contract,
    create_agreement,
    require_customer,
)
from workflows.intake.checks import Checks, check_arrival
from workflows.intake.corrections import checked_correction
from workflows.intake.texts import TextInForce, agreed_text, check_awaited_facts, text_in_force
from workflows.model.agreement import Agreement, Correct, Transfer
from workflows.model.text import AmendText, AmendTextIn, GiveFacts

AGREEMENTS: Final = Resource(
    kind="agreement",
    read="read_agreement",
    show=agreement,
    shape=AgreementShown,
    whole=False,
    listing=Listing(
        block="list_agreements",
        order=BY_ID,
        filters={"customer_id": uuid, "terms": text, "terms_version": text, "state": text},
    ),
)


@post("/agreements", tags=["agreements"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[AgreementIn]) -> Response[AgreementShown]:
    """A new draft under the latest version of its terms, or the one named."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        moved = await create_agreement(
            unit.connection,
            unit.engine,
            unit.processor,
            data,
            actor=unit.caller.actor,
            at=unit.at,
            now=unit.now,
        )
        return await AGREEMENTS.answer(unit, moved.id, status=201)

    return await call.write(work)


@patch("/agreements/{id:uuid}", tags=["agreements"])
async def change(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[AgreementPatch]
) -> Response[AgreementShown]:
    """Change a draft; what was sent is put right by `correct`."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        row = await AGREEMENTS.row(unit.connection, unit.processors, id)
        entity = _entity(row)
        update = await agreement_update(unit.connection, unit.engine, entity.processor_id, entity, data)
        await unit.run(id, "update", update)
        return await AGREEMENTS.answer(unit, id)

    return await call.write(work)


@get("/agreements/{id:uuid}/terms", tags=["agreements"])
async def terms_in_force(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[TextInForce]:
    """The version that binds it on a day in its own zone (`?on=`, at the end of that day), or now; since when, until
    when and why."""
    on: date | None = call.query({"on": day}).get("on")
    async with call.reading() as connection:
        row = await AGREEMENTS.row(connection, call.caller.processors, id)
        return call.shown(await text_in_force(connection, call.parts.engine, _entity(row), on))


@get("/agreements/{id:uuid}/timeline", tags=["agreements"])
async def timeline(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[MomentShown]]:
    """What happened to it, its notices and tasks, and what is due and planned, by instant."""
    async with call.reading() as connection:
        await AGREEMENTS.row(connection, call.caller.processors, id)
    return await call.page(TIMELINE, moment, id)


def _entity(row: Any) -> Agreement:
    return msgspec.json.decode(row["entity"], type=Agreement)


async def _arrived(unit: WriteUnit, row: Any, data: msgspec.Struct) -> msgspec.Struct:
    """P5: entered late is fine, ahead of time is not."""
    check_arrival(data, unit.at)
    return data


async def _contract(unit: WriteUnit, row: Any, data: MainContractIn) -> msgspec.Struct:
    checks = Checks()
    contract = checked_contract(checks, "", data)
    checks.done()
    return contract


async def _correct(unit: WriteUnit, row: Any, data: Correct) -> Correct:
    entity = _entity(row)
    terms = await unit.engine.terms(unit.connection, [entity.terms_version_id])
    corrected = checked_correction(entity, terms[entity.terms_version_id], data, unit.at)
    if "customer_id" in corrected.data:
        customer = UUID(corrected.data["customer_id"])
        await require_customer(unit.connection, entity.processor_id, customer)
    if data.event_id is not None:
        known = await unit.connection.fetchrow(sql("read_event"), unit.processors, data.event_id)
        checks = Checks()
        if known is None or msgspec.json.decode(known["body"])["subject"] != str(entity.id):
            checks.wrong("event_id", "is no event of this agreement; its timeline and /api/v1/events list them")
        checks.done()
    return corrected


async def _amend(unit: WriteUnit, row: Any, data: AmendTextIn) -> AmendText:
    return await agreed_text(unit.connection, unit.engine, _entity(row), data)


async def _facts(unit: WriteUnit, row: Any, data: GiveFacts) -> GiveFacts:
    await check_awaited_facts(unit.connection, unit.engine, _entity(row), data.facts)
    return data


async def _transfer(unit: WriteUnit, row: Any, data: Transfer) -> Transfer:
    await require_customer(unit.connection, row["processor_id"], data.customer_id)
    return data


ROUTES: Final = (
    *reading(AGREEMENTS),
    create,
    change,
    terms_in_force,
    timeline,
    *actions(
        AGREEMENTS,
        shapes={"add-main-contract": MainContractIn, "amend": AmendTextIn},
        prepare={
            "add-main-contract": _contract,
            "amend": _amend,
            "give-facts": _facts,
            "choose": _arrived,
            "terminate": _arrived,
            "confirm": item_of_task,
            "correct": _correct,
            "transfer": _transfer,
        },
    ),
)
