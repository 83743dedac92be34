"""A time-stamping authority (RFC 3161) on this machine: certificates of its own, answers by openssl."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class TestAuthority:
    """`mode` is what it does: stamp, refuse, answer another question, or say something that is no answer."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mode = "stamp"
        self.asked = 0
        self.port = 0
        self._first = b""
        self.certificate = _certificates(folder)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tsr"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["TestAuthority"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        assert "content-type: application/timestamp-query" in head
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        question = await reader.readexactly(length)
        self.asked += 1
        self._first = self._first or question
        status = "503 Unavailable" if self.mode == "away" else "200 OK"
        answer = b"no answer" if self.mode == "noise" else await self._answered(question)
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(answer)}\r\nconnection: close\r\n\r\n".encode())
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def _answered(self, question: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(self._first if self.mode == "other" else question)
        made = await asyncio.create_subprocess_exec(
            "openssl", "ts", "-reply", "-queryfile", str(self.folder / "q.tsq"), "-config",
            str(self.folder / "tsa.cnf"), "-section", "own", "-out", str(self.folder / "a.tsr"),
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await made.communicate()
        assert made.returncode == 0, said.decode()
        return (self.folder / "a.tsr").read_bytes()


def _certificates(folder: Path) -> bytes:
    """A root and a signer for time-stamping under it; the root's certificate, PEM."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("Test CA", "Test TSA")]
    since = datetime.now(UTC) - timedelta(days=1)
    made = []
    for own, (key, name) in enumerate(zip(keys, names, strict=True)):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(since + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=not own, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
        )
        if own:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(made[0])
    (folder / "tsa.pem").write_bytes(made[1])
    (folder / "tsa.key").write_bytes(keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made[0]
