"""Where we could have looked ourselves: some clause of the control for that kind is more than a signed document.

A clause that is still pending counts as one we could look at: unbuilt work must not make the gate easier.
"""

from __future__ import annotations

from pepperbird.model.catalog import Catalog


def observable(catalog: Catalog, control_id: str, kind: str) -> bool:
    """True where a collector can see (part of) the control on that kind of asset, today or later."""
    control = catalog.controls.get(control_id)
    return control is not None and any(leaf.document is None and kind in leaf.on for leaf in control.leaves)
