"""The grants that are printed are those that the probes of the plan need, each once, for the plan's account."""

from __future__ import annotations

import pytest

from pepperbird.errors import UsageError
from pepperbird.model.plan import Selection
from pepperbird.model.site import Defaults
from pepperbird.model.state import Tier
from pepperbird.plan.adhoc import site_of_targets
from pepperbird.plan.make import make_plan
from pepperbird.plan.sql_rights import grants
from tests.support.shipped import shipped_catalog

CATALOG = shipped_catalog()


def printed(*targets: str) -> str:
    site = site_of_targets(targets, tier=Tier.STANDARD, defaults=Defaults())
    return grants(make_plan(CATALOG, site, Selection(adhoc=True), at="2026-11-24T00:00:00Z").endpoints)


def test_postgresql() -> None:
    text = printed("postgresql://pepper@db.gov.lr/registry")
    assert text.count("GRANT pg_monitor TO pepper;") == 1
    assert "GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO pepper;" in text
    assert "mysql.user" not in text


def test_mysql() -> None:
    text = printed("mysql://pepper@db.gov.lr:3306", "local")
    assert text.count("GRANT PROCESS ON *.* TO 'pepper'@'%';") == 1
    assert "pg_monitor" not in text
    assert "{" not in text


def test_an_account_that_is_no_plain_name_is_refused() -> None:
    with pytest.raises(UsageError, match="plain"):
        printed("postgresql://a'b@db.gov.lr")
