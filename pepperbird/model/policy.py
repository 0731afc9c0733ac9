"""Policy: one standard's controls, their clauses and parameters, as read from `policies/<standard>.yaml`.

Clause grammar (exactly one of check, document, pending, any_of, supporting):

    - {id: IS-20.1, check: sshd.root-login, on: [linux-server]}
    - any_of: [{id: DS-03.1, check: ..., on: ...}, ...]
    - supporting: {id: DS-16.2, ...}         shown; contradicting evidence turns a pass into error, nothing else
    - {id: ..., check: ..., on: ..., when: asset.tool == "restic"}       selection by declared values only
    - {id: ..., pending: "needs the HTTP collector", on: [...]}          gives unchecked
    - {id: ..., document: {...}, on: [agency]}                           an attestation

Ids `<control>.<n>` are those of the catalogue. One catalogue clause may stand twice, for disjoint kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pepperbird.model.base import Bool, Expression, Identifier, Int, Model, Slug, Str, Text
from pepperbird.model.state import AssetKind, Enforcement, Severity, Tier

StandardId = Literal["DS", "DI", "BR", "DR", "IS"]
ControlId = Annotated[str, StringConstraints(pattern=r"^(DS|DI|BR|DR|IS)-[0-9]{2}$")]
ClauseId = Annotated[str, StringConstraints(pattern=r"^(DS|DI|BR|DR|IS)-[0-9]{2}\.[0-9]{1,2}$")]
CheckId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*$")]

MINIMUM_DAYS = 30
"""No document that is signed holds for less."""
ParameterValue = Bool | Int | Str | tuple[Int, ...] | tuple[Str, ...]


class Parameter(Model):
    """One knob of a control. Values stand in the baselines, one per tier.

    `compare` says which direction is stricter: max (smaller), min (larger), eq, set, order (`scale`, weakest first),
    enum, mode-mask. eq, set, enum and mode-mask have no direction: any change by a local overlay counts as loosening.
    """

    type: Literal["int", "bool", "string", "strings", "ints"]
    compare: Literal["max", "min", "eq", "set", "order", "enum", "mode-mask"]
    unit: Str
    doc: Str = ""
    scale: tuple[Str, ...] = ()


class Figure(Model):
    """One figure that a drill or an exercise measured.

    `at_most` and `at_least` are what it is held against: a parameter of the control, or `service.rto`, `service.rpo`,
    the objectives that the register declares. A `choice` is one of the words of the parameter in `at_least`. A figure
    may be left out where it is not `needed`, or where the row's choice is in `not_for`.
    """

    id: Identifier
    title: Text
    unit: Literal["minutes", "days", "percent", "megabytes", "people", "choice"]
    at_most: tuple[Str, ...] = ()
    at_least: tuple[Str, ...] = ()
    needed: Bool = True
    not_for: tuple[Str, ...] = ()


class Measured(Model):
    """What a document measured, in rows: one per `service` of the register, per `store`, or per `thing` of any name.

    `cover` says which services must have a row: `all`, those of the agency's `highest` tier, or `any` one of them. With
    `may_be_none` there may have been nothing to write down. `named` says what a thing is, for the form.
    """

    of: Literal["service", "store", "thing"]
    cover: Literal["all", "highest", "any"] = "any"
    may_be_none: Bool = False
    named: Str = ""
    figures: tuple[Figure, ...] = Field(min_length=1)


class Document(Model):
    """A document that an officer signs and a reviewer ticks, section by section."""

    title: Text
    sections: tuple[Text, ...] = Field(min_length=1)
    signers: tuple[Text, ...] = Field(min_length=1)
    valid_days: Int | Identifier
    """Days of validity from its date, or the name of the control's parameter that holds them."""
    measured: Measured | None = None

    def longest(self, params: Mapping[str, object]) -> int:
        """How many days it may hold: as the standard says, never under thirty; 0 where that cannot be known."""
        days = self.valid_days if isinstance(self.valid_days, int) else params.get(self.valid_days)
        return max(days, MINIMUM_DAYS) if isinstance(days, int) else 0


class Clause(Model):
    id: ClauseId | None = None
    on: tuple[AssetKind, ...] = ()
    when: Expression | None = None
    check: CheckId | None = None
    document: Document | None = None
    pending: Text | None = None
    any_of: tuple[Clause, ...] | None = None
    supporting: Clause | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [n for n in ("check", "document", "pending", "any_of", "supporting") if getattr(self, n) is not None]
        if len(forms) != 1:
            raise ValueError(f"a clause has exactly one of check, document, pending, any_of, supporting; here: {forms}")
        leaf = forms[0] in ("check", "document", "pending")
        if leaf and (self.id is None or not self.on):
            raise ValueError("a clause needs `id` and `on`")
        if not leaf and (self.id is not None or self.on or self.when is not None):
            raise ValueError(f"`id`, `on` and `when` belong to the clauses inside {forms[0]}")
        inner = self.any_of if self.any_of is not None else (self.supporting,) if self.supporting is not None else ()
        if self.any_of is not None and len(self.any_of) < 2:
            raise ValueError("any_of needs at least two clauses")
        if any(c.any_of is not None or c.supporting is not None for c in inner):
            raise ValueError("any_of and supporting do not nest")
        return self

    @property
    def leaves(self) -> tuple[Clause, ...]:
        """The clauses with a check, document or pending: itself, or those inside."""
        if self.any_of is not None:
            return self.any_of
        return (self.supporting,) if self.supporting is not None else (self,)


class Control(Model):
    """One requirement of a standard. Severity, statement and references live only here."""

    id: ControlId
    title: Text
    severity: Severity
    severity_why: Text
    applies_to: tuple[AssetKind, ...] = Field(min_length=1)
    waivable: Bool
    statement: Text
    rationale: Text
    parameters: dict[Identifier, Parameter] = Field(default_factory=dict)
    clauses: tuple[Clause, ...] = Field(min_length=1)
    remediation: tuple[Text, ...] = Field(min_length=1)
    references: dict[Identifier, tuple[Str, ...]] = Field(default_factory=dict)

    @property
    def leaves(self) -> tuple[Clause, ...]:
        return tuple(leaf for clause in self.clauses for leaf in clause.leaves)

    def objective(self, figure: Figure, params: Mapping[str, object]) -> str:
        """What a figure is held against, in words; '' where nothing is."""
        words = []
        for word, names in (("at most", figure.at_most), ("at least", figure.at_least)):
            for name in names:
                if name.startswith("service."):
                    words.append(f"{word} the {name.removeprefix('service.').upper()} of the service in the register")
                elif name in params:
                    unit = self.parameters[name].unit if name in self.parameters else ""
                    words.append(f"{word} {params[name]} {'' if unit == 'enum' else unit}".rstrip())
        return " and ".join(words)


class Policy(Model):
    id: StandardId
    title: Text
    version: Str
    status: Text
    catalogue: dict[ControlId, Int]
    """How many clauses the catalogue has per control; lint counts them by id, later clauses come on top."""
    controls: tuple[Control, ...] = Field(min_length=1)


class ControlSetting(Model):
    """What one baseline says of one control."""

    enforcement: Enforcement
    params: dict[Identifier, ParameterValue] = Field(default_factory=dict)


class Deadlines(Model):
    """Days to fix, by severity."""

    critical: Int
    high: Int
    medium: Int
    low: Int


class Freshness(Model):
    """Days that a conclusive result stays fresh, by cadence; `visited` null where visits are not allowed."""

    online: Int
    relay: Int
    visited: Int | None
    not_applicable: Int = 90


class Gate(Model):
    """What a scan must reach for exit status 0: 3 below `coverage`, 1 below `score` or with too many critical fails."""

    score: Int
    coverage: Int
    critical_fails_allowed: Int = 0


class Baseline(Model):
    """Parameter values, enforcement and deadlines of one tier, from `baselines/<id>.yaml`.

    `extends` takes everything not said here from another baseline. `only` keeps just these controls required (starter).
    An overlay is a Baseline in a site that `extends` one of the published.
    """

    id: Slug
    title: Text
    extends: Slug | None = None
    tier: Tier | None = None
    only: tuple[ControlId, ...] = ()
    expected_kinds: tuple[AssetKind, ...] | None = None
    deadlines: Deadlines | None = None
    freshness: Freshness | None = None
    gate: Gate | None = None
    controls: dict[ControlId, ControlSetting] = Field(default_factory=dict)
