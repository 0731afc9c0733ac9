"""Which assets of an agency a selection means: those it names, of the kinds and in the zones that it names."""

from __future__ import annotations

from pepperbird.model.plan import JudgedAsset, Selection
from pepperbird.model.site import Agency
from pepperbird.plan.register import declared_assets


def chosen_assets(agency: Agency, selection: Selection) -> frozenset[str] | None:
    """The ids of the assets, stores and repositories that are meant; None where all are.

    What has no way in of its own, as a data store, is in the zones of the server that it stands on.
    """
    if not selection.narrowed:
        return None
    zones = {asset.id: {way.zone for way in asset.access} - {None} for asset in agency.assets}

    def meant(asset: JudgedAsset) -> bool:
        near = zones.get(asset.id) or zones.get(asset.host or "", set())
        return (
            (not selection.assets or asset.id in selection.assets)
            and (not selection.kinds or asset.kind in selection.kinds)
            and (not selection.zones or bool(near & set(selection.zones)))
        )

    return frozenset(asset.id for asset in declared_assets(agency, {}) if meant(asset))
