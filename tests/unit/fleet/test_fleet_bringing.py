"""What is brought to one agency is the same whether or not the run held others, and holds nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

from pepperbird.fleet.bringing import Bringer
from pepperbird.fleet.parcels import KINDS, Reported, digest_parcel, report_parcel
from pepperbird.model.catalog import Catalog
from pepperbird.model.delivery import Delivery
from pepperbird.model.people import Contact
from pepperbird.model.site import Site
from pepperbird.notify.errands import Given
from pepperbird.scan.earlier import earlier_of
from pepperbird.store.runs import Store
from tests.support.office import history, many

WEEKLY = Contact(name="W", mail="w@x.lr", digest="weekly")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("two") / "pepperbird.db")
    history(opened, many(2, "Ministry number {}"), ("2026-11-10", "2026-11-21"), b"")
    yield opened
    opened.close()


def bringer(store: Store, *contacts: Contact) -> Bringer:
    site = many(2)
    agencies = (site.agencies[0].model_copy(update={"contacts": contacts}), *site.agencies[1:])
    here = Site(file=site.file, agencies=agencies)
    return Bringer(store, here, Delivery(), (), Given(Path("/"), {}), lambda: "2026-11-27T00:00:00Z", lambda _: None)


def test_one_agency_s_parcel_is_that_of_the_whole_run_and_names_no_other(store: Store, catalog: Catalog) -> None:
    run = store.runs(limit=1)[0].id
    whole = Reported(store.load(run), catalog, store.inputs(run)[0])
    earlier = earlier_of(store, whole.run, ("secret-000",), catalog)
    settings = Delivery(formats=tuple(one for one in KINDS if one != "pdf"))
    mine = bringer(store).reported(run, "secret-000", catalog)
    for make in (report_parcel, digest_parcel):
        ours, theirs = make(mine, "secret-000", settings, earlier), make(whole, "secret-000", settings, earlier)
        assert ours.digest == theirs.digest and ours.text == theirs.text
        every = ours.text.encode() + b"".join(one.data for one in ours.files)
        assert b"number 0" in every and b"number 1" not in every and b"secret-001" not in every
    assert len(ours.files) == len(KINDS) - 1 and message_from_bytes(ours.text.encode()) is not None


def test_an_address_is_written_to_once_a_run_or_once_a_week_and_not_both(store: Store) -> None:
    each = Contact(name="E", mail="E@X.lr")
    ours = bringer(
        store, WEEKLY, replace_mail(WEEKLY, "w@X.LR"), each, replace_mail(WEEKLY, "E@x.lr"), Contact(name="N")
    )
    assert [one.mail for one in ours.weekly("secret-000")] == ["w@x.lr"]
    assert [one.name for one in ours.each_run("secret-000")] == ["E", "N"]
    assert ours.weekly("nobody") == () and replace(ours, alone=True).contacts("nobody") == ()


def replace_mail(contact: Contact, mail: str) -> Contact:
    return contact.model_copy(update={"mail": mail})
