"""A torch model as a sleeping network, and back."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.torch_backbone import SpikingBackbone
from loihi_sleep.consolidation.torch_chain import Link, find_chain
from loihi_sleep.consolidation.torch_folding import FoldedLink, fold
from loihi_sleep.consolidation.torch_layers import Follower, heard, layer_name
from loihi_sleep.networks import ConvolutionalNetwork, CubaNetwork
from loihi_sleep.networks.layered import BiasError
from loihi_sleep.numerics.limits import BIAS_MAX
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import WEIGHT_MIN
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.night import Night
from loihi_sleep.sleep.run import run_night

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Array = NDArray[np.float64]
# Patterns drawn from the drive where no maxima are given.
PATTERNS = 1000


# Share of a bias that is a current asleep; the rest would keep neurons firing whatever is replayed.
BIAS_SHARE = 0.3
BIASES = ("follow", "keep")


class TorchAdapter:
    """Puts a torch model to sleep; see :func:`loihi_sleep.sleep.put_to_sleep`."""

    def accepts(self, model: object) -> bool:
        """Whether it is a torch model, of whatever layers."""
        return isinstance(model, nn.Module)

    def put_to_sleep(
        self,
        model: Any,
        night: Night,
        run_cfg: RunConfig,
        *,
        layers: str | Sequence[str] | None = None,
        maxima: ArrayLike | None = None,
        form: ChipSleep | None = None,
        biases: str = "follow",
        input_range: tuple[ArrayLike, float] | None = None,
        backbone: torch.Tensor | None = None,
        max_rate: float | None = None,
        in_place: bool = False,
    ) -> nn.Module:
        """Return a copy of a torch model that has slept, or the model itself."""
        checks.one_of("biases", biases, BIASES)
        checks.boolean("in_place", in_place)
        links = find_chain(model, layers)
        front = None
        if backbone is not None:
            if input_range is not None:
                raise ValueError("input_range is given, and so is backbone, which says it; leave "
                                 "one of them out")  # fmt: skip
            front = SpikingBackbone(model, links[0], backbone)
            input_range = 0.0, front.largest
        elif input_range is None:
            _warn_of_shifted_inputs(links[0])
        if in_place:
            _refuse_inference(links)
        inputs_are = _checked_range(input_range, links[0])
        folded = fold(links, inputs_are)
        weights = [link.weights for link in folded]
        inputs = weights[0].shape[1] if front is None else front.inputs
        rates = _mean_rates(night, inputs, front)
        if not rates.max() > 0:
            raise ValueError("night.drive.rates are 0 everywhere; there is nothing to replay")
        # Spikes a step of the largest input, beside which biases are scaled.
        full = float(rates.max())
        if max_rate is not None:
            given = checks.number("max_rate", max_rate, 0, 1)
            if given < full:
                raise ValueError(
                    f"max_rate is {given:g}; it is the rate of the largest input, and the highest "
                    f"of night.drive is {full:g}"
                )
            full = given
        signed = rates.size == 2 * inputs
        if signed and front is not None:
            raise ValueError(
                f"night.drive has {rates.size} neurons, ON and OFF ones; with backbone it must "
                f"have {inputs}, one for each input of the model"
            )
        if signed:
            weights[0] = np.hstack([weights[0], -weights[0]])
        own_biases = [link.biases for link in folded]
        changing = biases == "follow" and any(link.has_bias for link in folded)
        if changing:
            _refuse_shared_biases(model, folded)
        # How active the inputs of the layers that sleep are, beside the most active one.
        heard = rates if front is None else front.means
        shares = heard / heard.max()
        (pattern_seed,) = spawn_seeds(night.seed, 1, 0)
        if maxima is None:
            largest = maxima_on_noise(weights, own_biases, shares, pattern_seed)
        else:
            if isinstance(maxima, torch.Tensor):
                maxima = maxima.detach().cpu().numpy()
            largest = checks.array("maxima", maxima, (len(folded),), 0)
        settings = ChipSleep() if form is None else form
        checks.instance("form", settings, ChipSleep, "a ChipSleep")
        _refuse_more_values(settings, len(folded))
        currents = own_biases
        if changing:
            # That of the output tells which classes came last, which no night should replay.
            currents = [BIAS_SHARE * each for each in own_biases[:-1]] + [0 * own_biases[-1]]
        names = [layer_name(link.name, link.linear) for link in links]
        try:
            network, unit = settings.network(
                weights, largest, numerics=run_cfg.numerics, biases=currents, max_rate=full
            )
        except BiasError as error:
            # The user gave it as the bias of a layer, not as a current.
            _refuse_bias(names[error.layer], error.value)
        _refuse_overflow([link.linear for link in links], unit)
        slept = model if in_place else _copied(model)
        sleeper: CubaNetwork | ConvolutionalNetwork = network
        if front is not None:
            sleeper = front.before(network, run_cfg.numerics, full)
            if run_cfg.numerics == "fixed":
                for name, layer in zip(front.names, sleeper.layers, strict=True):
                    if (largest_bias := float(np.abs(layer.bias).max())) > BIAS_MAX:
                        _refuse_bias(name, largest_bias)
        units = run_night(sleeper, night, run_cfg).weights
        real = [matrix * one for matrix, one in zip(units, unit, strict=True)]
        after = list(own_biases)
        if changing and any((a != b).any() for a, b in zip(units, network.weights, strict=True)):
            after = biases_after_sleep(weights, own_biases, real, shares, pattern_seed)
        if signed:
            real[0] = _merged(folded[0].weights, real[0], rates)
        for link, matrix, bias in zip(
            fold(find_chain(slept, layers), inputs_are), real, after, strict=True
        ):
            link.write(matrix, bias if changing and link.has_bias else None)
        return slept


TORCH = TorchAdapter()


def _checked_range(
    given: tuple[ArrayLike, float] | None, first: Link
) -> tuple[Array, float] | None:
    """Return where inputs begin and how far they reach; None where that is from 0 to 1."""
    if given is None:
        return None
    low, high = checks.sequence("input_range", given, 2, "values, the lowest and the span")
    lowest = checks.array("input_range[0]", low, (first.linear.in_features,))
    span = checks.positive("input_range[1]", high)
    if lowest.any() and first.linear.bias is None and not first.after:
        raise ValueError(
            f"layer {first.name} of the model has no bias and hears inputs from {lowest.min():g} "
            "on; give it one (bias=True), scale inputs to 0 .. 1, or follow the model with "
            "below_zero='neurons'"
        )
    return None if not lowest.any() and span == 1 else (lowest, span)


def _refuse_more_values(form: ChipSleep, layers: int) -> None:
    """Refuse values by layer of which some would stand for none; fewer are spread."""
    defaults = ChipSleep().values_by_layer()
    for name, given in form.values_by_layer().items():
        if len(given) > layers and given != defaults.get(name):
            raise ValueError(
                f"form.{name} has {len(given)} values; {layers} layers sleep: give one value for "
                "each, or for the hidden ones and the last"
            )


def _warn_of_shifted_inputs(first: Link) -> None:
    """Warn where a memory heard inputs below 0, which its nights replay from 0 on."""
    hooks: list[object] = list(first.linear._forward_pre_hooks.values())
    ranges = [hook.shifted_range() for hook in hooks if isinstance(hook, Follower)]
    for shifted in ranges:
        if shifted is not None:
            lowest, highest = shifted
            warnings.warn(
                f"{layer_name(first.name, first.linear)} heard inputs from {lowest:.3g} to "
                f"{highest:.3g} in training, and the night replays them from 0 on: give "
                "input_range=memory.input_range, as memory.sleep does",
                stacklevel=4,
            )


def _refuse_inference(links: Sequence[Link]) -> None:
    """Refuse to change weights that torch lets nobody change, before the night."""
    for link in links:
        if link.linear.weight.is_inference():
            raise ValueError(
                f"{layer_name(link.name, link.linear)} was made in inference mode, in which "
                "weights cannot be changed in place; leave out in_place=True"
            )


def _merged(weights: Array, both: Array, rates: Array) -> Array:
    """Return the weights of inputs whose ON and OFF neurons have slept, each on its own.

    An input's weight changes as that of its ON neuron did, or against that of its OFF neuron, by
    the shares in which they spiked.
    """
    on, off = np.split(both, 2, axis=1)
    rate_on, rate_off = np.split(rates, 2)
    total = rate_on + rate_off
    share = np.divide(rate_on, total, out=np.ones_like(total), where=total > 0)
    return weights + share * (on - weights) - (1 - share) * (off + weights)


def _refuse_shared_biases(model: nn.Module, folded: Sequence[FoldedLink]) -> None:
    """Refuse biases that follow sleep and are those of another layer too."""
    users: dict[int, list[str]] = {}
    for place, module in model.named_modules():
        for name, values in module.named_parameters(recurse=False):
            users.setdefault(id(values), []).append(f"{place}.{name}")
    for link in folded:
        names = users.get(id(link.bias_owner.bias), [])
        if len(names) > 1:
            raise ValueError(
                f"{names[0]} and {names[1]} are one bias, and biases follow sleep layer by layer; "
                "give each layer one of its own, or use biases='keep'"
            )


def _refuse_bias(name: str, current: float) -> NoReturn:
    """Refuse a bias whose current neurons cannot store."""
    raise ValueError(
        f"{name} has a bias that is a current of {current:.3g} weight units a step asleep, beyond "
        f"{BIAS_MAX:g}: it is too large beside the weights; train with smaller biases (weight "
        "decay), or without (bias=False)"
    )


def _mean_rates(night: Night, inputs: int, front: SpikingBackbone | None) -> NDArray[np.float64]:
    """Return spikes a step of each input, or of ON and OFF neurons; of the drive's first steps."""
    try:
        return _rates_of(night, inputs)
    except ValueError as error:
        if front is None:
            raise
        raise ValueError(
            f"{error}; with backbone the drive is that of the {inputs} inputs of the model, "
            f"(channels, rows, columns) {front.input_shape}, not of the layers that sleep, for "
            "which memory.night() is"
        ) from None


def _rates_of(night: Night, inputs: int) -> NDArray[np.float64]:
    if isinstance(night.drive, Poisson):
        signed = np.shape(night.drive.rates) == (2 * inputs,)
        return checks.array("night.drive.rates", night.drive.rates, ((1 + signed) * inputs,), 0, 1)
    if night.drive.graded:
        raise ValueError("night.drive sends graded currents; a torch model asleep takes spikes")
    steps = min(night.steps, PATTERNS)
    try:
        raster = night.drive.raster(inputs, steps, night.drive_seed)
    except ValueError as error:
        try:
            raster = night.drive.raster(2 * inputs, steps, night.drive_seed)
        except ValueError:
            raise error from None
    rates: Array = raster.mean(axis=0)
    return rates


def _copied(model: nn.Module) -> nn.Module:
    """Copy a model before the night, lest it be for nothing."""
    try:
        return copy.deepcopy(model)
    except Exception as error:
        raise ValueError(f"the model cannot be copied: {error}") from error


def _refuse_overflow(linear: Sequence[nn.Linear], unit: Sequence[float]) -> None:
    """Refuse weights whose changes their type does not store: too large or too small ones."""
    for number, (layer, one) in enumerate(zip(linear, unit, strict=True)):
        kind = layer.weight.dtype
        least = torch.finfo(kind).smallest_normal * torch.finfo(kind).eps
        if one < least:
            raise ValueError(
                f"the weights of Linear {number} change in sleep by steps of {one:.3g}, which "
                f"{kind} does not store; use model.float()"
            )
        if -WEIGHT_MIN * one > torch.finfo(kind).max:
            raise ValueError(
                f"the weights of Linear {number} may grow to {-WEIGHT_MIN * one:.3g} in sleep, "
                f"which {kind} does not store; use model.float(), or less headroom in the form"
            )


def sleeping_layers(model: nn.Module, layers: str | Sequence[str] | None = None) -> tuple[str, ...]:
    """Name the ``Linear`` layers of a model that would sleep.

    Parameters
    ----------
    model, layers
        As of :func:`loihi_sleep.sleep.put_to_sleep`.

    Returns
    -------
    tuple of str
        In their order, as ``model.get_submodule`` takes them.

    Raises
    ------
    ValueError
        The model cannot sleep; the message says what to do.
    """
    return tuple(link.name for link in find_chain(model, layers))


def linear_outputs(
    model: nn.Module, x: torch.Tensor, layers: str | Sequence[str] | None = None
) -> list[NDArray[np.floating[Any]]]:
    """Activations of a model for a :class:`loihi_sleep.consolidation.memory.Memory`.

    Parameters
    ----------
    model : nn.Module
        As :func:`loihi_sleep.sleep.put_to_sleep` takes it; dropout is off.
    x : Tensor, shape (samples, ...)
    layers : str or sequence of str, optional
        As of :func:`loihi_sleep.sleep.put_to_sleep`.

    Returns
    -------
    list of ndarray, shape (samples, neurons) each
        Output of each ``Linear`` that sleeps, after the BatchNorm behind it and not below 0.

    Raises
    ------
    ValueError
        The model cannot sleep, or does not take such inputs.
    """
    return [np.maximum(values, 0) for values in _recorded(model, x, layers)[1]]


def linear_inputs(
    model: nn.Module, x: torch.Tensor, layers: str | Sequence[str] | None = None
) -> NDArray[np.floating[Any]]:
    """What the layers that sleep get to hear of inputs: those inputs, or features of them.

    Parameters
    ----------
    model, x, layers
        As of :func:`linear_outputs`.

    Returns
    -------
    ndarray, shape (samples, inputs)
        Input of the first ``Linear`` that sleeps.

    Raises
    ------
    ValueError
        As of :func:`linear_outputs`.
    """
    return _recorded(model, x, layers)[0]


def _recorded(
    model: nn.Module, x: torch.Tensor, layers: str | Sequence[str] | None
) -> tuple[NDArray[np.floating[Any]], list[NDArray[np.floating[Any]]]]:
    """Return the input of a chain, and the output of each link before its ReLU."""
    links = find_chain(model, layers)
    if not isinstance(x, torch.Tensor):
        raise ValueError(f"x is a {type(x).__name__}; it must be a torch.Tensor")
    training = [module for module in model.modules() if module.training]
    model.eval()
    inputs: list[torch.Tensor] = []
    outputs: dict[int, torch.Tensor] = {}
    handles = [
        links[0].linear.register_forward_pre_hook(
            lambda _, args, kwargs: inputs.append(heard(args, kwargs)), with_kwargs=True
        )
    ]
    for place, link in enumerate(links):

        def keep(_: nn.Module, __: object, values: torch.Tensor, place: int = place) -> None:
            outputs[place] = values.detach().clone()

        handles.append(link.last.register_forward_hook(keep))
    try:
        with torch.no_grad():
            model(x.to(next(model.parameters())))
    except RuntimeError as error:
        raise ValueError(
            f"x has shape {tuple(x.shape)}; the model cannot take it: {error}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
        for module in training:
            module.training = True
    if len(outputs) < len(links):
        raise ValueError(
            f"the model does not apply layer {links[0].name} to x; name layers that it applies"
        )
    return as_rows(inputs[0]), [as_rows(outputs[place]) for place in range(len(links))]


def as_rows(values: torch.Tensor) -> NDArray[np.floating[Any]]:
    """Return values as an array of rows, one a sample."""
    # NumPy has no bfloat16.
    wide = torch.promote_types(values.dtype, torch.float32)
    samples = values.detach().cpu().to(wide)
    rows: NDArray[np.floating[Any]] = samples.reshape(-1, samples.shape[-1]).numpy()
    return rows


def _patterns(shares: Array, seed: int) -> Array:
    """Draw patterns of zeros and ones."""
    return (np.random.default_rng(seed).random((PATTERNS, shares.size)) < shares).astype(float)


def maxima_on_noise(
    weights: list[NDArray[np.float64]],
    biases: list[NDArray[np.float64]],
    shares: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """Largest output of each layer on random patterns with given shares of ones."""
    activity = _patterns(shares, seed)
    maxima = []
    for matrix, bias in zip(weights, biases, strict=True):
        activity = np.maximum(activity @ matrix.T + bias, 0)
        maxima.append(activity.max())
    return np.array(maxima)


def biases_after_sleep(
    weights: Sequence[Array],
    biases: Sequence[Array],
    slept: Sequence[Array],
    shares: Array,
    seed: int,
) -> list[Array]:
    """Biases that keep their part in the activity of a network whose weights have slept.

    Weights that are all smaller by a factor leave what a ReLU network without biases decides as it
    is, and biases stand out. So the biases of a hidden layer are multiplied by what became of its
    activity on patterns of the night, at most by 1. Those of the output, which are largest for the
    classes that were learned last, become their mean.

    Parameters
    ----------
    weights, slept : sequence of ndarray, shape (post, pre) each
        Before and after the night.
    biases : sequence of ndarray, shape (post,) each
        Before the night.
    shares : ndarray, shape (inputs,)
        Shares of ones in the patterns.
    seed : int
        Draws the patterns.

    Returns
    -------
    list of ndarray, shape (post,) each
    """
    before = after = _patterns(shares, seed)
    found = []
    for matrix, own, bias in zip(weights, slept, biases, strict=True):
        before, after = before @ matrix.T, after @ own.T
        activity = np.maximum(before, 0).mean()
        kept = np.maximum(after, 0).mean() / activity if activity > 0 else 1.0
        found.append(min(1.0, kept) * bias)
        before, after = np.maximum(before + bias, 0), np.maximum(after + found[-1], 0)
    found[-1] = np.full_like(biases[-1], biases[-1].mean())
    return found
