/*
 * The next threshold crossing of a neuron: the closed form of neurosim/engines/event_crossings.py.
 *
 * The state of a neuron is (D, U, H), σ times the distance from θ of its limit, its drive and its potential, with σ = 1
 * where it is inactive and −1 where it is active: every crossing is upward through 0. While no neuron crosses,
 *
 *     H(t) = D + (U − D) φ(t) + (H − D) y(t),    U(t) = D + (U − D) x(t).
 */

/** x = e^{−t/τ_v}, φ(t) and y = e^{−t/τ_h}. */
export class Basis {
  x = 0;
  phi = 0;
  y = 0;

  /** Set all three for time t, without a pole at τ_v = τ_h. */
  set(t: number, tauV: number, tauH: number): void {
    if (t === Infinity) {
      this.x = this.phi = this.y = 0;
      return;
    }
    const delta = 1 / tauH - 1 / tauV;
    const z = Math.abs(t * delta);
    const slow = Math.exp(-t / (delta >= 0 ? tauV : tauH));
    const e = Math.expm1(-z);
    const fast = slow * (1 + e);
    this.phi = z > 1e-300 ? (-slow * e) / (tauH * Math.abs(delta)) : (slow * t) / tauH;
    this.x = delta >= 0 ? slow : fast;
    this.y = delta >= 0 ? fast : slow;
  }
}

/** Return the time > 0 of the only extremum of D + pφ + qy, or −1 if there is none at t > 0. */
export function extremumTime(p: number, q: number, tauV: number, tauH: number): number {
  if (p === 0) return -1;
  const z = (tauV * (p - q)) / p;
  const r = (1 / tauH - 1 / tauV) * z;
  if (!(z > 0 && r > -1 && z < Infinity)) return -1;
  return Math.abs(r) < 1e-300 ? z : z * (Math.log1p(r) / r);
}

const trial = new Basis();

/** Return the root in (0, hi] of H(t), which is ≤ 0 at 0 and > 0 at hi, by Newton's method within a bracket. */
export function crossingTime(d: number, u: number, h: number, hi: number, tauV: number, tauH: number): number {
  // At the threshold and rising, or moved across it by rounding at the crossing of another neuron.
  if (h > 0 || (h === 0 && (u > 0 || (u === 0 && d > 0)))) return 0;
  const p = u - d;
  const q = h - d;
  let lo = 0;
  let t = 0.5 * hi;
  let before = 0;
  for (let k = 0; k < 200; k++) {
    trial.set(t, tauV, tauH);
    const g = d + p * trial.phi + q * trial.y;
    if (g > 0) hi = t;
    else lo = t;
    const slope = (d + p * trial.x - g) / tauH; // dH/dt, from τ_h dh/dt = u − h
    const step = slope > 0 ? g / slope : Infinity;
    // |g| alone is no criterion: where h approaches a limit just beyond θ, g is tiny long after the root.
    if (Math.abs(step) <= 4e-16 * t || hi - lo <= 4e-16 * hi) return t;
    const next = t - step;
    if (!(lo < next && next < hi)) {
      t = 0.5 * (lo + hi);
      before = 0;
      continue;
    }
    t = next;
    // Once the steps shrink quadratically, the next one is predictable; it is omitted where it is below rounding.
    if (Math.abs(step) < 1e-3 * before && Math.abs(step) * (step / before) ** 2 <= 1e-17 * t) return t;
    before = Math.abs(step);
  }
  return t;
}

/** Return an upper bound of the crossing time, −1 without a crossing before `limit`, to which `at` belongs. */
export function searchEnd(
  d: number, u: number, h: number, limit: number, at: Basis, tauV: number, tauH: number,
): number {
  if (d <= 0 && u <= 0) return -1; // the drive stays below the threshold, and h follows the drive
  const p = u - d;
  const q = h - d;
  let top = limit;
  let value = d + p * at.phi + q * at.y;
  if (p > 0 && (limit === Infinity || p * at.x <= p * at.phi + q * at.y)) { // h has its maximum before `limit`
    const peak = extremumTime(p, q, tauV, tauH);
    if (peak > 0) {
      top = Math.min(peak, limit); // a crossing lies before the maximum
      value = d + p * Math.exp(-peak / tauV);
    } else if (d <= 0) {
      value = -1;
    }
  }
  return value > 0 ? top : -1;
}
