/* Exact recall from threshold crossing to threshold crossing, after neurosim/engines/event.py and settling.py. */

import { Basis } from "./crossings";
import { extremaMargin, finalMargin, overshootMargin } from "./margins";
import { Parameters, State } from "./state";

export type Outcome = "settled" | "sliding" | "timed_out" | "cycling" | "non_finite";

export interface Crossing {
  time: number;
  neuron: number;
  /** Whether the neuron became active. */
  on: boolean;
}

export interface Recall {
  hidden: Float64Array;
  active: boolean[];
  outcome: Outcome;
  crossings: Crossing[];
  /** The time of `hidden`, seconds. */
  end: number;
  /** Smallest distance from θ of a maximum, a minimum, the limit or the overshoot at a crossing of h. */
  margin: number;
  /** Whether rounding, or an omitted oscillation, may have decided. */
  marginal: boolean;
  /** The state at the start and after each crossing. */
  states: State[];
}

const MARGINAL = 1e-12; // relative to the largest |h|: within this distance from θ, rounding decides
const MARGINAL_SLIDING = 1e-4; // the same after a neuron has slid, whose oscillation was left out
const HORIZON = 100; // longest time constants for which crossings are followed after the end of a recall
const FIRST = 20; // longest time constants of the first run
const GROWTH = 4; // from one run to the next
const LONGEST = 64; // times the first run
const KEPT = 3000; // states kept for drawing

function longestTime(p: Parameters): number {
  return Math.max(p.tauV, ...p.tauH);
}

/** Return the outcome that follows from a state, by following its crossings. */
function lookAhead(end: State): Outcome {
  const state = end.copy();
  state.now = 0;
  state.sliding.forget();
  const horizon = HORIZON * longestTime(state.parameters);
  const cap = 10_000 + 200 * state.n;
  const crossed = new Set<number>();
  let count = 0;
  let { neuron, step } = state.next(horizon);
  while (neuron >= 0 && count < cap) {
    state.advance(step);
    state.cross(neuron);
    state.sliding.afterCrossing(neuron);
    crossed.add(neuron);
    count++;
    ({ neuron, step } = state.next(horizon - state.now));
  }
  if (neuron >= 0 || state.next(Infinity).neuron >= 0) return "cycling";
  const slides = state.sliding.count > 0 && state.side.every((side, m) => side === 0 || !crossed.has(m));
  return slides ? "sliding" : count === 0 ? "settled" : "timed_out";
}

/**
 * Recall one cue: u(0) = `u0`, h(0) = `h0`.
 *
 * Without a duration it lasts 20 times the longest time constant, and 4, 16 and 64 times that until it has settled.
 */
export function recall(p: Parameters, u0: Float64Array, h0?: Float64Array, duration?: number): Recall {
  const n = p.theta.length;
  const state = State.start(p, u0, h0 ?? new Float64Array(n));
  const at = new Basis();
  const cap = 10_000 + 200 * n;
  const first = duration ?? FIRST * longestTime(p);
  const longest = duration ?? LONGEST * first;
  const found: Recall = {
    hidden: new Float64Array(n), active: [], outcome: "timed_out", crossings: [], end: first,
    margin: Infinity, marginal: false, states: [state.copy()],
  };
  let slid = false;
  for (let until = first; ; until *= GROWTH) {
    let next = state.next(until - state.now);
    while (next.neuron >= 0 && found.crossings.length < cap) {
      const m = next.neuron;
      found.margin = overshootMargin(state, m, found.margin);
      at.set(next.step, p.tauV, state.tauH(0));
      found.margin = extremaMargin(state, next.step, at, found.margin);
      state.advance(next.step);
      state.cross(m);
      found.crossings.push({ time: state.now, neuron: m, on: state.side[m] < 0 });
      state.sliding.afterCrossing(m);
      slid ||= state.sliding.count > 0;
      if (found.states.length < KEPT) found.states.push(state.copy());
      next = state.next(until - state.now);
    }
    const capped = next.neuron >= 0;
    found.end = capped ? state.now : until;
    finish(found, state, u0, capped, slid);
    if (found.outcome !== "timed_out" || until * (1 + 1e-9) >= longest) return found;
  }
}

/** Set the state at the end of a run, its outcome and whether it is marginal. */
function finish(found: Recall, state: State, u0: Float64Array, capped: boolean, slid: boolean): void {
  const margin = finalMargin(state, found.margin);
  const final = !capped && state.next(Infinity).neuron < 0;
  const end = state.copy();
  end.advance(found.end - state.now);
  found.hidden = end.sample(0).h;
  found.active = Array.from(end.side, (side) => side < 0);
  const scale = Math.max(...u0.map(Math.abs), ...found.hidden.map(Math.abs));
  if (!Number.isFinite(scale)) found.outcome = "non_finite";
  else if (final) found.outcome = end.sliding.count > 0 ? "sliding" : "settled";
  else found.outcome = lookAhead(end);
  found.marginal = margin <= (slid ? MARGINAL_SLIDING : MARGINAL) * scale;
  if (found.outcome !== "timed_out") found.margin = margin;
}

/** Return the number of the state that holds at time t: that after the last crossing before t. */
export function stateAt(found: Recall, t: number): number {
  let lo = 0;
  let hi = found.states.length - 1;
  while (lo < hi) {
    const middle = (lo + hi + 1) >> 1;
    if (found.states[middle].now <= t) lo = middle;
    else hi = middle - 1;
  }
  return lo;
}

/** Return h, u, a and s at time t. */
export function sampleAt(found: Recall, t: number): ReturnType<State["sample"]> {
  const state = found.states[stateAt(found, t)];
  return state.sample(t - state.now);
}
