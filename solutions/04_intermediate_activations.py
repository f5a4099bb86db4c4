# %% [markdown]
# # 04 · Every layer at work
#
# **You will** read the feature maps of a whole network for several images, draw them without
# falling into two traps, compute one pixel of a feature map by hand, and test three well-known
# sentences about depth ("edges first", "abstract later", "sparser with depth") against numbers that
# you measure.
#
# **Time:** about 100 minutes. **You need:** notebooks 01 and 02.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, explorers, models, plots
from helpers.explorers.patches_explorer import draw_patch
from helpers.methods.activations import convolution, layer_activations, sparsity, to_bytes

import keras
import numpy as np

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
untrained = models.build("course_cnn", input_shape=images.shape[1:], classes=len(names))
print(f"{len(images):,} test images of {images.shape[1:]}")

# %% [markdown]
# `untrained` is the same network with its random initial weights. It is our control: whatever it
# shows as well cannot be something that was *learned*.
#
# ## 1 · All layers, whatever they are called
#
# Notebook 02 asked for a layer by its name. In somebody else's network you do not know the names,
# and a name may mislead: a pooling layer may be called `conv_5`. The type of a layer is certain.
#
# ### Exercise 1 · Every convolution's output
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "conv_outputs", "solution": true}
def conv_outputs(model: keras.Model, images: np.ndarray) -> list[np.ndarray]:
    """What each convolutional layer answers to some images.

    model: a functional Keras model with at least two Conv2D layers
    images: (N, H, W, C) float32
    returns: one array (N, h, w, filters) for each Conv2D layer, in the model's order
    """
    ### BEGIN SOLUTION
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    inner = keras.Model(model.inputs, [layer.output for layer in convolutions])
    return inner.predict(images, verbose=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "conv_outputs_check", "grade": true}
checks.conv_outputs(conv_outputs)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.conv_outputs(conv_outputs, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>model.layers</code> holds all layers in order, and
# <code>isinstance(layer, keras.layers.Conv2D)</code> asks for the type.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>keras.Model(model.inputs, [a.output, b.output])</code> has two outputs, and its
# <code>predict</code> returns a list of two arrays. One pass is enough for all layers.
# </details>

# %%
for name, maps in zip(models.conv_layers(model), conv_outputs(model, images[:6]), strict=True):
    print(f"{name}: {maps.shape}, from {maps.min():.2f} to {maps.max():.2f}")

# %% [markdown] variants={"MIDDLE": [128, 112, 116, 122, 124, 132, 136, 140, 144], "GREY": [64, 36, 40, 44, 48, 52, 56]}
# ## 2 · From activations to grey levels
#
# Activations have no natural range: one map reaches 0.5, its neighbour 8. To look at many maps at
# once, give each one a scale of its own: its mean becomes the grey level {{ MIDDLE }}, one standard
# deviation is worth {{ GREY }} grey levels, and whatever falls outside 0 to 255 is cut off. Two things can
# go wrong:
#
# - a map that is the same everywhere (a dead one, for instance) has standard deviation 0, and
#   0 / 0 is NaN, which no byte can hold. Where its mean is rounded, the standard deviation is not
#   even exactly 0;
# - a byte has no 256. Without clipping, the brightest point wraps around and becomes black.
#
# ### Exercise 2 · Bytes to look at
#
# *Medium, 15 minutes, 4 points.*


# %% nbgrader={"grade_id": "maps_to_bytes", "solution": true}
def maps_to_bytes(maps: np.ndarray) -> np.ndarray:
    """Scale each map on its own: mean to {{ MIDDLE }}, one standard deviation to {{ GREY }} grey levels.

    maps: (N, h, w, filters) float; a map is one filter's answer to one image
    returns: (N, h, w, filters) uint8, clipped to 0..255; 0 everywhere for a constant map
    """
    ### BEGIN SOLUTION
    spread = maps.std(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    grey = {{MIDDLE}} + {{GREY}} * centred / np.where(constant, 1, spread)
    return np.where(constant, 0, np.clip(grey, 0, 255)).astype(np.uint8)
    ### END SOLUTION


# %% nbgrader={"grade_id": "maps_to_bytes_check", "grade": true}
checks.maps_to_bytes(maps_to_bytes, middle={{MIDDLE}}, grey={{GREY}})  # hidden checks: other maps
### BEGIN HIDDEN TESTS
checks.maps_to_bytes(maps_to_bytes, middle={{MIDDLE}}, grey={{GREY}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One mean per image and filter: average over the axes <code>(1, 2)</code>, and keep them with
# <code>keepdims=True</code>, so that the result still fits to <code>maps</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.ptp</code> (maximum minus minimum) over the same axes is exactly 0 for a constant map.
# Divide by 1 there, and write 0 at the end. Clip before <code>astype(np.uint8)</code>.
# </details>

# %%
six = [int(np.flatnonzero(labels == c)[0]) for c in (0, 1, 3, 4, 7, 9)]
outputs = conv_outputs(model, images[six])
scaled = {n: maps_to_bytes(m) for n, m in zip(models.conv_layers(model), outputs, strict=True)}
plots.layer_maps(images[six], scaled, [names[labels[i]] for i in six])

# %% [markdown]
# **Notice** a column from top to bottom: in `l1` most maps are a readable digit, some like a relief
# lit from one side; in `l2` strokes of one direction remain; in `l3` a few cells are bright, and
# you could hardly say which digit it is. Then notice a place in one row: the same filter does the
# same thing to all six digits.
#
# `layer_activations` and `to_bytes` do the same for all layers, dense and pooling ones included,
# of any Keras model. Here is the whole network, with the untrained one for comparison. Only the
# `Flatten` is left out, found by its type: it gives the numbers of the layer before once more.

# %%
flat = keras.layers.Flatten
shown = [name for name, layer in models.layers(model).items() if not isinstance(layer, flat)]


def picture(model: keras.Model, title: str) -> plots.Figure:
    outputs = layer_activations(model, images[six], shown)
    scaled = {name: to_bytes(output) for name, output in outputs.items()}
    return plots.layer_maps(images[six], scaled, [names[labels[i]] for i in six], title)


picture(model, "The trained network, each map on a scale of its own")

# %%
for who, network in {"trained": model, "untrained": untrained}.items():
    answers = models.predict(network, images[six])
    print(f"{who:9} {len(set(answers.argmax(axis=1)))} different answers to the six digits; the most "
          f"probable class has {answers.max(axis=1).mean():.0%} on average")  # fmt: skip
picture(untrained, "The untrained network, each map on a scale of its own")

# %% [markdown]
# **Notice** how much the untrained network shows as well: its maps are also reliefs that grow
# coarser and harder to read. Convolution and pooling do that with these random weights, too. The
# difference is in the last row: `l5` of the trained network lights one unit, another one for each
# digit; the untrained network is sure of no class. A tile that is black all over is a constant map:
# that filter is dead for that image.
#
# **Notice** also what this picture hides. Each map has its own scale, so a map that reaches 0.01
# looks as bright as one that reaches 10. For strength, use one scale for a whole layer, as
# `plots.feature_maps` does.

# %% [markdown]
# ## 3 · One pixel by hand
#
# What *is* a pixel of a feature map? The filter looks at a patch of the layer's input, multiplies
# it with its kernel position by position, adds up all products over all channels, adds its bias,
# and the ReLU replaces a negative sum by 0. With `same` padding the patch is centred on the pixel
# and hangs over the border of the map, where it finds zeros.
#
# ### Exercise 3 · Patch × kernel
#
# *Medium, 20 minutes, 5 points.*


# %% nbgrader={"grade_id": "pixel_by_hand", "solution": true}
def pixel_by_hand(
    inputs: np.ndarray, kernel: np.ndarray, bias: float, row: int, column: int
) -> float:
    """Compute one activation of one filter: same padding, stride 1, ReLU.

    inputs: (H, W, channels) float, what the layer reads for one image
    kernel: (height, width, channels) float; height and width are odd
    bias: the filter's bias
    row, column: a pixel of the filter's map, which has H rows and W columns
    returns: the activation, one number
    """
    ### BEGIN SOLUTION
    height, width, _ = kernel.shape
    top, left = height // 2, width // 2
    padded = np.pad(inputs, ((top, top), (left, left), (0, 0)))
    patch = padded[row : row + height, column : column + width]
    return max((patch * kernel).sum() + bias, 0.0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "pixel_by_hand_check", "grade": true}
checks.pixel_by_hand(pixel_by_hand)  # at grading, hidden checks use other kernels
### BEGIN HIDDEN TESTS
checks.pixel_by_hand(pixel_by_hand, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Pad first: with <code>height // 2</code> rows of zeros above and below, and
# <code>width // 2</code> columns at the sides, every patch lies inside the padded array.
# </details>
# <details><summary>Hint 2</summary>
#
# In the padded array the patch of pixel (row, column) <em>begins</em> at (row, column).
# </details>

# %% [markdown]
# Your function against the network, at three pixels of `l2`. `convolution` gives a layer's input,
# kernel and output; the input of `l2` is what `pool1` gives.

# %%
l2 = convolution(model, images[six], "l2")
strongest = np.unravel_index(l2.outputs[4, ..., 4].argmax(), l2.outputs.shape[1:3])
for row, column in [(0, 0), (13, 6), map(int, strongest)]:
    mine = pixel_by_hand(l2.inputs[4], l2.kernel[..., 4], l2.bias[4], row, column)
    print(f"({row}, {column}): {mine:.4f} by hand, {l2.outputs[4, row, column, 4]:.4f} in Keras")

# %%
draw_patch(lambda layer: convolution(model, images[six], layer), image=4, layer="l1", index=3)

# %% [markdown]
# **Notice** that the pixel is bright because the positive weights (red) lie where the patch has
# ink, and the negative ones (blue) where it has none. A filter "looks for" a patch that resembles
# its kernel. Ink on a blue weight counts *against* the pixel.

# %% [markdown]
# ### Explore · Point at a pixel
#
# Choose an image, a layer and a filter, then move the pointer over the feature map (or focus it
# and use the arrow keys). In `l2` and `l3` there is one slice of patch, kernel and product for
# each channel; the number above a product is what that channel adds.

# %%
explorers.patches(model, images[six], [names[labels[i]] for i in six])

# %% [markdown] variants={"DIGIT": [7, 0, 1, 3, 4, 9]}
# ### Question 1 · Read the sum
#
# *15 minutes, 4 points, graded by a person.*
#
# Choose the {{ DIGIT }} in the explorer. Find (a) a pixel of `l1` whose sum is clearly negative although
# there is ink in its patch, and (b) a pixel of `l2` that is bright. For (a), explain by the kernel
# why the sum is negative, and what the ReLU makes of it. For (b), name the two channels that add
# most, and say what this filter of `l2` therefore combines.
# (c) Why is the activation of a pixel in an empty corner not 0 for every filter?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) filter and pixel named, with the sum, for the {{ DIGIT }}; the ink lies on negative weights.
# - 1 point: (a) the ReLU returns 0: "somewhat against" and "strongly against" look the same after it.
# - 1 point: (b) two channels with their sums, described by what these filters of l1 answer to.
# - 1 point: (c) patch × kernel is 0 there (in l1), so the bias alone remains; where it is positive
#   it passes the ReLU.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "read_the_sum_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) Filter 3 of l1 at (25, 14), just right of the 7's stem (of MNIST): the sum is below −2. Its
# blue weights are at the left of the kernel, and the ink is there, too. After the ReLU the pixel is
# 0. You can no longer see that this is the *wrong* side of a stroke: the pixel is as silent as an
# empty place.
#
# (b) Filter 1 of l2 answers most strongly at (3, 6), on the 7's upper stroke, with about 6. Channels 0
# and 1 add most, more than 1 each: in l1 both answer to the lower side of flat strokes (red weights
# above, blue below). The filter of l2 adds them up to a flat stroke that is several pixels wide.
#
# (c) In an empty corner all products are 0, and only the bias remains. Where the bias is positive,
# the filter answers although there is nothing.

# %% [markdown]
# ## 4 · How far does a pixel see?
#
# A pixel of `l2` sees 5×5 pixels of its input, but each of those has seen a patch itself. The
# *receptive field* is the size of the patch of the original image on which a pixel depends.
#
# ### Exercise 4 · Receptive fields
#
# *Medium, 15 minutes, 3 points.*
#
# A chain of layers; each has a kernel size (a pooling layer, too: its window) and a stride. Give
# the size of the receptive field after each layer, in pixels of the input, along one axis.


# %% nbgrader={"grade_id": "receptive_fields", "solution": true}
def receptive_fields(kernel_sizes: np.ndarray, strides: np.ndarray) -> np.ndarray:
    """The receptive field after each layer of a chain.

    kernel_sizes: (layers,) int, from the input to the output
    strides: (layers,) int
    returns: (layers,) int, in pixels of the input
    """
    ### BEGIN SOLUTION
    size, step, sizes = 1, 1, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size += (kernel - 1) * step  # neighbours in this layer's input are `step` pixels apart
        step *= stride
        sizes.append(size)
    return np.array(sizes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "receptive_fields_check", "grade": true}
checks.receptive_fields(receptive_fields)  # at grading, hidden checks use other chains
### BEGIN HIDDEN TESTS
checks.receptive_fields(receptive_fields, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One pixel sees itself: 1. A kernel of 5 adds 4 neighbours. How far apart are they in the input?
# </details>
# <details><summary>Hint 2</summary>
#
# Carry two numbers along: the size, and the step between neighbours, which every stride multiplies
# for the layers <em>after</em> it. Each layer adds (kernel − 1) × step.
# </details>

# %%
chain = {
    "l1": (5, 1),
    "pool1": (2, 2),
    "l2": (5, 1),
    "pool2": (2, 2),
    "l3": (3, 1),
    "pool3": (2, 2),
}
sizes = receptive_fields(*np.array(list(chain.values())).T)
print(dict(zip(chain, sizes.tolist(), strict=True)))

# %% [markdown]
# Does the network agree? Change the pixels of an image one at a time, and see which of them move
# the middle pixel of `l3`.

# %%
height, width, _ = images.shape[1:]
noise = np.random.default_rng(0).random(images.shape[1:], np.float32)
changed = np.repeat(noise[None], height * width, axis=0)
changed.reshape(height * width, -1)[np.diag_indices(height * width)] += 3
middle = layer_activations(model, np.concatenate([noise[None], changed]), "l3")["l3"][:, 3, 3]
moved = (middle[1:] != middle[0]).any(axis=-1).reshape(height, width)
rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
print(f"rows {rows[0]} to {rows[-1]}, columns {columns[0]} to {columns[-1]}: ", end="")
print(f"{np.ptp(rows) + 1} × {np.ptp(columns) + 1} pixels move it; computed: {sizes[4]}")

# %% [markdown]
# **Notice** that a pixel of `l3` depends on most of the image. This follows from kernel sizes and
# strides, and training does not change it: "deeper layers see more" is true of an untrained network,
# too. How *much* each pixel of the field counts is another question; Luo and others (2016) found
# that the middle counts most.

# %% [markdown]
# ## 5 · Is it true? Three sentences about depth
#
# *Edges first. Abstract later. Sparser with depth.* Chollet's book "Deep Learning with Python" (2017)
# reads these three sentences off the feature maps of one network for one photograph. We measure each
# one, on many images, and on the untrained network as a control.
#
# ### Exercise 5 · Silence
#
# *Easy, 10 minutes, 3 points.*
#
# After a ReLU, "no" is exactly 0. Measure two things: which share of all activations is 0, and
# which share of the *maps* is 0 everywhere. A map is one filter's answer to one image.


# %% nbgrader={"grade_id": "silence", "solution": true}
def silence(maps: np.ndarray) -> tuple[float, float]:
    """How much of a layer is silent.

    maps: (N, h, w, filters) float, after a ReLU
    returns: the share of activations that are 0, and the share of maps that are 0 everywhere
    """
    ### BEGIN SOLUTION
    zero = maps == 0
    return zero.mean(), zero.all(axis=(1, 2)).mean()
    ### END SOLUTION


# %% nbgrader={"grade_id": "silence_check", "grade": true}
checks.silence(silence)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.silence(silence, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The mean of an array of True and False is the share of True.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>.all(axis=(1, 2))</code> asks each map whether it is True everywhere; the result has shape
# (N, filters).
# </details>

# %%
for name, maps in zip(models.conv_layers(model), conv_outputs(model, images[:300]), strict=True):
    zeros, dead = silence(maps)
    print(f"{name}: {zeros:.0%} of the activations are 0, {dead:.1%} of the maps are dead")

# %% [markdown]
# `sparsity` counts the same for every layer over the whole test set, batch by batch, so that no
# activations need to be kept. "Sparser with depth" would be a line that rises from left to right.
# The map of a dense unit is a single number, so the two shares of a dense layer are equal.

# %%
measured = {"trained": sparsity(model, images), "untrained": sparsity(untrained, images)}
silent = {}
for who, layers in measured.items():
    silent[f"{who}: zeros"] = {n: layers[n].zero_share for n in shown}
    silent[f"{who}: dead maps"] = {n: layers[n].dead_share for n in shown}
plots.shares_by_layer(silent, "How much is exactly 0, layer by layer", "share of 0")

# %% [markdown]
# **Notice** that the share of zeros does not simply rise. In the trained network it grows from `l1`
# to `l2`, and hardly changes or falls from `l2` to `l3`. Every pooling layer pulls it down, because
# the maximum of four numbers is 0 only if all four are. And the untrained network begins *high*:
# its biases are 0, so empty paper gives exactly 0. After training some filters of `l1` answer to
# empty paper, as the next cell shows.
#
# **Notice** also how far apart the two shares are. Around half of the activations of `l2` and `l3`,
# or more, are 0, and yet hardly a map is dead: a filter is silent in many places, but answers
# somewhere to almost every image.

# %%
empty = layer_activations(model, np.zeros_like(images[:1]), models.conv_layers(model))
for name, maps in empty.items():
    answering = (maps[0] > 0).any(axis=(0, 1)).sum()
    print(f"{name}: {answering} of {maps.shape[-1]} filters answer to an empty image")

# %% [markdown]
# The shares of dead maps are too small to be read off the picture. The next cell prints them, with
# the filters or units that answer to *no* image of the test set.

# %%
for who, layers in measured.items():
    for name in [*models.conv_layers(model), "l4"]:
        never = layers[name].never.tolist()
        print(
            f"{who} {name}: {layers[name].dead_share:.1%} of the maps dead; never answer: {never}"
        )
before, after = (set(measured[who]["l4"].never.tolist()) for who in ("untrained", "trained"))
print(f"units of l4 that training woke up: {sorted(before - after)}; that it silenced: "
      f"{sorted(after - before)}")  # fmt: skip

# %% [markdown]
# **Notice** that no filter of the convolutions is silent on all images. That does not mean that the
# network needs each of them: notebook 03 takes the filters of `l1` away one by one, and for most of
# them the accuracy hardly changes.
#
# In the dense layer `l4` many units answer to no test image: they cost weights and contribute
# nothing. A unit that is silent on the training images, too, has no gradient, so its own weights
# stay as they are. But such a unit may come back. The layers before it go on learning, and what
# they send to the unit changes. The last line names the units that were silent on all test images
# before the training and answer after it.
#
# ### The same question on photographs
#
# Chollet's network has up to 128 filters in a layer and sees photographs. EfficientNet-Lite0 (Tan
# and Le, 2019) sees photographs, too. It was trained on ImageNet and has a stem, sixteen blocks and
# a head. We measure its ReLU layers on eight photographs, and the same network with random weights
# as a control. Guess first: how will the two lines of zeros run?

# %%
photos = np.round(255 * datasets.load("photos", size=256).test.images).astype(np.uint8)
large = {}
for who, weights in {"trained": "imagenet", "random": None}.items():
    lite = models.zoo("efficientnet_lite0", weights)
    relus = [
        n for n in models.layers(lite.model) if n.endswith(("expand_relu", "m_relu", "d_relu"))
    ]
    found = sparsity(lite.model, lite.preprocess(photos), relus)
    short = {name: name.split("_")[0].removeprefix("block") for name in relus}
    large[f"{who}: zeros"] = {short[n]: found[n].zero_share for n in relus}
    large[f"{who}: dead maps"] = {short[n]: found[n].dead_share for n in relus}
for who, shares in large.items():
    first, *_, last = shares.values()
    print(f"{who:17} {first:4.0%} in the stem, {last:4.0%} in the head")
plots.shares_by_layer(large, "How much is exactly 0 in EfficientNet-Lite0", "share of 0")

# %% [markdown]
# **Notice** that "sparser with depth" holds here, though not at every step: the zeros of the
# trained network grow with depth, and in the last blocks many maps are dead. With random weights
# the lines stay level. So depth alone does not make this network sparse; training does. And what is
# true of one network need not be true of another.
#
# ### Edges first?
#
# A filter that looks for an *edge* must not answer to even ink: its weights sum to about 0. We
# measure |sum of weights| / sum of |weights|: 0 is a pure edge filter, 1 a pure ink detector.

# %%
for who, network in {"trained": model, "untrained": untrained}.items():
    weights = convolution(network, images[:1], "l1").kernel[..., 0, :]
    evenness = np.abs(weights.sum(axis=(0, 1))) / np.abs(weights).sum(axis=(0, 1))
    print(f"{who:9} l1: {np.round(np.sort(evenness), 2)}, {(evenness < 0.25).sum()} below 0.25")

# %% [markdown]
# ### Abstract later?
#
# "Abstract" needs a meaning that can be measured: images of the same digit should lie closer
# together than images of different digits, however they are drawn. So let the simplest of all
# classifiers work on each layer's activations: it averages each digit over one half of the images
# and gives every image of the other half the digit with the nearest average.


# %%
def nearest_mean_accuracy(activations: np.ndarray, labels: np.ndarray) -> float:
    flat, half = activations.reshape(len(activations), -1), len(activations) // 2
    means = np.stack([flat[:half][labels[:half] == c].mean(axis=0) for c in range(len(names))])
    # The squared distance to each mean, without the part that is the same for all means.
    distances = (means**2).sum(axis=1) - 2 * flat[half:] @ means.T
    return (distances.argmin(axis=1) == labels[half:]).mean()


# %%
some = np.random.default_rng(0).permutation(len(images))[:1000]
nearest = {}
for who, network in {"trained": model, "untrained": untrained}.items():
    outputs = {"input": images[some]} | layer_activations(network, images[some], shown)
    nearest[who] = {n: nearest_mean_accuracy(a, labels[some]) for n, a in outputs.items()}
plots.shares_by_layer(nearest, "Right by nearest mean, layer by layer", "share of images")

# %% [markdown]
# **Notice** that the two lines part. In the trained network the digits become easier to tell apart on
# their way, and are easiest in the dense layers. In the untrained one no layer does better than the
# pixels by more than a little, and the dense layers do far worse. So by this measure depth alone
# makes nothing abstract; training does.
#
# ### Question 2 · What would you write?
#
# *20 minutes, 6 points, graded by a person.*
#
# For each of the three sentences, (a) edges first, (b) abstract later, (c) sparser with depth: is
# it true of *our* network, the one for digits? Quote the numbers that decide it, say what the
# untrained control adds, and name one thing that the measurement cannot tell.
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) quotes the evenness of the trained and of the untrained filters; says that several,
#   not all, filters are edge filters, and that some random kernels come out even as well, or that the
#   measure says nothing about orientation.
# - 2 points: (b) quotes accuracies of at least three layers and of the control; concludes that
#   training, not depth, does it. A limit: only one meaning of "abstract"; one network.
# - 2 points: (c) quotes the shares of at least three layers; says that they do not grow steadily,
#   that pooling lowers them, and that the control begins high because of its zero biases. "It grows,
#   as the textbook says" earns nothing where the student's own numbers say otherwise.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "three_sentences_question", "grade": true, "solution": true, "points": 6}
# The numbers are those of one network trained on MNIST. Trained on another computer, it may differ
# by several percent and by a filter or two.
#
# (a) Partly. Five of nine filters of l1 have an evenness below 0.25, four of them below 0.05; of the
# untrained ones four are below 0.25. The other filters answer to ink. The measure does not say
# whether the kernel is an edge or just noise that sums to 0.
#
# (b) Yes, by this measure: 79 % for the pixels, 81 % in l1, 89 % in l2, 92 % in l3, 97 % in l4. The
# untrained network falls from 76 % in l1 to about 40 % in l4, so it is training that does it. It is
# one meaning of "abstract", for one network.
#
# (c) No. The zeros are 68 % in l1, 73 % in l2, 65 % in l3 and 56 % in l4, and each pooling layer is
# lower than its convolution. Before l4 practically no map is dead. The untrained network begins
# with 77 %, because without biases empty paper gives 0. In EfficientNet-Lite0 the zeros do grow.
# The measurement does not tell why the two networks differ: depth, filters or photographs may be
# the reason.

# %% [markdown]
# ## 6 · Draw your own
#
# Test images are tidy. Draw a digit yourself and watch prediction and maps follow: what happens
# to a 7 with a bar, to a tiny digit in a corner, or to something that is no digit at all? Your
# drawing is scaled and centred as MNIST's digits are, before the network sees it. (With the
# keyboard: arrow keys move the pen, space puts it down and lifts it.)

# %%
explorers.DigitPad(model, data.class_names)

# %% [markdown]
# ## What to take along
#
# - A pixel of a feature map is patch × kernel + bias, then the ReLU.
# - Per-map scaling shows patterns and hides strength; guard it against constant maps, and clip.
# - Receptive fields follow from kernel sizes and strides; they grow without any training.
# - Measure a sentence that was read off one picture: on many images, and on an untrained network as
#   control. Here "abstract later" held and was learned. "Sparser with depth" did not hold in our
#   network; in a large one it held, and was learned.
#
# **Next:** notebook 05 asks which part of the *image* a decision depends on.
#
# ## To read on
#
# - F. Chollet, "Deep Learning with Python", Manning, 2017; second edition 2021: feature maps of every
#   layer, scaled as in section 2, and the three sentences.
#   [manning.com](https://www.manning.com/books/deep-learning-with-python-second-edition)
# - J. Yosinski, J. Clune, A. Nguyen, T. Fuchs and H. Lipson, "Understanding neural networks through
#   deep visualization", 2015: all layers live, while a camera runs.
#   [arXiv:1506.06579](https://arxiv.org/abs/1506.06579)
# - G. Alain and Y. Bengio, "Understanding intermediate layers using linear classifier probes", 2016:
#   a simple classifier on each layer, as in section 5.
#   [arXiv:1610.01644](https://arxiv.org/abs/1610.01644)
# - W. Luo, Y. Li, R. Urtasun and R. Zemel, "Understanding the effective receptive field in deep
#   convolutional neural networks", 2016. [arXiv:1701.04128](https://arxiv.org/abs/1701.04128)
# - M. Tan and Q. V. Le, "EfficientNet: rethinking model scaling for convolutional neural networks",
#   2019. [arXiv:1905.11946](https://arxiv.org/abs/1905.11946)
