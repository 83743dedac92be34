"""In force with the last signature; written consent, refusals with a reason; return, then a declaration."""

from typing import Final

from service.demo.model import (
    Act,
    ConfirmPlan,
    DemoAnswer,
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
        "2026-01-12T10:00:00+01:00", "four customers", "Three agreements are sent, one cannot be",
        (SignUp("veste", "2026-01-01"), SignUp("stad", "2026-01-01"), SignUp("hoeve", "2026-01-01"),
         SignUp("brink", "2026-01-01", send=False),
         refused("agreements/{brink}/send", {},
                 "refused: nobody's number to telephone about a breach (8.1)", says="8.1")),
        (agreement("veste", "not in force before both have signed (2.1)", state="notified", in_force=False),
         agreement("brink", "a draft", state="draft")),
        told="vera@veste simon@stad hanna@hoeve",
    ),
    Act(
        "2026-01-14T09:00:00+01:00", "veste, hoeve", "Both parties have signed, the customers a day before",
        (Post("agreements/{veste}/sign", {"party": "controller", "at": "2026-01-13T14:30:00+01:00"}),
         Post("agreements/{veste}/sign", {"party": "processor", "at": "2026-01-14T09:00:00+01:00"}),
         Post("agreements/{hoeve}/sign", {"party": "controller", "at": "2026-01-13T16:05:00+01:00"}),
         Post("agreements/{hoeve}/sign", {"party": "processor", "at": "2026-01-14T09:00:00+01:00"}),
         Post("agreements/{stad}/sign", {"party": "controller", "at": "2026-01-13T18:00:00+01:00"})),
        (
            agreement("veste", "in force with the last signature (I-18)", state="active",
                      in_force_since="2026-01-14T09:00:00+01:00"),
            agreement("stad", "one signature is missing", state="notified"),
        ),
    ),
    Act(
        "2026-02-02T11:00:00+01:00", "stad", "The last signature is set",
        (Post("agreements/{stad}/sign", {"party": "processor"}),),
        (agreement("stad", "in force from that moment, not back-dated (CO-A1)", state="active",
                   in_force_since="2026-02-02T11:00:00+01:00"),),
    ),
    Act(
        "2026-02-03T10:00:00+01:00", "brink", "With a telephone number it can be sent",
        (Post("customers/{brink.customer}", {"contacts": [{"name": "Ilse Brink", "email": "ilse@brink.example",
              "phone": "+31 38 555 0114", "roles": ["contract", "security"]}]}, method="PATCH"),
         Post("agreements/{brink}/send")),
        (agreement("brink", "sent", state="notified"),),
        told="ilse@brink",
    ),
    Act(
        "2026-02-05T10:00:00+01:00", "brink", "It is withdrawn before anybody signed",
        (Post("agreements/{brink}/withdraw", {"reason": "They stay with another."}),),
        (agreement("brink", "withdrawn", state="withdrawn"),),
        told="ilse@brink",
    ),
)  # fmt: skip

CONSENT: Final = (
    Act(
        "2026-02-09T10:00:00+01:00", "veste, stad", "A telephone exchange is announced, for voip alone",
        (worker("duin", "Duinbel", "voip exchange"),
         *announced("bel", "add", "Clearer voices.", subprocessor_id="{duin}", services=["voip"])),
        (
            notice("bel@veste", "written consent is asked (3.4)", state="open", rule="consent", form="written",
                   closes_at=None),
            See("not of the one without voip (P14)", "notices?change_id={bel}&agreement_id={hoeve}", {"items#": 0}),
            gate("veste", "duin", "the gate says no", allowed=False, reason="no_consent"),
        ),
        told="vera@veste simon@stad",
    ),
    Act(
        "2026-02-11T11:00:00+01:00", "veste", "Vera Muur consents through her link",
        (DemoAnswer("vera@veste", "Duinbel", "consent"),),
        (
            notice("bel@veste", "consented", state="consented", outcome="consented"),
            gate("veste", "duin", "engaged at once", allowed=True, since="2026-02-11T11:00:00+01:00"),
            change("bel", "active", state="active"),
        ),
        told="vera@veste",
    ),
    Act(
        "2026-02-12T15:00:00+01:00", "stad", "Simon Baker refuses by letter, without a word of reason",
        (Post("notices/{bel@stad}/refuse", {"channel": "letter", "by": "Simon Baker"}),),
        (
            notice("bel@stad", "refused all the same (CO-A2)", **{"state": "refused", "answers[0].grounds": None}),
            task("bel@stad", "refused", "its reason is asked for (5.1)",
                 text="Een klant heeft geweigerd: voor die klant blijft alles zoals het is. Praat met de klant, of "
                      "laat het zo. Er is geen reden gegeven, en de overeenkomst vraagt erom (3.4, 5.1): vraag naar de "
                      "reden."),
            gate("stad", "duin", "the gate says no", allowed=False, reason="no_consent"),
            agreement("stad", "the agreement itself goes on", state="active"),
        ),
        told="simon@stad",
    ),
    Act(
        "2026-05-04T10:00:00+02:00", "veste", "Voip is cancelled after 31 May",
        (Post("agreements/{veste}/cancel-service", {"service": "voip", "on": "2026-05-31"}),),
        (agreement("veste", "still there", services=["administration", "voip"]),),
    ),
    Act(
        "2026-06-01T00:00:00+02:00", "veste", "One service is over, the agreement goes on",
        expect=(
            agreement("veste", "administration is left (P22)", state="active", services=["administration"]),
            deadline("veste", "retention.mac_address", "its data go within a month, through 30 June (annex 1)",
                     due_at="2026-07-01T00:00:00+02:00"),
        ),
    ),
    Act(
        "2026-06-08T09:00:00+02:00", "all", "The first of the register is to be replaced",
        (worker("griend", "Griendboek", "administration"),
         *announced("boek", "replace", "One place for invoices.", subprocessor_id="{griend}",
                    replaces_id="{veste.listed}")),
        (notice("boek@stad", "written consent is asked", state="open", rule="consent"),),
        told="vera@veste simon@stad hanna@hoeve",
    ),
    Act(
        "2026-06-10T10:00:00+02:00", "veste, hoeve", "One consents, one refuses, one is silent",
        (DemoAnswer("vera@veste", "Griendboek", "consent"),
         DemoAnswer("hanna@hoeve", "Griendboek", "refuse", "Our bookkeeper knows the old one.")),
        (
            gate("veste", "griend", "engaged", allowed=True, since="2026-06-10T10:00:00+02:00"),
            gate("veste", "veste.listed", "the old one ended with it (P16)", allowed=False, reason="ended"),
            gate("hoeve", "griend", "not for the one that refused", allowed=False, reason="no_consent"),
            gate("hoeve", "veste.listed", "it keeps the old one", allowed=True),
            gate("stad", "griend", "nor for the silent one", allowed=False, reason="no_consent"),
            gate("stad", "veste.listed", "it keeps the old one", allowed=True),
        ),
        told="vera@veste hanna@hoeve",
    ),
)  # fmt: skip

ENDS: Final = (
    Act(
        "2026-07-27T10:00:00+02:00", "stad", "A contract is to end after 31 August",
        (Post("agreements/{stad}/end-main-contract", {"on": "2026-08-31"}),),
        (agreement("stad", "in force until then", state="active"),),
        told="simon@stad simon@stad",  # asked for consent again, after two weeks and after four
    ),
    Act(
        "2026-09-01T00:00:00+02:00", "stad", "It ends",
        expect=(
            agreement("stad", "return within the month, through 30 September; a declaration comes last", **{
                "state": "deletion_pending", "plan[kind=return].due_at": "2026-10-01T00:00:00+02:00",
                "plan[category=addresses].due_at": "2026-10-01T00:00:00+02:00",
                "plan[-1].kind": "declare", "plan[-1].due_at": None}),
            notice("bel@stad", "nothing is left to answer", state="cancelled"),
        ),
        told="simon@stad",
    ),
    Act(
        "2026-09-03T10:00:00+02:00", "stad", "The plan is approved; a declaration now would be untrue",
        (Post("agreements/{stad}/approve-plan"),
         refused("agreements/{stad}/confirm", {"task_id": "{stad#declare}", "evidence": "Letter."},
                 "refused: the declaration comes last (10.3)", says="last")),
        (agreement("stad", "nothing has gone", state="deletion_pending"),),
    ),
    Act(
        "2026-09-15T10:00:00+02:00", "stad", "Returned, erased and declared",
        (ConfirmPlan("stad", "Log of 15 September."),),
        (
            agreement("stad", "deleted", state="deleted"),
            SeeMail("the customer has the declaration", "simon@stad", "your data have been deleted",
                    ("declares", "10.3")),
        ),
        told="simon@stad",
    ),
    Act(
        "2026-10-05T10:00:00+02:00", "hoeve", "A contract is to end after 31 October",
        (Post("agreements/{hoeve}/end-main-contract", {"on": "2026-10-31"}),),
        (agreement("hoeve", "in force until then", state="active"),),
    ),
    Act(
        "2026-11-01T00:00:00+01:00", "hoeve", "It ends",
        expect=(agreement("hoeve", "a month, through 30 November", **{
            "state": "deletion_pending", "plan[category=iban].due_at": "2026-12-01T00:00:00+01:00"}),),
        told="hanna@hoeve",
    ),
    Act(
        "2026-11-04T10:00:00+01:00", "hoeve", "The contract itself is held for a tax inspection",
        (Post("agreements/{hoeve}/hold", {"categories": ["contract_information"], "ground": "Tax inspection.",
                                             "until": "2027-12-31"}),
         Post("agreements/{hoeve}/approve-plan"),
         refused("agreements/{hoeve}/confirm", {"task_id": "{hoeve#contract_information}", "evidence": "Log."},
                 "refused: it is held (P27)", says="held"),
         refused("agreements/{hoeve}/confirm", {"task_id": "{hoeve#iban}", "evidence": "Log."},
                 "refused: the data go back first (P24)", says="go back first"),
         Post("agreements/{hoeve}/confirm", {"task_id": "{hoeve#return}", "evidence": "Receipt of 3 November."}),
         Post("agreements/{hoeve}/confirm", {"task_id": "{hoeve#iban}", "evidence": "Log of 4 November."})),
        (agreement("hoeve", "the rest may go", **{
            "state": "deletion_pending", "plan[category=iban].how": "confirmed",
            "plan[category=contract_information].how": None}),),
    ),
    Act(
        "2026-12-14T10:00:00+01:00", "hoeve", "The hold is released and everything confirmed",
        (Post("agreements/{hoeve}/release", {"reason": "The inspection is over."}),
         ConfirmPlan("hoeve", "Log of 14 December.")),
        (agreement("hoeve", "deleted", state="deleted"),),
        told="hanna@hoeve",
    ),
)  # fmt: skip

TELECOM: Final = scene("telecom", BEGINS, CONSENT, ENDS)
