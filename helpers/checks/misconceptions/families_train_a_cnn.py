"""Families of wrong answers to the exercises of notebook 01."""

import numpy as np

from helpers.checks.misconceptions.registry import family


@family(
    "scale_images",
    divisor={
        256: "The images are divided by 256: the largest byte is 255.",
        254: "The images are divided by 254: the largest byte is 255.",
        128: "The images are divided by 128: the largest byte is 255.",
        100: "The images are divided by 100: the largest byte is 255.",
        1: "The images are not divided: they still run from 0 to 255.",
        "maximum": "The images are divided by their own maximum, so that a dim picture becomes a "
        "bright one: divide by 255, whatever is in them.",
        "maximum of each": "Each image is divided by its own maximum, so that a dim picture becomes "
        "a bright one: divide by 255, whatever is in it.",
        "if above 1": "The images are divided only where something is above 1: divide always, since "
        "a dark image of bytes can hold nothing but 0 and 1.",
    },
    shift={
        0.5: "Half is subtracted: the values run from −0.5 to 0.5, not from 0 to 1.",
        "minimum": "The smallest value is subtracted, so that the darkest pixel becomes 0: only "
        "divide.",
        "mean": "The mean is subtracted: values between 0 and 1 are asked for.",
    },
    factor={
        2: "The values are doubled.",
        -1: "The sign is turned round.",
        0.5: "The values are halved.",
    },
    invert={True: "Black and white are swapped: 0 has to stay 0."},
    channel={
        "none": "The channel axis is missing: the shape is (N, height, width, 1).",
        "front": "The channel axis stands behind the images, at axis 1: Keras wants it last.",
        "first": "The channel axis stands in front of everything: Keras wants it last.",
        "three": "There are three channels: a grey image has one.",
    },
    whole={
        True: "The values were rounded down to whole numbers: `//`, or a type of whole numbers?"
    },
)
def scale_images(raw, divisor=255, shift=0, factor=1, invert=False, channel="last", whole=False):
    x = raw.astype(np.float64)
    if divisor == "maximum":
        x = x / x.max()
    elif divisor == "maximum of each":
        x = x / x.max(axis=(1, 2), keepdims=True)
    elif divisor == "if above 1":
        x = x / 255 if x.max() > 1 else x
    else:
        x = x / divisor
    x = x - {"minimum": x.min(), "mean": x.mean()}.get(shift, shift)
    x = x * factor
    x = 1 - x if invert else x
    x = (np.trunc(x) if whole else x).astype(np.float32)
    places = {"last": x[..., None], "front": x[:, None], "first": x[None], "none": x}
    x = places.get(channel, x[..., None])
    return np.repeat(x, 3, axis=-1) if channel == "three" else x


@family(
    "count_weights",
    area={
        "sum": "Height and width of the kernel are added: each kernel has height × width numbers.",
        "height squared": "The kernel's height is squared and its width is never used.",
        "width squared": "The kernel's width is squared and its height is never used.",
        "one": "The kernel is counted as one number: it has height × width of them.",
        "height": "Only the kernel's height counts here: it has height × width numbers.",
        "width": "Only the kernel's width counts here: it has height × width numbers.",
    },
    depth={
        "one": "The channels are left out: each filter has a kernel for every input channel.",
        "added": "The channels are added where they should multiply: each filter has a kernel for "
        "every input channel.",
        "separable": "This counts a separable convolution, one kernel a channel and 1×1 filters "
        "behind: here every filter has a kernel of its own for every channel.",
        "depthwise": "This counts a depthwise convolution, one kernel a channel: here every filter "
        "has a kernel of its own for every channel.",
        "squared": "The channels are counted twice.",
    },
    bias={
        "none": "The biases are missing: each filter has one.",
        "one": "There is one bias for all filters here: each filter has its own.",
        "channels": "There is a bias for each input channel here: each filter has one.",
        "channels each": "Each filter has a bias for every input channel here: it has one.",
        "pixels": "There is a bias for each place of the kernel here: each filter has one.",
        "two": "The biases are counted twice.",
    },
    times={
        "missing": "The filters are left out: this is the number of weights of one of them.",
        "outside": "The number of filters is added, not multiplied by.",
    },
)
def count_weights(
    kernel_size, channels, filters, area="product", depth="all", bias="filters", times="filters"
):
    height, width = kernel_size
    pixels = {
        "product": height * width,
        "sum": height + width,
        "height squared": height**2,
        "width squared": width**2,
        "one": 1,
        "height": height,
        "width": width,
    }[area]
    one = {
        "all": pixels * channels,
        "one": pixels,
        "added": pixels + channels,
        "separable": None,
        "depthwise": None,
        "squared": pixels * channels**2,
    }[depth]
    biases = {
        "filters": filters,
        "none": 0,
        "one": 1,
        "channels": channels,
        "channels each": channels * filters,
        "pixels": pixels * filters,
        "two": 2 * filters,
    }[bias]
    if depth == "separable":
        return pixels * channels + channels * filters + biases
    if depth == "depthwise":
        return pixels * channels + biases
    if times == "missing":
        return one + (1 if bias == "filters" else biases)
    return (one + filters if times == "outside" else one * filters) + biases


@family(
    "accuracy",
    pick={
        "least": "The class with the smallest probability is picked: take the largest.",
        "second": "The second most probable class is picked: take the most probable one.",
        "top two": "An image counts as a hit here where its class is among the two most probable: "
        "only the most probable one counts.",
        "over images": "The largest probability is looked for along the images, axis 0: it belongs "
        "along the classes, axis 1.",
        "half": "An image counts as a hit here where its class has more than 0.5: it is a hit where "
        "its class has more than any other.",
        "rounded": "The probabilities are rounded before they are compared: look for the largest.",
    },
    count={
        "misses": "This is the share of mistakes: count the hits.",
        "number": "This is the number of hits: divide by the number of images.",
        "percent": "This is a percentage: a share between 0 and 1 is asked for.",
        "by classes": "The hits are divided by the number of classes: divide by the number of images.",
        "by labels that occur": "The hits are divided by the number of different labels: divide by "
        "the number of images.",
        "by all values": "The hits are divided by all values of `probabilities`: divide by the "
        "number of images.",
        "one too many": "The hits are divided by one more than there are images.",
        "one too few": "The hits are divided by one less than there are images.",
        "rounded": "The share is rounded: return it as it is.",
        "whole": "The share is rounded down to a whole number: `//`, or a type of whole numbers?",
        "mean of batches of 8": "This is the mean of the accuracies of batches of 8: the last batch is "
        "smaller and counts as much as the others. Count all hits, then divide once.",
        "mean of batches of 32": "This is the mean of the accuracies of batches of 32: the last batch "
        "is smaller and counts as much as the others. Count all hits, then divide once.",
        "whole batches of 8": "Only whole batches of 8 are counted: the last, smaller one is left out.",
        "whole batches of 32": "Only whole batches of 32 are counted: the last, smaller one is left out.",
        "mean of classes": "Each class counts the same here, however many images it has: take the "
        "share over all images.",
    },
    images={
        "all but the first": "The first image is left out.",
        "all but the last": "The last image is left out.",
        "first": "Only the first image is looked at.",
        "shifted": "Each answer is compared with the label of the next image.",
        "labels from 1": "The classes are counted from 1 here, the labels from 0.",
    },
)
def accuracy(probabilities, labels, pick="most", count="share", images="all"):
    if images == "all but the first":
        probabilities, labels = probabilities[1:], labels[1:]
    elif images == "all but the last":
        probabilities, labels = probabilities[:-1], labels[:-1]
    elif images == "first":
        probabilities, labels = probabilities[:1], labels[:1]
    elif images == "shifted":
        labels = np.roll(labels, -1)
    elif images == "labels from 1":
        labels = labels - 1
    order = probabilities.argsort(axis=1)
    own = probabilities[np.arange(len(labels)), labels]
    hits = {
        "most": lambda: probabilities.argmax(axis=1) == labels,
        "least": lambda: probabilities.argmin(axis=1) == labels,
        "second": lambda: order[:, -2] == labels,
        "top two": lambda: (order[:, -2:] == labels[:, None]).any(axis=1),
        "over images": lambda: probabilities.argmax(axis=0) == labels,
        "half": lambda: own > 0.5,
        "rounded": lambda: np.rint(own) == 1,
    }[pick]()
    if count.startswith("mean of batches"):
        size = int(count.split()[-1])
        return float(np.mean([hits[i : i + size].mean() for i in range(0, len(hits), size)]))
    if count.startswith("whole batches"):
        size = int(count.split()[-1])
        return float(hits[: len(hits) // size * size].mean())
    n = len(hits)
    return float(
        {
            "share": lambda: hits.mean(),
            "misses": lambda: 1 - hits.mean(),
            "number": lambda: hits.sum(),
            "percent": lambda: 100 * hits.mean(),
            "by classes": lambda: hits.sum() / probabilities.shape[1],
            "by labels that occur": lambda: hits.sum() / len(np.unique(labels)),
            "by all values": lambda: hits.sum() / probabilities.size,
            "one too many": lambda: hits.sum() / (n + 1),
            "one too few": lambda: hits.sum() / (n - 1),
            "rounded": lambda: np.rint(hits.mean()),
            "whole": lambda: hits.sum() // n,
            "mean of classes": lambda: np.mean(
                [hits[labels == c].mean() for c in np.unique(labels)]
            ),
        }[count]()
    )
