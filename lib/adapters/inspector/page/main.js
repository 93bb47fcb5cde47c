/**
 * Connects the parts of the page: the address, the data of the server, and what is shown.
 *
 * @module
 */

import { el, morph, table } from "./dom.js";
import { count } from "./format.js";
import { LISTS, scope } from "./lists.js";
import { act, ask, watch } from "./live.js";
import { renderOverview, Samples } from "./overview.js";
import { renderProcess, renderSocket, renderTree } from "./processes.js";
import { currentRoute, linkTo } from "./route.js";
import { Events, renderTopic } from "./topic.js";

const TABS = {
  overview: "Overview",
  sockets: "Sockets",
  topics: "Topics",
  processes: "Processes",
  tree: "Tree",
  presence: "Presence",
  nodes: "Nodes",
  crashes: "Crashes",
  history: "History",
};
/** The tab of a view that has none of its own. */
const PARENTS = { find: "sockets", socket: "sockets", topic: "topics", process: "processes", members: "presence" };
const VIEWS_OF_SERVER = { topic: "follow" };
const STATES = {
  live: "Live",
  lost: "Connection lost, trying again…",
  refused: "Refused, trying again…",
  paused: "Paused",
};
const ORDERS = {
  topics: { age: "Oldest", sent: "Most sent" },
  processes: {
    age: "Oldest",
    backlog: "Most waiting",
    running: "Longest in a handler",
    blocking: "Longest without a pause",
  },
};

const byId = (id) => document.getElementById(id);
let end = () => {};
let shown = { route: undefined, data: undefined, failure: undefined };

function open() {
  end();
  const route = currentRoute();
  const isOther = shown.route?.name !== route.name;
  shown = {
    route,
    data: undefined,
    failure: undefined,
    samples: new Samples(),
    events: new Events(),
    state: undefined,
  };
  renderTabs(route);
  if (isOther) morph(byId("main"), mainWith(el("p", {}, "Loading…")));
  if (byId("pause").getAttribute("aria-pressed") === "true") setPaused(false);
  else connect();
}

function connect() {
  const { name, params } = shown.route;
  const own = shown;
  end = watch(VIEWS_OF_SERVER[name] ?? name, params, {
    onData(data) {
      if (own !== shown) return;
      Object.assign(shown, { data, failure: undefined });
      if (data.samples) shown.allSamples = shown.samples.add(data.samples);
      if (data.events) shown.allEvents = shown.events.add(data.events);
      render();
    },
    onFailure(failure) {
      if (own !== shown) return;
      shown.failure = failure;
      render();
    },
    onState: showState,
  });
}

function showState(state) {
  byId("status").textContent = STATES[state];
  byId("status").className = state;
}

function render() {
  const { route, data, failure } = shown;
  const problem = failure === undefined ? undefined : el("p", { class: "error", role: "alert" }, failure);
  const parts = data === undefined ? [] : renderView(route, data);
  morph(byId("main"), mainWith(problem, parts));
  for (const input of byId("main").querySelectorAll("input")) {
    if (input !== document.activeElement) input.value = input.getAttribute("value");
  }
}

function mainWith(...children) {
  return el("main", { id: "main", tabindex: -1 }, children);
}

function renderView({ name, params }, data) {
  switch (name) {
    case "overview":
      return renderOverview(data, shown.allSamples);
    case "socket":
      return renderSocket(data);
    case "topic":
      return renderTopic(data, shown.allEvents);
    case "process":
      return renderProcess(data, shown.state);
    case "tree":
      return renderTree(data);
    default:
      return renderList(name, params, data);
  }
}

function renderList(name, params, { items, total, next, failed = [] }) {
  const { title, columns, search, empty, keyOf, note } = LISTS[name];
  const heading = name === "members" ? `Members of ${params.topic}` : title;
  return [
    el("h2", {}, heading),
    el(
      "div",
      { class: "tools" },
      search && searchBox(search, params),
      name in ORDERS && orders(name, params),
      scope(name, params),
    ),
    failed.map(({ node, error }) => el("p", { class: "error" }, `${node}: ${error}`)),
    table(title, columns, items, { empty: params.search ? "Nothing matches." : empty, keyOf }),
    note && el("p", { class: "soft" }, note),
    pager(name, params, { items, total, next }),
  ];
}

function searchBox(hint, { search = "" }) {
  const input = el("input", {
    type: "search",
    "data-search": true,
    value: search,
    placeholder: hint,
    autocomplete: "off",
  });
  return el("label", {}, `Search: ${hint.toLowerCase()}`, input);
}

function orders(name, { order = "age", ...params }) {
  return el(
    "span",
    { role: "group", "aria-label": "Order" },
    Object.entries(ORDERS[name]).map(([key, title], index) => [
      index > 0 ? " · " : "",
      el(
        "a",
        {
          href: linkTo(name, { ...params, order: key, offset: "" }),
          "aria-current": key === order ? "true" : undefined,
        },
        title,
      ),
    ]),
  );
}

function pager(name, params, { items, total, next }) {
  const offset = Number(params.offset ?? 0);
  const limit = Number(params.limit ?? 50);
  return el(
    "p",
    { class: "pager" },
    el(
      "span",
      { class: "soft" },
      items.length === 0
        ? `0 of ${count(total)}`
        : `${count(offset + 1)} to ${count(offset + items.length)} of ${count(total)}`,
    ),
    offset > 0 &&
      el("a", { href: linkTo(name, { ...params, offset: Math.max(0, offset - limit) || "" }) }, "Previous page"),
    next !== undefined && el("a", { href: linkTo(name, { ...params, offset: next }) }, "Next page"),
  );
}

function renderTabs({ name }) {
  const current = PARENTS[name] ?? name;
  document.title = `${TABS[current] ?? name} · Urvogel inspector`;
  const tabs = Object.entries(TABS).map(([key, title]) =>
    el("li", {}, el("a", { href: linkTo(key), "aria-current": key === current ? "page" : undefined }, title))
  );
  morph(byId("tabs"), el("ul", { id: "tabs" }, tabs));
  byId("tabs").querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
}

async function renderNodes() {
  const chosen = currentRoute().params.node ?? "";
  const { items } = await ask("nodes", {});
  const options = items.map(({ name, isSelf, status }) =>
    el(
      "option",
      { value: isSelf ? "" : name, selected: (isSelf ? "" : name) === chosen },
      status === "up" ? name : `${name} (down)`,
    )
  );
  byId("node").replaceChildren(...options);
}

/** Asks before something is changed. */
async function isConfirmed(question, explanation, yes) {
  const dialog = byId("confirm");
  byId("question").textContent = question;
  byId("explanation").textContent = explanation;
  byId("yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "yes";
}

function nodeParams() {
  const { node } = currentRoute().params;
  return node ? { node } : {};
}

const ACTIONS = {
  async close({ process, name }) {
    const isSure = await isConfirmed(`Close the connection of ${name}?`, "Its client will connect again.", "Close it");
    if (isSure) await act("close", { process: Number(process), ...nodeParams() });
  },
  async state({ process }) {
    shown.state = "Waiting for the process…";
    render();
    const own = shown;
    own.state = await ask("state", { process, ...nodeParams() }).catch((error) => error.message);
    if (own === shown) render();
  },
};

function setPaused(isPaused) {
  byId("pause").setAttribute("aria-pressed", `${isPaused}`);
  byId("pause").textContent = isPaused ? "Resume" : "Pause";
  end();
  if (isPaused) showState("paused");
  else connect();
}

let searching;
function onInput({ target }) {
  if (target.dataset.search === undefined) return;
  clearTimeout(searching);
  searching = setTimeout(() => {
    const { name, params } = currentRoute();
    history.replaceState(null, "", linkTo(name, { ...params, search: target.value, offset: "" }));
    open();
  }, 250);
}

function onClick({ target }) {
  const { action, ...data } = target.closest("[data-action]")?.dataset ?? {};
  if (action === undefined) return;
  ACTIONS[action](data).catch((error) => {
    shown.failure = error.message;
    render();
  });
}

function listen() {
  addEventListener("hashchange", () => {
    open();
    byId("main").focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  document.addEventListener("input", onInput);
  document.addEventListener("click", onClick);
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  byId("pause").addEventListener("click", () => setPaused(byId("pause").getAttribute("aria-pressed") !== "true"));
  byId("yes").addEventListener("click", () => byId("confirm").close("yes"));
  byId("no").addEventListener("click", () => byId("confirm").close(""));
  byId("node").addEventListener("focus", () => void renderNodes().catch(() => {}));
  byId("node").addEventListener("change", ({ target }) => {
    location.hash = linkTo("overview", { node: target.value });
  });
}

listen();
open();
renderNodes().catch(({ message }) => byId("node").replaceChildren(el("option", {}, message)));
