"""A wide and a narrow font of the tests' own: what fits a screen must not depend on the machine's fonts."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

WIDE: Final = "DejaVu Sans Mono"
"""What every page is drawn in: each letter takes the room of an m, more than any font of text that readers have."""
NARROW: Final = "Source Sans Pro"
_FOLDERS: Final = (files("barcode") / "fonts", files("font_source_sans_pro") / "files")
_CONFIG: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  {folders}
  <cachedir>{cache}</cachedir>
  <match><edit name="family" mode="append"><string>{wide}</string></edit></match>
</fontconfig>
"""


def only_ours(folder: Path) -> dict[str, str]:
    """The environment of a program that shall know no other fonts; `folder` is for its settings."""
    folders = "".join(f"<dir>{one}</dir>" for one in _FOLDERS)
    config = folder / "fonts.conf"
    config.write_text(_CONFIG.format(folders=folders, cache=folder / "fonts", wide=WIDE), "utf-8")
    return {"FONTCONFIG_FILE": str(config)}


async def in_both_fonts(page: Page, measure: str) -> list[Any]:
    """What `measure`, a function of script, gives as the page is and in the narrow font; asked at one go. A sheet that
    is made by script is none that its content security policy is about."""
    found: list[Any] = await page.evaluate(
        f"""font => {{
            const measure = {measure};
            const wide = measure();
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`* {{ font-family: "${{font}}" !important }}`);
            document.adoptedStyleSheets = [sheet];
            const narrow = measure();
            document.adoptedStyleSheets = [];
            return [wide, narrow];
        }}""",
        NARROW,
    )
    return found
