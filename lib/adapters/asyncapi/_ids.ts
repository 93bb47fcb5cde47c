/**
 * The names of a document's parts.
 *
 * @module
 */

/**
 * Gives each part a name of letters, digits, `_` and `-`: all that tools accept, and no pointer to it needs escapes.
 */
export class Ids {
  readonly #taken = new Set<string>();

  /** Returns a name that is like `text`, and that no other part has. */
  of(text: string): string {
    const wanted = text.replaceAll(/[^A-Za-z0-9_-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "any";
    let id = wanted;
    for (let count = 2; this.#taken.has(id); count++) id = `${wanted}-${count}`;
    this.#taken.add(id);
    return id;
  }
}
