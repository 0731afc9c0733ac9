"""The commented files that `init` and `agency add` write, for somebody to fill in.

A line that begins with `# ` and a word explains; one that begins with `#` and no space, or with two spaces, is an
example: take the `#` away and change it. With all of them taken away the file is still valid (a test says so).
"""

from __future__ import annotations

import json
import re

from pepperbird.model.state import Tier

SITE = """\
# The site: who keeps this register, and the limits that hold for every agency in it.
# Lines that begin with # are notes and examples; take the # away to use an example.

name: {name}

# All dates in reports are shown in this zone.
time_zone: Africa/Monrovia

# The month and day on which each budget year begins: a delay that waits for a budget may run until then.
#budget_year: 01-01

# Which baseline judges: each agency's tier, unless an overlay of your own stands in baselines/<id>.yaml.
#baseline: ours

# What `pepperbird serve` scans by itself (docs/operating.md). The five fields of cron: minute, hour, day of the month,
# month, day of the week. `within` so many minutes there is an answer; until then what cannot be reached is tried again.
#schedules:
#  - {{id: nightly, cron: "30 1 * * *", within: 240, parallel: 16}}
#  - {{id: weekly-deep, cron: "0 20 * * sat", deep: true, within: 600}}
#  - {{id: databases, cron: "0 6,18 * * *", kinds: [postgresql, mysql]}}

# What each indicator of the quarterly report (`pepperbird brief quarter`) is to reach; without one it reads "not set".
#targets: {{seen: 40, restores: 30, coverage: 80, days_to_fix: 30}}

# May the quarterly report name agencies? Without this line it counts them and shows them by cohort.
#publish_names: true

# Limits of a scan. Seconds and counts; what is written here are the values taken without it.
#defaults:
#  deadline: 120
#  connect_timeout: 15
#  parallel: 32
#  known_hosts: known_hosts
# The account and the private key file that are used where an asset names none.
#  user: pepperbird
#  identity: /etc/pepperbird/id_ed25519
# The key that scans sign their records with (`pepperbird keys new`), and where its passphrase is.
#  evidence_key: {{file: /etc/pepperbird/collector.pem, passphrase: "cred:collector"}}
# Where the key is that seals evidence in the store (`pepperbird keys new-master`); without it evidence lies in clear.
#  master_key: "cred:pepperbird-master"
# How many days the store keeps what (`pepperbird prune`); what is left out is kept for ever.
#  retention: {{transcripts: 400, partial_runs: 90, runs: 3650}}
# Refuse to scan by content that nobody signed, or that was changed since it was signed (`pepperbird content sign`).
#  require_signed_content: true

# How reports reach the contacts of the agencies (`pepperbird deliver`). Secrets are references, never themselves.
#delivery:
#  formats: [html]
#  mail:
#    host: mail.example.gov.lr
#    port: 587
#    tls: starttls
#    user: pepperbird
#    secret: "cred:smtp"
#    from: {{mail: pepperbird@example.gov.lr, name: Programme office}}
#  folder: {{path: /srv/reports}}
#  s3:
#    endpoint: https://s3.example.gov.lr
#    bucket: reports
#    key: AKIAEXAMPLE
#    secret: "cred:reports-key"
"""

KNOWN_HOSTS = """\
# Host keys of the servers that are scanned. `pepperbird inventory trust ASSET` shows a key and records it here.
"""

AGENCIES_NOTE = """\
# Agencies

One file an agency, `<id>.yaml`. Write one with

    pepperbird agency add lra --name "Liberia Revenue Authority" --tier critical

or fill many at once from a sheet or an Ansible inventory with `pepperbird inventory import`.
Check them with `pepperbird inventory lint`.
"""

ATTESTATIONS_NOTE = """\
# Attestations

What no probe can see is shown by documents, signed by one person and reviewed by another. For forms and a workbook of
all that are asked of an agency, run

    pepperbird attest template lra --out lra-documents

Signed documents are kept here, in a folder an agency. Leave them as they are: one that is changed counts no more.
A record may be announced by a file named after its clause, for example `attestations/lra/DR-01.1.yaml`; nobody's
signature stands behind such a file, so it never passes.

    clause: DR-01.1
    agency_id: lra
    document: continuity-plan.pdf
    document_sha256: (what `sha256sum continuity-plan.pdf` prints)
    media_type: application/pdf
    signer_name: A. Officer
    signer_role: Director General
    signed_at: 2026-11-23
    valid_until: 2027-11-23

A clause that is asked of each asset has one record an asset, `<clause>@<asset>.yaml`, with `asset:` in it.
"""

WAIVERS_NOTE = """\
# Waivers

Accepted delay, signed by the programme office: one file a waiver, `<id>.yaml`. A waiver buys time, not marks.

    id: lra-db-1-encryption
    agency: lra
    control: DS-03
    asset: db-1
    reason: New disks are ordered
    measure: The server room is locked and watched
    approved_by: Programme office
    since: 2026-11-23
    until: 2027-01-31
"""

AGENCY = """\
# What this agency has: its servers, data stores, backups and services, as its responsible officer declares them.
# What is found and not declared here counts against the agency (DS-01).
# Lines that begin with # are notes and examples; take the # away to use an example.

id: {id}
name: {name}

# foundation, standard or critical: decides which controls are asked and how strictly.
tier: {tier}

# When schedules leave its machines alone, and when those have power (also of a single place, under sites).
#quiet: [mon-fri 09:00-12:00]
#power: [mon-fri 08:00-17:00, sat 08:00-13:00]

# Who answers for it.
#contacts:
#  - {{name: A. Officer, role: head of IT, mail: it@example.gov.lr, phone: "+231 00 000 0000"}}

# Where machines stand. One place may be the `alternate` for recovery; lat and lon give its distance.
#sites:
#  - {{id: head-office, country: LR, lat: 6.3156, lon: -10.8074, role: primary}}
#  - {{id: recovery, country: LR, lat: 6.5300, lon: -10.3517, role: alternate}}

# Servers, databases, buckets, domains and web addresses. Kinds: linux-server, windows-server, nas, postgresql,
# mysql, mssql, s3-bucket, nfs-export, web-endpoint, dns-domain, mail-domain. `on` is the server that it stands on.
# A password or a key never stands here: `secret: env:NAME`, `file:PATH`, `cred:NAME` or `command:...` says where it is.
#assets:
#  - id: db-1
#    kind: linux-server
#    title: Database server
#    site: head-office
#    access: [{{via: ssh, at: "10.0.0.1:22", as: pepperbird}}]
#  - {{id: records-db, kind: postgresql, on: db-1}}

# Where data lies: on which asset, in which directory, of which class, and to which repositories it is backed up.
#stores:
#  - {{id: records, asset: db-1, path: /srv/data, owner: Registrar, class: restricted, backed_up_to: [vault]}}

# Where backups lie: written by which tool, on which asset, in which directory.
#repositories:
#  - {{id: vault, tool: restic, media: disk, on: db-1, path: /srv/backup, site: head-office, schedule: daily}}

# What citizens or officers use. rto and rpo in minutes, as the business impact analysis decided.
#services:
#  - {{id: tax-filing, title: Tax filing, rto: 240, rpo: 60, stores: [records]}}

# A declaration that the agency has nothing of a kind; void when one is found.
#absences:
#  - {{kind: s3-bucket, reason: No cloud storage is used, by: A. Officer, until: 2027-06-30}}
"""

_EXAMPLE = re.compile(r"^#(?=\S|  )", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9 ._/@()'-]*")
_WORDS = frozenset({"true", "false", "null"})


def scalar(value: object) -> str:
    """A text, number or truth value as strict YAML, plain where nobody could read it as something else."""
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and value == value.strip() and value not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def site_files(name: str) -> dict[str, str]:
    """Every file of a new site by its path in the site, site.yaml last."""
    return {
        "agencies/README.md": AGENCIES_NOTE,
        "attestations/README.md": ATTESTATIONS_NOTE,
        "waivers/README.md": WAIVERS_NOTE,
        "known_hosts": KNOWN_HOSTS,
        "site.yaml": SITE.format(name=scalar(name)),
    }


def agency_file(agency_id: str, name: str, tier: Tier) -> str:
    """A commented file for a new agency; valid as it is."""
    return AGENCY.format(id=scalar(agency_id), name=scalar(name), tier=tier)


def examples_taken(text: str) -> str:
    """The same text with every example line taken into use."""
    return _EXAMPLE.sub("", text)
