"""A table of runs grows row by row, and its picture says the same."""

import numpy as np
import pytest

from helpers import experiments


@pytest.fixture(autouse=True)
def no_tables(monkeypatch):
    monkeypatch.setattr(experiments, "_TABLES", {})


def test_each_run_is_a_row_and_a_repeated_one_takes_its_place():
    for steps, logit in ((10, 1.0), (20, 2.0), (10, 3.0)):
        table = experiments.record("Steps", {"steps": steps}, logit=logit)
    assert [(run.settings["steps"], run.results["logit"]) for run in table.runs] == [
        (10, 3.0),
        (20, 2.0),
    ]
    assert repr(table).splitlines()[1] == "1   | 10    | 3"


def test_tables_are_kept_apart_and_can_be_begun_again():
    experiments.record("a", {"steps": 1}, logit=1)
    assert len(experiments.record("b", {"steps": 2}, logit=1).runs) == 1
    experiments.start_again("a")
    experiments.start_again("never begun")
    assert len(experiments.record("a", {"steps": 3}, logit=1).runs) == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([{"l2": 0.0, "steps": 20}, {"l2": 0.1, "steps": 20}], "At l2 0, 0.1: logit 0, 1."),
        ([{"l2": 0.2, "steps": 20}, {"l2": 0.1, "steps": 20}], "At l2 0.1, 0.2: logit 1, 0."),
        ([{"l2": 0.0, "steps": 20}, {"l2": 0.1, "steps": 40}], "At run 1, 2: logit 0, 1."),
        ([{"start": "grey"}, {"start": "noise"}], "At run 1, 2: logit 0, 1."),
        ([{"blur": False}, {"blur": True}], "At run 1, 2: logit 0, 1."),
    ],
)
def test_what_changed_alone_is_the_axis(settings, said):
    for n, chosen in enumerate(settings):
        table = experiments.record("Runs", chosen, logit=float(n))
    figure = table.picture()
    assert figure.alt == f"Runs. {said}"
    drawn = figure.axes[0].lines[0].get_xydata()
    assert sorted(drawn[:, 1]) == [0, 1]


def test_whole_numbers_are_written_whole():
    table = experiments.record("Runs", {"images": np.int64(123456)}, count=2e6)
    assert repr(table).splitlines()[1] == "1   | 123456 | 2000000"


def test_each_result_has_a_panel():
    table = experiments.record("Runs", {"steps": 1}, logit=np.float32(1.5), loss=2)
    assert [ax.get_ylabel() for ax in table.picture().axes] == ["logit", "loss"]


def test_one_run_stands_at_a_whole_number():
    ax = experiments.record("Runs", {"steps": 1}, logit=1).picture().axes[0]
    left, right = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if left <= tick <= right] == [1]


def test_a_notebook_shows_table_and_picture_and_no_markup_of_a_student():
    table = experiments.record("Runs", {"start": "<b>"}, logit=1)
    data, metadata = table._repr_mimebundle_()
    assert "<td>&lt;b&gt;</td>" in data["text/html"] and "<img" in data["text/html"]
    assert data["text/plain"] == repr(table)
    assert metadata["image/png"]["alt"].startswith("Runs.")


@pytest.mark.parametrize(
    ("settings", "results", "said"),
    [
        ({}, {"logit": 1}, "at least one setting"),
        ({"steps": 1}, {}, "at least one setting and one result"),
        ({"steps": 1}, {"logit": np.nan}, "logit must be a finite number, not nan"),
        ({"steps": 1}, {"logit": np.zeros(2)}, "logit must be a finite number"),
        ({"steps": 1}, {"logit": "high"}, "logit must be a finite number, not 'high'"),
        ({"steps": 1}, {"logit": None}, "logit must be a finite number, not None"),
        ({"steps": np.zeros(2)}, {"logit": 1}, "steps must be a number, a text or a truth value"),
        ({"step": 1}, {"logit": 1}, "'Runs' have the settings steps, not step: give them, or"),
        ({"steps": 1}, {"loss": 1}, "have the results logit, not loss"),
    ],
)
def test_a_run_that_does_not_fit_changes_nothing(settings, results, said):
    experiments.record("Runs", {"steps": 5}, logit=1)
    with pytest.raises(ValueError, match=said):
        experiments.record("Runs", settings, **results)
    assert len(experiments.record("Runs", {"steps": 6}, logit=1).runs) == 2
