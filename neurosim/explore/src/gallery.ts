/* Stored images as buttons, and memories by their active neurons. */

import { paint } from "./colours";
import { byId } from "./dom";
import type { Network } from "./network";

/** Fill the gallery with the stored images of a network. */
export function fillGallery(net: Network, top: number, choose: (index: number) => void): void {
  const gallery = byId("gallery");
  gallery.replaceChildren(
    ...net.images.map((image, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-label", nameOfImage(net, index));
      button.setAttribute("aria-pressed", "false");
      const picture = document.createElement("canvas");
      paint(picture, image, net.data.shape, top);
      button.append(picture);
      button.addEventListener("click", () => choose(index));
      return button;
    }),
  );
}

/** Return the name of a stored image, such as "image 3: 7". */
export function nameOfImage(net: Network, index: number): string {
  const label = net.data.labels[index];
  return `image ${index + 1}${label === undefined ? "" : `: ${label}`}`;
}

export function markChosen(index: number | null): void {
  byId("gallery").querySelectorAll("button").forEach((button, k) => {
    button.setAttribute("aria-pressed", String(k === index));
  });
}

/** Return the hidden neurons of a text such as "1, 4, 7-9", from 0; null if it names none or one that is not there. */
export function neuronsOf(text: string, nHidden: number): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const range = /^(\d+)(?:[-–](\d+))?$/.exec(part);
    if (!range) return null;
    const [low, high] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (low < 1 || high > nHidden || high < low) return null;
    for (let m = low; m <= high; m++) found.add(m - 1);
  }
  return [...found].sort((a, b) => a - b);
}
