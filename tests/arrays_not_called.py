"""Public functions that take an array and are not called by `test_arrays_of_every_type`, with the reason."""

ONE_NUMBER = "one number, which tests/test_conversion.py covers, not an array"
NOT_CALLED = {
    "neurosim.Heaviside(": "no array",
    "neurosim.Network.": "by the constructor",
    **{
        f"neurosim.engines.{name}.request": "by neurosim.recall"
        for name in ("Brian", "Engine", "Event", "Reference", "Function", "SteppingEngine", "Torch", "Circuit")
    },
    "neurosim.constraints.Circuit": "made by Dale.circuit",
    **{f"neurosim.damage.{name}(": ONE_NUMBER for name in ("Blocks", "Missing", "Noise", "Occluded")},
    **{
        f"neurosim.constraints.{name}(": ONE_NUMBER
        for name in ("DeadNeurons", "SpreadThreshold", "StuckNeurons", "SynapticNoise")
    },
    "neurosim.damage.Frame(": "made by Damage.apply",
    "neurosim.theory.Moments.noisy": ONE_NUMBER,
    "neurosim.theory.Moments.of": ONE_NUMBER,
    "neurosim.learning.Images.from_array": "bytes have a range of their own; tests/learning/test_own_arrays.py",
    "neurosim.measure.statistics.Interval": "a result",
    "neurosim.measure.statistics.summarise": "labelled by xarray itself",
    "neurosim.measure.statistics.proportion_interval": "counts, below",
    "neurosim.measure.statistics.share_variables": "counts, as in proportion_interval",
    "neurosim.measure.timescales.recall_vs_ratio": "numbers of a sweep",
    "neurosim.measure.recall_vs_ratio": "numbers of a sweep",
    "neurosim.models.Recall": "a result",
    "neurosim.plots.": "drawn, not computed",
    **{
        f"neurosim.theory.{name}": ONE_NUMBER
        for name in (
            *("any_flip_probability", "critical_gain", "critical_ratio", "expected_fixed_points", "expected_flips"),
            *("flip_bound", "flip_probability", "flip_share_limit", "intersections", "no_flip_probability"),
            *("ratio_for", "recall_vs_ratio_law", "tolerable_shift"),
        )
    },
    "neurosim.models.Covariance(": ONE_NUMBER,
    "neurosim.cells.": ONE_NUMBER,
    "neurosim.learning.Recipe": ONE_NUMBER,
}
