"""Training a network, and keeping what was trained."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from filelock import FileLock
from tqdm.auto import tqdm

from helpers.datasets import Dataset, Split, cache_dir
from helpers.models.graph import Outputs, batches, check_images, compiled, forward, traced_heads
from helpers.models.networks import NETWORKS, build
from helpers.own_work import solves

__all__ = [
    "History",
    "OneCycle",
    "Trained",
    "accuracy",
    "default_epochs",
    "predict",
    "train",
    "trained",
]

BATCH_SIZE = 128
VALIDATION_SHARE = 0.1
SOFTMAX_LOSS, SIGMOID_LOSS = "sparse_categorical_crossentropy", "binary_crossentropy"
POINTS = 10  # how often the history takes stock
RECIPE = 2  # part of a checkpoint's key: raise it when training changes

History = dict[str, list[float]]


class Trained(NamedTuple):
    """A trained network, and how its training went.

    >>> from helpers import models
    >>> trained = models.Trained(model, {"epoch": [1.0], "loss": [0.5]})
    >>> trained.history["loss"]
    [0.5]
    """

    model: keras.Model
    history: History


def default_epochs(images: int, name: str = "") -> int:
    """How many epochs a network is trained: two on a large data set, more on a small one.

    On a small one the network sees about 60,000 images. The course's network `name` may need fewer
    images: see `networks.NETWORKS`.

    >>> from helpers.models import training
    >>> training.default_epochs(60_000), training.default_epochs(1_500)
    (2, 40)
    """
    seen = NETWORKS[name].seen if name else 60_000
    return max(2, round(seen / images))


# Registered, for a model that was compiled with it is to be cloned, saved and loaded.
@keras.saving.register_keras_serializable("inside_cnns")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises to `peak` and falls to zero.

    It rises from a tenth of `peak` in the first 30 % of the `steps`, then falls. Large steps find
    the way, small ones at the end find the bottom. Training takes a few epochs where a constant
    rate takes many (Smith and Topin, "Super-convergence", 2018).

    >>> from helpers.models import training
    >>> rate = training.OneCycle(peak=0.01, steps=100)
    >>> [round(float(rate(step)), 4) for step in (0, 30, 100)]
    [0.001, 0.01, 0.0]
    """

    def __init__(self, peak: float, steps: int):
        self.peak, self.steps = float(peak), int(steps)  # which JSON can hold

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        done = tf.cast(step, tf.float32) / self.steps
        return self.peak * tf.minimum(0.1 + 3 * done, (1 - done) / 0.7)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "steps": self.steps}


def train(
    model: keras.Model,
    dataset: Dataset,
    epochs: int | None = None,
    seed: int = 0,
    peak: float = 0.01,
) -> History:
    """Train a classifier in place; returns the history of the training.

    Adam trains it, with a one-cycle learning rate of this `peak`. The peak suits the course's small
    networks. A network that stays bad needs a lower one.

    A tenth of the training images, drawn with `seed`, is held out for validation. The history has
    an entry after each tenth of the training. `epoch` says after how many passes over the training
    images. `loss` and `accuracy` are those of the tenth, and `val_loss` and `val_accuracy` those at
    its end. `seconds` says how long it took. An interrupt (Ctrl-C, the stop button) ends training
    and keeps what was learned.

    A model with several heads learns the attributes that have the heads' names, a head of one
    sigmoid unit those of two values. The losses of its heads are added up; for `accuracy` its
    history has each head's, such as `angle_accuracy` and `val_angle_accuracy`. `ValueError` if
    the data set has other classes than the model, or no attribute of a head's name.
    """
    images = check_images(model, dataset.train.images)
    epochs = default_epochs(len(images)) if epochs is None else epochs
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; it must be at least 1")
    labels, loss, metrics = _objective(model, dataset)
    keras.utils.set_random_seed(seed)
    order = np.random.default_rng(seed).permutation(len(images))
    held_out, used = np.split(order, [round(VALIDATION_SHARE * len(images))])
    points = min(POINTS, epochs * -(-len(used) // BATCH_SIZE))
    steps = -(-epochs * len(used) // (BATCH_SIZE * points))  # from one point to the next
    model.compile(
        keras.optimizers.Adam(OneCycle(peak, points * steps), beta_2=0.99),
        loss=loss,
        metrics=metrics,
    )
    accuracies = ["accuracy"] if loss == SOFTMAX_LOSS else [f"{head}_accuracy" for head in loss]
    progress = _Progress(np.linspace(0, epochs, points + 1)[1:], accuracies)
    everything = tf.nest.map_structure(tf.constant, (images, labels))

    def pick(which):
        return tf.nest.map_structure(lambda values: tf.gather(values, which), everything)

    shuffled = tf.data.Dataset.from_tensor_slices(used).shuffle(len(used), seed).repeat()
    try:
        model.fit(
            shuffled.batch(BATCH_SIZE).map(pick).prefetch(2),
            steps_per_epoch=steps,
            epochs=points,
            validation_data=pick(held_out),
            validation_batch_size=1024,
            shuffle=False,
            verbose=0,
            callbacks=[progress],
        )
    except KeyboardInterrupt:
        done = max(progress.history["epoch"], default=0)
        print(f"Training was interrupted after {done:.3g} of {epochs} epochs.")
    finally:
        progress.bar.close()
    return progress.history


def _objective(model: keras.Model, dataset: Dataset):
    """What `fit` and `compile` take: labels, loss and metrics; by head where there are several."""
    units = _units(model)
    if len(units) == 1:
        outputs, classes = model.output_shape[-1], len(dataset.class_names)
        if outputs != classes:
            raise ValueError(
                f"{model.name!r} tells {outputs} classes apart, but {dataset.name!r} has "
                f"{classes}: give the network's last layer {classes} units"
            )
        return dataset.train.labels, SOFTMAX_LOSS, ["accuracy"]
    labels = _head_labels(model, dataset.train, units)
    loss = {}
    for head, (size, classes) in units.items():
        most = labels[head].max()
        if most >= classes:
            raise ValueError(
                f"head {head!r} of {model.name!r} tells {classes} classes apart, but attribute "
                f"{head!r} of {dataset.name!r} goes up to {most}: give the head {most + 1} units"
            )
        loss[head] = SIGMOID_LOSS if size == 1 else SOFTMAX_LOSS
    return labels, loss, {head: ["accuracy"] for head in units}


def _units(model: keras.Model) -> dict[str, tuple[int, int]]:
    """The units of each head, and how many classes they tell apart."""
    found = traced_heads(model)
    return {
        head: (answer.shape[-1], found.heads[head].shape[-1])
        for head, answer in found.answers.items()
    }


def _head_labels(model: keras.Model, split: Split, heads: Collection[str]) -> dict[str, np.ndarray]:
    """Each head's (N,) labels: the attribute of its name."""
    for head in heads:
        if head not in split.attributes:
            there = ", ".join(split.attributes) or "none"
            raise ValueError(
                f"head {head!r} of {model.name!r} has no labels: the data set has no attribute "
                f"{head!r} (it has: {there}). Name each head after the attribute it is to tell, "
                "or give the splits an attribute of that name"
            )
    return {head: split.attributes[head] for head in heads}


class _Progress(keras.callbacks.Callback):
    """Writes the history. What is an epoch for `fit` is for us the way to the next of `points`."""

    def __init__(self, points: np.ndarray, accuracies: list[str]):
        super().__init__()
        self.points, self.accuracies = points, accuracies
        names = ("loss", *accuracies)
        names = ("epoch", *names, *(f"val_{name}" for name in names), "seconds")
        self.history: History = {name: [] for name in names}
        self.bar = tqdm(total=len(points), desc="training")

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self.started
        logs = {**logs, "epoch": self.points[epoch], "seconds": seconds}
        for name, values in self.history.items():
            values.append(float(logs[name]))
        self.bar.set_postfix({name: f"{logs[f'val_{name}']:.4f}" for name in self.accuracies})
        self.bar.update()


@solves("accuracy")
def accuracy(model: keras.Model, split: Split, head: str | None = None) -> float:
    """The share of images whose most probable class is their label.

    A model may have several heads, whose labels are the attributes of the heads' names. Then the
    accuracy is the share of images that `head` gets right, or, without `head`, that all heads get
    right at once. `ValueError` where a head does not exist or has no attribute.

    >>> from helpers import datasets, models
    >>> labels = models.predict(model, images).argmax(axis=1)
    >>> models.accuracy(model, datasets.Split(images, labels))
    1.0
    """
    predicted = _run(
        model,
        split.images,
        "classes",
        lambda outputs: {name: tf.argmax(outputs.answer(name), -1) for name in outputs.heads},
    )
    if head is not None and head not in predicted:
        raise ValueError(f"{model.name!r} has no head {head!r}, it has: {', '.join(predicted)}")
    if len(predicted) == 1:
        labels = dict.fromkeys(predicted, split.labels)
    else:
        labels = _head_labels(model, split, predicted if head is None else [head])
    right = [predicted[name] == wanted for name, wanted in labels.items()]
    return float(np.mean(np.all(right, axis=0)))


def predict(model: keras.Model, images: np.ndarray, head: str | int | None = None) -> np.ndarray:
    """What a model answers to `images` (N, H, W, C): (N, classes).

    These are probabilities where the model ends in a softmax or sigmoid, else its logits. One
    sigmoid unit tells two classes, so that here, too, the arg-max is the predicted class. `head`
    (name or position) where the model has several.

    >>> from helpers import models
    >>> models.predict(model, images).shape
    (4, 3)
    """
    return _run(model, images, ("predict", head), lambda outputs: outputs.answer(head))


def _run(model: keras.Model, images: np.ndarray, key, answer: Callable[[Outputs], Any]):
    """`answer`, a tensor (N, ...) or several, of all images, in batches; `key` is its name."""
    images = check_images(model, images)
    run = compiled(model, key, lambda batch: answer(forward(model, batch)))
    parts = [run(tf.constant(images[part])) for part in batches(len(images), 1024)]
    return tf.nest.map_structure(lambda *part: np.concatenate(part), *parts)


def trained(name: str, dataset: Dataset, epochs: int | None = None, seed: int = 0) -> Trained:
    """The named network trained on `dataset`: trained once, then loaded from the user's cache.

    What comes back is the same in every respect the first time and later: the model is not
    compiled, and the generators of Python, NumPy and Keras are seeded. A checkpoint is keyed by
    architecture, training data, epochs, seed and learning rate. One that cannot be read is trained
    again. Interrupted training is returned but not kept, and so is a network for which the cache
    has no room or which may not be written there.
    """
    options: dict[str, Any] = {"input_shape": dataset.train.images.shape[1:]}
    if name in NETWORKS and not NETWORKS[name].heads:
        options["classes"] = len(dataset.class_names)
    model = build(name, seed=seed, **options)
    epochs = default_epochs(len(dataset.train.images), name) if epochs is None else epochs
    path = _checkpoint_path(model, dataset, epochs, seed)
    with _alone(path.stem):
        if os.path.exists(path):  # False, too, where the folder may not be looked into
            try:
                return _load(path, seed)
            except Exception as error:  # whatever a damaged file makes Keras raise
                print(f"The checkpoint {path} cannot be read ({error}); training again.")
        history = train(model, dataset, epochs, seed, NETWORKS[name].peak)
        if history["epoch"] and history["epoch"][-1] == epochs:
            try:
                _save(path, model, history)
                return _load(path, seed)
            except OSError as error:
                _tell_not_kept(path.parent, error.strerror or str(error))
        keras.utils.set_random_seed(seed)
        copy = type(model).from_config(model.get_config())  # Keras has no way to undo `compile`
        copy.set_weights(model.get_weights())
        return Trained(copy, history)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """While one process trains a network, others that want the same one wait, and then load it."""
    folder = cache_dir() / "locks"
    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError):  # nothing can be kept there, or locked
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(folder / name))
        yield


@cache  # once, however many networks are trained
def _tell_not_kept(folder: Path, reason: str) -> None:
    print(
        f"The trained network cannot be kept in {folder} ({reason}): it can be used now, and will "
        "be trained again next time. Make room there, or name another folder in COURSE_CACHE."
    )


def _checkpoint_path(model: keras.Model, dataset: Dataset, epochs: int, seed: int) -> Path:
    key = hashlib.sha256(f"{model.to_json()} {epochs} {seed} {RECIPE}".encode())
    peak = NETWORKS[model.name].peak
    if peak != 0.01:  # the usual peak belongs to the RECIPE
        key.update(f" {peak}".encode())
    key.update(dataset.train.images.data)
    for labels in tf.nest.flatten(_objective(model, dataset)[0]):
        key.update(np.ascontiguousarray(labels).data)
    return cache_dir() / "models" / f"{model.name}-{dataset.name}-{key.hexdigest()[:16]}.keras"


def _save(path: Path, model: keras.Model, history: History) -> None:
    """One file, complete or absent: the history travels inside the Keras archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        partial = Path(folder) / path.name
        model.save(partial)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr("history.json", json.dumps(history))
        os.replace(partial, path)


def _load(path: Path, seed: int) -> Trained:
    keras.utils.set_random_seed(seed)  # of dropout, and of what is drawn next, trained or loaded
    with zipfile.ZipFile(path) as archive:
        history = json.loads(archive.read("history.json"))
    return Trained(keras.models.load_model(path, compile=False), history)
