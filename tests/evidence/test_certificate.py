"""The declaration: what it says, in both languages, and that it is the archival PDF that it claims to be."""

import hashlib
import json
import re
import unicodedata
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import typst
from msgspec.structs import replace
from pypdf import PdfReader

from service.certificate.facts import (
    Chosen,
    Contract,
    DeclaredDuty,
    DeclaredLine,
    Engaged,
    Facts,
    Party,
    Stay,
    encoded,
    number_of,
)
from service.certificate.render_pdf import fonts, pictures, press
from service.certificate.wording import covered, in_own_font, printable
from tests.evidence.story import WholeLife
from workflows.words import LANGUAGES, Language

ROUTIT = UUID(int=7)
COVE = UUID(int=8)


def line(**more: Any) -> DeclaredLine:
    values: dict[str, Any] = {
        "kind": "erase", "text": "Wis: gebruikersprofielen.", "holder": "processor", "clause": "10.1", "category": "",
        "due_at": datetime(2026, 7, 31, 22, tzinfo=UTC), "done_at": datetime(2026, 7, 1, 9, 3, tzinfo=UTC),
        "how": "confirmed", "by": "key:beheer", "evidence": "protocol 2026-114", "confirms": "processor",
        "subprocessor": None, "kept": (), **more,
    }  # fmt: skip
    return DeclaredLine(**values)


def facts(language: Language = "nl", **more: Any) -> Facts:
    values: dict[str, Any] = {
        "language": language,
        "zone": "Europe/Amsterdam",
        "processor": Party("Acme Telecom B.V.", "NL"),
        "customer": Party("Gemeente 's-Gravenveen", "NL"),
        "agreement": UUID(int=5 << 76),
        "terms": "contict",
        "terms_title": "Verwerkersovereenkomst",
        "terms_version": "2024-05",
        "terms_sha256": "00" * 32,
        "contracts": (Contract("C-2024-17", date(2024, 1, 1), date(2026, 6, 30)),),
        "in_force_since": datetime(2023, 12, 31, 23, tzinfo=UTC),
        "ended_on": date(2026, 6, 30),
        "end_ground": "main_contract",
        "chosen": Chosen("return", datetime(2026, 6, 1, 8, tzinfo=UTC), "CSV"),
        "declared_at": datetime(2026, 8, 3, 8, 15, 2, tzinfo=UTC),
        "clause": "10.3",
        "plan": (
            line(kind="return", text="Geef de gegevens terug.", confirms="customer", evidence="ontvangst 12"),
            line(),
            line(holder="backups", text="Wis: alle kopieën."),
            line(holder="Routit", subprocessor=ROUTIT, confirms="subprocessor", kept=("facturen",)),
            line(holder="Cove", subprocessor=COVE, how="not_confirmed", evidence="drie keer gevraagd", clause="I 9"),
            line(kind="declare", by="key:directie", evidence="brief 17"),
        ),
        "kept": (Stay(categories=("facturen",), ground="artikel 52 AWR", until=date(2033, 12, 31)),),
        "duties": (DeclaredDuty("geheimhouding", "2.4"),),
        "subprocessors": (
            Engaged(id=ROUTIT, name="Routit", country="NL", since=datetime(2024, 1, 1, tzinfo=UTC), until=None),
            Engaged(id=COVE, name="Cove", country="DE", since=datetime(2024, 1, 1, tzinfo=UTC), until=None),
        ),
        "retention": "P2Y",
        "events": 31,
        "head": "ab" * 32,
        **more,
    }
    return Facts(**values)


def made(given: Facts) -> bytes:
    return press(given, number_of(encoded(given)))


def read(content: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return " ".join(unicodedata.normalize("NFKC", text).split())


DUTCH = (
    "Verklaring van teruggave en verwijdering",
    "Acme Telecom B.V. verklaart dat de persoonsgegevens",
    "behalve voor zover hieronder anders staat",
    "vraagt deze verklaring (10.3)",
    "van 1 januari 2024 tot en met 30 juni 2026",
    "met het contract waarbij zij hoort",
    "teruggave, ontvangen op 1 juni 2026, 10:00, in de vorm: CSV",
    "1 juli 2026, 11:03 uiterlijk 31 juli 2026",
    "de klant, vastgelegd door beheer ontvangst 12",
    "in back-ups",
    "zonder facturen, zie onder",
    "De overeenkomst laat dat toe (I 9)",
    "beheer drie keer gevraagd",
    "niet bevestigd, zie hierboven",
    "facturen: artikel 52 AWR, tot en met 31 december 2033",
    "geheimhouding (2.4)",
    "tot 2 jaar na het einde van de laatste overeenkomst",
    "Acme Telecom B.V. (directie)",
    "brief 17",
    "tot en met nummer 31",
    "ab" * 32,
)
ENGLISH = (
    "Declaration of return and deletion",
    "Acme Telecom B.V. declares that the personal data",
    "except where stated otherwise below",
    "requires this declaration (10.3)",
    "from 1 January 2024 up to and including 30 June 2026",
    "with the contract that it accompanied",
    "return, received on 1 June 2026, 10:00, in the form: CSV",
    "the customer, recorded by beheer ontvangst 12",
    "in backups",
    "The agreement allows this (I 9)",
    "not confirmed, see above",
    "facturen: artikel 52 AWR, up to and including 31 December 2033",
    "for 2 years after its last agreement",
    "up to number 31",
)


GERMAN = (
    "Erklärung über Rückgabe und Löschung",
    "Acme Telecom B.V. erklärt, dass die personenbezogenen Daten",
    "soweit unten nichts anderes steht",
    "Der Vertrag verlangt diese Erklärung (10.3)",
    "vom 1. Januar 2024 bis einschließlich 30. Juni 2026",
    "mit dem Hauptvertrag, zu dem er gehörte",
    "Rückgabe, eingegangen am 1. Juni 2026, 10:00, in der Form: CSV",
    "der Kunde, festgehalten von beheer ontvangst 12",
    "Der Vertrag lässt das zu (I 9)",
    "facturen: artikel 52 AWR, bis einschließlich 31. Dezember 2033",
    "bis zum Ablauf von 2 Jahren nach dem Ende seines letzten Vertrags",
    "bis einschließlich Nummer 31",
)
FRENCH = (
    "Déclaration de restitution et d’effacement",
    "Acme Telecom B.V. déclare que les données à caractère personnel",
    "sauf indication contraire ci-après",
    "Le contrat demande cette déclaration (10.3)",
    "du 1er janvier 2024 au 30 juin 2026 inclus",
    "avec le contrat qu’il accompagnait",
    "restitution, reçu le 1er juin 2026, 10 h 00, sous la forme : CSV",
    "le client, consigné par beheer ontvangst 12",
    "Le contrat le permet (I 9)",
    "facturen : artikel 52 AWR, jusqu’au 31 décembre 2033 inclus",
    "pendant 2 ans après la fin de son dernier contrat",
    "jusqu’au numéro 31 inclus",
)


@pytest.mark.parametrize(
    ("language", "words"), [("nl", DUTCH), ("en", ENGLISH), ("de", GERMAN), ("fr", FRENCH)], ids=LANGUAGES
)
def test_it_says_who_what_when_by_whom_and_what_stays(language: Language, words: tuple[str, ...]) -> None:
    given = facts(language)
    said = read(made(given))
    for one in words:
        assert one.replace(" ", "") in said.replace(" ", ""), (one, said)
    assert number_of(encoded(given)) in said.replace(" ", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_nothing_left_it_says_so(language: Language) -> None:
    given = facts(language, plan=(line(),), kept=(), duties=(), subprocessors=(), chosen=None, clause="", contracts=())
    said = read(made(given))
    for wrong in ("except", "behalve", "Not confirmed", "Niet bevestigd", "[", "none"):
        assert wrong not in said, wrong
    expected = {
        "nl": ("Niets: er is geen wettelijke", "uit eigen beweging", "heeft geen subverwerker gewerkt", "geen aparte"),
        "en": ("Nothing: no statutory", "of its own accord", "No subprocessor worked", "no separate deletion from"),
        "de": ("Nichts: Es ist keine gesetzliche", "von sich aus", "kein Unterauftragsverarbeiter", "keine eigene"),
        "fr": (
            "Rien : aucune obligation",
            "de sa propre initiative",
            "Aucun sous-traitant",
            "pas d’effacement distinct",
        ),
    }
    for one in expected[language]:
        assert one.replace(" ", "") in said.replace(" ", ""), said


def test_an_item_that_is_left_stays() -> None:
    said = read(made(facts("en", kept=(), plan=(line(), line(how=None, done_at=None, text="Invoices.")))))
    assert "Invoices. (10.1), at the latest 31 July 2026" in said


def test_the_same_facts_give_the_same_bytes_and_other_facts_another_number() -> None:
    one, same, later = facts(), facts(), facts(events=32)
    assert made(one) == made(same)
    assert number_of(encoded(one)) != number_of(encoded(later))
    assert made(one) != made(later)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_an_archival_and_accessible_pdf(language: Language) -> None:
    """What a reader of the file can see of ISO 19005-2 and ISO 14289-1; no validator is at hand in tests."""
    content = made(facts(language))
    pdf = PdfReader(BytesIO(content))
    assert content.startswith(b"%PDF-1.7\n%")
    assert not pdf.is_encrypted
    root: Any = pdf.root_object
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", xmp)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", xmp)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", xmp)
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert intent.get_object()["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp", "an ICC profile"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"].split("-")[0] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert "/StructTreeRoot" in root
    assert not {"/AcroForm", "/OpenAction", "/AA", "/NeedsRendering"} & set(root)
    assert "/JavaScript" not in str(root.get("/Names", ""))
    pages: list[Any] = list(pdf.pages)
    fonts = [one.get_object() for page in pages for one in page["/Resources"].get("/Font", {}).values()]
    assert fonts
    for font in fonts:
        (below,) = font["/DescendantFonts"]
        described = below.get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(described), "every font is embedded"
        assert "/ToUnicode" in font
    assert b"/LZWDecode" not in content
    assert b"/Encrypt" not in content
    assert "2026-08-03T08:15:02" in xmp


def test_every_character_that_is_let_through_can_be_set() -> None:
    every = [chr(code) for span in covered() for code in span if not unicodedata.category(chr(code)).startswith("Z")]
    # Of the long rows of ideographs and syllables a few will do.
    some = [one for place, one in enumerate(every) if place % 25 == 0 or not _IN_ROWS.match(unicodedata.name(one, ""))]
    assert len(some) > 15_000
    _set(some)
    _set([chr(code) for code in range(0x2FFF) if in_own_font(chr(code))])


_IN_ROWS = re.compile("CJK|HANGUL|CUNEIFORM|EGYPTIAN|ANATOLIAN|TANGUT|NUSHU|BAMUM|VAI|YI |SIGNWRITING|KHITAN")


def _set(chars: list[str]) -> None:
    """Set them, each by itself; an error where one has no glyph."""
    families = [one for one in fonts().families() if not one.startswith(("New Computer", "DejaVu"))]
    families.sort(key=lambda one: (one != "Libertinus Serif", one))
    said = json.dumps(" ".join(chars), ensure_ascii=False)
    source = f"""#set document(title: "x")
#set text(size: 5pt, lang: "en", fallback: false, font: ({json.dumps(families)[1:-1]}))
= All
#({said})"""
    typst.compile(
        source.encode(), format="pdf", font_paths=fonts(), ignore_system_fonts=True, pdf_standards=["a-2a", "ua-1"]
    )


NAMES = (
    "Łódź Größe Çelik ș", "Ελληνική Εταιρεία", "Общество Ромашка", "株式会社サンプル", "中华人民共和国示例有限公司",
    "한국 주식회사", "חברת דוגמה", "שלום 24 (Tel Aviv) B.V.", "شركة المثال", "بر‌خط ۱۲", "บริษัท ตัวอย่าง", "हिन्दी कंपनी",
    "வணக்கம்", "Հայաստան ՍՊԸ", "საქართველო", "ኢትዮጵያ", "Raket 🚀 BV", "☎ ★ Ω", "x̌y̰",
)  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_party_is_named_as_it_is_called_in_whatever_script(name: str, language: Language) -> None:
    given = facts(language, customer=Party(name, "NL"), processor=Party(f"Acme {name}", "NL"))
    shown = "".join(read(made(given)).split())
    assert "[U+" not in shown
    # What reads the test's PDF gives letters of one cluster twice; each has to be there.
    assert set(unicodedata.normalize("NFC", name)) - set(shown) <= {" ", "\u200c"}


def test_what_no_font_has_is_named_by_its_number() -> None:
    assert printable("𠮷野家") == "[U+20BB7]野家"
    assert "[U+20BB7]" in read(made(facts(customer=Party("𠮷野家", "NL"))))
    assert printable("中\u202e a\n b\x00❤\ufe0f") == "中 a b[U+0000]❤"
    assert printable("中\u0301", in_own_font) == "[U+4E2D][U+0301]"


def test_signs_of_several_fonts_on_one_letter_are_set_one_by_one() -> None:
    """Each has a glyph, and no font has them together: the declaration is made all the same."""
    given = facts(customer=Party("शू\u0e48ة\u0f74\u0301", "NL"))
    assert "Verklaring" in read(made(given))


@pytest.mark.parametrize(("language", "words"), [("nl", "niet vermeld"), ("en", "not stated")])
def test_a_place_that_nobody_has_said_is_said_so(language: Language, words: str) -> None:
    somewhere = Engaged(id=COVE, name="Somewhere Ltd", country=None, since=datetime(2026, 1, 1, tzinfo=UTC), until=None)
    assert f"Somewhere Ltd {words}" in read(made(facts(language, subprocessors=(somewhere,))))


def test_nothing_is_taken_as_markup_and_long_words_break() -> None:
    hostile = '#panic("x") $x$ *b* [\\] <x> @y // "'
    given = facts(customer=Party(hostile + " 中😀", "NL"), retention="P30D")
    assert "中😀" in read(made(given))
    assert '#panic("x")' in read(made(given)).replace("“", '"').replace("”", '"')
    long = "x" * 3_000
    assert len(printable(long)) < 450
    assert len(pictures(replace(given, plan=(line(evidence=long, holder="y" * 100),)), "0" * 64)) == 2


async def test_what_a_life_left_is_declared(life: WholeLife) -> None:
    document = life.document
    assert document.content is not None
    assert document.facts is not None
    assert hashlib.sha256(document.content).digest() == document.sha256
    assert number_of(document.facts.encode()) == document.number
    said = read(document.content)
    assert "Verklaring van teruggave en verwijdering" in said
    assert "Gemeente Ons, Nederland" in said
    assert "protocol 2026-114" in said
    assert "Verwijderd:" in said
    assert "Erase" not in said
    assert "Nieuwe Cloud BV" in said
