"""What the compiled engine knows of `AdaptingLIF`."""

from loihi_sleep.engine.nodes import SIZE, VALUES, Node, Step, kernel, message, row, send_flags

ROW = row("AdaptingLIF", message("out"), message("a_in"), "v", "tired", "vth", "fatigue")


@kernel
def step(p, b, t, k, m):
    """Advance all neurons by one step."""
    vth, fatigue = m.values[p[b + ROW.vth]], m.values[p[b + ROW.fatigue]]
    for j in range(p[b + ROW.out + SIZE]):
        v, tired = p[b + ROW.v] + j, p[b + ROW.tired] + j
        m.values[v] += m.values[p[b + ROW.a_in + VALUES] + j]
        m.values[tired] -= m.values[tired] // 16
        m.flags[j] = m.values[v] > vth + m.values[tired]
        if m.flags[j]:
            m.values[v] = 0
            m.values[tired] += fatigue
    send_flags(p, b + ROW.out, m)


STEP = Step("AdaptingLIF", ROW, fixed=step)


def build(builder, neurons):
    """Store the Vars of the Process and add a node that reads them."""
    builder.add(
        STEP,
        out=builder.sent(neurons.s_out),
        a_in=builder.receive(neurons.a_in),
        **{name: builder.store_value(getattr(neurons, name)) for name in ("v", "tired")},
        **{name: builder.store_value(getattr(neurons, name)) for name in ("vth", "fatigue")},
    )


NODE = Node(build, steps=(STEP,), sends=("s_out",), receives=("a_in",))
