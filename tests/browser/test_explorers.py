"""The explorers in JupyterLab, for whoever sees little, has a narrow page or uses the keyboard."""

import pytest

from tests.browser.conftest import Visit, axe_at_rest

pytestmark = pytest.mark.browser

# All explorers and a figure, on networks that nobody trained: what they show does not matter here.
SOURCE = """
import keras
import numpy as np
from IPython.display import display
from helpers import explorers, plots
from helpers.datasets import Split
from helpers.methods.maximization import maximize
from helpers.methods.statistics import filter_statistics

def network(*heads):
    inputs = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(20, 3, activation="relu", name="early")(inputs)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="late")(x)
    x = keras.layers.Flatten()(x)
    dense = [keras.layers.Dense(3, name=head) for head in heads]
    return keras.Model(inputs, [keras.layers.Softmax(name=d.name + "_")(d(x)) for d in dense])

keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
images = rng.random((6, 12, 12, 1), np.float32)
labels, names = np.arange(6) % 3, ("left", "middle", "right")
model = network("one")
curve = {name: np.array([3.0, 2, 1]) for name in ("loss", "val_loss", "accuracy", "val_accuracy")}
split = Split(images, labels, {"ink": images[..., 0] > 0.9}, {"a_": labels, "b_": labels})
predicted = rng.dirichlet(np.ones(3), 6)
display(
    explorers.training({"epoch": [0, 1, 2], **curve}, images, labels, predicted, names),
    explorers.filters(filter_statistics(model, images, labels), names),
    explorers.maximization(maximize(model, range(3), steps=4, frames=3)),
    explorers.patches(model, images),
    explorers.DigitPad(model, names),
    explorers.grad_cam(model, images, labels, names),
    explorers.occlusion(model, images, labels, names),
    explorers.saliency(model, images, labels, names),
    explorers.deconvnet(model, images),
    explorers.four_heads(network("a", "b"), split, {"a_": names, "b_": names}, "ink"),
    explorers.own_model(model, images, images, names),
    plots.images(images, title="Six images", columns=6),
)
"""
COUNT = 10  # explorers, beside the digit pad
# What a screen reader says of a control: its name and value, where that is, and the last.
STATE = """control => {
  const of = (name) => control.getAttribute(`aria-${name}`);
  if (control.matches("select")) {
    const [label, option] = [control.labels[0], control.selectedOptions[0]];
    const last = control.options.length - 1;
    return { name: label?.textContent, said: option?.text, at: control.selectedIndex, last };
  }
  if (control.matches("input")) {
    const { checked } = control;
    return { name: control.labels[0]?.textContent, said: checked, at: checked, last: null };
  }
  const name = document.getElementById(of("labelledby"))?.textContent;
  return { name, said: of("valuetext"), at: of("valuenow"), last: of("valuemax") };
}"""
PATCHES, OCCLUSION = 3, 5


@pytest.fixture(scope="module")
def visited(browser, lab, course):
    """A notebook that shows all explorers, which all tests here use."""
    visit = Visit(browser, lab, course)
    notebook = visit.show("explorers.ipynb", SOURCE, ".explorer-controls")
    notebook.expect(notebook.output(".explorer-controls")).to_have_count(COUNT)
    notebook.expect(notebook.output("img")).to_have_count(COUNT)  # the last is no explorer's
    yield notebook
    visit.end()


@pytest.fixture
def notebook(visited):
    visited.page.set_viewport_size({"width": 1400, "height": 1000})
    return visited


def explorer(notebook, number):
    """The controls of an explorer, and the picture below them."""
    return notebook.output(".explorer-controls").nth(number).locator("..")


@pytest.mark.full
def test_axe_finds_no_fault_in_a_dark_or_a_light_theme_on_a_narrow_or_a_wide_page(notebook):
    for theme in ("Dark", "Light"):
        notebook.choose_theme(theme)
        for width in (800, 1400):
            notebook.page.set_viewport_size({"width": width, "height": 1000})
            found = axe_at_rest(notebook.page, {"include": [[".jp-OutputArea"]]})
            assert found.violations_count == 0, f"{theme}, {width}: {found.generate_report()}"
            notebook.picture(f"explorers_{theme}_{width}", explorer(notebook, PATCHES))


def test_each_control_has_a_name_and_answers_to_the_keyboard(notebook):
    keys = notebook.page.keyboard
    controls = notebook.output(".explorer-controls").locator("[role=slider], select, input")
    for control in controls.all():
        before = until(notebook, control, lambda now: now["name"])
        control.focus()
        towards = "Left" if before["at"] == before["last"] else "Right"
        keys.press("Space" if before["last"] is None else f"Arrow{towards}")
        notebook.expect(control).to_be_focused()
        until(
            notebook,
            control,
            lambda now, old=before: (
                now["name"] == old["name"] and now["at"] != old["at"] and now["said"] != old["said"]
            ),
        )
    assert controls.count() > 30
    number = explorer(notebook, OCCLUSION).get_by_role("textbox", name="patch")
    number.fill("5")
    number.press("Enter")
    slider = explorer(notebook, OCCLUSION).get_by_role("slider", name="patch")
    notebook.expect(slider).to_have_attribute("aria-valuetext", "5")
    notebook.expect(notebook.output(".explorer-picture [role=alert]")).to_have_count(0)
    notebook.expect(notebook.cells).to_have_count(1)


def until(notebook, control, holds):
    """What is said of a control, once `holds` is true of it: an explorer that is redrawn may make
    the control's parts anew."""
    for _ in range(300):
        now = control.evaluate(STATE)
        if holds(now):
            return now
        notebook.page.wait_for_timeout(100)
    raise AssertionError(f"what is said of the control stays {now}")


def test_on_a_narrow_page_pictures_are_read_and_scrolled_by_keys_and_maps_are_seen_whole(notebook):
    notebook.page.set_viewport_size({"width": 800, "height": 1000})
    shrunk = "all => all.map((picture) => picture.clientWidth / picture.getAttribute('width'))"
    assert min(notebook.output("img").evaluate_all(shrunk)) > 0.84
    whole = explorer(notebook, OCCLUSION)
    scrolled = whole.locator(".explorer-picture")
    place = "element => element.scrollLeft"
    assert scrolled.evaluate(place) == 0
    whole.get_by_role("combobox", name="fill").focus()
    for key in ("Tab", "ArrowRight", "ArrowRight"):
        notebook.page.keyboard.press(key)
    notebook.page.wait_for_function(f"e => ({place})(e) > 50", arg=scrolled.element_handle())
    before = scrolled.locator("img").get_attribute("alt")
    whole.get_by_role("combobox", name="class").press("ArrowDown")
    notebook.expect(scrolled.locator("img")).not_to_have_attribute("alt", before)
    assert scrolled.evaluate(place) > 50
    maps = explorer(notebook, PATCHES)
    edges = "all => all.map((element) => element.getBoundingClientRect().right)"
    for layer, words in (("early", ("patch", "× kernel", "= product")), ("late", ("19",))):
        maps.get_by_role("combobox", name="layer").select_option(layer)
        for word in words:
            notebook.expect(maps.get_by_text(word, exact=True)).to_be_visible()
        parts = maps.locator("canvas, figcaption")
        assert max(parts.evaluate_all(edges)) <= maps.evaluate_all(edges)[0]
    notebook.picture("explorers_channels", maps)
