"""A terms file as TOML or JSON: its text made into a document, or the place where that fails and what to write there.

The parsers' own sentences say what they met, in their words. Here each is said as what to do, and where.
"""

import ast
import json
import re
import tomllib
from typing import Any, Final, NoReturn

from workflows.errors import BadInput, Problem
from workflows.terms.shape import key_path

DEEPEST: Final = 16
"""Names in one dotted key; a terms file has at most four. The parser takes the square of them, in time and memory."""
_PIECES: Final = re.compile(
    r'''
    (?P<passed> """ (?:[^\\]|\\.)*? (?:"{3,5}|\Z) | \'{3} .*? (?:\'{3,5}|\Z) | \# [^\n]*+ )
    | (?P<name> " (?:[^"\\\n]|\\.)*+ "? | ' [^'\n]*+ '? | [A-Za-z0-9_-]++ )
    | (?P<dot> \. )
    | (?P<space> [ \t]++ )
    | (?P<other> . )
    ''',
    re.VERBOSE | re.DOTALL,
)
"""The whole of a file, piece by piece, each looked at once."""
_COMMAS: Final = "neither a comma nor the end follows an entry: put commas between entries, and close it with {0}"
_UNQUOTED: Final = "a text goes on over the end of the line: close its quote there, or put it in three quotes"
TOML_SENTENCES: Final = (
    ("Invalid statement", "a line begins with a key, with [ or with #: write key = value"),
    ("Expected newline or end", "something stands behind the value: remove it, or put a text in quotes as a whole"),
    ("Expected '=' after a key", "there is no = after the key: write key = value, and a key that holds other signs "
     "than letters, digits, _ and - in quotes"),
    ("Expected ']' at the end", "the name of the table has no end: close it with ], and put a name that holds a dot or "
     "a space in quotes"),
    ("Expected ']]' at the end", "the name of the list of tables has no end: close it with ]], and put a name that "
     "holds a dot or a space in quotes"),
    (r"Expected \"'|Expected \"'''|Expected '\"|Unterminated string", "a text has no end: close its quote"),
    (r"(?:Illegal|Found invalid) character '\\[nr]+'", _UNQUOTED),
    ("(?:Illegal|Found invalid) character", "a control character stands here: remove it"),
    ("Cannot overwrite a value", "this key has a value already: keep one of the two"),
    ("Invalid initial character for a key", "there is no key here: write key = value, and a key that holds other signs "
     "than letters, digits, _ and - in quotes"),
    ("Unclosed array", _COMMAS.format("]")),
    ("Unclosed inline table", _COMMAS.format("}")),
    (r"Unescaped '\\'", r"a text holds a single \: write it twice, or put the text in single quotes"),
    ("Invalid hex value|Escaped character", r"a text holds \u without the number of a character: write the character"),
    ("Invalid date", "there is no such date or time: put it in quotes"),
    ("Invalid value", "there is no value here: write a text in straight quotes, true, false, a list in square "
     "brackets or a table in braces"),
)  # fmt: skip
"""How the parser's sentence begins, and what is said instead."""
_TWICE: Final = re.compile(r"(?:Cannot (?:declare|redefine namespace|mutate immutable namespace)) (?P<key>\(.*\))")
_DUPLICATE: Final = re.compile(r"Duplicate inline table key '(?P<key>.*)'")
JSON_SENTENCES: Final = (
    ("Expecting value", "there is no value here: write a text in double quotes, true, false, a list or an object"),
    ("Expecting property name", "there is no key here: write it in double quotes, and no comma before the brace"),
    ("Expecting ':'", "there is no colon after the key: write one"),
    ("Expecting ','", "there is no comma between two entries: write one"),
    ("Illegal trailing comma", "a comma stands before the end: remove it"),
    ("Extra data", "something stands behind the document: remove it"),
    ("Unterminated string", "a text has no end: close its quote"),
    ("Invalid control character", r"a text goes on over the end of the line: write \n for the line break"),
    (r"Invalid \\", r"a text holds a single \: write it twice"),
)


def toml_document(text: str) -> dict[str, Any]:
    """Read TOML. Raises BadInput with one problem, whose path is the line and the column."""
    _refuse_deep_keys(text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(*_toml(str(error), text))
    except RecursionError:
        _refuse("", "is nested too deeply: nothing in a terms file is")
    except ValueError:  # a number with thousands of digits
        _refuse("", "holds a number that is too long: a terms file has none")


def json_document(text: str) -> object:
    """Read JSON, as `toml_document` does; a key that stands in an object twice is refused too."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        why = _instead(JSON_SENTENCES, error.msg)
        _refuse(_place(error.lineno, error.colno), f"is not JSON: {why}")
    except RecursionError:
        _refuse("", "is nested too deeply: nothing in a terms file is")
    except ValueError:
        _refuse("", "holds a number that is too long: a terms file has none")


def decoded(raw: bytes) -> str:
    """The text of a file, without the mark that some editors put before it. Raises BadInput."""
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        _refuse(_place(line, column), "is not UTF-8: save the file as UTF-8")


def _refuse(path: str, message: str) -> NoReturn:
    raise BadInput(f"{path}: {message}" if path else message, (Problem(path, message),)) from None


def _place(line: int, column: int) -> str:
    return f"line {line}, column {column}"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        _refuse(key_path("", twice), "stands twice in one table: keep one of the two")
    return made


def _no_number(name: str) -> NoReturn:
    _refuse("", f"holds {name}, which is no number of JSON: remove it")


def _toml(message: str, text: str) -> tuple[str, str]:
    """The place of a TOML error, which the parser gives only inside its sentence, and what to do."""
    what, _, at = message.rpartition(" (at ")
    numbers = re.findall(r"[0-9]+", at)
    if at.startswith("line ") and len(numbers) == 2:
        place = _place(int(numbers[0]), int(numbers[1]))
    else:
        what = what or message
        last = text.rstrip()
        place = _place(last.count("\n") + 1, len(last) - last.rfind("\n"))
    return place, f"is not TOML: {_toml_why(what)}"


def _toml_why(what: str) -> str:
    if (found := _TWICE.match(what)) is not None:
        return f"the table {_key_of(found['key'])} was written before: put all its keys in one place"
    if (found := _DUPLICATE.match(what)) is not None:
        return f"the key {found['key']} stands there twice: keep one of the two"
    return _instead(TOML_SENTENCES, what)


def _instead(sentences: tuple[tuple[str, str], ...], what: str) -> str:
    for begins, said in sentences:
        if re.match(begins, what):
            return said
    return f"{what[:1].lower()}{what[1:200]}"


def _key_of(shown: str) -> str:
    """`('rules', 'breach.notice')` as TOML writes it."""
    try:
        names = ast.literal_eval(shown)
    except (ValueError, SyntaxError):
        return shown
    path = ""
    for name in names:
        path = key_path(path, str(name))
    return path


def _refuse_deep_keys(text: str) -> None:
    dots = 0
    for piece in _PIECES.finditer(text):
        match piece.lastgroup:
            case "dot":
                dots += 1
                if dots >= DEEPEST:
                    before = text[: piece.start()]
                    place = _place(before.count("\n") + 1, piece.start() - before.rfind("\n"))
                    _refuse(place, "has a key that is nested too deeply: nothing in a terms file is")
            case "name" | "space":
                pass
            case _:
                dots = 0
