"""Correct answers to the exercises of notebook 09, written in other ways."""

import numpy as np
import tensorflow as tf


def head_classes_by_rounding(outputs):
    return np.array(
        [np.rint(p).ravel() if p.shape[-1] == 1 else np.argmax(p, axis=-1) for p in outputs], int
    ).T


def head_classes_with_two_columns(outputs):
    both = [np.hstack([1 - p, p]) if p.shape[1] == 1 else p for p in outputs]
    return np.column_stack([p.argmax(axis=1) for p in both])


def head_classes_image_by_image(outputs):
    rows = []
    for i in range(len(outputs[0])):
        rows.append(
            [int(p[i, 0] >= 0.5) if len(p[i]) == 1 else int(p[i].argmax()) for p in outputs]
        )
    return rows


def accuracies_by_a_loop(predicted, truth):
    heads = range(truth.shape[1])
    each = [float((predicted[:, head] == truth[:, head]).mean()) for head in heads]
    together = sum(bool((p == t).all()) for p, t in zip(predicted, truth, strict=True))
    return each, together / len(truth)


def accuracies_by_products_of_images(predicted, truth):
    right = tf.cast(predicted == truth, tf.float64)
    return tf.reduce_mean(right, axis=0), tf.reduce_mean(tf.reduce_prod(right, axis=1))


def angle_error_by_folding(predicted, true, directions):
    turned = (predicted - true) * 180 / directions
    return abs((turned + 90) % 180 - 90)


def angle_error_by_angles(predicted, true, directions):
    turned = np.pi / directions * (np.asarray(predicted) - true)
    return np.degrees(np.arctan2(abs(np.sin(turned)), abs(np.cos(turned))))


def angle_error_one_by_one(predicted, true, directions):
    step = 180 / directions
    return [
        min((int(p) - int(t)) % directions, (int(t) - int(p)) % directions) * step
        for p, t in zip(predicted, true, strict=True)
    ]


def mask_iou_by_a_threshold(maps, masks):
    shares = []
    for values, mask in zip(maps, masks, strict=True):
        chosen = values >= np.sort(values.ravel())[-mask.sum()]
        shares.append(np.logical_and(chosen, mask).sum() / np.logical_or(chosen, mask).sum())
    return shares


def mask_iou_by_ranks(maps, masks):
    flat, inside = (np.reshape(x, (len(x), -1)) for x in (maps, masks))
    ranks = flat.shape[1] - 1 - flat.argsort(axis=1).argsort(axis=1)
    area = inside.sum(axis=1)
    common = ((ranks < area[:, None]) & inside).sum(axis=1)
    return tf.constant(common / (2 * area - common))


def without_filter_by_a_mask(features, kernels, biases, truth):
    rows = []
    for mask in 1 - np.eye(features.shape[-1], dtype=np.float32):
        flat = (features * mask).reshape(len(features), -1)
        answers = [flat @ kernel + bias for kernel, bias in zip(kernels, biases, strict=True)]
        decided = np.column_stack(
            [x.ravel() > 0 if x.shape[1] == 1 else x.argmax(axis=1) for x in answers]
        )
        rows.append((decided == truth).mean(axis=0))
    return np.array(rows)


def without_filter_by_a_difference(features, kernels, biases, truth):
    n, height, width, filters = features.shape
    result = np.zeros((filters, len(kernels)))
    for head, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        logits = features.reshape(n, -1) @ kernel + bias
        split = kernel.reshape(height, width, filters, -1)
        for filter in range(filters):
            own = np.einsum("nhw,hwu->nu", features[..., filter], split[:, :, filter])
            left = logits - own
            decided = left[:, 0] > 0 if left.shape[1] == 1 else left.argmax(axis=1)
            result[filter, head] = np.mean(decided == truth[:, head])
    return result
