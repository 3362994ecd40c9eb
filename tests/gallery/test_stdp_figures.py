"""Learning MNIST by spikes: what is evaluated on what."""

import numpy as np

from neurosim import Network
from neurosim.gallery import stdp as gallery
from neurosim.gallery.base import Learned, Plan
from neurosim.learning import Images
from neurosim.measure.learned import evaluation


def test_runs_are_evaluated_on_all_images_and_on_their_own(monkeypatch):
    pixels = np.random.default_rng(0).random((40, 4))
    net = Network(np.ones((4, 2)), threshold=0.1)
    everything = Learned(net, Images(pixels, np.zeros(40, int), (2, 2), "forty"))
    monkeypatch.setattr(gallery, "RUNS", (("stdp", 10, 2), ("mean", None, 1)))
    monkeypatch.setattr(gallery, "train_by_rule", lambda *_, **__: net)
    monkeypatch.setattr(
        "neurosim.measure.learned.evaluation.evaluate",
        lambda net, pixels, _: dict.fromkeys(evaluation.METRICS, float(len(pixels))),
    )
    found = gallery.measure_images(Plan(1, False, school=lambda *_: everything))["images"]
    assert dict(zip(found.run.values.tolist(), found.n_unique.values, strict=True)) == {
        "stdp, 10 images twice": 40,
        "stdp, 10 images twice, evaluated on them": 10,
        "mean, 40 images once": 40,
        "paper, eq. (17)": 40,
        "certified, eq. (17)": 40,
    }
