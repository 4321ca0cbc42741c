"""What the documents show is what the code does."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_first_script_of_the_readme_runs():
    script = ROOT / "scripts" / "sleep_your_network.py"
    shown = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert shown.group(1) == script.read_text()
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)], capture_output=True, text=True, timeout=100
    )
    assert result.returncode == 0, result.stderr
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", result.stdout)]
    assert len(numbers) == 64
    # What was replayed often was joined, what was silent was parted.
    assert sum(numbers[-20:]) > sum(numbers[:20])


def test_the_script_for_a_torch_model_is_short_and_shows_what_sleep_does():
    script = ROOT / "scripts" / "sleep_torch_model.py"
    assert len(script.read_text().splitlines()) < 30
    result = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)], capture_output=True, text=True, timeout=100
    )
    assert result.returncode == 0, result.stderr
    evening, morning = (int(n) for n in re.findall(r"(\d+)%", result.stdout.splitlines()[-1]))
    assert evening < 25
    assert morning > 60


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_experiment_is_in_the_readme():
    from loihi_sleep.experiments.registry import EXPERIMENTS

    readme = (ROOT / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in EXPERIMENTS)
