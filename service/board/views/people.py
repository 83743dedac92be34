"""The pages of customers and subprocessors."""

from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

from service.board.bound import still_unbound
from service.board.desk import PageDesk
from service.board.forms.deeds import NEW
from service.board.lists import may_make
from service.board.view import MOST, Block, BoardPage, View, chips, fact, facts, record, some
from service.http.request_context import ReadUnit
from service.http.routes.agreements import AGREEMENTS
from service.http.routes.changes import CHANGES
from service.http.routes.customers import CUSTOMERS, CustomerShown
from service.http.routes.engagements import ENGAGEMENTS
from service.http.routes.engagements import shown as engagement_shown
from service.http.routes.subprocessors import SUBPROCESSORS, SubprocessorShown
from workflows.model.parties import Subprocessor


async def _customer(desk: PageDesk, unit: ReadUnit, one: CustomerShown, row: Any) -> View:
    rows, more = await desk.call(customer_id=one.id, limit=MOST).rows(unit, AGREEMENTS.listing)
    names = await desk.names(unit, [*(each["id"] for each in rows), one.merged_into])
    return View(
        title=escape(one.name),
        facts=(
            *facts(desk, one, "country", "language", "role"),
            *some(
                fact(desk, "manager_id", escape(one.manager_name or "")),
                fact(desk, "deputy_id", escape(one.deputy_name or "")),
            ),
            *some(fact(desk, "merged_into", desk.by(names, one.merged_into))),
            *some(fact(desk, "external_id", escape(one.external_id or ""))),
            *some(fact(desk, "labels", chips(desk, "customers", one.labels))),
        ),
        blocks=(
            Block(
                id="contacts",
                title=desk.label("contacts"),
                heads=tuple(map(desk.label, ("name", "email", "phone", "roles"))),
                rows=[
                    (
                        escape(each.name),
                        desk.w.mail(each.email) if each.email else Markup(),
                        escape(each.phone or ""),
                        Markup(", ").join(desk.f(f"choice.roles.{role}") for role in each.roles),
                    )
                    for each in one.contacts
                ],
                none=desk.w("part.contacts_none"),
            ),
            Block(
                id="agreements",
                title=desk.w("list.agreements"),
                heads=tuple(map(desk.label, ("agreement_id", "terms", "state"))),
                rows=[
                    (desk.named(names[each["id"]]), escape(each["terms"]), desk.state("agreement", each["state"]))
                    for each in rows
                ],
                none=desk.w("part.agreements_none"),
                more=desk.link("agreements", desk.w("part.all"), customer_id=str(one.id)) if more else Markup(),
            ),
            await record(desk, unit, one.id),
        ),
    )


async def _subprocessor(desk: PageDesk, unit: ReadUnit, one: SubprocessorShown, row: Any) -> View:
    changes, more_changes = await desk.call(subprocessor_id=one.id, limit=MOST).rows(unit, CHANGES.listing)
    rows, more = await desk.call(subprocessor_id=one.id, current=True, limit=MOST).rows(unit, ENGAGEMENTS)
    working = [engagement_shown(each) for each in rows]
    names = await desk.names(
        unit, [*(each["id"] for each in changes), *(each.agreement_id for each in working), one.duplicate_of]
    )
    return View(
        stopped=still_unbound(desk, msgspec.json.decode(row["entity"], type=Subprocessor)),
        title=escape(one.name),
        facts=(
            *some(fact(desk, "service", desk.wording(one.service))),
            fact(desk, "country", escape(desk.w.place(one.country))),
            *some(
                fact(desk, "countries", desk.said("countries", [each for each in one.countries if each != one.country]))
            ),
            *facts(desk, one, "aliases", "services", "address", "contact", "transfer_basis"),
            *some(fact(desk, "categories", desk.wordings(one.categories))),
            fact(desk, "bound_on", desk.said("bound_on", one.bound_on) or desk.w("say.not_stated")),
            *some(fact(desk, "duplicate_of", desk.by(names, one.duplicate_of))),
            *some(fact(desk, "external_id", escape(one.external_id or ""))),
            *some(fact(desk, "labels", chips(desk, "subprocessors", one.labels))),
        ),
        blocks=(
            Block(
                id="agreements",
                title=desk.w("part.works_for"),
                heads=tuple(map(desk.label, ("agreement_id", "country", "since"))),
                rows=[
                    (desk.by(names, each.agreement_id), escape(desk.w.place(each.country)), desk.day_of(each.since))
                    for each in working
                ],
                none=desk.w("part.works_for_nobody"),
                more=desk.w("part.more") if more else Markup(),
            ),
            Block(
                id="changes",
                title=desk.w("list.changes"),
                heads=(desk.label("change_id"), desk.label("state")),
                rows=[(desk.named(names[each["id"]]), desk.state("change", each["state"])) for each in changes],
                none=desk.w("part.changes_none"),
                more=desk.link("changes", desk.w("part.all"), subprocessor_id=str(one.id))
                if more_changes
                else Markup(),
            ),
            await record(desk, unit, one.id),
        ),
        links=(_announcing(desk, one, working=bool(working)),) if may_make(desk, CHANGES.path) else (),
    )


def _announcing(desk: PageDesk, one: SubprocessorShown, *, working: bool) -> Markup:
    """On to the change that customers are told of; what it is follows where it works for nobody yet."""
    if working:
        return desk.link(f"{CHANGES.path}/{NEW}", desk.w("link.change"), subprocessor_id=str(one.id))
    return desk.link(f"{CHANGES.path}/{NEW}", desk.w("link.announce"), subprocessor_id=str(one.id), kind="add")


CUSTOMER: Final = BoardPage(CUSTOMERS, _customer)
SUBPROCESSOR: Final = BoardPage(SUBPROCESSORS, _subprocessor)
