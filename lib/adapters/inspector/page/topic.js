/**
 * One topic, followed live.
 *
 * @module
 */

import { el, table } from "./dom.js";
import { renderAttention } from "./attention.js";
import { cellData, clock, duration } from "./format.js";
import { linkTo } from "./route.js";

const KEPT_EVENTS = 200;
const KINDS = { join: "join", in: "from a client", push: "to one client", reply: "reply", broadcast: "broadcast" };

const COLUMNS = [
  { title: "Time", cell: ({ time }) => clock(time) },
  { title: "Kind", cell: ({ kind }) => KINDS[kind] ?? kind },
  { title: "Event", cell: ({ event }) => event },
  {
    title: "Took",
    kind: "number",
    cell: ({ details: { durationMs } }) => durationMs === undefined ? "–" : duration(durationMs),
  },
  { title: "Details", kind: "wide", cell: ({ details }) => cellData("Details", details) },
];

/** The numbers begin again when nobody has followed the topic for a while. */
function keyOf({ number, time }) {
  return `${number} ${time}`;
}

/** Collects the events of a topic, of which the server sends only new ones. */
export class Events {
  #list = [];

  /** Adds what came, and returns all, the latest first. After a lost connection some come again. */
  add(events) {
    const known = new Set(this.#list.map(keyOf));
    const added = events.filter((event) => !known.has(keyOf(event)));
    if (added.length > 0) this.#list = [...added.toReversed(), ...this.#list].slice(0, KEPT_EVENTS);
    return this.#list;
  }
}

/** Shows a topic. */
export function renderTopic({ topic, attention }, events) {
  return [
    el("h2", {}, `Topic ${topic}`),
    renderAttention(attention, "What slows it on this node"),
    el(
      "p",
      {},
      el("a", { href: linkTo("sockets", { search: topic }) }, "Its members"),
      " · what happens in it on this node, live:",
    ),
    table("Events", COLUMNS, events, {
      empty: "Nothing has happened since you look.",
      keyOf,
    }),
  ];
}
