"""What lies where is known for each image, and nothing else tells the classes apart."""

import numpy as np
import pytest

from helpers.datasets import tetrominoes
from helpers.datasets.tetrominoes import BACKGROUNDS, FULL, SCENARIOS, draw

T = {(1, 1), (1, 2), (1, 3), (2, 2)}
L = {(4, 5), (5, 5), (6, 5), (6, 6)}
every_scenario = pytest.mark.parametrize("scenario", SCENARIOS)


def values(split):
    """Images in standard deviations of the noise, grey at 0."""
    return FULL * (split.images[..., 0].astype(float) - 0.5)


@every_scenario
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_images_are_grey_but_for_noise_and_evidence(scenario, background):
    data = draw(scenario, background, n=1000, seed=3)
    assert data.train.images.shape == (1000, 8, 8, 1) and len(data.test.labels) == 200
    assert np.bincount(data.train.labels).tolist() == [500, 500]
    found, masks = values(data.train), data.train.masks["evidence"]
    assert ((data.train.images > 0) & (data.train.images < 1)).mean() > 0.9999  # hardly any is cut
    outside = found[~masks]
    assert abs(outside.mean()) < 0.05 and abs(outside.std() - 1) < 0.1
    neighbours = np.corrcoef(found[:, 0, 6], found[:, 0, 7])[0, 1]  # no tetromino rests there
    if scenario != "rigid":
        assert abs(neighbours) < 0.15 if background == "white" else neighbours > 0.7


@pytest.mark.parametrize("scenario", ["linear", "multiplicative", "xor"])
def test_where_nothing_moves_the_evidence_is_both_places(scenario):
    for mask in draw(scenario, n=10).train.masks["evidence"]:
        assert {tuple(place) for place in np.argwhere(mask).tolist()} == T | L


def mean_at(found, places):
    return found[:, *np.transpose(sorted(places))].mean(axis=1)


def test_linear_adds_one_of_the_shapes():
    split = draw("linear", n=2000).train
    for label, here, there in ((0, T, L), (1, L, T)):
        some = values(split)[split.labels == label]
        assert mean_at(some, here).mean() == pytest.approx(SCENARIOS["linear"], abs=0.1)
        assert mean_at(some, there).mean() == pytest.approx(0, abs=0.1)


def test_multiplicative_quietens_one_of_the_shapes_and_moves_no_mean():
    split = draw("multiplicative", n=2000).train
    for label, here, there in ((0, T, L), (1, L, T)):
        some = values(split)[split.labels == label]
        quiet, loud = (some[:, *np.transpose(sorted(places))].std() for places in (here, there))
        assert quiet == pytest.approx(1 - SCENARIOS["multiplicative"], abs=0.03)
        assert loud == pytest.approx(1, abs=0.1)
        assert abs(some.mean(axis=0)).max() < 0.2


def test_of_xor_neither_shape_tells_anything_alone():
    split = draw("xor", n=2000).train
    first, second = (np.sign(mean_at(values(split), places)) for places in (T, L))
    for sign in (first, second):
        assert abs(sign[split.labels == 0].mean() - sign[split.labels == 1].mean()) < 0.15
    assert ((first == second) == (split.labels == 0)).mean() > 0.99


def test_rigid_turns_and_moves_its_shape_anywhere():
    split = draw("rigid", n=1000).train
    masks = split.masks["evidence"]
    assert (masks.sum(axis=(1, 2)) == 4).all() and masks.any(axis=0).all()
    inside = np.array([v[m].mean() for v, m in zip(values(split), masks, strict=True)])
    assert inside.mean() == pytest.approx(SCENARIOS["rigid"], abs=0.1)
    kinds = [set(), set()]
    for mask, label in zip(masks, split.labels, strict=True):
        places = np.argwhere(mask)
        kinds[label].add(tuple(map(tuple, (places - places.min(axis=0)).tolist())))
    assert [len(kind) for kind in kinds] == [4, 4] and not kinds[0] & kinds[1]


def apart(split, pixels):
    """How far apart the classes are for the best linear rule of some pixels, in its spread."""
    found = values(split)[:, pixels]
    middles = np.stack([found[split.labels == label].mean(axis=0) for label in (0, 1)])
    difference = middles[1] - middles[0]
    return np.sqrt(
        difference @ np.linalg.solve(np.cov((found - middles[split.labels]).T), difference)
    )


def test_pixels_beside_the_shapes_know_no_class_and_help_where_the_noise_is_correlated():
    for background, least, most in (("white", 1, 1.05), ("correlated", 1.5, np.inf)):
        split = draw("linear", background, n=4000, seed=5).train
        shapes = split.masks["evidence"][0]
        assert apart(split, ~shapes) < 0.4 < 4 < apart(split, shapes)  # 0 but for chance
        assert least < apart(split, shapes | ~shapes) / apart(split, shapes) < most


def test_the_seed_draws_it_and_bad_names_are_told():
    one, same, other = draw("linear", seed=1), draw("linear", seed=1), draw("linear", seed=2)
    np.testing.assert_array_equal(one.train.images, same.train.images)
    assert (one.train.images != other.train.images).any()
    assert (one.train.images[:400] != one.test.images).any()
    for given, said in (
        ({"scenario": "and"}, "scenario is 'and'; choose 'linear'"),
        ({"scenario": "xor", "background": "pink"}, "background is 'pink'; choose white or"),
        ({"scenario": "xor", "n": 5}, "n is 5; it must be a whole number, at least 10"),
    ):
        with pytest.raises(ValueError, match=said):
            tetrominoes.draw(**given)
