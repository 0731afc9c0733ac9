"""The schedules of the site as its file has them now: read again when it was changed, kept as they were while it is
wrong."""

from __future__ import annotations

from pathlib import Path

from pepperbird.errors import SiteError
from pepperbird.fleet.due import Timed, timed
from pepperbird.fleet.health import Health
from pepperbird.fleet.log import Log
from pepperbird.inventory.read import read_site
from pepperbird.model.site import Site


class SiteWatch:
    """The site folder at `root`. It is right when it is first read, or SiteError is raised."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._mark = self._marked()
        self._site = read_site(root)
        self._timed = timed(self._site.file)

    @property
    def site(self) -> Site:
        """The site as it was read last."""
        return self._site

    @property
    def known(self) -> tuple[Timed, ...]:
        """The schedules as they were read last."""
        return self._timed

    def schedules(self, log: Log, health: Health) -> tuple[Timed, ...]:
        """The schedules; what is wrong with the site is told, and those from before hold."""
        mark = self._marked()
        if mark == self._mark:
            return self._timed
        self._mark = mark
        try:
            site = read_site(self.root)
            self._site, self._timed = site, timed(site.file)
        except SiteError as error:
            said = str(error).partition("\n")[0]
            health.change(site=f"{said} (schedules stay as they were)")
            log.error("site-wrong", said=said)
            return self._timed
        health.change(site="")
        log.info("site-read", schedules=len(self._timed))
        return self._timed

    def _marked(self) -> tuple[tuple[str, int, int], ...]:
        """Changes when a file that schedules depend on does."""
        files = [self.root / "site.yaml", *sorted((self.root / "agencies").glob("*.yaml"))]
        found = []
        for path in files:
            try:
                about = path.stat()
            except OSError:
                continue
            found.append((path.name, about.st_mtime_ns, about.st_size))
        return tuple(found)
