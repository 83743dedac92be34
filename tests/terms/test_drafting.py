"""`termijn terms new`: a file from answers, with what nobody said left to be filled in."""

import json
import random
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.asking import ask, blank_answers, read_answers
from service.cli.terms import terms
from workflows.errors import BadInput
from workflows.terms.drafting import draft
from workflows.terms.load import parse_toml
from workflows.terms.questions import QUESTIONS

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
overruling = { allowed = true, clause = "6.4", then = "termination" }
overruled = { ends = "agreement", clause = "6.5" }
region = { named = true, inside = ["EEA", "ADEQUATE"], outside = "consent", clause = "6.6" }
[subprocessors]
rule = "objection"
clause = "6"
[subprocessor]
objection = { period = "P14D", starts = "receipt", clause = "6.2" }
notice = { given = true, period = "P30D", starts = "sending", clause = "6.1" }
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
[end]
data = "choice"
clause = "15"
choice = { period = "P20D", starts = "end", clause = "15.1" }
erasure = { period = "blank", says = "how soon data are erased", starts = "end", clause = "15.3" }
[audit]
next = { limit = "once a year", clause = "17" }
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(terms, ["new", *args])


def test_whole_answers_make_a_whole_file() -> None:
    found = parse_toml(draft(read_answers(ANSWERS.encode(), "answers.toml")), "made.toml")
    assert found.counting is not None
    assert (found.id, found.calendar, found.counting.moves) == ("harbour-cloud", "GB-ENG", "both")
    assert {name: rule.clause for name, rule in found.rules.items()} == {
        "breach.notice": "9", "subprocessor.objection": "6.2", "subprocessor.notice": "6.1",
        "subprocessor.consent": "6.6",
        "amendment.termination": "13.2", "request.assist": "8", "end.choice": "15.1", "end.erasure": "15.3",
        "audit.next": "17",
    }  # fmt: skip
    assert found.rules["request.assist"].period is None
    assert found.rules["audit.next"].calendar_year is True
    assert found.subprocessors.region is not None
    assert found.subprocessors.region.inside == ("EEA", "ADEQUATE")
    assert {right.ground for right in found.ending.rights} == {"overruled_objection", "amendment"}


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
    made = draft(answers)
    question = next(one for one in QUESTIONS if one.id == left_out)
    tomllib.loads(made)
    if question.needed and question.takes != "yes_no":
        assert f"  # {question.asks}" in made
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
        ({"overruling.allowed": "maybe"}, "overruling.allowed: is 'maybe': write yes or no"),
    ],
)
def test_a_wrong_answer_is_refused(answers: dict[str, str], said: str) -> None:
    with pytest.raises(BadInput) as error:
        draft(answers)
    assert said in error.value.detail


def test_the_command_takes_a_file_of_answers(tmp_path: Path) -> None:
    answers, out = tmp_path / "answers.toml", tmp_path / "made.toml"
    answers.write_text(ANSWERS)
    made = run("--answers", str(answers), "--out", str(out))
    assert (made.exit_code, made.stdout) == (0, "")
    assert made.stderr == ""
    part = run("--answers", str(answers), "--out", str(tmp_path / "part.toml"))
    assert part.exit_code == 0
    assert out.read_text() == draft(read_answers(ANSWERS.encode(), "answers.toml"))
    assert "cannot be written" in run("--answers", str(answers), "--out", str(out)).stderr
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


def test_on_a_terminal_each_question_is_asked_that_makes_sense() -> None:
    given = {"title": "Text", "language": "en", "subprocessors.rule": "consent", "end.data": "erase"}
    asked = [one for one in QUESTIONS if one.is_asked(given)]
    lines = [given.get(one.id, "") for one in asked]
    lines.insert(3, "french")  # is refused and asked again
    with CliRunner().isolation(input="\n".join([*lines, ""])) as (_, told, _):
        answers = ask()
        said = told.getvalue().decode()
    assert answers == given
    assert "is 'french': write" in said
    assert "How long may the customer object" not in said
    assert "How long may the customer choose?" not in said
    assert said.count("From when?") == 2


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
            given[one.id] = choose.choice(choices)
    return given


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_answered_makes_a_file_that_holds_together(seed: int) -> None:
    given = answered(random.Random(seed))  # no secret
    assert parse_toml(draft(given), "made.toml").title == "7.1"
