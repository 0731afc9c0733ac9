"""A page of the programme office: one HTML file in the style of the agencies' report, with nothing loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from markupsafe import Markup

from pepperbird.errors import ContentError
from pepperbird.report.as_html import STYLE, environment, policy_of, tight
from pepperbird.report.facts import name
from pepperbird.report.words import count

MORE = "office.css"


def render_page(template: str, root: Path, **values: Any) -> bytes:
    """UTF-8 bytes. `root` holds the content folders. Raises ContentError where templates are missing or broken."""
    folder = root / "reports" / "html"
    try:
        style = tight("".join((folder / one).read_text(encoding="utf-8") for one in (STYLE, MORE)))
        made = environment(folder)
        made.globals.update(count=count, named=name)
        marked = Markup(style)  # noqa: S704 - the style is content, like the page
        page = made.get_template(template).render(**values, style=marked, policy=policy_of(style))
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise ContentError(f"the page's templates under {folder} cannot be used: {error}") from error
    return tight(page).encode()
