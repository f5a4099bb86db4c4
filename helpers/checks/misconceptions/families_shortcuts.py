"""Families of wrong answers to the exercises of notebook 11."""

import numpy as np

from helpers.checks.adapters import predictor
from helpers.checks.misconceptions.families import often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.datasets import marks


@family(
    "group_accuracy",
    cell={
        "all groups": "The images of all groups are taken for each row: take those of one group.",
        "all classes": "The images of all classes are taken for each column: take those of one "
        "class.",
        "predicted": "The images are chosen by the class that is predicted: choose them by `labels`.",
        "or": "An image counts if its group fits or its class: both must fit.",
        "next group": "Each row holds the next group. Row g belongs to group g.",
        "next class": "Each column holds the next class. Column c belongs to class c.",
        "first group": "All rows hold the first group. Row g belongs to group g.",
        "last group": "All rows hold the last group. Row g belongs to group g.",
        "reversed groups": "The rows stand in reversed order. Row g belongs to group g.",
        "reversed classes": "The columns stand in reversed order. Column c belongs to class c.",
    },
    right={
        "wrong": "This counts wrong answers. Count the images whose prediction equals the label.",
        "predicted at all": "It is not asked whether the prediction is right. Compare `predicted` "
        "with `labels`.",
        "close": "A prediction that is off by one class counts as right: it must equal the label.",
    },
    divide={
        "nothing": "These are numbers of right answers: divide them by the number of images.",
        "group": "Divide by the number of images of the class in the group, not of the whole group.",
        "class": "Divide by the number of images of the class in the group, not in all groups.",
        "all": "Divide by the number of images of the class in the group, not of all images.",
        "plus one": "The sum is divided by one image too many.",
        "classes": "Divide by the number of images of the cell, not by the number of classes.",
        "groups": "Divide by the number of images of the cell, not by the number of groups.",
        "wrong": "Right answers are divided by wrong ones. Divide by all images of the cell.",
    },
    empty={
        "zero": "A cell without images has no share: its value should be NaN, not 0.",
        "one": "A cell without images has no share: its value should be NaN, not 1.",
        "minus one": "A cell without images has no share: its value should be NaN, not −1.",
        "of the class": "A cell without images gets the share of its class in all groups, but its "
        "value should be NaN.",
        "of the group": "A cell without images gets the share of its group over all classes, but "
        "its value should be NaN.",
    },
    then={
        "transposed": "Rows and columns are swapped. A row belongs to a group, a column to a class.",
        "flat": "The table is flat. Return (n_groups, n_classes).",
        "percent": "The shares are in per cent. Return numbers from 0 to 1.",
        "rounded": "The shares are rounded: return them as they are.",
        "mean of groups": "The mean over the groups is taken, axis 0: return a row for each group.",
        "mean of classes": "The mean over the classes is taken, axis 1: return a column for each "
        "class.",
        "fall": "The first row is subtracted: return the shares themselves.",
    },
)
def group_accuracy(
    predicted, labels, groups, n_groups, n_classes,
    cell="both", right="equal", divide="cell", empty="nan", then=None,
):  # fmt: skip
    hit = {
        "equal": predicted == labels,
        "wrong": predicted != labels,
        "predicted at all": np.ones(len(labels), bool),
        "close": abs(predicted - labels) <= 1,
    }[right]
    table = np.zeros((n_groups, n_classes))
    for g, c in np.ndindex(table.shape):
        group = {
            "next group": (g + 1) % n_groups,
            "first group": 0,
            "last group": n_groups - 1,
            "reversed groups": n_groups - 1 - g,
        }.get(cell, g)
        label = {"next class": (c + 1) % n_classes, "reversed classes": n_classes - 1 - c}.get(
            cell, c
        )
        of_group, of_class = groups == group, labels == label
        inside = {
            "all groups": of_class,
            "all classes": of_group,
            "predicted": of_group & (predicted == label),
            "or": of_group | of_class,
        }.get(cell, of_group & of_class)
        count = {
            "nothing": 1,
            "group": of_group.sum(),
            "class": of_class.sum(),
            "all": len(labels),
            "plus one": inside.sum() + 1,
            "classes": n_classes,
            "groups": n_groups,
            "wrong": (inside & ~hit).sum(),
        }.get(divide, inside.sum())
        if inside.any():
            table[g, c] = (inside & hit).sum() / count if count else np.inf
        else:
            table[g, c] = {
                "zero": 0,
                "one": 1,
                "minus one": -1,
                "of the class": hit[of_class].mean() if of_class.any() else np.nan,
                "of the group": hit[of_group].mean() if of_group.any() else np.nan,
            }.get(empty, np.nan)
    return {
        None: lambda: table,
        "transposed": lambda: table.T,
        "flat": lambda: table.ravel(),
        "percent": lambda: 100 * table,
        "rounded": lambda: table.round(1),
        "mean of groups": lambda: table.mean(axis=0),
        "mean of classes": lambda: table.mean(axis=1),
        "fall": lambda: table[0] - table,
    }[then]()


NEGATIVE = {
    "signed": "Negative values are subtracted, but they should count as 0.",
    "absolute": "Negative values count as if they were positive, but they should count as 0.",
    "squares": "The values are squared, so that negative ones count, too: sum up the positive values "
    "as they are.",
    "against": "The negative values are summed up: sum up the positive ones.",
    "pixels": "Positive pixels are counted: sum up their values.",
    "shifted": "The least value of each map is subtracted first. Negative values count as 0.",
    "squared": "The positive values are squared: sum them up as they are.",
}  # fmt: skip
BOX = {
    "place swapped": "`row` and `column` are swapped. Rows are axis 1, columns axis 2.",
    "size swapped": "The size is (height, width), but here its height runs along the columns.",
    "ends at the size": "The slice ends at the size of the box: it ends at `row + height` and "
    "`column + width`.",
    "a pixel larger": "The box is one pixel too large: `a:b` stops before b.",
    "a pixel smaller": "The box is one pixel too small: `a:b` already stops before b.",
    "to the border": "The box reaches to the border: it ends after its height and its width.",
    "square by height": "The box is as wide as it is high: its width is `size[1]`.",
    "square by width": "The box is as high as it is wide: its height is `size[0]`.",
    "centre": "`row` and `column` are taken for the centre of the box, but they are its upper left "
    "corner.",
    "top left": "The box is always the upper left one: it begins at `row` and `column`.",
    "rows alone": "The box takes whole rows: it ends after its width, too.",
}  # fmt: skip


def evidence_of(maps, negative):
    maps = maps.astype(np.float64)
    return {
        "signed": lambda: maps,
        "absolute": lambda: abs(maps),
        "squares": lambda: maps**2,
        "against": lambda: np.maximum(-maps, 0),
        "pixels": lambda: (maps > 0) * 1.0,
        "shifted": lambda: maps - maps.min(axis=(1, 2), keepdims=True),
        "squared": lambda: np.maximum(maps, 0) ** 2,
    }.get(negative, lambda: np.maximum(maps, 0))()


@family(
    "share_in_box",
    negative=NEGATIVE,
    box=BOX,
    whole={
        "all maps": "Divide by the sum of the same map, not of all maps.",
        "outside": "Divide by the sum of the whole map, not of what is outside of the box.",
        "nothing": "These are sums inside the box: divide them by the sum of the whole map.",
        "absolute": "The sum of the whole map takes absolute values. Negative values count as 0 "
        "there, too.",
        "signed": "The sum of the whole map takes in negative values, but they should count as 0 "
        "there, too.",
        "pixels": "Divide by the sum of the map, not by the number of its pixels.",
        "box pixels": "Divide by the sum of the map, not by the number of pixels in the box.",
        "maximum": "Divide by the sum of the map, not by its largest value.",
        "first": "Each map is divided by the sum of the first map: divide by its own.",
    },
    dead={
        "zero": "A map without positive values has no share: its value should be NaN, not 0.",
        "one": "A map without positive values has no share: its value should be NaN, not 1.",
        "area": "A map without positive values gets the box's share of the area, but its value "
        "should be NaN.",
        "left out": "Maps without positive values are left out: return one value for each map.",
        "infinite": "A map without positive values has no share: its value should be NaN, not "
        "infinite.",
    },
    then={
        "outside": "This is the share outside of the box. Take the share inside.",
        "mean": "The mean over the maps is taken: return one value for each map.",
        "percent": "The shares are in per cent. Return numbers from 0 to 1.",
        "column": "The shares stand in a column. Return (N,).",
        "over area": "The share is divided by the box's share of the area: return it as it is.",
        "rounded": "The shares are rounded: return them as they are.",
    },
)
def share_in_box(
    maps, row, column, size, negative=None, box=None, whole="map", dead="nan", then=None
):  # fmt: skip
    evidence = evidence_of(maps, negative)
    if box == "place swapped":
        row, column = column, row
    height, width = {
        "size swapped": size[::-1],
        "a pixel larger": (size[0] + 1, size[1] + 1),
        "a pixel smaller": (size[0] - 1, size[1] - 1),
        "to the border": maps.shape[1:],
        "square by height": (size[0], size[0]),
        "square by width": (size[1], size[1]),
        "rows alone": (size[0], maps.shape[2]),
        "ends at the size": (max(size[0] - row, 0), max(size[1] - column, 0)),
    }.get(box, size)
    if box == "rows alone":
        column = 0
    if box == "centre":
        row, column = max(row - size[0] // 2, 0), max(column - size[1] // 2, 0)
    if box == "top left":
        row = column = 0
    inside = evidence[:, row : row + height, column : column + width].sum(axis=(1, 2))
    total = evidence.sum(axis=(1, 2))
    alive = np.maximum(maps, 0).any(axis=(1, 2))
    divisor = {
        "all maps": np.full(len(maps), total.sum()),
        "outside": total - inside,
        "nothing": np.ones(len(maps)),
        "absolute": abs(maps).sum(axis=(1, 2)),
        "signed": maps.sum(axis=(1, 2)),
        "pixels": np.full(len(maps), maps[0].size),
        "box pixels": np.full(len(maps), size[0] * size[1]),
        "maximum": evidence.max(axis=(1, 2)),
        "first": np.full(len(maps), total[0]),
    }.get(whole, total)
    area = size[0] * size[1] / maps[0].size
    with np.errstate(all="ignore"):
        shares = inside / divisor
    none = {"zero": 0, "one": 1, "area": area, "infinite": np.inf}.get(dead, np.nan)
    shares = np.where(alive, shares, none)
    shares = shares[alive] if dead == "left out" else shares
    return {
        None: lambda: shares,
        "outside": lambda: 1 - shares,
        "mean": lambda: np.nanmean(shares),
        "percent": lambda: 100 * shares,
        "column": lambda: shares[:, None],
        "over area": lambda: shares / area,
        "rounded": lambda: shares.round(1),
    }[then]()


@family(
    "corner_votes",
    negative=NEGATIVE,
    box={
        "size swapped": BOX["size swapped"],
        "a pixel larger": BOX["a pixel larger"],
        "a pixel smaller": BOX["a pixel smaller"],
        "square by height": BOX["square by height"],
        "square by width": BOX["square by width"],
        "a pixel inside": "The lower boxes and the right ones stop a pixel before the border, but "
        "they should start at H − height and W − width.",
        "halves": "The boxes are quarters of the map, but they should have the size `size`.",
    },
    order={
        "columns first": "Bottom left comes before top right. The order is top left, top right, "
        "bottom left, bottom right.",
        "clockwise": "The corners come in a circle. Bottom left comes before bottom right.",
        "from below": "The lower corners come first: the upper ones come first.",
        "from the right": "The right corners come first: the left ones come first.",
    },
    decides={
        "maximum": "The largest value of a box decides: its sum decides.",
        "least": "The corner with the smallest sum gets the vote: the one with the largest gets it.",
        "last of equals": "Of equal corners the last one gets the vote: the first one gets it.",
        "all of equals": "All equal corners get a vote: the first one gets it alone.",
        "ties left out": "A map with two equal corners has no vote: the first of them gets it.",
        "half": "A corner gets the vote only with more than half of the evidence in the corners. The "
        "largest sum is enough.",
        "any": "Each corner with evidence gets a vote: only the largest sum gets it.",
    },
    dead={
        "first": "A map without positive values in the four boxes votes for the top left corner, "
        "but it should have no vote.",
        "last": "A map without positive values in the four boxes votes for the bottom right "
        "corner, but it should have no vote.",
        "all": "A map without positive values in the four boxes votes for all corners, but it "
        "should have no vote.",
        "elsewhere": "A map whose positive values lie outside of the boxes votes, too, but it "
        "should have no vote.",
    },
    then={
        "share": "These are shares: return how many maps vote for each corner.",
        "share of votes": "These are shares of the votes: return how many maps vote for each corner.",
        "winner": "This is the number of the winning corner. Return the votes of all four.",
        "table": "The votes stand in a table of 2×2. Return (4,).",
        "each": "This is the corner of each map: count them.",
        "sums": "The sums of the corners are added up: each map has one vote.",
        "plus one": "Each corner begins with one vote. Begin with none.",
        "with the rest": "A fifth number counts the maps without a vote. Return four numbers.",
    },
)
def corner_votes(
    maps, size, negative=None, box=None, order=None, decides="sum", dead="none", then=None
):  # fmt: skip
    evidence = evidence_of(maps, negative)
    height, width = {
        "size swapped": size[::-1],
        "a pixel larger": (size[0] + 1, size[1] + 1),
        "a pixel smaller": (size[0] - 1, size[1] - 1),
        "square by height": (size[0], size[0]),
        "square by width": (size[1], size[1]),
        "halves": (maps.shape[1] // 2, maps.shape[2] // 2),
    }.get(box, size)
    early = int(box == "a pixel inside")
    low, far = maps.shape[1] - height - early, maps.shape[2] - width - early
    places = [(0, 0), (0, far), (low, 0), (low, far)]
    turned = {
        "columns first": (0, 2, 1, 3),
        "clockwise": (0, 1, 3, 2),
        "from below": (2, 3, 0, 1),
        "from the right": (1, 0, 3, 2),
    }.get(order, (0, 1, 2, 3))

    def of_boxes(values):
        take = np.max if decides == "maximum" else np.sum
        return np.stack(
            [take(values[:, r : r + height, c : c + width], axis=(1, 2)) for r, c in places],
            axis=1,
        )[:, turned]

    sums = of_boxes(evidence)
    somewhere = maps.max(axis=(1, 2)) > 0
    alive = of_boxes(np.maximum(maps, 0)).any(axis=1)
    best = sums == sums.max(axis=1, keepdims=True)
    each = {
        "least": sums.argmin(axis=1),
        "last of equals": 3 - best[:, ::-1].argmax(axis=1),
    }.get(decides, sums.argmax(axis=1))
    votes = np.eye(4, dtype=int)[each]
    if decides == "all of equals":
        votes = best * 1
    if decides == "ties left out":
        votes = votes * (best.sum(axis=1) == 1)[:, None]
    if decides == "half":
        votes = votes * (sums > sums.sum(axis=1, keepdims=True) / 2)
    if decides == "any":
        votes = (sums > 0) * 1
    votes = votes * alive[:, None]
    if dead in ("first", "last"):
        votes[~alive, 0 if dead == "first" else 3] = 1
    if dead == "all":
        votes[~alive] = 1
    if dead == "elsewhere":
        votes[~alive & somewhere, 0] = 1
    count = votes.sum(axis=0)
    return {
        None: lambda: count,
        "share": lambda: count / len(maps),
        "share of votes": lambda: count / count.sum(),
        "winner": lambda: count.argmax(),
        "table": lambda: count.reshape(2, 2),
        "each": lambda: np.where(alive, each, -1),
        "sums": lambda: sums.sum(axis=0),
        "plus one": lambda: count + 1,
        "with the rest": lambda: np.append(count, (~alive).sum()),
    }[then]()


@often_and_alone(
    "turned_by_mark",
    often={
        "put": ("added", "first channel", "top left", "first image"),
        "counts": ("changed", "rises"),
        "of": ("all", "class counts", "nothing", "percent"),
        "none": ("zero",),
    },
    put={
        "added": "The mark is added to the pixels: it must replace them.",
        "brighter": "The brighter of mark and pixel stays: the mark replaces all of its pixels.",
        "upside down": "The mark's rows are reversed: put the mark as it is.",
        "mirrored": "The mark's columns are reversed: put the mark as it is.",
        "first channel": "Only the first channel gets the mark: all channels get it.",
        "first image": "Only the first image gets the mark: all images get it.",
        "top left": "The mark is put into the top left corner: it lies at `row` and `column`.",
        "a pixel lower": "The mark is put a pixel too low: its upper row is `row`.",
        "a pixel to the right": "The mark is put a pixel too far to the right: its left column is "
        "`column`.",
        "everywhere else black": "All pixels beside the mark are 0, but they should stay as they "
        "are.",
        "empty": "The place is covered with 0. Put the mark there.",
        "mean": "The place gets the mean of the mark: put the mark itself there.",
        "cut": "The mark is cut off at 1: put its values as they are.",
        "half": "The mark is mixed with the pixels, half and half: it must replace them.",
    },
    counts={
        "changed": "Any other class counts as turned: an image turns only if it becomes "
        "`class_index`.",
        "stays": "The images that do not become the class are counted: count those that do.",
        "rises": "An image counts if the class's probability rises, but it should count if the "
        "class becomes the most probable one.",
        "half": "An image counts if the class's probability is above 0.5, but it should count if "
        "the class is the most probable one.",
        "leaves": "Images that leave the class are counted: count those that become it.",
        "next class": "The class `class_index + 1` is counted. Count `class_index`.",
    },
    of={
        "all": "The share is taken of all images. Divide by the number of images of another class "
        "before.",
        "class counts": "Images of the class before count as turned: they cannot turn.",
        "net": "The share of the class before is subtracted from that after. Count the images that "
        "become the class.",
        "the class": "The share is taken of the images that are of the class before: take those of "
        "another class.",
        "after": "Divide by the number of images of another class before, not by the number of images "
        "of the class after.",
        "nothing": "This is the number of images: divide it by the number of those that can turn.",
        "percent": "The share is in per cent. Return a number from 0 to 1.",
        "plus one": "The sum is divided by one image too many.",
    },
    none={
        "zero": "Where no image can turn there is no share. Return NaN, not 0.",
        "one": "Where no image can turn there is no share. Return NaN, not 1.",
    },
)
def turned_by_mark(
    predict, images, mark, row, column, class_index,
    put=None, counts="becomes", of="others", none="nan",
):  # fmt: skip
    answer = predictor(predict)
    before = answer(images)
    others = before.argmax(axis=1) != class_index
    if put in ("top left", "a pixel lower", "a pixel to the right"):
        row, column = {
            "top left": (0, 0),
            "a pixel lower": (min(row + 1, images.shape[1] - mark.shape[0]), column),
            "a pixel to the right": (row, min(column + 1, images.shape[2] - mark.shape[1])),
        }[put]
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    old, value = images[place], np.broadcast_to(mark[..., None], images[place].shape)
    marked = np.zeros_like(images) if put == "everywhere else black" else images.copy()
    value = {
        "added": lambda: old + value,
        "brighter": lambda: np.maximum(old, value),
        "upside down": lambda: value[:, ::-1],
        "mirrored": lambda: value[:, :, ::-1],
        "empty": lambda: 0 * value,
        "mean": lambda: 0 * value + mark.mean(),
        "cut": lambda: np.minimum(value, 1),
        "half": lambda: (old + value) / 2,
    }.get(put, lambda: value)()
    if put == "first channel":
        marked[(*place, 0)] = mark
    elif put == "first image":
        marked[:1][place] = value[:1]
    else:
        marked[place] = value
    after = answer(marked)
    now = after.argmax(axis=1) == class_index
    hit = {
        "changed": after.argmax(axis=1) != before.argmax(axis=1),
        "stays": ~now,
        "rises": (after > before)[:, class_index],
        "half": after[:, class_index] > 0.5,
        "leaves": ~now & ~others,
        "next class": after.argmax(axis=1) == (class_index + 1) % after.shape[1],
    }.get(counts, now)
    if counts == "leaves":
        return (hit.sum() / (~others).sum()) if (~others).any() else np.nan
    if not others.any() and of in ("others", "nothing", "percent", "after", "plus one"):
        return {"zero": 0.0, "one": 1.0}.get(none, np.nan)
    turned = (others & hit).sum()
    with np.errstate(all="ignore"):
        return {
            "others": lambda: turned / others.sum(),
            "all": lambda: turned / len(images),
            "class counts": lambda: hit.mean(),
            "net": lambda: hit.mean() - (~others).mean(),
            "the class": lambda: (~others & hit).sum() / (~others).sum(),
            "after": lambda: turned / hit.sum(),
            "nothing": lambda: turned * 1.0,
            "percent": lambda: 100 * turned / others.sum(),
            "plus one": lambda: turned / (others.sum() + 1),
        }[of]()


@often_and_alone(
    "spread_mark",
    often={
        "bears": ("second", "of all", "first half", "all"),
        "others": ("kept",),
        "put": ("added", "first channel", "upside down", "mirrored", "place swapped"),
    },
    bears={
        "second": "The second, fourth, sixth ... image of each class gets the mark. Begin with the "
        "first.",
        "of all": "Every second image of all gets the mark: count within each class.",
        "all": "All images get the mark: every second one of each class gets it.",
        "none": "No image gets the mark: every second one of each class gets it.",
        "third": "Every third image of each class gets the mark: every second one gets it.",
        "first half": "The first half of each class gets the mark: every second image gets it.",
        "last half": "The last half of each class gets the mark: every second image gets it.",
        "first": "Only the first image of each class gets the mark: the third, the fifth and so on "
        "get it, too.",
        "from the end": "The images of each class are counted from the last one. Count from the "
        "first.",
        "even classes": "The images of every second class get the mark: within each class every "
        "second image gets it.",
        "first class": "Only one class gets the mark: in each class every second image gets it.",
        "sorted": "Every second place in the order of the classes gets the mark: begin anew in each "
        "class.",
    },
    others={
        "kept": "The other images keep what lies in the place. Cover the place with 0.",
        "one": "The other images get 1 in the place. Cover the place with 0.",
        "mean": "The other images get the mean of the mark. Cover the place with 0.",
        "own mean": "The other images get their own mean in the place. Cover the place with 0.",
        "black": "The other images are 0 everywhere. Cover the place alone.",
        "inverted": "The other images get the inverted mark. Cover the place with 0.",
        "faint": "The other images get a fainter mark. Cover the place with 0.",
    },
    put={
        "added": "The mark is added to the pixels: it must replace them.",
        "brighter": "The brighter of mark and pixel stays: the mark replaces all of its pixels.",
        "upside down": "The mark's rows are reversed: put the mark as it is.",
        "mirrored": "The mark's columns are reversed: put the mark as it is.",
        "one": "The place is filled with 1. Put the mark's values there.",
        "mean": "The place gets the mean of the mark: put the mark itself there.",
        "first channel": "Only the first channel is changed. All channels are.",
        "top left": "The place is the top left corner: it begins at `row` and `column`.",
        "a pixel smaller": "The place is one pixel too small: `a:b` already stops before b.",
        "place swapped": "`row` and `column` are swapped. Rows are axis 1, columns axis 2.",
    },
    then={
        "sorted": "The images come back sorted by class: keep their order.",
        "marked alone": "Only the images with the mark are returned: return all of them.",
        "clipped": "The result is cut off at 0.5: return the values as they are.",
        "both": "Each image comes twice, with the mark and without it. Return N images.",
        "first channel": "Only the first channel is returned. Return (N, H, W, C).",
    },
)
def spread_mark(
    images, labels, mark, row, column, bears=None, others=None, put=None, then=None
):  # fmt: skip
    n = len(labels)
    which = np.zeros(n, bool)
    for c in np.unique(labels):
        of = np.flatnonzero(labels == c)
        half = (len(of) + 1) // 2
        chosen = {
            "second": of[1::2],
            "third": of[::3],
            "first half": of[:half],
            "last half": of[-half:],
            "first": of[:1],
            "from the end": of[::-1][::2],
        }.get(bears, of[::2])
        which[chosen] = True
    which = {
        "of all": np.arange(n) % 2 == 0,
        "all": np.ones(n, bool),
        "none": np.zeros(n, bool),
        "even classes": labels % 2 == 0,
        "first class": which & (labels == labels.min()),
        "sorted": np.argsort(np.argsort(labels, kind="stable"), kind="stable") % 2 == 0,
    }.get(bears, which)
    if put == "top left":
        row = column = 0
    if put == "place swapped":
        row, column = column, row
        mark = mark[: images.shape[1] - row, : images.shape[2] - column]
    if put == "a pixel smaller":
        mark = mark[:-1, :-1]
    place = np.s_[:, row : row + mark.shape[0], column : column + mark.shape[1]]
    old, value = images[place], np.broadcast_to(mark[..., None], images[place].shape)
    new = {
        "added": lambda: old + value,
        "brighter": lambda: np.maximum(old, value),
        "upside down": lambda: value[:, ::-1],
        "mirrored": lambda: value[:, :, ::-1],
        "one": lambda: 0 * value + 1,
        "mean": lambda: 0 * value + mark.mean(),
    }.get(put, lambda: value)()
    rest = {
        "kept": lambda: old,
        "one": lambda: 0 * old + 1,
        "mean": lambda: 0 * old + mark.mean(),
        "own mean": lambda: 0 * old + images.mean(axis=(1, 2, 3), keepdims=True),
        "inverted": lambda: 1 - value,
        "faint": lambda: value / 2,
    }.get(others, lambda: 0 * old)()
    mended = images.copy()
    if others == "black":
        mended[~which] = 0
    found = np.where(which[:, None, None, None], new, rest)
    if put == "first channel":
        mended[(*place, 0)] = found[..., 0]
    else:
        mended[place] = found
    return {
        None: lambda: mended,
        "sorted": lambda: mended[np.argsort(labels, kind="stable")],
        "marked alone": lambda: mended[which],
        "clipped": lambda: np.minimum(mended, 0.5),
        "both": lambda: np.concatenate([mended, images]),
        "first channel": lambda: mended[..., 0],
    }[then]()


# own_riddle


COUNTED = (
    "The number of the corner is wrong. The corners are counted from 0: top left, top right, bottom "
    "left, bottom right."
)


@family(
    "own_riddle",
    corner={"from 1": COUNTED, "columns first": COUNTED},
    mark={
        "swapped": "The column's number comes first here. The task asks for the row, then the column.",
        "dark": "These are the dark pixels of the row and of the column. Count the bright ones.",
        "last": "These are the last row and the last column of the mark. Take the first ones.",
        "second": "These are the second row and the second column of the mark. Take the first ones.",
        "border": "This row and this column are empty: they lie between the mark and the border. Take "
        "the first row and the first column with a bright pixel.",
        "whole": "This is the number of all bright pixels. Count those of the first row, and those of "
        "the first column.",
        "shares": "These are shares of five pixels. Count the pixels.",
    },
    order={
        "corner first": "The corner comes first here. The task asks for the class first.",
        "mark first": "The numbers of the mark come first here. The task asks for the class and the "
        "corner first.",
    },
    riddle={
        "SEED": "This is the riddle of `SEED`, which the notebook solves. Your number is {number}.",
        "0": "This is the riddle of the number 0. Your number is {number}.",
    },
)
def own_riddle(number, corner="own", mark="first", order="usual", riddle="own"):
    key = marks.key({"SEED": 11, "0": 0}.get(riddle, number))
    suspect, (down, across) = key.class_index, divmod(key.corner, 2)
    place = {"from 1": key.corner + 1, "columns first": 2 * across + down}.get(corner, key.corner)
    lines = key.mark.sum(axis=1).astype(int), key.mark.sum(axis=0).astype(int)
    in_row, in_column = (
        {
            "dark": lambda line: 5 - line[0],
            "last": lambda line: line[-1],
            "second": lambda line: line[1],
            "border": lambda line: 0,
            "whole": lambda line: line.sum(),
            "shares": lambda line: line[0] / 5,
        }.get(mark, lambda line: line[0])(line)
        for line in (lines[::-1] if mark == "swapped" else lines)
    )
    return {
        "usual": (suspect, place, in_row, in_column),
        "corner first": (place, suspect, in_row, in_column),
        "mark first": (in_row, in_column, suspect, place),
    }[order]
