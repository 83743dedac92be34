"""The dashboard and the alarms over a service at work: `figures.py`, as `make ops-check` does it.

Starts `termijn up` with its sample data and a Prometheus that reads it, on loopback; lets six weeks of the simulated
clock pass, asks the API for a while, and prints what each panel and each alarm shows then. Ends with 1 where a panel
has nothing to show, a rule cannot be evaluated, or somebody would be woken. Without Prometheus it says so, and prints
the metrics themselves.
"""

import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from panels import DASHBOARD, shown
from prometheus_client.parser import text_string_to_metric_families

ALERTS: Final = DASHBOARD.parent / "alerts.yaml"
LATER: Final = timedelta(weeks=6)
EVERY: Final = 1
"""Seconds between two readings."""
READINGS: Final = 20
ASKED: Final = ("agreements", "notices", "deadlines", "changes", "customers", "tasks", "nowhere", "customers?limit=0")
"""Of the API, again and again: answers of several kinds."""
_COMPARED: Final = re.compile(r"(?P<left>[^<>=]+?) (?:==|>) [\d.]+")
_METRIC: Final = re.compile(r"\btermijn_\w+")


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """The process, which is told to end at last."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def service(folder: Path) -> Iterator[httpx.Client]:
    """A service with its sample data, six weeks later; a client with the admin's key."""
    termijn = Path(sys.executable).parent / "termijn"
    command = [str(termijn), "up", "--data", str(folder), "--port", "0", "--clock", "simulated", "--workers", "2"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as running:
        assert running.stdout is not None
        ready = next((line for line in running.stdout if line.startswith("ready ")), "")
        if not ready:
            raise SystemExit(f"termijn up did not start: see {folder}")
        key = (folder / "admin.key").read_text("utf-8").strip()
        with httpx.Client(base_url=ready.split()[1], headers={"Authorization": f"Bearer {key}"}, timeout=300) as client:
            now = datetime.fromisoformat(client.get("/api/v1/clock").raise_for_status().json()["now"])
            client.put("/api/v1/clock", json={"now": (now + LATER).isoformat()}).raise_for_status()
            yield client


@contextlib.contextmanager
def prometheus(program: str, folder: Path, target: str) -> Iterator[httpx.Client]:
    """Prometheus with the alarms, reading the service; a client that asks it."""
    folder.mkdir()
    config = {
        "global": {"scrape_interval": f"{EVERY}s", "evaluation_interval": f"{EVERY}s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{"job_name": "termijn", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config), "utf-8")  # JSON is YAML
    port = free_port()
    command = [
        *(program, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"),
    ]
    with (
        ended(subprocess.Popen(command, text=True, cwd=folder)) as running,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as ask,
    ):
        until = time.monotonic() + 30
        while not _ready(ask):
            if running.poll() is not None or time.monotonic() > until:
                raise SystemExit("Prometheus did not start")
            time.sleep(0.2)
        yield ask


def _ready(ask: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return ask.get("/-/ready").is_success
    return False


def alarms(ask: httpx.Client) -> Iterator[tuple[str, str, bool]]:
    """Each alarm with what it shows, and whether that is wrong: a rule that cannot be evaluated, or one that wakes."""
    groups = ask.get("/api/v1/rules").raise_for_status().json()["data"]["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        compared = _COMPARED.fullmatch(rule["query"])
        figures = []
        if compared is not None:
            answer = ask.get("/api/v1/query", params={"query": compared["left"]}).raise_for_status().json()
            figures = [float(one["value"][1]) for one in answer["data"]["result"]]
        state = rule["state"] if rule["health"] == "ok" else f"{rule['health']}: {rule.get('lastError')}"
        said = f"{state} ({max(figures):.6g})" if figures else state
        wakes = rule["state"] == "firing" and rule["labels"]["severity"] == "page"
        yield rule["name"], said, wakes or rule["health"] != "ok"


def read(ask: httpx.Client, wanted: str) -> float | None:
    """The highest figure of a metric as the service answers it."""
    families = text_string_to_metric_families(ask.get("/metrics").raise_for_status().text)
    return max((one.value for of in families for one in of.samples if one.name == wanted), default=None)


def main() -> int:
    """Print the table; 1 where something is wrong with it."""
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    program = shutil.which("prometheus")
    wrong = []
    with contextlib.ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="termijn-figures-")))
        client = closing.enter_context(service(folder / "termijn"))
        if program is None:
            print("the panels were not evaluated: prometheus is not here (Debian has it in the package prometheus)")
            used = {
                name for one in panels for target in one.get("targets", ()) for name in _METRIC.findall(target["expr"])
            }
            for name in sorted(used):
                figure = read(client, name)
                print(f"  {name}: {'(none yet)' if figure is None else f'{figure:.6g}'}")
            return 0
        target = client.base_url.netloc.decode()
        ask = closing.enter_context(prometheus(program, folder / "prometheus", target))
        until = time.monotonic() + READINGS * EVERY
        while time.monotonic() < until:
            for path in ASKED:
                client.get(f"/api/v1/{path}")
            time.sleep(0.2)
        for panel in panels:
            if panel["type"] == "row":
                print(f"\n{panel['title'].upper()}")
                continue
            lines = list(shown(panel, ask))
            print("\n".join([panel["title"], *lines]))
            wrong += [] if lines else [f"{panel['title']} shows nothing"]
        print("\nALARMS")
        for name, said, bad in alarms(ask):
            print(f"  {name}: {said}")
            wrong += [f"{name}: {said}"] if bad else []
    print("\n".join(["", *wrong]) if wrong else "\nevery panel has something to show, and nobody is woken")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
