/*
 * The spiking model of neurosim/engines/brian/spikes.py: K cells in place of each hidden neuron, graded visible neurons.
 *
 * A step of Brian2: h with u at its start, then u and the trace a; cells fire; spikes of `delay` steps ago arrive;
 * resets. Between spikes the step is exact.
 */

import { Random } from "./random";
import type { Crossing } from "./recall";
import type { Parameters } from "./state";

export interface Cells {
  kind: "regular" | "lif" | "poisson";
  nCells: number;
  /** Standard deviation of h from membrane noise alone. */
  noise: number;
  seed: number;
}

export interface SpikingRecall {
  dt: number;
  nSteps: number;
  /** Step and hidden neuron of each spike, in order. */
  spikeStep: number[];
  spikeCell: number[];
  /** h (mean over cells), u and a after every `every`-th step, (sample, hidden). */
  every: number;
  hidden: Float64Array[];
  drive: Float64Array[];
  trace: Float64Array[];
  active: boolean[];
  /** Where the trace of a neuron crosses ½. */
  crossings: Crossing[];
  /** Whether none did in the second half. */
  settled: boolean;
}

export const T_REF = 2e-3;

/** Return the default step: the longest divisor of t_ref up to a tenth of the shortest time constant. */
export function defaultStep(p: Parameters): number {
  const longest = Math.min(p.tauV, ...p.tauH) / 10;
  return T_REF / Math.ceil((T_REF / longest) * (1 - 1e-9));
}

/** Simulate one cue, u(0) = `u0` and h(0) = 0. */
export function recallSpiking(p: Parameters, u0: Float64Array, cells: Cells, duration?: number): SpikingRecall {
  const n = p.theta.length;
  const dt = defaultStep(p);
  const nSteps = Math.round((duration ?? 20 * Math.max(p.tauV, ...p.tauH)) / dt);
  const every = Math.max(1, Math.ceil(nSteps / 2000));
  const rng = new Random(cells.seed);
  const k = cells.nCells;
  const refractory = cells.kind === "poisson" ? 0 : Math.round(T_REF / dt);
  const delay = cells.kind === "poisson" ? 0 : Math.floor(T_REF / 2 / dt + 0.5 + 1e-9);
  const amplitude = T_REF / (k * p.tauV);
  const decayV = Math.exp(-dt / p.tauV);
  const h = new Float64Array(n * k), last = new Int32Array(n * k).fill(-1_000_000);
  const u = u0.slice(), a = new Float64Array(n);
  const steps = Array.from({ length: n }, (_, m) => exactStep(dt, p.tauV, p.tauH[p.tauH.length === 1 ? 0 : m]));
  const arriving: number[][] = Array.from({ length: delay + 1 }, () => []);
  const found: SpikingRecall = {
    dt, nSteps, spikeStep: [], spikeCell: [], every, hidden: [], drive: [], trace: [], active: [],
    crossings: [], settled: true,
  };
  const record = () => {
    found.hidden.push(Float64Array.from({ length: n }, (_, m) => mean(h, m * k, k)));
    found.drive.push(u.slice());
    found.trace.push(a.slice());
  };
  const above = new Uint8Array(n);
  for (let step = 0; step < nSteps; step++) {
    if (step % every === 0) record();
    const firing: number[] = [];
    for (let m = 0; m < n; m++) {
      const { fromH, fromU } = steps[m];
      const kick = cells.noise * Math.sqrt(1 - fromH * fromH);
      for (let c = m * k; c < (m + 1) * k; c++) {
        const ready = step - last[c] >= refractory;
        if (ready || cells.kind !== "lif") h[c] = u[m] * fromU + h[c] * fromH + (kick ? kick * rng.normal() : 0);
        if (!(h[c] > p.theta[m] && ready)) continue;
        if (cells.kind === "poisson" && !(rng.uniform() < dt / T_REF)) continue;
        firing.push(c);
      }
    }
    for (let m = 0; m < n; m++) {
      u[m] *= decayV;
      a[m] *= decayV;
    }
    for (const c of firing) {
      last[c] = step;
      found.spikeStep.push(step);
      found.spikeCell.push(c);
      if (cells.kind === "lif") h[c] = 0;
    }
    arriving[(step + delay) % (delay + 1)] = firing;
    for (const c of arriving[step % (delay + 1)]) {
      const m = Math.floor(c / k);
      a[m] += amplitude;
      for (let q = 0; q < n; q++) u[q] += amplitude * p.jt[m * n + q];
    }
    for (let m = 0; m < n; m++) {
      if (Number(a[m] > 0.5) === above[m]) continue;
      above[m] = 1 - above[m];
      found.crossings.push({ time: (step + 1) * dt, neuron: m, on: above[m] === 1 });
      if (step >= nSteps / 2) found.settled = false;
    }
  }
  record();
  found.active = Array.from(above, (value) => value === 1);
  return found;
}

/** Return the factors of h and u in the exact step of τ_h dh/dt = u − h while u decays. */
function exactStep(dt: number, tauV: number, tauH: number): { fromH: number; fromU: number } {
  const fromH = Math.exp(-dt / tauH);
  const r = dt / tauH - dt / tauV;
  return { fromH, fromU: (dt / tauH) * fromH * (Math.abs(r) > 1e-300 ? Math.expm1(r) / r : 1) };
}

function mean(values: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let c = from; c < from + count; c++) sum += values[c];
  return sum / count;
}
