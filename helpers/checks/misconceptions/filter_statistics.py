"""Wrong answers to the exercises of notebook 02."""

import numpy as np

from helpers.checks.misconceptions.registry import misconception


def run_to(model, images, layer_name):
    import keras

    inner = keras.Model(model.inputs, model.get_layer(layer_name).output)
    return inner.predict(images, verbose=0)


@misconception("layer_output", "These are the outputs of the last layer: stop at the layer that was asked for.")  # fmt: skip
def output_of_the_network(model, images, layer_name):
    return model.predict(images, verbose=0)


@misconception("layer_output", "Only the first image was passed on: return the maps of all images.", run_to)  # fmt: skip
def first_image_only(model, images, layer_name):
    return run_to(model, images[:1], layer_name)


@misconception("layer_output", "The batch axis is gone: return (N, h, w, channels), also for one image.", run_to)  # fmt: skip
def batch_axis_dropped(model, images, layer_name):
    return run_to(model, images, layer_name)[0]


@misconception("layer_output", "These are the layer's weights; the exercise asks for its outputs.")
def weights_instead(model, images, layer_name):
    weights = model.get_layer(layer_name).get_weights()
    return weights[0] if weights else np.zeros(0)


@misconception("layer_output", "The maps were rescaled: return the outputs as they are.", run_to)
def maps_rescaled(model, images, layer_name):
    maps = run_to(model, images, layer_name)
    return (maps - maps.min()) / (maps.max() - maps.min() + 1e-8)


@misconception("layer_output", "The images were divided by 255 once more; they are already 0 to 1.", run_to)  # fmt: skip
def scaled_twice(model, images, layer_name):
    return run_to(model, images / 255, layer_name)


@misconception("class_means", "This is the mean over all images: average each class on its own.")
def classes_ignored(activations, labels, n_classes):
    return np.repeat(activations.mean(axis=0)[None], n_classes, axis=0)


@misconception("class_means", "This is the maximum over the images, not their mean.")
def maximum_for_mean(activations, labels, n_classes):
    return np.stack([activations[labels == c].max(axis=0) for c in range(n_classes)])


@misconception("class_means", "This is the sum over the images: divide by the number of images of the class.")  # fmt: skip
def sum_for_mean(activations, labels, n_classes):
    return np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])


@misconception("class_means", "Divide by the number of images of the class, not of all classes.")
def divided_by_all_images(activations, labels, n_classes):
    sums = [activations[labels == c].sum(axis=0) for c in range(n_classes)]
    return np.stack(sums) / len(labels)


@misconception("class_means", "The mean over space is taken as well: average over the images only and keep the map.")  # fmt: skip
def mean_over_space(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=(0, 1, 2)) for c in range(n_classes)])


@misconception("class_means", "The mean over the filters is taken as well: average over axis 0 only.")  # fmt: skip
def mean_over_filters(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=(0, -1)) for c in range(n_classes)])


@misconception("class_means", "The mean of no images is not 0 but undefined: NaN.")
def class_without_images_is_zero(activations, labels, n_classes):
    sums = np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return sums / counts.reshape(-1, 1, 1, 1)


@misconception("class_means", "The classes that occur in `labels` are fewer than n_classes: one row for each class, occurring or not.")  # fmt: skip
def rows_only_for_classes_that_occur(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=0) for c in np.unique(labels)])


@misconception("winning_filter", "Where every filter is 0, arg-max answers 0, as if filter 0 had won: set these pixels to −1.")  # fmt: skip
def dead_counted_as_filter_0(activations):
    return activations.argmax(axis=-1)


@misconception("winning_filter", "This is the strongest response, not the number of the filter: arg-max for max.")  # fmt: skip
def response_for_filter(activations):
    return activations.max(axis=-1)


@misconception("winning_filter", "The arg-max runs over the images: it should run over the filters, the last axis.")  # fmt: skip
def argmax_over_the_batch(activations):
    return activations.argmax(axis=0)


@misconception("winning_filter", "The arg-max runs over the rows: it should run over the filters, the last axis.")  # fmt: skip
def argmax_over_rows(activations):
    return activations.argmax(axis=1)


@misconception("winning_filter", "Filters are counted from 0.")
def counted_from_one(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1) + 1, -1)


@misconception("winning_filter", "Filter 0 may really win: a pixel is dead where the maximum is 0, not where the arg-max is 0.")  # fmt: skip
def filter_0_counted_as_dead(activations):
    winners = activations.argmax(axis=-1)
    return np.where(winners > 0, winners, -1)


@misconception("winning_filter", "This is the weakest filter at each pixel: arg-max for arg-min.")
def weakest_filter(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmin(axis=-1), -1)


def modes(winners, labels, n_classes, dead_votes=False, of_alive=False):
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    frequency = np.zeros(mode.shape, np.float32)
    for c in range(n_classes):
        group = winners[labels == c]
        for pixel in np.ndindex(winners.shape[1:]):
            votes = group[:, *pixel]
            votes = votes if dead_votes else votes[votes >= 0]
            if len(votes):
                values, counts = np.unique(votes, return_counts=True)
                mode[c, *pixel] = values[counts.argmax()]
                frequency[c, *pixel] = counts.max() / (len(votes) if of_alive else len(group))
    return mode, frequency


@misconception("mode_map", "Dead pixels (−1) have a vote here: count only the images in which some filter answers.", modes)  # fmt: skip
def dead_pixels_vote(winners, labels, n_classes):
    return modes(winners, labels, n_classes, dead_votes=True)


@misconception("mode_map", "The frequency is the share of all images of the class, dead or not.", modes)  # fmt: skip
def share_of_living_images(winners, labels, n_classes):
    return modes(winners, labels, n_classes, of_alive=True)


@misconception("mode_map", "Return both maps: mode and frequency.", modes)
def frequency_forgotten(winners, labels, n_classes):
    return modes(winners, labels, n_classes)[0]


@misconception("mode_map", "The two maps are in the wrong order: mode first, then frequency.", modes)  # fmt: skip
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


@misconception("mode_map", "The frequency is a share between 0 and 1: divide the count by the number of images of the class.", modes)  # fmt: skip
def counts_for_shares(winners, labels, n_classes):
    mode, frequency = modes(winners, labels, n_classes)
    return mode, frequency * np.bincount(labels, minlength=n_classes).reshape(-1, 1, 1)


@misconception("standardise", "One mean and one spread for all filters: take them per filter, over images and pixels.")  # fmt: skip
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


@misconception("standardise", "Mean and spread are taken over the filters: that compares filters at a pixel, take them over images and pixels.")  # fmt: skip
def over_the_filters(activations):
    spread = activations.std(axis=-1, keepdims=True)
    centred = activations - activations.mean(axis=-1, keepdims=True)
    return centred / np.where(spread > 0, spread, 1)


@misconception("standardise", "This scales each filter to 0..1 by its extremes; the exercise asks for mean 0 and spread 1.")  # fmt: skip
def min_max(activations):
    low, high = activations.min(axis=(0, 1, 2)), activations.max(axis=(0, 1, 2))
    return (activations - low) / np.where(high > low, high - low, 1)
