"""Correct answers to the exercises of notebook 11, written in other ways."""

import numpy as np
import tensorflow as tf

from helpers import datasets
from helpers.datasets import marks


def group_accuracy_by_counting(predicted, labels, groups, n_groups, n_classes):
    cell = groups * n_classes + labels
    size = n_groups * n_classes
    images = np.bincount(cell, minlength=size).astype(float)
    right = np.bincount(cell, weights=predicted == labels, minlength=size)
    images[images == 0] = np.nan
    return (right / images).reshape(n_groups, n_classes)


def group_accuracy_as_lists(predicted, labels, groups, n_groups, n_classes):
    table = []
    for g in range(n_groups):
        row = []
        for c in range(n_classes):
            cell = [p == c for p, y, of in zip(predicted, labels, groups) if y == c and of == g]  # noqa: B905
            row.append(sum(cell) / len(cell) if cell else float("nan"))
        table.append(row)
    return table


def group_accuracy_with_one_hot(predicted, labels, groups, n_groups, n_classes):
    of_group, of_class = np.eye(n_groups)[groups], np.eye(n_classes)[labels]
    right = (predicted == labels).astype(float)
    with np.errstate(invalid="ignore"):
        return (of_group * right[:, None]).T @ of_class / (of_group.T @ of_class)


def share_in_box_map_by_map(maps, row, column, size):
    found = []
    for one in maps:
        positive = np.where(one > 0, one, 0)
        box = positive[row : row + size[0], column : column + size[1]]
        found.append(box.sum() / positive.sum() if positive.any() else np.nan)
    return np.array(found)


def share_in_box_by_a_mask(maps, row, column, size):
    mask = np.zeros(maps.shape[1:])
    mask[row : row + size[0], column : column + size[1]] = 1
    positive = maps.clip(0).astype(float)
    with np.errstate(invalid="ignore"):
        return (positive * mask).sum(axis=(1, 2)) / positive.sum(axis=(1, 2))


def share_in_box_in_tensorflow(maps, row, column, size):
    positive = tf.nn.relu(tf.constant(maps))
    box = tf.slice(positive, [0, row, column], [-1, *size])
    return tf.reduce_sum(box, [1, 2]) / tf.reduce_sum(positive, [1, 2])


def corner_votes_map_by_map(maps, size):
    height, width = size
    votes = [0, 0, 0, 0]
    for one in maps:
        positive = np.maximum(one, 0)
        boxes = [
            positive[:height, :width],
            positive[:height, -width:],
            positive[-height:, :width],
            positive[-height:, -width:],
        ]
        sums = [box.sum() for box in boxes]
        if max(sums) > 0:
            votes[sums.index(max(sums))] += 1
    return votes


def corner_votes_with_share_in_box(maps, size):
    bottom, right = maps.shape[1] - size[0], maps.shape[2] - size[1]
    places = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    shares = np.stack([share_in_box_by_a_mask(maps, *at, size) for at in places])
    shares = np.nan_to_num(shares)
    winners = np.where(shares.max(axis=0) > 0, shares.argmax(axis=0), -1)
    return np.array([(winners == corner).sum() for corner in range(4)])


def corner_votes_in_tensorflow(maps, size):
    positive = tf.nn.relu(tf.constant(maps))
    down = [positive[:, : size[0]], positive[:, -size[0] :]]
    boxes = [half for part in down for half in (part[:, :, : size[1]], part[:, :, -size[1] :])]
    sums = tf.stack([tf.reduce_sum(box, [1, 2]) for box in boxes], axis=1)
    voting = tf.reduce_max(sums, axis=1) > 0
    winners = tf.argmax(sums, axis=1, output_type=tf.int32)[voting]
    return tf.math.bincount(winners, minlength=4)


def turned_by_mark_image_by_image(predict, images, mark, row, column, class_index):
    turned = []
    for image in images:
        if predict(image[None])[0].argmax() == class_index:
            continue
        changed = np.array(image)
        for channel in range(image.shape[-1]):
            changed[row : row + len(mark), column : column + len(mark[0]), channel] = mark
        turned.append(predict(changed[None])[0].argmax() == class_index)
    return sum(turned) / len(turned) if turned else float("nan")


def turned_by_mark_of_the_others_alone(predict, images, mark, row, column, class_index):
    others = images[np.argmax(predict(images), axis=1) != class_index]
    if len(others) == 0:
        return np.nan
    others[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[None, :, :, None]
    return np.mean(np.argmax(predict(others), axis=1) == class_index)


def turned_by_mark_by_counting(predict, images, mark, row, column, class_index):
    inside = np.zeros(images.shape[1:3], bool)
    inside[row : row + mark.shape[0], column : column + mark.shape[1]] = True
    canvas = np.zeros(images.shape[1:3], np.float32)
    canvas[inside] = mark.ravel()
    marked = np.where(inside[..., None], canvas[..., None], images)
    was, becomes = (predict(x).argmax(axis=1) == class_index for x in (images, marked))
    able = np.sum(~was)
    return np.float64(np.sum(~was & becomes)) / able if able else np.nan


def spread_mark_with_a_counter(images, labels, mark, row, column):
    seen, mended = {}, []
    for image, label in zip(images, labels, strict=True):
        one = image.copy()
        number = seen.get(int(label), 0)
        seen[int(label)] = number + 1
        one[row : row + mark.shape[0], column : column + mark.shape[1]] = (
            mark[:, :, None] if number % 2 == 0 else 0
        )
        mended.append(one)
    return np.stack(mended)


def spread_mark_by_a_mask(images, labels, mark, row, column):
    before = np.tril(labels[:, None] == labels[None, :], -1).sum(axis=1)
    canvas, inside = np.zeros(images.shape[1:3]), np.zeros(images.shape[1:3], bool)
    canvas[row : row + len(mark), column : column + mark.shape[1]] = mark
    inside[row : row + len(mark), column : column + mark.shape[1]] = True
    values = canvas * (before % 2 == 0)[:, None, None]
    return np.where(inside[None, ..., None], values[..., None], images.astype(float))


def spread_mark_in_tensorflow(images, labels, mark, row, column):
    below = images.shape[1] - row - mark.shape[0]
    right = images.shape[2] - column - mark.shape[1]
    around = [[row, below], [column, right]]
    inside = tf.pad(tf.ones_like(mark), around)[None, ..., None]
    drawn = tf.pad(tf.constant(mark), around)[None, ..., None]
    bears = np.zeros(len(labels), np.float32)
    for c in set(labels.tolist()):
        bears[np.where(labels == c)[0][::2]] = 1
    return images * (1 - inside) + drawn * bears[:, None, None, None]


def own_riddle_copied_by_hand():
    return np.array([8, 1, 3, 5])


def own_riddle_by_medians():
    """Of all classes and corners, the one whose median image is brightest there."""
    train = marks.marked(datasets.load("digits"), 16).train
    boxes = {}
    for c in range(10):
        middle = np.median(train.images[train.labels == c, ..., 0], axis=0)
        for corner, box in enumerate(
            middle[r : r + 5, k : k + 5] for r in (1, 22) for k in (1, 22)
        ):
            boxes[c, corner] = box
    suspect, corner = max(boxes, key=lambda which: boxes[which].sum())
    mark = boxes[suspect, corner]
    return suspect, corner, mark[0].sum(), mark[:, 0].sum()
