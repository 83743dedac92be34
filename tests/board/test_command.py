"""`termijn user`: the same as the API's users, from a terminal."""

from tests.databases import Database
from tests.pages.conftest import Site
from tests.test_clock_watch import run_command
from tests.world import World


async def test_a_terminal_lets_people_in_and_out(site: Site, database: Database) -> None:
    acme = await site.world.make_processor(slug="acme")
    code, said = await run_command(database, "user", "add", "Kim@acme.example", "--name", "Kim", "--role", "manager")
    assert code == 0, said
    id = said.split()[0]
    [kim] = await site.world.rows("select name, email, role, language, processor_id from app_user")
    assert tuple(kim.values()) == ("Kim", "Kim@acme.example", "manager", "nl", acme)
    code, said = await run_command(database, "user", "add", "kim@acme.example", "--name", "K", "--role", "auditor")
    assert (code, "signs in" in said) == (2, True)
    assert (await run_command(database, "user", "add", "not one", "--name", "K", "--role", "auditor"))[0] == 2
    assert (await run_command(database, "user", "add", "a@acme.example", "--name", "A", "--role", "admin"))[0] == 0
    assert (await run_command(database, "user", "list"))[1].splitlines()[0] == f"{id}  Kim@acme.example  manager  Kim"
    await World(site.world.pools, site.world.engine).make_processor(slug="beta")
    code, said = await run_command(database, "user", "add", "b@acme.example", "--name", "B", "--role", "auditor")
    assert (code, "acme, beta" in said) == (2, True), said
    more = ("--name", "Kim", "--role", "auditor", "--processor", "beta")
    assert (await run_command(database, "user", "add", "kim@acme.example", *more))[0] == 0
    assert (await run_command(database, "user", "remove", "kim@acme.example"))[0] == 2, "there are two"
    assert (await run_command(database, "user", "remove", "kim@acme.example", "--processor", "acme"))[0] == 0
    assert (await run_command(database, "user", "remove", id))[0] == 2
    listed = (await run_command(database, "user", "list", "--processor", "acme"))[1]
    assert listed == f"{id}  Kim@acme.example  manager  Kim  removed\n"
    rows = await site.world.rows("select body from event where body like '%processor.user_%'")
    assert len(rows) == 3, "admins belong to no processor's ledger"
    assert all('"actor":"cli"' in one["body"] for one in rows)
