"""Correct answers to the exercises of notebook 09, written in other ways."""

import heapq

import keras
import numpy as np
import tensorflow as tf
from sklearn import metrics

from helpers.checks import findings


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


def head_classes_with_keras_ops(outputs):
    def column(p):
        single = keras.ops.cast(keras.ops.squeeze(p[:, :1], 1) > 0.5, "int32")
        return single if p.shape[1] == 1 else keras.ops.argmax(p, axis=-1)

    return keras.ops.stack([column(keras.ops.convert_to_tensor(p)) for p in outputs], axis=1)


def head_classes_by_digitizing(outputs):
    table = np.empty((len(outputs[0]), len(outputs)), dtype=np.uint8)
    for head, p in enumerate(outputs):
        match p.shape:
            case (_, 1):
                table[:, head] = np.digitize(p.ravel(), [0.5])
            case _:
                table[:, head] = [max(range(len(row)), key=row.__getitem__) for row in p]
    return table


def accuracies_with_sklearn(predicted, truth):
    each = [metrics.accuracy_score(t, p) for t, p in zip(truth.T, predicted.T, strict=True)]
    rows = [[",".join(map(str, row)) for row in table.tolist()] for table in (truth, predicted)]
    return np.array(each), metrics.accuracy_score(*rows)


def accuracies_by_counting_mistakes(predicted, truth):
    wrong = np.count_nonzero(predicted - truth, axis=1)
    each = 1 - np.count_nonzero(predicted != truth, axis=0) / len(truth)
    return each, np.float32(np.mean(wrong == 0))


def accuracies_with_keras_ops(predicted, truth):
    right = keras.ops.cast(keras.ops.equal(predicted, truth), "float32")
    return keras.ops.mean(right, axis=0), keras.ops.mean(keras.ops.min(right, axis=1))


def angle_error_by_doubled_angles(predicted, true, directions):
    one, other = (np.exp(2j * np.pi * k / directions) for k in (predicted, true))
    return abs(np.degrees(np.angle(one * other.conj()))) / 2


def angle_error_from_a_table(predicted, true, directions):
    steps = np.arange(directions)
    table = np.where(steps <= directions / 2, steps, directions - steps) * (180 / directions)
    return table[(predicted - true) % directions]


def angle_error_by_sorting(predicted, true, directions):
    first, last = np.sort(np.stack([predicted, true]), axis=0)
    ways = tf.stack([last - first, first + directions - last])
    return tf.cast(tf.reduce_min(ways, axis=0), tf.float64) * 180 / directions


def mask_iou_with_sets(maps, masks):
    shares = []
    for values, mask in zip(maps, masks, strict=True):
        inside = set(np.flatnonzero(mask).tolist())
        numbered = list(enumerate(values.ravel().tolist()))
        highest = heapq.nlargest(len(inside), numbered, key=lambda pair: pair[1])
        chosen = {place for place, _ in highest}
        shares.append(len(chosen & inside) / len(chosen | inside))
    return tuple(shares)


def mask_iou_with_sklearn(maps, masks):
    def one(values, mask):
        k, flat = np.count_nonzero(mask), values.ravel()
        chosen = np.zeros(flat.size, bool)
        chosen[np.argpartition(flat, -k)[-k:]] = True
        return metrics.jaccard_score(mask.ravel(), chosen)

    return np.fromiter(map(one, maps, masks), float)


def mask_iou_in_tensorflow(maps, masks):
    shares = []
    for values, mask in zip(tf.reshape(maps, (len(maps), -1)), masks, strict=True):
        inside = tf.constant(mask.ravel())
        top = tf.math.top_k(values, k=int(mask.sum()))
        chosen = values >= tf.reduce_min(top.values)
        common = tf.math.count_nonzero(chosen & inside)
        shares.append(common / tf.math.count_nonzero(chosen | inside))
    return tf.stack(shares)


def without_filter_by_cut_kernels(features, kernels, biases, truth):
    flat, filters = features.reshape(len(features), -1), features.shape[-1]
    result = np.zeros((filters, len(kernels)))
    for f, (head, kernel) in ((f, pair) for f in range(filters) for pair in enumerate(kernels)):
        cut = kernel.copy()
        cut[f::filters] = 0
        logits = flat @ cut + biases[head]
        if logits.shape[1] == 1:
            logits = np.hstack([np.zeros_like(logits), logits])
        result[f, head] = metrics.accuracy_score(truth[:, head], logits.argmax(axis=1))
    return result


def without_filter_in_one_batch(features, kernels, biases, truth):
    n, filters = len(features), features.shape[-1]
    left = features[None] * (1 - np.eye(filters))[:, None, None, None, :]
    columns = []
    for kernel, bias in zip(kernels, biases, strict=True):
        logits = tf.matmul(left.reshape(filters * n, -1), kernel.astype(float)) + bias
        p = tf.sigmoid(logits)[:, 0] >= 0.5 if kernel.shape[1] == 1 else tf.argmax(logits, axis=1)
        columns.append(tf.cast(p, tf.int64))
    predicted = tf.reshape(tf.stack(columns, axis=1), (filters, n, len(kernels)))
    return tf.reduce_mean(tf.cast(predicted == truth[None], tf.float32), axis=1)


def gradient_sizes_of(number):
    """Return the images of the number's digit, and the size of the gradient of its logit."""
    model, own = findings.network(number), findings.images(number)
    model.layers[-1].activation = keras.activations.linear
    x = tf.Variable(own.images[own.labels == number % 10])
    with tf.GradientTape() as tape:
        logits = model(x)[:, number % 10]
    return x.numpy()[..., 0], np.abs(tape.gradient(logits, x)[..., 0])


def own_overlap_by_sets():
    shares = []
    for image, size in zip(*gradient_sizes_of(25), strict=True):
        ink = set(np.flatnonzero(image > 0.5))
        chosen = set(heapq.nlargest(len(ink), range(784), key=size.ravel().__getitem__))
        shares.append(len(ink & chosen) / len(ink | chosen))
    return np.argmax(shares), max(shares), sum(shares) / len(shares)


def own_overlap_by_jaccard():
    images, sizes = gradient_sizes_of(25)
    masks = (images > 0.5).reshape(len(images), -1)
    ranks = np.argsort(np.argsort(-sizes.reshape(masks.shape), axis=1), axis=1)
    chosen = ranks < masks.sum(axis=1, keepdims=True)
    shares = [metrics.jaccard_score(*pair) for pair in zip(masks, chosen, strict=True)]
    return [int(np.argmax(shares)), round(max(shares), 4), round(float(np.mean(shares)), 4)]
