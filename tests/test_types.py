"""What the types of a table keep out: a field, a row, a timer or a message that is not there fails before any test."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

MISSPELT = """
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from workflows.machine.messages import AMENDED, REJOIN
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import AnyRow, Outcome, Row
from workflows.model.agreement import Agreement, EndedService
from workflows.model.notice import Amended, Decide, Notice, NoticeContext, Resend
from workflows.notice.guards import NoticeAlone, NoticeStanding, NoticeStep

WAIT = Timer("close", NoData)
ENDS = Timer("service_ended", EndedService)


def decided(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    return Outcome(ctx.entity, {"reason": ctx.data.reson})  # wrong


def settled(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    ctx.entity = replace(ctx.entity, running=False)  # wrong
    return Outcome(ctx.entity)


def noted(ctx: NoticeStep) -> Outcome[Notice]:
    return Outcome(replace(ctx.entity, running=False), {"reason": ctx.data.reason})  # wrong


def misnamed(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    return Outcome(replace(ctx.entity, runing=False))  # wrong


def mistaken(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    return Outcome(replace(ctx.entity, running="no"))  # wrong


def other(ctx: NoticeStep[Decide]) -> Outcome[Agreement]:
    return Outcome(ctx.context.agreement)


def upholds(ctx: NoticeStep[Decide]) -> str | None:
    return None if ctx.data.decison == "uphold" else "it overrules"  # wrong


def told(ctx: NoticeStanding) -> str | None:
    return None if ctx.context.change.revision else ctx.command.actor  # wrong


def alone(ctx: NoticeAlone) -> str | None:
    return ctx.context.terms.zone  # wrong


def good(ctx: NoticeStep) -> Outcome[Notice]:
    return Outcome(ctx.entity)


ROWS: tuple[AnyRow[Notice, NoticeContext], ...] = (
    Row("decide", ("objected",), "upheld", decided, when=(upholds,), require=(told, alone), data=Decide),
    Row("resend", ("objected",), "upheld", good, require=(alone,), data=Resend),
    Row("close", ("open",), "lapsed", good, require=(told,)),
    Row("decide", ("objected",), "upheld", decided, data=Resend),  # wrong
    Row("decide", ("objected",), "upheld", decided),  # wrong
    Row("resend", ("objected",), "upheld", good, when=(upholds,), data=Resend),  # wrong
    Row("resend", ("objected",), "upheld", good, unless=(upholds,), data=Resend),  # wrong
    Row("resend", ("objected",), "upheld", good, require=(upholds,), data=Resend),  # wrong
    Row("close", ("open",), "lapsed", good, require=(upholds,)),  # wrong
    Row("decide", ("objected",), "upheld", other, data=Decide),  # wrong
    Row("decide", ("objected",), "upheld", decided, when=("upholds",), data=Decide),  # wrong
)


def effects(at: datetime, notice: UUID) -> None:
    WAIT.at(at)
    ENDS.at(at, EndedService("x"))
    ENDS.at(at)  # wrong
    ENDS.at(at, Amended(revision=1))  # wrong
    REJOIN.to(notice)
    AMENDED.to(notice, Amended(revision=1))
    AMENDED.to(notice)  # wrong
    AMENDED.to(notice, EndedService("x"))  # wrong
"""


def test_what_is_misspelt_fails_with_mypy(tmp_path: Path) -> None:
    snippet = tmp_path / "misspelt.py"
    snippet.write_text(MISSPELT)
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(snippet)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    wrong = {number for number, line in enumerate(MISSPELT.splitlines(), 1) if line.endswith("# wrong")}
    found = {int(line) for line in re.findall(r"misspelt\.py:(\d+): error", run.stdout)}
    assert found == wrong, run.stdout + run.stderr
    assert "errors in 1 file" in run.stdout
