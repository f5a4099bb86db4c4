"""Correct answers to the exercises of notebook 06, written in other ways."""

from itertools import product

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings


def cover_patch_by_a_mask(images, row, column, patch, fill):
    rows, columns = np.indices(images.shape[1:3])
    inside = (rows >= row) & (rows < row + patch[0]) & (columns >= column)
    inside &= columns < column + patch[1]
    return np.where(inside[..., None], fill, images.astype(float))


def cover_patch_image_by_image(images, row, column, patch, fill):
    covered = []
    for image in images:
        image = np.array(image)
        image[row : row + patch[0], column : column + patch[1], :] = fill
        covered.append(image)
    return tf.stack(covered)


def patch_positions_by_a_while_loop(size, patch, stride):
    positions, start = [], 0
    while start + patch < size:
        positions.append(start)
        start += stride
    return [*positions, size - patch]


def patch_positions_as_a_set(size, patch, stride):
    return sorted({min(start, size - patch) for start in range(0, size, stride)})


def average_overlaps_by_slices(drops, rows, columns, patch, size):
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            total[:, row : row + patch[0], column : column + patch[1]] += drops[:, i, j, None, None]
            count[row : row + patch[0], column : column + patch[1]] += 1
    return total / count


def average_overlaps_pixel_by_pixel(drops, rows, columns, patch, size):
    result = np.zeros((len(drops), *size), np.float32)
    for y in range(size[0]):
        for x in range(size[1]):
            over = (rows <= y) & (y < rows + patch[0]), (columns <= x) & (x < columns + patch[1])
            result[:, y, x] = drops[:, over[0]][:, :, over[1]].mean(axis=(1, 2))
    return result


def drop_map_all_patches_in_one_batch(predict, images, class_index, patch, stride, fill):
    n, height, width, _ = images.shape
    rows, columns = (
        patch_positions_as_a_set(*numbers)
        for numbers in zip((height, width), patch, stride, strict=True)
    )
    places = [(row, column) for row in rows for column in columns]
    covered = np.concatenate(
        [images] + [cover_patch_by_a_mask(images, *p, patch, fill) for p in places]
    )
    scores = predict(covered)[:, class_index].reshape(-1, n)
    drops = (scores[0] - scores[1:]).T.reshape(n, len(rows), len(columns))
    return average_overlaps_by_slices(drops, rows, columns, patch, (height, width))


def drop_map_image_by_image(predict, images, class_index, patch, stride, fill):
    maps = []
    for image in images:
        total, count = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
        before = float(predict(image[None])[0, class_index])
        for row in patch_positions_by_a_while_loop(image.shape[0], patch[0], stride[0]):
            for column in patch_positions_by_a_while_loop(image.shape[1], patch[1], stride[1]):
                covered = image.copy()
                covered[row : row + patch[0], column : column + patch[1]] = fill
                after = float(predict(covered[None])[0, class_index])
                total[row : row + patch[0], column : column + patch[1]] += before - after
                count[row : row + patch[0], column : column + patch[1]] += 1
        maps.append(total / count)
    return maps


def covered_places_with_negative_slices(predict, images, patch, fill):
    height, width = patch
    top, left = (images.shape[1] - height) // 2, (images.shape[2] - width) // 2
    windows = [
        np.s_[:, top : top + height, left : left + width],
        np.s_[:, :height, :width],
        np.s_[:, :height, -width:],
        np.s_[:, -height:, :width],
        np.s_[:, -height:, -width:],
    ]
    classes = np.zeros((len(images), 5), int)
    probabilities = np.zeros((len(images), 5))
    for place, window in enumerate(windows):
        covered = np.copy(images)
        covered[window] = fill
        answer = predict(covered)
        classes[:, place] = answer.argmax(axis=1)
        probabilities[:, place] = answer.max(axis=1)
    return classes, probabilities


def covered_places_as_lists(predict, images, patch, fill):
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    places = [(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers = [predict(cover_patch_image_by_image(images, *p, patch, fill)) for p in places]
    classes = [[int(answer[i].argmax()) for answer in answers] for i in range(len(images))]
    shares = [[float(answer[i].max()) for answer in answers] for i in range(len(images))]
    return classes, shares


def cover_patch_pixel_by_pixel(images, row, column, patch, fill):
    covered = np.array(images, dtype=np.float64)
    for n, y, x, c in np.ndindex(images.shape):
        if 0 <= y - row < patch[0] and 0 <= x - column < patch[1]:
            covered[n, y, x, c] = fill
    return covered


def cover_patch_by_padding(images, row, column, patch, fill):
    below = images.shape[1] - row - patch[0]
    right = images.shape[2] - column - patch[1]
    inside = tf.pad(tf.ones(patch), [[row, below], [column, right]])[None, ..., None]
    return images * (1 - inside) + fill * inside


def cover_patch_with_keras_ops(images, row, column, patch, fill):
    covered = keras.ops.full((len(images), *patch, images.shape[-1]), fill, dtype="float32")
    return keras.ops.slice_update(keras.ops.convert_to_tensor(images), (0, row, column, 0), covered)


def patch_positions_in_tensorflow(size, patch, stride):
    last = size - patch
    return tf.concat([tf.range(0, last, stride), [last]], axis=0)


def patch_positions_by_counting(size, patch, stride):
    count = 1 + (size - patch + stride - 1) // stride
    return np.minimum(stride * np.arange(count), size - patch)


def patch_positions_by_a_generator(size, patch, stride):
    def starts():
        start = 0
        while start < size - patch:
            yield start
            start += stride
        yield size - patch

    return tuple(starts())


def average_overlaps_by_products(drops, rows, columns, patch, size):
    def inside(starts, length, pixels):
        places = np.arange(pixels) - np.asarray(starts)[:, None]
        return ((places >= 0) & (places < length)).astype(float)

    down, across = inside(rows, patch[0], size[0]), inside(columns, patch[1], size[1])
    total = np.einsum("nij,ih,jw->nhw", drops, down, across)
    return total / np.multiply.outer(down.sum(axis=0), across.sum(axis=0))


def average_overlaps_of_layers(drops, rows, columns, patch, size):
    layers = []
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        layer = np.full((len(drops), *size), np.nan)
        layer[:, row : row + patch[0], column : column + patch[1]] = drops[:, i, j, None, None]
        layers.append(layer)
    return np.nanmean(layers, axis=0)


def average_overlaps_by_running_means(drops, rows, columns, patch, size):
    mean, count = np.zeros((len(drops), *size)), np.zeros(size, int)
    for i, j in product(range(len(rows)), range(len(columns))):
        window = np.s_[..., rows[i] : rows[i] + patch[0], columns[j] : columns[j] + patch[1]]
        count[window] += 1
        mean[window] += (drops[:, i, j].reshape(-1, 1, 1) - mean[window]) / count[window]
    return tf.constant(mean, tf.float32)


def drop_map_row_by_row_of_patches(predict, images, class_index, patch, stride, fill):
    size = images.shape[1:3]
    rows = patch_positions_by_counting(size[0], patch[0], stride[0])
    columns = patch_positions_by_counting(size[1], patch[1], stride[1])

    def probability(batch):
        return tf.gather(predict(batch), class_index, axis=1).numpy()

    lost = [
        [
            probability(images) - probability(cover_patch_by_a_mask(images, r, c, patch, fill))
            for c in columns
        ]
        for r in rows
    ]
    drops = np.moveaxis(np.array(lost), -1, 0)
    return average_overlaps_by_products(drops, rows, columns, patch, size)


def drop_map_as_sums(predict, images, class_index, patch, stride, fill):
    answers, hidden, count = predict(images), 0, 0
    one_hot = np.eye(answers.shape[1])[class_index]
    for row in patch_positions_by_a_generator(images.shape[1], patch[0], stride[0]):
        for column in patch_positions_by_a_generator(images.shape[2], patch[1], stride[1]):
            inside = np.zeros(images.shape[1:3])
            inside[row : row + patch[0], column : column + patch[1]] = 1
            covered = np.where(inside[..., None] > 0, np.float32(fill), images)
            hidden = hidden + (predict(covered) @ one_hot)[:, None, None] * inside
            count = count + inside
    return (answers @ one_hot)[:, None, None] - hidden / count


def covered_places_by_sorting(predict, images, patch, fill):
    (h, w), (height, width) = patch, images.shape[1:3]
    starts = {
        "centre": ((height - h) // 2, (width - w) // 2),
        "top left": (0, 0),
        "top right": (0, width - w),
        "bottom left": (height - h, 0),
        "bottom right": (height - h, width - w),
    }
    covered = [cover_patch_by_a_mask(images, *start, patch, fill) for start in starts.values()]
    answers = predict(np.concatenate(covered)).reshape(5, len(images), -1).swapaxes(0, 1)
    best = np.argsort(answers, axis=-1)[..., -1]
    return best, np.take_along_axis(answers, best[..., None], axis=-1).squeeze(-1)


def covered_places_in_tensorflow(predict, images, patch, fill):
    bottom, right = (images.shape[axis + 1] - patch[axis] for axis in (0, 1))
    places = [(bottom // 2, right // 2), *product((0, bottom), (0, right))]
    answers = tf.stack(
        [predict(cover_patch_by_padding(images, *place, patch, fill)) for place in places], axis=1
    )
    return tf.argmax(answers, axis=-1), tf.reduce_max(answers, axis=-1)


def worst_patch_all_at_once():
    own_model, own = findings.network(11), findings.images(11)
    starts = [*range(0, 23, 3), 23]
    masks = np.ones((len(starts) ** 2, 28, 28, 1), np.float32)
    places = list(product(starts, starts))
    for mask, (row, column) in zip(masks, places, strict=True):
        mask[row : row + 5, column : column + 5] = 0
    answers = own_model.predict(own.images[0] * masks, verbose=0)
    left = answers[:, own.labels[0]]
    worst = left.argmin()
    before = own_model(own.images[:1]).numpy()[0, own.labels[0]]
    return *places[worst], answers[worst].argmax(), before - left[worst]


def worst_patch_one_at_a_time():
    own_model, own = findings.network(11), findings.images(11)
    image, label = own.images[0], own.labels[0]
    whole = float(own_model(image[None])[0, label])
    best = (-1.0, 0, 0, 0)
    for row in range(0, 24):
        for column in range(0, 24):
            if (row % 3 and row != 23) or (column % 3 and column != 23):
                continue
            covered = image.copy()
            covered[row : row + 5, column : column + 5, :] = 0
            answer = np.ravel(own_model(covered[None]))
            best = max(best, (whole - float(answer[label]), row, column, int(answer.argmax())))
    drop, row, column, digit = best
    return [row, column, digit, round(drop, 3)]
