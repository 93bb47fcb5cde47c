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
  say("");
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
    say("Answering…");
    $("answer").append(text);
  });
  mine.on("token_end", () => say("That is all."));
  mine.on("token_error", ({ reason }) => say(`The answer ends here: ${reason}.`));
  mine.join().receive("error", ({ reason }) => say(reason));
}

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const prompt = $<HTMLInputElement>("prompt").value;
  const id = Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  history.pushState(null, "", `#${id}`);
  show(id);
  channel!.push("ask", { prompt }).receive("error", ({ reason }) => say(reason));
});
addEventListener("popstate", open);
open();

function open() {
  const id = location.hash.slice(1);
  if (id !== "") show(id);
}

function say(text: string) {
  $("status").textContent = text;
}
