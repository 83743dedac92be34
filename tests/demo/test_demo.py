"""The demo holds, and tells when something does not."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from service.demo.cast import load_cast
from service.demo.checking import differs, same
from service.demo.model import Act, Scene, SignUp, agreement
from service.demo.run import demo
from service.demo.scenes import SCENES
from tests.texts import FIVE


def paper() -> tuple[Console, StringIO]:
    written = StringIO()
    return Console(file=written, width=150), written


async def test_a_whole_year_holds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    console, written = paper()
    status = await demo(None, 0, console)
    said = written.getvalue()
    assert status == 0, [line for line in said.splitlines() if "expected" in line]
    acts = sum(len(scene.acts) for scene in SCENES)
    assert f"checks held in {acts} acts; the ledger was computed anew" in said
    assert said.count("  ok ") == acts


async def test_what_does_not_hold_is_named_and_the_exit_status_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acts = (
        Act("2026-01-06T10:00:00+01:00", "linden", "An agreement is sent", (SignUp("linden", "2026-01-01"),),
            (agreement("linden", "a false expectation", state="deleted"),
             agreement("linden", "a true one", state="active")),
            told="anna@linden"),
        Act("2026-01-07T10:00:00+01:00", "haven", "Nobody knows this customer yet",
            expect=(agreement("haven", "never made", state="active"),)),
    )  # fmt: skip
    console, written = paper()
    keep = tmp_path / "kept"
    assert await demo(keep, 0, console, (Scene("survey", acts),)) == 1
    said = written.getvalue()
    assert "expected a false expectation; state is active, not deleted" in said
    assert "told: anna@linden, bram@linden (" in said, "the one who was not foreseen is named"
    assert "nothing was made that is called haven" in said
    assert "4 of 7 checks held in 2 acts" in said, said[-1500:]
    assert (keep / "admin.key").exists(), "--keep leaves the folder"
    assert await demo(keep, 0, console) == 2
    assert "is not empty" in capsys.readouterr().err


def test_the_five_are_played_through_the_whole_year() -> None:
    cast = load_cast()
    assert {cast[scene.processor].terms for scene in SCENES} == set(FIVE)
    for scene in SCENES:
        instants = [datetime.fromisoformat(act.at) for act in scene.acts]
        assert instants == sorted(instants), scene.processor
        assert (instants[0].year, instants[0].month) == (2026, 1)
        assert instants[-1] - instants[0] > (instants[0].replace(month=12) - instants[0]), scene.processor
        zone = ZoneInfo(cast[scene.processor].timezone)
        wrong = [act.at for act, at in zip(scene.acts, instants, strict=True)
                 if at.replace(tzinfo=zone).utcoffset() != at.utcoffset()]  # fmt: skip
        assert not wrong, "an offset that does not hold there and then"


def test_instants_are_compared_as_instants_and_all_else_as_it_is() -> None:
    assert same("2026-03-30T22:00:00Z", "2026-03-31T00:00:00+02:00")
    assert not same("2026-03-30T22:00:00.000001Z", "2026-03-31T00:00:00+02:00")
    assert not same("2026-03-31", "2026-03-31T00:00:00+02:00")
    assert same(["a", "2026-03-30T22:00:00Z"], ("a", "2026-03-31T00:00:00+02:00"))
    assert not same(["a"], ["a", "b"])
    shown = {"rights": [{"rule": "a.b", "until": None}], "answers": []}
    assert differs(shown, {"rights[rule=a.b].until": None, "rights#": 1, "answers#": 0}) == ""
    assert differs(shown, {"answers[0].late": True}) == "answers[0].late is (not there), not True"
    assert differs(shown, {"rights[rule=a.c].until": None}) == "rights[rule=a.c].until is (not there), not None"
