/// <reference lib="dom" />
/**
 * The page: phoenix.js as it comes from npm, with the types of the server's contract.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
// @ts-types="@types/phoenix"
import { Presence, Socket } from "phoenix"; // the import map of index.html says where it is
import type { UserSocket } from "../endpoint.ts";

const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

/** Where this page stands in what was said. The server sends what came after it. */
let since = "last:50";

function enter(name: string) {
  const socket = new Socket("/socket", { params: { name } }) as TypedSocket<UserSocket>;
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
  const people = new Presence(room);
  people.onSync(() => {
    $("people").textContent = people.list((key) => key).sort().join(", ");
  });
  room.onError(() => show("Connection lost, trying again…"));
  room.join().receive("ok", () => show("Online"));
  socket.connect();

  $<HTMLFormElement>("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const input = $<HTMLInputElement>("text");
    const text = input.value;
    input.value = "";
    room.push("say", { text })
      .receive("ok", () => show("Online"))
      .receive("error", () => {
        show("Not sent: a message has 1 to 500 characters");
        input.value ||= text;
      })
      .receive("timeout", () => show("No reply yet"));
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
