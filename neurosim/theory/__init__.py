"""What the mathematics says about a network, each result beside its equation.

Slips in the paper, where we follow the mathematics: eq. (31)'s eigenvalues are −1/τ_v and −1/τ_h, not −1; eq. (30)
lacks the factor √N_h/N_v; eq. (38) assumes independent bit flips (`BitFlipBound.union` does not); eq. (40)'s second
step is Bernoulli's inequality, not Jensen's; eq. (10) is for one state, not for all 2^N_h at once;
eq. (34) holds for τ_h ≪ t ≪ τ_v as eq. (14) does, not for t ≪ τ_h, when h is still 0.
"""

from neurosim.theory.bit_flips import BitFlipBound, bit_flip_bound
from neurosim.theory.coupling import drive, effective_coupling, visible_state
from neurosim.theory.lyapunov import energy
from neurosim.theory.stability import Certificate, certify_all_states, is_fixed_point, stability_margin

__all__ = [
    "BitFlipBound",
    "Certificate",
    "bit_flip_bound",
    "certify_all_states",
    "drive",
    "effective_coupling",
    "energy",
    "is_fixed_point",
    "stability_margin",
    "visible_state",
]
