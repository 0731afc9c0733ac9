"""The register as checks see it: every declared thing as a judged asset, and the agency as one record.

The field names are those of `expression.declared`; every text that was not declared is ''.
"""

from __future__ import annotations

from collections.abc import Mapping

from pepperbird.model.plan import EndpointPlan, JudgedAsset
from pepperbird.model.site import Agency, Asset, Repository, Store
from pepperbird.model.state import SERVERS, AssetKind, Cadence, Tier

_TEXTS = (
    "title",
    "tool",
    "path",
    "database",
    "site",
    "country",
    "classification",
    "owner",
    "media",
    "system",
    "schedule",
    "retention",
    "mount",
    "bucket",
    "vault",
    "purpose",
    "directory",
)
_LISTS = ("public", "stores", "backed_up_to", "backup_as", "administrators")


def declared_assets(agency: Agency, endpoints: Mapping[str, EndpointPlan]) -> list[JudgedAsset]:
    """The agency itself, its assets, stores and repositories. `endpoints` maps asset id to endpoint."""
    return [
        _judged(agency, agency, AssetKind.AGENCY, None),
        *(_judged(agency, a, a.kind, a.id, endpoints.get(a.id)) for a in agency.assets),
        *(_judged(agency, s, AssetKind.DATA_STORE, s.asset) for s in agency.stores),
        *(_judged(agency, r, AssetKind.BACKUP_REPOSITORY, r.on) for r in agency.repositories),
    ]


def host_of(agency: Agency, asset_id: str | None) -> str | None:
    """The server an asset stands on, itself for a server; None where the register does not say."""
    by_id = {asset.id: asset for asset in agency.assets}
    seen: set[str] = set()
    while asset_id is not None and asset_id in by_id and asset_id not in seen:
        if by_id[asset_id].kind in SERVERS:
            return asset_id
        seen.add(asset_id)
        asset_id = by_id[asset_id].on
    return None


def _object_store(agency: Agency, repository: Repository) -> str | None:
    """The object store that a repository lies in: what is seen of its buckets and vaults is seen of the repository."""
    return repository.on if kind_of(agency, repository.on) == AssetKind.S3_BUCKET else None


def kind_of(agency: Agency, asset_id: str | None) -> str:
    """The kind of an asset of the agency, '' where none of that id is declared."""
    return next((str(asset.kind) for asset in agency.assets if asset.id == asset_id), "")


def _cadence(agency: Agency, asset_id: str | None) -> Cadence:
    host = host_of(agency, asset_id)
    return next((asset.cadence for asset in agency.assets if asset.id == host), Cadence.ONLINE)


def _judged(
    agency: Agency,
    thing: Agency | Asset | Store | Repository,
    kind: AssetKind,
    stands_on: str | None,
    endpoint: EndpointPlan | None = None,
) -> JudgedAsset:
    tier: Tier = thing.tier or agency.tier
    declared: dict[str, object] = {name: getattr(thing, name, None) or "" for name in _TEXTS}
    declared |= {name: list(getattr(thing, name, ())) for name in _LISTS}
    declared["keep_days"] = getattr(thing, "keep_days", None) or 0
    declared |= {
        "id": thing.id,
        "kind": str(kind),
        "tier": str(tier),
        "registered": True,
        "via": endpoint.access.via if endpoint is not None else "",
        "country": country_of(agency, str(declared["site"])),
        "on_kind": kind_of(agency, thing.on if isinstance(thing, Asset) else stands_on),
    }
    for name in ("logs_to", "packages_to"):
        place = getattr(thing, name, None)
        declared |= {name: place.on if place else "", f"{name}_path": place.path.rstrip("/") if place else ""}
    declared |= {"host": host_of(agency, stands_on) or "", **_holdings(agency, thing)}
    drills = getattr(thing, "drills", None)
    declared |= {"drills_key": drills.key if drills else "", "drills_on": (drills.on or "") if drills else ""}
    if isinstance(thing, Agency):
        declared["title"] = thing.name
    return JudgedAsset(
        agency=agency.id,
        id=thing.id,
        kind=kind,
        tier=tier,
        cadence=_cadence(agency, stands_on),
        host=host_of(agency, stands_on) or (_object_store(agency, thing) if isinstance(thing, Repository) else None),
        endpoint=endpoint.id if endpoint is not None else None,
        registered=True,
        declared=declared,
    )


def _holdings(agency: Agency, thing: Agency | Asset | Store | Repository) -> dict[str, object]:
    """`holds`, the stores that name a repository, and `leaves_site`: that it is not declared to stand where they do."""
    if not isinstance(thing, Repository):
        return {"holds": [], "leaves_site": False}
    by_id = {asset.id: asset for asset in agency.assets}
    rows, sites = [], {thing.site or ""}
    for store in agency.stores:
        if thing.id in store.backed_up_to:
            host = host_of(agency, store.asset) or ""
            server = by_id.get(host)
            rows.append({"id": store.id, "host": host, "directory": server.directory if server else ""})
            sites.add((server.site if server else "") or "")
    return {"holds": rows, "leaves_site": "" in sites or len(sites) > 1}


def country_of(agency: Agency, site: str) -> str:
    """Country code of a place of the agency, '' where it is not declared."""
    return next((place.country for place in agency.sites if place.id == site), "")


def register_of(agency: Agency) -> dict[str, object]:
    """What checks read as `agency.*`."""
    return {
        "id": agency.id,
        "name": agency.name,
        "tier": str(agency.tier),
        "assets": [
            {
                "id": a.id, "kind": str(a.kind), "host": host_of(agency, a.id) or "",
                "path": a.path or "", "site": a.site or "", "tool": a.tool or "",
            }
            for a in agency.assets
        ],
        "stores": [
            {
                "id": s.id, "asset": s.asset, "host": host_of(agency, s.asset) or "", "path": s.path or "",
                "database": s.database, "bucket": s.bucket or "", "purpose": s.purpose,
                "classification": s.classification,
                "owner": s.owner, "tier": str(s.tier or agency.tier),
                "retention": s.retention, "backed_up_to": list(s.backed_up_to),
                **({"published": f"{s.published}T00:00:00Z"} if s.published else {}),
            }
            for s in agency.stores
        ],
        "repositories": [
            {
                "id": r.id, "tool": r.tool, "asset": r.on or "", "host": host_of(agency, r.on) or "",
                "path": r.path or "", "bucket": r.bucket or "",
                "site": r.site or "", "country": country_of(agency, r.site or ""), "media": r.media, "system": r.system,
            }
            for r in agency.repositories
        ],
        "services": [
            {
                "id": s.id, "title": s.title, "tier": str(s.tier or agency.tier), "stores": list(s.stores),
                **({"rto": s.rto} if s.rto is not None else {}), **({"rpo": s.rpo} if s.rpo is not None else {}),
            }
            for s in agency.services
        ],
        "places": [
            {
                "id": p.id, "country": p.country, "role": p.role,
                **({"lat": float(p.lat)} if p.lat is not None else {}),
                **({"lon": float(p.lon)} if p.lon is not None else {}),
            }
            for p in agency.sites
        ],
    }  # fmt: skip
