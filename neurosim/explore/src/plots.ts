/* Curves and rasters over time, with a line at the present. */

import { palette, sharp } from "./colours";
import { digits } from "./dom";
import type { Run } from "./run";

const LEFT = 44, RIGHT = 8, TOP = 8, BOTTOM = 30;
const SAMPLES = 500;

/** A drawing that is kept, so that only the line of the present moves. */
class Plot {
  private kept: HTMLCanvasElement | null = null;
  private window = 1;

  constructor(private readonly target: HTMLCanvasElement) {}

  /** Draw axes and content; `content` has x in seconds and y in units of the axis. */
  draw(
    window: number, low: number, high: number, unit: string,
    content: (context: CanvasRenderingContext2D, x: (t: number) => number, y: (value: number) => number) => void,
    whole = false,
  ): void {
    const { context, width, height } = sharp(this.target);
    this.window = window;
    const x = (t: number) => LEFT + shareOf(t, window) * (width - LEFT - RIGHT);
    const y = (value: number) => height - BOTTOM - ((value - low) / (high - low)) * (height - BOTTOM - TOP);
    const colours = palette();
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = context.strokeStyle = colours.muted;
    context.textAlign = "center";
    for (const tick of timeTicks(1e3 * window, Math.round(width / 45))) {
      context.fillText(digits(tick), x(tick / 1e3), height - BOTTOM + 14);
      line(context, [[x(tick / 1e3), height - BOTTOM], [x(tick / 1e3), height - BOTTOM + 3]]);
    }
    context.fillText("time (ms), square-root axis", (LEFT + width - RIGHT) / 2, height - 3);
    context.textAlign = "right";
    for (const tick of ticks(low, high, height / 40)) {
      if (whole && tick % 1 !== 0) continue;
      context.fillText(digits(tick), LEFT - 6, y(tick) + 4);
      line(context, [[LEFT - 3, y(tick)], [LEFT, y(tick)]]);
    }
    context.textAlign = "left";
    context.fillText(unit, LEFT + 5, TOP + 6);
    line(context, [[LEFT, TOP], [LEFT, height - BOTTOM], [width - RIGHT, height - BOTTOM]]);
    context.save();
    context.beginPath();
    context.rect(LEFT, TOP - 2, width - LEFT - RIGHT, height - BOTTOM - TOP + 2);
    context.clip();
    content(context, x, y);
    context.restore();
    this.kept = document.createElement("canvas");
    [this.kept.width, this.kept.height] = [this.target.width, this.target.height];
    this.kept.getContext("2d")!.drawImage(this.target, 0, 0);
  }

  /** Move the line of the present. */
  mark(t: number): void {
    if (!this.kept) return;
    const context = this.target.getContext("2d")!;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.target.width, this.target.height);
    context.drawImage(this.kept, 0, 0);
    context.restore();
    const [width, height] = [this.target.clientWidth, this.target.clientHeight];
    const at = LEFT + shareOf(t, this.window) * (width - LEFT - RIGHT);
    context.strokeStyle = palette().warm;
    context.lineWidth = 1.5;
    line(context, [[at, TOP], [at, height - BOTTOM]]);
    context.lineWidth = 1;
  }
}

function line(context: CanvasRenderingContext2D, points: [number, number][]): void {
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

/**
 * Return the place of a time on the axis, from 0 to 1: its square root, because most neurons cross early, while the
 * visible layer forms slowly.
 */
export function shareOf(t: number, window: number): number {
  return Math.sqrt(Math.max(0, t) / window);
}

/** Return the time of a place on the axis. */
export function timeOf(share: number, window: number): number {
  return share * share * window;
}

/** Return round times up to `end` that do not crowd on the axis, on which `count` have a place. */
function timeTicks(end: number, count: number): number[] {
  const found = [0];
  const power = 10 ** Math.floor(Math.log10(end));
  const round = [-3, -2, -1, 0].flatMap((k) => [1, 2, 5].map((factor) => factor * power * 10 ** k));
  for (const tick of round) {
    if (tick <= end && shareOf(tick, end) - shareOf(found[found.length - 1], end) >= 1 / count) found.push(tick);
  }
  return found;
}

/** Return round numbers between two limits, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9) + 1e-12; k++) found.push(k * step);
  return found;
}

export class TimePlots {
  private readonly potentials: Plot;
  private readonly bits: Plot;
  private readonly energy: Plot;

  constructor(
    private readonly elements: { potentials: HTMLCanvasElement; bits: HTMLCanvasElement; energy: HTMLCanvasElement },
  ) {
    this.potentials = new Plot(elements.potentials);
    this.bits = new Plot(elements.bits);
    this.energy = new Plot(elements.energy);
  }

  /** Draw all of a run. */
  draw(run: Run): void {
    const times = sampledTimes(run);
    this.drawPotentials(run, times);
    if (run.spikes) this.drawSpikes(run, run.spikes);
    else this.drawBits(run);
    if (run.energy) this.drawEnergy(run.window, times, run.energy);
  }

  mark(t: number): void {
    this.potentials.mark(t);
    this.bits.mark(t);
    if (this.elements.energy.clientWidth) this.energy.mark(t);
  }

  private drawPotentials(run: Run, times: number[]): void {
    const { theta } = run.parameters;
    const base = hasOneThreshold(theta) ? 0 : 1; // with several thresholds, h − θ is drawn
    const level = base ? 0 : theta[0];
    const curves = times.map((t) => run.at(t).h.map((h, m) => h - base * theta[m]));
    const low = Math.min(level, ...curves.map((h) => Math.min(...h)));
    const high = Math.max(level, ...curves.map((h) => Math.max(...h)));
    const margin = 0.05 * (high - low || 1);
    const colours = palette();
    this.potentials.draw(run.window, low - margin, high + margin, base ? "h − θ" : "h", (context, x, y) => {
      context.globalAlpha = run.active.length > 100 ? 0.4 : 0.8;
      for (const active of [false, true]) {
        context.strokeStyle = active ? colours.accent : colours.muted;
        run.active.forEach((one, m) => {
          if (one === active) line(context, times.map((t, k): [number, number] => [x(t), y(curves[k][m])]));
        });
      }
      context.globalAlpha = 1;
      context.strokeStyle = colours.ink;
      context.setLineDash([6, 4]);
      line(context, [[x(0), y(level)], [x(run.window), y(level)]]);
      context.setLineDash([]);
    });
  }

  private drawBits(run: Run): void {
    const n = run.active.length;
    const colours = palette();
    this.bits.draw(run.window, 0.5, n + 0.5, "μ", (context, x, y) => {
      context.fillStyle = colours.accent;
      const thick = Math.max(1, Math.abs(y(1) - y(2)) - (n > 60 ? 0 : 1));
      const since: (number | null)[] = Array.from(run.at(0).s, (s) => (s > 0 ? 0 : null));
      const bar = (m: number, from: number, to: number) =>
        context.fillRect(x(from), y(m + 1) - thick / 2, Math.max(1, x(to) - x(from)), thick);
      for (const { time, neuron, on } of run.crossings) {
        const from = since[neuron];
        if (!on && from !== null) bar(neuron, from, time);
        since[neuron] = on ? time : null;
      }
      since.forEach((from, m) => from !== null && from < run.window && bar(m, from, run.window));
    }, true);
  }

  private drawSpikes(run: Run, spikes: NonNullable<Run["spikes"]>): void {
    const n = run.active.length;
    const perNeuron = spikes.nRows / n;
    const colours = palette();
    this.bits.draw(run.window, 0.5, n + 0.5, "μ", (context, x, y) => {
      context.fillStyle = colours.accent;
      const thick = Math.max(1, (0.8 * Math.abs(y(1) - y(2))) / perNeuron);
      for (let k = 0; k < spikes.times.length; k++) {
        const row = (spikes.rows[k] + 0.5) / perNeuron + 0.5;
        context.fillRect(x(spikes.times[k]) - 0.5, y(row) - thick / 2, 1.2, thick);
      }
    }, true);
  }

  private drawEnergy(window: number, times: number[], energy: (t: number) => number): void {
    const values = times.map(energy);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = 0.05 * (high - low || 1);
    this.energy.draw(window, low - margin, high + margin, "E", (context, x, y) => {
      context.strokeStyle = palette().accent;
      context.lineWidth = 1.5;
      line(context, times.map((t, k): [number, number] => [x(t), y(values[k])]));
      context.lineWidth = 1;
    });
  }
}

export function hasOneThreshold(theta: Float64Array): boolean {
  return theta.every((value) => value === theta[0]);
}

/** Return times of samples: evenly spaced ones, and those just before and at each change of a bit. */
function sampledTimes(run: Run): number[] {
  const times = Array.from({ length: SAMPLES + 1 }, (_, k) => timeOf(k / SAMPLES, run.window));
  if (!run.spikes && run.crossings.length < SAMPLES) {
    for (const { time } of run.crossings) times.push(time * (1 - 1e-9), time);
  }
  return times.filter((t) => t <= run.window).sort((a, b) => a - b);
}
