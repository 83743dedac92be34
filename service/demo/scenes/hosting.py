"""A right to object without a period, a board that decides, and data that go the moment it ends."""

from typing import Final

from service.demo.model import (
    Act,
    ConfirmPlan,
    DemoAnswer,
    Post,
    See,
    SignUp,
    agreement,
    change,
    deadline,
    gate,
    notice,
    refused,
    scene,
    task,
)
from service.demo.scenes.words import announced, worker

BEGINS: Final = (
    Act(
        "2026-01-07T09:00:00+01:00", "four customers", "Four agreements are sent; one begins in March",
        (SignUp("ster", "2025-09-01"), SignUp("boom", "2026-01-01"),
         SignUp("plein", "2025-06-01", ends_on="2026-05-31", renews="P1Y"), SignUp("kade", "2026-03-02")),
        (
            agreement("ster", "in force since its subscription began, last summer", state="active",
                      in_force_since="2025-09-01T00:00:00+02:00"),
            agreement("kade", "not yet", state="notified"),
            task("ster", "bind_subprocessors", "the data centre's own binding is not on record"),
            gate("ster", "ster.listed", "the listed data centre may work (P15)", allowed=True),
        ),
        told="stella@ster bas@boom petra@plein rik@plein karel@kade",
    ),
    Act(
        "2026-01-07T10:00:00+01:00", "all", "The data centre's binding is recorded",
        (Post("subprocessors/{ster.listed}", {"bound_on": "2025-08-15", "country": "NL"}, method="PATCH"),),
        (gate("boom", "ster.listed", "the gate says yes", allowed=True),),
    ),
)  # fmt: skip

BOARD: Final = (
    Act(
        "2026-02-16T10:00:00+01:00", "all", "A data centre by the sea is announced",
        (worker("sea", "Noordzee Datacentra", "hosting in a second place"),
         *announced("noord", "add", "A second place.", subprocessor_id="{sea}")),
        (
            notice("noord@ster", "no term that the agreement does not have; own 30 days through 18 March (P7)",
                   state="open", rule="objection", closes_at=None, proceeds_at="2026-03-19T00:00:00+01:00"),
            gate("ster", "sea", "the gate says no", allowed=False, reason="own_time_runs"),
        ),
        told="stella@ster bas@boom petra@plein rik@plein",
    ),
    Act(
        "2026-02-20T14:00:00+01:00", "ster", "Stella North objects through her link",
        (DemoAnswer("stella@ster", "Noordzee Datacentra", "object", "Below sea level."),),
        (
            notice("noord@ster", "objected", state="objected"),
            gate("ster", "sea", "the gate says no", allowed=False, reason="objected"),
            task("noord@ster", "decide_objection", "the board has to decide", role="director"),
        ),
        told="stella@ster",
    ),
    Act(
        "2026-02-24T09:00:00+01:00", "ster", "A manager tries, and a director without a date",
        (refused("notices/{noord@ster}/decide",
                 {"decision": "overrule", "reason": "No alternative.", "engage_not_before": "2026-06-01"},
                 "refused: reserved for the board", status=403, says="board"),
         refused("notices/{noord@ster}/decide", {"decision": "overrule", "reason": "No alternative."},
                 "refused: without a date the customer cannot end first", by="director",
                 status=400, says="engage_not_before")),
        (notice("noord@ster", "still objected", state="objected"),),
    ),
    Act(
        "2026-03-02T00:00:00+01:00", "kade", "A customer joins meanwhile",
        expect=(
            agreement("kade", "in force", state="active"),
            notice("noord@kade", "its own time runs through 1 April (P15)", state="open", closes_at=None,
                   proceeds_at="2026-04-02T00:00:00+02:00"),
        ),
        told="karel@kade",
    ),
    Act(
        "2026-03-03T09:00:00+01:00", "ster", "A director overrules: not before 1 June",
        (Post("notices/{noord@ster}/decide", {"decision": "overrule", "reason": "No alternative.",
              "engage_not_before": "2026-06-01"}, by="director"),),
        (
            notice("noord@ster", "overruled, and a right to end is open", **{
                "state": "overruled", "outcome": "overruled", "rights[rule=overruled.termination].closes_at": None}),
            gate("ster", "sea", "the gate says no before that day", allowed=False, reason="begins_later"),
        ),
        told="stella@ster",
    ),
    Act(
        "2026-03-19T00:00:00+01:00", "boom, plein", "The processor's own 30 days are over",
        expect=(
            notice("noord@boom", "the notice stays open: no objection is ever late", state="open", outcome=None),
            gate("boom", "sea", "engaged", allowed=True, since="2026-03-19T00:00:00+01:00"),
            gate("kade", "sea", "not yet for the one that joined later", allowed=False, reason="own_time_runs"),
            change("noord", "an own period still runs", state="objection_window"),
        ),
    ),
    Act(
        "2026-03-25T11:30:00+01:00", "boom", "Bas van Essen objects after the engagement began",
        (DemoAnswer("bas@boom", "Noordzee Datacentra", "object", "Salt."),),
        (
            notice("noord@boom", "objected, not late (P7)", **{"state": "objected", "answers[0].late": False}),
            gate("boom", "sea", "it ends nothing by itself", allowed=True),
            task("noord@boom", "decide_objection", "the board has to decide", role="director"),
        ),
        told="bas@boom",
    ),
    Act(
        "2026-04-02T00:00:00+02:00", "kade", "The last own period is over",
        expect=(
            gate("kade", "sea", "engaged", allowed=True, since="2026-04-02T00:00:00+02:00"),
            change("noord", "active", state="active", active_at="2026-04-02T00:00:00+02:00"),
        ),
    ),
    Act(
        "2026-04-08T09:00:00+02:00", "boom", "The board follows the late objection",
        (Post("notices/{noord@boom}/decide", {"decision": "uphold", "reason": "You were here first."}, by="director"),
         refused("agreements/{boom}/terminate", {"ground": "amendment", "reason": "Salt."},
                 "ending this agreement alone is refused (ST-07)", says="Toepasselijkheid en looptijd")),
        (
            notice("noord@boom", "upheld", state="upheld"),
            gate("boom", "sea", "the engagement has ended", allowed=False),
        ),
        told="bas@boom",
    ),
    Act(
        "2026-05-18T11:00:00+02:00", "ster", "Stella North ends because of the board's decision",
        (DemoAnswer("stella@ster", "decision", "terminate", "Still below sea level."),),
        (
            agreement("ster", "ended on receipt, with the subscription (ST-A1)", state="deletion_pending",
                      in_force=False, end_ground="overruled_objection", ended_at="2026-05-18T11:00:00+02:00"),
            deadline("ster", "end.erasure", "the data are due at that very instant (I-16)",
                     due_at="2026-05-18T11:00:00+02:00"),
            agreement("ster", "the backups with them", **{
                "plan[holder=processor].due_at": "2026-05-18T11:00:00+02:00",
                "plan[holder=backups].due_at": "2026-05-18T11:00:00+02:00"}),
            task("ster", "approve_plan", "a person approves the plan first"),
        ),
        told="stella@ster stella@ster stella@ster",
    ),
    Act(
        "2026-05-19T10:00:00+02:00", "ster", "Approved and confirmed the next morning",
        (Post("agreements/{ster}/approve-plan"), ConfirmPlan("ster", "Log of 19 May.")),
        (agreement("ster", "deleted", **{"state": "deleted", "deadlines#": 0}),),
        told="stella@ster",
    ),
    Act(
        "2026-06-01T00:00:00+02:00", "ster, plein", "The day the board had named",
        expect=(
            gate("ster", "sea", "never engaged for the one that left", allowed=False, reason="not_in_force"),
            agreement("plein", "renewed for a year (P22)", **{
                "state": "active", "main_contracts[0].ends_on": "2027-05-31"}),
        ),
    ),
)  # fmt: skip

MOVES: Final = (
    Act(
        "2026-06-15T10:00:00+02:00", "all", "Another data centre is to take the listed one's place",
        (worker("wadden", "Waddenhost", "hosting"),
         *announced("plaats", "replace", "A better price.", subprocessor_id="{wadden}", replaces_id="{ster.listed}")),
        (notice("plaats@kade", "own 30 days through 15 July", state="open",
                proceeds_at="2026-07-16T00:00:00+02:00"),),
        told="bas@boom petra@plein rik@plein karel@kade",
    ),
    Act(
        "2026-07-01T15:00:00+02:00", "boom", "Bas van Essen objects by telephone",
        (Post("notices/{plaats@boom}/object", {"channel": "phone", "by": "Bas van Essen",
              "grounds": "Never heard of."}),),
        (notice("plaats@boom", "objected", **{"state": "objected", "answers[0].channel": "phone"}),),
        told="bas@boom",
    ),
    Act(
        "2026-07-16T00:00:00+02:00", "all", "The new one begins",
        expect=(
            gate("kade", "wadden", "engaged", allowed=True, since="2026-07-16T00:00:00+02:00"),
            gate("kade", "ster.listed", "the old one ended when the new one began (P16)", allowed=False,
                 reason="ended"),
            gate("boom", "wadden", "not for the one that objected", allowed=False, reason="objected"),
            gate("boom", "ster.listed", "it keeps the old one", allowed=True),
            change("plaats", "active", state="active"),
        ),
    ),
    Act(
        "2026-08-03T10:00:00+02:00", "all", "Somebody thinks of a data centre in America",
        (worker("far", "Farview Hosting", "hosting", "US"),
         Post("changes", {"kind": "add", "subprocessor_id": "{far}", "reason": "Cheaper."}, saves="verre")),
        (See("the preview reaches nobody: outside the EEA is refused (ST-17)", "changes/{verre}/preview",
             {"counts.agreements": 0, "counts.left_out": 3}),),
    ),
    Act(
        "2026-09-01T10:00:00+02:00", "plein, kade", "The data centre by the sea is to move to Belgium",
        announced("verhuizing", "relocate", "Higher ground.", subprocessor_id="{sea}", country="BE"),
        (
            notice("verhuizing@kade", "own 30 days through 1 October", state="open",
                   proceeds_at="2026-10-02T00:00:00+02:00"),
            gate("kade", "sea", "the Netherlands until then", country="NL", allowed=True),
            gate("kade", "sea", "Belgium not yet", country="BE", allowed=False),
            See("not for the one where it does not work", "notices?change_id={verhuizing}&agreement_id={boom}",
                {"items#": 0}),
        ),
        told="petra@plein rik@plein karel@kade",
    ),
    Act(
        "2026-10-02T00:00:00+02:00", "plein, kade", "It has moved",
        expect=(
            gate("kade", "sea", "Belgium", country="BE", allowed=True, since="2026-10-02T00:00:00+02:00"),
            gate("kade", "sea", "no longer the Netherlands: the gate knows the place", country="NL", allowed=False),
        ),
    ),
)  # fmt: skip

ENDS: Final = (
    Act(
        "2026-11-02T10:00:00+01:00", "plein", "The contract is to end after 30 November",
        (Post("agreements/{plein}/end-main-contract", {"on": "2026-11-30"}),),
        (agreement("plein", "in force until then; a warning went out so that the data can be exported",
                   state="active"),),
        told="petra@plein rik@plein",
    ),
    Act(
        "2026-11-16T10:00:00+01:00", "plein", "They stay after all",
        (Post("agreements/{plein}/cancel-end", {"reason": "They stay."}),),
        (agreement("plein", "the contract is as it was before: it renews after 31 May", **{
            "state": "active", "main_contracts[0].ending": False, "main_contracts[0].ends_on": "2027-05-31"}),),
        told="petra@plein rik@plein",
    ),
    Act(
        "2026-12-01T10:00:00+01:00", "kade", "A subscription is to end with the year",
        (Post("agreements/{kade}/end-main-contract", {"on": "2026-12-31"}),),
        (agreement("plein", "and the one that stayed is in force", state="active"),),
        told="karel@kade",
    ),
    Act(
        "2027-01-01T00:00:00+01:00", "kade", "It ends with the whole of 31 December",
        expect=(
            agreement("kade", "its data have to go at once", state="deletion_pending", ended_on="2026-12-31",
                      ended_at="2027-01-01T00:00:00+01:00"),
            deadline("kade", "end.erasure", "due at that instant", due_at="2027-01-01T00:00:00+01:00"),
        ),
        told="karel@kade",
    ),
    Act(
        "2027-01-04T09:00:00+01:00", "kade", "On the first Monday it is overdue, approved and confirmed",
        (Post("agreements/{kade}/approve-plan"), ConfirmPlan("kade", "Log of 4 January.")),
        (agreement("kade", "deleted", state="deleted"),),
        told="karel@kade",
    ),
)  # fmt: skip

HOSTING: Final = scene("hosting", BEGINS, BOARD, MOVES, ENDS)
