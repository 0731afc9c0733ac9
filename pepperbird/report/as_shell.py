"""The fixes as one shell script to read, take to a machine and run there by number. Nothing here runs it.

Commands are the content's own, as they stand; a subject is a quoted word handed to them as `$SUBJECT`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from pepperbird.report.facts import AgencyFacts
from pepperbird.report.scripts import SYSTEM, Host, Job, Scripts, Which, scripts

_NAMES: Final[dict[Which, str]] = {"shell": "fix", "verify": "verify", "undo_shell": "undo"}
_MAIN = """\
pb_system=$(pb_kind)
pb_here() { # a fix of this machine, by its number
  case " $(pb_numbers "$pb_machine") " in
    *" $1 "*) ;;
    *) echo "there is no fix $1 for $pb_machine" >&2; exit 2 ;;
  esac
}
pb_one() { # once, for a subject where there is one, in a shell of its own
  (
    set +u
    SUBJECT=${1-}
    [ $# = 0 ] || printf '# for %s\\n' "$SUBJECT"
    "$pb_function"
  ) || pb_failed=1
}
pb_run() { # fix, verify or undo, and the number
  pb_failed=0
  pb_function=$(pb_choose "$1" "$2" "$pb_system")
  case $pb_function in
    none) echo "$1 $2: there are no commands; see the report" ;;
    differs) echo "$1 $2: differs on this kind of system; see the report" >&2; return 1 ;;
    *) pb_each "$pb_machine/$2"; return "$pb_failed" ;;
  esac
}
pb_apply() {
  pb_run fix "$1" || { echo "fix $1 ended with an error; nothing after it was done" >&2; exit 1; }
  pb_run verify "$1" || true
}
[ "$pb_what ${1-}" != "apply calm" ] || set -- $(pb_calm "$pb_machine")
for pb_number; do pb_here "$pb_number"; done
case $pb_what in
  list) for pb_number in $(pb_numbers "$pb_machine"); do pb_title "$pb_number"; done ;;
  show) for pb_number; do pb_title "$pb_number"; pb_show "$pb_number"; done ;;
  verify | undo) for pb_number; do pb_title "$pb_number"; pb_run "$pb_what" "$pb_number"; done ;;
  apply) for pb_number; do pb_title "$pb_number"; pb_apply "$pb_number"; done ;;
  *) pb_usage ;;
esac
"""


def render_shell(agencies: Sequence[AgencyFacts]) -> bytes:
    """One agency's script, for /bin/sh; UTF-8, ending with a line break."""
    return shell_script(scripts(agencies[0])).encode()


def shell_script(found: Scripts) -> str:
    """The script, ending with a line break."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Scripts) -> Iterator[str]:
    yield from _head(found)
    jobs = {job.number: job for host in found.hosts for job in host.jobs}
    for job in jobs.values():
        yield from _functions(job)
    yield from _tables(found.hosts, list(jobs.values()))
    yield _MAIN.rstrip("\n")


def _head(found: Scripts) -> Iterator[str]:
    view = found.view
    yield "#!/bin/sh"
    yield f"# Fixes for {view.agency}, from run {view.run_id} of {view.at}."
    yield "#"
    yield "# READ THIS FIRST. Written for the system administrator of the machines that it names, who answers for them."
    yield "# Read each fix with its warning here or in the report, make a backup, agree a time with those who use the"
    yield "# machine, and keep a second session open. pepperbird never runs this file; only `apply` and `undo` change."
    yield "# As root, on the machine itself (MACHINE is its name in the register):"
    yield "#   sh FILE MACHINE list                what there is, by number"
    yield "#   sh FILE MACHINE show NUMBER...      the commands, with what may break"
    yield "#   sh FILE MACHINE apply NUMBER...     mend it, and show how to see that it worked"
    yield "#   sh FILE MACHINE apply calm          all that interrupts nothing, touches no data and has no warning"
    yield "#   sh FILE MACHINE verify NUMBER...    only look whether it worked"
    yield "#   sh FILE MACHINE undo NUMBER...      the way back, where there is one"
    if found.by_hand:
        yield "#"
        yield "# What the report asks for and this file cannot do:"
    for line in found.by_hand:
        yield f"#   {line}"
    yield "set -u"
    yield "pb_usage() { sed -n '2,/^set -u/{/^#/p;}' \"$0\" >&2; exit 2; }"
    yield "pb_machine=${1-} pb_what=${2-list}"
    yield "[ $# -lt 2 ] && shift $# || shift 2"
    yield f"case $pb_machine in {' | '.join(host.name for host in found.hosts) or '/'}) ;; *) pb_usage ;; esac"


def _functions(job: Job) -> Iterator[str]:
    yield ""
    yield f"# {job.number}. {job.one_line}"
    for which, called in _NAMES.items():
        for system in ("", *job.fix.variants):
            text = job.commands(which, system)
            if text is not None:
                yield f"{called}_{job.number}{system and '_' + system}() {{\n{text}\n}}"
    yield f"show_{job.number}() {{"
    yield f"printf '%s\\n' {shlex.quote(_told(job))}"
    yield "}"


def _told(job: Job) -> str:
    fix = job.fix
    parts = [fix.text]
    if fix.warning:
        parts.append(f"WARNING: {fix.warning}")
    parts.append(f"Risk: {fix.risk}.")
    if fix.shell:
        parts.append("Commands:\n" + fix.shell.strip("\n"))
    if fix.verify:
        parts.append("To see that it worked:\n" + fix.verify.strip("\n"))
    if fix.shows:
        parts.append(fix.shows)
    parts += [f"On {system} it differs: see the report." for system in fix.variants]
    if fix.undo:
        parts.append(f"The way back: {fix.undo}")
    if job.left:
        parts.append(f"Left out: {job.left}.")
    return "\n".join(parts)


def _tables(hosts: Sequence[Host], jobs: Sequence[Job]) -> Iterator[str]:
    yield ""
    yield "# Which fixes each machine has, and the names that they are for."
    yield from _case("numbers", {host.name: _echo(str(job.number) for job in host.jobs) for host in hosts})
    calm = {host.name: _echo(str(job.number) for job in host.jobs if job.calm) for host in hosts}
    yield from _case("calm", calm)
    yield from _case("title", {str(job.number): _printed(f"{job.number}. {job.one_line}") for job in jobs})
    yield from _case("show", {str(job.number): f"show_{job.number}" for job in jobs})
    calls = {f"{host.name}/{job.number}": _calls(job) for host in hosts for job in host.jobs}
    yield from _case("each", calls)
    yield from _case("choose", dict(_choices(jobs)), of="$1/$2/$3")
    yield f"pb_kind() {{\n{SYSTEM}\n}}"


def _case(name: str, arms: dict[str, str], of: str = "$1") -> Iterator[str]:
    yield f'pb_{name}() {{\ncase "{of}" in'
    for pattern, commands in arms.items():
        yield f"  {pattern}) {commands} ;;"
    yield "  *) : ;;\nesac\n}"


def _echo(words: Iterator[str]) -> str:
    return f"echo '{' '.join(words)}'"


def _printed(text: str) -> str:
    return f"printf '%s\\n' {shlex.quote(text)}"


def _calls(job: Job) -> str:
    if job.subjects is None:
        return "pb_one"
    return "; ".join(f"pb_one {shlex.quote(one)}" for one in job.subjects) or _printed(f"nothing done: {job.left}")


def _choices(jobs: Sequence[Job]) -> Iterator[tuple[str, str]]:
    """The function for an act, a fix and a kind of system. Where a fix differs anywhere, only what is known runs."""
    for job in jobs:
        for which, called in _NAMES.items():
            act = f"{called}/{job.number}"
            for system in job.fix.variants:
                known = job.commands(which, system) is not None
                yield f"{act}/{system}", "echo " + (f"{called}_{job.number}_{system}" if known else "none")
            main = f"{called}_{job.number}" if job.commands(which) is not None else "none"
            if job.fix.variants:
                yield f"{act}/other", f"echo {main}"
                yield f"{act}/*", "echo differs"
            else:
                yield f"{act}/*", f"echo {main}"
