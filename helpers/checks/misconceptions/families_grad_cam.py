"""Families of wrong answers to the exercises of notebook 05."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import numpy_gradient
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs


def least(values: np.ndarray) -> np.ndarray:
    return values.min(axis=(1, 2), keepdims=True)


def most(values: np.ndarray) -> np.ndarray:
    return values.max(axis=(1, 2), keepdims=True)


# channel_weights

IMAGES = {
    "first only": "Only the first image is looked at: return one row for each image.",
    "last only": "Only the last image is looked at: return one row for each image.",
    "first for all": "All images get the result of the first one: each has its own.",
    "last for all": "All images get the result of the last one: each has its own.",
    "backwards": "The images come out in the opposite order.",
    "added up": "The results are added up from image to image: start anew for each image.",
    "all but the last": "The last image is left out.",
    "all but the first": "The first image is left out.",
}


def of_images(values: np.ndarray, images: str) -> np.ndarray:
    return {
        "all": lambda: values,
        "first only": lambda: values[:1],
        "last only": lambda: values[-1:],
        "first for all": lambda: np.repeat(values[:1], len(values), axis=0),
        "last for all": lambda: np.repeat(values[-1:], len(values), axis=0),
        "backwards": lambda: values[::-1],
        "added up": lambda: values.cumsum(axis=0),
        "all but the last": lambda: values[:-1],
        "all but the first": lambda: values[1:],
    }[images]()


OVER = {
    "rows": "The gradients are pooled over the rows, axis 1, alone: pool over height and width, axes "
    "1 and 2.",
    "columns": "The gradients are pooled over the columns, axis 2, alone: pool over height and "
    "width, axes 1 and 2.",
    "channels": "The gradients are pooled over the channels, axis 3. Pool over height and width, "
    "axes 1 and 2, so that each channel keeps a weight.",
    "images": "The gradients are pooled over the images, axis 0: pool over height and width, axes 1 "
    "and 2.",
    "images and rows": "The gradients are pooled over the images and the rows, axes 0 and 1: pool "
    "over height and width, axes 1 and 2.",
    "images and columns": "The gradients are pooled over the images and the columns, axes 0 and 2: "
    "pool over height and width, axes 1 and 2.",
    "columns and channels": "The gradients are pooled over the columns and the channels, axes 2 and "
    "3. Height and width are axes 1 and 2.",
    "rows and channels": "The gradients are pooled over the rows and the channels, axes 1 and 3. "
    "Height and width are axes 1 and 2.",
    "all but the channels": "The gradients are pooled over the images, too, axis 0: each image has "
    "weights of its own.",
    "all but the images": "The gradients are pooled over the channels, too, axis 3: each channel has "
    "a weight of its own.",
    "everything": "The gradients are pooled over all axes to one number: each image has a weight for "
    "each channel.",
    "nothing": "The gradients are not pooled. Take the mean over height and width, axes 1 and 2.",
}
AXES = {
    "positions": (1, 2),
    "rows": 1,
    "columns": 2,
    "channels": 3,
    "images": 0,
    "images and rows": (0, 1),
    "images and columns": (0, 2),
    "columns and channels": (2, 3),
    "rows and channels": (1, 3),
    "all but the channels": (0, 1, 2),
    "all but the images": (1, 2, 3),
    "everything": (0, 1, 2, 3),
    "nothing": (),
}
BY = {
    "maximum": "The gradients are pooled with the maximum: take their mean.",
    "minimum": "The gradients are pooled with the minimum: take their mean.",
    "median": "The gradients are pooled with the median: take their mean.",
    "deviation": "The gradients are pooled with the standard deviation: take their mean.",
    "length": "The gradients are pooled with the L2 norm, the root of the sum of squares, which has "
    "no sign: take their mean.",
    "first": "Only the gradient at the first position is taken. Take the mean over all positions.",
    "centre": "Only the gradient in the middle is taken. Take the mean over all positions.",
    "last": "Only the gradient at the last position is taken. Take the mean over all positions.",
    "strongest": "The gradient of the largest absolute value is taken. Take the mean over all "
    "positions.",
    "where not zero": "The sum is divided by the number of positive gradients. Divide by the number "
    "of positions, which is the same for all channels.",
}


def pooled(gradients: np.ndarray, by: str, axes) -> np.ndarray:
    def at(share):
        height, width = gradients.shape[1:3]
        place = int(share * (height - 0.5)), int(share * (width - 0.5))
        return gradients[:, place[0], place[1]]

    def strongest():
        low, high = gradients.min(axis=axes), gradients.max(axis=axes)
        return np.where(-low > high, low, high)

    return {
        "mean": lambda: gradients.mean(axis=axes),
        "maximum": lambda: gradients.max(axis=axes),
        "minimum": lambda: gradients.min(axis=axes),
        "median": lambda: np.median(gradients, axis=axes),
        "deviation": lambda: gradients.std(axis=axes),
        "length": lambda: np.sqrt((gradients**2).sum(axis=axes)),
        "first": lambda: at(0),
        "centre": lambda: gradients[:, gradients.shape[1] // 2, gradients.shape[2] // 2],
        "last": lambda: at(1),
        "strongest": strongest,
        "where not zero": lambda: gradients.sum(axis=axes) / (gradients > 0).sum(axis=axes),
    }[by]()


BEFORE = {
    "absolute": "The absolute values of the gradients are pooled: a gradient keeps its sign.",
    "positive": "Negative gradients become 0 before the gradients are pooled: Grad-CAM averages all of "
    "them.",
    "negative": "Positive gradients become 0 before the gradients are pooled: Grad-CAM averages all "
    "of them.",
    "squared": "The squares of the gradients are pooled: pool the gradients themselves.",
    "signs": "Only the signs of the gradients are pooled: pool the gradients themselves.",
    "of each position": "The gradients are divided by their length at each position: pool them as "
    "they are.",
    "of each channel": "The gradients of each channel are divided by their own length, which makes "
    "weak channels as strong as others. Pool the gradients as they are.",
    "by the largest": "The gradients of each channel are divided by their own largest absolute "
    "value, which makes weak channels as strong as others. Pool the gradients as they are.",
    "by the maximum": "The gradients of each channel are divided by their own maximum, which makes "
    "weak channels as strong as others. Pool the gradients as they are.",
    "by the largest of all images": "The gradients of each channel are divided by their largest absolute "
    "value in all images: pool the gradients as they are.",
    "from 0 to 1": "The gradients are scaled to 0..1, so that no weight can be negative: pool the "
    "gradients as they are.",
}


def prepared(gradients: np.ndarray, before: str) -> np.ndarray:
    return {
        None: lambda: gradients,
        "absolute": lambda: abs(gradients),
        "positive": lambda: np.maximum(gradients, 0),
        "negative": lambda: np.minimum(gradients, 0),
        "squared": lambda: gradients**2,
        "signs": lambda: np.sign(gradients),
        "of each position": lambda: gradients / np.sqrt((gradients**2).sum(axis=3, keepdims=True)),
        "of each channel": lambda: (
            gradients / np.sqrt((gradients**2).mean(axis=(1, 2), keepdims=True))
        ),
        "by the largest": lambda: gradients / most(abs(gradients)),
        "by the maximum": lambda: gradients / most(gradients),
        "by the largest of all images": lambda: gradients / abs(gradients).max(axis=(0, 1, 2)),
        "from 0 to 1": lambda: (gradients - gradients.min()) / np.ptp(gradients),
    }[before]()


AFTER = {
    "absolute": "The weights lose their sign, they are made positive by `abs`. A channel that speaks "
    "against the class has a negative weight.",
    "positive": "Negative weights become 0. A channel that speaks against the class has a negative "
    "weight.",
    "turned round": "The sign of the weights is turned round.",
    "squared": "The weights are squared, so that none is negative: leave the means as they are.",
    "signs": "Only the signs of the weights are left: keep how large each weight is.",
    "sum of 1": "The weights of each image are divided by their sum: if weights are negative, this "
    "may turn every sign.",
    "softmax": "A softmax makes every weight positive. A channel that speaks against the class has "
    "a negative weight.",
    "sigmoid": "A sigmoid makes every weight positive. A channel that speaks against the class has "
    "a negative weight.",
    "from 0 to 1": "The weights of each image are scaled to 0..1, so that none is negative: leave "
    "them as they are.",
    "without the mean": "The mean of the weights is subtracted, which changes their signs: leave them "
    "as they are.",
    "over the batch": "The weights of each channel are divided by their length over the images, axis "
    "0: images do not depend on each other.",
    "whole": "The weights are rounded to whole numbers.",
}


def finished(weights: np.ndarray, after: str | None) -> np.ndarray:
    def of_last(function):
        return function(weights, axis=-1, keepdims=True)

    return {
        None: lambda: weights,
        "absolute": lambda: abs(weights),
        "positive": lambda: np.maximum(weights, 0),
        "turned round": lambda: -weights,
        "squared": lambda: weights**2,
        "signs": lambda: np.sign(weights),
        "sum of 1": lambda: weights / of_last(np.sum),
        "softmax": lambda: np.exp(weights) / np.exp(weights).sum(axis=-1, keepdims=True),
        "sigmoid": lambda: 1 / (1 + np.exp(-weights)),
        "from 0 to 1": lambda: (weights - of_last(np.min)) / (of_last(np.max) - of_last(np.min)),
        "without the mean": lambda: weights - of_last(np.mean),
        "over the batch": lambda: weights / np.sqrt((weights**2).sum(axis=0)),
        "whole": lambda: np.rint(weights),
    }[after]()


@often_and_alone(
    "channel_weights",
    often={
        "over": ("rows", "columns", "channels", "images", "all but the channels"),
        "by": ("maximum", "median", "first"),
        "before": ("absolute", "positive", "squared"),
        "after": ("absolute", "positive", "sum of 1", "softmax", "turned round"),
        "images": ("first only", "first for all"),
        "shape": ("axes of length one",),
    },
    over=OVER,
    by=BY,
    before=BEFORE,
    after=AFTER,
    images=IMAGES,
    shape={
        "axes of length one": "Height and width are kept as axes of length 1. The result should "
        "have shape (N, channels), without keepdims.",
        "one axis more": "An axis of length 1 is left over. The result should have shape (N, "
        "channels).",
        "transposed": "Images and channels are swapped. The result should have shape (N, "
        "channels).",
        "without images": "`squeeze` takes the axis of the images away for one image, which has "
        "length 1 there. The result should have shape (N, channels).",
        "flat": "The weights of all images stand in one row. The result should have shape (N, "
        "channels).",
    },
)
def channel_weights(
    gradients, over="positions", by="mean", before=None, after=None, images="all", shape=None,
):  # fmt: skip
    weights = finished(pooled(prepared(gradients, before), by, AXES[over]), after)
    weights = of_images(weights, images)
    if shape is None:
        return weights
    return {
        "axes of length one": lambda: weights[:, None, None],
        "one axis more": lambda: weights[..., None],
        "transposed": lambda: weights.T,
        "without images": lambda: weights.squeeze(),
        "flat": lambda: weights.reshape(-1),
    }[shape]()


# weighted_map

MAPS = {
    "not used": "The maps are never used: multiply them by the weights.",
    "squared": "The maps are squared: multiply them as they are.",
    "where above 0": "It only counts whether a map is above 0: multiply by its values.",
    "of own maximum": "Each channel's map is divided by its own maximum, which makes faint maps as "
    "strong as others. Multiply the maps as they are.",
    "without the mean": "The mean of each channel's map is subtracted: multiply the maps as they are.",
    "first image": "All images get the maps of the first one: each has its own.",
    "last image": "All images get the maps of the last one: each has its own.",
    "mean of images": "The maps are averaged over the images, axis 0: each image has its own.",
    "channels backwards": "The channels of the maps come in the opposite order: multiply each map by "
    "the weight of its own channel.",
    "shifted": "Each weight is multiplied by the map of the next channel: multiply each map by the "
    "weight of its own channel.",
}


def of_maps(maps: np.ndarray, how: str) -> np.ndarray:
    return {
        "themselves": lambda: maps,
        "not used": lambda: np.ones_like(maps),
        "squared": lambda: maps**2,
        "where above 0": lambda: (maps > 0) * 1.0,
        "of own maximum": lambda: maps / np.where(most(maps) > 0, most(maps), 1),
        "without the mean": lambda: maps - maps.mean(axis=(1, 2), keepdims=True),
        "first image": lambda: np.repeat(maps[:1], len(maps), axis=0),
        "last image": lambda: np.repeat(maps[-1:], len(maps), axis=0),
        "mean of images": lambda: np.repeat(maps.mean(axis=0)[None], len(maps), axis=0),
        "channels backwards": lambda: maps[..., ::-1],
        "shifted": lambda: np.roll(maps, -1, axis=-1),
    }[how]()


TOGETHER = {
    "maximum": "The largest contribution at each position is taken. Take the sum over the channels, "
    "axis 3.",
    "minimum": "The smallest contribution at each position is taken. Take the sum over the channels, "
    "axis 3.",
    "median": "The median of the contributions is taken. Take the sum over the channels, axis 3.",
    "positive": "Negative contributions become 0 before the sum, so that evidence against the "
    "class is never subtracted. Add up first.",
    "positive so far": "The ReLU is applied after each channel: add up all channels, then take the "
    "ReLU.",
    "absolute": "The absolute values of the contributions are added up: each keeps its sign in the "
    "sum.",
    "length": "The squares of the contributions are added up, and the root is taken: add up the "
    "contributions as they are, with their sign.",
    "first": "Only the first channel is used. Add up all channels.",
    "all but the last": "The last channel is left out of the sum.",
    "all but the first": "The first channel is left out of the sum.",
    "product": "The contributions are multiplied by each other. Take the sum over the channels.",
    "over images": "The contributions are added up over the images, axis 0. Add up over the "
    "channels, axis 3.",
    "over rows": "The contributions are added up over the rows, axis 1. Add up over the channels, "
    "axis 3.",
    "over columns": "The contributions are added up over the columns, axis 2. Add up over the "
    "channels, axis 3.",
    "over positions": "The contributions are added up over height and width, axes 1 and 2: a map "
    "keeps its positions. Add up over the channels, axis 3.",
    "not": "The channels are not added up. Take the sum over the channels, axis 3.",
    "kept": "An axis of length 1 is left over from the channels. The result should have shape (N, "
    "h, w).",
}


def together(terms: np.ndarray, how: str) -> np.ndarray:
    if how == "positive so far":
        total = 0 * terms[..., 0]
        for channel in range(terms.shape[-1]):
            total = np.maximum(total + terms[..., channel], 0)
        return total
    return {
        "sum": lambda: terms.sum(axis=-1),
        "maximum": lambda: terms.max(axis=-1),
        "minimum": lambda: terms.min(axis=-1),
        "median": lambda: np.median(terms, axis=-1),
        "positive": lambda: np.maximum(terms, 0).sum(axis=-1),
        "absolute": lambda: abs(terms).sum(axis=-1),
        "length": lambda: np.sqrt((terms**2).sum(axis=-1)),
        "first": lambda: terms[..., 0],
        "all but the last": lambda: terms[..., :-1].sum(axis=-1),
        "all but the first": lambda: terms[..., 1:].sum(axis=-1),
        "product": lambda: terms.prod(axis=-1),
        "over images": lambda: terms.sum(axis=0),
        "over rows": lambda: terms.sum(axis=1),
        "over columns": lambda: terms.sum(axis=2),
        "over positions": lambda: terms.sum(axis=(1, 2)),
        "not": lambda: terms,
        "kept": lambda: terms.sum(axis=-1, keepdims=True),
    }[how]()


END = {
    "none": "There is no ReLU. Negative values are evidence against the class and become 0.",
    "absolute": "The absolute value is taken: evidence against the class shows up as evidence for "
    "it. Take the ReLU.",
    "squared": "The sum is squared: evidence against the class shows up as evidence for it. Take the "
    "ReLU.",
    "from 0 to 1": "There is no ReLU, and subtracting the minimum does not replace it. The strongest "
    "evidence against the class becomes 0, and 0 no longer means no evidence.",
    "without the mean": "The mean is subtracted before the ReLU: take the ReLU of the sum as it is.",
    "relu, then from 0 to 1": "The minimum is subtracted after the ReLU: 0 means no evidence only if "
    "nothing is subtracted.",
    "turned round": "The sign is turned round: this map shows what speaks against the class.",
    "negative": "What is positive becomes 0. Keep what is positive, and set to 0 what is negative.",
    "where above 0": "The map only says where the sum is above 0. Keep the values of the sum.",
    "clipped": "The map is cut off at 1. Only what is negative should become 0.",
    "sigmoid": "A sigmoid is taken. No evidence becomes 0.5. Take the ReLU.",
    "tanh": "A tanh is taken: the ReLU leaves positive values as they are.",
    "softmax": "A softmax is taken. No evidence must stay 0. Take the ReLU.",
    "exponential": "An exponential is taken. No evidence must stay 0. Take the ReLU.",
    "leaky 0.01": "A leaky ReLU lets 0.01 of what is negative through. Negative values should "
    "become 0.",
    "leaky 0.1": "A leaky ReLU lets 0.1 of what is negative through. Negative values should become "
    "0.",
    "leaky 0.2": "A leaky ReLU lets 0.2 of what is negative through. Negative values should become "
    "0.",
    "leaky 0.3": "A leaky ReLU lets 0.3 of what is negative through. Negative values should become "
    "0.",
    "starts at 1": "The sum starts at 1. Start the sum at 0.",
    "above the mean": "What is below the mean of the map becomes 0. Only what is negative should "
    "become 0.",
    "at least 1": "Everything below 1 becomes 1: the ReLU compares with 0.",
    "maximum before": "The map is divided by its maximum before the ReLU. Where all is evidence "
    "against the class, the maximum is negative and turns every sign.",
    "NaN": "A map without evidence is 0 everywhere: dividing it by its maximum, or by its sum, gives "
    "NaN. Leave such a map as it is.",
    "batch": "All maps are taken minus the smallest value of the whole batch. Images do not depend "
    "on each other, and the ReLU compares with 0.",
    "whole": "The map is rounded down to whole numbers.",
}


def ended(total: np.ndarray, end: str) -> np.ndarray:
    relu = np.maximum(total, 0)
    positions = tuple(range(1, total.ndim))

    def low():
        return total.min(axis=positions, keepdims=True)

    def high():
        return total.max(axis=positions, keepdims=True)

    def nonzero(values):
        return np.where(values == 0, 1, values)

    def spread(values):
        bottom = values.min(axis=positions, keepdims=True)
        top = values.max(axis=positions, keepdims=True)
        return (values - bottom) / np.where(top > bottom, top - bottom, 1)

    if end.startswith("leaky"):
        return np.where(total > 0, total, float(end.split()[1]) * total)
    return {
        "relu": lambda: relu,
        "none": lambda: total,
        "absolute": lambda: abs(total),
        "squared": lambda: total**2,
        "from 0 to 1": lambda: spread(total),
        "from 0 to 1 in the batch": lambda: (total - total.min()) / (np.ptp(total) or 1),
        "without the mean": lambda: np.maximum(
            total - total.mean(axis=positions, keepdims=True), 0
        ),
        "relu, then from 0 to 1": lambda: spread(relu),
        "turned round": lambda: np.maximum(-total, 0),
        "negative": lambda: np.minimum(total, 0),
        "where above 0": lambda: (total > 0) * 1.0,
        "clipped": lambda: np.clip(total, 0, 1),
        "sigmoid": lambda: 1 / (1 + np.exp(-total)),
        "tanh": lambda: np.maximum(np.tanh(total), 0),
        "softmax": lambda: (
            np.exp(total - high()) / np.exp(total - high()).sum(axis=positions, keepdims=True)
        ),
        "exponential": lambda: np.exp(total),
        "starts at 1": lambda: np.maximum(total + 1, 0),
        "above the mean": lambda: relu * (relu > relu.mean(axis=positions, keepdims=True)),
        "at least 1": lambda: np.maximum(total, 1),
        "maximum before": lambda: np.maximum(total / nonzero(high()), 0),
        "NaN": lambda: relu / np.maximum(high(), 0),
        "batch": lambda: total - total.min(),
        "whole": lambda: np.floor(relu),
    }[end]()


TURNED = {
    "transposed": "Rows and columns are swapped. The result should have shape (N, h, w).",
    "upside down": "The rows come in the opposite order.",
    "mirrored": "The columns come in the opposite order.",
}


def turned(values: np.ndarray, shape: str | None) -> np.ndarray:
    return {
        None: lambda: values,
        "transposed": lambda: values.swapaxes(1, 2),
        "upside down": lambda: values[:, ::-1],
        "mirrored": lambda: values[:, :, ::-1],
    }[shape]()


WEIGHTS = {
    name: AFTER[name]
    for name in (
        "absolute", "positive", "squared", "signs", "sum of 1", "softmax", "sigmoid", "from 0 to 1",
        "without the mean",
    )
} | {
    "not used": "The weights are never used: multiply each map by the weight of its channel.",
    "mean of images": "The weights are averaged or added up over the images, axis 0: each image has its own.",
    "first image": "All images get the weights of the first one: each has its own.",
    "last image": "All images get the weights of the last one: each has its own.",
    "negative": "Positive weights become 0: weights of both signs count.",
    "divided": "The maps are divided by the weights: multiply them.",
    "added": "The weights are added to the maps. Multiply the maps by the weights.",
    "subtracted": "The weights are subtracted from the maps. Multiply the maps by the weights.",
    "largest alone": "Only the channel with the largest weight is used. Add up all channels.",
    "strongest alone": "Only the channel whose weight has the largest absolute value is used. Add up "
    "all channels.",
}  # fmt: skip


def products(maps: np.ndarray, weights: np.ndarray, how: str | None) -> np.ndarray:
    """Return (N, h, w, channels)."""

    def alone(values):
        return weights * (values == values.max(axis=1, keepdims=True))

    other = {
        "not used": lambda: np.ones_like(weights),
        "mean of images": lambda: np.repeat(weights.mean(axis=0)[None], len(weights), axis=0),
        "first image": lambda: np.repeat(weights[:1], len(weights), axis=0),
        "last image": lambda: np.repeat(weights[-1:], len(weights), axis=0),
        "negative": lambda: np.minimum(weights, 0),
        "divided": lambda: 1 / weights,
        "largest alone": lambda: alone(weights),
        "strongest alone": lambda: alone(abs(weights)),
    }
    if how in ("added", "subtracted"):
        return maps + (1 if how == "added" else -1) * weights[:, None, None]
    return maps * (other[how]() if how in other else finished(weights, how))[:, None, None]


@often_and_alone(
    "weighted_map",
    often={
        "maps_are": ("of own maximum",),
        "weights_are": (
            "absolute",
            "positive",
            "softmax",
            "mean of images",
            "first image",
            "not used",
        ),
        "sum_is": ("maximum", "positive", "first", "not", "over positions"),
        "end": ("none", "absolute", "from 0 to 1", "turned round", "sigmoid"),
        "result": ("transposed", "first only"),
    },
    maps_are=MAPS,
    weights_are=WEIGHTS,
    sum_is=TOGETHER,
    end=END,
    result=IMAGES | TURNED,
)
def weighted_map(
    maps, weights, maps_are="themselves", weights_are=None, sum_is="sum", end="relu", result="all",
):  # fmt: skip
    terms = products(of_maps(maps, maps_are), weights, weights_are)
    found = ended(together(terms, sum_is), end)
    return turned(found, result) if result in TURNED else of_images(found, result)


# hires_map


@often_and_alone(
    "hires_map",
    often={
        "maps_are": ("of own maximum",),
        "gradients_are": (
            "averaged",
            "averaged over images",
            "averaged over channels",
            "absolute",
            "positive",
            "first image",
        ),
        "sum_is": ("maximum", "positive", "first", "not", "over positions"),
        "end": ("none", "absolute", "from 0 to 1", "turned round", "sigmoid"),
        "result": ("transposed", "first only"),
    },
    maps_are=MAPS,
    gradients_are={
        "not used": "The gradients are never used: multiply the maps by them, position by position.",
        "averaged": "The gradients are still averaged or added up over the positions, axes 1 and 2, which is "
        "Grad-CAM. Multiply position by position.",
        "averaged over rows": "The gradients are averaged or added up over the rows, axis 1: each position keeps "
        "its own.",
        "averaged over columns": "The gradients are averaged or added up over the columns, axis 2: each position "
        "keeps its own.",
        "rows by columns": "Whole rows are multiplied as matrices are (`@`), which adds up over the "
        "columns, axis 2. Multiply position by position, channel by channel.",
        "averaged over images": "The gradients are averaged or added up over the images, axis 0: each image keeps "
        "its own.",
        "averaged over channels": "The gradients are averaged or added up over the channels, axis 3: multiply "
        "channel by channel, then add up.",
        "first image": "All images get the gradients of the first one: each has its own.",
        "largest": "The largest gradient of each channel is taken for all positions: each position "
        "keeps its own.",
        "absolute": "The gradients lose their sign before they are multiplied: what speaks against "
        "the class is negative.",
        "positive": "Negative gradients become 0 before they are multiplied, so that evidence "
        "against the class is never subtracted. Add up first.",
        "squared": "The gradients are squared: multiply by the gradients as they are.",
        "signs": "Only the signs of the gradients are used: multiply by the gradients as they are.",
        "negative": "Positive gradients become 0 before they are multiplied: gradients of both signs "
        "count.",
        "of each position": BEFORE["of each position"].replace("pool", "multiply"),
        "of each channel": BEFORE["of each channel"].replace("pool the", "multiply by the"),
        "added": "Maps and gradients are added: multiply them.",
        "divided": "The maps are divided by the gradients: multiply them.",
        "turned round": "The gradients are subtracted from 0 before they are multiplied, which turns "
        "the sign round.",
        "transposed": "The gradients' rows and columns are swapped. Multiply position by position.",
    },
    sum_is=TOGETHER,
    end=END,
    result=IMAGES | TURNED,
)
def hires_map(
    maps, gradients, maps_are="themselves", gradients_are=None, sum_is="sum", end="relu",
    result="all",
):  # fmt: skip
    maps = of_maps(maps, maps_are)
    if gradients_are == "added":
        terms = maps + gradients
    elif gradients_are in BEFORE or gradients_are is None:
        terms = maps * prepared(gradients, gradients_are)
    else:
        terms = (
            maps
            * {
                "not used": lambda: np.ones_like(gradients),
                "averaged": lambda: gradients.mean(axis=(1, 2), keepdims=True),
                "averaged over rows": lambda: gradients.mean(axis=1, keepdims=True),
                "averaged over columns": lambda: gradients.mean(axis=2, keepdims=True),
                "rows by columns": lambda: gradients.sum(axis=2, keepdims=True),
                "averaged over images": lambda: gradients.mean(axis=0, keepdims=True),
                "averaged over channels": lambda: gradients.mean(axis=3, keepdims=True),
                "first image": lambda: gradients[:1],
                "largest": lambda: most(gradients),
                "divided": lambda: 1 / gradients,
                "turned round": lambda: -gradients,
                "transposed": lambda: gradients.swapaxes(1, 2),
            }[gradients_are]()
        )
    found = ended(together(terms, sum_is), end)
    return turned(found, result) if result in TURNED else of_images(found, result)


# class_activation_map


@often_and_alone(
    "class_activation_map",
    often={"maps_are": ('of own maximum',), "column": ('row', 'next', 'previous', 'first', 'top'), "weight": ('absolute', 'positive', 'softmax'), "sum_is": ('maximum', 'first', 'not', 'over positions', 'mean of positions'), "end": ('relu', 'absolute', 'from 0 to 1', 'sigmoid'), "result": ('transposed', 'first only')},
    maps_are=MAPS,
    column={
        "row": "Row `class_index` of the kernel is taken: the kernel is (channels, classes), so take "
        "column `class_index`.",
        "next": "The map explains the class behind the one that was asked for. Classes are counted "
        "from 0.",
        "previous": "The map explains the class before the one that was asked for. Classes are "
        "counted from 0.",
        "first": "`class_index` is not used. The map explains class 0.",
        "last": "`class_index` is not used. The map explains the last class.",
        "from the end": "The classes are counted from the end. Column `class_index` is counted from 0 "
        "at the front.",
        "top": "`class_index` is not used. The map explains the class with the largest score.",
        "all": "The weights of all classes are added up: take those of one class.",
        "mean of others": "The mean weights of all classes are subtracted: take the weights of the "
        "class as they are.",
        "others": "The weights of the other classes are subtracted: take the weights of the class as "
        "they are.",
        "every": "These are the maps of all classes. Take the column of the one that is asked for.",
        "not used": "The kernel is never used: multiply each map by its weight for the class.",
        "reshaped": "`reshape` does not swap the kernel's axes, it mixes their numbers. Take column "
        "`class_index` of the kernel.",
        "flipped": "The column's weights come in the opposite order: each belongs to the channel of "
        "the same number.",
    },
    weight={
        name: AFTER[name]
        for name in ("absolute", "positive", "turned round", "squared", "signs", "sum of 1", "softmax")
    }
    | {
        "of unit length": "The weights are divided by the length of each row of the kernel: take them "
        "as they are.",
        "largest alone": "Only the channel with the largest weight is used. Add up all channels.",
        "softmax over classes": "A softmax over the classes is taken of the kernel: take the weights "
        "as they are.",
    },
    sum_is={k: v for k, v in TOGETHER.items() if k != "over images"}
    | {"mean of positions": "The maps are averaged or added up over height and width first, which "
       "gives the score of the class. A map keeps its positions.",
       "as many as classes": "Only as many channels are added up as there are classes. `kernel.shape[1]` "
       "counts the classes, `kernel.shape[0]` the channels."},
    end={
        "relu": "A ReLU is applied: this map keeps what is negative.",
        "absolute": "The absolute value is taken: this map keeps its sign.",
        "squared": "The sum is squared: this map keeps its sign.",
        "turned round": "The sign is turned round.",
        "from 0 to 1": "The minimum of each map is subtracted: 0 no longer separates evidence for "
        "the class from evidence against it.",
        "from 0 to 1 in the batch": "The minimum of all maps is subtracted: 0 no longer separates "
        "evidence for the class from evidence against it.",
        "without the mean": "The mean of each map is subtracted: leave the sums as they are.",
        "sigmoid": "A sigmoid is taken: leave the sums as they are.",
        "tanh": "A tanh is taken: leave the sums as they are.",
        "softmax": "A softmax over the positions is taken: leave the sums as they are.",
        "exponential": "An exponential is taken: leave the sums as they are.",
        "starts at 1": "The sum starts at 1. Start the sum at 0.",
        "negative": "What is positive becomes 0: this map keeps both signs.",
        "where above 0": "The map only says where the sum is above 0. Keep the values of the sum.",
        "clipped": "The map is cut off at 0 and 1: leave the sums as they are.",
        "relu, then from 0 to 1": "A ReLU is applied and the minimum subtracted: this map keeps what "
        "is negative, and nothing is subtracted.",
        "probability": "A softmax over the classes is taken at each position: leave the sums as they "
        "are.",
    },
    result=IMAGES | TURNED,
)  # fmt: skip
def class_activation_map(
    maps, kernel, class_index, maps_are="themselves", column="own", weight=None, sum_is="sum",
    end="none", result="all",
):  # fmt: skip
    maps = of_maps(maps, maps_are)
    if end == "probability":
        scores = np.exp(maps @ kernel)
        return scores[..., class_index] / scores.sum(axis=-1)
    if weight == "of unit length":
        kernel = kernel / np.sqrt((kernel**2).sum(axis=1, keepdims=True))
    elif weight == "softmax over classes":
        kernel = finished(kernel, "softmax")
    if sum_is == "mean of positions":
        maps, sum_is = maps.mean(axis=(1, 2)), "sum"
    if column == "every":
        return maps @ kernel
    weights = {
        "own": lambda: kernel[:, class_index],
        "row": lambda: kernel[class_index],
        "next": lambda: kernel[:, class_index + 1],
        "previous": lambda: kernel[:, class_index - 1],
        "first": lambda: kernel[:, 0],
        "last": lambda: kernel[:, -1],
        "from the end": lambda: kernel[:, -1 - class_index],
        "top": lambda: kernel[:, (maps.mean(axis=(1, 2)) @ kernel).argmax(axis=1)].T[:, None, None],
        "all": lambda: kernel.sum(axis=1),
        "mean of others": lambda: kernel[:, class_index] - kernel.mean(axis=1),
        "others": lambda: 2 * kernel[:, class_index] - kernel.sum(axis=1),
        "not used": lambda: np.ones(len(kernel)),
        "reshaped": lambda: kernel.reshape(kernel.shape[::-1])[class_index],
        "flipped": lambda: kernel[::-1, class_index],
    }[column]()
    if weight == "largest alone":
        weights = weights * (weights == weights.max())
    elif weight in AFTER:
        weights = finished(weights, weight)
    if sum_is == "as many as classes":
        count = np.arange(kernel.shape[1])
        maps, weights, sum_is = maps[..., count], weights[..., count], "sum"
    total = together(maps * weights, sum_is)
    total = ended(total, end)
    return turned(total, result) if result in TURNED else of_images(total, result)


# grad_cam


@kept
def evidence(network, images, layer, class_index, target):
    maps = numpy_outputs(network, images)[layer] if layer else images
    return np.stack([maps, numpy_gradient(network, images, layer, class_index, target)])


@kept
def scores(network, images):
    return numpy_outputs(network, images)["classes"]


@kept
def logits(network, images):
    """Return what goes into the softmax, which makes 0 of all that is far from the largest."""
    *before, last = network["layers"]
    outputs = numpy_outputs({**network, "layers": [*before, last | {"activation": None}]}, images)
    return outputs[last["name"]]


@often_and_alone(
    "grad_cam",
    often={
        "target": ("probability", "loss", "top", "all", "previous", "of the first image"),
        "layer": ("images", "last convolution"),
        "pool": (
            "maximum", "images", "channels", "rows", "nothing", "absolute", "positive",
            "all but the channels", "not used", "everything",
        ),
        "maps_are": ("not used",),
        "sum_is": ("maximum", "positive", "over positions", "kept"),
        "end": ("none", "absolute", "from 0 to 1", "turned round", "NaN"),
        "result": ("without axes of length 1", "without the axis", "first only", "enlarged"),
    },
    target={
        "probability": "The gradient is that of the probability, which mixes in all other classes. "
        "Differentiate the logit, before the softmax.",
        "loss": "The gradient is that of the loss of the class, whose sign is turned round, and it "
        "mixes in all other classes. Differentiate the logit, before the softmax.",
        "logarithm": "The gradient is that of the logarithm of the probability, which mixes in all "
        "other classes. Differentiate the logit, before the softmax.",
        "all": "The gradient is that of the sum of all logits. Choose the logit of the class.",
        "top": "`class_index` is not used. The map explains the class with the largest output.",
        "top of the first": "`class_index` is not used. The map explains the class that is the most "
        "probable one in the first image.",
        "least": "`class_index` is not used. The map explains the class with the smallest output.",
        "previous": "The map explains the class before the one that was asked for. Classes are "
        "counted from 0.",
        "next": "The map explains the class behind the one that was asked for. Classes are counted "
        "from 0.",
        "first": "`class_index` is not used. The map explains class 0.",
        "last": "`class_index` is not used. The map explains the last class.",
        "minus": "The sign of the gradient is turned round. The map shows what speaks against the "
        "class.",
        "logarithm of 0": "The gradient is that of the logarithm of the probability, which mixes in "
        "all other classes. Differentiate the logit, before the softmax.",
        "mean of all": "The mean of all logits is subtracted from the one of the class. Differentiate "
        "the logit of the class alone.",
        "rival": "The logit of the strongest other class is subtracted from the one of the class. "
        "Differentiate the logit of the class alone.",
        "others": "The other logits are subtracted from the one of the class. Differentiate the logit "
        "of the class alone.",
        "all but the class": "The logits of all other classes are differentiated, and the one of the "
        "class is left out. Differentiate the logit of the class.",
        "of the first image": "Only the first image's logit is differentiated, so that the others' "
        "gradients are 0. Differentiate the column of all images.",
        "row": "`class_index` chooses an image, axis 0, of which all logits are differentiated. Choose "
        "the class, axis 1, of every image.",
        "feature": "The number that is differentiated is an input of the last layer, a feature, not a "
        "logit. The logits are these features times the last layer's kernel, plus its bias.",
        "squared logit": "The square or the absolute value of the logit is differentiated, which "
        "turns the sign round where the logit is negative. Differentiate the logit itself.",
        "rectified logit": "A ReLU is applied to the logit, so that the gradient is 0 where the logit is "
        "negative. Differentiate the logit itself.",
        "from the end": "The classes are counted from the end. `class_index` counts from 0.",
        "minus index": "The classes are counted from the end, by `-class_index`. `class_index` counts from "
        "0.",
        "softmax twice": "A softmax is taken of the model's output, which is behind a softmax already. "
        "Differentiate the logit, before any softmax.",
        "loss of a softmax twice": "The gradient is that of a loss, whose sign is turned round. The "
        "loss takes the model's output for logits, but it is behind a softmax. Differentiate the "
        "logit, before any softmax.",
    },
    layer={
        "last convolution": "The layer is always the last convolution. Use the layer `layer_name`.",
        "first convolution": "The layer is always the first convolution. Use the layer "
        "`layer_name`.",
        "last maps": "The layer is always the last one with maps, a pooling. Use the layer "
        "`layer_name`.",
        "behind": "The maps are those of the layer behind `layer_name`. Use the layer's own output.",
        "maps of the last": "The maps are always those of the last convolution, the gradients those of "
        "`layer_name`: take both from the same layer.",
        "images": "The gradient is that with respect to the images, and the images stand in the place of "
        "the maps. Take the maps of the layer `layer_name`, and the gradient with respect to them.",
        "input": "The maps are those that go into the layer `layer_name`. Take what comes out of it, its "
        "`output`.",
    },
    pool={
        name: OVER[name]
        for name in (
            "rows", "columns", "channels", "images", "all but the channels", "all but the images",
            "everything", "images and rows", "images and columns", "columns and channels",
            "rows and channels",
        )
    }
    | {"nothing": "The gradients are not pooled: this is gradient times activation, position by "
       "position. Take the mean over height and width, axes 1 and 2."}
    | BY
    | {name: BEFORE[name] for name in ("absolute", "positive", "negative", "squared", "signs")}
    | {
        "of unit length": "The gradients are divided by their length over the whole batch, channel by "
        "channel: pool them as they are.",
        "plus plus": "The gradients are weighted as in Grad-CAM++: take their plain mean over height "
        "and width.",
    }
    | {
        f"weights {name}": sentence
        for name, sentence in AFTER.items()
        if name not in ("turned round", "over the batch", "whole")
    }
    | {
        "not used": "The gradients are never used. A plain sum of the maps is the same for every "
        "class.",
        "first image": "All images get the weights of the first one: each has its own.",
        "last image": "All images get the weights of the last one: each has its own.",
        "means of the maps": "The gradients are never used: the means of the maps are the weights. The "
        "weights are the means of the gradients.",
        "maxima of the maps": "The gradients are never used: the largest values of the maps are the "
        "weights. The weights are the means of the gradients.",
        "maps and gradients": "The weights are the means of the maps times the means of the gradients. The "
        "weights are the means of the gradients alone.",
        "times maps": "The gradients are multiplied by the maps before they are averaged. The weights are "
        "the means of the gradients alone.",
        "where active": "Gradients count only where the map is above 0: average over all positions.",
        "guided": "Gradients count only where they and the map are above 0, as in guided backprop: "
        "average all gradients.",
        "reshaped": "The gradients are reshaped before the mean, which mixes up their channels. "
        "`reshape` moves no axis: average over height and width, axes 1 and 2.",
        "largest alone": "Only the channel with the largest weight is used. Add up all channels.",
        "strongest alone": "Only the channel whose weight has the largest absolute value is used. Add "
        "up all channels.",
        "of length 1": "The gradient at each position is divided by its length over the channels: "
        "average the gradients as they are.",
    },
    maps_are={k: v for k, v in MAPS.items() if k != "not used"}
    | {"not used": "The activations are never used. Multiply the maps by the weights."},
    sum_is=TOGETHER,
    # Evidence of both signs is so weak in small networks that a tanh, or a limit of 1, hardly shows.
    end={k: v for k, v in END.items() if k not in ("relu, then from 0 to 1", "clipped", "tanh")}
    | {
        share: f"Evidence that is weaker than {share} times the largest of its map becomes 0. Only what "
        "is negative should become 0."
        for share in (0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
    }
    | {
        "softplus": "A softplus is taken, log(1 + exp(x)): negative values should become 0. Take the ReLU.",
        "from the median": "What is below the median of the map becomes 0. Only what is negative should "
        "become 0.",
    },
    result=IMAGES
    | TURNED
    | {
        "divided by 255": "The images are divided by 255 once more: they are already what the model "
        "takes.",
        "times 255": "The images are multiplied by 255: they are already what the model takes.",
        "from -1 to 1": "The images are scaled to −1..1: they are already what the model takes.",
        "standardised": "The mean of the images is subtracted and they are divided by their "
        "deviation: they are already what the model takes.",
        "inverted": "Black and white of the images are swapped: they are already what the model takes.",
        "enlarged": "The maps are enlarged to the size of the images: return them in the layer's own size.",
        "times the image": "The result is multiplied by the images. Return the map alone.",
        "without axes of length 1": "`squeeze` drops every axis of length 1, so that the axis of the images "
        "is lost where there is one image. The result should have shape (N, h, w).",
        "without the axis": "Only the first image's map is returned, without the axis of the images. The "
        "result should have shape (N, h, w).",
        "mean of images": "The maps are averaged over the images, axis 0: return one for each.",
        "flat": "The maps are flat. The result should have shape (N, h, w).",
        "with a channel axis": "An axis of length 1 is left over. The result should have shape (N, h, w).",
    },
)  # fmt: skip
def grad_cam(
    model, images, layer_name, class_index, target="logit", layer="own", pool="mean",
    maps_are="themselves", sum_is="sum", end="relu", result="all",
):  # fmt: skip
    images = {
        "divided by 255": lambda: images / np.float32(255),
        "times 255": lambda: images * np.float32(255),
        "from -1 to 1": lambda: 2 * images - 1,
        "standardised": lambda: (images - images.mean()) / images.std(),
        "inverted": lambda: 1 - images,
    }.get(result, lambda: images)()
    classes = model["layers"][-1]["kernel"].shape[1]

    def of_layer(name):
        def of(index, target="logit"):
            return evidence(model, images, name, index, target)

        if target in ("probability", "loss", "all", "top"):
            return of(class_index, target)
        if target == "logarithm":
            return of(class_index, "loss") * np.float32([1, -1]).reshape(2, 1, 1, 1, 1)
        if target == "logarithm of 0":
            found = of(class_index, "loss") * np.float32([1, -1]).reshape(2, 1, 1, 1, 1)
            found[1, scores(model, images)[:, class_index] == 0] = np.nan  # 0 divided by 0
            return found
        if target == "mean of all":
            found, every = of(class_index), of(class_index, "all")
            return np.stack([found[0], found[1] - every[1] / classes])
        if target == "minus":
            return of(class_index) * np.float32([1, -1]).reshape(2, 1, 1, 1, 1)
        if target == "others":
            found, every = of(class_index), of(class_index, "all")
            return np.stack([found[0], 2 * found[1] - every[1]])
        if target == "rival":
            order = logits(model, images).argsort(axis=1)
            rival = np.where(order[:, -1] == class_index, order[:, -2], order[:, -1])
            own, other = of(class_index), of(tuple(rival))
            return np.stack([own[0], own[1] - other[1]])
        if target == "least":
            return of(tuple(scores(model, images).argmin(axis=1)))
        if target == "all but the class":
            found, every = of(class_index), of(class_index, "all")
            return np.stack([found[0], every[1] - found[1]])
        if target in ("of the first image", "row"):
            row = class_index if target == "row" else 0
            if row >= len(images):
                raise IndexError(row)
            found = of(class_index, "all" if target == "row" else "logit").copy()
            found[1, np.arange(len(images)) != row] = 0
            return found
        if target == "feature":
            last = model["layers"][-1]
            features = {
                **last,
                "kernel": np.eye(len(last["kernel"])),
                "bias": 0,
                "activation": None,
            }
            return evidence(
                {**model, "layers": [*model["layers"][:-1], features]},
                images,
                name,
                class_index,
                "logit",
            )
        if target in ("squared logit", "rectified logit"):
            own = logits(model, images)[:, class_index]
            by = 2 * own if target == "squared logit" else own > 0
            return np.stack([of(class_index)[0], of(class_index)[1] * by[:, None, None, None]])
        if target.endswith("softmax twice"):
            share = np.exp(scores(model, images))
            share = share / share.sum(axis=1, keepdims=True)
            each = [of(c, "probability")[1] for c in range(classes)]
            mean = sum(s[:, None, None, None] * one for s, one in zip(share.T, each, strict=True))
            sign = -1 if target.startswith("loss") else 1
            return np.stack([of(class_index)[0], sign * (each[class_index] - mean)])
        if target == "top of the first":
            return of(int(scores(model, images)[0].argmax()))
        index = {
            "previous": class_index - 1,
            "next": class_index + 1,
            "first": 0,
            "last": -1,
            "from the end": -1 - class_index,
            "minus index": -class_index,
        }
        return of(index.get(target, class_index) % classes)

    names = [spec["name"] for spec in model["layers"]]
    convolutions = [spec["name"] for spec in model["layers"] if spec["kind"] == "conv"]
    name = {
        "last convolution": convolutions[-1],
        "first convolution": convolutions[0],
        "last maps": names[names.index("flat") - 1],
        "behind": names[names.index(layer_name) + 1],
        "input": ["", *names][names.index(layer_name)],
        "images": "",
    }.get(layer, layer_name)
    maps, gradients = of_layer(name)
    if layer == "maps of the last":
        maps, _ = of_layer(convolutions[-1])
    channels = maps.shape[-1]
    maps = of_maps(maps, maps_are)
    if pool.startswith("weights "):
        weights = finished(gradients.mean(axis=(1, 2)), pool.removeprefix("weights "))
    elif pool in AXES:
        kept_axes = AXES[pool]
        weights = gradients.mean(axis=kept_axes, keepdims=True) if kept_axes else gradients
    elif pool in BEFORE:
        weights = prepared(gradients, pool).mean(axis=(1, 2))
    elif pool in BY or pool == "mean":
        weights = pooled(gradients, pool, (1, 2))
    elif pool == "of unit length":
        weights = (gradients / np.sqrt((gradients**2).sum(axis=(0, 1, 2)))).mean(axis=(1, 2))
    elif pool == "plus plus":
        positive = np.maximum(gradients, 0)
        weights = (positive / (2 + maps.sum(axis=(1, 2), keepdims=True) * positive)).sum(
            axis=(1, 2)
        )
    elif pool in ("first image", "last image"):
        one = gradients[:1] if pool == "first image" else gradients[-1:]
        weights = np.repeat(one.mean(axis=(1, 2)), len(maps), axis=0)
    elif pool in ("times maps", "where active", "guided"):
        by = {"times maps": maps, "where active": maps > 0, "guided": (maps > 0) & (gradients > 0)}
        weights = (gradients * by[pool]).mean(axis=(1, 2))
    elif pool in ("means of the maps", "maxima of the maps"):
        weights = maps.mean(axis=(1, 2)) if pool == "means of the maps" else maps.max(axis=(1, 2))
    elif pool == "maps and gradients":
        weights = maps.mean(axis=(1, 2)) * gradients.mean(axis=(1, 2))
    elif pool == "reshaped":
        weights = gradients.reshape(len(maps), channels, -1).mean(axis=2)
    elif pool in ("largest alone", "strongest alone"):
        weights = gradients.mean(axis=(1, 2))
        size = abs(weights) if pool == "strongest alone" else weights
        weights = weights * (size == size.max(axis=1, keepdims=True))
    elif pool == "of length 1":
        weights = prepared(gradients, "of each position").mean(axis=(1, 2))
    else:
        weights = np.ones((len(maps), channels))
    terms = maps * (weights[:, None, None] if weights.ndim == 2 else weights)
    total = together(terms, sum_is)
    if isinstance(end, float):
        relu = np.maximum(total, 0)
        found = np.where(relu > end * relu.max(axis=(1, 2), keepdims=True), relu, 0)
    elif end == "softplus":
        found = np.logaddexp(0, total)
    elif end == "from the median":
        found = np.where(total > np.median(total, axis=(1, 2), keepdims=True), total, 0)
    else:
        found = ended(total, end)
    if result == "enlarged":
        return heatmaps(found, *images.shape[1:3], scaling="not")
    if result in ("times the image", "without axes of length 1", "without the axis", "mean of images",
                  "flat", "with a channel axis"):  # fmt: skip
        return {
            "times the image": lambda: found * images.mean(axis=-1),
            "without axes of length 1": lambda: np.squeeze(found),
            "without the axis": lambda: found[0],
            "mean of images": lambda: found.mean(axis=0),
            "flat": lambda: found.reshape(len(found), -1),
            "with a channel axis": lambda: found[..., None],
        }[result]()
    return turned(found, result) if result in TURNED else of_images(found, result)


# plus_plus_weights

EPSILONS = 1, 0.1, 0.01, 0.001


@often_and_alone(
    "plus_plus_weights",
    often={
        "s": ("the activation", "mean", "of all channels", "of all images"),
        "two": (1, 0),
        "cube": (2, 1),
        "factor": ("signed", "absolute", "none"),
        "over": ("rows", "columns", "channels"),
    },
    s={
        "the activation": "S is the activation at the position: S is the sum of the channel's whole "
        "map.",
        "mean": "S is the mean of the map: S is the sum over all positions.",
        "maximum": "S is the maximum of the map: S is the sum over all positions.",
        "of all channels": "S is summed over the channels, axis 3, too: each channel has its own S.",
        "of all images": "S is summed over the images, axis 0, too: each image has its own S.",
        "of all": "S is the sum of all maps of all images: each channel of each image has its own S.",
        "of rows": "S is summed over the rows, axis 1, alone: S is the sum over all positions.",
        "of columns": "S is summed over the columns, axis 2, alone: S is the sum over all positions.",
        "of channels alone": "S is summed over the channels, axis 3: S is the sum over the positions, "
        "axes 1 and 2.",
        "of the gradients": "S is the sum of the gradients: S is the sum of the map.",
        "of positive gradients": "S only adds up the map where the gradient is positive: S is the sum "
        "of the whole map.",
        "of products": "The cube of the gradient is inside the sum S. S adds up the map alone, and "
        "S is multiplied by the cube of the gradient at the position.",
        "nothing": "S is missing from the denominator.",
        "one": "S is missing as a factor of the cube.",
        "of squares": "S is the sum of the squares of the map: S is the sum of the map itself.",
    },
    two={
        1: "The factor 2 in the denominator is missing, or stands before both terms"
        ": it belongs to the first.",
        0: "The square of the gradient is missing from the denominator, with its factor 2.",
        3: "The factor of the square is 3 in place of 2.",
        "both": "Both terms of the denominator are doubled. Only the square of the gradient has the factor "
        "2.",
        4: "The factor of the square is 4 in place of 2. The gradient is squared, the 2 is not.",
        -2: "The two terms of the denominator are subtracted: add them.",
    },
    square={
        "gradient": "The gradient above the fraction bar is not squared.",
        "cube": "The powers of the gradient in α do not fit. There is one too many above the "
        "fraction bar, or one too few in both terms of the denominator. The denominator has the "
        "square and the cube.",
        "one": "The square of the gradient is missing above the fraction bar. There is a 1.",
        "of the map": "The square of the map stands above the fraction bar. The square of the "
        "gradient belongs there.",
    },
    cube={
        2: "The gradient behind S is squared: the formula has its cube there.",
        1: "The gradient behind S has no exponent: the formula has its cube there.",
        4: "The gradient behind S has the exponent 4: the formula has its cube there.",
    },
    factor={
        "signed": "Negative gradients count, too: α is a factor of the positive gradient, negative "
        "ones become 0.",
        "absolute": "α is multiplied by the absolute value of the gradient. Negative gradients "
        "should become 0.",
        "none": "The gradient is missing: α is a factor of the positive gradient.",
        "where positive": "α is added up where the gradient is positive: α is a factor of the positive "
        "gradient.",
        "negative": "α is multiplied by the negative gradients: positive ones count.",
        "squared": "α is multiplied by the square of the positive gradient: multiply by the gradient "
        "itself.",
        "after the sum": "The ReLU is applied to the sum: negative gradients become 0 before they are "
        "multiplied by α.",
        "after α": "α is multiplied by the maps, too: α is a factor of the positive gradient alone.",
        "exponential": "α is multiplied by the exponential of the gradient: multiply by the positive "
        "gradient itself.",
    },
    alpha={
        "missing": "α is missing: this adds up the positive gradients as they are.",
        "mean gradients": "These are the weights of Grad-CAM, the mean gradients. α and the ReLU "
        "are missing.",
        "sum of 1": "The α of each channel are divided by their sum: the formula leaves them as they "
        "are.",
        "sum of 1 with all": "The α of each channel are divided by their sum: the formula leaves them "
        "as they are.",
        **{
            f"epsilon {small}": f"The denominator has grown by about {small}, which is not small "
            "beside the squares of the gradients. Replace a denominator of 0, and leave all "
            "others as they are."
            for small in EPSILONS
        },
        "upside down": "α is upside down. The square of the gradient stands above the fraction bar.",
        "positive": "Negative α become 0, with the gradients signed. The negative values of the "
        "gradients should become 0, not those of α.",
        "NaN": "Where the gradient is 0, α is 0 divided by 0, which is NaN. Make α 0 there.",
        "pooled": "α is averaged or added up over the positions before it is multiplied: each position has its own.",
    },
    over={
        "rows": "The products are added up over the rows, axis 1, alone. Add up over height and "
        "width, axes 1 and 2.",
        "columns": "The products are added up over the columns, axis 2, alone. Add up over height and "
        "width, axes 1 and 2.",
        "channels": "The products are added up over the channels, axis 3. Add up over height and "
        "width, axes 1 and 2.",
        "images": "The products are added up over the images, axis 0, too: each image has its own "
        "weights.",
        "nothing": "The products are not added up. Add up over height and width, axes 1 and 2.",
        "maximum": "The largest product of each channel is taken. Add up over height and width, axes "
        "1 and 2.",
        "axes of length one": "Height and width are kept as axes of length 1. The result should "
        "have shape (N, channels).",
        "share": "The weights of each channel are divided by those of all images: images do not depend "
        "on each other.",
        "first": "All images get the weights of the first one: each has its own.",
    },
)
def plus_plus_weights(
    maps, gradients, s="sum", two=2, square="square", cube=3, factor="positive", alpha="alpha",
    over="positions",
):  # fmt: skip
    maps, gradients = maps.astype(np.float64), gradients.astype(np.float64)
    positive = np.maximum(gradients, 0)
    total = {
        "sum": lambda: maps.sum(axis=(1, 2), keepdims=True),
        "the activation": lambda: maps,
        "mean": lambda: maps.mean(axis=(1, 2), keepdims=True),
        "maximum": lambda: most(maps),
        "of all channels": lambda: maps.sum(axis=(1, 2, 3), keepdims=True),
        "of all images": lambda: maps.sum(axis=(0, 1, 2), keepdims=True),
        "of all": lambda: maps.sum(),
        "of rows": lambda: maps.sum(axis=1, keepdims=True),
        "of columns": lambda: maps.sum(axis=2, keepdims=True),
        "of channels alone": lambda: maps.sum(axis=3, keepdims=True),
        "of the gradients": lambda: gradients.sum(axis=(1, 2), keepdims=True),
        "of positive gradients": lambda: (maps * (gradients > 0)).sum(axis=(1, 2), keepdims=True),
        "of products": lambda: (maps * gradients**cube).sum(axis=(1, 2), keepdims=True),
        "nothing": lambda: 0,
        "one": lambda: 1,
        "of squares": lambda: (maps**2).sum(axis=(1, 2), keepdims=True),
    }[s]()
    behind = total if s == "of products" else total * gradients**cube
    below = 2 * (gradients**2 + behind) if two == "both" else two * gradients**2 + behind
    above = {
        "square": lambda: gradients**2,
        "gradient": lambda: gradients,
        "cube": lambda: gradients**3,
        "one": lambda: np.ones_like(gradients),
        "of the map": lambda: maps**2,
    }[square]()
    if alpha == "upside down":
        above, below = below, above
    if alpha.startswith("epsilon"):
        below = below + float(alpha.split()[1])
    a = above / (below if alpha == "NaN" else np.where(below == 0, 1, below))
    if alpha == "mean gradients":
        return gradients.mean(axis=(1, 2))
    if alpha == "missing":
        a = np.ones_like(a)
    elif alpha == "sum of 1":
        a = np.where(gradients > 0, a, 0)
        a = a / np.where(a.sum(axis=(1, 2)) > 0, a.sum(axis=(1, 2)), 1)[:, None, None]
    elif alpha == "sum of 1 with all":
        a = a / np.where(a.sum(axis=(1, 2)) == 0, 1, a.sum(axis=(1, 2)))[:, None, None]
    elif alpha == "positive":
        a, positive = np.maximum(a, 0), gradients
    elif alpha == "pooled":
        a = a.mean(axis=(1, 2), keepdims=True)
    terms = {
        "positive": lambda: a * positive,
        "signed": lambda: a * gradients,
        "absolute": lambda: a * abs(gradients),
        "none": lambda: a,
        "where positive": lambda: a * (gradients > 0),
        "negative": lambda: a * np.minimum(gradients, 0),
        "squared": lambda: a * positive**2,
        "after the sum": lambda: a * gradients,
        "after α": lambda: a * positive * maps,
        "exponential": lambda: a * np.exp(gradients),
    }[factor]()
    weights = {
        "positions": lambda: terms.sum(axis=(1, 2)),
        "rows": lambda: terms.sum(axis=1),
        "columns": lambda: terms.sum(axis=2),
        "channels": lambda: terms.sum(axis=3),
        "images": lambda: terms.sum(axis=(0, 1, 2)),
        "nothing": lambda: terms,
        "maximum": lambda: terms.max(axis=(1, 2)),
        "axes of length one": lambda: terms.sum(axis=(1, 2), keepdims=True),
        "share": lambda: terms.sum(axis=(1, 2)) / terms.sum(axis=(0, 1, 2)),
        "first": lambda: np.repeat(terms[:1].sum(axis=(1, 2)), len(maps), axis=0),
    }[over]()
    weights = np.maximum(weights, 0) if factor == "after the sum" else weights
    return weights


# heatmaps


def stretch(size, target, how):
    """Return (target, size): how much each cell counts at each pixel, along one axis."""
    pixel = np.arange(target)
    place = {
        "corners aligned": lambda: np.linspace(0, size - 1, target),
        "from the left": lambda: pixel * size / target,
        "nearest": lambda: np.floor((pixel + 0.5) * size / target),
        "nearest, aligned": lambda: np.rint(np.linspace(0, size - 1, target)),
    }.get(how, lambda: (pixel + 0.5) * size / target - 0.5)()
    if how.startswith("cubic"):
        x, c = abs(place[:, None] - np.arange(size)), 0.75 if how.endswith("0.75") else 0.5
        near = (2 - c) * x**3 - (3 - c) * x**2 + 1
        far = c * (-(x**3) + 5 * x**2 - 8 * x + 4)
        weights = np.where(x < 1, near, np.where(x < 2, far, 0))
        return weights / weights.sum(axis=1, keepdims=True)
    if how != "dark border":
        place = np.clip(place, 0, size - 1)
    return np.maximum(1 - abs(place[:, None] - np.arange(size)), 0)


@often_and_alone(
    "heatmaps",
    often={
        "enlarge": ("size swapped", "nearest", "corners aligned", "cubic", "from the left"),
        "scaling": ("not", "from 0 to 1", "in the batch", "before", "NaN", "sum", "255"),
        "result": ("channel axis", "first only", "absent"),
    },
    enlarge={
        "size swapped": "Height and width are swapped. The size is (rows, columns).",
        "not": "The maps are not enlarged. The result should have shape (N, height, width).",
        "nearest": "Pixels are repeated (nearest neighbour). Interpolate bilinearly.",
        "nearest, aligned": "Pixels are repeated (nearest neighbour). Interpolate bilinearly.",
        "corners aligned": "The corner cells are stretched to the corners of the picture (align corners): "
        "a cell's centre lies at half its width.",
        "from the left": "The left edges of cells and pixels are laid on each other: a cell's centre lies "
        "at half its width.",
        "cubic": "The interpolation is bicubic. Interpolate bilinearly.",
        "cubic, cut off": "The interpolation is bicubic. Interpolate bilinearly.",
        "cubic, 0.75": "The interpolation is bicubic. Interpolate bilinearly.",
        "dark border": "The maps count as 0 beyond their border: the border cells reach to the border.",
        "repeated numbers": "The numbers are repeated row after row, which is no enlarging (np.resize): "
        "interpolate.",
        "tiled": "The maps are laid side by side: interpolate.",
        "padded": "The maps are surrounded by 0 in place of being enlarged: interpolate.",
        "square": "The maps are enlarged to a square of the height. The width is `width`.",
        "transposed": "Rows and columns of the maps are swapped before they are enlarged.",
        "upside down": "The rows of the maps come in the opposite order.",
        "mirrored": "The columns of the maps come in the opposite order.",
    },
    scaling={
        "not": "The maps are not scaled: the largest value of each should be 1.",
        "from 0 to 1": "The minimum is subtracted: 0 means no evidence and has to stay 0, so divide by the "
        "maximum only.",
        "from 0 to 1 in the batch": "The minimum of the batch is subtracted, and its range divided by: "
        "divide each map by its own maximum only.",
        "in the batch": "All maps are divided by one maximum, that of the batch: divide each map by its "
        "own.",
        "of the first": "All maps are divided by the maximum of the first one: divide each map by its own.",
        "before": "The maps are divided by their maximum before they are enlarged, which lowers peaks. "
        "Scale afterwards.",
        "by the small maximum": "The maps are divided by the maximum of the small maps: enlarging lowers "
        "peaks, so divide by the maximum of the large ones.",
        "NaN": "A map of zeros has maximum 0, and dividing by it gives NaN. Leave such a map at 0.",
        "ones": "A map of zeros becomes 1. Leave such a map at 0.",
        "sum": "The maps are divided by their sum: divide by the largest value, so that it becomes 1.",
        "mean": "The maps are divided by their mean: divide by the largest value, so that it becomes 1.",
        "length": "The maps are divided by their L2 norm. Divide by the largest value.",
        "deviation": "The maps are divided by their standard deviation. Divide by the largest value.",
        "rows": "Each row is divided by its own maximum: divide each map by one number.",
        "columns": "Each column is divided by its own maximum: divide each map by one number.",
        "images": "Each pixel is divided by its maximum over the images, axis 0: divide each map by its own "
        "maximum, over axes 1 and 2.",
        "255": "The values run to 255, but they should run from 0 to 1.",
        "by 255": "The maps are divided by 255: divide each map by its own maximum.",
        "cut": "The maps are cut off at 1: divide each map by its own maximum.",
        "percentile": "The maps are divided by their 99th percentile and cut off at 1: divide each map by "
        "its maximum.",
        "softmax": "A softmax is taken: divide each map by its own maximum.",
        "sigmoid": "A sigmoid is taken: divide each map by its own maximum.",
        "plus 1": "The maps are divided by their maximum plus 1. Divide by the maximum.",
        "squared": "The scaled maps are squared: leave their values as they are.",
        "root": "The root of the scaled maps is taken: leave their values as they are.",
        "inverted": "The scaled maps are inverted: 0 means no evidence and has to stay 0.",
        "where above half": "The scaled maps are cut at a half, to all or nothing: leave their values as "
        "they are.",
    },
    result=IMAGES
    | {
        "channel axis": "The channel axis that the resizing needed is still there. The result "
        "should have shape (N, height, width).",
        "absent": "The axis of the images is gone. The result should have shape (N, height, "
        "width).",
        "three channels": "There are three channels. The result should have shape (N, height, "
        "width).",
        "transposed": "Rows and columns of the result are swapped: its shape is (N, height, width).",
        "mean": "The maps are averaged over the images, axis 0: each image has its own.",
        "bytes": "The result is made of whole numbers. Floating point values from 0 to 1 are asked for.",
    },
)
def heatmaps(maps, height, width, enlarge="bilinear", scaling="own", result="all"):
    def large(maps):
        rows, columns = (width, height) if enlarge == "size swapped" else (height, width)
        if enlarge == "square":
            columns = rows
        if enlarge == "not":
            return maps
        if enlarge == "repeated numbers":
            return np.stack([np.resize(one, (rows, columns)) for one in maps])
        if enlarge == "tiled":
            times = 1, -(-rows // maps.shape[1]), -(-columns // maps.shape[2])
            return np.tile(maps, times)[:, :rows, :columns]
        if enlarge == "padded":
            found = np.zeros((len(maps), rows, columns))
            found[:, : maps.shape[1], : maps.shape[2]] = maps
            return found
        turn = {"transposed": "transposed", "upside down": "upside down", "mirrored": "mirrored"}
        maps = turned(maps, turn.get(enlarge))
        down, across = (
            stretch(maps.shape[1], rows, enlarge),
            stretch(maps.shape[2], columns, enlarge),
        )
        found = down @ maps @ across.T
        return np.maximum(found, 0) if enlarge == "cubic, cut off" else found

    def nonzero(values):
        return np.where(values > 0, values, 1)

    if scaling == "before":
        found = large(maps / nonzero(most(maps)))
    else:
        found = large(maps)
        own = found / nonzero(most(found))

        def spread(low, high):
            return (found - low) / nonzero(high - low)

        found = {
            "own": lambda: own,
            "not": lambda: found,
            "from 0 to 1": lambda: spread(least(found), most(found)),
            "from 0 to 1 in the batch": lambda: spread(found.min(), found.max()),
            "in the batch": lambda: found / nonzero(found.max()),
            "of the first": lambda: found / nonzero(most(found)[:1]),
            "by the small maximum": lambda: found / nonzero(most(maps)),
            "NaN": lambda: found / most(found),
            "ones": lambda: np.where(most(found) > 0, own, 1),
            "sum": lambda: found / nonzero(found.sum(axis=(1, 2), keepdims=True)),
            "mean": lambda: found / nonzero(found.mean(axis=(1, 2), keepdims=True)),
            "length": lambda: found / nonzero(np.sqrt((found**2).sum(axis=(1, 2), keepdims=True))),
            "deviation": lambda: found / nonzero(found.std(axis=(1, 2), keepdims=True)),
            "rows": lambda: found / nonzero(found.max(axis=2, keepdims=True)),
            "columns": lambda: found / nonzero(found.max(axis=1, keepdims=True)),
            "images": lambda: found / nonzero(found.max(axis=0)),
            "255": lambda: 255 * own,
            "by 255": lambda: found / 255,
            "cut": lambda: np.clip(found, 0, 1),
            "percentile": lambda: np.clip(
                found / nonzero(np.percentile(found, 99, axis=(1, 2), keepdims=True)), 0, 1
            ),
            "softmax": lambda: ended(found, "softmax"),
            "sigmoid": lambda: ended(found, "sigmoid"),
            "plus 1": lambda: found / (most(found) + 1),
            "squared": lambda: own**2,
            "root": lambda: np.sqrt(own),
            "inverted": lambda: 1 - own,
            "where above half": lambda: (own > 0.5) * 1.0,
        }[scaling]()
    return {
        "channel axis": lambda: found[..., None],
        "absent": lambda: found.squeeze(axis=0),
        "three channels": lambda: np.repeat(found[..., None], 3, axis=-1),
        "transposed": lambda: found.swapaxes(1, 2),
        "mean": lambda: found.mean(axis=0),
        "bytes": lambda: (255 * found).astype(np.uint8),
    }.get(result, lambda: of_images(found, result))()


# overlay


@often_and_alone(
    "overlay",
    often={
        "image_share": ("1", "half", "heat"),
        "colour_share": ("1 - heat", "0.4", "half", "1", "fixed half"),
        "heat_is": ("squared", "first", "own maximum", "inverted", "at a half"),
        "colour_is": ("backwards", "times 255", "first"),
        "result": ("times 255", "bytes", "from 0 to 1"),
    },
    image_share={
        "1": "The image keeps its full strength. The image must lose as much as the colour gains.",
        "half": "The image has a fixed share of a half: its share is 1 − heat.",
        "0.6": "The image has a fixed share of 0.6: its share is 1 − heat.",
        "1 - 0.4": "The image loses 0.4 of the heat: it loses all of the heat.",
        "1 - half": "The image loses half of the heat: it loses all of the heat.",
        "heat": "The image's share is the heat: its share is 1 − heat.",
        "0": "The image is missing: its share is 1 − heat.",
        "1 - square": "The image's share is 1 − heat²: its share is 1 − heat.",
        "square": "The image is multiplied by 1 − heat twice: its share is 1 − heat.",
        "1 + heat": "The image's share is 1 + heat: its share is 1 − heat.",
        "heat - 1": "The image's share is heat − 1: its share is 1 − heat.",
    },
    colour_share={
        "1 - heat": "The colour's share is 1 − heat: its share is the heat.",
        "0.4": "The colour has 0.4 of the heat as its share: its share is the heat.",
        "half": "The colour has half of the heat as its share: its share is the heat.",
        "fixed half": "The colour has a fixed share of a half: its share is the heat.",
        "1": "The colour has its full strength everywhere: its share is the heat.",
        "0": "The colour is missing: its share is the heat.",
        "square": "The colour is multiplied by the heat twice: its share is the heat.",
        "image too": "The colour is multiplied by the image, too. Dark places stay dark. Mix image and "
        "colour, do not multiply them.",
        "minus": "The colour is subtracted: add it.",
    },
    heat_is={
        "squared": "The heat is squared, so that it counts twice: use the heat as it is.",
        "root": "The root of the heat is taken: use the heat as it is.",
        "first": "Every image gets the heat of the first one: each has its own.",
        "mean": "Every image gets the mean heat: each has its own.",
        "own maximum": "The heat is divided by its largest value once more: use the heat as it is.",
        "from 0 to 1": "The heat is scaled to 0..1 once more: use the heat as it is.",
        "inverted": "The heat is inverted. Full heat should show the colour.",
        "at a half": "The heat is cut at a half, to all or nothing. Mix in proportion.",
        "above 0": "The colour covers everything that has any heat. Mix in proportion.",
        "rounded down": "The heat is rounded down to whole numbers. Mix in proportion.",
        "cut below a half": "Heat below a half becomes 0. Mix in proportion.",
        "times 255": "The heat is multiplied by 255, but it should run from 0 to 1.",
        **{
            share: f"The heat counts for {share} of its value, so that full heat still lets the image "
            "through: use the heat as it is."
            for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
        },
        "by 255": "The heat is divided by 255: it runs from 0 to 1 already.",
        "transposed": "Rows and columns of the heat are swapped.",
        "turned": "The heat's rows come in the opposite order.",
    },
    colour_is={
        "backwards": "Red and blue are swapped. The channels are red, green, blue.",
        "shifted": "The channels of the colour are shifted by one, but they should be red, green, "
        "blue.",
        "times 255": "The colour is multiplied by 255. Floating point pictures run from 0 to 1.",
        "by 255": "The colour is divided by 255: it runs from 0 to 1 already.",
        "first": "Only the red part of the colour is used, for all channels: each channel has its own.",
        "mean": "The mean of the colour is used for all channels: each channel has its own.",
        "red alone": "Only the red channel gets its colour: each channel has its own.",
        "own maximum": "The colour is divided by its largest value: use it as it is.",
        "inverted": "The colour is inverted: use it as it is.",
    },
    always={
        share: f"The image's share is {share:g} and the colour's {1 - share:g} times the heat, "
        "everywhere. The image's share is 1 − heat, the colour's the heat."
        for share in (0.4, 0.5, 0.6, 0.7)
    },
    result=IMAGES
    | {
        "times 255": "The values run to 255. Floating point pictures run from 0 to 1.",
        "bytes": "These are bytes from 0 to 255. Floating point values from 0 to 1 are asked for.",
        "from 0 to 1": "The result is scaled from its minimum to its maximum: image and colour keep their "
        "values.",
        "own maximum": "The result is divided by its largest value: image and colour keep their values.",
        "half": "The result is halved: image and colour keep their values.",
        "brighter": "This keeps the brighter of image and colour. Mix both, so that a dark colour "
        "shows on white.",
        "darker": "This keeps the darker of image and colour: mix them in proportion.",
        "screen": "Image and colour are laid over each other like two lights (screen), which only "
        "brightens. Mix image and colour in proportion, so that full heat is the colour.",
        "whole": "The result is made of whole numbers. Floating point values are asked for.",
        "one channel": "There is one channel. A colour picture has three.",
        "channels first": "The channels come in front of height and width. The result should have "
        "shape (N, H, W, 3).",
        "red alone": "Only the red channel is mixed, the others keep the image: mix each channel with its "
        "part of the colour.",
        "four": "There is a fourth channel. The result should have shape (N, H, W, 3).",
        "inverted": "The image is inverted before it is mixed: use it as it is.",
        "squared image": "The image is squared before it is mixed: use it as it is.",
        "by 255": "The image is divided by 255 before it is mixed: it runs from 0 to 1 already.",
        "scaled image": "Each image is scaled to 0..1 before it is mixed: use it as it is.",
    },
)
def overlay(
    images, heat, colour, image_share="1 - heat", colour_share="heat", heat_is="itself",
    colour_is="itself", result="all", always=None,
):  # fmt: skip
    def nonzero(values):
        return np.where(values == 0, 1, values)

    h = {
        "itself": lambda: heat,
        "squared": lambda: heat**2,
        "root": lambda: np.sqrt(heat),
        "first": lambda: np.repeat(heat[:1], len(heat), axis=0),
        "mean": lambda: np.repeat(heat.mean(axis=0)[None], len(heat), axis=0),
        "own maximum": lambda: heat / nonzero(most(heat)),
        "from 0 to 1": lambda: (heat - least(heat)) / nonzero(most(heat) - least(heat)),
        "inverted": lambda: 1 - heat,
        "at a half": lambda: (heat > 0.5) * 1.0,
        "above 0": lambda: (heat > 0) * 1.0,
        "rounded down": lambda: np.floor(heat),
        "cut below a half": lambda: np.where(heat > 0.5, heat, 0),
        "times 255": lambda: 255 * heat,
        "by 255": lambda: heat / 255,
        "transposed": lambda: heat.swapaxes(1, 2),
        "turned": lambda: heat[:, ::-1],
    }.get(heat_is, lambda: heat_is * heat)()[..., None]
    colour = {
        "itself": lambda: colour,
        "backwards": lambda: colour[::-1],
        "shifted": lambda: np.roll(colour, 1),
        "times 255": lambda: 255 * colour,
        "by 255": lambda: colour / 255,
        "first": lambda: np.repeat(colour[:1], 3),
        "mean": lambda: np.repeat(colour.mean(), 3),
        "red alone": lambda: colour * [1, 0, 0],
        "own maximum": lambda: colour / colour.max(),
        "inverted": lambda: 1 - colour,
    }[colour_is]()
    images = {
        "inverted": lambda: 1 - images,
        "squared image": lambda: images**2,
        "by 255": lambda: images / 255,
        "scaled image": lambda: (images - least(images)) / (most(images) - least(images)),
    }.get(result, lambda: images)()
    first = {
        "1 - heat": lambda: 1 - h,
        "1": lambda: 1,
        "half": lambda: 0.5,
        "0.6": lambda: 0.6,
        "1 - 0.4": lambda: 1 - 0.4 * h,
        "1 - half": lambda: 1 - h / 2,
        "heat": lambda: h,
        "0": lambda: 0,
        "1 - square": lambda: 1 - h**2,
        "square": lambda: (1 - h) ** 2,
        "1 + heat": lambda: 1 + h,
        "heat - 1": lambda: h - 1,
    }[image_share]()
    second = {
        "heat": lambda: h,
        "1 - heat": lambda: 1 - h,
        "0.4": lambda: 0.4 * h,
        "half": lambda: h / 2,
        "fixed half": lambda: 0.5,
        "1": lambda: 1,
        "0": lambda: 0,
        "square": lambda: h**2,
        "image too": lambda: h * images,
        "minus": lambda: -h,
    }[colour_share]()
    if always:
        first, second = always, (1 - always) * h
    mixed = first * images + second * colour
    if result in IMAGES:
        return of_images(mixed, result)
    return {
        "times 255": lambda: 255 * mixed,
        "bytes": lambda: (255 * mixed).astype(np.uint8),
        "from 0 to 1": lambda: (mixed - mixed.min()) / (np.ptp(mixed) or 1),
        "own maximum": lambda: mixed / (mixed.max() or 1),
        "half": lambda: mixed / 2,
        "brighter": lambda: np.maximum(images, h * colour),
        "darker": lambda: np.minimum(images, 1 - h + h * colour),
        "screen": lambda: 1 - (1 - images) * (1 - h * colour),
        "whole": lambda: np.rint(mixed),
        "one channel": lambda: mixed.mean(axis=-1, keepdims=True),
        "channels first": lambda: np.moveaxis(mixed, -1, 1),
        "red alone": lambda: np.concatenate([mixed[..., :1], images, images], axis=-1),
        "four": lambda: np.concatenate([mixed, h], axis=-1),
    }.get(result, lambda: mixed)()


@kept
def maps_and_gradients(network, images, layer, class_index, target):
    return (
        numpy_outputs(network, images)[layer],
        numpy_gradient(network, images, layer, class_index, target),
    )


@family(
    "strongest_evidence",
    asked={
        "number": "This map is about the digit that is the last figure of your number. Ask about "
        "the label of the image.",
        "rival": "This map is about the second most probable digit. Ask about the label of the "
        "image.",
        "all": "The logits of all digits are added up. Ask about the logit of the label alone.",
        "probability": "This is the gradient of the probability. Take the gradient of the logit.",
    },
    layer={
        "pool3": "This is the layer `pool3`. The task asks for `l3`, which has 7×7 places.",
        "l2": "This is the layer `l2`. The task asks for `l3`, which has 7×7 places.",
    },
    image={
        "second": "This is another image, the one with the number 1. Take the first image, "
        "`own.images[:1]`."
    },
    weights={
        "abs": "The weights lose their sign. A channel with a negative gradient speaks against the "
        "class: keep the sign of the mean.",
        "relu": "Channels with a negative weight are left out. Take the ReLU after the sum, and "
        "not of the weights.",
        "largest": "A channel gets its largest gradient as its weight. Take the mean of the "
        "gradient over the places.",
        "none": "The gradient is not averaged here, as in HiResCAM. Grad-CAM gives each channel "
        "one weight, the mean of its gradient.",
        "maps": "The maps are not in the sum here. Multiply each map by its weight.",
    },
    filter={
        "least": "This filter has the smallest weight. The task asks for the largest.",
        "size": "This filter has the largest weight without its sign. The task asks for the "
        "largest weight, and that one is positive.",
        "loudest": "This filter answers most to the image. The task asks for the filter with the "
        "largest weight.",
        "at the place": "This filter adds most at one place. The task asks for the filter with the "
        "largest weight.",
    },
    place={
        "column, row": "Row and column are swapped. The row comes first, counted from the top.",
        "least": "This is the place that speaks most against the class. The task asks for the "
        "place with most evidence for the class.",
        "pixels": "The place is given in pixels of the image. The task asks for row and column of "
        "the map of `l3`, from 0 to 6.",
        "from 1": "Row and column are counted from 1. Count from 0.",
    },
    share={
        "value": "The last number is the value of the map. The task asks for a share: divide the "
        "value by the sum of the map.",
        "signed": "The sum of the map has negative places in it. Take the ReLU first, and divide "
        "by the sum after that.",
        "per cent": "The last number is in per cent. The task asks for a share from 0 to 1.",
        "mean": "The value is divided by the mean of the map. Divide by the sum.",
    },
    network={"0": "This is the network of the number 0. Your number is {number}."},
)
def strongest_evidence(
    number,
    asked="label",
    layer="l3",
    image="first",
    weights="mean",
    filter="largest",
    place="usual",
    share="of the sum",
    network="own",
):
    own, plain = findings.images(number), findings.plain_network(0 if network == "0" else number)
    at = 1 if image == "second" else 0
    images, label = own.images[at : at + 1], int(own.labels[at])
    if asked == "number":
        label = number % 10
    if asked == "rival":
        label = int(np.argsort(numpy_outputs(plain, images)["l5"][0])[-2])
    target = asked if asked in ("all", "probability") else "logit"
    maps, gradients = (a[0] for a in maps_and_gradients(plain, images, layer, label, target))
    mean = gradients.mean(axis=(0, 1))
    weight = {
        "abs": lambda: abs(mean),
        "relu": lambda: np.maximum(mean, 0),
        "largest": lambda: gradients.max(axis=(0, 1)),
        "none": lambda: gradients,
    }.get(weights, lambda: mean)()
    parts = gradients if weights == "maps" else maps * weight
    total = parts.sum(axis=-1)
    evidence = np.maximum(total, 0)
    where = total.argmin() if place == "least" else evidence.argmax()
    row, column = map(int, np.unravel_index(where, evidence.shape))
    chosen = {
        "largest": lambda: mean.argmax(),
        "least": lambda: mean.argmin(),
        "size": lambda: abs(mean).argmax(),
        "loudest": lambda: maps.mean(axis=(0, 1)).argmax(),
        "at the place": lambda: parts[row, column].argmax(),
    }[filter]()
    value = float(evidence.max())
    said = {
        "of the sum": lambda: value / evidence.sum(),
        "value": lambda: value,
        "signed": lambda: value / total.sum(),
        "per cent": lambda: 100 * value / evidence.sum(),
        "mean": lambda: value / evidence.mean(),
    }[share]()
    seen = {
        "column, row": (column, row),
        "pixels": (4 * row, 4 * column),
        "from 1": (row + 1, column + 1),
    }.get(place, (row, column))
    return int(chosen), *seen, float(said)
