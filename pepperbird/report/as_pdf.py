"""One agency's report as a PDF, set by typst: tagged for readers, with its own fonts, nothing loaded from anywhere.

The templates are content (`reports/pdf/`). Data reaches them as JSON and is put down as values, never as markup. The
same run gives the same bytes, packed: links are slow.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pepperbird.bundle.find import find_content
from pepperbird.errors import ContentError, UsageError
from pepperbird.report.build import build
from pepperbird.report.facts import AgencyFacts
from pepperbird.report.pdf_data import pdf_data
from pepperbird.report.spark import spark
from pepperbird.report.trend_svg import render_trend_svg

if TYPE_CHECKING:
    from typst import PDFStandard

TEMPLATE: Final = "report.typ"
FONTS: Final = "fonts"
STANDARDS: Final[tuple[list[PDFStandard], ...]] = (["a-2a", "ua-1"], ["ua-1"], [])
"""Tried in this order: a letter that no font here has, for one, is against the first two."""


def render_pdf(agencies: Sequence[AgencyFacts]) -> bytes:
    """The bytes of the report of the one agency.

    Raises UsageError where typst is not installed, ContentError where the templates are missing or broken.
    """
    facts = agencies[0]
    view = build(facts)
    root = Path(facts.catalog.root)
    picture = ""
    if view.trend is not None and len(view.trend.points) > 1:
        picture = render_trend_svg(view.trend, _with(root, "svg")).decode().replace("sans-serif", "Noto Sans")
    data = json.dumps(pdf_data(view, spark(view.trend), picture), ensure_ascii=False)
    return compile_pdf(_with(root, "pdf") / "reports" / "pdf", data, view.at)


def compile_pdf(folder: Path, data: str, at: str, template: str = TEMPLATE) -> bytes:
    """The template in `folder` with `data`, as of `at`. Raises UsageError and ContentError as `render_pdf` does."""
    try:
        import pikepdf  # noqa: F401 - said before the work, not after it
        import typst
    except ImportError as error:
        raise UsageError(f"a PDF needs {error.name}; install it with: pip install 'pepperbird[pdf]'") from error
    stamp = int(datetime.fromisoformat(at).timestamp())
    failed = ""
    for standards in STANDARDS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a letter that no font has is a warning, and a box in its place
                made = typst.compile(
                    folder / template, root=folder, font_paths=[folder / FONTS], ignore_system_fonts=True, format="pdf",
                    sys_inputs={"data": data}, pdf_standards=standards, timestamp=stamp,
                )  # fmt: skip
                return _packed(made)
        except (typst.TypstError, RuntimeError, OSError) as error:
            failed = str(error)
    raise ContentError(f"the report templates under {folder} cannot be used: {failed}")


def _packed(made: bytes) -> bytes:
    """The same document in less than half: typst writes the tags of each word of a table down one by one.

    It places lines to a millionth of a point; a twentieth (0.02 mm) is less than a printer's dot. What is smaller than
    ten points, the size of type and the parts of colours, is left finer.
    """
    import pikepdf

    def shorter(value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        rounded = round(value, 1 if abs(value) >= 10 else 3)
        return int(rounded) if rounded == int(rounded) else rounded.normalize()

    packed = BytesIO()
    pikepdf.settings.set_flate_compression_level(9)
    with pikepdf.open(BytesIO(made)) as document:
        for page in document.pages:
            content = [
                pikepdf.ContentStreamInstruction([shorter(one) for one in step.operands], step.operator)
                for step in pikepdf.parse_content_stream(page)
            ]
            page.obj.Contents = document.make_stream(pikepdf.unparse_content_stream(content))
        document.save(
            packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True, deterministic_id=True
        )
    return packed.getvalue()


def _with(root: Path, part: str) -> Path:
    """The content that has `reports/<part>`: that of the run, else, for runs from before there was one, ours."""
    return root if (root / "reports" / part).is_dir() else find_content()
