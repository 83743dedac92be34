"""What operations are called: by a verb and a noun, where the action and its kind of subject do not make one."""

from collections.abc import Iterable, Mapping
from typing import Final

from workflows.kinds import WORKFLOWS

NOUNS: Final[Mapping[str, tuple[str, str]]] = {"upstream": ("upstream_notice", "upstream_notices")}
"""By kind of subject: one, and several; where its path does not say it."""
ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("agreement", "add-main-contract"): "add_main_contract",
    ("agreement", "approve-plan"): "approve_deletion_plan",
    ("agreement", "cancel-end"): "cancel_agreement_end",
    ("agreement", "cancel-service"): "cancel_service",
    ("agreement", "choose"): "choose_return_or_erasure",
    ("agreement", "confirm"): "confirm_deletion",
    ("agreement", "end-main-contract"): "end_main_contract",
    ("agreement", "give-facts"): "give_agreement_facts",
    ("agreement", "hold"): "hold_data",
    ("agreement", "override"): "override_hold",
    ("agreement", "record-violation"): "record_violation",
    ("agreement", "release"): "release_data",
    ("audit", "certificate"): "offer_audit_certificate",
    ("audit", "divide-cost"): "divide_audit_cost",
    ("audit", "improve"): "improve_finding",
    ("audit", "sign-nda"): "sign_audit_nda",
    ("change", "confirm"): "confirm_change_deletion",
    ("matter", "take-back"): "take_back_matter_answer",
    ("notice", "consent"): "consent_to_notice",
    ("notice", "decide"): "decide_objection",
    ("notice", "deemed-received"): "deem_notice_received",
    ("notice", "not-received"): "mark_notice_not_received",
    ("notice", "object"): "object_to_notice",
    ("notice", "take-back"): "take_back_answer",
    ("notice", "terminate"): "terminate_by_notice",
    ("request", "written"): "record_written_request",
    ("task", "done"): "complete_task",
    ("upstream", "object"): "object_to_upstream_notice",
}


def nouns(kind: str, path: str) -> tuple[str, str]:
    """What one and several of a kind of subject are called in the names of operations."""
    return NOUNS.get(kind, (kind, path))


def action_name(kind: str, trigger: str) -> str:
    """The name of an action's operation."""
    return ACTIONS.get((kind, trigger)) or f"{trigger.replace('-', '_')}_{nouns(kind, '')[0]}"


def action_links(kind: str, actions: Iterable[str]) -> dict[str, str]:
    """For each action of a subject, where the document describes it."""
    path = WORKFLOWS[kind].table.path
    return {one: f"/docs/openapi.json#/paths/~1api~1v1~1{path}~1%7Bid%7D~1{one}/post" for one in actions}
