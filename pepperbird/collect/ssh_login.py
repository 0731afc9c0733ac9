"""Logging in over SSH: which keys and passwords this computer has for a machine, tried in the order that `ssh` does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import paramiko
from paramiko.pkey import UnknownKeyType

from pepperbird.collect import words
from pepperbird.collect.address import Address
from pepperbird.collect.interface import CollectOptions, Refused
from pepperbird.collect.secret import resolve_secret
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.site import Access

_DEFAULT_KEYS: Final = ("id_ed25519", "id_ecdsa", "id_rsa")
_MOST_KEYS: Final = 6
"""As many as a server lets us try (MaxAuthTries)."""
Attempt = tuple[str, Callable[[paramiko.Transport, str], object]]

logging.getLogger("paramiko").addHandler(logging.NullHandler())


def login(
    link: paramiko.Transport, user: str, address: Address, access: Access, options: CollectOptions, *, hop: bool
) -> None:
    """Log in as `user`. Raises Refused. On a jump host (`hop`) the secret, which is the target's, is never used."""
    tried: list[str] = []
    said = ""
    for name, attempt in _attempts(access, options, hop=hop):
        tried.append(name)
        more: object = None
        try:
            more = attempt(link, user)
        except paramiko.BadAuthenticationType as error:
            said = f"it takes {', '.join(error.allowed_types)} only"
        except (paramiko.SSHException, EOFError, OSError) as error:
            said = words.shown(error)
        if link.is_authenticated():
            return
        if not link.is_active():
            break
        if isinstance(more, list) and more:
            said = f"it wants {', '.join(map(str, more))} as well"
    if not tried:
        raise Refused(_no_credential(address, "there is no key, agent or secret to log in with"))
    raise Refused(_login_refused(address, user, tried, said))


def _attempts(access: Access, options: CollectOptions, *, hop: bool) -> Iterator[Attempt]:
    secret = None if hop else access.secret
    if access.key:
        path = (options.root or Path.cwd()) / Path(access.key).expanduser()
        yield _with_key(path, secret, options)
        return
    if secret:
        password = resolve_secret(secret, options.root)
        yield "the password", lambda link, user: link.auth_password(user, password)
        return
    agent = paramiko.Agent()
    try:
        for key in agent.get_keys()[:_MOST_KEYS]:
            yield "a key of the agent", _by_key(key)
    finally:
        agent.close()
    for name in _DEFAULT_KEYS:
        path = Path("~/.ssh").expanduser() / name
        if path.exists():
            try:
                yield _with_key(path, None, options)
            except Refused:
                continue  # an encrypted default key that no agent holds: `ssh` passes over it too


def _by_key(key: paramiko.PKey) -> Callable[[paramiko.Transport, str], object]:
    return lambda link, user: link.auth_publickey(user, key)


def _with_key(path: Path, secret: str | None, options: CollectOptions) -> Attempt:
    passphrase = resolve_secret(secret, options.root) if secret else None
    try:
        certificate = path.with_name(path.name + "-cert.pub")
        stamps = tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in (path, certificate))
        return f"the key {path.name}", _by_key(_load(str(path), passphrase, stamps))
    except OSError as error:
        raise Refused(_no_key(path, f"cannot be read: {words.shown(error.strerror or error)}")) from None
    except (TypeError, paramiko.PasswordRequiredException):
        raise Refused(_no_key(path, "is encrypted, and no agent or `secret` opens it")) from None
    except (ValueError, paramiko.SSHException, UnknownKeyType) as error:
        raise Refused(_no_key(path, f"cannot be used: {type(error).__name__}")) from None


@lru_cache(maxsize=64)
def _load(path: str, passphrase: str | None, _stamps: tuple[int, ...]) -> paramiko.PKey:
    secret: Any = passphrase.encode("utf-8") if passphrase is not None else None
    return paramiko.PKey.from_path(path, secret)


def _no_key(path: Path, why: str) -> Gap:
    return Gap(
        GapReason.NO_CREDENTIAL,
        f"the key {words.shown(str(path))} {why}",
        "Name a key that this account can read with `key` at the access, or put it into an agent.",
    )


def _no_credential(address: Address, why: str) -> Gap:
    return Gap(
        GapReason.NO_CREDENTIAL,
        f"{address}: {why}",
        "Give `key` or `secret` at its access, `identity` in site.yaml, or run an ssh-agent.",
    )


def _login_refused(address: Address, user: str, tried: list[str], said: str) -> Gap:
    return Gap(
        GapReason.LOGIN_REFUSED,
        f"{address} lets {words.shown(user, 60)} not in with {words.shown(', '.join(tried))}"
        + (f"; {words.shown(said)}" if said else ""),
        f"On the machine: does the account exist, is our public key in its ~/.ssh/authorized_keys, and does the "
        f"server's log name {words.shown(user, 60)}?",
    )
