"""Keys and certificates that seal, made for a test by an authority of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PASSPHRASE = "word of a seal"


class TestSealer:
    """An authority, and a key with a certificate by it that is valid from `since` days ago for `days`."""

    __test__ = False

    def __init__(self, key: Key | None = None, *, since: int = 1, days: int = 30, signs: bool = True) -> None:
        self.own = ec.generate_private_key(ec.SECP256R1())
        self.key = key or rsa.generate_private_key(65537, 2048)
        self.root = self._certificate("Test CA", self.own, ca=True)
        self.leaf = self._certificate("Acme Telecom", self.key, since=since, days=days, signs=signs)

    def _certificate(
        self, name: str, key: Key, *, ca: bool = False, since: int = 1, days: int = 30, signs: bool = True
    ) -> x509.Certificate:
        begins = datetime.now(UTC) - timedelta(days=since)
        usage = x509.KeyUsage(
            digital_signature=signs and not ca, content_commitment=signs and not ca, key_encipherment=not signs,
            data_encipherment=False, key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named("Test CA"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.own.public_key()), critical=False)
        )
        return builder.sign(self.own, hashes.SHA256())

    def pem(self, folder: Path, passphrase: str = PASSPHRASE) -> dict[str, str]:
        """The settings that name it as PEM, in files of this folder."""
        closed = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        (folder / "seal.key").write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed))
        chain = b"".join(one.public_bytes(Encoding.PEM) for one in (self.leaf, self.root))
        (folder / "seal.pem").write_bytes(chain)
        return {
            "TERMIJN_SEAL_KEY_FILE": str(folder / "seal.key"),
            "TERMIJN_SEAL_CERTIFICATE_FILE": str(folder / "seal.pem"),
            **({"TERMIJN_SEAL_PASSPHRASE": passphrase} if passphrase else {}),
        }

    def pkcs12(self, folder: Path) -> dict[str, str]:
        """The settings that name it as one file."""
        closed = BestAvailableEncryption(PASSPHRASE.encode())
        store = serialize_key_and_certificates(b"seal", self.key, self.leaf, [self.root], closed)
        (folder / "seal.p12").write_bytes(store)
        (folder / "word").write_text(PASSPHRASE + "\n")
        return {
            "TERMIJN_SEAL_KEY_FILE": str(folder / "seal.p12"),
            "TERMIJN_SEAL_PASSPHRASE_FILE": str(folder / "word"),
        }


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
