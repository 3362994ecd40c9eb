/* A network as the page holds it, and what follows from its weights. */

import type { Parameters } from "./state";

/** Numbers as base64 of little-endian values; of bytes, the value is number/levels in float32. */
export interface Packed {
  kind: "u1" | "f4" | "f8";
  levels: number;
  data: string;
}

export interface NetworkData {
  name: string;
  about: string;
  nVisible: number;
  nHidden: number;
  /** ξ, (visible, hidden). */
  weights: Packed;
  /** Synapses visible → hidden (hidden, visible) if they are not the transpose of the weights. */
  feedback: Packed | null;
  threshold: Packed;
  tauV: number;
  tauH: Packed;
  /** (channels, rows, columns) of the visible layer. */
  shape: [number, number, number];
  images: Packed | null;
  labels: string[];
  /** The mean of all stored images. */
  mean: Packed | null;
}

export function unpack(packed: Packed): Float64Array {
  const bytes = Uint8Array.from(atob(packed.data), (char) => char.charCodeAt(0));
  if (packed.kind === "u1") return Float64Array.from(bytes, (value) => Math.fround(value / packed.levels));
  return packed.kind === "f4" ? Float64Array.from(new Float32Array(bytes.buffer)) : new Float64Array(bytes.buffer);
}

export class Network {
  readonly nVisible: number;
  readonly nHidden: number;
  readonly weights: Float64Array;
  readonly feedback: Float64Array; // (hidden, visible)
  readonly threshold: Float64Array;
  readonly tauH: Float64Array;
  readonly images: Float64Array[];
  readonly mean: Float64Array | null;
  private readonly jt: Float64Array;

  constructor(readonly data: NetworkData) {
    this.nVisible = data.nVisible;
    this.nHidden = data.nHidden;
    this.weights = unpack(data.weights);
    this.feedback = data.feedback ? unpack(data.feedback) : transposed(this.weights, this.nVisible, this.nHidden);
    this.threshold = unpack(data.threshold);
    this.tauH = unpack(data.tauH);
    this.mean = data.mean && unpack(data.mean);
    const pixels = data.images ? unpack(data.images) : new Float64Array();
    this.images = Array.from({ length: pixels.length / this.nVisible }, (_, k) =>
      pixels.subarray(k * this.nVisible, (k + 1) * this.nVisible),
    );
    this.jt = this.coupling();
  }

  get isSymmetric(): boolean {
    return this.data.feedback === null;
  }

  /** Return Jᵀ, J = Bξ/N_v with B = ξᵀ in symmetric networks (eq. 6). */
  private coupling(): Float64Array {
    const n = this.nHidden;
    const jt = new Float64Array(n * n);
    const from = transposed(this.weights, this.nVisible, n);
    for (let m = 0; m < n; m++) {
      for (let k = 0; k < n; k++) {
        let sum = 0;
        for (let i = 0; i < this.nVisible; i++) {
          sum += this.feedback[k * this.nVisible + i] * from[m * this.nVisible + i];
        }
        jt[m * n + k] = sum / this.nVisible;
      }
    }
    return jt;
  }

  /** Return what the engine needs, with all thresholds moved by `shift` and τ_v = `tauV`, seconds. */
  parameters(shift = 0, tauV = this.data.tauV): Parameters {
    return { theta: this.threshold.map((theta) => theta + shift), jt: this.jt, tauV, tauH: this.tauH };
  }

  /** Return u = (√N_h/N_v) ξᵀv (eq. 1b). */
  drive(visible: ArrayLike<number>): Float64Array {
    const u = new Float64Array(this.nHidden);
    for (let m = 0; m < this.nHidden; m++) {
      let sum = 0;
      for (let i = 0; i < this.nVisible; i++) sum += visible[i] * this.feedback[m * this.nVisible + i];
      u[m] = (Math.sqrt(this.nHidden) / this.nVisible) * sum;
    }
    return u;
  }

  /** Return ξa/√N_h: the steady visible state of a = s (eq. 16). */
  visibleState(a: ArrayLike<number>): Float64Array {
    const n = this.nHidden;
    const v = new Float64Array(this.nVisible);
    for (let i = 0; i < this.nVisible; i++) {
      let sum = 0;
      for (let m = 0; m < n; m++) sum += this.weights[i * n + m] * Number(a[m]);
      v[i] = sum / Math.sqrt(n);
    }
    return v;
  }

  /** Return v(t) = e^{−t/τ_v} v(0) + ξ a(t)/√N_h. */
  visibleAt(t: number, tauV: number, cue: ArrayLike<number>, a: ArrayLike<number>): Float64Array {
    const v = this.visibleState(a);
    const decay = Math.exp(-t / tauV);
    for (let i = 0; i < v.length; i++) v[i] += decay * cue[i];
    return v;
  }

  /**
   * Return the energy (N_h/2N_v)‖v‖² − s·u + θ·s, which never rises if weights are symmetric.
   *
   * With v = e^{−t/τ_v} v(0) + ξa/√N_h, the first term is (N_h/2N_v) decay² ‖v(0)‖² + decay u(0)·a + ½ aᵀJa.
   */
  energy(
    decay: number, norm: number, u0: Float64Array,
    { u, a, s }: { u: Float64Array; a: Float64Array; s: Float64Array }, theta: Float64Array,
  ): number {
    const n = this.nHidden;
    let sum = (n / (2 * this.nVisible)) * decay * decay * norm;
    for (let m = 0; m < n; m++) {
      sum += s[m] * (theta[m] - u[m]) + decay * u0[m] * a[m];
      if (a[m] !== 0) for (let k = 0; k < n; k++) sum += 0.5 * a[m] * a[k] * this.jt[m * n + k];
    }
    return sum;
  }
}

function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j];
  return out;
}
