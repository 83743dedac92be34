"""One truth of a notice: mail and page say the same facts, and promise nothing that the form does not keep."""

import dataclasses
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from service.wording import last_moment, say_country, say_day
from tests.telling import ANN, BOB, START, Life, Surroundings, around
from workflows.change.announced import text_of
from workflows.model.change import ChangeKind
from workflows.notice.facts import as_received, notice_facts
from workflows.notice.scope import decide
from workflows.terms.clauses import in_words
from workflows.terms.load import library
from workflows.words import Language

KINDS: tuple[tuple[ChangeKind, str], ...] = (
    ("add", "NL"), ("add", "US"), ("replace", "NL"), ("relocate", "NL"), ("remove", "NL"), ("terms", "NL"),
    ("measure", "NL"),
)  # fmt: skip


def included(
    terms: str, kind: ChangeKind, country: str, lang: Language = "en", **change: object
) -> Surroundings | None:
    x = around(terms, kind, lang=lang, country=country, **change)
    found = decide(x.terms, x.change, x.subprocessor, x.agreement, frozenset(x.context.engaged), at=START)
    return x if found.included else None


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("kind", "country"), KINDS)
@pytest.mark.parametrize("terms", sorted(library()))
def test_mail_and_page_say_the_same_facts(terms: str, kind: ChangeKind, country: str, lang: Language) -> None:
    wished = date(2026, 9, 1)
    x = included(terms, kind, country, lang, services=("telephony",), effective_on=wished)
    if x is None:
        return  # this agreement is not told: the region refuses it
    life = Life(x)
    mail = life.mail_text("announcement")
    life.do("received", contact_id=str(ANN.id))
    page = life.page_text()
    facts, zone = notice_facts(life.rows), x.terms.zone
    said = {x.terms.title, "M-77", "a second data centre", "telephony", say_day(wished, lang)}
    sub = facts.text.subprocessor
    if sub is not None:
        assert facts.text.country is not None
        said |= {sub.name, *sub.aliases, sub.service}
        if kind != "remove":
            said |= {sub.address or "", sub.contact or "", *sub.categories, sub.transfer_basis or ""}
            said |= {say_country(one, lang) for one in (facts.text.country, *sub.countries)}
    if facts.text.from_country:
        said.add(say_country(facts.text.from_country, lang))
    if facts.text.replaced is not None:
        said |= {facts.text.replaced.name, facts.text.replaced.service}
    if facts.text.to_version:
        said |= {facts.text.to_version, "2026-01"}
    said.add(in_words(x.terms, facts.clause, lang))
    for right in facts.rights:
        said.add(in_words(x.terms, right.clause, lang))
        if right.closes_at is not None:
            said.add(last_moment(right.closes_at, zone, lang).day)
    if facts.silence.until is not None:
        said.add(last_moment(facts.silence.until, zone, lang).day)
    if facts.starts.day is not None:
        said.add(say_day(facts.starts.day, lang))
    for one in said:
        assert one in mail, (one, mail)
        assert one in page, (one, page)
    for written, grounds in {(one.form == "written", one.grounds) for one in facts.rights}:
        in_writing = "In writing" if lang == "en" else "Schriftelijk"
        assert (in_writing.casefold() in page.casefold()) or not written
        reasons = ("redenen", "waarom") if lang == "nl" else ("reasons", "why")
        assert grounds == "none" or any(word in mail for word in reasons)
    lapse = "vervalt" if lang == "nl" else "lapses"
    assert (lapse in mail) == (lapse in page) or facts.rule == "termination_right"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_clause_is_named_as_it_is_printed_everywhere(lang: Language) -> None:
    """Constant IT's own text misnumbers its chapter 8."""
    life = Life(around("constant-it", lang=lang))
    printed = in_words(life.around.terms, "II 8.2", lang)
    assert "4.2" in printed
    life.do("received", contact_id=str(ANN.id))
    assert in_words(life.around.terms, life.notice.clause, lang) in life.page_text()
    assert in_words(life.around.terms, life.notice.clause, lang) in life.mail_text("announcement")


def test_what_is_rendered_is_what_was_announced() -> None:
    """B7: an edit of the record changes nothing of what customers were told, nor where work may begin."""
    x = around("kmo-solutions")
    assert x.subprocessor is not None
    record = replace(
        x.subprocessor, country="US", service="advertising", categories=("health data",), name="Renamed Ltd"
    )
    edited = dataclasses.replace(x, subprocessor=record)
    before, after = Life(x), Life(edited)
    for life in (before, after):
        life.do("received", contact_id=str(ANN.id))
    assert after.page_text() == before.page_text()
    assert after.mail_text("announcement") == before.mail_text("announcement")
    assert after.own_page() == before.own_page()
    assert "United States" not in after.page_text()


def test_what_changed_is_laid_beside_what_was_told() -> None:
    """M5: the mail had said Portugal, by the record; the page says from there, and not from nothing."""
    x = around("kmo-solutions", country="PT")
    life = Life(x)
    life.do("received", contact_id=str(ANN.id))
    life.now += timedelta(days=2)
    change = replace(x.change, country="ES", revision=2)
    change = replace(
        change, announced=(*x.change.announced, text_of(change, x.subprocessor, None, life.now, "a cheaper place"))
    )
    life.around = dataclasses.replace(x, change=change)
    life.do("amended", revision=2)
    amended = life.view().change.amended
    assert amended is not None
    assert [(str(one.label), str(one.was), str(one.new)) for one in amended.lines] == [("Country", "Portugal", "Spain")]
    assert amended.why == "a cheaper place"
    assert "takes the place of our earlier message" in life.mail_text("announcement", revision=2)


def test_who_joins_later_was_told_no_earlier_text() -> None:
    x = around("kmo-solutions", country="PT")
    change = replace(x.change, country="ES", revision=2)
    change = replace(change, announced=(*x.change.announced, text_of(change, x.subprocessor, None, START, "cheaper")))
    life = Life(dataclasses.replace(x, change=change))
    life.notice = replace(life.notice, revision=2, first_revision=2)
    assert "earlier message" not in life.mail_text("announcement", revision=2)
    assert "Spain" in life.mail_text("announcement", revision=2)
    life.do("received", contact_id=str(ANN.id))
    assert life.view().change.amended is None


def test_a_consent_that_begins_at_once_promises_no_taking_back() -> None:
    """M6: from now on, and until then you can take it back."""
    life = Life(around("mms-solutions"))
    life.do("received", contact_id=str(ANN.id))
    life.do("consent", by="Ann", channel="link", asked=True)
    for _, _, text in life.mails():
        assert "From now on, Frankfurt Cloud may begin to work with your data." in text
        assert "you can withdraw" not in text
    life.fire()
    given = life.notice.answers[-1]
    later = life.mail_text("confirmation", answer="consent", received_at=given.received_at.isoformat())
    assert "has been allowed to work with your data since Monday 2 March 2026" in later
    assert "From now on" not in later


def test_a_consent_that_begins_later_is_taken_back_by_who_gave_it() -> None:
    """M6 and M7: only on the page of the one whose answer it is."""
    life = Life(around("mms-solutions", effective_on=date(2026, 6, 1)))
    life.do("received", contact_id=str(ANN.id))
    life.do("consent", by="Ann", channel="link", asked=True)
    texts = {who.name: text for _, who, text in life.mails()}
    assert "Until then you can withdraw your consent on the page" in texts["Ann"]
    assert "Until then Ann can withdraw the consent" in texts["Bob"]
    assert "on the page" not in texts["Bob"].partition("What this means".upper())[2].partition("All contacts")[0]
    assert "take-back" in [one.answer for one in life.view(ANN).offers]
    assert "take-back" not in [one.answer for one in life.view(BOB).offers]


def test_an_ending_promises_no_taking_back() -> None:
    """M7: it is irrevocable, for whoever reads of it."""
    life = Life(around("constant-it"))
    life.do("received", contact_id=str(ANN.id))
    life.do("terminate", by="Ann", channel="link", grounds="too far", asked=True)
    for _, _, text in life.mails():
        assert "cannot be undone on the page" in text
        assert "withdraw this answer" not in text
    assert "take-back" not in [one.answer for one in life.view(ANN).offers]


def test_nobody_objected_is_not_said_above_an_objection() -> None:
    """M8: it was withdrawn."""
    life = Life(around("kmo-solutions"))
    life.do("received", contact_id=str(ANN.id))
    life.do("object", by="Ann", channel="link", asked=True)
    life.wait(START + timedelta(days=40))
    life.do("take-back", by="Ann", channel="link", asked=True)
    assert life.state == "lapsed"
    words = life.page_text()
    assert "Nobody objected" not in words
    assert "No objection stands any more: it was withdrawn" in words


def test_a_period_that_is_over_is_not_said_to_run() -> None:
    """M9: on the 18th, that we wait until the 16th, while it works since the 17th."""
    life = Life(around("stkkr"))
    life.do("received", contact_id=str(ANN.id))
    assert life.notice.proceeds_at is not None
    assert "We will wait until" in life.mail_text("held_open", closes_at=life.notice.proceeds_at.isoformat())
    life.wait(life.notice.proceeds_at + timedelta(days=2))
    assert life.notice.engaged_at is not None
    for text in (life.page_text(), life.mail_text("held_open", closes_at=life.now.isoformat())):
        assert "wait until" not in text
        assert "From now on" not in text
        assert "has been allowed to work with your data since" in text


def test_another_contacts_no_outweighs_a_yes_in_mail_and_form() -> None:
    life = Life(around("mms-solutions"))
    life.do("received", contact_id=str(ANN.id))
    life.do("refuse", by="Ann", channel="link", grounds="no", asked=True)
    offered = {one.answer: one for one in life.view(BOB).offers}
    assert "Another contact of yours said no" in offered["consent"].hint
    life.do("consent", by="Bob", channel="link", asked=True)
    for _, _, text in life.mails():
        assert "Another contact of Bakery said no, and that stands" in text
        assert "may begin to work" not in text


def test_an_announcement_is_worded_as_its_receipt_will_count() -> None:
    life = Life(around("kmo-solutions"))
    expected = notice_facts(as_received(life.rows))
    life.do("received", contact_id=str(ANN.id))
    now = notice_facts(life.rows)
    assert (expected.closes_at, expected.starts, expected.silence) == (now.closes_at, now.starts, now.silence)


@pytest.mark.parametrize(("lang", "said"), [("en", "its last day was Saturday 28 February 2026"),
                                            ("de", "Sein letzter Tag war Samstag, 28. Februar 2026")])  # fmt: skip
def test_who_is_told_after_the_end_reads_that_it_has_ended(lang: Language, said: str) -> None:
    """P14: data are still there, so the change concerns them; but nothing goes on for ever."""
    x = around("kmo-solutions", "add", lang=lang)
    over = replace(x.agreement, ended_on=date(2026, 2, 28), ended_at=START - timedelta(days=1))
    for agreement, expected in ((over, True), (x.agreement, False)):
        life = Life(dataclasses.replace(x, agreement=agreement))
        mail = life.mail_text("announcement")
        life.do("received", contact_id=str(ANN.id))
        assert (said in mail) is expected
        assert (said in life.page_text()) is expected
