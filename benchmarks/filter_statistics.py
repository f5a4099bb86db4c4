"""Filter statistics against the forward passes alone, and against keeping all activations.

    python benchmarks/filter_statistics.py [images]

The methods alternate in one run; ratios are of medians, with the spread of the repetitions. Peak
memory is of a process of its own each.
"""

import multiprocessing
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np

REPETITIONS = 5


def forward(model, images, labels):
    """The limit: the forward passes and nothing else."""
    import tensorflow as tf

    from helpers.models import graph

    run = graph.compiled(model, "benchmark", lambda batch: model(batch, training=False))
    for part in graph.batches(len(images), 256):
        run(tf.constant(images[part]))


def streamed(model, images, labels):
    """The course's method: one pass, accumulators only."""
    from helpers.methods.statistics import filter_statistics

    return filter_statistics(model, images, labels)


def kept(model, images, labels):
    """The usual way: predict all activations, then NumPy."""
    import keras

    names = ["l1", "l2", "l3", "l4", "l5"]
    inner = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    results = {}
    outputs = inner.predict(images, batch_size=256, verbose=0)
    for name, maps in zip(names, outputs, strict=True):
        groups = [maps[labels == c] for c in range(10)]
        results[name] = [np.stack([group.mean(axis=0) for group in groups])]
        if maps.ndim == 4:
            results[name].append(np.stack([_mode(group) for group in groups]))
    return results


def _mode(maps):
    winners = np.where(maps.max(axis=-1) > 0, maps.argmax(axis=-1), -1)
    votes = np.stack([(winners == f).sum(axis=0) for f in range(maps.shape[-1])])
    return np.where(votes.any(axis=0), votes.argmax(axis=0), -1)


METHODS = (forward, streamed, kept)


def _setting(count):
    from helpers import models

    rng = np.random.default_rng(0)
    images = rng.random((count, 28, 28, 1), dtype=np.float32)
    return models.build("course_cnn"), images, rng.integers(0, 10, count)


def _peak(name, count, result):
    """Peak memory in MB above what stood before the method ran."""
    model, images, labels = _setting(count)
    method = globals()[name]
    method(model, images[:512], labels[:512])
    before = _memory("VmHWM:")
    method(model, images, labels)
    result.put(_memory("VmHWM:") - before)


def _memory(field):
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index(field) + 1]) / 1000


def main(count):
    import keras
    import tensorflow as tf

    setting = _setting(count)
    agree = streamed(*setting), kept(*setting)
    for name, (mean, *mode) in agree[1].items():
        np.testing.assert_allclose(agree[0][name].mean, mean, rtol=1e-3, atol=1e-4)
        assert not mode or (agree[0][name].mode == mode[0]).mean() > 0.999
    seconds = {method: [] for method in METHODS}
    forward(*setting)
    for _ in range(REPETITIONS):
        for method in METHODS:
            started = time.perf_counter()
            method(*setting)
            seconds[method].append(time.perf_counter() - started)
    versions = f"TensorFlow {tf.__version__}, Keras {keras.__version__}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{count:,} images, course_cnn; {machine}, {versions}")
    limit = statistics.median(seconds[forward])
    context, memory = multiprocessing.get_context("spawn"), {}
    for method in METHODS if sys.platform == "linux" else ():
        result = context.Queue()
        worker = context.Process(target=_peak, args=(method.__name__, count, result))
        worker.start()
        memory[method] = result.get()
        worker.join()
    for method, times in seconds.items():
        spread = f"{min(times):.2f}–{max(times):.2f} s"
        print(
            f"{method.__name__:9} {statistics.median(times):6.2f} s ({spread}), "
            f"{statistics.median(times) / limit:5.2f} × forward, "
            f"peak +{memory.get(method, float('nan')):.0f} MB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
