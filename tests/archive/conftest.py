from tests.http.conftest import acme, api, settings
from tests.resources.conftest import desk

__all__ = ["acme", "api", "desk", "settings"]
