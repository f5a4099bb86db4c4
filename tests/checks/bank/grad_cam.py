"""Wrong answers to the exercises of notebook 05."""

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from helpers.checks import findings
from tests.checks.bank import wrong

CHANGED = (
    r"in.?place(?! of)|chang\w* (its|the|your|an) (argument|input|array)"
    r"|(its|the|an|your) argument\b|argument (is |was )?(chang|overwrit|modif)|a copy\b"
    r"|caller|original"
)


# channel_weights


@wrong(
    "channel_weights",
    r"(over|along) (the )?(columns?|width|axis 2)|columns? (only|alone)|only (over |along "
    r"|the )*(columns?|width|axis 2)|(rows|height|axis 1) (is|are|was|were) .{0,12}(kept"
    r"|left|still|missing|not)",
)
def averaged_over_columns_only(gradients):
    return gradients.mean(axis=2)


@wrong("channel_weights", r"median")
def median_gradient(gradients):
    n, _, _, channels = gradients.shape
    return np.median(gradients.reshape(n, -1, channels), axis=1)


@wrong(
    "channel_weights",
    r"\bnorm\b|squares?\b|squared|\broot\b|euclid|\bL2\b|magnitude|sign (is|was|gets) lost"
    r"|(lose|without|los)\w* (the|its|their)? ?signs?|never negative|always positive"
    r"|nowhere negative|lengths? of",
)
def norm_of_the_gradient(gradients):
    return tf.norm(tf.transpose(gradients, (0, 3, 1, 2)), axis=(2, 3)).numpy()


@wrong(
    "channel_weights",
    r"(in|at) the (middle|cent(re|er))|middle|central|(one|single) (position|pixel|place"
    r"|cell)|h ?// ?2|(other|remaining) (positions|pixels|places)",
)
def gradient_in_the_middle(gradients):
    _, h, w, _ = gradients.shape
    return gradients[:, h // 2, w // 2, :]


@wrong(
    "channel_weights",
    r"^(?!.*both (results|divided)).*((each|every|a|the|its|per) channel'?s?.*(scal|divid|normal"
    r"|own|size|strength|maxim|largest)"
    r"|own (maximum|largest|scale|size)"
    r"|(scal|divid|normal)\w*.*(channel|largest|maximum)|(size|strength)\w* (of|is|are"
    r"|between).*(lost|channel))",
)
def each_channel_scaled_first(gradients):
    largest = np.abs(gradients).max(axis=(1, 2), keepdims=True)
    return (gradients / np.maximum(largest, 1e-8)).mean(axis=(1, 2))


@wrong(
    "channel_weights",
    r"reshape|order in memory|mix(ed|es)?\b|scrambl|moveaxis|transpos|(channels"
    r"|they) are the last axis",
)
def channels_reshaped_to_the_front(gradients):
    n, h, w, channels = gradients.shape
    return gradients.reshape(n, channels, h * w).mean(axis=-1)


@wrong(
    "channel_weights",
    r"carried|accumul|reset|set back|(earlier|previous|preceding) images?|images? (before"
    r"|above)|cumulat|start\w* (again|anew|afresh|from 0|at 0)|(keeps?|still|contain\w*"
    r"|includ\w*|hold\w*).{0,30}(image|\bsum|total)|running (sum|total)",
)
def sum_carried_to_the_next_image(gradients):
    n, h, w, channels = gradients.shape
    weights = np.zeros((n, channels))
    total = np.zeros(channels)
    for i in range(n):
        for y in range(h):
            for x in range(w):
                total += gradients[i, y, x]
        weights[i] = total / (h * w)
    return weights


@wrong(
    "channel_weights",
    r"squeeze|batch axis|(one|single) image.{0,40}(loses|lost|dropped|its axis|shape"
    r"|squeez)|axis.{0,30}(lost|dropped|removed|gone|missing|disappear)|\(1, channels\)"
    r"|(axes|axis) of length (1|one).{0,30}(remov|drop|lost|gone|squeez)",
)
def squeezed_weights(gradients):
    pooled = tf.nn.avg_pool2d(gradients, ksize=gradients.shape[1:3], strides=1, padding="VALID")
    return np.squeeze(pooled.numpy())


# weighted_map


@wrong("weighted_map", CHANGED)
def maps_multiplied_in_place(maps, weights):
    for i in range(len(maps)):
        for k in range(maps.shape[-1]):
            maps[i, :, :, k] *= weights[i, k]
    return np.maximum(maps.sum(axis=-1), 0)


@wrong(
    "weighted_map",
    r"adds an axis|(axis|axes|None|newaxis).{0,30}(too few|missing|more|another|needed|lacks?"
    r"|\(N, 1, 1)|(missing|lack|forgot|another|one more|second|two) .{0,12}(axis|axes|None)"
    r"|\(N, 1, 1|None, None|align|line up|(weights|images?).{0,40}(rows|height)",
)
def one_axis_too_few(maps, weights):
    weighted = maps * weights[:, np.newaxis, :]
    return np.maximum(weighted.sum(axis=-1), 0)


@wrong(
    "weighted_map",
    r"(\bsum|\badd|averag)\w*.{0,40}(position|spa(ce|tial)|height|width|pixels"
    r"|rows and columns|\(1, 2\))|positions?.{0,30}(lost|gone|summed|added|kept)|(not"
    r"|instead of|rather than) (over )?(the )?channels|one number (for|per|of)|per channel"
    r"|\(N, channels\)",
)
def summed_over_the_positions(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nk", maps, weights), 0)


@wrong(
    "weighted_map",
    r"^(?!.*negative ones become).*(np\.minimum|\bminimum(?! to)|(only|just|keeps?|kept"
    r"|shows?|left|remains?|what).{0,30}(negative|against|below 0)|(negative"
    r"|against).{0,30}(kept|shown|left|remains)|wrong (sign|half|part|side)|(positive"
    r"|for the class).{0,30}(removed|lost|\b0\b|cut|dropped))",
)
def negative_part_kept(maps, weights):
    total = np.zeros(maps.shape[:-1])
    for k in range(maps.shape[-1]):
        total += maps[..., k] * weights[:, k][:, None, None]
    return np.minimum(total, 0)


@wrong(
    "weighted_map",
    r"divid\w*.{0,30}(\bsum|total)|(sum|add) up to (1|one)|weights?.{0,30}normali"
    r"|normali\w*.{0,20}weights|(sum|total) (of|is|may be) .{0,25}(negative|weights)"
    r"|negative sum|turn\w* .{0,15}sign",
)
def weights_divided_by_their_sum(maps, weights):
    share = weights / weights.sum(axis=1, keepdims=True)
    return np.stack([np.maximum(m @ w, 0) for m, w in zip(maps, share, strict=True)])


@wrong(
    "weighted_map",
    r"clip|(above|over|larger than|more than|greater than|beyond|bigger than) (1|one)\b"
    r"|upper (bound|limit|end)|cut (off|at|down)|saturat|(at most|limited to) (1|one)|0 (to"
    r"|and) 1|0\.\.1|\bcap",
)
def clipped_at_one(maps, weights):
    total = tf.einsum("nhwk,nk->nhw", maps, tf.cast(weights, maps.dtype))
    return tf.clip_by_value(total, 0.0, 1.0).numpy()


@wrong(
    "weighted_map",
    r"(below|under|less than|smaller than|weaker than) (the|its|their|each|an?"
    r"|this)? ?(own )?(map's )?(mean|average)|threshold|(mean|average).{0,30}(cut|set to 0"
    r"|removed|threshold|limit|\b0\b)|\bweak|small(er)? (values|evidence)|faint",
)
def below_the_mean_set_to_zero(maps, weights):
    total = np.matmul(maps, weights[:, None, :, None])[..., 0]
    total[total < np.maximum(total, 0).mean(axis=(1, 2), keepdims=True)] = 0
    return total


# grad_cam


def parts(model, layer_name):
    """A model from the images to a layer's maps and to what the last layer reads."""
    return keras.Model(model.inputs, [model.get_layer(layer_name).output, model.layers[-1].input])


def logits_of(model, features):
    kernel, bias = model.layers[-1].get_weights()
    return tf.matmul(features, kernel) + bias


def maps_and_gradients(model, images, layer_name, target):
    """`target` makes a number of the logits (N, classes)."""
    with tf.GradientTape() as tape:
        maps, features = parts(model, layer_name)(tf.constant(images))
        value = target(logits_of(model, features))
    return maps.numpy(), tape.gradient(value, maps).numpy()


def cam_of(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0)


@wrong(
    "grad_cam",
    r"next class|class (after|behind|that follows)|class_index ?\+ ?1|off by one"
    r"|one (class )?(too (high|large|far)|higher|further)|(wrong|another"
    r"|neighbouring) class|(not|instead of) the (class|one) (that was )?asked"
    r"|shifted by one|add\w* (1|one) to",
)
def next_class_explained(model, images, layer_name, class_index):
    def target(logits):
        return tf.gather(logits, [class_index + 1], axis=1)

    maps, gradients = maps_and_gradients(model, images, layer_name, target)
    return cam_of(maps, gradients.mean(axis=(1, 2)))


@wrong(
    "grad_cam",
    r"\bNone\b|(two|different|separate|second|another|other) (models?|pass|passes|calls?|runs?"
    r"|forward|networks?)"
    r"|(same|one) (pass|call|run|forward|model)|(not|un)\s?connected|depend|separate",
)
def maps_and_logits_of_two_passes(model, images, layer_name, class_index):
    feature_model = keras.Model(model.inputs, model.get_layer(layer_name).output)
    before_head = keras.Model(model.inputs, model.layers[-1].input)
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        maps = feature_model(x)
        tape.watch(maps)
        score = logits_of(model, before_head(x))[:, class_index]
    gradients = tape.gradient(score, maps)
    weights = tf.reduce_mean(gradients, axis=(1, 2))
    return tf.nn.relu(tf.einsum("nhwk,nk->nhw", maps, weights)).numpy()


@wrong(
    "grad_cam",
    r"outside.{0,30}(tape|with\b|block|Gradient)|(inside|within|under"
    r"|\bin) the .{0,12}(with\b|tape|block)|(after|behind) (the )?(tape|`?with\b|block)"
    r"|(tape|block).{0,40}(not|never|nothing).{0,20}record|(not|never|nothing) (is "
    r"|was )?record|computed (too late|after)",
)
def logits_outside_the_tape(model, images, layer_name, class_index):
    with tf.GradientTape() as tape:
        maps, features = parts(model, layer_name)(images, training=False)
        tape.watch(maps)
    logits = logits_of(model, features)
    gradients = tape.gradient(logits[:, class_index], maps)
    weights = gradients.numpy().mean(axis=(1, 2))
    return cam_of(maps.numpy(), weights)


@wrong(
    "grad_cam",
    r"(gradient|derivative)s?.{0,25}(of|at|for|respect to) the (\w+ )?(images?|input"
    r"|pixels)|respect to the (images|input|pixels)|images.{0,30}(not|instead"
    r"|in place).{0,20}(maps|layer)|input gradient",
)
def gradient_of_the_images(model, images, layer_name, class_index):
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        maps, features = parts(model, layer_name)(x)
        score = logits_of(model, features)[:, class_index]
    gradients = tf.reduce_mean(tape.gradient(score, x), axis=[1, 2, 3])
    heat = tf.reduce_sum(maps * gradients[:, None, None, None], axis=-1)
    return tf.maximum(heat, 0).numpy()


@wrong(
    "grad_cam",
    r"guided|mask\w*|(only|just) (where|at|positions|those|active)|(where"
    r"|when) .{0,30}(silent|inactive|\b0\b|zero|not answer|\bactive|answers|positive|> ?0)"
    r"|(silent|inactive|dead|zero) (positions|places|cells|activations)|maps ?> ?0|(ReLU"
    r"|activation) of the layer",
)
def gradient_where_the_layer_answers(model, images, layer_name, class_index):
    maps, gradients = maps_and_gradients(
        model, images, layer_name, lambda logits: logits[:, class_index]
    )
    guided = gradients * (maps > 0)
    return cam_of(maps, guided.mean(axis=(1, 2)))


@wrong(
    "grad_cam",
    r"\bloss|entropy|(wrong|opposite|revers\w*|flipp\w*|turned|inverted|minus) sign"
    r"|sign (is|was) (wrong|turned|flipped|revers|invert)|lower\w* the|descen",
)
def gradient_of_the_loss(model, images, layer_name, class_index):
    with tf.GradientTape() as tape:
        maps, features = parts(model, layer_name)(tf.convert_to_tensor(images))
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=[class_index] * len(images), logits=logits_of(model, features)
        )
    weights = tf.reduce_mean(tape.gradient(loss, maps), axis=[1, 2])
    return cam_of(maps.numpy(), weights.numpy())


@wrong(
    "grad_cam",
    r"\blog(arithm|.?prob|\b)|probab|before the softmax|softmax (is|was|included|inside|of)",
)
def logarithm_of_the_probability(model, images, layer_name, class_index):
    whole = keras.Model(model.inputs, [model.get_layer(layer_name).output, model.outputs[0]])
    with tf.GradientTape() as tape:
        maps, probabilities = whole(tf.constant(images))
        score = tf.math.log(probabilities[:, class_index])
    gradients = tape.gradient(score, maps)
    weights = tf.reduce_mean(gradients, axis=[1, 2], keepdims=True)
    return tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)).numpy()


@wrong(
    "grad_cam",
    r"resiz|enlarg|size of (the|an) (images?|maps?|layer)|upsampl|\bsize\b|interpol",
)
def enlarged_to_the_images(model, images, layer_name, class_index):
    maps, gradients = maps_and_gradients(
        model, images, layer_name, lambda logits: logits[:, class_index]
    )
    heat = cam_of(maps, gradients.mean(axis=(1, 2)))
    return tf.image.resize(heat[..., None], images.shape[1:3])[..., 0].numpy()


@wrong(
    "grad_cam",
    r"^(?!.*(last|class)).*(next layer|layer (after|behind|that follows)|following layer"
    r"|(wrong|other|another) layer|pooling|\+ ?1|one layer)",
)
def layer_behind_the_right_one(model, images, layer_name, class_index):
    names = [layer.name for layer in model.layers]
    target = names[names.index(layer_name) + 1]
    maps, gradients = maps_and_gradients(
        model, images, target, lambda logits: logits[:, class_index]
    )
    return cam_of(maps, gradients.mean(axis=(1, 2)))


@wrong(
    "grad_cam",
    r"first image|(only|just) (one|the first) (image|score)|\[0, ?class|(rest of the"
    r"|remaining) images",
)
def score_of_the_first_image(model, images, layer_name, class_index):
    maps, gradients = maps_and_gradients(
        model, images, layer_name, lambda logits: logits[0, class_index]
    )
    return cam_of(maps, gradients.mean(axis=(1, 2)))


@wrong(
    "grad_cam",
    r"absolute (gradients?|values? of the gradient)|gradients?.{0,40}(absolute|\babs\b"
    r"|magnitude|without (their |its )?sign|sign (is|was) lost)|(sign|magnitude"
    r"|size)\w* of (the |each )?(gradient|weight)|(absolute|\babs\b).{0,30}(gradient|weight"
    r"|mean|averag)|weights?.{0,30}(never|nowhere|not|always).{0,12}(negative|positive)"
    r"|sign (is|was|gets) lost",
)
def mean_of_absolute_gradients(model, images, layer_name, class_index):
    maps, gradients = maps_and_gradients(
        model, images, layer_name, lambda logits: logits[:, class_index]
    )
    importance = np.abs(gradients).mean(axis=(1, 2))
    heat = np.zeros(maps.shape[:3])
    for n in range(maps.shape[0]):
        for k in range(maps.shape[3]):
            heat[n] += importance[n, k] * maps[n, :, :, k]
    return np.maximum(heat, 0)


@wrong(
    "grad_cam",
    r"clone|(random|initial|new|untrained|other|fresh|own) (weights|network|model)"
    r"|weights (of|are|were).{0,15}(model|copied|set|taken)|(set|copy"
    r"|load)\w* (the )?weights",
)
def clone_without_weights(model, images, layer_name, class_index):
    inner = keras.models.clone_model(model)
    maps, gradients = maps_and_gradients(
        inner, images, layer_name, lambda logits: logits[:, class_index]
    )
    return cam_of(maps, gradients.mean(axis=(1, 2)))


@wrong(
    "grad_cam",
    r"runner|second|difference (of|between)|\blead\b|margin|\bminus\b|subtract|best other"
    r"|rival|next best|strongest (of the )?other",
)
def lead_over_the_best_rival(model, images, layer_name, class_index):
    def target(logits):
        others = tf.one_hot(class_index, logits.shape[1], on_value=-1e9, off_value=0.0)
        return logits[:, class_index] - tf.reduce_max(logits + others, axis=1)

    maps, gradients = maps_and_gradients(model, images, layer_name, target)
    return cam_of(maps, gradients.mean(axis=(1, 2)))


# heatmaps


def enlarge(maps, height, width, method="bilinear"):
    return tf.image.resize(maps[..., None], (height, width), method=method)[..., 0].numpy()


def scaled(large):
    peak = large.max(axis=(1, 2), keepdims=True)
    return large / np.where(peak > 0, peak, 1)


@wrong(
    "heatmaps",
    r"cubic|overshoot|not bilinear|bilinear.{0,20}(not|instead)|(wrong|other"
    r"|another) (interpolation|method)",
)
def bicubic_interpolation(maps, height, width):
    large = np.maximum(enlarge(maps, height, width, "bicubic"), 0)
    return scaled(large)


@wrong(
    "heatmaps",
    r"^(?!.*twice).*((always|fixed)\b.{0,20}\b28\b|\b28\b.{0,20}always|hard.?coded|fixed|(height|width|size"
    r"|arguments?).{0,30}(not used|never|unused|ignored)|ignor)",
)
def always_28_by_28(maps, height, width):
    return scaled(enlarge(maps, 28, 28))


@wrong(
    "heatmaps",
    r"^(?!.*height and width).*(square|width.{0,25}(not used|never|unused|ignored|missing)"
    r"|ignor\w* (the )?width|height.*(twice|both|for the width)|height, height)",
)
def square_pictures(maps, height, width):
    return scaled(enlarge(maps, height, height))


@wrong(
    "heatmaps",
    r"^(?!.*(byte|wrap|uint8)).*((below|less than|smaller than|under|at least|lower than"
    r"|above|more than|exceed\w*) (1|one)\b|\bweak|faint|small (maps|peak|maxim)"
    r"|np\.maximum)",
)
def weak_maps_not_scaled(maps, height, width):
    large = enlarge(maps, height, width)
    return large / np.maximum(large.max(axis=(1, 2), keepdims=True), 1)


@wrong("heatmaps", r"percentile|quantile|99|robust|clip|cut off|not (by|the).*(largest|maximum)")
def scaled_by_a_percentile(maps, height, width):
    result = []
    for heat in enlarge(maps, height, width):
        top = np.percentile(heat, 99)
        result.append(np.clip(heat / top, 0, 1) if top > 0 else heat)
    return np.array(result)


@wrong(
    "heatmaps",
    r"(zeros|empty|nothing|no evidence|maximum is 0|peak is 0).{0,60}(\b1\b|\bone\b|ones"
    r"|full|\bred\b|hot)|ones_like|np\.ones|1 everywhere",
)
def empty_maps_become_ones(maps, height, width):
    large = enlarge(maps, height, width)
    peak = large.max(axis=(1, 2), keepdims=True)
    return np.divide(large, peak, out=np.ones_like(large), where=peak > 0)


@wrong(
    "heatmaps",
    r"(each|every|own|per|its) column|column.{0,40}(own|maxim|largest|separate|each)"
    r"|axis ?=? ?1\b|(over|along) (the )?rows|maxim\w*.{0,40}(column|axis 1|rows only"
    r"|whole map)|largest.{0,20}(of|over) the whole map|one maximum (per|for each"
    r"|of each) map",
)
def each_column_by_its_own_maximum(maps, height, width):
    large = enlarge(maps, height, width)
    peak = large.max(axis=1, keepdims=True)
    return large / np.where(peak > 0, peak, 1)


@wrong(
    "heatmaps",
    r"(images?|batch).{0,40}(\blast\b|\bend\b|behind|third|\bback\b)|last axis|(axis"
    r"|axes).{0,40}(order|moved back|transpos|front|wrong place|\bback\b)|transpos"
    r"|moved? (back|to the front)|height, width, N|first axis|channels of one image",
)
def images_left_in_the_last_axis(maps, height, width):
    stacked = np.transpose(maps, (1, 2, 0))  # as the channels of one image
    large = tf.image.resize(stacked, (height, width)).numpy()
    peak = large.max(axis=(0, 1))
    return large / np.where(peak > 0, peak, 1)


@wrong(
    "heatmaps",
    r"uint8|\bbytes?\b|overflow|wrap|8.?bit|(above|larger than|more than|beyond|over) (1"
    r"|255)\b|too large for",
)
def enlarged_as_bytes(maps, height, width):
    result = np.zeros((len(maps), height, width))
    for i, one in enumerate(maps):
        picture = Image.fromarray((255 * one).astype(np.int64).astype(np.uint8))
        large = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), dtype=float)
        result[i] = large / large.max() if large.max() > 0 else large
    return result


# overlay


@wrong(
    "overlay",
    r"twice|squar|two times|again|heat².*colour|already|power|too (weak|little|faint|dark)",
)
def heat_applied_twice(images, heat, colour):
    share = heat[..., None]
    layer = share * colour
    return (1 - share) * images + share * layer


@wrong(
    "overlay",
    r"heat.{0,50}(scal|divid|normali|stretch|own (maxim|largest|peak))|(scal|divid|normali"
    r"|stretch)\w*.{0,40}(heat|own (maxim|largest|peak))|own (maximum|peak|largest)",
)
def heat_scaled_again(images, heat, colour):
    peak = heat.max(axis=(1, 2), keepdims=True)
    share = (heat / np.where(peak > 0, peak, 1))[..., np.newaxis]
    return images * (1 - share) + colour * share


@wrong(
    "overlay",
    r"^(?!.*(everywhere|\bcut\b|wrong way)).*((heat|share|colour|alpha|weight).{0,40}(halv"
    r"|half|0\.5|50 ?%)|(halv|half|0\.5|50 ?%).{0,40}(heat|share|strength|transparen"
    r"|colour)|full heat.{0,40}(half|not the colour|still|mixture|image)|alpha|transparen"
    r"|opac)",
)
def half_transparent(images, heat, colour):
    alpha = 0.5
    result = []
    for image, h in zip(images, heat, strict=True):
        rgb = np.concatenate([image] * 3, axis=-1)
        weight = alpha * h[:, :, None]
        result.append(rgb * (1 - weight) + colour * weight)
    return np.stack(result)


@wrong(
    "overlay",
    r"^(?!.*swap)((?=.*red)(?=.*(always|only|channel|fixed|hard|whatever|first|just))"
    r"|.*colou?r.{0,30}(not used|never|unused|ignored)|.*ignor\w* (the )?`?colou?r"
    r"|.*first channel|.*channel 0)",
)
def always_red(images, heat, colour):
    picture = np.repeat(images, 3, axis=3)
    picture *= 1 - heat[..., None]
    picture[..., 0] += heat
    return picture


@wrong("overlay", CHANGED)
def images_darkened_in_place(images, heat, colour):
    share = heat[:, :, :, None]
    images *= 1 - share
    return images + share * colour


@wrong(
    "overlay",
    r"^(?!.*(keeps the|wrong way|multiplied by the colour|halv|half)).*(screen|1 ?[−-] ?\(1"
    r"|lighten|bright\w*.{0,40}(only|never|\badd|lost|both)|dark\w*.{0,40}(colour|never"
    r"|cannot|not)|(image|picture|white).{0,40}(still|shows|remains|never|through)"
    r"|full heat.{0,40}(image|still|not)|product of (the )?(inverses|complements)|inver)",
)
def screened(images, heat, colour):
    layer = heat[..., None] * colour
    return 1 - (1 - images) * (1 - layer)


# class_activation_map


@wrong(
    "class_activation_map",
    r"next (class|column)|(class|column) (after|behind|that follows)|class_index ?\+ ?1"
    r"|off by one|one (class |column )?(too (high|large|far)|higher|further)|(wrong|another"
    r"|neighbouring) (class|column)|(not|instead of) the (class|one) (that was )?asked"
    r"|shifted by one",
)
def next_class(maps, kernel, class_index):
    weights = np.roll(kernel, -1, axis=1)[:, class_index]
    return np.tensordot(maps, weights, axes=1)


@wrong(
    "class_activation_map",
    r"^(?!.*never used).*((mean|average)\w* .{0,25}(class|weight|kernel|column)|(class"
    r"|weight|kernel)\w*.{0,30}(mean|average|subtract)|relative to|contrast|compared? (with"
    r"|to) the (other|mean)|minus.{0,20}(mean|average|other))",
)
def against_the_mean_class(maps, kernel, class_index):
    weights = kernel[:, class_index] - kernel.mean(axis=1)
    return np.einsum("nhwk,k->nhw", maps, weights)


@wrong(
    "class_activation_map",
    r"^(?!.*(\bposition|softmax)).*(reshape|order in memory|mix(ed|es)?\b|scrambl|transpos"
    r"|kernel\.T)",
)
def kernel_reshaped_for_transposed(maps, kernel, class_index):
    channels, classes = kernel.shape
    weights = kernel.reshape(classes, channels)[class_index]
    return (maps * weights).sum(axis=-1)


@wrong(
    "class_activation_map",
    r"(negative|positive) weights?|weights?.{0,40}(negative|positive|re.?lu|set to 0"
    r"|\bcut\b)|re.?lu.{0,40}(weight|kernel)|(kernel|weight)\w*.{0,30}(re.?lu|below 0)"
    r"|evidence against.{0,40}(lost|missing|left out|dropped|removed)",
)
def positive_weights_only(maps, kernel, class_index):
    weights = tf.nn.relu(kernel[:, class_index])
    return tf.linalg.matvec(maps, weights).numpy()


@wrong(
    "class_activation_map",
    r"^(?!.*minimum).*((channels?|maps?).{0,40}(scal|divid|normali)\w*.{0,60}(own|before"
    r"|first|maxim|largest)|(scal|divid|normali)\w* (each|every|the) (channel|map)"
    r"|own (maximum|largest|peak)|(strong|loud|large)\w* (channel|map)\w*.{0,40}(count|lose"
    r"|weigh))",
)
def each_map_scaled_before_the_sum(maps, kernel, class_index):
    largest = maps.max(axis=(1, 2), keepdims=True)
    return (maps / np.maximum(largest, 1e-8)) @ kernel[:, class_index]


@wrong(
    "class_activation_map",
    r"^(?!.*(minimum|mean class|mean weight|over the classes|kernel)).*((mean"
    r"|average).{0,40}(subtract|taken (away|off|out)|removed|\b0\b|cent(r|er))"
    r"|subtract\w*.{0,40}(mean|average)|cent(r|er)ed|minus .{0,15}mean|shift"
    r"|\b0\b.{0,40}(no longer|not|moved)|offset)",
)
def mean_subtracted(maps, kernel, class_index):
    total = maps @ kernel[:, class_index]
    return total - total.mean(axis=(1, 2), keepdims=True)


@wrong(
    "class_activation_map",
    r"^(?!.*largest).*((class_index|argument|index)`?.{0,30}(not used|never|unused|ignored)"
    r"|ignor\w* .{0,12}class_index|last (class|column)|always the (last|same)"
    r"|whatever class|, -1)",
)
def always_the_last_class(maps, kernel, class_index):
    weights = [row[-1] for row in kernel]
    return sum(w * maps[..., k] for k, w in enumerate(weights))


# hires_map


@wrong(
    "hires_map",
    r"^(?!.*swapped).*(column|axis 2|width|horizontal|(whole|entire|every|each"
    r"|all).*\brow\b|same row|\brow\b.*(whole|sum|all|averag)|@|matmul|matrix)",
)
def multiplied_as_matrices(maps, gradients):
    products = maps @ np.swapaxes(gradients, -1, -2)  # (N, h, w, w)
    return np.maximum(products.sum(axis=-1), 0)


@wrong("hires_map", CHANGED)
def gradients_multiplied_into_the_maps(maps, gradients):
    maps *= gradients
    return np.clip(maps.sum(axis=-1), 0, None)


@wrong(
    "hires_map",
    r"(\bsum|\badd)\w*.{0,40}(position|spa(ce|tial)|height|width|pixels|rows and columns"
    r"|\(1, 2\))|positions?.{0,25}(lost|gone|summed|added up)|(not|instead of"
    r"|rather than) (over )?(the )?(channels|last axis)|one number (for|per|of)|per channel"
    r"|\(N, channels\)",
)
def rows_and_columns_summed(maps, gradients):
    return tf.nn.relu(tf.reduce_sum(maps * gradients, axis=[1, 2])).numpy()


@wrong("hires_map", r"squar|\bsign\b|power|gradients?².*|twice")
def squared_gradients(maps, gradients):
    return np.maximum(np.einsum("nhwk,nhwk,nhwk->nhw", maps, gradients, gradients), 0)


@wrong(
    "hires_map",
    r"^(?!.*(no re.?lu|largest product|both results)).*(maxim|largest|divi[ds]|\b0 ?/ ?0)",
)
def scaled_before_the_relu(maps, gradients):
    result = []
    for one, gradient in zip(maps, gradients, strict=True):
        total = (one * gradient).sum(axis=-1)
        result.append(np.maximum(total / total.max(), 0))
    return np.array(result)


# plus_plus_weights


def alpha_times_gradient(gradients, total):
    positive = np.maximum(gradients, 0)
    return positive / (2 + total * positive)


@wrong(
    "plus_plus_weights",
    r"(\bS\b|\bsum).{0,50}(column|axis 1|\brows?\b|height)|both axes|(column|axis 1"
    r"|rows).{0,40}(only|alone|\bsum|\bS\b)|over (height and|rows and|both)"
    r"|width.{0,20}(missing|too|as well|not)",
)
def sum_of_each_column(maps, gradients):
    total = maps.sum(axis=1, keepdims=True)
    return alpha_times_gradient(gradients, total).sum(axis=(1, 2))


@wrong(
    "plus_plus_weights",
    r"^(?!.*(doubl|divided)).*((power|exponent|degree)\w*.{0,50}(low|small|\bone\b|less"
    r"|denominator|below)|(denominator|below).{0,60}(square|cube|power|exponent|g²|g³|\*\*)"
    r"|(square|cube)\w*.{0,50}(denominator|below|instead|\bnot\b|formula|missing)"
    r"|\*\* ?[23]|g[²³]|behind S)",
)
def powers_one_too_low_below(maps, gradients):
    total = maps.sum(axis=(1, 2), keepdims=True)
    below = 2 * gradients + total * gradients**2
    alpha = gradients**2 / np.where(below == 0, 1, below)
    return (alpha * np.maximum(gradients, 0)).sum(axis=(1, 2))


@wrong(
    "plus_plus_weights",
    r"absolute (values? of|gradient)|\babs\b|\bsign\b.{0,20}(lost|drop|remov)"
    r"|negative gradients?.{0,50}(positive|count|turn|as if|\b0\b|\badd|contribut)"
    r"|ReLU.{0,30}(abs|not|instead)|(not|instead of|for) (a|the) ReLU|both signs",
)
def absolute_gradients(maps, gradients):
    total = tf.reduce_sum(maps, axis=(1, 2), keepdims=True)
    g = tf.abs(gradients)
    alpha = tf.math.divide_no_nan(g**2, 2 * g**2 + total * g**3)
    return tf.reduce_sum(alpha * g, axis=(1, 2)).numpy()


@wrong(
    "plus_plus_weights",
    r"\+ ?1\b|(1|one) (is |was )?added|add(s|ed|ing)? (1|one)\b|too large.{0,30}(constant"
    r"|number)|(constant|number|guard|epsilon).{0,40}(too large|denominator|below|added)"
    r"|small gradients?|(grown|grows|larger|bigger|increased) by (about )?(1|one)\b",
)
def one_added_below(maps, gradients):
    total = maps.sum(axis=(1, 2), keepdims=True)
    positive = np.maximum(gradients, 0)
    alpha = positive**2 / (2 * positive**2 + total * positive**3 + 1)
    return (alpha * positive).sum(axis=(1, 2))


@wrong("plus_plus_weights", r"largest|maxim|\bmax\b|strongest|not (the )?sum|best position")
def largest_position(maps, gradients):
    total = maps.sum(axis=(1, 2), keepdims=True)
    return alpha_times_gradient(gradients, total).max(axis=(1, 2))


@wrong(
    "plus_plus_weights",
    r"(sum|\bS\b).*(of|over|from|is|uses).*gradient|gradients?.*(for|instead of|in place of"
    r"|not).*(maps|\bS\b|activations)"
    r"|(maps|activations).{0,25}(not used|never|unused|ignored)",
)
def sum_of_the_gradients(maps, gradients):
    total = np.maximum(gradients, 0).sum(axis=(1, 2), keepdims=True)
    return alpha_times_gradient(gradients, total).sum(axis=(1, 2))


@wrong(
    "plus_plus_weights",
    r"^(?!.*(missing around|2 only)).*((\b2\b|two|doubl\w*|twice).{0,60}(both|second|\bS\b"
    r"|cube|term|\bsum|\ball\b|whole|bracket|parenthes)|(both|second|whole|cubic) (terms?"
    r"|denominator)?.{0,40}(doubl|\b2\b|twice|two)|(\bS\b|cube|g³).{0,30}(doubl|twice)"
    r"|parenthes|bracket)",
)
def both_terms_doubled(maps, gradients):
    total = maps.sum(axis=(1, 2), keepdims=True)
    below = 2 * (gradients**2 + total * gradients**3)
    alpha = np.divide(gradients**2, below, out=np.zeros_like(gradients), where=below != 0)
    return (alpha * np.maximum(gradients, 0)).sum(axis=(1, 2))


@wrong(
    "plus_plus_weights",
    r"^(?!.*doubl).*(parenthes|bracket|precedence|order of operations|divid\w* by 2 (only"
    r"|first|alone|and then)|only (by )?2\b|then (multiplied|added)|multiplied (by"
    r"|with) g² (again|instead)|not (all|the whole).{0,25}(denominator|divid)"
    r"|\bS\b.{0,25}(added|outside))",
)
def parentheses_missing(maps, gradients):
    g = np.maximum(gradients, 0)
    total = maps.sum(axis=(1, 2), keepdims=True)
    square = np.where(g > 0, g**2, 1)
    alpha = g**2 / 2 * square + total * g**3
    return (alpha * g).sum(axis=(1, 2))


# strongest_evidence


def own_maps_and_gradients(score):
    own_model, own = findings.network(1), findings.images(1)
    label = int(own.labels[0])
    inner = keras.Model(own_model.inputs, own_model.get_layer("l3").output)
    rest = keras.Model(inner.output, [own_model.get_layer("l4").output, own_model.output])
    kernel, bias = own_model.get_layer("l5").weights
    maps = inner(own.images[:1])
    with tf.GradientTape() as tape:
        tape.watch(maps)
        features, probabilities = rest(maps)
        value = {"logit": features @ kernel + bias, "probability": probabilities}[score]
        value = value[:, label]
    return maps.numpy()[0], tape.gradient(value, maps).numpy()[0]


def told(weights, evidence):
    row, column = divmod(int(evidence.argmax()), evidence.shape[1])
    return int(np.argmax(weights)), row, column, float(evidence.max() / evidence.sum())


@wrong("strongest_evidence", r"probability")
def evidence_for_the_probability():
    maps, gradients = own_maps_and_gradients("probability")
    weights = gradients.mean(axis=(0, 1))
    return told(weights, np.maximum(maps @ weights, 0))


@wrong("strongest_evidence", r"HiResCAM|not averaged|(average|mean).{0,40}gradient")
def evidence_place_by_place():
    maps, gradients = own_maps_and_gradients("logit")
    return told(gradients.mean(axis=(0, 1)), np.maximum((maps * gradients).sum(axis=-1), 0))


@wrong("strongest_evidence", r"sum (of the map )?.{0,30}negative|ReLU first|before.{0,20}ReLU")
def evidence_as_a_share_with_its_sign():
    maps, gradients = own_maps_and_gradients("logit")
    weights = gradients.mean(axis=(0, 1))
    return told(weights, maps @ weights)


@wrong("strongest_evidence", r"swap|row comes first|exchang|mixed up")
def evidence_at_x_and_y():
    maps, gradients = own_maps_and_gradients("logit")
    weights = gradients.mean(axis=(0, 1))
    winner, y, x, share = told(weights, np.maximum(maps @ weights, 0))
    return winner, x, y, round(share, 3)


@wrong(
    "grad_cam",
    r"gradients? (is|are) (never|not) used|means? of the maps|own mean|no gradient"
    r"|without the gradient",
)
def maps_weighted_by_their_own_means(model, images, layer_name, class_index):
    layer = keras.Model(model.inputs, model.get_layer(layer_name).output)
    maps = layer(images).numpy()
    weights = maps.mean(axis=(1, 2), keepdims=True)
    return np.maximum((maps * weights).sum(axis=-1), 0)


@wrong("grad_cam", r"maps of the last (one|image)|last image|same maps")
def all_weights_meet_the_maps_of_the_last_image(model, images, layer_name, class_index):
    head = model.layers[-1]
    both = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    weights = []
    for image in images:
        with tf.GradientTape() as tape:
            maps, features = both(image[None])
            logit = (features @ head.kernel + head.bias)[0, class_index]
        weights.append(tape.gradient(logit, maps).numpy().mean(axis=(0, 1, 2)))
    maps = maps.numpy()[0]
    return np.array([np.maximum(maps @ weight, 0) for weight in weights])


@wrong(
    "grad_cam", r"from the end|counted backwards|negative index|minus `?class_index|-class_index"
)
def classes_counted_from_the_end(model, images, layer_name, class_index):
    head = model.layers[-1]
    both = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    with tf.GradientTape() as tape:
        maps, features = both(tf.constant(images))
        logit = (features @ head.kernel + head.bias)[:, -class_index]
    weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1)).numpy()


@wrong(
    "grad_cam",
    r"half (of )?(the|its|each map's) (maximum|largest|peak)|threshold|weak(er)? "
    r"(evidence|values|than)|evidence that is weaker|below",
)
def weaker_half_cut_away(model, images, layer_name, class_index):
    head = model.layers[-1]
    both = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    with tf.GradientTape() as tape:
        maps, features = both(tf.constant(images))
        logit = (features @ head.kernel + head.bias)[:, class_index]
    weights = tape.gradient(logit, maps).numpy().mean(axis=(1, 2))
    heat = np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0)
    peak = heat.max(axis=(1, 2), keepdims=True)
    return np.where(heat > 0.5 * peak, heat, 0)


@wrong("grad_cam", r"rows|axis 1\b|height only|one axis")
def a_loop_that_averages_over_the_rows(model, images, layer_name, class_index):
    head = model.layers[-1]
    both = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    result = []
    for image in images:
        with tf.GradientTape() as tape:
            maps, features = both(image[None])
            logit = (features @ head.kernel + head.bias)[0, class_index]
        weights = np.mean(tape.gradient(logit, maps).numpy(), axis=(0, 1))
        result.append(np.maximum((maps.numpy()[0] * weights).sum(axis=-1), 0))
    return np.stack(result)
