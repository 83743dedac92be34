"""`termijn mail`, and starts that a wrong template stops."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from service.cli.main import main
from service.mail.kinds.registry import MAIL_KINDS
from service.mail.texts.texts import PACKAGED
from workflows.words import LANGUAGES

WRONG = "{% set subject %}x{% endset %}{% set preview %}x{% endset %}\n{{ custommer }}"


def run(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"TERMIJN_TEMPLATES": "", **environ})


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A folder with a mistake in it."""
    path = tmp_path / "templates" / "acme" / "nl" / "ended.jinja"
    path.parent.mkdir(parents=True)
    path.write_text(WRONG)
    return tmp_path / "templates"


def test_the_kinds_are_listed_with_who_has_its_own(tmp_path: Path) -> None:
    said = run("mail", "list")
    assert said.exit_code == 0
    assert [line.split()[0] for line in said.output.splitlines()] == list(MAIL_KINDS)
    (tmp_path / "acme" / "nl").mkdir(parents=True)
    (tmp_path / "acme" / "nl" / "calendar.jinja").write_text(
        "{% set summary %}x{% endset %}{% set description %}y{% endset %}"
    )
    assert "acme has its own nl/calendar.jinja" in run("mail", "list", "--templates", str(tmp_path)).output
    assert "acme has its own nl/calendar.jinja" in run("mail", "list", TERMIJN_TEMPLATES=str(tmp_path)).output


def test_a_wrong_template_is_a_failed_check_and_wrong_use_is_another_status(wrong: Path) -> None:
    assert run("mail", "check").exit_code == 0
    said = run("mail", "check", str(wrong))
    assert said.exit_code == 1
    assert "acme/nl/ended.jinja, line 2: nothing is called custommer here; known are" in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert run("mail", "check", "--data", str(wrong.parent)).exit_code == 1
    (wrong / "acme" / "nl" / "ended.jinja").unlink()
    held = run("mail", "check", str(wrong))
    assert (held.exit_code, held.output.splitlines()[-1]) == (0, "acme: 0 of its own, and they hold")
    assert run("mail", "check", str(wrong / "nowhere")).exit_code == 2


def test_a_preview_is_text_html_or_a_whole_mail(tmp_path: Path) -> None:
    text = run("mail", "preview", "announcement")
    assert text.exit_code == 0
    assert text.output.startswith("Voorbeeld Verwerking: Nieuwe subverwerker Voorbeeldhosting")
    assert "donderdag 24 december 2026 24:00 uur" in " ".join(text.output.split())
    assert run("mail", "preview", "announcement", "--html", "--lang", "en").output.startswith("<!doctype html>")
    out = tmp_path / "try.eml"
    assert run("mail", "preview", "announcement", "--eml", "--lang", "en", "--out", str(out)).exit_code == 0
    mail = message_from_bytes(out.read_bytes(), EmailMessage, policy=policy.default)
    assert "Example Processing: New subprocessor" in mail["Subject"]
    (attached,) = mail.iter_attachments()
    payload = attached.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert len(Calendar.from_ical(payload).walk("VEVENT")) == 1
    for kind in MAIL_KINDS:
        for lang in LANGUAGES:
            whole = run("mail", "preview", kind, "--eml", "--lang", lang)
            assert whole.exit_code == 0, (kind, whole.output)
            assert whole.stdout_bytes.startswith(b"Date: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("anouncement",), "Did you mean announcement?"),
        (("announcement", "--sample", "99"), "samples 1 to"),
        (("announcement", "--sample", "0"), "samples 1 to"),
        (("announcement", "--processor", "acme"), "acme has no templates of its own"),
        (("announcement", "--templates", "/nowhere"), "/nowhere is not a folder"),
        (("announcement", "--out", "/nowhere/else.txt"), "cannot be written"),
        (("announcement", "--lang", "xx"), "'xx'"),
    ],
)
def test_a_preview_that_cannot_be_says_why(arguments: tuple[str, ...], said: str) -> None:
    found = run("mail", "preview", *arguments)
    assert found.exit_code == 2
    assert said in found.stderr


def test_what_is_exported_holds_and_can_be_edited(tmp_path: Path) -> None:
    own = tmp_path / "acme"
    assert run("mail", "export", str(own), "--lang", "nl").exit_code == 0
    assert {path.name for path in own.iterdir()} == PACKAGED | {"nl.po"}
    dutch = own / "nl.po"
    dutch.write_text(dutch.read_text().replace("is geëindigd", "is voorbij"))
    shown = run("mail", "preview", "ended", "--processor", "acme", "--templates", str(tmp_path))
    assert "is voorbij" in shown.output
    again = run("mail", "export", str(own))
    assert again.exit_code == 2
    assert "exists already; nothing was written" in again.stderr
    assert "is voorbij" in dutch.read_text()
    assert run("mail", "export", str(tmp_path / "all")).exit_code == 0
    assert {path.name for path in (tmp_path / "all").iterdir()} == PACKAGED | {f"{lang}.po" for lang in LANGUAGES}


def test_a_wrong_template_stops_every_start_before_anything_else(wrong: Path) -> None:
    settings = {
        "TERMIJN_TEMPLATES": str(wrong),
        "TERMIJN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "TERMIJN_REDIS_URL": "none",
        "TERMIJN_SMTP_URL": "smtp://127.0.0.1:1",
        "TERMIJN_BASE_URL": "https://dpa.example.org",
        "TERMIJN_SECRET_KEY": "a secret of at least thirty-two bytes, for tests",
    }
    for command in (["serve"], ["worker"], ["up", "--data", str(wrong.parent)]):
        said = run(*command, **settings)
        assert said.exit_code == 2, said.output
        assert "acme/nl/ended.jinja, line 2: nothing is called custommer here; known are" in said.output
        assert len(said.output.splitlines()) == 1
    missing = run("worker", **{**settings, "TERMIJN_TEMPLATES": str(wrong / "nowhere")})
    assert missing.exit_code == 2
    assert "TERMIJN_TEMPLATES is not a folder" in missing.output
