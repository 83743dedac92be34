"""Nobody without consent: silence is none, a spoken one is none, and the agreement lives until the last datum."""

from typing import Final

from service.demo.model import (
    Act,
    AskReturn,
    ConfirmPlan,
    DemoAnswer,
    Post,
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
        "2026-01-09T10:00:00+01:00", "three customers", "Three agreements are sent, each with its own term of annex 1",
        (SignUp("gent", "2026-01-01"), SignUp("luik", "2026-01-01"), SignUp("aalst", "2026-01-01"),
         refused("agreements", {"customer_id": "{gent.customer}", "terms": "{terms}",
                 "main_contract": {"reference": "second", "starts_on": "2026-02-01"}},
                 "refused: annex 1 leaves the term blank, so it must be said (MM-A4)", status=400,
                 says="end.erasure")),
        (agreement("gent", "in force with the main agreement (1.1)", state="active",
                   in_force_since="2026-01-01T00:00:00+01:00"),),
        told="griet@gent louis@luik nora@luik amber@aalst",
    ),
)  # fmt: skip

CONSENT: Final = (
    Act(
        "2026-04-13T10:00:00+02:00", "all", "A cloud on the Schelde is announced, for 1 June",
        (worker("cloud", "Scheldewolk", "storage of footage", "BE"),
         *announced("wolk", "add", "The cellar is full.", subprocessor_id="{cloud}", effective_on="2026-06-01")),
        (
            notice("wolk@gent", "consent is asked, without a last day (9.1)", state="open", rule="consent",
                   form="written", closes_at=None),
            gate("gent", "cloud", "the gate says no", allowed=False, reason="no_consent"),
            change("wolk", "waits for the first yes", state="objection_window"),
        ),
        told="griet@gent louis@luik nora@luik amber@aalst",
    ),
    Act(
        "2026-04-15T09:10:00+02:00", "luik", "Louis Renard consents through his link",
        (DemoAnswer("louis@luik", "Scheldewolk", "consent"),),
        (
            notice("wolk@luik", "consented", state="consented", outcome="consented"),
            gate("luik", "cloud", "not before the wished day (P13)", allowed=False, reason="begins_later"),
        ),
        told="louis@luik nora@luik",
    ),
    Act(
        "2026-04-17T17:25:00+02:00", "luik", "Nora Petit refuses through hers",
        (DemoAnswer("nora@luik", "Scheldewolk", "refuse", "Ask our works council."),),
        (notice("wolk@luik", "the protective answer stands (P6)", state="refused"),),
        told="louis@luik nora@luik",
    ),
    Act(
        "2026-04-20T10:00:00+02:00", "luik", "Louis Renard says yes again, by mail",
        (Post("notices/{wolk@luik}/consent", {"channel": "mail", "by": "Louis Renard", "evidence": "Mail of today."}),),
        (
            notice("wolk@luik", "still refused", state="refused"),
            task("wolk@luik", "disagreement", "a person looks"),
        ),
        told="louis@luik nora@luik",
    ),
    Act(
        "2026-04-20T11:00:00+02:00", "aalst", "Amber Claes says yes on the telephone",
        (Post("notices/{wolk@aalst}/consent", {"channel": "phone", "by": "Amber Claes"}),),
        (
            notice("wolk@aalst", "recorded, but none: writing is required (P10)", **{
                "state": "open", "answers[0].channel": "phone", "answers[0].counts": False}),
            task("wolk@aalst", "consent_in_writing", "it is asked for in writing"),
        ),
        told="amber@aalst",
    ),
    Act(
        "2026-04-24T12:00:00+02:00", "luik", "Nora Petit consents after all",
        (DemoAnswer("nora@luik", "Scheldewolk", "consent"),),
        (notice("wolk@luik", "consented (P9)", state="consented"),),
        told="louis@luik nora@luik",
    ),
    Act(
        "2026-05-04T10:00:00+02:00", "aalst", "Amber Claes' letter has come",
        (Post("notices/{wolk@aalst}/consent", {"channel": "letter", "by": "Amber Claes",
              "received_at": "2026-05-01T09:00:00+02:00", "evidence": "Letter of 30 April."}),),
        (notice("wolk@aalst", "consented", state="consented"),),
        told="amber@aalst griet@gent",  # who said nothing is asked again, after two weeks and after four
    ),
    Act(
        "2026-06-01T00:00:00+02:00", "all", "The wished day",
        expect=(
            gate("luik", "cloud", "engaged", allowed=True, since="2026-06-01T00:00:00+02:00"),
            gate("aalst", "cloud", "engaged", allowed=True, since="2026-06-01T00:00:00+02:00"),
            gate("gent", "cloud", "silence is no consent", allowed=False, reason="no_consent"),
            change("wolk", "active, the one that is silent does not hold it back (P12)", state="active"),
        ),
        told="griet@gent",
    ),
    Act(
        "2026-07-06T09:00:00+02:00", "aalst", "Amber Claes takes her consent back through her link",
        (DemoAnswer("amber@aalst", "Scheldewolk", "take-back"),),
        (
            notice("wolk@aalst", "after the engagement that is a task (P9)", state="consented"),
            task("wolk@aalst", "consent_withdrawn", "somebody decides what follows"),
            gate("aalst", "cloud", "the engagement goes on until then", allowed=True),
        ),
        told="amber@aalst",
    ),
)  # fmt: skip

ENDS: Final = (
    Act(
        "2026-07-20T10:00:00+02:00", "aalst", "A contract is to end after 31 August",
        (Post("agreements/{aalst}/end-main-contract", {"on": "2026-08-31"}),),
        (agreement("aalst", "in force until then; the customer is reminded of its own retention duties",
                   state="active"),),
        told="amber@aalst",
    ),
    Act(
        "2026-08-20T21:00:00+02:00", "aalst", "Amber Claes asks for the data on her own page",
        (AskReturn("amber@aalst", "aalst", "MXF on a disk"),),
        (agreement("aalst", "chosen before the end", **{"state": "active", "choice.data": "return"}),),
        told="amber@aalst",
    ),
    Act(
        "2026-09-01T00:00:00+02:00", "aalst", "The main agreement ends",
        expect=(
            agreement("aalst", "this one stays in force until the last datum (1.1)", state="terminated",
                      in_force=True, ended_on="2026-08-31"),
            deadline("aalst", "end.erasure", "the 30 days of its own annex 1, through 30 September",
                     due_at="2026-10-01T00:00:00+02:00"),
            task("aalst", "return", "the data go back first (12.4)"),
        ),
        told="amber@aalst",
    ),
    Act(
        "2026-09-14T10:00:00+02:00", "aalst", "The disk was received",
        (Post("agreements/{aalst}/confirm", {"task_id": "{aalst#return}", "evidence": "Signed receipt."}),
         Post("agreements/{aalst}/approve-plan")),
        (agreement("aalst", "what is left has to go", **{
            "state": "deletion_pending", "plan[kind=erase].due_at": "2026-10-01T00:00:00+02:00"}),),
    ),
    Act(
        "2026-09-28T10:00:00+02:00", "aalst", "Everything on the plan is confirmed",
        (ConfirmPlan("aalst", "Log of 28 September."),),
        (agreement("aalst", "deleted, and only now over", state="deleted", in_force=False),
         gate("aalst", "cloud", "the gate says no", allowed=False, reason="not_in_force")),
        told="amber@aalst",
    ),
    Act(
        "2026-10-12T10:00:00+02:00", "luik, gent", "One ends because the law was broken; one would like to end alone",
        (Post("agreements/{luik}/terminate", {"ground": "breach_of_law", "reason": "Footage was lent to a third party.",
              "party": "controller", "channel": "letter", "by": "Louis Renard"}),
         refused("agreements/{gent}/terminate", {"ground": "amendment", "reason": "Enough."},
                 "refused: no interim termination (1.2)", says="1.2")),
        (
            agreement("luik", "the main agreement ends on receipt (11.5); this one goes on", state="deletion_pending",
                      in_force=True, end_ground="breach_of_law", ended_at="2026-10-12T10:00:00+02:00"),
            deadline("luik", "end.erasure", "one month, through 12 November", due_at="2026-11-13T00:00:00+01:00"),
            gate("luik", "cloud", "who stores the footage may do so until it is gone", allowed=True),
        ),
        told="louis@luik louis@luik nora@luik nora@luik",
    ),
    Act(
        "2026-11-10T10:00:00+01:00", "luik", "Approved and confirmed in time",
        (Post("agreements/{luik}/approve-plan"), ConfirmPlan("luik", "Log of 10 November.")),
        (agreement("luik", "deleted", state="deleted", in_force=False),
         gate("luik", "cloud", "the gate says no", allowed=False, reason="not_in_force")),
        told="louis@luik nora@luik",
    ),
    Act(
        "2026-12-31T12:00:00+01:00", "gent", "Eight months of silence, and what it would have cost to begin",
        (Post("terms/{terms}/penalty",
              {"rule": "engagement.penalty", "at": "2026-12-31T12:00:00+01:00", "facts": {"engagements": 1}},
              shows={"amount": "500.00"}, words="one engagement without consent: 500 euro (9.4)"),),
        (notice("wolk@gent", "still open", state="open"),
         gate("gent", "cloud", "still no", allowed=False, reason="no_consent")),
    ),
)  # fmt: skip

MEDIA: Final = scene("media", BEGINS, CONSENT, ENDS)
