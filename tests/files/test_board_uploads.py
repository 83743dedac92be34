"""Files that come with the board's forms, where a store has their bytes."""

import asyncpg
import msgspec
import pytest

from service.files.keeping import keep_store
from service.settings import Secret, Settings
from tests.board.conftest import app, board_settings, person
from tests.board.forms.test_files import posted as post_form
from tests.board.forms.test_pages import manager, told
from tests.databases import Database
from tests.files import samples
from tests.pages.conftest import site
from tests.people import Person
from tests.stores import Bucket
from tests.world import World

__all__ = ["app", "manager", "person", "site"]


@pytest.fixture
def settings(database: Database, bucket: Bucket) -> Settings:
    return msgspec.structs.replace(board_settings(database), files_url=Secret(bucket.url))


async def test_bytes_of_a_file_that_was_not_kept_go_at_once(
    manager: Person, world: World, bucket: Bucket, database: Database
) -> None:
    notice = await told(world)
    owner = await asyncpg.connect(database.owner)
    await owner.execute("alter table file add constraint not_now check (origin <> 'upload') not valid")
    seen = await post_form(manager, notice, {"evidence~file": ("a.pdf", samples.PDF)})
    assert (seen.status_code, len(bucket.names())) == (409, 1)
    assert await keep_store(world.pools.worker, bucket.objects) == 1
    assert bucket.names() == []
    await owner.execute("alter table file drop constraint not_now")
    await owner.close()
    seen = await post_form(manager, notice, {"evidence~file": ("a.pdf", samples.PDF)})
    assert (seen.status_code, len(bucket.names())) == (200, 1)
    assert await keep_store(world.pools.worker, bucket.objects) == 0
