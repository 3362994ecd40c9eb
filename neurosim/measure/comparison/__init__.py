"""All associative memories measured on the same patterns and cues, with the same criterion.

`compare` holds the sweeps, `trials` a single store-and-recall trial, `measures` the capacity and the basin radius of
one memory, `crossing` the search for the value at which recall fails, `laws` theory, `two_layer` the two-layer memories
on the interface of `neurosim.models`, and `table` the results as text. The memories with one layer are in
`neurosim.models`; figures are in `neurosim.plots.comparison`.
"""
