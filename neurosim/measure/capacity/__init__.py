"""Number of fixed points of a network: certificates, exact counts, proven limits, estimates, and sweeps over networks.

`fixed_points.count_fixed_points` chooses among the methods, which have one file each; `curve` sweeps it over networks.
Closed forms that need no network belong to `neurosim.theory`, recall from cues to `neurosim.measure.recall`.
"""
