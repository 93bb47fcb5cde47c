// The page: shows what the room says, and says what is typed. Texts of others only ever become text nodes.
// Served beside this file: phoenix.js, as it comes from npm.
const { Socket } = await import("/phoenix.js");

const $ = (id) => document.getElementById(id);
const SUGGESTED = ["lobby", "coffee", "help"];

let name = localStorage.getItem("name") ?? "";
let socket;
let channel;
let shown = new Map(); // message id -> its element: history may come again after a reconnect
let wasOnline = false;

// --- rooms and names

function currentRoom() {
  const room = decodeURIComponent(location.hash.slice(1)).trim();
  return /^[\p{L}\p{N}_-]{1,40}$/u.test(room) ? room : "lobby";
}

function askName() {
  $("name").value = name;
  $("ask").showModal();
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
  socket = new Socket("/socket", { params: { name }, heartbeatIntervalMs: 10_000 });
  socket.onOpen(() => {
    setStatus("online", wasOnline ? "Back online" : "Online");
    wasOnline = true;
  });
  socket.onClose(() => setStatus("offline", "Connection lost, trying again…"));
  socket.connect();
  enter();
}

function setStatus(state, text) {
  $("status").dataset.state = state;
  $("status").textContent = text;
}

function enter() {
  if (!socket) return;
  const room = currentRoom();
  channel?.leave();
  shown = new Map();
  $("messages").replaceChildren();
  showError("");
  showPeople([]);
  $("title").textContent = `# ${room}`;
  document.title = `#${room} · Urvogel chat`;
  showRooms(room);

  channel = socket.channel(`room:${room}`);
  channel.on("message", show);
  channel.on("people", ({ names, came, left }) => {
    showPeople(names);
    for (const who of came.filter((who) => who !== name)) note(`${who} came in`);
    for (const who of left) note(`${who} left`);
  });
  // Runs again after each reconnect: what was missed meanwhile is in the history.
  channel.join()
    .receive("ok", ({ messages, names }) => {
      messages.forEach(show);
      showPeople(names);
    })
    .receive("error", ({ reason }) => showError(`Cannot enter this room: ${reason}`));
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
  $("say").requestSubmit();
});
$("text").addEventListener("input", resize);

function resize() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight}px`;
}

/** Shows a message at once, and what becomes of it: nothing that was typed is lost without a word. */
function send(text) {
  showError("");
  const element = append(messageElement({ from: name, text, at: Date.now() }));
  element.classList.add("pending");
  channel.push("say", { text })
    .receive("ok", (message) => {
      element.remove(); // the room's own copy, in the room's order, takes its place
      show(message);
    })
    .receive("error", ({ reason }) => fail(element, text, reason))
    .receive("timeout", () => fail(element, text, "no answer"));
}

function fail(element, text, reason) {
  element.classList.replace("pending", "failed");
  showError(`Not sent: ${reason}`);
  const again = document.createElement("button");
  again.textContent = "Edit and send again";
  again.addEventListener("click", () => {
    element.remove();
    showError("");
    $("text").value = text;
    $("text").focus();
    resize();
  });
  element.append(again);
}

function show(message) {
  if (shown.has(message.id)) return;
  shown.set(message.id, append(messageElement(message)));
}

function messageElement({ from, text, at }) {
  const element = document.createElement("li");
  element.className = from === name ? "message own" : "message";
  element.style.setProperty("--hue", hueOf(from));
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

function note(text) {
  const element = document.createElement("li");
  element.className = "note";
  element.textContent = text;
  append(element);
}

function append(element) {
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.append(element);
  if (atEnd) list.scrollTop = list.scrollHeight;
  return element;
}

// --- the side

function showRooms(current) {
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

function showPeople(names) {
  $("count").textContent = names.length === 0 ? "" : names.length;
  $("people").replaceChildren(...names.map((who) => {
    const item = document.createElement("li");
    item.style.setProperty("--hue", hueOf(who));
    item.textContent = who;
    if (who === name) item.className = "own";
    return item;
  }));
}

function showError(text) {
  $("error").textContent = text;
  $("error").hidden = text === "";
}

function hueOf(text) {
  // FNV-1a: names that are alike get colours that are not.
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return (hash >>> 0) % 360;
}

if (name === "") askName();
else connect();
