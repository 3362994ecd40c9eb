/* Damage to cues, after neurosim/damage.py: the same kinds, rules of rounding and order. */

import { Random } from "./random";

export type Fill = number | "mean" | "random";
export const PARTS = ["lower", "upper", "left", "right"] as const;

export interface Damage {
  kind: "noise" | "missing" | "occluded" | "blocks" | "flipped";
  std?: number;
  fraction?: number;
  fill?: Fill;
  part?: (typeof PARTS)[number];
  size?: number;
  count?: number;
}

export interface Frame {
  shape: [number, number, number]; // channels, rows, columns
  mean: ArrayLike<number> | null;
}

/** Return a damaged copy of a cue. */
export function damaged(cue: Float64Array, damages: Damage[], seed: number, frame: Frame): Float64Array {
  let values: Float64Array = cue.slice();
  damages.forEach((one, index) => {
    values = KINDS[one.kind](values, one, new Random(seed * 1000 + index), frame);
  });
  return values;
}

const KINDS: Record<Damage["kind"], (v: Float64Array, d: Damage, rng: Random, frame: Frame) => Float64Array> = {
  noise: (values, { std = 0 }, rng) => values.map((value) => value + std * rng.normal()),
  missing(values, { fraction = 0, fill = 0 }, rng, frame) {
    return filled(values, new Set(rng.choose(values.length, halfEven(fraction * values.length))), fill, rng, frame);
  },
  occluded(values, { part = "lower", fraction = 0.5, fill = 0 }, rng, frame) {
    const [, rows, columns] = frame.shape;
    const depth = Math.ceil((part === "lower" || part === "upper" ? rows : columns) * fraction - 1e-6);
    const distance = { // from the side
      lower: (row: number, _: number) => rows - 1 - row,
      upper: (row: number, _: number) => row,
      left: (_: number, column: number) => column,
      right: (_: number, column: number) => columns - 1 - column,
    }[part];
    return filled(values, inAllChannels(frame, (row, column) => distance(row, column) < depth), fill, rng, frame);
  },
  blocks(values, { size = 1, count = 1, fill = 0 }, rng, frame) {
    const [, rows, columns] = frame.shape;
    const edge = Math.min(size, rows, columns);
    const corners = Array.from({ length: count }, () => [rng.below(rows - edge + 1), rng.below(columns - edge + 1)]);
    const inside = (row: number, column: number) =>
      corners.some(([top, left]) => row >= top && row < top + edge && column >= left && column < left + edge);
    return filled(values, inAllChannels(frame, inside), fill, rng, frame);
  },
  flipped(values, { fraction = 0 }, rng) {
    for (const i of rng.choose(values.length, halfEven(fraction * values.length))) values[i] = -values[i];
    return values;
  },
};

/** Round as Python does: halves to even numbers. */
export function halfEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

function inAllChannels(frame: Frame, isMissing: (row: number, column: number) => boolean): Set<number> {
  const [channels, rows, columns] = frame.shape;
  const missing = new Set<number>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isMissing(row, column)) continue;
      for (let channel = 0; channel < channels; channel++) missing.add((channel * rows + row) * columns + column);
    }
  }
  return missing;
}

function filled(values: Float64Array, missing: Set<number>, fill: Fill, rng: Random, frame: Frame): Float64Array {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  for (const i of missing) {
    if (fill === "mean") values[i] = frame.mean ? frame.mean[i] : 0;
    else values[i] = fill === "random" ? low + (high - low) * rng.uniform() : fill;
  }
  return values;
}
