"""The plan of what has to go when an agreement, or one of its services, ends. Pure.

One item per kind of data and holder, each with the rule of the terms that says when.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from msgspec.structs import replace

from workflows.deletion.clocks import BACKUP, ERASURE, RETURN, due_of, erasure_due, last_instant
from workflows.deletion.hold_rules import BACKUPS
from workflows.deletion.longer import kept_longer, left_at_end, named
from workflows.ids import item_id
from workflows.model.agreement import Agreement, CancelledService
from workflows.model.deletion import PlanItem
from workflows.model.parties import Subprocessor
from workflows.names import name_key, name_keys
from workflows.terms.due import due
from workflows.terms.model import Due, Holder, Retention, Terms
from workflows.terms.names import DECLARATION
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted, reread
from workflows.time import local_day
from workflows.words import LANGUAGES, SOURCE, Language, Spoken, said_in

_ALWAYS: Final[tuple[Literal["processor"], Literal["subprocessors"]]] = ("processor", "subprocessors")


def holders_of(terms: Terms) -> tuple[Holder, ...]:
    """Who holds data that have to go: as the file lists them, and in any case the processor and who works for it."""
    listed = terms.end.holders
    own, others = (
        () if any(one.name == name for one in listed) else (Holder(name=name, clause=terms.end.clause),)
        for name in _ALWAYS
    )
    return (*own, *listed, *others)


def item_in_words(item: PlanItem, lang: Language) -> Spoken:
    """An item in words: what is to be done, or what was done and what was not, as it may be declared.

    In English, whole, where it is not on record in the reader's language.
    """
    if item.how is None or not item.what:
        return _in_language(item.text, item.text_nl, item.text_in, lang)
    what = _in_language(item.what, item.what_nl, item.what_in, lang)
    if item.how == "not_confirmed":
        return reread(f"{what[:1].upper()}{what[1:]}.", what.lang)
    return reread(said_in(what.lang)(f"item.done_{item.kind}", what=what), what.lang)


def _in_language(text: str, text_nl: str, others: Mapping[Language, str], lang: Language) -> Spoken:
    found = text_nl if lang == "nl" else others.get(lang)
    return reread(found or text, lang if found else SOURCE)


Said = Mapping[Language, str]
"""The same in every language in which the terms have what it is about."""


def _say(key: str, **blanks: "str | Said") -> Said:
    """A sentence about an item, in the languages in which all of its blanks are."""
    lacking = {lang for one in blanks.values() if not isinstance(one, str) for lang in LANGUAGES if lang not in one}
    return {
        lang: said_in(lang)(
            f"item.{key}", **{name: one if isinstance(one, str) else one[lang] for name, one in blanks.items()}
        )
        for lang in LANGUAGES
        if lang not in lacking
    }


def _listed(names: Iterable[str]) -> Said:
    some = tuple(names)
    return {lang: said_in(lang)("terms.and").join(some) for lang in LANGUAGES}


def _own(terms: Terms, part: Holder | Retention) -> Said:
    return {lang: str(quoted(*own_or_other(terms, part, "text", lang), lang)) for lang in LANGUAGES}


def in_fields(text: Said, what: Said | None = None) -> dict[str, Any]:
    """The fields of an item that say what is to be done, and about which data it is."""
    fields = _fields("text", text)
    return fields if what is None else fields | _fields("what", what)


def _fields(name: str, said: Said) -> dict[str, Any]:
    others = {lang: text for lang, text in said.items() if lang not in (SOURCE, "nl")}
    return {name: said[SOURCE], f"{name}_nl": said.get("nl", ""), f"{name}_in": others}


def live_services(agreement: Agreement) -> tuple[str, ...]:
    """The services that it names and that have not ended apart from it."""
    over = {one.service for one in agreement.cancelled_services if one.ended_at is not None}
    return tuple(one for one in agreement.services if one not in over)


def plan_items(
    terms: Terms,
    agreement_id: UUID,
    agreement: Agreement,
    subprocessors: Iterable[Subprocessor],
    cleared: Iterable[UUID] = (),
) -> tuple[PlanItem, ...]:
    """Items for the data that are left when the agreement ends, in the order in which they are done.

    From the terms' holders and retention table, the subprocessors that work or worked for the agreement (but for
    those `cleared`, which left and confirmed that the data are gone), and its own facts. Due instants are UTC;
    null where the terms give no number.
    """
    workers = [one for one in subprocessors if one.id not in set(cleared)]
    items: list[PlanItem] = []
    if terms.end.data == "return_first" and not any(one.kind == "return" for one in agreement.plan):
        items.append(
            PlanItem(
                id=item_id(agreement_id, "plan", "return"),
                kind="return",
                **in_fields(_say("return"), _say("the_data")),
                holder="processor",
                clause=terms.end.clause,
                rule=RETURN if RETURN in terms.rules else ERASURE,
                confirms="customer",
            )
        )
    for holder in holders_of(terms):
        items += _of_holder(terms, agreement_id, agreement, holder, workers)
    for row in terms.retention:
        if left_at_end(row, agreement):
            items += _of_row(terms, agreement_id, row, workers)
    if terms.end.declaration:
        items.append(declaration(terms, agreement_id, stays=_kept_for_some_time(terms, agreement)))
    return tuple(_dated(terms, agreement, one) for one in items)


def service_items(
    terms: Terms,
    agreement_id: UUID,
    agreement: Agreement,
    ended: CancelledService,
    subprocessors: Iterable[Subprocessor],
) -> tuple[PlanItem, ...]:
    """Items for the data of one service that ended apart: its own rows of the retention table (P22)."""
    items = [
        item
        for row in terms.retention
        if row.service == ended.service and not row.always
        for item in _of_row(terms, agreement_id, row, list(subprocessors), ended)
    ]
    return tuple(_dated(terms, agreement, one) for one in items)


def declaration(terms: Terms, agreement_id: UUID, number: int = 0, stays: Said | None = None) -> PlanItem:
    """The written declaration that comes last; `number` tells a further one from the first. `stays`: what has to be
    kept still when the rest is gone, which it names as an exception (CO-A15)."""
    parts = ("declaration",) if number == 0 else ("declaration", str(number))
    return PlanItem(
        id=item_id(agreement_id, "plan", *parts),
        kind="declare",
        **in_fields(_say("declare") if stays is None else _say("declare_except", names=stays)),
        holder="processor",
        clause=terms.end.declaration_clause or terms.end.clause,
        rule=DECLARATION if DECLARATION in terms.rules else "",
    )


def kept_item(agreement_id: UUID, item: PlanItem, category: str) -> PlanItem:
    """What a hold kept out of an item that was confirmed without it."""
    return PlanItem(
        id=item_id(agreement_id, "plan", "kept", category, str(item.id)),
        kind="erase",
        **in_fields(
            _say("kept", category=category, holder=item.holder),
            _say("what_kept", category=category, holder=item.holder),
        ),
        holder=item.holder,
        clause=item.clause,
        due_at=item.due_at,
        begins_at=item.begins_at,
        category=category,
        may_end_unconfirmed=item.may_end_unconfirmed,
        rule=item.rule,
        service=item.service,
        confirms=item.confirms,
        subprocessor_id=item.subprocessor_id,
        approved_at=item.approved_at,
    )


def _excepted(terms: Terms, agreement: Agreement, holder: str) -> Said | None:
    """What stays with that holder when the rest goes, for what the others are told to erase is not that."""
    rows = kept_longer(terms, agreement, agreement.ended_on, holder) if agreement.ended_on is not None else ()
    return {lang: named(terms, rows, lang) for lang in LANGUAGES} if rows else None


def _kept_for_some_time(terms: Terms, agreement: Agreement) -> Said | None:
    rows = tuple(
        row
        for row in terms.retention
        if left_at_end(row, agreement) and terms.rules[f"retention.{row.category}"].minimum
    )
    return {lang: named(terms, rows, lang) for lang in LANGUAGES} if rows else None


def _at_worker(terms: Terms, agreement: Agreement, worker: Subprocessor) -> dict[str, Any]:
    """What a subprocessor is to erase, in words."""
    what, stays = _say("what_subprocessor", name=worker.name), _excepted(terms, agreement, worker.name)
    if stays is None:
        return in_fields(_say("subprocessor", name=worker.name), what)
    return in_fields(_say("subprocessor_except", name=worker.name, names=stays), _say("except", what=what, names=stays))


def _of_holder(
    terms: Terms, agreement_id: UUID, agreement: Agreement, holder: Holder, workers: list[Subprocessor]
) -> list[PlanItem]:
    if holder.name == "subprocessors":
        return [
            PlanItem(
                id=item_id(agreement_id, "plan", "subprocessor", str(one.id)),
                kind="erase",
                **_at_worker(terms, agreement, one),
                holder=one.name,
                clause=holder.clause,
                may_end_unconfirmed=holder.may_end_unconfirmed,
                rule=ERASURE,
                confirms="subprocessor",
                subprocessor_id=one.id,
            )
            for one in workers
        ]
    what = _own(terms, holder) if holder.text or holder.text_nl else _say(f"all_{holder.name}")
    stays = _excepted(terms, agreement, holder.name)
    if stays is not None:
        what = _say("except", what=what, names=stays)
    return [
        PlanItem(
            id=item_id(agreement_id, "plan", holder.name),
            kind="erase",
            **in_fields(_say("erase_for_good" if terms.end.render_inaccessible else "erase", what=what), what),
            holder=holder.name,
            clause=holder.clause,
            may_end_unconfirmed=holder.may_end_unconfirmed,
            rule=BACKUP if holder.name == BACKUPS and BACKUP in terms.rules else ERASURE,
        )
    ]


def _of_row(
    terms: Terms,
    agreement_id: UUID,
    row: Retention,
    workers: list[Subprocessor],
    ended: CancelledService | None = None,
) -> list[PlanItem]:
    """One item where the processor holds the data itself, and one for each that holds them (CO-A12).

    At the end of the agreement those who work for it are asked once for all that they hold; where one service ends
    they are asked for its rows, whether the processor holds these too or not.
    """
    asked = row.holders if ended is not None or not row.at_processor else ()
    found = (
        [_row_item(terms, agreement_id, row, "processor", None, ended)] if row.at_processor or not row.holders else []
    )
    for name in asked:
        worker = next((one for one in workers if name_key(name) in name_keys((one.name, *one.aliases))), None)
        found.append(_row_item(terms, agreement_id, row, name, worker, ended))
    return found


def _row_item(
    terms: Terms,
    agreement_id: UUID,
    row: Retention,
    name: str,
    worker: Subprocessor | None,
    ended: CancelledService | None,
) -> PlanItem:
    away = name != "processor"
    of = f" ({row.service})" if row.service and not row.always else ""
    # Rows of one service and one kind of data are told apart by who else holds them.
    what: Said = {lang: f"{text}{of}" for lang, text in _own(terms, row).items()}
    text = _say("erase_at", name=name, what=what)
    if away:
        what = _say("what_at", name=name, what=what)
    else:
        if row.at_processor and row.holders:
            what = _say("what_held_too", what=what, names=_listed(row.holders))
        text = _say("erase", what=what)
    parts: tuple[str, ...] = ("retention", row.service, row.category)
    if not away:
        parts = (*parts, *row.holders) if row.at_processor else (*parts, name)
    else:
        parts = (*parts, "at", name) if row.at_processor else (*parts, name)
    return PlanItem(
        id=item_id(agreement_id, *(("service", ended.service) if ended is not None else ("plan",)), *parts),
        kind="erase",
        **in_fields(text, what),
        holder=name,
        clause=row.clause,
        category=row.category,
        rule=f"retention.{row.category}",
        service=ended.service if ended is not None else "",
        confirms="subprocessor" if away else "processor",
        subprocessor_id=worker.id if worker is not None else None,
    )


def _dated(terms: Terms, agreement: Agreement, item: PlanItem) -> PlanItem:
    found = due_of(terms, agreement, item)
    made = dated(item, found)
    return made if found is not None or item.rule != BACKUP else replace(made, expected_at=_expected(terms, agreement))


def _expected(terms: Terms, agreement: Agreement) -> datetime | None:
    """When backups will be due if the live data go on the first day on which they may."""
    erasure = erasure_due(terms, agreement)
    if erasure is None or erasure.due_at is None:
        return None
    return due(terms, BACKUP, local_day(erasure.due_at, terms.zone), agreement.facts).due_at


def dated(item: PlanItem, found: Due | None) -> PlanItem:
    """The item with the last instant for it, or that from which on it goes."""
    begins = found.due_at if found is not None and found.boundary == "from" else None
    expected = None if found is not None else item.expected_at
    return replace(item, due_at=last_instant(found), begins_at=begins, expected_at=expected)
