"""Closed-form theory of the network, each result beside its equation.

Simulations, and statistics over networks, belong to `neurosim.measure`.

Notes
-----
This package corrects some equations of the paper [1]_: the eigenvalues in eq. (31) are
−1/τ_v and −1/τ_h, not −1; eq. (30) lacks the factor √N_h/N_v; eq. (38) assumes independent bit flips
(`BitFlipBound.union` makes no such assumption); the second step of eq. (40) is Bernoulli's inequality, not Jensen's;
eq. (10) is for one state, not for all 2^N_h at once; eq. (34) holds for τ_h ≪ t ≪ τ_v as eq. (14) does, not for t ≪
τ_h, when h is still 0.

References
----------
.. [1] M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with exponential
   capacity", ICLR 2026.
"""

from neurosim.theory.activation import critical_gain, fold_thresholds, intersections, tolerable_shift
from neurosim.theory.bit_flips import BitFlipBound, bit_flip_bound, flip_bound
from neurosim.theory.coupling import common_drive, drive, effective_coupling, signed_couplings, visible_state
from neurosim.theory.exact_law import (
    ExpectedFixedPoints,
    any_flip_probability,
    expected_fixed_points,
    expected_flips,
    flip_probability,
    no_flip_probability,
)
from neurosim.theory.lyapunov import energy
from neurosim.theory.moments import Moments
from neurosim.theory.spectrum import (
    flip_share_limit,
    largest_eigenvalue,
    marchenko_pastur_density,
    marchenko_pastur_edges,
    max_flips_any_state,
    spectrum,
)
from neurosim.theory.stability import Certificate, certify_all_states, is_fixed_point, stability_margin
from neurosim.theory.stable_states import best_threshold, stable_share
from neurosim.theory.timing import (
    critical_ratio,
    ratio_for,
    recall_vs_ratio_law,
    rise,
    rise_peak,
    rise_peak_time,
    rise_time,
)

__all__ = [
    "BitFlipBound",
    "Certificate",
    "ExpectedFixedPoints",
    "Moments",
    "any_flip_probability",
    "best_threshold",
    "bit_flip_bound",
    "certify_all_states",
    "common_drive",
    "critical_gain",
    "critical_ratio",
    "drive",
    "effective_coupling",
    "energy",
    "expected_fixed_points",
    "expected_flips",
    "flip_bound",
    "flip_probability",
    "flip_share_limit",
    "fold_thresholds",
    "intersections",
    "is_fixed_point",
    "largest_eigenvalue",
    "marchenko_pastur_density",
    "marchenko_pastur_edges",
    "max_flips_any_state",
    "no_flip_probability",
    "ratio_for",
    "recall_vs_ratio_law",
    "rise",
    "rise_peak",
    "rise_peak_time",
    "rise_time",
    "signed_couplings",
    "spectrum",
    "stability_margin",
    "stable_share",
    "tolerable_shift",
    "visible_state",
]
