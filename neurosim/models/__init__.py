"""One-layer associative memories, for comparison with the two-layer one.

All share the interface of `Model`: parameters in ``__init__``, ``store(patterns)``, ``recall(cues)``, ``energy`` and
``is_fixed``. There is one file per family, and one line per model in `MODELS`, which gives each model its name on the
command line. Any subclass of `Model` can be used in place of these; once it is added to `MODELS`, or an installed
package names it (`neurosim.plugins`), ``neurosim compare`` accepts its name.

Memories with two layers do not belong here: see `neurosim.Network` and `neurosim.krotov_hopfield`. Neither do
measurements of several memories: see `neurosim.measure.comparison`.

Examples
--------
>>> import numpy as np
>>> from neurosim.models import MODELS, Hebb
>>> patterns = np.random.default_rng(0).choice([-1, 1], (5, 100))
>>> result = Hebb().store(patterns).recall(patterns)
>>> bool(result.settled.all())
True
>>> MODELS["dense"](power=4)
Dense(power=4)
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
from neurosim.plugins import Registry, subclass_of

MODELS: Registry[type[Model]] = Registry(
    "models",
    {
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
    },
    *subclass_of(Model),
)

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
