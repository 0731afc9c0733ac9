"""Results of drills: a form of its own, and a signature that holds for every byte of it or for none."""

from __future__ import annotations

import pytest

from pepperbird.observe.parsers.drills import results
from tests.support.samples import ROOT

SAMPLE = (ROOT / "collectors" / "drills" / "samples" / "debian-12-every-state" / "results.out").read_text()
ONE = SAMPLE.split("\nfile ")[0] + "\nend\n"
"""A verification of half a repository that ended well."""


def signed(text: str) -> str:
    (row,) = results(text.encode())["results"]
    return str(row["signed_by"])


def test_as_it_was_written_it_is_signed() -> None:
    assert signed(ONE).startswith("SHA256:")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("part 2/2", "part 1/2"), ("repository vault", "repository other"), ("seconds 1\n", "seconds 2\n"),
        ("| end\n", "| end\n| more\n"), ("SSH SIGNATURE", "OPENSSL SIGNATURE"), ("U1NIU0lH", "U1NIU0lI"),
        ("percent 50", "percent 60"), ("status 0", "status 1"),
    ],
)  # fmt: skip
def test_any_change_takes_the_signature_away(old: str, new: str) -> None:
    assert old in ONE
    assert signed(ONE.replace(old, new)) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pepperbird-result 1", "pepperbird-result 2"), ("kind verify", "kind other"), ("| point -\n", ""),
        ("outcome good", "outcome maybe"), ("status 0", "status -1"), ("part 2/2", "part 3/2"), ("| end\n", ""),
        ("store -", "store deeds"), ("repository vault", "repository ../x"), ("seconds 1\n", "seconds 1e3\n"),
    ],
)  # fmt: skip
def test_another_form_is_refused(old: str, new: str) -> None:
    assert old in ONE
    with pytest.raises(ValueError, match=r"."):
        results(ONE.replace(old, new).encode())
