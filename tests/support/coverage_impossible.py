"""What cannot be decided on some machines, whatever the account may do there: the machine, the checks, and why.

docs/coverage.md lists them, and a scan of four real machines may have no other error where the account has its rights.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Impossible:
    machine: str
    checks: tuple[str, ...]
    why: str


DROPBEAR = Impossible(
    "its SSH server is dropbear",
    ("sshd.root-login", "sshd.empty-passwords", "sshd.password-login", "sshd.keyboard-interactive"),
    "dropbear tells nobody by which settings it runs, and most of them are set when it is built. The algorithms that "
    "it offers (IS-20.2) are seen on the connection and are judged.",
)
NO_PACKAGES = Impossible(
    "it has none of apt, dnf, yum, zypper and apk",
    (
        "packages.apt-signed", "packages.rpm-signed", "packages.security-updates", "packages.rpm-security-updates",
        "packages.index-fresh",
    ),
    "where its software comes from, and what of it waits for an update, nothing on the machine says.",
)  # fmt: skip
NO_RELEASE = Impossible(
    "it has no /etc/os-release",
    ("packages.os-supported",),
    "nothing says which release it is, so that no table of support ends can be looked into.",
)
NO_CLOCK_SERVICE = Impossible(
    "it has neither systemd nor chrony",
    ("clock.synchronised",),
    "busybox's ntpd tells nobody whether it follows a server. How far the clock is off (DI-08.3) is seen and judged.",
)
OLD_INDEX = Impossible(
    "its index of packages is older than the tier allows",
    ("packages.security-updates",),
    "what an old index does not know of cannot be ruled out. That the index is old fails on its own (IS-21.4).",
)
IMPOSSIBLE = (DROPBEAR, NO_PACKAGES, NO_RELEASE, NO_CLOCK_SERVICE, OLD_INDEX)
