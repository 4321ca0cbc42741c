"""`delta_rule`: pre-synaptic activity times the error that the post-synaptic neuron writes."""

from loihi_sleep.numerics.discretize import EXPONENT_MIN, ScaleConstant
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.taught_lif import NO_ERROR
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

# Bits by which the fixed-point engine shifts x1 y1 right: the exponent may be lower by them.
_SHIFT = Product("u0", ("x1", "y1"), ()).fixed_point_shift
HALVINGS_MAX = _SHIFT - EXPONENT_MIN


def delta_rule(halvings: int, t_epoch: int, *, impulse: float = 16.0, tau: float = 8.0) -> Rule:
    r"""Change weights by pre-synaptic activity times the error of the post-synaptic neuron.

    At the end of each epoch

    .. math::
        \Delta w = 2^{-h} x_1 (y_1 - 64)

    where y1, of 0 .. 127, is written by the neuron
    (:class:`loihi_sleep.processes.taught_lif.process.TaughtLIF`), 64 standing for no error.

    Parameters
    ----------
    halvings : int
        h, 0 .. 10.
    t_epoch : int
        Steps of an epoch, those of a presentation, 1 .. 63.
    impulse, tau : float
        Of the trace x1, which saturates at 127; tau in steps, below an epoch, so that little is
        left of the presentation before.

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
    smaller instead.
    """
    h = checks.integer("halvings", halvings, 0, HALVINGS_MAX)
    products, traces = {}, {}
    for numerics, least in (("fixed", HALVINGS_MAX), ("float", -EXPONENT_MIN)):
        within = min(h, least)
        products[numerics] = (
            Product("u0", ("x1", "y1"), (ScaleConstant(1, -within),)),
            Product("u0", ("x1",), (ScaleConstant(-1, NO_ERROR.bit_length() - 1 - within),)),
        )
        traces[numerics] = {"x1": Trace(impulse=impulse * 2.0 ** (within - h), tau=tau)}
    return Rule("delta_rule", products, traces, t_epoch=t_epoch, third_factor=True)
