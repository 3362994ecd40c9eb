"""What spikes learned, judged: which rule is which, and what is judged on what."""

import numpy as np
import xarray

from neurosim import Network
from neurosim.gallery import stdp as gallery
from neurosim.learning import stdp
from neurosim.learning.data import Images, load
from neurosim.learning.stdp import learn_mean
from neurosim.measure.learned import stdp as rules
from neurosim.plasticity import STDP


def digits(n):
    images = load("digits")
    return Images(images.pixels[:n], images.labels[:n], images.shape, "digits")


def test_a_rule_learns_by_what_its_name_says():
    images = digits(30)
    common = {"epochs": 2, "seed": 0}
    mean, alone, apart, late = (
        rules.taught(name, images, 4, **common)
        for name in ("mean", "mean, hidden spikes alone", "mean, apart", "mean, thresholds")
    )
    np.testing.assert_array_equal(mean.weights, learn_mean(images, 4, **common).weights)
    np.testing.assert_array_equal(alone.weights, learn_mean(images, 4, rule=STDP(encoder=0), **common).weights)
    assert mean.is_symmetric and alone.is_symmetric and late.is_symmetric and not apart.is_symmetric
    assert not mean.threshold.any() and late.threshold.all()
    spikes = rules.taught("stdp", digits(2), 2, epochs=1, seed=0, **rules.QUICK)
    assert spikes.provenance["rule"] == "stdp" and mean.provenance["rule"] == "stdp, mean"


def test_the_way_is_judged_with_the_thresholds_of_its_time(monkeypatch):
    weights = np.ones((3, 2, 1))
    threshold = np.array([[0.9], [0.5], [0.1]])

    def learned(images, n_hidden, **_):
        history = xarray.Dataset(
            {
                "weights": (("presented", "visible_neuron", "hidden_neuron"), weights),
                "threshold": (("presented", "hidden_neuron"), threshold),
            },
            {"presented": [0, 1, 2]},
        )
        return stdp.Learned(Network(weights[-1], threshold=threshold[-1]), history)

    monkeypatch.setattr(gallery, "learn_spiking", learned)
    images = Images(np.array([[0.7, 0.7]]), np.zeros(1, int), (1, 2), "two")  # u = 0.7: above the later thresholds
    way = gallery._way(images, 1, {"epochs": 1}, 0, {})
    np.testing.assert_allclose(way.first_error, [[0.98, 0.18, 0.18]] * 2)  # 2·0.7², 2·0.3²


def test_runs_are_judged_on_all_images_and_on_their_own(monkeypatch):
    from neurosim.gallery.base import Learned, Plan

    pixels = np.random.default_rng(0).random((40, 4))
    everything = Learned(Network(np.ones((4, 2))), Images(pixels, np.zeros(40, int), (2, 2), "forty"))
    monkeypatch.setattr(gallery, "RUNS", (("stdp", 10, 2), ("mean", None, 1)))
    monkeypatch.setattr(gallery, "taught", lambda rule, images, *_, **__: len(images))
    monkeypatch.setattr(gallery, "judged", lambda net, shown, _: dict.fromkeys(gallery.MEASURES, float(len(shown))))
    found = gallery.measure_images(Plan(1, False, school=lambda *_: everything))["images"]
    assert dict(zip(found.run.values.tolist(), found.n_unique.values, strict=True)) == {
        "stdp, 10 images twice": 40,
        "stdp, 10 images twice, judged on them": 10,
        "mean, 40 images once": 40,
        "paper, eq. (17)": 40,
        "certified, eq. (17)": 40,
    }
