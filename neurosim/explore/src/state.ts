/* The state of the hidden layer between crossings, after neurosim/engines/event_kernel.py. */

import { Basis, crossingTime, searchEnd } from "./crossings";
import { Sliding } from "./sliding";

/** A network as the exact engine sees it: N_v has dropped out. */
export interface Parameters {
  theta: Float64Array;
  /** Jᵀ, row after row: row m holds the effects of neuron m on all neurons. */
  jt: Float64Array;
  tauV: number;
  /** One value, or one per hidden neuron; seconds. */
  tauH: Float64Array;
}

/** The next crossing: its neuron (−1: none), and the time until then. */
export interface Next {
  neuron: number;
  step: number;
}

/** D, U, H and σ of each neuron, its trace a, and the present time. */
export class State {
  readonly n: number;
  readonly uniform: boolean;
  readonly d: Float64Array;
  readonly u: Float64Array;
  readonly h: Float64Array;
  readonly side: Float64Array;
  readonly a: Float64Array;
  readonly sliding: Sliding;
  now = 0;
  private readonly scale: Float64Array;
  private readonly at = new Basis();

  private constructor(readonly parameters: Parameters, scale: Float64Array) {
    const n = (this.n = parameters.theta.length);
    this.uniform = parameters.tauH.length === 1;
    [this.d, this.u, this.h, this.side, this.a] = Array.from({ length: 5 }, () => new Float64Array(n));
    this.scale = scale;
    this.sliding = new Sliding(this);
  }

  /** Return the state in which u = `u0`, h = `h0` and the trace is 0. */
  static start(parameters: Parameters, u0: ArrayLike<number>, h0: ArrayLike<number>): State {
    const { theta, jt } = parameters;
    const n = theta.length;
    const scale = theta.map(Math.abs); // the largest possible |c − θ|: Σ_ν |J_μν| + |θ_μ|
    for (let m = 0; m < n; m++) for (let k = 0; k < n; k++) scale[k] += Math.abs(jt[m * n + k]);
    const state = new State(parameters, scale);
    for (let m = 0; m < n; m++) state.side[m] = h0[m] > theta[m] ? -1 : 1;
    for (let m = 0; m < n; m++) {
      state.d[m] = state.side[m] * (state.summed(m) - theta[m]);
      state.u[m] = state.side[m] * (u0[m] - theta[m]);
      state.h[m] = state.side[m] * (h0[m] - theta[m]);
    }
    return state;
  }

  tauH(m: number): number {
    return this.parameters.tauH[this.uniform ? 0 : m];
  }

  /** Return c_k = Σ_ν J_kν s_ν, summed in a fixed order. */
  summed(k: number): number {
    let c = 0;
    for (let m = 0; m < this.n; m++) if (this.side[m] < 0) c += this.parameters.jt[m * this.n + k];
    return c;
  }

  /** Return the level to which the trace a of a neuron goes: s, or the mean activity of a sliding neuron. */
  level(m: number): number {
    return this.side[m] === 0 ? this.sliding.share[m] : 0.5 - 0.5 * this.side[m];
  }

  /** Return the first crossing within `limit`; with an infinite limit, whether there is any. */
  next(limit: number): Next {
    const { d, u, h, at } = this;
    const tauV = this.parameters.tauV;
    const endless = limit === Infinity;
    let neuron = -1;
    at.set(limit, tauV, this.tauH(0));
    for (let m = 0; m < this.n; m++) {
      if (d[m] <= 0 && u[m] <= 0) continue;
      const tau = this.tauH(m);
      if (!this.uniform) at.set(limit, tauV, tau);
      const top = searchEnd(d[m], u[m], h[m], limit, at, tauV, tau);
      if (!(top > 0)) continue;
      neuron = m;
      if (endless) break;
      limit = crossingTime(d[m], u[m], h[m], top, tauV, tau);
      at.set(limit, tauV, tau);
    }
    return { neuron, step: limit };
  }

  /** Advance all neurons by t at constant s. */
  advance(t: number): void {
    const { d, u, h, a, at } = this;
    const tauV = this.parameters.tauV;
    const decay = Math.exp(-t / tauV);
    at.set(t, tauV, this.tauH(0));
    for (let m = 0; m < this.n; m++) {
      if (!this.uniform) at.set(t, tauV, this.tauH(m));
      const p = u[m] - d[m];
      h[m] = d[m] + (p * at.phi + (h[m] - d[m]) * at.y);
      u[m] = d[m] + p * at.x;
      const level = this.level(m);
      a[m] = level + (a[m] - level) * decay;
    }
    this.now += t;
  }

  /**
   * Let neuron m cross: c = Js changes by ±J[:, m], while u and h are continuous.
   *
   * Where rounding errors of the updates could decide the sign of D, the sum is computed again: at θ = 0 with all
   * neurons inactive, D is exactly 0 and not 1e-17, which would lead to a crossing.
   */
  cross(m: number): void {
    const { n, d, u, h, side, scale } = this;
    const { theta, jt } = this.parameters;
    const sign = side[m]; // 1: it switches on
    let small = false;
    for (let k = 0; k < n; k++) {
      d[k] += sign * side[k] * jt[m * n + k];
      if (Math.abs(d[k]) <= 1e-11 * scale[k]) small = true;
    }
    side[m] = -sign;
    d[m] = -d[m];
    u[m] = -u[m];
    h[m] = 0;
    if (!small) return;
    for (let k = 0; k < n; k++) {
      if (Math.abs(d[k]) <= 1e-11 * scale[k]) d[k] = side[k] * (this.summed(k) - theta[k]);
    }
  }

  /** Return h, u and a after time t from now at constant s. */
  sample(t: number): { h: Float64Array; u: Float64Array; a: Float64Array; s: Float64Array } {
    const h = new Float64Array(this.n), u = new Float64Array(this.n);
    const a = new Float64Array(this.n), s = new Float64Array(this.n);
    const theta = this.parameters.theta;
    for (let m = 0; m < this.n; m++) {
      this.at.set(t, this.parameters.tauV, this.tauH(m));
      const { x, phi, y } = this.at;
      const level = (s[m] = this.level(m));
      const p = this.u[m] - this.d[m];
      // Of a sliding neuron, σ = 0 and h = u = θ.
      h[m] = theta[m] + this.side[m] * (this.d[m] + p * phi + (this.h[m] - this.d[m]) * y);
      u[m] = theta[m] + this.side[m] * (this.d[m] + p * x);
      a[m] = level + (this.a[m] - level) * x;
    }
    return { h, u, a, s };
  }

  /** Return a copy of the present state. */
  copy(): State {
    const copied = new State(this.parameters, this.scale);
    for (const name of ["d", "u", "h", "side", "a"] as const) copied[name].set(this[name]);
    copied.now = this.now;
    copied.sliding.set(this.sliding);
    return copied;
  }
}
