"""What is wrong with a terms file, in every language of the program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from service.cli import due
from service.cli.terms import terms
from workflows import diagram
from workflows.errors import BadInput
from workflows.terms import check, syntax
from workflows.terms.load import parse_file, to_document
from workflows.terms.problems import CATALOGUE, in_language
from workflows.words import LANGUAGES, SOURCE, Language

SIXTH = Path(__file__).parent / "sixth.toml"
TERMS = Path(check.__file__).parent
CHECKS = sorted(TERMS.glob("check*.py"))
SAYING = [
    *CHECKS,
    *(TERMS / f"{name}.py" for name in ("countries", "due", "finding", "load", "penalty", "shape", "syntax")),
    *(TERMS.parent / "time" / f"{name}.py" for name in ("counting", "instants", "legal_days", "period", "zones")),
    *(Path(due.__file__).parent / f"{name}.py" for name in ("due", "named")),
    Path(diagram.__file__),
]
"""Whatever finds something wrong with a terms file, or with a question about one."""
OTHERS: tuple[Language, ...] = tuple(lang for lang in LANGUAGES if lang != SOURCE)


def sample(node: ast.expr) -> str | None:
    """A message as it would be found, with a word in each blank; None where the code only hands one on."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            parts = [part.value if isinstance(part, ast.Constant) else _blank(part) for part in values]
            return "".join(str(part) for part in parts)
        case _:
            return None


def _blank(part: ast.expr) -> str:
    """What stands in a blank: hints and the like are sentences, or parts of one."""
    name = ast.unparse(part).strip("{}'\"f")
    for word, said in (
        ("hint", " Did you mean x?"), ("did_you_mean", " Did you mean x?"), ("meant", " Did you mean x?"),
        ("TOO_MANY", ": at most x are taken"), ("say_local", "x on x (UTCx) in x"), ("there", "x alone"),
    ):  # fmt: skip
        if word in name:
            return said
    return " Known here: x." if name == "known" else "x"


def messages() -> Iterator[tuple[str, str]]:
    for path in SAYING:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for said in filter(None, map(sample, _said_by(node))):
                if said.strip("x :.") and not said.startswith(("x: x", "facts.")):
                    yield f"{path.name}:{node.lineno}", said  # type: ignore[attr-defined]  # every node here has one


def _said_by(node: ast.AST) -> list[ast.expr]:
    """The messages of a finding: what a check yields beside the key, and what errors are made of."""
    match node:
        case ast.Yield(value=ast.Tuple(elts=[_, message])):
            return [message]
        case ast.FunctionDef(name=name) if name.endswith("_problem"):
            return [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
        case ast.Call(func=ast.Name(id="BadInput" | "_failed"), args=[message, *_]):
            return [message]
        case ast.Call(func=ast.Name(id="Problem" | "_refuse" | "_bad_fact"), args=[_, message, *_]):
            return [message]
        case _:
            return []


def test_the_catalogue_is_whole_in_every_language() -> None:
    assert CATALOGUE.problems() == ()


@pytest.mark.parametrize("lang", OTHERS)
def test_every_message_is_said_in_every_language(lang: Language) -> None:
    found = list(messages())
    assert len(found) > 110
    assert [(where, said) for where, said in found if in_language(said, lang) == said] == []


@pytest.mark.parametrize("lang", OTHERS)
def test_so_is_everything_that_a_parser_may_find(lang: Language) -> None:
    said = [one for _, one in (*syntax.TOML_SENTENCES, *syntax.JSON_SENTENCES)]
    assert [one for one in said if in_language(f"is not TOML: {one}", lang).endswith(one)] == []


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('id = "a\n', "line 1, column 8", "a text goes on over the end of the line"),
        ("id = “a”\n", "line 1, column 6", "there is no value here: write a text in straight quotes"),
        ("entry event = 1\n", "line 1, column 7", "there is no = after the key"),
        ("[entry]\na = 1\n[entry]\n", "line 3, column 7", "the table entry was written before"),
        ('a = 1\na = "2"\n', "line 2, column 8", "this key has a value already"),
        ("a = [1 2]", "line 1, column 8", "close it with ]"),
        ("a = {b = 1, b = 2}", "line 1, column 18", "the key b stands there twice"),
        ("a = True", "line 1, column 5", "true, false"),
        ("[rules.breach notice]", "line 1, column 15", "in quotes"),
        ("a = 2026-02-30", "line 1, column 5", "there is no such date or time"),
        ('a = "x', "line 1, column 7", "a text has no end"),
        ("\n\na = [1\n", "line 3, column 7", "close it with ]"),
    ],
)
def test_the_place_of_what_is_no_toml_is_told_with_what_to_do(text: str, place: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_file(text.encode(), "a.toml")
    (problem,) = error.value.problems
    assert problem.path == f"a.toml: {place}"
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"id": }', "line 1, column 8", "there is no value here"),
        ('{"id": "a",\n}', "line 2, column 1", "there is no key here"),
        ('{"id": "a" "b": 1}', "line 1, column 12", "no comma between two entries"),
        ('{"id": "a", "id": "b"}', "id", "stands twice in one table"),
        ('{"id": NaN}', "", "no number of JSON"),
        ("{} {}", "line 1, column 4", "behind the document"),
    ],
)
def test_json_is_read_too(text: str, place: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_file(text.encode(), "a.json")
    (problem,) = error.value.problems
    assert problem.path == f"a.json: {place}".removesuffix(": ")
    assert said in problem.message


def test_a_whole_file_of_json_is_right() -> None:
    terms = parse_file(SIXTH.read_bytes(), "sixth.toml")
    assert parse_file(msgspec.json.encode(to_document(terms)), "sixth.json") == terms


@pytest.mark.parametrize(
    ("message", "dutch"),
    [
        ('is missing: write id = "…"', 'ontbreekt: schrijf id = "…"'),
        ("is missing: write the table [end]", "ontbreekt: schrijf de tabel [end]"),
        ("must be a list in square brackets, not nothing", "moet een lijst tussen vierkante haken zijn, niet niets"),
        ("is 'x': write a, b or c. Did you mean b?", "is 'x': schrijf a, b of c. Bedoelt u b?"),
        (
            "There is no calendar of 'UK'. Did you mean GB? Write AT, US, one of their parts such as DE-BY, or none",
            "Er is geen kalender van 'UK'. Bedoelt u GB? Schrijf AT, US, een van hun delen zoals DE-BY, of none",
        ),
        ('the ground "x" goes with the rule "x.y": write both or neither',
         'de grond "x" hoort bij de regel "x.y": schrijf beide of geen van beide'),
        ("goes with a cost that the text names: write both or neither",
         "hoort bij kosten die de tekst noemt: schrijf beide of geen van beide"),
        ("something nobody has translated. Did you mean b?", "something nobody has translated. Bedoelt u b?"),
    ],
)  # fmt: skip
def test_what_stood_in_the_blanks_stands_there_again(message: str, dutch: str) -> None:
    assert in_language(message, "nl") == dutch
    assert in_language(message, "en") == message


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("nl", "calender: is geen sleutel van een bestand met voorwaarden. Bedoelt u calendar?"),
        ("de", "calender: ist kein Schlüssel einer Datei mit Bedingungen. Meinen Sie calendar?"),
        ("fr", "calender: n’est pas une clé d’un fichier de conditions. Vouliez-vous dire calendar"),
        ("en", "calender: is not a key of a terms file. Did you mean calendar?"),
    ],
)
def test_the_command_speaks_it(tmp_path: Path, lang: str, said: str) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(SIXTH.read_text("utf-8").replace("calendar =", "calender ="), "utf-8")
    result = CliRunner().invoke(terms, ["check", str(bad), "--lang", lang])
    assert result.exit_code == 1
    assert said in result.stderr
