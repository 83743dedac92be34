"""Units, manifests and chart against what the program needs, and against compose.yaml, which the stack's tests run."""

import json
import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from service.settings import Settings, variable
from tests.deploy.chart import CHART, EXAMPLE, PLAIN, ROOT, filled, resources, templates, values
from tests.deploy.compose import load, trial_environment

COMPOSE: dict[str, dict[str, Any]] = load(trial_environment())["services"]
FIELDS = {variable(field) for field in Settings.__struct_fields__}
MADE = {(one["kind"], one["metadata"]["name"]): one for one in resources(values())}
SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))
PARTS = {
    "migrate": MADE["Job", "termijn-migrate"],
    "api": MADE["Deployment", "termijn-api"],
    "worker": MADE["Deployment", "termijn-worker"],
}
UNITS = {
    "migrate": "termijn-migrate.service", "api": "termijn-api.service", "worker": "termijn-worker@.service",
}  # fmt: skip
each_part = pytest.mark.parametrize("part", PARTS)


class Unit(ConfigParser):
    """A unit of systemd, whose keys may come again."""

    def __init__(self, part: str) -> None:
        super().__init__(interpolation=None, strict=False, delimiters=("=",))
        self.text = (ROOT / "deploy/systemd" / UNITS[part]).read_text("utf-8")
        self.read_string(self.text)

    def several(self, key: str) -> list[str]:
        return re.findall(rf"^{key}=(.*)$", self.text, re.MULTILINE)


def pod(part: str) -> dict[str, Any]:
    found: dict[str, Any] = PARTS[part]["spec"]["template"]["spec"]
    return found


def told(part: str) -> dict[str, str]:
    """What a process of the cluster finds in its environment."""
    [container] = pod(part)["containers"]
    shared = MADE["ConfigMap", "termijn"]["data"] if "envFrom" in container else {}
    return {**shared, **{one["name"]: one["value"] for one in container["env"]}}


def test_the_plain_manifests_are_the_chart_filled_in() -> None:
    written = {path.name: path.read_text("utf-8") for path in PLAIN.iterdir()}
    assert written == {path.name: filled(path.read_text("utf-8"), values()) for path in templates()}, (
        "run `python -m tests.deploy.chart`"
    )


def test_a_template_that_does_more_than_name_values_is_noticed() -> None:
    with pytest.raises(ValueError, match="nothing else"):
        filled("{{ if .Values.image }}", values())
    with pytest.raises(KeyError):
        filled("{{ .Values.nothing }}", values())


def test_the_chart_asks_for_what_only_a_deployment_knows() -> None:
    jsonschema.validate(values(), SCHEMA)
    for missing in EXAMPLE:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(values({key: said for key, said in EXAMPLE.items() if key != missing}), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values({**EXAMPLE, "image": "registry.example.org/termijn:latest"}), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values({**EXAMPLE, "replica": 2}), SCHEMA)


@each_part
def test_each_process_is_told_what_compose_tells_it(part: str) -> None:
    mine, theirs = told(part), COMPOSE[part]["environment"]
    assert {name.removesuffix("_FILE") for name in mine} <= FIELDS
    assert theirs.keys() <= mine.keys()
    assert {name: mine[name] for name in theirs if name.endswith("_FILE")} == {
        name: said for name, said in theirs.items() if name.endswith("_FILE")
    }
    [secrets] = [one["secret"]["items"] for one in pod(part)["volumes"] if "items" in one.get("secret", {})]
    assert sorted(one["key"] for one in secrets) == sorted(COMPOSE[part]["secrets"])
    assert all(one["key"] == one["path"] for one in secrets)
    assert pod(part)["containers"][0]["args"] == COMPOSE[part]["command"]


@each_part
def test_each_pod_is_bare(part: str) -> None:
    spec = pod(part)
    user, _, group = COMPOSE[part]["user"].partition(":")
    inside = spec["securityContext"]
    assert (inside["runAsUser"], inside["runAsGroup"], inside["runAsNonRoot"]) == (int(user), int(group), True)
    assert spec["automountServiceAccountToken"] is False
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert "memory" in container["resources"]["limits"]
    assert "@sha256:" in container["image"]


@pytest.mark.parametrize("part", ["api", "worker"])
def test_each_deployment_is_looked_after_and_stops_no_earlier_than_in_compose(part: str) -> None:
    deployment = PARTS[part]
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert deployment["spec"]["template"]["metadata"]["labels"] == labels
    assert MADE["PodDisruptionBudget", f"termijn-{part}"]["spec"]["selector"]["matchLabels"] == labels
    [container] = pod(part)["containers"]
    # An API without Redis serves, and nobody is killed because the database is away.
    ready = {"httpGet": {"path": "/health/live", "port": "http"}}
    if part == "worker":
        ready = {"exec": {"command": COMPOSE[part]["healthcheck"]["test"][1:]}}
    assert container["readinessProbe"].items() >= ready.items()
    assert "exec" not in container.get("livenessProbe", {})
    assert "startupProbe" not in container
    grace = int(COMPOSE[part]["stop_grace_period"].removesuffix("s"))
    assert pod(part)["terminationGracePeriodSeconds"] >= grace
    assert Unit(part)["Service"]["TimeoutStopSec"] == f"{grace}s"


def test_the_api_is_served_at_its_port_and_nothing_else_is_reached() -> None:
    [container] = pod("api")["containers"]
    [port] = container["ports"]
    assert str(port["containerPort"]) == told("api")["TERMIJN_PORT"]
    [served] = MADE["Service", "termijn-api"]["spec"]["ports"]
    assert served["targetPort"] == port["name"]
    assert "ingress" not in MADE["NetworkPolicy", "termijn"]["spec"]
    assert MADE["NetworkPolicy", "termijn-api"]["spec"]["ingress"] == [{"ports": [{"port": port["containerPort"]}]}]


@each_part
def test_each_unit_gives_its_process_what_compose_gives_it(part: str) -> None:
    unit = Unit(part)
    credentials = dict(one.split(":", 1) for one in unit.several("LoadCredential"))
    assert sorted(credentials) == sorted(COMPOSE[part]["secrets"])
    assert all(path == f"/etc/termijn/secrets/{name}" for name, path in credentials.items())
    mine = dict(one.split("=", 1) for one in unit.several("Environment"))
    assert {name: said.replace("%d", "/run/secrets") for name, said in mine.items()} == {
        name: said for name, said in COMPOSE[part]["environment"].items() if name.endswith("_FILE")
    }
    assert unit["Service"]["ExecStart"].split()[1:] == COMPOSE[part]["command"]
    assert unit["Service"]["DynamicUser"] == "yes"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["Restart"] == ("on-failure" if part == "migrate" else "always")


def test_the_settings_of_the_units_are_known_and_hold_no_secret() -> None:
    lines = (ROOT / "deploy/systemd/settings").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert given.keys() <= FIELDS
    secret = {name.removesuffix("_FILE") for part in PARTS for name in told(part) if name.endswith("_FILE")}
    assert not given.keys() & secret


OPTIONAL = {
    "TERMIJN_FILES_URL", "TERMIJN_SEAL_KEY_FILE", "TERMIJN_SEAL_CERTIFICATE_FILE", "TERMIJN_SEAL_PASSPHRASE",
    "TERMIJN_TIMESTAMP_URL", "TERMIJN_DATABASE_REPLICA_URL", "TERMIJN_DATABASE_REPLICA_LAG", "TERMIJN_OIDC_ISSUER",
    "TERMIJN_OIDC_CLIENT_ID", "TERMIJN_OIDC_CLIENT_SECRET", "OTEL_EXPORTER_OTLP_ENDPOINT", "TERMIJN_LOGS",
}  # fmt: skip
"""What a deployment may do without, beside those that it is asked for or has from the start."""


def behind_a_sign(text: str) -> str:
    """A file with what stands in it behind a # and no blank."""
    return re.sub(r"^( *)#(?=[A-Za-z-])", r"\1", text, flags=re.MULTILINE)


def test_compose_has_what_may_be_left_out_at_its_place() -> None:
    """Taken out of its comments, all of it is read, and each secret is at hand to who is told its file."""
    whole = yaml.safe_load(behind_a_sign((ROOT / "compose.yaml").read_text("utf-8")))
    named: set[str] = set()
    for part in ("api", "worker"):
        one = whole["services"][part]
        for name, said in one["environment"].items():
            named.add(name)
            if str(said).startswith("/run/secrets/"):
                assert said.removeprefix("/run/secrets/") in one["secrets"], f"{part}: {name}"
        assert set(one["secrets"]) <= set(whole["secrets"])
        assert set(one["networks"]) <= set(whole["networks"])
    known = {one for name in named for one in (name, name.removesuffix("_FILE"))}
    assert known >= OPTIONAL
    assert {name for name in named if not {name, name.removesuffix("_FILE")} & FIELDS} == set()


def test_units_have_what_may_be_left_out_at_its_place() -> None:
    folder = ROOT / "deploy/systemd"
    lines = [
        line
        for name in ("settings", "optional.conf")
        for line in behind_a_sign((folder / name).read_text("utf-8")).splitlines()
    ]
    told = {
        line.removeprefix("Environment=").split("=")[0] for line in lines if re.match(r"(Environment=)?[A-Z_]+=", line)
    }
    assert {one for name in told for one in (name, name.removesuffix("_FILE"))} >= OPTIONAL
    assert {name for name in told if not {name, name.removesuffix("_FILE")} & FIELDS} == set()
    loaded = [line.removeprefix("LoadCredential=").split(":") for line in lines if line.startswith("LoadCredential=")]
    assert all(path == f"/etc/termijn/secrets/{name}" for name, path in loaded)
    assert {name for name, _ in loaded} == {line.rpartition("%d/")[2] for line in lines if "%d/" in line}


@pytest.mark.parametrize("part", ["api", "worker"])
def test_a_pod_reads_what_may_be_left_out_where_it_is_there(part: str) -> None:
    [container] = pod(part)["containers"]
    optional = {"name": "termijn-optional", "optional": True}
    assert {"configMapRef": optional} in container["envFrom"]
    [volume] = [one for one in pod(part)["volumes"] if one["name"] == "optional"]
    assert (volume["secret"]["secretName"], volume["secret"]["optional"]) == ("termijn-optional", True)
    assert {"name": "optional", "mountPath": "/run/optional", "readOnly": True} in container["volumeMounts"]


def test_the_page_on_operations_names_each_folder() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    for folder in (PLAIN, CHART, ROOT / "deploy/systemd"):
        assert f"deploy/{Path(folder).name}" in page
