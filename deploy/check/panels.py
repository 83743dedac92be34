"""The figures that the dashboard would show now, panel by panel, asked of a Prometheus: `panels.py http://HOST:9090`.

For a look without Grafana, and to see that each panel has something to show. Ends with 1 where one has nothing.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

DASHBOARD = Path(__file__).parents[1] / "dashboard.json"
MOST = 6
"""Series of a panel that are shown."""


def shown(panel: dict[str, Any], ask: httpx.Client) -> Iterator[str]:
    """One line for each series of a panel: what it is called, and its latest figure."""
    for target in panel.get("targets", ()):
        answer = ask.get("/api/v1/query", params={"query": target["expr"]}).raise_for_status().json()
        for one in answer["data"]["result"][:MOST]:
            called = target["legendFormat"]
            for name, value in one["metric"].items():
                called = called.replace("{{" + name + "}}", value)
            yield f"  {called or panel['title']}: {float(one['value'][1]):.6g}"


def main() -> int:
    """Print them all."""
    empty = []
    with httpx.Client(base_url=sys.argv[1], timeout=10) as ask:
        for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
            if panel["type"] == "row":
                print(f"\n{panel['title'].upper()}")
                continue
            lines = list(shown(panel, ask))
            print("\n".join([panel["title"], *lines]))
            if not lines:
                empty.append(panel["title"])
    if empty:
        print(f"\nnothing to show: {', '.join(empty)}")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
