"""Figures as SVG: small, and readable on a dark page."""

from __future__ import annotations

import re

# More places than a screen has.
_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")
# Not of transforms: glyphs are scaled by small factors.
_PLACES = re.compile(r'( (?:d|x|y|points)=")([^"]*)(")')
# What the names of backgrounds and of text on colored ground begin with; see _DARK.
PAPER, ON_COLOR = "paper", "on_color"
# What is black or white because the page is so, and other colors stay: text, axes, grid.
_DARK = f"""<style>
@media (prefers-color-scheme: dark) {{
  g[id^="{PAPER}"] path {{ fill: none !important }}
  g[id^="text_"] {{ fill: #e4e7ec }}
  [style*="stroke: #000000"] {{ stroke: #e4e7ec !important }}
  [style*="fill: #000000"], use[style*="stroke: #000000"] {{ fill: #e4e7ec !important }}
  [style*="stroke: #dfe3e8"] {{ stroke: #333b48 !important }}
  [style*="stroke: #2b5fa5"] {{ stroke: #6ea3e6 !important }}
  [style*="fill: #2b5fa5"], use[style*="stroke: #2b5fa5"] {{ fill: #6ea3e6 !important }}
  g[id^="legend"] path[style*="fill: #ffffff"] {{ fill: none !important }}
}}
</style>"""


def for_page(svg: str) -> str:
    """Round what is finer than a screen, and let a dark page have light text.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.

    Returns
    -------
    str
    """
    begin = svg.index("<svg")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[begin:], flags=re.DOTALL)
    svg = _PLACES.sub(lambda m: m[1] + _LONG_NUMBER.sub(r"\1", m[2]) + m[3], svg)
    svg = re.sub(r"\n\s*", "\n", svg)
    after = svg.index(">") + 1
    return svg[:after] + _DARK + svg[after:]
