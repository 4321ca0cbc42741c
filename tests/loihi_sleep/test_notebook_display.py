"""What results look like in a notebook: a table of HTML, and a figure."""

import subprocess
import sys

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps

import loihi_sleep as ls
from loihi_sleep.cost.activity import ProcessActivity
from loihi_sleep.html_table import html_table
from loihi_sleep.results.runs import Run

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def network():
    return ls.networks.layered([6, 4, 3], [np.full((4, 6), 60), np.full((3, 4), 80)], vth=100)


def night_of(network, raster_steps):
    night = ls.Night(steps=130, drive=ls.Poisson(rates=0.3), seed=1)
    return ls.run_night(network, night, ls.select("compiled"), raster_steps=raster_steps)


def test_tables_escape_what_they_are_given():
    text = html_table("<a>", ["b&c"], [["<d>", 12345, 0.12345, 123.4]], note="<e>")
    assert "<a>" not in text
    assert "&lt;d&gt;</td><td>12,345</td><td>0.123</td><td>123</td>" in text
    assert "&lt;e&gt;" in text


def test_a_night_shows_its_layers(network):
    record = night_of(network, 0)
    text = record._repr_html_()
    for layer, spikes in enumerate(record.spikes, 1):
        assert f"<td>layer {layer}</td>" in text
        assert f"<td>{spikes.sum():,}</td>" in text
    assert len(record.plot()) == 3  # firing, and weights of two layers


def test_a_night_with_spikes_draws_them_and_the_weights_before(network):
    axes = night_of(network, 50).plot(before=network.weights)
    assert len(axes) == 4
    assert axes[0].get_title(loc="left") == "spikes at the beginning of the night"
    dots = sum(len(line.get_xdata()) for line in axes[0].lines if line.get_marker() == ".")
    assert dots == sum(raster.sum() for raster in night_of(network, 50).rasters)
    assert [text.get_text() for text in axes[-1].get_legend().get_texts()] == [
        "before the night",
        "after the night",
    ]


def test_weights_of_another_network_are_refused(network):
    with pytest.raises(ValueError, match=r"before has shapes \[\(2, 2\)\]; it must have those of"):
        night_of(network, 0).plot(before=[np.zeros((2, 2))])


def test_what_a_network_did_and_whether_it_fits(network):
    processes = network.build("fixed", seed=0)
    fit = ls.check(processes.neurons[0])
    assert fit._repr_html_().count("<tr>") == 1 + len(fit.parts)
    assert "necessary, not sufficient" in fit._repr_html_()
    assert [text.get_text() for text in fit.plot().get_yticklabels()] == [
        f"{part.name} ({part.kind}){', host' if part.host else ''}" for part in fit.parts
    ]

    ls.attach(processes.neurons[0], "fixed", "per_synapse")
    counter = ls.count(processes.neurons[0])
    processes.neurons[0].run(condition=RunSteps(10))
    activity = counter.activity()
    processes.neurons[0].stop()
    assert "What a network did in 10 steps" in activity._repr_html_()
    own = ProcessActivity("a", "Own", "", True, synapses=3, updates=None)
    other = ls.Activity(1, 0, (own,))
    assert "<td>not counted</td>" in other._repr_html_()
    axes = plt.subplots()[1]
    assert activity.plot(axes) is axes
    assert other.plot() is not axes


def run_with(tmp_path, metrics, state="finished"):
    return Run(tmp_path, {"experiment": "digits"}, {"metrics": metrics}, state, 0.0)


def test_a_run_shows_its_metrics_of_one_number(tmp_path):
    one = {"values": [0.5, 0.7], "mean": 0.6, "sd": 0.14, "unit": "fraction"}
    curve = {"values": [[1, 2]], "mean": [1, 2], "sd": [0, 0], "unit": "spikes"}
    run = run_with(tmp_path, {"accuracy_sleep": one, "curve": curve, "other": one, "k": {"a": one}})
    text = run._repr_html_()
    assert "(digits): finished" in text
    assert "<td>0.6</td><td>0.14</td><td>2</td><td>fraction</td>" in text
    assert "curve" not in text
    assert [label.get_text() for label in run.plot().get_yticklabels()] == ["accuracy_sleep"]
    assert len(run.plot(["other", "accuracy_sleep"]).patches) == 2
    with pytest.raises(ValueError, match="the run has no metric 'curve'; it has accuracy_sleep, "):
        run.plot(["curve"])


def test_a_run_without_metrics_says_so(tmp_path):
    run = Run(tmp_path, {}, None, "interrupted", 0.0, "config.yaml cannot be read")
    assert "interrupted" in run._repr_html_()
    assert "config.yaml cannot be read" in run._repr_html_()
    with pytest.raises(ValueError, match="the run has no metrics yet"):
        run.plot()


def test_matplotlib_is_imported_when_something_is_drawn():
    code = "import sys, loihi_sleep as ls; ls.NightRecord, ls.Activity, ls.Fit, ls.Run; " + (
        "print('matplotlib.pyplot' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert printed.stdout == "False\n"
