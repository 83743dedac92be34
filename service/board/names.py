"""What subjects are called on the board: a person never meets a bare id."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from markupsafe import Markup, escape

from db.queries import sql
from service.board.forms.words import FormWords
from service.http.request_context import ReadUnit
from workflows.kinds import WORKFLOWS


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A subject: its kind, whose it is, whom it is about, and the page that shows it.

    `zone`: that of its agreement, whose days its days are; empty where it has none.
    """

    id: UUID
    kind: str
    state: str
    page: UUID
    customer_id: UUID | None
    customer_name: str | None
    subprocessor_name: str | None
    change_kind: str | None
    to_version: str
    words: str
    agreement_id: UUID | None
    terms_version_id: UUID | None
    zone: str = ""

    @property
    def list(self) -> str:
        """The list that its page is in, empty where it has none."""
        return WORKFLOWS[_SHOWN_AS.get(self.kind, self.kind)].table.path

    @property
    def path(self) -> str:
        """Its page below /board, empty where it has none."""
        return f"{self.list}/{self.page}" if self.list else ""


_SHOWN_AS: Final = {"breach_case": "breach"}
_STORED: Final = tuple(name for name in Name.__struct_fields__ if name != "zone")


async def names_of(unit: ReadUnit, ids: Sequence[UUID]) -> dict[UUID, Name]:
    """Names by id; what is not there, or another's, is absent."""
    if not ids:
        return {}
    rows: Sequence[Any] = await unit.connection.fetch(sql("subject_names"), unit.processors, list(ids))
    versions = {row["terms_version_id"] for row in rows} - {None}
    terms = await unit.engine.terms(unit.connection, list(versions))
    zones = {version: terms[version].zone for version in versions}
    return {
        row["id"]: Name(**{name: row[name] for name in _STORED}, zone=zones.get(row["terms_version_id"], ""))
        for row in rows
    }


def say_name(f: FormWords, name: Name) -> Markup:
    """A subject in a few words: a customer with its contract, a change with whom it is about."""
    match name.kind:
        case "agreement":
            return _joined(name.customer_name, name.words)
        case "customer":
            return escape(name.customer_name or "")
        case "subprocessor":
            return escape(name.subprocessor_name or "")
        case "change":
            return _joined(f(f"choice.kind.{name.change_kind}"), name.subprocessor_name or name.to_version)
        case "notice":
            return _joined(
                name.customer_name, f(f"choice.kind.{name.change_kind}"), name.subprocessor_name or name.to_version
            )
        case "breach":
            return escape(name.words or f.kind(name.kind))
        case "task":
            said = msgspec.json.decode(name.words)
            return f.named(said.get(f"text_{f.lang}") or said["text_en"])
        case _:
            return _joined(f.kind(name.kind), name.customer_name or name.subprocessor_name, name.words)


def _joined(*parts: object) -> Markup:
    return Markup(", ").join(escape(one) for one in parts if one)
