"""Where a subject stands among the states of its kind, with what may be done now."""

from collections.abc import Sequence
from uuid import UUID

from service.board.forms.words import form_words
from service.pictures.machine import DrawnAction, machine
from service.pictures.picture import Picture
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
        trigger_name=lambda one: f.action(path, one).unescape(),
        actions=actions,
    )  # fmt: skip
