"""An agency's register as its officer signs it: what is declared, in one form, whatever the file's comments and order.

Left out is what says nothing more than the default, so that a newer version's new fields change no old signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from pepperbird.errors import TrustError
from pepperbird.model.base import Model, Slug, Str, Text
from pepperbird.model.declared import RegisterChange
from pepperbird.model.site import Agency
from pepperbird.model.state import AssetKind
from pepperbird.trust.canonical import canonical, sha256
from pepperbird.trust.days import CalendarDay, RealMoment
from pepperbird.trust.statement import Kind, Statement, Subject, said_in

SECTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "assets": ("asset", ("id",)),
    "stores": ("store", ("id",)),
    "repositories": ("repository", ("id",)),
    "services": ("service", ("id",)),
    "sites": ("site", ("id",)),
    "absences": ("absence", ("kind",)),
    "authorisations": ("authorisation", ("probe", "document_sha256")),
    "contacts": ("contact", ("name", "role")),
}
"""The lists of a register: how one of each is called, and what names it."""


@dataclass(frozen=True)
class SignedRegister:
    """What an officer signed: the register in its one form, and when."""

    agency: str
    at: str
    form: Mapping[str, Any]
    digest: str


class Decommissioned(Model):
    """That an asset was taken out of service: said by the agency's officer."""

    agency: Slug
    asset: Slug
    kind: AssetKind
    on: CalendarDay
    reason: Text
    sanitisation: Text
    by: Text
    at: RealMoment

    def statement(self) -> Statement:
        value = self.model_dump(mode="json")
        name = f"{self.agency}/{self.asset}"
        return Statement(Kind.DECOMMISSION, (Subject(name, sha256(canonical(value))),), value)


class ReviewedAbsence(Model):
    """That somebody other than the officer went through a declaration of absence; `declared` is it as it was signed."""

    agency: Slug
    kind: AssetKind
    declared: dict[Str, Str]
    by: Text
    at: RealMoment

    def statement(self) -> Statement:
        value = self.model_dump(mode="json")
        return Statement(Kind.ABSENCE, (Subject(f"{self.agency}#{self.kind}", sha256(canonical(value))),), value)


def form_of(agency: Agency) -> dict[str, Any]:
    """The one form of what is declared: things by their names, whatever their order; fractions as text."""
    form: dict[str, Any] = _whole(agency.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    for section, (_, names) in SECTIONS.items():
        if section in form:
            form[section] = sorted(form[section], key=lambda row: (_named(row, names), canonical(row)))
    return form


class _Register(Model):
    """What is signed: the register in its one form."""

    agency: Slug
    at: RealMoment
    register_: dict[Str, Any] = Field(alias="register")

    def statement(self) -> Statement:
        value = {"agency": self.agency, "at": self.at, "register": self.register_}
        return Statement(
            Kind.INVENTORY, (Subject(f"agencies/{self.agency}", sha256(canonical(self.register_))),), value
        )


def register_statement(agency: Agency, at: str) -> Statement:
    return _Register.model_validate({"agency": agency.id, "at": at, "register": form_of(agency)}).statement()


def register_of(statement: Statement) -> SignedRegister:
    """Raises TrustError where the statement is no signed register, or says in two places two things."""
    said = said_in(_Register, statement)
    digest = sha256(canonical(said.register_))
    if said.register_.get("id") != said.agency:
        raise TrustError("the signed register is that of another agency")
    for section in SECTIONS:
        rows = said.register_.get(section, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TrustError(f"the signed register has other {section} than lists of entries")
    return SignedRegister(said.agency, said.at, said.register_, digest)


def decommissioned_of(statement: Statement) -> Decommissioned:
    """Raises TrustError where the statement is no decommission."""
    found: Decommissioned = said_in(Decommissioned, statement)
    return found


def absence_of(statement: Statement) -> ReviewedAbsence:
    """Raises TrustError where the statement is no reviewed declaration of absence."""
    found: ReviewedAbsence = said_in(ReviewedAbsence, statement)
    return found


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[RegisterChange, ...]:
    """What differs between two registers in their one form."""
    return tuple(_changes(before, after))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[RegisterChange]:
    single = sorted({name for name in before.keys() | after.keys() if name not in SECTIONS})
    differing = tuple(name for name in single if before.get(name) != after.get(name))
    if differing:
        yield RegisterChange(what="agency", id=str(after.get("id", "")), how="changed", fields=differing)
    for section, (what, names) in SECTIONS.items():
        was, now = (_rows(form.get(section), names) for form in (before, after))
        for name in sorted(was.keys() | now.keys()):
            if name not in now:
                yield RegisterChange(what=what, id=name, how="removed")
            elif name not in was:
                yield RegisterChange(what=what, id=name, how="added")
            elif was[name] != now[name]:
                yield RegisterChange(what=what, id=name, how="changed", fields=_fields(was[name], now[name]))


def _rows(rows: Any, names: tuple[str, ...]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows or ():
        found.setdefault(_named(row, names), []).append(row)
    return found


def _fields(was: list[Any], now: list[Any]) -> tuple[str, ...]:
    if len(was) != 1 or len(now) != 1:
        return ()
    return tuple(name for name in sorted(was[0].keys() | now[0].keys()) if was[0].get(name) != now[0].get(name))


def _named(row: Any, names: tuple[str, ...]) -> str:
    return " ".join(str(row.get(name, "")) for name in names)


def _whole(value: Any) -> Any:
    """Numbers with fractions as text, which is what can be signed."""
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return repr(value) if isinstance(value, float) else value
