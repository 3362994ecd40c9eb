/*
 * Neurons that slide along their threshold, after neurosim/engines/event_sliding.py.
 *
 * A neuron that inhibits itself may cross its threshold again and again at shrinking intervals. Once several in a row
 * are brief, its oscillation is replaced by its limit: h = u = θ, σ = 0, and a mean activity in (0, 1), `share`.
 */

import { eigenvalues } from "./eigenvalues";
import type { State } from "./state";

const BRIEF_INTERVALS = 8; // in a row, after which a neuron slides
const BRIEF = 1e-2; // of the shortest time constant

export class Sliding {
  count = 0;
  readonly share: Float64Array;
  private readonly brief: number;
  private readonly intervals: Float64Array; // brief ones in a row, and the end of the last one
  private readonly lastBrief: Float64Array;
  private readonly crossedAt: Float64Array;

  constructor(private readonly state: State) {
    const { tauV, tauH } = state.parameters;
    this.brief = BRIEF * Math.min(tauV, ...tauH);
    [this.share, this.crossedAt] = [new Float64Array(state.n), new Float64Array(state.n)];
    [this.intervals, this.lastBrief] = [new Float64Array(state.n).fill(-1), new Float64Array(state.n).fill(-1)];
  }

  set(other: Sliding): void {
    this.count = other.count;
    for (const name of ["share", "intervals", "lastBrief", "crossedAt"] as const) this[name].set(other[name]);
  }

  /** Forget when neurons crossed, but not which slide: what follows is judged anew. */
  forget(): void {
    this.crossedAt.fill(0);
    this.intervals.fill(-1);
    this.lastBrief.fill(-1);
    if (this.count) this.count = this.release();
  }

  /** To be called after neuron m has crossed: neurons that oscillate together begin to slide together. */
  afterCrossing(m: number): void {
    const { side, now, n } = this.state;
    const last = this.crossedAt[m];
    this.crossedAt[m] = now;
    if (this.count) this.count = this.release();
    if (now - last >= this.brief) return;
    this.intervals[m] = this.lastBrief[m] === last ? this.intervals[m] + 1 : 1;
    this.lastBrief[m] = now;
    if (this.intervals[m] < BRIEF_INTERVALS) return;
    const members: number[] = [];
    for (let k = 0; k < n; k++) {
      if (side[k] !== 0 && this.lastBrief[k] === this.crossedAt[k] && now - this.crossedAt[k] < this.brief) {
        if (this.intervals[k] < BRIEF_INTERVALS) return;
        members.push(k);
      }
    }
    if (this.count && !this.together(members)) {
      this.resume();
      this.count = 0;
      return;
    }
    this.count += this.slide(members);
  }

  private members(): number[] {
    return Array.from(this.state.side.keys()).filter((m) => this.state.side[m] === 0);
  }

  /** Solve J_PP x = right_P for the sliding neurons P; null if J_PP is singular. */
  private solve(right: Float64Array): Float64Array | null {
    const p = this.members();
    const { n, parameters: { jt } } = this.state;
    const a = p.map((row) => [...p.map((column) => jt[column * n + row]), right[row]]);
    for (let i = 0; i < p.length; i++) { // elimination after Gauss and Jordan
      let best = i;
      for (let k = i + 1; k < p.length; k++) if (Math.abs(a[k][i]) > Math.abs(a[best][i])) best = k;
      if (!(Math.abs(a[best][i]) > 0)) return null;
      [a[i], a[best]] = [a[best], a[i]];
      for (let k = 0; k < p.length; k++) {
        const factor = k !== i ? a[k][i] / a[i][i] : 0;
        for (let j = i; j <= p.length; j++) a[k][j] -= factor * a[i][j];
      }
    }
    const solved = right.slice();
    p.forEach((m, i) => (solved[m] = a[i][p.length] / a[i][i]));
    return solved;
  }

  /** Set the mean activities. Return the sliding neuron whose activity is farthest outside [0, 1], −1 if none is. */
  private findShares(): number {
    const { side, n, parameters: { theta } } = this.state;
    const right = Float64Array.from(side, (value, m) => (value === 0 ? theta[m] - this.state.summed(m) : 0.5 - 0.5 * value));
    const solved = this.solve(right);
    this.share.set(solved ?? right);
    let worst = -1;
    let excess = 0;
    for (let m = 0; m < n; m++) {
      const beyond = Math.abs(this.share[m] - 0.5) - 0.5;
      if (side[m] === 0 && (!solved || !(beyond <= excess))) [worst, excess] = [m, beyond];
    }
    return worst;
  }

  /** Set D of all neurons; that of sliding neurons is 0. */
  private setLimits(): void {
    const { d, side, n, parameters: { theta, jt } } = this.state;
    const p = this.members();
    for (let k = 0; k < n; k++) {
      let c = this.state.summed(k);
      for (const m of p) c += jt[m * n + k] * this.share[m];
      d[k] = side[k] * (c - theta[k]);
    }
  }

  /** Let neurons whose mean activity has left [0, 1] go. Return the number that still slide. */
  private release(): number {
    for (let worst = this.findShares(); worst >= 0; worst = this.findShares()) {
      this.state.side[worst] = this.share[worst] < 0.5 ? 1 : -1;
    }
    this.setLimits();
    return this.members().length;
  }

  /** Let `members` slide too, if u can be held at θ in all that slide. Return how many begin to. */
  private slide(members: number[]): number {
    const { side, u, h, a, n, parameters: { jt } } = this.state;
    const before = side.slice();
    const right = new Float64Array(n);
    for (const k of members) {
      side[k] = 0;
      right[k] = -before[k] * u[k];
    }
    const change = this.findShares() < 0 ? this.solve(right) : null;
    if (!change) {
      side.set(before);
      this.findShares();
      return 0;
    }
    const p = this.members();
    for (let k = 0; k < n; k++) { // the oscillation of u is that of the traces a of these neurons
      if (side[k] === 0) {
        a[k] += change[k];
        u[k] = h[k] = 0;
      } else {
        for (const j of p) u[k] += side[k] * jt[j * n + k] * change[j];
      }
    }
    this.setLimits();
    return members.length;
  }

  /** Return whether J of the sliding neurons and `members` has real, negative eigenvalues only. */
  private together(members: number[]): boolean {
    const { n, parameters: { jt } } = this.state;
    const p = [...this.members(), ...members].sort((i, j) => i - j);
    const matrix = p.map((row) => p.map((column) => jt[column * n + row]));
    return eigenvalues(matrix).every(([re, im]) => re < 0 && Math.abs(im) <= 1e-9 * Math.abs(re));
  }

  /** Let all sliding neurons oscillate around θ again, with intervals of up to about a quarter of a brief one. */
  private resume(): void {
    const { side, u, a, n, now, parameters: { jt, tauV } } = this.state;
    const p = this.members();
    for (const k of p) {
      side[k] = this.share[k] < 0.5 ? 1 : -1;
      this.intervals[k] = 1;
      this.lastBrief[k] = this.crossedAt[k] = now;
    }
    this.setLimits();
    const after = side.slice();
    const right = new Float64Array(n);
    for (const k of p) {
      const pull = Math.min(this.share[k], 1 - this.share[k]) * Math.abs(jt[k * n + k]); // the weaker side
      right[k] = (-after[k] * pull * this.brief) / (8 * tauV);
      side[k] = 0;
    }
    const change = this.solve(right) ?? right;
    for (let k = 0; k < n; k++) {
      side[k] = after[k];
      for (const j of p) u[k] += side[k] * jt[j * n + k] * change[j];
    }
    for (const k of p) a[k] += change[k];
  }
}
