"""What the page on operations says to do when an alarm comes, done word for word."""

import asyncio
import re
import shlex
from typing import Any, Final

import asyncpg
import pytest
import yaml
from click.testing import CliRunner

from service.cli.main import main
from tests.databases import Database
from tests.deploy.compose import ROOT
from tests.http.conftest import acme, api, settings
from tests.resources.conftest import Desk, desk

__all__ = ["acme", "api", "desk", "settings"]

PAGE: Final = (ROOT / "docs/operations.md").read_text("utf-8")
PART: Final = PAGE.partition("\n## When an alarm comes\n")[2].partition("\n## ")[0]
RUNBOOKS: Final = {
    name: re.findall(r"^ {4}(\S.*)$", words, re.MULTILINE)
    for name, words in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", PART, re.MULTILINE | re.DOTALL)
}
ALARMS: Final = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "deploy/alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
MAILBOX: Final = "insert into mailbox (name, place, last_uid{more}) values ('inbox', '', 1{values})"
LATE: Final = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "a laptop is gone"}


def test_each_alarm_leads_to_what_is_to_be_done() -> None:
    assert list(RUNBOOKS) == list(ALARMS)
    for name, rule in ALARMS.items():
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert RUNBOOKS[name], name


class Operator:
    """Does what stands there, and shows what came of each line."""

    def __init__(self, desk: Desk, database: Database) -> None:
        self.desk = desk
        self.database = database
        self.runner = CliRunner(env={"TERMIJN_DATABASE_URL": database.worker, "TERMIJN_SECRET_KEY": "s" * 32})

    async def sql(self, statement: str) -> list[Any]:
        connection = await asyncpg.connect(self.database.superuser)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    async def follow(self, lines: list[str], id: str = "") -> list[str]:
        said = []
        for line in lines:
            word, _, rest = re.sub(r"\bID\b", id, line).partition(" ")
            if word == "termijn":
                result = await asyncio.to_thread(self.runner.invoke, main, shlex.split(rest))
                assert result.exit_code in (0, 1), f"{line}: {result.output}"
                said.append(result.output)
            elif word in ("GET", "POST"):
                answer = await self.desk.api.call(word, rest)
                assert answer.status_code < 500 or rest == "/health/ready", f"{line}: {answer.text}"
                said.append(answer.text)
            else:
                said.append(str(await self.sql(line)))
        return said

    async def metric(self, name: str) -> float:
        """The highest figure of a metric."""
        text = (await self.desk.api.client.get("/metrics")).text
        return max(map(float, re.findall(rf"^{name}(?:{{[^}}]*}})? ([\d.e+-]+)$", text, re.MULTILINE)))


@pytest.fixture
def operator(desk: Desk, database: Database) -> Operator:
    return Operator(desk, database)


@pytest.mark.parametrize("alarm", ALARMS)
async def test_each_line_can_be_done(operator: Operator, alarm: str) -> None:
    hook = await operator.desk.api.made("webhooks", {"url": "https://hooks.example/x", "events": ["notice.*"]})
    for line in RUNBOOKS[alarm]:
        if "--free" not in line and "--forget" not in line:
            await operator.follow([line], hook["id"])


async def test_something_set_apart_is_let_go(operator: Operator) -> None:
    agreement = await operator.desk.agreement()
    await operator.sql(
        "update subject set parked_at = termijn_now(), parked_why = 'KeyError' "
        f"where id = '{agreement['id']}' returning id"
    )
    assert await operator.metric("termijn_parked_subjects") == 1
    listed, freed = await operator.follow(RUNBOOKS["TermijnSetApart"], agreement["id"])
    assert agreement["id"] in listed
    assert "is free" in freed
    assert await operator.metric("termijn_parked_subjects") == 0


async def test_a_clock_in_doubt_is_confirmed(operator: Operator) -> None:
    await operator.sql("update clock set alarm_at = termijn_now(), alarm_by = 'a machine', alarm_seconds = 3600")
    assert await operator.metric("termijn_clock_alarms") == 1
    shown, confirmed = await operator.follow(RUNBOOKS["TermijnClockInDoubt"])
    assert "off by +3600 s" in shown
    assert "in doubt" not in confirmed
    assert await operator.metric("termijn_clock_alarms") == 0


async def test_a_mailbox_says_why_it_is_not_read(operator: Operator) -> None:
    failing = {"more": ", failing_since, failing_why", "values": ", termijn_now(), 'the password is refused'"}
    await operator.sql(MAILBOX.format(**failing))
    assert await operator.metric("termijn_unread_mailboxes") == 1
    [said] = await operator.follow(RUNBOOKS["TermijnMailboxUnread"])
    assert "the password is refused" in said
    await operator.sql("delete from mailbox")


async def test_a_message_set_apart_is_forgotten_once_somebody_read_it(operator: Operator) -> None:
    await operator.sql(MAILBOX.format(more="", values=""))
    await operator.sql("insert into mailbox_apart (mailbox, item, at, why) values ('inbox', '7', termijn_now(), 'odd')")
    assert await operator.metric("termijn_mails_set_apart") == 1
    listed, _ = await operator.follow(RUNBOOKS["TermijnMailsSetApart"], "7")
    assert listed.splitlines()[1].startswith("7  odd")
    assert await operator.metric("termijn_mails_set_apart") == 0
    await operator.sql("delete from mailbox")


async def test_what_is_overdue_is_listed_and_ends_when_it_is_done(operator: Operator) -> None:
    agreement = await operator.desk.agreement("stkkr")
    breach = await operator.desk.api.made("breaches", {**LATE, "agreements": [agreement["id"]]})
    await operator.desk.world.days(5)
    assert await operator.metric("termijn_overdue_deadlines") == 1
    listed, _ = await operator.follow(RUNBOOKS["TermijnOverdue"])
    assert '"rule":"breach.notice"' in listed
    await operator.desk.act(f"breaches/{breach['id']}/notify")
    await operator.desk.world.drain()
    text = (await operator.desk.api.client.get("/metrics")).text
    assert 'termijn_overdue_deadlines{party="processor",rule="breach.notice"}' not in text
