/* The program of the page. */

import { expose } from "./api";
import { Network, NetworkData } from "./network";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "[]") as NetworkData[];
const networks = data.map((one) => new Network(one));
expose(networks);
