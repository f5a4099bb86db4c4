"""What is timed, by library and task; `python work.py` serves it to bench.py, a request a line.

A task's function gets a network's name and options, prepares, and returns what to time: a function
of no arguments, and by how much its time is multiplied where only a share of the work is done. What
the function returns is what bench.py compares. Libraries are imported where they are used: this
file runs in each library's own environment.
"""

import importlib.metadata
import json
import os
import sys
import time
import traceback
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

BATCH = 16
SAMPLES = 50  # of SmoothGrad, and steps of integrated gradients
PACKAGES = {
    **{"course": "tensorflow", "tensorflow": "tensorflow", "tf-keras-vis": "tf-keras-vis"},
    **{"tf-explain": "tf-explain", "xplique": "xplique", "captum": "captum"},
}


# Networks: random weights serve, times do not depend on them; the same in each environment.


@cache
def network(name):
    """A Keras model and images for it (16, H, W, C)."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    if name == "mnist":
        stack = [keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu", name="conv1")]
        stack += [layers.Conv2D(64, 3, activation="relu", name="conv2"), layers.MaxPooling2D()]
        stack += [layers.Flatten(), layers.Dense(128, activation="relu")]
        model = keras.Sequential([*stack, layers.Dense(10, activation="softmax")])
        model = keras.Model(model.inputs, model.outputs)  # peers refuse a Sequential
    elif name == "vgg16":
        model = keras.applications.VGG16(weights=None)
    else:
        from helpers import models
        from helpers.models import imagenet

        model = imagenet.alexnet() if name == "alexnet" else models.build(name)
    images = np.random.default_rng(0).random((BATCH, *model.input_shape[1:]), np.float32)
    return model, images


def last_conv(name):
    return {"mnist": "conv2", "vgg16": "block5_conv3", "course_cnn": "l3"}[name]


# Occlusion of one image.


def _places(size, patch, stride, share):
    """All places, or a share of them drawn evenly."""
    from helpers.methods.occlusion import positions

    places = list(product(positions(size[0], patch, stride), positions(size[1], patch, stride)))
    return places[:: round(1 / share)], len(places)


def _covered(name, patch, stride, share, method):
    from helpers.methods import occlusion
    from helpers.scores import ClassScore

    model, images = network(name)
    places, count = _places(images.shape[1:3], patch, stride, share)

    def run():
        score = ClassScore(3)
        key, options = ("occlusion", score, False), (0.0, 0, method, None)
        return occlusion._covered_outputs(
            model, key, (), score, images[:1], places, (patch, patch), *options
        )

    return run, count / len(places)


def course_occlusion(name, patch, stride, share=1.0, check=False):
    return _covered(name, patch, stride, share, "incremental")


def tensorflow_occlusion(name, patch, stride, share=1.0, check=False):
    """Each covered image as a whole, in batches. A smaller share does: each costs the same."""
    return _covered(name, patch, stride, share if check else share / 4, "full")


def loop_occlusion(name, patch, stride, share=1.0):
    """What one writes first: `predict`, for one covered image after the other."""
    model, images = network(name)
    places, count = _places(images.shape[1:3], patch, stride, 1 / 24)

    def run():
        for row, column in places:
            covered = images[:1].copy()
            covered[:, row : row + patch, column : column + patch] = 0
            model.predict(covered, verbose=0)

    return run, count / len(places)


def tf_explain_occlusion(name, patch, stride, share=1.0):
    """Its stride is the patch; its time is multiplied by how many more places there should be."""
    from tf_explain.core.occlusion_sensitivity import OcclusionSensitivity

    model, images = network(name)
    explainer = OcclusionSensitivity(batch_size=64)
    _, count = _places(images.shape[1:3], patch, stride, 1.0)
    places = np.prod([-(-side // patch) for side in images.shape[1:3]])
    return lambda: explainer.get_sensitivity_map(model, images[0], 3, patch), count / places


def xplique_occlusion(name, patch, stride, share=1.0):
    from xplique.attributions import Occlusion

    model, images = network(name)
    explainer = Occlusion(model, batch_size=256, patch_size=patch, patch_stride=stride)
    target = np.eye(10, dtype=np.float32)[[3]]
    return lambda: explainer.explain(images[:1], target), 1


def captum_occlusion(name, patch, stride, share=1.0):
    import torch
    from captum.attr import Occlusion

    model, images = torch_mnist()
    explainer, window = Occlusion(model), (1, patch, patch)

    def run():
        options = {"strides": (1, stride, stride), "perturbations_per_eval": 256, "target": 3}
        with torch.no_grad():
            explainer.attribute(images[:1], sliding_window_shapes=window, **options)

    return run, 1


@cache
def torch_mnist():
    import torch
    from torch import nn

    if threads := os.environ.get("TF_NUM_INTRAOP_THREADS"):  # as many as the others
        torch.set_num_threads(int(threads))
    convolutions = nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU()
    top = nn.MaxPool2d(2), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10)
    return nn.Sequential(*convolutions, *top).eval(), torch.rand(BATCH, 1, 28, 28)


# A batch of 16: Grad-CAM, saliency.


def course_grad_cam(name, plus_plus=False):
    from helpers.methods import cam

    model, images = network(name)
    method = cam.grad_cam_plus_plus if plus_plus else cam.grad_cam
    return lambda: method(model, images, 3, last_conv(name)), 1


def tensorflow_grad_cam(name, plus_plus=False):
    """The limit: one forward pass."""
    import tensorflow as tf

    model, images = network(name)
    run = tf.function(lambda batch: model(batch, training=False))
    return lambda: run(tf.constant(images)).numpy(), 1


def tf_keras_vis_grad_cam(name, plus_plus=False):
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    model, images = network(name)
    explainer = (GradcamPlusPlus if plus_plus else Gradcam)(model, ReplaceToLinear(), clone=True)
    score, layer = CategoricalScore([3] * BATCH), last_conv(name)
    return lambda: explainer(score, images, penultimate_layer=layer), 1


def course_saliency(name, guided=False):
    from helpers.methods import saliency

    model, images = network(name)
    method = saliency.guided_backprop if guided else saliency.gradient
    return lambda: method(model, images, 3), 1


def _gradient(model):
    """One forward and backward pass, compiled, of a class's logit."""
    import tensorflow as tf

    from helpers.models import graph

    def run(batch):
        with tf.GradientTape() as tape:
            tape.watch(batch)
            score = graph.forward(model, batch).logits()[:, 3]
        return tape.gradient(score, batch)

    return graph.compiled(model, "bench gradient", run)


def tensorflow_saliency(name, guided=False):
    import tensorflow as tf

    model, images = network(name)
    run = _gradient(model)
    return lambda: run(tf.constant(images)).numpy(), 1


def course_smooth_grad(name):
    from helpers.methods import saliency

    model, images = network(name)
    return lambda: saliency.smooth_grad(model, images[:2], 3, samples=SAMPLES), 1


def course_integrated_gradients(name):
    from helpers.methods import saliency

    model, images = network(name)
    return lambda: saliency.integrated_gradients(model, images[:2], 3, steps=SAMPLES), 1


def tensorflow_integrated_gradients(name):
    """The passes alone, of as many images in batches as large, along the straight path."""
    import tensorflow as tf

    model, images = network(name)
    run, some = _gradient(model), images[:2]
    shares = ((np.arange(SAMPLES) + 0.5) / SAMPLES).astype(np.float32)
    path = (shares[:, None, None, None, None] * some).reshape(-1, *some.shape[1:])

    def passes():
        batches = [path[start : start + 32] for start in range(0, len(path), 32)]
        found = np.concatenate([run(tf.constant(batch)).numpy() for batch in batches])
        return found.reshape(SAMPLES, *some.shape).mean(axis=0) * some

    return passes, 1


tensorflow_smooth_grad = tensorflow_integrated_gradients


# Activation maximization of a layer's filters.


def course_maximization(name, layer, filters, steps):
    from helpers.methods.maximization import maximize
    from helpers.scores import FilterScore

    model, _ = network(name)
    scores = [FilterScore(layer, index) for index in range(filters)]
    return lambda: maximize(model, scores, start="random", steps=steps).curves[:, -1], 1


def tf_keras_vis_maximization(name, layer, filters, steps):
    """One by one; a few of them are timed."""
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer, ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    model, _ = network(name)
    modifiers = [ExtractIntermediateLayer(index_or_name=layer), ReplaceToLinear()]
    explainer, some = ActivationMaximization(model, modifiers, clone=True), 2

    def run():
        for index in range(some):
            explainer(CategoricalScore(index), input_range=(0, 1), steps=steps)

    return run, filters / some


def xplique_maximization(name, layer, filters, steps):
    """All at once: it builds the product of the objectives it is given."""
    from xplique.features_visualizations import Objective, optimize

    model, images = network(name)
    objective, size = Objective.channel(model, layer, list(range(filters))), images.shape[1:3]

    def run():
        optimize(objective, nb_steps=steps, custom_shape=size, transformations=None)

    return run, 1


# Filter statistics.


def _data(count):
    rng = np.random.default_rng(0)
    return rng.random((count, 28, 28, 1), np.float32), rng.integers(0, 10, count)


def course_statistics(name, count):
    from helpers.methods.statistics import filter_statistics

    (model, _), data = network(name), _data(count)
    return lambda: list(filter_statistics(model, *data).values())[1].mean.mean(axis=0), 1


def tensorflow_statistics(name, count, check=False):
    """The forward passes alone; to check, the mean of what a layer gives."""
    import tensorflow as tf

    from helpers.models import graph

    (model, _), (images, labels) = network(name), _data(count)
    inner = graph.compiled(model, "bench l2", lambda b: graph.forward(model, b, ["l2"]).inner["l2"])
    answer = graph.compiled(model, "bench answer", lambda b: model(b, training=False))
    run = inner if check else answer

    def passes():
        parts = [run(tf.constant(images[part])) for part in graph.batches(count, 256)]
        if check:
            maps = np.concatenate(parts)
            return np.mean([maps[labels == c].mean(axis=0) for c in range(10)], axis=0)

    return passes, 1


def _memory(field):
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index(field) + 1]) / 1000


def serve():
    """Answer each line of JSON with one: how long the first call and each later one took."""
    replies = os.fdopen(os.dup(1), "w")  # libraries print, too
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = _answer(request)
        except Exception as error:
            traceback.print_exc()
            reply = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
        print(json.dumps(reply), file=replies, flush=True)


_prepared = {}


def _answer(request):
    library, task = request["library"], request["task"]
    key = json.dumps(request["key"])
    first = key not in _prepared
    if first:
        function = globals().get(f"{library.replace('-', '_')}_{task}")
        _prepared[key] = function(**request["options"])
    run, factor = _prepared[key]
    peak, wall, cpu = _memory("VmHWM:"), time.perf_counter(), time.process_time()
    value = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    reply = {"wall": wall * factor, "cpu": cpu * factor, "peak": _memory("VmHWM:") - peak}
    if first:
        package = PACKAGES.get(library, "tensorflow")
        reply["version"] = f"{package} {importlib.metadata.version(package)}"
    if request.get("save") and value is not None:
        np.save(request["save"], np.asarray(value))
    return reply


if __name__ == "__main__":
    serve()
