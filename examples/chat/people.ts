/**
 * Lists the people of each room.
 *
 * @module
 */

import { Presence, PubSub } from "@urvogel/realtime";

/** What the chat's processes say to each other. With an adapter it would be on several servers: `examples/cluster`. */
export const pubsub = new PubSub();

/** Everybody by name; a tab is a meta, about which there is nothing to say. */
export const people = new Presence<Record<never, never>>({ pubsub, name: "people" });
