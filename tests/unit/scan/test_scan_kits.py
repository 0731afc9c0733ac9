"""A bundle is held against the kit that was given out: known, its own server's, in time, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.collect.kit_bundle import Bundle
from pepperbird.errors import StoreError, UsageError
from pepperbird.model.kit import Kit
from pepperbird.model.site import Agency, Asset
from pepperbird.model.state import AssetKind, Tier
from pepperbird.scan.kits import collected_at, servers_of, take
from pepperbird.store.runs import Store

NONCE = "ab" * 16
MADE, NOW, EXPIRES = "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", "2026-12-08T00:00:00Z"
MADE_S, NOW_S = 1795478400, 1795564800
KIT = Kit(NONCE, "moh", "srv", MADE, EXPIRES, "sha256:p", "sha256:a")
BUNDLE = Bundle(NONCE, "moh", "srv", "root", "srv", "", "", MADE_S + 60, MADE_S + 70, b"", b"", b"", "sha256:d")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "pepperbird.db")
    opened.kits.add([KIT, replace(KIT, nonce="cd" * 16, run="20261124T000000Z-aaaaaa"), replace(KIT, nonce="ef" * 16)])
    yield opened
    opened.close()


def test_a_good_bundle_is_taken_with_nothing_to_remark(store: Store) -> None:
    (taken,) = take(store.kits, {"a": BUNDLE}, NOW)
    assert taken.kit == KIT
    assert taken.notes == ()
    assert collected_at(taken, NOW) == "2026-11-24T00:01:10Z"


@pytest.mark.parametrize(
    ("changes", "at", "why"),
    [
        ({"nonce": "00" * 16}, NOW, "no kit"), ({"asset": "other"}, NOW, "made for moh/srv"),
        ({"agency": "lra"}, NOW, "made for moh/srv"), ({"nonce": "cd" * 16}, NOW, "good once"),
        ({}, "2026-12-08T00:00:01Z", "good until"),
    ],
)  # fmt: skip
def test_every_other_is_refused(store: Store, changes: dict[str, str], at: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        take(store.kits, {"a": replace(BUNDLE, **changes)}, at)


def test_two_of_one_server_are_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="both of moh/srv"):
        take(store.kits, {"a": BUNDLE, "b": replace(BUNDLE, nonce="ef" * 16)}, NOW)


@pytest.mark.parametrize(
    ("began", "said", "collected"),
    [(MADE_S - 3600, "3,600 seconds behind", MADE), (NOW_S + 90, "90 seconds ahead", NOW)],
)
def test_a_clock_that_cannot_be_right_is_remarked_and_not_believed(
    store: Store, began: int, said: str, collected: str
) -> None:
    (taken,) = take(store.kits, {"a": replace(BUNDLE, began=began, ended=began, user="nobody")}, NOW)
    assert any(said in note for note in taken.notes)
    assert any("not run as root" in note for note in taken.notes)
    assert collected_at(taken, NOW) == collected


def test_a_nonce_is_kept_once(store: Store) -> None:
    with pytest.raises(StoreError):
        store.kits.add([KIT])


def test_kits_are_for_the_servers_of_the_register() -> None:
    assets = (Asset(id="srv", kind=AssetKind.LINUX_SERVER), Asset(id="db", kind=AssetKind.POSTGRESQL))
    agency = Agency(id="moh", name="Health", tier=Tier.STANDARD, assets=assets)
    assert servers_of(agency, ()) == ("moh/srv",)
    with pytest.raises(UsageError, match="there are: srv"):
        servers_of(agency, ("db",))
    with pytest.raises(UsageError, match="no server"):
        servers_of(agency.model_copy(update={"assets": ()}), ())


def test_a_windows_server_and_a_nas_have_kits_and_what_stands_on_them_leads_there() -> None:
    win = Asset(id="win", kind=AssetKind.WINDOWS_SERVER)
    assets = (win, Asset(id="nas", kind=AssetKind.NAS), Asset(id="sql", kind=AssetKind.MSSQL, on="win"))
    agency = Agency(id="moh", name="Health", tier=Tier.STANDARD, assets=assets)
    assert servers_of(agency, ()) == ("moh/win", "moh/nas")
    assert servers_of(agency, ("sql",)) == ("moh/win",)


def test_one_run_without_an_administrator_is_remarked(store: Store) -> None:
    windows, powershell = replace(BUNDLE, user="clerk"), "powershell/5.1.17763.1"
    (taken,) = take(store.kits, {"a": replace(windows, **{"shell": f"{powershell}/ordinary"})}, NOW)
    assert [note for note in taken.notes if "administrator" in note]
    assert [note for note in taken.notes if "not yet proved on Windows" in note]
    (taken,) = take(store.kits, {"a": replace(windows, **{"shell": f"{powershell}/administrator"})}, NOW)
    assert taken.notes == ("what it shows is not yet proved on Windows",)
