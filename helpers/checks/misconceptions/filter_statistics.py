"""Wrong answers to the exercises of notebook 02."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception
from helpers.checks.networks import numpy_outputs


@in_numpy(lambda model, images, name: numpy_outputs(model.network, images)[name])
def run_to(model, images, layer_name):
    import keras

    inner = keras.Model(model.inputs, model.get_layer(layer_name).output)
    return np.asarray(inner(images))


def numpy_run_into(model, images, layer_name):
    names = ["", *numpy_outputs(model.network, images)]
    before = names[names.index(layer_name) - 1]
    return numpy_outputs(model.network, images)[before] if before else images


@in_numpy(numpy_run_into)
def run_into(model, images, layer_name):
    import keras

    return np.asarray(keras.Model(model.inputs, model.get_layer(layer_name).input)(images))


def numpy_applied(layer, images):
    if layer.kind == "conv" and layer.spec["kernel"].shape[2] != images.shape[-1]:
        raise ValueError("another number of channels")
    if layer.kind in ("add", "concatenate"):
        raise ValueError("one input for two")
    return numpy_outputs({"layers": [layer.spec]}, images)[layer.name]


@in_numpy(numpy_applied)
def applied(layer, images):
    return np.asarray(layer(images))


@misconception("layer_output", "These are the outputs of the last layer. Stop at the layer that was asked for.", run_to)  # fmt: skip
def output_of_the_network(model, images, layer_name):
    return run_to(model, images, model.layers[-1].name)


@misconception("layer_output", "Only the first image was passed on. Return the maps of all images.", run_to)  # fmt: skip
def first_image_only(model, images, layer_name):
    return run_to(model, images[:1], layer_name)


@misconception(
    "layer_output",
    "The batch axis is gone. Return (N, h, w, channels), also for one image.",
    run_to,
)
def batch_axis_dropped(model, images, layer_name):
    return run_to(model, images, layer_name)[0]


@misconception(
    "layer_output",
    "These are the layer's weights. The exercise asks for the layer's outputs.",
    origin=NOTEBOOKS,
)
def weights_instead(model, images, layer_name):
    weights = model.get_layer(layer_name).get_weights()
    return weights[0] if weights else np.zeros(0)


@misconception("layer_output", "The maps were rescaled: return the outputs as they are.", run_to)
def maps_rescaled(model, images, layer_name):
    maps = run_to(model, images, layer_name)
    return (maps - maps.min()) / (maps.max() - maps.min() + 1e-8)


@misconception(
    "layer_output",
    "The images were divided by 255 once more, but they are already 0 to 1.",
    run_to,
    origin=NOTEBOOKS,
)
def scaled_twice(model, images, layer_name):
    return run_to(model, images / 255, layer_name)


@misconception(
    "layer_output",
    "This is what goes into the layer. Ask for its `output`, and note that model.layers counts the "
    "input layer, too.",
    run_into,
    origin="keras.layers.Layer: `input` retrieves what goes in, `output` what comes out, docs",
)
def input_of_the_layer(model, images, layer_name):
    return run_into(model, images, layer_name)


@misconception(
    "layer_output",
    "The layer is applied to the images themselves, but they have to pass through the layers "
    "before it.",
    applied,
)
def layer_alone(model, images, layer_name):
    return applied(model.get_layer(layer_name), images)


@misconception(
    "layer_output",
    "This is always the first layer. Take the one called `layer_name`.",
    run_to,
)
def always_the_first_layer(model, images, layer_name):
    return run_to(model, images, model.layers[1].name)


@misconception(
    "layer_output",
    "Only the first filter's map is returned. Keep the last axis, all filters.",
    run_to,
)
def first_filter_only(model, images, layer_name):
    return run_to(model, images, layer_name)[..., 0]


@misconception(
    "layer_output", "The mean over the filters was taken: return all maps as they are.", run_to
)
def maps_averaged(model, images, layer_name):
    return run_to(model, images, layer_name).mean(axis=-1)


@misconception(
    "layer_output",
    "The mean over the pixels was taken, one number for each filter. Return the maps.",
    run_to,
)
def pixels_averaged(model, images, layer_name):
    return run_to(model, images, layer_name).mean(axis=(1, 2))


@misconception(
    "layer_output", "The mean over the images was taken: return the maps of each image.", run_to
)
def images_averaged(model, images, layer_name):
    return run_to(model, images, layer_name).mean(axis=0, keepdims=True)


@misconception(
    "layer_output",
    "The filters are the last axis in Keras, (N, h, w, filters): do not move them.",
    run_to,
    origin="torch.nn.Conv2d: output (N, C, H, W), docs",
)
def filters_first(model, images, layer_name):
    return np.moveaxis(run_to(model, images, layer_name), -1, 1)


@misconception("layer_output", "The maps are flattened. Return (N, h, w, filters).", run_to)
def maps_flattened(model, images, layer_name):
    return run_to(model, images, layer_name).reshape(len(images), -1)


@misconception(
    "layer_output",
    "Each layer is applied to the output of the one before it, but layers may branch. Build a model from `model.inputs` to the layer's output.",
    applied,
    origin="https://stackoverflow.com/questions/41711190: the outputs of each layer",
)
def one_layer_after_the_other(model, images, layer_name):
    for layer in model.layers[1:]:
        images = applied(layer, images)
        if layer.name == layer_name:
            return images


@misconception(
    "layer_output",
    "The layer's name begins like that of another. Compare the whole name, or ask model.get_layer.",
    run_to,
)
def part_of_the_name(model, images, layer_name):
    found = [layer.name for layer in model.layers if layer_name in layer.name]
    return run_to(model, images, found[0])


@misconception(
    "layer_output",
    "Negative outputs were set to 0. A layer need not have a ReLU. Return the output as it is.",
    run_to,
)
def negative_outputs_lost(model, images, layer_name):
    return np.maximum(run_to(model, images, layer_name), 0)


@misconception(
    "layer_output",
    "Only the first 32 images were passed on, one batch of Keras. Return the maps of all images.",
    run_to,
    origin="keras.Model.predict: batch_size defaults to 32, docs",
)
def first_batch_only(model, images, layer_name):
    return run_to(model, images[:32], layer_name)


@misconception("class_means", "This is the mean over all images: average each class on its own.")
def classes_ignored(activations, labels, n_classes):
    return np.repeat(activations.mean(axis=0)[None], n_classes, axis=0)


@misconception(
    "class_means", "This is the maximum over the images, not their mean.", origin=NOTEBOOKS
)
def maximum_for_mean(activations, labels, n_classes):
    return np.stack([activations[labels == c].max(axis=0) for c in range(n_classes)])


@misconception("class_means", "This is the sum over the images. Divide by the number of images of the class.")  # fmt: skip
def sum_for_mean(activations, labels, n_classes):
    return np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])


@misconception("class_means", "Divide by the number of images of the class, not of all classes.")
def divided_by_all_images(activations, labels, n_classes):
    sums = [activations[labels == c].sum(axis=0) for c in range(n_classes)]
    return np.stack(sums) / len(labels)


@misconception(
    "class_means",
    "The mean over space is taken as well. Average over the images only and keep the map.",
    origin=NOTEBOOKS,
)
def mean_over_space(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=(0, 1, 2)) for c in range(n_classes)])


@misconception(
    "class_means",
    "The mean over the filters is taken as well. Average over axis 0 only.",
    origin=NOTEBOOKS,
)
def mean_over_filters(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=(0, -1)) for c in range(n_classes)])


@misconception("class_means", "The mean of no images is not 0 but undefined: NaN.", typical=True)
def class_without_images_is_zero(activations, labels, n_classes):
    sums = np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return sums / counts.reshape(-1, 1, 1, 1)


@misconception("class_means", "The classes that occur in `labels` are fewer than n_classes: return one row for each class, also where no image has it.")  # fmt: skip
def rows_only_for_classes_that_occur(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=0) for c in np.unique(labels)])


@misconception(
    "class_means", "Divide by the number of images of the class, not by the number of classes."
)
def divided_by_the_classes(activations, labels, n_classes):
    return np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)]) / n_classes


@misconception(
    "class_means",
    "The sum is not set back to zero for each class, so every class holds those before it.",
)
def sum_not_set_back(activations, labels, n_classes):
    means, total, count = [], 0, 0
    for c in range(n_classes):
        total = total + activations[labels == c].sum(axis=0)
        count += (labels == c).sum()
        means.append(total / count)
    return np.stack(means)


@misconception(
    "class_means",
    "Halving the sum of the old mean and the next image gives late images more weight: add all, then divide once.",
)
def mean_of_mean_and_next(activations, labels, n_classes):
    means = np.full((n_classes, *activations.shape[1:]), np.nan)
    for image, c in zip(activations, labels, strict=True):
        means[c] = image if np.isnan(means[c]).all() else (means[c] + image) / 2
    return means


@misconception(
    "class_means", "The images do not come sorted by class: choose them by their labels."
)
def images_taken_as_sorted(activations, labels, n_classes):
    return np.stack([part.mean(axis=0) for part in np.array_split(activations, n_classes)])


@misconception(
    "class_means",
    "Classes are counted from 0, so each row holds the class after it. Use range(n_classes).",
)
def classes_from_one(activations, labels, n_classes):
    return np.stack([activations[labels == c + 1].mean(axis=0) for c in range(n_classes)])


@misconception(
    "class_means", "Zeros were left out. An image in which the filter is silent counts as well."
)
def zeros_left_out(activations, labels, n_classes):
    alive = np.where(activations > 0, activations, np.nan)
    return np.stack([np.nanmean(alive[labels == c], axis=0) for c in range(n_classes)])


@misconception(
    "class_means",
    "The counts meet the filters, the last axis, not the classes: reshape them to (n_classes, 1, 1, 1) before you divide.",
    origin="NumPy user guide, Broadcasting: it starts with the trailing dimension",
)
def counts_along_the_filters(activations, labels, n_classes):
    sums = np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])
    return sums / np.bincount(labels, minlength=n_classes)


@misconception(
    "winning_filter",
    "Where every filter is 0, arg-max answers 0, as if filter 0 had won: set these pixels to −1.",
    origin=NOTEBOOKS,
    typical=True,
)
def dead_counted_as_filter_0(activations):
    return activations.argmax(axis=-1)


@misconception("winning_filter", "The last filter wins where all filters are 0, because of `>=`. No filter wins there, so the pixel is −1.")  # fmt: skip
def last_filter_wins_dead_pixels(activations):
    last = activations.shape[-1] - 1
    return np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1), last)


@misconception("winning_filter", "This is the strongest response, not the number of the filter. Take the arg-max in place of the maximum.")  # fmt: skip
def response_for_filter(activations):
    return activations.max(axis=-1)


@misconception(
    "winning_filter",
    "The arg-max runs over the images: it should run over the filters, the last axis.",
    origin=NOTEBOOKS,
)
def argmax_over_the_batch(activations):
    return activations.argmax(axis=0)


@misconception(
    "winning_filter",
    "The arg-max runs over the rows: it should run over the filters, the last axis.",
    origin=NOTEBOOKS,
)
def argmax_over_rows(activations):
    return activations.argmax(axis=1)


@misconception("winning_filter", "Filters are counted from 0.", origin=NOTEBOOKS)
def counted_from_one(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1) + 1, -1)


@misconception("winning_filter", "Filter 0 may really win. A pixel is dead where the maximum is 0, not where the arg-max is 0.")  # fmt: skip
def filter_0_counted_as_dead(activations):
    winners = activations.argmax(axis=-1)
    return np.where(winners > 0, winners, -1)


@misconception(
    "winning_filter",
    "This is the weakest filter at each pixel. Take the arg-max in place of the arg-min.",
)
def weakest_filter(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmin(axis=-1), -1)


@misconception(
    "winning_filter",
    "Without an axis, arg-max gives one position in the flattened array. Pass axis=-1.",
    origin="numpy.argmax: by default, the index is into the flattened array, docs",
)
def without_axis(activations):
    return activations.argmax()


@misconception(
    "winning_filter", "This is one winner per image: every pixel has a winner of its own."
)
def one_winner_per_image(activations):
    return activations.mean(axis=(1, 2)).argmax(axis=-1)


@misconception("winning_filter", "The images were averaged first: find the winner in each image.")
def winner_of_the_mean_image(activations):
    return activations.mean(axis=0).argmax(axis=-1)


@misconception(
    "winning_filter", "One silent filter does not make a pixel dead: all of them have to be 0."
)
def dead_where_one_is_silent(activations):
    return np.where((activations == 0).any(axis=-1), -1, activations.argmax(axis=-1))


@misconception(
    "winning_filter",
    "A weak answer is an answer, too. A pixel is dead only where the maximum is 0.",
)
def weak_counted_as_dead(activations):
    return np.where(activations.max(axis=-1) > 0.1, activations.argmax(axis=-1), -1)


@misconception(
    "winning_filter",
    "This is the first filter that answers, not the strongest. Take the arg-max of the "
    "activations, not of a comparison.",
    origin="numpy.argmax: the first of equals, here of all True, docs",
)
def first_that_answers(activations):
    return np.where(activations.max(axis=-1) > 0, (activations > 0).argmax(axis=-1), -1)


@misconception(
    "winning_filter",
    "Dead pixels are −1, not NaN: NaN turns the whole array into floats.",
    origin="numpy.nan: a floating point representation of not a number, docs",
)
def nan_where_dead(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1), np.nan)


@misconception(
    "winning_filter",
    "np.zeros and np.full(…, -1.0) make floats, but the number of a filter is whole. Pass "
    "dtype=int.",
    origin="numpy.zeros: dtype is float64 unless given, docs",
)
def winners_in_floats(activations):
    winners = np.zeros(activations.shape[:-1])
    winners[:] = np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1), -1)
    return winners


@misconception(
    "winning_filter",
    "uint8 has no −1, it becomes 255. Use a signed type.",
    origin="NumPy user guide, Data types: overflow errors",
)
def unsigned_winners(activations):
    winners = np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1), -1)
    return winners.astype(np.uint8)


def modes(winners, labels, n_classes, dead_votes=False, of_alive=False, pick=None):
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    frequency = np.zeros(mode.shape, np.float32)
    for c in range(n_classes):
        group = winners[labels == c]
        for pixel in np.ndindex(winners.shape[1:]):
            votes = group[:, *pixel]
            votes = votes if dead_votes else votes[votes >= 0]
            if len(votes):
                best = pick(votes) if pick else np.bincount(votes + 1).argmax() - 1
                mode[c, *pixel] = best
                share = np.sum(votes == best) / (len(votes) if of_alive else len(group))
                frequency[c, *pixel] = share
    return mode, frequency


@misconception("mode_map", "Dead pixels (−1) have a vote here. Count only the images in which some filter answers.", modes, typical=True)  # fmt: skip
def dead_pixels_vote(winners, labels, n_classes):
    return modes(winners, labels, n_classes, dead_votes=True)


@misconception("mode_map", "The frequency is the share of all images of the class, dead or not.", modes)  # fmt: skip
def share_of_living_images(winners, labels, n_classes):
    return modes(winners, labels, n_classes, of_alive=True)


@misconception("mode_map", "Return both maps, the mode and the frequency.", modes)
def frequency_forgotten(winners, labels, n_classes):
    return modes(winners, labels, n_classes)[0]


@misconception("mode_map", "The two maps are in the wrong order. Return the mode first, then the frequency.", modes)  # fmt: skip
def maps_swapped(winners, labels, n_classes):
    return modes(winners, labels, n_classes)[::-1]


@misconception("mode_map", "This is the mode over all images: take each class on its own.", modes)
def mode_of_all_classes(winners, labels, n_classes):
    mode, frequency = modes(winners, np.zeros_like(labels), 1)
    return np.repeat(mode, n_classes, axis=0), np.repeat(frequency, n_classes, axis=0)


@misconception("mode_map", "The mode is the most frequent filter, not the median.")
def median_for_mode(winners, labels, n_classes):
    groups = [winners[labels == c] for c in range(n_classes)]
    mode = np.stack([np.median(group, axis=0).astype(int) for group in groups])
    share = [(group == m).mean(axis=0) for group, m in zip(groups, mode, strict=True)]
    return mode, np.stack(share).astype(np.float32)


@misconception("mode_map", "The frequency is a share between 0 and 1. Divide the count by the number of images of the class.", modes)  # fmt: skip
def counts_for_shares(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    return mode, frequency * np.bincount(labels, minlength=n_classes).reshape(-1, 1, 1)


@misconception(
    "mode_map", "Of equally frequent filters the exercise wants the smaller number.", modes
)
def larger_of_equals(winners, labels, n_classes):
    def pick(votes):
        values, counts = np.unique(votes, return_counts=True)
        return values[counts == counts.max()][-1]

    return modes(winners, labels, n_classes, pick=pick)


@misconception(
    "mode_map",
    "Counter.most_common and statistics.mode answer the first of equals that they meet. The "
    "exercise asks for the smaller number.",
    modes,
    origin="collections.Counter.most_common: equal counts are ordered as first encountered, docs",
)
def first_met_of_equals(winners, labels, n_classes):
    from collections import Counter

    def pick(votes):
        return Counter(votes.tolist()).most_common(1)[0][0]

    return modes(winners, labels, n_classes, pick=pick)


@misconception(
    "mode_map",
    "This is one mode for the whole map: every pixel has a mode of its own.",
    origin=NOTEBOOKS,
)
def one_mode_for_the_map(winners, labels, n_classes):
    bins = winners.max() + 2
    counts = np.stack(
        [np.bincount(winners[labels == c].ravel() + 1, minlength=bins) for c in range(n_classes)]
    )
    return counts[:, 1:].argmax(axis=1), counts[:, 1:].max(axis=1) / counts.sum(axis=1)


@misconception(
    "mode_map",
    "scipy.stats.mode answers mode and count, and both went into one array. Take both apart, and "
    "leave out the dead pixels before.",
    origin=NOTEBOOKS,
)
def scipy_pairs_in_one_array(winners, labels, n_classes):
    import scipy.stats

    return np.array([scipy.stats.mode(winners[labels == c]) for c in range(n_classes)])


@misconception(
    "mode_map",
    "Where a pixel is dead in all images, arg-max of no votes answers 0. The mode is −1 there.",
    modes,
    origin="numpy.argmax: the first of equals, here of all 0, docs",
)
def filter_0_where_all_are_dead(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    return np.maximum(mode, 0), frequency


@misconception(
    "mode_map", "The frequency is the share of the images of the class, not of all images.", modes
)
def share_of_all_images(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    counts = np.bincount(labels, minlength=n_classes).reshape(-1, 1, 1)
    return mode, frequency * counts / len(labels)


@misconception(
    "mode_map",
    "np.bincount does not take −1. Leave the dead pixels out before you count.",
    origin="numpy.bincount raises ValueError for negative values, docs",
)
def minus_one_counted(winners, labels, n_classes):
    mode = np.zeros((n_classes, *winners.shape[1:]), int)
    frequency = np.zeros(mode.shape)
    for c in range(n_classes):
        group = winners[labels == c]
        for pixel in np.ndindex(winners.shape[1:]):
            counts = np.bincount(group[:, *pixel])
            mode[c, *pixel], frequency[c, *pixel] = counts.argmax(), counts.max() / len(group)
    return mode, frequency


@misconception(
    "mode_map",
    "The winners were counted with 1 added, to make room for the dead: subtract it again from the mode.",
    modes,
)
def shift_not_undone(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    return mode + 1, frequency


@misconception(
    "mode_map",
    "np.zeros_like of whole numbers makes whole numbers, and every share below 1 becomes 0. Pass dtype=float.",
    modes,
    origin="numpy.zeros_like: dtype is that of the array, docs",
)
def shares_cut_to_zero(winners, labels, n_classes):
    mode, share = modes(winners, labels, n_classes)
    frequency = np.zeros_like(mode)
    frequency[:] = share
    return mode, frequency


@misconception(
    "mode_map",
    "np.zeros makes floats, but the mode is the number of a filter. Pass dtype=int.",
    modes,
    origin="numpy.zeros: dtype is float64 unless given, docs",
)
def mode_in_floats(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    return mode.astype(float), frequency


@misconception("standardise", "There is one mean and one spread for all filters. Take both for each filter, over images and pixels.")  # fmt: skip
def one_scale_for_all_filters(activations):
    return (activations - activations.mean()) / activations.std()


@misconception("standardise", "The spread is not divided out: a strong filter still wins everywhere.")  # fmt: skip
def only_centred(activations):
    return activations - activations.mean(axis=(0, 1, 2))


@misconception("standardise", "Subtract the mean of each filter before you divide.")
def only_divided(activations):
    spread = activations.std(axis=(0, 1, 2))
    return activations / np.where(spread > 0, spread, 1)


@misconception("standardise", "Divide by the standard deviation, not by the variance.")
def divided_by_variance(activations):
    variance = activations.var(axis=(0, 1, 2))
    centred = activations - activations.mean(axis=(0, 1, 2))
    return centred / np.where(variance > 0, variance, 1)


@misconception("standardise", "A filter that never changes has spread 0: dividing by it gives NaN.")
def division_by_zero(activations):
    centred = activations - activations.mean(axis=(0, 1, 2))
    return centred / activations.std(axis=(0, 1, 2))


@misconception("standardise", "Mean and spread are taken over the images only, pixel by pixel: take them over images and pixels.")  # fmt: skip
def pixel_by_pixel(activations):
    spread = activations.std(axis=0)
    return (activations - activations.mean(axis=0)) / np.where(spread > 0, spread, 1)


@misconception("standardise", "Mean and spread are taken over the filters: that compares filters at a pixel. Take both over images and pixels.")  # fmt: skip
def over_the_filters(activations):
    spread = activations.std(axis=-1, keepdims=True)
    centred = activations - activations.mean(axis=-1, keepdims=True)
    return centred / np.where(spread > 0, spread, 1)


@misconception("standardise", "This scales each filter to 0..1 by its extremes. The exercise asks for mean 0 and spread 1.")  # fmt: skip
def min_max(activations):
    low, high = activations.min(axis=(0, 1, 2)), activations.max(axis=(0, 1, 2))
    return (activations - low) / np.where(high > low, high - low, 1)


@misconception(
    "standardise",
    "This divides by n − 1: with ddof=0 the standard deviation becomes exactly 1.",
    origin="pandas.DataFrame.std: ddof is 1 by default, in numpy.std it is 0, docs",
)
def sample_spread(activations):
    spread = activations.std(axis=(0, 1, 2), ddof=1)
    return (activations - activations.mean(axis=(0, 1, 2))) / np.where(spread > 0, spread, 1)


@misconception(
    "standardise", "Each image has a mean and a spread of its own here: take them over all images."
)
def image_by_image(activations):
    spread = activations.std(axis=(1, 2), keepdims=True)
    centred = activations - activations.mean(axis=(1, 2), keepdims=True)
    return centred / np.where(spread > 0, spread, 1)


@misconception(
    "standardise", "Division comes before subtraction. Put parentheses around activations - mean."
)
def parentheses_around_nothing(activations):
    spread = activations.std(axis=(0, 1, 2))
    return activations - activations.mean(axis=(0, 1, 2)) / np.where(spread > 0, spread, 1)


@misconception(
    "standardise",
    "A filter that never changes was left as it is: subtract its mean, and it becomes 0 "
    "everywhere.",
)
def constant_filter_left_alone(activations):
    spread = activations.std(axis=(0, 1, 2))
    centred = activations - activations.mean(axis=(0, 1, 2))
    return np.where(spread > 0, centred / np.where(spread > 0, spread, 1), activations)


@misconception(
    "standardise",
    "The constant that avoids a division by 0 is too large. The spread of a quiet filter is no longer 1.",
    origin="keras.layers.BatchNormalization: epsilon=0.001 is added to the variance, docs",
)
def epsilon_too_large(activations):
    centred = activations - activations.mean(axis=(0, 1, 2))
    return centred / np.sqrt(activations.var(axis=(0, 1, 2)) + 1e-3)


@misconception(
    "standardise",
    "Mean and spread are taken where the filter answers: take them over all pixels, the zeros as well.",
)
def of_living_pixels(activations):
    alive = np.where(activations > 0, activations, np.nan)
    mean, spread = np.nanmean(alive, axis=(0, 1, 2)), np.nanstd(alive, axis=(0, 1, 2))
    return (activations - mean) / np.where(spread > 0, spread, 1)


@misconception(
    "standardise", "The norm grows with the number of values. Divide by the standard deviation."
)
def divided_by_the_length(activations):
    centred = activations - activations.mean(axis=(0, 1, 2))
    norm = np.sqrt((centred**2).sum(axis=(0, 1, 2)))
    return centred / np.where(norm > 0, norm, 1)
