"""While an exercise is checked, the helper that solves it refuses; all else goes on working."""

import inspect
import threading

import numpy as np
import pytest

from helpers import checks, models
from helpers.methods import activations, cam, maximization, occlusion
from helpers.methods.cam import grad_cam as an_alias
from helpers.models import graph

pytestmark = pytest.mark.slow

REFUSAL = "this is the function you are asked to write"


def card(exercise, function):
    result = getattr(checks, exercise)(function, seed=0)
    assert result.earned == 0
    return result.card()


@pytest.mark.parametrize(
    ("exercise", "bought"),
    [
        ("layer_output", lambda m, x, layer: activations.layer_activations(m, x, [layer])[layer]),
        (
            "conv_outputs",
            lambda m, x: list(activations.layer_activations(m, x, models.conv_layers(m)).values()),
        ),
        ("conv_outputs", lambda m, x: [activations.convolution(m, x, "amber").outputs]),
        ("layer_output", lambda m, x, layer: graph.forward(m, x, (layer,)).inner[layer]),
        ("maps_to_bytes", lambda maps: activations.to_bytes(maps)),
        ("maximise", lambda network, start, index, *rest: maximization.maximize(network, index)),
        ("deprocess", lambda images: maximization.deprocess(images)),
        ("grad_cam", lambda model, x, layer, c: cam.grad_cam(model, x, c, layer=layer)),
        ("grad_cam", lambda model, x, layer, c: an_alias(model, x, c, layer=layer)),
        ("grad_cam", lambda model, x, layer, c: cam.xgrad_cam(model, x, c, layer=layer)),
        (
            "grad_cam",
            lambda model, x, layer, c: cam.by_gradients(lambda a, g: g)(model, x, c, layer=layer),
        ),
        ("channel_weights", lambda gradients: cam.mean_gradients(gradients, gradients)),
        ("weighted_map", lambda maps, weights: cam.add_up(maps, weights, (4, 4), False)),
        ("hires_map", lambda maps, gradients: cam.add_up(maps, gradients, (4, 5), False)),
        ("grad_cam", lambda m, x, layer, c: cam.maps_with_gradients(m, x, c, layer=layer)[0]),
        ("patch_positions", lambda *sizes: occlusion.positions(*sizes)),
        ("build_network", lambda shape, *rest: models.build("course_cnn", input_shape=shape)),
    ],
)
def test_the_helper_that_solves_an_exercise_refuses(exercise, bought):
    assert REFUSAL in card(exercise, bought)


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_the_checks_own_reference_refuses(exercise):
    check = getattr(checks, exercise)
    assert REFUSAL in card(exercise, lambda *args: check.reference(*args)), (
        f"mark the reference of {exercise} with @solves({exercise!r})"
    )


def test_a_thread_is_no_way_around():
    def from_a_thread(*sizes):
        found = []
        thread = threading.Thread(target=lambda: found.append(occlusion.positions(*sizes)))
        thread.start()
        thread.join()
        return found[0]

    hook, threading.excepthook = threading.excepthook, lambda args: None
    try:
        assert "raised IndexError" in card("patch_positions", from_a_thread)
    finally:
        threading.excepthook = hook


def test_other_helpers_go_on_working():
    def by_hand(model, images, layer_name, class_index):
        assert occlusion.positions(8, 4, 2).tolist() == [0, 2, 4]
        assert activations.layer_activations(model, images, [layer_name])
        raise FileNotFoundError("got here")

    assert "raised FileNotFoundError: got here" in card("grad_cam", by_hand)


def test_before_and_after_the_check_the_helper_works():
    expected = occlusion.positions(8, 4, 2)
    card("patch_positions", lambda *sizes: occlusion.positions(*sizes))
    np.testing.assert_array_equal(occlusion.positions(8, 4, 2), expected)


def test_a_marked_helper_still_documents_itself():
    assert list(inspect.signature(occlusion.positions).parameters) == ["size", "patch", "stride"]
    assert occlusion.positions.__doc__
    assert not hasattr(occlusion.positions, "__wrapped__")
