/// <reference lib="dom" />
/**
 * Elements of the page.
 *
 * @module
 */

/** The element with this id. */
export function $<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** Creates an element. Texts in it only ever become text nodes. */
export function create<T extends keyof HTMLElementTagNameMap>(
  tag: T,
  className: string,
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[T] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...content);
  return element;
}

/** Creates a button. */
export function button(text: string, onClick: () => void): HTMLButtonElement {
  const element = create("button", "", text);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}
