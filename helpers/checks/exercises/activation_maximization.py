"""Checks of notebook 03."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import before_the_softmax, numpy_gradient
from helpers.checks.judges import found, grey_values, result, uint8
from helpers.checks.networks import numpy_outputs
from helpers.checks.values import each_map_of_the_first
from helpers.own_work import solves


def random_network(
    rng: np.random.Generator,
    input_shape: tuple[int, int, int],
    classes: int = 5,  # odd: none is its own counterpart, counted from the end
    dead: bool = False,
) -> dict[str, Any]:
    """Flatten, normalise, dense (ReLU), dense: the last layer gives logits."""
    pixels, hidden = int(np.prod(input_shape)), 7

    def draw(low, high, *shape):
        return rng.uniform(low, high, shape).astype(np.float32)

    return {
        "input_shape": input_shape,
        "layers": [
            {"kind": "flatten", "name": "flat"},
            {
                "kind": "normalise",
                "name": "normalised",
                "mean": draw(0.2, 0.8, pixels),
                "variance": draw(0.05, 0.5, pixels),
            },
            {
                "kind": "dense",
                "name": "hidden",
                "kernel": draw(-1, 1, pixels, hidden),
                "bias": draw(-0.5, 1, hidden) - np.float32(1e3 if dead else 0),
                "activation": "relu",
            },
            {
                "kind": "dense",
                "name": "classes",
                "kernel": draw(-0.3, 0.3, hidden, classes),
                "bias": draw(-1, 1, classes),
            },
        ],
    }


def _silent_in_the_dark(network: dict[str, Any]) -> dict[str, Any]:
    """Return the network with hidden units that only images lighter than its means wake."""
    flat, normalise, hidden, classes = network["layers"]
    awake = {"kernel": abs(hidden["kernel"]), "bias": -abs(hidden["bias"])}
    return network | {"layers": [flat, normalise, hidden | awake, classes]}


def score_of(network: dict[str, Any], images: np.ndarray, index: int) -> np.ndarray:
    return numpy_outputs(network, images)["classes"][:, index]


# ascent_step(network, images, index, step_size, l2)


@solves("ascent_step")
def _ascent_step(network, images, index, step_size, l2):
    gradient, size = _gradient(network, images, index)
    direction = gradient / np.where(size > 0, size, 1) - l2 * images
    return np.clip(images + step_size * direction, 0, 1).astype(np.float32)


def _gradient(network, images, index):
    """The gradient of the class's score and, image by image, its size."""
    gradient = numpy_gradient(network, images, "", index).astype(np.float64)
    return gradient, np.sqrt((gradient**2).mean(axis=(1, 2, 3), keepdims=True))


def _images(rng, low, high, *shape):
    return rng.uniform(low, high, shape).astype(np.float32)


def _drawn(rng, shape, images, index, dead=False):
    """Return a network and a class, drawn until the class is not the top one of all images, several
    hidden units answer to each image, so that the gradients of classes differ in more than their
    size, and the gradients of images differ in their size."""
    while True:
        network = random_network(rng, shape, dead=dead)
        drawn = {"network": network, "images": images, "index": index}
        outputs = numpy_outputs(network, images)
        if (outputs["classes"].argmax(axis=1) == index).all():
            continue
        if dead:
            return drawn
        _, sizes = _gradient(network, images, index)
        alive = (outputs["hidden"] > 0).sum(axis=1)
        if alive.min() > 2 and (len(images) == 1 or np.ptp(sizes) > 0.1 * sizes.mean()):
            return drawn


def _draw_steps(rng, hidden):
    cases = []
    for shape in [(4, 6, 2)] + hidden * [(5, 3, 1)]:

        def inputs(n, low, high, step_size, l2=0.0, dead=False, index=None, shape=shape):
            images = _images(rng, low, high, n, *shape)
            index = int(rng.integers(1, 5)) if index is None else index
            drawn = _drawn(rng, shape, images, index, dead)
            return {**drawn, "step_size": step_size, "l2": l2}

        several, one = inputs(5, 0.3, 0.7, 0.02), inputs(1, 0.3, 0.7, 0.02, index=0)
        mixed = inputs(3, 0.85, 0.95, 0.02, l2=0.6)
        mixed["network"] = _silent_in_the_dark(mixed["network"])
        mixed["images"][1] *= np.float32(0.2)
        # The gradient alone would leave the range, gradient and penalty together do not.
        near_one = inputs(3, 0.9, 1.0, 0.05, l2=4.0)
        cases += [
            Case("shape and type", several, shape_and_type),
            Case("uphill, one image", one, same_values),
            Case("several images, each scaled on its own", several, same_values),
            Case("the penalty pulls back", inputs(3, 0.3, 0.7, 0.02, l2=0.9), same_values),
            Case("the penalty pulls back", near_one, same_values),
            Case("clipped to 0..1", inputs(3, 0.0, 1.0, 0.6), same_values),
            Case("nothing to climb: no NaN", inputs(2, 0.0, 1.0, 0.1, dead=True), same_values),
            Case("nothing to climb: no NaN", mixed, same_values),
        ]
    return cases


ascent_step = Check(
    "ascent_step",
    {
        "shape and type": 1,
        "uphill, one image": 1,
        "several images, each scaled on its own": 1,
        "the penalty pulls back": 1,
        "clipped to 0..1": 1,
        "nothing to climb: no NaN": 1,
    },
    _draw_steps,
    _ascent_step,
    network="network",
    maps=each_map,
)


# maximise(network, start, index, steps, step_size, l2) -> images, curve


@solves("maximise")
def _maximise(network, start, index, steps, step_size, l2):
    images, curve = start, []
    for _ in range(steps):
        curve.append(score_of(network, images, index))
        images = _ascent_step(network, images, index, step_size, l2)
    curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1).astype(np.float32)


def _falls(inputs):
    """Whether the images' mean score, and so that of some image, is not best at the end."""
    mean = _maximise(**inputs)[1].mean(axis=0)
    return mean.max() > mean[-1] + 0.02


def _steady(inputs):
    """Whether rounding changes little: on the way no ReLU is so near its kink that rounding could
    tip it, and no gradient so small that the 1e-8 counts that many add to its size."""
    images, how = inputs["start"], {name: inputs[name] for name in ("network", "index")}
    for _ in range(inputs["steps"]):
        _, sizes = _gradient(images=images, **how)
        if ((sizes > 0) & (sizes < 1e-3)).any():
            return False
        images = _ascent_step(images=images, step_size=inputs["step_size"], l2=inputs["l2"], **how)
    curve, *others = (
        _maximise(**inputs | {"start": inputs["start"] * np.float32(1 + change)})[1]
        for change in (0, -1e-5, 1e-5)
    )
    return all(np.allclose(curve, other, atol=1e-3) for other in others)


def _draw_ascents(rng, hidden):
    cases = []
    for shape, steps in [((4, 6, 2), 4)] + hidden * [((5, 3, 1), 7)]:

        def inputs(n, index, shape=shape, **steps):
            drawn = _drawn(rng, shape, _images(rng, 0.2, 0.8, n, *shape), index)
            return {
                "network": drawn["network"],
                "start": drawn["images"],
                "index": index,
                **steps,
            }

        one = inputs(1, 0, steps=1, step_size=0.05, l2=0.0)
        while True:
            several = inputs(3, int(rng.integers(1, 5)), steps=steps, step_size=0.3, l2=0.3)
            if _falls(several) and _steady(several):
                break
        cases += [
            Case("two results of the right shape", several, shape_and_type),
            Case("one step", one, result(0)),
            Case("several steps and images", several, result(0)),
            Case("the curve, from before the first step to after the last", one, result(1)),
            Case("the curve, from before the first step to after the last", several, result(1)),
        ]
    return cases


maximise = Check(
    "maximise",
    {
        "two results of the right shape": 1,
        "one step": 1,
        "several steps and images": 2,
        "the curve, from before the first step to after the last": 2,
    },
    _draw_ascents,
    _maximise,
    network="network",
    maps=each_map_of_the_first,
    given={"ascent_step": _ascent_step},
)


# total_variation(images)


@solves("total_variation")
def _total_variation(images):
    images = images.astype(np.float64)
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return (np.abs(down).sum(axis=(1, 2, 3)) + np.abs(right).sum(axis=(1, 2, 3))).astype(np.float32)


def _draw_variations(rng, hidden):
    sizes = [(3, 4, 6, 2)]
    sizes += hidden * [(5, 4, 7, 3), (2, 9, 3, 1), (1, 6, 4, 2), (2, 1, 5, 2)]
    cases = []
    for n, height, width, channels in sizes:
        noise = {"images": _images(rng, -1, 1, n, height, width, channels)}
        edge = np.zeros((1, height, width, 1), np.float32)
        edge[:, :, width // 2 :] = rng.uniform(0.3, 1)
        cases += [
            Case("shape and type", noise, shape_and_type),
            Case("one vertical edge", {"images": edge}, same_values),
            Case("several noisy images", noise, same_values),
        ]
    return cases


total_variation = Check(
    "total_variation",
    {"shape and type": 1, "one vertical edge": 1, "several noisy images": 1},
    _draw_variations,
    _total_variation,
)


# deprocess(images)


@solves("deprocess")
def _deprocess(images):
    images = images.astype(np.float64)
    centred = images - images.mean(axis=(1, 2, 3), keepdims=True)
    spread = images.std(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * centred / np.where(spread > 0, spread, 1)
    return np.rint(255 * np.clip(unit, 0, 1)).astype(np.uint8)


def _draw_raw_images(rng, hidden):
    sizes = [(3, 5, 6, 2)] + hidden * [(4, 6, 5, 3), (3, 8, 4, 1), (1, 4, 7, 3)]
    cases = []
    for n, *shape in sizes:
        # Evenly spaced values, so that none is far out, with another mean in each channel.
        values = np.tile(np.linspace(0, 1, int(np.prod(shape))), (n, 1))
        values = rng.permuted(values, axis=-1).reshape(n, *shape) + 0.3 * np.arange(shape[-1])
        values -= values.mean(axis=(1, 2, 3), keepdims=True)
        width, middle = rng.uniform(5, 40, (n, 1, 1, 1)), rng.uniform(1, 5, (n, 1, 1, 1))
        width[1:2], middle[1:2] = 0.4, 0.5  # all of it lies in 0..1
        middle[2:3] *= -1
        usual = (values * width + middle).astype(np.float32)
        peaked, constant = usual.copy(), usual.copy()
        peaked[:, 0, 1], peaked[:, 2, 0] = 1e3, -1e3
        constant[-2:], constant[-1:] = 0.25, -3
        cases += [
            Case("shape and uint8", {"images": usual}, uint8),
            Case("mean and spread of each image", {"images": usual}, grey_values),
            Case("extremes are clipped", {"images": peaked}, grey_values),
            Case("a constant image is mid-grey", {"images": constant}, grey_values),
        ]
    return cases


deprocess = Check(
    "deprocess",
    {
        "shape and uint8": 1,
        "mean and spread of each image": 1,
        "extremes are clipped": 1,
        "a constant image is mid-grey": 1,
    },
    _draw_raw_images,
    _deprocess,
    maps=each_map,
    tolerance=1,
)


# vertical_selectivity(vertical, horizontal)


@solves("vertical_selectivity")
def _vertical_selectivity(vertical, horizontal):
    v = vertical.mean(axis=(0, 1, 2), dtype=np.float64)
    h = horizontal.mean(axis=(0, 1, 2), dtype=np.float64)
    return ((v - h) / np.where(v + h > 0, v + h, 1)).astype(np.float32)


def _draw_responses(rng, hidden):
    def inputs(shape, silent=()):
        """Return maps with a filter for vertical bars alone, and a filter for horizontal ones
        alone, both of them weak."""
        strength = rng.uniform(0.5, 3, shape[-1])
        maps = [np.maximum(rng.normal(0.2, strength, shape), 0) for _ in range(2)]
        maps[1][..., 0] += maps[0][..., 0]  # filter 0 prefers horizontal bars
        for response, (none, some) in zip(maps, [(2, 3), (3, 2)], strict=True):
            response[..., none] = 0
            response[..., some] /= 2 * response[..., some].mean()
            response[..., list(silent)] = 0
        vertical, horizontal = np.array(maps, np.float32)
        return {"vertical": vertical, "horizontal": horizontal}

    sizes = [(3, 5, 4, 6)] + hidden * [(5, 4, 7, 6), (9, 6, 2, 5), (1, 6, 3, 4)]
    cases = []
    for size in sizes:
        usual = inputs(size)
        cases += [
            Case("shape and type", usual, shape_and_type),
            Case("contrast of the two responses", usual, same_values),
            Case("a silent filter is 0", inputs(size, silent=[1]), same_values),
        ]
    return cases


vertical_selectivity = Check(
    "vertical_selectivity",
    {"shape and type": 1, "contrast of the two responses": 1, "a silent filter is 0": 1},
    _draw_responses,
    _vertical_selectivity,
)


# steps_to_fool()


@solves("steps_to_fool")
def _steps_to_fool(number):
    own, network = findings.images(number), before_the_softmax(findings.plain_network(number))
    image, target = own.images[:1], (int(own.labels[0]) + 1) % 10
    curve = []
    for _ in range(61):
        curve.append(numpy_outputs(network, image)["l5"][0])
        image = _ascent_step(network, image, target, 0.005, 0.0)
    fooled = next(k for k, logits in enumerate(curve) if logits.argmax() == target)
    return fooled, float(curve[60][target])


steps_to_fool = finding(
    "steps_to_fool",
    {
        "the steps, to 10 %": found(0, within=0.1),
        "the steps exactly": found(0),
        "the logit after 60 steps, to 2 %": found(1, within=0.02),
    },
    _steps_to_fool,
    number=2,
    tolerance=0.02,
)
