/// <reference lib="dom" />
/**
 * The page: logs in, votes, and shows the totals as they change.
 *
 * @module
 */

import type { TypedSocket } from "@urvogel/realtime/client";
import type * as Phoenix from "phoenix-types";
import type { VoterSocket } from "../poll.ts";

const { Socket }: typeof Phoenix = await import("/phoenix.js" as string);

/** Where the token is: a page that is reloaded goes on with it. */
const KEY = "poll-token";
const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

function enter(token: string) {
  const socket = new Socket("/socket", { params: { token } });
  const poll = (socket as unknown as TypedSocket<VoterSocket>).channel("poll:lunch");
  let totals: Readonly<Record<string, number>> = {};
  let mine: string | undefined;

  function show() {
    const most = Math.max(1, ...Object.values(totals));
    for (const button of document.querySelectorAll<HTMLButtonElement>("#poll button")) {
      const count = totals[button.value] ?? 0;
      button.ariaPressed = `${button.value === mine}`;
      button.style.setProperty("--part", `${100 * count / most}%`);
      button.querySelector("b")!.textContent = `${count}`;
    }
  }

  poll.on("totals", (next) => {
    totals = next;
    show();
  });
  // After each join, also when the connection was lost: the totals have changed meanwhile.
  poll.join().receive("ok", (now) => {
    ({ totals, mine } = now);
    show();
    $("login").hidden = true;
    $("poll").hidden = false;
    say("Online");
  });
  poll.onError(() => say("Connection lost, trying again…"));
  socket.onError((_error, _transport, established) => {
    if (established > 0) return;
    socket.disconnect(); // the token is not accepted
    sessionStorage.removeItem(KEY);
    say("Please log in again");
    $("login").hidden = false;
  });
  $("poll").addEventListener("click", (event) => {
    const option = (event.target as Element).closest("button")?.value as "Pizza" | undefined;
    if (!option) return;
    poll.push("vote", { option }).receive("ok", () => {
      mine = option;
      show();
    });
  });
  socket.connect();
}

function say(status: string) {
  $("status").textContent = status;
}

$<HTMLFormElement>("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/login", { method: "POST", body: new FormData($<HTMLFormElement>("login")) });
  const { token, reason } = await response.json();
  if (!response.ok) return say(reason);
  sessionStorage.setItem(KEY, token);
  enter(token);
});

const kept = sessionStorage.getItem(KEY);
if (kept) enter(kept);
else $("login").hidden = false;
