"""Wrong answers to the exercises of notebook 04."""

import numpy as np

from helpers.checks.misconceptions.filter_statistics import applied
from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception
from helpers.checks.networks import numpy_outputs

CHANNELS_FIRST = "PyTorch's layout (N, channels, h, w), as in github.com/jacobgil/pytorch-grad-cam"


def numpy_outputs_of(model, images, chosen):
    outputs = {"input": images, **numpy_outputs(model.network, images)}
    return [outputs[layer.name] for layer in chosen]


@in_numpy(numpy_outputs_of)
def outputs_of(model, images, chosen):
    import keras

    inner = keras.Model(model.inputs, [layer.output for layer in chosen])
    found = inner(images)
    return [np.asarray(maps) for maps in (found if isinstance(found, list) else [found])]


@in_numpy(lambda model: [layer for layer in model.layers if layer.kind == "conv"])
def convolutions_of(model):
    import keras

    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


@misconception("conv_outputs", 'A name says nothing about a layer. These layers have "conv" in their name, but find convolutions by their type, isinstance(layer, keras.layers.Conv2D).', outputs_of)  # fmt: skip
def found_by_name(model, images):
    return outputs_of(model, images, [layer for layer in model.layers if "conv" in layer.name])


@misconception("conv_outputs", "Pooling layers give maps, too: keep layers by their type, not by the number of axes of their output.", outputs_of)  # fmt: skip
def every_layer_with_maps(model, images):
    four = [layer for layer in model.layers[1:] if len(layer.output.shape) == 4]
    return outputs_of(model, images, four)


@misconception("conv_outputs", "Only convolutions were asked for. Keep the layers that are keras.layers.Conv2D.", outputs_of, origin="https://github.com/keras-team/keras/issues/14245")  # fmt: skip
def every_layer(model, images):
    return outputs_of(model, images, model.layers[1:])


@misconception("conv_outputs", "This stops at the first convolution: collect the outputs of all of them.", outputs_of, convolutions_of)  # fmt: skip
def first_convolution_only(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images, convolutions[:1])


@misconception("conv_outputs", "Only the first image was passed on. Return the maps of all images.", outputs_of, convolutions_of)  # fmt: skip
def first_image_only(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images[:1], convolutions)


@misconception("conv_outputs", "The layers are in the wrong order. The right order is from the input to the output.", outputs_of, convolutions_of)  # fmt: skip
def last_layer_first(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images, convolutions[::-1])


@misconception("conv_outputs", "These are the layers' weights. The exercise asks for the layers' outputs for the images.", convolutions_of)  # fmt: skip
def weights_instead(model, images):
    convolutions = convolutions_of(model)
    return [layer.get_weights()[0] for layer in convolutions]


@misconception("conv_outputs", "The layers between the convolutions were left out: run the whole model from its input to the layer's output.", convolutions_of, applied)  # fmt: skip
def pooling_left_out(model, images):
    found = []
    for layer in convolutions_of(model):
        images = applied(layer, images)
        found.append(images)
    return found


@misconception("conv_outputs", "Only the output of the last convolution is returned, as Grad-CAM needs it. Collect the outputs of all convolutions.", outputs_of, convolutions_of)  # fmt: skip
def last_convolution_only(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images, convolutions[-1:])


@misconception("conv_outputs", "A position says nothing about a layer, and here every second layer is taken. Find convolutions by their type, isinstance(layer, keras.layers.Conv2D).", outputs_of)  # fmt: skip
def every_second_layer(model, images):
    return outputs_of(model, images, model.layers[1::2])


@misconception("conv_outputs", "`[0]` took the first image out of each array and with it an axis: return (N, h, w, filters).", outputs_of, convolutions_of)  # fmt: skip
def batch_axis_dropped(model, images):
    convolutions = convolutions_of(model)
    return [maps[0] for maps in outputs_of(model, images, convolutions)]


@misconception("conv_outputs", "The images were divided by 255 once more, but they are already what the model takes.", outputs_of, convolutions_of, origin=NOTEBOOKS)  # fmt: skip
def images_scaled_again(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images / 255, convolutions)


@misconception("conv_outputs", "These are averages over all positions: return the maps themselves, (N, h, w, filters).", outputs_of, convolutions_of)  # fmt: skip
def means_for_maps(model, images):
    convolutions = convolutions_of(model)
    return [maps.mean(axis=(1, 2)) for maps in outputs_of(model, images, convolutions)]


@misconception("conv_outputs", "Each layer is applied to the output of the one before it, but layers may branch. Build a model from `model.inputs` to the layers' outputs.", applied, convolutions_of, origin="https://stackoverflow.com/questions/41711190: the outputs of each layer")  # fmt: skip
def one_layer_after_the_other(model, images):
    found, convolutions = [], convolutions_of(model)
    for layer in model.layers[1:]:
        images = applied(layer, images)
        if layer in convolutions:
            found.append(images)
    return found


@misconception("conv_outputs", "Negative outputs were set to 0. A convolution need not have a ReLU. Return the output as it is.", outputs_of, convolutions_of)  # fmt: skip
def negative_outputs_lost(model, images):
    convolutions = convolutions_of(model)
    return [np.maximum(maps, 0) for maps in outputs_of(model, images, convolutions)]


@misconception("conv_outputs", "Only the first 32 images were passed on, one batch of Keras. Return the maps of all images.", outputs_of, convolutions_of, origin="keras.Model.predict: batch_size defaults to 32, docs")  # fmt: skip
def first_batch_only(model, images):
    convolutions = convolutions_of(model)
    return outputs_of(model, images[:32], convolutions)


def scaled(maps, middle, grey, axes=(1, 2), power=1):
    mean = maps.mean(axis=axes, keepdims=True)
    spread = maps.std(axis=axes, keepdims=True) ** power
    black = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    values = middle + grey * (maps - mean) / np.where(spread > 0, spread, 1)
    return np.where(black, 0, values)


@misconception("maps_to_bytes", "Values outside 0..255 wrap around in uint8, 256 becomes 0. Use np.clip before astype.", scaled, origin="https://prodevsblog.com/questions/149601/numpy-uint8-pixel-wrapping-solution")  # fmt: skip
def not_clipped(maps, middle=128, grey=64):
    return np.rint(scaled(maps, middle, grey)).astype(int).astype(np.uint8)


@misconception("maps_to_bytes", "There is one scale for all maps. Take mean and standard deviation of each map, axis=(1, 2) with keepdims=True.", scaled)  # fmt: skip
def one_scale_for_all(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey, axes=None), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "There is one scale for each image, but each of its maps needs its own.", scaled)  # fmt: skip
def one_scale_per_image(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey, axes=(1, 2, 3)), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "There is one scale for each filter, over all images, but each image's map needs its own.", scaled)  # fmt: skip
def one_scale_per_filter(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey, axes=(0, 1, 2)), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "This stretches each map from its minimum to its maximum. The exercise fixes the grey level of the mean and of one standard deviation.")  # fmt: skip
def min_to_max(maps, middle=128, grey=64):
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (255 * (maps - low) / np.where(high > low, high - low, 1)).astype(np.uint8)


@misconception("maps_to_bytes", "A constant map has standard deviation 0: dividing by it gives NaN, and NaN has no byte. Treat it first.")  # fmt: skip
def divided_by_zero(maps, middle=128, grey=64):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    values = np.clip(middle + grey * centred / maps.std(axis=(1, 2), keepdims=True), 0, 255)
    return np.nan_to_num(values, nan=255).astype(np.uint8)


@misconception("maps_to_bytes", "A map that is constant, but not 0, does not become 0: ask whether its largest value is its smallest. Its standard deviation may be a little more than 0, since its mean is rounded.")  # fmt: skip
def constant_map_divided(maps, middle=128, grey=64):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    values = np.clip(middle + grey * centred / maps.std(axis=(1, 2), keepdims=True), 0, 255)
    return values.astype(np.uint8)


@misconception("maps_to_bytes", "A map of negative values is not constant. Only a map whose largest value is its smallest is constant.", scaled)  # fmt: skip
def dark_maps_taken_as_constant(maps, middle=128, grey=64):
    dark = maps.max(axis=(1, 2), keepdims=True) <= 0
    return np.where(dark, 0, np.clip(scaled(maps, middle, grey), 0, 255)).astype(np.uint8)


@misconception("maps_to_bytes", "The darkest grey level is 0 and the brightest 255: clip to these.", scaled)  # fmt: skip
def clipped_below_white(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey), 0, 254).astype(np.uint8)


@misconception("maps_to_bytes", "The mean becomes one grey level less than is asked for.", scaled)
def mean_one_too_dark(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle - 1, grey), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "A constant map comes out grey, as if it were an ordinary one: set it to 0.", typical=True)  # fmt: skip
def constant_map_is_grey(maps, middle=128, grey=64):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
    spread = maps.std(axis=(1, 2), keepdims=True, dtype=np.float64)
    values = middle + grey * centred / np.where(spread > 0, spread, 1)
    return np.clip(values, 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "The map is clipped too early. Scale first, and clip the grey levels to 0..255.", scaled)  # fmt: skip
def clipped_before_scaling(maps, middle=128, grey=64):
    return np.clip(scaled(np.clip(maps, 0, 255), middle, grey), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "Divide by the standard deviation, not by the variance.", scaled)
def divided_by_variance(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey, power=2), 0, 255).astype(np.uint8)


@misconception("maps_to_bytes", "The grey levels are right, but their type is not. End with .astype(np.uint8).", scaled)  # fmt: skip
def still_floats(maps, middle=128, grey=64):
    return np.clip(scaled(maps, middle, grey), 0, 255)


@misconception("silence", "These are the shares of what is not zero, 1 minus the answer.")
def shares_of_the_living(maps):
    alive = maps != 0
    return alive.mean(), alive.any(axis=(1, 2)).mean()


@misconception(
    "silence", "The two shares are in the wrong order. Return the share of zero activations first."
)
def shares_swapped(maps):
    zero = maps == 0
    return zero.all(axis=(1, 2)).mean(), zero.mean()


@misconception("silence", "A map is dead where all its activations are zero, not some of them.")
def any_for_all(maps):
    zero = maps == 0
    return zero.mean(), zero.any(axis=(1, 2)).mean()


@misconception("silence", "These filters are dead for every image. A dead map is one filter for one image.", origin="https://github.com/keras-team/keras-contrib/pull/115")  # fmt: skip
def dead_for_every_image(maps):
    zero = maps == 0
    return zero.mean(), zero.all(axis=(0, 1, 2)).mean()


@misconception("silence", "The second share is as large as that of images in which all maps are dead. Is axis 3, that of the filters, looked along, too? A map is one filter, over axes 1 and 2.")  # fmt: skip
def dead_images(maps):
    zero = maps == 0
    return zero.mean(), zero.all(axis=(1, 2, 3)).mean()


@misconception("silence", "This counts dead pixels, where no filter answers. A map is one filter, over axes 1 and 2.")  # fmt: skip
def dead_pixels(maps):
    zero = maps == 0
    return zero.mean(), zero.all(axis=-1).mean()


@misconception("silence", "These are counts. Divide by the number of activations and of maps.")
def counts_for_shares(maps):
    zero = maps == 0
    return float(zero.sum()), float(zero.all(axis=(1, 2)).sum())


@misconception(
    "silence", "A weak answer is an answer, too. Compare with exactly 0, not with a threshold."
)
def weak_counts_as_zero(maps):
    zero = maps < 0.01
    return zero.mean(), zero.all(axis=(1, 2)).mean()


@misconception("silence", "Maps with weak answers count as dead here. A map is dead where all its activations are exactly 0.")  # fmt: skip
def weak_maps_count_as_dead(maps):
    return (maps == 0).mean(), (maps.max(axis=(1, 2)) < 0.01).mean()


@misconception("silence", "These are percentages, but a share runs from 0 to 1.")
def percentages_for_shares(maps):
    zero = maps == 0
    return 100 * zero.mean(), 100 * zero.all(axis=(1, 2)).mean()


@misconception("silence", "The dead maps are divided by the number of filters, but there is a map for each filter and image.")  # fmt: skip
def dead_maps_per_filter(maps):
    zero = maps == 0
    return zero.mean(), zero.all(axis=(1, 2)).sum() / maps.shape[-1]


@misconception("silence", "Only the share of zero activations is returned. Return the share of dead maps, too.")  # fmt: skip
def share_of_zeros_alone(maps):
    return (maps == 0).mean()


@misconception("silence", "Only the share of dead maps is returned. Return the share of zero activations first.")  # fmt: skip
def share_of_dead_maps_alone(maps):
    return (maps == 0).all(axis=(1, 2)).mean()


@misconception("silence", "Axes 2 and 3 hold the maps where channels come first. Here the filters come last, so take axes 1 and 2.", origin=CHANNELS_FIRST)  # fmt: skip
def filters_taken_to_come_first(maps):
    zero = maps == 0
    return zero.mean(), zero.all(axis=(2, 3)).mean()


@misconception("silence", "Only the first image is looked at: count over all of them.")
def silence_of_the_first_image(maps):
    zero = maps[:1] == 0
    return zero.mean(), zero.all(axis=(1, 2)).mean()


@misconception("silence", "The zeros of dead maps are left out of the first share. Count all activations.")  # fmt: skip
def zeros_of_living_maps_only(maps):
    dead = (maps == 0).all(axis=(1, 2))
    living = maps.transpose(0, 3, 1, 2)[~dead]
    return (living == 0).mean(), dead.mean()


def seen(inputs, kernel, row, column, mode="constant"):
    top, left = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(inputs, ((top, top), (left, left), (0, 0)), mode=mode)
    return padded[row : row + kernel.shape[0], column : column + kernel.shape[1]]


@misconception("pixel_by_hand", "The bias is missing: add it to the sum.", seen)
def without_bias(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column) * kernel).sum(), 0.0)


@misconception("pixel_by_hand", "The ReLU is missing. A negative sum becomes 0.", seen)
def without_relu(inputs, kernel, bias, row, column):
    return (seen(inputs, kernel, row, column) * kernel).sum() + bias


@misconception("pixel_by_hand", "The ReLU comes last, after the bias and not before it.", seen)
def relu_before_the_bias(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column) * kernel).sum(), 0.0) + bias


@misconception("pixel_by_hand", "A ReLU sets negative values to 0, but `abs` makes them positive.", seen)  # fmt: skip
def abs_for_relu(inputs, kernel, bias, row, column):
    return abs((seen(inputs, kernel, row, column) * kernel).sum() + bias)


@misconception("pixel_by_hand", "The kernel was flipped. A convolution layer does not flip it: it multiplies patch and kernel as they are.", seen, origin="https://manongdao.com/article-2032340.html: scipy.signal.convolve2d beside Keras")  # fmt: skip
def kernel_flipped(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column) * kernel[::-1, ::-1]).sum() + bias, 0.0)


@misconception(
    "pixel_by_hand", "Rows and columns are swapped. The index is inputs[row, column].", seen
)
def rows_and_columns_swapped(inputs, kernel, bias, row, column):
    turned = inputs.transpose(1, 0, 2)
    return max((seen(turned, kernel, row, column) * kernel).sum() + bias, 0.0)


@misconception("pixel_by_hand", "The patch begins at (row, column) here, but with same padding it is centred there.")  # fmt: skip
def patch_not_centred(inputs, kernel, bias, row, column):
    patch = np.zeros(kernel.shape)
    part = inputs[row : row + kernel.shape[0], column : column + kernel.shape[1]]
    patch[: part.shape[0], : part.shape[1]] = part
    return max((patch * kernel).sum() + bias, 0.0)


@misconception("pixel_by_hand", "Beyond the border there are zeros, not copies of the outermost pixels.", seen)  # fmt: skip
def border_repeated(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column, "edge") * kernel).sum() + bias, 0.0)


@misconception("pixel_by_hand", "Beyond the border there are zeros: a negative index wraps around to the other side.", seen, origin="https://numpy.org/doc/stable/user/basics.indexing.html: negative indices", typical=True)  # fmt: skip
def border_wrapped(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column, "wrap") * kernel).sum() + bias, 0.0)


@misconception("pixel_by_hand", "At the border the patch was pushed inwards: keep it centred on the pixel, and put zeros outside.")  # fmt: skip
def patch_pushed_inwards(inputs, kernel, bias, row, column):
    height, width = kernel.shape[:2]
    top = min(max(row - height // 2, 0), inputs.shape[0] - height)
    left = min(max(column - width // 2, 0), inputs.shape[1] - width)
    return max((inputs[top : top + height, left : left + width] * kernel).sum() + bias, 0.0)


@misconception("pixel_by_hand", "A patch that begins above or left of the map is empty here, since a negative index counts from the end. Pad the map with zeros.", origin="https://numpy.org/doc/stable/user/basics.indexing.html: negative indices")  # fmt: skip
def slice_from_a_negative_index(inputs, kernel, bias, row, column):
    height, width = kernel.shape[:2]
    top, left = row - height // 2, column - width // 2
    patch = inputs[top : top + height, left : left + width]
    return max((patch * kernel[: patch.shape[0], : patch.shape[1]]).sum() + bias, 0.0)


@misconception("pixel_by_hand", "The bias is added once for each position of the kernel: add it once.", seen)  # fmt: skip
def bias_added_to_each_product(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column) * kernel + bias).sum(), 0.0)


@misconception("pixel_by_hand", "This is the mean of the products, but a convolution takes their sum.", seen)  # fmt: skip
def mean_for_sum(inputs, kernel, bias, row, column):
    return max((seen(inputs, kernel, row, column) * kernel).mean() + bias, 0.0)


@misconception("pixel_by_hand", "The sum of the patch times the sum of the kernel is not the sum of the products. Multiply position by position, then sum.", seen)  # fmt: skip
def sums_multiplied(inputs, kernel, bias, row, column):
    return max(seen(inputs, kernel, row, column).sum() * kernel.sum() + bias, 0.0)


@misconception("pixel_by_hand", "These are several numbers, one per channel. Sum over the channels as well.", seen)  # fmt: skip
def one_value_per_channel(inputs, kernel, bias, row, column):
    sums = (seen(inputs, kernel, row, column) * kernel).sum(axis=(0, 1))
    return np.maximum(np.append(sums, 0) + bias, 0)


@misconception("receptive_fields", "Kernel sizes do not simply add up: each layer adds its kernel size minus 1.")  # fmt: skip
def kernels_added_up(kernel_sizes, strides):
    return np.cumsum(kernel_sizes * np.cumprod(strides) // strides)


@misconception("receptive_fields", "Strides are ignored. After a stride of 2, a step in the maps is two pixels of the input.")  # fmt: skip
def strides_ignored(kernel_sizes, strides):
    return 1 + np.cumsum(kernel_sizes - 1)


@misconception("receptive_fields", "A layer's own stride does not widen its own field, only those of the layers after it.", typical=True)  # fmt: skip
def own_stride_counted(kernel_sizes, strides):
    return 1 + np.cumsum((kernel_sizes - 1) * np.cumprod(strides))


@misconception("receptive_fields", "Only the largest stride counts here, but strides multiply. After two strides of 2 a step is four pixels.")  # fmt: skip
def only_the_largest_stride(kernel_sizes, strides):
    largest = np.maximum.accumulate(np.append(1, strides[:-1]))
    return 1 + np.cumsum((kernel_sizes - 1) * largest)


@misconception("receptive_fields", "Strides multiply and do not add. After two strides of 3 a step is 9 pixels, not 6.")  # fmt: skip
def strides_added(kernel_sizes, strides):
    steps = 1 + np.append(0, np.cumsum(strides[:-1] - 1))
    return 1 + np.cumsum((kernel_sizes - 1) * steps)


@misconception("receptive_fields", "These are the layers' own kernel sizes. The field in the input grows from layer to layer.")  # fmt: skip
def own_kernels(kernel_sizes, strides):
    return kernel_sizes + 0


@misconception(
    "receptive_fields", "A field starts with the one pixel itself. Begin at 1, not at 0."
)
def started_at_zero(kernel_sizes, strides):
    return np.cumsum((kernel_sizes - 1) * (np.cumprod(strides) // strides))


@misconception(
    "receptive_fields", "Only the last field is returned. Return one number for each layer."
)
def only_the_last_layer(kernel_sizes, strides):
    return 1 + np.sum((kernel_sizes - 1) * (np.cumprod(strides) // strides))


@misconception("receptive_fields", "The field is multiplied by the stride only on the way from the output towards the input. On the way from the input only the step is multiplied by the stride.", origin="https://github.com/AlexeyAB/darknet/issues/1206")  # fmt: skip
def field_times_stride(kernel_sizes, strides):
    size, sizes = 1, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size = (size - 1) * stride + kernel
        sizes.append(size)
    return np.array(sizes)


@misconception("receptive_fields", "Only the stride of the layer before is used: a step is the product of all strides so far.")  # fmt: skip
def only_the_previous_stride(kernel_sizes, strides):
    return 1 + np.cumsum((kernel_sizes - 1) * np.append(1, strides[:-1]))


@misconception("receptive_fields", "Only the neighbours on one side are counted: a kernel of 5 adds two on each side, 4 in all.")  # fmt: skip
def neighbours_on_one_side(kernel_sizes, strides):
    return 1 + np.cumsum(kernel_sizes // 2 * (np.cumprod(strides) // strides))


@misconception(
    "receptive_fields", "Kernel sizes do not multiply: each layer adds (kernel − 1) × step."
)
def kernels_multiplied(kernel_sizes, strides):
    return np.cumprod(kernel_sizes)


@misconception("receptive_fields", "This is the number of pixels in the field. Give the size of the field along one axis.")  # fmt: skip
def area_for_size(kernel_sizes, strides):
    return (1 + np.cumsum((kernel_sizes - 1) * (np.cumprod(strides) // strides))) ** 2


@misconception("receptive_fields", "The fields are in the order from the output to the input. The first layer should come first.")  # fmt: skip
def last_field_first(kernel_sizes, strides):
    return 1 + np.cumsum((kernel_sizes - 1) * (np.cumprod(strides) // strides))[::-1]
