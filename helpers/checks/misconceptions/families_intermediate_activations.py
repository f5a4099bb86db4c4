"""Families of wrong answers to the exercises of notebook 04."""

import itertools

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import layers_behind, numbered_outputs
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs, rectifies

SIZES = "return each map as it is, (N, h, w, filters)."


@kept
def outputs_of(network, images):
    return numpy_outputs(network, images)


@kept
def before_the_relu(network, images):
    """Return the sums of each convolution, in which the ReLU has set nothing to 0."""
    outputs, last, sums = {"": images} | numpy_outputs(network, images), "", {}
    for spec in network["layers"]:
        below = outputs[spec.get("inputs", [last])[0]]
        if spec["kind"] == "conv":
            turned = {**spec, "kernel": -spec["kernel"], "bias": -spec["bias"]}
            turned.pop("inputs", None)  # alone it reads what is given
            negative = numpy_outputs({"layers": [turned]}, below)[spec["name"]]
            sums[spec["name"]] = outputs[spec["name"]] - negative
        last = spec["name"]
    return sums


@family(
    "conv_outputs",
    layers={
        "with pooling": "The pooling layer's maps are among them. Only Conv2D layers were asked for.",
        "with weights": "Every layer that has weights is taken, the dense layer, too. Only Conv2D "
        "layers were asked for.",
        "all": "Every layer's output is returned. Only Conv2D layers were asked for.",
        "with maps": "Every layer that has maps is taken. Only Conv2D layers were asked for.",
        "with maps, images too": "Every layer that has maps is taken, with the images themselves. Only "
        "Conv2D layers were asked for.",
        "images, too": "The images themselves are the first of the arrays. Only the outputs of the "
        "Conv2D layers were asked for.",
        "reversed": "The layers come in reversed order: return them from the input to the output.",
        "by name": "The layers are sorted by their names: return them in the model's order.",
        "by filters": "The layers are sorted by their number of filters: return them in the model's "
        "order.",
        "names": 'The layers are chosen by "conv" in their name: a name says nothing, choose them '
        "by their type.",
        "but the first": "The first convolution is left out.",
        "but the last": "The last convolution is left out.",
        "every second": "Only every second convolution is taken: return the outputs of all of them.",
        "first": "Only the first convolution's output is returned, in a list: return all of them.",
        "last": "Only the last convolution's output is returned, in a list: return all of them.",
        "first alone": "One array is returned, of the first convolution. Return a list of all.",
        "last alone": "One array is returned, of the last convolution. Return a list of all.",
        "first each time": "The first convolution's output is returned for each convolution.",
        "last each time": "The last convolution's output is returned for each convolution.",
        "same padding": 'Only convolutions with padding "same" are taken: return all of them.',
        "inputs": "These are the inputs of the convolutions: return their outputs.",
        "behind": "These are the outputs of the layers behind the convolutions: return those of the "
        "convolutions themselves.",
        "with a ReLU": "Layers are chosen by their activation, a ReLU: a convolution may have another "
        "one, choose them by their type.",
        "with any ReLU": "Layers are chosen by their activation, a ReLU. A convolution may have another "
        "one, and other layers have a ReLU. Choose them by their type.",
        "twice": "Each convolution's output is returned twice.",
    },
    then={
        "before the ReLU": "These are the sums before the ReLU: the layer's output is what comes "
        "after it.",
        "before the bias": "These are the sums without the biases and before the ReLU: the layer's "
        "output is what comes after both.",
        "mean of images": f"The mean over the images, axis 0, is taken: {SIZES}",
        "mean of pixels": f"The mean over the pixels, axes 1 and 2, is taken: {SIZES}",
        "mean of filters": f"The mean over the filters, the last axis, is taken: {SIZES}",
        "max of pixels": f"The maximum over the pixels, axes 1 and 2, is taken: {SIZES}",
        "max of filters": f"The maximum over the filters, the last axis, is taken: {SIZES}",
        "sum of filters": f"The filters' maps are added up: {SIZES}",
        "one image": f"`[0]` takes the first image's maps and drops the batch axis: {SIZES}",
        "stacked": f"Each image's batch axis is left in the result, an axis too many: {SIZES}",
        "squeezed": "Axes of length 1 are dropped. Keep the batch axis, also for one image.",
        "first filter": "Only the first filter's map is returned: return those of all filters.",
        "first filter kept": "Only the first filter's map is returned: return those of all filters.",
        "last filter": "Only the last filter's map is returned: return those of all filters.",
        "filters first": "The filters stand in front of the pixels, but they should be the last "
        "axis.",
        "filters before images": "The filters stand in front of the images, but they should be the "
        "last axis.",
        "transposed": "Rows and columns of the maps, axes 1 and 2, are swapped.",
        "flat": f"The maps are flattened: {SIZES}",
        "pixels flat": f"Rows and columns are flattened to one axis: {SIZES}",
        "stretched": "The maps are stretched to 0 … 1: return the outputs as they are.",
        "divided": "Each map is divided by its own maximum: return the outputs as they are.",
        "divided by all": "Each layer is divided by its maximum: return the outputs as they are.",
        "centred": "Each map's mean is subtracted: return the outputs as they are.",
        "negative": "The sign is turned round.",
        "where positive": "The maps are reduced to where they are positive. Return the outputs.",
        "softmax": "A softmax is applied to the maps: return the outputs as they are.",
        "whole": "The outputs are rounded to whole numbers: return them as they are.",
        "shapes": "These are the shapes of the outputs: return the outputs themselves.",
        "biases": "These are the layers' biases: return what they answer to the images.",
        "kernels": "These are the layers' kernels: return what they answer to the images.",
        "joined": "All outputs are flattened into one array: return one array for each layer.",
    },
    images_are={
        "first": "Only the first image is passed on. Return the maps of all images.",
        "last": "Only the last image is passed on. Return the maps of all images.",
        "but the last": "The last image is left out. Return the maps of all images.",
        "reversed": "The images come back in reversed order.",
        "first for all": "Each image gets the maps of the first image.",
        "mean": "The images are averaged before they are passed on: return the maps of each image.",
        "/ 255": "The images are divided by 255 once more: they are what the model takes already.",
        "* 255": "The images are multiplied by 255: they are what the model takes already.",
        "centred": "The mean of the images is subtracted first: pass them on as they are.",
        "± 1": "The images are moved to −1 … 1 first: pass them on as they are.",
        "inverted": "Black and white are swapped first: pass the images on as they are.",
        "flipped": "The images are flipped first: pass them on as they are.",
    },
)
def conv_outputs(model, images, layers="Conv2D", images_are="all", then="nothing"):
    x = {
        "first": images[:1],
        "last": images[-1:],
        "but the last": images[:-1],
        "mean": images.mean(axis=0, keepdims=True),
        "/ 255": images / np.float32(255),
        "* 255": images * np.float32(255),
        "centred": images - images.mean(),
        "± 1": 2 * images - 1,
        "inverted": 1 - images,
        "flipped": images[:, :, ::-1],
    }.get(images_are, images)
    specs = {spec["name"]: spec for spec in model["layers"]}
    names = list(specs)
    convolutions = [n for n in names if specs[n]["kind"] == "conv"]
    outputs = outputs_of(model, x)
    if then in ("before the ReLU", "before the bias"):
        outputs = {**outputs, **before_the_relu(model, x)}
    if then == "before the bias":
        outputs |= {n: outputs[n] - specs[n].get("bias", 0) for n in convolutions}
    before = dict(zip(names, ["", *names[:-1]], strict=True))
    behind = dict(itertools.pairwise(names))
    chosen = {
        "Conv2D": convolutions,
        "with pooling": [n for n in names if specs[n]["kind"] in ("conv", "pool")],
        "with weights": [n for n in names if "kernel" in specs[n]],
        "all": names,
        "with maps": [n for n in names if np.ndim(outputs.get(n)) == 4],
        "with maps, images too": ["", *(n for n in names if np.ndim(outputs.get(n)) == 4)],
        "images, too": ["", *convolutions],
        "reversed": convolutions[::-1],
        "by name": sorted(convolutions),
        "by filters": sorted(convolutions, key=lambda n: -specs[n]["kernel"].shape[-1]),
        "names": [n for n in names if "conv" in n],
        "but the first": convolutions[1:],
        "but the last": convolutions[:-1],
        "every second": convolutions[::2],
        "first": convolutions[:1],
        "last": convolutions[-1:],
        "first alone": convolutions[:1],
        "last alone": convolutions[-1:],
        "first each time": convolutions[:1] * len(convolutions),
        "last each time": convolutions[-1:] * len(convolutions),
        "same padding": [n for n in convolutions if specs[n]["padding"] == "same"],
        "with a ReLU": [n for n in convolutions if rectifies(specs[n])],
        "with any ReLU": [n for n in names if rectifies(specs[n])],
        "inputs": [before[n] for n in convolutions],
        "behind": [behind[n] for n in convolutions],
        "twice": [n for n in convolutions for _ in range(2)],
    }[layers]
    if then in ("kernels", "biases"):
        return tuple(specs[n]["kernel" if then == "kernels" else "bias"] for n in chosen)
    found = [images if n == "" else outputs[n] for n in chosen]
    if images_are == "reversed":
        found = [maps[::-1] for maps in found]
    elif images_are == "first for all":
        found = [np.repeat(maps[:1], len(maps), axis=0) for maps in found]
    change = CHANGES.get(then)
    found = [change(maps) for maps in found] if change else found
    if then == "joined":
        return np.concatenate([maps.ravel() for maps in found])
    return found[0] if layers.endswith("alone") else tuple(found)


CHANGES = {
    "mean of images": lambda maps: maps.mean(axis=0),
    "mean of pixels": lambda maps: maps.mean(axis=(1, 2)),
    "mean of filters": lambda maps: maps.mean(axis=-1),
    "max of pixels": lambda maps: maps.max(axis=(1, 2)),
    "max of filters": lambda maps: maps.max(axis=-1),
    "sum of filters": lambda maps: maps.sum(axis=-1),
    "one image": lambda maps: maps[0],
    "stacked": lambda maps: maps[:, None],
    "squeezed": np.squeeze,
    "first filter": lambda maps: maps[..., 0],
    "first filter kept": lambda maps: maps[..., :1],
    "last filter": lambda maps: maps[..., -1],
    "filters first": lambda maps: np.moveaxis(maps, -1, 1),
    "filters before images": lambda maps: np.moveaxis(maps, -1, 0),
    "transposed": lambda maps: np.swapaxes(maps, 1, 2),
    "flat": lambda maps: maps.reshape(len(maps), -1),
    "pixels flat": lambda maps: maps.reshape(len(maps), -1, maps.shape[-1]),
    "stretched": lambda maps: (maps - maps.min()) / np.ptp(maps),
    "divided": lambda maps: maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-8),
    "divided by all": lambda maps: maps / maps.max(),
    "centred": lambda maps: maps - maps.mean(axis=(1, 2), keepdims=True),
    "negative": np.negative,
    "where positive": lambda maps: (maps > 0).astype(np.float32),
    "softmax": lambda maps: np.exp(maps) / np.exp(maps).sum(axis=-1, keepdims=True),
    "whole": np.rint,
    "shapes": lambda maps: np.array(maps.shape),
}


OWN = "each map has its own, over the rows and columns, axes 1 and 2."
MEANS = {
    "one for all": f"One mean is taken for all maps: {OWN}",
    "of the image": f"One mean is taken for all maps of an image: {OWN}",
    "of the filter": f"One mean is taken for a filter's maps of all images: {OWN}",
    "of the images": f"The mean is taken over the images, axis 0: {OWN}",
    "of the pixel": f"The mean is taken over the filters, axis 3, at each pixel: {OWN}",
    "of the rows": f"The mean is taken over the rows alone, axis 1: {OWN}",
    "of the columns": f"The mean is taken over the columns alone, axis 2: {OWN}",
}
AXES = {
    "of the map": (1, 2),
    "one for all": None,
    "of the image": (1, 2, 3),
    "of the filter": (0, 1, 2),
    "of the images": 0,
    "of the pixel": 3,
    "of the rows": 1,
    "of the columns": 2,
}


@often_and_alone(
    "maps_to_bytes",
    often={
        "mean": ("one for all", "of the image", "of the filter"),
        "deviation": ("one for all", "of the image", "of the filter"),
        "centre": ("median", "none"),
        "spread": ("variance", "maximum", "range"),
        "middle": (0, 64),
        "grey": (1, 128, 255),
        "clip": ("wrapped", "0 … 1"),
        "constant": ("divided", "middle", "white", "untouched"),
        "scope": ("of the filter", "one for all", "of the image"),
    },
    mean=MEANS,
    deviation={
        axes: text.replace("mean", "standard deviation", 1) for axes, text in MEANS.items()
    },
    scope={
        axes: text.replace("mean is", "mean and one standard deviation are", 1)
        if text.startswith("One")
        else text.replace("mean is", "mean and the standard deviation are", 1)
        for axes, text in MEANS.items()
    },
    centre={
        "median": "The median becomes the middle grey, but it has to be the mean.",
        "minimum": "The minimum becomes the middle grey, but it has to be the mean.",
        "maximum": "The maximum becomes the middle grey, but it has to be the mean.",
        "middle": "The middle between minimum and maximum becomes the middle grey, but it has to "
        "be the mean.",
        "none": "The mean is not subtracted.",
        "added": "The mean is added: subtract it.",
    },
    spread={
        "variance": "The map is divided by the variance. Divide by the standard deviation, the "
                    "root of the variance.",
        "n - 1": "The standard deviation is that of a sample (ddof=1). Divide by the number of "
        "pixels, as NumPy does by default.",
        "range": "The map is divided by the range from minimum to maximum. Divide by the standard "
                 "deviation.",
        "half the range": "The map is divided by half the range. Divide by the standard deviation.",
        "maximum": "The map is divided by the maximum. Divide by the standard deviation.",
        "largest": "The map is divided by the largest distance from the mean. Divide by the "
                   "standard deviation.",
        "absolute": "The map is divided by the mean distance from the mean. Divide by the standard "
                    "deviation.",
        "root of squares": "The map is divided by the root of the mean square, without the mean "
        "subtracted. Divide by the standard deviation.",
        "plus 1": "1 is added to the standard deviation. Divide by the standard deviation alone.",
        "mean": "The map is divided by the mean. Divide by the standard deviation.",
        "one": "The standard deviation does not divide.",
        "times": "The map is multiplied by the standard deviation. Divide by the standard "
                 "deviation.",
        "root": "The map is divided by the square root of the standard deviation.",
        "epsilon": "The small number that is added to the standard deviation is not small beside "
        "it. Treat a constant map on its own, and add nothing.",
    },
    middle={
        0: "The mean becomes grey level 0. Add {middle}.",
        64: "The mean becomes grey level 64, but it has to become {middle}.",
        100: "The mean becomes grey level 100, but it has to become {middle}.",
        255: "The mean becomes grey level 255, but it has to become {middle}.",
        120: "The mean becomes grey level 120, but it has to become {middle}.",
        0.5: "The mean becomes 0.5, but it has to become grey level {middle}.",
        1: "The mean becomes grey level 1, but it has to become {middle}.",
    },
    grey={
        1: "A standard deviation is worth 1 grey level here, but it should be worth {grey}.",
        128: "A standard deviation is worth 128 grey levels here, but it should be worth {grey}.",
        127: "A standard deviation is worth 127 grey levels here, but it should be worth {grey}.",
        127.5: "A standard deviation is worth 127.5 grey levels here, but it should be worth "
               "{grey}.",
        255: "A standard deviation is worth 255 grey levels here, but it should be worth {grey}.",
        32: "A standard deviation is worth 32 grey levels here, but it should be worth {grey}.",
        16: "A standard deviation is worth 16 grey levels here, but it should be worth {grey}.",
        50: "A standard deviation is worth 50 grey levels here, but it should be worth {grey}.",
        60: "A standard deviation is worth 60 grey levels here, but it should be worth {grey}.",
    },
    order={
        "64 before the mean": "The mean is subtracted after the map is multiplied by {grey}. Subtract "
        "first.",
        "128 before 64": "The {middle} is added before the factor {grey}: multiply first, then add {middle}.",
        "128 before the division": "The {middle} is added before the standard deviation divides. Divide "
        "first.",
        "subtracted": "{middle} is subtracted: add it.",
        "swapped": "Black and white are swapped: what is above the mean becomes brighter.",
        "divided": "The distance is divided by {grey}: multiply it by {grey}.",
        "no parentheses": "Only the mean is divided by the standard deviation: subtract first, in "
        "parentheses, then divide.",
    },
    clip={
        "wrapped": "Values outside 0 … 255 wrap round in uint8: clip first.",
        "0 … 1": "The values are clipped to 0 … 1. Clip to 0 … 255.",
        "not above": "Only what is below 0 is clipped: 256 wraps round to 0.",
        "not below": "Only what is above 255 is clipped: −1 wraps round to 255.",
        "128 at most": "The values are clipped to 0 … 128. Clip to 0 … 255.",
        "127 at most": "The values are clipped to 0 … 127. Clip to 0 … 255.",
        "one deviation": "The map is clipped at one standard deviation from its mean. Clip the grey "
        "levels to 0 … 255.",
        "two deviations": "Grey levels are clipped too early, before the {middle} is added.",
        "positive first": "What is below the mean becomes the middle grey. Negative values are set to "
        "0 before the {middle} is added.",
        "distance": "The distance from the mean is taken without its sign: below it is darker.",
        "before": "The activations are clipped to 0 … 255 before they are scaled. Scale first.",
        "before, 0 … 1": "The activations are clipped to 0 … 1 before they are scaled. Scale first.",
        "stretched": "The grey levels are stretched to 0 … 255: what falls outside has to be cut off.",
        "modulo": "Values outside 0 … 255 come round with `%`: cut them off.",
        "whole first": "The values are made whole numbers before the factor {grey}: make them whole at "
        "the end.",
        "outside is 0": "Values above 255 become 0, but they have to become 255.",
        "128 wraps": "The values are made bytes before {middle} is added, and the sum of bytes wraps round "
        "at 256. Clip to 0..255 and convert to bytes last.",
        "128 after the clip": "The values are clipped, or made bytes, before {middle} is added, so that "
        "all that is below the mean becomes {middle}. Clip last.",
        "8 bits": "The values are made 8-bit whole numbers, from −128 to 127, before {middle} is added. "
        "Clip to 0..255 and convert to bytes last.",
    },
    constant={
        "middle": "A constant map becomes the middle grey, but it has to become 0.",
        "divided": "A constant map becomes the middle grey, or noise where rounding makes its "
        "standard deviation a little more than 0. A constant map has to become 0.",
        "white": "A constant map becomes white, but it has to become 0.",
        "untouched": "A constant map keeps its own value, but it has to become 0.",
        "dead only": "Only a map of zeros becomes 0: every constant map has to, whatever its value.",
        "also below 0.1": "A map becomes 0 as soon as its standard deviation is below 0.1. Only a "
        "constant map does.",
        "also below 0.5": "A map becomes 0 as soon as its standard deviation is below 0.5. Only a "
        "constant map does.",
        "image": "All maps of an image become 0 where one of them is constant: each is on its own.",
        "filter": "A filter's maps of all images become 0 where one of them is constant: each is on "
        "its own.",
        "all": "All maps become 0 where one of them is constant: each map is on its own.",
    },
    result={
        "not uint8": "The grey levels are right, their type is not. Return uint8.",
        "0 … 1": "The grey levels are divided by 255. Return bytes from 0 to 255.",
        "int8": "int8 ends at 127. The type is uint8.",
        "inverted": "Black and white are swapped.",
        "filters first": "The filters stand in front of the pixels. Keep the shape of `maps`.",
        "transposed": "Rows and columns are swapped. Keep the shape of `maps`.",
        "first image": "Only the first image's maps are returned. Keep the shape of `maps`.",
        "first image for all": "Each image gets the grey levels of the first one.",
        "first filter": "Only the first filter's maps are returned. Keep the shape of `maps`.",
        "last image": "Only the last image's maps are returned. Keep the shape of `maps`.",
        "last filter 0": "The last filter's maps stay 0. The loop ends one too early.",
        "last image 0": "The last image's maps stay 0. The loop ends one too early.",
        "first filter 0": "The first filter's maps stay 0. The loop starts at 1.",
        "first image 0": "The first image's maps stay 0. The loop starts at 1.",
    },
)  # fmt: skip
def maps_to_bytes(
    maps, mean="of the map", deviation="of the map", scope=None, centre="mean", spread="deviation",
    middle=128, grey=64, order=None, clip="0 … 255", constant="zero", result="bytes",
):  # fmt: skip
    x = {"before": np.clip(maps, 0, 255), "before, 0 … 1": np.clip(maps, 0, 1)}.get(clip, maps)

    def along(function, axes):
        return function(x, axis=AXES[scope or axes], keepdims=True)

    def centred():
        return x - along(np.mean, deviation)

    constants = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    level = {
        "median": lambda: along(np.median, mean),
        "minimum": lambda: along(np.min, mean),
        "maximum": lambda: along(np.max, mean),
        "middle": lambda: (along(np.max, mean) + along(np.min, mean)) / 2,
        "none": lambda: 0,
        "added": lambda: -along(np.mean, mean),
    }.get(centre, lambda: along(np.mean, mean))()
    axes = AXES[scope or deviation]
    divisor = {
        "deviation": lambda: along(np.std, deviation),
        "variance": lambda: along(np.var, deviation),
        "n - 1": lambda: x.std(axis=axes, keepdims=True, ddof=1),
        "range": lambda: along(np.ptp, deviation),
        "half the range": lambda: along(np.ptp, deviation) / 2,
        "maximum": lambda: along(np.max, deviation),
        "largest": lambda: abs(centred()).max(axis=axes, keepdims=True),
        "absolute": lambda: abs(centred()).mean(axis=axes, keepdims=True),
        "root of squares": lambda: np.sqrt((x**2).mean(axis=axes, keepdims=True)),
        "plus 1": lambda: along(np.std, deviation) + 1,
        "mean": lambda: along(np.mean, deviation),
        "one": lambda: along(np.std, deviation) * 0 + 1,
        "times": lambda: 1 / along(np.std, deviation),
        "root": lambda: np.sqrt(along(np.std, deviation)),
        "epsilon": lambda: along(np.std, deviation) + 0.01,
    }[spread]()
    divisor = np.where(divisor == 0, 1, divisor)
    away = (x - level) / divisor
    away = {
        "one deviation": lambda: np.clip(away, -1, 1),
        "positive first": lambda: np.maximum(away, 0),
        "distance": lambda: abs(away),
        "whole first": lambda: np.trunc(away),
    }.get(clip, lambda: away)()
    if clip == "two deviations":
        values = middle + np.clip(grey * away, 0, 255)
        values = np.clip(values, 0, 255)
    else:
        values = {
            "64 before the mean": lambda: middle + (grey * x - level) / divisor,
            "128 before 64": lambda: grey * (middle + away),
            "128 before the division": lambda: (middle + grey * (x - level)) / divisor,
            "subtracted": lambda: grey * away - middle,
            "swapped": lambda: middle - grey * away,
            "divided": lambda: middle + away / grey,
            "no parentheses": lambda: middle + grey * (x - level / divisor),
        }.get(order, lambda: middle + grey * away)()
    inside = np.clip(values, 0, 255)
    values = {
        "wrapped": lambda: values.astype(np.int64).astype(np.uint8),
        "0 … 1": lambda: np.clip(values, 0, 1),
        "not above": lambda: np.maximum(values, 0).astype(np.int64).astype(np.uint8),
        "not below": lambda: np.minimum(values, 255).astype(np.int64).astype(np.uint8),
        "128 at most": lambda: np.clip(values, 0, 128),
        "127 at most": lambda: np.clip(values, 0, 127),
        "stretched": lambda: 255 * (values - values.min()) / np.ptp(values),
        "modulo": lambda: values % 256,
        "outside is 0": lambda: np.where(values > 255, 0, inside),
        "128 wraps": lambda: np.clip(grey * away, 0, 255).astype(np.uint8) + np.uint8(middle),
        "128 after the clip": lambda: np.clip(
            np.trunc(np.clip(grey * away, 0, 255)) + middle, 0, 255
        ),
        "8 bits": lambda: np.clip(
            (grey * away).astype(np.int64).astype(np.int8) + float(middle), 0, 255
        ),
    }.get(clip, lambda: inside)()
    black = {
        "dead only": lambda: (maps == 0).all(axis=(1, 2), keepdims=True),
        "also below 0.1": lambda: maps.std(axis=(1, 2), keepdims=True) < 0.1,
        "also below 0.5": lambda: maps.std(axis=(1, 2), keepdims=True) < 0.5,
        "image": lambda: constants.any(axis=3, keepdims=True),
        "filter": lambda: constants.any(axis=0, keepdims=True),
        "all": lambda: constants.any(),
        "divided": lambda: np.zeros_like(constants),
    }.get(constant, lambda: constants)()
    put = {"middle": middle, "white": 255, "untouched": maps}.get(constant, 0)
    values = np.where(black, put, values).astype(np.uint8)
    if result in RESULTS:
        return RESULTS[result](values)
    if result.endswith(" 0"):
        index = 0 if result.startswith("first") else -1
        values[(..., index) if "filter" in result else index] = 0
    return values


RESULTS = {
    "not uint8": lambda values: values.astype(np.int64),
    "0 … 1": lambda values: values / 255,
    "int8": lambda values: values.astype(np.int8),
    "inverted": lambda values: 255 - values,
    "filters first": lambda values: np.moveaxis(values, -1, 1),
    "transposed": lambda values: np.swapaxes(values, 1, 2),
    "first image": lambda values: values[:1],
    "first image for all": lambda values: np.repeat(values[:1], len(values), axis=0),
    "first filter": lambda values: values[..., :1],
    "last image": lambda values: values[-1:],
}


MAP = "a map is one filter's answer to one image, over axes 1 and 2."


VERY_SMALL = (
    "Very small activations count as zero here, as with a threshold or with `np.isclose`. Only "
    "exactly 0 does."
)
PARTS = [n / 20 for n in range(6, 20) if n != 10]
LIMITS = (2e-3, 5e-3, 0.02, 0.03, 0.2, 0.25, 0.3, 0.4, 0.75, 2)


@family(
    "silence",
    in_pairs=False,
    zero=dict.fromkeys((1e-5, 1e-4), VERY_SMALL)
    | {x: f"Activations below about {x} count as zero here. Only exactly 0 does." for x in LIMITS},
    dead=dict.fromkeys(
        PARTS,
        "A map counts as dead here where most of it is zero, or a part of it: all of it has to be.",
    ),
)
@family(
    "silence",
    zero={
        1e-2: "Activations below about 0.01 count as zero here. Only exactly 0 does.",
        1e-3: VERY_SMALL,
        0.05: "Activations below about 0.05 count as zero here. Only exactly 0 does.",
        0.1: "Activations below about 0.1 count as zero here. Only exactly 0 does.",
        0.5: "Activations below about 0.5 count as zero here. Only exactly 0 does.",
        1: "Activations below 1 count as zero here. Only exactly 0 does. Whole numbers cut off the "
        "fraction.",
        "mean": "Activations below the mean count as zero here. Only exactly 0 does.",
        "1 %": "Activations below one hundredth of the largest count as zero here. Only exactly 0 "
        "does.",
        "not": "What is not zero is counted. Count the zeros.",
    },
    dead={
        "any": "A map counts as dead here where any of its activations is zero, but it is dead "
        "only where all are.",
        "every image": f"A filter counts as dead here where it is silent for every image: {MAP}",
        "some image": f"A filter counts as dead here where it is silent for some image: {MAP}",
        "image": "The second share is as large as that of images in which all maps are dead. Is "
        f"axis 3, that of the filters, looked along, too? {MAP[0].upper()}{MAP[1:]}",
        "pixel": f"Pixels are counted here where no filter answers: {MAP}",
        "axes 2, 3": f"The axes 2 and 3 are taken, as where filters come first: {MAP}",
        "axes 0, 1": f"The axes 0 and 1 are taken: {MAP}",
        "axes 1, 3": f"The axes 1 and 3 are taken: {MAP}",
        "axis 0": f"Only the images, axis 0, are looked along: {MAP}",
        "axis 1": f"Only axis 1 is looked along, so that columns are counted: {MAP}",
        "axis 2": f"Only axis 2 is looked along, so that rows are counted: {MAP}",
        "half": "A map counts as dead here where about half of it is zero: all of it has to be.",
        "mean below 0.1": "A map counts as dead here where its answers are weak on average: all of "
        "them have to be exactly 0.",
        "no spread": "A map counts as dead here where all its answers are equal: all of them have to "
        "be 0.",
        "mean 0 over images": "The images are averaged before it is asked which filters are dead: "
        f"{MAP}",
        "of living filters": "Filters that are silent for every image are left out. Count all maps.",
        "of living images": "Images for which all filters are silent are left out. Count all maps.",
        "quarters": "Only a part of each map is looked at, its upper left quarter: a map is dead where "
        "all its pixels are 0.",
        "last pixel": "Only the last pixel of each map is looked at: a map is dead where all its "
        "pixels are 0.",
        "middle": "Only the middle pixel of each map is looked at: a map is dead where all its pixels "
        "are 0.",
        "first row": "Only the first row of each map is looked at: a map is dead where all its pixels "
        "are 0.",
        "first pixel": "Only the first pixel of each map is looked at: a map is dead where all its "
        "pixels are 0.",
        "alive": "The maps that are not dead are counted.",
        "never zero": "The maps without a zero are counted: count those that hold nothing else.",
        "whole": "Only one question is asked, whether everything is zero: ask it of each map.",
    },
    zeros={
        "alive": "The first share is that of activations that are not zero.",
        "count": "The first result is a count. Divide by the number of activations.",
        "percent": "The first result is a percentage. A share runs from 0 to 1.",
        "/ maps": "The zeros are divided by the number of maps. Divide by the number of activations.",
        "/ images": "The zeros are divided by the number of images. Divide by the number of "
        "activations.",
        "/ filters": "The zeros are divided by the number of filters. Divide by the number of "
        "activations.",
        "/ pixels": "The zeros are divided by the number of pixels of a map. Divide by the number of "
        "activations.",
        "/ living": "The zeros are divided by the number of activations that are not zero: divide by "
        "the number of all of them.",
        "living maps": "The zeros of dead maps are left out. Count all activations.",
        "first image": "The first share is that of the first image alone.",
        "first filter": "The first share is that of the first filter alone.",
        "pixels": "The first share counts pixels where all filters are zero. Count activations.",
        "per filter": "The first result holds a share for each filter. One number is asked for.",
        "per image": "The first result holds a share for each image. One number is asked for.",
        "per map": "The first result holds a share for each map. One number is asked for.",
        "median": "The first result is the median of the maps' shares. Take the share of all "
        "activations.",
        "mean": "The first result is the mean activation. Count the zeros.",
        "of living filters": "Filters that are silent for every image are left out of the first share. "
        "Count all activations.",
        "only living maps": "The zeros of dead maps are not counted, but the activations of dead maps "
        "are. Count all zeros.",
        "only dead maps": "Only the zeros of dead maps are counted in the first share. Count all of "
        "them.",
        "images with zeros": "The first share is that of maps that hold a zero. Take the share of "
        "activations.",
        "negative": "Activations below zero are counted, and there are none. Compare with 0.",
    },
    deads={
        "count": "The second result is a count. Divide by the number of maps.",
        "percent": "The second result is a percentage. A share runs from 0 to 1.",
        "/ filters": "The dead maps are divided by the number of filters, but there is a map for "
        "each filter and image.",
        "/ images": "The dead maps are divided by the number of images, but there is a map for "
        "each filter and image.",
        "/ activations": "The dead maps are divided by the number of activations. Divide by the "
        "number of maps.",
        "/ pixels": "The dead maps are divided by the number of pixels of a map. Divide by the number "
        "of maps.",
        "/ living": "The dead maps are divided by the number of those that live. Divide by the number "
        "of all maps.",
        "of the zeros": "The second result is the share of the zeros that lie in dead maps. Take "
        "the share of maps.",
        "first image": "The second share is that of the first image alone.",
        "last image": "The second share is that of the last image alone.",
        "/ living images": "The dead maps are divided by the number of images with a living map, "
        "times the filters. Divide by the number of maps.",
        "/ rows": "The dead maps are divided by the height of a map. Divide by the number of maps.",
        "/ columns": "The dead maps are divided by the width of a map. Divide by the number of maps.",
        "pixels of dead maps": "The second result is the number of activations in dead maps. Divide "
        "the number of dead maps by that of all maps.",
        "largest": "The second result is the share of the image with most dead maps. Take the share "
        "of all maps.",
        "n − 1": "The number of maps is one too small. Divide by the number of images times the "
        "number of filters.",
        "first filter": "The second share is that of the first filter alone.",
        "per filter": "The second result holds a share for each filter. One number is asked for.",
        "per image": "The second result holds a share for each image. One number is asked for.",
    },
    result={
        "swapped": "The two shares are swapped. Zero activations come first.",
        "counts": "These are counts. Divide by the number of activations, and of maps.",
        "percent": "These are percentages, but a share runs from 0 to 1.",
        "first": "Only the share of zero activations is returned: return both.",
        "second": "Only the share of dead maps is returned: return both.",
        "sum": "The two shares are added: return both.",
        "first twice": "The share of zero activations is returned twice.",
        "per filter": "There are two shares for each filter. Two numbers are asked for.",
        "per image": "There are two shares for each image. Two numbers are asked for.",
        "second twice": "The share of dead maps is returned twice.",
        "rounded": "The shares are rounded to two decimals: return them as they are.",
        "rounded otherwise": "The shares are rounded to two decimals: return them as they are.",
        "rounded, 1": "The shares are rounded to one decimal: return them as they are.",
        "whole": "The shares are rounded down to whole numbers: `//`, or a type of whole numbers?",
    },
    images={
        "first": "Only the first image is looked at.",
        "last": "Only the last image is looked at.",
        "but the last": "The last image is left out.",
        "but the first": "The first image is left out.",
        "mean": "The images are averaged first: each image has its own maps.",
        "first filter": "Only the first filter is looked at.",
        "but the last filter": "The last filter is left out.",
        "but the first filter": "The first filter is left out.",
    },
)
def silence(maps, zero=0, dead="all", zeros="share", deads="share", result="both", images="all"):
    maps = {
        "first": lambda: maps[:1],
        "last": lambda: maps[-1:],
        "but the last": lambda: maps[:-1],
        "but the first": lambda: maps[1:],
        "mean": lambda: maps.mean(axis=0, keepdims=True),
        "first filter": lambda: maps[..., :1],
        "but the last filter": lambda: maps[..., :-1],
        "but the first filter": lambda: maps[..., 1:],
    }.get(images, lambda: maps)()
    none = {
        "not": lambda: maps != 0,
        "mean": lambda: maps < maps.mean(),
        "1 %": lambda: maps < maps.max() / 100,
        0: lambda: maps == 0,
        1e-3: lambda: maps <= np.float32(1e-3),
        1e-4: lambda: maps <= np.float32(1e-4),
        1e-5: lambda: maps <= np.float32(1e-5),
    }.get(zero, lambda: maps < zero)()
    dark = {
        "any": lambda: none.any(axis=(1, 2)),
        "every image": lambda: none.all(axis=(0, 1, 2)),
        "some image": lambda: none.all(axis=(1, 2)).any(axis=0),
        "image": lambda: none.all(axis=(1, 2, 3)),
        "pixel": lambda: none.all(axis=-1),
        "axes 2, 3": lambda: none.all(axis=(2, 3)),
        "axes 0, 1": lambda: none.all(axis=(0, 1)),
        "axes 1, 3": lambda: none.all(axis=(1, 3)),
        "axis 0": lambda: none.all(axis=0),
        "axis 1": lambda: none.all(axis=1),
        "axis 2": lambda: none.all(axis=2),
        "half": lambda: none.mean(axis=(1, 2)) > 0.5,
        "mean below 0.1": lambda: maps.mean(axis=(1, 2)) < 0.1,
        "no spread": lambda: np.ptp(maps, axis=(1, 2)) == 0,
        "mean 0 over images": lambda: maps.mean(axis=0).max(axis=(0, 1)) == 0,
        "of living filters": lambda: none.all(axis=(1, 2))[:, ~none.all(axis=(0, 1, 2))],
        "of living images": lambda: none.all(axis=(1, 2))[~none.all(axis=(1, 2, 3))],
        "quarters": lambda: none[:, : maps.shape[1] // 2, : maps.shape[2] // 2].all(axis=(1, 2)),
        "last pixel": lambda: none[:, -1, -1],
        "middle": lambda: none[:, maps.shape[1] // 2, maps.shape[2] // 2],
        "first row": lambda: none[:, 0].all(axis=1),
        "first pixel": lambda: none[:, 0, 0],
        "alive": lambda: ~none.all(axis=(1, 2)),
        "never zero": lambda: ~none.any(axis=(1, 2)),
        "whole": lambda: none.all(),
        "all": lambda: none.all(axis=(1, 2)),
    }.get(dead, lambda: none.mean(axis=(1, 2)) > dead)()
    count = none.sum()
    first = {
        "share": lambda: none.mean(),
        "alive": lambda: 1 - none.mean(),
        "count": lambda: count,
        "percent": lambda: 100 * none.mean(),
        "/ maps": lambda: count / (maps.shape[0] * maps.shape[-1]),
        "/ images": lambda: count / maps.shape[0],
        "/ filters": lambda: count / maps.shape[-1],
        "/ pixels": lambda: count / (maps.shape[1] * maps.shape[2]),
        "/ living": lambda: count / (~none).sum(),
        "living maps": lambda: np.moveaxis(none, -1, 1)[~none.all(axis=(1, 2))].mean(),
        "first image": lambda: none[0].mean(),
        "first filter": lambda: none[..., 0].mean(),
        "pixels": lambda: none.all(axis=-1).mean(),
        "per filter": lambda: none.mean(axis=(0, 1, 2)),
        "per image": lambda: none.mean(axis=(1, 2, 3)),
        "per map": lambda: none.mean(axis=(1, 2)),
        "median": lambda: np.median(none.mean(axis=(1, 2))),
        "mean": lambda: maps.mean(),
        "negative": lambda: (maps < 0).mean(),
        "of living filters": lambda: none[..., ~none.all(axis=(0, 1, 2))].mean(),
        "only living maps": lambda: (none & ~none.all(axis=(1, 2), keepdims=True)).mean(),
        "only dead maps": lambda: none.all(axis=(1, 2)).mean(),
        "images with zeros": lambda: none.any(axis=(1, 2)).mean(),
    }[zeros]()
    number = dark.sum()
    second = {
        "share": lambda: dark.mean(),
        "count": lambda: number,
        "percent": lambda: 100 * dark.mean(),
        "/ filters": lambda: number / maps.shape[-1],
        "/ images": lambda: number / maps.shape[0],
        "/ activations": lambda: number / maps.size,
        "/ pixels": lambda: number / (maps.shape[1] * maps.shape[2]),
        "/ living": lambda: number / (~dark).sum(),
        "of the zeros": lambda: number * maps.shape[1] * maps.shape[2] / count,
        "first image": lambda: dark[0].mean(),
        "last image": lambda: dark[-1].mean(),
        "/ living images": lambda: number / (~none.all(axis=(1, 2, 3))).sum() / maps.shape[-1],
        "/ rows": lambda: number / maps.shape[1],
        "/ columns": lambda: number / maps.shape[2],
        "pixels of dead maps": lambda: number * maps.shape[1] * maps.shape[2],
        "largest": lambda: dark.mean(axis=1).max(),
        "n − 1": lambda: number / (dark.size - 1),
        "first filter": lambda: dark[..., 0].mean(),
        "per filter": lambda: dark.mean(axis=0),
        "per image": lambda: dark.mean(axis=1),
    }[deads]()
    return {
        "both": lambda: (first, second),
        "swapped": lambda: (second, first),
        "counts": lambda: (count, number),
        "percent": lambda: (100 * first, 100 * second),
        "first": lambda: first,
        "second": lambda: second,
        "sum": lambda: first + second,
        "first twice": lambda: (first, first),
        "per filter": lambda: (none.mean(axis=(0, 1, 2)), dark.mean(axis=0)),
        "per image": lambda: (none.mean(axis=(1, 2, 3)), dark.mean(axis=1)),
        "second twice": lambda: (second, second),
        "rounded": lambda: (np.round(first, 2), np.round(second, 2)),
        "rounded otherwise": lambda: (round(float(first), 2), round(float(second), 2)),
        "rounded, 1": lambda: (np.round(first, 1), np.round(second, 1)),
        "whole": lambda: (np.trunc(first), np.trunc(second)),
    }[result]()


PRODUCTS = "A convolution multiplies patch and kernel position by position and adds up."


@family(
    "pixel_by_hand",
    relu={
        "none": "The ReLU is missing. A negative sum becomes 0.",
        "before the bias": "The ReLU comes before the bias: it comes last.",
        "of the products": "Each negative product becomes 0. The ReLU is applied once, to the sum.",
        "of the channels": "Each channel's negative sum becomes 0. The ReLU is applied once, to the "
        "sum over all channels.",
        "of the channels, with the bias": "The ReLU and the bias come channel by channel: add up all "
        "channels first, then add the bias once, then apply the ReLU.",
        "absolute": "A negative sum becomes positive: the ReLU makes it 0.",
        "negative": "Positive sums become 0: the ReLU makes negative ones 0.",
        "sigmoid": "A sigmoid is applied. The ReLU makes negative sums 0 and leaves the others.",
        "tanh": "A tanh is applied. The ReLU makes negative sums 0 and leaves the others.",
        "leaky 0.01": "A negative sum is multiplied by 0.01, as a leaky ReLU does, but it should "
                      "become 0.",
        "leaky 0.1": "A negative sum is multiplied by 0.1, as a leaky ReLU does, but it should "
                     "become 0.",
        "leaky 0.2": "A negative sum is multiplied by 0.2, as a leaky ReLU does, but it should "
                     "become 0.",
        "softplus": "A softplus is applied. The ReLU makes negative sums 0 and leaves the others.",
        "1 at most": "The sum is clipped to 0 … 1. Only negative sums are changed.",
        "step": "A positive sum becomes 1: the ReLU leaves it as it is.",
        "square": "The sum is squared. The ReLU only makes negative sums 0.",
        "of the inputs": "Only positive inputs and weights enter: the ReLU is applied to the sum.",
    },
    bias_is={
        "missing": "The bias is missing: add it to the sum.",
        "subtracted": "The bias is subtracted: add it.",
        "each position": "The bias is added for each position of the kernel: add it once.",
        "each product": "The bias is added to each product: add it once.",
        "each channel": "The bias is added for each channel: add it once.",
        "each row": "The bias is added for each row of the kernel: add it once.",
        "multiplied": "The bias multiplies the sum: add it.",
        "twice": "The bias is added twice.",
        "to the inputs": "The bias is added to the inputs: add it to the sum.",
        "to the kernel": "The bias is added to the kernel: add it to the sum.",
    },
    place={
        "begins": "The patch begins at (row, column), but it has to be centred there.",
        "ends": "The patch ends at (row, column), but it has to be centred there.",
        "only rows": "The patch is centred in the rows, but begins at `column`: centre it there, too.",
        "only columns": "The patch is centred in the columns, but begins at `row`: centre it there, "
        "too.",
        "swapped": "`row` and `column` are swapped.",
        "halves swapped": "Half of the kernel's width is used for the rows and half of its height for "
        "the columns. A row belongs to the height.",
        "half the height": "Half of the kernel's height is used for rows and columns: the columns "
        "need half of its width.",
        "half the width": "Half of the kernel's width is used for rows and columns: the rows need "
        "half of its height.",
        "one": "The patch is moved by 1, as a 3×3 kernel needs: move it by half of the kernel's "
        "height and width.",
        "down": "The patch lies one row too low.",
        "up": "The patch lies one row too high.",
        "right": "The patch lies one column too far to the right.",
        "left": "The patch lies one column too far to the left.",
        "down and right": "The patch lies one row too low and one column too far to the right.",
        "up and left": "The patch lies one row too high and one column too far to the left.",
        "half more": "The patch lies half a kernel too low and too far to the right. Half the kernel "
        "is added here, or not taken off.",
        "corner": "The patch is always the one at (0, 0): it belongs to (row, column).",
    },
    border={
        "edge": "Beyond the border the outermost pixels are repeated. There are zeros.",
        "wrap": "Beyond the border the other side follows. There are zeros. A negative index counts "
        "from the end.",
        "wrap above": "A negative index counts from the end, so that rows above and columns left of "
        "the map come from the other side. There are zeros.",
        "reflect": "Beyond the border the map is mirrored. There are zeros.",
        "symmetric": "Beyond the border the map is mirrored, the outermost pixels included. There are "
        "zeros.",
        "ones": "Beyond the border there are ones. There should be zeros.",
        "mean": "Beyond the border there is the mean. There should be zeros.",
        "inwards": "At the border the patch is pushed inwards: keep it centred, with zeros outside.",
        "zero": "0 is returned for a pixel whose patch hangs over the border. The part inside counts.",
        "bias": "Where the kernel hangs over the border, only the bias counts. The part inside counts, "
        "too.",
        "kernel's corner": "At the border the part of the patch that is left is multiplied with "
        "the kernel's first rows and columns. Each pixel meets the weight that lies on it.",
        "shares": "At the border the sum is scaled up for what is missing. There are just zeros.",
        "last out": "The last row and column of the map count as outside: they belong to it.",
        "first out": "The first row and column of the map count as outside: they belong to it.",
        "no zeros": "What lies at the border takes no part at all. The sum holds the pixels that lie "
        "inside.",
    },
    weights={
        "flipped": "The kernel is flipped: a convolution layer takes it as it is.",
        "flipped rows": "The kernel's rows are flipped: a convolution layer takes it as it is.",
        "flipped columns": "The kernel's columns are flipped: a convolution layer takes it as it is.",
        "flipped channels": "The kernel's channels are reversed: each belongs to its input channel.",
        "flipped whole": "The kernel is flipped along all three axes: a convolution layer takes it as "
        "it is.",
        "first channel": "Only the first channel is used. Add up all channels.",
        "last channel": "Only the last channel is used. Add up all channels.",
        "but the last channel": "The last channel is left out.",
        "first for all": "Every channel is multiplied with the kernel's first channel: each has its "
        "own.",
        "mean channel": "The channels are averaged before they are multiplied: each has its own "
        "kernel.",
        "but the last row": "The kernel's last row is left out: does a loop or a slice end too early?",
        "but the last column": "The kernel's last column is left out: does a loop or a slice end too "
        "early?",
        "but the last of both": "The kernel's last row and column are left out: does a loop or a "
        "slice end too early?",
        "but the first row": "The kernel's first row is left out. A loop begins at 0.",
        "but the first column": "The kernel's first column is left out. A loop begins at 0.",
        "but the first of both": "The kernel's first row and column are left out. A loop begins at 0.",
        "height squared": "The kernel is taken as square, as wide as it is high.",
        "width squared": "The kernel is taken as square, as high as it is wide.",
        "three": "Only the inner 3×3 of the kernel counts: take it whole.",
        "middle": "Only the kernel's middle counts. Add up all positions.",
        "absolute": "The weights are taken without their sign.",
    },
    total={
        "mean": f"The mean of the products is taken. {PRODUCTS}",
        "channel mean": "The sum is divided by the number of channels. Add up all channels.",
        "position mean": "The sum is divided by the number of positions. Only add up.",
        "height": "The sum is divided by the kernel's height. Only add up.",
        "sums multiplied": f"The sum of the patch is multiplied with that of the kernel. {PRODUCTS}",
        "means multiplied": f"The mean of the patch is multiplied with that of the kernel. {PRODUCTS}",
        "added": f"Patch and kernel are added. {PRODUCTS}",
        "maximum": f"The largest product is taken. {PRODUCTS}",
        "cosine": "The sum is divided by the lengths of patch and kernel. Only multiply and add up.",
        "kernel sum": "The sum is divided by the sum of the weights. Only multiply and add up.",
        "squared": f"Differences are squared. {PRODUCTS}",
        "last product": "Only the last product is kept: add it to those before, with +=.",
        "last row": "Only the kernel's last row is kept: the sum must not start anew in each row.",
        "per channel": "There is a number for each channel. Add up the channels, too.",
        "per position": "There is a number for each position. Add up all products.",
        "centre": "The patch's mean is subtracted first: take the patch as it is.",
    },
    result={
        "whole": "The result is cut to a whole number: `int`, or a type of whole numbers?",
        "rounded": "The result is rounded: return it as it is.",
        "two decimals": "The result is rounded to two decimals: return it as it is.",
        "negative": "The sign is turned round.",
        "map": "This is a whole map: return its pixel at (row, column).",
        "row": "This is a row of the map: return its pixel at (row, column).",
        "in a list": "The number stands in an array. Return the number alone.",
    },
)  # fmt: skip
def pixel_by_hand(
    inputs, kernel, bias, row, column, relu="last", bias_is="added", place="centred",
    border="zeros", weights="all", total="sum", result="number",
):  # fmt: skip
    if result in ("map", "row"):
        height, width, _ = inputs.shape
        rows = range(height) if result == "map" else [row]
        some = {"relu": relu, "bias_is": bias_is, "place": place, "border": border}
        found = [
            [pixel_by_hand(inputs, kernel, bias, i, j, **some, weights=weights, total=total)
             for j in range(width)]
            for i in rows
        ]  # fmt: skip
        return np.array(found if result == "map" else found[0])
    x, weight = inputs.astype(np.float64), kernel.astype(np.float64)
    top, left = weight.shape[0] // 2, weight.shape[1] // 2
    if weights in ("height squared", "width squared"):
        size = weight.shape[0 if weights.startswith("height") else 1]
        square = np.zeros((size, size, weight.shape[2]))
        part = weight[:size, :size]
        square[: part.shape[0], : part.shape[1]] = part
        weight = square
    rows, columns, channels = weight.shape
    y, z = {
        "begins": (row, column),
        "ends": (row - 2 * top, column - 2 * left),
        "only rows": (row - top, column),
        "only columns": (row, column - left),
        "swapped": (column - top, row - left),
        "halves swapped": (row - left, column - top),
        "half the height": (row - top, column - top),
        "half the width": (row - left, column - left),
        "one": (row - 1, column - 1),
        "down": (row - top + 1, column - left),
        "up": (row - top - 1, column - left),
        "right": (row - top, column - left + 1),
        "left": (row - top, column - left - 1),
        "down and right": (row - top + 1, column - left + 1),
        "up and left": (row - top - 1, column - left - 1),
        "half more": (row + top, column + left),
        "corner": (-top, -left),
    }.get(place, (row - top, column - left))
    if border == "inwards":
        y = min(max(y, 0), x.shape[0] - rows)
        z = min(max(z, 0), x.shape[1] - columns)
    i, j = y + np.arange(rows), z + np.arange(columns)
    inside = np.ix_((i >= 0) & (i < x.shape[0]), (j >= 0) & (j < x.shape[1]))
    within = np.outer((i >= 0) & (i < x.shape[0]), (j >= 0) & (j < x.shape[1]))[..., None]
    if border in ("edge", "wrap", "reflect", "symmetric"):
        i, j = (_beyond(k, n, border) for k, n in ((i, x.shape[0]), (j, x.shape[1])))
        patch = x[np.ix_(i, j)]
    elif border == "wrap above":
        patch = x[np.ix_(i % x.shape[0], j % x.shape[1])]
        patch = patch * np.outer(i < x.shape[0], j < x.shape[1])[..., None]
    else:
        patch = x[np.ix_(i % x.shape[0], j % x.shape[1])]
        outside = {"ones": 1.0, "mean": x.mean()}.get(border, 0.0)
        patch = np.where(within, patch, outside)
    if border in ("last out", "first out"):
        edge = (x.shape[0] - 1, x.shape[1] - 1) if border == "last out" else (0, 0)
        patch = patch * np.outer(i != edge[0], j != edge[1])[..., None]
    if border == "no zeros":
        out = np.outer(
            (i <= 0) | (i >= x.shape[0] - 1), (j <= 0) | (j >= x.shape[1] - 1)
        )[..., None]  # fmt: skip
        patch = np.where(out, 0, patch)
    if border == "kernel's corner" and not within.all():
        part = patch[inside]
        patch = part
        weight = weight[: part.shape[0], : part.shape[1]]
    if border in ("zero", "bias") and not within.all():
        patch = patch * 0
        bias = 0 if border == "zero" else bias
    weight = {
        "flipped": lambda: weight[::-1, ::-1],
        "flipped rows": lambda: weight[::-1],
        "flipped columns": lambda: weight[:, ::-1],
        "flipped channels": lambda: weight[..., ::-1],
        "flipped whole": lambda: weight[::-1, ::-1, ::-1],
        "first channel": lambda: weight * (np.arange(channels) == 0),
        "last channel": lambda: weight * (np.arange(channels) == channels - 1),
        "but the last channel": lambda: weight * (np.arange(channels) < channels - 1),
        "first for all": lambda: np.repeat(weight[..., :1], channels, axis=-1),
        "mean channel": lambda: weight.mean(axis=-1, keepdims=True) + 0 * weight,
        "but the last row": lambda: _without(weight, [-1], []),
        "but the last column": lambda: _without(weight, [], [-1]),
        "but the last of both": lambda: _without(weight, [-1], [-1]),
        "but the first row": lambda: _without(weight, [0], []),
        "but the first column": lambda: _without(weight, [], [0]),
        "but the first of both": lambda: _without(weight, [0], [0]),
        "three": lambda: _inner(weight, 1),
        "middle": lambda: _inner(weight, 0),
        "absolute": lambda: abs(weight),
    }.get(weights, lambda: weight)()
    if bias_is == "to the inputs":
        patch = patch + bias
    elif bias_is == "to the kernel":
        weight = weight + bias
    if relu == "of the inputs":
        patch, weight = np.maximum(patch, 0), np.maximum(weight, 0)
    if total == "centre":
        patch = patch - patch.mean()
    products = patch * weight
    if relu == "of the products":
        products = np.maximum(products, 0)
    elif relu == "of the channels, with the bias":
        products, bias = np.maximum(products.sum(axis=(0, 1)) + bias, 0), 0
    elif relu == "of the channels":
        products = np.maximum(products.sum(axis=(0, 1)), 0)
    value = {
        "mean": lambda: products.mean(),
        "channel mean": lambda: products.sum() / channels,
        "position mean": lambda: products.sum() / (rows * columns),
        "height": lambda: products.sum() / rows,
        "sums multiplied": lambda: patch.sum() * weight.sum(),
        "means multiplied": lambda: patch.mean() * weight.mean(),
        "added": lambda: (patch + weight).sum(),
        "maximum": lambda: products.max(),
        "cosine": lambda: products.sum() / np.linalg.norm(patch) / np.linalg.norm(weight),
        "kernel sum": lambda: products.sum() / weight.sum(),
        "squared": lambda: ((patch - weight) ** 2).sum(),
        "last product": lambda: products[-1, -1, -1],
        "last row": lambda: products[-1].sum(),
        "per channel": lambda: products.sum(axis=(0, 1)),
        "per position": lambda: products.sum(axis=-1),
    }.get(total, lambda: products.sum())()
    if border == "shares":
        value = value * within.size / max(within.sum(), 1)
    if relu == "before the bias":
        value = np.maximum(value, 0)
    times = {
        "missing": 0,
        "subtracted": -1,
        "each position": rows * columns,
        "each product": rows * columns * channels,
        "each channel": channels,
        "each row": rows,
        "multiplied": 0,
        "twice": 2,
        "to the inputs": 0,
        "to the kernel": 0,
    }.get(bias_is, 1)
    value = value * bias if bias_is == "multiplied" else value + times * bias
    value = ACTIVATIONS.get(relu, lambda v: np.maximum(v, 0))(value)
    return {
        "whole": np.trunc,
        "rounded": np.rint,
        "two decimals": lambda v: np.round(v, 2),
        "negative": np.negative,
        "in a list": lambda v: np.reshape(v, 1),
    }.get(result, lambda v: v)(value)


ACTIVATIONS = {
    "none": lambda v: v,
    "before the bias": lambda v: v,
    "of the products": lambda v: v,
    "of the channels": lambda v: v,
    "of the channels, with the bias": lambda v: v,
    "absolute": abs,
    "negative": lambda v: np.minimum(v, 0),
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    "tanh": np.tanh,
    "leaky 0.01": lambda v: np.where(v > 0, v, 0.01 * v),
    "leaky 0.1": lambda v: np.where(v > 0, v, 0.1 * v),
    "leaky 0.2": lambda v: np.where(v > 0, v, 0.2 * v),
    "softplus": lambda v: np.log1p(np.exp(v)),
    "1 at most": lambda v: np.clip(v, 0, 1),
    "step": lambda v: np.where(v > 0, 1.0, 0.0),
    "square": np.square,
    "of the inputs": lambda v: v,
}


def _beyond(places, size, how):
    """Return which pixel of an axis is put at each place, inside and beyond the border."""
    return {
        "edge": lambda: np.clip(places, 0, size - 1),
        "wrap": lambda: places % size,
        "reflect": lambda: size - 1 - abs(size - 1 - abs(places)),
        "symmetric": lambda: np.where(
            places < 0, -places - 1, np.where(places < size, places, 2 * size - 1 - places)
        ),
    }[how]()


def _without(weight, rows, columns):
    weight = weight.copy()
    weight[rows], weight[:, columns] = 0, 0
    return weight


def _inner(weight, half):
    rows, columns = (abs(np.arange(n) - n // 2) <= half for n in weight.shape[:2])
    return weight * np.outer(rows, columns)[..., None]


STEP = "the step between neighbours is the product of the strides of all layers before, and only those."


@family(
    "receptive_fields",
    add={
        "nothing first": "The first layer adds nothing: what it gives sees as many pixels as its "
        "kernel has. Does a loop start at 1?",
        "kernel": "Each layer adds its whole kernel size: it adds kernel size − 1.",
        "kernel // 2": "Each layer adds half its kernel: it adds kernel size − 1, since there are "
        "neighbours on both sides.",
        "kernel + 1": "Each layer adds kernel size + 1: it adds kernel size − 1.",
        "even as odd": "An even kernel adds one too many, as if the next odd one stood there: it adds "
        "kernel size − 1. Half of it on both sides is too much.",
        "odd as even": "An even kernel adds one too few: it adds kernel size − 1, not twice the "
        "rounded half.",
        "twice": "Each layer adds twice as many neighbours as there are: it adds kernel size − 1.",
        "kernel - 2": "Each layer adds kernel size − 2: it adds kernel size − 1.",
        "kernel - stride": "Each layer adds kernel size − stride: it adds kernel size − 1.",
        "of the layer before": "Each layer adds the neighbours of the kernel of the layer before.",
        "first kernel": "Each layer adds the first layer's kernel: each has its own.",
        "last kernel": "Each layer adds the last layer's kernel: each has its own.",
    },
    step={
        "with its own": f"A layer's own stride counts for the layer itself: {STEP}",
        "ignored": f"The strides are ignored: {STEP}",
        "its own": f"Only the layer's own stride counts: {STEP}",
        "of the layer before": f"Only the stride of the layer before counts: {STEP}",
        "sum": f"The strides of the layers before are added: {STEP}",
        "sum with its own": f"The strides up to this layer are added: {STEP}",
        "two layers late": f"The stride of the layer before is left out: {STEP}",
        "doubled": f"The step doubles with each layer: {STEP}",
        "behind": f"The strides of the layers behind are multiplied: {STEP}",
        "behind with its own": f"The strides of the layer and of those behind are multiplied: {STEP}",
        "all": f"The strides of all layers are multiplied: {STEP}",
        "largest": f"Only the largest stride before counts: {STEP}",
        "first": f"Only the first layer's stride counts: {STEP}",
        "divided": f"The strides divide where they should multiply: {STEP}",
        "2 at most": f"A stride of 3 counts as 2 here: {STEP}",
        "squared": f"The strides before are squared: {STEP}",
    },
    start={
        0: "The size begins at 0: one pixel sees itself, so that it begins at 1.",
        2: "The size begins at 2: one pixel sees itself, so that it begins at 1.",
        "first kernel": "The size begins with the first kernel, which is then added once more. Begin "
        "at 1.",
    },
    combine={
        "stretch": "The size so far is multiplied by the stride. Only what a layer adds is "
        "multiplied, by the strides before.",
        "backwards": "(size − 1) × stride + kernel is for walking back from the output: walking "
        "forward, each layer adds (kernel − 1) × step.",
        "stretch after": "The size is multiplied by the stride after each layer. A stride changes the "
        "step of the layers behind, not the size.",
        "kernel times step": "kernel × step is added, less 1. (kernel − 1) × step is right.",
        "product": "The kernel sizes are multiplied: each layer adds (kernel − 1) × step.",
        "alone": "Each layer's own kernel is all that is counted. The layers before count, too.",
        "largest": "The largest field is kept: each layer adds to the size before.",
        "minus": "What a layer adds is subtracted.",
        28: "This is how large the maps of an image of 28 pixels are. The field grows, from 1.",
        32: "This is how large the maps of an image of 32 pixels are. The field grows, from 1.",
        224: "This is how large the maps of an image of 224 pixels are. The field grows, from 1.",
        "kernel at the output": "Each layer multiplies the size by its kernel.",
    },
    arguments={
        "swapped": "`kernel_sizes` and `strides` are swapped.",
        "kernels reversed": "The kernel sizes are read from the end: read them from the input.",
        "both reversed": "The chain is read from the output. Begin at the input.",
        "but the first": "The first layer is left out.",
        "but the last": "The last layer is left out.",
    },
    result={
        "reversed": "The sizes come in reversed order. The first layer's comes first.",
        "last": "Only the last layer's size is returned: return one for each layer.",
        "last each time": "The last layer's size is returned for each layer.",
        "with the input": "The input's own size, 1, stands in front: return one size for each layer.",
        "one early": "Each size is noted before the layer is added: note it after.",
        "added": "These are what each layer adds. Return the sizes.",
        "summed": "The sizes are added up once more.",
        "one more each": "A 1 is added for each layer. The field starts as one pixel, and that is added "
        "once.",
        "steps": "These are the steps. Return the sizes.",
        "area": "These are numbers of pixels, size × size. Return the size along one axis.",
        "radius": "This is how far a pixel sees to one side. The whole field has two sides.",
        "floats": "The sizes are fractions. Return whole numbers.",
        "halved": "The sizes are halved.",
        "first": "Only the first layer's size is returned: return one for each layer.",
    },
)  # fmt: skip
def receptive_fields(
    kernel_sizes, strides, add="kernel - 1", step="before", start=1, combine="plus",
    arguments="both", result="sizes",
):  # fmt: skip
    kernels, strides = {
        "swapped": (strides, kernel_sizes),
        "kernels reversed": (kernel_sizes[::-1], strides),
        "both reversed": (kernel_sizes[::-1], strides[::-1]),
        "but the first": (kernel_sizes[1:], strides[1:]),
        "but the last": (kernel_sizes[:-1], strides[:-1]),
    }.get(arguments, (kernel_sizes, strides))
    count = len(kernels)
    if not count:
        return np.array([], int)
    product = np.cumprod(strides)
    before = np.append(1, product[:-1])
    steps = {
        "before": lambda: before,
        "with its own": lambda: product,
        "ignored": lambda: np.ones(count, int),
        "its own": lambda: strides,
        "of the layer before": lambda: np.append(1, strides[:-1]),
        "sum": lambda: np.append(1, np.cumsum(strides[:-1])),
        "sum with its own": lambda: np.cumsum(strides),
        "two layers late": lambda: np.append(1, before[:-1]),
        "doubled": lambda: 2 ** np.arange(count),
        "behind": lambda: product[-1] // product,
        "behind with its own": lambda: product[-1] // product * strides,
        "all": lambda: np.full(count, product[-1]),
        "largest": lambda: np.append(1, np.maximum.accumulate(strides)[:-1]),
        "first": lambda: np.full(count, strides[0]),
        "divided": lambda: 1 / before,
        "2 at most": lambda: np.append(1, np.cumprod(np.minimum(strides, 2))[:-1]),
        "squared": lambda: before**2,
    }[step]()
    added = {
        "kernel - 1": lambda: kernels - 1,
        "nothing first": lambda: np.append(0, kernels[1:] - 1),
        "kernel": lambda: kernels,
        "kernel // 2": lambda: kernels // 2,
        "even as odd": lambda: kernels // 2 * 2,
        "odd as even": lambda: (kernels - 1) // 2 * 2,
        "kernel + 1": lambda: kernels + 1,
        "twice": lambda: 2 * (kernels - 1),
        "kernel - 2": lambda: kernels - 2,
        "kernel - stride": lambda: kernels - strides,
        "of the layer before": lambda: np.append(0, kernels[:-1] - 1),
        "first kernel": lambda: np.full(count, kernels[0] - 1),
        "last kernel": lambda: np.full(count, kernels[-1] - 1),
    }[add]()
    first = combine if combine in (28, 32, 224) else start
    first = kernels[0] if start == "first kernel" else first
    size, sizes = first, []
    for neighbours, stride, kernel, apart in zip(added, strides, kernels, steps, strict=True):
        shrunk = (size - kernel) // stride + 1
        size = {
            "plus": lambda s=size, n=neighbours, a=apart: s + n * a,
            "stretch": lambda s=size, n=neighbours, t=stride: s * t + n,
            "backwards": lambda s=size, n=neighbours, t=stride: (s - 1) * t + n + 1,
            "stretch after": lambda s=size, n=neighbours, t=stride: (s + n) * t,
            "kernel times step": lambda s=size, k=kernel, a=apart: s + k * a - 1,
            "product": lambda s=size, k=kernel, a=apart: s * k * a,
            "alone": lambda n=neighbours, a=apart: 1 + n * a,
            "largest": lambda s=size, n=neighbours, a=apart: max(s, 1 + n * a),
            "minus": lambda s=size, n=neighbours, a=apart: s - n * a,
            "kernel at the output": lambda s=size, k=kernel: s * k,
        }.get(combine, lambda s=shrunk: s)()
        sizes.append(size)
    sizes = np.array(sizes)
    return {
        "sizes": lambda: sizes,
        "reversed": lambda: sizes[::-1],
        "last": lambda: sizes[-1],
        "last each time": lambda: np.full(count, sizes[-1]),
        "with the input": lambda: np.append(first, sizes),
        "one early": lambda: np.append(first, sizes[:-1]),
        "added": lambda: np.diff(sizes, prepend=first),
        "summed": lambda: np.cumsum(sizes),
        "one more each": lambda: sizes + np.arange(count),
        "steps": lambda: steps,
        "area": lambda: sizes**2,
        "radius": lambda: sizes // 2,
        "floats": lambda: sizes.astype(float),
        "halved": lambda: sizes / 2,
        "first": lambda: sizes[0],
    }[result]()


@kept
def answers_without(network, images, layer, cut):
    """The digit that is answered to each image, without each filter of a layer."""
    maps, rest = outputs_of(network, images)[layer], layers_behind(network, layer)
    filters = np.arange(maps.shape[-1])

    def changed(f):
        mean = maps.mean(axis=(1, 2), keepdims=True)
        return {
            "alone": lambda: maps * (filters != f),
            "kept alone": lambda: maps * (filters == f),
            "for good": lambda: maps * (filters > f),
            "mean": lambda: np.where(filters == f, mean, maps),
            "turned": lambda: np.where(filters == f, -maps, maps),
        }[cut]()

    return np.stack([numpy_outputs(rest, changed(f))["l5"].argmax(axis=1) for f in filters])


@family(
    "needed_filter",
    cut={
        "kept alone": "All filters but one are cut here. Cut one filter, and keep the others.",
        "for good": "A filter stays cut when the next filter is cut. Start with the uncut maps for "
        "each filter.",
        "mean": "A map is replaced by its mean here. To cut a filter means to set its map to 0.",
        "turned": "The map of a filter gets the other sign. To cut a filter means to set its map "
        "to 0.",
    },
    layer={
        "l2": "These are the filters of `l2`. The task asks for the filters of `l3`, the third "
        "convolution.",
    },
    compared={
        "answers": "The answers are compared with those of the whole network. Compare them with "
        "the labels.",
        "own digit": "Only the images of one digit are counted, the last figure of your number. "
        "Count the right answers to all images.",
    },
    which={
        "least": "This is the filter that costs least. The task asks for the filter that costs "
        "most right answers.",
        "loudest": "This is the filter that answers most on average. An answer is no need: cut "
        "each filter, and count right answers.",
    },
    digit={
        "mistakes": "This digit has most mistakes without the filter. The task asks which digit "
        "loses most: subtract the mistakes that the whole network makes.",
        "loudest": "This is the digit to which the filter answers most. The task asks which digit "
        "loses most right answers.",
        "answered": "This digit is answered most often without the filter. The task asks which "
        "digit, by its label, loses most right answers.",
        "gains": "This digit loses least. The task asks which digit loses most right answers.",
    },
    counted={
        "lost": "The last number counts the right answers that are lost. The task asks how many "
        "images remain right.",
        "wrong": "The last number counts wrong answers. The task asks how many images remain right.",
        "before": "The last number counts the right answers of the whole network. The task asks "
        "how many images remain right without the filter.",
        "share": "The last number is a share. The task asks for a number of images.",
        "per cent": "The last number is in per cent. The task asks for a number of images.",
        "of the digit": "The last number counts right answers to one digit. The task asks for "
        "right answers to all images.",
    },
    written={
        "digit first": "Filter and digit are swapped. The filter comes first.",
        "from 1": "The filters are counted from 1. Count from 0.",
    },
    network={"0": "This is the network of the number 0. Your number is {number}."},
)
def needed_filter(
    number,
    cut="alone",
    layer="l3",
    compared="labels",
    which="most",
    digit="lost",
    counted="remaining",
    written="usual",
    network="own",
):
    own, plain = findings.images(number), findings.plain_network(0 if network == "0" else number)
    outputs = numbered_outputs(number) if network == "own" else outputs_of(plain, own.images)
    before = outputs["l5"].argmax(axis=1)
    truth = before if compared == "answers" else own.labels
    answers = answers_without(plain, own.images, layer, cut)
    asked = own.labels == number % 10 if compared == "own digit" else np.ones(len(truth), bool)
    right = (answers == truth) & asked
    chosen = {
        "most": lambda: right.sum(axis=1).argmin(),
        "least": lambda: right.sum(axis=1).argmax(),
        "loudest": lambda: outputs[layer].mean(axis=(0, 1, 2)).argmax(),
    }[which]()
    whole = (before == truth) & asked

    def of_digits(some):
        return np.bincount(own.labels[some], minlength=10)

    left = of_digits(right[chosen])
    loud = outputs[layer][..., chosen].mean(axis=(1, 2))
    hurt = {
        "lost": lambda: (of_digits(whole) - left).argmax(),
        "gains": lambda: (of_digits(whole) - left).argmin(),
        "mistakes": lambda: (np.bincount(own.labels) - left).argmax(),
        "loudest": lambda: (np.bincount(own.labels, loud) / np.bincount(own.labels)).argmax(),
        "answered": lambda: np.bincount(answers[chosen]).argmax(),
    }[digit]()
    remaining = right[chosen].sum()
    count = {
        "remaining": remaining,
        "lost": whole.sum() - remaining,
        "wrong": len(truth) - remaining,
        "before": whole.sum(),
        "share": remaining / len(truth),
        "per cent": 100 * remaining / len(truth),
        "of the digit": left[hurt],
    }[counted]
    found = int(chosen), int(hurt), float(count)
    if written == "digit first":
        return found[1], found[0], found[2]
    return (found[0] + (written == "from 1"), *found[1:])
