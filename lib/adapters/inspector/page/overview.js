/**
 * The first thing to look at: numbers, charts, and what needs attention.
 *
 * @module
 */

import { chart } from "./chart.js";
import { el, facts, table } from "./dom.js";
import { renderAttention } from "./attention.js";
import { ago, count, duration, size } from "./format.js";
import { linkTo } from "./route.js";

const CARDS = [
  ["Connections", "connections", count],
  ["Joined topics", "channels", count],
  ["Topics", "topics", count],
  ["Messages in, per second", "received", count],
  ["Messages out, per second", "sent", count],
  ["Bytes in, per second", "receivedBytes", size],
  ["Bytes out, per second", "sentBytes", size],
  ["Event loop delay", "loopDelayMs", duration],
  ["Memory", "memoryBytes", size],
  ["Messages in mailboxes", "mailboxBacklog", count],
  ["Bytes that wait for clients", "bytesWaiting", size],
  ["Limits hit, per second", "limits", count],
];
/** What `debug.losses()` counts. */
const LOSSES = {
  bus_gap: "Messages of other nodes that did not arrive here",
  bus_unconfirmed: "Broadcasts of this node that may not have arrived on others",
  bus_refused: "Broadcasts that the bus did not carry",
  bus_malformed: "Messages that no node of this version sends",
  history_unpublished: "Broadcasts that were not kept",
  history_unnumbered: "Broadcasts of a node that does not know that their topic has history",
  history_reset: "Histories that began anew",
  presence_unsent: "Entries of presences that are too large for the bus",
};
const KEPT_SAMPLES = 300;

/** Collects the samples of a node, of which the server sends only new ones. */
export class Samples {
  #list = [];

  /** Adds what came, and returns all. */
  add(samples) {
    const latest = this.#list.at(-1)?.time ?? 0;
    this.#list.push(...samples.filter(({ time }) => time > latest));
    this.#list = this.#list.slice(-KEPT_SAMPLES);
    return this.#list;
  }
}

/** Shows the overview. */
export function renderOverview(data, samples) {
  return [
    el("h2", {}, `Overview of ${data.node}`),
    renderAttention(data.attention) ?? el("p", { class: "good" }, "Nothing needs attention."),
    el("ul", { class: "cards" }, CARDS.map((card) => renderCard(card, samples))),
    el("h3", {}, "This node"),
    facts([
      ["Bus", data.bus === "down" ? el("span", { class: "bad" }, "down") : data.bus],
      ["Processes", count(data.processes)],
      ["Longest mailbox", count(data.longestMailbox)],
      ["Crashes since the start", el("a", { href: linkTo("crashes") }, count(data.crashes))],
      ["Topics with history", count(data.historyStreams)],
      ["History", data.historyBytes === undefined ? undefined : size(data.historyBytes)],
      ["Shuts down", data.isDraining ? el("span", { class: "bad" }, "yes") : "no"],
    ]),
    el("h3", {}, "Connections by socket"),
    table(
      "Connections by socket",
      [
        { title: "Socket", cell: ({ socket }) => socket },
        { title: "Transport", cell: ({ transport }) => transport },
        { title: "Open", kind: "number", cell: (group) => count(group.count) },
      ],
      data.connections.filter((group) => group.count > 0),
      { empty: "No client is connected." },
    ),
    el("h3", {}, "Limits that clients have reached"),
    table(
      "Limits that clients have reached",
      [
        { title: "Limit", cell: ({ limit }) => limit },
        { title: "How often", kind: "number", cell: (limit) => count(limit.count) },
        { title: "Latest", cell: ({ latest }) => ago(latest) },
      ],
      data.limits,
      { empty: "None since the program started." },
    ),
    el("h3", {}, "Lost between nodes"),
    table(
      "Lost between nodes",
      [
        { title: "What", cell: ({ kind }) => LOSSES[kind] ?? kind },
        { title: "How many", kind: "number", cell: (loss) => count(loss.count) },
        { title: "Latest", cell: ({ latest }) => ago(latest) },
      ],
      data.losses,
      { empty: "Nothing since the program started." },
    ),
  ];
}

function renderCard([title, key, format], samples) {
  const numbers = samples.map((sample) => sample[key]);
  const value = numbers.length > 0 ? format(numbers.at(-1)) : "–";
  const most = numbers.length > 0 ? format(Math.max(...numbers)) : "–";
  return el(
    "li",
    { class: "card" },
    el("h3", {}, title),
    el("p", { class: "value" }, value),
    chart(numbers, `${title} in the last minutes: ${value} now, ${most} at most`),
    el("p", { class: "soft" }, `at most ${most}`),
  );
}
