"""What a deployment sets, read once from the environment and checked before anything starts.

Each `NAME` may also come as `NAME_FILE`, the path of a file that holds the value, which is how
secrets are handed to a service without standing in its environment.
"""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final, Literal, get_args

import msgspec

from db.session import Pooler
from service.servers import HERE, POSTGRESQL, mailbox_at, objects_at, smtp_server, taken_apart
from workflows.errors import BadInput, Problem
from workflows.mail_address import address_problem
from workflows.secret_key import Secret as Secret
from workflows.secret_key import SecretKey

ClockMode = Literal["system", "simulated"]
SmtpArrival = Literal["direct", "relay"]
LogForm = Literal["lines", "json"]

Network = IPv4Network | IPv6Network

PREFIX: Final = "TERMIJN_"
LEAST_SECRET_BYTES: Final = 32
TRACES: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own names for who collects traces; all else that it knows its library reads by itself."""
DEPLOYMENT: Final = (
    "database_url",
    "redis_url",
    "smtp_url",
    "base_url",
    "secret_key",
    "clock",
    "smtp_arrival",
)
"""What `serve` and `worker` cannot do without."""
LIMITS: Final[Mapping[str, int]] = {
    "limit_failed": 30,
    "limit_link": 10,
    "limit_inbound": 600,
    "limit_key": 6_000,
    "limit_page": 1_200,
    "limit_sign_in": 5,
    "limit_join": 5,
}
"""A minute (of `limit_sign_in` and `limit_join` an hour), where nothing else is set; `service.http.limits` says of
what."""

_OIDC: Final = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The checked settings; an empty text, or port 0, is a setting that was neither needed nor given.

    `redis_url` is None where `TERMIJN_REDIS_URL=none` says that there is no Redis on purpose: due
    work is then found by the sweep in PostgreSQL alone.
    """

    database_url: Secret = Secret("")
    database_pooler: Pooler = "none"
    database_replica_url: Secret = Secret("")
    """A standby, for what may be old."""
    database_replica_lag: int = 5
    """How many seconds old what it answers may be."""
    redis_url: Secret | None = None
    smtp_url: Secret = Secret("")
    base_url: str = ""
    secret_key: Secret = Secret("")
    """A SecretKey where `secret_key_previous` is given."""
    secret_key_previous: Secret = Secret("")
    """The one before it: what it gave is still recognised."""
    admin_key: Secret = Secret("")
    clock: ClockMode = "system"
    smtp_arrival: SmtpArrival = "relay"
    logs: LogForm = "lines"
    host: str = "127.0.0.1"
    port: int = 8400
    listen_fd: int | None = None
    """A listening socket that whoever started us holds; host and port then only say where it is."""
    mail_sink: Path | None = None
    mail_from: str = ""
    webhook_insecure: bool = False
    """Webhooks may lead to this machine, by http too: for trials and tests alone."""
    templates: Path | None = None
    mailbox_url: Secret = Secret("")
    files_url: Secret = Secret("")
    """Where the bytes of files that are handed in lie; empty: in the database."""
    timestamp_url: str = ""
    """An authority that stamps the ledger's daily roots (RFC 3161)."""
    timestamp_ca: Path | None = None
    """The certificates, PEM, that its stamps have to lead to."""
    seal_key_file: Path | None = None
    """The private key that seals records of signatures: PEM, or PKCS#12 with its certificate."""
    seal_certificate_file: Path | None = None
    """Its certificate and those that lead to its authority, PEM."""
    seal_passphrase: Secret = Secret("")
    oidc_issuer: str = ""
    """Whom people sign in with besides by mailed links (OpenID Connect), and as whom we ask there."""
    oidc_client_id: str = ""
    oidc_client_secret: Secret = Secret("")
    traces: str = ""
    """Who collects traces; empty: nobody."""
    hosts: tuple[str, ...] = ()
    """What the API answers to besides the base URL's host and loopback."""
    trusted_proxies: tuple[Network, ...] = ()
    limit_failed: int | None = None
    limit_link: int | None = None
    limit_inbound: int | None = None
    limit_key: int | None = None
    limit_page: int | None = None
    limit_sign_in: int | None = None
    limit_join: int | None = None
    """How many in a minute, of the last one in an hour; None: as many as there are."""

    @classmethod
    def load(cls, environ: Mapping[str, str], need: tuple[str, ...] = DEPLOYMENT) -> "Settings":
        """Read and check every setting; `need` names the fields that may not be missing.

        Raises BadInput with one line that lists all that is wrong, and a `Problem` for each whose
        path is the variable's name. A value is never repeated in a message.
        """
        problems: list[Problem] = []
        values: dict[str, Any] = dict(LIMITS)
        for field, parse in _PARSERS.items():
            name = PREFIX + field.upper()
            try:
                text = _text(environ, name)
                if text:
                    values[field] = parse(text)
                elif field in need:
                    raise ValueError(f"is missing: {_HELP[field]}")
            except ValueError as error:
                problems.append(Problem(name, str(error)))
        try:
            values["traces"] = _collector(environ)
        except ValueError as error:
            problems.append(Problem(variable("traces"), str(error)))
        if values.get("database_pooler") == "transaction" and values.get("clock") == "simulated":
            words = "does not go with a simulated clock: name the address of PostgreSQL itself"
            problems.append(Problem(f"{PREFIX}DATABASE_POOLER", words))
        given = [name for name in _OIDC if values.get(name)]
        if given and len(given) < len(_OIDC):
            missing = [PREFIX + name.upper() for name in _OIDC if name not in given]
            problems += [Problem(name, "is missing: the three of OpenID Connect go together") for name in missing]
        key, previous = values.get("secret_key"), values.get("secret_key_previous")
        if previous is not None and previous == key:
            words = "is the present secret key: it names the one before, or nothing"
            problems.append(Problem(f"{PREFIX}SECRET_KEY_PREVIOUS", words))
        if problems:
            raise BadInput("; ".join(f"{each.path} {each.message}" for each in problems), tuple(problems))
        if key is not None and previous is not None:
            values["secret_key"] = SecretKey.after(previous, key)
        return msgspec.structs.replace(cls(), **values)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return TRACES[-1] if field == "traces" else PREFIX + field.upper()


def _text(environ: Mapping[str, str], name: str) -> str:
    """The value of `name`, or of the file that `name_FILE` names; empty is the same as absent."""
    given, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if not file:
        return given
    if given:
        raise ValueError(f"is given twice: drop {name} or {name}_FILE")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ValueError(f"cannot be read from the file in {name}_FILE: {reason}") from None


def _database_url(text: str) -> Secret:
    """An address may name several hosts, each with its port: the driver takes the first that answers."""
    front, at, hosts = text.partition("://")[2].partition("/")[0].rpartition("@")
    if "," not in hosts:
        taken_apart(text, POSTGRESQL)
        return Secret(text)
    for host in hosts.split(","):
        taken_apart(text.replace(f"{front}{at}{hosts}", f"{front}{at}{host}", 1), POSTGRESQL)
    return Secret(text)


def _replica_url(text: str) -> Secret:
    if "," in text.partition("://")[2].partition("/")[0].rpartition("@")[2]:
        raise ValueError("is malformed: it names one standby, since how old that is is measured")
    return _database_url(text)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) <= 3600:
        raise ValueError("is malformed: how many seconds, from 1 to 3600")
    return int(text)


def _redis_url(text: str) -> Secret | None:
    if text == "none":
        return None
    parts = taken_apart(text, ("redis", "rediss", "unix"))
    if parts.scheme == "unix" and len(parts.path) < 2:
        raise ValueError("is malformed: after unix:// comes the path of a socket")
    return Secret(text)


def _smtp_url(text: str) -> Secret:
    smtp_server(text)
    return Secret(text)


def _base_url(text: str) -> str:
    parts = taken_apart(text, ("https", "http"))
    if parts.query or parts.fragment or parts.username:
        raise ValueError("is malformed: only scheme, host, port and path, such as https://dpa.example.org")
    return text.rstrip("/")


def _secret_key(text: str) -> Secret:
    if len(text.encode()) < LEAST_SECRET_BYTES:
        raise ValueError(f"is too short: at least {LEAST_SECRET_BYTES} bytes of random text")
    return Secret(text)


def _admin_key(text: str) -> Secret:
    if not text.startswith("tmj_") or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is malformed: a key starts with tmj_ and has no spaces")
    return Secret(text)


def _one_of(kind: object) -> Callable[[str], str]:
    allowed: tuple[str, ...] = get_args(kind)

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is malformed: it is {' or '.join(allowed)}")
        return text

    return parse


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:6]) < 65536:
        raise ValueError("is malformed: a number from 1 to 65535")
    return int(text)


def _descriptor(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 2 < int(text[:6]) < 65536:
        raise ValueError("is malformed: the number of a descriptor, above 2")
    return int(text)


def _mail_from(text: str) -> str:
    if (wrong := address_problem(text)) is not None:
        raise ValueError(wrong)
    return text


def _mailbox_url(text: str) -> Secret:
    mailbox_at(text)
    return Secret(text)


def _files_url(text: str) -> Secret:
    objects_at(text)
    return Secret(text)


def _timestamp_url(text: str) -> str:
    parts = taken_apart(text, ("https", "http"))
    if parts.username or parts.fragment:
        raise ValueError("is malformed: only scheme, host, port and path, such as https://tsa.example.org/tsr")
    return text


def _issuer(text: str) -> str:
    parts = taken_apart(text, ("https", "http"))
    if parts.query or parts.fragment or parts.username:
        raise ValueError("is malformed: only scheme, host and path, as the provider calls itself")
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise ValueError("is malformed: it must start with https://, but on this machine")
    return text


def _collector(environ: Mapping[str, str]) -> str:
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none":
        return ""
    found = next((environ[name] for name in TRACES if environ.get(name)), "")
    if found:
        taken_apart(found, ("http", "https"))
    return found


def _limit(text: str) -> int | None:
    if text == "off":
        return None
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:10]) <= 1_000_000:
        raise ValueError("is malformed: how many, from 1 to 1000000, or off")
    return int(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in text.split(","))
    except ValueError:
        raise ValueError("is malformed: addresses or networks such as 10.0.0.0/8, with commas between") from None


def _hosts(text: str) -> tuple[str, ...]:
    found = tuple(one.strip().lower() for one in text.split(","))
    if not all(one and one.isascii() and one.isprintable() and not set(one) & set(" /:@[]") for one in found):
        raise ValueError("is malformed: host names without port, such as termijn.internal, with commas between")
    return found


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("is malformed: 1 for yes, 0 or nothing for no")
    return text == "1"


def _folder(text: str) -> Path:
    return Path(text)


def _existing_file(text: str) -> Path:
    if not Path(text).is_file():
        raise ValueError("is not a file")
    return Path(text)


def _existing_folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise ValueError("is not a folder")
    return Path(text)


_PARSERS: Final[Mapping[str, Callable[[str], object]]] = {
    "database_url": _database_url,
    "database_pooler": _one_of(Pooler),
    "database_replica_url": _replica_url,
    "database_replica_lag": _seconds,
    "redis_url": _redis_url,
    "smtp_url": _smtp_url,
    "base_url": _base_url,
    "secret_key": _secret_key,
    "secret_key_previous": _secret_key,
    "admin_key": _admin_key,
    "clock": _one_of(ClockMode),
    "smtp_arrival": _one_of(SmtpArrival),
    "logs": _one_of(LogForm),
    "host": str,
    "port": _port,
    "listen_fd": _descriptor,
    "mail_sink": _folder,
    "mail_from": _mail_from,
    "webhook_insecure": _switch,
    "templates": _existing_folder,
    "mailbox_url": _mailbox_url,
    "files_url": _files_url,
    "timestamp_url": _timestamp_url,
    "timestamp_ca": _existing_file,
    "seal_key_file": _existing_file,
    "seal_certificate_file": _existing_file,
    "seal_passphrase": Secret,
    "oidc_issuer": _issuer,
    "oidc_client_id": str,
    "oidc_client_secret": Secret,
    "hosts": _hosts,
    "trusted_proxies": _networks,
    **dict.fromkeys(LIMITS, _limit),
}
_HELP: Final[Mapping[str, str]] = {
    "database_url": "such as postgresql://user:password@host:5432/termijn",
    "database_pooler": "transaction where a pooler gives each transaction another session, else none",
    "redis_url": "such as redis://host:6379/0, or none to run on PostgreSQL alone",
    "smtp_url": "such as smtp+starttls://user:password@host:587",
    "base_url": "what links in mails start with, such as https://dpa.example.org",
    "secret_key": f"at least {LEAST_SECRET_BYTES} bytes of random text",
    "clock": "system or simulated",
    "smtp_arrival": "direct where the mail server is the recipient's own, else relay",
}
