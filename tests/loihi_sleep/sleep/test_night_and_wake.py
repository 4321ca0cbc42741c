import engines
import numpy as np
import pytest

from loihi_sleep import consolidation, networks, rules, sleep
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training import sgd


def small_network(**options):
    rng = np.random.default_rng(0)
    weights = [2 * rng.integers(-50, 60, shape) for shape in ((12, 9), (3, 12))]
    return networks.layered((9, 12, 3), weights, **{"vth": (100, 60), **options})


def night_of(steps=150, seed=4, **drive):
    return sleep.Night(steps=steps, drive=sleep.Poisson(**{"rates": 0.2, **drive}), seed=seed)


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_a_night_is_decided_by_its_seed(numerics):
    run_cfg = engines.select(numerics)
    first, again, other = (
        sleep.run_night(small_network(), night_of(seed=seed), run_cfg, raster_steps=20)
        for seed in (4, 4, 5)
    )
    for one, two in zip(first.weights, again.weights, strict=True):
        assert (one == two).all()
    assert (first.rates == again.rates).all()
    assert (first.weights[0] != other.weights[0]).any()
    assert [raster.shape for raster in first.rasters] == [(20, 9), (20, 12), (20, 3)]
    assert abs(first.rates[:, 0].mean() - 0.2) < 0.05
    if numerics == "fixed":
        assert all((weights % 2 == 0).all() for weights in first.weights)


def test_the_drive_and_the_rounding_of_weights_have_seeds_of_their_own():
    night = sleep.Night(steps=1, drive=sleep.Poisson(rates=0.1), seed=3)
    assert [night.drive_seed, night.rounding_seed] == spawn_seeds(3, 2)
    assert night.drive_seed != night.rounding_seed


def test_progress_comes_after_every_hundred_steps():
    seen = []
    sleep.run_night(small_network(), night_of(), engines.select("fixed"), on_progress=seen.append)
    assert [(progress.steps, progress.total) for progress in seen] == [(100, 150), (150, 150)]
    assert all(0 <= rate <= 1 for progress in seen for rate in progress.rates)


def test_put_to_sleep_returns_the_weights_of_the_night():
    run_cfg = engines.select("fixed")
    network = small_network(rule=rules.sleep_hebb(0.2, 0.73))
    weights = consolidation.put_to_sleep(network, night_of(), run_cfg)
    record = sleep.run_night(network, night_of(), run_cfg)
    assert all((one == two).all() for one, two in zip(weights, record.weights, strict=True))
    # Depression beats potentiation, so the weights of what fires sink.
    assert weights[0].mean() < network.weights[0].mean()


def test_without_input_nothing_fires_and_nothing_changes():
    network = small_network()
    record = sleep.run_night(network, night_of(rates=0.0), engines.select("fixed"))
    assert not record.rates.any()
    assert all((w == v).all() for w, v in zip(record.weights, network.weights, strict=True))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: night_of(steps=0), "steps is 0; it must be an integer from 1"),
        (lambda: night_of(seed=-1), "seed is -1"),
        (lambda: night_of(rates=1.5), "rates holds 1.5; it must be from 0 to 1"),
        (lambda: night_of(rates=[0.1] * 8), r"rates has shape \(8,\); it must have shape \(9,\)"),
        (lambda: night_of(rates=np.nan), "rates holds nan"),
        (lambda: night_of(plane=(2, 4), window=1), r"rows \* columns = 9"),
    ],
)
def test_a_night_that_does_not_fit_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        sleep.run_night(small_network(), build(), engines.select("fixed"))


def two_classes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    x = np.clip(rng.normal(0.3, 0.1, (200, 6)) + 0.4 * (y[:, None] == np.arange(6) % 2), 0, 1)
    return Samples(x, y)


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_training_learns_and_is_decided_by_its_seed(loss):
    samples = two_classes()
    config = sgd.WakeConfig(epochs=20, learning_rate=0.02, loss=loss, dropout=0.2)
    start = sgd.initial_weights((6, 10, 3), sgd.WakeConfig(init_gain=1.0), seed=1)
    trained = sgd.train(start, samples, config, seed=2)
    assert (sgd.predict(trained, samples.x) == samples.y).mean() > 0.95
    again = sgd.train(start, samples, config, seed=2)
    assert all((one == two).all() for one, two in zip(trained, again, strict=True))
    assert (sgd.train(start, samples, config, seed=3)[0] != trained[0]).any()
    assert (
        start[0] == sgd.initial_weights((6, 10, 3), sgd.WakeConfig(init_gain=1.0), seed=1)[0]
    ).all()


def test_activations_by_hand():
    weights = [np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([[1.0, 0.5]])]
    hidden, output = sgd.activations(weights, np.array([[1.0, 3.0]]))
    assert hidden.tolist() == [[0.0, 2.0]]  # -2 is cut off
    assert output.tolist() == [[1.0]]
