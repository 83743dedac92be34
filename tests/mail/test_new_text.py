"""The announcement of a new text says what it changes, in the reader's language."""

import pytest

from tests.mail.server import Scripted
from tests.mail.test_content import last, words
from tests.texts import further, stored
from tests.world import World
from workflows.model.parties import Language


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("terms", "rule"), [("constant-it", "end__erasure"), ("stkkr", "breach__notice")])
async def test_old_and_new_in_the_mail(posted: World, smtp: Scripted, terms: str, rule: str, lang: Language) -> None:
    await posted.make_processor(reply_to="privacy@acme.example")
    await posted.make_agreement(terms, await posted.make_customer(language=lang))
    version = await stored(posted, further(terms, "9", **{rule: "PT36H" if "breach" in rule else "P2M"}))
    change = await posted.make_change(None, "terms", terms=terms, to_version="9", to_version_id=version)
    await posted.announce(change)
    for text in words(last(smtp)):
        assert ("Wat de nieuwe tekst verandert" if lang == "nl" else "What the new text changes").casefold() in (
            text.casefold()
        )
        if rule == "end__erasure":
            old, new = (
                ("binnen 3 maanden", "binnen 2 maanden") if lang == "nl" else ("within 3 months", "within 2 months")
            )
        else:
            old, new = ("binnen 48 uur", "binnen 36 uur") if lang == "nl" else ("within 48 hours", "within 36 hours")
        assert text.index(old) < text.index(new)
        assert "Nieuwe Wolk" in text
        assert ("België" if lang == "nl" else "Belgium") in text
        agree = "schriftelijk over eens" if lang == "nl" else "both agree to it in writing"
        assert (agree in text) == (terms == "stkkr")
