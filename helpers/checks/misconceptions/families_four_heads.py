"""Families of wrong answers to the exercises of notebook 09."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import numpy_gradient
from helpers.checks.misconceptions.families import kept
from helpers.checks.misconceptions.registry import family

LOW = "The threshold of the heads of one unit is too low. It should be 0.5."
HIGH = "The threshold of the heads of one unit is too high. It should be 0.5."
TENTHS = [n / 20 for n in range(1, 20) if n != 10]


@family(
    "head_classes",
    in_pairs=False,
    single={limit: LOW if limit < 0.5 else HIGH for limit in TENTHS},
)
@family(
    "head_classes",
    in_pairs=False,
    single={
        "1 / heads": "The threshold of the heads of one unit is 1 divided by the number of heads, but it should be 0.5.",
        "from 1": "The classes of the heads of one unit are counted from 1, but they should be counted from 0.",
        "above its neighbour": "A probability is compared with that of the next image. Compare each with 0.5.",
        "sign": "The heads of one unit say 1 or −1: the classes are 0 and 1.",
        "rank": "The heads of one unit give the images' order: compare each probability with 0.5.",
        "half of the largest": "The threshold is half of the images' largest probability, but it should be 0.5.",
        "mean of the range": "The threshold is the middle between the images' probabilities, but it should be 0.5.",
        "any image": "A head of one unit says 1 for all images as soon as one of them has more than 0.5. Compare each image's probability with 0.5.",
        "all images": "A head of one unit says 1 only if all images have more than 0.5. Compare each image's probability with 0.5.",
        "mean image": "A head of one unit gives all images one class, by their mean probability. Compare each image's probability with 0.5.",
        "last image": "A head of one unit gives all images the class of the last one. Take the column `[:, 0]`.",
        "best image": "The arg-max of a head of one unit runs over the images: compare each probability with 0.5.",
        "first single": "All heads of one unit give the classes of the first such head: each has its own.",
    },
    several={
        "best image": "The softmax heads give all images one class, that of the largest probability of all images. Take the arg-max along axis 1.",
        "mean image": "The softmax heads give all images the class that is most probable on average: take the arg-max along axis 1.",
        "first image": "The softmax heads give all images the class of the first one: take the arg-max along axis 1.",
        "last image": "The softmax heads give all images the class of the last one: take the arg-max along axis 1.",
        "flat": "The arg-max runs over images and classes together: take the arg-max along axis 1.",
        "first above the mean": "The class is the first one whose probability is above the average. Take the arg-max.",
        "last above a half": "The class is the last one whose probability is above 0.5: take the arg-max of the probabilities themselves.",
        "number above a half": "The softmax heads say how many classes have more than 0.5. Take the arg-max.",
        "number above average": "The softmax heads say how many classes are above the average. Take the arg-max.",
        "cumulative": "The softmax heads say where the probabilities, added up, reach 0.5: take the arg-max.",
        "middle": "The class is that of the middle probability. Take the arg-max.",
        "smaller by 1": "The classes of the softmax heads are one too small: they are counted from 0.",
        "larger by 2": "The classes of the softmax heads are two too large: they are counted from 0.",
        "third": "The softmax heads name the third most probable class: take the most probable one.",
        "first two": "Only the first two units of a softmax head are compared. Take the arg-max over all.",
        "unit 1": "The second unit of a softmax head is compared with 0.5: take the arg-max over its units.",
        "units − 1": "The softmax heads always give their last class. Take the arg-max over the classes, axis 1.",
        "expected, cut": "The softmax heads give the mean of the class numbers, weighted by their probabilities, as a whole number. Take the arg-max.",
        "surest head": "All softmax heads give the classes of the first softmax head: each has its own.",
    },
    returned={
        "units": "There is a column for each unit, which is compared with 0.5. Return a column per head.",
        "sorted": "The classes of an image are sorted. Column k belongs to head k.",
        "sums": "The classes of an image are added up. Return a column per head.",
        "most frequent": "One class is returned for each image. Return a column per head.",
        "last image": "Only the last image is answered. Return a row per image.",
        "without the last head": "The last head is missing. Return a column per head.",
        "without the first head": "The first head is missing. Return a column per head.",
        "without the last image": "The last image is missing. Return a row per image.",
        "images backwards": "The images are in reversed order. Row i belongs to image i.",
        "rotated": "The heads are shifted by one. Column k belongs to head k.",
        "axis in front": "The result has an axis too many, in front. Return (N, heads).",
        "flat, images first": "The classes come in one row, image after image. Return (N, heads).",
    },
)
@family(
    "head_classes",
    in_pairs=False,
    single={
        "always 1": "The heads of one unit always say 1: compare their probability with 0.5.",
        "largest": "A head of one unit says 1 only for the image with the largest probability: "
        "compare each probability with 0.5.",
        "above its median": "The threshold is the median of the images, but it should be 0.5.",
        "first image": "A head of one unit gives all images the class of the first one. Take the "
        "column `[:, 0]`, not the row `[0]`.",
        "first head": "Only the first head is compared with 0.5, whatever its units: ask each head "
        "whether it has one unit.",
    },
    several={
        "over images": "The arg-max runs over the images, axis 0: it belongs over the classes, "
        "axis 1.",
        "last unit": "The last unit of a softmax head is compared with 0.5: take the arg-max over "
        "its units.",
        "second": "The softmax heads name the second most probable class: take the most probable "
        "one.",
        "sure": "A softmax head says 0 where no class has more than 0.5. Take the arg-max always.",
        "at most 1": "Classes above 1 are made 1. Several units have as many classes as units.",
        "reversed": "The classes of the softmax heads are counted from the last unit. Count from "
        "the first, 0.",
        "share": "The class of a softmax head is compared with 1 divided by the number of units. "
        "Take the arg-max.",
        "expected": "The softmax heads give the mean of the class numbers, weighted by their "
        "probabilities, as a whole number. Take the arg-max.",
        "0": "The softmax heads always say 0. Take the arg-max over the classes, axis 1.",
    },
    returned={
        "reversed": "The heads are in reversed order. Column k belongs to head k.",
        "single first": "The heads of one unit come first: keep the heads in their order.",
        "several first": "The softmax heads come first: keep the heads in their order.",
        "flat": "The classes come in one row, head after head. Return (N, heads).",
        "reshaped": "The classes come head after head and were only reshaped to (N, heads). Stack "
        "the columns along axis 1.",
        "first image": "Only the first image is answered. Return a row per image.",
        "first head": "Only the first head is answered. Return a column per head.",
        "last head": "Only the last head is answered. Return a column per head.",
        "last head everywhere": "Every column holds the last head's classes: each head has its "
        "own.",
        "first head everywhere": "Every column holds the first head's classes: each head has its "
        "own.",
        "only several": "The heads of one unit are missing. Return a column per head.",
        "only single": "The softmax heads are missing. Return a column per head.",
        "first image everywhere": "Every image gets the first image's classes: each has its own.",
    },
)
@family(
    "head_classes",
    single={
        "arg-max": "A head of one unit always says 0 here (so does its arg-max): compare its "
        "probability with 0.5.",
        "0": "A probability is always above 0, so the heads of one unit always say 1: compare it "
        "with 0.5.",
        "turned round": "The two classes of the heads of one unit are exchanged. The unit is the "
        "probability of class 1.",
        "mean": "The threshold is the mean over the images, which depends on the others, but it "
        "should be 0.5.",
        "probability": "The heads of one unit give their probability: compare it with 0.5.",
        "last head": "Only the last head is compared with 0.5, whatever its units: ask each head whether "
        "it has one unit.",
    },
    several={
        "above a half": "The largest probability of a softmax head is compared with 0.5. Take the "
        "arg-max.",
        "first unit": "The first unit of a softmax head is compared with 0.5: take the arg-max "
        "over its units.",
        "least": "The softmax heads name the least probable class. Take the arg-max, not the "
        "arg-min.",
        "from 1": "The classes of the softmax heads count from 1, but they should count from 0.",
        "probability": "The softmax heads give the largest probability: give the class that has "
        "it.",
        "first above a half": "The class is the first one whose probability is above 0.5, and 0 where "
        "none is: take the arg-max of the probabilities themselves.",
        "all but the last": "The last unit of a softmax head is left out. Take the arg-max over all.",
        "all but the first": "The first unit of a softmax head is left out. Take the arg-max over all.",
    },
    returned={
        "transposed": "A row per head is returned. Return a row per image and a column per head "
        "(stack along axis 1).",
        "axis": "The result has an axis too many. Return (N, heads).",
        "counted from 1": "The classes of all heads are counted from 1, but they should be counted "
        "from 0.",
        "one after the other": "The heads' classes come one after the other in one column: each head "
        "has a column of its own.",
    },
)
def head_classes(outputs, single="above 0.5", several="arg-max", returned="columns"):
    columns = []
    for p in outputs:
        units = p.shape[1]
        if single in ("first head", "last head"):
            alone = outputs[0 if single == "first head" else -1]
            columns.append(p[:, 0] > 0.5 if p is alone else p.argmax(axis=1))
            continue
        if units == 1:
            x = p[:, 0]
            column = {
                "above 0.5": lambda x=x: x > 0.5,
                "arg-max": lambda x=x: 0 * x,
                "0": lambda x=x: x > 0,
                "always 1": lambda x=x: 0 * x + 1,
                "turned round": lambda x=x: x < 0.5,
                "mean": lambda x=x: x > x.mean(),
                "above its median": lambda x=x: x > np.median(x),
                "largest": lambda x=x: x == x.max(),
                "first image": lambda x=x: x[0] + 0 * x > 0.5,
                "probability": lambda x=x: x,
                "1 / heads": lambda x=x: x > 1 / len(outputs),
                "from 1": lambda x=x: (x > 0.5) + 1,
                "above its neighbour": lambda x=x: x > np.roll(x, -1),
                "sign": lambda x=x: np.where(x > 0.5, 1, -1),
                "rank": lambda x=x: x.argsort(),
                "half of the largest": lambda x=x: x > x.max() / 2,
                "mean of the range": lambda x=x: x > (x.min() + x.max()) / 2,
                "any image": lambda x=x: 0 * x + (x > 0.5).any(),
                "all images": lambda x=x: 0 * x + (x > 0.5).all(),
                "mean image": lambda x=x: 0 * x + (x.mean() > 0.5),
                "last image": lambda x=x: 0 * x + (x[-1] > 0.5),
                "best image": lambda x=x: 0 * x + x.argmax(),
                "first single": lambda: next(p for p in outputs if p.shape[1] == 1)[:, 0] > 0.5,
            }.get(single, lambda x=x: x > single)()
        else:
            best = p.argmax(axis=1)
            column = {
                "arg-max": lambda best=best: best,
                "above a half": lambda p=p: p.max(axis=1) > 0.5,
                "first unit": lambda p=p: p[:, 0] > 0.5,
                "last unit": lambda p=p: p[:, -1] > 0.5,
                "least": lambda p=p: p.argmin(axis=1),
                "second": lambda p=p: p.argsort(axis=1)[:, -2],
                "first above a half": lambda p=p: (p > 0.5).argmax(axis=1),
                "all but the last": lambda p=p: p[:, :-1].argmax(axis=1),
                "all but the first": lambda p=p: p[:, 1:].argmax(axis=1),
                "from 1": lambda best=best: best + 1,
                "sure": lambda p=p, best=best: np.where(p.max(axis=1) > 0.5, best, 0),
                "at most 1": lambda best=best: np.minimum(best, 1),
                "reversed": lambda best=best, units=units: units - 1 - best,
                "share": lambda p=p, units=units: p[:, 0] > 1 / units,
                "expected": lambda p=p, units=units: np.rint(p @ np.arange(units)),
                "0": lambda best=best: 0 * best,
                "over images": lambda p=p: p.argmax(axis=0),
                "probability": lambda p=p: p.max(axis=1),
                "best image": lambda p=p, best=best: 0 * best + p.max(axis=0).argmax(),
                "mean image": lambda p=p, best=best: 0 * best + p.mean(axis=0).argmax(),
                "first image": lambda best=best: 0 * best + best[0],
                "last image": lambda best=best: 0 * best + best[-1],
                "flat": lambda p=p, best=best: 0 * best + p.argmax(),
                "first above the mean": lambda p=p, units=units: (p > 1 / units).argmax(axis=1),
                "last above a half": lambda p=p, units=units: (
                    units - 1 - (p > 0.5)[:, ::-1].argmax(axis=1)
                ),
                "number above a half": lambda p=p: (p > 0.5).sum(axis=1),
                "number above average": lambda p=p, units=units: (p > 1 / units).sum(axis=1),
                "cumulative": lambda p=p: (p.cumsum(axis=1) > 0.5).argmax(axis=1),
                "middle": lambda p=p, units=units: p.argsort(axis=1)[:, units // 2],
                "smaller by 1": lambda best=best: best - 1,
                "larger by 2": lambda best=best: best + 2,
                "third": lambda p=p, units=units: p.argsort(axis=1)[:, -min(3, units)],
                "first two": lambda p=p: p[:, :2].argmax(axis=1),
                "unit 1": lambda p=p: p[:, 1] > 0.5,
                "units − 1": lambda best=best, units=units: 0 * best + units - 1,
                "expected, cut": lambda p=p, units=units: np.floor(p @ np.arange(units)),
                "surest head": lambda: next(p for p in outputs if p.shape[1] > 1).argmax(axis=1),
            }[several]()
        columns.append(column)
    alone = [p.shape[1] == 1 for p in outputs]
    first = [c for c, one in zip(columns, alone, strict=True) if one]
    rest = [c for c, one in zip(columns, alone, strict=True) if not one]
    columns = {
        "reversed": columns[::-1],
        "counted from 1": [column + 1 for column in columns],
        "single first": first + rest,
        "several first": rest + first,
        "first head": columns[:1],
        "last head": columns[-1:],
        "first head everywhere": [columns[0]] * len(columns),
        "last head everywhere": [columns[-1]] * len(columns),
        "only several": rest,
        "only single": first,
        "without the last head": columns[:-1],
        "without the first head": columns[1:],
        "rotated": columns[-1:] + columns[:-1],
        "units": [*(np.concatenate(outputs, axis=1) > 0.5).T],
    }.get(returned, columns)
    result = np.stack(columns, axis=1)
    if "probability" not in (single, several):
        result = result.astype(np.int64)
    return {
        "transposed": lambda: result.T,
        "axis": lambda: result[..., None],
        "flat": lambda: result.T.ravel(),
        "one after the other": lambda: result.T.reshape(-1, 1),
        "reshaped": lambda: result.T.reshape(result.shape),
        "first image": lambda: result[:1],
        "first image everywhere": lambda: result[:1] + 0 * result,
        "sorted": lambda: np.sort(result, axis=1),
        "sums": lambda: result.sum(axis=1),
        "most frequent": lambda: np.array([np.bincount(row).argmax() for row in result]),
        "last image": lambda: result[-1:],
        "without the last image": lambda: result[:-1],
        "images backwards": lambda: result[::-1],
        "axis in front": lambda: result[None],
        "flat, images first": lambda: result.ravel(),
    }.get(returned, lambda: result)()


@family(
    "accuracies",
    in_pairs=False,
    right={
        "both above 0": "It is asked whether `predicted` and `truth` are both true, so that class 0 never counts. Compare with `==`.",
        "bits": "`&` compares the bits of the classes, not the classes. Compare with `==`.",
        "truth of the first image": "Each prediction is compared with the first image's truth: each image has its own.",
        "truth of the first head": "Each head is compared with the truth of the first one: each has its own.",
        "sorted": "Predictions and truths are sorted before they are compared: each image has its own truth.",
        "somewhere": "It is asked whether the class occurs anywhere in `truth`. Compare entry by entry.",
        "in its image": "It is asked whether the class occurs in the same image, at any head. Compare entry by entry.",
        "first images": "Only as many images are looked at as there are heads: the images are axis 0, the heads axis 1.",
        "first half": "Only half of the images are looked at.",
    },
    each={
        "distance": "This subtracts the mean distance of the classes from 1. Count where the classes are equal.",
        "mean distance": "This is the mean distance of the classes. Count where the classes are equal.",
        "rows": "The accuracies are those of the first images, a row for each head: row h belongs to image h, column h to head h.",
        "correlation": "This is a correlation of the classes. Count where the classes are equal.",
        "sums": "The sums of the classes are compared: compare image by image.",
        "one decimal": "The accuracies of the heads are rounded: return them as they are.",
        "three decimals": "The accuracies of the heads are rounded: return them as they are.",
        "first": "Every head gets the first head's accuracy: each has its own.",
        "sorted": "The accuracies of the heads are sorted. Entry h belongs to head h.",
        "backwards": "The accuracies of the heads stand in reversed order. Entry h belongs to head h.",
        "images with a right answer": "The hits of each head are divided by the number of images on which some head is right. Divide by the number of images.",
        "median": "The first result is 0 or 1 for each head, as a median or rounding makes it. Take the share of images.",
        "without the best": "Images on which all heads are right are left out of the heads' accuracies. Take all images.",
        "first image": "The first result says which heads are right about the first image. Take the share of images, the mean over axis 0.",
        "last image": "The first result says which heads are right about the last image. Take the share of images, the mean over axis 0.",
        "squares": "The accuracies of the heads are squared.",
    },
    joint={
        "best": "The joint accuracy is that of the best head. An image counts where all heads are right.",
        "first and last": "Only the first and the last head have to be right for the joint accuracy: all of them do.",
        "last two": "Only the last two heads have to be right for the joint accuracy: all of them do.",
        "second": "The joint accuracy is that of the second head alone. An image counts where all heads are right.",
        "as sets": "The classes of an image may stand in any order. Compare head by head, then ask whether all are right.",
        "n − 1": "The joint hits are divided by one less than the number of images.",
        "n + 1": "The joint hits are divided by one more than the number of images.",
        "of the best head's hits": "The joint hits are divided by the hits of the best head. Divide by the number of images.",
        "of the worst head's hits": "The joint hits are divided by the hits of the weakest head. Divide by the number of images.",
        "one decimal": "The joint accuracy is rounded: return it as it is.",
        "three decimals": "The joint accuracy is rounded: return it as it is.",
        "predicted alike": "Images are counted on which the heads predict the same class. Count those on which all heads are right.",
        "right or wrong together": "Images are counted on which all heads are wrong, too. Count those on which all are right.",
        "all true": "It is asked of both arrays whether all classes are above 0. Compare head by head first.",
        "means compared": "The means of the classes are rounded and compared. Compare head by head first.",
        "three": "An image counts where most of its heads are right: all of them have to be.",
        "two": "An image counts where some of its heads are right: all of them have to be.",
        "without the first image": "The first image is left out of the joint accuracy.",
        "without the last image": "The last image is left out of the joint accuracy.",
        "shares of hits": "The joint result is the number of heads times the accuracy. Take the share of images on which all heads are right.",
        "largest classes": "Only the largest class of each image is compared. All heads have to be right.",
    },
    returned={
        "rounded": "Both results are rounded to two decimals: return them as they are.",
        "rounded to one": "Both results are rounded to one decimal: return them as they are.",
        "rounded to three": "Both results are rounded to three decimals: return them as they are.",
        "n − 1": "Both results are divided by one less than the number of images.",
        "n + 1": "Both results are divided by one more than the number of images.",
        "joint for each": "The joint accuracy is returned once for each head: return one number.",
    },
)
@family(
    "accuracies",
    in_pairs=False,
    right={
        "at most": "A class that is too small counts as right, too. Compare with `==`.",
        "at least": "A class that is too large counts as right, too. Compare with `==`.",
        "near": "A class that is wrong by 1 counts as right. Compare with `==`.",
        "without 0": "Class 0 never counts as right: is a class multiplied, or asked whether it "
        "is true?",
        "both true": "It is only asked whether both classes are above 0. Compare with `==`.",
        "shifted": "Each prediction is compared with the truth of the next image.",
        "shifted heads": "Each head is compared with the truth of the next head.",
        "without the first image": "The first image is left out: does a loop start at 1?",
        "without the last image": "The last image is left out: does a loop end one too early?",
    },
    each={
        "of classes": "The hits of each head are divided by the number of classes. Divide by the "
        "number of images.",
        "n − 1": "The hits are divided by one less than the number of images.",
        "n + 1": "The hits are divided by one more than the number of images.",
        "of heads": "The hits of each head are divided by the number of heads. Divide by the "
        "number of images.",
        "of all": "The hits of each head are divided by all entries. Divide by the number of "
        "images.",
        "of the hits": "The hits of each head are divided by all hits. Divide by the number of "
        "images.",
        "rounded": "The accuracies of the heads are rounded: return them as they are.",
        "last": "Every head gets the last head's accuracy: each has its own.",
        "joint": "The first result holds the joint accuracy, but it should hold one number for "
        "each head.",
        "percent": "The accuracies of the heads are percentages. Return shares from 0 to 1.",
        "all of the images": "The first result says which heads are right on all images. Take the "
        "share of images, the mean over axis 0.",
        "any": "The first result says which heads are right on some image. Take the share of "
        "images, the mean over axis 0.",
        "classes": "Each class counts the same in the accuracies of the heads. Take the share of "
        "images.",
        "cumulative": "The hits of the earlier heads are not reset: start at 0 for each head.",
        "until a mistake": "Behind the first head of an image that is wrong its other heads are not "
        "counted: does a `break` end the loop?",
        "missing": "The accuracy of the last head is missing.",
    },
    joint={
        "first": "The joint accuracy is that of the first head alone. An image counts where all "
        "heads are right.",
        "geometric": "The joint accuracy is the geometric mean of the heads'. An image counts "
        "where all heads are right.",
        "harmonic": "The joint accuracy is the harmonic mean of the heads'. An image counts where "
        "all heads are right.",
        "median": "The joint accuracy is the median of the heads'. An image counts where all "
        "heads are right.",
        "sum": "The joint accuracy is the sum of the heads'. An image counts where all heads are "
        "right.",
        "most": "An image counts where more than half of its heads are right: all of them have to "
        "be.",
        "half": "An image counts where half of its heads are right: all of them have to be.",
        "one wrong": "An image counts where one head is wrong, too: all of them have to be right.",
        "exactly one wrong": "An image counts where exactly one head is wrong: all of them have "
        "to be right.",
        "without the last": "The last head is left out of the joint accuracy. All heads have to "
        "be right.",
        "without the first": "The first head is left out of the joint accuracy. All heads have to "
        "be right.",
        "none": "Images are counted on which no head is right: count those on which all are.",
        "some wrong": "The joint result is the share of images with a mistake. Take the share "
        "without any.",
        "products compared": "The products of the classes are compared: compare head by head, "
        "then ask whether all are right.",
        "1 − product": "This is 1 minus the product of the error rates, the share of images on "
        "which some head is right if heads err independently. Count the images on which all are "
        "right.",
        "union": "This subtracts all error rates from 1, as if no image had two mistakes: count "
        "the images on which all heads are right.",
        "from then on": "After the first image with a mistake no image counts: start anew for "
        "each image.",
        "first image": "Only the first image is looked at for the joint accuracy. Take the share "
        "of all images.",
        "of hits": "The joint hits are divided by all hits. Divide by the number of images.",
        "of all": "The joint hits are divided by all entries of `truth`. Divide by the number of "
        "images.",
        "of heads": "The joint hits are divided by the number of heads. Divide by the number of "
        "images.",
        "squares": "The joint accuracy is the mean of the heads' squared. An image counts where "
        "all heads are right.",
        "rounded": "The joint accuracy is rounded: return it as it is.",
        "percent": "The joint accuracy is a percentage. Return a share from 0 to 1.",
        "count": "The joint result is a count. Divide by the number of images.",
        "true": "The joint result says of each image whether all heads are right: take the mean "
        "of it.",
    },
    returned={
        "each": "Only the accuracies of the heads are returned. Return the joint accuracy, too.",
        "joint": "Only the joint accuracy is returned: return those of the heads first.",
        "stacked": "Both results come in one array. Return two, the heads' accuracies and a "
        "number.",
        "mean and joint": "The mean over the heads is returned first: return one number for each "
        "head.",
        "axis": "The accuracies of the heads have an axis too many. Return (heads,).",
        "array": "The joint accuracy has an axis. Return a number.",
        "percent": "Both results are percentages. Return shares from 0 to 1.",
        "count": "Both results are counts. Divide by the number of images.",
        "errors": "Both results are shares of mistakes. Return the shares of images that are "
        "right.",
        "whole": "The shares are rounded down to whole numbers: `//`, or a type of whole numbers?",
    },
)
@family(
    "accuracies",
    right={
        "wrong": "The mistakes are counted. Count where `predicted` and `truth` are equal.",
    },
    each={
        "images": "The accuracy is taken of each image, over the heads, axis 1: take that of each "
        "head, over the images, axis 0.",
        "mean": "One mean over everything is returned for the heads: return one number for each "
        "head, the mean over axis 0.",
        "count": "The first result holds counts. Divide by the number of images.",
        "errors": "The first result holds shares of mistakes. Take the shares of images that are "
        "right.",
        "predicted classes": "Each predicted class counts the same in the accuracies of the heads. Take "
        "the share of images.",
        "whole": "The accuracies of the heads are cut to whole numbers, as by `//`. Divide with `/`.",
    },
    joint={
        "product": "The joint accuracy is the product of the heads', which is right only if the "
        "heads err independently. Count the images on which all heads are right.",
        "mean": "The joint accuracy is the mean of the heads'. An image counts where all heads "
        "are right.",
        "worst": "The joint accuracy is that of the worst head. An image counts where all heads "
        "are right.",
        "any": "An image counts where any head is right: all of them have to be.",
        "heads": "The joint result is the share of heads that are right on all images (axis 0). "
        "Take the share of images on which all heads are right (axis 1).",
        "everything": "The joint result asks whether everything is right. Take the share of "
        "images on which all heads are.",
        "last": "The joint accuracy is that of the last head alone. An image counts where all "
        "heads are right.",
        "sums compared": "The sums of the classes are compared: compare head by head, then ask "
        "whether all are right.",
        "first two": "Only the first two heads have to be right for the joint accuracy: all of them do.",
        "where the first is right": "The joint accuracy is taken among the images on which the first "
        "head is right: take it among all images.",
        "where one is right": "The joint accuracy is taken among the images on which some head is right: "
        "take it among all images.",
    },
    returned={
        "swapped": "The two results are swapped: first the heads' accuracies, then the joint one.",
    },
)
def accuracies(predicted, truth, right="equal", each="share", joint="all", returned="both"):
    if right == "shifted":
        truth = np.roll(truth, -1, axis=0)
    elif right == "shifted heads":
        truth = np.roll(truth, -1, axis=1)
    elif right == "sorted":
        predicted, truth = np.sort(predicted, axis=0), np.sort(truth, axis=0)
    hits = {
        "wrong": lambda: predicted != truth,
        "at most": lambda: predicted <= truth,
        "at least": lambda: predicted >= truth,
        "near": lambda: abs(predicted - truth) <= 1,
        "without 0": lambda: (predicted == truth) & (truth > 0),
        "both true": lambda: (predicted > 0) == (truth > 0),
        "without the first image": lambda: (predicted == truth)[1:],
        "without the last image": lambda: (predicted == truth)[:-1],
        "both above 0": lambda: (predicted > 0) & (truth > 0),
        "bits": lambda: (predicted & truth) > 0,
        "truth of the first image": lambda: predicted == truth[:1],
        "truth of the first head": lambda: predicted == truth[:, :1],
        "somewhere": lambda: np.isin(predicted, truth),
        "in its image": lambda: (predicted[:, :, None] == truth[:, None]).any(axis=2),
        "first images": lambda: (predicted == truth)[: predicted.shape[1]],
        "first half": lambda: (predicted == truth)[: len(predicted) // 2],
    }.get(right, lambda: predicted == truth)()
    n, heads = hits.shape
    share = hits.mean(axis=0)
    together = hits.all(axis=1)
    per_head = {
        "images": lambda: hits.mean(axis=1),
        "mean": lambda: hits.mean(),
        "count": lambda: hits.sum(axis=0),
        "errors": lambda: 1 - share,
        "of classes": lambda: hits.sum(axis=0) / (truth.max() + 1),
        "n − 1": lambda: hits.sum(axis=0) / (n - 1),
        "n + 1": lambda: hits.sum(axis=0) / (n + 1),
        "of heads": lambda: hits.sum(axis=0) / heads,
        "of all": lambda: hits.sum(axis=0) / hits.size,
        "of the hits": lambda: hits.sum(axis=0) / hits.sum(),
        "rounded": lambda: share.round(2),
        "last": lambda: share[-1] + 0 * share,
        "joint": lambda: together.mean() + 0 * share,
        "percent": lambda: 100 * share,
        "all of the images": lambda: hits.all(axis=0) * 1.0,
        "any": lambda: hits.any(axis=0) * 1.0,
        "predicted classes": lambda: np.array(
            [
                np.mean([hit[guess == c].mean() for c in np.unique(guess)])
                for hit, guess in zip(hits.T, predicted[: len(hits)].T, strict=True)
            ]
        ),
        "whole": lambda: np.trunc(share),
        "classes": lambda: np.mean(
            [
                (hits & (truth == c)).sum(axis=0) / (truth == c).sum(axis=0)
                for c in np.unique(truth)
            ],
            axis=0,
        ),
        "cumulative": lambda: np.cumsum(hits.sum(axis=0)) / n,
        "until a mistake": lambda: np.cumprod(hits, axis=1).mean(axis=0),
        "missing": lambda: share[:-1],
        "distance": lambda: 1 - abs(predicted - truth).mean(axis=0),
        "mean distance": lambda: abs(predicted - truth).mean(axis=0),
        "rows": lambda: hits.mean(axis=1)[:heads],
        "correlation": lambda: np.array(
            [np.corrcoef(*pair)[0, 1] for pair in zip(predicted.T, truth.T, strict=True)]
        ),
        "sums": lambda: (predicted.sum(axis=0) == truth.sum(axis=0)) * 1.0,
        "one decimal": lambda: share.round(1),
        "three decimals": lambda: share.round(3),
        "first": lambda: share[0] + 0 * share,
        "sorted": lambda: np.sort(share),
        "backwards": lambda: share[::-1],
        "images with a right answer": lambda: hits.sum(axis=0) / hits.any(axis=1).sum(),
        "median": lambda: np.median(hits, axis=0),
        "without the best": lambda: hits[~together].mean(axis=0),
        "first image": lambda: hits[0] * 1.0,
        "last image": lambda: hits[-1] * 1.0,
        "squares": lambda: share**2,
    }.get(each, lambda: share)()
    count = hits.sum(axis=1)
    one = {
        "product": lambda: share.prod(),
        "mean": lambda: share.mean(),
        "worst": lambda: share.min(),
        "any": lambda: hits.any(axis=1).mean(),
        "heads": lambda: hits.all(axis=0).mean(),
        "everything": lambda: hits.all(),
        "last": lambda: share[-1],
        "sums compared": lambda: (predicted.sum(axis=1) == truth.sum(axis=1)).mean(),
        "first": lambda: share[0],
        "geometric": lambda: share.prod() ** (1 / heads),
        "harmonic": lambda: heads / (1 / share).sum(),
        "median": lambda: np.median(share),
        "sum": lambda: share.sum(),
        "most": lambda: (2 * count > heads).mean(),
        "half": lambda: (2 * count >= heads).mean(),
        "one wrong": lambda: (count >= heads - 1).mean(),
        "exactly one wrong": lambda: (count == heads - 1).mean(),
        "without the last": lambda: hits[:, :-1].all(axis=1).mean(),
        "first two": lambda: hits[:, :2].all(axis=1).mean(),
        "where the first is right": lambda: hits[hits[:, 0]].all(axis=1).mean(),
        "where one is right": lambda: hits[hits.any(axis=1)].all(axis=1).mean(),
        "without the first": lambda: hits[:, 1:].all(axis=1).mean(),
        "none": lambda: (count == 0).mean(),
        "some wrong": lambda: 1 - together.mean(),
        "products compared": lambda: (predicted.prod(axis=1) == truth.prod(axis=1)).mean(),
        "1 − product": lambda: 1 - (1 - share).prod(),
        "union": lambda: 1 - (1 - share).sum(),
        "from then on": lambda: np.cumprod(together).mean(),
        "first image": lambda: together[0] * 1.0,
        "of hits": lambda: together.sum() / hits.sum(),
        "of all": lambda: together.sum() / hits.size,
        "of heads": lambda: together.sum() / heads,
        "squares": lambda: share.mean() ** 2,
        "rounded": lambda: together.mean().round(2),
        "percent": lambda: 100 * together.mean(),
        "count": lambda: together.sum(),
        "true": lambda: together,
        "best": lambda: share.max(),
        "first and last": lambda: (hits[:, 0] & hits[:, -1]).mean(),
        "last two": lambda: hits[:, -2:].all(axis=1).mean(),
        "second": lambda: share[1],
        "as sets": lambda: (
            (np.sort(predicted, axis=1) == np.sort(truth, axis=1)).all(axis=1).mean()
        ),
        "n − 1": lambda: together.sum() / (n - 1),
        "n + 1": lambda: together.sum() / (n + 1),
        "of the best head's hits": lambda: together.sum() / hits.sum(axis=0).max(),
        "of the worst head's hits": lambda: together.sum() / hits.sum(axis=0).min(),
        "one decimal": lambda: together.mean().round(1),
        "three decimals": lambda: together.mean().round(3),
        "predicted alike": lambda: (predicted == predicted[:, :1]).all(axis=1).mean(),
        "right or wrong together": lambda: (hits == hits[:, :1]).all(axis=1).mean(),
        "all true": lambda: (predicted.all(axis=1) == truth.all(axis=1)).mean(),
        "means compared": lambda: (
            predicted.mean(axis=1).round() == truth.mean(axis=1).round()
        ).mean(),
        "three": lambda: (count >= 3).mean(),
        "two": lambda: (count >= 2).mean(),
        "without the first image": lambda: together[1:].mean(),
        "without the last image": lambda: together[:-1].mean(),
        "shares of hits": lambda: count.mean(),
        "largest classes": lambda: (predicted.max(axis=1) == truth.max(axis=1)).mean(),
    }.get(joint, lambda: together.mean())()
    if np.ndim(one) == 0:
        one = float(one)
    return {
        "swapped": lambda: (one, per_head),
        "each": lambda: per_head,
        "joint": lambda: one,
        "stacked": lambda: np.append(per_head, one),
        "mean and joint": lambda: (share.mean(), one),
        "axis": lambda: (per_head[:, None], one),
        "array": lambda: (per_head, np.array([one])),
        "percent": lambda: (100 * per_head, 100 * one),
        "count": lambda: (n * per_head, n * one),
        "errors": lambda: (1 - per_head, 1 - one),
        "whole": lambda: (np.trunc(per_head), np.trunc(one)),
        "rounded": lambda: (np.round(per_head, 2), round(one, 2)),
        "rounded to one": lambda: (np.round(per_head, 1), round(one, 1)),
        "rounded to three": lambda: (np.round(per_head, 3), round(one, 3)),
        "n − 1": lambda: (n / (n - 1) * per_head, n / (n - 1) * one),
        "n + 1": lambda: (n / (n + 1) * per_head, n / (n + 1) * one),
        "joint for each": lambda: (per_head, one + 0 * share),
    }.get(returned, lambda: (per_head, one))()


@family(
    "angle_error",
    in_pairs=False,
    way={
        "border short by 1": "The way across the border is one step too short: from the last "
        "class to class 0 it is one step.",
        "border long by 1": "The way across the border is one step too long: from the last class "
        "to class 0 it is one step.",
        "full": "The way across the border is taken from twice the number of directions: half a "
        "turn has all of them.",
        "modulo half": "The distance is taken modulo half the directions. From there on the other "
        "way is shorter, and the distance does not start at 0 again.",
        "product": "The two ways are multiplied. Take the shorter one.",
        "mean": "The mean of the two ways is taken. Take the shorter one.",
        "nearest to 0": "The distance from class 0 is compared, not that between the lines. "
        "Subtract the classes first.",
        "12": "The way across the border is always taken from 12. Use `directions`.",
        "90": "The way across the border is taken from 90°, but it should be 180° minus the other "
        "way.",
        "added": "The classes are added: subtract them.",
        "from 360": "Above 90° the angle is subtracted from 360°: half a turn makes the same line, "
        "subtract it from 180°.",
        "one side": "The other way is only taken where `predicted` is the smaller class. Take the "
        "absolute value of the difference first.",
        "other side": "The other way is only taken where `predicted` is the larger class. Take the "
        "absolute value of the difference first.",
        "modulo more than half": "The distance is taken modulo one more than half the directions. "
        "From there on the other way is shorter, and the distance does not start at 0 again.",
    },
    step={
        "15": "A step is always 15°, but it should be 180° divided by `directions`.",
        "directions − 1": "The step is 180° divided by one less than the number of directions: "
        "divide by their number.",
        "directions + 1": "The step is 180° divided by one more than the number of directions: "
        "divide by their number.",
        "whole": "The step is rounded down to whole degrees: 180° / `directions` need not be "
        "whole.",
        "whole angle": "The angles are rounded down to whole degrees: return them as they are.",
        "share": "The angle is a share of half a turn. Multiply by 180°.",
        "right angle": "The step is 90° divided by `directions`. All directions together make "
        "180°.",
        "inverted": "The step is `directions` divided by 180, but it should be the other way "
        "round.",
        "turn by radians": "The step is 2π divided by `directions`, but it should be 180° divided "
        "by `directions`.",
    },
    returned={
        "squared": "The errors are squared: return them as they are.",
        "sum": "The errors are added up: return one for each image.",
        "maximum": "The largest error is returned: return one for each image.",
        "median": "The median of the errors is returned: return one for each image.",
        "rest": "This is 90° minus the error.",
        "supplement": "This is 180° minus the error, the larger angle. Return the smaller one.",
        "sine": "The sine of the angle is returned. Return degrees.",
        "cosine": "The cosine of the angle is returned. Return degrees.",
        "sorted": "The errors are sorted: return them in the order of the images.",
        "cosine of degrees": "A function that takes radians, such as `np.cos`, is given degrees: "
        "convert them, or do without it.",
        "cosine of all degrees": "A function that takes radians, such as `np.cos`, is given degrees: "
        "convert them, or do without it.",
        "signed cosine of degrees": "A function that takes radians, such as `np.cos`, is given degrees: "
        "convert them, or do without it.",
        "doubled cosine of degrees": "A function that takes radians, such as `np.cos`, is given degrees: "
        "convert them, or do without it.",
        "wrong": "It only says which images are wrong. Return by how many degrees.",
        "half": "The errors are halved.",
        "negative": "The sign of the errors is turned round, but they should be sizes, from 0° to "
        "90°.",
    },
)
@family(
    "angle_error",
    way={
        "across": "The difference of the numbers is not the angle between the lines. 0° and 165° "
        "are 15° apart, so the way across the border counts, too.",
        "one way": "The lines are turned in one direction only (`%` alone). The shorter of the "
        "two ways is asked for.",
        "longer": "This is the longer way round. Take the shorter one.",
        "cut": "Angles above 90° are cut to 90°: there the other way is shorter, 180° minus it.",
        "without abs": "The minimum is taken of a difference with a sign. Take the absolute value "
        "first.",
        "signed": "The error has a sign: take its absolute value.",
        "difference": "The difference keeps its sign, and the way across the border is left out. "
        "Lines at 0° and 165° are 15° apart.",
        "zero": "Where the way across the border is shorter the error is 0, but it should be the "
        "shorter way.",
        "one way modulo half": "`%` with half of the directions makes right angles 0°: take the shorter "
        "way, the minimum of both.",
        "bytes": "The classes are bytes, whose differences wrap round at 256: convert them first.",
        "bytes, apart": "The classes are bytes, whose differences wrap round at 256: convert them first.",
        "only across": "The error is 0 unless the way across the border is the shorter one: take the "
        "minimum of both ways.",
    },
    step={
        "classes": "The error counts classes. A step of one class is 180° divided by `directions`.",
        "turn": "The step is 360° divided by `directions`. All directions together make half a "
        "turn, 180°.",
        "radians": "The error is in radians. Return degrees.",
    },
    returned={
        "mean": "The mean of the errors is returned: return one for each image.",
        "signed": "The errors keep the sign of the difference, but they should be sizes, from 0° "
        "to 90°.",
        "signed otherwise": "The errors keep the sign of the difference, but they should be sizes, "
        "from 0° to 90°.",
    },
)
def angle_error(predicted, true, directions, way="shorter", step="degrees", returned="each"):
    difference = predicted - true
    apart = abs(difference)
    half = directions / 2
    shorter = np.minimum(apart, directions - apart)
    unit = 180 / directions
    steps = {
        "across": lambda: apart,
        "one way": lambda: difference % directions,
        "longer": lambda: np.maximum(apart, directions - apart),
        "cut": lambda: np.minimum(apart, half),
        "without abs": lambda: np.minimum(difference, directions - difference),
        "signed": lambda: (difference + half) % directions - half,
        "difference": lambda: difference,
        "zero": lambda: np.where(apart > half, 0, apart),
        "border short by 1": lambda: np.minimum(apart, abs(directions - 1 - apart)),
        "border long by 1": lambda: np.minimum(apart, directions + 1 - apart),
        "full": lambda: np.minimum(apart, 2 * directions - apart),
        "modulo half": lambda: apart % half,
        "one way modulo half": lambda: difference % (directions // 2),
        "bytes": lambda: np.minimum(difference % 256, (directions - difference) % 256),
        "bytes, apart": lambda: np.minimum(difference % 256, abs(directions - difference % 256)),
        "only across": lambda: np.where(apart >= half, directions - apart, 0),
        "modulo more than half": lambda: apart % (directions // 2 + 1),
        "from 360": lambda: np.where(apart > half, 2 * directions - apart, apart),
        "one side": lambda: np.minimum(apart, abs(difference + directions)),
        "other side": lambda: np.minimum(apart, abs(difference - directions)),
        "product": lambda: apart * (directions - apart),
        "mean": lambda: half + 0 * apart,
        "nearest to 0": lambda: abs(
            np.minimum(predicted, directions - predicted) - np.minimum(true, directions - true)
        ),
        "12": lambda: np.minimum(apart, abs(12 - apart)),
        "90": lambda: np.minimum(apart, abs(half - apart)),
        "added": lambda: np.minimum(predicted + true, abs(directions - predicted - true)),
    }.get(way, lambda: shorter)()
    unit = {
        "classes": 1,
        "turn": 360 / directions,
        "radians": np.pi / directions,
        "15": 15,
        "directions − 1": 180 / (directions - 1),
        "directions + 1": 180 / (directions + 1),
        "whole": 180 // directions,
        "share": 1 / directions,
        "right angle": 90 / directions,
        "inverted": directions / 180,
        "turn by radians": 2 * np.pi / directions,
    }.get(step, unit)
    angle = steps * float(unit)
    if step == "whole angle":
        angle = np.trunc(angle)
    return {
        "mean": lambda: angle.mean(),
        "squared": lambda: angle**2,
        "sum": lambda: angle.sum(),
        "maximum": lambda: angle.max(),
        "median": lambda: np.median(angle),
        "rest": lambda: 90 - angle,
        "supplement": lambda: 180 - angle,
        "sine": lambda: np.sin(np.radians(angle)),
        "cosine": lambda: np.cos(np.radians(angle)),
        "sorted": lambda: np.sort(angle),
        "cosine of degrees": lambda: np.degrees(np.arccos(np.clip(abs(np.cos(angle)), 0, 1))),
        "cosine of all degrees": lambda: np.degrees(np.arccos(abs(np.cos(difference * unit)))),
        "signed cosine of degrees": lambda: np.degrees(np.arccos(np.cos(difference * unit))),
        "doubled cosine of degrees": lambda: (
            np.degrees(np.arccos(np.cos(2 * difference * unit))) / 2
        ),
        "wrong": lambda: (angle > 0) * 1.0,
        "half": lambda: angle / 2,
        "negative": lambda: -angle,
        "signed": lambda: np.where(difference < 0, -angle, angle),
        "signed otherwise": lambda: np.where((difference < 0) & (apart < half), -angle, angle),
    }.get(returned, lambda: angle)()


SAME_AREA = "Choose as many pixels as the mask has."


@family(
    "mask_iou",
    in_pairs=False,
    area={
        ("maximum", x): f"What exceeds a share of the maximum is chosen. {SAME_AREA}"
        for x in TENTHS
    }
    | {
        ("range", x): f"What exceeds a share of the map's range is chosen. {SAME_AREA}"
        for x in TENTHS
    }
    | {("value", x): f"What exceeds a fixed value is chosen. {SAME_AREA}" for x in TENTHS}
    | {("quantile", x): f"A fixed share of all pixels is chosen. {SAME_AREA}" for x in TENTHS},
)
@family(
    "mask_iou",
    in_pairs=False,
    ranked={
        "rectified": "Negative values are made 0 before the values are ranked: rank all of them, for a map may be negative everywhere.",
        "rectified, in order": "Negative values are made 0 before the values are ranked: rank all of them, for a map may be negative everywhere.",
        "rectified, from behind": "Negative values are made 0 before the values are ranked: rank all of them, for a map may be negative everywhere.",
        "positive alone": "Only pixels above 0 are chosen: rank all of them, for a map may be negative everywhere.",
        "squares": "The squares are ranked, so that evidence against the class is chosen, too: rank the values with their sign.",
        "rows of the mask": "In each row as many pixels are chosen as the mask has there. Rank the whole map.",
        "columns of the mask": "In each column as many pixels are chosen as the mask has there. Rank the whole map.",
        "columns": "The highest values are looked for column by column. Rank the whole map.",
        "rows equally": "The same number of pixels is chosen in each row. Rank the whole map.",
        "row means": "Rows are ranked by their means. Rank pixels.",
        "map of the next": "Each mask is compared with the map of another image.",
        "mean map": "All images are ranked by the mean of the maps: each has its own.",
        "from the middle": "The pixels around the middle of the order are chosen: take the highest ones.",
        "behind the highest": "The pixels that come behind the highest ones are chosen. Take as many of the highest as the mask has.",
        "mask in columns": "The masks are read column by column, the maps row by row: use the same order for both.",
        "upside down": "Maps and masks are turned against each other: pixel [i, j] of the map belongs to pixel [i, j] of the mask.",
    },
    area={
        "tenth, rounded down": "A tenth of all pixels is chosen. Choose as many as the mask has.",
        "twentieth": "A twentieth of all pixels is chosen. Choose as many as the mask has.",
        "hundredth": "A hundredth of all pixels is chosen. Choose as many as the mask has.",
        "third": "A third of all pixels is chosen. Choose as many as the mask has.",
        "3": "A fixed number of pixels is chosen, 3. Choose as many as the mask has.",
        "5": "A fixed number of pixels is chosen, 5. Choose as many as the mask has.",
        "10": "A fixed number of pixels is chosen, 10. Choose as many as the mask has.",
        "20": "A fixed number of pixels is chosen, 20. Choose as many as the mask has.",
        "50": "A fixed number of pixels is chosen, 50. Choose as many as the mask has.",
        "next": "Each map gets as many pixels as the mask of another image has: each mask has an area of its own.",
        "least": "Each map gets as many pixels as the smallest mask has: each mask has an area of its own.",
        "most": "Each map gets as many pixels as the largest mask has: each mask has an area of its own.",
        "mean, rounded": "Each map gets as many pixels as a mask has on average: each mask has an area of its own.",
        "so far": "As many pixels are chosen as all masks so far have together: start anew for each image.",
        "quantile": "A quantile is the limit, and its place is a fraction, so that the number of pixels may be another one. Choose exactly as many pixels as the mask has.",
        "mean share": "The limit is the quantile of the masks' mean share: each mask has an area of its own.",
        "quantile of the share": "The limit is the quantile at the mask's share. It belongs at 1 minus the share, since the highest values are asked for.",
        "nine tenths of the maximum": "What exceeds nine tenths of the maximum or so is chosen. Choose as many pixels as the mask has.",
        "two deviations": "What exceeds the mean by two standard deviations is chosen. Choose as many pixels as the mask has.",
        "mean of what is positive": "What exceeds the mean of the positive values is chosen. Choose as many pixels as the mask has.",
        "mean magnitude": "What exceeds the mean of the absolute values is chosen. Choose as many pixels as the mask has.",
        "width": "As many pixels are chosen as the map has columns. Choose as many as the mask has.",
        "rows of the mask": "As many pixels are chosen as the mask has rows. Choose as many as it has pixels.",
        "two more": "Two pixels too many are chosen. Choose as many as the mask has.",
        "two less": "Two pixels too few are chosen. Choose as many as the mask has.",
        "inside": "The limit is the median of the map inside the mask. Choose as many pixels as the mask has.",
        "none": "All pixels are chosen. Choose as many as the mask has.",
    },
    ratio={
        "smoothed": "1 is added to the intersection and to the union. Divide the one by the other as they are.",
        "mass": "This is the share of the map's sum that lies inside the mask. Choose pixels first, by the order of their values.",
        "positive mass": "This is the share of the positive values' sum that lies inside the mask. Choose pixels first, by the order of their values.",
        "mean inside": "This is the mean of the map inside the mask. Choose pixels first, by the order of their values.",
        "mean difference": "This is how far the mean inside of the mask is above that outside. Choose pixels first, by the order of their values.",
        "highest inside": "It is only asked whether the highest pixel lies in the mask. Choose as many pixels as the mask has.",
        "correlation": "This is the correlation of map and mask. Choose pixels first, by the order of their values.",
        "by the smaller": "The intersection is divided by the smaller area. Divide by the union.",
        "missed": "This is the share of the mask that is not chosen. Divide the intersection by the union.",
        "rounded": "The numbers are rounded: return them as they are.",
        "rounded to three": "The numbers are rounded: return them as they are.",
        "squared": "The number is squared: leave that out.",
        "union in pixels": "The union is returned in pixels. Divide the intersection by it.",
    },
    returned={
        "one for all": "Every image gets the number of all images together: each has its own.",
        "mean for all": "Every image gets the mean of all images: each has its own.",
        "first for all": "Every image gets the number of the first one: each has its own.",
        "last for all": "Every image gets the number of the last one: each has its own.",
        "first alone": "Only the first number is set, the others stay 0: does `return` or an index end a loop early?",
        "without the last": "The last image is left out: does a loop end one too early?",
        "without the first": "The first image is left out: does a loop start at 1?",
        "backwards": "The numbers stand in reversed order.",
        "running mean": "Each number is the mean of the images so far: each image has its own.",
        "running sum": "The numbers are added up from image to image: start anew for each image.",
        "minimum": "The worst of the images is returned: return one number for each image.",
        "pooled so far": "Intersection and union are added up from image to image: start anew for each image.",
    },
)
@family(
    "mask_iou",
    in_pairs=False,
    ranked={
        "first map": "All images are ranked by the first map: each has its own.",
        "rows": "The highest values are looked for row by row. Rank the whole map.",
        "together": "The pixels of all images are ranked together: rank each map on its own.",
        "transposed": "Rows and columns of the maps are swapped.",
        "unranked": "The first pixels are chosen, whatever the map says: take those with the "
        "highest values.",
        "mask turned round": "The masks are turned round: True is what belongs to the mask.",
        "next mask": "Each map is compared with the mask of another image.",
        "first mask": "Every map is compared with the first mask: each has its own.",
        "middle": "Values in the middle are chosen: take the highest ones.",
        "by height": "The flat places are divided by the height of the map. A row of the map is as "
        "long as the map is wide, so the row is `place // width`.",
        "stretched": "The values are only stretched to 0 … 1 and compared with the mask as they "
        "are. Choose pixels by the order of their values.",
    },
    area={
        "double": "Twice as many pixels as the mask has are chosen. Choose as many as the mask "
        "has.",
        "half": "Half as many pixels as the mask has are chosen. Choose as many as the mask has.",
        "rest": "As many pixels are chosen as lie outside of the mask. Choose as many as lie "
        "inside.",
        "half of the pixels": "Half of all pixels are chosen. Choose as many as the mask has.",
        "quarter": "A quarter of all pixels is chosen. Choose as many as the mask has.",
        "fifth": "A fifth of all pixels is chosen. Choose as many as the mask has.",
        "all masks": "As many pixels are chosen as all masks have together: each mask has an area "
        "of its own.",
        "mean": "Each map gets as many pixels as a mask has on average: each mask has an area of "
        "its own.",
        "last": "Each map gets as many pixels as the last mask has: each mask has an area of its "
        "own.",
        "height": "As many pixels are chosen as the map has rows. Choose as many as the mask has.",
        "one": "Only the highest pixel is chosen. Choose as many as the mask has.",
        "positive": "All positive values are chosen. Choose as many pixels as the mask has.",
        "median": "What exceeds the map's median is chosen. Choose as many pixels as the mask has.",
        "0.5": "What exceeds 0.5 is chosen. Choose as many pixels as the mask has.",
        "half range": "What exceeds the middle between minimum and maximum is chosen. Choose as "
        "many pixels as the mask has.",
        "mean of the mask": "What exceeds the map's mean inside the mask is chosen. Choose as "
        "many pixels as the mask has.",
        "least of the mask": "All values that reach the lowest value inside the mask are chosen. "
        "Choose as many pixels as the mask has.",
        "fifth of the maximum": "What exceeds a fifth of the maximum is chosen. Choose as many "
        "pixels as the mask has.",
        "mean of all maps": "What exceeds the mean of all maps is chosen. Choose as many pixels "
        "as the mask has.",
        "half of the largest of all": "What exceeds half of the maximum of all maps is chosen. "
        "Choose as many pixels as the mask has.",
        "not 0": "What is not 0 is chosen. Choose as many pixels as the mask has.",
        "deviation": "What exceeds the mean by a standard deviation is chosen. Choose as many "
        "pixels as the mask has.",
        "one limit": "One limit is used for all maps, the mean of their own: each map has its own.",
    },
    ratio={
        "all pixels": "The intersection is divided by all pixels of the map. Divide by the union.",
        "union": "The union is returned as a share of the pixels: divide the intersection by it.",
        "inverted": "The union is divided by the intersection, but it should be the other way "
        "round.",
        "difference": "The union leaves out the intersection (`^`): it holds every pixel of "
        "either, the intersection too.",
        "plus 1": "The union has 1 added. Divide by the union alone.",
        "outside": "This is the intersection over union of what lies outside of both. Take that "
        "of the chosen pixels and the mask.",
        "both": "The mean of inside and outside is taken, as for two classes. Take that of the "
        "chosen pixels and the mask.",
        "outside share": "This is the share of chosen pixels outside of the mask. Divide the "
        "intersection by the union.",
        "root": "The square root is taken: leave it out.",
        "weighted": "Values are added up where pixels are counted: only their order should count.",
        "minimum": "The values of map and mask are compared as they are. Choose pixels first.",
    },
    returned={
        "together": "All images are counted together: return one number for each image.",
        "maximum": "The best of the images is returned: return one number for each image.",
        "sum": "The numbers of the images are added up: return one for each image.",
        "percent": "These are percentages. Return numbers from 0 to 1.",
        "axis": "The result has an axis too many. Return (N,).",
        "first": "Only the first image is answered: return one number for each image.",
        "last": "Only the last image is answered: return one number for each image.",
        "sorted": "The numbers are sorted: return them in the order of the images.",
        "cumulative": "The pixels of earlier images stay chosen: start anew for each image.",
    },
)
@family(
    "mask_iou",
    ranked={
        "magnitude": "The absolute values are ranked: rank the values with their sign.",
        "lowest": "The lowest values are chosen: take the highest ones.",
        "places": "The places that `argsort` gives are taken for ranks: they say which pixel "
        "comes k-th, not where a pixel comes.",
    },
    area={
        "one less": "One pixel too few is chosen. Choose as many as the mask has (`>=`, not `>`).",
        "one more": "One pixel too many is chosen. Choose as many as the mask has.",
        "first": "Each map gets as many pixels as the first mask has: each mask has an area of "
        "its own.",
        "tenth": "A tenth of all pixels is chosen. Choose as many as the mask has.",
        "half of the maximum": "What exceeds half of the maximum is chosen. Choose as many pixels "
        "as the mask has.",
        "mean of the map": "What exceeds the map's mean is chosen. Choose as many pixels as the "
        "mask has.",
    },
    ratio={
        "mask": "The intersection is divided by the area of the mask, not by the union.",
        "sum": "The intersection is divided by the sum of both areas, which counts it twice. "
        "Divide by the union.",
        "dice": "This is the Dice coefficient, twice the intersection by the sum of both areas. "
        "Divide the intersection by the union.",
        "agreement": "This is the share of pixels on which both agree, background too. Divide the "
        "intersection by the union.",
        "pixels": "This is the intersection in pixels: divide it by the union.",
        "distance": "This is 1 minus the intersection over union.",
    },
    returned={
        "mean": "The mean over the images is returned: return one number for each image.",
    },
)
def mask_iou(maps, masks, ranked="highest", area="mask", ratio="by union", returned="each"):
    pixels = masks[0].size
    masks = {
        "mask turned round": ~masks,
        "next mask": np.roll(masks, 1, axis=0),
        "first mask": np.repeat(masks[:1], len(masks), axis=0),
    }.get(ranked, masks)

    def chosen_of(number, image, mask):
        values = {
            "magnitude": lambda: abs(image),
            "lowest": lambda: -image,
            "first map": lambda: maps[0],
            "transposed": lambda: image.T,
            "unranked": lambda: -np.arange(image.size),
            "middle": lambda: -abs(image - np.median(image)),
            "rows": lambda: image - image.max(axis=1, keepdims=True),
            "columns": lambda: image - image.max(axis=0, keepdims=True),
            "rectified": lambda: np.maximum(image, 0),
            "rectified, in order": lambda: np.maximum(image, 0),
            "rectified, from behind": lambda: np.maximum(image, 0)[::-1, ::-1],
            "squares": lambda: image**2,
            "row means": lambda: image.mean(axis=1, keepdims=True) + 0 * image,
            "mean map": lambda: maps.mean(axis=0),
            "upside down": lambda: image[::-1],
        }.get(ranked, lambda: image)()
        if ranked in ("rows of the mask", "columns of the mask", "rows equally"):
            along = 0 if ranked == "columns of the mask" else 1
            rank = np.argsort(np.argsort(-image, axis=along), axis=along)
            each = mask.sum(axis=along, keepdims=True)
            return (rank < (mask.sum() // len(mask) if ranked == "rows equally" else each)).ravel()
        values, flat = values.ravel(), mask.ravel()
        size = flat.sum()
        limit = area[1] if isinstance(area, tuple) else 0
        least = {
            "half of the maximum": lambda: values.max() / 2,
            "mean of the map": lambda: values.mean(),
            "positive": lambda: 0,
            "median": lambda: np.median(values),
            "0.5": lambda: 0.5,
            "half range": lambda: (values.min() + values.max()) / 2,
            "mean of the mask": lambda: values[flat].mean(),
            "least of the mask": lambda: values[flat].min() - 1e-9,
            "fifth of the maximum": lambda: values.max() / 5,
            "deviation": lambda: values.mean() + values.std(),
            "mean of all maps": lambda: maps.mean(),
            "half of the largest of all": lambda: maps.max() / 2,
            "quantile": lambda: np.quantile(values, 1 - flat.mean()),
            "mean share": lambda: np.quantile(values, 1 - masks.mean()),
            "quantile of the share": lambda: np.quantile(values, flat.mean()),
            "nine tenths of the maximum": lambda: 0.9 * values.max(),
            "two deviations": lambda: values.mean() + 2 * values.std(),
            "mean of what is positive": lambda: values[values > 0].mean(),
            "mean magnitude": lambda: abs(values).mean(),
            "inside": lambda: np.median(values[flat]),
            "none": lambda: -np.inf,
            ("maximum", limit): lambda: limit * values.max(),
            ("range", limit): lambda: (1 - limit) * values.min() + limit * values.max(),
            ("value", limit): lambda: limit,
            ("quantile", limit): lambda: np.quantile(values, limit),
        }
        if area in least:
            return values > least[area]()
        if area == "one limit":
            flats = zip(maps.reshape(len(maps), -1), masks.sum(axis=(1, 2)), strict=True)
            return values > np.mean([np.sort(one)[-k] for one, k in flats])
        if area == "not 0":
            return values != 0
        if ranked == "together":
            return values >= np.sort(maps, axis=None)[-masks.sum()]
        count = {
            "one less": size - 1,
            "one more": size + 1,
            "first": masks[0].sum(),
            "last": masks[-1].sum(),
            "tenth": round(pixels / 10),
            "double": 2 * size,
            "half": size // 2,
            "rest": pixels - size,
            "half of the pixels": pixels // 2,
            "quarter": pixels // 4,
            "fifth": pixels // 5,
            "all masks": min(masks.sum(), pixels),
            "mean": int(masks.sum() / len(masks)),
            "height": len(mask),
            "one": 1,
            "tenth, rounded down": pixels // 10,
            "twentieth": pixels // 20,
            "hundredth": pixels // 100,
            "third": pixels // 3,
            "next": np.roll(masks, 1, axis=0)[number].sum(),
            "least": masks.sum(axis=(1, 2)).min(),
            "most": masks.sum(axis=(1, 2)).max(),
            "mean, rounded": round(masks.sum() / len(masks)),
            "so far": min(masks[: number + 1].sum(), pixels),
            "width": mask.shape[1],
            "rows of the mask": mask.any(axis=1).sum(),
            "two more": size + 2,
            "two less": size - 2,
        }.get(area, int(area) if area.isdigit() else size)
        order = np.argsort(-values, kind="stable")
        if ranked == "rectified":
            return values >= values[order[count - 1]]
        if ranked == "positive alone":
            order = order[values[order] > 0]
        elif ranked == "rectified, from behind":
            order = pixels - 1 - order
        elif ranked == "behind the highest":
            order = order[count:]
        elif ranked == "from the middle":
            order = order[(pixels - count) // 2 :]
        if ranked == "places":
            return order < count
        chosen = np.zeros(pixels, bool)
        if ranked == "by height":
            high = np.argsort(values)[-count:]
            chosen.reshape(mask.shape)[high // len(mask), high % len(mask)] = True
            return chosen
        chosen[order[:count]] = True
        return chosen

    def ratio_of(values, chosen, mask):
        if ranked == "stretched":
            values = (values - values.min()) / np.ptp(values)
            return np.minimum(values, mask).sum() / np.maximum(values, mask).sum()
        both, union = (chosen & mask).sum(), (chosen | mask).sum()
        outside = (~chosen & ~mask).sum() / (~chosen | ~mask).sum()
        return {
            "mask": lambda: both / mask.sum(),
            "sum": lambda: both / (chosen.sum() + mask.sum()),
            "dice": lambda: 2 * both / (chosen.sum() + mask.sum()),
            "agreement": lambda: (chosen == mask).mean(),
            "pixels": lambda: both * 1.0,
            "distance": lambda: 1 - both / union,
            "all pixels": lambda: both / pixels,
            "union": lambda: union / pixels,
            "inverted": lambda: union / both,
            "difference": lambda: both / (chosen ^ mask).sum(),
            "plus 1": lambda: both / (union + 1),
            "outside": lambda: outside,
            "both": lambda: (both / union + outside) / 2,
            "outside share": lambda: (chosen & ~mask).sum() / chosen.sum(),
            "root": lambda: np.sqrt(both / union),
            "weighted": lambda: values[chosen & mask].sum() / values[chosen | mask].sum(),
            "minimum": lambda: np.minimum(values, mask).sum() / np.maximum(values, mask).sum(),
            "smoothed": lambda: (both + 1) / (union + 1),
            "mass": lambda: values[mask].sum() / values.sum(),
            "positive mass": lambda: (
                np.maximum(values, 0)[mask].sum() / np.maximum(values, 0).sum()
            ),
            "mean inside": lambda: values[mask].mean(),
            "mean difference": lambda: values[mask].mean() - values[~mask].mean(),
            "highest inside": lambda: mask[values.argmax()] * 1.0,
            "correlation": lambda: np.corrcoef(values, mask)[0, 1],
            "by the smaller": lambda: both / min(mask.sum(), chosen.sum()),
            "missed": lambda: 1 - both / mask.sum(),
            "rounded": lambda: np.round(both / union, 2),
            "rounded to three": lambda: np.round(both / union, 3),
            "squared": lambda: (both / union) ** 2,
            "union in pixels": lambda: union * 1.0,
        }.get(ratio, lambda: both / union)()

    shown = np.roll(maps, 1, axis=0) if ranked == "map of the next" else maps
    pairs = enumerate(zip(shown, masks, strict=True))
    chosen = np.array([chosen_of(number, *pair) for number, pair in pairs])
    flat = (masks.swapaxes(1, 2) if ranked == "mask in columns" else masks).reshape(len(masks), -1)
    if returned == "pooled so far":
        return np.cumsum((chosen & flat).sum(axis=1)) / np.cumsum((chosen | flat).sum(axis=1))
    if returned == "one for all":
        return (chosen & flat).sum() / (chosen | flat).sum() + np.zeros(len(masks))
    if returned == "cumulative":
        chosen = np.logical_or.accumulate(chosen)
    elif returned == "together":
        return ratio_of(maps.ravel(), chosen.ravel(), flat.ravel())
    images = zip(maps.reshape(len(maps), -1), chosen, flat, strict=True)
    result = np.array([ratio_of(*image) for image in images])
    return {
        "mean": lambda: result.mean(),
        "maximum": lambda: result.max(),
        "sum": lambda: result.sum(),
        "percent": lambda: 100 * result,
        "axis": lambda: result[:, None],
        "first": lambda: result[:1],
        "last": lambda: result[-1:],
        "sorted": lambda: np.sort(result),
        "mean for all": lambda: result.mean() + 0 * result,
        "first for all": lambda: result[0] + 0 * result,
        "last for all": lambda: result[-1] + 0 * result,
        "first alone": lambda: result * (np.arange(len(result)) == 0),
        "without the last": lambda: result[:-1],
        "without the first": lambda: result[1:],
        "backwards": lambda: result[::-1],
        "running mean": lambda: result.cumsum() / np.arange(1, len(result) + 1),
        "running sum": lambda: result.cumsum(),
        "minimum": lambda: result.min(),
    }.get(returned, lambda: result)()


@family(
    "without_filter",
    in_pairs=False,
    silent={
        "negated": "The filter's sign is turned round: set it to 0.",
        "halved": "The filter is halved: set it to 0.",
        "maximum": "The filter is set to its maximum: set it to 0.",
        "one": "The filter is set to 1: set it to 0.",
        "image mean": "The filter is set to its mean in each image: set it to 0.",
        "mean of images": "The filter is set to its mean over the images: set it to 0.",
        "shuffled": "The filter's maps are exchanged between the images: set them to 0.",
        "next": "The next filter is silenced. Row k belongs to filter k.",
        "before": "The filter before is silenced. Row k belongs to filter k.",
        "up to": "This filter and all before it are silenced: work on a fresh copy for each.",
        "from": "This filter and all behind it are silenced: silence this one alone.",
        "before this": "All filters before this one are silenced: silence this one alone.",
        "pair": "This filter and the next one are silenced: silence this one alone.",
        "first pixel": "Only the filter's first pixel is silenced: silence it at all of them.",
        "first row": "Only the first row of the filter's map is silenced: silence all of it.",
        "first column": "Only the first column of the filter's map is silenced: silence all of it.",
        "images but the last": "The filter is not silenced in the last image: silence it in every "
        "image.",
        "image": "An image is silenced, not a filter. The filters are the last axis.",
        "stretch": "The others are made stronger to make up for the silent filter: set it to 0 "
        "and leave the others.",
        "weakest": "Where the filter is active it is only cut to the weakest filter: set it to 0.",
        "negative values": "Only the filter's negative values become 0: set all of them to 0.",
        "positive values": "Only the filter's positive values become 0: set all of them to 0.",
        "first rows": "A row of the maps is silenced, axis 1, one after the other. The filters are the last "
        "axis, `features.shape[-1]` of them.",
        "first columns": "A column of the maps is silenced, axis 2, one after the other. The filters are "
        "the last axis, `features.shape[-1]` of them.",
        "each image": "An image is silenced, axis 0, one after the other. The filters are the last axis, "
        "`features.shape[-1]` of them.",
        "each value": "Each value of the flattened features is silenced in turn. A filter has a value at "
        "every pixel.",
        "pixel": "A pixel is silenced, in all filters. A filter is an entry of the last axis.",
        "minimum": "The filter is set to its minimum: set it to 0.",
        "median": "The filter is set to its median: set it to 0.",
        "all": "All filters are silenced: silence this one alone.",
        "first": "The first filter is silenced every time. Row k belongs to filter k.",
        "last": "The last filter is silenced every time. Row k belongs to filter k.",
        "other one": "The filters are counted from the end. Row k belongs to filter k.",
    },
    logits={
        "subtracted": "The biases are subtracted: add them.",
        "twice": "The biases are added twice.",
        "first bias": "Each head takes the first unit's bias for all of its units: each unit has "
        "its own.",
        "mean": "The filter's kernel is averaged over the pixels: each pixel has its own weights.",
        "rows and columns": "Rows and columns are swapped when the features are flattened: keep "
        "their order.",
        "relu": "A ReLU is applied to the logits: compare them as they are.",
        "pooled": "The features are averaged over the pixels: flatten them.",
        "first head's bias": "All heads take the first head's bias: each has its own.",
        "images flat": "The features are flattened with the images as their last axis, which mixes the "
        "images up. `reshape(len(features), -1)` keeps the images apart.",
        "absolute": "The absolute value of the logits is taken: compare them as they are.",
    },
    decided={
        "all 1": "The heads of one unit always say 1: their class is 1 where the logit is above 0.",
        "single turned round": "The two classes of the heads of one unit are exchanged. Class 1 "
        "is where the logit is above 0.",
        "single above mean": "The threshold of the heads of one unit is the mean logit, but it "
        "should be 0.",
        "least": "The heads of several units name the class with the smallest logit: take the "
        "largest.",
        "from 1": "The classes of the heads of several units count from 1, but they should count "
        "from 0.",
        "first unit": "The first unit of a head of several units decides alone. Take the arg-max.",
        "several above 0": "The largest logit of a head of several units is compared with 0. Take "
        "the arg-max.",
        "magnitude": "The largest absolute logit decides: take the largest logit, with its sign.",
        "over images": "The arg-max runs over the images, axis 0: it belongs over the units, axis "
        "1.",
        "1": "The threshold of the heads of one unit is 1: a sigmoid is above 0.5 where its logit is above "
        "0.",
        "several from the end": "The classes of the heads of several units are counted from the end.",
        "several last": "The last unit of a head of several units decides alone. Take the arg-max.",
        "several half": "A head of several units names a class only where its probability is above one "
        "half. Take the arg-max.",
        "several without the first": "The first unit of a head of several units is left out of the "
        "arg-max.",
        "several without the last": "The last unit of a head of several units is left out of the arg-max.",
        "several first above 0": "The first unit above 0 decides, the arg-max of a comparison. Take the "
        "arg-max of the logits.",
        "rounded": "The logits of the heads of one unit are rounded to a class. The class is 1 where the "
        "logit is above 0.",
        "truncated": "The logits of the heads of one unit are cut to whole numbers. The class is 1 where "
        "the logit is above 0.",
    },
    measured={
        "pairs": "The classes of a head of one unit have shape (N, 1), and each is compared with the "
        "truth of every image. Take the column `[:, 0]`.",
        "of heads": "The accuracies are divided by the number of heads: each head has its own.",
        "percent": "These are percentages. Return shares from 0 to 1.",
        "count": "These are counts. Divide by the number of images.",
        "ratio": "This is the accuracy relative to that with all filters. Return the accuracy "
        "that is left.",
        "relative loss": "This is the relative loss of accuracy. Return the accuracy that is left.",
        "gain": "This is the accuracy that is left minus the accuracy before. Return what is left.",
        "unchanged": "The decisions are compared with those of all filters: compare them with "
        "`truth`.",
        "changed": "This is the share of decisions that change. Return the accuracy.",
        "logits": "The mean of the largest logits is returned. Return the accuracy.",
        "right before": "Only images that were right before are counted. Take the share of all "
        "images.",
        "one less": "The hits are divided by one less than the number of images.",
        "first truth": "Every head is compared with the first column of `truth`: each has its own.",
        "last truth": "Every head is compared with the last column of `truth`: each has its own.",
        "first classes": "Every column of `truth` is compared with the first head: each head has "
        "its own.",
        "last classes": "Every column of `truth` is compared with the last head: each head has "
        "its own.",
        "single": "Class 0 and every other class are told apart, nothing more. Compare the "
        "classes.",
        "images": "The next image's classes are compared: compare each image with its own.",
        "hits of 1": "Only images whose true class is not 0 are counted. Take the share of all images.",
        "balanced": "The accuracy is averaged over the classes: take the share of all images.",
        "by filters": "The hits are divided by the number of filters. Divide by the number of images.",
        "next head": "Each head is compared with the next column of `truth`: each has its own.",
        "heads backwards": "The heads are compared with the columns of `truth` from the last to the first. "
        "Head k belongs to column k.",
        "mean class": "The mean of the classes is returned. Return the share that equals `truth`.",
        "mean difference": "The mean difference of class and truth is returned. Return the share that "
        "equals `truth`.",
        "whole": "The accuracies are whole numbers: an array of whole numbers cuts off every fraction.",
        "single hits": "A hit is counted where both are 1 alone. Count where class and truth are equal.",
        "first image": "Only the first image is judged. Take the share of all images.",
        "absolute loss": "This is how much the accuracy changes, without a sign. Return the accuracy that "
        "is left.",
    },
    returned={
        "with all": "There is a row too many, for the case that no filter is silent. Return a row "
        "per filter.",
        "joint": "There is one number for each filter, the joint accuracy: return one for each "
        "head.",
        "mean": "The mean over the heads is returned. Return a column per head.",
        "mean of filters": "The mean over the filters is returned. Return a row per filter.",
        "last": "Only the last filter's row is returned. Return a row per filter.",
        "first": "Only the first filter's row is returned. Return a row per filter.",
        "one missing": "The last filter's row is missing: does a loop end one too early?",
        "first missing": "The first filter's row is missing: does a loop start at 1?",
        "reversed": "The filters are in reversed order. Row k belongs to filter k.",
        "heads reversed": "The heads are in reversed order. Column k belongs to head k.",
        "last everywhere": "All rows are those of the last filter: is the same array filled again "
        "and again?",
        "cumulative": "The rows are added up: start anew for each filter.",
        "joint too": "There is a column too many, for the joint accuracy. Return a column per "
        "head.",
        "last head": "All columns hold the last head's accuracy: each head has its own.",
        "sorted": "The rows are sorted. Row k belongs to filter k.",
        "reshaped": "The result is filled head by head and reshaped: a row per filter, a column "
        "per head.",
        "flat": "The result is one long row. Return a row per filter and a column per head.",
        "first head": "All columns hold the first head's accuracy: each head has its own.",
        "only the first head": "Only the first head is judged. Return a column per head.",
        "best": "Only the best accuracy is returned. Return a row per filter and a column per head.",
        "first 0": "The first row stays 0, as an array of zeros that is filled from 1 on.",
        "last 0": "The last row stays 0, as an array of zeros that is not filled to its end.",
        "images too": "What is returned says for each image whether it is right. Take the mean over the "
        "images.",
        "most important first": "The rows are ordered by the loss of accuracy. Row k belongs to filter k.",
        "mean subtracted": "The mean over the filters is subtracted. Return the accuracies themselves.",
        "rest": "The rows are the means of the other filters' rows. Row k belongs to filter k.",
        "one row more of zeros": "There is a row too many, which stays 0. Return a row per filter.",
    },
)
@family(
    "without_filter",
    silent={
        "others": "All other filters are silenced: silence this one alone.",
        "none": "No filter is silenced: is the copy that is changed also the one that is used?",
        "stay": "Filters that were silenced stay silent: work on a fresh copy for each.",
        "first image": "The filter is silenced in the first image alone: silence it in every "
        "image.",
        "mean": "The filter is set to its mean: set it to 0.",
        "value": "One value of the flattened features is silenced. A filter has one at every "
        "pixel.",
        "block": "Neighbouring values of the flattened features are silenced. There the channel "
        "changes fastest. Silence the filter before you flatten.",
        "row": "A row of the maps is silenced, axis 1. A filter is an entry of the last axis.",
        "column": "A column of the maps is silenced, axis 2. A filter is an entry of the last axis.",
    },
    logits={
        "no bias": "The biases are missing.",
        "channels first": "The features are flattened with the channels first. Keep the order of "
        "the axes.",
    },
    decided={
        "0.5": "The threshold of the heads of one unit is 0.5: a sigmoid is above 0.5 where its "
        "logit is above 0.",
        "arg-max": "The heads of one unit always say 0 (so does their arg-max): their class is 1 "
        "where the logit is above 0.",
    },
    measured={
        "loss": "This is the accuracy that is lost. Return the accuracy that is left.",
        "errors": "These are shares of mistakes. Return the accuracies.",
    },
    returned={
        "transposed": "A row per head is returned. Return a row per filter and a column per head.",
        "joint for each": "The share of images on which all heads are right stands in every column: each "
        "head has its own accuracy.",
    },
)
def without_filter(
    features,
    kernels,
    biases,
    truth,
    silent="this",
    logits="with bias",
    decided="each",
    measured="accuracy",
    returned="rows",
):
    n, height, width, filters = features.shape
    x = features.astype(np.float64)
    index = np.arange(filters)
    this = np.eye(filters, dtype=bool)[:, None, None, None, :]
    row, f = index[:, None], index[None]
    masks = {
        "others": row != f,
        "none": np.zeros((filters, filters), bool),
        "stay": f <= row,
        "up to": f <= row,
        "from": f >= row,
        "before this": f < row,
        "next": f == (row + 1) % filters,
        "before": f == (row - 1) % filters,
        "pair": (f == row) | (f == row + 1),
        "all": np.ones((filters, filters), bool),
        "first": (f == 0) & (row >= 0),
        "last": (f == filters - 1) & (row >= 0),
        "other one": f == filters - 1 - row,
    }
    gone = masks[silent][:, None, None, None, :] if silent in masks else this
    image, i, j = (np.arange(size) for size in (n, height, width))
    gone = gone & {
        "first image": (image == 0)[:, None, None, None],
        "images but the last": (image < n - 1)[:, None, None, None],
        "first pixel": ((i == 0)[:, None] & (j == 0))[None, :, :, None],
        "first row": (i == 0)[None, :, None, None],
        "first column": (j == 0)[None, None, :, None],
    }.get(silent, np.True_)
    if silent == "row":
        gone = (i == index[:, None] % height)[:, None, :, None, None]
    elif silent == "column":
        gone = (j == index[:, None] % width)[:, None, None, :, None]
    elif silent == "image":
        gone = (image == index[:, None])[:, :, None, None, None]
    elif silent in ("value", "block"):
        place, size = np.arange(x[0].size), height * width
        gone = place == row if silent == "value" else place // size == row
        gone = gone.reshape(filters, 1, height, width, filters)
    elif silent in ("first rows", "first columns", "each image", "each value", "pixel"):
        gone = {
            "first rows": lambda: (i == i[:, None])[:, None, :, None, None],
            "first columns": lambda: (j == j[:, None])[:, None, None, :, None],
            "each image": lambda: (image == image[:, None])[:, :, None, None, None],
            "each value": lambda: np.eye(x[0].size, dtype=bool).reshape(-1, 1, *x.shape[1:]),
            "pixel": lambda: np.eye(height * width, dtype=bool).reshape(-1, 1, height, width, 1),
        }[silent]()
    elif silent in ("negative values", "positive values"):
        gone = gone & (x < 0 if silent == "negative values" else x > 0)
    other = {
        "mean": lambda: x.mean(axis=(0, 1, 2)),
        "image mean": lambda: x.mean(axis=(1, 2), keepdims=True),
        "mean of images": lambda: x.mean(axis=0),
        "negated": lambda: -x,
        "halved": lambda: x / 2,
        "maximum": lambda: x.max(axis=(0, 1, 2)),
        "one": lambda: 1,
        "shuffled": lambda: np.roll(x, 1, axis=0),
        "weakest": lambda: x.min(axis=-1, keepdims=True),
        "minimum": lambda: x.min(axis=(0, 1, 2)),
        "median": lambda: np.median(x, axis=(0, 1, 2)),
    }.get(silent, lambda: 0)()
    left = np.where(gone, other, x)
    if silent == "stretch":
        left = left * (filters / (filters - 1))
    if returned == "with all" or measured in (
        "loss", "gain", "ratio", "relative loss", "unchanged", "changed", "right before",
        "absolute loss",
    ):  # fmt: skip
        left = np.concatenate([x[None], left])
    if logits == "channels first":
        left = np.moveaxis(left, -1, 2)
    elif logits == "rows and columns":
        left = left.swapaxes(2, 3)
    elif logits == "pooled":
        left = left.mean(axis=(2, 3), keepdims=True) + 0 * left
    flat = left.reshape(len(left), n, -1)
    if logits == "images flat":
        flat = left.reshape(len(left), -1, n).swapaxes(1, 2)
    columns, tops = [], []
    for kernel, bias in zip(kernels, biases, strict=True):
        bias = {
            "no bias": 0 * bias,
            "subtracted": -bias,
            "twice": 2 * bias,
            "first bias": bias[:1],
            "first head's bias": biases[0][:1],
        }.get(logits, bias)
        if logits == "mean":
            kernel = kernel.reshape(-1, filters, kernel.shape[-1])
            kernel = (kernel.mean(axis=0) + 0 * kernel).reshape(-1, kernel.shape[-1])
        z = flat @ kernel + bias
        if logits in ("relu", "absolute"):
            z = np.maximum(z, 0) if logits == "relu" else abs(z)
        tops.append(z.max(axis=-1))
        if z.shape[-1] == 1:
            z = z[..., 0]
            column = {
                "0.5": lambda z=z: z > 0.5,
                "arg-max": lambda z=z: 0 * z,
                "all 1": lambda z=z: 0 * z + 1,
                "single turned round": lambda z=z: z < 0,
                "single above mean": lambda z=z: z > z.mean(axis=-1, keepdims=True),
                "1": lambda z=z: z > 1,
                "rounded": lambda z=z: np.rint(z),
                "truncated": lambda z=z: np.trunc(z),
            }.get(decided, lambda z=z: z > 0)()
        else:
            column = {
                "least": lambda z=z: z.argmin(axis=-1),
                "from 1": lambda z=z: z.argmax(axis=-1) + 1,
                "first unit": lambda z=z: z[..., 0] > 0,
                "several above 0": lambda z=z: z.max(axis=-1) > 0,
                "magnitude": lambda z=z: abs(z).argmax(axis=-1),
                "over images": lambda z=z: z.argmax(axis=1),
                "several from the end": lambda z=z: z.shape[-1] - 1 - z.argmax(axis=-1),
                "several last": lambda z=z: z[..., -1] > 0,
                "several half": lambda z=z: (
                    z.argmax(axis=-1) * (2 * np.exp(z).max(axis=-1) > np.exp(z).sum(axis=-1))
                ),
                "several without the first": lambda z=z: z[..., 1:].argmax(axis=-1),
                "several without the last": lambda z=z: z[..., :-1].argmax(axis=-1),
                "several first above 0": lambda z=z: (z > 0).argmax(axis=-1),
            }.get(decided, lambda z=z: z.argmax(axis=-1))()
        columns.append(column)
    classes = np.stack(columns, axis=-1)
    truth = {
        "first truth": truth[:, :1],
        "last truth": truth[:, -1:],
        "images": np.roll(truth, -1, axis=0),
        "single": truth > 0,
        "next head": np.roll(truth, -1, axis=1),
        "heads backwards": truth[:, ::-1],
    }.get(measured, truth)
    classes = {
        "first classes": classes[..., :1],
        "last classes": classes[..., -1:],
        "single": classes > 0,
    }.get(measured, classes)
    hits = classes == truth
    share = hits.mean(axis=1)
    result = {
        "loss": lambda: share[0] - share[1:],
        "gain": lambda: share[1:] - share[0],
        "ratio": lambda: share[1:] / share[0],
        "relative loss": lambda: (share[0] - share[1:]) / share[0],
        "unchanged": lambda: (classes[1:] == classes[0]).mean(axis=1),
        "changed": lambda: (classes[1:] != classes[0]).mean(axis=1),
        "right before": lambda: (hits[1:] & hits[0]).sum(axis=1) / hits[0].sum(axis=0),
        "errors": lambda: 1 - share,
        "percent": lambda: 100 * share,
        "count": lambda: hits.sum(axis=1) * 1.0,
        "one less": lambda: hits.sum(axis=1) / (n - 1),
        "of heads": lambda: share / len(kernels),
        "pairs": lambda: np.where(
            [kernel.shape[1] == 1 for kernel in kernels],
            np.mean(classes[:, :, None] == truth, axis=(1, 2)),
            share,
        ),
        "logits": lambda: np.stack(tops, axis=-1).mean(axis=1),
        "hits of 1": lambda: (hits & (truth > 0)).sum(axis=1) / (truth > 0).sum(axis=0),
        "single hits": lambda: (hits & (classes > 0)).mean(axis=1),
        "balanced": lambda: np.stack(
            [
                np.mean([hits[:, column == c, h].mean(axis=1) for c in np.unique(column)], axis=0)
                for h, column in enumerate(truth.T)
            ],
            axis=-1,
        ),
        "by filters": lambda: hits.sum(axis=1) / filters,
        "mean class": lambda: classes.mean(axis=1),
        "mean difference": lambda: abs(classes * 1.0 - truth).mean(axis=1),
        "whole": lambda: np.trunc(share),
        "first image": lambda: hits[:, 0] * 1.0,
        "absolute loss": lambda: abs(share[0] - share[1:]),
    }.get(measured, lambda: share)()
    return {
        "transposed": lambda: result.T,
        "joint": lambda: hits.all(axis=-1).mean(axis=1),
        "joint for each": lambda: hits.all(axis=-1).mean(axis=1)[:, None] + 0 * result,
        "joint too": lambda: np.c_[result, hits.all(axis=-1).mean(axis=1)],
        "mean": lambda: result.mean(axis=1),
        "mean of filters": lambda: result.mean(axis=0),
        "last": lambda: result[-1],
        "first": lambda: result[0],
        "one missing": lambda: result[:-1],
        "first missing": lambda: result[1:],
        "reversed": lambda: result[::-1],
        "heads reversed": lambda: result[:, ::-1],
        "last everywhere": lambda: result[-1:] + 0 * result,
        "cumulative": lambda: result.cumsum(axis=0),
        "last head": lambda: result[:, -1:] + 0 * result,
        "sorted": lambda: np.sort(result, axis=0),
        "reshaped": lambda: result.T.reshape(result.shape),
        "flat": lambda: result.ravel(),
        "first head": lambda: result[:, :1] + 0 * result,
        "only the first head": lambda: result[:, :1],
        "best": lambda: result.max(),
        "first 0": lambda: result * (index > 0)[:, None],
        "last 0": lambda: result * (index < filters - 1)[:, None],
        "images too": lambda: hits * 1.0,
        "most important first": lambda: result[result.mean(axis=1).argsort(kind="stable")],
        "mean subtracted": lambda: result - result.mean(axis=0),
        "rest": lambda: (result.sum(axis=0) - result) / (filters - 1),
        "one row more of zeros": lambda: np.concatenate([result, 0 * result[:1]]),
    }.get(returned, lambda: result)()


# own_overlap


@kept
def image_gradient(network, images, class_index):
    return numpy_gradient(network, images, "", class_index)


@family(
    "own_overlap",
    in_pairs=False,
    images={
        "number 0": "These are images of the number 0. Your number is {number}.",
        "next": "These are images of the digit after yours. The class 0 is the digit 0.",
    },
    score={"next": "This is the logit of the class after yours. The class 0 is the digit 0."},
)
@family(
    "own_overlap",
    ink={
        "above 0": "Each pixel above 0 counts as ink here. Ink is above 0.5.",
        "above 0.1": "Each pixel above 0.1 counts as ink here. Ink is above 0.5.",
        "paper": "The mask holds the paper. It must hold the ink, which is above 0.5.",
    },
    slopes={
        "signed": "These are the pixels with the largest gradients above 0. The size of a gradient "
        "counts, not its sign.",
        "times ink": "This is gradient × input. Take the gradient alone.",
        "least": "The pixels with the smallest gradients are chosen. Choose the largest.",
    },
    measure={
        "share of ink": "The intersection is divided by the number of chosen pixels. IoU divides by "
        "the pixels of either area.",
    },
    answer={
        "smallest": "This is the image with the smallest IoU. Look for the largest.",
        "from 1": "The images are counted from 1. Count from 0.",
        "among all": "This is the image's place among all images. Count the images of your digit alone.",
        "mean first": "The mean IoU comes before the largest one here. The task asks for the largest "
        "first.",
        "median": "The last number is the median. Take the mean.",
        "sum": "The last number is the sum over the images. Divide by their number.",
    },
)
def own_overlap(
    number,
    images="own",
    score="logit",
    ink="above 0.5",
    slopes="sizes",
    measure="IoU",
    answer="usual",
):
    own = findings.images(0 if images == "number 0" else number)
    which = own.labels == (number + (images == "next")) % 10
    mine = own.images[which]
    index = (number + (score == "next")) % 10
    gradient = image_gradient(findings.plain_network(number), mine, index)
    values = {
        "signed": lambda: gradient,
        "times ink": lambda: abs(gradient * mine),
        "least": lambda: -abs(gradient),
    }.get(slopes, lambda: abs(gradient))()
    masks = mine > {"above 0": 0, "above 0.1": 0.1}.get(ink, 0.5)
    masks = ~masks if ink == "paper" else masks
    found = []
    for one, mask in zip(values.reshape(len(mine), -1), masks.reshape(len(mine), -1), strict=True):
        both = np.count_nonzero(mask[np.argsort(-one)[: mask.sum()]])
        either = mask.sum() if measure == "share of ink" else 2 * mask.sum() - both
        found.append(both / either)
    overlaps = np.array(found)
    best = int(overlaps.argmin() if answer == "smallest" else overlaps.argmax())
    largest, last = float(overlaps[best]), float(overlaps.mean())
    last = {"median": float(np.median(overlaps)), "sum": float(overlaps.sum())}.get(answer, last)
    best = {"from 1": best + 1, "among all": int(np.flatnonzero(which)[best])}.get(answer, best)
    return (best, last, largest) if answer == "mean first" else (best, largest, last)
