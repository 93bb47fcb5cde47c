/**
 * Who is in which room.
 *
 * @module
 */

import { Presence, PubSub } from "@urvogel/realtime";

/** What the chat's processes say to each other. */
export const pubsub = new PubSub();

/** Everybody by name; a tab is a meta, about which there is nothing to say. */
export const people = new Presence<Record<never, never>>({ pubsub, name: "people" });
