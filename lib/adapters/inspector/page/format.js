/**
 * Numbers and times for people.
 *
 * @module
 */

import { block, el } from "./dom.js";
import { linkTo } from "./route.js";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const LONGEST_LINE = 120;
const LONGEST_CELL = 600;
const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** A number with separators. */
export function count(number) {
  return NUMBER.format(number);
}

/** A size. */
export function size(bytes) {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${NUMBER.format(bytes / 1024 ** power)} ${UNITS[power]}`;
}

/** A duration. */
export function duration(milliseconds) {
  if (milliseconds < 1) return milliseconds === 0 ? "0 ms" : "< 1 ms";
  if (milliseconds < 1_000) return `${NUMBER.format(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${NUMBER.format(milliseconds / 1_000)} s`;
  if (milliseconds < 7_200_000) return `${Math.round(milliseconds / 60_000)} min`;
  return `${Math.round(milliseconds / 3_600_000)} h`;
}

/** How long ago something was. */
export function ago(time) {
  const seconds = Math.round((Date.now() - new Date(time).getTime()) / 1_000);
  return seconds < 1 ? "just now" : `${duration(seconds * 1_000)} ago`;
}

/** The time of day. */
export function clock(time) {
  return new Date(time).toTimeString().slice(0, 8);
}

/** Data, for reading: in one line if it is short. */
export function data(value) {
  if (typeof value === "string") return value;
  const line = JSON.stringify(value);
  return line.length <= LONGEST_LINE ? line : JSON.stringify(value, undefined, 2);
}

/** Data in a table. Long data is folded, so that its row stays small. */
export function cellData(label, value) {
  const text = data(value);
  if (text.length <= LONGEST_CELL) return el("pre", {}, text);
  return el("details", {}, el("summary", {}, `${JSON.stringify(value).slice(0, LONGEST_LINE)}…`), block(label, text));
}

/** What a process is busy with; `undefined` if nothing keeps it. */
export function busyText(busy) {
  return busy?.replace(/^it is /, "");
}

/** A link to a process. */
export function processLink(process) {
  return process && el("a", { href: linkTo("process", { process: process.id }) }, `${process.label} #${process.id}`);
}

/** A server that somebody waits for, which may be on another node. */
export function serverLink({ server, process, node }) {
  if (process) return processLink(process);
  return node === undefined ? server : [server, " on node ", el("a", { href: linkTo("overview", { node }) }, node)];
}

/** A link to a topic. */
export function topicLink(topic) {
  return el("a", { href: linkTo("topic", { topic }) }, topic);
}
