"""Drawing on the pad in JupyterLab, with mouse and keyboard: the network sees the digit drawn."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from helpers import models, plots
from helpers.datasets import centre_like_mnist
from helpers.explorers.digit_pad import CELLS, answer, rasterised
from helpers.methods.activations import layer_activations
from tests.browser.conftest import Visit
from tests.browser.pad import Pad, distances

pytestmark = pytest.mark.browser

SOURCE = """
import keras
from helpers.explorers import DigitPad
pad = DigitPad(keras.models.load_model("network.keras"), range(10))
pad
"""
STROKES = {  # as fractions of the pad: the corners of each stroke
    "1": [[(0.5, 0.15), (0.5, 0.85)]],
    "7": [[(0.28, 0.2), (0.72, 0.2), (0.45, 0.85)]],
    "0": [[(0.5 + 0.22 * np.sin(a), 0.5 - 0.33 * np.cos(a)) for a in np.linspace(0, 6.28, 24)]],
    "4": [[(0.35, 0.18), (0.3, 0.52), (0.7, 0.52)], [(0.62, 0.18), (0.62, 0.85)]],
}


def image(strokes):
    return centre_like_mnist(rasterised([CELLS * np.array(stroke) for stroke in strokes]), (28, 28))


@pytest.fixture(scope="module")
def model():
    """The course's network, in which nothing is trained, so that it is the same on any computer: of
    the ten digits it knows the four of `STROKES`, each by the features of just these strokes."""
    model, rng = models.build("course_cnn"), np.random.default_rng(0)

    def set_kernel(layer, kernel):
        model.get_layer(layer).set_weights([kernel, np.zeros(kernel.shape[-1])])

    for name in models.conv_layers(model):
        shape = model.get_layer(name).kernel.shape
        set_kernel(name, rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
    drawn = np.stack([image(strokes) for strokes in STROKES.values()])
    features = layer_activations(model, drawn, ["flatten"])["flatten"]
    set_kernel("l4", np.pad(np.linalg.pinv(features), ((0, 0), (0, 25 - len(STROKES)))))
    set_kernel("l5", 4 * np.eye(25, 10)[:, np.argsort([1, 7, 0, 4, 2, 3, 5, 6, 8, 9])])
    for name, strokes in STROKES.items():
        assert answer(model, image(strokes)).probabilities[int(name)] > 0.8
    return model


@pytest.fixture(scope="module")
def visited(model, browser, lab, course):
    """A visit, and the pad in a notebook of its own, which all tests here draw on."""
    model.save(course / "notebooks" / "network.keras")
    visit = Visit(browser, lab, course)
    notebook = visit.show("pad.ipynb", SOURCE, ".digit-pad")
    yield visit, Pad(notebook)
    visit.end()


@pytest.fixture
def pad(visited):
    """The pad, blank and with the pen in the middle."""
    visit, pad = visited
    pad.page.set_viewport_size({"width": 1280, "height": 900})
    pad.clear()
    yield pad
    assert visit.complaints == []


def expect_answer(pad, model, strokes, before):
    """The network sees the strokes, to a grey level, and what is shown is its answer to just that:
    its prediction, its probabilities, and all pictures, also to a grey level."""
    ink, drawn = plots.palette(plots.INPUT)[:, :3].astype(int), image(strokes)[..., 0]
    for _ in range(100):  # the answer to the end of a stroke may still be on its way
        shown = pad.colours()
        if distances(shown[:1], [ink[np.rint(255 * drawn).astype(int)]]) < 1:
            break
        pad.page.wait_for_timeout(100)
    levels = np.abs(np.array(shown[0])[..., None, :] - ink).sum(-1).argmin(-1)
    assert np.abs(levels - 255 * drawn).mean() < 1
    found = answer(model, levels[..., None] / np.float32(255))
    expected = painted(found)
    assert sum(distances(expected, painted(answer(model, image(before)))) > 1) > 30
    assert max(distances(shown, expected)) < 1
    said = pad.values.all_text_contents()
    shares = [float(text.removesuffix(" %")) / 100 for text in said]
    assert shares == pytest.approx(found.probabilities, abs=0.01)
    name = str(found.probabilities.argmax())
    pad.notebook.expect(pad.verdict).to_contain_text(re.compile(f": {name}$"))
    captions = pad.root.locator(".dp-seen figcaption")
    pad.notebook.expect(captions.last).to_have_text(f"Grad-CAM: red speaks for {name}")


def test_the_network_sees_the_digit_that_is_drawn_and_every_picture_follows(pad):
    pad.expect_blank()
    blank = pad.pictures()
    assert len(blank) == 2 + 9 + 9 + 16
    seen = {}
    for name in ("1", "7", "0"):
        pad.draw(STROKES[name])
        pad.expect_prediction(name)
        seen[name] = pad.pictures()
        best = pad.root.locator(".dp-best")
        assert best.locator("th").inner_text() == name
        assert pad.root.locator("tr").count() == 10
        pad.notebook.picture(f"digit_pad_{name}")
        pad.clear()
        assert not pad.ink()
    for _ in range(100):  # the answer to the blank pad may still be on its way
        if pad.pictures() == blank:
            break
        pad.page.wait_for_timeout(100)
    assert pad.pictures() == blank
    for one, other in zip(seen["1"], seen["7"], strict=True):
        assert one != other or one in blank  # a dead filter answers to nothing
    assert sum(a != b for a, b in zip(seen["1"], blank, strict=True)) > 30


def test_the_keyboard_draws_too_and_jupyterlab_keeps_its_hands_off(pad):
    pad.paper.focus()
    pad.press(*["ArrowUp"] * 10, " ", *["ArrowDown"] * 20)
    where = pad.root.locator(".dp-where")
    pad.notebook.expect(where).to_have_text("Pen down, row 24, column 14")
    pad.expect_prediction("1")
    pad.notebook.picture("digit_pad_keyboard")
    pad.press(" ", "ArrowRight")
    pad.notebook.expect(where).to_have_text("Pen up, row 24, column 15")
    for key in ("c", "Delete"):
        pad.press(key)
        pad.expect_blank()
        pad.press(" ", "ArrowUp", "ArrowUp")
        pad.notebook.expect(pad.verdict).to_contain_text("Prediction")
    assert pad.notebook.cells.count() == 1
    pad.press("Tab")
    pad.notebook.expect(pad.root.get_by_role("button", name="Clear")).to_be_focused()
    pad.press("Enter")
    pad.expect_blank()


def test_mouse_and_keyboard_are_followed_to_a_grey_level(pad, model):
    # Neither is symmetric: its centre would lie between two pixels, and the last bit decide.
    corner = [np.array([(9, 4), (18, 4), (18, 22)]) / CELLS]
    seven = [[(0.3, 0.15), (0.75, 0.2), (0.4, 0.9)]]
    pad.paper.focus()
    pad.press(*["ArrowUp"] * 10, *["ArrowLeft"] * 5, " ", *["ArrowRight"] * 9)
    pad.press(*["ArrowDown"] * 18)
    expect_answer(pad, model, corner, before=[])
    pad.press("c")
    expect_answer(pad, model, [], before=corner)
    pad.draw(seven)
    expect_answer(pad, model, seven, before=[])
    pad.notebook.expect(pad.root.locator(".dp-where")).to_have_text("")


@pytest.mark.full
def test_it_draws_on_after_the_kernel_was_restarted(pad):
    pad.draw(STROKES["7"])
    pad.expect_prediction("7")
    pad.notebook.restart_and_run_all()
    pad.expect_blank()
    pad.draw(STROKES["4"])
    pad.expect_prediction("4")


@pytest.mark.full
def test_it_is_as_readable_in_a_dark_theme_and_a_narrow_window(pad):
    pad.draw(STROKES["4"])
    pad.expect_prediction("4")
    pad.notebook.choose_theme("Dark")
    pad.expect_prediction("4")
    text, background = (
        pad.verdict.evaluate(f"e => getComputedStyle({of}).{what}")
        for of, what in (("e", "color"), ("e.closest('.jp-NotebookPanel')", "backgroundColor"))
    )
    assert contrast(text, background) > 7
    pad.notebook.picture("digit_pad_dark")
    pad.page.set_viewport_size({"width": 700, "height": 1100})
    root = pad.root.bounding_box()
    for canvas in pad.root.locator("canvas").all():
        box = canvas.bounding_box()
        assert box["x"] + box["width"] <= root["x"] + root["width"] + 1
    pad.notebook.picture("digit_pad_narrow")
    pad.notebook.choose_theme("Light")


def painted(found):
    """The colours of an answer's pictures: the image, Grad-CAM, each layer's maps on one scale."""
    image = found.image[..., 0]
    pictures = [(plots.INPUT, image)]
    for maps in found.maps.values():
        pictures += [
            (plots.ACTIVATION, map_ / (maps.max() or 1)) for map_ in np.moveaxis(maps, -1, 0)
        ]
    ink, *maps = (
        plots.palette(name)[np.rint(255 * shares).astype(int), :3].astype(float)
        for name, shares in pictures
    )
    return [ink, 255 * plots.tinted(image, found.grad_cam), *maps]


def contrast(*colours):
    """The contrast ratio of two CSS colours, as WCAG defines it."""
    light = []
    for colour in colours:
        share = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        light.append(linear @ (0.2126, 0.7152, 0.0722))
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.full
def test_every_stroke_is_answered_and_its_time_noted(pad):
    """Writes milliseconds, from a stroke to the redrawn pictures, for benchmarks/digit_pad.py."""
    for _ in range(2):
        for strokes in STROKES.values():
            pad.draw(strokes)
            pad.notebook.expect(pad.verdict).to_contain_text("Prediction")
            pad.clear()
    times = pad.page.evaluate("performance.getEntriesByName('digit pad').map(e => e.duration)")
    assert len(times) > 8 * 2
    notes = Path(__file__).parents[2] / "build" / "browser" / "digit_pad_times.json"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(times))
