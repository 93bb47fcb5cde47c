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
 * scrolled or unfolded stay too while the page updates itself.
 */
export function morph(old, wanted) {
  morphAttributes(old, wanted);
  const olds = [...old.childNodes];
  const news = [...wanted.childNodes];
  news.forEach((child, index) => {
    const kept = olds[index];
    if (kept === undefined) old.append(child);
    else if (!isSameKind(kept, child)) kept.replaceWith(child);
    else if (child.nodeType === Node.TEXT_NODE) {
      if (kept.data !== child.data) kept.data = child.data;
    } else morph(kept, child);
  });
  for (const child of olds.slice(news.length)) child.remove();
}

function isSameKind(a, b) {
  return a.nodeName === b.nodeName && a.nodeType === b.nodeType && a.dataset?.key === b.dataset?.key;
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
 * Creates a table. A column has a title, a function that returns the content of its cell, and a class.
 */
export function table(caption, columns, items, empty = "Nothing here.") {
  if (items.length === 0) return el("p", { class: "soft" }, empty);
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, columns.map(({ title, kind }) => el("th", { scope: "col", class: kind }, title)))),
      el("tbody", {}, items.map((item) => el("tr", {}, columns.map((column) => cellOf(column, item))))),
    ),
  );
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
