"""What an event of the ledger was, in words for the reader."""

from markupsafe import Markup, escape

from service.board.forms.words import FormWords
from service.board.words import BoardWords
from workflows.kinds import WORKFLOWS


def happened(w: BoardWords, f: FormWords, type: str, moved_to: str | None) -> Markup:
    """`type` is as `notice.objected`; `moved_to` the state that its subject came to, None where it stayed."""
    kind, _, name = type.partition(".")
    if w.has(f"event.{type}"):
        return w(f"event.{type}")
    if w.has(f"event.{name}"):
        what = w(f"event.{name}")
    elif moved_to is not None:
        what = f.state(kind, moved_to)
    else:
        key = f"act.{WORKFLOWS[kind].table.path}.{name}"
        what = f(key) if f.has(key) else escape(name.replace("_", " ").replace("-", " "))
    return w("event.of", subject=f.kind(kind), what=what)
