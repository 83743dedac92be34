"""A processor's own templates: in its mails alone, and never with a mistake in them."""

from functools import partial
from pathlib import Path

import pytest

from service.mail.outgoing.deliver import deliver
from service.mail.texts.samples import samples
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.mail.test_content import last, words
from tests.world import Pools, World
from workflows.engine.engine import Engine

HELD_OPEN = """{% set subject %}{{ processor }}: meer tijd{% endset %}
{% set preview %}x{% endset %}
{{ ui.title("Meer tijd") }}
"""
OURS = "{{% set subject %}}{}{{% endset %}}{{% set preview %}}x{{% endset %}}{{{{ w.dear(contact) }}}}"
FORMS = """
msgctxt "for_agreements"
msgid "For {count} agreement."
msgid_plural "For {count} agreements."
msgstr[0] "Een stuk."
msgstr[1] "Twee of meer: {count} stuks."
"""
PO = """
msgctxt "{key}"
msgid "Dear {{contact}},"
msgstr "{said}"
"""


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_processor_leaves_out_is_the_packaged_one(tmp_path: Path) -> None:
    put(tmp_path, "acme/nl/held_open.jinja", HELD_OPEN)
    put(tmp_path, "acme/nl/words.jinja", "{% macro at(m) %}op {{ m.short }}{% endmacro %}")
    put(tmp_path, "acme/notes.txt", "not a template")
    put(tmp_path, "README", "not a processor")
    shelf = load_shelf(tmp_path)
    assert set(shelf.own) == {"acme"}
    sample = samples("held_open")[0]
    assert shelf.of("acme").write("held_open", "nl", sample).subject.endswith(": meer tijd")
    assert shelf.of("other").write("held_open", "nl", sample).subject.endswith("(Nieuwe subverwerker Example Hosting)")
    assert shelf.of("acme").write("held_open", "en", sample) == shelf.of("").write("held_open", "en", sample)
    # A phrase of its own is said in packaged mails, too; those it lacks are the packaged ones.
    confirmed = shelf.of("acme").write("confirmation", "nl", samples("confirmation")[0])
    assert "Ontvangen: op 24 December 2026" in confirmed.text
    assert "werkt Example Hosting niet met uw gegevens (7.1)" in " ".join(confirmed.text.split())


def test_a_block_and_a_frame_of_its_own_are_around_every_mail(tmp_path: Path) -> None:
    put(tmp_path, "acme/ui.html.jinja", '{% macro title(text) %}<h1 class="ours">{{ text }}</h1>{% endmacro %}')
    put(tmp_path, "acme/layout.text.jinja", "{{ body }}\n\nGroeten, {{ processor }} ({{ lang }})\n")
    texts = load_shelf(tmp_path).of("acme")
    for lang in ("nl", "en"):
        written = texts.write("deleted", lang, samples("deleted")[0])
        assert '<h1 class="ours">' in written.html
        assert written.text.endswith(f"Groeten, Example Processing ({lang})\n")


def test_a_sentence_of_its_own_is_said_wherever_it_stands(tmp_path: Path) -> None:
    put(tmp_path, "acme/nl.po", PO.format(key="dear", said="Dag <{contact}>,") + FORMS)
    shelf = load_shelf(tmp_path)
    written = shelf.of("acme").write("ended", "nl", samples("ended")[0])
    assert "Dag <Kim de Vries>," in written.text
    assert "Dag &lt;Kim de Vries&gt;," in written.html
    other = shelf.of("acme").write("ended", "en", samples("ended")[0])
    assert other == shelf.of("").write("ended", "en", samples("ended")[0])
    # A number picks a form of its own, too.
    said = shelf.of("acme").write("announcements", "nl", samples("announcements")[0])
    assert "Twee of meer: 2 stuks." in said.text


def test_a_template_of_its_own_is_for_every_language_or_for_one(tmp_path: Path) -> None:
    put(tmp_path, "acme/ended.jinja", OURS.format("every language"))
    put(tmp_path, "acme/nl/ended.jinja", OURS.format("Dutch"))
    texts = load_shelf(tmp_path).of("acme")
    sample = samples("ended")[0]
    assert texts.write("ended", "nl", sample).subject == "Dutch"
    assert texts.write("ended", "en", sample).subject == "every language"
    assert "Dear Kim de Vries," in texts.write("ended", "en", sample).text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nl/held_open.jinja", HELD_OPEN + "{{ custommer }}", "line 4: nothing is called custommer here; known are"),
        ("nl/held_open.jinja", HELD_OPEN + "{{ held_until.hour }}", "line 4: held_until has no hour; known are day"),
        ("nl/held_open.jinja", HELD_OPEN + "{% if %}", "line 4: "),
        ("nl/held_open.jinja", HELD_OPEN + "{{ 1 // (customer|length - customer|length) }}", "line 4: "),
        ("nl/held_open.jinja", HELD_OPEN + "{{ customer.__class__.__mro__ }}", "line 4: "),
        ("nl/held_open.jinja", "hello", ": it must say {% set subject %}"),
        ("nl/words.jinja", "\n{% macro at(m) %}{{ m.dag }}{% endmacro %}", "line 2: "),
        ("nl/words.jinja", "{% macro clause() %}{% endmacro %}", "w.clause is called with ()"),
        ("layout.html.jinja", "{{ body }}{{ subjct }}", "line 1: nothing is called subjct here; known are"),
        ("en/calendar.jinja", "{% set summary %}x{% endset %}", ": it must say {% set description %}"),
        ("nl/held_opn.jinja", HELD_OPEN, " is no template of any message. Did you mean held_open.jinja?"),
        ("held_opn.jinja", HELD_OPEN, " is no template of any message. Did you mean held_open.jinja?"),
        ("xx/held_open.jinja", HELD_OPEN, " is no template of any message; a language is nl"),
        ("nl/layout.html.jinja", "", " is no template of any message"),
        ("xx.po", "", " is no template of any message; a language is nl"),
        ("nl.po", PO.format(key="deer", said="Hoi"), "line 3: there is no sentence deer. Did you mean dear?"),
        ("nl.po", PO.format(key="dear", said="Hoi {naam}"), "line 3: dear has no blank naam; known are contact"),
        ("nl.po", PO.format(key="can_do", said="Hoi {naam}"), "line 3: can_do has no blank naam; it has none"),
        ("nl.po", PO.format(key="dear", said="Hoi {contact"), "line 3: dear has a brace too many or too few"),
        ("nl.po", "\nthis is none", "line 2: this is no line of a PO file"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file_and_the_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = put(tmp_path, f"acme/{name}", text)
    with pytest.raises(TextsError) as found:
        load_shelf(tmp_path)
    assert "\n" not in str(found.value)
    assert said in str(found.value)
    # A phrase that is called otherwise than it wants breaks the packaged files that call it.
    assert str(path) in str(found.value) or said.startswith("w.clause")


def test_a_file_that_is_no_text_and_a_folder_that_is_none(tmp_path: Path) -> None:
    path = put(tmp_path, "acme/nl/ended.jinja", "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(TextsError, match=r"ended\.jinja is not UTF-8 text"):
        load_shelf(tmp_path)
    with pytest.raises(TextsError, match="nowhere cannot be read"):
        load_shelf(tmp_path / "nowhere")


async def test_a_mail_is_written_with_the_templates_of_its_processor(
    world: World, pools: Pools, engine: Engine, smtp: Scripted, tmp_path: Path
) -> None:
    put(
        tmp_path,
        "acme/nl/agreement.jinja",
        "{% set subject %}{{ processor }}: welkom{% endset %}{% set preview %}x{% endset %}"
        "{% call ui.p() %}Welkom, {{ contact }}; <b>{{ customer }}</b>{% endcall %}",
    )
    config = config_for(smtp.port, shelf=load_shelf(tmp_path))
    world.deliver = partial(deliver, pools.worker, engine, config)  # type: ignore[method-assign]
    await world.make_processor(slug="acme")
    await world.make_agreement("kmo-solutions", await world.make_customer("Zorg"))
    await world.drain()
    mail = last(smtp)
    assert mail["Subject"] == "Acme: welkom"
    text, html = words(mail)
    assert "Welkom, Kim; <b>Zorg</b>" in text
    assert "Welkom, Kim; Zorg" in html
