"""Check: one question asked of facts, from `checks/<area>/<name>.yaml`; its id is its path, `area.name`.

A check reads facts (`<namespace>.<field>`), facts of the machine it stands on (`host.<namespace>.<field>`), declared
values (`asset.*`, `agency.*`), its control's parameters (`params.*`), dated lists (`lists.*`) and the remembered past
(`history.*`). It never sees a Gap: a Gap anywhere in what it reads decides the state before it is evaluated.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pepperbird.model.base import Bool, Expression, Identifier, Model, Str, Text
from pepperbird.model.policy import CheckId, ParameterValue
from pepperbird.model.state import State

Effort = Literal["minutes", "hours", "days", "weeks"]
Cost = Literal["none", "small", "budget"]
Owner = Literal["admin", "host", "management", "registrar"]
Risk = Literal["none", "reload", "restart", "data"]
Template = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
"""Prose with typed CEL expressions in braces, `{sshd.permit_root_login}`; `{{` and `}}` are literal braces."""


class FixVariant(Model):
    """The same fix for another kind of system (el7, dsm, alpine ...): what differs, in the fields of Fix."""

    text: Text | None = None
    warning: Text | None = None
    shell: Text | None = None
    verify: Text | None = None
    shows: Text | None = None
    undo: Text | None = None
    undo_shell: Text | None = None


class Fix(Model):
    """What to do about a fail, for an administrator who has no other manual.

    `shell`, `verify` and `undo_shell` work when pasted as root (of `language: powershell` into a PowerShell that was
    opened by "Run as administrator") and never contain an observed value as text; the rest
    is prose. `warning` says before the commands what may be lost and the safe way, `shows` what `verify` prints when
    it worked, `undo` how to go back or why there is nothing to undo.
    """

    text: Text
    language: Literal["sh", "powershell"] = "sh"
    warning: Text | None = None
    shell: Text | None = None
    verify: Text | None = None
    shows: Text | None = None
    undo: Text | None = None
    undo_shell: Text | None = None
    effort: Effort
    cost: Cost
    owner: Owner
    risk: Risk
    variants: dict[Identifier, FixVariant] = Field(default_factory=dict)


class ForEach(Model):
    """One finding per row. `source` (YAML: `in`) is a path to rows; `subject` names the row for people.

    `on_empty` is the state when no row is left after `where`, and `empty` what is said then; pass and not_applicable
    need rows that are `complete`.
    """

    name: Identifier = Field(alias="as")
    source: Str = Field(alias="in")
    where: Expression | None = None
    subject: Expression
    on_empty: Literal[State.PASS, State.FAIL, State.ERROR, State.NOT_APPLICABLE]
    empty: Text | None = None


class Quota(Model):
    """The clause passes when at least this share (percent), or this number, of the rows passes; both over params.

    With `no_fail` the share is of rows that could be read: one row that fails is a fail, whatever the others are.
    """

    min_pass_percent: Expression | None = None
    min_pass: Expression | None = None
    no_fail: Bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.min_pass_percent is None) == (self.min_pass is None):
            raise ValueError("a quota has either `min_pass_percent` or `min_pass`")
        return self

    @property
    def field(self) -> str:
        """The name of the one that is given."""
        return "min_pass" if self.min_pass_percent is None else "min_pass_percent"

    @property
    def wanted(self) -> str:
        """The expression of the one that is given."""
        return self.min_pass_percent or self.min_pass or ""


class Sight(Model):
    """Evidence that the probe could have seen the bad state. False makes the result an error that says `message`.

    For what facts say about themselves: a package index too old to show what is pending, a release that no table knows.
    """

    expect: Expression
    message: Template


class Example(Model):
    """Facts and the state they must give. `given` holds only what the check reads; a Gap is written {$gap: reason}."""

    name: Text
    at: Str = "2026-11-23T12:00:00Z"
    params: dict[Identifier, ParameterValue] = Field(default_factory=dict)
    given: dict[Identifier, Any]
    then: State | dict[Str, State]
    message: Str | None = None


class Check(Model):
    id: CheckId
    title: Text
    why: Text
    for_each: ForEach | None = None
    quota: Quota | None = None
    applies: Expression | None = None
    """Evidence of applicability: false makes the result not_applicable (positive and fresh), never a declared value."""
    sees: Sight | None = None
    """Judged after `applies` and before `expect`: once per row of a `for_each`, and once where no row is left."""
    expect: Expression
    message: Template
    expected: Template
    fix: Fix
    examples: tuple[Example, ...] = Field(min_length=3)
