"""The key a scan signs with, as the site says: read, opened, and held against the key list before anybody is asked."""

from __future__ import annotations

from pathlib import Path

from pepperbird.errors import UsageError
from pepperbird.model.site import Site
from pepperbird.scan.sealing import UNSIGNED, Sealing


def read_sealing(site: Site, at: str) -> Sealing:
    """How a scan of `site` signs. Raises UsageError and TrustError where the site names a key that may not sign."""
    if not site.root:
        return UNSIGNED
    root, wanted = Path(site.root), site.file.defaults.evidence_key
    if wanted is None and not (root / "keys.yaml").exists():
        return UNSIGNED
    from pepperbird.cli.passphrase import passphrase
    from pepperbird.trust.keyfile import read_key
    from pepperbird.trust.keys import Purpose
    from pepperbird.trust.keysfile import read_keys

    keys = read_keys(root)
    if wanted is None:
        return Sealing(keys=keys)
    if keys is None:
        raise UsageError("site.yaml names an evidence_key, and the site has no keys.yaml; see `pepperbird keys new`")
    path = root / Path(wanted.file).expanduser()
    key = read_key(path, passphrase(wanted.passphrase, f"the evidence key {path}", root))
    if refusal := keys.keys.find(key.key_id).refusal(Purpose.EVIDENCE, at):
        raise UsageError(f"{refusal}; nobody was contacted")
    return Sealing(key, keys)
