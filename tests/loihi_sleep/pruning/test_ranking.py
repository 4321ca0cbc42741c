import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loihi_sleep.pruning.masks import strongest
from loihi_sleep.pruning.ranking import Ranking, lamp, magnitude

LAYER = arrays(float, (3, 4), elements=st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 0.5, 1.0]))
THERE = arrays(bool, (3, 4))


def test_lamp_by_hand():
    weights = np.array([[1.0, -2.0], [2.0, 4.0]])
    mask = np.array([[True, True], [True, False]])
    # 1 of 1 + 4 + 4; of the equal 2s the first goes last: 4 of 4, then 4 of 8. The 4 is gone.
    assert lamp(weights, mask).tolist() == [[1 / 9, 1.0], [0.5, 0.0]]


def test_a_layer_of_small_weights_survives_by_lamp_only():
    weights = [np.array([[3.0, 2.0, 1.0]]), np.array([[0.02, 0.01]])]
    masks = [np.ones(w.shape, dtype=bool) for w in weights]
    by_magnitude, by_lamp = (
        Ranking(((0, 1),), score).strongest(weights, masks, [2]) for score in (magnitude, lamp)
    )
    assert [mask.tolist() for mask in by_magnitude] == [[[True, True, False]], [[False, False]]]
    assert [mask.tolist() for mask in by_lamp] == [[[True, False, False]], [[True, False]]]


@given(weights=LAYER, mask=THERE, power=st.integers(-20, 20))
def test_lamp_ranks_a_layer_as_magnitudes_do_whatever_its_scale(weights, mask, power):
    scores = lamp(weights, mask)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (scores == lamp(weights * 2.0**power, mask)).all()
    for count in range(int(mask.sum()) + 1):
        assert (strongest(scores, mask, count) == strongest(weights, mask, count)).all()


@given(one=LAYER, two=LAYER, masks=st.tuples(THERE, THERE), data=st.data())
def test_layers_that_compete_by_lamp_keep_their_strongest(one, two, masks, data):
    ends = [int((mask & (w != 0)).any()) for w, mask in zip((one, two), masks, strict=True)]
    there = sum(int(mask.sum()) for mask in masks)
    count = data.draw(st.integers(sum(ends), there))
    kept = Ranking(((0, 1),), lamp).strongest([one, two], masks, [count])
    assert sum(int(mask.sum()) for mask in kept) == count
    assert all(not (after & ~before).any() for after, before in zip(kept, masks, strict=True))
    assert all(mask.any() for mask, end in zip(kept, ends, strict=True) if end)


def test_groups_compete_apart():
    weights = [np.array([[1.0, 2.0]]), np.array([[9.0, 8.0]]), np.array([[3.0, 0.5]])]
    masks = [np.ones((1, 2), dtype=bool)] * 3
    ranking = Ranking(((0, 2), (1,)))
    assert ranking.totals([2, 5, 1]) == [3, 5]
    kept = ranking.strongest(weights, masks, [2, 1])
    assert [mask.tolist() for mask in kept] == [[[False, True]], [[True, False]], [[True, False]]]


def test_by_layer_each_keeps_its_own():
    assert Ranking.by_layer(3) == Ranking(((0,), (1,), (2,)), magnitude)


@pytest.mark.parametrize("groups", [((0, 1), (1,)), ((1, 2),)])
def test_layers_in_no_group_or_in_two_are_refused(groups):
    with pytest.raises(ValueError, match="each layer from 0 on must be in it once"):
        Ranking(groups)


def test_a_network_with_another_number_of_layers_is_refused():
    weights = [np.ones((1, 2))] * 3
    masks = [np.ones((1, 2), dtype=bool)] * 3
    with pytest.raises(ValueError, match="groups has 2 layers; the network has 3"):
        Ranking(((0, 1),)).strongest(weights, masks, [2])
