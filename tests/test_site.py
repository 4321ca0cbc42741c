"""The site: what is made from the code is whole, and the API's pages name all that is public.

That it builds without a warning is checked by scripts/docs, which scripts/test runs.
"""

import importlib
import re
from pathlib import Path

import pytest

import loihi_sleep as ls
from loihi_sleep.engine.rules import compile as rule_compiler
from loihi_sleep.numerics.limits import ROWS
from scripts.documentation import docstrings, generated

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MODULES = ("rules", "networks", "datasets", "engine")


def documented():
    """Names that the pages of the API show."""
    pages = (DOCS / "reference" / "api").glob("*.md")
    return {
        name
        for page in pages
        for name in re.findall(r"^::: loihi_sleep\.(\S+)$", page.read_text(), re.MULTILINE)
    }


def test_the_pages_of_the_api_name_all_that_is_public():
    last = {name.rpartition(".")[2] for name in documented()}
    public = {name for name in ls.__all__ if name not in MODULES}
    for module in MODULES:
        names = importlib.import_module(f"loihi_sleep.{module}").__all__
        public |= {name for name in names if not name.isupper()}
    assert sorted(public - last) == []


def test_what_they_name_is_there():
    for name in documented():
        thing = ls
        for part in name.split("."):
            thing = getattr(thing, part, None) or importlib.import_module(
                f"loihi_sleep.{name.rpartition('.')[0]}"
            )


def test_every_limit_is_in_the_table():
    text = generated.limits()
    for name, limit in ROWS:
        row = f"| {limit.quantity} (`{name}`) | {limit.lowest:,.0f} .. {limit.highest:,.0f} |"
        assert row in text
        assert f"| {limit.grade} | {limit.source} |" in text
    assert text.count("\n") == len(ROWS) + 1


def test_every_mark_of_a_page_is_known():
    for page in DOCS.rglob("*.md"):
        assert set(generated.MARK.findall(page.read_text())) <= set(generated.PARTS), page


def test_all_commands_are_described_with_their_options():
    text = generated.command_line()
    for command in ("run", "sweep", "resume", "settings", "check", "cost", "compare"):
        assert f"## `loihi-sleep {command}`" in text
    assert "* `--seeds SEEDS`: How many (5: seeds 0 to 4)" in text
    assert "&#x27;" not in text


def test_every_system_has_a_citation():
    text = generated.citations()
    for name in ("foraging", "src", "slow-wave", "pruning"):
        assert f"## `{name}`\n\n```bibtex\n@" in text
    assert "@software{loihi-sleep," in text
    assert "  author = {Golden, R. and Delanois, J. E. and Sanda, P. and Bazhenov, M.}," in text
    assert "  doi = {10.1371/journal.pcbi.1010628}," in text
    assert "  pages = {1482--1487}," in text


def test_formulas_roles_and_tables_of_docstrings_become_markdown():
    text = docstrings.to_markdown(
        "As :func:`a.b.c` has it, :math:`x_1`.\n\n.. math::\n    y = x^2\n\nThen\n\n"
        "==== =====\nno   what\n==== =====\n1    one\n     more\n2    two\n==== =====\n"
    )
    assert text.startswith("As `c` has it, <math")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in text
    assert "| no | what |\n| --- | --- |\n| 1 | one more |\n| 2 | two |" in text
    assert "::" not in text


class NotCompiledError(Exception):
    """Holds the text of a function that would have been compiled."""


def test_the_function_that_is_shown_is_the_one_that_is_generated(monkeypatch):
    import numpy as np
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.dense.process import LearningDense
    from lava.proc.lif.process import LIF

    page = (DOCS / "explanation" / "engine.md").read_text()
    said, shown = re.search(
        r"### A generated function\n.*?`dw = (.*?)`.*?```text\n(.*?)```", page, re.DOTALL
    ).groups()
    write = rule_compiler.source

    def raise_written(rule):
        raise NotCompiledError(write(rule))

    # Nothing of it is compiled.
    monkeypatch.setattr(rule_compiler, "source", raise_written)
    rule = Loihi2FLearningRule(
        dw=said, x1_impulse=16, x1_tau=10, y1_impulse=0, y1_tau=1, rng_seed=1
    )
    neurons = LIF(shape=(2,), vth=300)
    synapses = LearningDense(weights=np.full((2, 3), 20), learning_rule=rule)
    synapses.a_out.connect(neurons.a_in)
    neurons.s_out.connect(synapses.s_in_bap)
    with pytest.raises(NotCompiledError) as written:
        ls.attach(neurons, numerics="fixed", rounding="per_synapse")
    whole = "\n".join(line.strip() for line in str(written.value).splitlines())
    assert "\n".join(line.strip() for line in shown.splitlines()) in whole


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_pictures_of_a_page_are_there(page):
    for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text()):
        assert (page.parent / target).is_file(), target
