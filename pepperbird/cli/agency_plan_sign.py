"""`pepperbird agency plan ID --sign`: the agreed plan as the programme office answers for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pepperbird.cli.common import STORE, state_directory, write_atomically
from pepperbird.cli.opening import open_store as opened
from pepperbird.cli.signing import open_key, open_store
from pepperbird.errors import UsageError

if TYPE_CHECKING:
    from pepperbird.model.agreed import PlanStanding
    from pepperbird.model.site import Site
    from pepperbird.store.runs import Store
    from pepperbird.trust.keyring import KeyRing

_WHO = ". A plan is signed by the programme office, with a key made by `pepperbird keys new NAME --may waiver`"


def sign_plan(root: Path, site: Site, agency: str, key: str, reference: str | None, at: str) -> None:
    """Sign the plan of `agency` as it stands in the site, record that, and show what changed since the last signature.

    Raises UsageError where there is nothing to sign, or the key may not.
    """
    from pepperbird.inventory.signed import signature_path
    from pepperbird.report.signed import plan_change_words
    from pepperbird.scan.declared_plans import PLAN
    from pepperbird.scan.holding import check, newest
    from pepperbird.score.plan_changes import plan_changes
    from pepperbird.store.signed import About
    from pepperbird.trust.agreed import plan_statement
    from pepperbird.trust.envelope import seal
    from pepperbird.trust.keys import Purpose
    from pepperbird.trust.statement import Kind

    plan = site.plan_of(agency)
    if plan is None:
        raise UsageError(
            f"nothing is in the plan of {agency} yet; `pepperbird agency plan {agency} --first` begins one"
        )
    signing = open_key(root, key, reference, Purpose.WAIVER, agency, at, who=_WHO)
    envelope = seal(plan_statement(plan, at), signing.key)
    with open_store(root, at) as store:
        records, ring = store.signed.all(), store.ledger.ring()
        before = newest(PLAN, records, ring, agency)
        check(PLAN, envelope, agency, records, ring, at)
        path = signature_path(root, agency, PLAN.folder)
        write_atomically(path, envelope.to_bytes())
        store.signed.add(envelope, About(Kind.PLAN, agency, f"{PLAN.folder}/{agency}"), at)
    click.echo(f"Signed the plan of {agency} as {signing.entry.holder}: {path}")
    if before:
        click.echo(f"Since {before[-1].said.at}:")
        for change in plan_changes(before[-1].said.plan, plan):
            click.echo(f"  {plan_change_words(change)}")


def plan_signed(root: Path, site: Site, agency: str, at: str) -> tuple[PlanStanding, bool]:
    """How far the plan of `agency`, as it is in `site`, is signed. Writes nothing.

    With it, whether a signature that counts lies in the site and is not recorded yet.
    """
    from pepperbird.model.agreed import PlanStanding
    from pepperbird.scan.declared_plans import PLAN, plan_standing
    from pepperbird.scan.declaring import unrecorded

    if not (state_directory() / STORE).exists():
        known = site.model_copy(update={"plans": ()})
        return plan_standing(known, agency, (), _ring_of_site(root)), False
    store = opened(root)
    try:
        fresh, why = unrecorded(store, site, PLAN, agency, at)
        known = site.model_copy(update={"plans": (PlanStanding(agency=agency, why=why),)})
        standing = plan_standing(known, agency, store.signed.all(PLAN.kind, agency), _ring(root, store))
        return standing, fresh is not None
    finally:
        store.close()


def _ring(root: Path, store: Store) -> KeyRing:
    ring = store.ledger.ring()
    return ring if ring.newest is not None else _ring_of_site(root)


def _ring_of_site(root: Path) -> KeyRing:
    """By the site's own key list, which nothing has recorded yet."""
    from pepperbird.trust.keyring import ring_of
    from pepperbird.trust.keysfile import read_keys

    signed = read_keys(root)
    return ring_of([(1, signed)] if signed is not None else [])
