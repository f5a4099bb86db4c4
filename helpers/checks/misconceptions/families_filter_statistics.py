"""Families of wrong answers to the exercises of notebook 02."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import numbered_outputs
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs


@family(
    "layer_output",
    layer={
        "before": "These are the outputs of the layer before the one that was asked for.",
        "after": "These are the outputs of the layer after the one that was asked for.",
        "last": "These are the outputs of the last layer. Stop at the layer that was asked for.",
        "first": "These are always the outputs of the first layer. Take the one called "
        "`layer_name`.",
        "last convolution": "These are always the outputs of the last convolution. Take the layer "
        "called `layer_name`.",
        "part of the name": "A layer is taken whose name only contains `layer_name`. Compare whole "
        "names.",
    },
    batch={
        "first": "Only the first image is passed on. Return the maps of all images.",
        "last": "Only the last image is passed on. Return the maps of all images.",
        "reversed": "The images come back in reversed order.",
        "first for all": "Each image gets the maps of the first image.",
        "/ 255": "The images are divided by 255 once more, but they are already 0 to 1.",
        "* 255": "The images are multiplied by 255. The network takes 0 to 1.",
        "centred": "The mean of the images is subtracted first: pass them as they are.",
        "inverted": "Black and white are swapped first: pass the images as they are.",
    },
    then={
        "mean of images": "The mean over the images is taken: return the maps of each image.",
        "mean of filters": "The mean over the filters is taken: return all maps as they are.",
        "mean of pixels": "The mean over the pixels is taken. Return the maps.",
        "max of filters": "The maximum over the filters is taken: return all maps as they are.",
        "max of pixels": "The maximum over the pixels is taken. Return the maps.",
        "sum of filters": "The filters' maps are added up: return all maps as they are.",
        "first filter": "Only the first filter's map is returned: return all of them.",
        "last filter": "Only the last filter's map is returned: return all of them.",
        "one image": "The batch axis is gone. Return (N, h, w, filters), also for one image.",
        "filters first": "The filters stand in front of the pixels: in Keras they are the last "
        "axis.",
        "transposed": "Rows and columns of the maps are swapped.",
        "flat": "The maps are flattened. Return (N, h, w, filters).",
        "stacked": "Each image's batch axis is left in the result, which has an axis too many. "
        "Return (N, h, w, filters).",
        "stretched": "The maps are stretched to 0 … 1: return the outputs as they are.",
        "divided": "Each map is divided by its own maximum: return the outputs as they are.",
        "softmax": "A softmax is applied to the maps: return the outputs as they are.",
        "whole": "The outputs are rounded down to whole numbers: return them as they are.",
        "where positive": "The maps are reduced to where they are positive. Return the outputs.",
    },
)
def layer_output(model, images, layer_name, layer="named", batch="all", then="nothing"):
    names = [spec["name"] for spec in model["layers"]]
    place = names.index(layer_name)
    convolutions = [spec["name"] for spec in model["layers"] if spec["kind"] == "conv"]
    name = {
        "named": lambda: layer_name,
        "before": lambda: names[place - 1],
        "after": lambda: names[place + 1],
        "last": lambda: names[-1],
        "first": lambda: names[0],
        "last convolution": lambda: convolutions[-1],
        "part of the name": lambda: next(n for n in names if layer_name in n),
    }[layer]()
    x = {
        "first": images[:1],
        "last": images[-1:],
        "/ 255": images / np.float32(255),
        "* 255": images * np.float32(255),
        "centred": images - images.mean(),
        "inverted": 1 - images,
    }.get(batch, images)
    maps = x if place == 0 and layer == "before" else numpy_outputs(model, x)[name]
    if batch == "reversed":
        maps = maps[::-1]
    if batch == "first for all":
        maps = np.repeat(maps[:1], len(images), axis=0)
    return {
        "nothing": lambda: maps,
        "mean of images": lambda: maps.mean(axis=0),
        "mean of filters": lambda: maps.mean(axis=-1),
        "mean of pixels": lambda: maps.mean(axis=(1, 2)),
        "max of filters": lambda: maps.max(axis=-1),
        "max of pixels": lambda: maps.max(axis=(1, 2)),
        "sum of filters": lambda: maps.sum(axis=-1),
        "first filter": lambda: maps[..., 0],
        "last filter": lambda: maps[..., -1],
        "one image": lambda: maps[0],
        "filters first": lambda: np.moveaxis(maps, -1, 1),
        "transposed": lambda: np.swapaxes(maps, 1, 2),
        "flat": lambda: maps.reshape(len(maps), -1),
        "stacked": lambda: maps[:, None],
        "stretched": lambda: (maps - maps.min()) / np.ptp(maps),
        "divided": lambda: maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12),
        "softmax": lambda: np.exp(maps) / np.exp(maps).sum(axis=-1, keepdims=True),
        "whole": lambda: np.trunc(maps),
        "where positive": lambda: (maps > 0).astype(np.float32),
    }[then]()


@family(
    "class_means",
    take={
        "sum": "This is the sum over the images. Divide by the number of images of the class.",
        "max": "This is the maximum over the images, not their mean.",
        "min": "This is the minimum over the images, not their mean.",
        "median": "This is the median over the images, not their mean.",
        "std": "This is the standard deviation over the images, not their mean.",
        "first": "This is the first image of each class alone, and no mean.",
        "last": "This is the last image of each class alone, and no mean.",
        "positive": "The mean is taken over the positive values alone. A 0 counts, too.",
        "positive, else 0": "The mean is taken over the positive values alone. A 0 counts, too.",
        "pairs": "The old mean and the next image are averaged again and again, so that late images "
        "weigh more: add all, then divide once.",
        "square": "This is the mean of the squares.",
    },
    divide={
        "all": "Divide by the number of images of the class, not of all images.",
        "classes": "Divide by the number of images of the class, not by the number of classes.",
        "plus one": "The sum is divided by one image too many. The count of images begins at 1, or "
        "1 is added to it.",
        "minus one": "The sum is divided by one image too few.",
        **{
            f"{count}, where any": text
            for count, text in {
                "all": "Divide by the number of images of the class, not of all images.",
                "classes": "Divide by the number of images of the class, not by the number of classes.",
                "plus one": "The sum is divided by one image too many. The count of images begins "
                "at 1, or 1 is added to it.",
            }.items()
        },
        **{
            f"equal{where}": "The sum of each class is divided by an equal share of all images, "
            "`len(labels) / n_classes`. The classes have different numbers of images."
            for where in ("", ", where any")
        },
        "largest": "Every class is divided by the number of images of the largest class: each has "
        "its own.",
        "epsilon": "A small number is added to the count, so that a class without images is 0, but "
        "its mean is undefined, NaN.",
    },
    empty={
        "zero": "The mean of no images is not 0 but undefined: NaN.",
        "one": "The mean of no images is not 1 but undefined: NaN.",
        "left out": "The classes without images are left out: return one row for each class, also "
        "where no image has it.",
        "all": "A class without images gets the mean over all images, but its mean is undefined, "
        "NaN.",
    },
    rows={
        "as they appear": "The rows stand in the order in which the classes appear. Row c belongs to "
        "class c.",
        "reversed": "The rows stand in reversed order. Row c belongs to class c.",
        "from 1": "The classes are counted from 1. The first row belongs to class 0.",
        "last missing": "The last class is left out: its row stays NaN or is missing.",
        "first missing": "Class 0 is left out.",
        "kept": "The sum is not set back to zero for each class, so that every class holds those "
        "before it.",
        "others": "The mean is taken over the images of all other classes.",
        "up to": "The mean is taken over the classes up to this one. Compare with ==.",
        "ignored": "The labels are not used: this is the mean over all images, in each row.",
        "sorted": "The images do not come sorted by class: choose them by their labels.",
        "equal parts": "The images are sorted by class and cut into equal parts: the classes have "
        "different numbers of images, choose them by their labels.",
        "image c": "Row c is image number c: choose the images by their labels.",
    },
    images={
        "last left out": "The last image is left out.",
        "first left out": "The first image is left out.",
        "batches of 8": "Only whole batches are counted. The last images are left out.",
    },
    axes={
        "pixels": "The mean over space is taken as well. Average over the images only and keep the "
        "map.",
        "rows": "The mean over the rows, axis 1, is taken as well. Average over the images only.",
        "columns": "The mean over the columns, axis 2, is taken as well. Average over the images "
        "only.",
        "filters": "The mean over the filters is taken as well. Average over axis 0 only.",
        "swapped": "Rows and columns of the maps are swapped.",
        "filters first": "The filters stand in front of the pixels, but they should be the last "
        "axis.",
        "filters before classes": "The filters stand in front of the classes, but they should be "
        "the last axis.",
    },
)
def class_means(
    activations, labels, n_classes, take="mean", divide="own", empty="nan", rows="class",
    images="all", axes="all",
):  # fmt: skip
    keep = {
        "all": slice(None),
        "last left out": slice(-1),
        "first left out": slice(1, None),
        "batches of 8": slice(len(labels) // 8 * 8),
    }[images]
    activations, labels = activations[keep].astype(np.float64), labels[keep]
    classes = {
        "as they appear": lambda: [*dict.fromkeys(labels.tolist())],
        "reversed": lambda: [*range(n_classes)][::-1],
        "from 1": lambda: [*range(1, n_classes + 1)],
        "first missing": lambda: [*range(1, n_classes)],
    }.get(rows, lambda: [*range(n_classes)])()
    if rows == "as they appear":
        classes += [c for c in range(n_classes) if c not in classes]
    found = []
    for c in classes:
        chosen = {
            "kept": lambda c=c: labels <= c,
            "others": lambda c=c: labels != c,
            "up to": lambda c=c: labels <= c,
            "ignored": lambda: labels >= 0,
            "sorted": lambda c=c: np.isin(
                np.arange(len(labels)), np.array_split(np.arange(len(labels)), n_classes)[c]
            ),
            "equal parts": lambda c=c: np.isin(
                np.arange(len(labels)),
                np.array_split(np.argsort(labels, kind="stable"), n_classes)[c],
            ),
            "image c": lambda c=c: np.arange(len(labels)) == c,
            "last missing": lambda c=c: (labels == c) & (c < n_classes - 1),
        }.get(rows, lambda c=c: labels == c)()
        some = activations[chosen]
        if not len(some):
            value = {"zero": 0.0, "one": 1.0, "nan": np.nan, "left out": None}.get(empty, np.nan)
            if divide in ("epsilon", "all", "classes", "plus one", "equal", "largest"):
                value = 0.0
            if empty == "all":
                found.append(activations.mean(axis=0))
            elif value is not None:
                found.append(np.full(activations.shape[1:], value))
            continue
        count = {
            "own": len(some),
            "all": len(labels),
            "classes": n_classes,
            "plus one": len(some) + 1,
            "minus one": len(some) - 1,
            "equal": len(labels) / n_classes,
            "largest": np.bincount(labels).max(),
            "epsilon": len(some) + 1e-8,
        }[divide.removesuffix(", where any")]
        if take == "pairs":
            value = some[0]
            for image in some[1:]:
                value = (value + image) / 2
        else:
            value = {
                "mean": lambda s=some, n=count: s.sum(axis=0) / n,
                "sum": lambda s=some: s.sum(axis=0),
                "max": lambda s=some: s.max(axis=0),
                "min": lambda s=some: s.min(axis=0),
                "median": lambda s=some: np.median(s, axis=0),
                "std": lambda s=some: s.std(axis=0),
                "first": lambda s=some: s[0],
                "last": lambda s=some: s[-1],
                "positive": lambda s=some: s.sum(axis=0) / (s > 0).sum(axis=0),
                "positive, else 0": lambda s=some: (
                    s.sum(axis=0) / np.maximum((s > 0).sum(axis=0), 1)
                ),
                "square": lambda s=some: (s**2).mean(axis=0),
            }[take]()
        found.append(value)
    means = np.stack(found)
    return {
        "all": lambda: means,
        "pixels": lambda: means.mean(axis=(1, 2)),
        "rows": lambda: means.mean(axis=1),
        "columns": lambda: means.mean(axis=2),
        "filters": lambda: means.mean(axis=-1),
        "swapped": lambda: np.swapaxes(means, 1, 2),
        "filters first": lambda: np.moveaxis(means, -1, 1),
        "filters before classes": lambda: np.moveaxis(means, -1, 0),
    }[axes]()


@family(
    "winning_filter",
    pick={
        "weakest": "This is the weakest filter, `argmin`: the strongest one wins.",
        "second": "This is the second strongest filter: the strongest one wins.",
        "last of equals": "Where all filters are 0 the last one wins here: nobody wins at a dead "
        "pixel, −1.",
        "value": "This is the winner's value: return its number.",
        "first positive": "The first filter that answers at all wins here, but the strongest "
        "should win.",
        "count": "This is how many filters answer. Return the number of the strongest.",
        "from 1": "The filters are counted from 1. The first one has number 0.",
        "one behind": "The number is one too small. The first filter has number 0.",
        "of the image": "Each image has one winner, the filter with the largest mean or sum: each pixel "
        "has its own.",
        "of all": "All images have one winner, the filter with the largest mean or sum: each pixel has its "
        "own.",
    },
    compare={
        "map maximum": "Each filter is divided by its largest value in the image first: compare the "
        "answers as they are.",
        "filter maximum": "Each filter is divided by its largest value in all images first: compare "
        "the answers as they are.",
        "filter mean": "Each filter is divided by its mean first: compare the answers as they are.",
        "standardised": "The answers are standardised first: compare them as they are.",
        "whole": "The answers are rounded to whole numbers first: compare them as they are.",
    },
    dead={
        "filter 0": "Where every filter is 0, arg-max answers 0, as if filter 0 had won: these "
        "pixels are −1.",
        "number of filters": "A dead pixel is −1, not the number of filters.",
        "last": "A dead pixel is −1, not the number of the last filter.",
        "nan": "A dead pixel is −1, not NaN.",
        "positive 1": "A dead pixel is −1, not 1.",
        "any zero": "A pixel counts as dead here as soon as one filter is 0, but it is dead only "
        "where all are 0.",
        "winner 0": "Every pixel that filter 0 wins becomes −1, too: only those where all filters "
        "are 0 are dead.",
        "below 0.01": "A weak answer, below 0.01, counts as dead here. Only exactly 0 is dead.",
        "below 0.1": "A weak answer, below 0.1, counts as dead here. Only exactly 0 is dead.",
        "below 0.5": "An answer below 0.5 counts as dead here. Only exactly 0 is dead.",
        "below 1": "An answer below 1 counts as dead here. Only exactly 0 is dead.",
        "below mean": "An answer below the mean counts as dead here. Only exactly 0 is dead.",
        "image": "A whole image becomes −1 where one pixel of it is dead.",
    },
    axis={
        0: "The arg-max runs over the images, axis 0, but it should run over the filters, the last "
        "axis.",
        1: "The arg-max runs over the rows, axis 1, but it should run over the filters, the last "
        "axis.",
        2: "The arg-max runs over the columns, axis 2, but it should run over the filters, the "
        "last axis.",
        "all": "Without an axis, arg-max gives one position in the flattened array, but it should "
        "run over the filters, the last axis.",
        "pixels": "One filter wins for the whole image here: each pixel has a winner of its own.",
        "kept": "The axis of the filters is kept with length 1. The result should be (N, h, w).",
    },
    images={
        "first": "Only the first image is looked at.",
        "mean": "The images are averaged first: each image has its own winners.",
        "transposed": "Rows and columns are swapped.",
        "floats": "The numbers of the filters are fractions. Return whole numbers.",
    },
)
def winning_filter(activations, pick="strongest", compare="as they are", dead="minus one", axis=-1, images="all"):  # fmt: skip
    x = activations.astype(np.float64)
    x = {
        "as they are": lambda: x,
        "map maximum": lambda: x / np.maximum(x.max(axis=(1, 2), keepdims=True), 1e-12),
        "filter maximum": lambda: x / np.maximum(x.max(axis=(0, 1, 2)), 1e-12),
        "filter mean": lambda: x / np.maximum(x.mean(axis=(0, 1, 2)), 1e-12),
        "standardised": lambda: (x - x.mean(axis=(0, 1, 2))) / x.std(axis=(0, 1, 2)),
        "whole": lambda: np.trunc(x),
    }[compare]()
    if images == "first":
        x = x[:1]
    elif images == "mean":
        x = x.mean(axis=0)
    elif images == "transposed":
        x = np.swapaxes(x, 1, 2)
    if axis == "all":
        return x.argmax()
    if axis == "pixels":
        return x.max(axis=(1, 2)).argmax(axis=-1)
    along = -1 if axis == "kept" else axis
    strongest = x.argmax(axis=along)
    winner = {
        "strongest": lambda: strongest,
        "weakest": lambda: x.argmin(axis=along),
        "second": lambda: np.take(x.argsort(axis=along), -2, axis=along),
        "last of equals": lambda: x.shape[along] - 1 - np.flip(x, along).argmax(axis=along),
        "value": lambda: x.max(axis=along),
        "first positive": lambda: (x > 0).argmax(axis=along),
        "count": lambda: (x > 0).sum(axis=along),
        "from 1": lambda: strongest + 1,
        "one behind": lambda: strongest - 1,
        "of the image": lambda: np.broadcast_to(
            x.sum(axis=(1, 2)).argmax(axis=-1)[:, None, None], strongest.shape
        ),
        "of all": lambda: np.full(strongest.shape, x.sum(axis=(0, 1, 2)).argmax()),
    }[pick]()
    largest = x.max(axis=along)
    none = {
        "filter 0": lambda: largest < 0,
        "any zero": lambda: (x == 0).any(axis=along),
        "winner 0": lambda: strongest == 0,
        "below 0.01": lambda: largest < 0.01,
        "below 0.1": lambda: largest < 0.1,
        "below 0.5": lambda: largest < 0.5,
        "below 1": lambda: largest < 1,
        "below mean": lambda: largest < x.mean(),
        "image": lambda: np.broadcast_to(
            (largest <= 0).reshape(len(x), -1).any(axis=1)[:, None, None], largest.shape
        ),
    }.get(dead, lambda: largest <= 0)()
    if pick == "last of equals" and dead == "minus one":
        none = largest < 0
    value = {"number of filters": x.shape[-1], "last": x.shape[-1] - 1, "nan": np.nan}
    winner = np.where(none, {**value, "positive 1": 1}.get(dead, -1), winner)
    if axis == "kept":
        winner = winner[..., None]
    return winner.astype(np.float64) if images == "floats" else winner


@family(
    "mode_map",
    in_pairs=False,
    count={
        "mean rounded": "This is the mean of the filters' numbers, rounded. The most frequent number is asked for.",
        "mean of living": "This is the mean of the living filters' numbers. The most frequent number is asked for.",
        "median of living": "This is the median of the living filters' numbers. The most frequent number is asked for.",
        "min": "This is the smallest number of a filter. The most frequent one is asked for.",
        "last": "This is the winner in the last image. The most frequent one is asked for.",
        "first living": "This is the first winner that is not dead. The most frequent one is asked for.",
        "last living": "This is the last winner that is not dead. The most frequent one is asked for.",
        "second": "This is the second most frequent filter. The most frequent one is asked for.",
        "never": "The filter with the fewest votes is taken, even one without any: take the most frequent one.",
        "class's filter": "The most frequent filter of the whole class is given at each pixel: each pixel has a mode of its own.",
        "class's filter everywhere": "The most frequent filter of the whole class is given at each pixel, also where the pixel is dead: each pixel has a mode of its own.",
        "class's filter, own frequency": "The most frequent filter of the whole class is given at each pixel, with its frequency over all pixels: each pixel has a mode of its own.",
        "rows together": "The votes of each row are counted together: each pixel has a vote of its own.",
        "columns together": "The votes of each column are counted together: each pixel has a vote of its own.",
        "dead as 1": "A dead pixel, −1, counts as a vote for filter 1, as by `abs`. Dead pixels have no vote.",
        "dead as the number of filters": "Dead pixels take part in the vote as a filter of their own. Only living filters do.",
        "distance": "Of equally frequent filters neither the smaller nor the larger number is taken, but the one that is met first.",
        "met last": "Of equally frequent filters the one that is met last is taken. The exercise asks for the smaller number.",
        "two too few": "The two filters with the highest numbers are never counted.",
        "five": "Only five filters are counted. There may be more or fewer.",
        "eight": "Only eight filters are counted. There may be more or fewer.",
        "ten": "Only ten filters are counted. There may be more or fewer.",
        "sixteen": "Only sixteen filters are counted. There may be more.",
        "as classes": "The numbers of the filters are compared with the class. Count the votes of each filter.",
        "first image left out": "The first image of each class is left out of the votes.",
        "last image left out": "The last image of each class is left out of the votes.",
        "each vote once": "Only one vote of each filter is counted. Count all of them.",
        "neighbours": "The votes of the pixel above and on the left are not set back: start at 0 for each pixel.",
    },
    chosen={
        "next": "Row c holds the class c + 1, and the last row the first class: row c belongs to class c.",
        "up to": "Row c holds all classes up to c. Take each class on its own.",
        "from on": "Row c holds all classes from c on. Take each class on its own.",
        "first class": "Every row holds class 0. Row c belongs to class c.",
        "last class": "Every row holds the last class. Row c belongs to class c.",
        "interleaved": "The labels are not used: every n-th image is taken for a class. Choose the images by their labels.",
    },
    share={
        "of equal classes": "All classes are taken to be equally large. Divide by the number of images of the class.",
        "of the largest class": "The frequency is divided by the size of the largest class. Divide by the number of images of the class itself.",
        "of the first class": "The frequency is divided by the size of class 0. Divide by the number of images of the class itself.",
        "of the next class": "The frequency is divided by the size of another class. Divide by the number of images of the class itself.",
        "of its votes in all classes": "The frequency is the share of the filter's votes that come from the class. Divide by the number of images of the class.",
        "of the filter's images": "The frequency is divided by the number of classes times images. Divide by the number of images of the class.",
        "of the most": "The frequency is divided by its largest value. Divide by the number of images of the class.",
        "of the most of its class": "The frequency is divided by its largest value in the class. Divide by the number of images of the class.",
        "of the most alive": "The frequency is divided by the number of images in which the most living pixel is alive. Divide by the number of images of the class.",
        "n − 1": "The frequency is divided by one less than the number of images of the class.",
        "n + 1": "The frequency is divided by one more than the number of images of the class.",
        "lead": "The frequency is the lead over the second filter. Divide the votes of the mode alone.",
        "second": "The frequency is that of the second filter. Take that of the mode.",
        "mean over pixels": "The frequency is averaged over the pixels: each pixel has its own.",
        "of the image's": "The frequency is that of the filter over all pixels of the class. Each pixel has its own.",
        "two decimals": "The frequency is rounded: return it as it is.",
        "in all images": "The frequency is the share of all images, of any class, in which this filter wins. Take the images of the class.",
        "dead or mode": "The frequency counts dead pixels for the mode. Count the images in which the mode wins.",
    },
    dead={
        "once": "The mode is −1 where a pixel is dead in one image of the class already. It is −1 only where the pixel is dead in all of them.",
        "mostly": "The mode is −1 where the pixel is dead more often than a filter wins: dead pixels have no vote.",
        "half": "The mode is −1 where the pixel is dead in half of the images: dead pixels have no vote.",
        "frequent": "The mode is −1 where no filter wins in half of the images. It is −1 only where the pixel is dead in all of them.",
        "filters": "A pixel that is dead in all images of a class gets a number behind the last filter, but it should be −1.",
        "anywhere": "The mode is −1 where the pixel is dead in all images of some class: ask each class on its own.",
    },
    returned={
        "stacked": "Both maps stand in one array. Return two arrays.",
        "first class": "Only the first class is returned: return a map for each.",
        "flat": "The pixels are made one axis. Return (n_classes, h, w).",
        "frequency": "Only the frequency is returned: the mode comes first.",
        "list": "The results are paired class by class. Return all modes, then all frequencies.",
        "frequency of mode 0": "The frequency is 0 wherever the mode is filter 0: is it asked whether the number of the filter is true?",
    },
)
@family(
    "mode_map",
    count={
        "dead vote": "Dead pixels, −1, take part in the vote. Only living filters do.",
        "dead as 0": "A dead pixel, −1, counts as a vote for filter 0.",
        "dead as last": "A dead pixel, −1, counts as a vote for the last filter: −1 is also the last "
        "index.",
        "mean": "This is the mean of the filters' numbers. The most frequent number is asked for.",
        "median": "This is the median of the filters' numbers. The most frequent number is asked "
        "for.",
        "max": "This is the largest number of a filter. The most frequent one is asked for.",
        "first": "This is the winner in the first image. The most frequent one is asked for.",
        "last of ties": "At a tie the last filter wins here: the first one has to.",
        "least": "This is the least frequent filter. The most frequent one is asked for.",
        "last filter left out": "The filter with the highest number is never counted. There is one "
        "counter too few.",
        "nine": "Only nine filters are counted. There may be more or fewer.",
        "carried on": "The votes are not set back to 0 for each class: they hold those of earlier "
        "classes.",
        "pixels together": "The votes of all pixels are counted together: each pixel has a vote of "
        "its own.",
        "classes": "Only as many filters are counted as there are classes. Count all filters.",
        "from filter 1": "Filter 0 is left out. The filters are counted from 0.",
        "dead once": "A pixel counts as dead here as soon as it is dead in one image of the class. "
        "Only a pixel that is dead in all of these images is −1.",
    },
    chosen={
        "all": "The labels are not used: each class gets the mode over all images.",
        "others": "The mode is taken over the images of the other classes.",
        "from 1": "The classes are counted from 1. The first row belongs to class 0.",
        "reversed": "The rows stand in reversed order. Row c belongs to class c.",
        "sorted": "The images do not come sorted by class: choose them by their labels.",
        "last missing": "The last class is left out.",
    },
    share={
        "of living": "The frequency is the share among the images in which the pixel is alive, but "
        "it should be the share of all images of the class.",
        "of all": "The frequency is divided by the number of all images. Divide by that of the "
        "class.",
        "count": "The frequency is the number of images. Divide by the number of images of the "
        "class.",
        "percent": "The frequency is a percentage. A share between 0 and 1 is asked for.",
        "of filters": "The frequency is divided by the number of filters. Divide by the number of "
        "images of the class.",
        "of classes": "The frequency is divided by the number of classes. Divide by the number of "
        "images of the class.",
        "of pixels": "The frequency is divided by the number of pixels. Divide by the number of "
        "images of the class.",
        "of its own votes": "The frequency is divided by the filter's votes at all pixels. Divide by "
        "the number of images of the class.",
        "of all votes": "The frequency is divided by the votes of all filters at all pixels. Divide "
        "by the number of images of the class.",
        "whole": "The frequency is cut down to a whole number: `//`, or an array whose type is that of "
        "whole numbers?",
        "rounded": "The frequency is rounded: return it as it is.",
        "alive": "The frequency is the share of images in which the pixel is alive at all: count "
        "those in which the mode wins.",
        "rest": "The frequency is the share of the images in which another filter wins.",
        "nan": "The frequency of a pixel that is always dead is NaN, but it should be 0.",
        "one": "The frequency of a pixel that is always dead is 1, but it should be 0.",
    },
    dead={
        0: "A pixel that is dead in all images of a class gets filter 0, but it should be −1.",
        "nan": "A pixel that is dead in all images of a class gets NaN, but it should be −1.",
    },
    returned={
        "swapped": "The two results stand in the wrong order: first the mode, then the frequency.",
        "mode": "Only the mode is returned: the frequency belongs to it.",
        "twice": "The mode is returned twice. The second result is the frequency.",
        "floats": "The mode is made of fractions: filters' numbers are whole.",
        "classes last": "The classes are the last axis of the result, but they should be the "
        "first.",
        "transposed": "Rows and columns are swapped.",
        "axis": "An axis of length 1 is left in the result.",
    },
)
def mode_map(winners, labels, n_classes, count="votes", chosen="own", share="of images", dead=-1, returned="both"):  # fmt: skip
    shape, filters = winners.shape[1:], int(winners.max(initial=0)) + 1
    parts = np.array_split(np.arange(len(labels)), n_classes)

    def living(some, summary):
        alive = np.where(some < 0, np.nan, some)
        return np.nan_to_num(np.floor(summary(alive, axis=0)), nan=-1)

    def met(some, first):
        order = some if first else some[::-1]
        return np.take_along_axis(order, (order >= 0).argmax(axis=0)[None], axis=0)[0]

    summaries = {
        "mean": lambda some: np.floor(some.mean(axis=0)),
        "mean rounded": lambda some: np.round(some.mean(axis=0)),
        "mean of living": lambda some: living(some, np.nanmean),
        "median": lambda some: np.floor(np.median(some, axis=0)),
        "median of living": lambda some: living(some, np.nanmedian),
        "max": lambda some: some.max(axis=0),
        "min": lambda some: some.min(axis=0),
        "first": lambda some: some[0],
        "last": lambda some: some[-1],
        "first living": lambda some: met(some, True),
        "last living": lambda some: met(some, False),
    }
    modes, shares, kept = [], [], np.zeros((filters, *shape))
    for c in range(n_classes):
        own = {
            "own": labels == c,
            "all": labels >= 0,
            "others": labels != c,
            "from 1": labels == c + 1,
            "reversed": labels == n_classes - 1 - c,
            "sorted": np.isin(np.arange(len(labels)), parts[c]),
            "last missing": (labels == c) & (c < n_classes - 1),
            "next": labels == (c + 1) % n_classes,
            "up to": labels <= c,
            "from on": labels >= c,
            "first class": labels == 0,
            "last class": labels == n_classes - 1,
            "interleaved": np.arange(len(labels)) % n_classes == c,
        }[chosen]
        some = winners[own]
        if count == "first image left out":
            some = some[1:]
        elif count == "last image left out":
            some = some[:-1]
        votes = np.stack([(some == k).sum(axis=0) for k in range(filters)])
        gone = (some < 0).sum(axis=0)
        if count == "dead as 0":
            votes[0] += gone
        elif count == "dead as last":
            votes[-1] += gone
        elif count == "last filter left out":
            votes = votes[:-1] if filters > 1 else votes
        elif count == "classes":
            votes = votes[:n_classes]
        elif count == "from filter 1":
            votes = np.concatenate([0 * votes[:1], votes[1:]])
        elif count == "nine":
            votes = votes[:9]
        elif count == "carried on":
            kept = votes = votes + kept
        elif count == "pixels together":
            votes = np.broadcast_to(votes.sum(axis=(1, 2), keepdims=True), votes.shape)
        elif count in ("rows together", "columns together"):
            along = 2 if count == "rows together" else 1
            votes = np.broadcast_to(votes.sum(axis=along, keepdims=True), votes.shape)
        elif count == "dead as 1" and filters > 1:
            votes[1] += gone
        elif count == "dead as the number of filters":
            votes = np.concatenate([votes, gone[None]])
        elif count == "two too few":
            votes = votes[:-2] if filters > 2 else votes
        elif count in ("five", "eight", "ten", "sixteen"):
            votes = votes[: {"five": 5, "eight": 8, "ten": 10, "sixteen": 16}[count]]
        elif count == "each vote once":
            votes = 1 * (votes > 0)
        elif count == "neighbours":
            votes = votes.reshape(filters, -1).cumsum(axis=1).reshape(votes.shape)
        mode, most = votes.argmax(axis=0).astype(np.float64), votes.max(axis=0)
        if count == "dead vote":
            more = gone >= most
            mode, most = np.where(more, -1, mode), np.maximum(gone, most)
        elif count == "last of ties":
            mode = len(votes) - 1 - votes[::-1].argmax(axis=0)
        elif count == "least":
            mode = np.where(votes == 0, np.inf, votes).argmin(axis=0)
            most = np.where(votes == 0, 10**6, votes).min(axis=0) % 10**6
        elif count == "never":
            mode, most = votes.argmin(axis=0), votes.min(axis=0)
        elif count == "second" and filters > 1:
            ranked = np.argsort(-votes, axis=0, kind="stable")
            mode, most = ranked[1], np.sort(votes, axis=0)[-2]
        elif count.startswith("class's filter"):
            own_mode = votes.sum(axis=(1, 2)).argmax()
            mode, most = 0 * mode + own_mode, votes[own_mode]
            if count.endswith("frequency"):
                most = np.full(shape, most.mean())
        elif count == "distance" or count == "met last":
            places = np.arange(len(some))[:, None, None]
            met = np.stack(
                [
                    np.where(some == k, places, len(some) if count == "distance" else -1)
                    for k in range(filters)
                ]
            )
            met = -met.min(axis=1) if count == "distance" else met.max(axis=1)
            mode = (votes * 10**6 + met).argmax(axis=0)
        elif count == "as classes":
            most = votes[min(c, filters - 1)]
            mode = np.full(shape, c)
        elif count in summaries:
            mode = summaries[count](some)
            most = (some == mode).sum(axis=0)
        never = most == 0
        if count in summaries or count in ("never", "as classes"):
            never = gone == len(some)
        elif count == "class's filter everywhere":
            never = never & False
        if count == "dead once":
            never = gone > 0
            most = np.where(never, 0, most)
        silent = {
            "once": gone > 0,
            "mostly": gone > most,
            "half": 2 * gone > len(some),
            "frequent": 2 * most <= len(some),
            "anywhere": np.any(
                [(winners[labels == k] < 0).all(axis=0) for k in set(labels)], axis=0
            ),
        }.get(dead if isinstance(dead, str) else "", never)
        value = {"nan": np.nan, "filters": filters, 0: 0}.get(dead, -1)
        mode = np.where(silent | never, value, mode)
        ordered = np.sort(np.concatenate([0 * votes[:1], votes]), axis=0)
        numbers = np.bincount(labels, minlength=n_classes)
        total = {
            "of equal classes": len(labels) / n_classes,
            "of the largest class": numbers.max(),
            "of the first class": numbers[0],
            "of the next class": numbers[(c + 1) % n_classes],
            "of its votes in all classes": (winners == mode).sum(axis=0),
            "of the filter's images": len(some) * n_classes,
            "of the most of its class": most.max(),
            "of the most alive": (some >= 0).sum(axis=0).max(),
            "n − 1": len(some) - 1,
            "n + 1": len(some) + 1,
            "of living": (some >= 0).sum(axis=0),
            "of all": len(labels),
            "count": 1,
            "of filters": filters,
            "of classes": n_classes,
            "of pixels": np.prod(shape),
            "of its own votes": votes.sum(axis=(1, 2))[votes.argmax(axis=0)],
            "of all votes": votes.sum(),
        }.get(share, len(some))
        part = most / np.where(total == 0, 1, total)
        if share == "percent":
            part = 100 * part
        elif share in ("whole", "rounded"):
            part = np.trunc(part) if share == "whole" else np.round(part, 1)
        elif share == "alive":
            part = (some >= 0).mean(axis=0)
        elif share == "rest":
            part = 1 - part
        elif share == "lead":
            part = (most - ordered[-2]) / len(some)
        elif share == "second":
            part = ordered[-2] / len(some)
        elif share == "mean over pixels":
            part = 0 * part + part.mean()
        elif share == "of the image's":
            part = np.array([(some == k).mean() for k in mode.ravel()]).reshape(shape)
            part = np.where(never, 0, part)
        elif share == "two decimals":
            part = np.round(part, 2)
        elif share == "in all images":
            part = np.where(never, 0, (winners == mode).mean(axis=0))
        elif share == "dead or mode":
            part = (most + gone) / len(some)
        elif share in ("nan", "one"):
            part = np.where(never, np.nan if share == "nan" else 1, part)
        modes.append(mode)
        shares.append(part)
    mode, frequency = np.stack(modes), np.stack(shares).astype(np.float32)
    if share == "of the most":
        frequency = frequency / frequency.max()
    if dead != "nan" and returned != "floats" and np.isfinite(mode).all():
        mode = mode.astype(np.int64)
    return {
        "both": lambda: (mode, frequency),
        "floats": lambda: (mode, frequency),
        "swapped": lambda: (frequency, mode),
        "mode": lambda: mode,
        "twice": lambda: (mode, mode),
        "classes last": lambda: (np.moveaxis(mode, 0, -1), np.moveaxis(frequency, 0, -1)),
        "transposed": lambda: (np.swapaxes(mode, 1, 2), np.swapaxes(frequency, 1, 2)),
        "axis": lambda: (mode[:, None], frequency[:, None]),
        "stacked": lambda: np.stack([mode, frequency]),
        "first class": lambda: (mode[0], frequency[0]),
        "flat": lambda: (mode.reshape(n_classes, -1), frequency.reshape(n_classes, -1)),
        "frequency": lambda: frequency,
        "list": lambda: np.stack([mode, frequency], axis=1),
        "frequency of mode 0": lambda: (mode, frequency * (mode != 0)),
    }[returned]()


ALL = (0, 1, 2)
OWN = "each filter has its own, over images, rows and columns, axes 0, 1 and 2."


@family(
    "standardise",
    scope={
        "first image": f"Mean and spread are those of the first image: {OWN}",
        "last image": f"Mean and spread are those of the last image: {OWN}",
        (1, 2): f"Mean and spread are those of each map: {OWN}",
        0: f"Mean and spread are taken over the images alone, axis 0: {OWN}",
        3: f"Mean and spread are taken over the filters, axis 3: {OWN}",
        (0, 1, 2, 3): f"There is one mean and one spread for all filters: {OWN}",
        (1, 2, 3): f"Mean and spread are those of each image: {OWN}",
        (0, 1): f"Mean and spread are taken over images and rows, not over the columns: {OWN}",
        (0, 2): f"Mean and spread are taken over images and columns, not over the rows: {OWN}",
        1: f"Mean and spread are taken over the rows alone, axis 1: {OWN}",
        2: f"Mean and spread are taken over the columns alone, axis 2: {OWN}",
        "reshaped": "`reshape` puts the filters in front without moving anything: it mixes them. "
        "They are the last axis.",
        "first pixel": f"Mean and spread are those of one pixel: {OWN}",
    },
    centre={
        "nothing": "The mean is not subtracted.",
        "added": "The mean is added: subtract it.",
        "median": "The median is subtracted. Take the mean.",
        "minimum": "The minimum is subtracted. Take the mean.",
        "of all": "One mean for all filters is subtracted: each filter has its own.",
        "of each map": "Each map's own mean is subtracted: take it over images and pixels.",
        "of images": "The mean over the images, pixel by pixel, is subtracted: take it over the "
        "pixels, too.",
        "of filters": "The mean over the filters is subtracted: take it over images and pixels, for "
        "each filter.",
        "of the first image": "The mean of the first image is subtracted: take it over all images.",
        "of positive": "The mean is that of the positive values. A 0 counts, too.",
    },
    spread={
        "nothing": "The filters are not divided by their standard deviation.",
        "times": "The filters are multiplied by their standard deviation: divide by it.",
        "variance": "The filters are divided by the variance: the standard deviation is its square "
        "root.",
        "absolute": "The spread is the mean absolute deviation. The standard deviation is asked for.",
        "range": "The spread is the distance from minimum to maximum. The standard deviation is "
        "asked for.",
        "maximum": "The filters are divided by their maximum. Divide by the standard deviation.",
        "mean": "The filters are divided by their mean. Divide by the standard deviation.",
        "norm": "The filters are divided by their length (L2 norm). Divide by the standard "
        "deviation.",
        "n − 1": "The standard deviation divides by n − 1 here (ddof=1). Divide by n.",
        "about 0": "The spread is measured from 0, not from the mean.",
        "of all": "One spread for all filters is used: each filter has its own.",
        "of each map": "Each map's own spread is used: take it over images and pixels.",
        "of images": "The spread over the images, pixel by pixel, is used: take it over the pixels, "
        "too.",
        "of filters": "The spread over the filters is used: take it over images and pixels, for each "
        "filter.",
        "of the first image": "The spread of the first image is used: take it over all images.",
        "epsilon 1": "1 is added to every standard deviation.",
        "epsilon 0.1": "0.1 is added to every standard deviation: a constant filter needs a case of "
        "its own.",
        "epsilon 0.01": "0.01 is added to every standard deviation: a constant filter needs a case "
        "of its own.",
        "epsilon 0.001": "0.001 is added to the standard deviation or the variance: a constant "
        "filter needs a case of its own.",
        "at least 1": "No standard deviation is smaller than 1 here. Only 0 needs another case.",
    },
    constant={
        "nan": "A constant filter becomes NaN, 0 divided by 0, but it should be 0.",
        "one": "A constant filter becomes 1, but it should be 0.",
        "as it was": "A constant filter stays as it was, but it should be 0.",
    },
    then={
        "absolute": "The absolute value is taken: what is below the mean is negative.",
        "relu": "Negative values become 0: what is below the mean is negative.",
        "clipped": "The values are clipped to −1 … 1.",
        "clipped 3": "The values are clipped to −3 … 3.",
        "positive": "The minimum is subtracted, so that nothing is negative.",
        "sign": "The sign is turned round. Subtract the mean from the values.",
        "whole": "The values are rounded to whole numbers.",
        "clipped 2": "The result is clipped to −2 … 2: leave it as it is.",
    },
)
def standardise(
    activations, scope=ALL, centre="mean", spread="deviation", constant="zero", then="nothing"
):
    x = activations.astype(np.float64)
    if scope == "reshaped":
        x = x.reshape(x.shape[-1], -1).T[None, None]
    some = {"first image": x[:1], "last image": x[-1:], "first pixel": x[:, :1, :1]}.get(scope, x)
    axes = ALL if isinstance(scope, str) else scope
    with np.errstate(all="ignore"):
        mean = some.mean(axis=axes, keepdims=True)
        middle = {
            "mean": lambda: mean,
            "nothing": lambda: 0,
            "added": lambda: -mean,
            "median": lambda: np.median(x, axis=ALL),
            "minimum": lambda: x.min(axis=ALL),
            "of all": lambda: x.mean(),
            "of each map": lambda: x.mean(axis=(1, 2), keepdims=True),
            "of images": lambda: x.mean(axis=0),
            "of filters": lambda: x.mean(axis=-1, keepdims=True),
            "of the first image": lambda: x[0].mean(axis=(0, 1)),
            "of positive": lambda: np.where(x > 0, x, 0).sum(axis=ALL) / (x > 0).sum(axis=ALL),
        }[centre]()
        deviation = some.std(axis=axes, keepdims=True)
        width = {
            "deviation": lambda: deviation,
            "nothing": lambda: np.ones_like(deviation),
            "times": lambda: 1 / deviation,
            "variance": lambda: deviation**2,
            "absolute": lambda: abs(x - mean).mean(axis=ALL),
            "range": lambda: np.ptp(x, axis=ALL),
            "maximum": lambda: x.max(axis=ALL),
            "mean": lambda: mean,
            "norm": lambda: np.sqrt((x**2).sum(axis=ALL)),
            "n − 1": lambda: x.std(axis=ALL, ddof=1),
            "about 0": lambda: np.sqrt((x**2).mean(axis=ALL)),
            "of all": lambda: x.std(),
            "of each map": lambda: x.std(axis=(1, 2), keepdims=True),
            "of images": lambda: x.std(axis=0),
            "of filters": lambda: x.std(axis=-1, keepdims=True),
            "of the first image": lambda: x[0].std(axis=(0, 1)),
            "epsilon 1": lambda: deviation + 1,
            "epsilon 0.1": lambda: deviation + 0.1,
            "epsilon 0.01": lambda: deviation + 0.01,
            "epsilon 0.001": lambda: deviation + 0.001,
            "at least 1": lambda: np.maximum(deviation, 1),
        }[spread]()
        result = (x - middle) / np.where((width > 0) | (constant != "zero"), width, 1)
        flat = np.broadcast_to(deviation == 0, x.shape)
        if constant == "one":
            result = np.where(flat, 1, result)
        elif constant == "as it was":
            result = np.where(flat, x, result)
    if scope == "reshaped":
        result = result[0, 0].T.reshape(activations.shape)
    return {
        "nothing": lambda: result,
        "absolute": lambda: abs(result),
        "relu": lambda: np.maximum(result, 0),
        "clipped": lambda: np.clip(result, -1, 1),
        "clipped 2": lambda: np.clip(result, -2, 2),
        "clipped 3": lambda: np.clip(result, -3, 3),
        "positive": lambda: result - result.min(axis=ALL),
        "sign": lambda: -result,
        "whole": lambda: np.rint(result),
    }[then]().astype(np.float32)


@family(
    "loudest_place",
    images={
        "all": "This is the mean over all images. Average over the images of your digit.",
        "first": "This is one image, the first of your digit. Average over all its images.",
        "loudest": "This is the loudest answer to a single image. Average over the images of your "
        "digit first, and then look for the largest value.",
        "sum": "This is the sum over the images of your digit. Divide the sum by their number.",
        "predicted": "These are the images that the network takes for your digit. Choose the "
        "images by their labels.",
        "next": "These are the images of the digit after yours. The class 0 is the digit 0.",
    },
    layer={
        "l1": "This is the answer of `l1`. The task asks for `l3`.",
        "l2": "This is the answer of `l2`. The task asks for `l3`.",
        "pool3": "This is the answer of `pool3`, after the pooling. The task asks for `l3`.",
    },
    order={
        "column, row": "Row and column are swapped. The row comes first, counted from the top.",
        "filter last": "The filter comes last here. The task asks for filter, row, column.",
        "from 1": "The filter, the row and the column are counted from 1. Count from 0.",
    },
    largest={
        "least": "This is the smallest class mean. The task asks for the largest.",
        "of means": "This is the filter whose map has the largest mean. The task asks for the "
        "largest single value of all maps.",
    },
    network={"0": "This is the network of the number 0. Your number is {number}."},
)
def loudest_place(
    number, images="labels", layer="l3", order="usual", largest="greatest", network="own"
):
    own, outputs, digit = findings.images(number), numbered_outputs(number), number % 10
    maps, labels = outputs[layer], own.labels
    if network == "0":
        mine = labels == digit
        maps = numpy_outputs(findings.plain_network(0), own.images[mine])[layer]
        labels = labels[mine]
    mean = {
        "labels": lambda: maps[labels == digit].mean(axis=0),
        "all": lambda: maps.mean(axis=0),
        "first": lambda: maps[labels == digit][0],
        "loudest": lambda: maps[labels == digit].max(axis=0),
        "sum": lambda: maps[labels == digit].sum(axis=0),
        "predicted": lambda: maps[outputs["l5"].argmax(axis=1) == digit].mean(axis=0),
        "next": lambda: maps[labels == (digit + 1) % 10].mean(axis=0),
    }[images]()
    where = np.argmin(mean) if largest == "least" else np.argmax(mean)
    row, column, winner = map(int, np.unravel_index(where, mean.shape))
    if largest == "of means":
        winner = int(mean.mean(axis=(0, 1)).argmax())
        row, column = map(int, np.unravel_index(mean[..., winner].argmax(), mean.shape[:2]))
    value = float(mean[row, column, winner])
    return {
        "usual": (winner, row, column, value),
        "column, row": (winner, column, row, value),
        "filter last": (row, column, winner, value),
        "from 1": (winner + 1, row + 1, column + 1, value),
    }[order]
