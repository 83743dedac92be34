"""`termijn terms new` on a terminal: each answer is checked when it is given, and none is ever lost."""

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from service.cli.asking import AnswersOnDisk, ask, meant
from service.cli.named import WrongTerms
from service.cli.new import begin
from workflows.terms.drafting import draft
from workflows.terms.load import parse_toml
from workflows.terms.questions import BY_ID, QUESTIONS
from workflows.words import LANGUAGES, Language

GIVEN = {
    "title": "Text", "id": "my-text", "version": "1", "language": "en", "zone": "Europe/Oslo", "calendar": "NO",
    "entry.event": "last_signature", "entry.clause": "2", "ending.clause": "9", "subprocessors.rule": "consent",
    "subprocessors.clause": "6", "subprocessor.consent.clause": "6.1", "amendment.how": "silent",
    "breach.notice.period": "PT48H", "breach.notice.starts": "aware", "breach.notice.clause": "7", "end.data": "erase",
    "end.clause": "10", "end.erasure.period": "no number", "end.erasure.starts": "end", "end.erasure.clause": "10.1",
}  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> AnswersOnDisk:
    return AnswersOnDisk(tmp_path / "my.answers.toml", "en", "termijn terms new --out my.toml")


def lines(given: dict[str, str]) -> list[str]:
    """What one types who has these answers, and leaves the rest open."""
    return [given.get(one.id, "") for one in QUESTIONS if one.is_asked(given)]


def asked(kept: AnswersOnDisk, typed: Iterable[str], lang: Language = "en") -> str:
    """Ask with these lines on the terminal, and give back what was said."""
    with CliRunner().isolation(input="".join(f"{one}\n" for one in typed)) as (_, told, _):
        try:
            ask(kept, lang)
        except click.Abort:
            return f"{told.getvalue().decode()}(stopped)"
        return told.getvalue().decode()


def test_every_question_is_asked_that_makes_sense(kept: AnswersOnDisk) -> None:
    said = asked(kept, lines(GIVEN))
    assert kept.given == GIVEN
    assert parse_toml(draft(kept.given), "my.toml").id == "my-text"
    assert "How long may the customer object" not in said
    assert "How long may the customer choose?" not in said
    assert said.count("From when?") == 2
    assert "2 consent – silence is a no; the customer must consent" in said


def test_a_wrong_answer_is_told_at_once_and_asked_again(kept: AnswersOnDisk) -> None:
    typed = lines(GIVEN)
    typed.insert(1, "My Text")
    typed.insert(4, "greek")
    said = asked(kept, typed)
    assert "'My Text' is no id: write at most 63 small letters" in said
    assert "greek is none of these: 1 nl, 2 en, 3 de, 4 fr." in said
    assert kept.given == GIVEN


@pytest.mark.parametrize(
    ("lang", "typed", "said"),
    [
        ("nl", "EST", "'EST' noemt geen plaats"),
        ("de", "Oslo", "'Oslo' ist keine Zeitzone"),
        ("fr", "EST", "'EST' ne désigne aucun lieu"),
    ],
)
def test_the_remedy_is_told_in_the_language_of_whoever_is_asked(
    kept: AnswersOnDisk, lang: Language, typed: str, said: str
) -> None:
    told = asked(kept, [*lines(GIVEN)[:4], typed], lang)
    assert said in told
    assert "zone" not in kept.answers
    assert "Which" not in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_are_taken_in_it_by_number_and_by_letter(lang: Language) -> None:
    yes = {"nl": ("ja", "j"), "en": ("Yes", "y"), "de": ("ja", "J"), "fr": ("oui", "o")}[lang]
    assert {meant(BY_ID["end.declaration"], one, lang) for one in (*yes, "1", "yes")} == {"yes"}
    soon = {"nl": "meteen", "en": "at once", "de": "sofort", "fr": "aussitôt"}[lang]
    assert {meant(BY_ID["end.erasure.period"], one, lang) for one in (soon, soon.title(), "at once")} == {"at once"}
    assert meant(BY_ID["subprocessors.rule"], "2", lang) == "consent"
    assert meant(BY_ID["version"], "2", lang) == "2"


def test_going_back_asks_again_and_leaves_out_what_hangs_on_the_old_answer(kept: AnswersOnDisk) -> None:
    first = {**GIVEN, "subprocessors.rule": "objection", "subprocessor.objection.period": "P14D"}
    until = [one.id for one in QUESTIONS if one.is_asked(first)].index("subprocessor.objection.period") + 1
    said = asked(kept, [*lines(first)[:until], "<", "<", "<", "<", "consent"])
    assert "Not asked any more, so left out" not in said  # what one goes back over is asked again
    assert (kept.answers["subprocessors.rule"], "subprocessor.objection.period" in kept.answers) == ("consent", False)
    kept.put("subprocessors.rule", "objection")
    kept.put("subprocessor.objection.period", "P14D")
    assert kept.put("subprocessors.rule", "information") == ["subprocessor.objection.period"]


def test_whoever_stops_goes_on_where_it_was(kept: AnswersOnDisk) -> None:
    typed = lines(GIVEN)
    assert asked(kept, typed[:9]).endswith("(stopped)")
    again = AnswersOnDisk(kept.path, "en", kept.goes_on)
    assert again.answers == kept.answers
    assert len(again.answers) == 9
    asked(again, typed[9:])
    assert again.given == GIVEN
    third = AnswersOnDisk(kept.path, "en", kept.goes_on)
    assert asked(third, []) == ""  # all is answered that must be
    third.answers["end.clause"] = ""
    assert "Which clause says so" in asked(third, ["12"])
    assert third.given["end.clause"] == "12"


def begun(typed: Iterable[str], out: str = "my.toml") -> str:
    """Begin a file as on a terminal, and give back what was said."""
    with CliRunner().isolation(input="".join(f"{one}\n" for one in typed)) as (_, told, _):
        try:
            begin(out, "en")
        except WrongTerms as error:
            return error.message
        return told.getvalue().decode()


def test_what_cannot_be_read_or_written_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.answers.toml").write_text("title = \n", "utf-8")
    assert "my.answers.toml: line 1, column 9: is not TOML: there is no value here" in begun([])
    assert "none/my.toml cannot be written: there is no such folder." in begun([], "none/my.toml")
    (tmp_path / "other.toml").write_text("# by hand\n", "utf-8")
    assert "other.toml is there already and is not what the answers beside it make" in begun([], "other.toml")


def test_control_d_and_control_c_keep_the_answers(tmp_path: Path) -> None:
    told = at_terminal(tmp_path, "A title\nmy-text\n\x04")
    assert "2 answers are kept in my.answers.toml. Go on with: termijn terms new --out my.toml" in told
    told = at_terminal(tmp_path, "7\n\x03")
    assert "2 answers are in my.answers.toml; it goes on from there." in told
    assert "3 answers are kept in my.answers.toml." in told
    assert "Traceback" not in told


def test_at_the_end_there_is_a_file_that_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "The file is whole." in begun(lines(GIVEN))
    assert parse_toml((tmp_path / "my.toml").read_bytes(), "my.toml").id == "my-text"
    assert "The file is whole." in begun([])  # nothing is open, and the file is what the answers make


# Where whoever runs the tests ignores Ctrl-C, so would the command.
COMMAND = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from service.cli.new import new_terms; new_terms()"
)


def at_terminal(folder: Path, typed: str, *args: str) -> str:
    """Run the command on a terminal of its own, type, and give back all that it showed."""
    ours, its = pty.openpty()
    command = [sys.executable, "-c", COMMAND, *(args or ("--out", "my.toml"))]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "dumb"}
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, cwd=folder, env=env, start_new_session=True
    ) as it:
        os.close(its)
        os.write(ours, typed.replace("\x03", "").encode())
        shown = ""
        for _ in range(300):
            if "\x03" in typed and shown.count("> ") > typed.count("\n") and "answers are kept" not in shown:
                it.send_signal(signal.SIGINT)  # again where it came just before the read, as a person would
            if select.select([ours], [], [], 0.2)[0]:
                chunk = _read(ours)
                shown += chunk
                if not chunk:
                    break
        it.kill()
    os.close(ours)
    return shown.replace("\r\n", "\n")


def _read(terminal: int) -> str:
    """What is shown next; nothing once nobody is at the other end."""
    try:
        return os.read(terminal, 65536).decode("utf-8", "replace")
    except OSError:
        return ""
