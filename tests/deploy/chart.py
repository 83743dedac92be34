"""The chart as Helm would fill it in. Its templates name values and do nothing else, so that it can be done without."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm"
PLAIN = ROOT / "deploy/kubernetes"
EXAMPLE: Mapping[str, Any] = {
    "image": f"registry.example.org/termijn@sha256:{'0' * 64}",
    "baseUrl": "https://dpa.example.org",
}
"""What stands in the plain manifests where a deployment says its own."""
_VALUE = re.compile(r"\{\{ \.Values\.([A-Za-z.]+) \}\}")


def values(given: Mapping[str, Any] = EXAMPLE) -> dict[str, Any]:
    """The values of the chart, some of them given."""
    return {**yaml.safe_load((CHART / "values.yaml").read_text("utf-8")), **given}


def filled(text: str, given: Mapping[str, Any]) -> str:
    """A template with its values. Raises KeyError for one that there is not, ValueError where it does more."""

    def value(found: re.Match[str]) -> str:
        inner: Any = given
        for name in found[1].split("."):
            inner = inner[name]
        return str(inner)

    made = _VALUE.sub(value, text)
    if "{{" in made:
        raise ValueError("a template names values and does nothing else")
    return made


def templates() -> list[Path]:
    return sorted((CHART / "templates").iterdir())


def resources(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource that the chart makes."""
    for path in templates():
        yield from yaml.safe_load_all(filled(path.read_text("utf-8"), given))


def main() -> None:
    """Write the plain manifests."""
    for path in templates():
        (PLAIN / path.name).write_text(filled(path.read_text("utf-8"), values()), "utf-8")


if __name__ == "__main__":
    main()
