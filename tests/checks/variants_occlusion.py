"""Correct answers to the exercises of notebook 06, written in other ways."""

import numpy as np
import tensorflow as tf


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
