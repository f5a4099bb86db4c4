"""Correct answers to the exercises of notebook 12, written in other ways."""

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from helpers.methods.activations import layer_activations
from helpers.methods.cam import maps_with_gradients
from helpers.scores import ClassScore


def concept_direction_with_norm(activations, has_concept):
    apart = activations[has_concept].mean(axis=0) - activations[~has_concept].mean(axis=0)
    length = np.linalg.norm(apart)
    return apart if length == 0 else apart / length


def concept_direction_by_weights(activations, has_concept):
    share = has_concept / has_concept.sum() - ~has_concept / (~has_concept).sum()
    flat = activations.reshape(len(activations), -1).astype(float)
    apart = np.array([np.dot(share, column) for column in flat.T])
    apart[abs(apart) < 1e-9] = 0
    return (apart / max(np.sqrt(np.sum(apart**2)), 1e-12)).reshape(activations.shape[1:])


def concept_direction_image_by_image(activations, has_concept):
    sums = {True: np.zeros(activations.shape[1:]), False: np.zeros(activations.shape[1:])}
    for one, has in zip(activations, has_concept, strict=True):
        sums[bool(has)] += one
    apart = sums[True] / has_concept.sum() - sums[False] / np.sum(~has_concept)
    length = (apart * apart).sum() ** 0.5
    return np.divide(apart, length, out=np.zeros_like(apart), where=length > 0)


def concept_direction_from_the_mean_of_all(activations, has_concept):
    apart = activations[has_concept].mean(axis=0) - activations.mean(axis=0)
    length = np.linalg.norm(apart)
    return apart / length if length > 1e-9 else np.zeros_like(apart)


def concept_direction_in_tensorflow(activations, has_concept):
    with_it = tf.reduce_mean(tf.boolean_mask(activations, has_concept), axis=0)
    without = tf.reduce_mean(tf.boolean_mask(activations, ~has_concept), axis=0)
    return tf.math.divide_no_nan(with_it - without, tf.norm(with_it - without))


def directional_derivative_flat(gradients, direction):
    flat = direction.ravel() / np.linalg.norm(direction)
    return gradients.reshape(len(gradients), -1) @ flat


def directional_derivative_with_tensordot(gradients, direction):
    unit = direction / np.sqrt(np.sum(np.square(direction)))
    return np.tensordot(gradients, unit, axes=direction.ndim)


def directional_derivative_image_by_image(gradients, direction):
    length = np.sqrt((direction.astype(float) ** 2).sum())
    return [float(np.sum(one * direction) / length) for one in gradients]


def directional_derivative_in_tensorflow(gradients, direction):
    unit = tf.math.l2_normalize(tf.reshape(direction, [-1]))
    return tf.linalg.matvec(tf.reshape(gradients, [len(gradients), -1]), unit)


def tcav_scores_row_by_row(derivatives):
    scores = []
    for row in derivatives:
        counted = row[row != 0]
        scores.append((counted > 0).mean() if len(counted) else np.nan)
    return np.array(scores)


def tcav_scores_by_signs(derivatives):
    signs = np.sign(derivatives)
    with np.errstate(invalid="ignore"):
        return 0.5 + 0.5 * signs.sum(axis=1) / abs(signs).sum(axis=1)


def tcav_scores_with_nan(derivatives):
    positive = np.where(derivatives == 0, np.nan, derivatives > 0)
    dead = np.isnan(positive).all(axis=1)
    scores = np.full(len(derivatives), np.nan)
    scores[~dead] = np.nanmean(positive[~dead], axis=1)
    return scores


def tcav_scores_in_tensorflow(derivatives):
    positive = tf.math.count_nonzero(derivatives > 0, axis=1)
    return positive / tf.math.count_nonzero(derivatives, axis=1)


def p_value_in_a_loop(score, random_scores):
    count = number = 1
    for one in random_scores:
        if one == one:
            number += 1
            count += abs(one - 0.5) >= abs(score - 0.5)
    return count / number


def p_value_with_the_score_among_them(score, random_scores):
    everything = np.append(random_scores[~np.isnan(random_scores)], score)
    return float(np.mean(abs(everything - 0.5) >= abs(score - 0.5)))


def p_value_of_both_tails(score, random_scores):
    low, high = min(score, 1 - score), max(score, 1 - score)
    found = np.sum(random_scores <= low) + np.sum(random_scores >= high)
    return (found + 1) / (np.count_nonzero(~np.isnan(random_scores)) + 1)


def p_value_by_sorting(score, random_scores):
    far = np.sort(abs(random_scores - 0.5))
    far = far[: len(far) - np.isnan(far).sum()]
    nearer = np.searchsorted(far, abs(score - 0.5), side="left")
    return 1 - nearer / (len(far) + 1)


def nmf_step_by_einsum(activations, weights, concepts):
    above = np.einsum("nk,nc->kc", weights, activations)
    below = np.einsum("nk,nj,jc->kc", weights, weights, concepts)
    new = concepts * np.divide(above, below, out=np.zeros_like(above), where=below != 0)
    above = np.einsum("nc,kc->nk", activations, new)
    below = np.einsum("nj,jc,kc->nk", weights, new, new)
    return weights * np.divide(above, below, out=np.zeros_like(above), where=below != 0), new


def nmf_step_with_a_small_number(activations, weights, concepts):
    activations, weights, concepts = (
        x.astype(np.float64) for x in (activations, weights, concepts)
    )
    product = weights @ concepts
    concepts = concepts * (weights.T @ activations) / (weights.T @ product + 1e-12)
    product = weights @ concepts
    weights = weights * (activations @ concepts.T) / (product @ concepts.T + 1e-12)
    return weights, concepts


def nmf_step_with_nan_to_num(activations, weights, concepts):
    with np.errstate(all="ignore"):
        up = (weights.T @ activations) / (weights.T @ weights @ concepts)
        concepts = np.nan_to_num(concepts * np.nan_to_num(up, posinf=0))
        up = (activations @ concepts.T) / (weights @ concepts @ concepts.T)
        return np.nan_to_num(weights * np.nan_to_num(up, posinf=0)), concepts


def nmf_step_in_tensorflow(activations, weights, concepts):
    approximation = tf.matmul(weights, concepts)
    concepts = concepts * tf.math.divide_no_nan(
        tf.matmul(weights, activations, transpose_a=True),
        tf.matmul(weights, approximation, transpose_a=True),
    )
    approximation = tf.matmul(weights, concepts)
    weights = weights * tf.math.divide_no_nan(
        tf.matmul(activations, concepts, transpose_b=True),
        tf.matmul(approximation, concepts, transpose_b=True),
    )
    return weights, concepts


def own_concept_by_one_tape():
    own_model, own = findings.network(1), findings.images(1)
    plain = keras.models.clone_model(own_model)
    plain.set_weights(own_model.get_weights())
    plain.layers[-1].activation = None
    lower = keras.Model(plain.inputs, plain.get_layer("pool3").output)
    upper = keras.Model(lower.output, plain.output)
    maps = tf.constant(lower(own.images))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        logits = upper(maps)
    jacobian = tape.batch_jacobian(logits, maps).numpy().reshape(200, 10, -1)
    flat, mine = maps.numpy().reshape(200, -1), own.labels == 1
    apart = flat[mine].mean(axis=0) - flat[~mine].mean(axis=0)
    slopes = jacobian @ apart / np.linalg.norm(apart)
    scores = (slopes > 0).mean(axis=0)
    half = np.argmin(abs(scores - 0.5))
    means = slopes.mean(axis=0)
    return [apart.argmax() % 16, means.argmin(), means.min(), half, scores[half]]


def own_concept_digit_by_digit():
    own_model, own = findings.network(1), findings.images(1)
    maps = layer_activations(own_model, own.images, ["pool3"])["pool3"]
    groups = {digit: maps[own.labels == digit] for digit in range(10)}
    others = np.concatenate([group for digit, group in groups.items() if digit != 1])
    apart = groups[1].mean(axis=0) - others.mean(axis=0)
    unit = apart / np.sqrt(np.sum(np.square(apart)))
    found = {}
    for digit in range(10):
        _, gradients = maps_with_gradients(own_model, own.images, ClassScore(digit), layer="pool3")
        slopes = [float(np.sum(one * unit)) for one in gradients]
        positive = sum(slope > 0 for slope in slopes)
        found[digit] = sum(slopes) / len(slopes), positive / len(slopes)
    falling = min(found, key=lambda digit: found[digit][0])
    middle = min(found, key=lambda digit: abs(found[digit][1] - 0.5))
    filter = max(range(16), key=lambda k: unit[:, :, k].max())
    return filter, falling, round(found[falling][0], 3), middle, round(found[middle][1], 3)
