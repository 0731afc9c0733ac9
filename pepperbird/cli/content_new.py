"""A new check's file: right in form, wrong in content, so that lint fails until somebody has filled it in."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from pepperbird.bundle.clauses import control_path
from pepperbird.bundle.sources import Part, read_sources
from pepperbird.cli.common import write_atomically
from pepperbird.errors import UsageError
from pepperbird.model.policy import Control, Policy

_NAME = re.compile(r"([a-z][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)")

_SKELETON = """\
# Fill in every TODO. `pepperbird content lint` says what is left, `pepperbird content test` runs the examples.
title: TODO what holds, as one sentence
why: TODO what happens where it does not hold
expect: TODO.fact == "TODO"
message: 'TODO what was seen: {TODO.fact}'
expected: TODO what should be seen
fix:
  text: TODO what to do, in plain words
  warning: TODO what the commands may break or lose, and the safe way, or remove this line
  shell: TODO a command that works when pasted as root, or remove this line
  verify: TODO a command that shows whether it worked
  shows: TODO what that prints when it worked
  undo: TODO how to go back in words, or why there is nothing to undo
  undo_shell: TODO a command that goes back, or remove this line
  effort: minutes
  cost: none
  owner: admin
  risk: none
examples:
  - name: TODO well kept
    given: {TODO: {fact: TODO}}
    then: pass
  - name: TODO not well kept
    given: {TODO: {fact: TODO}}
    then: fail
    message: TODO the whole message
  - name: could not be seen
    given: {TODO: {fact: {$gap: denied}}}
    then: error
"""


def scaffold(root: Path, name: str, control_id: str, kind: str) -> tuple[Path, str, str]:
    """Write the check `name` below `root`. Gives its path, the policy line that uses it, and the policy's file.

    Raises UsageError for a name, control or kind that cannot be, and where the file is there already.
    """
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise UsageError(f"{name!r} is not a check's name; write AREA.NAME in lower case, such as storage.capacity")
    policy, control = _control(root, control_id)
    if kind not in control.applies_to:
        kinds = ", ".join(control.applies_to)
        raise UsageError(f"{control_id} does not apply to {kind!r}; it applies to {kinds}")
    path = root / "checks" / parts.group(1) / f"{parts.group(2)}.yaml"
    if path.exists():
        raise UsageError(f"{path} is there already; choose another name, or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _SKELETON.encode())
    line = f"- {{id: {control_id}.{_free(control)}, check: {name}, on: [{kind}]}}"
    raw = policy.document.issue((*control_path(policy.document, control_id), "clauses"), "")
    return path, line, f"{raw.file}:{raw.line}"


def _control(root: Path, control_id: str) -> tuple[Part[Policy], Control]:
    """From the sources, not the catalog: one unfinished check must not stop the next."""
    sources = read_sources(root)
    known: list[str] = []
    for part in sources.policies.values():
        for control in part.value.controls:
            known.append(control.id)
            if control.id == control_id:
                return part, control
    near = difflib.get_close_matches(control_id, known, 3)
    raise UsageError(f"no control {control_id!r}" + (f"; did you mean {', '.join(near)}?" if near else ""))


def _free(control: Control) -> int:
    return 1 + max(int(str(leaf.id).rpartition(".")[2]) for leaf in control.leaves)
