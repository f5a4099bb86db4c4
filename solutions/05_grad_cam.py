# %% [markdown]
# # 05 · Where a network finds its evidence
#
# In 2018 Zech and others trained networks to find pneumonia on X-rays of the chest. These networks
# often did worse on X-rays from another hospital. Heat maps pointed at one possible reason: the marks
# that the staff of a hospital puts beside the patient. Below are four mistakes of our own network. Its
# probabilities do not tell which part of the image decided.
#
# **You will** write Grad-CAM, which marks the places of a picture that speak for a class. You lay the
# result over the picture without falsifying it. You find out for which networks Grad-CAM is exact, and
# measure what it leaves out in other networks. You mend it with HiResCAM, and you test what Grad-CAM++
# really shows. You also look for the evidence for two classes in one photograph.
#
# **Time:** about 200 minutes. **You need:** notebooks 02 and 03.
#
# Nine exercises are graded by checks, three questions by a person. Hidden checks with other data
# run when your notebook is graded.

# %%
from dataclasses import dataclass

from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.methods import cam
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.deconvnet import receptive_field
from helpers.methods.occlusion import occlusion_map
from helpers.scores import ClassScore

import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import distance_transform_edt, uniform_filter

# %% [markdown]
# You will work with two networks for digits. `gap_cnn` averages each of its last maps to one number
# (*global average pooling*), and a single dense layer makes the logits of these numbers. `course_cnn`,
# the network of notebook 01, keeps all positions of its last maps (*flatten*).

# %%
data = datasets.load("default")
images, labels, names = data.test.images, data.test.labels, data.class_names
gap_model, _ = models.trained("gap_cnn", data)
model, _ = models.trained("course_cnn", data)
predictions = {net: models.predict(net, images).argmax(axis=1) for net in (gap_model, model)}
right = {net: found == labels for net, found in predictions.items()}
for net, hits in right.items():
    print(f"{net.name}: {hits.mean():.1%} of {len(images):,} test images are recognised")

# %%
wrong = np.flatnonzero(~right[gap_model])[:4]
said = models.predict(gap_model, images[wrong])
titles = [
    f"{names[labels[i]]}, taken for {names[p.argmax()]}: {p.max():.0%}"
    for i, p in zip(wrong, said, strict=True)
]
plots.images(images[wrong], titles, columns=4, title="Four mistakes of gap_cnn")

# %% [markdown]
# ## 1 · The idea, with two maps on paper
#
# The last convolution has a map for each channel. A map says *what* was found and, roughly, *where*.
# The layers behind the maps turn them into one number per class, the **logit**. Two numbers matter
# for each channel. Its activation says where the channel answers. The gradient of the class's logit
# with respect to the channel says whether the channel helps the class. Grad-CAM (Selvaraju et
# al. 2017) multiplies these two numbers, and adds up the products of all channels.
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
# The cell above also invents gradients. They say how the logit depends on the maps. A larger
# activation of channel 0 raises the logit, at every position. A larger activation of channel 1 lowers
# the logit, most of all at the bottom.
#
# ### Exercise 1 · One weight per channel
#
# *Easy, 5 minutes, 3 points.*
#
# Grad-CAM asks whether a channel helps *on the whole*. Average the gradient of each channel over all
# positions.


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
# The result has one number for each image and each channel. Which axes of the gradients disappear?
# </details>
# <details><summary>Hint 2</summary>
#
# Height and width are the axes 1 and 2. <code>mean</code> takes a tuple of axes.
# </details>
#
# ### Exercise 2 · Add up the evidence
#
# *Medium, 10 minutes, 4 points.*
#
# Multiply each map by its weight, and add up the products over the channels. A negative sum speaks
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
# Two steps remain: a sum over one axis, and the ReLU. Which axis holds the channels? Think of a place
# with evidence for and against the class: which of the two steps must come first?
# </details>

# %%
weights = channel_weights(gradients)
print("weights:", weights[0])

# %% [markdown]
# **Guess first:** channel 0 answers at five positions, and its weight is positive. At one of them
# channel 1 takes all the evidence away. Which position is it? The picture to click on shows channel 0.

# %%
evidence = weighted_map(maps, weights)
gone = np.argwhere((maps[0, ..., 0] > 0) & (evidence[0] <= 0))[0]
explorers.guess(
    "At which position of channel 0 does no evidence remain?",
    answer=tuple(gone.tolist()),
    image=maps[0, ..., 0],
    picture=plots.overlays(
        np.zeros((1, 4, 5, 1)), evidence, title="What speaks for the class", one_scale=True
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The two maps overlap at row 1, column 2 (counted from 0). There the evidence of channel 1 against the
# class is larger than the evidence of channel 0 for the class, and nothing remains. With the ReLU
# before the sum, this place would be red.
# </details>
#
# ## 2 · Grad-CAM on a real network
#
# We begin with `gap_cnn`. Its last maps come out of the layer `relu3`; these layers follow:

# %%
for layer in gap_model.layers[-4:]:
    print(f"{layer.name:8} {layer.output.shape}")

# %% [markdown]
# You know `tf.GradientTape` from
# [notebook 03](../03_activation_maximization/03_activation_maximization.ipynb#How-TensorFlow-finds-a-gradient):
# it records what you compute in its block, and `tape.gradient(value, tensor)` returns the gradient.
# Two remarks follow.
#
# - *The softmax is not part of the question.* A probability also rises when another class falls. We
#   want the logit: the number that the last dense layer computes before its softmax.
# - *In your own work, put the tape inside a `tf.function`.* Outside of a `tf.function`, TensorFlow 2.21
#   crashes on some networks (those with strided 1×1 convolutions). This network is not affected.
#
# ### Exercise 3 · Grad-CAM
#
# *Hard, 25 minutes, 6 points.*
#
# Compute the maps and their gradients for one class, and make Grad-CAM of them. Write the weights and
# the sum out once more, and do not call your `channel_weights` and `weighted_map`. This function has
# to stand alone, so that a mistake there costs nothing here.


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
# <code>model.get_layer(layer_name).output</code>, and the input of the last layer,
# <code>model.layers[-1].input</code>. The logits are this input times the last layer's
# <code>kernel</code>, plus its <code>bias</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Call the model inside the tape's block, and compute there the one column of logits that you need.
# Behind the block ask the tape for the gradient of this column with respect to the maps. The images
# do not mix, so the gradient of all of them at once is right for each. The rest is as in Exercises 1
# and 2.
# </details>

# %%
both = right[gap_model] & right[model]
shown = np.array([np.flatnonzero((labels == c) & both)[0] for c in range(10)])
coarse = np.concatenate([grad_cam(gap_model, images[[i]], "relu3", labels[i]) for i in shown])
paper = np.zeros((*coarse.shape, 1))
plots.overlays(paper, coarse, names, 5, "Grad-CAM of relu3, an image of each digit", one_scale=True)

# %%
height, width = receptive_field(gap_model, "relu3").size
print(f"{coarse.shape[1]} × {coarse.shape[2]} positions, each sees {height} × {width} pixels")

# %% [markdown]
# **Notice** how coarse the answer is. Each position sees a large part of the image, as the numbers
# say. You can hardly tell the digits apart. A map says "about here", and no more.
#
# ## 3 · From numbers to a picture
#
# A map has to be enlarged and coloured. Many explanations go wrong at this step. The map may get the
# wrong size. The colour scale may give a colour to "no evidence". The colours may hide the image.
#
# ### Exercise 4 · Enlarge and scale
#
# *Medium, 15 minutes, 4 points.*
#
# Enlarge each map to the size of the image by bilinear interpolation (`tf.image.resize` does it).
# Then divide each map by its own largest value, so that its largest value is 1. Do not subtract the
# minimum: 0 means that nothing speaks for the class, and must stay 0. Some maps are 0 everywhere; leave
# these maps as they are.


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
# Each image has a peak of its own: which axes do you take the maximum over, before or after
# enlarging? Interpolation lowers peaks. If a peak is 0, what can you divide this map by
# instead?
# </details>
#
# ### Exercise 5 · Lay it over the image
#
# *Easy, 10 minutes, 4 points.*
#
# Mix image and colour. Where the heat is 0, show the image alone. Where the heat is 1, show the colour
# alone. Between 0 and 1 mix them in proportion. Take away from the image as much as you add of the
# colour, so that the result stays between 0 and 1.


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
# A mixture has two shares that add up to 1. The heat is the share of the colour. What is the
# share of the image?
# </details>

# %%
heat = heatmaps(coarse, *images.shape[1:3])
mixed = overlay(1 - images[shown], heat, np.array([0.9, 0.2, 0.1]))  # ink on paper
plots.images(
    mixed, [names[c] for c in labels[shown]], columns=5, title="Your Grad-CAM on ten digits"
)

# %% [markdown]
# **Notice** that the red lies on strokes, ends and bends, but also beside them, where nothing is
# drawn. A position beside a stroke sees the stroke, since it sees many pixels. The largest value of
# each map is 1 now. So the picture no longer tells whether a map is strong or weak.
#
# From here on the helpers do the same for any Keras model. `cam.grad_cam` returns maps at the size of
# the image. If you name no layer, it takes the last layer with maps of several places, behind its ReLU.
# `plots.overlays` paints such maps on pale ink.


# %%
def own_class(method, network, which, of=labels, **options):
    """The map of each image for its own class, or for another class that `of` names."""
    found = np.empty((len(which), *images.shape[1:3]), np.float32)
    for c in set(of[which].tolist()):
        mine = of[which] == c
        found[mine] = method(network, images[which[mine]], c, **options)
    return found


maps = own_class(cam.grad_cam, gap_model, shown, layer="relu3")
scaled = heatmaps(maps, *images.shape[1:3])
print(f"largest difference to your maps: {abs(scaled - heat).max():.0e}")
plots.overlays(images[shown], maps, names, 5, "Grad-CAM of each digit (gap_cnn)")

# %% [markdown]
# ## 4 · Where Grad-CAM is exact: CAM
#
# An older method needs no gradient: CAM (Zhou et al. 2016). CAM asks for a network like `gap_cnn`.
# Each map goes into the dense layer as one number, its mean. So the weight of a channel for a class
# simply stands in the dense layer.
#
# ### Exercise 6 · Class activation maps
#
# *Medium, 10 minutes, 3 points.*
#
# Add up the maps with the weights that the dense layer has for one class. The kernel of a Keras dense
# layer has shape (inputs, outputs): here (channels, classes). Keep the sign this time, and leave the
# bias out.


# %% nbgrader={"grade_id": "class_activation_map", "solution": true}
def class_activation_map(maps: np.ndarray, kernel: np.ndarray, class_index: int) -> np.ndarray:
    """Add up the maps with the weights that the dense layer gives them for a class.

    maps: (N, h, w, channels), what goes into the global average pooling
    kernel: (channels, classes), of the dense layer behind it
    returns: (N, h, w), of either sign; a positive factor does not matter
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
# Write the sum for one position first: products over the channels, added up. Which operator of NumPy
# does this for all positions, along the last axis of the maps?
# </details>
#
# Take the mean of such a map over its positions, and add the bias of the class. The result is the logit,
# if your sum has no other factor. So the map leaves nothing out. What does Grad-CAM show in such a
# network? There the gradient of the logit is the same at all positions of a channel: the dense layer's
# weight, divided by the number of positions. So the mean of the gradient loses nothing.

# %%
inner = layer_activations(gap_model, images[shown], ["relu3"])["relu3"]
kernel, bias = gap_model.get_layer("classes").get_weights()
own = class_activation_map(inner, kernel, 3)
print("mean + bias:", (own.mean(axis=(1, 2)) + bias[3]).round(2))
features = inner.mean(axis=(1, 2))
print("logit of 3: ", (features @ kernel + bias)[:, 3].round(2))
by_gradient = cam.grad_cam(gap_model, images[shown], 3, layer="relu3", signed=True)
by_weights = cam.cam(gap_model, images[shown], 3, signed=True)
factor = abs(by_weights).sum() / abs(by_gradient).sum()
difference = abs(factor * by_gradient - by_weights).max()
print(f"CAM / Grad-CAM: {factor:.2f}, positions: {own[0].size}, difference: {difference:.0e}")

# %%
maps = own_class(cam.cam, gap_model, shown, signed=True)
plots.overlays(images[shown], maps, names, 5, "CAM of each digit, for and against it (gap_cnn)")

# %% [markdown]
# **Notice** that the red places are those of the Grad-CAM above. The blue places are new, because the
# ReLU of Grad-CAM sets them to 0. Blue places speak against the digit, though the network recognises
# the digit.
#
# ## 5 · A photograph with two classes in it
#
# EfficientNet-Lite0 (Tan and Le 2019) tells 1000 classes of photographs apart. It ends like
# `gap_cnn`, so CAM is exact here, too. The next cell cuts a cat and a cup of coffee in half, and puts
# the halves side by side.

# %%
zoo = models.zoo("efficientnet_lite0")
photos = datasets.load("photos", size=256)
which = [photos.class_names.index(name) for name in ("cat", "coffee")]
inputs = zoo.preprocess((255 * photos.test.images[which]).round().astype(np.uint8))
quarter = inputs.shape[2] // 4
pair = np.concatenate(list(inputs[:, :, quarter:-quarter]), axis=1)
inputs = np.concatenate([inputs, pair[None]])
coffee = zoo.class_names.index("espresso")
percent = 100 * models.predict(zoo.model, inputs)[:, coffee]
print(f"the whole cup: {percent[1]:.0f}% espresso")

# %% [markdown]
# **Guess first:** half of the cup is left, and half a cat is at its side. How many per cent does the
# network give to the espresso now? The probabilities of all classes add up to 100 per cent.

# %%
said = models.top(zoo, inputs, k=3)
titles = ["\n".join(f"{name} {p:.0%}" for name, p in answers) for answers in said]
explorers.guess(
    "How many per cent does the network give to the espresso beside the cat?",
    answer=float(percent[2]),
    picture=plots.images(
        zoo.preprocess.picture(inputs), titles, 3, "Two photographs, and half of each"
    ),
)

# %%
print(f"beside the cat: {percent[2]:.0f}% espresso")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Half of the cup is left, yet its probability has fallen to a small part. One reason is that the
# probabilities of all classes add up to 1, and the cats take most of this sum. Logits share no such
# sum. So we explain a logit.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 1 · Cover the cat.** The cell below paints a part of the cat's half grey, from the left.
# Set `covered` to 0, 0.25, 0.5 and 1. The table shows the probability and the logit of the espresso.
# Then finish the sentence: *Without the cat the probability of the espresso …, but its logit …*
# </div>

# %%
covered = 0.0  # the share of the cat's half: change it, and run the cell again
picture = inputs[2:].copy()
picture[:, :, : round(covered * picture.shape[2] / 2)] = picture.mean()
experiments.record(
    "The espresso beside a covered cat",
    {"covered": covered},
    probability=models.predict(zoo.model, picture)[0, coffee],
    logit=score_values(zoo.model, picture, ClassScore(coffee))[0],
)

# %% [markdown]
# Now ask for three classes: the cat, the espresso, and a daisy, which is not in the picture.
#
# **Guess first:** where does the map find evidence for the daisy? The mean of a map is the logit without
# its bias, and each half of the map contributes to that mean. A half counts if it adds 2 or more to the
# logit.

# %%
asked = ["Egyptian cat", "espresso", "daisy"]
two = np.repeat(inputs[2:], 3, axis=0)
maps = np.concatenate(
    [cam.cam(zoo.model, inputs[2:], zoo.class_names.index(name), signed=True) for name in asked]
)
middle = maps.shape[2] // 2
halves = {
    n: (m[:, :middle].mean() / 2, m[:, middle:].mean() / 2)
    for n, m in zip(asked, maps, strict=True)
}

# %%
places = {(True, False): "left half", (False, True): "right half", (True, True): "both halves",
          (False, False): "no half"}  # fmt: skip
explorers.guess(
    "Which half gives the daisy two points of the logit or more?",
    answer=places[tuple(bool(points >= 2) for points in halves["daisy"])],
    choices=list(places.values()),
    picture=plots.overlays(
        zoo.preprocess.picture(two),
        maps,
        asked,
        3,
        "One picture, asked about three classes",
        one_scale=True,
    ),
)

# %%
for name, (left, right_half) in halves.items():
    print(f"{name:12} from the left half {left:5.2f}, from the right half {right_half:5.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The map for the cat marks the cat's half, and the map for the espresso marks the cup's half. The two
# numbers of a class and its bias add up to its logit. Little in either half speaks for the daisy. You
# can ask about every class. So a picture has one map for each class.
# </details>
#
# ## 6 · Where Grad-CAM is not exact: a network that flattens
#
# `course_cnn` pools and flattens its last maps, so that each *position* has weights of its own. There
# a channel may speak for a class at one place, and against the class at the next place. Grad-CAM takes
# the mean of both gradients, and they cancel.
#
# **Guess first:** compare the size of the gradients before and after averaging. In `gap_cnn` all of
# the gradient is left, 100 per cent. How many per cent are left in `course_cnn`?

# %%
left = {}
for network, layer in [(gap_model, "relu3"), (model, "l3")]:
    maps, gradients = cam.maps_with_gradients(network, images[shown], 3, layer=layer)
    kept = abs(gradients.mean(axis=(1, 2))).sum() / abs(gradients).mean(axis=(1, 2)).sum()
    left[f"{network.name}, {layer}"] = float(kept)
title = "How much of the gradient the mean leaves"
explorers.guess(
    "How many per cent of the gradient are left in l3 of course_cnn?",
    answer=100 * left["course_cnn, l3"],
    picture=plots.bars(
        [100 * k for k in left.values()], list(left), "layer", "per cent left", title
    ),
)

# %%
for where, kept in left.items():
    print(f"{where}: {kept:.0%} of the gradient is left after averaging")

# %%
maps = own_class(cam.grad_cam, model, shown)
print("largest value of each map:", maps.max(axis=(1, 2)).round(3))
title = "Grad-CAM of each digit (course_cnn)"
plots.overlays(images[shown], maps, names, 5, title, one_scale=True)

# %% [markdown]
# **Notice** how unequal the largest values are: on one scale some maps are much paler than others.
# Yet the network recognises all ten digits. One possible reason: the mean has cancelled evidence. The
# next exercise leaves the mean out, so you can compare.
#
# ### Exercise 7 · HiResCAM
#
# *Easy, 5 minutes, 3 points.*
#
# Take one line away from Grad-CAM: do not average. Multiply each activation by the gradient at its
# own position. Add up the products over the channels, and keep the positive sums. That is HiResCAM
# (Draelos and Carin 2020; their map keeps its sign). Suppose that one dense layer follows the maps.
# Then the values of the signed map add up to the logit without its bias. `course_cnn` has two dense
# layers, so there the biases of the first dense layer are missing, too.


# %% nbgrader={"grade_id": "hires_map", "solution": true}
def hires_map(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Weigh each position of each map by its own gradient, and keep what is positive.

    maps: (N, h, w, channels), the activations of a layer
    gradients: (N, h, w, channels), of the class's logit with respect to the maps
    returns: (N, h, w), nowhere negative; a positive factor does not matter
    """
    ### BEGIN SOLUTION
    return np.maximum((maps * gradients).sum(axis=-1), 0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "hires_map_check", "grade": true}
checks.hires_map(hires_map)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.hires_map(hires_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Both arrays have the same shape, so <code>*</code> multiplies position by position.
# </details>
# <details><summary>Hint 2</summary>
#
# No mean is needed, and no new axis. The two last steps are those of <code>weighted_map</code>: which
# are they, and in which order?
# </details>

# %%
maps, gradients = cam.maps_with_gradients(model, images[shown[:1]], 0, layer="l3")
mine = heatmaps(hires_map(maps, gradients), *images.shape[1:3])
theirs = heatmaps(cam.hires_cam(model, images[shown[:1]], 0), *images.shape[1:3])
print(f"largest difference to the helper: {abs(mine - theirs).max():.0e}")
maps = own_class(cam.hires_cam, model, shown)
title = "HiResCAM of each digit (course_cnn)"
plots.overlays(images[shown], maps, names, 5, title, one_scale=True)

# %% [markdown]
# ### Which one is right?
#
# A convincing picture proves nothing. So we ask the network itself: cover a patch, and see by how much
# the logit falls. This is an *occlusion map* (Zeiler and Fergus 2014); notebook 06 is about it. The
# patch is 0, as empty paper is. So a patch that covers no ink changes nothing. We take 100 images that
# are recognised. How well does a map agree with the occlusion map? And how often does the map's peak
# lie three pixels or more from any ink?

# %%
hundred = np.flatnonzero(right[model])[:100]
covered = own_class(occlusion_map, model, hundred, patch=7, stride=3)
from_ink = np.stack([distance_transform_edt(image[..., 0] < 0.2) for image in images[hundred]])


def agreement(maps):
    """The correlation of each map with the occlusion map, and how far its peak lies from ink:
    −1 for a map that is 0 everywhere, which has no peak."""
    alike = [
        np.corrcoef(one.ravel(), other.ravel())[0, 1] if one.std() else 0
        for one, other in zip(maps, covered, strict=True)
    ]
    flat = maps.reshape(len(maps), -1)
    far = from_ink.reshape(flat.shape)[np.arange(len(flat)), flat.argmax(axis=1)]
    return np.array(alike), np.where(flat.max(axis=1) > 0, far, -1)


# %%
by_grad, by_hires = (own_class(m, model, hundred) for m in (cam.grad_cam, cam.hires_cam))
for name, maps in {"Grad-CAM": by_grad, "HiResCAM": by_hires}.items():
    alike, far = agreement(maps)
    print(
        f"{name}: correlation with occlusion {alike.mean():.2f}, "
        f"peak at least 3 pixels from ink: {(far >= 3).mean():.0%}, empty maps: {(far < 0).sum()}"
    )

# %%
far = agreement(by_grad)[1]
astray, worst = np.flatnonzero(far >= 3), np.argsort(far)[-4:]
there = [covered[i][np.unravel_index(by_grad[i].argmax(), by_grad[i].shape)] for i in astray]
share = np.mean(there / covered[astray].max(axis=(1, 2)))
print(f"drop of the logit at those peaks: on average {share:.0%} of the largest drop")
titles = [
    f"{name}, digit {names[c]}"
    for name in ("Grad-CAM", "HiResCAM", "occlusion")
    for c in labels[hundred[worst]]
]
maps = np.concatenate([by_grad[worst], by_hires[worst], covered[worst]])
pictures = np.tile(images[hundred[worst]], (3, 1, 1, 1))
title = "The four images where Grad-CAM's peak lies farthest from ink"
plots.overlays(pictures, maps, titles, 4, title)

# %% [markdown]
# **Notice** that HiResCAM agrees better with the effect of covering a part, although HiResCAM is the
# simpler formula. Look for an empty place that is red in Grad-CAM and not in HiResCAM. The gradient at
# such a place does not speak for the class. The red comes from gradients at other places, because
# Grad-CAM takes the mean of all of them. The number above the picture says how little the logit falls
# at these places. A part of this is no surprise: a patch on empty paper changes nothing.
#
# A Grad-CAM may even be empty although the network recognises the digit. Then every weighted sum is
# negative, and the ReLU sets it to 0. HiResCAM has red spots in empty places, too: a filter may answer
# where nothing is drawn. So before you read a Grad-CAM, find out how the network ends.
#
# <div class="alert alert-info">
#
# **Experiment 2 · Another patch.** The result should not depend on the size of the patch that covers.
# Set `patch` to 5, 7 and 11, and run the cell each time. The cell takes 20 images. Then finish the
# sentence: *With every patch that I tried, …*
# </div>

# %%
patch = 7  # change it, and run the cell again
covering = own_class(occlusion_map, model, hundred[:20], patch=patch, stride=3)
alike = {}
for name, found in {"grad_cam": by_grad[:20], "hires_cam": by_hires[:20]}.items():
    both = [(m.ravel(), c.ravel()) for m, c in zip(found, covering, strict=True)]
    alike[name] = np.mean([np.corrcoef(m, c)[0, 1] if m.std() else 0 for m, c in both])
experiments.record("Agreement with occlusion", {"patch": patch}, **alike)

# %% [markdown]
# ## 7 · Grad-CAM++
#
# Averaging has another weakness. Suppose that the gradient of a channel is 0 where the channel does not
# answer. If the channel answers in a small place only, most positions add 0 to the mean. So the channel
# gets a small weight. Grad-CAM++ (Chattopadhay et al. 2018) counts positive gradients only, and gives
# each position its own factor α. Let $g_{ij}$ be the gradient of the logit at
# position $(i, j)$ of a channel, and $A_{ij}$ the activation there. $S = \sum_{ab} A_{ab}$ is the sum of
# the channel's map. Then
#
# $$\alpha_{ij} = \frac{g_{ij}^2}{2 g_{ij}^2 + S\, g_{ij}^3}, \qquad
# w = \sum_{ij} \alpha_{ij} \max(g_{ij}, 0).$$
#
# The paper derives α for the exponential of the logit. Its second and third derivatives become the
# square and the cube. Where the denominator is 0, let α be 0.
#
# ### Exercise 8 · The weights of Grad-CAM++
#
# *Medium, 15 minutes, 4 points.*
#
# Compute the weight $w$ of each channel of each image by these two formulas. The result must never be
# NaN.


# %% nbgrader={"grade_id": "plus_plus_weights", "solution": true}
def plus_plus_weights(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Add up the positive gradients of each channel, each times the α of its position.

    maps: (N, h, w, channels), the activations of a layer behind a ReLU
    gradients: (N, h, w, channels), of the class's logit with respect to the maps
    returns: (N, channels), nowhere negative and never NaN; a mean is as good as the sum
    """
    ### BEGIN SOLUTION
    total = maps.sum(axis=(1, 2), keepdims=True)
    below = 2 * gradients**2 + total * gradients**3
    alpha = gradients**2 / np.where(below == 0, 1, below)
    return (alpha * np.maximum(gradients, 0)).sum(axis=(1, 2))
    ### END SOLUTION


# %% nbgrader={"grade_id": "plus_plus_weights_check", "grade": true}
checks.plus_plus_weights(plus_plus_weights)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.plus_plus_weights(plus_plus_weights, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# S is a number for each image and channel: <code>maps.sum(axis=(1, 2), keepdims=True)</code> has
# the shape (N, 1, 1, channels) and can be multiplied with the gradients.
# </details>
# <details><summary>Hint 2</summary>
#
# Compute the denominator as an array of its own. Where is it 0? Divide by another number at these places.
# Which value must α have there?
# </details>
#
# Try it on paper. Channel 0 answers in twelve places, channel 1 in two. Where a channel answers, its
# gradient is 1. How much less does the small channel count?

# %%
two_channels = np.zeros((1, 4, 5, 2), np.float32)
two_channels[0, 0:4, 0:3, 0] = 1
two_channels[0, 1:3, 4, 1] = 1
mean = channel_weights(two_channels)[0]  # the gradients are the same array as the maps here
plus = plus_plus_weights(two_channels, two_channels)[0]
print(
    f"weight of the large channel / weight of the small one: mean {mean[0] / mean[1]:.1f}, "
    f"Grad-CAM++ {plus[0] / plus[1]:.1f}"
)

# %%
maps, gradients = cam.maps_with_gradients(model, images[shown[:1]], 0, layer="l3")
mine = heatmaps(weighted_map(maps, plus_plus_weights(maps, gradients)), *images.shape[1:3])
theirs = heatmaps(cam.grad_cam_plus_plus(model, images[shown[:1]], 0), *images.shape[1:3])
print(f"largest difference to the helper: {abs(mine - theirs).max():.0e}")
alike, far = agreement(own_class(cam.grad_cam_plus_plus, model, hundred))
print(
    f"Grad-CAM++: correlation with occlusion {alike.mean():.2f}, far from ink: {(far >= 3).mean():.0%}"
)
maps = own_class(cam.grad_cam_plus_plus, model, shown)
plots.overlays(images[shown], maps, names, 5, "Grad-CAM++ of each digit (course_cnn)")

# %% [markdown]
# **Notice** that these maps cover more of the strokes. They agree with occlusion better than Grad-CAM
# does, and even better than HiResCAM. Do they also tell more truth?
#
# Think of what occlusion measures. A patch on empty paper changes nothing, and a patch on much ink
# changes much. So a map that simply covers the ink agrees well, whatever the network makes of the ink.
# A test must keep the ink and change the question. So ask each method about the class that comes
# second, the one with the second largest probability.
#
# **Guess first:** how alike are the two maps of Grad-CAM++, for the first class and for the second?
# Their correlation is 1 if they differ in strength alone. It is near 0 if they have nothing in common.

# %%
second = models.predict(model, images).argsort(axis=1)[:, -2]
ways = {
    "Grad-CAM++": (cam.grad_cam_plus_plus, {}),
    "HiResCAM": (cam.hires_cam, {}),
    "occlusion": (occlusion_map, {"patch": 7, "stride": 3}),
}
same = {}
for name, (method, how) in ways.items():
    two = [own_class(method, model, hundred, of=of, **how) for of in (labels, second)]
    same[name] = np.mean(
        [np.corrcoef(m.ravel(), n.ravel())[0, 1] for m, n in zip(*two, strict=True)]
    )
explorers.guess(
    "What is the correlation of the maps of Grad-CAM++ for the first and the second class?",
    answer=float(same["Grad-CAM++"]),
    picture=plots.bars(
        [*same.values()], list(same), "method", "correlation", "Maps for the first two classes"
    ),
)

# %%
for name, correlation in same.items():
    print(f"{name}: correlation of the maps for the first two classes {correlation:.2f}")
ink = np.stack([uniform_filter(image[..., 0], 7) for image in images[hundred]])
print(f"the ink alone: correlation with occlusion {agreement(ink)[0].mean():.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The two maps of Grad-CAM++ are nearly the same, though the network prefers one class to the other.
# The maps of HiResCAM change with the class, and so do the occlusion maps.
#
# The last line takes a map that knows nothing of the network: the mean ink in a window of the patch's
# size. It agrees with occlusion about as well as Grad-CAM++, or better. So Grad-CAM++ may owe its good
# agreement to the ink. Its formula offers a reason. Positive gradients alone cannot cancel, so many
# channels add up, and many channels answer to ink. The map does not subtract evidence against the
# class, and no place is ever blue.
# </details>
#
# ## 8 · Experiments
#
# ### Another class than the top one
#
# You can ask for the class activation map of any class, also of a class that the network rejects. With
# `signed=True` you also see in blue the evidence *against* the class. We ask `gap_cnn`, where the maps
# are exact: the mean of a map and the bias add up to the logit. The logit stands above each map, and
# all ten maps have one colour scale.
#
# **Guess first:** the network recognises this four. For how many of the ten classes does at
# least one place of the picture speak?

# %%
one = images[shown[4:5]]
signed = np.concatenate([cam.cam(gap_model, one, c, signed=True) for c in range(10)])
logits = signed.mean(axis=(1, 2)) + bias
titles = [f"for {name}: {logit:.1f}" for name, logit in zip(names, logits, strict=True)]
ten = np.repeat(one, 10, axis=0)
title = f"One {names[4]}, asked about every class"
explorers.guess(
    "For how many of the ten classes does at least one place speak?",
    answer=int((signed.max(axis=(1, 2)) > 0).sum()),
    choices=range(11),
    picture=plots.overlays(ten, signed, titles, 5, title, one_scale=True),
)

# %%
print(f"{(signed.max(axis=(1, 2)) > 0).sum()} of 10 classes have evidence somewhere")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The same place is red for one class and blue for another class. Find the place where the maps of two
# classes differ most, and see what is drawn there. Rejected classes have evidence somewhere, too, and still
# their logits are smaller than the logit of the four. There are three possible reasons. More speaks
# against the rejected class. Less speaks for this class. Or its bias is smaller, and no map shows a
# bias.
# </details>
#
# ### Other layers
#
# Back to `course_cnn`. Grad-CAM can be computed for each layer. Remember that averaging leaves only a
# part of the gradient.
#
# **Guess first:** an edge filter of `l1` helps in one place and harms in another place. The channels of
# later layers stand for larger parts. In which layer does the mean leave most of the gradient?

# %%
layers, four = models.conv_layers(model), images[shown[4:5]]
by_layer = np.concatenate([cam.grad_cam(model, four, 4, layer=name) for name in layers])
left = {}
for name in layers:
    _, gradients = cam.maps_with_gradients(model, four, 4, layer=name)
    kept = abs(gradients.mean(axis=(1, 2))).sum() / abs(gradients).mean(axis=(1, 2)).sum()
    left[name] = float(kept)
titles = [f"{name}: {kept:.0%} left" for name, kept in left.items()]
title = "Grad-CAM of the same four, by layer"
explorers.guess(
    "In which layer does the mean leave the largest share of the gradient?",
    answer=max(layers, key=left.get),
    choices=layers,
    picture=plots.overlays(np.repeat(four, len(layers), axis=0), by_layer, titles, 3, title),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The map of `l1` is sharp. Is it better? Little of the gradient of `l1` survives the mean. A map is
# sharp because it has many positions, and not because it is true. The authors of Grad-CAM recommend
# the last convolution. Its channels stand for parts of objects rather than for edges, and its maps
# still say where these parts are.
# </details>
#
# ### A wrong prediction
#
# Why did `gap_cnn` take these digits for other digits? Ask for two classes: the class that the network
# chose, and the true class.

# %%
pairs = [(i, int(c)) for i in wrong for c in (predictions[gap_model][i], labels[i])]
maps = np.concatenate([cam.cam(gap_model, images[[i]], c, signed=True) for i, c in pairs])
logits = maps.mean(axis=(1, 2)) + bias[[c for _, c in pairs]]
titles = [
    f"for {names[c]}{' (true)' if c == labels[i] else ''}: {logit:.1f}"
    for (i, c), logit in zip(pairs, logits, strict=True)
]
mistaken = images[[i for i, _ in pairs]]
plots.overlays(mistaken, maps, titles, 4, "Mistakes: chosen and true class", one_scale=True)

# %% [markdown]
# **Notice** that both classes have evidence, often in different places. The logit of the chosen class
# is larger, sometimes by little. CAM leaves nothing out here: the mean of each map and a bias make the
# logit. So the chosen class has more evidence, unless the biases make the difference.
#
# ### Question 1 · What went wrong?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Choose one mistake from the picture above. Which place speaks for the wrong class? What may the
# network have seen there?
#
# (b) What speaks for or against the true class?
#
# (c) Name one thing about this mistake that the maps cannot tell you.
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) names a place of a picture shown, and the class that it speaks for.
# - 1 point: (a) relates it to the shape of that digit (a loop, a gap, a stroke that is missing).
# - 1 point: (b) reads colour and sign rightly: red for, blue against the true class.
# - 1 point: (c) a sound limit: which shape at that place, what the other layers contribute, the
#   biases, whether a change there would change the answer.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "mistake_question", "grade": true, "solution": true, "points": 4}
# (a) In my run a 2 (of MNIST) was taken for a 7. The bend at the top, where the upper stroke turns
# into the slanted one, speaks most for the 7. So the network may have seen the corner of a 7.
#
# (b) The left end of the upper stroke is red for the true class, the 2. The slanted stroke is blue
# for it. The foot, which has a tiny hook in place of a base, is white: it hardly helps the 2.
#
# (c) The map does not say whether it is the missing base that counted; one would have to draw it and
# ask again.

# %% [markdown]
# ### Logits against probabilities
#
# What if we differentiate the probability? You can write such a score yourself: it reads the outputs
# of a forward pass and returns one number per image. We take the four images of which the network is
# surest.


# %%
@dataclass(frozen=True)
class Probability(ClassScore):
    """The probability of a class, softmax included."""

    def __call__(self, outputs):
        return keras.ops.softmax(outputs.logits(self.head))[:, self.index]


# %%
certain = models.predict(gap_model, images[shown]).max(axis=1)
pick = np.repeat(np.argsort(certain)[-4:], 2)
kinds = [ClassScore, Probability] * 4
maps = [
    cam.grad_cam(gap_model, images[[shown[c]]], kind(int(c)), layer="relu3")[0]
    for c, kind in zip(pick, kinds, strict=True)
]
words = ["logit", "probability"] * 4
titles = [f"{word}, up to {m.max():.0e}" for word, m in zip(words, maps, strict=True)]
print("probabilities:", certain[pick[::2]].round(4))
title = "Gradient of the logit, and of the probability"
plots.overlays(images[shown[pick]], maps, titles, 4, title)

# %% [markdown]
# **Notice** the numbers. Where the network is sure, a small change of the image hardly changes the
# probability. So the gradient of the probability is nearly 0. The picture scales each map, so this
# tiny map looks as convincing as the other map. Yet the two maps answer different questions. The map of
# the logit says what speaks for the class. The map of the probability says what tells the class from
# its rivals, and most of all from the strongest rival.

# %% [markdown]
# ### Question 2 · Which score?
#
# *10 minutes, 3 points, graded by a person.*
#
# (a) Why does the gradient of a probability of 99.99 % almost vanish?
#
# (b) You want to know why the network prefers a 4 to a 9. Write the score that asks this, as a
# combination of logits. Say why it is better than the probability of the 4.
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
# ## 9 · Explore
#
# Choose an image, a class, a layer and a method. The picture in the middle shows in red what speaks for
# the class. The picture on the right also shows in blue what speaks against the class. Grad-CAM++,
# LayerCAM and Score-CAM count nothing against a class: behind a ReLU their two maps are the same.

# %%
explorers.grad_cam(model, images[:500], labels[:500], names)

# %% [markdown] variants={"NUMBER": [1, 2, 3, 6, 8, 11, 13, 14, 15, 17, 19, 20, 30, 31, 32, 33, 35, 36, 38, 39, 40, 44, 45, 51, 54, 61, 63, 64, 65, 70, 71, 74]}
# ## 10 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
said = models.predict(own_model, own.images[:1])[0]
print(f"the network gives {said[own.labels[0]]:.0%} to the label of your first image")
plots.images(own.images[:1], [f"label {own.labels[0]}"], title="Your first image, with its label")

# %% [markdown]
# ### Exercise 9 · The strongest evidence
#
# *Easy, 10 minutes, 3 points.*
#
# Take your first image, `own.images[:1]`, and the logit of its label. `cam.maps_with_gradients` gives
# the gradients of this logit at `l3`. Which filter of `l3` gets the largest weight from your
# `channel_weights`?
#
# Then make the map of `l3` with your `grad_cam`. At which row and column of this map is the evidence
# largest? Divide this evidence by the sum of the whole map: which share lies at this place? Let
# `strongest_evidence` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "strongest_evidence", "solution": true}
def strongest_evidence() -> tuple[int, int, int, float]:
    """Return where l3 of your network finds most evidence for the label of your first image.

    returns: the number of the filter with the largest weight; the row and the column of the place
        with most evidence, all counted from 0; and the share of the evidence at this place, from 0
        to 1, to three decimals
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    image, label = own.images[:1], int(own.labels[0])
    _, gradients = cam.maps_with_gradients(own_model, image, label, layer="l3")
    winner = channel_weights(gradients)[0].argmax()
    evidence = grad_cam(own_model, image, "l3", label)[0]
    row, column = np.unravel_index(evidence.argmax(), evidence.shape)
    share = evidence.max() / evidence.sum()
    return int(winner), int(row), int(column), round(float(share), 3)
    ### END SOLUTION


# %% nbgrader={"grade_id": "strongest_evidence_check", "grade": true}
checks.strongest_evidence(strongest_evidence, number={{NUMBER}})  # no hidden data at grading
### BEGIN HIDDEN TESTS
checks.strongest_evidence(strongest_evidence, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Both functions want a batch: <code>own.images[:1]</code> is a batch of one image. Section 6 calls
# <code>cam.maps_with_gradients</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# The map has 7 rows and 7 columns. <code>argmax</code> gives a flat position, and
# <code>np.unravel_index</code> makes row and column of it. What is the sum of all shares?
# </details>

# %% [markdown]
# ### Question 3 · What may be concluded?
#
# *10 minutes, 3 points, graded by a person.*
#
# (a) A colleague shows a Grad-CAM picture of an X-ray, red on the lung, and says: "The network looks at
# the lung, so its diagnosis can be trusted." Give two objections or checks that follow from this
# notebook.
#
# (b) In Exercise 9 you found the place with most evidence, and its share. Somebody says of your image:
# "The network has seen the digit at this place." What does your share say about this sentence?
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) one for each of two sound ones, such as: the map says where, not what was seen there.
#   It may look alike for other classes (ask for them). The signed map may show evidence against. The
#   colour scale of one picture hides how weak the evidence is. A cell of the last layer sees a large
#   patch, so its place is rough. The choice of layer or of the probability changes the map. One picture
#   is an anecdote. Cover the place and see whether the answer changes.
# - 1 point: (b) quotes place and share of Exercise 9, and reads the share: the rest of the positive
#   evidence lies elsewhere, so the place is a part of it only. If the share is large: the place sees a
#   large patch, or the ReLU has hidden evidence against. A wrong finding costs points in Exercise 9 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "conclusion_question", "grade": true, "solution": true, "points": 3}
# (a) The map says where the evidence lies, not what it is: a tube on the lung would be red, too. And I
# would ask for the map of the other diagnosis, which may be the same.
#
# (b) With the number 1 the place is row 1, column 4 of the map, and its share is 0.18. So 82 % of the
# evidence lies at other places. The network has not seen the digit at this place alone.

# %% [markdown]
# ## What to take along
#
# - Grad-CAM is a weighted sum of maps: the activation says where, the mean gradient says for or
#   against.
# - Grad-CAM is exact where the maps are averaged and one dense layer follows. Where a network flattens
#   its maps, the mean gradient cancels: take HiResCAM, and compare with occlusion.
# - Differentiate the logit of the class you ask about; ask about other classes, too.
# - A map that agrees with an experiment may agree for another reason. Compare it with a map that knows
#   nothing of the network, and ask about a second class.
# - Leave 0 at 0: subtract no minimum, and divide by no zero. Say what the colours mean.
# - A heat map is coarse. It says where the evidence is, and not what the network sees there.
#
# **Next:** notebook 06 asks without gradients: cover a part, and see what changes.
#
# ## To read on
#
# - Zech, Badgeley, Liu, Costa, Titano and Oermann,
#   [Variable generalization performance of a deep learning model to detect pneumonia in chest
#   radiographs](https://doi.org/10.1371/journal.pmed.1002683), PLOS Medicine 2018: what heat maps told
#   of hospitals.
# - Zhou, Khosla, Lapedriza, Oliva and Torralba,
#   [Learning Deep Features for Discriminative Localization](https://arxiv.org/abs/1512.04150), CVPR
#   2016: CAM.
# - Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra,
#   [Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
#   Localization](https://arxiv.org/abs/1610.02391), ICCV 2017. It shows that Grad-CAM equals CAM
#   where CAM applies.
# - Chattopadhay, Sarkar, Howlader and Balasubramanian,
#   [Grad-CAM++](https://arxiv.org/abs/1710.11063), WACV 2018, with the derivation of α.
# - Zeiler and Fergus,
#   [Visualizing and Understanding Convolutional Networks](https://arxiv.org/abs/1311.2901), ECCV 2014:
#   cover a part of the image, and see what changes.
# - Wang, Wang, Du, Yang, Zhang, Ding, Mardziel and Hu,
#   [Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
#   Networks](https://arxiv.org/abs/1910.01279), CVPR Workshops 2020: weights without gradients.
# - Jiang, Zhang, Hou, Cheng and Wei,
#   [LayerCAM: Exploring Hierarchical Class Activation Maps for
#   Localization](https://doi.org/10.1109/TIP.2021.3089943), IEEE Transactions on Image Processing 2021:
#   each position weighs its own positive gradient, so that early layers can be read, too.
# - Tan and Le,
#   [EfficientNet: Rethinking Model Scaling for Convolutional Neural
#   Networks](https://arxiv.org/abs/1905.11946), ICML 2019: the network for photographs.
# - Draelos and Carin,
#   [Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
#   networks](https://arxiv.org/abs/2011.08891), 2020: where the mean gradient misleads.
# - Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim,
#   [Sanity Checks for Saliency Maps](https://arxiv.org/abs/1810.03292), NeurIPS 2018: which maps
#   change when the network forgets what it learned.
