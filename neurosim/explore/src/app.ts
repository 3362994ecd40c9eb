/* The state of the page: from the base of the cue through its damage to the recall, and its pictures. */

import { paint } from "./colours";
import { DAMAGES, Moved, SELECTS, SLIDERS, cells, damages, showValues } from "./controls";
import { Frame, damaged } from "./damage";
import { byId, canvas, input, milliseconds, select, valueOf } from "./dom";
import { Drawing, Pen } from "./editor";
import { fillGallery, markChosen, neuronsOf } from "./gallery";
import type { Network } from "./network";
import { TimePlots, hasOneThreshold, shareOf, timeOf } from "./plots";
import { Random } from "./random";
import { drawRing } from "./ring";
import { Run, rateRun, spikingRun } from "./run";
import type { Parameters } from "./state";
import { listed, resultOf } from "./texts";

const STEPS = 1000; // of the slider of time

export class App {
  net!: Network;
  base!: Float64Array;
  cue!: Float64Array;
  run!: Run;
  private moved!: Moved;
  private stored: boolean[][] = [];
  private storedKey = "";
  private seed = 1;
  private t = 0;
  private playing = 0;
  private pending = false;
  private readonly drawing: Drawing;
  private readonly plots = new TimePlots({
    potentials: canvas("potentials"), bits: canvas("bits"), energy: canvas("energy"),
  });

  constructor() {
    this.drawing = new Drawing(canvas("cue"), () => ({
      shape: this.net.data.shape, ink: this.top, values: this.base,
      pen: () => (document.querySelector('input[name="pen"]:checked') as HTMLInputElement).value as Pen,
      changed: () => { markChosen(null); this.update(); },
      say: (text) => { byId("spoken").textContent = text; },
    }));
    this.listen();
    new ResizeObserver(() => this.run && this.drawAll()).observe(byId("potentials"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      fillGallery(this.net, this.top, (index) => this.chooseImage(index));
      this.drawAll();
    });
  }

  /** Show another network. */
  show(net: Network): void {
    this.net = net;
    this.storedKey = "";
    this.moved = new Moved(net);
    const hasImages = net.images.length > 0;
    byId("about").textContent =
      `${net.data.about} ${net.nVisible} visible and ${net.nHidden} hidden neurons, ` +
      `${net.isSymmetric ? "symmetric weights" : "separate feedback"}.`;
    byId("stored").hidden = !hasImages;
    byId("memory").hidden = hasImages;
    byId("pen-negative").hidden = hasImages;
    byId("energy-figure").hidden = !net.isSymmetric;
    input("noise").max = hasImages ? "1" : "4";
    input("size").max = String(Math.min(...net.data.shape.slice(1)));
    input("size").value = "3";
    select("fill").querySelector<HTMLOptionElement>('[value="mean"]')!.disabled = !net.mean;
    if (!net.mean && select("fill").value === "mean") select("fill").value = "0";
    const [channels, rows, columns] = net.data.shape;
    byId("visible-caption").textContent = `Visible layer v${channels === 1 ? "; negative values orange" : ""}`;
    canvas("cue").setAttribute("aria-label", `Cue, ${rows} rows and ${columns} columns`);
    this.repair();
    input("occluded").value = "0.5"; // something to complete
    select("part").value = "lower";
    if (!hasImages) input("noise").value = "1";
    fillGallery(net, this.top, (index) => this.chooseImage(index));
    if (hasImages) this.chooseImage(0);
    else this.chooseRandomMemory();
  }

  /** The value that is drawn as full ink. */
  private get top(): number {
    if (this.net.images.length) return 1;
    const squares = this.net.weights.reduce((sum, w) => sum + w * w, 0) / this.net.weights.length;
    return 2 * Math.sqrt(squares / 2);
  }

  chooseImage(index: number): void {
    this.base = this.net.images[index].slice();
    this.update();
    markChosen(index);
  }

  private chooseRandomMemory(): void {
    const rng = new Random(++this.seed + Math.floor(performance.now()));
    const active = Array.from({ length: this.net.nHidden }, () => rng.uniform() < 0.5);
    input("neurons").value = listed(active).replace("none", "");
    this.chooseMemory();
  }

  /** Take the memory whose active neurons the text names. */
  private chooseMemory(): void {
    const field = input("neurons");
    const neurons = neuronsOf(field.value, this.net.nHidden);
    field.setAttribute("aria-invalid", String(neurons === null));
    field.setCustomValidity(neurons === null ? `Give numbers from 1 to ${this.net.nHidden}, such as 1, 4, 7-9.` : "");
    if (neurons === null) {
      field.reportValidity();
      return;
    }
    const s = new Float64Array(this.net.nHidden);
    for (const m of neurons) s[m] = 1;
    this.base = this.net.visibleState(s);
    this.update();
  }

  private repair(): void {
    for (const id of DAMAGES) input(id).value = "0";
  }

  private listen(): void {
    for (const id of SLIDERS) {
      input(id).addEventListener("input", () => {
        if (id === "ratio") this.moved.ratioMoved();
        this.update();
      });
    }
    for (const id of SELECTS) select(id).addEventListener("change", () => this.update());
    const click = (id: string, action: () => void) =>
      byId(id).addEventListener("click", () => { action(); this.update(); });
    click("clear", () => { this.base.fill(0); markChosen(null); });
    click("again", () => this.seed++);
    click("repair", () => this.repair());
    click("reset", () => this.moved.reset());
    click("random-memory", () => this.chooseRandomMemory());
    input("neurons").addEventListener("change", () => this.chooseMemory());
    byId("play").addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    input("time").addEventListener("input", () => {
      this.pause();
      this.t = timeOf(valueOf("time") / STEPS, this.run.window);
      this.drawMoment();
    });
    byId("crossings").addEventListener("toggle", () => this.fillTable());
  }

  /** Recall again in the next frame, however many controls have changed until then. */
  private update(): void {
    this.pause();
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.recall();
    });
  }

  /** Damage the cue, recall it, and show the end. */
  private recall(): void {
    const { net } = this;
    const frame: Frame = { shape: net.data.shape, mean: net.mean };
    const p = this.moved.parameters();
    const spiking = cells(this.seed);
    const recalled = (cue: Float64Array) =>
      spiking ? spikingRun(net, p, cue, spiking) : rateRun(net, p, cue);
    this.cue = damaged(this.base, damages(), this.seed, frame);
    this.run = recalled(this.cue);
    const intact = rateRun(net, p, this.base).active;
    this.recallStored(p);
    this.t = this.run.window;
    showValues(net, this.moved);
    byId("cells").hidden = !spiking;
    byId("result").textContent = resultOf(net, this.run, { intact, base: this.base, stored: this.stored });
    this.drawAll();
  }

  /** Recall the stored images, unless neither network nor parameters have changed. */
  private recallStored(p: Parameters): void {
    const key = [p.tauV, ...p.theta].join();
    if (key === this.storedKey) return;
    this.storedKey = key;
    this.stored = this.net.images.map((image) => rateRun(this.net, p, image).active);
  }

  private drawAll(): void {
    const { run, net } = this;
    const spiking = run.spikes !== null;
    const hasEnergy = run.energy !== null;
    byId("energy-figure").hidden = !hasEnergy;
    byId("h-caption").textContent = hasOneThreshold(run.parameters.theta)
      ? "Potentials h of the hidden neurons against θ (dashed); coloured: active in the end"
      : "Potentials h of the hidden neurons, less their thresholds θ; coloured: active in the end";
    byId("bits-caption").textContent = spiking
      ? "Spikes of the cells of each hidden neuron μ"
      : "Bits: when each hidden neuron μ is active";
    byId("ring-caption").textContent = spiking
      ? "Hidden neurons: filled by the filtered spike train, ringed above ½"
      : "Hidden neurons: filled as h nears θ, ringed while active";
    paint(canvas("cue"), this.cue, net.data.shape, this.top);
    this.drawing.mark();
    this.plots.draw(run);
    const count = run.crossings.length;
    canvas("potentials").setAttribute(
      "aria-label", `Potentials of ${run.active.length} hidden neurons in ${milliseconds(run.window)}; ${count} crossings of θ`,
    );
    canvas("bits").setAttribute(
      "aria-label", spiking ? `Raster of ${run.spikes!.times.length} spikes` : `Active in the end: ${listed(run.active)}`,
    );
    if (run.energy) {
      const [first, last] = [run.energy(0), run.energy(run.window)];
      canvas("energy").setAttribute("aria-label", `Energy falls from ${first.toFixed(2)} to ${last.toFixed(2)}`);
    }
    this.fillTable();
    this.drawMoment();
  }

  /** Draw both layers at the present time. */
  private drawMoment(): void {
    const { run, net, t } = this;
    const sample = run.at(t);
    const visible = net.visibleAt(t, run.parameters.tauV, this.cue, sample.a);
    paint(canvas("visible"), visible, net.data.shape, this.top);
    drawRing(canvas("ring"), sample, run.parameters.theta, run.spikes !== null);
    const on = Array.from(sample.s, (s) => s > 0.5);
    canvas("visible").setAttribute("aria-label", `Visible layer after ${milliseconds(t)}`);
    canvas("ring").setAttribute("aria-label", `Hidden neurons active after ${milliseconds(t)}: ${listed(on)}`);
    this.plots.mark(t);
    input("time").value = String(Math.round(shareOf(t, run.window) * STEPS));
    input("time").setAttribute("aria-valuetext", milliseconds(t));
    byId("clock").textContent = milliseconds(t);
  }

  private play(): void {
    if (this.t >= this.run.window * (1 - 1e-9)) this.t = 0;
    byId("play").textContent = "Pause";
    const { window } = this.run;
    let share = shareOf(this.t, window);
    let before = performance.now();
    const frame = (now: number) => {
      share = Math.min(1, share + (now - before) / (1e3 * valueOf("speed")));
      before = now;
      this.t = timeOf(share, window);
      this.drawMoment();
      if (share < 1) this.playing = requestAnimationFrame(frame);
      else this.pause();
    };
    this.playing = requestAnimationFrame(frame);
  }

  private pause(): void {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    byId("play").textContent = "Play";
  }

  private fillTable(): void {
    const details = byId<HTMLDetailsElement>("crossings");
    if (!details.open) return;
    const rows = this.run.crossings.slice(0, 500).map(({ time, neuron, on }) => {
      const row = document.createElement("tr");
      for (const text of [(1e3 * time).toFixed(3), String(neuron + 1), on ? "active" : "silent"]) {
        row.insertCell().textContent = text;
      }
      return row;
    });
    details.querySelector("tbody")!.replaceChildren(...rows);
  }
}
