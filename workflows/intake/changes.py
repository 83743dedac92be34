"""Changes as they are entered and amended: what each kind needs, and nothing that it has no use for."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.change.announced import facts_of
from workflows.change.guards import PLACED
from workflows.engine.engine import Engine, Moved, New
from workflows.errors import BadInput, NotFound, Problem
from workflows.ids import new_id
from workflows.intake.agreements import PinnedTerms, find_terms
from workflows.intake.checks import Checks, missing
from workflows.intake.subprocessors import check_facts, record_update
from workflows.machine.acting import Acting
from workflows.model.change import FACTS, Amend, AmendChangeIn, Change, ChangeFields, ChangeKind
from workflows.model.parties import Processor, Subprocessor, Wording
from workflows.model.per_language import base_of

NEEDS: Final[dict[ChangeKind, tuple[str, ...]]] = {
    "add": ("subprocessor_id",),
    "replace": ("subprocessor_id", "replaces_id"),
    "remove": ("subprocessor_id",),
    "relocate": ("subprocessor_id", "country"),
    "terms": ("to_version",),
    "measure": (),
}
"""What a change of each kind cannot do without."""

MAY: Final[dict[ChangeKind, tuple[str, ...]]] = {
    "add": ("country",),
    "replace": ("country",),
    "remove": (),
    "relocate": (),
    "terms": ("terms",),
    "measure": (),
}
"""What besides `services`, `reason` and `effective_on` it may have."""

ABOUT_SUBPROCESSOR: Final[tuple[ChangeKind, ...]] = ("add", "replace", "relocate", "remove")

WEIGHED: Final[tuple[ChangeKind, ...]] = ("terms", "measure")
"""Kinds of which a person may say whether they weigh."""


def asked_of(kind: ChangeKind) -> frozenset[str]:
    """The fields that have a meaning for a change of a kind; what `NEEDS` names of them it cannot do without."""
    weighed = {"significant"} if kind in WEIGHED else set()
    placed = {"emergency_since"} if kind in PLACED else set()
    return frozenset({"kind", *NEEDS[kind], *MAY[kind], "services", "reason", "effective_on"} | weighed | placed)


_OWN: Final = ("subprocessor_id", "replaces_id", "country", "terms", "to_version")


class ChangeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new change. `terms` absent on a change of terms: the processor's own."""

    kind: ChangeKind
    subprocessor_id: UUID | None = None
    replaces_id: UUID | None = None
    country: str | None = None
    terms: str | None = None
    to_version: str | None = None
    services: tuple[str, ...] = ()
    reason: Wording = ""
    effective_on: date | None = None
    significant: bool | None = None
    """Whether a new text or measure weighs, where nothing on the agreement's own list changes (CI-A3)."""
    emergency_since: datetime | None = None
    """Since when a subprocessor has had to work, where that could not wait; counts where an agreement knows it."""


async def create_change(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    given: ChangeIn,
) -> Moved:
    """Write a new draft of a change.

    Raises BadInput with what its kind lacks, NotFound for a subprocessor of another processor.
    """
    fields = msgspec.structs.asdict(given)
    fields["reason"], fields["reason_in"] = base_of(given.reason)
    _check_reason(given.reason, "reason")
    if given.emergency_since is not None and given.emergency_since > acting.now:
        message = "lies ahead: what has not begun yet is told first, as any other change"
        raise BadInput(f"emergency_since {message}.", (Problem("emergency_since", message),))
    entity, _, _ = await _checked(
        connection, engine, Change(id=new_id(), processor_id=processor, **{**fields, "kind": given.kind})
    )
    new = New(kind="change", entity=entity)
    return (await engine.create(connection, [new], acting))[0]


async def checked_amendment(connection: Connection, engine: Engine, change: Change, given: AmendChangeIn) -> Amend:
    """Give the amendment, with the version it names, once the change that it leads to holds.

    Raises as `create_change` does.
    """
    if not any(value is not None for value in msgspec.structs.asdict(given.fields).values()):
        message = "names nothing to amend: give at least one field"
        raise BadInput(f"fields {message}.", (Problem("fields", message),))
    _check_reason(given.reason, "reason")
    facts = facts_of(given.fields)
    new = {
        name: value
        for name, value in msgspec.structs.asdict(given.fields).items()
        if value is not None and name not in facts
    }
    _check_facts(change, given.fields)
    if given.fields.reason is not None:
        _check_reason(given.fields.reason, "fields.reason")
        new["reason"], new["reason_in"] = base_of(given.fields.reason)
    if "to_version" in new or "subprocessor_id" in new:
        # What followed from the old value is found anew.
        change = replace(change, from_country=None)
    found, subprocessor, replaced = await _checked(connection, engine, replace(change, **new), path="fields.")
    meant = found.to_version_id if "to_version" in new else None
    record = await record_update(connection, subprocessor, change.id, facts) if facts and subprocessor else None
    return Amend(given.fields, given.substance, given.reason, meant, found.from_country, subprocessor, replaced, record)


def _check_facts(change: Change, fields: ChangeFields) -> None:
    """What is said of the subprocessor fits, and there is one that customers were told of."""
    checks = Checks()
    given = {name: value for name in FACTS if (value := getattr(fields, name)) is not None}
    for name, value in given.items():
        if change.kind not in ABOUT_SUBPROCESSOR:
            checks.wrong(f"fields.{name}", f"has no meaning for a change of kind {change.kind!r}: leave it out")
        elif change.announced_at is None:
            where = f"PATCH subprocessors/{change.subprocessor_id}"
            checks.wrong(f"fields.{name}", f"is the subprocessor's, of which nobody was told yet: {where}")
        elif name in ("name", "service") and isinstance(value, str):
            checks.words(f"fields.{name}", value, required=True)
    check_facts(checks, given, "fields.")
    checks.done()


def _check_reason(given: Wording, path: str) -> None:
    checks = Checks()
    checks.wording(path, given, checks.words)
    checks.done()


_Checked = tuple[Change, Subprocessor | None, Subprocessor | None]


async def _checked(connection: Connection, engine: Engine, change: Change, path: str = "") -> _Checked:
    """The change with what follows from its fields, and the records that it names."""
    checks = Checks()
    for name in NEEDS[change.kind]:
        if getattr(change, name) is None:
            checks.wrong(f"{path}{name}", f"is missing: a change of kind {change.kind!r} needs it")
    for name in _OWN:
        if getattr(change, name) is not None and name not in (*NEEDS[change.kind], *MAY[change.kind]):
            checks.wrong(f"{path}{name}", f"has no meaning for a change of kind {change.kind!r}: leave it out")
    if change.significant is not None and change.kind not in WEIGHED:
        checks.wrong(f"{path}significant", f"has no meaning for a change of kind {change.kind!r}: leave it out")
    if change.emergency_since is not None and change.kind not in PLACED:
        checks.wrong(f"{path}emergency_since", f"has no meaning for a change of kind {change.kind!r}: leave it out")
    checks.country(f"{path}country", change.country)
    checks.each(f"{path}services", change.services, checks.line)
    checks.day(f"{path}effective_on", change.effective_on)
    if change.replaces_id is not None and change.replaces_id == change.subprocessor_id:
        checks.wrong(f"{path}replaces_id", "is the same subprocessor: name the one that goes")
    checks.done()
    subprocessor = await _subprocessor(connection, change, change.subprocessor_id, f"{path}subprocessor_id")
    replaced = await _subprocessor(connection, change, change.replaces_id, f"{path}replaces_id")
    if change.kind == "relocate" and subprocessor is not None:
        if change.from_country is None and change.country == subprocessor.country:
            message = f"is where {subprocessor.name} works already"
            raise BadInput(f"country {message}.", (Problem(f"{path}country", message),))
        change = replace(change, from_country=change.from_country or subprocessor.country)
    if change.kind == "terms":
        pinned = await _version(connection, engine, change, path)
        change = replace(change, terms=pinned.terms.id, to_version_id=pinned.id)
    return change, subprocessor, replaced


async def _subprocessor(connection: Connection, change: Change, one: UUID | None, path: str) -> Subprocessor | None:
    if one is None:
        return None
    text = await connection.fetchval(sql("one_subprocessor"), [change.processor_id], one)
    if text is None:
        raise NotFound(missing("subprocessor", one, path))
    return msgspec.json.decode(text, type=Subprocessor)


async def _version(connection: Connection, engine: Engine, change: Change, path: str) -> PinnedTerms:
    """The version that is meant: of the terms that are named, else of the processor's own."""
    terms = change.terms
    if terms is None:
        text = await connection.fetchval(sql("one_processor"), [change.processor_id], change.processor_id)
        terms = msgspec.json.decode(text, type=Processor).terms
    try:
        return await find_terms(connection, engine, change.processor_id, terms, change.to_version)
    except BadInput as error:
        place = "terms" if change.terms is not None else "to_version"
        raise BadInput(error.detail, (Problem(f"{path}{place}", error.problems[0].message),)) from None
