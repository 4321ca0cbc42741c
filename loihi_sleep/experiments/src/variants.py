"""The forms of `src`, and what differs between data sets."""

from __future__ import annotations

from typing import Any

from loihi_sleep.sleep.chip_form import ChipSleep
from loihi_sleep.sleep.released_form import ReleasedSleep
from loihi_sleep.sleep.wake import WakeConfig

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
CHIP_WAKE = WakeConfig(epochs=2, learning_rate=0.013, momentum=0.5, batch_size=100, init_gain=1.106)
CHIP_SLEEP = ChipSleep(
    steps=315,
    max_rate=0.468,
    leak=0.0339,
    threshold_factors=(0.413, 0.606, 4.76),
    headroom=2.08,
    potentiation=(0.0948, 0.1185, 0.3424),
    depression=(0.564, 1.23, 0.462),
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
CIFAR_TASK_IMAGES = 1900


def settings_of(variant: str, data: str) -> dict[str, Any]:
    """Return the settings that a variant has on a data set, over the defaults of `SrcConfig`.

    Parameters
    ----------
    variant : str
        ``paper``, ``chip`` or ``best_float``; an unknown one has those of ``chip``.
    data : str
        ``mnist``, ``fashion`` or ``cifar``.
    """
    settings: dict[str, Any] = {"joint": JOINT_WAKE}
    rehearsal: dict[str, Any]
    if variant == "paper":
        night = RELEASED_FASHION if data == "fashion" else RELEASED_SLEEP
        settings |= {"wake": RELEASED_WAKE, "sleep": night}
        rehearsal = {"wake": RELEASED_WAKE, "sleep": night}
    else:
        settings |= {"wake": CHIP_WAKE, "sleep": CHIP_SLEEP}
        rehearsal = {"wake": REHEARSAL_WAKE, "sleep": REHEARSAL_SLEEP}
    tree: dict[str, Any] = {name: model.model_dump(mode="json") for name, model in settings.items()}
    tree["rehearsal"] = {name: model.model_dump(mode="json") for name, model in rehearsal.items()}
    tree["rehearsal"]["share"] = 1.0 if variant == "paper" else REHEARSAL_SHARE
    tree["numerics"] = "fixed" if variant == "chip" else "float"
    if data == "cifar":
        tree["data"] = {"task_images": CIFAR_TASK_IMAGES}
    return tree
