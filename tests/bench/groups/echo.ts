/**
 * One client, one channel: what a message costs on its way in and its reply on its way out.
 *
 * @module
 */

import { PLAIN_NAMES } from "../contestants.ts";
import type { Group } from "../group.ts";
import { contestGroup } from "./contest_group.ts";

/** Echoes over a channel. */
export const echo: Group = contestGroup({
  name: "echo",
  title: "Echo over a channel: messages per server-CPU-second",
  contestants: PLAIN_NAMES,
  contests: [
    {
      what: "100 clients, 1 message in flight each",
      plan: { load: "echoes", clients: 100, inFlight: 1 },
    },
    {
      what: "100 clients, 16 messages in flight each",
      plan: { load: "echoes", clients: 100, inFlight: 16 },
    },
  ],
});
