"""A scene: dated acts of a simulated year, each with what has to follow from it. Data alone.

Texts may name what the cast or an earlier act made, in braces:

    {linden}                    an agreement
    {linden.customer}           its customer
    {linden.listed}             the first subprocessor on its own list
    {polder}                    what an act made and called `polder`
    {polder@linden}             the notice of that change to that agreement
    {linden!mailbox_read}       the open task of that kind about it
    {linden#declare}            the first open item of its deletion plan of that kind, holder or category
    {terms}                     the id of the terms that the processor works under

Instants are RFC 3339 text with the offset that holds there and then, worked out by hand.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

Who = Literal["manager", "director", "admin"]


class SignUp(msgspec.Struct, frozen=True):
    """A customer of the cast gets its agreement: made, and sent unless `send` is false."""

    who: str
    starts_on: str
    ends_on: str | None = None
    renews: str | None = None
    send: bool = True
    reference: str = "main"


class Post(msgspec.Struct, frozen=True):
    """A request to the API, below `/api/v1`. `saves` is the name for the id of what it makes.

    With `status` the request has to be refused, in words that contain `says`; with `shows` its answer has
    to show each place and value. `words` is then how the table puts it.
    """

    path: str
    body: dict[str, Any] = {}
    by: Who = "manager"
    saves: str = ""
    method: Literal["POST", "PATCH"] = "POST"
    status: int | None = None
    says: str = ""
    shows: dict[str, Any] = {}
    words: str = ""


class DemoAnswer(msgspec.Struct, frozen=True):
    """A contact opens the link of its latest mail with `about` in the subject, and posts the form there."""

    address: str
    about: str
    answer: str
    grounds: str = ""
    status: int = 303
    words: str = ""


class AskReturn(msgspec.Struct, frozen=True):
    """A contact opens its own page and asks there for the data of an agreement."""

    address: str
    who: str
    format: str = ""


class CameBack(msgspec.Struct, frozen=True):
    """The mail to `address` with `about` in its subject comes back as a bounce, or is replied to."""

    address: str
    about: str
    kind: Literal["bounce", "reply"]
    text: str
    saves: str = ""


class ConfirmPlan(msgspec.Struct, frozen=True):
    """Every open item of a deletion plan is confirmed in order.

    The first `unconfirmed` of those that the terms let end so are recorded as not confirmed.
    """

    who: str
    evidence: str
    unconfirmed: int = 0


class NewTerms(msgspec.Struct, frozen=True):
    """The processor's own terms are posted as a new version."""

    version: str


Deed = SignUp | Post | DemoAnswer | AskReturn | CameBack | ConfirmPlan | NewTerms


class See(msgspec.Struct, frozen=True):
    """What a GET of `path` has to show: each place (`rights[rule=x].closes_at`, `items#`) and its value."""

    words: str
    path: str
    wants: dict[str, Any]


class SeeMail(msgspec.Struct, frozen=True):
    """The latest mail to `address` with `about` in its subject has to say `contains`."""

    words: str
    address: str
    about: str
    contains: tuple[str, ...]


class SeePage(msgspec.Struct, frozen=True):
    """The page behind the link of that mail has to say `contains`, or to be gone (`status` 404)."""

    words: str
    address: str
    about: str
    contains: tuple[str, ...] = ()
    status: int = 200


Expected = See | SeeMail | SeePage


class Act(msgspec.Struct, frozen=True):
    """At `at`, once everything due by then has happened: `do`, and then look.

    `told` names everyone of this processor's customers who got mail since the scene's last act, as
    `anna@linden`, once for each message; nobody else may have got any.
    """

    at: str
    who: str
    event: str
    do: tuple[Deed, ...] = ()
    expect: tuple[Expected, ...] = ()
    told: str = ""


class Scene(msgspec.Struct, frozen=True):
    processor: str
    acts: tuple[Act, ...]


def scene(processor: str, *parts: tuple[Act, ...]) -> Scene:
    """The scene of a processor from its parts, in order of time."""
    acts = (act for part in parts for act in part)
    return Scene(processor, tuple(sorted(acts, key=lambda act: datetime.fromisoformat(act.at))))


def notice(name: str, words: str, **wants: Any) -> See:
    """What a notice (`polder@linden`) has to show."""
    return See(words, f"notices/{{{name}}}", wants)


def agreement(name: str, words: str, **wants: Any) -> See:
    """What an agreement has to show."""
    return See(words, f"agreements/{{{name}}}", wants)


def change(name: str, words: str, **wants: Any) -> See:
    """What a change has to show."""
    return See(words, f"changes/{{{name}}}", wants)


def gate(who: str, subprocessor: str, words: str, *, country: str | None = None, **wants: Any) -> See:
    """What the gate has to answer."""
    where = f"&country={country}" if country else ""
    path = f"engagements/check?agreement_id={{{who}}}&subprocessor_id={{{subprocessor}}}{where}"
    return See(words, path, wants)


def task(about: str, kind: str, words: str, **wants: Any) -> See:
    """The open tasks of a kind about something; without `wants` there has to be exactly one."""
    path = f"tasks?subject={{{about}}}&kind={kind}&state=open"
    return See(words, path, {f"items[0].{place}": value for place, value in wants.items()} or {"items#": 1})


def deadline(who: str, rule: str, words: str, **wants: Any) -> See:
    """The open deadlines of an agreement for a rule, soonest first; `wants` is about the first."""
    path = f"deadlines?agreement_id={{{who}}}&rule={rule}"
    return See(words, path, {f"items[0].{place}": value for place, value in wants.items()})


def refused(path: str, body: dict[str, Any], words: str, *, by: Who = "manager", status: int = 409, says: str) -> Post:
    """A request that has to be refused, in words that contain `says`."""
    return Post(path, body, by=by, status=status, says=says, words=words)
