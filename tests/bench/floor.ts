/**
 * The least that a server of Phoenix's protocol (V2, JSON) can do, on any WebSocket. It parses, looks the topic up and
 * answers; a shout is encoded once and sent to everybody. It checks nothing, keeps no processes, has no limits, and
 * fails on the first malformed frame. Runs on Deno and on Node.
 *
 * @module
 */

/** What it needs of a WebSocket. */
export interface Sender {
  /** Sends a text. */
  send(text: string): void;
}

const topics = new Map<string, Set<Sender>>();

/** A connection. */
export class FloorConnection {
  readonly #socket: Sender;
  readonly #joined = new Map<string, string>();

  /** Creates the connection behind `socket`. */
  constructor(socket: Sender) {
    this.#socket = socket;
  }

  /** Handles a message, and replies to it. */
  receive(text: string): void {
    const [joinRef, ref, topic, event, payload] = JSON.parse(text);
    switch (event) {
      case "echo":
        if (this.#joined.get(topic) === joinRef) this.#reply(joinRef, ref, topic, payload);
        return;
      case "shout": {
        if (this.#joined.get(topic) !== joinRef) return;
        const frame = JSON.stringify([null, null, topic, event, payload]);
        for (const member of topics.get(topic)!) member.send(frame);
        return;
      }
      case "heartbeat":
        return this.#reply(joinRef, ref, topic, {});
      case "phx_join":
        this.#join(topic, joinRef);
        return this.#reply(joinRef, ref, topic, {});
      case "phx_leave":
        this.#joined.delete(topic);
        this.#part(topic);
        this.#reply(joinRef, ref, topic, {});
        return this.#socket.send(JSON.stringify([joinRef, joinRef, topic, "phx_close", {}]));
    }
  }

  /** Leaves all topics. */
  close(): void {
    for (const topic of this.#joined.keys()) this.#part(topic);
  }

  #reply(joinRef: string, ref: string, topic: string, response: unknown): void {
    this.#socket.send(JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response }]));
  }

  #join(topic: string, joinRef: string): void {
    this.#joined.set(topic, joinRef);
    const members = topics.get(topic);
    if (members) members.add(this.#socket);
    else topics.set(topic, new Set([this.#socket]));
  }

  #part(topic: string): void {
    const members = topics.get(topic);
    if (members?.delete(this.#socket) && members.size === 0) topics.delete(topic);
  }
}
