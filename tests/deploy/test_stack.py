"""The stack of compose.yaml from its own commands: TCP, passwords, two API and two worker processes, kill -9."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from signal import SIGTERM
from typing import Any

import asyncpg
import httpx
import pytest

from service.up.binaries import find_redis
from service.up.folder import temporary_folder
from tests.databases import MEMORY
from tests.deploy.compose import ROOT, make_secrets
from tests.deploy.stack import Stack, until

pytestmark = pytest.mark.skipif(find_redis() is None, reason="no redis-server on this machine")

APIS, WORKERS = ("api-1", "api-2"), ("worker-1", "worker-2")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    folder = temporary_folder(MEMORY)
    made = Stack(folder)
    try:
        made.begin()
        made.start("migrate", "migrate")
        assert made.processes.pop("migrate").wait(60) == 0, made.log("migrate")
        for name in APIS:
            made.start("api", name)
        for name in WORKERS:
            made.start("worker", name)
        for name in APIS:
            until(partial(well, made, name), f"{name} is ready")
        until(lambda: not made.ails("worker"), "a worker is at work")
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


def well(stack: Stack, name: str) -> bool:
    return not stack.ails("api", name)


def send_an_agreement(client: httpx.Client, processor: str, to: str) -> str:
    """A customer with one contact and an agreement that is sent to it; the agreement's id."""
    client.headers["Termijn-Processor"] = processor

    def post(path: str, body: dict[str, Any] | None = None) -> Any:
        answer = client.post(path, json=body or {})
        assert answer.is_success, answer.text
        return answer.json()

    contact = {"name": "Noor", "email": to, "roles": ["contract"]}
    customer = post("customers", {"name": f"Customer {to}", "country": "NL", "language": "nl", "contacts": [contact]})
    body = {
        "customer_id": customer["id"],
        "terms": "stkkr",
        "main_contract": {"reference": to, "starts_on": str(date.today())},
    }
    made: str = post("agreements", body)["id"]
    post(f"agreements/{made}/send")
    return made


def processor(client: httpx.Client, name: str) -> str:
    body = {"name": name, "country": "NL", "timezone": "Europe/Amsterdam", "language": "nl", "terms": "stkkr"}
    answer = client.post("processors", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def test_what_one_process_writes_the_other_shows_and_a_worker_mails(stack: Stack) -> None:
    with stack.client("api-1") as one, stack.client("api-2") as other:
        made = processor(one, "First")
        assert other.get(f"processors/{made}").json()["name"] == "First"
        agreement = send_an_agreement(one, made, "noor@first.example")
        (mail,) = until(lambda: stack.mails("noor@first.example"), "the mail of the agreement")
        assert mail.links
        other.headers["Termijn-Processor"] = made
        assert other.get(f"agreements/{agreement}").json()["state"] in ("notified", "active")


def test_migrating_again_applies_nothing(stack: Stack) -> None:
    stack.start("migrate", "migrate-again")
    assert stack.processes.pop("migrate-again").wait(60) == 0
    assert "nothing to apply" in stack.log("migrate-again")


async def test_each_login_may_do_its_own_and_no_more(stack: Stack) -> None:
    for secret, role in (("database_api_url", "termijn_api"), ("database_worker_url", "termijn_worker")):
        assert await stack.allowed(secret, f"set role {role}; select from event")
        assert not await stack.allowed(secret, "create table mine ()")
        assert not await stack.allowed(secret, f"set role {role}; delete from event")
    assert not await stack.allowed("database_api_url", "set role termijn_worker")
    assert not await stack.allowed("database_api_url", "set role termijn_owner")
    assert not await stack.allowed("database_worker_url", "alter table event disable trigger all")
    assert await stack.allowed("database_owner_url", "create table mine (); drop table mine")
    privileged = (
        "select count(*) from pg_roles where rolname ~ '^termijn' and (rolsuper or rolcreaterole or rolbypassrls)"
    )
    assert stack.psql("-dtermijn", "-c", privileged) == "0"


async def test_nobody_comes_in_without_a_password(stack: Stack) -> None:
    url = (stack.secrets / "database_api_url").read_text().strip()
    wrong = re.sub(r":[0-9a-f]{64}@", ":wrong@", url)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.ports["redis"])
    writer.write(b"PING\r\n")
    assert (await reader.readline()).startswith(b"-NOAUTH")
    writer.close()
    await writer.wait_closed()


def test_a_killed_process_of_each_kind_leaves_the_others_at_work(stack: Stack) -> None:
    with stack.client("api-2") as client:
        made = processor(client, "Second")
        stack.kill("api-1")
        stack.kill("worker-1")
        send_an_agreement(client, made, "noor@second.example")
        until(lambda: stack.mails("noor@second.example"), "the other worker takes over", 30.0)
    assert "no answer" in stack.ails("api", "api-1")
    assert not stack.ails("api", "api-2")
    assert not stack.ails("worker")
    stack.start("api", "api-1")
    stack.start("worker", "worker-1")
    until(partial(well, stack, "api-1"), "a new process joins in")


def test_without_redis_the_work_goes_on(stack: Stack) -> None:
    stack.kill("redis")
    with stack.client("api-2") as client:
        made = processor(client, "Third")
        send_an_agreement(client, made, "noor@third.example")
        until(lambda: stack.mails("noor@third.example"), "the sweep finds the message by itself", 30.0)
        live = client.get(str(client.base_url.copy_with(path="/health/live")))
        assert live.status_code == 200, "what stands in front asks this, and must not turn customers away"
    assert "redis" in stack.ails("api", "api-2")
    stack.start_redis()
    until(partial(well, stack, "api-2"), "Redis is found again")


async def test_a_password_is_made_anew_while_processes_run(stack: Stack) -> None:
    before = (stack.secrets / "database_api_url").read_text().strip()
    make_secrets(stack.secrets, "--database", before.partition("@")[2], "--renew", "database_api_url")
    stack.make_logins()
    assert await stack.allowed("database_api_url", "select 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(before)
    stack.stop("api-1")
    stack.start("api", "api-1")
    until(partial(well, stack, "api-1"), "it comes in with the new password")


def test_logins_without_a_password_are_not_made(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="a password is missing"):
        stack.psql("-dtermijn", "-v", f"secrets={stack.folder / 'nowhere'}", "-f", str(ROOT / "deploy" / "logins.sql"))


def test_a_health_check_says_what_is_wrong(stack: Stack) -> None:
    words = [sys.executable, str(ROOT / "deploy" / "healthy.py")]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "say which: api or worker\n")
    lost = {**bare, "TERMIJN_DATABASE_URL": "postgresql://termijn_worker_login:wrong@127.0.0.1:1/termijn"}
    done = subprocess.run([*words, "worker"], env=lost, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the database cannot be asked" in done.stderr


def test_the_ledger_is_verified_with_the_workers_settings(stack: Stack) -> None:
    stack.start("worker", "verify", command="verify")
    assert stack.processes.pop("verify").wait(60) == 0, stack.log("verify")
    assert "the ledger holds" in stack.log("verify")


def test_told_to_stop_all_finish_and_nobody_wrote_a_secret_down(stack: Stack) -> None:
    assert {name: stack.stop(name) for name in WORKERS} == dict.fromkeys(WORKERS, 0)
    assert "no worker of this machine" in stack.ails("worker")
    for name in APIS:
        # Having finished, uvicorn ends by the signal that it was sent.
        assert stack.stop(name) in (0, -SIGTERM)
        assert "Application shutdown complete" in stack.log(name)
    secrets = {found for path in stack.secrets.iterdir() for found in re.findall(r"[0-9a-f]{64}", path.read_text())}
    assert len(secrets) == 7
    for log in stack.logs.iterdir():
        written = log.read_text("utf-8", "replace")
        assert not {one for one in secrets if one in written}, log.name
        assert "@second.example" not in written, log.name
