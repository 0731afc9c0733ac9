"""JSON Schemas (draft 2020-12) of every kind of file that people write, derived from the models that read them.

For editors and other people's tools. The rules between files are not in them: those are told by `content lint`.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from pepperbird.model.attestation import Attestation
from pepperbird.model.check import Check
from pepperbird.model.collector import Collector, ListFile
from pepperbird.model.declared import WaiverFile
from pepperbird.model.policy import Baseline, Policy
from pepperbird.model.site import Agency, SiteFile

MODELS: Final[dict[str, type[BaseModel]]] = {
    "agency": Agency,
    "attestation": Attestation,
    "baseline": Baseline,
    "check": Check,
    "collector": Collector,
    "list": ListFile,
    "policy": Policy,
    "site": SiteFile,
    "waiver": WaiverFile,
}
_ID_BY_PLACE: Final = frozenset({"baseline", "check", "collector", "list"})
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: str) -> dict[str, Any]:
    """The schema of one kind of file. Raises KeyError."""
    schema = MODELS[kind].model_json_schema(by_alias=True, mode="validation")
    if kind in _ID_BY_PLACE:  # the path of the file gives it
        schema["required"] = [name for name in schema["required"] if name != "id"]
    return {"$schema": _DIALECT, "$id": f"urn:pepperbird:{kind}:1", **schema}
