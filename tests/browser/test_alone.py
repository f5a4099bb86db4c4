"""The explorers of notebooks in a page without a kernel: they show what Python computes."""

import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import scipy.stats

from helpers import datasets, explorers, models, plots
from helpers.datasets.lines import ATTRIBUTES
from helpers.explorers.alone import Live, alone
from helpers.explorers.digit_pad import CELLS, EXAMPLE
from helpers.explorers.grad_cam_explorer import draw_grad_cam
from helpers.explorers.network import heads_file, network_file
from helpers.explorers.patches_explorer import strongest as strongest_pixel
from helpers.faithfulness import iou, pointing_game
from helpers.methods import catalogue
from helpers.methods.activations import convolution, layer_activations, score_values
from helpers.methods.cam import grad_cam
from helpers.methods.deconvnet import project, receptive_field, strongest
from helpers.methods.maximization import maximize
from helpers.methods.occlusion import occlusion_map
from helpers.methods.statistics import filter_statistics
from helpers.plots.evidence import overlaid
from helpers.scores import ClassScore
from tests.browser.conftest import ROOT, axe_at_rest
from tests.browser.pad import COLOURS, distances
from tests.browser.test_page import module, pad_of

pytestmark = pytest.mark.browser

PICTURE = plots.images(np.arange(4.0).reshape(1, 2, 2, 1), title="Four pixels")
IMAGE = np.arange(35.0).reshape(5, 7)
FILLS = (0.0, 0.5)
SAMPLES, BASELINE, NOISE = 10, 0.5, 0.15
# Evaluated for a modifier and a key: whether the pixel's keys keep them from the browser.
PREVENTED = """(area, [modifier, key]) => {
  const pressed = { key, altKey: modifier === "Alt", ctrlKey: modifier === "Control" };
  return !area.dispatchEvent(new KeyboardEvent("keydown", { ...pressed, cancelable: true }));
}"""
# Evaluated for images and their classes: the maps of network.js.
MAPS = """async ({ module, file, images, classes, cams, attributions, fills, options, noises }) => {
  const { open, forward, cam, attribution, occlusion } = await import(module);
  const network = open(file);
  const drawn = () => {
    let number = 0;
    return { ...options, normal: () => noises[number++] };
  };
  return images.map((image, i) => {
    const found = forward(network, image);
    const of = [network, image, found, classes[i]];
    return [
      ...cams.flatMap((method) => ["l1", "l2", "l3"].flatMap((layer) =>
        [false, true].map((signed) => cam(method, ...of, layer, signed)))),
      ...attributions.flatMap((method) =>
        [false, true].map((signed) => attribution(method, ...of, signed, drawn()))),
      ...fills.map((fill) => occlusion(...of, 6, 2, fill).map),
    ].map((map) => [...map]);
  });
}"""


NORMALS = """async (module) => {
  const normal = (await import(module)).normals();
  return Array.from({ length: 100000 }, normal);
}"""
# The signed maps of class 1 of each head, at two layers, and what methods give to each pixel.
HEADS = """async ({ module, file, images, heads, attributions }) => {
  const { open, forward, cam, attribution } = await import(module);
  const of = (head) => open({ ...file, layers: [...file.layers, file.heads[head]] });
  const networks = heads.map(of);
  return images.map((image) => {
    const shared = forward(networks[0].slice(0, -1), image);
    return networks.map((network) => {
      const of = [network, image, forward(network, image, shared), 1];
      const maps = ["conv1_1", "conv2_2"].map((layer) => cam("Grad-CAM", ...of, layer, true));
      for (const method of attributions) maps.push(attribution(method, ...of, false));
      return maps.map((map) => [...map]);
    });
  });
}"""


@pytest.fixture(scope="module")
def fixed():
    """A network with the same weights on each computer, so that no text turns on a training."""
    return models.build("course_cnn")


@pytest.fixture
def show(browser):
    """A function that shows an explorer as an exported notebook does. Nothing may be complained
    about, nor asked of a network."""
    complaints, pages = [], []

    def show(*shown, width=1000, scheme="light"):
        size = {"width": width, "height": 900}
        page = browser.new_page(viewport=size, color_scheme=scheme)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith("http") and complaints.append(asked))
        parts = [each._repr_mimebundle_()[0]["text/html"] for each in shown]
        page.set_content(PAGE.format("".join(f"<div>{part}</div>" for part in parts)))
        pages.append(page)
        return page

    yield show
    assert complaints == []
    for page in pages:
        page.close()


PAGE = """<!doctype html><html lang="en"><head><title>Explorers</title><style>
:root {{ color-scheme: light dark; }}
body {{ margin: 8px; color: light-dark(#212121, #e6e6e6); background: light-dark(white, #161616); }}
</style></head><body><main><h1>Explorers</h1><h2>All</h2>{}</main></body></html>"""


def test_the_maps_are_python_s_on_100_digits(show, model, digits):
    """For the predicted class of one half of the digits, for another class of the other half."""
    images = digits.test.images[:100]
    top = models.predict(model, images).argmax(axis=1)
    classes = np.where(np.arange(100) % 2, top, (top + 1 + np.arange(100) // 2 % 9) % 10)
    cams = ["Grad-CAM", "Grad-CAM++", "XGrad-CAM", "LayerCAM", "HiResCAM", "Score-CAM"]
    attributions = ["gradient", "gradient × input", "SmoothGrad", "integrated gradients"]
    attributions += ["deconvnet", "guided backprop", "guided Grad-CAM"]
    generator = np.random.default_rng(0)  # as in `saliency.smooth_grad`
    drawn = [generator.standard_normal(images.shape[1:], np.float32) for _ in range(SAMPLES)]
    asked = {
        "module": module("network.js"),
        "file": network_file(model),
        "images": images.reshape(100, -1).tolist(),
        "classes": classes.tolist(),
        "cams": cams,
        "attributions": attributions,
        "fills": FILLS,
        "options": {"samples": SAMPLES, "baseline": BASELINE, "noise": NOISE},
        "noises": np.ravel(drawn).tolist(),
    }
    found = show().evaluate(MAPS, asked)
    found = [np.array(each) for each in zip(*found, strict=True)]

    def maps(name, **options):
        method = catalogue.get(name)
        return lambda some, class_: method.maps(model, some, class_, **options)

    explain = [
        maps(name, layer=layer, signed=signed)
        for name in cams
        for layer in ("l1", "l2", "l3")
        for signed in (False, True)
    ]
    options = {
        "SmoothGrad": {"samples": SAMPLES, "noise": NOISE},
        "integrated gradients": {"steps": SAMPLES, "baseline": BASELINE},
    }
    explain += [
        maps(name, signed=signed, **options.get(name, {}))
        for name in attributions
        for signed in (False, True)
    ]
    explain += [
        lambda some, class_, fill=fill: occlusion_map(model, some, class_, 6, 2, fill)
        for fill in FILLS
    ]
    for mine, explain_them in zip(found, explain, strict=True):
        theirs = np.empty(images.shape[:3])
        for class_ in range(10):
            theirs[classes == class_] = explain_them(images[classes == class_], class_)
        assert theirs.any()
        np.testing.assert_allclose(mine, theirs.reshape(100, -1), rtol=0, atol=1e-4)


def guess(page):
    page.get_by_role("button", name="Guess").click()
    return page.get_by_role("status").inner_text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.5", "You guessed 0.5. It is 0.25: your guess is 0.25 too high."),
        ("0,2", "You guessed 0.2. It is 0.25: your guess is 0.05 too low."),
        (" 0.25", "You guessed 0.25. Right: it is 0.25."),
        ("1,000", "You guessed 1,000. It is 0.25: your guess is 1,000 too high."),
        ("0,250", "You guessed 0.25. Right: it is 0.25."),
        ("1,5", "You guessed 1.5. It is 0.25: your guess is 1.25 too high."),
        ("-2,500,000", "You guessed -2500000. It is 0.25: your guess is 2500000 too low."),
        ("0x10", "'0x10' is no number: write one, like 12.5."),
        ("Infinity", "'Infinity' is no number: write one, like 12.5."),
        ("20 %", "You guessed 20. It is 0.25: your guess is 19.8 too high."),
        ("many", "'many' is no number: write one, like 12.5."),
        (" ", "Write a number first."),
    ],
)
def test_a_guess_of_a_number(show, typed, said):
    page = show(explorers.guess("Which?", np.float32(0.25), PICTURE))
    page.get_by_role("textbox", name="your guess").fill(typed)
    assert guess(page) == said
    assert page.locator("img").count() == said.startswith("You")


def test_a_guess_of_one_of_the_choices_may_be_changed(show):
    page = show(explorers.guess("Which?", 3, PICTURE, choices=range(5)))
    assert guess(page) == "Choose an answer first."
    assert page.locator("img").count() == 0
    chosen = page.get_by_role("combobox", name="your guess")
    chosen.select_option("1")
    assert guess(page) == "You guessed 1. It is 3."
    assert page.get_by_role("img", name=PICTURE.alt).is_visible()
    chosen.select_option("3")
    assert page.get_by_role("status").inner_text() == "You guessed 3. Right."


def test_a_choice_with_two_spaces_is_right(show):
    page = show(explorers.guess("Which?", "a  b", PICTURE, choices=["a  b", "c"]))
    page.get_by_role("combobox").select_option(index=1)
    assert guess(page) == "You guessed a b. Right."


def test_a_guess_of_an_order_needs_each_choice_once(show):
    page = show(explorers.guess("Which?", ["c", "a", "b"], PICTURE, choices=["a", "b", "c"]))
    places = page.get_by_role("combobox").all()
    assert guess(page) == "Place 1 is empty: choose for each place."
    for place in places:
        place.select_option("a")
    assert guess(page) == "a is chosen 3 times: choose it once."
    for place, text in zip(places, "cba", strict=True):
        place.select_option(text)
    assert guess(page) == "1 of 3 places are right. The order is c, a, b."


def test_a_guess_of_a_pixel_by_keys_and_by_finger(show):
    page = show(explorers.guess("Which?", (4, 6), PICTURE, image=IMAGE))
    assert guess(page) == "Choose a pixel first."
    for key in ("ArrowUp", "ArrowDown", "ArrowRight"):  # the first one goes to the middle
        page.get_by_role("application").press(key)
    for key in ("Alt+ArrowLeft", "Control+ArrowLeft"):  # not the pixel's: back, and by a word
        prevented = page.get_by_role("application").evaluate(PREVENTED, key.split("+"))
        assert not prevented
    said = "You guessed row 3, column 4. It is row 4, column 6, 2.2 pixels away."
    assert guess(page) == said
    page.get_by_role("application").click(position={"x": 209, "y": 149})
    assert page.get_by_role("status").inner_text() == "You guessed row 4, column 6. Right."


def test_without_scripts_the_picture_is_shown(browser):
    page = browser.new_page(java_script_enabled=False)
    page.set_content(explorers.guess("Which?", 1, PICTURE)._repr_mimebundle_()[0]["text/html"])
    assert page.get_by_role("img", name=PICTURE.alt).is_visible()
    page.close()


def control(page, label):
    return page.get_by_label(label, exact=True)


def assert_drawn(page, number, image, map_, limit):
    """Picture `number` shows a map over an image, on a scale up to `limit`."""
    [shown] = page.locator(".live canvas").nth(number).evaluate(f"canvas => ({COLOURS})([canvas])")
    [expected] = 255 * overlaid(image[None], map_[None] / (limit or 1))
    assert distances([shown], [expected]) < 1


def numbers(text):
    """The numbers of a text, whichever minus they have."""
    return [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def test_grad_cam_follows_its_controls(show, model, digits):
    images, labels = digits.test.images[:500], digits.test.labels[:500]
    page = show(explorers.grad_cam(model, images, labels, digits.class_names))
    control(page, "image").press("ArrowRight")
    control(page, "class").select_option(label="3")
    control(page, "layer").select_option(label="l2")
    control(page, "method").select_option(label="HiResCAM")
    method = catalogue.get("HiResCAM")
    positive, signed = (
        method.maps(model, images[1:2], 3, layer="l2", signed=signed)[0] for signed in (False, True)
    )
    limit = max(positive.max(), abs(signed).max())
    for number, map_ in enumerate((0 * positive, positive, signed)):
        assert_drawn(page, number, images[1], map_, limit)
    assert f"true: {labels[1]}, predicted:" in page.locator("figcaption").first.inner_text()
    assert page.get_by_role("status").inner_text().startswith("HiResCAM of l2: image 1, ")
    control(page, "method").select_option(label="Grad-CAM++")
    assert page.locator("figcaption").last.inner_text() == "counts nothing against"


def test_what_speaks_against_a_class_is_told_as_python_tells_it(show, digits):
    """In a network whose last layer has no weight below 0, nothing speaks against any class."""
    model = models.build("course_cnn")
    for name in ("l4", "l5"):
        kernel, bias = model.get_layer(name).get_weights()
        model.get_layer(name).set_weights([abs(kernel), bias])
    images, labels = digits.test.images[:3], digits.test.labels[:3]
    page = show(explorers.grad_cam(model, images, labels, digits.class_names))
    assert page.locator("figcaption").last.inner_text() == "no evidence against"
    assert (
        "no evidence against"
        in draw_grad_cam(model, images, labels, digits.class_names, 0, None, "l3", "Grad-CAM").alt
    )


def test_saliency_follows_its_controls(show, model, digits):
    images, labels = digits.test.images[:200], digits.test.labels[:200]
    page = show(explorers.saliency(model, images, labels, digits.class_names))
    control(page, "image").press("ArrowRight")
    own = int(labels[1])
    assert control(page, "class").input_value() == str(own)
    control(page, "method").select_option(label="guided backprop")
    control(page, "signed").press("Space")
    [map_] = catalogue.get("guided backprop").maps(model, images[1:2], own)
    assert map_.min() >= 0
    assert_drawn(page, 2, images[1], map_, map_.max())
    control(page, "method").select_option(label="integrated gradients")
    control(page, "samples").fill("20")
    control(page, "baseline").select_option(label="1.00")
    top = float(images.max())
    method = catalogue.get("integrated gradients")
    [map_] = method.maps(model, images[1:2], own, signed=True, steps=20, baseline=top)
    assert_drawn(page, 2, images[1], map_, abs(map_).max())
    logit, start = score_values(model, np.stack([images[1], 0 * images[1] + top]), own)
    told = page.locator("figcaption").last.inner_text()
    assert "all pixels together: " in told and "; logit − baseline's: " in told
    told = told.replace("logit − baseline", "")
    assert numbers(told) == pytest.approx([map_.sum(), logit - start], abs=0.006)
    control(page, "method").select_option(label="SmoothGrad")
    control(page, "signed").press("Space")
    control(page, "noise").press("Home")
    [map_] = catalogue.get("gradient").maps(model, images[1:2], own, signed=True)
    assert_drawn(page, 2, images[1], map_, abs(map_).max())
    control(page, "noise").press("End")
    assert control(page, "noise").get_attribute("aria-valuetext") == "0.5"


def test_noise_is_drawn_from_the_normal_distribution(show):
    drawn = show().evaluate(NORMALS, module("network.js"))
    assert len(np.unique(drawn)) > 99_000
    pairs = np.reshape(drawn, (-1, 2))
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.02
    assert scipy.stats.kstest(drawn, "norm").pvalue > 0.01


def test_occlusion_follows_its_controls(show, model, digits):
    images, labels = digits.test.images[:200], digits.test.labels[:200]
    page = show(explorers.occlusion(model, images, labels, digits.class_names))
    control(page, "image").press("ArrowRight")
    control(page, "fill").select_option(label="mean")
    control(page, "patch").press("ArrowLeft")
    control(page, "stride").press("End")
    [map_] = occlusion_map(model, images[1:2], int(labels[1]), 6, 6, "mean")
    assert_drawn(page, 2, images[1], map_, abs(map_).max())
    assert "a patch of 6×6 pixels" in page.get_by_role("status").inner_text()


def test_patches_takes_a_pixel_apart(show, fixed, digits):
    images = digits.test.images[:6]
    page = show(explorers.patches(fixed, images))
    control(page, "image").select_option(label="4: 4")
    control(page, "layer").select_option(label="l2")
    control(page, "filter").press("End")
    map_ = page.get_by_role("application")
    found = convolution(fixed, images, "l2")
    last = found.outputs.shape[-1] - 1
    row, column = strongest_pixel(found, 4, 0)  # another filter leaves the pixel where it is
    for row_ in (row, max(0, row - 1)):
        pixel = found.pixel(4, row_, column, last)
        said = page.locator("[aria-live]").inner_text()
        assert said.startswith(f"Row {row_}, column {column}: patch × kernel sums to ")
        shown = re.search(r"after relu (\d+\.\d+)\.$", said)
        assert float(shown[1]) == pytest.approx(pixel.value, abs=6e-4)
        map_.press("ArrowUp")


def test_an_ascent_is_followed_step_by_step(show, model):
    result = maximize(model, range(3), steps=10, frames=3)
    page = show(explorers.maximization(result))
    control(page, "score").select_option(label="class 1")
    control(page, "step").press("Home")
    assert page.get_by_role("status").inner_text().startswith("What drives class 1: after 0 steps ")
    [shown] = page.locator(".live canvas").evaluate_all(COLOURS)
    ink = plots.palette(plots.INPUT)[:, :3].astype(float)
    frame = np.clip(result.frames[0, 1, ..., 0], 0, 1)
    assert distances([shown], [ink[np.rint(255 * frame).astype(int)]]) < 1


def test_mistakes_are_chosen_by_class(show, digits):
    images, labels = digits.test.images[:40], digits.test.labels[:40]
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    history = {name: [0.9, 0.7, 0.5] for name in names}
    probabilities = np.random.default_rng(0).dirichlet(np.ones(10), 40)
    page = show(explorers.training(history, images, labels, probabilities, digits.class_names))
    guessed = probabilities.argmax(axis=1)
    control(page, "epoch").press("ArrowLeft")
    control(page, "predicted").select_option(label="3")
    count = ((guessed == 3) & (labels != 3)).sum()
    assert count > 0
    assert page.get_by_role("status").inner_text() == (
        f"After epoch 2 the accuracy in validation is 70 %. {count} mistakes remain after training."
    )
    assert page.get_by_role("img").count() == min(count, 12)


def test_mistakes_that_are_not_in_the_page_are_counted(show):
    """The page has the 300 surest ones."""
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    history = {name: [0.9, 0.7] for name in names}
    images, labels = np.zeros((501, 2, 2, 1)), np.repeat([0, 1], [500, 1])
    probabilities = np.repeat([[0.2, 0.3, 0.5], [0.3, 0.3, 0.4]], [500, 1], axis=0)
    page = show(explorers.training(history, images, labels, probabilities, "abc"))
    said = page.get_by_role("status")
    assert said.inner_text().endswith(" 501 mistakes remain after training.")
    control(page, "true class").select_option(label="b")
    assert said.inner_text().endswith(" 1 mistake remains after training.")
    control(page, "predicted").select_option(label="a")
    assert said.inner_text().endswith(" 0 mistakes remain after training.")


@pytest.mark.parametrize("name", ["angle_accuracy", "accuracy"])
def test_a_history_of_heads_or_without_a_number_is_a_still_picture(show, name):
    history = {"loss": [0.9, np.nan], "val_loss": [0.9, 0.7]}
    if name == "angle_accuracy":
        history["loss"] = history["val_loss"]
    history |= {name: [0.5, 0.6], f"val_{name}": [0.5, 0.6]}
    images, probabilities = np.zeros((2, 2, 2, 1)), [[0.2, 0.8]] * 2
    page = show(explorers.training(history, images, [0, 1], probabilities, "ab"))
    assert page.get_by_text("This picture is still.").is_visible()
    assert page.locator("select").count() == 0


class Statistics(dict):
    """Statistics of one layer "l" with means (classes, filters), at one place."""

    layers = ("l",)

    def __init__(self, mean):
        mean = np.asarray(mean, np.float32)[:, None, None]
        share = np.ones(mean.shape[:3])
        layer = SimpleNamespace(mean=mean, mode=mean.argmax(axis=-1), mode_frequency=share)
        super().__init__(l=layer)


def test_a_weak_filter_is_not_dead(show):
    page = show(explorers.filters(Statistics([[1e-5, 0, 100], [2e-5, 0, 0]]), "ab"))
    said = page.get_by_role("status")
    assert said.inner_text() == (
        "Filter 0 of l answers most strongly to class b: its mean activation reaches 0.00002. "
        "It wins most for class b, at 100 % of the pixels."
    )
    control(page, "filter").press("ArrowRight")
    assert said.inner_text() == "Filter 1 of l answers to no class: it is dead."


@pytest.mark.parametrize("mean", [[[-1, 2]], [range(256)]])
def test_negative_means_and_numbers_beyond_a_byte_are_a_still_picture(show, mean):
    page = show(explorers.filters(Statistics(mean), "a"))
    assert page.get_by_text("This picture is still.").is_visible()


def test_a_failing_explorer_shows_its_picture(browser):
    page = browser.new_page()
    page.set_content(alone(Live("explorer.js", {"kind": "nothing"}), PICTURE.html()))
    page.wait_for_function("!document.querySelector('script[type=\"application/json\"]')")
    assert page.get_by_role("img", name=PICTURE.alt).is_visible()
    page.close()


def test_deconvnet_follows_its_controls(show, fixed, digits):
    images = digits.test.images[:60]
    page = show(explorers.deconvnet(fixed, images))
    control(page, "layer").select_option(label="l3")
    control(page, "filter").press("ArrowRight")
    control(page, "rank").press("ArrowRight")
    best = strongest(fixed, images, "l3", [1])
    number, value = best.images[0, 1], best.values[0, 1]
    assert value > 0
    [sent] = project(fixed, images[[number]], "l3", 1)
    told = page.locator("figcaption").first.inner_text()
    assert told.startswith(f"image {number}, activation ")
    assert numbers(told)[1] == pytest.approx(value, abs=0.006)
    shown = page.locator(".live-large canvas").evaluate_all(COLOURS)
    ink, signed = (plots.palette(n)[:, :3].astype(float) for n in (plots.INPUT, plots.SIGNED))
    image, sent = images[number, ..., 0], sent[..., 0]
    shares = 127.5 + 127.5 * sent / (abs(sent).max() or 1)
    expected = ink[np.rint(255 * image).astype(int)], signed[np.rint(shares).astype(int)]
    assert max(distances(shown, expected)) < 1
    top, left = receptive_field(fixed, "l3", (28, 28)).corner(best.positions[0, 1])
    assert page.get_by_role("status").inner_text().endswith(f"from row {top}, column {left}.")


def test_four_heads_follows_its_controls(show):
    data = datasets.load("lines")
    model = models.build("line_heads")
    page = show(explorers.four_heads(model, data.test, ATTRIBUTES, "line"))
    control(page, "image").press("ArrowRight")
    control(page, "class").select_option(label="another")
    control(page, "layer").select_option(label="conv1_2")
    control(page, "method").select_option(label="HiResCAM")
    one, truth = data.test.images[1:2], data.test.masks["line"][1:2]
    method = catalogue.get("HiResCAM")
    for number, (head, values) in enumerate(ATTRIBUTES.items()):
        [probabilities] = models.predict(model, one, head)
        class_ = (int(probabilities.argmax()) + 1) % len(values)
        map_ = method.maps(model, one, ClassScore(class_, head=head), layer="conv1_2")
        assert map_.any()
        where = "in" if pointing_game(map_, truth)[0] else "out"
        told = page.locator("figcaption").nth(number).inner_text()
        name = f"{head} {values[class_]}: "
        assert told.startswith(name) and told.endswith(f", peak {where}side")
        percents, overlap = numbers(told.removeprefix(name))
        assert percents / 100 == pytest.approx(probabilities[class_], abs=6e-4)
        assert overlap == pytest.approx(iou(map_, truth)[0], abs=0.006)
        assert_drawn(page, number, 0.4 * truth[0][..., None], map_[0], abs(map_).max())
    assert page.get_by_role("status").inner_text().startswith("HiResCAM of conv1_2, another ")
    control(page, "method").select_option(label="gradient × input")
    assert page.get_by_role("status").inner_text().startswith("gradient × input, another ")
    [map_] = catalogue.get("gradient × input").maps(model, one, ClassScore(class_, head=head))
    assert_drawn(page, number, 0.4 * truth[0][..., None], map_, abs(map_).max())


def settled(model, images):
    """Of which images no maximum of a pool hangs on rounding, and so no gradient."""
    fine = np.ones(len(images), bool)
    for pool, before in zip(model.layers[1:], model.layers[:-1], strict=True):
        if isinstance(pool, keras.layers.MaxPooling2D):
            maps = layer_activations(model, images, [before.name])[before.name]
            count, height, width, channels = maps.shape
            squares = maps.reshape(count, height // 2, 2, width // 2, 2, channels)
            found = np.sort(squares.swapaxes(2, 3).reshape(count, -1, 4, channels), axis=2)
            ahead = found[:, :, 3] - found[:, :, 2]
            close = (found[:, :, 3] > 0) & (ahead < 1e-6 * np.maximum(1, found[:, :, 3]))
            fine &= ~close.any(axis=(1, 2))
    return fine


def test_the_maps_of_four_heads_are_python_s(show):
    data = datasets.load("lines")
    model = models.trained("line_heads", data).model
    plain = data.test.images[:100]
    # Paper and ink are of one value each, so that many maxima are equal but for rounding. A pixel's
    # own gradient hangs on them.
    noisy = plain + np.random.default_rng(0).uniform(0, 0.1, plain.shape).astype(np.float32)
    noisy = noisy[settled(model, noisy)]
    assert len(noisy) > 80
    asked = {"module": module("network.js"), "file": heads_file(model), "heads": list(ATTRIBUTES)}
    page = show()
    for images, attributions in ((plain, []), (noisy, ["gradient", "gradient × input"])):
        flat = images.reshape(len(images), -1)
        asked |= {"images": flat.tolist(), "attributions": attributions}
        found = page.evaluate(HEADS, asked)
        for head, of_head in zip(ATTRIBUTES, zip(*found, strict=True), strict=True):
            score = ClassScore(1, head=head)
            expected = [
                grad_cam(model, images, score, layer=layer, signed=True)
                for layer in ("conv1_1", "conv2_2")
            ]
            expected += [catalogue.get(name).maps(model, images, score) for name in attributions]
            for maps, theirs in zip(zip(*of_head, strict=True), expected, strict=True):
                assert theirs.any()
                both = maps, theirs.reshape(len(images), -1)
                np.testing.assert_allclose(*both, rtol=0, atol=1e-4)


def test_the_page_has_python_s_methods_but_those_named(show, model, digits):
    """In the browser there is no LRP; four heads have no method of many passes for each head."""
    images, labels, names = digits.test.images[:2], digits.test.labels[:2], digits.class_names
    data, heads = datasets.load("lines"), models.build("line_heads")
    slow = {"Score-CAM", "SmoothGrad", "integrated gradients", "occlusion", "RISE"}
    for shown, absent in (
        (explorers.grad_cam(model, images, labels, names), set()),
        (explorers.saliency(model, images, labels, names), {"LRP"}),
        (explorers.four_heads(heads, data.test, ATTRIBUTES, "line"), {"LRP", *slow}),
    ):
        here = control(show(shown), "method").locator("option").all_inner_texts()
        there = shown.controls["method"].options
        assert {*there} - {*here} == absent & {*there} and {*here} <= {*there}


def test_what_the_browser_does_not_compute_is_a_still_picture_with_a_sentence(show):
    inputs = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(2, 3, activation="relu")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    images = np.random.default_rng(0).random((2, 12, 12, 1), np.float32)
    page = show(explorers.grad_cam(model, images, [0, 1], ("a", "b", "c")))
    assert page.get_by_role("img").count() == 1
    assert page.get_by_text("This picture is still. Run the notebook").is_visible()
    assert page.locator("select").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1000, "dark")])
def test_all_fit_a_phone_and_have_no_fault_of_accessibility(show, model, digits, width, scheme):
    images, labels, names = digits.test.images[:200], digits.test.labels[:200], digits.class_names
    page = show(
        explorers.guess("Which?", (4, 6), PICTURE, image=IMAGE),
        explorers.guess("Which?", ["b", "a"], PICTURE, choices=["a", "b"]),
        explorers.filters(filter_statistics(model, images, labels), names),
        explorers.maximization(maximize(model, range(3), steps=10, frames=3)),
        explorers.patches(model, images[:3]),
        explorers.DigitPad(model, names),
        explorers.grad_cam(model, images, labels, names),
        explorers.occlusion(model, images, labels, names),
        explorers.saliency(model, images, labels, names),
        explorers.deconvnet(model, images[:20]),
        width=width,
        scheme=scheme,
    )
    pad = pad_of(page, ".live:has(.dp-paper)")
    pad.draw([np.array(stroke) / CELLS for stroke in EXAMPLE])
    pad.notebook.expect(pad.verdict).to_contain_text("Prediction")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_at_rest(page).response["violations"] == []
    page.screenshot(path=ROOT / "build" / "browser" / f"alone_{width}_{scheme}.png", full_page=True)
