/**
 * The views that are lists: their columns.
 *
 * @module
 */

import { block, button, el } from "./dom.js";
import {
  ago,
  busyText,
  cellData,
  clock,
  count,
  data,
  duration,
  processLink,
  serverLink,
  size,
  topicLink,
} from "./format.js";
import { linkTo } from "./route.js";

const MANY_BYTES = 65_536;
const LONG_MS = 1_000;
const BLOCKING_MS = 100;

/** Marks a number that is too great. */
function marked(number, most, format) {
  return number > most ? el("span", { class: "bad" }, format(number)) : format(number);
}

const SOCKETS = [
  {
    title: "Client",
    cell: ({ process, id, socket }) =>
      el("a", { href: linkTo("socket", { process: process.id }) }, id ?? `${socket} #${process.id}`),
  },
  { title: "Socket", cell: ({ socket }) => socket },
  { title: "Transport", cell: ({ transport }) => transport },
  { title: "Address", cell: ({ address }) => address ?? "–" },
  { title: "Connected", cell: ({ since }) => ago(since) },
  { title: "Unread", kind: "number", cell: ({ bufferedBytes }) => marked(bufferedBytes, MANY_BYTES, size) },
  {
    title: "Topics",
    kind: "wide",
    cell: ({ topics, topicCount }) => [
      topics.map((topic, index) => [index > 0 ? ", " : "", topicLink(topic)]),
      topicCount > topics.length ? ` and ${count(topicCount - topics.length)} more` : "",
    ],
  },
  {
    title: "",
    cell: ({ process, id }) => button("Close", "close", { process: process.id, name: id ?? process.label }, "danger"),
  },
];

/** The same of all nodes; a connection is closed at its node. */
const FOUND = [
  {
    title: "Client",
    cell: ({ node, process, id, socket }) =>
      el("a", { href: linkTo("socket", { node, process: process.id }) }, id ?? `${socket} #${process.id}`),
  },
  { title: "Node", cell: ({ node }) => el("a", { href: linkTo("sockets", { node }) }, node) },
  ...SOCKETS.slice(1, -2),
  { title: "Topics", kind: "wide", cell: ({ topics }) => topics.join(", ") },
];

const TOPICS = [
  { title: "Topic", kind: "wide", cell: ({ topic }) => topicLink(topic) },
  {
    title: "Members",
    kind: "number",
    cell: ({ topic, members }) => el("a", { href: linkTo("sockets", { search: topic }) }, count(members)),
  },
  { title: "Other processes", kind: "number", cell: ({ processes }) => count(processes) },
  { title: "Broadcasts/s", kind: "number", cell: ({ broadcastsPerSecond }) => count(broadcastsPerSecond) },
  {
    title: "Sent/s",
    kind: "number",
    cell: ({ broadcastsPerSecond, members }) => count(Math.round(broadcastsPerSecond * members)),
  },
  { title: "Last events", kind: "wide", cell: ({ lastEvents }) => lastEvents.join(", ") || "–" },
];

const PROCESSES = [
  { title: "Process", kind: "wide", cell: ({ process }) => processLink(process) },
  { title: "Mailbox", kind: "number", cell: ({ messageQueueLength }) => marked(messageQueueLength, 99, count) },
  {
    title: "Now",
    kind: "wide",
    cell: ({ busy, awaits }) => [busyText(busy) ?? "–", awaits && [", waits for ", serverLink(awaits)]],
  },
  {
    title: "For",
    kind: "number",
    cell: ({ handlers }) => handlers?.runningMs === undefined ? "–" : marked(handlers.runningMs, LONG_MS, duration),
  },
  { title: "Handled", kind: "number", cell: ({ handlers }) => handlers ? count(handlers.handled) : "–" },
  { title: "Time", kind: "number", cell: ({ handlers }) => handlers ? duration(handlers.totalMs) : "–" },
  { title: "Slowest", kind: "number", cell: ({ handlers }) => handlers ? duration(handlers.longestMs) : "–" },
  {
    title: "Blocks for",
    kind: "number",
    cell: ({ handlers }) => handlers ? marked(handlers.longestBlockMs, BLOCKING_MS, duration) : "–",
  },
];

const PRESENCE = [
  {
    title: "Topic",
    kind: "wide",
    cell: ({ presence, topic }) => el("a", { href: linkTo("members", { presence, topic }) }, topic),
  },
  { title: "Presence", cell: ({ presence }) => presence },
  { title: "Keys", kind: "number", cell: ({ keys }) => count(keys) },
  { title: "Entries", kind: "number", cell: ({ metas }) => count(metas) },
];

const MEMBERS = [
  { title: "Key", cell: ({ key }) => key },
  { title: "Entries", kind: "wide", cell: ({ metas }) => cellData("Entries", metas) },
];

const NODES = [
  {
    title: "Node",
    cell: (
      { name, isSelf },
    ) => [el("a", { href: linkTo("overview", { node: isSelf ? "" : name }) }, name), isSelf ? " (asked)" : ""],
  },
  { title: "Status", cell: ({ status }) => el("span", { class: status === "up" ? "good" : "bad" }, status) },
  {
    title: "Connections",
    kind: "number",
    cell: ({ details }) => details.connections === undefined ? "–" : count(details.connections),
  },
  { title: "Shuts down", cell: ({ details }) => details.isDraining ? "yes" : "no" },
  { title: "Details", kind: "wide", cell: ({ details }) => cellData("Details", details) },
];

const CRASHES = [
  { title: "Time", cell: ({ time }) => [clock(time), el("br"), ago(time)] },
  { title: "Process", cell: ({ process }) => `${process.label} #${process.id}` },
  { title: "During", cell: ({ during }) => during },
  { title: "Error", kind: "wide", cell: renderCrash },
];

function renderCrash({ error, stack, ancestors, fields, state }) {
  const parents = ancestors.map(({ id, label }) => `${label} #${id}`);
  return el(
    "details",
    {},
    el("summary", {}, error),
    el("p", {}, "Stack"),
    block("Stack", stack),
    el("p", {}, "What is known of its client, and the processes above it"),
    block("Known facts", data({ ...fields, ancestors: parents })),
    state !== undefined && [el("p", {}, "Its state, and the message that it was handling"), block("State", state)],
  );
}

function keptOf({ maxMessages, maxAgeMs, maxBytes }) {
  return [
    maxMessages && `${count(maxMessages)} messages`,
    maxAgeMs && `${duration(maxAgeMs)}`,
    maxBytes && size(maxBytes),
  ].filter(Boolean).join(", ");
}

const HISTORY = [
  { title: "Topic", kind: "wide", cell: ({ topic }) => topicLink(topic) },
  { title: "Position", cell: ({ position }) => position ?? "not read yet" },
  { title: "Keeps", kind: "wide", cell: ({ keep }) => keptOf(keep) },
  { title: "Subscribers", cell: ({ hasSubscribers }) => hasSubscribers ? "yes" : "no" },
  { title: "Joins that wait", kind: "number", cell: ({ waiting }) => marked(waiting, 0, count) },
];

const ofProcess = ({ process }) => process.id;
const ofTopic = ({ topic }) => topic;
const ofPresence = ({ presence, topic }) => `${presence} ${topic}`;

/** The lists by the name of their view. */
export const LISTS = {
  sockets: {
    title: "Sockets",
    columns: SOCKETS,
    search: "Id, topic, address or class",
    empty: "No client is connected.",
    keyOf: ofProcess,
  },
  find: {
    title: "Sockets of all nodes",
    columns: FOUND,
    search: "Id, topic, address or class",
    empty: "No client is connected.",
    keyOf: ({ node, process }) => `${node} ${process.id}`,
  },
  topics: {
    note: "Broadcasts and events are counted while this tab is open. Each broadcast is sent to each member.",
    title: "Topics",
    columns: TOPICS,
    search: "Topic",
    empty: "No topic has members here.",
    keyOf: ofTopic,
  },
  processes: {
    note:
      "Handled, time and slowest are counted while this tab is open. While a handler blocks, nothing else runs on this node.",
    title: "Processes",
    columns: PROCESSES,
    search: "Label",
    empty: "No process.",
    keyOf: ofProcess,
  },
  presence: {
    title: "Presence",
    columns: PRESENCE,
    search: "Topic or presence",
    empty: "Nobody is tracked.",
    keyOf: ofPresence,
  },
  members: { title: "Members", columns: MEMBERS, empty: "Nobody is there.", keyOf: ({ key }) => key },
  nodes: { title: "Nodes", columns: NODES, empty: "No node.", keyOf: ({ name }) => name },
  crashes: {
    title: "Crashes",
    columns: CRASHES,
    empty: "Nothing has crashed since the program started.",
    keyOf: ({ number }) => number,
  },
  history: {
    title: "History",
    columns: HISTORY,
    search: "Topic",
    empty: "No topic with history is in use here.",
    keyOf: ofTopic,
  },
};

/** The columns of a connection alone. */
export const CHANNELS = [
  { title: "Topic", kind: "wide", cell: ({ topic }) => topicLink(topic) },
  { title: "Status", cell: ({ status }) => status },
  { title: "Mailbox", kind: "number", cell: ({ messageQueueLength }) => marked(messageQueueLength, 99, count) },
  { title: "Process", kind: "wide", cell: ({ process }) => processLink(process) ?? "–" },
];

/** Leads from the connections of one node to those of all, and back. */
export function scope(name, { search = "" }) {
  if (name === "sockets") return el("a", { href: linkTo("find", { search }) }, "On all nodes");
  return name === "find" && el("a", { href: linkTo("sockets", { search }) }, "On one node");
}
