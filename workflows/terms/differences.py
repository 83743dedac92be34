"""What one version of an agreement's terms changes against another: in words, and whether it weighs. Pure.

Two versions are told in the same sentences and laid beside each other line by line. A line that says the same under
another clause number is shown, and changes nothing; readings are nobody's text and are left out.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, Literal

import msgspec

from workflows.names import name_key
from workflows.terms.explain import Teller
from workflows.terms.law import law_called, law_rules, laws_named, rule_of
from workflows.terms.model import Statement, Terms
from workflows.terms.names import CHOICE, RETENTION
from workflows.terms.own import instead
from workflows.terms.phrases import rule_title, section_title
from workflows.terms.telling.subprocessors import NOTICES_GO_TO
from workflows.words import LANGUAGES, Language, said_in

Topic = Literal[
    "life", "subprocessor", "place", "amendment", "breach", "request", "end", "retention", "audit", "matter",
    "penalty", "need", "provision", "other",
]  # fmt: skip

_LISTED: Final[dict[str, frozenset[Topic]]] = {
    "subprocessor": frozenset({"subprocessor"}),
    "place": frozenset({"place"}),
    "retention": frozenset({"retention"}),
    "breach": frozenset({"breach"}),
    "measure": frozenset({"provision"}),
}
"""What a word of `amendment.significant` covers. Measures stand among the provisions: any that changes may be one."""

MOST_KEPT: Final = 64
"""Pairs of versions whose differences are remembered."""
MOST_TOLD: Final = 256
"""Versions, each in one language, whose lines are remembered: one is laid beside many. All of the library fit in."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what it is about, what was said and what is said now; empty where nothing is.

    `country`: both are country codes. `in_substance` False: the same under another clause.
    """

    topic: Topic
    label: str
    was: str
    becomes: str
    country: bool = False
    in_substance: bool = True


class Words(msgspec.Struct, frozen=True):
    """A difference in one language."""

    label: str
    was: str
    becomes: str


class InBoth(msgspec.Struct, frozen=True, kw_only=True):
    """A difference in English, in Dutch and in the `others` of the program's languages."""

    topic: Topic
    in_substance: bool
    country: bool
    en: Words
    nl: Words
    others: dict[Language, Words]
    """In the program's other languages, by their codes."""


def in_both(old: Terms, new: Terms) -> tuple[InBoth, ...]:
    """The differences for readers of every language."""
    found = {lang: differing(old, new, lang) for lang in LANGUAGES}
    told = []
    for key in dict.fromkeys(key for one in found.values() for key in one):
        # What differs in one language alone, as where only a translation was mended, is shown in that one.
        some = next(one[key] for one in found.values() if key in one)
        words = {lang: _words(one.get(key, some)) for lang, one in found.items()}
        en, nl = words.pop("en"), words.pop("nl")
        told.append(
            InBoth(topic=some.topic, in_substance=some.in_substance, country=some.country, en=en, nl=nl, others=words)
        )
    return tuple(told)


def _words(one: Difference) -> Words:
    return Words(str(one.label), str(one.was), str(one.becomes))


def differences(old: Terms, new: Terms, lang: Language) -> tuple[Difference, ...]:
    """Everything that `new` says otherwise than `old`, in the order of a terms file."""
    return tuple(differing(old, new, lang).values())


def differing(old: Terms, new: Terms, lang: Language) -> dict[str, Difference]:
    """The same, each under the key that both versions share: `rule.end.erasure`, `right_amendment`."""
    key = (id(old), id(new), lang)
    known = _KEPT.get(key)
    if known is None:
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        # With both versions held here, no other can come to have their identity.
        known = _KEPT[key] = (old, new, _found(old, new, lang))
    return known[2]


def significant_parts(old: Terms, new: Terms) -> tuple[str, ...]:
    """Words of the old text's own list (`amendment.significant`) under which something changes in substance."""
    moved = {one.topic for one in differences(old, new, "en") if one.in_substance}
    return tuple(word for word in old.amendment.significant if _LISTED[word] & moved)


_KEPT: dict[tuple[int, int, Language], tuple[Terms, Terms, dict[str, Difference]]] = {}
"""Versions never change, and a whole fan-out asks for the same two."""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    topic: Topic
    label: str
    text: str
    bare: str
    """The same without clauses: what is compared."""
    country: bool = False
    heading: str = ""
    """The label where the other version's says something else: without what one of them names."""


_TOLD: dict[tuple[int, Language, tuple[str, ...]], tuple[Terms, dict[str, _Line]]] = {}
"""As with `_KEPT`, a version that is held here shares its identity with no other."""


class _Bare(Teller):
    """Says everything without clauses."""

    def clause(self, clause: str) -> str:
        return ""


def _found(old: Terms, new: Terms, lang: Language) -> dict[str, Difference]:
    before, after = _lines(old, lang, old), _lines(new, lang, old)
    found = {
        key: _beside(before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    }
    return found if lang == instead(new) else {key: _untold(one, lang) for key, one in found.items()}


def _lines(terms: Terms, lang: Language, names: Terms) -> Mapping[str, _Line]:
    """One version as lines; `names` is the one by whose register subprocessors are recognised under other names."""
    known = {
        name_key(alias): name_key(entry.name)
        for entry in names.subprocessors.register
        for alias in (entry.name, *entry.aliases)
    }
    own = [name_key(entry.name) for entry in terms.subprocessors.register]
    called = tuple(known.get(name, name) for name in own)
    key = (id(terms), lang, called)
    told = _TOLD.get(key)
    if told is None:
        while len(_TOLD) >= MOST_TOLD:
            _TOLD.pop(next(iter(_TOLD)))
        told = _TOLD[key] = (terms, _Told(terms, lang, called).lines())
    return told[1]


def _untold(one: Difference, lang: Language) -> Difference:
    """Provisions stand in terms files in one language alone: readers of another learn which one changes."""
    if one.topic != "provision":
        return one
    said = said_in(lang)
    return msgspec.structs.replace(
        one,
        was=said("terms.provision_old") if one.was else "",
        becomes=said("terms.provision_new") if one.becomes else "",
    )


def _beside(was: _Line | None, now: _Line | None) -> Difference:
    one = now or was
    assert one is not None
    return Difference(
        topic=one.topic,
        label=one.heading if was and now and was.label != now.label and one.heading else one.label,
        was=was.text if was is not None else "",
        becomes=now.text if now is not None else "",
        country=one.country,
        in_substance=was is None or now is None or was.bare != now.bare,
    )


_Said = Iterator[tuple[str, _Line]]


class _Told:
    """One version as lines, each under a key that both versions share.

    `called` are the names by which the subprocessors of its register are recognised, one each.
    """

    def __init__(self, terms: Terms, lang: Language, called: tuple[str, ...]) -> None:
        self.terms = terms
        self.lang = lang
        self.full = Teller(terms, lang)
        self.bare = _Bare(terms, lang)
        self.called = called

    def lines(self) -> dict[str, _Line]:
        return {
            key: line
            for part in (
                self.head(), self.life(), self.subprocessors(), self.rules(), self.breach(), self.requests(),
                self.end(), self.retention(), self.audit(), self.others(), self.statements(),
            )
            for key, line in part
        }  # fmt: skip

    def title(self, section: str) -> str:
        return section_title(section, self.lang)

    def say(self, key: str, phrase: str, topic: Topic, label: str, **blanks: str) -> tuple[str, _Line]:
        text, bare = self.full.say(phrase, **blanks), self.bare.say(phrase, **blanks)
        return key, _Line(topic=topic, label=label, text=text, bare=bare)

    def line(self, key: str, topic: Topic, label: str, tell: Callable[[Teller], str]) -> tuple[str, _Line]:
        """What rests on a text of the file: as a whole in another language where the file has it in none of the
        reader's."""
        return key, _Line(topic=topic, label=label, text=self.full.whole(tell), bare=self.bare.whole(tell))

    def plain(self, key: str, topic: Topic, label: str, text: str, *, country: bool = False) -> _Said:
        if text:
            yield key, _Line(topic=topic, label=label, text=text, bare=text, country=country)

    def head(self) -> _Said:
        terms, say = self.terms, self.full.say
        yield from self.plain("title", "other", say("name"), terms.title)
        yield from self.plain("days", "other", say("days"), " ".join(self.full.counting()))
        named = [found.called_in(self.lang) if (found := law_called(one)) else one for one in laws_named(terms)]
        if any(named) or terms.governing_law or terms.court:
            yield self.line("law", "other", say("law"), partial(_law_and_court, named=named))
        if terms.role_of_document:
            tell = partial(Teller.own, part=terms, name="role_of_document")
            yield self.line("role", "other", say("role"), tell)
        to = terms.notice_contacts
        names = self.full.listed(say(f"role_{one}") for one in to)
        unsaid = to == NOTICES_GO_TO
        yield from self.plain(
            "notices", "other", say("notices"), say("notices_default", names=names) if unsaid else self.roles(to)
        )

    def roles(self, roles: tuple[str, ...]) -> str:
        names = [self.full.say(f"role_{one}") for one in roles]
        return self.full.say("roles", names=", ".join(names)) if len(names) > 1 else names[0]

    def life(self) -> _Said:
        # The lines of explaining, each known by its place: they are few and always in one order.
        label = self.title("life")
        entry, ending = self.terms.entry, self.terms.ending
        yield self.say("entry", entry.event, "life", label, clause=entry.clause)
        until, bare = " ".join(self.full.ends()), " ".join(self.bare.ends())
        yield "ending", _Line(topic="life", label=label, text=until, bare=bare)
        yield self.say("apart", self.full.apart(), "life", label, clause=ending.separate_clause)
        if ending.services_separately:
            yield self.say("services", "services", "life", label)
        for right in ending.rights:
            line = _Line(topic="life", label=label, text=self.full.right(right), bare=self.bare.right(right))
            yield f"right_{right.ground}", line
        for one in ending.survives:
            yield self.line(f"survives.{one.duty}", "life", label, partial(Teller.survival, one=one))

    def subprocessors(self) -> _Said:
        rules, label = self.terms.subprocessors, self.title("subprocessors")
        line = _Line(topic="subprocessor", label=label, text=self.full.engaging(), bare=self.bare.engaging())
        yield "engaging", line
        if rules.decided_by == "board":
            yield self.say("board", "board", "subprocessor", label)
        if rules.overruling is not None:
            yield self.say("overruling", self.full.overruling(), "subprocessor", label, clause=rules.overruling.clause)
        for key, text in self.full.besides().items():
            yield key, _Line(topic="subprocessor", label=label, text=text, bare=self.bare.besides()[key])
        if rules.binding_clause:
            yield self.say("bound", "bound", "subprocessor", label, clause=rules.binding_clause)
        if (region := rules.region) is not None:
            where = self.full.places(region.inside)
            said = f"region_{region.outside}"
            if region.field:
                yield self.say("selected", "region_selected", "place", label, region=where, clause=region.clause)
                where = self.full.say("region_own")
            yield self.say("region", said, "place", label, region=where, clause=region.clause)
            if region.safeguards:
                yield self.say("safeguards", "region_with_safeguards", "place", label, clause=region.safeguarded)
        for flag in rules.flags:
            yield self.line(f"flag.{','.join(flag.inside)}", "place", label, partial(Teller.flag, one=flag))
        for entry, name in zip(rules.register, self.called, strict=True):
            said = self.full.whole(partial(Teller.work, one=entry))
            yield from self.plain(
                f"register.{name}", "subprocessor", self.full.say("register_entry", name=entry.name), said
            )
            at = self.full.say("register_place", name=entry.name)
            yield from self.plain(f"register_place.{name}", "place", at, entry.country or "", country=True)

    def rules(self) -> _Said:
        told = {RETENTION + row.category for row in self.terms.retention}
        for name in (*self.terms.rules, *law_rules(self.terms)):
            rule = rule_of(self.terms, name)
            if name in told or rule is None:
                continue
            if name == CHOICE and not rule.ends and self.terms.end.data == "choice":
                continue  # that there is a choice, and no last day for it, is said already
            title = self.title_of(name)
            blanks = {
                "who": self.full.party(rule.party),
                "when": self.full.when(rule, name),
                "clause": rule.clause,
            }
            key, line = self.say(f"rule.{name}", "rule_short", _topic(name), title, **blanks)
            yield key, msgspec.structs.replace(line, heading=rule_title(name, self.lang))

    def title_of(self, name: str) -> str:
        """The title of a rule; a text of the file's in it is said as one."""
        return self.full.whole(partial(Teller.title, name=name))

    def breach(self) -> _Said:
        breach, say = self.terms.breach, self.full.say
        if breach is None:
            return
        if breach.rule == "unsaid":
            yield self.say("told", "breach_unsaid", "breach", self.title("breach"))
            return
        if breach.authority is not None:
            clause = breach.authority_clause
            yield self.say("authority", breach.authority, "breach", self.title("breach"), clause=clause)
        told, by = self.roles(breach.told_first), self.full.channels(breach)
        told = told if breach.contacts else say("breach_first_default", names=told)
        by = by if breach.channels else say("breach_by_default", channels=by)
        yield from self.plain("told", "breach", say("breach_contacts"), told)
        yield from self.plain("channels", "breach", say("breach_channels"), by)
        for one in breach.contents:
            text = self.full.whole(partial(Teller.own, part=one, name="text"))
            yield from self.plain(f"content.{one.id}", "breach", say("breach_content"), text)

    def requests(self) -> _Said:
        requests = self.terms.requests
        if requests is not None and requests.direct != "silent":
            clause = requests.direct_clause or requests.clause
            yield self.say("direct", requests.direct, "request", self.title("request"), clause=clause)
        if requests is not None and requests.free is not None:
            yield self.line("free", "request", self.title("request"), partial(Teller.free, one=requests.free))

    def end(self) -> _Said:
        end, label = self.terms.end, self.title("end")
        yield self.say("data", f"data_{end.data}", "retention", label, clause=end.clause)
        for text, bare in zip(self.full.unchosen(), self.bare.unchosen(), strict=True):
            yield "unchosen", _Line(topic="retention", label=label, text=text, bare=bare)
        if end.erasure_asked:
            other = rule_title(end.erasure_asked, self.lang)
            yield self.say("erasure_asked", "erasure_asked", "retention", label, other=other)
        if end.return_as:
            yield self.line("return_as", "end", label, Teller.return_as)
        if end.cost not in ("", "unsaid"):
            yield self.say("end_cost", f"cost_{end.cost}", "end", label, clause=end.cost_clause)
        if end.restricted_clause:
            yield self.say("restricted", "restricted", "retention", label, clause=end.restricted_clause)
        if end.render_inaccessible:
            yield self.say("inaccessible", "inaccessible", "retention", label, clause=end.clause)
        if end.retention_clause:
            yield self.say("keeps_named", "keeps_named", "retention", label, clause=end.retention_clause)
        if end.declaration:
            yield self.say("declaration", "declaration", "end", label, clause=end.declaration_clause)

    def retention(self) -> _Said:
        for row in self.terms.retention:
            said = self.full.kept_for(row)
            label = self.full.whole(partial(Teller.kept, row=row))
            key = f"kept.{row.service}.{row.category}.{row.text}.{','.join(row.holders)}"
            yield from self.plain(key, "retention", label, said)

    def audit(self) -> _Said:
        audit = self.terms.audit
        if audit is None:
            return
        bare = self.bare.audit_lines(audit)
        for key, text in self.full.audit_lines(audit).items():
            yield key, _Line(topic="audit", label=self.title("audit"), text=text, bare=bare[key])

    def others(self) -> _Said:
        amendment = self.terms.amendment
        label = self.title("amendment")
        yield self.say("amending", self.full.changing(), "amendment", label, clause=amendment.clause)
        if amendment.form != "any":
            yield self.say("amendment_form", f"amendment_{amendment.form}", "amendment", label, clause=amendment.clause)
        if amendment.significant:
            names = self.full.listed(self.full.say(f"significant_{one}") for one in amendment.significant)
            yield self.say("significant", "significant", "amendment", label, names=names, clause=amendment.clause)
        if amendment.measures:
            how = f"measures_{amendment.measures}"
            yield self.say("measures", how, "amendment", label, clause=amendment.measures_clause)
        for one in self.terms.matters:
            key = f"matter.{one.kind}.{one.raised_by}"
            yield self.line(key, "matter", self.title("matters"), partial(Teller.matter, one=one))
        for name, penalty in self.terms.penalties.items():
            topic: Topic = "breach" if name.startswith("breach.") else "penalty"
            text, bare = self.full.penalty(name, penalty), self.bare.penalty(name, penalty)
            yield f"penalty.{name}", _Line(topic=topic, label=rule_title(name, self.lang), text=text, bare=bare)
            damages = f"damages_{penalty.damages}"
            yield self.say(f"damages.{name}", damages, topic, rule_title(name, self.lang), clause=penalty.clause)
        for field in self.terms.fields:
            yield self.line(f"field.{field.name}", "need", self.title("needed"), partial(Teller.field, one=field))
        for need in self.terms.contact_needs:
            key = f"need.{need.role}.{need.channel}"
            yield self.line(key, "need", self.title("needed"), partial(Teller.contact, one=need))

    def statements(self) -> _Said:
        for one in self.terms.statements:
            yield f"statement.{one.id}", self.statement(one)

    def statement(self, one: Statement) -> _Line:
        label = self.full.named(one.clause)
        return _Line(topic="provision", label=label, text=one.text, bare=one.text)


def _law_and_court(teller: Teller, named: list[str]) -> str:
    """The laws on personal data, and what the parties chose."""
    chosen = [teller.own(teller.terms, name) for name in ("governing_law", "court") if getattr(teller.terms, name)]
    return teller.say("between").join(one for one in (*named, *chosen) if one)


def _topic(rule: str) -> Topic:
    match rule.partition(".")[0]:
        case "breach":
            return "breach"
        case "subprocessor":
            return "subprocessor"
        case "amendment":
            return "amendment"
        case "ending":
            return "life"
        case "request":
            return "request"
        case "end" | "retention":
            return "retention"
        case "audit":
            return "audit"
        case "matter":
            return "matter"
        case _:
            return "other"
