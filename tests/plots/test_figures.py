"""A figure shows itself once, says in words what it shows, and survives every kind of map."""

import base64
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from IPython.utils.capture import capture_output
from matplotlib import colormaps, colors
from matplotlib.image import AxesImage
from matplotlib.text import Text
from traitlets.config import Config

from helpers import explorers, plots
from helpers.explorers.deconvnet_explorer import projection_overview
from helpers.explorers.digit_pad import network_answer
from helpers.explorers.filters_explorer import filter_over_classes, unit_over_classes
from helpers.explorers.maximization_explorer import ascent
from helpers.explorers.occlusion_explorer import occlusion_overview
from helpers.explorers.own_model_explorer import explanation
from helpers.explorers.patches_explorer import patch_times_kernel
from helpers.explorers.training_explorer import training_overview

pytestmark = pytest.mark.filterwarnings("error")

PNG = b"\x89PNG\r\n"
NAMES = ["cat", "dog"]
HISTORY = {
    "loss": [0.9, 0.5, 0.2],
    "accuracy": [0.6, 0.8, 0.95],
    "val_loss": [0.8, 0.5, 0.4],
    "val_accuracy": [0.7, 0.9, 0.85],
}

HEADS = {  # of a model with two heads
    "loss": [3.0, 1.5],
    "size_accuracy": [0.6, 0.9],
    "angle_accuracy": [0.1, 0.5],
    "val_loss": [2.5, 1.4],
    "val_size_accuracy": [0.7, 1.0],
    "val_angle_accuracy": [0.2, 0.4],
}


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def maps_drawn(figure) -> list[np.ndarray]:
    """The RGBA pictures of the figure's mosaics, in drawing order."""
    return [
        np.asarray(image.get_array())
        for ax in figure.axes
        for image in ax.findobj(AxesImage)
        if np.ndim(image.get_array()) == 3
    ]


MAPS = np.arange(18.0).reshape(3, 3, 2)
MEAN = np.stack([MAPS, MAPS + 1])
MODE, FREQUENCY = np.array([[[0, 1]], [[-1, 1]]]), np.array([[[1, 0.5]], [[0, 0.5]]])
EXAMPLES = {
    "comparison": lambda: plots.comparison(np.eye(3), np.full((3, 3), np.nan), "Not a number"),
    "images": lambda: plots.images(np.zeros((3, 4, 4, 1)), titles=range(3), title="Zeros"),
    "training_history": lambda: plots.training_history(HISTORY),
    "training_overview": lambda: training_overview(
        HISTORY, 2, np.zeros((1, 4, 4, 3)), ["cat → dog"], "The mistake"
    ),
    "confusion_matrix": lambda: plots.confusion_matrix([0, 1], [0, 0], NAMES),
    "feature_maps": lambda: plots.feature_maps(MAPS),
    "class_mean_maps": lambda: plots.class_mean_maps(MEAN, NAMES),
    "mode_maps": lambda: plots.mode_maps(MODE, FREQUENCY, 2, NAMES),
    "class_scatter": lambda: plots.class_scatter({"l1": np.eye(2)}, [0, 1]),
    "dense_activations": lambda: plots.dense_activations(np.eye(2), NAMES),
    "filter_over_classes": lambda: filter_over_classes(
        MEAN, np.zeros((2, 3, 3), int), np.ones((2, 3, 3)), NAMES, 1, 0, "Filter 0"
    ),
    "overlays": lambda: plots.overlays(np.zeros((2, 3, 4, 1)), np.ones((2, 3, 4)), NAMES),
    "unit_over_classes": lambda: unit_over_classes(np.eye(2), NAMES, 1, 0, "Unit 0"),
    "image_table": lambda: plots.image_table(np.zeros((2, 3, 4, 5, 1)), ["with", "without"]),
    "score_curves": lambda: plots.score_curves([[0, 1, 2], [3, 1, 5]], NAMES),
    "bars": lambda: plots.bars([1, -2], NAMES, "class", "points", "Change"),
    "ascent": lambda: ascent(np.zeros((4, 5, 1)), 1, [0, 1, 2]),
    "layer_maps": lambda: plots.layer_maps(
        np.zeros((2, 4, 4, 1)), {"conv": np.zeros((2, 3, 3, 2), np.uint8)}
    ),
    "shares_by_layer": lambda: plots.shares_by_layer({"a": {"l1": 0, "l2": 1}}, "Shares of zeros"),
    "patch_times_kernel": lambda: patch_times_kernel(
        MAPS[..., 0], MAPS, MAPS, MAPS, 0.5, 1.0, (0, 1), (-1, 0), (3, 3), "One pixel"
    ),
    "network_answer": lambda: network_answer(
        np.zeros((3, 4, 1)), [0.25, 0.75], NAMES, np.zeros((3, 4)), {"conv": MAPS}, "A digit"
    ),
    "progression": lambda: plots.progression(
        np.zeros((2, 1, 4, 5, 3)), ["none", "L2"], ["cat"], [[1], [2]], title="Two stages"
    ),
    "effects": lambda: plots.effects(np.eye(2, 5), NAMES, "What is lost"),
    "inversions": lambda: plots.inversions(
        np.zeros((2, 3, 4, 1)), {"conv": np.ones((2, 3, 4, 1))}, {"conv": np.full(2, 0.5)}
    ),
    "explanation": lambda: explanation(
        np.zeros((3, 4, 1)), np.eye(3, 4), {"deleted": [1, 0]}, MAPS, NAMES, "conv", "Why a dog"
    ),
    "projections": lambda: plots.projections(
        np.zeros((2, 3, 4, 5, 1)), np.ones((2, 3, 4, 5, 1)), ["edge", "corner"], "Two filters"
    ),
    "projection_overview": lambda: projection_overview(
        np.zeros((4, 5, 1)),
        np.ones((4, 5, 1)),
        (1, -1, 2, 2),
        np.zeros((3, 2, 2, 1)),
        np.ones((3, 2, 2, 1)),
        1,
        NAMES,
        "One filter",
    ),
    "invariance_curves": lambda: plots.invariance_curves(
        [0, 1], {"conv": np.eye(2)}, np.eye(2), NAMES, "degrees", "Turned"
    ),
    "occlusion_overview": lambda: occlusion_overview(
        np.zeros((3, 4, 1)), np.ones((3, 4, 1)), (1, 1, 2, 2), np.ones((3, 4)), "abc", "A patch"
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_figure_has_a_title_an_alt_text_and_a_picture(name):
    figure = EXAMPLES[name]()
    assert figure.get_suptitle() or figure.subfigs
    assert len(figure.alt) > 20 and figure.alt[0].isupper()
    assert "nan" not in figure.alt.lower()
    assert figure.png().startswith(PNG)
    assert figure.get_size_inches()[0] <= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_figure_shown_twice_looks_the_same(name):
    figure = EXAMPLES[name]()
    assert figure.png() == figure.png()


def test_every_drawing_function_is_among_the_examples():
    """Those of a single explorer stand in its module."""
    paths = Path(explorers.__file__).parent.glob("*.py")
    modules = [import_module(f"helpers.explorers.{path.stem}") for path in paths]
    functions = [f for module in (plots, *modules) for f in vars(module).values() if callable(f)]
    drawing = {
        function.__name__
        for function in functions
        if getattr(function, "__annotations__", {}).get("return") in (plots.Figure, "Figure")
    }
    assert {name for name in drawing if not name.startswith(("draw_", "_"))} == set(EXAMPLES)


def test_equal_figures_give_equal_pictures():
    assert plots.feature_maps(np.eye(3)[..., None]).png() == (
        plots.feature_maps(np.eye(3)[..., None]).png()
    )


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("show", ["figure", "display(figure)"])
def test_a_notebook_shows_one_picture_with_its_alt_text(inline, show):
    figure = plots.images(np.zeros((1, 4, 4, 1)), title='A "blank" page')
    config = Config({"HistoryManager": {"enabled": False}})
    shell = InteractiveShell.instance(config=config)
    try:
        shell.user_ns["figure"] = figure
        if inline:  # what %matplotlib inline does to every Matplotlib figure
            select_figure_formats(shell, {"png"})
        with capture_output() as captured:
            shell.run_cell(show).raise_error()
    finally:
        InteractiveShell.clear_instance()
    [output] = captured.outputs
    data, metadata = figure._repr_mimebundle_()
    assert (output.data, output.metadata) == (data, metadata)
    assert data["text/plain"] == metadata["image/png"]["alt"] == figure.alt
    assert 'alt="A &quot;blank&quot; page: 1 image of 4 × 4 pixels."' in data["text/html"]


def test_the_picture_has_two_pixels_per_css_pixel():
    data, metadata = plots.training_history(HISTORY)._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    size = metadata["image/png"]
    assert (width, height) == pytest.approx((2 * size["width"], 2 * size["height"]), abs=1)


def test_importing_plots_takes_neither_tensorflow_nor_pyplot_nor_sklearn():
    heavy = "{'tensorflow', 'matplotlib.pyplot', 'sklearn'}"
    code = f"import sys, helpers.plots; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not done.stderr.strip()


def test_the_readers_style_does_not_change_the_picture():
    plain = plots.training_history(HISTORY).png()
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black", "figure.dpi": 30}):
        assert plots.training_history(HISTORY).png() == plain


# Images


def test_grey_images_are_ink_on_paper_and_colour_images_keep_their_colours():
    grey = maps_drawn(plots.images(np.array([0.0, 1.0]).reshape(1, 1, 2, 1)))[0]
    assert grey[0, 0, :3] == pytest.approx(1)
    assert grey[0, 1, :3] == pytest.approx(0, abs=0.01)
    red = maps_drawn(plots.images(np.array([1.0, 0, 0]).reshape(1, 1, 1, 3)))[0]
    assert red[0, 0, :3] == pytest.approx([1, 0, 0])


def test_a_missing_channel_axis_is_named_with_its_remedy():
    with pytest.raises(ValueError, match=r"images must be .*\(28, 28\)"):
        plots.images(np.zeros((28, 28)))
    with pytest.raises(ValueError, match=r"1 or 3 channels, got shape \(2, 5, 5, 2\)"):
        plots.images(np.zeros((2, 5, 5, 2)))


def test_titles_must_match_the_images():
    with pytest.raises(ValueError, match="2 images need 2 titles, got 1"):
        plots.images(np.zeros((2, 4, 4, 1)), titles=["one"])


# Training


def test_the_history_is_told_in_numbers():
    alt = plots.training_history(HISTORY).alt
    assert "up to epoch 3" in alt
    assert "Best validation accuracy: 90.0%, after epoch 2." in alt


def test_a_marked_epoch_is_the_one_described():
    figure = plots.training_history(HISTORY, epoch=1)
    assert "accuracy, epoch 1: training 0.600, validation 0.700" in texts(figure)
    assert "After epoch 1: training loss 0.9" in figure.alt


def test_a_history_may_take_stock_between_epochs():
    figure = plots.training_history(HISTORY | {"epoch": [0.5, 1, 1.5]}, epoch=0.5)
    assert "accuracy, epoch 0.5: training 0.600, validation 0.700" in texts(figure)
    assert "up to epoch 1.5" in figure.alt
    assert "Best validation accuracy: 90.0%, after epoch 1." in figure.alt


def test_each_head_of_a_history_has_its_own_pair_of_curves():
    figure = plots.training_history(HEADS, epoch=2)
    _, accuracy = figure.axes
    curves = {tuple(line.get_ydata()): line for line in accuracy.lines}
    for head in ("size", "angle"):
        training, validation = (
            curves[tuple(HEADS[f"{which}{head}_accuracy"])] for which in ("", "val_")
        )
        assert training.get_label() == head
        assert training.get_color() == validation.get_color()
        assert training.get_linestyle() != validation.get_linestyle()
    assert len({line.get_color() for line in accuracy.lines[:4]}) == 2
    assert figure.png().startswith(PNG)
    assert figure.alt == (
        "Loss and accuracy, up to epoch 2. After epoch 2: training loss 1.5, validation loss 1.4; "
        "training accuracy of size 90.0%, validation accuracy of size 100.0%; "
        "training accuracy of angle 50.0%, validation accuracy of angle 40.0%."
    )


def test_a_head_without_validation_is_named():
    with pytest.raises(ValueError, match="lacks val_angle_accuracy"):
        plots.training_history({k: v for k, v in HEADS.items() if k != "val_angle_accuracy"})


def test_one_epoch_and_a_diverged_loss_can_be_drawn():
    figure = plots.training_history({name: [np.nan] for name in HISTORY})
    assert figure.png().startswith(PNG)


@pytest.mark.parametrize(
    ("change", "epoch", "message"),
    [
        ({"val_loss": [1]}, None, "must be of one length, not empty"),
        ({name: [] for name in HISTORY}, None, "must be of one length, not empty"),
        ({}, 4, "history has epochs 1, 2, 3; got 4"),
        ({}, 0, "history has epochs 1, 2, 3; got 0"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(change, epoch, message):
    with pytest.raises(ValueError, match=message):
        plots.training_history(HISTORY | change, epoch=epoch)


def test_training_without_validation_data_is_explained():
    with pytest.raises(ValueError, match=r"lacks val_loss, val_accuracy \(it has loss, accuracy\)"):
        plots.training_history({"loss": [1], "accuracy": [0]})


def test_the_history_object_of_keras_is_told_from_its_dict():
    with pytest.raises(TypeError, match=r"got object: .*\.history"):
        plots.training_history(object())


# Confusion


def test_the_most_frequent_confusion_is_named():
    alt = plots.confusion_matrix([0, 0, 0, 1], [1, 1, 0, 0], NAMES).alt
    assert alt == (
        "Confusion matrix of 2 classes, accuracy 25.0%; "
        "most frequent confusion: cat taken for dog, 2 times."
    )


def test_the_diagonal_does_not_outshine_the_mistakes():
    figure = plots.confusion_matrix([0] * 99 + [1] * 3, [0] * 99 + [0, 0, 1], NAMES)
    image = figure.axes[0].images[0]
    assert image.get_clim() == (0, 2)
    assert image.get_array().mask.tolist() == [[True, False], [False, True]]
    assert {"99", "0", "2", "1"} <= set(texts(figure))


def test_no_mistakes_are_no_error():
    figure = plots.confusion_matrix([0, 1], [0, 1], NAMES)
    assert figure.png() and figure.alt.endswith("no mistakes.")


def test_probabilities_instead_of_predictions_are_explained():
    with pytest.raises(ValueError, match="argmax"):
        plots.confusion_matrix([0, 1], np.eye(2), NAMES)
    with pytest.raises(ValueError, match="predictions must be integers from 0 to 1"):
        plots.confusion_matrix([0, 1], [0, 2], NAMES)


# Maps


def test_feature_maps_share_one_scale_that_starts_at_zero():
    maps = np.zeros((1, 1, 3))
    maps[0, 0] = 0, 1, 4
    zero, one, four = (picture[0, 0] for picture in maps_drawn(plots.feature_maps(maps)))
    cmap = colormaps[plots.ACTIVATION]
    assert zero == pytest.approx(cmap(0.0))
    assert one == pytest.approx(cmap(0.25))
    assert four == pytest.approx(cmap(1.0))


def test_negative_activations_get_a_scale_symmetric_about_zero():
    maps = np.array([-2.0, 0, 1]).reshape(1, 1, 3)
    low, zero, high = (picture[0, 0] for picture in maps_drawn(plots.feature_maps(maps)))
    cmap = colormaps[plots.SIGNED]
    assert low == pytest.approx(cmap(0.0))
    assert zero == pytest.approx(cmap(0.5))
    assert high == pytest.approx(cmap(0.75))


def test_a_dead_map_is_called_dead_and_a_map_of_nan_nan():
    maps = np.ones((2, 2, 3))
    maps[..., 1], maps[..., 2] = 0, np.nan
    figure = plots.feature_maps(maps)
    assert {"0", "1 dead", "2 NaN"} <= set(texts(figure))
    assert "1 of them dead" in figure.alt


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0, np.nan])
def test_constant_maps_are_drawn_as_constant(value):
    for picture in maps_drawn(plots.feature_maps(np.full((4, 4, 2), value))):
        assert np.isfinite(picture).all() and np.ptp(picture, axis=(0, 1)).max() == 0
    for figure in (
        plots.class_mean_maps(np.full((2, 4, 4, 2), value), NAMES),
        plots.dense_activations(np.full((2, 3), value), NAMES),
        unit_over_classes(np.full((2, 3), value), NAMES, 0, 0, "Unit 0"),
        plots.images(np.full((2, 4, 4, 1), value)),
    ):
        assert figure.png().startswith(PNG)


def test_a_class_without_images_is_left_blank_and_says_so():
    mean = np.ones((2, 3, 3, 2))
    mean[1] = np.nan
    figure = plots.class_mean_maps(mean, NAMES)
    assert {"cat", "dog (no images)"} <= set(texts(figure))
    blank = maps_drawn(figure)[-1]
    assert blank == pytest.approx(np.broadcast_to(colors.to_rgba("0.9"), (3, 3, 4)))
    dense = plots.dense_activations(mean[:, 0, 0], NAMES)
    assert "dog (no images)" in texts(dense)


def test_the_strongest_filter_is_named():
    mean = np.zeros((2, 1, 1, 3))
    mean[1, 0, 0, 2] = 5
    assert "strongest is filter 2 for class dog, up to 5" in plots.class_mean_maps(mean, NAMES).alt
    assert "strongest is unit 2 for class dog, up to 5" in (
        plots.dense_activations(mean[:, 0, 0], NAMES).alt
    )


def test_the_colour_says_which_filter_wins_and_a_panel_of_its_own_how_often():
    mode = np.tile([0, 1, 1, -1], 5)[None, None]
    frequency = np.tile([1, 1, 0.25, 0], 5)[None, None]
    winners, often = maps_drawn(plots.mode_maps(mode, frequency, 2, ["cat"]))
    first, second = (np.array(colors.to_rgba(colour)) for colour in plots.FILTERS[:2])
    assert winners[0, :3] == pytest.approx(np.stack([first, second, second]))
    assert winners[0, 3, 3] == 0, "a dead pixel is transparent: the hatched paper shows"
    assert often[0, :3] == pytest.approx(colormaps[plots.ACTIVATION]([1.0, 1.0, 0.25]))


def test_the_numbers_of_the_winners_stand_in_the_pixels_of_a_small_map():
    mode = np.array([[[10, 3], [3, -1]]])
    ax = plots.mode_maps(mode, None, 16, ["cat"]).axes[0]
    places = {
        line.get_marker(): sorted(np.round(line.get_xydata(), 2).tolist()) for line in ax.lines
    }
    assert places == {
        r"$\mathdefault{10}$": [[0.25, 0.25]],
        r"$\mathdefault{3}$": [[0.25, 0.75], [0.75, 0.25]],
    }
    assert not plots.mode_maps(np.zeros((1, 15, 15), int), None, 1, ["cat"]).axes[0].lines


def test_winners_of_one_image_each_need_no_frequency():
    with_it, without = (plots.mode_maps(MODE, f, 2, NAMES) for f in (FREQUENCY, None))
    assert len(maps_drawn(with_it)) == 2 * len(maps_drawn(without))
    assert "the mode wins in 67% of the images on average" in with_it.alt
    assert "on average" not in without.alt


def test_the_legend_names_the_filters_that_occur():
    figure = plots.mode_maps(np.array([[[5, 2, -1]]]), None, 9, ["cat"])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["2", "5", "dead"]
    assert "2 of 9 filters win somewhere" in figure.alt
    assert "33% of the pixels are dead" in figure.alt


def test_a_layer_that_is_dead_everywhere_can_be_drawn():
    figure = plots.mode_maps(np.full((2, 3, 3), -1), np.zeros((2, 3, 3)), 4, NAMES)
    assert figure.png() and "100% of the pixels are dead" in figure.alt


def test_filter_numbers_beyond_the_layer_are_refused():
    with pytest.raises(ValueError, match="from 0 to 4, but the layer has n_filters=4"):
        plots.mode_maps(np.array([[[0, 4]]]), np.ones((1, 1, 2)), 4, ["cat"])
    with pytest.raises(ValueError, match="must agree in shape"):
        plots.mode_maps(np.zeros((1, 2, 2), int), np.ones((1, 2, 3)), 4, ["cat"])


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"maps must be .*height, width, filters.*\(1, 3, 3, 2\)"):
        plots.feature_maps(np.zeros((1, 3, 3, 2)))
    with pytest.raises(ValueError, match=r"name all 3 classes .* got 2 names"):
        plots.class_mean_maps(np.zeros((3, 2, 2, 2)), NAMES)


def test_filters_keep_their_colours_apart():
    def lab(colour):
        from skimage.color import rgb2lab

        return rgb2lab(np.array(colors.to_rgb(colour)).reshape(1, 1, 3))[0, 0]

    labs = np.array([lab(colour) for colour in plots.FILTERS])
    distance = np.linalg.norm(labs[:, None] - labs[None], axis=-1)
    assert len(labs) >= 16
    assert distance[np.triu_indices(len(labs), 1)].min() > 15


def test_one_filter_is_drawn_on_the_scale_of_its_layer():
    mean = np.zeros((2, 1, 1, 2))
    mean[0, 0, 0] = 1, 4
    figure = filter_over_classes(
        mean, np.zeros((2, 1, 1), int), np.ones((2, 1, 1)), NAMES, 0, 0, "Filter 0"
    )
    assert maps_drawn(figure)[0][0, 0] == pytest.approx(colormaps[plots.ACTIVATION](0.25))


def test_a_filter_wins_only_where_the_mode_says_so():
    figure = filter_over_classes(
        np.ones((1, 1, 2, 2)), np.array([[[0, 1]]]), np.ones((1, 1, 2)), ["cat"], 0, 1, "Filter 1"
    )
    wins = maps_drawn(figure)[2][0]  # mean of the class, of all classes, then the wins
    assert wins[0] == pytest.approx([1, 1, 1])
    assert wins[1] == pytest.approx(colors.to_rgb(plots.FILTERS[1]))
    assert "wins on 50% of the pixels" in figure.alt


def test_the_class_of_a_silent_unit_is_marked_too():
    figure = unit_over_classes(np.eye(2), NAMES, 1, 0, "Unit 0")
    marked = [label for label in figure.axes[0].get_xticklabels() if label.get_weight() == "bold"]
    assert [label.get_text() for label in marked] == ["dog"]


def test_a_class_or_filter_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="unit must be from 0 to 1, got 2"):
        unit_over_classes(np.eye(2), NAMES, 0, 2, "Unit 2")
    with pytest.raises(ValueError, match="class_ must be from 0 to 1, got -1"):
        unit_over_classes(np.eye(2), NAMES, -1, 0, "Unit 0")
