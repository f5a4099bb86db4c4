"""Families of wrong answers to the exercises of notebook 12."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import layers_behind, numpy_gradient
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs


@often_and_alone(
    "concept_direction",
    often={
        "take": ("turned", "with", "without", "first"),
        "middle": ("sums", "medians", "over n"),
        "values": ("absolute", "spread"),
        "length": ("none", "squared", "absolute", "maximum", "last axis"),
        "equal": ("nan",),
        "then": ("flat", "channels"),
    },
    take={
        "turned": "The direction is turned round: subtract the mean without the concept from the "
        "mean with it.",
        "with": "This is the mean with the concept alone: subtract the mean without it.",
        "without": "This is the mean without the concept alone: subtract it from the mean with it.",
        "sum": "The two means are added: subtract the mean without the concept.",
        "all": "This is the mean of all images: subtract the mean without the concept from the mean "
        "with it.",
        "first": "Only the first image of each group is taken: take the mean of the group.",
        "last": "Only the last image of each group is taken: take the mean of the group.",
    },
    middle={
        "sums": "Sums are subtracted: subtract means, since the groups differ in size.",
        "medians": "Medians are subtracted: subtract means.",
        "maxima": "The largest values are subtracted: subtract means.",
        "over n": "Both sums are divided by the number of all images: divide each by the size of its "
        "group.",
    },
    values={
        "absolute": "The sign is lost: the direction may have negative values.",
        "positive": "Negative values become 0: the direction may have negative values.",
        "signs": "Only the signs are kept: keep the values of the difference.",
        "squares": "The values are squared: keep the difference itself.",
        "spread": "Each value is divided by its standard deviation: divide the whole by its length "
        "alone.",
        "centred": "The mean of the direction is subtracted: keep the difference of the two means.",
    },
    length={
        "none": "The length is not 1: divide the difference by its length.",
        "squared": "The difference is divided by the square of its length: take the root of the sum "
        "of squares.",
        "absolute": "The difference is divided by the sum of its absolute values: the length is the "
        "root of the sum of squares.",
        "maximum": "The difference is divided by its largest absolute value: the length is the root "
        "of the sum of squares.",
        "mean square": "The difference is divided by the root of the mean square: the length is the "
        "root of the sum of squares.",
        "sum": "The difference is divided by its sum: divide by its length.",
        "last axis": "The length is taken along the last axis alone, which makes one for each place: "
        "the whole direction has one length.",
        "first axis": "The length is taken along the first axis alone: the whole direction has one "
        "length.",
        "places": "Each channel gets the length 1: the whole direction has one length.",
    },
    equal={
        "nan": "Where the two means are equal, 0 is divided by 0: return zeros.",
        "ones": "Where the two means are equal, there is no direction: return zeros, not ones.",
        "none": "Where the two means are equal, nothing is returned: return zeros.",
    },
    then={
        "flat": "The direction is flat: keep the shape of one image's activations.",
        "kept": "The first axis is kept, with the size 1: return the shape of one image's "
        "activations.",
        "channels": "The mean over the places is taken: keep all axes of one image.",
        "rounded": "The values are rounded: return them as they are.",
    },
)  # fmt: skip
def concept_direction(
    activations, has_concept,
    take="difference", middle="means", values=None, length="length", equal="zeros", then=None,
):  # fmt: skip
    x = activations.astype(np.float64)
    groups = [x[has_concept], x[~has_concept], x]
    if take in ("first", "last"):
        groups = [group[:1] if take == "first" else group[-1:] for group in groups]
    reduce = {
        "sums": lambda group: group.sum(axis=0),
        "medians": lambda group: np.median(group, axis=0),
        "maxima": lambda group: group.max(axis=0),
        "over n": lambda group: group.sum(axis=0) / len(x),
    }.get(middle, lambda group: group.mean(axis=0))
    with_it, without, everything = map(reduce, groups)
    apart = {
        "turned": without - with_it,
        "with": with_it,
        "without": without,
        "sum": with_it + without,
        "all": everything,
    }.get(take, with_it - without)
    apart = {
        "absolute": lambda: abs(apart),
        "positive": lambda: np.maximum(apart, 0),
        "signs": lambda: np.sign(apart),
        "squares": lambda: apart**2,
        "spread": lambda: apart / (x.std(axis=0) + 1e-7),
        "centred": lambda: apart - apart.mean(),
    }.get(values, lambda: apart)()
    square = apart**2
    size = {
        "none": lambda: 1.0,
        "squared": lambda: square.sum(),
        "absolute": lambda: abs(apart).sum(),
        "maximum": lambda: abs(apart).max(),
        "mean square": lambda: np.sqrt(square.mean()),
        "sum": lambda: apart.sum(),
        "last axis": lambda: np.sqrt(square.sum(axis=-1, keepdims=True)),
        "first axis": lambda: np.sqrt(square.sum(axis=0, keepdims=True)),
        "places": lambda: np.sqrt(square.sum(axis=tuple(range(apart.ndim - 1)), keepdims=True)),
    }.get(length, lambda: np.sqrt(square.sum()))()
    if not square.any() and equal != "zeros":
        if equal == "none":
            return None
        return np.full(apart.shape, {"nan": np.nan, "ones": 1.0}[equal])
    direction = np.divide(
        apart, size, out=np.zeros_like(apart), where=np.broadcast_to(size, apart.shape) != 0
    )
    return {
        None: lambda: direction,
        "flat": lambda: direction.ravel(),
        "kept": lambda: direction[None],
        "channels": lambda: direction.reshape(-1, direction.shape[-1]).mean(axis=0),
        "rounded": lambda: direction.round(1),
    }[then]()


@family(
    "directional_derivative",
    values={
        "signs": "Only the signs of the gradients count here: take their values.",
        "positive gradients": "Negative gradients are left out: take all of them.",
        "positive products": "Negative products are left out: sum up all products.",
        "absolute products": "The products lose their sign before they are summed: keep it.",
        "absolute direction": "The direction loses its signs: keep them.",
        "squares": "The products are squared: sum them up as they are.",
        "added": "Gradient and direction are added: multiply them place by place.",
    },
    over={
        "last axis": "The sum runs over the last axis alone: sum over axes 1, 2 and 3.",
        "all": "The sum runs over the images, too, axis 0: keep one value for each image.",
        "images": "The sum runs over the images, axis 0, alone: sum over axes 1, 2 and 3.",
        "mean": "The mean of the products is taken: sum them up.",
        "maximum": "The largest product is taken: sum the products up.",
        "mean places": "The mean over the places is taken, and the sum over the channels alone: sum "
        "over all axes but the first.",
        "norm": "The length of the products is taken: sum the products up.",
        "first image": "Each image gets the value of the first one: use its own gradient.",
    },
    length={
        "none": "The sum is not divided by the length of the direction.",
        "squared": "The sum is divided by the square of the length: take the root of the sum of "
        "squares.",
        "absolute": "The sum is divided by the sum of the absolute values of the direction: divide by "
        "its length, the root of the sum of squares.",
        "maximum": "The sum is divided by the largest value of the direction: divide by its length, "
        "the root of the sum of squares.",
        "mean square": "The sum is divided by the root of the mean square: divide by the root of the "
        "sum of squares.",
        "cosine": "The sum is divided by the length of the gradient, too: divide by the length of the "
        "direction alone.",
        "gradient": "The sum is divided by the length of the gradient: divide by the length of the "
        "direction.",
        "times": "The sum is multiplied by the length of the direction: divide by it.",
        "size": "The sum is divided by the number of values: divide by the length of the direction.",
        "root": "The sum is divided by the root of the length: divide by the length.",
    },
    then={
        "negative": "The sign is turned round.",
        "absolute": "The sign of the result is lost: a derivative may be negative.",
        "relu": "Negative results become 0: a derivative may be negative.",
        "whether": "This says whether the derivative is positive: return the derivative.",
        "mean": "The mean over the images is taken: return one value for each image.",
        "column": "The results stand in a column: return (N,).",
        "share": "This is the share of images with a positive derivative: return the derivatives.",
        "scaled": "The results are divided by the largest of them: return them as they are.",
    },
)  # fmt: skip
def directional_derivative(
    gradients, direction, values=None, over="image", length="length", then=None
):
    g, d = gradients.astype(np.float64), direction.astype(np.float64)
    product = {
        "signs": lambda: np.sign(g) * d,
        "positive gradients": lambda: np.maximum(g, 0) * d,
        "positive products": lambda: np.maximum(g * d, 0),
        "absolute products": lambda: abs(g * d),
        "absolute direction": lambda: g * abs(d),
        "squares": lambda: (g * d) ** 2,
        "added": lambda: g + d,
    }.get(values, lambda: g * d)()
    axes = (1, 2, 3)
    flat = product.reshape(len(g), -1)
    found = {
        "last axis": lambda: product.sum(axis=-1),
        "all": lambda: product.sum(),
        "images": lambda: product.sum(axis=0),
        "mean": lambda: product.mean(axis=axes),
        "maximum": lambda: product.max(axis=axes),
        "mean places": lambda: flat.sum(axis=1) * g.shape[-1] / flat.shape[1],
        "norm": lambda: np.sqrt((flat**2).sum(axis=1)),
        "first image": lambda: np.full(len(g), flat[0].sum()),
    }.get(over, lambda: product.sum(axis=axes))()
    own = np.sqrt((d**2).sum())
    others = np.sqrt((g.reshape(len(g), -1) ** 2).sum(axis=1))
    if found.shape != (len(g),) and length in ("cosine", "gradient"):
        others = np.sqrt((g**2).sum())
    found = found / {
        "none": 1,
        "squared": own**2,
        "absolute": abs(d).sum(),
        "maximum": abs(d).max(),
        "mean square": np.sqrt((d**2).mean()),
        "cosine": own * others,
        "gradient": others,
        "times": 1 / own,
        "size": d.size,
        "root": np.sqrt(own),
    }.get(length, own)
    return {
        None: lambda: found,
        "negative": lambda: -found,
        "absolute": lambda: abs(found),
        "relu": lambda: np.maximum(found, 0),
        "whether": lambda: (found > 0) * 1.0,
        "mean": lambda: np.mean(found),
        "column": lambda: found[..., None],
        "share": lambda: np.mean(found > 0),
        "scaled": lambda: found / abs(found).max(),
    }[then]()


@family(
    "tcav_scores",
    positive={
        "negative": "Negative slopes are counted: count the positive ones.",
        "not negative": "Slopes of 0 count as positive: leave them out.",
        "half": "Slopes of 0 count as half an image: leave them out.",
        "above the mean": "Slopes above the mean of their row are counted: count those above 0.",
        "large": "Only slopes above a small number are counted: count all above 0.",
        "sizes": "The slopes are summed up: count how many are positive.",
        "signs": "Negative slopes are subtracted: count the positive ones alone.",
        "majority": "This says whether most slopes are positive: return their share.",
    },
    divide={
        "all": "The share is taken of all images: leave out those whose slope is 0.",
        "nothing": "These are numbers of images: divide them by the number of slopes that are not 0.",
        "negative": "Positive slopes are divided by negative ones: divide by all that are not 0.",
        "zeros": "The number of slopes that are 0 is the divisor: divide by those that are not 0.",
        "plus one": "The divisor is one too large.",
        "all rows": "The divisor counts all rows: count the slopes of the same row.",
        "directions": "The divisor is the number of directions: divide by the number of slopes that "
        "are not 0.",
    },
    dead={
        "zero": "A direction with zeros alone has no score: its value is NaN, not 0.",
        "half": "A direction with zeros alone has no score: its value is NaN, not one half.",
        "one": "A direction with zeros alone has no score: its value is NaN, not 1.",
        "left out": "Directions with zeros alone are left out: their value is NaN.",
        "infinite": "A direction with zeros alone has no score: its value is NaN, not infinite.",
    },
    then={
        "columns": "The shares are taken down the columns, axis 0: a row is a direction.",
        "mean": "The mean over the directions is taken: return a score for each of them.",
        "percent": "The scores are in per cent: return numbers from 0 to 1.",
        "from a half": "One half is subtracted: return the share itself.",
        "distance": "This is the distance from one half: return the share itself.",
        "rounded": "The scores are rounded: return them as they are.",
        "column": "The scores stand in a column: return (directions,).",
    },
)  # fmt: skip
def tcav_scores(derivatives, positive="positive", divide="counted", dead="nan", then=None):
    x = derivatives.astype(np.float64)
    if then == "columns":
        x = x.T
    up, down, zero = ((x > 0).sum(axis=1), (x < 0).sum(axis=1), (x == 0).sum(axis=1))
    counted, n = up + down, x.shape[1]
    above = {
        "negative": lambda: down,
        "not negative": lambda: up + zero,
        "half": lambda: up + zero / 2,
        "above the mean": lambda: (x > x.mean(axis=1, keepdims=True)).sum(axis=1),
        "large": lambda: (x > 0.1 * abs(x).max()).sum(axis=1),
        "sizes": lambda: x.sum(axis=1),
        "signs": lambda: up - down,
        "majority": lambda: (up > down) * counted,
    }.get(positive, lambda: up)()
    if positive in ("not negative", "half") and divide == "counted":
        counted = np.where(counted, n, 0)
    below = {
        "all": np.full(len(x), n),
        "nothing": np.ones(len(x)),
        "negative": down,
        "zeros": zero,
        "plus one": counted + 1,
        "all rows": np.full(len(x), counted.sum()),
        "directions": np.full(len(x), len(x)),
    }.get(divide, counted)
    with np.errstate(all="ignore"):
        scores = above / below
    alive = up + down > 0
    none = {"zero": 0, "half": 0.5, "one": 1, "infinite": np.inf}.get(dead, np.nan)
    scores = np.where(alive, scores, none)
    scores = scores[alive] if dead == "left out" else scores
    return {
        "mean": lambda: np.nanmean(scores),
        "percent": lambda: 100 * scores,
        "from a half": lambda: scores - 0.5,
        "distance": lambda: abs(scores - 0.5),
        "rounded": lambda: scores.round(1),
        "column": lambda: scores[:, None],
    }.get(then, lambda: scores)()


@family(
    "p_value",
    distance={
        "one-sided": "Only random scores that are as large or larger are counted: count both sides.",
        "other side": "Only random scores that are as small or smaller are counted: count both "
        "sides.",
        "own side": "Only the side of the score is counted: count both sides of one half.",
        "from the mean": "The distance is taken from the mean of the random scores: take it from one "
        "half.",
        "from the median": "The distance is taken from the median of the random scores: take it from "
        "one half.",
        "from zero": "Scores are compared as they are, by their size: compare distances from one "
        "half.",
        "between": "The distance between each random score and the score is taken: take the distance "
        "of each from one half.",
        "nearer": "The random scores that are nearer to one half are counted: count those as far or "
        "farther.",
        "signed": "The distances keep their sign: take their absolute values.",
        "twice": "The smaller side is counted twice: count both sides.",
    },
    ties={
        "left out": "Random scores that are exactly as far as the score are left out: count them, "
        "by `>=`.",
        "half": "Random scores that are exactly as far as the score count half: count them whole.",
    },
    ones={
        "none": "The score itself is missing: add 1 above and below the line.",
        "below": "The 1 above the line is missing: the score is as far from one half as itself.",
        "above": "The 1 below the line is missing: the number of scores is one larger, too.",
        "two below": "The number below the line is one too large.",
        "two": "2 is added above and below the line: add 1.",
        "at least": "Only a count of 0 becomes 1: add 1 to each count, and to the number.",
    },
    nan={
        "counted": "Scores that are NaN count in the number below the line: leave them out there, too.",
        "far": "Scores that are NaN count as far from one half: leave them out.",
        "zero": "Scores that are NaN count as 0: leave them out.",
        "spread": "A score that is NaN makes the result NaN: leave it out.",
        "mean": "Scores that are NaN are replaced by the mean: leave them out.",
    },
    then={
        "one minus": "This is 1 minus the p-value.",
        "number": "This is a number of scores: divide it.",
        "whether": "This says whether p is at most 0.05: return p itself.",
        "percent": "The p-value is in per cent: return a number from 0 to 1.",
        "half": "The p-value is halved.",
        "double": "The p-value is doubled: both sides are counted already.",
        "rounded": "The p-value is rounded: return it as it is.",
        "log": "This is the logarithm of the p-value: return p itself.",
    },
)  # fmt: skip
def p_value(
    score, random_scores, distance="half", ties="counted", ones="both", nan="left out", then=None
):
    r = random_scores[~np.isnan(random_scores)]
    extra = len(random_scores) - len(r)
    if nan == "spread" and extra:
        return float("nan")
    if nan in ("zero", "mean"):
        r = np.append(r, np.full(extra, 0 if nan == "zero" else r.mean()))
    below = len(r) + (extra if nan in ("counted", "far") else 0)
    far, own = abs(r - 0.5), abs(score - 0.5)
    far, own = {
        "one-sided": lambda: (r, score),
        "other side": lambda: (-r, -score),
        "own side": lambda: (r, score) if score > 0.5 else (-r, -score),
        "from the mean": lambda: (abs(r - r.mean()), abs(score - r.mean())),
        "from the median": lambda: (abs(r - np.median(r)), abs(score - np.median(r))),
        "from zero": lambda: (abs(r), abs(score)),
        "between": lambda: (abs(r - score), own),
        "nearer": lambda: (-far, -own),
        "signed": lambda: (r - 0.5, score - 0.5),
        "twice": lambda: (-r, -score) if (r <= score).sum() < (r >= score).sum() else (r, score),
    }.get(distance, lambda: (far, own))()
    equal, more = (far == own).sum(), (far > own).sum()
    count = more + {"left out": 0, "half": equal / 2}.get(ties, equal)
    count = count + (extra if nan == "far" else 0)
    count = 2 * count if distance == "twice" else count
    above, under = {
        "none": (count, below),
        "below": (count, below + 1),
        "above": (count + 1, below),
        "two below": (count + 1, below + 2),
        "two": (count + 2, below + 2),
        "at least": (max(count, 1), below),
    }.get(ones, (count + 1, below + 1))
    p = min(1.0, above / under) if distance == "twice" else above / under
    return {
        None: lambda: p,
        "one minus": lambda: 1 - p,
        "number": lambda: above * 1.0,
        "whether": lambda: float(p <= 0.05),
        "percent": lambda: 100 * p,
        "half": lambda: p / 2,
        "double": lambda: 2 * p,
        "rounded": lambda: round(p, 1),
        "log": lambda: np.log(p),
    }[then]()


@family(
    "nmf_step",
    order={
        "together": "The new weights are made from the old concepts: use the new concepts.",
        "weights first": "The weights are made first: make the concepts first.",
        "concepts alone": "The weights stay as they are: they get new values, too.",
        "weights alone": "The concepts stay as they are: they get new values, too.",
        "twice": "Two steps are made: make one.",
        "half new": "The denominator of the weights has the old concepts in it: use the new ones in "
        "numerator and denominator.",
    },
    factor={
        "alone": "The factor itself is returned: multiply the old value by it.",
        "added": "The factor is added to the old value: multiply by it.",
        "root": "The root of the factor is taken: multiply by the factor.",
        "turned": "Numerator and denominator are swapped.",
        "squared": "The factor is squared: multiply by the factor itself.",
        "numerator": "The denominator is missing.",
        "solved": "The old value is missing, and only the fraction is left: multiply the old value by "
        "it.",
        "averaged": "This is the mean of the old and the new value: take the new value.",
    },
    zero={
        "nan": "Where a denominator is 0, the result is NaN: the new value is 0.",
        "old": "Where a denominator is 0, the old value stays: the new value is 0.",
        "one": "Where a denominator is 0, the new value is 1: it is 0.",
        "numerator": "Where a denominator is 0, the numerator is left: the new value is 0.",
        "large": "The number that is added to the denominators is so large that it shows: divide by "
        "the denominator itself.",
    },
    then={
        "swapped": "The concepts are returned first: return the weights, then the concepts.",
        "weights": "Only the weights are returned: return the concepts, too.",
        "concepts": "Only the concepts are returned: return the weights, too.",
        "product": "The product of weights and concepts is returned: return the two of them.",
        "unit concepts": "The concepts are divided by their sum: return them as they are.",
        "unit weights": "The weights are divided by their sum, row by row: return them as they are.",
        "transposed": "Both results are transposed: return (n, k) and (k, channels).",
        "error": "The error comes with the results: return weights and concepts alone.",
    },
)  # fmt: skip
def nmf_step(
    activations, weights, concepts, order="concepts first", factor="times", zero="zero", then=None
):
    a, w, h = (x.astype(np.float64) for x in (activations, weights, concepts))

    def scaled(values, above, below):
        if zero == "large":
            below = below + 0.1
        if factor == "turned":
            above, below = below, above
        full = below > 0
        fraction = np.where(full, above / np.where(full, below, 1), 0)
        new = {
            "alone": lambda: fraction,
            "solved": lambda: fraction,
            "added": lambda: values + fraction,
            "root": lambda: values * np.sqrt(fraction),
            "squared": lambda: values * fraction**2,
            "numerator": lambda: values * above,
            "averaged": lambda: (values + values * fraction) / 2,
        }.get(factor, lambda: values * fraction)()
        none = {"nan": np.nan, "old": values, "one": 1.0, "numerator": above}.get(zero, 0.0)
        return np.where(full, new, none)

    old = w, h
    for _ in range(2 if order == "twice" else 1):
        if order == "weights first":
            w = scaled(w, a @ h.T, w @ (h @ h.T))
        if order != "weights alone":
            h = scaled(h, w.T @ a, w.T @ w @ h)
        if order not in ("weights first", "concepts alone"):
            used = old[1] if order == "together" else h
            other = old[1] if order == "half new" else used
            w = scaled(w, a @ used.T, w @ (other @ used.T))
    return {
        None: lambda: (w, h),
        "swapped": lambda: (h, w),
        "weights": lambda: w,
        "concepts": lambda: h,
        "product": lambda: w @ h,
        "unit concepts": lambda: (w, h / np.maximum(h.sum(axis=1, keepdims=True), 1e-12)),
        "unit weights": lambda: (w / np.maximum(w.sum(axis=1, keepdims=True), 1e-12), h),
        "transposed": lambda: (w.T, h.T),
        "error": lambda: (w, h, np.linalg.norm(a - w @ h)),
    }[then]()


@kept
def outputs_of(network, images):
    return numpy_outputs(network, images)


@kept
def gradients_of(network, images, layer, target):
    """The gradients of the ten digits at a layer: (10, N, h, w, channels)."""
    maps, rest = outputs_of(network, images)[layer], layers_behind(network, layer)
    return np.stack([numpy_gradient(rest, maps, "", digit, target) for digit in range(10)])


@family(
    "own_concept",
    concept={
        "answers": "The network's answers say which images have the concept. Take the labels.",
        "turned": "The direction is turned round. It goes from the images of other digits to the "
        "images of your digit.",
        "with": "This is the mean of the images of your digit. Subtract the mean of all other "
        "images.",
        "sums": "Sums are subtracted, and other digits have more images. Subtract means.",
    },
    layer={
        "l3": "This is the layer `l3`, before its pooling. The task asks for `pool3`.",
    },
    images={
        "own": "Only images of your digit are counted. Count the slopes of all 200 images.",
        "others": "Only images of other digits are counted. Count the slopes of all 200 images.",
    },
    score_of={
        "probability": "These are slopes of probabilities. Take the gradients of logits.",
    },
    filter={
        "absolute": "This filter has the largest value without its sign. The task asks for the "
        "largest value, with its sign.",
        "least": "This filter has the smallest value of the direction. The task asks for the largest.",
        "mean": "This filter has the largest mean of the direction. The task asks for the largest "
        "single value.",
        "length": "The values of each filter are squared and summed. The task asks for the largest "
        "single value.",
        "loudest": "This filter answers most to images of your digit. The task asks for the largest "
        "value of the direction.",
    },
    slope={
        "sum": "The slopes of all images are added up. Take their mean.",
        "median": "This is a median of slopes. Take the mean.",
        "absolute": "The slopes lose their sign before the mean. Keep the sign.",
        "size": "The mean slope has lost its sign. A logit that falls has a negative slope.",
    },
    falls={
        "rises": "This logit rises most. The task asks for the logit that falls most.",
        "hardly": "This logit changes least. The task asks for the logit that falls most.",
    },
    half={
        "largest": "This is the largest score. The task asks for the score that is nearest to one "
        "half.",
        "smallest": "This is the smallest score. The task asks for the score that is nearest to one "
        "half.",
        "slope": "This digit has the mean slope that is nearest to 0. The task asks for the score "
        "that is nearest to one half.",
    },
    score={
        "distance": "The last number is the distance from one half. The task asks for the score.",
        "negative": "The last number is the share of negative slopes. A TCAV score is the share of "
        "positive slopes.",
        "count": "The last number counts images. A TCAV score is a share.",
        "per cent": "The last number is in per cent. The task asks for a share from 0 to 1.",
    },
    written={
        "swapped": "The two digits are swapped. The digit whose logit falls most comes first.",
        "from 1": "The filters are counted from 1. Count from 0.",
    },
    network={"0": "This is the network of the number 0. Your number is {number}."},
)
def own_concept(
    number,
    concept="own",
    layer="pool3",
    images="all",
    score_of="logit",
    filter="largest",
    slope="mean",
    falls="most",
    half="nearest",
    score="positive",
    written="usual",
    network="own",
):
    own, plain = findings.images(number), findings.plain_network(0 if network == "0" else number)
    outputs = outputs_of(plain, own.images)
    maps, digit = outputs[layer].astype(np.float64), own.labels == number % 10
    has = outputs["l5"].argmax(axis=1) == number % 10 if concept == "answers" else digit
    groups = maps[has], maps[~has]
    with_it, without = (
        some.sum(axis=0) if concept == "sums" else some.mean(axis=0) for some in groups
    )
    apart = {"turned": without - with_it, "with": with_it}.get(concept, with_it - without)
    direction = apart / np.sqrt((apart**2).sum())
    counted = {"own": digit, "others": ~digit}.get(images, np.ones(len(digit), bool))
    gradients = gradients_of(plain, own.images, layer, score_of)[:, counted]
    slopes = np.tensordot(gradients, direction, 3)
    winner = {
        "largest": lambda: direction.max(axis=(0, 1)),
        "absolute": lambda: abs(direction).max(axis=(0, 1)),
        "least": lambda: -direction.min(axis=(0, 1)),
        "mean": lambda: direction.mean(axis=(0, 1)),
        "length": lambda: (direction**2).sum(axis=(0, 1)),
        "loudest": lambda: maps[digit].mean(axis=(0, 1, 2)),
    }[filter]().argmax()
    means = {
        "mean": lambda: slopes.mean(axis=1),
        "size": lambda: slopes.mean(axis=1),
        "sum": lambda: slopes.sum(axis=1),
        "median": lambda: np.median(slopes, axis=1),
        "absolute": lambda: abs(slopes).mean(axis=1),
    }[slope]()
    scores = (slopes > 0).sum(axis=1) / np.maximum((slopes != 0).sum(axis=1), 1)
    first = {
        "most": means.argmin(),
        "rises": means.argmax(),
        "hardly": abs(means).argmin(),
    }[falls]
    second = {
        "nearest": abs(scores - 0.5).argmin(),
        "largest": scores.argmax(),
        "smallest": scores.argmin(),
        "slope": abs(means).argmin(),
    }[half]
    value, share = float(means[first]), float(scores[second])
    last = {
        "positive": share,
        "distance": abs(share - 0.5),
        "negative": 1 - share,
        "count": share * counted.sum(),
        "per cent": 100 * share,
    }[score]
    one, other = int(first), int(second)
    if written == "swapped":
        one, other = other, one
    return (
        int(winner) + (written == "from 1"),
        one,
        abs(value) if slope == "size" else value,
        other,
        float(last),
    )
