"""Contrast: the colours of tokens.css are legible in both themes, and chart colours stay apart for every kind of sight."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from engine.widgets.charts.heat import DARK

TOKENS = Path(__file__).parents[2] / "engine" / "widgets" / "shared" / "tokens.css"
PAIR = re.compile(r"(--[a-z0-9-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
Rgb = tuple[float, float, float]

WORDS = [
    *[
        (word, ground)
        for word in ("--text", "--text-2", "--text-3")
        for ground in ("--page", "--surface", "--sunken", "--hover", "--raised")
    ],
    *[("--accent-text", ground) for ground in ("--page", "--surface", "--accent-soft", "--hover", "--raised")],
    ("--on-accent", "--accent"),
    ("--on-accent", "--accent-hover"),
    ("--on-danger", "--danger-fill"),
    *[
        (f"--{tone}", ground)
        for tone in ("success", "warning", "danger", "info", "neutral")
        for ground in (f"--{tone}-soft", "--surface", "--page")
    ],
    *[(figure, ground) for figure in ("--red", "--green") for ground in ("--surface", "--page", "--hover")],
    ("--text", "--accent-soft"),
    ("--text-3", "--neutral-soft"),
]
SHAPES = [
    *[(line, ground) for line in ("--line-control", "--focus", "--accent") for ground in ("--surface", "--page")],
    *[(f"--c{number}", "--surface") for number in range(1, 9)],
]
# How the world looks with each of the three kinds of missing cones, full strength (Machado, Oliveira and Fernandes, 2009).
SIGHTS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
APART = 15.0
NEIGHBOURS_APART = 26.0


def read_tokens(theme: int) -> dict[str, str]:
    return {found[0]: found[1 + theme] for found in PAIR.findall(TOKENS.read_text(encoding="utf-8"))}


def linear(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, sight: str) -> Rgb:
    source = linear(colour)
    seen = [min(max(sum(by * part for by, part in zip(row, source, strict=True)), 0), 1) for row in SIGHTS[sight]]
    red, green, blue = seen
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def difference(one: str, other: str, sight: str) -> float:
    return sum((a - b) ** 2 for a, b in zip(lab(one, sight), lab(other, sight), strict=True)) ** 0.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("word", "ground"), WORDS)
def test_words_are_legible_on_their_grounds(theme: int, word: str, ground: str) -> None:
    tokens = read_tokens(theme)
    assert contrast(tokens[word], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_edges_of_controls_and_marks_of_charts_stand_out(theme: int, shape: str, ground: str) -> None:
    tokens = read_tokens(theme)
    assert contrast(tokens[shape], tokens[ground]) >= 3


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_chart_colours_are_apart_for_every_kind_of_sight(theme: int, sight: str) -> None:
    tokens = read_tokens(theme)
    palette = [tokens[f"--c{number}"] for number in range(1, 9)]
    assert min(difference(one, other, sight) for one, other in combinations(palette, 2)) >= APART
    assert min(difference(one, other, sight) for one, other in combinations(palette[:3], 2)) >= NEIGHBOURS_APART


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_figures_in_a_heat_map_are_legible_on_every_step(theme: int) -> None:
    tokens = read_tokens(theme)
    sheet = (TOKENS.parent / "chart.css").read_text(encoding="utf-8")
    on_high = re.search(r"\.on-high \{ fill: light-dark\((#\w+), (#\w+)\)", sheet)
    assert on_high is not None
    shares = [int(share) / 100 for share in re.findall(r"--m: (\d+)%", sheet)]
    assert len(shares) == 8
    for step, share in enumerate(shares, start=1):
        ground = mix(tokens["--heat-low"], tokens["--heat-high"], share)
        word = expand(on_high.group(1 + theme)) if step >= DARK else tokens["--text"]
        assert contrast(word, ground) >= 4.5, f"step {step}"


def expand(colour: str) -> str:
    return "#" + "".join(digit * 2 for digit in colour[1:]) if len(colour) == 4 else colour


def mix(low: str, high: str, share: float) -> str:
    """As `color-mix(in oklab, high share, low)` does."""
    parts = [a + (b - a) * share for a, b in zip(oklab(linear(low)), oklab(linear(high)), strict=True)]
    roots = (
        parts[0] + 0.3963377774 * parts[1] + 0.2158037573 * parts[2],
        parts[0] - 0.1055613458 * parts[1] - 0.0638541728 * parts[2],
        parts[0] - 0.0894841775 * parts[1] - 1.2914855480 * parts[2],
    )
    long, middle, short = (root**3 for root in roots)
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return "#" + "".join(f"{round(255 * _encoded(min(max(part, 0), 1))):02x}" for part in (red, green, blue))


def _encoded(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def oklab(colour: Rgb) -> Rgb:
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
