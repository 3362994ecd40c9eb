"""Films of a recall: the picture forming, beside h and θ or beside the spikes."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter, writers
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurosim import InvalidInput
from neurosim.outputs import require_writable, write_file
from neurosim.plots import axis_ticks, style
from neurosim.validation import instance, one_time, whole

_ENDINGS = (".mp4", ".gif", ".html")
_DPI = 120
# Signs of the buttons that matplotlib would load from another server.
_BUTTONS = {
    "fa-play fa-flip-horizontal": "◀",
    "fa-fast-backward": "⏮",
    "fa-step-backward": "‹",
    "fa-step-forward": "›",
    "fa-fast-forward": "⏭",
    "fa-minus": "−",
    "fa-pause": "⏸",
    "fa-play": "▶",
    "fa-plus": "+",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Recall in time</title>
<style>body {{ font: 16px system-ui, sans-serif; margin: 1rem; }} img {{ max-width: 100%; height: auto; }}</style>
</head>
<body>
{content}
</body>
</html>
"""


def animate_recall(
    out: xarray.Dataset,
    image_shape: Sequence[int],
    path: str | Path | None = None,
    *,
    cue: int = 0,
    end: float | None = None,
    n_frames: int = 60,
    fps: int = 20,
    figure: Figure | None = None,
) -> FuncAnimation:
    r"""Animate one recall: the visible layer as a picture, beside the hidden layer over time.

    The hidden layer is drawn as potentials h with the threshold θ, or as a raster where spikes were recorded.

    Parameters
    ----------
    out : xarray.Dataset
        From `neurosim.recall` with ``record=["visible", "hidden"]``, or of spiking cells with
        ``record=["visible", "spikes"]``; `record_dt` sets how fine the film can be.
    image_shape : (rows, columns) or (3, rows, columns)
    path : str or Path, optional
        File of the film: .mp4 (needs the program ffmpeg), .gif, or .html, a page with buttons that needs nothing else.
        Without it nothing is written.
    cue : int, default 0
        Which of the cues.
    end : float, optional
        Time of the last frame, seconds. Default: the end of the traces.
    n_frames : int, default 60
        Number of frames, evenly spaced in time; at most one for each sample of the traces.
    fps : int, default 20
        Frames in a second.
    figure : Figure, optional
        Default: a new one, two columns wide.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        In a notebook, ``IPython.display.HTML(film.to_jshtml())`` shows it.

    Raises
    ------
    InvalidInput
        Traces are missing; image_shape does not fit; the film has another ending, or ffmpeg is not installed.
    OutputError
        The file cannot be written.

    See Also
    --------
    neurosim.plots.spiking.raster : A raster with pictures at a few times.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim import Network, patterns, plots, recall
    >>> net = Network.gaussian(120, 4, seed=0)
    >>> cues = patterns.visible_cues(net, [[True, False, True, False]], noise_std=1, seed=0)
    >>> out = recall(net, cues, duration=20e-3, record=["visible", "hidden"], record_dt=1e-3)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = plots.animate_recall(out, (10, 12), Path(folder) / "recall.gif", n_frames=3)
    ...     (Path(folder) / "recall.gif").read_bytes()[:6]
    b'GIF89a'
    """
    target = None if path is None else _checked(path)
    fps = whole(fps, "fps")
    shown, steps = _shown(instance(out, "out", xarray.Dataset), cue, end, whole(n_frames, "n_frames"))
    figure = style.new_figure(2.4) if figure is None else figure
    FigureCanvasAgg(figure)
    draw = _drawer(shown, image_shape, figure)
    draw(steps[-1])
    _keep_layout(figure)  # computed anew for each frame it takes half of the time, and shakes the picture
    film = FuncAnimation(figure, draw, frames=steps, interval=round(1000 / fps), blit=False)
    if target is not None:
        _write(film, target, fps)
    return film


def _checked(path: str | Path) -> Path:
    """Return the file of a film after a test of its ending, of ffmpeg, and that it can be written."""
    target = Path(path)
    if target.suffix.lower() not in _ENDINGS:
        raise InvalidInput(f"a film must end in .mp4, .gif or .html, got {target}; give another path")
    if target.suffix.lower() == ".mp4" and not writers.is_available("ffmpeg"):
        raise InvalidInput(
            f"an .mp4 needs the program ffmpeg, which is not installed, got {target}; end it in .gif or .html"
        )
    return require_writable(target)


def _shown(out: xarray.Dataset, cue: int, end: float | None, n_frames: int) -> tuple[xarray.Dataset, list[int]]:
    """Return the recall of one cue up to the last frame, and the samples that are frames."""
    missing = [name for name in ("visible_trace",) if name not in out]
    if "hidden_trace" not in out and "spike_time" not in out:
        missing.append("hidden_trace or spike_time")
    if missing:
        raise InvalidInput(
            f'a film needs record=["visible", "hidden"], or ["visible", "spikes"] of spiking cells; missing: {missing}'
        )
    cue = whole(cue, "cue", at_least=0, at_most=out.sizes["cue"] - 1)
    last = float(out.time[-1]) if end is None else one_time(end, "end")
    times = out.time.values
    inside = np.flatnonzero(times <= last * (1 + 1e-9))
    if not inside.size:
        raise InvalidInput(f"end must be at least the first sample, {times[0]:g} s, got {last:g}")
    steps = np.unique(np.linspace(0, inside[-1], min(n_frames, inside.size)).round().astype(int))
    shown = out.isel(time=inside, cue=cue)
    if "spike_cue" in out:
        shown = shown.isel(spike=np.flatnonzero((out.spike_cue == cue) & (out.spike_time <= last)))
    return shown, steps.tolist()


def _drawer(shown: xarray.Dataset, image_shape: Sequence[int], figure: Figure) -> Callable[[int], list[Artist]]:
    """Return the function that draws one frame, given the number of its sample."""
    left, right = figure.subplots(1, 2, width_ratios=[1, 2])
    states = shown.visible_trace.values
    low, high = style.brightness(states[[0, -1]])
    style.show_image(left, states[0], image_shape, low, high)
    (image,) = left.get_images()
    title = left.set_title("0 ms", fontsize=style.title_size())
    times = 1e3 * shown.time.values
    digits = 1 + math.ceil(-math.log10(np.diff(times).min(initial=1.0)))  # so that samples differ
    advance = _raster(right, shown) if "spike_time" in shown else _potentials(right, shown)
    right.set_xlim(times[0], max(times[-1], times[0] + 1e-9))
    now = right.axvline(times[0], color=style.theory_colour(), linewidth=0.6)

    def draw(step: int) -> list[Artist]:
        image.set_data(style.scaled_image(states[step], image_shape, low, high))
        title.set_text(f"{round(times[step], digits):.12g} ms")
        now.set_xdata([times[step]] * 2)
        return [image, title, now, *advance(step)]

    return draw


def _potentials(ax: Axes, shown: xarray.Dataset) -> Callable[[int], list[Artist]]:
    """Draw h up to a sample, in colour where it ends above the threshold, which is a dashed line."""
    threshold = np.broadcast_to(shown.attrs["threshold"], shown.sizes["hidden_neuron"])
    same = bool(np.ptp(threshold) == 0)
    potentials = shown.hidden_trace.values - (0 if same else threshold)
    times, active = 1e3 * shown.time.values, shown.hidden_active.values
    lines = []
    for neuron, is_active in sorted(enumerate(active), key=lambda one: bool(one[1])):
        colour, order = (style.colour(0), 2.2) if is_active else (style.theory_colour(), 2)
        (line,) = ax.plot([], [], color=colour, linewidth=0.9, alpha=0.8, zorder=order)
        lines.append((line, neuron))
    labels = {True: "ends active", False: "ends silent"}
    for (line, _), is_active in zip(lines, sorted(map(bool, active)), strict=True):
        line.set_label(labels.pop(is_active, "_"))
    ax.axhline(
        threshold[0] if same else 0, color=style.ink(), linestyle="--", linewidth=0.9, label="threshold $\\theta$"
    )
    finite = potentials[np.isfinite(potentials)]
    low, high = (float(pick(finite, initial=threshold[0] if same else 0)) for pick in (np.min, np.max))
    ax.set_ylim(low - 0.06 * (high - low or 1), high + 0.06 * (high - low or 1))
    style.label_axes(ax, "Time (ms)", "Hidden potential $h$" if same else "Hidden potential $h - \\theta$")
    style.legend_above(ax, 3)

    def advance(step: int) -> list[Artist]:
        for line, neuron in lines:
            line.set_data(times[: step + 1], potentials[: step + 1, neuron])
        return [line for line, _ in lines]

    return advance


def _raster(ax: Axes, shown: xarray.Dataset) -> Callable[[int], list[Artist]]:
    """Draw the hidden spikes up to a sample."""
    places = shown.spike_neuron.values + 0.8 * shown.spike_cell.values / shown.attrs.get("n_cells", 1)
    spikes = np.column_stack([1e3 * shown.spike_time.values, places])
    dots = ax.scatter([], [], s=7, marker="|", color=style.colour(0), linewidths=0.8)
    ax.set_ylim(-1, shown.sizes["hidden_neuron"])
    axis_ticks.whole_ticks(ax.yaxis)
    style.label_axes(ax, "Time (ms)", "Hidden neuron")

    def advance(step: int) -> list[Artist]:
        dots.set_offsets(spikes[spikes[:, 0] <= 1e3 * float(shown.time[step]) * (1 + 1e-9)])
        return [dots]

    return advance


def _keep_layout(figure: Figure) -> None:
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def _write(film: FuncAnimation, target: Path, fps: int) -> None:
    kind = target.suffix.lower()
    if kind == ".html":
        write_file(target, _PAGE.format(content=_without_network(film.to_jshtml(default_mode="loop"))))
        return
    writer = FFMpegWriter(fps=fps) if kind == ".mp4" else PillowWriter(fps=fps)
    with tempfile.TemporaryDirectory() as folder:
        film.save(Path(folder) / f"film{kind}", writer=writer, dpi=_DPI)
        write_file(target, (Path(folder) / f"film{kind}").read_bytes())


def _without_network(content: str) -> str:
    """Return matplotlib's player with plain signs on its buttons, which it would load from another server."""
    content = re.sub(r"<link[^>]*>", "", content)
    for name, sign in _BUTTONS.items():
        content = content.replace(f'<i class="fa {name}"></i>', sign)
    return content
