"""Templates are compiled once for all processes, and anew when anything that they are made of is another one."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from service import kept_templates
from service.kept_templates import KeptTemplates
from service.mail.texts.compiling import environment
from service.mail.texts.sentences import CATALOGUE, Saying
from workflows.words.catalogue import Sentences
from workflows.words.reading import SaidSentence


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `__pycache__` is, in a run that writes what it compiles."""
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    monkeypatch.setattr(kept_templates, "_folder", lambda package: tmp_path / "__pycache__")
    return tmp_path / "__pycache__"


class _Counting(Environment):
    compiled = 0

    def compile(self, *args: object, **more: object) -> object:  # type: ignore[override]  # its overloads say nothing here
        type(self).compiled += 1
        return super().compile(*args, **more)  # type: ignore[call-overload]  # as above


def written(source: str, *made_of: bytes) -> tuple[str, int]:
    """What a process of its own writes, and how many templates it compiled."""
    _Counting.compiled = 0
    env = _Counting(loader=DictLoader({"a": source}), bytecode_cache=KeptTemplates("a.package", "en", made_of))
    return env.get_template("a").render(name="Kim"), _Counting.compiled


def test_the_next_process_finds_it_compiled(folder: Path) -> None:
    assert written("Hello {{ name }}") == ("Hello Kim", 1)
    assert written("Hello {{ name }}") == ("Hello Kim", 0)
    assert len(list(folder.iterdir())) == 1, "nothing half written stays"


def test_another_source_or_another_make_is_compiled_anew() -> None:
    written("Hello {{ name }}", b"sentences")
    assert written("Dear {{ name }}", b"sentences") == ("Dear Kim", 1)
    assert written("Dear {{ name }}", b"other sentences") == ("Dear Kim", 1)
    assert written("Dear {{ name }}", b"other ", b"sentences") == ("Dear Kim", 1)
    assert written("Dear {{ name }}", b"other ", b"sentences") == ("Dear Kim", 0)


@pytest.mark.parametrize("left", [b"", b"nonsense", b"\n"])
def test_what_is_broken_is_compiled_anew(folder: Path, left: bytes) -> None:
    written("Hello {{ name }}")
    [file] = folder.iterdir()
    file.write_bytes(left)
    assert written("Hello {{ name }}") == ("Hello Kim", 1)
    file.write_bytes(file.read_bytes()[:-10])
    assert written("Hello {{ name }}") == ("Hello Kim", 1)


def test_where_nothing_can_be_written_nothing_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_text("a file where the folder would be")
    assert written("Hello {{ name }}") == ("Hello Kim", 1)
    monkeypatch.setattr(kept_templates, "_folder", lambda package: None)
    assert written("Hello {{ name }}") == ("Hello Kim", 1)
    folder.unlink()
    monkeypatch.setattr(kept_templates, "_folder", lambda package: folder)
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert written("Hello {{ name }}") == ("Hello Kim", 1)
    assert not folder.exists()


def checksum(sentences: Sentences, *, html: bool = False) -> str:
    """What a template of mails is known by; the folder is not asked."""
    cache = environment(DictLoader({}), Saying(sentences, html=html), html=html, sandboxed=False).bytecode_cache
    assert isinstance(cache, KeptTemplates)
    return cache.get_source_checksum("")


def test_mails_are_compiled_anew_for_other_sentences_and_never_kept_for_a_processors_own() -> None:
    dutch = CATALOGUE.in_language("nl")
    key = next(iter(dutch.messages))
    mended = Sentences("nl", {**dutch.messages, key: SaidSentence(("",), ("Beter gezegd",))}, lambda count: 0, None)
    assert checksum(mended) != checksum(dutch) == checksum(dutch)
    own = environment(DictLoader({}), Saying(dutch, html=False), html=False, sandboxed=True)
    assert own.bytecode_cache is None
