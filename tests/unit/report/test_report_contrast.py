"""The page's colours, light and dark: every text is told from what it stands on as WCAG AA asks (4.5 to 1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "reports" / "html" / "report.css").read_text()
ROOTS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
TEXT = ("ink", "soft", "link", "pass", "fail", "unseen", "mark")
GROUND = ("page", "panel")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block))


LIGHT, DARK = (colours(block) for block in ROOTS)


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    pairs = [(text, ground) for text in TEXT for ground in GROUND] + [("ink", "code")]
    found = {(text, ground): contrast(theme[text], theme[ground]) for text, ground in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_a_colour_is_only_named_where_both_themes_have_it() -> None:
    rest = "".join(re.split(r":root \{.*?\}", CSS, flags=re.DOTALL))
    assert not re.findall(r"#[0-9a-f]{3,8}\b", rest)
    assert set(LIGHT) == set(DARK) >= {*TEXT, *GROUND, "code"}


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
