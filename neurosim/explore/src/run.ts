/* One recall as the page shows it, by threshold units or by spiking cells. */

import type { Network } from "./network";
import { Crossing, recall, sampleAt } from "./recall";
import { Cells, recallSpiking } from "./spiking";
import type { Parameters } from "./state";

export interface Sample {
  h: Float64Array;
  a: Float64Array;
  /** What the ring shows of a neuron, from 0 to 1: s, or the filtered spike train. */
  s: Float64Array;
}

export interface Run {
  parameters: Parameters;
  cue: Float64Array;
  /** The time that is shown, seconds. */
  window: number;
  outcome: string;
  marginal: boolean;
  active: boolean[];
  /** Changes of hidden bits. */
  crossings: Crossing[];
  /** Times and rows of spikes; null for threshold units. */
  spikes: { times: Float64Array; rows: Int32Array; nRows: number } | null;
  at(t: number): Sample;
  /** The energy at time t; null where there is none. */
  energy: ((t: number) => number) | null;
}

const TAIL = 3; // τ_v shown after the last crossing, in which the cue decays

export function rateRun(net: Network, p: Parameters, cue: Float64Array): Run {
  const u0 = net.drive(cue);
  const found = recall(p, u0);
  const last = found.crossings.length ? found.crossings[found.crossings.length - 1].time : 0;
  const kept = found.states[found.states.length - 1].now;
  const ends = found.outcome === "settled";
  const norm = cue.reduce((sum, value) => sum + value * value, 0);
  return {
    parameters: p, cue, outcome: found.outcome, marginal: found.marginal, active: found.active,
    window: ends ? last + TAIL * p.tauV : Math.min(20 * Math.max(p.tauV, ...p.tauH), kept || Infinity),
    crossings: found.crossings, spikes: null,
    at: (t) => sampleAt(found, t),
    energy: net.isSymmetric
      ? (t) => {
          const { u, a, s } = sampleAt(found, t);
          return net.energy(Math.exp(-t / p.tauV), norm, u0, { u, a, s }, p.theta);
        }
      : null,
  };
}

export function spikingRun(net: Network, p: Parameters, cue: Float64Array, cells: Cells): Run {
  const found = recallSpiking(p, net.drive(cue), cells);
  const step = found.every * found.dt;
  const at = (t: number): Sample => {
    const k = Math.max(0, Math.min(found.hidden.length - 1, Math.round(t / step)));
    return { h: found.hidden[k], a: found.trace[k], s: found.trace[k].map((a) => Math.min(1, a)) };
  };
  const last = found.crossings.length ? found.crossings[found.crossings.length - 1].time : 0;
  const end = found.nSteps * found.dt;
  return {
    parameters: p, cue, outcome: found.settled ? "settled" : "unsettled", marginal: false, active: found.active,
    window: found.settled ? Math.min(end, last + TAIL * p.tauV) : end,
    crossings: found.crossings,
    spikes: {
      times: Float64Array.from(found.spikeStep, (k) => (k + 1) * found.dt),
      rows: Int32Array.from(found.spikeCell),
      nRows: p.theta.length * cells.nCells,
    },
    at, energy: null,
  };
}
