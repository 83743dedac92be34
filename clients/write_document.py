"""Writes the API's document, which `/docs/openapi.json` answers, without starting a service."""

import sys
from pathlib import Path

from service.app import routed_app
from service.http.openapi.document import encoded

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(encoded(routed_app(lambda _: None)))
