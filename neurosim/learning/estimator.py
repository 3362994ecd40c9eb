"""`AssociativeMemory`: a network that learns and recalls as an estimator of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from neurosim import recall, theory
from neurosim.damage import Damage
from neurosim.engines import Engine
from neurosim.frames import image_sizes
from neurosim.learning.local import LOCAL_RULES, learn
from neurosim.learning.one_shot import Correlations, sparse_codes
from neurosim.learning.recipe import Recipe
from neurosim.learning.recipes import RECIPES
from neurosim.packages import required
from neurosim.validation import instance, one_of, whole

if TYPE_CHECKING:
    import xarray


ONE_SHOT = "one-shot"


def _is_one_shot(memory: AssociativeMemory) -> bool:
    if memory.method != ONE_SHOT:
        raise AttributeError(f"partial_fit needs method='{ONE_SHOT}', got {memory.method!r}")
    return True


class AssociativeMemory(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """An associative memory that stores images and recalls them from damaged cues, as an estimator of scikit-learn.

    Parameters
    ----------
    n_hidden : int, default 20
        Number of hidden neurons.
    method : str or Recipe, default "denoise"
        How synapses are learned: a recipe of `RECIPES` (needs torch), a local rule of `LOCAL_RULES`, or "one-shot", the
        only method with `partial_fit`.
    epochs : int, optional
        Passes over the images, of recipes and local rules. Default: as of `train` and `neurosim.learning.local.learn`.
    forget : float in [0, 1], default 0
        Of "one-shot": share of the old memories' weight that decays with each further image.
    activity : float in [0, 1], default 0.05
        Of "one-shot": share of active hidden neurons in the code of an image, at least one neuron.
    damage : Damage, optional
        Damage to the cues in `score`. Default: none.
    image_shape : tuple of int, optional
        (rows, columns) or (channels, rows, columns) of one image, for damage to parts of it, in `score` and by the
        recipe of `method`.
    engine : Engine or str, default "event"
        As in `neurosim.recall`.
    tau_v, tau_h : time, default 20 ms and 1 ms
    random_state : int, default 0
        Seed of synapses, codes, and of the damage in `score`, ≥ 0.

    Attributes
    ----------
    network_ : Network
        The learned network.
    mean_ : ndarray (visible,)
        Mean of the images seen.
    n_seen_ : int
        Number of images seen, since `fit` or the first `partial_fit`.
    n_features_in_ : int
        Number of visible neurons.

    See Also
    --------
    neurosim.learning.train : Training with a recipe.
    neurosim.learning.modules.Memory : The network as a module of torch.

    Examples
    --------
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import AssociativeMemory, load_data
    >>> digits = load_data("digits").pixels[:100]
    >>> memory = AssociativeMemory(16, method="dendritic", epochs=50, damage=Noise(0.1)).fit(digits)
    >>> memory.transform(digits).shape, memory.predict(digits).shape, memory.score(digits) > 0
    ((100, 16), (100, 64), True)
    """

    def __init__(
        self,
        n_hidden: int = 20,
        *,
        method: str | Recipe = "denoise",
        epochs: int | None = None,
        forget: float = 0.0,
        activity: float = 0.05,
        damage: Damage | None = None,
        image_shape: tuple[int, ...] | None = None,
        engine: str | Engine = "event",
        tau_v: Any = 20e-3,
        tau_h: Any = 1e-3,
        random_state: int = 0,
    ) -> None:
        self.n_hidden = n_hidden
        self.method = method
        self.epochs = epochs
        self.forget = forget
        self.activity = activity
        self.damage = damage
        self.image_shape = image_shape
        self.engine = engine
        self.tau_v = tau_v
        self.tau_h = tau_h
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> AssociativeMemory:
        """Learn images; what was learned before is lost.

        Parameters
        ----------
        X : array_like (image, visible)
            Finite values. The rates of recipes suit pixels in [0, 1].
        y : ignored

        Returns
        -------
        AssociativeMemory
            This object.

        Raises
        ------
        InvalidInput
            A parameter is outside its range.
        NeurosimError
            Learning collapsed: all images have the same hidden code.
        """
        images = self._checked(X)
        if not isinstance(self.method, Recipe):
            one_of(self.method, "method", [*RECIPES, *LOCAL_RULES, ONE_SHOT])
        whole(self.random_state, "random_state", at_least=0)
        shaped = self._shaped(images)
        if self.method == ONE_SHOT:
            self._store(images, Correlations.none(images.shape[1], self.n_hidden), len(images))
            self.n_seen_, self.mean_ = len(images), images.mean(axis=0)
            return self
        options = {"n_hidden": self.n_hidden, "epochs": self.epochs, "tau_v": self.tau_v, "tau_h": self.tau_h}
        options["seed"] = self.random_state
        if isinstance(self.method, str) and self.method in LOCAL_RULES:
            self.network_ = learn(shaped, rule=self.method, **options)
        else:
            trainer = required("neurosim.learning.trainer", f"method {self.method!r}")
            self.network_ = trainer.train(shaped, recipe=self.method, **options)
        self.n_seen_, self.mean_ = len(images), images.mean(axis=0)
        self.__dict__.pop("_correlations", None)  # of what was learned before
        return self

    @available_if(_is_one_shot)
    def partial_fit(self, X: Any, y: Any = None) -> AssociativeMemory:
        """Learn further images, one after the other, each in one shot; older ones are forgotten at the rate `forget`.

        What another method has learned before is lost.

        Parameters
        ----------
        X : array_like (image, visible)
            One image or several.
        y : ignored

        Returns
        -------
        AssociativeMemory
            This object.
        """
        if not hasattr(self, "_correlations"):
            return self.fit(X)
        images = self._checked(X, reset=False)
        self._store(images, self._correlations, self.n_seen_ + len(images))
        self.n_seen_ += len(images)
        self.mean_ = self.mean_ + (images - self.mean_).sum(axis=0) / self.n_seen_
        return self

    def _checked(self, X: Any, *, reset: bool = True) -> np.ndarray:
        """Return images or cues as scikit-learn requires; without `reset`, of as many pixels as in `fit`."""
        return np.asarray(validate_data(self, X, dtype=np.float64, reset=reset))

    def _shaped(self, images: np.ndarray) -> np.ndarray:
        """Return images with the axes of `image_shape`, if it is given."""
        if self.image_shape is None:
            return images
        return images.reshape(len(images), *image_sizes(self.image_shape, images.shape[1], channels=None))

    def _store(self, images: np.ndarray, seen: Correlations, n_images: int) -> None:
        codes = sparse_codes(images, self.n_hidden, activity=self.activity, seed=self.random_state)
        seen = seen.add(images, codes, forget=self.forget)
        net = seen.network(tau_v=self.tau_v, tau_h=self.tau_h)
        made = {"method": ONE_SHOT, "activity": self.activity, "forget": self.forget, "seed": self.random_state}
        self.network_ = net.replace(provenance={**net.provenance, **made, "n_images": n_images})
        self._correlations = seen

    def recall(self, X: Any) -> xarray.Dataset:
        """Simulate the network from cues and return the labelled results.

        Parameters
        ----------
        X : array_like (cue, visible)

        Returns
        -------
        xarray.Dataset
            As of `neurosim.recall`.
        """
        check_is_fitted(self, "network_")
        cues = self._checked(X, reset=False)
        return recall(self.network_, cues, engine=self.engine, seed=self.random_state)

    def predict(self, X: Any) -> np.ndarray:
        """Return the recalled images of cues: the visible states at the end.

        Parameters
        ----------
        X : array_like (cue, visible)

        Returns
        -------
        ndarray (cue, visible)
        """
        return self.recall(X).visible.values

    def transform(self, X: Any) -> np.ndarray:
        """Return the hidden codes at which the recalls of cues end.

        Parameters
        ----------
        X : array_like (cue, visible)

        Returns
        -------
        ndarray (cue, hidden)
            0 or 1.
        """
        return self.recall(X).hidden_active.values.astype(np.float64)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the visible states ξs/√N_h of hidden codes (eq. 16).

        Parameters
        ----------
        X : array_like (code, hidden)
            0 or 1.

        Returns
        -------
        ndarray (code, visible)
        """
        check_is_fitted(self, "network_")
        return theory.visible_state(self.network_, X)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the share of the images' variance that recall from damaged cues explains, 1 − error/variance.

        Parameters
        ----------
        X : array_like (image, visible)
            Intact images; `damage` makes the cues.
        y : ignored

        Returns
        -------
        float
            1: perfect. 0: no better than the mean of the images seen. It can be negative.
        """
        check_is_fitted(self, "network_")
        images = self._checked(X, reset=False)
        cues = images
        if self.damage is not None:
            damage = instance(self.damage, "damage", Damage, remedy="take one of neurosim.damage")
            cues = damage.apply(images, seed=self.random_state, image_shape=self.image_shape, mean=self.mean_)
        error = np.square(self.predict(cues) - images).sum()
        variance = np.square(images - self.mean_).sum()
        return float(1 - error / variance) if variance > 0 else float(error == 0)

    @property
    def _n_features_out(self) -> int:
        """Number of hidden neurons; names the columns of `transform`."""
        return self.network_.n_hidden
