"""What pydantic found wrong, in the words of somebody who edits the file: what is wrong, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from pydantic_core import ErrorDetails

from pepperbird.located.document import Path

_YAML11 = frozenset({"yes", "no", "on", "off", "y", "n"})
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "a truth value",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "mapping_type": "a map",
    "none_required": "nothing",
}
_FORMS = {
    r"^[a-z0-9][a-z0-9._-]*$": "a short name: lower case letters, digits, dots, dashes and underscores",
    r"^[a-z][a-z0-9_]*$": "a name of lower case letters, digits and underscores that begins with a letter",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day, written YYYY-MM-DD",
    r"^[A-Z]{2}$": "a country's two letters, written like LR",
    r"^[0-9a-f]{64}$": "a SHA-256 digest of 64 hexadecimal digits in lower case",
}
_CHOICE = frozenset({"enum", "literal_error"})
_SHOWN = 60


def say(path: Path, details: list[ErrorDetails], known: Sequence[str] = ()) -> list[tuple[str, bool]]:
    """Messages for what was found at one path, each with whether it is about the key rather than the value.

    `known` are the keys that an unknown one may have been meant for.
    """
    found: list[tuple[str, bool]] = []
    lead = ".".join(map(str, path)) + ": " if path else ""
    wanted = [_WANTED[d["type"]] for d in details if d["type"] in _WANTED]
    chosen = any(d["type"] in _CHOICE and isinstance(d["input"], str) for d in details)
    if wanted and not chosen:
        found.append((lead + _expected(list(dict.fromkeys(wanted)), details[0]["input"]), False))
    rest = [detail for detail in details if detail["type"] not in _WANTED]
    found.extend(
        (lead + _one(detail) + _meant(path, detail, known), detail["type"] == "extra_forbidden") for detail in rest
    )
    return list(dict.fromkeys(found))


def _meant(path: Path, detail: ErrorDetails, known: Sequence[str]) -> str:
    if detail["type"] != "extra_forbidden" or not path:
        return ""
    near = difflib.get_close_matches(str(path[-1])[:100], known, 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _expected(wanted: list[str], given: object) -> str:
    message = f"expected {' or '.join(wanted)}, found {_shown(given)}"
    if isinstance(given, str) and given.lower() in _YAML11 and "a truth value" in wanted:
        return f"{message}, which is text in YAML 1.2; write true or false"
    if given is None:
        return f"{message}; fill it in or remove the key"
    if isinstance(given, bool | int | float) and "text" in wanted:
        return f"{message}; put it in quotes"
    return f"{message}; correct it"


def _shown(given: object) -> str:
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, dict):
        return "a map"
    if isinstance(given, list | tuple):
        return "a list"
    text = str(given)
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return repr(text) if isinstance(given, str) else text


def _one(detail: ErrorDetails) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return "unknown key; remove it or correct its spelling"
        case "missing":
            return f"`{detail['loc'][-1]}` is missing; add it"
        case "enum" | "literal_error":
            return _choice(str(context.get("expected", "")), given)
        case "too_short":
            found, wanted = context.get("actual_length"), context.get("min_length")
            return f"at least {wanted} wanted, found {found}; add what is missing"
        case "string_too_short":
            return "expected some text, found none; fill it in"
        case "string_too_long":
            return f"longer than {context.get('max_length')} characters; shorten it"
        case "string_pattern_mismatch":
            form = _FORMS.get(str(context.get("pattern")))
            if form is not None:
                return f"{_shown(given)} is not {form}; correct it"
            return f"{_shown(given)} does not have the form {context.get('pattern')}; correct it"
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            limit = detail["msg"].removeprefix("Input should be ")
            return f"found {_shown(given)}, which should be {limit}; correct it"
        case _:
            message = detail["msg"].removeprefix("Value error, ")
            return message[:1].lower() + message[1:]


def _choice(expected: str, given: object) -> str:
    names = re.findall(r"'([^']*)'", expected)
    message = f"found {_shown(given)}; write one of {', '.join(names)}"
    near = difflib.get_close_matches(str(given), names, 1)
    return f"{message} (did you mean {near[0]}?)" if near else message
