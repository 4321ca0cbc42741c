import numpy as np
import pytest
from matplotlib.figure import Figure

from loihi_sleep.results.mosaics import draw_mosaic, lay_out

NONE = np.nan


def test_pictures_lie_side_by_side_and_row_below_row():
    pictures = [[[1, 2]], [[3, 4]], [[5, 6]]]
    expected = [
        [1, 2, NONE, 3, 4],
        [NONE, NONE, NONE, NONE, NONE],
        [5, 6, NONE, NONE, NONE],
    ]
    assert np.array_equal(lay_out(pictures, 2), expected, equal_nan=True)


def test_pictures_may_touch():
    assert lay_out([[[1]], [[2]], [[3]], [[4]]], 2, gap=0).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("columns", [1, 3, 5])
def test_the_middle_of_a_picture_is_where_it_was_drawn(columns):
    axes = Figure().subplots()
    pictures = np.arange(5)[:, None, None] * np.ones((5, 3, 7))
    across, down = draw_mosaic(axes, pictures, columns, gap=2)
    shown = axes.images[0].get_array()
    assert [shown[int(y), int(x)] for x, y in zip(across, down, strict=True)] == [0, 1, 2, 3, 4]


def test_a_place_left_free_has_no_frame():
    axes = Figure().subplots()
    pictures = np.zeros((3, 2, 2))
    pictures[1] = NONE
    draw_mosaic(axes, pictures, 3, frame="gray")
    corners = [tuple(path.get_extents().min) for path in axes.collections[0].get_paths()]
    assert corners == [(-0.5, -0.5), (5.5, -0.5)]
