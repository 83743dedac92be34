"""What is wrong with a terms file, in every language of the program."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.terms import terms
from workflows.terms import check
from workflows.terms.problems import CATALOGUE, in_language
from workflows.words import LANGUAGES, SOURCE, Language

SIXTH = Path(__file__).parent / "sixth.toml"
CHECKS = sorted(Path(check.__file__).parent.glob("check*.py"))
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
    name = ast.unparse(part)
    return " Did you mean x?" if "hint" in name else "x"


def messages() -> Iterator[tuple[str, str]]:
    for path in CHECKS:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                said = sample(node.value.elts[1])
                if said is not None and said != "x":
                    yield f"{path.name}:{node.lineno}", said


def test_the_catalogue_is_whole_in_every_language() -> None:
    assert CATALOGUE.problems() == ()


@pytest.mark.parametrize("lang", OTHERS)
def test_every_message_of_a_check_is_said_in_every_language(lang: Language) -> None:
    found = list(messages())
    assert len(found) > 50
    assert [(where, said) for where, said in found if in_language(said, lang) == said] == []


@pytest.mark.parametrize(
    ("message", "dutch"),
    [
        ('is missing: write id = "…"', 'ontbreekt: schrijf id = "…"'),
        ("is missing: write end = a table of its own", "ontbreekt: schrijf end = een eigen tabel"),
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
