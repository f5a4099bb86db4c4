"""Wrong answers to the exercises of notebook 03."""

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong

CHANGED = (
    r"in.?place(?! of)|chang\w* (its|the|your|an) (argument|input|array)"
    r"|(its|the|an|your) argument\b|argument (is |was )?(chang|overwrit|modif)|a copy\b"
    r"|caller|original"
)
SWAPPED = r"swap|exchang|interchang|mixed up|wrong (order|way)"


def logit_gradient(network, images, index):
    """The gradient of each image's logit, as an array."""
    pixels = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        score = tf.reduce_sum(network(pixels, training=False)[:, index])
    return tape.gradient(score, pixels).numpy()


def unit_rms(gradient):
    rms = np.sqrt(np.mean(np.square(gradient), axis=(1, 2, 3), keepdims=True))
    return np.divide(gradient, rms, out=np.zeros_like(gradient), where=rms > 0)


def ascent_step(network, images, index, step_size, l2):
    """A right step, for the wrong climbs below."""
    direction = unit_rms(logit_gradient(network, images, index)) - l2 * images
    return np.clip(images + step_size * direction, 0, 1).astype(np.float32)


# ascent_step


@wrong("ascent_step", r"watch|tf\.Variable|(not|never|nothing) (is |was )?(record|track|observ)")
def constant_not_watched(network, images, index, step_size, l2):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        score = network(x, training=False)[:, index]
    grads = tape.gradient(score, x)
    grads = grads.numpy()
    grads = grads / (np.sqrt(np.mean(grads**2, axis=(1, 2, 3), keepdims=True)) + 1e-8)
    return np.clip(images + step_size * (grads - l2 * images), 0, 1)


@wrong(
    "ascent_step",
    r"outside.{0,30}(tape|with\b|block|Gradient)|(inside|within|under"
    r"|\bin) the .{0,12}(with\b|tape|block)|before (the )?(tape|`?with\b|block)|(tape"
    r"|block).{0,40}(not|never|nothing).{0,20}record|(not|never|nothing) (is |was )?record"
    r"|computed (too early|before)",
)
def score_outside_the_tape(network, images, index, step_size, l2):
    x = tf.Variable(images)
    score = tf.reduce_sum(network(x, training=False)[:, index])
    with tf.GradientTape() as tape:
        tape.watch(x)
    grads = tape.gradient(score, x)
    rms = tf.sqrt(tf.reduce_mean(tf.square(grads), axis=(1, 2, 3), keepdims=True))
    step = tf.math.divide_no_nan(grads, rms) - l2 * x
    return tf.clip_by_value(x + step_size * step, 0.0, 1.0).numpy()


@wrong(
    "ascent_step",
    r"next class|class (after|behind)|index ?\+ ?1|off by one|one (class )?(higher|further|too)"
    r"|(wrong|other|another|neighbouring) class|(count|begin|start)\w* (from|at|with) (0|1)",
)
def next_class_climbed(network, images, index, step_size, l2):
    logits = network.output_shape[-1]
    direction = unit_rms(logit_gradient(network, images, (index + 1) % logits)) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@wrong(
    "ascent_step",
    r"factor (of )?(2|two)|twice|doubl|2 ?[*·×] ?l2|two times|\bhalf\b|½|too (strong|large)",
)
def penalty_without_the_half(network, images, index, step_size, l2):
    gradient = unit_rms(logit_gradient(network, images, index))
    penalty_gradient = l2 * 2 * images  # the derivative of l2 * x ** 2
    return np.clip(images + step_size * (gradient - penalty_gradient), 0.0, 1.0)


@wrong(
    "ascent_step",
    r"(?=.*step.?size)(?=.*(penalty|l2|pull|shrink|decay|images?))|weight decay|full (penalty|l2)"
    r"|parenthes|bracket",
)
def penalty_without_the_step_size(network, images, index, step_size, l2):
    gradient = unit_rms(logit_gradient(network, images, index))
    images = images + step_size * gradient - l2 * images
    return np.minimum(np.maximum(images, 0), 1)


@wrong(
    "ascent_step",
    r"(each|every|per|own|its) channel|channel.{0,30}(own|separate|each|alone|by itself)"
    r"|\(1, 2\)|axis 3.{0,20}(missing|too|not)|not over (the )?channels|channels? (is"
    r"|are) (left out|missing|not)|includ\w* (the )?channel|channels? (too|as well)",
)
def each_channel_scaled_on_its_own(network, images, index, step_size, l2):
    x = tf.convert_to_tensor(images, dtype=tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = network(x, training=False)[:, index]
    g = tape.gradient(score, x)
    g = tf.math.divide_no_nan(g, tf.sqrt(tf.reduce_mean(g * g, axis=[1, 2], keepdims=True)))
    return tf.clip_by_value(x + step_size * (g - l2 * x), 0, 1).numpy()


@wrong(
    "ascent_step",
    r"stretch|re-?scal|min.?max|\bnormali[sz](ed|es|ing)? (to|each|the|every|between)"
    r"|(smallest|minimum).{0,40}(largest|maximum|\b0\b|subtract)|(not|instead of"
    r"|in place of|rather than|no) clip",
)
def stretched_in_place_of_clipped(network, images, index, step_size, l2):
    direction = unit_rms(logit_gradient(network, images, index)) - l2 * images
    moved = images + step_size * direction
    low = moved.min(axis=(1, 2, 3), keepdims=True)
    high = moved.max(axis=(1, 2, 3), keepdims=True)
    return (moved - low) / (high - low + 1e-8)


@wrong(
    "ascent_step",
    r"below 0|negative|lower (bound|limit|end)|(only|just|nothing but) .*(above|upper|\b1\b)"
    r"|np\.minimum"
    r"|under 0|less than 0|at 0\b|from below",
)
def clipped_from_above_only(network, images, index, step_size, l2):
    direction = unit_rms(logit_gradient(network, images, index)) - l2 * images
    return np.minimum(images + step_size * direction, 1.0)


@wrong(
    "ascent_step",
    r"^(?!.*minimum).*((largest|maxim\w*|\bmax\b|peak).{0,40}(\bvalue|absolute|gradient"
    r"|entry|\bRMS|\broot|norm|instead|\bnot\b)|(divid|scal|normal)\w*.{0,40}(largest|maxim"
    r"|\bmax\b|peak))",
)
def scaled_by_the_largest_value(network, images, index, step_size, l2):
    gradient = logit_gradient(network, images, index)
    largest = np.abs(gradient).max(axis=(1, 2, 3), keepdims=True)
    direction = gradient / np.where(largest == 0, 1, largest)
    return np.clip(images + step_size * (direction - l2 * images), 0, 1)


@wrong(
    "ascent_step",
    r"standard deviation|\bstd\b|(mean|average).*subtract|subtract.*(mean|average)"
    r"|about (its|the) mean|spread|variance|cent(r|er)ed",
)
def scaled_by_the_standard_deviation(network, images, index, step_size, l2):
    gradient = logit_gradient(network, images, index)
    spread = np.std(gradient, axis=(1, 2, 3), keepdims=True)
    direction = gradient / np.where(spread > 0, spread, 1) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@wrong(
    "ascent_step",
    r"clone|(random|initial|new|untrained|other|fresh|own) (weights|network|model)|(weights"
    r"|parameters)"
    r"|another network|(not|never) (the )?(given )?network",
)
def clone_without_weights(network, images, index, step_size, l2):
    inner = keras.models.clone_model(network)
    direction = unit_rms(logit_gradient(inner, images, index)) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@wrong(
    "ascent_step",
    r"first image|(only|just) (one|the first) (image|score)|\[0, ?index|(rest of the"
    r"|remaining) images",
)
def only_the_first_image_climbs(network, images, index, step_size, l2):
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        score = network(x, training=False)[0, index]
    direction = unit_rms(tape.gradient(score, x).numpy()) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@wrong("ascent_step", CHANGED)
def images_moved_in_place(network, images, index, step_size, l2):
    direction = unit_rms(logit_gradient(network, images, index)) - l2 * images
    images += step_size * direction
    np.clip(images, 0, 1, out=images)
    return images


@wrong("ascent_step", r"loss|entropy|\blog|probab|softmax|other (logits|classes)")
def cross_entropy_lowered(network, images, index, step_size, l2):
    loss_function = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        loss = loss_function(tf.fill([len(images)], index), network(x, training=False))
    direction = -unit_rms(tape.gradient(loss, x).numpy()) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


# maximise


@wrong(
    "maximise",
    r"gain|relative to|minus the (first|start)|(first|start\w*) (value|score|logit"
    r"|one)?.{0,30}(subtracted|taken away|removed)|subtract\w*.{0,30}(first|start)"
    r"|(difference|change|rise|increase)\w* (from|to|since|against|over) the|(starts?"
    r"|begins?) (at|with|from) 0|improvement|offset",
)
def curve_of_gains(network, start, index, steps, step_size, l2):
    scores = []
    x = np.array(start)
    for i in range(steps + 1):
        scores.append(network(x, training=False)[:, index].numpy())
        if i < steps:
            x = ascent_step(network, x, index, step_size, l2)
    return x, np.stack([score - scores[0] for score in scores], axis=1)


@wrong(
    "maximise",
    r"(mean|averag\w*).{0,40}(images|starts|score|logit|curve|batch)|(images|starts"
    r"|batch).{0,30}(mean|averag)|(same|one|single) curve|own (curve|score|logit)"
    r"|each image.{0,20}own",
)
def curve_of_the_mean_score(network, start, index, steps, step_size, l2):
    x = start
    curve = [np.mean(network(x, training=False)[:, index])]
    for _ in range(steps):
        x = ascent_step(network, x, index, step_size, l2)
        curve.append(np.mean(network(x, training=False)[:, index]))
    return x, np.tile(curve, (len(start), 1))


@wrong(
    "maximise",
    r"^(?!.*(climb|images? with)).*(largest|best|highest|\bmax\b|maximum|maximal|top"
    r"|winning|strongest|index.{0,30}(not used|ignored|unused)|ignor\w* .{0,8}index)",
)
def curve_of_the_largest_logit(network, start, index, steps, step_size, l2):
    images = start
    curve = np.zeros((len(start), steps + 1))
    for step in range(steps):
        curve[:, step] = tf.reduce_max(network(images, training=False), axis=1)
        images = ascent_step(network, images, index, step_size, l2)
    curve[:, steps] = tf.reduce_max(network(images, training=False), axis=1)
    return images, curve


@wrong("maximise", r"^(?!.*(target|climb)).*(probab|softmax)")
def curve_of_probabilities(network, start, index, steps, step_size, l2):
    def score(batch):
        return tf.nn.softmax(network(batch, training=False)).numpy()[:, index]

    images, curve = start, [score(start)]
    for _ in range(steps):
        images = ascent_step(network, images, index, step_size, l2)
        curve.append(score(images))
    return images, np.stack(curve, axis=-1)


@wrong(
    "maximise",
    r"decay|shrink|decreas|(smaller|shorter)|step.?size.{0,35}(divid|chang|constant|same|each"
    r"|every|fall)"
    r"|divid\w* .{0,15}step|same step.?size|constant",
)
def steps_that_shrink(network, start, index, steps, step_size, l2):
    images, curve = start.copy(), []
    for step in range(steps):
        curve.append(network(images, training=False).numpy()[:, index])
        images = ascent_step(network, images, index, step_size / (step + 1), l2)
    curve.append(network(images, training=False).numpy()[:, index])
    return images, np.transpose(curve)


@wrong("maximise", CHANGED)
def start_overwritten(network, start, index, steps, step_size, l2):
    curve = [network(start, training=False).numpy()[:, index]]
    for _ in range(steps):
        start[:] = ascent_step(network, start, index, step_size, l2)
        curve.append(network(start, training=False).numpy()[:, index])
    return start, np.stack(curve, axis=1)


@wrong(
    "maximise",
    r"(?=.*(step.?size|l2))(?=.*(swap|exchang|interchang|mixed|wrong order|order of"
    r"|in place of|instead of|for each other))|arguments?.{0,40}(swap|exchang|interchang"
    r"|order|mixed)|(order|swap\w*|exchang\w*) .{0,25}arguments",
)
def step_size_and_l2_exchanged(network, start, index, steps, step_size, l2):
    images, curve = start, []
    for _ in range(steps):
        curve.append(network(images, training=False).numpy()[:, index])
        images = ascent_step(network, images, index, l2, step_size)
    curve.append(network(images, training=False).numpy()[:, index])
    return images, np.stack(curve, axis=1)


@wrong(
    "maximise",
    r"first (image|start|one)|image 0|(one|single) (image|start)|\[0\]|\[:1\]|other images",
)
def only_the_first_start(network, start, index, steps, step_size, l2):
    image = start[:1]
    curve = np.empty(steps + 1)
    for step in range(steps):
        curve[step] = network(image, training=False)[0, index]
        image = ascent_step(network, image, index, step_size, l2)
    curve[-1] = network(image, training=False)[0, index]
    return image, curve[np.newaxis]


@wrong(
    "maximise",
    r"history|(every|all|each) (of the )?(image|step|frame|intermediate"
    r"|batch)\w*.{0,40}(returned|kept|collected|stacked|there)|(return|stack|collect|keep"
    r"|kept|hand)\w*.{0,40}(every (image|step|batch)|all (the )?(images|steps|batches)"
    r"|intermediate|history|frames|on the way)|(only|just) the (last|final) (images?|ones?)"
    r"|axis (too many|of steps|for the steps)|(leading|extra) axis",
)
def every_image_on_the_way(network, start, index, steps, step_size, l2):
    images, curve = [start], []
    for _ in range(steps):
        curve.append(network(images[-1], training=False).numpy()[:, index])
        images.append(ascent_step(network, images[-1], index, step_size, l2))
    curve.append(network(images[-1], training=False).numpy()[:, index])
    return np.stack(images), np.stack(curve, axis=1)


@wrong(
    "maximise",
    r"(?=.*(best|highest|largest|maxim))(?=.*(last|final|image|keep|kept|return|on the way|step))",
)
def best_image_on_the_way(network, start, index, steps, step_size, l2):
    images = best = start
    curve = [network(start, training=False).numpy()[:, index]]
    reached = curve[0]
    for _ in range(steps):
        images = ascent_step(network, images, index, step_size, l2)
        scores = network(images, training=False).numpy()[:, index]
        better = scores > reached
        best = np.where(better[:, None, None, None], images, best)
        reached = np.maximum(scores, reached)
        curve.append(scores)
    return best, np.stack(curve, axis=1)


# total_variation


@wrong(
    "total_variation",
    r"twice|double|both (directions|sides|ways)|two times|factor (of )?(2|two)|four neigh",
)
def every_pair_counted_twice(images):
    n, h, w, _ = images.shape
    total = np.zeros(n)
    for y in range(h):
        for x in range(w):
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                if 0 <= y + dy < h and 0 <= x + dx < w:
                    difference = images[:, y, x] - images[:, y + dy, x + dx]
                    total += np.abs(difference).sum(axis=-1)
    return total


@wrong(
    "total_variation",
    r"\bpad|(outside|beyond|around).{0,30}(border|edge|image|zeros?)|(border|edge|outermost"
    r"|frame).{0,40}(compared|zeros?|\b0\b|outside|counted|black)|\bzeros?\b.{0,40}(border"
    r"|edge|outside|around|frame)|surround",
)
def padded_with_zeros(images):
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    down = np.abs(np.diff(padded, axis=1)).sum(axis=(1, 2, 3))
    right = np.abs(np.diff(padded, axis=2)).sum(axis=(1, 2, 3))
    return down + right


@wrong("total_variation", r"diagonal|corner")
def diagonal_neighbours(images):
    down_right = tf.abs(images[:, 1:, 1:] - images[:, :-1, :-1])
    down_left = tf.abs(images[:, 1:, :-1] - images[:, :-1, 1:])
    return tf.reduce_sum(down_right + down_left, axis=[1, 2, 3]).numpy()


@wrong(
    "total_variation",
    r"first channel|channel 0|(only|just|single) (one|a|the first)? ?channel|other channels"
    r"|all (the )?"
    r"channels|\[\.\.\., 0\]",
)
def first_channel_only(images):
    result = []
    for image in images:
        grey = image[:, :, 0]
        result.append(np.abs(np.diff(grey, axis=0)).sum() + np.abs(np.diff(grey, axis=1)).sum())
    return np.array(result)


@wrong(
    "total_variation",
    r"(last|final|bottom|right).{0,12}(row|column|edge)|(row|column)s?.{0,30}(missing"
    r"|left out|lost|cut|dropped|ignored|not counted)|crop|\[:, :-1|cut (off|away)|common"
    r"|along the (border|edge)|border.{0,25}(missing|left out|lost)|pairs?.{0,30}(missing"
    r"|left out|lost|not counted)",
)
def cropped_to_the_common_pixels(images):
    here = images[:, :-1, :-1]
    below = images[:, 1:, :-1]
    beside = images[:, :-1, 1:]
    return np.sum(np.abs(below - here) + np.abs(beside - here), axis=(1, 2, 3))


@wrong(
    "total_variation",
    r"carried|accumul|reset|set back|earlier|previous|before it|images before|cumulat"
    r"|start\w* (again|anew)|keeps|expected answer added up along",
)
def sum_carried_to_the_next_image(images):
    totals = []
    total = 0.0
    for image in images:
        total += float(np.abs(image[1:] - image[:-1]).sum())
        total += float(np.abs(image[:, 1:] - image[:, :-1]).sum())
        totals.append(total)
    return np.array(totals)


# deprocess


@wrong("deprocess", CHANGED)
def deprocessed_in_place(images):
    for image in images:
        image -= image.mean()
        spread = image.std()
        if spread > 0:
            image /= spread
        image *= 0.15
        image += 0.5
    return (np.clip(images, 0, 1) * 255).astype("uint8")


@wrong("deprocess", r"first image|image 0|images\[0\]|(one|a single) image")
def scale_of_the_first_image(images):
    spread = images[0].std() or 1.0
    unit = (images - images[0].mean()) / spread * 0.15 + 0.5
    return (unit.clip(0, 1) * 255).astype(np.uint8)


@wrong(
    "deprocess",
    r"^(?!.*without clip).*((times|by|multipl\w*|with|is|gives|reaches|not) 256\b"
    r"|256 (instead|for|in place|wraps|is|as a byte)|255.{0,20}(not|instead of"
    r"|rather than) 256)",
)
def multiplied_by_256(images):
    axes = (1, 2, 3)
    spread = images.std(axis=axes, keepdims=True)
    unit = (images - images.mean(axis=axes, keepdims=True)) / np.where(spread > 0, spread, 1)
    grey = np.clip(0.15 * unit + 0.5, 0, 1) * 256
    return grey.astype(np.int64).astype(np.uint8)


@wrong(
    "deprocess",
    SWAPPED + r"|(?=.*0\.15.*mean)(?=.*0\.5)|spread (of|is) (0\.5|one half)|mean (of|is) 0\.15",
)
def mean_and_spread_exchanged(images):
    result = np.empty(images.shape, dtype=np.uint8)
    for i in range(len(images)):
        z = images[i] - images[i].mean()
        if images[i].std() > 0:
            z = z / images[i].std()
        result[i] = np.uint8(255 * np.clip(0.15 + 0.5 * z, 0, 1))
    return result


@wrong(
    "deprocess",
    r"^(?!.*multiply).*(clip\w*.{0,30}(before|too early|too soon|original|raw)"
    r"|before .{0,30}(mean|spread|scal|standardi|brought)|(scale|mean and spread"
    r"|standardi\w*|bring).{0,50}(first|before|then).{0,20}clip|clip.{0,20}(last|afterwards"
    r"|at the end|later))",
)
def clipped_before_scaling(images):
    images = np.clip(images, 0, 1).astype(np.float64)
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    spread = images.std(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * (images - mean) / np.where(spread > 0, spread, 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


@wrong(
    "deprocess",
    r"\bint8|signed|(ends|stops) at 127|[−-]128 to 127|negative bytes|(wrong|other|another) type",
)
def signed_bytes(images):
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    spread = tf.math.reduce_std(images, axis=[1, 2, 3], keepdims=True)
    unit = tf.clip_by_value(0.5 + 0.15 * tf.math.divide_no_nan(images - mean, spread), 0, 1)
    return (255 * unit.numpy()).astype(np.int16).astype(np.int8)


@wrong(
    "deprocess",
    r"\brows?\b|axis 1|axes \(1|axis=1|column|height|axes",
)
def every_column_on_its_own(images):
    mean = images.mean(axis=1, keepdims=True)
    spread = images.std(axis=1, keepdims=True)
    unit = 0.5 + 0.15 * (images - mean) / np.where(spread > 0, spread, 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


# vertical_selectivity


@wrong("vertical_selectivity", r"root|squares?\b|\bnorm\b|length|euclid|hypot|v² ?\+ ?h²")
def divided_by_the_length(vertical, horizontal):
    v = np.mean(vertical, axis=(0, 1, 2))
    h = np.mean(horizontal, axis=(0, 1, 2))
    length = np.sqrt(v**2 + h**2)
    return (v - h) / np.where(length > 0, length, 1)


@wrong("vertical_selectivity", r"median")
def medians_compared(vertical, horizontal):
    filters = vertical.shape[-1]
    v = np.median(vertical.reshape(-1, filters), axis=0)
    h = np.median(horizontal.reshape(-1, filters), axis=0)
    return np.divide(v - h, v + h, out=np.zeros_like(v), where=v + h > 0)


@wrong(
    "vertical_selectivity",
    r"zeros? (count|are|too|pixels)|positive (values|answers|pixels)|\bactive (pixels"
    r"|places)|silent (pixel|place)s?|\b(0|zeros?).{0,25}left out|left out of the mean|> ?0"
    r"|only (where|over|the).{0,30}(answer|active|positive)|(greater|larger|more) than 0",
)
def mean_where_it_answers(vertical, horizontal):
    def strength(maps):
        count = (maps > 0).sum(axis=(0, 1, 2))
        return maps.sum(axis=(0, 1, 2)) / np.where(count > 0, count, 1)

    v, h = strength(vertical), strength(horizontal)
    return (v - h) / np.where(v + h == 0, 1, v + h)


@wrong(
    "vertical_selectivity",
    r"parenthes|bracket|precedence|order of|(division|divided?).*(first|before|only)|only h\b",
)
def parentheses_missing(vertical, horizontal):
    v, h = vertical.mean(axis=(0, 1, 2)), horizontal.mean(axis=(0, 1, 2))
    total = np.where(v + h > 0, v + h, 1)
    return v - h / total


@wrong(
    "vertical_selectivity",
    r"\beither|one of the two|(only|just) (answers? )?(to )?(vertical|horizontal|one)"
    r"|not (to )?both|(answers?|respon\w*) to both|one (kind|direction|sort)|both (are"
    r"|have to be|must be) (0|zero|silent)|neither.{0,25}(not|rather|instead|but|only)"
    r"|only (for|if|where|when).{0,30}neither",
)
def zero_unless_it_answers_to_both(vertical, horizontal):
    values = []
    for f in range(vertical.shape[-1]):
        v, h = vertical[..., f].mean(), horizontal[..., f].mean()
        if v == 0 or h == 0:
            values.append(0.0)
        else:
            values.append((v - h) / (v + h))
    return np.array(values)


@wrong("vertical_selectivity", r"^(?!.*images only).*(column|axis 2|width|\(0, 1\))")
def columns_kept_apart(vertical, horizontal):
    v, h = vertical.mean(axis=(0, 1)), horizontal.mean(axis=(0, 1))
    return (v - h) / np.where(v + h > 0, v + h, 1)


@wrong(
    "vertical_selectivity",
    r"np\.sign|tf\.sign|(only|just|nothing but) (the )?sign|sign (of|alone|only|instead"
    r"|is (all|kept|returned))|whole|rounded|[−-]1, 0|\bnot (tell|say).{0,12}how"
    r"|nothing about how|(only|just|nothing but) [−-]?1|(size|degree|amount"
    r"|strength) .{0,20}(lost|missing)|categor|reduced to its sign",
)
def sign_of_the_difference(vertical, horizontal):
    difference = tf.reduce_mean(vertical, axis=(0, 1, 2)) - tf.reduce_mean(
        horizontal, axis=(0, 1, 2)
    )
    return tf.sign(difference).numpy()


@wrong(
    "vertical_selectivity",
    r"count\w*.{0,50}(pixel|place|position|where|answers?|how often)|(number|share"
    r"|fraction) of (the )?(pixels|places|positions|answers|active|cells)|how (often|many)"
    r"|whether.{0,20}answer|> ?0|(greater|larger|more) than 0|frequency|binari|(not"
    r"|instead of) (how strong|the (mean|strength))",
)
def answers_counted(vertical, horizontal):
    v = np.count_nonzero(vertical > 0, axis=(0, 1, 2))
    h = np.count_nonzero(horizontal > 0, axis=(0, 1, 2))
    return (v - h) / np.maximum(v + h, 1)


# steps_to_fool


def own_climb(step_size=0.005, softmax=False):
    """Probabilities and logits of the first image, before each of 60 steps and after the last."""
    own_model, own = findings.network(2), findings.images(2)
    inner = keras.Model(own_model.inputs, own_model.layers[-1].input)
    kernel, bias = own_model.layers[-1].weights
    label, x, curve = int(own.labels[0]), tf.constant(own.images[:1]), []
    for _ in range(61):
        with tf.GradientTape() as tape:
            tape.watch(x)
            logits = inner(x) @ kernel + bias
            score = (tf.nn.softmax(logits) if softmax else logits)[:, label + 1]
        curve.append(logits.numpy()[0])
        slope = tape.gradient(score, x)
        x = tf.clip_by_value(x + step_size * slope / tf.sqrt(tf.reduce_mean(slope**2)), 0, 1)
    return np.array(curve), label


@wrong("steps_to_fool", r"one step too many|0 steps|before any step|count")
def fooled_counted_from_one():
    curve, label = own_climb()
    steps = 1
    while curve[steps - 1].argmax() != label + 1:
        steps += 1
    return steps, float(curve[-1, label + 1])


@wrong("steps_to_fool", r"probability")
def fooled_by_the_probability():
    curve, label = own_climb(softmax=True)
    return int(np.argmax(curve.argmax(axis=1) == label + 1)), float(curve[-1, label + 1])


@wrong("steps_to_fool", r"no longer|label")
def fooled_as_soon_as_it_is_wrong():
    curve, label = own_climb()
    return int(np.argmax(curve.argmax(axis=1) != label)), round(float(curve[-1, label + 1]), 1)


@wrong("steps_to_fool", r"answer changes|after 60|last value")
def fooled_with_its_logit_then():
    curve, label = own_climb()
    steps = int(np.argmax(curve.argmax(axis=1) == label + 1))
    return steps, float(curve[steps, label + 1])


@wrong("ascent_step", r"step.?size|weight decay|shrunk|shrink|1 − l2")
def images_faded_by_l2(network, images, index, step_size, l2):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = network(x, training=False)[:, index]
    g = tape.gradient(logit, x).numpy()
    rms = np.sqrt(np.mean(g**2, axis=(1, 2, 3), keepdims=True))
    g = np.divide(g, rms, out=np.zeros_like(g), where=rms > 0)
    return np.clip((1 - l2) * images + step_size * g, 0, 1)


@wrong("ascent_step", r"keepdims|do not fit|could not be broadcast|Incompatible")
def rms_that_loses_its_axes(network, images, index, step_size, l2):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = network(x, training=False)[:, index]
    g = tape.gradient(logit, x)
    rms = tf.sqrt(tf.reduce_mean(g**2, axis=[1, 2, 3]))
    return np.clip(images + step_size * ((g / (rms + 1e-8)).numpy() - l2 * images), 0, 1)


@wrong("ascent_step", r"channels|axis 3|each pixel|last axis")
def length_1_at_each_pixel(network, images, index, step_size, l2):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = network(x, training=False)[:, index]
    g = tf.math.l2_normalize(tape.gradient(logit, x), axis=-1)
    return tf.clip_by_value(x + step_size * (g - l2 * x), 0, 1).numpy()


@wrong("ascent_step", r"probab|softmax|loss|cross")
def cross_entropy_descended(network, images, index, step_size, l2):
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        target = tf.fill([len(images)], index)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(target, network(x, training=False))
    g = -tape.gradient(loss, x).numpy()
    rms = np.sqrt((g**2).mean(axis=(1, 2, 3), keepdims=True))
    return np.clip(images + step_size * (g / np.where(rms > 0, rms, 1) - l2 * images), 0, 1)


@wrong("ascent_step", r"largest|maximum")
def scaled_by_the_largest_of_the_batch(network, images, index, step_size, l2):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = network(x)[:, index]
    g = tape.gradient(logit, x).numpy()
    g = g / max(np.abs(g).max(), 1e-12)
    return np.clip(images + step_size * (g - l2 * images), 0, 1)


@wrong("deprocess", r"bytes (first|before|too early)|whole numbers|uint8.*(before|early|first)")
def bytes_before_the_statistics(images):
    x = images.astype(np.int32).astype(np.float32)
    mean = x.mean(axis=(1, 2, 3), keepdims=True)
    spread = x.std(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * (x - mean) / np.where(spread > 0, spread, 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


@wrong("deprocess", r"minimum|\brange\b|stretch")
def stretched_then_made_flat(images):
    low = images.min(axis=(1, 2, 3), keepdims=True)
    high = images.max(axis=(1, 2, 3), keepdims=True)
    unit = (images - low) / np.where(high > low, high - low, 1)
    return (255 * np.clip((unit - 0.5) * 0.15 + 0.5, 0, 1)).astype(np.uint8)


@wrong("deprocess", r"constant.*(black|dark|0\b|mid-grey)")
def a_constant_image_of_one_half(images):
    result = np.zeros(images.shape, np.uint8)
    for i, image in enumerate(images):
        if image.std() == 0:
            result[i] = np.full(image.shape, 0.5)
        else:
            unit = 0.5 + 0.15 * (image - image.mean()) / image.std()
            result[i] = 255 * unit.clip(0, 1)
    return result


@wrong("deprocess", r"mean.*(whole batch|all images|batch)|batch.*mean")
def the_mean_of_all_images(images):
    spread = np.array([image.std() or 1 for image in images])[:, None, None, None]
    unit = 0.5 + 0.15 * (images - images.mean()) / spread
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


@wrong("deprocess", r"\babs|distances? from the mean")
def distances_from_the_mean(images):
    result = []
    for image in images:
        away = np.abs(image - image.mean())
        unit = 0.5 + 0.15 * away / (image.std() or 1)
        result.append((255 * np.minimum(unit, 1)).astype(np.uint8))
    return np.stack(result)
