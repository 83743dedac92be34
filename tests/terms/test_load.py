"""Terms files: one unlike the five answers, and each thing that can be wrong is named with its remedy."""

import copy
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from workflows.errors import BadInput
from workflows.terms.countries import in_region
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.load import LARGEST, library, parse_document, parse_toml, to_document
from workflows.terms.model import Terms
from workflows.terms.penalty import penalty

SIXTH = (Path(__file__).parent / "sixth.toml").read_text()
DOCUMENT: dict[str, Any] = to_document(parse_toml(SIXTH, "sixth.toml"))


@pytest.fixture
def sixth() -> Terms:
    return parse_toml(SIXTH, "sixth.toml")


def problems_of(text: str | bytes) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_toml(text, "my.toml")
    assert caught.value.problems
    assert all(problem.path.startswith("my.toml") for problem in caught.value.problems)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("rule", "at", "facts", "last_day"),
    [
        # From Friday 10 July 2026 seven working days, of which 21 July is none in Belgium.
        ("subprocessor.objection", "2026-07-10", {}, "2026-07-22"),
        ("amendment.termination", "2026-01-31", {}, "2026-03-02"),  # 28 February is a Saturday
        ("end.choice", "2026-03-31", {}, "2026-04-20"),
        ("end.erasure", "2026-03-31", {}, "2026-05-15"),
        ("retention.access_logs", "2026-03-31", {"logs.retention": "P1Y"}, "2027-03-31"),
        (
            "retention.access_logs",
            "2026-03-31",
            {"logs.retention": "P1Y", "cancelled_at": "2026-05-01"},
            "2026-05-15",
        ),
    ],
)
def test_a_sixth_agreement_answers_without_code(sixth: Terms, rule: str, at: str, facts: dict, last_day: str) -> None:
    assert due(sixth, rule, date.fromisoformat(at), facts).last_day == date.fromisoformat(last_day)


def test_the_sixth_in_hours_penalties_places_and_words(sixth: Terms) -> None:
    noticed = due(sixth, "breach.notice", datetime(2026, 10, 24, 20, tzinfo=UTC))
    assert noticed.due_at == datetime(2026, 10, 26, 8, tzinfo=UTC)
    assert noticed.last_day == date(2026, 10, 26)
    late = penalty(sixth, "audit.penalty", noticed.due_at, datetime(2026, 10, 26, 9, 30, tzinfo=UTC))
    assert late.amount == "25.00"
    region = sixth.subprocessors.region
    assert region is not None
    assert in_region("GB", region.inside, date(2026, 3, 2))
    assert not in_region("US", region.inside, date(2026, 3, 2))
    assert due(sixth, "breach.authority", date(2026, 1, 1)).due_at is None
    assert "7 working days" in explain(sixth, "en")
    assert "7 werkdagen" in explain(sixth, "nl")


@pytest.mark.parametrize("id", ["37signals", "2025", "a-1", "1-a"])
def test_an_id_may_begin_with_a_digit(id: str) -> None:
    changed = SIXTH.replace('id = "harbour-cloud"', f'id = "{id}"')
    assert parse_toml(changed.encode(), "my.toml").id == id


@pytest.mark.parametrize(
    ("line", "changed", "said"),
    [
        # The document as a whole.
        ('id = "harbour-cloud"', 'id = "Harbour Cloud"', "my.toml: id: 'Harbour Cloud' is no id"),
        ('id = "harbour-cloud"', "", "my.toml: id: is missing"),
        ('id = "harbour-cloud"', 'id = ""', "my.toml: id: is empty"),
        ('id = "harbour-cloud"', "id = 7", "my.toml: id: must be a text in quotes, not a number"),
        ('version = "3.1"', "version = 2026-01-01", "version: must be a text in quotes, not a date"),
        ('version = "3.1"', 'version = "3 1"', "version: '3 1' is no version"),
        ('title = "Harbour', 'title = "\\u202eHarbour', "title: holds a control or invisible character"),
        ('title = "Harbour', 'title = "One\\nHarbour', "title: has a line break: write it on one line"),
        ('language = "en"', 'language = "pl"', "language: is 'pl': write de, en, fr or nl"),
        ('zone = "Europe/Lisbon"', 'zone = "Europe/Lisboa"', "zone: 'Europe/Lisboa' is not a time zone"),
        ('zone = "Europe/Lisbon"', 'zone = "EST"', "zone: 'EST' names no place"),
        ('zone = "Europe/Lisbon"', 'zone = "Etc/GMT+5"', "zone: 'Etc/GMT+5' names no place"),
        ('calendar = "BE"', 'calendar = "JP"', "calendar: There is no calendar of 'JP'. Write AT, AU,"),
        (
            'calendar = "BE"',
            'calendar = "ES-CT"',
            "calendar: No list of the legal holidays of 'ES-CT' has been reviewed",
        ),
        (
            'calendar = "BE"',
            'calender = "BE"',
            "calender: is not a key of a terms file. Did you mean calendar?",
        ),
        ('calendar = "BE"', 'calendar = "BE"\nnotice_contacts = []', "notice_contacts: is empty"),
        (
            'calendar = "BE"',
            'calendar = "BE"\nnotice_contacts = ["legal"]',
            "write contract, privacy or security",
        ),
        (
            'calendar = "BE"',
            'calendar = "BE"\nretention = "none"',
            "retention: must be a list of tables",
        ),
        ('calendar = "BE"', 'calendar = "BE"\nentry = []', "my.toml: line"),
        # Beginning, end, rights.
        ('period = "P14D"', 'period = "14 days"', "entry.period: '14 days' is not a period"),
        ('period = "P14D"', 'period = "P0D"', "entry.period: P0D is no time at all"),
        ("separate_termination = true", 'separate_termination = "yes"', "must be true or false, not a text"),
        ('ground = "amendment"', 'ground = "amendement"', "Did you mean amendment?"),
        ('ground = "amendment"', 'ground = "overruled_objection"', 'ground "amendment" goes with the rule'),
        ('ground = "amendment"', 'ground = "overruled_objection"', 'write then = "termination"'),
        ('how = "unilateral"', 'how = "joint"', "go with 'unilateral'"),
        ('clause = "§13"\n', "", "amendment.clause: is missing"),
        # Subprocessors.
        ("allowed = false", "allowed = false\nthen = 'termination'", 'ground = "overruled_objection"'),
        ("allowed = false", "allowed = false\nthen = 'termination'", "write allowed = true or leave it out"),
        ('clause = "§6.4"', 'clause = " "', "subprocessors.overruling.clause: is empty"),
        ('rule = "objection"', 'rule = "consent"', 'contradicts subprocessors.rule = "consent"'),
        (
            'inside = ["EEA", "CH", "GB"]',
            'inside = ["EEA", "CH", "UK"]',
            "'UK' is not a country code: write 'GB'",
        ),
        ('inside = ["EEA", "CH", "GB"]', 'inside = ["Europe"]', "or a group: EU, EEA, ADEQUATE"),
        ('inside = ["EEA", "CH", "GB"]', "inside = []", "subprocessors.region.inside: is empty"),
        (
            'starts = "receipt"\nform = "written"',
            'starts = "receipt"\nperiod = "P7D"',
            "consent has no window",
        ),
        (
            '[rules."subprocessor.consent"]',
            '[rules."subprocessor.consents"]',
            "Did you mean subprocessor.consent?",
        ),
        # Rules.
        (
            'period = "P7WD"',
            'period = "P7DW"',
            "rules.\"subprocessor.objection\".period: 'P7DW' is not a period",
        ),
        ('period = "P7WD"', "period = 7", "must be a text in quotes, not a number"),
        ('period = "P7WD"', 'period = "P7WD"\nimmediately = true', "has period and immediately: keep one"),
        ('period = "P7WD"', 'period = "P7WD"\nperoid = "P7D"', "Did you mean period?"),
        ('[rules."breach.notice"]', '[rules."breach.notify"]', "Did you mean breach.notice?"),
        ('[rules."breach.notice"]', '[rules."breach.notify"]', 'rules."breach.notice": is missing'),
        ('[rules."end.erasure"]', '[rules."end.choise"]', 'rules."end.erasure": is missing'),
        ('starts = "aware"', 'starts = "dispatch"', "rules.\"breach.notice\".starts: is 'dispatch'"),
        ('starts = "aware"', 'starts = "receipt"', "this rule runs from 'discovery' or 'aware'"),
        (
            'party = "processor"\nstarts = "aware"',
            'party = "controller"\nstarts = "aware"',
            "write 'processor'",
        ),
        (
            'period = "P45D"',
            'follows = "end.choce"',
            "is no rule of this file: write one that is. Did you mean end.choice?",
        ),
        ('period = "P45D"', 'follows = "end.erasure"', "goes round in a circle"),
        (
            'field = "logs.retention"',
            'field = "log.retention"',
            "add it under [[fields]]. Did you mean logs.retention?",
        ),
        ('kind = "duration"', 'kind = "text"', "'logs.retention' is a text: a clock needs a duration"),
        ('field = "logs.retention"\n', "", "earlier_of_cancellation: bounds a period or a field"),
        (
            'earlier_of_cancellation = "P2W"',
            'earlier_of_cancellation = "2W"',
            "earlier_of_cancellation: '2W'",
        ),
        ('earlier_of_cancellation = "P2W"', 'shown_from = "informed_at"', "shown_as: goes with shown_from"),
        ('earlier_of_cancellation = "P2W"', 'category = "logs"', "write 'access_logs' as the category"),
        ("retention.access_logs", "retention.Access-Logs", "must be small letters, digits and _"),
        ('name = "logs.retention"', 'name = "Logs"', "fields[0].name: 'Logs' is no name of a field"),
        ('data = "choice"', 'data = "choose"', "Did you mean choice?"),
        (
            'data = "choice"',
            'data = "erase"\nwithout_choice = "keep"\nwithout_choice_clause = "§15"',
            'end.without_choice: goes with data = "choice"',
        ),
        ('data = "choice"', 'data = "choice"\nwithout_choice = "keep"', "end.without_choice_clause: goes with"),
        (
            'data = "choice"',
            'data = "choice"\nerasure_asked = "end.return"',
            "end.erasure_asked: 'end.return' is no",
        ),
        (
            'data = "choice"',
            'data = "choice"\ndeclaration = true',
            "declaration_clause: goes with declaration",
        ),
        # What goes with another rule or with none.
        ('period = "PT36H"', "calendar_year = true", "calendar_year: goes with audit.next alone"),
        (
            'period = "PT36H"',
            'follows = "end.erasure"',
            "starts: is 'aware', and the rule that it follows runs from 'end'",
        ),
        # Penalties.
        ('base = "0.00"', 'base = "2,500"', "write EUR with two digits"),
        ('base = "0.00"', "base = 2500.0", "must be a text in quotes, not a number"),
        ('per_hour = "12.50"', 'per_hour = "0.00"', "is missing: a penalty is a sum"),
        ('per = "lateness"', 'per = "violations"', "goes with lateness and not with violations"),
        ('per = "lateness"', 'per = "hours"', "write engagements, lateness or violations"),
        ('[penalties."audit.penalty"]', '[penalties."audit.fine"]', "that ends in .penalty"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(line: str, changed: str, said: str) -> None:
    assert SIXTH.count(line) >= 1
    found = problems_of(SIXTH.replace(line, changed, 1))
    assert any(said in problem for problem in found), found


def test_every_problem_is_told_at_once() -> None:
    text = SIXTH.replace('zone = "Europe/Lisbon"', 'zone = "Lisbon"').replace('"P45D"', '"45D"')
    text = text.replace('base = "0.00"', 'base = "nothing"')
    assert len(problems_of(text)) == 3
    with pytest.raises(BadInput, match=r"my.toml: zone: .* \(and 2 more\)$"):
        parse_toml(text, "my.toml")


def change(path: str, value: object) -> Callable[[dict], None]:
    def apply(document: dict) -> None:
        *parents, last = path.split("/")
        for parent in parents:
            document = document.setdefault(parent, {})
        document[last] = value

    return apply


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [change("statements", [{"id": "A", "clause": "1", "text": "x"}] * 2)],
            "statements: has 'A' 2 times",
        ),
        (
            [change("retention", [{"category": "logs", "text": "x", "clause": "1"}])],
            "retention[0].category: has no clock",
        ),
        (
            [
                change(
                    "subprocessors/register",
                    [{"name": "A", "clause": "1"}, {"name": "B", "clause": "1", "aliases": ["a"]}],
                )
            ],
            "subprocessors.register: has 'a' 2 times",
        ),
        (
            [change("subprocessors/register", [{"name": "A", "clause": "1", "country": "EU"}])],
            "subprocessors.register[0].country: 'EU' is not a country code",
        ),
        ([change("subprocessors/flags", [{"inside": ["nl"], "clause": "1", "text": "x"}])], "write 'NL'"),
        ([change("fields", DOCUMENT["fields"] * 2)], "fields: has 'logs.retention' 2 times"),
        (
            [change("end/holders", [{"name": "backups", "clause": "1"}] * 2)],
            "end.holders: has 'backups' 2 times",
        ),
        ([change("ending/rights", DOCUMENT["ending"]["rights"] * 2)], "has the ground 'amendment' 2 times"),
        (
            [
                change("subprocessors/rule", "consent"),
                change("subprocessors/overruling/allowed", True),
            ],
            "cannot be overruled",
        ),
        ([change("breach", {"clause": "1", "authority": "assists"})], "breach.authority_clause: goes with authority"),
        ([change("breach", {"clause": "1", "authority_clause": "2"})], "breach.authority_clause: goes with authority"),
        ([change("breach", {})], "breach.clause: is missing: name the clause, or write rule ="),
        (
            [change("audit", {"clause": "1", "secrecy": 1})],
            "audit.secrecy: must be true or false, not a number",
        ),
        ([change("printed", {"1": 2})], "printed.1: must be a text in quotes"),
        ([change("printed", {"": "2"})], "printed: has the key ''"),
        ([change("rules", [])], "rules: must be a table, not a list"),
        ([change("title", None)], "title: must be a text in quotes, not nothing"),
        ([change("title", "x" * 5000)], "title: has 5000 characters"),
        ([change("title", "\ud800")], "title: holds a control or invisible character"),
        ([change("title", "a\x00b")], "title: holds a control or invisible character"),
        ([change("statements", [{}] * 2000)], "statements: has 2000 entries: at most 1000"),
        ([change("printed", {str(n): "1" for n in range(2000)})], "printed: has 2000 entries"),
        ([change(str(n), 1) for n in range(3000)], "is not a key of a terms file"),
    ],
)
def test_documents_are_checked_as_strictly_as_files(changes: list[Callable[[dict], None]], said: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    for apply in changes:
        apply(document)
    with pytest.raises(BadInput) as caught:
        parse_document(document, "posted")
    found = [f"{problem.path}: {problem.message}" for problem in caught.value.problems]
    assert any(said in problem for problem in found), found
    assert len(found) <= 51


@pytest.mark.parametrize("document", [None, 7, "x", [], [{}]])
def test_what_is_no_document(document: object) -> None:
    with pytest.raises(BadInput, match="document: must be a table"):
        parse_document(document, "posted")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('id = "a"\nversion 1\n', "my.toml: line 2, column 9: is not TOML"),
        ('id = "a"\nid = "b"\n', "my.toml: line 2, column 9: is not TOML: this key has a value already"),
        ('id = "a', "my.toml: line 1"),
        ("id = [", "my.toml: line 1"),
        (b'id = "a"\ntitle = "\xff"\n', "my.toml: line 2, column 10: is not UTF-8"),
        ("id = " + "[" * 50_000, "my.toml: is nested too deeply"),
        ("id = " + "9" * 6_000, "my.toml: holds a number that is too long"),
        ("#" * (LARGEST + 1), "my.toml: is too large: a terms file has at most 262144 bytes"),
        ("", "my.toml: id: is missing"),
    ],
)
def test_what_is_no_terms_file_names_the_line(text: str | bytes, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems_of(text)), problems_of(text)


def test_a_byte_order_mark_does_no_harm(sixth: Terms) -> None:
    assert parse_toml(b"\xef\xbb\xbf" + SIXTH.encode(), "bom") == sixth
    assert parse_toml("\ufeff" + SIXTH, "bom") == sixth


def test_the_library_is_read_once() -> None:
    assert library() is library()


def test_both_kinds_of_problems_are_told_at_once() -> None:
    text = SIXTH.replace('id = "harbour-cloud"', 'id = "Harbour Cloud"').replace("calendar =", "calender =")
    text = text.replace('period = "P7WD"', "period = 7").replace('zone = "Europe/Lisbon"', 'zone = "EST"')
    text = text.replace('clause = "§6.4"', "")
    found = problems_of(text)
    told = [one.partition(":")[2].strip() for one in found]
    assert len(found) == len(set(found))
    for start in (
        "calender: is not a key",
        "calendar: is missing",
        'rules."subprocessor.objection".period: must be',
        "subprocessors.overruling.clause: is missing",
        "id: 'Harbour Cloud' is no id",
        "zone: 'EST' names",
    ):
        assert any(one.startswith(start) for one in told), (start, told)
    assert len(told) == 6, told


@pytest.mark.parametrize(
    "changed",
    [
        ('rule = "objection"', 'rule = "objections"'),  # which rules are needed hangs on it
        ('how = "unilateral"', "how = 1"),
        ("[[fields]]", "[[feilds]]"),
        ('data = "choice"', 'data = "chose"'),
        ('ground = "amendment"', 'ground = "ammendment"'),
        ('[rules."subprocessor.objection"]', '[ruels."subprocessor.objection"]'),
    ],
)
def test_what_may_come_of_the_wrong_shape_alone_is_not_told(changed: tuple[str, str]) -> None:
    told = problems_of(SIXTH.replace(*changed, 1))
    assert len(told) <= 2, told
    for one in told:
        assert any(words in one for words in ("is not a key", ": write ", "must be", "is missing: write ")), told
