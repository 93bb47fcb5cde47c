/// <reference lib="dom" />
/**
 * The page: asks, and shows the answer as it comes. Its address names the answer, so a reload shows all of it again.
 *
 * @module
 */

import type * as Phoenix from "phoenix-types";

const { Socket }: typeof Phoenix = await import("/phoenix.js" as string);

const $ = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;
const socket = new Socket("/socket");
socket.connect();
let channel: Phoenix.Channel | undefined;

/** Shows an answer: what there is of it, and what comes. */
function show(id: string) {
  channel?.leave();
  $("answer").textContent = "";
  say("idle");
  let since = "last:10000"; // all of it; from then on, where this page stands
  const mine = channel = socket.channel(`answer:${id}`, () => ({ since }));
  mine.onMessage = (_event, payload, ref) => {
    if (ref?.includes(":")) since = ref;
    return payload;
  };
  mine.on("history_state", ({ position, recovered }) => {
    since = position;
    if (recovered === false) location.reload(); // away for too long: show anew what there is
  });
  mine.on("token", ({ text }) => {
    follow();
    say("answering", "Answering…");
    $("answer").append(text);
  });
  mine.on("token_end", () => say("idle", "That is all."));
  mine.on("token_error", ({ reason }) => say("idle", `The answer ends here: ${reason}.`));
  mine.onError(() => {
    if ($("main").dataset.state === "answering") say("answering", "Connection lost, trying again…");
  });
  mine.join().receive("error", ({ reason }) => say("idle", reason));
}

let frame = 0;

/** Keeps the end of the answer in sight, if it is there before more of it comes. */
function follow() {
  if (frame !== 0 || innerHeight + scrollY < document.documentElement.scrollHeight - 40) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    scrollTo(0, document.documentElement.scrollHeight);
  });
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const prompt = $<HTMLInputElement>("prompt").value;
  const id = Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  history.pushState(null, "", `#${id}`);
  show(id);
  channel!.push("ask", { prompt }).receive("error", ({ reason }) => say("idle", reason));
});
addEventListener("popstate", open);
open();

function open() {
  const id = location.hash.slice(1);
  if (id !== "") show(id);
}

/** Shows what goes on, and whether more of the answer comes. */
function say(state: "idle" | "answering", text = "") {
  $("main").dataset.state = state;
  $("status").textContent = text;
}
