/**
 * What is probably wrong, and what that means.
 *
 * @module
 */

import { el } from "./dom.js";
import { busyText, count, duration, processLink, size } from "./format.js";
import { linkTo } from "./route.js";

/** Shows what needs attention; `undefined` if nothing does. */
export function renderAttention({ slowProcesses, slowReaders, crashes = [] }, title = "Needs attention") {
  const items = [...slowProcesses.map(slowProcess), ...slowReaders.map(slowReader), ...crashes.map(crash)];
  if (items.length === 0) return undefined;
  return el(
    "section",
    { class: "attention", "aria-label": title },
    el("h3", {}, title),
    el("ul", {}, items.map((item) => el("li", {}, item))),
  );
}

function slowProcess({ process, client, busy, runningMs, messageQueueLength }) {
  const whose = client === undefined ? "" : ` of ${client}`;
  const waiting = waitingText(messageQueueLength);
  if (runningMs === undefined) return ["Long mailbox: ", processLink(process), `${whose}. ${waiting}.`];
  return [
    "Stuck in a handler: ",
    processLink(process),
    `${whose} for ${duration(runningMs)}: ${busyText(busy) ?? "busy"}. ${waiting} until it returns.`,
  ];
}

function waitingText(messages) {
  if (messages === 0) return "It handles no other message";
  return messages === 1 ? "1 message waits for it" : `${count(messages)} messages wait for it`;
}

function slowReader({ process, id, bufferedBytes }) {
  return [
    "Slow reader: ",
    el("a", { href: linkTo("socket", { process: process.id }) }, id ?? process.label),
    ` has not read ${size(bufferedBytes)} that wait for it.`,
  ];
}

function crash({ process, client, during, error, count: times }) {
  return [
    times > 2 ? "Crash loop: " : "Crash: ",
    `${process.label} #${process.id}${client === undefined ? "" : ` of ${client}`}`, // it has ended
    ` in ${during}, ${error}. ${count(times)} in the last minute. `,
    el("a", { href: linkTo("crashes") }, "Reports"),
  ];
}
