import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.ticker import PercentFormatter

from loihi_sleep.results.figures import (
    draw_matrix,
    draw_means,
    draw_raster,
    drawing,
    drawn_for_page,
)
from loihi_sleep.results.metrics import summarize
from loihi_sleep.results.svg import for_page


def drawn(tmp_path, draw, rows=1, columns=1, *, narrow=False, **options):
    with (
        drawn_for_page(narrow=narrow) as page,
        drawing(tmp_path / "one.png", rows, columns, **options) as (figure, axes),
    ):
        draw(figure, axes)
    return page


def numbers(tmp_path, draw, *arguments, **options):
    return [table.as_sentence() for table in drawn(tmp_path, draw, *arguments, **options).numbers]


def test_numbers_of_bars_are_named_by_ticks(tmp_path):
    def draw(_, axes):
        ax = axes[0, 0]
        ax.bar([-0.2, 0.8], [0.25, 0.5], 0.4, label="no sleep")
        ax.bar([0.2, 1.2], [0.75, 1.0], 0.4, label="sleep")
        ax.plot([0.2, 1.2], [0.7, 0.9], ".")  # single seeds
        ax.axhline(0.1, label="chance")
        ax.set_xticks([0, 1], ["first", "second"])
        ax.set_ylabel("accuracy")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))

    assert numbers(tmp_path, draw) == [
        "accuracy: first: no sleep = 25 %, sleep = 75 %; second: no sleep = 50 %, sleep = 100 %",
        "accuracy: everywhere: chance = 10 %",
    ]


def test_numbers_of_horizontal_bars(tmp_path):
    def draw(_, axes):
        axes[0, 0].barh([0, 1], [3.0, 4.5], 0.7)
        axes[0, 0].set_yticks([0, 1], ["a", "b"])
        axes[0, 0].set_xlabel("error")

    assert numbers(tmp_path, draw) == ["error: a: 3; b: 4.5"]


def test_numbers_of_means_have_their_spread(tmp_path):
    entries = [summarize([0.0, 2.0], "x"), summarize([1.0, 1.0], "x")]

    def draw(_, axes):
        for ax, title in zip(axes[0], ("left", "right"), strict=True):
            draw_means(ax, [10, 20], entries, label="sleep")
            ax.set_title(title)
            ax.set_xlabel("steps")

    assert numbers(tmp_path, draw, 1, 2) == [
        "left: 10: sleep = 1 ± 1.414; 20: sleep = 1",
        "right: 10: sleep = 1 ± 1.414; 20: sleep = 1",
    ]


def test_numbers_of_a_matrix_and_none_of_a_picture(tmp_path):
    def draw(_, axes):
        draw_matrix(axes[0, 0], np.array([[0.0, 1.0]]), "{:.0f}".format, 0, 1)
        axes[0, 0].set_xticks([0, 1], ["a", "b"])
        axes[0, 0].set_yticks([0], ["row"])
        axes[0, 1].imshow(np.zeros((28, 28)))

    assert numbers(tmp_path, draw, 1, 2) == ["part 1: row: a = 0, b = 1"]


def test_of_long_curves_some_points_are_told_and_of_crowds_how_many(tmp_path):
    def draw(_, axes):
        axes[0, 0].plot(np.arange(1000), np.arange(1000) ** 2, label="squares")

    (sentence,) = numbers(tmp_path, draw)
    assert sentence.startswith("0: squares = 0; 91: squares = 8281; ")
    assert sentence.endswith("; 999: squares = 9.98e+05")
    assert sentence.count(";") == 11

    def raster(_, axes):
        draw_raster(axes[0, 0], [np.ones((20, 10), dtype=bool)], ["hidden"])

    assert numbers(tmp_path, raster) == ["dots: spikes of hidden = 200"]


def test_steps(tmp_path):
    def draw(_, axes):
        axes[0, 0].stairs([3, 4], [0.0, 0.5, 1.0], label="before")

    assert numbers(tmp_path, draw) == ["0 to 0.5: before = 3; 0.5 to 1: before = 4"]


def widths(page):
    root = ElementTree.fromstring(page.svg[0])
    return float(root.get("width")[:-2]) / 72, float(root.get("height")[:-2]) / 72


def test_a_narrow_figure_has_below_what_was_beside(tmp_path):
    def draw(_, axes):
        assert axes.shape == (1, 3)
        for ax in axes[0]:
            ax.plot([0, 1], label="a line of some length")
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    options = {"columns": 3, "size": (12.0, 2.5)}
    assert widths(drawn(tmp_path, draw, **options)) == pytest.approx((12.0, 2.5))
    (tmp_path / "one.png").unlink()
    assert widths(drawn(tmp_path, draw, narrow=True, **options)) == pytest.approx((4.4, 7.5))
    # It is for the page alone.
    assert not (tmp_path / "one.png").exists()


def test_a_grid_of_plots_is_not_drawn_narrow(tmp_path):
    def draw(_, axes):
        axes[1, 0].set_xlabel("time")

    assert drawn(tmp_path, draw, 2, 3, narrow=True).svg == [""]
    assert drawn(tmp_path, lambda *_: None, 2, 3, narrow=True).svg[0].startswith("<svg")


def test_what_is_written_on_colors_keeps_its_color_on_a_dark_page(tmp_path):
    def draw(_, axes):
        axes[0, 0].imshow([[0.0, 1.0]])
        axes[0, 0].text(0, 0, "here")

    assert 'id="on_color_0"' in drawn(tmp_path, draw).svg[0]


def test_long_names_are_broken_in_a_narrow_figure(tmp_path):
    def draw(figure, axes):
        axes[0, 0].barh([0, 1], [1, 2])
        axes[0, 0].set_yticks([0, 1], ["one name that is far too long", "b"])
        figures.append(figure)

    figures = []
    drawn(tmp_path, draw, narrow=True)
    labels = [label.get_text() for label in figures[0].axes[0].get_yticklabels()]
    assert labels == ["one name that is far\ntoo long", "b"]


def test_svg_is_small_the_same_each_time_and_light_on_a_dark_page(tmp_path):
    def draw(_, axes):
        draw_raster(axes[0, 0], [np.ones((100, 30), dtype=bool)], ["hidden"])

    first, second = (drawn(tmp_path, draw).svg[0] for _ in range(2))
    assert first == second
    assert len(first) < 60_000
    assert "<image" in first
    assert "prefers-color-scheme: dark" in first
    assert "<metadata" not in first
    ElementTree.fromstring(first)


def test_numbers_finer_than_a_screen_are_rounded_but_not_the_scale_of_letters():
    svg = '<svg a="b"><path d="M 1.23456 7.5 L 12.999999 3"/><g transform="scale(0.015625)"/></svg>'
    made = re.sub("<style>.*</style>", "", for_page("<?xml?>" + svg), flags=re.DOTALL)
    assert (
        made == '<svg a="b"><path d="M 1.23 7.5 L 12.99 3"/><g transform="scale(0.015625)"/></svg>'
    )
