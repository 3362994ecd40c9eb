"""One-layer associative memories to compare with: one file a family, one line in `MODELS`.

>>> from neurosim.models import Hebb
>>> out = Hebb(100).store(patterns).recall(cues)  # out.states, out.settled, out.n_sweeps
"""

from neurosim.models.base import Model, Recall
from neurosim.models.covariance import Covariance
from neurosim.models.denoiser import Denoiser
from neurosim.models.dense import Dense, Exponential
from neurosim.models.epanechnikov import Epanechnikov
from neurosim.models.hardware_adaptive import HardwareAdaptive
from neurosim.models.hebb import Hebb
from neurosim.models.kernelised import Kernelised
from neurosim.models.kuramoto import Kuramoto
from neurosim.models.modern import Modern
from neurosim.models.perceptron import Perceptron
from neurosim.models.pseudo_inverse import PseudoInverse
from neurosim.models.random_features import RandomFeatures
from neurosim.models.storkey import Storkey
from neurosim.models.three_directional import ThreeDirectional

MODELS: dict[str, type[Model]] = {
    model.name: model
    for model in (
        Hebb,
        Covariance,
        Storkey,
        PseudoInverse,
        Perceptron,
        Dense,
        Exponential,
        RandomFeatures,
        Modern,
        Kernelised,
        Epanechnikov,
        Denoiser,
        Kuramoto,
        ThreeDirectional,
        HardwareAdaptive,
    )
}

__all__ = [
    "MODELS",
    "Covariance",
    "Denoiser",
    "Dense",
    "Epanechnikov",
    "Exponential",
    "HardwareAdaptive",
    "Hebb",
    "Kernelised",
    "Kuramoto",
    "Model",
    "Modern",
    "Perceptron",
    "PseudoInverse",
    "RandomFeatures",
    "Recall",
    "Storkey",
    "ThreeDirectional",
]
