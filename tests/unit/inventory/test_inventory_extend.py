"""extend: what somebody wrote stays as it was, comments and all; what cannot be extended safely is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pepperbird.inventory.extend import CannotExtendError, extend
from pepperbird.located.document import parse

NEW = [{"id": "new", "kind": "linux-server", "access": [{"via": "ssh", "at": "10.0.0.9:22"}]}]
HEAD = "id: lra\nname: x\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD.rstrip("\n"),
        HEAD + "assets: []  # none yet\nstores: []\n",
        HEAD + "assets:\n  - id: a\n    title: A  # the first\n  # a note at the end\n\nstores: []\n",
        HEAD + "assets:\n- id: a\n- id: b\n# end\nstores: []\n",
        HEAD + "assets:\n  - {id: a, public: [x,\n      y]}  # two lines\nstores: []",
        HEAD + "assets: [{id: a}, {id: b}]  # short\nstores: []\n",
        HEAD + "assets: [\n  {id: a},  # first\n  {id: b},  # second\n]\n",
        HEAD + "assets: [\n  {id: a}  # no comma\n  ]\n",
        HEAD + "assets:\n  - id: a\n    title: |\n      two\n      lines\n\nstores: []\n",
        HEAD + "assets:\n  - id: a\n    title: >-\n      folded\n      text",
        HEAD + 'assets:\n  - id: a\n    title: "quoted\n      over lines"\n    tier:\nstores: []\n',
        HEAD + "assets:\n  - id: a\n    access:\n      - via: ssh\n        at: x\n      # deeper note\nstores: []\n",
        (HEAD + "assets:\n  - id: a  # c\n\nstores: []\n").replace("\n", "\r\n"),
        HEAD + "assets:\n  -\n    id: a\n",
        "# top\n---\n" + HEAD + "assets:\n    - id: é  # ü\n",
    ],
)
def test_what_was_there_stays(text: str) -> None:
    new = extend(text, {"assets": NEW, "stores": [{"id": "s", "asset": "new"}]})
    before, after = parse(text, "").data, parse(new, "")
    assert after.issues == []
    assert after.data["assets"] == [*before.get("assets", []), *NEW]
    assert after.data["stores"] == [{"id": "s", "asset": "new"}]
    rest = iter(new.replace("\r", ""))
    kept = text.replace("\r", "").replace("assets: []", "assets:").replace("stores: []", "stores:")
    assert all(character in rest for character in kept), "every character is still there, in order"
    for line in text.splitlines():
        comment = line.partition("#")[2]
        assert comment in new


@pytest.mark.parametrize("text", ["{id: lra, name: x}\n", HEAD + "...\n", HEAD + "assets: [\n]\n"])
def test_what_cannot_be_extended_is_refused(text: str) -> None:
    with pytest.raises(CannotExtendError):
        extend(text, {"assets": NEW})


WORDS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"]), max_size=20
)


@given(st.lists(st.fixed_dictionaries({"id": WORDS, "public": st.lists(WORDS, max_size=3)}), min_size=1, max_size=4))
def test_any_text_comes_back_as_it_went(rows: list[dict[str, object]]) -> None:
    new = extend(HEAD + "assets:\n  - {id: a}\n", {"assets": rows, "stores": rows})
    assert parse(new, "").data == {"id": "lra", "name": "x", "assets": [{"id": "a"}, *rows], "stores": rows}
