/**
 * One message to many clients: what the fastlane costs.
 *
 * @module
 */

import { ONE_THREAD_NAMES } from "../contestants.ts";
import type { Group } from "../group.ts";
import { contestGroup } from "./contest_group.ts";

/** Broadcasts to one topic. Those of one sender come in one packet, which flatters servers that collect them. */
export const broadcast: Group = contestGroup({
  name: "broadcast",
  title: "Broadcast: deliveries per server-CPU-second",
  contestants: ONE_THREAD_NAMES,
  contests: [
    {
      what: "1,000 subscribers, 1 in flight",
      plan: { load: "broadcasts", clients: 1000, inFlight: 1, senders: 1, watched: "some" },
    },
    {
      what: "1,000 subscribers, 16 in flight, 1 sender",
      plan: { load: "broadcasts", clients: 1000, inFlight: 16, senders: 1, watched: "some" },
    },
    {
      what: "1,000 subscribers, 16 in flight, 16 senders",
      plan: { load: "broadcasts", clients: 1000, inFlight: 16, senders: 16, watched: "some" },
    },
  ],
});
