"""The scripts that let a scan in: values only as quoted variables, and nothing in them that was not meant."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.plan import EndpointPlan, ProbeCall
from pepperbird.model.site import Access
from pepperbird.plan.account import account, make_script, public_key, remove_script
from pepperbird.plan.account_script import MAKE, REMOVE
from tests.support.require import require

AT = "2026-11-24T00:00:00Z"
BODY = "AAAAC3NzaC1lZDI1NTE5AAAAILVngrrp+1EUedqdsaPsvOXOmUXr9DI7aapJLEr+Qqbk"
KEY = f"ssh-ed25519 {BODY} someone@office\n"
CALL = ProbeCall("jobs.spool", 10, 100, "sudo", ("/bin/grep -r ^ /var/spool/cron", "/bin/x 'it''s' \"it's\""))


def endpoint(user: str | None = "scan", *calls: ProbeCall) -> EndpointPlan:
    return EndpointPlan("moh/db-1/ssh", "moh", "db-1", Access(via="ssh", at="db-1", user=user), calls, "shell", 60, 10)


def script(*calls: ProbeCall, user: str | None = "scan", origins: tuple[str, ...] = ()) -> str:
    return make_script(account(endpoint(user, *calls), KEY, origins, 90, at=AT))


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_values_come_back_out_of_a_shell_as_they_went_in(shell: str) -> None:
    require(shell.split(maxsplit=1)[0])
    text = script(CALL, origins=("192.0.2.0/24", "*.office.gov.lr"))
    head, _, body = text.partition("\nPATH=")
    assert "PATH=" + body == MAKE.lstrip("\n")
    told = "; ".join(f'printf "%s\\n--\\n" "${one}"' for one in ("account", "expires", "expires_day", "key", "rights"))
    done = subprocess.run([*shell.split(), "-c", f"{head}\n{told}"], capture_output=True, text=True, check=True)
    name, expires, day, key, rights = done.stdout.split("\n--\n")[:5]
    assert (name, expires, day) == ("scan", "2027-02-22", "20871")
    assert key == (
        'from="192.0.2.0/24,*.office.gov.lr",no-agent-forwarding,no-port-forwarding,no-pty,no-user-rc,'
        f"no-X11-forwarding ssh-ed25519 {BODY} scan"
    )
    assert "scan ALL=(root) NOPASSWD: /bin/grep -r ^ /var/spool/cron\n" in rights and "its it's\n" in rights


def test_the_body_is_the_same_for_every_machine() -> None:
    for value in ("scan", "db-1", "moh", BODY):
        assert value not in MAKE.replace("scans", "") + REMOVE
    assert remove_script(endpoint()).endswith(REMOVE)
    assert "rights=''" in script()
    assert "rights_file='/etc/sudoers.d/pepperbird'" in script(user=None)
    assert "rights_file='/etc/sudoers.d/pepperbird-scan'" in remove_script(endpoint())


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_every_shell_reads_it(shell: str) -> None:
    require(shell.split(maxsplit=1)[0])
    for text in (script(CALL), remove_script(endpoint())):
        subprocess.run([*shell.split(), "-n"], input=text, text=True, check=True)


def test_every_variable_is_quoted_where_it_is_used() -> None:
    """But in a plain assignment, an arithmetic or a `case`, where nothing is split."""
    awk = re.compile(r"awk [^']*'\n.*?'", re.DOTALL)
    for line in awk.sub("", MAKE + REMOVE).splitlines():
        bare = re.sub(r"'[^']*'", "", line)
        bare = re.sub(r'"(\$\([^)]*\)|[^"])*"', "", bare)
        bare = re.sub(r"\$\(\([^)]*\)\)|^\s*case \$(\w+|\{[^}]*\}) in|^\w+=\S*|\$\(entry[ 0-9]*\)", "", bare.strip())
        assert not re.search(r"\$[A-Za-z{]", bare), line


@pytest.mark.parametrize("user", ["root", "a b", "x;y", "-x", "DOMAIN\\user", "Über", "a" * 33, "a'b", "a.b"])
def test_an_account_that_no_script_should_make_is_refused(user: str) -> None:
    for make in (lambda: script(user=user), lambda: remove_script(endpoint(user))):
        with pytest.raises(UsageError, match=r"set `as: pepperbird`|choose a plain name"):
            make()


@pytest.mark.parametrize("origin", ["", "a,b", 'a"b', "a b", "a\nb", "!a", "$(x)"])
def test_an_origin_that_is_no_address_is_refused(origin: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        script(origins=(origin,))


def test_only_one_whole_public_key_is_taken(tmp_path: Path) -> None:
    assert public_key(f"# ours\n{KEY}\n") == f"ssh-ed25519 {BODY}"
    for text, why in (
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "private key"), (KEY + KEY, "no public"), ("", "no public"),
        (f'command="x" {KEY}', "no public"), (f"ssh-rsa {BODY}", "damaged"), (f"ssh-ed25519 {BODY[:-3]}", "damaged"),
        (f"ssh-ed25519 {BODY}' x", "no public"), ("ssh-ed25519 AAAA", "damaged"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=why):
            public_key(text)


def test_the_days_count_from_now() -> None:
    assert account(endpoint(), KEY, (), 1, at="2027-12-31T23:59:59Z").expires == "2028-01-01"
    made = account(replace(endpoint(), agency="lra"), KEY, (), 1, at=AT)
    assert made.machine == "lra/db-1"
