"""`delta_rule`: pre-synaptic activity times the error that the post-synaptic neuron writes."""

from loihi_sleep.numerics.discretize import EXPONENT_MIN, ScaleConstant
from loihi_sleep.numerics.limits import DECIMATION_MAX, EPOCH_MAX
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.taught_lif import NO_ERROR
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

# Bits by which the fixed-point engine shifts x1 y1 right: the exponent may be lower by them.
_SHIFT = Product("u0", ("x1", "y1"), ()).fixed_point_shift
HALVINGS_MAX = _SHIFT - EXPONENT_MIN


def delta_rule(halvings: int, steps: int, *, impulse: float = 16.0, tau: float = 8.0) -> Rule:
    r"""Change weights by pre-synaptic activity times the error of the post-synaptic neuron.

    At the end of each presentation

    .. math::
        \Delta w = 2^{-h} x_1 (y_1 - 64)

    where y1, of 0 .. 127, is written by the neuron
    (:class:`loihi_sleep.processes.taught_lif.process.TaughtLIF`), 64 standing for no error.

    Parameters
    ----------
    halvings : int
        h, 0 .. 10.
    steps : int
        Steps of a presentation, from 1; 1 to 63 times a power of two up to 512.
    impulse, tau : float
        Of the trace x1, which saturates at 127; tau in steps, below a presentation, so that little
        is left of the one before.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Widrow and Hoff, 1960 IRE WESCON Convention Record, 96-104. Lava's fixed-point engine drops the
    three lowest bits of ``x1 y1``: a small x1 misses up to a whole of its error, so that impulses
    are to be large and h with them. Loihi's exponents end at -7 in ``float``; there the trace is
    smaller instead. Lava keeps one spike a neuron and epoch, so that epochs are as short as can be:
    of `steps` over the largest power of two in it, whose logarithm is the k of ``uk``.
    """
    h = checks.integer("halvings", halvings, 0, HALVINGS_MAX)
    doublings, t_epoch = 0, checks.integer("steps", steps, 1)
    while t_epoch % 2 == 0 and doublings < DECIMATION_MAX:
        doublings, t_epoch = doublings + 1, t_epoch // 2
    if t_epoch > EPOCH_MAX:
        raise ValueError(
            f"steps is {steps}; it must be 1 to {EPOCH_MAX} times a power of two, up to "
            f"{2**DECIMATION_MAX}"
        )
    when = f"u{doublings}"
    products, traces = {}, {}
    for numerics, least in (("fixed", HALVINGS_MAX), ("float", -EXPONENT_MIN)):
        within = min(h, least)
        products[numerics] = (
            Product(when, ("x1", "y1"), (ScaleConstant(1, -within),)),
            Product(when, ("x1",), (ScaleConstant(-1, NO_ERROR.bit_length() - 1 - within),)),
        )
        traces[numerics] = {"x1": Trace(impulse=impulse * 2.0 ** (within - h), tau=tau)}
    return Rule("delta_rule", products, traces, t_epoch=t_epoch, third_factor=True)
