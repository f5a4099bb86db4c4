# %% [markdown]
# # 08 · Back to the pixels
#
# **You will** send one activation back down to the pixels that caused it (a deconvnet), find out how
# much of an image a layer still knows (inversion), and measure which changes of an image a network
# overlooks (invariance).
#
# **Time:** about 120 minutes. **You need:** notebooks 03, 04 and 06.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, explorers, models, plots
from helpers.methods.activations import layer_activations
from helpers.methods.deconvnet import patches, project, receptive_field, strongest
from helpers.methods.invariance import invariance, predictions, transformed
from helpers.methods.inversion import errors_by_layer, invert

import numpy as np

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


# %% nbgrader={"grade_id": "pool_with_switches_check", "grade": true, "points": 4}
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


# %% nbgrader={"grade_id": "unpool_check", "grade": true, "points": 3}
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
# **Notice** that three of four pixels are gone for good, but what is left lies exactly where it lay.
# With the switches of another image the strokes fray: much of what a deconvnet shows is in the
# switches, which belong to *this* image. Keep that in mind when a projection looks so lifelike.

# %% [markdown]
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


# %% nbgrader={"grade_id": "deconvolve_check", "grade": true, "points": 5}
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
def by_hand(image, filter):
    """The strongest activation of a filter of l2, down to the pixels: (1, 28, 28, 1)."""
    maps = layer_activations(model, image[None], ["l1", "l2"])
    alone = np.zeros_like(maps["l2"])
    top = np.unravel_index(maps["l2"][..., filter].argmax(), maps["l2"].shape[:3])
    alone[(*top, filter)] = maps["l2"][(*top, filter)]
    _, switches = pool_with_switches(maps["l1"])
    down = deconvolve(alone, model.get_layer("l2").kernel.numpy())[:, 2:-2, 2:-2]
    down = unpool(down, switches)
    return deconvolve(down, model.get_layer("l1").kernel.numpy())[:, 2:-2, 2:-2]


five = examples[5]
mine = np.concatenate([by_hand(five, filter) for filter in range(9)])
helper = np.concatenate([project(model, five[None], "l2", filter) for filter in range(9)])
print(f"largest difference from the helper: {np.abs(mine - helper).max():.1e}")
plots.overlays(
    np.repeat(five[None], 9, axis=0),
    mine[..., 0],
    [f"filter {f}" for f in range(9)],
    columns=9,
    label="pattern",
    title="The strongest activation of each filter of l2, sent down to the pixels",
)

# %% [markdown]
# **Notice** that each filter asks for another piece of the five: a bend, an end, the side of a
# stroke. Nothing but the switches and the rectification depends on the image; without them every
# image would give the same picture.

# %% [markdown]
# ## 2 · What a filter likes best
#
# One image is an anecdote. For each filter we look for the nine test images that excite it most,
# cut out the patch that the strongest unit sees, and put the projection beside it.


# %%
def top_nine(layer, filters):
    """Patches and projections (F, 9, h, w, 1) of the images that excite each filter most."""
    best, field = strongest(model, images, layer, filters), receptive_field(model, layer)
    seen, sent = [], []
    for filter, chosen, places in zip(filters, best.images, best.positions, strict=True):
        seen.append(patches(images[chosen], field, places))
        sent.append(patches(project(model, images[chosen], layer, filter), field, places))
    return np.stack(seen), np.stack(sent)


rows = [f"filter {f}" for f in range(4)]
plots.projections(*top_nine("l2", range(4)), rows, "l2: nine patches, and what excited the filter")

# %%
plots.projections(*top_nine("l3", range(4)), rows, "l3: a unit sees most of the digit")

# %% [markdown]
# **Notice** how the nine patches of a filter resemble each other in one respect and differ in the
# rest. The projections show which respect it is. They are no photographs of what the filter has
# learned, though: they are made of *these* nine images.

# %% [markdown]
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
# - 2 points: (c) the switches and the choice of the unit (also: where it is rectified on the way up,
#   in a guided variant); it shows the part of this image to which the filter answered, and other
#   images may excite it by something else. One of two things earns half.
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
# the total variation, asks for neighbours that agree. What the layer has thrown away, the search
# is free to invent.
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


# %% nbgrader={"grade_id": "inversion_loss_check", "grade": true, "points": 5}
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
found = errors_by_layer(model, examples[:5], layers)
plots.inversions(
    examples[:5],
    {layer: result.images for layer, result in found.items()},
    {layer: result.errors for layer, result in found.items()},
    title="Images with the same features as the top row, layer by layer",
)

# %% [markdown]
# **Notice** how the digits dissolve from layer to layer. From `l1` one gets the image back. Deeper,
# the strokes lose their place, for the network no longer knows it; and the last layers are content
# with something that has little of a digit, yet has the same answer.

# %%
for layer, result in found.items():
    print(
        f"{layer}: features {result.errors.mean():6.1%} off, pixels {result.pixel_errors.mean():.3f} off"
    )
loose = invert(model, examples[:5], "l2", alpha_weight=0, variation_weight=0)
plots.image_table(
    np.stack([examples[:5], found["l2"].images, loose.images]),
    ["sought", "with penalties", "without"],
    title="The same search from l2, with and without α-norm and total variation",
)

# %% [markdown]
# **Notice** that a small error of the features does not make a small error of the pixels: that
# gap is what the layer does not know. And compare the last two rows: without penalties nothing
# keeps the search from inventing specks that the layer does not see.

# %% [markdown]
# ## 4 · What a network overlooks
#
# A digit that is moved by two pixels is the same digit. Is it the same for the network? We turn,
# scale and shift an image by varying degrees and ask how far its features move, in the first and
# in the last layer, and what becomes of the probability of its class.
#
# ### Exercise 5 · How far features move
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "feature_distance", "solution": true}
def feature_distance(features: np.ndarray, transformed: np.ndarray) -> np.ndarray:
    """How far transformations move the features of a picture, relative to the features' length.

    features: of the picture as it is: (units,) or (h, w, channels) float
    transformed: of the picture under T transformations: (T, ...), the same shape behind the T
    returns: (T,) float, the Euclidean length of transformed - features, divided by the Euclidean
      length of features
    """
    ### BEGIN SOLUTION
    moved = (transformed - features).reshape(len(transformed), -1)
    return np.linalg.norm(moved, axis=1) / np.linalg.norm(features)
    ### END SOLUTION


# %% nbgrader={"grade_id": "feature_distance_check", "grade": true, "points": 3}
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
some = examples[[2, 6, 8]]
for kind, degrees, label in (
    ("rotation", np.arange(0, 361, 15), "degrees, counter-clockwise"),
    ("scaling", np.linspace(0.5, 1.6, 23), "factor"),
    ("translation", np.arange(-8, 9), "pixels to the right"),
):
    result = invariance(model, some, kind, degrees)
    figure = plots.invariance_curves(
        degrees, result.distances, result.probabilities, ["two", "six", "eight"], label, kind
    )
    display(figure)

# %% [markdown]
# **Notice** the shapes of the curves. The distances are 0 where nothing is done, rise steeply and
# then stay high: a digit that is turned by 30° is, to the first layer, nearly as far away as one
# that is turned by 90°. Look for the places where an eight comes back, and what a six becomes
# halfway round. Probabilities hold out longer than features, and then break down at once.

# %%
mine = feature_distance(
    *(
        layer_activations(model, given, ["l1"])["l1"]
        for given in (
            some[:1],
            np.concatenate([transformed(some[:1], "rotation", d) for d in (0, 90)]),
        )
    )
)
print("by your function, l1 of the two moves by", mine.round(3), "when turned by 0 and 90 degrees")
table = predictions(model, some, 10)
titles = [
    f"{names[c]}: {p:.0%}"
    for c, p in zip(table.classes.ravel(), table.probabilities.ravel(), strict=True)
]
plots.images(
    table.images.reshape(-1, *some.shape[1:]),
    titles,
    columns=len(table.names),
    title=", ".join(table.names),
)

# %% [markdown]
# **Notice** that the network has an answer to everything, also to a two that lies on its side. It
# has never been asked to say "this is no digit".

# %% [markdown]
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
# - 2 points: (a) pooling forgives small shifts (in favour of invariance); flattening gives each
#   place weights of its own (against); borders and strides count in place of either. One point each.
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
# Nothing above depends on our network. If the weights of SqueezeNet, trained on ImageNet's
# photographs, are on this computer or can be downloaded, here are the patches that excite four
# filters of it most, and what excited them; if not, the cell says so.

# %%
photos = datasets.load("photos")
try:
    big = models.zoo("squeezenet")
except models.CannotLoad as error:
    big, told = None, error
    print(f"Without the weights there is nothing to see here. {str(error).splitlines()[0]}")
else:
    print("SqueezeNet, trained on ImageNet.")

# %% [markdown]
# ## 6 · Explore
#
# Choose a layer, a filter, and one of the nine images that excite it most.

# %%
explorers.deconvnet(model, images[:2000])

# %% [markdown]
# Things to try: the filters of `l1` against those of `l3`; a filter whose nine images are all of one
# digit; one whose projections say more than its patches.
#
# ## What to take along
#
# - A deconvnet sends one activation down to the pixels: switches, rectification, transposed filters.
#   It shows what in this image the filter answered to, not all that it could answer to.
# - Inversion shows what a layer still knows, and lets the search invent the rest.
# - Deep features move less than pixels do, but they do move. Measure invariance before you claim it.
#
# **Next:** one network with four heads, and maps that can be measured against the truth.
