"""The rights that a plan needs in its object stores: for each key one policy of just these actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import EndpointPlan

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_NAMES: Final = {
    "account": "PepperbirdAccount",
    "bucket": "PepperbirdBuckets",
    "repository": "PepperbirdRepositories",
    "object": "PepperbirdObjects",
}


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
        if call is None or (call.service == "s3control" and not _REGION.fullmatch(endpoint.access.at)):
            continue
        buckets = probe.args if call.scope in ("repository", "object") else endpoint.access.buckets or ("*",)
        if call.scope == "account":
            resources = {"*"}
        else:
            resources = {f"arn:aws:s3:::{one}" + ("/*" if call.scope == "object" else "") for one in buckets}
        if probe.grants and resources:
            part = needed.setdefault(call.scope, {"actions": set(), "resources": set()})
            part["actions"] |= set(probe.grants)
            part["resources"] |= resources


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
