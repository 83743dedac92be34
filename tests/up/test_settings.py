from pathlib import Path

import pytest

from service.servers import Imap, Maildir, ObjectsAt, SmtpServer, mailbox_at, objects_at, smtp_server
from service.settings import DEPLOYMENT, Secret, Settings
from workflows.errors import BadInput

GOOD = {
    "TERMIJN_DATABASE_URL": "postgresql://someone:hush-1@db.example.org:5432/termijn",
    "TERMIJN_REDIS_URL": "redis://:hush-2@redis.example.org:6379/0",
    "TERMIJN_SMTP_URL": "smtp+starttls://me:hush-3@mail.example.org",
    "TERMIJN_BASE_URL": "https://dpa.example.org/",
    "TERMIJN_SECRET_KEY": "hush-4" * 6,
    "TERMIJN_ADMIN_KEY": "tmj_hush-5",
    "TERMIJN_CLOCK": "system",
    "TERMIJN_SMTP_ARRIVAL": "direct",
}


def test_reads_what_a_deployment_sets() -> None:
    settings = Settings.load(GOOD)
    assert settings.database_url == GOOD["TERMIJN_DATABASE_URL"]
    assert settings.base_url == "https://dpa.example.org"
    assert (settings.clock, settings.smtp_arrival) == ("system", "direct")
    assert (settings.host, settings.port, settings.mail_sink) == ("127.0.0.1", 8400, None)


def test_shows_no_secret() -> None:
    settings = Settings.load(GOOD)
    assert "hush" not in repr(settings)
    assert "hush" not in f"{smtp_server(settings.smtp_url)!r} {Secret('hush')!r}"


def test_says_in_one_line_all_that_is_missing() -> None:
    with pytest.raises(BadInput) as caught:
        Settings.load({"TERMIJN_CLOCK": ""})
    assert [each.path for each in caught.value.problems] == [f"TERMIJN_{name.upper()}" for name in DEPLOYMENT]
    assert "\n" not in caught.value.detail
    assert all(each.path in caught.value.detail for each in caught.value.problems)


@pytest.mark.parametrize("name", sorted(f"TERMIJN_{each.upper()}" for each in DEPLOYMENT))
def test_names_the_one_that_is_missing(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.load({**GOOD, name: ""})
    assert [each.path for each in caught.value.problems] == [name]


def test_needs_only_what_a_command_names() -> None:
    settings = Settings.load({"TERMIJN_DATABASE_URL": GOOD["TERMIJN_DATABASE_URL"]}, need=("database_url",))
    assert settings.secret_key == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://hush@db/termijn"),
        ("DATABASE_URL", "postgresql://hush@:5432/termijn"),
        ("DATABASE_URL", "postgresql://hush@db:99999/termijn"),
        ("DATABASE_URL", "postgresql://[hush/termijn"),
        ("DATABASE_URL", "postgresql://hush@first:5432,:5432/termijn"),
        ("DATABASE_URL", "postgresql://hush@first:5432,second:99999/termijn"),
        ("REDIS_URL", "hush:6379"),
        ("REDIS_URL", "unix://"),
        ("SMTP_URL", "http://hush"),
        ("SMTP_URL", "smtp://hush:0"),
        ("BASE_URL", "dpa.example.org"),
        ("BASE_URL", "https://dpa.example.org/?hush"),
        ("SECRET_KEY", "hush" * 7),
        ("ADMIN_KEY", "hush"),
        ("CLOCK", "hush"),
        ("SMTP_ARRIVAL", "hush"),
        ("PORT", "0"),
        ("PORT", "8400x"),
        ("PORT", "٨٤٠٠"),
        ("PORT", "9" * 5000),
        ("MAIL_FROM", "a@hush, b@hush"),
    ],
)
def test_refuses_what_is_malformed_without_repeating_it(name: str, value: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.load({**GOOD, f"TERMIJN_{name}": value})
    assert [each.path for each in caught.value.problems] == [f"TERMIJN_{name}"]
    assert "hush" not in caught.value.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://someone:hush@/termijn?host=/run/sockets"),
        ("DATABASE_URL", "postgresql://someone:hush@first:5432,second:5433/termijn?target_session_attrs=primary"),
        ("REDIS_URL", "unix://:hush@/run/redis.sock"),
        ("REDIS_URL", "rediss://redis.example.org"),
        ("SMTP_URL", "smtps://mail.example.org:465"),
        ("BASE_URL", "http://127.0.0.1:8400"),
        ("MAIL_FROM", "notices@example.org"),
    ],
)
def test_takes_every_form_there_is(name: str, value: str) -> None:
    settings = Settings.load({**GOOD, f"TERMIJN_{name}": value})
    assert getattr(settings, name.lower()) == value


def test_runs_without_redis_only_when_told_to() -> None:
    assert Settings.load({**GOOD, "TERMIJN_REDIS_URL": "none"}).redis_url is None


def test_takes_a_secret_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from a file" * 4 + "\n")
    given = {**GOOD, "TERMIJN_SECRET_KEY": "", "TERMIJN_SECRET_KEY_FILE": str(file)}
    assert Settings.load(given).secret_key == "from a file" * 4


def test_says_when_a_secrets_file_is_no_use(tmp_path: Path) -> None:
    given = {**GOOD, "TERMIJN_SECRET_KEY_FILE": str(tmp_path / "absent")}
    with pytest.raises(BadInput, match="given twice"):
        Settings.load(given)
    with pytest.raises(BadInput, match="TERMIJN_SECRET_KEY_FILE: No such file"):
        Settings.load({**given, "TERMIJN_SECRET_KEY": ""})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525, "none", "", Secret(""))),
        ("smtp+starttls://a%40b:p%2Fw@mail", SmtpServer("mail", 587, "starttls", "a@b", Secret("p/w"))),
        ("smtps://mail", SmtpServer("mail", 465, "implicit", "", Secret(""))),
        ("smtp://[::1]", SmtpServer("::1", 25, "none", "", Secret(""))),
    ],
)
def test_takes_a_mail_servers_address_apart(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


@pytest.mark.parametrize(
    ("url", "mailbox"),
    [
        ("imaps://me%40x:hu%3Ash@mail.example.org", Imap("mail.example.org", 993, "implicit", "me@x",
                                                         Secret("hu:sh"), "INBOX")),
        ("imaps://me:hush@mail.example.org:9993/Terms/Sub%20folder",
         Imap("mail.example.org", 9993, "implicit", "me", Secret("hush"), "Terms/Sub folder")),
        ("imap://me:hush@mail.example.org", Imap("mail.example.org", 143, "starttls", "me", Secret("hush"), "INBOX")),
        ("imap+starttls://me:hush@localhost", Imap("localhost", 143, "starttls", "me", Secret("hush"), "INBOX")),
        ("imap://me:hush@localhost:1143/", Imap("localhost", 1143, "none", "me", Secret("hush"), "INBOX")),
        ("maildir:///var/mail/termijn", Maildir(Path("/var/mail/termijn"))),
    ],
)  # fmt: skip
def test_takes_a_mailbox_apart(url: str, mailbox: Imap | Maildir) -> None:
    found = mailbox_at(url)
    assert found == mailbox
    assert "hu" not in found.name
    assert "hush" not in repr(found)
    assert Settings.load({"TERMIJN_MAILBOX_URL": url}, need=()).mailbox_url == url


@pytest.mark.parametrize(
    "url",
    [
        "imaps://mail.example.org", "imaps://hush@mail.example.org", "imaps://me:hush@", "pop3://me:hush@mail",
        "imaps://me:hush@mail:0", "imaps://me:hush@mail/a%0D%0Ab", "imaps://me:hu%00sh@mail", "maildir://hush",
        "maildir:///", "maildir:hush",
    ],
)  # fmt: skip
def test_a_malformed_mailbox_is_named_without_its_password(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.load({"TERMIJN_MAILBOX_URL": url}, need=())
    assert [each.path for each in caught.value.problems] == ["TERMIJN_MAILBOX_URL"]
    assert "hush" not in caught.value.detail


def test_a_mailbox_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mailbox"
    file.write_text("imaps://me:hush@mail.example.org\n")
    settings = Settings.load({"TERMIJN_MAILBOX_URL_FILE": str(file)}, need=())
    assert mailbox_at(settings.mailbox_url).name == "imap://mail.example.org:993/INBOX"
    assert "hush" not in repr(settings)


def test_takes_the_address_of_a_store_apart() -> None:
    whole = "s3://k%2F1:hush%2B%40x@kept.files/a/b/?endpoint=https://s3.example.org/x/&region=eu-west-1"
    found = objects_at(whole)
    assert found == ObjectsAt("kept.files", "a/b", "https://s3.example.org/x", "eu-west-1", "k/1", Secret("hush+@x"))
    assert "hush" not in repr(found)
    assert objects_at("s3://kept") == ObjectsAt("kept", "", "", "us-east-1", "", Secret(""))
    assert objects_at("s3://kept?endpoint=http://127.0.0.1:9").endpoint == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "value",
    [
        "https://hush@kept",
        "s3://",
        "s3://hush@kept",
        "s3://k:hush@kept:80/a",
        "s3://k:hush@K_",
        "s3://kept/../hush",
        "s3://kept/hush x",
        "s3://kept?hush=1",
        "s3://kept?region=a1&region=hush",
        "s3://kept?endpoint=http://hush.example.org",
        "s3://kept?endpoint=https://u:hush@s3.example.org",
        "s3://kept?endpoint=hush",
        "s3://kept?region=hush/1",
        "s3://k:hush%0A@kept",
    ],
)
def test_a_store_that_cannot_be_is_refused_without_its_secret(value: str) -> None:
    with pytest.raises(ValueError, match="is malformed") as caught:
        objects_at(value)
    assert "hush" not in str(caught.value)
