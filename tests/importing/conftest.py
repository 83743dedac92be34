"""A processor and files for it, loaded as the command loads them."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import msgspec
import pytest

from db.session import connect_pool
from service.answers.otherwise import otherwise
from service.importing.load import Done, ImportOptions, load_file
from tests.conftest import Database
from tests.test_languages import ENGLISH, HARMLESS, without_names
from tests.world import World
from workflows.engine.engine import Engine
from workflows.errors import BadInput
from workflows.words import LANGUAGES, SOURCE

PERSON = {
    "contact_name": "Kim",
    "contact_email": "kim@alpha.example",
    "contact_phone": "+31 10 1234567",
    "contact_roles": "contract; privacy; security",
}
ROW = {
    "customer": "Alpha B.V.",
    "country": "NL",
    "language": "nl",
    **PERSON,
    "reference": "M-1",
    "starts_on": "2025-01-01",
}


def table(rows: Iterable[Mapping[str, str]]) -> bytes:
    """A CSV file with every column that a row names."""
    many = list(rows)
    names = list(dict.fromkeys(name for row in many for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(many)
    return text.getvalue().encode()


def assert_told(message: str) -> None:
    """It is said to people in each language, and without what only the command line has."""
    for lang in LANGUAGES:
        said = otherwise(message, lang)
        assert said is not None, (lang, message)
        text = re.sub(r"'[^']*'", "", without_names(said.text)).replace("’", " ")
        for one in said.foreign:
            text = text.replace(without_names(one), "")
        assert "mapping" not in text
        if lang != SOURCE:
            assert [one for one in ENGLISH.findall(text) if one not in HARMLESS[lang]] == [], (lang, said.text)


class Office:
    """Somebody who imports files into one processor's books."""

    def __init__(self, world: World, pool: asyncpg.Pool) -> None:
        self.world = world
        self.pool = pool

    async def load(self, *rows: Mapping[str, str], terms: str = "stkkr", **more: Any) -> Done:
        return await self.load_raw(table(rows), terms, **more)

    async def load_raw(self, raw: bytes, terms: str = "stkkr", **more: Any) -> Done:
        return await load_file(self.pool, Engine(), self.world.processor, ImportOptions(raw=raw, terms=terms, **more))

    async def wrong(self, *rows: Mapping[str, str], terms: str = "stkkr", **more: Any) -> list[tuple[str, str]]:
        """Place and words of all that is wrong; and nothing was written."""
        before = await self.counts()
        with pytest.raises(BadInput) as bad:
            await self.load(*rows, terms=terms, **more)
        assert await self.counts() == before
        for one in bad.value.problems:
            assert_told(one.message)
        return [(one.path, one.message) for one in bad.value.problems]

    async def counts(self) -> dict[str, int]:
        tables = ("subject", "event", "personal", "customer", "agreement", "engagement", "timer", "fan_out")
        return {name: (await self.world.rows(f"select count(*) from {name}"))[0][0] for name in tables}

    async def agreements(self) -> dict[str, Any]:
        rows = await self.world.rows(
            "select a.*, s.state, s.version, c.name from agreement a join subject s on s.id = a.id "
            "join customer c on c.id = a.customer_id order by a.id"
        )
        return {f"{row['name']} {row['main_contracts'][0]['reference']}": row for row in map(_decoded, rows)}


def _decoded(row: Any) -> dict[str, Any]:
    found = dict(row)
    for name in ("main_contracts", "facts", "signatures"):
        found[name] = msgspec.json.decode(found[name])
    return found


@pytest.fixture
async def office(world: World, database: Database) -> Any:
    await world.make_processor()
    pool = await connect_pool(database.worker, "termijn_worker", size=1)
    yield Office(world, pool)
    await pool.close()
