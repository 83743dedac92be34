"""Puts beside the generated clients what is written by hand, so that each is a package to be published.

    assemble.py build/clients

Each has the service's version, the licence, a README and tests of its own.
"""

import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent


def main(target: Path) -> None:
    """Copy, and write the version into both."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    for name in ("python", "typescript"):
        shutil.copytree(HERE / name, target / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "LICENSE", target / name)
    shutil.copytree(ROOT / "examples", target / "typescript" / "examples", dirs_exist_ok=True)
    project = target / "python" / "pyproject.toml"
    text = re.sub(r'^version = "0".*$', f'version = "{version}"', project.read_text("utf-8"), flags=re.MULTILINE)
    project.write_text(text, "utf-8")
    package = target / "typescript" / "package.json"
    package.write_text(json.dumps({**json.loads(package.read_text("utf-8")), "version": version}, indent=2), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
