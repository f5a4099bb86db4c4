"""Families of wrong answers to the exercises of notebook 01."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import numbered_outputs
from helpers.checks.misconceptions.registry import family

BYTES = "Bytes start anew below 0 and above 255: convert them to float32 first."


def _not_0(divisor):
    return np.where(divisor == 0, 1, divisor)


@family(
    "scale_images",
    in_pairs=False,
    grey=dict.fromkeys(
        [20, 25, 30, 50, 64, 75, 100, 150, 180, 192, 200, 250, 254],
        "Every pixel becomes 0 or 1, whether it is above a limit or not. Keep the grey values between.",
    ),
)
@family(
    "scale_images",
    in_pairs=False,
    divisor={
        "length of each": "Each image is divided by its length, the root of the sum of its squares: divide by 255.",
        "length of rows": "Each row of an image is divided by its length, the root of the sum of its squares (axis 2): divide by 255.",
        "length of columns": "Each column of an image is divided by its length, the root of the sum of its squares (axis 1): divide by 255.",
        "length": "The images are divided by the root of the sum of all squares: divide by 255.",
        "sum of each": "Each image is divided by the sum of its pixels: divide by 255.",
        "sum": "The images are divided by the sum of all pixels: divide by 255.",
        "mean": "The images are divided by the mean of all pixels: divide by 255.",
        "mean of each": "Each image is divided by the mean of its pixels: divide by 255.",
        "maximum of rows": "Each row of an image is divided by its own maximum (axis 2): divide by 255.",
        "maximum of columns": "Each column of an image is divided by its own maximum (axis 1): divide by 255.",
        "maximum over images": "Each pixel is divided by its maximum over the images (axis 0): divide by 255.",
        "maximum of each above 1": "Each image is divided by its own maximum where that is above 0: divide by 255.",
        "first maximum": "All images are divided by the maximum of the first one: divide by 255.",
        "range of rows": "Each row is stretched from its own minimum to its own maximum: divide by 255.",
        "range over images": "Each pixel is stretched from its minimum to its maximum over the images (axis 0): divide by 255.",
        "values above 1": "Only values above 1 are divided: a byte of 1 has to become 1 / 255, too.",
        "each above 1": "Only images that hold a value above 1 are divided. Divide always: a dark image of bytes can hold nothing but 0 and 1.",
        127: "The images are divided by 127. The largest byte is 255.",
        1000: "The images are divided by 1000. The largest byte is 255.",
        10: "The images are divided by 10. The largest byte is 255.",
        16: "The images are divided by 16. The largest byte is 255.",
        2550: "The images are divided by 2550. The largest byte is 255.",
    },
    shift={
        1: "1 is subtracted: 0 has to stay 0.",
        "mean of each": "Each image's own mean is subtracted. Values between 0 and 1 are asked for.",
        "mean over images": "The mean image is subtracted. Values between 0 and 1 are asked for.",
        "minimum of each": "Each image's smallest value is subtracted: only divide.",
        "spread of each": "Each image is brought to mean 0 and standard deviation 1. Values between 0 and 1 "
        "are asked for.",
        "spread": "The images are brought to mean 0 and standard deviation 1. Values between 0 and 1 are "
        "asked for.",
        "spread over images": "Each pixel is brought to mean 0 and standard deviation 1 over the images. "
        "Values between 0 and 1 are asked for.",
    },
    grey={
        "above 0": "Every pixel that is not 0 becomes 1. Keep the grey values between.",
        "from the middle": "Every pixel becomes 0 or 1, as a limit in the middle or rounding makes it. Keep the grey values between.",
        "above the mean": "Every pixel above the mean becomes 1, every other one 0. Keep the grey values between.",
        "above its own mean": "Every pixel above the mean of its image becomes 1, every other one 0. Keep the grey values between.",
        "above its half": "Every pixel above half of its image's maximum becomes 1, every other one 0. Keep the grey values between.",
        "cut at 1": "Values above 1 are cut to 1 before the images are divided, or in place of it: divide first.",
        "logarithm": "The logarithm is taken. Only divide, so that half of the ink becomes half of the number.",
        "half precision": "The values pass through float16, which keeps about three digits: compute in float32.",
        "one decimal": "The values are rounded to one decimal: return them as they are.",
        "two decimals": "The values are rounded to two decimals: return them as they are.",
        "three decimals": "The values are rounded to three decimals: return them as they are.",
        "minus": f"A minus stands before the bytes. {BYTES}",
        "minus half": f"128 is subtracted from the bytes. {BYTES}",
        "minus 127": f"127 is subtracted from the bytes. {BYTES}",
        "plus 1": f"1 is added to the bytes, so that 255 becomes 0. {BYTES}",
        "doubled": f"The bytes are doubled before they are divided. {BYTES}",
        "signed": "The bytes are read as int8, which ends at 127, so that bright pixels become negative.",
        "whole steps": "The bytes are rounded to multiples of 16 or so, as by `//` before the division. Divide with `/` alone.",
    },
    images={
        "first": "Only the first image is returned. Scale all of them.",
        "last": "Only the last image is returned. Scale all of them.",
        "but the first": "The first image is missing in the result.",
        "but the last": "The last image is missing in the result: does a loop or a slice end one too early?",
        "first everywhere": "Every image of the result is the first one.",
        "last everywhere": "Every image of the result is the last one.",
        "first alone filled": "Only the first image is filled in, the others stay 0.",
        "last alone filled": "Only the last image is filled in, the others stay 0.",
        "first stays 0": "The first image stays 0: does a loop start at 1?",
        "last stays 0": "The last image stays 0: does a loop end one too early?",
        "first alone divided": "Only the first image is divided, the others still run from 0 to 255.",
        "last row": "The last row of the images stays 0: does a loop over the rows end one too early?",
        "last column": "The last column of the images stays 0: does a loop over the columns end one too early?",
        "backwards": "The images come in reversed order.",
        "mean": "The images are averaged: return each of them.",
        "transposed": "Rows and columns of the images are swapped.",
        "reshaped": "Height and width are swapped by `reshape`, which mixes the pixels: the shape is (N, height, width, 1).",
        "upside down": "The images stand upside down.",
        "mirrored": "Left and right of the images are swapped.",
    },
    channel={
        "both": "There is an axis in front and one behind. Only the channel axis, the last one, is added.",
        "twice": "Two axes are added behind. One channel axis is enough: (N, height, width, 1).",
        "between": "The channel axis stands between rows and columns, at axis 2: Keras needs it last.",
        "flat": "Rows and columns are made one axis. The shape is (N, height, width, 1).",
        "flat with channel": "Rows and columns are made one axis. The shape is (N, height, width, 1).",
        "images as channels": "The images are taken for channels, the last axis. The shape is (N, height, width, 1).",
        "three in front": "There are three channels, at axis 1. A grey image has one, and Keras needs it last.",
    },
)
@family(
    "scale_images",
    divisor={
        256: "The images are divided by 256. The largest byte is 255.",
        254: "The images are divided by 254. The largest byte is 255.",
        128: "The images are divided by 128. The largest byte is 255.",
        100: "The images are divided by 100. The largest byte is 255.",
        1: "The images are not divided: they still run from 0 to 255.",
        "maximum": "The images are divided by their own maximum, so that a dim picture becomes a "
        "bright one: divide by 255, whatever is in them.",
        "maximum of each": "Each image is divided by its own maximum, so that a dim picture becomes "
        "a bright one: divide by 255, whatever is in it.",
        "if above 1": "The images are divided only where something is above 1. Divide always, since "
        "a dark image of bytes can hold nothing but 0 and 1.",
        "range of each": "Each image is stretched from its own minimum to its own maximum. Divide all by "
        "255.",
        "range": "The images are stretched from the minimum to the maximum of the batch. Divide by 255.",
    },
    shift={
        0.5: "Half is subtracted. The values run from −0.5 to 0.5, not from 0 to 1.",
        "minimum": "The smallest value is subtracted, so that the darkest pixel becomes 0: only "
        "divide.",
        "mean": "The mean is subtracted. Values between 0 and 1 are asked for.",
    },
    factor={
        2: "The values are doubled.",
        -1: "The sign is turned round.",
        0.5: "The values are halved.",
    },
    invert={True: "Black and white are swapped: 0 has to stay 0."},
    channel={
        "none": "The channel axis is missing. The shape is (N, height, width, 1).",
        "front": "The channel axis stands behind the images, at axis 1: Keras needs it last.",
        "first": "The channel axis stands in front of everything: Keras needs it last.",
        "three": "There are three channels. A grey image has one.",
    },
    whole={
        True: "The values were rounded down to whole numbers: `//`, or a type of whole numbers?"
    },
)
def scale_images(
    raw, divisor=255, shift=0, factor=1, invert=False, channel="last", whole=False, grey="kept",
    images="all",
):  # fmt: skip
    x = {
        "above 0": lambda: 255.0 * (raw > 0),
        "from the middle": lambda: 255.0 * (raw > 127),
        "above the mean": lambda: 255.0 * (raw > raw.mean()),
        "above its own mean": lambda: 255.0 * (raw > raw.mean(axis=(1, 2), keepdims=True)),
        "above its half": lambda: 255.0 * (raw > raw.max(axis=(1, 2), keepdims=True) / 2),
        "cut at 1": lambda: 255.0 * np.minimum(raw, 1),
        "logarithm": lambda: 255 * np.log1p(raw.astype(np.float64)) / np.log(256),
        "half precision": lambda: 255 * (raw.astype(np.float16) / np.float16(255)).astype(float),
        "one decimal": lambda: 255 * np.round(raw / 255, 1),
        "two decimals": lambda: 255 * np.round(raw / 255, 2),
        "three decimals": lambda: 255 * np.round(raw / 255, 3),
        "minus": lambda: 0 - raw,
        "minus half": lambda: raw - np.uint8(128),
        "minus 127": lambda: raw - np.uint8(127),
        "plus 1": lambda: raw + np.uint8(1),
        "doubled": lambda: raw * np.uint8(2),
        "signed": lambda: raw.astype(np.int8),
        "whole steps": lambda: raw // 16 * 16,
    }.get(grey, lambda: raw if grey == "kept" else 255.0 * (raw > grey))()
    x = x.astype(np.float64)
    pixels = (1, 2)
    if divisor == "maximum":
        x = x / x.max()
    elif divisor == "maximum of each":
        x = x / x.max(axis=(1, 2), keepdims=True)
    elif divisor == "range of each":
        x = x - x.min(axis=(1, 2), keepdims=True)
        x = x / np.maximum(x.max(axis=(1, 2), keepdims=True), 1)
    elif divisor == "range":
        x = (x - x.min()) / max(np.ptp(x), 1)
    elif divisor == "if above 1":
        x = x / 255 if x.max() > 1 else x
    elif divisor in ("range of rows", "range over images"):
        along = 2 if divisor == "range of rows" else 0
        x = x - x.min(axis=along, keepdims=True)
        x = x / np.maximum(x.max(axis=along, keepdims=True), 1)
    elif divisor == "values above 1":
        x = np.where(x > 1, x / 255, x)
    elif divisor == "each above 1":
        x = np.where(x.max(axis=pixels, keepdims=True) > 1, x / 255, x)
    else:
        by = {
            "length of each": lambda: np.linalg.norm(x, axis=pixels, keepdims=True),
            "length of rows": lambda: _not_0(np.linalg.norm(x, axis=2, keepdims=True)),
            "length of columns": lambda: _not_0(np.linalg.norm(x, axis=1, keepdims=True)),
            "length": lambda: np.linalg.norm(x),
            "sum of each": lambda: x.sum(axis=pixels, keepdims=True),
            "sum": lambda: x.sum(),
            "mean": lambda: x.mean(),
            "mean of each": lambda: x.mean(axis=pixels, keepdims=True),
            "maximum of rows": lambda: x.max(axis=2, keepdims=True),
            "maximum of columns": lambda: x.max(axis=1, keepdims=True),
            "maximum over images": lambda: x.max(axis=0, keepdims=True),
            "maximum of each above 1": lambda: _not_0(x.max(axis=pixels, keepdims=True)),
            "first maximum": lambda: x[0].max(),
        }
        x = x / by.get(divisor, lambda: divisor)()
    less = {
        "minimum": lambda: x.min(),
        "mean": lambda: x.mean(),
        "mean of each": lambda: x.mean(axis=pixels, keepdims=True),
        "mean over images": lambda: x.mean(axis=0, keepdims=True),
        "minimum of each": lambda: x.min(axis=pixels, keepdims=True),
    }
    if str(shift).startswith("spread"):
        over = {"spread": None, "spread of each": pixels}.get(shift, 0)
        x = (x - x.mean(axis=over, keepdims=True)) / (x.std(axis=over, keepdims=True) + 1e-7)
    else:
        x = x - less.get(shift, lambda: shift)()
    x = x * factor
    x = 1 - x if invert else x
    x = (np.trunc(x) if whole else x).astype(np.float32)
    n = len(x)
    at, row, column = np.indices(x.shape, sparse=True)
    x = {
        "first": lambda: x[:1],
        "last": lambda: x[-1:],
        "but the first": lambda: x[1:],
        "but the last": lambda: x[:-1],
        "first everywhere": lambda: x[:1] + 0 * x,
        "last everywhere": lambda: x[-1:] + 0 * x,
        "first alone filled": lambda: x * (at == 0),
        "last alone filled": lambda: x * (at == n - 1),
        "first stays 0": lambda: x * (at > 0),
        "last stays 0": lambda: x * (at < n - 1),
        "first alone divided": lambda: np.where(at == 0, x, 255 * x),
        "last row": lambda: x * (row < x.shape[1] - 1),
        "last column": lambda: x * (column < x.shape[2] - 1),
        "backwards": lambda: x[::-1],
        "mean": lambda: x.mean(axis=0, keepdims=True),
        "transposed": lambda: x.swapaxes(1, 2),
        "reshaped": lambda: x.reshape(n, x.shape[2], x.shape[1]),
        "upside down": lambda: x[:, ::-1],
        "mirrored": lambda: x[:, :, ::-1],
    }.get(images, lambda: x)()
    return {
        "none": lambda: x,
        "front": lambda: x[:, None],
        "first": lambda: x[None],
        "three": lambda: np.repeat(x[..., None], 3, axis=-1),
        "both": lambda: x[None, ..., None],
        "twice": lambda: x[..., None, None],
        "between": lambda: x[:, :, None],
        "flat": lambda: x.reshape(len(x), -1),
        "flat with channel": lambda: x.reshape(len(x), -1, 1),
        "images as channels": lambda: np.moveaxis(x, 0, -1)[None],
        "three in front": lambda: np.repeat(x[:, None], 3, axis=1),
    }.get(channel, lambda: x[..., None])()


@family(
    "count_weights",
    area={
        "sum": "Height and width of the kernel are added: each kernel has height × width numbers.",
        "height squared": "The kernel's height is squared and its width is never used.",
        "width squared": "The kernel's width is squared and its height is never used.",
        "one": "The kernel is counted as one number, but it has height × width numbers.",
        "height": "Only the kernel's height counts here, but a kernel has height × width numbers.",
        "width": "Only the kernel's width counts here, but a kernel has height × width numbers.",
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
        "channels each": "Each filter has a bias for every input channel here, but it should have "
        "one.",
        "pixels": "There is a bias for each place of the kernel here: each filter has one.",
        "two": "The biases are counted twice.",
        "one a pixel": "There is a bias for each pixel of the kernel: there is one for each filter.",
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
        "one a pixel": pixels,
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
        "least": "The class with the smallest probability is picked. Take the largest.",
        "second": "The second most probable class is picked. Take the most probable one.",
        "top two": "An image counts as a hit here where its class is among the two most probable. "
        "Only the most probable one counts.",
        "over images": "The largest probability is looked for along the images, axis 0: it belongs "
        "along the classes, axis 1.",
        "labels' largest": "The largest of `labels` is looked for, too, as if they were one-hot, which "
        "`CategoricalAccuracy` expects: they are the classes already.",
        "entries": "Every entry of two one-hot matrices is compared, so that zeros count as hits: "
        "compare one class for each image.",
        "half": "An image counts as a hit here where its class has more than 0.5, but it is a hit "
        "where its class has more than any other.",
        "rounded": "The probabilities are rounded before they are compared. Look for the largest.",
        "first above half": "The class is the first one whose probability is above 0.5, and 0 where none "
        "is. Take the most probable class.",
    },
    count={
        "misses": "This is the share of mistakes. Count the hits.",
        "number": "This is the number of hits. Divide by the number of images.",
        "percent": "This is a percentage. A share between 0 and 1 is asked for.",
        "by classes": "The hits are divided by the number of classes. Divide by the number of images.",
        "by labels that occur": "The hits are divided by the number of different labels. Divide by "
        "the number of images.",
        "by all values": "The hits are divided by all values of `probabilities`. Divide by the "
        "number of images.",
        "one too many": "The hits are divided by one more than there are images.",
        "one too few": "The hits are divided by one less than there are images.",
        "rounded": "The share is rounded: return it as it is.",
        "whole": "The share is rounded down to a whole number: `//`, or a type of whole numbers?",
        "mean of batches of 8": "This is the mean of the accuracies of batches of 8. The last batch is "
        "smaller and counts as much as the others. Count all hits, then divide once.",
        "mean of batches of 32": "This is the mean of the accuracies of batches of 32. The last batch "
        "is smaller and counts as much as the others. Count all hits, then divide once.",
        "whole batches of 8": "Only whole batches of 8 are counted. The last, smaller one is left out.",
        "whole batches of 32": "Only whole batches of 32 are counted. The last, smaller one is left out.",
        "mean of classes": "Each class counts the same here, however many images it has. Take the "
        "share over all images.",
        "mean of predicted classes": "The shares are taken for each predicted class, and averaged. Take "
        "the share of all images.",
        "but class 0": "The images of class 0 are left out. Every image counts.",
    },
    images={
        "first missed": "The first image is never a hit, but counts in the division: does a loop "
        "start at 1?",
        "last missed": "The last image is never a hit, but counts in the division: does a loop end one "
        "too early?",
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
        "labels' largest": lambda: probabilities.argmax(axis=1) == labels.argmax(),
        "entries": lambda: (
            np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
            == np.eye(probabilities.shape[1])[labels]
        ).mean(axis=1),
        "half": lambda: own > 0.5,
        "rounded": lambda: np.rint(own) == 1,
        "first above half": lambda: (probabilities > 0.5).argmax(axis=1) == labels,
    }[pick]()
    if images.endswith("missed"):
        hits = np.array(hits)
        hits[0 if images == "first missed" else -1] = 0
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
            "mean of predicted classes": lambda: np.mean(
                [
                    hits[probabilities.argmax(axis=1) == c].mean()
                    for c in np.unique(probabilities.argmax(axis=1))
                ]
            ),
            "but class 0": lambda: hits[labels > 0].mean(),
            "mean of classes": lambda: np.mean(
                [hits[labels == c].mean() for c in np.unique(labels)]
            ),
        }[count]()
    )


NEXT = "each layer reads what the layer before gives."


@family(
    "build_network",
    kernels={
        (3, 5, 5): "The kernels are in reversed order: 5×5, 5×5 and last 3×3.",
        (5, 5, 5): "All kernels are 5×5. The third is 3×3.",
        (3, 3, 3): "All kernels are 3×3. The first two are 5×5.",
        (5, 3, 3): "The second kernel is 3×3, but it should be 5×5.",
        (5, 3, 5): "The last two kernels are swapped: 5×5, 5×5 and last 3×3.",
        (3, 3, 5): "The kernels should be 5×5, 5×5 and last 3×3.",
        (7, 5, 3): "The first kernel is 7×7, but it should be 5×5.",
        (5, 5, 1): "The third kernel is 1×1, but it should be 3×3.",
    },
    filters_are={
        "reversed": "The filters are taken in reversed order, from the last to the first.",
        "sorted": "The filters are sorted: take them as they come.",
        "sorted down": "The filters are sorted, the most first: take them as they come.",
        "rotated": "Each convolution has the filters of the next one. `filters[0]` belongs to the "
        "first.",
        "first": "All convolutions have as many filters as the first: `filters` holds a number for "
        "each.",
        "last": "All convolutions have as many filters as the last: `filters` holds a number for "
        "each.",
        "first two swapped": "The filters of the first and of the second convolution are swapped.",
        "last two swapped": "The filters of the second and of the third convolution are swapped.",
        "first, first, last": "The second convolution has as many filters as the first: `filters` "
        "holds a number for each.",
        "first, last, last": "The second convolution has as many filters as the third: `filters` "
        "holds a number for each.",
        "fixed": "The numbers of filters are fixed to 9, 9 and 16. Use `filters`.",
        "doubled": "Each convolution has twice as many filters as the one before. Use `filters`.",
        "units": "All convolutions have `units` filters. Use `filters`.",
        "kernels": "Filters and kernel size are swapped. `Conv2D` takes the number of filters first.",
    },
    blocks={
        "last": f"Only the third convolution is there. Does each read the input? {NEXT.capitalize()}",
        "first": "Only the first convolution is there, with its pooling. There are three.",
        "but the last": "The third convolution and its pooling are missing.",
        "but the first": "The first convolution and its pooling are missing.",
        "first and last": "The second convolution and its pooling are missing.",
        "four": "The third convolution and its pooling come twice. There are three convolutions.",
        "third without pooling": "The third pooling is missing.",
        "second without pooling": "The second pooling is missing.",
        "first without pooling": "The first pooling is missing.",
        "pooling at the end": "There is a single pooling, behind all convolutions: each convolution "
        "has one.",
        "pooling at the start": "There is a single pooling, behind the first convolution: each "
        "convolution has one.",
        "no pooling": "The poolings are missing: there is one behind each convolution.",
        "pooling first": "Each pooling stands before its convolution: it comes behind.",
        "pooling twice": "Each pooling comes twice.",
        "convolutions twice": "Each convolution comes twice.",
        "all convolutions first": "The poolings come after all convolutions: there is one behind each.",
        "none": "There is no convolution: there are three, each with a pooling.",
    },
    padding={
        ("valid",) * 3: 'The maps shrink at every convolution. The padding should be "same".',
        (
            "valid",
            "same",
            "same",
        ): 'The first convolution has no padding. Its padding should be "same".',
        ("same", "valid", "valid"): 'Only the first convolution has the padding "same". All have.',
        (
            "same",
            "same",
            "valid",
        ): 'The third convolution has no padding. Its padding should be "same".',
        ("valid", "valid", "same"): 'Only the third convolution has the padding "same". All have.',
        (
            "same",
            "valid",
            "same",
        ): 'The second convolution has no padding. Its padding should be "same".',
    },
    activation={
        "linear": "The convolutions have no ReLU.",
        "sigmoid": "The convolutions have a sigmoid, but they should have a ReLU.",
        "tanh": "The convolutions have a tanh, but they should have a ReLU.",
        "elu": "The convolutions have an ELU, but they should have a ReLU.",
        "leaky_relu": "The convolutions have a leaky ReLU, but they should have a plain ReLU.",
        "gelu": "The convolutions have a GELU, but they should have a ReLU.",
        "softmax": "The convolutions have a softmax, but they should have a ReLU.",
        ("relu", "relu", "linear"): "The third convolution has no ReLU.",
        ("relu", "linear", "linear"): "Only the first convolution has a ReLU. All have.",
        ("linear", "linear", "relu"): "Only the third convolution has a ReLU. All have.",
        ("linear", "relu", "relu"): "The first convolution has no ReLU.",
        ("relu", "linear", "relu"): "The second convolution has no ReLU.",
    },
    hidden={
        "linear": "The first dense layer has no ReLU. Two dense layers without one are a single "
        "linear map.",
        "sigmoid": "The first dense layer has a sigmoid, but it should have a ReLU.",
        "tanh": "The first dense layer has a tanh, but it should have a ReLU.",
        "softmax": "The first dense layer has a softmax, but it should have a ReLU.",
        "elu": "The first dense layer has an ELU, but it should have a ReLU.",
    },
    last={
        "linear": "The last layer has no softmax, so that its outputs are no probabilities.",
        "sigmoid": "The last layer has a sigmoid: the classes exclude each other, so that it is a "
        "softmax.",
        "relu": "The last layer has a ReLU, but it should have a softmax.",
        "tanh": "The last layer has a tanh, but it should have a softmax.",
        "log_softmax": "The last layer gives logarithms of probabilities. End in a softmax.",
    },
    bias={
        "convolutions": "The convolutions have no bias. Leave `use_bias` out.",
        "dense": "The dense layers have no bias. Leave `use_bias` out.",
        "none": "No layer has a bias. Leave `use_bias` out.",
        "last": "The last layer has no bias. Leave `use_bias` out.",
        "hidden": "The first dense layer has no bias. Leave `use_bias` out.",
    },
    moves={
        "strides 2": "The convolutions move by 2 pixels. Leave `strides` out, the poolings halve the "
        "maps.",
        "strides 2, no pooling": "The convolutions move by 2 pixels in place of the poolings: leave "
        "`strides` out and add a pooling behind each.",
        "dilation 2": "The kernels are spread (`dilation_rate`). Leave that out.",
        "separable": "These are separable convolutions. Use `Conv2D`.",
    },
    pool={
        "average": "The poolings take the mean: they take the maximum.",
        "last average": "The third pooling takes the mean. All take the maximum.",
        "3": "The poolings are 3×3, but they should be 2×2.",
        "3, strides 2": "The poolings' windows are 3×3, but they should be 2×2.",
        "4": "The poolings are 4×4, but they should be 2×2.",
        "kernel": "The poolings are as large as the kernels, but they should be 2×2.",
        "ReLU behind": "The ReLU comes behind the pooling: it belongs to the convolution.",
        "strides 1": "The poolings move by 1 pixel, so that the maps stay large: they move by 2.",
        "same": "The poolings are padded and keep the odd row and column. Only the convolutions have "
        'the padding "same".',
        "last global": "The third pooling is a global one, which leaves one number of each map, "
        "but it should be 2×2 like the others.",
    },
    end={
        "average": "A global average keeps one number of each map: flatten keeps all of them.",
        "maximum": "A global maximum keeps one number of each map: flatten keeps all of them.",
        "none": "The flatten is missing. A dense layer works on the last axis alone.",
        "behind": "The flatten comes after the first dense layer: it comes before it.",
        "twice": "There are two flattens. One is enough.",
    },
    dense={
        "swapped": "`units` and `classes` are swapped. The last layer has `classes`.",
        "no last": "The last dense layer is not part of the model: its output has to be the model's.",
        "no hidden": "The first dense layer, with `units`, is missing, or not part of the model.",
        "softmax hidden alone": "The last dense layer is missing. The one with `units` is not the "
        "last.",
        "three": "The first dense layer comes twice.",
        "last twice": "The last dense layer comes twice.",
        "units twice": "The last dense layer has `units` outputs, but it should have `classes`.",
        "classes twice": "The first dense layer has `classes` outputs, but it should have `units`.",
        "none": "Both dense layers are missing.",
        "10 classes": "The last layer always has 10 outputs, but it should have `classes`.",
        "25 units": "The first dense layer always has 25 units, but it should have `units`.",
        "25 and 10": "The dense layers always have 25 and 10 units, but they should have `units` "
        "and `classes`.",
        "one more": "The last layer has one class too many.",
        "128 units": "The first dense layer always has 128 units, but it should have `units`.",
    },
    more={
        "dropout": "There is a dropout behind the flatten. The table has none.",
        "dropout behind the dense layer": "There is a dropout behind the first dense layer. The table "
        "has none.",
        "two dropouts": "There are dropouts behind the flatten and the first dense layer. The table "
        "has none.",
        "dropout behind poolings": "There are dropouts behind the poolings. The table has none.",
        "dropout behind the last pooling": "There is a dropout behind the third pooling. The table "
        "has none.",
        "normalisation": "There is a batch normalisation behind each convolution. The table has none.",
        "first normalisation": "There is a batch normalisation behind the first convolution. The "
        "table has none.",
        "normalisation behind poolings": "There is a batch normalisation behind each pooling. The "
        "table has none.",
        "normalisation in front": "There is a batch normalisation in front. The table has none.",
        "scaling": "The images are scaled in the network: they are 0 to 1 already.",
        "softmax": "The softmax is applied twice. Once, in the last dense layer, is enough.",
    },
    shape={
        "fixed": "The input is always 28×28×1. Use `input_shape`.",
        "turned": "Height and width of the input are swapped: use `input_shape` as it is.",
        "one channel": "The input always has one channel: use `input_shape` as it is.",
        "three channels": "The input always has three channels: use `input_shape` as it is.",
        "28": "The input is always 28×28: use `input_shape` as it is.",
        "channels first": "The channels come first in the input: use `input_shape` as it is.",
        "square": "The input is taken as square: use `input_shape` as it is.",
    },
)
def build_network(
    input_shape, filters, units, classes, kernels=(5, 5, 3), filters_are="own", blocks="all",
    padding=("same",) * 3, activation="relu", hidden="relu", last="softmax", bias="all", moves="by 1",
    pool="2", end="flatten", dense="both", more="nothing", shape="own",
):  # fmt: skip
    height, width, channels = input_shape
    shape = {
        "fixed": (28, 28, 1),
        "turned": (width, height, channels),
        "one channel": (height, width, 1),
        "three channels": (height, width, 3),
        "28": (28, 28, channels),
        "channels first": (channels, height, width),
        "square": (height, height, channels),
    }.get(shape, input_shape)
    one, two, three = filters
    filters = {
        "reversed": (three, two, one),
        "sorted": tuple(sorted(filters)),
        "sorted down": tuple(sorted(filters, reverse=True)),
        "rotated": (two, three, one),
        "first": (one, one, one),
        "last": (three, three, three),
        "first two swapped": (two, one, three),
        "last two swapped": (one, three, two),
        "first, first, last": (one, one, three),
        "first, last, last": (one, three, three),
        "fixed": (9, 9, 16),
        "doubled": (one, 2 * one, 4 * one),
        "units": (units, units, units),
        "kernels": kernels,
    }.get(filters_are, filters)
    kernels = (one, two, three) if filters_are == "kernels" else kernels
    activations = (activation,) * 3 if isinstance(activation, str) else activation
    activations = ("linear",) * 3 if pool == "ReLU behind" else activations
    found = _Described(shape)

    def convolve(number):
        settings = {"padding": padding[number], "activation": activations[number]}
        stride = 2 if moves.startswith("strides") else 1
        dilation = 2 if moves == "dilation 2" else 1
        kind = "SeparableConv2D" if moves == "separable" else "Conv2D"
        with_bias = bias not in ("convolutions", "none")
        found.convolution(
            kind, filters[number], kernels[number], stride, dilation, with_bias, **settings
        )

    def reduce(number):
        if moves.endswith("no pooling"):
            return
        kind, size, stride, padded = {
            "average": ("AveragePooling2D", 2, 2, "valid"),
            "3": ("MaxPooling2D", 3, 3, "valid"),
            "3, strides 2": ("MaxPooling2D", 3, 2, "valid"),
            "4": ("MaxPooling2D", 4, 4, "valid"),
            "kernel": ("MaxPooling2D", kernels[number], kernels[number], "valid"),
            "strides 1": ("MaxPooling2D", 2, 1, "valid"),
            "same": ("MaxPooling2D", 2, 2, "same"),
        }.get(pool, ("MaxPooling2D", 2, 2, "valid"))
        if number == 2 and pool == "last average":
            kind = "AveragePooling2D"
        if number == 2 and pool == "last global":
            found.add("GlobalMaxPooling2D", shape=found.shape[-1:])
        else:
            found.pooling(kind, size, stride, padded)
        if pool == "ReLU behind":
            found.layers[-1]["activation"] = "relu"

    if more == "normalisation in front":
        found.normalisation()
    elif more == "scaling":
        found.add("Rescaling")
    order = {
        "last": "2p",
        "first": "0p",
        "but the last": "0p1p",
        "but the first": "1p2p",
        "first and last": "0p2p",
        "four": "0p1p2p2p",
        "third without pooling": "0p1p2",
        "second without pooling": "0p12p",
        "first without pooling": "01p2p",
        "pooling at the end": "012p",
        "pooling at the start": "0p12",
        "no pooling": "012",
        "pooling first": "p0p1p2",
        "pooling twice": "0pp1pp2pp",
        "convolutions twice": "00p11p22p",
        "all convolutions first": "012ppp",
        "none": "",
    }.get(blocks, "0p1p2p")
    for place, letter in enumerate(order):
        if letter != "p":
            convolve(int(letter))
            first = more == "first normalisation" and place == 0
            if more == "normalisation" or first:
                found.normalisation()
            continue
        reduce(order[:place].count("p"))
        last_pooling = more == "dropout behind the last pooling" and "p" not in order[place + 1 :]
        if more == "dropout behind poolings" or last_pooling:
            found.add("Dropout")
        elif more == "normalisation behind poolings":
            found.normalisation()
    if end in ("average", "maximum"):
        kind = "GlobalAveragePooling2D" if end == "average" else "GlobalMaxPooling2D"
        found.add(kind, shape=found.shape[-1:])
    for _ in range({"flatten": 1, "twice": 2}.get(end, 0)):
        found.add("Flatten", shape=(int(np.prod(found.shape)),))
    if more in ("dropout", "two dropouts"):
        found.add("Dropout")
    with_bias = bias not in ("dense", "none")
    inner = (units, hidden, with_bias and bias != "hidden")
    outer = (classes, last, with_bias and bias != "last")
    layers = {
        "swapped": [(classes, *inner[1:]), (units, *outer[1:])],
        "no last": [inner],
        "no hidden": [outer],
        "softmax hidden alone": [(units, *outer[1:])],
        "three": [inner, inner, outer],
        "last twice": [inner, outer, outer],
        "units twice": [inner, (units, *outer[1:])],
        "classes twice": [(classes, *inner[1:]), outer],
        "none": [],
        "10 classes": [inner, (10, *outer[1:])],
        "25 units": [(25, *inner[1:]), outer],
        "25 and 10": [(25, *inner[1:]), (10, *outer[1:])],
        "one more": [inner, (classes + 1, *outer[1:])],
        "128 units": [(128, *inner[1:]), outer],
    }.get(dense, [inner, outer])
    for number, layer in enumerate(layers):
        found.dense(*layer)
        if number == 0 and more in ("dropout behind the dense layer", "two dropouts"):
            found.add("Dropout")
        if number == 0 and end == "behind":
            found.add("Flatten", shape=(int(np.prod(found.shape)),))
    if more == "softmax":
        found.add("softmax", activation="softmax")
    return {"input": shape, "output": found.shape, "layers": found.layers, "weights": found.weights}


class _Described:
    """A network's layers as the check of `build_network` describes them."""

    def __init__(self, shape):
        self.shape, self.layers, self.weights = shape, [], 0

    def add(self, kind, shape=None, weights=0, **own):
        settings = "kind", "size", "kernel", "strides", "dilation", "padding", "activation"
        self.layers.append({**dict.fromkeys(settings), "kind": kind, **own})
        self.shape = self.shape if shape is None else shape
        self.weights += weights
        if min(self.shape) < 1:
            raise ValueError("nothing is left of the maps")

    def moved(self, size, stride, padding):
        lost = 0 if padding == "same" else size - 1
        return tuple(-(-(side - lost) // stride) for side in self.shape[:2])

    def convolution(self, kind, size, kernel, stride, dilation, bias, padding, activation):
        *_, channels = self.shape
        places = self.moved(dilation * (kernel - 1) + 1, stride, padding)
        weights = kernel * kernel * channels * size
        if kind == "SeparableConv2D":
            weights = kernel * kernel * channels + channels * size
        self.add(
            kind,
            (*places, size),
            weights + bias * size,
            size=size,
            kernel=(kernel, kernel),
            strides=(stride, stride),
            dilation=(dilation, dilation),
            padding=padding,
            activation=activation,
        )

    def pooling(self, kind, size, stride, padding):
        shape = *self.moved(size, stride, padding), self.shape[-1]
        sides = {"kernel": (size, size), "strides": (stride, stride)}
        self.add(kind, shape, **sides, padding=padding)

    def normalisation(self):
        self.add("BatchNormalization", weights=4 * self.shape[-1])

    def dense(self, size, activation, bias):
        weights = (self.shape[-1] + bias) * size
        self.add("Dense", (*self.shape[:-1], size), weights, size=size, activation=activation)


COUNT = "[i, j] counts the images of class i that were predicted as class j."


@family(
    "confusion",
    pairs={
        "swapped": "Rows and columns are swapped. Rows are the true classes.",
        "labels twice": "Rows and columns are both the true classes: columns are the predicted ones.",
        "predictions twice": "Rows and columns are both the predicted classes: rows are the true "
        "ones.",
        "from 1": "The classes are counted from 1: with 1 subtracted, class 0 goes to the last row "
        "and column.",
        "rows from 1": "1 is subtracted from the labels, so that class 0 goes to the last row.",
        "columns from 1": "1 is subtracted from the predictions, so that class 0 goes to the last "
        "column.",
        "turned": "Rows and columns stand in reversed order. Class 0 comes first.",
        "rows turned": "The rows stand in reversed order. Class 0 comes first.",
        "columns turned": "The columns stand in reversed order. Class 0 comes first.",
        "both ways": "Each image is counted at [i, j] and at [j, i]: count it once.",
        "mistakes both ways": "Each mistake is counted at [i, j] and at [j, i]: count it once, in the "
        "row of its class.",
        "row shorter": "[i, j] is put at place i × (n_classes − 1) + j of a flat array. A row has "
        "n_classes places.",
        "row longer": "[i, j] is put at place i × (n_classes + 1) + j of a flat array. A row has "
        "n_classes places.",
        "symmetric": "[i, j] and [j, i] are averaged: rows are the true classes, columns the "
        "predicted ones.",
        "next": "Each label is paired with the prediction of the next image.",
        "sorted": "Labels and predictions are sorted before they are paired: each pair is of one "
        "image.",
        "against": "What was taken the other way round is subtracted. Only count.",
    },
    cell={
        "once": "The place of a pair is set to 1, or 1 is added only once, however often the pair "
        "occurs: add 1 for each image.",
        "either": f"An image counts where either its class is i or its prediction is j: {COUNT}",
        "class": f"The predictions are not used: {COUNT}",
        "prediction": "All rows are the same, whatever the class: are the labels used, and are the rows "
        "different lists? `[[0] * n] * n` holds one list n times.",
        "class on the diagonal": "The diagonal holds all images of a class: it holds only those that "
        "were predicted right.",
        "prediction on the diagonal": "The diagonal holds all images with this prediction: it holds "
        "only those that are of this class.",
        "product": f"The number of images of class i is multiplied by that of predictions j: {COUNT}",
        "sum": f"The number of images of class i and that of predictions j are added: {COUNT}",
        "neither": f"An image counts where its class is not i and its prediction is not j: {COUNT}",
        "not": f"All images but those of the pair are counted: {COUNT}",
        "last image": "The number of the image is put in, not how many there are.",
        "from 1": "The counting begins at 1. Begin at 0.",
        "only from 1": "One image is lacking at each pair that occurs: does a pair's first image only "
        "set the place to 0?",
        "two": "2 is added for each image.",
        "up": f"The counts of the classes up to it are added: {COUNT}",
        "hits": "Only right predictions are counted. The mistakes belong beside the diagonal.",
        "mistakes": "Only mistakes are counted. Right predictions belong on the diagonal.",
        "hits in one column": "Only whether a prediction is right is counted, not as which class.",
        "mistakes everywhere": "A mistake counts in every place of its row but the diagonal: it "
        "belongs into the column of its prediction.",
        "zero": "Nothing is counted. The matrix stays 0.",
    },
    share={
        "rows": "Each row is divided by its sum. The matrix holds counts.",
        "rows, NaN": "Each row is divided by its sum. The matrix holds counts.",
        "columns": "Each column is divided by its sum. The matrix holds counts.",
        "columns, NaN": "Each column is divided by its sum. The matrix holds counts.",
        "all": "The counts are divided by the number of images. The matrix holds counts.",
        "percent": "These are percentages of each row. The matrix holds counts.",
        "percent, NaN": "These are percentages of each row. The matrix holds counts.",
        "percent of all": "These are percentages of all images. The matrix holds counts.",
        "largest": "The counts are divided by the largest. The matrix holds counts.",
        "classes": "The counts are divided by the number of classes. The matrix holds counts.",
        "whole": "The counts are divided and rounded down. The matrix holds counts.",
    },
    images={
        "but the last": "The last image is left out.",
        "but the first": "The first image is left out.",
        "n_classes": "Only the first `n_classes` images are counted: go through all of them.",
        "but the last class": "The last class is left out, so that its row and column stay 0.",
        "but class 0": "Class 0 is left out, so that its row and column stay 0.",
        "10": "Only the first 10 images are counted.",
        "row 0": "Row 0 is left out. Class 0 counts, too.",
        "column 0": "Column 0 is left out. Class 0 counts, too.",
        "last row": "The last row is left out. The last class counts, too.",
        "last column": "The last column is left out. The last class counts, too.",
        "above": "Only what is on the diagonal or above it is counted. A class can be taken for a "
        "smaller one, too.",
        "below": "Only what is on the diagonal or below it is counted. A class can be taken for a "
        "larger one, too.",
        "every second": "Only every second image is counted.",
        "first": "Only the first image is counted.",
        "last": "Only the last image is counted: is the matrix begun anew for each?",
    },
    size={
        "largest": "The matrix ends at the largest class that occurs, but it should have n_classes "
        "rows and columns.",
        "largest label": "The matrix ends at the largest label, but it should have n_classes rows "
        "and columns.",
        "occurring apart": "Rows of labels and columns of predictions that do not occur are left "
        "out. The matrix should have n_classes rows and columns.",
        "occurring": "Classes that do not occur are left out. The matrix should have n_classes "
        "rows and columns.",
        "10": "The matrix always has 10 rows and columns, but it should have n_classes.",
        "one more": "The matrix has one row and column too many, but it should have n_classes.",
        "one less": "The matrix has one row and column too few, but it should have n_classes.",
        "flat": "The counts are in one row. The matrix should have n_classes rows and columns.",
        "diagonal": "Only the diagonal is returned. Return the whole matrix.",
        "bins": "The bins lie between the extremes that occur: each class needs its own bin.",
        "with sums": "A row and a column of sums are added. Return the counts alone.",
        "rows' sums": "Only the sums of the rows are returned. Return the whole matrix.",
        "total": "The counts are added up. Return the matrix.",
        "from 1": "The counts start at row 1 and column 1. The classes are counted from 0.",
    },
)
def confusion(
    labels, predictions, n_classes, pairs="labels, predictions", cell="and", share="counts",
    images="all", size="n_classes",
):  # fmt: skip
    keep = {
        "but the last": slice(-1),
        "but the first": slice(1, None),
        "n_classes": slice(n_classes),
        "10": slice(10),
        "every second": slice(None, None, 2),
        "first": slice(1),
        "last": slice(-1, None),
        "but the last class": (labels < n_classes - 1) & (predictions < n_classes - 1),
        "but class 0": (labels > 0) & (predictions > 0),
        "row 0": labels > 0,
        "column 0": predictions > 0,
        "last row": labels < n_classes - 1,
        "last column": predictions < n_classes - 1,
        "above": labels <= predictions,
        "below": labels >= predictions,
    }.get(images, slice(None))
    labels, predictions = labels[keep], predictions[keep]
    numbers = np.arange(len(labels))
    rows, columns = {
        "swapped": (predictions, labels),
        "labels twice": (labels, labels),
        "predictions twice": (predictions, predictions),
        "from 1": (labels - 1, predictions - 1),
        "rows from 1": (labels - 1, predictions),
        "columns from 1": (labels, predictions - 1),
        "turned": (n_classes - 1 - labels, n_classes - 1 - predictions),
        "rows turned": (n_classes - 1 - labels, predictions),
        "columns turned": (labels, n_classes - 1 - predictions),
        "next": (labels[:-1], predictions[1:]),
        "sorted": (np.sort(labels), np.sort(predictions)),
    }.get(pairs, (labels, predictions))
    sides = n_classes
    if size in ("largest", "largest label"):
        sides = (max(*rows, *columns) if size == "largest" else max(rows)) + 1
    sides = {"10": 10, "one more": n_classes + 1, "one less": n_classes - 1}.get(size, sides)
    counts = np.zeros((sides, sides), np.int64)
    np.add.at(counts, (rows, columns), 1)
    if pairs in ("both ways", "symmetric", "against"):
        counts = counts + (-1 if pairs == "against" else 1) * counts.T
        counts = counts / 2 if pairs == "symmetric" else counts
    if pairs == "mistakes both ways":
        counts = counts + counts.T * (1 - np.eye(sides, dtype=int))
    elif pairs.startswith("row "):
        length = sides + (1 if pairs == "row longer" else -1)
        flat = np.bincount(rows * length + columns, minlength=sides**2)
        counts = flat[: sides**2].reshape(sides, sides)
    of_class, of_prediction = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    eye = np.eye(sides)
    if cell == "last image":
        counts[rows, columns] = numbers[: len(rows)]
    counts = {
        "once": lambda: np.minimum(counts, 1),
        "either": lambda: of_class + of_prediction - counts,
        "class": lambda: of_class + 0 * counts,
        "prediction": lambda: of_prediction + 0 * counts,
        "product": lambda: of_class * of_prediction,
        "sum": lambda: of_class + of_prediction,
        "neither": lambda: counts.sum() - of_class - of_prediction + counts,
        "not": lambda: counts.sum() - counts,
        "class on the diagonal": lambda: np.where(eye, of_class, counts),
        "prediction on the diagonal": lambda: np.where(eye, of_prediction, counts),
        "from 1": lambda: counts + 1,
        "only from 1": lambda: np.maximum(counts - 1, 0),
        "two": lambda: 2 * counts,
        "up": lambda: np.cumsum(counts, axis=0),
        "hits": lambda: counts * eye,
        "mistakes": lambda: counts * (1 - eye),
        "hits in one column": lambda: np.diag(counts)[:, None] + 0 * counts,
        "mistakes everywhere": lambda: counts * eye + (1 - eye) * (
            of_class - np.diag(counts)[:, None]
        ),
        "zero": lambda: 0 * counts,
    }.get(cell, lambda: counts)()  # fmt: skip
    down, along = counts.sum(axis=0, keepdims=True), counts.sum(axis=1, keepdims=True)
    counts = {
        "rows": lambda: counts / np.maximum(along, 1),
        "rows, NaN": lambda: counts / along,
        "columns": lambda: counts / np.maximum(down, 1),
        "columns, NaN": lambda: counts / down,
        "all": lambda: counts / counts.sum(),
        "percent": lambda: 100 * counts / np.maximum(along, 1),
        "percent, NaN": lambda: 100 * counts / along,
        "percent of all": lambda: 100 * counts / counts.sum(),
        "largest": lambda: counts / counts.max(),
        "classes": lambda: counts / n_classes,
        "whole": lambda: counts // np.maximum(along, 1),
    }.get(share, lambda: counts)()
    if size == "occurring apart":
        return counts[np.ix_(np.unique(rows), np.unique(columns))]
    if size == "occurring":
        occurring = np.union1d(rows, columns)
        return counts[np.ix_(occurring, occurring)]
    if size == "from 1":
        return np.pad(counts, ((1, 0), (1, 0)))
    return {
        "flat": lambda: counts.ravel(),
        "diagonal": lambda: np.diag(counts),
        "bins": lambda: np.histogram2d(rows, columns, bins=n_classes)[0],
        "with sums": lambda: np.block(
            [[counts, counts.sum(axis=1, keepdims=True)],
             [counts.sum(axis=0, keepdims=True), counts.sum(keepdims=True)]]
        ),
        "rows' sums": lambda: counts.sum(axis=1),
        "total": lambda: counts.sum(),
    }.get(size, lambda: counts)()  # fmt: skip


CONFIDENCE = "confidence is the probability of the predicted class alone."


FILLED = (
    "Where there are fewer than k mistakes, images that were classified rightly fill the places. "
    "Return fewer."
)


LIMIT = "Only mistakes whose probability exceeds a limit are kept. Keep all mistakes."


@family(
    "worst_mistakes",
    in_pairs=False,
    among=dict.fromkeys([0.4, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99], LIMIT),
)
@family(
    "worst_mistakes",
    in_pairs=False,
    by={
        "label, predicted": "The mistakes are sorted by the probabilities of both classes together: "
        + CONFIDENCE,
        "mean": "The mistakes are sorted by the mean of their probabilities: " + CONFIDENCE,
        "third": "The mistakes are sorted by the third largest probability: " + CONFIDENCE,
        "two decimals": "The probabilities are rounded before they are compared: compare them as they are.",
        "whole": "The probabilities are cut to whole numbers before they are compared: compare them as they are.",
        "distance from truth": "The mistakes are sorted by the distance from the one-hot label: "
        + CONFIDENCE,
        "column of the position": "The mistakes are sorted by the probability of the class with their own number: "
        + CONFIDENCE,
        "column k": "The mistakes are sorted by the probability of class k: k is how many mistakes are asked for.",
        "next class": "The mistakes are sorted by the probability of the class after the predicted one: "
        + CONFIDENCE,
        "of the first images": "The probabilities of the first images are sorted, not those of the mistakes: choose the mistakes' own.",
        "surest of its class": "The probability of a class in its surest image is taken: "
        + CONFIDENCE,
    },
    among={
        "mistakes first, in another order": FILLED,
        "mistakes first, others behind": FILLED,
        "label unsorted": "The predictions are sorted, the labels are not: sort both in the same way, or compare them before you sort.",
        "label sorted alone": "The labels are sorted, the predictions are not: sort both in the same way, or compare them before you sort.",
        "places as images": "The order of all images is taken for an order of the mistakes: sort the mistakes' own probabilities.",
        "order at the mistakes": "The order of all images is read at the positions of the mistakes. Sort the mistakes' own probabilities.",
        "last class": "Images of the last class are left out. Keep all mistakes.",
        "only k": "Only mistakes of class k are kept: k is how many mistakes are asked for.",
        "too low": "Only mistakes whose predicted class has a smaller number than the true one are kept. Keep all mistakes.",
        "too high": "Only mistakes whose predicted class has a larger number than the true one are kept. Keep all mistakes.",
        "truth above": "Only mistakes whose true class has more than a tenth are kept. Keep all mistakes.",
        "surer than average": "Only mistakes that are surer than the average image are kept. Keep all mistakes.",
        "surer than the average mistake": "Only mistakes that are surer than the average mistake are kept. Keep all mistakes.",
        "wrong classes of all": "The most probable wrong classes of all images are sorted together, so that an image may come twice. Keep the mistakes alone, one entry for each.",
    },
    order={
        "k partitioned": "A partition finds the k most confident mistakes, but does not sort them: the most confident has to come first.",
        "by class": "The mistakes are sorted class by class. The most confident comes first.",
        "every second": "Every second mistake is left out.",
    },
    returned={
        "with predictions": "Positions and predicted classes are returned. Return the positions alone.",
    },
)
@family(
    "worst_mistakes",
    by={
        "truth": f"The mistakes are sorted by the probability of the true class, the least probable "
        f"first: {CONFIDENCE}",
        "truth up": f"The mistakes are sorted by the probability of the true class: {CONFIDENCE}",
        "lead over the truth": "The mistakes are sorted by how far the predicted class leads over "
        f"the true class: {CONFIDENCE}",
        "lead over the second": "The mistakes are sorted by the margin, how far the predicted class "
        f"leads over the second: {CONFIDENCE}",
        "ratio": f"The probability of the predicted class is divided by that of the true one: "
        f"{CONFIDENCE}",
        "ratio to the second": "The probability of the predicted class is divided by that of the "
        f"second: {CONFIDENCE}",
        "second": f"The mistakes are sorted by the second largest probability: {CONFIDENCE}",
        "least": f"The mistakes are sorted by the smallest probability: {CONFIDENCE}",
        "entropy": f"The mistakes are sorted by their entropy: {CONFIDENCE}",
        "spread": f"The mistakes are sorted by the spread of their probabilities: {CONFIDENCE}",
        "class 0": f"The mistakes are sorted by the probability of class 0: {CONFIDENCE}",
        "class 1": f"The mistakes are sorted by the probability of class 1: {CONFIDENCE}",
        "last class": f"The mistakes are sorted by the probability of the last class: {CONFIDENCE}",
        "predicted class": "The mistakes are sorted by the number of the predicted class: sort by its "
        "probability.",
        "true class": "The mistakes are sorted by the number of the true class. Sort by the "
        "probability of the predicted one.",
        "distance of classes": "The mistakes are sorted by how far the two class numbers are apart. "
        "Sort by the probability of the predicted class.",
        "half": f"The mistakes are sorted by how far from 0.5 their probability is: {CONFIDENCE}",
        "rounded": "The probabilities are rounded before they are compared: compare them as they are.",
    },
    among={
        "wrong classes": "The most probable wrong class of every image is compared, also of images that "
        "were classified rightly. Keep the mistakes alone.",
        "mistakes first": FILLED,
        "mistakes first, others backwards": FILLED,
        "mistakes first, others by confidence": FILLED,
        "all": "The images that were classified rightly are among them. Keep only mistakes.",
        "hits": "These images were classified rightly. A mistake is where the prediction is not the "
        "label.",
        "truth below half": "An image counts as a mistake where its true class has less than 0.5, "
        "but it is a mistake where another class has more.",
        "below half": "An image counts as a mistake where no class has 0.5, but it is a mistake "
        "where the prediction is not the label.",
        "above half": "Only mistakes with more than 0.5 are kept. Keep all mistakes.",
        "least": "The smallest probability is taken for the prediction. Take the largest.",
        "second": "Only mistakes whose true class comes second are kept. Keep all mistakes.",
        "label 0": "Only mistakes of class 0 are kept. Keep all mistakes.",
        "but class 0": "Images of class 0 are left out. Keep all mistakes.",
        "but the first": "The first mistake is left out.",
        "but the last": "The last image is left out.",
        "first k images": "Only the first k images are looked at: look at all, then take k mistakes.",
        "one per class": "Only the worst mistake of each class is kept. Keep all mistakes.",
        "one per prediction": "Only the worst mistake for each predicted class is kept. Keep all "
        "mistakes.",
    },
    order={
        "up": "The least confident comes first. Sort in descending order.",
        "position": "The mistakes come in the order of their positions: the most confident first.",
        "position down": "The mistakes come from the last position to the first: the most confident "
        "first.",
        "last k up": "The right mistakes come the least confident first: turn them round.",
        "first k sorted": "The first k mistakes are sorted: sort all mistakes, then take k.",
        "last k sorted": "The last k mistakes are sorted: sort all mistakes, then take k.",
        "k by position": "The right mistakes come in the order of their positions: the most confident "
        "first.",
        "k first": "The k most confident images are taken first, the mistakes among them kept: keep "
        "the mistakes, then take k.",
        "minus behind": "The minus stands before argsort and turns its positions: put it before what "
        "is sorted.",
        "rank": "argsort is applied twice, or its result is taken for ranks: it gives positions.",
        "k down by position": "The right mistakes come from the last position to the first: the most "
        "confident first.",
    },
    cut={
        "k - 1": "One mistake too few is returned: does a slice end one too early?",
        "k + 1": "One mistake too many is returned. `k` are asked for.",
        "all": "`k` is not used. Return at most k mistakes.",
        "1": "Only the worst mistake is returned: return k of them.",
        "10": "`k` is not used: 10 mistakes are returned.",
        "5": "`k` is not used: 5 mistakes are returned.",
        "3": "`k` is not used: 3 mistakes are returned.",
        "from the second": "The most confident mistake is left out.",
        "from the second, k - 1": "The most confident mistake is left out.",
        "last k": "The k least confident mistakes are returned: take the most confident ones.",
        "half": "Half of the mistakes are returned: return k of them.",
        "2 k": "2 k mistakes are returned. K are asked for.",
        "raises": "Where there are fewer than k mistakes the function fails. Return fewer.",
    },
    fill={
        -1: "Where there are fewer than k mistakes, −1 fills up. Return fewer.",
        0: "Where there are fewer than k mistakes, zeros fill up. Return fewer.",
        "last": "Where there are fewer than k mistakes, the last is repeated. Return fewer.",
        "round": "Where there are fewer than k mistakes, they begin anew. Return fewer.",
        "nothing": "Where there are fewer than k mistakes, nothing is returned: return those there "
        "are.",
    },
    returned={
        "among the mistakes": "These are positions among the mistakes. Positions among all images are "
        "asked for.",
        "probabilities": "These are the probabilities. Return the positions of the images.",
        "all probabilities": "These are the probabilities of all classes. Return the positions of the "
        "images.",
        "predictions": "These are the predicted classes. Return the positions of the images.",
        "labels": "These are the labels. Return the positions of the images.",
        "from 1": "The positions are counted from 1. The first image has number 0.",
        "one below": "The positions are one too small.",
        "pairs": "Positions and probabilities are returned. Return the positions alone.",
        "pairs up": "Positions and probabilities are returned as a table. Return the positions alone.",
        "pairs turned": "Probabilities and positions are returned as a table. Return the positions "
        "alone.",
        "in a tuple": "The positions stand in a tuple, as `np.where` and `np.nonzero` return them: "
        "take its only entry.",
        "one column": "There is an axis too many. Return one row of positions.",
        "number": "This is how many there are: return their positions.",
        "mask": "This says of each image whether it is one of them. Return positions.",
        "single": "A single number is returned. Return an array of k positions.",
        "from the end": "The positions are counted from the end: count them from 0.",
    },
)
def worst_mistakes(
    probabilities, labels, k, by="prediction", among="mistakes", order="down", cut="k",
    fill="fewer", returned="positions",
):  # fmt: skip
    p = probabilities.astype(np.float64)
    images = np.arange(len(labels))
    predicted, ranked = p.argmax(axis=1), np.sort(p, axis=1)
    top, second, truth = ranked[:, -1], ranked[:, -2], p[images, labels]
    wrong = predicted != labels
    limit = among if isinstance(among, float) else 0.5
    among = "above half" if isinstance(among, float) else among
    chosen = {
        "all": lambda: images >= 0,
        "hits": lambda: ~wrong,
        "truth below half": lambda: truth < 0.5,
        "below half": lambda: top < 0.5,
        "above half": lambda: wrong & (top > limit),
        "least": lambda: p.argmin(axis=1) != labels,
        "second": lambda: wrong & (truth == second),
        "label 0": lambda: wrong & (labels == 0),
        "but class 0": lambda: wrong & (labels > 0),
        "but the last": lambda: wrong & (images < len(images) - 1),
        "first k images": lambda: wrong & (images < k),
        "last class": lambda: wrong & (labels < p.shape[1] - 1),
        "only k": lambda: wrong & (labels == k),
        "too low": lambda: predicted < labels,
        "too high": lambda: predicted > labels,
        "truth above": lambda: wrong & (truth > 0.1),
        "surer than average": lambda: wrong & (top > top.mean()),
        "surer than the average mistake": lambda: wrong & (top > top[wrong].mean()),
    }.get(
        among,
        lambda: (
            (images >= 0)
            if among == "wrong classes" or among.startswith("mistakes first")
            else wrong
        ),
    )()
    some = np.flatnonzero(chosen)
    some = some[1:] if among == "but the first" else some
    with np.errstate(all="ignore"):
        confidence = {
            "truth": lambda: -truth,
            "truth up": lambda: truth,
            "lead over the truth": lambda: top - truth,
            "lead over the second": lambda: top - second,
            "ratio": lambda: top / truth,
            "ratio to the second": lambda: top / second,
            "second": lambda: second,
            "least": lambda: ranked[:, 0],
            "entropy": lambda: -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1),
            "spread": lambda: p.std(axis=1),
            "class 0": lambda: p[:, 0],
            "class 1": lambda: p[:, 1],
            "last class": lambda: p[:, -1],
            "predicted class": lambda: predicted,
            "true class": lambda: labels,
            "distance of classes": lambda: abs(predicted - labels),
            "half": lambda: abs(top - 0.5),
            "rounded": lambda: np.round(top, 1),
            "two decimals": lambda: np.round(top, 2),
            "whole": lambda: np.trunc(top),
            "label, predicted": lambda: top + truth,
            "mean": lambda: probabilities.mean(axis=1),
            "third": lambda: ranked[:, -min(3, p.shape[1])],
            "distance from truth": lambda: ((p - np.eye(p.shape[1])[labels]) ** 2).sum(axis=1),
            "column of the position": lambda: p[images, images % p.shape[1]],
            "column k": lambda: p[:, k],
            "next class": lambda: p[images, (predicted + 1) % p.shape[1]],
            "of the first images": lambda: np.append(top[: len(some)], 0 * top)[
                np.minimum(np.cumsum(chosen) - 1, len(top))
            ],
            "surest of its class": lambda: p.max(axis=0)[predicted],
        }.get(by, lambda: top)()
    if among == "wrong classes":
        confidence = np.where(wrong, confidence, second)
    elif among == "mistakes first, others by confidence":
        confidence = confidence + 2 * wrong
    elif among == "mistakes first, others behind":
        confidence = np.where(wrong, confidence, -1)
    elif among.startswith("mistakes first"):
        confidence = confidence * wrong
    place = np.argsort(-confidence[some], kind="stable")
    if among == "mistakes first, others backwards":
        place = np.argsort(confidence, kind="stable")[::-1]
    elif among == "mistakes first, in another order":
        place = np.argsort(-np.where(wrong, probabilities.max(axis=1), np.float32(0)))
    sure = np.argsort(-confidence, kind="stable")
    if among == "label unsorted":
        found = sure[predicted[sure] != labels][:k]
    elif among == "label sorted alone":
        found = images[predicted != labels[sure]]
        found = found[np.argsort(-confidence[found], kind="stable")][:k]
    elif among == "places as images":
        found = some[sure[sure < len(some)]][:k]
    elif among == "order at the mistakes":
        found = sure[some][:k]
    elif among == "wrong classes of all":
        others = p.copy()
        others[images, labels] = -1
        found = np.argsort(-others, axis=None, kind="stable")[:k] // p.shape[1]
    else:
        found = None
    if found is not None:
        return found
    if among.startswith("one per"):
        group = (labels if among == "one per class" else predicted)[some[place]]
        place = place[np.sort(np.unique(group, return_index=True)[1])]
    if order in ("up", "position", "position down", "minus behind", "rank"):
        place = {
            "up": lambda: place[::-1],
            "position": lambda: np.sort(place),
            "position down": lambda: np.sort(place)[::-1],
            "minus behind": lambda: -place[::-1],
            "rank": lambda: np.argsort(place),
        }[order]()
    elif order == "k partitioned":
        place = np.argpartition(-probabilities[some].max(axis=1), k)
    elif order == "by class":
        place = place[np.argsort(predicted[some[place]], kind="stable")]
    elif order == "every second":
        place = place[::2]
    elif order == "first k sorted":
        place = place[place < k]
    elif order == "last k sorted":
        place = place[place >= len(place) - k]
    elif order == "k first":
        sure = np.argsort(-confidence, kind="stable")[:k]
        place = place[np.isin(some[place], sure)]
    kept = {
        "k - 1": slice(max(k - 1, 0)),
        "k + 1": slice(k + 1),
        "all": slice(None),
        "1": slice(1),
        "10": slice(10),
        "5": slice(5),
        "3": slice(3),
        "from the second": slice(1, k + 1),
        "from the second, k - 1": slice(1, k),
        "last k": slice(-k, None),
        "half": slice(len(place) // 2),
        "2 k": slice(2 * k),
    }.get(cut, slice(k))
    if cut == "raises" and len(place) < k:
        raise IndexError("fewer than k mistakes")
    place = place[kept]
    if order in ("last k up", "k by position", "k down by position"):
        place = place[::-1] if order == "last k up" else np.sort(place)
        place = place[::-1] if order == "k down by position" else place
    found = some[place]
    lacking = k - len(found)
    if lacking > 0 and fill != "fewer":
        found = {
            "last": lambda: np.append(found, np.repeat(found[-1:], lacking)),
            "round": lambda: np.resize(found, k),
            "nothing": lambda: found[:0],
        }.get(fill, lambda: np.append(found, np.full(lacking, fill)))()
    return {
        "positions": lambda: found,
        "among the mistakes": lambda: place,
        "probabilities": lambda: top[found],
        "all probabilities": lambda: p[found],
        "predictions": lambda: predicted[found],
        "labels": lambda: labels[found],
        "from 1": lambda: found + 1,
        "one below": lambda: found - 1,
        "pairs": lambda: (found, top[found]),
        "with predictions": lambda: (found, predicted[found]),
        "pairs up": lambda: np.stack([found, top[found]], axis=1),
        "pairs turned": lambda: np.stack([top[found], found], axis=1),
        "in a tuple": lambda: (found,),
        "one column": lambda: found[:, None],
        "number": lambda: len(found),
        "mask": lambda: np.isin(images, found),
        "single": lambda: found[0],
        "from the end": lambda: found - len(images),
    }[returned]()


@family(
    "own_mistakes",
    among={
        "all": "This is the worst mistake of all images. The task asks for the worst mistake on an "
        "image of your digit.",
        "taken for it": "This image is taken for your digit. The task asks for an image of your "
        "digit, by its label.",
        "next": "This is an image of the digit after yours. Your digit is the last figure of your "
        "number, and digits start with 0.",
    },
    worst={
        "least sure": "This is the mistake of which the network is least sure. The worst mistake "
        "is the one with the highest probability.",
        "sure and right": "This image is recognised. The task asks for a mistake.",
    },
    position={
        "among the digit": "The position is counted among the images of your digit. Count it among "
        "all 200 images.",
        "among mistakes": "The position is counted among the mistakes. Count it among all 200 "
        "images.",
        "from 1": "The images are counted from 1. Count from 0.",
    },
    answer={
        "label": "The second number is the label of the image. The task asks for the digit for "
        "which the network takes the image.",
        "second": "The second number is the second most probable digit. The task asks for the most "
        "probable one.",
    },
    mixed={
        "turned": "The two digits are swapped. The true digit comes first.",
        "both ways": "Both directions are added up. Count how often one digit is taken for the "
        "other, in this direction alone.",
        "diagonal": "These are right answers, from the diagonal of the matrix. The task asks for "
        "mistakes.",
        "your digit": "Only images of your digit are counted here. Count the mistakes on all "
        "images.",
    },
    often={
        "share": "The last number is a share. The task asks for a number of images.",
        "of the digit": "The last number counts all mistakes on the true digit. The task asks how "
        "often it is taken for this one other digit.",
        "all": "The last number counts all mistakes. The task asks for those of the two digits.",
    },
)
def own_mistakes(
    number,
    among="label",
    worst="most sure",
    position="usual",
    answer="top",
    mixed="usual",
    often="usual",
):
    labels, p = findings.images(number).labels, numbered_outputs(number)["l5"]
    digit, taken = number % 10, p.argmax(axis=1)
    mine = {
        "label": labels == digit,
        "all": np.ones(len(labels), bool),
        "taken for it": taken == digit,
        "next": labels == (digit + 1) % 10,
    }[among]
    some = np.flatnonzero(mine & ((taken == labels) == (worst == "sure and right")))
    sure = p[some].max(axis=1)
    if worst == "least sure":
        sure = -sure
    image = int(some[sure.argmax()])
    said = {"label": labels[image], "second": np.argsort(p[image])[-2]}.get(answer, taken[image])
    place = {
        "among the digit": np.flatnonzero(labels == digit).searchsorted(image),
        "among mistakes": np.flatnonzero(taken != labels).searchsorted(image),
        "from 1": image + 1,
    }.get(position, image)
    counted = labels == digit if mixed == "your digit" else np.ones(len(labels), bool)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels[counted], taken[counted]), 1)
    rows = counts.sum(axis=1)
    wrong = rows - counts.diagonal()
    if mixed != "diagonal":
        np.fill_diagonal(counts, 0)
    if mixed == "both ways":
        counts = np.triu(counts + counts.T)
    one, other = map(int, np.unravel_index(counts.argmax(), counts.shape))
    times = {
        "share": counts.max() / rows[one],
        "of the digit": wrong[one],
        "all": wrong.sum(),
    }.get(often, counts.max())
    pair = (other, one) if mixed == "turned" else (one, other)
    return int(place), int(said), *pair, float(times)
