"""Texts that a processor types, given once for everybody or once for each language. Pure."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from workflows.model.change import AnnouncedSubprocessor, AnnouncedText
from workflows.model.parties import Wording, WordingList
from workflows.words import Language, Spoken

T = TypeVar("T")


def base_of(given: Wording) -> tuple[str, dict[Language, str]]:
    """What stands for everybody, and the text in each language: the first one given stands where a language lacks."""
    if isinstance(given, str):
        return given, {}
    return next(iter(given.values()), ""), given


def list_base_of(given: WordingList) -> tuple[tuple[str, ...], dict[Language, tuple[str, ...]]]:
    """The same of a list, which may also be given item by item."""
    if not isinstance(given, tuple):
        return next(iter(given.values()), ()), given
    languages = dict.fromkeys(lang for one in given if not isinstance(one, str) for lang in one)
    return tuple(base_of(one)[0] for one in given), {lang: tuple(say(one, lang) for one in given) for lang in languages}


def say(given: Wording, lang: Language) -> str:
    """A text in the reader's language; in another one where it lacks."""
    base, each = base_of(given)
    return each.get(lang) or base


def as_given(base: T, each: dict[Language, T]) -> T | dict[Language, T]:
    """A text, or a list of them, as it was given: in each language, or once with others that the program knows."""
    return each if base in each.values() else base


def in_language(text: AnnouncedText, lang: Language) -> AnnouncedText:
    """What customers were told, for a reader of one language."""
    return replace(
        text,
        subprocessor=_sub(text.subprocessor, lang),
        replaced=_sub(text.replaced, lang),
        reason=_told(text.reason, text.reason_in, lang),
        why=_told(text.why, text.why_in, lang),
        reason_in={},
        why_in={},
    )


def _told(base: str, each: Mapping[Language, str], lang: Language) -> str:
    """A text for a reader of `lang`; where it lacks, the one that stands for everybody, with its language if known."""
    if own := each.get(lang):
        return own
    spoken = next((other for other, text in each.items() if text == base), None)
    return Spoken(base, spoken) if spoken is not None else base


def _sub(one: AnnouncedSubprocessor | None, lang: Language) -> AnnouncedSubprocessor | None:
    if one is None:
        return None
    return replace(
        one,
        service=_told(one.service, one.service_in, lang),
        categories=one.categories_in.get(lang) or one.categories,
        service_in={},
        categories_in={},
    )


def lacking(text: AnnouncedText, lang: Language, own: Language) -> tuple[str, ...]:
    """The texts that a reader of `lang` finds in another language; one given once is in the processor's `own`."""
    texts: list[tuple[str, object, Mapping[Language, object]]] = [("reason", text.reason, text.reason_in)]
    if text.subprocessor is not None:
        sub = text.subprocessor
        texts += [("service", sub.service, sub.service_in), ("categories", sub.categories, sub.categories_in)]
    return tuple(name for name, base, each in texts if base and not _has(base, each, lang, own))


def _has(base: object, each: Mapping[Language, object], lang: Language, own: Language) -> bool:
    return bool(each.get(lang)) or (base not in each.values() and lang == own)
