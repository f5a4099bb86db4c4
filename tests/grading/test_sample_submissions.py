"""The sample submissions of the whole course earn exactly what they deserve."""

from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from helpers import datasets, models
from helpers.course import samples
from helpers.course.build import build, read_notebook
from helpers.course.demo import NETWORKS, copy_course
from helpers.course.grading.grade import run_grade
from helpers.course.grading.nbgrading import marks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]  # one fixture grades them all

# What "typical_mistakes" loses: {(assignment, cell): points}.
EXPECTED_LOSSES = {
    # without_channel_axis: no line of the rubric survives a wrong shape
    ("01_train_a_cnn", "scale_images_check"): 3,
    # without_bias: every count is too small
    ("01_train_a_cnn", "count_weights_check"): 3,
    # positions_among_mistakes: wrong wherever an earlier image was classified rightly
    ("01_train_a_cnn", "worst_mistakes_check"): 3,
    # class_without_images_is_zero, dead_counted_as_filter_0: the edge case alone
    ("02_filter_statistics", "class_means_check"): 1,
    ("02_filter_statistics", "winning_filter_check"): 1,
    # dead_pixels_vote: mode and frequency where pixels are dead
    ("02_filter_statistics", "mode_map_check"): 2,
    # last_score_missing: the shape of the curve and the curve (2), but not the images
    ("03_activation_maximization", "maximise_check"): 3,
    # spread_zero_divides: the constant image alone
    ("03_activation_maximization", "deprocess_check"): 1,
    # around_the_border: every sum counts pairs that are no neighbours; the shape is right
    ("03_activation_maximization", "total_variation_check"): 2,
    # constant_map_is_grey: the edge case alone
    ("04_intermediate_activations", "maps_to_bytes_check"): 1,
    # border_wrapped: at the border (2), where the patch hangs over it
    ("04_intermediate_activations", "pixel_by_hand_check"): 2,
    # own_stride_counted: right as long as no layer strides
    ("04_intermediate_activations", "receptive_fields_check"): 1,
    # absolute_for_relu: wherever something speaks against the class; grad_cam stands alone
    ("05_grad_cam", "weighted_map_check"): 2,
    # of the mistaken `worst_mistakes`: the image; a finding rests on other exercises
    ("01_train_a_cnn", "own_mistakes_check"): 2,
    # of the mistaken `unpool`: all but the filter
    ("08_deconvnet_inversion_invariance", "own_projection_check"): 2,
    # of the mistaken `class_order`
    ("10_your_own_model", "own_order_check"): 3,
    # zero_divided_by_zero: the edge case alone
    ("05_grad_cam", "heatmaps_check"): 1,
    # absolute_drop: all but the shape, since every map has patches that raise the probability
    ("06_occlusion", "drop_map_check"): 4,
    # probability_of_the_former_class: the probabilities, not the classes
    ("06_occlusion", "covered_places_check"): 1,
    # abs_of_the_channel_mean: colour alone, since grey has one channel
    ("07_saliency", "saliency_map_check"): 1,
    # times_image_for_difference: right for a baseline of 0
    ("07_saliency", "integrated_gradients_check"): 2,
    # deconvnet_for_guided: that rule alone; backward_pass stands alone
    ("07_saliency", "relu_backward_check"): 1,
    # copied_to_all_four: the shape is right, no map is
    ("08_deconvnet_inversion_invariance", "unpool_check"): 2,
    # distance_not_relative: likewise, for units as for maps
    ("08_deconvnet_inversion_invariance", "feature_distance_check"): 2,
    # joint_is_the_product: the joint accuracy, not the heads'
    ("09_four_heads", "accuracies_check"): 1,
    # not_around_the_border: wherever the shorter way leads across it
    ("09_four_heads", "angle_error_check"): 2,
    # squeezed: pictures that are not square, alone
    ("10_your_own_model", "preprocess_check"): 1,
    # output_of_each_class: all but the shape, for no order drawn is its own inverse
    ("10_your_own_model", "class_order_check"): 3,
    # some_pixels_left_over: where the steps do not divide the pixels
    ("10_your_own_model", "deletion_curve_check"): 1,
    # empty_cell_is_zero: the edge case alone
    ("11_shortcuts", "group_accuracy_check"): 1,
    # of_the_class_count: where some images are of the class before, and where all are
    ("11_shortcuts", "turned_by_mark_check"): 2,
    # every_second_of_all: wherever there are several classes
    ("11_shortcuts", "spread_mark_check"): 2,
    # difference_as_it_is: all but the shape, for the length is not 1
    ("12_concepts", "concept_direction_check"): 3,
    # share_of_all_images: wherever a slope is 0
    ("12_concepts", "tcav_scores_check"): 2,
    # weights_from_old_concepts: the weights alone
    ("12_concepts", "nmf_step_check"): 2,
}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The course, with both sample submissions: every second notebook as if all its cells had been
    run, the others as handed in without outputs."""
    for network, data in NETWORKS.items():  # a submission could not keep them
        models.trained(network, datasets.load(data))
    course = copy_course(Path(__file__).parents[2], tmp_path_factory.mktemp("course") / "copy")
    names, _ = build(course)
    solutions = {name: read_notebook(course / "solutions", name) for name in names}
    for notebook in list(solutions.values())[::2]:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
    samples.make_submissions(course, solutions, samples.typical_mistakes())
    return course


def grade(course, *students, assignments=()):
    summary = run_grade(
        course, Console(quiet=True), assignments=assignments, students=students, force=True
    )
    assert [(one.student, one.assignment, one.error) for one in summary.failed] == []
    return marks(course)


@pytest.fixture(scope="module")
def graded(released):
    """The marks of the one with mistakes: cells that no mark depends on rest."""
    return grade(released, samples.MISTAKEN)


def losses(graded, student):
    return {
        (mark.assignment, mark.cell): mark.maximum - mark.points
        for mark in graded
        if mark.student == student and mark.points is not None and mark.points != mark.maximum
    }


@pytest.mark.full
def test_typical_mistakes_lose_exactly_what_they_deserve(graded):
    """So right answers beside them get everything."""
    assert losses(graded, samples.MISTAKEN) == EXPECTED_LOSSES


@pytest.mark.full
def test_written_answers_wait_for_a_person(graded):
    written = [mark for mark in graded if mark.cell.endswith("_question")]
    assert written
    assert all(mark.points is None for mark in written)


@pytest.mark.full
def test_right_answers_whose_cells_all_have_to_run_get_everything(released):
    """Three of the notebooks. tests/notebooks/test_executed.py runs all cells of each."""
    assignments = ("01_train_a_cnn", "06_occlusion", "09_four_heads")
    config = released / "nbgrader_config.py"
    written = config.read_text()
    config.write_text(written + "\nc.ExecuteAndJudge.every_cell = True\n")
    try:
        again = grade(released, samples.RIGHT, assignments=assignments)
    finally:
        config.write_text(written)
    assert losses(again, samples.RIGHT) == {}
    paths = sorted((released / "autograded" / samples.RIGHT).glob("*/*.ipynb"))
    assert tuple(path.stem for path in paths) == assignments
    for path in paths:
        cells = nbformat.read(path, as_version=4).cells
        assert all(cell.execution_count for cell in cells if cell.cell_type == "code"), path.stem
