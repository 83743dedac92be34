"""Agreements: made as drafts under one version of terms, then moved by their actions alone."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.confirm_item import item_of_task
from service.http.deletion_plan_view import DutyShown, PlanItemShown, plan_item, survives
from service.http.history import timeline_of
from service.http.lists import BY_ID, Listing, day, instant, label, state_of, text, uuid
from service.http.request_context import Locked, RequestContext, WriteUnit
from service.http.routes.deadlines import OpenDeadline
from service.http.routes.letters import by_post
from service.http.shown import SubjectShown, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.agreement.table import in_force
from workflows.agreement.versions import texts
from workflows.agreement.violations import Violation
from workflows.intake.agreements import (
    AgreementIn,
    AgreementPatchIn,
    MainContractIn,
    agreement_update,
    checked_contract,
    create_agreement,
    require_customer,
)
from workflows.intake.answers import choice_lacks, ending_lacks
from workflows.intake.answers import lacks as word_lacks
from workflows.intake.checks import Checks, check_arrival
from workflows.intake.corrections import checked_correction
from workflows.intake.texts import TextInForce, agreed_text, check_awaited_facts, text_in_force
from workflows.model.agreement import Agreement, Correct, DraftUpdate, MainContract, Transfer
from workflows.model.terms_version import AmendText, AmendTextIn, GiveFacts, TermsVersion
from workflows.terms.model import Ending
from workflows.time import local_day


class AgreementShown(Agreement, SubjectShown, frozen=True, kw_only=True):
    """An agreement. `main_contract` is the only one, or the first of `main_contracts`."""

    customer_name: str
    plan: tuple[PlanItemShown, ...] = ()
    main_contract: MainContract | None
    in_force: bool
    deadlines: list[OpenDeadline]
    survives: tuple[DutyShown, ...]
    terms_history: tuple[TermsVersion, ...] = ()
    """Every version that ever bound it, the first one included; `GET …/terms?on=` gives the text itself."""


def shown(row: Any) -> AgreementShown:
    """A row of `agreement_shown`."""
    entity = msgspec.json.decode(row["entity"], type=Agreement)
    ending = msgspec.json.decode(row["ending"], type=Ending)
    fields = msgspec.structs.asdict(entity)
    fields["plan"] = tuple(plan_item(entity, one) for one in entity.plan)
    fields["terms_history"] = texts(entity)
    return AgreementShown(
        **fields,
        **standing("agreement", row),
        customer_name=row["customer_name"],
        survives=survives(entity, ending, local_day(row["now"], row["zone"])),
        main_contract=entity.main_contracts[0] if entity.main_contracts else None,
        in_force=in_force(row["state"], row["in_force_until"]),
        deadlines=msgspec.json.decode(row["deadlines"], type=list[OpenDeadline]),
    )


AGREEMENTS: Final = Resource(
    kind="agreement",
    read="read_agreement",
    show=shown,
    shape=AgreementShown,
    whole=False,
    listing=Listing(
        block="list_agreements",
        order=BY_ID,
        filters={
            "customer_id": uuid,
            "terms": text,
            "terms_version": text,
            "state": state_of("agreement"),
            "q": text,
            "since": instant,
            "external_id": text,
            "label": label,
        },
    ),
)


async def _new(unit: WriteUnit, data: AgreementIn) -> UUID:
    """A new draft under the latest version of its terms, or the one named."""
    moved = await create_agreement(unit.connection, unit.engine, unit.acting, unit.processor, data)
    return moved.id


async def _changed(unit: WriteUnit, locked: Locked, data: AgreementPatchIn) -> DraftUpdate:
    """Change a draft; what was sent is put right by `correct`, but for `external_id` and `labels`, which nobody else
    has."""
    entity: Agreement = locked.entity
    return await agreement_update(unit.connection, unit.engine, entity.processor_id, entity, data)


@get("/agreements/{id:uuid}/terms", opt={"query": {"on": day}}, tags=["agreements"])
async def read_terms_in_force(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[TextInForce]:
    """The version that binds it on a day in its own zone (`?on=`, at the end of that day), or now; since when, until
    when and why."""
    on: date | None = call.asked.get("on")
    async with call.reading() as unit:
        row = await AGREEMENTS.row(unit, id)
        entity = msgspec.json.decode(row["entity"], type=Agreement)
        return call.shown(await text_in_force(unit.connection, unit.engine, entity, on, await unit.instant()))


async def _arrived(unit: WriteUnit, locked: Locked, data: msgspec.Struct) -> msgspec.Struct:
    """P5: entered late is fine, ahead of time is not."""
    del locked
    check_arrival(data, unit.at)
    return data


async def _contract(unit: WriteUnit, locked: Locked, data: MainContractIn) -> MainContract:
    del unit, locked
    checks = Checks()
    contract = checked_contract(checks, "", data)
    checks.done()
    return contract


async def _correct(unit: WriteUnit, locked: Locked, data: Correct) -> Correct:
    entity: Agreement = locked.entity
    corrected = checked_correction(entity, locked.context.terms, data, unit.at)
    if "customer_id" in corrected.data:
        await require_customer(unit.connection, entity.processor_id, UUID(corrected.data["customer_id"]))
    if data.event_id is not None:
        known = await unit.connection.fetchrow(sql("read_event"), unit.processors, data.event_id)
        checks = Checks()
        if known is None or msgspec.json.decode(known["body"])["subject"] != str(entity.id):
            checks.wrong("event_id", "is no event of this agreement; its timeline and /api/v1/events list them")
        checks.done()
    return corrected


async def _amend(unit: WriteUnit, locked: Locked, data: AmendTextIn) -> AmendText:
    return await agreed_text(unit.connection, unit.engine, locked.entity, data)


async def _violated(unit: WriteUnit, locked: Locked, data: Violation) -> Violation:
    if data.subprocessor_id is not None:
        known = await unit.connection.fetchval(
            sql("subprocessors_known"), [locked.entity.processor_id], [data.subprocessor_id]
        )
        checks = Checks()
        if not known:
            checks.wrong("subprocessor_id", "names no subprocessor; /api/v1/subprocessors lists them")
        checks.done()
    return data


async def _facts(unit: WriteUnit, locked: Locked, data: GiveFacts) -> GiveFacts:
    await check_awaited_facts(unit.connection, unit.engine, locked.entity, data.facts)
    return data


async def _transfer(unit: WriteUnit, locked: Locked, data: Transfer) -> Transfer:
    await require_customer(unit.connection, locked.entity.processor_id, data.customer_id)
    return data


ROUTES: Final = (
    *routes(
        AGREEMENTS,
        create=Making(AgreementIn, _new),
        update=Preparation(body=AgreementPatchIn, prepare=_changed),
        actions={
            "add-main-contract": Preparation(body=MainContractIn, prepare=_contract),
            "amend": Preparation(body=AmendTextIn, prepare=_amend),
            "give-facts": Preparation(prepare=_facts),
            "choose": Preparation(prepare=_arrived, lacks=lambda at, given: choice_lacks(at.context.terms, given)),
            "ask-certificate": Preparation(prepare=_arrived, lacks=lambda _, given: word_lacks(given)),
            "demand-cure": Preparation(prepare=_arrived, lacks=lambda _, given: word_lacks(given)),
            "terminate": Preparation(prepare=_arrived, lacks=lambda at, given: ending_lacks(at.context.terms, given)),
            "confirm": Preparation(prepare=item_of_task),
            "correct": Preparation(prepare=_correct),
            "transfer": Preparation(prepare=_transfer),
            "record-violation": Preparation(prepare=_violated),
            **by_post("agreement"),
        },
    ),
    read_terms_in_force,
    timeline_of(AGREEMENTS),
)
