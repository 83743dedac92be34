"""What the sender of mail needs to know of its deployment."""

import ipaddress
from urllib.parse import urlsplit

import idna
import msgspec

from service.files.objects import Objects
from service.mail.texts.shelf import Shelf, load_shelf
from service.servers import SmtpServer, smtp_server
from service.settings import Secret, Settings, SmtpArrival


class MailConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed over, and what it says of itself.

    `host` stands behind the @ of Message-IDs, `mail_from` is the address in From; bounces come back to its
    domain. `timeout` is how many seconds each answer of the mail server is waited for, `shelf` holds the
    templates, `objects` the files of a store.
    """

    smtp: SmtpServer
    base_url: str
    secret: Secret
    arrival: SmtpArrival
    host: str
    mail_from: str
    connections: int = 4
    timeout: float = 20.0
    shelf: Shelf = msgspec.field(default_factory=Shelf)
    objects: Objects | None = None

    @property
    def bounces_to(self) -> str:
        """The domain of return paths."""
        return self.mail_from.rpartition("@")[2]


def mail_config(settings: Settings) -> MailConfig:
    """The sender's part of the settings; without `mail_from` it is `notices@` the host of `base_url`.

    Raises TextsError where a template is wrong.
    """
    host = _host(settings.base_url)
    return MailConfig(
        smtp=smtp_server(settings.smtp_url),
        base_url=settings.base_url,
        secret=settings.secret_key,
        arrival=settings.smtp_arrival,
        host=host,
        mail_from=settings.mail_from or f"notices@{host}",
        shelf=load_shelf(settings.templates),
        objects=Objects.of(settings),
    )


def _host(base_url: str) -> str:
    """The host as it may stand in an address: ASCII, and never a bare number."""
    host = urlsplit(base_url).hostname or "localhost"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return idna.encode(host, uts46=True).decode() if "." in host else host
    return "localhost"
