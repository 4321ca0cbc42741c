"""Recordings of Lava's answers are tied to the code of our models that took part."""

import own_code
from graph_description import Graph, Node


def digest(kind, rounding="per_layer"):
    return own_code.digest(Graph((Node("one", kind),)), rounding)


def forget():
    for cached in (own_code._parsed, own_code._code, own_code._imported):
        cached.cache_clear()


def test_only_our_own_models_count():
    nothing = digest("LIF")
    assert digest("LearningDense") == digest("Dense", "per_synapse") == nothing
    others = {digest("LearningDense", "per_synapse"), digest("SpikeDrive"), digest("Sleep")}
    assert len(others - {nothing}) == 3


def test_what_a_model_imports_counts_and_comments_and_types_do_not(tmp_path, monkeypatch):
    package = tmp_path / "processes"
    for name, text in {
        "spike_drive/process.py": "from loihi_sleep.processes import checks",
        "spike_drive/models.py": "from loihi_sleep.processes.kernels.drive import draw",
        "kernels/drive.py": "def draw():\n    '''Draw.'''\n    return 1",
        "checks.py": "least = 0",
    }.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(own_code, "_FOLDER", package)

    def after(name, text):
        (package / name).write_text(text)
        forget()
        return digest("SpikeDrive")

    same = after("kernels/drive.py", "def draw():  # one number\n    '''Draw one.'''\n    return 1")
    assert same == after("kernels/drive.py", "def draw():\n    return 1")
    assert same == after("kernels/drive.py", "def draw() -> int:\n    return 1")
    assert after("kernels/drive.py", "def draw():\n    return 2") != same
    after("kernels/drive.py", "def draw():\n    return 1")
    assert after("checks.py", "least = 1") != same
    forget()
