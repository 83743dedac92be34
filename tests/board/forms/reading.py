"""What stands in the inputs of a page, as a browser would post it."""

from html.parser import HTMLParser
from typing import Any


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._select = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        match tag, given.get("type"):
            case "input", "checkbox" | "radio":
                if "checked" in given:
                    self.found.append((name, given.get("value") or "on"))
            case "input", _:
                self.found.append((name, given.get("value") or ""))
            case "select", _:
                self._select = name
            case "option", _ if self._select and "selected" in given:
                self.found.append((self._select, given.get("value") or ""))
            case "textarea", _:
                self._area = ""
                self._select = name

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.found.append((self._select, self._area.removeprefix("\n")))
            self._area = None
        if tag in ("select", "textarea"):
            self._select = ""


def inputs(page: str) -> dict[str, Any]:
    """By name, the text or the texts."""
    reader = _Inputs()
    reader.feed(page.partition("<main")[2].partition("</main>")[0])
    found: dict[str, list[str]] = {}
    for name, text in reader.found:
        found.setdefault(name, []).append(text)
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}
