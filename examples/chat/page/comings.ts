/**
 * Who came and who left, in one line: what has changed since something was said in the room.
 *
 * A page that is reloaded, or a server that is restarted, is no reason to say that people left and came in again: who
 * comes back soon was here all the time.
 *
 * @module
 */

import type { Person } from "../contract.ts";
import type { Line } from "./feed.ts";

/** Who comes in is announced after so long, together with others. */
const GATHER_MS = 500;
/** Who is gone for so long has left. */
const GONE_MS = 5000;
/** More people than these are only counted. */
const MAX_NAMES = 3;

type Content = readonly (string | Person)[];

interface Known {
  readonly person: Person;
  /** Since when the person is gone, in milliseconds since 1970. */
  goneAt?: number | undefined;
}

/** Notes who comes and goes in one room. */
export class Comings {
  readonly #newLine: () => Line;
  /** Those of whom it was said that they are here, or who were here at first. */
  #known: Map<string, Known> | undefined;
  #here: readonly Person[] = [];
  #line: Line | undefined;
  /** What the line says, by id. */
  readonly #came = new Map<string, Person>();
  readonly #left = new Map<string, Person>();
  readonly #renamed = new Map<string, Content>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins with a room. `newLine` is called when there is something to say. */
  constructor(newLine: () => Line) {
    this.#newLine = newLine;
  }

  /** Takes in who is here now. */
  sync(here: readonly Person[]): void {
    this.#here = here;
    if (!this.#known) {
      this.#known = new Map(here.map((person) => [person.id, { person }]));
      return;
    }
    const ids = new Set(here.map(({ id }) => id));
    for (const [id, known] of this.#known) known.goneAt = ids.has(id) ? undefined : known.goneAt ?? Date.now();
    this.#timer ??= setTimeout(() => this.#settle(), GATHER_MS);
  }

  /** Says nothing until {@linkcode sync} is called again: the page does not know any more who is here. */
  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const known of this.#known?.values() ?? []) known.goneAt = undefined;
  }

  #settle(): void {
    this.#timer = undefined;
    if (!this.#line?.isLatest()) this.#begin();
    for (const person of this.#here) this.#noteHere(person);
    for (const known of this.#known!.values()) this.#noteGone(known);
    this.#line!.show(this.#content());
    const next = Math.min(...Array.from(this.#known!.values(), ({ goneAt = Infinity }) => goneAt)) + GONE_MS;
    if (next !== Infinity) this.#timer = setTimeout(() => this.#settle(), next - Date.now());
  }

  #begin(): void {
    this.#line = this.#newLine();
    for (const said of [this.#came, this.#left, this.#renamed]) said.clear();
  }

  #noteHere(person: Person): void {
    const { id } = person;
    const before = this.#known!.get(id)?.person;
    this.#known!.set(id, { person });
    if (!before) this.#left.delete(id) || this.#came.set(id, person);
    else if (this.#came.has(id)) this.#came.set(id, person);
    else if (before.name !== person.name) this.#renamed.set(id, [before, " is now ", person]);
  }

  #noteGone({ person, goneAt = Infinity }: Known): void {
    if (Date.now() < goneAt + GONE_MS) return;
    const { id } = person;
    this.#known!.delete(id);
    this.#renamed.delete(id);
    this.#came.delete(id) || this.#left.set(id, person);
  }

  #content(): Content {
    const parts: Content[] = [...this.#renamed.values()];
    if (this.#came.size > 0) parts.push([...listOf([...this.#came.values()]), " came in"]);
    if (this.#left.size > 0) parts.push([...listOf([...this.#left.values()]), " left"]);
    return parts.flatMap((part, index) => index === 0 ? part : [" · ", ...part]);
  }
}

/** People as they are said: `ann, bob and 2 others`. */
function listOf(people: readonly Person[]): Content {
  const rest = people.length - MAX_NAMES;
  const said: Content = rest > 1 ? [...people.slice(0, MAX_NAMES), `${rest} others`] : people;
  return said.flatMap((each, index) => {
    if (index === 0) return [each];
    return [index === said.length - 1 ? " and " : ", ", each];
  });
}
