"""Training a network, and keeping what was trained."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.datasets import Dataset, Split, cache_dir
from helpers.models.graph import batches, check_images, compiled, forward
from helpers.models.networks import build
from helpers.own_work import solves

BATCH_SIZE = 128
VALIDATION_SHARE = 0.1
RECIPE = 1  # part of a checkpoint's key: raise it when training changes

History = dict[str, list[float]]


class Trained(NamedTuple):
    model: keras.Model
    history: History


def default_epochs(images: int) -> int:
    """Ten passes over a large data set; over a small one as many as see 120,000 images."""
    return max(10, round(120_000 / images))


def train(
    model: keras.Model, dataset: Dataset, epochs: int | None = None, seed: int = 0
) -> History:
    """Train a classifier in place with RMSprop and a cosine-decayed learning rate.

    A tenth of the training images, drawn with `seed`, is held out to validate each epoch. The
    history has one number per epoch under `loss`, `accuracy`, `val_loss`, `val_accuracy` and
    `seconds`. An interrupt (Ctrl-C, the stop button) ends training and keeps what was learned.
    """
    images, labels = check_images(model, dataset.train.images), dataset.train.labels
    epochs = default_epochs(len(images)) if epochs is None else epochs
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}; it must be at least 1")
    outputs, classes = model.output_shape[-1], len(dataset.class_names)
    if outputs != classes:
        raise ValueError(
            f"{model.name!r} tells {outputs} classes apart, but {dataset.name!r} has {classes}: "
            f"give the network's last layer {classes} units"
        )
    keras.utils.set_random_seed(seed)
    order = np.random.default_rng(seed).permutation(len(images))
    held_out, used = np.split(order, [round(VALIDATION_SHARE * len(images))])
    steps = epochs * -(-len(used) // BATCH_SIZE)
    model.compile(
        keras.optimizers.RMSprop(keras.optimizers.schedules.CosineDecay(2e-3, steps, alpha=0.01)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    progress = _Progress(epochs)
    try:
        model.fit(
            images[used],
            labels[used],
            batch_size=BATCH_SIZE,
            epochs=epochs,
            validation_data=(images[held_out], labels[held_out]),
            verbose=0,
            callbacks=[progress],
        )
    except KeyboardInterrupt:
        print(f"Training was interrupted after {len(progress.history['loss'])} of {epochs} epochs.")
    finally:
        progress.bar.close()
    return progress.history


class _Progress(keras.callbacks.Callback):
    def __init__(self, epochs: int):
        super().__init__()
        names = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")
        self.history: History = {name: [] for name in names}
        self.bar = tqdm(total=epochs, unit="epoch", desc="training")

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs = {**logs, "seconds": time.perf_counter() - self.started}
        for name, values in self.history.items():
            values.append(float(logs[name]))
        self.bar.set_postfix(accuracy=f"{logs['val_accuracy']:.4f}")
        self.bar.update()


@solves("accuracy")
def accuracy(model: keras.Model, split: Split) -> float:
    """The share of images whose most probable class is their label."""
    return float(np.mean(predict(model, split.images).argmax(axis=-1) == split.labels))


def predict(model: keras.Model, images: np.ndarray, head: str | int | None = None) -> np.ndarray:
    """What a model answers (N, classes): probabilities where it ends in a softmax or sigmoid, else
    its logits. One sigmoid unit tells two classes, so that here, too, the arg-max is the predicted
    class. `head` (name or position) where it has several.
    """
    images = check_images(model, images)
    run = compiled(model, ("predict", head), lambda batch: forward(model, batch).answer(head))
    parts = [run(tf.constant(images[part])) for part in batches(len(images), 1024)]
    return np.concatenate([part.numpy() for part in parts])


def trained(name: str, dataset: Dataset, epochs: int | None = None, seed: int = 0) -> Trained:
    """The named network trained on `dataset`: trained once, then loaded from the user's cache.

    A checkpoint is keyed by architecture, training data, epochs and seed. One that cannot be read
    is trained again. Interrupted training is returned but not kept.
    """
    model = build(
        name,
        seed=seed,
        input_shape=dataset.train.images.shape[1:],
        classes=len(dataset.class_names),
    )
    epochs = default_epochs(len(dataset.train.images)) if epochs is None else epochs
    path = _checkpoint_path(model, dataset, epochs, seed)
    if path.exists():
        try:
            return _load(path)
        except Exception as error:  # whatever a damaged file makes Keras raise
            print(f"The checkpoint {path} cannot be read ({error}); training again.")
    history = train(model, dataset, epochs, seed)
    if len(history["loss"]) == epochs:
        _save(path, model, history)
    return Trained(model, history)


def _checkpoint_path(model: keras.Model, dataset: Dataset, epochs: int, seed: int) -> Path:
    key = hashlib.sha256(f"{model.to_json()} {epochs} {seed} {RECIPE}".encode())
    key.update(dataset.train.images)
    key.update(dataset.train.labels)
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


def _load(path: Path) -> Trained:
    with zipfile.ZipFile(path) as archive:
        history = json.loads(archive.read("history.json"))
    return Trained(keras.models.load_model(path, compile=False), history)
