"""The words of the fillable documents: read when somebody wants a form, and linted with all other content.

Each clause with a document has its template with every section that it asks for, in the same order, and no template is
for a document that nobody asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pepperbird.bundle.clauses import leaf_path
from pepperbird.bundle.sources import Part, Sources
from pepperbird.errors import ContentError, Issue
from pepperbird.located.document import parse_bytes
from pepperbird.located.validate import validate
from pepperbird.model.policy import Clause, Control, Document, Figure, Measured, Policy
from pepperbird.model.template import DocumentTemplate

FOLDER = "policies/documents"
DECLARED = ("service.rto", "service.rpo")
_TIMES = ("minutes", "hours", "days")


def read_templates(root: Path) -> dict[str, DocumentTemplate]:
    """Every template of the content under `root`, by clause. Raises ContentError with all that is wrong."""
    found: dict[str, DocumentTemplate] = {}
    issues: list[Issue] = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        document = parse_bytes(path.read_bytes(), path.relative_to(root).as_posix())
        template, problems = validate(document, DocumentTemplate)
        issues += problems
        if template is not None:
            found[template.clause] = template
    if issues:
        raise ContentError(issues)
    return found


def check_templates(sources: Sources) -> None:
    """Note what is wrong with the templates, between them and the policies, and with what documents measure."""
    parts = dict(_parts(sources))
    asked: set[str] = set()
    for part in sources.policies.values():
        for control in part.value.controls:
            for leaf in control.leaves:
                if leaf.document is not None and leaf.id is not None:
                    asked.add(leaf.id)
                    _asked(sources, part, control, leaf, leaf.document, parts)
    if not all(part.whole for part in sources.policies.values()) or sources.broken:
        return
    for name, template in parts.items():
        if name not in asked:
            sources.say(template, ("clause",), f"clause: no clause {name} asks for a document; remove this file")


def _parts(sources: Sources) -> Iterator[tuple[str, Part[DocumentTemplate]]]:
    for file, data in sources.files.items():
        if not file.startswith(FOLDER):
            continue
        document = parse_bytes(data, file)
        template, issues = validate(document, DocumentTemplate)
        sources.issues += issues
        if template is None:
            sources.broken.add(file)
            continue
        part = Part(template, document, True)
        name = file.rpartition("/")[2].removesuffix(".yaml")
        if template.clause != name:
            sources.say(part, ("clause",), f"clause: {template.clause} in a file named {name}.yaml; make them agree")
        yield name, part


def _asked(
    sources: Sources, part: Part[Policy], control: Control, leaf: Clause, document: Document,
    parts: Mapping[str, Part[DocumentTemplate]],
) -> None:  # fmt: skip
    place = (*leaf_path(part.document, control.id, leaf), "document")
    file = f"{FOLDER}/{leaf.id}.yaml"
    template = parts.get(str(leaf.id))
    if template is not None:
        names = tuple(one.name for one in template.value.sections)
        if names != document.sections:
            missing = ", ".join(name for name in document.sections if name not in names)
            more = ", ".join(name for name in names if name not in document.sections)
            what = (f"lacks {missing}; " if missing else "") + (f"has {more}; " if more else "")
            text = f"sections: {what}write those of {leaf.id}, in its order"
            sources.say(template, ("sections",), text)
    elif file not in sources.broken:
        text = f"{leaf.id}: its document has no form; write {file}"
        sources.say(part, place, text)
    if document.measured is not None:
        for problem in _measured(control, leaf, document.measured):
            sources.say(part, (*place, "measured"), f"measured: {problem}")


def _measured(control: Control, leaf: Clause, measured: Measured) -> Iterator[str]:
    if measured.of != "service" and measured.cover != "any":
        yield "`cover` is for services; remove it"
    if measured.of == "store" and any(str(kind) != "data-store" for kind in leaf.on):
        yield "`of: store` is for clauses on data-store"
    names = [one.id for one in measured.figures]
    if len(set(names)) != len(names):
        yield "a figure stands twice; give each its own id"
    choices = {word for one in measured.figures for word in _scale(control, one)}
    for figure in measured.figures:
        for name in (*figure.at_most, *figure.at_least):
            yield from _limit(control, measured, figure, name)
        if figure.unit == "choice" and (len(figure.at_least) != 1 or not _scale(control, figure)):
            yield f"{figure.id}: a choice needs one `at_least`, a parameter with a `scale`"
        if stray := [word for word in figure.not_for if word not in choices]:
            yield f"{figure.id}: not_for: {', '.join(stray)} is no word of a choice here"


def _scale(control: Control, figure: Figure) -> tuple[str, ...]:
    name = figure.at_least[0] if figure.unit == "choice" and figure.at_least else ""
    return control.parameters[name].scale if name in control.parameters else ()


def _limit(control: Control, measured: Measured, figure: Figure, name: str) -> Iterator[str]:
    if name in DECLARED:
        if measured.of != "service" or figure.unit not in _TIMES:
            yield f"{figure.id}: {name} is a time of a service, and this is none"
        return
    parameter = control.parameters.get(name)
    if parameter is None:
        yield f"{figure.id}: {control.id} has no parameter {name}; correct the name"
    elif figure.unit != "choice" and parameter.type != "int":
        yield f"{figure.id}: {name} is no number to hold it against"
    elif (figure.unit in _TIMES) != (parameter.unit in _TIMES):
        yield f"{figure.id}: measured in {figure.unit}, and {name} is in {parameter.unit}"
