"""Wrong answers to the exercises of notebook 01."""

import numpy as np

from helpers.checks.misconceptions.registry import misconception


@misconception("scale_images", "Divide by 255, the largest value a byte can have, not by the largest value that occurs.")  # fmt: skip
def scaled_by_the_maximum(raw):
    return (raw / np.float32(raw.max()))[..., None]


@misconception("scale_images", "Each image was scaled by its own maximum; use one scale, 255, for all.")  # fmt: skip
def scaled_image_by_image(raw):
    return (raw / raw.max(axis=(1, 2), keepdims=True).astype(np.float32))[..., None]


@misconception("scale_images", "256 is the number of values a byte can have; the largest is 255.")
def divided_by_256(raw):
    return (raw / np.float32(256))[..., None]


@misconception("scale_images", "A convolution wants a channel axis, even for one channel: add it with [..., None].")  # fmt: skip
def without_channel_axis(raw):
    return raw / np.float32(255)


@misconception("scale_images", "The channel axis comes last in Keras: (N, H, W, 1).")
def channel_axis_first(raw):
    return (raw / np.float32(255))[:, None]


@misconception("scale_images", "The range is −1 to 1; the exercise asks for 0 to 1.")
def scaled_to_minus_one(raw):
    return (raw / np.float32(127.5) - np.float32(1))[..., None]


@misconception("scale_images", "`//` is integer division: every grey level becomes 0 or 1. Use `/`.")  # fmt: skip
def integer_division(raw):
    return (raw // 255).astype(np.float32)[..., None]


@misconception("scale_images", "The values are still 0 to 255: divide by 255.")
def only_cast(raw):
    return raw.astype(np.float32)[..., None]


@misconception("count_weights", "Each filter has a bias as well.")
def without_bias(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels * filters


@misconception("count_weights", "There is one bias per filter, not one for the whole layer.")
def one_bias_for_all(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels * filters + 1


@misconception("count_weights", "A filter has one kernel for each input channel: multiply by channels.")  # fmt: skip
def channels_forgotten(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] + 1) * filters


@misconception("count_weights", "A kernel need not be square: multiply its height by its width.")
def kernel_taken_as_square(kernel_size, channels, filters):
    return (kernel_size[0] ** 2 * channels + 1) * filters


@misconception("count_weights", "A filter has one bias in all, not one per input channel.")
def a_bias_per_channel(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] + 1) * channels * filters


def practical_network(
    input_shape, filters, units, classes,
    padding="same", activation="relu", last="softmax", kernels=(5, 5, 3), dense=1,
):  # fmt: skip
    import keras

    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, kernels, strict=True):
        x = keras.layers.Conv2D(size, kernel, padding=padding, activation=activation)(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    for _ in range(dense):
        x = keras.layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation=last)(x))


@misconception("build_network", "The last layer has no softmax, so its outputs are no probabilities.", practical_network)  # fmt: skip
def without_softmax(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, last=None)


@misconception("build_network", "The classes exclude each other: end in a softmax, not in one sigmoid per class.", practical_network)  # fmt: skip
def sigmoid_per_class(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, last="sigmoid")


@misconception("build_network", 'The maps shrink at every convolution: pass padding="same".', practical_network)  # fmt: skip
def padding_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, padding="valid")


@misconception("build_network", 'Without activation="relu" all layers together are one linear map.', practical_network)  # fmt: skip
def activations_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, activation=None)


@misconception("build_network", "The third convolution has a 3×3 kernel, not 5×5.", practical_network)  # fmt: skip
def all_kernels_five(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, kernels=(5, 5, 5))


@misconception("build_network", "The hidden dense layer is missing.", practical_network)
def hidden_layer_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, dense=0)


@misconception("build_network", "The last dense layer has a ReLU of its own below the softmax: give it the softmax alone.")  # fmt: skip
def relu_below_the_softmax(input_shape, filters, units, classes):
    import keras

    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dense(units, activation="relu")(keras.layers.Flatten()(x))
    x = keras.layers.Dense(classes, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Softmax()(x))


@misconception("build_network", "The sizes are fixed: use the arguments, not the numbers of the figure.", practical_network)  # fmt: skip
def arguments_ignored(input_shape, filters, units, classes):
    return practical_network((28, 28, 1), (9, 9, 16), 25, 10)


@misconception("accuracy", "This counts the hits; divide by the number of images.")
def hits_counted(probabilities, labels):
    return int(np.sum(probabilities.argmax(axis=1) == labels))


@misconception("accuracy", "Accuracy is a share between 0 and 1, not a percentage.")
def percentage(probabilities, labels):
    return 100 * float(np.mean(probabilities.argmax(axis=1) == labels))


@misconception("accuracy", "This is the share of mistakes, 1 − accuracy.")
def error_rate(probabilities, labels):
    return float(np.mean(probabilities.argmax(axis=1) != labels))


@misconception("accuracy", "This is the mean probability of the true class, not the share of hits.")
def mean_probability(probabilities, labels):
    return float(np.mean(probabilities[np.arange(len(labels)), labels]))


@misconception("accuracy", "An image is a hit when the true class is the most probable one, even below 0.5.")  # fmt: skip
def above_one_half(probabilities, labels):
    return float(np.mean(probabilities[np.arange(len(labels)), labels] > 0.5))


@misconception("confusion", "Rows and columns are swapped: rows are the true classes.")
def rows_and_columns_swapped(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (predictions, labels), 1)
    return counts


@misconception("confusion", "`counts[labels, predictions] += 1` adds 1 only once for a pair that occurs often: use a loop or np.add.at.")  # fmt: skip
def repeated_pairs_lost(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    counts[labels, predictions] += 1
    return counts


@misconception("confusion", "The matrix holds counts, not shares of each row.")
def rows_normalised(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


@misconception("confusion", "The matrix has n_classes rows and columns, also for classes that do not occur.")  # fmt: skip
def only_classes_that_occur(labels, predictions, n_classes):
    size = max(labels.max(), predictions.max()) + 1
    counts = np.zeros((size, size), int)
    np.add.at(counts, (labels, predictions), 1)
    return counts


@misconception("confusion", "The images that were classified rightly belong into the matrix too, on its diagonal.")  # fmt: skip
def diagonal_left_out(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (labels, predictions), 1)
    np.fill_diagonal(counts, 0)
    return counts


@misconception("worst_mistakes", "These include images that were classified rightly: keep only mistakes.")  # fmt: skip
def most_confident_of_all(probabilities, labels, k):
    return np.argsort(-probabilities.max(axis=1), kind="stable")[:k]


@misconception("worst_mistakes", "The least confident mistakes come first: sort in descending order.")  # fmt: skip
def least_confident_first(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong].max(axis=1), kind="stable")][:k]


@misconception("worst_mistakes", "These are positions among the mistakes; the exercise asks for positions among all images.")  # fmt: skip
def positions_among_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return np.argsort(-probabilities[wrong].max(axis=1), kind="stable")[:k]


@misconception("worst_mistakes", "These are the first mistakes, not the most confident ones: sort by the probability of the predicted class.")  # fmt: skip
def first_mistakes(probabilities, labels, k):
    return np.flatnonzero(probabilities.argmax(axis=1) != labels)[:k]


@misconception("worst_mistakes", "Confidence is the probability of the class that was predicted, not that of the true class.")  # fmt: skip
def least_probable_truth(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    truth = probabilities[wrong, labels[wrong]]
    return wrong[np.argsort(truth, kind="stable")][:k]


@misconception("worst_mistakes", "`k` is ignored: return at most k mistakes.")
def all_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]
