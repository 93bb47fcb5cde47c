/**
 * Many clients with phoenix.js, who are in many rooms at the same time, and stay on one node.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { answerOf, CLIENT_VERSIONS, loadSocketClass, type PhoenixChannel } from "../../support/phoenix_client.ts";
import type { NodeProgram } from "./node_program.ts";

const [newest] = CLIENT_VERSIONS;
const SocketClass = await loadSocketClass(newest!);

/** Clients of one node. */
export class Crowd implements Disposable {
  /** Their names. */
  readonly names: string[] = [];
  readonly #node: NodeProgram;
  readonly #channels: PhoenixChannel[] = [];
  readonly #sockets: { disconnect(): void }[] = [];

  /** Nobody is there yet. */
  constructor(node: NodeProgram) {
    this.#node = node;
  }

  /**
   * Lets one more client enter all of `rooms`.
   *
   * @param meta What is known about it, everywhere.
   */
  async enter(name: string, rooms: readonly string[], meta: { readonly tab?: string } = {}): Promise<void> {
    const params = { user: name };
    const socket = new SocketClass(`ws://${this.#node.authority}/socket`, { transport: WebSocket, params });
    this.#sockets.push(socket);
    socket.connect();
    const channels = rooms.map((room) => socket.channel(room, { presence: true, ...meta }));
    const answers = await Promise.all(channels.map((channel) => answerOf(channel.join())));
    for (const { status } of answers) assertEquals(status, "ok");
    this.#channels.push(...channels);
    this.names.push(name);
  }

  /** Lets the first client say something. Resolves to whether its node acknowledged it. */
  async say(what: object = {}): Promise<boolean> {
    return (await answerOf(this.#channels[0]!.push("shout_ack", what, 2000))).status === "ok";
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.disconnect();
  }
}
