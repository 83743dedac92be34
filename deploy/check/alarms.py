"""Check the alarms and the dashboard in `deploy` against the metrics that there are, as `make ops-check` does.

Each metric and label that they ask for is one that `GET /metrics` answers, each place in the documentation is there,
and panels do not overlap. Prometheus' own promtool reads and plays the alarms too, where there is one.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from service.http.health import DEPTHS, SEALS
from service.http.middleware import Metrics

HERE = Path(__file__).parents[1]
ALERTS, PLAYED, DASHBOARD = HERE / "alerts.yaml", HERE / "alerts.test.yaml", HERE / "dashboard.json"
SEVERITIES = ("page", "ticket")
WIDE = 24
"""Columns of a dashboard."""
LABELS = {
    "termijn_database_up": frozenset[str](),
    "termijn_periodic_age_seconds": frozenset({"work"}),
    "termijn_overdue_deadlines": frozenset({"rule", "party"}),
    "termijn_old_reads_total": frozenset({"of"}),
    "termijn_old_reads_created": frozenset({"of"}),
    **{f"termijn_{name}": frozenset[str]() for name in (*DEPTHS, *SEALS)},
}
"""The labels of the gauges, by their names; a test compares them with what is answered."""

_USED = re.compile(r"\b(termijn_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'\s*(\w+)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"\s*')
_PAIRS = {")": "(", "]": "[", "}": "{"}


def metrics() -> dict[str, frozenset[str]]:
    """Every series with its labels."""
    counted = Metrics()
    counted.requests.labels("GET", "/", "200").inc()
    counted.seconds.labels("/").observe(1)
    found = dict(LABELS)
    for family in text_string_to_metric_families(generate_latest(counted.registry).decode()):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, frozenset()) | frozenset(sample.labels)
    return found


def wrong_in(expr: str, known: dict[str, frozenset[str]]) -> Iterator[str]:
    """Say what is wrong with an expression: a metric or label that there is not, or brackets that do not close."""
    used = list(_USED.finditer(expr))
    if not used:
        yield "asks for no metric of ours"
    for one in used:
        if one[1] not in known:
            yield f"{one[1]} is no metric"
            continue
        for matcher in (one[2] or "").split(",") if one[2] else ():
            named = _MATCHER.fullmatch(matcher)
            if named is None:
                yield f"{matcher!r} is no matcher"
            elif named[1] not in known[one[1]] | {"job", "instance"}:
                yield f"{one[1]} has no label {named[1]}"
    open_: list[str] = []
    for char in re.sub(r'"(?:[^"\\]|\\.)*"', "", expr):
        if char in _PAIRS.values():
            open_.append(char)
        elif char in _PAIRS and (not open_ or open_.pop() != _PAIRS[char]):
            yield f"{char} closes nothing"
    if open_:
        yield f"{open_[-1]} is not closed"


def anchors(page: str) -> set[str]:
    """The headings of a page, as links name them."""
    return {
        re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    }


def wrong_alerts(text: str, known: dict[str, frozenset[str]]) -> Iterator[str]:
    """What is wrong with the alarms, each by its name."""
    seen: set[str] = set()
    for rule in (rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]):
        name = rule.get("alert", "(no name)")
        yield from (f"{name}: {why}" for why in wrong_in(rule["expr"], known))
        if name in seen:
            yield f"{name} is there twice"
        seen.add(name)
        if rule.get("labels", {}).get("severity") not in SEVERITIES:
            yield f"{name}: severity is one of {', '.join(SEVERITIES)}"
        if not re.fullmatch(r"\d+[smh]", rule.get("for", "0s")):
            yield f"{name}: for is no length"
        notes = rule.get("annotations", {})
        page, _, place = notes.get("runbook", "").partition("#")
        there = HERE.parent / page
        leads = bool(page) and there.is_file() and place in anchors(there.read_text("utf-8"))
        if not notes.get("summary") or not leads:
            yield f"{name}: says what is the matter and leads to a place in the documentation"


def wrong_dashboard(text: str, known: dict[str, frozenset[str]]) -> Iterator[str]:
    """What is wrong with the dashboard, each by its panel's title."""
    panels: list[dict[str, Any]] = json.loads(text)["panels"]
    taken: dict[tuple[int, int], str] = {}
    if len({one["id"] for one in panels}) != len(panels):
        yield "two panels have one id"
    for panel in panels:
        title, at = panel["title"], panel["gridPos"]
        if at["x"] + at["w"] > WIDE:
            yield f"{title}: is wider than the page"
        for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if place in taken:
                yield f"{title}: lies over {taken[place]}"
                break
            taken[place] = title
        if panel["type"] != "row" and not panel.get("targets"):
            yield f"{title}: asks for nothing"
        for target in panel.get("targets", ()):
            yield from (f"{title}: {why}" for why in wrong_in(target["expr"], known))


def problems() -> list[str]:
    """Everything that is wrong with the files."""
    known = metrics()
    found = [
        *(f"{ALERTS.name}: {one}" for one in wrong_alerts(ALERTS.read_text("utf-8"), known)),
        *(f"{DASHBOARD.name}: {one}" for one in wrong_dashboard(DASHBOARD.read_text("utf-8"), known)),
    ]
    used = {one[1] for one in _USED.finditer(ALERTS.read_text("utf-8") + DASHBOARD.read_text("utf-8"))}
    unseen = {name for name in known if not name.endswith(("_created", "_sum", "_count"))} - used
    return found + [f"{name} is on no panel and in no alarm" for name in sorted(unseen)]


def played(promtool: str) -> int:
    """What Prometheus' own tool says: 0 where all is well."""
    return (
        subprocess.run([promtool, "check", "rules", str(ALERTS)], check=False).returncode
        or subprocess.run([promtool, "test", "rules", PLAYED.name], cwd=HERE, check=False).returncode
    )


def main() -> int:
    """Print what is wrong; 1 where anything is."""
    found = problems()
    print("\n".join(found) or f"{ALERTS.name} and {DASHBOARD.name} ask for metrics that there are")
    promtool = shutil.which("promtool")
    if promtool is None:
        print("not played: promtool is not here (Debian has it in the package prometheus)")
    return 1 if found or (promtool is not None and played(promtool)) else 0


if __name__ == "__main__":
    sys.exit(main())
