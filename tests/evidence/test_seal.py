"""The seal on the record of signatures: PAdES, by a certificate of the test's own authority."""

import asyncio
import hashlib
import io
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto.x509 import Certificate
from click import Command
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from msgspec.structs import replace
from pypdf import PdfReader

from service.certificate.sealing import Seal, SealAway, seal_of
from service.certificate.signed import Recorder
from service.cli.seal import seal_command
from service.cli.serve import serve_command
from service.cli.worker import worker_command
from service.evidence.verifier import check
from service.files.store import Files
from service.settings import Settings
from service.worker import Worker
from tests.databases import Database
from tests.evidence.authority import TestAuthority
from tests.evidence.sealers import TestSealer
from tests.files import samples
from tests.mail.conftest import config_for
from tests.resources.conftest import Desk
from tests.resources.test_files import Opened, bundled
from tests.resources.test_terms_text import embedded, set_text
from workflows.errors import BadInput

if TYPE_CHECKING:
    from pyhanko.sign.validation.status import PdfSignatureStatus  # which takes long to import


def settings_with(given: Mapping[str, str]) -> Settings:
    return Settings.load(given, ())


@pytest.fixture(scope="module")
def sealer() -> TestSealer:
    return TestSealer()


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncIterator[TestAuthority]:
    if shutil.which("openssl") is None:
        pytest.skip("the authority answers by openssl")
    (tmp_path / "tsa").mkdir()
    async with TestAuthority(tmp_path / "tsa").serving() as own:
        yield own


def with_seal(desk: Desk, seal: Seal | None) -> None:
    desk.api.app.state.parts = replace(desk.api.app.state.parts, seal=seal)


async def both_signed(desk: Desk) -> str:
    await set_text(desk)
    made = await desk.agreement()
    path = f"agreements/{made['id']}"
    await desk.act(f"{path}/sign", {"party": "controller", "name": "Kim", "channel": "letter"})
    await desk.act(f"{path}/sign", {"party": "processor", "name": "Robin"})
    return str(path)


async def looked_at(record: bytes, *roots: bytes) -> "PdfSignatureStatus":
    """What pyHanko's own validator says of the only signature in a PDF."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    [one] = PdfFileReader(io.BytesIO(record)).embedded_signatures
    context = ValidationContext(trust_roots=[Certificate.load(der) for der in roots], allow_fetching=False)
    return await async_validate_pdf_signature(one, context, context)


def written(of: Any, name: str) -> bytes:
    out = io.BytesIO()
    of.raw_get(name).write_to_stream(out)
    return out.getvalue()


def der(certificate: Any) -> bytes:
    found: bytes = certificate.public_bytes(Encoding.DER)
    return found


async def test_the_record_is_sealed_once_and_evidence_names_what_was_sealed(
    desk: Desk, sealer: TestSealer, tmp_path: Path
) -> None:
    with_seal(desk, seal_of(settings_with(sealer.pkcs12(tmp_path))))
    path = await both_signed(desk)
    files = await bundled(desk, path.partition("/")[2])
    record = (await desk.api.get(f"{path}/signed.pdf")).content
    assert (await desk.api.get(f"{path}/signed.pdf")).content == record, "sealed once"
    [row] = [json.loads(line) for line in files["documents.jsonl"].splitlines()]
    assert (row["sha256"], files[row["file"]]) == (hashlib.sha256(record).hexdigest(), record)
    assert "OK" in check(Opened(files))
    assert embedded(record) == {
        f"{hashlib.sha256(samples.PDF).hexdigest()[:16]}.pdf": samples.PDF, "signatures.json": files[row["facts"]]
    }  # fmt: skip

    said = await looked_at(record, der(sealer.root))
    assert (said.bottom_line, said.intact, said.valid, said.trusted) == (True, True, True, True)
    assert said.coverage is not None
    assert said.coverage.name == "ENTIRE_FILE"
    assert said.timestamp_validity is None
    assert said.signing_cert.subject.native["common_name"] == "Acme Telecom"
    assert not (await looked_at(record, der(TestSealer().root))).trusted
    place = record.index(samples.PDF[:40]) if samples.PDF[:40] in record else record.index(b"/Title (") + 8
    altered = record[:place] + bytes([record[place] ^ 1]) + record[place + 1 :]
    assert not (await looked_at(altered, der(sealer.root))).intact


async def test_a_sealed_record_is_still_an_archive(desk: Desk, sealer: TestSealer, tmp_path: Path) -> None:
    """What PDF/A-3 and PDF/UA ask of a signature's field, and all that they asked of the rest."""
    path = await both_signed(desk)
    before = (await desk.api.get(f"{path}/signed.pdf")).content
    seal = seal_of(settings_with(sealer.pem(tmp_path)))
    assert seal is not None
    sealed = await seal.put_on(before, name="Seal: Acme", reason="Record of signatures")
    assert sealed.startswith(before), "what it was stands there byte for byte"
    roots: Any = [PdfReader(io.BytesIO(one)).trailer["/Root"] for one in (before, sealed)]
    old, new = roots
    for name in ("/Metadata", "/AF", "/OutputIntents", "/StructTreeRoot", "/MarkInfo", "/Names", "/Lang"):
        assert written(new, name) == written(old, name), name
    form = new["/AcroForm"]
    assert "/NeedAppearances" not in form
    [field] = [one.get_object() for one in form["/Fields"]]
    assert field["/F"] & (1 | 2 | 4 | 32) == 4, "printed, and neither hidden nor invisible"
    left, bottom, right, top = field["/Rect"]
    assert (left, bottom) == (right, top), "without a size it needs no appearance"
    assert left < 0, "and beside the page no place in the order of reading"
    assert (field["/TU"], field["/V"]["/SubFilter"]) == ("Seal: Acme", "/ETSI.CAdES.detached")


async def test_a_stamp_says_when_it_was_sealed(
    desk: Desk, sealer: TestSealer, authority: TestAuthority, tmp_path: Path
) -> None:
    (tmp_path / "tsa.pem").write_bytes(authority.certificate)
    stamps = {"TERMIJN_TIMESTAMP_URL": authority.url, "TERMIJN_TIMESTAMP_CA": str(tmp_path / "tsa.pem")}
    with_seal(desk, seal_of(settings_with({**sealer.pem(tmp_path), **stamps})))
    path = await both_signed(desk)
    record = (await desk.api.get(f"{path}/signed.pdf")).content
    said = await looked_at(record, der(sealer.root), der(load_pem_x509_certificate(authority.certificate)))
    assert said.bottom_line
    assert said.timestamp_validity is not None
    assert (said.timestamp_validity.valid, said.timestamp_validity.trusted) == (True, True)
    assert abs((said.timestamp_validity.timestamp - datetime.now(UTC)).total_seconds()) < 60
    assert authority.asked == 1


@pytest.mark.parametrize("mode", ["away", "noise", "stranger"])
async def test_without_its_stamp_nothing_is_sealed_and_it_is_tried_again(
    desk: Desk, sealer: TestSealer, authority: TestAuthority, mode: str, tmp_path: Path
) -> None:
    stamps = {"TERMIJN_TIMESTAMP_URL": authority.url}
    if mode == "stranger":
        (tmp_path / "other").mkdir()
        (tmp_path / "known.pem").write_bytes(TestAuthority(tmp_path / "other").certificate)
        stamps["TERMIJN_TIMESTAMP_CA"] = str(tmp_path / "known.pem")
    else:
        authority.mode = mode
    seal = seal_of(settings_with({**sealer.pem(tmp_path), **stamps}))
    assert seal is not None
    with_seal(desk, seal)
    path = await both_signed(desk)
    no = await desk.api.get(f"{path}/signed.pdf")
    assert (no.status_code, no.headers["retry-after"]) == (503, "60")
    assert "cannot be sealed now: the time-stamping authority gave no stamp" in no.json()["detail"]
    files = await bundled(desk, path.partition("/")[2])
    assert files["documents.jsonl"] == b"", "the bundle goes on without it"
    assert "termijn_unsealed_records 1.0" in (await desk.api.get("/metrics")).text
    world = desk.world
    assert await Recorder(world.pools.worker, world.engine, seal, Files(world.pools.worker, None)).look() == 0
    assert authority.asked >= 3, "by who wanted the record, the bundle, and the worker"
    known = seal_of(settings_with({**sealer.pem(tmp_path), "TERMIJN_TIMESTAMP_URL": authority.url}))
    assert known is not None
    authority.mode = "stamp"
    recorder = Recorder(world.pools.worker, world.engine, known, Files(world.pools.worker, None))
    assert (await recorder.look(), await recorder.look()) == (1, 0)
    record = (await desk.api.get(f"{path}/signed.pdf")).content
    assert (await looked_at(record, der(sealer.root))).valid
    assert "termijn_unsealed_records 0.0" in (await desk.api.get("/metrics")).text


async def test_a_worker_seals_what_was_signed(desk: Desk, sealer: TestSealer, tmp_path: Path) -> None:
    path = await both_signed(desk)
    world = desk.world
    seal = seal_of(settings_with(sealer.pem(tmp_path)))
    worker = Worker(world.pools.worker, world.engine, config_for(1), simulated=False, seal=seal)

    class Stops(dict[str, float]):
        def __setitem__(self, key: str, value: float) -> None:
            super().__setitem__(key, value)
            worker.stopping.set()

    worker.done = Stops()
    await worker.sealer()
    assert (set(worker.done), worker.parts) == ({"records"}, {"records"})
    record = (await desk.api.get(f"{path}/signed.pdf")).content
    assert (await looked_at(record, der(sealer.root))).bottom_line
    await Worker(world.pools.worker, world.engine, config_for(1), simulated=False).sealer()


async def test_the_command_tries_the_seal(
    sealer: TestSealer, authority: TestAuthority, tmp_path: Path, database: Database
) -> None:
    async def run(command: Command, given: Mapping[str, str]) -> tuple[int, str]:
        cut_off = {name: None for name in os.environ if name.startswith("TERMIJN_")}
        found = await asyncio.to_thread(CliRunner().invoke, command, [], env={**cut_off, **given})
        return found.exit_code, found.output

    good = sealer.pem(tmp_path)
    assert await run(seal_command, {}) == (0, "no seal is set: TERMIJN_SEAL_KEY_FILE names its key\n")
    status, said = await run(seal_command, good)
    assert (status, said.splitlines()[1]) == (0, "it seals, without a stamp")
    assert said.startswith("CN=Acme Telecom, valid until ")
    stamped = {**good, "TERMIJN_TIMESTAMP_URL": authority.url}
    assert (await run(seal_command, stamped))[1].endswith(f"it seals, stamped by {authority.url}\n")
    authority.mode = "away"
    status, said = await run(seal_command, stamped)
    assert (status, "it does not seal now: the time-stamping authority gave no stamp" in said) == (1, True)

    wrong = {**good, "TERMIJN_SEAL_PASSPHRASE": "another"}
    needed = {
        "TERMIJN_DATABASE_URL": database.api, "TERMIJN_REDIS_URL": "none", "TERMIJN_SMTP_URL": "smtp://127.0.0.1:1",
        "TERMIJN_BASE_URL": "http://termijn.test", "TERMIJN_SECRET_KEY": "s" * 32,
    }  # fmt: skip
    for command in (seal_command, serve_command, worker_command):
        status, said = await run(command, {**needed, **wrong})
        assert (status, said.count("\n")) == (2, 1)
        assert said.startswith("termijn: TERMIJN_SEAL_KEY_FILE cannot be opened")


async def test_a_key_whose_certificate_expires_seals_no_more(sealer: TestSealer, tmp_path: Path) -> None:
    old = TestSealer(sealer.key, since=40)
    seal = Seal(b"", [old.leaf], None)
    with pytest.raises(SealAway, match="was valid until"):
        await seal.put_on(b"", name="", reason="")


def test_what_is_sealed_with(tmp_path: Path, sealer: TestSealer) -> None:
    assert seal_of(settings_with({})) is None
    curve = TestSealer(ec.generate_private_key(ec.SECP384R1()))
    ways: list[Callable[[Path], dict[str, str]]] = [
        partial(sealer.pem, passphrase=""),
        sealer.pem,
        sealer.pkcs12,
        curve.pem,
    ]
    for number, made in enumerate(ways):
        (folder := tmp_path / str(number)).mkdir()
        seal = seal_of(settings_with(made(folder)))
        assert seal is not None
        assert seal.until > datetime.now(UTC)
        assert "key" not in repr(seal).lower()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("passphrase", "TERMIJN_SEAL_KEY_FILE cannot be opened"),
        ("no passphrase", "TERMIJN_SEAL_KEY_FILE cannot be opened"),
        ("noise", "TERMIJN_SEAL_KEY_FILE cannot be opened"),
        ("another's", "TERMIJN_SEAL_CERTIFICATE_FILE has no certificate of this key"),
        ("expired", "TERMIJN_SEAL_CERTIFICATE_FILE expired"),
        ("early", "TERMIJN_SEAL_CERTIFICATE_FILE is not valid yet"),
        ("cipher", "TERMIJN_SEAL_CERTIFICATE_FILE is no certificate to sign with"),
        ("kind", "TERMIJN_SEAL_KEY_FILE has a key that no PDF is sealed with"),
        ("no certificate", "TERMIJN_SEAL_CERTIFICATE_FILE is missing"),
        ("no key", "TERMIJN_SEAL_KEY_FILE is missing"),
        ("malformed", "TERMIJN_SEAL_CERTIFICATE_FILE is malformed"),
        ("nowhere", "TERMIJN_SEAL_KEY_FILE is not a file"),
    ],
)
def test_a_seal_that_cannot_be_used_says_so_in_one_line(
    tmp_path: Path, sealer: TestSealer, wrong: str, says: str
) -> None:
    made = {
        "expired": lambda: TestSealer(sealer.key, since=40),
        "early": lambda: TestSealer(sealer.key, since=-3),
        "cipher": lambda: TestSealer(sealer.key, signs=False),
        "kind": lambda: TestSealer(ed25519.Ed25519PrivateKey.generate()),
    }
    given = (made[wrong]() if wrong in made else sealer).pem(tmp_path)
    match wrong:
        case "passphrase":
            given["TERMIJN_SEAL_PASSPHRASE"] = "another"
        case "no passphrase":
            del given["TERMIJN_SEAL_PASSPHRASE"]
        case "noise":
            (tmp_path / "seal.key").write_bytes(b"\x00noise")
        case "another's":
            (tmp_path / "seal.pem").write_bytes(TestSealer().leaf.public_bytes(Encoding.PEM))
        case "no certificate":
            del given["TERMIJN_SEAL_CERTIFICATE_FILE"]
        case "no key":
            del given["TERMIJN_SEAL_KEY_FILE"]
        case "malformed":
            (tmp_path / "seal.pem").write_bytes(b"no certificate")
        case "nowhere":
            given["TERMIJN_SEAL_KEY_FILE"] = str(tmp_path / "nowhere")
    with pytest.raises(BadInput) as no:
        seal_of(settings_with(given))
    assert no.value.detail.startswith(says)
    assert "\n" not in no.value.detail
