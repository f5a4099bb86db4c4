"""The explorers without a kernel: their numbers are Python's, and all of the page can be used."""

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import models, plots
from helpers.datasets import centre_like_mnist
from helpers.explorers import page as live
from helpers.explorers.digit_pad import CELLS, EXAMPLE, answer, rasterised
from helpers.explorers.network import network_file
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import grad_cam
from helpers.methods.occlusion import occlusion_map
from helpers.methods.statistics import filter_statistics
from helpers.models import graph
from helpers.plots.evidence import overlaid
from tests.browser.conftest import ROOT, axe_at_rest
from tests.browser.pad import Pad, distances

pytestmark = pytest.mark.browser

LAYERS = ("l1", "pool1", "l2", "pool2", "l3", "pool3", "l4", "l5")
# Evaluated for an image and a class: all numbers of network.js.
NUMBERS = """async ({ module, file, images, classes }) => {
  const { open, forward, softmax, cam, occlusion } = await import(module);
  const network = open(file);
  return images.map((image, i) => {
    const found = forward(network, image);
    const logits = found.at(-1).out;
    const of = [network, image, found, classes[i]];
    const maps = ["l1", "l2", "l3"].map((name) => cam("Grad-CAM", ...of, name));
    const occluded = occlusion(...of, 7, 3).map;
    const outputs = found.map(({ out }) => out);
    return [...outputs, softmax(logits), ...maps, occluded].map((one) => [...one]);
  });
}"""


@pytest.fixture
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


def module(name):
    source = (Path(live.__file__).parent / name).read_bytes()
    return "data:text/javascript;base64," + base64.b64encode(source).decode()


def test_the_browser_s_numbers_are_python_s_on_100_digits(blank, model, digits):
    """Each layer, the probabilities, Grad-CAM of each layer and occlusion, for the predicted class
    of one half of the digits, and for another class of the other half."""
    images = digits.test.images[:100]
    top = models.predict(model, images).argmax(axis=1)
    classes = np.where(np.arange(100) % 2, top, (top + 1 + np.arange(100) // 2 % 9) % 10)
    asked = {
        "module": module("network.js"),
        "file": network_file(model),
        "images": images.reshape(100, -1).tolist(),
        "classes": classes.tolist(),
    }
    found = blank.evaluate(NUMBERS, asked)
    found = [np.array(each) for each in zip(*found, strict=True)]

    expected = list(layer_activations(model, images, LAYERS[:-1]).values())
    expected.append(np.stack([score_values(model, images, i) for i in range(10)], axis=1))
    expected.append(np.asarray(graph.compiled_probabilities(model)(images)))
    for explain in (
        *(
            lambda some, class_, name=name: grad_cam(model, some, class_, layer=name)
            for name in LAYERS[:5:2]
        ),
        lambda some, class_: occlusion_map(model, some, class_, patch=7, stride=3),
    ):
        maps = np.empty(images.shape[:3])
        for class_ in range(10):
            maps[classes == class_] = explain(images[classes == class_], class_)
        expected.append(maps)
    for mine, theirs in zip(found, expected, strict=True):
        assert theirs.any()
        np.testing.assert_allclose(mine, theirs.reshape(100, -1), rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def address(model, digits, tmp_path_factory):
    """The address of the page, which is one small file."""
    path = tmp_path_factory.mktemp("page") / "live.html"
    path.write_text(live.document(model, digits), encoding="utf-8")
    assert path.stat().st_size < 3_000_000
    return path.as_uri()


@pytest.fixture
def visit(browser, address):
    """A function that opens the page. Nothing may be complained about, nor asked of a network."""
    complaints, pages = [], []

    def visit(**options):
        page = browser.new_page(**options)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("http") and complaints.append(asked))
        page.goto(address)
        pages.append(page)
        return page

    yield visit
    assert complaints == []
    for page in pages:
        page.close()


def pad_of(page, place="#live-pad > .digit-pad"):
    from playwright.sync_api import expect

    shown = SimpleNamespace(page=page, expect=expect, output=lambda _: page.locator(place))
    return Pad(shown)


def expect_answer(pad, model, strokes):
    """The network sees the strokes, to a grey level, and what is shown is Python's answer."""
    image = centre_like_mnist(rasterised(strokes))
    ink = plots.palette(plots.INPUT)[:, :3].astype(float)
    for _ in range(100):  # the answer to the end of a stroke may still be on its way
        seen, grad_cam, occluded, *maps = pad.colours()
        if distances([seen], [ink[np.rint(255 * image[..., 0]).astype(int)]]) < 1:
            break
        pad.page.wait_for_timeout(100)
    grey = np.abs(np.array(seen)[..., None, :] - ink).sum(-1).argmin(-1)
    assert np.abs(grey - 255 * image[..., 0]).mean() < 1
    image = grey[..., None] / np.float32(255)
    found = answer(model, image)
    top = int(found.probabilities.argmax())
    pad.expect_prediction(str(top))
    said = [float(text.removesuffix(" %")) / 100 for text in pad.values.all_text_contents()]
    assert said == pytest.approx(found.probabilities, abs=0.01)
    [drop] = occlusion_map(model, image[None], top, patch=7, stride=3)
    assert drop.max() > 1
    for shown, map_ in ((grad_cam, found.grad_cam), (occluded, drop)):
        [expected] = 255 * overlaid(image[None], map_[None] / (np.abs(map_).max() or 1))
        assert distances([shown], [expected]) < 1
    dark = plots.palette(plots.ACTIVATION)[:, :3].astype(float)
    expected = [
        dark[np.rint(255 * map_ / (layer.max() or 1)).astype(int)]
        for layer in found.maps.values()
        for map_ in np.moveaxis(layer, -1, 0)
    ]
    assert max(distances(maps, expected)) < 1


def test_the_pad_answers_mouse_keyboard_and_finger(visit, model):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    pad = pad_of(page)
    pad.expect_blank()
    pad.draw([np.array(stroke) / CELLS for stroke in EXAMPLE])
    expect_answer(pad, model, EXAMPLE)
    pad.clear()
    pad.paper.focus()
    pad.press(*["ArrowUp"] * 10, *["ArrowLeft"] * 5, " ", *["ArrowRight"] * 9)
    pad.press(*["ArrowDown"] * 18)
    expect_answer(pad, model, [[(9, 4), (18, 4), (18, 22)]])
    pad.press("c")
    pad.expect_blank()
    pad.paper.tap()
    pad.notebook.expect(pad.verdict).to_contain_text("Prediction")


def test_a_guess_comes_before_the_picture(visit, model):
    page = visit()
    part = page.locator("#live-guess")
    picture, said = part.get_by_role("img"), part.get_by_role("status")
    part.get_by_role("button", name="Guess").click()
    assert said.inner_text() == "Choose a pixel first."
    assert picture.count() == 0
    part.get_by_role("application").press("ArrowUp")
    part.get_by_role("button", name="Guess").press("Enter")
    image = np.rint(255 * centre_like_mnist(rasterised(EXAMPLE))[None]) / np.float32(255)
    [map_] = occlusion_map(model, image, int(models.predict(model, image).argmax()), patch=7)
    told = re.fullmatch(
        r"You guessed row 14, column 14\. It is row (\d+), column (\d+), [\d.]+ pixels away\.",
        said.inner_text(),
    )
    assert map_[int(told[1]), int(told[2])] == pytest.approx(map_.max(), abs=1e-4)
    assert picture.is_visible()
    part.get_by_role("button", name="Another digit").click()
    assert picture.count() == 0


def test_filters_are_browsed_by_keyboard(visit, model, digits):
    page = visit()
    part = page.locator("#live-filters")
    part.get_by_label("layer").select_option("l2")
    layer = filter_statistics(model, digits.test.images, digits.test.labels)["l2"]
    every = layer.mean.max(axis=(1, 2))
    number = int(every.max(axis=0).argmax())  # one that is not dead, whatever was learned
    for _ in range(number):
        part.get_by_label("filter").press("ArrowRight")
    peaks, won = every[:, number], (layer.mode == number).mean(axis=(1, 2))
    told = re.fullmatch(
        rf"Filter {number} of l2 answers most strongly to class (\d): its mean activation reaches "
        r"([\d.]+)\. It wins most for class (\d), at (\d+) % of the pixels\.",
        part.get_by_role("status").inner_text(),
    )
    strongest, reached, winner, share = (float(one) for one in told.groups())
    assert peaks[int(strongest)] == pytest.approx(peaks.max(), rel=1e-3)
    assert reached == pytest.approx(peaks.max(), rel=0.006)
    assert won[int(winner)] == pytest.approx(won.max(), abs=0.01)
    assert share / 100 == pytest.approx(won.max(), abs=0.006)
    pictures = part.get_by_role("img")
    assert pictures.count() == 9 + 3 * 10
    before = pictures.evaluate_all("all => all.map(canvas => canvas.toDataURL())")
    part.get_by_label("filter").press("ArrowLeft" if number else "ArrowRight")
    after = pictures.evaluate_all("all => all.map(canvas => canvas.toDataURL())")
    assert before[-10:] == after[-10:]  # the images themselves
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 9 + 10


def test_a_filter_that_answers_and_never_wins_is_told(blank, model, digits, tmp_path):
    page = live.document(model, digits)
    [mode] = re.findall(r'"mode": "([^"]*)"', page)[:1]  # that of l1, which is shown first
    found = base64.b64decode(mode)
    number = max(set(found) - {255}, key=found.count)
    other = bytes([number - 1 if number else 1])
    lost = base64.b64encode(found.replace(bytes([number]), other)).decode()
    path = tmp_path / "live.html"
    path.write_text(page.replace(mode, lost), encoding="utf-8")
    blank.goto(path.as_uri())
    part = blank.locator("#live-filters")
    for _ in range(number):
        part.get_by_label("filter").press("ArrowRight")
    said = part.get_by_role("status").inner_text()
    assert said.startswith(f"Filter {number} of l1 answers most strongly to class ")
    assert said.endswith(" It wins nowhere.")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "dark")])
def test_it_fits_a_phone_and_has_no_fault_of_accessibility(visit, width, scheme):
    page = visit(viewport={"width": width, "height": 844}, color_scheme=scheme)
    pad = pad_of(page)
    pad.draw([np.array(stroke) / CELLS for stroke in EXAMPLE])
    pad.notebook.expect(pad.verdict).to_contain_text("Prediction")
    page.locator("#live-guess").get_by_role("application").press("ArrowUp")
    page.get_by_role("button", name="Guess").press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_at_rest(page).response["violations"] == []
    shot = ROOT / "build" / "browser" / f"page_{width}_{scheme}.png"
    page.screenshot(path=shot, full_page=True)


@pytest.mark.full
def test_the_time_of_each_stroke_is_noted(visit):
    """Writes milliseconds, from a stroke to the redrawn pictures, for benchmarks/digit_pad.py; and
    how much processor time the page took for a stroke, with all that drawing costs it."""
    page = visit()
    pad = pad_of(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in metrics}["TaskDuration"]

    def times():
        return page.evaluate("performance.getEntriesByName('digit pad').map(e => e.duration)")

    for _ in range(3):  # the first drawing is not measured: the code is compiled meanwhile
        first, begun = len(times()), seconds()
        pad.draw([np.array(stroke) / CELLS for stroke in EXAMPLE])
        pad.clear()
    found = times()[first:]
    assert len(found) > 10
    processor = 1000 * (seconds() - begun) / len(found)
    notes = ROOT / "build" / "browser" / "page_times.json"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text(json.dumps({"times": found, "processor": processor}))
