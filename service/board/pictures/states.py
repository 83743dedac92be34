"""Where a subject stands among the states of its kind, with what may be done now."""

from collections.abc import Sequence
from uuid import UUID

from service.board.forms.words import form_words
from service.board.words import board_words
from service.pictures.machine import DrawnAction, machine
from service.pictures.picture import Picture
from service.pictures.words import sentences
from workflows.kinds import WORKFLOWS
from workflows.words import Language


def states_picture(
    kind: str, path: str, id: UUID, title: str, state: str, actions: Sequence[DrawnAction], lang: Language
) -> Picture:
    """The states of a kind, the subject's own lit. `path`: where its kind stands below the API; `actions` are those
    that the page offers."""
    f = form_words(lang)
    return machine(
        f"states-{id}", title, WORKFLOWS[kind], state, lang,
        state_name=lambda one: f.state(kind, one).unescape(),
        trigger_name=lambda one: _happens(kind, path, one, lang),
        actions=actions,
    )  # fmt: skip


def _happens(kind: str, path: str, trigger: str, lang: Language) -> str:
    """What a trigger is to people: an action by its name, else what happened, else that it comes by itself."""
    f, w = form_words(lang), board_words(lang)
    if f.has(f"act.{path}.{trigger}"):
        return f.action(path, trigger).unescape()
    events = [row.event for row in WORKFLOWS[kind].table.rows if row.trigger == trigger]
    keys = (key for event in events for key in (f"event.{kind}.{event}", f"event.{event}"))
    said = next((w(key).unescape() for key in keys if w.has(key)), "")
    return said or sentences(lang)("machine.by_itself")
