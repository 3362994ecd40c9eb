"""Local learning rules: the change of each synapse by signals of the two neurons that it connects.

An image v is shown, h(0) = 0. By eq. (1), the hidden layer responds first, then the visible layer relaxes to the input
from the hidden code, and this in turn drives the hidden layer:

    u = (√N_h/N_v) Bv,   s = Θ(u − θ),   v̂ = ξs/√N_h,   û = (√N_h/N_v) Bv̂,   ŝ = Θ(û − θ)

v − v̂ is the change of a visible neuron during recall, u − û that of a hidden neuron. B = ξᵀ where synapses are shared.
Every change of a synapse is a product of one signal of its visible and one of its hidden neuron (`LocalRule.changes`),
summed over images; the change of a threshold depends on its own neuron. A rule is one class and one entry in
`LOCAL_RULES`.

Images are scaled to mean square 1/8 by `neurosim.learning.local`; the learning rates are chosen for this scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neurosim.learning.initialisation import ZERO_THRESHOLD
from neurosim.learning.local_base import (
    Arrays,
    LocalRule,
    Requirements,
    drive,
    gate,
    homeostasis,
    initial_synapses,
    product,
    step,
    visible_response,
)
from neurosim.plugins import Registry, subclass_of

DECAY = 3e-4  # of `LocalRule.decaying`, per image, times the rate
DREAM_RATE = 1 / 64  # learning rate for each spontaneous state
_APICAL = 300.0  # rate of the encoder: errors are small compared with drives
_SETTLING_STEPS, _NUDGE = 5, 3.0


class Random(LocalRule):
    """Random synapses that do not learn; thresholds at which every hidden neuron is active for half of the images.

    Examples
    --------
    >>> from neurosim.learning.local_rules import Random
    >>> Random().name, Random().requirements.moments
    ('random', 1)
    """

    name = "random"
    equation = "Δξ = 0"
    requirements = Requirements("", "")
    rate, epochs = 0.012, 3

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return homeostasis of the thresholds."""
        return {"threshold": homeostasis(signals["active"])}


class Oja(LocalRule):
    """Oja's subspace rule, Δξ = (v − ξs) sᵀ [1]_, with binary hidden neurons.

    References
    ----------
    .. [1] E. Oja, "Neural networks, principal components, and subspaces", Int. J. Neural Syst. 1:61 (1989).

    Examples
    --------
    >>> from neurosim.learning.local_rules import Oja
    >>> Oja().name, Oja().requirements.moments
    ('oja', 2)
    """

    name = "oja"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ"
    requirements = Requirements("v_i's change, s_μ", "v_i's change, s_μ", moments=2)
    rate, epochs = 0.012, 20

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the change of the visible neuron times the activity of the hidden one; homeostasis."""
        return {
            "weights": product(signals["visible_change"], signals["active"]),
            "threshold": homeostasis(signals["active"]),
        }


class Contrastive(LocalRule):
    """Contrastive Hebbian learning [1]_: Hebb's rule for the image, anti-Hebbian for the recalled state.

    The change is zero where an image is a fixed point. With one step it is contrastive divergence [2]_ without noise.

    References
    ----------
    .. [1] J. R. Movellan, "Contrastive Hebbian learning in the continuous Hopfield model", Connectionist Models (1991).
    .. [2] G. E. Hinton, "Training products of experts by minimizing contrastive divergence", Neural Comput. 14:1771
       (2002).

    Examples
    --------
    >>> from neurosim.learning.local_rules import Contrastive
    >>> Contrastive().name, Contrastive().requirements.moments
    ('contrastive', 2)
    """

    name = "contrastive"
    equation = "Δξ_iμ ∝ v_i s_μ − v̂_i ŝ_μ"
    requirements = Requirements("v_i, s_μ", "v_i, s_μ", moments=2)
    rate, epochs = 0.012, 20

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the difference of two Hebbian products; homeostasis."""
        shown = product(signals["visible"], signals["active"])
        return {
            "weights": shown - product(signals["visible_end"], signals["active_end"]),
            "threshold": homeostasis(signals["active"]),
        }


class Recirculation(LocalRule):
    """Recirculation [1]_: the changes of both neurons during a recall; the gradient of eq. (17), with the gate as Θ′.

    The gradient needs ξᵀ(v − v̂) at the hidden neuron. Eq. (1) provides it: it is the change u − û of the neuron's
    input while the visible layer relaxes.

    References
    ----------
    .. [1] G. E. Hinton and J. L. McClelland, "Learning representations by recirculation", NIPS 0:358 (1988).

    Examples
    --------
    >>> from neurosim.learning.local_rules import Recirculation
    >>> Recirculation().name, Recirculation().requirements.moments
    ('recirculation', 2)
    """

    name = "recirculation"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ + v_i g_μ (u_μ − û_μ)"
    requirements = Requirements(
        "v_i and its change, s_μ and u_μ's change", "v_i and its change, s_μ and u_μ's change", moments=2
    )
    rate, epochs = 0.012, 20

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the two products; homeostasis."""
        hidden_change = signals["gate"] * signals["drive_change"]
        return {
            "weights": product(signals["visible_change"], signals["active"])
            + product(signals["visible"], hidden_change),
            "threshold": homeostasis(signals["active"]),
        }


class Separate(LocalRule):
    """Base of the rules with separate synapses in each direction; θ → 0⁺.

    Three pathways start independently: ξ, hidden → visible; B, visible → hidden; and A, which carries the errors of the
    visible neurons to the apical dendrites of the hidden ones. ξ and A change by the same products and decay, and so
    become equal [1]_.

    In spontaneous activity ("dreams"), hidden neurons are active at random and the visible layer follows. Each hidden
    neuron adapts its synapses B until its potential equals its activity minus uniform inhibition by the layer:
    J → 1 − 11ᵀ/(N_h+1). With k active neurons, active ones then have the field 1 − k/(N_h+1) and inactive ones
    −k/(N_h+1), so that at θ → 0⁺ all 2^N_h states are fixed points. This is the normalised delta rule [2]_, [3]_; its
    error vanishes at that J.

    References
    ----------
    .. [1] J. F. Kolen and J. B. Pollack, "Backpropagation without weight transport", ICNN (1994).
    .. [2] B. Widrow and M. E. Hoff, "Adaptive switching circuits", WESCON (1960).
    .. [3] R. Urbanczik and W. Senn, "Learning by the dendritic prediction of somatic spiking", Neuron 81:521 (2014).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.learning.local_rules import Dendritic, Separate
    >>> isinstance(Dendritic(), Separate), sorted(Dendritic().start(64, 8, np.random.default_rng(0)))
    (True, ['apical', 'feedback', 'weights'])
    """

    decaying = ("weights", "apical")

    def start(self, n_visible: int, n_hidden: int, rng: np.random.Generator) -> Arrays:
        """Return three independent matrices; θ is 1e-9 and not learned."""
        return {name: initial_synapses(n_visible, n_hidden, rng) for name in ("weights", "feedback", "apical")}

    def dream(self, learned: Mapping[str, np.ndarray], active: np.ndarray) -> Arrays:
        """Return ΔB ∝ (t − ũ) ṽ/‖ṽ‖², t_μ = s̃_μ − Σ_ν s̃_ν/(N_h+1)."""
        n_visible, n_hidden = learned["weights"].shape
        visible = visible_response(learned["weights"], active)
        wanted = active - active.sum(axis=1, keepdims=True) / np.float32(n_hidden + 1)
        power = (visible**2).sum(axis=1, keepdims=True) + np.float32(1e-12)  # all hidden neurons can be silent
        error = (wanted - drive(learned["feedback"], visible)) / power
        return {"feedback": np.float32(n_visible / np.sqrt(n_hidden)) * (visible.T @ error)}


class Predictive(Separate):
    """Predictive coding [1]_ with binary hidden neurons: the encoder learns the code that explains the image.

    Hidden neurons settle by x' = −x + u + 3 (√N_h/N_v) Aᵀ(v − v̂), in five steps of ½ from x = u; s* = Θ(x). The
    decoder learns from the remaining error, and B from the difference of the settled and the first code (delta rule).

    References
    ----------
    .. [1] R. P. N. Rao and D. H. Ballard, "Predictive coding in the visual cortex", Nat. Neurosci. 2:79 (1999).

    Examples
    --------
    >>> from neurosim.learning.local_rules import Predictive
    >>> Predictive().name, Predictive().requirements.moments
    ('predictive', 2)
    """

    name = "predictive"
    equation = "Δξ_iμ ∝ (v_i − v̂*_i) s*_μ,  ΔB_μi ∝ (s*_μ − s_μ) v_i"
    requirements = Requirements(
        "v_i's error, s*_μ", "v_i, s_μ and s*_μ", "error at the apical dendrite", moments=2, shared=False, dreams=True
    )
    rate, epochs = 0.03, 20

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return the first code, the settled code, and the remaining error."""
        weights, apical = learned["weights"], learned["apical"]
        u = drive(learned["feedback"], visible)
        x, active = u, step(u - ZERO_THRESHOLD)
        error = visible - visible_response(weights, active)
        for _ in range(_SETTLING_STEPS):
            x = (x + u + np.float32(_NUDGE) * drive(apical, error)) / 2
            active = step(x - ZERO_THRESHOLD)
            error = visible - visible_response(weights, active)
        return {"visible": visible, "active": step(u - ZERO_THRESHOLD), "settled": active, "error": error}

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return error times settled activity for ξ and A; image times change of the code for B."""
        decoder = product(signals["error"], signals["settled"])
        encoder = product(signals["visible"], signals["settled"] - signals["active"])
        return {"weights": decoder, "apical": decoder, "feedback": encoder}


class Dendritic(Separate):
    """Error signals at apical dendrites change the synapses of hidden neurons near their threshold.

    The change is the gradient of eq. (17) by B, with A in place of ξᵀ. Similar rules for neurons: [1]_, [2]_.

    References
    ----------
    .. [1] K. P. Körding and P. König, "Supervised and unsupervised learning with two sites of synaptic integration",
       J. Comput. Neurosci. 11:207 (2001).
    .. [2] A. Payeur et al., "Burst-dependent synaptic plasticity can coordinate learning in hierarchical circuits",
       Nat. Neurosci. 24:1010 (2021).

    Examples
    --------
    >>> from neurosim.learning.local_rules import Dendritic
    >>> Dendritic().name, Dendritic().requirements.moments
    ('dendritic', 1)
    """

    name = "dendritic"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ,  ΔB_μi ∝ g_μ a_μ v_i,  a = (√N_h/N_v) Aᵀ(v − v̂)"
    requirements = Requirements(
        "v_i's error, s_μ", "v_i, u_μ", "error at the apical dendrite", shared=False, dreams=True
    )
    rate, epochs = 0.03, 20

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return the code, the remaining error, and the apical input and gate of the hidden neurons."""
        u = drive(learned["feedback"], visible)
        active = step(u - ZERO_THRESHOLD)
        error = visible - visible_response(learned["weights"], active)
        return {
            "visible": visible,
            "active": active,
            "error": error,
            "apical": drive(learned["apical"], error),
            "gate": gate(u - ZERO_THRESHOLD, progress),
        }

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return error times activity for ξ and A; image times gated apical input for B."""
        decoder = product(signals["error"], signals["active"])
        encoder = product(signals["visible"], np.float32(_APICAL) * signals["gate"] * signals["apical"])
        return {"weights": decoder, "apical": decoder, "feedback": encoder}


_BUILT_IN = {rule.name: rule for rule in (Random(), Oja(), Contrastive(), Recirculation(), Predictive(), Dendritic())}
LOCAL_RULES: Registry[LocalRule] = Registry("local_rules", _BUILT_IN, *subclass_of(LocalRule), made=lambda kind: kind())
