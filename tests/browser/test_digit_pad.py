"""Drawing on the pad in JupyterLab, with mouse and keyboard: the network sees the digit drawn."""

import json
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest

from helpers import datasets, models, plots
from helpers.datasets import centre_like_mnist
from helpers.explorers.digit_pad import CELLS, answer, rasterised
from helpers.methods.activations import layer_activations

pytestmark = pytest.mark.browser

SOURCE = """
from helpers import models
from helpers.explorers import DigitPad
pad = DigitPad(models.load("network.keras", preprocess="0..1").model, "0123456789")
pad
"""
STROKES = {  # as fractions of the pad: the corners of each stroke
    "1": [[(0.5, 0.15), (0.5, 0.85)]],
    "7": [[(0.28, 0.2), (0.72, 0.2), (0.45, 0.85)]],
    "0": [[(0.5 + 0.22 * np.sin(a), 0.5 - 0.33 * np.cos(a)) for a in np.linspace(0, 6.28, 24)]],
    "4": [[(0.35, 0.18), (0.3, 0.52), (0.7, 0.52)], [(0.62, 0.18), (0.62, 0.85)]],
}


def network():
    """The course's network with weights of ours: it tells which of `STROKES` it sees, by the
    nearest of what its last but one layer answers to them. No training made it, so that it says
    the same on every computer."""
    model = models.build("course_cnn")
    ink = [rasterised([CELLS * np.array(stroke) for stroke in one]) for one in STROKES.values()]
    images = np.stack([centre_like_mnist(one) for one in ink])
    features = layer_activations(model, images, ["l4"])["l4"]
    kernel, bias = np.zeros((25, 10)), np.full(10, -100.0)
    for name, feature in zip(STROKES, features, strict=True):
        kernel[:, int(name)], bias[int(name)] = 2 * feature, -feature @ feature
    model.get_layer("l5").set_weights([1000 * kernel, 1000 * bias])  # so that it is sure
    return model


# The colours of pictures, row by row.
COLOURS = """canvases => canvases.map((canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const colour = (r, c) => [...data.slice(4 * (r * width + c), 4 * (r * width + c) + 3)];
  return Array.from({ length: height }, (_, r) =>
    Array.from({ length: width }, (_, c) => colour(r, c)));
})"""


@pytest.fixture
def pad(course, open_notebook, request):
    name = f"{request.node.name}.ipynb"
    cell = nbformat.v4.new_code_cell(SOURCE.strip())
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    new = nbformat.v4.new_notebook(metadata=kernel, cells=[cell])
    network().save(course / "notebooks" / "network.keras")
    nbformat.write(new, course / "notebooks" / name)
    notebook = open_notebook(name)
    for _ in range(300):  # JupyterLab forgets what it is asked to run too soon after opening
        if notebook.prompts.inner_text() == "[ ]:":
            notebook.cells.locator(".cm-content").press("Control+Enter")
        if notebook.output(".digit-pad").is_visible():
            break
        notebook.page.wait_for_timeout(1000)
    return Pad(notebook)


class Pad:
    """The pad in a notebook's output, in the reader's hand."""

    def __init__(self, notebook):
        self.notebook, self.page = notebook, notebook.page
        self.root = notebook.output(".digit-pad")
        self.paper = self.root.get_by_role("application", name="Drawing pad")
        self.verdict = self.root.locator(".dp-verdict")
        self.paper.wait_for(timeout=300_000)  # the network may have to be trained first

    def draw(self, strokes):
        self.paper.scroll_into_view_if_needed()
        box = self.paper.locator("canvas").bounding_box()
        for stroke in strokes:
            corners = np.array(stroke) * (box["width"], box["height"]) + (box["x"], box["y"])
            self.page.mouse.move(*corners[0])
            self.page.mouse.down()
            for start, stop in pairwise(corners):
                for place in np.linspace(start, stop, 1 + round(np.hypot(*(stop - start)) / 8))[1:]:
                    self.page.mouse.move(*place)
                    self.page.wait_for_timeout(16)  # a mouse moves 60 times a second
            self.page.mouse.up()

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def expect_prediction(self, name):
        self.notebook.expect(self.verdict).to_have_text(f"Prediction: {name}")

    def expect_blank(self):
        self.notebook.expect(self.verdict).to_contain_text("Blank paper")

    def pictures(self):
        """The pixels of every picture but the drawing itself."""
        canvases = self.root.locator("figure canvas")
        return canvases.evaluate_all("all => all.map(canvas => canvas.toDataURL())")

    def expect_answer(self, model, image, before):
        """The pad shows this image, to a grey level, and not the one before; and what the model
        answers to the image that it shows, whatever model it is: prediction, probabilities, and
        all other pictures to a grey level."""
        drawn = painted(answer(model, image))[0]
        assert distances([drawn], [painted(answer(model, before))[0]])[0] > 1
        for _ in range(100):  # the answer to the end of a stroke may still be on its way
            shown = self.root.locator("figure canvas").evaluate_all(COLOURS)
            found = answer(model, as_image(shown[0]))
            apart = distances([*shown, shown[0]], [*painted(found), drawn])
            if max(apart) < 1:
                break
            self.page.wait_for_timeout(100)
        assert max(apart) < 1
        said = self.root.locator(".dp-value").all_text_contents()
        shares = [float(text.removesuffix(" %")) / 100 for text in said]
        assert shares == pytest.approx(found.probabilities, abs=0.006)  # shown without decimals
        name = str(found.probabilities.argmax())
        self.notebook.expect(self.verdict).to_contain_text(re.compile(f": {name}$"))
        captions = self.root.locator(".dp-seen figcaption")
        self.notebook.expect(captions.last).to_have_text(f"Grad-CAM: red speaks for {name}")

    def ink(self):
        return self.paper.locator("canvas").evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)"
        )


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
        pad.root.get_by_role("button", name="Clear").click()
        pad.expect_blank()
        assert not pad.ink()
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


def test_mouse_and_keyboard_are_followed_in_the_notebook_it_belongs_to(open_notebook):
    name = "04_intermediate_activations"
    notebook = open_notebook(f"right/{name}/{name}.ipynb")
    data = datasets.load("default")
    model, shape = models.trained("course_cnn", data).model, data.test.images.shape[1:3]
    # Neither is symmetric: its centre would lie between two pixels, and the last bit decide.
    corner = [np.array([(9, 4), (9, 22), (18, 22)]) / CELLS]
    seven = [[(0.3, 0.15), (0.75, 0.2), (0.4, 0.9)]]
    blank, by_keys, by_mouse = (
        centre_like_mnist(rasterised(CELLS * np.array(strokes)), shape)
        for strokes in ([], corner, seven)
    )
    notebook.run_all()
    pad = Pad(notebook)
    pad.paper.focus()
    pad.press(*["ArrowUp"] * 10, *["ArrowLeft"] * 5, " ", *["ArrowDown"] * 18)
    pad.press(*["ArrowRight"] * 9)
    pad.expect_answer(model, by_keys, before=blank)
    pad.press("c")
    pad.expect_answer(model, blank, before=by_keys)
    pad.draw(seven)
    pad.expect_answer(model, by_mouse, before=blank)
    notebook.expect(pad.root.locator(".dp-where")).to_have_text("")
    notebook.picture("digit_pad_in_its_notebook", top=pad.root)


def test_it_draws_on_after_the_kernel_was_restarted(pad):
    pad.draw(STROKES["7"])
    pad.expect_prediction("7")
    pad.notebook.restart_and_run_all()
    pad.expect_blank()
    pad.draw(STROKES["4"])
    pad.expect_prediction("4")


def test_it_is_as_readable_in_a_dark_theme_and_a_narrow_window(pad):
    pad.draw(STROKES["4"])
    pad.expect_prediction("4")
    choose_theme(pad, "JupyterLab Dark", light="false")
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
    choose_theme(pad, "JupyterLab Light", light="true")  # JupyterLab keeps it for later tests


def choose_theme(pad, name, light):
    pad.page.get_by_role("menuitem", name="Settings", exact=True).click()
    for item in ("Theme", name):
        pad.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()
    pad.notebook.expect(pad.page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    pad.notebook.expect(pad.page.locator("#jupyterlab-splash")).to_have_count(0)


def painted(found):
    """The colours of an answer's pictures: the image, Grad-CAM, each layer's maps on one scale."""
    image = found.image[..., 0]
    pictures = [(plots.INPUT, image)]
    for maps in found.maps.values():
        most = maps.max() or 1  # a layer may be silent
        pictures += [(plots.ACTIVATION, map_ / most) for map_ in np.moveaxis(maps, -1, 0)]
    ink, *maps = (
        plots.palette(name)[np.rint(255 * shares).astype(int), :3].astype(float)
        for name, shares in pictures
    )
    return [ink, 255 * plots.tinted(image, found.grad_cam), *maps]


def as_image(picture):
    """The image (H, W, 1) of which a picture in the colours of the ink shows the nearest greys."""
    palette = plots.palette(plots.INPUT)[:, :3].astype(int)
    apart = np.abs(np.array(picture)[..., None, :] - palette).sum(axis=-1)
    return (apart.argmin(axis=-1)[..., None] / 255).astype(np.float32)


def distances(pictures, others):
    """How far apart two pictures are, on average over their pixels: of each pair, from 0 to 255."""
    pairs = zip(pictures, others, strict=True)
    return np.array([np.abs(np.subtract(one, other)).mean() for one, other in pairs])


def contrast(*colours):
    """The contrast ratio of two CSS colours, as WCAG defines it."""
    light = []
    for colour in colours:
        share = np.array([float(v) for v in re.findall(r"[\d.]+", colour)[:3]]) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        light.append(linear @ (0.2126, 0.7152, 0.0722))
    return (max(light) + 0.05) / (min(light) + 0.05)


def test_every_stroke_is_answered_and_its_time_noted(pad):
    """Writes milliseconds, from a stroke to the redrawn pictures, for benchmarks/digit_pad.py."""
    for _ in range(3):
        for strokes in STROKES.values():
            pad.draw(strokes)
            pad.notebook.expect(pad.verdict).to_contain_text("Prediction")
            pad.root.get_by_role("button", name="Clear").click()
            pad.expect_blank()
    times = pad.page.evaluate("performance.getEntriesByName('digit pad').map(e => e.duration)")
    assert len(times) > 12 * 2
    notes = Path(__file__).parents[2] / "build" / "browser" / "digit_pad_times.json"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps(times))
