"""Answers to the questions of `termijn terms new`: asked on a terminal, or read from a file."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import click

from workflows.errors import BadInput
from workflows.terms.questions import QUESTIONS, Answers, Question, answer_problem


def ask() -> Answers:
    """Ask every question that makes sense after the answers before; an empty answer leaves it open."""
    click.echo("An empty answer leaves a question open: the file then says what is left to fill in.\n", err=True)
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        if question.is_asked(answers) and (answer := _one(question)):
            answers[question.id] = answer
    return answers


def _one(question: Question) -> str:
    choices = ("yes", "no") if question.takes == "yes_no" else question.choices
    asks = f"{question.asks} [{', '.join(choices)}]" if choices else question.asks
    while True:
        answer: str = click.prompt(asks, default="", show_default=False, err=True).strip()
        problem = answer_problem(question, answer) if answer else None
        if problem is None:
            return answer
        click.echo(f"  {problem}", err=True)


def read_answers(text: bytes, name: str) -> Answers:
    """Read answers from TOML or JSON: by question id, in one table or in nested ones. Raises BadInput."""
    try:
        plain = text.decode("utf-8-sig")
        found = json.loads(plain) if name.endswith(".json") else tomllib.loads(plain)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} holds no answers: {error}.") from None
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds no answers: write a question's id, an equals sign and the answer, line by line.")
    return dict(_flat(found, ""))


def _flat(table: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            found += _flat(value, f"{name}.")
        elif isinstance(value, bool):
            found.append((name, "yes" if value else "no"))
        elif isinstance(value, list):
            found.append((name, ", ".join(str(one) for one in value)))
        else:
            found.append((name, str(value)))
    return found


def blank_answers() -> str:
    """Every question as a file of answers to fill in."""
    lines = ["# Answers for `termijn terms new --answers FILE`. What stays empty is left open."]
    for question in QUESTIONS:
        choices = ("yes", "no") if question.takes == "yes_no" else question.choices
        when = f" (only if {question.when[0]} is {' or '.join(question.when[1])})" if question.when else ""
        lines += ["", f"# {question.asks}{when}", *([f"# {', '.join(choices)}"] if choices else [])]
        lines.append(f'"{question.id}" = ""')
    return "\n".join(lines) + "\n"
