"""Put your own Lava network to sleep: any LIF and LearningDense Processes will do."""

import numpy as np
from lava.proc.dense.process import LearningDense
from lava.proc.lif.process import LIF

from loihi_sleep import rules, run_configs
from loihi_sleep.run_guard import Session
from processes.sleep.process import Sleep

if __name__ == "__main__":  # Lava starts processes, so scripts need this line
    rule = rules.sleep_hebb(potentiation=8, depression=2)
    synapses = LearningDense(weights=np.full((10, 64), 20), learning_rule=rule.loihi("fixed", 1))
    neurons = LIF(shape=(10,), vth=300, du=4095, dv=40)
    sleep = Sleep(shape=(64,), rates=np.linspace(0, 0.2, 64), wake_steps=0, sleep_steps=1, seed=0)
    sleep.s_out.connect(synapses.s_in)  # your input goes to sleep.wake_in
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(synapses.s_in_bap)
    with Session(neurons, run_configs.select(engine="lava", numerics="fixed")) as session:
        session.run(steps=1000)
        print(
            session.get(synapses.weights).mean(axis=0).round()
        )  # replayed inputs stay, silent sink
