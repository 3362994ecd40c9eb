"""Local learning rules: what each synapse does with what is at hand at its two neurons.

An image v is shown, h(0) = 0. In eq. (1)'s own time course the hidden layer answers first, then the visible layer
relaxes to what the hidden code sends it, and that comes back to the hidden layer:

    u = (√N_h/N_v) Bv,   s = Θ(u − θ),   v̂ = ξs/√N_h,   û = (√N_h/N_v) Bv̂,   ŝ = Θ(û − θ)

v − v̂ is a visible neuron's own change, u − û a hidden one's. B = ξᵀ where synapses are shared. Every change is a
product of one signal of the visible and one of the hidden neuron that the synapse joins (`LocalRule.changes`), summed
over images; thresholds read their own neuron. One class a rule, one line in `LOCAL_RULES`.

Signals are in the units of images with mean square 1/8 (`neurosim.learning.local` scales them), for which the rates
are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.learning.initialisation import ZERO_THRESHOLD, uniform_weights

Arrays = dict[str, np.ndarray]  # synapses are (visible, hidden), thresholds (hidden,), signals (image, neuron)

_HOMEOSTASIS = 0.02  # of θ, per unit of activity above the target
TARGET = 0.5  # mean activity at which a binary neuron says most
_FIRST_GAIN, _LAST_GAIN = 5.0, 50.0  # 1/gain: how far from θ a hidden neuron still learns, in the units of u
DECAY = 3e-4  # of `LocalRule.decaying`, an image, times the rate
DREAM_RATE = 1 / 64  # a dream
_APICAL = 300.0  # rate of the encoder: errors are small beside drives
_SETTLING_STEPS, _NUDGE = 5, 3.0


@dataclass(frozen=True)
class Facts:
    """What a rule asks of the circuit.

    Parameters
    ----------
    decoder, encoder : str
        What a synapse hidden → visible, and one visible → hidden, reads, "" if it does not learn.
    third_factor : str
        What else reaches the synapse, "" if nothing does.
    moments : int
        At how many moments of a recall the same neuron is read.
    shared : bool
        Whether a synapse is the same in both directions.
    dreams : bool
        Whether the circuit is also to be active by itself.
    """

    decoder: str
    encoder: str
    third_factor: str = ""
    moments: int = 1
    shared: bool = True
    dreams: bool = False


def drive(synapses: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return (√N_h/N_v) Bv, (image, hidden), for synapses (visible, hidden) (eq. 1b)."""
    n_visible, n_hidden = synapses.shape
    return np.float32(np.sqrt(n_hidden) / n_visible) * (visible @ synapses)


def sent(weights: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Return v̂ = ξs/√N_h, (image, visible) (eq. 16)."""
    return np.float32(1 / np.sqrt(weights.shape[1])) * (active @ weights.T)


def product(visible: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return (2/√N_h) Σ_images visible_i hidden_μ, (visible, hidden): how every synapse changes.

    The factor is that of eq. (17)'s gradient.
    """
    return np.float32(2 / np.sqrt(hidden.shape[1])) * (visible.T @ hidden)


def step(z: np.ndarray) -> np.ndarray:
    """Return Θ(z) as float32 0 or 1; off at the threshold itself (eq. 4)."""
    return (z > 0).astype(np.float32)


def gate(z: np.ndarray, progress: float) -> np.ndarray:
    """Return how much a neuron at z = u − θ learns: the slope of 1/(1 + e^(−gain·z)), gain 5 … 50 by progress².

    Neurons far from their threshold would not have answered otherwise.
    """
    gain = np.float32(_FIRST_GAIN + (_LAST_GAIN - _FIRST_GAIN) * progress**2)
    half = np.clip(gain * z / 2, -20, 20)
    return gain / 4 / np.cosh(half) ** 2


def homeostasis(active: np.ndarray) -> np.ndarray:
    """Return Δθ_μ ∝ Σ_images (s_μ − ½), (hidden,): a neuron that is active too often becomes harder to activate."""
    return np.float32(_HOMEOSTASIS) * (active - np.float32(TARGET)).sum(axis=0)


def initial_synapses(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent random synapses, (visible, hidden) float32; see `initialisation.uniform_weights`."""
    return uniform_weights(n_visible, n_hidden, rng).astype(np.float32)


class LocalRule:
    """A rule: which synapses there are, what their neurons do when an image is shown, how they change."""

    name: ClassVar[str]
    equation: ClassVar[str]
    facts: ClassVar[Facts]
    rate: ClassVar[float]  # an image, at the start; it falls to 0 along half a cosine
    epochs: ClassVar[int]
    decaying: ClassVar[tuple[str, ...]] = ()  # synapses that also lose a fixed share of themselves an image

    def start(self, n_visible: int, n_hidden: int, rng: np.random.Generator) -> Arrays:
        """Return the learned arrays before the first image; "weights" is always among them."""
        return {"weights": initial_synapses(n_visible, n_hidden, rng), "threshold": np.zeros(n_hidden, np.float32)}

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return what the neurons do while images (image, visible) are shown, (image, neuron) each.

        `progress` runs from 0 at the start of learning to 1.
        """
        weights, threshold = learned["weights"], learned["threshold"]
        drive_first = drive(weights, visible)
        active = step(drive_first - threshold)
        visible_end = sent(weights, active)
        drive_end = drive(weights, visible_end)
        return {
            "visible": visible,
            "active": active,
            "visible_end": visible_end,
            "active_end": step(drive_end - threshold),
            "visible_change": visible - visible_end,
            "drive_change": drive_first - drive_end,
            "gate": gate(drive_first - threshold, progress),
        }

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return by how much the learned arrays change, at rate 1, summed over the images."""
        raise NotImplementedError

    def dream(self, learned: Mapping[str, np.ndarray], active: np.ndarray) -> Arrays:
        """Return the changes from spontaneous hidden states (dream, hidden), summed; they do not depend on the rate."""
        return {}


class Random(LocalRule):
    """No synapse learns; thresholds find those at which every hidden neuron is active half of the time."""

    name = "random"
    equation = "Δξ = 0"
    facts = Facts("", "")
    rate, epochs = 0.012, 3

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the thresholds' alone."""
        return {"threshold": homeostasis(signals["active"])}


class Oja(LocalRule):
    """Oja's subspace rule with binary hidden neurons: what is active together with an unexplained pixel joins it.

    Source: Oja, Int. J. Neural Syst. 1:61 (1989), Δξ = (v − ξs) sᵀ.
    """

    name = "oja"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ"
    facts = Facts("v_i's change, s_μ", "v_i's change, s_μ", moments=2)
    rate, epochs = 0.012, 20

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the visible neuron's own change times the hidden one's activity; homeostasis."""
        return {
            "weights": product(signals["visible_change"], signals["active"]),
            "threshold": homeostasis(signals["active"]),
        }


class Contrastive(LocalRule):
    """Contrastive Hebbian: Hebb for the image that is shown, anti-Hebb for what the network makes of it.

    Zero where an image is a fixed point. Source: Movellan (1991); with one step, Hinton's contrastive divergence
    (Neural Comput. 14:1771, 2002) without chance.
    """

    name = "contrastive"
    equation = "Δξ_iμ ∝ v_i s_μ − v̂_i ŝ_μ"
    facts = Facts("v_i, s_μ", "v_i, s_μ", moments=2)
    rate, epochs = 0.012, 20

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return the difference of two Hebbian products; homeostasis."""
        shown = product(signals["visible"], signals["active"])
        return {
            "weights": shown - product(signals["visible_end"], signals["active_end"]),
            "threshold": homeostasis(signals["active"]),
        }


class Recirculation(LocalRule):
    """Both neurons' own changes during a recall: exactly −∇ of eq. (17), with the gate as the slope of Θ.

    The gradient asks for ξᵀ(v − v̂) at the hidden neuron, and eq. (1) brings it there: it is how far the neuron's input
    moves while the visible layer relaxes, u − û. Source: Hinton & McClelland, NIPS 0:358 (1988).
    """

    name = "recirculation"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ + v_i g_μ (u_μ − û_μ)"
    facts = Facts("v_i and its change, s_μ and u_μ's change", "v_i and its change, s_μ and u_μ's change", moments=2)
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
    """What the rules with synapses of their own in each direction have in common; θ → 0⁺.

    Three pathways start independently: ξ, hidden → visible; B, visible → hidden; and A, which brings the visible
    neurons' errors to the hidden ones' apical dendrites. ξ and A get the same products and decay, and so become equal
    (Kolen & Pollack, ICNN 1994).

    In dreams, hidden neurons are active at random and the visible layer follows. Each adapts its synapses B until its
    potential tells its own activity, less the layer's common inhibition: J → 1 − 11ᵀ/(N_h+1), where every one of the
    2^N_h states is a fixed point (`neurosim.learning.wiring.Certified`). It is the normalised delta rule (Widrow &
    Hoff 1960;
    Urbanczik & Senn, Neuron 81:521, 2014), and has no error left where J is that.
    """

    decaying = ("weights", "apical")

    def start(self, n_visible: int, n_hidden: int, rng: np.random.Generator) -> Arrays:
        """Return three independent matrices; θ is 1e-9 and not learned."""
        return {name: initial_synapses(n_visible, n_hidden, rng) for name in ("weights", "feedback", "apical")}

    def dream(self, learned: Mapping[str, np.ndarray], active: np.ndarray) -> Arrays:
        """Return ΔB ∝ (t − ũ) ṽ/‖ṽ‖², t_μ = s̃_μ − Σ_ν s̃_ν/(N_h+1)."""
        n_visible, n_hidden = learned["weights"].shape
        visible = sent(learned["weights"], active)
        told = active - active.sum(axis=1, keepdims=True) / np.float32(n_hidden + 1)
        power = (visible**2).sum(axis=1, keepdims=True) + np.float32(1e-12)  # all hidden neurons can be silent
        wrong = (told - drive(learned["feedback"], visible)) / power
        return {"feedback": np.float32(n_visible / np.sqrt(n_hidden)) * (visible.T @ wrong)}


class Predictive(Separate):
    """Predictive coding: hidden neurons settle on the code that explains the image; the encoder learns to see it.

    x' = −x + u + Aᵀ-input from the errors that are left, five steps of a half from x = u, s* = Θ(x). The decoder learns
    from the errors that are left; a hidden neuron's B from settling having changed its mind (delta rule). Source: Rao &
    Ballard, Nat. Neurosci. 2:79 (1999); with binary hidden neurons.
    """

    name = "predictive"
    equation = "Δξ_iμ ∝ (v_i − v̂*_i) s*_μ,  ΔB_μi ∝ (s*_μ − s_μ) v_i"
    facts = Facts(
        "v_i's error, s*_μ", "v_i, s_μ and s*_μ", "error at the apical dendrite", moments=2, shared=False, dreams=True
    )
    rate, epochs = 0.03, 20

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return the first code, the one that settling ends with, and the errors that it leaves."""
        weights, apical = learned["weights"], learned["apical"]
        u = drive(learned["feedback"], visible)
        x, active = u, step(u - ZERO_THRESHOLD)
        error = visible - sent(weights, active)
        for _ in range(_SETTLING_STEPS):
            x = (x + u + np.float32(_NUDGE) * drive(apical, error)) / 2
            active = step(x - ZERO_THRESHOLD)
            error = visible - sent(weights, active)
        return {"visible": visible, "active": step(u - ZERO_THRESHOLD), "settled": active, "error": error}

    def changes(self, signals: Mapping[str, np.ndarray]) -> Arrays:
        """Return error times settled activity for ξ and A; image times change of mind for B."""
        decoder = product(signals["error"], signals["settled"])
        encoder = product(signals["visible"], signals["settled"] - signals["active"])
        return {"weights": decoder, "apical": decoder, "feedback": encoder}


class Dendritic(Separate):
    """The visible neurons' errors reach the hidden neurons' apical dendrites and tell near-threshold ones what to do.

    Source: the gradient of eq. (17) by B, with A for ξᵀ; as a rule for neurons Körding & König, J. Comput. Neurosci.
    11:207 (2001), Payeur et al., Nat. Neurosci. 24:1010 (2021).
    """

    name = "dendritic"
    equation = "Δξ_iμ ∝ (v_i − v̂_i) s_μ,  ΔB_μi ∝ g_μ a_μ v_i,  a = (√N_h/N_v) Aᵀ(v − v̂)"
    facts = Facts("v_i's error, s_μ", "v_i, u_μ", "error at the apical dendrite", shared=False, dreams=True)
    rate, epochs = 0.03, 20

    def signals(self, learned: Mapping[str, np.ndarray], visible: np.ndarray, progress: float) -> Arrays:
        """Return the code, the errors that it leaves, and how both meet at the hidden neurons."""
        u = drive(learned["feedback"], visible)
        active = step(u - ZERO_THRESHOLD)
        error = visible - sent(learned["weights"], active)
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


LOCAL_RULES: dict[str, LocalRule] = {
    rule.name: rule for rule in (Random(), Oja(), Contrastive(), Recirculation(), Predictive(), Dendritic())
}
