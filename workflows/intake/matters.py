"""Matters as they are raised: what the agreement says of their kind decides who raises and who answers."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.errors import BadInput, Problem
from workflows.ids import new_id
from workflows.intake.agreement_rows import read_agreement_rows
from workflows.intake.checks import Checks
from workflows.machine.acting import Acting
from workflows.matter.retention import days_problem
from workflows.matter.table import CONSENTS
from workflows.model.matter import Matter, MatterContext, MatterIn
from workflows.terms.countries import in_region
from workflows.terms.law import matter_ground
from workflows.terms.model import Form, MatterKind, MatterRule, Party, Terms
from workflows.terms.selected import region_of
from workflows.time import local_day

RAISED_BY: Final[dict[MatterKind, Literal["controller", "processor"]]] = {
    "storage_consent": "processor",
    "disclosure_consent": "processor",
    "storage_places": "controller",
    "authority_message": "controller",
    "authority_copy": "processor",
    "legal_change": "processor",
    "unlawful_instruction": "processor",
    "instruction": "controller",
    "impact_assessment": "controller",
    "information": "controller",
    "extra_measures": "controller",
    "retention_terms": "controller",
    "subcontract_copy": "controller",
    "cannot_comply": "processor",
    "erasure_or_return": "controller",
}
"""Who raises a matter where the agreement itself says nothing of it; on which ground is for the law to say."""


def rule_for(terms: Terms, kind: MatterKind, raised_by: Party | None = None) -> MatterRule:
    """What the agreement says of a kind, else what the law that it names does; where either party may raise it, of the
    one that does."""
    rules = [one for one in terms.matters if one.kind == kind]
    if rules:
        return next((one for one in rules if one.raised_by == raised_by), rules[0])
    form: Form = "written" if kind in CONSENTS else "any"
    return MatterRule(kind=kind, clause=matter_ground(terms, kind), raised_by=RAISED_BY[kind], form=form)


async def new_matter(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    given: MatterIn,
    *,
    origin: str = "",
) -> New:
    """A new matter. Raises BadInput, NotFound."""
    checks = Checks()
    checks.line("subject", given.subject)
    checks.words("text", given.text)
    checks.country("country", given.country)
    checks.past("raised_at", given.raised_at, acting.now)
    checks.day("erase_by", given.erase_by)
    checks.day("keep_until", given.keep_until)
    if given.kind == "storage_consent" and given.country is None:
        checks.wrong("country", "is missing: name the country that consent is asked for, such as US")
    if given.kind != "storage_consent" and given.country is not None:
        checks.wrong("country", "has no meaning here: a country belongs to storage_consent alone")
    checks.done()
    known = await read_agreement_rows(connection, engine, acting.processors, given.agreement_id)
    region = region_of(known.terms, known.agreement.facts)
    if given.kind == "storage_consent" and region is not None and region.outside == "refuse":
        message = f"is outside {', '.join(region.inside)}, and this agreement allows no consent for that"
        if not _inside(given.country or "", region.inside, local_day(acting.now, known.terms.zone)):
            raise BadInput(f"country {message} ({region.clause}).", (Problem("country", message),))
    rule = rule_for(known.terms, given.kind, given.raised_by)
    if given.raised_by not in (None, rule.raised_by):
        message = f"is {given.raised_by}: under this agreement a matter of this kind is raised by the {rule.raised_by}"
        raise BadInput(f"raised_by {message}.", (Problem("raised_by", message),))
    if problem := days_problem(given.kind, given.erase_by, given.keep_until, local_day(acting.now, known.terms.zone)):
        raise BadInput(f"{problem.path} {problem.message}.", (problem,))
    fresh = Matter(
        id=new_id(),
        processor_id=known.processor.id,
        agreement_id=known.agreement.id,
        customer_id=known.customer.id,
        kind=given.kind,
        raised_by=rule.raised_by,
        clause=rule.clause,
        subject=given.subject,
        text=given.text,
        country=given.country,
        form=rule.form,
        erase_by=given.erase_by,
        keep_until=given.keep_until,
        raised_at=given.raised_at or acting.at,
        channel=given.channel,
        origin=origin,
    )
    context = MatterContext(
        agreement=known.agreement, customer=known.customer, processor=known.processor, terms=known.terms
    )
    return New(kind="matter", entity=fresh, context=context)


def _inside(country: str, inside: Sequence[str], on: date) -> bool:
    return in_region(country, tuple(inside), on)
