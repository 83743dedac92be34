"""Whom a change concerns and by which rule: the same answer for a preview and for the notice itself."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from workflows.change.announced import place
from workflows.model.change import Change
from workflows.model.notice import Notice, NoticeRule, Right
from workflows.model.parties import Subprocessor
from workflows.names import name_keys
from workflows.terms.countries import in_region, region_until
from workflows.terms.differences import significant_parts
from workflows.terms.due import clock_of
from workflows.terms.law import authorisation, ground
from workflows.terms.model import Form, Region, Terms
from workflows.terms.names import AMENDMENT, AUTHORISATION, CONSENT, LEAD, LEAVING, OBJECTION, TEXT_LEAD
from workflows.terms.selected import region_of
from workflows.time import local_day
from workflows.time.words import say_day


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`included` False names in `why` the reason for leaving the agreement out."""

    included: bool
    why: str = ""
    rule: NoticeRule = "information"
    clause: str = ""
    form: Form = "any"
    grounds: Literal["none", "asked", "required"] = "none"
    rights: tuple[Right, ...] = ()
    own_period: bool = False
    emergency: bool = False
    unsaid: bool = False
    """The agreement has no word on subprocessors: nobody is told before a person has decided so."""
    warnings: tuple[str, ...] = ()


class DecidedOn(Protocol):
    """All of an agreement that decides: those that are alike in it are decided on once."""

    @property
    def terms(self) -> str:
        """Which terms."""

    @property
    def terms_version(self) -> str:
        """Which version of them."""

    @property
    def services(self) -> tuple[str, ...]:
        """What is done under it."""

    @property
    def facts(self) -> dict[str, Any]:
        """What its terms leave to be filled in."""


def left_out(why: str) -> Decision:
    """The agreement is not told, and the preview says why."""
    return Decision(included=False, why=why)


def decide(
    terms: Terms,
    change: Change,
    subprocessor: Subprocessor | None,
    agreement: DecidedOn,
    engaged: frozenset[tuple[UUID, str | None]],
    coming: Terms | None = None,
    *,
    at: datetime,
) -> Decision:
    """Whether and by which rule `change` reaches `agreement`, as places belong to groups of countries `at` (UTC).

    `engaged` holds the (subprocessor, country) pairs that already work for the agreement; `coming` is the text that
    a change of terms leads to. Sources: P14 to P16 and the agreement's own clauses.
    """
    if change.services and not set(name_keys(change.services)) & set(name_keys(agreement.services)):
        wanted = ", ".join(change.services)
        return left_out(f"none of its services ({', '.join(agreement.services) or 'none'}) is among {wanted}")
    match change.kind:
        case "add" | "replace" | "relocate":
            region = region_of(terms, agreement.facts)
            return _engaging(terms, region, change, subprocessor, engaged, local_day(at, terms.zone))
        case "remove":
            if not any(change.subprocessor_id == who for who, _ in engaged):
                return left_out("the subprocessor does not work for it")
            return Decision(included=True, rule="information", clause=terms.subprocessors.clause)
        case "terms":
            if change.terms is not None and change.terms != agreement.terms:
                return left_out(f"it runs under {agreement.terms}, not under {change.terms}")
            if agreement.terms_version == change.to_version:
                return left_out(f"it runs under version {change.to_version} already")
            if terms.amendment.only_on == "change_of_law" and not change.reason:
                return left_out(
                    f"its text may only follow a change of the law ({terms.amendment.clause}): "
                    "name that law in `reason`"
                )
            weighs, warnings = _weighs(terms, change, coming)
            return replace(_amending(terms, significant=weighs), warnings=warnings)
        case "measure":
            weighs, warnings = _measure_weighs(terms, change)
            return replace(_amending(terms, significant=weighs, kind="measure"), warnings=warnings)


def _engaging(
    terms: Terms,
    region: Region | None,
    change: Change,
    subprocessor: Subprocessor | None,
    engaged: frozenset[tuple[UUID, str | None]],
    on: date,
) -> Decision:
    if subprocessor is None:
        return left_out("the change names no subprocessor")
    country = place(change, subprocessor)
    if (subprocessor.id, country) in engaged:
        return left_out("the subprocessor already works for it in this country")
    if change.kind == "relocate" and not any(who == subprocessor.id for who, _ in engaged):
        return left_out("the subprocessor that moves does not work for it")
    if change.kind == "replace" and not any(who == change.replaces_id for who, _ in engaged):
        return left_out("the subprocessor that is replaced does not work for it")
    rules = terms.subprocessors

    def inside(groups: Sequence[str]) -> bool:
        """Whether the place is one of these; one that nobody has said is none of them."""
        return country is not None and in_region(country, groups, on, subprocessor.certifications)

    warnings = [f"{flag.text} ({flag.clause})" for flag in rules.flags if not inside(flag.inside)]
    if country is None:
        warnings.append("nobody has said where it works: customers read that the place is not stated")
    unsaid = [name for name in ("address", "contact") if not getattr(subprocessor, name)]
    if unsaid:
        warnings.append(f"customers read who it is by its name alone: its {' and '.join(unsaid)} is not on record")
    if subprocessor.bound_on is None:
        where = rules.binding_clause or ground(terms, "binding")
        unbound = "no date on which the subprocessor was bound to the same duties"
        warnings.append(f"{unbound} ({where})" if where else unbound)
    consent = rules.rule == "consent"
    clause = rules.clause
    if region is not None and not inside(region.inside):
        where = ", ".join(region.inside)
        if region.outside == "refuse":
            return left_out(f"refused: {_somewhere(country)} lies outside {where} ({region.clause})")
        needs = region.safeguarded
        if needs and not subprocessor.transfer_basis:
            return left_out(
                f"refused: {_somewhere(country)} lies outside {where}, and no safeguards are on record ({needs}): "
                "name them in `transfer_basis` of the subprocessor"
            )
        if needs:
            warnings.append(
                f"{_somewhere(country)} lies outside {where}, with safeguards ({needs}): {subprocessor.transfer_basis}"
            )
        if region.outside == "consent":
            consent, clause = True, region.clause
            warnings.append(f"{_somewhere(country)} lies outside {where}: prior consent is needed ({clause})")
    elif region is not None and country is not None and not consent:
        last = region_until(country, region.inside, on, subprocessor.certifications)
        if last is not None:
            where = ", ".join(region.inside)
            warnings.append(
                f"{country} lies inside {where} until {say_day(last)}, as far as is known: then the gate says no"
            )
    emergency = change.emergency_since is not None and rules.emergency is not None and not consent
    if change.emergency_since is not None and not emergency:
        warnings.append(f"no emergency is known here ({clause}): it begins no earlier than any other")
    warnings += _unpublished(terms, change)
    termination = _right(terms, AMENDMENT) if "subprocessor" in terms.amendment.significant else ()
    rule = terms.rules.get(CONSENT if consent else OBJECTION)
    if consent:
        form: Form = rule.form if rule is not None else "written"
        return Decision(
            included=True,
            rule="consent",
            clause=clause,
            form=form,
            grounds=rule.grounds if rule is not None else "none",
            rights=(Right(rule=CONSENT, clause=clause, form=form), *termination),
            warnings=tuple(warnings),
        )
    if rules.rule == "unsaid":
        return _unsaid(terms, termination, warnings)
    if rules.rule in ("information", "termination_right"):
        rights = _right(terms, LEAVING) if rules.rule == "termination_right" else termination
        return Decision(
            included=True,
            rule="termination_right" if rights else "information",
            clause=rights[0].clause if rights else clause,
            form=rights[0].form if rights else "any",
            grounds=terms.rules[rights[0].rule].grounds if rights else "none",
            rights=rights,
            own_period=bool(rights) and not has_period(terms, rights[0].rule) and _waits(terms, rights[0].rule),
            emergency=emergency,
            warnings=tuple(warnings),
        )
    if rule is None:
        return left_out(f"the terms {terms.id} have no rule {OBJECTION}")
    return Decision(
        included=True,
        rule="objection",
        clause=rule.clause,
        form=rule.form,
        grounds=rule.grounds,
        rights=(Right(rule=OBJECTION, clause=rule.clause, form=rule.form), *termination),
        own_period=not has_period(terms, OBJECTION),
        emergency=emergency,
        warnings=tuple(warnings),
    )


def _unsaid(terms: Terms, termination: tuple[Right, ...], warnings: list[str]) -> Decision:
    """The text has no word on subprocessors: the law's consent, if it asks for one, and until there is one it is no."""
    law = authorisation(terms)
    form = " in writing" if law.form == "written" else ""
    asks = f", and {law.clause} asks for consent{form}" if law.clause else ""
    said = f"the agreement says nothing on subprocessors{asks}"
    return Decision(
        included=True,
        rule="consent",
        clause=law.clause,
        form=law.form,
        rights=(Right(rule=AUTHORISATION, clause=law.clause, form=law.form), *termination),
        unsaid=True,
        warnings=(
            *warnings,
            f"{said}: a task asks a person whether this customer is asked, and until then it is not told",
        ),
    )


def unasked(notice: Notice) -> bool:
    """Whether the agreement has no word on this, and nobody has decided yet that the customer is asked."""
    told = notice.counting_contact is not None or bool(notice.answers)
    return not told and any(one.rule == AUTHORISATION for one in notice.rights)


def _waits(terms: Terms, right: str) -> bool:
    """Whether nothing begins while a right to end over it may still be used."""
    return terms.subprocessors.waits_for_right or right != LEAVING


def _unpublished(terms: Terms, change: Change) -> tuple[str, ...]:
    """What to say before anybody is told, where the text counts from a publication."""
    rules = (LEAD, TEXT_LEAD, OBJECTION, CONSENT, LEAVING, AMENDMENT)
    by_page = [one for one in rules if one in terms.rules and clock_of(terms, one).starts == "publication"]
    mine = [one for one in by_page if one.startswith("amendment.") == (change.kind == "terms")]
    if not mine or any(one.revision == change.revision for one in change.publications):
        return ()
    where = terms.rules[mine[0]].clause
    return (f"counts from the publication ({where}): record it with POST changes/{{id}}/publish",)


def _somewhere(country: str | None) -> str:
    return country or "a place that nobody has said"


def _weighs(terms: Terms, change: Change, coming: Terms | None) -> tuple[bool, tuple[str, ...]]:
    """Whether a new text is a significant change, and what is to be said of that before anybody is told.

    By the agreement's own list; where nothing on it changes a person decides, and until then the customer keeps its
    right (CI-A3).
    """
    if agreed_alone(terms, change):
        where = f" ({terms.amendment.clause})" if terms.amendment.clause else ""
        return False, (f"a notice makes no new text binding here{where}: agree with each customer, and enter it",)
    if terms.amendment.how != "unilateral" or not _right(terms, AMENDMENT):
        return False, ()
    listed = significant_parts(terms, coming) if coming is not None else ()
    if listed:
        said = f"significant ({terms.amendment.clause}): {', '.join(listed)}"
        return True, (f"{said}; `significant: false` has no effect" if change.significant is False else said,)
    if change.significant is None:
        unsaid = "nothing on the agreement's own list changes: say with `significant` whether it weighs all the same"
        return True, (f"{unsaid} ({terms.amendment.clause}); until then customers have the right to end",)
    return change.significant, ()


def _measure_weighs(terms: Terms, change: Change) -> tuple[bool, tuple[str, ...]]:
    """Whether other measures are a significant change: as the agreement's list has it, else a person decides, and
    until then the customer keeps its right (II 2.2, CI-A3)."""
    amendment = terms.amendment
    if agreed_alone(terms, change):
        where = f" ({measures_clause(terms)})" if measures_clause(terms) else ""
        return False, (f"a notice makes no other measure hold here{where}: agree with each customer",)
    if _measures(terms) != "unilateral" or not _right(terms, AMENDMENT):
        return False, ()
    if "measure" in amendment.significant:
        return True, (f"significant ({amendment.clause}): measure",)
    if change.significant is None:
        unsaid = "measures are not on the agreement's own list: say with `significant` whether the change weighs"
        return True, (f"{unsaid} ({amendment.clause}); until then customers have the right to end",)
    return change.significant, ()


def _measures(terms: Terms) -> Literal["unilateral", "joint", "consult", "controller", "silent"]:
    return terms.amendment.measures or terms.amendment.how


def measures_clause(terms: Terms) -> str:
    """Where the agreement says how its measures change; empty where it says nothing."""
    return terms.amendment.measures_clause if terms.amendment.measures else terms.amendment.clause


def agreed_alone(terms: Terms, change: Change) -> bool:
    """Whether it holds only once both have agreed, and never by a notice: a new text (KMO 4.5; where nothing is
    said), and other measures where the parties consult on them (KMO 4.5, MMS 5.9)."""
    match change.kind:
        case "terms":
            return terms.amendment.how in ("consult", "controller", "silent")
        case "measure":
            return _measures(terms) in ("consult", "controller")
        case _:
            return False


def _amending(terms: Terms, *, significant: bool, kind: Literal["terms", "measure"] = "terms") -> Decision:
    amendment = terms.amendment
    how, clause = amendment.how, amendment.clause
    if kind == "measure":
        how, clause = _measures(terms), measures_clause(terms)
    match how:
        case "unilateral":
            rights = _right(terms, AMENDMENT) if significant else ()
            rule: NoticeRule = "termination_right" if rights else "information"
            return Decision(
                included=True,
                rule=rule,
                clause=rights[0].clause if rights else clause,
                form=rights[0].form if rights else "any",
                grounds="required" if rights else "none",
                rights=rights,
                own_period=bool(rights) and not has_period(terms, AMENDMENT),
            )
        case "joint":
            return Decision(
                included=True,
                rule="consent",
                clause=clause,
                form="written",
                rights=(Right(rule="amendment.consent", clause=clause, form="written"),),
            )
        case "consult" | "controller" | "silent":
            return Decision(included=True, rule="information", clause=clause)


def _right(terms: Terms, name: str) -> tuple[Right, ...]:
    """A right to end. One without a number of days is one all the same: it has no last moment (P7)."""
    rule = terms.rules.get(name)
    if rule is None:
        return ()
    return (Right(rule=name, clause=rule.clause, form=rule.form),)


def has_period(terms: Terms, rule: str) -> bool:
    """Whether the agreement gives this rule a length, its own or that of the rule it follows."""
    if rule not in terms.rules:
        return False
    found = clock_of(terms, rule)
    return found.period is not None or found.field is not None
