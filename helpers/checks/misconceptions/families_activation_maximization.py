"""Families of wrong answers to the exercises of notebook 03."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import before_the_softmax, numpy_gradient
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs

PIXELS = (1, 2, 3)
INDICES = {
    "+ 1": "The class after the one that was asked for is climbed. Classes are counted from 0.",
    "- 1": "The class before the one that was asked for is climbed. Classes are counted from 0.",
    "first": "Class 0 is climbed, whatever is asked. `index` is not used.",
    "all": "The sum or the mean of all logits is climbed. Choose the one of the class `index`.",
    "top": "The class with the largest logit is climbed, whatever is asked. `index` is not used.",
    "probability": "The probability, after a softmax, is climbed. Climb the logit.",
    "row": "`index` chooses an image, axis 0, of which all logits are climbed. Choose the class, axis 1, "
    "of every image.",
}
PENALTIES = {
    "left out": "The penalty is left out. `l2` is not used.",
    "plus": "The penalty has the wrong sign: it pushes the pixels away from 0 and should pull "
    "them back.",
    "times 2": "The penalty is twice as large, but it should be l2 times the image.",
    "half": "The penalty is half as large, but it should be l2 times the image.",
    "squared": "The penalty is l2 times the square of the image, but it should be l2 times the "
    "image.",
    "constant": "The penalty is the same for each pixel, but it should be l2 times the pixel's "
    "value.",
    "sign": "The penalty has the size l2 for each pixel (L1), but it should be l2 times the "
    "pixel's value.",
    "before the scaling": "The penalty is subtracted before the gradient is scaled. Scale the "
    "gradient alone.",
    "without the step": "The penalty is not multiplied by the step size, as where the images shrink by 1 − "
    "l2.",
    "after the step": "The image is shrunk after the step: the penalty belongs to the image before "
    "it.",
}
SCALES = {
    "not": "The gradient is not scaled: divide it by its root mean square.",
    "L2": "The gradient is divided by its length, the root of the sum of its squares (L2 norm): "
    "divide by the root of their mean.",
    "maximum": "The gradient is divided by its largest absolute value: divide by its root mean "
    "square.",
    "mean": "The gradient is divided by its mean absolute value: divide by its root mean square.",
    "deviation": "The gradient is divided by its standard deviation: divide by its root mean "
    "square, without subtracting the mean.",
    "square": "The gradient is divided by its mean square. The root is missing.",
    "batch": "The root mean square is taken over the whole batch: each image is scaled on its own.",
    "channels": "Each channel is scaled on its own: one root mean square belongs to each image.",
    "pixels": "Each pixel is scaled on its own: one root mean square belongs to each image.",
    "sign": "Only the sign of the gradient is used: divide it by its root mean square.",
    "epsilon": "A number that is not small is added to the root mean square.",
}
CLIPS = {
    "not": "Nothing is clipped. Pixels leave the range 0 to 1.",
    "to -1": "The images are clipped to −1 … 1. Pixels run from 0 to 1.",
    "to 255": "The images are clipped to 0 … 255. Pixels run from 0 to 1.",
    "below": "Only what is below 0 is clipped. Clip what is above 1, too.",
    "above": "Only what is above 1 is clipped. Clip what is below 0, too.",
    "stretched": "The images are stretched to 0 … 1: clip them.",
    "wrapped": "What leaves the range comes back at its other end: clip it.",
    "before": "The images are clipped before the step. Clip the result.",
    "gradient": "The gradient is clipped. Clip the images.",
}


def step(network, images, index, step_size, l2, way, target, penalty, scale, clip, dead):
    images = images.astype(np.float64)
    step_size, l2 = (l2, step_size) if way == "exchanged" else (step_size, l2)
    classes = network["layers"][-1]["kernel"].shape[1]
    if target == "row" and index >= len(images):
        raise IndexError(index)
    kind = {"all": "all", "row": "all", "top": "top", "probability": "probability"}.get(
        target, "logit"
    )
    class_index = {"+ 1": (index + 1) % classes, "- 1": index - 1, "first": 0}.get(target, index)
    gradient = numpy_gradient(network, images.astype(np.float32), "", class_index, kind)
    gradient = gradient.astype(np.float64)
    if target == "row":
        gradient[np.arange(len(images)) != index] = 0
    shrink = {
        "plus": -l2 * images,
        "times 2": 2 * l2 * images,
        "half": l2 * images / 2,
        "squared": l2 * images**2,
        "constant": l2,
        "sign": l2 * np.sign(images),
        "left out": 0,
        "before the scaling": 0,
        "after the step": 0,
        "of what was reached": 0,
        "behind the clipping": 0,
        "of what was clipped": 0,
        "without the step": l2 * images / step_size,
    }.get(penalty, l2 * images)
    if penalty == "before the scaling":
        gradient = gradient - l2 * images
    if clip == "gradient":
        gradient = np.clip(gradient, 0, 1)
    size = {
        "not": lambda: np.ones((len(images), 1, 1, 1)),
        "L2": lambda: np.sqrt((gradient**2).sum(axis=PIXELS, keepdims=True)),
        "maximum": lambda: abs(gradient).max(axis=PIXELS, keepdims=True),
        "mean": lambda: abs(gradient).mean(axis=PIXELS, keepdims=True),
        "deviation": lambda: gradient.std(axis=PIXELS, keepdims=True),
        "square": lambda: (gradient**2).mean(axis=PIXELS, keepdims=True),
        "batch": lambda: np.sqrt((gradient**2).mean(keepdims=True)),
        "channels": lambda: np.sqrt((gradient**2).mean(axis=(1, 2), keepdims=True)),
        "pixels": lambda: abs(gradient),
        "sign": lambda: abs(gradient),
        "epsilon": lambda: np.sqrt((gradient**2).mean(axis=PIXELS, keepdims=True)) + 0.1,
        "epsilon 0.01": lambda: np.sqrt((gradient**2).mean(axis=PIXELS, keepdims=True)) + 0.01,
        "epsilon 0.001": lambda: np.sqrt((gradient**2).mean(axis=PIXELS, keepdims=True)) + 0.001,
        "epsilon in the root": lambda: np.sqrt(
            (gradient**2).mean(axis=PIXELS, keepdims=True) + 0.001
        ),
        "mean of images": lambda: (
            len(images) * np.sqrt((gradient**2).mean(axis=PIXELS, keepdims=True))
        ),
    }.get(scale, lambda: np.sqrt((gradient**2).mean(axis=PIXELS, keepdims=True)))()
    with np.errstate(all="ignore"):
        scaled = gradient / (size if dead == "nan" else np.where(size > 0, size, 1))
    if clip == "before":
        images = np.clip(images, 0, 1)
    moved = images + {"down": -1, "half": 0.5, "twice": 2}.get(way, 1) * step_size * (
        scaled - shrink
    )
    if way == "only the step":
        moved = step_size * (scaled - shrink)
    if way == "no step size":
        moved = images + scaled - shrink
    if penalty == "of what was reached":
        moved = (images + step_size * scaled) * (1 - step_size * l2)
    if penalty == "after the step":
        moved = moved * (1 - l2)
    if penalty in ("behind the clipping", "of what was clipped"):
        clipped = np.clip(moved, 0, 1)
        shrunk = images if penalty == "behind the clipping" else clipped
        return (clipped - step_size * l2 * shrunk).astype(np.float32)
    return {
        "not": lambda: moved,
        "before": lambda: moved,
        "gradient": lambda: np.clip(moved, 0, 1),
        "to -1": lambda: np.clip(moved, -1, 1),
        "to 255": lambda: np.clip(moved, 0, 255),
        "below": lambda: np.maximum(moved, 0),
        "above": lambda: np.minimum(moved, 1),
        "stretched": lambda: (moved - moved.min()) / np.ptp(moved),
        "wrapped": lambda: moved % 1,
    }.get(clip, lambda: np.clip(moved, 0, 1))().astype(np.float32)


OVER = {
    "each image": PIXELS,
    "the whole batch": (0, 1, 2, 3),
    "each channel of an image": (1, 2),
    "each channel of the batch": (0, 1, 2),
    "axis 1, the rows, alone": 1,
    "axis 2, the columns, alone": 2,
    "axis 3, the channels, alone": 3,
    "axis 0, the images, alone": 0,
    "the first image": PIXELS,
    "the last image": PIXELS,
}
SIZES = {
    "root mean square": lambda g, **over: np.sqrt((g**2).mean(**over)),
    "length, the root of the sum of squares (L2 norm),": lambda g, **over: np.sqrt(
        (g**2).sum(**over)
    ),
    "mean square, without a root,": lambda g, **over: (g**2).mean(**over),
    "sum of squares": lambda g, **over: (g**2).sum(**over),
    "largest absolute value": lambda g, **over: abs(g).max(**over),
    "largest value": lambda g, **over: g.max(**over),
    "mean absolute value": lambda g, **over: abs(g).mean(**over),
    "sum of absolute values (L1 norm)": lambda g, **over: abs(g).sum(**over),
    "standard deviation": lambda g, **over: g.std(**over),
    "variance": lambda g, **over: g.var(**over),
    "distance from minimum to maximum": lambda g, **over: np.ptp(g, **over),
    "mean, which has a sign,": lambda g, **over: g.mean(**over),
}


# What is wrong in one way of few: it is not tried together with another.
RARE = {
    "target": {
        "last": "The last class is climbed, whatever is asked. `index` is not used.",
        "least": "The class with the smallest logit is climbed, whatever is asked. `index` is not used.",
        "top of the first": "The class that has the largest logit in the first image is climbed. `index` "
        "is not used.",
        "loss": "The loss of the class is climbed, a logarithm of its probability. Climb the logit.",
        "logarithm": "The logarithm of the probability, after a softmax, is climbed. Climb the logit.",
        "others": "The other logits are subtracted from the one of the class. Climb the logit alone.",
        "mean of all": "The mean of all logits is subtracted from the one of the class. Climb the logit "
        "alone.",
        "of the first image": "Only the first image's logit is climbed: the gradients of the others are "
        "0. Climb the column of all images.",
        "from the end": "The classes are counted from the end. `index` counts from 0.",
    },
    "penalty": {
        "before the scaling, twice": "The penalty is twice as large, and it is subtracted before the "
        "gradient is scaled, as where it is part of the score. Scale the gradient alone.",
        "before the scaling, half": "The penalty is half as large, and it is subtracted before the "
        "gradient is scaled, as where it is part of the score. Scale the gradient alone.",
        "before the scaling, plus": "The penalty has the wrong sign, and it comes before the gradient is "
        "scaled. Scale the gradient alone, then subtract the penalty.",
        "sum of squares": "The penalty is the sum of the squared pixels, the same number for each pixel. "
        "It should be l2 times the pixel's value.",
        "half the sum of squares": "The penalty is half the sum of the squared pixels, the same number "
        "for each pixel. Its gradient is asked for, l2 times the pixel's value.",
        "mean square": "The penalty is the mean of the squared pixels, the same number for each pixel. It "
        "should be l2 times the pixel's value.",
        "norm": "The penalty is the length of the image, the same number for each pixel. It should be l2 "
        "times the pixel's value.",
        "direction": "The image is divided by its length before it is subtracted. Subtract l2 times the "
        "image itself.",
        "mean": "The penalty is l2 times the mean of the image. It should be l2 times the pixel's value.",
        "grey": "The penalty pulls towards 0.5, but it should pull towards 0, by l2 times the image.",
        "of the gradient": "The penalty is l2 times the gradient, but it should be l2 times the image.",
        "l2 squared": "`l2` is squared: multiply the image by `l2` itself.",
        "image alone": "The image is subtracted without the factor `l2`.",
        "step twice": "The penalty is multiplied by the step size twice.",
        "by pixels": "The penalty is divided by the number of pixels. It should be l2 times the image.",
        "only above": "The penalty belongs to all pixels, but here only some are pulled back, where the "
        "gradient is positive.",
    },
    "scale": {
        "centred": "The mean of the gradient is subtracted: divide by the root mean square, and subtract "
        "nothing.",
        "standardised": "The mean of the gradient is subtracted, and it is divided by its standard "
        "deviation. Only divide by the root mean square.",
        "from 0 to 1": "The gradient is stretched to 0..1, which changes its signs: divide it by its root "
        "mean square.",
        **{
            (what, whose): f"The gradient is divided by the {what} of {whose}".replace(
                "of axis", "over axis"
            )
            + ". Divide it by the root mean square of each image, over rows, columns and channels, axes 1, "
            "2 and 3."
            for whose in OVER
            for what in SIZES
            if (what, whose) != ("root mean square", "each image")
        },
        "times": "The gradient is multiplied by its root mean square: divide by it.",
        "epsilon 1": "1 is added to the root mean square, which is not small beside it: divide by the "
        "root mean square itself.",
        **{
            f"{eps} in the root": f"{eps} is added under the root, which is not small beside the squares: "
            "divide by the root mean square itself."
            for eps in (0.01, 0.1, 1)
        },
        **{
            f"at least {eps}": f"The root mean square is taken for {eps} where it is smaller: divide by "
            "the root mean square itself, unless it is 0."
            for eps in (0.5, 1)
        },
        "direction with penalty": "The penalty is subtracted, and the sum is scaled to a root mean square "
        "of 1 once more: scale the gradient alone.",
        "number of pixels": "The length of the gradient is divided by the number of pixels, not by its "
        "root. The root mean square is the root of the mean of the squares.",
        "root of a mean": "The root of the mean absolute value is taken: square the gradient first.",
        "squared by its mean square": "The gradient is squared, so that its sign is lost. Divide the "
        "gradient itself by its root mean square.",
        "clipped to 1": "The scaled gradient is cut off at −1 and 1: clip the images alone.",
    },
    "clip": {
        "reflected": "What leaves the range is reflected at its end: clip it.",
        "sigmoid": "A sigmoid brings the pixels into the range: clip them.",
        "stretched each": "Each image is stretched to 0..1: clip it.",
        "by the maximum": "The images are divided by their largest value: clip them.",
        "own range": "The images are clipped to the range that they had before: clip to 0..1.",
        "stays": "Pixels that would leave the range stay where they are: clip them to 0 or 1.",
        "0.01 to 0.99": "The images are clipped to less than 0..1.",
        "whole": "The pixels are rounded to whole numbers.",
        "0 and 1": "What leaves the range becomes 0, also above 1. Clip above at 1.",
    },
    "way": {
        "first only": "Only the first image is returned: return all.",
        "first for all": "All images get the step of the first one: each has its own.",
        "mean gradient": "The gradient is averaged over the images: each image has its own.",
        "by images": "The step is divided by the number of images: images do not depend on each other.",
        "squared step": "The step size is squared.",
        "direction": "The direction is returned. Take the step from the images.",
        "multiplied": "The images are multiplied by 1 plus the step: add the step.",
        "step by l2": "`step_size` is multiplied by `l2` as well, where the gradient is concerned.",
    },
    "dead": {
        "black": "An image without a gradient becomes 0 (0 divided by 0 is NaN, and NaN made 0). Only the "
        "scaled gradient is 0 there.",
        "one": "The scaled gradient is 1 where there is none: it should be 0 there.",
        "largest": "Where the gradient is 0 everywhere the images are moved to the end of the range: leave "
        "the gradient 0 there.",
        "without penalty in the batch": "One image without a gradient makes all images stay: guard the "
        "division image by image.",
    },
}


def rare_step(network, images, index, step_size, l2, way, target, penalty, scale, clip, dead):
    """Return the images after a step with one of the mistakes in `RARE`."""
    x = images.astype(np.float64)
    classes, kind, number = network["layers"][-1]["kernel"].shape[1], "logit", index

    def of(number, kind="logit"):
        return numpy_gradient(network, images, "", number, kind).astype(np.float64)

    def outputs():
        return numpy_outputs(network, images)["classes"]

    if target in ("loss", "logarithm"):
        kind = "loss"
    elif target in RARE["target"]:
        number = {
            "last": lambda: classes - 1,
            "least": lambda: tuple(outputs().argmin(axis=1)),
            "top of the first": lambda: int(outputs()[0].argmax()),
            "from the end": lambda: (-1 - index) % classes,
        }.get(target, lambda: index)()
    g = of(number, kind) * (-1 if target == "logarithm" else 1)
    if target == "others":
        g = 2 * g - of(index, "all")
    elif target == "mean of all":
        g = g - of(index, "all") / classes
    elif target == "of the first image":
        g[1:] = 0
    if way == "mean gradient":
        g = np.repeat(g.mean(axis=0)[None], len(x), axis=0)
    if penalty.startswith("before the scaling"):
        g = g - l2 * x * {"twice": 2, "half": 0.5, "plus": -1}[penalty.split(", ")[1]]

    def over(function, values, axis=PIXELS):
        return function(values, axis=axis, keepdims=True)

    rms = np.sqrt(over(np.mean, g**2))
    if scale in ("centred", "standardised"):
        centred = g - over(np.mean, g)
        size = rms if scale == "centred" else over(np.std, g)
        g = centred
    elif scale == "from 0 to 1":
        g, size = g - over(np.min, g), over(np.ptp, g)
    elif scale == "squared by its mean square":
        g, size = g**2, rms**2
    elif isinstance(scale, tuple):
        what, whose = scale
        some = {"the first image": g[:1], "the last image": g[-1:]}.get(whose, g)
        size = SIZES[what](some, axis=OVER[whose], keepdims=True)
    elif scale.endswith("in the root"):
        size = np.sqrt(rms**2 + float(scale.split()[0]))
    elif scale.startswith("at least"):
        size = np.maximum(rms, float(scale.split()[-1]))
    else:
        size = {
            "times": lambda: 1 / np.where(rms > 0, rms, 1),
            "epsilon 1": lambda: rms + 1,
            "number of pixels": lambda: rms / np.sqrt(x[0].size),
            "root of a mean": lambda: np.sqrt(over(np.mean, abs(g))),
        }.get(scale, lambda: rms)()
    scaled = g / np.where(size != 0, size, 1)
    none = over(np.max, abs(g)) == 0
    if dead == "one":
        scaled = np.where(none, 1, scaled)
    if scale == "clipped to 1":
        scaled = np.clip(scaled, -1, 1)
    sums = over(np.sum, x**2)
    shrink = {
        "sum of squares": lambda: l2 * sums,
        "half the sum of squares": lambda: l2 * sums / 2,
        "mean square": lambda: l2 * sums / x[0].size,
        "norm": lambda: l2 * np.sqrt(sums),
        "direction": lambda: l2 * x / np.sqrt(sums),
        "mean": lambda: l2 * over(np.mean, x),
        "grey": lambda: l2 * (x - 0.5),
        "of the gradient": lambda: l2 * scaled,
        "l2 squared": lambda: l2**2 * x,
        "image alone": lambda: x,
        "step twice": lambda: step_size * l2 * x,
        "by pixels": lambda: l2 * x / x[0].size,
        "only above": lambda: l2 * x * (scaled > 0),
    }.get(penalty, lambda: 0 if penalty.startswith("before the scaling") else l2 * x)()
    direction = scaled - shrink
    if scale == "direction with penalty":
        size = np.sqrt(over(np.mean, direction**2))
        direction = direction / np.where(size > 0, size, 1)
    if way == "first for all":
        direction = np.repeat(direction[:1], len(x), axis=0)
    if way == "direction":
        return direction.astype(np.float32)
    moved = x + direction * {
        "by images": step_size / len(x), "squared step": step_size**2, "step by l2": step_size * l2,
    }.get(way, step_size)  # fmt: skip
    if way == "multiplied":
        moved = x * (1 + step_size * direction)
    if dead == "without penalty in the batch" and none.any():
        moved = x
    clipped = {
        "reflected": lambda: 1 - abs(1 - abs(moved)),
        "sigmoid": lambda: 1 / (1 + np.exp(-moved)),
        "stretched each": lambda: (moved - over(np.min, moved)) / over(np.ptp, moved),
        "by the maximum": lambda: moved / moved.max(),
        "own range": lambda: np.clip(moved, x.min(), x.max()),
        "stays": lambda: np.where((moved < 0) | (moved > 1), x, moved),
        "0.01 to 0.99": lambda: np.clip(moved, 0.01, 0.99),
        "whole": lambda: np.rint(np.clip(moved, 0, 1)),
        "0 and 1": lambda: np.where((moved < 0) | (moved > 1), 0, moved),
    }.get(clip, lambda: np.clip(moved, 0, 1))()
    if dead in ("black", "largest"):
        clipped = np.where(none, 0 if dead == "black" else 1, clipped)
    return (clipped[:1] if way == "first only" else clipped).astype(np.float32)


@family("ascent_step", in_pairs=False, **RARE)
def rare_ascent_step(
    network, images, index, step_size, l2, way="up", target="index", penalty="l2", scale="rms",
    clip="0 to 1", dead="kept",
):  # fmt: skip
    return rare_step(network, images, index, step_size, l2, way, target, penalty, scale, clip, dead)


@family(
    "ascent_step",
    way={
        "down": "This is gradient descent. The score falls. Add the gradient, do not subtract it.",
        "only the step": "This is the step alone: add it to the images.",
        "no step size": "The step size is not used.",
        "exchanged": "`step_size` and `l2` are exchanged.",
        "half": "The step is half as large as it should be.",
        "twice": "The step is taken twice.",
    },
    target=INDICES,
    penalty=PENALTIES
    | {
        "of what was reached": "The images shrink after the step, by `step_size` times `l2` of what was "
        "reached. Subtract `l2` times the images from before the step.",
        "behind the clipping": "The penalty is subtracted after the clipping. Clip last, when gradient "
        "and penalty have both moved the images.",
        "of what was clipped": "The images shrink after the clipping, by `step_size` times `l2` of what "
        "was clipped. Subtract `l2` times the images from before the step, and clip last.",
    },
    scale=SCALES
    | {
        "epsilon 0.01": "0.01 is added to the RMS, which is not small beside it: divide by the RMS "
        "itself.",
        "epsilon 0.001": "0.001 is added to the RMS, which is not small beside it: divide by the RMS "
        "itself.",
        "epsilon in the root": "0.001 is added under the root of the RMS, which is not small beside the "
        "squares: divide by the RMS itself.",
        "mean of images": "The gradient is divided by the number of images, too: the images do not "
        "depend on each other.",
    },
    clip=CLIPS,
    dead={"nan": "Where the gradient is 0 everywhere 0 is divided by 0: leave the image as it is."},
)
def ascent_step(
    network, images, index, step_size, l2, way="up", target="index", penalty="l2", scale="rms",
    clip="0 to 1", dead="kept",
):  # fmt: skip
    return step(network, images, index, step_size, l2, way, target, penalty, scale, clip, dead)


@family(
    "maximise",
    steps_taken={
        "one": "Only one step is taken: `steps` of them are asked for.",
        "one less": "One step too few is taken: `range(1, steps)`, or a count that begins with the "
        "start?",
        "one more": "One step too many is taken.",
        "none": "No step is taken. The start comes back.",
        "from the start": "Each step begins at the start again. Begin where the last one ended.",
    },
    curve={
        "without the last": "The score after the last step is missing. There are steps + 1 scores.",
        "without the first": "The score before the first step is missing. There are steps + 1 "
        "scores.",
        "without the last, twice the first": "Each score is that before its step, and the first "
        "comes twice. The score after the last step is missing.",
        "last twice": "The last score comes twice, and that before the first step is missing.",
        "last before twice": "The score before the last step comes twice, and that after it is "
        "missing.",
        "start": "Each score is that of the start. Take the score of the images of that step.",
        "first 0": "The first score stays 0, but it should be that of the start, before the first "
        "step.",
        "last 0": "The last score stays 0, but it should be that of the final images.",
        "steps first": "The steps are axis 0 of the curve. An image has a row, (N, steps + 1).",
        "mean": "The curve is the mean over the images: each image has its own.",
        "mean for each": "Each image gets the mean curve over the images: each has its own.",
        "first image": "The curve is that of the first image: each image has its own.",
        "sum": "The curve is the sum over the images: each image has its own.",
        "probability": "The curve shows the probability, after a softmax. The logit is asked for.",
        "top": "The curve shows the largest logit. The one of the class `index` is asked for.",
        "all": "The curve shows the sum of all logits. Choose the one of the class `index`.",
        "+ 1": "The curve shows the class after the one that is climbed.",
        "best": "The curve shows the best score so far. A score may fall.",
        "gain": "The curve shows what was gained since the start: the score itself is asked for.",
        "last only": "Only the last score is returned. Return a score before each step, and one at "
        "the end.",
        "minus": "The curve has the wrong sign: this is a loss, the score times −1.",
    },
    kept={
        "best": "The best images on the way are returned: the last ones are asked for.",
        "first": "The start is returned. The images after the last step are asked for.",
        "before the last": "The images before the last step are returned: those after it are asked "
        "for.",
        "all": "The images of every step are returned: only the last ones are asked for.",
        "first image": "Only the first image is returned.",
        "no batch axis": "The batch axis is gone. Return (N, H, W, C), also for one image.",
    },
    batch={
        "first": "Only the first image climbs: all of `start` have to.",
        "last": "Only the last image climbs: all of `start` have to.",
        "first for all": "Each image gets the climb of the first one.",
    },
    returned={
        "swapped": "The two results stand in the wrong order: first the images, then the curve.",
        "images": "Only the images are returned: the curve belongs to them.",
        "curve": "Only the curve is returned: the images belong to it.",
    },
    target=INDICES,
    penalty={k: PENALTIES[k] for k in ("left out", "plus", "before the scaling", "times 2")},
    way={
        "down": "This is gradient descent. The score falls. Add the gradient, do not subtract it.",
        "exchanged": "`step_size` and `l2` are exchanged where the step is taken: the order of the "
        "arguments?",
        "step / steps": "The step size is divided by the number of steps, but it should be the "
        "same for all.",
        "step shrinks": "The step size becomes smaller from step to step, but it should stay the "
        "same.",
    },
)
def maximise(
    network, start, index, steps, step_size, l2, steps_taken="all", curve="every score", kept="last",
    batch="all", returned="both", target="index", penalty="l2", way="up",
):  # fmt: skip
    start = {"first": start[:1], "last": start[-1:]}.get(batch, start)
    if batch == "first for all":
        start = np.broadcast_to(start[:1], start.shape)
    count = {"one": 1, "one less": steps - 1, "one more": steps + 1, "none": 0}
    images, seen = start, [start]
    for number in range(count.get(steps_taken, steps)):
        size = {"step / steps": step_size / steps, "step shrinks": step_size / (number + 1)}
        images = step(
            network, start if steps_taken == "from the start" else images, index,
            size.get(way, step_size), l2, way, target, penalty, "rms", "0 to 1", "kept",
        )  # fmt: skip
        seen.append(images)
    logits = np.stack([numpy_outputs(network, x)["classes"] for x in seen], axis=1)
    logits = logits.astype(np.float64)
    classes = logits.shape[-1]
    of_class = {"+ 1": (index + 1) % classes, "- 1": index - 1, "first": 0}.get(target, index)
    scores = {
        "all": lambda: logits.sum(axis=-1),
        "top": lambda: logits.max(axis=-1),
        "+ 1": lambda: logits[..., (index + 1) % classes],
        "probability": lambda: (np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))[..., index],
    }.get(curve, lambda: logits[..., of_class])()
    scores = {
        "without the last": lambda: scores[:, :-1],
        "without the first": lambda: scores[:, 1:],
        "without the last, twice the first": lambda: np.hstack([scores[:, :1], scores[:, :-1]]),
        "last twice": lambda: np.hstack([scores[:, 1:], scores[:, -1:]]),
        "last before twice": lambda: np.hstack([scores[:, :-1], scores[:, -2:-1]]),
        "start": lambda: np.repeat(scores[:, :1], scores.shape[1], axis=1),
        "first 0": lambda: np.hstack([0 * scores[:, :1], scores[:, 1:]]),
        "last 0": lambda: np.hstack([scores[:, :-1], 0 * scores[:, :1]]),
        "steps first": lambda: scores.T,
        "mean": lambda: scores.mean(axis=0),
        "mean for each": lambda: np.broadcast_to(scores.mean(axis=0), scores.shape),
        "first image": lambda: scores[0],
        "sum": lambda: scores.sum(axis=0),
        "best": lambda: np.maximum.accumulate(scores, axis=1),
        "gain": lambda: scores - scores[:, :1],
        "last only": lambda: scores[:, -1],
        "minus": lambda: -scores,
    }.get(curve, lambda: scores)().astype(np.float32)
    own = logits[..., index].argmax(axis=1)
    final = {
        "best": lambda: np.stack([seen[at][n] for n, at in enumerate(own)]),
        "first": lambda: start,
        "before the last": lambda: seen[-2],
        "all": lambda: np.stack(seen),
        "first image": lambda: images[:1],
        "no batch axis": lambda: images[0],
    }.get(kept, lambda: images)()
    return {
        "swapped": (scores, final),
        "images": final,
        "curve": scores,
    }.get(returned, (final, scores))


@family(
    "total_variation",
    take={
        "square": "The differences are squared: take their absolute value.",
        "signed": "The differences keep their sign and cancel each other: take their absolute "
        "value.",
        "root": "This is the root of the sum of squares. Add up the absolute differences.",
        "positive": "Only differences upwards count here. A difference downwards counts, too.",
        "gradient": "Down and right are joined by Pythagoras. Add up the absolute differences.",
    },
    pairs={
        "down": "Only neighbours in a column count. Neighbours in a row count, too.",
        "right": "Only neighbours in a row count. Neighbours in a column count, too.",
        "around": "The first and the last pixel count as neighbours. The image does not go round.",
        "diagonal": "Pixels that touch at a corner count as neighbours, too. Compare only pixels "
        "in a row or in a column.",
        "two apart": "Pixels two apart are compared. Neighbours are one apart.",
        "channels too": "Neighbouring channels are compared, too. Compare only pixels in a row or "
        "a column.",
        "images too": "Neighbouring images are compared, too: each image is judged on its own.",
        "columns and channels": "Neighbouring columns, axis 2, and neighbouring channels, axis 3, are "
        "compared. Compare rows and columns, axes 1 and 2.",
        "rows and channels": "Neighbouring rows, axis 1, and neighbouring channels, axis 3, are "
        "compared. Compare rows and columns, axes 1 and 2.",
        "square": "The last row and the last column are left out: `[:-1, :-1]` in both "
        "differences.",
        "twice": "Each pair counts twice, once from each side.",
        "edges 0": "There is a frame of 0 around each image, and its differences count, too.",
        "one diagonal": "Neighbours along a diagonal are compared: compare those in a row and those in a "
        "column.",
        "both diagonals": "Neighbours along the diagonals are compared: compare those in a row and those "
        "in a column.",
        "central": "`np.gradient` takes half the difference of the pixels on both sides. Take the "
        "difference of neighbours.",
    },
    over={
        "mean": "This is the mean over the pairs. Take the sum.",
        "sum of means": "The means over the two directions are added. Add up all differences.",
        "per pixel": "The sum is divided by the number of pixels. Do not divide.",
        "max": "This is the largest difference. Take the sum.",
        "batch": "One number for all images is returned: each image has its own.",
        "mean of channels": "The channels are averaged: add up their differences.",
        "grey": "The channels are averaged before the differences are taken: each channel counts.",
        "first channel": "Only the first channel is looked at.",
        "channels": "There is a number for each channel: each image has one.",
        "kept": "Axes of length 1 are left. The result should be (N,).",
        "rows": "There is a number for each row or column: each image has one.",
        "half": "The sum is halved.",
        "sums first": "The differences are added up before the absolute value is taken: take it of each "
        "difference.",
        "sums of channels": "The channels are added up before the absolute value is taken: take it of "
        "each difference.",
    },
)
def total_variation(images, take="absolute", pairs="neighbours", over="sum"):
    x = images.astype(np.float64)
    if over == "grey":
        x = x.mean(axis=-1, keepdims=True)
    elif over == "first channel":
        x = x[..., :1]
    if pairs == "edges 0":
        x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    apart = 2 if pairs == "two apart" else 1
    if pairs == "around":
        down, right = np.roll(x, -1, 1) - x, np.roll(x, -1, 2) - x
    else:
        down = x[:, apart:] - x[:, :-apart]
        right = x[:, :, apart:] - x[:, :, :-apart]
    if pairs == "square" or take == "gradient":
        down, right = down[:, :, :-1], right[:, :-1]
    parts = {
        "down": [down],
        "right": [right],
        "diagonal": [down, right, x[:, 1:, 1:] - x[:, :-1, :-1], x[:, 1:, :-1] - x[:, :-1, 1:]],
        "channels too": [down, right, np.diff(x, axis=3)],
        "columns and channels": [right, np.diff(x, axis=3)],
        "rows and channels": [down, np.diff(x, axis=3)],
        "twice": [down, right, down, right],
        "one diagonal": [x[:, 1:, 1:] - x[:, :-1, :-1]],
        "both diagonals": [x[:, 1:, 1:] - x[:, :-1, :-1], x[:, 1:, :-1] - x[:, :-1, 1:]],
        "central": [*np.gradient(x, axis=(1, 2))] if min(x.shape[1:3]) > 1 else [down, right],
    }.get(pairs, [down, right])
    extra = abs(np.diff(x, axis=0)).sum() if pairs == "images too" else 0
    if take == "gradient":
        parts = [np.sqrt(down**2 + right**2)]
    size = {"square": np.square, "root": np.square, "signed": lambda d: d}.get(take, abs)
    parts = [np.maximum(d, 0) if take == "positive" else size(d) for d in parts]
    total = sum(d.sum(axis=PIXELS) for d in parts) + extra
    if take == "root":
        total = np.sqrt(total)
    return {
        "sum": lambda: total,
        "grey": lambda: total,
        "first channel": lambda: total,
        "mean": lambda: total / sum(d[0].size for d in parts),
        "sum of means": lambda: sum(d.mean(axis=PIXELS) for d in parts),
        "per pixel": lambda: total / x[0].size,
        "max": lambda: np.max([d.max(axis=PIXELS) for d in parts], axis=0),
        "batch": lambda: total.sum(),
        "mean of channels": lambda: total / x.shape[-1],
        "channels": lambda: sum(d.sum(axis=(1, 2)) for d in parts),
        "kept": lambda: total[:, None, None, None],
        "rows": lambda: sum(d.sum(axis=(1, 3)) for d in parts[:1]),
        "half": lambda: total / 2,
        "sums first": lambda: sum(abs(d.sum(axis=PIXELS)) for d in (down, right)),
        "sums of channels": lambda: sum(abs(d.sum(axis=3)).sum(axis=(1, 2)) for d in (down, right)),
    }[over]()


@often_and_alone(
    "deprocess",
    often={
        "over": ("batch", "channels", "pixels", "first"),
        "centre": ("not", "median", "minimum", "middle"),
        "spread": ("not", "variance", "range", "maximum"),
        "width": (0.1, 0.25, 1),
        "middle": (0,),
        "clip": ("not", "stretched", "to 255", "below", "above"),
        "bytes_of": ("not", "256", "float", "int", "early"),
        "constant": ("black", "as it was", "as it was, clipped"),
        "axes": ("first", "transposed"),
    },
    over={
        "batch": "Mean and standard deviation are those of the whole batch: each image has its own.",
        "channels": "Each channel gets a mean and a standard deviation of its own: each image has "
        "one of both.",
        "pixels": "Mean and standard deviation are taken over the batch for each pixel: each image "
        "has one of both.",
        "first": "Mean and standard deviation are those of the first image: each image has its own.",
        "last": "Mean and standard deviation are those of the last image: each image has its own.",
        "rows": "Mean and standard deviation are taken over axis 1 alone: each image has one of both, over "
        "axes 1, 2 and 3.",
        "columns": "Mean and standard deviation are taken over axis 2 alone: each image has one of both, "
        "over axes 1, 2 and 3.",
        "each pixel": "Mean and standard deviation are taken over the channels of each pixel, axis 3: each "
        "image has one of both, over axes 1, 2 and 3.",
        "channels of the batch": "Mean and standard deviation are those of each channel over all images: "
        "each image has one of both.",
        "first channel": "Mean and standard deviation are those of the first channel: take them over the "
        "whole image.",
    },
    centre={
        "not": "The mean is not subtracted.",
        "median": "The median is subtracted. Subtract the mean.",
        "minimum": "The minimum is subtracted. Subtract the mean.",
        "of the batch": "The mean of the whole batch is subtracted: each image has its own.",
        "after": "The mean is subtracted after the scaling.",
        "added": "The mean is added: subtract it.",
        "middle": "The middle between minimum and maximum is subtracted. Subtract the mean.",
        "0.5": "0.5 is subtracted, whatever the image's mean is. Subtract the mean.",
        "of each channel": "The mean of each channel is subtracted: each image has one mean.",
        "maximum": "The maximum is subtracted. Subtract the mean.",
        "whole first": "The images are cut or rounded to whole numbers before anything else. Convert to "
        "bytes last.",
        "rounded first": "The images are cut or rounded to whole numbers before anything else. Convert to "
        "bytes last.",
        "bytes first": "The images become bytes before anything else, so that what is negative or above "
        "255 comes back at the other end. Convert to bytes last.",
        "clipped images": "The images are clipped to 0..1 before anything else. First bring mean and "
        "spread to 0.5 and 0.15, then clip.",
        "absolute": "The absolute value of the images is taken: values may be negative, and keep their "
        "sign.",
        "absolute difference": "The absolute difference from the mean is taken: values below the mean "
        "become darker than 0.5.",
    },
    spread={
        "not": "The images are not divided by their standard deviation.",
        "variance": "The images are divided by their variance. The root is missing.",
        "range": "The images are divided by the distance from minimum to maximum. Divide by the "
        "standard deviation.",
        "maximum": "The images are divided by their largest absolute value. Divide by the standard "
        "deviation.",
        "norm": "The images are divided by their length (L2 norm). Divide by the standard "
        "deviation.",
        "of the batch": "The standard deviation of the whole batch is used: each image has its own.",
        "plus 0.1": "0.1 is added to the standard deviation, which is not small beside it: divide by the "
        "standard deviation itself.",
        "plus 0.01": "0.01 is added to the standard deviation, which is not small beside it: divide by "
        "the standard deviation itself.",
        "plus 0.15": "0.15 is added to the standard deviation, which is not small beside it: divide by the "
        "standard deviation itself.",
        "plus 1": "1 is added to the standard deviation, which is not small beside it: divide by the "
        "standard deviation itself.",
        "at least 1": "A standard deviation below 1 is taken for 1: only one of 0 has to be replaced.",
        "at least 0.15": "The images are only divided where their standard deviation is above 0.15: bring "
        "it to 0.15 everywhere.",
        "mean difference": "The images are divided by their mean absolute difference from the mean. "
        "Divide by the standard deviation.",
        "root mean square": "The images are divided by their root mean square. Divide by the standard "
        "deviation, which is taken about the mean.",
        "largest": "The images are divided by their largest value. Divide by the standard deviation.",
        "root": "The images are divided by the root of their standard deviation: divide by the standard "
        "deviation itself.",
        "times": "The images are multiplied by their standard deviation: divide by it.",
        "of each channel": "The standard deviation is that of each channel: each image has one.",
        "twice": "The images are divided by twice their standard deviation: divide by it once.",
        "mean": "The images are divided by their mean. Divide by the standard deviation.",
        "after clipping": "The images are divided by the standard deviation of the images cut off at 0 "
        "and 1: take that of the images as they are.",
    },
    width={
        0.1: "The standard deviation becomes 0.1: 0.15 is asked for.",
        0.2: "The standard deviation becomes 0.2: 0.15 is asked for.",
        0.25: "The standard deviation becomes 0.25, or 64 grey levels: 0.15 is asked for.",
        0.5: "The standard deviation becomes 0.5: 0.15 is asked for.",
        1: "The standard deviation becomes 1: 0.15 is asked for.",
        -0.15: "Black and white are swapped.",
        0.05: "The standard deviation becomes 0.05: 0.15 is asked for.",
        0.3: "The standard deviation becomes 0.3: 0.15 is asked for.",
        0.075: "The standard deviation becomes 0.075, half of 0.15. Multiply by 0.15.",
        1.5: "The standard deviation becomes 1.5: 0.15 is asked for.",
        1 / 0.15: "The values are divided by 0.15: multiply by it.",
        0.15
        ** 2: "The values are multiplied by 0.15 twice. The standard deviation should become 0.15.",
        0.15
        ** 0.5: "The values are multiplied by the root of 0.15. The standard deviation should become "
        "0.15, not the variance.",
    },
    middle={
        0: "The mean becomes 0: 0.5 is asked for.",
        0.4: "The mean becomes 0.4: 0.5 is asked for.",
        1: "The mean becomes 1: 0.5 is asked for.",
        "before": "0.5 is added before the values are scaled. Multiply by 0.15 first, then add "
        "0.5.",
        "before dividing": "0.5 is added before the values are divided by their standard deviation. Add "
        "0.5 last, when the spread is 0.15.",
        "swapped": "0.15 is taken for the mean and 0.5 for the spread. The mean should become 0.5, and the "
        "standard deviation 0.15.",
        -0.5: "0.5 is subtracted: add it, so that the mean becomes 0.5.",
        0.15: "The mean becomes 0.15: 0.5 is asked for.",
        "own": "The mean of the image is added again. The mean should become 0.5.",
        "in bytes": "0.5 is added when the values are bytes already, so that the mean stays black. Add 0.5 "
        "before the multiplication by 255.",
    },
    clip={
        "not": "Nothing is clipped: what leaves 0 to 255 comes back at the other end of a byte.",
        "stretched": "The images are stretched to 0 … 1: clip them.",
        "before 0.5": "The values are clipped before 0.5 is added, so that all that is below the "
        "mean becomes 0.5: first add 0.5, then clip.",
        "below": "Only what is below 0 is clipped: what is above 255 comes back at 0.",
        "before 0.15": "The values are clipped to 0..1 before they are scaled to 0.15 and moved to 0.5, so "
        "that all that is below the mean becomes 0.5. Clip last.",
        "to -1": "The values are clipped to −1..1, so that what is below 0 comes back at 255. Clip to "
        "0..1.",
        "reflected": "What leaves 0..1 is turned back by an absolute value: clip it.",
        "wrapped": "What leaves 0..1 comes back at its other end: clip it.",
        "stretched each": "Each image is stretched to 0..1 at the end: clip it.",
        "divided": "The values are divided by the largest one: clip them.",
        "sigmoid": "A sigmoid brings the values into 0..1: clip them.",
        "to grey": "What leaves 0..1 becomes mid-grey: clip it to 0 and 1.",
        "to black": "What leaves 0..1 becomes black, also above 1: clip it to 0 and 1.",
        "to 128": "The values are clipped at half of the range: clip to 0..1.",
        "to 255": "The values are clipped to 0..255 while they are fractions, so that what is above 1 comes "
        "back at 0. Clip to 0..1.",
        "above": "Only what is above 1 is clipped: what is below 0 comes back at 255.",
        **{
            f"{many} deviations": f"The values are cut off at {many} standard deviations from the mean. "
            "Clip only to 0..1."
            for many in (1, 2, 3)
        },
        "from 0 to 1": "Each image is stretched from its minimum to its maximum: give it mean 0.5 and "
        "standard deviation 0.15.",
        "from the largest": "Each image is stretched so that what is farthest from the mean becomes 0 or "
        "1: give it standard deviation 0.15.",
    },
    bytes_of={
        "not": "The values are not multiplied by 255.",
        "256": "The values are multiplied by 256. The largest byte is 255.",
        "float": "The values are no bytes: uint8 is asked for.",
        "int": "The values are whole numbers, but no bytes: uint8 is asked for.",
        "early": "The values become bytes before they are multiplied by 255.",
        "128": "The values are multiplied by 128 or 127. The largest byte is 255.",
        "100": "The values are multiplied by 100. The largest byte is 255.",
        "unit float": "The values are fractions from 0 to 1: bytes, uint8, from 0 to 255 are asked for.",
        "rounded early": "The values are rounded to 0 or 1 before they are multiplied by 255. Multiply "
        "first.",
        "twice": "The values are multiplied by 255 twice.",
    },
    constant={
        "black": "A constant image becomes black, but it should be mid-grey.",
        "white": "A constant image becomes white, but it should be mid-grey.",
        "as it was": "A constant image stays as it was, but it should become mid-grey.",
        "as it was, clipped": "A constant image stays as it was, cut off at 0 and 1, but it should become "
        "mid-grey.",
        "as it was, in bytes": "A constant image keeps its own values as bytes, but it should become "
        "mid-grey.",
        "dark": "A constant image becomes nearly black, 0.5 of 255, but it should be mid-grey, half of "
        "255.",
        "others, too": "One constant image makes all images mid-grey: look at each image on its own.",
        "left out": "Constant images are left out of the result, but they should become mid-grey.",
    },
    axes={
        "transposed": "Rows and columns are swapped.",
        "first": "Only the first image is returned.",
        "grey": "The channels are averaged: keep them.",
        "last": "Only the last image is returned.",
        "without the axis": "Only the first image is returned, without the axis of the images.",
        "first for all": "All images get the first image's result: each has its own.",
        "mean": "The images are averaged: return one for each.",
        "backwards": "The images come in the opposite order.",
        "upside down": "The rows come in the opposite order.",
        "channels first": "The channels are axis 1 of the result. They should stay the last axis.",
        "channels backwards": "The channels come in the opposite order.",
        "first channel": "Only the first channel is returned: keep all of them.",
        "flat": "The images are flat. The result should have shape (N, H, W, C).",
    },
)
def deprocess(
    images, over="image", centre="mean", spread="deviation", width=0.15, middle=0.5, clip="0 to 1",
    bytes_of="255", constant="grey", axes="all",
):  # fmt: skip
    x = images.astype(np.float64)
    if centre == "clipped images":
        x = np.clip(x, 0, 1)
    elif centre == "absolute":
        x = abs(x)
    elif centre in ("whole first", "rounded first"):
        x = np.trunc(x) if centre == "whole first" else np.rint(x)
    elif centre == "bytes first":
        x = x.astype(np.int64).astype(np.uint8).astype(np.float64)
    some = {
        "batch": (0, 1, 2, 3), "channels": (1, 2), "pixels": (0,), "rows": 1, "columns": 2,
        "each pixel": 3, "channels of the batch": (0, 1, 2),
    }.get(over, PIXELS)  # fmt: skip
    of = {"first": x[:1], "last": x[-1:], "first channel": x[..., :1]}.get(over, x)
    mean, deviation = (f(of, axis=some, keepdims=True) for f in (np.mean, np.std))
    subtract = {
        "not": lambda: 0,
        "after": lambda: 0,
        "median": lambda: np.median(of, axis=some, keepdims=True),
        "minimum": lambda: of.min(axis=some, keepdims=True),
        "of the batch": lambda: x.mean(),
        "added": lambda: -mean,
        "middle": lambda: (of.min(axis=some, keepdims=True) + of.max(axis=some, keepdims=True)) / 2,
        "0.5": lambda: 0.5,
        "of each channel": lambda: x.mean(axis=(1, 2), keepdims=True),
        "maximum": lambda: of.max(axis=some, keepdims=True),
    }.get(centre, lambda: mean)()
    divide = {
        "not": lambda: np.ones_like(deviation),
        "variance": lambda: deviation**2,
        "range": lambda: np.ptp(of, axis=some, keepdims=True),
        "maximum": lambda: abs(of - subtract).max(axis=some, keepdims=True),
        "norm": lambda: np.sqrt((of**2).sum(axis=some, keepdims=True)),
        "plus 0.1": lambda: deviation + 0.1,
        "plus 0.01": lambda: deviation + 0.01,
        "of the batch": lambda: np.broadcast_to(x.std(), deviation.shape),
        "plus 0.15": lambda: deviation + 0.15,
        "plus 1": lambda: deviation + 1,
        "at least 1": lambda: np.maximum(deviation, 1),
        "at least 0.15": lambda: np.where(deviation > 0.15, deviation, 0.15),
        "mean difference": lambda: abs(of - mean).mean(axis=some, keepdims=True),
        "root mean square": lambda: np.sqrt((of**2).mean(axis=some, keepdims=True)),
        "largest": lambda: of.max(axis=some, keepdims=True),
        "root": lambda: np.sqrt(deviation),
        "times": lambda: 1 / np.where(deviation > 0, deviation, 1),
        "of each channel": lambda: x.std(axis=(1, 2), keepdims=True),
        "twice": lambda: 2 * deviation,
        "mean": lambda: mean,
        "after clipping": lambda: np.clip(of, 0, 1).std(axis=some, keepdims=True),
    }.get(spread, lambda: deviation)()
    unit = (x - subtract) / np.where(divide != 0, divide, 1)
    if centre == "after":
        unit = unit - mean
    elif centre == "absolute difference":
        unit = abs(unit)
    if middle == "swapped":
        middle, width = 0.15, 0.5
    elif middle == "before dividing":
        unit, middle = (x - subtract + 0.5) / np.where(divide != 0, divide, 1), 0
    elif middle == "own":
        middle = mean
    elif middle == "in bytes":
        unit = np.clip(width * unit, 0, 1)
        return (255 * unit + 0.5).astype(np.int64).astype(np.uint8)
    if clip == "before 0.15":
        unit = np.clip(unit, 0, 1)
    if clip == "before 0.5":
        unit = middle + np.clip(width * unit, 0, 1)
    else:
        unit = (unit + 0.5) * width if middle == "before" else middle + width * unit
    if clip.endswith("deviations"):
        many = float(clip.split()[0])
        away = (x - subtract) / np.where(divide > 0, divide, 1)
        unit = middle + width * np.clip(away, -many, many)
    unit = {
        "not": lambda: unit,
        "stretched": lambda: (unit - unit.min()) / np.ptp(unit),
        "below": lambda: np.maximum(unit, 0),
        "above": lambda: np.minimum(unit, 1),
        "to -1": lambda: np.clip(unit, -1, 1),
        "to 128": lambda: np.clip(unit, 0, 0.5),
        "to 255": lambda: np.clip(unit, 0, 255),
        "reflected": lambda: np.minimum(abs(unit), 1),
        "wrapped": lambda: unit % 1,
        "stretched each": lambda: (
            (unit - unit.min(axis=PIXELS, keepdims=True))
            / np.where((wide := np.ptp(unit, axis=PIXELS, keepdims=True)) > 0, wide, 1)
        ),
        "divided": lambda: np.clip(unit / unit.max(), 0, 1),
        "sigmoid": lambda: 1 / (1 + np.exp(-unit)),
        "to grey": lambda: np.where((unit < 0) | (unit > 1), 0.5, unit),
        "to black": lambda: np.where((unit < 0) | (unit > 1), 0, unit),
    }.get(clip, lambda: np.clip(unit, 0, 1))()
    if clip in ("from 0 to 1", "from the largest"):
        low, high = (f(x, axis=PIXELS, keepdims=True) for f in (np.min, np.max))
        if clip == "from the largest":
            high = mean + abs(x - mean).max(axis=PIXELS, keepdims=True)
            low = 2 * mean - high
        unit = np.where(high > low, (x - low) / np.where(high > low, high - low, 1), 0.5)
    flat = np.broadcast_to(x.std(axis=PIXELS, keepdims=True) == 0, x.shape)
    other = {
        "black": 0, "white": 1, "as it was": x, "as it was, clipped": np.clip(x, 0, 1),
        "as it was, in bytes": np.trunc(x) / 255, "dark": 0.5 / 255,
    }  # fmt: skip
    if constant == "others, too" and flat.any():
        unit = np.full(x.shape, 0.5)
    elif constant == "left out":
        unit = unit[~flat.all(axis=PIXELS)]
    unit = np.where(flat, other[constant], unit) if constant in other else unit
    if axes == "transposed":
        unit = np.swapaxes(unit, 1, 2)
    elif axes == "first":
        unit = unit[:1]
    elif axes == "grey":
        unit = unit.mean(axis=-1, keepdims=True)
    unit = {
        "last": lambda: unit[-1:],
        "without the axis": lambda: unit[0],
        "first for all": lambda: np.repeat(unit[:1], len(unit), axis=0),
        "mean": lambda: unit.mean(axis=0, keepdims=True),
        "backwards": lambda: unit[::-1],
        "upside down": lambda: unit[:, ::-1],
        "channels first": lambda: np.moveaxis(unit, -1, 1),
        "channels backwards": lambda: unit[..., ::-1],
        "first channel": lambda: unit[..., :1],
        "flat": lambda: unit.reshape(len(unit), -1),
    }.get(axes, lambda: unit)()
    if bytes_of == "unit float":
        return unit.astype(np.float32)
    if bytes_of == "rounded early":
        unit = np.rint(unit)
    factor = {"not": 1, "256": 256, "128": 127.5, "100": 100, "twice": 255**2}.get(bytes_of, 255)
    if bytes_of == "early":
        return (255 * np.trunc(unit).astype(np.int64)).astype(np.uint8)
    # Students round or cut off: this is the same as either for most values, and one away for few.
    values = np.floor(factor * unit + 0.25)
    if bytes_of == "float":
        return values.astype(np.float32)
    return (
        values.astype(np.int64) if bytes_of == "int" else values.astype(np.int64).astype(np.uint8)
    )


@family(
    "vertical_selectivity",
    contrast={
        "swapped": "The sign is turned round. It should be vertical minus horizontal.",
        "difference": "The difference is not divided by the sum, so that a filter with large "
        "outputs counts more.",
        "ratio": "This is the ratio of the two answers: their contrast is asked for.",
        "share": "This is vertical's share of the sum, from 0 to 1. The contrast runs from −1 to 1.",
        "absolute": "The absolute value is taken: the sign tells vertical from horizontal.",
        "by the maximum": "The difference is divided by the larger of the two: divide by their sum.",
        "by vertical": "The difference is divided by the answer to vertical bars. Divide by the "
        "sum.",
        "by horizontal": "The difference is divided by the answer to horizontal bars. Divide by the "
        "sum.",
        "by the mean": "The difference is divided by the mean of the two: divide by their sum.",
        "by the root": "The difference is divided by the root of the sum of squares. Divide by the "
        "sum.",
        "by the largest": "The difference is divided by its largest value. Divide by the sum.",
        "h by the sum": "Only h is divided by the sum, since a division comes before a subtraction. "
        "Put the difference in parentheses.",
        "v by the sum": "Only v is divided by the sum, since a division comes before a subtraction. "
        "Put the difference in parentheses.",
        "by v alone": "The difference is divided by v alone, and h is added. Put the sum in "
        "parentheses.",
        "without brackets": "Brackets are missing. V − h / v + h is not (v − h) / (v + h).",
        "sum": "This is the sum of the two: their difference belongs above the line.",
        "squared": "The answers are squared first.",
        "logarithm": "The logarithm of the ratio v / h is taken. Divide v − h by v + h.",
    },
    mean={
        "max": "The largest answer is taken. Take the mean over images and pixels.",
        "median": "The median answer is taken. Take the mean.",
        "max of pixels": "The largest answer of each image is averaged. Take the mean over pixels, "
        "too.",
        "pixel by pixel": "The contrast is taken pixel by pixel and then averaged. Take the means "
        "first, then their contrast.",
        "image by image": "The contrast is taken image by image and then averaged. Take the means "
        "first, then their contrast.",
        "first image": "Only the first image is looked at.",
        "images": "The mean is taken over the images alone. Take the mean over the pixels, too.",
        "pixels": "The mean is taken over the pixels alone. Take the mean over the images, too.",
        "columns": "The columns, axis 2, stay apart: take the mean over them, too.",
        "rows": "The rows, axis 1, stay apart: take the mean over them, too.",
        "only rows": "The mean is taken over the rows alone, axis 1. Take the mean over images and "
        "columns, too.",
        "only columns": "The mean is taken over the columns alone, axis 2. Take the mean over "
        "images and rows, too.",
        "all": "The mean is taken over the filters, too: each filter has its own contrast.",
        "kept": "Axes of length 1 are left. The result should be (filters,).",
        "positive": "The mean is taken over the positive answers alone. A 0 counts, too.",
    },
    silent={
        "nan": "A silent filter is NaN, 0 divided by 0, but it should be 0.",
        "one": "A silent filter is 1, but it should be 0.",
        "minus one": "A silent filter is −1, but it should be 0.",
        "left out": "Silent filters are left out: they are 0.",
        "epsilon 1": "1 is added to the sum below the line.",
        "epsilon 0.1": "0.1 is added to the sum below the line.",
        "epsilon 0.01": "0.01 is added to the sum below the line.",
        "either": "A filter that is silent for one of the two counts as silent here, but it is "
        "silent only where both are 0.",
    },
)
def vertical_selectivity(vertical, horizontal, contrast="v − h over v + h", mean="mean", silent="zero"):  # fmt: skip
    a, b = vertical.astype(np.float64), horizontal.astype(np.float64)
    summary = {
        "max": lambda x: x.max(axis=(0, 1, 2)),
        "median": lambda x: np.median(x, axis=(0, 1, 2)),
        "max of pixels": lambda x: x.max(axis=(1, 2)).mean(axis=0),
        "pixel by pixel": lambda x: x,
        "image by image": lambda x: x.mean(axis=(1, 2)),
        "first image": lambda x: x[0].mean(axis=(0, 1)),
        "images": lambda x: x.mean(axis=0),
        "pixels": lambda x: x.mean(axis=(1, 2)),
        "columns": lambda x: x.mean(axis=(0, 1)),
        "rows": lambda x: x.mean(axis=(0, 2)),
        "only rows": lambda x: x.mean(axis=1),
        "only columns": lambda x: x.mean(axis=2),
        "kept": lambda x: x.mean(axis=(0, 1, 2), keepdims=True),
        "all": lambda x: x.mean(),
        "positive": lambda x: x.sum(axis=(0, 1, 2)) / np.maximum((x > 0).sum(axis=(0, 1, 2)), 1),
    }.get(mean, lambda x: x.mean(axis=(0, 1, 2)))
    v, h = summary(a), summary(b)
    if contrast == "squared":
        v, h = v**2, h**2
    below = v + h + {"epsilon 1": 1, "epsilon 0.1": 0.1, "epsilon 0.01": 0.01}.get(silent, 0)
    with np.errstate(all="ignore"):
        found = {
            "swapped": lambda: (h - v) / below,
            "difference": lambda: v - h,
            "ratio": lambda: v / h,
            "share": lambda: v / below,
            "absolute": lambda: abs(v - h) / below,
            "by the maximum": lambda: (v - h) / np.maximum(v, h),
            "logarithm": lambda: np.log((v + 1e-8) / (h + 1e-8)),
            "by vertical": lambda: (v - h) / v,
            "by horizontal": lambda: (v - h) / h,
            "by the mean": lambda: 2 * (v - h) / below,
            "by the root": lambda: (v - h) / np.sqrt(v**2 + h**2),
            "by the largest": lambda: (v - h) / abs(v - h).max(),
            "h by the sum": lambda: v - h / below,
            "v by the sum": lambda: v / below - h,
            "by v alone": lambda: (v - h) / v + h,
            "without brackets": lambda: v - h / v + h,
            "sum": lambda: v + h,
        }.get(contrast, lambda: (v - h) / below)()
    none = (v == 0) & (h == 0)
    if silent == "either":
        none = (v == 0) | (h == 0)
    found = np.where(none, {"nan": np.nan, "one": 1, "minus one": -1}.get(silent, 0), found)
    if silent == "left out":
        return found[~none]
    if mean == "pixel by pixel":
        return found.mean(axis=(0, 1, 2))
    return found.mean(axis=0) if mean == "image by image" else found


@kept
def logits_of_a_climb(network, images, index, step_size, target):
    """The logits of an image before each of 60 steps, and after the last."""
    logits, curve = before_the_softmax(network), []
    for _ in range(61):
        curve.append(numpy_outputs(logits, images)["l5"][0])
        gradient = numpy_gradient(logits, images, "", index, target)
        size = np.sqrt((gradient**2).mean()) or 1
        images = np.clip(images + step_size * gradient / size, 0, 1)
    return np.array(curve)


@family(
    "steps_to_fool",
    climbed={
        "probability": "This climb follows the probability. Climb the logit: give your functions "
        "`own_network`, which ends before the softmax.",
        "second": "This climb starts from another image, the one with the number 1. Take the first "
        "image, `own.images[:1]`.",
        "large": "These steps have a size of 0.01. The task asks for 0.005.",
    },
    counted={
        "one fewer": "The last step is not counted. Without it the network still gives another "
        "answer.",
        "one more": "One step too many is counted. The image before any step is the image after 0 "
        "steps.",
        "label lost": "This is the first step after which the network no longer answers the "
        "label. The task asks for the step after which it answers the digit after the label.",
        "sure": "This is the first step after which the digit has a probability of 90 %. It is the "
        "answer of the network as soon as it is the most probable digit.",
        "way": "This is the whole change of the image, steps times step size. The task asks for "
        "the number of steps.",
    },
    logit={
        "start": "The last number is the logit before the climb. The task asks for the logit after "
        "60 steps.",
        "gain": "The last number is how much the logit has grown. The task asks for the logit "
        "after 60 steps.",
        "when fooled": "The last number is the logit at the step where the answer changes. The "
        "task asks for the logit after 60 steps.",
        "label": "The last number is the logit of the label. The task asks for the logit of the "
        "digit after it.",
        "probability": "The last number is a probability. The task asks for a logit: ask "
        "`own_network`, which ends before the softmax.",
        "mean": "The last number is the mean of the curve. The task asks for its last value, the "
        "logit after 60 steps.",
    },
    written={"logit first": "The two numbers are swapped. The number of steps comes first."},
)
def steps_to_fool(number, climbed="logit", counted="usual", logit="end", written="usual"):
    own, plain = findings.images(number), findings.plain_network(number)
    at = 1 if climbed == "second" else 0
    label = int(own.labels[at])
    index = (label + 1) % 10
    step_size = 0.01 if climbed == "large" else 0.005
    target = "probability" if climbed == "probability" else "logit"
    curve = logits_of_a_climb(plain, own.images[at : at + 1], index, step_size, target)
    answers, mine = curve.argmax(axis=1), curve[:, index]
    shares = np.exp(curve - curve.max(axis=1, keepdims=True))
    shares = shares[:, index] / shares.sum(axis=1)
    hits = {"label lost": answers != label, "sure": shares >= 0.9}.get(counted, answers == index)
    steps = int(np.flatnonzero(hits)[0])  # an IndexError where it never happens
    said = {
        "start": mine[0],
        "gain": mine[-1] - mine[0],
        "when fooled": mine[steps],
        "label": curve[-1, label],
        "probability": shares[-1],
        "mean": mine.mean(),
    }.get(logit, mine[-1])
    count = {"one fewer": steps - 1, "one more": steps + 1, "way": steps * step_size}
    found = count.get(counted, steps), float(said)
    return found[::-1] if written == "logit first" else found
