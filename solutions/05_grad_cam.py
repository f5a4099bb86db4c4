# %% [markdown]
# # 05 · Where a network finds its evidence
#
# **You will** write Grad-CAM, which marks the places of a picture that speak for a class; lay the
# result over the picture without falsifying it; question it with other classes, other layers,
# wrong predictions; and compare it with its ancestor CAM.
#
# **Time:** about 120 minutes. **You need:** notebook 02.
#
# Six exercises are graded by checks, three questions by a person. Hidden checks with other data
# run when your notebook is graded.

# %%
from dataclasses import dataclass

from helpers import checks, datasets, explorers, models, plots
from helpers.methods import cam
from helpers.methods.activations import layer_activations
from helpers.scores import ClassScore

import keras
import numpy as np
import tensorflow as tf

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
predictions = models.predict(model, images).argmax(axis=1)
print(f"{len(images):,} test images, {(predictions == labels).mean():.1%} of them recognised")

# %% [markdown]
# ## 1 · The idea, with two maps on paper
#
# The last convolution says *what* was found and, roughly, *where*: a map for each channel. The
# layers behind it turn the maps into one number per class, the **logit**. So ask two things: where
# does a channel answer (its activation), and does it help the class (the gradient of the class's
# logit with respect to the channel)? Grad-CAM multiplies the answers and adds them up.
#
# Here are two invented maps of one image. Channel 0 answers at the top left, channel 1 below.

# %%
maps = np.zeros((1, 4, 5, 2), np.float32)
maps[0, 0:2, 0:3, 0] = [[1, 3, 1], [0, 2, 1]]
maps[0, 1:4, 2:5, 1] = [[3, 1, 0], [0, 4, 2], [0, 1, 1]]
gradients = np.zeros_like(maps)
gradients[..., 0] = 0.5
gradients[..., 1] = np.linspace(-0.1, -0.5, 4)[:, None]
plots.feature_maps(maps[0], title="Two invented maps of one image")

# %% [markdown]
# The gradients above say: more of channel 0 anywhere raises the logit; more of channel 1 lowers
# it, most of all at the bottom.
#
# ### Exercise 1 · One weight per channel
#
# *Easy, 5 minutes, 3 points.*
#
# Grad-CAM asks whether a channel helps *on the whole*: it averages the gradient over all positions.


# %% nbgrader={"grade_id": "channel_weights", "solution": true}
def channel_weights(gradients: np.ndarray) -> np.ndarray:
    """Average the gradients of each channel over all positions.

    gradients: (N, h, w, channels), of the class's logit with respect to the maps
    returns: (N, channels), with their sign; a sum over the positions is as good as a mean
    """
    ### BEGIN SOLUTION
    return gradients.mean(axis=(1, 2))
    ### END SOLUTION


# %% nbgrader={"grade_id": "channel_weights_check", "grade": true}
checks.channel_weights(channel_weights)  # at grading, hidden checks use other gradients
### BEGIN HIDDEN TESTS
checks.channel_weights(channel_weights, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Height and width are the axes 1 and 2. Images (axis 0) and channels (axis 3) stay apart.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>mean</code> takes a tuple of axes: <code>axis=(…, …)</code>.
# </details>
#
# ### Exercise 2 · Add up the evidence
#
# *Medium, 10 minutes, 4 points.*
#
# Multiply each map by its weight and add them up over the channels. What is negative then speaks
# against the class: Grad-CAM sets it to 0 (the ReLU). Leave the arguments as they are. A `*=` on
# `maps` would change the array that the caller still needs, and a second call would go wrong.


# %% nbgrader={"grade_id": "weighted_map", "solution": true}
def weighted_map(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Add up the maps of each image with its weights, and keep what is positive.

    maps: (N, h, w, channels), the activations of a layer
    weights: (N, channels), of either sign
    returns: (N, h, w), nowhere negative
    """
    ### BEGIN SOLUTION
    total = (maps * weights[:, None, None, :]).sum(axis=-1)
    return np.maximum(total, 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "weighted_map_check", "grade": true}
checks.weighted_map(weighted_map)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.weighted_map(weighted_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>weights[:, None, None, :]</code> has shape (N, 1, 1, channels): it can be multiplied with
# the maps.
# </details>
# <details><summary>Hint 2</summary>
#
# Add up over the last axis first. Only then <code>np.maximum(…, 0)</code>.
# </details>

# %%
weights = channel_weights(gradients)
print("weights:", weights[0])
paper = np.zeros((1, 4, 5, 1))
evidence = weighted_map(maps, weights)
plots.overlays(paper, evidence, title="What speaks for the class", one_scale=True)

# %% [markdown]
# **Notice** the place where the two maps overlap (second row, third column): there the evidence of
# channel 1 against the class outweighs that of channel 0 for it, and nothing remains. Had you taken
# the ReLU before the sum, it would be red.
#
# ## 2 · Grad-CAM on a real network
#
# TensorFlow finds the gradient: whatever you compute inside a `tf.GradientTape` block is recorded,
# and `tape.gradient(value, tensor)` walks back. Two remarks.
#
# - *The softmax is not part of the question.* A probability also rises when another class falls. We
#   want the logit: what the last dense layer computes before its softmax.
# - *In your own work, put the tape inside a `tf.function`.* Outside of one, TensorFlow 2.21
#   crashes on some networks (those with strided 1×1 convolutions). This network is not concerned.
#
# ### Exercise 3 · Grad-CAM
#
# *Hard, 25 minutes, 6 points.*
#
# Write the weights and the sum out once more, rather than calling your `channel_weights` and
# `weighted_map`: this function has to stand alone, so that a mistake there costs nothing here.


# %% nbgrader={"grade_id": "grad_cam", "solution": true}
def grad_cam(
    model: keras.Model, images: np.ndarray, layer_name: str, class_index: int
) -> np.ndarray:
    """Show where in a layer's maps the evidence for a class is.

    model: a functional Keras model; its last layer is a Dense with a softmax
    images: (N, H, W, C) float32, as the model takes them
    layer_name: a layer with maps (N, h, w, channels)
    class_index: the class to explain, for all images; not always the most probable one
    returns: (N, h, w), 0 where nothing speaks for the class; a positive factor does not matter
    """
    ### BEGIN SOLUTION
    head = model.layers[-1]
    inner = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    with tf.GradientTape() as tape:
        maps, features = inner(tf.constant(images))
        logits = tf.matmul(features, head.kernel) + head.bias
        value = logits[:, class_index]
    weights = tape.gradient(value, maps).numpy().mean(axis=(1, 2))
    return np.maximum((maps.numpy() * weights[:, None, None, :]).sum(axis=-1), 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "grad_cam_check", "grade": true}
checks.grad_cam(grad_cam)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.grad_cam(grad_cam, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One model can have two outputs: <code>keras.Model(model.inputs, [a, b])</code>. You need the maps,
# <code>model.get_layer(layer_name).output</code>, and what goes into the last layer,
# <code>model.layers[-1].input</code>. The logits are that input times the last layer's
# <code>kernel</code>, plus its <code>bias</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Call the model and choose the class's column of the logits inside the
# <code>with tf.GradientTape() as tape:</code> block; behind it,
# <code>tape.gradient(column, maps)</code>. The images do not mix, so the gradient of all of them at
# once is right for each.
# </details>

# %%
shown = np.array([np.flatnonzero((labels == c) & (predictions == c))[0] for c in range(10)])
coarse = np.concatenate([grad_cam(model, images[[i]], "l3", labels[i]) for i in shown])
paper = np.zeros((*coarse.shape, 1))
plots.overlays(paper, coarse, names, 5, "Grad-CAM of l3, one image of each digit", one_scale=True)

# %% [markdown]
# **Notice** how coarse the answer is: `l3` has 7 × 7 positions, and each sees a patch of more than
# twenty pixels. You can hardly tell the digits; a map says "about here", no more. And on one scale
# some digits show much evidence, others hardly any, though all ten are recognised: averaging the
# gradients leaves out whatever helps in one place and harms in another.
#
# ## 3 · From numbers to a picture
#
# A map has to be enlarged and coloured, and here explanations are falsified most often: by a wrong
# size, by a colour scale that paints "no evidence" like evidence, by colours that cover the image.
#
# ### Exercise 4 · Enlarge and scale
#
# *Medium, 15 minutes, 4 points.*
#
# Enlarge each map to the size of the image by bilinear interpolation (`tf.image.resize` does it),
# then divide each by its own largest value, so that it runs to 1. Do not subtract the minimum: 0
# means that nothing speaks for the class, and must stay 0. And if *nothing at all* speaks for it?


# %% nbgrader={"grade_id": "heatmaps", "solution": true}
def heatmaps(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge maps to the size of the image and scale each to a largest value of 1.

    maps: (N, h, w) float, nowhere negative
    returns: (N, height, width) float, the largest value of each is 1; a map of zeros stays 0
    """
    ### BEGIN SOLUTION
    large = tf.image.resize(maps[..., None], (height, width), method="bilinear").numpy()[..., 0]
    peak = large.max(axis=(1, 2), keepdims=True)
    return large / np.where(peak > 0, peak, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "heatmaps_check", "grade": true}
checks.heatmaps(heatmaps)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.heatmaps(heatmaps, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>tf.image.resize</code> wants a channel axis, <code>maps[..., None]</code>, and the size as
# (height, width), in this order.
# </details>
# <details><summary>Hint 2</summary>
#
# Take the maximum after enlarging (interpolation lowers peaks), one per image, with
# <code>keepdims=True</code>. Where it is 0, divide by 1 instead.
# </details>
#
# ### Exercise 5 · Lay it over the image
#
# *Easy, 10 minutes, 4 points.*
#
# Mix image and colour: where the heat is 0, the image alone; where it is 1, the colour alone;
# between them, in proportion. What you add of the colour you take away from the image, so the
# result stays between 0 and 1.


# %% nbgrader={"grade_id": "overlay", "solution": true}
def overlay(images: np.ndarray, heat: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Mix grey images with a colour, in proportion to the heat.

    images: (N, H, W, 1) float, from 0 to 1
    heat: (N, H, W) float, from 0 to 1
    colour: (3,) float, red, green and blue from 0 to 1
    returns: (N, H, W, 3) float, from 0 to 1
    """
    ### BEGIN SOLUTION
    share = heat[..., None]
    return (1 - share) * images + share * colour
    ### END SOLUTION


# %% nbgrader={"grade_id": "overlay_check", "grade": true}
checks.overlay(overlay)  # at grading, hidden checks use other images and colours
### BEGIN HIDDEN TESTS
checks.overlay(overlay, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Give <code>heat</code> a channel axis; then (N, H, W, 1) and (3,) combine to (N, H, W, 3).
# </details>
# <details><summary>Hint 2</summary>
#
# A mixture has shares that add up to 1: <code>(1 − share)</code> of the one and <code>share</code>
# of the other.
# </details>

# %%
heat = heatmaps(coarse, *images.shape[1:3])
mixed = overlay(1 - images[shown], heat, np.array([0.9, 0.2, 0.1]))  # ink on paper
plots.images(mixed, [names[c] for c in labels[shown]], columns=5, title="Your Grad-CAM")

# %% [markdown]
# **Notice** that the strongest places lie at strokes, ends and bends, but also beside them, where
# nothing is drawn: a gap is evidence, too. And where one scale showed hardly any evidence, a small
# rest now looks as strong as the others, since each map runs to its own peak. From here on the helpers do the same for any Keras
# model: `cam.grad_cam` returns maps at the size of the image (of the last convolution, if you name
# no layer), and `plots.overlays` paints them on pale ink.


# %%
def own_class(method, network, which, **options):
    """The map of each image for its own class."""
    return np.concatenate([method(network, images[[i]], labels[i], **options) for i in which])


maps = own_class(cam.grad_cam, model, shown)
scaled = heatmaps(maps, *images.shape[1:3])
print(f"largest difference to your maps: {abs(scaled - heat).max():.0e}")
plots.overlays(images[shown], maps, names, 5, "Grad-CAM of each digit")

# %% [markdown]
# ## 4 · Experiments
#
# ### Another class than the top one
#
# Grad-CAM answers for any class, also for those the network rejects. Without the ReLU
# (`signed=True`) we also see what speaks *against*: blue. One colour scale for all ten.

# %%
one = images[shown[4:5]]
signed = np.concatenate([cam.grad_cam(model, one, c, signed=True) for c in range(10)])
titles = [f"for {name}" for name in names]
ten = np.repeat(one, 10, axis=0)
plots.overlays(ten, signed, titles, 5, f"One {names[4]}, asked about every class", one_scale=True)

# %% [markdown]
# **Notice** that the same place is red for one class and blue for another: find the place on which
# they disagree most, and what is drawn there. Notice, too, that rejected classes have evidence
# somewhere, and the chosen one may have little. They lost to what speaks against them, to the
# biases, which no map shows, or to what the averaging leaves out.
#
# ### Other layers

# %%
layers = models.conv_layers(model)
four = images[shown[4:5]]
by_layer = np.concatenate([cam.grad_cam(model, four, 4, layer=name) for name in layers])
title = "The same four, by layer"
plots.overlays(np.repeat(four, len(layers), axis=0), by_layer, layers, 3, title)

# %% [markdown]
# **Notice** how sharp the map of `l1` is. Is it better? Averaging the gradient over all positions
# assumes that a channel means the same everywhere. Deep channels come closer; an edge filter of `l1`
# helps in one place and harms in another, and its average says little. That is why Grad-CAM is
# used on the last convolution.
#
# ### A wrong prediction
#
# Why did the network take this digit for another? Ask for both: the class it chose, and the true
# one.

# %%
wrong = np.flatnonzero(predictions != labels)[:4]
pairs = [(i, c) for i in wrong for c in (predictions[i], labels[i])]
maps = np.concatenate([cam.grad_cam(model, images[[i]], int(c), signed=True) for i, c in pairs])
titles = [f"for {names[c]}" + (" (true)" if c == labels[i] else "") for i, c in pairs]
mistaken = images[[i for i, _ in pairs]]
plots.overlays(mistaken, maps, titles, 4, "Mistakes: chosen and true class", one_scale=True)

# %% [markdown]
# **Notice** that both classes may have evidence, in different places: such a mistake was close. And
# a class can win although its map is mostly blue, or lose although it is red: averaged gradients do
# not add up to the logit, and the maps leave something out. (Section 5 shows where they do.)
#
# ### Question 1 · What went wrong?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Choose one mistake from the picture above. Which place speaks for the wrong class, and what
# may the network have seen there?
# (b) What speaks for or against the true class?
# (c) Name one thing about this mistake that the maps cannot tell you.
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) names a place of a picture shown, and the class that it speaks for.
# - 1 point: (a) relates it to the shape of that digit (a loop, a gap, a stroke that is missing).
# - 1 point: (b) reads colour and sign rightly: red for, blue against the true class.
# - 1 point: (c) a sound limit: which shape at that place, what the other layers contribute, the
#   biases, how sure the network was, whether a change there would change the answer.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "mistake_question", "grade": true, "solution": true, "points": 4}
# (a) A 2 (of MNIST) was taken for a 7. Most of all the bottom speaks for the 7, where the slanted
# stroke ends in a tiny hook instead of a base, so the network may have seen the foot of a 7.
#
# (b) The bottom and the place left of the upper stroke are red for the true class, the 2: its map is
# even redder than that of the 7, and yet it lost, since these maps do not add up to the logit.
#
# (c) The map does not say whether it was the short hook that counted or the straight stem; one would
# have to change the picture there and ask again.

# %% [markdown]
# ### Logits against probabilities
#
# What if we differentiate the probability after all? A score is easily written: it reads the
# outputs of a forward pass and returns one number per image.


# %%
@dataclass(frozen=True)
class Probability(ClassScore):
    """The probability of a class, softmax included."""

    def __call__(self, outputs):
        return keras.ops.softmax(outputs.logits(self.head))[:, self.index]


# %%
pick = [i for i in shown[[2, 3, 5, 8]] for _ in range(2)]
kinds = [ClassScore, Probability] * 4
maps = [
    cam.grad_cam(model, images[[i]], kind(labels[i]))[0]
    for i, kind in zip(pick, kinds, strict=True)
]
words = ["logit", "probability"] * 4
titles = [f"{word}, up to {m.max():.0e}" for word, m in zip(words, maps, strict=True)]
plots.overlays(images[pick], maps, titles, 4, "Gradient of the logit, and of the probability")

# %% [markdown]
# **Notice** the numbers: where the network is sure, the probability is flat and its gradient is
# nearly nothing. Scaled for display, that rest looks as convincing as a real map, yet it answers
# another question: what tells this class from its strongest rival?

# %% [markdown]
# ### Question 2 · Which score?
#
# *10 minutes, 3 points, graded by a person.*
#
# (a) Why does the gradient of a probability of 99.99 % almost vanish?
# (b) You want to know why the network prefers a 4 to a 9. Write the score that asks this, as a
# combination of logits, and say why it is better than the probability of the 4.
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the softmax is saturated: its derivative p (1 − p) goes to 0 as p goes to 1.
# - 1 point: (b) ClassScore(4) + −1 * ClassScore(9), or "the logit of 4 minus that of 9".
# - 1 point: (b) it names the rival itself and does not vanish when the network is sure.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "score_question", "grade": true, "solution": true, "points": 3}
# (a) The derivative of the probability with respect to its logit is p (1 − p); for p = 0.9999 that
# is 0.0001. All gradients are multiplied by it.
#
# (b) `ClassScore(4) + -1 * ClassScore(9)`: it compares just these two, and its gradient is as
# large for a sure network as for an unsure one.

# %% [markdown]
# ### Grad-CAM++
#
# Averaging has a weakness: a channel that helps strongly in one small place gets a small weight,
# since most positions contribute nothing. Grad-CAM++ counts positive gradients only and gives each
# position its own factor α, computed from second and third derivatives of exp(logit).

# %%
plus = own_class(cam.grad_cam_plus_plus, model, shown)
plots.overlays(images[shown], plus, names, 5, "Grad-CAM++ of each digit")

# %% [markdown]
# **Notice** that these maps cover more of the strokes. The price: negative gradients never count,
# so evidence against the class is not set off.
#
# ## 5 · CAM, the ancestor
#
# CAM needs no gradient, but a special network: behind the last convolution each map is averaged to
# one number (*global average pooling*), and a single dense layer makes the logits of these. Then
# the weight of a channel for a class simply stands in the dense layer. `gap_cnn` is
# built so.

# %%
gap_model, _ = models.trained("gap_cnn", data)
print(f"accuracy {models.accuracy(gap_model, data.test):.1%}")
for layer in gap_model.layers[-4:]:
    print(f"{layer.name:8} {layer.output.shape}")

# %% [markdown]
# ### Exercise 6 · Class activation maps
#
# *Medium, 10 minutes, 3 points.*
#
# The kernel of a Keras dense layer has shape (inputs, outputs): here (channels, classes). Keep the
# sign this time, and leave the bias out.


# %% nbgrader={"grade_id": "class_activation_map", "solution": true}
def class_activation_map(maps: np.ndarray, kernel: np.ndarray, class_index: int) -> np.ndarray:
    """Add up the maps with the weights that the dense layer gives them for a class.

    maps: (N, h, w, channels), what goes into the global average pooling
    kernel: (channels, classes), of the dense layer behind it
    returns: (N, h, w), of either sign
    """
    ### BEGIN SOLUTION
    return maps @ kernel[:, class_index]
    ### END SOLUTION


# %% nbgrader={"grade_id": "class_activation_map_check", "grade": true}
checks.class_activation_map(class_activation_map)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.class_activation_map(class_activation_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which row or column of the kernel holds one weight per channel for the class?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>@</code> adds up over the last axis of the maps.
# </details>
#
# Average such a map over its positions and add the bias: that is the logit. Nothing was
# approximated, and Grad-CAM gives the same map up to a factor, the number of positions.

# %%
inner = layer_activations(gap_model, images[shown], ["relu3"])
kernel, bias = gap_model.get_layer("classes").get_weights()
own = class_activation_map(inner["relu3"], kernel, 3)
print("mean + bias:", (own.mean(axis=(1, 2)) + bias[3]).round(2))
gradient_maps = cam.grad_cam(gap_model, images[shown], 3, layer="relu3", signed=True)
class_maps = cam.cam(gap_model, images[shown], 3, signed=True)
ratio = abs(class_maps).sum() / abs(gradient_maps).sum()
print(f"CAM / Grad-CAM: {ratio:.2f}, positions: {own[0].size}")

# %%
maps = own_class(cam.cam, gap_model, shown, signed=True)
plots.overlays(images[shown], maps, names, 5, "CAM of each digit (gap_cnn)")

# %% [markdown]
# **Notice** that the maps differ from those of `course_cnn`: this is another network, which solves
# the same task with other evidence. It cannot weigh places, since it averages over them, so a
# channel has to mean the same everywhere. That is what Grad-CAM assumes of every network.
#
# ### Question 3 · What may be concluded?
#
# *10 minutes, 3 points, graded by a person.*
#
# A colleague shows a Grad-CAM picture of an X-ray, red on the lung, and says: "The network looks at
# the lung, so its diagnosis can be trusted." Give three objections or checks that follow from this
# notebook.
#
# ### BEGIN MARK SCHEME
# - 1 point for each of three sound ones, such as: the map says where, not what was seen there; it
#   may look alike for other classes (ask for them); the signed map may show evidence against; the
#   colour scale of one picture hides how weak the evidence is; a cell of the last layer sees a
#   large patch, so its place is rough; the choice of layer or of the probability changes the map;
#   one picture is an anecdote; cover the place and see whether the answer changes.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "conclusion_question", "grade": true, "solution": true, "points": 3}
# The map says where the evidence lies, not what it is: a tube on the lung would be red, too. I
# would ask for the map of the other diagnosis, which may be the same. And I would look at the
# values: scaled to its own maximum, even a tiny rest of evidence is bright red.

# %% [markdown]
# ## 6 · Explore
#
# Choose an image, a class, a layer and a method. In the middle what speaks for the class in red, on
# the right also what speaks against it, in blue. Grad-CAM++, LayerCAM and Score-CAM count nothing
# against a class: behind a ReLU their two maps are the same.

# %%
explorers.grad_cam(model, images[:500], labels[:500], names)

# %% [markdown]
# ## What to take along
#
# - Grad-CAM is a weighted sum of maps: activation says where, the mean gradient says for or
#   against.
# - Differentiate the logit of the class you ask about; ask about other classes, too.
# - Zero is zero: subtract no minimum, divide by no zero, say what the colours mean.
# - A map is coarse, and says where, not what.
#
# **Next:** notebook 06 asks without gradients: cover a part, and see what changes.
