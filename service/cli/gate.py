"""`termijn gate`: asks a running Termijn whether a subprocessor may work for an agreement, for pipelines.

Exit status: 0 allowed, 1 not, 2 wrong use or no answer. It is 0 for nothing but a plain yes: what cannot be reached, is
not known, or answers oddly ends with 2 and one line on stderr.
"""

import ipaddress
import os
import re
import sys
import time
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import UUID

import click
import httpx
import msgspec

ALLOWED: Final = 0
NOT_ALLOWED: Final = 1
UNSURE: Final = 2

DEFAULT_URL: Final = "http://127.0.0.1:8400"
_LARGEST_ANSWER: Final = {"GET": 1 << 20, "POST": 1 << 24}
LABEL: Final = "label:"
_LARGEST_KEY: Final = 1_000
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]+")


class GateAnswer(msgspec.Struct, frozen=True):
    """What has to stand in an answer before it is believed."""

    allowed: bool
    why: str
    agreement_id: str
    subprocessor_id: str
    country: str | None


class LabelAnswer(msgspec.Struct, frozen=True):
    """What has to stand in the answer about a label before it is believed."""

    allowed: bool
    why: str
    label: str
    agreements: list[GateAnswer]


class _Refused(msgspec.Struct, frozen=True):
    detail: str


class _Item(msgspec.Struct, frozen=True):
    error: _Refused | None = None


class _Refusals(msgspec.Struct, frozen=True):
    items: list[_Item]


class _LabelAnswers(msgspec.Struct, frozen=True):
    items: list[LabelAnswer]


class _NoAnswer(click.ClickException):
    exit_code = UNSURE

    def show(self, file: Any = None) -> None:
        click.echo(f"termijn gate: {self.format_message()}", err=True)


@click.command("gate")
@click.option(
    "--agreement",
    required=True,
    metavar="ID",
    help="The agreement; external:NUMBER for a number of your own, label:LABEL for all agreements with a label.",
)
@click.option("--subprocessor", required=True, metavar="ID", help="The subprocessor; external:NUMBER likewise.")
@click.option("--country", metavar="CC", help="Where it would work; absent: the subprocessor's own country.")
@click.option("--url", metavar="U", help=f"Where Termijn answers; absent: TERMIJN_URL, else {DEFAULT_URL}.")
@click.option("--key-file", type=click.Path(path_type=Path), metavar="F", help="Holds the key; absent: TERMIJN_KEY.")
@click.option("--processor", metavar="ID", help="The processor that is meant, where the key is an admin's.")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, metavar="SECONDS")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as one JSON object.")
def gate_command(
    agreement: str,
    subprocessor: str,
    country: str | None,
    url: str | None,
    key_file: Path | None,
    processor: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Ask whether a subprocessor may work for an agreement now.

    Ends with 0 where a yes is on record, with 1 where none is, and with 2 where the question or the answer is none. By
    a label it asks of all agreements that have it and are not over: it is yes where each says yes, and there is one.
    """
    if country is not None and not _COUNTRY.fullmatch(country):
        _unsure(f"--country is a country's code such as NL, not {country[:40]!r}")
    for name, value in (("--agreement", agreement), ("--subprocessor", subprocessor)):
        if not _LINE.fullmatch(value):
            _unsure(f"{name} is an id, or external: and a number of your own, on one line")
    question = {"agreement_id": agreement, "subprocessor_id": subprocessor}
    if country is not None:
        question["country"] = country
    headers = {"Authorization": f"Bearer {_key(key_file)}", "Accept": "application/json"}
    if processor is not None:
        headers["Termijn-Processor"] = processor
    if agreement.startswith(LABEL):
        body = _ask(_address(url), {"checks": [question]}, headers, timeout, method="POST")
        answer: GateAnswer | LabelAnswer = _believed_of_label(body, question)
    else:
        body = _ask(_address(url), question, headers, timeout)
        answer = _believed(body, question)
    click.echo(body.decode() if as_json else f"{'yes' if answer.allowed else 'no'}: {answer.why}")
    if isinstance(answer, LabelAnswer) and not as_json:
        for one in answer.agreements:
            if not one.allowed:
                click.echo(f"  {one.agreement_id}: {one.why}")
    sys.exit(ALLOWED if answer.allowed else NOT_ALLOWED)


def _unsure(why: str) -> NoReturn:
    raise _NoAnswer(why)


def _key(file: Path | None) -> str:
    if file is None:
        key, where = os.environ.get("TERMIJN_KEY", "").strip(), "TERMIJN_KEY"
        if not key:
            _unsure("no key: name a file that holds it (--key-file), or set TERMIJN_KEY")
    else:
        where = str(file)
        try:
            with file.open("rb") as opened:
                key = opened.read(_LARGEST_KEY + 1).decode("ascii").strip()
        except OSError as error:
            _unsure(f"{where}: {error.strerror or 'cannot be read'}")
        except UnicodeDecodeError:
            _unsure(f"{where} holds no key")
    if not key or len(key) > _LARGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        _unsure(f"{where} holds no key")
    return key


def _address(given: str | None) -> httpx.URL:
    text = given or os.environ.get("TERMIJN_URL") or DEFAULT_URL
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        _unsure(f"{text[:200]!r} is no address")
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
        _unsure(f"{text[:200]!r} is no address such as https://termijn.example.com")
    if url.scheme == "http" and not _is_near(url.host):
        click.echo(f"termijn gate: the key goes to {url.host} without TLS.", err=True)
    return url.copy_with(path=f"{url.path.rstrip('/')}/api/v1/engagements/check")


def _is_near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ask(
    url: httpx.URL, question: dict[str, Any], headers: dict[str, str], timeout: float, method: str = "GET"
) -> bytes:
    """The body of an answer of 200. A redirect is not followed: the key goes where it was told to go."""
    until = time.monotonic() + timeout
    sent: dict[str, Any] = {"params" if method == "GET" else "json": question}
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=False) as client,
            client.stream(method, url, headers=headers, **sent) as response,
        ):
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _LARGEST_ANSWER[method]:
                    _unsure(f"{url.host} answered with more than a gate says")
                if time.monotonic() > until:
                    _unsure(f"{url.host} did not answer within {timeout:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        _unsure(f"{url.host} gave no answer: {type(error).__name__}{f', {error}' if str(error) else ''}"[:300])
    if response.is_redirect:
        _unsure(f"{url.host} answered with a redirect, which is not followed with a key: name its own address")
    if response.status_code != httpx.codes.OK:
        _unsure(f"{url.host} answered {response.status_code}{_detail(bytes(body))}")
    return bytes(body)


def _detail(body: bytes) -> str:
    """What a problem says, on one line."""
    try:
        found = msgspec.json.decode(body)
        detail = " ".join(str(found["detail"]).split())[:300]
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return f": {detail}" if detail.isprintable() else ""


def _believed(body: bytes, question: dict[str, str]) -> GateAnswer:
    """The answer, where it is one to this question."""
    try:
        answer = msgspec.json.decode(body, type=GateAnswer)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        _unsure("what came is no answer of the gate")
    for name, asked in question.items():
        said = getattr(answer, name)
        if _is_id(asked) and _is_id(said):
            asked, said = str(UUID(asked)), str(UUID(said))
        if said != asked and not asked.startswith("external:"):
            _unsure(f"what came is an answer to another question: {name} is {str(said)[:60]!r}")
    return answer


def _believed_of_label(body: bytes, question: dict[str, str]) -> LabelAnswer:
    """The answer about a label: a yes is one only where each agreement's is."""
    try:
        [refused] = msgspec.json.decode(body, type=_Refusals).items
        if refused.error is not None:
            _unsure(f"it cannot be asked: {' '.join(refused.error.detail.split())[:300]}")
        [answer] = msgspec.json.decode(body, type=_LabelAnswers).items
    except (msgspec.MsgspecError, ValueError, RecursionError):
        _unsure("what came is no answer of the gate")
    if answer.label != question["agreement_id"].removeprefix(LABEL).strip():
        _unsure(f"what came is an answer to another question: label is {answer.label[:60]!r}")
    if answer.allowed != (bool(answer.agreements) and all(one.allowed for one in answer.agreements)):
        _unsure("what came says something else of all agreements than of each")
    return answer


def _is_id(value: str | None) -> bool:
    try:
        UUID(value or "")
    except ValueError:
        return False
    return True
