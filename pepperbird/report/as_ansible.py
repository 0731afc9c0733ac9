"""The fixes as an Ansible playbook to read and then run by tags. Nothing here runs it.

Commands are the content's own, marked as no template; a subject is a value in the task's environment, marked likewise.
With `--check` the tasks that change are shown and not done.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pepperbird.model.text import clean
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.scripts import SYSTEM, Host, Job, Scripts, Which, scripts

SHELL = "ansible.builtin.shell"
_NOT_CHECKING = "not ansible_check_mode"


def render_ansible(agencies: Sequence[AgencyFacts]) -> bytes:
    """One agency's playbook, one play a machine; UTF-8 YAML, ending with a line break."""
    return playbook(scripts(agencies[0])).encode()


def playbook(found: Scripts) -> str:
    """The playbook, ending with a line break."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Scripts) -> Iterator[str]:
    view = found.view
    yield "---"
    yield f"# Fixes for {view.agency}, from run {view.run_id} of {view.at}."
    yield "#"
    yield "# READ THIS FIRST. Written for the system administrator of the machines that it names, who answers for them."
    yield "# Read each fix with its warning here or in the report, make a backup, agree a time with those who use the"
    yield "# machine, and keep a second session open. pepperbird never runs this file."
    yield "# The hosts are called as in the register; your inventory must know them by these names."
    yield "#   ansible-playbook FILE --check              shows what would be done, and does nothing"
    yield "#   ansible-playbook FILE                      does all that interrupts nothing, touches no data and has no"
    yield "#                                              warning, and looks whether it worked"
    yield "#   ansible-playbook FILE --tags fix-3         does fix 3 on each machine that needs it, warning or not"
    yield "#   ansible-playbook FILE --tags verify        only looks (verify-3: at one fix)"
    yield "#   ansible-playbook FILE --tags undo-3        the way back of fix 3, where there is one"
    yield "#   --limit MACHINE                            does it on one machine only"
    if found.by_hand:
        yield "#"
        yield "# What the report asks for and this file cannot do:"
    for line in found.by_hand:
        yield f"#   {line}"
    if not found.hosts:
        yield "[]"
    for host in found.hosts:
        yield from _play(host)


def _play(host: Host) -> Iterator[str]:
    yield f"- name: {_name(f'{host.name}: fixes')}"
    yield f"  hosts: {json.dumps(host.name)}"
    yield "  become: true"
    yield "  gather_facts: false"
    yield "  tasks:"
    yield "    - name: Which kind of system this is"
    yield from _shell(SYSTEM)
    yield "      register: pepperbird_system"
    yield "      changed_when: false"
    yield "      check_mode: false"
    yield "      tags: [always]"
    for job in host.jobs:
        yield from _job(job)


def _job(job: Job) -> Iterator[str]:
    yield f"    # {job.number}. {job.one_line}"
    if job.left:
        yield f"    # Left out: {job.left}."
    for system in ("", *job.fix.variants):
        yield from _fix(job, system)
        yield from _verify(job, system)
        yield from _undo(job, system)


def _fix(job: Job, system: str) -> Iterator[str]:
    """Shown in check mode, else done. What interrupts or carries a warning is done only when asked for by its tag."""
    commands = job.commands("shell", system)
    if commands is None or job.subjects == ():
        return
    tags = f"[fix, fix-{job.number}]" if job.calm else f"[never, fix-{job.number}]"
    shown = "\n".join([job.fix.text, *([f"WARNING: {job.fix.warning}"] if job.fix.warning else []), commands])
    yield f"    - name: {_title(job, 'show', system)}"
    yield "      ansible.builtin.debug:"
    yield from _block("msg", shown)
    yield f"      when: {json.dumps(['ansible_check_mode', *_on(job, system)])}"
    yield f"      tags: {tags}"
    yield from _task(job, "shell", system, tags)


def _verify(job: Job, system: str) -> Iterator[str]:
    if job.commands("verify", system) is None or job.subjects == ():
        return
    register = f"pepperbird_verified_{job.number}{'_' + system if system else ''}"
    calm = "fix, " if job.calm else ""
    tags = f"[{calm}verify, verify-{job.number}, fix-{job.number}]"
    yield from _task(job, "verify", system, tags)
    yield f"      register: {register}"
    yield "      changed_when: false"
    yield "      failed_when: false"
    yield f"    - name: {_title(job, 'verify: what it says', system)}"
    yield "      ansible.builtin.debug:"
    yield "        msg:"
    variant = job.fix.variants[system] if system else None
    shows = (variant.shows if variant else None) or job.fix.shows
    yield f"          should_show: !unsafe {json.dumps(shows or 'see the report', ensure_ascii=False)}"
    each = f"{register}.results | map(attribute='stdout_lines') | list"
    result = each if job.subjects else f"{register}.stdout_lines"
    yield f'          shows: "{{{{ {result} }}}}"'
    yield f"      when: {json.dumps([_NOT_CHECKING, *_on(job, system)])}"
    yield f"      tags: {tags}"


def _undo(job: Job, system: str) -> Iterator[str]:
    if job.commands("undo_shell", system) is not None and job.subjects != ():
        yield from _task(job, "undo_shell", system, f"[never, undo-{job.number}]")


def _task(job: Job, which: Which, system: str, tags: str) -> Iterator[str]:
    """One task that runs commands of the fix, once for each subject."""
    act = {"shell": "fix", "verify": "verify", "undo_shell": "undo"}[which]
    yield f"    - name: {_title(job, act, system)}"
    yield from _shell(job.commands(which, system) or "")
    if job.subjects:
        yield "      environment:"
        yield '        SUBJECT: "{{ item }}"'
        yield "      loop:"
        yield from (f"        - !unsafe {json.dumps(one, ensure_ascii=False)}" for one in job.subjects)
    yield f"      when: {json.dumps([_NOT_CHECKING, *_on(job, system)])}"
    yield f"      tags: {tags}"


def _on(job: Job, system: str) -> list[str]:
    """For which system: the one that the commands are for; where some differ, the others are those that we know."""
    if not job.fix.variants:
        return []
    return [f"pepperbird_system.stdout == '{system or 'other'}'"]


def _shell(commands: str) -> Iterator[str]:
    yield f"      {SHELL}:"
    yield "        executable: /bin/sh"
    yield from _block("cmd", commands)


def _block(key: str, text: str) -> Iterator[str]:
    """A literal block under a module's key, taken as it is and never as a template."""
    yield f"        {key}: !unsafe |2-"
    yield from (f"          {line}".rstrip() if not line.strip() else f"          {line}" for line in text.split("\n"))


def _title(job: Job, act: str, system: str) -> str:
    return _name(f"{job.number} {act}{f' on {system}' if system else ''}: {job.one_line}")


def _name(text: str) -> str:
    """A task's name is a template to Ansible: without braces it is none."""
    return json.dumps(clean(text, 300).replace("{", "(").replace("}", ")"), ensure_ascii=False)
