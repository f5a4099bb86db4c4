"""What notebook 09 says of its network is what its cells show."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

PERCENT = r"([\d.]+%)"
HEADS = ("length", "width", "angle", "colour")


def test_guided_backprop_draws_alike_maps_for_four_questions(executed):
    [[alike]] = executed.numbers(r"any two of the four maps: ([\d.]+)")
    assert alike > 0.85


def test_swapped_colours_leave_nothing_right(executed):
    [[*_, colour, whole, _]] = executed.numbers(
        rf"red and blue swapped +{PERCENT} +{PERCENT} +{PERCENT} +{PERCENT} +{PERCENT} +{PERCENT}"
    )
    assert colour < 10 and whole < 10


def test_the_product_is_too_small_in_one_row_and_too_large_in_another(executed):
    rows = executed.numbers(rf"(?:noise|bright) .*% +{PERCENT} +{PERCENT}\n")
    gaps = [whole - product for whole, product in rows]
    assert max(gaps) > 1 and min(gaps) < -1


def test_wrong_angles_are_mostly_neighbours(executed):
    rows = executed.numbers(
        r"(?:clean|noise [\d.]+|half as bright) +" + r"(\d+) +" * 6 + r"(\d+)\n"
    )
    off = np.sum(rows, axis=0)[1:]
    assert off[0] > off[1:].sum()


def test_four_heads_beat_96_classes_with_fewer_weights(executed):
    pattern = rf"{{}}: +([\d,]+) weights, \d+ epochs in +\d+ s, the whole line {PERCENT}"
    [[few, heads]] = executed.numbers(pattern.format("four heads"))
    [[many, classes]] = executed.numbers(pattern.format("96 classes"))
    assert 3 < many / few < 4
    assert heads > classes + 5


def test_the_first_layer_varies_with_the_colour_and_the_last_with_the_angle(executed):
    counts = r"filters that vary most with {" + ", ".join(rf"'{head}': (\d+)" for head in HEADS)
    first, last = executed.numbers(counts)
    assert np.argmax(first) == HEADS.index("colour") and max(first) > sum(first) / 2
    assert np.argmax(last) == HEADS.index("angle") and max(last) > sum(last) / 2
    [[early], [late]] = executed.numbers(r"shares of length and width (-?[\d.]+)")
    assert early > 0.4 and late < early - 0.2


def test_nothing_was_learned_about_green(executed):
    changes = dict(
        zip(
            ("red", "green", "blue"),
            np.ravel(executed.numbers(r"in training ([\d.]+)")),
            strict=True,
        )
    )
    assert changes["green"] == 0 < min(changes["red"], changes["blue"])


def test_products_with_the_input_find_the_line_and_guided_backprop_finds_it_for_every_head(
    executed,
):
    def table(name):
        [row] = executed.numbers(rf"\n{name} +" + r"([\d.]+) +(\d+)% +" * 4 + r"(-?[\d.]+)\n")
        return np.array(row[:8:2]), row[-1]

    (gradient, _), (product, _), (size, _) = map(
        table, ("gradient", "gradient × input", r"\|gradient × input\|")
    )
    assert (gradient < product).all() and (product < size + 0.05).all()
    _, alike = table("guided backprop")
    others = ("Grad-CAM", "Grad-CAM, conv1_2", "gradient", "gradient × input", "occlusion")
    assert alike > 0.85 and alike > max(table(name)[1] for name in others)


def test_short_has_nowhere_to_point_and_thick_lines_are_marked_with_what_lies_beside_them(executed):
    def rated(name):
        [row] = executed.numbers(rf"{name} +([\d.]+) +([\d.]+) +([\d.]+) *\n")
        return row

    assert rated("length 7")[0] < 0.1 < rated("length 15")[0]
    exact, wider, chance = rated("width 3")
    assert wider > 1.8 * exact and wider > 2 * chance


def test_an_empty_image_is_short_and_thin_with_more_certainty_than_such_lines(executed):
    for head in ("length", "width", "colour"):
        [[none, zero, one]] = executed.numbers(rf"\n{head} +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)\n")
        if head == "colour":
            assert abs(none) < min(-zero, one) / 2
        else:
            assert none < zero < 0 < one


def test_some_head_suffers_most_without_the_eight_of_another(executed):
    own, least = np.array(
        executed.numbers(rf"without its own eight {PERCENT}, without those of \w+ {PERCENT}")
    ).T
    assert len(own) == 4 and (own > least).any()
    assert (own < 90).all()


def test_no_head_misses_most_of_the_filters(executed):
    [[spare]] = executed.numbers(r"(\d+) filters cost no head half a percent")
    assert spare > 32
