/**
 * One message to many clients: what the fastlane costs.
 *
 * @module
 */

import type { Group } from "../group.ts";
import { contestGroup } from "./contest_group.ts";

/** Broadcasts to one topic. */
export const broadcast: Group = contestGroup("broadcast", "Broadcast: deliveries per server-CPU-second", [
  { what: "1,000 subscribers", plan: { load: "broadcasts", clients: 1000 }, target: ">= 0.95" },
  { what: "10,000 subscribers", plan: { load: "broadcasts", clients: 10_000 }, target: ">= 0.95" },
]);
