"""The sample data that a new data folder starts with."""


async def load(base_url: str, admin_key: str) -> None:
    """Load the sample data over HTTP from `base_url`, with an admin key."""
