"""The notebooks in JupyterLab: everything runs, explorers follow the hand, Validate answers."""

import base64
import io
import re
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from helpers import datasets, models, plots
from helpers.checks import misconceptions
from helpers.course.build import sources
from helpers.course.execution import EXECUTIONS, executed
from helpers.datasets import centre_like_mnist
from helpers.datasets.lines import ATTRIBUTES
from helpers.explorers.deconvnet_explorer import draw_projection
from helpers.explorers.digit_pad import rasterised
from helpers.explorers.filters_explorer import draw_filter
from helpers.explorers.four_heads_explorer import draw_four_heads
from helpers.explorers.grad_cam_explorer import draw_grad_cam
from helpers.explorers.maximization_explorer import draw_ascent
from helpers.explorers.occlusion_explorer import draw_occlusion
from helpers.explorers.own_model_explorer import draw_own_model
from helpers.explorers.patches_explorer import strongest
from helpers.explorers.saliency_explorer import draw_saliency
from helpers.explorers.training_explorer import draw_training
from helpers.methods.activations import convolution
from helpers.methods.cam import default_layer
from helpers.methods.maximization import maximize
from helpers.methods.statistics import filter_statistics
from helpers.models.strangers import send
from helpers.scores import ClassScore
from tests.browser.pad import Pad, distances

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]

TRAINING, FILTERS = "01_train_a_cnn", "02_filter_statistics"
MAXIMIZATION, PATCHES = "03_activation_maximization", "04_intermediate_activations"
GRAD_CAM, OCCLUSION, SALIENCY = "05_grad_cam", "06_occlusion", "07_saliency"
DECONVNET = "08_deconvnet_inversion_invariance"
FOUR_HEADS, OWN_MODEL = "09_four_heads", "10_your_own_model"
SUCCESS = "Success! Your notebook passes all the tests."


def training_steps():
    """What the explorer shows first, and (control, key, what it shows then), without a browser."""
    data = datasets.load("default")
    model, history = models.trained("course_cnn", data)
    probabilities = models.predict(model, data.test.images)
    test = data.test
    draw = partial(
        draw_training, history, test.images, test.labels, probabilities, data.class_names
    )
    first, *_, before, last = history["epoch"]
    return draw(epoch=last), [
        ("epoch", "ArrowLeft", draw(epoch=before)),
        ("true class", "4", draw(epoch=before, true=4)),
        ("predicted", "9", draw(epoch=before, true=4, predicted=9)),
        ("true class", "Home", draw(epoch=before, predicted=9)),
        ("epoch", "Home", draw(epoch=first, predicted=9)),
    ]


def filters_steps():
    data = datasets.load("default")
    model = models.trained("course_cnn", data).model
    statistics = filter_statistics(model, data.test.images, data.test.labels)
    draw = partial(draw_filter, statistics, data.class_names)
    return draw(layer="l1", class_=0, index=0), [
        ("filter", "ArrowRight", draw(layer="l1", class_=0, index=1)),
        ("class", "7", draw(layer="l1", class_=7, index=1)),
        ("layer", "ArrowDown", draw(layer="l2", class_=7, index=1)),
        ("filter", "End", draw(layer="l2", class_=7, index=8)),
        ("layer", "ArrowDown", draw(layer="l3", class_=7, index=8)),
        ("filter", "End", draw(layer="l3", class_=7, index=15)),
        ("layer", "End", draw(layer="l5", class_=7, index=9)),
    ]


def maximization_steps():
    model = models.trained("course_cnn", datasets.load("default")).model
    calm = {"l2": 0.3, "total_variation": 0.1, "blur_every": 5, "jitter": 2}
    draw = partial(draw_ascent, maximize(model, range(10), steps=120, frames=13, **calm))
    return draw(score=0, frame=12), [
        ("score", "ArrowDown", draw(score=1, frame=12)),
        ("step", "ArrowLeft", draw(score=1, frame=11)),
        ("score", "End", draw(score=9, frame=11)),
        ("step", "Home", draw(score=9, frame=0)),
    ]


def grad_cam_steps():
    data = datasets.load("default")
    model, test = models.trained("course_cnn", data).model, data.test
    draw = partial(draw_grad_cam, model, test.images[:500], test.labels[:500], data.class_names)
    return draw(image=0, class_=None, layer="l3", method="Grad-CAM"), [
        ("image", "ArrowRight", draw(image=1, class_=None, layer="l3", method="Grad-CAM")),
        ("class", "3", draw(image=1, class_=3, layer="l3", method="Grad-CAM")),
        ("method", "ArrowDown", draw(image=1, class_=3, layer="l3", method="Grad-CAM++")),
        ("layer", "Home", draw(image=1, class_=3, layer="l1", method="Grad-CAM++")),
    ]


def occlusion_steps():
    data = datasets.load("default")
    model, test = models.trained("course_cnn", data).model, data.test
    draw = partial(draw_occlusion, model, test.images[:200], data.class_names)
    own, other = test.labels[:2].tolist()
    patch = test.images.shape[1] // 4
    stride = patch // 3
    mean = {"image": 1, "class_": other, "fill": "mean"}
    return draw(image=0, class_=own, patch=patch, stride=stride, fill=0.0), [
        ("image", "ArrowRight", draw(**mean | {"fill": 0.0}, patch=patch, stride=stride)),
        ("fill", "m", draw(**mean, patch=patch, stride=stride)),
        ("patch", "ArrowRight", draw(**mean, patch=patch + 1, stride=stride)),
        ("stride", "End", draw(**mean, patch=patch + 1, stride=patch + 1)),
    ]


def saliency_steps():
    data = datasets.load("default")
    model, test = models.trained("course_cnn", data).model, data.test
    draw = partial(draw_saliency, model, test.images[:200], data.class_names, noise=0.15)
    own, other = test.labels[:2].tolist()
    of = partial(draw, image=1, samples=50, baseline=0.0, signed=True)
    return of(image=0, class_=own, method="gradient"), [
        ("image", "ArrowRight", of(class_=other, method="gradient")),
        ("signed", "Space", of(class_=other, method="gradient", signed=False)),
        ("class", "7", of(class_=7, method="gradient", signed=False)),
        ("signed", "Space", of(class_=7, method="gradient")),
        ("method", "i", of(class_=7, method="integrated gradients")),
        ("samples", "Home", of(class_=7, method="integrated gradients", samples=1)),
        ("baseline", "End", of(class_=7, method="integrated gradients", samples=1, baseline=1.0)),
    ]


def deconvnet_steps():
    data = datasets.load("default")
    draw = partial(draw_projection, models.trained("course_cnn", data).model)
    draw = partial(draw, data.test.images[:2000])
    return draw(layer="l1", index=0, rank=1), [
        ("rank", "ArrowRight", draw(layer="l1", index=0, rank=2)),
        ("layer", "End", draw(layer="l3", index=0, rank=2)),
        ("filter", "End", draw(layer="l3", index=15, rank=2)),
        ("rank", "End", draw(layer="l3", index=15, rank=9)),
        ("layer", "Home", draw(layer="l1", index=8, rank=9)),
    ]


def four_heads_steps():
    data = datasets.load("lines")
    model = models.trained("line_heads", data).model
    draw = partial(draw_four_heads, model, data.test, ATTRIBUTES, "line")
    cam = {"method": "Grad-CAM", "layer": "conv2_2", "signed": False}
    first, other = {"image": 0, "class_": "predicted"}, {"image": 1, "class_": "another"}
    early = {"layer": "conv1_1", "signed": True}
    return draw(**first, **cam), [
        ("image", "ArrowRight", draw(**first | {"image": 1}, **cam)),
        ("class", "a", draw(**other, **cam)),
        ("signed", "Space", draw(**other, **cam | {"signed": True})),
        ("layer", "Home", draw(**other, **cam | early)),
        ("method", "o", draw(**other, method="occlusion", **early)),
    ]


def own_model_steps():
    data = datasets.load("faces")
    with TemporaryDirectory() as folder:
        files = send(Path(folder), data)
        own = models.load(files["architecture"], files["weights"], preprocess="0..1")
    chosen = np.random.default_rng(0).permutation(len(data.test.images))[:60]
    images = own.preprocess(np.rint(255 * data.test.images[chosen]).astype(np.uint8))
    names = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    draw = partial(draw_own_model, own.model, images, images.repeat(3, axis=-1), names)
    surest = int(models.predict(own.model, images).max(axis=1).argmax())
    layer = default_layer(own.model, ClassScore(0))
    cam, other = {"layer": layer, "method": "Grad-CAM"}, surest + 1
    return draw(image=surest, class_=None, **cam), [
        ("image", "ArrowRight", draw(image=other, class_=None, **cam)),
        ("class", "h", draw(image=other, class_=3, **cam)),
        ("layer", "Home", draw(image=other, class_=3, **cam | {"layer": "conv1"})),
        ("method", "o", draw(image=other, class_=3, layer="conv1", method="occlusion")),
    ]


def explore(notebook, first, steps):
    explorer = notebook.output(".widget-vbox").filter(has=notebook.page.locator("img"))
    image = explorer.locator("img")
    assert_shows(notebook, image, first, steps[0][-1])
    before = first
    for label, key, then in steps:
        press(explorer, label, key)
        assert_shows(notebook, image, then, before)
        before = then
    notebook.expect(notebook.cells).to_have_count(len(notebook.code_cells()))


def press(explorer, label, key):
    if key == "Space":
        return explorer.get_by_role("checkbox", name=label).press(key)
    named = explorer.page.locator("label").get_by_text(label, exact=True)
    control = explorer.locator(".widget-inline-hbox").filter(has=named)
    control.locator("select, .noUi-handle").press(key)


def assert_shows(notebook, image, figure, other):
    """The picture is that of one figure, and not that of the other."""
    assert figure.alt != other.alt
    notebook.expect(image).to_have_attribute("alt", figure.alt)
    png = base64.b64decode(image.get_attribute("src").partition("base64,")[2])
    # Not byte for byte: two processes may disagree in the last bit, hence in who wins a pixel.
    assert difference(png, figure.png()) < difference(png, other.png()) / 10


def difference(png, other):
    pixels, others = (plt.imread(io.BytesIO(content)) for content in (png, other))
    return np.abs(pixels - others).mean() if pixels.shape == others.shape else np.inf


def patches_steps():
    """The pixel shown first, and (control or pixel, key or None: point at it, what is shown)."""
    data = datasets.load("default")
    model, test = models.trained("course_cnn", data).model, data.test
    images = test.images[[int(np.flatnonzero(test.labels == c)[0]) for c in (0, 1, 3, 4, 7, 9)]]
    l1, l2 = (convolution(model, images, layer) for layer in ("l1", "l2"))
    row, column = strongest(l1, 0, 0)
    height, width = l1.outputs.shape[1:3]
    middle, corner = (height // 2, width // 2 + 1), (0, width - 1)
    return ("l1", l1, 0, 0, (row, column)), [
        (middle, None, ("l1", l1, 0, 0, middle)),
        (None, "ArrowUp", ("l1", l1, 0, 0, (middle[0] - 1, middle[1]))),
        (None, "ArrowLeft", ("l1", l1, 0, 0, (middle[0] - 1, middle[1] - 1))),
        ("filter", "End", ("l1", l1, 0, 8, (middle[0] - 1, middle[1] - 1))),
        (corner, None, ("l1", l1, 0, 8, corner)),
        (None, "ArrowRight", ("l1", l1, 0, 8, corner)),  # there is no pixel further right
        ("image", "4", ("l1", l1, 4, 8, corner)),
        ("layer", "ArrowDown", ("l2", l2, 4, 8, strongest(l2, 4, 8))),
        ((1, 2), None, ("l2", l2, 4, 8, (1, 2))),
    ]


def explore_patches(notebook, first, steps):
    map_ = notebook.page.get_by_role("application", name="Feature map of filter")
    explorer = notebook.output(".widget-vbox").filter(has=map_)
    assert_takes_apart(notebook, explorer, *first)
    for target, key, then in steps:
        if isinstance(target, str):
            press(explorer, target, key)
        elif key is None:
            sides = then[1].outputs.shape[1:3]
            y, x = (2 + (i + 0.5) * 210 / max(sides) for i in target)
            map_.hover(position={"x": x, "y": y})
        else:
            map_.focus()
            notebook.page.keyboard.press(key)
        assert_takes_apart(notebook, explorer, *then)
    draw_on_the_pad(Pad(notebook))
    notebook.expect(notebook.cells).to_have_count(len(notebook.code_cells()))


def draw_on_the_pad(pad):
    """What it shows of any network: the drawing as that sees it, and its most probable class."""
    size = datasets.load("default").test.images.shape[1:3]
    drawn = centre_like_mnist(rasterised([[(9, 4), (9, 22), (18, 22)]]), size)
    expected = plots.palette(plots.INPUT)[np.rint(255 * drawn[..., 0]).astype(int), :3].astype(int)
    pad.clear()
    blank = pad.pictures()
    pad.paper.focus()
    pad.press(*["ArrowUp"] * 10, *["ArrowLeft"] * 5, " ", *["ArrowDown"] * 18)
    pad.press(*["ArrowRight"] * 9)
    for _ in range(100):  # the answer to the end of a stroke may still be on its way
        [off] = distances(pad.colours()[:1], [expected])
        if off < 1:
            break
        pad.page.wait_for_timeout(100)
    assert off < 1
    assert sum(a != b for a, b in zip(pad.pictures(), blank, strict=True)) > 15
    shares = [float(said.removesuffix(" %")) for said in pad.values.all_text_contents()]
    best = pad.root.locator(".dp-best")
    pad.expect_prediction(best.locator("th").inner_text())
    assert float(best.locator(".dp-value").inner_text().removesuffix(" %")) == max(shares)
    assert abs(sum(shares) - 100) < len(shares)


def assert_takes_apart(notebook, explorer, name, layer, image, filter, at):
    """The widget says and draws what `Convolution` holds."""
    map_ = explorer.get_by_role("application", name=f"Feature map of filter {filter} of {name},")
    line = explorer.locator("[aria-live]")
    row, column = at
    notebook.expect(map_).to_be_visible()
    values = layer.outputs[image, ..., filter]
    colours = plt.get_cmap(plots.ACTIVATION)((values / (values.max() or 1) * 256).astype(int))
    distance = np.abs(np.indices(values.shape) - np.reshape(at, (2, 1, 1))).max(axis=0)
    elsewhere = distance > 1  # away from the box around the pixel
    for _ in range(100):  # another image may still be on its way: its map has the same name
        drawn = np.array(map_.evaluate(CELLS, list(values.shape)))
        off = np.abs(drawn / 255 - colours[..., :3])[elsewhere].max()
        if off < 0.01:
            break
        notebook.page.wait_for_timeout(100)
    assert off < 0.01
    notebook.expect(line).to_contain_text(f"Row {row}, column {column}:")
    pixel = layer.pixel(image, row, column, filter)
    total = pixel.pre_activation - pixel.bias
    expected = [row, column, total, pixel.bias, pixel.pre_activation, pixel.value]
    said = re.findall(r"−?\d+(?:\.\d+)?", line.text_content())
    assert [float(n.replace("−", "-")) for n in said] == pytest.approx(expected, abs=6e-4)


# The colours of a map at the middle of each pixel.
CELLS = """(canvas, [height, width]) => {
  const scale = canvas.width / parseFloat(canvas.style.width);
  const cell = 210 / Math.max(height, width);
  const at = (i) => Math.floor((2 + (i + 0.5) * cell) * scale);
  const colour = (r, c) => [...canvas.getContext("2d").getImageData(at(c), at(r), 1, 1).data];
  return Array.from({ length: height }, (_, r) =>
    Array.from({ length: width }, (_, c) => colour(r, c).slice(0, 3)));
}"""


EXPLORED = {
    TRAINING: (training_steps, explore),
    FILTERS: (filters_steps, explore),
    MAXIMIZATION: (maximization_steps, explore),
    PATCHES: (patches_steps, explore_patches),
    GRAD_CAM: (grad_cam_steps, explore),
    OCCLUSION: (occlusion_steps, explore),
    SALIENCY: (saliency_steps, explore),
    DECONVNET: (deconvnet_steps, explore),
    FOUR_HEADS: (four_heads_steps, explore),
    OWN_MODEL: (own_model_steps, explore),
}
# What these show are answers to guesses and tables of experiments.
NO_EXPLORER = ("11_shortcuts", "12_concepts")
TWO = (FILTERS, PATCHES)  # they hold a widget of each kind, and run quickly


def test_every_notebook_with_an_explorer_is_explored():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sources(ROOT)}
    with_one = {n for n, text in texts.items() if re.search(r"explorers\.(?!guess\b)\w+", text)}
    assert with_one == {*EXPLORED} == {*texts} - {*NO_EXPLORER}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, id=f"here-{n}", marks=[pytest.mark.full] if n != FILTERS else [])
        for n in [*EXPLORED, *NO_EXPLORER]
    ],
)
def test_everything_runs_and_the_explorer_follows(open_notebook, course, name):
    """On one also after a restart. What was executed here is what tests/notebooks read."""
    path, data = f"{name}/solved.ipynb", datasets.load("default").name

    def in_browser(notebook):
        nbformat.write(notebook, course / "notebooks" / path)
        opened.append(open_notebook(path))
        opened[0].run_all()
        assert_clean(opened[0])  # else it is not kept
        return opened[0].saved()

    opened = []
    executed(ROOT, name, data, ROOT / "build" / EXECUTIONS, run=in_browser)
    [notebook] = opened
    if name in NO_EXPLORER:
        return
    expected, explore = EXPLORED[name]
    first, steps = expected()
    explore(notebook, first, steps)
    if name == PATCHES:
        notebook.restart_and_run_all()
        assert_clean(notebook)
        explore(notebook, first, steps)
    notebook.picture(f"{name}_explorer", top=notebook.output(".explorer-controls").last)


def assert_clean(notebook):
    """Every cell has run, none complains, and every picture is described."""
    for kind in ("error", "stderr"):
        of_kind = notebook.page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']")
        assert of_kind.all_text_contents() == []
    counts = [f"[{number}]:" for number in range(1, len(notebook.code_cells()) + 1)]
    assert notebook.prompts.all_text_contents() == counts
    assert notebook.output("img").count() > 5
    assert notebook.output("img:not([alt]), img[alt='']").count() == 0


@pytest.mark.full
@pytest.mark.parametrize("name", TWO)
def test_validate_answers_success_on_right_answers(open_notebook, name):
    notebook = open_notebook(f"right/{name}/{name}.ipynb")
    assert SUCCESS in notebook.validate()
    notebook.picture(f"{name}_validated")


def test_a_wrong_answer_is_told_its_likely_cause_and_validate_names_it_and_what_is_missing(
    open_notebook,
):
    notebook = open_notebook(f"{OCCLUSION}/{OCCLUSION}.ipynb")
    wrong = misconceptions.answer_source("cover_patch", "patch_a_pixel_too_small")
    notebook.write("cover_patch", wrong)
    notebook.run_all()
    card = notebook.output("[role=status]").first
    card.hover()
    notebook.picture(f"{OCCLUSION}_wrong")
    notebook.expect(card).to_contain_text("cover_patch: 1 of 3 points in the visible check")
    notebook.expect(card).to_contain_text("values differ")
    notebook.expect(card).to_contain_text("Likely cause: The patch is one pixel too small")
    answer = notebook.validate()
    checks = [cell.source for cell in notebook.code_cells() if "checks." in cell.source]
    assert len(checks) > 3
    assert [check for check in checks if check not in answer] == []
    assert SUCCESS not in answer
    notebook.picture(f"{OCCLUSION}_wrong_validated")
