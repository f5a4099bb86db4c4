"""Families of wrong answers to the exercises of notebook 06."""

from itertools import permutations

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import predictor
from helpers.checks.misconceptions.families import kept, often_and_alone
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs

# cover_patch

COVER = {
    "patch swapped": "The patch is (height, width), but here its height runs along the columns.",
    "square by height": "The patch is as wide as it is high here: its width is `patch[1]`.",
    "square by width": "The patch is as high as it is wide here: its height is `patch[0]`.",
    "a pixel larger": "The patch is one pixel too large: `a:b` stops before b.",
    "a pixel higher": "The patch is one row too high: `a:b` stops before b.",
    "a pixel wider": "The patch is one column too wide: `a:b` stops before b.",
    "a pixel smaller": "The patch is one pixel too small: `a:b` already stops before b.",
    "a pixel later": "The patch starts one pixel too late, in its row and in its column. Positions are "
    "counted from 0.",
    "a pixel earlier": "The patch starts one pixel too early, in its row and in its column.",
    "swapped": "Row and column are swapped. Rows are axis 1, columns axis 2.",
    "both swapped": "Rows and columns are swapped, of the place and of the patch. Rows are axis 1, "
    "columns axis 2.",
    "centre": "The place is taken for the patch's centre, but it is the upper left corner.",
    "lower right": "The place is taken for the patch's lower right corner, but it is the upper "
    "left one.",
    "in patches": "The place is counted in patches, but it should be counted in pixels.",
    "upper left": "The place is ignored. The patch always lies in the upper left corner.",
    "to the end": "The patch reaches to the lower right corner of the image: it ends after its height "
    "and its width.",
    "to its size": "The slices end at `patch[0]` and `patch[1]`: `row` and `column` are not added, though "
    "the patch ends that far behind its upper left corner.",
    "first left out": "The first row and the first column of the patch are left out: it starts at its "
    "upper left corner itself.",
    "around": "The place is taken for the middle of the patch, which reaches half its size to each "
    "side, but it is the upper left corner.",
    "whole rows": "The patch is as wide as the image: its width is `patch[1]`.",
    "whole columns": "The patch is as high as the image: its height is `patch[0]`.",
    "one pixel": "Only the upper left pixel of the patch is covered: cover its height and its width.",
    "half": "Only half of the patch's height and width is covered.",
    "double": "The patch reaches as far up and left as it reaches down and right: the place is its "
    "upper left corner.",
}
OTHER_COVER = {
    "outside": "Everything but the patch is covered. Cover the patch alone.",
    "cross": "A cross is covered: a pixel lies under the patch where its row and its column do.",
    "diagonal": "Only the diagonal of a square patch is covered. Two arrays of indices are taken in "
    "pairs. Take slices.",
    "outline": "Only the patch's outline is covered: cover its inside, too.",
    "first channel": "Only the first channel is covered, so the other colours stay visible.",
    "last channel": "Only the last channel is covered, so the other colours stay visible.",
    "first image": "Only the first image is covered: cover all of them, axis 0.",
    "last image": "Only the last image is covered: cover all of them, axis 0.",
    "images as rows": "The first axis is taken for the rows, but it counts the images. Rows are "
    "axis 1, columns axis 2.",
    "columns as rows": "The rows are taken for axis 2, the columns for axis 3. Rows are axis 1, columns "
    "axis 2.",
}
FILL = {
    "0": "The patch is filled with 0, whatever `fill` says.",
    "1": "The patch is filled with 1, whatever `fill` says.",
    "0.5": "The patch is filled with 0.5, whatever `fill` says.",
    "127.5": "The patch is filled with 127.5, whatever `fill` says: that is grey for bytes, these "
    "images run from 0 to 1.",
    "128": "The patch is filled with 128, whatever `fill` says: that is grey for bytes, these images "
    "run from 0 to 1.",
    "times 255": "`fill` is multiplied by 255: the images run from 0 to 1, and so does `fill`.",
    "by 255": "`fill` is divided by 255: the images run from 0 to 1, and so does `fill`.",
    "mean": "The patch is filled with the mean of all images, whatever `fill` says.",
    "mean of each": "The patch is filled with the mean of its image, whatever `fill` says.",
    "mean of channels": "The patch is filled with the mean of each channel, whatever `fill` says.",
    "mean under it": "The patch is filled with the mean of what it covers, whatever `fill` says.",
    "inverted": "The patch is filled with 1 − `fill`.",
    "turned round": "The patch is filled with −`fill`.",
    "whole": "`fill` is rounded down to a whole number.",
    "added": "`fill` is added to what is there: it must replace it.",
    "subtracted": "`fill` is subtracted from what is there: it must replace it.",
    "multiplied": "What is there is multiplied by `fill`: `fill` must replace it.",
    "mixed": "What is there is mixed with `fill`: `fill` must replace it.",
    "black and white": "What is under the patch is inverted: `fill` must replace it.",
}


def window(size, place, patch, cover):
    """Return two masks (H,) and (W,): which rows and which columns lie under the patch."""

    def inside(length, start, stop):
        # as slices have it, with negative numbers
        mask = np.zeros(length, bool)
        mask[start:stop] = True
        return mask

    if cover in ("patch swapped", "both swapped"):
        patch = patch[::-1]
    if cover in ("swapped", "both swapped"):
        place = place[::-1]
    of_patch = {
        "square by height": (patch[0], patch[0]),
        "square by width": (patch[1], patch[1]),
        "a pixel larger": (patch[0] + 1, patch[1] + 1),
        "a pixel higher": (patch[0] + 1, patch[1]),
        "a pixel wider": (patch[0], patch[1] + 1),
        "a pixel smaller": (patch[0] - 1, patch[1] - 1),
        "one pixel": (1, 1),
        "half": (patch[0] // 2, patch[1] // 2),
    }
    patch = of_patch.get(cover, patch)

    def at(axis):
        start, length = int(place[axis]), int(patch[axis])
        starts = {
            "a pixel later": start + 1,
            "first left out": start + 1,
            "around": start - length // 2,
            "a pixel earlier": max(start - 1, 0),
            "centre": max(start - length // 2, 0),
            "lower right": max(start - length + 1, 0),
            "in patches": start * length,
            "upper left": 0,
        }
        first = starts.get(cover, start)
        stops = {
            "to the end": None,
            "lower right": start + 1,
            "to its size": length,
            "first left out": start + length,
            "around": start + length // 2 + 1,
        }
        if cover == "double":
            first = max(start - length, 0)
        if cover == ("whole columns", "whole rows")[axis]:
            return np.ones(size[axis], bool)
        if cover == "double":
            return inside(size[axis], first, start + length)
        if cover == "centre":
            return inside(size[axis], first, start - length // 2 + length)
        return inside(size[axis], first, stops.get(cover, first + length))

    return at(0), at(1)


def mask_of(shape, place, patch, cover):
    """Return a mask that is broadcast to images (N, H, W, C)."""
    if cover in ("images as rows", "columns as rows"):
        axis = ("images as rows", "", "columns as rows").index(cover)
        rows, columns = window(shape[axis : axis + 2], place, patch, None)
        mask = rows[:, None] & columns
        return mask[:, :, None, None] if axis == 0 else mask[None, None]
    rows, columns = window(shape[1:3], place, patch, cover)
    mask = (rows[:, None] & columns)[None, :, :, None]
    if cover == "cross":
        return (rows[:, None] | columns)[None, :, :, None]
    if cover == "outside":
        return ~mask
    if cover == "diagonal":
        places = [np.flatnonzero(one) for one in (rows, columns)]
        mask = np.zeros((1, *shape[1:3], 1), bool)
        mask[0, places[0], places[1]] = True  # which raises where the patch is not square
        return mask
    if cover == "outline":
        inner = [np.convolve(one, [1, 1, 1], "same") == 3 for one in (rows, columns)]
        return mask & ~(inner[0][:, None] & inner[1])[None, :, :, None]
    parts = {
        "first channel": (np.arange(shape[3]) == 0)[None, None, None],
        "last channel": (np.arange(shape[3]) == shape[3] - 1)[None, None, None],
        "first image": (np.arange(shape[0]) == 0)[:, None, None, None],
        "last image": (np.arange(shape[0]) == shape[0] - 1)[:, None, None, None],
    }
    return mask & parts[cover] if cover in parts else mask


def filled(images, mask, fill, how):
    values = {
        None: lambda: fill,
        "0": lambda: 0,
        "1": lambda: 1,
        "0.5": lambda: 0.5,
        "127.5": lambda: 127.5,
        "128": lambda: 128,
        "times 255": lambda: 255 * fill,
        "by 255": lambda: fill / 255,
        "mean": lambda: images.mean(),
        "mean of each": lambda: images.mean(axis=(1, 2, 3), keepdims=True),
        "mean of channels": lambda: images.mean(axis=(0, 1, 2)),
        "mean under it": lambda: images[np.broadcast_to(mask, images.shape)].mean(),
        "inverted": lambda: 1 - fill,
        "turned round": lambda: -fill,
        "whole": lambda: int(fill),
        "added": lambda: images + fill,
        "subtracted": lambda: images - fill,
        "multiplied": lambda: images * fill,
        "mixed": lambda: (images + fill) / 2,
        "black and white": lambda: 1 - images,
    }[how]()
    return np.where(mask, values, images).astype(np.float32)


@often_and_alone(
    "cover_patch",
    often={
        "cover": (
            "patch swapped", "square by height", "square by width", "a pixel larger",
            "a pixel smaller", "swapped", "both swapped", "centre", "first channel", "first image",
        ),
        "fill_is": ("0", "1", "0.5", "mean", "added", "multiplied"),
        "result": ("first image", "crop", "clipped"),
    },
    cover=COVER | OTHER_COVER,
    fill_is=FILL,
    result={
        "first image": "Only the first image is returned: return all of them.",
        "crop": "What lies under the patch is returned. Return the whole images.",
        "mask": "The patch alone is returned, with 0 around it. Return the covered images.",
        "nothing": "The images come back as they were. Nothing is covered. (In an array of whole numbers "
        "a fraction such as 0.5 becomes 0.)",
        "added everywhere": "`fill` is added to all pixels: multiply it by the mask of the patch.",
        "clipped": "The covered images are made whole numbers: they keep their type.",
        "without the channels": "The channel axis is gone. The result should have shape (N, H, W, "
                                "C).",
        "times": "The images are multiplied by 0 outside of the patch, but they should stay as "
                 "they are there.",
        "one only": "The axis of the images is gone. The result should have shape (N, H, W, C).",
    },
)  # fmt: skip
def cover_patch(images, row, column, patch, fill, cover=None, fill_is=None, result=None):
    mask = mask_of(images.shape, (row, column), patch, cover)
    covered = filled(images, mask, fill, fill_is)
    rows, columns = window(images.shape[1:3], (row, column), patch, cover)
    return {
        None: lambda: covered,
        "first image": lambda: covered[:1],
        "crop": lambda: images[:, rows][:, :, columns],
        "mask": lambda: np.where(mask, covered, 0),
        "nothing": lambda: images,
        "added everywhere": lambda: np.where(mask, fill, images + fill),
        "clipped": lambda: covered.astype(int),
        "without the channels": lambda: covered[..., 0],
        "times": lambda: np.where(mask, images, 0),
        "one only": lambda: covered[0],
    }[result]()


# patch_positions

LAST = {
    "never": "The last pixels are never covered where the stride does not fit. Add a patch that ends "
    "at the border.",
    "always": "The last start is added where it is there already: add it only if it is missing.",
    "one early": "The last start that fits is left out where the stride fits, and nothing is added "
    "at the border. `range` and `arange` leave out their end.",
    "a pixel early": "The added patch ends one pixel before the border, but it should start at "
    "size − patch.",
    "a pixel late": "The added patch sticks out of the image by one pixel, but it should start at "
    "size − patch.",
    "last pixel": "The added start is the last pixel. The patch that ends at the border starts at "
    "size − patch.",
    "size": "The added start is the size itself. The patch that ends at the border starts at size − "
    "patch.",
    "next": "The added start is the next multiple of the stride, where the patch sticks out, but "
    "it should start at size − patch.",
    "by the stride": "The added patch starts at size − stride. The patch that ends at the border starts "
    "at size − patch.",
    "in place": "The last of the regular starts is moved to the border: keep it, and add another.",
    "in front": "The last start stands in front. The starts increase.",
    "if the size": "Whether a patch is missing is tested with the size and the stride. Test size − "
    "patch, and the stride.",
    "if it covers": "Whether a patch is missing is tested with the size and the patch. Test size − "
    "patch, and the stride.",
    "pushed back": "Starts that do not fit are pushed back to the last one, so that it occurs several "
    "times: keep one of them.",
}


@often_and_alone(
    "patch_positions",
    often={
        "first": (1, "stride"),
        "stop": ("a stride early", "size", "size - stride"),
        "step": ("patch", 1, "half", "plus one"),
        "last": ("never", "always", "a pixel early", "a pixel late", "in place"),
    },
    first={
        1: "The first patch starts at 1, but it should start at 0.",
        "stride": "The first patch starts at the stride, but it should start at 0.",
        "patch": "The first patch starts at its own length, but it should start at 0.",
        -1: "The first patch starts before the image, but it should start at 0.",
    },
    stop={
        "a stride early": "The last of the regular starts is left out.",
        "two early": "The regular starts end two pixels too early. The last one may be size − patch.",
        "size": "The regular starts run up to the size. A patch that starts behind size − patch sticks "
        "out of the image.",
        "size - stride": "The regular starts run up to size − stride, but they should run up to "
        "size − patch.",
        "size - 1": "The regular starts run up to the last pixel, but they should run up to size − "
        "patch.",
        "half": "The regular starts run up to size − patch // 2, but they should run up to size − "
        "patch.",
        "a stride late": "There is one regular start too many, which sticks out of the image.",
    },
    step={
        "patch": "The patches lie side by side, but they should start a stride apart, not a patch "
        "apart.",
        1: "The stride is ignored: patches start at multiples of it.",
        "half": "The patches start half a patch apart, but they should start a stride apart.",
        "plus one": "The patches start one pixel more than the stride apart.",
        "minus one": "The patches start one pixel less than the stride apart.",
        "gap": "The patches start patch − stride apart, which is their overlap, but they should "
        "start a stride apart.",
        "sum": "The patches start patch + stride apart, with a gap, but they should start a stride "
        "apart.",
        "double": "Every other start is left out.",
        "evenly": "The starts are spread evenly. All but the last are multiples of the stride.",
        "squares": "The starts grow faster and faster, but they should be multiples of the stride.",
    },
    last=LAST,
    result={
        "backwards": "The starts come in decreasing order: they increase.",
        "number": "This is the number of patches: return where they start.",
        "centres": "These are the patches' centres: return where they start.",
        "ends": "This is where the patches end: return where they start.",
        "last pixels": "These are the last pixels of the patches, where they end: return where they start.",
        "pairs": "These are pairs of start and end. Return the starts.",
        "numbers": "The patches are numbered: return the pixels where they start.",
        "columns": "The starts are a table: return one row of them, (patches,).",
        "floats": "The starts are floating point numbers, but they should be whole ones.",
    },
)
def patch_positions(
    size, patch, stride, first=0, stop="last", step="stride", last="if missing", result=None
):
    end = size - patch
    start = {"stride": stride, "patch": patch}.get(first, first)
    stop = {
        "last": end + 1,
        "a stride early": (end // stride) * stride,
        "two early": end - 1,
        "size": size,
        "size - stride": size - stride + 1,
        "size - 1": size - 1,
        "half": size - patch // 2,
        "a stride late": end + 1 + stride,
    }[stop]
    if step == "evenly":
        starts = np.linspace(0, end, -(-end // stride) + 1).astype(int)
    elif step == "squares":
        starts = np.array([k * k * stride for k in range(size) if k * k * stride <= end])
    else:
        steps = {
            "stride": stride,
            "patch": patch,
            "half": max(patch // 2, 1),
            "plus one": stride + 1,
            "minus one": max(stride - 1, 1),
            "gap": max(patch - stride, 1),
            "sum": patch + stride,
            "double": 2 * stride,
        }
        starts = np.arange(start, stop, steps.get(step, step))
    regular = starts[starts < end] if last == "in front" else starts
    following = regular[-1] + stride if len(regular) else stride
    missing = not len(starts) or starts[-1] != end
    added = {
        "if missing": lambda: np.unique(np.append(starts, end)),
        "never": lambda: starts,
        "one early": lambda: starts[starts < end],
        "always": lambda: np.append(starts, end),
        "a pixel early": lambda: np.unique(np.append(starts, end - 1)) if missing else starts,
        "a pixel late": lambda: np.append(starts, end + 1) if missing else starts,
        "last pixel": lambda: np.append(starts, size - 1) if missing else starts,
        "size": lambda: np.append(starts, size) if missing else starts,
        "next": lambda: np.append(starts, following) if missing else starts,
        "by the stride": lambda: np.append(starts, size - stride) if missing else starts,
        "in place": lambda: np.append(starts[:-1], end) if missing else starts,
        "in front": lambda: np.append(end, regular),
        "if the size": lambda: np.append(starts, end) if size % stride else starts,
        "if it covers": lambda: np.append(starts, end) if size % patch else starts,
        "pushed back": lambda: np.minimum(np.arange(0, size, stride), end),
    }[last]()
    return {
        None: lambda: added,
        "backwards": lambda: added[::-1],
        "number": lambda: len(added),
        "centres": lambda: added + patch // 2,
        "ends": lambda: added + patch,
        "last pixels": lambda: added + patch - 1,
        "pairs": lambda: np.stack([added, added + patch], axis=1),
        "numbers": lambda: np.arange(len(added)),
        "columns": lambda: added[:, None],
        "floats": lambda: added * 1.0,
    }[result]()


# average_overlaps

OVERLAPS = {
    "sum": "Where patches overlap, their drops are added up: take their mean.",
    "last": "The last patch overwrites the others: take the mean of all that cover a pixel.",
    "first": "The first patch that covers a pixel counts alone: take the mean of all that cover it.",
    "maximum": "The largest drop is kept where patches overlap. Take the mean.",
    "minimum": "The smallest drop is kept where patches overlap. Take the mean.",
    "median": "This is the median of the drops where patches overlap. Take the mean.",
    "strongest": "The drop of the largest absolute value is kept where patches overlap. Take the mean.",
    "running": "Each patch is averaged with what is there already, so that later patches count "
    "more. Add up all drops, then divide by the number of patches.",
    "running from the first": "Each patch after the first is averaged with what is there already, "
    "so that later patches count more. Add up all drops, then divide by the number of patches.",
    "running count": "Each drop is divided by how many patches cover the pixel so far. Add up all "
    "drops first, then divide by how many patches cover the pixel in the end.",
    "by all patches": "The sum is divided by the number of all patches: divide it by how many patches "
    "cover the pixel.",
    "by area": "The sum is divided by the patch's area: divide it by how many patches cover the pixel.",
    "by rows": "The sum is divided by how many rows of patches there are: divide it by how many patches "
    "cover the pixel.",
    "by columns": "The sum is divided by how many columns of patches there are: divide it by how many "
    "patches cover the pixel.",
    "by overlap of rows": "The sum is divided by how many rows of patches cover the pixel: divide it by "
    "the number of patches, of all columns.",
    "by overlap of columns": "The sum is divided by how many columns of patches cover the pixel: divide "
    "it by the number of patches, of all rows.",
    "by the largest": "The sum is divided by the largest number of patches over any pixel: divide each "
    "pixel by its own number.",
    "by the mean": "The sum is divided by the mean number of patches over a pixel: divide each pixel by "
    "its own number.",
    "by the root": "The sum is divided by the root of the number of patches: divide it by the number.",
    "by the sum of overlaps": "How many patches cover the row and how many cover the column are added: "
    "the number of patches over the pixel is their product.",
    "by one more": "The count starts at 1. A pixel under one patch is divided by 2.",
    "by one less": "The sum is divided by one less than the number of patches.",
    "by images": "The sum is divided by the number of images, too: each image has its own map.",
    "by positive": "Only patches with a positive drop are counted. Count every patch that covers the "
    "pixel.",
    "by squares": "The mean is divided by the number of patches once more.",
    "added": "The number of patches is added to the map: divide by it.",
    "multiplied": "The sum is multiplied by the number of patches: divide by it.",
}


def covers(starts, length, size):
    """Return (patches, size): which pixels each patch covers along one axis."""
    places = np.arange(size)
    starts = np.asarray(starts)[:, None]
    return (places >= starts) & (places < starts + length)


def averaged(drops, down, across, how, uncovered):
    """Return (N, H, W), from drops (N, R, C) and what their patches cover, (R, H) and (C, W)."""
    total = down.T.astype(float) @ drops @ across.astype(float)
    count = np.outer(down.sum(axis=0), across.sum(axis=0))
    if how in ("last", "first"):
        turn = -1 if how == "last" else 1
        i, j = ((turn * np.arange(len(m)))[:, None] + np.where(m, 0, 10**6) for m in (down, across))
        found = drops[:, i.argmin(axis=0)][:, :, j.argmin(axis=0)]
        return np.where(count > 0, found, 0)
    if how in ("maximum", "minimum", "median", "strongest") or (how or "").startswith("running"):
        under = down[:, None, :, None] & across[None, :, None, :]
        values = np.where(under, drops[..., None, None], np.nan)
        values = values.reshape(len(drops), -1, *values.shape[3:])
        if how == "running count":
            return np.nansum(values / (~np.isnan(values)).cumsum(axis=1), axis=1)
        if how.startswith("running"):
            result = np.full_like(total, 0 if how == "running" else np.nan)
            for one in values.swapaxes(0, 1):
                mean = np.where(np.isnan(result), one, (result + one) / 2)
                result = np.where(np.isnan(one), result, mean)
            return result
        if how == "strongest":
            high, low = np.nanmax(values, axis=1), np.nanmin(values, axis=1)
            return np.where(-low > high, low, high)
        function = {"maximum": np.nanmax, "minimum": np.nanmin, "median": np.nanmedian}[how]
        return function(values, axis=1)
    rows, columns = down.sum(axis=0)[:, None], across.sum(axis=0)[None]
    shape = {"by area": down.sum(axis=1).max() * across.sum(axis=1).max()}
    by = {
        None: lambda: np.maximum(count, 1) if uncovered == "0" else count,
        "sum": lambda: 1,
        "by all patches": lambda: drops[0].size,
        "by area": lambda: shape["by area"],
        "by rows": lambda: len(down),
        "by columns": lambda: len(across),
        "by overlap of rows": lambda: np.maximum(rows, 1),
        "by overlap of columns": lambda: np.maximum(columns, 1),
        "by the largest": lambda: count.max(),
        "by the mean": lambda: count.mean(),
        "by the root": lambda: np.sqrt(count),
        "by the sum of overlaps": lambda: rows + columns,
        "by one more": lambda: count + 1,
        "by one less": lambda: count - 1,
        "by images": lambda: count * len(drops),
        "by positive": lambda: np.maximum(down.T * 1.0 @ (drops > 0) @ across, 1),
        "by squares": lambda: count**2,
        "multiplied": lambda: 1 / count,
        "added": lambda: 1,
    }[how]()
    return total / by + (count if how == "added" else 0)


WINDOWS = {
    name: COVER[name]
    for name in (
        "patch swapped", "square by height", "square by width", "a pixel larger", "a pixel higher",
        "a pixel wider", "a pixel smaller", "to the end", "whole rows", "whole columns", "half",
        "first left out", "to its size",
    )
} | {
    "one pixel": "Only the upper left pixel of each patch gets its drop. All pixels under the patch "
    "do.",
    "middle pixel": "Only the pixel in the middle of each patch gets its drop. All pixels under the "
    "patch do.",
    "a pixel later": COVER["a pixel later"],
    "a pixel earlier": COVER["a pixel earlier"],
    "centre": "The starts are taken for the patches' centres, but they are the upper left corners.",
}  # fmt: skip
MAP = {
    "transposed": "Rows and columns of the map are swapped. The result should have shape (N, H, "
    "W).",
    "turned round": "The sign is turned round.",
    "absolute": "The sign is lost. A negative drop stays negative, no `abs`.",
    "cut off": "Negative values are cut off at 0: what speaks against the class belongs in the map.",
    "from 0 to 1": "Each map is scaled to 0..1: 0 no longer means that a pixel does not matter.",
    "from 0 to 1 in all": "All maps are scaled together to 0..1: 0 no longer means that a pixel does "
    "not matter.",
    "by the maximum": "Each map is divided by its maximum: leave the drops as they are.",
    "by the strongest": "Each map is divided by its largest absolute value: leave the drops as they "
    "are.",
    "without the mean": "The mean of each map is subtracted: leave the drops as they are.",
    "whole": "The map is made of whole numbers, but it should have fractions.",
    "percent": "The map is multiplied by 100: leave the drops as they are.",
    "first only": "Only the first image gets a map: return one for each.",
    "first for all": "All images get the map of the first one: each has its own.",
    "mean of images": "The maps are averaged over the images, axis 0: each image has its own.",
    "sum of images": "The maps are added up over the images, axis 0: each image has its own.",
    "added up": "The maps are added up from image to image: start anew for each image.",
    "with channels": "There is an axis for channels. The result should have shape (N, H, W).",
    "squared": "The values are squared: leave the drops as they are.",
}


def as_result(maps, result):
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return {
        None: lambda: maps,
        "transposed": lambda: maps.swapaxes(1, 2),
        "turned round": lambda: -maps,
        "absolute": lambda: abs(maps),
        "cut off": lambda: np.maximum(maps, 0),
        "from 0 to 1": lambda: (maps - low) / np.where(high > low, high - low, 1),
        "from 0 to 1 in all": lambda: (maps - maps.min()) / (np.ptp(maps) or 1),
        "by the maximum": lambda: maps / high,
        "by the strongest": lambda: maps / np.maximum(-low, high),
        "without the mean": lambda: maps - maps.mean(axis=(1, 2), keepdims=True),
        "whole": lambda: np.trunc(maps),
        "percent": lambda: 100 * maps,
        "first only": lambda: maps[:1],
        "first for all": lambda: np.repeat(maps[:1], len(maps), axis=0),
        "mean of images": lambda: np.repeat(maps.mean(axis=0)[None], len(maps), axis=0),
        "sum of images": lambda: np.repeat(maps.sum(axis=0)[None], len(maps), axis=0),
        "added up": lambda: maps.cumsum(axis=0),
        "with channels": lambda: maps[..., None],
        "squared": lambda: maps**2,
    }[result]()


@often_and_alone(
    "average_overlaps",
    scales=("NaN", "0"),  # what a pixel that no patch covers becomes
    often={
        "how": ("sum", "last", "maximum", "by all patches", "by area", "by one more"),
        "under": ("patch swapped", "square by height", "a pixel larger", "a pixel smaller"),
        "order": ("transposed", "all but the last", "reshaped"),
        "result": ("transposed", "absolute", "first only", "cut off"),
    },
    how=OVERLAPS,
    under=WINDOWS,
    order={
        "transposed": "The axes of `drops` are swapped. Axis 1 belongs to `rows`, axis 2 to `columns`.",
        "reshaped": "`reshape` does not swap the axes of `drops`, it mixes the numbers. Axis 1 belongs "
        "to `rows`, axis 2 to `columns`.",
        "rows for columns": "The patches' columns are taken from `rows`, but they are in "
        "`columns`.",
        "swapped": "`rows` and `columns` are swapped. `rows` count along axis 1 of the map.",
        "numbers": "The patches' numbers are taken for pixels, but they start at `rows[i]`, "
        "`columns[j]`.",
        "side by side": "The patches are laid side by side, but they should start at `rows[i]`, "
        "`columns[j]`.",
        "all but the last": "The last row and the last column of patches are left out.",
        "all but the first": "The first row and the first column of patches are left out.",
        "all but the last row": "The last row of patches is left out.",
        "all but the last column": "The last column of patches is left out.",
        "diagonal": "Only the patches (0, 0), (1, 1) and so on are used: pair each row with each column.",
        "upside down": "The drops belong to the patches in the opposite order.",
        "first drop": "All patches get the drop of the first one.",
        "mean drop": "All patches get the mean drop.",
        "absolute": "The absolute values of the drops are averaged: they keep their sign.",
        "positive": "Negative drops become 0 before they are averaged: they count, too.",
    },
    result=MAP,
)
def average_overlaps(
    drops, rows, columns, patch, size, how=None, under=None, order=None, result=None, scale="NaN"
):
    if order == "swapped":
        rows, columns = columns, rows
    elif order == "numbers":
        rows, columns = np.arange(len(rows)), np.arange(len(columns))
    elif order == "side by side":
        rows, columns = np.arange(len(rows)) * patch[0], np.arange(len(columns)) * patch[1]
    elif order == "rows for columns":
        columns = np.resize(rows, len(columns))
    if under == "middle pixel":
        rows, columns = np.asarray(rows) + patch[0] // 2, np.asarray(columns) + patch[1] // 2
        under = "one pixel"
    down = np.array([window(size, (row, 0), patch, under)[0] for row in rows])
    across = np.array([window(size, (0, column), patch, under)[1] for column in columns])
    drops = {
        "transposed": lambda: drops.swapaxes(1, 2),
        "reshaped": lambda: drops.reshape(len(drops), len(columns), len(rows)).swapaxes(1, 2),
        "upside down": lambda: drops[:, ::-1, ::-1],
        "first drop": lambda: np.broadcast_to(drops[:, :1, :1], drops.shape),
        "mean drop": lambda: np.broadcast_to(drops.mean(axis=(1, 2), keepdims=True), drops.shape),
        "absolute": lambda: abs(drops),
        "positive": lambda: np.maximum(drops, 0),
    }.get(order, lambda: drops)()
    if order == "all but the last":
        drops, down, across = drops[:, :-1, :-1], down[:-1], across[:-1]
    elif order == "all but the first":
        drops, down, across = drops[:, 1:, 1:], down[1:], across[1:]
    elif order == "all but the last row":
        drops, down = drops[:, :-1], down[:-1]
    elif order == "all but the last column":
        drops, across = drops[:, :, :-1], across[:-1]
    elif order == "diagonal":
        eye = np.eye(*drops.shape[1:])
        total = down.T * 1.0 @ (drops * eye) @ across
        return as_result(total / np.maximum(down.T * 1.0 @ eye @ across, 1), result)
    return as_result(averaged(drops, down, across, how, scale), result)


# drop_map


def starts(size, patch, stride, places):
    options = {
        "never": {"last": "never"},
        "side by side": {"step": "patch"},
        "stride 1": {"step": 1},
        "evenly": {"step": "evenly"},
        "one early": {"last": "one early"},
    }
    return patch_positions(size, patch, stride, **options.get(places, {}))


def at_once(network, covered):
    """Return the probabilities (N, places, classes) for images (N, H, W, C) of each place."""
    answers = predictor(network)(np.concatenate(covered))
    return answers.reshape(len(covered), len(covered[0]), -1).swapaxes(0, 1)


@kept
def under_patches(network, images, patch, stride, fill, cover, fill_is, places):
    """Return the probabilities (N, R, C, classes) with each patch covered, and where those start."""
    size = images.shape[1:3][::-1] if places == "size swapped" else images.shape[1:3]
    if places == "columns by height":
        size = size[0], size[0]
    if places == "stride swapped":
        stride = stride[::-1]
    elif places == "stride square":
        stride = stride[0], stride[0]
    rows, columns = map(starts, size, patch, stride, (places, places))
    so_far, found = images, []
    for row in rows:
        if places == "accumulate in rows":
            so_far = images
        for column in columns:
            mask = mask_of(images.shape, (row, column), patch, cover)
            covered = filled(so_far, mask, fill, fill_is)
            if places in ("accumulate", "accumulate in rows"):
                so_far = covered
            found.append(covered)
    answers = at_once(network, found)
    return answers.reshape(len(images), len(rows), len(columns), -1), rows, columns


@kept
def plain(network, images):
    return predictor(network)(images)


PATCHES = {
    "accumulate": "The patches accumulate: start from a fresh copy of the images for each.",
    "accumulate in rows": "The patches of a row accumulate: start from a fresh copy of the images for "
    "each.",
    "never": LAST["never"],
    "one early": "The last patches are left out, also where the stride fits. `range` leaves out "
    "its end, and the last patch must end at the border.",
    "side by side": "The patches lie side by side, but they should start a stride apart, not a "
    "patch apart.",
    "stride 1": "The stride is ignored. The patches move by one pixel.",
    "stride swapped": "The stride is (down, across): here its parts are swapped.",
    "stride square": "The stride down is used across, too: that is `stride[1]`.",
    "size swapped": "Height and width of the images are swapped. Rows are axis 1, columns axis 2, as "
    "in `images.shape`.",
    "columns by height": "The height of the images is taken for their width, too, when the patches are "
    "placed. Columns are axis 2.",
    "evenly": "The patches are spread evenly. All but the last start at multiples of the stride.",
}


@often_and_alone(
    "drop_map",
    often={
        "patches": (("places", "accumulate"), ("places", "never"), ("fill_is", "0")),
        "class_is": ("top", "anew"),
        "drop": ("after", "absolute", "rise", "1 - after", "relative"),
        "how": ("sum", "last", "by all patches", "maximum"),
        "result": ("transposed", "from 0 to 1", "first only"),
    },
    patches={("places", name): sentence for name, sentence in PATCHES.items()}
    | {("fill_is", name): sentence for name, sentence in FILL.items()}
    | {
        ("cover", name): sentence + " So it is when the patch is drawn."
        for name, sentence in (COVER | OTHER_COVER).items()
        if name
        not in (
            "upper left",
            "images as rows",
            "columns as rows",
            "in patches",
            "double",
            "half",
            "whole rows",
            "whole columns",
            "to the end",
            "lower right",
            "outline",
            "cross",
            "diagonal",
            "around",
        )
    },
    class_is={
        "top": "`class_index` is not used: the most probable class of each image is followed.",
        "anew": "The class is chosen anew for each patch. Follow the class `class_index`.",
        "top of the first": "`class_index` is not used. The most probable class of the first image is "
        "followed.",
        "next": "The class behind `class_index` is followed. Classes are counted from 0.",
        "previous": "The class before `class_index` is followed. Classes are counted from 0.",
        "first": "`class_index` is not used. Class 0 is followed.",
        "last": "`class_index` is not used. The last class is followed.",
        "anew against the class": "Under the patch the most probable class is read. Follow the class "
        "`class_index`.",
        "top before": "Without a patch the most probable class is read. Follow the class "
        "`class_index`.",
        "distance": "The drops of all classes are added up, without their sign. Follow the class "
        "`class_index`.",
        "squares": "The squares of the drops of all classes are added up. Follow the class "
        "`class_index`.",
        "mean": "The mean over all classes is taken. Follow the class `class_index`.",
    },
    drop={
        "after": "This is the probability under the patch. The drop is the probability without a patch "
        "minus that.",
        "1 - after": "This is 1 minus the probability under the patch: subtract it from the "
        "probability without a patch, which is not 1.",
        "rise": "The sign is turned round. The drop is before minus after.",
        "absolute": "The sign is lost. A patch that raises the probability has a negative drop, so "
        "take no `abs`.",
        "cut off": "Rises are cut off at 0. Evidence against the class belongs in the map.",
        "relative": "This is the drop as a share of the probability before. Return the difference.",
        "ratio": "This is the probability after divided by the one before. Return the difference.",
        "squared": "The drops are squared: return the differences themselves.",
        "logarithm": "This is a difference of logarithms. Return the difference of the probabilities.",
        "odds": "This is a difference of logits. Return the difference of the probabilities.",
        "before": "This is the probability without a patch. Subtract the one under the patch.",
        "first base": "All images are compared with the probability of the first one: each has its own.",
        "empty base": "Each patch is compared with an image that is covered all over, full of `fill`: "
        "compare it with the uncovered image.",
        "black base": "Each patch is compared with a black, empty image: compare it with the uncovered "
        "image.",
        "mean base": "All images are compared with the mean probability: each has its own.",
        "largest base": "All is compared with the largest probability of all images: each has its own.",
        "class left": "This says whether the class is no longer the most probable one. Return the drop.",
        "percent": "The drops are in percent: leave them as they are.",
        "previous": "Each patch is compared with the one before: compare it with the image without a "
        "patch.",
        "of the first": "Under the patches only the first image is looked at: each image has its own "
        "drops.",
        "reshaped": "The drops come patch by patch and are only reshaped to (N, rows, columns), which "
        "mixes the images. `reshape` moves no axis.",
    },
    how={
        k: v for k, v in OVERLAPS.items() if k not in ("by squares", "by the root", "by positive")
    },
    under=WINDOWS,
    result=MAP
    | {
        "grid": "These are the drops of the patches: give each pixel the mean drop of the patches that "
        "cover it.",
    },
)
def drop_map(
    predict, images, class_index, patch, stride, fill, patches=None, class_is="own", drop="drop",
    how=None, under=None, result=None,
):  # fmt: skip
    wrong = {"cover": None, "fill_is": None, "places": None} | dict([patches] if patches else ())
    answers, rows, columns = under_patches(
        predict, images, patch, stride, fill, wrong["cover"], wrong["fill_is"], wrong["places"]
    )
    base = plain(predict, images)
    answers, base = answers.astype(np.float64), base.astype(np.float64)
    top, classes = base.argmax(axis=1), base.shape[1]
    index = {
        "top": top,
        "top of the first": np.repeat(top[:1], len(top)),
        "next": np.repeat((class_index + 1) % classes, len(top)),
        "previous": np.repeat((class_index - 1) % classes, len(top)),
        "first": np.repeat(0, len(top)),
        "last": np.repeat(-1, len(top)),
    }.get(class_is, np.repeat(class_index, len(top)))
    each = np.arange(len(top))
    before, after = base[each, index][:, None, None], answers[each, :, :, index]
    if class_is in ("anew", "anew against the class"):
        after = answers.max(axis=-1)
    if class_is in ("anew", "top before"):
        before = base.max(axis=1)[:, None, None]
    if class_is == "mean":
        before, after = base.mean(axis=1)[:, None, None], answers.mean(axis=-1)
    if class_is in ("distance", "squares"):
        power = 1 if class_is == "distance" else 2
        after = before - (abs(base[:, None, None] - answers) ** power).sum(axis=-1)
    drops = {
        "drop": lambda: before - after,
        "after": lambda: after,
        "1 - after": lambda: 1 - after,
        "rise": lambda: after - before,
        "absolute": lambda: abs(before - after),
        "cut off": lambda: np.maximum(before - after, 0),
        "relative": lambda: (before - after) / before,
        "ratio": lambda: after / before,
        "squared": lambda: (before - after) ** 2,
        "logarithm": lambda: np.log(before / after),
        "odds": lambda: np.log(before / (1 - before)) - np.log(after / (1 - after)),
        "before": lambda: before + 0 * after,
        "first base": lambda: before[:1] - after,
        "mean base": lambda: before.mean() - after,
        "empty base": lambda: (
            plain(predict, np.full_like(images, fill))[each, index][:, None, None] - after
        ),
        "black base": lambda: (
            plain(predict, np.zeros_like(images))[each, index][:, None, None] - after
        ),
        "largest base": lambda: before.max() - after,
        "class left": lambda: (answers.argmax(axis=-1) != index[:, None, None]) * 1.0,
        "percent": lambda: 100 * (before - after),
        "of the first": lambda: before - after[:1],
        "reshaped": lambda: np.moveaxis(before - after, 0, -1).reshape(after.shape),
        "previous": lambda: (
            -np.diff(np.concatenate([before[:, 0], after.reshape(len(after), -1)], axis=1)).reshape(
                after.shape
            )
        ),
    }[drop]()
    if result == "grid":
        return drops
    size = images.shape[1:3]
    size = size[::-1] if wrong["places"] == "size swapped" else size
    return average_overlaps(drops, rows, columns, patch, size, how, under, None, result)


# covered_places


@kept
def at_places(network, images, patch, fill, places, cover, fill_is, accumulate):
    """Return the probabilities (N, places, classes)."""
    so_far, found = images, []
    for place in places:
        mask = mask_of(images.shape, place, patch, cover)
        covered = filled(so_far, mask, fill, fill_is)
        so_far = covered if accumulate else images
        found.append(covered)
    return at_once(network, found)


PLACES = ("centre", "top left", "top right", "bottom left", "bottom right")
NAMED = {  # orders that have a sentence of their own
    (0, 1, 3, 2, 4), (0, 1, 2, 4, 3), (0, 3, 4, 1, 2), (0, 2, 1, 4, 3), (1, 2, 3, 4, 0), (1, 2, 0, 3, 4),
}  # fmt: skip
ORDERS = {
    order: f"The columns come in the order {', '.join(PLACES[i] for i in order)}. The right order is "
    f"{', '.join(PLACES)}."
    for order in permutations(range(5))
    if order not in NAMED and order != (0, 1, 2, 3, 4)
}


@often_and_alone(
    "covered_places",
    often={
        "result": ("stacked", "transposed", "swapped"),
        "places": ("centre at half", "clockwise", "centre last", "columns first"),
        "patches": (("cover", "patch swapped"), ("fill_is", "0"), ("accumulate", True)),
        "classes": ("uncovered",),
        "probability": ("former", "drop", "of the uncovered"),
    },
    places={
        "centre at half": "The centre patch starts in the centre, but its middle belongs there. "
        "The patch should start at (H − height) // 2.",
        "half minus half": "The centre patch starts at H // 2 − height // 2, but it should start "
        "at (H − height) // 2.",
        "centre rounded up": "The centre patch starts half a pixel too late: (H − height) // 2 rounds "
        "down.",
        "a pixel inside": "The patches at the right and at the bottom stop a pixel before the "
        "border. These patches should start at H − height and W − width.",
        "a pixel outside": "The patches at the right and at the bottom start a pixel too late and "
        "stick out. These patches should start at H − height and W − width.",
        "last pixel": "The patches at the right and at the bottom start at the last pixel. These "
        "patches should start at H − height and W − width.",
        "swapped": "In the corners, bottom and right are swapped. Rows end at the height, columns at the "
        "width.",
        "all swapped": "In all places, rows and columns are swapped, bottom and right. Rows end at the "
        "height, columns at the width.",
        "columns first": "The corners come in the order top left, bottom left, top right, bottom right. "
        "Top right comes before bottom left.",
        "clockwise": "The corners come in a circle. Bottom left comes before bottom right.",
        "from below": "The corners at the bottom come first. The order is top left, top right, bottom "
        "left, bottom right.",
        "from the right": "The corners at the right come first. The order is top left, top right, bottom "
        "left, bottom right.",
        "centre last": "The centre comes last: the centre comes first, then the corners.",
        "centre between": "The centre comes between the corners: the centre comes first, then the "
        "corners.",
        "no centre": "The centre is missing: it comes first, then the corners.",
        "centre for all": "The centre is covered in all five columns: the corners follow it.",
        "edges": "The middles of the edges are covered in place of the corners.",
        "upper left for all": "The upper left corner is covered in all columns.",
        "uncovered": "In the first column nothing is covered: the centre belongs there.",
        "sides swapped": "The height of the patch is subtracted from the width of the image, and its "
        "width from the height. Subtract height from height and width from width.",
        "square by height": "The images are taken to be as wide as they are high. Rows end at the height, "
        "columns at the width.",
        "square by width": "The images are taken to be as high as they are wide. Rows end at the height, "
        "columns at the width.",
        "quarters": "The patches of the corners start in the middle of the image, not at its border: "
        "they start at H − height and W − width.",
        "half a patch inside": "The patches at the right and at the bottom start at H − height // 2 "
        "and W − width // 2, so that half of them lies outside. They start at H − height and W − width.",
        "two patches inside": "The patches at the right and at the bottom end a whole patch before "
        "the border. These patches should start at H − height and W − width.",
        "around the corners": "Each place is taken for the middle of its patch, and the corners are "
        "the middles, so that only a quarter of the patch lies in the image.",
        "whole patches": "The patches at the right and at the bottom start at a multiple of their size. "
        "These patches should start at H − height and W − width.",
        "centre of patches": "The patch of the centre starts at a multiple of its size: it starts at "
        "((H − height) // 2, (W − width) // 2).",
        "centre a pixel later": "The patch of the centre starts one pixel too late, in its row and in its "
        "column.",
        "centre a pixel earlier": "The patch of the centre starts one pixel too early, in its row and in "
        "its column.",
        "centre before": "The patch of the centre ends in the centre, but its middle belongs there. "
        "The patch should start at (H − height) // 2.",
        "centre by height": "The row of the centre is taken for its column, too. The width decides on the "
        "column.",
        "centre swapped": "Row and column of the centre are swapped: (H − height) // 2 is the row.",
        "centre in the corner": "The patch of the centre starts in the upper left corner, at (0, 0).",
        "28": "The images are taken to have 28 rows and columns: take height and width from `images`.",
        "from 1": "The corners on the left and at the top start at 1. Rows and columns are counted from 0.",
        "cut at the end": "The last row and the last column of the image are left out of the patches at "
        "the right and at the bottom, as a slice that ends at −1 does.",
        "border overlapped": "The patches at the right and at the bottom start two pixels before the "
        "right place.",
    } | ORDERS,
    patches={("cover", name): COVER[name] for name in (
        "patch swapped", "square by height", "square by width", "a pixel larger", "a pixel smaller",
        "swapped", "centre",
    )}
    | {("cover", name): OTHER_COVER[name] for name in ("outside", "first channel", "first image")}
    | {("fill_is", name): sentence for name, sentence in FILL.items()}
    | {("accumulate", True): "The patches accumulate: start from a fresh copy of the images for each "
       "place."},
    classes={
        "uncovered": "The class is that of the uncovered image: predict it anew for each place.",
        "of the first place": "The class is that of the first place: predict it anew for each place.",
        "of the first image": "All images get the classes of the first one: each has its own.",
        "least": "The least probable class is taken. Take the most probable one.",
        "second": "The second most probable class is taken. Take the most probable one.",
        "over places": "The largest probability is looked for along the places, axis 1: look for it "
        "along the classes, axis 2.",
        "over images": "The largest probability is looked for along the images, axis 0: look for it "
        "along the classes, axis 2.",
        "from 1": "The classes are counted from 1, but they should be counted from 0.",
        "floats": "The classes are floating point numbers, but they should be whole ones.",
        "changed": "This says whether the class has changed. Return the class.",
        "of the mean": "All images get the class that is most probable on average: each image has its own.",
        "of the surest": "All images get the class of the largest probability of all images: each has "
        "its own.",
        "most frequent": "Each image gets its most frequent class of the five places: predict it anew for "
        "each place.",
        "of the last image": "All images get the classes of the last one: each has its own.",
        "of the last place": "The class is that of the last place: predict it anew for each place.",
        "flat": "The largest probability is looked for among all images and classes together: look for "
        "it along the classes.",
        "above half": "This says whether a class has more than half of the probability. Return the class.",
        "among the others": "The class of the uncovered image is left out. Return the most probable class, "
        "whether it has changed or not.",
    },
    probability={
        "former": "The probability is that of the uncovered image's class. Report that of the class that "
        "is predicted now.",
        "drop": "This is the drop of the largest probability: the table holds the probability itself.",
        "drop of the former": "This is the drop of the former class's probability. The table holds the "
        "probability of the class that is predicted now.",
        "rise": "This is the rise of the largest probability: the table holds the probability itself.",
        "of the uncovered": "The probability is that of the uncovered image: predict it anew for each "
        "place.",
        "of the first place's class": "The probability is that of the class of the first place. Report "
        "that of the class that is predicted now.",
        "of the first image": "All images get the probabilities of the first one: each has its own.",
        "mean": "This is the mean probability. Report that of the predicted class.",
        "minimum": "This is the smallest probability. Report that of the predicted class.",
        "second": "This is the second largest probability. Report that of the predicted class.",
        "first": "This is the probability of class 0. Report that of the predicted class.",
        "over places": "The largest probability is taken along the places, axis 1: take it along the "
        "classes, axis 2.",
        "logarithm": "This is the logarithm of the probability: report the probability itself.",
        "percent": "The probability is in percent, but it should be a number from 0 to 1.",
        "rounded": "The probability is rounded: return it as it is.",
        "softmax": "A softmax is taken of what is a probability already.",
        "inverted": "This is 1 minus the probability: report the probability itself.",
        "margin": "This is how far the largest probability is ahead of the second: report the "
        "probability itself.",
        "share": "The probability is divided by that of the uncovered image. Report it as it is.",
        "distance": "This is the absolute change of the largest probability: the table holds the "
        "probability itself.",
        "relative drop": "This is the drop as a share of the uncovered image's probability. The table "
        "holds the probability itself.",
        "of the mean's class": "This is the probability of the class that is most probable on average: "
        "each image has its own.",
        "surest": "All images get the largest probability of all images: each has its own.",
        "of the last image": "All images get the probabilities of the last one: each has its own.",
        "mean over images": "All images get the mean over the images: each has its own.",
        "last": "This is the probability of the last class. Report that of the predicted class.",
        "1": "This is the probability of class 1. Report that of the predicted class.",
        "sum": "This is the sum of all probabilities, which is 1. Report that of the predicted class.",
        "of the last place": "The probability is that of the last place: predict it anew for each place.",
        "of the others": "The class of the uncovered image is left out. Report the largest probability, "
        "whether the class has changed or not.",
        "squared": "The probability is squared: report it as it is.",
        "class": "The probability is replaced by the class. Report the probability of the predicted "
        "class.",
    },
    result={
        "transposed": "The tables are transposed: there is a row for each image, a column for each "
        "place.",
        "reshaped": "The answers come place by place and are only reshaped to (N, 5), which mixes the "
        "images. `reshape` moves no axis.",
        "swapped": "The two results are swapped: the classes come first, then their probabilities.",
        "classes alone": "Only the classes are returned: their probabilities belong in a second table.",
        "probabilities alone": "Only the probabilities are returned. The classes come first.",
        "all probabilities": "The second table holds the probabilities of all classes. Keep that of the "
        "predicted class.",
        "with the uncovered": "There is a column for the uncovered image. There are five places.",
        "stacked": "Both tables stand in one array. Return a tuple of two arrays.",
        "pairs": "Class and probability stand in one array. Return two tables.",
        "first image": "Only the first image is looked at: return one row for each image.",
        "last image": "Only the last image is looked at: return one row for each image.",
        "first image for all": "Every row is that of the first image: each image has its own.",
        "first place": "Only the first place is looked at: return a column for each place.",
        "without the last place": "The last place is missing: there are five.",
        "without the last image": "The last image is missing: return one row for each image.",
        "flat": "The tables are made one row. Return (N, 5).",
        "one axis more": "The tables have an axis too many. Return (N, 5).",
        "with the uncovered behind": "There is a column for the uncovered image. There are five places.",
        "mean over places": "The places are averaged. Return a column for each.",
        "of the mean": "All images get the class that is most probable on average, and its "
        "probability: each image has its own class.",
        "of the surest": "All images get the class and the probability of the surest image: each has its "
        "own.",
        "of the uncovered": "Both tables are those of the uncovered images: predict anew for each place.",
        "of the uncovered class": "The class of the uncovered image is followed. Report the class that is "
        "predicted now, and its probability.",
        "of the second": "Both tables belong to the second most probable class. Take the most probable "
        "one.",
        "other image covered": "The probabilities of the first image are read for each image: read image n "
        "in row n.",
        "dictionary": "The answers are sorted by their probability. Keep the order of the places.",
    },
)  # fmt: skip
def covered_places(
    predict, images, patch, fill, places="right", patches=None, classes="now", probability="now",
    result=None,
):  # fmt: skip
    height, width = images.shape[1:3]
    bottom, right = height - patch[0], width - patch[1]
    if places == "all swapped":
        bottom, right = right, bottom
    elif places == "sides swapped":
        bottom, right = width - patch[0], height - patch[1]
    elif places == "square by height":
        right = height - patch[1]
    elif places == "square by width":
        bottom = width - patch[0]
    elif places == "28":
        bottom, right = 28 - patch[0], 28 - patch[1]
    centre = {
        "centre of patches": (
            bottom // 2 // patch[0] * patch[0],
            right // 2 // patch[1] * patch[1],
        ),
        "centre a pixel later": (bottom // 2 + 1, right // 2 + 1),
        "centre a pixel earlier": (max(bottom // 2 - 1, 0), max(right // 2 - 1, 0)),
        "centre before": (max(height // 2 - patch[0], 0), max(width // 2 - patch[1], 0)),
        "centre by height": (bottom // 2, bottom // 2),
        "centre swapped": (right // 2, bottom // 2),
        "centre in the corner": (0, 0),
        "around the corners": (height // 2, width // 2),
        "centre at half": (height // 2, width // 2),
        "half minus half": (height // 2 - patch[0] // 2, width // 2 - patch[1] // 2),
        "centre rounded up": (-(-bottom // 2), -(-right // 2)),
    }.get(places, (bottom // 2, right // 2))
    low, far = {
        "swapped": (right, bottom),
        "a pixel inside": (bottom - 1, right - 1),
        "a pixel outside": (bottom + 1, right + 1),
        "last pixel": (height - 1, width - 1),
        "quarters": (height // 2, width // 2),
        "half a patch inside": (height - patch[0] // 2, width - patch[1] // 2),
        "two patches inside": (max(bottom - patch[0], 0), max(right - patch[1], 0)),
        "around the corners": (height - 1, width - 1),
        "whole patches": (
            (height - 1) // patch[0] * patch[0],
            (width - 1) // patch[1] * patch[1],
        ),
        "border overlapped": (max(bottom - 2, 0), max(right - 2, 0)),
    }.get(places, (bottom, right))
    near = 1 if places == "from 1" else 0
    four = [(near, near), (near, far), (low, near), (low, far)]
    asked = {
        "columns first": [centre, *(four[i] for i in (0, 2, 1, 3))],
        "clockwise": [centre, *(four[i] for i in (0, 1, 3, 2))],
        "from below": [centre, *(four[i] for i in (2, 3, 0, 1))],
        "from the right": [centre, *(four[i] for i in (1, 0, 3, 2))],
        "centre last": [*four, centre],
        "centre between": [*four[:2], centre, *four[2:]],
        "no centre": four,
        "centre for all": [centre] * 5,
        "upper left for all": [(0, 0)] * 5,
        "edges": [
            centre,
            (0, right // 2),
            (bottom // 2, 0),
            (bottom // 2, right),
            (bottom, right // 2),
        ],
    }.get(places, [centre, *four])
    wrong = {"cover": None, "fill_is": None, "accumulate": False} | dict(
        [patches] if patches else ()
    )
    if places == "around the corners":
        wrong["cover"] = "centre"
    answers = at_places(predict, images, patch, fill, tuple(asked), *wrong.values())
    base = plain(predict, images)
    n = len(images)
    if places == "cut at the end":
        found = []
        for number, place in enumerate(asked):
            mask = mask_of(images.shape, place, patch, None)
            mask[:, -1] &= number < 3
            mask[:, :, -1] &= number not in (2, 4)
            found.append(filled(images, mask, fill, None))
        answers = at_once(predict, found)
    elif places == "uncovered":
        answers = np.concatenate([base[:, None], answers[:, 1:]], axis=1)
    elif places in ORDERS:
        answers = answers[:, places]
    elif result == "other image covered":
        answers = np.concatenate([answers[:1], base[:1] + 0 * answers[1:]])
    each, columns = np.arange(n)[:, None], np.arange(answers.shape[1])
    now, order = answers.argmax(axis=2), np.sort(answers, axis=2)
    former = np.repeat(base.argmax(axis=1)[:, None], answers.shape[1], axis=1)
    others = answers.copy()
    np.put_along_axis(others, former[..., None], -1, axis=2)
    first, of_mean = base.max(axis=1)[:, None], answers.mean(axis=0).argmax(axis=-1)
    ones = {
        "now": lambda: now,
        "uncovered": lambda: former,
        "of the first place": lambda: np.repeat(now[:, :1], now.shape[1], axis=1),
        "of the first image": lambda: np.repeat(now[:1], n, axis=0),
        "least": lambda: answers.argmin(axis=2),
        "second": lambda: answers.argsort(axis=2)[..., -2],
        "over places": lambda: answers.argmax(axis=1),
        "over images": lambda: answers.argmax(axis=0),
        "from 1": lambda: now + 1,
        "floats": lambda: now.astype(float),
        "changed": lambda: (now != former) * 1,
        "of the mean": lambda: of_mean + 0 * now,
        "of the surest": lambda: answers.max(axis=0).argmax(axis=-1) + 0 * now,
        "most frequent": lambda: (
            np.array([np.bincount(row).argmax() for row in now])[:, None] + 0 * now
        ),
        "of the last image": lambda: now[-1:] + 0 * now,
        "of the last place": lambda: now[:, -1:] + 0 * now,
        "flat": lambda: (
            answers.transpose(1, 0, 2).reshape(now.shape[1], -1).argmax(axis=1) + 0 * now
        ),
        "above half": lambda: (order[..., -1] > 0.5) * 1,
        "among the others": lambda: others.argmax(axis=2),
    }[classes]()
    theirs = {
        "now": lambda: order[..., -1],
        "former": lambda: answers[each, columns, former],
        "drop": lambda: base.max(axis=1)[:, None] - order[..., -1],
        "drop of the former": lambda: base.max(axis=1)[:, None] - answers[each, columns, former],
        "rise": lambda: order[..., -1] - base.max(axis=1)[:, None],
        "of the uncovered": lambda: np.repeat(base.max(axis=1)[:, None], answers.shape[1], axis=1),
        "of the first place's class": lambda: answers[each, columns, now[:, :1]],
        "of the first image": lambda: np.repeat(order[:1, :, -1], n, axis=0),
        "mean": lambda: answers.mean(axis=2),
        "minimum": lambda: order[..., 0],
        "second": lambda: order[..., -2],
        "first": lambda: answers[..., 0],
        "over places": lambda: answers.max(axis=1),
        "logarithm": lambda: np.log(order[..., -1]),
        "percent": lambda: 100 * order[..., -1],
        "rounded": lambda: order[..., -1].round(2),
        "softmax": lambda: (np.exp(answers) / np.exp(answers).sum(axis=2, keepdims=True)).max(
            axis=2
        ),
        "inverted": lambda: 1 - order[..., -1],
        "margin": lambda: order[..., -1] - order[..., -2],
        "share": lambda: order[..., -1] / first,
        "distance": lambda: abs(order[..., -1] - first),
        "relative drop": lambda: 1 - order[..., -1] / first,
        "of the mean's class": lambda: answers[each, columns, of_mean],
        "surest": lambda: order[..., -1].max(axis=0) + 0 * order[..., -1],
        "of the last image": lambda: order[-1:, :, -1] + 0 * order[..., -1],
        "mean over images": lambda: order[..., -1].mean(axis=0) + 0 * order[..., -1],
        "last": lambda: answers[..., -1],
        "1": lambda: answers[..., 1],
        "sum": lambda: answers.sum(axis=2),
        "of the last place": lambda: order[:, -1:, -1] + 0 * order[..., -1],
        "of the others": lambda: others.max(axis=2),
        "squared": lambda: order[..., -1] ** 2,
        "class": lambda: now * 1.0,
    }[probability]()
    by_probability = theirs.argsort(axis=1)[:, ::-1] if result == "dictionary" else None
    return {
        None: lambda: (ones, theirs),
        "transposed": lambda: (ones.T, theirs.T),
        "reshaped": lambda: (ones.T.reshape(ones.shape), theirs.T.reshape(theirs.shape)),
        "swapped": lambda: (theirs, ones),
        "classes alone": lambda: ones,
        "probabilities alone": lambda: theirs,
        "all probabilities": lambda: (ones, answers),
        "with the uncovered": lambda: (
            np.concatenate([base.argmax(axis=1)[:, None], ones], axis=1),
            np.concatenate([base.max(axis=1)[:, None], theirs], axis=1),
        ),
        "stacked": lambda: np.stack([ones, theirs]),
        "pairs": lambda: np.stack([ones, theirs], axis=-1),
        "first image": lambda: (ones[:1], theirs[:1]),
        "last image": lambda: (ones[-1:], theirs[-1:]),
        "first image for all": lambda: (ones[:1] + 0 * ones, theirs[:1] + 0 * theirs),
        "first place": lambda: (ones[:, 0], theirs[:, 0]),
        "without the last place": lambda: (ones[:, :-1], theirs[:, :-1]),
        "without the last image": lambda: (ones[:-1], theirs[:-1]),
        "flat": lambda: (ones.ravel(), theirs.ravel()),
        "one axis more": lambda: (ones[..., None], theirs[..., None]),
        "other image covered": lambda: (ones, theirs),
        "with the uncovered behind": lambda: (
            np.concatenate([ones, base.argmax(axis=1)[:, None]], axis=1),
            np.concatenate([theirs, base.max(axis=1)[:, None]], axis=1),
        ),
        "mean over places": lambda: (ones.mean(axis=1), theirs.mean(axis=1)),
        "of the mean": lambda: (of_mean + 0 * now, answers[each, columns, of_mean]),
        "of the surest": lambda: (
            answers.max(axis=0).argmax(axis=-1) + 0 * now,
            order[..., -1].max(axis=0) + 0 * theirs,
        ),
        "of the uncovered": lambda: (former, first + 0 * theirs),
        "of the uncovered class": lambda: (former, answers[each, columns, former]),
        "of the second": lambda: (answers.argsort(axis=2)[..., -2], order[..., -2]),
        "dictionary": lambda: (ones[each, by_probability], theirs[each, by_probability]),
    }[result]()


@kept
def answers_under_patches(network, images, covered):
    """The answers to an image, uncovered and under each patch, and where the patches start."""
    patch = 7 if covered == "7 pixels" else 5
    starts = sorted({*range(0, 29 - patch, 3), 28 - patch})
    image, pictures = images[0].copy(), [images[0]]
    for row in starts:
        for column in starts:
            one = image if covered == "never fresh" else image.copy()
            one[row : row + patch, column : column + patch] = covered == "ink"
            pictures.append(one.copy())
    before, *after = numpy_outputs(network, np.stack(pictures))["l5"]
    return before, np.array(after), starts


@family(
    "worst_patch",
    covered={
        "7 pixels": "The patch has 7×7 pixels here. The task asks for 5×5 pixels.",
        "ink": "The patch is filled with ink, 1. The task asks for paper, 0.",
        "never fresh": "A patch stays when the next patch covers the image. Start from a fresh "
        "copy for each patch.",
        "second": "This is another image, the one with the number 1. Take the first image, "
        "`own.images[:1]`.",
    },
    followed={
        "number": "This is the drop for the digit that is the last figure of your number. Follow "
        "the label of the image.",
        "rival": "This is the drop for the second most probable digit. Follow the label of the "
        "image.",
        "turned": "This is the probability after minus the probability before. The drop is before "
        "minus after.",
    },
    largest={
        "least": "This is the place where the probability drops least. The task asks for the "
        "largest drop.",
        "flat": "This is the number of the patch, and no place. The task asks for the row and the "
        "column where the patch starts.",
        "steps": "Row and column count patches here. The task asks for pixels: the row and the "
        "column where the patch starts.",
        "middle": "This is the middle of the patch. The task asks for its upper left corner.",
        "column, row": "Row and column are swapped. The row comes first, counted from the top.",
        "from 1": "Row and column are counted from 1. Count from 0.",
    },
    answer={
        "label": "The third number is the label. The task asks for the answer under the patch.",
        "second": "The third number is the second most probable digit under the patch. The task "
        "asks for the most probable one.",
    },
    drop={
        "after": "The last number is the probability under the patch. The drop is the probability "
        "before minus the probability after.",
        "before": "The last number is the probability without a patch. The drop is the probability "
        "before minus the probability after.",
        "per cent": "The last number is in per cent. The task asks for a number from 0 to 1.",
        "of the answer": "The last number is the probability of the new answer. The task asks for "
        "the drop of the label's probability.",
    },
)
def worst_patch(
    number, covered="usual", followed="label", largest="greatest", answer="top", drop="usual"
):
    own, plain = findings.images(number), findings.plain_network(number)
    at = 1 if covered == "second" else 0
    before, after, starts = answers_under_patches(
        plain, own.images[at : at + 1], "usual" if at else covered
    )
    label = int(own.labels[at])
    digit = {"number": number % 10, "rival": int(np.argsort(before)[-2])}.get(followed, label)
    drops = before[digit] - after[:, digit]
    if followed == "turned":
        drops = -drops
    worst = int(drops.argmin() if largest == "least" else drops.argmax())
    i, j = divmod(worst, len(starts))
    row, column = starts[i], starts[j]
    place = {
        "flat": (worst, worst),
        "steps": (i, j),
        "middle": (row + 2, column + 2),
        "column, row": (column, row),
        "from 1": (row + 1, column + 1),
    }.get(largest, (row, column))
    seen = {"label": label, "second": int(np.argsort(after[worst])[-2])}
    value = {
        "after": after[worst, digit],
        "before": before[digit],
        "per cent": 100 * drops[worst],
        "of the answer": after[worst].max(),
    }.get(drop, drops[worst])
    return *place, seen.get(answer, int(after[worst].argmax())), float(value)
