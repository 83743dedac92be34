"""What errors of Redis, of mail servers and of a store of files say, beside those of the database: `trouble` of
db/troubles.py knows them once this is imported, as the service's two wirings do."""

import aiosmtplib
from redis.exceptions import DataError, RedisError, WatchError

from db.troubles import Trouble, trouble
from service.files.objects import StoreAway

__all__ = ["Trouble", "trouble"]


@trouble.register(RedisError)
@trouble.register(aiosmtplib.SMTPException)
@trouble.register(StoreAway)
def _away(error: BaseException) -> Trouble:
    """Redis knows nothing that PostgreSQL does not: whatever it says, we go on without it. What a mail server says of
    one message is no error here but an outcome (`service/mail/outgoing/smtp.py`)."""
    del error
    return "away"


@trouble.register(WatchError)
def _race(error: BaseException) -> Trouble:
    del error
    return "race"


@trouble.register(DataError)
def _poison(error: BaseException) -> Trouble:
    """A value of ours that Redis has no form for."""
    del error
    return "poison"
