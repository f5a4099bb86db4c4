"""Wrong answers to the exercises of notebook 02."""

from collections import Counter

import keras
import numpy as np
import scipy.stats
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong

SWAPPED = r"swap|exchang|interchang|transpos|mixed up|wrong (order|way)|square"
CHANGED = (
    r"in.?place(?! of)|chang\w* (its|the|your|an) (argument|input|array)"
    r"|(its|the|an|your) argument\b|argument (is |was )?(chang|overwrit|modif)|a copy\b"
    r"|caller|original"
)


# layer_output


@wrong(
    "layer_output",
    r"next layer|layer (after|behind|that follows)|following layer|(one|a) (layer )?too (far|late)"
    r"|one layer (more|further|later)|\+ ?1",
)
def one_layer_too_far(model, images, layer_name):
    x = images
    found = False
    for layer in model.layers[1:]:
        x = layer(x)
        if found:
            break
        if layer.name == layer_name:
            found = True
    return x.numpy()


@wrong("layer_output", r"re.?lu|activation function|before (the|its) activation")
def before_the_activation(model, images, layer_name):
    layer = model.get_layer(layer_name)
    x = keras.Model(model.inputs, layer.input)(images)
    if isinstance(layer, keras.layers.Conv2D):
        kernel, bias = layer.get_weights()
        return (tf.nn.conv2d(x, kernel, 1, layer.padding.upper()) + bias).numpy()
    return layer(x).numpy()


@wrong(
    "layer_output",
    r"binari|threshold|positive|(larger|greater|more) than 0|above 0|\b0 (and|or) 1\b|whether|> ?0",
)
def active_or_not(model, images, layer_name):
    part = keras.Model(model.inputs, model.get_layer(layer_name).output)
    return (part(images).numpy() > 0).astype(np.float32)


@wrong("layer_output", r"part of|substring|contain|`?in`? (the|its|layer)|exact|whole name|similar")
def found_by_a_part_of_its_name(model, images, layer_name):
    for layer in model.layers:
        if layer_name in layer.name:
            return keras.Model(model.inputs, layer.output)(images).numpy()
    raise ValueError(f"no layer {layer_name}")


@wrong(
    "layer_output",
    r"last (image|batch|one)|overwrit|only (one|the last)|append|(not|never) (kept|collected)|lost",
)
def last_image_kept(model, images, layer_name):
    part = keras.Model(model.inputs, model.get_layer(layer_name).output)
    for i in range(len(images)):
        maps = part(images[i : i + 1], training=False)
    return maps.numpy()


@wrong(
    "layer_output",
    r"axis (too many|of length (1|one))|(extra|additional|superfluous|second|another"
    r"|own) (batch )?axis"
    r"|concatenat|squeeze|\(N, 1|dimension|\[0\]",
)
def images_stacked_with_their_batch_axes(model, images, layer_name):
    part = keras.Model(model.inputs, model.get_layer(layer_name).output)
    return np.array([part(image[np.newaxis]).numpy() for image in images])


@wrong("layer_output", r"whole number|integer|\bint\b|truncat|cut (off)?|round|decimal|fraction")
def maps_in_whole_numbers(model, images, layer_name):
    part = keras.Model(model.inputs, model.get_layer(layer_name).output)
    maps = np.zeros((len(images), *part.output.shape[1:]), dtype=int)
    for i, image in enumerate(images):
        maps[i] = part(image[None])[0]
    return maps.astype(np.float32)


@wrong(
    "layer_output",
    r"symbol|KerasTensor|placeholder|images.{0,25}(not|never|unused|ignored)|no (numbers|values"
    r"|array)"
    r"|(never|not) (run|called|computed|evaluated|predicted)",
)
def symbolic_output(model, images, layer_name):
    return model.get_layer(layer_name).output


@wrong(
    "layer_output",
    r"^(?!.*255).*(images.*(scal|divid|normal|maxim|largest)|(scal|divid"
    r"|normal)\w* the images)",
)
def images_scaled_by_their_maximum(model, images, layer_name):
    images = images.astype("float32") / np.max(images)
    part = keras.Model(inputs=model.input, outputs=model.get_layer(layer_name).output)
    return part(images, training=False).numpy()


# class_means


@wrong("class_means", r"column|axis 2|width|horizontal", says=r"shape|axis|\(\d")
def averaged_over_columns_too(activations, labels, n_classes):
    shape = (n_classes, activations.shape[1], activations.shape[3])
    means = np.full(shape, np.nan)
    for c in range(n_classes):
        members = activations[labels == c]
        if len(members) > 0:
            means[c] = members.mean(axis=(0, 2))
    return means


@wrong("class_means", r"median")
def median_of_the_class(activations, labels, n_classes):
    with np.errstate(all="ignore"):
        return np.stack(
            [np.median(activations[labels == c].astype(float), axis=0) for c in range(n_classes)]
        )


@wrong(
    "class_means",
    r"last class|n_classes ?[-−] ?1|one class.*(too few|missing|left out)|highest (class|label)"
    r"|(ends?|stops?) one",
    says=r"NaN|last",
)
def last_class_left_out(activations, labels, n_classes):
    means = np.full((n_classes, *activations.shape[1:]), np.nan, dtype=np.float32)
    for c in range(n_classes - 1):
        if (labels == c).any():
            means[c] = np.mean(activations[labels == c], axis=0)
    return means


@wrong(
    "class_means",
    r"(count|start|begin)\w*.{0,25}(at|with|from) (1|one)\b|(count|number).{0,30}\b(one"
    r"|1) (too|more)|\+ ?1|one (image )?(too many|more)|too (many|large|high) by (1|one)"
    r"|np\.ones|an image (more|that)",
)
def counters_that_begin_at_one(activations, labels, n_classes):
    sums = np.zeros((n_classes, *activations.shape[1:]))
    counts = np.ones(n_classes)  # no division by zero
    for image, label in zip(activations, labels, strict=True):
        sums[label] += image
        counts[label] += 1
    means = sums / counts[:, None, None, None]
    means[counts == 1] = np.nan
    return means


@wrong("class_means", r"batch|chunk|group of|(mean|average) of (the )?(means|averages)|unequal")
def mean_of_batch_means(activations, labels, n_classes):
    batches = []
    for start in range(0, len(activations), 4):
        maps, own = activations[start : start + 4], labels[start : start + 4]
        means = np.full((n_classes, *activations.shape[1:]), np.nan)
        for c in set(own.tolist()):
            means[c] = maps[own == c].mean(axis=0)
        batches.append(means)
    return np.nanmean(batches, axis=0)


@wrong(
    "class_means",
    r"order|first (seen|met|come)|appear|(not|never|un)\s?sorted|own row|row of",
    says=r"row",
)
def rows_in_order_of_appearance(activations, labels, n_classes):
    groups = {}
    for image, label in zip(activations, labels, strict=True):
        groups.setdefault(int(label), []).append(image)
    rows = [np.mean(group, axis=0) for group in groups.values()]
    rows += [np.full(activations.shape[1:], np.nan)] * (n_classes - len(rows))
    return np.array(rows)


@wrong("class_means", CHANGED + r"|overwrit|destroy|set to 0|original|lost")
def other_classes_set_to_zero(activations, labels, n_classes):
    means = []
    for c in range(n_classes):
        own = labels == c
        activations[~own] = 0
        means.append(activations.sum(axis=0) / own.sum())
    return np.array(means)


@wrong("class_means", r"first (image|one)|(one|single) image|no (mean|average)|only one|\[0\]")
def first_image_of_the_class(activations, labels, n_classes):
    means = np.full((n_classes, *activations.shape[1:]), np.nan)
    present, first = np.unique(labels, return_index=True)
    means[present] = activations[first]
    return means


# winning_filter


@wrong("winning_filter", r"^(?!.*swap).*(column|axis 2|width|horizontal|wrong axis)")
def winner_among_the_columns(activations):
    winners = tf.argmax(activations, axis=2)
    strongest = tf.reduce_max(activations, axis=2)
    return tf.where(strongest > 0, winners, -1).numpy()


@wrong(
    "winning_filter",
    CHANGED + r"|activations.{0,25}(chang|modif|overwrit)|arg.?max.*(after|still|again|answers? 0)"
    r"|(before|into|in) the (activations|arg.?max)",
)
def minus_one_in_the_activations(activations):
    dead = activations.max(axis=-1) == 0
    activations[dead] = -1
    return activations.argmax(axis=-1)


@wrong("winning_filter", r"second|runner|next (strong|larg|best)")
def second_strongest(activations):
    ranking = np.argsort(activations, axis=-1)
    winners = ranking[..., -2]
    winners[activations.max(axis=-1) == 0] = -1
    return winners


@wrong("winning_filter", SWAPPED + r"|rows? (and|for) columns?|\by\b.*\bx\b|\bx\b.*\by\b")
def x_before_y(activations):
    n, h, w, _ = activations.shape
    winners = np.full((n, h, w), -1)
    for i in range(n):
        for x in range(w):
            for y in range(h):
                responses = activations[i, x, y]
                if responses.any():
                    winners[i, y, x] = np.argmax(responses)
    return winners


@wrong(
    "winning_filter",
    r"(divid|scal|normali|standardi|relative|share|measured).{0,50}(filter|own|maxim"
    r"|largest|strongest|peak)|own (maximum|largest|strongest|peak|scale)"
    r"|filter's (own )?(maximum|largest|strongest)",
)
def relative_to_the_filters_maximum(activations):
    strongest = activations.max(axis=(0, 1, 2), keepdims=True)
    relative = activations / np.maximum(strongest, 1e-9)
    winners = relative.argmax(axis=-1)
    winners[relative.max(axis=-1) <= 0] = -1
    return winners


@wrong(
    "winning_filter",
    r"one.?hot|\b0s? (and|or) 1s?\b|true (and|or) false|\bmask\b"
    r"|(filter|last) axis .{0,20}(kept|left|remain|still"
    r"|there)|arg.?max (is )?(missing|left out)|for (every|each) filter|\bmarks?\b",
)
def one_hot_winners(activations):
    strongest = activations.max(axis=-1, keepdims=True)
    hits = (activations == strongest).astype(int)
    return np.where(strongest > 0, hits, -1)


@wrong("winning_filter", r"\b(9|nine)\b|hard.?coded|fixed|number of filters|shape\[-1\]")
def nine_filters(activations):
    n, h, w = activations.shape[:3]
    winners = -np.ones((n, h, w), dtype=int)
    best = np.zeros((n, h, w))
    for f in range(9):
        better = activations[:, :, :, f] > best
        winners[better] = f
        best = np.maximum(best, activations[:, :, :, f])
    return winners


@wrong(
    "winning_filter",
    r">=|(last|highest).{0,25}(equal|filter|tie)|\bties?\b|equal.{0,30}(last|wins|enough"
    r"|count)|(\b0|zero|silent|dead|nothing).{0,40}(wins|counts as|not enough|beats|enough"
    r"|taken|last filter)|(also|even) (where|when|if).*(equal|\b0\b)",
)
def last_of_equals(activations):
    def winner(responses):
        best, name = 0.0, -1
        for f, response in enumerate(responses):
            if response >= best:
                best, name = response, f
        return name

    return np.apply_along_axis(winner, -1, activations)


# mode_map


def vote_counts(winners, labels, n_classes):
    """How often each filter wins, (n_classes, filters, h, w)."""
    filters = np.arange(winners.max() + 1)[:, None, None, None]
    return np.stack([(winners[labels == c] == filters).sum(axis=1) for c in range(n_classes)])


def mode_of(counts):
    return np.where(counts.max(axis=1) > 0, counts.argmax(axis=1), -1)


@wrong("mode_map", r"\bmean\b|averag|\bround")
def rounded_mean_of_the_winners(winners, labels, n_classes):
    counts = vote_counts(winners, labels, n_classes)
    filters = np.arange(counts.shape[1])[:, None, None]
    votes = counts.sum(axis=1)
    mean = (counts * filters).sum(axis=1) / np.maximum(votes, 1)
    mode = np.where(votes > 0, np.rint(mean), -1).astype(int)
    size = np.bincount(labels, minlength=n_classes)[:, None, None]
    return mode, counts.max(axis=1) / size


@wrong(
    "mode_map",
    r"equal(ly)? (large|big|many|often|size)|same (number|size)|as many|n_classes|balanced|evenly"
    r"|(number|size) of (the|its|each|every) (own )?class|number of classes|unequal",
)
def classes_taken_as_equally_large(winners, labels, n_classes):
    counts = vote_counts(winners, labels, n_classes)
    images_per_class = len(labels) / n_classes
    return mode_of(counts), counts.max(axis=1) / images_per_class


@wrong("mode_map", r"\b(9|nine|16)\b|hard.?coded|fixed|number of filters|more filters")
def votes_for_nine_filters(winners, labels, n_classes):
    _, h, w = winners.shape
    counts = np.zeros((n_classes, 9, h, w), dtype=int)
    for image, label in zip(winners, labels, strict=True):
        for f in range(9):
            counts[label, f] += image == f
    totals = np.bincount(labels, minlength=n_classes).reshape(-1, 1, 1)
    return mode_of(counts), counts.max(axis=1) / totals


@wrong(
    "mode_map",
    r"highest|last filter|largest (filter|number)|\+ ?1|one filter.*(too few|missing|left out)"
    r"|range\(|(ends?|stops?) one|not counted",
)
def highest_filter_left_out(winners, labels, n_classes):
    filters = winners.max()
    counts = np.stack(
        [
            [np.count_nonzero(winners[labels == c] == f, axis=0) for f in range(filters)]
            for c in range(n_classes)
        ]
    )
    totals = np.array([np.sum(labels == c) for c in range(n_classes)])
    return mode_of(counts), counts.max(axis=1) / totals[:, None, None]


@wrong(
    "mode_map",
    r"(share|divid|normali|frequency|\bsum).{0,50}(pixels|positions|places|\bmap\b|space"
    r"|rows and columns|\(2, 3\))|over (all )?(the )?(pixels|positions|map|space)|spatial"
    r"|how many pixels|\(2, 3\)",
)
def shares_of_the_pixels(winners, labels, n_classes):
    counts = vote_counts(winners, labels, n_classes)
    share = counts / np.maximum(counts.sum(axis=(2, 3), keepdims=True), 1)
    frequency = np.take_along_axis(share, counts.argmax(axis=1)[:, None], axis=1)[:, 0]
    return mode_of(counts), frequency


@wrong(
    "mode_map",
    r"(rows?|height|columns?|width|axes|\bx\b).{0,40}(swap|exchang|interchang|transpos"
    r"|mixed|wrong (order|way))|(swap|exchang|interchang|mix)\w*.{0,40}(rows?|height"
    r"|columns?|width|axes)|transpos|square|(row|height|line)s? (and|for) (column|width)"
    r"|column by column",
)
def maps_built_column_by_column(winners, labels, n_classes):
    _, rows, columns = winners.shape
    mode, frequency = [], []
    for c in range(n_classes):
        own = winners[labels == c]
        for x in range(columns):
            for y in range(rows):
                alive = own[:, y, x][own[:, y, x] >= 0]
                votes = np.bincount(alive) if len(alive) else np.array([0])
                mode.append(votes.argmax() if votes.any() else -1)
                frequency.append(votes.max() / len(own))
    shape = (n_classes, columns, rows)
    return np.reshape(mode, shape), np.reshape(frequency, shape)


@wrong(
    "mode_map",
    r"axis of length (1|one)|(extra|additional|superfluous) axis|keepdims|squeeze",
)
def axis_of_scipy_kept(winners, labels, n_classes):
    modes, frequencies = [], []
    for c in range(n_classes):
        own = np.where(winners[labels == c] < 0, np.nan, winners[labels == c])
        found = scipy.stats.mode(own, axis=0, keepdims=True, nan_policy="omit")
        modes.append(np.nan_to_num(np.asarray(found.mode), nan=-1).astype(int))
        frequencies.append(np.asarray(found.count) / len(own))
    return np.array(modes), np.array(frequencies)


@wrong(
    "mode_map",
    r"reset|set back|accumul|(earlier|previous) class|class(es)? before|carried"
    r"|start\w* (again|anew|afresh|from 0)|(not|never) (cleared|emptied|made anew)|(keeps?"
    r"|kept|still|hold\w*|contain\w*).{0,40}(class|vote|count)|all classes so far",
)
def votes_of_earlier_classes_kept(winners, labels, n_classes):
    _, h, w = winners.shape
    votes = [[Counter() for _ in range(w)] for _ in range(h)]
    mode = np.full((n_classes, h, w), -1)
    frequency = np.zeros((n_classes, h, w))
    for c in range(n_classes):
        own = winners[labels == c]
        for y in range(h):
            for x in range(w):
                votes[y][x].update(int(f) for f in own[:, y, x] if f >= 0)
                if votes[y][x]:
                    best = min(votes[y][x], key=lambda f, v=votes[y][x]: (-v[f], f))
                    mode[c, y, x] = best
                    frequency[c, y, x] = votes[y][x][best] / len(own)
    return mode, frequency


@wrong(
    "mode_map",
    r"uint8|[−-]1 (becomes|as a byte|is) 255|unsigned|wrap|\bbytes?\b|sign(ed)?\b",
    says=r"255",
)
def winners_as_bytes(winners, labels, n_classes):
    winners = winners.astype(np.uint8)  # there are few filters
    mode, frequency = [], []
    for c in range(n_classes):
        found = scipy.stats.mode(winners[labels == c], axis=0)
        alive = found.mode >= 0
        mode.append(np.where(alive, found.mode, -1).astype(int))
        frequency.append(np.where(alive, found.count, 0) / np.sum(labels == c))
    return np.stack(mode), np.stack(frequency)


@wrong(
    "mode_map",
    r"images? (with|that (have|has|contain)|in which|where) (a|any|one|some|even one) dead"
    r"|(whole|entire|complete) images?|images?.{0,30}(left out|dropped|excluded|removed"
    r"|skipped|thrown|lose)|dead (pixel )?(anywhere|elsewhere|somewhere)|anywhere"
    r"|only images",
)
def images_with_a_dead_pixel_left_out(winners, labels, n_classes):
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    frequency = np.zeros(mode.shape)
    for c in range(n_classes):
        own = winners[labels == c]
        alive = own[(own >= 0).all(axis=(1, 2))]
        if len(alive):
            found = scipy.stats.mode(alive, axis=0)
            mode[c] = found.mode
            frequency[c] = found.count / len(own)
    return mode, frequency


@wrong("mode_map", r"nan\b|undefined|not a number")
def frequency_of_dead_pixels_nan(winners, labels, n_classes):
    counts = vote_counts(winners, labels, n_classes)
    mode = mode_of(counts)
    images = np.array([(labels == c).sum() for c in range(n_classes)])
    frequency = counts.max(axis=1) / images[:, None, None]
    return mode, np.where(mode == -1, np.nan, frequency)


@wrong(
    "mode_map",
    r"^(?!.*np\.zeros).*(whole number|integer|\bint\b|truncat|cut (off|to|down)"
    r"|\btypes? (is|of|comes)|dtype|apply_along_axis|first (pixel|result|answer|one|column))",
    says=r"\b0\b|share|frequency",
)
def type_of_the_first_pixel(winners, labels, n_classes):
    def vote(column):
        values, counts = np.unique(column[column >= 0], return_counts=True)
        return (values[counts.argmax()], counts.max() / len(column)) if len(values) else (-1, 0)

    found = [np.apply_along_axis(vote, 0, winners[labels == c]) for c in range(n_classes)]
    mode, frequency = np.stack(found, axis=1)
    return mode.astype(int), frequency.astype(float)


# standardise


@wrong("standardise", CHANGED)
def standardised_in_place(activations):
    mean = activations.mean(axis=(0, 1, 2), keepdims=True)
    spread = activations.std(axis=(0, 1, 2), keepdims=True)
    spread[spread == 0] = 1
    activations -= mean
    activations /= spread
    return activations


@wrong("standardise", r"column|axis 2|width|\(0, 1\)")
def each_column_on_its_own(activations):
    mean = np.mean(activations, axis=(0, 1), keepdims=True)
    spread = np.std(activations, axis=(0, 1), keepdims=True)
    return np.divide(activations - mean, spread, out=np.zeros_like(activations), where=spread > 0)


@wrong("standardise", r"absolute|mean deviation|\bMAD\b")
def mean_absolute_deviation(activations):
    centred = activations - activations.mean(axis=(0, 1, 2))
    spread = np.abs(centred).mean(axis=(0, 1, 2))
    return centred / np.where(spread > 0, spread, 1)


@wrong(
    "standardise",
    r"root.?mean.?square|\bRMS\b|(about|around|from) (0|zero)|(mean of|mean) (the "
    r"|of the )?squares|(before|without) (the mean (is|was) )?(subtracted|subtracting"
    r"|cent(r|er)ing)|(not|un)\s?cent(r|er)ed|second moment|squares of the activations"
    r"|mean.{0,30}(not|never) (taken out|subtracted|removed)",
)
def divided_by_the_root_mean_square(activations):
    axes = (0, 1, 2)
    centred = activations - activations.mean(axis=axes)
    size = np.sqrt(np.mean(activations**2, axis=axes))
    return centred / np.where(size > 0, size, 1)


@wrong("standardise", r"median")
def median_subtracted(activations):
    filters = activations.shape[-1]
    flat = activations.reshape(-1, filters)
    spread = flat.std(axis=0)
    flat = (flat - np.median(flat, axis=0)) / np.where(spread == 0, 1, spread)
    return flat.reshape(activations.shape)


@wrong(
    "standardise",
    r"epsilon|1e-0?3|0\.001|(small|tiny) (number|constant|value)"
    r"|constant.*(variance|root|added|too large|division)"
    r"|added to the variance|BatchNorm",
)
def batch_normalised(activations):
    layer = keras.layers.BatchNormalization(center=False, scale=False)
    return layer(activations, training=True).numpy()


@wrong(
    "standardise",
    r"(constant|never chang|not (change|vary)|spread (is|of) 0).{0,60}(\b1\b|\bone\b|ones)"
    r"|ones_like|np\.ones|\bout=|become\w* 1\b|set to 1\b|1 (instead of|not|for) 0",
)
def constant_filter_becomes_one(activations):
    mean = activations.mean(axis=(0, 1, 2), keepdims=True)
    spread = activations.std(axis=(0, 1, 2), keepdims=True)
    return np.divide(activations - mean, spread, out=np.ones_like(activations), where=spread != 0)


@wrong(
    "standardise",
    r"reshape|order in memory|mix(ed|es)?\b|scrambl|moveaxis|transpos|(filters"
    r"|they) are the last axis",
)
def filters_reshaped_to_the_front(activations):
    rows = activations.reshape(activations.shape[-1], -1)
    mean = rows.mean(axis=1, keepdims=True)
    spread = rows.std(axis=1, keepdims=True)
    return ((rows - mean) / np.where(spread > 0, spread, 1)).reshape(activations.shape)


@wrong(
    "standardise",
    r"^(?!.*one spread)(.*mean.{0,40}(all (the )?filters|whole|global|overall|shared|one number"
    r"|same for)"
    r"|.*(one|single|common|global|overall|same|shared) mean|.*mean (of|per|for) (each|its"
    r"|the) filter"
    r"|.*own mean)",
)
def one_mean_for_all_filters(activations):
    spread = activations.std(axis=(0, 1, 2))
    result = (activations - activations.mean()) / np.where(spread > 0, spread, 1)
    return np.where(spread > 0, result, 0)


@wrong("standardise", r"first image|image 0|activations\[0\]|(one|a single) image")
def statistics_of_the_first_image(activations):
    first = activations[0].reshape(-1, activations.shape[-1])
    mean, spread = first.mean(axis=0), first.std(axis=0)
    spread[spread < 1e-12] = 1.0
    return (activations - mean) / spread


# loudest_place


def own_maps(layer):
    own_model, own = findings.network(1), findings.images(1)
    inner = keras.Model(own_model.inputs, own_model.get_layer(layer).output)
    return inner.predict(own.images, verbose=0), own.labels


@wrong("loudest_place", r"all (the )?images|every image|your digit alone|images of your digit")
def loudest_of_all_digits():
    maps, _ = own_maps("l3")
    mean = np.mean(maps, axis=0)
    row, column, winner = np.unravel_index(np.argmax(mean), mean.shape)
    return int(winner), int(row), int(column), float(mean.max())


@wrong("loudest_place", r"after the pool|pool3|another layer|wrong layer|l3")
def loudest_behind_the_pool():
    maps, labels = own_maps("pool3")
    mean = maps[labels == 1].mean(axis=0)
    winner = int(mean.max(axis=(0, 1)).argmax())
    row, column = divmod(int(mean[..., winner].argmax()), 3)
    return winner, row, column, round(float(mean.max()), 2)


@wrong("loudest_place", SWAPPED)
def loudest_x_and_y():
    maps, labels = own_maps("l3")
    mean = maps[labels == 1].mean(axis=0)
    y, x, winner = np.unravel_index(mean.argmax(), mean.shape)
    return winner, x, y, mean.max()


@wrong("loudest_place", r"single image|one image|average .*first|mean .*first|before")
def loudest_single_image():
    maps, labels = own_maps("l3")
    some = maps[labels == 1]
    _, row, column, winner = np.unravel_index(some.argmax(), some.shape)
    return winner, row, column, round(float(some.max()), 3)


@wrong("loudest_place", r"divid|sum ")
def loudest_summed_up():
    maps, labels = own_maps("l3")
    total = np.zeros((7, 7, 16))
    for one, label in zip(maps, labels, strict=True):
        if label == 1:
            total += one
    row, column, winner = np.unravel_index(total.argmax(), total.shape)
    return winner, row, column, total.max()


def votes_for_each(w, f):
    return np.stack([(w == i).sum(axis=0) for i in range(f)])


@wrong(
    "mode_map",
    r"(size|number) of (the first|class 0|another)|class itself|largest class|equally large|same",
)
def divided_by_the_largest_class(winners, labels, n_classes):
    f = winners.max() + 1
    c = np.stack([votes_for_each(winners[labels == k], f) for k in range(n_classes)])
    return np.where(c.max(axis=1) > 0, c.argmax(axis=1), -1), c.max(axis=1) / np.bincount(
        labels
    ).max()


@wrong("mode_map", r"pixel|living|alive|dead")
def frequency_without_dead_by_masked_mean(winners, labels, n_classes):
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    freq = np.zeros(mode.shape)
    for k in range(n_classes):
        own = np.ma.masked_equal(winners[labels == k], -1)
        c = votes_for_each(winners[labels == k], winners.max() + 1)
        mode[k] = np.where(c.any(axis=0), c.argmax(axis=0), -1)
        freq[k] = np.ma.filled((own == mode[k]).mean(axis=0), 0)
    return mode, freq


@wrong("mode_map", r"rounded|whole|cut|\b//|integer")
def frequency_in_whole_numbers(winners, labels, n_classes):
    mode = np.zeros((n_classes, *winners.shape[1:]), int)
    freq = np.zeros_like(mode)
    for k in range(n_classes):
        own = winners[labels == k]
        c = votes_for_each(own, winners.max() + 1)
        mode[k] = np.where(c.any(axis=0), c.argmax(axis=0), -1)
        freq[k] = c.max(axis=0) / len(own)
    return mode, freq.astype(float)


@wrong("mode_map", r"last|tie|equal|smaller")
def ties_by_greater_or_equal(winners, labels, n_classes):
    f = winners.max() + 1
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    best = np.zeros(mode.shape)
    for k in range(n_classes):
        own = winners[labels == k]
        for i in range(f):
            share = (own == i).mean(axis=0)
            better = (share >= best[k]) & (share > 0)
            mode[k][better] = i
            best[k][better] = share[better]
    return mode, best


@wrong("mode_map", r"largest|loudest|strongest|max")
def highest_number(winners, labels, n_classes):
    mode = np.stack([winners[labels == k].max(axis=0) for k in range(n_classes)])
    freq = np.stack(
        [
            ((winners[labels == k] == mode[k]) & (mode[k] >= 0)).mean(axis=0)
            for k in range(n_classes)
        ]
    )
    return mode, freq
