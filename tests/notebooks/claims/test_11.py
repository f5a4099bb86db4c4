"""What notebook 11 says of its networks is what its cells print."""

import pytest

pytestmark = pytest.mark.slow


def one(executed, pattern):
    """The numbers of the first match."""
    return executed.numbers(pattern)[0]


def test_one_class_fails_in_hospital_b_and_a_test_at_home_does_not_see_it(executed):
    a, b = executed.numbers(r"hospital [AB]: " + r" *(\d+%)" * 10)
    falls = [before - after for before, after in zip(a, b, strict=True)]
    assert max(falls) > 60
    assert sorted(falls)[:-1] == [0] * 9
    (home,), (elsewhere,) = executed.numbers(r"hospital [AB], all digits: ([\d.]+%)")
    assert home > 90 and 0 < home - elsewhere < 10


def test_nearly_all_maps_of_the_failing_digit_vote_for_one_corner_and_most_others_do_not(executed):
    pattern = r": (\d+) of (\d+) maps vote: " + r"\[(\d+), (\d+), (\d+), (\d+)\]"
    (voting, maps, *votes), (others_voting, others, *_) = executed.numbers(pattern)
    assert voting == maps == sum(votes)
    assert max(votes) >= 0.95 * maps
    assert others_voting < others / 2


def test_the_pixel_with_most_evidence_is_in_a_corner_and_not_on_the_strokes(executed):
    assert "The pixel with most evidence lies in that corner: True." in executed.text
    assert (
        one(executed, r"Mean ink of the failing digit at that pixel in hospital B: ([\d.]+)")[0]
        < 0.05
    )


def test_without_the_corner_the_failing_digit_is_not_recognised(executed):
    (whole,), (covered,) = executed.numbers(
        r"hospital A, .*: (\d+%) of the failing digit's images are"
    )
    assert whole > 90
    assert covered < whole / 2


def test_the_median_of_the_corner_is_in_nearly_all_images_of_the_failing_digit_alone(executed):
    assert one(executed, r"(\d+%) of the failing digit's training images")[0] >= 95
    assert one(executed, r"(\d+%) of all other training images")[0] == 0


def test_the_mark_turns_half_of_the_images_and_controls_say_why(executed):
    shares = executed.numbers(r"(?:the mark|shuffled|empty|moved): ([\d.]+%) of the images turn")
    mark, shuffled, empty, moved = (share for (share,) in shares)
    assert 40 < mark < 70, "the report of the second question says: about half"
    assert empty < 2
    assert shuffled < mark / 5
    assert moved > mark / 2


def test_the_first_convolution_strides_by_two(executed):
    assert "stride of the first convolution: (2, 2)" in executed.text


def test_covering_the_corner_in_hospital_b_changes_almost_nothing(executed):
    told = r"corner covered: the share changes by ([+-][\d.]+) percentage points"
    assert abs(one(executed, told)[0]) < 2


def test_the_second_network_is_mended(executed):
    before, after = one(executed, r"turned by the mark: ([\d.]+%) before, ([\d.]+%) after")
    assert after < 3 < before
    (at_home, elsewhere), (at_home_now, elsewhere_now) = executed.numbers(
        r"(?:before|after): the failing digit is right in (\d+%) of A and (\d+%) of B"
    )
    assert elsewhere < 25 and at_home > 90, "nine of ten at home, at most two of ten in B"
    assert abs(at_home_now - elsewhere_now) < 6 and elsewhere_now > 85
    (inside,), (inside_now,) = executed.numbers(r"(\d+%) of the positive evidence lies in the")
    assert inside_now < inside / 2


def test_the_answer_key_agrees(executed):
    assert "the class: True, the corner: True" in executed.text
    assert one(executed, r"the mark: (\d+%) of the pixels in the corner are as drawn")[0] == 100


def test_the_light_gives_the_mood_away_and_a_test_in_the_studio_does_not_see_it(executed):
    assert one(executed, r"the studio's own test: (\d+%) right")[0] > 95
    (happy_day, sad_day), (happy_night, sad_night), *mended = executed.numbers(
        r"(?:by day|at night): (\d+%) of the happy and (\d+%) of the sad faces are right"
    )
    assert min(happy_day, sad_night) > 95 and max(sad_day, happy_night) < 20
    assert len(mended) == 2 and min(map(min, mended)) > 80


def test_maps_from_black_show_the_bright_window_alone(executed):
    (day, of_day), (night, of_night) = executed.numbers(
        r": (\d+) of (\d+) maps vote for the window"
    )
    assert day == of_day == of_night
    assert night == 0


def test_the_light_alone_turns_faces_until_the_data_are_mended(executed):
    turned = [share for (share,) in executed.numbers(r"(?:now a|, a) .+ window.*: (\d+%) turn")]
    assert len(turned) == 8
    bright, black, grey, moved = turned[:4]
    assert min(bright, black) > 80
    assert max(grey, moved) < 10
    assert max(turned[4:]) < 10


def test_without_its_face_a_portrait_is_right_until_the_data_are_mended(executed):
    told = r"brows, eyes and mouth covered: (\d+%) of the portraits are right"
    (before,), (after,) = executed.numbers(told)
    assert before > 95
    assert 35 < after < 65, "about half, as many as by guessing"
