/* What the page offers to the tests, as `neurosimExplore`. */

import type { App } from "./app";
import { damaged } from "./damage";
import { Network, unpack } from "./network";
import { recall, sampleAt } from "./recall";
import { recallSpiking } from "./spiking";

export function expose(networks: Network[], app: App): void {
  Object.assign(globalThis, { neurosimExplore: { app, networks, Network, unpack, recall, sampleAt, recallSpiking, damaged } });
}
