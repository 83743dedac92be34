"""The statements that run for every notice, timer, mail and question, each with arguments as a busy moment has them."""

from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from db.narrowing import among_name, with_name
from db.queries import narrowed, narrowed_in_order, sorts
from db.sorting import sorted_names
from tests.db.crowd import CHANGE, HOST, OURS, SMALL, id_of, ids
from tests.db.samples import INSTANT

BATCH: Final = 50
"""How many rows are asked for at once."""

NOW: Final = INSTANT
_HAPPENED: Final = datetime(2026, 2, 1, tzinfo=UTC)
"""When all events of the crowd were."""
TENANT: Final = [OURS]
FIRST: Final = ids("notice", 1)[0]
NOTICES: Final = ids("notice", BATCH)
AGREEMENTS: Final = ids("agreement", BATCH)
CUSTOMERS: Final = ids("customer", BATCH)
CONTACTS: Final = ids("contact", BATCH)
TASKS: Final = ids("task", BATCH)
DUE: Final = ids("due", BATCH)
QUEUED: Final = ids("queued", BATCH)
MESSAGES: Final = ids("message", BATCH)


def rows(of: list[UUID], column: str = "subject_id", /, **more: Any) -> str:
    """One row each as JSON, `column` its id; a list among `more` gives each row its own value."""
    made = [
        {"processor_id": OURS, column: one, **{name: v[n] if isinstance(v, list) else v for name, v in more.items()}}
        for n, one in enumerate(of)
    ]
    return msgspec.json.encode(made).decode()


def fresh() -> list[UUID]:
    return [uuid4() for _ in range(BATCH)]


_DEADLINE: Final = {
    "rule": "subprocessor.objection", "key": "", "text": "Answer.", "due_at": NOW, "last_day": "2026-04-01",
    "zone": "Europe/Amsterdam", "boundary": "exclusive", "party": "controller", "clause": "1", "reading": "",
    "steps": "[]", "calendar": "NL", "remind_at": None,
}  # fmt: skip
_TIMER: Final = {"name": "close", "trigger": "close", "due_at": NOW, "rank": 10, "lane": "normal", "data": {}}
_MESSAGE: Final = {
    "kind": "announcement", "address": "kim@c.example", "language": "nl", "data": {}, "counts": True, "state": "queued",
    "created_at": NOW, "carried_by": None, "reminds": False,
}  # fmt: skip
_NOTICE: Final = {
    "change_id": CHANGE, "rule": "objection", "clause": "1", "form": "any", "grounds": "none", "rights": "[]",
    "own_period": False, "answers": "[]", "replies": "[]", "running": True, "revision": 1, "first_revision": 1,
    "emergency": False,
}  # fmt: skip
_TASK: Final = {
    "about_kind": "notice", "kind": "look", "key": "", "text": "Look.", "role": "manager", "data": {}, "done_at": NOW,
}  # fmt: skip
_ENGAGEMENT: Final = {"country": "NL", "since": NOW, "basis": "notice", "change_id": CHANGE, "leaves_country": None}
_LISTED: Final = BATCH + 1
SOUGHT: Final = ["customer", "agreement", "subprocessor", "change", "breach", "request", "matter", "audit"]
"""Kinds that are searched."""

CALLS: Final[dict[str, tuple[Any, ...]]] = {
    # what a worker takes in hand
    "claim_due_subjects": (NOW, BATCH, ["notice.close"], []),
    "due_timers": (NOTICES, NOW),
    "lock_subjects": (TENANT, NOTICES),
    "share_parents": (TENANT, [CHANGE]),
    "share_free_parents": (TENANT, [CHANGE]),
    "load_notice": (TENANT, NOTICES),
    "load_agreement": (TENANT, AGREEMENTS),
    "load_customer": (TENANT, CUSTOMERS),
    "load_task": (TENANT, TASKS),
    "lock_open_tasks": (TENANT, rows(NOTICES, "about", kind="look", key=None)),
    # what it writes
    "insert_subjects": (rows(fresh(), "id", kind="notice", parent_id=CHANGE, state="queued", version=1, head="\\x00",
                             open=True, tags="{live}", created_at=NOW), "{}"),
    "move_subjects": (rows(NOTICES, "id", was=2, state="open", version=3, head="\\x00", open=True, tags="{live}"),),
    "put_notice": (rows(NOTICES, "id", agreement_id=AGREEMENTS, customer_id=CUSTOMERS, **_NOTICE), "{}"),
    "new_notice": (rows(TASKS, "id", agreement_id=AGREEMENTS, customer_id=CUSTOMERS,
                        **_NOTICE | {"change_id": id_of("change", 3)}), "{}"),
    "put_task": (rows(TASKS, "id", about=NOTICES, **_TASK), "{}"),
    "insert_events": ([OURS] * BATCH, NOTICES, [3] * BATCH, ["some"] * BATCH, [NOW] * BATCH, [NOW] * BATCH,
                      ["{}"] * BATCH, [b"\0"] * BATCH, [b"\0"] * BATCH, [CHANGE] * BATCH),
    "insert_personal": (rows(NOTICES, seq=3, salt="00", body="{}"),),
    "close_deadlines": (rows(NOTICES, rule="subprocessor.objection", key=None, how="met", at=NOW),),
    "open_deadlines": (rows(NOTICES, id=fresh(), agreement_id=AGREEMENTS, **_DEADLINE),),
    "end_engagements": (rows(NOTICES, "notice", agreement=AGREEMENTS, until=NOW, why="replaced", reason="replaced",
                             subprocessor=None, revive=HOST),),
    "begin_engagements": (rows(NOTICES, "notice_id", id=fresh(), agreement_id=AGREEMENTS, subprocessor_id=HOST,
                               replaces_id=HOST, **_ENGAGEMENT),),
    "insert_messages": (rows(NOTICES, id=fresh(), customer_id=CUSTOMERS, contact_id=CONTACTS, **_MESSAGE), "{}",
                        "dropped"),
    "delete_fired_timers": (DUE,),
    "clear_timers": (NOTICES, ["close"] * BATCH),
    "set_timers": (rows(NOTICES, id=fresh(), **_TIMER),),
    "queue_change_reviews": ([CHANGE], NOW),
    # fanning out
    "claim_fan_out": (),
    "hold_fan_out": (ids("fan_out", BATCH)[0], None),
    "see_change": (OURS, CHANGE),
    "claim_joins": (OURS, BATCH),
    "customers_to_tell": (OURS, id_of("customer", 500), BATCH),
    "agreements_to_tell": (OURS, CHANGE, AGREEMENTS),
    "agreements_to_join": (OURS, CHANGE, AGREEMENTS),
    "agreements_to_preview": (OURS, CHANGE, id_of("agreement", 500), BATCH),
    "tell_notices": (OURS, CHANGE, FIRST, BATCH, "withdrawn", NOW, "{}", None),
    "finish_joins": (ids("fan_out", BATCH), [1] * BATCH),
    # mail
    "reminders_complete": (["remind", "awaited"],),
    "bundle_reminders": (["remind", "awaited"], NOW),
    "claim_messages": (BATCH, 25.0),
    "carried_messages": (TENANT, MESSAGES, ["queued"]),
    "mail_subjects": (TENANT, NOTICES),
    "mail_customers": (TENANT, CUSTOMERS),
    "overtaken_announcements": (TENANT, MESSAGES),
    "find_links": (TENANT, CONTACTS, ["notice"] * BATCH, NOTICES),
    "store_rendered": (TENANT, QUEUED, ["<a@b>"] * BATCH, ["s"] * BATCH, [b"c"] * BATCH, [NOW] * BATCH),
    "record_attempts": (rows(QUEUED, "id", subject_id=NOTICES, outcome="sent", code=250, words="", state="received",
                             pause=None, trigger="received", data={}), ["notice.received"], ["queued>received"]),
    "renew_leases": (QUEUED, [NOW] * BATCH, 25.0),
    "revoke_links": (rows(NOTICES, contact_id=CONTACTS, whole=False, at=NOW),),
    "record_return": (TENANT, MESSAGES[0], "bounced", "no", NOW, ["sent"], "bounced", ["queued"]),
    # reminders
    "due_reminders": (NOW.replace(month=12), BATCH, None),
    "plan_reminders": (rows(ids("deadline", BATCH), "id", remind_at=NOW, task_id=None),),
    # the processor's own people
    "notice_overdue": (NOW,),
    "claim_concerns": (NOW, BATCH),
    # questions
    "gate": (TENANT, AGREEMENTS, [HOST] * BATCH, [None] * BATCH),
    "find_external_ids": (TENANT, ["customer", "agreement", "subprocessor"], ["K-1", "K-2"]),
    "notice_page": (TENANT, NOTICES[0], CUSTOMERS[0], CONTACTS[0], 20),
    "contact_page": (TENANT, CUSTOMERS[0], CONTACTS[0], 20),
    "contact_deadlines": (TENANT, CUSTOMERS[0], CONTACTS[0]),
    "notices_to_answer": (TENANT, NOTICES),
    "message_answered": (TENANT, MESSAGES[0], ["sent"]),
    # the board
    "board_house": (TENANT, OURS),
    "subject_names": (TENANT, NOTICES),
    "mail_held": (TENANT, BATCH),
    "subject_events": (TENANT, FIRST, BATCH),
    "tasks_about": (TENANT, NOTICES, BATCH),
    "read_change": (TENANT, CHANGE),
    "timeline": (TENANT, _LISTED, None, None, AGREEMENTS[0], True),
    "course_is_known": (TENANT, CHANGE),
    "course_of_change": (TENANT, _LISTED, None, None, CHANGE),
    "change_held": (TENANT, CHANGE),
    "change_holding": (TENANT, CHANGE, BATCH),
    "newest_notices": (TENANT, CHANGE, BATCH),
    "change_served": (TENANT, CHANGE, "Europe/Amsterdam"),
    "sought": (TENANT, ["customer", "77"], BATCH, SOUGHT),
    "agreement_signed_elsewhere": (TENANT, [AGREEMENTS[0]], ["A-1"]),
    "customers_like": (TENANT, "Customer 77", ["kim@customer.example"]),
    # an import
    "import_customers": (OURS, [f"customer {500 + 2 * one}" for one in range(BATCH)], ["k-1"] * BATCH),
    "import_agreements": (OURS, CUSTOMERS),
    "import_goes_on": (OURS, CUSTOMERS),
    "agreements_labelled": (TENANT, ["eu-west", "other"], BATCH),
    "list_open_tasks": (TENANT, BATCH, NOW, None, ["manager"]),
    "waiting_tasks": (TENANT, BATCH, NOW, ["manager"], ["place_unknown"], BATCH),
    "awaited_consents": (TENANT, BATCH),
    "late_deadlines": (TENANT, "processor", BATCH, NOW),
    "begun_deadlines": (TENANT, BATCH, NOW),
    "deadlines_by_day": (TENANT, "Europe/Amsterdam", date(2026, 3, 31), 31, BATCH),
    "deadlines_by_week": (TENANT, "Europe/Amsterdam", date(2026, 3, 2), 53, BATCH),
    "deadlines_overdue": (TENANT, BATCH),
    # heads of lists
    "list_agreements": (TENANT, _LISTED, *(None,) * 9),
    "list_customers": (TENANT, _LISTED, *(None,) * 11),
    "list_subprocessors": (TENANT, _LISTED, *(None,) * 6),
    "list_notices": (TENANT, _LISTED, *(None,) * 9),
    "list_tasks": (TENANT, _LISTED, *(None,) * 10),
    "list_engagements": (TENANT, _LISTED, None, None, None, None, None, None, None),
    "list_deadlines": (TENANT, _LISTED, *(None,) * 9),
    "list_events": (TENANT, _LISTED, None, None, None, 10**9),
    "last_event": (),
    "list_inbound": (TENANT, _LISTED, None, None, None, None, None),
    "list_requests": (TENANT, _LISTED, None, None, None, None, None, None),
    "list_deadlines_latest": (TENANT, _LISTED, *(None,) * 9),
    "list_events_newest": (TENANT, _LISTED, None, None, None, 10**9),
}  # fmt: skip
CALLS.update({
    form: (*values, None)
    for name, values in list(CALLS.items())
    for form in sorted_names(name, sorts(name)).values()
})  # fmt: skip
_LETS_THROUGH: Final = {
    "agreement_id": AGREEMENTS[0], "change_id": CHANGE, "customer_id": CUSTOMERS[0],
    "country": "NL", "external_id": "C-7", "kind": "look", "label": "eu-west", "manager_id": OURS,
    "rule": "subprocessor.objection",
    "terms": "crowd",
    "name": "Customer 77", "notice_id": NOTICES[0], "owner": "robin", "party": "controller",
    "overdue": True, "q": "customer 77", "state": "some",
    "role": "director", "subject": NOTICES[0], "subprocessor_id": HOST, "type": "rare",
}  # fmt: skip
_MANY: Final = {"q": "customer"}
"""What is looked for in another order, once it is known that many have it."""
_GIVEN: Final[dict[str, list[Any]]] = {
    "list_agreements": AGREEMENTS, "list_customers": CUSTOMERS, "list_notices": NOTICES, "list_tasks": TASKS,
    "list_engagements": ids("engagement", BATCH), "list_deadlines": ids("deadline", BATCH),
    "list_deadlines_latest": ids("deadline", BATCH), "list_events": list(range(500, 500 + BATCH)),
    "list_events_newest": list(range(500, 500 + BATCH)), "list_inbound": ids("inbound", BATCH),
    "list_requests": ids("request", BATCH),
}  # fmt: skip
"""Ids that each list can be asked to look through."""
CALLS.update({
    with_name(name, filter): (
        TENANT, _LETS_THROUGH[filter], BATCH, *[None] * ordered * (1 + name.startswith("list_deadlines")),
    )
    for name in _GIVEN
    for filter, ordered in narrowed(name).items()
})  # fmt: skip
CALLS.update({
    with_name(form, filter): (TENANT, _MANY[filter], BATCH, None, None)
    for name in _GIVEN
    for form, filter in narrowed_in_order(name)
})  # fmt: skip
CALLS.update({
    among_name(form): (*CALLS[form], given)
    for name, given in _GIVEN.items()
    for form in (name, *sorted_names(name, sorts(name)).values())
})  # fmt: skip
"""Positional arguments by block."""
WORKER_ALONE: Final = {
    "claim_due_subjects", "claim_fan_out", "claim_joins", "customers_to_tell", "agreements_to_tell",
    "agreements_to_join", "tell_notices", "finish_joins", "reminders_complete", "bundle_reminders",
    "claim_messages", "carried_messages", "mail_subjects", "mail_customers", "overtaken_announcements",
    "store_rendered", "record_attempts", "renew_leases",
    "due_reminders", "plan_reminders", "notice_overdue", "claim_concerns",
}  # fmt: skip
"""What the API never runs, as the worker never lists; all else is planned for row-level security as well."""

FEW_CALLS: Final = {
    name: ([SMALL], *values[1:])
    for name, values in CALLS.items()
    if name.startswith("list_") and not name.endswith("_among") and "_with_" not in name
}
"""The same lists of a processor that has a few rows behind those of all others."""
OTHER_CALLS: Final = {
    f"{name} (not)": (TENANT, False, *values[2:])
    for name, values in CALLS.items()
    if name.endswith(with_name("", "overdue"))
} | {
    "sought (many)": (TENANT, ["customer"], BATCH, SOUGHT),
    "timeline (alone)": (TENANT, _LISTED, None, None, CHANGE, False),
    "course_of_change (later)": (TENANT, _LISTED, _HAPPENED, "event:0000000000000000900", CHANGE),
}
"""What finds by yes or no, asked for what is not so; words that all have; and a change of which all were told, without
them."""
