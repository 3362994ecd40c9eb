"""Capacity and recall accuracy under biological constraints.

`sweep` holds the sweep over constraints, `stability`, `interneurons` and `dale_spiking` its measurements, `laws` the
theory, `combined` constraints as functions of one setting, and `crossings` the place where a measured share crosses
a level. The constraints themselves are in
`neurosim.constraints`; figures are in `neurosim.plots.constraints`.
"""
