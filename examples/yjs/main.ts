/**
 * Shared documents: a server for Yjs over `y-phoenix-channel`, as it comes from npm.
 *
 * ```sh
 * deno run --allow-net --allow-env examples/yjs/main.ts
 * ```
 *
 * @module
 */

import { createDecoder, readVarUint, readVarUint8Array } from "npm:lib0@0.2.117/decoding.js";
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from "npm:lib0@0.2.117/encoding.js";
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector } from "npm:yjs@13.6.27";
import { Channel, type ChannelSocket, Endpoint, GenServer, noreply, ok, reply, Socket, stop } from "@urvogel/realtime";

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
class DocumentServer extends GenServer<Doc, Document> {
  override init() {
    return new Doc();
  }
  override handleCall = {
    receive: (doc: Doc, message: Uint8Array) => {
      try {
        return reply(answersTo(message, doc), doc);
      } catch { // one client's fault: the document and the others go on
        return reply("malformed" as const, doc);
      }
    },
  };
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

class DocumentChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    yjs_sync: (message, socket) => this.#receive(message, socket),
    yjs: async (message, socket) => {
      const result = await this.#receive(message, socket);
      if (result.next === "noreply") socket.broadcastFrom("yjs", message as Uint8Array);
      return result;
    },
  });

  async #receive(message: unknown, socket: ChannelSocket) {
    const name = socket.topic;
    const document = GenServer.whereis(DocumentServer, name) ??
      await GenServer.start(DocumentServer, undefined, { name });
    const answers = message instanceof Uint8Array ? await document.call("receive", message) : "malformed";
    if (answers === "malformed") return stop({ shutdown: "malformed message" });
    for (const answer of answers) socket.push("yjs", answer);
    return noreply();
  }
}

class DocumentSocket extends Socket {
  override channels = { "y_doc_room:*": DocumentChannel };
  override connect() {
    return ok();
  }
}

const endpoint = new Endpoint({ sockets: { "/socket": DocumentSocket } });

Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Documents: connect to ws://localhost:${port}/socket`),
}, endpoint.fetch);
