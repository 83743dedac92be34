"""Alarms and dashboard in `deploy`: they ask for metrics that there are, and say where to read on."""

import importlib.util
import re
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.compose import ROOT
from tests.http.conftest import acme, api, settings
from tests.resources.conftest import Desk, desk

__all__ = ["acme", "api", "desk", "settings"]


def loaded(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"deploy/check/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OPS = loaded("alarms")
PANELS = loaded("panels")
KNOWN = OPS.metrics()


def test_they_ask_for_what_there_is() -> None:
    assert OPS.problems() == []


@pytest.mark.parametrize(
    ("expr", "why"),
    [
        ("max(termijn_due_timer) > 0", "termijn_due_timer is no metric"),
        ("up == 0", "asks for no metric of ours"),
        ('termijn_overdue_deadlines{rules="a"}', "has no label rules"),
        ("termijn_overdue_deadlines{rule=a}", "is no matcher"),
        ("max(termijn_due_timers > 0", "( is not closed"),
        ("max(termijn_due_timers[5m)] > 0", ") closes nothing"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said(expr: str, why: str) -> None:
    assert any(why in one for one in OPS.wrong_in(expr, KNOWN))


def test_what_is_wrong_with_an_alarm_or_a_panel_is_said() -> None:
    alarm = (
        "groups: [{name: a, rules: [{alert: A, expr: termijn_due_timers > 0, for: soon, labels: {severity: high}}]}]"
    )
    assert len(list(OPS.wrong_alerts(alarm, KNOWN))) == 3
    text = OPS.DASHBOARD.read_text("utf-8")
    assert list(OPS.wrong_dashboard(text.replace('"x": 3', '"x": 0'), KNOWN)) == ["Set apart: lies over Database"]
    assert list(OPS.wrong_dashboard(text.replace('"id": 2', '"id": 3', 1), KNOWN)) == ["two panels have one id"]


def test_a_panel_is_told_by_its_figures() -> None:
    def answered(request: httpx.Request) -> httpx.Response:
        assert request.url.params["query"] == "max by (work) (age)"
        series = [{"metric": {"work": one}, "value": [0, figure]} for one, figure in (("mail", "1.5"), ("roots", "2"))]
        return httpx.Response(200, json={"data": {"result": series}})

    panel = {"title": "Ages", "targets": [{"expr": "max by (work) (age)", "legendFormat": "{{work}}"}]}
    with httpx.Client(base_url="http://prometheus.test", transport=httpx.MockTransport(answered)) as ask:
        assert list(PANELS.shown(panel, ask)) == ["  mail: 1.5", "  roots: 2"]


def test_an_alarm_is_told_by_its_state_and_its_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "deploy/check")
    figures = loaded("figures")
    rules = [
        {"name": name, "query": query, "state": state, "health": health, "labels": {"severity": severity}}
        for name, query, state, health, severity in (
            ("Late", "max(termijn_a) > 60", "firing", "ok", "page"),
            ("Slow", "max(termijn_b) > 0.5", "firing", "ok", "ticket"),
            ("Silent", "absent(termijn_c)", "inactive", "ok", "page"),
            ("Odd", "termijn_d == 0", "unknown", "err", "ticket"),
        )
    ]

    def answered(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/rules":
            return httpx.Response(200, json={"data": {"groups": [{"rules": rules}]}})
        figure = {"max(termijn_a)": "61.5", "max(termijn_b)": "0.75"}.get(request.url.params["query"])
        series = [] if figure is None else [{"metric": {}, "value": [0, figure]}]
        return httpx.Response(200, json={"data": {"result": series}})

    with httpx.Client(base_url="http://prometheus.test", transport=httpx.MockTransport(answered)) as ask:
        assert list(figures.alarms(ask)) == [
            ("Late", "firing (61.5)", True),
            ("Slow", "firing (0.75)", False),
            ("Silent", "inactive", False),
            ("Odd", "err: None", True),
        ]


async def test_the_metrics_are_those_that_are_answered(desk: Desk) -> None:
    agreement = await desk.agreement("stkkr")
    found = {"discovered_at": "2026-03-02T08:00:00Z", "summary": "a laptop is gone", "agreements": [agreement["id"]]}
    await desk.api.made("breaches", found)
    await desk.world.days(5)
    text = (await desk.api.client.get("/metrics")).text
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    answered: dict[str, frozenset[str]] = {}
    for one in samples:
        answered[one.name] = answered.get(one.name, frozenset()) | frozenset(one.labels)
    assert answered == KNOWN
    late = {(one.labels["rule"], one.labels["party"]): one.value for one in samples if "overdue" in one.name}
    assert late == {("breach.notice", "processor"): 1}
    assert agreement["id"] not in text


async def test_what_waits_has_an_age(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    agreement = await desk.agreement(active=False)
    answer = await desk.api.post(f"agreements/{agreement['id']}/send", {})
    assert answer.status_code == 200, answer.text
    await desk.world.rows("update clock set now = now + interval '20 minutes' returning mode")
    text = (await desk.api.client.get("/metrics")).text
    assert re.search(r"termijn_oldest_unsent_message_seconds 1200\.0", text)
