"""Templates of one language and form, compiled: a sentence that is known by then is written out in place.

A call for a sentence takes longer than what it says, and a mail has dozens. So the sentences and their blanks are put
into the template before it is compiled, as if it had been written in that language. Where a number picks the form, the
call stays.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from types import CodeType
from typing import Any, Final

import msgspec
from jinja2 import BaseLoader, BytecodeCache, Environment, StrictUndefined, TemplateNotFound, nodes
from jinja2.bccache import Bucket
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from service.kept_templates import KeptTemplates
from service.mail.texts.sentences import CATALOGUE, OTHER, Saying
from workflows.words import LANGUAGES, SOURCE

SAYS: Final = "t"
"""What a template calls for a sentence."""
AS_PACKAGED: Final = "packaged/"
"""Before the name of a template: the packaged one, though there is an own one."""


class Found(BaseLoader):
    """Own files, else packaged ones, which serve every language: `nl/ended.jinja` is `ended.jinja` there.

    An own template may lean on the packaged one of its name: `packaged/ended.jinja`.
    """

    def __init__(self, own: BaseLoader | None, packaged: BaseLoader) -> None:
        self._own = own
        self._packaged = packaged

    def get_source(self, environment: Environment, template: str) -> Any:
        if self._own is not None and not template.startswith(AS_PACKAGED):
            try:
                return self._own.get_source(environment, template)
            except TemplateNotFound:
                pass
        name = template.removeprefix(AS_PACKAGED)
        lang, slash, rest = name.partition("/")
        return self._packaged.get_source(environment, rest if slash and lang in LANGUAGES else name)


def environment(loader: BaseLoader, saying: Saying, *, html: bool, sandboxed: bool, trial: bool = False) -> Environment:
    """What templates are compiled in; `saying` is their `t`.

    In a `trial` they are compiled once for all languages, quickly, and are slower to write mails.
    """
    env = _CLASSES[sandboxed, trial](
        loader=loader,
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_cache(saying, html=html, sandboxed=sandboxed, trial=trial),
    )
    env.globals[SAYS] = saying
    return env


def _cache(saying: Saying, *, html: bool, sandboxed: bool, trial: bool) -> BytecodeCache | None:
    """Packaged templates are kept beside the program; what a processor wrote is not."""
    if trial:
        return _TRIED[html, sandboxed]
    if sandboxed:
        return None
    said = saying.sentences
    sentences = [
        {key: one.said for key, one in each.messages.items()} for each in (said, CATALOGUE.in_language(SOURCE))
    ]
    name = f"{said.lang}.{'html' if html else 'text'}"
    return KeptTemplates("service.mail.texts", name, (*_code(), msgspec.msgpack.encode(sentences)))


@cache
def _code() -> tuple[bytes, ...]:
    """What compiles templates and fills in sentences."""
    found = [one for package in ("service.mail.texts", "workflows.words") for one in files(package).iterdir()]
    return tuple(one.read_bytes() for one in sorted(found, key=lambda one: one.name) if one.name.endswith(".py"))


class _Plain(Environment):
    def _generate(self, source: nodes.Template, *rest: Any, **more: Any) -> str:
        saying = self.globals[SAYS]
        if isinstance(saying, Saying):
            _Written(saying).visit(source)
        return super()._generate(source, *rest, **more)


class _Sandbox(_Plain, ImmutableSandboxedEnvironment):
    pass


_CLASSES: Final = {
    (False, False): _Plain,
    (True, False): _Sandbox,
    (False, True): Environment,
    (True, True): ImmutableSandboxedEnvironment,
}
"""By whether they are sandboxed, and for a trial."""


class _Remembered(BytecodeCache):
    """Templates as they were compiled, by name and content."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


_TRIED: Final = {(html, sandboxed): _Remembered() for html in (False, True) for sandboxed in (False, True)}
"""What was compiled for a trial: it serves each language and each processor."""


class _Written(NodeTransformer):
    """Puts sentences in place of the calls for them."""

    def __init__(self, saying: Saying) -> None:
        self.saying = saying

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802  # jinja2 calls it so
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == SAYS) or node.dyn_args or node.dyn_kwargs:
            return node
        match node.args:
            case [nodes.Const(value=key)]:
                return self._said(node, key)
            case [nodes.Const(value=key), kind]:
                return self._of_kind(node, key, kind)
        return node

    def _said(self, node: nodes.Call, key: str) -> nodes.Expr:
        blanks = {one.key: one.value for one in node.kwargs}
        pieces = self.saying.written(key, blanks)
        if pieces is None:
            return node
        found = [blanks[one] if blank else _words(one, node.lineno) for one, blank in pieces]
        return found[0] if len(pieces) == 1 and not pieces[0][1] else nodes.Concat(found, lineno=node.lineno)

    def _of_kind(self, node: nodes.Call, key: str, kind: nodes.Expr) -> nodes.Expr:
        """One sentence or another, by a value that is known only when a mail is written."""
        variants = self.saying.variants(key)
        found = self._said(node, f"{key}.{OTHER}") if OTHER in variants else node
        for one in variants:
            if one != OTHER:
                is_it = nodes.Compare(kind, [nodes.Operand("eq", nodes.Const(one))], lineno=node.lineno)
                found = nodes.CondExpr(is_it, self._said(node, f"{key}.{one}"), found, lineno=node.lineno)
        return found

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802  # as above
        self.generic_visit(node)
        node.nodes = list(_flat(node.nodes))
        return node


def _words(text: str, line: int) -> nodes.Expr:
    """What needs no escaping is plain text, which is quicker to hand around than markup."""
    return (nodes.Const if escape(text) == text else nodes.TemplateData)(text, lineno=line)


def _flat(some: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    """Written out one after the other is as good as joined and then written out."""
    for one in some:
        if isinstance(one, nodes.Concat):
            yield from _flat(one.nodes)
        else:
            yield one
