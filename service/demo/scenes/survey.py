"""A right to object with a window of thirty days, and two weeks to choose what becomes of the data."""

from typing import Final

from service.demo.model import (
    Act,
    CameBack,
    DemoAnswer,
    Post,
    See,
    SeeMail,
    SeePage,
    SignUp,
    agreement,
    change,
    gate,
    notice,
    refused,
    scene,
    task,
)
from service.demo.scenes.survey_end import ENDS
from service.demo.scenes.words import announced, worker

BEGINS: Final = (
    Act(
        "2026-01-06T10:00:00+01:00", "four customers", "Four agreements are sent; three have begun on 1 January",
        (SignUp("linden", "2026-01-01"), SignUp("haven", "2026-01-01"), SignUp("molen", "2026-01-01"),
         SignUp("brug", "2026-03-10")),
        (
            agreement("linden", "in force since its main contract began (1.1)", state="active", in_force=True,
                      in_force_since="2026-01-01T00:00:00+01:00"),
            agreement("brug", "not in force before 10 March", state="notified", in_force=False),
        ),
        told="anna@linden bram@linden helen@haven kees@molen lotte@brug",
    ),
)  # fmt: skip

FIRST: Final = (
    Act(
        "2026-02-27T09:30:00+01:00", "all", "A second data centre is to be added; the preview is looked at",
        (worker("host", "Polder Hosting", "second data centre"),
         Post("changes", {"kind": "add", "subprocessor_id": "{host}", "reason": "Room to grow."}, saves="polder")),
        (
            See("three would be told, one is not in force yet", "changes/{polder}/preview", {
                "counts.agreements": 3, "counts.left_out": 1, "left_out[0].agreement_id": "{brug}",
                "agreements[0].closes_at": "2026-03-31T00:00:00+02:00"}),
            gate("linden", "host", "the gate says no: nobody was told", allowed=False, reason="not_told"),
        ),
    ),
    Act(
        "2026-02-27T10:00:00+01:00", "all", "Polder Hosting is announced on Friday 27 February",
        (Post("changes/{polder}/notify"),),
        (
            notice("polder@linden", "30 days end on Sunday 29 March, when the clocks change: open through Monday (7.1)",
                   state="open", received_how="direct", received_at="2026-02-27T10:00:00+01:00",
                   closes_at="2026-03-31T00:00:00+02:00", last_day="2026-03-30"),
            gate("linden", "host", "the gate says no: the window runs", allowed=False, reason="window_runs"),
            SeeMail("the mail names the last day", "kees@molen", "Polder Hosting", ("30 maart 2026",)),
            SeePage("so does the page behind its link", "helen@haven", "Polder Hosting", ("30 March 2026",)),
            change("polder", "the change waits for its windows", state="objection_window",
                   go_live_at="2026-03-31T00:00:00+02:00"),
        ),
        told="anna@linden bram@linden helen@haven kees@molen",
    ),
    Act(
        "2026-03-10T00:00:00+01:00", "brug", "A customer joins in the middle of the window",
        expect=(
            agreement("brug", "in force from midnight", state="active",
                      in_force_since="2026-03-10T00:00:00+01:00"),
            notice("polder@brug", "its own full window: through Thursday 9 April (P15)", state="open",
                   closes_at="2026-04-10T00:00:00+02:00"),
        ),
        told="lotte@brug",
    ),
    Act(
        "2026-03-12T16:40:00+01:00", "linden", "Anna de Wit objects through her link",
        (DemoAnswer("anna@linden", "Polder Hosting", "object", "Our patients' answers stay in one place."),),
        (
            notice("polder@linden", "objected, with its grounds on record", **{
                "state": "objected", "answers[0].channel": "link", "answers[0].by": "Anna de Wit",
                "answers[0].grounds": "Our patients' answers stay in one place.", "answers[0].late": False,
                "answers[0].received_at": "2026-03-12T16:40:00+01:00"}),
            gate("linden", "host", "the gate says no until it is settled (P8)", allowed=False, reason="objected"),
            task("polder@linden", "decide_objection", "somebody has to decide"),
        ),
        told="anna@linden bram@linden",
    ),
    Act(
        "2026-03-30T23:59:59+02:00", "haven", "The last second of the last day",
        expect=(notice("polder@haven", "still open", state="open"),
                gate("haven", "host", "still no", allowed=False)),
        told="helen@haven helen@haven kees@molen kees@molen",  # reminded a week and a day before
    ),
    Act(
        "2026-03-31T00:00:00+02:00", "haven, molen", "The window closes in silence",
        expect=(
            notice("polder@haven", "lapsed", state="lapsed", outcome="lapsed"),
            notice("polder@molen", "lapsed", state="lapsed", outcome="lapsed"),
            gate("haven", "host", "engaged from that instant", allowed=True, since="2026-03-31T00:00:00+02:00"),
            gate("linden", "host", "not for the one that objected", allowed=False, reason="objected"),
            change("polder", "one window still runs (P12)", state="objection_window"),
        ),
    ),
    Act(
        "2026-04-01T11:00:00+02:00", "molen", "Kees telephoned on day 29; it is typed in on day 33",
        (Post("notices/{polder@molen}/object", {"channel": "phone", "by": "Kees Molenaar",
              "received_at": "2026-03-28T15:20:00+01:00", "grounds": "We want to see the contract first."}),),
        (
            notice("polder@molen", "in time all the same: the lapse is undone (P5)", **{
                "state": "objected", "outcome": None, "answers[0].late": False,
                "answers[0].recorded_at": "2026-04-01T11:00:00+02:00"}),
            gate("molen", "host", "its engagement has ended", allowed=False, reason="objected"),
            task("polder@molen", "decide_objection", "somebody has to decide"),
        ),
        told="kees@molen",
    ),
    Act(
        "2026-04-01T12:00:00+02:00", "haven", "Helen's letter came the day after the last day",
        (Post("notices/{polder@haven}/object", {"channel": "letter", "by": "Helen Vos",
              "received_at": "2026-03-31T00:00:00+02:00"}),),
        (
            notice("polder@haven", "kept, marked late, without effect", **{
                "state": "lapsed", "answers[0].late": True}),
            gate("haven", "host", "still engaged", allowed=True),
        ),
        told="helen@haven",
    ),
    Act(
        "2026-04-02T09:00:00+02:00", "linden", "A director tries to overrule the objection",
        (refused("notices/{polder@linden}/decide",
                 {"decision": "overrule", "reason": "We need it.", "engage_not_before": "2026-08-01"},
                 "refused: the agreement knows no overruling (7.1)", by="director", says="7.1"),),
        (notice("polder@linden", "still objected", state="objected"),),
    ),
    Act(
        "2026-04-10T00:00:00+02:00", "brug", "The last window closes",
        expect=(
            gate("brug", "host", "engaged", allowed=True, since="2026-04-10T00:00:00+02:00"),
            change("polder", "active: no window runs and somebody is engaged (P12)", **{
                "state": "active", "progress.lapsed": 2, "progress.objected": 2,
                "active_at": "2026-04-10T00:00:00+02:00"}),
        ),
        told="lotte@brug lotte@brug",
    ),
    Act(
        "2026-04-20T10:00:00+02:00", "molen", "Kees takes his objection back through his link",
        (DemoAnswer("kees@molen", "Polder Hosting", "take-back"),),
        (
            notice("polder@molen", "nothing stands against it any more", state="lapsed", outcome="lapsed"),
            gate("molen", "host", "engaged from then on", allowed=True, since="2026-04-20T10:00:00+02:00"),
        ),
        told="kees@molen",
    ),
    Act(
        "2026-04-22T10:00:00+02:00", "linden", "The objection is upheld",
        (Post("notices/{polder@linden}/decide", {"decision": "uphold", "reason": "You keep one place."}),),
        (
            notice("polder@linden", "upheld", state="upheld", outcome="upheld"),
            gate("linden", "host", "never engaged for it", allowed=False, reason="notice_over"),
        ),
        told="anna@linden bram@linden",
    ),
)  # fmt: skip

SECOND: Final = (
    Act(
        "2026-05-04T09:00:00+02:00", "all", "A sender of mail in Portugal is announced",
        (worker("mailer", "Lisboa Mail", "sending of invitations", "PT"),
         *announced("lisboa", "add", "Fewer lost mails.", subprocessor_id="{mailer}")),
        (notice("lisboa@molen", "open through Wednesday 3 June", state="open",
                closes_at="2026-06-04T00:00:00+02:00"),),
        told="anna@linden bram@linden helen@haven kees@molen lotte@brug",
    ),
    Act(
        "2026-05-06T13:05:00+02:00", "linden", "Bram Kok objects without a word of grounds",
        (DemoAnswer("bram@linden", "Lisboa Mail", "object"),),
        (
            notice("lisboa@linden", "it holds all the same (P8)", **{
                "state": "objected", "answers[0].grounds": None, "answers[0].by": "Bram Kok"}),
            task("lisboa@linden", "decide_objection", "its grounds are asked for",
                 text="Een klant heeft bezwaar gemaakt: beslis erover. Er zijn geen redenen gegeven: vraag erom."),
        ),
        told="anna@linden bram@linden",
    ),
    Act(
        "2026-05-11T09:00:00+02:00", "all", "Amended in substance: it will be Spain",
        (Post("changes/{lisboa}/amend",
              {"fields": {"country": "ES"}, "substance": True, "reason": "Another data centre."}),),
        (
            notice("lisboa@molen", "the window starts anew: through Wednesday 10 June (P17)", state="open",
                   revision=2, closes_at="2026-06-11T00:00:00+02:00"),
            notice("lisboa@linden", "the objection carries over", state="objected", revision=2),
        ),
        told="anna@linden bram@linden helen@haven kees@molen lotte@brug",
    ),
    Act(
        "2026-05-13T09:00:00+02:00", "all", "A word is put right",
        (Post("changes/{lisboa}/amend",
              {"fields": {"reason": "Fewer lost messages."}, "substance": False, "reason": "A slip of the pen."}),),
        (notice("lisboa@molen", "no window moves", state="open", closes_at="2026-06-11T00:00:00+02:00"),),
    ),
    Act(
        "2026-06-10T14:00:00+02:00", "brug", "On the last day a reply comes in from Lotte",
        (CameBack("lotte@brug", "Lisboa Mail", "reply", "Who will be able to read our addresses?", saves="reply"),),
        (notice("lisboa@brug", "tied to its notice", **{"state": "open", "replies#": 1}),
         task("lisboa@brug", "classify_reply", "somebody has to read it", due_at="2026-06-11T00:00:00+02:00")),
        told="helen@haven helen@haven kees@molen kees@molen lotte@brug lotte@brug",
    ),
    Act(
        "2026-06-11T00:00:00+02:00", "all", "The windows close",
        expect=(
            gate("haven", "mailer", "engaged in Spain", country="ES", allowed=True,
                 since="2026-06-11T00:00:00+02:00"),
            gate("haven", "mailer", "not in Portugal: the gate knows the place", country="PT", allowed=False,
                 reason="elsewhere"),
            notice("lisboa@brug", "no lapse while a reply is unread (P4)", state="open"),
            gate("brug", "mailer", "the gate says no", country="ES", allowed=False, reason="unread_reply"),
            change("lisboa", "one is still open", state="objection_window"),
        ),
    ),
    Act(
        "2026-06-12T10:00:00+02:00", "brug", "The reply is read: a question, and it was answered",
        (Post("inbound/{reply}/classify", {"as": "question"}),),
        (
            notice("lisboa@brug", "now it lapses", state="lapsed"),
            gate("brug", "mailer", "engaged from then on", country="ES", allowed=True,
                 since="2026-06-12T10:00:00+02:00"),
            change("lisboa", "active", state="active"),
        ),
    ),
    Act(
        "2026-06-15T08:30:00+02:00", "haven", "A bounce, five weeks late",
        (CameBack("helen@haven", "Lisboa Mail", "bounce", "550 5.1.1 no such mailbox"),),
        (
            notice("lisboa@haven", "the window and the lapse are taken back (P2)", state="undeliverable",
                   closes_at=None, received_at=None, outcome=None),
            gate("haven", "mailer", "the engagement has ended", country="ES", allowed=False, reason="not_received"),
            SeePage("that link is dead", "helen@haven", "Lisboa Mail", status=404),
            task("lisboa@haven", "undeliverable", "somebody has to find the right address"),
        ),
    ),
    Act(
        "2026-06-16T10:00:00+02:00", "haven", "The address is corrected: the notice goes out again",
        (Post("customers/{haven.customer}", {"contacts": [{"name": "Helen Vos", "email": "office@haven.example",
              "roles": ["contract", "privacy"]}]}, method="PATCH"),),
        (
            notice("lisboa@haven", "a full window again: through Thursday 16 July", state="open",
                   received_at="2026-06-16T10:00:00+02:00", closes_at="2026-07-17T00:00:00+02:00"),
            SeePage("the new link works", "office@haven", "Lisboa Mail", ("16 July 2026",)),
        ),
        told="office@haven",
    ),
    Act(
        "2026-07-17T00:00:00+02:00", "haven", "It closes in silence",
        expect=(gate("haven", "mailer", "engaged", country="ES", allowed=True,
                     since="2026-07-17T00:00:00+02:00"),),
        told="office@haven office@haven",  # two reminders
    ),
)  # fmt: skip

OTHERS: Final = (
    Act(
        "2026-08-24T09:00:00+02:00", "all", "A change is set to go out on 31 August",
        (Post("changes", {"kind": "measure", "reason": "Passwords of sixteen characters."}, saves="measure"),
         Post("changes/{measure}/notify", {"not_before": "2026-08-31T08:00:00+02:00"})),
        (change("measure", "a draft until then (P20)", state="draft", not_before="2026-08-31T08:00:00+02:00"),),
    ),
    Act(
        "2026-08-28T17:00:00+02:00", "all", "It is taken back before anybody knew",
        (Post("changes/{measure}/withdraw", {"reason": "Not now."}),),
        (change("measure", "withdrawn without a trace", **{"state": "withdrawn", "progress.total": 0}),),
    ),
    Act(
        "2026-09-16T09:00:00+02:00", "all", "A courier of mail is announced",
        (worker("courier", "Koerier Direct", "letters on paper"),
         *announced("koerier", "add", "For those without mail.", subprocessor_id="{courier}")),
        (notice("koerier@linden", "open through Friday 16 October", state="open",
                closes_at="2026-10-17T00:00:00+02:00"),),
        told="anna@linden bram@linden kees@molen lotte@brug",
    ),
    Act(
        "2026-09-23T09:00:00+02:00", "all", "It is withdrawn a week later",
        (Post("changes/{koerier}/withdraw", {"reason": "Nobody asked for letters."}),),
        (
            change("koerier", "withdrawn", state="withdrawn"),
            notice("koerier@linden", "the window is closed, nothing is left to answer (P18)", state="cancelled"),
            gate("linden", "courier", "the gate says no", allowed=False, reason="taken_back"),
        ),
        told="anna@linden bram@linden kees@molen lotte@brug",
    ),
    Act(
        "2026-11-25T15:00:00+01:00", "linden, brug", "An archive is announced a month before Christmas",
        (worker("archive", "Archiefkelder", "long-term copies"),
         *announced("archief", "add", "Copies in a vault.", subprocessor_id="{archive}")),
        (notice("archief@brug", "30 days end on Christmas Day, a holiday and a Sunday follow: through Monday the 28th",
                state="open", closes_at="2026-12-29T00:00:00+01:00", last_day="2026-12-28"),),
        told="anna@linden bram@linden lotte@brug",
    ),
    Act(
        "2026-12-01T10:00:00+01:00", "linden", "Anna confirms that she has read it",
        (DemoAnswer("anna@linden", "Archiefkelder", "acknowledge"),),
        (notice("archief@linden", "that changes no right (P9)", **{
            "state": "open", "answers[0].answer": "acknowledge", "closes_at": "2026-12-29T00:00:00+01:00"}),),
        told="anna@linden bram@linden",
    ),
    Act(
        "2026-12-28T23:59:59+01:00", "brug", "The last second of the moved last day",
        expect=(notice("archief@brug", "still open", state="open"),),
        told="lotte@brug lotte@brug",  # whoever acknowledged is left alone
    ),
    Act(
        "2026-12-29T00:00:00+01:00", "linden, brug", "The window closes after Christmas",
        expect=(
            notice("archief@brug", "lapsed", state="lapsed"),
            gate("brug", "archive", "engaged", allowed=True, since="2026-12-29T00:00:00+01:00"),
            gate("linden", "archive", "engaged", allowed=True, since="2026-12-29T00:00:00+01:00"),
            change("archief", "active", state="active"),
        ),
    ),
)  # fmt: skip

SURVEY: Final = scene("survey", BEGINS, FIRST, SECOND, OTHERS, ENDS)
