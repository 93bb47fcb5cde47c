/**
 * Shared documents: a server for Yjs over `y-phoenix-channel`, as it comes from npm.
 *
 * ```sh
 * deno task start
 * ```
 *
 * @module
 */

import {
  Channel,
  DynamicSupervisor,
  Endpoint,
  KeyedServers,
  noreply,
  ok,
  PubSub,
  Socket,
  stop,
} from "@urvogel/realtime";
import { DocumentServer } from "./document_server.ts";

const pubsub = new PubSub();
const documents = new KeyedServers(DocumentServer, {
  supervisor: await DynamicSupervisor.start({ name: "documents" }),
  pubsub,
});

class DocumentChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    yjs_sync: this.#receive,
    yjs: async (message, socket) => {
      const result = await this.#receive(message);
      if (result.next === "noreply") socket.broadcastFrom("yjs", message as Uint8Array);
      return result;
    },
  });

  async #receive(message: unknown) {
    const document = await documents.ensure(this.socket.topic);
    const answers = message instanceof Uint8Array ? await document.call("receive", message) : "malformed";
    if (answers === "malformed") return stop({ shutdown: "malformed message" });
    for (const answer of answers) this.socket.push("yjs", answer);
    return noreply();
  }
}

class DocumentSocket extends Socket {
  override channels = { "y_doc_room:*": DocumentChannel };
  override connect() {
    return ok();
  }
}

const endpoint = new Endpoint({ pubsub, sockets: { "/socket": DocumentSocket } });

Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 4000),
  onListen: ({ port }) => console.log(`Documents: connect to ws://localhost:${port}/socket`),
}, endpoint.fetch);
