/* The settings of the page, read from its controls. */

import type { Damage, Fill } from "./damage";
import { digits, input, select, showValue, valueOf } from "./dom";
import type { Network } from "./network";
import { hasOneThreshold } from "./plots";
import type { Cells } from "./spiking";

export const DAMAGES = ["noise", "missing", "occluded", "blocks", "flipped"];
export const SLIDERS = [...DAMAGES, "size", "theta", "ratio", "speed", "n-cells", "membrane"];
export const SELECTS = ["part", "fill", "model"];

/** Return the damages that do something, in the order of the page. */
export function damages(): Damage[] {
  const text = select("fill").value;
  const fill: Fill = text === "0" ? 0 : (text as Fill);
  const all: [number, Damage][] = [
    [valueOf("noise"), { kind: "noise", std: valueOf("noise") }],
    [valueOf("missing"), { kind: "missing", fraction: valueOf("missing"), fill }],
    [
      valueOf("occluded"),
      { kind: "occluded", fraction: valueOf("occluded"), part: select("part").value as Damage["part"], fill },
    ],
    [valueOf("blocks"), { kind: "blocks", count: valueOf("blocks"), size: valueOf("size"), fill }],
    [valueOf("flipped"), { kind: "flipped", fraction: valueOf("flipped") }],
  ];
  return all.filter(([strength]) => strength > 0).map(([, one]) => one);
}

/** Return the spiking cells, or null for threshold units. */
export function cells(seed: number): Cells | null {
  const kind = select("model").value;
  if (kind === "rate") return null;
  return { kind: kind as Cells["kind"], nCells: valueOf("n-cells"), noise: valueOf("membrane"), seed };
}

/** θ and τ_v as the sliders have moved them; untouched, they are exactly those of the network. */
export class Moved {
  tauV: number;

  constructor(private readonly net: Network) {
    this.tauV = net.data.tauV;
    this.reset();
  }

  get meanTauH(): number {
    return this.net.tauH.reduce((sum, tau) => sum + tau, 0) / this.net.tauH.length;
  }

  reset(): void {
    this.tauV = this.net.data.tauV;
    input("theta").value = "0";
    input("ratio").value = String(Math.log10(this.tauV / this.meanTauH));
  }

  /** Take τ_v from the slider of τ_v/τ_h. */
  ratioMoved(): void {
    this.tauV = this.meanTauH * Number((10 ** valueOf("ratio")).toPrecision(3));
  }

  parameters() {
    return this.net.parameters(valueOf("theta"), this.tauV);
  }
}

/** Show the values of all sliders. */
export function showValues(net: Network, moved: Moved): void {
  const percent = (id: string) => showValue(id, `${Math.round(100 * valueOf(id))} %`);
  for (const id of ["missing", "occluded", "flipped"]) percent(id);
  showValue("noise", digits(valueOf("noise")));
  showValue("blocks", String(valueOf("blocks")));
  showValue("size", `${valueOf("size")} px`);
  showValue("n-cells", String(valueOf("n-cells")));
  showValue("membrane", digits(valueOf("membrane")));
  showValue("speed", `${valueOf("speed")} s`);
  showValue("ratio", digits(moved.tauV / moved.meanTauH));
  const shift = valueOf("theta");
  const signed = `${shift < 0 ? "−" : "+"}${Math.abs(shift).toFixed(2)}`;
  showValue("theta", hasOneThreshold(net.threshold) ? (net.threshold[0] + shift).toFixed(2) : `θ ${signed}`);
}
