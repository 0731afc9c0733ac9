"""The rights that a plan needs in its object stores: for each key one policy of just these actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.collector import VAULTS, Call
from pepperbird.model.plan import EndpointPlan, ProbeCall

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_NAMES: Final = {
    "account": "PepperbirdAccount",
    "bucket": "PepperbirdBuckets",
    "repository": "PepperbirdRepositories",
    "object": "PepperbirdObjects",
    "key": "PepperbirdKeys",
    "vault": "PepperbirdVaults",
}
_ONLY_AWS: Final = frozenset({"s3control", "kms", "backup"})


def policies(catalog: Catalog, endpoints: Iterable[EndpointPlan]) -> str:
    """The policies as JSON; of several keys each under a line that names it."""
    found: dict[str, dict[str, dict[str, set[str]]]] = {}
    for endpoint in endpoints:
        if endpoint.family == "s3":
            key = f"# {endpoint.access.user or 'the key'} at {endpoint.access.at}"
            _add(found.setdefault(key, {}), catalog, endpoint)
    texts = [json.dumps(_policy(needed), indent=2) + "\n" for needed in found.values()]
    if len(texts) == 1:
        return texts[0]
    return "\n".join(f"{key}\n{text}" for key, text in zip(found, texts, strict=True))


def _add(needed: dict[str, dict[str, set[str]]], catalog: Catalog, endpoint: EndpointPlan) -> None:
    for probe in endpoint.probes:
        namespace, _, name = probe.id.partition(".")
        call = catalog.collectors[namespace].probes[name].call
        aws = bool(_REGION.fullmatch(endpoint.access.at))
        if call is None or (call.service in _ONLY_AWS and not aws) or (call.not_aws and aws):
            continue
        if VAULTS in catalog.collectors[namespace].probes[name].args and not probe.args:
            continue  # no vault is declared, so that nothing of AWS Backup is asked
        scope, resources = _resources(call, probe, endpoint)
        if probe.grants and resources:
            part = needed.setdefault(scope, {"actions": set(), "resources": set()})
            part["actions"] |= set(probe.grants)
            part["resources"] |= resources


def _resources(call: Call, probe: ProbeCall, endpoint: EndpointPlan) -> tuple[str, set[str]]:
    """The part of the policy that an action stands in, and what it is allowed on."""
    access = endpoint.access
    where = f"{access.region or access.at}:{access.account or '*'}"
    if call.scope == "account":
        return "account", {"*"}
    if call.service == "kms":
        return "key", {f"arn:aws:kms:{where}:key/*"}
    if call.scope == "vault":
        return "vault", {f"arn:aws:backup:{where}:backup-vault:{vault}" for vault in probe.args[1::2]}
    buckets = probe.args if call.scope in ("repository", "object") else access.buckets or ("*",)
    return call.scope, {f"arn:aws:s3:::{one}" + ("/*" if call.scope == "object" else "") for one in buckets}


def _policy(needed: dict[str, dict[str, set[str]]]) -> dict[str, object]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid, "Effect": "Allow", "Action": sorted(needed[scope]["actions"]),
                "Resource": sorted(needed[scope]["resources"]),
            }
            for scope, sid in _NAMES.items()
            if scope in needed
        ],
    }  # fmt: skip
