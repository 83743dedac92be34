"""For mypy: `msgspec.structs.replace` takes the fields of its first argument, as `dataclasses.replace` does.

Its own stub takes any names and values, and what most actions do is to give an entity back with some fields changed.
"""

from collections.abc import Callable

from mypy.plugin import FunctionSigContext, Plugin
from mypy.plugins.dataclasses import replace_function_sig_callback
from mypy.types import FunctionLike


class CheckedReplace(Plugin):
    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        return replace_function_sig_callback if fullname == "msgspec.structs.replace" else None


def plugin(version: str) -> type[Plugin]:
    return CheckedReplace
