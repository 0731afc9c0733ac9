"""A real mail server (aiosmtpd) on this computer: STARTTLS with a certificate of its own authority, log-in, faults."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "pepperbird", "right horse"


@dataclass
class Post:
    """What the server got, and the faults it is to show: `replies` are given instead of taking a mail, one by one."""

    port: int
    ca: Path
    mails: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    tried: int = 0
    logins: int = 0
    hold: threading.Event | None = None
    """Where it is given, no mail is answered before it is set."""
    at_rcpt: Callable[[str], None] = lambda _: None
    at_data: Callable[[Envelope], None] = lambda _: None
    """Called when a recipient is named, and when a mail was taken and nobody was told yet."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        self.at_rcpt(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.tried += 1
        self.sessions.append(session)
        reply = self.replies.pop(0) if self.replies else "250 2.0.0 taken"
        if reply == "cut":
            assert server.transport is not None
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 too late"
        while self.hold is not None and not self.hold.is_set():
            await asyncio.sleep(0.01)
        if reply.startswith("250"):
            self.mails.append(envelope)
            self.at_data(envelope)
        return reply


@contextmanager
def serving(folder: Path, *, tls: bool = True, login: bool = True, name: str = "localhost") -> Iterator[Post]:
    """A server on a free port of 127.0.0.1. `name` is that in its certificate; without `tls` it offers no STARTTLS."""
    folder.mkdir(parents=True, exist_ok=True)
    ca, certificate, key = _certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    post = Post(port, ca)

    def check(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        post.logins += 1
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right, handled=False)

    known: dict[str, Any] = {"authenticator": check, "auth_required": tls, "auth_require_tls": tls}
    if not login:
        known = {"auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
    if tls:
        known |= {"tls_context": context, "require_starttls": True}
    controller = Controller(post, hostname="127.0.0.1", port=port, **known)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def _certificate(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """An authority, and a certificate of it for `name`."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in ("Test authority", name)]
    made = []
    for number, (key, own) in enumerate(zip(keys, names, strict=True)):
        builder = (
            x509.CertificateBuilder()
            .subject_name(own).issuer_name(names[0]).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        )  # fmt: skip
        if number:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()))
    ca, certificate, key_file = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    ca.write_bytes(made[0].public_bytes(serialization.Encoding.PEM))
    certificate.write_bytes(made[1].public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        keys[1].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return ca, certificate, key_file
