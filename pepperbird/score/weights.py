"""The weights of the scoring model (scoring, sections 1 and 2). Nothing else decides how much something counts."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pepperbird.model.state import Severity, Tier

SEVERITY: Final = MappingProxyType({Severity.CRITICAL: 10, Severity.HIGH: 6, Severity.MEDIUM: 3, Severity.LOW: 1})
"""w: weight of a control inside its standard."""

TIER: Final = MappingProxyType({Tier.FOUNDATION: 1, Tier.STANDARD: 2, Tier.CRITICAL: 4})
"""v: weight of an asset inside a control, and of an agency inside the nation."""

STANDARD: Final = MappingProxyType({"BR": 25, "DS": 20, "DI": 20, "IS": 20, "DR": 15})
"""Weight of a standard inside the agency's score."""
