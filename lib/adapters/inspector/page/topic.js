/**
 * One topic, followed live.
 *
 * @module
 */

import { el, table } from "./dom.js";
import { clock, data } from "./format.js";
import { linkTo } from "./route.js";

const KEPT_EVENTS = 200;
const KINDS = { join: "join", in: "from a client", push: "to one client", reply: "reply", broadcast: "broadcast" };

const COLUMNS = [
  { title: "Time", cell: ({ time }) => clock(time) },
  { title: "Kind", cell: ({ kind }) => KINDS[kind] ?? kind },
  { title: "Event", cell: ({ event }) => event },
  { title: "Details", kind: "wide", cell: ({ details }) => el("pre", {}, data(details)) },
];

/** Collects the events of a topic, of which the server sends only new ones. */
export class Events {
  #list = [];

  /** Adds what came, and returns all, the latest first. */
  add(events) {
    if (events.length > 0) this.#list = [...events.toReversed(), ...this.#list].slice(0, KEPT_EVENTS);
    return this.#list;
  }
}

/** Shows a topic. */
export function renderTopic({ topic }, events) {
  return [
    el("h2", {}, `Topic ${topic}`),
    el(
      "p",
      {},
      el("a", { href: linkTo("sockets", { search: topic }) }, "Its members"),
      " · what happens in it on this node, live:",
    ),
    table("Events", COLUMNS, events, "Nothing has happened since you look."),
  ];
}
