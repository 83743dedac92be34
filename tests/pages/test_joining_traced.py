"""The one mail that a stranger waits for is in the trace of the form."""

import pytest

from db import spans
from service import otlp
from service.mail.outgoing.config import MailConfig
from tests.mail.server import Scripted
from tests.otlp import gathering
from tests.pages.conftest import Site
from tests.pages.test_joining import begun, config, link, smtp

__all__ = ["config", "smtp"]


async def test_the_mail_of_an_application_is_in_the_trace_of_the_form(
    site: Site, config: MailConfig, smtp: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(site)
    with gathering() as gatherer:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gatherer.url)
        collector = otlp.Otlp("termijn-test")
        spans.collect(collector)
        try:
            await link(site, config, smtp)
            collector.flush(5)
            found = gatherer.spans()
        finally:
            spans.collect(None)
            collector.close()
    [form] = [one for one in found if one.name.startswith("POST /j/")]
    [mail] = [one for one in found if one.name == "send application"]
    assert mail.trace == form.trace
    assert mail.attributes["termijn.outcome"] == "sent"
    assert "bloom" not in str(mail.attributes).casefold()
