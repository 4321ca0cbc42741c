"""`slow-wave` end to end, with a network that learns in seconds."""

import numpy as np
import pytest
import small_runs
from drawn_once import drawn_once
from interrupting import copy_without, resume

from loihi_sleep.datasets.patches import Patches
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.slow_wave import measures, study, training
from loihi_sleep.experiments.slow_wave.conditions import CONDITIONS
from loihi_sleep.experiments.slow_wave.metrics import COMPARED, _beyond
from loihi_sleep.experiments.slow_wave.report import report
from loihi_sleep.experiments.slow_wave.scaling import scales
from loihi_sleep.progress import Silent
from loihi_sleep.results.metrics import read_metrics
from loihi_sleep.run.select import select

SMALL = small_runs.SMALL["slow-wave"]
# Of each kind of condition one.
FEW = (
    "sleep",
    "no_sleep",
    "gray",
    "white",
    "constant",
    "literal",
    "renorm",
    "gray_matched",
    "decay",
)


def configure(*settings, conditions=tuple(CONDITIONS), **choices):
    chosen = [*SMALL, f"conditions={list(conditions)}", *settings]
    return runner.configure("slow-wave", settings=chosen, **choices)


@pytest.fixture(
    scope="module",
    params=[FEW, pytest.param(tuple(CONDITIONS), marks=pytest.mark.slow)],
    ids=["few", "all"],
)
def finished(request, tmp_path_factory):
    experiment, config = configure("seeds=[3]", conditions=request.param)
    folder = runner.begin(config, tmp_path_factory.mktemp("slow_wave") / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    return config, folder


def made_case(name, *settings, engine="compiled", patches=()):
    _, config = configure(*settings, conditions=[name], engine=engine)
    data = Patches(np.asarray(patches), np.asarray(patches), "drawn")
    return study(config).case(name, 3, select(engine, config.numerics), data)


def test_metrics_have_the_names_agreed_on(finished):
    config, folder = finished
    metrics = read_metrics(folder.metrics_path)["metrics"]
    for condition in config.conditions:
        for name in (
            "hallucinating_share", "latched_share", "norm_mean", "norm_growth_last_half",
            "reconstruction_correlation", "psnr_db", "structured_share_top64", "active_share",
            "transposition_error",
        ):  # fmt: skip
            assert len(metrics[f"{name}_{condition}"]["values"]) == 1
        assert metrics[f"transposition_error_{condition}"]["mean"] == 0
        tests = np.shape(metrics[f"norm_mean_over_life_{condition}"]["values"])
        assert tests == (1, 3)


def test_all_conditions_begin_alike_and_end_otherwise(finished):
    config, folder = finished
    lives = {name: folder.checkpoint.read(f"seed_3/{name}") for name in config.conditions}
    for name, kept in lives.items():
        if not CONDITIONS[name].network:
            assert (kept["features"][0] == lives["sleep"]["features"][0]).all()
    last = {name: kept["features"][-1].tobytes() for name, kept in lives.items()}
    assert len(set(last.values())) == len(config.conditions)
    assert (lives["no_sleep"]["grown_asleep"] == 0).all()


def test_norms_change_by_what_they_grow_awake_and_asleep(finished):
    _, folder = finished
    kept = folder.checkpoint.read("seed_3/sleep")
    squares = (kept["features"].astype(float) ** 2).sum(axis=1).mean(axis=1)
    grown = kept["grown_awake"] + kept["grown_asleep"]
    assert np.diff(squares) == pytest.approx(grown, abs=1e-5)


def test_scaled_features_follow_the_norms_of_the_slept_ones(finished):
    _, folder = finished
    slept = folder.checkpoint.read("seed_3/sleep")["norm_mean"]
    for name in ("renorm", "gray_matched"):
        norms = folder.checkpoint.read(f"seed_3/{name}")["norm_mean"]
        assert norms == pytest.approx(slept, rel=1e-5)
    renormalized = folder.checkpoint.read("seed_3/renorm")["features"][-1]
    assert np.linalg.norm(renormalized, axis=0) == pytest.approx(slept[-1], rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "norm", "expected"),
    [
        ("renorm", 0.5, [0.5, 0.25]),
        ("common", 0.75, [0.5, 0.5]),
        # 1 stays, 2 loses half in ten spikes.
        ("decay", 1.0, [1.0, 0.5]),
        # Small enough already; and so small that no spike may take what it would have to.
        ("decay", 2.0, [1.0, 1.0]),
        ("decay", 0.1, [1.0, 0.9**10]),
    ],
)
def test_features_are_scaled_to_a_norm(kind, norm, expected):
    factors = scales(kind, np.array([1.0, 2.0]), [0, 10], norm)
    assert factors == pytest.approx(np.array(expected))


@pytest.mark.slow
def test_what_sleep_does_beyond_each_other_condition(tmp_path):
    experiment, config = configure("seeds=[1,2]", "numerics=fixed", conditions=["sleep", "gray"])
    folder = runner.begin(config, tmp_path / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    metrics = read_metrics(folder.metrics_path)["metrics"]
    slept, gray = (metrics[f"norm_mean_{name}"]["values"] for name in ("sleep", "gray"))
    beyond = metrics["norm_mean_beyond_gray"]["values"]
    assert beyond == pytest.approx(np.subtract(slept, gray), abs=2e-6)
    assert 0 < metrics["p_of_norm_mean_beyond_gray"]["mean"] < 1


def test_what_sleep_does_beyond_another_condition_by_hand():
    """Differences of 1 and 3 have a mean of 2 and a standard error of 1: t is 2, of 1 degree."""
    _, config = configure("seeds=[1,2]", conditions=["sleep", "gray"])
    values = {"sleep": [5.0, 8.0], "gray": [4.0, 5.0]}
    measured = {
        f"{measure}_{name}": {"values": of_seeds}
        for name, of_seeds in values.items()
        for measure in COMPARED
    }
    beyond = _beyond(config, measured)
    assert beyond["norm_mean_beyond_gray"]["values"] == [1, 3]
    p_of_t = 1 - 2 * np.arctan(2) / np.pi
    assert beyond["p_of_norm_mean_beyond_gray"]["mean"] == pytest.approx(p_of_t, abs=1e-6)
    assert len(beyond) == 2 * len(COMPARED)


def test_the_report_has_its_figures(finished):
    with drawn_once():
        made = report(FinishedRun(finished[0], read_metrics(finished[1].metrics_path), finished[1]))
    assert {figure.path.stem for figure in made.figures} == {
        "over_life", "thermostat", "probes", "mosaics", "reconstructions", "rasters", "noises",
    }  # fmt: skip
    for figure in made.figures:
        assert figure.path.stat().st_size > 2000
    names = [recording.name for recording in made.player.recordings]
    assert names == [
        "untrained",
        "no sleep, 2 images",
        "sleep, 2 images",
        "no sleep, 4 images",
        "sleep, 4 images",
    ]
    # The last ones are those of the figure, which are kept whole.
    last = finished[1].checkpoint.read("seed_3/sleep")
    for raster, name in zip(
        made.player.recordings[-1].rasters, ("residual", "sparse"), strict=True
    ):
        assert (raster == last[f"raster_{name}"]).all()


@pytest.mark.slow
def test_an_interrupted_run_goes_on_to_the_same_numbers(finished, tmp_path):
    _, whole = finished
    again = copy_without(whole.path, tmp_path / "run", ["seed_3/no_sleep", "seed_3/decay"])
    metrics, expected = resume(again)["metrics"], read_metrics(whole.metrics_path)["metrics"]
    timed = [name for name in expected if "seconds" in name]
    assert [metrics.pop(name) for name in timed]
    assert metrics == {name: value for name, value in expected.items() if name not in timed}


@pytest.mark.lava
@pytest.mark.parametrize("form", ["source", "chip"])
def test_lava_and_the_engine_come_to_the_same_numbers(form):
    settings = ["phases.images=2", "look.images=1", "sleep.frames=1", "numerics=fixed"]
    settings += [f"form={form}", "network.chip.doublings=2"]
    features = []
    for engine in ("lava", "compiled"):
        patches = np.random.default_rng(0).normal(size=(5, 64))
        case = made_case("sleep", *settings, engine=engine, patches=patches)
        tests, _ = training.train(case, np.ones(1))
        features.append(vars(tests[-1]).values())
    for of_lava, of_engine in zip(*features, strict=True):
        assert (of_lava == of_engine).all()


CHIP_CONDITIONS = [name for name, made in CONDITIONS.items() if not (made.scaled or made.network)]


@pytest.mark.parametrize(
    "names",
    [["no_sleep", "sleep"], pytest.param(CHIP_CONDITIONS, marks=pytest.mark.slow)],
    ids=["two", "all"],
)
def test_the_form_for_the_chip_runs_conditions_that_scale_nothing(names, tmp_path):
    settings = ["form=chip", "network.chip.doublings=2", "seeds=[3]", "phases.images=2"]
    experiment, config = configure(*settings, conditions=names)
    folder = runner.begin(config, tmp_path / "run")
    runner.measure(experiment, config, folder, Silent(), on_validation=False)
    metrics = read_metrics(folder.metrics_path)["metrics"]
    for name in names:
        # Each direction is rounded by itself.
        assert 0 < metrics[f"transposition_error_{name}"]["mean"] < 1
        assert metrics[f"latched_share_{name}"]["mean"] == 0
    features = folder.checkpoint.read("seed_3/sleep")["features"] * config.network.chip.weight_steps
    assert (features == np.rint(features)).all()
    if names == CHIP_CONDITIONS:
        made = report(FinishedRun(config, read_metrics(folder.metrics_path), folder))
        rasters = made.player.recordings[-1].rasters
        assert [raster.shape[1] for raster in rasters] == [2 * 64, 12]


def test_the_form_for_the_chip_leaves_out_what_scales_features():
    paper = runner.configure("slow-wave", preset="paper", settings=["form=chip"])[1]
    assert list(paper.conditions) == CHIP_CONDITIONS


def test_latched_neurons_are_seen():
    case = made_case("sleep", "network.feedback=600")
    phi = training.network_of(case).network.initial_features(0)
    patches = np.random.default_rng(0).normal(size=(3, 64))
    values, _ = measures.measure(case, training.Synapses(4 * phi, 0 * phi), patches)
    assert values["latched_share"] > 0.3
    assert values["hallucinating_share"] > 0.3


def test_without_features_nothing_is_answered():
    case = made_case("sleep")
    nothing = np.zeros((64, 12))
    patches = np.random.default_rng(0).normal(size=(3, 64))
    values, answers = measures.measure(case, training.Synapses(nothing, nothing), patches)
    assert values["hallucinating_share"] == values["reconstruction_correlation"] == 0
    assert not answers.counts.any()


def noise_of(name):
    return training.network_of(made_case(name)).noise(0.9, 400)


def test_constant_noise_brings_the_power_of_the_wave():
    steps = np.arange(1, 401)
    waved, constant = (noise_of(name) for name in ("sleep", "constant"))
    wave = 1 - 0.6 * (1 + np.cos(2 * np.pi * steps / 400)) / 2
    assert constant.std == pytest.approx(waved.drive.std * np.sqrt((wave**2).mean()))
    assert (constant.wave_depth, waved.period) == (0.0, 400.0)


def test_images_are_shown_awake_only():
    currents = np.arange(1.0, 7.0).reshape(6, 1)
    shown = training._with_nights(currents, 4, 1)
    assert shown.ravel().tolist() == [1, 2, 3, 4, 0, 5, 6, 0, 0, 0]
    assert noise_of("below").drive.mean == -noise_of("sleep").drive.std


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["conditions=[sleep,dream]"], "conditions.1 is 'dream'"),
        (["conditions=[sleep,sleep]"], "names a condition twice"),
        (["look.times=3"], "look.times is 3; it must divide phases.images, 4"),
        (["network.tau_up=0"], "network.tau_up is 0"),
        (["sleep.amplitude=-1"], "sleep.amplitude is -1"),
        (["form=chip", "numerics=float"], "with form 'chip' it must be 'fixed'"),
        (["form=chip", "conditions=[renorm]"], "conditions has 'renorm'; with form 'chip'"),
        (["form=chip", "conditions=[literal]"], "conditions has 'literal'; with form 'chip'"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        runner.configure("slow-wave", settings=[*SMALL, *settings])
