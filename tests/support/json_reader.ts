/**
 * Takes a JSON value apart and says where it is not as expected.
 *
 * @module
 */

/** A value within a JSON document, and the way to it. */
export class JsonReader {
  readonly #value: unknown;
  readonly #where: string;
  readonly #read = new Set<string>();

  /** Reads `value`, which errors call `where`. */
  constructor(value: unknown, where: string) {
    this.#value = value;
    this.#where = where;
  }

  /** The value as text. */
  string(): string {
    if (typeof this.#value === "string") return this.#value;
    throw this.#error("text");
  }

  /** The value as a number. */
  number(): number {
    if (typeof this.#value === "number") return this.#value;
    throw this.#error("a number");
  }

  /** The value as `true` or `false`. */
  boolean(): boolean {
    if (typeof this.#value === "boolean") return this.#value;
    throw this.#error("true or false");
  }

  /** `null`, or what `read` makes of any other value. */
  nullOr<T>(read: (value: JsonReader) => T): T | null {
    return this.#value === null ? null : read(this);
  }

  /** Each element of an array. */
  list<T>(read: (element: JsonReader) => T): T[] {
    if (!Array.isArray(this.#value)) throw this.#error("an array");
    return this.#value.map((element, i) => read(new JsonReader(element, `${this.#where}[${i}]`)));
  }

  /** Each field of an object whose names are data. */
  record<T>(read: (value: JsonReader) => T): Record<string, T> {
    const fields = Object.keys(this.#object());
    return Object.fromEntries(fields.map((name) => [name, read(this.field(name))]));
  }

  /** A field that has to be there. */
  field(name: string): JsonReader {
    const field = this.optional(name);
    if (field) return field;
    throw this.#error(`an object with "${name}"`);
  }

  /** A field that may be absent. */
  optional(name: string): JsonReader | undefined {
    this.#read.add(name);
    const object = this.#object();
    return Object.hasOwn(object, name) ? new JsonReader(object[name], `${this.#where}.${name}`) : undefined;
  }

  /** Tells whether the value is text, and not an object that stands for something else. */
  isString(): boolean {
    return typeof this.#value === "string";
  }

  /** Tells whether the value is an object that has the field `name`. */
  has(name: string): boolean {
    return isObject(this.#value) && Object.hasOwn(this.#value, name);
  }

  /** Throws if the object has a field that was not asked for. */
  allRead(): void {
    const unknown = Object.keys(this.#object()).filter((name) => !this.#read.has(name));
    if (unknown.length > 0) throw this.#error(`an object without "${unknown.join('", "')}"`);
  }

  #object(): Record<string, unknown> {
    if (isObject(this.#value)) return this.#value;
    throw this.#error("an object");
  }

  #error(wanted: string): TypeError {
    const found = JSON.stringify(this.#value)?.slice(0, 200);
    return new TypeError(`Cannot read ${this.#where}: expected ${wanted}, received ${found}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
