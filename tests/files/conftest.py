"""The API whose files lie in a store."""

from pathlib import Path

import msgspec
import pytest

from service.mail.outgoing.config import MailConfig
from service.settings import Secret, Settings
from tests.databases import Database
from tests.http.conftest import acme, api, settings_of
from tests.mail.conftest import config_for, posted, smtp
from tests.mail.server import Scripted
from tests.resources.conftest import desk
from tests.stores import Bucket, bucket, s3

__all__ = ["acme", "api", "bucket", "desk", "posted", "s3", "smtp"]


@pytest.fixture
def settings(database: Database, tmp_path: Path, bucket: Bucket) -> Settings:
    return msgspec.structs.replace(settings_of(database, tmp_path), files_url=Secret(bucket.url))


@pytest.fixture
def config(smtp: Scripted, bucket: Bucket) -> MailConfig:
    return config_for(smtp.port, objects=bucket.objects)
