"""Draw how each system works: boxes and arrows, into docs/figures/methods.

python scripts/documentation/draw_methods.py
"""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "figures" / "methods"
AWAKE, ASLEEP, NEUTRAL, FREE = "#f4dfbf", "#c9d8ee", "#e8eaee", "#ffffff"
Place = tuple[float, float]


class Drawing:
    """A figure whose unit is an inch."""

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width, height))
        FigureCanvasAgg(self.figure)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(0, height)
        self.axes.axis("off")

    def box(self, at: Place, size: Place, text: str, color: str = NEUTRAL) -> None:
        """Draw a box with its lower left corner at a place."""
        patch = FancyBboxPatch(
            at, *size, "round,pad=0,rounding_size=0.08", facecolor=color, edgecolor="#58606e"
        )
        self.axes.add_patch(patch)
        middle = (at[0] + size[0] / 2, at[1] + size[1] / 2)
        self.axes.text(*middle, text, ha="center", va="center", fontsize=9, linespacing=1.35)

    def arrow(self, start: Place, end: Place, text: str = "", bend: float = 0.0) -> None:
        """Draw an arrow with a word beside its middle."""
        style = f"arc3,rad={bend}"
        patch = FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=12, color="#30363f", connectionstyle=style
        )
        self.axes.add_patch(patch)
        if text:
            middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.1 + abs(bend) * 0.8)
            self.axes.text(*middle, text, ha="center", va="bottom", fontsize=8.5)

    def note(self, at: Place, text: str) -> None:
        """Write a line."""
        self.axes.text(*at, text, ha="left", va="center", fontsize=9, color="#30363f")

    def save(self, name: str) -> None:
        """Write the file."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.figure.savefig(FOLDER / f"{name}.png", dpi=130)


def draw_src() -> None:
    """Days and nights in turn; what happens in a night."""
    drawing = Drawing(8.6, 3.5)
    for task in range(3):
        left = 0.2 + 2.5 * task
        drawing.box((left, 2.55), (1.1, 0.7), f"task {task + 1}:\ntraining", AWAKE)
        drawing.box((left + 1.35, 2.55), (0.85, 0.7), "night", ASLEEP)
        drawing.arrow((left + 1.1, 2.9), (left + 1.35, 2.9))
        if task < 2:
            drawing.arrow((left + 2.2, 2.9), (left + 2.5, 2.9))
    drawing.note((7.55, 2.9), "... read-out")
    drawing.box((0.2, 0.55), (1.5, 1.1), "noise in the shape\nof the mean image\nso far", ASLEEP)
    for layer, name in enumerate(("hidden", "hidden", "output")):
        drawing.box((2.6 + 1.75 * layer, 0.55), (1.05, 1.1), f"LIF\n{name}", FREE)
    drawing.arrow((1.7, 1.1), (2.6, 1.1), "plastic")
    drawing.arrow((3.65, 1.1), (4.35, 1.1), "plastic")
    drawing.arrow((5.4, 1.1), (6.1, 1.1), "plastic")
    drawing.note(
        (0.2, 1.95), "a night: no image, no label, no gradient; 8-bit weights; one local rule"
    )
    drawing.note(
        (0.2, 0.22), "a neuron spikes: synapses whose input spiked before rise, its others fall"
    )
    drawing.save("src")


def draw_prototypes() -> None:
    """Day and night of hippocampus and cortex."""
    drawing = Drawing(8.6, 3.4)
    drawing.note((0.2, 3.15), "by day")
    drawing.box((0.2, 2.05), (1.2, 0.8), "image,\nlabel", AWAKE)
    drawing.box((2.3, 2.05), (2.2, 0.8), "hippocampus: neurons race,\nthe winner learns", AWAKE)
    drawing.box((5.6, 2.05), (2.2, 0.8), "cortex: gradient descent\non the present task", AWAKE)
    drawing.arrow((1.4, 2.45), (2.3, 2.45), "spikes")
    drawing.arrow((1.1, 2.85), (5.9, 2.85), bend=-0.12)
    drawing.note((0.2, 1.55), "at night")
    drawing.box((0.2, 0.4), (1.2, 0.8), "noise", ASLEEP)
    drawing.box((2.3, 0.4), (2.2, 0.8), "hippocampus: one prototype\nafter another wakes", ASLEEP)
    drawing.box((5.6, 0.4), (2.2, 0.8), "cortex: only the synapses\nof the output learn", ASLEEP)
    drawing.arrow((1.4, 0.8), (2.3, 0.8))
    drawing.arrow((4.5, 1.0), (5.6, 1.0), "its average")
    drawing.arrow((4.5, 0.6), (5.6, 0.6))
    drawing.note((4.72, 0.4), "its class")
    drawing.save("prototypes")


def draw_foraging() -> None:
    """The closed loop, and the order of the phases."""
    drawing = Drawing(8.6, 3.3)
    drawing.box((0.2, 1.75), (1.6, 1.0), "world: particles\non a torus, rewards", NEUTRAL)
    drawing.box((2.7, 1.75), (1.2, 1.0), "49 inputs", FREE)
    drawing.box((4.7, 1.75), (1.3, 1.0), "784 hidden", FREE)
    drawing.box((7.0, 1.75), (1.2, 1.0), "8 outputs", FREE)
    drawing.arrow((1.8, 2.25), (2.7, 2.25), "sees")
    drawing.arrow((3.9, 2.25), (4.7, 2.25), "fixed")
    drawing.arrow((6.0, 2.25), (7.0, 2.25), "rewarded\nSTDP")
    drawing.arrow((7.6, 1.75), (1.0, 1.75), bend=-0.1)
    drawing.note((3.6, 1.2), "a move, and what it brings")
    names = ["task 1", "task 2", "sleep", "task 2", "sleep", "task 2", "..."]
    for place, name in enumerate(names):
        color = ASLEEP if name == "sleep" else AWAKE
        drawing.box((0.2 + 1.13 * place, 0.4), (1.0, 0.5), name, color)
    drawing.note(
        (0.2, 0.16), "asleep: each hidden neuron gets noise at its own rate; rewarded STDP stays on"
    )
    drawing.save("foraging")


def draw_slow_wave() -> None:
    """The two layers, awake and asleep."""
    drawing = Drawing(8.6, 2.6)
    drawing.box((0.2, 1.5), (1.5, 0.75), "image", AWAKE)
    drawing.box((0.2, 0.35), (1.5, 0.75), "noise under\na slow wave", ASLEEP)
    drawing.box((3.0, 0.9), (1.7, 0.9), "residual layer:\n256 neurons,\none a pixel", FREE)
    drawing.box((6.5, 0.9), (1.7, 0.9), "sparse layer:\n224 neurons", FREE)
    drawing.arrow((1.7, 1.85), (3.0, 1.45), "awake")
    drawing.arrow((1.7, 0.75), (3.0, 1.2))
    drawing.note((2.1, 0.72), "asleep")
    drawing.arrow((4.7, 1.5), (6.5, 1.5), "what is not explained yet")
    drawing.arrow((6.5, 1.15), (4.7, 1.15))
    drawing.note((4.85, 0.95), "less what features say")
    drawing.note((3.0, 0.35), "both synapses learn, awake and asleep, by the same local rule")
    drawing.save("slow-wave")


def draw_pruning() -> None:
    """One night in one cycle, and in many."""
    drawing = Drawing(8.6, 2.7)
    drawing.box((0.2, 1.0), (1.3, 0.8), "day:\ngradient descent", AWAKE)
    drawing.note((2.1, 2.4), "one cycle")
    drawing.box((2.1, 1.55), (0.5, 0.6), "prune", ASLEEP)
    drawing.box((2.7, 1.55), (4.5, 0.6), "retrain for T steps", AWAKE)
    drawing.note((2.1, 1.15), "k cycles: the same T steps, the same synapses in the end")
    width = 5.1 / 5
    for cycle in range(5):
        left = 2.1 + cycle * width
        drawing.box((left, 0.3), (0.46, 0.6), "prune", ASLEEP)
        drawing.box((left + 0.48, 0.3), (width - 0.52, 0.6), "T/k", AWAKE)
    drawing.arrow((1.5, 1.5), (2.1, 1.8))
    drawing.arrow((1.5, 1.3), (2.1, 0.7))
    drawing.note((7.35, 1.85), "error?")
    drawing.note((7.35, 0.6), "error?")
    drawing.save("pruning")


if __name__ == "__main__":
    for draw in (draw_src, draw_prototypes, draw_foraging, draw_slow_wave, draw_pruning):
        draw()
