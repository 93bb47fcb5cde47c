/**
 * What is probably wrong, and what that means.
 *
 * @module
 */

import { el } from "./dom.js";
import { busyText, count, duration, processLink, serverLink, size } from "./format.js";
import { linkTo } from "./route.js";

/** A handler that runs for longer is stuck, unless that is usual. */
const STUCK_MS = 1_000;

/** Shows what needs attention; `undefined` if nothing does. */
export function renderAttention(attention, title = "Needs attention") {
  const { slowProcesses, slowReaders, moreSlowProcesses, moreSlowReaders, crashes = [] } = attention;
  const items = [
    ...node(attention),
    ...slowProcesses.map(slowProcess),
    ...more(moreSlowProcesses, "slow processes", linkTo("processes", { order: "backlog" })),
    ...slowReaders.map(slowReader),
    ...more(moreSlowReaders, "slow readers", linkTo("sockets")),
    ...crashes.map(crash),
  ];
  if (items.length === 0) return undefined;
  return el(
    "section",
    { class: "attention", "aria-label": title },
    el("h3", {}, title),
    el("ul", {}, items.map((item) => el("li", {}, item))),
  );
}

function node({ isBusDown, blockedMs }) {
  return [
    isBusDown && [
      "Bus down: this node does not reach the others. Rooms here get nothing from there, and send nothing there. ",
      el("a", { href: linkTo("nodes") }, "Nodes"),
    ],
    blockedMs !== undefined && [
      `Thread blocked: something ran for ${
        duration(blockedMs)
      } without a pause in the last 10 seconds, and so all rooms of`,
      " this node waited. ",
      el("a", { href: linkTo("processes", { order: "blocking" }) }, "Handlers that block"),
    ],
  ].filter(Boolean);
}

function slowProcess(slow) {
  const { process, client, awaits, waiters } = slow;
  const { what, how, then } = slowness(slow);
  return [
    `${what}: `,
    processLink(process),
    `${client === undefined ? "" : ` of ${client}`}${how}.${then}`,
    awaits && [" It waits for ", serverLink(awaits), ` to reply to "${awaits.call}".`],
    waiters > 0 &&
    ` ${waiters === 1 ? "1 slow process waits" : `${count(waiters)} slow processes wait`} for its reply.`,
  ];
}

/** One that takes no longer than it did for other messages is not stuck. */
function slowness({ busy, runningMs, averageMs, messageQueueLength: messages }) {
  const doing = busyText(busy) ?? "busy";
  if (runningMs >= STUCK_MS && !(runningMs < 2 * averageMs)) {
    const then = ` ${waitingText(messages) ?? "It handles no other message"} until it returns.`;
    return { what: "Stuck in a handler", how: ` for ${duration(runningMs)}: ${doing}`, then };
  }
  const then = messages === 0 ? "" : ` ${waitingText(messages)}${delayText(averageMs * messages)}.`;
  if (!(averageMs >= 1)) return { what: "Long mailbox", how: busy ? `, ${doing}` : "", then };
  return { what: "Slow handler", how: ` takes ${duration(averageMs)} for a message, now ${doing}`, then };
}

/** How long the last of the messages that wait will wait. */
function delayText(delayMs) {
  return delayMs >= STUCK_MS ? `, the last of them for about ${duration(delayMs)}` : "";
}

function more(number, what, href) {
  return number > 0 ? [["And ", el("a", { href }, `${count(number)} more ${what}`), "."]] : [];
}

function waitingText(messages) {
  if (messages === 0) return undefined;
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
