"""What is read of lists in each form, and what of it is otherwise than before."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from workflows.ids import new_id
from workflows.model.public_list import Announced, PublicList, Publisher, SubprocessorInUse
from workflows.page_text import lines_of
from workflows.watch.differences import MOST_LINES, ListDifferences, compare
from workflows.watch.listed import LONGEST, LONGEST_NAME, MOST, Listed, Unreadable, read_list

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHANGE, STORE, HALL = new_id(), new_id(), new_id()
FEED = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>List</title>'
    "<entry><id>urn:1</id><title>Store Ltd</title><summary type='html'>&lt;p&gt;From &lt;b&gt;May&lt;/b&gt;"
    "&lt;/p&gt;</summary></entry></feed>"
)


def change(**more: Any) -> Announced:
    fields = {"id": CHANGE, "kind": "add", "name": "Store Ltd", "service": "storage", "country": "IE"}
    return Announced(**{**fields, "announced_at": AT, "subprocessor_id": STORE, **more})


def use(name: str = "Hall BV", id: UUID | None = HALL, **more: Any) -> SubprocessorInUse:
    return SubprocessorInUse(**{"id": id, "name": name, "service": "halls", "country": "NL", "since": AT, **more})


def listed(*in_use: SubprocessorInUse, announced: tuple[Announced, ...] = ()) -> Listed:
    return Listed(form="json", in_use=in_use, announced=announced)


def said(found: ListDifferences) -> list[tuple[str, str, str]]:
    return [(one.what, one.name, one.field) for one in found.more]


def test_our_own_list_is_read_as_it_was_written() -> None:
    written = PublicList(processor=Publisher(name="Hosting"), in_use=(use(),), announced=(change(),))
    assert read_list("application/json", msgspec.json.encode(written)) == listed(use(), announced=(change(),))


def test_no_name_is_longer_than_a_name_and_none_hides_the_others() -> None:
    written = PublicList(processor=Publisher(name="Hosting"), in_use=(use("x" * 1_900_000),), announced=())
    (found,) = read_list("application/json", msgspec.json.encode(written)).in_use
    assert len(found.name) == LONGEST_NAME
    long = read_list("application/json", msgspec.json.encode(msgspec.structs.replace(
        written, in_use=(use(address="y" * 1_900_000),)))).in_use[0]  # fmt: skip
    assert len(long.address or "") == LONGEST


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("application/json", b"{}", "not by the schema of lists"),
        ("application/json", b"[" * 5_000, "not by the schema of lists"),
        ("application/json", b"\xff{", "not by the schema of lists"),
        ("application/xml", b"<a>", "does not hold"),
        ("application/xml", b"<rss/>", "no Atom feed"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        ("application/atom+xml", FEED.replace("<entry>", "<entry>" * 2).encode(), "does not hold"),
        ("application/pdf", b"%PDF", "answered the type 'application/pdf'"),
    ],
)
def test_what_is_no_list_says_why(kind: str, body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_list(kind, body)


def test_a_list_has_an_end() -> None:
    entry = FEED[FEED.index("<entry>") : FEED.index("</feed>")]
    with pytest.raises(Unreadable, match="more than"):
        read_list("", FEED.replace(entry, entry * (MOST + 1)).encode())
    many = PublicList(processor=Publisher(name="Hosting"), in_use=(use(),) * (MOST + 1), announced=())
    with pytest.raises(Unreadable, match="more than"):
        read_list("", msgspec.json.encode(many))


def test_what_is_announced_at_the_first_look_is_new() -> None:
    assert compare(None, listed(use(), announced=(change(),))) == ListDifferences(fresh=(change(),))


def test_a_list_that_stands_as_it_stood() -> None:
    found = compare(listed(use(), announced=(change(),)), listed(use(since=datetime.now(UTC)), announced=(change(),)))
    assert found.count == 0


def test_a_change_that_is_mended_and_one_that_is_gone() -> None:
    old = listed(announced=(change(),))
    mended = compare(old, listed(announced=(change(effective_on=date(2026, 5, 1), country="DE"),)))
    assert said(mended) == [("changed", "Store Ltd", "country"), ("changed", "Store Ltd", "effective_on")]
    assert said(compare(old, listed())) == [("withdrawn", "Store Ltd", "")]


def test_a_change_that_is_through_is_said_once() -> None:
    old = listed(use(), announced=(change(kind="replace", replaces="Hall BV", replaces_id=HALL),))
    assert said(compare(old, listed(use("Store Ltd", STORE)))) == [("began", "Store Ltd", "")]
    going = listed(use(), announced=(change(kind="remove", name="Hall BV", subprocessor_id=HALL),))
    assert said(compare(going, listed())) == [("began", "Hall BV", "")]


def test_what_was_never_announced() -> None:
    found = compare(listed(use()), listed(use(country="BE"), use("Tape", None)))
    assert said(found) == [("changed", "Hall BV", "country"), ("added", "Tape", "")]
    assert said(compare(listed(use()), listed())) == [("removed", "Hall BV", "")]
    two = listed(use(), use(country="BE"))
    assert [(one.old, one.new) for one in compare(listed(use()), two).more] == [("NL", "BE, NL")]


def test_a_feed_has_entries_that_come_and_change() -> None:
    old = read_list("application/atom+xml", FEED.encode())
    [entry] = old.entries
    assert (entry.id, entry.title, entry.text) == ("urn:1", "Store Ltd", "From May")
    assert compare(None, old).count == 0
    assert said(compare(old, read_list("", FEED.replace("May", "June").encode()))) == [("changed", "Store Ltd", "text")]
    another = read_list("", FEED.replace("urn:1", "urn:2").encode())
    assert said(compare(old, another)) == [("added", "Store Ltd", "")]


PAGE = """<!doctype html><html><head><title>List</title><style>p{}</style></head><body>
<!-- <p>hidden</p> --><h1>Sub&shy;processors</h1><script>var a = "<p>1</p>";</script>
<table><tr><td>Hall <b>BV</b></td><td>NL</td></tr><tr><td>a &lt; b</td></tr></table><p>1 < 2</p>"""


def test_a_page_is_read_as_its_reader_sees_it() -> None:
    assert lines_of(PAGE) == ("Sub\xadprocessors", "Hall BV NL", "a < b", "1 < 2")
    assert read_list("text/html; charset=latin-1", b"<p>Z\xfcrich\x92s").lines == ("Zürich’s",)
    assert read_list("text/html", b"<meta charset='windows-1252'><p>Z\xfcrich").lines == ("Zürich",)
    assert read_list("text/html; charset=odd", "<p>Zürich".encode()).lines == ("Zürich",)


@pytest.mark.parametrize("part", ["<", "<!--", "<script", "<p", "</", "<!", "&", "<script>", "<a <", "<\u0130>"])
def test_a_page_may_be_anything(part: str) -> None:
    """As much as is read of a page that never ends what it begins: looked through again it would take hours."""
    lines_of(part * (2 * 1024 * 1024 // len(part)))


def test_what_stands_behind_a_script_is_seen() -> None:
    """A letter that has two characters in small letters moves nothing."""
    page = "<p>" + "\u0130" * 30 + "<SCRIPT>x</Script >y<p>Hidden GmbH, Berlin, is new"
    assert lines_of(page) == ("\u0130" * 30 + "y", "Hidden GmbH, Berlin, is new")


@pytest.mark.parametrize(
    "charset", ["idna", "undefined", "punycode", "utf-7", "unicode_escape", "utf-16", "rot13", "x"]
)
def test_a_charset_is_one_of_the_web_or_none(charset: str) -> None:
    body = b"<p>a+2D0- \\ud800 \xff</p>" * 1_000
    msgspec.json.encode(read_list(f"text/html; charset={charset}", body))


def test_what_no_text_has_is_left_out() -> None:
    assert read_list("text/html", b"<p>a\0b\x1fc&#xD800;&#1;").lines[0].startswith("ab c")
    assert read_list("text/html", b"<p>&#" + b"9" * 5_000 + b";").lines[0].startswith("&#999")
    written = PublicList(processor=Publisher(name="x"), in_use=(use("Ha\0ll"),), announced=(change(),))
    found = read_list("application/json", msgspec.json.encode(written))
    assert found == listed(use("Hall"), announced=(change(),))


def test_long_pages_are_told_by_what_came_and_went() -> None:
    lines = [f"<p>{one}" for one in range(2_000)]
    old = read_list("text/html", "".join(lines).encode())
    new = read_list("text/html", "".join([*reversed(lines[1:]), "<p>new"]).encode())
    assert [(one.what, one.old, one.new) for one in compare(old, new).more] == [
        ("removed", "0", ""),
        ("added", "", "new"),
    ]


def test_a_page_shows_what_is_otherwise() -> None:
    old = read_list("text/html", PAGE.encode())
    found = compare(old, read_list("text/html", PAGE.replace("NL", "BE").encode()))
    assert [(one.what, one.old, one.new) for one in found.more] == [
        ("removed", "Hall BV NL", ""),
        ("added", "", "Hall BV BE"),
    ]
    long = read_list("text/html", "".join(f"<p>{one}" for one in range(200)).encode())
    found = compare(old, long)
    assert (len(found.more), found.left) == (MOST_LINES, 204 - MOST_LINES)
