"""The digests of rows: which fields they cover, and that a row reads back as it was written."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.queries import blocks, sql
from workflows.kinds import WORKFLOWS
from workflows.ledger.rows import Form, digest, form_of, forms, listed, seal, stored, text_of
from workflows.model.notice import Answer, Notice
from workflows.model.task import Task

MIGRATIONS = Path(__file__).parents[1] / "db/migrations"
AT = datetime(2026, 3, 2, 9, 30, 0, 120000, tzinfo=UTC)
ID = UUID("0195d0c0-7e52-7000-8000-7465726d696a")


@pytest.mark.parametrize("kind", WORKFLOWS)
def test_the_last_form_of_a_kind_covers_all_of_its_row(kind: str) -> None:
    """A new field of a kind has a new form in `row_forms.toml`; those before it stay, since events name them."""
    entity: type[msgspec.Struct] = WORKFLOWS[kind].table.entity
    fields = [one.encode_name for one in msgspec.structs.fields(entity)]
    last = forms(kind, entity)[-1]
    assert sorted(last.fields) == sorted(fields)
    assert {path.partition(".")[0] for path in last.without} <= set(fields)


def test_a_kind_whose_row_ever_changes_is_listed() -> None:
    """Its first form has to be known beside its next one, and what erasure empties of it."""
    alone = set(WORKFLOWS) - set(listed())
    altered = [sql(name) for name in blocks() if name == "erase_personal"]
    altered += [one.read_text("utf-8") for one in MIGRATIONS.glob("*.sql")]
    for kind in alone:
        later = [one for one in altered if not re.search(rf"create table {kind}\b", one)]
        assert not [one for one in later if re.search(rf"(alter table|update) {kind}\b", one)], kind


def test_a_form_that_was_released_stays() -> None:
    """The digests that stand in ledgers name it. Where this fails, add a form instead of changing one."""
    released = {kind: (known[0].fields, known[0].without) for kind, known in listed().items()}
    text = msgspec.json.encode(released, order="sorted")
    assert digest(text) == "4074b719407fef480485f42b4d3b6f5ac510b9857079972a2f837b5890ef823d"


def a_notice(**more: Any) -> Notice:
    answer = Answer(
        answer="object", by="Kim", channel="letter", received_at=AT, recorded_at=AT, recorded_by="key", grounds="why"
    )
    values: dict[str, Any] = {"closes_at": AT, "sent_at": None, "answers": (answer,), **more}
    return Notice(
        id=ID, processor_id=ID, change_id=ID, agreement_id=ID, customer_id=ID, rule="objection", clause="3", **values
    )


def test_a_row_reads_back_as_it_was_sealed() -> None:
    for notice in (a_notice(), a_notice(answers=()), a_notice(closes_at=AT.astimezone(timezone(timedelta(hours=1))))):
        number, sealed = seal("notice", notice)
        row = msgspec.json.decode(msgspec.json.encode(notice))
        row["closes_at"] = "2026-03-02T10:30:00.12+01:00"
        form = form_of("notice", Notice, number)
        assert form is not None
        assert digest(text_of(form, stored(Notice, msgspec.json.encode(row).decode()))) == sealed


def test_what_erasure_empties_is_no_part_of_it() -> None:
    _, sealed = seal("notice", a_notice())
    (answer,) = a_notice().answers
    words = msgspec.structs.replace(answer, by=None, grounds=None)
    assert seal("notice", a_notice(answers=(words,)))[1] == sealed
    late = msgspec.structs.replace(answer, late=True)
    assert seal("notice", a_notice(answers=(late,)))[1] != sealed


def test_words_of_a_task_are_no_part_of_it() -> None:
    task = Task(id=ID, processor_id=ID, about=ID, about_kind="notice", kind="look", text="Look.", data={"a": 1})
    sealed = seal("task", task)
    others: list[dict[str, Any]] = [{"note": "seen"}, {"data": {"a": 1, "words": "no"}}, {"note": ""}]
    for more in others:
        assert seal("task", msgspec.structs.replace(task, **more)) == sealed
    assert seal("task", msgspec.structs.replace(task, data={"a": 2})) != sealed


def test_a_column_of_a_later_release_changes_nothing() -> None:
    form = Form(fields=("id", "closes_at"))
    row = {"id": str(ID), "closes_at": AT}
    assert text_of(form, {**row, "added": 1}) == text_of(form, row)
    assert text_of(Form(fields=("id", "gone")), row) is None
    assert form_of("notice", Notice, 99) is None
    assert seal("nothing", a_notice())[0] == 1
