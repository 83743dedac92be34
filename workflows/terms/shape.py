"""Whether a document has the shape of a Struct: all problems at once, each with its remedy.

msgspec stops at the first problem and knows no near misses; who writes a terms file by hand wants to
see everything that is wrong and what was probably meant.
"""

import re
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from workflows.errors import Problem
from workflows.names import can_be_seen
from workflows.terms.names import MATTER_RULE, RETENTION, RULES, did_you_mean, listed
from workflows.terms.own import IN_LANGUAGES, TEXTS
from workflows.words import LANGUAGES

LONGEST_TEXT: Final = 4_000
LONGEST_KEY: Final = 80
MOST_ENTRIES: Final = 1_000
MOST_PROBLEMS: Final = 50
TOO_MANY: Final = f": at most {MOST_ENTRIES} are taken"
"""How the problem of a list or table ends that is too large to be looked into."""

_FORBIDDEN: Final = frozenset(
    [chr(code) for code in range(32) if chr(code) not in "\n\t"]
    + [chr(code) for code in range(0x7F, 0xA0)]
    # Separators and marks that make a text show otherwise than it reads.
    + ["\u200b", "\u2028", "\u2029", "\ufeff"]
    + [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
)

_EMPTY: Final = "is empty: write it out"
_LINE_BREAK: Final = "has a line break: write it on one line"
_LONE: Final = re.compile("[\ud800-\udfff]")
"""Halves of a letter, which no encoding can write."""
_PARAGRAPHS: Final = re.compile(r"(?:.*\.)?(?:text(?:_nl)?|note|reading|incomplete)(?:\.\w+)?(?:\[\d+\])?")
"""Keys that may run over several lines; a clause that did could pass for a line of its own where rules are told."""

_INDEX: Final = re.compile(r"\[\d+\]$")

NEVER_EMPTY: Final = ("contacts", "channels", "working_days")
"""Lists that say something by being left out, and something else by what stands in them."""

_WORDS: Final[dict[type, str]] = {
    str: "a text in quotes",
    bool: "true or false",
    dict: "a table",
    list: "a list in square brackets",
}


def problems_of(document: object, shape: type[msgspec.Struct], path: str = "") -> list[Problem]:
    """List what keeps `document` (dicts, lists, texts, booleans) from being a `shape`.

    Paths are keys as TOML writes them, such as `rules."breach.notice".period` or `fields[0].kind`. What is
    unknown is not looked into, so depth is bounded by the shape; beyond fifty problems the rest is left.
    """
    found: list[Problem] = []
    _check(document, type_of(shape), path, found)
    return found[:MOST_PROBLEMS]


def fits(value: object, wanted: inspect.Type) -> bool:
    """Whether a value, not looked into where it is a table, has the shape that is wanted."""
    found: list[Problem] = []
    _check(value, wanted, "", found)
    return not found


@lru_cache(maxsize=16)
def type_of(shape: type[msgspec.Struct]) -> inspect.Type:
    """What msgspec knows of a Struct."""
    return inspect.type_info(shape)


def key_path(path: str, key: str) -> str:
    """The path of a key under `path`, quoted as TOML does where it holds more than a bare key."""
    bare = key.replace("_", "").replace("-", "")
    shown = key if bare.isascii() and bare.isalnum() else f'"{key[:80]}"'
    return f"{path}.{shown}" if path else shown


def _is(value: object) -> str:
    for kind, words in _WORDS.items():
        if isinstance(value, kind):
            return words
    return {int: "a number", float: "a number", type(None): "nothing"}.get(type(value), "a date or time without quotes")


def _check(value: object, wanted: inspect.Type, path: str, found: list[Problem]) -> None:
    """Compare one value with one type; append to `found`."""
    if len(found) >= MOST_PROBLEMS:
        return
    match wanted:
        case inspect.StructType():
            _check_struct(value, wanted, path, found)
        case inspect.DictType(value_type=inner):
            if isinstance(value, dict):
                _is_small(value, path, found)
                for key, item in list(value.items())[:MOST_ENTRIES]:
                    if path == "rules" and _unquoted(key, item):
                        ids = ", ".join(f'[rules."{key}.{one}"]' for one in list(item)[:3])
                        said = f"is no rule, for an id stands in quotes: write {ids}"
                        found.append(Problem(key_path(path, key), said))
                        continue
                    _check_key(key, path, found)
                    _check_item(item, inner, key_path(path, str(key)), found)
            else:
                found.append(Problem(path or "document", f"must be a table, not {_is(value)}{_as_table(path)}"))
        case inspect.VarTupleType(item_type=inner):
            if isinstance(value, list):
                _is_small(value, path, found)
                for place, item in enumerate(value[:MOST_ENTRIES]):
                    _check_item(item, inner, f"{path}[{place}]", found)
            elif isinstance(inner, inspect.StructType):
                how = f"write [[{path}]] and the keys of one below it"
                found.append(Problem(path, f"must be a list of tables, not {_is(value)}: {how}"))
            else:
                found.append(Problem(path, f'must be a list in square brackets, not {_is(value)}: write ["…"]'))
        case inspect.UnionType(types=types):
            if value is not None:
                present = [kind for kind in types if not isinstance(kind, inspect.NoneType)]
                _check(value, present[0], path, found)
        case inspect.LiteralType(values=values):
            if _is_kind(value, str, path, found) and value not in values:
                known = [str(known) for known in values if known]
                hint = did_you_mean(str(value), known)
                found.append(Problem(path, f"is {str(value)[:60]!r}: write {listed(known)}.{hint}"))
        case inspect.BoolType():
            _is_kind(value, bool, path, found)
        case inspect.StrType():
            if _is_kind(value, str, path, found):
                before = len(found)
                _check_text(str(value), path, found)
                if value and not can_be_seen(str(value)) and len(found) == before:
                    found.append(Problem(path, _EMPTY))
                if "\n" in str(value).strip() and not _PARAGRAPHS.fullmatch(path):
                    found.append(Problem(path, _LINE_BREAK))
        case _:
            raise AssertionError(f"the terms model holds a {wanted}, which is not checked yet")


def _unquoted(key: object, item: object) -> bool:
    """Whether it came of `[rules.end.erasure]`: tables in a table whose name is the first half of an id."""
    tables = isinstance(item, dict) and bool(item) and all(isinstance(one, dict) for one in item.values())
    return tables and key in {one.partition(".")[0] for one in (*RULES, RETENTION, MATTER_RULE)}


def _check_item(value: object, wanted: inspect.Type, path: str, found: list[Problem]) -> None:
    """The same of what stands in a list or a table of names, where an empty text says nothing."""
    _check(value, wanted, path, found)
    if value == "" and isinstance(wanted, inspect.StrType):
        found.append(Problem(path, _EMPTY))


def _is_kind(value: object, kind: type, path: str, found: list[Problem]) -> bool:
    if isinstance(value, kind):
        return True
    found.append(Problem(path or "document", f"must be {_WORDS[kind]}, not {_is(value)}"))
    return False


def _is_small(value: dict[Any, Any] | list[Any], path: str, found: list[Problem]) -> None:
    if len(value) > MOST_ENTRIES:
        found.append(Problem(path, f"has {len(value)} entries{TOO_MANY}"))


def _check_key(key: object, path: str, found: list[Problem]) -> None:
    if not isinstance(key, str) or not can_be_seen(key) or _FORBIDDEN.intersection(key):
        found.append(Problem(path, f"has the key {str(key)[:40]!r}: write a name that can be seen"))
    elif len(key) > LONGEST_KEY:
        found.append(Problem(path, f"has the key {key[:40]!r}: write a name of at most {LONGEST_KEY} characters"))


def line_problem(text: str) -> str | None:
    """What is wrong with a text that stands on one line."""
    found: list[Problem] = []
    _check_text(text, "", found)
    if "\n" in text.strip():
        found.append(Problem("", _LINE_BREAK))
    return found[0].message if found else None


def _check_text(text: str, path: str, found: list[Problem]) -> None:
    # What an id may be is told by the check of ids, which takes far fewer.
    if len(text) > LONGEST_TEXT and path != "id":
        found.append(Problem(path, f"has {len(text)} characters: at most {LONGEST_TEXT} are taken"))
    elif _FORBIDDEN.intersection(text) or _LONE.search(text):
        found.append(Problem(path, "holds a control or invisible character: remove it"))


def _as_table(path: str) -> str:
    """How a table is written there; nothing for the document as a whole, which is one."""
    if not path:
        return ""
    name, one_of_a_list = _INDEX.subn("", path)
    return f": write [[{name}]] and its keys below it" if one_of_a_list else f": write [{name}] and its keys below it"


def _check_struct(value: object, wanted: inspect.StructType, path: str, found: list[Problem]) -> None:
    if not isinstance(value, dict):
        found.append(Problem(path or "document", f"must be a table, not {_is(value)}{_as_table(path)}"))
        return
    fields = {field.encode_name: field for field in wanted.fields}
    written = [name for name in fields if name != IN_LANGUAGES]
    for key in list(value)[:MOST_ENTRIES]:
        if key not in fields and len(found) < MOST_PROBLEMS:
            path_of = key_path(path, str(key))
            hint = did_you_mean(str(key), written)
            known = hint or f" Known here: {', '.join(written)}."
            found.append(Problem(path_of, f"is not a key of a terms file.{known}"))
    for name, field in fields.items():
        if name not in value and not field.required:
            continue
        # What is kept by language was written as a table beside the other keys.
        path_of = path if name == IN_LANGUAGES else key_path(path, name)
        if name not in value:
            found.append(Problem(path_of, f"is missing: write {_example(field, path_of)}"))
        elif name in TEXTS and isinstance(field.type, inspect.StrType) and isinstance(value[name], dict):
            _check_languages(value[name], path_of, found)
        else:
            _check(value[name], field.type, path_of, found)
            if name in NEVER_EMPTY and value[name] == []:
                found.append(Problem(path_of, "is empty: name somebody or something, or leave it out"))
            if field.required and value[name] == "" and isinstance(field.type, inspect.StrType):
                found.append(Problem(path_of, _EMPTY))
            if name.endswith("clause") and _names_nothing(value[name]):
                said = (
                    f"{value[name][:20]!r} names no clause: write its number or heading, "
                    "as the agreement's readers know it"
                )
                found.append(Problem(path_of, said))


def _names_nothing(clause: Any) -> bool:
    """Whether a clause has no letter and no digit, such as a dash that stands for none."""
    return isinstance(clause, str) and bool(clause.strip()) and not any(one.isalnum() for one in clause)


def _check_languages(texts: dict[Any, Any], path: str, found: list[Problem]) -> None:
    """What is wrong with a text that is given by language."""
    if not texts:
        found.append(Problem(path, "is empty: write a text in quotes, or a table with one for each language"))
    for lang, text in list(texts.items())[:MOST_ENTRIES]:
        path_of = key_path(path, str(lang))
        if lang not in LANGUAGES:
            found.append(Problem(path_of, f"is no language: write {listed(LANGUAGES)}"))
        elif _is_kind(text, str, path_of, found):
            _check_text(text, path_of, found)
            if not can_be_seen(text):
                found.append(Problem(path_of, _EMPTY))


def _example(field: inspect.Field, path: str) -> str:
    match field.type:
        case inspect.StructType() | inspect.DictType():
            return f"the table [{path}]"
        case inspect.LiteralType(values=values):
            value = listed([f'"{value}"' for value in values])
        case inspect.BoolType():
            value = "true or false"
        case inspect.VarTupleType():
            value = '["…"]'
        case _:
            value = '"…"'
    return f"{field.encode_name} = {value}"
