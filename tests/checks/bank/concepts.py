"""Wrong answers to the exercises of notebook 12."""

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from helpers.methods.cam import maps_with_gradients
from tests.checks.bank import wrong

# concept_direction(activations, has_concept)


@wrong(
    "concept_direction",
    r"(length|norm|unit).{0,60}(1|divide|not)|divide.{0,40}length|not divided",
    says=r"length|times|factor|scale|larger|smaller|sum",
)
def standardised_by_the_spread(activations, has_concept):
    apart = activations[has_concept].mean(axis=0) - activations[~has_concept].mean(axis=0)
    return apart / (activations.std(axis=0) + 1e-7)


@wrong("concept_direction", r"length|norm|divide", says=r"times|factor|small|length|scale")
def with_minus_everything(activations, has_concept):
    apart = activations[has_concept].mean(axis=0) - activations.mean(axis=0)
    return apart


@wrong(
    "concept_direction",
    r"sign|turned|without.{0,30}to|reverse|order|subtract",
    says=r"sign|−1|-1|negative",
)
def labels_the_other_way_round(activations, has_concept):
    first = activations[~has_concept].mean(0)
    second = activations[has_concept].mean(0)
    found = tf.math.l2_normalize(tf.reshape(first - second, [-1]))
    return tf.reshape(found, first.shape)


@wrong("concept_direction", r"axis|image|shape|mean over", says=r"shape")
def one_number_for_each_image(activations, has_concept):
    flat = activations.reshape(len(activations), -1).mean(axis=1)
    apart = np.where(has_concept, flat, -flat)
    return apart / np.linalg.norm(apart)


@wrong("concept_direction", r"first|one image|mean|all images", says=r"differ|wrong")
def from_one_image_to_another(activations, has_concept):
    yes, no = np.flatnonzero(has_concept), np.flatnonzero(~has_concept)
    apart = activations[yes[0]] - activations[no[0]]
    length = np.linalg.norm(apart)
    return apart / length if length else apart


@wrong(
    "concept_direction",
    r"channel|place|axis|length.{0,40}(whole|all|one)|over all",
    says=r"differ|length|larger",
)
def each_channel_has_unit_length(activations, has_concept):
    apart = activations[has_concept].mean(axis=0) - activations[~has_concept].mean(axis=0)
    return apart / np.maximum(np.sqrt((apart**2).sum(axis=(0, 1))), 1e-12)


# directional_derivative(gradients, direction)


@wrong("directional_derivative", r"length|norm|divide", says=r"times|factor|larger|smaller|large")
def plain_dot_product(gradients, direction):
    return np.array([np.vdot(g, direction) for g in gradients])


@wrong(
    "directional_derivative",
    r"cosine|length of the gradient|gradient.{0,40}length|divide",
    says=r"smaller|−1|factor|small",
)
def keras_cosine(gradients, direction):
    flat = gradients.reshape(len(gradients), -1)
    return -tf.keras.losses.cosine_similarity(flat, direction.ravel()[None])


@wrong("directional_derivative", r"sum of squares|root|square", says=r"times|factor|larger|smaller")
def forgot_the_root(gradients, direction):
    unit = direction / np.sum(direction * direction)
    return np.tensordot(gradients, unit, axes=3)


@wrong("directional_derivative", r"axis|axes|map|place", says=r"shape")
def only_the_channels_are_summed(gradients, direction):
    unit = direction / np.linalg.norm(direction)
    return np.sum(gradients * unit, axis=-1)


@wrong("directional_derivative", r"mean|average|sum", says=r"times|factor|small|1/")
def averaged_over_the_places(gradients, direction):
    unit = direction / np.linalg.norm(direction)
    return np.mean(gradients * unit, axis=tuple(range(1, gradients.ndim)))


@wrong("directional_derivative", r"positive|sign|negative|relu|0", says=r"negative|0|sign")
def negative_slopes_are_cut_off(gradients, direction):
    unit = direction / np.linalg.norm(direction)
    return np.maximum((gradients * unit).reshape(len(gradients), -1).sum(axis=1), 0)


# tcav_scores(derivatives)


@wrong("tcav_scores", r"(leave|left) out|zero|all images|is 0|of 0", says=r"small|differ|low")
def mean_of_the_positive(derivatives):
    return np.mean(derivatives > 0, axis=1)


@wrong("tcav_scores", r"nan|no score|zeros alone", says=r"nan|0|differ")
def divided_by_at_least_one(derivatives):
    return (derivatives > 0).sum(1) / np.clip((derivatives != 0).sum(1), 1, None)


@wrong("tcav_scores", r"axis|direction|row|image", says=r"shape")
def one_score_for_all(derivatives):
    return float((derivatives > 0).sum() / (derivatives != 0).sum())


@wrong("tcav_scores", r"zero|positive|>=|is 0|of 0|leave", says=r"large|high|differ")
def zero_is_not_negative(derivatives):
    return 1 - (derivatives < 0).mean(axis=1)


@wrong("tcav_scores", r"count|how (large|many)|size|sum|mean", says=r"differ|wrong")
def share_of_the_slope(derivatives):
    up = np.where(derivatives > 0, derivatives, 0).sum(axis=1)
    down = np.where(derivatives < 0, -derivatives, 0).sum(axis=1)
    with np.errstate(all="ignore"):
        return up / (up + down)


@wrong("tcav_scores", r"left out|one value|each direction|nan", says=r"shape")
def dead_directions_dropped(derivatives):
    alive = derivatives[(derivatives != 0).any(axis=1)]
    return (alive > 0).sum(axis=1) / (alive != 0).sum(axis=1)


# p_value(score, random_scores)


@wrong("p_value", r"add 1|itself|one more|one larger|count", says=r"small|low|differ")
def plain_share(score, random_scores):
    far = np.abs(random_scores - 0.5)
    return float(np.nanmean(np.where(np.isnan(far), np.nan, far >= np.abs(score - 0.5))))


@wrong(
    "p_value",
    r"(either|both) side|two.sided|larger random|one.sided|one side",
    says=r"small|large|differ",
)
def right_tail(score, random_scores):
    known = random_scores[np.isfinite(random_scores)]
    return (np.count_nonzero(known >= score) + 1) / (known.size + 1)


@wrong("p_value", r"one half|0\.5|mean|distance", says=r"small|large|differ")
def normal_approximation(score, random_scores):
    known = random_scores[~np.isnan(random_scores)]
    z = abs(score - known.mean()) / known.std(ddof=1)
    return float(tf.math.erfc(z / np.sqrt(2)))


@wrong("p_value", r"nan|leave", says=r"small|large|nan|differ")
def nan_stays_in_the_number(score, random_scores):
    hits = sum(abs(s - 0.5) >= abs(score - 0.5) for s in random_scores)
    return (hits + 1) / (len(random_scores) + 1)


@wrong("p_value", r"as far|>=|equal|tie", says=r"small|low|differ")
def strictly_farther(score, random_scores):
    known = random_scores[~np.isnan(random_scores)]
    return (1 + (np.abs(known - 0.5) > np.abs(score - 0.5)).sum()) / (1 + known.size)


@wrong("p_value", r"from 0|one half|0\.5|distance|absolute", says=r"large|small|differ")
def distance_between_scores(score, random_scores):
    known = random_scores[~np.isnan(random_scores)]
    return (1 + np.sum(np.abs(known - score) >= np.abs(score - 0.5))) / (1 + len(known))


# nmf_step(activations, weights, concepts)


@wrong("nmf_step", r"old concepts|new concepts|order|first", says=r"result|weights|differ")
def both_at_once(activations, weights, concepts):
    product = weights @ concepts
    new_w = weights * np.nan_to_num((activations @ concepts.T) / (product @ concepts.T + 1e-12))
    new_h = concepts * np.nan_to_num((weights.T @ activations) / (weights.T @ product + 1e-12))
    return new_w, new_h


@wrong("nmf_step", r"0|nan|denominator|small", says=r"nan|differ|large")
def without_a_guard(activations, weights, concepts):
    with np.errstate(all="ignore"):
        concepts = concepts * (weights.T @ activations) / (weights.T @ (weights @ concepts))
        weights = weights * (activations @ concepts.T) / ((weights @ concepts) @ concepts.T)
    return weights, concepts


@wrong("nmf_step", r"order|weights.{0,30}first|then|return", says=r"shape|result")
def swapped_results(activations, weights, concepts):
    weights, concepts = (np.asarray(x, float) for x in (weights, concepts))
    concepts = concepts * (weights.T @ activations) / (weights.T @ weights @ concepts + 1e-12)
    weights = weights * (activations @ concepts.T) / (weights @ concepts @ concepts.T + 1e-12)
    return concepts, weights


@wrong("nmf_step", r"multipl|gradient|subtract|add", says=r"result|differ")
def projected_gradient(activations, weights, concepts, rate=0.01):
    error = activations - weights @ concepts
    concepts = np.maximum(concepts + rate * weights.T @ error, 0)
    error = activations - weights @ concepts
    return np.maximum(weights + rate * error @ concepts.T, 0), concepts


@wrong("nmf_step", r"sum|norm|length|scale", says=r"result|differ|factor")
def concepts_normalised(activations, weights, concepts):
    concepts = concepts * (weights.T @ activations) / (weights.T @ weights @ concepts + 1e-12)
    weights = weights * (activations @ concepts.T) / (weights @ concepts @ concepts.T + 1e-12)
    return weights, concepts / np.maximum(concepts.sum(axis=1, keepdims=True), 1e-12)


@wrong("nmf_step", r"large|1e-|small number|0|denominator|add", says=r"result|small|differ")
def large_epsilon(activations, weights, concepts):
    concepts = concepts * (weights.T @ activations) / (weights.T @ weights @ concepts + 0.1)
    weights = weights * (activations @ concepts.T) / (weights @ concepts @ concepts.T + 0.1)
    return weights, concepts


# own_concept


def maps_and_slopes(chosen=slice(None), turned=1.0):
    own_model, own = findings.network(1), findings.images(1)
    inner = keras.Model(own_model.inputs, own_model.get_layer("pool3").output)
    maps = inner.predict(own.images, verbose=0)
    mine = own.labels == 1
    apart = turned * (maps[mine].mean(axis=0) - maps[~mine].mean(axis=0))
    direction = apart / np.linalg.norm(apart)
    slopes = []
    for digit in range(10):
        _, found = maps_with_gradients(own_model, own.images[chosen], digit, layer="pool3")
        slopes.append((found * direction).sum(axis=(1, 2, 3)))
    return direction, np.array(slopes)


def told(direction, slopes):
    means, scores = slopes.mean(axis=1), (slopes > 0).mean(axis=1)
    half = int(np.argmin(abs(scores - 0.5)))
    filter = int(np.unravel_index(direction.argmax(), direction.shape)[2])
    return filter, int(means.argmin()), float(means.min()), half, float(scores[half])


@wrong("own_concept", r"turn\w* round|from .{0,30}other digits to|sign|swap|reverse")
def from_my_digit_to_the_others():
    return told(*maps_and_slopes(turned=-1.0))


@wrong("own_concept", r"all 200|only images|all images")
def slopes_of_my_ones_alone():
    return told(*maps_and_slopes(chosen=findings.images(1).labels == 1))


@wrong("own_concept", r"sum|squar|single value|largest value")
def filter_with_the_largest_energy():
    direction, slopes = maps_and_slopes()
    energy = (direction**2).sum(axis=(0, 1))
    return int(energy.argmax()), *told(direction, slopes)[1:]


@wrong("own_concept", r"positive|negative|per cent|share")
def half_score_in_per_cent():
    direction, slopes = maps_and_slopes()
    *first, score = told(direction, slopes)
    return (*first, round(100 * score))
