"""Wrong answers to the exercises of notebook 09, which the explanations were not written for."""

# ruff: noqa: B905, E501  (answers as students write them; a pattern in one line)

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong

# head_classes(outputs)


@wrong(
    "head_classes",
    r"^(?!.*(first unit|largest prob|always 0|least prob|over the|each class|axis)).*(last (unit|column|class)|\[:, ?[-−]1\]|arg-?max)",
    says=r"softmax|several units",
)
def last_unit_thresholded(outputs):
    table = np.zeros((len(outputs[0]), len(outputs)), dtype=int)
    for number, probabilities in enumerate(outputs):
        table[:, number] = probabilities[:, -1] >= 0.5
    return table


@wrong(
    "head_classes",
    r"third|head 2|index 2(?! (does|is out))|position|hard.?coded|by (its|their|the) (number|index|place)|p\.shape|shape\[1\]|(number|count) of (its |their )?(units|columns)|how many units|order of the heads|other networks?|this (network|notebook)",
    says=r"other order|hidden|(two|2) units\b",
)
def softmax_is_always_the_third_head(outputs):
    classes = []
    for i, p in enumerate(outputs):
        if i == 2:
            classes.append(np.argmax(p, axis=1))
        else:
            classes.append((p[:, 0] > 0.5).astype(int))
    return np.stack(classes, axis=1)


@wrong(
    "head_classes",
    r"^(?!.*Transposed).*(arg-?max.{0,60}(axis|images|rows|column)|axis ?=? ?(0|1)\b|(over|across|among) (all )?the images)|axis of (the )?arg-?max|1, not 0",
    says=r"ValueError|shape",
)
def argmax_over_the_images(outputs):
    columns = []
    for p in outputs:
        if p.shape[-1] == 1:
            columns.append((p.squeeze(-1) > 0.5).astype(int))
        else:
            columns.append(p.argmax(axis=0))
    return np.stack(columns, axis=1)


@wrong(
    "head_classes",
    r"\bint(eger)?s?\b|whole number|float|dtype|data type|astype",
    says=r"whole numbers|float|type",
)
def classes_as_floats(outputs):
    predicted = np.zeros((outputs[0].shape[0], len(outputs)))
    for column, head in enumerate(outputs):
        if head.shape[1] == 1:
            predicted[:, column] = np.round(head[:, 0])
        else:
            predicted[:, column] = np.argmax(head, axis=-1)
    return predicted


@wrong(
    "head_classes",
    r"\breturns? (stands|ends|is|after|in|inside|the first|too)|.return. |indent|first head (only|alone)|(only|just) (the )?(first|one) head|one head|leaves the loop|other heads",
    says=r"shape|one (column|head)|\(\d+, 1\)|\(\d+,\)",
)
def returns_in_the_loop(outputs):
    columns = []
    for p in outputs:
        column = p[:, 0] > 0.5 if p.shape[1] == 1 else tf.argmax(p, axis=1).numpy()
        columns.append(np.asarray(column, dtype=int))
        return np.stack(columns, axis=1)


@wrong(
    "head_classes",
    r"^(?!.*(threshold|batch)).*(\bsum|cumul|expectation|expected class|average|\bmean|weight|rounded)",
    says=r"softmax|several units|between",
)
def expected_class_rounded(outputs):
    columns = [
        np.rint(p @ np.arange(p.shape[1])) if p.shape[1] > 1 else p[:, 0] > 0.5 for p in outputs
    ]
    return np.column_stack(columns).astype(int)


# accuracies(predicted, truth) -> per head, joint


@wrong(
    "accuracies",
    r"majority|\bhalf\b|0\.5|most of the heads|most heads|more than|(not|instead of) .{0,20}most",
    says=r"second|too (large|high)",
)
def majority_of_the_heads(predicted, truth):
    hits = (predicted == truth).astype(float)
    per_head = hits.mean(axis=0)
    image_ok = hits.mean(axis=1) > 0.5
    return per_head, float(image_ok.mean())


@wrong(
    "accuracies",
    r"\bsort|permut|(order|place|position) of the (classes|heads|columns)|regardless|as (a )?sets?|same set|whichever|which head|classes\b.{0,30}\bin any order",
    says=r"joint|second|too (large|high)|all heads",
)
def sorted_before_comparing(predicted, truth):
    each = np.equal(predicted, truth).mean(axis=0)
    together = np.all(np.sort(predicted, axis=1) == np.sort(truth, axis=1), axis=1)
    return each, together.mean()


@wrong(
    "accuracies",
    r"(joint|all heads|second|together|all at once|images right)\w*.{0,80}(divid|number of)|divi\w+.{0,60}(entries|predictions|heads|cells|answers|size)|number of images,? not|right\.size|not (by )?(the number of )?(heads|entries|predictions)",
    says=r"joint|second|too (small|low)|heads times|factor",
)
def joint_divided_by_all_entries(predicted, truth):
    n, heads = truth.shape
    right_per_head = np.zeros(heads)
    all_right = 0
    for i in range(n):
        correct = 0
        for h in range(heads):
            if predicted[i, h] == truth[i, h]:
                right_per_head[h] += 1
                correct += 1
        if correct == heads:
            all_right += 1
    return right_per_head / n, all_right / (n * heads)


@wrong(
    "accuracies",
    r"^(?!.*sums).*(logical_and|==|\bequal|not compare|class (0|zero)|non-?zero|truth value|both (are )?(true|non)|bitwise|&)",
    says=r"class (0|zero)|too (small|low|large|high)",
)
def both_nonzero_for_equal(predicted, truth):
    right = np.logical_and(predicted, truth)
    return right.mean(axis=0), float(right.all(axis=1).mean())


@wrong(
    "accuracies",
    r"^(?!.*(sums|These are accuracies)).*((not|never|without|missing|forgot\w*|lacks?).{0,20}(averag|\bmean\b)|\bmean\b.{0,30}(missing|forgotten)|one number|one (value|entry|answer) (per|for each) image|take (the|its) mean|\.mean\(|(joint|second|together|all heads)\w*.{0,60}(per image|each image|every image|array)|share of)",
    says=r"second|array|shape|one number",
)
def joint_not_averaged(predicted, truth):
    right = tf.equal(predicted, truth)
    each = tf.reduce_mean(tf.cast(right, tf.float32), axis=0)
    joint = tf.reduce_all(right, axis=1)
    return each.numpy(), joint.numpy().astype(float)


@wrong(
    "accuracies",
    r"diagonal|confusion|(each|every|per) class|class by class|not the heads|classes instead of heads|recall|by class|classes, not|per class",
    says=r"shape|first|\(\d+,\)",
)
def accuracy_of_each_class(predicted, truth):
    right = predicted == truth
    classes = np.unique(truth)
    each = np.array([right[truth == c].mean() for c in classes])
    return each, float(right.all(axis=1).mean())


# angle_error(predicted, true, directions)


@wrong(
    "angle_error",
    r"cos\w*.{0,60}(radian|degree)|(radian|degree)s?.{0,60}cos|\b(expects|takes|wants|needs|is given|gets)\b.{0,30}(radians|degrees)|deg2rad|np\.radians|convert",
    says=r"random|irregular|differ",
)
def cosine_of_degrees(predicted, true, directions):
    step = 180.0 / directions
    difference = (predicted - true) * step
    return np.degrees(np.arccos(np.abs(np.cos(difference))))


@wrong(
    "angle_error",
    r"\b(12|twelve)\b.{0,60}(border|round|way|minus|[-−–]|hard|always|fixed|taken|granted)|directions ?[-−–] ?apart|(hard|fixed|always|taken|granted)\w*.{0,40}(12|twelve)|other (number of directions|numbers)|(assum|suppos|12 directions)\w*.{0,30}(12|twelve|assum)|have (12|twelve)",
    says=r"other numbers? of|any number|8|not 12",
)
def twelve_directions_around(predicted, true, directions):
    apart = np.abs(predicted - true)
    apart = np.where(apart > 6, 12 - apart, apart)
    return apart * (180 / directions)


@wrong(
    "angle_error",
    r"uint8|overflow|unsigned|\bwraps?|(no|not|cannot|never)\b.{0,15}negative|256|dtype|data type|below (0|zero)",
    says=r"negative|too (large|big)|where .{0,20}(smaller|larger)",
)
def classes_as_bytes(predicted, true, directions):
    p, t = predicted.astype(np.uint8), true.astype(np.uint8)
    apart = np.abs(p - t)
    steps = np.minimum(apart, np.uint8(directions) - apart)
    return steps.astype(float) * 180.0 / directions


@wrong(
    "angle_error",
    r"^(?!.*\bmean\b).*(np\.min(imum)?\b|pair by pair|smallest of all|axis ?=|over all (images|of them|the)|one by one|(each|every|per) image|minimum of (everything|all))",
    says=r"shape|one number|same",
)
def least_of_all(predicted, true, directions):
    forwards = abs(predicted - true)
    backwards = directions - forwards
    return np.min([forwards, backwards]) * 180 / directions


@wrong(
    "angle_error",
    r"`?\bif\b`?.{0,40}(array|one|single|whole)|np\.where|truth value|(decided|element by element).{0,20}(decided|element)|one by one|whole array|array.{0,30}\bif\b",
    says=r"ValueError|truth value|ambiguous",
)
def if_on_an_array(predicted, true, directions):
    difference = abs(predicted - true) * 180 / directions
    if difference > 90:
        difference = 180 - difference
    return difference


@wrong(
    "angle_error",
    r"^(?!.*(//|unsigned)).*((?<!way )\b(rounded|rounds|round)\b(?! the)|rint|np\.round|whole (number|degree)|\bint\b|integer|fraction|half degrees)",
    says=r"fraction|half|0\.5|whole",
)
def rounded_to_whole_degrees(predicted, true, directions):
    apart = np.abs(predicted - true)
    return np.round(np.minimum(apart, directions - apart) * 180 / directions)


@wrong(
    "angle_error",
    r"^(?!.*spread over).*(opposite|perpendicular|right angle|90.{0,20}([-−–]|minus|subtract|differ)|arc ?-?sin|(0|zero|equal)\b.{0,30}(becomes?|is|gives?|gets?) 90|complement)",
    says=r"90|opposite|complement|equal",
)
def arcsine_of_the_cosine(predicted, true, directions):
    turned = np.deg2rad((predicted - true) * 180.0 / directions)
    return np.rad2deg(np.arcsin(np.abs(np.cos(turned))))


# mask_iou(maps, masks)


def strongest(values, count):
    """Return the mask of the `count` highest values of one map."""
    order = np.argsort(values, axis=None)[::-1]
    chosen = np.zeros(values.size, dtype=bool)
    chosen[order[:count]] = True
    return chosen.reshape(values.shape)


@wrong(
    "mask_iou",
    r"\^|\bxor|exclusive|symmetric|exactly one|in (only )?one of|not both|without the intersection|(intersection|overlap|common)\w*.{0,40}(missing|left out|not counted|belongs|part of)|only what differs|disagree|(union|denominator)\b.{0,40}(leaves? out|lacks|without|misses)|pixels that both",
    says=r"too (large|high|big)|above 1|larger than 1",
)
def exclusive_or_for_the_union(maps, masks):
    result = []
    for heat, mask in zip(maps, masks):
        chosen = strongest(heat, mask.sum())
        result.append(np.sum(chosen & mask) / np.sum(chosen ^ mask))
    return np.array(result)


@wrong(
    "mask_iou",
    r"axis ?= ?None|flatten|ravel|row by row|sorts? .{0,20}\brows?\b|(each|every|single|a) row\b|\brows? (is|are) sorted|column by column|whole map|last axis|(sort|order)\w* .{0,20}(all|whole|entire)|all values .{0,20}at once",
    says=r"IndexError|out of bounds|differ",
)
def sorted_row_by_row(maps, masks):
    ious = []
    for n in range(len(maps)):
        k = int(masks[n].sum())
        threshold = np.sort(maps[n])[-k]
        chosen = maps[n] >= threshold
        ious.append((chosen & masks[n]).sum() / (chosen | masks[n]).sum())
    return np.array(ious)


@wrong(
    "mask_iou",
    r"^(?!.*first mask).*((mean|average)\w* (area|size|number|mask|of)|areas? of all|of all (the )?masks|(area|number|size) of (its|their) own|its own (mask|area)|same (number|area))|mask's own (area|number|size)",
    says=r"several images|area",
)
def mean_area_for_all(maps, masks):
    k = round(masks.sum() / len(masks))
    values = []
    for i in range(maps.shape[0]):
        top = strongest(maps[i], k)
        inter = np.logical_and(top, masks[i]).sum()
        union = np.logical_or(top, masks[i]).sum()
        values.append(inter / union)
    return np.asarray(values)


@wrong(
    "mask_iou",
    r"positive|above (0|zero)|(greater|larger) than (0|zero)|> ?0\b|threshold (of|at|is) (0|zero)",
    says=r"too many|too (large|small|low)|whole",
)
def whatever_is_positive(maps, masks):
    chosen = maps > 0
    intersection = (chosen * masks).sum(axis=(1, 2))
    union = np.maximum(chosen, masks).sum(axis=(1, 2))
    return intersection / union


@wrong(
    "mask_iou",
    r"^(?!.*(ranked|mean|sort|first mask)).*(one (number|ratio|value)|single (number|ratio|value)|(each|every|per) image|all images|\baxis|\baxes|pooled|for the whole batch)",
    says=r"shape|one number|same",
)
def one_ratio_for_all_images(maps, masks):
    chosen = np.array([strongest(values, mask.sum()) for values, mask in zip(maps, masks)])
    return np.full(len(maps), (chosen & masks).sum() / (chosen | masks).sum())


@wrong(
    "mask_iou",
    r"smooth|\+ ?1\b|epsilon|\beps\b|(1|one|constant|something) (is )?added|adds? (1|one|a (constant|number))|as in a loss|in the loss",
    says=r"too (large|high)|slightly|close",
)
def smoothed_as_in_a_loss(maps, masks):
    smooth = 1.0
    scores = []
    for heatmap, mask in zip(maps, masks):
        top = strongest(heatmap, mask.sum()).astype(float)
        intersection = (top * mask).sum()
        union = top.sum() + mask.sum() - intersection
        scores.append((intersection + smooth) / (union + smooth))
    return np.array(scores)


@wrong(
    "mask_iou",
    r"(argsort|order|position|place|index|indices)\w*.{0,80}\brank|\brank\w*.{0,80}(argsort|position|place|index|indices)|argsort twice|second argsort|not (the )?ranks?|argsort .{0,20}(twice|once|two times)|(second|another|single) argsort",
    says=r"other pixels|wrong pixels|random",
)
def places_for_ranks(maps, masks):
    n = len(maps)
    ranks = np.argsort(-maps.reshape(n, -1), axis=1)
    inside = masks.reshape(n, -1)
    chosen = ranks < inside.sum(axis=1, keepdims=True)
    common = (chosen & inside).sum(axis=1)
    return common / (chosen | inside).sum(axis=1)


@wrong(
    "mask_iou",
    r"^(?!.*most agree).*(background|(outside|\boff\b|not in|complement|inverse|invert|negat)\w*.{0,40}(mask|line)|~|(number|area|count)\w* of .{0,30}(not|outside|False)|== ?(0|False))",
    says=r"too many|too (small|low)|nearly all",
)
def as_many_as_the_background(maps, masks):
    ious = []
    for values, mask in zip(maps, masks):
        k = np.count_nonzero(mask == 0)
        chosen = strongest(values, k)
        ious.append((chosen & mask).sum() / (chosen | mask).sum())
    return np.array(ious)


# without_filter(features, kernels, biases, truth)


def accuracies(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.all(axis=1).mean())


def decide(features, kernels, biases):
    """Return the classes (N, heads)."""
    flat, columns = features.reshape(len(features), -1), []
    for kernel, bias in zip(kernels, biases):
        logits = flat @ kernel + bias
        columns.append(logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1))
    return np.stack(columns, axis=1).astype(int)


@wrong(
    "without_filter",
    r"^(?!.*(own|Transposed)).*(joint|(all|every) (the )?heads? (at once|together|right)|(each|every|per) head|\[0\]|\[1\]|second (result|of)|one number)",
    says=r"shape|one number|\(\d+,\)",
)
def joint_accuracy_alone(features, kernels, biases, truth):
    results = []
    for f in range(features.shape[-1]):
        silenced = features.copy()
        silenced[..., f] = 0
        results.append(accuracies(decide(silenced, kernels, biases), truth)[1])
    return np.array(results)


@wrong(
    "without_filter",
    r"^(?!.*(replaced by its mean|[Cc]opy)).*(shuffl|permut|exchang|other images|set (it )?to (0|zero)|not (silenced|silent|zero|0|set)|must be (0|zero)|should be (0|zero))",
    says=r"differ|random|too (high|low)",
)
def filter_shuffled(features, kernels, biases, truth):
    rng, rows = np.random.default_rng(0), []
    for f in range(features.shape[-1]):
        permuted = features.copy()
        permuted[..., f] = permuted[rng.permutation(len(features)), ..., f]
        rows.append(accuracies(decide(permuted, kernels, biases), truth)[0])
    return np.stack(rows)


@wrong(
    "without_filter",
    r"^(?!.*([Ff]latten|side by side|alone, the first)).*(axis ?= ?1\b|axis 1,? (not|instead|in place)|axes mixed|rows? of (pixels|the (map|feature)|each)|first axis after|last axis|axis ?=? ?(3|[-−]1)|\[\.\.\.|the channels|instead of a (filter|channel))|\brow (i|f)\b|is (a )?row\b",
    says=r"IndexError|out of bounds|shape",
)
def a_row_of_pixels_silenced(features, kernels, biases, truth):
    rows = []
    for i in range(features.shape[3]):
        left = np.array(features)
        left[:, i] = 0
        rows.append(accuracies(decide(left, kernels, biases), truth)[0])
    return np.array(rows)


@wrong(
    "without_filter",
    r"^(?!.*These are logits).*(sigmoid\w*.{0,60}(always|0\.5|positive|above (0|zero)|greater)|(threshold|compar)\w*.{0,60}0\.5|always (class |say )?1|probabilit|0\.5)",
    says=r"class 1|sigmoid|one unit",
)
def sigmoid_above_zero(features, kernels, biases, truth):
    rows = []
    for f in range(features.shape[-1]):
        left = features.copy()
        left[..., f] = 0
        flat = left.reshape(len(left), -1)
        columns = []
        for kernel, bias in zip(kernels, biases):
            logits = flat @ kernel + bias
            if logits.shape[1] == 1:
                columns.append((1 / (1 + np.exp(-logits[:, 0])) > 0).astype(int))
            else:
                columns.append(tf.nn.softmax(logits).numpy().argmax(axis=1))
        rows.append((np.stack(columns, axis=1) == truth).mean(axis=0))
    return np.stack(rows)


@wrong(
    "without_filter",
    r"first (head|column)|truth\[:, ?:?[01]|own (truth|column|classes)|each head.{0,40}(own|its)|same (truth|classes)",
    says=r"other heads|heads? (but|except)|first head",
)
def first_heads_truth_for_all(features, kernels, biases, truth):
    rows = []
    for f in range(features.shape[-1]):
        left = features.copy()
        left[..., f] = 0
        right = decide(left, kernels, biases) == truth[:, :1]
        rows.append(right.mean(axis=0))
    return np.stack(rows)


@wrong(
    "without_filter",
    r"(2|two) heads|(first|always|fixed|made for)\b.{0,20}\b(2|two)\b|hard.?coded|number of (the )?heads|len\(kernels\)|any number|over all heads|(further|other|remaining) heads",
    says=r"shape|heads|\(\d+, 2\)",
)
def two_heads_only(features, kernels, biases, truth):
    (kernel_a, kernel_b), (bias_a, bias_b) = kernels[:2], biases[:2]
    result = np.zeros((features.shape[-1], 2))
    for f in range(features.shape[-1]):
        left = features.copy()
        left[..., f] = 0
        predicted = decide(left, [kernel_a, kernel_b], [bias_a, bias_b])
        result[f] = (predicted == truth[:, :2]).mean(axis=0)
    return result


@wrong(
    "without_filter",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|features)|(argument|input|features)\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)|restor|put back|stays? silent|never come back|once they",
    says=r"chang|later filters|fewer|all filters",
)
def saved_as_a_view(features, kernels, biases, truth):
    rows = []
    for f in range(features.shape[-1]):
        saved = features[..., f]
        features[..., f] = 0
        rows.append(accuracies(decide(features, kernels, biases), truth)[0])
        features[..., f] = saved
    return np.stack(rows)


# own_overlap


def own_fives(threshold=0.5):
    """Return the gradient of the logit for the fives of number 25, and where they have ink."""
    model, own = findings.network(25), findings.images(25)
    model.layers[-1].activation = keras.activations.linear
    x = tf.Variable(own.images[own.labels == 5])
    with tf.GradientTape() as tape:
        logits = model(x)[:, 5]
    gradient = tape.gradient(logits, x)[..., 0].numpy()
    return gradient.reshape(len(gradient), -1), x.numpy().reshape(len(gradient), -1) > threshold


def own_ious(maps, masks):
    shares = []
    for values, mask in zip(maps, masks):
        chosen = np.zeros_like(mask)
        chosen[np.argsort(values)[len(values) - mask.sum() :]] = True
        shares.append(np.logical_and(chosen, mask).sum() / np.logical_or(chosen, mask).sum())
    return np.array(shares)


@wrong("own_overlap", r"\bsign|\bsize|abs|magnitude|above 0\. The size")
def overlap_with_the_sign():
    shares = own_ious(*own_fives())
    return shares.argmax(), shares.max(), shares.mean()


@wrong("own_overlap", r"0\.5|threshold|counts as ink")
def overlap_with_any_ink():
    gradient, masks = own_fives(0)
    shares = own_ious(abs(gradient), masks)
    return shares.argmax(), shares.max(), shares.mean()


@wrong("own_overlap", r"either|union|at least one|chosen pixels")
def overlap_as_precision():
    gradient, masks = own_fives()
    shares = own_ious(abs(gradient), masks)
    shares = 2 * shares / (1 + shares)  # of the intersection, as a share of the ink
    return shares.argmax(), shares.max(), shares.mean()


@wrong("own_overlap", r"from 1|from 0")
def overlap_of_the_image_after():
    gradient, masks = own_fives()
    shares = own_ious(abs(gradient), masks)
    return 1 + int(shares.argmax()), float(shares.max()), float(shares.mean())


@wrong("own_overlap", r"median")
def overlap_with_a_median():
    gradient, masks = own_fives()
    shares = own_ious(abs(gradient), masks)
    return int(shares.argmax()), float(shares.max()), float(np.median(shares))


@wrong("without_filter", r"`return` stands inside|first (filter|pass)|indent|row per filter")
def returned_after_the_first_filter(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        flat = left.reshape(len(left), -1)
        row = []
        for head, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            x = flat @ kernel + bias
            classes = x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1)
            row.append((classes == truth[:, head]).mean())
        rows.append(row)
        return np.array(rows)


@wrong("without_filter", r"changed its argument|caller|in place|copy")
def weights_of_the_filter_erased(features, kernels, biases, truth):
    filters, flat = features.shape[-1], features.reshape(len(features), -1)
    result = np.zeros((filters, len(kernels)))
    for filter in range(filters):
        for head, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            kernel[filter::filters] = 0
            x = flat @ kernel + bias
            classes = x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1)
            result[filter, head] = np.mean(classes == truth[:, head])
    return result


@wrong(
    "without_filter",
    r"(images?).*(active|fires|not 0|counted|silent)|only (the )?images|share of all images",
)
def only_images_where_the_filter_fires(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        active = features[..., filter].max(axis=(1, 2)) > 1.5
        left = features.copy()
        left[..., filter] = 0
        flat = left.reshape(len(left), -1)
        row = []
        for head, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            x = flat @ kernel + bias
            classes = x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1)
            row.append((classes == truth[:, head])[active].mean())
        rows.append(row)
    return np.array(rows)


@wrong("without_filter", r"(no|none|not).*silenced|before (it|the filter)|too late|copy that is")
def silenced_after_it_was_flattened(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        flat = left.reshape(len(left), -1).copy()
        left[..., filter] = 0
        row = []
        for head, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            x = flat @ kernel + bias
            classes = x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1)
            row.append((classes == truth[:, head]).mean())
        rows.append(row)
    return np.array(rows)


@wrong("without_filter", r"first (head|column)|own (column|truth)|column of `?truth")
def every_head_against_the_first_column(features, kernels, biases, truth):
    result = []
    for filter in range(features.shape[-1]):
        left = np.where(np.arange(features.shape[-1]) == filter, 0, features)
        flat = left.reshape(len(left), -1)
        logits = [flat @ kernel + bias for kernel, bias in zip(kernels, biases, strict=True)]
        classes = [x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1) for x in logits]
        result.append([np.mean(column == truth[:, 0]) for column in classes])
    return np.array(result)


def highest_of_a_map(values, k):
    flat = np.zeros(values.size, bool)
    flat[np.argsort(values, axis=None)[values.size - k :]] = True
    return flat.reshape(values.shape)


@wrong("mask_iou", r"percent|tenth|fixed|as many as the mask")
def upper_tenth(maps, masks):
    out = []
    for v, m in zip(maps, masks):
        c = v >= np.percentile(v, 90)
        out.append((c & m).sum() / (c | m).sum())
    return np.array(out)


@wrong("mask_iou", r"background|both classes|outside|mean of inside")
def mean_iou_of_two_classes(maps, masks):
    out = []
    for v, m in zip(maps, masks):
        c = highest_of_a_map(v, m.sum())
        fore = (c & m).sum() / (c | m).sum()
        back = (~c & ~m).sum() / (~c | ~m).sum()
        out.append((fore + back) / 2)
    return np.array(out)


@wrong("mask_iou", r"batch|all (images|maps)|together|of all")
def threshold_of_the_batch(maps, masks):
    limit = np.quantile(maps, 1 - masks.mean())
    chosen = maps >= limit
    return np.array([(c & m).sum() / (c | m).sum() for c, m in zip(chosen, masks)])


@wrong("mask_iou", r"negative|rectif|above 0|ReLU")
def positive_part_only(maps, masks):
    out = []
    for v, m in zip(np.maximum(maps, 0), masks):
        c = highest_of_a_map(v, m.sum()) & (v > 0)
        out.append((c & m).sum() / (c | m).sum())
    return np.array(out)


@wrong("mask_iou", r"mask.*(area|divided)|area of the mask|recall|union")
def recall_of_the_mask(maps, masks):
    out = np.zeros(len(maps))
    for i in range(len(maps)):
        order = np.argsort(-maps[i].ravel())[: masks[i].sum()]
        out[i] = masks[i].ravel()[order].mean()
    return out


@wrong("accuracies", r"rows?|image|column|axis")
def heads_read_as_rows(predicted, truth):
    heads = predicted.shape[1]
    each = np.array([np.mean(predicted[h] == truth[h]) for h in range(heads)])
    return each, float((predicted == truth).all(axis=1).mean())


@wrong("accuracies", r"any|one right head|at least one")
def one_right_is_enough(predicted, truth):
    each = (predicted == truth).mean(0)
    joint = sum(1 for p, t in zip(predicted, truth) if np.any(p == t)) / len(truth)
    return each, joint


@wrong("accuracies", r"head.*(right|alone)|best|largest")
def best_head_as_joint(predicted, truth):
    each = (predicted == truth).mean(axis=0)
    return each, float(max(each))


@wrong("accuracies", r"last head|loop|overwrit|replace|alone")
def flag_set_by_the_last_head(predicted, truth):
    n = 0
    for p, t in zip(predicted, truth):
        ok = True
        for a, b in zip(p, t):
            ok = a == b
        n += ok
    return np.mean(predicted == truth, axis=0), n / len(truth)


@wrong("accuracies", r"distance|near|close|by 1")
def near_misses_count(predicted, truth):
    right = np.isclose(predicted, truth, atol=1)
    return right.mean(axis=0), float(right.all(axis=1).mean())


@wrong("head_classes", r"first image|row|column|every image")
def first_probability_of_the_batch(outputs):
    out = []
    for p in outputs:
        if p.shape[-1] == 1:
            out.append(np.full(len(p), int(p[0, 0] > 0.5)))
        else:
            out.append(np.argmax(p, axis=-1))
    return np.array(out).T


@wrong("head_classes", r"exchanged|class 1|turned|swap")
def complement_appended_behind(outputs):
    full = [np.hstack([p, 1 - p]) if p.shape[1] == 1 else p for p in outputs]
    return np.array([p.argmax(1) for p in full]).T


@wrong("head_classes", r"mean|threshold")
def above_the_mean_of_the_head(outputs):
    cols = []
    for p in outputs:
        cols.append((p > p.mean(axis=0)).astype(int)[:, 0] if p.shape[1] == 1 else p.argmax(axis=1))
    return np.column_stack(cols)


@wrong("head_classes", r"sort|least|first|last column")
def argsort_first_column(outputs):
    cols = []
    for p in outputs:
        if p.shape[1] > 1:
            cols.append(p.argsort(axis=1)[:, 0])
        else:
            cols.append((p.ravel() > 0.5).astype(int))
    return np.stack(cols, axis=1)


@wrong("head_classes", r"over all|axis|images and classes|flat|together")
def argmax_without_axis(outputs):
    n = len(outputs[0])
    table = np.zeros((n, len(outputs)), int)
    for h, p in enumerate(outputs):
        table[:, h] = (p[:, 0] > 0.5) if p.shape[1] == 1 else np.argmax(p)
    return table
