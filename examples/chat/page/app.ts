/// <reference lib="dom" />
/**
 * The page: shows what the room says, and says what is typed. Texts of others only ever become text nodes.
 *
 * Its types are those of the server's contract. Browsers get it without them, and without a build step: only what
 * TypeScript can erase is used. Served beside it: phoenix.js, as it comes from npm.
 *
 * @module
 */

import type { TypedChannel, TypedSocket } from "@urvogel/realtime/client";
import type * as Phoenix from "phoenix-types";
import type { Message, room } from "../contract.ts";
import type { ChatSocket } from "../endpoint.ts";

const { Presence, Socket }: typeof Phoenix = await import("/phoenix.js" as string);

/** What was typed and has not come back from its room. */
interface Unsent {
  readonly tag: string;
  readonly text: string;
  readonly room: string;
  readonly element: HTMLElement;
}

const $ = <E extends HTMLElement = HTMLInputElement>(id: string) => document.getElementById(id) as E;
const SUGGESTED = ["lobby", "coffee", "help"];

let name = localStorage.getItem("name") ?? "";
let socket: TypedSocket<ChatSocket> | undefined;
let channel: TypedChannel<typeof room> | undefined;
let wasOnline = false;
/** Where this page stands in what the room said: it gets what comes after. At first, what was said last. */
let since = "last:50";
/** The positions of the messages that are shown. */
let shown = new Set<unknown>();
/** By tag. It outlives a change of room. */
const unsent = new Map<string, Unsent>();

// --- rooms and names

function currentRoom() {
  const room = decodeURIComponent(location.hash.slice(1)).trim();
  return /^[\p{L}\p{N}_-]{1,40}$/u.test(room) ? room : "lobby";
}

function askName() {
  $("name").value = name;
  $<HTMLDialogElement>("ask").showModal();
}

$("ask").addEventListener("cancel", (event) => name || event.preventDefault());
$("ask").addEventListener("close", () => {
  const chosen = $("name").value.trim();
  if (chosen === "" || chosen === name) return name || askName();
  name = chosen;
  localStorage.setItem("name", name);
  connect();
});
$("me").addEventListener("click", askName);

$("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  const room = $("room").value.trim().replace(/\s+/g, "-");
  $("room").value = "";
  if (room !== "") location.hash = room;
});
addEventListener("hashchange", enter);

// --- the connection

function connect() {
  socket?.disconnect();
  wasOnline = false;
  $("me").textContent = name;
  const options = { params: { name }, heartbeatIntervalMs: 10_000 };
  const mine = socket = new Socket("/socket", options) as TypedSocket<ChatSocket>;
  socket.onOpen(() => {
    setStatus("online", wasOnline ? "Back online" : "Online");
    wasOnline = true;
  });
  socket.onClose(() => {
    if (socket === mine) setStatus("offline", "Connection lost, trying again…");
  });
  socket.connect();
  enter();
}

function setStatus(state: "online" | "offline", text: string) {
  $("status").dataset.state = state;
  $("status").textContent = text;
}

function enter() {
  if (!socket) return;
  const room = currentRoom();
  since = "last:50";
  shown = new Set();
  $("messages").replaceChildren(...unsentOf(room).map(({ element }) => element));
  showError("");
  showPeople([]);
  $("title").textContent = `# ${room}`;
  document.title = `#${room} · Urvogel chat`;
  showRooms(room);

  join(room);
  if (matchMedia("(hover: hover)").matches) $("text").focus(); // elsewhere it would open a keyboard on the screen
}

/** Joins a room. After a reconnect, phoenix.js does it again, and the room first says what was missed. */
function join(room: string) {
  channel?.leave();
  const mine = channel = socket!.channel(`room:${room}`, () => ({ since }));
  mine.onMessage = (_event, payload, ref) => {
    if (typeof ref === "string" && ref.includes(":")) since = ref; // only positions have a colon
    return payload;
  };
  mine.on("history_state", ({ recovered, position, missed = 0 }) => {
    const wasHere = !since.startsWith("last:");
    since = position;
    if (recovered === false) rejoin(room);
    else if (wasHere && missed > 0) note(`${missed} ${missed === 1 ? "message" : "messages"} while you were away`);
  });
  mine.on("message", show);
  watchPeople(new Presence(mine));
  mine.join().receive("error", (response) => showError(`Cannot enter this room: ${reasonOf(response)}`));
}

/** More was missed than the room has kept, or the server has lost it: says so, and goes on with what was said last. */
function rejoin(room: string) {
  note("You were away for too long: messages are missing here");
  since = "last:50";
  join(room);
  // The server ends the channel that this one replaces, with the messages that wait in it: by the tag each counts once.
  for (const message of unsentOf(room)) if (message.element.classList.contains("pending")) push(message);
}

// --- messages

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (text === "") return;
  $("text").value = "";
  resize();
  send(text);
});
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $<HTMLFormElement>("say").requestSubmit();
});
$("text").addEventListener("input", resize);

function resize() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight}px`;
}

/** Shows a message at once, and what becomes of it: nothing that was typed is lost without a word. */
function send(text: string) {
  const tag = `${Date.now()}-${Math.random()}`;
  const message = { tag, text, room: currentRoom(), element: messageElement({ from: name, text, at: Date.now() }) };
  message.element.dataset.unsent = ""; // below all that has been said
  unsent.set(tag, message);
  insert(message.element);
  $("messages").scrollTop = $("messages").scrollHeight;
  push(message);
}

function push(message: Unsent) {
  message.element.classList.add("pending");
  channel?.push("say", { text: message.text, tag: message.tag })
    .receive("error", (response) => fail(message, reasonOf(response)))
    .receive("timeout", () => fail(message, "no answer"));
}

/** Why the server refused: in the words of the contract, or of the channel. */
function reasonOf(response: unknown): string {
  const { reason, issues: [issue] = [] } = response as { reason?: string; issues?: { message: string }[] };
  return issue?.message ?? reason ?? "refused";
}

/** Says that a message was not sent, unless it has come back from the room after all. */
function fail(message: Unsent, reason: string) {
  const { tag, room, element } = message;
  if (!unsent.has(tag) || !element.classList.replace("pending", "failed")) return;
  const why = document.createElement("span");
  why.textContent = `Not sent: ${reason}`;
  const footer = document.createElement("footer");
  const retry = () => {
    footer.remove();
    element.classList.remove("failed");
    push(message);
  };
  const discard = () => {
    element.remove();
    unsent.delete(tag);
  };
  footer.append(why, button("Send again", retry), button("Discard", discard));
  element.append(footer);
  if (room !== currentRoom()) showError(`A message in # ${room} was not sent.`);
  else element.scrollIntoView({ block: "nearest" });
}

function button(text: string, onClick: () => void) {
  const element = document.createElement("button");
  element.textContent = text;
  element.addEventListener("click", onClick);
  return element;
}

function unsentOf(room: string) {
  return [...unsent.values()].filter((message) => message.room === room);
}

/** Shows what the room said, in the room's order. `position` is where it stands in that. */
function show(message: Message, position: unknown) {
  unsent.get(message.tag)?.element.remove(); // the room's own copy takes its place
  unsent.delete(message.tag);
  if (shown.has(position)) return;
  shown.add(position);
  insert(messageElement(message));
}

function messageElement({ from, text, at }: Pick<Message, "from" | "text" | "at">) {
  const element = document.createElement("li");
  element.className = from === name ? "message own" : "message";
  element.style.setProperty("--hue", String(hueOf(from)));
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = from;
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const body = document.createElement("p");
  body.textContent = text;
  element.append(who, time, body);
  return element;
}

function note(text: string) {
  const element = document.createElement("li");
  element.className = "note";
  element.textContent = text;
  insert(element);
}

/** Adds an element before what is not sent, and stays at the end of the list if the reader is there. */
function insert(element: HTMLElement) {
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const unsent = "unsent" in element.dataset ? null : list.querySelector("[data-unsent]");
  list.insertBefore(element, unsent);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

// --- the side

function showRooms(current: string) {
  const rooms = SUGGESTED.includes(current) ? SUGGESTED : [...SUGGESTED, current];
  $("rooms").replaceChildren(...rooms.map((room) => {
    const link = document.createElement("a");
    link.href = `#${encodeURIComponent(room)}`;
    link.textContent = `# ${room}`;
    if (room === current) link.setAttribute("aria-current", "page");
    const item = document.createElement("li");
    item.append(link);
    return item;
  }));
}

/** Lists who is here, and notes who comes and goes, but for those who were here before and for tabs. */
function watchPeople(presence: Phoenix.Presence) {
  let knowsRoom = false;
  presence.onJoin((who, before) => {
    if (knowsRoom && !before && who !== name) note(`${who} came in`);
  });
  presence.onLeave((who, { metas }) => {
    if (metas.length === 0) note(`${who} left`);
  });
  presence.onSync(() => {
    knowsRoom = true;
    showPeople(presence.list<string>((who) => who).sort((a, b) => a.localeCompare(b)));
  });
}

function showPeople(names: string[]) {
  $("count").textContent = names.length === 0 ? "" : String(names.length);
  $("people").replaceChildren(...names.map((who) => {
    const item = document.createElement("li");
    item.style.setProperty("--hue", String(hueOf(who)));
    item.textContent = who;
    if (who === name) item.className = "own";
    return item;
  }));
}

function showError(text: string) {
  $("error").textContent = text;
  $("error").hidden = text === "";
}

/** A colour for a name: names that are alike get colours that are not. */
function hueOf(text: string) {
  let hash = 2166136261; // FNV-1a
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x165667b1); // without it, short names are neighbours
  return ((hash ^ (hash >>> 16)) >>> 0) % 360;
}

if (name === "") askName();
else connect();
