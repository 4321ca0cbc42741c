"""The forms of `src`, and what differs between data sets."""

from __future__ import annotations

from typing import Any

from loihi_sleep.consolidation.chip import ChipSleep
from loihi_sleep.consolidation.released import ReleasedSleep
from loihi_sleep.experiments.mnist_sleep import MNIST_SLEEP
from loihi_sleep.experiments.src.prototype_config import DIGITS_PROTOTYPES
from loihi_sleep.training.sgd import WakeConfig

# As in the released code.
RELEASED_WAKE = WakeConfig(
    epochs=2,
    learning_rate=0.1,
    momentum=0.5,
    batch_size=100,
    dropout=0.25,
    dropout_inverted=False,
    init_range=0.01,
)
# What the network could know: chosen on validation images, two passes as published.
JOINT_WAKE = WakeConfig(epochs=2, learning_rate=0.1, momentum=0.9, batch_size=100, init_gain=1.0)
RELEASED_SLEEP = ReleasedSleep()
# The vector that the paper's notes give for Fashion-MNIST.
RELEASED_FASHION = ReleasedSleep(
    max_rate=181.047258,
    potentiation=0.041001,
    depression=0.003344,
    vth=(40.446884, 27.596929, 33.109393),
    alpha_scale=31.592987,
)
CHIP_WAKE = WakeConfig(epochs=2, learning_rate=0.0117, momentum=0.5, batch_size=100, init_gain=1.03)
FLOAT_WAKE = CHIP_WAKE.model_copy(update={"learning_rate": 0.0115, "init_gain": 0.889})
FLOAT_SLEEP = ChipSleep(
    steps=306,
    max_rate=0.394,
    leak=0.0317,
    threshold_factors=(0.453, 0.746, 5.13),
    headroom=2.53,
    potentiation=(0.11, 0.132, 0.434),
    depression=(0.542, 1.017, 0.565),
)
REHEARSAL_WAKE = CHIP_WAKE.model_copy(update={"learning_rate": 0.114, "init_gain": 1.26})
REHEARSAL_SLEEP = ChipSleep(
    steps=70,
    max_rate=0.343,
    leak=0.0186,
    threshold_factors=(0.439, 0.81, 12.3),
    headroom=2.49,
    potentiation=(0.053, 0.113, 0.688),
    depression=(1.1, 0.212, 1.14),
)
REHEARSAL_SHARE = 0.615
# Training images of a task, of other data sets all that there are; of CIFAR-10 features fewer ones,
# which are seen more often.
TASK_IMAGES = {"mnist": 5000, "fashion": 5000, "cifar": 1900}
CIFAR_WAKE = {"learning_rate": 0.09, "epochs": 5}
CIFAR_SLEEP = {"threshold_factors": (0.45, 0.7, 3.5)}


def settings_of(variant: str, data: str) -> dict[str, Any]:
    """Return the settings that a variant has on a data set, over the defaults of `SrcConfig`.

    Parameters
    ----------
    variant : str
        ``paper``, ``chip`` or ``best_float``; an unknown one has those of ``chip``.
    data : str
        Name of a data set, see :data:`loihi_sleep.datasets.DATA_SETS`.
    """
    settings: dict[str, Any] = {"joint": JOINT_WAKE}
    rehearsal: dict[str, Any]
    if variant == "paper":
        night = RELEASED_FASHION if data == "fashion" else RELEASED_SLEEP
        settings |= {"wake": RELEASED_WAKE, "sleep": night}
        rehearsal = {"wake": RELEASED_WAKE, "sleep": night}
    else:
        settings |= (
            {"wake": FLOAT_WAKE, "sleep": FLOAT_SLEEP}
            if variant == "best_float"
            else {"wake": CHIP_WAKE, "sleep": MNIST_SLEEP}
        )
        rehearsal = {"wake": REHEARSAL_WAKE, "sleep": REHEARSAL_SLEEP}
        if data == "cifar":
            settings["wake"] = settings["wake"].model_copy(update=CIFAR_WAKE)
            settings["sleep"] = settings["sleep"].model_copy(update=CIFAR_SLEEP)
            rehearsal["wake"] = REHEARSAL_WAKE.model_copy(update={"epochs": CIFAR_WAKE["epochs"]})
    tree: dict[str, Any] = {name: model.model_dump(mode="json") for name, model in settings.items()}
    tree["rehearsal"] = {name: model.model_dump(mode="json") for name, model in rehearsal.items()}
    tree["rehearsal"]["share"] = 1.0 if variant == "paper" else REHEARSAL_SHARE
    tree["numerics"] = "fixed" if variant == "chip" else "float"
    tree["data"] = {"task_images": TASK_IMAGES.get(data)}
    if data == "digits":
        tree["prototypes"] = DIGITS_PROTOTYPES.model_dump(mode="json")
    return tree
