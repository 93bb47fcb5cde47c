/// <reference lib="dom" />
/**
 * The side of the page: the rooms, and who is here. On a phone it opens over the room.
 *
 * @module
 */

import type { Person } from "../contract.ts";
import { isRoom, ROOM_RULE } from "../names.ts";
import { $, create } from "./dom.ts";
import { hueOf, personName } from "./person_name.ts";

const rooms = new Set(["lobby", "coffee", "help"]);

/** Lists the rooms, and the one where the page is; closes the side where it is over the room. */
export function showRooms(current: string): void {
  rooms.add(current);
  $("rooms").replaceChildren(...Array.from(rooms, (room) => {
    const link = create("a", "", `# ${room}`);
    link.href = `#${encodeURIComponent(room)}`;
    link.title = room;
    if (room === current) link.ariaCurrent = "page";
    link.addEventListener("click", close);
    return create("li", "", link);
  }));
  close();
}

function close(): void {
  if ($("side").matches(":popover-open")) $("side").hidePopover();
}

/** Lists who is here. */
export function showPeople(people: readonly Person[], me: string | undefined): void {
  $("count").textContent = people.length === 0 ? "" : String(people.length);
  $("here").textContent = people.length === 0 ? "" : `${people.length} here`;
  $("people").replaceChildren(...people.map((person) => {
    const item = create("li", "", personName(person));
    if (person.id === me) item.append(" ", create("small", "you", "you"));
    item.style.setProperty("--hue", hueOf(person.id));
    return item;
  }));
}

/** What is wrong with the name of a room; nothing if it is one. */
export function roomProblem(name: string): string {
  return isRoom(name) ? "" : `“${name}” cannot be a room: ${ROOM_RULE}`;
}

const field = $<HTMLInputElement>("room");

function showProblem(text: string): void {
  $("room-problem").textContent = text;
  $("room-problem").hidden = text === "";
  field.ariaInvalid = text === "" ? null : "true";
}

field.addEventListener("input", () => showProblem(""));
$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const room = field.value.trim().replace(/\s+/g, "-");
  if (room === "") return;
  const problem = roomProblem(room);
  showProblem(problem);
  if (problem !== "") return;
  field.value = "";
  location.hash = room;
  close();
});
