"""Whatever strangers send is read, or refused in words: nothing else happens, and never for long.

    make fuzz ARGS="--seconds 600"              all doors in turn, for so long together
    make fuzz ARGS="--seconds 60 --only mail"

What is sent is made of pieces that the format knows, pieces of others, and bytes that none does. What is found is shown
as small as it gets, and the exit status is then 1.
"""

import argparse
import io
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import msgspec
import xlsxwriter
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from service.applications import application_token, application_tokens
from service.files.content import file_type
from service.http.conditional import none_match, parse_if_match
from service.http.cursors import Cursors
from service.http.decode import read_json
from service.http.idempotency import plain
from service.http.lists import limit_of, read_query, text, uuid
from service.importing.decoding import decode
from service.importing.sheet import read_sheet
from service.importing.workbook import read_workbook
from service.keys import mistyped
from service.links import about_of, calendar_link
from service.links import digest as digest_of_link
from service.mail.incoming.body import posted
from service.mail.incoming.inbound import match
from service.pages.forms import Form, _pairs, _typed, clean
from service.pages.joining_form import read_applied
from service.pages.seal import make_seal, read_seal
from service.pages.words import words_in
from service.people.sign_in import safe_back
from service.signatures import SigningProvider, reported
from workflows.errors import BadInput, TermijnError
from workflows.intake.agreements import PinnedTerms
from workflows.intake.checks import Checks
from workflows.intake.joining import Offer, as_customer
from workflows.intake.labels import checked_labels
from workflows.mail_address import BadAddress, address_problem, one_address
from workflows.model.agreement import BoundText
from workflows.model.joining import Applied
from workflows.model.parties import Joining
from workflows.terms.load import parse_json, parse_toml
from workflows.time import parse_instant
from workflows.time.period import parse_period

SECONDS: Final = 2.0
"""Within which each is read, however odd: it is read beside other requests where it is large."""
LINK: Final = UUID(int=7)
AT: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET: Final = "s" * 32

Bytes = st.SearchStrategy[bytes]


class Outside(msgspec.Struct, frozen=True):
    """A way in: what comes through it, who reads that, how a no is said, and what is read once before."""

    name: str
    sent: Any
    read: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = (TermijnError,)
    before: Callable[[], object] = lambda: None


def of_pieces(pieces: Sequence[bytes], *, most: int = 40) -> Bytes:
    """Pieces of the format in any order, and others."""
    odd = st.one_of(st.binary(max_size=30), st.text(max_size=20).map(lambda one: one.encode("utf-8", "surrogatepass")))
    piece = st.one_of(st.sampled_from(pieces), st.sampled_from(pieces), odd)
    return st.lists(piece, max_size=most).map(b"".join)


def mutated(whole: Sequence[bytes]) -> Bytes:
    """Something that can be read, with a part of it cut out, doubled or replaced."""

    @st.composite
    def made(draw: st.DrawFn) -> bytes:
        one = draw(st.sampled_from(whole))
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(one)))
            to = min(len(one), at + draw(st.integers(0, 40)))
            between = draw(st.one_of(st.just(b""), st.binary(max_size=8), st.just(one[at:to] * 2)))
            one = one[:at] + between + one[to:]
        return one

    return made()


MAIL: Final = tuple(one.encode() for one in (
    "From: kim@customer.example\r\n", "To: bounce+0123456789abcdef@dpa.example\r\n", "Subject: Re: x\r\n",
    "Subject: =?utf-8?q?=C3=A9?= =?x-unknown?b?////?=\r\n", "Message-ID: <a.b@dpa.example>\r\n",
    "In-Reply-To: <a.b@dpa.example>\r\n", "References: <a> <b>\r\n", "Date: Mon, 2 Mar 2026 09:00:00 +0100\r\n",
    "Auto-Submitted: auto-replied\r\n", "Return-Path: <>\r\n", "MIME-Version: 1.0\r\n",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n',
    "Content-Type: multipart/mixed; boundary=x\r\n", "Content-Type: text/plain; charset=utf-7\r\n",
    "Content-Type: text/html; charset=latin-1\r\n", "Content-Type: message/rfc822\r\n",
    "Content-Type: message/delivery-status\r\n", "Content-Type: text/rfc822-headers\r\n",
    "Content-Type: text/plain; name*0*=utf-8''%41; name*1=b\r\n", "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n", "Content-Disposition: attachment; filename=../../x.pdf\r\n",
    "\r\n", "--x\r\n", "--x--\r\n", "Reporting-MTA: dns; mx.example\r\n\r\n",
    "Final-Recipient: rfc822; kim@c.example\r\n",
    "Action: failed\r\n", "Status: 5.1.1\r\n", "Diagnostic-Code: smtp; 550 no\r\n", "=C3=28\r\n", "QUJD\r\n",
    "http://termijn.test/n/abcdef", "X" * 1000, "\t folded\r\n", "\x00",
))  # fmt: skip
JSON: Final = tuple(one.encode() for one in (
    "{", "}", "[", "]", ",", ":", '"a"', '"kind"', '"raw"', '"bounce"', '"email"', '"event"', '"a":1,', "1e400", "-0.0",
    "9" * 400, "true", "null", '"\\ud800"', '"\\u0000"', "NaN", "[[[[[[[[", '{"a":{"a":{"a":', " ", "\ufeff", "'",
    '"message_id":"<a.b@dpa.example>"', '"recipient":"kim@c.example"', '"timestamp":1772442000',
))  # fmt: skip
TOML: Final = tuple(one.encode() for one in (
    'id = "x"\n', 'title = "T"\n', "version = 1\n", "[subprocessors]\n", "[[end.holders]]\n", "[breach]\n", "period = ",
    '"P30D"\n', '"""', "'''", "a.a.a.a = 1\n", "[a]\n[a]\n", "x = {a = 1}\n", "1979-05-27T07:32:00Z\n", "inf\n",
    "0x1F\n", "#\n", "=", ".", "\\u0000", '"P999999999D"\n', "clause = ", '{ en = "x", de = "y" }\n', "\r", "\x00",
))  # fmt: skip
EVENTS: Final = tuple(one.encode() for one in (
    '{"event":"bounce","email":"kim@c.example","smtp-id":"<a.b@dpa.example>","reason":"550 no","timestamp":1772442000}',
    '{"Type":"Notification","MessageId":"x","TopicArn":"x","Message":"{\\"notificationType\\":\\"Bounce\\"}"}',
    '[{"raw":"From: kim@c.example\\r\\n\\r\\nno"},{"kind":"reply","message_id":"<a.b@dpa.example>","text":"no"}]',
))  # fmt: skip
_LINES: Final = (
    "name;country;language\n", "customer,email,terms\n", "sep=;\n", "Bakery;NL;nl\n", '"a;b"', '"', '""', ";", ",",
    "\t", "\n", "\r\n", "\r", "=HYPERLINK(1)", "\ufeff", "é", "\x00", "2026-03-02", "02-03-2026", "ja", "kim@c.example",
)  # fmt: skip
_ENCODED: Final = ("é\n".encode("latin-1"), "\ufeffname\n".encode("utf-16-le"), b"\xff\xfe", b"\x81")
CSV: Final = (*(one.encode() for one in _LINES), *_ENCODED)
FORM: Final = tuple(one.encode() for one in (
    "answer=", "object", "&", "=", "grounds=", "%00", "%", "%zz", "%C3%A9", "%80", "+", ";", "seal=", "x" * 200, "é",
))  # fmt: skip
TOKENS: Final = ("tmj_", "A" * 43, "=", "-", "_", "/", "é", "\x00", "a" * 80, "\u202e")
HEADERS: Final = ('"1"', 'W/"1"', "*", ",", '"', "W/", "9" * 50, " ", "\x00", "é")
TIMES: Final = ("2026-03-02", "T", "09:00:00", ".9999999", "Z", "+02:00", "-23:59", "P", "30D", "P10WD", "PT48H",
                "0000", "9999", "W", "٣", "-", "99999999999")  # fmt: skip
REPORTS: Final = tuple(one.encode() for one in (
    '{"event":"DOCUMENT_COMPLETED","payload":{"id":73,"externalId":"A-17#controller","title":"DPA","recipients":[{"id":1,'
    '"name":"Kim","email":"kim@c.example","role":"SIGNER","token":"secret","signingStatus":"SIGNED",'
    '"signedAt":"2026-03-01T10:12:47.579Z"}]}}',
    '{"event_type":"submission.completed","timestamp":"2026-03-01T10:12:47Z","data":{"id":12,"status":"completed",'
    '"submitters":[{"id":1,"slug":"secret","email":"kim@c.example","external_id":"A-17","metadata":{"party":"customer"},'
    '"completed_at":"2026-03-01T10:12:47Z"}],"audit_log_url":"https://sign.example/secret"}}',
))  # fmt: skip
APPLIED: Final = tuple(one.encode() for one in (
    "name=", "Bakery", "country=", "NL", "role=", "controller", "language=", "nl", "reference=", "starts_on=",
    "2026-03-02", "p1-name=Kim", "p1-email=", "kim@c.example", "p1-phone=%2B31201234567", "p1-contract=yes",
    "p1-security=yes", "p2-email=", "p3-name=", "&", "&", "&", "=", "%00", "%e2%80%ae", "%cc%81", "%0a", "%80", "%zz",
    "p1-name=Kim&p1-email=kim%40c.example&p1-phone=%2B31201234567&p1-contract=yes&p1-security=yes&",
    "name=Bakery&country=NL&role=controller&language=nl&reference=R&starts_on=2026-03-02&",
))  # fmt: skip
QUERY: Final = tuple(one.encode() for one in (
    "limit=", "cursor=", "q=", "id=", "external:C-7", "&", "=", "%", "%00", "200", "-1", "٣", "0",
    "x" * 300, "limit=1&",
))  # fmt: skip


def texts(pieces: Sequence[str]) -> st.SearchStrategy[str]:
    """Texts of such pieces and of any others."""
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=8)), max_size=12).map("".join)


@cache
def workbook() -> bytes:
    """A small workbook, as spreadsheets write it."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Customers")
        sheet.write_row(0, 0, ["name", "country", "language"])
        sheet.write_row(1, 0, ["Bakery", "NL", 5])
    return made.getvalue()


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """The parts of a workbook, one of them not as it should be; or the archive itself."""
    if draw(st.booleans()):
        return draw(mutated([workbook()]))
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as was, zipfile.ZipFile(made, "w") as to:
        names = was.namelist()
        changed = draw(st.sampled_from(names))
        for name in names:
            to.writestr(name, draw(mutated([was.read(name)])) if name == changed else was.read(name))
    return made.getvalue()


def library() -> list[bytes]:
    """Files of the library of terms."""
    folder = files("workflows").joinpath("terms", "library")
    return [
        one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name) if one.name.endswith(".toml")
    ]


def _query(raw: bytes) -> object:
    return read_query(raw, {"limit": limit_of, "q": text, "id": uuid, "cursor": text})


def _headers(said: str) -> object:
    return parse_if_match(said), none_match(said, '"1"')


def _token(said: str) -> object:
    return (
        mistyped(said),
        digest_of_link(said),
        calendar_link(said),
        read_seal(SECRET, LINK, said, 0.0),
        safe_back(said),
    )


def _reported(provider: SigningProvider) -> Callable[[bytes], object]:
    """What a report says; what is kept of it is JSON too, as long as it was, and opens nothing."""

    def read(raw: bytes) -> object:
        said = reported(provider, raw, AT)
        if said is not None:
            kept = said.came.received
            assert kept is not None
            assert len(kept.content) == len(raw)
            msgspec.json.decode(kept.content)
        return said

    return read


@cache
def _offer() -> Offer:
    words_in("nl")
    file = files("workflows").joinpath("terms", "library", "kmo-solutions.toml")
    terms = parse_toml(file.read_bytes(), file.name)
    facts = {"backup.retention": "P30D"}
    joining = Joining(terms=terms.id, terms_version=terms.version, languages=("nl", "en", "de", "fr"), facts=facts)
    text = BoundText(id=LINK, sha256="0" * 64, name="text.pdf", size=1)
    return Offer(joining=joining, pinned=PinnedTerms(LINK, terms.version, terms), text=text)


def _applied(raw: bytes) -> object:
    """What a stranger typed; whoever fits the page is a customer that can be made."""
    try:
        pairs = _pairs(raw, 60)
    except ValueError as error:
        raise BadInput("no form", ()) from error
    found, troubles = read_applied(Form(dict(pairs)), _offer(), words_in("nl"))
    if found is None:
        assert troubles
        raise BadInput("no application", ())
    typed = msgspec.json.encode(found)
    assert msgspec.json.decode(typed, type=Applied) == found
    assert b"\\u0000" not in typed, "PostgreSQL keeps none"
    return as_customer(found, LINK)


def _label(said: str) -> object:
    checks = Checks()
    kept = checked_labels(checks, (said, said.upper()))
    checks.done()
    assert checked_labels(Checks(), kept) == kept, "kept as it is asked for"
    return kept


def _application(said: str) -> object:
    return about_of(said, SECRET, application_tokens)


CURSORS: Final = Cursors(SECRET)
DOORS: Final = (
    Outside("mail", of_pieces(MAIL), match),
    Outside("mail that was read", mutated([b"".join(MAIL[n:] + MAIL[:n]) for n in range(0, len(MAIL), 7)]), match),
    Outside("posted event", of_pieces(JSON), lambda raw: posted(raw, "application/json")),
    Outside("posted event that was read", mutated(EVENTS), lambda raw: posted(raw, "application/json")),
    Outside("posted form", of_pieces(FORM), lambda raw: posted(raw, "application/x-www-form-urlencoded")),
    Outside("posted parts", of_pieces(MAIL), lambda raw: posted(raw, "multipart/form-data; boundary=x")),
    Outside("JSON", of_pieces(JSON), read_json),
    Outside("request said again", of_pieces(JSON), plain),
    Outside("TOML", of_pieces(TOML), lambda raw: parse_toml(raw, "x.toml")),
    Outside("terms", mutated(library()), lambda raw: parse_toml(raw, "x.toml")),
    Outside("terms as JSON", of_pieces(JSON), lambda raw: parse_json(raw, "x.json")),
    Outside("CSV", of_pieces(CSV), lambda raw: read_sheet(decode(raw), lambda one: one == "name")),
    Outside("XLSX", workbooks(), read_workbook),
    Outside("form", of_pieces(FORM), lambda raw: clean(_typed(raw))),
    Outside("application", of_pieces(APPLIED), _applied, before=_offer),
    Outside("application that was read", mutated([APPLIED[-1] + APPLIED[-2]]), _applied, before=_offer),
    Outside("application's link", texts((*TOKENS, application_token(SECRET, LINK))), _application),
    Outside("signatures of documenso", of_pieces((*JSON, *REPORTS)), _reported("documenso")),
    Outside("signatures of documenso that were read", mutated(REPORTS[:1]), _reported("documenso")),
    Outside("signatures of DocuSeal", of_pieces((*JSON, *REPORTS)), _reported("docuseal")),
    Outside("signatures of DocuSeal that were read", mutated(REPORTS[1:]), _reported("docuseal")),
    Outside("label", texts(("Bakery", " ", ",", ";", "\u202e", "e\u0301", "İ", "ß", "\ufb01", "\n", "x" * 61)), _label),
    Outside("query", of_pieces(QUERY), _query),
    Outside("token", texts(TOKENS), _token),
    Outside("token that was altered", mutated([make_seal(SECRET, LINK, 0.0).encode()]).map(
        lambda raw: raw.decode("latin-1")), _token),
    Outside("cursor", texts((*TOKENS, CURSORS.write("x", [1, "a"]))), lambda said: CURSORS.read("x", said)),
    Outside("header", texts(HEADERS), _headers),
    Outside("address", texts(("kim", "@", "c.example", ", ", "<", ">", '"', "é", "xn--", "[127.0.0.1]", "\r\n")),
            lambda said: (address_problem(said), one_address(said)), (BadAddress,)),
    Outside("instant", texts(TIMES), parse_instant, (ValueError, TermijnError)),
    Outside("period", texts(TIMES), parse_period),
    Outside("file", of_pieces((*MAIL, b"PK\x03\x04", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBP")),
            lambda raw: file_type(io.BytesIO(raw), "x.csv")),
)  # fmt: skip


def tried(door: Outside, count: int, number: int) -> int:
    """Send so many, of this number's own; how many were read. Raises what a door does not answer with."""
    taken = 0
    door.before()

    def send(sent: Any) -> None:
        nonlocal taken
        try:
            door.read(sent)
            taken += 1
        except door.refuses:
            pass

    quick = settings(
        max_examples=count, database=None, deadline=timedelta(seconds=SECONDS), print_blob=False,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    sending: Any = given(door.sent)
    numbered: Any = seed  # it says of itself that it is untyped
    numbered(number)(quick(sending(send)))()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="for all doors together")
    parser.add_argument("--only", help="doors whose name begins so")
    parser.add_argument("--first", type=int, default=1, help="the number of the first turn, which repeats it")
    asked = parser.parse_args()
    doors = [one for one in DOORS if one.name.startswith(asked.only or "")]
    bad = 0
    for door in doors:
        until = time.monotonic() + asked.seconds / len(doors)
        turn, sent, taken = asked.first, 0, 0
        try:
            while time.monotonic() < until or not sent:
                taken += tried(door, 200, turn)
                sent, turn = sent + 200, turn + 1
        except BaseException as error:
            bad += 1
            print(f"{door.name}: turn {turn} found {type(error).__name__}: {error}", *getattr(error, "__notes__", ()),
                  sep="\n    ", flush=True)  # fmt: skip
            if isinstance(error, KeyboardInterrupt):
                break
            continue
        print(f"{door.name}: {sent} sent, {taken} read, the others refused in words", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
