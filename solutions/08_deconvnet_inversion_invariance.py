# %% [markdown]
# # 08 · Back to the pixels
#
# **You will** send one activation back down to the pixels that caused it (a deconvnet), find out how
# much of an image a layer still knows (inversion), and measure which changes of an image a network
# overlooks (invariance), first on digits, then on photographs.
#
# **Time:** about 150 minutes. **You need:** notebooks 03, 04, 06 and 07.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, explorers, models, plots
from helpers.methods.activations import layer_activations
from helpers.methods.deconvnet import Field, patches, project, receptive_field, strongest
from helpers.methods.invariance import invariance, predictions, transformed
from helpers.methods.inversion import errors_by_layer
from helpers.models.preprocessing import RANGES

from textwrap import fill

import numpy as np
from IPython.display import display

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
# ## 1 · Down again: a deconvnet
#
# An activation in a deep layer is one number. Which pixels made it? Zeiler and Fergus (2014)
# answered by running the network backwards: keep one activation, set all others to zero, and undo
# layer by layer what was done on the way up. Undo a max pooling by putting each maximum back where
# it came from; undo a convolution by its *transposed* filters; rectify on the way, as on the way
# up. What arrives at the pixels is the pattern that this activation answered to.
#
# A max pooling forgets where its maximum was. So on the way up we write it down: the *switches*.
#
# ### Exercise 1 · Pool, and remember where
#
# *Medium, 15 minutes, 4 points.*


# %% nbgrader={"grade_id": "pool_with_switches", "solution": true}
def pool_with_switches(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Max-pool cells of 2×2 pixels, and say which pixel of each cell was the largest.

    maps: (N, H, W, C) float of either sign; H and W are even
    returns: the maxima (N, H/2, W/2, C) float, and the switches (N, H/2, W/2, C) int: 0 if it was
      the top left pixel of the cell, 1 top right, 2 bottom left, 3 bottom right
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
# <code>maps[:, 0::2, 1::2]</code> holds the top right pixel of every cell: an array of the size of
# the result. There are four such arrays.
# </details>
# <details><summary>Hint 2</summary>
#
# Stack the four in the order 0, 1, 2, 3. The maxima are the <code>max</code> over the stack, the
# switches its <code>argmax</code>.
# </details>
#
# ### Exercise 2 · Unpool
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "unpool", "solution": true}
def unpool(pooled: np.ndarray, switches: np.ndarray) -> np.ndarray:
    """Put each value back where its switch says, and 0 everywhere else.

    pooled: (N, h, w, C) float of either sign
    switches: (N, h, w, C) int, 0 to 3, as in exercise 1
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
# Begin with zeros of twice the height and width. <code>result[:, 1::2, 0::2]</code> are the bottom
# left pixels of all cells, which switch 2 names.
# </details>
# <details><summary>Hint 2</summary>
#
# Assign four times, for k = 0, 1, 2, 3: there <code>np.where(switches == k, pooled, 0)</code>.
# </details>

# %%
pooled, switches = pool_with_switches(examples)
ways = {
    "as it was": examples,
    "with switches": unpool(pooled, switches),
    "switches of another image": unpool(pooled, np.roll(switches, 1, axis=0)),
    "copied to all four": pooled.repeat(2, axis=1).repeat(2, axis=2),
}
plots.image_table(
    [way[:6] for way in ways.values()], list(ways), title="Pooled to 14×14 pixels, and unpooled"
)

# %% [markdown]
# **Notice** that at least three of four pixels are blank now, but what is left lies exactly where it
# lay. With the switches of another image each value may land elsewhere in its cell, and the strokes
# lose their course. Where the other image is blank, all its switches say 0, which makes the regular
# dots. A copy to all four pixels fills the cells, and is twice as coarse.
#
# Keep in mind that the switches belong to *one* image.
#
# ### Exercise 3 · One convolution down
#
# *Hard, 20 minutes, 5 points.*
#
# A convolution without padding makes each output from a window of its input. Backwards, each
# output value paints a copy of the filter, as bright as the value, where that window was; copies
# that overlap add up. Before that it is rectified. A bias is left out: it came from no pixel.


# %% nbgrader={"grade_id": "deconvolve", "solution": true}
def deconvolve(maps: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Rectify maps, and send them down through the transposed filters of a convolution.

    maps: (N, h, w, F) float of either sign, one map a filter
    kernel: (a, b, C, F), the filters of the convolution, which had "valid" padding and stride 1
    returns: (N, h + a - 1, w + b - 1, C): each positive value of map f has painted
      value * kernel[..., f], with the upper left corner at the value's own row and column; what
      overlaps is added up
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
# Two loops over the rows and columns of the *kernel* are enough: entry (i, j) of all filters moves
# all maps down by i and right by j.
# </details>
# <details><summary>Hint 2</summary>
#
# For one (i, j): <code>np.maximum(maps, 0) @ kernel[i, j].T</code> has shape (N, h, w, C). Add it
# to <code>result[:, i : i + h, j : j + w]</code>.
# </details>
#
# Your three functions are a deconvnet. Take the strongest activation of each filter in the second
# convolution of our network, `l2`, for one image, and send it down: filters of `l2`, unpool,
# filters of `l1`. (Its convolutions have "same" padding: what falls on the padding, two pixels on
# each side, is cut off.)


# %%
def by_hand(image, filter, other=None):
    """The strongest activation of a filter of l2, down to the pixels: (1, 28, 28, 1); with the
    switches of another image, if one is given."""
    maps = layer_activations(model, image[None], ["l1", "l2"])
    alone = np.zeros_like(maps["l2"])
    top = np.unravel_index(maps["l2"][..., filter].argmax(), maps["l2"].shape[:3])
    alone[(*top, filter)] = maps["l2"][(*top, filter)]
    below = maps if other is None else layer_activations(model, other[None], ["l1"])
    _, switches = pool_with_switches(below["l1"])
    down = deconvolve(alone, model.get_layer("l2").kernel.numpy())[:, 2:-2, 2:-2]
    down = unpool(down, switches)
    return deconvolve(down, model.get_layer("l1").kernel.numpy())[:, 2:-2, 2:-2]


# %%
five = examples[5]
mine = np.concatenate([by_hand(five, filter) for filter in range(9)])
helper = np.concatenate([project(model, five[None], "l2", filter) for filter in range(9)])
print(f"largest difference from the helper: {np.abs(mine - helper).max():.0e}")
plots.overlays(
    np.repeat(five[None], 9, axis=0),
    mine[..., 0],
    [f"filter {f}" for f in range(9)],
    columns=9,
    title="The strongest activation of each filter of l2, sent down to the pixels",
)

# %% [markdown]
# **Notice** where the colours lie: each filter answers most strongly at its own place of the five,
# such as a bend, an end or the side of a stroke. Red is where ink speaks for the filter, blue where
# it speaks against it.
#
# What in such a picture belongs to this image, and what to the filters? From the image come the
# place where we start, how strong it is, and the switches; the rectification on the way depends on
# these in turn. The weights are the same for all. Let us change one of the three: the same start in
# the five, but the switches of another digit.

# %%
others = [0, 2, 3, 7, 9]
swapped = [[by_hand(five, f, examples[c])[0, ..., 0] for c in others] for f in range(9)]
alike = np.array(
    [
        [np.corrcoef(own.ravel(), other.ravel())[0, 1] for other in row]
        for own, row in zip(mine, swapped, strict=True)
    ]
)
print(f"correlation with the projection by its own switches: {alike.mean():.2f} on average")
f = alike.mean(axis=1).argmin()
plots.overlays(
    np.repeat(five[None], 6, axis=0),
    [mine[f, ..., 0], *swapped[f]],
    ["its own switches", *(f"of the {names[c]}" for c in others)],
    columns=6,
    title=f"Filter {f} of l2, which changes most, with the switches of other images",
)

# %% [markdown]
# **Notice** that the place and the rough arrangement of red and blue stay: these come from the start
# and from the weights. The fine structure follows the switches. The closer the correlation is to 1,
# the less a picture owes to them. Between `l2` and the pixels lies one pool. Deeper layers have more
# pools below them, and so more switches.
#
# ## 2 · What a filter likes best
#
# One image proves little. For each filter Zeiler and Fergus looked for the nine images that excite
# it most, cut out the patch that the strongest unit sees, its *receptive field*, and put the
# projection beside it. We do the same with the test images.


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
    """The mean correlation of the pictures (F, k, h, w, C) of each filter with each other."""
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
# **Notice** that the nine patches of a filter are more alike than patches of different filters. The
# projections are a help to see what they have in common: there the colours are strong in all nine.
# But a projection is no picture of what the filter has learned. It is made of one of *these* nine
# images.
#
# Look at `l3`: are there filters whose nine images are all of one digit? Count it.

# %%
for layer in ("l1", "l2", "l3"):
    digits = labels[strongest(model, images, layer).images]  # (filters, 9)
    counts = [len(set(nine)) for nine in digits.tolist()]
    print(
        f"{layer}: {np.mean(counts):.1f} different digits among the nine, on average;",
        f"filters with a single one: {np.flatnonzero(np.array(counts) == 1).tolist()}",
    )
print(f"nine images drawn at random have {10 * (1 - 0.9**9):.1f}")

# %% [markdown]
# **Notice** that the numbers of `l2` and `l3` are well below that of `l1`: further up, the images
# that excite a filter most are of fewer classes. A filter whose nine images are all of one digit is
# no detector of that digit yet. The filter may answer to the other images of the digit weakly or
# not at all.
#
# ### Question 1 · Believe the projection?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Why are the biases left out on the way down? (b) A colleague replaces the weights of `l3` by
# random ones, and the projections of `l2` do not change. Is that a bug? (c) Name two things in a
# projection that come from the image, not from the filters, and say what follows for the sentence
# "this is the pattern that the filter detects".
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) a bias is the same for all inputs; no pixel caused it, so none can be painted by it.
# - 1 point: (b) no bug: a projection from l2 uses only what lies between l2 and the pixels.
# - 2 points: (c) the switches, and the unit we start from (its place, its strength); so the
#   projection shows what in this image the filter answered to, and other images may excite it by
#   something else. Half for one of the two things, or without the conclusion.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "projection_question", "grade": true, "solution": true, "points": 4}
# (a) The bias is there whatever the image is. It came from no pixel, so there is no place to paint
# it.
#
# (b) No. Between l2 and the pixels lie l2, the pool and l1; l3 comes later and has no part in it.
#
# (c) The switches say where each maximum lay in this image, and which unit we start from is where
# the filter answered most strongly in this image. So it is the pattern in this image that the
# filter answered to; another image may excite it by something else.

# %% [markdown]
# ## 3 · What does a layer still know?
#
# The other way to the pixels: look for *any* image whose features at a layer are those of a given
# image. Mahendran and Vedaldi (2015) start from noise and follow the gradient of
#
# $$\frac{\lVert \Phi(x) - \Phi_0 \rVert^2}{\lVert \Phi_0 \rVert^2} \;+\; \lambda_\alpha
# \lVert x \rVert_\alpha^\alpha \;+\; \lambda_V \, V(x)$$
#
# The first term asks for the same features, the second keeps pixels from running away, the third,
# the total variation (the paper's, with its β = 2), asks for neighbours that agree. What the layer
# has thrown away, the search is free to invent.
#
# ### Exercise 4 · The loss of the search
#
# *Medium, 15 minutes, 5 points.*


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

    features, target: of the image and of the picture sought, of the same shape, any
    image: (H, W, C) float of either sign
    alpha: the exponent of the norm
    returns: the sum of squared differences of the features, divided by the sum of squares of the
      target; plus alpha_weight times the sum of |pixel| to the power alpha; plus variation_weight
      times the sum of squared differences between each pixel and the one below it, and between
      each pixel and the one to its right, channel by channel
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
# Three sums. <code>np.diff(image, axis=0)</code> are the differences from row to row, one row
# fewer than the image has.
# </details>
# <details><summary>Hint 2</summary>
#
# The absolute value comes before the power: <code>np.abs(image) ** alpha</code>. The error is
# divided by <code>np.sum(target**2)</code>, the penalties by nothing.
# </details>

# %%
layers = ["l1", "l2", "l3", "l4", "l5"]
found = errors_by_layer(model, examples, layers)
plots.inversions(
    examples,
    {layer: result.images for layer, result in found.items()},
    {layer: result.errors for layer, result in found.items()},
    title="Found from noise, with the features of the top row",
)

# %% [markdown]
# **Notice** where the digits get lost. Beside each row stands by how much the *features* are still
# off, the root of the loss's first term. The convolutions `l1` to `l3` give the digit back, with
# some specks in `l3`. At `l4` no digit can be read, though its features are met about as well as
# those of `l3`, or better.
#
# `l5` gives probabilities. If it is off by a few percent, then the search has found pictures for
# which the network gives the same answer as for the digits above, and you see nothing in them. If
# it is off by more, the search is stuck for some digits: a softmax that is sure of another class is
# flat (notebook 07), and no gradient shows the way.
#
# So much for the features. How far are the *pixels* off?

# %%
sizes = layer_activations(model, examples[:1], layers)
print("layer   numbers   features off   pixels off (root mean square)")
for layer, result in found.items():
    features, pixels = result.errors.mean(), result.pixel_errors.mean()
    print(f"{layer:5}   {sizes[layer].size:7}   {features:12.1%}   {pixels:10.3f}")
blank = np.sqrt((examples**2).mean(axis=(1, 2, 3))).mean()
print(f"blank paper {blank:31.3f}")
plots.bars(
    [*(result.pixel_errors.mean() for result in found.values()), blank],
    [*layers, "none"],
    "layer whose features are given (none: blank paper)",
    "pixels off (root mean square)",
    "What the features leave open: error of the reconstruction by layer",
)

# %% [markdown]
# **Notice** the jump. `l3` still has as many numbers as the image has pixels; `l4` has 25, and what
# comes back is further off than blank paper. That does not mean that `l4` knows nothing. `l4` knows
# enough to classify, but many pictures share its 25 numbers. The search cannot tell which of these
# pictures is a digit: the two penalties are all that it knows of pictures.
#
# Your loss says what the search was after. The helper brings pixels to −1…1 first, and takes α = 6
# and the weights below.


# %%
def loss_of(picture):
    """Your loss of a picture as the inverse of the three's features in l3: with all its terms, and
    without penalties."""
    maps = layer_activations(model, np.stack([picture, examples[3]]), ["l3"])["l3"]
    return [inversion_loss(*maps, 2 * picture - 1, 6, *w) for w in ((1e-5, 1e-4), (0, 0))]


three = examples[3]
pictures = {"grey": 0 * three + 0.5, "found": found["l3"].images[3], "the three": three}
for name, picture in pictures.items():
    print("{:10} loss {:.4f}, of which features {:.4f}".format(name, *loss_of(picture)))

# %% [markdown]
# **Notice** that even the three itself has a loss, though its features are exactly those sought:
# the penalties make up this loss. Compare it with the loss of the picture that was found. If the
# picture found has the smaller loss, this picture is calmer, which makes up for features that are a
# little off. If the picture found has the larger loss, three hundred steps were not enough. An
# inversion is a compromise between a layer and the penalties that we chose. So leave the penalties
# out:

# %%
loose = errors_by_layer(model, examples, layers[:4], alpha_weight=0, variation_weight=0)
for layer, result in loose.items():
    off, before = result.pixel_errors.mean(), found[layer].pixel_errors.mean()
    print(f"{layer}: pixels {off:.3f} off without penalties, {before:.3f} with them")
rows = {"sought": examples}
for layer in ("l3", "l4"):
    rows |= {f"{layer}, with": found[layer].images, f"{layer}, without": loose[layer].images}
plots.image_table(list(rows.values()), list(rows), title="With and without penalties")

# %% [markdown]
# **Notice** that for `l1` and `l2` the pixels are nearer without penalties: these layers know the
# image, and nothing need be made up. For `l3` and `l4` the pixels are nearer with penalties. There
# the penalties decide what becomes of all that the layer does not know: soft clouds with them,
# specks without.
#
# ## 4 · What a network overlooks
#
# A digit that is moved by two pixels is the same digit. Is it the same for the network? We turn,
# scale and shift an image by varying degrees, as Zeiler and Fergus (2014) did. How far do its
# features move, in the first and in the last layer, and what becomes of the probability of its
# class?
#
# ### Exercise 5 · How far features move
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "feature_distance", "solution": true}
def feature_distance(features: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """How far transformations move the features of a picture, relative to the features' length.

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
# The difference broadcasts: (T, h, w, channels) minus (h, w, channels). Then one sum of squares
# for each of the T.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>reshape(len(transformed), -1)</code> makes a row of each; <code>np.linalg.norm(rows,
# axis=1)</code> is the length of each row.
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
# **Notice** three things. The distances rise steeply from 0, where nothing is done. Most curves of
# the probability have a plateau with steep flanks: the features move long before the answer does.
# And the eight is an eight again near half a turn, as the printed line says.
#
# Compare left and right in the last row. For `l1` a shift to the left is about as far as one to the
# right, since a convolution moves along with its input. For `l4`, which has weights of its own for
# each place, the two distances may differ.
#
# Three digits prove little, and a distance needs another one to be compared with. So, by your
# function: the mean over 300 images, and for comparison the distance to other images.

# %%
many, of_many = images[:300], labels[:300]
layers, rng = ["l1", "l2", "l3", "l4"], np.random.default_rng(0)
alike = [np.setdiff1d(np.flatnonzero(of_many == c), i) for i, c in enumerate(of_many)]
different = [np.flatnonzero(of_many != c) for c in of_many]
changed = {
    "shifted by 2 px": transformed(many, "translation", 2),
    "turned by 90°": transformed(many, "rotation", 90),
    "made smaller, 0.7": transformed(many, "scaling", 0.7),
    "the same digit": many[[rng.choice(candidates) for candidates in alike]],
    "another digit": many[[rng.choice(candidates) for candidates in different]],
}
before = {"pixels": many} | layer_activations(model, many, layers)
print(f"{'':18}" + "".join(f"{name:>8}" for name in before))
for name, pictures in changed.items():
    after = {"pixels": pictures} | layer_activations(model, pictures, layers)
    pairs = [zip(before[layer], after[layer], strict=True) for layer in before]
    far = [np.mean([feature_distance(one, other[None]) for one, other in pair]) for pair in pairs]
    print(f"{name:18}" + "".join(f"{distance:8.2f}" for distance in far))

# %% [markdown]
# **Notice** the column of `l4`: its numbers are smaller than those of the pixels, but its distance
# to another digit may be, too. Read each number as a share of the one at the bottom of its column.
# A shift by two pixels takes the pixels most of the way to another digit, `l4` about half of it or
# less. A turn by 90° takes `l4`, too, most of the way.
#
# So `l4` overlooks small shifts much better than quarter turns. The digits of the training set lie
# at slightly different places, but none lies on its side.
#
# ### Picture × transformation
#
# Now by the answers alone: what does the network say, and how surely?

# %%
table = predictions(model, some, 10)
heads = [fill(name, 12) for name in table.names] + [""] * 2 * len(table.names)
answers = zip(heads, table.classes.ravel(), table.probabilities.ravel(), strict=True)
titles = [f"{head}\n{names[c]}: {p:.0%}".strip() for head, c, p in answers]
shown = table.images.reshape(-1, *some.shape[1:])
title = "What the network says to three digits, turned and covered"
display(plots.images(shown, titles, columns=len(table.names), title=title))

table, truth = predictions(model, images[:1000], 10), labels[:1000]
print(f"{len(truth)} test images")
for name, classes, shares in zip(table.names, table.classes.T, table.probabilities.T, strict=True):
    hits = (classes == truth).mean()
    print(f"{name:20} right: {hits:6.1%}   mean probability of its answer: {shares.mean():.0%}")
print("turned by 180°, right by digit:")
halfway = table.classes[:, 2]
shares = [f"{n}: {(halfway[truth == c] == c).mean():.0%}" for c, n in enumerate(names)]
print(", ".join(shares))
print(f"sixes that are called a nine: {(halfway[truth == 6] == 9).mean():.0%}")

# %% [markdown]
# **Notice** the two columns of numbers. Turned by 90°, few digits are recognised, and still the
# answers come with a high probability. The network has never learned to say "this is no digit", so
# it has an answer to everything. Covered corners cost little, the centre costs much, as in notebook
# 06. And look at the sixes: turned by 180°, most of them are called nines, as a reader would call
# them.
#
# ### Question 2 · Invariant, and should it be?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Convolutions commute with shifts, so why do the features of this network change at all when
# the digit is shifted? Name the two layers or properties that matter, and in which direction each
# of them works. (b) Should a digit network be invariant to a turn by 180°? Use the ten digits to
# say why or why not. (c) How would you make a network less sensitive to shifts without changing
# its architecture, and how would you measure that it worked?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the maps shift along with the digit, so position by position they differ, and
#   flattening gives each place weights of its own (against invariance).
# - 1 point: (a) pooling forgives small shifts (in favour); or that what leaves the image at a border
#   is lost, or that strides sample other places (both against). With its direction.
# - 1 point: (b) no: 6 and 9 would be one class; for 0, 8 (and 1) it would do no harm.
# - 1 point: (c) train on shifted images, and compare the curves of probability (or the accuracy on
#   shifted test images) before and after.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "invariance_question", "grade": true, "solution": true, "points": 4}
# (a) The maps shift along with the digit, so as arrays they differ. Pooling forgives part of it: a
# maximum that moves within its cell stays. Flattening is the opposite: each place of the map has
# weights of its own, so the dense layer has to learn every place anew.
#
# (b) No. A turned six is a nine; a network that cannot tell them apart is wrong on both. For 0 and 8
# it would do no harm.
#
# (c) Train on images that are shifted at random, and compare the curves of the class's probability
# over the shift before and after.

# %% [markdown]
# ## 5 · A network for photographs
#
# Nothing above depends on our network. Here is one that was trained on ImageNet, more than a million
# photographs of 1000 classes: EfficientNet-Lite0, a variant of the network of Tan and Le (2019). It
# has sixteen blocks of convolutions, and it has no max pool: where maps get smaller, a convolution
# takes steps of two pixels. Its ReLUs stop at 6. So that the strongest activations differ, we read
# a block's activations before its first ReLU, after the normalisation (`…_expand_norm`).
#
# Set `network` to `"vgg19"`, `"vgg16"`, `"alexnet"` or `"squeezenet"` for another one. Its weights
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
# Eight photographs come with the libraries that you have installed; `datasets.load("photos",
# place="a/folder")` takes your own. The filters need some choice, so we add the four quarters of
# each. The network wants other numbers than 0 to 1: `preprocess` sees to that, and
# `preprocess.picture` undoes it for our eyes.

# %%
inputs = np.concatenate([big.preprocess(each) for each in pictures])
whole = inputs[: len(photos.test.images)]
said = models.top(big, whole, k=1)
titles = [f"{answer}\n{p:.0%}" for [(answer, p)] in said]
plots.images(big.preprocess.picture(whole), titles, 4, "Eight photographs, and the answers")

# %% [markdown]
# **Notice** that some answers cannot be right: ImageNet has no class for astronauts.
#
# The next figure shows the three filters of a layer that are excited most by these 40 pictures, and
# the five pictures that each of these filters likes best. First `block3`, by the rule of the
# deconvnet.


# %%
def favourites(net, layer, rule, count=3, k=5):
    """The figure of the filters with the strongest activations in a layer of a network."""
    inputs = np.concatenate([net.preprocess(each) for each in pictures])
    best, field = strongest(net.model, inputs, layer, k=k), receptive_field(net.model, layer)
    size = min(field.size[0], 75)  # of a larger field the middle
    middle = Field(
        (size, size), field.stride, [at + (field.size[0] - size) // 2 for at in field.start]
    )
    order = -1 if RANGES[net.preprocess.range].bgr else 1  # red, green, blue for our eyes
    filters, seen, sent = np.argsort(-best.values[:, 0])[:count], [], []
    for filter in filters.tolist():
        chosen, places = inputs[best.images[filter]], best.positions[filter]
        down = project(net.model, chosen, layer, filter, rule=rule)[..., ::order]
        seen.append(patches(net.preprocess.picture(chosen), middle, places, fill=0.5))
        sent.append(patches(down, middle, places))
    seen, sent = np.stack(seen), np.stack(sent)
    print(f"{layer}, {rule}: correlation of a filter's projections {likeness(sent):.2f}")
    title = f"{layer}, {rule}: a unit sees {field.size[0]}×{field.size[1]} pixels"
    title += f", the middle {size}×{size} are shown" if size < field.size[0] else ""
    return plots.projections(seen, sent, [f"filter {f}" for f in filters], title)


favourites(big, deep[network][0], "deconvnet")

# %% [markdown]
# **Notice** that the patches have a direction in common, filter by filter, such as lines that rise
# or fall. But the projections of a filter are the same picture five times: their correlation is 1.
# There is no pool, so there are no switches. All that a deconvnet has of the photograph here is the
# place and the strength of the activation.
#
# The other rule of notebook 07 helps. Guided backprop stops the signal at each ReLU that was closed
# on the way up, so that it knows of the image. Springenberg et al. (2014) introduced it for
# networks without pools.

# %%
for layer in deep[network][:2]:
    display(favourites(big, layer, "guided"))

# %% [markdown]
# **Notice** that the five projections of a filter differ now. Where they are grey, little signal
# arrives, although the unit sees these pixels. Grey in a patch is what lies outside the photograph.
# In `block9` the patches show textures and parts of things, such as petals, and many lie at the
# border of a photograph: for a filter, a border is a pattern, too. The projections are harder to
# read than those of the digits. Where a convolution takes steps of two pixels, some pixels get more
# signal than their neighbours, which makes a grid.
#
# How does the deconvnet fare in a network *with* pools? If the weights of one are on your computer,
# the next cell draws three of its layers.

# %%
with_pools = [name for name in ("vgg19", "vgg16", "alexnet", "squeezenet") if models.is_here(name)]
if with_pools:
    print(f"Network with pools: {with_pools[0]}")
    pooled = models.zoo(with_pools[0])
    for layer in deep[with_pools[0]]:
        display(favourites(pooled, layer, "deconvnet"))
else:
    print("Network with pools: none on this computer")

# %% [markdown]
# **Notice**, if there are pictures, that the projections of a filter differ from image to image:
# the switches are back. Lines and arcs of the patches can be seen in many of the projections.
#
# What do the layers of `network` still know of a picture? The penalties are sums, so a larger
# picture needs smaller weights, and fifty steps must do. (With `"vgg19"` that takes minutes.)

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
    off = f"features {result.errors[0]:.0%} off, pixels {result.pixel_errors[0]:.3f} off"
    print(f"{layer:20} {off} (root mean square)")
shown = np.concatenate([cat, *(result.images for result in found.values())])
title = "A cat, and what three layers know of it"
plots.images(big.preprocess.picture(shown), ["the cat", *found], 4, title)

# %% [markdown]
# **Notice** what is lost first. `block3` gives the cat back, a little paler. `block9` gives its
# eyes and its nose, and the colours are lost. In `block16`, the last block, hardly a trace of the
# cat can be seen, although the features are met about as well as those of `block9`. From layer to
# layer the pixels are further off.
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
# **Notice** how different the three are. The coffee stays an espresso in all eight pictures, though
# its probability falls at some of the angles between them (the printed line has the lowest). The
# man with the camera is a tripod until he is turned: then the network says something else. The
# flower is a daisy until its centre is covered, though its rim is all there. So what a network
# overlooks differs from picture to picture. Measure it on pictures of your own.
#
# ## 6 · Explore
#
# Choose a layer, a filter, and one of the nine images that excite it most.

# %%
explorers.deconvnet(model, images[:2000])

# %% [markdown]
# Things to try: in `l1` all nine projections are the same up to their strength. Why must they be
# the same, and what do they show? A filter of `l3` whose nine images are all of one digit; one
# whose projections say more than its patches.
#
# ## What to take along
#
# - A deconvnet sends one activation down to the pixels: switches, rectification, transposed filters.
#   It shows what in this image the filter answered to, not all that it could answer to. Without
#   pools it shows nothing of the image.
# - Inversion shows what a layer still knows. The rest is made up, by your penalties.
# - Features move when the image does, the last ones less than the pixels. Measure it against a
#   yardstick before you call a network invariant.
# - A network may be sure of pictures of a kind that it has never seen. A high probability does not
#   tell them from the others.
#
# **Next:** one network with four heads, and maps that can be measured against the truth.
#
# ## To read on
#
# - M. D. Zeiler, R. Fergus: *Visualizing and Understanding Convolutional Networks*, ECCV 2014,
#   [arXiv:1311.2901](https://arxiv.org/abs/1311.2901): the deconvnet, and features under
#   transformations.
# - J. T. Springenberg et al.: *Striving for Simplicity: The All Convolutional Net*, 2014,
#   [arXiv:1412.6806](https://arxiv.org/abs/1412.6806): projections without pools.
# - A. Mahendran, A. Vedaldi: *Understanding Deep Image Representations by Inverting Them*, CVPR 2015,
#   [arXiv:1412.0035](https://arxiv.org/abs/1412.0035).
# - M. Tan, Q. V. Le: *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*,
#   ICML 2019, [arXiv:1905.11946](https://arxiv.org/abs/1905.11946).
