/// <reference lib="dom" />
/**
 * The page: shows the game, and sends moves until they count.
 *
 * @module
 */

import type * as Phoenix from "phoenix-types";
import type { View } from "../games.ts";

const { Socket }: typeof Phoenix = await import("/phoenix.js" as string);
const { winner }: typeof import("../rules.ts") = await import("/rules.js" as string);

const AGAIN_MS = 300;
const $ = <E extends HTMLElement = HTMLElement>(id: string) => document.getElementById(id) as E;
const cells = Array.from({ length: 9 }, () => {
  const button = document.createElement("button");
  $("board").append(button);
  return button;
});

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData($<HTMLFormElement>("enter"));
  $("enter").hidden = true;
  $("game").hidden = false;
  play(`${form.get("name")}`, `${form.get("game")}`);
});
$<HTMLFieldSetElement>("ready").disabled = false; // a form that is sent before this runs would load the page again

function play(name: string, id: string) {
  const socket = new Socket("/socket", { params: { name }, reconnectAfterMs: () => AGAIN_MS });
  const channel = socket.channel(`game:${id}`);
  let game: View | undefined;
  /** The move that was not confirmed yet. It is sent again after each join: its server may be gone. */
  let open: { readonly cell: number; readonly turn: number } | undefined;

  const show = (next: View) => {
    game = next;
    if (open && next.moves.length > open.turn) open = undefined;
    for (const [cell, button] of cells.entries()) showCell(button, cell, markOf(next.moves.indexOf(cell)));
    $("players").textContent = next.seats.map((seat, index) => `${seat} ${markOf(index)}`).join(" · ");
    $("where").textContent = `The game runs in process ${next.pid}.`;
    say(statusOf(next, name));
    const [first, second] = next.seats;
    kick.hidden = first !== name || !second;
    kick.textContent = `Remove ${second}`;
  };
  const kick = $<HTMLButtonElement>("kick");
  kick.addEventListener("click", () => channel.push("kick", { name: game?.seats[1] }));
  const send = () => {
    const sent = open;
    if (sent) channel.push("move", sent).receive("error", ({ reason }) => sent === open && refused(reason));
  };
  const refused = (reason: string) => {
    if (reason === "again") setTimeout(send, AGAIN_MS);
    else {
      open = undefined;
      say(reason);
    }
  };

  for (const [cell, button] of cells.entries()) {
    button.addEventListener("click", () => {
      if (open || !game) return;
      open = { cell, turn: game.moves.length };
      send();
    });
  }
  channel.on("state", show);
  channel.onClose(() => say("You were removed from this game.")); // nothing else closes it
  channel.onError(() => say("Connection lost, trying again…"));
  channel.join().receive("ok", (view: View) => {
    show(view);
    send();
  }).receive("error", ({ reason }) => {
    say(reason);
    if (reason === "you were removed from this game") channel.leave(); // or phoenix.js would try again
  });
  socket.connect();
}

/** The mark of a seat, or of a move: X begins. */
function markOf(index: number): string {
  return "XO".charAt(index % 2);
}

function showCell(button: HTMLButtonElement, cell: number, mark: string) {
  button.textContent = button.dataset.mark = mark;
  button.ariaLabel = `cell ${cell + 1}: ${mark || "empty"}`;
}

function statusOf(game: View, name: string): string {
  const won = winner(game);
  if (won !== undefined) return won === "" ? "A draw." : `${won} has won.`;
  if (game.seats.length < 2) return "Waiting for another player.";
  return game.seats[game.moves.length % 2] === name ? "Your turn." : `${game.seats[game.moves.length % 2]}'s turn.`;
}

function say(text: string) {
  $("status").textContent = text;
}
