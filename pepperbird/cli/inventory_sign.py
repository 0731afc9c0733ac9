"""`pepperbird inventory sign | review | decommission`: the register as the agency's officer answers for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pepperbird.cli.agency import SITE
from pepperbird.cli.common import site_directory, write_atomically
from pepperbird.cli.signing import Signing, key_options, open_key, open_store
from pepperbird.errors import UsageError
from pepperbird.inventory.raw import as_date
from pepperbird.inventory.read import read_site
from pepperbird.inventory.signed import signature_path
from pepperbird.model.site import Agency, Site
from pepperbird.model.state import AssetKind
from pepperbird.model.text import clean
from pepperbird.scan.clock import now
from pepperbird.trust.envelope import seal
from pepperbird.trust.keys import Purpose
from pepperbird.trust.statement import Kind

_JUDGED = ("asset", "store", "repository")


@click.command()
@click.argument("agency")
@key_options()
@SITE
def sign(agency: str, key: str, passphrase: str | None, site: Path | None) -> None:
    """Sign the register of AGENCY with its officer's key, and show what changed since it was signed before.

    Writes agencies/AGENCY.signed.json; comments and the order of entries are no part of what is signed.
    """
    from pepperbird.scan.declared_registers import REGISTER, decommissions, newest_of
    from pepperbird.scan.holding import check
    from pepperbird.store.signed import About
    from pepperbird.trust.register import changes, form_of, register_statement

    folder, at = site_directory(site), now()
    whole = read_site(folder)
    declared = _agency(whole, agency)
    signing = _officer(folder, key, passphrase, agency, at)
    envelope = seal(register_statement(declared, at), signing.key)
    with open_store(folder, at) as store:
        records, ring = store.signed.all(), store.ledger.ring()
        before = newest_of(records, ring, agency)
        check(REGISTER, envelope, agency, records, ring, at)
        write_atomically(signature_path(folder, agency), envelope.to_bytes())
        store.signed.add(envelope, About(Kind.INVENTORY, agency, f"agencies/{agency}"), at)
        recorded = {one.asset for one in decommissions(whole, records, ring) if one.agency == agency}
    click.echo(f"Signed the register of {agency} as {signing.entry.holder}: {signature_path(folder, agency)}")
    if before:
        from pepperbird.report.signed import change_words

        click.echo(f"Since {before[-1].said.at}:")
        for change in changes(before[-1].said.form, form_of(declared)):
            kept = change.how == "removed" and change.what in _JUDGED and change.id not in recorded
            more = ", without a record: it stays in the score, unchecked (`inventory decommission`)" if kept else ""
            click.echo(clean(f"  {change_words(change)}{more}", 400))


@click.command()
@click.argument("agency")
@click.argument("kinds", nargs=-1, required=True, metavar="KIND...", type=click.Choice([str(one) for one in AssetKind]))
@key_options()
@SITE
def review(agency: str, kinds: tuple[str, ...], key: str, passphrase: str | None, site: Path | None) -> None:
    """Confirm, as somebody other than the officer, that AGENCY has nothing of each KIND that it declares absent.

    Needs a key that may sign `review`. A declaration counts for 90 days from here, and never once the thing is found.
    """
    from pepperbird.scan.declared_registers import newest_of
    from pepperbird.store.signed import About
    from pepperbird.trust.persons import same_person
    from pepperbird.trust.register import ReviewedAbsence

    folder, at = site_directory(site), now()
    declared = _agency(read_site(folder), agency)
    signing = open_key(folder, key, passphrase, Purpose.REVIEW, agency, at)
    with open_store(folder, at) as store:
        ring = store.ledger.ring()
        held = newest_of(store.signed.all(), ring, agency)
        if not held or ring.newest is None:
            raise UsageError(
                f"the register of {agency} is not signed; `pepperbird inventory sign {agency}` comes first"
            )
        officer = ring.newest.keys.find(held[-1].key).holder
        if held[-1].key == signing.key.key_id or same_person(officer, signing.entry.holder):
            raise UsageError(f"{officer} signed the register; somebody else reviews it")
        for kind in dict.fromkeys(kinds):
            rows = [one for one in declared.absences if one.kind == kind]
            if not rows:
                raise UsageError(f"agencies/{agency}.yaml declares no absence of {kind}")
            row = rows[-1].model_dump(mode="json", by_alias=True, exclude_defaults=True)
            if row not in held[-1].said.form.get("absences", ()):
                raise UsageError(f"the absence of {kind} was changed since the register was signed; sign it first")
            said = ReviewedAbsence(agency=agency, kind=AssetKind(kind), declared=row, by=signing.entry.holder, at=at)
            about = About(Kind.ABSENCE, agency, f"{agency}#{kind}")
            store.signed.add(seal(said.statement(), signing.key), about, at)
            click.echo(f"Reviewed: {agency} has no {kind}.")


@click.command()
@click.argument("asset")
@click.option("--agency", required=True, metavar="ID", help="The agency whose asset it was.")
@click.option("--reason", required=True, help="Why it is taken out of service.")
@click.option("--on", "day", required=True, metavar="YYYY-MM-DD", help="Its last day in service.")
@click.option("--sanitisation", required=True, help="Where it is written how its data was destroyed (DS-16).")
@key_options()
@SITE
def decommission(asset: str, agency: str, site: Path | None, **call: Any) -> None:
    """Record that ASSET was taken out of service, so that it may leave the register.

    Its results stand for thirty days more. An asset that leaves without a record stays, unchecked.
    """
    from pepperbird.store.signed import About
    from pepperbird.trust.register import Decommissioned

    folder, at, day = site_directory(site), now(), call["day"]
    if as_date(day) is None:
        raise UsageError(f"--on: no day {day!r}; write YYYY-MM-DD")
    declared = _agency(read_site(folder), agency)
    signing = _officer(folder, call["key"], call["passphrase"], agency, at)
    with open_store(folder, at) as store:
        kinds = _kinds(declared, asset) or {AssetKind(e.kind) for e in store.standing(agency)[1] if e.asset == asset}
        if len(kinds) != 1:
            raise UsageError(f"{agency} has no asset {clean(asset, 80)!r}, and none was judged before")
        (kind,) = kinds
        said = Decommissioned(
            agency=agency, asset=asset, kind=kind, on=day, reason=call["reason"], sanitisation=call["sanitisation"],
            by=signing.entry.holder, at=at,
        )  # fmt: skip
        about = About(Kind.DECOMMISSION, agency, f"{agency}/{asset}")
        store.signed.add(seal(said.statement(), signing.key), about, at)
    rest = "" if not _kinds(declared, asset) else f" Take it out of agencies/{agency}.yaml after that day, and sign."
    click.echo(f"Recorded: {asset} ({kind}) was taken out of service on {day}.{rest}")


def _agency(site: Site, name: str) -> Agency:
    try:
        return site.agency(name)
    except KeyError:
        raise UsageError(f"no agency {clean(name, 80)!r} in the site") from None


def _officer(folder: Path, key: str, reference: str | None, agency: str, at: str) -> Signing:
    """The open key of the agency's own officer. Raises UsageError for a key that is not of that agency alone."""
    signing = open_key(folder, key, reference, Purpose.INVENTORY, agency, at)
    if signing.entry.agency != agency:
        raise UsageError(
            f"the key {signing.entry.name} is not one of {agency} alone; its officer's key is made with "
            f"`pepperbird keys new NAME --may inventory --agency {agency}`"
        )
    return signing


def _kinds(agency: Agency, asset: str) -> set[AssetKind]:
    found = {one.kind for one in agency.assets if one.id == asset}
    found |= {AssetKind.DATA_STORE for one in agency.stores if one.id == asset}
    return found | {AssetKind.BACKUP_REPOSITORY for one in agency.repositories if one.id == asset}
