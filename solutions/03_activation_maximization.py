# %% [markdown]
# # 03 · The picture a filter likes best
#
# Nguyen, Yosinski and Clune (2015) made pictures in which people see nothing. A network for
# photographs named an object in such pictures, and it was more than 99 % sure. Below is a picture
# that our own network takes for a 3.
#
# **You will** climb from a grey image to an image to which a class or a filter answers as strongly as
# it can. You learn what keeps such pictures readable. In a network for photographs you see filters
# for edges, for textures and for parts of things. Then you find out which filter detects vertical
# lines, and which digits need it. At the end you fool the network.
#
# **Time:** about 160 minutes. **You need:** notebooks 01 and 02.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.maximization import maximize, progression
from helpers.scores import ClassScore, FilterScore, UnitScore

import keras
import numpy as np
import tensorflow as tf
from IPython.display import display

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
print(f"{len(images):,} test images; convolutions: {models.conv_layers(model)}")
nothing = maximize(model, 3, start="random", steps=60).images
sure = models.predict(model, nothing)[0, 3]
print(f"a picture made from noise is taken for a 3 with a probability of {sure:.1%}")
plots.images(nothing, title="What is this? Our network takes it for a 3")

# %% [markdown]
# In notebook 02 the images were given and you watched the network. Now the network is given, and you
# change the *image*. Training moves weights down the gradient of a loss. Activation maximization moves
# pixels **up** the gradient of a score. Erhan and others (2009) did so for the units of a network,
# Simonyan and others (2013) for the classes of a convolutional network.
#
# ## 1 · One step uphill
#
# The score comes first. For a class, take its *logit*: the number that goes into the softmax. Section
# 3 shows why. Here is a copy of the network that ends before the softmax.

# %%
network = keras.models.clone_model(model)
network.set_weights(model.get_weights())
network.layers[-1].activation = keras.activations.linear
print("logits of the first test image:", network(images[:1]).numpy().round(1))

# %% [markdown]
# ### How TensorFlow finds a gradient
#
# `tf.GradientTape` computes the gradient of a number with respect to the numbers from which you
# computed it. Notebooks 05 and 07 use the tape again; this section explains it once.
#
# Inside the `with` block the tape records each TensorFlow operation on the tensors that it
# *watches*. After the block, `tape.gradient(y, x)` goes through the record from the end to the
# beginning, and applies the chain rule to each operation. The result has the shape of `x`.

# %%
x = tf.constant([1.0, 2.0, 3.0])
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x**2
print("watched:           ", tape.gradient(y, x).numpy())

with tf.GradientTape() as tape:
    y = x**2
print("not watched:       ", tape.gradient(y, x))

with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.constant(x.numpy() ** 2)
print("computed by NumPy: ", tape.gradient(y, x))
try:
    tape.gradient(y, x)
except RuntimeError:
    print("the same tape again: RuntimeError")

# %% [markdown]
# The results show four rules.
#
# - **Watch the input.** The tape watches the weights of a network by itself. An image is a constant, so
#   you have to call `tape.watch(images)`. Otherwise the gradient is `None`.
# - **Stay in TensorFlow, and inside the block.** `.numpy()`, NumPy and `model.predict` leave no record,
#   and again the gradient is `None`. So call the network itself: `network(images, training=False)`.
#   After the block, go on in NumPy with `.numpy()`.
# - **Several values are added up.** `y` has three values. The gradient is the gradient of their sum.
# - **Ask once.** If you need two gradients, record twice.
#
# The third rule is useful here. Add up the scores of several images: image 2 has no influence on the
# score of image 1. So the gradient of the sum holds the gradient of each image's own score.

# %%
watched = tf.constant(images[:2])
with tf.GradientTape() as tape:
    tape.watch(watched)
    threes = network(watched, training=False)[:, 3]
gradient = tape.gradient(threes, watched).numpy()
print("gradient of the 3-logit:", gradient.shape, "largest value", np.abs(gradient).max().round(2))

# %% [markdown]
# Here is a seven. **Guess first:** ink on which empty pixel would raise the logit of 3 most?

# %%
seven = images[np.flatnonzero(labels == 7)[:1]]
watched = tf.constant(seven)
with tf.GradientTape() as tape:
    tape.watch(watched)
    three = network(watched, training=False)[:, 3]
gradient = tape.gradient(three, watched).numpy()[0, ..., 0]
empty = seven[0, ..., 0] == 0
explorers.guess(
    "Ink on which empty pixel would raise the logit of 3 most?",
    answer=divmod(int(np.where(empty, gradient, -np.inf).argmax()), gradient.shape[1]),
    image=seven[0, ..., 0],
    picture=plots.overlays(
        seven,
        gradient[None],
        title="Red: ink here raises the logit of 3. Blue: it lowers the logit",
    ),
)

# %%
share = np.abs(gradient[empty]).sum() / np.abs(gradient).sum()
print(f"{share:.0%} of the gradient (absolute values, added up) lies on empty pixels")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The gradient is spread over many pixels, also where nothing is written. So a step changes many
# pixels a little. Do the red pixels draw the strokes that a 3 has and a 7 lacks?
# </details>
#
# The size of a gradient differs from score to score. So divide the gradient by its root mean square
# (RMS), as Chollet (2016) does. The scaled gradient says *where to go*, and `step_size` says *how
# far*.
#
# A penalty keeps pixels small. Half the sum of squares, ½ Σ x², has the gradient x. So a step
# against x makes the pixels smaller.
#
# ### Exercise 1 · One step
#
# *Medium, 20 minutes, 6 points.*
#
# Write a function that takes one step uphill for each image. Compute the gradient of the logit with a
# tape, and scale it image by image. Then subtract the penalty, take the step, and clip the result.


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
# The cells above the exercise compute such a gradient: which class do they climb, and which class
# does yours climb? Convert the gradient with <code>.numpy()</code> and go on in NumPy.
# </details>
# <details><summary>Hint 2</summary>
#
# Each image has an RMS of its own. Over which axes do you average the squares? The argument
# <code>keepdims=True</code> makes the result fit the gradient. Where the RMS is 0, you would divide by
# 0: <code>np.where</code> can put another number there. The penalty is subtracted after the scaling.
# </details>

# %%
moved = ascent_step(network, seven, 3, 0.1, 0.0)
before, after = network(seven).numpy()[0, 3], network(moved).numpy()[0, 3]
titles = [f"a seven: {before:.1f}", f"after one step: {after:.1f}"]
plots.images(np.concatenate([seven, moved]), titles, title="One step towards 3, with its logit")

# %% [markdown]
# **Notice** that one small step changes the logit by several units, while you still see a seven.
#
# ## 2 · The whole climb
#
# ### Exercise 2 · Maximise
#
# *Medium, 15 minutes, 6 points.*
#
# Repeat the step, and keep the score along the way. A curve that still rises says that more steps
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
# The curve has one value more than there are steps. Where in the loop do you read the score? When do
# you read it once more?
# </details>
# <details><summary>Hint 2</summary>
#
# Each reading is an array (N,). Collect these arrays in a list. <code>np.stack</code> joins them: along
# which axis, so that each row belongs to one image?
# </details>

# %% [markdown]
# Three climbs to a 3 begin at a blank image, at a grey image and at noise. **Guess first:** where do
# they end, compared with the logits of real threes?

# %%
shape = images.shape[1:]
noise = np.random.default_rng(0).random(shape)
start = np.stack([np.zeros(shape), np.full(shape, 0.5), noise]).astype(np.float32)
threes, curve = maximise(network, start, 3, 60, 0.05, 0.0)
kinds = ["blank", "grey", "noise"]
real = network.predict(images[labels == 3], verbose=0)[:, 3]
print(f"logit of 3 for real threes: {real.mean():.1f} on average, {real.max():.1f} at most")
places = ["below the average real three", "above the average real three", "above every real three"]
end = curve[:, -1].min()
explorers.guess(
    "Where do all three climbs end?",
    answer=places[int(end > real.mean()) + int(end > real.max())],
    choices=places,
    picture=plots.score_curves(curve, kinds, title="The logit of 3, step by step"),
)

# %%
titles = [f"{kind}: {reached:.1f}" for kind, reached in zip(kinds, curve[:, -1], strict=True)]
title = "Three climbs to a 3, by their start, with the logit reached"
plots.images(threes, titles, columns=3, title=title)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# All three climbs end far above any real three. And you may hardly see a three in the pictures. The
# network has never met images like these, and nothing told it what they are. Its answer is
# *extreme*, not *typical*. The pictures also differ: there are many summits, and the start decides
# which summit you reach.
# </details>
#
# ## 3 · Logit or softmax?
#
# `model` ends in the softmax, so the same function can climb the probability. **Guess first:** which
# of the two climbs ends at the higher *logit* of 3?

# %%
by_probability, probability_curve = maximise(model, start, 3, 60, 0.05, 0.0)
probability = model(by_probability).numpy()[:, 3]
logit = network(by_probability).numpy()[:, 3]
titles = [f"{kind}: {reached:.1f}" for kind, reached in zip(kinds, logit, strict=True)]
title = "Climbing the probability of 3 (with the logit reached)"
reached = {
    "the climb of the logit": curve[:, -1].mean(),
    "the climb of the probability": logit.mean(),
}
explorers.guess(
    "Which climb reaches the higher logit of 3, on average over the three starts?",
    answer=max(reached, key=lambda name: reached[name]),
    choices=list(reached),
    picture=plots.images(by_probability, titles, columns=3, title=title),
)

# %%
for kind, p, by_p, by_logit in zip(kinds, probability, logit, curve[:, -1], strict=True):
    print(
        f"{kind:5}: climbing p: p = {p:.4f}, logit {by_p:5.1f}; climbing the logit: {by_logit:.1f}"
    )

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The climb of the probability reaches a lower logit. A probability also rises when the *other* logits
# fall. So part of the climb made the image less like anything else. Once p is 1 up to rounding, its
# gradient is 0. Then the climb is over, though the logit could still grow.
# </details>
#
# ## 4 · Every filter at once
#
# A filter's score is the mean of its map over space. So the climb looks for a picture that drives
# the filter *everywhere*. The helper `maximize` does what you wrote, for any list of scores. It
# returns one image for each score. Here are the filters of all three convolutions.

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
# or lines. Some filters are driven most by a sheet full of ink: they measure how much ink there is. In
# the network trained on small digits, most filters of `l1` do so. In `l3` directions mix, and bends
# appear.
#
# A pixel that stays grey has no gradient: after the ReLU the map is 0 there, and so is every
# derivative. If no pixel has a gradient from the start on, the result is marked *dead* and left
# alone. Such a result is no picture of anything.
#
# **Guess first:** from which start are most filters dead? Think of the answer of a filter to an image
# without any ink.

# %%
beginnings = ("blank", "grey", "random")
dead = {
    kind: np.flatnonzero(maximize(model, scores, start=kind, steps=60).dead) for kind in beginnings
}
counts = [len(filters) for filters in dead.values()]
explorers.guess(
    "From which start are most filters dead?",
    answer=beginnings[int(np.argmax(counts))],
    choices=beginnings,
    picture=plots.bars(counts, beginnings, "start", "dead filters", title="Dead filters, by start"),
)

# %%
for kind, filters in dead.items():
    names_of_dead = [f"{scores[i].layer}/{scores[i].index}" for i in filters]
    print(f"{kind:6}: {len(filters)} dead {', '.join(names_of_dead)}")
dead_somewhere = {int(i) for filters in dead.values() for i in filters}
real = layer_activations(model, images[:500], models.conv_layers(model))
largest = np.concatenate([real[layer].max(axis=(0, 1, 2)) for layer in ("l1", "l2", "l3")])
silent = sum(largest[i] == 0 for i in dead_somewhere)
print(f"{len(dead_somewhere)} are dead from some start; {silent} of these answer to no test image")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The start decides which filters are dead. The last line says how many of these filters answer to no
# test image. So *dead* is a finding about a start, not about a filter. A filter contributes nothing
# only if it is silent on all images as well.
# </details>
#
# `top` sorts by the score reached, and puts dead filters last. Here are the strongest filters of
# `l3`.

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
# What did the climb *add* to its start? The difference is signed, and it may be faint or huge. To
# look at an array of any range, bring each image to a fixed mean and spread, then to bytes. Leave the
# original as it is: you may still want to compute with it.


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
# <code>images -= mean</code> would change the caller's array. <code>images - mean</code> makes a new
# array.
# </details>
# <details><summary>Hint 2</summary>
#
# First mean and spread, then clip, then bytes: as a byte, 256 is 0 again. A constant image has
# spread 0. By what can you divide it instead?
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
# **Notice** that the noise looks the same to you before and after the steps. The difference looks
# unlike noise: neighbouring pixels go together.
#
# ## 5 · Pictures that can be read
#
# Nothing in the score asks for smooth strokes. A *regulariser* does. One measure of unrest is the
# total variation: how much neighbouring pixels differ. Mahendran and Vedaldi (2014) used it for such
# pictures.
#
# ### Exercise 4 · Total variation
#
# *Easy, 10 minutes, 3 points.*
#
# Write a function that measures the total variation of each image. Compare each pixel with its
# neighbour to the right and with its neighbour below.


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
# Axis 0 counts images: do not compare along this axis, and do not sum over it. Which sign may a
# difference have?
# </details>

# %%
some_threes = images[labels == 3][:50]
print(f"real threes:        {total_variation(some_threes).mean():6.1f}")
print(f"the climb from grey: {total_variation(threes[1:2])[0]:5.1f}")
print(f"pure noise:         {total_variation(start[2:])[0]:6.1f}")

# %% [markdown]
# There are four ways to ask for calm:
#
# - **L2** (Simonyan and others) pulls pixels to 0, which is paper;
# - a **total variation** penalty pulls neighbours together;
# - a **blur** every few steps (Yosinski and others, 2015) removes whatever does not grow again;
# - **jitter** (Mordvintsev and others, 2015) shifts the image at random before each step. So nothing
#   can depend on one exact place.
#
# **Guess first:** how restless are the pictures of four of these settings? Put the settings in order of
# their total variation.

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
unrest = {name: total_variation(climb.images).mean() for name, climb in climbs.items()}
four = ["none", "L2", "blur", "all four"]
picture = plots.bars(
    [*unrest.values()], [*unrest], "regulariser", "total variation", "Unrest of the images"
)
explorers.guess(
    "Put four settings in order. Begin with the highest total variation.",
    answer=sorted(four, key=lambda name: -unrest[name]),
    choices=four,
    picture=picture,
)

# %%
for name, climb in climbs.items():
    logit = climb.curves[:, -1].mean()
    print(f"{name:16} total variation {unrest[name]:6.1f}   mean logit {logit:5.1f}")
reached = [f"{score:.0f}" for climb in climbs.values() for score in climb.curves[:, -1]]
pictures = np.stack([climb.images for climb in climbs.values()])
plots.image_table(
    pictures, list(climbs), reached, title="Every digit, by regulariser (logit above)"
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Every regulariser costs, on average, some of the logit, and lowers the total variation. In which row
# do you find most digits? Part of a good picture is *your* idea of a picture, not the network's. So
# say which regularisers you used whenever you show such a picture.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 1 · Your own climb.** Change one setting at a time, and say what you expect before you
# run the cell. Here are some values to try:
#
# - `start`: "blank", "grey" and "random";
# - `steps`: 15, 60 and 240;
# - `step_size`: 0.01, 0.05 and 0.2;
# - `l2`, the weight of the penalty: 0, 0.5 and 2;
# - `blur_every`, the steps from one blur to the next: 0 (no blur), 2 and 8.
#
# Then finish the sentence: *The picture becomes calm, and the logit falls least, if …*
# </div>

# %%
digit = 3
tried = {"start": "grey", "steps": 60, "step_size": 0.05, "l2": 0.0, "blur_every": 0}  # change one
climb = maximize(model, digit, **tried)
display(plots.images(climb.images, title=f"Your climb to {digit}"))
experiments.record(
    "Climbs, by their settings",
    {"digit": digit} | tried,
    logit=climb.curves[0, -1],
    total_variation=total_variation(climb.images)[0],
)

# %% [markdown]
# ## 6 · A network for photographs
#
# EfficientNet-Lite0 (Tan and Le, 2019) was trained on ImageNet's photographs of 1000 classes. Its
# convolutions take images of any size. An image of 128×128 has a third of the pixels of the
# network's own 224×224, and a climb takes less time. So `small` is a copy for images of 128×128, with
# the same weights.

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
# We take four filters each of an early, a middle and a late layer. We chose filters for which one can
# say what most of their patches have in common. For each filter we climb. We also look up the
# photographs that excite the filter most, and cut out the place where the filter answers.
#
# The layers are read before their ReLU, so that no filter is dead. In the early and the middle layer
# the score is the mean of the map, as before. In the late layer the score is one unit in the middle.
# So the shape to which the unit answers appears once.

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
# **Notice** how the pictures change with depth. In block 3 the pictures are stripes, and the patches
# of 11 pixels hold an edge or a line of that direction. In block 5 the pictures are textures: rows,
# dots, grids. In block 12 shapes stand in the middle. Look at 639 beside the heads, at 33 beside the
# roof, at 59 beside the flower. Then look at the third patch of each: eight photographs do not hold
# three heads.
#
# The picture tells what drives a filter most. The patches tell what drives the filter most among the
# images at hand. Show both.
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
# little in common pixel by pixel, as their small correlation says. And yet you see the same thing in
# all of them. The filter causes the common part, and the start causes the rest.
#
# ### A class, by stages
#
# Now climb the logit of a class, with one regulariser more each time, as Yosinski and others (2015)
# did. The first stage has none. The second has **L2**. The third also has a **blur** after every other
# step. The fourth also has **clipping**: after each step it sets the faintest half of the pixels to
# grey. So the picture holds only pixels that the score needs.
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
# contrast falls clearly, and with 3 the contrast falls much further. The stages use 1.

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
# **Notice** what each stage adds. Without a regulariser the network is nearly certain of a picture
# in which you see hardly anything. With L2 lines appear, the blur joins the lines, and the clipping
# clears the background. The regularisers cost some of the logit. Another class may even become the
# most probable one: see the list above the picture. The last pictures are a compromise between the
# score and the regularisers. They are no photographs.

# %% [markdown]
# ## 7 · Which filter detects vertical lines?
#
# The stripes of Section 4 may suggest an answer. We test this answer with pictures that we draw
# ourselves: bars in several directions, at several places.


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
plots.dense_activations(response, directions, title, label="share of the largest answer")

# %% [markdown]
# **Notice** the columns that are bright from top to bottom: such a filter answers to ink in any
# direction. A large answer at 90° alone does not make a detector of vertical lines. In `l2`, on the
# right of the filters of `l1`, some columns are bright in one direction only.
#
# ### Exercise 5 · Selectivity
#
# *Medium, 10 minutes, 3 points.*
#
# Let v be a filter's mean answer to vertical bars, and h its mean answer to horizontal bars. The
# contrast (v − h) / (v + h) runs from −1 (horizontal only) to 1 (vertical only). It does not depend on
# how loud the filter is. Write a function that computes this contrast for each filter.


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
# Each filter has one v and one h. The filters are the last axis: over which axes do you average?
# </details>
# <details><summary>Hint 2</summary>
#
# Where v + h is 0, both are 0. By what can you divide 0, so that the result is 0? <code>np.where</code>
# chooses between two numbers, filter by filter.
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
# a filter adds up the answers of several filters of `l1` at neighbouring places. We take this filter,
# and look for other evidence: the picture that it likes best, and the test images that drive it most.

# %%
best = maximize(model, chosen, steps=60, l2=1.0)
values = score_values(model, images, chosen)
first = np.argsort(-values)[:7]
titles = [f"climb: {best.curves[0, -1]:.2f}", *(f"{labels[i]}: {values[i]:.2f}" for i in first)]
title = f"Filter {chosen.index} of l2: its own picture, and the digits that drive it most"
plots.images(np.concatenate([best.images, images[first]]), titles, columns=8, title=title)

# %% [markdown]
# **Notice** whether the three kinds of evidence agree: bars, the filter's picture, and real digits. Do
# the digits have upright strokes?
#
# ### Which digits need it?
#
# First: to which digits does the filter answer?

# %%
mean = [values[labels == digit].mean() for digit in range(10)]
title = f"How much filter {chosen.index} of l2 answers per digit"
plots.bars(mean, names, "digit", "mean activation", title)

# %% [markdown]
# An answer is not yet a need. To learn what depends on the filter, take it away: set its weights and
# bias to 0 in a copy of the network. Then see which digits the network no longer recognises.
#
# **Guess first:** which digit suffers most without the filter?


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
change = 100 * (right_without(chosen.layer, chosen.index) - whole)
title = f"Accuracy without filter {chosen.index} of l2"
explorers.guess(
    f"Which digit suffers most without filter {chosen.index} of l2?",
    answer=names[change.argmin()],
    choices=names,
    picture=plots.bars(change, names, "digit", "points of accuracy", title),
)

# %%
for layer in ("l1", "l2"):
    for f in range(9):
        lost = 100 * (right_without(layer, f) - whole)
        print(f"without {layer}/{f} (selectivity {selectivity[layer][f]:5.2f}): {lost.mean():6.1f} points "
              f"on average; most for digit {lost.argmin()}: {lost.min():.1f}")  # fmt: skip

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The digits that suffer most need not be those with the largest mean activation. A digit that has
# other evidence can do without a filter that it drives strongly. Perhaps no digit suffers by much.
# Then other filters carry the same evidence: the filter detects vertical lines, and the network can do
# without it.
#
# Look in the list for the filter that costs most: is this filter selective, too? `right_without("l1",
# ...)` tells you which digits need it.
# </details>
#
# ### Question 1 · Vertical lines
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Which filter of `l1` or `l2` detects vertical lines? Give two independent pieces of evidence.
#
# (b) Which digits need this filter? Use the network without the filter. Choose one digit that suffers
# and one that does not, and explain both by their shape.
#
# (c) Why is the mean activation per digit not enough to answer (b)?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the filter with the largest selectivity of its layer, with its number. A less
#   selective filter earns the point with a reason (it answers more, or costs more).
# - 1 point: (a) two of: the answer to drawn bars, the picture that the filter likes best, the digits
#   that drive it most.
# - 1 point: (b) digits named from the network without the filter, with an explanation by their
#   strokes. If none suffers by much: other filters see the same strokes.
# - 1 point: (c) an answer shows correlation, not need. Other filters may carry the same evidence,
#   and digits with much ink drive every filter.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "vertical_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) Filter 5 of l2, on MNIST and on the small digits. Its selectivity is above 0.8. Digits with long
# upright strokes drive it most (fours of MNIST, ones of the small set).
#
# (b) On MNIST no digit loses more than a few points without the filter: other filters see the same
# strokes. The network needs another filter more: filter 4 of l1, with selectivity 0.53. Without that
# filter the ones suffer by far the most: a one is hardly more than a vertical stroke. Fives do not
# suffer, as other filters see their horizontal and curved strokes. On the small digits the eights lose
# most without filter 5 of l2, then the ones. Nines lose nothing.
#
# (c) The mean says that the filter is active, not that the answer depends on it. On MNIST other digits
# drive filter 4 of l1 as much as ones do, and they do not need it.

# %% [markdown]
# ## 8 · Fooling images
#
# This section is not graded.
#
# Szegedy and others (2013) changed photographs so little that people hardly see a difference. A
# network then took the photographs for another class. Your `ascent_step` can do so with digits. The
# function below repeats the step until the network takes the image for the class `target`. The number
# `most` bounds the change of each pixel: 1 is the difference between paper and ink.


# %%
def fool(image: np.ndarray, target: int, most: float = 0.5) -> np.ndarray:
    """Change an image (1, H, W, C) until the network takes it for the class `target`."""
    changed = image
    for _ in range(60):
        if network(changed).numpy().argmax() == target:
            break
        changed = ascent_step(network, changed, target, 0.02, 0.0)
        changed = np.clip(changed, image - most, image + most)
    return changed


# %% [markdown]
# Choose a digit, and the class for which the network shall take it. **Guess first:** by how much does
# the pixel change that changes most?

# %%
digit, target = 7, 3  # choose
found = models.predict(model, images).argmax(axis=1)
recognised = [images[np.flatnonzero((labels == d) & (found == d))[:1]] for d in range(10)]
image, changed = recognised[digit], fool(recognised[digit], target)
difference = changed - image
pictures = np.concatenate([image, changed, deprocess(difference) / 255])
taken = [int(model(shown).numpy().argmax()) for shown in (image, changed)]
titles = [f"taken for {taken[0]}", f"taken for {taken[1]}"]
titles.append(f"the difference: at most {np.abs(difference).max():.2f}")
explorers.guess(
    f"The network takes {digit} for {target}. How much does one pixel change at most (0 to 0.5)?",
    answer=np.abs(difference).max(),
    picture=plots.images(pictures, titles, columns=3, title="A fooling image"),
)

# %% [markdown]
# Does this work for other digits and other classes? The next cell changes your digit into each other
# class, and one image of each other digit into your class. It also makes a test: it puts the same
# changes on other pixels at random, clips the image to 0..1, and asks the network again.

# %%
pairs = [(digit, t) for t in range(10) if t != digit]
pairs += [(d, target) for d in range(10) if d not in (digit, target)]
rng, fooled, differences, largest = np.random.default_rng(0), [], [], []
for d, t in pairs:
    image, changed = recognised[d], fool(recognised[d], t)
    difference = changed - image
    shuffled = np.clip(image + rng.permutation(difference.ravel()).reshape(image.shape), 0, 1)
    before, after, other = network(np.concatenate([image, changed, shuffled])).numpy()
    fooled.append(changed[0])
    differences.append(deprocess(difference)[0] / 255)
    largest.append(f"at most {np.abs(difference).max():.2f}")
    print(f"digit {d}, wanted {t}: taken for {after.argmax()}; change {largest[-1]}, on average "
          f"{np.abs(difference).mean():.3f}; logit of {t} {after[t] - before[t]:+.1f}; shuffled: "
          f"taken for {other.argmax()}, logit of {t} {other[t] - before[t]:+.1f}")  # fmt: skip

# %%
titles = [f"now {t}" for _, t in pairs[:9]] + largest[:9]
title = f"Digit {digit}, taken for other classes, and the differences"
plots.images(np.stack(fooled[:9] + differences[:9]), titles, columns=9, title=title)

# %% [markdown]
# **Notice** three things. The network takes each changed image for the class that you want. No pixel
# changes by more than 0.5, and the average pixel changes by much less. The same changes on other
# pixels leave the answer as it is, and they change the logit much less. Which digit do *you* read in
# the changed images?
#
# What does that tell us about "what the network sees"?
#
# - *The network adds up evidence from all pixels.* Goodfellow and others (2014) explain fooling images
#   by such a sum. Each pixel changes a little, in the direction of its own gradient. All these small
#   changes raise the same logit, and together they raise it by much. On other pixels the same changes
#   partly cancel.
# - *Images that look alike to you need not look alike to the network.* Szegedy and others (2013) found
#   such a neighbour for every image that they tried.
# - *A sure answer does not say that the network sees what you see.* Szegedy's images look right and get
#   a wrong answer. The pictures of Nguyen and others (2015), and the one at the top of this notebook,
#   show nothing and get a sure answer.
#
# <div class="alert alert-info">
#
# **Experiment 2 · How little is enough?** Set `most` to 0.5, 0.3, 0.2 and 0.1. Then choose another
# digit and another class. The table says whether the network was fooled (1) or not (0). Finish the
# sentence: *The smaller the largest change, the …*
# </div>

# %%
digit, target, most = 7, 3, 0.5  # change one of them
changed = fool(recognised[digit], target, most)
probability = model(changed).numpy()[0]
display(plots.images(changed, title=f"Digit {digit}, on the way to {target}"))
experiments.record(
    "How little is enough?",
    {"digit": digit, "target": target, "most": most},
    fooled=int(probability.argmax() == target),
    probability=probability[target],
    mean_change=np.abs(changed - recognised[digit]).mean(),
)

# %% [markdown]
# ## 9 · Explore
#
# `frames=` keeps images on the way. Choose a digit and drag the slider.

# %%
climb = maximize(model, range(10), steps=120, frames=13, **settings["all four"])
explorers.maximization(climb)

# %% [markdown]
# You can add scores and subtract them. What speaks for a 4 *and against* a 9? Try other pairs.

# %%
versus = [ClassScore(4), ClassScore(4) + -1 * ClassScore(9), ClassScore(9) + -1 * ClassScore(4)]
result = maximize(model, versus, steps=120, **settings["all four"])
titles = ["4", "4 against 9", "9 against 4"]
plots.images(result.images, titles, columns=3, title="One class against another")

# %% [markdown] variants={"NUMBER": [2, 7, 10, 12, 13, 14, 15, 20, 22, 23, 28, 32, 33, 35, 36, 37, 40, 43, 44, 45, 47, 52, 54, 64, 72, 75]}
# ## 10 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
own_network = keras.models.clone_model(own_model)  # ends before the softmax
own_network.set_weights(own_model.get_weights())
own_network.layers[-1].activation = keras.activations.linear
label = int(own.labels[0])
print(f"your first image shows {label}; the digit after it is {(label + 1) % 10}")
plots.images(own.images[:1], [f"label {label}"], title="Your first image, which is to be fooled")

# %% [markdown]
# ### Exercise 6 · How many steps fool it?
#
# *Easy, 10 minutes, 3 points.*
#
# `own_network` is `own_model` without its softmax, so it answers with logits. Start from your first
# image, and climb the logit of the next digit. After a 3 comes a 4, and after a 9 comes a 0. Take 60
# steps of size 0.005 with `l2` = 0. Take all 60 steps, even if the network is fooled earlier.
#
# After how many steps is the logit of the next digit the largest of the ten for the first time? Which
# value does this logit have after 60 steps? Use your `ascent_step`, as `fool` does in Section 8. Then
# let `steps_to_fool` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "steps_to_fool", "solution": true}
def steps_to_fool() -> tuple[int, float]:
    """Return how a climb changes the answer to your first image.

    returns: after how many steps the network first takes the image for the next digit; and the
        logit of this digit after 60 steps, to one decimal
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    own_network = keras.models.clone_model(own_model)
    own_network.set_weights(own_model.get_weights())
    own_network.layers[-1].activation = keras.activations.linear
    image, target = own.images[:1], (int(own.labels[0]) + 1) % 10
    logits = [own_network(image).numpy()[0]]
    for _ in range(60):
        image = ascent_step(own_network, image, target, 0.005, 0.0)
        logits.append(own_network(image).numpy()[0])
    fooled = next(k for k, answer in enumerate(logits) if answer.argmax() == target)
    return fooled, round(float(logits[-1][target]), 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "steps_to_fool_check", "grade": true}
checks.steps_to_fool(steps_to_fool, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.steps_to_fool(steps_to_fool, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>fool</code> in Section 8 repeats <code>ascent_step</code> and asks the network each time. Which
# numbers of its call change here?
# </details>
# <details><summary>Hint 2</summary>
#
# Keep the ten logits before the first step and after each step: 61 readings. Which is the first
# reading whose largest logit is that of the next digit? How many steps come before this reading?
# </details>

# %% [markdown]
# ### Question 2 · What does such a picture prove?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) In Exercise 6 you found how many steps fool the network, and which logit the next digit reaches. Quote
# both numbers. To you the changed image still shows the old digit. The pictures in the row "none" of
# Section 5 look like no digit, and reach high logits, too. Why is a network not surprised by such images?
#
# (b) Why should you climb the logit, and not the probability? Give two reasons.
#
# (c) A colleague shows a beautiful picture for the 3 that looks like a digit. The colleague concludes
# that the network recognises threes by this shape. What do you answer?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the network was trained on digits only, and it must answer something for any image.
#   Nothing in training made logits small far from the data. With the steps and the logit of Exercise 6;
#   half a point without them. A wrong finding costs points in Exercise 6 alone.
# - 1 point: (b) a probability also rises when other logits fall.
# - 1 point: (b) the softmax saturates, so its gradient vanishes where p is near 1 (or near 0).
# - 1 point: (c) part of the shape comes from the regularisers: without them another picture drives
#   the class more. Or: this is one summit of many, and other starts give other pictures.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "picture_question", "grade": true, "solution": true, "points": 4}
# (a) With the number 2 the image of a 6 is taken for a 7 after 17 steps, and after 60 steps the logit of the
# 7 is 15.1. The network has only seen digits. For other images nothing in training keeps its logits
# small, and it has no way to say "none of these".
#
# (b) The probability of 3 also rises when the logits of other classes fall. So the picture may only
# show that it is *not* an 8. And the softmax saturates: near p = 1 its gradient vanishes and the
# climb ends.
#
# (c) The picture is a compromise between the score and the regularisers. Without them a picture
# that is no digit drives the class even more, and other starts lead to other pictures.

# %% [markdown]
# ## What to take along
#
# - A tape records the computation on the tensors that it watches, and finds the gradient.
# - Climb logits, scale the gradient image by image, and clip to the range of the data.
# - The result is extreme, not typical. Regularisers make it readable, and they add your own idea of a
#   picture.
# - There are many summits. Show several pictures, and real images beside them.
# - A filter that is dead from a start has no picture from there. Say so, and try another start.
# - A picture is a hypothesis. Test it with images that you draw, and by taking the filter away.
# - Small changes of many pixels, all along the gradient, can change the answer to any class.
#
# **Next:** notebook 04 returns to given images, and looks at every layer at once.
#
# ## To read on
#
# - C. Szegedy, W. Zaremba, I. Sutskever, J. Bruna, D. Erhan, I. Goodfellow and R. Fergus, "Intriguing
#   properties of neural networks", 2013: small changes, another class.
#   [arXiv:1312.6199](https://arxiv.org/abs/1312.6199)
# - I. J. Goodfellow, J. Shlens and C. Szegedy, "Explaining and harnessing adversarial examples", 2014:
#   why small changes add up. [arXiv:1412.6572](https://arxiv.org/abs/1412.6572)
# - K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks", 2013: the class that
#   a network has in mind, with L2. [arXiv:1312.6034](https://arxiv.org/abs/1312.6034)
# - J. Yosinski, J. Clune, A. Nguyen, T. Fuchs and H. Lipson, "Understanding neural networks through
#   deep visualization", 2015: blur and clipping.
#   [arXiv:1506.06579](https://arxiv.org/abs/1506.06579)
# - A. Nguyen, J. Yosinski and J. Clune, "Deep neural networks are easily fooled", 2015: pictures of
#   nothing, of which a network is certain. [arXiv:1412.1897](https://arxiv.org/abs/1412.1897)
# - F. Chollet, "How convolutional neural networks see the world", 2016: filters of VGG16 in Keras.
#   [blog.keras.io](https://blog.keras.io/how-convolutional-neural-networks-see-the-world.html)
# - C. Olah, A. Mordvintsev and L. Schubert, "Feature visualization", Distill, 2017: from edges to parts,
#   with many optima. [doi:10.23915/distill.00007](https://doi.org/10.23915/distill.00007)
