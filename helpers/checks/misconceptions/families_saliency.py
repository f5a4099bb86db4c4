"""Families of wrong answers to the exercises of notebook 07."""

import itertools

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import numpy_gradient, numpy_logits
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs


def peak(values, function=np.max):
    """Return one number for each image, as an array (N, 1, ...)."""
    return function(values, axis=tuple(range(1, values.ndim)), keepdims=True)


# saliency_map


@kept
def image_gradient(network, images, class_index, target):
    return numpy_gradient(network, images, "", class_index, target)


@kept
def outputs(network, images):
    return numpy_outputs(network, images)["classes"]


RESULT = {
    "from 0 to 1": "Each map is scaled to 0..1: leave its values as they are.",
    "from 0 to 1 in all": "All maps are scaled together to 0..1: leave their values as they are.",
    "by the maximum": "Each map is divided by its maximum: leave its values as they are.",
    "by the maximum of all": "All maps are divided by the largest value of the batch: leave their "
    "values as they are.",
    "by the sum": "Each map is divided by its sum: leave its values as they are.",
    "by the length": "Each map is divided by its L2 norm: leave its values as they are.",
    "by the deviation": "Each map is divided by its standard deviation: leave its values as they are.",
    "standardised": "The mean of each map is subtracted, and the map is divided by its deviation: leave "
    "its values as they are.",
    "clipped": "The map is cut off at 1: leave its values as they are.",
    "squared": "The map is squared: leave its values as they are.",
    "root": "The root of the map is taken: leave its values as they are.",
    "logarithm": "A logarithm is taken of the map: leave its values as they are.",
    "percentile": "The map is cut off at its 99th percentile: leave its values as they are.",
    "by the images": "The map is divided by the number of images: images do not depend on each other.",
    "transposed": "Rows and columns of the map are swapped. The result should have shape (N, H, "
    "W).",
    "upside down": "The rows of the map come in the opposite order.",
    "mirrored": "The columns of the map come in the opposite order.",
    "first only": "Only the first image gets a map: return one for each.",
    "first for all": "All images get the map of the first one: each has its own.",
    "mean of images": "The maps are averaged over the images, axis 0: each image has its own.",
    "mean of images for all": "All images get the mean of the maps: each has its own.",
    "added up": "The maps are added up from image to image: start anew for each image.",
    "kept axis": "An axis of length 1 is left over. The result should have shape (N, H, W).",
    "flat": "The maps are flat. The result should have shape (N, H, W).",
    "turned round": "The sign is turned round.",
    "without axes of length 1": "`squeeze` drops every axis of length 1, so that the axis of the images "
    "is lost where there is one image. The result should have shape (N, H, W).",
    "without the axis": "Only the first image's map is returned, without the axis of the images. The "
    "result should have shape (N, H, W).",
    "whole": "The values are rounded to whole numbers: leave them as they are.",
    "ranks": "The values are replaced by their order: leave them as they are.",
    "by the largest magnitude": "Each map is divided by its largest absolute value: leave its values "
    "as they are.",
}


def as_result(maps, result):
    low, high = peak(maps, np.min), peak(maps)
    return {
        None: lambda: maps,
        "from 0 to 1": lambda: (maps - low) / np.where(high > low, high - low, 1),
        "from 0 to 1 in all": lambda: (maps - maps.min()) / (np.ptp(maps) or 1),
        "by the maximum": lambda: maps / high,
        "by the maximum of all": lambda: maps / maps.max(),
        "by the sum": lambda: maps / peak(maps, np.sum),
        "by the length": lambda: maps / np.sqrt(peak(maps**2, np.sum)),
        "by the deviation": lambda: maps / peak(maps, np.std),
        "standardised": lambda: (maps - peak(maps, np.mean)) / peak(maps, np.std),
        "clipped": lambda: np.clip(maps, 0, 1),
        "squared": lambda: maps**2,
        "root": lambda: np.sqrt(maps),
        "logarithm": lambda: np.log1p(maps),
        "percentile": lambda: np.minimum(
            maps, np.percentile(maps, 99, axis=tuple(range(1, maps.ndim)), keepdims=True)
        ),
        "by the images": lambda: maps / len(maps),
        "transposed": lambda: maps.swapaxes(1, 2),
        "upside down": lambda: maps[:, ::-1],
        "mirrored": lambda: maps[:, :, ::-1],
        "first only": lambda: maps[:1],
        "first for all": lambda: np.repeat(maps[:1], len(maps), axis=0),
        "mean of images": lambda: maps.mean(axis=0),
        "mean of images for all": lambda: np.repeat(maps.mean(axis=0)[None], len(maps), axis=0),
        "added up": lambda: maps.cumsum(axis=0),
        "kept axis": lambda: maps[..., None],
        "flat": lambda: maps.reshape(len(maps), -1),
        "turned round": lambda: -maps,
        "without axes of length 1": lambda: np.squeeze(maps),
        "without the axis": lambda: maps[0],
        "whole": lambda: np.rint(maps),
        "ranks": lambda: (
            maps.reshape(len(maps), -1).argsort(axis=1).argsort(axis=1).reshape(maps.shape)
        ),
        "by the largest magnitude": lambda: maps / peak(abs(maps)),
    }[result]()


@often_and_alone(
    "saliency_map",
    often={
        "target": ("probability", "loss", "all", "top", "previous", "mean", "feature"),
        "sign": ("signed", "positive", "late", "squared"),
        "channels": ("mean", "sum", "length", "first", "nothing", "squares"),
        "times": ("image", "averaged"),
        "result": (
            "from 0 to 1",
            "by the maximum",
            "transposed",
            "first only",
            "kept axis",
            "without axes of length 1",
            "without the axis",
            "from 0 to 1 in all",
            "by the deviation",
        ),
    },
    target={
        "probability": "The gradient is that of the probability, which is nearly 0 where the network is "
        "sure. Differentiate the logit, before the softmax.",
        "loss": "The gradient is that of the logarithm of the probability, as in a loss: differentiate "
        "the logit itself.",
        "all": "All logits are added up. Choose the logit of `class_index` before you differentiate.",
        "top": "`class_index` is not used. The map explains the class with the largest output.",
        "top of the first": "`class_index` is not used. The map explains the class that is the most "
        "probable one in the first image.",
        "top probability": "`class_index` is not used, and the gradient is that of a probability. "
        "Differentiate the logit of `class_index`.",
        "least": "`class_index` is not used. The map explains the class with the smallest output.",
        "previous": "The map explains the class before the one that was asked for. Classes are counted "
        "from 0.",
        "next": "The map explains the class behind the one that was asked for. Classes are counted "
        "from 0.",
        "first": "`class_index` is not used. The map explains class 0.",
        "last": "`class_index` is not used. The map explains the last class.",
        "from the end": "The classes are counted from the end. `class_index` counts from 0.",
        "mean": "The gradient is that of the mean over the images and too small by their number. "
        "Do not average the logits.",
        "mean loss": "The gradient is that of the mean loss over the images: differentiate the logit "
        "itself.",
        "mean of classes": "The gradient is that of the mean of all logits. Choose the logit of "
        "`class_index`.",
        "others": "The other logits are subtracted from the logit of the class. Differentiate that logit "
        "alone.",
        "rival": "The logit of the strongest other class is subtracted. Differentiate the logit of the "
        "class alone.",
        "squared logit": "The gradient is that of the squared logit: differentiate the logit itself.",
        "of the first image": "Only the first image's logit is differentiated, so that the others' "
        "gradients are 0. Differentiate the column of all images.",
        "without the mean": "The mean of all logits is subtracted. Differentiate the logit of the class "
        "alone. (The logarithms of the probabilities lack a number that depends on all logits.)",
        "all but the class": "The logits of all other classes are differentiated, and the one of the "
        "class is left out. Differentiate the logit of the class.",
        "row": "`class_index` chooses an image, axis 0, of which all logits are differentiated. Choose "
        "the class, axis 1, of every image.",
        "feature": "The number that is differentiated is an input of the last layer, a feature, not a "
        "logit. The logits are these features times the last layer's kernel, plus its bias.",
        "rectified logit": "A ReLU is applied to the logit, so that the gradient is 0 where the logit is "
        "negative. Differentiate the logit itself.",
        "sigmoid": "A sigmoid is taken of the logit, which makes the gradient smaller: differentiate the "
        "logit itself.",
        "exponential": "An exponential is taken of the logit, which makes another gradient: "
        "differentiate the logit itself.",
        "softmax twice": "A softmax, or a loss that begins with one, is taken of the model's output, "
        "which is behind a softmax already. Differentiate the logit, before any softmax.",
        "logarithm of a softmax twice": "The logarithm of a softmax, or a loss from logits, is taken of "
        "the model's output, which is behind a softmax already. Differentiate the logit, before any "
        "softmax.",
    },
    sign={
        "signed": "The maximum is taken without the absolute value, so that strong negative gradients "
        "are lost.",
        "late": "The absolute value comes after the step over the channels: take `abs` first, then "
        "the step over the channels.",
        "positive": "Negative gradients become 0. A pixel that lowers the logit matters as well. "
        "Take the absolute value.",
        "negative": "Positive gradients become 0. A pixel that raises the logit matters as well. "
        "Take the absolute value.",
        "turned round": "The sign of the gradient is turned round. Take the absolute value.",
        "squared": "The gradient is squared. Take the absolute value.",
        "signs": "Only the sign of the gradient is left. Take the absolute value.",
    },
    channels={
        "mean": "The mean over the channels is taken. The exercise asks for the largest value.",
        "sum": "The sum over the channels is taken. The exercise asks for the largest value.",
        "length": "The length of the gradient over the channels is taken (L2 norm). The exercise asks for "
        "the largest value.",
        "squares": "The squares are added up over the channels. The exercise asks for the largest value.",
        "minimum": "The smallest value over the channels is taken. The exercise asks for the largest.",
        "median": "The median over the channels is taken. The exercise asks for the largest value.",
        "first": "Only the first channel is looked at. Take the largest value over all channels.",
        "last": "Only the last channel is looked at. Take the largest value over all channels.",
        "first or last": "Only one channel out of two is looked at. Take the largest value over all "
        "channels.",
        "luminance": "The channels are weighted as for a grey picture. Take the largest value.",
        "strongest channel": "One channel is taken for the whole image: take the largest value at each "
        "pixel.",
        "strongest in the image": "The channel with the largest single value is taken for the whole "
        "image: take the largest value at each pixel.",
        "root mean square": "The root mean square over the channels is taken. The exercise asks for the "
        "largest value.",
        "number": "The number of the strongest channel is returned (arg-max). Return its value.",
        "spread": "The standard deviation over the channels is taken. The exercise asks for the largest "
        "value.",
        "product": "The channels are multiplied by each other. Take the largest value.",
        "rows": "The maximum is taken over the rows, axis 1: take it over the channels, axis 3.",
        "columns": "The maximum is taken over the columns, axis 2: take it over the channels, axis 3.",
        "images": "The maximum is taken over the images, axis 0: take it over the channels, axis 3.",
        "nothing": "The channels are still there. Take the largest value over axis 3.",
    },
    times={
        "image": "The gradient is multiplied by the image. The saliency map is the gradient alone, which "
        "is not 0 where the image is.",
        "absolute image": "The map is multiplied by the image. The saliency map is the gradient alone.",
        "added image": "The image is added to the map. The saliency map is the gradient alone.",
        "divided by 255": "The images are divided by 255 once more: they are already what the model "
        "takes.",
        "times 255": "The images are multiplied by 255: they are already what the model takes.",
        "from -1 to 1": "The images are scaled to −1..1: they are already what the model takes.",
        "standardised": "The images are standardised: they are already what the model takes.",
        "inverted": "Black and white of the images are swapped: they are already what the model takes.",
        "averaged": "The gradients are averaged over the images, axis 0: each image has its own.",
        "grey": "The images are made grey. Give the model all channels.",
        "black": "The gradient is that at a black image, but it should be the one at the image "
        "itself.",
        "mean image": "The gradient is that at the mean of the images: each image has its own.",
        "first image": "The gradient is that at the first image, for all: each image has its own.",
        "clipped": "The images are clipped to 0..1: they are already what the model takes.",
        "clipped below": "Negative pixels of the images become 0: they are already what the model takes.",
        "absolute pixels": "The absolute value of the images is taken: they are already what the model "
        "takes.",
        "own range": "Each image is scaled to 0..1: they are already what the model takes.",
        "standardised each": "Each image is standardised: they are already what the model takes.",
        "whole pixels": "The pixels are rounded to whole numbers: they are already what the model takes.",
        "grey image": "The gradient is that at an image of 0.5 everywhere, but it should be the one at the "
        "image itself.",
        "white": "The gradient is that at an image of 1 everywhere, but it should be the one at the image "
        "itself.",
        "turned": "The image is turned by 180° before the model sees it.",
    },
    result=RESULT,
)
def saliency_map(
    model, images, class_index, target="logit", sign="absolute", channels="maximum", times=None,
    result=None,
):  # fmt: skip
    own = images
    images = {
        "divided by 255": lambda: images / np.float32(255),
        "times 255": lambda: images * np.float32(255),
        "from -1 to 1": lambda: 2 * images - 1,
        "standardised": lambda: (images - images.mean()) / images.std(),
        "inverted": lambda: 1 - images,
        "grey": lambda: np.broadcast_to(images.mean(axis=3, keepdims=True), images.shape).copy(),
        "black": lambda: np.zeros_like(images),
        "mean image": lambda: np.repeat(images.mean(axis=0)[None], len(images), axis=0),
        "first image": lambda: np.repeat(images[:1], len(images), axis=0),
        "clipped": lambda: np.clip(images, 0, 1),
        "clipped below": lambda: np.maximum(images, 0),
        "absolute pixels": lambda: abs(images),
        "own range": lambda: (images - peak(images, np.min)) / peak(images, np.ptp),
        "standardised each": lambda: (images - peak(images, np.mean)) / peak(images, np.std),
        "whole pixels": lambda: np.rint(images),
        "grey image": lambda: np.full_like(images, 0.5),
        "white": lambda: np.ones_like(images),
        "turned": lambda: np.ascontiguousarray(images[:, ::-1, ::-1]),
    }.get(times, lambda: images)()
    classes = model["layers"][-1]["kernel"].shape[1]

    def of(index, name="logit"):
        return image_gradient(model, images, index, name)

    def order():
        return outputs(model, images).argsort(axis=1)

    def strongest_other():
        found = order()
        return tuple(np.where(found[:, -1] == class_index, found[:, -2], found[:, -1]))

    def logits():
        # known up to a constant; the last layer's bias is 0 in these networks
        network = {**model, "layers": [*model["layers"][:-1]]}
        last = model["layers"][-1]
        hidden = numpy_outputs(network, images)[network["layers"][-1]["name"]]
        return hidden @ last["kernel"] + last["bias"]

    def own_logit():
        return logits()[:, class_index][:, None, None, None]

    def headless():
        last = model["layers"][-1]
        features = {**last, "kernel": np.eye(len(last["kernel"])), "bias": 0, "activation": None}
        return {**model, "layers": [*model["layers"][:-1], features]}

    def row_of(row):
        if row >= len(images):
            raise IndexError(row)
        return of(row, "all") * (np.arange(len(images)) == row)[:, None, None, None]

    def twice():
        """Return the probability of a softmax of the outputs, and its logarithm's gradient."""
        share = np.exp(outputs(model, images))
        share = (share / share.sum(axis=1, keepdims=True)).T[..., None, None, None]
        each = [of(c, "probability") for c in range(classes)]
        return share[class_index], each[class_index] - sum(share * np.stack(each))

    gradient = {
        "logit": lambda: of(class_index),
        "mean loss": lambda: of(class_index, "loss") / len(images),
        "mean of classes": lambda: of(class_index, "all") / classes,
        "top of the first": lambda: of(int(order()[0, -1])),
        "top probability": lambda: np.concatenate(
            [
                image_gradient(model, images[i : i + 1], int(c), "probability")
                for i, c in enumerate(order()[:, -1])
            ]
        ),
        "least": lambda: of(tuple(order()[:, 0])),
        "previous": lambda: of(class_index - 1),
        "next": lambda: of((class_index + 1) % classes),
        "first": lambda: of(0),
        "last": lambda: of(-1),
        "from the end": lambda: of(-1 - class_index),
        "others": lambda: 2 * of(class_index) - of(class_index, "all"),
        "without the mean": lambda: of(class_index) - of(class_index, "all") / classes,
        "of the first image": lambda: (
            of(class_index) * (np.arange(len(images)) == 0)[:, None, None, None]
        ),
        "rival": lambda: of(class_index) - of(strongest_other()),
        "squared logit": lambda: 2 * own_logit() * of(class_index),
        "all but the class": lambda: of(class_index, "all") - of(class_index),
        "row": lambda: row_of(class_index),
        "feature": lambda: image_gradient(headless(), images, class_index, "logit"),
        "rectified logit": lambda: (own_logit() > 0) * of(class_index),
        "sigmoid": lambda: of(class_index) / (2 + 2 * np.cosh(own_logit())),
        "exponential": lambda: of(class_index) * np.exp(own_logit()),
        "softmax twice": lambda: twice()[1] * twice()[0],
        "logarithm of a softmax twice": lambda: twice()[1],
    }.get(target, lambda: of(class_index, target))()
    if times == "image":
        gradient = gradient * own
    elif times == "averaged":
        gradient = np.repeat(gradient.mean(axis=0)[None], len(images), axis=0)

    def signed(values):
        return {
            "absolute": lambda: abs(values),
            "late": lambda: abs(values),
            "signed": lambda: values,
            "positive": lambda: np.maximum(values, 0),
            "negative": lambda: np.maximum(-values, 0),
            "turned round": lambda: -values,
            "squared": lambda: values**2,
            "signs": lambda: np.sign(values),
        }[sign]()

    values = gradient if sign == "late" else signed(gradient)
    grey = np.resize([0.299, 0.587, 0.114], values.shape[-1])
    maps = {
        "maximum": lambda: values.max(axis=3),
        "mean": lambda: values.mean(axis=3),
        "sum": lambda: values.sum(axis=3),
        "length": lambda: np.sqrt((values**2).sum(axis=3)),
        "squares": lambda: (values**2).sum(axis=3),
        "minimum": lambda: values.min(axis=3),
        "median": lambda: np.median(values, axis=3),
        "first": lambda: values[..., 0],
        "last": lambda: values[..., -1],
        "first or last": lambda: values[..., ::2].max(axis=3),
        "luminance": lambda: values @ grey,
        "strongest channel": lambda: np.stack(
            [one[..., one.sum(axis=(0, 1)).argmax()] for one in values]
        ),
        "strongest in the image": lambda: np.stack(
            [one[..., one.max(axis=(0, 1)).argmax()] for one in values]
        ),
        "root mean square": lambda: np.sqrt((values**2).mean(axis=3)),
        "number": lambda: values.argmax(axis=3),
        "spread": lambda: values.std(axis=3),
        "product": lambda: values.prod(axis=3),
        "rows": lambda: values.max(axis=1),
        "columns": lambda: values.max(axis=2),
        "images": lambda: values.max(axis=0),
        "nothing": lambda: values,
    }[channels]()
    maps = signed(maps) if sign == "late" else maps
    if times in ("absolute image", "added image"):
        share = own.mean(axis=3)
        maps = maps * share if times == "absolute image" else maps + share
    return as_result(maps, result)


# smooth_grad


def _unit(images):
    """Return each image scaled to 0..1."""
    low, high = (f(images, axis=(-3, -2, -1), keepdims=True) for f in (np.min, np.max))
    return (images - low) / np.where(high > low, high - low, 1)


def slope(score, images):
    """Return the gradient (..., H, W, C) of the check's score at images (..., H, W, C)."""
    images = np.asarray(images, np.float64)
    flat = images.reshape(*images.shape[:-3], len(score["kernel"]))
    hidden = np.tanh(flat @ score["kernel"] + score["bias"])
    return (((1 - hidden**2) * score["weights"]) @ score["kernel"].T).reshape(images.shape)


def height(score, images):
    """Return the score (...) itself."""
    hidden = np.tanh(images.reshape(*images.shape[:-3], -1) @ score["kernel"] + score["bias"])
    return hidden @ score["weights"]


TOGETHER = {
    "sum": "The gradients are added up: divide by their number.",
    "maximum": "The largest gradient is taken. Take the mean.",
    "minimum": "The smallest gradient is taken. Take the mean.",
    "median": "The median of the gradients is taken. Take the mean.",
    "deviation": "The standard deviation of the gradients is taken. Take the mean.",
    "variance": "The variance of the gradients is taken. Take the mean.",
    "absolute": "Absolute values are averaged: average the gradients with their signs.",
    "squares": "The squares of the gradients are averaged: average the gradients themselves.",
    "roots": "The root of the mean square is taken: average the gradients themselves.",
    "positive": "Negative gradients become 0 before they are averaged: average the gradients with their "
    "signs.",
    "signs": "The signs of the gradients are averaged: average the gradients themselves.",
    "strongest": "The gradient of the largest absolute value is taken. Take the mean.",
    "last": "Only the last gradient counts: average all of them.",
    "first": "Only the first gradient counts: average all of them.",
    "middle": "Only the gradient in the middle counts: average all of them.",
    "all but the last": "The last gradient is left out of the mean.",
    "all but the first": "The first gradient is left out of the mean.",
    "by one more": "The sum is divided by one more than the number of gradients.",
    "by one less": "The sum is divided by one less than the number of gradients.",
    "one early": "The last gradient is left out of the sum, which is divided by the number of all.",
    "running": "Each gradient is averaged with what is there already, so that later gradients "
    "count more. Add up all gradients, then divide.",
    "by images": "The sum is divided by the number of images. Divide by the number of gradients.",
    "scaled": "Each gradient is divided by its largest absolute value before the mean: average the "
    "gradients as they are.",
    "unit": "Each gradient is divided by its length before the mean: average the gradients as they are.",
    "reshaped": "The gradients are only reshaped before the mean, which mixes the images. `reshape` moves "
    "no axis.",
    "ends by half": "The first and the last gradient count by half (the trapezoidal rule). All count "
    "the same.",
}


def together(gradients, how):
    """Return (N, H, W, C) from gradients (samples, N, H, W, C)."""
    n = len(gradients)

    def running():
        result = np.zeros_like(gradients[0])
        for one in gradients:
            result = (result + one) / 2
        return result

    def strongest():
        low, high = gradients.min(axis=0), gradients.max(axis=0)
        return np.where(-low > high, low, high)

    return {
        "mean": lambda: gradients.mean(axis=0),
        "over the images": lambda: gradients.mean(axis=1),
        "sum": lambda: gradients.sum(axis=0),
        "maximum": lambda: gradients.max(axis=0),
        "minimum": lambda: gradients.min(axis=0),
        "median": lambda: np.median(gradients, axis=0),
        "deviation": lambda: gradients.std(axis=0),
        "variance": lambda: gradients.var(axis=0),
        "absolute": lambda: abs(gradients).mean(axis=0),
        "squares": lambda: (gradients**2).mean(axis=0),
        "roots": lambda: np.sqrt((gradients**2).mean(axis=0)),
        "positive": lambda: np.maximum(gradients, 0).mean(axis=0),
        "signs": lambda: np.sign(gradients).mean(axis=0),
        "strongest": strongest,
        "last": lambda: gradients[-1],
        "first": lambda: gradients[0],
        "middle": lambda: gradients[n // 2],
        "all but the last": lambda: gradients[:-1].mean(axis=0),
        "all but the first": lambda: gradients[1:].mean(axis=0),
        "by one more": lambda: gradients.sum(axis=0) / (n + 1),
        "by one less": lambda: gradients.sum(axis=0) / (n - 1),
        "one early": lambda: gradients[:-1].sum(axis=0) / n,
        "running": running,
        "by images": lambda: gradients.sum(axis=0) / gradients.shape[1],
        "last by number": lambda: gradients[-1] / n,
        "by the root": lambda: gradients.sum(axis=0) / np.sqrt(n),
        "by all": lambda: gradients.mean(axis=0) / gradients.shape[1],
        "of everything": lambda: gradients.mean(),
        "samples": lambda: gradients,
        "starts at 1": lambda: (1 + gradients.sum(axis=0)) / n,
        "twice divided": lambda: gradients.mean(axis=0) / n,
        "scaled": lambda: (gradients / abs(gradients).max(axis=(2, 3, 4), keepdims=True)).mean(
            axis=0
        ),
        "unit": lambda: (
            gradients / np.sqrt((gradients**2).sum(axis=(2, 3, 4), keepdims=True))
        ).mean(axis=0),
        "reshaped": lambda: gradients.reshape(-1, n, *gradients.shape[2:]).mean(axis=1),
        "ends by half": lambda: np.trapezoid(gradients, axis=0) / (n - 1),
    }[how]()


ATTRIBUTION = {
    "absolute": "The result is an absolute value: it keeps its sign.",
    "positive": "Negative values become 0: the result keeps its sign.",
    "turned round": "The sign is turned round.",
    "over channels": "The largest absolute value over the channels is taken: return (N, H, W, C) with "
    "its sign.",
    "maximum of channels": "The maximum over the channels is taken. Return (N, H, W, C).",
    "sum of channels": "The channels are added up. Return (N, H, W, C).",
    "mean of channels": "The channels are averaged. Return (N, H, W, C).",
    "squared": "The result is squared: it keeps its sign.",
    "times images": "The result is multiplied by the images, once too often.",
    "noise on top": "The noise is left on the result.",
} | {
    name: RESULT[name]
    for name in (
        "from 0 to 1", "from 0 to 1 in all", "by the maximum", "by the sum", "by the length",
        "standardised", "first only", "first for all", "mean of images", "mean of images for all",
        "transposed", "kept axis",
    )
}  # fmt: skip


def attributed(values, result, images):
    return {
        "absolute": lambda: abs(values),
        "positive": lambda: np.maximum(values, 0),
        "over channels": lambda: abs(values).max(axis=3),
        "maximum of channels": lambda: values.max(axis=3),
        "sum of channels": lambda: values.sum(axis=3),
        "mean of channels": lambda: values.mean(axis=3),
        "times images": lambda: values * images,
        "by the maximum": lambda: values / peak(abs(values)),
    }.get(result, lambda: as_result(values, result))()


HEIGHTS = {
    "largest value": np.max,
    "smallest value": np.min,
    "mean": np.mean,
    "median": np.median,
}
ENDS = [
    (top, bottom)
    for top, bottom in itertools.product(HEIGHTS, [*HEIGHTS, ""])
    if top != bottom and {top, bottom} != {"largest value", "smallest value"}
]
RANGES = {
    (top, bottom, whose): f"The noise is a share of the {top}{bottom and ' minus the '}{bottom} of "
    f"{whose}. It should be one of each image's own range, its largest value minus its smallest."
    for whose in ("each image", "the whole batch", "the first image", "each channel")
    for top, bottom in ENDS
    # The largest value and the mean of each image are values of their own.
    if bottom or whose != "each image" or top in ("median", "smallest value")
}


def width_of(images, top, bottom, whose):
    def of(name):
        if not name:
            return 0
        over = {"the whole batch": (0, 1, 2, 3), "each channel": (1, 2)}.get(whose, (1, 2, 3))
        some = images[:1] if whose == "the first image" else images
        return HEIGHTS[name](some, axis=over, keepdims=True)

    return of(top) - of(bottom)


@often_and_alone(
    "smooth_grad",
    often={
        "width": ("1", "of the batch", "deviation", "maximum", "unit", "no share", "minus", "none"),
        "sample": ("first", "shared", "clipped to 0 and 1", "own range", "clean too", "piled up"),
        "how": ("sum", "absolute", "squares", "last", "by one more", "clean on top", "by images"),
        "result": ("absolute", "times images", "over channels", "mean of images", "first only"),
    },
    width={
        "1": "The width of the noise is `share` itself, but it should be a share of the image's "
        "range, largest minus smallest.",
        "of the batch": "The range is that of the whole batch: each image has a range of its own.",
        "of the first": "The range is that of the first image: each image has a range of its own.",
        "of each channel": "The range is that of each channel, but it should be that of the whole "
        "image.",
        "of each pixel": "The range is that over the images, axis 0: each image has a range of its own.",
        "mean range": "The range is the mean of those of all images: each image has a range of its own.",
        "maximum": "The range is taken for the largest value, but it is the largest minus the "
        "smallest.",
        "strongest": "The range is taken for the largest absolute value, but it is the largest "
        "minus the smallest.",
        "deviation": "The noise is a share of the image's standard deviation, but it should be one "
        "of the image's range.",
        "deviation of the batch": "The noise is a share of the standard deviation of all images, "
        "but it should be one of each image's range.",
        "mean": "The noise is a share of the image's mean, but it should be one of the image's "
        "range.",
        "image": "The noise is a share of each pixel's value, but it should be one of the image's "
        "range.",
        "no share": "`share` is not used. The noise is as wide as the image's range.",
        "unit": "The noise is added as it is, without its width. Multiply by the share and the range.",
        "none": "No noise is added: this is the plain gradient.",
        "half": "The noise is half as wide: its width is the share times the range.",
        "squared": "The width is squared. Multiply the noise by the share times the range.",
        "root": "The root of the width is taken. Multiply the noise by the share times the range.",
        "divided": "The share is divided by the range: multiply them.",
        "divided range": "The range is divided by the share: multiply them.",
        "over the deviation": "The width is divided by the noise's own deviation. Multiply the noise by "
        "the share times the range.",
        "minus": "The noise is subtracted: add it.",
        "over 255": "The range is divided by 255: take it as it is.",
        "minimum minus maximum": "The range is the smallest value minus the largest, which turns the "
        "noise round.",
        "without brackets": "Only the largest value is multiplied by `share`, and the smallest is "
        "subtracted as it is. Put brackets around largest − smallest.",
        "plus": "The largest and the smallest value are added. The range is the largest minus the "
        "smallest.",
        "added": "The width is added to the noise: multiply the noise by it.",
        "of the last": "The range is that of the last image: each image has a range of its own.",
        "largest range": "The largest range of all images is taken: each image has a range of its own.",
        "smallest range": "The smallest range of all images is taken: each image has a range of its own.",
        "of each row": "The range is that of each column of pixels, along axis 1. Take the range of the "
        "whole image, axes 1, 2 and 3.",
        "of each column": "The range is that of each row of pixels, along axis 2. Take the range of the "
        "whole image, axes 1, 2 and 3.",
        "over channels": "The range is that over the channels of each pixel, axis 3. Take the range of "
        "the whole image, axes 1, 2 and 3.",
        "middle half": "The range leaves the outer values out (percentiles). It is the largest value "
        "minus the smallest.",
        "range of the noise": "The range is that of the noise, but it should be that of the image.",
        "variance": "The noise is a share of the image's variance, but it should be one of the image's "
        "range.",
        "mean magnitude": "The noise is a share of the image's mean absolute value, but it should be "
        "one of the image's range.",
        "twice": "The noise is twice as wide: its width is the share times the range.",
        "by the samples": "The width is divided by the number of samples, or by its root: it is the "
        "share times the range.",
        "by the root of the samples": "The width is divided by the root of the number of samples: it is "
        "the share times the range.",
        **RANGES,
    },
    sample={
        "first": "All samples use the first noise: each has its own.",
        "shared": "The noisy images are averaged before the gradient, which takes the noise out "
        "again. Average the gradients of the noisy images.",
        "piled up": "The noise adds up from sample to sample. Add each noise to the original "
        "images.",
        "own range": "The noise is scaled to 0..1: use it as it is.",
        "centred": "The mean of the noise is subtracted: use it as it is.",
        "absolute": "The absolute value of the noise is added: use it as it is.",
        "both signs": "Each noise is added and subtracted, too: add it only.",
        "clean too": "The image without noise is counted as one more sample.",
        "clipped to 0 and 1": "The noisy images are cut off at 0 and 1: leave them as they are.",
        "clipped to the range": "The noisy images are cut off at the image's range: leave them as they "
        "are.",
        "clipped below": "The noisy images are cut off below, at 0: leave them as they are.",
        "clipped above": "The noisy images are cut off above, at 1: leave them as they are.",
        "clipped to -1 and 1": "The noisy images are cut off at −1 and 1: leave them as they are.",
        "clipped to the batch": "The noisy images are cut off at the range of the whole batch: leave them "
        "as they are.",
        "absolute images": "The absolute value of the noisy images is taken: leave them as they are.",
        "scaled": "Each noisy image is scaled to 0..1: leave it as it is.",
        "images from 0 to 1": "The images are scaled to 0..1 before the noise is added: add the noise to the "
        "original images.",
        "images from 0 to 1, share": "The images are scaled to 0..1, and the noise is as wide as `share`: "
        "add noise as wide as a share of the range to the original images.",
        "noise alone": "The gradient is that at the noise alone: add it to the images.",
        "on the gradient": "The noise is added to the gradient: add it to the image.",
        "multiplied": "The images are multiplied by 1 plus the noise. Add the noise.",
        "half the samples": "Only every other sample is used: use them all.",
        "one each": "Each image gets one sample: the same samples serve all images.",
        "all but the last": "The last sample is left out.",
        "all but the first": "The first sample is left out.",
        "clean for the first": "The image without noise stands in the place of the first sample. Start "
        "from 0, and take every sample.",
        "images averaged": "The gradients are averaged over the images, too: each image has its own.",
        "minus the plain": "The plain gradient is subtracted. Return the mean gradient alone.",
        "standardised": "The noise is brought to mean 0 and standard deviation 1 once more: use it as "
        "it is.",
        "standardised each": "Each sample of the noise is brought to mean 0 and standard deviation 1: "
        "use it as it is.",
        "unit": "Each sample of the noise is divided by its length: use it as it is.",
        "by its largest": "The noise is divided by its largest absolute value: use it as it is.",
        "clipped noise": "The noise is cut off at −1 and 1: use it as it is.",
        "squared": "The noise is squared: use it as it is.",
        "signs": "Only the sign of the noise is used: use it as it is.",
        "mean of each": "The mean of each sample is added to every pixel: each pixel has its own noise.",
        "first pixel": "One number of each sample is added to every pixel: each pixel has its own noise.",
        "first channel": "The noise of the first channel is added to every channel: each has its own.",
        "weighted": "Each gradient is multiplied by its noise: average the gradients themselves.",
        "one sample for each image": "Image number i has sample number i added, over and over: all "
        "samples serve all images.",
    },
    how={
        k: v
        for k, v in TOGETHER.items()
        if k not in ("all but the last", "all but the first", "middle", "ends by half")
    }
    | {
        "clean on top": "The gradient of the image without noise is in the sum as well. Start the sum "
        "at 0, and add up the gradients of the noisy images alone.",
        "last by number": "Only the last gradient is kept, and is divided by the number of samples. Add "
        "up all gradients, then divide.",
        "by the root": "The sum is divided by the root of the number of gradients. Divide by their "
        "number.",
        "by all": "The sum is divided by the number of images, too: each image has its own mean.",
        "of everything": "One number is taken over all axes. Average over the samples, axis 0, alone.",
        "samples": "The gradients of all samples are returned. Average over the samples, axis 0.",
        "starts at 1": "The sum starts at 1. Start the sum at 0.",
        "starts at the image": "The sum starts at the image. Start the sum at 0.",
        "twice divided": "The mean is divided by the number of gradients once more.",
    },
    result={k: v for k, v in ATTRIBUTION.items() if k != "noise on top"},
)
def smooth_grad(
    gradient, images, noise, share, width="range", sample="each", how="mean", result=None
):
    low, high = peak(images, np.min), peak(images)
    wide = {
        "range": lambda: share * (high - low),
        "1": lambda: share,
        "of the batch": lambda: share * np.ptp(images),
        "of the first": lambda: share * np.ptp(images[0]),
        "of each channel": lambda: share * np.ptp(images, axis=(1, 2), keepdims=True),
        "of each pixel": lambda: share * np.ptp(images, axis=0),
        "mean range": lambda: share * (high - low).mean(),
        "maximum": lambda: share * high,
        "strongest": lambda: share * peak(abs(images)),
        "deviation": lambda: share * peak(images, np.std),
        "deviation of the batch": lambda: share * images.std(),
        "mean": lambda: share * peak(images, np.mean),
        "image": lambda: share * images,
        "no share": lambda: high - low,
        "unit": lambda: 1,
        "none": lambda: 0,
        "half": lambda: share * (high - low) / 2,
        "squared": lambda: (share * (high - low)) ** 2,
        "root": lambda: np.sqrt(share * (high - low)),
        "divided": lambda: share / (high - low),
        "divided range": lambda: (high - low) / share,
        "over the deviation": lambda: share * (high - low) / noise.std(),
        "minus": lambda: -share * (high - low),
        "over 255": lambda: share * (high - low) / 255,
        "minimum minus maximum": lambda: share * (low - high),
        "without brackets": lambda: share * high - low,
        "plus": lambda: share * (high + low),
        "added": lambda: 1,
        "of the last": lambda: share * np.ptp(images[-1]),
        "largest range": lambda: share * (high - low).max(),
        "smallest range": lambda: share * (high - low).min(),
        "of each row": lambda: share * np.ptp(images, axis=1, keepdims=True),
        "of each column": lambda: share * np.ptp(images, axis=2, keepdims=True),
        "over channels": lambda: share * np.ptp(images, axis=3, keepdims=True),
        "middle half": lambda: (
            share * np.subtract(*np.percentile(images, [75, 25], axis=(1, 2, 3), keepdims=True))
        ),
        "range of the noise": lambda: share * np.ptp(noise),
        "variance": lambda: share * peak(images, np.var),
        "mean magnitude": lambda: share * peak(abs(images), np.mean),
        "twice": lambda: 2 * share * (high - low),
        "by the samples": lambda: share * (high - low) / len(noise),
        "by the root of the samples": lambda: share * (high - low) / np.sqrt(len(noise)),
    }.get(width, lambda: share * width_of(images, *width))()
    noise = {
        "first": lambda: np.repeat(noise[:1], len(noise), axis=0),
        "piled up": lambda: noise.cumsum(axis=0),
        "own range": lambda: (noise - noise.min()) / np.ptp(noise),
        "centred": lambda: noise - noise.mean(axis=0),
        "absolute": lambda: abs(noise),
        "both signs": lambda: np.concatenate([noise, -noise]),
        "half the samples": lambda: noise[::2],
        "all but the last": lambda: noise[:-1],
        "all but the first": lambda: noise[1:],
        "clean for the first": lambda: np.concatenate([0 * noise[:1], noise[1:]]),
        "standardised": lambda: (noise - noise.mean()) / noise.std(),
        "standardised each": lambda: (noise - peak(noise, np.mean)) / peak(noise, np.std),
        "unit": lambda: noise / np.sqrt(peak(noise**2, np.sum)),
        "by its largest": lambda: noise / abs(noise).max(),
        "clipped noise": lambda: np.clip(noise, -1, 1),
        "squared": lambda: noise**2,
        "signs": lambda: np.sign(noise),
        "mean of each": lambda: peak(noise, np.mean) + 0 * noise,
        "first pixel": lambda: noise[:, :1, :1, :1] + 0 * noise,
        "first channel": lambda: noise[..., :1] + 0 * noise,
    }.get(sample, lambda: noise)()
    added = wide * noise[:, None]
    if width == "added":
        added = added + share * (high - low)
    each = np.arange(min(len(images), len(noise)))  # as `zip` has it
    noisy = {
        "clean too": lambda: np.concatenate([images[None], images + added]),
        "shared": lambda: (images + added).mean(axis=0)[None],
        "clipped to 0 and 1": lambda: np.clip(images + added, 0, 1),
        "clipped to the range": lambda: np.clip(images + added, low, high),
        "noise alone": lambda: np.broadcast_to(added, (len(noise), *images.shape)),
        "multiplied": lambda: images * (1 + share * noise[:, None]),
        "clipped below": lambda: np.maximum(images + added, 0),
        "clipped above": lambda: np.minimum(images + added, 1),
        "clipped to -1 and 1": lambda: np.clip(images + added, -1, 1),
        "clipped to the batch": lambda: np.clip(images + added, images.min(), images.max()),
        "absolute images": lambda: abs(images + added),
        "scaled": lambda: _unit(images + added),
        "images from 0 to 1": lambda: _unit(images) + added,
        "images from 0 to 1, share": lambda: _unit(images) + share * noise[:, None],
        "one each": lambda: (images[each] + added[each, each])[None],
        "one sample for each image": lambda: (
            images + (wide * noise[np.arange(len(images)) % len(noise)])[None]
        ),
    }.get(sample, lambda: images + added)()
    if sample == "on the gradient":
        gradients = slope(gradient, images) + added
    else:
        gradients = slope(gradient, noisy)
        if sample == "minus the plain":
            gradients = gradients - slope(gradient, images)
    if sample == "weighted":
        gradients = gradients * noise[:, None]
    if how == "clean on top":
        total = gradients.sum(axis=0) + slope(gradient, images)
        return attributed(total / len(gradients), result, images)
    if how == "starts at the image":
        return attributed((gradients.sum(axis=0) + images) / len(gradients), result, images)
    if sample == "images averaged":
        gradients = np.repeat(gradients.mean(axis=1, keepdims=True), len(images), axis=1)
    return attributed(together(gradients, how), result, images)


# integrated_gradients


@often_and_alone(
    "integrated_gradients",
    often={
        "shares": ("right", "left", "both ends", "one step more"),
        "way": ("from zero", "no start", "zero baseline", "backwards"),
        "how": ("sum", "absolute", "last"),
        "times": ("nothing", "image", "turned round", "absolute"),
        "result": ("absolute", "over channels", "positive"),
    },
    shares={
        "right": "Each step is represented by its right end, but the exercise asks for its middle.",
        "left": "Each step is represented by its left end, but the exercise asks for its middle.",
        "both ends": "`np.linspace(0, 1, steps)` gives both ends of the way and points between. The "
        "exercise asks for the middles of equal steps.",
        "one step more": "There are `steps + 1` points, both ends of the way among them. The exercise asks "
        "for the middles of `steps` equal steps.",
        "middles of more": "There are `steps + 1` middles, but there are `steps` steps.",
        "middles of fewer": "There are `steps − 1` middles, but there are `steps` steps.",
        "without ends": "The way is divided into `steps + 1` steps, and the points between are taken. The "
        "exercise asks for the middles of `steps` equal steps.",
        "all but the last": "The last step is left out of the mean.",
        "all but the first": "The first step is left out of the mean.",
        "one early": "The last step is missing from the sum: there are `steps` of them.",
        "one late": "The first step is missing from the sum: there are `steps` of them.",
        "end": "The gradient is that at the image alone: average it over the way from the baseline.",
        "start": "All gradients are those at the baseline. Average over the way to the image. (Whole "
        "numbers, as `//` makes them, are no shares of the way.)",
        "middle": "There is one step in the middle of the way, whatever `steps` says.",
        "ten": "There are 10 steps, whatever `steps` says.",
        "fifty": "There are 50 steps, whatever `steps` says.",
        "trapezoidal": "The mean of both ends stands for each step (the trapezoidal rule): the exercise "
        "asks for the middle of each step.",
        "trapezoidal in steps": "`steps` points with both ends are taken, the ends by half (the "
        "trapezoidal rule). The exercise asks for the middles of equal steps.",
        "past the end": "The way goes on behind the image: its shares run from 0 to 1.",
        "quarter": "Each step is represented by a point at a quarter of it: take its middle.",
        "half a step too far": "The middles lie a whole step too far: add half a step, not one and a half.",
        "not divided": "The shares are not divided by `steps`, but they should run from 0 to 1.",
        "squared": "The shares are squared, so that the steps are not equal.",
        "more": "The middles are divided by `steps + 1`. Divide by `steps`.",
        "fewer": "The middles are divided by `steps − 1`. Divide by `steps`.",
    },
    way={
        "from zero": "The way starts at 0, whatever the baseline is, but it should start at the "
        "baseline.",
        "no start": "The points on the way lack their start. Add the baseline to share × (image − "
        "baseline).",
        "zero baseline": "`baseline` is ignored, but the way starts there, and the baseline is "
        "subtracted.",
        "added whole": "The baseline is added to share × image. The way's length is image − baseline.",
        "backwards": "The way leads from the image away from the baseline, but it should lead from "
        "the baseline to the image.",
        "mean baseline": "The baseline is replaced by its mean: each pixel starts at its own value.",
        "mean image": "The baseline is the mean image. The way should start at `baseline`.",
        "own minimum": "The baseline is the smallest value of each image. The way should start at "
        "`baseline`.",
        "first image": "The way of all images leads to the first one: each image has its own.",
        "in steps of one": "Each point is added to the one before: each starts from the baseline.",
        "clipped": "The points on the way are cut off at 0 and 1: leave them as they are.",
    },
    how={
        k: v
        for k, v in TOGETHER.items()
        if k
        not in ("all but the last", "all but the first", "one early", "ends by half", "strongest")
    }
    | {
        "over the images": "The mean is taken over the images, axis 1 of the stacked gradients. "
        "Average over the steps, axis 0."
    },
    times={
        "nothing": "The mean gradient is not yet an attribution: multiply it by image − baseline.",
        "image": "The mean gradient is multiplied by the image: multiply it by image − baseline.",
        "baseline": "The mean gradient is multiplied by the baseline: multiply it by image − baseline.",
        "turned round": "The sign is turned round. Multiply by image − baseline, not by baseline − image.",
        "absolute": "The mean gradient is multiplied by the absolute value of image − baseline: the "
        "difference keeps its sign.",
        "sum": "The mean gradient is multiplied by image + baseline: multiply it by image − baseline.",
        "squared": "The mean gradient is multiplied by the square of image − baseline: multiply it by the "
        "difference itself.",
        "step": "The mean gradient is multiplied by one step: multiply it by the whole way, image − "
        "baseline.",
        "points": "Each gradient is multiplied by its point on the way. Multiply the mean gradient by "
        "image − baseline.",
        "parts": "Each gradient is multiplied by its part of the way. Multiply the mean gradient by image "
        "− baseline.",
        "divided": "The mean gradient is divided by image − baseline: multiply it.",
        "added": "image − baseline is added to the mean gradient: multiply it.",
        "mean way": "The mean gradient is multiplied by the mean of image − baseline. Multiply pixel by "
        "pixel.",
        "gradient difference": "The gradient at the baseline is subtracted from the mean. Take the mean "
        "gradient alone.",
        "signs": "The mean gradient is multiplied by the sign of image − baseline: multiply it by the "
        "difference itself.",
    },
    result={k: v for k, v in ATTRIBUTION.items() if k != "noise on top"}
    | {
        "complete": "The attributions are scaled until their sum is the difference of the scores: leave "
        "them as they are.",
    },
)
def integrated_gradients(
    gradient, images, baseline, steps, shares="middles", way="straight", how="mean", times="way",
    result=None,
):  # fmt: skip
    k = np.arange(steps)
    at = {
        "middles": lambda: (k + 0.5) / steps,
        "right": lambda: (k + 1) / steps,
        "left": lambda: k / steps,
        "both ends": lambda: np.linspace(0, 1, steps),
        "one step more": lambda: np.linspace(0, 1, steps + 1),
        "middles of more": lambda: (np.arange(steps + 1) + 0.5) / (steps + 1),
        "middles of fewer": lambda: (np.arange(steps - 1) + 0.5) / (steps - 1),
        "without ends": lambda: (k + 1) / (steps + 1),
        "all but the last": lambda: (k[:-1] + 0.5) / steps,
        "all but the first": lambda: (k[1:] + 0.5) / steps,
        "one early": lambda: (k[:-1] + 0.5) / steps,
        "one late": lambda: (k[1:] + 0.5) / steps,
        "end": lambda: np.ones(1),
        "start": lambda: np.zeros(1),
        "middle": lambda: np.full(1, 0.5),
        "ten": lambda: (np.arange(10) + 0.5) / 10,
        "fifty": lambda: (np.arange(50) + 0.5) / 50,
        "trapezoidal": lambda: np.linspace(0, 1, steps + 1),
        "trapezoidal in steps": lambda: np.linspace(0, 1, steps),
        "past the end": lambda: (np.arange(steps + 1) + 0.5) / steps,
        "quarter": lambda: (k + 0.25) / steps,
        "half a step too far": lambda: (k + 1.5) / steps,
        "not divided": lambda: k + 0.5,
        "squared": lambda: ((k + 0.5) / steps) ** 2,
        "more": lambda: (k + 0.5) / (steps + 1),
        "fewer": lambda: (k + 0.5) / (steps - 1),
    }[shares]()[:, None, None, None, None]
    start = {
        "zero baseline": lambda: np.zeros_like(baseline),
        "mean baseline": lambda: np.full_like(baseline, baseline.mean()),
        "mean image": lambda: images.mean(axis=0),
        "own minimum": lambda: peak(images, np.min),
    }.get(way, lambda: baseline)()
    whole = images - start
    points = {
        "from zero": lambda: at * images,
        "no start": lambda: at * whole,
        "added whole": lambda: start + at * images,
        "backwards": lambda: images + at * whole,
        "first image": lambda: np.broadcast_to(start + at * whole[:1], (len(at), *images.shape)),
        "in steps of one": lambda: start + (at * whole).cumsum(axis=0),
        "clipped": lambda: np.clip(start + at * whole, 0, 1),
    }.get(way, lambda: start + at * whole)()
    found = slope(gradient, points)
    if times == "points":
        found = found * points
    elif times == "parts":
        found = found * at * whole
    if shares.startswith("trapezoidal") and how == "mean":
        mean = together(found, "ends by half")
    elif shares in ("one early", "one late"):
        mean = found.sum(axis=0) / steps
    else:
        mean = together(found, how)
    found = {
        "way": lambda: whole * mean,
        "nothing": lambda: mean,
        "image": lambda: images * mean,
        "baseline": lambda: baseline * mean,
        "turned round": lambda: -whole * mean,
        "absolute": lambda: abs(whole) * mean,
        "sum": lambda: (images + baseline) * mean,
        "squared": lambda: whole**2 * mean,
        "step": lambda: whole / steps * mean,
        "divided": lambda: mean / whole,
        "added": lambda: whole + mean,
        "mean way": lambda: peak(whole, np.mean) * mean,
        "gradient difference": lambda: whole * (mean - slope(gradient, baseline)),
        "signs": lambda: np.sign(whole) * mean,
    }.get(times, lambda: mean)()
    if result == "complete":
        lack = height(gradient, images) - height(gradient, np.broadcast_to(baseline, images.shape))
        return found * (lack / found.sum(axis=(1, 2, 3)))[:, None, None, None]
    return attributed(found, result, images)


# relu_backward

RULES = {
    "gradient": (True, False),
    "deconvnet": (False, True),
    "guided": (True, True),
}  # whether what came forward, and the signal, have to be positive
RULE = {
    "all gradient": "The plain gradient is used for every rule.",
    "all deconvnet": "The deconvnet is used for every rule.",
    "all guided": "Guided backprop is used for every rule.",
    "guided as deconvnet": "What is called guided is a deconvnet here. Guided backprop also stops the "
    "signal where the ReLU was silent.",
    "guided as gradient": "What is called guided is the plain gradient here: guided backprop also stops "
    "negative signals.",
    "deconvnet as guided": "What is called a deconvnet is guided backprop here. A deconvnet does not look "
    "at what came forward.",
    "deconvnet as gradient": "What is called a deconvnet is the plain gradient here. A deconvnet asks "
    "whether the signal is positive.",
    "gradient as guided": "What is called the gradient is guided backprop here: the gradient lets negative "
    "signals pass.",
    "gradient as deconvnet": "What is called the gradient is a deconvnet here. The gradient asks whether "
    "the ReLU was open.",
    "gradient and deconvnet swapped": "The gradient and the deconvnet are swapped. The gradient asks "
    "whether the ReLU was open, the deconvnet whether the signal is positive.",
    "gradient and guided swapped": "The gradient and guided backprop are swapped.",
    "deconvnet and guided swapped": "The deconvnet and guided backprop are swapped.",
    "nothing": "No rule stops anything: every signal passes, as if there were no ReLU.",
    "gradient stops nothing": "The gradient lets everything pass: it stops where the ReLU was silent.",
    "deconvnet stops nothing": "The deconvnet lets everything pass: it stops negative signals.",
    "guided stops nothing": "Guided backprop lets everything pass: it stops negative signals, and where "
    "the ReLU was silent.",
}


def masks_of(rule, wrong):
    """Return which of the two masks a rule has."""
    if wrong in ("all gradient", "all deconvnet", "all guided"):
        return RULES[wrong.removeprefix("all ")]
    if wrong == "nothing" or wrong == f"{rule} stops nothing":
        return False, False
    if wrong and wrong.endswith(" swapped"):
        one, other = wrong.removesuffix(" swapped").split(" and ")
        return RULES[{one: other, other: one}.get(rule, rule)]
    if wrong and wrong.startswith(f"{rule} as "):
        return RULES[wrong.removeprefix(f"{rule} as ")]
    return RULES[rule]


PASSES = {
    "open at 0": "A ReLU that is just at 0 counts as open. Write > 0, not >= 0.",
    "above 1": "The limit is 1. A ReLU is open where what came forward is above 0.",
    "one is enough": "Guided backprop needs both to be positive, what came forward and the signal, "
    "but here one of them is enough.",
    "product": "The product of what came forward and the signal has to be positive, and two "
    "negative numbers have such a product, too. Ask for each sign by itself.",
    "sum": "The sum of what came forward and the signal has to be positive: ask for each sign by itself.",
    "silent": "The signal passes where the ReLU was silent: it passes where the ReLU was open.",
    "negative": "Negative signals pass and positive ones stop, but it should be the other way "
    "round.",
    "not equal": "The ReLU counts as open where what came forward is not 0, but it is open only "
    "above 0.",
    "strongest half": "The signal passes where what came forward is above its mean, but the ReLU "
    "is open above 0.",
    "larger": "The signal passes where it is larger than what came forward: compare both with 0.",
    "leaky 0.01": "A hundredth of the signal passes where it should stop, but it should become 0 "
    "there.",
    "leaky 0.1": "A tenth of the signal passes where it should stop, but it should become 0 there.",
    "leaky 0.2": "A fifth of the signal passes where it should stop, but it should become 0 there.",
    "half at 0": "A ReLU that is just at 0 lets half of the signal pass (`np.heaviside` with 0.5): it is "
    "open only above 0.",
    "above 0.5": "The limit is 0.5. A ReLU is open where what came forward is above 0.",
    "magnitude": "The sizes of the signal and of what came forward are compared: compare both with 0.",
    "signal opens": "The sign of the signal opens the ReLU. Ask whether what came forward is above 0.",
    "exactly one": "Guided backprop needs both to be positive, what came forward and the signal, but "
    "here exactly one of them has to be.",
    "both negative": "The signal passes for guided where it and what came forward are negative: both have "
    "to be positive.",
}
SENT = {
    "mask": "The mask itself is returned: multiply the signal by it.",
    "times forward": "The signal is multiplied by what came forward: it passes unchanged or becomes 0.",
    "forward": "What came forward is returned where the signal passes. Return the signal.",
    "relu forward": "What came forward is returned behind its ReLU. Return the signal.",
    "absolute": "The absolute value of the signal is returned: a negative signal that passes keeps its "
    "sign.",
    "absolute first": "The signal is made positive by `abs` before the rule: what is negative keeps its "
    "sign.",
    "turned round": "The sign of the signal is turned round.",
    "positive": "Negative signals become 0 for every rule: the gradient lets them pass.",
    "NaN": "Where the signal stops there is NaN, but it should become 0 there.",
    "cut": "The stopped signals are left out: the result keeps its shape, with 0 there.",
    "ones": "Where the signal stops it becomes 1, but it should become 0 there.",
    "minus": "Where the signal stops its sign is turned round, but it should become 0 there.",
    "whole": "The signal is rounded to whole numbers.",
    "clipped": "The signal is cut off at 1: it passes unchanged.",
    "scaled": "The signal is divided by its largest absolute value: it passes unchanged.",
    "unit": "The signal is divided by its length: it passes unchanged.",
    "sign": "Only the sign of the signal is returned: it passes unchanged.",
    "added": "What came forward is added to the signal: it passes unchanged.",
    "squared": "The signal is squared: it passes unchanged.",
    "guided: sum": "For guided, what the other two rules give is added up: the signal has to pass both "
    "masks.",
    "guided: mean": "For guided, the mean of what the other two rules give is taken: the signal has to "
    "pass both masks.",
    "guided: product": "For guided, what the other two rules give is multiplied: only their masks are, "
    "the signal passes unchanged.",
    "guided: smaller": "For guided, the smaller one of what came forward and the signal is returned: the "
    "signal passes unchanged.",
    "guided: times forward": "For guided, the signal is multiplied by what came forward: it passes "
    "unchanged.",
    "forward elsewhere": "What came forward is returned where the signal stops, but it should become 0 "
    "there.",
    "smooth": "The signal is multiplied by a sigmoid of what came forward: it passes unchanged where "
    "that is above 0, and becomes 0 elsewhere.",
    "slope": "The signal is multiplied by what came forward, cut off at 1: it passes unchanged where that "
    "is above 0.",
    "tanh": "The signal is multiplied by a tanh of what came forward: it passes unchanged where that is "
    "above 0.",
    "divided": "The signal is divided by what came forward: it passes unchanged.",
    "share": "What came forward is divided by its largest value and multiplied by the signal: the "
    "signal passes unchanged.",
    "larger of both": "The larger one of what came forward and the signal is returned: return the "
    "signal where it passes.",
    "smaller of both": "The smaller one of what came forward and the signal is returned where the signal "
    "passes: the signal passes unchanged.",
    "mean of mask": "The signal is divided by how many signals pass: each passes unchanged.",
    "kept sum": "The signals that pass are made stronger, so that their sum stays: each passes "
    "unchanged.",
    "complement": "The signal passes where it should stop, and stops where it should pass. Exchange the "
    "two in `np.where`.",
    "elsewhere infinite": "Where the signal stops there is infinity, but it should become 0 there.",
    "rounded mask": "The signal is halved where it passes: it passes unchanged.",
}


def rectified(before, signal, rule, rules=None, passes=None, sent=None):
    if sent == "absolute first":
        signal = abs(signal)
    forward, backward = masks_of(rule, rules)
    opened = {
        "open at 0": lambda: before >= 0,
        "above 1": lambda: before > 1,
        "silent": lambda: before <= 0,
        "not equal": lambda: before != 0,
        "strongest half": lambda: before > before.mean(),
        "larger": lambda: before > signal,
        "above 0.5": lambda: before > 0.5,
        "magnitude": lambda: abs(before) > abs(signal),
        "signal opens": lambda: signal > 0,
    }.get(passes, lambda: before > 0)()
    positive = signal < 0 if passes == "negative" else signal > 0
    mask = np.ones(signal.shape, bool)
    if forward:
        mask = mask & opened
    if backward:
        mask = mask & positive
    if forward and backward and passes in (
        "one is enough", "product", "sum", "exactly one", "both negative"
    ):  # fmt: skip
        mask = {
            "exactly one": opened ^ positive,
            "both negative": (before < 0) & (signal < 0),
            "one is enough": opened | positive,
            "product": before * signal > 0,
            "sum": before + signal > 0,
        }[passes]
    rest = float(passes.split()[1]) * signal if passes and passes.startswith("leaky") else 0
    going = np.where(mask, signal, rest)
    if passes == "half at 0" and forward:
        going = np.where((before == 0) & (positive | (not backward)), signal / 2, going)
    scale = abs(going).max() or 1
    if sent and sent.startswith("guided: "):
        sent = sent if rule == "guided" else None
    other = np.maximum(signal, 0)
    return {
        "guided: sum": lambda: signal * opened + other,
        "guided: mean": lambda: (signal * opened + other) / 2,
        "guided: product": lambda: signal * opened * other,
        "guided: smaller": lambda: np.minimum(np.maximum(before, 0), other),
        "guided: times forward": lambda: going * before,
        None: lambda: going,
        "absolute first": lambda: going,
        "mask": lambda: mask * 1.0,
        "times forward": lambda: going * before,
        "forward": lambda: np.where(mask, before, 0),
        "relu forward": lambda: np.where(mask, np.maximum(before, 0), 0),
        "absolute": lambda: abs(going),
        "turned round": lambda: -going,
        "positive": lambda: np.maximum(going, 0),
        "NaN": lambda: np.where(mask, signal, np.nan),
        "cut": lambda: signal[mask],
        "ones": lambda: np.where(mask, signal, 1),
        "minus": lambda: np.where(mask, signal, -signal),
        "whole": lambda: np.rint(going),
        "clipped": lambda: np.clip(going, -1, 1),
        "scaled": lambda: going / scale,
        "unit": lambda: going / (np.sqrt((going**2).sum()) or 1),
        "sign": lambda: np.sign(going),
        "added": lambda: going + before,
        "squared": lambda: going**2,
        "forward elsewhere": lambda: np.where(mask, signal, before),
        "smooth": lambda: going / (1 + np.exp(-before)),
        "slope": lambda: going * np.minimum(before, 1),
        "tanh": lambda: going * np.tanh(before),
        "divided": lambda: going / np.where(before == 0, 1, before),
        "share": lambda: going * before / before.max(),
        "larger of both": lambda: np.maximum(before, going),
        "smaller of both": lambda: np.where(mask, np.minimum(before, signal), 0),
        "mean of mask": lambda: going / max(1, mask.sum()),
        "kept sum": lambda: going * mask.size / max(1, mask.sum()),
        "complement": lambda: np.where(mask, 0, signal),
        "elsewhere infinite": lambda: np.where(mask, signal, -np.inf),
        "rounded mask": lambda: going / 2,
    }[sent]()


# What is wrong for one rule alone.
NAMES = {
    "gradient": "For the gradient: ",
    "deconvnet": "For the deconvnet: ",
    "guided": "For guided backprop: ",
}
OPENED = (
    "open at 0",
    "above 1",
    "above 0.5",
    "silent",
    "not equal",
    "strongest half",
    "larger",
    "half at 0",
    "magnitude",
    "signal opens",
)  # of what came forward, which the deconvnet does not ask
BOTH = "one is enough", "product", "sum", "exactly one", "both negative"  # of guided alone
NOTHING = {
    "gradient": ("negative", "positive"),
    "deconvnet": (*OPENED, "absolute", "positive"),
    "guided": ("absolute", "positive", "signal opens"),
}  # what makes no difference to a rule, or is said of all three


@family(
    "relu_backward",
    in_pairs=False,
    one={
        (rule, name): f"{start}{text[0].lower()}{text[1:]}"
        for rule, start in NAMES.items()
        for name, text in (PASSES | SENT).items()
        if name not in (*BOTH, *NOTHING[rule]) and not name.startswith("guided: ")
    },
)
def relu_backward_of_one_rule(before, signal, rule, one=("", "")):
    which, name = one
    wrong = {"passes" if name in PASSES else "sent": name} if which == rule else {}
    return rectified(before, signal, rule, **wrong)


@often_and_alone(
    "relu_backward",
    often={
        "rules": (
            "all gradient", "all deconvnet", "all guided", "guided as deconvnet",
            "guided as gradient", "deconvnet as guided", "gradient and deconvnet swapped",
        ),
        "passes": ("open at 0", "one is enough", "product", "negative", "silent"),
        "sent": ("mask", "times forward", "absolute", "absolute first", "turned round", "positive"),
    },
    rules=RULE,
    passes=PASSES,
    sent=SENT,
)  # fmt: skip
def relu_backward(before, signal, rule, rules=None, passes=None, sent=None):
    return rectified(before, signal, rule, rules, passes, sent)


# backward_pass


@often_and_alone(
    "backward_pass",
    often={
        "rules": ("all gradient", "guided as deconvnet", "gradient and deconvnet swapped"),
        "passes": ("negative", "silent", "one is enough"),
        "start": ("logit", "all", "top", "previous", "probability", "loss"),
        "down": ("not transposed", "bias", "above", "below"),
        "result": ("absolute", "times inputs", "positive", "sum of inputs"),
    },
    rules=RULE,
    passes={k: v for k, v in PASSES.items() if k not in ("above 1", "open at 0", "half at 0")}
    | {
        "of the first": "The masks are those of the first input for all: each has its own.",
        "of the last": "The masks are those of the last input for all: each has its own.",
        "of the mean": "The masks are those of the mean over the inputs: each input has its own.",
        "behind": "The ReLUs are asked whether what came forward is above 0 in the layer below: each mask "
        "belongs to the layer's own ReLU.",
        "above": "The ReLUs are asked whether what came forward is above 0 in the layer above: each mask "
        "belongs to the layer's own ReLU.",
        "bottom first": "The masks come in the order from bottom to top, but the kernels from top to "
        "bottom. So the mask of another layer's ReLU is used at each ReLU.",
        "behind its kernel": "The signal goes down through a kernel and only then meets the ReLU above that "
        "kernel. On the way down the ReLU comes before the kernel. The inputs have no ReLU.",
    },
    start={
        "logit": "The signal starts with the logit's value, but it should start with 1.",
        "all": "All logits send a signal: only the one of `class_index` sends a 1.",
        "all logits": "All logits send their value: only the one of `class_index` sends a 1.",
        "top": "`class_index` is not used. The signal starts at the largest logit.",
        "top of the first": "`class_index` is not used. The signal starts at the largest logit of the "
        "first input.",
        "previous": "The signal starts one class too low. Classes are counted from 0.",
        "next": "The signal starts one class too high. Classes are counted from 0.",
        "first": "`class_index` is not used. The signal starts at class 0.",
        "last": "`class_index` is not used. The signal starts at the last class.",
        "probability": "The signal starts at the probability and goes through the softmax, but it "
        "should start with 1 at the logit.",
        "softmax": "The signal starts with the value of the probability, but it should start with "
        "1.",
        "loss": "The signal starts with the gradient of the loss, but it should start with 1 at "
        "the logit.",
        "minus": "The signal starts with −1, but it should start with 1.",
        "minus others": "The other logits send −1: they send 0.",
        "mean": "The signal starts with 1 divided by the number of inputs, but it should start "
        "with 1.",
        "sign": "The signal starts with the logit's sign, but it should start with 1.",
        "positive": "The signal starts with the logit behind a ReLU, but it should start with 1.",
        "row": "Row `class_index` of the signal is set to 1: each input has a row, and `class_index` is a "
        "column.",
        "first image": "Only the first input sends a signal: each sends a 1.",
    },
    down={
        "not transposed": "The kernels are not transposed on the way down. A signal per output becomes one "
        "per input.",
        "bias": "The biases are subtracted on the way down. A bias is a constant and has no gradient.",
        "added bias": "The biases are added on the way down. A bias is a constant and has no gradient.",
        "no bias": "The biases are left out on the way up, where they decide which ReLUs are open.",
        "no relu": "The ReLUs are left out on the way up: each layer gets what is behind the ReLU.",
        "above": "The rule is applied to the logits as well. There is no ReLU behind the last layer.",
        "below": "The rule is applied to the inputs as well: there is no ReLU, so that the result keeps "
        "both signs.",
        "absolute kernels": "The absolute values of the kernels are used on the way down: a weight keeps "
        "its sign.",
        "positive kernels": "Negative weights become 0 on the way down: a weight keeps its sign.",
        "first rule": "The rule is applied only at the uppermost ReLU, but it should be applied at "
        "each.",
        "last rule": "The rule is applied only at the lowest ReLU, but it should be applied at "
        "each.",
        "stops early": "The signal stops above the lowest kernel: it goes down to the inputs.",
        "without the first": "The uppermost kernel is left out on the way down.",
        "unit": "The signal is divided by its length at each layer: leave it as it is.",
        "squared": "The squares of the kernels are used on the way down: use the kernels themselves.",
        "gradient below": "The rule is used at the uppermost ReLU, the plain gradient below: the rule is "
        "used at each ReLU.",
        "opposite order": "The kernels come in the order from bottom to top. The signal goes from top to "
        "bottom.",
    },
    result={
        "absolute": "The absolute value is returned. The signal has a sign at the inputs.",
        "positive": "Negative values become 0. The signal has a sign at the inputs.",
        "times inputs": "The result is multiplied by the inputs: what goes down is the signal alone.",
        "added inputs": "The inputs are added: what goes down is the signal alone.",
        "sum of inputs": "The signals of all inputs are added up, axis 0: each has its own.",
        "mean of inputs": "The signals of all inputs are averaged, axis 0: each has its own.",
        "first only": "Only the first input gets a signal: return one for each.",
        "first for all": "All inputs get the signal of the first one: each has its own.",
        "turned round": "The sign is turned round.",
        "from 0 to 1": "The result is scaled to 0..1: leave the signal as it is.",
        "by the maximum": "The result is divided by its largest absolute value: leave the signal as it "
        "is.",
        "unit": "The result is divided by its length: leave the signal as it is.",
        "transposed": "The result is transposed, but it should have shape (N, P).",
        "squared": "The result is squared: leave the signal as it is.",
        "logits": "These are the logits of the way up: send a signal down.",
        "clipped": "The result is cut off at −1 and 1: leave the signal as it is.",
    },
)
def backward_pass(
    network, inputs, class_index, rule, rules=None, passes=None, start="one", down=None, result=None
):
    kernels, biases = network["kernels"], network["biases"]
    before, x = [], inputs.astype(np.float64)
    for kernel, bias in zip(kernels, biases, strict=True):
        before.append(x @ kernel + (0 if down == "no bias" else bias))
        x = before[-1] if down == "no relu" else np.maximum(before[-1], 0)
    logits, before = before[-1], [inputs, *before[:-1]]
    n, classes = logits.shape
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)

    def one(index):
        signal = np.zeros(logits.shape)
        signal[np.arange(n), index] = 1
        return signal

    def row():
        signal = np.zeros(logits.shape)
        signal[class_index] = 1
        return signal

    own = one(class_index)
    signal = {
        "one": lambda: own,
        "logit": lambda: own * logits,
        "all": lambda: np.ones(logits.shape),
        "all logits": lambda: logits,
        "top": lambda: one(logits.argmax(axis=1)),
        "top of the first": lambda: one(logits[0].argmax()),
        "previous": lambda: one(class_index - 1),
        "next": lambda: one((class_index + 1) % classes),
        "first": lambda: one(0),
        "last": lambda: one(-1),
        "probability": lambda: p[:, [class_index]] * (own - p),
        "softmax": lambda: own * p,
        "loss": lambda: p - own,
        "minus": lambda: -own,
        "minus others": lambda: 2 * own - 1,
        "mean": lambda: own / n,
        "sign": lambda: own * np.sign(logits),
        "positive": lambda: own * np.maximum(logits, 0),
        "row": row,
        "first image": lambda: own * (np.arange(n) == 0)[:, None],
    }[start]()

    def apply(values, signal, level):
        if passes in ("of the first", "of the last", "of the mean"):
            one = {"of the first": values[0], "of the last": values[-1]}
            values = np.broadcast_to(one.get(passes, values.mean(axis=0)), values.shape)
        now = rule
        if down == "gradient below" and level < len(kernels) - 1:
            now = "gradient"
        return rectified(values, signal, now, rules, passes)

    if down == "above":
        signal = apply(logits, signal, len(kernels))
    for level in reversed(range(len(kernels))):
        kernel = kernels[level]
        if down == "opposite order":
            kernel = kernels[len(kernels) - 1 - level]
        if down in ("bias", "added bias"):
            signal = signal + (1 if down == "added bias" else -1) * biases[level]
        change = {
            "absolute kernels": abs,
            "positive kernels": lambda k: np.maximum(k, 0),
            "squared": lambda k: k**2,
        }
        kernel = change.get(down, lambda k: k)(kernel)
        if down == "stops early" and level == 0:
            break
        if not (down == "without the first" and level == len(kernels) - 1):
            signal = signal @ (kernel if down == "not transposed" else kernel.T)
        if down == "unit":
            signal = signal / np.sqrt((signal**2).sum(axis=1, keepdims=True))
        where = {"first rule": len(kernels) - 1, "last rule": 1}
        if (level or down == "below" or passes == "behind its kernel") and where.get(
            down, level
        ) == level:
            shifted = {
                "behind": -1,
                "above": 1,
                "behind its kernel": 1,
                "bottom first": len(kernels) - 2 * level,
            }.get(passes, 0)
            values = [*before, logits][level + shifted]
            signal = apply(values, signal, level)
    return {
        None: lambda: signal,
        "absolute": lambda: abs(signal),
        "positive": lambda: np.maximum(signal, 0),
        "times inputs": lambda: inputs * signal,
        "added inputs": lambda: inputs + signal,
        "sum of inputs": lambda: signal.sum(axis=0),
        "mean of inputs": lambda: signal.mean(axis=0),
        "first only": lambda: signal[:1],
        "first for all": lambda: np.repeat(signal[:1], n, axis=0),
        "turned round": lambda: -signal,
        "from 0 to 1": lambda: (
            (signal - peak(signal, np.min)) / np.ptp(signal, axis=1, keepdims=True)
        ),
        "by the maximum": lambda: signal / peak(abs(signal)),
        "unit": lambda: signal / np.sqrt((signal**2).sum(axis=1, keepdims=True)),
        "transposed": lambda: signal.T,
        "squared": lambda: signal**2,
        "logits": lambda: logits,
        "clipped": lambda: np.clip(signal, -1, 1),
    }[result]()


# own_slopes


logits_of = kept(numpy_logits)


@family(
    "own_slopes",
    in_pairs=False,  # of which each needs gradients of its own
    image={
        "second": "This is the second image of your digit. Take the first.",
        "last": "This is the last image of your digit. Take the first.",
        "any": "This is the first of all images. Take the first image of your digit.",
        "number 0": "This is an image of the number 0. Your number is {number}.",
    },
    index={
        "predicted": "This is the logit of the class that the network predicts. Take the logit of "
        "your digit.",
        "next": "This is the logit of the class after yours. The class 0 is the digit 0.",
    },
)
@family(
    "own_slopes",
    pixel={
        "signed": "The pixel is the one with the largest positive gradient. Its size counts, so a "
        "negative gradient counts, too.",
        "times ink": "The pixel belongs to gradient × input. Take the gradient alone.",
        "probability": "The pixel belongs to the gradient of the probability. Take the logit.",
        "least": "The pixel has the smallest gradient. Look for the largest size.",
        "shares": "The pixel has the largest share of integrated gradients. Take it from the "
        "gradient at the image.",
        "column, row": "Row and column are swapped. The row comes first, counted from the top.",
        "from 1": "Row and column are counted from 1. Count from 0.",
    },
    way={
        "starts": "The gradients are taken where the steps start. Take each in the middle of its "
        "step.",
        "ends": "The gradients are taken where the steps end. Take each in the middle of its step.",
        "at the image": "This is gradient × input, with the gradient at the image alone. Take the mean "
        "of eight gradients on the way.",
        "one step": "This is one step. Take eight.",
        "ten steps": "These are ten steps. Take eight.",
        "not multiplied": "The mean gradient is not multiplied with the ink. A share is (image − "
        "baseline) times the mean gradient.",
        "from ink": "The way starts at paper full of ink. Start at no ink, which is 0 everywhere.",
        "sizes": "These are the sizes of the shares. Add up the shares with their signs.",
    },
    missing={
        "turned": "What is missing has the wrong sign. Subtract the sum from the difference of the "
        "logits.",
        "size": "The sign of what is missing is lost. It is negative where the shares add up to "
        "too much.",
        "no baseline": "The logit of the image stands for the difference. Subtract the logit of "
        "the baseline.",
        "share": "What is missing is divided by the difference of the logits. Leave it as a "
        "number of logits.",
    },
)
def own_slopes(number, pixel="largest", way="middles", missing="usual", image="first", index="own"):
    digit, own = number % 10, findings.images(0 if image == "number 0" else number)
    some = own.images if image == "any" else own.images[own.labels == digit]
    one = some[{"second": [1], "last": [-1]}.get(image, [0])]
    network, nothing = findings.plain_network(number), 0 * one
    ends = logits_of(network, np.concatenate([one, nothing + (way == "from ink")]))
    c = {"own": digit, "predicted": int(ends[0].argmax()), "next": (digit + 1) % 10}[index]

    def gradient(images, target="logit"):
        return image_gradient(network, images, c, target)

    start = nothing + (way == "from ink")
    steps = {"one step": 1, "ten steps": 10}.get(way, 8)
    places = (np.arange(steps) + {"starts": 0, "ends": 1}.get(way, 0.5)) / steps
    places = places if way != "at the image" else np.ones(1)
    mean = gradient(start + places[:, None, None, None] * (one - start)).mean(axis=0)
    shares = mean if way == "not multiplied" else (one - start)[0] * mean
    together = float((abs(shares) if way == "sizes" else shares).sum())
    ways = {
        "signed": lambda: gradient(one),
        "times ink": lambda: one * gradient(one),
        "probability": lambda: abs(gradient(one, "probability")),
        "least": lambda: -abs(gradient(one)),
        "shares": lambda: shares[None],
    }
    values = ways.get(pixel, lambda: abs(gradient(one)))()[0, ..., 0]
    row, column = map(int, np.unravel_index(values.argmax(), values.shape))
    place = {"column, row": (column, row), "from 1": (row + 1, column + 1)}.get(
        pixel, (row, column)
    )
    difference = float(ends[0, c] - ends[1, c])
    rest = difference - together
    rest = {
        "turned": -rest,
        "size": abs(rest),
        "no baseline": float(ends[0, c]) - together,
        "share": rest / difference,
    }.get(missing, rest)
    return *place, together, rest
