/**
 * Lists the people of each room.
 *
 * @module
 */

import process from "node:process";
import { Presence, PubSub } from "@urvogel/realtime";
import { adapterOf } from "./bus.ts";

/** What the chat's processes say to each other, on all servers if `ADAPTER` names what connects them. */
export const pubsub = new PubSub({ adapter: await adapterOf(process.env.ADAPTER) });
await pubsub.ready;

/** Everybody by name; a tab is a meta, about which there is nothing to say. */
export const people = new Presence<Record<never, never>>({ pubsub, name: "people" });
