"""Requests made up from the API's document, right ones and wrong ones: each is answered as the document says.

A short form, the same requests in every run; CONTRIBUTING.md says how to let more of them loose on a service.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from tests.http.conftest import Api

EACH = {"positive": 1, "negative": 2}
"""Requests of an operation, of the right ones and of the wrong ones."""
LONGEST_PATTERN = 300
LONGEST_TEXT = 1_000
"""A pattern whose text may be longer is taken without its length."""
ALONE = ("setClock", "revokeKey", "testWebhook", "handInFile", "setTermsText")
"""Moves the clock of all; ends a key of the test's own; waits for a worker; take forms with a file, which the generator
makes of numbers that no client can send (`tests/resources/test_files.py` has what is no form)."""


async def test_what_is_made_up_from_the_document_is_answered_as_it_says(steady: Api) -> None:
    document = (await steady.client.get("/docs/openapi.json")).json()
    operations = chosen([one.ok() for one in load(document).get_all_operations()])
    loop = asyncio.get_running_loop()
    sent = await asyncio.to_thread(send_all, operations, steady, loop)
    assert sent >= 2 * len(operations), "each was sent something"


def chosen(operations: Sequence[Any]) -> list[Any]:
    """Of each tag the first operation of each method: the routes of a subject are made alike."""
    found: dict[tuple[str, str, bool], Any] = {}
    for one in operations:
        raw = one.definition.raw
        if raw["operationId"] not in ALONE:
            found.setdefault((raw["tags"][0], one.method, "{id}" in one.path), one)
    return list(found.values())


def load(document: Any) -> Any:
    import schemathesis  # which takes long, and one worker of a run needs it
    from schemathesis.config import SchemathesisConfig

    _shorten(document)
    config = SchemathesisConfig()
    config.projects.default.generation.allow_x00 = False
    return schemathesis.openapi.from_dict(document, config=config)


def _shorten(part: Any) -> None:
    """What stands in a name is a pattern of half a thousand characters, and a generator of its texts takes longer to be
    made than all other requests: `tests/test_names.py` has what is a name, and here each is of plain letters. So it is
    with a pattern that is counted up to ten thousand: `tests/http/test_decode.py` has texts that are too long.
    """
    if isinstance(part, dict):
        if len(str(part.get("pattern", ""))) > LONGEST_PATTERN:
            part["pattern"] = "^[A-Za-z][A-Za-z0-9 ]*$"
        if "pattern" in part and part.get("maxLength", 0) > LONGEST_TEXT:
            del part["maxLength"]
        for one in part.values():
            _shorten(one)
    elif isinstance(part, list):
        for one in part:
            _shorten(one)


def every_check() -> list[Any]:
    from schemathesis.checks import load_all_checks, not_a_server_error
    from schemathesis.specs.openapi import checks

    load_all_checks()
    return [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_headers_conformance,
        checks.response_schema_conformance,
        checks.negative_data_rejection,
    ]


def send_all(operations: Sequence[Any], api: Api, loop: asyncio.AbstractEventLoop) -> int:
    """Send what each operation's strategies make, and check the answers; how many there were."""
    from schemathesis import GenerationMode

    sent = 0
    checks = every_check()

    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        request = case.as_transport_kwargs(
            base_url="http://termijn.test", headers={"Authorization": f"Bearer {api.admin}"}
        )
        request.pop("cookies", None)
        request["headers"] = [(name, str(one).encode("latin-1")) for name, one in request["headers"].items()]
        if isinstance(request.get("data"), bytes):
            request["content"] = request.pop("data")
        answering = asyncio.run_coroutine_threadsafe(answered(api.client, request), loop)
        case.validate_response(answering.result(60), checks=checks)

    for operation in operations:
        for mode, each in EACH.items():
            strategy = operation.as_strategy(generation_mode=GenerationMode(mode))
            quick: Any = settings(
                max_examples=each, derandomize=True, database=None, deadline=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            with contextlib.suppress(Unsatisfiable):  # nothing about it can be wrong
                wrap: Any = given(strategy)
                quick(wrap(send))()
    return sent


async def answered(client: httpx.AsyncClient, request: dict[str, Any]) -> httpx.Response:
    built = client.build_request(**request)
    await built.aread()  # the checks look at what was sent
    return await client.send(built)
