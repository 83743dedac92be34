"""Templates of one language and form, compiled: a sentence that is known by then is written out in place.

A call for a sentence takes longer than what it says, and a mail has dozens. So the sentences and their blanks are put
into the template before it is compiled, as if it had been written in that language. Calls that depend on a value stay.
"""

from collections.abc import Iterator
from typing import Any, Final

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from service.mail.texts.sentences import Saying
from workflows.words import LANGUAGES

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


def environment(loader: BaseLoader, saying: Saying, *, html: bool, sandboxed: bool) -> Environment:
    """What templates are compiled in; `saying` is their `t`."""
    env = (_Sandbox if sandboxed else _Plain)(
        loader=loader,
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    env.globals[SAYS] = saying
    return env


class _Speaking(Environment):
    def _generate(self, source: nodes.Template, *rest: Any, **more: Any) -> str:
        saying = self.globals[SAYS]
        if isinstance(saying, Saying):
            _Written(saying).visit(source)
        return super()._generate(source, *rest, **more)


class _Plain(_Speaking):
    pass


class _Sandbox(_Speaking, ImmutableSandboxedEnvironment):
    pass


class _Written(NodeTransformer):
    """Puts sentences in place of the calls for them."""

    def __init__(self, saying: Saying) -> None:
        self.saying = saying

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802  # jinja2 calls it so
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == SAYS and len(node.args) == 1):
            return node
        (key,) = node.args
        blanks = {one.key: one.value for one in node.kwargs}
        pieces = self.saying.written(key.value, blanks) if isinstance(key, nodes.Const) else None
        if pieces is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        found = [blanks[one] if blank else nodes.TemplateData(one, lineno=node.lineno) for one, blank in pieces]
        return found[0] if len(pieces) == 1 and not pieces[0][1] else nodes.Concat(found, lineno=node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802  # as above
        self.generic_visit(node)
        node.nodes = list(_flat(node.nodes))
        return node


def _flat(some: list[nodes.Expr]) -> Iterator[nodes.Expr]:
    """Written out one after the other is as good as joined and then written out."""
    for one in some:
        if isinstance(one, nodes.Concat):
            yield from _flat(one.nodes)
        else:
            yield one
