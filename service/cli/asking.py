"""Answers to the questions of `termijn terms new`: asked on a terminal and kept on disk as they come, or read from a
file."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from service.cli.words import laws_known, words_in
from workflows.errors import BadInput, Problem
from workflows.terms.drafting import contradictions
from workflows.terms.law import law_called
from workflows.terms.lengths import length_said
from workflows.terms.problems import in_language
from workflows.terms.questions import (
    BY_ID,
    LENGTHS,
    PERIODS,
    QUESTIONS,
    YES_NO,
    Answers,
    DraftQuestion,
    answer_problem,
    places_of,
)
from workflows.terms.syntax import decoded, json_document, toml_document
from workflows.words import SOURCE, Language

BACK = "<"
OPEN = "-"


class AnswersOnDisk:
    """The answers given so far, in a file; one that stands there empty was asked and left open."""

    def __init__(self, path: Path, lang: Language, goes_on: str) -> None:
        """Raises BadInput where the file cannot be read or is none of answers. `goes_on` is the command."""
        self.path = path
        self.lang: Language = lang
        self.goes_on = goes_on
        self.answers: dict[str, str] = {}
        if path.exists():
            known = read_answers(path.read_bytes(), path.name, lang)
            self.answers = {name: answer for name, answer in known.items() if name in BY_ID}

    @property
    def given(self) -> dict[str, str]:
        return {name: answer for name, answer in self.answers.items() if answer}

    def put(self, name: str, answer: str) -> list[str]:
        """Keep one answer, and leave out those that are asked no more after it, whose names are given back."""
        self.answers[name] = answer
        gone: list[str] = []
        while left := [one for one in self.answers if not BY_ID[one].is_asked(self.given)]:
            gone += [one for one in left if self.answers[one]]
            self.answers = {one: said for one, said in self.answers.items() if one not in left}
        self.write()
        return gone

    def write(self) -> None:
        """Whole or not at all, whenever the machine stops. Raises OSError."""
        lines = [f"# {words_in(self.lang)('new.goes_on', command=self.goes_on)}"]
        lines += [f"{_text(one.id)} = {_text(self.answers[one.id])}" for one in QUESTIONS if one.id in self.answers]
        beside = self.path.with_name(f"{self.path.name}.part")
        beside.write_text("\n".join(lines) + "\n", "utf-8")
        os.replace(beside, self.path)


def ask(kept: AnswersOnDisk, lang: Language) -> Answers:
    """Ask what was not asked yet, and once all was, what is needed and stands open.

    Raises click.Abort where whoever answers stops; what was answered is kept.
    """
    asked = [one for one in QUESTIONS if one.is_asked(kept.given) and one.id not in kept.answers]
    if kept.answers and not asked:
        for one in QUESTIONS:
            if one.needed and one.is_asked(kept.given) and not kept.answers.get(one.id):
                kept.answers.pop(one.id, None)
    place = 0
    while place < len(QUESTIONS):
        question = QUESTIONS[place]
        if not question.is_asked(kept.given) or question.id in kept.answers:
            place += 1
            continue
        answer = _one(question, kept, lang)
        if answer is None:
            place = _go_back(place, kept)
        else:
            place += 1
    return kept.given


def _go_back(place: int, kept: AnswersOnDisk) -> int:
    """The place of the question before; its answer is asked for again."""
    before = [at for at in range(place) if QUESTIONS[at].id in kept.answers]
    if not before:
        return place
    kept.answers.pop(QUESTIONS[before[-1]].id)
    return before[-1]


def _one(question: DraftQuestion, kept: AnswersOnDisk, lang: Language) -> str | None:
    """An answer that will do, empty to leave it open; None to go back."""
    click.echo(err=True)
    offered = question.offered(kept.given)
    for line in _lines(question, offered, lang):
        click.echo(line, err=True)
    while True:
        answer = meant(question, click.prompt("", default="", show_default=False, err=True, prompt_suffix="> "), lang)
        if answer == BACK:
            return None
        answer = "" if answer == OPEN else answer
        wrong = answer_problem(question, answer) if answer else None
        against = [] if wrong else [f"{one.path}: {one.message}" for one in _against(question, answer, kept)]
        if wrong is None and not against:
            gone = kept.put(question.id, answer)
            if gone:
                click.echo(f"  {words_in(lang)('new.dropped', names=', '.join(gone))}", err=True)
            for law in places_of(answer) if question.id in ("law", "also_laws") else ():
                if law_called(law) is None:
                    click.echo(f"  {' '.join(laws_known([law], lang))}", err=True)
            return answer
        if wrong and question.known:
            known = ", ".join(f"{number} {question.word(one, lang)}" for number, one in enumerate(offered, 1))
            click.echo(f"  {words_in(lang)('new.choose', given=answer, choices=known)}", err=True)
            continue
        for problem in [wrong] if wrong else against:
            click.echo(f"  {in_language(problem, lang)}", err=True)


def _against(question: DraftQuestion, answer: str, kept: AnswersOnDisk) -> list[Problem]:
    """What an answer contradicts, of what was answered before it."""
    together = {**kept.given, question.id: answer}
    together = {one: said for one, said in together.items() if said and BY_ID[one].is_asked(together)}
    found = contradictions(together)
    before = contradictions(kept.given) if found else ()
    return [one for one in found if one not in before]


def _lines(question: DraftQuestion, offered: tuple[str, ...], lang: Language) -> Iterator[str]:
    """The question, and the words that it takes."""
    yield question.asks(lang)
    for number, one in enumerate(offered, 1):
        means = question.means(one, lang)
        yield f"  {number} {question.word(one, lang)}" + (f" – {means}" if means else "")


def meant(question: DraftQuestion, typed: str, lang: Language) -> str:
    """What somebody means by what they typed: a word of the format, its number, or the word of their language."""
    answer = typed.strip()
    if question.known and answer.isdecimal() and 1 <= int(answer) <= len(question.known):
        return question.known[int(answer) - 1]
    if question.known[:2] == YES_NO and answer:
        letters = {question.word(one, lang)[0].casefold(): one for one in YES_NO} | {one[0]: one for one in YES_NO}
        answer = letters.get(answer.casefold(), answer)
    return _word_meant(question, answer, lang)


def _word_meant(question: DraftQuestion, answer: str, lang: Language) -> str:
    """A word of the format for it, or for the word of a language or what is said beside it; anything else as it is."""
    small = answer.casefold()
    for one in question.known or (LENGTHS if question.takes == "length" else ()):
        if small in (one.casefold(), question.word(one, lang).casefold(), question.means(one, lang).casefold() or one):
            return one
    return (length_said(answer, lang) or answer) if question.takes == "length" else answer


def read_answers(text: bytes, name: str, lang: Language = SOURCE) -> dict[str, str]:
    """Read answers from TOML or JSON: by question id, in one table or in nested ones; words of the questions may stand
    there in a language. Raises BadInput."""
    try:
        plain = decoded(text)
        found = json_document(plain) if name.lower().endswith(".json") else toml_document(plain)
    except BadInput as error:
        named = [Problem(f"{name}: {one.path}" if one.path else name, one.message) for one in error.problems]
        raise BadInput(f"{named[0].path}: {named[0].message}", tuple(named)) from None
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds no answers: write a question's id, an equals sign and the answer, line by line.")
    given = dict(_flat(found, "", name))
    return {one: _word_meant(BY_ID[one], said.strip(), lang) if one in BY_ID else said for one, said in given.items()}


def _flat(table: Mapping[str, Any], before: str, file: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{before}{key}"
        match value:
            case dict():
                yield from _flat(value, f"{name}.", file)
            case bool():
                yield name, "yes" if value else "no"
            case list() if all(isinstance(one, str) for one in value):
                yield name, ", ".join(value)
            case None:
                yield name, ""
            case list():
                raise BadInput(f"{file}: {name} is no answer: write a text in quotes, true, false or a list of texts.")
            case _:
                yield name, str(value)


def blank_answers(lang: Language = SOURCE) -> str:
    """Every question as a file of answers to fill in."""
    said = words_in(lang)
    lines = [f"# {said('new.blank', command='termijn terms new --answers FILE')}"]
    for question in QUESTIONS:
        lines += ["", *(f"# {line}" for line in _plain(question, lang))]
        if question.when is not None:
            other, wanted = question.when
            only = said("new.only_if", question=other, answers=", ".join(wanted)) if wanted else ""
            lines.append(f"# {only or said('new.only_if_any', question=other)}")
        lines.append(f'"{question.id}" = ""')
    return "\n".join(lines) + "\n"


def _plain(question: DraftQuestion, lang: Language) -> Iterator[str]:
    """The question, and the words that a file of answers takes: those of the format."""
    if question.takes == "length":
        yield question.bare(lang)
        yield f"  {', '.join(PERIODS)}, …"
    else:
        yield question.asks(lang)
    for one in question.known or (LENGTHS if question.takes == "length" else ()):
        means = question.means(one, lang) or question.word(one, lang)
        yield f"  {one}" + (f" – {means}" if means != one else "")


def _text(value: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
