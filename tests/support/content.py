"""A minimal content tree that is right in every part, written below a folder, for tests to read or to break.

One control on Linux servers (DS-12: a plain check, a check with rows and a quota, a pending clause), one on agencies
(DR-02: a document), two collectors, one list, four baselines. `TREE` maps path to text; `write_content` lays it down
with changes laid over it, where None leaves a file out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

POLICY = """\
id: DS
title: Data Storage
version: 0.1.0
status: for tests
catalogue: {DS-12: 2, DS-15: 1}
controls:
  - id: DS-12
    title: Data volumes keep room
    severity: high
    severity_why: A full volume stops work.
    applies_to: [linux-server, agency]
    waivable: true
    statement: At least {min_free_pct} % is free and the mode is one of {allowed_modes}.
    rationale: Room is needed to write.
    parameters:
      min_free_pct: {type: int, compare: min, unit: percent}
      allowed_modes: {type: strings, compare: set, unit: list}
      strength: {type: string, compare: order, unit: level, scale: [weak, fair, strong]}
      room_pct: {type: int, compare: min, unit: percent}
      signed_days: {type: int, compare: max, unit: days}
    clauses:
      - {id: DS-12.1, check: disk.room, on: [linux-server]}
      - any_of:
          - {id: DS-12.2, check: disk.mode, on: [linux-server], when: asset.tool == ""}
          - {id: DS-12.3, pending: needs another collector, on: [linux-server]}
      - id: DS-12.4
        on: [agency]
        document: {title: Capacity plan, sections: [growth], signers: [agency CIO], valid_days: signed_days}
    remediation: [Add a disk.]
    references: {nist_800_53: [CP-2]}
  - id: DS-15
    title: Supported systems
    severity: medium
    severity_why: No fixes come.
    applies_to: [linux-server]
    waivable: false
    statement: Systems are supported.
    rationale: Fixes are needed.
    clauses:
      - {id: DS-15.1, check: disk.listed, on: [linux-server]}
    remediation: [Upgrade.]
"""

FORM = """\
clause: DS-12.4
purpose: Says how much room will be needed.
start: Ask the administrator.
effort: one hour
form: text
sections:
  - {name: growth, write: How fast it grows., example: 10 GB a month}
"""

CHECK_ROOM = """\
title: Every data volume keeps room
why: A full volume stops work.
for_each: {as: m, in: disk.mounts, where: "m.target != '/boot'", subject: m.target, on_empty: fail, empty: no disk}
quota: {min_pass_percent: params.room_pct}
expect: m.free_pct >= params.min_free_pct
message: '{m.target} has {m.free_pct} % free'
expected: at least {params.min_free_pct} %
fix: {text: Add a disk., effort: days, cost: budget, owner: admin, risk: none}
examples:
  - name: room everywhere
    params: {min_free_pct: 15, room_pct: 100}
    given: {disk: {mounts: [{target: /, free_pct: 50}]}}
    then: pass
  - name: one is full
    params: {min_free_pct: 15, room_pct: 100}
    given: {disk: {mounts: [{target: /, free_pct: 5}, {target: /srv, free_pct: 50}]}}
    then: {/: fail, /srv: pass}
  - name: could not look
    params: {min_free_pct: 15, room_pct: 100}
    given: {disk: {mounts: {$gap: denied}}}
    then: error
"""

CHECK_MODE = """\
title: The mode is allowed
why: Other modes lose data.
applies: has(disk.label)
expect: disk.mode in params.allowed_modes
message: mode is {disk.mode}
expected: one of {params.allowed_modes}
fix:
  text: Set the mode.
  warning: The disk stops for a moment.
  shell: setmode ok
  verify: setmode
  shows: It prints `ok`.
  undo: Set the mode that it had.
  undo_shell: setmode old
  effort: minutes
  cost: none
  owner: admin
  risk: reload
examples:
  - name: allowed
    params: {allowed_modes: [ok]}
    given: {disk: {mode: ok, label: a}}
    then: pass
  - name: not allowed
    params: {allowed_modes: [ok]}
    given: {disk: {mode: bad, label: a}}
    then: fail
    message: mode is bad
  - name: could not look
    params: {allowed_modes: [ok]}
    given: {disk: {$gap: probe-timeout}}
    then: error
  - name: no label
    params: {allowed_modes: [ok]}
    given: {disk: {mode: bad}}
    then: not_applicable
"""

CHECK_LISTED = """\
title: The model is on the list and was written lately
why: Others have no fixes.
expect: disk.model in lists.models && age(disk.written) < days(30)
message: model {disk.model}
expected: a model of the list
fix: {text: Replace it., effort: weeks, cost: budget, owner: management, risk: data}
examples:
  - name: listed
    given: {disk: {model: good, written: "2026-11-22T12:00:00Z"}}
    then: pass
  - name: not listed
    given: {disk: {model: old, written: "2026-11-22T12:00:00Z"}}
    then: fail
  - name: could not look
    given: {disk: {model: {$gap: parse}, written: "2026-11-22T12:00:00Z"}}
    then: error
"""

COLLECTOR = """\
title: Disks
doc: What a disk says.
family: shell
on: [linux-server]
probes:
  state: {doc: The state., parser: os_release, privilege: sudo, commands: [/usr/sbin/disk --state]}
  list: {doc: All mounts., parser: mountinfo}
derived:
  joined: {doc: Both., parser: filesystems, from: [state, list]}
facts:
  mode: {type: string, doc: The mode., from: state.mode}
  model: {type: string, doc: The model., from: state.model}
  label: {type: string, doc: A label., from: state.label, optional: true}
  written: {type: time, doc: Last written., from: state.written}
  mounts:
    type: rows
    doc: All mounts.
    from: joined.mounts
    key: target
    complete: true
    track: samples
    sample: free_pct
    fields:
      target: {type: string, doc: Where.}
      free_pct: {type: int, doc: Free., unit: percent}
  some:
    type: rows
    doc: Some mounts, as many as were found.
    from: list.some
    key: target
    fields:
      target: {type: string, doc: Where.}
      free_pct: {type: int, doc: Free., unit: percent}
"""

LINK = """\
title: The link
doc: What the connection says.
family: connection
on: [linux-server]
facts:
  server: {type: string, doc: Its version., from: server_version}
"""

LIST = """\
title: Models
as_of: "2026-11-01"
license: CC0-1.0
source: [https://example.org/models]
shape: {type: strings, doc: Good models.}
entries: [good, fine]
"""


def baseline(tier: str, free: int) -> str:
    """A whole baseline of a tier."""
    return f"""\
id: {tier}
title: The {tier} tier
tier: {tier}
expected_kinds: [linux-server]
deadlines: {{critical: 7, high: 30, medium: 90, low: 180}}
freshness: {{online: 7, relay: 14, visited: 90}}
gate: {{score: 60, coverage: 80}}
controls:
  DS-12:
    enforcement: required
    params:
      min_free_pct: {free}
      allowed_modes: [ok, fine]
      strength: fair
      room_pct: 100
      signed_days: 365
  DS-15: {{enforcement: advisory}}
"""


TREE: Mapping[str, str] = {
    "policies/ds.yaml": POLICY,
    "policies/documents/DS-12.4.yaml": FORM,
    "policies/lists/models.yaml": LIST,
    "baselines/foundation.yaml": baseline("foundation", 10),
    "baselines/standard.yaml": "id: standard\ntitle: Standard\nextends: foundation\ntier: standard\n"
    "controls: {DS-12: {enforcement: required, params: {min_free_pct: 15}}}\n",
    "baselines/critical.yaml": "id: critical\ntitle: Critical\nextends: standard\ntier: critical\n"
    "controls: {DS-15: {enforcement: required}}\n",
    "baselines/starter.yaml": "id: starter\ntitle: Starter\nextends: foundation\nonly: [DS-12]\n",
    "checks/disk/room.yaml": CHECK_ROOM,
    "checks/disk/mode.yaml": CHECK_MODE,
    "checks/disk/listed.yaml": CHECK_LISTED,
    "collectors/disk/collector.yaml": COLLECTOR,
    "collectors/disk/probe.sh": "disk_state() {\n  as_root /usr/sbin/disk --state\n}\n\ndisk_list () { disk; }",
    "collectors/disk/samples/state/one.txt": "ok\n",
    "collectors/link/collector.yaml": LINK,
    "collectors/program/head.sh": "# head\n",
    "collectors/program/tail.sh": "# tail\n",
    "collectors/redactions.yaml": "rules:\n  - {id: keys, doc: No keys., pattern: 'key=[^ ]+', put: key=***}\n",
    "reports/html/report.html": "<p>report</p>\n",
}


def write_content(root: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """Write the tree below `root`, with `changes` by path laid over it. Gives `root`."""
    for path, text in {**TREE, **(changes or {})}.items():
        if text is not None:
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return root
