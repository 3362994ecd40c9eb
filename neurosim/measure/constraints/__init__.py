"""Capacity and recall accuracy under biological constraints.

`sweep` holds the one sweep over constraints, `stability`, `interneurons` and `dale_spiking` what it can measure, `laws`
the theory, `combined` constraints as functions of one setting, and `crossings` the place where a measured share crosses
a level. The constraints themselves are in
`neurosim.constraints`; figures are in `neurosim.plots.constraints`.
"""
