"""Wrong answers to the exercises of notebook 08."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception


def cells_of(maps):
    n, height, width, channels = maps.shape
    cells = maps.reshape(n, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, height // 2, width // 2, 4, channels)


@misconception("pool_with_switches", "The maximum is taken over the four pixels of a cell, not over the channels: each channel has switches of its own.", cells_of)  # fmt: skip
def pooled_over_channels(maps):
    cells = cells_of(maps)
    strongest = cells.max(axis=-1, keepdims=True)
    pooled = np.broadcast_to(strongest.max(axis=3), cells[:, :, :, 0].shape)
    switches = np.broadcast_to(strongest.argmax(axis=3), pooled.shape)
    return pooled.copy(), switches.copy()


@misconception("pool_with_switches", "That is average pooling: a switch belongs to the maximum, and so must the value.", cells_of, origin=NOTEBOOKS)  # fmt: skip
def average_for_maximum(maps):
    cells = cells_of(maps)
    return cells.mean(axis=3), cells.argmax(axis=3)


@misconception("pool_with_switches", "The four pixels are numbered row by row: 1 is the top right one, 2 the bottom left one.")  # fmt: skip
def cells_numbered_by_columns(maps):
    n, height, width, channels = maps.shape
    cells = maps.reshape(n, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 4, 2, 5)
    cells = cells.reshape(n, height // 2, width // 2, 4, channels)
    return cells.max(axis=3), cells.argmax(axis=3)


@misconception("pool_with_switches", "The switches count from 0. The top left pixel is 0, the bottom right one 3.", cells_of)  # fmt: skip
def switches_from_one(maps):
    cells = cells_of(maps)
    return cells.max(axis=3), cells.argmax(axis=3) + 1


@misconception("pool_with_switches", "The switches show where the smallest value was. Use `argmax`, not `argmin`.", cells_of)  # fmt: skip
def switches_of_the_minimum(maps):
    cells = cells_of(maps)
    return cells.max(axis=3), cells.argmin(axis=3)


@misconception("pool_with_switches", "Magnitudes are compared, but −3 is not larger than 1. Take the maximum of the signed values.", cells_of, origin=NOTEBOOKS)  # fmt: skip
def largest_magnitude(maps):
    cells = cells_of(maps)
    return abs(cells).max(axis=3), abs(cells).argmax(axis=3)


@misconception("pool_with_switches", "Cells without a positive pixel get 0 and switch 0, as from a ReLU or a maximum that starts at 0. Take the largest pixel, whatever its sign.", cells_of)  # fmt: skip
def maximum_starts_at_zero(maps):
    cells = cells_of(maps)
    return np.maximum(cells.max(axis=3), 0), np.where(
        cells.max(axis=3) > 0, cells.argmax(axis=3), 0
    )


@misconception("pool_with_switches", "There is one switch for all channels, but the channels have their maxima at different pixels.", cells_of)  # fmt: skip
def switches_of_the_first_channel(maps):
    cells = cells_of(maps)
    first = cells.argmax(axis=3)[..., :1]
    return cells.max(axis=3), np.repeat(first, cells.shape[-1], axis=-1)


@misconception("pool_with_switches", "The switches say where the pixel lies in the whole map. They should say which of the four pixels of its cell it is.", cells_of)  # fmt: skip
def switches_count_in_the_whole_map(maps):
    cells = cells_of(maps)
    switches = cells.argmax(axis=3)
    rows, columns = (i[..., None] for i in np.indices(switches.shape[1:3]))
    index = (2 * rows + switches // 2) * maps.shape[2] + 2 * columns + switches % 2
    return cells.max(axis=3), index


@misconception("pool_with_switches", "The values are right, the type is not. Switches are whole numbers, not floats.", cells_of)  # fmt: skip
def switches_as_floats(maps):
    cells = cells_of(maps)
    return cells.max(axis=3), cells.argmax(axis=3).astype(np.float32)


@misconception("pool_with_switches", "The two results are swapped: first the maxima, then the switches.", cells_of)  # fmt: skip
def results_swapped(maps):
    cells = cells_of(maps)
    return cells.argmax(axis=3), cells.max(axis=3)


@misconception("pool_with_switches", "The cells overlap: the windows of 2×2 pooling move by two pixels.", origin=NOTEBOOKS)  # fmt: skip
def stride_of_one(maps):
    shifted = [maps[:, :-1, :-1], maps[:, :-1, 1:], maps[:, 1:, :-1], maps[:, 1:, 1:]]
    cells = np.stack(shifted, axis=3)
    return cells.max(axis=3), cells.argmax(axis=3)


@misconception("pool_with_switches", "Four neighbours of a row make a cell here, as a plain reshape to (…, 4, …) does. A cell is two rows by two columns.")  # fmt: skip
def four_in_a_row(maps):
    n, height, width, channels = maps.shape
    cells = maps.reshape(n, height // 2, width // 2, 4, channels)
    return cells.max(axis=3), cells.argmax(axis=3)


def places_of(pooled, places):
    n, height, width, channels = pooled.shape
    cells = places.reshape(n, height, width, 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, 2 * height, 2 * width, channels)


@misconception("unpool", "The value is copied to all four pixels of its cell, but only the pixel that its switch names gets it.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def copied_to_all_four(pooled, switches):
    return pooled.repeat(2, axis=1).repeat(2, axis=2)


@misconception("unpool", "A quarter goes to each pixel, which undoes average pooling. The switch says which pixel gets all.")  # fmt: skip
def spread_evenly(pooled, switches):
    return pooled.repeat(2, axis=1).repeat(2, axis=2) / 4


@misconception("unpool", "The switches are ignored: every value goes to the top left pixel of its cell.", origin=NOTEBOOKS)  # fmt: skip
def always_top_left(pooled, switches):
    n, height, width, channels = pooled.shape
    result = np.zeros((n, 2 * height, 2 * width, channels), pooled.dtype)
    result[:, ::2, ::2] = pooled
    return result


@misconception("unpool", "Rows and columns of the cell are swapped. Switch 1 is the top right pixel, 2 the bottom left one.", places_of)  # fmt: skip
def switches_by_columns(pooled, switches):
    swapped = np.array([0, 2, 1, 3])[switches]
    held = np.arange(4)[:, None] == swapped[:, :, :, None]
    return places_of(pooled, np.where(held, pooled[:, :, :, None], 0))


@misconception("unpool", "Negative values are dropped: unpooling puts back what it was given. Rectifying is another step.", places_of)  # fmt: skip
def rectified_on_the_way(pooled, switches):
    held = np.arange(4)[:, None] == switches[:, :, :, None]
    return places_of(pooled, np.where(held, np.maximum(pooled, 0)[:, :, :, None], 0))


@misconception("unpool", "Here the marked pixel alone is 0. The other three pixels should get 0, not the value.", places_of)  # fmt: skip
def all_but_the_marked(pooled, switches):
    held = np.arange(4)[:, None] == switches[:, :, :, None]
    return places_of(pooled, np.where(held, 0, pooled[:, :, :, None]))


@misconception(
    "unpool", "A 1 is put where the switch points. Put the pooled value there.", places_of
)
def ones_for_values(pooled, switches):
    held = np.arange(4)[:, None] == switches[:, :, :, None]
    return places_of(pooled, held.astype(np.float32))


@misconception("unpool", "The switches count from 0. Here 1 is taken for the top left pixel.", places_of)  # fmt: skip
def switches_read_from_one(pooled, switches):
    held = np.arange(4)[:, None] == (switches[:, :, :, None] - 1)
    return places_of(pooled, np.where(held, pooled[:, :, :, None], 0))


@misconception("unpool", "The switches of the first channel are used for all: each channel has its own.", places_of)  # fmt: skip
def first_channels_switches(pooled, switches):
    held = np.arange(4)[:, None] == switches[:, :, :, None, :1]
    return places_of(pooled, np.where(held, pooled[:, :, :, None], 0))


@misconception("unpool", "The switches of the first image are used for all: each image has its own.", places_of)  # fmt: skip
def first_images_switches(pooled, switches):
    held = np.arange(4)[:, None] == switches[:1, :, :, None]
    return places_of(pooled, np.where(held, pooled[:, :, :, None], 0))


@misconception(
    "unpool", "The cell's four pixels lie in one row, but they should be two rows by two columns."
)
def four_pixels_in_a_row(pooled, switches):
    n, height, width, channels = pooled.shape
    held = np.arange(4)[:, None] == switches[:, :, :, None]
    cells = np.where(held, pooled[:, :, :, None], 0)
    return cells.reshape(n, 2 * height, 2 * width, channels)


@misconception("unpool", "The values sit in the right cells, but the result is as small as before: unpooling doubles height and width.")  # fmt: skip
def size_unchanged(pooled, switches):
    return np.where(switches == 0, pooled, 0)


def spread(maps, kernel):
    height, width, channels, _ = kernel.shape
    n, rows, columns, _ = maps.shape
    result = np.zeros((n, rows + height - 1, columns + width - 1, channels))
    for i in range(height):
        for j in range(width):
            result[:, i : i + rows, j : j + columns] += maps @ kernel[i, j].T
    return result


@misconception("deconvolve", "The ReLU is missing. A deconvnet rectifies what goes down, before the filters.", spread, origin=NOTEBOOKS)  # fmt: skip
def not_rectified(maps, kernel):
    return spread(maps, kernel)


@misconception("deconvolve", "The ReLU comes after the filters. A deconvnet rectifies the maps first.", spread)  # fmt: skip
def rectified_afterwards(maps, kernel):
    return np.maximum(spread(maps, kernel), 0)


@misconception(
    "deconvolve",
    "The signal is rectified twice. Rectify the maps, not the result of the filters.",
    spread,
)
def rectified_before_and_after(maps, kernel):
    return np.maximum(spread(np.maximum(maps, 0), kernel), 0)


@misconception(
    "deconvolve",
    "The absolute value stands in the place of the ReLU. Negative values should become 0.",
    spread,
)
def absolute_for_relu(maps, kernel):
    return spread(abs(maps), kernel)


@misconception("deconvolve", "The kernel is turned by 180°. To spread each value by the kernel as it is already is the transposed filter.", spread, origin=NOTEBOOKS)  # fmt: skip
def kernel_turned(maps, kernel):
    return spread(np.maximum(maps, 0), kernel[::-1, ::-1])


@misconception("deconvolve", "Rows and columns of the kernel are swapped: only its last two axes change their roles.", spread, origin=NOTEBOOKS)  # fmt: skip
def kernel_rows_and_columns_swapped(maps, kernel):
    return spread(np.maximum(maps, 0), kernel.transpose(1, 0, 2, 3))


@misconception("deconvolve", "The result is cut to the size of the maps. A \"valid\" convolution comes from larger maps, h + kh − 1 by w + kw − 1.", spread)  # fmt: skip
def cut_to_the_maps(maps, kernel):
    top, left = (kernel.shape[0] - 1) // 2, (kernel.shape[1] - 1) // 2
    rows, columns = maps.shape[1:3]
    return spread(np.maximum(maps, 0), kernel)[:, top : top + rows, left : left + columns]


@misconception(
    "deconvolve",
    "Where kernels overlap the last one overwrites the others. Add (`+=`), do not assign.",
)
def last_one_wins(maps, kernel):
    height, width, channels, _ = kernel.shape
    n, rows, columns, _ = maps.shape
    result = np.zeros((n, rows + height - 1, columns + width - 1, channels))
    for r in range(rows):
        for c in range(columns):
            values = np.einsum("nf,ijcf->nijc", np.maximum(maps[:, r, c], 0), kernel)
            result[:, r : r + height, c : c + width] = values
    return result


@misconception("deconvolve", "Only the first filter goes down. Sum over all filters.", spread)
def first_filter_only(maps, kernel):
    return spread(np.maximum(maps[..., :1], 0), kernel[..., :1])


@misconception(
    "deconvolve", "The mean over the filters is taken, but the sum is asked for.", spread
)
def mean_over_filters(maps, kernel):
    return spread(np.maximum(maps, 0), kernel) / kernel.shape[-1]


@misconception("deconvolve", "The input's channels are added up. The result has as many channels as the convolution's input.", spread)  # fmt: skip
def channels_added_up(maps, kernel):
    return spread(np.maximum(maps, 0), kernel).sum(axis=-1, keepdims=True)


@misconception("deconvolve", "The filters are rectified and the maps are not. Rectify the maps, leave the filters alone.", spread)  # fmt: skip
def kernel_rectified(maps, kernel):
    return spread(maps, np.maximum(kernel, 0))


def terms(features, target, image, alpha):
    error = np.sum((features - target) ** 2) / np.sum(target**2)
    variation = np.sum(np.diff(image, axis=0) ** 2) + np.sum(np.diff(image, axis=1) ** 2)
    return error, np.sum(np.abs(image) ** alpha), variation


@misconception("inversion_loss", "The error is not divided by Σ target²: without that its size depends on the layer.", terms, origin=NOTEBOOKS)  # fmt: skip
def error_not_relative(features, target, image, alpha, alpha_weight, variation_weight):
    _, size, variation = terms(features, target, image, alpha)
    error = np.sum((features - target) ** 2)
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "The error is divided by the current features. Divide by the target's features, which stay as they are.", terms)  # fmt: skip
def relative_to_the_current_features(
    features, target, image, alpha, alpha_weight, variation_weight
):
    _, size, variation = terms(features, target, image, alpha)
    error = np.sum((features - target) ** 2) / np.sum(features**2)
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "There is a square root too many. The relative error is Σ(features − target)² / Σ target².", terms)  # fmt: skip
def root_of_the_error(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    return np.sqrt(error) + alpha_weight * size + variation_weight * variation


@misconception(
    "inversion_loss", "The error takes absolute differences where squared ones belong.", terms
)
def absolute_error(features, target, image, alpha, alpha_weight, variation_weight):
    _, size, variation = terms(features, target, image, alpha)
    error = np.sum(np.abs(features - target)) / np.sum(np.abs(target))
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "Without the absolute value an odd α makes dark pixels count as negative.", terms)  # fmt: skip
def sign_kept_in_the_norm(features, target, image, alpha, alpha_weight, variation_weight):
    error, _, variation = terms(features, target, image, alpha)
    return error + alpha_weight * np.sum(image**alpha) + variation_weight * variation


@misconception("inversion_loss", "The square of the image is taken, whatever α is.", terms, origin=NOTEBOOKS)  # fmt: skip
def alpha_is_always_two(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, 2)
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "The α-th root is taken: the penalty is Σ|image|^α itself.", terms)
def root_of_the_norm(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    return error + alpha_weight * size ** (1 / alpha) + variation_weight * variation


@misconception("inversion_loss", "The penalties are means, but their weights are meant for sums.", terms)  # fmt: skip
def mean_penalties(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    return error + (alpha_weight * size + variation_weight * variation) / image.size


@misconception("inversion_loss", "The variation sums absolute differences. Square the differences first.", terms)  # fmt: skip
def absolute_variation(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, _ = terms(features, target, image, alpha)
    variation = sum(np.sum(np.abs(np.diff(image, axis=axis))) for axis in (0, 1))
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "Only neighbours in a row are compared. The variation has a part down the columns, too.", terms)  # fmt: skip
def variation_along_rows_only(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, _ = terms(features, target, image, alpha)
    variation = np.sum(np.diff(image, axis=1) ** 2)
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "The colours of a pixel are compared, too. Neighbours are above, below, left and right.", terms)  # fmt: skip
def variation_across_channels(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    variation = variation + np.sum(np.diff(image, axis=2) ** 2)
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "The image's border is compared with the opposite one (np.roll). Nothing lies beyond the border.", terms)  # fmt: skip
def variation_around_the_border(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, _ = terms(features, target, image, alpha)
    variation = sum(np.sum((image - np.roll(image, 1, axis=axis)) ** 2) for axis in (0, 1))
    return error + alpha_weight * size + variation_weight * variation


@misconception("inversion_loss", "The penalties are subtracted. What should become small is added to a loss.", terms)  # fmt: skip
def penalties_subtracted(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    return error - alpha_weight * size - variation_weight * variation


@misconception("inversion_loss", "The two weights are swapped.", terms)
def weights_swapped(features, target, image, alpha, alpha_weight, variation_weight):
    error, size, variation = terms(features, target, image, alpha)
    return error + variation_weight * size + alpha_weight * variation


@misconception("feature_distance", "The distance is not divided by the length of the untransformed features. Layers cannot be compared.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def distance_not_relative(features, transformed):
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(moved, axis=1)


@misconception("feature_distance", "The distance is divided by the length of the transformed features. Divide by the length of the untransformed ones, which is the same for all.")  # fmt: skip
def relative_to_the_transformed(features, transformed):
    flat = transformed.reshape(len(transformed), -1)
    return np.linalg.norm(flat - features.ravel(), axis=1) / np.linalg.norm(flat, axis=1)


@misconception("feature_distance", "The root is missing. This is the squared distance.")
def squared_distance(features, transformed):
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.sum(moved**2, axis=1) / np.sum(features**2)


@misconception("feature_distance", "Absolute differences are added up. The Euclidean distance adds squares and takes the root.")  # fmt: skip
def city_block(features, transformed):
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.abs(moved).sum(axis=1) / np.abs(features).sum()


@misconception("feature_distance", "There is one number for all transformations. Sum over the features only and keep the first axis.")  # fmt: skip
def one_number_for_all(features, transformed):
    return np.linalg.norm(transformed - features) / np.linalg.norm(features)


@misconception("feature_distance", "Only the last axis is summed: a map's distance takes in its rows and columns, too.", origin=NOTEBOOKS)  # fmt: skip
def last_axis_only(features, transformed):
    moved = np.linalg.norm(transformed - features, axis=-1)
    return moved / np.linalg.norm(features, axis=-1)


@misconception("feature_distance", "The difference of two lengths is not the length of the difference. Subtract first.")  # fmt: skip
def difference_of_lengths(features, transformed):
    flat = transformed.reshape(len(transformed), -1)
    length = np.linalg.norm(features)
    return np.abs(np.linalg.norm(flat, axis=1) - length) / length


@misconception("feature_distance", "Each transformation is compared with the one before it. Compare all with the untransformed picture.")  # fmt: skip
def compared_with_the_one_before(features, transformed):
    before = np.concatenate([features[None], transformed[:-1]])
    moved = (transformed - before).reshape(len(transformed), -1)
    return np.linalg.norm(moved, axis=1) / np.linalg.norm(features)


@misconception("feature_distance", "That is a similarity. The cosine is 1 for equal features, the distance 0.")  # fmt: skip
def cosine_similarity(features, transformed):
    flat = transformed.reshape(len(transformed), -1)
    lengths = np.linalg.norm(flat, axis=1) * np.linalg.norm(features)
    return flat @ features.ravel() / lengths


@misconception("feature_distance", "The mean square is taken, not the sum. The number of features must not change the ratio.")  # fmt: skip
def mean_in_one_place(features, transformed):
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.sqrt(np.mean(moved**2, axis=1)) / np.linalg.norm(features)


@misconception("feature_distance", "The root is taken of the numerator alone. Divide by the length, not by the squared length.")  # fmt: skip
def root_in_one_place(features, transformed):
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(moved, axis=1) / np.sum(features**2)
