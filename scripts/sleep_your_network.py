import numpy as np
from lava.proc.dense.process import LearningDense
from lava.proc.lif.process import LIF

from loihi_sleep import rules, run_configs, run_guard
from processes.sleep.process import Sleep

if __name__ == "__main__":  # Lava starts processes, so a script needs this line
    rule = rules.sleep_hebb(potentiation=2, depression=2).loihi("fixed", seed=1)
    synapses = LearningDense(weights=np.full((10, 64), 20), learning_rule=rule)
    neurons = LIF(shape=(10,), vth=300, du=4095, dv=40)
    sleep = Sleep(shape=(64,), rates=np.linspace(0, 1, 64), wake_steps=0, sleep_steps=1, seed=0)
    sleep.s_out.connect(synapses.s_in)  # your input goes into sleep.wake_in
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(synapses.s_in_bap)
    with run_guard.Session(sleep, run_configs.select(engine="lava")) as session:
        session.run(steps=200)
        print(session.get(synapses.weights).mean(axis=0))  # by the rate of each input
