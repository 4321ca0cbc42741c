import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loihi_sleep.results import player
from loihi_sleep.results.player import Layer, Player, Recording, as_json
from loihi_sleep.results.tables import Table


def unpacked(recording, layer, rows):
    packed = np.frombuffer(base64.b64decode(recording["bits"][layer]), dtype=np.uint8)
    by_step = packed.reshape(recording["steps"], -1)
    return np.unpackbits(by_step, axis=1, count=rows, bitorder="little").astype(bool)


@given(st.integers(1, 20), st.integers(1, 40), st.integers(0, 2**32))
def test_spikes_are_packed_step_by_step(steps, neurons, seed):
    raster = np.random.default_rng(seed).random((steps, neurons)) < 0.3
    made = json.loads(as_json(Player("", "", [Layer("one")], [Recording("", "", [raster])])))
    assert (unpacked(made["recordings"][0], 0, neurons) == raster).all()


def test_large_layers_are_thinned_but_not_images_and_labelled_ones():
    sizes = (784, 1000, 300)
    rasters = [np.arange(size)[np.newaxis] % 2 == 0 for size in sizes]
    labels = [str(n) for n in range(300)]
    layers = [Layer("input", plane=(28, 28)), Layer("hidden"), Layer("output", labels)]
    made = json.loads(as_json(Player("", "", layers, [Recording("", "", rasters)])))
    assert [layer["rows"] for layer in made["layers"]] == [784, 200, 300]
    assert [layer["neurons"] for layer in made["layers"]] == list(sizes)
    places = np.linspace(0, 999, 200).round()
    assert (unpacked(made["recordings"][0], 1, 200)[0] == (places % 2 == 0)).all()


def test_of_many_recordings_some_are_kept(monkeypatch):
    recordings = [Recording(str(n), "", [np.ones((30, 64), dtype=bool)]) for n in range(10)]
    page = Player("", "", [Layer("one")], recordings)
    whole = json.loads(as_json(page))["recordings"]
    assert len(whole) == 10
    monkeypatch.setattr(player, "_LARGEST", 3 * len(json.dumps(whole[0])))
    kept = [recording["name"] for recording in json.loads(as_json(page))["recordings"]]
    assert len(kept) == 3
    assert kept[-1] == "9"


def test_no_text_ends_the_element_that_holds_it():
    made = as_json(Player("", "", [Layer("</script>")], [Recording("<!--", "", [np.ones((1, 1))])]))
    assert "<" not in made
    assert json.loads(made)["layers"][0]["name"] == "</script>"


def test_the_summary_by_hand():
    rasters = [np.array([[1, 0], [1, 1]], dtype=bool), np.array([[1], [0]], dtype=bool)]
    made = Player("", "", [Layer("in"), Layer("out", ["a"])], [Recording("night 1", "", rasters)])
    table = made.summary
    assert table.head == ("", "in (2)", "out (1)", "spikes of a")
    assert table.rows == (("night 1", "0.7500", "0.5000", "1"),)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            Table("t", ("", "a", "b"), [("x", "1", "2"), ("y", "3", "4")]),
            "t: x: a = 1, b = 2; y: a = 3, b = 4",
        ),
        (Table("", ("", ""), [("x", "1")]), "x: 1"),
    ],
)
def test_a_table_as_a_sentence(table, sentence):
    assert table.as_sentence() == sentence
