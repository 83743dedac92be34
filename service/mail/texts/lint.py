"""What is wrong in a template by looking at it alone: also in turns of the text that no sample takes.

A variable's attributes are known from the shapes of `views.py`, a building block's arguments from its own file, a
sentence's blanks from the catalogue.
"""

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Union, get_args, get_origin

import msgspec
from jinja2 import Environment, Template, nodes

from service.mail.texts.compiling import SAYS
from service.mail.texts.sentences import OTHER, blanks_of
from workflows.terms.names import did_you_mean

_UNKNOWN: Final = object
"""The type of what cannot be told by looking."""


class Signature(msgspec.Struct, frozen=True):
    """A building block's arguments, in order, and how many of the last ones may be left out."""

    names: tuple[str, ...]
    optional: int

    def __str__(self) -> str:
        return f"({', '.join(self.names)})"


Blocks = Mapping[str, Mapping[str, Signature | None]]
"""Building blocks by the name that their file goes by and their own: `ui`, `title`; None is one not called."""


class Fault(msgspec.Struct, frozen=True):
    """Something wrong in a line, counted from 1."""

    line: int
    words: str


def signatures(tree: nodes.Template) -> dict[str, Signature | None]:
    """The building blocks that a file defines."""
    found: dict[str, Signature | None] = {}
    for one in tree.body:
        if isinstance(one, nodes.Macro):
            found[one.name] = Signature(tuple(arg.name for arg in one.args), len(one.defaults))
        elif isinstance(one, nodes.Assign) and isinstance(one.target, nodes.Name):
            found[one.target.name] = None
    return found


def types_of(samples: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The type of each variable, as far as its samples show it; None says nothing."""
    found: dict[str, Any] = {}
    for sample in samples:
        for name, value in sample.items():
            known = found.setdefault(name, None)
            if value is None or known is _UNKNOWN:
                continue
            seen = _type_of(value)
            found[name] = seen if known is None or known == seen else _UNKNOWN
    return {name: one if one is not None else _UNKNOWN for name, one in found.items()}


def faults(tree: nodes.Template, variables: Mapping[str, Any], blocks: Blocks, env: Environment) -> list[Fault]:
    """Everything wrong in a template whose `variables` (name to type) and `blocks` are these, by line."""
    looking = _Look(tree, variables, blocks, env)
    looking.visit(tree, dict(variables))
    return sorted(looking.found, key=lambda one: one.line)


def _known(names: Iterable[str]) -> str:
    return f"known are {', '.join(sorted(names))}"


def _type_of(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        kinds = {type(one) for one in value}
        return tuple[kinds.pop(), ...] if len(kinds) == 1 else None if not kinds else _UNKNOWN  # type: ignore[misc]
    return _UNKNOWN if isinstance(value, dict) else type(value)


def _bare(kind: Any) -> Any:
    """Without None: whether it is there is the sample's business."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return rest[0] if len(rest) == 1 else _UNKNOWN
    return kind


def _defined(tree: nodes.Template) -> Iterator[str]:
    """What a template itself names for all of it: its macros, and what it takes from other files."""
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for one in tree.find_all(nodes.Import):
        yield one.target
    for several in tree.find_all(nodes.FromImport):
        for name in several.names:
            yield name if isinstance(name, str) else name[1]


class _Look:
    """Goes through a template with the types of what is in sight."""

    def __init__(self, tree: nodes.Template, variables: Iterable[str], blocks: Blocks, env: Environment) -> None:
        self.blocks = blocks
        self.env = env
        self.given = {*variables, *blocks, SAYS}
        self.defined = {*self.given, *_defined(tree)}
        self.found: list[Fault] = []

    def visit(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        match node:
            case nodes.For():
                self.visit(node.iter, scope)
                inner = scope | {"loop": _UNKNOWN}
                self._bind(node.target, self._element(node.iter, scope), inner)
                self._all((*node.body, node.test), inner)
                self._all(node.else_, scope)
                return
            case nodes.Macro() | nodes.CallBlock():
                inner = scope | dict.fromkeys(("caller", "varargs", "kwargs"), _UNKNOWN)
                for arg in node.args:
                    self._bind(arg, _UNKNOWN, inner)
                self._all(node.iter_child_nodes(exclude=("args",)), inner)
                return
            case nodes.Assign():
                self.visit(node.node, scope)
                self._bind(node.target, self._type(node.node, scope), scope)
                return
            case nodes.AssignBlock():
                self._all((*node.body, node.filter), scope)
                self._bind(node.target, _UNKNOWN, scope)
                return
            case nodes.With():
                self._all(node.values, scope)
                inner = dict(scope)
                for target in node.targets:
                    self._bind(target, _UNKNOWN, inner)
                self._all(node.body, inner)
                return
            case nodes.Name() if node.name not in scope and node.name not in self.defined:
                self._add(node, f"nothing is called {node.name} here; {_known(self.given)}")
            case nodes.Getattr():
                self._attribute(node, scope)
            case nodes.Call():
                self._call(node, scope)
            case nodes.Filter() if node.name not in self.env.filters:
                self._add(node, f"there is no filter {node.name}")
            case nodes.Test() if node.name not in self.env.tests:
                self._add(node, f"there is no test {node.name}")
            case _:
                pass
        self._all(node.iter_child_nodes(), scope)

    def _all(self, some: Iterable[nodes.Node | None], scope: dict[str, Any]) -> None:
        for one in some:
            if one is not None:
                self.visit(one, scope)

    def _bind(self, target: nodes.Node, kind: Any, scope: dict[str, Any]) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = kind
            return
        for name in target.find_all(nodes.Name):
            scope[name.name] = _UNKNOWN

    def _type(self, node: nodes.Node, scope: dict[str, Any]) -> Any:
        match node:
            case nodes.Name():
                return _bare(scope.get(node.name, _UNKNOWN))
            case nodes.Getattr():
                kind = self._type(node.node, scope)
                if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                    return _bare(_fields(kind).get(node.attr, _UNKNOWN))
        return _UNKNOWN

    def _element(self, node: nodes.Node, scope: dict[str, Any]) -> Any:
        kind = self._type(node, scope)
        return _bare(get_args(kind)[0]) if get_origin(kind) in (tuple, list) else _UNKNOWN

    def _attribute(self, node: nodes.Getattr, scope: dict[str, Any]) -> None:
        called = node.node.name if isinstance(node.node, nodes.Name) else "it"
        if called in self.blocks and called not in scope:
            if node.attr not in self.blocks[called]:
                self._add(node, f"{called} has no {node.attr}; {_known(self.blocks[called])}")
            return
        kind = self._type(node.node, scope)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if node.attr not in _fields(kind):
                self._add(node, f"{_variable(node.node)} has no {node.attr}; {_known(_fields(kind))}")
        elif isinstance(kind, type) and kind is not _UNKNOWN and not hasattr(kind, node.attr):
            self._add(node, f"{_variable(node.node)} is plain ({kind.__name__}) and has no {node.attr}")

    def _call(self, node: nodes.Call, scope: dict[str, Any]) -> None:
        called = node.node
        if isinstance(called, nodes.Name) and called.name == SAYS and SAYS not in scope:
            self._sentence(node, scope)
        if not isinstance(called, nodes.Getattr) or not isinstance(called.node, nodes.Name):
            return
        block = called.node.name
        wanted = self.blocks.get(block, {}).get(called.attr)
        if wanted is None or block in scope or node.dyn_args is not None or node.dyn_kwargs is not None:
            return
        given = {one.key for one in node.kwargs}
        required = wanted.names[len(node.args) : len(wanted.names) - wanted.optional]
        if len(node.args) > len(wanted.names) or given - set(wanted.names) or set(required) - given:
            self._add(node, f"{block}.{called.attr} is called with {wanted}")

    def _sentence(self, node: nodes.Call, scope: dict[str, Any]) -> None:
        """A call for a sentence: there is one, in each of its variants, with just the blanks that are given."""
        key, *variant = node.args or [nodes.Const(None)]
        if not isinstance(key, nodes.Const) or not isinstance(key.value, str) or len(variant) > 1:
            self._add(node, f'{SAYS} is called with the name of a sentence: {SAYS}("dear", contact=contact)')
            return
        known = blanks_of()
        if variant:
            begins = f"{key.value}."
            meant = [one for one in known if one.startswith(begins) and "." not in one.removeprefix(begins)]
            kind = self._type(variant[0], scope)
            if meant and f"{begins}{OTHER}" not in known and get_origin(kind) is Literal:
                meant += [f"{begins}{value}" for value in get_args(kind)]
        else:
            meant = [key.value]
        if lacking := [one for one in meant or [key.value] if one not in known]:
            near = did_you_mean(key.value, known)
            self._add(node, f"there is no sentence {lacking[0]}{f'.{near}' if near else ''}")
            return
        given = {one.key for one in node.kwargs}
        wanted = frozenset[str]().union(*(known[one] for one in meant))
        if node.dyn_kwargs is None and given != wanted:
            blanks = f"the blanks {', '.join(sorted(wanted))}" if wanted else "no blanks"
            self._add(node, f"the sentence {key.value} has {blanks}")

    def _add(self, node: nodes.Node, words: str) -> None:
        self.found.append(Fault(node.lineno, words))


def _fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {one.name: one.type for one in msgspec.structs.fields(kind)}


def _variable(node: nodes.Node) -> str:
    """A variable as it is written: `notice.closes`."""
    if isinstance(node, nodes.Getattr):
        return f"{_variable(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "it"


def places_in(traceback: types.TracebackType | None) -> Iterator[tuple[str, int]]:
    """The templates that an error went through, outermost first, by their paths."""
    while traceback is not None:
        around = traceback.tb_frame.f_globals
        if isinstance(template := around.get("__jinja_template__"), Template):
            yield template.filename or "<template>", template.get_corresponding_lineno(traceback.tb_lineno)
        elif "__jinja_exception__" in around:  # jinja2 has put a frame with the template's own line there
            yield str(around["__file__"]), traceback.tb_lineno
        traceback = traceback.tb_next
