/// <reference lib="dom" />
/**
 * The page: phoenix.js as it comes from npm, with the types of the server's contract.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
import type * as Phoenix from "phoenix-types";
import type { UserSocket } from "../endpoint.ts";

const { Presence, Socket }: typeof Phoenix = await import("/phoenix.js" as string);

const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Where this page stands in what was said. The server sends what came after it. */
let since = "last:50";

function enter(name: string) {
  const socket = new Socket("/socket", { params: { name } }) as unknown as TypedSocket<UserSocket>;
  const room = socket.channel("room:lobby", () => ({ since }));
  room.onMessage = (_event, payload, ref) => {
    if (typeof ref === "string" && ref.includes(":")) since = ref; // the position of a message
    return payload;
  };
  room.on("history_state", ({ position }) => since = position);
  room.on("said", ({ from, text }) => {
    const line = document.createElement("li");
    line.textContent = `${from}: ${text}`;
    $("said").append(line);
  });
  const people = new Presence(room as never);
  people.onSync(() => {
    $("people").textContent = people.list((key) => key).sort().join(", ");
  });
  room.onError(() => show("Connection lost, trying again…"));
  room.join().receive("ok", () => show("Online"));
  socket.connect();

  $<HTMLFormElement>("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $<HTMLInputElement>("text");
    room.push("say", { text: input.value })
      .receive("error", () => show("Not sent: a message has 1 to 500 characters"));
    input.value = "";
  });
}

function show(status: string) {
  $("status").textContent = status;
}

$<HTMLFormElement>("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter($<HTMLInputElement>("name").value);
  $("enter").hidden = true;
  $("room").hidden = false;
});
$<HTMLFieldSetElement>("ready").disabled = false; // until now, Enter would load the page again
