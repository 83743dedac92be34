"""The text of an agreement goes with the mail that brings it, or is fetched where it is too large."""

import email
import email.policy
import io
from typing import Any

from db import clock
from db.queries import sql
from db.session import transaction
from service.files.store import keep, looked_at
from service.mail.kinds.agreements import LARGEST_ENCLOSED
from tests.files import samples
from tests.mail.server import Scripted
from tests.world import World


async def sent(world: World, smtp: Scripted, content: bytes | None, terms: str = "kmo-solutions") -> Any:
    await world.make_processor()
    agreement = await world.make_agreement(terms, active=False)
    if content is not None:
        given = await looked_at(io.BytesIO(content), "Overeenkomst.pdf")
        [row] = await world.rows("select terms_version_id from agreement where id = $1", agreement)
        async with transaction(world.pools.api, [world.processor]) as connection:
            now = await clock.now(connection)
            file = await keep(connection, world.processor, given, now, "test", claimed=True)
            version = row["terms_version_id"]
            await connection.execute(sql("set_terms_text"), world.processor, version, file, now, "test", None, None)
    await world.do(agreement, "send")
    await world.drain()
    [row] = await world.rows("select content from message where kind = 'agreement' order by id limit 1")
    return email.message_from_bytes(row["content"], policy=email.policy.default)


async def test_the_text_goes_along_with_a_link_to_sign(posted: World, smtp: Scripted) -> None:
    mail = await sent(posted, smtp, samples.PDF)
    [enclosed] = list(mail.iter_attachments())
    assert enclosed.get_filename().startswith("kmo-solutions-")
    assert enclosed.get_filename().endswith(".pdf")
    assert enclosed.get_content() == samples.PDF
    words = mail.get_body(("plain",)).get_content()
    assert "/a/" in words


async def test_a_large_text_is_fetched_from_the_own_page(posted: World, smtp: Scripted) -> None:
    mail = await sent(posted, smtp, samples.PDF + b"%" * LARGEST_ENCLOSED)
    assert list(mail.iter_attachments()) == []
    words = mail.get_body(("plain",)).get_content()
    assert "eigen pagina" in words
    assert "/a/" in words


async def test_without_a_text_the_mail_is_as_it_was(posted: World, smtp: Scripted) -> None:
    mail = await sent(posted, smtp, None)
    assert list(mail.iter_attachments()) == []
    assert "/a/" not in mail.get_body(("plain",)).get_content()
