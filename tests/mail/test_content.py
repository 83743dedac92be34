"""What customers read: the facts of each message, as the notice and the agreement have them."""

from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from service.mail.kinds.registry import MAIL_KINDS
from service.wording import last_moment, say_day
from tests.drafts import ID, draft, store
from tests.mail.server import Scripted
from tests.mail.test_texts import read
from tests.world import World, local
from workflows.model.agreement import MainContract
from workflows.model.parties import Language
from workflows.terms.clauses import in_words
from workflows.terms.load import library
from workflows.time import local_day

ZONES = {"mms-solutions": "Europe/Brussels"}


def words(mail: EmailMessage) -> tuple[str, str]:
    """Text and HTML as one line each, whatever the line breaks."""
    parts = []
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert isinstance(part, EmailMessage)
        content = str(part.get_content())
        parts.append(" ".join((" ".join(read(content).words) if kind == "html" else content.replace("| ", "")).split()))
    return parts[0], parts[1]


def last(smtp: Scripted) -> EmailMessage:
    return smtp.attempts[-1].mail


async def announced(posted: World, terms: str, lang: Language, kind: str = "add", **more: Any) -> tuple[Any, Any]:
    """A change announced to one customer: its notice and its agreement."""
    await posted.make_processor(name="Acme Zorgsoftware", reply_to="privacy@acme.example")
    host = await posted.make_subprocessor("Frankfurt Cloud", country="DE", categories=("names", "voices"))
    customer = await posted.make_customer(f"Customer {terms}", language=lang)
    agreement = await posted.make_agreement(terms, customer)
    change = await posted.make_change(host, kind, reason="a second data centre", **more)
    await posted.announce(change)
    return await posted.notice(change, agreement), agreement


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    ("terms", "clause"),
    [("stkkr", "Subverwerkers"), ("kmo-solutions", "7.1"), ("constant-it", "II 8.3"), ("mms-solutions", "9.1"),
     ("contict", "3.4, 5.1")],
)  # fmt: skip
async def test_an_announcement_says_what_the_notice_says(
    posted: World, smtp: Scripted, terms: str, clause: str, lang: Language
) -> None:
    notice, _ = await announced(posted, terms, lang)
    mail = last(smtp)
    assert notice["state"] == "open"
    for text in words(mail):
        for wanted in ("Acme Zorgsoftware", f"Customer {terms}", "Frankfurt Cloud", "hosting", "names, voices"):
            assert wanted in text
        assert ("Duitsland" if lang == "nl" else "Germany") in text
        assert "a second data centre" in text
        assert in_words(library()[terms], clause, lang) in text
        assert ("Als u niets doet" if lang == "nl" else "If you do nothing").casefold() in text.casefold()
        zone = ZONES.get(terms, "Europe/Amsterdam")
        for instant in (notice["closes_at"], notice["proceeds_at"]):
            if instant is not None:
                moment = last_moment(instant, zone, lang)
                assert f"{moment.day} 24:00" in text
                assert moment.place in text
                # Silence lets it go on: the earliest day is the one after the last.
                assert say_day(local_day(instant, zone), lang) in text
    text = words(mail)[0]
    own = "eigen keuze" if lang == "nl" else "our own choice"
    assert (own in text) == (terms in ("stkkr", "constant-it"))
    no = "Zonder antwoord is er geen toestemming" if lang == "nl" else "Without an answer there is no consent"
    assert (no in text) == (terms in ("mms-solutions", "contict"))
    ending = "opzeggen" if lang == "nl" else "You can terminate"
    assert (ending in text) == (terms == "constant-it")
    assert "https://dpa.example.org/n/" in text
    assert "https://dpa.example.org/p/" in text
    assert mail["Content-Language"] == lang


@pytest.mark.parametrize(
    ("terms", "lang", "wanted"),
    [
        ("kmo-solutions", "de", (
            "Sie können bis Mittwoch, 1. April 2026, 24:00 Uhr (Zeit in Amsterdam) widersprechen (Ziffer 7.1).",
            "Frankfurt Cloud darf frühestens ab Donnerstag, 2. April 2026 mit Ihren Daten arbeiten.",
            "Deutschland", "Guten Tag Kim,",
        )),
        ("mms-solutions", "fr", (
            "Selon votre contrat, cela nécessite votre autorisation écrite préalable.",
            "Sans réponse, l’autorisation n’est pas donnée : Frankfurt Cloud ne travaille pas avec vos données.",
            "(article 9.1)", "Allemagne", "Bonjour Kim,",
        )),
    ],
)  # fmt: skip
async def test_an_announcement_in_german_and_french(
    posted: World, smtp: Scripted, terms: str, lang: Language, wanted: tuple[str, ...]
) -> None:
    await announced(posted, terms, lang)
    mail = last(smtp)
    assert mail["Content-Language"] == lang
    for text in words(mail):
        for one in wanted:
            assert one in text
    html = mail.get_body(("html",))
    assert isinstance(html, EmailMessage)
    assert f'<html lang="{lang}"' in html.get_content()


async def test_over_christmas_the_last_day_is_the_one_the_notice_gets(posted: World, smtp: Scripted) -> None:
    await posted.go(local("2026-11-25T10:00:00+01:00"))
    notice, _ = await announced(posted, "kmo-solutions", "en", effective_on=date(2026, 12, 1))
    # 25 December and Boxing Day are holidays, then comes a weekend: Monday 28 December.
    assert notice["last_day"] == date(2026, 12, 28)
    text = words(last(smtp))[0]
    assert "until Monday 28 December 2026 24:00 (Amsterdam time)" in text
    assert "on Tuesday 29 December 2026 at the earliest" in text


async def test_a_later_wish_is_the_customers_earliest_day(posted: World, smtp: Scripted) -> None:
    await announced(posted, "mms-solutions", "nl", effective_on=date(2026, 6, 1))
    text = words(last(smtp))[0]
    assert (
        "Met uw toestemming mag Frankfurt Cloud met uw gegevens gaan werken, op zijn vroegst op maandag 1 juni 2026"
        in text
    )


async def test_what_was_stands_beside_what_comes(posted: World, smtp: Scripted) -> None:
    await posted.make_processor()
    old = await posted.make_subprocessor("Old Host", country="NL")
    new = await posted.make_subprocessor("New Host", country="IE")
    customer = await posted.make_customer(language="en")
    agreement = await posted.make_agreement("kmo-solutions", customer, subprocessors=(old,))
    change = await posted.make_change(new, "replace", replaces_id=old, reason="cheaper")
    await posted.announce(change)
    text = words(last(smtp))[0]
    assert "New Host takes the place of Old Host" in text
    assert "Country: Ireland" in text
    assert "Until now: Old Host, hosting, Netherlands" in text
    moving = await posted.make_change(old, "relocate", country="US", from_country="NL", reason="closer")
    await posted.announce(moving)
    text = words(last(smtp))[0]
    # The country lies outside what the agreement allows, so consent is needed where it otherwise objects.
    assert "Country until now: Netherlands New country: United States" in text
    assert "this country requires your prior written consent" in text
    assert (await posted.notice(moving, agreement))["rule"] == "consent"


async def test_the_text_of_an_amendment_says_that_it_is_one(posted: World, smtp: Scripted) -> None:
    notice, _ = await announced(posted, "kmo-solutions", "en")
    await posted.days(3)
    await posted.do(notice["change_id"], "amend", fields={"reason": "a third one"}, substance=True, reason="news")
    await posted.drain()
    text = words(last(smtp))[0]
    assert "This text takes the place of our earlier message" in text
    assert "a third one" in text
    assert "until Tuesday 7 April 2026 24:00" in text  # 4 April is a Saturday, 6 April is Easter Monday
    notice = await posted.notice(notice["change_id"], notice["agreement_id"])
    await posted.do(notice["id"], "object", by="Kim")
    await posted.do(notice["change_id"], "amend", fields={"reason": "a fourth one"}, substance=True, reason="news")
    await posted.drain()
    mail = last(smtp)
    assert "your objection stands" in mail["Subject"]
    assert "Your objection is on record and stands" in words(mail)[0]


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_every_kind_of_message_is_sent_in_a_life(posted: World, smtp: Scripted, lang: Language) -> None:
    seen = 0

    def sent(subject: str, *wanted: str) -> None:
        """One of the mails since the last that was looked for."""
        nonlocal seen
        mails = [one.mail for one in smtp.attempts[seen:]]
        assert subject in "; ".join(str(mail["Subject"]) for mail in mails)
        seen = len(smtp.attempts)
        text, html = words(next(mail for mail in reversed(mails) if subject in mail["Subject"]))
        for one in wanted:
            assert one in text
            assert one in html

    def said(dutch: str, english: str) -> str:
        return dutch if lang == "nl" else english

    # An objection, overruled by the board; the customer ends on it, and its data go.
    notice, agreement = await announced(posted, "stkkr", lang)
    await posted.do(notice["id"], "object", by="Kim de Vries", grounds="too far\naway")
    await posted.drain()
    sent(said("vastgelegd", "recorded"), "Kim de Vries", "too far away", said("2 maart 2026", "2 March 2026"))
    await posted.do(notice["id"], "decide", decision="overrule", reason="no other host", engage_not_before="2026-06-01")
    await posted.drain()
    sent(said("besluit", "decision"), "no other host", say_day(date(2026, 6, 1), lang), "Subverwerkers")
    await posted.do(notice["id"], "terminate", by="Kim", channel="mail", effective_on="2026-04-30")
    await posted.drain()
    sent(said("opzegging", "your termination"), say_day(date(2026, 4, 30), lang))
    await posted.go(local("2026-05-01T00:00:00+02:00"))
    sent(said("geëindigd", "has ended"), say_day(date(2026, 4, 30), lang), "Gegevens verwijderen")
    await finish(posted, agreement)
    sent(
        said("zijn verwijderd", "have been deleted"),
        say_day(date(2026, 5, 1), lang),
        said("Bevestigd op", "Confirmed on"),
    )

    # An end that is planned, taken back, corrected, planned again, with a choice.
    kmo = await posted.make_agreement("kmo-solutions", await posted.make_customer("K", language=lang))
    await posted.do(kmo, "end-main-contract", on="2026-07-31")
    await posted.drain()
    sent(
        say_day(date(2026, 7, 31), lang), "9.5",
        said("vrijdag 14 augustus 2026 24:00 uur", "Friday 14 August 2026 24:00"),
    )  # fmt: skip
    await posted.do(kmo, "cancel-end", reason="a mistake")
    await posted.drain()
    sent(said("loopt door", "continues"))
    await posted.do(kmo, "correct", data={"services": ["voice"]}, reason="the wrong service")
    await posted.drain()
    sent(said("correctie", "correction"), "the wrong service")
    await posted.do(kmo, "choose", data="return", format="CSV", channel="mail", by="Kim")
    await posted.drain()
    sent(said("keuze", "choice"), "CSV")

    # A change withdrawn, one that no longer concerns, an outage, an agreement taken back.
    host = await posted.make_subprocessor("Second Host")
    change = await posted.make_change(host)
    await posted.announce(change)
    await posted.do(change, "withdraw", reason="no need")
    await posted.drain()
    sent(said("ingetrokken", "withdrawn"), "Second Host")
    change = await posted.make_change(host, services=())
    await posted.announce(change)
    await posted.do(change, "amend", fields={"services": ["other"]}, substance=True, reason="only these")
    await posted.drain()
    sent(said("geldt niet meer voor u", "no longer applies to you"), "Second Host")
    await held_open(posted, kmo)
    sent(said("u hebt meer tijd", "more time"), "Third Host")
    await choice_held_open(posted, await posted.make_customer("L", language=lang))
    sent(
        said("meer tijd om te kiezen", "more time to choose"), "9.5", said("Kies op uw eigen pagina", "Choose on your")
    )
    await entry_held_open(posted, await posted.make_customer("E", language=lang))
    sent(said("voordat uw verwerkersovereenkomst gaat gelden", "before your agreement enters into force"))
    failing = await posted.make_agreement("myhealthily-baa", await posted.make_customer("N", language=lang))
    await posted.do(failing, "demand-cure", reason="No log.", by="Kim", channel="mail", evidence="m")
    await posted.drain()
    sent(said("herstellen", "put right"), "No log.")
    later = MainContract(reference="M-9", starts_on=date(2027, 6, 1))
    customer = await posted.make_customer("M", language=lang)
    draft = await posted.make_agreement("mms-solutions", customer, active=False, main_contracts=(later,))
    await posted.do(draft, "send")
    await posted.do(draft, "sign", party="controller", channel="link", name="Kim de Vries", function="Director")
    await posted.drain()
    sent(said("ondertekend", "signed"), "Kim de Vries", "Director")
    await posted.do(draft, "withdraw")
    await posted.drain()
    kinds = {row["kind"] for row in await posted.rows("select distinct kind from message")}
    assert kinds == {
        one.name for one in MAIL_KINDS.values() if one.about in ("notice", "agreement") and not one.bundle
    } - {"erase_confirm"}
    assert await posted.rows("select 1 from message where state <> 'received'") == []
    assert {row["language"] for row in await posted.rows("select distinct language from message")} == {lang}


async def finish(posted: World, agreement: Any) -> None:
    """Everything of the plan is confirmed."""
    await posted.drain()
    await posted.do(agreement, "approve-plan")
    (row,) = await posted.rows("select plan from agreement where id = $1", agreement)
    for item in decoded(row["plan"]):
        await posted.do(agreement, "confirm", task_id=item["id"], evidence="a screenshot")
    await posted.drain()
    assert await posted.state(agreement) == "deleted"


async def held_open(posted: World, agreement: Any) -> None:
    """Customers could not answer on the last day."""
    change = await posted.make_change(await posted.make_subprocessor("Third Host"))
    await posted.announce(change)
    notice = await posted.notice(change, agreement)
    closes: datetime = notice["closes_at"]
    await posted.go(closes - timedelta(hours=1))
    async with posted.pools.worker.acquire() as connection:
        await connection.execute(
            "insert into outage (began_at, ended_at) values ($1, $2)",
            closes - timedelta(hours=5), closes - timedelta(hours=2),
        )  # fmt: skip
    await posted.go(closes)


async def choice_held_open(posted: World, customer: Any) -> Any:
    """Customers could not choose on the last day for it; the agreement."""
    agreement = await posted.make_agreement("kmo-solutions", customer)
    await posted.do(agreement, "end-main-contract", on=(await posted.now()).date())
    await posted.days(2)
    (row,) = await posted.rows("select due_at from deadline where agreement_id = $1 and rule = 'end.choice'", agreement)
    closes: datetime = row["due_at"]
    await posted.go(closes - timedelta(hours=1))
    async with posted.pools.worker.acquire() as connection:
        await connection.execute(
            "insert into outage (began_at, ended_at) values ($1, $2)",
            closes - timedelta(hours=5), closes - timedelta(hours=2),
        )  # fmt: skip
    await posted.go(closes)
    return agreement


async def entry_held_open(posted: World, customer: Any) -> None:
    """Customers could not answer on the last day before an agreement enters into force."""
    await store(posted, draft(entry={"period": "P14D"}))
    agreement = await posted.make_agreement(ID, customer)
    await posted.drain()
    (row,) = await posted.rows("select entry_closes_at from agreement where id = $1", agreement)
    closes: datetime = row["entry_closes_at"]
    async with posted.pools.worker.acquire() as connection:
        await connection.execute(
            "insert into outage (began_at, ended_at) values ($1, $2)",
            closes - timedelta(hours=5), closes - timedelta(hours=2),
        )  # fmt: skip
    await posted.go(closes)


def decoded(text: str) -> Any:
    return msgspec.json.decode(text)


async def test_a_late_answer_is_confirmed_as_late(posted: World, smtp: Scripted) -> None:
    notice, _ = await announced(posted, "kmo-solutions", "en")
    await posted.go(notice["closes_at"] + timedelta(days=1))
    await posted.do(notice["id"], "object", by="Kim", channel="mail")
    await posted.drain()
    text = words(last(smtp))[0]
    assert "It came too late" in text
    assert "Wednesday 1 April 2026" not in text or "24:00" in text
    assert "has no effect" in text


async def test_a_customer_that_is_a_processor_itself_gets_words_to_pass_on(posted: World, smtp: Scripted) -> None:
    await posted.make_processor(name="Acme")
    host = await posted.make_subprocessor("Frankfurt Cloud", country="DE")
    await posted.make_agreement("kmo-solutions", await posted.make_customer(language="en", role="processor"))
    await posted.announce(await posted.make_change(host, reason="a second data centre"))
    for text in words(last(smtp)):
        passed = text.casefold().partition("to pass on")[2]
        assert "your answer to us counts until wednesday 1 april 2026 24:00 (amsterdam time)" in passed
        for said in (
            "acme, our processor, also processes personal data of yours, and has told us of a change.",
            "what changes: new subprocessor frankfurt cloud", "service: hosting", "country: germany",
            "purpose and reason: a second data centre",
            "we can raise an objection with acme until wednesday 1 april 2026 24:00", "tell us before [day]",
        ):  # fmt: skip
            assert said in passed
        # The links are this contact's own: none stands in what goes on to others.
        assert "https://" not in passed.partition("tell us before")[0]
    text = words(last(smtp))[0]
    assert "Nobody reads replies to this address" in text
