"""Serves the app: granian workers, each an app of its own; with HTTPS for phones, whose cameras want nothing less."""

import datetime as dt
import ipaddress
import os
import shutil
import socket
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from api.config import Config

#: One worker a core of a small machine; a waiting database frees the core for the other thread of the same worker. More
#: threads only wait for each other: whoever holds a number series needs the interpreter to let it go.
WORKERS = 2
THREADS = 2
_GIVE_WAY_S = 0.0005
_YEARS = dt.timedelta(days=825)


def application() -> Flask:
    """The app of one worker, told by the environment."""
    # Only the workers need the app; the process that watches over them starts without it.
    from api.app import create_app, log_as_json

    log_as_json()
    # Whoever holds a number series or the head of a log comes back from the database many times before letting it go,
    # and everybody waits meanwhile: a thread that computes gives way after half a millisecond, not after five.
    sys.setswitchinterval(_GIVE_WAY_S)
    return create_app(Config.from_environment())


def serve(
    host: str, port: int, *, workers: int = WORKERS, certificate: tuple[Path, Path] | None = None, metrics: Path
) -> None:
    """Serve until told to stop. ``metrics`` is a folder where the workers' counters meet."""
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    Granian(
        "api.serve:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_access=False,
        ssl_cert=certificate[0] if certificate else None,
        ssl_key=certificate[1] if certificate else None,
    ).serve()


def local_address() -> str:
    """This machine's address on the local network. Nothing is sent: connecting a datagram socket only picks a route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def certificate(folder: Path, address: str) -> tuple[Path, Path, Path]:
    """A certificate for this address, made on first use and signed by an authority of our own: paths of the
    certificate, its key, and the authority's certificate, which is what a phone has to trust."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    made, key = folder / f"{address}.crt", folder / f"{address}.key"
    if not authority.exists():
        _make(authority, authority_key, "Waste tracker of this computer", None)
    if not made.exists():
        issuer = x509.load_pem_x509_certificate(authority.read_bytes())
        signer = serialization.load_pem_private_key(authority_key.read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it two lines above or earlier
        _make(made, key, address, (issuer, signer))
    return made, key, authority


def _make(
    path: Path, key_path: Path, name: str, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + _YEARS)
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), critical=True
        )
    )
    if issuer:
        names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        names.append(x509.IPAddress(ipaddress.ip_address(name)))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    signed = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    handle = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
