"""The shell script and the playbook: our own commands and nothing else, for every fix there is; values stay values."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pepperbird.model.catalog import Catalog
from pepperbird.model.run import Run
from pepperbird.model.state import State
from pepperbird.report.as_ansible import playbook
from pepperbird.report.as_shell import shell_script
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.render import render
from pepperbird.report.scripts import SYSTEM, Host, Job, Scripts, scripts
from tests.support.require import oracle, require
from tests.support.runs import HOSTILE, ROWS, Row, a_catalog, a_run, a_site, hostile_run
from tests.support.runs_content import a_check, a_fix
from tests.support.shipped import shipped_catalog

DATA = (
    "/srv/$(reboot)", "/srv/`reboot`", "/srv/'; reboot; '", '/srv/"; reboot; "', "/srv/a b", "/srv/{{ 7*7 }}",
    "/srv/{% raw %}", "/srv/*", "/srv/\\", "/srv/#x", "/srv/: y", "/srv/!unsafe", "/srv/%s%n", "/srv/PEPPERBIRD",
)  # fmt: skip
"""Names that a command may get, as they are."""
REFUSED = (
    "$(reboot)",
    "-rf",
    "--help",
    "(",
    "!x",
    "/srv/a\nb",
    "/srv/\x1b[2J",
    "/srv/\u202etxt",
    "`reboot`",
    "x" * 300,
)
"""Names that no script holds: who reads could not see what they are, or a command could take them wrongly."""


def facts(run: Run, catalog: Catalog) -> AgencyFacts:
    return AgencyFacts(run, catalog, a_site(), "moh")


def with_fix(shell: str, **given: Any) -> Catalog:
    """The content of the tests, in which the fix of DS-12 is this."""
    catalog = a_catalog(".")
    check = a_check("storage.capacity", "Data filesystems have room", "w", a_fix("Write it down.", shell, **given))
    return replace(catalog, checks={**catalog.checks, check.id: check})


def full_of(*subjects: str) -> Run:
    rows: list[Row] = [row for row in ROWS if row[:2] != ("DS-12", "db1")]
    rows.append(("DS-12", "db1", [("DS-12.1", State.FAIL, one, "full", "room", None) for one in subjects]))
    return a_run(rows=rows)


@cache
def every_fix() -> Scripts:
    """A machine that needs everything that the content has commands for."""
    checks = [one for one in shipped_catalog().checks.values() if one.fix.shell and one.fix.language == "sh"]
    jobs = tuple(
        Job(
            number, one.title, "DS-01", one.id, "2026-12-01", one.fix, ("/srv/a b",) if "$SUBJECT" in text else None, ""
        )
        for number, one in enumerate(checks, 1)
        for text in [f"{one.fix.shell}{one.fix.verify}"]
    )
    assert len(jobs) >= 50
    return Scripts(scripts(facts(a_run(), a_catalog("."))).view, (Host("db1", jobs),), ())


def number_of(script: str, title: str) -> str:
    (line,) = [one for one in script.splitlines() if one.startswith("# ") and title in one and ". " in one]
    return line.split(".")[0].removeprefix("# ")


def sh(file: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        ["sh", file, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def ansible(file: Path, *arguments: str) -> str:
    """A playbook, run on this computer as if it were the machine, without becoming anybody."""
    environment = {**os.environ, "ANSIBLE_HOME": str(file.parent / "ansible"), "ANSIBLE_NOCOLOR": "1"}
    known = ["-e", "ansible_become=false", "-e", f"ansible_python_interpreter={oracle('python')}"]
    command = [oracle("ansible-playbook"), "-i", "db1,", "-c", "local", *known, file, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder: Path, name: str, data: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_of_every_fix_that_there_is_is_shell(shell: str, tmp_path: Path) -> None:
    require(shell)
    file = written(tmp_path, "fixes.sh", shell_script(every_fix()))
    done = subprocess.run([shell, "-n", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_holds_the_commands_as_the_content_has_them(tmp_path: Path) -> None:
    text, play = shell_script(every_fix()), playbook(every_fix())
    tasks = [task for one in yaml.load(play, Loader) for task in one["tasks"]]  # noqa: S506
    commands = {task["ansible.builtin.shell"]["cmd"] for task in tasks if "ansible.builtin.shell" in task}
    for job in every_fix().hosts[0].jobs:
        shell = (job.fix.shell or "").strip("\n")
        assert f"fix_{job.number}() {{\n{shell}\n}}" in text
        assert shell in commands


def test_without_apply_nothing_is_done(tmp_path: Path) -> None:
    done = tmp_path / "done"
    data = render(a_run(), with_fix(f"touch {done}"), a_site(), None, "shell")
    file = written(tmp_path, "fixes.sh", data)
    assert "Data filesystems have room" in sh(file, "db1")
    number = number_of(data.decode(), "have room")
    assert f"touch {done}" in sh(file, "db1", "show", number)
    sh(file, "db1", "verify", number)
    sh(file, status=2)
    sh(file, "db2", "apply", number, status=2)
    sh(file, "db1", "apply", "99", status=2)
    sh(file, "db1", "appply", number, status=2)
    assert not done.exists()
    sh(file, "db1", "apply", number)
    assert done.exists()


@pytest.mark.slow
def test_what_has_a_warning_or_interrupts_is_done_only_by_its_number(tmp_path: Path) -> None:
    assert {"Data filesystems have room", "Log-in over SSH needs a key"} <= calm(with_fix("true"))
    assert "Security updates are installed in time" not in calm(with_fix("true"))
    assert "Data filesystems have room" not in calm(with_fix("true", warning="It may break."))
    assert "Data filesystems have room" not in calm(with_fix("true", risk="restart"))
    done = tmp_path / "done"
    data = render(a_run(), with_fix(f"touch {done}", warning="It may break."), a_site(), None, "ansible")
    ansible(written(tmp_path, "fixes.yml", data), "--tags", "never-asked-for")
    assert not done.exists()


def calm(catalog: Catalog) -> set[str]:
    """What `apply calm` takes, read from the script itself."""
    found = scripts(facts(a_run(), catalog)).hosts[0].jobs
    text = render(a_run(), catalog, a_site(), None, "shell").decode()
    numbers = text.partition("pb_calm() {")[2].partition("echo '")[2].partition("'")[0].split()
    return {job.title for job in found if str(job.number) in numbers}


def test_a_fix_that_fails_ends_it(tmp_path: Path) -> None:
    data = render(a_run(), with_fix("false"), a_site(), None, "shell")
    file = written(tmp_path, "fixes.sh", data)
    number = number_of(data.decode(), "have room")
    assert "nothing after it was done" not in sh(file, "db1", "apply", number, number, status=1)


def test_a_subject_stays_data_in_the_script(tmp_path: Path) -> None:
    said = tmp_path / "said"
    data = render(
        full_of(*DATA, *REFUSED), with_fix(f"""printf '%s\\n' "$SUBJECT" >> {said}"""), a_site(), None, "shell"
    )
    file = written(tmp_path, "fixes.sh", data)
    sh(file, "db1", "apply", number_of(data.decode(), "have room"))
    assert said.read_text().splitlines() == list(DATA)
    assert f"{len(REFUSED)} of {len(DATA) + len(REFUSED)} names are not here" in data.decode()


@pytest.mark.slow
def test_a_subject_stays_data_in_the_playbook(tmp_path: Path) -> None:
    """A few of them, as Ansible takes a second for each; those that its own templates and YAML could take wrongly."""
    names = DATA[2], DATA[5], DATA[6], DATA[11]
    said = tmp_path / "said"
    catalog = with_fix(f"""printf '%s\\n' "$SUBJECT" >> {said}""", verify='echo "it is $SUBJECT"')
    data = render(full_of(*names, *REFUSED), catalog, a_site(), None, "ansible")
    file = written(tmp_path, "fixes.yml", data)
    tags = ["--tags", f"fix-{number_of(data.decode().replace('    # ', '# '), 'have room')}"]
    shown = ansible(file, *tags, "--check")
    assert "printf '%s" in shown and not said.exists()
    shown = ansible(file, *tags)
    assert said.read_text().splitlines() == list(names)
    assert "it is /srv/{{ 7*7 }}" in shown
    assert f"{len(REFUSED)} of {len(names) + len(REFUSED)} names are not here" in data.decode()


@pytest.mark.slow
def test_ansible_takes_the_playbook_of_every_fix_that_there_is(tmp_path: Path) -> None:
    file = written(tmp_path, "fixes.yml", playbook(every_fix()))
    assert "playbook: " in ansible(file, "--syntax-check")
    tags = ansible(file, "--list-tags")
    assert all(f"fix-{job.number}," in tags and f"fix-{job.number}" in tags for job in every_fix().hosts[0].jobs)


@pytest.mark.parametrize("form", ["shell", "ansible"])
def test_hostile_names_leave_it_whole(form: str, tmp_path: Path) -> None:
    data = render(hostile_run(), a_catalog("."), a_site(), None, form)
    file = written(tmp_path, "fixes", data)
    if form == "shell":
        assert "Root cannot log in" in sh(file, "db1", "list")
    else:
        ansible(file, "--syntax-check")
    text = data.decode()
    assert all(one not in text for one in HOSTILE if len(one) < 1000 and not one.isprintable())


def test_nothing_is_typed_on_what_is_no_machine_and_it_says_so() -> None:
    found = scripts(facts(hostile_run(), a_catalog(".")))
    assert [host.name for host in found.hosts] == ["db1"]
    assert any(line.endswith("declared backup (registry): no commands; see the report") for line in found.by_hand)
    stands_nowhere = [line for line in found.by_hand if "not a machine of the register" in line]
    assert len(stands_nowhere) >= len([one for one in HOSTILE if len(one) < 1000])


def test_commands_of_another_language_are_left_to_the_report() -> None:
    found = scripts(facts(a_run(), with_fix("Set-It", language="powershell")))
    assert all(job.title != "Data filesystems have room" for job in found.hosts[0].jobs)
    assert any("have room (db1): commands for powershell; see the report" in line for line in found.by_hand)


def test_with_nothing_to_do_both_do_nothing(tmp_path: Path) -> None:
    run = a_run(rows=[("IS-21", "app1", [("IS-21.1", State.PASS, "", "nothing pending", "in time", None)])])
    sh(written(tmp_path, "fixes.sh", render(run, a_catalog("."), a_site(), None, "shell")), "app1", status=2)
    assert yaml.safe_load(render(run, a_catalog("."), a_site(), None, "ansible")) == []


SYSTEMS = {
    'ID=debian\nVERSION_ID="12"': "other",
    'ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"': "el7",
    'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="7.9"': "el7",
    'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"': "el8",
    'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"': "el8",
    'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"': "el8",
    'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="7"': "other",
}


@pytest.mark.parametrize(("release", "kind"), SYSTEMS.items(), ids=[one.split("\n")[0] for one in SYSTEMS])
def test_it_knows_for_which_systems_fixes_differ(release: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text(release + "\n")
    script = SYSTEM.replace("/etc/os-release", str(tmp_path / "os-release"))
    assert sh(written(tmp_path, "kind.sh", script)).strip() == kind


def test_commands_for_another_system_are_chosen_or_refused(tmp_path: Path) -> None:
    data = render(a_run(), a_catalog("."), a_site(), None, "shell").decode()
    number = number_of(data, "Root cannot log in")
    for release, wanted in (('ID=centos\nVERSION_ID="7"', f"fix_{number}_el7"), ("ID=fedora", "differs")):
        (tmp_path / "os-release").write_text(release + "\n")
        asked = data.replace("/etc/os-release", str(tmp_path / "os-release")).replace(
            "case $pb_what in\n", f'pb_choose fix {number} "$pb_system"; exit 0\ncase $pb_what in\n'
        )
        assert sh(written(tmp_path, "fixes.sh", asked), "db1").strip() == wanted


class Loader(yaml.SafeLoader):
    """Knows Ansible's mark for what is no template."""


def _unsafe(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


Loader.add_constructor("!unsafe", _unsafe)  # type: ignore[no-untyped-call]
