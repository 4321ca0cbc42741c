import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import LearningDense
from lava.proc.lif.process import LIF

import loihi_sleep as ls

rule = ls.rules.sleep_hebb(potentiation=2, depression=2).loihi("fixed", seed=1)
synapses = LearningDense(weights=np.full((10, 64), 20), learning_rule=rule)
neurons = LIF(shape=(10,), vth=300, du=4095, dv=40)
sleep = ls.Sleep(shape=(64,), rates=np.linspace(0, 1, 64), wake_steps=0, sleep_steps=1, seed=0)
sleep.s_out.connect(synapses.s_in)  # your input goes into sleep.wake_in
synapses.a_out.connect(neurons.a_in)
neurons.s_out.connect(synapses.s_in_bap)
sleep.run(condition=RunSteps(200), run_cfg=ls.select(engine="compiled"))
print(synapses.weights.get().mean(axis=0))  # by the rate of each input
sleep.stop()
