"""Carrying out the deeds of an act: requests with a key, answers through links, mails that come back."""

from email import message_from_bytes
from typing import Any, Final

import httpx

from service.demo.cast import Company, Customer
from service.demo.checking import Check, differs
from service.demo.model import AskReturn, CameBack, ConfirmPlan, Deed, DemoAnswer, NewTerms, Post, SignUp
from service.demo.names import Names
from service.demo.outside import NotThere, Outside, detail

_CUSTOMER: Final = ".customer"


_REMINDERS: Final = (
    "antwoord kan nog", "u kunt nog antwoorden", "you can still answer", "antwoorden staan nog open",
    "answers are still open",
)  # fmt: skip
"""What the subjects of reminders say."""


class Doer:
    """Carries out what happens in the scene of one processor."""

    def __init__(self, outside: Outside, handle: str, company: Company, names: Names) -> None:
        self._outside = outside
        self._handle = handle
        self._company = company
        self._names = names

    async def do(self, deed: Deed) -> Check | None:
        """Carry it out: a check where something was to be seen in doing it, or where it did not go as told.

        Raises NotThere for a name that leads nowhere, httpx.HTTPError where the stack is gone.
        """
        match deed:
            case Post():
                return await self._post(deed)
            case DemoAnswer():
                return await self._answer(deed)
            case SignUp():
                await self._sign_up(deed)
            case AskReturn():
                await self._ask_return(deed)
            case CameBack():
                await self._came_back(deed)
            case ConfirmPlan():
                await self._confirm_plan(deed)
            case NewTerms():
                await self._new_terms(deed)
        return None

    async def _call(self, method: str, path: str, body: Any = None, by: Any = "manager") -> httpx.Response:
        return await self._outside.call(method, path, body, processor=self._handle, by=by)

    async def _make(self, path: str, body: Any, saves: str = "", by: Any = "manager") -> Any:
        answer = await self._call("POST", path, body, by)
        if answer.is_error:
            raise NotThere(f"POST {path}: {answer.status_code} {detail(answer)}")
        made = answer.json()
        if saves:
            self._names.save(saves, made["id"])
        return made

    async def _sign_up(self, deed: SignUp) -> None:
        customer = self._company.customers[deed.who]
        if not self._names.knows(deed.who + _CUSTOMER):
            await self._make("customers", _customer_body(customer), deed.who + _CUSTOMER)
        contract = {
            "reference": deed.reference,
            "starts_on": deed.starts_on,
            "ends_on": deed.ends_on,
            "renews": deed.renews,
        }
        body = {
            "customer_id": await self._names.id(deed.who + _CUSTOMER),
            "terms": self._company.terms,
            "main_contract": contract,
            "services": customer.services,
            "facts": customer.facts,
        }
        made = await self._make("agreements", body, deed.who)
        if deed.send:
            await self._make(f"agreements/{made['id']}/send", {})

    async def _post(self, deed: Post) -> Check | None:
        path = await self._names.text(deed.path)
        answer = await self._call(deed.method, path, await self._names.body(deed.body), deed.by)
        if deed.status is None:
            if answer.is_error:
                raise NotThere(f"{deed.method} {deed.path}: {answer.status_code} {detail(answer)}")
            made = answer.json()
            if deed.saves:
                self._names.save(deed.saves, made["id"])
            wrong = differs(made, await self._names.body(deed.shows))
            return Check(deed.words, not wrong, wrong) if deed.shows else None
        said = detail(answer) if answer.is_error else ""
        held = answer.status_code == deed.status and deed.says in said
        return Check(deed.words, held, f"{answer.status_code} {said}")

    async def _answer(self, deed: DemoAnswer) -> Check | None:
        url = (await self._outside.latest(deed.address, deed.about)).link("n")
        if url is None:
            raise NotThere(f"the mail to {deed.address} about {deed.about!r} has no link to a notice")
        page = await self._outside.page(url)
        if deed.answer not in page.offered:
            offered = ", ".join(sorted(page.offered)) or "nothing"
            raise NotThere(f"the page of {deed.address} offers {offered}, not {deed.answer} (status {page.status})")
        fields = {**page.hidden, "answer": deed.answer, "grounds": deed.grounds}
        after = await self._outside.post_form(url, fields)
        if after.status == deed.status:
            return Check(deed.words, True) if deed.words else None
        return Check(deed.words or f"the answer is taken ({deed.status})", False, f"{after.status} {after.text[:300]}")

    async def _ask_return(self, deed: AskReturn) -> None:
        mails = [one for one in await self._outside.mails() if one.to == f"{deed.address}.example"]
        url = next((link for one in reversed(mails) if (link := one.link("p"))), None)
        if url is None:
            raise NotThere(f"no mail to {deed.address} has a link to their own page")
        page = await self._outside.page(url)
        fields = {
            **page.hidden,
            "agreement": await self._names.id(deed.who),
            "choice": "return",
            "format": deed.format,
        }
        after = await self._outside.post_form(url, fields)
        if after.status != 303:
            raise NotThere(f"{deed.address} asks for return: {after.status} {after.text[:300]}")

    async def _came_back(self, deed: CameBack) -> None:
        # What comes back is the notice itself: a reminder of it that bounced would take nothing back.
        mail = await self._outside.latest(deed.address, deed.about, but=_REMINDERS if deed.kind == "bounce" else ())
        original = str(message_from_bytes(await self._outside.raw(mail))["Message-ID"]).strip()
        address = f"{deed.address}.example"
        host = address.partition("@")[2]
        own = f"{deed.kind}-{mail.id}@{host}"
        if deed.kind == "bounce":
            body: Any = {"event": "bounce", "id": own, "recipient": address, "message_id": original,
                         "description": deed.text}  # fmt: skip
        else:
            body = {"raw": f"From: {address}\r\nTo: {self._company.reply_to}\r\nSubject: Re: {deed.about}\r\n"
                           f"In-Reply-To: {original}\r\nMessage-ID: <{own}>\r\n\r\n{deed.text}\r\n"}  # fmt: skip
        await self._make("inbound", body, deed.saves)

    async def _confirm_plan(self, deed: ConfirmPlan) -> None:
        agreement = await self._names.id(deed.who)
        shown = await self._outside.get(f"agreements/{agreement}", processor=self._handle, by="manager")
        left = deed.unconfirmed
        for item in (one for one in shown["plan"] if one["done_at"] is None):
            missing = left > 0 and item["may_end_unconfirmed"]
            left -= missing
            outcome = "not_confirmed" if missing else "confirmed"
            body = {"task_id": item["id"], "evidence": deed.evidence, "outcome": outcome}
            await self._make(f"agreements/{agreement}/confirm", body)

    async def _new_terms(self, deed: NewTerms) -> None:
        shown = await self._outside.get(f"terms/{self._company.terms}", processor=self._handle, by="manager")
        await self._make("terms", {**shown["document"], "version": deed.version}, by="director")


def _customer_body(one: Customer) -> dict[str, Any]:
    return {
        "name": one.name,
        "country": one.country,
        "language": one.language,
        "role": one.role,
        "contacts": [each.body() for each in one.contacts],
    }
