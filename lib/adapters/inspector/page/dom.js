/**
 * Builds the page. Everything that is shown becomes a text node or an attribute, never HTML.
 *
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "title"]);

/** Creates an element. Children are elements, texts, lists of them, or nothing. */
export function el(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : `${value}`);
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter((child) =>
    child !== undefined && child !== null && child !== false && child !== ""
  )
    .map((child) => child instanceof Node ? child : `${child}`);
}

/**
 * Makes `old` look like `wanted`, and keeps every element that can stay: so the focus, the selection and what is
 * scrolled or unfolded stay too while the page updates itself. Elements with a `data-key`, such as rows, stay those of
 * their item when others come or go before them.
 */
export function morph(old, wanted) {
  morphAttributes(old, wanted);
  const keyed = keptRows(old, wanted);
  let place = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = keyOf(child);
    const kept = key === undefined ? place : keyed.get(key);
    keyed.delete(key);
    if (!kept || !isSameKind(kept, child)) {
      place = put(child, place);
    } else {
      if (kept === place) place = place.nextSibling;
      else old.insertBefore(kept, place);
      morphNode(kept, child);
    }
  }
  while (place) place = removed(place);

  function put(child, before) {
    old.insertBefore(child, before);
    // What has no key is replaced; a row waits for its turn.
    return before && keyOf(before) === undefined && keyOf(child) === undefined ? removed(before) : before;
  }
}

/** Removes rows whose items are gone, and returns the others by their keys. */
function keptRows(old, wanted) {
  const keys = new Set([...wanted.children].map(keyOf));
  for (const child of [...old.children]) if (keyOf(child) !== undefined && !keys.has(keyOf(child))) child.remove();
  return new Map([...old.children].filter((child) => keyOf(child) !== undefined).map((child) => [keyOf(child), child]));
}

function morphNode(old, wanted) {
  if (wanted.nodeType !== Node.TEXT_NODE) morph(old, wanted);
  else if (old.data !== wanted.data) old.data = wanted.data;
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function keyOf(node) {
  return node.dataset?.key;
}

function isSameKind(a, b) {
  return a.nodeName === b.nodeName && a.nodeType === b.nodeType && keyOf(a) === keyOf(b);
}

function morphAttributes(old, wanted) {
  for (const { name, value } of [...wanted.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
}

/**
 * Creates a table. A column has a title, a function that returns the content of its cell, and a class. `keyOf` returns
 * what identifies an item, so that its row stays its own while the list changes.
 */
export function table(caption, columns, items, { empty = "Nothing here.", keyOf = () => undefined } = {}) {
  if (items.length === 0) return el("p", { class: "soft" }, empty);
  const row = (item) => el("tr", { "data-key": keyOf(item) }, columns.map((column) => cellOf(column, item)));
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, columns.map(({ title, kind }) => el("th", { scope: "col", class: kind }, title)))),
      el("tbody", {}, items.map(row)),
    ),
  );
}

/** Creates a block of text that may be scrolled, also by keyboard. */
export function block(label, text) {
  return el("pre", { tabindex: 0, role: "region", "aria-label": label }, text);
}

function cellOf({ cell, kind }, item) {
  return el("td", { class: kind }, cell(item));
}

/** Creates a list of names and values. */
export function facts(entries) {
  return el("dl", {}, entries.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value ?? "–")]));
}

/** Creates a button; `main.js` listens to its `action`. */
export function button(text, action, data = {}, kind = undefined) {
  const attributes = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data-${key}`, value]));
  return el("button", { type: "button", "data-action": action, class: kind, ...attributes }, text);
}
