"""Wrong answers to the exercises of notebook 08, which the explanations were not written for."""

# ruff: noqa: E501, RUF059  (answers as students write them; a pattern in one line)

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong


def unused(name):
    """Return a pattern of sentences that say: this argument has no effect."""
    nothing = r"(ignored|not (used|read|passed)|unused|never|no (effect|influence))"
    whatever = r"(ignor|(not|never) us|not depend|whatever|regardless|independent|without us)\w*"
    return rf"\b{name}\b.{{0,40}}{nothing}|{whatever}.{{0,40}}\b{name}\b"


# pool_with_switches(maps) -> pooled, switches


@wrong(
    "pool_with_switches",
    r"^(?!.*count from 0).*(clockwise|\border\b|row by row|numbered|(2|3|bottom)\b.{0,60}(swap|exchang|interchang|mixed)|(swap|exchang|interchang|mixed)\w*.{0,60}(2|3|bottom)|2 is the bottom left|bottom left.{0,20}\b2\b)",
    says=r"\b2\b|\b3\b|bottom|switch",
)
def switches_clockwise(maps):
    corners = np.stack(
        [
            maps[:, ::2, ::2, :],
            maps[:, ::2, 1::2, :],
            maps[:, 1::2, 1::2, :],
            maps[:, 1::2, ::2, :],
        ]
    )
    return corners.max(axis=0), corners.argmax(axis=0)


@wrong(
    "pool_with_switches",
    r"whole (map|image|array|flat|input|tensor)|\bflat|entire|0 (to|and|…|\.\.) ?3|(within|in|of) (its|each) (own )?cell|not (in|within) (the|a) cell|in the (image|map|array)|max_pool_with_argmax|modulo|%|which of the four",
    says=r"too (large|high|big)|larger than 3|above 3|switches",
)
def tensorflows_own_index(maps):
    pooled, index = tf.nn.max_pool_with_argmax(
        maps, ksize=2, strides=2, padding="VALID", include_batch_in_index=False
    )
    return pooled.numpy(), index.numpy()


@wrong(
    "pool_with_switches",
    r"\bint(eger)?s?\b|whole number|float|dtype|data type",
    says=r"whole numbers|float|type",
)
def switches_as_floats(maps):
    n, h, w, c = maps.shape
    pooled = np.zeros((n, h // 2, w // 2, c))
    switches = np.zeros_like(pooled)
    for y in range(h // 2):
        for x in range(w // 2):
            cell = maps[:, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2, :].reshape(n, 4, c)
            pooled[:, y, x] = cell.max(axis=1)
            switches[:, y, x] = cell.argmax(axis=1)
    return pooled, switches


@wrong(
    "pool_with_switches",
    r"(rows?|columns?|height|width|coordinate|axes|axis|index|indices)\w*.{0,60}(swap|exchang|interchang|transpos|confus|mixed)|(swap|exchang|interchang|transpos|confus|mixed)\w*.{0,60}(rows?|columns?|height|width|coordinate|axes|axis|index|indices)|x and y|rows?.{0,20}with x|\bx\b.{0,20}rows?|maps\[:, ?y|\by\b.{0,20}(first|before)|\bx\b.{0,30}\by\b.{0,30}(swap|exchang|order)",
    says=r"ValueError|zero-size|empty|identity",
)
def x_before_y(maps):
    n, h, w, c = maps.shape
    pooled = np.zeros((n, h // 2, w // 2, c), dtype=maps.dtype)
    switches = np.zeros((n, h // 2, w // 2, c), dtype=int)
    for y in range(h // 2):
        for x in range(w // 2):
            cell = maps[:, x * 2 : x * 2 + 2, y * 2 : y * 2 + 2, :]
            four = np.stack([cell[:, 0, 0], cell[:, 0, 1], cell[:, 1, 0], cell[:, 1, 1]], axis=1)
            pooled[:, y, x] = np.max(four, axis=1)
            switches[:, y, x] = np.argmax(four, axis=1)
    return pooled, switches


@wrong(
    "pool_with_switches",
    r"2 ?[*·×] ?(the )?.?row|twice|doubl|times (2|two)|multipl|same (number|switch)|rows?\b.{0,30}(plus|added|\+)|sum of|(cannot|not) be told|told apart|ambiguous|distinguish",
    says=r"bottom|never 3|no 3|\b2\b|\b3\b",
)
def row_plus_column(maps):
    n, h, w, c = maps.shape
    cells = maps.reshape(n, h // 2, 2, w // 2, 2, c)
    pooled = cells.max(axis=(2, 4))
    row = cells.max(axis=4).argmax(axis=2)
    column = cells.max(axis=2).argmax(axis=3)
    return pooled, row + column


@wrong(
    "pool_with_switches",
    r"\b(14|28)\b|hard.?coded|fixed|maps\.shape|shape of the maps|any size|H ?/+ ?2|half (the|of the) (height|size)|size of the (maps|input)",
    says=r"shape|IndexError|ValueError|zero-size",
)
def made_for_28_pixels(maps):
    pooled = np.zeros((len(maps), 14, 14, maps.shape[3]))
    switches = np.zeros(pooled.shape, dtype=np.int64)
    for i in range(14):
        for j in range(14):
            block = maps[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].reshape(
                len(maps), -1, maps.shape[3]
            )
            pooled[:, i, j] = block.max(axis=1)
            switches[:, i, j] = block.argmax(axis=1)
    return pooled, switches


@wrong(
    "pool_with_switches",
    r"first (image|one|map)|(one|same) (switch\w*|table|set|array).{0,40}(for )?(all|every) (the )?images|(each|every) image.{0,40}(own|its)|\[0\]|other images",
    says=r"first image|same switches|other images|all images",
)
def switches_of_the_first_image(maps):
    pooled = keras.layers.MaxPooling2D(2)(maps).numpy()
    four = np.array([maps[0, i::2, j::2] for i in range(2) for j in range(2)])
    switches = four.argmax(axis=0)
    return pooled, np.broadcast_to(switches, pooled.shape).copy()


# unpool(pooled, switches)


@wrong(
    "unpool",
    r"clockwise|^(?!.*sides).*\border\b|row by row|numbered|\b(2|3)\b.{0,30}(swap|exchang|interchang|mixed)|(swap|exchang|interchang|mixed)\w*.{0,30}(\b3\b|bottom right)|2 is the bottom left|bottom left.{0,20}\b2\b(?!.*Rows and)",
    says=r"bottom|lower|\b2\b|\b3\b",
)
def switches_read_clockwise(pooled, switches):
    n, h, w, c = pooled.shape
    result = np.zeros((n, 2 * h, 2 * w, c))
    offsets = [(0, 0), (0, 1), (1, 1), (1, 0)]
    for (i, y, x, k), value in np.ndenumerate(pooled):
        dy, dx = offsets[switches[i, y, x, k]]
        result[i, 2 * y + dy, 2 * x + dx, k] = value
    return result


@wrong(
    "unpool",
    r"quadrant|quarters? of the (map|image|result)|half of the (map|image|result)|halves|interleav|2 ?[*·×] ?\w|twice|doubl\w+ (the )?(row|index|place|position)|(row|index|position)\w*.{0,30}doubl|not next to|(next|close) to each other|too far|(far|h rows|height) (apart|away)|every (second|other)|its own cell|same cell",
    says=r"elsewhere|wrong place|another place|far|corner",
)
def quadrants_for_cells(pooled, switches):
    n, h, w, c = pooled.shape
    result = np.zeros((n, 2 * h, 2 * w, c), dtype=pooled.dtype)
    for s in range(4):
        dy, dx = divmod(s, 2)
        part = result[:, dy * h : (dy + 1) * h, dx * w : (dx + 1) * w]
        part[switches == s] = pooled[switches == s]
    return result


@wrong(
    "unpool",
    r"\bint(eger)?s?\b|whole number|dtype|data type|truncat|fraction|decimal|type of .?switches|cut\w* .{0,20}off|float",
    says=r"whole|truncat|round|type|\b0\b",
)
def zeros_of_the_switches_type(pooled, switches):
    up = np.zeros_like(switches).repeat(2, axis=1).repeat(2, axis=2)
    for k in range(4):
        row, column = k // 2, k % 2
        up[:, row::2, column::2, :] = np.where(switches == k, pooled, 0)
    return up


@wrong(
    "unpool",
    r"(inside|in|within) the loop|(each|every) (round|pass|time|turn|k|step)|anew|\bagain\b|overwrit|thrown away|before the loop|only .{0,20}(last|switch 3|bottom right)",
    says=r"switch 3|bottom right|only|missing|zero|\b0\b",
)
def zeros_made_in_the_loop(pooled, switches):
    n, h, w, c = pooled.shape
    for k in range(4):
        result = np.zeros((n, h * 2, w * 2, c))
        result[:, k // 2 :: 2, k % 2 :: 2] = np.where(switches == k, pooled, 0)
    return result


@wrong(
    "unpool",
    r"^(?!.*taken for).*(switch 0|switch(es)? (of )?(0|zero)\b|k ?= ?0|range|0 to 3|top left.{0,60}(missing|left out|lost|forgotten|dropped|skip|never|not)|(missing|left out|lost|forgot\w*|drop\w*|skip\w*|omit\w*) .{0,40}(top left|first)|from 0|starts (at|with|from) 1)",
    says=r"top left|switch 0|missing|zero|\b0\b",
)
def top_left_forgotten(pooled, switches):
    n, h, w, c = pooled.shape
    result = np.zeros((n, 2 * h, 2 * w, c))
    for k in range(1, 4):
        result[:, k // 2 :: 2, k % 2 :: 2] += pooled * (switches == k)
    return result


@wrong(
    "unpool",
    r"^(?!.*switch 1).*((height|width|\bh\b|\bw\b|rows?|columns?|axes|sides?|sizes?)\b.{0,60}(swap|exchang|interchang|mixed|wrong order|order|confus)|(swap|exchang|interchang|mixed|confus)\w*.{0,60}(height|width|rows?|columns?|axes|sides?|sizes?)\b|height.{0,20}(first|before)|2h, 2w)",
    says=r"ValueError|broadcast|shape",
)
def sides_of_the_result_swapped(pooled, switches):
    n, h, w, c = pooled.shape
    result = np.zeros((n, w * 2, h * 2, c))
    result[:, 0::2, 0::2] = np.where(switches == 0, pooled, 0)
    result[:, 0::2, 1::2] = np.where(switches == 1, pooled, 0)
    result[:, 1::2, 0::2] = np.where(switches == 2, pooled, 0)
    result[:, 1::2, 1::2] = np.where(switches == 3, pooled, 0)
    return result


# deconvolve(maps, kernel)


@wrong(
    "deconvolve",
    r"^(?!.*(turned by 180|Rows and columns)).*((not|without|never|missing|forgot\w*|needs? to be|must be|has to be) .{0,20}transpos|\.T\b|transpose (it|the|each|kernel)|(filters?|\bF\b).{0,40}(channels?|\bC\b).{0,40}(swap|exchang|\border|roles|ax[ei]s)|(swap|exchang)\w*.{0,40}(filters|channels)|inner (dimension|size)|sum\w* .{0,20}over the (filters|channels))",
    says=r"ValueError|mismatch|matmul|shape",
)
def kernel_entry_not_transposed(maps, kernel):
    a, b, channels, filters = kernel.shape
    n, h, w, _ = maps.shape
    rectified = np.maximum(maps, 0)
    out = np.zeros((n, h + a - 1, w + b - 1, channels))
    for i in range(a):
        for j in range(b):
            out[:, i : i + h, j : j + w, :] += rectified @ kernel[i, j]
    return out


@wrong(
    "deconvolve",
    r"stride|two pixels|every (second|other)|\bstep|apart|doubl|spread out|zeros between",
    says=r"shape|too (large|big)",
)
def transposed_with_a_stride_of_two(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    shape = (n, 2 * (h - 1) + a, 2 * (w - 1) + b, channels)
    return tf.nn.conv2d_transpose(
        tf.nn.relu(maps), kernel, output_shape=shape, strides=2, padding="VALID"
    ).numpy()


@wrong(
    "deconvolve",
    r"\bcopy\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|(maps|array))|(argument|input|(maps|array))\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)",
    says=r"chang|original|alter|modif",
)
def maps_rectified_in_place(maps, kernel):
    maps[maps < 0] = 0
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    out = np.zeros((n, h + a - 1, w + b - 1, channels))
    for y in range(h):
        for x in range(w):
            out[:, y : y + a, x : x + b] += np.tensordot(maps[:, y, x], kernel, axes=(1, 3))
    return out


@wrong(
    "deconvolve",
    r"^(?!.*(\bcut\b|counted from)).*([-−–] ?1|one (row|column|pixel)|an? (row|column|pixel|line) |size of the result)",
    says=r"shape|too (large|big|many)",
)
def a_row_and_a_column_too_many(maps, kernel):
    kh, kw, c, f = kernel.shape
    n, h, w, _ = maps.shape
    result = np.zeros((n, h + kh, w + kw, c))
    for i in range(kh):
        for j in range(kw):
            contribution = np.einsum("nhwf,cf->nhwc", np.clip(maps, 0, None), kernel[i, j])
            result[:, i : i + h, j : j + w] += contribution
    return result


@wrong(
    "deconvolve",
    r"^(?!.*over the filters).*((overlap|copies|windows)\w*.{0,60}(averag|\bmean|divid|count)|(averag|\bmean|divid|count)\w*.{0,60}(overlap|copies|windows|how many)|how many.{0,30}(overlap|copies|windows|cover)|not divid)",
    says=r"too (small|weak)|smaller|border|middle",
)
def overlaps_averaged(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    total = np.zeros((n, h + a - 1, w + b - 1, channels))
    count = np.zeros((h + a - 1, w + b - 1, 1))
    for y in range(h):
        for x in range(w):
            for i in range(n):
                value = np.maximum(maps[i, y, x], 0)
                total[i, y : y + a, x : x + b] += (kernel * value).sum(axis=-1)
            count[y : y + a, x : x + b] += 1
    return total / count


@wrong(
    "deconvolve",
    r"(rows?|columns?|i and j|offset|shift)\b\w*.{0,60}(swap|exchang|interchang|mixed|transpos|confus)|(swap|exchang|interchang|mixed|confus)\w*.{0,60}(rows?|columns?|i and j|offset|shift)|\bi\b.{0,30}(rows?|down)|x and y|rows? by j|columns? by i|down by j|right by i",
    says=r"ValueError|broadcast|shape|elsewhere",
)
def offsets_swapped(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    result = np.zeros((n, h + a - 1, w + b - 1, channels))
    for i in range(a):
        for j in range(b):
            result[:, j : j + h, i : i + w] += np.maximum(maps, 0) @ kernel[i, j].T
    return result


@wrong(
    "deconvolve",
    r"^(?!.*added up).*((3|three) (colou?r )?channels|(always|fixed)\b.{0,20}\b(3|three)\b|hard.?coded|number of (the )?channels|as many channels|kernel\.shape\[2\]|\bRGB|colou?r)",
    says=r"IndexError|shape|out of bounds",
)
def three_channels_always(maps, kernel):
    a, b = kernel.shape[:2]
    n, h, w, filters = maps.shape
    image = np.zeros((n, h + a - 1, w + b - 1, 3))
    positive = np.where(maps > 0, maps, 0)
    for c in range(3):
        for i in range(a):
            for j in range(b):
                image[:, i : i + h, j : j + w, c] += positive @ kernel[i, j, c]
    return image


@wrong(
    "deconvolve",
    r"last filter|(in|inside|within) the loop|reset|anew|starts? (again|over)|zeroed|overwrit\w* .{0,30}(filter|before|result)|(each|every) filter (starts|begins|replaces)|before the loop|thrown away",
    says=r"last filter|missing|too small|only",
)
def zeros_for_every_filter(maps, kernel):
    a, b, channels, filters = kernel.shape
    n, h, w, _ = maps.shape
    for f in range(filters):
        painted = np.zeros((n, h + a - 1, w + b - 1, channels))
        for y in range(h):
            for x in range(w):
                bright = np.maximum(maps[:, y, x, f], 0)[:, None, None, None]
                painted[:, y : y + a, x : x + b] += bright * kernel[None, :, :, :, f]
    return painted


@wrong(
    "deconvolve",
    r"^(?!.*turned).*((one|single|whole|1) (number|value|sum|decision|test)|(each|every) (value(?! is)|pixel|place|number|entry|position)|element|pixel by pixel|value by value|(whole|entire) (map|filter)|as a whole|sum of (a|the|each|every) (whole )?map|maximum of (a|the|each) map)|(each|every) negative|whole maps|by itself|one (entry|number|value|decision) (per|for each|for a) map|(per|for each) value",
    says=r"not rectified|negative",
)
def maps_kept_or_dropped_as_a_whole(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    active = maps.sum(axis=(1, 2), keepdims=True) > 0
    kept = maps * active
    result = np.zeros((n, h + a - 1, w + b - 1, channels), dtype=np.float32)
    for i, j in np.ndindex(a, b):
        result[:, i : i + h, j : j + w] += kept @ kernel[i, j].T
    return result


# inversion_loss(features, target, image, alpha, alpha_weight, variation_weight)


def relative_error(features, target):
    return np.sum(np.square(features - target)) / np.sum(np.square(target))


def total_variation(image):
    down = np.sum((image[1:, :, :] - image[:-1, :, :]) ** 2)
    across = np.sum((image[:, 1:, :] - image[:, :-1, :]) ** 2)
    return down + across


@wrong(
    "inversion_loss",
    r"^(?!.*(xor|\^|both|neighbours)).*(power|exponent|\*\*|(multipl|times|factor|product)\w*)",
    says=r"α|alpha|norm|too (large|small)",
)
def alpha_times_the_pixels(features, target, image, alpha, alpha_weight, variation_weight):
    loss = relative_error(features, target)
    loss += alpha_weight * np.sum(np.abs(image) * alpha)
    loss += variation_weight * total_variation(image)
    return float(loss)


@wrong(
    "inversion_loss",
    r"`?\^`? is|`\^`|\bxor|(write|use|is|not) .{0,15}\*\*|\*\* (is|for)|(^(?!.*multipl).*power.{0,40}\*\*)",
    says=r"TypeError|bitwise_xor|ufunc",
)
def caret_for_a_power(features, target, image, alpha, alpha_weight, variation_weight):
    size = np.sum(np.abs(image) ^ alpha)
    return (
        relative_error(features, target)
        + alpha_weight * size
        + variation_weight * total_variation(image)
    )


@wrong(
    "inversion_loss",
    r"diagonal|(below|down).{0,20} and .{0,20}right at (once|the same time)|separately|two (differences|sums|neighbou?rs)|(each|one) (direction|axis).{0,20}by itself|below right|lower right|down and right",
    says=r"variation",
)
def diagonal_neighbours(features, target, image, alpha, alpha_weight, variation_weight):
    differences = image[1:, 1:] - image[:-1, :-1]
    return (
        relative_error(features, target)
        + alpha_weight * (np.abs(image) ** alpha).sum()
        + variation_weight * (differences**2).sum()
    )


@wrong(
    "inversion_loss",
    r"^(?!.*(roll|opposite|beyond)).*(last (row|column)|border|edge|\bcut|crop|left out|missing|\[:-1|common|corner)",
    says=r"variation|too small|smaller",
)
def variation_without_the_last_lines(
    features, target, image, alpha, alpha_weight, variation_weight
):
    dy = image[1:, :-1] - image[:-1, :-1]
    dx = image[:-1, 1:] - image[:-1, :-1]
    penalty = alpha_weight * np.sum(np.abs(image) ** alpha)
    penalty += variation_weight * np.sum(dx**2 + dy**2)
    return relative_error(features, target) + penalty


@wrong(
    "inversion_loss",
    r"^(?!.*(α-th|relative error)).*((\broots?\b|sqrt).{0,80}(variation|difference|neighbou?r|penalty)|(variation|neighbou?r|difference|third term)\w*.{0,80}(\broots?\b|sqrt))",
    says=r"variation|too small",
)
def root_of_the_variation(features, target, image, alpha, alpha_weight, variation_weight):
    error = relative_error(features, target)
    size = np.linalg.norm(image.flatten(), ord=alpha) ** alpha
    variation = np.sqrt(total_variation(image))
    return error + alpha_weight * size + variation_weight * variation


@wrong(
    "inversion_loss",
    r"\baxis|\baxes|batch|(channel|colou?r)s?.{0,60}(\brows?\b.{0,20}\b(not|never|missing)|height)|(\brows?\b|height)\w*.{0,60}(channel|colou?r)",
    says=r"variation",
)
def axes_of_a_batch(features, target, image, alpha, alpha_weight, variation_weight):
    error = tf.reduce_sum((features - target) ** 2) / tf.reduce_sum(target**2)
    size = tf.reduce_sum(tf.abs(image) ** alpha)
    variation = np.sum(np.diff(image, axis=1) ** 2) + np.sum(np.diff(image, axis=2) ** 2)
    return float(error + alpha_weight * size + variation_weight * variation)


@wrong(
    "inversion_loss",
    r"(\bsum|added)\w*.{0,40}(before|then|first|and).{0,30}squar|square of (the|a) sum|squar\w+ (first|before|each|every|the differences)|cancel|squar\w+ .{0,20}(too late|after|last)|\border\b|(sum|total) is squared|squares? (the|a) sum",
    says=r"error|too small|first term",
)
def square_of_the_sum(features, target, image, alpha, alpha_weight, variation_weight):
    error = np.sum(features - target) ** 2 / np.sum(target) ** 2
    return (
        error
        + alpha_weight * np.sum(np.abs(image) ** alpha)
        + variation_weight * total_variation(image)
    )


@wrong(
    "inversion_loss",
    unused("variation_weight")
    + r"|both (penalties|terms)|(one|same|single) weight|alpha_weight.{0,60}(both|variation|also|too)|weight of its own|own weight|each (penalty|term)",
    says=r"variation|weight",
)
def one_weight_for_both_penalties(features, target, image, alpha, alpha_weight, variation_weight):
    regularizer = np.sum(np.abs(image) ** alpha) + total_variation(image)
    return relative_error(features, target) + alpha_weight * regularizer


@wrong(
    "inversion_loss",
    r"twice|(in )?both directions|two times|doubl|four neighbou?rs|(each|every) pair.{0,30}once|once",
    says=r"variation|too (large|big)|double",
)
def every_pair_counted_twice(features, target, image, alpha, alpha_weight, variation_weight):
    height, width, _ = image.shape
    variation = 0.0
    for y in range(height):
        for x in range(width):
            for dy, dx in [(-1, 0), (1, 0), (0, -1), (0, 1)]:
                if 0 <= y + dy < height and 0 <= x + dx < width:
                    variation += np.sum((image[y, x] - image[y + dy, x + dx]) ** 2)
    size = np.sum(np.abs(image) ** alpha)
    return relative_error(features, target) + alpha_weight * size + variation_weight * variation


# feature_distance(features, transformed)


@wrong(
    "feature_distance",
    r"axis ?=? ?1\b|\brows? alone|only (the )?(rows|height|axis 1|one axis)|flatten|reshape|all (the )?(axes|features|values)|columns and channels|too (many|few) (numbers|axes)|a layer of units (only|alone)|rank|other axes",
    says=r"shape|maps|\(\d+, \d+",
)
def for_layers_of_units_alone(features, transformed):
    difference = transformed - features
    return np.sqrt(np.sum(difference**2, axis=1)) / np.sqrt(np.sum(features**2))


@wrong(
    "feature_distance",
    r"\bL1\b|ℓ1|ord(er)? ?=? ?1|(divi\w+|denominator|yardstick|length|reference)\b.{0,60}(absolute|magnitudes|city|taxi)|(absolute|magnitudes|city|taxi)\w*.{0,40}(divi|denominator|of (the )?(untransformed )?features)|Euclidean length of (the )?(untransformed )?features",
    says=r"too small|factor|multiple|smaller",
)
def divided_by_the_sum_of_magnitudes(features, transformed):
    t = len(transformed)
    distances = np.linalg.norm((transformed - features[None]).reshape(t, -1), axis=1)
    return distances / np.linalg.norm(features.ravel(), ord=1)


@wrong("feature_distance", r"percent|%|\b100\b|hundred", says=r"100|hundred|too (large|big)|factor")
def distances_in_percent(features, transformed):
    flat = transformed.reshape(transformed.shape[0], -1)
    distance = np.sqrt(((flat - features.ravel()) ** 2).sum(axis=1))
    return 100 * distance / np.sqrt((features**2).sum())


@wrong(
    "feature_distance",
    r"first (one|transform\w*|entry|picture|distance|row).{0,60}(missing|left out|skip|omit|forgot|drop)|(missing|left out|leaves? out|skip\w*|omit\w*|forgot\w*|drop\w*|without) .{0,30}first|one (is |too )?(few|less|missing|short)|range\(1|T ?[-−–] ?1|all T\b|T (numbers|distances)|one (entry|distance|number|row) (short|too few|missing|is missing|less)",
    says=r"shape|one too few|\(\d+,\)",
)
def first_transformation_left_out(features, transformed):
    length = np.linalg.norm(features)
    distances = []
    for t in range(1, len(transformed)):
        distances.append(np.linalg.norm(transformed[t] - features) / length)
    return np.array(distances)


@wrong(
    "feature_distance",
    r"^(?!.*(left out|skip)).*(transformed\[0\]|(compared|relative|measured)\b.{0,40}first|first (transform|picture|entry))|"
    + unused("features"),
    says=r"first|reference",
)
def compared_with_the_first_transformation(features, transformed):
    flat = transformed.reshape(len(transformed), -1)
    return np.linalg.norm(flat - flat[0], axis=1) / np.linalg.norm(flat[0])


@wrong(
    "feature_distance",
    r"channel|pixel|(each|every|per) (place|position|unit)|mean of (the )?(ratios|relative)|averag|before (it is |they are )?(sum|add)|ratio\w*.{0,40}(mean|averag|\bsum)|one (ratio|division)|divide once",
    says=r"maps|layer with maps|channels",
)
def relative_channel_by_channel(features, transformed):
    axes = tuple(range(1, transformed.ndim - 1))
    if not axes:
        return np.linalg.norm(transformed - features, axis=1) / np.linalg.norm(features)
    moved = np.sqrt(((transformed - features) ** 2).sum(axis=axes))
    lengths = np.sqrt((features**2).sum(axis=(0, 1)))
    return (moved / lengths).mean(axis=-1)


# own_projection


def own_layers():
    """Return the layers of the network of number 4, and the first of its fours."""
    model, own = findings.network(4), findings.images(4)
    layers = [model.get_layer(name) for name in ("l1", "pool1", "l2")]
    return *layers, tf.constant(own.images[np.flatnonzero(own.labels == 4)[:1]])


def sent_down(start, up=True, rectify=tf.nn.relu):
    """Return the projection (28, 28) of what `start` makes of the maps, and these maps."""
    l1, pool, l2, image = own_layers()
    first = l1(image)
    with tf.GradientTape() as tape:
        tape.watch(first)
        pooled = pool(first)
    maps = l2(pooled)
    down = rectify(tf.nn.conv2d_transpose(start(maps), l2.kernel, pooled.shape, 1))
    down = (
        tape.gradient(pooled, first, output_gradients=down)
        if up
        else tf.repeat(tf.repeat(down, 2, 1), 2, 2)
    )
    return tf.nn.conv2d_transpose(down, l1.kernel, image.shape, 1)[0, ..., 0].numpy(), maps.numpy()


def only_the_largest(maps):
    return tf.where(maps == tf.reduce_max(maps), maps, 0.0)


def best_filter(maps):
    return int(maps.max(axis=(0, 1, 2)).argmax())


@wrong("own_projection", r"switch|all four|copied")
def projection_without_switches():
    picture, maps = sent_down(only_the_largest, up=False)
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    return best_filter(maps), row, column, picture.max()


@wrong("own_projection", r"rectif|negative|ReLU")
def projection_with_negative_maps():
    picture, maps = sent_down(only_the_largest, rectify=tf.identity)
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    return best_filter(maps), row, column, picture.max()


@wrong("own_projection", r"all (the )?(maps|filters|activations)|one activation|alone|others to 0")
def projection_of_everything():
    picture, maps = sent_down(tf.identity)
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    return best_filter(maps), row, column, picture.max()


@wrong(
    "own_projection",
    r"\b(unit|cell|map)\b.{0,60}l2|l2.{0,60}\bmap\b|place of the unit|of the pixel",
)
def place_in_the_map_of_l2():
    picture, maps = sent_down(only_the_largest)
    _, y, x, best = np.argwhere(maps == maps.max())[0]
    return int(best), int(y), int(x), float(picture.max())


@wrong("own_projection", r"\b(size|abs\w*|magnitude)\b|with its sign|largest value")
def projection_by_its_size():
    picture, maps = sent_down(only_the_largest)
    row, column = np.unravel_index(np.abs(picture).argmax(), picture.shape)
    return best_filter(maps), row, column, picture[row, column]


@wrong(
    "deconvolve", r"rows and columns.*swap|swap.*rows and columns|transpos|out of bounds|mixed up"
)
def kernel_entry_with_i_and_j_swapped(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    out = np.zeros((n, h + a - 1, w + b - 1, channels))
    for i in range(a):
        for j in range(b):
            out[:, i : i + h, j : j + w] += np.maximum(maps, 0) @ kernel[j, i].T
    return out


@wrong(
    "deconvolve",
    r"starts? at 1|begins? (at|with) 1|start.* at 0|ones|1 too (large|much)|1 more|\+ ?1|plus 1",
)
def painted_on_a_sheet_of_ones(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    out = np.ones((n, h + a - 1, w + b - 1, channels))
    for i in range(a):
        for j in range(b):
            out[:, i : i + h, j : j + w] += np.maximum(maps, 0) @ kernel[i, j].T
    return out


@wrong("deconvolve", r"swap|two sizes|height and width")
def height_and_width_of_the_kernel_swapped(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    out = np.zeros((n, h + b - 1, w + a - 1, channels))
    for i in range(a):
        for j in range(b):
            out[:, i : i + h, j : j + w] += np.maximum(maps, 0) @ kernel[i, j].T
    return out


@wrong("deconvolve", r"180|turned|flip|revers|upside")
def a_convolution_of_padded_maps(maps, kernel):
    a, b = kernel.shape[:2]
    padded = tf.pad(tf.nn.relu(maps), [[0, 0], [a - 1, a - 1], [b - 1, b - 1], [0, 0]])
    swapped = tf.transpose(kernel, [0, 1, 3, 2])
    return tf.nn.conv2d(padded, swapped, strides=1, padding="VALID").numpy()


@wrong("deconvolve", r"changed its argument|caller|in place|copy")
def negative_maps_overwritten(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    maps[maps < 0] = 0
    out = np.zeros((n, h + a - 1, w + b - 1, channels))
    for i, j in np.ndindex(a, b):
        out[:, i : i + h, j : j + w] += np.einsum("nhwf,cf->nhwc", maps, kernel[i, j])
    return out


@wrong("feature_distance", r"reshape|\bmix")
def reshaped_into_columns(features, transformed):
    columns = (transformed - features).reshape(-1, len(transformed))
    return np.linalg.norm(columns, axis=0) / np.linalg.norm(features)


@wrong("feature_distance", r"absolute|\bL1\b")
def norm_of_order_one(features, transformed):
    rows = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(rows, 1, axis=1) / np.linalg.norm(features)


@wrong("feature_distance", r"axis 0|over the transformations|wrong axis")
def length_over_axis_0(features, transformed):
    rows = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(rows, axis=0) / np.linalg.norm(features)


@wrong("feature_distance", r"whole numbers|cut|truncat|round|integer|int\b")
def stored_as_whole_numbers(features, transformed):
    result = np.zeros(len(transformed), int)
    for t, one in enumerate(transformed):
        result[t] = np.linalg.norm(one - features) / np.linalg.norm(features)
    return result


@wrong(
    "feature_distance", r"channel.*(mean|averag|own|separate)|(mean|averag).*channel|each channel"
)
def mean_of_the_channels_lengths(features, transformed):
    if features.ndim == 1:
        return np.linalg.norm(transformed - features, axis=1) / np.linalg.norm(features)
    moved = np.linalg.norm(transformed - features, axis=(1, 2))
    return (moved / np.linalg.norm(features, axis=(0, 1))).mean(axis=1)
