/* Drawing on the cue with mouse, finger or keyboard. */

import { palette } from "./colours";

export type Pen = "draw" | "negative" | "erase";

export interface Editor {
  shape: [number, number, number];
  /** The value of a full stroke. */
  ink: number;
  values: Float64Array;
  pen: () => Pen;
  changed: () => void;
  say: (text: string) => void;
}

/** The pixel of the keyboard, shown while the canvas has the focus. */
export class Drawing {
  private row = 0;
  private column = 0;
  private last: [number, number] | null = null;

  constructor(private readonly target: HTMLCanvasElement, private readonly editor: () => Editor) {
    target.addEventListener("pointerdown", (event) => {
      target.setPointerCapture(event.pointerId);
      this.last = null;
      this.stroke(event);
    });
    target.addEventListener("pointermove", (event) => {
      if (target.hasPointerCapture(event.pointerId)) this.stroke(event);
    });
    target.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) target.addEventListener(name, () => this.editor().changed());
  }

  /** Mark the pixel of the keyboard. */
  mark(): void {
    if (document.activeElement !== this.target || !this.target.matches(":focus-visible")) return;
    const context = this.target.getContext("2d")!;
    context.fillStyle = palette().accent;
    context.globalAlpha = 0.7;
    context.fillRect(this.column, this.row, 1, 1);
    context.globalAlpha = 1;
  }

  private stroke(event: PointerEvent): void {
    const box = this.target.getBoundingClientRect();
    const [, rows, columns] = this.editor().shape;
    const x = ((event.clientX - box.left) / box.width) * columns;
    const y = ((event.clientY - box.top) / box.height) * rows;
    const [fromX, fromY] = this.last ?? [x, y];
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(x - fromX, y - fromY)));
    for (let k = 1; k <= steps; k++) this.dab(fromX + ((x - fromX) * k) / steps, fromY + ((y - fromY) * k) / steps);
    this.last = [x, y];
    event.preventDefault();
    this.editor().changed();
  }

  /** Put a soft round dab at a place in units of pixels. */
  private dab(x: number, y: number): void {
    const [, rows, columns] = this.editor().shape;
    const radius = Math.max(0.35, 0.032 * Math.min(rows, columns));
    for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row++) {
      for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column++) {
        const strength = Math.min(1, radius + 0.75 - Math.hypot(column + 0.5 - x, row + 0.5 - y));
        if (strength > 0 && row >= 0 && row < rows && column >= 0 && column < columns) this.put(row, column, strength);
      }
    }
  }

  private put(row: number, column: number, strength: number): void {
    const { shape: [channels, rows, columns], values, ink, pen } = this.editor();
    for (let channel = 0; channel < channels; channel++) {
      const i = (channel * rows + row) * columns + column;
      if (pen() === "erase") values[i] *= 1 - strength;
      else if (pen() === "negative") values[i] = Math.min(values[i], -strength * ink);
      else values[i] = Math.max(values[i], strength * ink);
    }
  }

  private key(event: KeyboardEvent): void {
    const { shape: [channels, rows, columns], values, pen } = this.editor();
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
    };
    if (event.key in moves) {
      const [down, right] = moves[event.key];
      this.row = Math.max(0, Math.min(rows - 1, this.row + down));
      this.column = Math.max(0, Math.min(columns - 1, this.column + right));
    } else if (event.key === " ") {
      this.put(this.row, this.column, 1);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      for (let channel = 0; channel < channels; channel++) {
        values[(channel * rows + this.row) * columns + this.column] = 0;
      }
    } else {
      return;
    }
    event.preventDefault();
    const value = values[this.row * columns + this.column] ?? 0; // the last row may not be full
    const did = event.key === " " ? `${pen()}: ` : "";
    this.editor().say(`${did}row ${this.row + 1}, column ${this.column + 1}, value ${value.toFixed(2)}`);
    this.editor().changed();
  }
}
