"""HTML pages: the report of one network, the page of the spiking model, and the index of the programs' results.

`page` writes self-contained pages, `index` the index page, `network` and `spiking` the reports. `study` and
`spiking_study` choose what the reports measure; the measurements themselves belong to `neurosim.measure`, the drawings
to `neurosim.plots`. `mathml` writes formulas, `drawn` describes figures, `captions` states their findings. The modules
with "findings" in their names state results in sentences and rows of numbers.
"""
