"""
Capacity of other weight ensembles
==================================

The stable share of the 2^N_h hidden states, counted exactly, against N_h and N_v/N_h, and the share of states that are
recalled from their own visible state against θ, for Gaussian, sparse binary, log-normal and orthogonal weights. In all
of these E ξ = 0 and E ξ² = 1, so that J is the identity on average. In the last one the log-normal weights are all
positive: E ξ² = 1, but E ξ > 0. ``--ensemble NAME[:SETTINGS]`` or ``--ensemble module:function`` adds others.

Dashed: theory. For Gaussian weights the exact expectation; for other independent weights the normal approximation from
κ = E ξ⁴ (`neurosim.theory.stable_share`), since Var J_μμ = (κ − 1)/N_v and Var J_μν = 1/N_v; for orthogonal weights J
is exactly the identity.
"""

from functools import partial

import numpy as np
import xarray

from neurosim import plots, theory
from neurosim.cli import parse, program
from neurosim.ensembles import log_normal, sparse_binary
from neurosim.measure import count_sweep, recall_sweep
from neurosim.plots import intervals, style
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers, trials_sentence

LOAD, N_HIDDEN = 20, 10  # N_v/N_h where N_h varies, N_h where another setting varies
ACTIVE, SPREAD = 0.05, 0.75  # of the sparse binary and the log-normal weights
AXES = {"n_hidden": "counted", "visible_per_hidden": "wider", "threshold": "recalled"}  # axis of each part
OPTIONS = {
    "--ensemble": {"action": "append", "default": [], "help": "a further ensemble, or module:function (repeatable)"}
}


def positive(n_visible, n_hidden, rng):
    """Log-normal weights without inhibition."""
    return np.abs(log_normal(n_visible, n_hidden, rng, spread=SPREAD))


ENSEMBLES = {
    "Gaussian": "gaussian",
    "sparse binary": partial(sparse_binary, active=ACTIVE),
    "log-normal": partial(log_normal, spread=SPREAD),
    "orthogonal": "orthogonal",
    "log-normal, positive": positive,
}


def with_kappa(kappa):
    """Return moments of symmetric weights with E ξ = 0, E ξ² = 1 and E ξ⁴ = κ."""
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    return theory.Moments(zero, zero, one, one, one, zero, kappa * one, np.ones(1), np.ones(1))


MOMENTS = {
    "sparse binary": with_kappa(1 / (ACTIVE * (1 - ACTIVE)) - 3),
    "log-normal": with_kappa(np.exp(4 * SPREAD**2)),
    "log-normal, positive": theory.Moments.transformed(lambda x: np.exp(SPREAD * x - SPREAD**2)),
}


def with_theory(curve, label, axis):
    """Return a sweep of counts with the theory of its ensemble as law."""
    values = np.full(curve.law.shape, 1.0 if label == "orthogonal" else np.nan)
    if label == "Gaussian":
        values = curve.law.values
    elif label in MOMENTS:
        for k, value in enumerate(curve[axis].values):
            n_hidden, load = (int(value), LOAD) if axis == "n_hidden" else (N_HIDDEN, value)
            values[k] = theory.stable_share(MOMENTS[label], round(load * n_hidden), n_hidden, 0.5)
    attrs = {"long_name": "stable share by theory; NaN: there is none", "units": "1"}
    return curve.assign(law=(axis, values, attrs))


def measure(run):
    """Count the fixed points against N_h and N_v/N_h, and recall states against θ."""
    more = {text: parse.ensemble(text) for text in run.options["ensemble"]}
    sizes = run.pick([2, 4, 6, 8, 10, 12, 14, 16, 18, 20], [2, 4, 6])
    loads = run.pick([1, 2, 5, 10, 20, 50, 100], [2, 20])
    thresholds = run.pick(np.round(np.arange(0.1, 0.95, 0.1), 1).tolist(), [0.3, 0.5])
    parts = {part: [] for part in AXES.values()}
    for label, ensemble in (ENSEMBLES | more).items():
        common = {"seed": run.seed, "runner": run.runner, "ensemble": ensemble}
        counted = count_sweep(run.networks, {"n_hidden": sizes}, visible_per_hidden=LOAD, **common)
        wider = count_sweep(run.networks, {"visible_per_hidden": loads}, n_hidden=N_HIDDEN, **common)
        size = {"n_hidden": N_HIDDEN, "visible_per_hidden": LOAD}
        recalled = recall_sweep(run.networks, {"threshold": thresholds}, n_cues=run.pick(1024, 64), **size, **common)
        parts["counted"].append(with_theory(counted, label, "n_hidden"))
        parts["wider"].append(with_theory(wider, label, "visible_per_hidden"))
        parts["recalled"].append(recalled)
    labels = xarray.DataArray([*ENSEMBLES, *more], dims="ensemble", attrs={"long_name": "ensemble of the weights"})
    return {
        part: xarray.concat([one.drop_attrs(deep=False) for one in found], labels).assign_attrs(
            {name: value for name, value in found[0].attrs.items() if name != "ensemble"}
        )
        for part, found in parts.items()
    }


def plot(data):
    """Draw the stable share against N_h and N_v/N_h, and the share recalled against θ."""
    panels = style.row(3, 2.9)
    for ax, (axis, part) in zip(panels, AXES.items(), strict=True):
        curves = {str(label): data[part].sel(ensemble=label, drop=True) for label in data[part].ensemble.values}
        quantity = "recalled" if part == "recalled" else "stored"
        curves = {label: curve.drop_vars("bound") for label, curve in curves.items()}
        plots.curves.draw(curves, axis, quantity=quantity, legend=False, ax=ax)
    handles = panels[0].get_legend_handles_labels()[0]
    handles += [style.theory_handle(), *intervals.handles(data["counted"])]
    style.legend_below(panels[0], 4, handles)
    return panels


def findings(data):
    """State how far theory holds, and the shares of each ensemble."""
    counted, wider, recalled = (data[part] for part in AXES.values())
    text = [course(counted, "stored"), trials_sentence(counted)]
    rows = []
    for label in counted.ensemble.values:
        here, broad, best = (part.sel(ensemble=label, drop=True) for part in (counted, wider, recalled))
        text.append(law_sentence(here, "stored", what=f"{label}: theory", tolerance=1e-3))
        rows.append(numbers(here, "stored", f"{label}, stable", n_hidden=int(here.n_hidden.max())))
        rows.append(
            numbers(broad, "stored", f"{label}, stable", visible_per_hidden=float(broad.visible_per_hidden[-1]))
        )
        top = float(best.threshold[best.recalled.values.argmax()])
        rows.append(numbers(best, "recalled", f"{label}, recalled, best θ", threshold=top))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks"], options=OPTIONS)
