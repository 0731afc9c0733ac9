"""The keys a scan signs and seals with, as the site says: read and held against the key list before all else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pepperbird.cli.opening import master_key
from pepperbird.errors import UsageError
from pepperbird.model.site import Site
from pepperbird.scan.sealing import UNSIGNED, Sealing


def read_sealing(site: Site, at: str) -> Sealing:
    """How a scan of `site` signs and seals. Raises UsageError and TrustError for a named key that may not sign."""
    master = master_key(Path(site.root) if site.root else None)
    if not site.root:
        return replace(UNSIGNED, master=master)
    root, wanted = Path(site.root), site.file.defaults.evidence_key
    if wanted is None and not (root / "keys.yaml").exists():
        return replace(UNSIGNED, master=master)
    from pepperbird.cli.passphrase import passphrase
    from pepperbird.trust.keyfile import read_key
    from pepperbird.trust.keys import Purpose
    from pepperbird.trust.keysfile import read_keys

    keys = read_keys(root)
    if wanted is None:
        return Sealing(keys=keys, master=master)
    if keys is None:
        raise UsageError("site.yaml names an evidence_key, and the site has no keys.yaml; see `pepperbird keys new`")
    path = root / Path(wanted.file).expanduser()
    key = read_key(path, passphrase(wanted.passphrase, f"the evidence key {path}", root))
    if refusal := keys.keys.find(key.key_id).refusal(Purpose.EVIDENCE, at):
        raise UsageError(f"{refusal}; nobody was contacted")
    return Sealing(key, keys, master)
