"""`keys.yaml` of a site: the signed key list as people read it. A change by hand breaks the signature, and is told."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import StringConstraints

from pepperbird.errors import SiteError, TrustError
from pepperbird.located.document import parse_bytes
from pepperbird.located.validate import validate
from pepperbird.model.base import Model, Str
from pepperbird.trust.envelope import Envelope, Signature
from pepperbird.trust.keylist import KeyId, KeyList, SignedKeys, verified

NAME = "keys.yaml"
MAX_BYTES = 4 * 1024 * 1024
_HEAD = """\
# Who may sign what, signed by the root key. `pepperbird keys` writes this file; a change by hand breaks the signature.
"""


class ListSignature(Model):
    keyid: KeyId
    sig: Annotated[Str, StringConstraints(pattern=r"^[A-Za-z0-9+/=]+$")]


class KeysFile(KeyList):
    signatures: tuple[ListSignature, ...]


def read_keys(root: Path, *, trusted: str | None = None) -> SignedKeys | None:
    """The verified key list of the site at `root`, None where it has none.

    Raises SiteError for a file that cannot be read and TrustError for one that does not verify (by the root key
    `trusted`, where it is given).
    """
    path = root / NAME
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
    except OSError as error:
        raise SiteError(f"{path}: cannot be read: {error.strerror}") from error
    document = parse_bytes(raw, str(path))
    if document.issues:
        raise SiteError(document.issues)
    found, issues = validate(document, KeysFile)
    if found is None or issues:
        raise SiteError(issues)
    try:
        return verified(_envelope(found), trusted)
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error


def keys_text(signed: SignedKeys) -> bytes:
    """The file of a signed key list."""
    value = signed.keys.model_dump(mode="json", by_alias=True, exclude_none=True)
    value["signatures"] = [
        {"keyid": one.key_id, "sig": base64.b64encode(one.value).decode()} for one in signed.envelope.signatures
    ]
    return (_HEAD + yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=200)).encode()


def _envelope(found: KeysFile) -> Envelope:
    keys = KeyList.model_validate(found.model_dump(mode="json", by_alias=True, exclude={"signatures"}))
    try:
        signatures = tuple(Signature(one.keyid, base64.b64decode(one.sig, validate=True)) for one in found.signatures)
    except binascii.Error as error:
        raise TrustError("a signature of the key list is not base64") from error
    return Envelope(keys.statement().payload(), signatures)
