"""Search finds what reading everything would, whether an index tells of few, of many or of nothing."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from db.queries import sql
from db.session import session_settings
from tests.conftest import Database
from tests.db import crowd
from tests.db.crowd import OURS, id_of

KINDS: Final = ["customer", "agreement", "subprocessor", "change", "breach", "request", "matter", "audit"]
OTHERS: Final = id_of("processor", 1)

NAMED: Final = """
update customer c set
    name = concat_ws(' ', (array['Aalbers', 'De Graaf', 'Stichting Zorg', 'Müller', 'Visafslag'])[1 + n.number % 5],
        (array['Bouw', 'Advies', 'BV', 'Onderwijs', 'Ørsted', 'Zorg', '50%_korting'])[1 + n.number / 5 % 7], n.number),
    external_id = case when n.number % 3 = 0 then 'C-' || n.number end,
    contacts = jsonb_build_array(
        jsonb_build_object('name', 'Kim ' || n.number, 'email', 'kim@c' || n.number || '.example', 'phone', '+31 10 1'),
        jsonb_build_object('name', 'Anneke', 'email', 'a' || n.number || '@x.example'))
from (select id, row_number() over (order by id) - 1 as number from customer) n where n.id = c.id;
update agreement a set terms = (array['stkkr', 'kmo-solutions'])[1 + n.number % 2],
    external_id = case when n.number % 4 = 0 then 'Ä-' || n.number end,
    main_contracts = jsonb_build_array(jsonb_build_object('reference', 'M-' || n.number % 50), '{}')
from (select id, row_number() over (order by id) - 1 as number from agreement) n where n.id = a.id;
update request r set reference = case when n.number % 2 = 0 then 'R-' || n.number else '' end
from (select id, row_number() over (order by id) - 1 as number from request) n where n.id = r.id;
insert into matter (id, processor_id, agreement_id, customer_id, kind, raised_by, clause, subject, text, form,
    raised_at, origin, answers, closed_why)
select ('1' || substr(r.id::text, 2))::uuid, r.processor_id, r.agreement_id, r.customer_id, 'information',
    'controller', '', 'Where is ' || r.reference, '', 'any', now(), '', '[]', '' from request r;
insert into audit (id, processor_id, agreement_id, customer_id, requested_at, origin, indications, authority, auditor,
    warnings, scope, nda_evidence, certificate, findings, cost_clause, result)
select ('2' || substr(r.id::text, 2))::uuid, r.processor_id, r.agreement_id, r.customer_id, now(), '', '', '',
    case when r.reference <> '' then 'Audit Graaf' else '' end, '{}', '', '', '', '[]', '', '' from request r;
"""
"""Names that many have and names that one has, beside the crowd."""

READ_ALL: Final = """
with known (kind, id, by_name, said) as (
    select 'customer', c.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', c.external_id, (
            select string_agg(concat_ws(' ', p ->> 'name', p ->> 'email', p ->> 'phone'), ' ')
            from jsonb_array_elements(c.contacts) p)))
    from customer c
    union all
    select 'agreement', a.id, c.name_sort, c.name_sort || ' ' || termijn_plain(concat_ws(' ', a.terms, a.external_id,
            c.external_id, (select string_agg(m ->> 'reference', ' ') from jsonb_array_elements(a.main_contracts) m)))
    from agreement a join customer c on c.id = a.customer_id
    union all
    select 'subprocessor', u.id, u.name_sort, u.name_sort || ' ' || termijn_plain(
            concat_ws(' ', array_to_string(u.aliases, ' '), u.service, u.external_id))
    from subprocessor u
    union all
    select 'change', c.id, null, termijn_plain(concat_ws(' ', u.name, array_to_string(u.aliases, ' '), c.reason))
    from change c left join subprocessor u on u.id = c.subprocessor_id
    union all
    select 'request', r.id, null, c.name_sort || ' ' || termijn_plain(r.reference)
    from request r join customer c on c.id = r.customer_id
    union all
    select 'matter', m.id, null, c.name_sort || ' ' || termijn_plain(m.subject)
    from matter m join customer c on c.id = m.customer_id
    union all
    select 'audit', u.id, null, c.name_sort || ' ' || termijn_plain(u.auditor)
    from audit u join customer c on c.id = u.customer_id
)
select k.kind, k.id, k.said from known k
order by k.kind, k.by_name, k.id desc
"""
"""What was read before there were indexes of words, in the order in which it is shown."""

ASKED: Final = [
    "zorg", "graaf bouw", "zorg stichting bv", "Müller ORSTED", "c-3", "C-300 graaf", "m-7 visafslag", "stkkr m-49",
    "visafslag kmo", "kim", "anneke aalbers", "kim@c12.", "ä-", "r-100", "graaf r-", "where is r-1", "audit graaf",
    "bv", "b", "bv 12", "50%_", "\\", "_", "nobody bv", "s1", "mu\u0308ller", "¨", "a¨b", "aalbers advies kim 101",
    "stichting zorg onderwijs 13 kmo-solutions m-13", "visafslag stkkr m-1",
]  # fmt: skip
"""Common and rare, long and short, of one side or both, and what is no word at all."""


def first(known: Sequence[Any], words: Sequence[str], most: int, kinds: Sequence[str]) -> list[tuple[str, UUID]]:
    """Of each kind those that have all words, `most` at most."""
    rows = [row for row in known if all(word in row["said"] for word in words)]
    return [(kind, row["id"]) for kind in sorted(kinds) for row in [one for one in rows if one["kind"] == kind][:most]]


async def test_it_finds_what_reading_everything_would(spare: Database) -> None:
    await crowd.prepare(spare.superuser)
    await crowd.fill(spare.superuser)
    owner = await asyncpg.connect(spare.superuser, server_settings={"session_replication_role": "replica"})
    await owner.execute(NAMED)
    asking = await asyncpg.connect(spare.api, server_settings=session_settings("termijn_api"))
    both, walked = [OTHERS, OURS], 0
    known = {}
    for owners in ([OURS], both):
        await asking.execute(f"set termijn.processors = '{{{','.join(map(str, owners))}}}'")
        known[len(owners)] = await asking.fetch(READ_ALL)
    for number, q in enumerate(ASKED):
        others = ((both, 11, KINDS), (both, 201, ["agreement"]), ([OURS], 201, ["request", "customer"]))
        words = await asking.fetchval("select array_agg(termijn_plain(w)) from unnest($1::text[]) w", q.split())
        for owners, most, kinds in (([OURS], 11, KINDS), others[number % len(others)]):
            await asking.execute(f"set termijn.processors = '{{{','.join(map(str, owners))}}}'")
            found = [tuple(row) for row in await asking.fetch(sql("sought"), owners, q.split(), most, kinds)]
            assert found == first(known[len(owners)], words, most, kinds), (q, owners, kinds)
            walked += await asking.fetchval(
                "select count(*) filter (where id is null) from termijn_sought($1, $2, $3, 500)", owners, kinds, words
            )
    assert walked > 10, "some are walked"
    await asking.execute("set termijn.processors = '{}'")
    assert await asking.fetch(sql("sought"), [OURS], ["graaf"], 11, KINDS) == []
    await asking.close()
    await owner.close()
