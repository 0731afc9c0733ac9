"""A signed package archive of security updates, served to test machines: one package in two versions, and a stand-in.

It can be published as of some days ago, as an archive that a machine last asked then.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

PACKAGES = (("pepper-tool", "1.0"), ("pepper-tool", "1.1"), ("unattended-upgrades", "99"))
"""unattended-upgrades is an empty package here: that it is installed is what the fix promises."""


class Archive:
    """Made in `folder`; inside `with` it is served on `address`. Needs dpkg-deb and gpg."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.keys = folder / "keys"
        (folder / "pool").mkdir(parents=True)
        self.stanzas = [self._package(name, version) for name, version in PACKAGES]
        self._make_key()
        self.publish(days_ago=0)
        handler = functools.partial(Quiet, directory=str(folder))
        self.server: http.server.ThreadingHTTPServer | None = None
        self._handler = handler

    def __enter__(self) -> Archive:
        self.server = http.server.ThreadingHTTPServer((self.address, 0), self._handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        subprocess.run(["gpgconf", "--homedir", str(self.keys), "--kill", "all"], check=False, capture_output=True)

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://{self.address}:{self.server.server_address[1]}"

    def setup(self) -> str:
        """Shell that makes this the only source of a machine."""
        source = f"deb [signed-by=/etc/apt/keyrings/sample.asc] {self.url} sample-security main"
        key = (self.keys / "sample.asc").read_text()
        return (
            "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*; mkdir -p /etc/apt/keyrings;"
            f"echo '{source}' > /etc/apt/sources.list.d/sample.list; echo '{key}' > /etc/apt/keyrings/sample.asc"
        )

    def publish(self, *, days_ago: int) -> None:
        """Sign the index anew, as of then."""
        then = datetime.now(UTC) - timedelta(days=days_ago)
        suite = self.folder / "dists" / "sample-security"
        index = suite / "main" / "binary-amd64"
        index.mkdir(parents=True, exist_ok=True)
        text = "\n".join(self.stanzas).encode()
        (index / "Packages").write_bytes(text)
        (suite / "Release").write_text(
            "Origin: Sample\nLabel: Sample-Security\nSuite: sample-security\nCodename: sample-security\n"
            f"Date: {format_datetime(then, usegmt=True)}\nArchitectures: amd64\nComponents: main\nSHA256:\n"
            f" {hashlib.sha256(text).hexdigest()} {len(text)} main/binary-amd64/Packages\n"
        )
        subprocess.run([*self._gpg, "--yes", "--clearsign", "-o", suite / "InRelease", suite / "Release"], check=True)
        for file in (index / "Packages", suite / "Release", suite / "InRelease"):
            os.utime(file, (then.timestamp(), then.timestamp()))

    def _package(self, name: str, version: str) -> str:
        tree = self.folder / "build" / f"{name}_{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.lr>\n"
            "Description: for tests\n"
        )
        (tree / "DEBIAN" / "control").write_text(control)
        file = self.folder / "pool" / f"{name}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, file], check=True, capture_output=True)
        data = file.read_bytes()
        return f"{control}Filename: pool/{file.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"

    @property
    def _gpg(self) -> list[str]:
        return ["gpg", "--homedir", str(self.keys), "--batch", "--quiet", "--passphrase", ""]

    def _make_key(self) -> None:
        self.keys.mkdir(mode=0o700)
        subprocess.run([*self._gpg, "--quick-gen-key", "sample@example.lr", "ed25519"], check=True, capture_output=True)
        subprocess.run([*self._gpg, "--armor", "-o", self.keys / "sample.asc", "--export"], check=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing on standard error."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it overrides
        pass
