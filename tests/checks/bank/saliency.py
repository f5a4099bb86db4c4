"""Wrong answers to the exercises of notebook 07, which the explanations were not written for."""

# ruff: noqa: B905, E501  (answers as students write them; a pattern in one line)

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings
from tests.checks.bank import wrong


def unused(name):
    """Return a pattern of sentences that say: this argument has no effect."""
    nothing = r"(ignored|not (used|read|passed)|unused|never|no (effect|influence))"
    whatever = r"(ignor|(not|never) us|not depend|whatever|regardless|independent|without us)\w*"
    return rf"\b{name}\b.{{0,40}}{nothing}|{whatever}.{{0,40}}\b{name}\b"


# saliency_map(model, images, class_index)


def without_softmax(model):
    """Return a function from images to logits, and the layers that it uses stay as they are."""
    head = model.layers[-1]
    below = keras.Model(model.inputs, head.input)
    return lambda x: tf.matmul(below(x), head.kernel) + head.bias


def right_gradient(model, images, class_index):
    logits_of, x = without_softmax(model), tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = logits_of(x)[:, class_index]
    return tape.gradient(score, x)


@wrong(
    "saliency_map",
    r"^(?!.*(depend on|which is not|other tensor)).*((not|never|nobody|nothing|isn't|must be|has to be|call|needs? to) .{0,20}watch|tape\.watch|watch (it|the|them)\b|tf\.Variable|a variable|(follow|track)\w* .{0,20}(image|batch|input|it|constant|variables)|(image|batch|input|constant)\w* .{0,30}(not|isn't) (followed|tracked))",
    says=r"None",
)
def nobody_watches_the_images(model, images, class_index):
    head = model.layers[-1]
    penultimate = keras.Model(model.inputs, head.input)
    image_tensor = tf.convert_to_tensor(images)
    with tf.GradientTape() as tape:
        features = penultimate(image_tensor)
        logits = tf.matmul(features, head.kernel) + head.bias
        target = logits[:, class_index]
    grads = tape.gradient(target, image_tensor)
    return np.max(np.abs(grads.numpy()), axis=-1)


@wrong(
    "saliency_map",
    r"(logit|forward|output|network|comput|call|model|predict|run)\w*.{0,60}(outside|inside|before the .?(with|tape|block)|within|in the .?with)|(outside|inside|within|before the .?(with|tape|block))\b.{0,60}(comput|forward|call|\brun\b|record)|record\w*.{0,40}(inside|before)|tape.{0,30}too late|too late.{0,40}tape|(forward|logits|comput\w+).{0,40}into the .?(with|tape)|tape (starts|begins|opens) .{0,20}(after|late)",
    says=r"None",
)
def computed_before_the_tape(model, images, class_index):
    x = tf.constant(images)
    logits = without_softmax(model)(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = logits[:, class_index]
    gradient = tape.gradient(score, x)
    return tf.reduce_max(tf.abs(gradient), axis=-1).numpy()


@wrong(
    "saliency_map",
    r"(same|other|another|different|second) (tensor|array|object|constant)|not (the one|the tensor|what|that).{0,30}watch|watch\w*.{0,60}(but|while|yet|not used|never used|goes|gets|fed|other)|(fed|gets|goes|given|takes|runs on)\b.{0,60}(watch|`images`|array|numpy|instead)|not depend|does not (use|lead|come)|never used|not connected",
    says=r"None",
)
def watched_one_and_used_another(model, images, class_index):
    logits_of = without_softmax(model)
    batch = tf.Variable(images)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        value = logits_of(images)[:, class_index]
    return np.abs(tape.gradient(value, batch)).max(axis=-1)


@wrong(
    "saliency_map",
    r"\bpredict\b|numpy|an array|(leaves?|break\w*|broken|lost)\b.{0,40}(tape|tensorflow)|(tape|chain).{0,30}(broken|lost|interrupted)",
    says=r"None",
)
def predict_inside_the_tape(model, images, class_index):
    head = model.layers[-1]
    features = keras.Model(model.inputs, head.input)
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        hidden = tf.constant(features.predict(x, verbose=0))
        score = (hidden @ head.kernel + head.bias)[:, class_index]
    return np.abs(tape.gradient(score, x).numpy()).max(axis=-1)


@wrong(
    "saliency_map",
    r"(\bsum|summed|added|adds|add up|total)\b.{0,60}channel|channel\w*.{0,60}(\bsum|added|add up|total)|\bsum of (the )?(absolute|magnitude|gradients)",
    says=r"colou?r|channels|too (large|big)",
)
def magnitudes_summed_over_the_channels(model, images, class_index):
    gradient = right_gradient(model, images, class_index)
    return tf.reduce_sum(tf.abs(gradient), axis=-1).numpy()


@wrong(
    "saliency_map",
    r"(\bmax|largest)\w*.{0,40}(over|across|among) (all )?(the )?(images|batch)|axis ?(=|is|is the)? ?(0|zero)|last axis|first axis|axis ?=? ?[-−]1|(not|instead of|rather than) (over )?(the )?channel",
    says=r"shape|\(\d+, \d+, \d+\)",
)
def maximum_over_the_images(model, images, class_index):
    gradient = right_gradient(model, images, class_index).numpy()
    return np.amax(np.absolute(gradient), axis=0)


@wrong(
    "saliency_map",
    r"^(?!.*(averag|\bmean\b|another)).*(first (image|map|one)|\[0\]|(only|just) one (image|map)|(all|all the|other|every|each|the rest of the) (images?|maps?)|one map|single image|batch of one)|axis of the images|image axis|is the first entry of the expected answer along axis 0",
    says=r"shape|first image|\(\d+, \d+\)",
)
def map_of_the_first_image_alone(model, images, class_index):
    gradient = right_gradient(model, images, class_index)[0]
    return np.abs(gradient.numpy()).max(axis=-1)


@wrong(
    "saliency_map",
    r"(10|ten) (classes|logits|outputs)|(always|fixed)\b.{0,20}\b(10|ten)\b|number of (the )?classes|how many classes|hard.?coded|model's own classes|as many classes|depth",
    says=r"InvalidArgument|shape|incompatible|broadcast",
)
def always_ten_classes(model, images, class_index):
    logits_of = without_softmax(model)
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        one_hot = tf.one_hot(class_index, 10)
        loss = tf.reduce_sum(logits_of(x) * one_hot)
    return tf.reduce_max(tf.abs(tape.gradient(loss, x)), axis=3)


@wrong(
    "saliency_map",
    r"255|\bscaled|(images|pixels|inputs).{0,30}rescal|divid|\brange|normali[sz]|already|preprocess|darken|another (image|place|point)",
    says=r"another (image|point)|differ",
)
def images_divided_by_255(model, images, class_index):
    logits_of = without_softmax(model)
    x = tf.Variable(tf.cast(images, tf.float32) / 255.0)
    with tf.GradientTape() as tape:
        score = logits_of(x)[:, class_index]
    gradient = tape.gradient(score, x)
    return np.abs(gradient.numpy()).max(axis=-1)


@wrong(
    "saliency_map",
    r"^(?!.*(class before|largest output)).*(class_index ?\+ ?1|(class|column|logit)\w*.{0,40}(after|next|following|one (off|too|further)|off by one|too (high|large))|next class|count\w*.{0,10} from (0|zero|1)|(wrong|another|neighbou?ring) class)|one (class|column) (too|after|off)|shifted by one|off by one",
    says=r"another class|next class|class after|other class|wrong class",
)
def class_after_the_one_asked_for(model, images, class_index):
    logits_of = without_softmax(model)
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        column = logits_of(x)[:, class_index + 1 : class_index + 2]
    return np.abs(tape.gradient(column, x).numpy()).max(axis=-1)


@wrong(
    "saliency_map",
    r"^(?!.*(column|too small by)).*((\bmean|averag)\w*.{0,60}(images|batch)|(images|batch).{0,60}(\bmean|averag)|(each|every) image.{0,30}\bown|per.image)",
    says=r"same map|all (maps|images)|equal",
)
def gradients_averaged_over_the_batch(model, images, class_index):
    gradient = right_gradient(model, images, class_index)
    mean = tf.reduce_mean(gradient, axis=0, keepdims=True)
    return tf.repeat(tf.reduce_max(tf.abs(mean), axis=-1), len(images), axis=0)


# smooth_grad(gradient, images, noise, share)


def width_of(images, share):
    high = np.max(images, axis=(1, 2, 3), keepdims=True)
    low = np.min(images, axis=(1, 2, 3), keepdims=True)
    return share * (high - low)


@wrong(
    "smooth_grad",
    unused("noise")
    + r"|(draw|drew|generat|mak)\w* (its |his |her )?(own|new|other|fresh)|(drawn|generated) (again|anew|here|afresh)|other noise is drawn|own noise|(use|instead of|not) .{0,15}given (noise|samples)|random|\brng\b|seed",
    says=r"noise|other samples",
)
def noise_of_its_own(gradient, images, noise, share):
    rng = np.random.default_rng(42)
    sigma = width_of(images, share)
    total = np.zeros_like(images)
    for _ in range(len(noise)):
        total += gradient(images + rng.normal(0.0, 1.0, images.shape) * sigma)
    return total / len(noise)


@wrong(
    "smooth_grad",
    r"(own|one|single|different|only one) sample|sample\w* (per|for each|of its own|to (an|each) image)|pair|\bzip|(all|every) (the )?samples (serve|for|are for|belong)|(each|every|all) images?.{0,30}(all|every|each) (the )?sample|same samples|sample \w+ (alone|only)|gets (one|sample)|(all|every) (the )?samples? .{0,30}(every|each|all) (the )?images?",
    says=r"shape|(one|single) sample",
)
def one_sample_for_each_image(gradient, images, noise, share):
    result = []
    for image, sample, sigma in zip(images, noise, width_of(images, share)):
        result.append(gradient((image + sigma * sample)[np.newaxis])[0])
    return np.stack(result)


@wrong(
    "smooth_grad",
    r"variance|\broots?\b|sqrt|squared? (the )?width",
    says=r"too (wide|large|strong|much)|wider|stronger",
)
def width_taken_for_a_variance(gradient, images, noise, share):
    variance = width_of(images, share)
    std = np.sqrt(variance)
    gradients = [gradient(images + n * std) for n in noise]
    return np.mean(gradients, axis=0)


@wrong(
    "smooth_grad",
    r"channel|colou?r|\(1, 2, 3\)|axis=\(1, 2\)|axes 1 and 2|last axis|axis 3",
    says=r"colou?r|channels",
)
def range_of_each_channel(gradient, images, noise, share):
    spread = tf.reduce_max(images, axis=(1, 2), keepdims=True) - tf.reduce_min(
        images, axis=(1, 2), keepdims=True
    )
    noisy = images[None] + share * spread.numpy()[None] * noise[:, None]
    return np.mean([gradient(batch) for batch in noisy], axis=0)


@wrong(
    "smooth_grad",
    r"^(?!.*(whole batch|channel)).*((range|spread|ptp|width)\w*.{0,60}(axis ?=? ?(0|zero)\b|(over|across|among|between) (all )?(the )?(images|batch)|(each|every|one) (image|pixel)|an image over)|(each|every) image.{0,30}own|pixel by pixel|(per|each|every|for a) pixel)",
    says=r"no noise|several images|plain gradient|single image",
)
def range_of_a_pixel_over_the_batch(gradient, images, noise, share):
    spans = np.ptp(images, axis=0)
    smoothed = np.zeros(images.shape)
    for sample in noise:
        smoothed += gradient(images + share * spans * sample)
    return smoothed / noise.shape[0]


@wrong("smooth_grad", r"median", says=r"median|middle")
def median_for_mean(gradient, images, noise, share):
    sigma = width_of(images, share)
    return np.median([gradient(images + sigma * sample) for sample in noise], axis=0)


@wrong(
    "smooth_grad",
    r"noise.{0,60}(normali[sz]|standardi[sz]|cent(er|re)d|\bscaled|as it is|as given|drawn with|chang|own (mean|standard))|(normali[sz]|standardi[sz]|cent(er|re)|rescal)\w*.{0,40}(noise|samples?)|already|(samples|noise).{0,60}(rescal|as given|shifted)",
    says=r"noise",
)
def noise_standardised_first(gradient, images, noise, share):
    noise = (noise - noise.mean()) / noise.std()
    sigma = width_of(images, share)
    return sum(gradient(images + sigma * one) for one in noise) / len(noise)


@wrong(
    "smooth_grad",
    r"^(?!.*summed).*(divi\w+.{0,60}(number of|how many|len\()|number of (images|samples)|len\((images|noise)\)|shape\[0\])",
    says=r"too (large|small|big)|factor|times|constant|multiple",
)
def divided_by_the_number_of_images(gradient, images, noise, share):
    n, sigma = len(images), width_of(images, share)
    accumulated = np.zeros(images.shape, dtype=np.float64)
    for sample in noise:
        accumulated = accumulated + gradient(images + sigma * sample)
    return accumulated / n


@wrong(
    "smooth_grad",
    r"^(?!.*(range|ptp|max|min)).*(\baxis|\baxes|one (number|value)|single (number|value)|scalar|(over|of|averages) (everything|all (the )?(pixels|values|numbers|axes)))",
    says=r"shape|one number|single number|float",
)
def one_mean_of_everything(gradient, images, noise, share):
    sigma = width_of(images, share)
    return np.mean([gradient(images + sigma * sample) for sample in noise])


@wrong(
    "smooth_grad",
    r"(each|every|inside|within) (the |a )?(round|pass|turn|step|time|sample|loop)\w*.{0,60}(divi|averag|halv|mean)|(divi|averag|mean)\w*.{0,60}(inside|within|in the loop|each (round|time|pass|step)|every (round|time|pass|step)|too often|again and again|repeatedly|once)|after the loop|in the loop|indent|repeatedly|too often",
    says=r"too (small|weak)|smaller|last sample",
)
def divided_in_every_round(gradient, images, noise, share):
    sigma = width_of(images, share)
    mean = np.zeros_like(images)
    for sample in noise:
        mean = mean + gradient(images + sigma * sample)
        mean = mean / len(noise)
    return mean


# integrated_gradients(gradient, images, baseline, steps)


@wrong(
    "integrated_gradients",
    r"^(?!.*(not (at )?the mid|parts)).*(linspace|both ends|ends of the way|steps ?\+ ?1|one (point|gradient|share|step) (more|too many)|too many (points|gradients|shares|steps)|(baseline|start|0).{0,40}(image|end|1).{0,40}(count|includ|themsel|taken in|as well)|end ?points?)",
    says=r"one (more|too many)|differ",
)
def a_point_more_than_steps(gradient, images, baseline, steps):
    alphas = np.linspace(0.0, 1.0, steps + 1)
    total = np.zeros(images.shape)
    for alpha in alphas:
        total += gradient(baseline + alpha * (images - baseline))
    return (images - baseline) * total / len(alphas)


@wrong(
    "integrated_gradients",
    r"^(?!.*linspace\(0, 1, steps\)).*(trapez|both ends|(its|the) (two )?ends\b|average of .{0,20}ends|neighbou?ring gradients|not (at |in |taken at )?(the |its |their )?(mid|middle)|two neighbou)",
    says=r"differ|close|nearly",
)
def trapezoidal_rule(gradient, images, baseline, steps):
    points = []
    for k in range(steps + 1):
        points.append(gradient(baseline + (k / steps) * (images - baseline)))
    points = tf.stack(points)
    averaged = tf.reduce_mean((points[:-1] + points[1:]) / 2.0, axis=0)
    return (images - baseline) * averaged.numpy()


@wrong(
    "integrated_gradients",
    r"^(?!.*(left end|right end|one step|last step|ends of (the way|each)|trapez|two ends|includ)).*(steps ?\+ ?1|by one more|(mid|middle)\w*|half a step|0\.5|1/2|equal (steps|parts))",
    says=r"differ|close|nearly",
)
def inner_points_for_middles(gradient, images, baseline, steps):
    way = images - baseline
    found = [gradient(baseline + k / (steps + 1) * way) for k in range(1, steps + 1)]
    return way * np.mean(found, axis=0)


@wrong(
    "integrated_gradients",
    r"^(?!.*one step).*("
    + unused("steps")
    + r"|\b(50|fifty)\b|hard.?coded|fixed number)|.?steps.? (does not|has no|doesn't) ",
    says=r"close|nearly|differ|finer",
)
def always_fifty_steps(gradient, images, baseline, steps):
    m_steps = 50
    integrated = np.zeros_like(images, dtype=np.float64)
    for i in range(m_steps):
        integrated += gradient(baseline + (i + 0.5) / m_steps * (images - baseline)) / m_steps
    return integrated * (images - baseline)


@wrong(
    "integrated_gradients",
    r"axis (1|of the images)\b.{0,30}(mean|averag)|(mean|averag)\w*.{0,30}axis|(over|across) (all )?(the )?(images|batch)|(average|mean)\w* .{0,30}(over )?the steps|steps? (axis|comes first)",
    says=r"shape",
)
def averaged_over_the_images(gradient, images, baseline, steps):
    way = images - baseline
    gradients = np.array([gradient(baseline + (k + 0.5) / steps * way) for k in range(steps)])
    return way * gradients.mean(axis=1)


@wrong(
    "integrated_gradients",
    r"twice|squared?|two times|\bagain\b|two factors|\bonce\b",
    says=r"too (large|small)|factor|squared?",
)
def multiplied_by_the_way_twice(gradient, images, baseline, steps):
    difference = images - baseline
    total = 0
    for k in range(steps):
        x = baseline + difference * (k + 0.5) / steps
        total = total + gradient(x) * difference
    return difference * total / steps


@wrong(
    "integrated_gradients",
    r"^(?!.*summed).*(steps ?[-−–] ?1|by one (less|fewer|too)|one (less|fewer) than|divi\w+.{0,40}number of|by their number|as many as there are)",
    says=r"too (large|big)|larger|factor|inf|nan|divi\w+ by (0|zero)",
)
def divided_by_one_step_less(gradient, images, baseline, steps):
    dx = np.float64(1.0) / np.float64(steps - 1)
    shares = [(i + 0.5) / steps for i in range(steps)]
    integral = sum(gradient(baseline + s * (images - baseline)) * dx for s in shares)
    return (images - baseline) * integral


@wrong(
    "integrated_gradients",
    r"^(?!.*starts at 0).*(baseline.{0,60}(ignored|not used|unused|never|overwrit|replac|another|wrong|instead)|(overwrit|replac|ignor|another|wrong|whatever)\w*.{0,40}baseline|(mean|average) (of the )?(image|batch)|\bblur|(starts|begins) (at|from) (a |the )?(gr[ea]y|mean))",
    says=r"baseline|another start",
)
def mean_image_as_the_baseline(gradient, images, baseline, steps):
    baseline = images.mean(axis=(1, 2), keepdims=True)  # a neutral grey
    way = images - baseline
    shares = (np.arange(steps) + 0.5) / steps
    return way * np.mean([gradient(baseline + s * way) for s in shares], axis=0)


@wrong(
    "integrated_gradients",
    r"//|integer division|floor|whole (number|division)|always (0|zero)|shares? (are|is) (all |each )?(0|zero)|every share|rounded down",
    says=r"baseline|no difference",
)
def shares_by_floor_division(gradient, images, baseline, steps):
    path = []
    for k in range(steps):
        share = (2 * k + 1) // (2 * steps)
        path.append(baseline + share * (images - baseline))
    return (images - baseline) * np.mean([gradient(x) for x in path], axis=0)


# relu_backward(before, signal, rule)


@wrong(
    "relu_backward",
    r"^(?!What is called).*(deconvnet.{0,40}(name|call|spell|spelt|word|know|written)|(name|spell|spelt|string|word|unknown|misspel|call)\w*.{0,60}(rule|deconv)|(rule|deconv)\w*.{0,60}(name|spell|spelt|string|word|unknown|misspel)|.?deconv.? is not|compar\w+ with .?deconv)|(not|n't) know (the rule )?.?deconvnet|deconv. is not",
    says=r"ValueError|unknown|raise",
)
def another_name_for_a_rule(before, signal, rule):
    if rule == "gradient":
        mask = before > 0
    elif rule == "deconv":
        mask = signal > 0
    elif rule == "guided":
        mask = np.logical_and(before > 0, signal > 0)
    else:
        raise ValueError(f"unknown rule {rule!r}")
    return signal * mask


@wrong(
    "relu_backward",
    r"parenthes|bracket|precedence|binds? (more )?(tight|strong)|before the comparison|comparison.{0,30}first",
    says=r"TypeError|bitwise",
)
def masks_without_brackets(before, signal, rule):
    if rule == "gradient":
        return np.where(before > 0, signal, 0)
    if rule == "deconvnet":
        return np.where(signal > 0, signal, 0)
    return np.where(before > 0 & signal > 0, signal, 0)


@wrong(
    "relu_backward",
    r"^(?!.*(parenthes|bracket|preced|tight)).*(`and`|\band\b (works|is for|asks|wants|needs|takes|compares)|&|logical_and)",
    says=r"ValueError|truth value|ambiguous",
)
def and_between_arrays(before, signal, rule):
    open_relu = before > 0
    positive = signal > 0
    if rule == "guided":
        passes = open_relu and positive
    else:
        passes = {"gradient": open_relu, "deconvnet": positive}[rule]
    return passes * signal


@wrong(
    "relu_backward",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|signal)|(argument|input|signal)\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)|writes? into",
    says=r"chang|original|alter|modif",
)
def signal_changed_in_place(before, signal, rule):
    if rule in ("gradient", "guided"):
        signal[before <= 0] = 0
    if rule in ("deconvnet", "guided"):
        signal[signal <= 0] = 0
    return signal


@wrong(
    "relu_backward",
    r"\bclip|(cut|caps?|limit|bound)\w*.{0,30}(\b1\b|one|above|top)|(larger|greater|more) than (1|one)|above (1|one)|upper|at most (1|one)",
    says=r"large|above 1|greater than 1|too small",
)
def clipped_at_one(before, signal, rule):
    if rule == "gradient":
        return np.where(before > 0, signal, 0.0)
    positive = np.clip(signal, 0.0, 1.0)
    return positive if rule == "deconvnet" else positive * (before > 0)


@wrong(
    "relu_backward",
    r"^(?!.*(`and`|logical_and|truth value)).*(element|(each|every) (value(?! is)|unit|pixel|neuron|entry|number|relu|place)|one (decision|answer|test|condition) |(whole|entire) (array|signal|layer|batch)|single (decision|answer|test)|value by value|all or nothing|\bsum\b|at once)",
    says=r"all|every|nothing|whole",
)
def all_or_nothing(before, signal, rule):
    forward_ok = np.sum(before) > 0
    backward_ok = np.sum(signal) > 0
    passes = {
        "gradient": forward_ok,
        "deconvnet": backward_ok,
        "guided": forward_ok and backward_ok,
    }[rule]
    return signal.copy() if passes else np.zeros_like(signal)


# backward_pass(network, inputs, class_index, rule)


def relu_backward(before, signal, rule):
    mask = np.ones_like(signal)
    if rule in ("gradient", "guided"):
        mask = mask * (before > 0)
    if rule in ("deconvnet", "guided"):
        mask = mask * (signal > 0)
    return mask * signal


def forward(network, inputs):
    """Return what came before every ReLU, and the logits."""
    before, x = [], inputs
    for kernel, bias in zip(network["kernels"], network["biases"]):
        before.append(x @ kernel + bias)
        x = np.maximum(before[-1], 0)
    return before[:-1], before[-1]


@wrong(
    "backward_pass",
    r"^(?!.*(too low|largest|lists)).*(class_index ?\+ ?1|(class|column|logit|signal)\w*.{0,40}(after|next|following|one (off|too|further)|off by one|too (high|large))|next class|count\w*.{0,10} from (0|zero|1)|(wrong|another|neighbou?ring) class)|^(?!.*(too low|lists)).*(one (class|column) (too|after|off)|shifted by one|off by one)",
    says=r"another class|next class|class after|other class|wrong class",
)
def starts_at_the_class_after(network, inputs, class_index, rule):
    before, logits = forward(network, inputs)
    signal = np.zeros(logits.shape)
    signal[:, class_index + 1] = 1
    for layer in range(len(network["kernels"]) - 1, -1, -1):
        signal = signal @ network["kernels"][layer].T
        if layer > 0:
            signal = relu_backward(before[layer - 1], signal, rule)
    return signal


@wrong(
    "backward_pass",
    r"^(?!.*(first input|forward|maximum\(|class)).*((layer|relu|mask|before\[)\w*.{0,60}(\babove\b|\bwrong\b|\bown\b|\bnext\b|\bother\b|shifted|one too|one layer|off by one|another)|(wrong|other|next|shifted|another)\b.{0,40}(layer|relu|mask)|belongs? to|before\[i)",
    says=r"ValueError|broadcast|shape",
)
def masks_of_the_layer_above(network, inputs, class_index, rule):
    pre_activations, activation = [], inputs
    for W, b in zip(network["kernels"], network["biases"]):
        z = activation @ W + b
        pre_activations.append(z)
        activation = np.maximum(z, 0)
    signal = np.zeros_like(pre_activations[-1])
    signal[:, class_index] = 1.0
    for W, z in zip(reversed(network["kernels"]), reversed(pre_activations)):
        signal = signal @ W.T
        signal = relu_backward(z, signal, rule)
    return signal


@wrong(
    "backward_pass",
    r"bias\w*.{0,60}(missing|left out|forgot|not added|forward|omitted|not used|unused|way up|absent)|(missing|without|forgot|omit|forward|way up|add)\w*.{0,60}bias",
    says=r"mask|open|relu",
)
def forward_without_biases(network, inputs, class_index, rule):
    x, before = inputs, []
    for kernel in network["kernels"][:-1]:
        before.append(np.dot(x, kernel))
        x = np.maximum(before[-1], 0)
    last = network["kernels"][-1]
    signal = np.tile(last[:, class_index], (len(inputs), 1))
    for kernel, z in zip(network["kernels"][-2::-1], before[::-1]):
        signal = relu_backward(z, signal, rule) @ kernel.T
    return signal


@wrong(
    "backward_pass",
    r"(relu|rectif|maximum|max\()\w*.{0,60}(forward|way up|going up|upwards?\b|next layer|goes on)|(forward|way up|upwards)\b.{0,60}(relu|rectif|maximum|linear)|negative values.{0,60}(forward|next layer|way up|passed on)",
    says=r"mask|lower|first layer|deep",
)
def no_relu_on_the_way_up(network, inputs, class_index, rule):
    values = [inputs]
    for kernel, bias in zip(network["kernels"], network["biases"]):
        values.append(values[-1] @ kernel + bias)
    signal = np.zeros_like(values[-1])
    signal[:, class_index] = 1
    for i in range(len(network["kernels"]) - 1, 0, -1):
        signal = relu_backward(values[i], signal @ network["kernels"][i].T, rule)
    return signal @ network["kernels"][0].T


@wrong(
    "backward_pass",
    r"^(?!.*kernels alone).*((rule|relu|mask|layer)\w*.{0,40}\b(only|alone)\b|\b(only|alone)\b.{0,40}(rule|relu|layer)|(every|each|all|other|lower|remaining)( of the| the)? relu|relus? .{0,20}(below|lower|passed over|skipped))",
    says=r"deep|lower|more than two|several",
)
def rule_at_the_upper_relu_only(network, inputs, class_index, rule):
    before, logits = forward(network, inputs)
    kernels = network["kernels"]
    signal = np.zeros_like(logits)
    signal[:, class_index] = 1
    signal = relu_backward(before[-1], signal @ kernels[-1].T, rule)
    for i in range(len(kernels) - 2, -1, -1):
        signal = signal @ kernels[i].T
    return signal


@wrong(
    "backward_pass",
    r"^(?!.*(class_index \+|too far|one column)).*(\bcolumn|\brow\b|\[:, ?class_index\]|signal\[class_index|\baxis)",
    says=r"IndexError|out of bounds|zero|\b0\b",
)
def row_for_column(network, inputs, class_index, rule):
    before, logits = forward(network, inputs)
    signal = np.zeros_like(logits)
    signal[class_index] = 1
    for i in reversed(range(len(network["kernels"]))):
        signal = signal @ np.transpose(network["kernels"][i])
        if i > 0:
            signal = relu_backward(before[i - 1], signal, rule)
    return signal


@wrong(
    "backward_pass",
    r"revers|\border\b|(from|at) the (top|last|bottom|first)|top (to|down)|bottom (to|up)|(last|first) (kernel|layer).{0,30}(first|last|begin|start)|upside|backwards|(last|top) to (first|bottom)",
    says=r"ValueError|mismatch|matmul|shape",
)
def kernels_from_the_bottom_again(network, inputs, class_index, rule):
    before, logits = forward(network, inputs)
    signal = np.zeros_like(logits)
    signal[:, class_index] = 1
    for i, kernel in enumerate(network["kernels"]):
        signal = signal @ kernel.T
        if i < len(before):
            signal = relu_backward(before[i], signal, rule)
    return signal


@wrong(
    "backward_pass",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|(network|kernels|list))|(argument|input|(network|kernels|list))\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)|\bpops?\b|remov\w+ .{0,30}(kernels|network|list)",
    says=r"chang|empt|second|again|once",
)
def network_emptied_on_the_way(network, inputs, class_index, rule):
    before, logits = forward(network, inputs)
    signal = np.zeros_like(logits)
    signal[:, class_index] = 1
    kernels = network["kernels"]
    while kernels:
        signal = signal @ kernels.pop().T
        if before:
            signal = relu_backward(before.pop(), signal, rule)
    return signal


# own_slopes


def own_logit(images):
    """Return the logit of a two for images of the number 22, and its gradient at each image."""
    logits_of, x = without_softmax(findings.network(22)), tf.constant(images, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = logits_of(x)[:, 2]
    return logit.numpy(), tape.gradient(logit, x).numpy()


def own_two():
    own = findings.images(22)
    return own.images[own.labels == 2][0]


def row_and_column(values):
    return divmod(int(np.argmax(values)), 28)


def eight_shares(image):
    way = np.stack([(k + 0.5) / 8 * image for k in range(8)])
    return image * own_logit(way)[1].mean(axis=0)


@wrong("own_slopes", r"\b(size|abs|magnitude|absolute)\w*\b|negative gradient|\bsign\b")
def steepest_upwards_only():
    image = own_two()
    (logit, black), (slope, _) = own_logit(np.stack([image, 0 * image]))
    total = eight_shares(image).sum()
    return *row_and_column(slope), total, logit - black - total


@wrong("own_slopes", r"middle|midpoint|half|where the (steps|parts) (end|start)|left|right")
def shares_from_linspace():
    image = own_two()
    (logit, black), (slope, _) = own_logit(np.stack([image, 0 * image]))
    way = np.linspace(0, 1, 8, endpoint=False)[:, None, None, None] * image
    total = (image * own_logit(way)[1].mean(axis=0)).sum()
    return *row_and_column(abs(slope)), total, logit - black - total


@wrong("own_slopes", r"multipl|image . baseline|times the (ink|image|way)")
def mean_gradient_alone():
    image = own_two()
    (logit, black), (slope, _) = own_logit(np.stack([image, 0 * image]))
    way = np.stack([(k + 0.5) / 8 * image for k in range(8)])
    total = own_logit(way)[1].mean(axis=0).sum()
    return *row_and_column(abs(slope)), total, logit - black - total


@wrong("own_slopes", r"baseline|no ink|difference of the logits|empty|black")
def missing_to_the_logit():
    image = own_two()
    (logit, _), (slope, _) = own_logit(np.stack([image, 0 * image]))
    total = eight_shares(image).sum()
    return *row_and_column(abs(slope)), round(float(total), 3), round(float(logit - total), 3)


@wrong("own_slopes", r"swap|exchang|interchang|transpos|row .*first|wrong (order|way)")
def steepest_as_x_and_y():
    image = own_two()
    (logit, black), (slope, _) = own_logit(np.stack([image, 0 * image]))
    y, x = row_and_column(abs(slope))
    total = eight_shares(image).sum()
    return x, y, total, logit - black - total


@wrong(
    "saliency_map",
    r"(images?|pixels?|inputs?)\b.{0,40}(clip|cut off)|(clip|cut off)\w*.{0,40}(images?|pixels?|inputs?)\b|already what the model",
)
def gradient_at_clipped_images(model, images, class_index):
    head = model.layers[-1]
    body = keras.Model(model.inputs, head.input)
    x = tf.constant(np.clip(images, 0, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = (body(x) @ head.kernel + head.bias)[:, class_index]
    return np.abs(tape.gradient(logit, x).numpy()).max(axis=-1)


@wrong(
    "saliency_map",
    r"(abs|absolute|magnitude|sign).*(sum|add|first|late|before|after)|(sum|added).*(channel)",
)
def absolute_value_of_the_sum_over_channels(model, images, class_index):
    head = model.layers[-1]
    body = keras.Model(model.inputs, head.input)
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        logit = (body(x) @ head.kernel + head.bias)[:, class_index]
    return tf.abs(tf.reduce_sum(tape.gradient(logit, x), axis=-1)).numpy()


@wrong("saliency_map", r"not watched|tape\.watch|watch")
def a_constant_made_inside_the_tape(model, images, class_index):
    head = model.layers[-1]
    body = keras.Model(model.inputs, head.input)

    def top(features):
        return tf.matmul(features, head.kernel) + head.bias

    with tf.GradientTape() as tape:
        x = tf.convert_to_tensor(images)
        features = body(x)
        logit = top(features)[:, class_index]
    gradient = tape.gradient(logit, x)
    return tf.reduce_max(tf.abs(gradient), axis=-1).numpy()


@wrong(
    "saliency_map",
    r"one (number|value)|single (number|value)|\(N, H, W\)|over (all|every) axes",
    says=r"shape|ax[ei]s",
)
def one_maximum_for_everything(model, images, class_index):
    head = model.layers[-1]
    body = keras.Model(model.inputs, head.input)
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = (body(x) @ head.kernel + head.bias)[:, class_index]
    return np.abs(tape.gradient(logit, x).numpy()).max()


@wrong("saliency_map", r"another tensor|very `x`|not (the )?watched|from `?images|same tensor")
def the_score_of_another_tensor(model, images, class_index):
    head = model.layers[-1]
    body = keras.Model(model.inputs, head.input)
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        features = body(tf.constant(images))
        logits = features @ head.kernel + head.bias
        chosen = logits[:, class_index]
    return np.abs(tape.gradient(chosen, x).numpy()).max(axis=-1)


@wrong("smooth_grad", r"minus (the|its) mean|(largest|maximum).*\bmean\b")
def range_from_the_mean_to_the_maximum(gradient, images, noise, share):
    peak = images.max(axis=(1, 2, 3), keepdims=True)
    width = share * (peak - images.mean(axis=(1, 2, 3), keepdims=True))
    return np.mean([gradient(images + width * sample) for sample in noise], axis=0)


@wrong(
    "smooth_grad", r"(largest|maximum|max\b).*(batch|all images|minus|smallest)|(batch|all images)"
)
def share_of_the_largest_pixel_of_all(gradient, images, noise, share):
    total = np.zeros(images.shape)
    for sample in noise:
        total = total + gradient(images + share * images.max() * sample)
    return total / len(noise)


@wrong(
    "smooth_grad",
    r"images? (is|are) (first )?(scaled|rescaled|brought|stretched|normali)|0\.\.1|0 (to|and) 1|original images",
)
def images_scaled_to_0_and_1_first(gradient, images, noise, share):
    low = images.min(axis=(1, 2, 3), keepdims=True)
    span = np.ptp(images, axis=(1, 2, 3), keepdims=True)
    unit = (images - low) / np.where(span > 0, span, 1)
    return np.mean([gradient(unit + share * sample) for sample in noise], axis=0)


@wrong("smooth_grad", r"`return` stands inside|first (sample|noise|pass)|indent")
def returned_after_the_first_sample(gradient, images, noise, share):
    width = share * np.ptp(images, axis=(1, 2, 3), keepdims=True)
    gradients = []
    for sample in noise:
        gradients.append(gradient(images + width * sample))
        return np.mean(gradients, axis=0)


@wrong("smooth_grad", r"(cut off|clip)\w*.*\b0\b|below 0|negative (pixels|values)")
def noisy_images_kept_above_0(gradient, images, noise, share):
    width = share * np.ptp(images, axis=(1, 2, 3), keepdims=True)
    noisy = [np.maximum(images + width * sample, 0) for sample in noise]
    return sum(map(gradient, noisy)) / len(noisy)


@wrong("relu_backward", r"KeyError|no entry|deconvnet.*(name|entry|spell)|'deconvnet'")
def a_rule_spelled_in_another_way(before, signal, rule):
    masks = {
        "gradient": before > 0,
        "deconv": signal > 0,
        "guided": (before > 0) & (signal > 0),
    }
    return signal * masks[rule]


@wrong("relu_backward", r"guided.*mask|mask itself|multiply the signal")
def guided_gives_its_mask(before, signal, rule):
    if rule == "gradient":
        return np.where(before > 0, signal, 0)
    if rule == "deconvnet":
        return np.maximum(signal, 0)
    return np.logical_and(before > 0, signal > 0).astype(signal.dtype)


@wrong(
    "relu_backward", r"(multiplied|times).*(forward|activation|before)|passes unchanged|weaken|clip"
)
def slope_grows_from_0_to_1(before, signal, rule):
    slope = np.clip(before, 0, 1)
    if rule == "gradient":
        return signal * slope
    positive = np.maximum(signal, 0)
    return positive if rule == "deconvnet" else positive * slope


@wrong(
    "relu_backward", r"last (row|entr|image)|one too (early|few)|range|loop", says=r"last|axis 0"
)
def the_last_row_is_forgotten(before, signal, rule):
    result = np.zeros_like(signal)
    for i in range(len(signal) - 1):
        passes = np.ones(signal[i].shape, bool)
        if rule != "deconvnet":
            passes &= before[i] > 0
        if rule != "gradient":
            passes &= signal[i] > 0
        result[i] = np.where(passes, signal[i], 0)
    return result


@wrong("relu_backward", r"guided.*negative|negative.*guided|other way round|< 0")
def guided_passes_negative_signals(before, signal, rule):
    if rule == "gradient":
        return signal * (before > 0)
    if rule == "deconvnet":
        return signal * (signal > 0)
    return signal * (before > 0) * (signal < 0)
