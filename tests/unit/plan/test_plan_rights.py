"""What a plan needs as root: each command once, for the account that runs it, and nothing beyond the plan."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.catalog import Catalog
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.site import Access
from pepperbird.model.sudoers import DEVICE, quoted
from pepperbird.plan.rights import rights, sudoers
from tests.support.require import PATH, require
from tests.support.shipped import shipped_catalog

BY_HAND = "# once for each disk, with its name in the place of DEVICE: "


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


def endpoint(catalog: Catalog, user: str | None) -> EndpointPlan:
    calls = tuple(
        ProbeCall(f"{c.id}.{name}", probe.timeout, probe.max_bytes, probe.privilege, probe.commands)
        for c in catalog.collectors.values()
        for name, probe in c.probes.items()
    )
    return EndpointPlan("moh/a/ssh", "moh", "a", Access(via="ssh", at="a", user=user), calls, "shell", 60, 10)


def test_the_file_holds_every_command_of_the_plan_once_and_visudo_takes_it(catalog: Catalog, tmp_path: Path) -> None:
    require("visudo")
    one = endpoint(catalog, "scan")
    text = sudoers([one, replace(one, id="moh/b/ssh", asset="b")])
    wanted = sorted({command for probe in one.probes for command in probe.commands})
    lines = [line for line in text.splitlines() if "NOPASSWD" in line]
    assert sorted(lines) == sorted(
        f"{BY_HAND if DEVICE in c else ''}scan ALL=(root) NOPASSWD: {quoted(c)}" for c in wanted
    )
    (tmp_path / "rights").write_text(text)
    subprocess.run(["visudo", "-cf", tmp_path / "rights"], check=True, capture_output=True, env={"PATH": PATH})


def test_disks_are_named_one_by_one(catalog: Catalog) -> None:
    one = endpoint(catalog, "scan")
    text = sudoers([one], ["sda", "nvme0n1"])
    assert DEVICE not in text
    for name in ("sda", "nvme0n1"):
        assert f"scan ALL=(root) NOPASSWD: /usr/sbin/smartctl -H -A /dev/{name}\n" in text
    for name in ("", "../etc/shadow", "sd*", "sda, ALL", "a b"):
        with pytest.raises(UsageError, match="no name of a disk"):
            sudoers([one], [name])


def test_each_account_has_its_own_and_root_needs_none(catalog: Catalog) -> None:
    one = endpoint(catalog, None)
    few = replace(one, access=Access(via="ssh", at="b", user="few"), probes=one.probes[:0])
    assert list(rights([one, few, replace(one, access=Access(via="ssh", at="c", user="root"))])) == ["pepperbird"]
    other = replace(one, access=Access(via="ssh", at="d", user="ops"))
    assert list(rights([one, other])) == ["ops", "pepperbird"]
    assert "NOPASSWD" not in sudoers([few])


def test_no_line_allows_a_pattern_or_a_program_that_runs_others(catalog: Catalog) -> None:
    """Nothing that a shell, an editor or an interpreter could be made of; no unescaped wildcard."""
    for line in sudoers([endpoint(catalog, "scan")]).splitlines():
        if "NOPASSWD" not in line:
            continue
        command = line.partition("NOPASSWD: ")[2]
        # `env` with settings that are written out runs the one program that is written out after them.
        command = re.sub(r"^/usr/bin/env (-u [A-Z_]+ |[A-Z_]+\\=\S*(\\ \S*)* )+(?=/)", "", command)
        # So does `-exec` of find, with grep and its patterns written out: grep runs nothing, and reads what find names.
        command = re.sub(r" -exec /bin/grep -r?Hs?( -e \^?[a-z]+-| -e PRIVATE\\ KEY-)+ \{\} \+", "", command)
        assert not re.search(r"(?<!\\)[*?\[]", command)
        # borg takes its settings from its environment; sudo compares all that follows, borg's own path with it.
        command = command.replace("/usr/bin/env BORG_BASE_DIR\\=", "BORG_BASE_DIR\\=")
        assert not re.search(
            r"/(ba|da|z|k)?sh |/(python|perl|awk|env|vi|less|tar|dd|tee|cp|mv|rm) | -exec| -delete", command
        )


def test_an_account_that_sudo_cannot_name_is_said_so(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="choose a plain one"):
        sudoers([endpoint(catalog, "a, ALL")])
