"""Wrong answers to the exercises of notebook 01."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception


@misconception("scale_images", "Divide by 255, the largest value a byte can have, not by the largest value that occurs.")  # fmt: skip
def scaled_by_the_maximum(raw):
    return (raw / np.float32(raw.max()))[..., None]


@misconception("scale_images", "Each image was scaled by its own maximum. Use one scale, 255, for all.")  # fmt: skip
def scaled_image_by_image(raw):
    return (raw / raw.max(axis=(1, 2), keepdims=True).astype(np.float32))[..., None]


@misconception("scale_images", "256 is the number of values a byte can have. The largest is 255.")
def divided_by_256(raw):
    return (raw / np.float32(256))[..., None]


@misconception("scale_images", "A convolution needs a channel axis, even for one channel. Add the axis with [..., None].", typical=True)  # fmt: skip
def without_channel_axis(raw):
    return raw / np.float32(255)


@misconception("scale_images", "The channel axis comes last in Keras: (N, H, W, 1).")
def channel_axis_first(raw):
    return (raw / np.float32(255))[:, None]


@misconception("scale_images", "The range is −1 to 1. The exercise asks for 0 to 1.")
def scaled_to_minus_one(raw):
    return (raw / np.float32(127.5) - np.float32(1))[..., None]


@misconception("scale_images", "`//` is integer division. Every grey level becomes 0 or 1. Use `/`.")  # fmt: skip
def integer_division(raw):
    return (raw // 255).astype(np.float32)[..., None]


@misconception("scale_images", "The values are still 0 to 255. Divide by 255.", origin=NOTEBOOKS)
def only_cast(raw):
    return raw.astype(np.float32)[..., None]


@misconception(
    "scale_images",
    "A byte divided by 255 gives float64. Convert to float32, which needs half the memory.",
    origin="NumPy 2: (np.zeros(1, np.uint8) / 255).dtype is float64",
)
def left_in_float64(raw):
    return (raw / 255)[..., None]


@misconception(
    "scale_images",
    "The smallest value that occurs was subtracted. Use one scale for all images, so that 0 stays "
    "0 and 255 becomes 1.",
)
def stretched_to_its_extremes(raw):
    low, high = np.float32(raw.min()), np.float32(raw.max())
    return ((raw - low) / (high - low))[..., None]


@misconception(
    "scale_images",
    "keras.utils.normalize divides by the Euclidean norm along an axis. Divide by 255.",
    origin="tf.keras.utils.normalize: order=2 is the L2 norm, docs",
)
@in_numpy(lambda raw: (raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1))[..., None])
def divided_by_the_norm(raw):
    import keras

    return keras.utils.normalize(raw, axis=1)[..., None]


@misconception(
    "scale_images",
    "Mean and spread of MNIST were taken out. The exercise asks for 0 to 1.",
    origin="https://github.com/pytorch/examples/blob/main/mnist/main.py: Normalize((0.1307,), (0.3081,))",
)
def standardised_like_mnist(raw):
    return ((raw / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081))[..., None]


@misconception("scale_images", "The images were inverted: 0 stays 0, and 255 becomes 1.")
def inverted(raw):
    return (1 - raw / np.float32(255))[..., None]


@misconception("scale_images", "The images were divided by 255 twice.", origin=NOTEBOOKS)
def scaled_two_times(raw):
    return (raw / np.float32(255) / np.float32(255))[..., None]


@misconception("scale_images", "Grey images have one channel here: do not repeat it three times.")
def grey_repeated_as_rgb(raw):
    return np.repeat((raw / np.float32(255))[..., None], 3, axis=-1)


@misconception("scale_images", "The images are flattened. A convolution needs (N, H, W, 1).")
def flattened_images(raw):
    return (raw / np.float32(255)).reshape(len(raw), -1)


@misconception(
    "scale_images", "28×28 is the size of the course's digits. Take height and width from `raw`."
)
def size_hard_coded(raw):
    return (raw / np.float32(255)).reshape(-1, 28, 28, 1)


@misconception(
    "scale_images",
    "[None] in front adds a batch axis, which is there already. The channel axis comes last, [..., None].",
    origin="numpy.expand_dims: axis is the place of the new axis, docs",
)
def batch_axis_added(raw):
    return (raw / np.float32(255))[None]


@misconception(
    "scale_images",
    "Images whose largest value is 1 are taken to be scaled already: they are nearly black. Divide "
    "by 255 always.",
)
def scaled_only_above_one(raw):
    scaled = raw / np.float32(255) if raw.max() > 1 else raw.astype(np.float32)
    return scaled[..., None]


@misconception(
    "count_weights",
    "Each filter has a bias as well.",
    origin="https://stats.stackexchange.com/questions/570254: with and without the bias",
    typical=True,
)
def without_bias(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels * filters


@misconception("count_weights", "There is one bias per filter, not one for the whole layer.")
def one_bias_for_all(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels * filters + 1


@misconception("count_weights", "A filter has one kernel for each input channel. Multiply by channels.")  # fmt: skip
def channels_forgotten(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] + 1) * filters


@misconception("count_weights", "A kernel need not be square: multiply its height by its width.")
def kernel_taken_as_square(kernel_size, channels, filters):
    return (kernel_size[0] ** 2 * channels + 1) * filters


@misconception("count_weights", "A filter has one bias in all, not one per input channel.")
def a_bias_per_channel(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] + 1) * channels * filters


@misconception(
    "count_weights", "These are the weights of one filter. Multiply by the number of filters."
)
def one_filter_only(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels + 1


@misconception("count_weights", "A kernel has height times width numbers, not height plus width.")
def sides_added(kernel_size, channels, filters):
    return ((kernel_size[0] + kernel_size[1]) * channels + 1) * filters


@misconception(
    "count_weights",
    "Parentheses are missing: each filter has the whole kernel and one bias, (kernel + 1) · filters.",
)
def parentheses_missing(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels + 1 * filters


@misconception(
    "count_weights",
    "There is one bias for each filter, not for each input channel. Are channels and filters "
    "swapped?",
)
def channels_and_filters_swapped(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] * filters + 1) * channels


@misconception(
    "count_weights",
    "Every pixel was given weights of its own: a convolution uses the same ones everywhere, so leave the size of the image out.",
    origin="https://stats.stackexchange.com/questions/570254: does the size of input and output enter?",
)
def weights_for_every_pixel(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] * channels + 1) * filters * 28 * 28


@misconception("count_weights", "Kernel and channels of `l2` are hard-coded. Use the arguments.")
def numbers_of_l2(kernel_size, channels, filters):
    return (5 * 5 * 9 + 1) * filters


@misconception("count_weights", "Kernels and biases are counted apart: return their sum.")
def kernels_and_biases_apart(kernel_size, channels, filters):
    return kernel_size[0] * kernel_size[1] * channels * filters, filters


@misconception(
    "count_weights",
    "len(layer.weights) counts arrays, the kernel and the bias. Count the numbers in these arrays.",
    origin="keras.layers.Layer.weights is a list of variables; count_params counts their numbers, docs",
)
@in_numpy(lambda kernel_size, channels, filters: 2)
def arrays_counted(kernel_size, channels, filters):
    import keras

    layer = keras.layers.Conv2D(filters, kernel_size)
    layer.build((None, 28, 28, channels))
    return len(layer.weights)


@misconception(
    "count_weights",
    "These are the weights of a depthwise convolution. Here every filter has a kernel for every channel.",
    origin="keras.layers.DepthwiseConv2D: one kernel for each input channel, docs",
)
def depthwise(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] + 1) * channels


@misconception(
    "count_weights",
    "np.ones makes floats, and their sum is a float, too. A count is a whole number.",
    origin="numpy.ones: dtype is float64 unless given, docs",
)
def ones_added_up(kernel_size, channels, filters):
    return np.ones((*kernel_size, channels, filters)).sum() + np.ones(filters).sum()


def description(
    input_shape, filters, units, classes,
    padding="same", activation="relu", hidden="relu", last="softmax", kernels=(5, 5, 3), dense=1,
    pool="MaxPooling2D", pool_stride=2, pool_padding="valid", pools=3, end=("Flatten",),
    softmax=False, divided_by=1,
):  # fmt: skip
    """What the check of build_network sees of such a `practical_network`."""
    settings = "kind", "size", "kernel", "strides", "dilation", "padding", "activation"
    layers, weights, shape = [], 0, input_shape

    def add(kind, **own):
        layers.append({**dict.fromkeys(settings), "kind": kind, **own})

    if divided_by != 1:
        add("something that is no layer")
    for number, (size, kernel) in enumerate(zip(filters, kernels, strict=True)):
        convolution = {"kernel": (kernel, kernel), "strides": (1, 1), "dilation": (1, 1)}
        add("Conv2D", size=size, **convolution, padding=padding, activation=activation or "linear")
        weights += (kernel * kernel * shape[2] + 1) * size
        lost = 0 if padding == "same" else kernel - 1
        shape = shape[0] - lost, shape[1] - lost, size
        if number < pools:
            add(pool, kernel=(2, 2), strides=(pool_stride, pool_stride), padding=pool_padding)
            lost = 0 if pool_padding == "same" else 1
            shape = *(-(-(side - lost) // pool_stride) for side in shape[:2]), size
        if min(shape) < 1:
            raise ValueError("nothing is left of the maps")
    for kind in end:
        add(kind)
        whole = {"Flatten": (int(np.prod(shape)),), "GlobalAveragePooling2D": shape[-1:]}
        shape = whole.get(kind, shape)
    for size, own in [*[(units, hidden)] * dense, (classes, last)]:
        add("Dense", size=size, activation=own or "linear")
        weights += (shape[-1] + 1) * size
        shape = *shape[:-1], size
    if softmax:
        add("softmax", activation="softmax")
    return {"input": input_shape, "output": shape, "layers": layers, "weights": weights}


@in_numpy(description)
def practical_network(
    input_shape, filters, units, classes,
    padding="same", activation="relu", hidden="relu", last="softmax", kernels=(5, 5, 3), dense=1,
    pool="MaxPooling2D", pool_stride=2, pool_padding="valid", pools=3, end=("Flatten",),
    softmax=False, divided_by=1,
):  # fmt: skip
    import keras

    x = inputs = keras.Input(input_shape)
    if divided_by != 1:
        x = x / divided_by
    for number, (size, kernel) in enumerate(zip(filters, kernels, strict=True)):
        x = keras.layers.Conv2D(size, kernel, padding=padding, activation=activation)(x)
        if number < pools:
            x = getattr(keras.layers, pool)(2, pool_stride, pool_padding)(x)
    for kind in end:
        x = getattr(keras.layers, kind)(*[0.5] * (kind == "Dropout"))(x)
    for _ in range(dense):
        x = keras.layers.Dense(units, activation=hidden)(x)
    x = keras.layers.Dense(classes, activation=last)(x)
    return keras.Model(inputs, keras.layers.Softmax()(x) if softmax else x)


@misconception(
    "build_network",
    "The last layer has no softmax, so its outputs are no probabilities.",
    practical_network,
    origin="keras.losses.CategoricalCrossentropy: from_logits, docs",
)
def without_softmax(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, last=None)


@misconception("build_network", "The classes exclude each other: end in a softmax, not in one sigmoid per class.", practical_network)  # fmt: skip
def sigmoid_per_class(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, last="sigmoid")


@misconception(
    "build_network",
    'The maps shrink at every convolution: pass padding="same".',
    practical_network,
    origin="keras.layers.Conv2D: padding is 'valid' unless set, docs",
)
def padding_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, padding="valid")


@misconception(
    "build_network",
    'Without activation="relu" all layers together are one linear map.',
    practical_network,
    origin="keras.layers.Conv2D: if activation is None, none is applied, docs",
)
def activations_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, activation=None, hidden=None)


@misconception("build_network", "The third convolution has a 3×3 kernel, not 5×5.", practical_network)  # fmt: skip
def all_kernels_five(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, kernels=(5, 5, 5))


@misconception("build_network", "The hidden dense layer is missing.", practical_network)
def hidden_layer_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, dense=0)


@misconception("build_network", "The last dense layer has a ReLU of its own below the softmax: give it the softmax alone.", practical_network)  # fmt: skip
def relu_below_the_softmax(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, last="relu", softmax=True)


@misconception("build_network", "The sizes are fixed. Use the arguments, not the numbers of the figure.", practical_network)  # fmt: skip
def arguments_ignored(input_shape, filters, units, classes):
    return practical_network((28, 28, 1), (9, 9, 16), 25, 10)


@misconception(
    "build_network", "Each pooling takes the largest of each 2×2, not the mean.", practical_network
)
def mean_pooling(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, pool="AveragePooling2D")


@misconception(
    "build_network",
    "With strides=1 the windows of the pooling overlap and the maps stay large. Leave strides out.",
    practical_network,
    origin="keras.layers.MaxPooling2D: strides defaults to pool_size, docs",
)
def overlapping_pooling(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, pool_stride=1)


@misconception(
    "build_network",
    "The pooling is padded and keeps the odd row and column. Only the convolutions have the same padding.",
    practical_network,
    origin='keras.layers.MaxPooling2D: padding="same" rounds the size up, docs',
)
def padded_pooling(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, pool_padding="same")


@misconception("build_network", "The third pooling is missing.", practical_network)
def third_pooling_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, pools=2)


@misconception(
    "build_network",
    "A global average keeps one number of each map, but flatten keeps all of them.",
    practical_network,
)
def global_average_for_flatten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, end=["GlobalAveragePooling2D"])


@misconception(
    "build_network",
    "A dense layer does not flatten: it works on the last axis, so flatten the maps before it.",
    practical_network,
    origin="https://stackoverflow.com/questions/43237124, role of Flatten in Keras",
)
def flatten_forgotten(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, end=[])


@misconception(
    "build_network",
    "There is a dropout in your network. The table has none.",
    practical_network,
    origin="https://keras.io/examples/vision/mnist_convnet, from which it is copied",
)
def dropout_added(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, end=["Flatten", "Dropout"])


@misconception(
    "build_network",
    "The sizes of the two dense layers are swapped. The first has `units` and the second "
    "`classes`.",
    practical_network,
)
def units_and_classes_swapped(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, classes, units)


@misconception(
    "build_network",
    "The first dense layer has no ReLU. Two dense layers without one are a single linear map.",
    practical_network,
    origin="keras.layers.Dense: if nothing is specified, no activation is applied, docs",
)
def linear_hidden_layer(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, hidden=None)


@misconception(
    "build_network",
    "The softmax is applied twice. Once, in the last dense layer, is enough.",
    practical_network,
    origin="https://github.com/nfmcclure/tensorflow_cookbook/issues/86",
)
def softmax_twice(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, softmax=True)


@misconception("build_network", "The input shape is fixed. Use `input_shape`.", practical_network)
def input_shape_fixed(input_shape, filters, units, classes):
    return practical_network((28, 28, 1), filters, units, classes)


@misconception(
    "build_network",
    "All convolutions have as many filters as the first: `filters` holds a number for each.",
    practical_network,
)
def as_many_filters_as_the_first(input_shape, filters, units, classes):
    return practical_network(input_shape, (filters[0],) * 3, units, classes)


@misconception(
    "build_network",
    "The network divides its images by 255: they are 0 to 1 already, and the table has no such step.",
    practical_network,
    origin="https://keras.io/examples/vision/image_classification_from_scratch: Rescaling(1.0 / 255)",
)
def images_scaled_once_more(input_shape, filters, units, classes):
    return practical_network(input_shape, filters, units, classes, divided_by=255)


@misconception("accuracy", "This counts the hits. Divide by the number of images.")
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


@misconception(
    "accuracy",
    "The arg-max runs over the images: it should run over the classes, axis 1.",
    origin=NOTEBOOKS,
)
def argmax_over_images(probabilities, labels):
    return float(np.mean(probabilities.argmax(axis=0) == labels))


@misconception(
    "accuracy",
    "Without an axis, arg-max gives one position in the flattened array. Pass axis=1.",
    origin="numpy.argmax: by default, the index is into the flattened array, docs",
)
def argmax_without_axis(probabilities, labels):
    return float(np.mean(probabilities.argmax() == labels))


@misconception(
    "accuracy",
    "This is the binary accuracy, which asks of every class whether its probability is above 0.5. "
    "Compare the most probable class with the label.",
    origin="https://stackoverflow.com/questions/42081257",
)
def binary_accuracy(probabilities, labels):
    one_hot = np.eye(probabilities.shape[1])[labels]
    return float(np.mean((probabilities > 0.5) == one_hot))


@misconception(
    "accuracy",
    "Every class counts the same here, however many images it has. Take the share over all images.",
    origin="sklearn.metrics.balanced_accuracy_score: the average of recall on each class, docs",
)
def mean_of_the_classes(probabilities, labels):
    hits = probabilities.argmax(axis=1) == labels
    return float(np.mean([hits[labels == c].mean() for c in np.unique(labels)]))


@misconception(
    "accuracy",
    "This is the mean over batches, and the last batch has fewer images. Divide all hits by all images.",
)
def mean_of_the_batches(probabilities, labels):
    hits = probabilities.argmax(axis=1) == labels
    return float(np.mean([hits[i : i + 8].mean() for i in range(0, len(hits), 8)]))


@misconception("accuracy", "This is the mean confidence: it does not look at the labels.")
def mean_confidence(probabilities, labels):
    return float(np.mean(probabilities.max(axis=1)))


@misconception(
    "accuracy",
    "The largest probability is compared with the label: compare its position, the arg-max.",
)
def max_for_argmax(probabilities, labels):
    return float(np.mean(probabilities.max(axis=1) == labels))


@misconception(
    "accuracy",
    "The number of test images is hard-coded. Divide by len(labels).",
    origin="https://stackoverflow.com/questions/41327601: .../10000",
)
def divided_by_the_test_images(probabilities, labels):
    return int(np.sum(probabilities.argmax(axis=1) == labels)) / 10_000


@misconception("accuracy", "The hits are divided by the number of classes. Divide by the number of images.")  # fmt: skip
def divided_by_the_classes(probabilities, labels):
    return np.sum(probabilities.argmax(axis=1) == labels) / probabilities.shape[1]


@misconception(
    "confusion",
    "Rows and columns are swapped. Rows are the true classes.",
    origin="sklearn.metrics.confusion_matrix: other references may use a different convention for axes, docs",
)
def rows_and_columns_swapped(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (predictions, labels), 1)
    return counts


@misconception(
    "confusion",
    "A pair counts only once here, however often it occurs: add 1 for each image, one after the "
    "other. If you set the place to 1, or write `counts[labels, predictions] += 1`, a pair counts "
    "only once.",
    origin="NumPy user guide, Assigning values to indexed arrays: x[[1, 1, 3, 1]] += 1",
)
def repeated_pairs_lost(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    counts[labels, predictions] += 1
    return counts


@misconception(
    "confusion",
    "The matrix holds counts, not shares of each row.",
    origin="sklearn.metrics.confusion_matrix: normalize='true', docs",
)
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


def of_occurring_classes(labels, predictions, n_classes):
    occurring, pairs = np.unique([labels, predictions], return_inverse=True)
    counts = np.zeros((len(occurring), len(occurring)), int)
    np.add.at(counts, tuple(pairs.reshape(2, -1)), 1)
    return counts


@misconception(
    "confusion",
    "scikit-learn leaves out the classes that do not occur. Pass labels=range(n_classes).",
    origin="https://github.com/scikit-learn/scikit-learn/issues/10472",
)
@in_numpy(of_occurring_classes)  # without the import, which takes longer than the search
def absent_classes_left_out(labels, predictions, n_classes):
    import sklearn.metrics

    return sklearn.metrics.confusion_matrix(labels, predictions)


@misconception(
    "confusion",
    "`counts[labels]` is a copy, so nothing was counted: index once, with both.",
    origin="NumPy user guide, Copies and views: advanced indexing always creates copies",
)
def counted_in_a_copy(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    counts[labels][predictions] += 1
    return counts


@misconception(
    "confusion",
    "np.histogram2d lays its bins between the extremes that occur: give it the range of the classes.",
    origin="numpy.histogram2d: range, docs",
)
def bins_between_the_extremes(labels, predictions, n_classes):
    return np.histogram2d(labels, predictions, bins=n_classes)[0]


@misconception(
    "confusion",
    "Only the images that were classified rightly are counted. The mistakes belong beside the diagonal.",
)
def only_the_diagonal(labels, predictions, n_classes):
    return np.diag(np.bincount(labels[labels == predictions], minlength=n_classes))


@misconception(
    "confusion",
    "Classes are counted from 0. With 1 subtracted, class 0 becomes −1, the last row and column.",
    origin="NumPy user guide, Indexing: negative indices count from the end",
)
def shifted_by_one(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (labels - 1, predictions - 1), 1)
    return counts


@misconception(
    "confusion",
    "The loop runs over the classes, so only the first n_classes images are counted: loop over the images.",
)
def loop_over_the_classes(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), int)
    for i in range(n_classes):
        counts[labels[i], predictions[i]] += 1
    return counts


@misconception(
    "confusion", "The counts are right but in one row: reshape them to (n_classes, n_classes)."
)
def counts_in_one_row(labels, predictions, n_classes):
    return np.bincount(labels * n_classes + predictions, minlength=n_classes**2)


@misconception(
    "confusion",
    "np.bincount ends at the largest number that occurs. Pass minlength=n_classes**2.",
    origin="numpy.bincount: minlength, docs",
)
def bins_missing_at_the_end(labels, predictions, n_classes):
    return np.bincount(labels * n_classes + predictions).reshape(n_classes, n_classes)


@misconception("confusion", "The matrix holds counts, not shares of all images.")
def shares_of_all_images(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts / len(labels)


@misconception(
    "confusion",
    "uint8 ends at 255 and begins again at 0. Count in whole numbers that are large enough, dtype=int.",
    origin="NumPy user guide, Data types: overflow errors",
)
def counted_in_bytes(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), np.uint8)
    np.add.at(counts, (labels, predictions), 1)
    return counts


@misconception(
    "confusion",
    "np.zeros makes floats, but a count is a whole number. Pass dtype=int.",
    origin="numpy.zeros: dtype is float64 unless given, docs",
)
def counted_in_floats(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts


@misconception("worst_mistakes", "These include images that were classified rightly. Keep only mistakes.")  # fmt: skip
def most_confident_of_all(probabilities, labels, k):
    return np.argsort(-probabilities.max(axis=1), kind="stable")[:k]


@misconception(
    "worst_mistakes",
    "The least confident mistakes come first. Sort in descending order.",
    origin="numpy.argsort sorts in ascending order; https://stackoverflow.com/questions/16486252",
)
def least_confident_first(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong].max(axis=1), kind="stable")][:k]


@misconception("worst_mistakes", "These are positions among the mistakes. The exercise asks for positions among all images.", typical=True)  # fmt: skip
def positions_among_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return np.argsort(-probabilities[wrong].max(axis=1), kind="stable")[:k]


@misconception("worst_mistakes", "These are the first mistakes, not the most confident ones. Sort by the probability of the predicted class.")  # fmt: skip
def first_mistakes(probabilities, labels, k):
    return np.flatnonzero(probabilities.argmax(axis=1) != labels)[:k]


@misconception("worst_mistakes", "Confidence is the probability of the class that was predicted, not that of the true class.")  # fmt: skip
def least_probable_truth(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    truth = probabilities[wrong, labels[wrong]]
    return wrong[np.argsort(truth, kind="stable")][:k]


@misconception("worst_mistakes", "`k` is ignored. Return at most k mistakes.")
def all_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


@misconception("worst_mistakes", "These are the probabilities. Return the positions of the images.")
def confidences_for_positions(probabilities, labels, k):
    wrong = probabilities.argmax(axis=1) != labels
    return -np.sort(-probabilities[wrong].max(axis=1))[:k]


@misconception(
    "worst_mistakes",
    "The last k of an ascending sort are the right ones in the wrong order: reverse them.",
    origin="https://stackoverflow.com/questions/16486252, first comments",
)
def last_k_not_reversed(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong].max(axis=1))[-k:]]


@misconception("worst_mistakes", "One mistake is missing, for the slice [:-k:-1] ends one early.")
def one_too_few(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(probabilities[wrong].max(axis=1))[:-k:-1]]


@misconception(
    "worst_mistakes",
    "The right images come in the order of their positions. The most confident should be first.",
)
def in_order_of_position(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return np.sort(wrong[np.argsort(-probabilities[wrong].max(axis=1))][:k])


@misconception(
    "worst_mistakes",
    "Where there are fewer than k mistakes, images that were classified rightly fill the places. "
    "Return fewer.",
)
def filled_up_to_k(probabilities, labels, k):
    wrong = probabilities.argmax(axis=1) != labels
    return np.argsort(-probabilities.max(axis=1) * wrong, kind="stable")[:k]


@misconception(
    "worst_mistakes",
    "These images were classified rightly. A mistake is where the prediction is not the label.",
)
def most_confident_hits(probabilities, labels, k):
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    return right[np.argsort(-probabilities[right].max(axis=1))][:k]


@misconception(
    "worst_mistakes",
    "The k most confident images were taken first and the mistakes among them kept: keep the mistakes, then take k.",
)
def cut_before_the_choice(probabilities, labels, k):
    sure = np.argsort(-probabilities.max(axis=1))[:k]
    return sure[probabilities[sure].argmax(axis=1) != labels[sure]]


@misconception(
    "worst_mistakes",
    "The probabilities of each image were sorted: sort one number per image, its largest.",
    origin="numpy.argsort: sorts along the last axis by default, docs",
)
def sorted_row_by_row(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong])][:k]


@misconception(
    "worst_mistakes",
    "The minus sign stands before the positions: put it before what is sorted, np.argsort(-confidence).",
)
def minus_before_argsort(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[-np.argsort(probabilities[wrong].max(axis=1))][:k]


@misconception(
    "worst_mistakes",
    "Confidence is the probability of the predicted class alone, not its lead over the true class.",
)
def lead_over_the_truth(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    lead = probabilities[wrong].max(axis=1) - probabilities[wrong, labels[wrong]]
    return wrong[np.argsort(-lead)][:k]


@misconception(
    "worst_mistakes",
    "np.argpartition puts the k most confident in front, but in no order: sort them with np.argsort.",
    origin="numpy.argpartition: all smaller elements come before the k-th, their order is undefined, docs",
)
def in_no_order(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    if len(wrong) > k:
        wrong = wrong[np.argpartition(-probabilities[wrong].max(axis=1), k)[:k]]
    return wrong


@misconception(
    "worst_mistakes",
    "np.append to an empty array makes floats, but a position is a whole number. Collect the "
    "positions in a list.",
    origin="numpy.array: the type of an empty list is float64, docs",
)
def positions_in_floats(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    found = np.array([])
    for i in wrong[np.argsort(-probabilities[wrong].max(axis=1))][:k]:
        found = np.append(found, i)
    return found
