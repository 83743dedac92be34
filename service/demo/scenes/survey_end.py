"""How two agreements of the survey house end: one customer says nothing, one asks for its data in time."""

from typing import Final

from service.demo.model import Act, AskReturn, ConfirmPlan, Post, agreement, deadline, gate, refused, task

SILENT: Final = (
    Act(
        "2026-06-22T10:00:00+02:00", "haven", "The contract is to end after 31 July",
        (Post("agreements/{haven}/end-main-contract", {"on": "2026-07-31"}),),
        (agreement("haven", "in force until then", state="active", in_force=True),),
        told="office@haven",
    ),
    Act(
        "2026-07-31T23:59:59+02:00", "haven", "The last second of the last day",
        expect=(gate("haven", "host", "in force through its whole last day (I-14)", allowed=True),),
    ),
    Act(
        "2026-08-01T00:00:00+02:00", "haven", "It ends",
        expect=(
            agreement("haven", "ended after 31 July", state="terminated", in_force=False, ended_on="2026-07-31"),
            deadline("haven", "end.choice", "two weeks to ask for return: through Friday 14 August (9.5)",
                     due_at="2026-08-15T00:00:00+02:00", party="controller"),
            gate("haven", "host", "the gate says no", allowed=False, reason="not_in_force"),
        ),
        told="office@haven",
    ),
    Act(
        "2026-08-15T00:00:00+02:00", "haven", "Two weeks without a word",
        expect=(
            agreement("haven", "now its data may go (9.5); backups by their own 30 days from then", **{
                "state": "deletion_pending",
                "plan[holder=processor].begins_at": "2026-08-15T00:00:00+02:00",
                "plan[holder=processor].due_at": None,
                "plan[holder=backups].due_at": "2026-09-15T00:00:00+02:00"}),
            task("haven", "approve_plan", "a person approves the plan first (P23)"),
            task("haven", "mailbox_read", "and reads the mailbox once more"),
            gate("haven", "host", "nobody works for it any more", allowed=False, reason="not_in_force"),
        ),
        told="office@haven office@haven",  # reminded of the choice a week and a day before
    ),
    Act(
        "2026-08-17T09:00:00+02:00", "haven", "The plan is approved, once the mailbox was read",
        (refused("agreements/{haven}/approve-plan", {}, "refused while the mailbox is unread", says="mailbox"),
         Post("tasks/{haven!mailbox_read}/done", {"note": "Nothing was asked."}),
         refused("agreements/{haven}/confirm", {"task_id": "{haven#erase}", "evidence": "Done."},
                 "refused: nothing goes before the approval", says="approve"),
         Post("agreements/{haven}/approve-plan")),
        (agreement("haven", "approved; its instants have not moved", **{
            "state": "deletion_pending", "plan_approved_at": "2026-08-17T09:00:00+02:00",
            "plan[holder=processor].begins_at": "2026-08-15T00:00:00+02:00"}),),
    ),
    Act(
        "2026-09-14T09:00:00+02:00", "haven", "Everything on the plan is confirmed",
        (ConfirmPlan("haven", "Log of 14 September."),),
        (agreement("haven", "deleted", **{"state": "deleted", "deadlines#": 0}),),
        told="office@haven",
    ),
)  # fmt: skip

ASKED: Final = (
    Act(
        "2026-09-28T10:00:00+02:00", "molen", "The contract is to end after 25 October",
        (Post("agreements/{molen}/end-main-contract", {"on": "2026-10-25"}),),
        (agreement("molen", "in force until then", state="active"),),
        told="kees@molen",
    ),
    Act(
        "2026-10-26T00:00:00+01:00", "molen", "It ends with a day of 25 hours",
        expect=(
            agreement("molen", "ended", state="terminated", ended_at="2026-10-26T00:00:00+01:00"),
            deadline("molen", "end.choice", "two weeks end on Sunday 8 November: through Monday the 9th",
                     due_at="2026-11-10T00:00:00+01:00"),
        ),
        told="kees@molen",
    ),
    Act(
        "2026-11-09T23:30:00+01:00", "molen", "In the last half hour Kees asks for the data on his own page",
        (AskReturn("kees@molen", "molen", "CSV"),),
        (
            agreement("molen", "a return asked in time is honoured", **{
                "state": "terminated", "choice.data": "return", "choice.format": "CSV",
                "choice.received_at": "2026-11-09T23:30:00+01:00"}),
            task("molen", "return", "the data go back first"),
        ),
        told="kees@molen kees@molen kees@molen",
    ),
    Act(
        "2026-11-10T00:00:00+01:00", "molen", "The two weeks are over",
        expect=(agreement("molen", "nothing is erased while the return is open", state="terminated"),),
    ),
    Act(
        "2026-11-12T10:00:00+01:00", "molen", "The data are back with the customer",
        (Post("agreements/{molen}/confirm", {"task_id": "{molen#return}", "evidence": "Receipt of 12 November."}),
         Post("agreements/{molen}/approve-plan")),
        (agreement("molen", "now they have to go; backups by their own two weeks from the day they are gone", **{
            "state": "deletion_pending",
            "plan[kind=erase].begins_at": "2026-11-10T00:00:00+01:00",
            "plan[holder=backups].due_at": "2026-11-25T00:00:00+01:00"}),),
    ),
    Act(
        "2026-11-24T09:00:00+01:00", "molen", "Everything on the plan is confirmed",
        (ConfirmPlan("molen", "Log of 24 November."),),
        (agreement("molen", "deleted", state="deleted"),),
        told="kees@molen",
    ),
)  # fmt: skip

ENDS: Final = (*SILENT, *ASKED)
