"""lava-dl's SLAYER learns MNIST as five tasks; the network sleeps between them, in integers.

Every evening goes through a .net file into our network, every morning back through another; a copy
that never sleeps learns beside it. Data: --data-dir, LOIHI_SLEEP_DATA, or it is downloaded.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import torch
from lava.lib.dl import slayer

from loihi_sleep import consolidation, exchange, networks, rules, sleep
from loihi_sleep.datasets import load_stream
from loihi_sleep.datasets.stream import accuracy_by_task
from loihi_sleep.fit import check
from loihi_sleep.networks.readout import classify
from loihi_sleep.run.select import select
from loihi_sleep.seeds import spawn_seeds

HIDDEN, STEPS, GAIN, BATCH = 400, 16, 0.5, 50
NEURONS = {"threshold": 1.0, "current_decay": 1.0, "voltage_decay": 0.05, "tau_grad": 0.5}
RIGHT, WRONG = 0.4, 0.02  # spikes a step of the output neurons
# Chosen on validation images: rules by layer, thresholds asleep over those awake.
RULES = (rules.sleep_hebb(0.25, 1.0), rules.sleep_hebb(0.5, 0.5))
THRESHOLDS, NIGHT_STEPS, MAX_RATE = (3.5, 0.47), 160, 0.25


def new_network(seed):
    torch.manual_seed(seed)
    dense = slayer.block.cuba.Dense
    return torch.nn.Sequential(
        dense(NEURONS, 784, HIDDEN, weight_scale=2), dense(NEURONS, HIDDEN, 10, weight_scale=2)
    )


def learn(blocks, samples, epochs, learning_rate, random):
    """A day: the spike rates of the output neurons follow the class."""
    optimizer = torch.optim.Adam(blocks.parameters(), learning_rate)
    x, classes = torch.from_numpy(samples.x), torch.from_numpy(samples.y)
    for _ in range(epochs):
        for batch in torch.randperm(len(x), generator=random).split(BATCH):
            shown = x[batch, :, np.newaxis].expand(-1, -1, STEPS)
            spikes = torch.bernoulli(GAIN * shown, generator=random)
            wanted = torch.full((len(batch), 10), WRONG)
            wanted[torch.arange(len(batch)), classes[batch]] = RIGHT
            loss = ((blocks(spikes).mean(dim=-1) - wanted) ** 2).sum(dim=1).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def export(blocks, path):
    with h5py.File(path, "w") as file:
        for number, block in enumerate(blocks):
            block.export_hdf5(file.create_group(f"layer/{number}"))


def take_weights(blocks, path):
    """Go on with the weights of a .net file; SLAYER's are a 64th of them."""
    with h5py.File(path) as file, torch.no_grad():
        for number, block in enumerate(blocks):
            weights = torch.from_numpy(file[f"layer/{number}/weight"][()]) / block.neuron.w_scale
            block.synapse.weight.copy_(weights.reshape(block.synapse.weight.shape))


def rest(network, mean_image, seed):
    """A night: noise in the shape of the mean image, thresholds of sleep, rules on."""
    layers = zip(network.layers, RULES, THRESHOLDS, strict=True)
    asleep = networks.CubaNetwork(
        tuple(replace(one, rule=rule, vth=round(f * one.vth)) for one, rule, f in layers)
    )
    drive = sleep.Poisson(MAX_RATE * mean_image / mean_image.max())
    night = sleep.Night(steps=NIGHT_STEPS, drive=drive, seed=seed)
    return network.with_weights(consolidation.put_to_sleep(asleep, night, select("compiled")))


def accuracy(path, stream, seed):
    """Share of test images of each task that a .net file's network classifies, of ten classes."""
    predicted = classify(
        exchange.read_net(path),
        stream.test.x,
        select("compiled"),
        steps=STEPS,
        gain=GAIN,
        seed=seed,
    )
    return accuracy_by_task(predicted, stream.test, stream.tasks)


def live(stream, args, folder, sleeps):
    """Learn task after task; return the accuracy by task each evening and each morning."""
    blocks = new_network(args.seed)
    random = torch.Generator().manual_seed(args.seed)
    days = stream.train_by_task()
    evenings, mornings = [], []
    for day, (samples, seed) in enumerate(zip(days, spawn_seeds(args.seed, 5), strict=True)):
        learn(blocks, samples, args.epochs, args.learning_rate, random)
        export(blocks, path := folder / "evening.net")
        evenings.append(accuracy(path, stream, args.seed))
        if sleeps and day > 0:  # the first day has nothing to forget
            mean_image = np.mean([one.x.mean(axis=0) for one in days[: day + 1]], axis=0)
            slept = rest(exchange.read_net(path), mean_image, seed)
            exchange.write_net(path := folder / "morning.net", slept)
            take_weights(blocks, path)
        mornings.append(accuracy(path, stream, args.seed))
    return blocks, evenings, mornings


def spikes_of_all_three(blocks, path, images_shown):
    """Output spikes of SLAYER, of NetX on Lava's simulator and of our network, step by step."""
    from lava.lib.dl import netx
    from lava.proc.io.source import RingBuffer

    from loihi_sleep.processes.kernels.raster import unpack_raster
    from loihi_sleep.processes.spike_probe.process import SpikeProbe
    from loihi_sleep.run.session import Session

    raster = np.random.default_rng(0).random((STEPS * len(images_shown), 784))
    raster = raster < GAIN * np.repeat(images_shown, STEPS, axis=0)
    with torch.no_grad():
        signal = blocks(torch.from_numpy(raster.T[np.newaxis]).float())
    spikes = [signal[0].numpy().T > 0]
    theirs = netx.hdf5.Network(str(path))
    ours = exchange.read_net(path).build("fixed")
    for engine, port_in, port_out in (
        ("lava", theirs.inp, theirs.out),
        ("compiled", ours.synapses[0].s_in, ours.neurons[-1].s_out),
    ):
        source = RingBuffer(data=raster.T.astype(int))
        probe = SpikeProbe(shape=(10,), raster_steps=len(raster))
        source.s_out.connect(port_in)
        port_out.connect(probe.s_in)
        with Session(source, select(engine, "fixed")) as session:
            session.run(len(raster))
            spikes.append(unpack_raster(session.get(probe.raster), 10))
    return spikes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", help="folder that holds MNIST/raw")
    parser.add_argument("--images", type=int, default=1000, help="training images of a task")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where slept.net and slept.nir go")
    args = parser.parse_args()
    torch.set_num_threads(1)
    stream = load_stream("mnist", task_images=args.images, folder=args.data_dir)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _, _, awake = live(stream, args, folder, sleeps=False)
        blocks, evenings, mornings = live(stream, args, folder, sleeps=True)
        print("all ten classes, after each task: without sleep; in the evening; after the night")
        for day, accuracies in enumerate(zip(awake, evenings, mornings, strict=True), start=1):
            print(f"task {day}:", *(f"{100 * by_task.mean():5.1f} %" for by_task in accuracies))
        for name, last in (("without sleep", awake[-1]), ("with sleep", mornings[-1])):
            print(f"{name}, by task:", *(f"{100 * share:.0f} %" for share in last))
        slept = exchange.read_net(folder / "morning.net")
        three = spikes_of_all_three(blocks, folder / "morning.net", stream.test.x[:10])
        equal = all((three[0] == other).all() for other in three[1:])
        print(f"{three[0].sum()} output spikes, equal in SLAYER, NetX and here: {equal}")
        print(check(slept.build("fixed").neurons[0]).text())
        if args.out is not None:
            args.out.mkdir(parents=True, exist_ok=True)
            exchange.write_net(args.out / "slept.net", slept)
            exchange.write_nir(args.out / "slept.nir", slept, dt=1e-3)


if __name__ == "__main__":
    main()
