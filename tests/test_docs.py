"""Pages that are made from the code equal what the code says."""

from pathlib import Path

from workflows.diagram import lifecycle_page

DOCS = Path(__file__).parents[1] / "docs"


def test_the_lifecycle_page_is_drawn_from_the_tables() -> None:
    written = (DOCS / "lifecycle.md").read_text("utf-8")
    assert written == lifecycle_page(), "run `make docs`"
