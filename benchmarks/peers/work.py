"""What each peer does for a timer that is due, in one statement: a state, an event, and a message to be sent.

That is less than a timer of Termijn's does (guards, a chain of hashes, tenants, a deadline, an engagement), and as
cheap as these libraries can have it.
"""

from typing import Final

TABLES: Final = """
create table item (id bigint primary key, state text not null);
create table item_event (id bigint generated always as identity primary key, item_id bigint not null references item,
    type text not null, at timestamptz not null, body jsonb not null);
create table outbox (id bigint generated always as identity primary key, item_id bigint not null references item,
    kind text not null, created_at timestamptz not null, next_at timestamptz);
create index on outbox (next_at) where next_at is not null;
insert into item select number, 'open' from generate_series(1, {count}) number;
"""
DO: Final = """
with closed as (
    update item set state = 'lapsed' where id = {item} and state = 'open' returning id
), told as (
    insert into item_event (item_id, type, at, body) select id, 'item.lapsed', now(), '{{}}' from closed
)
insert into outbox (item_id, kind, created_at, next_at) select id, 'confirmation', now(), now() from closed
"""
DONE: Final = """
select (select count(*) from item where state = 'lapsed') = {count} and (select count(*) from item_event) = {count}
    and (select count(*) from outbox) = {count}
"""
