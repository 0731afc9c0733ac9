"""One agency's report as one HTML file: no script, nothing loaded from anywhere, readable on paper and by a reader.

The templates are content (`reports/html/`). They run in Jinja's sandbox with autoescape on and see values only.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from pepperbird.errors import ContentError
from pepperbird.report import words
from pepperbird.report.asks import in_letter
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts, shown
from pepperbird.report.pdf_data import asked
from pepperbird.report.spark import spark
from pepperbird.score.trend import Trend

MOST_ROWS = 8
_PRE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_BESIDE = re.compile(
    r">\n(?=</?(?:article|details|div|d[dlt]|h[1-6]|li|main|ol|p|section|summary|t(?:able|body|d|h|head|r)|ul)\b)"
)
"""Line ends before what begins a line anyway."""
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r'("[^"]*")|\s*([{};,>])\s*|(?<=:)\s+|\n\s*')
TEMPLATE, STYLE = "report.html", "report.css"


def render_html(agencies: Sequence[AgencyFacts]) -> bytes:
    """UTF-8 bytes of the report of the one agency. Raises ContentError where the templates are missing or broken."""
    facts = agencies[0]
    folder = Path(facts.catalog.root) / "reports" / "html"
    try:
        style = tight_style((folder / STYLE).read_text(encoding="utf-8"))
        view = build(facts)
        page = (
            environment(folder)
            .get_template(TEMPLATE)
            .render(
                view=view,
                style=Markup(style),  # noqa: S704 - the style is content, like the page
                policy=policy_of(style),
                in_letter=in_letter(view),
                spark=spark(view.trend),
                trend=_trend(view.trend, Path(facts.catalog.root)),
            )
        )
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        raise ContentError(f"the report templates under {folder} cannot be used: {error}") from error
    return tight(page).encode()


def tight(page: str) -> str:
    """The page without indents and empty lines, but within `<pre>`: it is carried over thin lines."""
    parts = _PRE.split(page)
    return "".join(
        part if number % 2 else _BESIDE.sub(">", _INDENT.sub("\n", part)) for number, part in enumerate(parts)
    )


def tight_style(style: str) -> str:
    """The style without what no browser needs: comments, line ends and spaces around its marks."""
    return _AROUND.sub(lambda one: one[1] or one[2] or "", _COMMENT.sub("", style)).replace(";}", "}").strip()


def _trend(trend: Trend | None, root: Path) -> dict[str, Any] | None:
    """The picture, and the newest runs as a table for whoever does not see it; None before the second run."""
    if trend is None or len(trend.points) < 2:
        return None
    from pepperbird.report import trend_words
    from pepperbird.report.trend_svg import render_trend_svg

    picture = render_trend_svg(trend, root).decode()
    return {
        "picture": Markup(picture),  # noqa: S704 - made by a template that escapes, of figures
        "rows": trend.points[-MOST_ROWS:][::-1],
        "left": max(len(trend.points) - MOST_ROWS, 0),
        "now": trend_words.now_words(trend),
        "series": (trend_words.series_words(trend), *trend_words.missing_words(trend)),
        "told": {one.run: trend_words.point_words(one, trend) for one in trend.points[-MOST_ROWS:]},
    }


def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        states={str(state): told for state, told in words.STATE.items()},
        counted={str(state): told for state, told in words.COUNTED.items()},
        efforts=words.EFFORT,
        costs=words.COST,
        owners=words.OWNER,
        risks=words.RISK,
        systems=words.SYSTEM,
        numbers=words.THINGS,
        date=words.date,
        moment=words.moment,
        shown=shown,
        asked=asked,
        days=words.days,
        age=words.age,
        gains=words.gains,
        brief=words.brief,
        gain_words=words.gain_words,
    )
    environment.filters.update(prose=prose, sentence=words.sentence, stop=words.stop)
    return environment


def prose(text: str) -> Markup:
    """Text escaped, with what stands between backticks as code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    marked = (Markup("<code>{}</code>").format(part) if i % 2 else escape(part) for i, part in enumerate(parts))
    return Markup("").join(marked)


def policy_of(style: str) -> str:
    """Nothing may be loaded or run, and of styles only the one in the page."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
