"""Wrong answers to the exercises of notebook 11."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception

# group_accuracy(predicted, labels, groups, n_groups, n_classes)


def table_of(right, labels, groups, n_groups, n_classes):
    """Means of `right`, cell by cell; NaN in a cell without images."""
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        cell = (groups == g) & (labels == c)
        if cell.any():
            table[g, c] = np.mean(right[cell])
    return table


@misconception("group_accuracy", "A cell without images is 0, as if all of its answers were wrong, but its value should be NaN.", table_of, origin=NOTEBOOKS, typical=True)  # fmt: skip
def empty_cell_is_zero(predicted, labels, groups, n_groups, n_classes):
    return np.nan_to_num(table_of(predicted == labels, labels, groups, n_groups, n_classes))


@misconception("group_accuracy", "The groups are ignored. Every row is the accuracy over all images. Take the images of one group for one row.", table_of)  # fmt: skip
def groups_ignored(predicted, labels, groups, n_groups, n_classes):
    row = table_of(predicted == labels, labels, 0 * groups, 1, n_classes)
    return np.repeat(row, n_groups, axis=0)


@misconception("group_accuracy", "The classes are ignored. Every column is the accuracy over all classes. Take the images of one class for one column.", table_of)  # fmt: skip
def classes_ignored(predicted, labels, groups, n_groups, n_classes):
    column = table_of(predicted == labels, 0 * labels, groups, n_groups, 1)
    return np.repeat(column, n_classes, axis=1)


@misconception("group_accuracy", "This is the precision. The images are chosen by the class that is predicted. Choose the images by `labels`.", table_of)  # fmt: skip
def precision_for_accuracy(predicted, labels, groups, n_groups, n_classes):
    return table_of(predicted == labels, predicted, groups, n_groups, n_classes)


@misconception("group_accuracy", "The share is taken of all images of the group. Divide by the number of images of the class in the group.")  # fmt: skip
def divided_by_the_group(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        cell = (groups == g) & (labels == c)
        if cell.any():
            table[g, c] = np.sum(predicted[cell] == c) / np.sum(groups == g)
    return table


@misconception("group_accuracy", "The share is taken of all images of the class, in all groups. Divide by the number of images of the class in the group.")  # fmt: skip
def divided_by_the_class(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        cell = (groups == g) & (labels == c)
        if cell.any():
            table[g, c] = np.sum(predicted[cell] == c) / np.sum(labels == c)
    return table


@misconception("group_accuracy", "The share is taken of all images. Divide by the number of images of the class in the group.")  # fmt: skip
def divided_by_all(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        cell = (groups == g) & (labels == c)
        if cell.any():
            table[g, c] = np.sum(predicted[cell] == c) / len(labels)
    return table


@misconception("group_accuracy", "These are numbers of right answers: divide them by the number of images in the cell.", table_of)  # fmt: skip
def counts_for_shares(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        cell = (groups == g) & (labels == c)
        if cell.any():
            table[g, c] = np.sum(predicted[cell] == c)
    return table


@misconception("group_accuracy", "This is the share of wrong answers. Count the images whose prediction equals the label.", table_of)  # fmt: skip
def errors_for_accuracy(predicted, labels, groups, n_groups, n_classes):
    return table_of(predicted != labels, labels, groups, n_groups, n_classes)


@misconception("group_accuracy", "Rows and columns are swapped. A row belongs to a group, a column to a class.", table_of)  # fmt: skip
def table_transposed(predicted, labels, groups, n_groups, n_classes):
    return table_of(predicted == labels, labels, groups, n_groups, n_classes).T


@misconception("group_accuracy", "The shares are in per cent. Return numbers from 0 to 1.", table_of)  # fmt: skip
def per_cent(predicted, labels, groups, n_groups, n_classes):
    return 100 * table_of(predicted == labels, labels, groups, n_groups, n_classes)


@misconception("group_accuracy", "This is the share of the cell among all images, right or wrong. Take the share of right answers within the cell.")  # fmt: skip
def share_of_the_cell(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(table.shape):
        if ((groups == g) & (labels == c)).any():
            table[g, c] = np.mean((groups == g) & (labels == c))
    return table


# share_in_box(maps, row, column, size)


def shares(evidence, row, column, size):
    """Shares inside the box, NaN where the whole is 0."""
    inside = evidence[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    whole = evidence.sum(axis=(1, 2))
    return np.where(whole != 0, inside / np.where(whole != 0, whole, 1), np.nan)


@misconception("share_in_box", "Negative values are subtracted from the evidence, but they should count as 0, inside the box and outside.", shares, origin=NOTEBOOKS)  # fmt: skip
def signed_values(maps, row, column, size):
    return shares(maps, row, column, size)


@misconception("share_in_box", "Negative values count as if they were positive, but they should count as 0. Take no absolute values.", shares, origin=NOTEBOOKS)  # fmt: skip
def absolute_values(maps, row, column, size):
    return shares(abs(maps), row, column, size)


@misconception("share_in_box", "A map without positive values gets 0, but its value should be NaN, since it has no share.", shares)  # fmt: skip
def no_evidence_is_zero(maps, row, column, size):
    return np.nan_to_num(shares(np.maximum(maps, 0), row, column, size))


@misconception("share_in_box", "The box is divided by the evidence of all maps. Divide by the sum of the same map, over axes 1 and 2.")  # fmt: skip
def divided_by_all_maps(maps, row, column, size):
    evidence = np.maximum(maps, 0)
    inside = evidence[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    return inside / evidence.sum()


@misconception("share_in_box", "These are sums inside the box: divide them by the sum of the whole map.")  # fmt: skip
def sums_for_shares(maps, row, column, size):
    evidence = np.maximum(maps, 0)
    return evidence[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))


@misconception("share_in_box", "The box is divided by what is outside of the box. Divide by the sum of the whole map.")  # fmt: skip
def inside_over_outside(maps, row, column, size):
    evidence = np.maximum(maps, 0)
    inside = evidence[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    with np.errstate(all="ignore"):
        return inside / (evidence.sum(axis=(1, 2)) - inside)


@misconception("share_in_box", "This is the share outside of the box. Sum up what is inside.", shares)  # fmt: skip
def share_outside(maps, row, column, size):
    return 1 - shares(np.maximum(maps, 0), row, column, size)


@misconception("share_in_box", "Means are compared in place of sums. The mean of the box over the mean of the map is no share.")  # fmt: skip
def means_for_sums(maps, row, column, size):
    evidence = np.maximum(maps, 0)
    inside = evidence[:, row : row + size[0], column : column + size[1]].mean(axis=(1, 2))
    with np.errstate(all="ignore"):
        return inside / evidence.mean(axis=(1, 2))


@misconception("share_in_box", "The box is (height, width), but here its height runs along the columns.", shares)  # fmt: skip
def box_height_and_width_swapped(maps, row, column, size):
    return shares(np.maximum(maps, 0), row, column, size[::-1])


@misconception("share_in_box", "`row` and `column` are swapped. The first axis after N is the height.", shares)  # fmt: skip
def row_and_column_swapped(maps, row, column, size):
    return shares(np.maximum(maps, 0), column, row, size)


@misconception("share_in_box", "The slice ends at `size`, but a slice names its end. The box ends at `row + height` and `column + width`.")  # fmt: skip
def slice_ends_at_the_size(maps, row, column, size):
    evidence = np.maximum(maps, 0)
    whole = evidence.sum(axis=(1, 2))
    inside = evidence[:, row : size[0], column : size[1]].sum(axis=(1, 2))
    return np.where(whole > 0, inside / np.where(whole > 0, whole, 1), np.nan)


@misconception("share_in_box", "Pixels are counted, not their values. Sum up the positive values.", shares)  # fmt: skip
def positive_pixels_counted(maps, row, column, size):
    return shares((maps > 0) * 1.0, row, column, size)


# corner_votes(maps, size)


def corner_sums(evidence, size):
    """The sums in the four corners, (N, 4)."""
    down, across = (0, evidence.shape[1] - size[0]), (0, evidence.shape[2] - size[1])
    boxes = [evidence[:, r : r + size[0], c : c + size[1]] for r in down for c in across]
    return np.stack([box.sum(axis=(1, 2)) for box in boxes], axis=1)


@misconception("corner_votes", "A map without positive values in the corners votes for the top left one, since `argmax` of equals is 0. Such a map should have no vote.", corner_sums, origin=NOTEBOOKS)  # fmt: skip
def dead_maps_vote_for_the_first(maps, size):
    return np.bincount(corner_sums(np.maximum(maps, 0), size).argmax(axis=1), minlength=4)


@misconception("corner_votes", "Negative values are subtracted from a corner's sum, but they should count as 0.", corner_sums)  # fmt: skip
def signed_sums(maps, size):
    sums = corner_sums(maps, size)
    voting = corner_sums(np.maximum(maps, 0), size).any(axis=1)
    return np.bincount(sums.argmax(axis=1)[voting], minlength=4)


@misconception("corner_votes", "Negative values count as if they were positive, but they should count as 0. Take no absolute values.", corner_sums)  # fmt: skip
def absolute_sums(maps, size):
    sums = corner_sums(abs(maps), size)
    return np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4)


@misconception("corner_votes", "Of equal corners the last one gets the vote: the first one gets it.", corner_sums)  # fmt: skip
def last_of_equals(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size)
    last = 3 - sums[:, ::-1].argmax(axis=1)
    return np.bincount(last[sums.any(axis=1)], minlength=4)


@misconception("corner_votes", "All corners that share the largest sum get a vote: the first of them gets it alone.", corner_sums)  # fmt: skip
def all_equals_get_a_vote(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size)
    best = (sums == sums.max(axis=1, keepdims=True)) & sums.any(axis=1)[:, None]
    return best.sum(axis=0)


@misconception("corner_votes", "Each corner of a map gets a vote if it has evidence. Only the corner with the largest sum gets the map's vote.", corner_sums)  # fmt: skip
def all_corners_vote(maps, size):
    return (corner_sums(np.maximum(maps, 0), size) > 0).sum(axis=0)


@misconception("corner_votes", "The largest pixel decides, not the sum: sum up the positive values of each box.")  # fmt: skip
def largest_pixel_decides(maps, size):
    evidence = np.maximum(maps, 0)
    down, across = (0, maps.shape[1] - size[0]), (0, maps.shape[2] - size[1])
    boxes = [evidence[:, r : r + size[0], c : c + size[1]] for r in down for c in across]
    peaks = np.stack([box.max(axis=(1, 2)) for box in boxes], axis=1)
    return np.bincount(peaks.argmax(axis=1)[peaks.any(axis=1)], minlength=4)


@misconception("corner_votes", "The sums of all maps are added up: each map has one vote, however strong it is.", corner_sums)  # fmt: skip
def sums_for_votes(maps, size):
    return corner_sums(np.maximum(maps, 0), size).sum(axis=0)


@misconception("corner_votes", "These are shares of the votes: return how many maps vote for each corner.", corner_sums)  # fmt: skip
def shares_of_the_votes(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size)
    return np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4) / len(maps)


@misconception("corner_votes", "Bottom left comes before top right here. The order is top left, top right, bottom left, bottom right.", corner_sums)  # fmt: skip
def column_by_column(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size)[:, [0, 2, 1, 3]]
    return np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4)


@misconception("corner_votes", "The box is (height, width), but here its height runs along the columns.", corner_sums)  # fmt: skip
def corner_height_and_width_swapped(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size[::-1])
    return np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4)


@misconception("corner_votes", "Only the winning corner keeps its votes. Return the votes of all four corners.", corner_sums)  # fmt: skip
def winner_alone(maps, size):
    sums = corner_sums(np.maximum(maps, 0), size)
    votes = np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4)
    return np.where(votes == votes.max(), votes, 0)


# turned_by_mark(predict, images, mark, row, column, class_index)


def put(images, mark, row, column):
    marked = images.copy()
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[..., None]
    return marked


@misconception("turned_by_mark", "Images of the class before count as turned. Leave out all images that are predicted as the class without the mark.", put, origin=NOTEBOOKS, typical=True)  # fmt: skip
def of_the_class_count(predict, images, mark, row, column, class_index):
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    return float(np.mean(after == class_index))


@misconception("turned_by_mark", "The share is taken of all images. Divide by the number of images that are predicted as another class before.", put)  # fmt: skip
def divided_by_all_images(predict, images, mark, row, column, class_index):
    before = predict(images).argmax(axis=1)
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    return float(np.mean((before != class_index) & (after == class_index)))


@misconception("turned_by_mark", "Any change of the prediction counts: an image turns only if it becomes `class_index`.", put)  # fmt: skip
def any_change_counts(predict, images, mark, row, column, class_index):
    before = predict(images).argmax(axis=1)
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    others = before != class_index
    return float(np.mean((after != before)[others])) if others.any() else np.nan


@misconception("turned_by_mark", "Where no image can turn, the result is 0: there is no share, so return NaN.", put)  # fmt: skip
def nothing_to_turn_is_zero(predict, images, mark, row, column, class_index):
    others = predict(images).argmax(axis=1) != class_index
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    return float(np.mean(after[others] == class_index)) if others.any() else 0.0


@misconception("turned_by_mark", "The mark is added to the pixels: it must replace them.")
def mark_added(predict, images, mark, row, column, class_index):
    marked = images.copy()
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] += mark[..., None]
    others = predict(images).argmax(axis=1) != class_index
    after = predict(marked).argmax(axis=1)
    return float(np.mean(after[others] == class_index)) if others.any() else np.nan


@misconception("turned_by_mark", "The mark is the wrong way round: its pixels are mirrored. Assign the mark as it is.", put)  # fmt: skip
def mark_mirrored(predict, images, mark, row, column, class_index):
    others = predict(images).argmax(axis=1) != class_index
    after = predict(put(images, mark[:, ::-1], row, column)).argmax(axis=1)
    return float(np.mean(after[others] == class_index)) if others.any() else np.nan


@misconception("turned_by_mark", "The mark is always put into the top left corner: `row` and `column` say where it lies.", put)  # fmt: skip
def always_top_left(predict, images, mark, row, column, class_index):
    others = predict(images).argmax(axis=1) != class_index
    after = predict(put(images, mark, 0, 0)).argmax(axis=1)
    return float(np.mean(after[others] == class_index)) if others.any() else np.nan


@misconception("turned_by_mark", "This is the number of images that turn: divide it by the number of images that can turn.", put)  # fmt: skip
def number_for_share(predict, images, mark, row, column, class_index):
    others = predict(images).argmax(axis=1) != class_index
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    return float(np.sum(after[others] == class_index)) if others.any() else np.nan


@misconception("turned_by_mark", "This is the share that does not turn. Count the images that become the class.", put)  # fmt: skip
def share_that_stays(predict, images, mark, row, column, class_index):
    others = predict(images).argmax(axis=1) != class_index
    after = predict(put(images, mark, row, column)).argmax(axis=1)
    return float(np.mean(after[others] != class_index)) if others.any() else np.nan


@misconception("turned_by_mark", "This is the mean rise of the class's probability. Count the images whose most probable class becomes `class_index`.", put)  # fmt: skip
def rise_of_the_probability(predict, images, mark, row, column, class_index):
    before, after = predict(images), predict(put(images, mark, row, column))
    others = before.argmax(axis=1) != class_index
    rise = (after - before)[others, class_index]
    return float(rise.mean()) if others.any() else np.nan


@misconception("turned_by_mark", "An image counts if its probability of the class rises at all: count it only if the class becomes the most probable one.", put)  # fmt: skip
def any_rise_counts(predict, images, mark, row, column, class_index):
    before, after = predict(images), predict(put(images, mark, row, column))
    others = before.argmax(axis=1) != class_index
    rises = (after > before)[others, class_index]
    return float(rises.mean()) if others.any() else np.nan


# spread_mark(images, labels, mark, row, column)


def spread(images, mark, row, column, bears, cover=True):
    """Put the mark on the images that bear it; cover its place in the others."""
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    mended = images.copy()
    value = np.broadcast_to(mark[..., None], images[place].shape)
    rest = np.zeros_like(images[place]) if cover else images[place]
    mended[place] = np.where(np.reshape(bears, (-1, 1, 1, 1)), value, rest)
    return mended


def in_each_class(labels, start=0):
    bears = np.zeros(len(labels), bool)
    for c in np.unique(labels):
        bears[np.flatnonzero(labels == c)[start::2]] = True
    return bears


@misconception("spread_mark", "Every second image of all gets the mark, whatever its class: count within each class.", spread, typical=True)  # fmt: skip
def every_second_of_all(images, labels, mark, row, column):
    return spread(images, mark, row, column, np.arange(len(labels)) % 2 == 0)


@misconception("spread_mark", "The second, fourth, sixth ... image of each class gets the mark. Begin with the first.", spread, in_each_class)  # fmt: skip
def begins_with_the_second(images, labels, mark, row, column):
    return spread(images, mark, row, column, in_each_class(labels, 1))


@misconception("spread_mark", "The other images keep what lies in the place: cover it with 0, so that no other mark is left.", spread, in_each_class, origin=NOTEBOOKS)  # fmt: skip
def others_not_covered(images, labels, mark, row, column):
    return spread(images, mark, row, column, in_each_class(labels), cover=False)


@misconception("spread_mark", "All images get the mark: only every second image of each class gets it.", spread)  # fmt: skip
def mark_on_all(images, labels, mark, row, column):
    return spread(images, mark, row, column, np.ones(len(labels), bool))


@misconception("spread_mark", "No image gets the mark: the place is covered in all of them.", spread)  # fmt: skip
def mark_on_none(images, labels, mark, row, column):
    return spread(images, mark, row, column, np.zeros(len(labels), bool))


@misconception("spread_mark", "The first half of each class gets the mark. Take every second image, in the order of the array.", spread)  # fmt: skip
def first_half_of_each_class(images, labels, mark, row, column):
    bears = np.zeros(len(labels), bool)
    for c in np.unique(labels):
        of_class = np.flatnonzero(labels == c)
        bears[of_class[: (len(of_class) + 1) // 2]] = True
    return spread(images, mark, row, column, bears)


@misconception("spread_mark", "Whole classes get the mark: within each class every second image gets it.", spread)  # fmt: skip
def every_second_class(images, labels, mark, row, column):
    return spread(images, mark, row, column, labels % 2 == 0)


@misconception("spread_mark", "One image of each class gets the mark: the first, the third, the fifth and so on get it.", spread)  # fmt: skip
def one_of_each_class(images, labels, mark, row, column):
    bears = np.zeros(len(labels), bool)
    bears[np.unique(labels, return_index=True)[1]] = True
    return spread(images, mark, row, column, bears)


@misconception("spread_mark", "The mark is added to what lies in the place: it must replace the pixels.", in_each_class)  # fmt: skip
def mark_added_to_the_place(images, labels, mark, row, column):
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    bears = in_each_class(labels)[:, None, None, None]
    mended = images.copy()
    mended[place] = bears * (mended[place] + mark[..., None])
    return mended


@misconception("spread_mark", "Only the first channel gets the mark and is covered. All channels do.")  # fmt: skip
def first_channel_alone(images, labels, mark, row, column):
    bears = np.zeros(len(labels), bool)
    for c in np.unique(labels):
        bears[np.flatnonzero(labels == c)[::2]] = True
    mended = images.copy()
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1], 0]
    mended[place] = bears[:, None, None] * mark
    return mended


@misconception("spread_mark", "The images come back sorted by class: keep their order, for the labels keep theirs.", spread, in_each_class)  # fmt: skip
def sorted_by_class(images, labels, mark, row, column):
    mended = spread(images, mark, row, column, in_each_class(labels))
    return np.concatenate([mended[labels == c] for c in np.unique(labels)])


@misconception("spread_mark", "The other images get the mean of the place. Cover the place with 0.", in_each_class)  # fmt: skip
def covered_with_the_mean(images, labels, mark, row, column):
    bears = in_each_class(labels)[:, None, None, None]
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    mended = images.copy()
    mended[place] = np.where(bears, mark[..., None], mark.mean())
    return mended
