"""Whether the machine that answers is the one that is meant.

Strict: a key that nobody vouched for, and one that differs from what was vouched for, end the connection before login.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pepperbird.collect import words
from pepperbird.collect.address import Address
from pepperbird.collect.interface import CollectOptions, Refused
from pepperbird.collect.known_hosts import Entry, Standing, entries_for, fingerprint, read_known_hosts, standing
from pepperbird.model.gap import Gap, GapReason

ALGORITHMS: Final = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Key type -> the signature algorithms that show such a key."""


def known_hosts_file(options: CollectOptions) -> Path:
    return options.known_hosts or Path("~/.ssh/known_hosts").expanduser()


class HostKeyRule:
    """What vouches for one host: a fingerprint of the inventory, else known_hosts."""

    def __init__(self, address: Address, pinned: str | None, options: CollectOptions) -> None:
        self._address, self._pinned, self._file = address, pinned, known_hosts_file(options)
        self._entries: list[Entry] = []
        if pinned is None:
            try:
                self._entries = entries_for(read_known_hosts(self._file), address)
            except OSError as error:
                detail = f"the file of known hosts cannot be read: {words.shown(error)}"
                raise Refused(Gap(GapReason.HOST_KEY, detail, "Make it readable for whoever scans.")) from error

    def algorithms(self) -> tuple[str, ...]:
        """Signature algorithms in the order to ask for: first those of keys that are known, as ssh does it."""
        known = {entry.kind for entry in self._entries if not entry.revoked}
        kinds = sorted(ALGORITHMS, key=lambda kind: kind not in known)
        return tuple(algorithm for kind in kinds for algorithm in ALGORITHMS[kind])

    @property
    def pinned(self) -> bool:
        return self._pinned is not None

    def accepts(self, key: bytes) -> bool:
        if self._pinned is not None:
            return fingerprint(key) == self._pinned
        return standing(self._entries, key) is Standing.KNOWN

    def require(self, kind: str, key: bytes) -> None:
        """Raises Refused with what to do, where nobody vouches for the key."""
        if self.accepts(key):
            return
        shown = f"{self._address} shows the {words.shown(kind, 40)} key {fingerprint(key)}"
        if self._pinned is not None:
            raise Refused(_changed(f"{shown}; the inventory has {words.shown(self._pinned)}"))
        state = standing(self._entries, key)
        if state is Standing.REVOKED:
            raise Refused(
                Gap(
                    GapReason.HOST_KEY,
                    f"{shown}, which {self._file.name} marks as revoked",
                    "Do not log in. Give the machine new host keys, and record them with `pepperbird inventory trust`.",
                )
            )
        if state is Standing.CHANGED:
            had = ", ".join(f"{e.kind} {fingerprint(e.key)}" for e in self._entries[:4] if not e.revoked)
            raise Refused(_changed(f"{shown}; known is {words.shown(had, 400)}"))
        raise Refused(
            Gap(
                GapReason.HOST_KEY,
                f"{shown}; nobody has vouched for it yet",
                "Compare it with the machine itself (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there), "
                "then record it with `pepperbird inventory trust`.",
            )
        )


def _changed(detail: str) -> Gap:
    return Gap(
        GapReason.HOST_KEY,
        detail,
        "The machine was set up anew, or another one answers in its place. Ask its administrator for the fingerprint "
        "by telephone; only if it is this one, record it with `pepperbird inventory trust`.",
    )
