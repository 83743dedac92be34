"""A mapping file, which the command line takes: TOML that says which heading is which of ours. Pure."""

import tomllib
from typing import Any, Final

import msgspec

from service.importing.headings import Mapping, close_to, field_of, plain
from workflows.errors import BadInput, Problem

LARGEST: Final = 64 * 1024


def read_mapping(raw: bytes, source: str) -> Mapping:
    """Read a mapping file in TOML; `source` names it in messages.

    Raises BadInput with what is wrong and what would be right.
    """
    if len(raw) > LARGEST:
        raise BadInput(f"{source} has {len(raw)} bytes: a mapping file has at most {LARGEST}.")
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
        mapping = msgspec.convert(document, Mapping)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise BadInput(f"{source} is no mapping file: {str(error)[:300]}.") from None
    problems = [
        Problem(f"{source}: columns.{heading!r}", f"{_unknown(field)}.{close_to(field)}")
        for heading, field in mapping.columns.items()
        if field_of(field) is None
    ]
    problems += [
        Problem(f"{source}: {part}.{field!r}", f"{_unknown(field)}.{close_to(field)}")
        for part, fields in (("values", mapping.values), ("defaults", mapping.defaults))
        for field in fields
        if field_of(field) is None
    ]
    if problems:
        raise BadInput(f"{source} names columns that are none of ours; nothing was loaded.", tuple(problems))
    return msgspec.structs.replace(
        mapping,
        columns={plain(heading): _field(field) for heading, field in mapping.columns.items()},
        values={
            _field(field): {plain(text): value for text, value in values.items()}
            for field, values in mapping.values.items()
        },
        defaults={_field(field): value for field, value in mapping.defaults.items()},
        ignore=tuple(map(plain, mapping.ignore)),
    )


def _unknown(field: Any) -> str:
    return f"{str(field)[:60]!r} is none of our columns"


def _field(name: str) -> str:
    found = field_of(name)
    assert found is not None
    return found
