"""The command line over the terms library, as a person and as a program meet it."""

import hashlib
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.certificate.agreement_text import press_text
from service.cli.calendar import calendar_command
from service.cli.due import due, penalty
from service.cli.terms import terms
from workflows.terms.load import library

SIXTH = Path(__file__).parent / "sixth.toml"
AT = "2026-12-11T10:00:00+01:00"


def run(command: object, *args: str, given: bytes | None = None) -> Result:
    commands = {"terms": terms, "due": due, "penalty": penalty, "calendar": calendar_command}
    return CliRunner().invoke(commands[str(command)], list(args), input=given)


def lines_of(command: str, given: bytes) -> list[dict]:
    result = run(command, "--stdin", given=given)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list() -> None:
    result = run("terms", "list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == sorted(library())
    listed = [json.loads(line) for line in run("terms", "list", "--json").stdout.splitlines()]
    assert next(one for one in listed if one["id"] == "constant-it") == {
        "id": "constant-it",
        "version": "2025-01",
        "title": "Verwerkersovereenkomst Constant IT (Data Pro Statement en standaardclausules)",
    }


def test_check_tells_good_from_bad(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(SIXTH.read_text().replace('"P45D"', '"45 days"').replace("calendar =", "calender ="))
    result = run("terms", "check", str(SIXTH), str(bad))
    assert result.exit_code == 1
    assert "ok, harbour-cloud 3.1 with 7 rules" in result.stdout
    assert f"{bad}: calender: is not a key of a terms file. Did you mean calendar?" in result.stderr
    assert run("terms", "check", str(SIXTH)).exit_code == 0


def test_check_says_when_nothing_is_added_of_the_law(tmp_path: Path) -> None:
    named = {law: tmp_path / f"{law}.toml" for law in ("GDRP", "GDPR")}
    for law, file in named.items():
        file.write_text(SIXTH.read_text().replace("calendar =", f'law = "{law}"\ncalendar ='))
    result = run("terms", "check", *map(str, named.values()), "--lang", "de")
    assert result.exit_code == 0
    said = [line for line in result.stdout.splitlines() if ": in Ordnung, " not in line]
    assert said == [
        f"{named['GDRP']}: Datenschutzrecht: GDRP. Das Programm kennt dessen Regeln nicht und fügt keine hinzu. "
        "Meinen Sie GDPR? Das Programm kennt: GDPR, UK GDPR, HIPAA, CCPA, FADP, LGPD."
    ]
    assert "No law on personal data is named, and none is added." in run("terms", "check", str(SIXTH)).stdout


def test_a_further_law_is_named_as_unknown_as_the_first_is(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(SIXTH.read_text().replace("calendar =", 'law = "FADP"\nalso_laws = ["DSGV0"]\ncalendar ='))
    said = run("terms", "check", str(file))
    assert said.exit_code == 0
    assert "Law on personal data: DSGV0. The program knows none of its rules, and adds none." in said.stdout
    assert "The program knows: GDPR, UK GDPR" in said.stdout


@pytest.mark.parametrize("law", ["General Data Protection Regulation", "Regulation (EU) 2016/679 (GDPR)", "GDRP"])
def test_a_law_by_its_long_name_is_told_which_one_is_meant(tmp_path: Path, law: str) -> None:
    file = tmp_path / "a.toml"
    file.write_text(SIXTH.read_text().replace("calendar =", f'law = "{law}"\ncalendar ='))
    assert "Did you mean GDPR? The program knows: GDPR, UK GDPR" in run("terms", "check", str(file)).stdout


def test_check_of_broken_toml_names_the_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "a"\nversion =\n')
    result = run("terms", "check", str(bad))
    assert result.exit_code == 1
    assert f"{bad}: line 2, column 10: is not TOML" in result.stderr


def test_check_of_nothing_is_wrong_use(tmp_path: Path) -> None:
    assert run("terms", "check").exit_code == 2
    missing = run("terms", "check", str(tmp_path / "none.toml"))
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr
    assert run("terms", "check", str(tmp_path)).exit_code == 2
    assert run("terms", "check", "a\x00b").exit_code == 2


def test_the_text_made_of_the_rules_is_written(tmp_path: Path) -> None:
    file = tmp_path / "text.pdf"
    done = run("terms", "text", "kmo-solutions", "--lang", "en", "--output", str(file))
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(file.read_bytes()).hexdigest() in done.stdout
    assert file.read_bytes() == press_text(library()["kmo-solutions"], "en")
    nowhere = run("terms", "text", "kmo-solutions", "--output", str(tmp_path / "none" / "text.pdf"))
    assert (nowhere.exit_code, "none/text.pdf" in nowhere.stderr) == (2, True)


def test_explain_speaks_both_languages_and_reads_files() -> None:
    assert "Bezwaar tegen een subverwerker" in run("terms", "explain", "kmo-solutions").stdout
    assert "Objection to a subprocessor" in run("terms", "explain", "kmo-solutions", "--lang", "en").stdout
    assert "Objection to a subprocessor" in run("terms", "explain", str(SIXTH)).stdout
    assert run("terms", "explain", "kmo-solutions", "--lang", "pl").exit_code == 2
    unknown = run("terms", "explain", "kmo")
    assert unknown.exit_code == 2
    assert "Did you mean kmo-solutions?" in run("terms", "explain", "kmo-solution").stderr


def test_diagram_is_mermaid() -> None:
    result = run("terms", "diagram", "stkkr")
    assert result.exit_code == 0
    assert result.stdout.startswith("stateDiagram-v2")
    assert run("terms", "diagram", "stkkr", "--workflow", "nonsense").exit_code == 2


def test_due_for_a_person() -> None:
    result = run("due", "kmo-solutions", "end.erasure", "--at", "2026-12-11")
    assert result.exit_code == 0
    assert "from      2026-12-29T00:00:00+01:00 in Europe/Amsterdam (2026-12-28T23:00:00Z)" in result.stdout
    assert "clause    9.5" in result.stdout
    assert "Christmas Day" in result.stdout
    none = run("due", "stkkr", "subprocessor.objection", "--at", AT)
    assert none.exit_code == 0
    assert "no date" in none.stdout


def test_due_as_json() -> None:
    result = run("due", "mms-solutions", "end.erasure", "--at", "2026-12-31", "--fact", "end.erasure=P30D", "--json")
    answer = json.loads(result.stdout)
    assert answer["due_at"] == "2027-01-30T23:00:00Z"
    assert answer["last_day"] == "2027-01-30"
    assert answer["boundary"] == "exclusive"
    assert answer["party"] == "processor"
    assert answer["clause"] == "12.2, bijlage 1"
    assert answer["steps"]
    assert "MM-A4" in answer["reading"]
    assert set(answer) >= {"due_at", "last_day", "boundary", "clause", "steps", "party", "reading"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["kmo-solutions", "end.erasure", "--at", "tomorrow"], "is not an instant"),
        (["kmo-solutions", "end.erasure", "--at", "2026-02-30"], "does not exist"),
        (["kmo-solutions", "end.erasure", "--at", "2026-03-29T12:30"], "needs its offset from UTC"),
        (["kmo-solutions", "end.erasures", "--at", AT], "Did you mean end.erasure?"),
        (["kmo", "end.erasure", "--at", AT], "There are no terms 'kmo'"),
        (["none.toml", "end.erasure", "--at", AT], "cannot be read"),
        (["mms-solutions", "end.erasure", "--at", AT], "end.erasure=P30D"),
        (["mms-solutions", "end.erasure", "--at", AT, "--fact", "end.erasure"], "write KEY=VALUE"),
        (["mms-solutions", "end.erasure", "--at", AT, *["--fact", "end.erasure=P1D"] * 2], "given twice"),
        (["mms-solutions", "end.erasure"], "Give TERMS, RULE and --at"),
        ([], "Give TERMS, RULE and --at"),
        (["mms-solutions", "--stdin"], "leave out TERMS"),
        (["mms-solutions", "end.erasure", "--at", AT, "--nonsense"], "--nonsense"),
    ],
)
def test_due_refuses_wrong_use_with_status_2(args: list[str], said: str) -> None:
    result = run("due", *args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not result.stdout


def test_due_lines_answer_one_for_one() -> None:
    question = {"terms": "stkkr", "rule": "breach.notice", "at": "2025-03-29T10:00:00+01:00", "facts": {}}
    good = json.dumps(question).encode()
    given = [
        good,
        b"",
        b"{",
        b"[]",
        b"7",
        b'"x"',
        b"\xff\xfe",
        b'{"terms":"\xff"}',
        b"[" * 100_000,
        b'{"terms":"stkkr","rule":"breach.notice"}',
        b'{"terms":"stkkr","rule":"breach.notice","at":7}',
        b'{"terms":"stkkr","rule":"breach.notice","at":"2026-01-01T00:00:00Z","fact":{}}',
        b'{"terms":"stkkr","rule":"breach.notice","at":"2026-01-01T00:00:00Z","facts":null}',
        b'{"terms":"stkkr","rule":"breach.notice","at":"2026-01-01T00:00:00Z","facts":{"x":1}}',
        b'{"terms":"stkkr","rule":"\\ud800","at":"2026-01-01T00:00:00Z"}',
        b'{"terms":"mms-solutions","rule":"end.erasure","at":"2026-12-31"}',
        b'{"terms":"a\\u0000.toml","rule":"end.erasure","at":"2026-12-31"}',
        b" " * (3 << 20),
        good,
    ]
    answers = lines_of("due", b"\n".join(given))
    assert len(answers) == len(given)
    assert answers[0]["due_at"] == answers[-1]["due_at"] == "2025-03-31T09:00:00Z"
    assert answers[0]["boundary"] == "inclusive"
    for line, answer in zip(given[1:-1], answers[1:-1], strict=True):
        assert list(answer) == ["error"], (line[:60], answer)
        assert answer["error"]


def test_due_lines_of_nothing_and_without_a_last_newline() -> None:
    assert lines_of("due", b"") == []
    line = b'{"terms":"contict","rule":"end.choice","at":"2026-01-01"}'
    for given in (line, line + b"\n", line + b"\r\n"):
        (answer,) = lines_of("due", given)
        assert answer["due_at"] is None
        assert answer["last_day"] is None


def test_penalty_for_a_person_and_as_json() -> None:
    args = ["mms-solutions", "breach.penalty", "--due", "2026-03-28T12:00:00Z"]
    shown = run("penalty", *args, "--at", "2026-03-28T12:00:01Z")
    assert shown.exit_code == 0
    assert "2500.00 EUR as of 2026-03-28T12:00:01Z" in shown.stdout
    assert "exposure  2550.00 EUR" in shown.stdout
    answer = json.loads(run("penalty", *args, "--at", "2026-04-04T12:00:00Z", "--json").stdout)
    assert (answer["amount"], answer["currency"], answer["clause"]) == ("10900.00", "EUR", "6.5")
    units = run("penalty", "mms-solutions", "secrecy.penalty", "--at", AT, "--fact", "violations=3", "--json")
    assert json.loads(units.stdout)["amount"] == "15000.00"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["mms-solutions", "breach.penalty", "--at", AT], "give due"),
        (["mms-solutions", "breach.penalty", "--due", "2026-01-01", "--at", AT], "must be an exact instant"),
        (["mms-solutions", "secrecy.penalty", "--at", AT, "--fact", "violations=two"], "whole number"),
        (["mms-solutions", "secrecy.penalty", "--at", AT, "--fact", "violations=²"], "whole number"),
        (["mms-solutions", "late.penalty", "--at", AT], "Known: breach.penalty"),
        (["mms-solutions", "breach.penalty"], "Give TERMS"),
        (["--stdin", "--due", AT], "leave out TERMS"),
    ],
)
def test_penalty_refuses_wrong_use_with_status_2(args: list[str], said: str) -> None:
    result = run("penalty", *args)
    assert result.exit_code == 2
    assert said in result.stderr


def test_penalty_lines() -> None:
    given = (
        b'{"terms":"mms-solutions","rule":"breach.penalty","due":"2026-03-28T12:00:00Z","at":"2026-03-30T14:00:00Z"}\n'
        b'{"terms":"mms-solutions","rule":"engagement.penalty","at":"2026-03-30T14:00:00Z","facts":{"engagements":2}}\n'
        b'{"terms":"mms-solutions","rule":"engagement.penalty","at":"2026-03-30T14:00:00Z","facts":{"engagements":"2"}}\n'
        b"nonsense\n"
        b'{"terms":"stkkr","rule":"breach.penalty","due":"2026-03-28T12:00:00Z","at":"2026-03-30T14:00:00Z"}\n'
    )
    answers = lines_of("penalty", given)
    assert [answer.get("amount") for answer in answers] == ["5000.00", "1000.00", None, None, "0.00"]
    assert all("error" in answer for answer in answers[2:4])


def test_a_process_answers_thousands_of_lines_in_order() -> None:
    rules = ["breach.authority", "subprocessor.objection", "end.erasure", "audit.next"]
    lines = [
        json.dumps(
            {
                "terms": "kmo-solutions",
                "rule": rules[n % 4],
                "at": f"2026-{n % 12 + 1:02}-15T10:00:{n % 60:02}Z",
            }
        )
        for n in range(4_000)
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    result = subprocess.run(
        [sys.executable, "-c", "from service.cli.due import due; due()", "--stdin"],
        input="\n".join(lines).encode(),
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
    )
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert not result.stderr
    assert len(answers) == len(lines)
    assert [answer["rule"] for answer in answers] == [rules[n % 4] for n in range(4_000)]
    assert all(answer["due_at"] for answer in answers)
    took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert took < 20  # far above what it takes; a slow or busy machine is no failure


@pytest.mark.parametrize("command", ["due", "penalty"])
def test_help_shows_that_questions_may_come_from_standard_input_alone(command: str) -> None:
    done = run(command, "--help")
    assert f"{command} [OPTIONS] [TERMS RULE]" in done.stdout


def test_the_free_days_of_a_calendar() -> None:
    shown = run("calendar", "SE", "2026")
    assert "2026-06-06 Saturday  National Day [Lag (1989:253) om allmänna helgdagar § 1]" in shown.stdout.splitlines()
    assert any(line.startswith("2026-06-19 Friday    Midsummer Eve (equated: ") for line in shown.stdout.splitlines())
    first = json.loads(run("calendar", "GB-SCT", "2026", "--json").stdout)["days"][0]
    assert (first["day"], first["name"], first["kind"]) == ("2026-01-01", "New Year's Day", "holiday")
    refused = run("calendar", "gb-sct", "2026")
    assert (refused.exit_code, "Did you mean GB-SCT?" in refused.stderr) == (2, True)
    assert run("calendar", "US", "1999").exit_code == 2


def test_two_texts_laid_beside_each_other() -> None:
    shown = run("terms", "compare", "stkkr", "kmo-solutions").stdout
    assert "Objection to a subprocessor [controller]" in shown
    assert "Notice of a breach to the controller [processor]" in shown
    assert "same under another clause)" not in shown
    assert "(the same under another clause)" in run("terms", "compare", "stkkr", "kmo-solutions", "--all").stdout
    assert "They say the same." in run("terms", "compare", "stkkr", "stkkr").stdout
    lines = [json.loads(line) for line in run("terms", "compare", "stkkr", "contict", "--json").stdout.splitlines()]
    assert {one["whom"] for one in lines} == {"controller", "processor", "either"}
    dutch = run("terms", "compare", "stkkr", "contict", "--lang", "nl").stdout
    assert "Bezwaar tegen een subverwerker" in dutch
    assert run("terms", "compare", "stkkr", "nothing").exit_code == 2
