"""What Loihi's integers hold, as far as Processes and their kernels need it.

:mod:`loihi_sleep.numerics.limits` has the whole table, with grades and sources.
"""

# Decays are counted in 4096ths.
DECAY_BITS = 12
UNITY = 1 << DECAY_BITS
# Currents and potentials: 24 bits with sign.
STATE_MAX = 2**23 - 1
# Weights have 8 bits. Those of one sign reach 255; where signs are mixed the sign takes the lowest
# bit, so that weights are even.
WEIGHT_BITS = 8
WEIGHT_MIN, WEIGHT_MAX = -(2**WEIGHT_BITS), 2**WEIGHT_BITS - 1
WEIGHT_STEP = 2
MIXED_WEIGHT_MAX = WEIGHT_MAX - WEIGHT_MAX % WEIGHT_STEP
# Seven bits.
TRACE_MAX = 127
