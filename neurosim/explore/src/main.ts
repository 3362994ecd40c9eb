/* The program of the page. */

import { expose } from "./api";
import { App } from "./app";
import { byId, select } from "./dom";
import { Network, NetworkData } from "./network";

const data = JSON.parse(byId("data").textContent ?? "[]") as NetworkData[];
const networks = data.map((one) => new Network(one));
const app = new App();
if (networks.length > 1) select("network").addEventListener("change", (event) => {
  app.show(networks[Number((event.target as HTMLSelectElement).value)]);
});
app.show(networks[0]);
expose(networks, app);
