"""General consent with a right to object, beside thirty days in which a change may be a reason to end."""

from typing import Final

from service.demo.model import (
    Act,
    ConfirmPlan,
    DemoAnswer,
    NewTerms,
    Post,
    See,
    SeeMail,
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
        "2026-01-08T10:00:00+01:00", "four customers", "Four agreements are sent, all with a register of fifteen",
        (SignUp("kraan", "2026-01-01"), SignUp("sluis", "2026-01-01", reference="network"),
         SignUp("dijk", "2026-01-01"), SignUp("terp", "2026-01-01")),
        (
            agreement("kraan", "in force with the main agreement (II 6.1)", state="active",
                      in_force_since="2026-01-01T00:00:00+01:00"),
            See("all fifteen of the register work for it (P15)", "engagements?agreement_id={kraan}&current=true",
                {"items#": 15, "items[0].basis": "signature"}),
        ),
        told="joris@kraan sanne@sluis dirk@dijk tessa@terp",
    ),
    Act(
        "2026-03-02T09:00:00+01:00", "sluis", "A second contract is added: telephony",
        (Post("agreements/{sluis}/add-main-contract", {"reference": "telephony", "starts_on": "2026-04-01"}),),
        (agreement("sluis", "one agreement under two contracts", **{"state": "active", "main_contracts#": 2}),),
    ),
)  # fmt: skip

TWO_RIGHTS: Final = (
    Act(
        "2026-03-30T10:00:00+02:00", "all", "A monitor of networks is announced",
        (worker("watch", "Noordwacht", "network monitoring"),
         *announced("noordwacht", "add", "To see trouble earlier.", subprocessor_id="{watch}")),
        (
            notice("noordwacht@sluis", "two rights: to object without a period, to end within 30 days (P11)", **{
                "state": "open", "rule": "objection", "closes_at": None,
                "rights[rule=subprocessor.objection].closes_at": None,
                "rights[rule=amendment.termination].closes_at": "2026-04-30T00:00:00+02:00",
                "rights[rule=amendment.termination].form": "written"}),
            notice("noordwacht@dijk", "and own 30 days before it begins", proceeds_at="2026-04-30T00:00:00+02:00"),
        ),
        told="joris@kraan sanne@sluis dirk@dijk tessa@terp",
    ),
    Act(
        "2026-04-07T09:45:00+02:00", "sluis", "Sanne Locks objects through her link",
        (DemoAnswer("sanne@sluis", "Noordwacht", "object", "We watch our own network."),),
        (notice("noordwacht@sluis", "objected", state="objected"),
         gate("sluis", "watch", "the gate says no", allowed=False, reason="objected")),
        told="sanne@sluis",
    ),
    Act(
        "2026-04-08T09:00:00+02:00", "sluis", "A director tries to overrule",
        (refused("notices/{noordwacht@sluis}/decide",
                 {"decision": "overrule", "reason": "It is useful.", "engage_not_before": "2026-06-01"},
                 "refused: the statement knows no overruling (II 8.3)", by="director", says="II 8.3"),),
        (notice("noordwacht@sluis", "still objected", state="objected"),),
    ),
    Act(
        "2026-04-10T14:00:00+02:00", "kraan", "Joris Kraan ends because of it",
        (DemoAnswer("joris@kraan", "Noordwacht", "terminate", status=422, words="refused without reasons (II 2.2)"),
         DemoAnswer("joris@kraan", "Noordwacht", "terminate", "Too many parties.")),
        (
            agreement("kraan", "ended on receipt (CI-A5)", state="deletion_pending", in_force=False,
                      end_ground="amendment", ended_at="2026-04-10T14:00:00+02:00"),
            deadline("kraan", "end.erasure", "three months, to the end of 10 July (I 9)",
                     due_at="2026-07-11T00:00:00+02:00", party="processor"),
            task("kraan", "main_contract", "the main agreement goes on without a ground: somebody settles it"),
            notice("noordwacht@kraan", "nothing is left to answer", state="cancelled"),
        ),
        told="joris@kraan joris@kraan joris@kraan",
    ),
    Act(
        "2026-04-15T10:00:00+02:00", "sluis", "The objection is upheld",
        (Post("notices/{noordwacht@sluis}/decide", {"decision": "uphold", "reason": "You watch it yourselves."}),),
        (notice("noordwacht@sluis", "upheld", state="upheld", outcome="upheld"),),
        told="sanne@sluis",
    ),
    Act(
        "2026-04-30T00:00:00+02:00", "dijk, terp", "The 30 days are over",
        expect=(
            gate("dijk", "watch", "engaged", allowed=True, since="2026-04-30T00:00:00+02:00"),
            gate("terp", "watch", "engaged", allowed=True, since="2026-04-30T00:00:00+02:00"),
            gate("sluis", "watch", "not for the one that objected", allowed=False),
            notice("noordwacht@dijk", "open all the same: the right to object has no end", state="open"),
            change("noordwacht", "active", state="active"),
        ),
        told="dirk@dijk dirk@dijk tessa@terp tessa@terp",  # reminded of the right to end
    ),
    Act(
        "2026-05-05T16:00:00+02:00", "dijk", "Dirk Dijkstra wants to end, five days too late",
        (DemoAnswer("dirk@dijk", "Noordwacht", "terminate", "I had not looked."),),
        (
            notice("noordwacht@dijk", "kept, marked late", **{
                "answers[0].answer": "terminate", "answers[0].late": True}),
            agreement("dijk", "the agreement goes on", state="active"),
        ),
        told="dirk@dijk",
    ),
    Act(
        "2026-07-08T10:00:00+02:00", "kraan", "Three days before the due day everything is confirmed but one",
        (Post("agreements/{kraan}/approve-plan"),
         ConfirmPlan("kraan", "Log of 8 July.", unconfirmed=1)),
        (
            agreement("kraan", "deleted, with the list of what could not be confirmed (CI-A7)", **{
                "state": "deleted", "plan[how=not_confirmed].may_end_unconfirmed": True}),
            SeeMail("the mail says so", "joris@kraan", "", ("met uitzondering van wat hieronder staat",)),
        ),
        told="joris@kraan",
    ),
)  # fmt: skip

TAKEN_BACK: Final = (
    Act(
        "2026-06-01T10:00:00+02:00", "terp", "A contract is to end after 30 June",
        (Post("agreements/{terp}/end-main-contract", {"on": "2026-06-30"}),),
        (agreement("terp", "in force until then", state="active"),),
    ),
    Act(
        "2026-07-01T00:00:00+02:00", "terp", "It ends",
        expect=(
            agreement("terp", "its data have to go", state="deletion_pending", ended_on="2026-06-30"),
            deadline("terp", "end.erasure", "three months, to the end of 30 September",
                     due_at="2026-10-01T00:00:00+02:00"),
            gate("terp", "watch", "the gate says no", allowed=False, reason="not_in_force"),
        ),
        told="tessa@terp",
    ),
    Act(
        "2026-07-02T10:00:00+02:00", "terp", "The museum stays after all",
        (Post("agreements/{terp}/cancel-end", {"reason": "The council found the money."}),),
        (
            agreement("terp", "as if it had not ended (P23)", **{
                "state": "active", "in_force": True, "plan#": 0, "deadlines#": 0}),
            gate("terp", "watch", "what was engaged may work on", allowed=True),
        ),
        told="tessa@terp",
    ),
)  # fmt: skip

STATEMENT: Final = (
    Act(
        "2026-08-17T10:00:00+02:00", "all", "A new version of the statement is drawn up",
        (NewTerms("2026-01"),),
        (See("it is there beside the old one", "terms/{terms}", {"version": "2026-01"}),
         agreement("dijk", "agreements stay under theirs", terms_version="2025-01")),
    ),
    Act(
        "2026-08-24T10:00:00+02:00", "all", "It is announced to everybody under the old one",
        announced("statement", "terms", "New measures and a shorter list.", to_version="2026-01"),
        (notice("statement@dijk", "a right to end through Wednesday 23 September (II 2.2)", state="open",
                rule="termination_right", closes_at="2026-09-24T00:00:00+02:00"),),
        told="sanne@sluis dirk@dijk tessa@terp",
    ),
    Act(
        "2026-09-22T20:15:00+02:00", "dijk", "Dirk Dijkstra ends in time, with his reasons",
        (DemoAnswer("dirk@dijk", "tekst", "terminate", "We cannot explain this to our clients."),),
        (
            agreement("dijk", "ended on receipt", state="deletion_pending", end_ground="amendment",
                      ended_at="2026-09-22T20:15:00+02:00"),
            deadline("dijk", "end.erasure", "three months, to the end of 22 December",
                     due_at="2026-12-23T00:00:00+01:00"),
        ),
        told="dirk@dijk dirk@dijk dirk@dijk dirk@dijk sanne@sluis tessa@terp",  # the week before, all were reminded
    ),
    Act(
        "2026-09-24T00:00:00+02:00", "sluis, terp", "The 30 days are over",
        expect=(
            notice("statement@terp", "silence lets it go on", state="lapsed"),
            change("statement", "active", state="active"),
        ),
        told="sanne@sluis tessa@terp",
    ),
    Act(
        "2026-09-25T09:00:00+02:00", "terp", "Tessa Terpstra's letter to end comes a day late",
        (Post("notices/{statement@terp}/terminate", {"channel": "letter", "by": "Tessa Terpstra",
              "evidence": "Letter of 23 September.",
              "grounds": "Too much paper.", "received_at": "2026-09-24T09:00:00+02:00"}),),
        (
            notice("statement@terp", "kept, marked late", **{"state": "lapsed", "answers[0].late": True}),
            agreement("terp", "the agreement goes on", state="active"),
        ),
        told="tessa@terp",
    ),
    Act(
        "2026-10-05T10:00:00+02:00", "wal", "A new customer signs under the new version",
        (SignUp("wal", "2026-10-01"),),
        (
            agreement("wal", "in force since the 1st, under the latest version", state="active",
                      terms_version="2026-01", in_force_since="2026-10-01T00:00:00+02:00"),
            notice("noordwacht@wal", "told of the monitor that is not on its list: 30 days through 4 November (P15)",
                   state="open", proceeds_at="2026-11-05T00:00:00+01:00"),
            See("not of the text that it signed", "notices?change_id={statement}&agreement_id={wal}", {"items#": 0}),
        ),
        told="willem@wal willem@wal",
    ),
)  # fmt: skip

ENDS: Final = (
    Act(
        "2026-10-12T10:00:00+02:00", "all", "The first of the register is to go on 2 November",
        announced("weg", "remove", "Nobody uses it.", subprocessor_id="{kraan.listed}", effective_on="2026-11-02"),
        (notice("weg@sluis", "for information: nothing to object to", state="open", rule="information"),),
        told="sanne@sluis dirk@dijk tessa@terp willem@wal",
    ),
    Act(
        "2026-10-19T10:00:00+02:00", "sluis", "The first of its two contracts is to end after 31 October",
        (Post("agreements/{sluis}/end-main-contract", {"on": "2026-10-31", "reference": "network"}),),
        (agreement("sluis", "in force", state="active"),),
    ),
    Act(
        "2026-11-01T00:00:00+01:00", "sluis", "One contract is over",
        expect=(agreement("sluis", "the agreement goes on with the other (CI-A6)", state="active"),
                gate("sluis", "kraan.listed", "and the first of the register works on", allowed=True)),
        told="willem@wal",
    ),
    Act(
        "2026-11-02T00:00:00+01:00", "all", "The first of the register goes",
        expect=(gate("sluis", "kraan.listed", "the gate says no", allowed=False),
                change("weg", "active", state="active")),
    ),
    Act(
        "2026-11-16T10:00:00+01:00", "sluis", "The other is to end after 30 November",
        (Post("agreements/{sluis}/end-main-contract", {"on": "2026-11-30", "reference": "telephony"}),),
        (agreement("sluis", "in force", state="active"),),
        told="willem@wal",
    ),
    Act(
        "2026-12-01T00:00:00+01:00", "sluis", "It ends with the last",
        expect=(
            agreement("sluis", "its data have to go", state="deletion_pending", ended_on="2026-11-30"),
            deadline("sluis", "end.erasure", "three months from 30 November end with 28 February (I-04)",
                     due_at="2027-03-01T00:00:00+01:00"),
        ),
        told="sanne@sluis",
    ),
    Act(
        "2026-12-23T09:00:00+01:00", "dijk", "The due day has passed and nobody has approved the plan",
        expect=(
            agreement("dijk", "nothing goes on a timer alone (P23)", state="deletion_pending",
                      plan_approved_at=None),
            deadline("dijk", "end.erasure", "overdue, and shown so", overdue=True),
        ),
    ),
)  # fmt: skip

MANAGED: Final = scene("managed", BEGINS, TWO_RIGHTS, TAKEN_BACK, STATEMENT, ENDS)
