"""What notebook 01 says of its network is what its cells print."""

import pytest

pytestmark = pytest.mark.slow


def test_the_first_digit_of_the_amount_is_a_seven(executed):
    assert executed.numbers(r"first digit of the amount has the label (\d)") == [[7]]


def test_nearly_half_of_the_weights_are_in_the_first_dense_layer(executed):
    convolutions = [share for (share,) in executed.numbers(r"Conv2D .* weights, +([\d.]+%)")]
    first, last = (share for (share,) in executed.numbers(r"Dense .* weights, +([\d.]+%)"))
    assert 45 < first < 50
    assert first - 2 < sum(convolutions) < first
    assert last < 5


def test_a_convolution_answers_to_a_digit_that_moves_with_an_answer_that_moves(executed):
    assert executed.numbers(r"largest difference: ([\d.]+)")[0][0] < 1e-4


def test_validation_looks_better_than_training_at_first(executed):
    losses = (
        executed.numbers(r"(?<!_)loss +([\d.]+) [\d.]+"),
        executed.numbers(r"val_loss +([\d.]+)"),
    )
    (training,), (validation,) = (rows[0] for rows in losses)
    assert validation < 0.7 * training


def test_the_validation_loss_rises_again_on_digits_alone(executed):
    *losses, last = executed.numbers("val_loss" + 10 * r" +([\d.]+)")[0]
    if executed.data == "mnist":
        assert last < 1.2 * min(losses)
    else:
        assert last > 1.1 * min(losses)


def test_the_cycle_leaves_fewer_mistakes_where_images_are_many_and_more_weights_no_more(executed):
    mistakes = executed.numbers(r"weights, +(\d+) wrong of ([\d,]+) validation")
    (one_rate, count), (one_cycle, _), (larger, _) = mistakes
    if executed.data == "mnist":
        assert one_cycle < 0.8 * one_rate
        assert larger < one_cycle + 10
    else:
        assert max(one_rate, one_cycle, larger) - min(one_rate, one_cycle, larger) < 0.06 * count


def test_unscaled_images_cost_hardly_any_accuracy_and_much_loss(executed):
    (right, loss), (right_unscaled, loss_unscaled) = executed.numbers(
        r"0 to \d+ +accuracy ([\d.]+%)  loss ([\d.]+)"
    )
    assert right - right_unscaled < 3
    assert loss_unscaled > 2 * loss


def test_one_of_two_digits_is_taken_for_the_other_more_often_than_the_other_way_round(executed):
    ((there, back),) = executed.numbers(r"taken for \d (\d+) times, \d for \d (\d+) times")
    assert there > back
