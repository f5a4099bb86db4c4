"""What the browser computes under the pointer is what Python computes."""

import base64
import json
import subprocess
from pathlib import Path

import keras
import numpy as np
import pytest

from helpers import explorers, models
from helpers.explorers.patches_explorer import _Maps, draw_patch, payload, strongest
from helpers.methods.activations import convolution, ordinary_convolutions

IMAGES = np.random.default_rng(0).random((2, 8, 6, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 6, 1)),
            keras.layers.Conv2D(3, (3, 5), padding="same", activation="relu", name="one"),
            keras.layers.Conv2D(
                20, 2, strides=(2, 1), padding="same", bias_initializer="normal", name="two"
            ),
            keras.layers.Conv2D(2, 3, dilation_rate=(1, 2), padding="valid", name="three"),
            keras.layers.Flatten(),
        ]
    )


def decoded(array):
    values = np.frombuffer(base64.b64decode(array["data"]), "<f4")
    return values.reshape(array["shape"])


def test_what_is_sent_is_the_layer(model):
    conv = convolution(model, IMAGES, "two")
    sent = payload(conv, 1, "two", 5)
    np.testing.assert_array_equal(decoded(sent["map"]), conv.outputs[1, ..., 5])
    np.testing.assert_array_equal(decoded(sent["inputs"]), conv.inputs[1])
    np.testing.assert_array_equal(decoded(sent["kernel"]), conv.kernel[..., 5])
    assert sent["start"] == list(strongest(conv, 1, 5))
    assert json.loads(json.dumps(sent)) == sent


def run(script, folder):
    """What a script beside `patches.mjs` prints, in the Node.js that Playwright brings."""
    node = Path(pytest.importorskip("playwright").__file__).parent / "driver" / "node"
    source = Path(explorers.__file__).with_name("patches_explorer.js").read_text()
    (folder / "patches.mjs").write_text(source)
    (folder / "run.mjs").write_text(script)
    command = [node, "run.mjs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


SCRIPT = """
import { open, pixel, sentence } from "./patches.mjs";
import { readFileSync } from "fs";
const layer = open(JSON.parse(readFileSync("sent.json", "utf8")));
const [height, width] = layer.map.shape;
const found = [];
for (let row = 0; row < height; row++)
  for (let column = 0; column < width; column++) {
    const { patch, total, value, corner } = pixel(layer, row, column);
    found.push({ patch: [...patch], total, value, corner, text: sentence(layer, row, column) });
  }
console.log(JSON.stringify(found));
"""


@pytest.mark.parametrize(("layer", "filter"), [("one", 2), ("two", 19), ("three", 1)])
def test_the_browser_agrees_with_python_at_every_pixel(model, layer, filter, tmp_path):
    conv = convolution(model, IMAGES, layer)
    (tmp_path / "sent.json").write_text(json.dumps(payload(conv, 0, layer, filter)))
    pixels = list(np.ndindex(conv.outputs.shape[1:3]))
    for (row, column), got in zip(pixels, run(SCRIPT, tmp_path), strict=True):
        expected = conv.pixel(0, row, column, filter)
        np.testing.assert_array_equal(got["patch"], expected.patch.ravel())
        assert got["total"] + expected.bias == pytest.approx(expected.pre_activation, abs=1e-5)
        assert got["value"] == expected.value
        assert got["corner"] == list(conv.corner(row, column))
        assert got["text"].startswith(f"Row {row}, column {column}: patch × kernel sums to ")


def test_numbers_have_a_minus_sign_and_zero_has_none(tmp_path):
    numbers = "[-0.004, 0, 0.004, -0.005001, -12.5, 12.5].map((n) => written(n, 2))"
    found = run(
        f'import {{ written }} from "./patches.mjs"; console.log(JSON.stringify({numbers}))',
        tmp_path,
    )
    assert found == ["0.00", "0.00", "0.00", "−0.01", "−12.50", "12.50"]


def test_the_controls_choose_image_layer_and_filter(model):
    shown = explorers.patches(model, IMAGES, titles=["a", "b"])
    assert shown.controls["layer"].options == ordinary_convolutions(model)
    assert shown.maps.shown == payload(convolution(model, IMAGES, "one"), 0, "one", 0)
    shown.controls["layer"].value = "two"
    shown.controls["index"].value = 19
    shown.controls["image"].label = "1: b"
    assert shown.maps.shown == payload(convolution(model, IMAGES, "two"), 1, "two", 19)
    shown.controls["layer"].value = "three"
    assert shown.controls["index"].max == shown.controls["index"].value == 1
    assert shown.maps.shown["filter"] == 1


def test_where_no_browser_computes_a_picture_shows_the_strongest_pixel(model):
    shown = explorers.patches(model, IMAGES)
    data, _ = shown._repr_mimebundle_()
    conv = convolution(model, IMAGES, "one")
    row, column = strongest(conv, 0, 0)
    assert f"row {row}, column {column} of a map of 8 × 6" in data["text/plain"]
    assert f"answers {conv.outputs[0, row, column, 0]:.3f}" in data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in data
    corner = draw_patch(lambda _: conv, 0, "one", 0, at=(7, 5))
    assert "row 7, column 5" in corner.alt
    assert corner.png()


def test_the_script_travels_with_the_package():
    assert (Path(explorers.__file__).with_name("patches_explorer.js")).exists()
    assert "export default { render }" in str(_Maps(shown={}, colours={})._esm)


def test_what_does_not_fit_is_explained(model):
    with pytest.raises(ValueError, match="2 images need 2 titles, got 1"):
        explorers.patches(model, IMAGES, titles=["a"])
    dense = keras.Sequential([keras.Input((8, 6, 1)), keras.layers.Flatten()], name="flat")
    with pytest.raises(ValueError, match="'flat' has no ordinary Conv2D"):
        explorers.patches(dense, IMAGES)


def test_a_page_without_a_kernel_has_100_images_at_most():
    model = models.build("course_cnn")
    images = np.zeros((102, 28, 28, 1), np.float32)
    content = explorers.patches(model, images).live().traits["content"]
    assert (len(content["titles"]), content["images"]["shape"]) == (100, [100, 28, 28])
