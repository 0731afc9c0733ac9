"""`pepperbird inventory`: lint, import, propose, trust and sign what the register declares."""

from __future__ import annotations

import click

from pepperbird.cli.inventory_import import import_
from pepperbird.cli.inventory_lint import lint
from pepperbird.cli.inventory_propose import propose_
from pepperbird.cli.inventory_sign import decommission, review, sign
from pepperbird.cli.inventory_trust import trust


@click.group()
def inventory() -> None:
    """Lint, import, propose, trust and sign what the register declares."""


inventory.add_command(import_)
inventory.add_command(lint)
inventory.add_command(propose_)
inventory.add_command(trust)
inventory.add_command(sign)
inventory.add_command(review)
inventory.add_command(decommission)
