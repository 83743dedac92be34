"""What the five agreements say, as their text has it: each with its clause, and the words that readers get."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from tests.texts import FIVE, own_words
from workflows.audit.cost import borne_by
from workflows.model.audit import Finding
from workflows.terms.clauses import as_found, in_words
from workflows.terms.due import due
from workflows.terms.explain import explain, explained, rule_sentence
from workflows.terms.load import library, parse_toml
from workflows.terms.model import AuditRules, BreachRules, Rule, Terms
from workflows.terms.phrases import section_title
from workflows.words import say_amount

SIXTH = parse_toml((Path(__file__).parent / "sixth.toml").read_text("utf-8"), "sixth.toml")
FIVES = {name: library()[name] for name in FIVE}
CI, CO, KM, MM, ST = (library()[name] for name in ("constant-it", "contict", "kmo-solutions", "mms-solutions", "stkkr"))


def says(terms: Terms, sentence: str) -> None:
    assert sentence in explain(terms, "nl"), explain(terms, "nl")


def section(terms: Terms, key: str) -> tuple[str, ...]:
    title = section_title(key, "nl")
    return next((one.lines for one in explained(terms, "nl") if one.title == title), ())


@pytest.mark.parametrize(("ended", "begins"), [("2026-12-11", date(2026, 12, 29)), ("2026-12-31", date(2027, 1, 15))])
def test_erasure_under_kmo_begins_after_the_two_weeks_and_has_no_last_day(ended: str, begins: date) -> None:
    """9.5: "na verloop van de voornoemde twee (2) weken … te wissen"; 9.3: "zo spoedig mogelijk"."""
    found = due(KM, "end.erasure", date.fromisoformat(ended))
    choice = due(KM, "end.choice", date.fromisoformat(ended))
    assert found.boundary == "from"
    assert choice.boundary == "exclusive"
    assert (
        found.due_at
        == choice.due_at
        == datetime(begins.year, begins.month, begins.day, tzinfo=UTC).replace(day=begins.day - 1, hour=23)
    )
    assert any("may begin then and no earlier" in step and "as soon as possible" in step for step in found.steps)
    says(
        KM,
        "vanaf het moment waarop de tijd voor “Keuze voor teruggave of verwijdering” voorbij is, zo spoedig mogelijk",
    )


def test_contict_offers_nothing_in_place_of_an_audit() -> None:
    """4.3 gives the audit itself, without a reason and without a maximum; 4.1 only lets the list be asked for."""
    assert CO.audit is not None
    assert CO.audit.certificate_clause == ""
    assert not any("certificaat" in line for line in section(CO, "audit"))
    says(CO, "De volgende audit (4.3): de verwerkingsverantwoordelijke, zonder maximum.")


def test_who_pays_for_an_audit() -> None:
    borne = {name: terms.audit.borne if terms.audit else None for name, terms in FIVES.items()}
    assert borne == {
        "constant-it": "controller",  # II 7.4 "op kosten van de Opdrachtgever"
        "contict": "controller",  # 4.3, which reimburses even what the processor spends
        "kmo-solutions": "controller",  # 4.2
        "mms-solutions": None,  # not a word on audits
        "stkkr": "controller",  # Controlerecht
    }
    says(CI, "De kosten van een audit zijn voor de verwerkingsverantwoordelijke (II 7.4")
    says(CO, "Wat de verwerker er zelf aan uitgeeft, vergoedt de verwerkingsverantwoordelijke (4.3).")
    says(KM, "tenzij en voor zover de verwerker toerekenbaar tekort is geschoten in materiële verplichtingen (4.2).")
    says(KM, "Wat de verwerker er zelf aan uitgeeft, vergoedt de verwerkingsverantwoordelijke (4.2).")
    says(
        ST, "tenzij de verwerker of een subverwerker haar beveiligingsverplichtingen niet of niet volledig is nagekomen"
    )
    assert KM.audit is not None
    assert KM.audit.cost_shared
    assert section(MM, "audit") == ()


def test_secrecy_of_an_auditor() -> None:
    """STKKR: "is aan geheimhouding gebonden", II 7.4: "zal een geheimhoudingsplicht hebben"; KMO 4.1 has it signed."""
    found = {name: (terms.audit.secrecy, terms.audit.bound) for name, terms in FIVES.items() if terms.audit}
    assert found == {
        "stkkr": (False, True),
        "constant-it": (False, True),
        "kmo-solutions": (True, False),
        "contict": (False, False),
    }
    says(ST, "De auditor is aan geheimhouding gebonden (Controlerecht).")
    says(KM, "De auditor tekent vooraf een geheimhoudingsverklaring (4.1, 4.2).")


def test_measures_are_changed_together_where_the_text_has_it_so() -> None:
    """MMS 5.7, 5.9; KMO 4.5. Constant IT II 2.2, II 3.5 leave it to the processor, with a right to end."""
    found = {name: (terms.amendment.measures, terms.amendment.measures_clause) for name, terms in FIVES.items()}
    assert found == {
        "constant-it": ("unilateral", "II 2.2, II 3.5"),
        "contict": ("", ""),
        "kmo-solutions": ("consult", "4.5"),
        "mms-solutions": ("consult", "5.7, 5.9"),
        "stkkr": ("", ""),
    }
    says(MM, "Over de beveiligingsmaatregelen overleggen partijen (5.7, 5.9).")
    # What follows from consulting those clauses do not say: it is the program's, and named so.
    says(MM, "Waarover wordt overlegd, geldt pas als beiden het eens zijn: zo neemt het programma het.")


def test_another_form_is_charged_than_the_one_in_which_the_data_came() -> None:
    """MMS 12.4: "in een ander formaat dan waarin ze zijn aangeleverd"."""
    says(MM, "Teruggave in een andere vorm dan die waarin de gegevens zijn aangeleverd, gaat op redelijke kosten")


def test_the_mms_agreement_does_not_end_with_the_main_one() -> None:
    """1.1: "eindigt nadat verwerker alle persoonsgegevens … heeft vernietigd en/of teruggegeven"; 11.5."""
    says(MM, "Blijft gelden tot de laatste gegevens zijn vernietigd of teruggegeven (1.1).")
    says(MM, "mag elk van beide partijen de hoofdovereenkomst beëindigen (11.5).")
    says(ST, "de hoofdovereenkomst, en daarmee ook deze overeenkomst, beëindigen (Subverwerkers).")


def test_as_soon_as_possible_is_said_where_the_text_says_it() -> None:
    says(ST, "zo spoedig mogelijk, uiterlijk binnen 48 uur na ontdekking door de verwerker")
    says(MM, "zo spoedig mogelijk, uiterlijk binnen 24 uur na ontdekking door de verwerker")
    says(CI, "(I 8): de verwerker, zo spoedig mogelijk, uiterlijk binnen 10 werkdagen na ontvangst van het verzoek")


def test_what_a_clause_does_not_say_is_called_a_reading() -> None:
    """KMO 7.1 and II 8.3 say nothing of what follows from an objection, II 2.2 and II 6.2 nothing of ending apart."""
    unsaid = "Wat na een bezwaar geldt, zegt de tekst niet; hij wordt zo gelezen"
    says(KM, f"{unsaid} dat de verwerker er niet tegen in mag doorgaan (7.1).")
    says(CI, unsaid)
    assert unsaid not in explain(MM, "nl")
    says(CI, "Of zij los van de hoofdovereenkomst kan worden beëindigd, zegt de tekst niet")
    assert KM.subprocessors.over_objection.reading
    assert CI.ending.separate_reading


def test_consent_under_kmo_is_for_places_outside_the_eea_alone() -> None:
    says(KM, "Toestemming voor een subverwerker buiten de EER (7.1, 2.4)")
    says(MM, "Toestemming voor een subverwerker (9.1)")


def test_writing_rests_on_the_law_where_the_text_names_no_form() -> None:
    """MMS 9.1 asks for "voorafgaande toestemming" and names no form (MM-A14)."""
    says(MM, "schriftelijk (artikel 28, lid 2 AVG)")


def test_who_pays_for_help_is_said_and_not_hinted_at() -> None:
    says(
        CI,
        "Kosten van hulp bij een datalek: de opdrachtgever, tegen redelijke kosten en de dan geldende tarieven (II 4.4",
    )
    says(CO, "ieder draagt wat hij zelf maakt om het datalek op te lossen en te voorkomen (8.4).")
    says(CO, "Kosten van hulp bij een verzoek: de verantwoordelijke, tenzij de oorzaak bij de verwerker ligt (9.2).")
    says(MM, "Kosten van hulp bij een verzoek: de verantwoordelijke vergoedt wat redelijk is (8.3).")
    for terms in library().values():
        assert "zegt de overeenkomst iets" not in explain(terms, "nl")


def test_amounts_are_written_as_the_reader_writes_them() -> None:
    assert say_amount("2500.00", "nl") == "€\u00a02.500,00"
    assert say_amount("2500.00", "nl", "NOK") == "NOK\u00a02.500,00"
    assert say_amount("1234567.50", "en") == "€1,234,567.50"
    says(MM, "Te late melding van een datalek (6.5): €\u00a02.500,00, en €\u00a050,00 voor elk uur te laat.")
    assert "€2,500.00, and €50.00 for each hour late" in explain(MM, "en")


@pytest.mark.parametrize("name", FIVE)
def test_clauses_are_those_of_the_dutch_originals(name: str) -> None:
    text = own_words(library()[name], "nl")
    assert not re.search(r"\b(annex|preamble|GDPR|protocol \d|printed|the|silence)\b", text), text
    assert "bepaling " not in text.replace("Verdere bepalingen", "")


def test_rows_of_one_name_are_told_apart_by_who_holds_them() -> None:
    says(CO, "Security: gebruikersprofielen (namen, e-mail), bij de verwerker en Fortinet (bijlage 1):")
    says(CO, "Security: gebruikersprofielen (namen, e-mail), bij de verwerker en Phished (bijlage 1):")
    assert len(set(section(CO, "retention"))) == 25


def test_printed_numbers_of_several_clauses_stand_together() -> None:
    assert as_found(CI, "II 8.2, II 8.3", "nl") == "II 8.2, II 8.3, in de tekst genummerd 4.2 en 4.3"
    assert as_found(CI, "I 9, II 6.3", "en") == "I 9, II 6.3, printed as 2.3"
    assert as_found(CI, "II 2.2", "nl") == "II 2.2"
    assert as_found(KM, "7.1", "nl") == "7.1"


@pytest.mark.parametrize(
    ("clause", "dutch", "english"),
    [
        ("7.1", "artikel 7.1", "clause 7.1"),
        ("9.3, 9.4, 9.5", "artikelen 9.3, 9.4 en 9.5", "clauses 9.3, 9.4 and 9.5"),
        ("11.1-11.4", "artikelen 11.1 t/m 11.4", "clauses 11.1 to 11.4"),
        ("9.3(c), bijlage A 5", "artikel 9.3(c) en bijlage A 5", "clause 9.3(c) and annex A 5"),
        ("bijlage 3, vraag 1", "bijlage 3, vraag 1", "annex 3, question 1"),
        ("inleiding, 1.6", "inleiding en artikel 1.6", "introduction and clause 1.6"),
        ("considerans", "considerans", "preamble"),
        ("8.3; artikel 33, lid 1 AVG", "artikel 8.3 en artikel 33, lid 1 AVG", "clause 8.3 and GDPR 33(1)"),
        ("artikel 33, lid 3, onder a, AVG", "artikel 33, lid 3, onder a, AVG", "GDPR 33(3)(a)"),
        ("GDPR 12(3)", "artikel 12, lid 3 AVG", "GDPR 12(3)"),
        ("Controlerecht", "onder “Controlerecht”", "under “Controlerecht”"),
        ("Toepasselijkheid, looptijd", "onder “Toepasselijkheid, looptijd”", "under “Toepasselijkheid, looptijd”"),
        ("", "", ""),
    ],
)
def test_a_clause_is_said_in_the_readers_language(clause: str, dutch: str, english: str) -> None:
    """M14: an annex is a bijlage in Dutch, and the other way round; what is a heading stays as it is printed."""
    assert in_words(KM, clause, "nl") == dutch
    assert in_words(KM, clause, "en") == english


def test_a_clause_of_an_english_text_is_said_in_dutch() -> None:
    english = replace(KM, language="en")
    said = {one: in_words(english, one, "nl") for one in ("Schedule 2", "Section 7.1", "Annex 3, question 4", "§ 5")}
    assert said == {
        "Schedule 2": "bijlage 2",
        "Section 7.1": "artikel 7.1",
        "Annex 3, question 4": "bijlage 3, vraag 4",
        "§ 5": "§ 5",
    }
    assert in_words(english, "Schedule 2", "en") == "Schedule 2"


def test_a_misprinted_clause_in_a_sentence() -> None:
    assert in_words(CI, "II 8.2, II 8.3", "nl") == "artikelen II 8.2 en II 8.3, in de tekst genummerd 4.2 en 4.3"
    assert in_words(CI, "II 4.1, datalekprotocol 2.1.1", "en") == (
        "clause II 4.1, printed as 2.1 and data breach protocol 2.1.1"
    )


def test_whose_awareness_is_meant_follows_from_whose_clock_it_is() -> None:
    assert "the moment at which the processor became aware" in (rule_sentence(SIXTH, "breach.notice", "en") or "")
    assert "de verwerkingsverantwoordelijke het weet" in (rule_sentence(KM, "breach.authority", "nl") or "")
    steps = due(SIXTH, "breach.notice", datetime(2026, 1, 1, tzinfo=UTC)).steps
    assert "the processor became aware" in steps[0]


@pytest.mark.parametrize(
    ("period", "last_day", "due_at"),
    [
        ("P1Y", date(2026, 6, 6), datetime(2026, 6, 6, 23, tzinfo=UTC)),  # a Saturday, which does not move
        ("P12M", date(2026, 6, 6), datetime(2026, 6, 6, 23, tzinfo=UTC)),
        ("P10WD", date(2025, 6, 23), datetime(2025, 6, 23, 23, tzinfo=UTC)),  # 9 June is Whit Monday in Belgium
    ],
)
def test_a_waiting_time_before_the_next_audit_moves_for_nobody(period: str, last_day: date, due_at: datetime) -> None:
    rule = Rule(clause="§19", party="controller", starts="last_audit", period=period)
    terms = replace(SIXTH, rules={**SIXTH.rules, "audit.next": rule})
    found = due(terms, "audit.next", datetime(2025, 6, 6, 10, tzinfo=UTC))
    assert (found.last_day, found.due_at, found.boundary) == (last_day, due_at, "from")
    assert not any("never shortened" in step for step in found.steps)
    assert "not before" in (rule_sentence(terms, "audit.next", "en") or "")


def test_what_nobody_wrote_is_called_the_programs_own() -> None:
    plain = replace(SIXTH, ending=replace(SIXTH.ending, separate_termination=False))
    breach = BreachRules(clause="§9", authority="assists", authority_clause="§9")
    said = explain(replace(plain, breach=breach), "en")
    assert "was not written down; the program takes it that it cannot." in said
    assert "Who is told first was not written down; the program tells the contact for the contract." in said
    assert "How it is told was not written down; the program counts e-mail." in said
    assert "(§14)" in said
    written = replace(plain, breach=replace(breach, channels=("phone",), contacts=("security",)))
    assert "Told first: the contact for security; by telephone (§9)." in explain(written, "en")


def test_an_exception_to_who_pays_leaves_the_rule_unsaid() -> None:
    only = AuditRules(clause="8", cost_turns_on="material")
    assert (only.borne, only.borne_clause) == ("unsaid", "8")
    bad = Finding(id=uuid4(), text="no lock", kind="material")
    assert (borne_by(only, ()), borne_by(only, (bad,))) == (None, "processor")
    assert borne_by(replace(only, cost="controller"), ()) == "controller"
    assert borne_by(replace(only, cost_shared=True), (bad,)) == "shared"
    assert AuditRules(clause="8").borne == "unsaid"


def test_readings_outside_the_rules_are_shown_to_who_keeps_the_terms() -> None:
    assert "takes no audit's place" in explain(CO, "en")
    shown = "\n".join(line for part in explained(CO, "en", {}) for line in part.lines)
    assert "Reading taken" not in shown
