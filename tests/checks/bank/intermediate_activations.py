"""Wrong answers to the exercises of notebook 04."""

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


# conv_outputs


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


@wrong(
    "conv_outputs",
    r"^(?!.*(missed|chosen|type)).*(re.?lu|activation function|before (the|their"
    r"|its) activation)",
)
def before_the_activation(model, images):
    found = []
    x = images
    for layer in model.layers[1:]:
        if isinstance(layer, keras.layers.Conv2D):
            kernel, bias = layer.get_weights()
            x = tf.nn.conv2d(x, kernel, strides=1, padding=layer.padding.upper()) + bias
            found.append(x.numpy())
            x = layer.activation(x)
        else:
            x = layer(x)
    return found


@wrong(
    "conv_outputs",
    r"layer before|previous|goes into|inputs? of|(one|a) layer (too )?(early|before|less)"
    r"|off by one"
    r"|input layer|number\w* (from|is)|index",
)
def numbered_without_the_input_layer(model, images):
    outputs = []
    for i, layer in enumerate(model.layers[1:]):
        if isinstance(layer, keras.layers.Conv2D):
            outputs.append(model.layers[i].output)
    return [maps.numpy() for maps in keras.Model(model.inputs, outputs)(images)]


@wrong(
    "conv_outputs",
    r"(first|earliest) (conv\w*|layer|one).{0,30}(missing|left out|skipp|not|lost|too)"
    r"|(skip|leav|miss|forg|drop|begin|start)\w*.{0,40}(first|second|after)|one (conv\w*"
    r"|layer|array) (too few|is missing|missing)|\[2:\]",
)
def first_convolution_skipped(model, images):
    wanted = [layer.output for layer in model.layers[2:] if layer.__class__ is keras.layers.Conv2D]
    part = keras.Model(inputs=model.inputs, outputs=wanted)
    return [np.asarray(maps) for maps in part(images)]


@wrong(
    "conv_outputs", r"object|ragged|one array|(different|unequal) (shapes|sizes)|not a list|list of"
)
def one_array_of_objects(model, images):
    part = keras.Model(model.inputs, [layer.output for layer in convolutions(model)])
    maps = [one.numpy() for one in part(images)]
    found = np.empty(len(maps), dtype=object)
    for i in range(len(maps)):
        found[i] = maps[i]
    return found


@wrong(
    "conv_outputs",
    r"dense|(has|have|with) (a |its |their |any )?(kernel|weights)|hasattr|`kernel`"
    r"|one (layer|array|output) too many",
)
def layers_that_have_a_kernel(model, images):
    with_kernel = [layer for layer in model.layers if hasattr(layer, "kernel")]
    part = keras.Model(model.inputs, [layer.output for layer in with_kernel])
    return [maps.numpy() for maps in part(images, training=False)]


@wrong(
    "conv_outputs",
    r"(by|their|its) activation|activation.{0,30}(type|chosen|choos|says|found|tell)"
    r"|without a (ReLU|activation)|(have|has|with) a ReLU|relu.{0,30}(chosen|found|type"
    r"|layers)|(other|another) activation",
)
def layers_with_a_relu(model, images):
    outputs = [
        layer.output
        for layer in model.layers
        if getattr(layer, "activation", None) is keras.activations.relu
    ]
    return [maps.numpy() for maps in keras.Model(model.inputs, outputs)(images)]


@wrong(
    "conv_outputs",
    r"pass through|through the layers|(images|input)\w* (themselves|directly|itself|alone)"
    r"|directly|on its own|\balone|(number of|as many) channels|(skip|leav|left out"
    r"|ignor).{0,20}layers before|not (of|to) the (previous|layer before)"
    r"|previous layer's output",
)
def each_layer_on_the_images(model, images):
    return [layer(tf.constant(images)).numpy() for layer in convolutions(model)]


@wrong("conv_outputs", r"^(?!.*axes).*(alphabet|sort|order|by name|by (the|their) names?)")
def sorted_by_name(model, images):
    layers = {layer.name: layer for layer in convolutions(model)}
    outputs = [layers[name].output for name in sorted(layers)]
    return [maps.numpy() for maps in keras.Model(model.input, outputs)(images)]


@wrong(
    "conv_outputs",
    r"(filters?|channels?).{0,30}(first|front|axis 1|second axis|moved|before)|moved"
    r"|transpos|permut|moveaxis|filters?.{0,20}(come |are |belong )?last|axes.{0,30}(order"
    r"|moved|swap|permut|exchang)|\(N, filters|filters, h",
)
def filters_first(model, images):
    part = keras.Model(model.inputs, [layer.output for layer in convolutions(model)])
    return [np.moveaxis(maps.numpy(), -1, 1) for maps in part(images)]


@wrong("conv_outputs", r"^(?!.*255).*(scal|divid|normali|maxim|largest|as they are|range)")
def maps_scaled_to_one(model, images):
    found = []
    for layer in convolutions(model):
        maps = keras.Model(model.inputs, layer.output)(images).numpy()
        found.append(maps / (maps.max() + 1e-9))
    return found


@wrong(
    "conv_outputs",
    r"(batch|extra|additional|superfluous|another|second|new|fifth|5th|one) (batch "
    r"|more )?axis|\[None\]|already (has|have|hold|there|come|a batch)|five (axes|dim)"
    r"|5.?D\b|5 (axes|dim)|expand_dims|np\.newaxis|dimension",
)
def batch_axis_added(model, images):
    part = keras.Model(model.inputs, [layer.output for layer in convolutions(model)])
    return part.predict(np.expand_dims(images, axis=0), verbose=0)


# maps_to_bytes


def bytes_of(centred, spread, constant):
    grey = np.clip(128 + 64 * centred / np.where(constant, 1, spread), 0, 255)
    return np.where(constant, 0, grey).astype(np.uint8)


@wrong(
    "maps_to_bytes",
    r"(128|64).{0,40}(swap|exchang|interchang|mixed|wrong way)|(swap|exchang|interchang"
    r"|mix)\w*.{0,40}(128|64|mean|spread|deviation|numbers)|mean (of|is|to) 64|(deviation"
    r"|spread).{0,30}128|128 (times|grey levels)",
)
def numbers_exchanged(maps):
    mean = maps.mean(axis=(1, 2), keepdims=True)
    std = maps.std(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    grey = np.clip(64 + 128 * (maps - mean) / np.where(constant, 1, std), 0, 255)
    return np.where(constant, 0, grey).astype("uint8")


@wrong(
    "maps_to_bytes",
    r"^(?!.*(before|early|quiet|constant|threshold)).*(128.{0,40}(missing|added|\badd\b"
    r"|\bnot\b|forgot|never)|(\badd|plus|missing|forg\w*|without|\bno\b) .{0,15}128"
    r"|mean (is|becomes|of|stays|at|remains|left at|lies at) (0|zero)|(half|below|under"
    r"|less|darker).{0,40}(black|\bcut|\b0\b|clipped)|black.{0,30}(below|half)|shift)",
)
def mean_left_at_zero(maps):
    grey = np.zeros(maps.shape)
    for n in range(maps.shape[0]):
        for f in range(maps.shape[3]):
            one = maps[n, :, :, f]
            if one.max() > one.min():
                grey[n, :, :, f] = 64 * (one - one.mean()) / one.std()
    return np.clip(grey, 0, 255).astype(np.uint8)


@wrong(
    "maps_to_bytes",
    r"\bint8|(?<!un)signed|\b127\b|[−-]128|negative (bytes|grey)|(wrong|other"
    r"|another) (type|dtype)|type is not|uint8.{0,20}(not|instead)|(not|instead of"
    r"|rather than|be) .{0,8}uint8",
)
def signed_bytes(maps):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    return bytes_of(centred, maps.std(axis=(1, 2), keepdims=True), constant).astype(np.int8)


@wrong(
    "maps_to_bytes",
    r"images?.{0,40}filters?.{0,60}(swap|exchang|interchang|mixed|wrong|confus)|(swap"
    r"|exchang|interchang|mix|confus)\w*.{0,40}(images?|filters?|ind|loop)"
    r"|loops?.{0,40}(swap|exchang|wrong|ends?|rang)|shape\[0\]|axes mixed up|(filters?"
    r"|images?) (as many|more often)|(number of|as many) (images|filters).{0,40}(number of"
    r"|as many) (images|filters)",
)
def images_and_filters_exchanged(maps):
    result = np.zeros(maps.shape, dtype=np.uint8)
    for f in range(maps.shape[0]):
        for n in range(maps.shape[-1]):
            one = maps[n, ..., f].astype(np.float64)
            if np.ptp(one) > 0:
                grey = 128 + 64 * (one - one.mean()) / one.std()
                result[n, ..., f] = np.clip(grey, 0, 255)
    return result


@wrong(
    "maps_to_bytes",
    r"threshold|quiet|\bweak|faint|small (spread|deviation|contrast|but)|limit|0\.1|nearly"
    r"|almost|(low|little) (contrast|spread)",
)
def faint_maps_taken_as_constant(maps):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    spread = maps.std(axis=(1, 2), keepdims=True)
    return bytes_of(centred, spread, spread < 0.1)


@wrong(
    "maps_to_bytes",
    r"^(?!.*threshold).*((constant|same everywhere|equal|uniform).*(\bnot\b|other|above|but"
    r"|\b3\b|128|grey|gray|also|too)|(only|just).*(zeros?\b|dead|\b0\b)|(dead"
    r"|zeros?).*(only|alone)|maximum (is|of) 0)",
)
def only_maps_of_zeros_are_constant(maps):
    result = []
    for image in maps:
        dead = image.max(axis=(0, 1)) == 0
        spread = image.std(axis=(0, 1))
        grey = 128 + 64 * (image - image.mean(axis=(0, 1))) / np.where(spread == 0, 1, spread)
        result.append(np.clip(grey, 0, 255).astype(np.uint8) * ~dead)
    return np.array(result)


@wrong(
    "maps_to_bytes",
    r"wrap|overflow|(before|early|soon).*(128|byte|uint8|add|convert|clip)|(clip|convert"
    r"|byte)\w*.*(early|soon|before)|128.{0,30}(after|later|last|too late)",
)
def bytes_before_the_addition(maps):
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    spread = np.where(constant, 1, maps.std(axis=(1, 2), keepdims=True))
    z = (maps - maps.mean(axis=(1, 2), keepdims=True)) / spread
    contrast = np.clip(64 * z, 0, 255).astype(np.uint8)
    return np.where(constant, np.uint8(0), contrast + np.uint8(128))


@wrong("maps_to_bytes", CHANGED)
def maps_centred_in_place(maps):
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    spread = maps.std(axis=(1, 2), keepdims=True)
    maps -= maps.mean(axis=(1, 2), keepdims=True)
    return bytes_of(maps, spread, constant)


@wrong(
    "maps_to_bytes",
    r"parenthes|bracket|precedence|order of|(division|divided?).*(first|before|only|mean)"
    r"|only the mean .{0,12}divided",
)
def parentheses_missing(maps):
    mean = maps.mean(axis=(1, 2), keepdims=True)
    std = maps.std(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    std = np.where(constant, 1, std)
    grey = 128 + 64 * (maps - mean / std)
    return np.where(constant, 0, np.clip(grey, 0, 255)).astype(np.uint8)


@wrong("maps_to_bytes", r"\brows?\b|axis 1|axis=1|column|height|axes")
def spread_of_each_column(maps):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    spread = maps.std(axis=1, keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    return bytes_of(centred, np.where(spread == 0, 1, spread), constant)


# silence


@wrong("silence", r"round|decimal|two digits|hundredth")
def rounded_shares(maps):
    zeros = np.mean(maps == 0)
    dead = np.mean(np.all(maps == 0, axis=(1, 2)))
    return round(float(zeros), 2), round(float(dead), 2)


@wrong("silence", r"\(1, 3\)|1 and 3|axis 3|columns?\b|all (the )?filters|every filter")
def dead_columns(maps):
    zero = tf.equal(maps, 0)
    share = tf.reduce_mean(tf.cast(zero, tf.float32))
    dead = tf.reduce_all(zero, axis=[1, 3])
    return float(share), float(tf.reduce_mean(tf.cast(dead, tf.float32)))


@wrong(
    "silence",
    r"at least one|\bany\b|images? (with|that (has|have|hold|contain))"
    r"|share of (the )?images",
)
def images_with_a_dead_map(maps):
    silent = [
        any(not maps[n, :, :, f].any() for f in range(maps.shape[3])) for n in range(len(maps))
    ]
    return 1 - np.count_nonzero(maps) / maps.size, sum(silent) / len(silent)


@wrong(
    "silence",
    r"^(?!these are the shares).*(non.?zero|not (0|zero)|1 minus|1 [-−]|opposite|complement"
    r"|living|\bactive\b|that answer|positive|> ?0|count_nonzero)",
)
def first_share_of_the_active(maps):
    active = np.count_nonzero(maps) / maps.size
    dead = np.count_nonzero(maps.max(axis=(1, 2)) == 0) / (maps.shape[0] * maps.shape[3])
    return active, dead


@wrong(
    "silence",
    r"whole number|integer|\bint\b|truncat|below 1|less than 1|cut off|fraction|weak",
)
def answers_cut_to_whole_numbers(maps):
    whole = maps.astype(np.int32)
    zero = whole == 0
    return zero.mean(), zero.all(axis=(1, 2)).mean()


@wrong(
    "silence",
    r"last image|reset|set back|(inside|within) the loop|accumul|start\w* (again|anew|at 0"
    r"|from 0)|forgot"
    r"|other images|(only|just) (the|one) (last )?image",
)
def dead_maps_of_the_last_image(maps):
    n, h, w, filters = maps.shape
    zeros = 0
    for image in range(n):
        dead = 0
        for f in range(filters):
            silent = int(np.sum(maps[image, :, :, f] == 0))
            zeros += silent
            if silent == h * w:
                dead += 1
    return zeros / maps.size, dead / (n * filters)


@wrong(
    "silence",
    r"number of (the )?images|divid\w*.*images|images.*divid|per image|len\(maps\)|mean number",
)
def dead_maps_per_image(maps):
    zero_share = (maps == 0).sum() / maps.size
    dead = (maps == 0).all(axis=1).all(axis=1).sum()
    return zero_share, dead / len(maps)


# pixel_by_hand


@wrong(
    "pixel_by_hand",
    r"square|(same|one) (padding|margin|pad|number).{0,30}(both|all|each|rows and columns"
    r"|sides|axes)|(width|columns?|left and right|sides?).{0,50}(kernel\.shape\[1\]|width"
    r"|own (padding|margin|half))|pad\w*.{0,50}(columns?|width|sides?|\bleft|\bright|height"
    r"|both)|kernel\.shape\[[01]\]|height.{0,40}(for|instead of|in place of"
    r"|as) .{0,10}(width|both|columns)|too (little|few) (padding|columns|zeros)",
)
def padded_for_a_square_kernel(inputs, kernel, bias, row, column):
    pad = kernel.shape[0] // 2
    padded = np.pad(inputs, ((pad, pad), (pad, pad), (0, 0)))
    total = float(bias)
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            if column + j < padded.shape[1]:
                total += float(np.dot(padded[row + i, column + j], kernel[i, j]))
    return max(0.0, total)


@wrong(
    "pixel_by_hand",
    r"first channel|channel 0|(only|just|single) (one|a|the first)? ?channel|other channels"
    r"|all (the )?channels|\[\.\.\., 0\]|\[:, :, 0\]",
)
def first_channel_only(inputs, kernel, bias, row, column):
    height, width = kernel.shape[:2]
    image = np.pad(inputs[:, :, 0], ((height // 2, height // 2), (width // 2, width // 2)))
    patch = image[row : row + height, column : column + width]
    return max(float(np.sum(patch * kernel[:, :, 0]) + bias), 0.0)


@wrong(
    "pixel_by_hand",
    r"(border|edge|corner|margin|outermost|overhang\w*|beyond).{0,60}(\bis|\bare|give\w*"
    r"|return\w*|become\w*|set to|always|answered (by|with)|as) (0|zero|nothing)\b|(0|zero"
    r"|nothing) (at|near|along|is returned (at|for|near)|for) .{0,20}(border|edge|corner"
    r"|margin|pixels? whose)|(border|edge|corner).{0,40}(skipped|left out|not computed"
    r"|given up|ignored)|\bvalid|not fit|whole patch",
)
def zero_at_the_border(inputs, kernel, bias, row, column):
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    if row < top or column < left:
        return 0.0
    if row + top >= inputs.shape[0] or column + left >= inputs.shape[1]:
        return 0.0
    patch = inputs[row - top : row + top + 1, column - left : column + left + 1]
    return float(np.maximum(np.tensordot(patch, kernel, axes=3) + bias, 0))


@wrong(
    "pixel_by_hand",
    r"^(?!.*(abs|missing)).*(leak|slope|0\.2|share of (the )?negative|negative (sums?"
    r"|values?|results?).{0,30}(remain|pass|left|kept|small|multipl|part|\b0\b))",
)
def leaky_relu(inputs, kernel, bias, row, column):
    maps = tf.nn.conv2d(inputs[np.newaxis], kernel[..., np.newaxis], strides=1, padding="SAME")
    return float(tf.nn.leaky_relu(maps[0, row, column, 0] + bias))


@wrong("pixel_by_hand", r"(?=.*bias)(?=.*(subtract|sign|minus|negative|taken away|instead of add))")
def bias_subtracted(inputs, kernel, bias, row, column):
    h, w, _ = kernel.shape
    padded = np.zeros((inputs.shape[0] + h - 1, inputs.shape[1] + w - 1, inputs.shape[2]))
    padded[h // 2 : h // 2 + inputs.shape[0], w // 2 : w // 2 + inputs.shape[1]] = inputs
    patch = padded[row : row + h, column : column + w]
    return max(float(np.einsum("ijc,ijc->", patch, kernel)) - bias, 0.0)


@wrong(
    "pixel_by_hand",
    r"last (row|column|line)|(end|stop)s? one|one (row|column).*(too few|missing|short|left out)"
    r"|\+ ?1"
    r"|range\(|bottom|right (side|column|edge)|excl",
)
def range_that_ends_early(inputs, kernel, bias, row, column):
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    total = 0.0
    for dy in range(-top, top):
        for dx in range(-left, left):
            y, x = row + dy, column + dx
            if 0 <= y < inputs.shape[0] and 0 <= x < inputs.shape[1]:
                for c in range(inputs.shape[2]):
                    total += inputs[y, x, c] * kernel[dy + top, dx + left, c]
    return max(total + bias, 0.0)


@wrong(
    "pixel_by_hand",
    r"shift\w*|off by one|one (pixel|row|column|place|position) (too|up|to the|above|higher"
    r"|left)|not cent(r|er)ed|(up|upwards|left).{0,20}\bone\b|round\w* down|floor"
    r"|[-−]\w+ ?// ?2|negative.{0,20}(division|//|half)|too (far|high)",
)
def halves_rounded_down(inputs, kernel, bias, row, column):
    height, width, _ = kernel.shape
    total = bias
    for i, y in enumerate(range(row + -height // 2, row + height // 2)):
        for j, x in enumerate(range(column + -width // 2, column + width // 2)):
            if y in range(inputs.shape[0]) and x in range(inputs.shape[1]):
                total += (inputs[y, x] * kernel[i, j]).sum()
    return max(total, 0)


@wrong(
    "pixel_by_hand",
    r"(each|every|single|negative) product|before (the|adding|summing|sum)|(re.?lu|max).*(early"
    r"|soon|each|every|inside)"
    r"|products? (below|under) 0",
)
def relu_of_each_product(inputs, kernel, bias, row, column):
    h, w = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(inputs, [(h, h), (w, w), (0, 0)], mode="constant")
    window = padded[row : row + 2 * h + 1, column : column + 2 * w + 1]
    return float(max(np.maximum(window * kernel, 0).sum() + bias, 0))


@wrong("pixel_by_hand", r"largest|maxim|\bmax\b|pool|strongest")
def largest_product(inputs, kernel, bias, row, column):
    h, w = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(inputs, [(h, h), (w, w), (0, 0)])
    window = padded[row : row + kernel.shape[0], column : column + kernel.shape[1]]
    return float(max((window * kernel).max() + bias, 0))


@wrong(
    "pixel_by_hand",
    r"(only|just) (negative|below 0|the (upper|left|top))|(upper|lower|right"
    r"|bottom|far) (limit|bound|border|side|edge|end)|(after|beyond|behind|past"
    r"|below) the last|beyond the (last|end|right|bottom|lower|size)|(larger"
    r"|greater|beyond|past|over|>=?) .{0,15}(height|width|size|shape|last)|end of the (map"
    r"|array|input)",
)
def only_negative_positions_left_out(inputs, kernel, bias, row, column):
    result = bias
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            y = row + i - kernel.shape[0] // 2
            x = column + j - kernel.shape[1] // 2
            if y >= 0 and x >= 0:
                result += np.sum(inputs[y][x] * kernel[i][j])
    return result if result > 0 else 0.0


# receptive_fields


@wrong(
    "receptive_fields",
    r"^(?!.*not at 0).*(first (layer|kernel).*(twice|two times|again|double)|twice|(begin"
    r"|start)\w*.{0,40}(kernel|first)|(start|begin)\w* (at|with|from) (1|one)"
    r"|counted (again|double))",
)
def first_kernel_counted_twice(kernel_sizes, strides):
    size = kernel_sizes[0]
    step = 1
    fields = []
    for k, s in zip(kernel_sizes, strides, strict=True):
        size = size + (k - 1) * step
        step = step * s
        fields.append(size)
    return np.array(fields)


@wrong(
    "receptive_fields",
    r"(noted|appended|stored|saved|recorded|kept|written|taken|reported"
    r"|returned) (too early|before)|before (the layer|its|each layer|adding|it is|the size"
    r"|updat)|(one|a) layer (too )?(late|early|behind)|(previous|preceding) layer"
    r"|layer before(?! is used)|shifted|first (value|field|one) is 1\b|append|(last"
    r"|final) (layer|field|one)'?s? .{0,20}(missing|left out|lost)|off by one",
)
def noted_before_the_layer(kernel_sizes, strides):
    fields = np.zeros(len(kernel_sizes), dtype=int)
    size, jump = 1, 1
    for i in range(len(kernel_sizes)):
        fields[i] = size
        size += (kernel_sizes[i] - 1) * jump
        jump *= strides[i]
    return fields


@wrong(
    "receptive_fields",
    r"\beven\b|\bodd\b|\bhalf|halv|radius|// ?2|symmetr|both sides|kernel of (2|4)",
)
def even_kernels_taken_as_odd(kernel_sizes, strides):
    size, step, fields = 1, 1, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        radius = kernel // 2
        size += 2 * radius * step  # radius neighbours on each side
        step *= stride
        fields.append(int(size))
    return np.array(fields)


@wrong(
    "receptive_fields",
    r"all (the )?strides(?! so far)|(later|following) (strides?|layers?)|strides? (of"
    r"|that) .{0,20}(later|follow|after|behind|come)|total (stride|step)|whole (chain"
    r"|network|stride|step)|(end|final|last) step|from the (start|beginning|first)"
    r"|too (early|soon)|same step|only the strides (before|so far)",
)
def whole_step_from_the_start(kernel_sizes, strides):
    step = int(np.prod(strides[:-1]))
    return 1 + np.cumsum((kernel_sizes - 1) * step)


@wrong(
    "receptive_fields",
    r"output size|size of (the|a|each) (map|output|feature|image)|shrink|\b28\b|(maps?"
    r"|image).{0,30}(size|shrink|small|left)|how large the maps",
)
def sizes_of_the_maps(kernel_sizes, strides):
    size = 28
    sizes = []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size = (size - kernel) // stride + 1
        sizes.append(size)
    return np.array(sizes)


@wrong(
    "receptive_fields",
    r"^(?!.*do not (simply )?(add|multiply)).*(parenthes|bracket|precedence|(kernel"
    r"|k) ?[-−] ?1|minus 1|minus one|order of|subtract)",
)
def one_subtracted_too_late(kernel_sizes, strides):
    size, step, fields = 1, 1, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size += kernel * step - 1
        step *= stride
        fields.append(size)
    return np.array(fields)


@wrong("receptive_fields", r"float|whole number|integer|\bint\b|type|np\.zeros|np\.ones")
def fields_in_floats(kernel_sizes, strides):
    fields = np.ones(len(kernel_sizes) + 1)
    step = 1
    for layer in range(len(kernel_sizes)):
        fields[layer + 1] = fields[layer] + (kernel_sizes[layer] - 1) * step
        step *= strides[layer]
    return fields[1:]


@wrong(
    "receptive_fields",
    r"strides?.{0,40}(revers|backwards|back to front|wrong (order|layer)|other (end|way)"
    r"|from the (end|back|last)|\blast\b|belong)|(revers|backwards"
    r"|from the end).{0,40}stride|\bpop\b|order of the strides",
)
def strides_read_from_the_end(kernel_sizes, strides):
    left = list(strides)
    size, step, fields = 1, 1, []
    for kernel in kernel_sizes:
        size += (int(kernel) - 1) * step
        step *= int(left.pop())
        fields.append(size)
    return np.array(fields)


@wrong(
    "receptive_fields",
    r"(every|any|each|all|larger) strides?.{0,30}(\b2\b|two|doubl|halv)|stride (of )?(3"
    r"|three)|strides? (other|larger|greater|above).{0,12}(2|two)|hard.?coded|always (2|two"
    r"|doubl)|doubl|2 ?\*\*|power of (2|two)|(actual|own|real) (size|value) of the stride"
    r"|size of the stride",
)
def every_stride_taken_as_two(kernel_sizes, strides):
    size, halvings, fields = 1, 0, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size += (kernel - 1) * 2**halvings
        halvings += stride > 1
        fields.append(size)
    return np.array(fields)


# needed_filter


def third_maps_and_the_rest():
    own_model, own = findings.network(1), findings.images(1)
    inner = keras.Model(own_model.inputs, own_model.get_layer("l3").output)
    rest = keras.Model(inner.output, own_model.output)
    return inner.predict(own.images, verbose=0), lambda maps: rest(maps).numpy(), own.labels


@wrong("needed_filter", r"stays? cut|one filter at a time|cumul|again|fresh|uncut maps|for good")
def filters_cut_one_after_the_other():
    maps, rest, labels = third_maps_and_the_rest()
    before = rest(maps).argmax(axis=1) == labels
    hits = []
    for f in range(16):
        maps[..., f] = 0
        hits.append(rest(maps).argmax(axis=1) == labels)
    worst = int(np.argmin([hit.sum() for hit in hits]))
    lost = [(before & ~hits[worst])[labels == d].sum() for d in range(10)]
    return worst, int(np.argmax(lost)), int(hits[worst].sum())


@wrong("needed_filter", r"(right answers|images).{0,30}(lost|remain)|lost.{0,60}remain|remain")
def needed_filter_with_what_is_lost():
    maps, rest, labels = third_maps_and_the_rest()
    before = rest(maps).argmax(axis=1) == labels
    cut = [rest(maps * (np.arange(16) != f)).argmax(axis=1) == labels for f in range(16)]
    cost = [before.sum() - hit.sum() for hit in cut]
    f = int(np.argmax(cost))
    by_digit = [before[labels == d].sum() - cut[f][labels == d].sum() for d in range(10)]
    return f, int(np.argmax(by_digit)), int(max(cost))


@wrong("needed_filter", r"answers? most|loud|no need|correlat")
def needed_filter_by_its_answer():
    maps, rest, labels = third_maps_and_the_rest()
    f = int(maps.mean(axis=(0, 1, 2)).argmax())
    before = rest(maps).argmax(axis=1) == labels
    maps[..., f] = 0
    after = rest(maps).argmax(axis=1) == labels
    lost = [before[labels == d].sum() - after[labels == d].sum() for d in range(10)]
    return f, int(np.argmax(lost)), int(after.sum())


@wrong("needed_filter", r"compar\w+ with.{0,40}(whole|uncut)|label")
def answers_that_change():
    maps, rest, labels = third_maps_and_the_rest()
    usual = rest(maps).argmax(axis=1)
    same = [rest(maps * (np.arange(16) != f)).argmax(axis=1) == usual for f in range(16)]
    f = int(np.argmin(np.sum(same, axis=1)))
    changed = [np.sum(~same[f][labels == d]) for d in range(10)]
    return f, int(np.argmax(changed)), int(same[f].sum())


@wrong("silence", r"mean|weak|average")
def quiet_maps(maps):
    return float(np.mean(maps == 0)), float(np.mean(maps.mean(axis=(1, 2)) < 0.05))


@wrong("silence", r"each map|share|count|number of maps|divide")
def number_of_dead_maps(maps):
    dead = 0
    for image in maps:
        for k in range(image.shape[-1]):
            dead += not image[:, :, k].any()
    return (maps == 0).mean(), dead


@wrong("silence", r"filter")
def dead_filters_in_loop(maps):
    dead = [k for k in range(maps.shape[-1]) if not maps[..., k].any()]
    return 1 - np.count_nonzero(maps) / maps.size, len(dead) / maps.shape[-1]


@wrong("silence", r"most|nearly|part|all of it")
def almost_silent(maps):
    zero = (maps == 0).mean(axis=(1, 2))
    return zero.mean(), (zero >= 0.95).mean()


@wrong("silence", r"first image|one image")
def first_image_only_for_maps(maps):
    zero = maps == 0
    return zero.mean(), zero[0].all(axis=(0, 1)).mean()
