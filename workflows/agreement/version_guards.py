"""Conditions of the version that binds an agreement: each says why not, or None where it holds. Pure."""

from workflows.agreement.guards import SPOKEN, AgreementAlone, AgreementStanding, AgreementStep
from workflows.agreement.versions import agreed_since, lacking
from workflows.model.terms_version import Adopt, AmendText, GiveFacts, TakenBack
from workflows.terms.law import ground
from workflows.time import local_day


def leaving(ctx: AgreementAlone) -> str | None:
    if ctx.entity.terminates_at is not None and ctx.entity.end_ground == "amendment":
        return None
    return "it goes on"


def newer_binds(ctx: AgreementStep[Adopt]) -> str | None:
    """Changes are told apart by their ids, which are in the order of their making."""
    if ctx.data.version_id == ctx.entity.terms_version_id:
        return None
    last = ctx.entity.terms_history[-1] if ctx.entity.terms_history else None
    told = local_day(ctx.data.told_at, ctx.context.terms.zone) if ctx.data.told_at is not None else None
    if told is not None and last is not None and last.agreed_on is not None and told <= last.agreed_on:
        return None
    newest = max((one.change_id for one in ctx.entity.terms_history if one.change_id is not None), default=None)
    return None if newest is not None and newest > ctx.data.change_id else "it is the newest"


def says_all(ctx: AgreementStep[Adopt]) -> str | None:
    missing = lacking(ctx, ctx.data.version_id, ctx.entity.facts)
    return f"facts are missing: {'; '.join(missing)}" if missing else None


def waiting_says_all(ctx: AgreementStanding) -> str | None:
    waiting = ctx.entity.adopting
    missing = lacking(ctx, waiting.text.version_id, ctx.entity.facts) if waiting is not None else []
    return f"facts are missing: {'; '.join(missing)}" if missing else None


def facts_complete(ctx: AgreementStep[GiveFacts]) -> str | None:
    waiting = ctx.entity.adopting
    facts = {**ctx.entity.facts, **ctx.data.facts}
    missing = lacking(ctx, waiting.text.version_id, facts) if waiting is not None else []
    return f"facts are still missing: {'; '.join(missing)}" if missing else None


def binds_by_now(ctx: AgreementStep[AmendText]) -> str | None:
    return None if agreed_since(ctx) <= ctx.now else "its day is still to come"


def text_ready(ctx: AgreementAlone) -> str | None:
    return None if ctx.entity.adopting is not None else "no version waits to bind"


def facts_awaited(ctx: AgreementAlone) -> str | None:
    if ctx.entity.adopting is not None and ctx.entity.adopting.waits_for == "facts":
        return None
    return "No version of the terms waits for facts; one that was entered wrongly is put right by `correct`."


def text_rests(ctx: AgreementStep[TakenBack]) -> str | None:
    history = ctx.entity.terms_history
    if len(history) > 1 and history[-1].notice_id == ctx.data.notice_id and history[-1].how != "taken_back":
        return None
    return "the version that binds does not rest on this notice"


def text_waits(ctx: AgreementStep[TakenBack]) -> str | None:
    waiting = ctx.entity.adopting
    if waiting is not None and waiting.text.notice_id == ctx.data.notice_id:
        return None
    return "nothing waits that rests on this notice"


def amended_in_writing(ctx: AgreementStep[AmendText]) -> str | None:
    if ctx.data.channel in SPOKEN:
        amendment = ctx.context.terms.amendment
        if amendment.form == "text":
            return f"A change of the text needs text form ({amendment.clause}): enter it once both have agreed by mail."
        clause = amendment.clause or ground(ctx.context.terms, "form")
        rests_on = f" ({clause})" if clause else ""
        return f"A change of the text needs writing{rests_on}: enter it once both have signed or written."
    return None


def another_text(ctx: AgreementStep[AmendText]) -> str | None:
    if ctx.data.version_id == ctx.entity.terms_version_id:
        return f"The agreement runs under version {ctx.data.to_version} already."
    return None


def agreed_by_now(ctx: AgreementStep[AmendText]) -> str | None:
    if ctx.data.agreed_on > local_day(ctx.now, ctx.context.terms.zone):
        return "`agreed_on` lies in the future: enter it once both have agreed; `effective_on` may lie ahead."
    if ctx.data.effective_on is not None and ctx.data.effective_on < ctx.data.agreed_on:
        return "`effective_on` lies before `agreed_on`: a text binds from the day of agreeing at the earliest."
    return None


def amended_facts(ctx: AgreementStep[AmendText]) -> str | None:
    missing = lacking(ctx, ctx.data.version_id, {**ctx.entity.facts, **ctx.data.facts})
    if missing:
        return f"Version {ctx.data.to_version} leaves blank what this agreement does not say: {'; '.join(missing)}."
    return None
