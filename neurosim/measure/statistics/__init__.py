"""Confidence intervals, and summaries over networks or trials as Dataset variables and as text.

`summarise` is the one place that turns values over networks into an estimate with its interval, and
`format_estimate` the one place that prints it. How values are measured does not belong here.
"""

from neurosim.measure.statistics.beta_binomial import beta_binomial_interval
from neurosim.measure.statistics.crossings import crossing_value
from neurosim.measure.statistics.intervals import (
    NOT_NEGATIVE,
    Interval,
    bootstrap_limits,
    mean_interval,
    median_interval,
    moments_interval,
    proportion_interval,
    student_interval,
)
from neurosim.measure.statistics.paired import paired_difference
from neurosim.measure.statistics.summary import (
    OVER_NETWORKS,
    Measurement,
    format_estimate,
    interval_variables,
    share_variables,
    summarise,
)

__all__ = [
    "NOT_NEGATIVE",
    "OVER_NETWORKS",
    "Interval",
    "Measurement",
    "beta_binomial_interval",
    "bootstrap_limits",
    "crossing_value",
    "format_estimate",
    "interval_variables",
    "mean_interval",
    "median_interval",
    "moments_interval",
    "paired_difference",
    "proportion_interval",
    "share_variables",
    "student_interval",
    "summarise",
]
