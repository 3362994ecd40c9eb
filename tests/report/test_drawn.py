"""Descriptions of figures name the axes and say how the lines run."""

import numpy as np
from matplotlib.figure import Figure

from neurosim.plots import recalls
from neurosim.report.drawn import describe


def panels(count=1):
    axes = np.atleast_1d(Figure().subplots(1, count))
    for ax in axes:
        ax.set(xlabel="x", ylabel="y")
    return axes


def test_the_course_of_every_labelled_line():
    (ax,) = panels()
    ax.plot([0, 1, 2], [1, 5, 2], label="up and down")
    ax.errorbar([0, 1, 2], [3, 3, 3], 0.1, label="flat")
    ax.plot([0, 2], [2, 1])  # without a label: theory in the same colour
    ax.axhline(0.5, label="limit")
    ax.plot([0, 1], [np.nan, np.nan], label="empty")
    assert describe(ax, "Title.") == (
        "Title. Y against x, 0 to 2. up and down: rises from 1 to 2, with a largest value of 5; flat: stays at 3; "
        "empty: no values."
    )


def test_names_on_an_axis_have_no_order():
    ax = Figure().subplots()
    ax.set(ylabel="Share", xticks=[0, 1], xticklabels=["none", "noise"])
    ax.plot([0, 1], [0.2, 0.9], "o", label="recall")
    assert describe(ax, "Title").endswith("recall: 0.2 to 0.9.")


def test_panels_are_numbered_and_images_counted():
    axes = panels(2)
    for ax in axes:
        ax.plot([0, 1], [0, 1], label="a")
    assert "Panel 1: Y against x" in describe(axes, "Title") and "Panel 2: Y" in describe(axes, "Title")
    shown = recalls.draw(np.ones((3, 4)), np.eye(3, 4), (2, 2))
    assert describe(shown, "Title") == "Title. 6 images: cue, recall."
