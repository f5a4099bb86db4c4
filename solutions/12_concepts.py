# %% [markdown]
# # 12 · Concepts (optional)
#
# In 2018 Kim and others asked of a network for photographs: how much does the answer "zebra" depend on
# stripes? A heat map cannot say it, because a map marks pixels, and stripes are a property. So Kim and
# others collected images with stripes and images without stripes. The activations of a layer differ
# between the two groups. This difference is a direction, and the answer "zebra" may grow in this direction.
#
# Below is the same problem on the lines of notebook 09. Four heads answer four questions about one line.
# All four maps mark the line. No map says whether the network looks at how thick the line is, or at its
# colour.
#
# **You will** turn examples into a direction in the activations of a layer, and measure whether a score
# grows in this direction. You will compare this direction with random directions. The comparison ends in
# a *p-value*: it says how often chance alone gives such a result. At the end you let the computer find
# concepts that nobody has named.
#
# **Time:** about 150 minutes. **You need:** notebooks 05 and 09. This notebook is optional: no other
# notebook builds on it.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from itertools import pairwise, product

from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.datasets import lines
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import maps_with_gradients
from helpers.methods.saliency import integrated_gradients
from helpers.scores import ClassScore

import numpy as np
from sklearn.decomposition import NMF

# %%
data = datasets.load("lines")
model, _ = models.trained("line_heads", data)
print(f"Data set: lines, {data.source.split(';')[0]}")
questions = {
    "long": ClassScore(1, head="length"),
    "thick": ClassScore(1, head="width"),
    "90°": ClassScore(6, head="angle"),
    "blue": ClassScore(1, head="colour"),
}
of_test = data.test.attributes
one = (of_test["length"] == 1) & (of_test["width"] == 1) & (of_test["angle"] == 6)
line, ink = data.test.images[one][:1], data.test.masks["line"][one][:1]
maps = [integrated_gradients(model, line, score)[0].sum(axis=-1) for score in questions.values()]
for question, found in zip(questions, maps, strict=True):
    strongest = np.argsort(-abs(found), axis=None)[:30]
    print(f"{question}: {ink.ravel()[strongest].mean():.0%} of the 30 strongest pixels are line")
paper = 0.4 * np.repeat(ink[..., None], 4, axis=0)
plots.overlays(paper, maps, list(questions), 4, "Integrated gradients: four questions, one line")

# %% [markdown]
# ## 1 · A concept is a set of examples
#
# A **concept** is a property that a person can name and show: thick, blue, on the right. You show it
# by two groups of images. All images of one group have the property, and no image of the other group
# has it.
#
# Here are 300 training lines and five concepts. "Steep" is an angle from 60° to 120°. "On the right"
# says where the middle of a line lies. No head was trained to say where a line lies.

# %%
rng = np.random.default_rng(12)
train = data.train
examples = rng.permutation(len(train.images))[:300]
of = {name: values[examples] for name, values in train.attributes.items()}
mask = train.masks["line"][examples]
middle = (mask * np.arange(28)).sum(axis=(1, 2)) / mask.sum(axis=(1, 2))
has = {
    "thick": of["width"] == 1,
    "long": of["length"] == 1,
    "blue": of["colour"] == 1,
    "steep": np.isin(of["angle"], [4, 5, 6, 7, 8]),
    "on the right": middle > 13.5,
}
layer = "pool1"  # the first pooling; nonlinear layers follow
activations = layer_activations(model, train.images[examples], [layer])[layer]
print(f"activations of {layer}: {activations.shape}")
print(*(f"{name}: {yes.mean():.0%} of 300 lines" for name, yes in has.items()), sep="\n")
some = np.concatenate([examples[has["thick"]][:6], examples[~has["thick"]][:6]])
titles = ["thick"] * 6 + ["not thick"] * 6
plots.images(train.images[some], titles, 6, "Examples of a concept, and images without it")

# %% [markdown]
# The layer `pool1` has 14·14·32 = 6,272 activations. So each image gives 6,272 numbers, and these numbers
# are a point in a space of 6,272 dimensions. The mean of the images with a concept is one point, and the
# mean of the images without the concept is another point. A *direction* leads from one point to the
# other: an array of 6,272 numbers, in the shape of the layer.
#
# ### Exercise 1 · The direction of a concept
#
# *Easy, 10 minutes, 4 points.*
#
# Find the direction from the mean *without* the concept to the mean *with* the concept, and make its
# length 1. The length of an array is the square root of the sum of its squared values. If the two means
# are equal, there is no direction: return zeros.
#
# Kim and others take a linear classifier and the direction in which its score grows. The difference of
# the two means is simpler. It needs no training, and it is the same in each run.


# %% nbgrader={"grade_id": "concept_direction", "solution": true}
def concept_direction(activations: np.ndarray, has_concept: np.ndarray) -> np.ndarray:
    """Find the direction in which images with a concept lie.

    activations: (N, h, w, channels) float, of one layer
    has_concept: (N,) bool, at least one image has the concept, and at least one has not
    returns: (h, w, channels) float; from the mean without the concept to the mean with it, of
      length 1; zeros if the two means are equal
    """
    ### BEGIN SOLUTION
    apart = activations[has_concept].mean(axis=0) - activations[~has_concept].mean(axis=0)
    length = np.sqrt((apart**2).sum())
    return apart / length if length > 0 else apart
    ### END SOLUTION


# %% nbgrader={"grade_id": "concept_direction_check", "grade": true}
checks.concept_direction(concept_direction)  # at grading, hidden checks use other activations
### BEGIN HIDDEN TESTS
checks.concept_direction(concept_direction, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>activations[has_concept]</code> are the images with the concept, and
# <code>~has_concept</code> marks all others.
# </details>
# <details><summary>Hint 2</summary>
#
# Take two means over axis 0, and subtract. Compute the length of the difference before you divide, and
# look whether it is 0.
# </details>
#
# To compare two directions of length 1, multiply them value by value, and add up the products. The sum is
# called the *cosine*. The cosine is 1 for equal directions, 0 for directions that have nothing in common,
# and −1 for opposite directions.
#
# **Guess first:** which of the other four directions is most like the direction of "thick"? Think of
# what happens to the ink.

# %%
directions = {name: concept_direction(activations, yes) for name, yes in has.items()}
cosines = {
    name: float((directions["thick"] * other).sum())
    for name, other in directions.items()
    if name != "thick"
}
explorers.guess(
    "Which direction is most like the direction of “thick”?",
    answer=max(cosines, key=cosines.get),
    choices=list(cosines),
    picture=plots.bars(
        [*cosines.values()], list(cosines), "concept", "cosine", "How like the direction of “thick”"
    ),
)

# %%
for name, cosine in cosines.items():
    print(f"cosine of thick and {name}: {cosine:+.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# A thick line and a long line both have more ink. So these two directions have much in common. But a
# thick line need not be long, and a long line need not be thick. You will need this at the end of Section 4.
# </details>
#
# ## 2 · Does the score grow in this direction?
#
# Now take the gradient of a score at the activations of the layer. This gradient says how much the score changes
# with each of the 6,272 activations. The *directional derivative*, in short *slope*, says how much the
# score grows per step of length 1 in a direction.
#
# ### Exercise 2 · The slope along a direction
#
# *Easy, 10 minutes, 3 points.*
#
# For each image, multiply gradient and direction value by value, and sum the products over places and
# channels. Then divide by the length of the direction. So a direction and its double have the same slope.


# %% nbgrader={"grade_id": "directional_derivative", "solution": true}
def directional_derivative(gradients: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Say how much the score of each image grows per step of length 1 in a direction.

    gradients: (N, h, w, channels) float, the gradient of the score at one layer, image by image
    direction: (h, w, channels) float, of any length, but not all zeros
    returns: (N,) float
    """
    ### BEGIN SOLUTION
    return (gradients * direction).sum(axis=(1, 2, 3)) / np.sqrt((direction**2).sum())
    ### END SOLUTION


# %% nbgrader={"grade_id": "directional_derivative_check", "grade": true}
checks.directional_derivative(directional_derivative)  # hidden checks use other gradients
### BEGIN HIDDEN TESTS
checks.directional_derivative(directional_derivative, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>gradients * direction</code> has the shape of <code>gradients</code>. Which axes belong to one
# image?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>sum</code> takes several axes at once, as a tuple. Or make each image one long row first. The
# length of the direction is one number.
# </details>
#
# The next cell draws 256 test lines by chance, and computes the gradients of all four answers at `pool1`.
# The picture shows the slopes of the answer "thick" in the direction of the concept "thick".

# %%
scored = data.test.images[rng.permutation(len(data.test.images))[:256]]
gradients = {
    question: maps_with_gradients(model, scored, score, layer=layer)[1]
    for question, score in questions.items()
}
slopes = directional_derivative(gradients["thick"], directions["thick"])
counts, edges = np.histogram(slopes, 10)
print(f"{(slopes > 0).mean():.0%} of 256 test lines have a positive slope")
plots.bars(
    counts,
    [f"{low:.1f} to {high:.1f}" for low, high in pairwise(edges)],
    "logit of “thick” per step",
    "test lines",
    "The slope of “thick” in the direction of its concept",
)

# %% [markdown]
# ### Exercise 3 · The TCAV score
#
# *Medium, 10 minutes, 3 points.*
#
# Kim and others keep the sign of each slope alone. The **TCAV score** of a direction is the share of
# images with a positive slope. A slope of exactly 0 says nothing, so leave such slopes out. If all slopes
# of a direction are 0, the direction has no score: return NaN (not a number) for this direction.


# %% nbgrader={"grade_id": "tcav_scores", "solution": true}
def tcav_scores(derivatives: np.ndarray) -> np.ndarray:
    """Find the share of images whose score grows in each direction.

    derivatives: (directions, N) float, a row of slopes for each direction
    returns: (directions,) float from 0 to 1; of the slopes of a row that are not 0, the share that is
      positive; NaN where all slopes of a row are 0
    """
    ### BEGIN SOLUTION
    positive = (derivatives > 0).sum(axis=1)
    counted = (derivatives != 0).sum(axis=1)
    return np.where(counted > 0, positive / np.maximum(counted, 1), np.nan)
    ### END SOLUTION


# %% nbgrader={"grade_id": "tcav_scores_check", "grade": true}
checks.tcav_scores(tcav_scores)  # at grading, hidden checks use other slopes
### BEGIN HIDDEN TESTS
checks.tcav_scores(tcav_scores, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Count twice in each row: the slopes above 0, and the slopes that are not 0.
# </details>
# <details><summary>Hint 2</summary>
#
# Where nothing is counted, the division has no result. Divide by 1 there, and write NaN afterwards.
# </details>
#
# The next cell computes the TCAV score of each concept for each answer, over the 256 test lines.
#
# **Guess first:** take the answer "thick" alone. Which concept gets the score that is nearest to one half?


# %%
def scores_of(question, some):
    """The TCAV score of each direction."""
    slopes = [directional_derivative(gradients[question], direction) for direction in some]
    return tcav_scores(np.stack(slopes))


table = {question: scores_of(question, directions.values()) for question in questions}
explorers.guess(
    "Which concept gets the score nearest to one half, for the answer “thick”?",
    answer=list(has)[int(abs(table["thick"] - 0.5).argmin())],
    choices=list(has),
    picture=plots.bars(
        table["thick"], list(has), "concept", "TCAV score", "The answer “thick”, concept by concept"
    ),
)

# %%
for question, row in table.items():
    print(f"answer {question}:", "; ".join(f"{n} {s:.2f}" for n, s in zip(has, row, strict=True)))

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Three answers have a concept of their own: "thick", "long" and "blue". Each of them has a score near 1
# for this concept. The concept "on the right" has scores well below 1 for all four answers. But other
# concepts have high scores, too. Which of these numbers mean something?
# </details>
#
# ## 3 · Random concepts
#
# A score needs a control: what would a concept without meaning get? A **random concept** has the same 300
# lines, but shuffled labels. These labels mean nothing, and still the means of the two groups differ a
# little. So a random concept has a direction, too, and a score.
#
# **Guess first:** make 99 random concepts. How many of them have a score of at least 0.9 or at most
# 0.1, for the answer "thick"?

# %%
shuffled = rng.permuted(np.tile(has["thick"], (99, 1)), axis=1)
random_directions = [concept_direction(activations, yes) for yes in shuffled]
random_scores = {question: scores_of(question, random_directions) for question in questions}
far = (abs(random_scores["thick"] - 0.5) >= 0.4).sum()
counts, edges = np.histogram(random_scores["thick"], 10, (0, 1))
explorers.guess(
    "How many of 99 random concepts have a score of at least 0.9 or at most 0.1?",
    answer=int(far),
    picture=plots.bars(
        counts,
        [f"{low:.1f} to {low + 0.1:.1f}" for low in edges[:-1]],
        "TCAV score",
        "random concepts",
        "99 random concepts, the answer “thick”",
    ),
)

# %%
print(f"{far} of 99 random concepts have a score of at least 0.9 or at most 0.1")
print(f"mean score of the random concepts: {random_scores['thick'].mean():.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The scores of random concepts lie around one half, but they spread over the whole range. Similar lines
# have similar gradients. So one random direction may raise the logit of most lines, and another one may
# lower this logit. A score of 0.9 alone proves nothing.
# </details>
#
# ### Exercise 4 · The p-value
#
# *Medium, 15 minutes, 4 points.*
#
# How often is a random score at least as far from one half as the score of the concept? Count on both
# sides, because a score near 0 says as much as a score near 1. This share is the **p-value**. The score
# of the concept itself counts as one more random score:
#
# $$p = \frac{1 + \text{random scores that are as far or farther}}{1 + \text{random scores}}$$
#
# Leave out random scores that are NaN, above and below the line. Phipson and Smyth explain the 1: a
# finite number of random scores cannot show that chance *never* gives such a score. So no p-value is 0.


# %% nbgrader={"grade_id": "p_value", "solution": true}
def p_value(score: float, random_scores: np.ndarray) -> float:
    """Say how often chance gives a TCAV score that is as far from one half.

    score: the score of the concept, from 0 to 1
    random_scores: (n,) float, scores of random concepts, from 0 to 1; some may be NaN
    returns: above 0 and at most 1; one more than the number of random scores that are at least as far
      from one half as the score, on either side, divided by one more than the number of random scores;
      without those that are NaN
    """
    ### BEGIN SOLUTION
    known = random_scores[~np.isnan(random_scores)]
    as_far = abs(known - 0.5) >= abs(score - 0.5)
    return float((1 + as_far.sum()) / (1 + len(known)))
    ### END SOLUTION


# %% nbgrader={"grade_id": "p_value_check", "grade": true}
checks.p_value(p_value)  # at grading, hidden checks use other scores
### BEGIN HIDDEN TESTS
checks.p_value(p_value, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>abs(scores - 0.5)</code> is the distance from one half. A score that is as far as the concept
# counts, too.
# </details>
# <details><summary>Hint 2</summary>
#
# Throw the NaN away first, with <code>np.isnan</code>. Then compare all distances with one distance, and
# count. Where do the two ones of the formula go?
# </details>

# %%
print(f"{'answer':7}", *(f"{name:>20}" for name in has))
for question, row in table.items():
    told = [f"{score:.2f}, p = {p_value(score, random_scores[question]):.2f}" for score in row]
    print(f"{question:7}", *(f"{text:>20}" for text in told))

# %% [markdown]
# A small p-value means: chance rarely gives a score that is so far from one half. A usual limit is 0.05.
#
# **Notice** the answers "thick", "long" and "blue": each has a small p-value for its own concept. The
# concept "on the right" has large p-values. And some pairs have a small p-value that nobody expected, such
# as the concept "thick" for the answer "long". Section 4 looks at this pair.
#
# <div class="alert alert-info">
#
# **Experiment 1 · Which layer?** The cell repeats the test for the answer "thick" and the concept "thick".
# Set `where` to "pool1", "conv2_1" and "conv2_2", and run the cell each time. These layers are in the order
# of the network. After "conv2_2" come only a pooling and the heads. Then finish the sentence: *Near the
# heads a random concept has a score of …, so a p-value …*
# </div>


# %%
def study(name, layer, count=300):
    """The test of a concept for its own answer: score, p-value, scores of random concepts."""
    draw, yes = np.random.default_rng(0), has[name][:count]
    inner = layer_activations(model, train.images[examples[:count]], [layer])[layer]
    _, slopes = maps_with_gradients(model, scored, questions[name], layer=layer)
    labels = [yes, *draw.permuted(np.tile(yes, (99, 1)), axis=1)]
    some = (concept_direction(inner, each) for each in labels)
    score, *chance = tcav_scores(np.stack([directional_derivative(slopes, one) for one in some]))
    return score, p_value(score, np.array(chance)), np.array(chance)


where = "pool1"  # change it, and run the cell again
score, p, chance = study("thick", where)
experiments.record(
    "One concept, layer by layer",
    {"layer": where},
    score=score,
    p_value=p,
    random_at_0_or_1=np.isin(chance, [0, 1]).mean(),
)

# %%
deep, deep_p, chance = study("thick", "conv2_2")
print(f"conv2_2: score {deep:.2f}, p-value {deep_p:.2f}")
print(f"conv2_2: {np.isin(chance, [0, 1]).mean():.0%} of the random scores are 0 or 1")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Between "conv2_2" and the logits lie only a maximum pooling and one dense layer for each head. The image
# decides only which values are the maxima. All else in the gradient is the same for all images. So many
# random directions raise the logit of all images, or lower the logit of all images. Then a score of 1 is
# no surprise, and the test finds nothing.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 2 · How many examples?** Set `count` to 10, 20, 50, 100 and 300, and `name` to "blue" or
# "thick". Run the cell each time. Then finish the sentence: *With few examples the score …, and the
# p-value …*
# </div>

# %%
name, count = "blue", 20  # change them, and run the cell again
score, p, _ = study(name, "pool1", count)
experiments.record(
    "Examples of a concept", {"concept": name, "examples": count}, score=score, p_value=p
)

# %% [markdown] variants={"RANDOM": [99, 39, 59, 79, 119, 199], "PAIRS": [60, 40, 80, 100, 120]}
# ### Question 1 · What chance can do
#
# *15 minutes, 4 points, graded by a person.*
#
# A student tests {{ PAIRS }} pairs of an answer and a concept. Each pair is tested with {{ RANDOM }} random
# concepts, as in Exercise 4. The student keeps a pair if its p-value is at most 0.05.
#
# (a) What is the smallest p-value that this test can give?
#
# (b) Suppose that no concept means anything to the network. How many pairs should the student expect to
# keep? What would you advise?
#
# (c) For one answer nearly all random scores are 0 or 1. The score of a concept is 1. What p-value do
# you expect, and what follows from it?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) 1 / {{ RANDOM + 1 }} = {{ "%.4f" % (1 / (RANDOM + 1)) }}, when no random score is as far from one half.
# - 1 point: (b) about {{ PAIRS }} · 0.05 = {{ "%g" % (PAIRS * 0.05) }} pairs by chance alone; with
#   advice such as: a smaller limit (0.05 / {{ PAIRS }}{% if 20 * PAIRS > RANDOM + 1 %}, which needs more random concepts{% endif %}), new examples, an
#   experiment for each find.
# - 1 point: (c) a large p-value, near the share of random scores at 0 or 1.
# - 1 point: (c) the test cannot tell; it does not follow that the concept is unused. Try an earlier
#   layer.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "chance_question", "grade": true, "solution": true, "points": 4}
# (a) If no random score is as far from one half, p is 1 / 100 = 0.01.
#
# (b) Chance alone gives 60 · 0.05 = 3 pairs. I would use a smaller limit, 0.05 / 60, for which 99 random
# concepts are too few. Or I would repeat each find with new examples.
#
# (c) Nearly all random scores are as far from one half as the score, so p is near 1. The test cannot
# tell this concept from chance here. The network may still use the concept. I would try a layer that is
# farther from the heads.

# %% [markdown]
# ## 4 · A direction is a hypothesis, too
#
# The test says that the direction of "thick" raises the answer "long". Does a thick line look longer to the
# network? We can draw lines, so we can ask directly. The function in the next cell draws 96 lines of any
# width. The test needs 96 thin lines, and the same lines three pixels wide. Nothing else changes.


# %%
def drawn(width):
    """96 lines of one width: 2 lengths, 12 angles, 2 colours, 2 places; the same for each width."""
    places, images = np.random.default_rng(0), np.zeros((96, 28, 28, 3), np.float32)
    kinds = [*product(lines.ATTRIBUTES["length"], lines.ATTRIBUTES["angle"], lines.CHANNELS)] * 2
    for image, (length, angle, channel) in zip(images, kinds, strict=True):
        centre = places.integers(11, 16, (1, 2)) + 0.125
        image[..., channel] = lines.coverage(length, width, angle, centre)[0]
    return images, np.array([length for length, _, _ in kinds])


# %% [markdown]
# **Guess first:** for how many per cent of these lines is the logit of "long" larger when the line is
# thick?

# %%
(thin, length), (thick, _) = drawn(1), drawn(3)
grows = {
    question: score_values(model, thick, score) > score_values(model, thin, score)
    for question, score in questions.items()
}
explorers.guess(
    "For how many per cent of the lines does the logit of “long” rise?",
    answer=100 * float(grows["long"].mean()),
    picture=plots.bars(
        [100 * up.mean() for up in grows.values()],
        list(grows),
        "answer",
        "lines whose logit rises, %",
        "The same lines, three pixels wide",
    ),
)

# %%
print(
    *(f"thicker lines: the logit of {n} rises in {up.mean():.0%}" for n, up in grows.items()),
    sep="\n",
)
for pixels in (7, 15):
    share = grows["long"][length == pixels].mean()
    print(f"lines of {pixels} pixels: the logit of long rises in {share:.0%}")
pair = [float(table["long"][0]), p_value(table["long"][0], random_scores["long"])]
print(f"concept thick, answer long: score {pair[0]:.2f}, p-value {pair[1]:.2f}")
plots.images(
    np.concatenate([thin[2:48:8], thick[2:48:8]]), ["thin"] * 6 + ["thick"] * 6, 6, "Pairs of lines"
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The logit of "thick" rises for nearly all lines, as the test said. The logit of "long" does not follow
# the test. This logit rises for long lines and falls for short ones: a thick line makes the network more
# certain of the length that the line really has.
#
# The small p-value is no error. It says that a small step in this direction of the layer raises the
# logit of "long" in more images than random directions do. But this direction is a mean over many lines in
# many places, and it has much in common with the direction of "long". When one line gets thicker, the
# activations of the layer change in another way. So the concept that you name and the direction that you
# find need not be the same.
# </details>
#
# ## 5 · Concepts that nobody named
#
# Up to now a person chose the concepts. Can the activations themselves say which concepts there are?
# The next network tells seven expressions of drawn faces apart. You met it in notebook 10.
#
# The layer `relu3` of this network has 12 × 12 places and 128 channels. Take each place of each image as one
# row with 128 numbers. No number is negative, because the layer is a ReLU. All rows together are the matrix
# $A$. **Non-negative matrix factorisation** (NMF) writes each row of $A$ as a sum of a few concepts:
#
# $$A \approx W H$$
#
# A row of $H$ is a concept, with a number for each of the 128 channels. A row of $W$ belongs to one place
# of one image, and says how much of each concept lies there: these numbers are the *weights*. No value of
# $W$ or $H$ is negative, so concepts are only added, never subtracted. Olah and
# others (2018) split activations in this way, and so do Fel and others (2023).

# %%
people = datasets.load("faces")
face_model, _ = models.trained("face_cnn", people)
chosen = np.concatenate([np.flatnonzero(people.test.labels == c)[:8] for c in range(7)])
faces, expressions = people.test.images[chosen], people.test.labels[chosen]
face_maps = layer_activations(face_model, faces, ["relu3"])["relu3"]
rows = face_maps.reshape(-1, face_maps.shape[-1])
print(f"{len(faces)} faces; activations {face_maps.shape}, as rows {rows.shape}")
print(f"smallest activation: {rows.min():g}")
shown = np.repeat(faces[::8], 3, axis=-1)  # in colour, since one channel is drawn as ink
plots.images(shown, people.class_names, 7, "A drawn face of each expression")

# %% [markdown]
# ### Exercise 5 · One step of NMF
#
# *Hard, 20 minutes, 4 points.*
#
# At first $W$ and $H$ are random, so $W H$ is far from $A$. Lee and Seung found a step that never makes
# this error larger, and you repeat the step many times. First the concepts get new values, from the old
# weights. Then the weights get new values, from the *new* concepts:
#
# $$H \leftarrow H \cdot \frac{W^\top A}{W^\top W H} \qquad W \leftarrow W \cdot \frac{A H^\top}{W H H^\top}$$
#
# The dot and the fraction work value by value. All other products are matrix products. Where a
# denominator is 0, the new value is 0.


# %% nbgrader={"grade_id": "nmf_step", "solution": true}
def nmf_step(
    activations: np.ndarray, weights: np.ndarray, concepts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Make one step of Lee and Seung towards activations = weights @ concepts.

    activations: (n, channels) float, not negative; a row for each place
    weights: (n, k) float, not negative; how much of each concept lies at a place
    concepts: (k, channels) float, not negative
    returns: the new weights (n, k) and the new concepts (k, channels), float; the concepts from the
      old weights, the weights from the new concepts; 0 where a denominator is 0
    """
    ### BEGIN SOLUTION

    def scaled(values, above, below):
        return values * above / np.where(below > 0, below, 1)  # 0 where below is 0

    concepts = scaled(concepts, weights.T @ activations, weights.T @ weights @ concepts)
    weights = scaled(weights, activations @ concepts.T, weights @ (concepts @ concepts.T))
    return weights, concepts
    ### END SOLUTION


# %% nbgrader={"grade_id": "nmf_step_check", "grade": true}
checks.nmf_step(nmf_step)  # at grading, hidden checks use other activations
### BEGIN HIDDEN TESTS
checks.nmf_step(nmf_step, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>weights.T @ activations</code> has the shape of the concepts. So has the denominator. Write down
# the shape of each product before you multiply.
# </details>
# <details><summary>Hint 2</summary>
#
# Both lines do the same with other matrices. Write a small function of the old values, the numerator and
# the denominator. In this function, divide by 1 where the denominator is 0. What is old value times
# numerator there?
# </details>
#
# The next cell repeats your step 60 times, from random numbers, for six concepts. scikit-learn does the
# same for comparison. "Not explained" is the length of $A - W H$ divided by the length of $A$: 0 % means that
# the concepts say everything.


# %%
def factorise(k, steps=60):
    """Weights, concepts, and the share of the activations that is not explained after each step."""
    draw, errors = np.random.default_rng(0), []
    weights = draw.uniform(0.1, 1, (len(rows), k)).astype(np.float32)
    concepts = draw.uniform(0.1, 1, (k, rows.shape[1])).astype(np.float32)
    for _ in range(steps):
        weights, concepts = nmf_step(rows, weights, concepts)
        errors.append(np.linalg.norm(rows - weights @ concepts) / np.linalg.norm(rows))
    return weights, concepts, errors


weights, concepts, errors = factorise(6)
library = NMF(6, init="random", solver="mu", tol=0, max_iter=60, random_state=0).fit(rows)
theirs = library.reconstruction_err_ / np.linalg.norm(rows)
print(f"steps in which the error grows: {(np.diff(errors) > 1e-4).sum()}")
print(f"not explained: {errors[-1]:.0%} by your steps, {theirs:.0%} by scikit-learn's")
told = [1, 2, 5, 10, 20, 40, 60]
plots.bars(
    [errors[n - 1] for n in told], told, "steps", "not explained", "Six concepts, step by step"
)

# %% [markdown]
# Each concept has a map: its weight at each place. The drawn faces come with masks of brows, eyes and
# mouth. So you can measure where a concept lies: the mean weight inside a part, divided by the mean over
# the whole image. The value 1 means that the concept has no preference for this part.
#
# **Guess first:** take the concept that prefers the brows most. Which other part does it prefer, too,
# with a value of 1.5 or more?

# %%
concept_maps = weights.reshape(*face_maps.shape[:3], 6)
inside = {
    part: mask[chosen].reshape(len(chosen), 12, 4, 12, 4).mean(axis=(2, 4))
    for part, mask in people.test.masks.items()
}
prefers = {
    part: np.einsum("nhwk,nhw->k", concept_maps, share) / share.sum() / concept_maps.mean((0, 1, 2))
    for part, share in inside.items()
}
brows = int(prefers["brows"].argmax())
others = {part: value[brows] for part, value in prefers.items() if part != "brows"}
large = concept_maps[::8].repeat(4, axis=1).repeat(4, axis=2)  # one face of each expression
explorers.guess(
    "Take the concept that prefers the brows most. Which other part does it prefer?",
    answer=max(others, key=others.get) if max(others.values()) >= 1.5 else "neither",
    choices=["eyes", "mouth", "neither"],
    picture=plots.overlays(shown, large[..., brows], people.class_names, 7, "Brows as a concept"),
)

# %%
for k in range(6):
    print(f"concept {k}:", ", ".join(f"{part} {value[k]:.1f}" for part, value in prefers.items()))
print(f"concept {brows} prefers the brows most")
plots.overlays(
    np.concatenate([shown] * 6),
    np.concatenate([large[..., k] for k in range(6)]),
    [f"concept {k}" for k in range(6) for _ in range(7)],
    7,
    "Six concepts on seven faces",
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The concept that prefers the brows most prefers the mouth, too. Brows and mouth are both dark, horizontal
# strokes. So this concept is probably a stroke, and no part of a face. At least one concept avoids all three
# parts, and lies on the skin, the hair or the background. A name that you give to a concept is a guess.
# With the masks you can test such a guess.
# </details>
#
# Does the network need these concepts? There are two experiments. The first experiment takes one concept
# away: it subtracts what this concept adds to the activations, and runs the rest of the network. The second
# experiment gives $W H$ to the rest of the network in place of $A$: the six concepts alone.

# %%
names = list(models.layers(face_model))
after = names[names.index("relu3") + 1 :]


def right_answers(some):
    """The share of right answers if the layers after relu3 are given these rows."""
    x = np.maximum(some, 0).reshape(face_maps.shape)
    for name in after:
        x = face_model.get_layer(name)(x, training=False)
    return float((np.argmax(x, axis=1) == expressions).mean())


print(f"all activations: {right_answers(rows):.0%} of {len(faces)} faces are right")
for k in range(6):
    left = right_answers(rows - np.outer(weights[:, k], concepts[k]))
    print(f"without concept {k}: {left:.0%} are right")
print(f"six concepts alone: {right_answers(weights @ concepts):.0%} are right")

# %% [markdown]
# **Notice** that the network loses few right answers without one concept. Other concepts replace this one,
# as filters do in notebook 09. With six concepts alone some faces are wrong. So the network also uses the
# part of the activations that the six concepts do not explain.
#
# <div class="alert alert-info">
#
# **Experiment 3 · How many concepts are enough?** Set `k` to 2, 4, 6, 12 and 24, and run the cell each
# time. Then finish the sentence: *With more concepts the error …, and the share of right answers …*
# </div>

# %%
k = 4  # change it, and run the cell again
few, found, missing = factorise(k)
experiments.record(
    "Faces from concepts alone",
    {"concepts": k},
    not_explained=missing[-1],
    right=right_answers(few @ found),
)

# %% [markdown] variants={"NUMBER": [1, 6, 7, 8, 11, 12, 14, 15, 17, 21, 25, 30, 31, 33, 38, 39, 42, 43, 46, 47, 49, 50, 56]}
# ## 6 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer, and it tells digits apart. Your number
# is {{NUMBER}}. This number decides in which order the filters stand, and which images you get: 200 digits
# with noise.
#
# The images are `own.images`, and their labels are `own.labels`. Your digit is the last figure of your
# number. In this section your digit is the concept: the images of your digit have it, and all other
# images do not.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
digit = {{NUMBER}} % 10
print(f"{np.sum(own.labels == digit)} of {len(own.images)} images show your digit, {digit}")
plots.images(
    np.concatenate([own.images[own.labels == digit][:6], own.images[own.labels != digit][:6]]),
    [f"digit {digit}"] * 6 + ["another digit"] * 6,
    6,
    "Your concept, and images without it",
)

# %% [markdown]
# ### Exercise 6 · The concept of your digit
#
# *Easy, 10 minutes, 3 points.*
#
# Take the activations of `pool3` of `own_model` for all 200 images. Find the direction of your digit with
# your `concept_direction`. Which of the 16 filters has the largest value in this direction?
#
# Then ask for the logits of all ten digits, `ClassScore(0)` to `ClassScore(9)`. For each logit, compute the
# slopes of all 200 images in this direction with your `directional_derivative`. Which logit has the smallest
# mean slope, and how large is this mean?
#
# Finally compute the TCAV scores of the ten logits with your `tcav_scores`. Which digit's score is nearest
# to one half, and how large is this score? Let `own_concept` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_concept", "solution": true}
def own_concept() -> tuple[int, int, float, int, float]:
    """Return what the direction of your digit does in pool3 of your network.

    returns: the number of the filter with the largest value of the direction, counted from 0; the
        digit whose logit has the smallest mean slope, and this mean slope, with its sign; the digit
        whose TCAV score is nearest to one half, and this score. Give slope and score to three decimals.
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    maps = layer_activations(own_model, own.images, ["pool3"])["pool3"]
    direction = concept_direction(maps, own.labels == {{NUMBER}} % 10)
    winner = direction.max(axis=(0, 1)).argmax()
    slopes = []
    for digit in range(10):
        score = ClassScore(digit)
        _, gradients = maps_with_gradients(own_model, own.images, score, layer="pool3")
        slopes.append(directional_derivative(gradients, direction))
    means, scores = np.mean(slopes, axis=1), tcav_scores(np.stack(slopes))
    falls, half = means.argmin(), abs(scores - 0.5).argmin()
    slope, score = round(float(means[falls]), 3), round(float(scores[half]), 3)
    return int(winner), int(falls), slope, int(half), score
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_concept_check", "grade": true}
checks.own_concept(own_concept, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_concept(own_concept, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Sections 1 and 2 do the same for lines: <code>layer_activations</code> gives the activations, and
# <code>maps_with_gradients</code> gives the gradients of one score. Which layer, which images and which
# scores stand there now?
# </details>
# <details><summary>Hint 2</summary>
#
# The direction has the shape (3, 3, 16). Its largest value over the first two axes is one number for each
# filter. Put the slopes of the ten logits into an array of shape (10, 200): a row for each logit.
# </details>

# %% [markdown]
# ### Question 2 · What may you say?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) "The network uses the thickness of a line to say how long it is: the TCAV score is 1.00 and
# p = 0.01." What do you answer? Name the experiment that decides, and its result. Say also what the p-value
# does tell you.
#
# (b) In Exercise 6 you found the digit whose score is nearest to one half. Quote its score. A colleague
# concludes that the logit of this digit does not depend on the concept of your digit. Give a reason why
# this does not follow.
#
# (c) A colleague calls a concept of NMF "brows", because its map is red there in three faces. Say what
# you would measure, with two numbers of your own, and which name is fairer.
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) drawing the same lines thicker: the logit of "long" rises for long lines and falls for
#   short ones, so a thicker line is not a longer one to the network.
# - 1 point: (a) what the p-value does say: a step in this direction of the layer raises the logit more
#   reliably than chance; the direction has much in common with "long".
# - 1 point: (b) digit and score of Exercise 6, and one reason: the logit rises in some images and falls in
#   others, and the score does not say how steeply; only one direction in one layer was tested; a score
#   that could come by chance is no proof of absence. A wrong finding costs points in Exercise 6 alone.
# - 1 point: (c) measures the map inside the masks of all parts, quotes the values of brows and mouth,
#   and gives a name such as "dark horizontal strokes".
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "claims_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; another run differs a little.
#
# (a) I would draw the same lines thin and thick. The logit of "long" rises for long lines alone, and
# falls for short ones. So thickness is no sign of length for this network. The p-value says only that
# this direction of the layer is better than a random one. The direction of "thick" has much in common
# with the direction of "long", because both have more ink.
#
# (b) With the number 1 the score of the 9 is 0.34. So a step in the direction of the 1 raises the logit of
# the 9 in a third of the images, and lowers it in the others. Both slopes may be steep, and the score does
# not show it. It is also one direction in one layer: another layer may say something else.
#
# (c) I would measure the mean weight inside each mask. The concept has a value of about 3 on the brows,
# and about as much on the mouth. "Dark horizontal strokes" is a fairer name.

# %% [markdown]
# ## What to take along
#
# - A concept is described by examples. Its direction goes from the mean without it to the mean with it.
# - The TCAV score is the share of images whose score grows in this direction. Alone it proves nothing:
#   random concepts have high scores, too.
# - A p-value compares with random concepts. It is never 0, and many tests find something by chance.
# - Close to the heads all random scores are 0 or 1, and the test finds nothing.
# - A direction with a small p-value need not be the concept that you had in mind. Change the image, and
#   look.
# - NMF finds concepts without names. A name is a guess, and masks can test it.
#
# ## To read on
#
# - B. Kim and others, "Interpretability beyond feature attribution: quantitative testing with concept
#   activation vectors (TCAV)", ICML 2018: zebras, stripes and random concepts.
#   [arXiv:1711.11279](https://arxiv.org/abs/1711.11279)
# - B. Phipson and G. K. Smyth, "Permutation p-values should never be zero", 2010.
#   [arXiv:1603.05766](https://arxiv.org/abs/1603.05766)
# - D. D. Lee and H. S. Seung, "Learning the parts of objects by non-negative matrix factorization",
#   Nature, 1999. [doi:10.1038/44565](https://doi.org/10.1038/44565)
# - D. D. Lee and H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000: why the
#   step never makes the error larger.
#   [papers.nips.cc](https://papers.nips.cc/paper/1861-algorithms-for-non-negative-matrix-factorization)
# - C. Olah and others, "The building blocks of interpretability", Distill, 2018: activations split by
#   NMF. [doi:10.23915/distill.00010](https://doi.org/10.23915/distill.00010)
# - T. Fel and others, "CRAFT: concept recursive activation factorization for explainability", CVPR
#   2023. [arXiv:2211.10154](https://arxiv.org/abs/2211.10154)
