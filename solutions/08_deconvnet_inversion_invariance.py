# %% [markdown]
# # 08 · Back to the pixels
#
# In 2014 Zeiler and Fergus sent the activations of a famous network back down to its pixels. In the
# second layer they saw false patterns. The first layer moved its filters in steps of four pixels, and
# such steps can turn narrow stripes into wide ones. The authors chose smaller filters and smaller
# steps, and the network made fewer mistakes.
#
# **You will** work in two parts. Each part has its own goal, and you can stop between them.
#
# - **Part 1 · Down to the pixels** (about 80 minutes). You write a deconvnet, which sends one
#   activation down to the pixels. At the end you know which parts of such a picture come from the
#   image, and which parts come from the filters.
# - **Part 2 · What a network keeps and what it overlooks** (about 90 minutes). You rebuild images
#   from the features of a layer, and you measure which changes of an image a network overlooks. At the
#   end you do the same with photographs.
#
# **Time:** about 170 minutes. **You need:** notebooks 03, 04, 06 and 07.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.methods.activations import layer_activations
from helpers.methods.deconvnet import Field, patches, project, receptive_field, strongest
from helpers.methods.invariance import invariance, predictions, transformed
from helpers.methods.inversion import errors_by_layer
from helpers.models.preprocessing import RANGES

from textwrap import fill

import numpy as np
from IPython.display import display

# %%
stripes = np.tile(0.5 + 0.5 * np.sin(2 * np.pi * (np.arange(160) + 0.5) / 5), (40, 1))
read = {step: stripes[::step, ::step] for step in (1, 2, 4)}
counts = [int(abs(np.fft.rfft(each[0] - each[0].mean())).argmax()) for each in read.values()]
for step, count in zip(read, counts, strict=True):
    print(f"read in steps of {step}: {count} stripes")
plots.images(
    [each.repeat(step, axis=0).repeat(step, axis=1)[..., None] for step, each in read.items()],
    [f"steps of {step}: {count} stripes" for step, count in zip(read, counts, strict=True)],
    columns=1,
    title="The same stripes, in larger steps",
)

# %% [markdown]
# The picture has 32 narrow stripes. In steps of four pixels you read 8 wide stripes, and the picture has
# no such stripes. Zeiler and Fergus found this fault because they looked at the pixels behind the
# activations. The next cell loads our network and ten images.

# %%
data = datasets.load("default")
model, _ = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
right = models.predict(model, images).argmax(axis=1) == labels
examples = images[[np.flatnonzero(right & (labels == c))[1] for c in range(10)]]
plots.images(
    examples, names, columns=5, title="Ten test images that the network classifies rightly"
)

# %% [markdown]
# # Part 1 · Down to the pixels
#
# **Goal:** you write a deconvnet. Then you can say which parts of its picture come from the image, and
# which parts come from the filters. **Time of this part:** about 80 minutes.
#
# ## 1 · Down again: a deconvnet
#
# An activation in a deep layer is one number. Which pixels made this number? A *deconvnet* (Zeiler and
# Fergus, 2014) answers by running the network backwards:
#
# 1. Keep one activation, and set all other activations of the layer to zero.
# 2. Undo the layers one by one, from the deepest layer to the first. You undo a max pooling by putting
#    each maximum back in its old place. You undo a convolution with its *transposed* filters:
#    Exercise 3 says how.
# 3. Set negative values to zero on the way down, as the ReLU does on the way up. This is called
#    *rectifying*.
#
# The result is as large as the image, and is called the *projection* of the activation. It shows the
# pattern to which this activation answered.
#
# A max pooling keeps the largest value of each cell and forgets its place. So on the way up you write
# the place down. The number of the place is called a *switch*.
#
# ### Exercise 1 · Pool, and remember where
#
# *Medium, 15 minutes, 4 points.*
#
# Write a max pooling that also returns its switches. A cell has 2×2 pixels.


# %% nbgrader={"grade_id": "pool_with_switches", "solution": true}
def pool_with_switches(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Max-pool cells of 2×2 pixels, and say which pixel of each cell was the largest.

    maps: (N, H, W, C) float of either sign; H and W are even
    returns: the maxima (N, H/2, W/2, C) float, and the switches (N, H/2, W/2, C) int: 0 if the
      maximum was the top left pixel of the cell, 1 top right, 2 bottom left, 3 bottom right
    """
    ### BEGIN SOLUTION
    four = [maps[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return np.max(four, axis=0), np.argmax(four, axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "pool_with_switches_check", "grade": true}
checks.pool_with_switches(pool_with_switches)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.pool_with_switches(pool_with_switches, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>maps[:, 0::2, 1::2]</code> holds the top right pixel of every cell. This array has the shape of
# the result. There are four such arrays.
# </details>
# <details><summary>Hint 2</summary>
#
# Put the four arrays into one list, in the order of the switches. At each place you want the largest
# of four numbers, and you want to know which of the four it is. Which two functions of NumPy do this,
# and along which axis?
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# With <code>four</code> as the list: <code>np.max(four, axis=0), np.argmax(four, axis=0)</code>.
# </details>
#
# ### Exercise 2 · Unpool
#
# *Easy, 10 minutes, 3 points.*
#
# Undo the pooling: put each value where its switch says. The other three pixels of the cell are 0.


# %% nbgrader={"grade_id": "unpool", "solution": true}
def unpool(pooled: np.ndarray, switches: np.ndarray) -> np.ndarray:
    """Put each value back where its switch says, and 0 everywhere else.

    pooled: (N, h, w, C) float of either sign
    switches: (N, h, w, C) int, 0 to 3, as in Exercise 1
    returns: (N, 2h, 2w, C) float
    """
    ### BEGIN SOLUTION
    n, height, width, channels = pooled.shape
    result = np.zeros((n, 2 * height, 2 * width, channels), pooled.dtype)
    for k in range(4):
        result[:, k // 2 :: 2, k % 2 :: 2] = np.where(switches == k, pooled, 0)
    return result
    ### END SOLUTION


# %% nbgrader={"grade_id": "unpool_check", "grade": true}
checks.unpool(unpool)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.unpool(unpool, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with zeros of twice the height and twice the width. <code>result[:, 1::2, 0::2]</code> are the
# bottom left pixels of all cells. Switch 2 names these pixels.
# </details>
# <details><summary>Hint 2</summary>
#
# Fill the result in four steps, one for each switch <code>k</code>. Which rows and columns belong to
# <code>k</code>? A cell whose switch is another one gets 0 in this step: <code>np.where</code> chooses
# between two values.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# <code>result[:, k // 2 :: 2, k % 2 :: 2] = np.where(switches == k, pooled, 0)</code>
# </details>
#
# The next cell pools the digits to 14×14 pixels and brings them back to 28×28 in three ways. The first
# way uses your switches. The second way uses the switches of another digit. The third way copies each
# value to all four pixels of its cell.
#
# **Guess first:** how many of 100 pixels are blank when your switches are used?

# %%
pooled, switches = pool_with_switches(examples)
ways = {
    "as it was": examples,
    "with switches": unpool(pooled, switches),
    "switches of another image": unpool(pooled, np.roll(switches, 1, axis=0)),
    "copied to all four": pooled.repeat(2, axis=1).repeat(2, axis=2),
}
drawn = [way[:6] for way in ways.values()]
explorers.guess(
    "How many of 100 pixels are blank, when the digits are unpooled with their switches?",
    answer=100 * float((ways["with switches"] == 0).mean()),
    picture=plots.image_table(drawn, list(ways), title="Pooled to 14×14 pixels, and unpooled"),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# With switches at least three of four pixels are blank, and the empty paper adds more blank pixels.
# Each value that is left lies exactly at its old place. With the switches of another image a value may
# land elsewhere in its cell, so the strokes lose their shape. Where the other image is blank, all its
# switches are 0, and this makes the regular dots. A copy to all four pixels fills the cells. But the
# copy is twice as coarse as the image.
# </details>
#
# Keep in mind that the switches belong to *one* image.
#
# ### Exercise 3 · One convolution down
#
# *Hard, 20 minutes, 5 points.*
#
# On the way up a convolution makes each output value from a window of its input. On the way down each
# output value paints a copy of its filter into this window. The copy is as bright as the value. Where
# copies overlap, they are added up. Rectify the maps before you paint: a negative value paints nothing.
# Leave the bias out, because no pixel has caused it. The convolution of this exercise has no padding.
#
# Write this step for all maps of a layer at once.


# %% nbgrader={"grade_id": "deconvolve", "solution": true}
def deconvolve(maps: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Rectify maps, and send them down through the transposed filters of a convolution.

    maps: (N, h, w, F) float of either sign, one map a filter
    kernel: (a, b, C, F), the filters of the convolution, which had "valid" padding and stride 1
    returns: (N, h + a - 1, w + b - 1, C): each positive value of map f has painted
      value * kernel[..., f], with the upper left corner at the value's own row and column; copies
      that overlap are added up
    """
    ### BEGIN SOLUTION
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    result = np.zeros((n, h + a - 1, w + b - 1, channels))
    for i in range(a):
        for j in range(b):
            result[:, i : i + h, j : j + w] += np.maximum(maps, 0) @ kernel[i, j].T
    return result
    ### END SOLUTION


# %% nbgrader={"grade_id": "deconvolve_check", "grade": true}
checks.deconvolve(deconvolve)  # at grading, hidden checks use other kernels
### BEGIN HIDDEN TESTS
checks.deconvolve(deconvolve, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two loops over the rows and columns of the *kernel* are enough. Entry (i, j) of each filter moves its
# map down by i and to the right by j.
# </details>
# <details><summary>Hint 2</summary>
#
# Take one entry (i, j). The array <code>kernel[i, j]</code> has the shape (C, F), and the maps have
# the shape (N, h, w, F). A matrix product sums over the filters. Which of the two must you transpose,
# and to which part of the result do you add the product?
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# <code>result[:, i : i + h, j : j + w] += np.maximum(maps, 0) @ kernel[i, j].T</code>
# </details>
#
# Your three functions are a deconvnet. Now take the strongest activation of each filter of `l2`, the
# second convolution of our network. Send it down through the filters of `l2`, the pooling, and the
# filters of `l1`. These convolutions have "same" padding: two pixels on each side. The code cuts off
# what falls on the padding.


# %%
def switches_of(image):
    """The switches of the pooling between l1 and l2, for one image."""
    return pool_with_switches(layer_activations(model, image[None], ["l1"])["l1"])[1]


def strongest_alone(image, filter):
    """The maps of l2 for one image, with the strongest activation of one filter and 0 elsewhere."""
    maps = layer_activations(model, image[None], ["l2"])["l2"]
    place = np.unravel_index(maps[..., filter].argmax(), maps.shape[:3])
    alone = np.zeros_like(maps)
    alone[(*place, filter)] = maps[(*place, filter)]
    return alone


# %%
def send_down(maps, switches):
    """Maps of l2, sent down to the pixels: (1, 28, 28, 1)."""
    down = deconvolve(maps, model.get_layer("l2").kernel.numpy())[:, 2:-2, 2:-2]
    down = unpool(down, switches)
    return deconvolve(down, model.get_layer("l1").kernel.numpy())[:, 2:-2, 2:-2]


five = examples[5]
starts = [strongest_alone(five, filter) for filter in range(9)]
mine = np.concatenate([send_down(start, switches_of(five)) for start in starts])
helper = np.concatenate([project(model, five[None], "l2", filter) for filter in range(9)])
print(f"largest difference from the helper: {np.abs(mine - helper).max():.0e}")

f = int(np.argmax([start.max() for start in starts]))
_, row, column, _ = np.argwhere(starts[f])[0]
print(f"filter {f} answers most strongly in row {row}, column {column} of its map")

# %% [markdown]
# **Guess first:** one cell of the 14×14 map stands for 2×2 pixels of the image. The line above names
# the strongest cell of one filter. Click on the pixel where you expect the strongest colour of its
# projection.

# %%
size = np.abs(mine[f, ..., 0])
explorers.guess(
    f"At which pixel of the five is the projection of filter {f} strongest?",
    answer=np.unravel_index(size.argmax(), size.shape),
    image=five[..., 0],
    picture=plots.overlays(
        np.repeat(five[None], 9, axis=0),
        mine[..., 0],
        [f"filter {f}" for f in range(9)],
        columns=9,
        title="The strongest activation of each filter of l2, sent down to the pixels",
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Each filter answers most strongly at its own place of the five, such as a bend, an end or the side of
# a stroke. The colours lie around this place. Red is where ink speaks for the filter. Blue is where
# ink speaks against the filter.
# </details>
#
# Such a picture mixes two things: the image, and the shapes of the filters. How can you tell them
# apart? Three things come from the image: the place of the activation at which you start, the strength
# of this activation, and the switches. The rectification on the way down depends on these three. The
# weights are the same for all images. So change one of the three, and keep the other two. The next cell
# starts at the same activation of the five, and takes the switches of another digit.
#
# **Guess first:** how alike are the two projections? Their correlation is 1 if they differ in nothing
# but brightness. It is near 0 if they have nothing in common.

# %%
others = [0, 2, 3, 7, 9]
foreign = [switches_of(examples[c]) for c in others]
swapped = np.array([[send_down(start, s)[0, ..., 0] for s in foreign] for start in starts])
pairs = [(mine[f], swapped[f, k]) for f in range(9) for k in range(len(others))]
alike = np.reshape([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs], (9, -1))
f = alike.mean(axis=1).argmin()
explorers.guess(
    "What is the correlation of the two projections, on average over filters and digits?",
    answer=alike.mean(),
    picture=plots.overlays(
        np.repeat(five[None], 6, axis=0),
        [mine[f, ..., 0], *swapped[f]],
        ["its own switches", *(f"of the {names[c]}" for c in others)],
        columns=6,
        title=f"Filter {f} of l2, which changes most, with the switches of other images",
    ),
)

# %%
print(f"correlation with the projection by its own switches: {alike.mean():.2f} on average")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The colours stay at their place, and the rough order of red and blue stays, too. The activation at the
# start and the weights decide both. The details change with the switches. If the correlation is close
# to 1, the switches matter little. One pooling lies between `l2` and the pixels. A deeper layer has more
# poolings below it, and so more switches.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 1 · A part of the switches.** The cell below takes a share of the switches from the
# zero, and the other switches from the five. Set `share` to 0, 0.25, 0.5 and 1, one after another, and
# run the cell each time. Then finish the sentence: *The more switches come from another image, …*
# </div>

# %%
share = 0.25  # change it, and run the cell again
chosen = np.random.default_rng(0).random(switches_of(five).shape) < share
mixed = np.where(chosen, foreign[0], switches_of(five))
pairs = [(own, send_down(start, mixed)) for own, start in zip(mine, starts, strict=True)]
same = np.mean([np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in pairs])
experiments.record("Switches of another image", {"share": share}, correlation=same)

# %% [markdown]
# ## 2 · What a filter likes best
#
# One image proves little. Zeiler and Fergus looked for the nine images that excite a filter most. From
# each image they cut out the patch that the strongest unit sees. This patch is the *receptive field* of
# the unit. They put the projection beside the patch. The next cells do the same with the test images.


# %%
def top_nine(layer, filters):
    """Patches and projections (F, 9, h, w, 1) of the images that excite each filter most."""
    best, field = strongest(model, images, layer, filters), receptive_field(model, layer)
    seen, sent = [], []
    for filter, chosen, places in zip(filters, best.images, best.positions, strict=True):
        seen.append(patches(images[chosen], field, places))
        sent.append(patches(project(model, images[chosen], layer, filter), field, places))
    return np.stack(seen), np.stack(sent)


def likeness(pictures):
    """The mean correlation of any two pictures of a filter; pictures (F, k, h, w, C)."""
    k = pictures.shape[1]
    pairs = [np.corrcoef(of.reshape(k, -1))[np.triu_indices(k, 1)] for of in pictures]
    return np.mean(pairs)


# %%
rows = [f"filter {f}" for f in range(4)]
for layer, title in (
    ("l2", "l2: the nine patches that excite each filter most"),
    ("l3", "l3: the same, and a unit sees most of the digit"),
):
    seen, sent = top_nine(layer, range(4))
    mixed = seen.swapaxes(0, 1)  # one patch of each filter
    told = [f"{likeness(each):.2f}" for each in (seen, mixed, sent)]
    print(
        f"{layer}, correlations: patches of one filter {told[0]}, of different filters {told[1]};"
    )
    print(f"    projections of one filter {told[2]}")
    display(plots.projections(seen, sent, rows, title))

# %% [markdown]
# **Notice** that the nine patches of one filter are more alike than the patches of different filters.
# The projections help you to see what the nine patches have in common: look for places where the colours
# are strong in all nine projections. But a projection does not show what the filter has learned in general. Each
# projection is made from one of *these* nine images.
#
# Does a filter of a deep layer stand for one digit? Count how many different digits are among its nine
# images.
#
# **Guess first:** nine images drawn at random show 6.1 different digits on average. How many different
# digits do the nine images of a filter of `l3` show?

# %%
layers = ("l1", "l2", "l3")
digits = {layer: labels[strongest(model, images, layer).images].tolist() for layer in layers}
counts = {layer: np.array([len(set(nine)) for nine in digits[layer]]) for layer in layers}
chance = 10 * (1 - 0.9**9)
explorers.guess(
    "How many different digits do the nine images of a filter of l3 show, on average?",
    answer=counts["l3"].mean(),
    picture=plots.bars(
        [chance, *(of_filters.mean() for of_filters in counts.values())],
        ["random", *layers],
        "images",
        "different digits",
        title="Different digits among nine images",
    ),
)

# %%
for layer, of_filters in counts.items():
    print(
        f"{layer}: {of_filters.mean():.1f} different digits among the nine, on average;",
        f"filters with a single one: {np.flatnonzero(of_filters == 1).tolist()}",
    )
print(f"nine images drawn at random have {chance:.1f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The numbers of `l2` and `l3` are well below the number of `l1`. In deeper layers the images that
# excite a filter most belong to fewer classes. A filter whose nine images are all of one digit is still no
# detector of this digit. The filter may answer weakly to other images of the digit, or not at all.
# </details>

# %% [markdown]
# <div class="alert alert-success">
#
# **Part 1 ends here: a good place to stop.** Save the notebook. When you come back, run all cells from
# the top ("Run All Above Selected Cell"), and go on below.
# </div>
#
# # Part 2 · What a network keeps and what it overlooks
#
# **Goal:** you measure what the features of a layer still say about an image. Then you measure which
# changes of an image a network overlooks. **Time of this part:** about 90 minutes.
#
# ## 3 · What does a layer still know?
#
# A deconvnet explains one activation. An *inversion* uses all activations of a layer at once. It looks
# for *any* image whose features at this layer are the features of a given image. Mahendran and Vedaldi
# (2015) start from noise and follow the gradient of this loss:
#
# $$\frac{\lVert \Phi(x) - \Phi_0 \rVert^2}{\lVert \Phi_0 \rVert^2} \;+\; \lambda_\alpha
# \lVert x \rVert_\alpha^\alpha \;+\; \lambda_V \, V(x)$$
#
# - The first term asks for the same features: $\Phi(x)$ are those of the picture, and $\Phi_0$ are
#   those of the given image.
# - The second term is a penalty for large pixel values.
# - The third term is a penalty for neighbours that differ. $V$ is called the *total variation* (the
#   paper's, with its β = 2).
#
# The layer has thrown a part of the image away. The features say nothing about this part, so the search
# is free to invent it.
#
# ### Exercise 4 · The loss of the search
#
# *Medium, 15 minutes, 5 points.*
#
# Write this loss for one picture and its features. The features may have any shape.


# %% nbgrader={"grade_id": "inversion_loss", "solution": true}
def inversion_loss(
    features: np.ndarray,
    target: np.ndarray,
    image: np.ndarray,
    alpha: int,
    alpha_weight: float,
    variation_weight: float,
) -> float:
    """How bad an image is as the inverse of the target's features.

    features: of this image; target: of the image that is sought; both have the same shape
    image: (H, W, C) float of either sign; channels are not mixed
    alpha: the exponent of the norm
    returns: the sum of three terms:
      the sum of squared differences of the features, divided by the sum of squares of the target
      alpha_weight times the sum of |pixel| to the power alpha
      variation_weight times the sum of squared differences of neighbours, down and to the right
    """
    ### BEGIN SOLUTION
    error = np.sum((features - target) ** 2) / np.sum(target**2)
    size = np.sum(np.abs(image) ** alpha)
    variation = np.sum(np.diff(image, axis=0) ** 2) + np.sum(np.diff(image, axis=1) ** 2)
    return error + alpha_weight * size + variation_weight * variation
    ### END SOLUTION


# %% nbgrader={"grade_id": "inversion_loss_check", "grade": true}
checks.inversion_loss(inversion_loss)  # at grading, hidden checks use other images
### BEGIN HIDDEN TESTS
checks.inversion_loss(inversion_loss, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The loss has three terms, so write three sums. <code>np.diff(image, axis=0)</code> are the differences
# from row to row. The result has one row fewer than the image.
# </details>
# <details><summary>Hint 2</summary>
#
# Pixels may be negative, and alpha may be odd: what do you have to do before you take the power? Then
# look at what is divided. Only one of the three terms is a share of something.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# Features: <code>np.sum((features - target) ** 2) / np.sum(target**2)</code>. Size:
# <code>np.sum(np.abs(image) ** alpha)</code>. Variation, along each axis:
# <code>np.sum(np.diff(image, axis=0) ** 2)</code>.
# </details>
#
# Now the helper searches for the ten digits, layer by layer. `l1` to `l3` are convolutions, `l4` and
# `l5` are dense layers. The cell prints how many numbers each layer has for one image of 784 pixels.

# %%
layers = ["l1", "l2", "l3", "l4", "l5"]
found = errors_by_layer(model, examples, layers)
off = {layer: result.pixel_errors.mean() for layer, result in found.items()}
blank = np.sqrt((examples**2).mean(axis=(1, 2, 3))).mean()
sizes = layer_activations(model, examples[:1], layers)
print("numbers of each layer:", {layer: sizes[layer].size for layer in layers})

# %% [markdown]
# How far is a picture off? Take the root mean square difference of its pixels from the digit. Blank
# paper is a simple comparison: a good picture is nearer to the digit than blank paper is.
#
# **Guess first:** which is the first layer whose pictures are further off than blank paper?

# %%
explorers.guess(
    "Which is the first layer whose pictures are further off than blank paper?",
    answer=next(layer for layer in layers if off[layer] > blank),
    choices=layers,
    picture=plots.inversions(
        examples,
        {layer: result.images for layer, result in found.items()},
        {layer: result.errors for layer, result in found.items()},
        title="Found from noise, with the features of the top row",
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The number beside each row says how far the *features* are still off. It is the root of the first term
# of the loss. The convolutions `l1` to `l3` give the digit back, with some specks in `l3`. At `l4` you
# can read no digit. Yet the features of `l4` are met about as well as the features of `l3`, or better.
#
# `l5` gives probabilities. If they are off by a few percent, the network gives nearly the same answer
# to these pictures as to the digits above, though you can read no digit in them. If the probabilities
# are off by more, the search is stuck for some digits. A softmax that is sure of another class is flat (notebook 07), so
# no gradient shows the way.
# </details>
#
# These were the features. How far are the *pixels* off?

# %%
print("layer   numbers   features off   pixels off (root mean square)")
for layer, result in found.items():
    print(f"{layer:5}   {sizes[layer].size:7}   {result.errors.mean():12.1%}   {off[layer]:10.3f}")
print(f"blank paper {blank:31.3f}")
plots.bars(
    [*off.values(), blank],
    [*layers, "none"],
    "layer whose features are given (none: blank paper)",
    "pixels off (root mean square)",
    "What the features leave open: error of the reconstruction by layer",
)

# %% [markdown]
# **Notice** the jump. `l3` still has as many numbers as the image has pixels. `l4` has 25 numbers, and
# its pictures are further off than blank paper. This does not mean that `l4` knows nothing: `l4` knows
# enough to classify. But many pictures share its 25 numbers, and the search cannot tell which of these
# pictures is a digit. The search knows nothing of digits. It has only the two penalties.
#
# Your loss says what the search looks for. The helper first brings pixels to −1…1. It takes α = 6 and
# the weights below. The cell compares three pictures: grey paper, the picture found from the features
# of `l3`, and the three itself.
#
# **Guess first:** which of the three pictures has the smallest loss?


# %%
def loss_of(picture):
    """The loss of a picture as the inverse of the three's features in l3: with its penalties, and
    without."""
    maps = layer_activations(model, np.stack([picture, examples[3]]), ["l3"])["l3"]
    return [inversion_loss(*maps, 2 * picture - 1, 6, *w) for w in ((1e-5, 1e-4), (0, 0))]


three = examples[3]
pictures = {"grey": 0 * three + 0.5, "found": found["l3"].images[3], "the three": three}
losses = {name: loss_of(picture) for name, picture in pictures.items()}
explorers.guess(
    "Which picture has the smallest loss?",
    answer=min(losses, key=losses.get),
    choices=list(losses),
    picture=plots.bars(
        [total for total, _ in losses.values()],
        list(losses),
        "picture",
        "loss",
        "The loss of three pictures",
    ),
)

# %%
for name, (total, features) in losses.items():
    print(f"{name:10} loss {total:.4f}, of which features {features:.4f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Even the three itself has a loss, though its features are exactly the features that are sought. All of
# this loss comes from the penalties. Compare the picture that was found. Is its loss smaller? Then the
# picture is smoother than the three, and this outweighs its features, which are a little off. Is its
# loss larger? Then three hundred steps were not enough.
# </details>
#
# An inversion is a compromise between a layer and the penalties that we choose. So leave the penalties
# out, and repeat the search for the first four layers.
#
# **Guess first:** some layers know the image, and others do not. For how many of the four layers are
# the pixels nearer to the digits *without* penalties?

# %%
loose = errors_by_layer(model, examples, layers[:4], alpha_weight=0, variation_weight=0)
without = {layer: result.pixel_errors.mean() for layer, result in loose.items()}
rows = {"sought": examples}
for layer in ("l3", "l4"):
    rows |= {f"{layer}, with": found[layer].images, f"{layer}, without": loose[layer].images}
explorers.guess(
    "For how many of the layers l1 to l4 are the pixels nearer without penalties?",
    answer=sum(bool(without[layer] < off[layer]) for layer in without),
    choices=range(5),
    picture=plots.image_table(list(rows.values()), list(rows), title="With and without penalties"),
)

# %%
for layer, error in without.items():
    print(f"{layer}: pixels {error:.3f} off without penalties, {off[layer]:.3f} with them")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# For `l1` and `l2` the pixels are nearer without penalties. These layers know the image, so the search
# has nothing to invent. For `l3` and `l4` the pixels are nearer with penalties. There the penalties
# decide what the search makes of everything that the layer does not know. With penalties the search
# makes soft clouds, and without penalties it makes specks.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 2 · How smooth?** The cell below inverts `l3` for the three, with a weight of your
# choice for the total variation. Set `weight` to 0, 0.0001, 0.001 and 0.01, one after another, and run
# the cell each time. Then finish the sentence: *A larger weight brings the pixels nearer to the three
# until …, and the features …*
# </div>

# %%
weight = 0.0001  # change it, and run the cell again
tried = errors_by_layer(model, three[None], ["l3"], variation_weight=weight, steps=100)["l3"]
experiments.record(
    "The weight of the total variation",
    {"weight": weight},
    features_off=tried.errors[0],
    pixels_off=tried.pixel_errors[0],
)

# %% [markdown]
# ## 4 · What a network overlooks
#
# A digit that is moved by two pixels is the same digit. Is it the same for the network? You turn, scale
# and shift an image by varying degrees, as Zeiler and Fergus (2014) did. How far do its features move
# in the first layer, and how far in the last? And how does the probability of its class change?
#
# ### Exercise 5 · How far features move
#
# *Easy, 10 minutes, 3 points.*
#
# Measure how far the features of a changed picture are from the features of the picture as it is. Give
# the distance as a share of the length of the features.


# %% nbgrader={"grade_id": "feature_distance", "solution": true}
def feature_distance(features: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """How far transformations move the features of a picture, as a share of the features' length.

    features: of the picture as it is: (units,) or (h, w, channels) float
    transformed: of the picture under T transformations: (T, ...), the same shape after the T
    returns: (T,) float, the Euclidean length of transformed - features, divided by the Euclidean
      length of features
    """
    ### BEGIN SOLUTION
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(moved, axis=1) / np.linalg.norm(features)
    ### END SOLUTION


# %% nbgrader={"grade_id": "feature_distance_check", "grade": true}
checks.feature_distance(feature_distance)  # at grading, hidden checks use other features
### BEGIN HIDDEN TESTS
checks.feature_distance(feature_distance, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# NumPy subtracts the features of the picture from each of the T arrays at once: (T, h, w, channels)
# minus (h, w, channels). Then you need one length for each of the T differences.
# </details>
# <details><summary>Hint 2</summary>
#
# Make one long row of each difference, so that you have an array of two axes. What is the length of
# each row? By which length do you divide?
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# With <code>rows = difference.reshape(len(transformed), -1)</code>:
# <code>np.linalg.norm(rows, axis=1) / np.linalg.norm(features)</code>.
# </details>

# %%
some, turns = examples[[2, 6, 8]], np.arange(0, 361, 15)
for kind, degrees, label, title in (
    ("rotation", turns, "degrees, counter-clockwise", "Three digits, turned"),
    ("scaling", np.linspace(0.5, 1.6, 23), "factor", "Three digits, made smaller and larger"),
    ("translation", np.arange(-8, 9), "pixels to the right", "Three digits, shifted"),
):
    result = invariance(model, some, kind, degrees)
    curves = result.distances, result.probabilities
    shown = ["a two", "a six", "an eight"]
    display(plots.invariance_curves(degrees, *curves, shown, label, title))
    if kind == "rotation":
        eight = dict(zip(degrees.tolist(), result.probabilities[2], strict=True))
        half = max(eight[angle] for angle in (165, 180, 195))
        print(f"the eight is an eight: {eight[90]:.0%} at 90°, up to {half:.0%} near 180°")

# %% [markdown]
# **Notice** three things. The distances rise steeply from 0, where nothing is done. Most curves of the
# probability have a plateau with steep sides: the features move long before the answer changes. And the
# eight is an eight again near half a turn, as the printed line says.
#
# Compare left and right in the last row of curves. A shift to the left moves the features of `l1` about
# as far as a shift to the right, because the maps of a convolution shift along with the image. `l4` has
# weights of its own for each place. So for `l4` the two distances may differ.
#
# Three digits prove little, and a distance needs another distance to compare it with. So use your
# function on 300 images, and take the mean. Measure how far a change moves each layer. Then measure how
# far away another image of the same digit is, and an image of another digit.

# %%
many, of_many, rng = images[:300], labels[:300], np.random.default_rng(0)
alike = [np.setdiff1d(np.flatnonzero(of_many == c), i) for i, c in enumerate(of_many)]
different = [np.flatnonzero(of_many != c) for c in of_many]
changed = {
    "shifted by 2 px": transformed(many, "translation", 2),
    "turned by 90°": transformed(many, "rotation", 90),
    "made smaller, 0.7": transformed(many, "scaling", 0.7),
    "the same digit": many[[rng.choice(candidates) for candidates in alike]],
    "another digit": many[[rng.choice(candidates) for candidates in different]],
}


# %%
def moved(pictures):
    """How far the 300 images are from these pictures, on average: by layer."""
    layers, far = ["l1", "l2", "l3", "l4"], {}
    before = {"pixels": many} | layer_activations(model, many, layers)
    after = {"pixels": pictures} | layer_activations(model, pictures, layers)
    for layer in before:
        pairs = zip(before[layer], after[layer], strict=True)
        far[layer] = np.mean([feature_distance(one, other[None])[0] for one, other in pairs])
    return far


# %% [markdown]
# **Guess first:** put four of the changes in order, from the one that moves `l4` least to the one that
# moves `l4` most.

# %%
far = {name: moved(pictures) for name, pictures in changed.items()}
four = ["another digit", "shifted by 2 px", "the same digit", "turned by 90°"]
explorers.guess(
    "Which of these moves l4 least, and which moves l4 most?",
    answer=sorted(four, key=lambda name: far[name]["l4"]),
    choices=four,
    picture=plots.bars(
        [far[name]["l4"] for name in far], list(far), "change", "distance", "How far l4 moves"
    ),
)

# %%
print(f"{'':18}" + "".join(f"{layer:>8}" for layer in far["another digit"]))
for name, distances in far.items():
    print(f"{name:18}" + "".join(f"{distance:8.2f}" for distance in distances.values()))

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The numbers in the column of `l4` are smaller than those of the pixels. But the distance to another
# digit may be smaller, too. So read each number as a share of the last number in its column, the distance
# to another digit. Of the pixels, a shift by two pixels makes more than half of this distance. Of `l4`, the
# shift makes about half of this distance or less. A turn by 90° makes more than half of it, also of `l4`.
#
# So `l4` overlooks small shifts better than quarter turns. The digits of the training set lie at
# slightly different places, but none of them lies on its side.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 3 · How far may a digit move?** The cell below shifts 300 digits to the right, and gives
# each distance as a share of the distance to another digit. Set `pixels` to 1, 2, 4 and 8, one after
# another, and run the cell each time. Then finish the sentence: *`l4` overlooks a shift as long as …*
# </div>

# %%
pixels = 1  # change it, and run the cell again
shares = {
    layer: distance / far["another digit"][layer]
    for layer, distance in moved(transformed(many, "translation", pixels)).items()
}
experiments.record(
    "Shifted digits: share of the distance to another digit",
    {"pixels": pixels},
    of_the_pixels=shares["pixels"],
    of_l4=shares["l4"],
)

# %% [markdown]
# ### Picture × transformation
#
# Now look at the answers alone. What does the network say, and how sure is it?

# %%
table = predictions(model, some, 10)
heads = [fill(name, 12) for name in table.names] + [""] * 2 * len(table.names)
answers = zip(heads, table.classes.ravel(), table.probabilities.ravel(), strict=True)
titles = [f"{head}\n{names[c]}: {p:.0%}".strip() for head, c, p in answers]
shown = table.images.reshape(-1, *some.shape[1:])
title = "What the network says to three digits, turned and covered"
plots.images(shown, titles, columns=len(table.names), title=title)

# %% [markdown]
# The next cell does the same for many test images.
#
# **Guess first:** turn each image by 180°. Which digit is still recognised most often?

# %%
table, truth = predictions(model, images[:1000], 10), labels[:1000]
halfway = table.classes[:, 2]
upside_down = [(halfway[truth == c] == c).mean() for c in range(10)]
explorers.guess(
    "Which digit is recognised most often when it is turned by 180°?",
    answer=names[int(np.argmax(upside_down))],
    choices=names,
    picture=plots.bars(
        100 * np.array(upside_down), names, "digit", "right, %", "Turned by 180°, right by digit"
    ),
)

# %%
print(f"{len(truth)} test images")
for name, classes, shares in zip(table.names, table.classes.T, table.probabilities.T, strict=True):
    hits = (classes == truth).mean()
    print(f"{name:20} right: {hits:6.1%}   mean probability of its answer: {shares.mean():.0%}")
print(f"turned by 180°, sixes that are called a nine: {(halfway[truth == 6] == 9).mean():.0%}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Compare the two columns of numbers. Few digits are recognised when they are turned by 90°, and still
# the answers come with a high probability. The network has never learned to say "this is no digit", so
# it has an answer to everything. A covered corner costs little, and a covered centre costs much, as in
# notebook 06. And look at the sixes. Turned by 180°, most of them are called nines. A person would call
# them nines, too.
# </details>
#
# ### Question 1 · Invariant, and should it be?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) If an image is shifted, the maps of a convolution shift along with it. Why do the features of this
# network change at all when the digit is shifted? Name the two layers or properties that matter. Say
# for each whether it works for or against invariance.
#
# (b) Should a digit network be invariant to a turn by 180°? Use the ten digits to say why or why not.
#
# (c) How can you make a network less sensitive to shifts without changing its architecture? How do you
# measure that it worked?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the maps shift along with the digit, so position by position they differ. Flattening
#   gives each place weights of its own (against invariance).
# - 1 point: (a) pooling forgives small shifts (for invariance); or what leaves the image at a border is
#   lost, or strides sample other places (both against). With its direction.
# - 1 point: (b) no: 6 and 9 would be one class. For 0, 8 (and 1) it would do no harm.
# - 1 point: (c) train on shifted images, and compare the curves of probability (or the accuracy on
#   shifted test images) before and after.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "invariance_question", "grade": true, "solution": true, "points": 4}
# (a) The maps shift along with the digit, so as arrays they differ. Pooling forgives part of the shift:
# a maximum that moves within its cell stays. Flattening is the opposite. Each place of the map has
# weights of its own, so the dense layer has to learn every place anew.
#
# (b) No. A turned six is a nine. A network that cannot tell them apart is wrong on both. For 0 and 8 it
# would do no harm.
#
# (c) Train on images that are shifted at random. Compare the curves of the class's probability over the
# shift before and after.

# %% [markdown]
# ## 5 · A network for photographs
#
# The methods of this notebook work for other networks, too. Here is a network that was trained on
# ImageNet, more than a million photographs of 1000 classes: EfficientNet-Lite0, a variant of the
# network of Tan and Le (2019). It has sixteen blocks of convolutions, and it has no max pooling. Where
# maps get smaller, a convolution takes steps of two pixels. Its ReLUs stop at 6, so the strongest
# activations behind a ReLU would all be equal. So read a block before its first ReLU, after the
# normalisation (`…_expand_norm`).
#
# Set `network` to `"vgg19"`, `"vgg16"`, `"alexnet"` or `"squeezenet"` for another network. Its weights
# are taken from this computer, or downloaded. The texts below are about EfficientNet-Lite0.

# %%
network = "efficientnet_lite0"
deep = {
    "efficientnet_lite0": ["block3_expand_norm", "block9_expand_norm", "block16_project_norm"],
    "squeezenet": ["fire3_concat", "fire5_concat", "fire9_concat"],
    "alexnet": ["conv2", "conv3", "conv5"],
    "vgg16": ["block2_conv2", "block3_conv3", "block5_conv3"],
    "vgg19": ["block2_conv2", "block3_conv4", "block5_conv4"],
}
big = models.zoo(network)
photos = datasets.load("photos", size=512)
quarters = photos.test.images.reshape(-1, 2, 256, 2, 256, 3).swapaxes(2, 3)
pictures = [photos.test.images, quarters.reshape(-1, 256, 256, 3)]
pictures = [(255 * each).round().astype(np.uint8) for each in pictures]

# %% [markdown]
# Eight photographs come with the libraries that you have installed. `datasets.load("photos",
# place="a/folder")` takes your own photographs. The filters need more pictures to choose from, so the
# cell adds the four quarters of each photograph. The network expects other numbers than 0 to 1:
# `preprocess` makes these numbers, and `preprocess.picture` makes pictures of them again.

# %%
inputs = np.concatenate([big.preprocess(each) for each in pictures])
whole = inputs[: len(photos.test.images)]
said = models.top(big, whole, k=1)
titles = [f"{answer}\n{p:.0%}" for [(answer, p)] in said]
plots.images(big.preprocess.picture(whole), titles, 4, "Eight photographs, and the answers")

# %% [markdown]
# **Notice** that some answers cannot be right: ImageNet has no class for astronauts.
#
# The next cell finds the three filters of a layer that these 40 pictures excite most. For each of these
# filters it takes the five pictures that excite the filter most.


# %%
def favourites(net, layer, rule, count=3, k=5):
    """Patches and projections of a layer's strongest filters, their names, and a title."""
    inputs = np.concatenate([net.preprocess(each) for each in pictures])
    best, field = strongest(net.model, inputs, layer, k=k), receptive_field(net.model, layer)
    size = min(field.size[0], 75)  # of a larger field the middle
    start = [at + (field.size[0] - size) // 2 for at in field.start]
    middle = Field((size, size), field.stride, start)
    order = -1 if RANGES[net.preprocess.range].bgr else 1  # red, green, blue for our eyes
    filters, seen, sent = np.argsort(-best.values[:, 0])[:count], [], []
    for filter in filters.tolist():
        chosen, places = inputs[best.images[filter]], best.positions[filter]
        down = project(net.model, chosen, layer, filter, rule=rule)[..., ::order]
        seen.append(patches(net.preprocess.picture(chosen), middle, places, fill=0.5))
        sent.append(patches(down, middle, places))
    title = f"{layer}, {rule}: a unit sees {field.size[0]}×{field.size[1]} pixels"
    title += f", the middle {size}×{size} are shown" if size < field.size[0] else ""
    return np.stack(seen), np.stack(sent), [f"filter {f}" for f in filters], title


# %%
def tell(layer, rule, sent):
    """Print how alike the projections of a filter are."""
    print(f"{layer}, {rule}: correlation of a filter's projections {likeness(sent):.2f}")


# %% [markdown]
# Begin with `block3`, and send the activations down by the rule of the deconvnet. Remember which three
# things of an image a deconvnet uses.
#
# **Guess first:** the five photographs differ. How alike are the five projections of one filter?

# %%
drawn = favourites(big, deep[network][0], "deconvnet")
explorers.guess(
    "What is the correlation of the projections of one filter, from 0 to 1?",
    answer=likeness(drawn[1]),
    picture=plots.projections(*drawn),
)

# %%
tell(deep[network][0], "deconvnet", drawn[1])

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The patches of a filter have a direction in common, such as lines that rise or fall. But the
# projections of a filter are the same picture five times: their correlation is 1. There is no pooling,
# so there are no switches. Only two things of the photograph are left to a deconvnet here: the place and
# the strength of the activation.
# </details>
#
# The other rule of notebook 07 helps. Guided backprop stops the signal at each ReLU that was closed on
# the way up. So its result depends on the image. Springenberg et al. (2014) introduced it for
# networks without pooling.

# %%
for layer in deep[network][:2]:
    drawn = favourites(big, layer, "guided")
    tell(layer, "guided", drawn[1])
    display(plots.projections(*drawn))

# %% [markdown]
# **Notice** that the five projections of a filter differ now. Where a projection is grey, little signal
# arrives, although the unit sees these pixels. Grey in a patch lies outside the photograph.
#
# In `block9` the patches show textures and parts of things, such as petals. Many patches lie at the
# border of a photograph: for a filter, a border is a pattern, too. The projections are harder to read
# than those of the digits. Where a convolution takes steps of two pixels, some pixels get more signal
# than their neighbours, which makes a grid.
#
# What does the deconvnet show in a network *with* pooling? If the weights of such a network are on your
# computer, the next cell draws three of its layers.

# %%
with_pools = [name for name in ("vgg19", "vgg16", "alexnet", "squeezenet") if models.is_here(name)]
if with_pools:
    print(f"Network with pools: {with_pools[0]}")
    pooled = models.zoo(with_pools[0])
    for layer in deep[with_pools[0]]:
        drawn = favourites(pooled, layer, "deconvnet")
        tell(layer, "deconvnet", drawn[1])
        display(plots.projections(*drawn))
else:
    print("Network with pools: none on this computer")

# %% [markdown]
# **Notice**, if there are pictures, that the projections of a filter differ from image to image. Here
# the deconvnet has switches again. You can see lines and arcs of the patches in many of the projections.
#
# What do the layers of `network` still know of a picture? The penalties are sums, so a larger picture
# needs smaller weights. To save time, the search takes fifty steps. (With `"vgg19"` fifty steps take
# minutes.)

# %%
cat = whole[[photos.class_names.index("cat")]]
found = errors_by_layer(
    big.model,
    cat,
    deep[network],
    alpha_weight=1e-8,
    variation_weight=1e-4,
    steps=50,
    input_range=big.preprocess.bounds,
)
for layer, result in found.items():
    told = f"features {result.errors[0]:.0%} off, pixels {result.pixel_errors[0]:.3f} off"
    print(f"{layer:20} {told} (root mean square)")
shown = np.concatenate([cat, *(result.images for result in found.values())])
title = "A cat, and what three layers know of it"
plots.images(big.preprocess.picture(shown), ["the cat", *found], 4, title)

# %% [markdown]
# **Notice** what is lost first. `block3` gives the cat back, a little paler. `block9` gives back its
# eyes and its nose, and the colours are lost. In `block16`, the last block, you can hardly see a trace
# of the cat. Yet its features are met about as well as those of `block9`. From layer to layer the
# pixels are further off.
#
# And what does this network overlook?

# %%
trio = whole[[photos.class_names.index(n) for n in ("camera", "coffee", "flower")]]
table = predictions(big.model, trio, trio.shape[1] // 3)
heads = [fill(n, 12) for n in table.names] + [""] * 2 * len(table.names)
said = [big.class_names[c] for c in table.classes.ravel()]
answers = zip(heads, said, table.probabilities.ravel(), strict=True)
titles = [f"{head}\n{answer}\n{p:.0%}".strip() for head, answer, p in answers]
for name, answers in zip(table.names, np.reshape(said, (3, -1)).T, strict=True):
    print(f"{name + ':':21}", ", ".join(answers))
shown = big.preprocess.picture(table.images.reshape(-1, *trio.shape[1:]))
title = "What the network says to three photographs, turned and covered"
plots.images(shown, titles, columns=len(table.names), title=title)

# %%
turns = np.arange(0, 361, 30)
result = invariance(big.model, trio, "rotation", turns)
coffee = result.probabilities[1]
print(f"espresso: {coffee[0]:.0%} as it is, {coffee.min():.0%} at {turns[coffee.argmin()]}°")
label, title = "degrees, counter-clockwise", "Three photographs, turned"
curves = result.distances, result.probabilities
plots.invariance_curves(turns, *curves, ["camera", "coffee", "flower"], label, title)

# %% [markdown]
# **Notice** how different the three photographs are:
#
# - The coffee stays an espresso in all eight pictures. But its probability falls at some of the angles
#   between them: the printed line has the lowest.
# - The man with the camera is a tripod until he is turned. Then the network says something else.
# - The flower is a daisy until its centre is covered, though all of its rim can be seen.
#
# So what a network overlooks differs from picture to picture. Measure it on pictures of your own.
#
# ## 6 · Explore
#
# Choose a layer, a filter, and one of the nine images that excite the filter most.

# %%
explorers.deconvnet(model, images[:2000])

# %% [markdown]
# Things to try:
#
# - Look at `l1`. All nine projections of a filter are the same up to their strength. Why must they be
#   the same, and what do they show?
# - Look for a filter of `l3` whose nine images are all of one digit.
# - Look for a filter whose projections say more than its patches.

# %% [markdown] variants={"NUMBER": [4, 3, 5, 13, 14, 15, 16, 17, 18, 19, 20, 27, 28, 30, 31, 33, 37, 38, 39, 42, 44, 45, 46, 50, 52, 53, 54, 59, 60, 61]}
# ## 7 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`. Your digit is the last figure of your
# number.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
digit = {{NUMBER}} % 10
mine = own.images[own.labels == digit][:1]
plots.images(mine, title=f"Your first image of your digit, {digit}")

# %% [markdown]
# ### Exercise 6 · Where the strongest unit looks
#
# *Easy, 10 minutes, 3 points.*
#
# Take your first image of your digit. Find the largest activation of `l2` in this image, over all filters
# and places. Set all other activations of `l2` to 0, and send this one down to the pixels, as in
# Section 1. The result is a projection with positive and negative values. Which value is the largest, and at
# which pixel does it stand? Use the functions that you wrote, in a cell of your own. Then let
# `own_projection` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_projection", "solution": true}
def own_projection() -> tuple[int, int, int, float]:
    """Return what you found in l2 of your network, for your first image of your digit.

    returns: the number of the filter; the row and the column of the pixel where the projection has its
        largest value, all counted from 0; this value, to two decimals
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    mine = own.images[own.labels == {{NUMBER}} % 10][:1]
    maps = layer_activations(own_model, mine, ["l1", "l2"])
    kernels = {name: own_model.get_layer(name).kernel.numpy() for name in maps}
    alone = np.where(maps["l2"] == maps["l2"].max(), maps["l2"], 0)
    down = deconvolve(alone, kernels["l2"])[:, 2:-2, 2:-2]
    down = unpool(down, pool_with_switches(maps["l1"])[1])
    down = deconvolve(down, kernels["l1"])[0, 2:-2, 2:-2, 0]
    row, column = np.unravel_index(down.argmax(), down.shape)
    winner = maps["l2"].max(axis=(0, 1, 2)).argmax()
    return int(winner), int(row), int(column), round(float(down.max()), 2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_projection_check", "grade": true}
checks.own_projection(own_projection, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_projection(own_projection, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The cells after Exercise 3 do the same for each filter of another network: they find switches and
# starts, and send the starts down. Give them your network and your image.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>maps.max(axis=(0, 1, 2))</code> is the largest activation of each filter. Look for the largest
# value of the projection, with its sign. <code>np.unravel_index</code> makes row and column of a flat
# position.
# </details>

# %% [markdown]
# ### Question 2 · Believe the projection?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Why are the biases left out on the way down?
#
# (b) A colleague replaces the weights of `l3` by random numbers. The projections of `l2` do not change.
# Is that a bug?
#
# (c) In Exercise 6 you found a filter of `l2`, and the pixel where its projection is largest. Name both.
# Name two things in this projection that come from your image and not from the filters. What follows
# for the sentence "this is the pattern that the filter detects"?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) a bias is the same for all inputs. No pixel caused the bias, so it can paint no pixel.
# - 1 point: (b) no bug: a projection from l2 uses only what lies between l2 and the pixels.
# - 2 points: (c) the switches, and the unit at which the projection starts (its place, its strength).
#   So the projection shows what in this image the filter answered to. Other images may excite the
#   filter by something else. Half for one of the two things, without the conclusion, or without filter
#   and pixel of Exercise 6. A wrong finding costs points in Exercise 6 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "projection_question", "grade": true, "solution": true, "points": 4}
# (a) The bias is the same for every image. No pixel caused it, so there is no place to paint it.
#
# (b) No. Between l2 and the pixels lie l2, the pool and l1. The layer l3 comes later and has no part in
# the projection.
#
# (c) With the number 4 it is filter 5, and the pixel is at row 17 and column 16. The switches say where each
# maximum lay in this image. The start is the unit that answered most strongly in this image. So the
# projection shows the pattern in this image to which the filter answered. Another image may excite the
# filter by something else.

# %% [markdown]
# ## What to take along
#
# - A deconvnet sends one activation down to the pixels, with switches, rectification and transposed
#   filters. It shows what in this image the filter answered to. It does not show everything to which
#   the filter could answer. Without pooling it shows nothing of the image.
# - Inversion shows what a layer still knows. Your penalties decide the rest.
# - Features move when the image moves, and the last features move less than the pixels. Compare a
#   distance with the distance to another image before you call a network invariant.
# - A network may be sure of an answer to a kind of picture that it has never seen. A high probability
#   does not tell you which pictures these are.
#
# **Next:** one network with four heads, and maps that can be measured against the truth.
#
# ## To read on
#
# - M. D. Zeiler, R. Fergus: *Visualizing and Understanding Convolutional Networks*, ECCV 2014,
#   [arXiv:1311.2901](https://arxiv.org/abs/1311.2901): the deconvnet, the false patterns of the second
#   layer (section 4.1), and features under transformations.
# - J. T. Springenberg et al.: *Striving for Simplicity: The All Convolutional Net*, 2014,
#   [arXiv:1412.6806](https://arxiv.org/abs/1412.6806): projections without pools.
# - A. Mahendran, A. Vedaldi: *Understanding Deep Image Representations by Inverting Them*, CVPR 2015,
#   [arXiv:1412.0035](https://arxiv.org/abs/1412.0035).
# - M. Tan, Q. V. Le: *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*,
#   ICML 2019, [arXiv:1905.11946](https://arxiv.org/abs/1905.11946).
