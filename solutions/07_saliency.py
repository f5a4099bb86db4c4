# %% [markdown]
# # 07 · Which pixels does it answer to?
#
# In 2018 Adebayo and others gave the layers of trained networks new random weights, one layer after
# another. Such a network cannot recognise anything, and yet some well-known methods still drew
# nearly the same picture. A picture that looks convincing may therefore say nothing about what the
# network has learned.
#
# The next cells draw a four twice, with one of these methods. One picture comes from our trained
# network. The other one comes from a copy whose last three layers are random. Can you see which?
#
# **You will** compute the gradient of a class at the image, make the gradient less noisy, and turn
# it into shares that add up. Then you change one rule at every ReLU and get pictures full of sharp
# lines. At the end you test whether these pictures say anything about the class, first on digits,
# then on photographs.
#
# **Time:** about 170 minutes. **You need:** notebooks 01, 03 and 05.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from helpers import checks, datasets, experiments, explorers, faithfulness, models, plots
from helpers.checks import findings
from helpers.methods import saliency
from helpers.methods.activations import score_values
from helpers.scores import ClassScore

import keras
import numpy as np
import tensorflow as tf

# %%
data = datasets.load("default")
model, _ = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
predictions = models.predict(model, images).argmax(axis=1)

# %% [markdown]
# Ten test images serve as examples, one of each digit. The network classifies all of them rightly.
# Two small functions help: one explains each image by a class of its own, the other paints maps on
# white.

# %%
right = np.flatnonzero(predictions == labels)
examples = images[[right[labels[right] == c][1] for c in range(10)]]


def explain(method, scores=range(10), network=model):
    """What a method says of each example and its score, (10, H, W)."""
    pairs = zip(examples, scores, strict=True)
    return np.concatenate([method(network, one[None], s) for one, s in pairs])[..., 0]


def on_white(maps, titles, title, columns=5, **options):
    return plots.overlays(np.zeros((*maps.shape, 1)), maps, titles, columns, title, **options)


# %%
def randomised(layers, seed=1):
    """A copy of the network with new random weights in these layers."""
    copy = models.build(model.name, seed=seed)  # new weights everywhere
    for old, new in zip(model.layers, copy.layers, strict=True):
        if old.name not in layers:
            new.set_weights(old.get_weights())
    return copy


four = examples[4:5]
layers = [layer.name for layer in model.layers if layer.get_weights()]
broken = randomised(layers[-3:])
pair = np.stack(
    [saliency.guided_backprop(network, four, 4)[0, ..., 0] for network in (model, broken)]
)
order = np.random.default_rng().permutation(2)  # another one each time
on_white(pair[order], ["A", "B"], "A four, drawn with two networks", 2)

# %%
explorers.guess(
    "Which picture comes from the trained network?",
    answer="AB"[order.argmin()],
    choices=["A", "B"],
    picture=on_white(
        pair, ["the trained network", "three random layers"], "Which network drew which four", 2
    ),
)

# %%
right_answers = (models.predict(broken, images).argmax(axis=1) == labels).mean()
alike = np.corrcoef(pair[0].ravel(), pair[1].ravel())[0, 1]
print(f"with three random layers {right_answers:.0%} of the test images are recognised")
print(f"correlation of the two pictures: {alike:.2f}")

# %% [markdown]
# Section 6 returns to this case, with numbers for each layer and each method.
#
# ## 1 · The slope at the image
#
# A network is a function of its pixels. Change one pixel a little: by how much does the logit of a
# class rise, for each unit of ink? The answer is the **gradient** of the logit with respect to the
# image. The gradient has one number for each pixel and channel, and one backward pass computes all
# of these numbers.
#
# Simonyan, Vedaldi and Zisserman (2013) drew gradients as *saliency maps*. A pixel of a colour
# image has three gradients. A large one of either sign says that the logit depends on this pixel.
# So a saliency map shows, for each pixel, the largest magnitude over the channels.
#
# ### Exercise 1 · A saliency map
#
# *Medium, 15 minutes, 4 points.*
#
# Write a function that returns the saliency maps of some images for one class. As in notebook 05
# the softmax is not part of the question: differentiate the logit. You know `tf.GradientTape` from
# [notebook 03](../03_activation_maximization/03_activation_maximization.ipynb#How-TensorFlow-finds-a-gradient):
# it records what you compute inside its `with` block, and `tape.gradient` returns the gradient
# afterwards. The tape watches the weights of a network by itself. You have to tell the tape to watch
# the *image*, too: `tape.watch(batch)`.


# %% nbgrader={"grade_id": "saliency_map", "solution": true}
def saliency_map(model: keras.Model, images: np.ndarray, class_index: int) -> np.ndarray:
    """Map how strongly the logit of a class answers to each pixel.

    model: a functional Keras model; its last layer is a Dense with a softmax; leave it as it is
    images: (N, H, W, C) float32, as the model takes them
    class_index: the class to explain, for all images; not always the most probable one
    returns: (N, H, W), the largest absolute value of the gradient over the channels, not rescaled
    """
    ### BEGIN SOLUTION
    head = model.layers[-1]
    features = keras.Model(model.inputs, head.input)
    batch = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = tf.matmul(features(batch), head.kernel) + head.bias
        value = logits[:, class_index]
    return np.abs(tape.gradient(value, batch).numpy()).max(axis=-1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "saliency_map_check", "grade": true}
checks.saliency_map(saliency_map)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.saliency_map(saliency_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The logits are what enters the last layer, times this layer's <code>kernel</code>, plus its
# <code>bias</code>. A model from <code>model.inputs</code> to <code>model.layers[-1].input</code>
# computes what enters the last layer.
# </details>
# <details><summary>Hint 2</summary>
#
# The tape must see everything from the image to the number that you differentiate. So do three
# things inside the <code>with</code> block: watch the batch, compute the logits, choose one column.
# Ask for the gradient after the block. Does the sign go before you look for the largest channel, or
# afterwards?
# </details>

# %% [markdown]
# **Guess first:** the next picture shows the saliency of each digit for its own class. Of all that
# saliency, how many per cent lie on pixels with ink? The printed number says how many pixels have
# ink.

# %%
maps = np.concatenate([saliency_map(model, examples[[c]], c) for c in range(10)])
ink = examples[..., 0] > 0.1
print(f"pixels with ink: {ink.mean():.0%}")
explorers.guess(
    "How many per cent of the saliency lie on pixels with ink?",
    answer=100 * maps[ink].sum() / maps.sum(),
    picture=plots.overlays(
        examples, maps, names, 5, "Saliency of each digit for its own class, by your function"
    ),
)

# %%
print(f"the share of the saliency on pixels with ink: {maps[ink].sum() / maps.sum():.0%}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The maps are speckled, like snow. And most of the saliency lies where there is no ink. The share
# of the saliency on ink is larger than the share of pixels with ink, but less than half. Neither of
# the two is a bug. The gradient does not ask "what did you see here?". It asks "what if there were
# a little more ink here?". Ink on empty paper would change the logit, too.
# </details>
#
# The magnitude hides the direction. For grey images the gradient itself says more. It is red where
# more ink would raise the logit, and blue where more ink would lower the logit.
#
# **Guess first:** take the four, and ask for the logit of a *nine*. At which pixel does a little
# more ink raise this logit most? Think of the difference between a four and a nine.

# %%
gradients = explain(saliency.gradient)
pairs = [(4, 4), (4, 9), (9, 4), (9, 9)]
maps = np.stack([saliency.gradient(model, examples[[i]], c)[0, ..., 0] for i, c in pairs])
titles = [f"digit {names[i]}, for {names[c]}" for i, c in pairs]
towards = np.unravel_index(maps[1].argmax(), maps[1].shape)
explorers.guess(
    "At which pixel of the four does a little more ink raise the logit of a nine most?",
    answer=tuple(map(int, towards)),
    image=four[0, ..., 0],
    picture=plots.overlays(
        examples[[i for i, _ in pairs]],
        maps,
        titles,
        4,
        "The gradient with its sign, for two classes",
        one_scale=True,
        label="logit per ink",
    ),
)

# %%
print(f"most towards a nine: row {towards[0]}, column {towards[1]} of the four")
for first in (0, 2):
    alike = np.corrcoef(maps[first].ravel(), maps[first + 1].ravel())[0, 1]
    print(f"correlation of the maps {titles[first]!r} and {titles[first + 1]!r}: {alike:.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Ink in the gap at the top would close the loop of a nine. A gradient asks about one pixel at a
# time, and its map is speckled. So the largest value may lie next to the place that you named.
#
# The two maps of one image differ. A correlation of 1 would mean the same map twice. The gradient
# depends on the class. Keep that in mind until Section 6.
# </details>
#
# ## 2 · Logit or probability?
#
# What if we differentiate the probability? You can write a score of your own: it reads the outputs
# of a forward pass and returns one number for each image.
#
# **Guess first:** here are the probabilities of our ten examples. Which digit has the largest
# gradient of the probability? Remember the shape of the softmax: it is flat near 1.


# %%
@dataclass(frozen=True)
class Probability(ClassScore):
    """The probability of a class, softmax included."""

    def __call__(self, outputs):
        return keras.ops.softmax(outputs.logits(self.head))[:, self.index]


# %%
of_probability = explain(saliency.gradient, [Probability(c) for c in range(10)])
sure = models.predict(model, examples).max(axis=1)
print("probabilities:", *(f"{name}: {p:.4f}" for name, p in zip(names, sure, strict=True)))
largest = abs(of_probability).max(axis=(1, 2))
explorers.guess(
    "Which digit has the largest gradient of the probability?",
    answer=names[largest.argmax()],
    choices=names,
    picture=plots.bars(
        largest,
        names,
        "digit",
        "largest gradient",
        title="The largest gradient of the probability of each digit",
    ),
)

# %%
print("digit   probability   largest gradient of the logit   of the probability")
for name, p, one, other in zip(names, sure, abs(gradients), largest, strict=True):
    print(f"{name:>5}   {p:11.4f}   {one.max():29.2f}   {other:18.1e}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The digit with the largest gradient is one of the digits of which the network is least sure. The
# gradients of the logit have similar sizes for all digits.
# </details>
#
# The network is so sure of these digits that their probabilities are nearly 1. There the softmax is
# flat: a small change of the image changes next to nothing. The gradient of the probability
# *saturates* where the network is most certain. If we scaled the rest for display, it would still
# look like a map. Therefore this course differentiates logits.
#
# ## 3 · Why it snows, and SmoothGrad
#
# A network of ReLUs is made of flat facets. Within one facet the gradient is constant, and at each
# edge the gradient jumps. With depth the facets get small, and the gradients of neighbouring points
# resemble each other less and less (*shattered gradients*, Balduzzi et al. 2017). So add a little
# noise, too little to change the answer, and look again.

# %%
rng = np.random.default_rng(0)
noise = rng.normal(0, 1, examples.shape).astype(np.float32)
for share in (0.01, 0.05, 0.1, 0.2):
    moved = examples + np.float32(share) * noise
    pairs = zip(moved, gradients, strict=True)
    found = [saliency.gradient(model, x[None], c).ravel() for c, x in enumerate(moved)]
    alike = np.mean(
        [np.corrcoef(f, g.ravel())[0, 1] for f, g in zip(found, gradients, strict=True)]
    )
    kept = (models.predict(model, moved).argmax(axis=1) == np.arange(10)).sum()
    print(
        f"noise {share:4}: {kept} of 10 predictions kept, correlation with the old gradient {alike:.2f}"
    )

# %% [markdown]
# **Notice** that the predictions stay and the gradients change. With more noise the gradients
# change more. Yet even with the most noise the correlation with the old gradient is far above 0. A
# gradient has two parts: neighbouring images share one part, and the other part belongs to this one
# point. **SmoothGrad** (Smilkov et al. 2017) averages over many noisy copies, so that the shared
# part remains.
#
# ### Exercise 2 · SmoothGrad
#
# *Medium, 15 minutes, 4 points.*
#
# Average the gradient over noisy copies of each image. From here on you are given the gradient as a
# function: images in, gradients of the same shape out.


# %% nbgrader={"grade_id": "smooth_grad", "solution": true}
def smooth_grad(
    gradient: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    noise: np.ndarray,
    share: float,
) -> np.ndarray:
    """Average the gradient over noisy copies of each image.

    gradient: a function from images (N, H, W, C) to gradients (N, H, W, C)
    images: (N, H, W, C) float, of any range
    noise: (samples, H, W, C) float, drawn with mean 0 and standard deviation 1; the same samples
      serve all images
    share: the width of the noise to add, as a share of each image's own range (its largest value
      minus its smallest)
    returns: (N, H, W, C), the mean gradient over the samples, with its sign
    """
    ### BEGIN SOLUTION
    widths = share * np.ptp(images, axis=(1, 2, 3), keepdims=True)
    return np.mean([gradient(images + widths * sample) for sample in noise], axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "smooth_grad_check", "grade": true}
checks.smooth_grad(smooth_grad)  # at grading, hidden checks use other images
### BEGIN HIDDEN TESTS
checks.smooth_grad(smooth_grad, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>images.max(axis=(1, 2, 3), keepdims=True)</code> has the shape (N, 1, 1, 1): one number for
# each image. You can multiply such an array with a sample.
# </details>
# <details><summary>Hint 2</summary>
#
# Compute the width of the noise for each image first. Then take one sample after another: add it to
# the original images, and call <code>gradient</code> once. What do you average, the images or the
# gradients? Over which axis?
# </details>

# %%
of_a_four = partial(saliency.gradient, model, score=4)
maps = []
counts = [0, 1, 5, 20, 100]
for count in counts:
    noise = rng.normal(0, 1, (2, count, *four.shape[1:])).astype(np.float32)
    twice = [
        smooth_grad(of_a_four, four, draw, 0.2) if count else of_a_four(four) for draw in noise
    ]
    maps.append(twice[0])
    alike = np.corrcoef(twice[0].ravel(), twice[1].ravel())[0, 1]
    print(f"{count:3} samples, drawn twice: correlation of the two maps {alike:.2f}")
plots.overlays(
    np.repeat(four, len(maps), axis=0),
    np.concatenate(maps)[..., 0],
    ["the gradient", "1 sample", *(f"{count} samples" for count in counts[2:])],
    5,
    "SmoothGrad of a four, by your function: noise of 0.2, more and more samples",
)

# %% [markdown]
# **Notice** the printed numbers. (With 0 samples the map is the gradient, twice the same.) The map
# of a single sample depends on the noise that was drawn. With more samples two draws agree better
# and better: what remains is what neighbouring images share. SmoothGrad is no filter that blurs the
# picture. Each sample is a gradient at some image. The mean of these gradients is the gradient of a
# smoother function: the expected logit under noise.
#
# <div class="alert alert-info">
#
# **Experiment 1 · Noise and samples.** Change `samples` to 1, 5 and 20, and `share` to 0.05, 0.2
# and 0.5. Run the cell each time. The cell compares the maps of two draws with each other, and one
# map with the gradient. Then finish the sentence: *With more samples …, and with more noise …*
# </div>

# %%
samples, share = 5, 0.2  # change them, and run the cell again
draws = np.random.default_rng(1).normal(0, 1, (2, samples, *four.shape[1:])).astype(np.float32)
once, again = (smooth_grad(of_a_four, four, draw, share).ravel() for draw in draws)
experiments.record(
    "SmoothGrad of a four",
    {"samples": samples, "share": share},
    with_another_draw=np.corrcoef(once, again)[0, 1],
    with_the_gradient=np.corrcoef(once, of_a_four(four).ravel())[0, 1],
)

# %%
smooth = [explain(partial(saliency.smooth_grad, samples=50, noise=n)) for n in (0.05, 0.2, 0.5)]
maps = np.stack([gradients, *smooth], axis=1)[[2, 4, 7]].reshape(-1, *gradients.shape[1:])
columns = ["gradient", "noise 0.05", "noise 0.2", "noise 0.5"]
titles = [f"digit {names[c]}, {column}" for c in (2, 4, 7) for column in columns]
for width in (0.05, 0.2, 0.5):
    copies = examples + width * rng.normal(0, 1, (20, *examples.shape))
    said = models.predict(model, copies.reshape(-1, *examples.shape[1:]).astype(np.float32))
    kept = (said.argmax(axis=1).reshape(20, 10) == np.arange(10)).mean()
    print(f"noise {width:4}: the prediction is kept in {kept:.0%} of the noisy copies")
on_white(maps, titles, "Gradients, and SmoothGrad of 50 samples, each on its own scale", 4)

# %% [markdown]
# **Notice** the trade-off. More noise averages over a wider neighbourhood. A wider neighbourhood
# reaches further away from the image that is to be explained. The printed shares say in how many of
# the noisy copies the network's answer is still the same.
#
# ## 4 · From slopes to shares
#
# A slope is not yet a contribution. To know what the ink *did*, multiply the slope with the amount
# of ink. This product is called **gradient × input** (Shrikumar et al. 2016), and its unit is that
# of the logit. If the network were linear and without bias, these products would add up to the
# logit.

# %%
products = explain(saliency.gradient_times_input)
logits, at_black = (
    np.array([score_values(model, x[None], c)[0] for c, x in enumerate(batch)])
    for batch in (examples, 0 * examples)
)
print("all pixels together:      ", products.sum(axis=(1, 2)).round(2))
print("logit − logit of no ink:  ", (logits - at_black).round(2))
on_white(products, names, "Gradient × input of each digit", one_scale=True, label="logit")

# %% [markdown]
# **Notice** that the paper around the digits is white now. That is not because the method knows
# better. Where the input is 0, the product is 0, too. The method is *blind to zeros*. A four is
# open at the top, and a nine is not. This difference lies in pixels without ink, so no picture of
# this kind can show it. The colours look like the digit because the gradient was multiplied with
# the digit.
#
# The sums come near the difference of the logits, but they miss it. The slope changes between the
# empty paper and the image, and the product knows only the slope at the image. **Integrated
# gradients** (Sundararajan, Taly and Yan 2017) start at a *baseline*, an image that stands for
# "nothing". They go straight from the baseline to the image, and average the gradient on the way:
#
# share of a pixel = (image − baseline) × mean gradient between the two
#
# ### Exercise 3 · Integrated gradients
#
# *Medium, 15 minutes, 4 points.*
#
# Compute the share of each pixel. Cut the way into `steps` equal parts and take the gradient in the
# middle of each part (the midpoint rule). The middles lie at 1/2, 3/2, 5/2 … times `1 / steps` of
# the way.


# %% nbgrader={"grade_id": "integrated_gradients", "solution": true}
def integrated_gradients(
    gradient: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    baseline: np.ndarray,
    steps: int,
) -> np.ndarray:
    """Give each pixel its share of the difference between the scores of image and baseline.

    gradient: a function from images (N, H, W, C) to gradients (N, H, W, C)
    images: (N, H, W, C) float
    baseline: (H, W, C) float, where the way to every image starts
    steps: the number of equal steps, each represented by the gradient at its middle
    returns: (N, H, W, C), with its sign
    """
    ### BEGIN SOLUTION
    way = images - baseline
    shares = (np.arange(steps) + 0.5) / steps
    return way * np.mean([gradient(baseline + share * way) for share in shares], axis=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "integrated_gradients_check", "grade": true}
checks.integrated_gradients(integrated_gradients)  # at grading, hidden checks use other scores
### BEGIN HIDDEN TESTS
checks.integrated_gradients(integrated_gradients, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>baseline + share * (images - baseline)</code> is the baseline for share 0 and the image for
# share 1. With four steps the shares are 0.125, 0.375, 0.625 and 0.875.
# </details>
# <details><summary>Hint 2</summary>
#
# Make an array of the shares first. Then call <code>gradient</code> once for each share, at a point
# between baseline and image. The formula above multiplies only once. When does it multiply, before
# the mean or after the mean?
# </details>
#
# Now test your function. The axiom of **completeness** says: all pixels together give the score of
# the image minus the score of the baseline. Do your pixels?

# %%
nothing = np.zeros_like(four[0])
difference = logits[4] - at_black[4]
print(
    f"logit of a four: {logits[4]:.3f}, without ink {at_black[4]:.3f}: difference {difference:.3f}"
)
for steps in (1, 3, 10, 30, 100, 300):
    total = integrated_gradients(of_a_four, four, nothing, steps).sum()
    print(f"{steps:3} steps: all pixels together {total:7.3f}, missing {difference - total:7.3f}")

# %% [markdown]
# **Notice** that a few hundred gradients account for the difference, to about a per cent or better.
# A small rest is left: the slope jumps at every edge of a facet, and a step misses a part of a
# jump. If a map of integrated gradients does not add up, take more steps. If the map never adds up,
# there is a bug.
#
# ### What says nothing?
#
# The baseline was empty paper. Other images can stand for "nothing", too: grey paper, paper full of
# ink, or the mean image of the test set.
#
# **Guess first:** we add up the magnitudes of each map, on the ink of the four and in all. From
# which baseline does the largest share lie on ink? Put the four baselines in order. Remember that a
# share is a product with (image − baseline).

# %%
baselines = {
    "grey": nothing + np.float32(0.5),
    "no ink": nothing,
    "the mean image": images.mean(axis=0),
    "all ink": nothing + np.float32(1),
}
maps, on_ink = [], {}
for name, baseline in baselines.items():
    maps.append(integrated_gradients(of_a_four, four, baseline, 100)[0, ..., 0])
    on_ink[name] = abs(maps[-1][ink[4]]).sum() / abs(maps[-1]).sum()
titles = [f"from {name}:\n{share:.0%} of it on ink" for name, share in on_ink.items()]
explorers.guess(
    "From which baseline does most of the map lie on ink? Put them in order, most first.",
    answer=sorted(on_ink, key=on_ink.get, reverse=True),
    choices=list(baselines),
    picture=on_white(np.stack(maps), titles, "One four, one network, one class, four baselines", 4),
)

# %%
for (name, baseline), one in zip(baselines.items(), maps, strict=True):
    difference = logits[4] - score_values(model, baseline[None], 4)[0]
    print(
        f"from {name + ':':15} all pixels together {one.sum():5.1f}, difference of the logits "
        f"{difference:5.1f}; {on_ink[name]:4.0%} of the magnitudes on ink"
    )

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The picture depends much on the baseline. From empty paper only ink can receive a share. (We count
# a pixel below a tenth of full ink as paper.) From paper full of ink nearly everything goes to the
# places without ink. All four maps add up, and each map explains another difference. The question
# "Why is this a four?" needs a "rather than what?", and the baseline says what.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 2 · From paper to ink.** Change `level`, the ink of the baseline, to 0, 0.1, 0.25,
# 0.5 and 1. Run the cell each time. Then finish the sentence: *The more ink the baseline has, the
# …*
# </div>

# %%
level = 0.25  # change it, and run the cell again
flat = nothing + np.float32(level)
shares = integrated_gradients(of_a_four, four, flat, 50)[0, ..., 0]
experiments.record(
    "A four, from baselines with more and more ink",
    {"level": level},
    share_on_ink=abs(shares[ink[4]]).sum() / abs(shares).sum(),
    all_pixels_together=shares.sum(),
)

# %% [markdown]
# ## 5 · Three ways back through a ReLU
#
# On its way back to the image the signal (what `tape.gradient` carries) passes every ReLU. There
# are three rules for what happens there:
#
# - **gradient**: the chain rule. The signal passes where the ReLU was open, so where the value that
#   came *forward* was positive.
# - **deconvnet** (Zeiler and Fergus 2014): the signal passes where the *signal* is positive.
# - **guided** backprop (Springenberg et al. 2014): the signal passes only where both are positive.
#
# Here is an example by hand. The inputs are a, b and c. Then h₁ = ReLU(a − b), h₂ = ReLU(b + c),
# and the score is 2 h₁ − 3 h₂. The signals that arrive at the two ReLUs are 2 and −3.
#
# | a, b, c | before the ReLUs | gradient | deconvnet | guided |
# |---|---|---|---|---|
# | 2, 1, 1 | 1, 2: both open | 2, −5, −3 | 2, −2, 0 | 2, −2, 0 |
# | 1, 2, 1 | −1, 3: h₁ is closed | 0, −3, −3 | 2, −2, 0 | 0, 0, 0 |
#
# Only the first rule gives the slope of a function. The other two rules drop the signal of h₂,
# because this signal speaks *against* the score. The deconvnet gives both inputs the same answer,
# because its rule does not look at what came forward.
#
# ### Exercise 4 · At one ReLU
#
# *Easy, 10 minutes, 4 points.*
#
# Send a signal back through one ReLU, by each of the three rules. Where the signal does not pass, 0
# goes on.


# %% nbgrader={"grade_id": "relu_backward", "solution": true}
def relu_backward(before: np.ndarray, signal: np.ndarray, rule: str) -> np.ndarray:
    """Send a signal back through a ReLU.

    before: what came forward into the ReLU, of any shape; it is open where this is above 0
    signal: what comes back from above, of the same shape, of either sign
    rule: "gradient", "deconvnet" or "guided"
    returns: what goes on downwards: the signal where it passes, 0 elsewhere
    """
    ### BEGIN SOLUTION
    passes = np.ones(signal.shape, bool)
    if rule in ("gradient", "guided"):
        passes &= before > 0
    if rule in ("deconvnet", "guided"):
        passes &= signal > 0
    return np.where(passes, signal, 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "relu_backward_check", "grade": true}
checks.relu_backward(relu_backward)  # at grading, hidden checks use other signals
### BEGIN HIDDEN TESTS
checks.relu_backward(relu_backward, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two masks are enough: <code>before &gt; 0</code> and <code>signal &gt; 0</code>. Which rule needs
# which mask?
# </details>
# <details><summary>Hint 2</summary>
#
# Begin with a mask that is true everywhere. Each rule makes this mask stricter once or twice:
# <code>&amp;</code> joins two masks. Use the mask at the end, to choose between the signal and 0.
# </details>
#
# ### Exercise 5 · All the way down
#
# *Hard, 20 minutes, 5 points.*
#
# Send the signal of one class through a whole network of dense layers. Each layer computes `x @
# kernel + bias`, with a ReLU after each layer but the last. Go forward first, and remember what
# came before every ReLU. Then go back. The logit of the class sends a 1, and the other logits
# send 0. On the way the signal meets every kernel, transposed, and every ReLU, by your rule. (The check
# takes `relu_backward` as right: a mistake there costs nothing here.)


# %% nbgrader={"grade_id": "backward_pass", "solution": true}
def backward_pass(network: dict, inputs: np.ndarray, class_index: int, rule: str) -> np.ndarray:
    """Send a signal from the logit of a class down to the inputs.

    network: "kernels", a list of (inputs, outputs) arrays from bottom to top, two or more, and
      "biases", a list of (outputs,) arrays
    inputs: (N, P) float
    class_index: the logit where the signal starts
    rule: "gradient", "deconvnet" or "guided", at every ReLU
    returns: (N, P), the signal at the inputs, of either sign
    """
    ### BEGIN SOLUTION
    before, x = [], inputs
    for kernel, bias in zip(network["kernels"], network["biases"], strict=True):
        before.append(x @ kernel + bias)
        x = np.maximum(before[-1], 0)
    signal = np.zeros_like(before.pop())  # of the logits, which have no ReLU
    signal[:, class_index] = 1
    for kernel in reversed(network["kernels"]):
        signal = signal @ kernel.T
        signal = relu_backward(before.pop(), signal, rule) if before else signal
    return signal
    ### END SOLUTION


# %% nbgrader={"grade_id": "backward_pass_check", "grade": true}
checks.backward_pass(backward_pass)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.backward_pass(backward_pass, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# On the way forward, keep a list of what each layer computes before its ReLU. The last entry of
# this list are the logits. The signal at the logits has their shape: zeros, and a 1 in column
# <code>class_index</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Go back from the last kernel to the first. A transposed kernel brings the signal to the output of
# the ReLU below. Which entry of your list belongs to this ReLU? Is there a ReLU below the first
# kernel? Biases play no part.
# </details>
#
# Your function computes the table above:

# %%
network = {
    "kernels": [np.array([[1, 0], [-1, 1], [0, 1.0]]), np.array([[2], [-3.0]])],
    "biases": [np.zeros(2), np.zeros(1)],
}
for rule in ("gradient", "deconvnet", "guided"):
    first, second = backward_pass(network, np.array([[2, 1, 1], [1, 2, 1.0]]), 0, rule)
    print(f"{rule:10} at 2, 1, 1: {first.round(2)}   at 1, 2, 1: {second.round(2)}")

# %% [markdown]
# ### Your rule in a real network
#
# A convolution passes its kernel transposed, too, and TensorFlow does that for you. Only the ReLUs
# must use your rule. `tf.custom_gradient` gives an operation the way back that you want. We put the
# operation into a *copy* of the network, because we still need the original as it was.


# %%
def pass_back(batch, class_index, rule):
    """The signal at the images (N, H, W, C), with `relu_backward` at every ReLU."""

    @tf.custom_gradient
    def rectify(x):
        return tf.nn.relu(x), lambda signal: tf.constant(
            relu_backward(x.numpy(), signal.numpy(), rule)
        )

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for layer in copy.layers:
        if getattr(layer, "activation", None) is keras.activations.relu:
            layer.activation = rectify
    copy.layers[-1].activation = keras.activations.linear  # the logits
    batch = tf.constant(batch)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        value = copy(batch)[:, class_index]
    return tape.gradient(value, batch).numpy()


# %%
rules = ["gradient", "deconvnet", "guided"]
shown = [2, 4, 5, 7, 8]
maps = np.stack([[pass_back(examples[[c]], c, rule)[0, ..., 0] for c in shown] for rule in rules])
by_helpers = (saliency.gradient, saliency.deconvnet, saliency.guided_backprop)
for rule, by_you, helper in zip(rules, maps, by_helpers, strict=True):
    difference = abs(by_you - explain(helper)[shown]).max()
    print(f"{rule}: largest difference from the helper {difference:.0e}")
titles = [f"{rule}: digit {names[c]}" for rule in rules for c in shown]
on_white(
    maps.reshape(-1, *maps.shape[2:]),
    titles,
    "Three ways back to the image, each map on its own scale",
)

# %% [markdown]
# **Notice** the two lower rows. There the digit stands out, with its strokes in red. Pictures like
# these made guided backprop popular. The pictures are clear for a reason: every ReLU drops signals
# that would have cancelled others. But the deconvnet draws the digit as well, and its rule never
# looks at what came forward. The deconvnet knows the image only through the max pools, which send a
# signal back to where their maximum was.
#
# Guided Grad-CAM (Selvaraju et al. 2017) multiplies guided backprop by the map of Grad-CAM. Guided
# backprop gives the fine lines, and Grad-CAM says where the class is.

# %%
guided, guided_cam = explain(saliency.guided_backprop), explain(saliency.guided_grad_cam)
on_white(guided_cam, names, "Guided Grad-CAM of each digit, each map on its own scale")

# %% [markdown]
# **Notice** that a product is 0 where one of its factors is 0. Where the map of Grad-CAM is 0, the
# strokes of the digit are gone. So only spots are left of some digits.
#
# ## 6 · Too good to be true?
#
# A picture that explains a *class* must change with the class. Now ask for a wrong class: for each
# digit the class five places further on.
#
# **Guess first:** how alike are the two maps of guided backprop, for the right class and for the
# wrong one? Give their mean correlation. 1 means the same map twice, and 0 means that the maps have
# nothing in common.


# %%
def similarity(maps, others):
    """The mean correlation of signed maps (10, H, W), image by image; 0 for an empty map."""
    pairs = [(a.ravel(), b.ravel()) for a, b in zip(maps, others, strict=True)]
    return np.mean([np.corrcoef(a, b)[0, 1] if a.std() and b.std() else 0 for a, b in pairs])


wrong = [(c + 5) % 10 for c in range(10)]
guided_wrong = explain(saliency.guided_backprop, wrong)
pictures = {
    "gradient": (gradients, explain(saliency.gradient, wrong)),
    "guided": (guided, guided_wrong),
}

# %%
maps = [m[c] for own, other in pictures.values() for m in (own, other) for c in (2, 4, 7)]
titles = [
    f"{name}:\na {names[c]}, for {names[k[c]]}"
    for name in pictures
    for k in (range(10), wrong)
    for c in (2, 4, 7)
]
explorers.guess(
    "What is the correlation of guided backprop for the right class and for a wrong class?",
    answer=similarity(guided, guided_wrong),
    picture=on_white(
        np.stack(maps), titles, "Each digit for its own class, and for a wrong one", 6
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The two gradients of a digit have little in common. Guided backprop draws nearly the same picture
# of a two, whether you ask for the class "two" or for another class. (The table below has the
# numbers.) Guided backprop shows the *image*, and hardly what speaks for a class in the image.
# </details>
#
# Nie, Zhang and Patel (2018) explained why: guided backprop partly recovers the image. Adebayo et
# al. (2018) made a test for any method. Give the last layer random weights, so that the network
# cannot classify any more. Then do the same with more layers, from the top down. A map that shows
# what the network has learned must change, and it must change more with each layer.

# %%
methods = {
    "gradient": saliency.gradient,
    "integrated gradients": partial(saliency.integrated_gradients, steps=20),
    "guided backprop": saliency.guided_backprop,
}
networks = {f"{name} and up": randomised(layers[i:]) for i, name in enumerate(layers)}
own = {name: explain(method) for name, method in methods.items()}
table = [["", *methods]]
table.append(
    ["another class", *(similarity(own[n], explain(m, wrong)) for n, m in methods.items())]
)
for which, network in reversed(networks.items()):
    found = (similarity(own[n], explain(m, network=network)) for n, m in methods.items())
    table.append([f"random {which}", *found])
print("Correlation with the map of the trained network for the right class")
for first, *row in table:
    print(f"{first:18}", *(f"{r:>21}" if isinstance(r, str) else f"{r:21.2f}" for r in row))

# %%
steps = [model, *reversed(networks.values())]
captions = ["trained", *(f"random {which}" for which in reversed(networks))]
maps = [
    m(n, four, 4)[0, ..., 0] for m in (saliency.gradient, saliency.guided_backprop) for n in steps
]
titles = [f"{name}\n{caption}" for name in ("gradient", "guided") for caption in captions]
on_white(np.stack(maps), titles, "A four, while the network is destroyed from the top down", 6)

# %% [markdown]
# **Notice** the last column of the table, and the lower row of the picture. With a random last
# layer guided backprop hardly changes. With three random layers the four is still there, although
# this network cannot tell a four from anything else. That was the picture of the first cells. The
# gradient has next to nothing in common with the old one after the first step: its correlation is
# near 0. Of the three methods, the method with the clearest pictures depends least on the class.
#
# Guided backprop has a use: it shows which edges of the *image* pass the first filters. But it does
# not show the reason for a decision.
#
# ### Question 1 · What passes the test?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) From your table: which of the three maps depend on the class at all, and which hardly does?
# Quote two numbers.
#
# (b) A poster shows a cat by guided backprop, whiskers and all, and says: "the network recognises
# cats by their whiskers". What may you conclude, and which two tests would you ask for?
#
# (c) Someone compares the *absolute* integrated gradients for right and wrong classes. A
# correlation of ranks over all pixels gives 0.99. Does the method fail the test?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the gradient and integrated gradients do, guided backprop hardly, with two numbers
#   from the table (near 0 for another class or random layers, against a high one).
# - 1 point: (b) only that the early filters pass such edges; nothing about the class.
# - 1 point: (b) two fitting tests, such as: another class; random top layers; cover the whiskers
#   and watch the logit.
# - 1 point: (c) no: all pixels without ink are 0 in both maps (image − baseline), and these zeros
#   make the ranks agree. Compare with the sign, or among the pixels with ink alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "sanity_question", "grade": true, "solution": true, "points": 4}
# (a) The gradient and integrated gradients depend on the class: for another class their correlation
# with the first map is near 0. Guided backprop hardly depends on it: in my run its correlation is
# above 0.9. With a random last layer the three numbers are much the same.
#
# (b) The whiskers have edges that pass the first filters. The picture does not say whether these
# edges count for the class. I would ask for the picture of the class "dog", and cover the whiskers
# to see whether the logit falls.
#
# (c) No. Without ink both maps are 0, and most pixels have no ink: the ranks agree because the
# images do. With signs, as in the table, the correlation is near 0.

# %% [markdown]
# ## 7 · On photographs
#
# The inventors of these methods showed their maps on photographs. We do the same with
# EfficientNet-Lite0, a variant of the network of Tan and Le (2019). It was trained on more than a
# million photographs of 1000 classes (ImageNet). It has sixteen blocks of convolutions, and no max
# pool: where a map gets smaller, a convolution takes steps of two pixels.

# %%
big = models.zoo("efficientnet_lite0")
photos = datasets.load("photos", size=256)
chosen = [photos.class_names.index(name) for name in ("cat", "coffee", "flower", "camera")]
inputs = big.preprocess((255 * photos.test.images[chosen]).round().astype(np.uint8))
answers = [best for [best] in models.top(big, inputs, k=1)]
classes = [big.class_names.index(answer) for answer, _ in answers]
titles = [f"{answer}: {p:.0%}" for answer, p in answers]
plots.images(
    big.preprocess.picture(inputs), titles, 4, "Four photographs, and what the network says"
)

# %% [markdown]
# A pixel has three gradients now, so the maps show the largest magnitude over the channels. A few
# pixels are far stronger than all others. Therefore the strongest hundredth of each map gets full
# colour. Your functions compute the first two rows.


# %%
def of_photos(method, which=classes):
    """The signal at each photograph for its class, (4, H, W, 3)."""
    return np.concatenate([method(inputs[[i]], c) for i, c in enumerate(which)])


def smoothed(images, c):
    """Your SmoothGrad."""
    of_class = partial(saliency.gradient, big.model, score=c)
    return smooth_grad(of_class, images, noise, 0.15)


noise = rng.normal(0, 1, (20, *inputs.shape[1:])).astype(np.float32)
backwards = (saliency.gradient, saliency.deconvnet, saliency.guided_backprop)
signals = {
    rule: of_photos(partial(helper, big.model))
    for rule, helper in zip(rules, backwards, strict=True)
}
maps = {
    "gradient": of_photos(partial(saliency_map, big.model)),
    "SmoothGrad": saliency.over_channels(of_photos(smoothed), "max"),
    **{rule: saliency.over_channels(signals[rule], "max") for rule in rules[1:]},
}

# %% [markdown]
# **Guess first:** one of the three ways back draws nearly the same picture for all four
# photographs. Which one? Think of how each rule learns what the photograph is, in a network without
# max pools.

# %%
clipped = np.concatenate(
    [np.minimum(m, np.percentile(m, 99, axis=(1, 2), keepdims=True)) for m in maps.values()]
)
titles = [f"{name}:\n{answer}" for name in maps for answer, _ in answers]
of_next = {rule: similarity(signals[rule], np.roll(signals[rule], -1, axis=0)) for rule in rules}
explorers.guess(
    "Which way back draws nearly the same picture for all four photographs?",
    answer=max(of_next, key=of_next.get),
    choices=rules,
    picture=on_white(
        clipped, titles, "Four photographs, each for the class that the network says", 4
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Look at the rows one by one. The gradient is speckled, though you can make out the rim of the cup.
# SmoothGrad shows coarser shapes: handle and spoon, the blossom, the man with his camera. Guided
# backprop draws lines: the eyes and the muzzle of the cat, the rims of cup and saucer, the legs of
# the tripod. The deconvnet draws the same stripes four times. There are no max pools, so its way
# back learns nothing of the photograph. Springenberg et al. (2014) met this in a network without
# pools, and invented guided backprop for such networks.
# </details>
#
# Now the tests of Section 6. First: another class, and another photograph.

# %%
further = classes[1:] + classes[:1]  # of each photograph the class of the next one
print("Mean correlation of the signals" + "".join(f"{rule:>12}" for rule in rules))
shown = {
    "for two classes": {
        rule: of_photos(partial(helper, big.model), further)
        for rule, helper in zip(rules, backwards, strict=True)
    },
    "of two photographs": {rule: np.roll(signals[rule], -1, axis=0) for rule in rules},
}
for what, others in shown.items():
    row = [similarity(signals[rule], others[rule]) for rule in rules]
    print(f"{what:31}" + "".join(f"{alike:12.2f}" for alike in row))

# %% [markdown]
# **Notice** that guided backprop draws a cat for "tiger cat" and the same cat for "espresso". The
# deconvnet depends on neither the class nor the photograph. Sixt, Granz and Landgraf (2020) found
# this in many methods that change the way back. The deeper the network, the more the signal turns
# into one pattern, whatever signal the way back began with.
#
# The second test: random weights, from the top down. The network has a hundred layers with weights,
# so we look at the maps after six of them only. The numbers are rank correlations. One is for the
# signed maps (the sum over the channels), and one is for their magnitudes.

# %%
stops = ["classes", "head_conv"] + [f"block{n}_expand_conv" for n in (14, 11, 6)] + ["stem_conv"]
kept, rows = {}, {}
for rule, helper in (("gradient", saliency.gradient), ("guided", saliency.guided_backprop)):
    found = []
    for one, c in zip(inputs[:2, None], classes[:2], strict=True):
        kept[rule, c] = []

        def method(network, images, score, helper=helper, seen=kept[rule, c]):
            seen.append(helper(network, images, score))
            return saliency.over_channels(seen[-1])

        result = faithfulness.randomisation(big.model, one, c, method, layers=stops)
        found.append(np.concatenate([result.signed, result.absolute], axis=1))
    rows[rule] = np.mean(found, axis=0)
print("Rank correlation with the trained network's map, of the cat and the coffee on average")
for stop, *row in zip(stops, *rows.values(), strict=True):
    told = ", ".join(
        f"{rule} {r[0]:5.2f} (magnitudes {r[1]:4.2f})" for rule, r in zip(rows, row, strict=True)
    )
    print(f"random {stop + ' and up':27} {told}")

# %%
maps = np.concatenate([signal for rule in rows for signal in kept[rule, classes[0]]])
maps = saliency.over_channels(maps, "max")
maps = np.minimum(maps, np.percentile(maps, 99, axis=(1, 2), keepdims=True))
captions = ["trained", *(f"from {stop.split('_')[0]} up" for stop in stops)]
titles = [f"{rule}\n{caption}" for rule in rows for caption in captions]
on_white(maps, titles, "A cat, while the network is destroyed from the top down", 7)

# %% [markdown]
# **Notice** the lower row. The eyes and the muzzle of the cat stay where they are while the upper
# six of the sixteen blocks, 11 to 16, are random. Such a network cannot name anything. The signed
# gradient has little in common with the old one as soon as the last layer is random. Its
# magnitudes, which the upper row shows, keep a part of their order. In these networks, too, some
# pixels of the photograph have larger gradients than others. So say which of the two you compare.
#
# Try your own pictures: `datasets.load("photos", place="a/folder", size=256)`.

# %% [markdown]
# ## 8 · Explore
#
# Choose an image, a class and a method. "Samples" are the samples of SmoothGrad, and the steps of
# integrated gradients. The explorer compares the sum of integrated gradients with the difference of
# the logits. Without "signed" only the size of a gradient counts. Gradient × input and integrated
# gradients always have a sign.

# %%
explorers.saliency(model, images[:200], labels[:200], names)

# %% [markdown]
# Things to try:
#
# - guided backprop and the deconvnet while you change the class
# - integrated gradients with 1 step and with 200, and from each baseline
# - SmoothGrad with the noise at 0.

# %% [markdown] variants={"NUMBER": [22, 2, 7, 8, 9, 13, 14, 16, 18, 20, 24, 27, 29, 30, 32, 36, 39, 41, 45, 47, 49, 50, 54, 56, 57, 58, 59, 60, 61, 64, 70, 73, 74, 76, 78, 79, 81, 83, 85, 86, 88]}
# ## 9 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`. Your digit is the last figure of your
# number.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
digit = {{NUMBER}} % 10
mine = own.images[own.labels == digit][:1]
print(f"the network says: {models.predict(own_model, mine).argmax()}")
plots.images(mine, title=f"Your first image of your digit, {digit}")

# %% [markdown]
# ### Exercise 6 · Slopes of your own
#
# *Easy, 10 minutes, 3 points.*
#
# Explain the logit of your digit in your first image of this digit. At which pixel does your
# `saliency_map` have its largest value?
#
# Then compute integrated gradients with 8 steps. The baseline is an image without ink, where all pixels
# are 0. What is the sum of the shares of all pixels? The shares should add up to a difference of two
# logits: the logit of your image minus the logit of the baseline. Subtract the sum from this difference.
# What is left? Work in a cell of your own. Then let `own_slopes` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_slopes", "solution": true}
def own_slopes() -> tuple[int, int, float, float]:
    """Return what you found for your digit, in your first image of this digit.

    returns: the row and the column of the pixel with the largest saliency, counted from 0; the sum of
        all shares of integrated gradients; the difference of the logits minus this sum, with its
        sign. Give the last two to three decimals.
    """
    ### BEGIN SOLUTION
    digit, own = {{NUMBER}} % 10, findings.images({{NUMBER}})
    own_model, mine = findings.network({{NUMBER}}), own.images[own.labels == digit][:1]
    slopes = saliency_map(own_model, mine, digit)[0]
    row, column = np.unravel_index(slopes.argmax(), slopes.shape)
    of_own_digit = partial(saliency.gradient, own_model, score=digit)
    together = integrated_gradients(of_own_digit, mine, 0 * mine[0], 8).sum()
    ends = [score_values(own_model, image, digit)[0] for image in (mine, 0 * mine)]
    missing = ends[0] - ends[1] - together
    return int(row), int(column), round(float(together), 3), round(float(missing), 3)
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_slopes_check", "grade": true}
checks.own_slopes(own_slopes, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_slopes(own_slopes, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>saliency_map</code> and <code>integrated_gradients</code> are yours. Section 4 shows how you
# give the second one a gradient, and how <code>score_values</code> gives a logit.
# </details>
# <details><summary>Hint 2</summary>
#
# Keep one image, but keep its axis: <code>mine</code> has the shape (1, 28, 28, 1), and a baseline has
# the shape (28, 28, 1). <code>np.unravel_index</code> makes row and column of a flat position.
# </details>

# %% [markdown]
# ### Question 2 · What does white mean?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) A colleague looks at integrated gradients from empty paper and writes: "the gap at the top of
# the four is white, so the network does not use it". What is wrong, and what should she try?
#
# (b) On X-rays black is air. What does a black baseline explain there, and what would you use?
#
# (c) In Exercise 6 you found what the shares miss with 8 steps. Are 8 steps enough for your image? Try other
# numbers of steps, and quote what is missing. With how many steps are you satisfied, and why?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) with this baseline a pixel without ink gets 0, whatever the network does (image −
#   baseline is 0). So white says nothing there.
# - 1 point: (a) a fitting trial: another baseline (ink, grey, mean image, a nine), the gradient
#   itself, or occlusion with ink.
# - 1 point: (b) it explains the difference to an image of nothing but air, which no patient is. It
#   gives dark structures (the lungs) no share. Better: a healthy or mean image, a blurred one, or
#   several baselines averaged.
# - 1 point: (c) the gap of Exercise 6 beside the gap of another number of steps, compared with the
#   difference of the logits. A wrong finding costs points in Exercise 6 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "baseline_question", "grade": true, "solution": true, "points": 4}
# (a) From empty paper a pixel without ink has image − baseline = 0 and gets no share, whatever the
# network does with it. She should start from another baseline, such as a mean image or paper full
# of ink. Or she should look at the gradient itself, which is not zero there.
#
# (b) It explains the difference between the image and a picture of air. The lungs are dark
# themselves and get hardly any share. The mean image of healthy patients asks the better question.
#
# (c) With the number 22 the two logits differ by 6.103, and with 8 steps −0.295 is left: all shares together
# are 5 % too large. For me 8 steps are too few. With 30 steps 0.054 is missing, with 100
# steps 0.002, and with 300 steps −0.019. The error does not fall steadily, so one lucky number of steps
# proves little. I am satisfied with 100 steps, since with more steps the error stays below 0.02, too.

# %% [markdown]
# ## What to take along
#
# - The gradient at the image is a slope: it says what a little more ink would do, also where there
#   is none. Take the logit, and keep the sign where you can.
# - Gradients are noisy. SmoothGrad averages over noisy copies, not over pixels.
# - Integrated gradients add up to a difference of scores. Test the sum, and name the baseline.
# - Guided backprop asks for two positive signs at each ReLU. It is no gradient, and it hardly
#   depends on the class. A deconvnet without max pools does not even depend on the image.
# - Before you believe a map, ask for another class, and for a network with random layers.
#
# **Next:** other ways back from a filter to the pixels, and pictures that are computed from what a
# layer knows.
#
# ## To read on
#
# - K. Simonyan, A. Vedaldi, A. Zisserman: *Deep Inside Convolutional Networks: Visualising Image
#   Classification Models and Saliency Maps*, 2013,
#   [arXiv:1312.6034](https://arxiv.org/abs/1312.6034).
# - J. T. Springenberg et al.: *Striving for Simplicity: The All Convolutional Net*, 2014,
#   [arXiv:1412.6806](https://arxiv.org/abs/1412.6806): guided backprop.
# - M. Sundararajan, A. Taly, Q. Yan: *Axiomatic Attribution for Deep Networks*, ICML 2017,
#   [arXiv:1703.01365](https://arxiv.org/abs/1703.01365).
# - D. Smilkov et al.: *SmoothGrad: Removing Noise by Adding Noise*, 2017,
#   [arXiv:1706.03825](https://arxiv.org/abs/1706.03825).
# - J. Adebayo et al.: *Sanity Checks for Saliency Maps*, NeurIPS 2018,
#   [arXiv:1810.03292](https://arxiv.org/abs/1810.03292).
