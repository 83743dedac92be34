"""`termijn gate`: 0 for a plain yes alone, 1 for a no, 2 with one line for everything else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from service.cli.gate import gate_command

AGREEMENT = "01900000-0000-7000-8000-000000000001"
WORKER = "01900000-0000-7000-8000-000000000002"
YES = {
    "allowed": True, "since": "2026-03-02T09:00:00Z", "reason": "engaged", "why": "No objection stood.",
    "clause": "7.1",
    "notice_id": None, "change_id": None, "agreement_id": AGREEMENT, "subprocessor_id": WORKER, "country": "NL",
    "asked_at": "2026-03-02T09:00:00Z",
}  # fmt: skip
NO = {**YES, "allowed": False, "why": "The customer objected."}


class ScriptedGate(HTTPServer):
    """Answers every request the same way, and keeps what was asked."""

    status: int = 200
    body: bytes = b""
    location: str = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def says(self, body: Any, status: int = 200, location: str = "") -> None:
        self.body = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.status, self.location = status, location


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedGate

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def scripted() -> Iterator[ScriptedGate]:
    server = ScriptedGate()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str | None, *more: str, agreement: str = AGREEMENT, worker: str = WORKER, key: str | None = "k") -> Result:
    where = ["--url", url] if url is not None else []
    environment = {"TERMIJN_KEY": key, "TERMIJN_URL": None}
    arguments = ["--agreement", agreement, "--subprocessor", worker, *where, *more]
    return CliRunner().invoke(gate_command, arguments, env=environment)


def test_a_yes_and_a_no(scripted: ScriptedGate, tmp_path: Path) -> None:
    scripted.says(YES)
    found = ask(scripted.url)
    assert (found.exit_code, found.stdout, found.stderr) == (0, "yes: No objection stood.\n", "")
    scripted.says(NO)
    found = ask(f"{scripted.url}/below/", "--country", "NL", "--json")
    assert (found.exit_code, msgspec.json.decode(found.stdout)) == (1, NO)
    path, headers = scripted.asked[1]
    question = f"agreement_id={AGREEMENT}&subprocessor_id={WORKER}&country=NL"
    assert path == f"/below/api/v1/engagements/check?{question}"
    assert headers["Authorization"] == "Bearer k"
    # By one's own numbers, with a key out of a file, for the processor that is meant.
    (tmp_path / "key").write_text("other\n")
    scripted.says(YES)
    more = ["--key-file", str(tmp_path / "key"), "--processor", AGREEMENT]
    found = ask(scripted.url, *more, agreement="external:A 1/2", worker="external:S&1", key=None)
    assert found.exit_code == 0
    path, headers = scripted.asked[2]
    assert path.endswith("?agreement_id=external%3AA+1%2F2&subprocessor_id=external%3AS%261")
    assert (headers["Authorization"], headers["Termijn-Processor"]) == ("Bearer other", AGREEMENT)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, b"", "is no answer of the gate"),
        (200, b"<html>yes</html>", "is no answer of the gate"),
        (200, {"allowed": True}, "is no answer of the gate"),
        (200, {**YES, "allowed": "true"}, "is no answer of the gate"),
        (200, {**YES, "allowed": 1}, "is no answer of the gate"),
        (200, [YES], "is no answer of the gate"),
        (200, b"[" * 100_000, "is no answer of the gate"),
        (200, b" " * (1 << 21), "with more than a gate says"),
        (200, {**YES, "agreement_id": WORKER}, "an answer to another question: agreement_id"),
        (200, {**YES, "country": "DE"}, "an answer to another question: country"),
        (204, YES, "answered 204"),
        (
            401,
            {"detail": "This key is not known, or was revoked."},
            "answered 401: This key is not known, or was revoked.",
        ),
        (404, {"detail": "There is no\nagreement."}, "answered 404: There is no agreement."),
        (429, {"detail": 7}, "answered 429: 7"),
        (500, YES, "answered 500"),
        (503, b"\xff", "answered 503"),
    ],
)
def test_what_is_no_answer_is_no_yes(scripted: ScriptedGate, status: int, body: Any, says: str) -> None:
    scripted.says(body, status)
    found = ask(scripted.url, "--country", "NL")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("termijn gate: ")
    assert says in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_redirect_is_not_followed(scripted: ScriptedGate) -> None:
    scripted.says(YES, 307, f"{scripted.url}/elsewhere")
    found = ask(scripted.url)
    assert (found.exit_code, len(scripted.asked)) == (2, 1)
    assert "redirect" in found.stderr


def test_nobody_there_is_no_yes(scripted: ScriptedGate, tmp_path: Path) -> None:
    free = ScriptedGate()
    free.server_close()
    for url in (free.url, "http://[::1", "ftp://127.0.0.1", "127.0.0.1", "http://u:p@127.0.0.1", f"{scripted.url}?a=b"):
        found = ask(url)
        assert (found.exit_code, found.stdout) == (2, ""), url
        assert found.stderr.count("\n") == 1
    found = ask(scripted.url.replace("http:", "https:"))  # nobody there speaks TLS
    assert (found.exit_code, found.stdout) == (2, "")
    waits = ScriptedGate()  # it takes the connection and never answers
    found = ask(waits.url, "--timeout", "0.1")
    waits.server_close()
    assert (found.exit_code, found.stdout) == (2, "")


@pytest.mark.parametrize(
    ("more", "key", "says"),
    [
        ([], None, "no key"),
        ([], " ", "no key"),
        ([], "two words", "holds no key"),
        (["--key-file", "/nowhere/key"], None, "No such file"),
        (["--key-file", "/"], None, "directory"),
        (["--key-file", "/dev/zero"], None, "holds no key"),
        (["--country", "nl"], "k", "a country's code"),
        (["--agreement", "a\nb"], "k", "on one line"),
    ],
)
def test_wrong_use(scripted: ScriptedGate, more: list[str], key: str | None, says: str) -> None:
    scripted.says(YES)
    found = ask(scripted.url, *more, key=key)
    assert (found.exit_code, scripted.asked) == (2, [])
    assert says in found.stderr
    assert CliRunner().invoke(gate_command, ["--agreement", AGREEMENT]).exit_code == 2
