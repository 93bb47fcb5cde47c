/**
 * The texts of `NOTIFY`, which carry envelopes between nodes.
 *
 * | text | content |
 * | --- | --- |
 * | `<node>/<number>/m<base64url>` | envelopes, each after its length in four bytes |
 * | `<node>/<number>/s<id>/<bytes>` | one envelope, which lies in the table `spilled` |
 * | `<node>/<number>/p` | nothing: the node tests its connections |
 *
 * The number makes texts different: PostgreSQL delivers equal ones of a transaction only once. Base64 because envelopes
 * are bytes, and because it has no comma and no quote.
 *
 * @module
 */

import { decodeBase64, encodeBase64url } from "../../base/base64.ts";

/** What a notification carries. */
export type Notification =
  | { readonly kind: "envelopes"; readonly from: string; readonly envelopes: readonly Uint8Array[] }
  | { readonly kind: "spilled"; readonly from: string; readonly id: string; readonly bytes: number };

/** Bytes before each envelope. */
export const LENGTH_BYTES = 4;
/** How many bytes fit into one notification: 7,900 letters of base64. The limit of the server is 7,999 in all. */
export const MAX_PACK_BYTES = 5925;

const FORM =
  /^([A-Za-z0-9_-]{1,64})\/\d{1,20}\/(?:m([A-Za-z0-9_-]*)|s([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(\d{1,10}))$/;

/** Writes envelopes whose sizes, with their lengths, sum up to `bytes`. */
export function writeEnvelopes(envelopes: readonly Uint8Array[], bytes: number): string {
  const pack = new Uint8Array(bytes);
  const view = new DataView(pack.buffer);
  let at = 0;
  for (const envelope of envelopes) {
    view.setUint32(at, envelope.length);
    pack.set(envelope, at + LENGTH_BYTES);
    at += LENGTH_BYTES + envelope.length;
  }
  return `m${encodeBase64url(pack)}`;
}

/** Writes the place of an envelope of `bytes` bytes in the table. */
export function writeSpilled(id: string, bytes: number): string {
  return `s${id}/${bytes}`;
}

/**
 * Reads a notification.
 *
 * @returns What it carries; `undefined` if no node sent it.
 */
export function readNotification(text: string): Notification | undefined {
  const [, from = "", pack, id, bytes] = FORM.exec(text) ?? [];
  if (id !== undefined) return { kind: "spilled", from, id, bytes: Number(bytes) };
  const envelopes = pack === undefined ? undefined : readEnvelopes(pack);
  return envelopes && { kind: "envelopes", from, envelopes };
}

function readEnvelopes(base64: string): readonly Uint8Array[] | undefined {
  const pack = decode(base64);
  if (!pack) return undefined;
  const view = new DataView(pack.buffer);
  const envelopes: Uint8Array[] = [];
  for (let at = 0; at < pack.length;) {
    const start = at + LENGTH_BYTES;
    if (start > pack.length) return undefined;
    at = start + view.getUint32(at);
    if (at > pack.length) return undefined;
    envelopes.push(pack.subarray(start, at));
  }
  return envelopes;
}

/** Decodes base64url; `undefined` if it is none. */
export function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return decodeBase64(base64, "base64url");
  } catch {
    return undefined;
  }
}
