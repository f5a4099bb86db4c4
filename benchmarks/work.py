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
PACKAGES = {name: name for name in ("tf-keras-vis", "tf-explain", "xplique", "captum")}


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
    elif hasattr(keras.applications, name):
        model = getattr(keras.applications, name)(weights=None)
    elif "/" in name:  # a file among the real networks
        from helpers import models

        model = models.load(Path(os.environ["COURSE_DATA"]) / "keras-models" / name).model
    else:
        from helpers import models
        from helpers.models import imagenet

        zoo = {"alexnet": imagenet.alexnet, "efficientnet_lite0": imagenet.efficientnet_lite0}
        model = zoo[name]() if name in zoo else models.build(name)
    images = np.random.default_rng(0).random((BATCH, *model.input_shape[1:]), np.float32)
    return model, images


def last_conv(name):
    return {"mnist": "conv2", "VGG16": "block5_conv3", "course_cnn": "l3"}[name]


# Occlusion of one image.


def _places(size, patch, stride, share):
    """All places, or a share of them drawn evenly."""
    from helpers.methods.occlusion import positions

    places = list(product(positions(size[0], patch, stride), positions(size[1], patch, stride)))
    return places[:: round(1 / share)], len(places)


def _occlusion(name, patch, stride, share, method):
    from helpers.methods import occlusion
    from helpers.scores import ClassScore

    model, images = network(name)
    if share == 1:
        image = images[:1]
        return lambda: occlusion.occlusion_map(model, image, 3, patch, stride, method=method), 1
    # Past the public function, which computes all places. A larger stride is no even share of them:
    # more would lie at the border, where windows are small and more is saved (VGG-16: by 8 %).
    places, count = _places(images.shape[1:3], patch, stride, share)
    outside = (images.shape[1], images.shape[2])
    patches = occlusion.Patches([outside, *places], (patch, patch), 0.0, 0)
    reading = occlusion.Reading("bench", ClassScore(3), lambda outputs, score: score(outputs))

    def run():
        return occlusion._covered_outputs(model, reading, images[:1], patches, method, None)

    return run, count / len(places)


def course_occlusion(name, patch, stride, share=1.0):
    return _occlusion(name, patch, stride, share, "incremental")


def tensorflow_occlusion(name, patch, stride, share=1.0):
    """Each covered image as a whole, in batches. Of a share less does: each costs the same."""
    return _occlusion(name, patch, stride, share if share == 1 else share / 4, "full")


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
    return lambda: method(model, images, 3, layer=last_conv(name)), 1


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


# Activation maximization of a layer's filters: steps along the gradient, nothing else, as many for
# each. What peers add by default is off: jitter, rotation, penalties; Fourier transforms.


def course_maximization(name, layer, filters, steps):
    from helpers.methods.maximization import maximize
    from helpers.scores import FilterScore

    model, images = network(name)
    scores = [FilterScore(layer, index) for index in range(filters)]
    return lambda: maximize(model, scores, start=images[0], steps=steps).curves[:, -1], 1


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
            bare = {"input_modifiers": [], "regularizers": []}
            explainer(CategoricalScore(index), input_range=(0, 1), steps=steps, **bare)

    return run, filters / some


def xplique_maximization(name, layer, filters, steps):
    """All at once: it builds the product of the objectives it is given."""
    from xplique.features_visualizations import Objective, optimize

    model, images = network(name)
    objective, size = Objective.channel(model, layer, list(range(filters))), images.shape[1:3]

    def run():
        bare = {"use_fft": False, "transformations": None}
        optimize(objective, nb_steps=steps, custom_shape=size, **bare)

    return run, 1


# Filter statistics.


def _data(count):
    rng = np.random.default_rng(0)
    return rng.random((count, 28, 28, 1), np.float32), rng.integers(0, 10, count)


def course_statistics(name, count):
    from helpers.methods.statistics import filter_statistics

    (model, _), data = network(name), _data(count)
    return lambda: list(filter_statistics(model, *data).values())[1].mean.mean(axis=0), 1


def tensorflow_statistics(name, count):
    """The forward passes alone."""
    import tensorflow as tf

    from helpers.models import graph

    (model, _), (images, _) = network(name), _data(count)
    run = graph.compiled(model, "bench", lambda batch: model(batch, training=False))

    def passes():
        for part in graph.batches(count, 256):
            run(tf.constant(images[part]))

    return passes, 1


# Training: the course's recipe and the plain one, to the same accuracy.


def _digits(name):
    from helpers import datasets, models

    return models.build(name), datasets.load("mnist")


def course_training(name):
    from helpers.models import training

    def run():
        model, mnist = _digits(name)
        training.train(model, mnist)
        return training.accuracy(model, mnist.test)

    return run, 1


def tensorflow_training(name):
    def run():
        model, mnist = _digits(name)
        loss = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
        model.compile("rmsprop", **loss)
        data = mnist.train.images, mnist.train.labels
        model.fit(*data, batch_size=128, epochs=10, verbose=0)
        return model.evaluate(mnist.test.images, mnist.test.labels, verbose=0)[1]

    return run, 1


# What a quick run holds the course's results to: the same computed plainly, without helpers.


def _opened(name, layer):
    """The network as one that gives a layer's output and the logits."""
    import keras

    model, images = network(name)
    *_, last = model.layers
    opened = keras.Model(model.inputs, [model.get_layer(layer).output, last.input])

    def run(batch):
        inner, features = opened(batch)
        return inner, features @ last.kernel + last.bias

    return run, images


def _gradients(name, images, guided=False):
    """The gradient of class 3's logit at the images, in plain TensorFlow."""
    import keras
    import tensorflow as tf

    @tf.custom_gradient
    def guided_relu(x):
        return tf.nn.relu(x), lambda slope: tf.where(x > 0, tf.nn.relu(slope), 0)

    model, _ = network(name)
    *inner, last = keras.models.clone_model(model).layers
    for layer, original in zip((*inner, last), model.layers, strict=True):
        layer.set_weights(original.get_weights())
        if guided and getattr(layer, "activation", None) is keras.activations.relu:
            layer.activation = guided_relu
    batch = x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        for layer in inner[1:]:
            x = layer(x)
        score = (x @ last.kernel + last.bias)[:, 3]
    return tape.gradient(score, batch).numpy()


def check_occlusion(name, patch, stride, share=1.0):
    run, images = _opened(name, last_conv(name))
    places, _ = _places(images.shape[1:3], patch, stride, share)

    def plain():
        covered = np.repeat(images[:1], len(places) + 1, axis=0)
        windows = [np.s_[r : r + patch, c : c + patch] for r, c in places]
        for image, window in zip(covered[1:], windows, strict=True):
            image[window] = 0
        scores = np.array(run(covered)[1])[:, 3]
        total, count = np.zeros((2, 1, *images.shape[1:3]))
        for drop, window in zip(scores[0] - scores[1:], windows, strict=True):
            total[0][window] += drop
            count[0][window] += 1
        return total / count

    return plain, 1


def check_grad_cam(name, plus_plus=False):
    import tensorflow as tf

    run, images = _opened(name, last_conv(name))

    def plain():
        with tf.GradientTape() as tape:
            maps, logits = run(images)
            score = logits[:, 3]
        slopes, maps = tape.gradient(score, maps).numpy(), maps.numpy()
        weights = slopes.mean((1, 2), keepdims=True)
        if plus_plus:
            below = 2 * slopes**2 + maps.sum((1, 2), keepdims=True) * slopes**3
            share = np.divide(slopes**2, below, where=below != 0, out=np.zeros_like(below))
            weights = (share * np.maximum(slopes, 0)).sum((1, 2), keepdims=True)
        total = np.maximum((maps * weights).sum(-1, keepdims=True), 0)
        return tf.image.resize(total, images.shape[1:3])[..., 0]

    return plain, 1


def check_saliency(name, guided=False):
    return lambda: _gradients(name, network(name)[1], guided), 1


def check_integrated_gradients(name):
    images = network(name)[1][:2]
    shares = (np.arange(SAMPLES, dtype=np.float32) + 0.5) / SAMPLES
    return lambda: np.mean([_gradients(name, images * s) for s in shares], axis=0) * images, 1


def check_smooth_grad(name):
    images = network(name)[1][:2]
    spread = 0.15 * np.ptp(images, axis=(1, 2, 3), keepdims=True)

    generator = np.random.default_rng(0)  # the course's own
    noise = generator.standard_normal((SAMPLES, *images.shape[1:]), np.float32)
    return lambda: np.mean([_gradients(name, images + spread * n) for n in noise], axis=0), 1


def check_maximization(name, layer, filters, steps):
    import tensorflow as tf

    run, images = _opened(name, layer)

    def plain():
        climbing = np.repeat(images[:1], filters, axis=0)
        for _ in range(steps + 1):
            with tf.GradientTape() as tape:
                batch = tf.constant(climbing)
                tape.watch(batch)
                scores = tf.linalg.diag_part(tf.reduce_mean(run(batch)[0], (1, 2))[:, :filters])
            slope = tape.gradient(scores, batch).numpy()
            size = np.sqrt((slope.astype(np.float64) ** 2).mean((1, 2, 3), keepdims=True))
            slope = np.divide(slope, size, where=size > 0, out=np.zeros_like(slope))
            climbing = np.clip(climbing + 0.05 * slope, 0, 1, dtype=np.float32)
        return scores

    return plain, 1


def check_statistics(name, count):
    (images, labels), (run, _) = _data(count), _opened(name, "l2")

    def plain():
        maps = run(images)[0].numpy()
        return np.mean([maps[labels == digit].mean(axis=0) for digit in range(10)], axis=0)

    return plain, 1


def serve():
    """Answer each line of JSON, a request, with one: how long it took."""
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
    key = json.dumps([library, task, request["options"]])
    if key not in _prepared:
        _prepared[key] = globals()[f"{library.replace('-', '_')}_{task}"](**request["options"])
    run, factor = _prepared[key]
    wall, cpu = time.perf_counter(), time.process_time()
    value = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if "save" in request and value is not None:
        np.save(request["save"], np.asarray(value))
    if package := PACKAGES.get(library):
        version = f"{package} {importlib.metadata.version(package)}"
    else:
        version = f"tensorflow {sys.modules['tensorflow'].__version__}"
    return {"wall": wall * factor, "cpu": cpu * factor, "version": version}


if __name__ == "__main__":
    serve()
