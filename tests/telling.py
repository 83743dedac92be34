"""A notice rendered everywhere a reader meets it, from rows alone: mails, page, own page, API. No database."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from service.http.routes.notices import NoticeShown, shown
from service.mail.kinds.source import Source
from service.mail.kinds.variables import variables
from service.mail.kinds.views import Framing
from service.mail.outgoing.outbox import Letter, Message, MessageContext
from service.mail.outgoing.verdict import why_not
from service.mail.texts.texts import packaged_texts
from service.pages.contact_view import ContactView, view_contact
from service.pages.notice_view import NoticeView, view_notice
from service.pages.read import ContactPage, NoticePage, OpenLink, Settled, Told
from service.pages.render import page as page_of
from service.pages.routes import Shown
from service.pages.words import words_in
from workflows.change.announced import text_of
from workflows.errors import Refused
from workflows.machine.effects import ClearTimer, Send, SetTimer
from workflows.machine.vocabulary import Command, Standing
from workflows.model.agreement import Agreement, MainContract
from workflows.model.change import Change, ChangeKind
from workflows.model.notice import Notice, NoticeContext
from workflows.model.parties import Contact, Customer, Outage, Processor, Subprocessor
from workflows.notice.delivery import announce
from workflows.notice.emergency import engaged_first
from workflows.notice.fact_shapes import NoticeRows
from workflows.notice.scope import decide
from workflows.notice.table import NOTICE
from workflows.terms.load import library
from workflows.terms.model import Terms
from workflows.terms.names import AMENDMENT
from workflows.words import Language

P, C, A, H, S, R, K, N = (UUID(int=number) for number in range(1, 9))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN = Contact(id=UUID(int=20), name="Ann", email="ann@x.example", roles=("contract", "privacy"))
BOB = Contact(id=UUID(int=21), name="Bob", email="bob@x.example", roles=("privacy",))
FACTS: dict[str, dict[str, Any]] = {
    "mms-solutions": {"end.erasure": "P30D"},
    "kmo-solutions": {"backup.retention": "P30D"},
    "eu-scc-2021-915": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-c2p": {"subprocessor.objection": "P30D"},
    "eu-scc-2021-914-p2p": {"subprocessor.notice": "P30D"},
    "cnil-clauses": {"entry.day": "2025-01-01", "breach.notice": "PT48H", "subprocessor.objection": "P30D"},
    "keepnet-dpa": {"data.region": "EU"},
}


_AT_WORK: dict[ChangeKind, tuple[tuple[UUID, str], ...]] = {
    "replace": ((R, "NL"),), "remove": ((S, "NL"),), "relocate": ((S, "NL"),),
}  # fmt: skip


@dataclass(frozen=True)
class Surroundings:
    """What a notice is about: the terms, the change, the parties."""

    terms: Terms
    change: Change
    subprocessor: Subprocessor | None
    replaced: Subprocessor | None
    agreement: Agreement
    customer: Customer
    processor: Processor
    texts: tuple[Terms, Terms] | None = None

    @property
    def context(self) -> NoticeContext:
        """As the notice's table sees it."""
        return NoticeContext(
            change=self.change,
            agreement=self.agreement,
            customer=self.customer,
            processor=self.processor,
            subprocessor=self.subprocessor,
            terms=self.terms,
            arrival="direct",
            engaged=_AT_WORK.get(self.change.kind, ()),
        )


def with_ending(terms: str) -> Terms:
    """The same with a right to end beside what decides, which runs on when a window of 30 days is over (P11)."""
    rules, other = library()[terms], library()["constant-it"]
    ending = next(one for one in other.ending.rights if one.ground == "amendment")
    return replace(
        rules,
        rules={**rules.rules, AMENDMENT: replace(other.rules[AMENDMENT], period="P60D")},
        amendment=replace(rules.amendment, significant=("subprocessor",)),
        ending=replace(rules.ending, rights=(*rules.ending.rights, ending)),
    )


def around(
    terms: str | Terms, kind: ChangeKind = "add", *, lang: Language = "en", country: str = "NL",
    role: Any = "controller", **change: Any,
) -> Surroundings:  # fmt: skip
    """A change under the terms of a library, with everything said of its subprocessor."""
    rules = library()[terms] if isinstance(terms, str) else terms
    terms = rules.id
    subprocessor = Subprocessor(
        id=S, processor_id=P, name="Frankfurt Cloud", aliases=("FraCloud",), service="object storage", country=country,
        countries=("CH", "NO"), address="Hafenweg 1, Frankfurt", contact="dpo@fracloud.example",
        categories=("names", "voices"), transfer_basis="binding corporate rules", bound_on=date(2026, 1, 1),
    )  # fmt: skip
    replaced = Subprocessor(
        id=R, processor_id=P, name="Former Host", service="hosting", country="NL", address="Oudeweg 2, Delft"
    )  # fmt: skip
    fields: dict[str, Any] = {"reason": "a second data centre", **change}
    match kind:
        case "replace":
            fields |= {"subprocessor_id": S, "replaces_id": R}
        case "relocate":
            fields |= {"subprocessor_id": S, "country": "DE", "from_country": "NL"}
        case "add" | "remove":
            fields |= {"subprocessor_id": S}
        case "terms":
            fields |= {"terms": terms, "to_version": "2027-01", "to_version_id": UUID(int=40)}
        case "measure":
            pass
    placed = kind in ("add", "replace", "relocate", "remove")
    made = Change(id=H, processor_id=P, kind=kind, announced_at=START, **fields)
    who, old = subprocessor if placed else None, replaced if kind == "replace" else None
    made = replace(made, announced=(text_of(made, who, old, START),))
    return Surroundings(
        terms=rules,
        change=made,
        subprocessor=who,
        replaced=old,
        agreement=Agreement(
            id=A, processor_id=P, customer_id=C, terms=terms, terms_version="2026-01", terms_version_id=K,
            main_contracts=(MainContract(reference="M-77", starts_on=date(2025, 1, 1)),), facts=FACTS.get(terms, {}),
            services=("telephony",),
        ),
        customer=Customer(
            id=C, processor_id=P, name="Bakery", country="NL", language=lang, role=role, contacts=(ANN, BOB)
        ),
        processor=Processor(
            id=P, processor_id=P, slug="p", name="Acme", country="NL", timezone="Europe/Amsterdam", language="nl",
            terms=terms, reply_to="privacy@acme.example",
        ),
    )  # fmt: skip


@dataclass
class Life:
    """A notice that lives by its table: timers fire in their order, messages are kept as they were asked for."""

    around: Surroundings
    state: str = "queued"
    now: datetime = START
    timers: dict[str, SetTimer] = field(default_factory=dict)
    settled: Settled | None = None
    notice: Notice = field(init=False)
    sent: list[Send] = field(default_factory=list)
    outages: tuple[Outage, ...] = ()
    played: frozenset[tuple[str, str, str, str]] = frozenset()
    """The rows that were taken: trigger, state, the state it came to, the event."""

    def __post_init__(self) -> None:
        x = self.around
        found = decide(x.terms, x.change, x.subprocessor, x.agreement, frozenset(x.context.engaged), at=self.now)
        assert found.included, found.why
        fresh = Notice(
            id=N, processor_id=P, change_id=H, agreement_id=A, customer_id=C, rule=found.rule, clause=found.clause,
            form=found.form, grounds=found.grounds, rights=found.rights, own_period=found.own_period,
            emergency=found.emergency,
        )  # fmt: skip
        told = Standing(state=self.state, tags=frozenset(), entity=fresh, context=x.context)
        self.notice, effects = announce(told, fresh)
        if found.emergency:
            self.notice, more = engaged_first(told, self.notice)
            effects = (*effects, *more)
        self.sent = [one for one in effects if isinstance(one, Send)]
        self.timers = {one.name: one for one in effects if isinstance(one, SetTimer)}

    def copied(self) -> "Life":
        """The same life, to be led otherwise from here: all that a step changes is its own."""
        other = object.__new__(Life)
        other.__dict__.update(self.__dict__, timers=dict(self.timers))
        return other

    def do(self, trigger: str, *, due: datetime | None = None, asked: bool = False, **data: Any) -> str:
        """One command; the name of its event. Raises Refused."""
        if not NOTICE.answers(trigger, self.state):  # which is most of what is tried
            raise Refused(f"{trigger!r} leads nowhere from {self.state!r}")
        command = Command(
            subject=N, trigger=trigger, at=due or self.now, now=self.now, actor="test", role="director", data=data,
            requested=asked,
        )  # fmt: skip
        context = replace(self.around.context, outages=self.outages)
        step = NOTICE.step(self.state, self.notice, context, command)
        assert isinstance(step.entity, Notice)
        self.played |= {(trigger, self.state, step.dest, step.event)}
        self.notice, self.state = step.entity, step.dest
        if step.event in ("notice.upheld", "notice.overruled", "notice.cancelled", "notice.superseded"):
            self.settled = Settled(self.now, step.event, msgspec.to_builtins(step.data))
        self.sent = [one for one in step.effects if isinstance(one, Send)]
        for effect in step.effects:
            match effect:
                case SetTimer():
                    self.timers[effect.name] = effect
                case ClearTimer():
                    self.timers.pop(effect.name, None)
                case _:
                    pass
        return step.event

    def fire(self) -> str | None:
        """The next timer, at its instant; None where none is set. Raises Refused."""
        if not self.timers:
            return None
        timer = min(self.timers.values(), key=lambda one: (one.due_at, one.rank))
        del self.timers[timer.name]
        self.now = max(self.now, timer.due_at)
        return self.do(timer.trigger, due=timer.due_at, **timer.data)

    def wait(self, until: datetime) -> None:
        while any(one.due_at <= until for one in self.timers.values()):
            with suppress(Refused):  # no use for it any more: the sweep drops it
                self.fire()
        self.now = max(self.now, until)

    # --- what is read ------------------------------------------------------------------------------------

    @property
    def rows(self) -> NoticeRows:
        """What its facts are made from."""
        return self.page(ANN).rows

    def page(self, reader: Contact) -> NoticePage:
        """What the notice's page is made from."""
        x = self.around
        return NoticePage(
            link=OpenLink(id=UUID(int=50), processor=P, customer=C, contact=reader.id, subject=N),
            contact=reader,
            state=self.state,
            notice=self.notice,
            change=x.change,
            agreement=x.agreement,
            customer=x.customer,
            processor=x.processor,
            subprocessor=x.subprocessor,
            replaced=x.replaced,
            terms=x.terms,
            texts_beside=x.texts,
            settled=self.settled,
            withdrawn_why="",
            own_token=None,
            now=self.now,
            outages=self.outages,
        )

    def view(self, reader: Contact = ANN) -> NoticeView:
        return view_notice(self.page(reader))

    def page_text(self, reader: Contact = ANN, view: NoticeView | None = None) -> str:
        """What the page says, on one line; `view` is what it shows, where that was made already."""
        p, w = self.page(reader), words_in(self.around.customer.language)
        view = view or view_notice(p)
        shown = Shown(p=p, view=view, name=view.change.headline, prefix="", seal="seal", trouble=None, typed=None)
        html = page_of(
            "notice.html", w, p=p, notices=[shown], changes=1, token="token", seal_name="form", longest=10_000,
            trouble=None, done=None, done_on=None, done_view=None, done_when=None, not_recorded=False,
        ).content  # fmt: skip
        return plain(html)

    def own_page(self, reader: Contact = ANN) -> ContactView:
        """The contact's own page, in its parts."""
        x, page = self.around, self.page(reader)
        return view_contact(
            ContactPage(
                link=page.link,
                contact=reader,
                customer=x.customer,
                processor=x.processor,
                agreements=(),
                terms={K: x.terms},
                at_work=(),
                notices=(
                    Told(
                        notice=self.notice, state=self.state, change=x.change, subprocessor=x.subprocessor,
                        replaced=x.replaced, link_id=UUID(int=50), generation=1, kept="00",
                    ),
                ),
                elsewhere=(x.agreement,),
                now=self.now,
                generation=1,
            ),
            lambda link, generation, kept: "token",
        )  # fmt: skip

    def api(self) -> NoticeShown:
        """What the API answers."""
        return shown(
            {
                "entity": msgspec.json.encode(self.notice), "state": self.state, "version": 1, "created_at": START,
                "parked_why": None, "attempts": "[]", "customer_name": "Bakery", "subprocessor_name": "Frankfurt Cloud",
                "offered": NOTICE.offered(self.state, self.notice, self.around.context),
            }
        )  # fmt: skip

    def letter(self, kind: str, reader: Contact = ANN, **data: Any) -> Letter:
        """A message of a kind to a contact, as it would be written now."""
        x = self.around
        message = Message(
            id=UUID(int=60), processor_id=P, subject_id=N, customer_id=C, contact_id=reader.id, kind=kind,
            state="queued", address=reader.email or "", language=x.customer.language, data=data, content=None,
            message_id=None, dated_at=None, created_at=self.now, tries=0, leased_until=self.now,
        )  # fmt: skip
        about = MessageContext(
            kind="notice", state=self.state, open=not NOTICE.states[self.state].final, announced=True,
            processor=x.processor, agreement=x.agreement, terms=x.terms, notice=self.notice, change=x.change,
            subprocessor=x.subprocessor, replaced=x.replaced, texts=x.texts,
        )  # fmt: skip
        return Letter(message=message, about=about, customer=x.customer, contact=reader)

    def mail_text(self, kind: str, reader: Contact = ANN, **data: Any) -> str:
        """What the mail says, on one line; empty where it is not sent any more."""
        letter = self.letter(kind, reader, **data)
        if why_not(letter, "token", self.now) is not None:
            return ""
        framing = Framing(
            can_reply=True, notice_url="https://dpa.example.org/n/x", page_url="https://dpa.example.org/p/x",
            host="dpa.example.org", now=self.now,
        )  # fmt: skip
        written = packaged_texts().write(
            kind, letter.message.language, variables(Source(letter=letter, framing=framing))
        )
        lines = (re.sub(r"^(?:\| |    |  )", "", line) for line in written.text.split("\n"))
        return " ".join(f"{written.subject} {' '.join(lines)}".split())

    def mails(self) -> list[tuple[Send, Contact, str]]:
        """The mails that the last step asked for, as they would be written now."""
        people = {one.id: one for one in self.around.customer.contacts}
        found = [(one, people[one.contact]) for one in self.sent]
        return [(one, who, self.mail_text(one.kind, who, **msgspec.to_builtins(one.data))) for one, who in found]


def plain(html: str) -> str:
    """What a reader of a page sees, on one line."""
    body = re.sub(r"</(?:td|th|dt|dd|p|li|h\d|b|span|label)>", " ", html.partition("<body>")[2])
    return " ".join(re.sub(r"<[^>]+>", "", body).replace("&#39;", "'").replace("&amp;", "&").split())


Playing = Callable[[Life], None]
