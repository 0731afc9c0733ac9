"""Whose rights `pepperbird privileges` prints for this computer: those of the account that runs the scan."""

from __future__ import annotations

import os
import pwd

import pytest

from pepperbird.cli.privileges import as_run
from pepperbird.model.plan import EndpointPlan
from pepperbird.model.site import Access


def plan(**access: str) -> EndpointPlan:
    return EndpointPlan("a/srv/x", "a", "srv", Access.model_validate(access), (), "shell", 90, 15)


@pytest.mark.parametrize(
    ("access", "uid", "user"),
    [
        ({"via": "local"}, 1, pwd.getpwuid(1).pw_name),
        ({"via": "local"}, 0, None),
        ({"via": "local", "as": "auditor"}, 1, "auditor"),
        ({"via": "ssh", "at": "srv"}, 1, None),
    ],
)
def test_the_account(access: dict[str, str], uid: int, user: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert as_run(plan(**access)).access.user == user
