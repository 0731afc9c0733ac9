"""What of a form is still as it was written: a section whose example stands there says nothing of the agency."""

from __future__ import annotations

import zipfile
from pathlib import Path

from pepperbird.model.template import DocumentTemplate

MAX_BYTES = 64 * 1024 * 1024


def examples_left(document: Path, template: DocumentTemplate) -> tuple[str, ...]:
    """The sections of a DOCX whose example is still in it; () for what is no DOCX, or cannot be opened."""
    if document.suffix.lower() != ".docx" or document.stat().st_size > MAX_BYTES:
        return ()
    try:
        import docx
        from docx.oxml.ns import qn

        with zipfile.ZipFile(document) as parts:
            if sum(one.file_size for one in parts.infolist()) > MAX_BYTES:
                return ()
        form = docx.Document(str(document))
    except Exception:  # noqa: BLE001 - what somebody handed in may be anything; reading it is only a courtesy
        return ()
    paragraphs = ("".join(one.itertext()) for one in form.element.body.iter(qn("w:p")))
    text = " ".join("\n".join(paragraphs).split())
    return tuple(one.name for one in template.sections if " ".join(one.example.split()) in text)
