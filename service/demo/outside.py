"""The service as its users have it: requests with a key, mails with links, pages with a form."""

from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any, Final

import httpx
import msgspec

from service.demo.model import Who

API: Final = "/api/v1"
_PAGE: Final = 20
"""Mails at a time: they are asked for after each act, and are hundreds in the end."""
_PATIENCE: Final = 120.0
"""Seconds for one request: a jump of the clock answers only when all on its way has happened."""


class NotThere(Exception):
    """A scene names something that is not there; the words say what."""


class SeenMail(msgspec.Struct, frozen=True):
    """A message of the mail sink, as far as the demo looks at it."""

    id: str
    to: str
    subject: str
    text: str
    links: tuple[str, ...]
    raw_url: str
    at: datetime

    def link(self, kind: str) -> str | None:
        """The link in a mail to a notice (`n`) or to the contact's own page (`p`)."""
        return next((one for one in self.links if f"/{kind}/" in one), None)


class _Mails(msgspec.Struct, frozen=True):
    items: list[SeenMail]
    next: str | None


class SeenPage(HTMLParser):
    """A page as somebody without a browser sees it: its words, hidden fields and offered answers."""

    def __init__(self, status: int, html: str) -> None:
        super().__init__()
        self.status = status
        self.hidden: dict[str, str] = {}
        self.offered: set[str] = set()
        self._said: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        """All it says, with single spaces."""
        return " ".join(" ".join(self._said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found["value"]
        elif found.get("name") in ("answer", "choice"):
            self.offered.add(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        self._said.append(data)


class Outside:
    """One running stack; `keys` by processor handle and role once `keys_for` has made them."""

    def __init__(self, client: httpx.AsyncClient, admin_key: str) -> None:
        self._client = client
        self._admin = admin_key
        self._keys: dict[tuple[str, Who], str] = {}
        self._read: list[SeenMail] = []
        self._cursor = ""
        """Where the mails go on that were not read yet."""

    async def call(
        self, method: str, path: str, body: Any = None, *, processor: str = "", by: Who = "admin"
    ) -> httpx.Response:
        """One request below `/api/v1`, whatever it is answered. Raises httpx.HTTPError."""
        key = self._admin if by == "admin" else self._keys[processor, by]
        headers = {"Authorization": f"Bearer {key}"}
        return await self._client.request(method, f"{API}/{path}", json=body, headers=headers)

    async def get(self, path: str, *, processor: str = "", by: Who = "admin") -> Any:
        """The answer to a GET. Raises NotThere unless it is 200."""
        answer = await self.call("GET", path, processor=processor, by=by)
        if answer.status_code != 200:
            raise NotThere(f"GET {path}: {answer.status_code} {detail(answer)}")
        return answer.json()

    async def settle(self, until: str) -> None:
        """Let time pass up to that instant, or, standing there, let everything that is due happen."""
        answer = await self.call("PUT", "clock", {"now": until})
        if answer.is_error:
            raise NotThere(f"the clock does not go to {until}: {detail(answer)}")

    async def open_processor(self, handle: str, body: Mapping[str, Any]) -> str:
        """Make a processor and its two keys; its id."""
        made = await self.call("POST", "processors", body)
        if made.is_error:
            raise NotThere(f"POST processors: {detail(made)}")
        roles: tuple[Who, ...] = ("manager", "director")
        for role in roles:
            key = await self.call("POST", f"processors/{made.json()['id']}/keys", {"name": role, "role": role})
            if key.is_error:
                raise NotThere(f"POST keys: {detail(key)}")
            self._keys[handle, role] = key.json()["key"]
        return str(made.json()["id"])

    async def let_in(self, body: Mapping[str, Any]) -> None:
        """Make a user."""
        made = await self.call("POST", "users", body)
        if made.is_error:
            raise NotThere(f"POST users: {detail(made)}")

    async def mails(self) -> list[SeenMail]:
        """All mails that there are, oldest first; those of pages that were full are read once."""
        while True:
            answer = await self.call("GET", f"dev/messages?limit={_PAGE}{self._cursor}")
            page = msgspec.json.decode(answer.content, type=_Mails)
            if page.next is None:
                return [*self._read, *page.items]
            self._read += page.items
            self._cursor = f"&cursor={page.next}"

    async def latest(self, address: str, about: str, *, but: tuple[str, ...] = ()) -> SeenMail:
        """The latest mail to an address (without `.example`) with these words in its subject, and none of `but`."""
        found = [
            one
            for one in await self.mails()
            if one.to == f"{address}.example"
            and about.casefold() in one.subject.casefold()
            and not any(words in one.subject for words in but)
        ]
        if not found:
            raise NotThere(f"no mail to {address} about {about!r}")
        return found[-1]

    async def raw(self, mail: SeenMail) -> bytes:
        """A mail byte for byte."""
        return (await self._client.get(mail.raw_url, headers={"Authorization": f"Bearer {self._admin}"})).content

    async def page(self, url: str) -> SeenPage:
        """Fetch a page as anybody with the link may."""
        answer = await self._client.get(url)
        return SeenPage(answer.status_code, answer.text)

    async def post_form(self, url: str, fields: Mapping[str, str]) -> SeenPage:
        """Post a page's form; the page that comes back, its status that of the post itself."""
        answer = await self._client.post(url, data=fields)
        return SeenPage(answer.status_code, answer.text)


def detail(answer: httpx.Response) -> str:
    """The `detail` of a problem, or the beginning of another answer."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text[:200]
    more = "; ".join(f"{one['path']} {one['message']}" for one in said.get("errors", ()))
    return f"{said.get('detail', '')} {more}".strip()


def client(base_url: str) -> httpx.AsyncClient:
    """A client for one stack, which follows no redirect by itself."""
    return httpx.AsyncClient(base_url=base_url, timeout=_PATIENCE, trust_env=False)
