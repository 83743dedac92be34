"""Playing the scenes: their acts in order of time, on one simulated clock, each looked at when it is done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from service.demo.cast import Company
from service.demo.checking import Check, Looker
from service.demo.doing import Doer
from service.demo.model import Act, Scene
from service.demo.names import Names
from service.demo.outside import NotThere, Outside


class Played(msgspec.Struct, frozen=True):
    """An act that was played, and what was found; `terms` the id of the terms it is about."""

    act: Act
    terms: str
    checks: tuple[Check, ...]

    @property
    def held(self) -> bool:
        """Whether all of it was as it had to be."""
        return all(one.held for one in self.checks)


class Watcher(Protocol):
    def played(self, one: Played) -> None:
        """An act is over."""


class _Stage:
    """The scene of one processor, with what is needed to play it."""

    def __init__(self, outside: Outside, scene: Scene, company: Company) -> None:
        names = Names(outside, scene.processor)
        names.save("terms", company.terms)
        people = (one for customer in company.customers.values() for one in customer.contacts)
        domains = frozenset(f"{one.mail.partition('@')[2]}.example" for one in people if one.mail)
        self.company = company
        self.doer = Doer(outside, scene.processor, company, names)
        self.looker = Looker(outside, scene.processor, domains, names)


async def play(outside: Outside, cast: dict[str, Company], scenes: Sequence[Scene], watcher: Watcher) -> list[Played]:
    """Play every act; what does not hold is in the result, and the next act follows all the same.

    Raises NotThere where a processor cannot be made, httpx.HTTPError where the stack is gone.
    """
    stages: list[_Stage] = []
    for scene in scenes:
        company = cast[scene.processor]
        stages.append(_Stage(outside, scene, company))
        id = await outside.open_processor(scene.processor, _processor_body(company))
        for colleague in company.people:
            await outside.let_in(colleague.body(company.language, id))
    played: list[Played] = []
    for stage, act in in_order(scenes, stages):
        one = Played(act, stage.company.terms, tuple(await _play(outside, stage, act)))
        played.append(one)
        watcher.played(one)
    return played


def in_order(scenes: Sequence[Scene], stages: Sequence[_Stage]) -> list[tuple[_Stage, Act]]:
    """All acts by instant; at one instant in the order of the scenes."""
    acts = [(stage, act) for scene, stage in zip(scenes, stages, strict=True) for act in scene.acts]
    return sorted(acts, key=lambda one: datetime.fromisoformat(one[1].at))


async def _play(outside: Outside, stage: _Stage, act: Act) -> list[Check]:
    checks: list[Check] = []
    await outside.settle(act.at)
    try:
        for deed in act.do:
            check = await stage.doer.do(deed)
            if check is not None:
                checks.append(check)
    except NotThere as error:
        checks.append(Check("it can be done", False, str(error)))
    if act.do:
        await outside.settle(act.at)
    checks += [await stage.looker.look(one) for one in act.expect]
    checks.append(await stage.looker.told(act.told))
    return checks


def _processor_body(company: Company) -> dict[str, object]:
    return {
        "name": company.name,
        "country": company.country,
        "timezone": company.timezone,
        "language": company.language,
        "terms": company.terms,
        "reply_to": company.reply_to,
        "public": True,
    }
