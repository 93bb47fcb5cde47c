/**
 * Lists the people of each room.
 *
 * @module
 */

import { Presence, PubSub } from "@urvogel/realtime";

/** What the chat's processes say to each other. With an adapter it would be on several servers: `examples/cluster`. */
export const pubsub = new PubSub();

/** Everybody by id. Each tab is a meta, with the name that it was opened with. */
export const people = new Presence<{ name: string }>({ pubsub, name: "people" });
