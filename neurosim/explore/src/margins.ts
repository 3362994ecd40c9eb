/* Distances of h from θ, after neurosim/engines/event_margins.py: how far a recall is from being decided by rounding. */

import { Basis, extremumTime } from "./crossings";
import type { State } from "./state";

/** Return the smaller of `closest` and |h − θ| at the next extremum of a neuron; there h = u, which goes from U to D. */
function atExtremum(d: number, u: number, h: number, closest: number, tauV: number, tauH: number): number {
  if (u === d || (d * u > 0 && Math.min(Math.abs(d), Math.abs(u)) >= closest)) return closest;
  const t = extremumTime(u - d, h - d, tauV, tauH);
  return t > 0 ? Math.min(closest, Math.abs(d + (u - d) * Math.exp(-t / tauV))) : closest;
}

/** Return the smaller of `closest` and the overshoot of h of neuron m beyond θ if its crossing changed nothing. */
export function overshootMargin(state: State, m: number, closest: number): number {
  const { d, u, h } = state;
  const tauV = state.parameters.tauV;
  if (u[m] > d[m]) {
    if (d[m] >= closest) return closest;
    const t = extremumTime(u[m] - d[m], h[m] - d[m], tauV, state.tauH(m));
    if (t > 0) return Math.min(closest, d[m] + (u[m] - d[m]) * Math.exp(-t / tauV));
  }
  return Math.min(closest, Math.abs(d[m]));
}

/** Return the smaller of `closest` and the least distance from θ of an extremum of any h before the time of `at`. */
export function extremaMargin(state: State, t: number, at: Basis, closest: number): number {
  const { d, u, h } = state;
  const tauV = state.parameters.tauV;
  for (let m = 0; m < d.length; m++) {
    if (!state.uniform) at.set(t, tauV, state.tauH(m));
    const p = u[m] - d[m];
    if ((u[m] - h[m]) * (p * at.x - (p * at.phi + (h[m] - d[m]) * at.y)) < 0) {
      closest = atExtremum(d[m], u[m], h[m], closest, tauV, state.tauH(m));
    }
  }
  return closest;
}

/** Return the smaller of `closest` and the least distance from θ of a future extremum or a limit of any h. */
export function finalMargin(state: State, closest: number): number {
  const { d, u, h, side } = state;
  const theta = state.parameters.theta;
  const silent = !side.some((value) => value < 0); // then c is exactly 0: a limit at θ = 0 does not count
  for (let m = 0; m < d.length; m++) {
    if (side[m] !== 0 && !(silent && theta[m] === 0)) closest = Math.min(closest, Math.abs(d[m]));
    closest = atExtremum(d[m], u[m], h[m], closest, state.parameters.tauV, state.tauH(m));
  }
  return closest;
}
