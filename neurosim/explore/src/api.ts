/* What the page offers to the tests, as `neurosimExplore`. */

import { damaged } from "./damage";
import { Network, unpack } from "./network";
import { recall, sampleAt } from "./recall";
import { recallSpiking } from "./spiking";

export function expose(networks: Network[]): void {
  Object.assign(globalThis, { neurosimExplore: { networks, Network, unpack, recall, sampleAt, recallSpiking, damaged } });
}
