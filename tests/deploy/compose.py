"""compose.yaml as its engine would read it: merged, interpolated, with the secrets that deploy/make-secrets makes."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SECRETS = "/run/secrets"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})")


def trial_environment() -> dict[str, str]:
    """The variables of deploy/trial.env."""
    lines = (ROOT / "deploy" / "trial.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`$$`, `${NAME}`, `${NAME:-default}` and `${NAME:?what is wrong}`. Raises KeyError for the last."""

    def put(found: re.Match[str]) -> str:
        name, how, rest = found.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if how == "?":
            raise KeyError(f"{name}: {rest}")
        return rest or ""

    return _VARIABLE.sub(put, text)


def _each(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _each(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_each(value, variables) for value in node]
    return interpolate(node, variables) if isinstance(node, str) else node


def load(variables: Mapping[str, str]) -> dict[str, Any]:
    document = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    read = _each({key: value for key, value in document.items() if not key.startswith("x-")}, variables)
    assert isinstance(read, dict)
    return read


def make_secrets(folder: Path, *options: str) -> str:
    """Run deploy/make-secrets; what it printed."""
    command = [str(ROOT / "deploy" / "make-secrets"), "--dir", str(folder), *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def environment(service: Mapping[str, Any], secrets: Path) -> dict[str, str]:
    """What the process of a service finds in its environment, its secrets in `secrets`."""
    given = service.get("environment", {})
    return {name: str(value).replace(SECRETS, str(secrets)) for name, value in given.items()}
