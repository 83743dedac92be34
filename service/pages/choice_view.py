"""What a customer may choose for its data, and at whose cost: on its own page and before an erasure. Pure."""

from datetime import datetime

import msgspec
from markupsafe import Markup

from service.pages.read import ErasurePage, Held
from service.pages.words import Words, words_in
from workflows.agreement.table import AGREEMENT
from workflows.deletion.clocks import CERTIFICATE, CHOICE, RETURN, by_rule
from workflows.model.agreement import Agreement
from workflows.model.outages import open_until
from workflows.terms.clauses import in_words
from workflows.terms.due import root_of
from workflows.terms.explain import explained, rule_sentence
from workflows.terms.law import ground
from workflows.terms.model import Terms
from workflows.terms.own import own_or_other
from workflows.terms.phrases import section_title
from workflows.terms.telling.quoting import quoted


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """That something may be asked for the data, and what is to be known of it first."""

    lines: tuple[Markup | str, ...]


class ErasureView(msgspec.Struct, frozen=True, kw_only=True):
    """What would be erased, when, and what follows; `moot`: there is nothing to confirm any more."""

    title: str
    contracts: str
    goes: tuple[Markup | str, ...]
    when: tuple[Markup | str, ...]
    stays: tuple[Markup, ...]
    moot: bool


def return_asking(held: Held, terms: Terms, now: datetime, w: Words) -> Asking | None:
    """Return of the data, where it can still be asked: by its state, in time, and not asked already (P24)."""
    agreement = held.agreement
    if "choose" not in AGREEMENT.actions(held.state):
        return None
    if agreement.choice is not None and agreement.choice.data == "return":
        return None
    if terms.end.data == "erase" and RETURN not in terms.rules and not ground(terms, "departure"):
        return None  # neither the text nor a law that is known gives it: it may be asked, and is not promised
    until = return_until(agreement, terms)
    if until is not None and now >= until:
        until = open_until(until, held.outages, terms)  # before the worker has held it open, too (P3)
        if now >= until:
            return None
    lines: list[Markup | str] = [w("choice.return_hint")]
    if until is not None:
        lines.append(w("choice.until", until=w.last(until, terms.zone)))
    if terms.end.data == "choice" and agreement.choice is None:
        lines += _unchosen(terms, w)
    if RETURN in terms.rules:
        lines.append(w.soft(rule_sentence(terms, RETURN, w.lang, agreement.facts) or ""))
    if terms.end.return_as:
        lines.append(_return_as(terms, w))
    return Asking(lines=(*lines, *cost(terms, w)))


def _unchosen(terms: Terms, w: Words) -> tuple[Markup, ...]:
    """What follows where nothing is chosen: as the agreement says it, or that we ask where it says nothing."""
    end, choice = terms.end, terms.rules.get(CHOICE)
    if end.without_choice == "unsaid" and choice is not None and choice.ends:
        return ()
    return (w(f"choice.unchosen_{end.without_choice}", clause=in_words(terms, end.without_choice_clause, w.lang)),)


def _return_as(terms: Terms, w: Words) -> Markup:
    """In which form data go back."""
    form = w.marked(quoted(*own_or_other(terms, terms.end, "return_as", w.lang), w.lang))
    return w("choice.return_as", form=form, clause=in_words(terms, terms.end.clause, w.lang))


def erasure_asking(held: Held, terms: Terms, w: Words) -> Asking | None:
    """Erasure without return, where the agreement leaves the choice and it is still open (P23)."""
    if not erasure_open(held.agreement, held.state, terms):
        return None
    return Asking(lines=(w("choice.erase_hint"),))


def certificate_asking(held: Held, terms: Terms, w: Words) -> Asking | None:
    """A certificate that the data are gone, where the agreement promises one to who asks and nobody has asked yet."""
    asked = held.agreement.certificate_asked_at is not None
    if asked or CERTIFICATE not in terms.rules or not AGREEMENT.answers("ask-certificate", held.state):
        return None
    return Asking(lines=(w("choice.certificate_hint"),))


def erasure_open(agreement: Agreement, state: str, terms: Terms) -> bool:
    """Whether erasure can still be chosen."""
    chosen = agreement.choice is not None and agreement.choice.data == "erase"
    return terms.end.data == "choice" and not chosen and AGREEMENT.answers("ask_erasure", state)


def return_until(agreement: Agreement, terms: Terms) -> datetime | None:
    """Until when return may be asked, None where the agreement names no end or is not over."""
    if terms.end.data != "choice" or CHOICE not in terms.rules:
        return None
    if agreement.ended_on is None and root_of(terms, CHOICE).starts != "notice_of_ending":
        return None
    found = by_rule(terms, agreement, CHOICE)
    return found.due_at if found is not None else None


def cost(terms: Terms, w: Words) -> tuple[Markup, ...]:
    """Who bears what it costs, as the agreement says, or that it has no word on it; nothing where nobody wrote that."""
    if not terms.end.cost:
        return ()
    return (w(f"choice.cost_{terms.end.cost}", clause=in_words(terms, terms.end.cost_clause, w.lang)),)


def view_erasure(p: ErasurePage) -> ErasureView:
    """The page that confirms an erasure, in the customer's language."""
    w, terms, agreement = words_in(p.customer.language), p.terms, p.agreement
    retention = section_title("retention", w.lang)
    kept = next((one.lines for one in explained(terms, w.lang, agreement.facts) if one.title == retention), ())
    goes: list[Markup | str] = [w("erasure.own")]
    if p.subprocessors:
        goes.append(w("erasure.subprocessors", names=", ".join(p.subprocessors)))
    if any(one.name == "backups" for one in terms.end.holders):
        goes.append(w("erasure.backups"))
    when: list[Markup | str] = []
    ended = agreement.ended_on
    if ended is not None:
        when.append(w("erasure.ended", day=w.day(ended)))
    else:
        days = [one.ends_on for one in agreement.main_contracts if one.ends_on is not None]
        planned = len(days) == len(agreement.main_contracts) and days
        when.append(w("erasure.ends_on", day=w.day(max(days))) if planned else w("erasure.not_ended"))
    if terms.rules["end.erasure"].follows != "end.choice":
        when.append(w.soft(rule_sentence(terms, "end.erasure", w.lang, agreement.facts) or ""))
    when += (w.marked(one) for one in kept)
    return ErasureView(
        title=terms.title,
        contracts=", ".join(one.reference for one in agreement.main_contracts),
        goes=tuple(goes),
        when=tuple(when),
        stays=tuple(
            w("erasure.held_until", ground=one.ground, day=w.day(one.until)) if one.until is not None
            else w("erasure.held", ground=one.ground)
            for one in agreement.holds
        ),
        moot=not erasure_open(agreement, p.state, terms),
    )  # fmt: skip
