"""What is wrong in sense in a document that is wrong in shape too, so that who writes it hears of both at once.

What has the wrong shape is replaced by something that has the right one, in several ways. A problem of sense that shows
whatever stands there does not come from the replacement; one that shows only sometimes might, and is kept back until
the shape is right.
"""

import difflib
from typing import Any, Final

import msgspec
from msgspec import inspect

from workflows.errors import Problem
from workflows.terms.check import sense_problems
from workflows.terms.model import Terms
from workflows.terms.shape import MOST_PROBLEMS, fits, key_path, type_of

_WAYS: Final = 12
"""The longest list of allowed words is shorter."""
_TEXTS: Final = ("x", "P1D", "NL", "a.penalty")


def sense_behind(document: object) -> list[Problem]:
    """List what does not hold together in a document whose shape is wrong, whatever the right shape will be."""
    found: list[dict[tuple[str, str], Problem]] = []
    touched: set[str] = set()
    for way in range(_WAYS):
        mending = _Mending(way)
        try:
            terms = msgspec.convert(mending.mended(document, type_of(Terms), ""), Terms)
        except msgspec.ValidationError:
            return []
        found.append({(one.path, one.message): one for one in sense_problems(terms)})
        touched |= mending.touched
    always = [one for key, one in found[0].items() if all(key in others for others in found)]
    return [one for one in always[:MOST_PROBLEMS] if not any(_related(one.path, path) for path in touched)]


def _related(path: str, other: str) -> bool:
    """Whether one path lies at or below the other."""
    shorter, longer = sorted((path, other), key=len)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))


class _Mending:
    """One way of replacing what has the wrong shape; `touched` are the paths where that was done."""

    def __init__(self, way: int) -> None:
        self.way = way
        self.touched: set[str] = set()

    def mended(self, value: Any, wanted: inspect.Type, path: str) -> Any:
        match wanted:
            case inspect.StructType() if isinstance(value, dict):
                return self._struct(value, wanted, path)
            case inspect.DictType(value_type=inner) if isinstance(value, dict):
                return {key: self.mended(one, inner, key_path(path, str(key))) for key, one in value.items()}
            case inspect.VarTupleType(item_type=inner) if isinstance(value, list):
                return [self.mended(one, inner, f"{path}[{place}]") for place, one in enumerate(value)]
            case inspect.UnionType(types=types) if value is not None:
                return self.mended(value, next(one for one in types if not isinstance(one, inspect.NoneType)), path)
        if fits(value, wanted):
            return value
        self.touched.add(path)
        return self._instead(wanted)

    def _struct(self, value: dict[str, Any], wanted: inspect.StructType, path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        known = {field.encode_name for field in wanted.fields}
        for key in [one for one in value if one not in known]:
            self.touched.add(key_path(path, str(key)))
            meant = difflib.get_close_matches(str(key)[:80], known - value.keys(), n=1)
            if meant and self.way % 2:
                value = {**value, meant[0]: value[key]}
        for field in wanted.fields:
            name, at = field.encode_name, key_path(path, field.encode_name)
            if name not in value:
                if field.required:
                    self.touched.add(at)
                    made[name] = self._instead(field.type)
                continue
            before = len(self.touched)
            mended = self.mended(value[name], field.type, at)
            if field.required or len(self.touched) == before or self.way % 2:
                made[name] = mended
        return made

    def _instead(self, wanted: inspect.Type) -> Any:
        match wanted:
            case inspect.LiteralType(values=values):
                return values[self.way % len(values)]
            case inspect.BoolType():
                return bool(self.way % 2)
            case inspect.VarTupleType():
                return []
            case inspect.DictType():
                return {}
            case inspect.UnionType(types=types):
                return self._instead(next(one for one in types if not isinstance(one, inspect.NoneType)))
            case inspect.StructType(fields=fields):
                return {field.encode_name: self._instead(field.type) for field in fields if field.required}
            case _:
                return _TEXTS[self.way % len(_TEXTS)]
