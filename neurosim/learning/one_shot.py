"""One-shot learning: each image is stored when it is seen once, and old images are forgotten.

An image v gets a sparse random hidden code s. Three sums over images are kept, of products of the states of two
neurons, and decay by the factor 1 − f with each further image:

    C = Σ_m (1 − f)^(M − m) s_m v_mᵀ,   A_v = Σ_m (1 − f)^(M − m) v_m v_mᵀ,   A_s = Σ_m (1 − f)^(M − m) s_m s_mᵀ

C is Hebb's rule between the layers, A_v and A_s are Hebb's rule within a layer. The encoder E = C (A_v + rI)⁻¹ and the
decoder D = Cᵀ (A_s + r′I)⁻¹ minimise Σ_m (1 − f)^(M − m) ‖s_m − E v_m‖² + r‖E‖² and the same for D: recursive least
squares with exponential forgetting. With f = 0 and small r this is `neurosim.learning.prescribed`. No torch here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim import theory
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import assign, binary_array, frozen, real, real_array, seed_number, share, whole

_DECODER_RIDGE = 1e-4  # r′ in units of the mean diagonal of A_s; only against codes that are nearly dependent
_LEAST_NOISE = 1e-6
_THRESHOLD = 0.4  # as of `prescribe`; where h rises to less than twice that at a drive of 1, half of its maximum


def sparse_codes(images: np.ndarray, n_hidden: int, *, activity: float = 0.05, seed: int = 0) -> np.ndarray:
    """Return an independent random hidden code for each image; equal images get the same code.

    Parameters
    ----------
    images : array_like (image, visible)
    n_hidden : int
        N_h ≥ 1.
    activity : float in [0, 1], default 0.05
        Share of active neurons, rounded to at least one.
    seed : int, default 0
        ≥ 0. With the bytes of the image, the seed of its code.

    Returns
    -------
    ndarray of bool (image, hidden)

    Raises
    ------
    InvalidInput
        The images are not finite or have another shape, or a number is outside its range.

    Notes
    -----
    Similar images get unrelated codes, as in models of pattern separation by the dentate gyrus.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.one_shot import sparse_codes
    >>> codes = sparse_codes(np.array([[0.0, 1.0], [0.1, 1.0], [0.0, 1.0]]), 40)
    >>> codes.sum(axis=1), bool((codes[0] == codes[2]).all()), bool((codes[0] == codes[1]).all())
    (array([2, 2, 2]), True, False)
    """
    images = real_array(images, "images", {"image": None, "visible": None}) + 0.0  # −0 and 0 are the same image
    n_hidden, seed = whole(n_hidden, "n_hidden"), seed_number(seed)
    n_active = max(1, round(share(activity, "activity") * n_hidden))
    codes = np.zeros((len(images), n_hidden), dtype=bool)
    for code, image in zip(codes, images, strict=True):
        number = int.from_bytes(hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest())
        code[np.random.default_rng([seed, number]).choice(n_hidden, n_active, replace=False)] = True
    return codes


@dataclass(frozen=True, eq=False)
class Correlations:
    """Decaying sums over the images seen, from which the network follows.

    Parameters
    ----------
    cross : ndarray (hidden, visible)
        C.
    visible : ndarray (visible, visible)
        A_v.
    hidden : ndarray (hidden, hidden)
        A_s.

    See Also
    --------
    neurosim.learning.AssociativeMemory : The same as an estimator, ``method="one-shot"``.
    neurosim.learning.prescribed.prescribe : All images at once, without forgetting.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import recall
    >>> from neurosim.learning.one_shot import Correlations, sparse_codes
    >>> images = np.random.default_rng(0).choice([-1.0, 1.0], (20, 100))
    >>> codes, seen = sparse_codes(images, 40), Correlations.none(100, 40)
    >>> for image, code in zip(images, codes):
    ...     seen = seen.add(image[None], code[None], forget=0.01)
    >>> bool((recall(seen.network(), images).hidden_active.values == codes).all())
    True
    """

    cross: np.ndarray
    visible: np.ndarray
    hidden: np.ndarray

    def __post_init__(self) -> None:
        cross = real_array(self.cross, "cross", {"hidden": None, "visible": None})
        n_hidden, n_visible = cross.shape
        visible = real_array(self.visible, "visible", {"visible": n_visible, "visible′": n_visible})
        hidden = real_array(self.hidden, "hidden", {"hidden": n_hidden, "hidden′": n_hidden})
        assign(self, cross=frozen(cross), visible=frozen(visible), hidden=frozen(hidden))

    @classmethod
    def none(cls, n_visible: int, n_hidden: int) -> Correlations:
        """Return the sums before the first image."""
        n_visible, n_hidden = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
        return cls(np.zeros((n_hidden, n_visible)), np.zeros((n_visible, n_visible)), np.zeros((n_hidden, n_hidden)))

    def add(self, images: Any, codes: Any, *, forget: float = 0.0) -> Correlations:
        """Return the sums after further images, one after the other.

        Parameters
        ----------
        images : array_like (image, visible)
        codes : array_like (image, hidden)
            Bool or 0 and 1.
        forget : float in [0, 1], default 0
            f, the share of every sum that decays with each image.

        Raises
        ------
        InvalidInput
            A shape does not fit, a value is not finite, or `forget` is outside its range.
        """
        n_hidden, n_visible = self.cross.shape
        images = real_array(images, "images", {"image": None, "visible": n_visible})
        codes = binary_array(codes, "codes", {"image": len(images), "hidden": n_hidden}).astype(float)
        left = 1 - share(forget, "forget")
        weights = left ** np.arange(len(images))[::-1]
        seen, active, before = weights[:, None] * images, weights[:, None] * codes, left ** len(images)
        return Correlations(
            before * self.cross + codes.T @ seen,
            before * self.visible + images.T @ seen,
            before * self.hidden + codes.T @ active,
        )

    def network(self, *, noise: float = 0.2, tau_v: Any = 20e-3, tau_h: Any = 1e-3) -> Network:
        """Return the network that recalls the images seen.

        Parameters
        ----------
        noise : float ≥ 1e-6, default 0.2
            Noise of the cues for which the encoder is the best, in units of the rms of the images:
            r = noise² · trace(A_v)/N_v. Below 1e-6 r is lost in rounding.
        tau_v, tau_h : time, default 20 ms and 1 ms

        Returns
        -------
        Network
            ξ = √N_h D, feedback (N_v/√N_h) E, and θ = min(0.4, p/2), 0.4 from τ_v = 12.3 τ_h on: p is the first maximum
            of h at a drive of 1, `theory.rise_peak` of mean τ_v over mean τ_h.

        Raises
        ------
        InvalidInput
            Only images that are 0 were added, or none, or `noise` is below 1e-6.
        """
        noise = real(noise, "noise", at_least=_LEAST_NOISE)
        n_hidden, n_visible = self.cross.shape
        power = np.trace(self.visible) / n_visible
        if not power > 0:
            raise InvalidInput("the memory must have seen an image that is not 0, got none; add one first")
        ridge = noise**2 * power * np.eye(n_visible)
        encoder = np.linalg.solve(self.visible + ridge, self.cross.T).T
        ridge = _DECODER_RIDGE * np.trace(self.hidden) / n_hidden * np.eye(n_hidden)
        decoder = np.linalg.solve(self.hidden + ridge, self.cross).T
        net = Network(
            weights=np.sqrt(n_hidden) * decoder,
            feedback=n_visible / np.sqrt(n_hidden) * encoder,
            tau_v=tau_v,
            tau_h=tau_h,
        )
        peak = float(theory.rise_peak(net.tau_v.mean() / net.tau_h.mean()))
        made = {"weights": "learned in one shot", "noise": noise}
        return net.replace(threshold=min(_THRESHOLD, peak / 2), provenance=made)
