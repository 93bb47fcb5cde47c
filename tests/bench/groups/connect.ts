/**
 * What it costs when everybody comes at once, after a restart of the server.
 *
 * @module
 */

import { PLAIN_NAMES } from "../contestants.ts";
import type { Group } from "../group.ts";
import { contestGroup } from "./contest_group.ts";

/** Arrivals and joins. */
export const connect: Group = contestGroup({
  name: "connect",
  title: "Coming and going: per server-CPU-second",
  contestants: PLAIN_NAMES,
  contests: [
    { what: "connect and join, as a browser", plan: { load: "connects", most: 8000 } },
    { what: "join and leave, on an open connection", plan: { load: "joins", clients: 100 } },
  ],
});
