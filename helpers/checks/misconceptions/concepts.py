"""Wrong answers to the exercises of notebook 12."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception

# concept_direction(activations, has_concept)


def means_of(activations, has_concept):
    """The mean with the concept, and the mean without."""
    return activations[has_concept].mean(axis=0), activations[~has_concept].mean(axis=0)


def unit(values):
    """`values` over its length; zeros where that is 0."""
    length = np.sqrt((values**2).sum())
    return values / length if length else values


@misconception("concept_direction", "The length is not 1: divide the difference of the two means by its length.", means_of, typical=True)  # fmt: skip
def difference_as_it_is(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    return with_it - without


@misconception("concept_direction", "The direction is turned round: it goes from the mean without the concept to the mean with it.", means_of, unit)  # fmt: skip
def from_with_to_without(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    return unit(without - with_it)


@misconception("concept_direction", "Where the two means are equal, the length is 0 and the division gives NaN: return zeros.", means_of, origin=NOTEBOOKS)  # fmt: skip
def divided_by_zero(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    with np.errstate(all="ignore"):
        return (with_it - without) / np.linalg.norm(with_it - without)


@misconception("concept_direction", "This is the direction of the mean with the concept alone: subtract the mean without it.", means_of, unit)  # fmt: skip
def mean_with_the_concept_alone(activations, has_concept):
    return unit(means_of(activations, has_concept)[0])


@misconception("concept_direction", "Each mean gets the length 1 before they are subtracted: subtract first, and make the length of the difference 1.", unit)  # fmt: skip
def unit_means_subtracted(activations, has_concept):
    return unit(activations[has_concept].mean(axis=0)) - unit(
        activations[~has_concept].mean(axis=0)
    )


@misconception("concept_direction", "The difference is divided by the sum of its absolute values: divide by its length, the root of the sum of squares.", means_of)  # fmt: skip
def over_the_sum_of_absolute_values(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    apart = with_it - without
    return apart / max(abs(apart).sum(), 1e-12)


@misconception("concept_direction", "The difference is divided by its largest absolute value: divide by its length, the root of the sum of squares.", means_of)  # fmt: skip
def over_the_largest_value(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    apart = with_it - without
    return apart / max(abs(apart).max(), 1e-12)


@misconception("concept_direction", "The difference is divided by the square of its length: take the root of the sum of squares.", means_of)  # fmt: skip
def over_the_squared_length(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    apart = with_it - without
    return apart / max((apart**2).sum(), 1e-12)


@misconception("concept_direction", "Sums are subtracted in place of means: the group with more images weighs more.", unit)  # fmt: skip
def sums_for_means(activations, has_concept):
    return unit(activations[has_concept].sum(axis=0) - activations[~has_concept].sum(axis=0))


@misconception("concept_direction", "The direction is flat: return the shape of one image's activations.", means_of, unit)  # fmt: skip
def flat_direction(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    return unit((with_it - without).reshape(-1, 1))


@misconception("concept_direction", "The sign is lost: the direction may have negative values, so take no absolute values.", means_of, unit)  # fmt: skip
def absolute_difference(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    return unit(abs(with_it - without))


@misconception("concept_direction", "Medians are subtracted in place of means.", unit)
def medians_for_means(activations, has_concept):
    with_it, without = activations[has_concept], activations[~has_concept]
    return unit(np.median(with_it, axis=0) - np.median(without, axis=0))


@misconception("concept_direction", "Each place has a length of its own here: one length of the whole direction becomes 1, over all axes.", means_of)  # fmt: skip
def length_of_the_last_axis(activations, has_concept):
    with_it, without = means_of(activations, has_concept)
    apart = with_it - without
    return apart / np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-12)


# directional_derivative(gradients, direction)


def products(gradients, direction):
    return gradients * direction


def over_places(values):
    """The sum over all axes but the first."""
    return values.reshape(len(values), -1).sum(axis=1)


@misconception("directional_derivative", "The sum of products is not divided by the length of the direction: a longer direction is no larger derivative.", products, over_places)  # fmt: skip
def not_divided_by_the_length(gradients, direction):
    return over_places(products(gradients, direction))


@misconception("directional_derivative", "The sum is divided by the square of the length: divide by the length.", products, over_places)  # fmt: skip
def divided_by_the_squared_length(gradients, direction):
    return over_places(products(gradients, direction)) / (direction**2).sum()


@misconception("directional_derivative", "This is the cosine of an angle: divide by the length of the direction alone, not by the length of the gradient.", products, over_places, origin=NOTEBOOKS)  # fmt: skip
def cosine_for_derivative(gradients, direction):
    lengths = np.sqrt(over_places(gradients**2)) * np.sqrt((direction**2).sum())
    return over_places(products(gradients, direction)) / lengths


@misconception("directional_derivative", "The sign is lost: a derivative may be negative, so take no absolute values.", products, over_places)  # fmt: skip
def absolute_derivatives(gradients, direction):
    length = np.sqrt((direction**2).sum())
    return abs(over_places(products(gradients, direction))) / length


@misconception("directional_derivative", "The sign is turned round: add up gradient times direction as they are.", products, over_places)  # fmt: skip
def negative_derivatives(gradients, direction):
    return -over_places(products(gradients, direction)) / np.sqrt((direction**2).sum())


@misconception("directional_derivative", "The mean of the products is taken: a derivative is their sum.", products)  # fmt: skip
def mean_of_the_products(gradients, direction):
    found = products(gradients, direction).reshape(len(gradients), -1).mean(axis=1)
    return found / np.sqrt((direction**2).sum())


@misconception("directional_derivative", "The products are divided by the sum of the absolute values of the direction: divide by its length, the root of the sum of squares.", products, over_places)  # fmt: skip
def divided_by_absolute_values(gradients, direction):
    return over_places(products(gradients, direction)) / abs(direction).sum()


@misconception("directional_derivative", "This is the mean over the images: return one derivative for each image.", products, over_places)  # fmt: skip
def mean_over_the_images(gradients, direction):
    return np.mean(over_places(products(gradients, direction))) / np.sqrt((direction**2).sum())


@misconception("directional_derivative", "The products are summed over the last axis alone: sum over rows and columns, too.", products)  # fmt: skip
def summed_over_the_last_axis(gradients, direction):
    return products(gradients, direction).sum(axis=-1) / np.sqrt((direction**2).sum())


@misconception("directional_derivative", "Only the sign of each product counts here: add up the products themselves.", products, over_places)  # fmt: skip
def signs_of_the_products(gradients, direction):
    return over_places(np.sign(products(gradients, direction))) / np.sqrt((direction**2).sum())


@misconception("directional_derivative", "This says whether each derivative is positive: return the derivatives themselves.", products, over_places)  # fmt: skip
def whether_it_is_positive(gradients, direction):
    return (over_places(products(gradients, direction)) > 0) * 1.0


# tcav_scores(derivatives)


@misconception("tcav_scores", "The share is taken of all images: leave out the images whose derivative is 0.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def share_of_all_images(derivatives):
    dead = (derivatives == 0).all(axis=1)
    return np.where(dead, np.nan, (derivatives > 0).mean(axis=1))


@misconception("tcav_scores", "A direction with zeros alone gets 0: it has no score, so its value is NaN.")  # fmt: skip
def zeros_alone_are_zero(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    return (derivatives > 0).sum(axis=1) / np.maximum(counted, 1)


@misconception("tcav_scores", "A direction with zeros alone gets one half: it has no score, so its value is NaN.")  # fmt: skip
def zeros_alone_are_a_half(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    return np.where(counted, (derivatives > 0).sum(axis=1) / np.maximum(counted, 1), 0.5)


@misconception("tcav_scores", "A derivative of 0 counts as positive: leave it out.")
def zeros_count_as_positive(derivatives):
    dead = (derivatives == 0).all(axis=1)
    return np.where(dead, np.nan, (derivatives >= 0).mean(axis=1))


@misconception("tcav_scores", "A derivative of 0 counts as half an image: leave it out.")
def zeros_count_as_a_half(derivatives):
    dead = (derivatives == 0).all(axis=1)
    return np.where(dead, np.nan, 0.5 + np.sign(derivatives).mean(axis=1) / 2)


@misconception("tcav_scores", "This is the mean of the derivatives: count the images with a positive one.")  # fmt: skip
def means_of_the_derivatives(derivatives):
    return derivatives.mean(axis=1)


@misconception("tcav_scores", "These are shares of negative derivatives: count the positive ones.")
def shares_of_negative(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    with np.errstate(all="ignore"):
        return (derivatives < 0).sum(axis=1) / counted


@misconception("tcav_scores", "These are numbers of images: divide them by the number of images whose derivative is not 0.")  # fmt: skip
def numbers_for_shares(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    return np.where(counted, (derivatives > 0).sum(axis=1), np.nan)


@misconception("tcav_scores", "This is the mean of the signs, from −1 to 1: count the positive derivatives for a share from 0 to 1.")  # fmt: skip
def mean_of_the_signs(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    with np.errstate(all="ignore"):
        return np.sign(derivatives).sum(axis=1) / counted


@misconception("tcav_scores", "The positive derivatives are added up, over the sum of all absolute values: count the images, however large the derivative.")  # fmt: skip
def weighed_by_size(derivatives):
    with np.errstate(all="ignore"):
        return np.maximum(derivatives, 0).sum(axis=1) / abs(derivatives).sum(axis=1)


@misconception("tcav_scores", "The shares are taken over the directions, axis 0: a row is a direction, so take the share over the images, axis 1.")  # fmt: skip
def shares_over_the_directions(derivatives):
    counted = (derivatives != 0).sum(axis=0)
    with np.errstate(all="ignore"):
        return (derivatives > 0).sum(axis=0) / counted


@misconception("tcav_scores", "Positive derivatives are divided by negative ones: divide by the number of all that are not 0.")  # fmt: skip
def positive_over_negative(derivatives):
    with np.errstate(all="ignore"):
        return (derivatives > 0).sum(axis=1) / (derivatives < 0).sum(axis=1)


# p_value(score, random_scores)


def known(random_scores):
    return random_scores[~np.isnan(random_scores)]


@misconception("p_value", "The score itself is not counted: add 1 to the count and 1 to the number, so that no p-value is 0.", known, origin="Phipson and Smyth 2010 name it")  # fmt: skip
def without_the_score_itself(score, random_scores):
    return np.mean(abs(known(random_scores) - 0.5) >= abs(score - 0.5))


@misconception("p_value", "Only the count is one larger: the number of scores is one larger, too.", known)  # fmt: skip
def one_more_in_the_count_alone(score, random_scores):
    random = known(random_scores)
    return (1 + np.sum(abs(random - 0.5) >= abs(score - 0.5))) / len(random)


@misconception("p_value", "Only the number of scores is one larger: the count is one larger, too, since the score is as far from one half as itself.", known)  # fmt: skip
def one_more_in_the_number_alone(score, random_scores):
    random = known(random_scores)
    return np.sum(abs(random - 0.5) >= abs(score - 0.5)) / (1 + len(random))


@misconception("p_value", "Random scores that are as far from one half as the score are left out: count them, by `>=`.", known)  # fmt: skip
def ties_left_out(score, random_scores):
    random = known(random_scores)
    return (1 + np.sum(abs(random - 0.5) > abs(score - 0.5))) / (1 + len(random))


@misconception("p_value", "Only larger random scores are counted: count those that are as far from one half on either side.", known)  # fmt: skip
def one_sided(score, random_scores):
    random = known(random_scores)
    return (1 + np.sum(random >= score)) / (1 + len(random))


@misconception("p_value", "The smaller tail is taken twice: count the random scores that are as far from one half on either side.", known)  # fmt: skip
def twice_the_smaller_tail(score, random_scores):
    random = known(random_scores)
    tails = np.sum(random >= score), np.sum(random <= score)
    return min(1.0, 2 * (1 + min(tails)) / (1 + len(random)))


@misconception("p_value", "The distance is taken from the mean of the random scores: take it from one half.", known)  # fmt: skip
def distance_from_the_mean(score, random_scores):
    random = known(random_scores)
    far = abs(random - random.mean()) >= abs(score - random.mean())
    return (1 + np.sum(far)) / (1 + len(random))


@misconception("p_value", "The random scores nearer to one half are counted: count those that are as far as the score, or farther.", known)  # fmt: skip
def nearer_ones_counted(score, random_scores):
    random = known(random_scores)
    return (1 + np.sum(abs(random - 0.5) < abs(score - 0.5))) / (1 + len(random))


@misconception("p_value", "A random score that is NaN counts in the number of scores: leave it out there, too.")  # fmt: skip
def nan_in_the_number(score, random_scores):
    return (1 + np.sum(abs(random_scores - 0.5) >= abs(score - 0.5))) / (1 + len(random_scores))


@misconception("p_value", "A random score that is NaN counts as 0, which is far from one half: leave it out.")  # fmt: skip
def nan_is_zero(score, random_scores):
    random = np.nan_to_num(random_scores)
    return (1 + np.sum(abs(random - 0.5) >= abs(score - 0.5))) / (1 + len(random))


@misconception("p_value", "This is a number of scores: divide it by their number.", known)
def number_for_p(score, random_scores):
    return 1.0 + np.sum(abs(known(random_scores) - 0.5) >= abs(score - 0.5))


@misconception("p_value", "This is 1 minus the p-value.", known)
def one_minus_p(score, random_scores):
    random = known(random_scores)
    return 1 - (1 + np.sum(abs(random - 0.5) >= abs(score - 0.5))) / (1 + len(random))


# nmf_step(activations, weights, concepts)


def scaled(values, above, below):
    """`values` times `above` over `below`; 0 where `below` is 0."""
    return np.where(below > 0, values * above / np.where(below > 0, below, 1), 0)


@misconception("nmf_step", "The new weights are made from the old concepts: make the new concepts first, and use them.", scaled, typical=True)  # fmt: skip
def weights_from_old_concepts(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    return scaled(w, a @ h.T, w @ h @ h.T), scaled(h, w.T @ a, w.T @ w @ h)


@misconception("nmf_step", "The weights are made first: make the concepts first, from the old weights.", scaled)  # fmt: skip
def weights_first(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    w = scaled(w, a @ h.T, w @ h @ h.T)
    return w, scaled(h, w.T @ a, w.T @ w @ h)


@misconception("nmf_step", "Where a denominator is 0, the new value is NaN: it is 0.", origin=NOTEBOOKS)  # fmt: skip
def zero_over_zero(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    with np.errstate(all="ignore"):
        h = h * (w.T @ a) / (w.T @ w @ h)
        return w * (a @ h.T) / (w @ h @ h.T), h


@misconception("nmf_step", "The concepts come first here: return the weights, then the concepts.", scaled)  # fmt: skip
def concepts_returned_first(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    h = scaled(h, w.T @ a, w.T @ w @ h)
    return h, scaled(w, a @ h.T, w @ h @ h.T)


@misconception("nmf_step", "The factors are returned: multiply the old values by them.", scaled)
def factors_for_values(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    up = scaled(np.ones_like(h), w.T @ a, w.T @ w @ h)
    new = scaled(h, w.T @ a, w.T @ w @ h)
    return scaled(np.ones_like(w), a @ new.T, w @ new @ new.T), up


@misconception("nmf_step", "Numerator and denominator are swapped.", scaled)
def fractions_turned_round(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    h = scaled(h, w.T @ w @ h, w.T @ a)
    return scaled(w, w @ h @ h.T, a @ h.T), h


@misconception("nmf_step", "The concepts stay as they are: they get new values, too.", scaled)
def concepts_kept(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    return scaled(w, a @ h.T, w @ h @ h.T), h


@misconception("nmf_step", "The weights stay as they are: they get new values, too.", scaled)
def weights_kept(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    return w, scaled(h, w.T @ a, w.T @ w @ h)


@misconception("nmf_step", "These are least-squares solutions, cut off at 0: multiply the old values by the fraction of the formula.")  # fmt: skip
def least_squares_cut_off(activations, weights, concepts):
    h = np.maximum(np.linalg.lstsq(weights, activations, rcond=None)[0], 0)
    return np.maximum(np.linalg.lstsq(h.T, activations.T, rcond=None)[0].T, 0), h


@misconception("nmf_step", "The square root of the factor is taken: multiply by the factor itself.", scaled)  # fmt: skip
def roots_of_the_factors(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    h = h * np.sqrt(scaled(np.ones_like(h), w.T @ a, w.T @ w @ h))
    return w * np.sqrt(scaled(np.ones_like(w), a @ h.T, w @ h @ h.T)), h


@misconception("nmf_step", "Two steps are made: make one.", scaled)
def two_steps(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    for _ in range(2):
        h = scaled(h, w.T @ a, w.T @ w @ h)
        w = scaled(w, a @ h.T, w @ h @ h.T)
    return w, h


@misconception("nmf_step", "Where a denominator is 0, the old value stays: the new value is 0.", scaled)  # fmt: skip
def old_values_where_zero(activations, weights, concepts):
    a, w, h = activations, weights, concepts
    below = w.T @ w @ h
    h = np.where(below > 0, scaled(h, w.T @ a, below), h)
    below = w @ h @ h.T
    return np.where(below > 0, scaled(w, a @ h.T, below), w), h
