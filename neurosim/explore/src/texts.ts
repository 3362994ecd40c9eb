/* What the page says about a recall. */

import { digits, milliseconds } from "./dom";
import { nameOfImage } from "./gallery";
import type { Network } from "./network";
import type { Run } from "./run";

const OUTCOMES: Record<string, string> = {
  settled: "Settled",
  unsettled: "Not settled: neurons still changed in the second half",
  sliding: "Settled, with neurons held at their thresholds",
  timed_out: "Not settled within the simulated time",
  cycling: "Cycles: it never settles",
  non_finite: "The state overflowed",
};

export interface Comparison {
  /** Hidden bits of the recall from the undamaged cue. */
  intact: boolean[];
  base: Float64Array;
  /** Final bits of each stored image. */
  stored: boolean[][];
}

/** Return the neurons that are on, from 1. */
export function listed(active: boolean[]): string {
  const on = active.flatMap((one, m) => (one ? [m + 1] : []));
  return on.length ? on.join(", ") : "none";
}

function same(a: boolean[], b: boolean[]): number {
  return a.filter((one, m) => one === b[m]).length;
}

function squaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** Return the sentences below the pictures. */
export function resultOf(net: Network, run: Run, { intact, base, stored }: Comparison): string {
  const n = run.active.length;
  const last = run.crossings.length ? run.crossings[run.crossings.length - 1].time : 0;
  const what = run.spikes ? `${run.spikes.times.length.toLocaleString("en")} spikes` : `${run.crossings.length.toLocaleString("en")} crossings`;
  const when = last > 0 ? `, the last change after ${milliseconds(last)}` : "";
  const sentences = [`${OUTCOMES[run.outcome]}: ${what}${when}.`];
  if (run.marginal) sentences.push("Rounding may have decided this recall.");
  const agree = same(run.active, intact);
  sentences.push(
    agree === n
      ? `All ${n} hidden neurons end as from the undamaged cue.`
      : `${agree} of ${n} hidden neurons end as from the undamaged cue.`,
  );
  const recalled = net.visibleState(run.active.map(Number));
  const before = squaredError(run.cue, base);
  sentences.push(
    `Squared error to the undamaged cue: ${digits(before)} before, ${digits(squaredError(recalled, base))} after.`,
  );
  const index = stored.findIndex((bits) => same(bits, run.active) === n);
  if (index >= 0) sentences.push(`This is the memory of stored ${nameOfImage(net, index)}.`);
  else if (n <= 24) sentences.push(`Active in the end: ${listed(run.active)}.`);
  return sentences.join(" ");
}
