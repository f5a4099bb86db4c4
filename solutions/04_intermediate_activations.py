# %% [markdown]
# # 04 · Every layer at work
#
# In 2017 a textbook showed the feature maps of one network for one photograph. It read three
# sentences about depth off this picture: edges first, abstract later, sparser with depth. Below are
# such maps of one seven, from two networks, and the network on the right has learned nothing.
#
# **You will** read the feature maps of a whole network for several images. You will draw them without
# falling into two traps, and compute one pixel of a feature map by hand. Then you test the three
# sentences against numbers that you measure. At the end you ask what a layer knows, and what the
# network loses without a filter.
#
# **Time:** about 170 minutes. **You need:** notebooks 01 and 02.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.explorers.patches_explorer import draw_patch, strongest
from helpers.methods.activations import convolution, layer_activations, sparsity, to_bytes

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
untrained = models.build("course_cnn", input_shape=images.shape[1:], classes=len(names))
print(f"{len(images):,} test images of {images.shape[1:]}")

# %%
seven = images[np.flatnonzero(labels == 7)[:1]]
answers = [layer_activations(n, seven, models.conv_layers(n)) for n in (model, untrained)]
both = {name: np.concatenate([to_bytes(one[name]) for one in answers]) for name in answers[0]}
who = ["trained", "random weights"]
plots.layer_maps(np.concatenate([seven, seven]), both, who, "One seven in two networks")

# %% [markdown]
# `untrained` is the same network with its random initial weights. The untrained network is our
# control. Something that this network shows as well is not *learned*.
#
# ## 1 · All layers, whatever they are called
#
# Notebook 02 asked for a layer by its name. In another person's network you do not know the names.
# A name may also mislead: a pooling layer may be called `conv_5`. The type of a layer is certain.
#
# ### Exercise 1 · Every convolution's output
#
# *Easy, 10 minutes, 3 points.*
#
# Find all convolutional layers of a network by their type. Return what each of them answers to some
# images.


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
# A <code>keras.Model</code> may have a list of outputs. Its <code>predict</code> then returns one
# array for each. Which outputs do you need in the list?
# </details>

# %%
for name, maps in zip(models.conv_layers(model), conv_outputs(model, images[:6]), strict=True):
    print(f"{name}: {maps.shape}, from {maps.min():.2f} to {maps.max():.2f}")

# %% [markdown] variants={"MIDDLE": [128, 112, 116, 122, 124, 132, 136, 140, 144], "GREY": [64, 36, 40, 44, 48, 52, 56]}
# ## 2 · From activations to grey levels
#
# Activations have no natural range: one map reaches 0.5, and the next map reaches 8. To look at many
# maps at once, give each map a scale of its own. The mean of the map becomes the grey level
# {{ MIDDLE }}, and one standard deviation is worth {{ GREY }} grey levels. Grey levels outside 0 to
# 255 are cut off. Two things can go wrong.
#
# - A map may be the same everywhere, for instance a dead map. Its standard deviation is 0, and 0 / 0
#   is NaN. No byte can hold a NaN. If the mean of such a map is rounded, the standard deviation is
#   not even exactly 0.
# - A byte has no 256. Without clipping, the brightest point wraps around and becomes black.
#
# ### Exercise 2 · Bytes to look at
#
# *Medium, 15 minutes, 4 points.*
#
# Scale each map on its own to grey levels, as described above. A map that is the same everywhere
# becomes black.


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
# One mean per image and filter: average over the axes <code>(1, 2)</code>. Keep these axes with
# <code>keepdims=True</code>, so that the result still fits to <code>maps</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Find the constant maps first: <code>np.ptp</code> (maximum minus minimum) of a constant map is
# exactly 0. By what can you divide such a map, and which value does this map get at the end? Must
# you clip before or after <code>astype(np.uint8)</code>?
# </details>

# %%
six = [int(np.flatnonzero(labels == c)[0]) for c in (0, 1, 3, 4, 7, 9)]
outputs = conv_outputs(model, images[six])
scaled = {n: maps_to_bytes(m) for n, m in zip(models.conv_layers(model), outputs, strict=True)}
plots.layer_maps(images[six], scaled, [names[labels[i]] for i in six])

# %% [markdown]
# **Notice** a column from top to bottom. In `l1` you can read the digit in most maps, and some maps
# look like a relief that is lit from one side. In `l2` strokes of one direction remain. In `l3` a few
# cells are bright, and you can hardly say which digit they show. Then compare one place in a row: the
# same filter does the same thing to all six digits.
#
# `layer_activations` and `to_bytes` do the same for all layers of any Keras model, also for dense and
# pooling layers. Here is the whole network. Only the `Flatten` is left out, because it repeats the
# numbers of the layer before.

# %%
flat = keras.layers.Flatten
shown = [name for name, layer in models.layers(model).items() if not isinstance(layer, flat)]


def picture(model: keras.Model, title: str) -> plots.Figure:
    outputs = layer_activations(model, images[six], shown)
    scaled = {name: to_bytes(output) for name, output in outputs.items()}
    return plots.layer_maps(images[six], scaled, [names[labels[i]] for i in six], title)


picture(model, "The trained network, each map on a scale of its own")

# %% [markdown]
# The last row, `l5`, has one unit for each digit. The trained network lights another unit for each
# image.
#
# **Guess first:** the untrained network has random weights and sees the same six digits. Its answer
# is its most probable class. How many different answers does this network give?

# %%
kinds = len(set(models.predict(untrained, images[six]).argmax(axis=1)))
explorers.guess(
    "How many different answers does the untrained network give to the six digits?",
    answer=kinds,
    choices=range(1, 7),
    picture=picture(untrained, "The untrained network, each map on a scale of its own"),
)

# %%
for who, network in {"trained": model, "untrained": untrained}.items():
    answers = models.predict(network, images[six])
    print(f"{who:9} {len(set(answers.argmax(axis=1)))} different answers to the six digits; the most "
          f"probable class has {answers.max(axis=1).mean():.0%} on average")  # fmt: skip

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The maps of the untrained network are also reliefs that grow coarser and harder to read. Convolution
# and pooling do that with these random weights, too. The difference is in the last row. The trained
# network is sure of a class, and the untrained network is sure of no class.
# </details>
#
# A tile that is black all over is a constant map: this filter is dead for this image.
#
# **Notice** also what such a picture hides. Each map has its own scale. So a map that reaches 0.01
# looks as bright as a map that reaches 10. To compare strength, use one scale for a whole layer, as
# `plots.feature_maps` does.

# %% [markdown]
# ## 3 · One pixel by hand
#
# What *is* a pixel of a feature map? The filter looks at a patch of the layer's input. It multiplies
# the patch with its kernel, position by position, and adds up all products over all channels. Then it
# adds its bias, and the ReLU replaces a negative sum by 0. With `same` padding the patch is centred
# on the pixel. At the border the patch reaches outside the map, and finds zeros there.
#
# ### Exercise 3 · Patch × kernel
#
# *Medium, 20 minutes, 5 points.*
#
# Compute one activation of one filter from the layer's input, the kernel and the bias.


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
# Pad first: <code>height // 2</code> rows of zeros above and below, and <code>width // 2</code>
# columns at the sides. Then every patch lies inside the padded array.
# </details>
# <details><summary>Hint 2</summary>
#
# In the padded array the patch of pixel (row, column) <em>begins</em> at (row, column). Where does
# the patch end? Four steps remain, as described above: products, sum, bias, ReLU.
# </details>

# %% [markdown]
# The next cell compares your function with the network, at three pixels of `l2`. `convolution` gives
# a layer's input, kernel and output. The input of `l2` is the output of `pool1`.

# %%
l2 = convolution(model, images[six], "l2")
brightest = np.unravel_index(l2.outputs[4, ..., 4].argmax(), l2.outputs.shape[1:3])
for row, column in [(0, 0), (13, 6), map(int, brightest)]:
    mine = pixel_by_hand(l2.inputs[4], l2.kernel[..., 4], l2.bias[4], row, column)
    print(f"({row}, {column}): {mine:.4f} by hand, {l2.outputs[4, row, column, 4]:.4f} in Keras")

# %% [markdown]
# Now a filter of `l1` whose weights add up most nearly to 0. Here is its kernel.

# %%
l1 = convolution(model, images[six], "l1")
weights = l1.kernel[..., 0, :]
edge = int((np.abs(weights.sum(axis=(0, 1))) / np.abs(weights).sum(axis=(0, 1))).argmin())
title = f"The kernel of filter {edge} of l1"
plots.feature_maps(weights[..., edge : edge + 1], title, label="weight")

# %% [markdown]
# **Guess first:** at which pixel of the seven does this filter answer most strongly? Ink on a red
# weight counts for the pixel, and ink on a blue weight counts against the pixel.

# %%
explorers.guess(
    "At which pixel does this filter answer most strongly?",
    answer=strongest(l1, 4, edge),
    image=images[six][4, ..., 0],
    picture=draw_patch(lambda layer: l1, image=4, layer="l1", index=edge),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# At this pixel the patch has ink mostly on positive weights (red), and little ink on negative
# weights (blue). A filter "looks for" a patch that resembles its kernel.
# </details>

# %% [markdown]
# ### Explore · Point at a pixel
#
# Choose an image, a layer and a filter. Then point at the feature map or tap it, or focus the map
# and use the arrow keys. In `l2` and `l3` there is one slice of patch, kernel and product for each
# channel. The number above a product is what this channel adds.

# %%
explorers.patches(model, images[six], [names[labels[i]] for i in six])

# %% [markdown] variants={"DIGIT": [7, 0, 1, 3, 4, 9]}
# ### Question 1 · Read the sum
#
# *15 minutes, 4 points, graded by a person.*
#
# Choose the {{ DIGIT }} in the explorer.
#
# (a) Find a pixel of `l1` whose sum is clearly negative although there is ink in its patch. Explain by
# the kernel why the sum is negative, and what the ReLU makes of this sum.
#
# (b) Find a pixel of `l2` that is bright. Name the two channels that add most, and say what this
# filter of `l2` therefore combines.
#
# (c) Why is the activation of a pixel in an empty corner not 0 for every filter?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) filter and pixel named, with the sum, for the {{ DIGIT }}; the ink lies on negative
#   weights.
# - 1 point: (a) the ReLU returns 0: "somewhat against" and "strongly against" look the same after the
#   ReLU.
# - 1 point: (b) two channels with their sums, described by what these filters of l1 answer to.
# - 1 point: (c) patch × kernel is 0 there (in l1), so the bias alone remains; a positive bias passes
#   the ReLU.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "read_the_sum_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) Filter 3 of l1 at (25, 14), just right of the 7's stem (of MNIST): the sum is below −2. Its
# blue weights are at the left of the kernel, and the ink is there, too. After the ReLU the pixel
# is 0. You can no longer see that this is the *wrong* side of a stroke: the pixel is as silent as an
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
# A pixel of `l2` sees 5×5 pixels of its input, but each of these has seen a patch itself. The
# *receptive field* is the patch of the original image on which a pixel can depend.
#
# ### Exercise 4 · Receptive fields
#
# *Medium, 15 minutes, 3 points.*
#
# You get a chain of layers. Each layer has a kernel size and a stride; the kernel size of a pooling
# layer is its window. Give the size of the receptive field after each layer, in pixels of the input,
# along one axis.


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
# Carry two numbers along the chain: the size, and the step between neighbours in the input. What does
# a layer add to the size? What does a stride do to the step of the layers <em>after</em> it?
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
# Does the network agree? The next cell changes the pixels of an image one at a time. Then it counts
# which of them change the middle pixel of `l3`.

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
# strides, and training does not change it. "Deeper layers see more" is true of an untrained network,
# too. How *much* each pixel of the field counts is another question. Luo and others (2016) found that
# the middle counts most.

# %% [markdown]
# ## 5 · Is it true? Three sentences about depth
#
# *Edges first. Abstract later. Sparser with depth.* Chollet's book "Deep Learning with Python" (2017)
# reads these three sentences off the feature maps of one network for one photograph. We measure each
# sentence on many images, and on the untrained network as a control.
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
# For dead maps ask one question for each map: are all of its values 0? <code>all</code> takes axes,
# as <code>mean</code> does. Which axes make up one map?
# </details>

# %%
for name, maps in zip(models.conv_layers(model), conv_outputs(model, images[:300]), strict=True):
    zeros, dead = silence(maps)
    print(f"{name}: {zeros:.0%} of the activations are 0, {dead:.1%} of the maps are dead")

# %% [markdown]
# `sparsity` counts the same for every layer over the whole test set. It works batch by batch, so that
# no activations need to be kept. The map of a dense unit is a single number, so the two shares of a
# dense layer are equal.
#
# **Guess first:** put four layers in the order of their zeros, from the fewest to the most. "Sparser
# with depth" is the order `l1`, `l2`, `l3`, `l4`.

# %%
measured = {"trained": sparsity(model, images), "untrained": sparsity(untrained, images)}
silent = {}
for who, layers in measured.items():
    silent[f"{who}: zeros"] = {n: layers[n].zero_share for n in shown}
    silent[f"{who}: dead maps"] = {n: layers[n].dead_share for n in shown}
four = [*models.conv_layers(model), "l4"]
explorers.guess(
    "Order these layers of the trained network by their zeros, the fewest first.",
    answer=sorted(four, key=silent["trained: zeros"].get),
    choices=four,
    picture=plots.shares_by_layer(silent, "How much is exactly 0, layer by layer", "share of 0"),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The share of zeros does not simply rise. In the trained network it grows from `l1` to `l2`. From
# `l2` to `l3` the share hardly changes or falls. Every pooling layer lowers the share, because the
# maximum of four numbers is 0 only if all four numbers are 0.
#
# The untrained network begins *high*. Its biases are 0, so empty paper gives exactly 0. After
# training some filters of `l1` answer to empty paper, as the next cell shows.
# </details>
#
# **Notice** how far apart the two shares are. In `l2` and `l3` around half of the activations or more
# are 0, and yet hardly a map is dead. A filter is silent in many places, and answers somewhere to
# almost every image.

# %%
empty = layer_activations(model, np.zeros_like(images[:1]), models.conv_layers(model))
for name, maps in empty.items():
    answering = (maps[0] > 0).any(axis=(0, 1)).sum()
    print(f"{name}: {answering} of {maps.shape[-1]} filters answer to an empty image")

# %% [markdown]
# The shares of dead maps are too small for the picture. The next cell prints them, with the filters
# or units that answer to *no* image of the test set.

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
# network needs each filter. Section 7 takes filters away.
#
# In the dense layer `l4` many units answer to no test image. Such a unit costs weights and
# contributes nothing. A unit that is silent on the training images, too, has no gradient, so its own
# weights stay as they are. But such a unit may come back: the layers before the unit go on learning,
# and the input of the unit changes. The last line names the units that were silent on all test images
# before the training and answer after it.
#
# ### The same question on photographs
#
# Chollet's network has up to 128 filters in a layer and sees photographs. EfficientNet-Lite0 (Tan
# and Le, 2019) sees photographs, too. It was trained on ImageNet and has a stem, sixteen blocks and
# a head. The next cell measures its ReLU layers on eight photographs. The control is the same network
# with random weights.
#
# **Guess first:** which of the two networks has at least 20 points more zeros in the head than in the
# stem?

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

# %%
grows = {
    w: large[f"{w}: zeros"]["head"] - large[f"{w}: zeros"]["stem"] > 0.2
    for w in ("trained", "random")
}
choices = {(True, False): "only the trained network", (False, True): "only the random network",
           (True, True): "both", (False, False): "none"}  # fmt: skip
explorers.guess(
    "Which network has many more zeros in its head than in its stem?",
    answer=choices[grows["trained"], grows["random"]],
    choices=list(choices.values()),
    picture=plots.shares_by_layer(
        large, "How much is exactly 0 in EfficientNet-Lite0", "share of 0"
    ),
)

# %%
for who, shares in large.items():
    first, *_, last = shares.values()
    print(f"{who:17} {first:4.0%} in the stem, {last:4.0%} in the head")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# "Sparser with depth" holds here, though not at every step. The zeros of the trained network grow
# with depth, and in the last blocks many maps are dead. With random weights the lines stay level. So
# depth alone does not make this network sparse; training does. And a sentence that is true of one
# network need not be true of another.
# </details>
#
# ### Edges first?
#
# A filter that looks for an *edge* must not answer to even ink: its weights add up to about 0. We
# measure |sum of weights| / sum of |weights|. A pure edge filter has 0, and a pure ink detector
# has 1.

# %%
for who, network in {"trained": model, "untrained": untrained}.items():
    weights = convolution(network, images[:1], "l1").kernel[..., 0, :]
    evenness = np.abs(weights.sum(axis=(0, 1))) / np.abs(weights).sum(axis=(0, 1))
    print(f"{who:9} l1: {np.round(np.sort(evenness), 2)}, {(evenness < 0.25).sum()} below 0.25")

# %% [markdown]
# <div class="alert alert-info">
#
# **Experiment 1 · Even ink.** The cell below fills a whole image with ink of one `level`. It asks two
# filters of `l1` for their answer in the middle: the edge filter of section 3, and the filter whose
# weights have the largest sum. Set `level` to 0, 0.5 and 1. Then finish the sentence: *With more even
# ink the edge filter …, and the other filter …*
# </div>

# %%
level = 0.5  # change it, and run the cell again
sheet = np.full_like(images[:1], level)
middle = layer_activations(model, sheet, ["l1"])["l1"][0, height // 2, width // 2]
ink = int(l1.kernel[..., 0, :].sum(axis=(0, 1)).argmax())
experiments.record(
    "Two filters of l1 and even ink",
    {"level": level},
    edge_filter=middle[edge],
    ink_filter=middle[ink],
)

# %% [markdown]
# ### Abstract later?
#
# "Abstract" needs a meaning that can be measured. Ours is: images of the same digit lie closer
# together than images of different digits. So let the simplest of all classifiers work on each
# layer's activations. It averages each digit over one half of the images. Then it gives every image
# of the other half the digit with the nearest average.


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
# **Notice** that the two lines part. In the trained network the digits become easier to tell apart
# with depth, and they are easiest to tell apart in the dense layers. In the untrained network no
# layer does better than the pixels by more than a little, and the dense layers do far worse. So by
# this measure depth alone makes nothing abstract; training does.

# %% [markdown]
# ## 6 · What a layer knows
#
# Here is a second way to ask what a layer knows; it needs no averages. Take an image, and search the
# five images whose activations are nearest to its own: its nearest *neighbours*. A layer that knows
# the digit has neighbours with the same digit.
#
# **Guess first:** start with the pixels, before any layer. How many per cent of the neighbours show
# the same digit there?


# %%
def neighbours(activations: np.ndarray) -> np.ndarray:
    flat = activations.reshape(len(activations), -1)
    return NearestNeighbors(n_neighbors=5).fit(flat).kneighbors(return_distance=False)


same = {}
for who, network in {"trained": model, "untrained": untrained}.items():
    outputs = {"input": images[some]} | layer_activations(network, images[some], shown)
    near = {n: labels[some][neighbours(a)] for n, a in outputs.items()}  # (images, 5) digits
    same[who] = {n: (found == labels[some][:, None]).mean() for n, found in near.items()}
title = "Neighbours with the same digit, layer by layer"
explorers.guess(
    "How many per cent of the neighbours in pixels show the same digit?",
    answer=100 * float(same["trained"]["input"]),
    picture=plots.shares_by_layer(same, title, "share of neighbours"),
)

# %%
for who, shares in same.items():
    told = ", ".join(f"{name} {shares[name]:.0%}" for name in ("input", "l2", "l4"))
    print(f"neighbours with the same digit, {who}: {told}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Pixels know much already: most neighbours show the same digit. In the trained network the share is
# larger in `l2`, and larger again in `l4`. In the untrained network `l4` loses much of what the
# pixels know.
# </details>
#
# The next picture shows the two images for which `l4` gains most over the pixels. They are the
# extreme cases, and not typical ones.

# %%
known = {"pixels": images[some]} | layer_activations(model, images[some], ["l2", "l4"])
near = {name: neighbours(activations) for name, activations in known.items()}
hits = {n: (labels[some][found] == labels[some][:, None]).mean(axis=1) for n, found in near.items()}
two = np.argsort(hits["pixels"] - hits["l4"], kind="stable")[:2]
rows = [(name, [i, *near[name][i]]) for i in two for name in near]
table = np.stack([images[some][row] for _, row in rows])
digits = [f"digit {names[c]}" for _, row in rows for c in labels[some][row]]
row_names = [f"{name}, digit {names[labels[some][row[0]]]}" for name, row in rows]
plots.image_table(table, row_names, digits, "An image (column 0) and its five neighbours")

# %% [markdown]
# **Notice** what the neighbours have in common. In pixels they have ink at the same places. In `l4`
# nearly all of them show the same digit, even if it is drawn in another way.
#
# Can we see all images at once? A principal component analysis (PCA) draws each image as a point of a
# plane. It chooses the plane in which the activations differ most.

# %%
places = {n: PCA(2, random_state=0).fit_transform(a.reshape(len(a), -1)) for n, a in known.items()}
first = {name: points[:300] for name, points in places.items()}
plots.class_scatter(first, labels[some][:300], "Test images on a plane, each drawn as its digit")

# %% [markdown]
# **Notice** that the digits overlap in the plane of the pixels, and less in the plane of `l4`. A
# plane keeps only a part of what a layer knows. So the picture is a first look, and the shares above
# are the measurement.

# %% [markdown]
# ## 7 · Cause in place of correlation
#
# A filter that answers strongly to a digit is *correlated* with the digit. Does the network *need*
# this filter for the digit? To find out, cut the filter: set its map to 0, and let the layers behind
# do their work. Notebook 03 cut single filters by their weights. Here we cut the maps of `l2` after
# `pool2`, so that two filters at once are easy, too.
#
# **Guess first:** how many of the nine filters of `l2` cost less than two points of accuracy each, if
# you cut this filter alone?

# %%
maps = layer_activations(model, images[some], ["pool2"])["pool2"]
rest = keras.Model(model.get_layer("pool2").output, model.output)  # from pool2 to the end


def right_without(filters) -> np.ndarray:
    """The accuracy for each digit, in per cent, without some filters of l2."""
    kept = ~np.isin(np.arange(maps.shape[-1]), list(filters))
    right = rest.predict_on_batch(maps * kept).argmax(axis=1) == labels[some]
    return 100 * np.array([right[labels[some] == digit].mean() for digit in range(10)])


# %%
whole = right_without([])
single = np.stack([whole - right_without([f]) for f in range(9)])  # (filters, digits)
alone = single.mean(axis=1)
explorers.guess(
    "How many of the nine filters of l2 cost less than two points each?",
    answer=int((alone < 2).sum()),
    choices=range(10),
    picture=plots.effects(
        single.T,
        names,
        "Points of accuracy that each digit loses without a filter of l2",
        label="points lost",
    ),
)

# %%
favourite = [maps[labels[some] == d].mean(axis=(0, 1, 2)) for d in range(10)]
loud, hurt = np.argmax(favourite, axis=0), single.argmax(axis=1)
for f in range(9):
    print(f"filter {f}: answers most to {names[loud[f]]}; without it {names[hurt[f]]} loses most, "
          f"{single[f].max():.1f} points; all digits lose {alone[f]:.1f} on average")  # fmt: skip
print(f"the same digit for {(loud == hurt).sum()} of 9 filters")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Cutting one filter costs little on average. Where a digit suffers, it is often not the digit to which
# the filter answers most. So correlation does not tell which digit needs a filter.
# </details>
#
# A filter may cost little because another filter carries the same evidence. That is *redundancy*. To
# see it, cut two filters together, and subtract what each of them costs alone.

# %%
pairs = np.array([[(whole - right_without({a, b})).mean() for b in range(9)] for a in range(9)])
extra = np.where(np.eye(9) > 0, 0, pairs - alone[:, None] - alone)
a, b = map(int, np.unravel_index(extra.argmax(), extra.shape))
print(
    f"filters {a} and {b}: {alone[a]:.1f} and {alone[b]:.1f} points alone, {pairs[a, b]:.1f} together"
)
title = "Points that two filters of l2 cost together, beyond the sum of both"
plots.effects(extra, [f"filter {f}" for f in range(9)], title, label="extra points")

# %% [markdown]
# **Notice** the pair that is printed above the picture. Together the two filters cost more than the
# sum of both. So each of the two stands in for the other.
#
# <div class="alert alert-info">
#
# **Experiment 2 · Cut more.** Put filters of `l2` into the list `cut` and run the cell each time.
# Begin with one filter, then add filters that cost little alone. Then finish the sentence: *The
# network needs at least …, because …*
# </div>

# %%
cut = [0]  # change it, and run the cell again
experiments.record(
    "Accuracy without filters of l2", {"cut": str(cut)}, accuracy=right_without(cut).mean()
)

# %% [markdown]
# What does such a filter read? Its weights are one small picture for each map of `l1`. We take the
# first filter of the pair.

# %%
kernel = convolution(model, images[:1], "l2").kernel[..., a]
weight = np.abs(kernel).sum(axis=(0, 1))
print(f"filter {a} of l2 reads map {weight.argmax()} of l1 most: "
      f"{weight.max() / weight.sum():.0%} of its weights, by size")  # fmt: skip
plots.feature_maps(kernel, f"From each map of l1 to filter {a} of l2", label="weight")

# %% [markdown]
# **Notice** how to read these pictures. Where a picture is red, an activation of this map of `l1`
# raises the filter's sum, and where it is blue, an activation lowers the sum. No single map makes the
# filter: even the map that is printed has less than half of the weights.

# %% [markdown]
# ## 8 · Draw your own
#
# Test images are tidy. Draw a digit yourself, and watch prediction and maps follow. What happens to a
# 7 with a bar, to a tiny digit in a corner, or to a drawing that is no digit at all? Your drawing is
# scaled and centred as MNIST's digits are, before the network sees it. With the keyboard, arrow keys
# move the pen, and space puts the pen down and lifts it.

# %%
explorers.DigitPad(model, data.class_names)

# %% [markdown] variants={"NUMBER": [1, 3, 5, 7, 8, 13, 17, 18, 20, 21, 25, 26, 28, 35, 42, 57, 58, 61, 66, 72, 74, 77, 78, 80, 98, 127]}
# ## 9 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
recognised = models.predict(own_model, own.images).argmax(axis=1) == own.labels
print(f"the whole network is right on {recognised.sum()} of {len(own.images)} images")
title = "The first eight of your images"
plots.images(own.images[:8], [names[c] for c in own.labels[:8]], columns=8, title=title)

# %% [markdown]
# ### Exercise 6 · The filter that it needs
#
# *Easy, 10 minutes, 3 points.*
#
# Section 7 cut filters of `l2`: it set their maps to 0 after the pooling. Now cut the filters of `l3`,
# one at a time. Your `conv_outputs` gives the maps of all three convolutions, and `l3` is the last of
# them. Give the cut maps to a network that goes from the output of `l3` to the end.
#
# Which cut leaves the fewest right answers? Which digit loses the most right answers through this cut? How
# many of the 200 images are still right? Count images, and not per cent. Let `needed_filter` return what
# you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "needed_filter", "solution": true}
def needed_filter() -> tuple[int, int, int]:
    """Return which filter of l3 your network needs most, for all of your images.

    returns: the number of the filter, counted from 0; the digit that loses most right answers
        without this filter; and how many of the 200 images are still right without this filter
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    maps = conv_outputs(own_model, own.images)[2]
    rest = keras.Model(own_model.get_layer("l3").output, own_model.output)
    filters = np.arange(maps.shape[-1])

    def right(maps):
        return rest.predict(maps, verbose=0).argmax(axis=1) == own.labels

    without = np.stack([right(maps * (filters != f)) for f in filters])
    needed = int(without.sum(axis=1).argmin())
    lost = np.bincount(own.labels, weights=right(maps).astype(int) - without[needed])
    return needed, int(lost.argmax()), int(without[needed].sum())
    ### END SOLUTION


# %% nbgrader={"grade_id": "needed_filter_check", "grade": true}
checks.needed_filter(needed_filter, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.needed_filter(needed_filter, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Section 7 makes a network from <code>pool2</code> to the end, and multiplies the maps with 0 and 1.
# What changes if you start at <code>l3</code>?
# </details>
# <details><summary>Hint 2</summary>
#
# Count the right answers once for the uncut maps, and once without each filter, digit by digit. The
# differences tell which digit loses most.
# </details>

# %% [markdown]
# ### Question 2 · What would you write?
#
# *20 minutes, 6 points, graded by a person.*
#
# The three sentences of Section 5 are (a) edges first, (b) abstract later, (c) sparser with depth. Is each
# sentence true of *our* network, the one for digits? Quote the numbers that decide. Say what the
# untrained control adds. Name one thing that the measurement cannot tell.
#
# (d) A colleague says: "The filter of `l3` with the fewest zeros does the most work, so the network needs
# it most." Take the maps of `l3` of `own_model` for `own.images`, filter by filter. For which filter does
# your `silence` give the smallest share of zeros? Compare this filter with the filter that you found in
# Exercise 6, and answer the colleague.
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) quotes the evenness of the trained and of the untrained filters; says that several,
#   not all, filters are edge filters. A limit: some random kernels come out even as well, or the
#   measure says nothing about orientation.
# - 2 points: (b) quotes accuracies of at least three layers and of the control; concludes that
#   training, not depth, does it. A limit: only one meaning of "abstract"; one network.
# - 1 point: (c) quotes the shares of at least three layers; says that they do not grow steadily, or
#   that pooling lowers them, or that the control begins high because of its zero biases. "It grows, as
#   the textbook says" earns nothing where the student's own numbers say otherwise.
# - 1 point: (d) the filter with the fewest zeros and the filter of Exercise 6, which is another one for
#   each number; how often a filter answers does not say whether the answers depend on the filter. A
#   wrong finding costs points in Exercise 6 alone.
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
#
# (d) With the number 1, filter 9 has the fewest zeros: 22 %. The network needs filter 14 most: without it
# 133 of 200 images are right, and without filter 9 still 154. Filter 14 has more zeros, 38 %. So a filter
# that answers in many places need not be needed: other filters may say the same.

# %% [markdown]
# ## What to take along
#
# - A pixel of a feature map is patch × kernel + bias, then the ReLU.
# - A scale for each map shows patterns and hides strength. Guard this scale against constant maps,
#   and clip.
# - Receptive fields follow from kernel sizes and strides; they grow without any training.
# - Measure a sentence that was read off one picture: on many images, and on an untrained network as
#   control. Here "abstract later" held and was learned. "Sparser with depth" did not hold in our
#   network; in a large network it held, and was learned.
# - An answer is a correlation. To learn what the network needs, cut a filter, and then two filters.
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
# - A. S. Morcos, D. G. T. Barrett, N. C. Rabinowitz and M. Botvinick, "On the importance of single
#   directions for generalization", 2018: networks without some of their units.
#   [arXiv:1803.06959](https://arxiv.org/abs/1803.06959)
