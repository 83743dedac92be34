"""What a person may do on the board: the API's own routes, by list and action.

A form calls the function of the route itself, so that it runs the same command, with the same checks, as a program.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, get_args

import msgspec
from litestar.handlers import HTTPRouteHandler

from service.http.auth import Role, least_role
from service.http.decode import Incomplete, shaped, shaped_or_incomplete
from service.http.routes import ROUTES
from workflows.kinds import WORKFLOWS

NEW: Final = "new"
"""What making a new one is called, where an action has its name."""
UPDATE: Final = "update"
"""What changing one is called: PATCH, where the table has no action of that name."""
REMOVE: Final = "remove"
"""What taking one away is called: DELETE."""
_ONE: Final = "/{id:uuid}"
_PATH: Final = re.compile(r"/(?P<list>[a-z-]+)(?P<one>/\{id:uuid\})?(?:/(?P<action>[a-z-]+))?")

FOR_GOOD: Final = frozenset(
    {
        ("agreements", "approve-plan"),
        ("agreements", "confirm"),
        ("agreements", "override"),
        ("changes", "confirm"),
        ("customers", "merge"),
        ("processors", "keys"),
        ("users", NEW),
        ("users", REMOVE),
        ("users", UPDATE),
        ("webhooks", "disable"),
        ("webhooks", "rotate"),
    }
)
"""What destroys data, or gives access away: no later entry takes it back."""

AMONG_SETTINGS: Final = frozenset({"processors", "users", "webhooks"})
"""Lists that have no page of their own: they stand among the settings."""

Method = Literal["POST", "PATCH", "DELETE"]


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be done. `list` and `action` name it, as in `/board/LIST/ID/ACTION`.

    `body` is the shape of what is asked, None where nothing is; `kind` the kind of subject, empty where it is none.
    """

    list: str
    action: str
    method: Method
    kind: str
    body: type[msgspec.Struct] | None
    role: Role
    incomplete: bool
    versioned: bool
    handler: Any

    def decode(self, body: Mapping[str, Any]) -> Any:
        """The body in its shape, read as the API reads it. Raises BadInput."""
        assert self.body is not None
        read = shaped_or_incomplete if self.incomplete else shaped
        found: msgspec.Struct | Incomplete = read(dict(body), self.body)
        return found

    @property
    def makes(self) -> bool:
        """Whether it makes a new one."""
        return self.action == NEW

    @property
    def for_good(self) -> bool:
        """Whether nothing takes it back."""
        return (self.list, self.action) in FOR_GOOD

    @property
    def fills(self) -> bool:
        """Whether its form is filled with what stands, of which only what was changed is sent."""
        return self.method == "PATCH"


@cache
def deeds() -> Mapping[tuple[str, str], Deed]:
    """Everything that may be done to a subject, by list and action; the API's order."""
    found: dict[tuple[str, str], Deed] = {}
    for handler in ROUTES:
        if isinstance(handler, HTTPRouteHandler) and (deed := _deed(handler)) is not None:
            found.setdefault((deed.list, deed.action), deed)
    return found


@cache
def readers() -> Mapping[str, tuple[Any, Any]]:
    """By list: the route that lists it, and the one that reads one of it."""
    listed: dict[str, Any] = {}
    read: dict[str, Any] = {}
    for handler in ROUTES:
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods:
            for path in handler.paths:
                place = _PATH.fullmatch(path)
                if place is not None and place["action"] is None:
                    (read if place["one"] else listed)[place["list"]] = handler
    return {name: (handler, read.get(name)) for name, handler in listed.items()}


@cache
def route_at(path: str) -> Any:
    """The route that reads what stands at a path of the API."""
    return next(
        one for one in ROUTES if isinstance(one, HTTPRouteHandler) and "GET" in one.http_methods and path in one.paths
    )


def _deed(handler: HTTPRouteHandler) -> Deed | None:
    methods = {str(one) for one in handler.http_methods} & {"POST", "PATCH", "DELETE"}
    place = _PATH.fullmatch(next(iter(handler.paths)))
    kind = _KINDS.get(place["list"], "") if place is not None else ""
    wanted = handler.opt.get("form")  # what is no subject has forms where its routes say so
    if not methods or place is None or wanted is False or ("DELETE" in methods and not wanted):
        return None
    action = place["action"] or (REMOVE if "DELETE" in methods else UPDATE if place["one"] else NEW)
    if not kind and place["action"] is None and not wanted:
        return None
    if place["action"] is not None and place["one"] is None:
        return None
    method: Method = "PATCH" if "PATCH" in methods else "DELETE" if "DELETE" in methods else "POST"
    return Deed(
        list=place["list"],
        action=action,
        method=method,
        kind=kind,
        body=_body(handler),
        role=least_role(handler.opt, method),
        incomplete=bool(handler.opt.get("incomplete")),
        versioned=bool(handler.opt.get("versioned")),
        handler=handler,
    )


def _body(handler: HTTPRouteHandler) -> type[msgspec.Struct] | None:
    given = handler.fn.__annotations__.get("data")
    if given is None:
        return None
    found: type[msgspec.Struct] = (get_args(given) or (given,))[0]
    return found


_KINDS: Final = {flow.table.path: kind for kind, flow in WORKFLOWS.items() if flow.table.path}
