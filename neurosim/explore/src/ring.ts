/* The hidden neurons on a ring. */

import { palette, sharp } from "./colours";
import type { Sample } from "./run";

/** Draw each neuron as a disc: filled by h/θ, and with a thick edge by its activity s. */
export function drawRing(target: HTMLCanvasElement, sample: Sample, theta: Float64Array, spiking: boolean): void {
  target.style.aspectRatio = "1";
  const { context, width, height } = sharp(target);
  const n = theta.length;
  const colours = palette();
  const radius = Math.min(width, height) / 2;
  const size = Math.max(1.5, Math.min(14, (0.8 * Math.PI * radius) / (n + Math.PI)));
  const ring = radius - size - 3;
  context.clearRect(0, 0, width, height);
  for (let m = 0; m < n; m++) {
    const angle = (2 * Math.PI * m) / n - Math.PI / 2;
    const [x, y] = [width / 2 + ring * Math.cos(angle), height / 2 + ring * Math.sin(angle)];
    const level = spiking ? sample.s[m] : sample.h[m] / (Math.abs(theta[m]) || 1);
    const on = spiking ? sample.s[m] > 0.5 : sample.s[m] > 0.5;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.fillStyle = on ? colours.accent : colours.muted;
    context.globalAlpha = on ? 1 : Math.max(0, Math.min(0.6, 0.6 * level));
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = on ? colours.ink : colours.muted;
    context.lineWidth = on ? Math.min(2.5, size / 2) : 1;
    context.stroke();
    if (size > 8) {
      context.fillStyle = on ? colours.paper : colours.ink;
      context.font = `${Math.round(size)}px system-ui, sans-serif`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(String(m + 1), x, y + 0.5);
    }
  }
  context.fillStyle = colours.ink;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = "14px system-ui, sans-serif";
  const count = Array.from(sample.s).filter((s) => s > 0.5).length;
  context.fillText(`${count} of ${n} active`, width / 2, height / 2);
}
