"""A new text on its notice's page: old beside new, and what silence does."""

import pytest

from tests.pages.conftest import Site
from tests.texts import further, stored
from tests.world import local
from workflows.words import Language


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("nl", ("Verwijdering na het einde", "binnen 3 maanden na het einde", "binnen 2 maanden na het einde",
                "Subverwerker Nieuwe Wolk", "België")),
        ("en", ("Erasure after the end", "within 3 months of the end", "within 2 months of the end",
                "Subprocessor Nieuwe Wolk", "Belgium")),
    ],
)  # fmt: skip
async def test_old_and_new_stand_beside_each_other(site: Site, lang: Language, said: tuple[str, ...]) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("constant-it", await world.make_customer(language=lang))
    version = await stored(world, further("constant-it", "2026-01", end__erasure="P2M"))
    more = {"terms": "constant-it", "to_version": "2026-01", "to_version_id": version}
    change = await world.make_change(None, "terms", **more)
    await world.announce(change)
    path = await site.link((await world.notice(change, agreement))["id"])
    before = await site.shown(path)
    assert all(one in before for one in (*said, "2025-01", "2026-01", "II 2.2"))
    # It stays so once the new text binds.
    await world.go(local("2026-04-03T10:00:00+02:00"))
    assert (await world.rows("select terms_version from agreement"))[0]["terms_version"] == "2026-01"
    own = await site.shown(await site.own_page((await world.rows("select id from customer"))[0]["id"]))
    assert ("Versie 2026-01 van de tekst, sinds" if lang == "nl" else "Version 2026-01 of the text, since") in own
    assert ("Verdere instructies" if lang == "nl" else "Further instructions are given by the controller") in own
    after = await site.shown(path)
    assert all(one in after for one in (*said, "2025-01", "2026-01"))


async def test_a_text_that_both_have_to_agree_on_changes_nothing_by_silence(site: Site) -> None:
    world = site.world
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer(language="en"))
    version = await stored(world, further("kmo-solutions", "2", end__choice="P3W"))
    change = await world.make_change(None, "terms", terms="kmo-solutions", to_version="2", to_version_id=version)
    await world.announce(change)
    shown = await site.shown(await site.link((await world.notice(change, agreement))["id"]))
    assert "for 2 weeks from the end" in shown
    assert "for 3 weeks from the end" in shown
    assert "binds only once we both agree to it in writing" in shown
