/// <reference lib="dom" />
/**
 * The page: shows what the room says, and says what is typed.
 *
 * Its types are those of the server's contract. Browsers get it without them, and without a build step: only what
 * TypeScript can erase is used. Served beside it: phoenix.js, as it comes from npm.
 *
 * - `feed.ts`: what was said, with `links.ts` and `person_name.ts`
 * - `outbox.ts`: what is not sent yet
 * - `comings.ts`: who came and who left
 * - `side.ts`: the rooms and the people
 *
 * @module
 */

import type { TypedChannel, TypedSocket } from "@urvogel/realtime/client";
import type * as Phoenix from "phoenix-types";
import type { Person, room } from "../contract.ts";
import type { ChatSocket } from "../endpoint.ts";
import { isName } from "../names.ts";
import { Comings } from "./comings.ts";
import { $, create } from "./dom.ts";
import { Feed } from "./feed.ts";
import { Outbox, reasonOf } from "./outbox.ts";
import { forgetNames } from "./person_name.ts";
import { roomProblem, showPeople, showRooms } from "./side.ts";

const { Presence, Socket }: typeof Phoenix = await import("/phoenix.js" as string);

const feed = new Feed();
const outbox = new Outbox(feed, showError);
const nameField = $<HTMLInputElement>("name");
const text = $<HTMLTextAreaElement>("text");

/** Who this is. The server gives the id. */
const me = { id: "", name: localStorage.getItem("name") ?? "" };
let socket: TypedSocket<ChatSocket> | undefined;
let channel: TypedChannel<typeof room> | undefined;
let currentRoom = "";
let comings: Comings | undefined;
let wasOnline = false;
/** Where this page stands in what the room said: it gets what comes after. At first, what was said last. */
let since = "last:50";

// --- names

/** What makes this browser the same person in all its tabs. It is shown to nobody but the server. */
function mySecret(): string {
  const secret = localStorage.getItem("secret") ?? crypto.getRandomValues(new Uint8Array(16)).join("-");
  localStorage.setItem("secret", secret);
  return secret;
}

function askName() {
  nameField.value = me.name;
  $<HTMLDialogElement>("ask").showModal();
}

$("ask").addEventListener("cancel", (event) => me.name || event.preventDefault());
$("ask").addEventListener("close", () => {
  const chosen = nameField.value.trim();
  if (!isName(chosen) || chosen === me.name) return me.name || askName();
  localStorage.setItem("name", chosen);
  connect(chosen);
});
$("me").addEventListener("click", askName);
addEventListener("storage", ({ key, newValue }) => key === "name" && isName(newValue) && connect(newValue)); // another tab

// --- the connection

function connect(name: string) {
  me.name = name;
  socket?.disconnect();
  wasOnline = false;
  $("me").replaceChildren("You are ", create("b", "", name));
  const mine = socket = new Socket("/socket", {
    params: { name, secret: mySecret() },
    heartbeatIntervalMs: 10_000,
    // Soon at first, then every 2 s, and not all pages at once.
    reconnectAfterMs: (tries) => Math.min(100 * 2 ** tries, 2000) * (0.75 + Math.random() / 2),
  }) as TypedSocket<ChatSocket>;
  socket.onOpen(() => {
    setStatus("online", wasOnline ? "Back online" : "Online");
    wasOnline = true;
  });
  socket.onClose(() => {
    if (socket !== mine) return;
    setStatus("offline", "Connection lost, trying again…");
    comings?.pause();
  });
  socket.connect();
  enter();
}

function setStatus(state: "online" | "offline", text: string) {
  document.body.dataset.state = state;
  $("status").replaceChildren(create("span", "", text));
}

/** The room that the address names, or what is wrong with it. */
function roomOfAddress(): { readonly room: string } | { readonly problem: string } {
  const hash = location.hash.slice(1);
  if (hash === "") return { room: "lobby" };
  let room = hash;
  try {
    room = decodeURIComponent(hash).trim();
  } catch {
    // Not what a link of this page contains: shown as it is.
  }
  const problem = roomProblem(room);
  return problem === "" ? { room } : { problem };
}

addEventListener("hashchange", enter);

function enter() {
  if (!socket) return;
  const wanted = roomOfAddress();
  if ("room" in wanted) return enterRoom(wanted.room);
  history.replaceState(null, "", `#${encodeURIComponent(currentRoom)}`);
  if (currentRoom === "") enterRoom("lobby");
  showError(wanted.problem);
}

function enterRoom(room: string) {
  currentRoom = room;
  since = "last:50";
  delete $("main").dataset.entered;
  forgetNames();
  showError("");
  feed.clear(outbox.enter(room));
  comings?.pause();
  comings = new Comings(() => feed.line());
  showPeople([], me.id);
  $("title").textContent = `# ${room}`;
  $<HTMLInputElement>("link").value = location.href;
  document.title = `#${room} · Urvogel chat`;
  showRooms(room);

  join(room);
  if (matchMedia("(hover: hover)").matches) text.focus(); // elsewhere it would open a keyboard on the screen
}

/** Joins a room. After a reconnect, phoenix.js does it again, and the room first says what was missed. */
function join(room: string) {
  channel?.leave();
  let asked = since;
  let isUpToDate = false;
  let isRefused = false;
  const mine = channel = socket!.channel(`room:${room}`, () => {
    asked = since;
    isUpToDate = false;
    return { since };
  });
  mine.onMessage = (_event, payload, ref) => {
    const isPosition = typeof ref === "string" && ref.includes(":");
    if (isPosition && isUpToDate && mine === channel) since = ref;
    return payload;
  };
  mine.on("history_state", ({ recovered, position, missed = 0 }) => {
    if (mine !== channel) return;
    since = position;
    if (!asked.startsWith("last:")) feed.missed(missed, recovered !== false);
    if (recovered === false) return rejoin(room);
    isUpToDate = true;
    $("main").dataset.entered = "";
    outbox.flush(mine);
  });
  mine.on("message", (message, position) => {
    if (!isUpToDate || mine !== channel) return; // it comes again, with what was said before it
    outbox.said(message.tag);
    feed.show(message, position, message.from.id === me.id);
  });
  watchPeople(new Presence(mine));
  mine.join()
    .receive("ok", ({ you }) => {
      me.id = you.id;
      if (isRefused) showError("");
      isRefused = false;
    })
    .receive("error", (response) => {
      isRefused = true;
      showError(`Cannot enter this room: ${reasonOf(response)}`);
    });
}

/** More was missed than the room has kept, or the server has lost it: goes on with what was said last. */
function rejoin(room: string) {
  since = "last:50";
  join(room);
}

/** Lists who is here, and notes who comes and goes. */
function watchPeople(presence: Phoenix.Presence) {
  presence.onSync(() => {
    const people = presence.list<Person>((id, { metas }) => ({ id, name: metas.at(-1).name }));
    people.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
    showPeople(people, me.id);
    comings?.sync(people.filter(({ id }) => id !== me.id));
  });
}

// --- what is typed

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = text.value.trim();
  if (typed === "") return;
  text.value = "";
  resize();
  outbox.send(me, typed);
});
text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $<HTMLFormElement>("say").requestSubmit();
});
text.addEventListener("input", resize);

function resize() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

$("copy").addEventListener("click", async () => {
  $<HTMLInputElement>("link").select();
  await navigator.clipboard?.writeText(location.href); // browsers have it on safe addresses only
  $("copy").textContent = navigator.clipboard ? "Copied" : "Selected";
});

function showError(text: string) {
  $("error").textContent = text;
  $("error").hidden = text === "";
}

if (isName(me.name)) connect(me.name);
else askName();
