/**
 * Hides secrets in values for logs.
 *
 * @module
 */

/** A function that hides the secrets in a value. It returns the value itself if there are none. */
export type Redactor = (value: unknown) => unknown;

/**
 * The default secret keys: the values of all keys that contain one of these are hidden.
 *
 * @category Telemetry and logs
 */
export const REDACTED_KEYS: readonly string[] = ["password", "token", "secret"];

const HIDDEN = "[redacted]";
const CIRCULAR = "[circular]";
const TOO_DEEP = "[too deep]";
const TOO_LARGE = "[too large]";
const UNREADABLE = "[unreadable]";
const DEEPEST = 32;
/** Maximum number of values that are checked: more do not belong in logs, and would block the server. */
const MOST_VALUES = 10_000;

/**
 * Creates a function that hides the values of secret keys, including those of a `Map`. It never throws, even if reading
 * a value does, and its time is bounded: deeper than 32 levels and after 10,000 values it hides everything else.
 *
 * @example Usage
 * ```ts
 * import { redactor } from "./redact.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const redact = redactor();
 * assertEquals(redact({ user: "ann", userToken: "s3cr3t" }), { user: "ann", userToken: "[redacted]" });
 * ```
 *
 * @param keys Parts of the keys that are secret, in upper or lower case.
 */
export function redactor(keys: readonly string[] = REDACTED_KEYS): Redactor {
  const parts = keys.map((key) => key.toLowerCase());
  const isSecret = (key: string) => {
    const name = key.toLowerCase();
    return parts.some((part) => name.includes(part));
  };
  return (value) => new Redaction(isSecret).of(value, 0);
}

/** Redacts one value. */
class Redaction {
  readonly #isSecret: (key: string) => boolean;
  readonly #done = new Map<object, unknown>();
  #looked = 0;

  constructor(isSecret: (key: string) => boolean) {
    this.#isSecret = isSecret;
  }

  of(value: unknown, depth: number): unknown {
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    if (depth > DEEPEST) return TOO_DEEP;
    if (this.#done.has(value)) return this.#done.get(value);
    if (++this.#looked > MOST_VALUES) return TOO_LARGE;
    this.#done.set(value, CIRCULAR);
    const redacted = this.#guarded(value, depth);
    this.#done.set(value, redacted);
    return redacted;
  }

  #guarded(value: object, depth: number): unknown {
    try {
      if (value instanceof Map) return this.#ofMap(value, depth);
      if (value instanceof Set) return this.#ofSet(value, depth);
      return this.#asJson(value, depth) ?? this.#ofObject(value, depth);
    } catch { // a getter, or a proxy
      return UNREADABLE;
    }
  }

  /** Redacts a `Map`. A map with own properties is always copied, since they may be secret: a copy has only entries. */
  #ofMap(map: Map<unknown, unknown>, depth: number): unknown {
    this.#looked += map.size;
    if (this.#looked > MOST_VALUES) return TOO_LARGE;
    const copy = new Map<unknown, unknown>();
    let isSame = Object.keys(map).length === 0;
    Map.prototype.forEach.call(map, (inner, key) => { // not `for`: a subclass may iterate without an end
      const shownKey = this.of(key, depth + 1);
      const shown = typeof key === "string" && this.#isSecret(key) ? HIDDEN : this.of(inner, depth + 1);
      isSame &&= shownKey === key && shown === inner;
      copy.set(shownKey, shown);
    });
    return isSame ? map : copy;
  }

  /** Redacts a `Set`, in the same way as a `Map`. */
  #ofSet(set: Set<unknown>, depth: number): unknown {
    this.#looked += set.size;
    if (this.#looked > MOST_VALUES) return TOO_LARGE;
    const copy = new Set<unknown>();
    let isSame = Object.keys(set).length === 0;
    Set.prototype.forEach.call(set, (inner) => {
      const shown = this.of(inner, depth + 1);
      isSame &&= shown === inner;
      copy.add(shown);
    });
    return isSame ? set : copy;
  }

  /** Returns what an object shows of itself as JSON, if that has secrets: they may come from private fields. */
  #asJson(value: object, depth: number): unknown {
    if (typeof Reflect.get(value, "toJSON") !== "function") return undefined;
    const json: unknown = (value as { toJSON(): unknown }).toJSON();
    const redacted = json === value ? json : this.of(json, depth + 1);
    return redacted === json ? undefined : redacted;
  }

  #ofObject(value: object, depth: number): unknown {
    let copy: object | undefined;
    const keys = Object.keys(value);
    this.#looked += keys.length;
    if (this.#looked > MOST_VALUES) return TOO_LARGE;
    for (const key of keys) {
      const inner: unknown = Reflect.get(value, key);
      const redacted = this.#isSecret(key) ? HIDDEN : this.of(inner, depth + 1);
      if (redacted === inner) continue;
      copy ??= copyOf(value);
      // Not an assignment: "__proto__" may be a key.
      Object.defineProperty(copy, key, { value: redacted, enumerable: true, configurable: true, writable: true });
    }
    return copy ?? value;
  }
}

/** Returns a copy with the same prototype, which can be changed even if the original is frozen. */
function copyOf(value: object): object {
  if (Array.isArray(value)) return [...value];
  const fields = Object.getOwnPropertyDescriptors(value) as Record<PropertyKey, PropertyDescriptor>;
  for (const key of Reflect.ownKeys(fields)) fields[key]!.configurable = true;
  return Object.create(Object.getPrototypeOf(value), fields);
}
