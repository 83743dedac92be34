"""Matters as they are raised: what the agreement says of their kind decides who raises and who answers."""

from collections.abc import Sequence
from typing import Final, Literal

from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.errors import BadInput, Problem
from workflows.ids import new_id
from workflows.intake.agreement_rows import at_hand
from workflows.intake.checks import Checks
from workflows.machine.acting import Acting
from workflows.matter.table import CONSENTS
from workflows.model.matter import Matter, MatterContext, MatterIn
from workflows.terms.countries import in_region
from workflows.terms.model import MatterKind, MatterRule, Terms

BY_LAW: Final[dict[MatterKind, tuple[Literal["controller", "processor"], str]]] = {
    "storage_consent": ("processor", "GDPR 28(3)(a)"),
    "disclosure_consent": ("processor", "GDPR 28(3)(a)"),
    "storage_places": ("controller", "GDPR 28(3)(h)"),
    "authority_message": ("controller", "GDPR 31"),
    "authority_copy": ("processor", "GDPR 28(3)(h)"),
    "legal_change": ("processor", "GDPR 28(3)"),
    "unlawful_instruction": ("processor", "GDPR 28(3), last sentence"),
    "instruction": ("controller", "GDPR 28(3)(a)"),
    "impact_assessment": ("controller", "GDPR 28(3)(f)"),
    "information": ("controller", "GDPR 28(3)(h)"),
    "extra_measures": ("controller", "GDPR 32"),
    "retention_terms": ("controller", "GDPR 28(3)(a)"),
}
"""Who raises a matter, and on which ground, where the agreement itself says nothing of it."""


def rule_for(terms: Terms, kind: MatterKind) -> MatterRule:
    """What the agreement says of a kind, else what the law does."""
    found = next((one for one in terms.matters if one.kind == kind), None)
    if found is not None:
        return found
    raised_by, clause = BY_LAW[kind]
    return MatterRule(kind=kind, clause=clause, raised_by=raised_by, form="written" if kind in CONSENTS else "any")


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
    if given.kind == "storage_consent" and given.country is None:
        checks.wrong("country", "is missing: name the country that consent is asked for, such as US")
    if given.kind != "storage_consent" and given.country is not None:
        checks.wrong("country", "has no meaning here: a country belongs to storage_consent alone")
    checks.done()
    known = await at_hand(connection, engine, acting.processors, given.agreement_id)
    region = known.terms.subprocessors.region
    if given.kind == "storage_consent" and region is not None and region.outside == "refuse":
        message = f"lies with no consent to give: the agreement keeps data inside {', '.join(region.inside)}"
        if not _inside(given.country or "", region.inside):
            raise BadInput(f"country {message} ({region.clause}).", (Problem("country", message),))
    rule = rule_for(known.terms, given.kind)
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
        raised_at=given.raised_at or acting.at,
        channel=given.channel,
        origin=origin,
    )
    context = MatterContext(
        agreement=known.agreement, customer=known.customer, processor=known.processor, terms=known.terms
    )
    return New(kind="matter", entity=fresh, context=context)


def _inside(country: str, inside: Sequence[str]) -> bool:
    return in_region(country, tuple(inside))
