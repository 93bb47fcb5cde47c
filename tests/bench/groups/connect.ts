/**
 * What it costs when everybody comes at once, after a restart of the server.
 *
 * @module
 */

import type { Group } from "../group.ts";
import { contestGroup } from "./contest_group.ts";

/** Arrivals and joins. */
export const connect: Group = contestGroup({
  name: "connect",
  title: "Coming and going: per server-CPU-second",
  contestants: ["floor", "urvogel"],
  contests: [
    { what: "connect and join, as a browser", plan: { load: "connects", most: 8000 }, target: ">= 0.85" },
    { what: "join and leave, on an open connection", plan: { load: "joins", clients: 100 }, target: "-" },
  ],
});
