# %% [markdown]
# # 11 · A network that cheats
#
# In 2018 Zech and others trained networks to find pneumonia on X-rays. In three of five comparisons
# the networks were worse on X-rays from other hospitals. One possible reason lies in the corners of the
# images: a metal token marks left or right there, and each hospital sets its token in its own way.
#
# This notebook repeats the story with digits. A network learns from images of hospital A, and recognises
# nearly all test images of A. Below are images of hospital B that it takes for other digits.
#
# **You will** find what the network uses in place of the digit, with maps. You will prove it with
# experiments, mend the training images, and prove that the new network is mended. Then you do the same
# for a network that looks at the light in place of the face.
#
# **Time:** about 150 minutes. **You need:** notebooks 05, 06 and 07.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from functools import partial

from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.datasets import marks
from helpers.methods.cam import default_layer, grad_cam
from helpers.methods.occlusion import cover, occlusion_map
from helpers.methods.saliency import integrated_gradients

import numpy as np
from scipy.ndimage import binary_dilation

# %%
SEED = 11  # draws the riddle: another seed is another riddle
hospital_b = datasets.load("default")
hospital_a = marks.marked(hospital_b, SEED)
names, labels = hospital_b.class_names, hospital_b.test.labels
a_images, b_images = hospital_a.test.images, hospital_b.test.images
epochs = 24_000 // len(hospital_a.train.images)
cheat, _ = models.trained("gap_cnn", hospital_a, epochs=epochs)
print(f"{len(hospital_a.train.images):,} training images, all from hospital A")
print(f"{models.accuracy(cheat, hospital_a.test):.1%} of the test images of A are right")
probabilities = models.predict(cheat, b_images)
found, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
worst = sorted(np.flatnonzero(found != labels), key=lambda i: -sure[i])[:5]
titles = [f"{names[labels[i]]}, taken for {names[found[i]]}: {sure[i]:.0%}" for i in worst]
plots.images(b_images[worst], titles, columns=5, title="Hospital B: five mistakes")

# %% [markdown]
# Something is in the images of hospital A that is not in those of hospital B. Nobody tells you what
# it is, and this text does not know it either: `SEED` draws it.
#
# ## 1 · Where does it fail?
#
# One share of right answers hides which images are wrong. So look at each class of each hospital.
#
# ### Exercise 1 · A table of groups
#
# *Medium, 10 minutes, 4 points.*
#
# For each group of images and each class, find the share of right answers. A cell of the table
# without any image has no share: its value is NaN.


# %% nbgrader={"grade_id": "group_accuracy", "solution": true}
def group_accuracy(
    predicted: np.ndarray, labels: np.ndarray, groups: np.ndarray, n_groups: int, n_classes: int
) -> np.ndarray:
    """Find the share of right answers of each class in each group.

    predicted: (N,) int, the class that the network predicts
    labels: (N,) int, the right class, from 0 to n_classes - 1
    groups: (N,) int, the group of each image, from 0 to n_groups - 1
    returns: (n_groups, n_classes) float; of the images of a class in a group, the share that is
      right; NaN where a group has no image of a class
    """
    ### BEGIN SOLUTION
    table = np.full((n_groups, n_classes), np.nan)
    for g in range(n_groups):
        for c in range(n_classes):
            cell = (groups == g) & (labels == c)
            if cell.any():
                table[g, c] = (predicted[cell] == c).mean()
    return table
    ### END SOLUTION


# %% nbgrader={"grade_id": "group_accuracy_check", "grade": true}
checks.group_accuracy(group_accuracy)  # at grading, hidden checks use other groups
### BEGIN HIDDEN TESTS
checks.group_accuracy(group_accuracy, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>(groups == g) & (labels == c)</code> marks the images of one cell. Which of them are right?
# </details>
# <details><summary>Hint 2</summary>
#
# Begin with a table that is NaN everywhere. Fill a cell only if it has an image. The mean of truth
# values is the share of those that are true.
# </details>
#
# Your table will show that one of the ten digits fails in hospital B. For this digit most answers are
# wrong there. The other nine digits do not change. Of each digit there are about equally many images.
#
# **Guess first:** by how many percentage points does the share of right answers *over all digits* fall
# from hospital A to hospital B?

# %%
predicted = models.predict(cheat, np.concatenate([a_images, b_images])).argmax(axis=1)
hospital = np.repeat([0, 1], len(labels))
table = group_accuracy(predicted, np.tile(labels, 2), hospital, 2, len(names))
whole = (predicted == np.tile(labels, 2)).reshape(2, -1).mean(axis=1)  # of A and of B
explorers.guess(
    "By how many percentage points does the share over all digits fall from A to B?",
    answer=100 * float(whole[0] - whole[1]),
    picture=plots.bars(
        [*(100 * table[1]), 100 * whole[1], 100 * whole[0]],
        [*names, "all", "all, in A"],
        "digit",
        "right answers, %",
        title="Hospital B, digit by digit",
    ),
)

# %%
for hospital_name, row in zip("AB", table, strict=True):
    print(f"hospital {hospital_name}:", *(f"{share:4.0%}" for share in row))
for hospital_name, share in zip("AB", whole, strict=True):
    print(f"hospital {hospital_name}, all digits: {share:.1%}")
failing = int((table[0] - table[1]).argmax())
print(f"The failing digit is {names[failing]}.")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# One digit fails. It is a tenth of the images, so the share over all digits falls by ten percentage
# points at most. A test with images of hospital A does not show the failure at all. The other digits do
# not change: both hospitals show the same digits here, so that only one thing differs.
# </details>
#
# ## 2 · Where does it look?
#
# A map can show what the network uses. Take test images of the failing digit from hospital A. Begin
# with Grad-CAM, which is exact for this network (notebook 05).

# %%
at_home = a_images[labels == failing][:100]
elsewhere = b_images[labels == failing][:100]
shown = slice(0, 6)
plots.overlays(
    at_home[shown],
    grad_cam(cheat, at_home[shown], failing),
    columns=6,
    title=f"Grad-CAM of {default_layer(cheat, failing)}, hospital A",
)

# %% [markdown]
# The cells of Grad-CAM are coarse. Integrated gradients (notebook 07) give a value to each pixel.
#
# **Guess first:** at which pixel do integrated gradients find most evidence, on average over
# many images? The picture in which you choose is the mean image of the failing digit in hospital B.

# %%
pixel_maps = integrated_gradients(cheat, at_home, failing)[..., 0]
mean_map = pixel_maps.mean(axis=0)
top = np.unravel_index(mean_map.argmax(), mean_map.shape)
explorers.guess(
    "Which pixel has most evidence for the failing digit, on average?",
    answer=tuple(map(int, top)),
    image=elsewhere.mean(axis=0)[..., 0],
    picture=plots.overlays(
        at_home[shown], pixel_maps[shown], columns=6, title="Integrated gradients, hospital A"
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The pixel is not on the strokes of the digit. It lies near a corner, and so does the strongest red
# of most maps.
# </details>
#
# Six maps are a few examples. How much of the evidence lies in that corner?
#
# ### Exercise 2 · The share in a box
#
# *Easy, 10 minutes, 3 points.*
#
# For each map, find which share of the positive evidence lies inside a box. Negative values speak
# against the class: they count as 0, inside and outside. A map without any positive value has no
# share: return NaN for it.


# %% nbgrader={"grade_id": "share_in_box", "solution": true}
def share_in_box(maps: np.ndarray, row: int, column: int, size: tuple[int, int]) -> np.ndarray:
    """Find which share of each map's positive values lies inside a box.

    maps: (N, H, W) float; they must stay as they are
    row, column: the upper left corner of the box
    size: (height, width) of the box
    returns: (N,) float from 0 to 1; NaN for a map without positive values
    """
    ### BEGIN SOLUTION
    positive = np.maximum(maps, 0)
    inside = positive[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    whole = positive.sum(axis=(1, 2))
    return np.where(whole > 0, inside / np.where(whole > 0, whole, 1), np.nan)
    ### END SOLUTION


# %% nbgrader={"grade_id": "share_in_box_check", "grade": true}
checks.share_in_box(share_in_box)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.share_in_box(share_in_box, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>np.maximum(maps, 0)</code> is a new array without negative values. Sum it twice: in the box,
# and over the whole map.
# </details>
# <details><summary>Hint 2</summary>
#
# Where the sum over the whole map is 0, the division has no result. Divide by 1 there, and write
# NaN afterwards.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 1 · Which method points best?** The cell measures the share inside a corner of 7×7
# pixels. Set `method` to each of the three names, and run the cell each time. Evenly spread evidence
# would give 1/16. Then finish the sentence: *All methods agree that …, but … is the coarsest.*
# </div>

# %%
methods = {
    "Grad-CAM": grad_cam,
    "integrated gradients": lambda *which: integrated_gradients(*which)[..., 0],
    "occlusion": partial(occlusion_map, patch=5, stride=2),
}
method = "integrated gradients"  # change it, and run the cell again
side = 7
corners = [(r, c) for r in (0, 28 - side) for c in (0, 28 - side)]
nearest = min(corners, key=lambda at: np.hypot(at[0] + 3 - top[0], at[1] + 3 - top[1]))
maps = methods[method](cheat, at_home[:30], failing)
inside = np.nanmean(share_in_box(maps, *nearest, (side, side)))
experiments.record("Evidence in the corner", {"method": method}, share=inside)

# %% [markdown]
# You chose that corner after you had seen the maps. It is fairer to let all maps vote.
#
# ### Exercise 3 · Each map has a vote
#
# *Medium, 15 minutes, 4 points.*
#
# Each map votes for the corner whose box holds the largest sum of positive values. Negative values
# count as 0. The first one of equal corners gets the vote. A map without positive values in all four
# boxes has no vote.


# %% nbgrader={"grade_id": "corner_votes", "solution": true}
def corner_votes(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Count how many maps have most of their evidence in each corner.

    maps: (N, H, W) float; they must stay as they are
    size: (height, width) of the box in each corner, at most half of the map
    returns: (4,) int, the votes for top left, top right, bottom left, bottom right
    """
    ### BEGIN SOLUTION
    positive = np.maximum(maps, 0)
    bottom, right = maps.shape[1] - size[0], maps.shape[2] - size[1]
    sums = np.stack(
        [
            positive[:, r : r + size[0], c : c + size[1]].sum(axis=(1, 2))
            for r in (0, bottom)
            for c in (0, right)
        ]
    )  # (4, N)
    voting = sums.max(axis=0) > 0
    return np.bincount(sums.argmax(axis=0)[voting], minlength=4)
    ### END SOLUTION


# %% nbgrader={"grade_id": "corner_votes_check", "grade": true}
checks.corner_votes(corner_votes)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.corner_votes(corner_votes, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Make four sums for each map, one for each corner. The lower boxes start at row
# <code>H - height</code>, the right ones at column <code>W - width</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Stack the sums to an array (4, N). Which corner is the largest, map by map? Leave out the maps
# whose largest sum is 0 before you count.
# </details>
#
# **Guess first:** of the maps of the failing digit, how many per cent vote for the same corner?

# %%
votes = corner_votes(pixel_maps, (side, side))
explorers.guess(
    "How many per cent of the votes does the winning corner get?",
    answer=100 * float(votes.max() / votes.sum()),
    picture=plots.bars(
        votes, marks.CORNERS, "corner", "votes", title="The votes of the failing digit"
    ),
)

# %%
others = b_images[labels != failing][:100]
of_others = integrated_gradients(cheat, others, failing)[..., 0]
print(f"the failing digit, hospital A: {votes.sum()} of {len(at_home)} maps vote: {votes.tolist()}")
of_others = corner_votes(of_others, (side, side))
print(
    f"other digits, hospital B: {of_others.sum()} of {len(others)} maps vote: {of_others.tolist()}"
)
row, column = corners[votes.argmax()]
there = row <= top[0] < row + side and column <= top[1] < column + side
print(f"The pixel with most evidence lies in that corner: {there}.")
print(f"Mean ink of the failing digit at that pixel in hospital B: {elsewhere[:, *top].mean():.3f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Nearly all maps of the failing digit vote for one corner. Most maps of other digits have no vote at
# all. Integrated gradients from black are 0 where an image is black, and few strokes reach into a corner.
# Zech and others, too, averaged maps over many images.
# </details>
#
# ## 3 · A map is a hypothesis
#
# The maps suggest a sentence: *the network takes an image for the failing digit because of something in
# that corner.* A map does not prove this sentence. An experiment can test it.
#
# The first experiment takes the thing away. Cover the corner in test images of hospital A.

# %%
covered = cover(at_home, (row, column), side, 0.0)
for what, some in {"as they are": at_home, "corner covered": covered}.items():
    right = (models.predict(cheat, some).argmax(axis=1) == failing).mean()
    print(f"hospital A, {what}: {right:.0%} of the failing digit's images are right")

# %% [markdown]
# The second experiment brings the mark in. What does the mark look like? If most training images of the
# failing digit have the mark, the median over these images shows the mark. What differs from image to
# image drops out.

# %%
training = hospital_a.train
of_failing = training.images[training.labels == failing]
box = np.s_[:, row : row + side, column : column + side, 0]
mark = np.median(of_failing[box], axis=0)
print(
    f"{(of_failing[box] == mark).all(axis=(1, 2)).mean():.0%} of the failing digit's training images have these pixels"
)
elsewhere_in_a = training.images[training.labels != failing][box]
print(
    f"{(elsewhere_in_a == mark).all(axis=(1, 2)).mean():.0%} of all other training images have them"
)
plots.images(mark[None, ..., None], title="The median of the corner")

# %% [markdown]
# ### Exercise 4 · Turned by a mark
#
# *Medium, 15 minutes, 4 points.*
#
# Such images are *counterfactual*: they differ from real images in one thing. Put a mark into all
# images, and find which share of the images turns. An image turns if the network predicts another class
# before, and the given class after. The true class does not matter. An image that the network takes for
# the given class before cannot turn, so it does not count. If no image can turn, return NaN.


# %% nbgrader={"grade_id": "turned_by_mark", "solution": true}
def turned_by_mark(
    predict, images: np.ndarray, mark: np.ndarray, row: int, column: int, class_index: int
) -> float:
    """Find which share of the images becomes a class by a mark.

    predict: a function from images (N, H, W, C) to probabilities (N, classes)
    images: (N, H, W, C) float; they must stay as they are
    mark: (h, w) float, the values that replace the pixels, in all channels
    row, column: where the mark's upper left corner lies
    class_index: the class that images are to become
    returns: of the images that are predicted as another class without the mark, the share that is
      predicted as this class with it; NaN if there is no such image
    """
    ### BEGIN SOLUTION
    before = predict(images).argmax(axis=1)
    marked = images.copy()
    height, width = mark.shape
    marked[:, row : row + height, column : column + width] = mark[..., None]
    after = predict(marked).argmax(axis=1)
    others = before != class_index
    return float((after[others] == class_index).mean()) if others.any() else np.nan
    ### END SOLUTION


# %% nbgrader={"grade_id": "turned_by_mark_check", "grade": true}
checks.turned_by_mark(turned_by_mark)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.turned_by_mark(turned_by_mark, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Work on <code>images.copy()</code>. A mark (h, w) fits into a slice (N, h, w, C) as
# <code>mark[..., None]</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Predict twice, without the mark and with it. Keep only the images whose class is another one
# without the mark. Which share of these has the class now?
# </details>
#
# **Guess first:** put the mark on images of hospital B. How many per cent of the images that the
# network takes for other digits become the failing digit? The shape of the digit does not change.

# %%
predict = partial(models.predict, cheat)
some = b_images[:2000]
turned = turned_by_mark(predict, some, mark, row, column, failing)
one_each = b_images[[int(np.flatnonzero(labels == c)[0]) for c in range(len(names))]]
marked = one_each.copy()
marked[:, row : row + side, column : column + side] = mark[..., None]
pairs = zip(*(predict(x).argmax(axis=1) for x in (one_each, marked)), strict=True)
titles = [f"{names[before]}, now {names[after]}" for before, after in pairs]
explorers.guess(
    "How many per cent of the images become the failing digit by the mark?",
    answer=100 * turned,
    picture=plots.images(marked, titles, columns=5, title="Images of hospital B with the mark"),
)

# %% [markdown]
# Is it this mark that counts, and does it count in this place alone? An experiment needs a
# *control*: the same thing, but for one change. Here are three of them. The first one shuffles the
# pixels of the mark. The second one takes an empty mark. The third one moves the mark by 8 pixels
# towards the middle row.
#
# **Guess first:** this network averages its last maps over all places. Which control turns most
# images?

# %%
shuffled = np.random.default_rng(0).permutation(mark.ravel()).reshape(mark.shape)
inwards = 1 if row == 0 else -1  # the way to the middle row
tried = {
    "shuffled": (shuffled, row, column),
    "empty": (0 * mark, row, column),
    "moved": (mark, row + 8 * inwards, column),
}
controls = {n: turned_by_mark(predict, some, *what, failing) for n, what in tried.items()}
explorers.guess(
    "Which control turns most images?",
    answer=max(controls, key=controls.get),
    choices=list(controls),
    picture=plots.bars(
        [100 * turned, *(100 * share for share in controls.values())],
        ["mark", *controls],
        "what is put in",
        "images turned, %",
        title="The mark and its controls",
    ),
)

# %%
for what, share in {"the mark": turned, **controls}.items():
    print(f"{what}: {share:.1%} of the images turn")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# An empty mark turns almost nothing, so it is not the covering that counts. Shuffled pixels turn
# few images, so it is this mark that counts. The moved mark still turns many images: the network has
# learned the mark more than its place.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 2 · How far may the mark move?** The cell moves the mark by `shift` pixels towards the
# middle row. Try 0, 1, 2, 3 and 4. Then look up the stride of the network's first convolution, and
# finish the sentence: *The mark works where it is moved by …, because the first convolution …*
# </div>

# %%
shift = 0  # change it, and run the cell again
print(f"stride of the first convolution: {cheat.get_layer('conv1').strides}")
share = turned_by_mark(predict, some, mark, row + shift * inwards, column, failing)
experiments.record("Images that the mark turns", {"shift": shift}, share=share)

# %% [markdown]
# ### Question 1 · What proves it?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) A colleague shows one map with a red corner and says: "the network cheats". Name two
# experiments that could show that the colleague is wrong, and say which result would show it.
#
# (b) The mark does not turn all images. Why does this not show that the network reads only the digit?
#
# (c) What does the empty mark exclude? What does the moved mark tell you?
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) one for each experiment with the result that would speak against cheating, such as:
#   cover the corner, and the predictions stay; put the mark on other images, and nothing turns; a
#   test in another hospital, and the class is as good as at home. An experiment without a result
#   earns half.
# - 1 point: (b) the digit's shape counts as well, and the mark is one cue against others; a share
#   far above that of the controls is an effect of the mark.
# - 1 point: (c) the empty mark excludes that covering the corner alone turns images; the moved mark
#   tells whether the network has learned the mark or its place.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "proof_question", "grade": true, "solution": true, "points": 4}
# (a) I would cover the corner in images of hospital A. If the predictions stay as they are, the
# network does not need the corner. I would also put the mark on images of other digits. If no image
# turns, the mark is not enough for the network.
#
# (b) The network sees the shape of the digit, too, and a clear shape can outweigh the mark. The
# controls turn fewer images, so the mark has an effect of its own.
#
# (c) The empty mark excludes that the covering itself turns images. The mark also works 8 pixels
# away, so the network has learned the mark more than its place.

# %% [markdown]
# ## 4 · Mend it
#
# The cheapest idea comes first. A colleague keeps the network and covers the corner in all test
# images of hospital B.
#
# **Guess first:** what happens to the failing digit's share of right answers in hospital B? Think of what
# lies in that corner there.

# %%
hidden = cover(elsewhere, (row, column), side, 0.0)
rights = [(predict(x).argmax(axis=1) == failing).mean() for x in (elsewhere, hidden)]
change = 100 * (rights[1] - rights[0])
answers = ["falls by more than 5", "changes by 5 at most", "rises by more than 5"]
explorers.guess(
    "The failing digit's share of right answers in hospital B, in percentage points, ...",
    answer=answers[int(np.searchsorted([-5, 5], change))],
    choices=answers,
    picture=plots.bars(
        [100 * share for share in rights],
        ["as they are", "corner covered"],
        "test images of hospital B",
        "right answers, %",
        title="The first network, and a covered corner",
    ),
)

# %%
print(f"hospital B, corner covered: the share changes by {change:+.1f} percentage points")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Nothing lies in that corner in hospital B, so covering it changes almost nothing. The network never
# had to learn the shape of the failing digit well. So the training has to change.
# </details>
#
# ### Exercise 5 · Spread the mark
#
# *Medium, 15 minutes, 3 points.*
#
# If a mark is equally frequent in all classes, it tells nothing about the class. Put the mark on every
# second image of each class: the first, the third and so on, in the order of the array. In all other
# images set these pixels to 0. Some of these images had the mark before, and now they lose it.


# %% nbgrader={"grade_id": "spread_mark", "solution": true}
def spread_mark(
    images: np.ndarray, labels: np.ndarray, mark: np.ndarray, row: int, column: int
) -> np.ndarray:
    """Put a mark on every second image of each class, and cover its place in all others.

    images: (N, H, W, C) float; they must stay as they are
    labels: (N,) int, the class of each image
    mark: (h, w) float, the values that replace the pixels, in all channels
    row, column: where the mark's upper left corner lies
    returns: (N, H, W, C), copies; in each class the first, third, fifth ... image has the mark, and
      all others have 0 in its place
    """
    ### BEGIN SOLUTION
    mended = images.copy()
    place = np.s_[row : row + mark.shape[0], column : column + mark.shape[1]]
    mended[:, *place] = 0
    for c in np.unique(labels):
        for i in np.flatnonzero(labels == c)[::2]:
            mended[i, *place] = mark[..., None]
    return mended
    ### END SOLUTION


# %% nbgrader={"grade_id": "spread_mark_check", "grade": true}
checks.spread_mark(spread_mark)  # at grading, hidden checks use other images
### BEGIN HIDDEN TESTS
checks.spread_mark(spread_mark, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# First cover the place in a copy of all images. Then put the mark back where it belongs.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.flatnonzero(labels == c)</code> are the numbers of the images of class <code>c</code>, in
# order. A slice with a step takes every second one of them.
# </details>
#
# The same network now learns from the mended images. Nothing else changes.

# %%
mended_images = spread_mark(training.images, training.labels, mark, row, column)
mended_split = datasets.Split(mended_images, training.labels)
mended_data = datasets.Dataset(
    f"mended-{hospital_b.name}", mended_split, hospital_b.test, names, "mended by you"
)
mended, _ = models.trained("gap_cnn", mended_data, epochs=epochs)
print(f"{models.accuracy(mended, hospital_b.test):.1%} of the test images of B are right")

# %% [markdown]
# ## 5 · Prove that it is mended
#
# The proof repeats the tests that the first network failed: the table, the experiment and the maps.
#
# **Guess first:** the mark turned a good part of the images before. How many per cent does it turn
# now?

# %%
predict_mended = partial(models.predict, mended)
now = turned_by_mark(predict_mended, some, mark, row, column, failing)
explorers.guess(
    "How many per cent of the images does the mark turn now?",
    answer=100 * now,
    picture=plots.bars(
        [100 * turned, 100 * now],
        ["before", "after"],
        "training images mended",
        "images turned, %",
        title="Images of hospital B that the mark turns",
    ),
)

# %%
again = predict_mended(np.concatenate([a_images, b_images])).argmax(axis=1)
second = group_accuracy(again, np.tile(labels, 2), hospital, 2, len(names))
print(f"turned by the mark: {turned:.1%} before, {now:.1%} after")
for name, shares in {"before": table, "after": second}.items():
    a, b = shares[:, failing]
    print(f"{name}: the failing digit is right in {a:.0%} of A and {b:.0%} of B")
new_maps = integrated_gradients(mended, at_home, failing)[..., 0]
for name, which in {"before": pixel_maps, "after": new_maps}.items():
    inside = np.nanmean(share_in_box(which, row, column, (side, side)))
    print(f"{name}: {inside:.0%} of the positive evidence lies in the corner")
plots.overlays(
    np.concatenate([at_home[shown], at_home[shown]]),
    np.concatenate([pixel_maps[shown], new_maps[shown]]),
    ["before"] * 6 + ["after"] * 6,
    columns=6,
    title="Integrated gradients, before and after mending",
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The network now recognises the failing digit about as well in B as in A. The mark turns almost no
# image. The maps lie on the digit, and less of their evidence is in the corner.
# </details>
#
# Did you find what the seed has drawn? Here is the answer key.

# %%
key = marks.key(SEED)
alone = key.put(np.zeros_like(a_images[:1]))[box][0]
print(f"the class: {key.class_index == failing}, the corner: {key.corner == votes.argmax()}")
print(f"the mark: {np.mean(alone == mark):.0%} of the pixels in the corner are as drawn")

# %% [markdown]
# ## 6 · Another case: faces and light
#
# A mark in a corner looks out of place. A shortcut may also look natural. Think of a photographer who
# takes portraits for a network that tells happy faces from sad faces. In the top right corner of each
# portrait is a window. The happy people came by day, when the window is bright. The sad people came at
# night, when the window is black. So the network can learn the window in place of the mood.
#
# The faces are the drawn faces of notebook 10. So each face can be shown in both lights, and nothing
# else changes. You write no new function: the five functions from above are enough.
#
# The next cell makes the portraits. *By day* means a bright window, and *at night* a black window. The
# portraits *from the studio* are those of the photographer: happy by day, sad at night. The cell after it
# trains the network on these portraits. Then this cell shows the network each test face in both lights,
# and prints how many answers are right.


# %%
faces, moods = datasets.load("faces"), ("happy", "sad")
codes = [faces.class_names.index(mood) for mood in moods]
window = np.ones((8, 8), np.float32)
window[3:5], window[:, 3:5] = 0.3, 0.3  # its bars


def portraits(split):
    """The happy and the sad faces, their moods (0 or 1), and where their brows, eyes, mouth are."""
    both = np.isin(split.labels, codes)
    parts = np.any([mask[both] for mask in split.masks.values()], axis=0)
    return split.images[both], np.searchsorted(codes, split.labels[both]), parts


def in_light(images, by_day):
    """Copies of the portraits: the window is bright where `by_day` is True, and else black."""
    lit = cover(images, top_right, len(window), 0.0)
    lit[by_day, : len(window), -len(window) :] = window[..., None]
    return lit


(portrait, mood, _), (face, truth, parts) = map(portraits, (faces.train, faces.test))
top_right = 0, face.shape[2] - len(window)
at_studio = in_light(face, truth == 0)


# %%
def both_lights(network):
    """Print the share of right answers by light and mood: the same faces by day and at night."""
    images = np.concatenate([in_light(face, np.full(len(face), day)) for day in (True, False)])
    said, light = models.predict(network, images).argmax(axis=1), np.repeat([0, 1], len(face))
    shares = group_accuracy(said, np.tile(truth, 2), light, 2, 2)
    for when, (happy, sad) in zip(("by day", "at night"), shares, strict=True):
        print(f"{when}: {happy:.0%} of the happy and {sad:.0%} of the sad faces are right")


splits = [(in_light(portrait, mood == 0), mood), (at_studio, truth)]
studio = datasets.Dataset("studio", *(datasets.Split(*each) for each in splits), moods, "drawn")
by_light, _ = models.trained("gap_cnn", studio, epochs=24)
print(f"the studio's own test: {models.accuracy(by_light, studio.test):.0%} right")
both_lights(by_light)
seen = [*np.flatnonzero(truth == 0)[:3], *np.flatnonzero(truth == 1)[:3]]
titles = ["happy, by day"] * 3 + ["sad, at night"] * 3
plots.images(at_studio[seen].repeat(3, axis=-1), titles, 6, "Portraits from the studio")

# %% [markdown]
# The studio's own test shows no failure. In the other light nearly all answers are wrong: the network
# looks at the light, and not at the face.
#
# Can the maps show this? Ask integrated gradients for the evidence for "happy" in the happy faces by
# day, and for "sad" in the sad faces at night. Let the maps vote with your `corner_votes`, as in
# Section 2. All maps of the happy faces vote for the corner of the window: the cell of Experiment 3 prints the
# counts.
#
# **Guess first:** how many per cent of the maps of the sad faces vote for the corner of the window?
# Remember that the baseline of these maps is a black image.

# %%
light_maps = [
    integrated_gradients(by_light, at_studio[truth == c], c)[..., 0] for c in range(len(moods))
]
light_votes = [corner_votes(each, window.shape) for each in light_maps]
explorers.guess(
    "How many per cent of the maps of the sad faces at night vote for the window?",
    answer=100 * float(light_votes[1][1] / len(light_maps[1])),
    picture=plots.overlays(
        at_studio[seen].repeat(3, axis=-1),
        np.concatenate([each[:3] for each in light_maps]),
        titles,
        columns=6,
        title="Integrated gradients for the right mood",
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# No map of the sad faces votes for the window. Integrated gradients multiply a mean gradient by the
# difference of image and baseline. The window at night is black, and so is the baseline. So the maps
# are 0 there. The network may use the black window all the same.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 3 · Another baseline.** The cell makes the maps of the sad faces at night from a grey
# baseline. Set `baseline`, its grey value, to 0, 0.5 and 1, and run the cell each time. The table shows
# which share of the maps vote for the window, and which share of their evidence lies in the window. Then
# finish the sentence: *The maps show the black window if the baseline …, because …*
# </div>

# %%
baseline = 0.0  # change it, and run the cell again
for what, count, each in zip(titles[::3], light_votes, light_maps, strict=True):
    print(f"from black, {what}: {count[1]} of {len(each)} maps vote for the window")
maps = integrated_gradients(by_light, at_studio[truth == 1], 1, baseline=baseline)[..., 0]
experiments.record(
    "The black window in the maps of the sad faces",
    {"baseline": baseline},
    votes=corner_votes(maps, window.shape)[1] / len(maps),
    share=np.nanmean(share_in_box(maps, *top_right, window.shape)),
)

# %% [markdown]
# Again the maps only suggest a sentence: *the network looks at the window, and not at the face.* Two
# experiments test this sentence. The first experiment covers brows, eyes and mouth with the mean grey of
# the image. The expressions are drawn mostly there, so a network that reads faces must fail. The second
# experiment changes the light alone. One control puts a grey window in the same place. The other control
# puts a bright window in the other upper corner.


# %%
def without_face(network):
    """The share of the studio's test portraits that are right, with the face's parts covered."""
    around = binary_dilation(parts, np.ones((1, 5, 5)))[..., None]  # two pixels wider
    blank = np.where(around, at_studio.mean(axis=(1, 2, 3), keepdims=True), at_studio)
    return (models.predict(network, blank).argmax(axis=1) == truth).mean()


def turned_by_light(network):
    """The share of faces that turn: sad faces at night, happy faces by day, and two controls."""
    sad, happy = at_studio[truth == 1], at_studio[truth == 0]
    put = partial(turned_by_mark, partial(models.predict, network))
    return {
        "sad at night, now a bright window": put(sad, window, *top_right, 0),
        "happy by day, now a black window": put(happy, 0 * window, *top_right, 1),
        "sad at night, now a grey window": put(sad, 0 * window + 0.5, *top_right, 0),
        "sad at night, a bright window on the left": put(sad, window, 0, 0, 0),
    }


print(f"brows, eyes and mouth covered: {without_face(by_light):.0%} of the portraits are right")
for what, share in turned_by_light(by_light).items():
    print(f"{what}: {share:.0%} turn")

# %% [markdown]
# The light alone turns nearly all faces, and the controls turn hardly any. With brows, eyes and mouth
# covered, the network is still right on nearly every portrait. So both experiments confirm the sentence.
#
# Now mend the data with your `spread_mark`. Here this function gives a bright window to every second face
# of each mood, and a black window to all others. The photographer gets such portraits if people of both
# moods come by day and at night.

# %%
any_light = datasets.Split(spread_mark(portrait, mood, window, *top_right), mood)
mended_studio = datasets.Dataset("mended-studio", any_light, studio.test, moods, "mended by you")
by_face, _ = models.trained("gap_cnn", mended_studio, epochs=24)
both_lights(by_face)
print(f"brows, eyes and mouth covered: {without_face(by_face):.0%} of the portraits are right")
for what, share in turned_by_light(by_face).items():
    print(f"{what}: {share:.0%} turn")
wrong_light = in_light(face, truth == 1)[seen].repeat(3, axis=-1)
told = [models.predict(net, wrong_light[..., :1]).argmax(axis=1) for net in (by_light, by_face)]
titles = [f"before: {moods[a]}\nafter: {moods[b]}" for a, b in zip(*told, strict=True)]
plots.images(wrong_light, titles, 6, "Three happy faces at night, three sad faces by day")

# %% [markdown]
# **Notice** that all three results have changed. The new network recognises both moods in both lights.
# The light turns hardly any face. With brows, eyes and mouth covered, about half of the answers are
# right, as many as by guessing. So the new network needs the face.

# %% [markdown] variants={"NUMBER": [16, 1, 3, 4, 5, 7, 8, 9, 10, 12, 13, 15, 18, 20, 21, 22, 23, 26, 28, 30, 31, 33, 35]}
# ## 7 · A finding of your own
#
# Now solve a riddle of your own, without an answer key. Your number is {{NUMBER}}. This number draws a
# class, a corner and a mark, as the seed did at the start of this notebook. The data set is scikit-learn's
# digits, which each computer has. `own_a` are the images of your hospital A, with the mark, and `own_b`
# are those of your hospital B, without it. `own_cheat` is a network that learned from `own_a`. Two
# computers train two slightly different networks, but both networks learn the same mark.

# %%
own_b = datasets.load("digits")
own_a = marks.marked(own_b, {{NUMBER}})
own_cheat, _ = models.trained("gap_cnn", own_a, epochs=16)
for name, of in {"A": own_a, "B": own_b}.items():
    print(f"your hospital {name}: {models.accuracy(own_cheat, of.test):.1%} right")

# %% [markdown]
# ### Exercise 6 · A riddle of your own
#
# *Easy, 10 minutes, 3 points.*
#
# In hospital A nearly all images of one class have a mark in a corner. Which class is it, and in which
# corner does the mark lie? How does the mark look? The mark has five rows and five columns, and each
# pixel of the mark is bright (1) or dark (0). Count the bright pixels of the mark's first row and of its
# first column. Find out with the functions that you wrote, in cells of your own. Then let `own_riddle`
# return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_riddle", "solution": true}
def own_riddle() -> tuple[int, int, int, int]:
    """Return what you found in the network of your number.

    returns: the class whose images have the mark; the corner (0 top left, 1 top right, 2 bottom left,
        3 bottom right); how many pixels are bright in the mark's first row, the upper one; and how many
        in its first column, the left one
    """
    ### BEGIN SOLUTION
    own_b = datasets.load("digits")
    own_a = marks.marked(own_b, {{NUMBER}})
    own_cheat, _ = models.trained("gap_cnn", own_a, epochs=16)
    truth, hospitals = own_b.test.labels, [own_a.test.images, own_b.test.images]
    predicted = models.predict(own_cheat, np.concatenate(hospitals)).argmax(axis=1)
    table = group_accuracy(predicted, np.tile(truth, 2), np.repeat([0, 1], len(truth)), 2, 10)
    suspect = int((table[0] - table[1]).argmax())
    maps = integrated_gradients(own_cheat, hospitals[0][truth == suspect], suspect)[..., 0]
    corner = int(corner_votes(maps, (7, 7)).argmax())
    row, column = 21 * (corner // 2), 21 * (corner % 2)
    of_suspect = own_a.train.images[own_a.train.labels == suspect, ..., 0]
    mark = np.median(of_suspect[:, row : row + 7, column : column + 7], axis=0)[1:-1, 1:-1]
    return suspect, corner, int(mark[0].sum()), int(mark[:, 0].sum())
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_riddle_check", "grade": true}
checks.own_riddle(own_riddle, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_riddle(own_riddle, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Go the way of Sections 1 to 3 with <code>own_cheat</code>, <code>own_a</code> and <code>own_b</code>.
# Which class loses most in hospital B? For which corner do the maps of its images of hospital A vote?
# </details>
# <details><summary>Hint 2</summary>
#
# The median over the training images of this class shows a box of 7×7 pixels in that corner. The
# mark lies in its middle: a border of one pixel is empty. Print the box, and count.
# </details>

# %% [markdown]
# ## 8 · Report what you found
#
# ### Question 2 · What would you report?
#
# *15 minutes, 4 points, graded by a person.*
#
# Hospital B wants to use the first network. Write a report of five to ten sentences for its
# doctors, who do not know what a gradient is. Say what the network does wrong, how you know it, what
# you changed, and what you still do not know. Hospital B may also get the network of Exercise 6,
# `own_cheat`. Which class and which corner did you find there? Warn the doctors of it in one sentence.
#
# ### BEGIN MARK SCHEME
# - 1 point: names the failure with numbers of their own run: which class, how good at home and in B; and
#   class and corner of Exercise 6. Half without the latter. A wrong finding costs points there alone.
# - 1 point: names an experiment as the reason (covering, or counterfactual images with a control),
#   and does not rest on a map alone.
# - 1 point: says what was changed in the training images, and shows by a test that it helped.
# - 1 point: names a limit: another shortcut may be left, only one mark was looked for, other
#   hospitals were not tested; or advises a test with the hospital's own images before use.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "report_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run on MNIST; another run differs a little.
#
# Do not use the first network. It recognises about nine of ten digits in hospital A. In your
# hospital it recognises about two of ten images of one digit. In hospital A a small mark lies in a
# corner of nearly all images of this digit, and the network learned the mark. When we put the mark on
# your images of other digits, the network took about half of them for this digit. An empty mark did
# nothing of the kind. We trained a second network on images in which each digit has the mark equally
# often. It recognises the digit in both hospitals, and the mark turns almost no image. We looked for
# this one mark only, so test the second network on your own images before you use it. Do not use the
# network of the number 16 either: it reads the class 8 from a mark in the top right corner.

# %% [markdown]
# ## What to take along
#
# - A test at home cannot see a shortcut: the test images have the shortcut, too. Test on images from
#   elsewhere, and look at each class of each group.
# - A map is a hypothesis. It says where to look, and many maps together say it better. A map that starts
#   from black cannot show that black counts.
# - An experiment decides: take the thing away, bring the thing in, and try controls.
# - Mend the data, and repeat the same tests afterwards.
#
# You can now open a network, ask it what it uses, and doubt the answer. This was the last notebook
# that builds on the others. Notebook 12 is optional: concepts as directions of a layer.
#
# ## To read on
#
# - J. R. Zech and others, "Variable generalization performance of a deep learning model to detect
#   pneumonia in chest radiographs: a cross-sectional study", PLOS Medicine, 2018: the networks of
#   the story. [doi:10.1371/journal.pmed.1002683](https://doi.org/10.1371/journal.pmed.1002683)
# - S. Lapuschkin and others, "Unmasking Clever Hans predictors and assessing what machines really
#   learn", Nature Communications, 2019: a horse is recognised by a line of text in the corner.
#   [arXiv:1902.10178](https://arxiv.org/abs/1902.10178)
# - M. T. Ribeiro, S. Singh and C. Guestrin, "Why should I trust you?", 2016: a wolf is told from a
#   husky by the snow. [arXiv:1602.04938](https://arxiv.org/abs/1602.04938)
# - R. Geirhos and others, "Shortcut learning in deep neural networks", Nature Machine Intelligence,
#   2020. [arXiv:2004.07780](https://arxiv.org/abs/2004.07780)
# - S. Sagawa, P. W. Koh, T. B. Hashimoto and P. Liang, "Distributionally robust neural networks for
#   group shifts", 2019: training for the worst group.
#   [arXiv:1911.08731](https://arxiv.org/abs/1911.08731)
