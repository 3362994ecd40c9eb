"""The page about the spiking model, written from synthetic results."""

import re

import numpy as np
from spiking_results import dislodged, measured, recalled, sweeps

from neurosim import Network
from neurosim.learning import Images
from neurosim.report import spiking as report_spiking
from neurosim.report import spiking_study


def test_a_network_with_the_silent_memory_only_has_no_section():
    pixels = np.random.default_rng(0).random((5, 16))
    for threshold, n_steps in ((100.0, 0), (-100.0, 3)):
        net = Network.gaussian(16, 2, seed=0, threshold=threshold)
        steps = spiking_study.trained_network(net, Images(pixels, None, (4, 4), "some"), pixels[:1], seed=0)
        assert len(steps) == n_steps


def test_the_page_is_self_contained_and_shows_every_result(tmp_path):
    curve = measured({"noise_std": [0.0, 1.0, 2.0]})
    results = {
        "agreement": curve,
        "cells": measured({"cells": list(spiking_study.KINDS)}),
        **{f"region_{name}": sweep for name, sweep in sweeps().items()},
        "dislodging_rate": dislodged(),
        "dislodging_spiking": dislodged(),
    }
    own = report_spiking.network_section(curve.assign_attrs(memory_rms=1.0), {"regular": recalled(False)}, (4, 4))
    report_spiking.write(tmp_path / "report.html", results, own, 1000, 10)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org", "")
    for name in ("raster-regular.png", "agreement.svg", "regions.svg", "dislodging.svg"):
        assert (tmp_path / "figures" / name).is_file()
    lowest = float(curve.same_state_lower.min())
    assert f"{100 * lowest:.2f}%" in page
    for name in spiking_study.KINDS:
        assert name in re.sub("<.*?>", "", page.replace("</mi><mi>", "_"))
