"""The host keys that a machine shows, for whoever is to vouch for them. Nothing is logged in to."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pepperbird.collect.address import parse_address
from pepperbird.collect.interface import CollectOptions, Meter, Refused, alone
from pepperbird.collect.known_hosts import fingerprint
from pepperbird.collect.ssh_open import show_key
from pepperbird.collect.vouch import ALGORITHMS
from pepperbird.model.site import Access


def fetch_host_keys(
    access: Access, timeout: float, options: CollectOptions | None = None, meters: list[Meter] | None = None
) -> list[tuple[str, str, str]]:
    """The public host keys that a machine shows: (type, base64 key, SHA256 fingerprint), one connection for each type.

    Nobody vouches for them: whoever records them must compare. Jump hosts on the way must be trusted already. Raises
    Refused where the machine cannot be asked. `meters` gains those of the connections.
    """
    options = options or CollectOptions()
    address = parse_address(access.at)
    found: list[tuple[str, str, str]] = []
    todo: Sequence[str] = tuple(ALGORITHMS)
    with alone(timeout) as lifeline:
        if meters is not None:
            lifeline.meters = meters
        while todo:
            try:
                offered, kind, key = show_key(
                    access, address, [a for k in todo for a in ALGORITHMS[k]], options, lifeline
                )
            except Refused:
                if not found:
                    raise
                break
            found.append((kind, base64.b64encode(key).decode("ascii"), fingerprint(key)))
            todo = [k for k in todo if k != kind and set(ALGORITHMS[k]) & set(offered)]
    return found
