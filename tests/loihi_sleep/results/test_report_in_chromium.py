"""The report in a browser: it asks nobody for anything, plays its nights, and fits a phone."""

import chromium
import numpy as np
import pytest

from loihi_sleep.results.figures import draw_means, drawing, drawn_for_page
from loihi_sleep.results.metrics import summarize
from loihi_sleep.results.player import Layer, Player, Recording
from loihi_sleep.results.report import Figure, Report, write_report
from loihi_sleep.results.tables import Table

pytestmark = pytest.mark.skipif(
    chromium.PROGRAM is None, reason="Chromium is not installed: apt-get install chromium"
)
STEPS, SIZES = 40, (64, 300, 3)
RECORD = {
    "experiment": "digits",
    "preset": "quick",
    "engine": "compiled",
    "numerics": "fixed",
    "seeds": [0, 1],
    "wall_s": 3.2,
    "version": "0",
    "config_hash": "0123456789abcdef" * 2,
    "commit": "0123456789" * 4,
    "command": "loihi-sleep run digits --set sleep.steps=" + "1" * 80,
    "metrics": {"accuracy": summarize([0.5, 0.7], "fraction")},
}


def rasters(night):
    rng = np.random.default_rng(night)
    return [rng.random((STEPS, size)) < 0.1 * (night + 1) for size in SIZES]


def figure(folder):
    def draw(path):
        with drawing(path, 1, 2, size=(9.0, 3.0)) as (_, axes):
            entries = [summarize([0.2, 0.4], "fraction"), summarize([0.6, 0.8], "fraction")]
            for ax in axes[0]:
                draw_means(ax, [0, 1], entries, label="with sleep", marker="o")
                ax.set_xticks([0, 1], ["first", "second"])
        return path

    with drawn_for_page() as wide:
        path = draw(folder / "means.png")
    with drawn_for_page(narrow=True) as narrow:
        draw(path)
    return Figure(path, "Means", wide.svg[0], narrow.svg[0], tuple(wide.numbers))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    layers = [
        Layer("input", plane=(8, 8)),
        Layer("hidden"),
        Layer("output", labels=["a", "b", "</script><b>c"]),
    ]
    nights = [
        Recording(
            f"night {n + 1}",
            f"Story {n + 1} & more.",
            rasters(n),
            Table("", ("task", "a"), [("before", f"{n} %")]),
            [(10, "later")],
        )
        for n in range(3)
    ]
    made = Report(
        "A title",
        "A lead.",
        [("accuracy", "what is known")],
        [figure(folder)],
        Player("Nights", "What they are.", layers, nights),
    )
    write_report(folder / "report.html", made, RECORD, "steps: 3\n" + "x" * 300)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser():
    with chromium.browser() as page:
        yield page


@pytest.fixture
def page(browser):
    browser.events.clear()
    return browser


def inked(page):
    """Pixels of the raster that are drawn."""
    return page.run(
        "(() => { const c = document.getElementById('night-raster');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n })()"
    )


def text_of(page, name):
    return page.run(f"document.getElementById('night-{name}').textContent")


def move(page, name, value):
    page.run(
        f"(() => {{ const s = document.getElementById('night-{name}'); s.value = {value};"
        "s.dispatchEvent(new Event('input')) })()"
    )


def test_it_asks_nobody_for_anything_and_no_script_fails(page, report):
    page.open(report)
    page.run("document.getElementById('night-play').click()")
    page.run("new Promise(done => setTimeout(done, 300))")
    assert set(page.requests()) == {report.as_uri()}
    assert page.complaints() == []
    # What the page forbids itself, whatever gets into it.
    page.run("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.png'}))")
    page.run("document.head.append(Object.assign(document.createElement('script'), {text: 'x=1'}))")
    page.wait("document.images.length")
    assert page.run("typeof x") == "undefined"
    complaints = [entry["text"] for entry in page.complaints()]
    assert len(complaints) == 2
    assert all("Content Security Policy" in text for text in complaints)


def test_counts_are_those_of_the_recording(page, report):
    page.open(report)
    counts = "[...document.querySelectorAll('.counts li span:last-child')].map(e => +e.textContent)"
    assert page.run(counts) == rasters(0)[2].sum(axis=0).tolist()
    move(page, "which", 2)
    assert page.run(counts) == rasters(2)[2].sum(axis=0).tolist()
    move(page, "time", 7)
    assert page.run(counts) == rasters(2)[2][:7].sum(axis=0).tolist()
    image = page.run(
        "(() => { const c = document.querySelector('.plane');"
        "return [...c.getContext('2d').getImageData(0, 0, 8, 8).data].filter((_, i) => i % 4 == 0)"
        "})()"
    )
    seen = rasters(2)[0][:7].sum(axis=0)
    assert image == pytest.approx(255 * seen / seen.max(), abs=1)


def test_sliders_turn_to_a_night_and_to_a_time(page, report):
    page.open(report)
    assert text_of(page, "name") == "night 1"
    whole = inked(page)
    move(page, "time", 0)
    assert text_of(page, "now") == "0 of 40 steps"
    empty = inked(page)
    move(page, "time", 20)
    assert empty < inked(page) < whole
    move(page, "which", 1)
    assert text_of(page, "name") == "night 2"
    assert text_of(page, "story") == "Story 2 & more."
    assert text_of(page, "table") == "taskabefore1 %"


def test_it_plays_pauses_and_goes_on_to_the_next_night(page, report):
    page.open(report)
    page.run("document.getElementById('night-pace').value = 4")
    page.run("document.getElementById('night-play').click()")
    time = "+document.getElementById('night-time').value"
    page.wait(f"{time} > 2 && {time} < 40")
    assert "Pause" in text_of(page, "play")
    page.run("document.getElementById('night-play').click()")
    paused = page.run(time)
    page.run("new Promise(done => setTimeout(done, 400))")
    assert page.run(time) == paused
    assert "Play" in text_of(page, "play")
    move(page, "time", 38)
    page.run("document.getElementById('night-play').click()")
    page.wait("document.getElementById('night-name').textContent === 'night 2'")
    move(page, "which", 2)
    move(page, "time", 38)
    # At the end of the last night it stops by itself.
    page.wait("document.getElementById('night').dataset.playing === 'false'")
    assert page.run(time) == STEPS


def test_it_works_with_the_keyboard_alone(page, report):
    page.open(report)
    order = []
    for _ in range(6):
        page.press("Tab")
        order.append(page.run("document.activeElement.id || document.activeElement.tagName"))
    assert order[:5] == [f"night-{n}" for n in ("play", "which", "time", "pace", "raster")]
    page.run("document.getElementById('night-raster').focus()")
    page.press("Home")
    page.press("ArrowRight")
    page.press("PageDown")
    assert text_of(page, "now") == "21 of 40 steps"
    page.press("n", "KeyN", "n")
    assert text_of(page, "name") == "night 2"
    page.press(" ", "Space", " ")
    page.wait("document.getElementById('night').dataset.playing === 'true'")
    page.press(" ", "Space", " ")
    assert page.run("document.getElementById('night').dataset.playing") == "false"
    page.run("document.getElementById('night-which').focus()")
    page.press("ArrowRight")
    assert text_of(page, "name") == "night 3"


def test_nothing_moves_smoothly_where_that_is_not_wanted(page, report):
    page.open(report, prefers_reduced_motion="reduce")
    page.run(
        "window.seen = new Set(); new MutationObserver(() => seen.add("
        "document.getElementById('night-now').textContent)).observe("
        "document.getElementById('night-now'), {childList: true})"
    )
    page.run("document.getElementById('night-pace').value = 4")
    page.run("document.getElementById('night-play').click()")
    page.wait("seen.size > 3")
    steps = [int(text.split()[0]) for text in page.run("[...seen]")]
    assert all(step % 5 == 0 for step in steps)


@pytest.mark.parametrize("width", [320, 360, 1000])
def test_it_fits_the_screen(page, report, width):
    page.open(report, width)
    assert page.run("document.documentElement.scrollWidth") <= width
    shown = page.run("document.querySelector('figure img').currentSrc")
    assert shown.startswith("data:image/svg+xml")
    narrow = page.run("document.querySelector('figure source').srcset")
    assert (shown == narrow) == (width < 500)
    assert page.run("document.querySelector('figure img').naturalWidth") > 0
    assert page.run("document.getElementById('night-raster').clientWidth") > 0.6 * min(width, 700)


def test_it_is_dark_where_that_is_wanted(page, report):
    def brightness(scheme):
        page.open(report, prefers_color_scheme=scheme)
        colors = page.run(
            "['background-color', 'color'].map(n => getComputedStyle(document.body)"
            ".getPropertyValue(n).match(/[0-9]+/g).map(Number).reduce((a, b) => a + b))"
        )
        # The figure: its corner is that of the page, and what is written on it is seen.
        figure = page.run(
            "(async () => { const i = document.querySelector('figure img'); await i.decode();"
            "const c = new OffscreenCanvas(i.width, i.height).getContext('2d');"
            "c.drawImage(i, 0, 0, i.width, i.height);"
            "const d = c.getImageData(0, 0, i.width, i.height).data; let most = 0;"
            "for (let k = 0; k < d.length; k += 4)"
            " if (d[k + 3] > 200) most = Math.max(most, d[k] + d[k + 1] + d[k + 2]);"
            "return [d[3], most] })()"
        )
        return [*colors, *figure]

    paper, ink, corner, _ = brightness("light")
    assert paper == 765
    assert ink < 150
    assert corner == 255
    paper, ink, corner, lightest = brightness("dark")
    assert paper < 150
    assert ink > 600
    assert corner == 0
    assert lightest > 600


def test_a_figure_is_told_in_numbers(page, report):
    page.open(report)
    text = page.run("document.querySelector('figure img').alt")
    assert "first: with sleep = 0.3 ± 0.1414; second: with sleep = 0.7 ± 0.1414" in text
    assert page.run("document.querySelectorAll('figure details td').length") == 4
    assert page.run("document.querySelector('noscript + details td').textContent").startswith("0.")


def test_without_scripts_the_numbers_are_left(page, report):
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(report)
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert page.run("document.getElementById('night').hidden")
    assert "needs JavaScript" in page.run("document.body.innerText")
