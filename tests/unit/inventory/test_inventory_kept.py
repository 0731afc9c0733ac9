"""Where the register says that something is kept elsewhere, it is another Linux server and a path of its own."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pepperbird.inventory.kept import kept_faults
from pepperbird.model.kept import Kept


def said(*assets: dict[str, Any]) -> list[str]:
    return [text for _, text in kept_faults({"assets": list(assets)})]


def server(name: str, kind: str = "linux-server", **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": kind, **more}


PLACE = {"on": "store", "path": "/var/log/remote/web"}


def test_a_path_of_its_own_on_another_server_is_right() -> None:
    other = {"on": "store", "path": "/srv/web.txt"}
    assert said(server("web", logs_to=PLACE, packages_to=other), server("store")) == []


@pytest.mark.parametrize(
    ("assets", "words"),
    [
        ((server("web", logs_to=PLACE),), "no asset 'store'"),
        ((server("web", logs_to=PLACE), server("stores")), "did you mean"),
        ((server("store", logs_to=PLACE),), "the server itself"),
        ((server("web", logs_to=PLACE), server("store", "windows-server")), "is no linux-server"),
        ((server("web", "windows-server", logs_to=PLACE), server("store")), "only of a linux-server"),
        (
            (server("web", logs_to=PLACE), server("db", logs_to={**PLACE, "path": "/var/log/remote/web/"}),
             server("store")),
            "lies at that path already",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(assets: tuple[dict[str, Any], ...], words: str) -> None:
    (found,) = said(*assets)
    assert words in found


@pytest.mark.parametrize("path", ["log", "/", "/a/../b", "/a b", "/a/$(id)", "/a//b", "/a*", "", "/.ssh", "/a\n/b"])
def test_a_path_that_could_mean_something_else_is_refused(path: str) -> None:
    with pytest.raises(ValidationError):
        Kept(on="store", path=path)
