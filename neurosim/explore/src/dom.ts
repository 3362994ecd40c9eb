/* Elements of the page, and texts of numbers. */

export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found as T;
}

export function input(id: string): HTMLInputElement {
  return byId<HTMLInputElement>(id);
}

export function select(id: string): HTMLSelectElement {
  return byId<HTMLSelectElement>(id);
}

export function canvas(id: string): HTMLCanvasElement {
  return byId<HTMLCanvasElement>(id);
}

/** Return the value of a slider. */
export function valueOf(id: string): number {
  return Number(input(id).value);
}

/** Show the value of a slider beside it and to a screen reader. */
export function showValue(id: string, text: string): void {
  const output = document.querySelector(`output[for="${id}"]`);
  if (output) output.textContent = text;
  input(id).setAttribute("aria-valuetext", text);
}

/** Return a number with three digits, such as 0.052 or 12.3. */
export function digits(value: number, count = 3): string {
  if (value === 0) return "0";
  return String(Number(value.toPrecision(count)));
}

export function milliseconds(seconds: number): string {
  return `${(1e3 * seconds).toFixed(seconds < 0.01 ? 2 : 1)} ms`;
}
