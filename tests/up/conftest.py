"""One data folder for all tests of this package: making a database takes most of a second."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.up.embedded import start_servers
from service.up.folder import temporary_folder
from tests.databases import MEMORY


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    path = temporary_folder(MEMORY)
    start_servers(path, redis=False, settings={"fsync": "off"}).stop()
    yield path
    shutil.rmtree(path)
