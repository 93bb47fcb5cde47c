/**
 * One document: a GenServer that speaks the sync protocol of Yjs.
 *
 * @module
 */

import { createDecoder, readVarUint, readVarUint8Array } from "lib0/decoding.js";
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from "lib0/encoding.js";
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector } from "yjs";
import { GenServer, reply } from "@urvogel/realtime";

// A message begins with SYNC; or it is about cursors and names, of which the server keeps nothing.
const [SYNC, STEP_1, STEP_2, UPDATE] = [0, 0, 1, 2]; // "what I have", "what you lack", "what is new"

function syncMessage(type: number, content: Uint8Array): Uint8Array {
  const encoder = createEncoder();
  writeVarUint(encoder, SYNC);
  writeVarUint(encoder, type);
  writeVarUint8Array(encoder, content);
  return toUint8Array(encoder);
}

interface Document {
  calls: { receive(message: Uint8Array): readonly Uint8Array[] | "malformed" };
}

/** Keeps one document, for as long as the program runs. */
export class DocumentServer extends GenServer<Doc, Document> {
  override init() {
    return new Doc();
  }
  override handleCall = this.calls({
    receive: (doc, message) => {
      try {
        return reply(answersTo(message, doc), doc);
      } catch { // one client's fault: the document and the others go on
        return reply("malformed" as const, doc);
      }
    },
  });
}

function answersTo(message: Uint8Array, doc: Doc): readonly Uint8Array[] {
  const decoder = createDecoder(message);
  if (readVarUint(decoder) !== SYNC) return [];
  switch (readVarUint(decoder)) {
    case STEP_1:
      return [
        syncMessage(STEP_2, encodeStateAsUpdate(doc, readVarUint8Array(decoder))),
        syncMessage(STEP_1, encodeStateVector(doc)),
      ];
    case STEP_2:
    case UPDATE:
      applyUpdate(doc, readVarUint8Array(decoder));
      return [];
  }
  throw new TypeError("Cannot read message: unknown type");
}
