"""What mails say of an agreement is what its text says, with the clause: ends, data, measures, cost, law."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from db import clock
from db.queries import sql
from db.session import transaction
from tests.lantern import lantern
from tests.mail.server import Scripted
from tests.mail.test_content import last, words
from tests.test_told_beforehand import told
from tests.world import FACTS, World, local
from workflows.ids import new_id
from workflows.terms.load import document_digest, parse_toml, to_document


async def stored(world: World, text: str) -> str:
    """A terms file as a POST to /terms stores it; its id."""
    terms = parse_toml(text, "a file")
    document = msgspec.json.encode(to_document(terms)).decode()
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            sql("insert_terms_version"), new_id(), None, terms.id, terms.version, terms.title, document,
            document_digest(to_document(terms)),
            await clock.now(connection),
        )  # fmt: skip
    return terms.id


def of_kind(smtp: Scripted, subject: str) -> str:
    """The text of the last mail with this in its subject."""
    return words(next(one.mail for one in reversed(smtp.attempts) if subject in str(one.mail["Subject"])))[0]


async def ended(posted: World, terms: str, on: str, after: str) -> Any:
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement(terms)
    await posted.do(agreement, "end-main-contract", on=on)
    await posted.go(local(after))
    return agreement


async def test_the_mms_agreement_is_not_called_ended_while_there_are_data(posted: World, smtp: Scripted) -> None:
    """1.1: it ends "nadat verwerker alle persoonsgegevens … heeft vernietigd en/of teruggegeven"; 1.2."""
    await ended(posted, "mms-solutions", "2026-04-30", "2026-05-01T00:00:00+02:00")
    before, after = of_kind(smtp, "eindigt na"), of_kind(smtp, "is geëindigd")
    goes_on = (
        "De verwerkersovereenkomst blijft gelden tot de laatste gegevens zijn vernietigd of teruggegeven (artikel 1.1)"
    )
    assert goes_on in before
    assert "en daarmee de verwerkersovereenkomst" not in before
    assert goes_on in after
    assert "Het contract van Customer mms-solutions met Acme is geëindigd" in after
    assert "verwerkersovereenkomst is geëindigd" not in after
    # 12.2, 12.3: before the end the customer is asked for what the law has kept longer (MM-A4).
    assert "Moeten gegevens op grond van de wet langer worden bewaard" in before
    assert "(artikelen 12.2 en 12.3)" in before


async def test_a_right_to_end_over_a_breach_of_law_ends_the_main_contract_alone(posted: World, smtp: Scripted) -> None:
    """11.5: "gerechtigd de hoofdovereenkomst met onmiddellijke ingang op te zeggen"; 1.1."""
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement("mms-solutions")
    await posted.do(agreement, "terminate", ground="breach_of_law", reason="a fine", party="controller",
                    broken_by="processor", effective_on=date(2026, 3, 31))  # fmt: skip
    await posted.drain()
    said = of_kind(smtp, "opzegging")
    assert "dat de hoofdovereenkomst wordt beëindigd, wegens een overtreding van de wet" in said
    assert "De verwerkersovereenkomst blijft gelden tot de laatste gegevens" in said


async def test_stkkr_ends_with_its_subscription(posted: World, smtp: Scripted) -> None:
    await ended(posted, "stkkr", "2026-04-30", "2026-05-01T00:00:00+02:00")
    assert "en daarmee de verwerkersovereenkomst" in of_kind(smtp, "eindigt na")
    assert "verwerkersovereenkomst tussen Customer stkkr en Acme is geëindigd" in of_kind(smtp, "is geëindigd")


async def test_erasure_under_kmo_follows_the_two_weeks_and_has_no_last_day(posted: World, smtp: Scripted) -> None:
    """9.5: "na verloop van de voornoemde twee (2) weken"; 9.3: "zo spoedig mogelijk"."""
    await ended(posted, "kmo-solutions", "2026-04-30", "2026-05-01T00:00:00+02:00")
    said = of_kind(smtp, "is geëindigd")
    assert "tot en met maandag 18 mei 2026 24:00 uur" in said  # 14 May is Ascension Day, 15 May is decreed
    assert "De verwijdering volgt daarna, zo spoedig mogelijk (artikel 9.5)" in said
    assert "uiterlijk klaar" not in said


@pytest.mark.parametrize(("terms", "clause"), [("mms-solutions", "5.7, 5.9"), ("kmo-solutions", "4.5")])
async def test_other_measures_are_a_proposal_where_the_parties_agree_on_them(
    posted: World, smtp: Scripted, terms: str, clause: str
) -> None:
    """MMS 5.7: "Partijen hebben concrete afspraken gemaakt", 5.9: "zo nodig aanpassen"; KMO 4.5 "in overleg treden"."""
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement(terms)
    change = await posted.make_change(None, "measure", reason="wij schaffen de encryptie af")
    await posted.announce(change)
    notice = await posted.notice(change, agreement)
    assert (notice["rule"], notice["clause"], notice["engages_at"]) == ("information", clause, None)
    text = words(last(smtp))[0]
    said = {"5.7, 5.9": "artikelen 5.7 en 5.9", "4.5": "artikel 4.5"}[clause]
    assert f"Dit voorstel bindt u niet: daarvoor moeten wij het er samen over eens zijn ({said})" in text
    assert "Dan blijven de maatregelen zoals ze zijn" in text
    assert "Vanaf nu" not in text
    assert "vraagt dat wij u dit vertellen" not in text
    assert await posted.rows("select 1 from task where kind = 'amendment_agree' and about = $1", notice["id"])
    await posted.days(60)
    assert (await posted.notice(change, agreement))["engaged_at"] is None


async def test_services_that_end_alone_are_named_and_the_agreement_goes_on(posted: World, smtp: Scripted) -> None:
    """Lantern 5.4 ends the services concerned alone, and 5.5 pays back what was paid ahead."""
    _, _, _, notice = await told(posted, lantern())
    await posted.do(notice, "object", channel="mail", by="Kim")
    await posted.go(local("2026-07-05T09:00:00+01:00"))
    await posted.do(notice, "terminate", channel="mail", by="Kim", grounds="no solution")
    await posted.drain()
    said = of_kind(smtp, "opzegging")
    assert "Wij hebben vastgelegd dat de diensten die het betreft, worden beëindigd." in said
    assert "24:00 uur (tijd in Londen) (artikel 5.4); de verwerkersovereenkomst loopt door." in said
    assert "Uw diensten: maps" in said
    assert "wordt terugbetaald (artikel 5.5)" in said
    assert "Na het einde hoort u van ons" not in said


PLAIN = (
    (Path(__file__).parents[1] / "terms" / "sixth.toml")
    .read_text("utf-8")
    .replace('"last_signature"', '"main_contract_start"')
)


@pytest.mark.parametrize("law", ["", "HIPAA"])
async def test_no_law_is_spoken_of_that_the_agreement_does_not_name(
    posted: World, smtp: Scripted, monkeypatch: pytest.MonkeyPatch, law: str
) -> None:
    named = f'law = "{law}"\n' if law else ""
    text = PLAIN.replace('calendar = "BE"\n', f'calendar = "BE"\n{named}').replace('period = "P14D"\n', "")
    terms = await stored(posted, text)
    monkeypatch.setitem(FACTS, terms, {"logs.retention": "P90D"})
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement(terms, await posted.make_customer("C", language="en"))
    assert await posted.state(agreement) == "active"
    await posted.announce(await posted.make_change(await posted.make_subprocessor("Host")))
    await posted.do(agreement, "end-main-contract", on="2026-04-30")
    await posted.go(local("2026-06-10T00:00:00+02:00"))
    assert smtp.attempts
    for one in smtp.attempts:
        for part in words(one.mail):
            assert "GDPR" not in part
            assert "72 hours" not in part
    assert not await posted.rows("select 1 from deadline where rule in ('request.answer', 'breach.authority')")
    assert not await posted.rows("select 1 from deadline where clause like '%GDPR%'")


async def test_contict_says_that_a_return_comes_before_a_destruction_on_request(posted: World, smtp: Scripted) -> None:
    """10.1 the return, 10.2 "en/of op verzoek"."""
    agreement = await ended(posted, "contict", "2026-04-30", "2026-05-01T00:00:00+02:00")
    await posted.do(agreement, "choose", data="erase", channel="letter", by="Kim")
    await posted.drain()
    assert "vroeg om verwijdering van de gegevens" in of_kind(smtp, "keuze")
    assert "Vóór die tijd krijgt u ze terug." in of_kind(smtp, "keuze")
