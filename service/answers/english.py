"""The sentences that code says in English itself: refusals, problems of inputs, reasons, steps of a count.

Programs read them as they are, and so do pages in English. For people who read another language each stands in the
catalogue `service.answers.catalogue`, in the same English, and `otherwise` finds it there. A test holds that nothing
said anew lacks in it; what code says is printed by

    python -m service.answers.english
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workflows.words.references import without_references

HOUSE: Final = Path(__file__).parents[2]
ROOMS: Final = (
    "workflows",
    "service/http",
    "service/people",
    "service/foresight",
    "service/importing",
    "service/letters",
)
SILENT: Final = (
    "workflows/coverage.py",
    "workflows/diagram.py",
    "workflows/engine/followed.py",
    "workflows/engine/history.py",
    "workflows/engine/kept.py",
    "workflows/engine/root_checks.py",
    "workflows/engine/verify.py",
    "workflows/kinds.py",
    "workflows/ledger/",
    "workflows/machine/checking.py",
    "workflows/model/public_list.py",
    "workflows/terms/check",
    "workflows/terms/drafting.py",
    "workflows/terms/finding.py",
    "workflows/terms/keys.py",
    "workflows/terms/load.py",
    "workflows/terms/problems",
    "workflows/terms/questions.py",
    "workflows/terms/schema.py",
    "workflows/terms/shape.py",
    "workflows/terms/syntax.py",
    "workflows/engine/firing.py",
    "workflows/engine/roots.py",
    "workflows/engine/writing.py",
    "workflows/gate/",
    "workflows/intake/agreement_rows.py",
    "workflows/time/decrees.py",
    "workflows/time/legal_days.py",
    "workflows/words/",
    "service/foresight/",
    "service/importing/mapping_file.py",
    "service/importing/place_names.py",
    "service/http/auth.py",
    "service/http/conditional.py",
    "service/http/decode.py",
    "service/http/cursors.py",
    "service/http/docs.py",
    "service/http/door.py",
    "service/http/health.py",
    "service/http/history.py",
    "service/http/idempotency.py",
    "service/http/limits.py",
    "service/http/list_files.py",
    "service/http/lists.py",
    "service/http/middleware.py",
    "service/http/preview_pages.py",
    "service/http/openapi/",
    "service/http/problems.py",
    "service/http/routes/clock.py",
    "service/http/routes/customers.py",
    "service/http/routes/engagements.py",
    "service/http/routes/dev.py",
    "service/http/routes/evidence.py",
    "service/http/routes/feed.py",
    "service/http/routes/files.py",
    "service/http/routes/forecast.py",
    "service/http/routes/imports.py",
    "service/http/routes/inbound.py",
    "service/http/routes/terms.py",
    "service/http/routes/terms_text.py",
    "service/http/subjects.py",
    "service/people/oidc.py",
)
"""What speaks to programs, to whoever runs the service, or to whoever writes terms, but on no page."""
_NOT_SAID: Final = frozenset(
    {
        *("AssertionError", "KeyError", "NotFound", "NotImplementedError", "RuntimeError", "TypeError"),
        *(
            "Filter",
            "FromQuery",
            "Header",
            "Meta",
            "Parameter",
            "QueryParameter",
            "State",
            "TableError",
            "UndeclaredError",
            "_takes",
        ),
        *("compile", "debug", "error", "exception", "info", "note", "saying", "sub", "warning"),
    }
)
"""Calls whose texts nobody is shown."""
_SENTENCE: Final = re.compile(r"[a-z]{2,},? [a-z]{2,}")
_BLANK: Final = re.compile(r"\{\w*\}")


def sentences(house: Path = HOUSE) -> Iterator[tuple[str, str]]:
    """Each sentence with the place of its code; what is filled in stands as `{name}`."""
    for room in ROOMS:
        for file in sorted((house / room).rglob("*.py")):
            place = file.relative_to(house).as_posix()
            if not place.startswith(SILENT):
                yield from ((f"{place}:{line}", text) for line, text in _said(ast.parse(file.read_text())))


def bare(sentence: str) -> str:
    """A sentence without the names of what is filled in, and without references: by this it is known."""
    return _BLANK.sub("{}", without_references(sentence))


def _said(tree: ast.AST) -> Iterator[tuple[int, str]]:
    passed: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                passed.add(id(docstring))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _NOT_SAID:
                passed |= {id(one) for one in ast.walk(node)}
            case ast.JoinedStr(values=parts):
                passed |= {id(one) for one in parts if isinstance(one, ast.Constant)}
            case ast.Assert(msg=ast.expr() as reminder):
                passed |= {id(one) for one in ast.walk(reminder)}
            case ast.keyword(arg="note" | "doc" | "description"):
                passed |= {id(one) for one in ast.walk(node)}
            case ast.FunctionDef(args=ast.arguments(args=[ast.arg(arg="ctx"), *_])):
                passed |= {id(one) for one in ast.walk(node) if _is_remark(one)}
            case _:
                pass
    for node in ast.walk(tree):
        if id(node) in passed or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = sentence_of(node)
        if _SENTENCE.search(_BLANK.sub("", text)) and not text.startswith(("/", "http")) and "\n" not in text:
            yield node.lineno, text


def _is_remark(node: ast.AST) -> bool:
    """Why a row is not taken, where another one is: that is told to nobody."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value[:1].islower()


def sentence_of(node: ast.Constant | ast.JoinedStr) -> str:
    """A text as code has it; what is filled in stands as `{name}`."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    names: dict[str, str] = {}
    said = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            said.append(f"{{{_name(ast.unparse(part.value), names)}}}")
        else:
            assert isinstance(part, ast.Constant), "an f-string has constants and values alone"
            said.append(str(part.value))
    return "".join(said)


def _name(expression: str, taken: dict[str, str]) -> str:
    """A name for what is filled in: the last word of its expression."""
    words = [one for one in re.findall(r"[a-z_]+", re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)) if len(one) > 1]
    base = next((one for one in reversed(words) if one not in _EMPTY), "value").strip("_") or "value"
    name, number = base, 2
    while taken.get(name, expression) != expression:
        name, number = f"{base}{number}", number + 1
    taken[name] = expression
    return name


_EMPTY: Final = frozenset(
    {"isoformat", "join", "words", "len", "str", "or", "if", "else", "in", "for", "one", "map", "sorted", "en", "not",
     "is", "None", "day", "say_day", "local_day", "and", "lower", "strip", "ctx", "zone"}
)  # fmt: skip


if __name__ == "__main__":
    for found_at, sentence in sentences():
        print(found_at, sentence)
