"""Wrong answers to the exercises of notebook 06."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception


def covering(images, row, column, patch, fill):
    covered = images.copy()
    covered[:, row : row + patch[0], column : column + patch[1]] = fill
    return covered


@misconception("cover_patch", "The patch is one pixel too large: `a:b` stops before b, so it is `row : row + height`.", covering, origin=NOTEBOOKS)  # fmt: skip
def patch_a_pixel_too_large(images, row, column, patch, fill):
    return covering(images, row, column, (patch[0] + 1, patch[1] + 1), fill)


@misconception("cover_patch", "The patch is one pixel too small: `row : row + height` already stops before its end.", covering)  # fmt: skip
def patch_a_pixel_too_small(images, row, column, patch, fill):
    return covering(images, row, column, (patch[0] - 1, patch[1] - 1), fill)


@misconception("cover_patch", "Rows and columns are swapped. The first axis after N is the height.", covering, origin=NOTEBOOKS)  # fmt: skip
def place_swapped(images, row, column, patch, fill):
    return covering(images, column, row, patch[::-1], fill)


@misconception("cover_patch", "The patch is (height, width), but here its height runs along the columns.", covering)  # fmt: skip
def patch_height_and_width_swapped(images, row, column, patch, fill):
    return covering(images, row, column, patch[::-1], fill)


@misconception(
    "cover_patch", "Only the first channel is covered, so the other colours stay visible."
)
def one_channel_covered(images, row, column, patch, fill):
    covered = images.copy()
    covered[:, row : row + patch[0], column : column + patch[1], 0] = fill
    return covered


@misconception("cover_patch", "Only the first image is covered. Leave the first axis whole, `[:, ...]`.")  # fmt: skip
def one_image_covered(images, row, column, patch, fill):
    covered = images.copy()
    covered[0, row : row + patch[0], column : column + patch[1]] = fill
    return covered


@misconception("cover_patch", "The first axis counts the images. Rows are axis 1, columns axis 2.")
def batch_axis_forgotten(images, row, column, patch, fill):
    covered = images.copy()
    covered[row : row + patch[0], column : column + patch[1]] = fill
    return covered


@misconception("cover_patch", "The patch is filled with 0, whatever `fill` says.", covering)
def always_filled_with_zero(images, row, column, patch, fill):
    return covering(images, row, column, patch, 0)


@misconception("cover_patch", "The images run from 0 to 1, and so does `fill`: do not multiply it by 255.", covering, origin=NOTEBOOKS)  # fmt: skip
def fill_in_bytes(images, row, column, patch, fill):
    return covering(images, row, column, patch, 255 * fill)


@misconception("cover_patch", "Everything but the patch is covered. Cover the patch alone.")
def all_but_the_patch(images, row, column, patch, fill):
    covered = np.full_like(images, fill)
    window = np.s_[:, row : row + patch[0], column : column + patch[1]]
    covered[window] = images[window]
    return covered


@misconception("cover_patch", "(row, column) is the patch's upper left corner, not its centre.", covering)  # fmt: skip
def place_taken_as_the_centre(images, row, column, patch, fill):
    row, column = max(row - patch[0] // 2, 0), max(column - patch[1] // 2, 0)
    return covering(images, row, column, patch, fill)


@misconception("cover_patch", "The fill is added to the pixels, but it must replace them.")
def fill_added(images, row, column, patch, fill):
    covered = images.copy()
    covered[:, row : row + patch[0], column : column + patch[1]] += fill
    return covered


@misconception("cover_patch", "A fill of 0 was taken for none. `if fill` and `fill or …` are false for 0. Compare with `None`.", covering)  # fmt: skip
def black_taken_for_none(images, row, column, patch, fill):
    return covering(images, row, column, patch, fill or images.mean())


@misconception("patch_positions", "The last pixels are never covered where the stride does not fit. Add a patch that ends at the border.", origin=NOTEBOOKS)  # fmt: skip
def border_never_covered(size, patch, stride):
    return np.arange(0, size - patch + 1, stride)


@misconception("patch_positions", "The last start is size − patch, and `range` and `arange` stop before their end. Write size - patch + 1.", origin="numpy.arange and range: the end is left out, docs")  # fmt: skip
def last_start_left_out(size, patch, stride):
    return np.arange(0, max(size - patch, 1), stride)


@misconception("patch_positions", "The last patches stick out of the image: none may start after size − patch.")  # fmt: skip
def patches_stick_out(size, patch, stride):
    return np.arange(0, size, stride)


@misconception("patch_positions", "The stride is ignored: patches start at multiples of it.")
def stride_taken_as_one(size, patch, stride):
    return np.arange(size - patch + 1)


@misconception("patch_positions", "Patches lie side by side, but they should start a stride apart, not a patch apart.")  # fmt: skip
def side_by_side(size, patch, stride):
    return np.unique(np.append(np.arange(0, size - patch + 1, patch), size - patch))


@misconception("patch_positions", "The last start occurs twice where the stride fits: add it only if it is missing.")  # fmt: skip
def last_start_twice(size, patch, stride):
    return np.append(np.arange(0, size - patch + 1, stride), size - patch)


@misconception("patch_positions", "Several patches are pushed back to the same last start: keep one of them.")  # fmt: skip
def pushed_back_into_the_image(size, patch, stride):
    return np.minimum(np.arange(0, size, stride), size - patch)


@misconception("patch_positions", "The last patch ends a pixel before the border, but it should start at size − patch.")  # fmt: skip
def flush_a_pixel_early(size, patch, stride):
    last = max(size - patch - 1, 0)
    return np.unique(np.append(np.arange(0, size - patch + 1, stride), last))


@misconception("patch_positions", "These starts are spread evenly. All but the last are multiples of the stride.")  # fmt: skip
def spread_evenly(size, patch, stride):
    count = -(-(size - patch) // stride) + 1
    return np.linspace(0, size - patch, count).astype(int)


@misconception("patch_positions", "The first patch starts at 0, not at the stride.")
def first_start_left_out(size, patch, stride):
    return np.unique(np.append(np.arange(stride, size - patch + 1, stride), size - patch))


@misconception("patch_positions", "Where less than a stride is left behind the first patch, the last one is missing: it always ends at the border.")  # fmt: skip
def first_patch_alone(size, patch, stride):
    last = size - patch
    return np.unique([*range(0, last + 1, stride), last if last >= stride else 0])


def spread(drops, rows, columns, patch, size):
    """Sums of the drops and numbers of the patches, pixel by pixel."""
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = np.s_[..., row : row + patch[0], column : column + patch[1]]
            total[window] += drops[:, i, j, None, None]
            count[window] += 1
    return total, np.maximum(count, 1)


@misconception("average_overlaps", "The overlaps are summed. Divide by how many patches cover the pixel.", spread, origin=NOTEBOOKS)  # fmt: skip
def overlaps_summed(drops, rows, columns, patch, size):
    return spread(drops, rows, columns, patch, size)[0]


@misconception("average_overlaps", "The last patch overwrites the others: add up, then divide by how many cover the pixel.")  # fmt: skip
def last_patch_wins(drops, rows, columns, patch, size):
    result = np.zeros((len(drops), *size))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = np.s_[:, row : row + patch[0], column : column + patch[1]]
            result[window] = drops[:, i, j, None, None]
    return result


@misconception("average_overlaps", "Divide by how many patches cover the pixel, not by the number of all patches.", spread)  # fmt: skip
def divided_by_all_patches(drops, rows, columns, patch, size):
    total, _ = spread(drops, rows, columns, patch, size)
    return total / (len(rows) * len(columns))


@misconception("average_overlaps", "Divide by how many patches cover the pixel, not by the patch's area: near the border they are fewer.", spread)  # fmt: skip
def divided_by_the_area(drops, rows, columns, patch, size):
    return spread(drops, rows, columns, patch, size)[0] / (patch[0] * patch[1])


@misconception("average_overlaps", "This keeps the largest drop. The exercise asks for the mean.")
def largest_drop(drops, rows, columns, patch, size):
    result = np.full((len(drops), *size), -np.inf)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = np.s_[:, row : row + patch[0], column : column + patch[1]]
            result[window] = np.maximum(result[window], drops[:, i, j, None, None])
    return result


@misconception("average_overlaps", "Rows and columns are mixed up. The second axis of `drops` belongs to `rows`.", spread, origin=NOTEBOOKS)  # fmt: skip
def columns_before_rows(drops, rows, columns, patch, size):
    mixed = drops.reshape(len(drops), len(columns), len(rows)).swapaxes(1, 2)
    total, count = spread(mixed, rows, columns, patch, size)
    return total / count


@misconception("average_overlaps", "Only the upper left pixel of each patch gets the drop of the patch, but all its pixels were covered.", spread)  # fmt: skip
def corner_pixels_only(drops, rows, columns, patch, size):
    total, count = spread(drops, rows, columns, (1, 1), size)
    return total / count


@misconception("average_overlaps", "The patch is (height, width), but here its height runs along the columns.", spread)  # fmt: skip
def height_along_the_columns(drops, rows, columns, patch, size):
    total, count = spread(drops, rows, columns, patch[::-1], size)
    return total / count


@misconception("average_overlaps", "The counter starts at one. A pixel under one patch is divided by two.", spread)  # fmt: skip
def counter_starts_at_one(drops, rows, columns, patch, size):
    total, count = spread(drops, rows, columns, patch, size)
    return total / (count + 1)


@misconception("average_overlaps", "The patches of all images are counted together. Count the patches of one image.", spread)  # fmt: skip
def divided_by_the_images_too(drops, rows, columns, patch, size):
    total, count = spread(drops, rows, columns, patch, size)
    return total / (count * len(drops))


@misconception("average_overlaps", "The patches are one pixel too large. `row + height` is already outside.", spread, origin=NOTEBOOKS)  # fmt: skip
def windows_a_pixel_too_large(drops, rows, columns, patch, size):
    total, count = spread(drops, rows, columns, (patch[0] + 1, patch[1] + 1), size)
    return total / count


def starts(size, patch, stride):
    return np.unique(np.append(np.arange(0, size - patch + 1, stride), size - patch))


def map_of(
    predict, images, class_index, patch, stride, fill,
    drop=lambda before, after: before - after, window=None, places=starts, accumulate=False,
    top=False, summed=False,
):  # fmt: skip
    """The right map, but for what is altered."""
    height, width = images.shape[1:3]
    total, count = np.zeros(images.shape[:3]), np.zeros((height, width))
    before, covered = predict(images)[:, class_index], images.copy()
    for row in places(height, patch[0], stride[0]):
        for column in places(width, patch[1], stride[1]):
            if not accumulate:
                covered = images.copy()
            h, w = window or patch
            covered[:, row : row + h, column : column + w] = fill
            after = predict(covered)
            after = after.max(axis=1) if top else after[:, class_index]
            under = np.s_[..., row : row + patch[0], column : column + patch[1]]
            total[under] += drop(before, after)[:, None, None]
            count[under] += 1
    return total if summed else total / np.maximum(count, 1)


@misconception("drop_map", "This map holds the probability under the patch. The drop is the probability without a patch minus that.", starts, map_of, origin="https://github.com/sassoftware/python-dlpy/issues/288")  # fmt: skip
def probability_for_drop(*arguments):
    return map_of(*arguments, drop=lambda before, after: after)


@misconception("drop_map", "1 − p is no drop. Subtract p from the probability of the uncovered image, which is not 1.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def one_minus_probability(*arguments):
    return map_of(*arguments, drop=lambda before, after: 1 - after)


@misconception("drop_map", "The sign is lost. A patch that raises the probability has a negative drop, so take no `abs`.", starts, map_of, origin=NOTEBOOKS, typical=True)  # fmt: skip
def absolute_drop(*arguments):
    return map_of(*arguments, drop=lambda before, after: np.abs(before - after))


@misconception("drop_map", "Rises are cut off at zero. Evidence against the class belongs in the map, too.", starts, map_of)  # fmt: skip
def rises_cut_off(*arguments):
    return map_of(*arguments, drop=lambda before, after: np.maximum(before - after, 0))


@misconception("drop_map", "The sign is turned round. Subtract the probability with the patch from the one before, so that a loss of evidence is positive.", starts, map_of)  # fmt: skip
def rise_for_drop(*arguments):
    return map_of(*arguments, drop=lambda before, after: after - before)


@misconception("drop_map", "This is the drop as a share of the probability. The exercise asks for the difference.", starts, map_of)  # fmt: skip
def relative_drop(*arguments):
    return map_of(*arguments, drop=lambda before, after: (before - after) / before)


@misconception("drop_map", "All images are compared with the first one's probability, but each has its own.", starts, map_of)  # fmt: skip
def first_image_as_the_base(*arguments):
    return map_of(*arguments, drop=lambda before, after: before[0] - after)


@misconception("drop_map", "The map is transposed. Rows come before columns, (N, H, W).", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def map_transposed(*arguments):
    return map_of(*arguments).transpose(0, 2, 1)


@misconception("drop_map", "The patch is (height, width), and so is the stride: here they are swapped.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def patch_swapped(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, patch[::-1], stride[::-1], fill)


@misconception("drop_map", "The patch is not always square: use its height and its width.", starts, map_of)  # fmt: skip
def patch_taken_as_square(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, (patch[0], patch[0]), (stride[0], stride[0]), fill)


@misconception("drop_map", "The last rows and columns are never covered. The last patch must end at the border.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def last_pixels_never_covered(*arguments):
    return map_of(*arguments, places=lambda size, patch, stride: range(0, size - patch + 1, stride))


@misconception("drop_map", "The covered patch is one pixel larger than the patch that gets the drop.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def drawn_a_pixel_too_large(predict, images, class_index, patch, stride, fill):
    larger = patch[0] + 1, patch[1] + 1
    return map_of(predict, images, class_index, patch, stride, fill, window=larger)


@misconception("drop_map", "The patches accumulate: start from a fresh copy of the images for each.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def patches_accumulate(*arguments):
    return map_of(*arguments, accumulate=True)


@misconception("drop_map", "A fill of 127.5 is grey for bytes, but these images run from 0 to 1. Use `fill`.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def filled_with_127(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, patch, stride, 127.5)


@misconception("drop_map", "`fill` is ignored. The patches are black.", starts, map_of, origin="https://github.com/sassoftware/python-dlpy/issues/288")  # fmt: skip
def filled_with_black(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, patch, stride, 0)


@misconception("drop_map", "Where patches overlap, their drops are summed. Take the mean.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def overlapping_drops_summed(*arguments):
    return map_of(*arguments, summed=True)


@misconception("drop_map", "The class is chosen anew for each patch. Follow the one class you were given.", starts, map_of, origin=NOTEBOOKS)  # fmt: skip
def class_chosen_anew(*arguments):
    return map_of(*arguments, top=True)


@misconception("drop_map", "The class you were given is ignored: this follows the most probable one.", starts, map_of)  # fmt: skip
def most_probable_class(predict, images, class_index, patch, stride, fill):
    best = predict(images).argmax(axis=1)
    maps = [map_of(predict, images[i : i + 1], c, patch, stride, fill) for i, c in enumerate(best)]
    return np.concatenate(maps)


@misconception("drop_map", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.", starts, map_of)  # fmt: skip
def class_0_as_none(predict, images, class_index, patch, stride, fill):
    class_index = class_index or int(predict(images)[0].argmax())
    return map_of(predict, images, class_index, patch, stride, fill)


@misconception("drop_map", "The stride is ignored. The patches move by one pixel.", starts, map_of)
def moved_by_one_pixel(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, patch, (1, 1), fill)


@misconception("drop_map", "The patches lie side by side: move them by the stride, not by their own size.", starts, map_of)  # fmt: skip
def moved_by_a_patch(predict, images, class_index, patch, stride, fill):
    return map_of(predict, images, class_index, patch, patch, fill)


@misconception("drop_map", "The map is rescaled to 0..1. Zero no longer means “does not matter”.", starts, map_of)  # fmt: skip
def map_rescaled(*arguments):
    maps = map_of(*arguments)
    low, high = (extreme(maps, axis=(1, 2), keepdims=True) for extreme in (np.min, np.max))
    return (maps - low) / np.where(high > low, high - low, 1)


def predictions(predict, images, patch, fill, places=None, accumulate=False):
    """(N, places, classes) of the centre and the four corners."""
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers, covered = [], images.copy()
    for row, column in places or [(bottom // 2, right // 2), *corners]:
        if not accumulate:
            covered = images.copy()
        covered[:, row : row + patch[0], column : column + patch[1]] = fill
        answers.append(predict(covered))
    return np.stack(answers, axis=1)


@misconception("covered_places", "The patches accumulate: start from a fresh copy of the images for each place.", predictions, origin=NOTEBOOKS)  # fmt: skip
def places_accumulate(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill, accumulate=True)
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The class is that of the uncovered image: predict it anew for each place.", predictions)  # fmt: skip
def class_of_the_uncovered_image(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)
    classes = np.repeat(predict(images).argmax(axis=1)[:, None], 5, axis=1)
    return classes, np.take_along_axis(answers, classes[..., None], axis=2)[..., 0]


@misconception("covered_places", "The probability is that of the uncovered image's class. Report that of the class that is predicted now.", predictions, typical=True)  # fmt: skip
def probability_of_the_former_class(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)
    former = predict(images).argmax(axis=1)[:, None, None]
    return answers.argmax(axis=2), np.take_along_axis(answers, former, axis=2)[..., 0]


@misconception("covered_places", "The corners are in the wrong order. The right order is top left, top right, bottom left, bottom right.", predictions)  # fmt: skip
def corners_in_another_order(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)[:, [0, 1, 3, 2, 4]]
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The centre comes first, then the corners.", predictions)
def centre_last(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)[:, [1, 2, 3, 4, 0]]
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The centre patch starts in the centre, but its middle belongs there. Start at (H − height) // 2.", predictions)  # fmt: skip
def starts_in_the_centre(predict, images, patch, fill):
    height, width = images.shape[1:3]
    bottom, right = height - patch[0], width - patch[1]
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers = predictions(predict, images, patch, fill, [(height // 2, width // 2), *corners])
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The patches at the right and at the bottom stop a pixel before the border: start at H − height.", predictions)  # fmt: skip
def corners_a_pixel_inside(predict, images, patch, fill):
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    corners = [(0, 0), (0, right - 1), (bottom - 1, 0), (bottom - 1, right - 1)]
    answers = predictions(predict, images, patch, fill, [(bottom // 2, right // 2), *corners])
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The patch is (height, width), but here its height runs along the columns.", predictions)  # fmt: skip
def patch_turned(predict, images, patch, fill):
    answers = predictions(predict, images, patch[::-1], fill)
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "`fill` is ignored. The patches are black.", predictions)
def places_filled_with_black(predict, images, patch, fill):
    answers = predictions(predict, images, patch, 0)
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "This is the drop of the probability. The table holds the probability itself.", predictions)  # fmt: skip
def drops_in_the_table(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)
    return answers.argmax(axis=2), predict(images).max(axis=1)[:, None] - answers.max(axis=2)


@misconception("covered_places", "The tables are transposed. They should have a row per image and a column per place.", predictions)  # fmt: skip
def tables_transposed(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)
    return answers.argmax(axis=2).T, answers.max(axis=2).T


@misconception("covered_places", "The centre patch starts at H // 2 − height // 2, a pixel too low for an odd height in an even image. Halve the difference, (H − height) // 2.", predictions)  # fmt: skip
def halves_before_the_difference(predict, images, patch, fill):
    sizes = images.shape[1:3]
    centre = tuple(n // 2 - k // 2 for n, k in zip(sizes, patch, strict=True))
    bottom, right = (n - k for n, k in zip(sizes, patch, strict=True))
    ends = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers = predictions(predict, images, patch, fill, [centre, *ends])
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "Half a pixel is rounded, but `//` cuts it off. Write (H − height) // 2.", predictions)  # fmt: skip
def centre_rounded(predict, images, patch, fill):
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    ends = [(0, 0), (0, right), (bottom, 0), (bottom, right)]
    centre = round(bottom / 2), round(right / 2)
    answers = predictions(predict, images, patch, fill, [centre, *ends])
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "A fill of 0 was taken for none. `if fill` and `fill or …` are false for 0. Compare with `None`.", predictions)  # fmt: skip
def fill_of_0_taken_for_none(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill or images.mean())
    return answers.argmax(axis=2), answers.max(axis=2)


@misconception("covered_places", "The values are right, but both tables are put into one array, in which the classes are no whole numbers any more. Return two.", predictions)  # fmt: skip
def tables_in_one_array(predict, images, patch, fill):
    answers = predictions(predict, images, patch, fill)
    return np.array([answers.argmax(axis=2), answers.max(axis=2)])
