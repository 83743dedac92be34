"""Servers that settings name by an address: what sends mail, a mailbox, a store of files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec

from workflows.secret_key import Secret

SmtpTls = Literal["none", "starttls", "implicit"]
"""Of IMAP, too."""

HERE: Final = ("localhost", "127.0.0.1", "::1")
POSTGRESQL: Final = ("postgresql", "postgres")
_SMTP_TLS: Final[Mapping[str, SmtpTls]] = {
    "smtp": "none",
    "smtp+starttls": "starttls",
    "smtps": "implicit",
}
_SMTP_PORT: Final[Mapping[SmtpTls, int]] = {"none": 25, "starttls": 587, "implicit": 465}
_IMAP_TLS: Final[Mapping[str, SmtpTls]] = {
    "imap": "starttls",
    "imap+starttls": "starttls",
    "imaps": "implicit",
}
_IMAP_PORT: Final[Mapping[SmtpTls, int]] = {"none": 143, "starttls": 143, "implicit": 993}
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9/._-]{0,200}")


class SmtpServer(msgspec.Struct, frozen=True):
    """Where mail is handed over; `user` is empty where the server asks for no login."""

    host: str
    port: int
    tls: SmtpTls
    user: str
    password: Secret


class Imap(msgspec.Struct, frozen=True):
    """A mailbox on a mail server; `tls` is `none` only for one on this machine. `folder` as the server spells it."""

    host: str
    port: int
    tls: SmtpTls
    user: str
    password: Secret
    folder: str

    @property
    def name(self) -> str:
        """The name of the mailbox in the database and in logs: it holds no login."""
        return f"imap://{self.host}:{self.port}/{self.folder}"


class Maildir(msgspec.Struct, frozen=True):
    """A mailbox in a folder of this machine, with `new` and `cur` in it."""

    path: Path

    @property
    def name(self) -> str:
        """What it is called in the database and in logs."""
        return f"maildir://{self.path}"


class ObjectsAt(msgspec.Struct, frozen=True):
    """A bucket in a store that speaks S3, and how the names of what is put there begin. `endpoint` is empty for
    Amazon's own; without `key_id` the process has its rights from where it runs."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    secret: Secret


def smtp_server(url: str) -> SmtpServer:
    """Take apart `smtp://[user:password@]host[:port]`, `smtp+starttls://…` or `smtps://…`.

    Raises ValueError with what is wrong, without repeating the address, which holds a password.
    """
    parts = taken_apart(url, tuple(_SMTP_TLS))
    tls = _SMTP_TLS[parts.scheme]
    return SmtpServer(
        host=parts.hostname or "",
        port=parts.port or _SMTP_PORT[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
    )


def mailbox_at(url: str) -> Imap | Maildir:
    """Take apart `imaps://user:password@host[:port][/FOLDER]`, the same with `imap://`, or `maildir:///path`.

    `imap://` insists on STARTTLS, except at this machine. Raises ValueError with what is wrong, without
    repeating the address, which holds a password.
    """
    if url.startswith("maildir:"):
        parts = urlsplit(url)
        if parts.netloc or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError("is malformed: after maildir:// comes the whole path of a folder, such as maildir:///mail")
        return Maildir(Path(unquote(parts.path)))
    parts = taken_apart(url, tuple(_IMAP_TLS))
    if not parts.username or not parts.password:
        raise ValueError(f"is malformed: after {parts.scheme}:// come user:password@ and the host")
    host = parts.hostname or ""
    tls = _IMAP_TLS[parts.scheme]
    if parts.scheme == "imap" and host in HERE:
        tls = "none"
    folder = unquote(parts.path.strip("/")) or "INBOX"
    login = (unquote(parts.username), unquote(parts.password))
    if not all(text.isprintable() and text.isascii() for text in (folder, *login)):
        raise ValueError("is malformed: folder, user and password are printable ASCII, escaped with % where needed")
    return Imap(host, parts.port or _IMAP_PORT[tls], tls, login[0], Secret(login[1]), folder)


def objects_at(url: str) -> ObjectsAt:
    """Take apart `s3://[key:secret@]bucket[/prefix][?endpoint=https://…&region=…]`.

    The endpoint insists on TLS, except at this machine. Raises ValueError with what is wrong, without repeating the
    address, which holds a secret.
    """
    parts = taken_apart(url, ("s3",))
    bucket, prefix = parts.hostname or "", unquote(parts.path.strip("/"))
    if parts.port or not _BUCKET.fullmatch(bucket) or not (_PREFIX.fullmatch(prefix) and ".." not in prefix):
        raise ValueError("is malformed: after s3:// come a bucket and, behind a /, letters, digits and any of -_./")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("is malformed: a key goes with its secret, as s3://key:secret@bucket")
    asked = parse_qs(parts.query, keep_blank_values=True)
    if asked.keys() - {"endpoint", "region"} or any(len(one) > 1 for one in asked.values()):
        raise ValueError("is malformed: behind ? stand endpoint and region, each once")
    endpoint = asked.get("endpoint", [""])[0].rstrip("/")
    if endpoint:
        there = taken_apart(endpoint, ("https", "http"))
        if there.username or there.query or there.fragment:
            raise ValueError("is malformed: the endpoint is only scheme, host, port and path")
        if there.scheme == "http" and there.hostname not in HERE:
            raise ValueError("is malformed: the endpoint must start with https://, but on this machine")
    region = asked.get("region", [""])[0] or "us-east-1"
    if not _BUCKET.fullmatch(region):
        raise ValueError("is malformed: a region is a name such as eu-central-1")
    key, secret = unquote(parts.username or ""), Secret(unquote(parts.password or ""))
    if not all(text.isprintable() and text.isascii() for text in (key, secret)):
        raise ValueError("is malformed: key and secret are printable ASCII, escaped with % where needed")
    return ObjectsAt(bucket, prefix, endpoint, region, key, secret)


def taken_apart(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of an address that begins with one of these schemes and names a host or a socket.

    Raises ValueError with what is wrong, without repeating the address, which may hold a password.
    """
    expected = ", ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(url)
        in_range = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(f"is malformed: expected {expected} with a host and a port") from None
    if parts.scheme not in schemes:
        raise ValueError(f"is malformed: it must start with {expected}")
    if not in_range or not (parts.hostname or _on_a_socket(parts)):
        raise ValueError(f"is malformed: after {parts.scheme}:// comes a host, and a port above 0")
    return parts


def _on_a_socket(parts: SplitResult) -> bool:
    """Redis names a socket as the path, PostgreSQL in the query; the host is empty in both."""
    return parts.scheme == "unix" or (parts.scheme in POSTGRESQL and "host" in parse_qs(parts.query))
