"""Wrong answers to the exercises of notebook 01."""

import keras
import numpy as np
import sklearn.metrics
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong

NOTHING = (
    r"\bNone\b(?!\])|returns? nothing|nothing is returned|return`? is missing"
    r"|(no|forg\w+|without) (the |a )?`?return|print"
)
SWAPPED = r"swap|exchang|interchang|mixed up|wrong (order|way)|order of"


# scale_images


@wrong(
    "scale_images",
    r"(?=.*(largest|max|bright|above|greater|exceed|more than 1|dark|white))"
    r"(?=.*(\bif\b|only|when|unless|not (always )?divided|undivided|condition|already))",
)
def divided_if_above_one(raw):
    images = raw.astype("float32")
    if images.max() > 1.0:
        images /= 255.0
    return np.expand_dims(images, axis=-1)


@wrong(
    "scale_images",
    r"^(?!.*divided by).*(binari|threshold|\b12[78]\b|black.(and|or).white|compar|cut at"
    r"|half of 255)",
    says=r"\b0 (or|and) 1\b|two values|grey",
)
def black_or_white(raw):
    images = np.zeros((*raw.shape, 1), dtype=np.float32)
    images[raw > 127] = 1.0
    return images


@wrong("scale_images", r"float16|half.?precision|16.?bit|precision|too few (digits|bits)")
def in_half_precision(raw):
    return raw[..., None].astype(np.float16) / np.float16(255)


@wrong("scale_images", SWAPPED + r"|reshape|(height|rows?) (for|instead of) (width|columns?)")
def shape_read_as_width_and_height(raw):
    count, width, height = raw.shape
    return (raw / 255.0).astype(np.float32).reshape(count, height, width, 1)


@wrong(
    "scale_images",
    r"^(?!.*own max).*(first (image|one)|image 0|raw\[0\]|(largest|maxim"
    r"|bright)\w*.{0,25}(occurs|found|\bdata|batch|images?))",
)
def scale_of_the_first_image(raw):
    largest = float(raw[0].max())
    return np.stack([image.astype(np.float32)[:, :, None] / np.float32(largest) for image in raw])


@wrong(
    "scale_images",
    r"^(?!.*MNIST).*(standardi[sz]|standard deviation|spread|\bmean\b|variance)",
)
def standardised_by_tensorflow(raw):
    images = tf.cast(raw[..., tf.newaxis], tf.float32)
    return tf.image.per_image_standardization(images)


@wrong("scale_images", NOTHING)
def scaled_and_forgotten(raw):
    raw = raw.astype("float32") / 255
    raw = raw[..., np.newaxis]


# count_weights


@wrong(
    "count_weights",
    r"squared?\b|height.{0,20}(not used|never used|unused|ignored|left out|missing)"
    r"|(ignor|forg|leav)\w* the height|width.{0,25}(twice|both|itself|two times)",
)
def width_of_the_kernel_squared(kernel_size, channels, filters):
    _, k = kernel_size
    weights_per_filter = k * k * channels
    return weights_per_filter * filters + filters


@wrong(
    "count_weights",
    r"(?=.*bias)(?=.*(\brows?\b|height|too many|too often|more than one|several|\bonce\b))",
)
def bias_in_the_inner_loop(kernel_size, channels, filters):
    height, width = kernel_size
    total = 0
    for _filter in range(filters):
        for _row in range(height):
            for _column in range(width):
                total += channels
            total += 1  # the bias
    return total


@wrong("count_weights", r"(?=.*bias)(?=.*channel)")
def biases_of_the_input_channels(kernel_size, channels, filters):
    kernel = np.zeros((*kernel_size, channels, filters))
    bias = np.zeros(channels)
    return kernel.size + bias.size


@wrong(
    "count_weights",
    r"separable|depthwise|pointwise|1\s?[×x]\s?1|shared|(every|each) filter.*(all|every|own)",
)
def separable_convolution(kernel_size, channels, filters):
    layer = keras.layers.SeparableConv2D(filters, kernel_size)
    layer.build((None, None, None, channels))
    return layer.count_params()


@wrong(
    "count_weights",
    r"^(?!.*swap).*(channels.{0,30}(not used|never|unused|ignored|left out|missing"
    r"|forgotten)|(ignor|forg)\w* (the )?(input )?channels|filters.{0,40}(twice|squared"
    r"|itself|(in place of|instead of|for|as) (the )?`?(input )?channels)"
    r"|channels.{0,30}replaced)",
)
def filters_of_the_layer_before_too(kernel_size, channels, filters):
    shape = (kernel_size[0], kernel_size[1], filters, filters)
    return int(np.prod(shape)) + filters


@wrong("count_weights", NOTHING + r"|print")
def printed_count(kernel_size, channels, filters):
    h, w = kernel_size
    total = h * w * channels * filters + filters
    print(f"{total} weights")


# build_network


def dense_layers(x, units, classes, activation="relu"):
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, activation=activation)(x)
    return keras.layers.Dense(classes, activation="softmax")(x)


@wrong(
    "build_network",
    r"^(?!.*(takes the filters|number of filters))(?=.*(kernel|[35]\s?[×x]\s?[35]"
    r"|window))(?=.*(order|revers|first|third|swap|begin|start|5, 5, 3))",
)
def kernels_from_small_to_large(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for i, kernel in enumerate([3, 5, 5]):
        x = keras.layers.Conv2D(filters[i], kernel, activation="relu", padding="same")(x)
        x = keras.layers.MaxPooling2D((2, 2))(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong(
    "build_network",
    r"^(?!.*(kernel|argument)).*(revers|order|last.*first|from the end|back to front"
    r"|backwards|\bpop\b)",
)
def filters_popped_from_the_end(input_shape, filters, units, classes):
    left = list(filters)
    x = inputs = keras.Input(shape=input_shape)
    for kernel in (5, 5, 3):
        x = keras.layers.Conv2D(left.pop(), kernel, activation="relu", padding="same")(x)
        x = keras.layers.MaxPooling2D((2, 2))(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong(
    "build_network",
    r"^(?!.*third pool).*(strid\w*.*(\b2\b|two|convol)|convol.*strid|(\bno|without"
    r"|instead of|replac\w*|in (the )?place of) (max.?|any )?pooling|pooling( layers?)? (is"
    r"|are) (missing|left out|gone))",
)
def strides_for_pooling(input_shape, filters, units, classes):
    network = keras.Sequential([keras.Input(input_shape)])
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        network.add(keras.layers.Conv2D(size, kernel, 2, padding="same", activation="relu"))
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(units, activation="relu"))
    network.add(keras.layers.Dense(classes, activation="softmax"))
    return network


@wrong(
    "build_network",
    r"tanh|hyperbolic|(an)?other activation|(wrong|different) activation"
    r"|activation.*(not|instead|should|expected).*relu|not (a )?relu|relu.*instead",
)
def tanh_everywhere(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="tanh")(x)
        x = keras.layers.MaxPooling2D()(x)
    return keras.Model(inputs, dense_layers(x, units, classes, "tanh"))


@wrong(
    "build_network",
    r"(?=.*pool)(?=.*(\b3\b|three|3\s?[×x]\s?3|pool_size|(window|pool).{0,20}(large(?!st)"
    r"|\bbig|size)))",
)
def pooling_of_three(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D(pool_size=3, strides=2)(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong("build_network", r"bias")
def convolutions_without_bias(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", use_bias=False)(x)
        x = keras.layers.ReLU()(x)
        x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong(
    "build_network",
    r"^(?!.*sigmoid).*((hidden|first dense|`x`).*(output|returned)|(last|final|output"
    r"|second|softmax|class\w*) (dense |softmax )?(layer|Dense)?.{0,40}(missing|not (part"
    r"|used|in|connected|reached|included)|never|left out|unused|dropped)|(ends?"
    r"|stops?) (at|with|after|before|too early).*(hidden|last|dense|units|softmax|layer)"
    r"|units.*(instead|not) .*classes)",
)
def hidden_layer_as_output(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, activation="relu")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)  # noqa: F841
    return keras.Model(inputs=inputs, outputs=x)


@wrong(
    "build_network",
    r"\binputs?\b.*(every|each|again|\ball\b|\bnot\b|instead)|(every|each|\ball\b).*\binputs?\b"
    r"|chain|(only|just) (the )?(last|third|one) conv|previous|layer before"
    r"|one after (the other|another)|connected|first two",
)
def every_convolution_reads_the_input(input_shape, filters, units, classes):
    inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="relu")(inputs)
        x = keras.layers.MaxPooling2D()(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong(
    "build_network",
    r"(?=.*(kernel|\b5\b|window))(?=.*filters)(?=.*(swap|order|exchang|interchang|wrong way|mix"
    r"|place))"
    r"|Conv2D.*(order|first argument)",
)
def kernel_before_filters(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(kernel, size, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    return keras.Model(inputs, dense_layers(x, units, classes))


@wrong(
    "build_network",
    r"\bclasses\b.*(not used|never|unused|ignored|fixed|hard|\b10\b|argument)"
    r"|\b(10|ten)\b.*(hard|fixed|always|class|unit)|hard.?coded|always (10|ten)",
)
def ten_classes_always(input_shape, filters, units, classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(filters[0], (5, 5), activation="relu", padding="same"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Conv2D(filters[1], (5, 5), activation="relu", padding="same"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Conv2D(filters[2], (3, 3), activation="relu", padding="same"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


@wrong(
    "build_network",
    r"(?=.*(input|shape))(?=.*(know|told|missing|never|not used|unused|ignored|without|given|begin"
    r"|first|buil[dt]|keras\.Input))",
)
def input_shape_never_told(input_shape, filters, units, classes):
    network = keras.Sequential()
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        network.add(keras.layers.Conv2D(size, kernel, padding="same", activation="relu"))
        network.add(keras.layers.MaxPooling2D())
    network.add(keras.layers.Flatten())
    network.add(keras.layers.Dense(units, activation="relu"))
    network.add(keras.layers.Dense(classes, activation="softmax"))
    return network


# accuracy


@wrong("accuracy", r"round|decimal|two digits")
def rounded_to_two_decimals(probabilities, labels):
    predicted = np.argmax(probabilities, axis=-1)
    return round(float((predicted == labels).mean()), 2)


@wrong("accuracy", r"top.?(2|two|k\b)|second|(two|2) (most|best|highest|largest)|runner|among")
def among_the_best_two(probabilities, labels):
    best_two = np.argsort(probabilities, axis=1)[:, -2:]
    hits = [label in row for label, row in zip(labels, best_two, strict=True)]
    return sum(hits) / len(hits)


@wrong(
    "accuracy",
    r"batch|chunk|groups?\b|(mean|average) of (the )?(means|averages|accuracies|shares)|unequal",
)
def mean_of_the_batches(probabilities, labels, batch_size=8):
    accuracies = []
    for start in range(0, len(labels), batch_size):
        batch = slice(start, start + batch_size)
        correct = tf.equal(tf.argmax(probabilities[batch], axis=1), labels[batch])
        accuracies.append(tf.reduce_mean(tf.cast(correct, tf.float32)).numpy())
    return float(np.mean(accuracies))


@wrong(
    "accuracy",
    r"least|smallest|lowest|ascending|arg.?min|weakest|unlikel|wrong end|first of the sort",
)
def first_of_an_ascending_sort(probabilities, labels):
    order = np.argsort(probabilities, axis=1)
    return float(np.mean(order[:, 0] == labels))


@wrong(
    "accuracy",
    r"one.?hot|arg.?max.{0,25}labels|labels.{0,25}arg.?max|(largest|position of the).{0,12} label"
    r"|labels.*(are|is|already|hold).*(numbers|classes|position|index|indices)",
)
def labels_taken_as_one_hot(probabilities, labels):
    correct = np.argmax(probabilities, axis=-1) == np.argmax(labels, axis=-1)
    return correct.sum() / correct.size


@wrong(
    "accuracy",
    r"number of (the )?(different |distinct )?(classes|labels)|divid.*class|class.*divid|unique",
)
def divided_by_the_classes(probabilities, labels):
    right = 0
    for i in range(len(labels)):
        if probabilities[i].argmax() == labels[i]:
            right += 1
    return right / probabilities.shape[1]


@wrong(
    "accuracy",
    r"first (image|one).{0,25}(skip|left out|missing|\bnot\b|never|ignored|lost)|(skip|leav"
    r"|miss|ignor)\w* .{0,12}first|image 0|range\(1|(starts?|begins?) (at|with|from) 1"
    r"|one image (is )?(left out|too few|missing)|from the second",
)
def first_image_skipped(probabilities, labels):
    right = 0
    for i in range(1, len(labels)):
        right += int(np.argmax(probabilities[i])) == int(labels[i])
    return right / len(labels)


@wrong(
    "accuracy",
    r"(only|just|after|at) (the )?(first|one|a single) image|single image|after one"
    r"|return.*(loop|early|soon|inside|indent)|(loop|indent).*return",
)
def returned_inside_the_loop(probabilities, labels):
    correct = 0
    for scores, label in zip(probabilities, labels, strict=True):
        if np.argmax(scores) == label:
            correct += 1
        return correct / len(labels)


metric = keras.metrics.SparseCategoricalAccuracy()


@wrong(
    "accuracy",
    r"state|reset|earlier|previous|last call|between calls|(one|from) call|keeps|accumulat|remember"
    r"|global|outside",
)
def metric_never_reset(probabilities, labels):
    metric.update_state(labels, probabilities)
    return float(metric.result())


@wrong("accuracy", r"\bf.?1\b|f.score|precision|recall")
def macro_f1(probabilities, labels):
    return sklearn.metrics.f1_score(labels, probabilities.argmax(axis=1), average="macro")


# confusion


@wrong(
    "confusion",
    r"^(?!.*(add\.at|use a loop|is a copy)).*(assign|overwrit|\+=|\badd|increment|increas"
    r"|only once|whether|set to 1|never more than 1|\b0 (or|and) 1\b)",
)
def set_in_place_of_counted(labels, predictions, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for t, p in zip(labels, predictions, strict=True):
        matrix[t, p] = 1
    return matrix


@wrong("confusion", r"uint8|overflow|wrap|\b25[56]\b|8.?bit|\bbytes?\b|dtype|data type|too small")
def counted_in_bytes(labels, predictions, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=np.uint8)
    for true, predicted in zip(labels, predictions, strict=True):
        matrix[true, predicted] += 1
    return matrix


@wrong(
    "confusion",
    r"last (image|one|pair|entry|sample|label)|len\(labels\) ?[-−] ?1|(ends?|stops?) one"
    r"|one image.*(missing|too few|left out|not counted)",
)
def last_image_left_out(labels, predictions, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=np.int32)
    i = 0
    while i < len(labels) - 1:
        row = labels[i]
        column = predictions[i]
        matrix[row][column] = matrix[row][column] + 1
        i = i + 1
    return matrix


@wrong(
    "confusion",
    r"(always|fixed|made for)\b.{0,20}\b(10|ten)\b|hard.?coded|fixed (size|shape)"
    r"|n_classes.{0,20}(not used|never|unused|ignored)|(ignor|use)\w* `?n_classes",
)
def ten_by_ten(labels, predictions, n_classes):
    pairs = 10 * labels + predictions
    return np.bincount(pairs, minlength=100).reshape(10, 10)


@wrong(
    "confusion",
    r"symmetri|both (ways|directions|orders|cells|places)|twice|transpos|mirror|doubl|other way"
    r"|\[j, ?i\]",
)
def counted_both_ways(labels, predictions, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(labels, predictions, strict=True):
        matrix[i, j] += 1
        if i != j:
            matrix[j, i] += 1
    return matrix


@wrong(
    "confusion",
    r"either|union|at least one|logical_or|both (hold|must|have to|condit|at (once"
    r"|the same)|together|are (needed|required|true))|instead of both|not both|`or`",
)
def either_of_the_two(labels, predictions, n_classes):
    return np.array(
        [
            [np.sum(np.logical_or(labels == i, predictions == j)) for j in range(n_classes)]
            for i in range(n_classes)
        ]
    )


@wrong(
    "confusion",
    r"n_classes ?\+ ?1|one (row|class|column).*(too many|more|extra)|too (many|large)|by one\b"
    r"|(extra|additional|superfluous|unused) (row|class|column)|1 to n_classes",
)
def a_class_too_many(labels, predictions, n_classes):
    size = n_classes + 1
    flat = tf.math.bincount(labels * size + predictions, minlength=size * size)
    return tf.reshape(flat, (size, size)).numpy()


@wrong(
    "confusion",
    r"same (list|row|object)|alias|shar(e|ed|ing)\b|copies|every row|all (the )?rows|identical"
    r"|one (and the same )?list|\[\[0\]|refer",
)
def rows_that_are_one_list(labels, predictions, n_classes):
    matrix = [[0] * n_classes] * n_classes
    for label, prediction in zip(labels, predictions, strict=True):
        matrix[label][prediction] += 1
    return np.array(matrix)


@wrong(
    "confusion",
    r"^(?!.*bincount)(?=.*(occur|absent|without (any )?images|np\.unique|enumerate"
    r"|missing class))(?=.*(shift|mov(e|ed)|\bup\b|position|\bgap|enumerate|np\.unique"
    r"|number|own row|wrong row|rows? of|another row))",
)
def rows_of_the_classes_that_occur(labels, predictions, n_classes):
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    for row, true_class in enumerate(np.unique(labels)):
        guesses = predictions[labels == true_class]
        matrix[row] = np.bincount(guesses, minlength=n_classes)
    return matrix


# worst_mistakes


def mistakes(probabilities, labels):
    """Positions of the mistakes, and how sure the network was of each."""
    wrong_ones = np.where(np.argmax(probabilities, axis=1) != labels)[0]
    return wrong_ones, np.max(probabilities[wrong_ones], axis=1)


@wrong(
    "worst_mistakes",
    r"^(?!.*(revers|ascending)).*(partition|unsorted|unordered|(wrong|no|any) (particular )?order"
    r"|(not|never) (fully |yet )?(sorted|ordered|in order))",
)
def partitioned_not_sorted(probabilities, labels, k):
    positions, confidence = mistakes(probabilities, labels)
    if len(positions) <= k:
        return positions[np.argsort(confidence)[::-1]]
    return positions[np.argpartition(-confidence, k)[:k]]


@wrong(
    "worst_mistakes",
    r"^(?!.*true class).*(margin|second|runner|\blead\b|\bgap|difference|distance|next)",
)
def lead_over_the_runner_up(probabilities, labels, k):
    top_two = tf.math.top_k(probabilities, k=2)
    margin = (top_two.values[:, 0] - top_two.values[:, 1]).numpy()
    is_wrong = top_two.indices[:, 0].numpy() != labels
    order = np.argsort(margin)[::-1]
    return order[is_wrong[order]][:k]


@wrong("worst_mistakes", r"entropy|whole (distribution|row)|all (the )?probabilities|other classes")
def smallest_entropy(probabilities, labels, k):
    positions, _ = mistakes(probabilities, labels)
    entropy = [-(p * np.log(p + 1e-12)).sum() for p in probabilities[positions]]
    return positions[np.argsort(entropy)][:k]


@wrong("worst_mistakes", r"one (\w+ )?(too many|more|extra)|k ?\+ ?1|too (many|long)")
def one_mistake_too_many(probabilities, labels, k):
    positions, confidence = mistakes(probabilities, labels)
    return positions[np.argsort(-confidence)[: k + 1]]


@wrong(
    "worst_mistakes",
    r"0\.5|half|threshold|50 ?%|above|below|at least|unsure|(low|small)\w*.*(confid|probab)",
)
def only_above_one_half(probabilities, labels, k):
    found = []
    for i, (row, label) in enumerate(zip(probabilities, labels, strict=True)):
        if row.argmax() != label and row.max() > 0.5:
            found.append((row.max(), i))
    found.sort(reverse=True)
    return np.array([i for _, i in found[:k]], dtype=int)


@wrong(
    "worst_mistakes",
    r"(class|digit|prediction|label)\w*.{0,30}(not|instead|rather|for) .{0,15}(position|ind)"
    r"|(position|ind(ex|ices))\w*.{0,40}(not|instead|rather).{0,20}(class|digit|prediction|label)"
    r"|return\w* (the )?(predicted )?(classes|predictions|labels|digits)"
    r"|these are (the )?(predicted )?(classes|predictions|digits)",
)
def predicted_classes_returned(probabilities, labels, k):
    positions, confidence = mistakes(probabilities, labels)
    worst = positions[np.argsort(-confidence)][:k]
    return probabilities.argmax(axis=1)[worst]


@wrong(
    "worst_mistakes",
    r"axis|over (the )?(images|mistakes)|(of|for|per) (each|every) class|column",
)
def largest_of_each_class(probabilities, labels, k):
    positions = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[positions].max(axis=0)
    order = np.argsort(-confidence)
    return positions[order[order < len(positions)]][:k]


@wrong(
    "worst_mistakes",
    r"same (image|mistake|position|one)|repeat|again|remov|k times|several times|more than once"
    r"|duplicat|first entry in the place of each",
)
def the_worst_k_times(probabilities, labels, k):
    positions, confidence = mistakes(probabilities, labels)
    remaining = dict(zip(positions.tolist(), confidence, strict=True))
    worst = []
    while len(worst) < min(k, len(remaining)):
        worst.append(max(remaining, key=remaining.get))
    return np.array(worst)


@wrong(
    "worst_mistakes",
    r"in place|reverse\(\)",
)
def reversed_in_place(probabilities, labels, k):
    positions, confidence = mistakes(probabilities, labels)
    ranking = sorted(range(len(positions)), key=lambda i: confidence[i])
    ranking = ranking.reverse()
    return ranking if ranking is None else positions[ranking][:k]


# own_mistakes


def own_answers():
    own_model, own = findings.network(9), findings.images(9)
    return own_model.predict(own.images, verbose=0), own.labels


def most_mixed_up(labels, answers):
    table = sklearn.metrics.confusion_matrix(labels, answers, labels=range(10))
    np.fill_diagonal(table, 0)
    true, taken = divmod(int(table.argmax()), 10)
    return true, taken, int(table.max())


@wrong("own_mistakes", r"among (the images of )?(your|the) digit|all 200|position")
def worst_among_the_nines():
    p, labels = own_answers()
    nines = p[labels == 9]
    sure = np.where(nines.argmax(axis=1) != 9, nines.max(axis=1), 0)
    worst = int(sure.argmax())
    return worst, int(nines[worst].argmax()), *most_mixed_up(labels, p.argmax(axis=1))


@wrong("own_mistakes", r"of all images|image of your digit|your digit")
def worst_of_all():
    p, labels = own_answers()
    answers = p.argmax(axis=1)
    worst = int(np.argmax(p.max(axis=1) * (answers != labels)))
    return worst, int(answers[worst]), *most_mixed_up(labels, answers)


@wrong("own_mistakes", r"swap|true digit (comes|is) first|exchang|rows")
def digits_the_wrong_way_round():
    p, labels = own_answers()
    answers = p.argmax(axis=1)
    mine = np.flatnonzero((labels == 9) & (answers != 9))
    worst = int(mine[p[mine].max(axis=1).argmax()])
    return worst, int(answers[worst]), *most_mixed_up(answers, labels)


@wrong("own_mistakes", r"least sure|highest probability|most sure")
def mistake_with_most_doubt():
    p, labels = own_answers()
    answers = p.argmax(axis=1)
    mine = np.flatnonzero((labels == 9) & (answers != 9))
    worst = int(mine[np.argsort(p[mine].max(axis=1))][0])
    return worst, int(answers[worst]), *most_mixed_up(labels, answers)


@wrong("scale_images", r"whole|round|0 (or|and) 1|uint8|integer")
def scaled_in_the_array_of_bytes(raw):
    raw = raw.copy()
    for image in raw:
        image[:] = image / 255
    return raw[..., np.newaxis].astype(np.float32)


@wrong("scale_images", r"channel|axis 0|first|front")
def channel_by_expand_dims_axis_0_per_image(raw):
    images = [np.expand_dims(image.astype(np.float32) / 255, axis=0) for image in raw]
    return np.array(images)


@wrong("scale_images", r"wrap|uint8|bytes|anew|overflow")
def centred_before_the_cast(raw):
    return ((raw - raw.dtype.type(128)) / 255).astype("float32")[..., None]


@wrong("scale_images", r"0\.5|limit|0 or 1|black and white|grey")
def ink_or_no_ink(raw):
    return np.where(raw[..., None] / 255 >= 0.5, np.float32(1), np.float32(0))


@wrong("worst_mistakes", r"wrong class|right class|true class|label")
def least_probable_truth(probabilities, labels, k):
    import tensorflow as tf

    loss = tf.keras.losses.sparse_categorical_crossentropy(labels, probabilities).numpy()
    w = np.where(probabilities.argmax(axis=1) != labels)[0]
    return w[np.argsort(loss[w])[::-1]][:k]


@wrong("worst_mistakes", r"smallest|least|lowest|ascending|descending")
def sorted_with_reverse_forgotten(probabilities, labels, k):
    found = []
    for i in range(len(labels)):
        guess = int(np.argmax(probabilities[i]))
        if guess != labels[i]:
            found.append((float(probabilities[i][guess]), i))
    found.sort()
    return np.array([i for _, i in found[:k]], dtype=int)


@wrong("worst_mistakes", r"order of all|positions of the mistakes|mistakes' own")
def order_indexed_by_the_mistakes(probabilities, labels, k):
    conf = probabilities.max(axis=1)
    order = np.argsort(conf)[::-1]
    return order[np.flatnonzero(probabilities.argmax(axis=1) != labels)][:k]


@wrong("worst_mistakes", r"tuple|np\.where|nonzero|entry")
def where_not_unpacked(probabilities, labels, k):
    w = np.where(np.argmax(probabilities, 1) != labels)
    best = np.argsort(-probabilities[w].max(axis=1))
    return (w[0][best][:k],)


@wrong("worst_mistakes", r"partition|not sort|order|first")
def partitioned_only(probabilities, labels, k):
    w = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    conf = probabilities[w].max(axis=1)
    if len(w) <= k:
        return w[np.argsort(-conf)]
    return w[np.argpartition(-conf, k)[:k]]
