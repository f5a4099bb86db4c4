# %% [markdown]
# # 03 · The picture a filter likes best
#
# **You will** climb from a grey image to one that a class or a filter answers to as strongly as it
# can, learn what keeps such pictures readable, see filters of a network for photographs from edges to
# parts of things, and find out which filter detects vertical lines and which digits need it.
#
# **Time:** about 130 minutes. **You need:** notebooks 01 and 02.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, explorers, models, plots
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.maximization import maximize, progression
from helpers.scores import ClassScore, FilterScore, UnitScore

import keras
import numpy as np
import tensorflow as tf
from IPython.display import display

data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
print(f"{len(images):,} test images; convolutions: {models.conv_layers(model)}")

# %% [markdown]
# In notebook 02 the images were given and you watched the network. Now turn this round: fix the
# network and change the *image*. Training moves weights down the gradient of a loss; activation
# maximization moves pixels **up** the gradient of a score. Erhan and others (2009) did so for the
# units of a network, Simonyan and others (2013) for the classes of a convolutional network.
#
# ## 1 · One step uphill
#
# The score comes first. For a class, take its *logit*, the number that goes into the softmax. Here
# is a copy of the network that ends before the softmax; section 3 shows why.

# %%
network = keras.models.clone_model(model)
network.set_weights(model.get_weights())
network.layers[-1].activation = keras.activations.linear
print("logits of the first test image:", network(images[:1]).numpy().round(1))

# %% [markdown]
# TensorFlow computes the gradient of anything with respect to anything that it watched. Adding up
# the scores of the images mixes nothing: image 2 has no influence on the score of image 1, so the
# gradient of the sum is the gradient of each image's own score.

# %%
watched = tf.constant(images[:2])
with tf.GradientTape() as tape:
    tape.watch(watched)
    total = tf.reduce_sum(network(watched, training=False)[:, 3])
gradient = tape.gradient(total, watched).numpy()
print("gradient of the 3-logit:", gradient.shape, "largest value", np.abs(gradient).max().round(2))

# %% [markdown]
# The size of a gradient differs from score to score. So scale it, as Chollet (2016) does: divided by
# its root mean square (RMS), it says *where to go*, and `step_size` says *how far*.
#
# A penalty keeps pixels small. Half the sum of squares, ½ Σ x², has the gradient x. So a step
# against x makes the pixels smaller.
#
# ### Exercise 1 · One step
#
# *Medium, 20 minutes, 6 points.*


# %% nbgrader={"grade_id": "ascent_step", "solution": true}
def ascent_step(
    network: keras.Model, images: np.ndarray, index: int, step_size: float, l2: float
) -> np.ndarray:
    """Take one step towards a higher score, for each image.

    network: gives logits (N, classes)
    images: (N, H, W, C) float32, from 0 to 1
    index: the class to climb; the score of an image is its logit
    returns: (N, H, W, C), images + step_size * (g - l2 * images), clipped to 0..1, where g is the
      gradient of an image's score, divided by its own RMS (g is 0 where the gradient is 0)
    """
    ### BEGIN SOLUTION
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = network(images, training=False)[:, index]
    gradient = tape.gradient(score, images).numpy()
    size = np.sqrt((gradient**2).mean(axis=(1, 2, 3), keepdims=True))
    direction = gradient / np.where(size > 0, size, 1) - l2 * images.numpy()
    return np.clip(images.numpy() + step_size * direction, 0, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "ascent_step_check", "grade": true}
checks.ascent_step(ascent_step)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.ascent_step(ascent_step, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The cell above the exercise computes the gradient. Convert it with <code>.numpy()</code> and go on
# in NumPy: <code>(gradient**2).mean(axis=(1, 2, 3), keepdims=True)</code> keeps the images apart.
# </details>
# <details><summary>Hint 2</summary>
#
# Where the RMS is 0, divide by 1 instead: <code>np.where(size &gt; 0, size, 1)</code>. The penalty
# is subtracted after the scaling; clipping comes last.
# </details>

# %%
seven = images[np.flatnonzero(labels == 7)[:1]]
moved = ascent_step(network, seven, 3, 0.1, 0.0)
before, after = network(seven).numpy()[0, 3], network(moved).numpy()[0, 3]
titles = [f"a seven: {before:.1f}", f"after one step: {after:.1f}"]
plots.images(np.concatenate([seven, moved]), titles, title="One step towards 3, with its logit")

# %% [markdown]
# **Notice** that one small step changes the logit by several units, while you still see a seven.
# The step is spread over many pixels, also where nothing is written.
#
# ## 2 · The whole climb
#
# ### Exercise 2 · Maximise
#
# *Medium, 15 minutes, 6 points.*
#
# Repeat the step, and keep the score along the way: a curve that still rises says that more steps
# would help. (The check takes `ascent_step` as right: a mistake there costs nothing here.)


# %% nbgrader={"grade_id": "maximise", "solution": true}
def maximise(
    network: keras.Model, start: np.ndarray, index: int, steps: int, step_size: float, l2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Climb the logit of one class from several starting images.

    network: gives logits (N, classes)
    start: (N, H, W, C) float32, from 0 to 1
    returns: images (N, H, W, C) after `steps` steps; curve (N, steps + 1), the logit before each
      step and, as the last value, that of the final images
    """
    ### BEGIN SOLUTION
    images, curve = start, []
    for _ in range(steps):
        curve.append(network(images, training=False).numpy()[:, index])
        images = ascent_step(network, images, index, step_size, l2)
    curve.append(network(images, training=False).numpy()[:, index])
    return images, np.stack(curve, axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "maximise_check", "grade": true}
checks.maximise(maximise)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.maximise(maximise, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Append the score before each call of <code>ascent_step</code>, and once more after the loop.
# </details>
# <details><summary>Hint 2</summary>
#
# The list holds steps + 1 arrays (N,). <code>np.stack(curve, axis=1)</code> makes a row per image.
# </details>

# %%
shape = images.shape[1:]
noise = np.random.default_rng(0).random(shape)
start = np.stack([np.zeros(shape), np.full(shape, 0.5), noise]).astype(np.float32)
threes, curve = maximise(network, start, 3, 60, 0.05, 0.0)
kinds = ["blank", "grey", "noise"]
titles = [f"{kind}: {reached:.1f}" for kind, reached in zip(kinds, curve[:, -1], strict=True)]
display(
    plots.images(
        threes,
        titles,
        columns=3,
        title="Three climbs to a 3, by their start, with the logit reached",
    )
)
real = network.predict(images[labels == 3], verbose=0)[:, 3]
print(f"logit of 3 for real threes: {real.mean():.1f} on average, {real.max():.1f} at most")
plots.score_curves(curve, kinds, title="The logit of 3, step by step")

# %% [markdown]
# **Notice** two things. All three climbs end far above any real three. And you may hardly see a
# three in the pictures: the network has never met images like these, and nothing told it what they
# are. Its answer is *extreme*, not *typical*. The pictures also differ: there are many summits, and
# the start decides which one you reach.
#
# ## 3 · Logit or softmax?
#
# Why not climb the probability? `model` ends in the softmax, so the same function does it.

# %%
by_probability, probability_curve = maximise(model, start, 3, 60, 0.05, 0.0)
probability = model(by_probability).numpy()[:, 3]
logit = network(by_probability).numpy()[:, 3]
for kind, p, by_p, by_logit in zip(kinds, probability, logit, curve[:, -1], strict=True):
    print(
        f"{kind:5}: climbing p: p = {p:.4f}, logit {by_p:5.1f}; climbing the logit: {by_logit:.1f}"
    )
titles = [f"{kind}: {reached:.1f}" for kind, reached in zip(kinds, logit, strict=True)]
plots.images(
    by_probability,
    titles,
    columns=3,
    title="Climbing the probability of 3 (with the logit reached)",
)

# %% [markdown]
# **Notice** that the logit reached is lower. A probability also rises when the *other* logits
# fall, so part of the climb went into making the image less like anything else. Once p is 1 up to
# rounding, its gradient is 0 and the climb is over, though the logit could still grow.
#
# ## 4 · Every filter at once
#
# A filter's score is the mean of its map over space. So the climb looks for a picture that drives
# the filter *everywhere*. `maximize` of the helpers does what you wrote for any list of scores, one
# image for each, all in one batch. Here are the filters of all three convolutions.

# %%
scores = [
    FilterScore(layer, f) for layer, n in {"l1": 9, "l2": 9, "l3": 16}.items() for f in range(n)
]
found = maximize(model, scores, start="grey", steps=60)
titles = [
    f"{score.layer}/{score.index}: {reached:.2f}{' dead' if dead else ''}"
    for score, reached, dead in zip(found.scores, found.curves[:, -1], found.dead, strict=True)
]
plots.images(found.images, titles, title="What drives each filter, from a grey start")

# %% [markdown]
# **Notice** the stripes. In `l1` each stripe pattern has one direction: the filter answers to edges
# or lines. Some filters are driven most by a sheet full of ink (in the network trained on small
# digits, most of `l1`): they measure how much ink there is. In `l3` directions mix, and bends
# appear.
#
# A pixel that stays grey has no gradient: after the ReLU the map is 0 there, and so is every
# derivative. Where that is so everywhere from the start, the result is marked *dead* and left
# alone. Such a result is no picture of anything.

# %%
dead_somewhere = set()
for kind in ("blank", "grey", "random"):
    dead = np.flatnonzero(maximize(model, scores, start=kind, steps=60).dead)
    dead_somewhere |= set(dead.tolist())
    names_of_dead = [f"{scores[i].layer}/{scores[i].index}" for i in dead]
    print(f"{kind:6}: {len(dead)} dead {', '.join(names_of_dead)}")
real = layer_activations(model, images[:500], models.conv_layers(model))
largest = np.concatenate([real[layer].max(axis=(0, 1, 2)) for layer in ("l1", "l2", "l3")])
silent = sum(largest[i] == 0 for i in dead_somewhere)
print(f"{len(dead_somewhere)} are dead from some start; {silent} of these answer to no test image")

# %% [markdown]
# **Notice** that the start decides which filters are dead. The last line says how many of these
# filters answer to no test image. So *dead* is a finding about a start, not about a filter. A
# filter contributes nothing only if it is silent on all images as well.
#
# `top` sorts by the score reached, dead ones last: here are the strongest of `l3`.

# %%
l3 = maximize(model, [FilterScore("l3", f) for f in range(16)], start="random", steps=60)
best = l3.top(8)
titles = [f"filter {s.index}: {c[-1]:.1f}" for s, c in zip(best.scores, best.curves, strict=True)]
plots.images(best.images, titles, columns=8, title="The eight filters of l3 that reach most")

# %% [markdown]
# ### Exercise 3 · Make it visible
#
# *Easy, 10 minutes, 4 points.*
#
# What did the climb *add* to its start? The difference is signed, and may be faint or huge. To
# look at an array of any range, bring each image to a fixed mean and spread, then to bytes. And
# leave the original as it is: you may still want to compute with it.


# %% nbgrader={"grade_id": "deprocess", "solution": true}
def deprocess(images: np.ndarray) -> np.ndarray:
    """Turn arrays of any range into bytes to look at.

    images: (N, H, W, C) float, not changed
    returns: (N, H, W, C) uint8. Each image on its own gets mean 0.5 and standard deviation 0.15,
      is clipped to 0..1 and multiplied by 255; a constant image becomes mid-grey
    """
    ### BEGIN SOLUTION
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    spread = images.std(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * (images - mean) / np.where(spread > 0, spread, 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)
    ### END SOLUTION


# %% nbgrader={"grade_id": "deprocess_check", "grade": true}
checks.deprocess(deprocess)  # at grading, hidden checks use other arrays
### BEGIN HIDDEN TESTS
checks.deprocess(deprocess, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>images -= mean</code> would change the caller's array. Write
# <code>images - mean</code>, which makes a new one.
# </details>
# <details><summary>Hint 2</summary>
#
# Clip before you convert: as a byte, 256 is 0 again. A constant image has spread 0; divide by 1.
# </details>

# %%
few, _ = maximise(network, start[2:], 3, 3, 0.01, 0.0)
added = deprocess(few - start[2:]) / 255
pictures = np.concatenate([start[2:], few, added])
titles = ["noise", "after 3 steps of 1 %", "the difference"]
plots.images(
    pictures, titles, columns=3, title="What three tiny steps towards a 3 have added to noise"
)

# %% [markdown]
# **Notice** that noise before and after look the same to you; the difference does not. It is not
# noise: neighbouring pixels go together.
#
# ## 5 · Pictures that can be read
#
# Nothing in the score asks for smooth strokes. A *regulariser* does. One measure of unrest is the
# total variation: how much neighbouring pixels differ. Mahendran and Vedaldi (2014) brought it to
# such pictures.
#
# ### Exercise 4 · Total variation
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "total_variation", "solution": true}
def total_variation(images: np.ndarray) -> np.ndarray:
    """Measure how restless each image is.

    images: (N, H, W, C) float
    returns: (N,) float, the sum of |difference| over all pairs of pixels that are neighbours in a
      row or in a column, over all channels
    """
    ### BEGIN SOLUTION
    down = np.abs(images[:, 1:] - images[:, :-1])
    right = np.abs(images[:, :, 1:] - images[:, :, :-1])
    return down.sum(axis=(1, 2, 3)) + right.sum(axis=(1, 2, 3))
    ### END SOLUTION


# %% nbgrader={"grade_id": "total_variation_check", "grade": true}
checks.total_variation(total_variation)  # at grading, hidden checks use other images
### BEGIN HIDDEN TESTS
checks.total_variation(total_variation, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>np.diff(images, axis=1)</code> subtracts each row from the one below.
# </details>
# <details><summary>Hint 2</summary>
#
# Axis 0 counts images: do not compare along it, and do not sum over it.
# </details>

# %%
some_threes = images[labels == 3][:50]
print(f"real threes:        {total_variation(some_threes).mean():6.1f}")
print(f"the climb from grey: {total_variation(threes[1:2])[0]:5.1f}")
print(f"pure noise:         {total_variation(start[2:])[0]:6.1f}")

# %% [markdown]
# Four ways to ask for calm: **L2** (Simonyan) pulls pixels to 0 (paper); a **total variation** penalty
# pulls neighbours together; a **blur** every few steps (Yosinski and others, 2015) wipes out what does
# not grow back; **jitter** (Mordvintsev and others, 2015) shifts the image at random before each step,
# so that nothing can depend on one exact place.

# %%
settings = {
    "none": {},
    "L2": {"l2": 1.0},
    "total variation": {"total_variation": 0.3},
    "blur": {"blur_every": 4},
    "jitter": {"jitter": 2},
    "all four": {"l2": 0.3, "total_variation": 0.1, "blur_every": 5, "jitter": 2},
}
climbs = {name: maximize(model, range(10), steps=120, **how) for name, how in settings.items()}
for name, climb in climbs.items():
    unrest = total_variation(climb.images).mean()
    logit = climb.curves[:, -1].mean()
    print(f"{name:16} total variation {unrest:6.1f}   mean logit {logit:5.1f}")
reached = [f"{score:.0f}" for climb in climbs.values() for score in climb.curves[:, -1]]
pictures = np.stack([climb.images for climb in climbs.values()])
plots.image_table(
    pictures, list(climbs), reached, title="Every digit, by regulariser (logit above)"
)

# %% [markdown]
# **Notice** that every regulariser costs, on average, some of the logit, and lowers the total variation.
# In which row do you find most digits? Part of a good picture is thus *your* idea of a picture, not
# the network's: say which regularisers you used whenever you show one.
#
# ## 6 · A network for photographs
#
# EfficientNet-Lite0 (Tan and Le, 2019) was trained on ImageNet's photographs of 1000 classes. Its
# convolutions take images of any size. An image of 128×128 has a third of the pixels of the
# network's own 224×224, and a climb takes less time. So `small` is a copy for that size, with the
# same weights.

# %%
zoo = models.zoo("efficientnet_lite0")
photos = np.round(255 * datasets.load("photos", size=256).test.images).astype(np.uint8)
inputs = zoo.preprocess(photos)
small = keras.models.clone_model(zoo.model, input_tensors=keras.Input((128, 128, 3)))
small.set_weights(zoo.model.get_weights())
pictures = zoo.preprocess.picture(inputs)
titles = [f"{name}\n{p:.2f}" for ((name, p),) in models.top(zoo, inputs, k=1)]
plots.images(pictures, titles, columns=8, title="Eight photographs and their most probable classes")

# %% [markdown]
# ### From edges to parts
#
# We take four filters each of an early, a middle and a late layer, chosen because one can say what
# most of their patches have in common. For each filter we climb, and look up the photographs that
# excite it most, cut out around the place where the filter answers. The layers are read before
# their ReLU, so that no filter is dead. In the early and the middle layer the score is the mean of
# the map, as before. In the late layer it is one unit in the middle, so that what the unit answers
# to appears once.

# %%
ladder = {  # of each layer: pixels that a patch shows, step from unit to unit, filters
    "block3_expand_norm": (11, 4, [109, 54, 107, 47]),
    "block5_expand_norm": (35, 8, [213, 41, 36, 90]),
    "block12_expand_norm": (112, 16, [639, 33, 59, 5]),
}
calm = {"l2": 0.5, "blur_every": 4, "blur_sigma": 0.6, "jitter": 3}
calm |= {"start": "random", "steps": 40, "input_range": zoo.preprocess.bounds}


def window(picture: np.ndarray, row: int, column: int, step: int, size: int) -> np.ndarray:
    """The pixels around a unit of a layer, enlarged."""
    centres = np.array([row + 1, column + 1]) * step - 1
    top, left = np.clip(centres - size // 2, 0, len(picture) - size)
    patch = picture[top : top + size, left : left + size]
    return keras.ops.image.resize(patch, (112, 112), interpolation="nearest").numpy()


# %%
cells, titles = [], []
of_photos = layer_activations(zoo.model, inputs, ladder)
for layer, (size, step, filters) in ladder.items():
    late = layer == "block12_expand_norm"
    scores = [UnitScore(layer, (4, 4, f)) if late else FilterScore(layer, f) for f in filters]
    climbed = deprocess(maximize(small, scores, **calm).images) / 255
    maps = of_photos[layer]
    for f, found in zip(filters, climbed, strict=True):
        cells.append(window(found, 63 // step, 63 // step, step, 128 if late else 2 * size))
        titles.append(f"{layer.split('_')[0]}/{f}")
        strongest = maps[..., f].max(axis=(1, 2))
        for photo in np.argsort(-strongest)[:3]:
            row, column = np.unravel_index(maps[photo, ..., f].argmax(), maps.shape[1:3])
            cells.append(window(pictures[photo], row, column, step, size))
            titles.append(f"{strongest[photo]:.1f}")
title = "What drives a filter of Lite0, and the three patches that excite it most (with its answer)"
plots.images(np.stack(cells), titles, columns=8, title=title)

# %% [markdown]
# **Notice** the ladder. In block 3 the pictures are stripes, and the patches of 11 pixels hold an
# edge or a line of that direction. In block 5 they are textures: rows, dots, grids. In block 12
# shapes stand in the middle: look at 639 beside the heads, at 33 beside the roof, at 59 beside the
# flower. Then look at the third patch of each: eight photographs do not hold three heads. The
# picture tells what drives a filter most. The patches tell what drives it most among the images at
# hand. Show both.
#
# ### Several summits
#
# The climb depends on its start. Here is one filter of the late layer from four random starts.

# %%
head = UnitScore("block12_expand_norm", (4, 4, 639))
starts = [maximize(small, head, **calm, seed=seed) for seed in range(4)]
pictures = deprocess(np.concatenate([climb.images for climb in starts])) / 255
likeness = np.corrcoef(pictures.reshape(4, -1))[np.triu_indices(4, 1)].mean()
titles = [f"start {seed}: {climb.curves[0, -1]:.1f}" for seed, climb in enumerate(starts)]
print(f"reached: {', '.join(titles)}; by the best photograph: {maps[..., 639].max():.1f}")
print(f"mean correlation of two pictures: {likeness:.2f}")
plots.images(pictures, titles, columns=4, title="Filter 639 of block 12, from four random starts")

# %% [markdown]
# **Notice** that every start reaches a higher answer than the best photograph. The pictures have
# little in common pixel by pixel, as their small correlation says, and yet you see the same thing
# in all of them. What they share is due to the filter, the rest to the start.
#
# ### A class, by stages
#
# Now climb the logit of a class, with one regulariser more each time, as Yosinski and others (2015)
# did: none; **L2**; a **blur** after every other step as well; and **clipping**, which after each step
# sets the faintest half of the pixels to grey, so that what the score does not need is not painted.
#
# How strong must L2 be? Its weight is compared with a gradient of RMS 1. The contrast of the
# picture tells when L2 acts.

# %%
both = [zoo.class_names.index(name) for name in ("ostrich", "jellyfish")]
how = {"start": "random", "input_range": zoo.preprocess.bounds}
noise = np.random.default_rng(0).random((128, 128, 3))
print(f"random start: contrast {noise.std():.2f}")
for weight in (0.1, 1.0, 3.0):
    climb = maximize(small, both, steps=20, l2=weight, **how)
    contrast = zoo.preprocess.picture(climb.images).std()
    print(f"L2 {weight}: contrast {contrast:.2f}, logits {climb.curves[:, -1].round(1)}")

# %% [markdown]
# **Notice** that with a weight of 0.1 the contrast is about that of the random start. With 1 the
# contrast falls clearly; with 3 it falls much further. The stages use 1.

# %%
stages = progression(small, both, steps=60, **how)
for stage, climb in stages.items():
    unrest = total_variation(zoo.preprocess.picture(climb.images)).mean() / climb.images[0].size
    found = [
        f"{name} {p:.2f}" for ((name, p),) in models.top(small, climb.images, 1, zoo.class_names)
    ]
    print(f"{stage:20} total variation a pixel {unrest:.2f}; most probable: {', '.join(found)}")
plots.progression(
    [deprocess(climb.images) / 255 for climb in stages.values()],
    list(stages),
    ["ostrich", "jellyfish"],
    [climb.curves[:, -1] for climb in stages.values()],
    title="One regulariser more each time (each picture brought to the same contrast)",
)

# %% [markdown]
# **Notice** what each stage adds. Without a regulariser the network is all but certain of a picture
# in which you see next to nothing. With L2 lines appear, the blur joins them, and the clipping
# clears the ground. The regularisers cost some of the logit. They may also cost the class its first
# place: the list above the picture says which class is the most probable one at each stage. The
# last pictures are a compromise between the score and the regularisers, and no photographs.
#
# ### Question 1 · What does such a picture prove?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) The pictures in the row "none" reach higher logits than any real digit. Why is the network
# not surprised by them?
# (b) Why should the logit be climbed, not the probability? Give two reasons.
# (c) A colleague shows a beautiful, digit-like picture for the 3 and concludes that the network
# recognises threes by this shape. What do you answer?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) it was trained on digits only and must answer something for any image; nothing in
#   training made logits small far from the data.
# - 1 point: (b) a probability also rises when other logits fall.
# - 1 point: (b) the softmax saturates, so its gradient vanishes where p is near 1 (or near 0).
# - 1 point: (c) part of the shape comes from the regularisers; without them another picture drives
#   the class more. Or: one summit of many, other starts give other pictures.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "picture_question", "grade": true, "solution": true, "points": 4}
# (a) The network has only seen digits. For other images nothing in training keeps its logits
# small, and it has no way to say "none of these".
#
# (b) The probability of 3 also rises when the logits of other classes fall, so the picture may show
# what is *not* an 8. And the softmax saturates: near p = 1 its gradient vanishes and the climb ends.
#
# (c) The picture is a compromise between the score and the regularisers. Without them a picture
# that is no digit drives the class even more, and other starts lead to other pictures.

# %% [markdown]
# ## 7 · Which filter detects vertical lines?
#
# The stripes of section 4 may suggest an answer. Let us test it with pictures that we draw ourselves:
# bars in several directions, at several places.


# %%
def bars(angle: float, count: int = 12) -> np.ndarray:
    """Bars at several places, (count, H, W, 1); `angle` in degrees, 0 is horizontal."""
    height, width, _ = shape
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    across = x * np.sin(np.deg2rad(angle)) + y * np.cos(np.deg2rad(angle))
    places = np.linspace(-0.3, 0.3, count)[:, None, None] * min(height, width)
    thickness = min(height, width) / 10
    drawn = np.clip(thickness / 2 + 0.5 - np.abs(across - places), 0, 1)
    return drawn[..., None].astype(np.float32)


angles = [0, 30, 60, 90, 120, 150]
drawn = np.concatenate([bars(angle)[7:8] for angle in angles])
plots.images(drawn, [f"{a}°" for a in angles], columns=6, title="A bar in each direction")

# %%
layers = models.conv_layers(model)
answers = {a: layer_activations(model, bars(a), layers) for a in angles}
response = np.stack([
    np.concatenate([answers[a][layer].mean(axis=(0, 1, 2)) for layer in ("l1", "l2")])
    for a in angles
])  # fmt: skip
response /= response.max(axis=0) + 1e-9
directions = [f"{angle}°" for angle in angles]
title = "Answer to bars, as a share of the filter's largest: units 0 to 8 are l1, 9 to 17 are l2"
plots.dense_activations(response, directions, title=title)

# %% [markdown]
# **Notice** the columns that are bright all the way down: such a filter answers to ink in any
# direction. A large answer at 90° alone does not make a detector of vertical lines. In `l2`, on the
# right of the filters of `l1`, some columns are bright in one direction only.
#
# ### Exercise 5 · Selectivity
#
# *Medium, 10 minutes, 3 points.*
#
# With v the mean answer to vertical bars and h that to horizontal ones, the contrast
# (v − h) / (v + h) runs from −1 (horizontal only) to 1 (vertical only), however loud the filter is.


# %% nbgrader={"grade_id": "vertical_selectivity", "solution": true}
def vertical_selectivity(vertical: np.ndarray, horizontal: np.ndarray) -> np.ndarray:
    """Tell how much each filter prefers vertical bars.

    vertical, horizontal: (N, h, w, filters) float, a layer's maps (after the ReLU) for vertical
      and for horizontal bars
    returns: (filters,) float, (v - h) / (v + h) of the mean answers over images and pixels; 0 for
      a filter that answers to neither
    """
    ### BEGIN SOLUTION
    v, h = vertical.mean(axis=(0, 1, 2)), horizontal.mean(axis=(0, 1, 2))
    return (v - h) / np.where(v + h > 0, v + h, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "vertical_selectivity_check", "grade": true}
checks.vertical_selectivity(vertical_selectivity)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.vertical_selectivity(vertical_selectivity, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One mean per filter: average over images, rows and columns, <code>axis=(0, 1, 2)</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Where v + h is 0, divide by 1: 0 / 1 is 0.
# </details>

# %%
selectivity = {n: vertical_selectivity(answers[90][n], answers[0][n]) for n in layers}
for name, values in selectivity.items():
    print(
        f"{name}: filter {values.argmax()} prefers vertical bars most, selectivity {values.max():.2f}"
    )
chosen = FilterScore("l2", int(selectivity["l2"].argmax()))
title = "Vertical (1) or horizontal (−1)?"
plots.bars(selectivity["l2"], range(9), "filter of l2", "selectivity", title)

# %% [markdown]
# **Notice** that the layers differ. In `l1` the largest value may be small: with small digits, no filter
# of `l1` is for vertical lines. In `l2` there is a filter that hardly answers to horizontal bars. Such
# a filter adds up what several filters of `l1` say about neighbouring places. We take it, and look for
# other evidence: the picture that it likes best, and the test images that drive it most.

# %%
best = maximize(model, chosen, steps=60, l2=1.0)
values = score_values(model, images, chosen)
first = np.argsort(-values)[:7]
titles = [f"climb: {best.curves[0, -1]:.2f}", *(f"{labels[i]}: {values[i]:.2f}" for i in first)]
title = f"Filter {chosen.index} of l2: its own picture, and the digits that drive it most"
plots.images(np.concatenate([best.images, images[first]]), titles, columns=8, title=title)

# %% [markdown]
# **Notice** whether the three kinds of evidence agree: bars, its picture, and real digits. Do the digits
# have upright strokes?
#
# ### Which digits need it?
#
# First: to which digits does the filter answer?

# %%
mean = [values[labels == digit].mean() for digit in range(10)]
title = f"How much filter {chosen.index} of l2 answers per digit"
plots.bars(mean, names, "digit", "mean activation", title)

# %% [markdown]
# An answer is not yet a need. To learn what depends on the filter, take it away: set its weights
# and bias to 0 in a copy of the network, and see which digits are lost.


# %%
few = np.random.default_rng(0).permutation(len(images))[:3000]


def right_per_digit(network: keras.Model) -> np.ndarray:
    right = models.predict(network, images[few]).argmax(axis=-1) == labels[few]
    return np.array([right[labels[few] == digit].mean() for digit in range(10)])


cut = keras.models.clone_model(model)


def right_without(layer: str, f: int) -> np.ndarray:
    cut.set_weights(model.get_weights())
    kernel, bias = cut.get_layer(layer).get_weights()
    kernel[..., f], bias[f] = 0, 0
    cut.get_layer(layer).set_weights([kernel, bias])
    return right_per_digit(cut)


# %%
whole = right_per_digit(model)
for layer in ("l1", "l2"):
    for f in range(9):
        lost = 100 * (right_without(layer, f) - whole)
        print(f"without {layer}/{f} (selectivity {selectivity[layer][f]:5.2f}): {lost.mean():6.1f} points "
              f"on average; most for digit {lost.argmin()}: {lost.min():.1f}")  # fmt: skip
change = 100 * (right_without(chosen.layer, chosen.index) - whole)
title = f"Accuracy without filter {chosen.index} of l2"
plots.bars(change, names, "digit", "points of accuracy", title)

# %% [markdown]
# **Notice** that the digits that suffer most need not be those with the largest mean activation. A
# digit that has other evidence can do without a filter that it drives strongly. And where no digit
# suffers by much, other filters carry the same evidence: the filter detects vertical lines, and the
# network can do without it. Look in the list for the filter that costs most: is it selective, too?
# `right_without("l1", ...)` tells you which digits need that one.
#
# ### Question 2 · Vertical lines
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Which filter of `l1` or `l2` detects vertical lines? Give two independent pieces of evidence.
# (b) Which digits need it? Use the ablation, and explain one digit that suffers and one that does
# not by their shape.
# (c) Why is the mean activation per digit not enough to answer (b)?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the filter with the largest selectivity of its layer, with its number, or a less
#   selective one with the reason (it answers more, or costs more).
# - 1 point: (a) two of: the answer to drawn bars, the picture that it likes best, the digits that
#   drive it most.
# - 1 point: (b) digits named from the ablation, with an explanation by their strokes; where none
#   suffers by much, that other filters see the same strokes.
# - 1 point: (c) an answer shows correlation, not need: other filters may carry the same evidence,
#   and digits with much ink drive every filter.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "vertical_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) Filter 5 of l2, on MNIST and on the small digits: its selectivity is above 0.8, and what
# drives it most are digits with long upright strokes (fours of MNIST, ones of the small set).
#
# (b) On MNIST no digit loses more than a few points without it: other filters see the same strokes.
# Another filter is needed more: filter 4 of l1, with selectivity 0.53. Without it the ones suffer by
# far the most: a one is hardly more than a vertical stroke. Fives do not suffer, as other filters see
# their horizontal and curved strokes. On the small digits the eights lose most without filter 5 of l2,
# then the ones; nines lose nothing.
#
# (c) The mean says that the filter is active, not that the answer depends on it. On MNIST other digits
# drive filter 4 of l1 as much as ones do, and can do without it.

# %% [markdown]
# ## 8 · Explore
#
# `frames=` keeps images on the way. Choose a digit and drag the slider.

# %%
climb = maximize(model, range(10), steps=120, frames=13, **settings["all four"])
explorers.maximization(climb)

# %% [markdown]
# Scores add up: what speaks for a 4 *and against* a 9? Try other pairs.

# %%
versus = [ClassScore(4), ClassScore(4) + -1 * ClassScore(9), ClassScore(9) + -1 * ClassScore(4)]
result = maximize(model, versus, steps=120, **settings["all four"])
titles = ["4", "4 against 9", "9 against 4"]
plots.images(result.images, titles, columns=3, title="One class against another")

# %% [markdown]
# ## What to take along
#
# - Climb logits, scale the gradient image by image, clip to the range of the data.
# - The result is extreme, not typical; regularisers make it readable and put something of you in.
# - There are many summits. Show several, and the real images beside them.
# - A filter that is dead from a start has no picture from there. Say so, and try another start.
# - A picture is a hypothesis. Test it with images that you draw, and by taking the filter away.
#
# **Next:** notebook 04 returns to given images, and looks at every layer at once.
#
# ## To read on
#
# - K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks", 2013: the class that
#   a network has in mind, with L2. [arXiv:1312.6034](https://arxiv.org/abs/1312.6034)
# - J. Yosinski, J. Clune, A. Nguyen, T. Fuchs and H. Lipson, "Understanding neural networks through
#   deep visualization", 2015: blur and clipping.
#   [arXiv:1506.06579](https://arxiv.org/abs/1506.06579)
# - A. Nguyen, J. Yosinski and J. Clune, "Deep neural networks are easily fooled", 2014: pictures of
#   nothing, of which a network is certain. [arXiv:1412.1897](https://arxiv.org/abs/1412.1897)
# - F. Chollet, "How convolutional neural networks see the world", 2016: filters of VGG16 in Keras.
#   [blog.keras.io](https://blog.keras.io/how-convolutional-neural-networks-see-the-world.html)
# - C. Olah, A. Mordvintsev and L. Schubert, "Feature visualization", Distill, 2017: from edges to parts,
#   with many optima. [doi:10.23915/distill.00007](https://doi.org/10.23915/distill.00007)
