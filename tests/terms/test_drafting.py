"""`termijn terms new`: a file from answers, with what nobody said left to be filled in."""

import json
import random
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from click.testing import CliRunner, Result

from service.cli.asking import blank_answers, meant, read_answers
from service.cli.terms import terms
from workflows.errors import BadInput
from workflows.terms import model
from workflows.terms.by_hand import BY_HAND, GUIDE
from workflows.terms.drafting import contradictions, draft
from workflows.terms.load import parse_toml, to_document
from workflows.terms.names import RULES
from workflows.terms.own import own_or_other
from workflows.terms.questions import BY_ID, CATALOGUE, LENGTHS, PERIODS, QUESTIONS, answer_problem
from workflows.words import LANGUAGES, Language

ANSWERS = """
title = "Harbour Cloud data processing terms"
id = "harbour-cloud"
version = "3.1"
language = "en"
zone = "Europe/London"
calendar = "GB-ENG"
counting = { moves = "both", clause = "1.2" }
entry = { event = "last_signature", clause = "2" }
ending = { clause = "14" }
objected = { given = true, ends = "service", clause = "6.3" }
overruling = { allowed = true, clause = "6.4", then = "termination" }
overruled = { ends = "agreement", clause = "6.5" }
region = { named = true, inside = ["EEA", "ADEQUATE"], outside = "consent", clause = "6.6" }
[subprocessors]
rule = "objection"
clause = "6"
[subprocessor]
objection = { period = "P14D", starts = "receipt", clause = "6.2" }
notice = { given = true, period = "P30D", starts = "sending", clause = "6.1" }
alternative = { given = true, period = "P14D", clause = "6.3" }
[amendment]
how = "unilateral"
clause = "13"
termination = { given = true, period = "P1M", starts = "receipt", clause = "13.2" }
[amended]
ends = "agreement"
[breach]
notice = { period = "PT36H", starts = "aware", clause = "9" }
[request]
assist = { owed = true, period = "no number", clause = "8" }
forward = { given = true, period = "at once", clause = "8.1" }
[end]
data = "choice"
clause = "15"
choice = { period = "P20D", starts = "end", clause = "15.1" }
erasure = { period = "blank", says = "how soon data are erased", starts = "end", clause = "15.3" }
[audit]
next = { limit = "once a year", clause = "17" }
notice = { given = true, period = "P30D", clause = "17.2" }
"""


ANCHORS = {
    re.sub(r"[^a-z_ -]", "", heading.lower()).replace(" ", "-")
    for heading in re.findall(r"^#+ (.*)$", (Path(__file__).parents[2] / GUIDE).read_text("utf-8"), re.MULTILINE)
}


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(terms, ["new", *args], input=text)


def test_whole_answers_make_a_whole_file() -> None:
    found = parse_toml(draft(read_answers(ANSWERS.encode(), "answers.toml")), "made.toml")
    assert found.counting is not None
    assert (found.id, found.calendar, found.counting.moves) == ("harbour-cloud", "GB-ENG", "both")
    assert {name: rule.clause for name, rule in found.rules.items()} == {
        "breach.notice": "9", "subprocessor.objection": "6.2", "subprocessor.notice": "6.1",
        "subprocessor.consent": "6.6",
        "amendment.termination": "13.2", "request.assist": "8", "end.choice": "15.1", "end.erasure": "15.3",
        "audit.next": "17",
        "subprocessor.alternative": "6.3", "request.forward": "8.1", "audit.notice": "17.2",
    }  # fmt: skip
    assert found.rules["request.assist"].period is None
    assert found.rules["audit.next"].calendar_year is True
    assert found.subprocessors.region is not None
    assert found.subprocessors.region.inside == ("EEA", "ADEQUATE")
    assert {right.ground for right in found.ending.rights} == {"overruled_objection", "amendment", "objection"}


def test_without_any_answer_every_clause_is_left_to_be_filled_in() -> None:
    made = draft({})
    document = tomllib.loads(made)
    assert document["entry"]["clause"] == document["rules"]["breach.notice"]["clause"] == ""
    with pytest.raises(BadInput) as error:
        parse_toml(made, "made.toml")
    told = {one.path.removeprefix("made.toml: ") for one in error.value.problems}
    assert {"title", "zone", "entry.event", "entry.clause", "subprocessors.overruling.allowed",
            'rules."breach.notice".clause', 'rules."end.erasure".period'} <= told  # fmt: skip


@pytest.mark.parametrize(
    "left_out", [one.id for one in QUESTIONS if one.id in read_answers(ANSWERS.encode(), "a.toml")]
)
def test_an_answer_that_lacks_is_never_made_up(left_out: str) -> None:
    answers = {name: value for name, value in read_answers(ANSWERS.encode(), "a.toml").items() if name != left_out}
    asked = {one.id: one for one in QUESTIONS}
    while unasked := [name for name in answers if not asked[name].is_asked(answers)]:  # they hang on what is left out
        answers = {name: value for name, value in answers.items() if name not in unasked}
    made = draft(answers)
    question = next(one for one in QUESTIONS if one.id == left_out)
    tomllib.loads(made)
    if question.needed and left_out != "overruling.allowed":  # which stands there as a comment
        assert f"  # {question.stands_open('en', answers)}" in made
    if question.takes == "text" and left_out.endswith(".clause"):
        assert made.count("clause = ") == draft(read_answers(ANSWERS.encode(), "a.toml")).count("clause = ")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"entry.evnt": "last_signature"}, "entry.evnt: is no question. Did you mean entry.event?"),
        ({"entry.event": "signature"}, "entry.event: is 'signature': write"),
        ({"zone": "EST"}, "zone: 'EST' names no place"),
        ({"calendar": "UK"}, "calendar: There is no calendar of 'UK'. Did you mean GB?"),
        ({"breach.notice.period": "2 days"}, "breach.notice.period: '2 days' is not a period"),
        ({"region.inside": "EEA, Europe"}, "region.inside: 'Europe' is not a country code"),
        ({"overruling.allowed": "maybe"}, "overruling.allowed: is 'maybe': write 'yes', 'no' or 'unsaid'"),
        ({"id": "My Text"}, "id: 'My Text' is no id: write at most 63 small letters"),
        ({"version": "v 2"}, "version: 'v 2' is no version: write at most 40 letters"),
        ({"title": "a\u200bb"}, "title: holds a control or invisible character: remove it"),
        ({"entry.clause": "1\n2"}, "entry.clause: has a line break: write it on one line"),
        ({"end.erasure.period": "P0D"}, "end.erasure.period: P0D is no time at all: answer 'at once'"),
        ({"region.named": "yes", "region.inside": "EEA, EEA"}, "region.inside: has 'EEA' 2 times: keep one"),
        (
            {"end.data": "erase", "end.choice.period": "P30D"},
            "end.choice.period: goes with end.data = 'choice', which is 'erase': leave it out, or change that",
        ),
        (
            {"subprocessors.rule": "objection", "overruling.allowed": "no", "overruling.then": "termination"},
            "overruling.then: goes with overruling.allowed = 'yes', which is 'no'",
        ),
        (
            {"end.data": "erase", "end.erasure.starts": "after:end.choice"},
            "end.erasure.starts: goes with end.data = 'choice', which is 'erase'",
        ),
        (
            {"end.return.given": "no", "end.erasure.starts": "after:end.return"},
            "end.erasure.starts: goes with end.return.given = 'yes', which is 'no'",
        ),
        (
            {"amendment.termination.period": "P1M"},
            "goes with amendment.termination.given = 'yes', which is not answered",
        ),
        ({"also_laws": "CCPA"}, "also_laws: goes with an answer to law, which is not answered: leave it out"),
        ({"law": "GDPR", "also_laws": "CCPA, CCPA"}, "also_laws: has 'CCPA' 2 times: keep one"),
    ],
)
def test_a_wrong_answer_is_refused(answers: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput) as error:
        draft(answers)
    assert any(said in f"{one.path}: {one.message}" for one in error.value.problems)


def test_the_command_takes_a_file_of_answers(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.toml", tmp_path / "made.toml"
    answers.write_text(ANSWERS)
    made = run("--answers", str(answers), "--out", str(out))
    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr == f"The file is whole. Read what it says: termijn terms explain {out}\n"
    part = run("--answers", str(answers), "--out", str(tmp_path / "part.toml"))
    assert part.exit_code == 0
    assert out.read_text() == draft(read_answers(ANSWERS.encode(), "answers.toml"), "en", str(out))
    assert f"{out} cannot be written: it is there already." in run("--answers", str(answers), "--out", str(out)).stderr
    as_json = tmp_path / "answers.json"
    as_json.write_text(json.dumps({"title": "X", "entry": {"event": "last_signature"}}))
    assert 'event = "last_signature"' in run("--answers", str(as_json)).stdout
    as_json.write_text('{"zone": "here", "tittle": "X"}')
    wrong = run("--answers", str(as_json))
    assert (wrong.exit_code, "tittle: is no question" in wrong.stderr) == (2, True)
    assert run().exit_code == 2  # no terminal


def test_the_questions_can_be_printed_and_answered_in_the_file() -> None:
    printed = run("--questions").stdout
    assert printed == blank_answers()
    assert set(read_answers(printed.encode(), "a.toml")) == {one.id for one in QUESTIONS}
    assert draft(read_answers(printed.encode(), "a.toml")) == draft({})


def answered(choose: random.Random) -> dict[str, str]:
    """An answer to every question that is asked, by chance."""
    given: dict[str, str] = {}
    texts = {"id": "my-text", "law": "GDPR"}
    for one in QUESTIONS:
        if one.is_asked(given):
            choices = {
                "choice": one.choices, "yes_no": ("yes", "no"), "zone": ("Europe/Oslo",), "calendar": ("NO", "none"),
                "length": ("P30D", "PT48H", "P10WD", "at once", "no number", "blank"), "places": ("EEA, US:DPF", "NO"),
            }.get(one.takes, (texts.get(one.id, "7.1"),))  # fmt: skip
            if given.get("end.data") != "choice":
                choices = tuple(word for word in choices if word != "after:end.choice")
            if given.get("end.return.given") != "yes":
                choices = tuple(word for word in choices if word != "after:end.return")
            if one.id == "end.erasure.period":  # what is erased waits for what is chosen and returned
                choices = ("P30D", "no number", "blank")
            given[one.id] = choose.choice(choices)
    return given


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_answered_makes_a_file_that_holds_together(seed: int) -> None:
    given = answered(random.Random(seed))  # no secret
    assert parse_toml(draft(given, LANGUAGES[seed % len(LANGUAGES)]), "made.toml").title == "7.1"


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_contradicts_one_before_it(seed: int) -> None:
    so_far: dict[str, str] = {}
    for name, answer in answered(random.Random(seed)).items():  # no secret
        so_far[name] = answer
        assert contradictions(so_far) == (), name


def test_what_no_question_is_about_is_named_at_the_end_of_the_file() -> None:
    made = [draft(answered(random.Random(seed))) for seed in range(160)]  # no secret
    documents = [to_document(parse_toml(one, "made.toml")) for one in made]
    rules = {name for one in documents for name in one["rules"]}
    grounds = {right["ground"] for one in documents for right in one["ending"].get("rights", ())}
    asked = {"Terms", "Entry", "Ending", "TerminationRight", "Amendment", "Subprocessors", "Overruling", "Region",
             "EndRules", "Counting", "Field", "Rule"}  # fmt: skip
    by_hand = {
        kind: {name for one in BY_HAND for name in getattr(one, kind)} for kind in ("shapes", "rules", "grounds")
    }
    kinds: tuple[type[msgspec.Struct], ...] = (model.Terms, *model.Base.__subclasses__())
    shapes = {one.__name__ for one in kinds}
    assert asked | by_hand["shapes"] == shapes
    assert rules | by_hand["rules"] >= RULES.keys()
    assert grounds | by_hand["grounds"] == set(get_args(model.Ground))
    for one in BY_HAND:
        assert f"#   {one.tables}: " in made[0]
        assert one.anchor in ANCHORS


OPEN = re.compile(r'(?P<key>\w+) = (?:""|\[\])  # (?P<comment>.*)')


@pytest.mark.parametrize("seed", range(2))
def test_every_value_beside_what_stands_open_is_one_that_the_file_takes(seed: int) -> None:
    given = answered(random.Random(seed)) if seed else {}  # no secret
    given = {one: said for one, said in given.items() if one.endswith((".rule", ".given", ".owed", ".named"))}
    given = {one: said for one, said in given.items() if BY_ID[one].is_asked(given)}
    made = {lang: draft(given, lang).splitlines() for lang in LANGUAGES}
    table = ""
    for place, line in enumerate(made["en"]):
        table = line.strip("[]") if line.startswith("[") else table
        if (found := OPEN.fullmatch(line)) is None:
            continue
        values = re.findall('"[^"]*"', found["comment"])
        for lang in LANGUAGES:
            assert re.findall('"[^"]*"', made[lang][place].partition("#")[2]) == values
        for value in values:
            key = "field" if f"field = {value}" in line else found["key"]
            tried = f"{key} = [{value}]" if key == "inside" else f"{key} = {value}"
            with pytest.raises(BadInput) as error:
                parse_toml("\n".join((*made["en"][:place], tried, *made["en"][place + 1 :])), "")
            at = f"{table}.{key}" if table else key
            wrong = [one.message for one in error.value.problems if one.path.removeprefix(": ") == at]
            assert all("[[fields]]" in one for one in wrong), (line, value)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_value_in_a_question_is_an_answer_to_it(lang: Language) -> None:
    for one in QUESTIONS:
        for value in (*one.examples, *one.known, *((*PERIODS, *LENGTHS) if one.takes == "length" else ())):
            assert answer_problem(one, value) is None
            assert value in one.asks(lang) or value in one.known or one.word(value, lang) in one.asks(lang)
            said = meant(one, one.word(value, lang), lang)
            assert (said, answer_problem(one, said)) == (value, None)
        for word in re.findall("[“„«][^”“»]*[”“»]", one.asks(lang)):
            assert answer_problem(one, meant(one, word.strip("“”„«»\u202f "), lang)) is None
        bare = one.bare(lang).replace("IANA", "").replace("ID", "")
        assert not re.search(r"\b[A-Z]{2,}\b|\d", bare), "an example is no blank"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_of_answers_takes_the_words_of_a_language(lang: Language) -> None:
    said = CATALOGUE.in_language(lang)
    text = f'"end.erasure.period" = "{said("word.at once").title()}"\n"region.named" = "{said("word.no")}"'
    assert read_answers(text.encode(), "a.toml", lang) == {"end.erasure.period": "at once", "region.named": "no"}
    assert run("--answers", "-", "--lang", lang, text=text).exit_code == 0
    # So does what stands beside a word of the file.
    means = BY_ID["end.data"].means("choice", lang)
    assert read_answers(f'"end.data" = "{means}"'.encode(), "a.toml", lang) == {"end.data": "choice"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_program_writes_itself_is_in_the_language_of_the_file(language: Language) -> None:
    answers = {**read_answers(ANSWERS.encode(), "a.toml"), "language": language, "overruling.allowed": "unsaid"}
    gone = ("overruling.clause", "overruling.then", "overruled.ends", "overruled.clause")
    for spoken in LANGUAGES:
        found = parse_toml(draft({name: one for name, one in answers.items() if name not in gone}, spoken), "made.toml")
        assert found.subprocessors.overruling is not None
        for part, name in ((found.subprocessors.overruling, "reading"), (found.rules["request.assist"], "note")):
            for lang in {language, spoken, "en"}:
                words = "file.unsaid" if name == "reading" else "file.no_number"
                assert own_or_other(found, part, name, lang) == (CATALOGUE.say(words, lang), lang)
        typed = next(one for one in found.fields if one.name == "end.erasure")
        assert own_or_other(found, typed, "text", language)[1] == spoken


def test_no_question_stands_twice_in_a_row_and_no_rule_twice_at_the_end() -> None:
    for seed in range(20):
        given = answered(random.Random(seed))  # no secret
        asks = [one.asks("en") for one in QUESTIONS if one.is_asked(given)]
        assert all(first != second for first, second in pairwise(asks))
    named = [table for one in BY_HAND for table in one.tables.split(", ")]
    assert len(named) == len(set(named))


def test_further_laws_are_asked_and_written() -> None:
    answers = {**read_answers(ANSWERS.encode(), "a.toml"), "law": "GDPR", "also_laws": "UK GDPR, CCPA"}
    found = parse_toml(draft(answers), "made.toml")
    assert (found.law, found.also_laws) == ("GDPR", ("UK GDPR", "CCPA"))


def test_consent_rests_on_the_clause_that_asks_for_it_where_none_other_is_named() -> None:
    answers = {"subprocessors.rule": "consent", "subprocessors.clause": "6"}
    assert tomllib.loads(draft(answers))["rules"]["subprocessor.consent"]["clause"] == "6"
    answers["subprocessor.consent.clause"] = "6.1"
    assert tomllib.loads(draft(answers))["rules"]["subprocessor.consent"]["clause"] == "6.1"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_questions_and_the_file_speak_one_language(lang: Language) -> None:
    printed = run("--questions", "--lang", lang).stdout
    made = run("--answers", "-", "--lang", lang, text=printed).stdout
    for told in (printed, made):
        comments = [line.partition("#")[2] for line in told.splitlines() if "#" in line and "#:schema" not in line]
        comments = [line.partition(" (#")[0] for line in comments]
        assert (lang == "en") == bool(re.search(r"\b(which|what|from|the)\b", " ".join(comments), re.IGNORECASE))


def test_what_is_returned_first_may_be_erased_a_time_after_that() -> None:
    given = {"end.data": "return_first", "end.return.given": "yes", "end.return.period": "P30D",
             "end.erasure.period": "P60D", "end.erasure.starts": "after:end.return"}  # fmt: skip
    made = draft(given)
    assert 'starts = "after:end.return"' in made
    assert "after:end.return" in BY_ID["end.erasure.starts"].offered(given)
    assert "after:end.return" not in BY_ID["end.erasure.starts"].offered({})
