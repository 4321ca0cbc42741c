"""What compiled steps are made of: messages, the numerics of traces, calls by address, the loop.

Nothing here knows of Lava. In the fixed numerics ``values`` is int32 and ``synaptic`` int16, in the
float numerics both are float64; see :mod:`loihi_sleep.engine.memory`.
"""
