"""What a customer is told that objected under a text which asks for reasons, gives a right to end, and does not say
whether the processor may go on."""

from datetime import date
from typing import Any

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from tests.mail.server import Scripted
from tests.mail.test_content import words
from tests.texts import stored
from tests.world import World
from workflows.model.parties import Language

SAID: dict[str, dict[Language, str]] = {
    "asked": {
        "nl": "vraagt om de redenen", "en": "asks for the reasons",
        "de": "verlangt die Gründe", "fr": "demande les motifs",
    },
    "enough": {
        "nl": "U hoeft verder niets te doen.", "en": "You do not need to do anything else.",
        "de": "Mehr brauchen Sie nicht zu tun.", "fr": "Vous n’avez rien d’autre à faire.",
    },
    "may": {
        "nl": "U kunt de diensten die het betreft beëindigen vanaf dit moment",
        "en": "You can terminate the services concerned from now on",
        "de": "Sie können die betroffenen Leistungen", "fr": "Vous pouvez résilier les services concernés",
    },
    "ended": {
        "nl": "de diensten die het betreft opgezegd", "en": "terminated the services concerned",
        "de": "die betroffenen Leistungen wegen dieser Änderung gekündigt", "fr": "a résilié les services concernés",
    },
    "on": {"nl": "gaat toch door", "en": "go ahead with this change", "de": "dennoch", "fr": "procède néanmoins"},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en", "de", "fr"])
async def test_reasons_the_right_to_end_and_what_ended_are_told(posted: World, smtp: Scripted, lang: Language) -> None:
    await posted.make_processor(reply_to="privacy@acme.example")
    overruling: dict[str, Any] = {"allowed": True, "clause": "7.4", "reading": "the text does not say what follows"}
    right = {"ground": "objection", "clause": "7.5", "ends": "service"}
    terms = draft(
        {"subprocessor.objection": controller_rule("receipt", "P14D", clause="7.3", grounds="required")},
        subprocessors={"overruling": overruling},
        ending={"rights": [right]},
    )
    await stored(posted, terms)
    customer = await posted.make_customer("Bakery", language=lang)
    agreement = await posted.make_agreement(terms.id, customer, services=("maps", "mail"))
    change = await posted.make_change(await posted.make_subprocessor(), services=("maps",))
    await posted.announce(change)
    notice = (await posted.notice(change, agreement))["id"]
    seen = len(smtp.attempts)

    async def told() -> str:
        nonlocal seen
        await posted.drain()
        found = " ".join(words(one.mail)[0] for one in smtp.attempts[seen:])
        seen = len(smtp.attempts)
        return found

    await posted.do(notice, "object", channel="mail", by="Kim")
    bare = await told()
    assert SAID["asked"][lang] in bare
    assert SAID["enough"][lang] not in bare
    await posted.days(1)
    await posted.do(notice, "object", channel="mail", by="Kim", grounds="too far away")
    given = await told()
    assert SAID["asked"][lang] not in given
    assert SAID["enough"][lang] in given
    await posted.do(notice, "decide", decision="overrule", reason="no other", engage_not_before=date(2026, 6, 1))
    decided = await told()
    assert SAID["on"][lang] in decided
    assert "7.3" not in decided.partition(SAID["on"][lang])[2].partition(".")[0]
    assert SAID["may"][lang] in decided
    assert "7.5" in decided
    await posted.do(notice, "terminate", channel="mail", by="Kim")
    assert SAID["ended"][lang] in await told()


@pytest.mark.parametrize(
    ("lang", "first", "decided"),
    [
        ("en", "you may then terminate the services concerned; the agreement continues", "within 30 days"),
        ("nl", "mag u de diensten die het betreft beëindigen; de overeenkomst loopt door", "binnen 30 dagen"),
        ("de", "können dann die betroffenen Leistungen kündigen; der Vertrag läuft weiter", "innerhalb von 30 Tagen"),
        ("fr", "pourrez alors résilier les services concernés", "dans un délai de 30 jours"),
    ],
)
async def test_a_right_over_an_overruling_is_told_with_what_it_ends_and_how_long(
    posted: World, smtp: Scripted, lang: Language, first: str, decided: str
) -> None:
    """No text says that it has no last day where the agreement gives it some days, though none is counted."""
    await posted.make_processor(reply_to="privacy@acme.example")
    right = {"ground": "overruled_objection", "clause": "7.5", "ends": "service", "period": "P30D"}
    terms = draft(
        subprocessors={"overruling": {"allowed": True, "clause": "7.4", "then": "termination"}},
        ending={"rights": [right]},
    )
    await stored(posted, terms)
    agreement = await posted.make_agreement(
        terms.id, await posted.make_customer("Bakery", language=lang), services=("maps", "mail")
    )
    change = await posted.make_change(await posted.make_subprocessor(), services=("maps",))
    await posted.announce(change)
    notice = (await posted.notice(change, agreement))["id"]
    await posted.do(notice, "object", channel="mail", by="Kim")
    await posted.do(notice, "decide", decision="overrule", reason="no other", engage_not_before=date(2026, 6, 1))
    await posted.drain()
    told = " ".join(" ".join(words(one.mail)[0] for one in smtp.attempts).split())
    assert first in told
    assert decided in told
    for unsaid in ("no last day", "geen laatste dag", "keinen letzten Tag", "pas de dernier jour"):
        assert unsaid not in told


@pytest.mark.parametrize("sought", [None, "P30D"])
async def test_a_right_over_the_objection_itself_is_told_first_and_with_the_answer(
    posted: World, smtp: Scripted, sought: str | None
) -> None:
    await posted.make_processor(reply_to="privacy@acme.example")
    right = {"ground": "objection", "clause": "7.5", "ends": "service"}
    rules = {"subprocessor.alternative": processor_rule("objection", sought, clause="7.4")} if sought else {}
    await stored(posted, terms := draft(rules, ending={"rights": [right]}))
    agreement = await posted.make_agreement(
        terms.id, await posted.make_customer("Bakery", language="en"), services=("maps", "mail")
    )
    change = await posted.make_change(await posted.make_subprocessor(), services=("maps",))
    await posted.announce(change)
    await posted.drain()
    first = " ".join(words(smtp.attempts[-1].mail)[0].split())
    after = "If no solution is found within 30 days, you may then terminate the services concerned"
    assert (after if sought else "You may then also terminate the services concerned") in first
    await posted.do((await posted.notice(change, agreement))["id"], "object", channel="mail", by="Kim")
    await posted.drain()
    answer = " ".join(words(smtp.attempts[-1].mail)[0].split())
    assert ("You can terminate the services concerned" in answer) == (sought is None)


@pytest.mark.parametrize(
    ("lang", "told", "confirmed"),
    [
        ("en", "If you object, Hosting BV will not be engaged for you (clause 7).", "will not be engaged for you (cl"),
        ("de", "wird Hosting BV für Sie nicht eingesetzt (Ziffer 7).", "für Sie nicht eingesetzt (Ziffer 7)"),
    ],
)
async def test_an_objection_that_nobody_may_go_on_against_is_not_hedged(
    posted: World, smtp: Scripted, lang: Language, told: str, confirmed: str
) -> None:
    """Schärer 5: whoever objects has settled it."""
    await posted.make_processor(reply_to="privacy@acme.example")
    terms = draft()
    await stored(posted, terms)
    agreement = await posted.make_agreement(terms.id, await posted.make_customer("Bakery", language=lang))
    change = await posted.make_change(await posted.make_subprocessor())
    await posted.announce(change)
    await posted.drain()
    assert told in " ".join(words(one.mail)[0] for one in smtp.attempts)
    seen = len(smtp.attempts)
    await posted.do((await posted.notice(change, agreement))["id"], "object", channel="mail", by="Kim")
    await posted.drain()
    assert confirmed in " ".join(words(one.mail)[0] for one in smtp.attempts[seen:])
    [task] = await posted.rows("select text from task where kind = 'decide_objection'")
    assert "lets nobody go on against it (7): uphold it" in task["text"]


async def test_days_that_run_from_the_sending_do_not_wait_for_the_arrival(posted: World, smtp: Scripted) -> None:
    await posted.make_processor(reply_to="privacy@acme.example")
    terms = draft({"subprocessor.objection": controller_rule("sending", "P14D")})
    await stored(posted, terms)
    await posted.make_agreement(terms.id, await posted.make_customer("Bakery", language="en"))
    await posted.announce(await posted.make_change(await posted.make_subprocessor()))
    await posted.drain()
    told = " ".join(words(one.mail)[0] for one in smtp.attempts)
    assert "when this message was sent. If anything moves, the page shows" in told
