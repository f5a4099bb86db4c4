"""Families of wrong answers to the exercises of notebook 08."""

import numpy as np

from helpers.checks import findings
from helpers.checks.drawn import transposed_convolve, unpooled
from helpers.checks.misconceptions.registry import family
from helpers.checks.networks import numpy_outputs

CORNERS = (0, 0), (0, 1), (1, 0), (1, 1)


@family(
    "pool_with_switches",
    in_pairs=False,
    cells={
        "not doubled": "The cells start at every pixel of the upper left quarter, but they should "
        "start at every second row and column.",
        "last left out": "The last row and the last column of cells stay 0: does a loop end one "
        "too early?",
        "quarters": "The pixels of a cell come from the four quarters of the map. A cell is made "
        "of four neighbours, every second row and column (`::2`).",
        "moved": "The cells start one row and one column too late. The first one starts at the "
        "corner.",
    },
    value={
        "sum": "The four pixels are added up: return their maximum.",
        "median": "The median of the four pixels is returned: return their maximum.",
        "second": "The second largest of the four pixels is returned. Return the largest.",
        "of images": "The maxima are taken over the images, too: each image has its own.",
        "top left": "The value is always that of the top left pixel. Return the largest of the "
        "four.",
        "whole": "The maxima are rounded down to whole numbers: is an array of a whole-number "
        "type filled?",
    },
    switch={
        "four in a row": "The switches come from four neighbours of a row. A cell has two rows "
        "and two columns.",
        "second": "The switches say where the second largest pixel is. Say where the largest is.",
        "clockwise": "The pixels of a cell are numbered clockwise: 2 is the bottom left pixel, 3 "
        "the bottom right one.",
        "in the image": "The switches count all values of the image, channels too. Count the four "
        "pixels of the cell, 0 to 3.",
        "row": "The switches say only in which row of its cell the pixel lies: number the four "
        "pixels 0 to 3.",
        "column": "The switches say only in which column of its cell the pixel lies: number the "
        "four pixels 0 to 3.",
        "0": "The switches are always 0. Say which of the four pixels is the largest.",
        "left column": "The switches only compare the two pixels of the left column of each cell: "
        "compare all four.",
        "top row": "The switches only compare the two pixels of the top row of each cell: compare "
        "all four.",
        "of channels": "The switches come from the maximum over all channels: each channel has "
        "its own.",
        "of images": "The switches come from the maximum over all images: each image has its own.",
        "channel": "The switches name the strongest channel: they should name the pixel of the "
        "cell.",
    },
    returned={
        "maxima": "Only the maxima are returned. Return the switches, too.",
        "switches": "Only the switches are returned. Return the maxima first.",
        "maxima twice": "The maxima are returned twice. The second result is the switches.",
    },
)
@family(
    "pool_with_switches",
    cells={
        "overlapping": "The cells overlap: the window of 2×2 pixels moves by two pixels, not by "
        "one.",
        "four in a row": "A cell is made of four neighbours of a row here, but it should have two "
        "rows and two columns.",
    },
    value={
        "mean": "The mean of the four pixels is returned: return their maximum.",
        "smallest": "The minimum of the four pixels is returned: return their maximum.",
        "magnitude": "The largest absolute value is returned: −3 is not larger than 1, keep the "
        "sign.",
        "signed magnitude": "The pixel with the largest absolute value is returned: −3 is not "
        "larger than 1, compare the values with their sign.",
        "relu": "Negative maxima become 0: return the maximum of the four pixels, whatever its "
        "sign.",
        "of channels": "The maxima are taken over the channels, too: each channel has its own.",
    },
    switch={
        "least": "The switches say where the smallest pixel is. Say where the largest is.",
        "magnitude": "The switches say where the largest absolute value is: −3 is not larger than "
        "1, compare the values with their sign.",
        "relu": "The switches are those of the rectified maps: where all four pixels are "
        "negative, the largest of them still has its place.",
        "from 1": "The switches count from 1. The top left pixel is 0.",
        "columns": "The pixels of a cell are numbered column by column: 1 is the top right pixel, "
        "2 the bottom left one.",
        "backwards": "The pixels of a cell are numbered backwards: 0 is the top left one, 3 the "
        "bottom right one.",
        "in the map": "The switches count the pixels of the whole map. Count the four of the "
        "cell, 0 to 3.",
        "first channel": "All channels get the first channel's switches: each channel has its own.",
        "first image": "All images get the first image's switches: each image has its own.",
    },
    returned={
        "swapped": "The two results are swapped: first the maxima, then the switches.",
    },
)
def pool_with_switches(maps, cells="2 by 2", value="largest", switch="place", returned="both"):
    n, height, width, channels = maps.shape
    rows, columns = height // 2, width // 2
    if cells == "overlapping":
        four = [maps[:, i : height - 1 + i, j : width - 1 + j] for i, j in CORNERS]
    elif cells == "four in a row":
        four = [*np.moveaxis(maps.reshape(n, rows, columns, 4, channels), 3, 0)]
    elif cells == "quarters":
        four = [
            maps[:, i * rows : (i + 1) * rows, j * columns : (j + 1) * columns] for i, j in CORNERS
        ]
    elif cells == "moved":
        four = [np.roll(maps, -1, (1, 2))[:, i::2, j::2] for i, j in CORNERS]
    elif cells == "not doubled":
        four = [maps[:, i : rows + i, j : columns + j] for i, j in CORNERS]
    else:
        four = [maps[:, i::2, j::2] for i, j in CORNERS]
    x = np.array(four)
    largest, place = x.max(axis=0), x.argmax(axis=0)
    lead = abs(x).argmax(axis=0)
    values = {
        "largest": lambda: largest,
        "mean": lambda: x.mean(axis=0),
        "smallest": lambda: x.min(axis=0),
        "sum": lambda: x.sum(axis=0),
        "median": lambda: np.median(x, axis=0),
        "second": lambda: np.sort(x, axis=0)[2],
        "magnitude": lambda: abs(x).max(axis=0),
        "signed magnitude": lambda: np.take_along_axis(x, lead[None], axis=0)[0],
        "relu": lambda: np.maximum(largest, 0),
        "of channels": lambda: largest.max(axis=-1, keepdims=True) + 0 * largest,
        "of images": lambda: largest.max(axis=0) + 0 * largest,
        "top left": lambda: x[0],
        "whole": lambda: np.trunc(largest),
    }[value]()
    i, j, c = np.ogrid[: place.shape[1], : place.shape[2], :channels]
    pixel = (2 * i + place // 2) * width + 2 * j + place % 2
    switches = {
        "place": lambda: place,
        "least": lambda: x.argmin(axis=0),
        "magnitude": lambda: lead,
        "relu": lambda: np.maximum(x, 0).argmax(axis=0),
        "from 1": lambda: place + 1,
        "columns": lambda: np.array([0, 2, 1, 3])[place],
        "clockwise": lambda: np.array([0, 1, 3, 2])[place],
        "backwards": lambda: 3 - place,
        "in the map": lambda: pixel,
        "in the image": lambda: pixel * channels + c,
        "row": lambda: place // 2,
        "column": lambda: place % 2,
        "0": lambda: 0 * place,
        "left column": lambda: x[::2].argmax(axis=0),
        "top row": lambda: x[:2].argmax(axis=0),
        "first channel": lambda: place[..., :1] + 0 * place,
        "first image": lambda: place[:1] + 0 * place,
        "of channels": lambda: x.max(axis=-1, keepdims=True).argmax(axis=0) + 0 * place,
        "of images": lambda: x.max(axis=1, keepdims=True).argmax(axis=0) + 0 * place,
        "four in a row": lambda: maps.reshape(n, rows, columns, 4, channels).argmax(axis=3),
        "second": lambda: x.argsort(axis=0)[2],
        "channel": lambda: largest.argmax(axis=-1)[..., None] + 0 * place,
    }[switch]()
    if cells == "last left out":
        inside = np.pad(np.ones((rows - 1, columns - 1, 1), int), ((0, 1), (0, 1), (0, 0)))
        values, switches = values * inside, switches * inside
    results = {
        "swapped": (switches, values),
        "maxima": values,
        "switches": switches,
        "maxima twice": (values, values),
    }
    return results.get(returned, (values, switches))


def _overlapping(switches, values, shape):
    """Put values back, where the cells are moved by one pixel only; later ones overwrite."""
    result = np.zeros(shape)
    for i, j in np.ndindex(switches.shape[1:3]):
        for switch, (down, right) in enumerate(CORNERS):
            there = result[:, i + down, j + right]
            there[...] = np.where(switches[:, i, j] == switch, values[:, i, j], there)
    return result


@family(
    "unpool",
    in_pairs=False,
    switch={
        "0 missing": "Values with switch 0 are missing: 0 is the top left pixel.",
        "3 missing": "Values with switch 3 are missing: does a loop end one too early?",
        "only 3": "Only values with switch 3 are put back: is the result made anew in each pass "
        "of a loop?",
        "clockwise": "Switches 2 and 3 are swapped: 2 is the bottom left pixel, 3 the bottom "
        "right one.",
        "next": "Each value lies one pixel of its cell too far. Switch 0 is the top left pixel.",
        "row from % 2, column from // 2, by 3": "The row of the switch is `switches // 2`, its "
        "column `switches % 2`. A cell has two columns, not three.",
        "3": "The switches are not used: every value goes to the bottom right pixel of its cell.",
        "last channel": "All channels use the last channel's switches: each channel has its own.",
        "last image": "All images use the last image's switches: each image has its own.",
        "first cell": "All cells use the first cell's switch: each cell has its own.",
    },
    value={
        "only first channel": "Only the first channel is put back: put back all of them.",
        "only first image": "Only the first image is put back: put back all of them.",
        "negative": "The sign of the values is turned round.",
        "switch": "The switch itself is put back. Put the pooled value there.",
        "whole": "The values are rounded to whole numbers: is an array of a whole-number type "
        "filled?",
        "first image": "All images get the first image's values: each image has its own.",
        "first channel": "All channels get the first channel's values: each channel has its own.",
    },
    rest={
        "nan": "The other pixels are NaN, but they should be 0.",
        "one": "The other pixels are 1, but they should be 0.",
        "quarter": "The other pixels get a quarter of the value, but they should be 0.",
        "negative": "The other pixels get the negative value, but they should be 0.",
    },
    layout={
        "channels first": "The channels stand in front of the rows, but they should be the last "
        "axis.",
        "one larger": "The result has an extra row and column, but it should be twice as high and "
        "wide as before.",
        "not doubled": "The result is as small as before. Height and width are doubled.",
        "places not doubled": "The cell of row i and column j starts at row i and column j of the "
        "result. It should start at row 2 · i and column 2 · j.",
        "moved": "The cells are moved by one row and one column. The first one starts at the "
        "corner.",
        "no batch": "The images are added up: return each of them.",
        "first image": "Only the first image is unpooled: return all of them.",
    },
)
@family(
    "unpool",
    switch={
        "columns": "Rows and columns of the cell are swapped. Switch 1 is the top right pixel, 2 "
        "the bottom left one.",
        "backwards": "The switches are read backwards: 0 is the top left pixel, 3 the bottom "
        "right one.",
        "from 1": "The switches are read as if they counted from 1: 0 is the top left pixel.",
        "row": "Only the row of the switch is used. The column is `switches % 2`.",
        "column": "Only the column of the switch is used. The row is `switches // 2`.",
        "0": "The switches are not used: every value goes to the top left pixel of its cell.",
        "first channel": "All channels use the first channel's switches: each channel has its own.",
        "first image": "All images use the first image's switches: each image has its own.",
    },
    value={
        "one": "A 1 is put where the switch points. Put the pooled value there.",
        "relu": "Negative values are dropped: put back every value, whatever its sign.",
        "absolute": "The absolute value is put back. Keep the sign.",
        "quarter": "Each value is divided by 4: the pixel that the switch names gets all of it.",
    },
    rest={
        "value": "All four pixels of a cell get the value: only the one that its switch names "
        "gets it, the others 0.",
        "swapped": "The pixel that the switch names stays 0 and the other three get the value, but "
        "it should be the other way round.",
    },
    layout={
        "in a row": "The four pixels of a cell end up in one row, but they should be two rows and "
        "two columns.",
        "quarters": "The four pixels of a cell end up in the four quarters of the map. A cell is "
        "made of four neighbours.",
        "transposed": "Rows and columns of the maps are swapped.",
    },
)
def unpool(pooled, switches, switch="as it is", value="pooled", rest="zero", layout="2 by 2"):
    n, height, width, channels = pooled.shape
    k = {
        "as it is": lambda: switches,
        "columns": lambda: np.array([0, 2, 1, 3])[switches],
        "clockwise": lambda: np.array([0, 1, 3, 2])[switches],
        "backwards": lambda: 3 - switches,
        "from 1": lambda: switches - 1,
        "next": lambda: (switches + 1) % 4,
        "row": lambda: switches // 2 * 2,
        "column": lambda: switches % 2,
        "row from % 2, column from // 2, by 3": lambda: switches // 3 * 2 + switches % 3 % 2,
        "0": lambda: 0 * switches,
        "3": lambda: 0 * switches + 3,
        "first channel": lambda: switches[..., :1] + 0 * switches,
        "last channel": lambda: switches[..., -1:] + 0 * switches,
        "first image": lambda: switches[:1] + 0 * switches,
        "last image": lambda: switches[-1:] + 0 * switches,
        "0 missing": lambda: np.where(switches == 0, 4, switches),
        "3 missing": lambda: np.where(switches == 3, 4, switches),
        "only 3": lambda: np.where(switches == 3, 3, 4),
        "first cell": lambda: switches[:, :1, :1] + 0 * switches,
    }[switch]()
    x = {
        "pooled": lambda: pooled,
        "one": lambda: np.ones_like(pooled),
        "relu": lambda: np.maximum(pooled, 0),
        "absolute": lambda: abs(pooled),
        "negative": lambda: -pooled,
        "switch": lambda: switches.astype(np.float32),
        "whole": lambda: np.trunc(pooled),
        "quarter": lambda: pooled / 4,
        "first image": lambda: pooled[:1] + 0 * pooled,
        "first channel": lambda: pooled[..., :1] + 0 * pooled,
        "only first channel": lambda: pooled * (np.arange(channels) == 0),
        "only first image": lambda: pooled * (np.arange(n) == 0)[:, None, None, None],
    }[value]()
    other = {"zero": 0 * x, "swapped": x, "value": x, "nan": x * np.nan, "one": 0 * x + 1}
    other |= {"quarter": x / 4, "negative": -x}
    here = 0 * x if rest == "swapped" else x
    held = np.arange(4)[:, None] == k[:, :, :, None]
    four = np.where(held, here[:, :, :, None], other[rest][:, :, :, None])
    if layout == "in a row":
        return four.reshape(n, 2 * height, 2 * width, channels)
    cells = four.reshape(n, height, width, 2, 2, channels)
    order = (0, 3, 1, 4, 2, 5) if layout == "quarters" else (0, 1, 3, 2, 4, 5)
    result = cells.transpose(order).reshape(n, 2 * height, 2 * width, channels)
    return {
        "transposed": lambda: result.transpose(0, 2, 1, 3),
        "channels first": lambda: np.moveaxis(result, -1, 1),
        "one larger": lambda: np.pad(result, ((0, 0), (0, 1), (0, 1), (0, 0))),
        "not doubled": lambda: result[:, ::2, ::2],
        "places not doubled": lambda: _overlapping(k, x, result.shape),
        "moved": lambda: np.roll(result, 1, (1, 2)),
        "no batch": lambda: result.sum(axis=0),
        "first image": lambda: result[:1],
    }.get(layout, lambda: result)()


@family(
    "deconvolve",
    in_pairs=False,
    rectify={
        "clipped": "The maps are clipped to 0 … 1. Only negative values change.",
        "strongest": "Only the largest value of each map goes down: send down every positive "
        "value.",
        "negative": "The negative values of the maps go down: the positive ones should.",
        "square": "The maps are squared: multiply each positive value by the filter.",
        "one": "A 1 is sent down for every positive value. Multiply the filter by the value.",
        "of the first image": "The first image decides for all where the maps are positive: each "
        "has its own.",
        "each product": "Each product of value and filter is rectified. Rectify the maps alone, and leave "
        "the products as they are.",
        "sums over filters": "What an entry of the filters paints is rectified before it is added. "
        "Rectify the maps alone.",
        "so far": "The result is rectified after each step. Rectify the maps alone.",
        "above the mean": "Values below the mean of their map become 0: only negative ones should.",
        "above 1": "Values below 1 become 0: only negative ones should.",
        "minimum 0": "The smallest value is subtracted, so that nothing is negative: negative values "
        "should become 0.",
        "root": "The root of the positive values is taken: send them down as they are.",
        "sigmoid": "A sigmoid is taken of the maps. Negative values should become 0, and positive ones "
        "stay as they are.",
        "from 0 to 1": "The maps are divided by their largest value: send the values down as they are.",
        "by each largest": "Each map is divided by its own largest value: send the values down as they "
        "are.",
        "leaky 0.01": "A leaky ReLU lets 0.01 of what is negative through: it should become 0.",
        "leaky 0.1": "A leaky ReLU lets 0.1 of what is negative through: it should become 0.",
        "leaky 0.2": "A leaky ReLU lets 0.2 of what is negative through: it should become 0.",
        "strongest of all": "Only the largest value of each image goes down: send down every positive "
        "value.",
        "strongest filter": "At each position only the strongest filter goes down: send down every "
        "positive value.",
        "signs": "Only the sign of each value goes down: multiply the filter by the value.",
    },
    copies={
        "up and down": "The filters are upside down: paint them as they are.",
        "left and right": "The filters are mirrored left to right: paint them as they are.",
        "absolute": "The absolute value of the filters is taken: keep their sign.",
        "first": "All maps are painted with the first filter. Map f goes with filter f.",
        "backwards": "The filters are taken in reversed order. Map f goes with filter f.",
        "mean": "The filters are averaged. Map f goes with filter f.",
        "length": "The filters are divided by their length: paint them as they are.",
        "not turned": "The last two axes of the kernel, (C, F), are not transposed. The maps come in "
        "F filters, the result has C channels.",
        "reshaped": "The last two axes of the kernel are swapped by `reshape`, which mixes its numbers "
        "up: `transpose` swaps axes.",
        "channels backwards": "The filters' channels come in reversed order: paint them as they are.",
        "sum of 1": "The filters are divided by their sum: paint them as they are.",
        "by the largest": "The filters are divided by their largest absolute value: paint them as they "
        "are.",
        "without the mean": "The mean of each filter is subtracted: paint the filters as they are.",
        "inverse": "The value is divided by the filter's entries: multiply it by them.",
        "squared": "The filters are squared: paint them as they are.",
        "negative": "The sign of the filters is turned round: paint them as they are.",
        "first entry": "Every entry of a filter is its upper left one. Each entry has its own place.",
        "channel mean": "The filters are averaged over their channels: each channel has its own.",
        "added": "Value and filter are added. Multiply the filter by the value.",
    },
    painted={
        "one larger": "The result has one row and one column too many. There should be h + a − 1 "
        "rows and w + b − 1 columns.",
        "one row larger": "The result has one row too many. There should be h + a − 1.",
        "one column larger": "The result has one column too many. There should be w + b − 1.",
        "first map row": "The first row of the maps is never used: does a loop start at 1?",
        "first map column": "The first column of the maps is never used: does a loop start at 1?",
        "last entry wins": "Where copies overlap the last entry of the filter wins: add up (`+=`).",
        "mean": "Where copies of a filter overlap their mean is taken: add them up.",
        "rows": "The last row of the filters is never painted: does a loop end one too early?",
        "columns": "The last column of the filters is never painted: does a loop end one too "
        "early?",
        "last map row": "The last row of the maps is never used: does a loop end one too early?",
        "last map column": "The last column of the maps is never used: does a loop end one too "
        "early?",
        "corners": "Only the upper left entry of each filter is painted: paint all of them.",
        "stride": "The copies are two pixels apart: the convolution had stride 1.",
        "both first": "The first row and the first column of the maps are never used: do the loops start "
        "at 1?",
        "both last": "The last row and the last column of the maps are never used: do the loops end one "
        "too early?",
        "inner entries": "The last row and the last column of the filters are never painted: do the "
        "loops end one too early?",
        "first row": "The first row of the filters is never painted: does a loop start at 1?",
        "first column": "The first column of the filters is never painted: does a loop start at 1?",
        "moved down": "All copies lie one row too low. The upper left corner of a copy is at the value's "
        "own row and column.",
        "moved right": "All copies lie one column too far right. The upper left corner of a copy is at "
        "the value's own row and column.",
        "moved": "All copies lie one row and one column too far. The upper left corner of a copy is at "
        "the value's own row and column.",
        "ends there": "The lower right corner of each copy is at the value's place: the upper left corner "
        "belongs there.",
        "smallest": "Where copies of a filter overlap the smaller value is kept: add them up.",
        "product": "Where copies of a filter overlap they are multiplied: add them up.",
        "first wins": "Where copies of a filter overlap the first one stays: add them up.",
        "flat": "Each value paints one pixel, with the sum of its filter: each entry of the filter has a "
        "pixel of its own.",
    },
    total={
        "stretched": "The result is divided by its maximum: return it as it is.",
        "last": "Only the last filter goes down: add up all of them.",
        "all but the last": "The last filter is left out: does a loop end one too early?",
        "all but the first": "The first filter is left out: does a loop start at 1?",
        "strongest": "Only the filter with the strongest map goes down: add up all of them.",
        "channel mean": "The mean over the channels of the result is taken: each channel of the "
        "filters has its own.",
        "first channel": "Only the first channel of the filters is used. The result should have "
        "all C.",
        "first image": "Every image gets the first image's result: each has its own.",
        "images": "The images are added up: each has its own result.",
        "area": "The result is divided by the number of the filter's pixels. Only add up.",
        "three channels": "The number of channels is fixed, always 3. There are as many as axis 2 of "
        "the kernel is long.",
        "one channel": "The number of channels is fixed, always 1. There are as many as axis 2 of the "
        "kernel is long.",
        "F channels": "The result is made with a channel for each filter, F. The channels of the "
        "result are those of the convolution's input, C, axis 2 of the kernel.",
        "from 0 to 1": "The result is scaled to 0..1: return it as it is.",
        "each by its largest": "The result is divided by the largest absolute value, of each image or of "
        "all: return it as it is.",
        "clipped": "The result is cut off at 0 and 1: return it as it is.",
        "absolute": "The absolute value of the result is taken: it keeps its sign.",
        "swapped": "Rows and columns of the result are swapped.",
        "channels first": "The channels are axis 1 of the result. They should be its last axis.",
        "only the first image": "Only the first image's result is returned: each has its own.",
        "mean of images": "The results are averaged over the images, axis 0: each has its own.",
        "images so far": "The results are added up from image to image: start anew for each image.",
        "half": "The result is halved: only add up.",
        "root": "The result is divided by the root of the number of filters: only add up.",
        "largest": "The largest contribution of the filters is kept: add up all of them.",
        "without channels": "The channels of the result are added up and their axis is gone: each "
        "channel of the filters has its own.",
    },
)
@family(
    "deconvolve",
    rectify={
        "never": "The ReLU is missing. Negative values of the maps become 0 before the filters.",
        "after": "The ReLU comes after the filters. Rectify the maps first, and not the result.",
        "both": "The result is rectified, too. Rectify the maps alone.",
        "absolute": "The absolute value of the maps is taken. Negative values should become 0.",
        "kernel": "The filters are rectified, too. Rectify the maps alone.",
        "kernel alone": "The filters are rectified and the maps are not, but it should be the "
        "other way round.",
    },
    copies={
        "turned": "The filters are turned by 180°: paint them as they are.",
        "transposed": "Rows and columns of the filters are swapped: only the last two axes, "
        "channels and filters, change their roles.",
    },
    painted={
        "last wins": "Where copies of a filter overlap the last one wins: add them up.",
        "maximum": "Where copies of a filter overlap the larger value is kept: add them up.",
        "corner": "The result is cut to the size of the maps, but it should be larger, (h + a − 1, "
        "w + b − 1).",
        "middle": "The middle of the result is cut out, as “same” padding would. Return the whole "
        "result, (h + a − 1, w + b − 1).",
        "up": "This is a convolution once more, which makes the maps smaller: each value should "
        "paint a copy of the filter.",
    },
    total={
        "first": "Only the first filter goes down: add up all of them.",
        "mean": "The mean over the filters is taken: add them up.",
        "channels": "The channels of the result are added up: each channel of the filters has its "
        "own.",
    },
)
def deconvolve(maps, kernel, rectify="before", copies="as they are", painted="added", total="sum"):
    x, k = maps.astype(np.float64), kernel
    n, h, w, filters = x.shape
    a, b, channels, _ = k.shape
    if rectify in ("before", "both", "kernel"):
        x = np.maximum(x, 0)
    if rectify in ("kernel", "kernel alone"):
        k = np.maximum(k, 0)
    x = {
        "absolute": lambda: abs(x),
        "negative": lambda: np.minimum(x, 0),
        "square": lambda: np.maximum(x, 0) ** 2,
        "one": lambda: (x > 0) * 1.0,
        "of the first image": lambda: x * (x[:1] > 0),
        "clipped": lambda: np.clip(x, 0, 1),
        "strongest": lambda: x * (x > 0) * (x == x.max(axis=(1, 2), keepdims=True)),
        "each product": lambda: np.maximum(x, 0),
        "sums over filters": lambda: np.maximum(x, 0),
        "so far": lambda: np.maximum(x, 0),
        "above the mean": lambda: x * (x > x.mean(axis=(1, 2), keepdims=True)),
        "above 1": lambda: x * (x > 1),
        "minimum 0": lambda: x - x.min(),
        "root": lambda: np.sqrt(np.maximum(x, 0)),
        "sigmoid": lambda: 1 / (1 + np.exp(-x)),
        "from 0 to 1": lambda: np.maximum(x, 0) / x.max(),
        "by each largest": lambda: (
            np.maximum(x, 0) / np.where((top := x.max(axis=(1, 2), keepdims=True)) > 0, top, 1)
        ),
        "strongest of all": lambda: x * (x > 0) * (x == x.max(axis=(1, 2, 3), keepdims=True)),
        "strongest filter": lambda: x * (x > 0) * (x == x.max(axis=3, keepdims=True)),
        "signs": lambda: np.sign(x),
    }.get(rectify, lambda: x)()
    if rectify.startswith("leaky"):
        x = np.where(x > 0, x, float(rectify.split()[1]) * x)
    if total in ("first", "last", "strongest"):
        kept = {"first": 0, "last": filters - 1, "strongest": x.max(axis=(0, 1, 2)).argmax()}
        x = x * (np.arange(filters) == kept[total])
    elif total in ("all but the last", "all but the first"):
        x = x * (np.arange(filters) != (0 if total == "all but the first" else filters - 1))
    k = {
        "turned": lambda: k[::-1, ::-1],
        "up and down": lambda: k[::-1],
        "left and right": lambda: k[:, ::-1],
        "transposed": lambda: k.transpose(1, 0, 2, 3),
        "absolute": lambda: abs(k),
        "first": lambda: k[..., :1] + 0 * k,
        "backwards": lambda: k[..., ::-1],
        "mean": lambda: k.mean(axis=-1, keepdims=True) + 0 * k,
        "length": lambda: k / np.sqrt((k**2).sum(axis=(0, 1, 2))),
        "reshaped": lambda: k.reshape(a, b, filters, channels).swapaxes(2, 3),
        "not turned": lambda: k.swapaxes(2, 3),
        "channels backwards": lambda: k[:, :, ::-1],
        "sum of 1": lambda: k / k.sum(axis=(0, 1, 2)),
        "by the largest": lambda: k / abs(k).max(),
        "without the mean": lambda: k - k.mean(axis=(0, 1, 2)),
        "inverse": lambda: 1 / k,
        "squared": lambda: k**2,
        "negative": lambda: -k,
        "first entry": lambda: k[:1, :1] + 0 * k,
        "channel mean": lambda: k.mean(axis=2, keepdims=True) + 0 * k,
    }.get(copies, lambda: k)()
    if rectify == "each product":
        k = np.maximum(k, 0)
    a, b = k.shape[:2]
    if painted == "last map row":
        x[:, -1] = 0
    elif painted == "last map column":
        x[:, :, -1] = 0
    elif painted == "first map row":
        x[:, 0] = 0
    elif painted == "first map column":
        x[:, :, 0] = 0
    elif painted == "both first":
        x[:, 0], x[:, :, 0] = 0, 0
    elif painted == "both last":
        x[:, -1], x[:, :, -1] = 0, 0
    if painted == "up":
        result = np.zeros((n, h - a + 1, w - b + 1, channels))
        for i, j in np.ndindex(a, b):
            result += x[:, i : i + h - a + 1, j : j + w - b + 1] @ k[i, j].T
    else:
        step = 2 if painted == "stride" else 1
        result = np.zeros((n, step * (h - 1) + a, step * (w - 1) + b, channels))
        if painted.endswith("larger"):
            more = painted != "one column larger", painted != "one row larger"
            result = np.zeros((n, h + a - 1 + more[0], w + b - 1 + more[1], channels))
        if total == "F channels":
            result = result[..., :1] + np.zeros(filters)
        if total in ("three channels", "one channel"):
            fixed = 3 if total == "three channels" else 1
            k = k[:, :, np.arange(fixed)]
            result = np.zeros((*result.shape[:3], fixed))
        count = np.zeros((*result.shape[1:3], 1))
        entries = [*np.ndindex(a, b)]
        entries = {
            "rows": [(i, j) for i, j in entries if i < a - 1],
            "columns": [(i, j) for i, j in entries if j < b - 1],
            "corners": entries[:1],
            "inner entries": [(i, j) for i, j in entries if i < a - 1 and j < b - 1],
            "first row": [(i, j) for i, j in entries if i > 0],
            "first column": [(i, j) for i, j in entries if j > 0],
            "last wins": entries[::-1],
        }.get(painted, entries)
        for i, j in entries:
            place = slice(i, i + step * (h - 1) + 1, step), slice(j, j + step * (w - 1) + 1, step)
            old, new = result[:, *place], x @ k[i, j].T
            if copies == "added":
                new = new * 0 + ((x > 0)[..., None, :] * (x[..., None, :] + k[i, j])).sum(axis=-1)
            if rectify == "sums over filters":
                new = np.maximum(new, 0)
            if total == "largest":
                new = (x[..., None, :] * k[i, j]).max(axis=-1)
            if painted == "maximum":
                new = np.maximum(old, new)
            elif painted == "smallest":
                new = np.where(count[place] > 0, np.minimum(old, new), new)
            elif painted == "product":
                new = np.where(count[place] > 0, old * new, new)
            elif not painted.endswith("wins"):
                new = old + new
            result[:, *place] = np.maximum(new, 0) if rectify == "so far" else new
            count[place] += 1
        if painted == "mean":
            result = result / count
        if painted.startswith("moved"):
            down, right = painted != "moved right", painted != "moved down"
            result = np.pad(result, ((0, 0), (down, 0), (right, 0), (0, 0)))
            result = result[:, : h + a - 1, : w + b - 1]
        elif painted == "ends there":
            result = np.pad(result[:, a - 1 :, b - 1 :], ((0, 0), (0, a - 1), (0, b - 1), (0, 0)))
        elif painted == "flat":
            result = np.pad(x @ k.sum(axis=(0, 1)).T, ((0, 0), (0, a - 1), (0, b - 1), (0, 0)))
    top, left = (a - 1) // 2, (b - 1) // 2
    if painted == "corner":
        result = result[:, :h, :w]
    elif painted == "middle":
        result = result[:, top : top + h, left : left + w]
    if rectify in ("after", "both"):
        result = np.maximum(result, 0)
    return {
        "mean": lambda: result / filters,
        "channels": lambda: result.sum(axis=-1, keepdims=True),
        "channel mean": lambda: result.mean(axis=-1, keepdims=True),
        "first channel": lambda: result[..., :1],
        "first image": lambda: result[:1] + 0 * result,
        "images": lambda: result.sum(axis=0, keepdims=True) + 0 * result,
        "area": lambda: result / (a * b),
        "stretched": lambda: result / result.max(),
        "from 0 to 1": lambda: (result - result.min()) / np.ptp(result),
        "each by its largest": lambda: result / abs(result).max(axis=(1, 2, 3), keepdims=True),
        "clipped": lambda: np.clip(result, 0, 1),
        "absolute": lambda: abs(result),
        "swapped": lambda: result.swapaxes(1, 2),
        "channels first": lambda: np.moveaxis(result, -1, 1),
        "only the first image": lambda: result[:1],
        "mean of images": lambda: result.mean(axis=0, keepdims=True) + 0 * result,
        "images so far": lambda: result.cumsum(axis=0),
        "half": lambda: result / 2,
        "root": lambda: result / np.sqrt(filters),
        "without channels": lambda: result.sum(axis=-1),
    }.get(total, lambda: result)()


@family(
    "inversion_loss",
    in_pairs=False,
    error={
        "squares of sums": "Differences and target are added up before they are squared: square "
        "first, then add up.",
        "square of target's sum": "The target is added up before it is squared: square first, "
        "then add up.",
        "α": "The error takes the differences to the power α: square them.",
        "mean by sum": "The error takes the mean above and the sum below: take the sum in both "
        "places.",
        "root above": "The square root of the summed squares is taken above: leave it out.",
        "absolute above": "The error adds up absolute differences above: square them.",
        "each": "Each difference is divided by its own target value: add up the squares first, "
        "then divide.",
        "deviation": "The error is divided by the target's squared deviations from its mean. "
        "Divide by the sum of squares of the target.",
        "absolute below": "The error is divided by the sum of the target's absolute values. "
        "Divide by the sum of squares.",
        "square of sum": "The differences are added up before they are squared: square each of "
        "them.",
        "half": "The error is halved.",
        "missing": "The error is missing.",
    },
    norm={
        "absolute of sum": "The absolute value of the sum is taken: take that of each pixel.",
        "norm": "The pixels are squared before the power is taken. Take |pixel| to the power α.",
        "1": "The exponent of the norm is always 1. Use `alpha`.",
        "of sum": "The pixels are added up before the power is taken: take the power of each "
        "pixel.",
        "times": "The pixels are multiplied by α: take them to the power α.",
        "maximum": "Only the largest pixel counts in the norm: add up all of them.",
        "centred": "The image's mean is subtracted first: the norm takes the pixels as they are.",
        "features": "The norm is that of the features. Take that of the image.",
        "α-th": "The norm is divided by α: leave it as the sum.",
    },
    variation={
        "only channels": "Only the channels of a pixel are compared with each other (`np.diff` "
        "takes the last axis). Compare rows and columns, axes 0 and 1.",
        "α": "The variation takes the differences to the power α: square them.",
        "rows and channels": "The differences run along rows and channels, axes 0 and 2 (`np.diff` "
        "takes the last axis). Take rows and columns, axes 0 and 1.",
        "last axes": "The differences run along columns and channels, axes 1 and 2. Take rows and "
        "columns, axes 0 and 1.",
        "padded": "The last row and column are compared with zeros. Beyond the border there is "
        "nothing.",
        "lengths": "The square root of each pixel's squared differences is taken. Add up the "
        "squares.",
        "root": "The square root of the variation is taken, but the variation is the sum of "
        "squares.",
        "square of sum": "The differences are added up before they are squared: square each of "
        "them.",
        "twice": "Each pair of neighbours is counted twice.",
        "two apart": "Pixels two apart are compared. Compare neighbours.",
        "diagonal": "Diagonal neighbours are compared. Compare with the pixel below and the one "
        "to the right.",
        "grey": "The channels are averaged before pixels are compared. Compare channel by channel.",
        "first channel": "Only the first channel is compared. Compare in every channel.",
    },
    weights={
        "two": "`variation_weight` is used for both penalties.",
        "only α": "`variation_weight` is not used.",
        "only V": "`alpha_weight` is not used.",
        "squared": "The weights are squared, too: multiply by them at the end.",
        "divided": "The penalties are divided by their weights: multiply.",
        "one": "`alpha_weight` is used for both penalties.",
        "product": "The error multiplies the penalties. Add all three.",
        "by pixels": "The penalties are divided by the number of pixels: leave them as sums.",
    },
)
@family(
    "inversion_loss",
    error={
        "not relative": "The error is not divided by the sum of squares of the target.",
        "mean": "The mean of the squared differences is taken: divide their sum by the sum of "
        "squares of the target.",
        "by features": "The error is divided by the sum of squares of `features`. Divide by that "
        "of `target`.",
        "by length": "The error is divided by the length of the target. Divide by the square of "
        "that length, the sum of squares.",
        "root": "The error is a ratio of lengths. Leave out the square roots.",
        "absolute": "The error adds up absolute differences: square them.",
    },
    norm={
        "signed": "The absolute value is missing in the α-norm: with an odd α a negative pixel "
        "counts as negative.",
        "2": "The exponent of the norm is always 2. Use `alpha`.",
        "root": "The α-th root is taken. The penalty is the sum of |pixel| to the power α.",
        "mean": "The mean of |pixel| to the power α is taken. Take the sum.",
    },
    variation={
        "absolute": "The variation adds up absolute differences: square them.",
        "mean": "The variation takes means. Take sums.",
        "along rows": "Only each pixel and the one to its right are compared: compare it with the "
        "one below it, too.",
        "along columns": "Only each pixel and the one below it are compared: compare it with the "
        "one to its right, too.",
        "channels": "The channels of a pixel are compared with each other, too. Compare channel "
        "by channel.",
        "around": "The image's border is compared with the opposite one. Beyond the border there "
        "is nothing (`np.roll` comes round).",
        "cropped": "The last row and column are left out of both differences: each difference "
        "leaves out only its own.",
    },
    weights={
        "swapped": "The two weights are swapped.",
        "subtracted": "The penalties are subtracted: add them.",
        "variation subtracted": "The variation is subtracted: add it.",
        "none": "The weights are not used.",
        "no norm": "The α-norm is missing.",
        "no variation": "The variation is missing.",
    },
)
def inversion_loss(
    features,
    target,
    image,
    alpha,
    alpha_weight,
    variation_weight,
    error="relative",
    norm="alpha",
    variation="squares",
    weights="each",
):
    apart, squares = features - target, np.sum(target**2)
    total = np.sum(apart**2)
    off = {
        "relative": lambda: total / squares,
        "not relative": lambda: total,
        "mean": lambda: np.mean(apart**2),
        "mean by sum": lambda: np.mean(apart**2) / squares,
        "by features": lambda: total / np.sum(features**2),
        "by length": lambda: total / np.sqrt(squares),
        "root": lambda: np.sqrt(total / squares),
        "root above": lambda: np.sqrt(total) / squares,
        "absolute": lambda: np.sum(abs(apart)) / np.sum(abs(target)),
        "absolute above": lambda: np.sum(abs(apart)) / squares,
        "each": lambda: np.sum((apart / target) ** 2),
        "deviation": lambda: total / np.sum((target - target.mean()) ** 2),
        "absolute below": lambda: total / np.sum(abs(target)),
        "square of sum": lambda: np.sum(apart) ** 2 / squares,
        "squares of sums": lambda: np.sum(apart) ** 2 / np.sum(target) ** 2,
        "square of target's sum": lambda: total / np.sum(target) ** 2,
        "α": lambda: np.sum(abs(apart) ** alpha) / np.sum(abs(target) ** alpha),
        "half": lambda: total / squares / 2,
        "missing": lambda: 0,
    }[error]()
    size = {
        "alpha": lambda: np.sum(abs(image) ** alpha),
        "signed": lambda: np.sum(image**alpha),
        "2": lambda: np.sum(image**2),
        "1": lambda: np.sum(abs(image)),
        "root": lambda: np.sum(abs(image) ** alpha) ** (1 / alpha),
        "mean": lambda: np.mean(abs(image) ** alpha),
        "of sum": lambda: np.sum(abs(image)) ** alpha,
        "times": lambda: np.sum(abs(image)) * alpha,
        "maximum": lambda: abs(image).max() ** alpha,
        "centred": lambda: np.sum(abs(image - image.mean()) ** alpha),
        "features": lambda: np.sum(abs(features) ** alpha),
        "absolute of sum": lambda: abs(np.sum(image)) ** alpha,
        "norm": lambda: np.sum(image ** (2 * alpha)),
        "α-th": lambda: np.sum(abs(image) ** alpha) / alpha,
    }[norm]()
    x = {"grey": image.mean(axis=-1, keepdims=True), "first channel": image[..., :1]}
    x = x.get(variation, image)
    down, right = np.diff(x, axis=0), np.diff(x, axis=1)
    both = np.sum(down**2) + np.sum(right**2)
    varied = {
        "absolute": lambda: np.sum(abs(down)) + np.sum(abs(right)),
        "mean": lambda: np.mean(down**2) + np.mean(right**2),
        "along rows": lambda: np.sum(right**2),
        "along columns": lambda: np.sum(down**2),
        "channels": lambda: both + np.sum(np.diff(x, axis=2) ** 2),
        "rows and channels": lambda: np.sum(down**2) + np.sum(np.diff(x) ** 2),
        "last axes": lambda: np.sum(right**2) + np.sum(np.diff(x, axis=2) ** 2),
        "around": lambda: both + np.sum((x[0] - x[-1]) ** 2) + np.sum((x[:, 0] - x[:, -1]) ** 2),
        "padded": lambda: both + np.sum(x[-1] ** 2) + np.sum(x[:, -1] ** 2),
        "cropped": lambda: np.sum(down[:, :-1] ** 2 + right[:-1] ** 2),
        "lengths": lambda: np.sum(np.sqrt(down[:, :-1] ** 2 + right[:-1] ** 2)),
        "root": lambda: np.sqrt(both),
        "only channels": lambda: np.sum(np.diff(x) ** 2),
        "α": lambda: np.sum(abs(down) ** alpha) + np.sum(abs(right) ** alpha),
        "square of sum": lambda: np.sum(down) ** 2 + np.sum(right) ** 2,
        "twice": lambda: 2 * both,
        "two apart": lambda: np.sum((x[2:] - x[:-2]) ** 2) + np.sum((x[:, 2:] - x[:, :-2]) ** 2),
        "diagonal": lambda: np.sum((x[1:, 1:] - x[:-1, :-1]) ** 2),
    }.get(variation, lambda: both)()
    if weights == "by pixels":
        size, varied = size / image.size, varied / image.size
    a, v = {
        "swapped": (variation_weight, alpha_weight),
        "subtracted": (-alpha_weight, -variation_weight),
        "variation subtracted": (alpha_weight, -variation_weight),
        "none": (1, 1),
        "only α": (alpha_weight, 1),
        "only V": (1, variation_weight),
        "squared": (alpha_weight**2, variation_weight**2),
        "divided": (1 / alpha_weight if alpha_weight else 0, 1 / (variation_weight or np.inf)),
        "one": (alpha_weight, alpha_weight),
        "two": (variation_weight, variation_weight),
        "no norm": (0, variation_weight),
        "no variation": (alpha_weight, 0),
    }.get(weights, (alpha_weight, variation_weight))
    penalties = a * size + v * varied
    return float(off * penalties if weights == "product" else off + penalties)


@family(
    "feature_distance",
    in_pairs=False,
    length={
        "mean absolute": "The mean absolute difference is taken. Take the root of the sum of "
        "squares.",
        "signed": "The differences are added up with their signs: add up their squares and take "
        "the root.",
        "deviation": "The standard deviation of the difference is taken: take its length.",
        "mean of squares": "The mean of the squared differences is taken, without a root. Take the root "
        "of their sum.",
        "median": "The median of the differences' absolute values is taken. Take the root of the sum of "
        "squares.",
        "cubes": "The length takes the third power (L3 norm). The Euclidean length takes squares.",
        "number": "This counts how many features differ. Take the length of the difference.",
        "half squares": "Half the sum of squares is taken, without a root. Take the root of the sum.",
    },
    by={
        "each": "Each difference is divided by its own feature: take the lengths first, then "
        "divide.",
        "mean transformed": "The distances are divided by the mean length of the transformed "
        "features. Divide by that of `features`.",
        "both": "The distance is divided by the product of both lengths. Divide by that of "
        "`features` alone.",
        "sum of both": "The distance is divided by the sum of both lengths. Divide by that of "
        "`features` alone.",
        "mean": "The distance is divided by the mean of the features: divide by their length.",
        "sum": "The distance is divided by the sum of the features: divide by their length.",
        "number": "The distance is divided by the number of features: divide by their length.",
        "root of number": "The distance is divided by the root of the number of features: divide "
        "by their length.",
        "deviation": "The distance is divided by the standard deviation of `features`: divide by "
        "their length.",
        "largest distance": "The distances are divided by the largest of them. Divide by the "
        "length of `features`.",
        "times": "The distance is multiplied by the length of `features`: divide by it.",
        "rows": "The distance is divided by `len(features)`, the number of entries along axis 0. The length "
        "that is meant is the Euclidean one, the root of the sum of squares.",
        "transformations": "The distance is divided by the number of transformations. Divide by the length "
        "of `features`.",
        "root of length": "The distance is divided by the root of the length of `features`: divide by the "
        "length itself.",
        "of all": "The distances are divided by the length of all transformed features together. Divide "
        "by that of `features`.",
        "first transformed": "The distances are divided by the length of the first transformed features. "
        "Divide by that of `features`.",
        "mean of both": "The distance is divided by the mean of both lengths. Divide by that of "
        "`features`.",
        "root of product": "The distance is divided by the root of the product of both lengths. Divide by "
        "that of `features`.",
        "sum of distances": "The distances are divided by their sum. Divide by the length of `features`.",
        "one more": "1 is added to the length of `features`: divide by the length itself.",
    },
    axes={
        "first": "The sum runs over the transformations, axis 0. Sum over all other axes.",
        "pixels": "Only rows and columns are summed over. Sum over the channels, too.",
        "pixels averaged": "Rows and columns are averaged first. Compare all features.",
        "channels averaged": "The channels are averaged first. Compare all features.",
        "one": "Only the last transformation is returned: return one number for each.",
        "last averaged": "A distance is taken at each pixel, over the channels, and averaged. Take "
        "one length over all features.",
        "kept": "The result has axes of length 1. Return the shape (T,).",
        "rows": "The sum runs over axis 1 alone. Sum over all axes but the first.",
        "columns": "The sum runs over axis 2 alone. Sum over all axes but the first.",
        "last above": "The differences are summed over the last axis only. Sum over all axes but the "
        "first.",
        "last summed": "A length is taken at each pixel, over the channels, and these are added up. Take "
        "one length over all features.",
        "last mean": "A length is taken at each pixel, over the channels, and these are averaged. Take "
        "one length over all features.",
        "channels' ratios": "Each channel has a length and a ratio of its own, and the ratios are "
        "averaged. Take one length over all features.",
        "rows' ratios": "Each row has a length and a ratio of its own, and the ratios are averaged. Take "
        "one length over all features.",
        "channels' lengths": "Each channel has a length of its own, and the lengths are added up. Take "
        "one length over all features.",
        "mixed up": "The differences are reshaped so that the transformations are mixed up: `reshape` "
        "moves no axis. Make one row of each transformation, (T, features).",
        "first channel": "Only the first channel is compared. Compare all features.",
        "first pixel": "Only the first pixel is compared. Compare all features.",
        "number": "Only the first T features are compared. Compare all of them.",
    },
    moved={
        "but the first": "The first transformation is left out: return one number for each.",
        "but the last": "The last transformation is left out: return one number for each.",
        "mean": "Each transformation is compared with the mean of all. Compare with `features`.",
        "signed lengths": "The lengths are subtracted, which can be negative. Subtract the features, "
        "and take the length of the difference.",
        "lengths": "The lengths are subtracted. Subtract the features, and take the length of the "
        "difference.",
        "added": "The features are added: subtract them.",
        "directions": "All features are first brought to length 1: subtract them as they are.",
        "not": "The length is that of the transformed features. Subtract `features` first.",
        "similarity": "This is the cosine similarity. The distance of equal features is 0.",
        "cosine": "This is 1 minus the cosine similarity. Take the length of the difference.",
        "with the first": "Each transformation is compared with the first one, `transformed[0]`. Compare "
        "with `features`.",
        "with the last": "Each transformation is compared with the last one. Compare with `features`.",
        "features by their length": "Only `features` are divided by their length, before the "
        "subtraction. Subtract first, then divide the length of the difference.",
        "transformed by their length": "Only the transformed features are divided by a length, before the "
        "subtraction. Subtract first, then divide the length of the difference.",
        "magnitudes": "The absolute values of the features are compared: subtract the features with their "
        "signs.",
        "squares": "The features are squared before the subtraction. Subtract the features themselves.",
        "standardised": "The features are standardised before the subtraction. Subtract the features "
        "themselves.",
        "sorted": "The features are sorted before the subtraction: compare each with its own.",
        "angle": "This is the angle between the features. Take the length of the difference.",
        "correlation": "This is 1 minus the correlation. Take the length of the difference.",
        "product": "Features and transformed features are multiplied: subtract them.",
        "next": "Each transformation is compared with the next one. Compare with `features`.",
        "positive": "Negative differences become 0. Square all of them.",
        "sums": "The sums of the features are compared. Subtract the features, and take the length of the "
        "difference.",
        "means": "The means of the features are compared. Subtract the features, and take the length of "
        "the difference.",
    },
    returned={
        "mean": "The mean over the transformations is returned: return one number for each.",
        "maximum": "The largest distance is returned: return one number for each.",
        "percent": "These are percentages. Return the share itself.",
        "near": "This is 1 minus the distance, a similarity. Return the distance.",
        "inverse": "This is 1 divided by the ratio. Divide the distance by the length of `features`.",
        "similarity": "This is 1 divided by 1 plus the distance, a similarity. Return the distance.",
        "root": "A second root is taken. Take the root of the sum of squares, once.",
        "squared": "The ratio is squared: return it as it is.",
        "minus": "The sign is turned round: a length is not negative.",
        "sorted": "The distances are sorted. Entry t belongs to transformation t.",
        "backwards": "The distances come in the opposite order. Entry t belongs to transformation t.",
        "cumulative": "The distances are added up from one to the next: start anew for each.",
        "clipped": "The distances are cut off at 1: they may be larger.",
        "whole": "The distances are rounded: return them as they are.",
        "two decimals": "The distances are rounded: return them as they are.",
        "column": "The result has an axis of length 1 too many. Return the shape (T,).",
        "above the least": "The smallest distance is subtracted: return the distances as they are.",
    },
)
@family(
    "feature_distance",
    length={
        "squares": "The square root is missing. Take the length, the root of the sum of squares.",
        "absolute": "Absolute differences are added up. Add up squares and take the root.",
        "mean": "The mean of the squares is taken where their sum belongs.",
        "maximum": "The largest difference is taken. Take the root of the sum of squares.",
    },
    by={
        "nothing": "The distance is not divided by the length of `features`.",
        "transformed": "Each distance is divided by the length of the transformed features. "
        "Divide by that of `features`.",
        "square": "The distance is divided by the squared length of `features`. Divide by the "
        "length.",
        "absolute": "The distance is divided by the sum of absolute values. Divide by the "
        "Euclidean length of `features`.",
        "root mean square": "The distance is divided by the root mean square of `features`: "
        "divide by their length.",
        "maximum": "The distance is divided by the largest feature. Divide by the length of "
        "`features`.",
        "largest": "The distance is divided by the largest absolute feature. Divide by the length of "
        "`features`.",
        "each transformed": "Each distance is divided by the squared length of the transformed features. "
        "Divide by the length of `features`.",
    },
    axes={
        "all": "One number is returned for all transformations. Keep the first axis.",
        "last": "Only the last axis is summed over. Sum over all axes but the first.",
    },
    moved={
        "before": "Each transformation is compared with the one before it. Compare with "
        "`features`.",
    },
)
def feature_distance(
    features, transformed, length="root", by="features", axes="features", moved="features",
    returned="each",
):  # fmt: skip
    if returned != "each":
        found = feature_distance(features, transformed)
        return {
            "mean": lambda: found.mean(),
            "maximum": lambda: found.max(),
            "percent": lambda: 100 * found,
            "near": lambda: 1 - found,
            "inverse": lambda: 1 / found,
            "similarity": lambda: 1 / (1 + found),
            "root": lambda: np.sqrt(found),
            "squared": lambda: found**2,
            "minus": lambda: -found,
            "sorted": lambda: np.sort(found),
            "backwards": lambda: found[::-1],
            "cumulative": lambda: found.cumsum(),
            "clipped": lambda: np.minimum(found, 1),
            "whole": lambda: np.rint(found),
            "two decimals": lambda: found.round(2),
            "column": lambda: found[:, None],
            "above the least": lambda: found - found.min(),
        }[returned]()
    x, y = features.astype(np.float64), transformed.astype(np.float64)
    y = {"but the first": y[1:], "but the last": y[:-1]}.get(moved, y)
    if axes == "pixels averaged" and x.ndim == 3:
        x, y = x.mean(axis=(0, 1)), y.mean(axis=(1, 2))
    elif axes == "channels averaged" and x.ndim == 3:
        x, y = x.mean(axis=-1), y.mean(axis=-1)
    elif axes == "first channel":
        x, y = (x[..., :1], y[..., :1]) if x.ndim == 3 else (x, y)
    elif axes == "first pixel":
        x, y = (x[0, 0], y[:, 0, 0]) if x.ndim == 3 else (x, y)
    elif axes == "number":
        x, y = x.ravel()[: len(y)], y.reshape(len(y), -1)[:, : len(y)]
    own = np.linalg.norm(x)
    lengths = np.linalg.norm(y.reshape(len(y), -1), axis=1)
    if moved in ("angle", "correlation", "sums", "means"):
        rows = y.reshape(len(y), -1)
        if moved in ("sums", "means"):
            f = np.sum if moved == "sums" else np.mean
            return abs(f(rows, axis=1) - f(x)) / (own if moved == "sums" else abs(f(x)))
        if moved == "correlation":
            return 1 - np.array([np.corrcoef(row, x.ravel())[0, 1] for row in rows])
        return np.arccos(np.clip(rows @ x.ravel() / (lengths * own), -1, 1))
    if moved in ("similarity", "cosine", "lengths", "signed lengths"):
        cosine = y.reshape(len(y), -1) @ x.ravel() / (lengths * own)
        return {
            "similarity": cosine,
            "cosine": 1 - cosine,
            "signed lengths": (lengths - own) / own,
            "lengths": abs(lengths - own) / (1 if by == "nothing" else own),
        }[moved]
    difference = {
        "before": lambda: y - np.concatenate([x[None], y[:-1]]),
        "mean": lambda: y - y.mean(axis=0),
        "added": lambda: y + x,
        "directions": lambda: (y.T / lengths).T - x / own,
        "not": lambda: y,
        "with the first": lambda: y - y[0],
        "with the last": lambda: y - y[-1],
        "next": lambda: y - np.concatenate([y[1:], x[None]]),
        "features by their length": lambda: y - x / own,
        "transformed by their length": lambda: y / own - x,
        "magnitudes": lambda: abs(y) - abs(x),
        "squares": lambda: y**2 - x**2,
        "standardised": lambda: (y - y.mean()) / y.std() - (x - x.mean()) / x.std(),
        "sorted": lambda: (np.sort(y.reshape(len(y), -1), axis=1) - np.sort(x.ravel())).reshape(
            y.shape
        ),
        "product": lambda: y * x,
        "positive": lambda: np.maximum(y - x, 0),
    }.get(moved, lambda: y - x)()
    if by == "each":
        difference = difference / x
    over = {
        "all": None,
        "last": -1,
        "last above": -1,
        "first": 0,
        "pixels": (1, 2) if x.ndim == 3 else 1,
        "rows": 1,
        "columns": 2 if x.ndim == 3 else 1,
    }.get(axes, tuple(range(1, y.ndim)))
    keep = axes == "kept"

    def root(values, **over):
        return np.sqrt(np.sum(values**2, **over))

    measure = {
        "root": root,
        "squares": lambda v, **over: np.sum(v**2, **over),
        "absolute": lambda v, **over: np.sum(abs(v), **over),
        "maximum": lambda v, **over: np.max(abs(v), **over),
        "mean": lambda v, **over: np.sqrt(np.mean(v**2, **over)),
        "mean absolute": lambda v, **over: np.mean(abs(v), **over),
        "signed": np.sum,
        "deviation": np.std,
        "mean of squares": lambda v, **over: np.mean(v**2, **over),
        "median": lambda v, **over: np.median(abs(v), **over),
        "cubes": lambda v, **over: np.cbrt(np.sum(abs(v) ** 3, **over)),
        "number": lambda v, **over: np.sum(v != 0, **over),
        "half squares": lambda v, **over: np.sum(v**2, **over) / 2,
    }[length]
    far = measure(difference, axis=over, keepdims=keep)
    if axes == "one":
        far = far[-1]
    if axes == "mixed up":
        return root(difference.reshape(-1, len(y)), axis=0) / own
    if axes in ("channels' ratios", "rows' ratios", "channels' lengths") and x.ndim == 3:
        within = (0, 1) if axes.startswith("channels") else (1, 2)
        each, whole = root(difference, axis=tuple(a + 1 for a in within)), root(x, axis=within)
        return (
            each.sum(axis=1) / own if axes == "channels' lengths" else (each / whole).mean(axis=1)
        )
    if axes in ("last summed", "last mean"):
        far = root(difference, axis=-1).reshape(len(y), -1)
        far = far.sum(axis=1) if axes == "last summed" else far.mean(axis=1)
        far = root(difference, axis=-1) if x.ndim == 1 else far
    if axes == "last averaged":
        if x.ndim == 1:
            return far / own
        return (root(difference, axis=-1) / root(x, axis=-1)).mean(axis=(1, 2))
    if axes == "last" and by == "features":
        return far / root(x, axis=-1) if x.ndim == 3 else far / own
    by = "nothing" if moved == "directions" or moved.endswith("their length") else by
    yardstick = {
        "nothing": lambda: 1,
        "each": lambda: 1,
        "transformed": lambda: lengths,
        "both": lambda: lengths * own,
        "sum of both": lambda: lengths + own,
        "square": lambda: own**2,
        "absolute": lambda: abs(x).sum(),
        "maximum": lambda: abs(x).max(),
        "mean": lambda: x.mean(),
        "sum": lambda: x.sum(),
        "root mean square": lambda: own / np.sqrt(x.size),
        "number": lambda: x.size,
        "root of number": lambda: np.sqrt(x.size),
        "deviation": lambda: x.std(),
        "largest distance": lambda: np.max(far),
        "mean transformed": lambda: lengths.mean(),
        "times": lambda: 1 / own,
        "rows": lambda: len(x),
        "transformations": lambda: len(y),
        "root of length": lambda: np.sqrt(own),
        "largest": lambda: abs(x).max(),
        "of all": lambda: np.linalg.norm(y),
        "first transformed": lambda: lengths[0],
        "mean of both": lambda: (lengths + own) / 2,
        "root of product": lambda: np.sqrt(lengths * own),
        "sum of distances": lambda: np.sum(far),
        "one more": lambda: own + 1,
        "each transformed": lambda: lengths**2,
    }.get(by, lambda: own)()
    return far / yardstick


# own_projection


@family(
    "own_projection",
    start={
        "mean": "This is the filter whose map has the largest mean. The task asks for the filter with "
        "the largest single activation.",
        "whole map": "The whole map of the filter is sent down. Keep its largest activation alone.",
        "all maps": "All maps are sent down. Keep one activation, and set all others to 0.",
        "one": "The projection starts with a 1. Start with the activation itself.",
    },
    switches={
        "copied": "Each value is copied to all four pixels of its cell. Put it where the switch says.",
        "top left": "Each value lies at the top left pixel of its cell. Put it where the switch says.",
        "another image": "These are the switches of the next image of your digit. Take those of your "
        "image.",
        "not rectified": "The maps are not rectified on the way down. `deconvolve` sets negative "
        "values to 0 first.",
        "not cut off": "The padding of `l1` is still there. Cut off two pixels on each side.",
        "not transposed": "The filters are turned by 180° here. Each value paints its filter as it is.",
    },
    pixel={
        "size": "This pixel has the largest size, but its value is negative. The task asks for the "
        "largest value.",
        "unit": "This is the place of the unit in the map of `l2`. The task asks for the pixel of "
        "its projection.",
        "doubled": "This is the place of the unit, times two. The task asks for the pixel with the "
        "largest value of the projection.",
        "column, row": "Row and column are swapped. The row comes first, counted from the top.",
        "from 1": "Row and column are counted from 1. Count from 0.",
        "filter last": "The filter comes last here. The task asks for filter, row, column.",
        "activation": "The last number is the activation. The task asks for the value of the "
        "projection.",
    },
    image={
        "second": "This is the second image of your digit. Take the first.",
        "any": "This is the first of all images. Take the first image of your digit.",
        "number 0": "This is an image of the number 0. Your number is {number}.",
    },
)
def own_projection(number, start="strongest", switches="own", pixel="largest", image="first"):
    own = findings.images(0 if image == "number 0" else number)
    some = own.images if image == "any" else own.images[own.labels == number % 10]
    at = int(image == "second")
    network = findings.plain_network(number)
    kernels = {spec["name"]: spec.get("kernel") for spec in network["layers"]}
    outputs = numpy_outputs(network, some[at : at + 2])
    before, maps = outputs["l1"], outputs["l2"][:1]
    winner = int((maps.mean if start == "mean" else maps.max)(axis=(0, 1, 2)).argmax())
    largest = maps[..., winner].max()
    alone = np.where(np.arange(maps.shape[-1]) == winner, maps, 0)
    alone = {"whole map": alone, "all maps": maps}.get(start, np.where(alone == largest, alone, 0))
    alone = alone / largest if start == "one" else alone
    turn = np.s_[::-1, ::-1] if switches == "not transposed" else np.s_[:, :]
    down = transposed_convolve(alone, kernels["l2"][turn], outputs["pool1"][:1].shape)
    down = down if switches == "not rectified" else np.maximum(down, 0)
    if switches in ("copied", "top left"):
        spread = down.repeat(2, axis=1).repeat(2, axis=2)
        spread[:, 1::2] *= switches == "copied"
        spread[:, :, 1::2] *= switches == "copied"
        down = spread
    else:
        down = unpooled(down, before[1:] if switches == "another image" else before[:1])
    cut = 4 if switches == "not cut off" else 0
    down = transposed_convolve(down, kernels["l1"][turn], (1, 28 + cut, 28 + cut, 1))[0, ..., 0]
    order = abs(down) if pixel == "size" else down
    row, column = map(int, np.unravel_index(order.argmax(), order.shape))
    unit = np.unravel_index(maps[0, ..., winner].argmax(), maps.shape[1:3])
    place = {
        "unit": (int(unit[0]), int(unit[1])),
        "doubled": (2 * int(unit[0]), 2 * int(unit[1])),
        "column, row": (column, row),
        "from 1": (row + 1, column + 1),
    }.get(pixel, (row, column))
    value = float(largest if pixel == "activation" else down[row, column])
    return (*place, winner, value) if pixel == "filter last" else (winner, *place, value)
