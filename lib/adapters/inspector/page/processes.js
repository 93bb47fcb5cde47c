/**
 * The views of one process, of one connection, and of the tree.
 *
 * @module
 */

import { block, button, el, facts, table } from "./dom.js";
import { ago, busyText, count, data, duration, processLink, serverLink, size } from "./format.js";
import { CHANNELS } from "./lists.js";
import { linkTo } from "./route.js";

/** Shows a process; `state` is what its state was when somebody asked. */
export function renderProcess(process, state) {
  const { handlers } = process;
  return [
    el("h2", {}, `${process.process.label} #${process.process.id}`),
    facts([
      ["Now", busyText(process.busy)],
      ["For", handlers?.runningMs === undefined ? undefined : duration(handlers.runningMs)],
      ["Waits for", process.awaits && [serverLink(process.awaits), `, to reply to "${process.awaits.call}"`]],
      ["Messages in its mailbox", `${count(process.messageQueueLength)}, at most ${count(process.highWaterMark)}`],
      ["Messages handled", handlers && count(handlers.handled)],
      [
        "Time in those handlers",
        handlers && `${duration(handlers.totalMs)}, the slowest ${duration(handlers.longestMs)}`,
      ],
      ["Blocks the thread for", handlers && `at most ${duration(handlers.longestBlockMs)}`],
      ["Names", process.registeredNames.join(", ") || undefined],
      ["Traps exits", process.trapExit ? "yes" : "no"],
      ["Ancestors", links(process.ancestors)],
      ["Links", links(process.links)],
      ["Monitors", links(process.monitors)],
    ]),
    el(
      "p",
      { class: "tools" },
      button("Show its state", "state", { process: process.process.id }),
      treeLink(process.process),
    ),
    state === undefined ? undefined : block("State", data(state)),
  ];
}

function links(processes) {
  if (processes.length === 0) return undefined;
  return processes.map((process, index) => [index > 0 ? ", " : "", processLink(process)]);
}

function treeLink({ id }) {
  return el("a", { href: linkTo("tree", { process: id }) }, "Show what is below it");
}

/** Shows a connection. */
export function renderSocket(socket) {
  const name = socket.id ?? `${socket.socket} #${socket.process.id}`;
  return [
    el("h2", {}, `Connection of ${name}`),
    facts([
      ["Socket", socket.socket],
      ["Transport", socket.transport],
      ["Address", socket.address],
      ["Connected", ago(socket.since)],
      ["Not read yet", size(socket.bufferedBytes)],
      ["Process", processLink(socket.process)],
    ]),
    el("p", {}, button("Close this connection", "close", { process: socket.process.id, name }, "danger")),
    el("h3", {}, "Channels"),
    table("Channels", CHANNELS, socket.channels, {
      empty: "It has joined no topic.",
      keyOf: ({ topic }) => topic,
    }),
  ];
}

/** Shows the supervision tree. */
export function renderTree(tree) {
  return [el("h2", {}, "Supervision tree"), el("ul", { class: "tree" }, renderNode(tree))];
}

function renderNode({ process, id, status, messageQueueLength, children }) {
  const more = children.total - children.items.length;
  return el(
    "li",
    {},
    process ? processLink(process) : `${id} (${status})`,
    messageQueueLength > 0 ? el("span", { class: "soft" }, ` ${count(messageQueueLength)} waiting`) : undefined,
    children.items.length > 0 ? el("ul", {}, children.items.map(renderNode)) : undefined,
    more > 0 && process
      ? el(
        "p",
        { class: "soft" },
        el("a", { href: linkTo("tree", { process: process.id, offset: children.next }) }, `${count(more)} more`),
      )
      : undefined,
  );
}
