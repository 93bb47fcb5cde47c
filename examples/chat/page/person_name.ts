/// <reference lib="dom" />
/**
 * Names in the page. Where two people have the same name, or one that looks the same, a part of the id is shown too.
 *
 * @module
 */

import type { Person } from "../contract.ts";
import { create } from "./dom.ts";

/** The ids of those who have a name, by how it looks. */
const owners = new Map<string, Set<string>>();
/** So many colours can be told apart. */
const STEPS = 12;
const steps = new Map<string, number>();

/** Creates an element with somebody's name. */
export function personName({ id, name }: Person): HTMLElement {
  const looks = name.normalize("NFKC").toLowerCase().replace(/\p{Cf}/gu, "");
  const mark = create("small", "mark", `#${id.slice(0, 4)}`);
  // A name from right to left must not turn what stands beside it.
  const element = create("span", "name", create("bdi", "", name), mark);
  element.dataset.looks = looks;
  element.title = name;
  if (ownersOf(looks).add(id).size > 1) {
    element.classList.add("shared");
    for (const other of document.querySelectorAll(`.name[data-looks="${CSS.escape(looks)}"]`)) {
      other.classList.add("shared");
    }
  }
  return element;
}

function ownersOf(looks: string): Set<string> {
  const ids = owners.get(looks) ?? new Set();
  owners.set(looks, ids);
  return ids;
}

/** A colour for a person: the same in all pages, unless it is too much like that of another person in the room. */
export function hueOf(id: string): string {
  const step = steps.get(id) ?? freeStep(parseInt(id.slice(0, 4), 16) % STEPS || 0);
  steps.set(id, step);
  return String(step * 360 / STEPS);
}

/** The wanted step of the circle, or the one that is farthest from all that are taken. */
function freeStep(wanted: number): number {
  const taken = [...steps.values()];
  const distance = (step: number) =>
    Math.min(...taken.map((other) => Math.min(Math.abs(step - other), STEPS - Math.abs(step - other))));
  if (distance(wanted) >= 2) return wanted;
  const all = Array.from({ length: STEPS }, (_, step) => step);
  return all.reduce((best, step) => distance(step) > distance(best) ? step : best, wanted);
}

/** Forgets who has which name and which colour. */
export function forgetNames(): void {
  owners.clear();
  steps.clear();
}
