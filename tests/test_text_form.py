"""Text form: what can be read and kept will do, as a mail does, and nothing is signed; what is only spoken will not."""

from datetime import date
from typing import Any

import msgspec
import pytest

from tests.drafts import ID, controller_rule, draft, store
from tests.test_choices import choose, ended
from tests.world import World
from workflows.errors import Refused
from workflows.intake.answers import ending_lacks, lacks
from workflows.terms.explain import explain
from workflows.terms.law import ground
from workflows.terms.model import Form
from workflows.words import Language

RIGHT = {"ground": "breach_of_law", "clause": "10.2", "ends": "agreement", "form": "text", "party": "either"}


async def test_a_consent_by_telephone_is_none_and_one_by_mail_is(world: World) -> None:
    consent = {"rule": "consent", "clause": "7", "overruling": None}
    rules = {"subprocessor.consent": controller_rule("receipt", form="text")}
    await store(world, draft(rules, without=("subprocessor.objection",), subprocessors=consent))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    change = await world.make_change(host := await world.make_subprocessor())
    await world.announce(change)
    notice = await world.notice(change, agreement)
    assert notice["form"] == "text"
    await world.do(notice["id"], "consent", channel="phone", by="Kim")
    await world.drain()
    assert await world.state(notice["id"]) == "open"
    (task,) = await world.rows("select text from task where kind = 'consent_in_writing'")
    assert "requires text form: ask for it by mail" in task["text"]
    await world.do(notice["id"], "consent", channel="mail", by="Kim")
    await world.drain()
    assert await world.engaged(agreement, host)


async def test_an_end_and_a_choice_by_telephone_are_refused_in_its_words(world: World) -> None:
    agreement = await ended(world, draft(ending={"rights": [RIGHT]}, end={"data": "choice", "return_form": "text"}))
    with pytest.raises(Refused, match=r"The choice must be in text form, such as a mail \(11\)"):
        await world.do(agreement, "choose", data="return", channel="phone", by="Kim")
    await choose(world, agreement, "return")
    other = await world.make_agreement(ID, await world.make_customer("Other"))
    why: dict[str, Any] = {"ground": "breach_of_law", "reason": "left open", "party": "controller", "by": "Kim"}
    with pytest.raises(Refused, match=r"in text form, such as a mail \(10\.2\)"):
        await world.do(other, "terminate", **why, channel="phone")
    await world.do(other, "terminate", **why, channel="mail", effective_on=date(2026, 5, 1))


def test_where_the_mail_is_kept_is_asked_in_its_words() -> None:
    given = {"channel": "mail", "by": "Kim"}
    (asked,) = lacks(given, form="text", clause="7.1")
    assert asked.message == "is required: 7.1 wants it in text form; say where the mail or letter is kept"
    assert not lacks({**given, "evidence": "mail 4"}, form="text", clause="7.1")
    assert not lacks(given, form="any", clause="7.1")
    (asked,) = ending_lacks(draft(ending={"rights": [RIGHT]}), {**given, "ground": "breach_of_law"})
    assert "10.2 wants it in text form" in asked.message


@pytest.mark.parametrize(
    ("form", "lang", "said"),
    [
        ("text", "en", "in text form (a mail is enough; 7.2)"),
        ("text", "nl", "in tekstvorm (een e-mail volstaat; 7.2)"),
        ("text", "de", "in Textform (eine E-Mail genügt; 7.2)"),
        ("text", "fr", "sous forme de texte (un courriel suffit\u202f; 7.2)"),
        ("written", "en", "in writing (7.2)"),
    ],
)
def test_it_is_explained_as_itself(form: Form, lang: Language, said: str) -> None:
    rule = controller_rule("receipt", "P14D", form=form, form_clause="7.2")
    terms = draft({"subprocessor.objection": rule}, matters=[
        {"kind": "instruction", "clause": "5", "raised_by": "controller", "form": form},
    ])  # fmt: skip
    assert said in explain(terms, lang)
    assert ground(terms, "form") == ""


def test_the_format_knows_three() -> None:
    assert msgspec.convert("text", type=Form) == "text"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("signed", type=Form)
