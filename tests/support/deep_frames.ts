/**
 * Frames that are nested deeper than anybody needs.
 *
 * @module
 */

/**
 * JSON of lists in lists, as a text.
 *
 * @param core What stands in the middle: V8 writes an object with an index as its key by recursion, and others not.
 */
export function deepList(levels: number, core = ""): string {
  return "[".repeat(levels) + core + "]".repeat(levels);
}

/** JSON of objects in objects, as a text. */
export function deepObject(levels: number, key: string, core = ""): string {
  return `{"${key}":`.repeat(levels) + (core || "0") + "}".repeat(levels);
}

/** The places of a message. */
export const PLACES = ["join_ref", "ref", "topic", "event", "payload"] as const;

const PLAIN = { join_ref: '"1"', ref: '"2"', topic: '"room:a"', event: '"echo"', payload: "{}" };

/** A V2 message as a text, with JSON in one place. */
export function deepV2(place: (typeof PLACES)[number], json: string, others: Partial<typeof PLAIN> = {}): string {
  const message: Record<string, string> = { ...PLAIN, ...others, [place]: json };
  return `[${PLACES.map((place) => message[place]).join(",")}]`;
}

/** A V1 message as a text, with JSON in one place. */
export function deepV1(place: (typeof PLACES)[number], json: string, others: Partial<typeof PLAIN> = {}): string {
  const message: Record<string, string> = { ...PLAIN, ...others, [place]: json };
  return `{${PLACES.map((place) => `"${place}":${message[place]}`).join(",")}}`;
}

/** A broadcast of Supabase's client with JSON as its payload. */
export function supabasePush(json: string): Uint8Array {
  const encoder = new TextEncoder();
  const fields = ["1", "2", "room:a", "cursor", ""].map((text) => encoder.encode(text));
  const data = encoder.encode(json);
  const frame = new Uint8Array(7 + fields.reduce((sum, { length }) => sum + length, 0) + data.length);
  frame.set([3, ...fields.map(({ length }) => length), 1]);
  let offset = 7;
  for (const field of [...fields, data]) {
    frame.set(field, offset);
    offset += field.length;
  }
  return frame;
}
