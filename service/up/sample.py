"""The sample data of a new folder: one processor whose customers stand at different stages of the life.

Everything goes in through the HTTP interface, as a person's own data would.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

Json = dict[str, Any]

CUSTOMERS: tuple[Json, ...] = (
    {"name": "Bakkerij De Korenaar", "country": "NL", "language": "nl"},
    {"name": "Gemeente Waterland-Oost", "country": "NL", "language": "nl"},
    {"name": "Brightside Clinics", "country": "NL", "language": "en"},
    {"name": "Kinderopvang Het Nest", "country": "NL", "language": "nl"},
    {"name": "Logistique Vanhoutte", "country": "BE", "language": "fr", "role": "processor"},
    {"name": "Notariskantoor Visser", "country": "NL", "language": "nl"},
    {"name": "Studio Lumen", "country": "BE", "language": "nl"},
    {"name": "Hafenversicherung Emden", "country": "DE", "language": "de"},
)

# terms, customer, what is special about it
AGREEMENTS: tuple[tuple[str, int, str], ...] = (
    ("stkkr", 0, "active"),
    ("kmo-solutions", 1, "active"),
    ("kmo-solutions", 2, "active"),
    ("constant-it", 3, "active"),
    ("mms-solutions", 4, "active"),
    ("contict", 5, "active"),
    ("contict", 6, "unsigned"),
    ("mms-solutions", 7, "draft"),
    ("kmo-solutions", 0, "ended"),
    ("stkkr", 7, "ended"),
)

FACTS: dict[str, Json] = {
    "mms-solutions": {"end.erasure": "P30D"},
    "kmo-solutions": {"backup.retention": "P30D"},
}


class Loader:
    """Posts to the API and waits for what follows from it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(self, path: str, body: Json | None = None) -> Json:
        """The answer to a POST; raises httpx.HTTPStatusError with the problem's detail."""
        answer = await self.client.post(f"/api/v1/{path}", json=body or {})
        if answer.is_error:
            raise httpx.HTTPStatusError(
                f"sample data: POST {path}: {answer.text}", request=answer.request, response=answer
            )
        found: Json = answer.json() if answer.content else {}
        return found

    async def get(self, path: str) -> Json:
        answer = await self.client.get(f"/api/v1/{path}")
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    async def until(self, path: str, **wanted: object) -> Json:
        """Read until every field is as wanted; the workers bring it there."""
        for _ in range(600):
            found = await self.get(path)
            if all(found.get(key) == value for key, value in wanted.items()):
                return found
            await asyncio.sleep(0.05)  # waits for other processes, which tell nobody when they are done
        raise TimeoutError(f"{path} did not become {wanted}")


async def load(base_url: str, admin_key: str) -> None:
    """Fill a new, empty stack. Raises httpx.HTTPError or TimeoutError where it does not take it."""
    headers = {"Authorization": f"Bearer {admin_key}"}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30) as client:
        loader = Loader(client)
        today = datetime.fromisoformat((await loader.get("clock"))["now"]).astimezone(UTC).date()
        await loader.post(
            "processors",
            {
                "name": "Noorderlicht Software",
                "country": "NL",
                "timezone": "Europe/Amsterdam",
                "language": "nl",
                "terms": "kmo-solutions",
                "reply_to": "privacy@noorderlicht.example",
                "public": True,
            },
        )
        customers = [await _customer(loader, number, one) for number, one in enumerate(CUSTOMERS)]
        agreements = [await _agreement(loader, customers[who], terms, stage, today) for terms, who, stage in AGREEMENTS]
        await _changes(loader, agreements, today)


async def _customer(loader: Loader, number: int, one: Json) -> str:
    domain = one["name"].lower().replace(" ", "-") + ".example"
    contacts = [
        {"name": "Sam de Boer", "email": f"contract@{domain}", "roles": ["contract"]},
        {"name": "Noor Jansen", "email": f"privacy@{domain}", "roles": ["privacy"]},
        {"name": "Alex Peeters", "phone": f"+31 20 555 01{number:02}", "roles": ["security"]},
    ]
    made: str = (await loader.post("customers", {**one, "contacts": contacts}))["id"]
    return made


async def _agreement(loader: Loader, customer: str, terms: str, stage: str, today: date) -> str:
    body: Json = {
        "customer_id": customer,
        "terms": terms,
        "main_contract": {"reference": f"{terms}-{today.year}", "starts_on": str(today - timedelta(days=400))},
    }
    if terms in FACTS:
        body["facts"] = FACTS[terms]
    made: str = (await loader.post("agreements", body))["id"]
    if stage == "draft":
        return made
    await loader.post(f"agreements/{made}/send")
    if terms == "contict" and stage == "active":
        await loader.post(f"agreements/{made}/sign", {"party": "processor"})
        await loader.post(f"agreements/{made}/sign", {"party": "controller"})
    if stage != "unsigned":
        await loader.until(f"agreements/{made}", state="active")
    if stage == "ended":
        await loader.post(f"agreements/{made}/end-main-contract", {"on": str(today - timedelta(days=1))})
    return made


async def _changes(loader: Loader, agreements: list[str], today: date) -> None:
    """One change under way with every kind of answer, one taken back, one still being written."""
    bound = {"bound_on": str(today - timedelta(days=10))}
    host = await loader.post(
        "subprocessors", {"name": "Polder Hosting", "service": "hosting of backups", "country": "NL", **bound}
    )
    mailer = await loader.post(
        "subprocessors", {"name": "Lisboa Mail", "service": "sending of e-mail", "country": "PT", **bound}
    )
    add: Json = {"kind": "add", "reason": "A second place for backups."}
    change = await loader.post("changes", {**add, "subprocessor_id": host["id"]})
    await loader.post(f"changes/{change['id']}/notify")
    await loader.until(f"changes/{change['id']}", state="objection_window")
    notices = {
        one["agreement_id"]: one["id"]
        for one in (await loader.get(f"notices?change_id={change['id']}&limit=200"))["items"]
    }
    for agreement in agreements[:6]:
        await loader.until(f"notices/{notices[agreement]}", state="open")
    said: Json = {"channel": "phone", "by": "Sam de Boer"}
    objected = {**said, "grounds": "Backups may not leave the building."}
    await loader.post(f"notices/{notices[agreements[1]]}/object", objected)
    await loader.post(
        f"notices/{notices[agreements[4]]}/consent", {**said, "channel": "mail", "evidence": "Mail of today."}
    )
    await loader.post(f"notices/{notices[agreements[3]]}/acknowledge", said)
    gone = await loader.post("changes", {**add, "reason": "Newsletters.", "subprocessor_id": mailer["id"]})
    await loader.post(f"changes/{gone['id']}/notify")
    await loader.until(f"changes/{gone['id']}", state="objection_window")
    await loader.post(f"changes/{gone['id']}/withdraw", {"reason": "Another supplier will do it."})
    await loader.post("changes", {**add, "reason": "Still being written.", "subprocessor_id": mailer["id"]})
