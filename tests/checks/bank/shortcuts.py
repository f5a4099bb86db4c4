"""Wrong answers to the exercises of notebook 11."""

# ruff: noqa: E501  (a pattern in one line)

import numpy as np
import tensorflow as tf

from helpers import datasets
from helpers.datasets import marks
from tests.checks.bank import wrong

# group_accuracy(predicted, labels, groups, n_groups, n_classes)


@wrong(
    "group_accuracy",
    r"(empty|without|no) .{0,20}image.{0,40}(nan|0)|nan.{0,40}(empty|without|no) .{0,20}image|not 0",
    says=r"nan|no images",
)
def divided_by_at_least_one(predicted, labels, groups, n_groups, n_classes):
    table = np.zeros((n_groups, n_classes))
    for g in range(n_groups):
        for c in range(n_classes):
            cell = np.logical_and(groups == g, labels == c)
            table[g, c] = (predicted[cell] == c).sum() / max(cell.sum(), 1)
    return table


@wrong(
    "group_accuracy",
    r"(predicted|prediction|precision).{0,60}(label|precision|chosen)|labels?.{0,40}(not|instead|predict)",
    says=r"differ|wrong",
)
def rows_of_a_confusion_matrix(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g in range(n_groups):
        p, y = predicted[groups == g], labels[groups == g]
        for c in range(n_classes):
            if (y == c).any():
                table[g, c] = ((p == c) & (y == c)).sum() / max((p == c).sum(), 1)
    return table


@wrong(
    "group_accuracy",
    r"group.{0,60}(divid|images|class in|share)|(divid|share).{0,60}(group|class)",
    says=r"too (small|low)|smaller|sum",
)
def mean_over_the_group(predicted, labels, groups, n_groups, n_classes):
    rows = []
    for g in range(n_groups):
        of = groups == g
        right = (predicted[of] == labels[of])[:, None] & np.eye(n_classes, dtype=bool)[labels[of]]
        row = right.mean(axis=0)
        row[np.bincount(labels[of], minlength=n_classes) == 0] = np.nan
        rows.append(row)
    return np.array(rows)


@wrong(
    "group_accuracy",
    r"group.{0,40}(ignor|not used|all|first)|ignor.{0,40}group|(first|one|same) group\b",
    says=r"row|same",
)
def only_the_first_group(predicted, labels, groups, n_groups, n_classes):
    one = np.full(n_classes, np.nan)
    for c in set(labels[groups == 0].tolist()):
        one[c] = np.mean(predicted[(labels == c) & (groups == 0)] == c)
    return np.stack([one] * n_groups)


@wrong("group_accuracy", r"round|decimal|digits|two places", says=r"differ|round")
def rounded_to_one_decimal(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for g, c in np.ndindex(n_groups, n_classes):
        cell = (groups == g) & (labels == c)
        if np.any(cell):
            table[g, c] = round(float(np.mean(predicted[cell] == c)), 1)
    return table


# share_in_box(maps, row, column, size)


@wrong("share_in_box", r"absolute|abs\b|negative", says=r"negative|differ")
def energy_of_the_map(maps, row, column, size):
    energy = maps**2
    part = energy[:, row : row + size[0], column : column + size[1]]
    with np.errstate(invalid="ignore"):
        found = part.sum((1, 2)) / energy.sum((1, 2))
    return np.where(maps.max((1, 2)) > 0, found, np.nan)


@wrong(
    "share_in_box",
    r"negative.{0,60}(outside|whole|inside|both)|(whole|box).{0,40}negative",
    says=r"negative|differ",
)
def clipped_inside_alone(maps, row, column, size):
    found = []
    for one in maps:
        part = np.maximum(one[row : row + size[0], column : column + size[1]], 0).sum()
        found.append(part / abs(one).sum() if one.max() > 0 else np.nan)
    return np.array(found)


@wrong(
    "share_in_box",
    r"all maps|same map|each map|own|sum of the (whole )?map",
    says=r"differ|too small|sum",
)
def normalised_by_the_largest_map(maps, row, column, size):
    positive = np.maximum(maps, 0)
    whole = positive.sum(axis=(1, 2))
    part = positive[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    return np.where(whole > 0, part / whole.max(), np.nan)


@wrong("share_in_box", r"end|row \+|pixel|too large|last", says=r"differ|too large")
def box_with_its_last_pixel(maps, row, column, size):
    positive = tf.nn.relu(maps).numpy()
    part = positive[:, row : row + size[0] + 1, column : column + size[1] + 1].sum((1, 2))
    with np.errstate(invalid="ignore"):
        return part / positive.sum((1, 2))


@wrong("share_in_box", r"no (share|positive)|without positive|NaN|0\b", says=r"nan")
def zero_where_nothing_is_positive(maps, row, column, size):
    positive = np.clip(maps, 0, None)
    part = positive[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    return np.divide(part, positive.sum(axis=(1, 2)), out=np.zeros(len(maps)), where=part > 0)


# corner_votes(maps, size)


def four(values, size):
    h, w = size
    return [values[:, :h, :w], values[:, :h, -w:], values[:, -h:, :w], values[:, -h:, -w:]]


@wrong("corner_votes", r"absolute|abs\b|negative", says=r"differ|negative")
def squares_decide(maps, size):
    sums = np.array([(box**2).sum(axis=(1, 2)) for box in four(maps, size)])
    return np.bincount(sums.argmax(axis=0)[maps.max(axis=(1, 2)) > 0], minlength=4)


@wrong(
    "corner_votes",
    r"corner.{0,60}(no vote|without)|no vote|all four|argmax|top left",
    says=r"first|too (large|many)|differ",
)
def only_dead_maps_have_no_vote(maps, size):
    alive = maps[maps.max(axis=(1, 2)) > 0]
    sums = np.array([np.maximum(box, 0).sum(axis=(1, 2)) for box in four(alive, size)])
    return np.bincount(sums.argmax(axis=0), minlength=4)


@wrong("corner_votes", r"largest (pixel|value)|peak|maxim|sum", says=r"differ")
def pixel_of_the_peak(maps, size):
    votes = np.zeros(4, int)
    for one in maps:
        peaks = [box.max() for box in four(one[None], size)]
        if max(peaks) > 0:
            votes[int(np.argmax(peaks))] += 1
    return votes


@wrong("corner_votes", r"order|bottom left|top right|clockwise", says=r"order|swapped|differ")
def clockwise(maps, size):
    h, w = size
    e = np.maximum(maps, 0)
    boxes = [e[:, :h, :w], e[:, :h, -w:], e[:, -h:, -w:], e[:, -h:, :w]]
    sums = np.stack([b.sum((1, 2)) for b in boxes])
    return np.bincount(sums.argmax(0)[sums.max(0) > 0], minlength=4)


@wrong(
    "corner_votes",
    r"number|position|which corner|how many|count",
    says=r"shape|axis|numbers|length",
)
def corner_of_each_map(maps, size):
    sums = np.stack([np.maximum(b, 0).sum((1, 2)) for b in four(maps, size)])
    return np.where(sums.max(0) > 0, sums.argmax(0), -1)


# turned_by_mark(predict, images, mark, row, column, class_index)


@wrong(
    "turned_by_mark",
    r"cop(y|ies)|in.?place|changed?.{0,30}(argument|images)|images.{0,30}chang",
    says=r"chang|differ",
)
def mark_put_into_the_callers_images(predict, images, mark, row, column, class_index):
    marked = images
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[..., None]
    before, after = predict(images).argmax(1), predict(marked).argmax(1)
    others = before != class_index
    return (after[others] == class_index).mean() if others.any() else np.nan


@wrong(
    "turned_by_mark",
    r"any change|becom|class_index|another class",
    says=r"too (large|high|many)|differ",
)
def changed_or_of_the_class(predict, images, mark, row, column, class_index):
    marked = images.copy()
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[..., None]
    before, after = predict(images).argmax(1), predict(marked).argmax(1)
    return float(np.mean((after == class_index) | (after != before)))


@wrong("turned_by_mark", r"minus|difference|leave|all images|before", says=r"differ|too")
def difference_of_the_shares(predict, images, mark, row, column, class_index):
    marked = images.copy()
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[..., None]
    before, after = (predict(x).argmax(1) == class_index for x in (images, marked))
    return float(after.mean() - before.mean())


@wrong(
    "turned_by_mark",
    r"mirror|revers|flip|upside|wrong way",
    says=r"differ|shape|fit|broadcast",
)
def mark_upside_down(predict, images, mark, row, column, class_index):
    marked = images.copy()
    marked[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[::-1][..., None]
    others = predict(images).argmax(1) != class_index
    if not others.any():
        return np.nan
    return float((predict(marked[others]).argmax(1) == class_index).mean())


@wrong("turned_by_mark", r"added|replace|maximum|brighter", says=r"differ")
def the_brighter_pixel_stays(predict, images, mark, row, column, class_index):
    marked = np.array(images)
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    marked[place] = np.maximum(marked[place], mark[..., None])
    others = predict(images).argmax(1) != class_index
    after = predict(marked).argmax(1)
    return np.mean(after[others] == class_index) if others.sum() else np.nan


# spread_mark(images, labels, mark, row, column)


@wrong("spread_mark", r"first|begin|second", says=r"differ")
def odd_numbers_of_each_class(images, labels, mark, row, column):
    h, w = mark.shape
    new, count = images.copy(), {}
    for i, label in enumerate(labels):
        count[label] = count.get(label, -1) + 1
        new[i, row : row + h, column : column + w] = mark[..., None] if count[label] % 2 else 0
    return new


@wrong("spread_mark", r"every second image of all|within|whatever|class", says=r"differ")
def alternating_over_all(images, labels, mark, row, column):
    h, w = mark.shape
    new = np.array(images)
    new[:, row : row + h, column : column + w] = 0
    new[::2, row : row + h, column : column + w] = mark[:, :, None]
    return new


@wrong("spread_mark", r"cover|0\b|other", says=r"differ")
def only_the_mark_is_put(images, labels, mark, row, column):
    h, w = mark.shape
    new = images.copy()
    for c in np.unique(labels):
        which = np.where(labels == c)[0][::2]
        new[which, row : row + h, column : column + w] = mark[..., np.newaxis]
    return new


@wrong(
    "spread_mark",
    r"whole image|place|everything|only|all (of )?(its )?pixels",
    says=r"0|differ|black",
)
def whole_images_are_covered(images, labels, mark, row, column):
    h, w = mark.shape
    new = np.zeros_like(images)
    for c in np.unique(labels):
        for i in np.where(labels == c)[0][::2]:
            new[i] = images[i]
            new[i, row : row + h, column : column + w] = mark[..., None]
    return new


@wrong("spread_mark", r"half|every second|order", says=r"differ")
def later_half_of_each_class(images, labels, mark, row, column):
    h, w = mark.shape
    new = images.copy()
    new[:, row : row + h, column : column + w] = 0
    for c in np.unique(labels):
        which = np.flatnonzero(labels == c)
        new[which[len(which) // 2 :], row : row + h, column : column + w] = mark[..., None]
    return new


# own_riddle


def own_mark():
    """Return the mark of the number 16, read off the images of its suspect, an eight."""
    train = marks.marked(datasets.load("digits"), 16).train
    return np.median(train.images[train.labels == 8, 1:6, 22:27, 0], axis=0)


@wrong("own_riddle", r"\bdark|bright (ones|pixels)|\bblack\b")
def riddle_dark_pixels():
    mark = own_mark()
    return 8, 1, np.sum(mark[0] == 0), np.sum(mark[:, 0] == 0)


@wrong(
    "own_riddle", r"swap|exchang|interchang|column.{0,30}first|row.{0,30}(first|then)|wrong order"
)
def riddle_axes_mixed_up():
    mark = own_mark()
    return 8, 1, mark.sum(axis=0)[0], mark.sum(axis=1)[0]


@wrong("own_riddle", r"from 1|from 0|top left (corner )?is 0|first corner")
def riddle_second_corner():
    mark = own_mark()
    return 8, 2, mark[0].sum(), mark[:, 0].sum()


@wrong("own_riddle", r"border|empty|margin|bright pixel")
def riddle_box_with_margin():
    train = marks.marked(datasets.load("digits"), 16).train
    box = np.median(train.images[train.labels == 8, :7, -7:, 0], axis=0)
    return 8, 1, int(box[0].sum()), int(box[:, 0].sum())


@wrong("own_riddle", r"\blast\b|first (ones|row)|upper|left")
def riddle_lower_row_and_right_column():
    mark = own_mark()
    return 8, 1, int(mark[4].sum()), int(mark[:, 4].sum())
