/**
 * The pushes with keys that a node has handled lately, with their replies.
 *
 * A client that loses its connection sends the pushes again that it has no reply to. Bounded by number and bytes, for each
 * client in a topic and for all, and by age. There is no timer: what is too old goes with the pushes that follow.
 *
 * @module
 */

import { RememberedPush } from "./_remembered_push.ts";
import { pushForgotten } from "../telemetry.ts";

/** The bounds. What is beyond them is forgotten, the oldest first: a copy of it would be handled. */
export interface PushMemoryLimits {
  /** Per client in a topic. */
  readonly maxPushes: number;
  /** Per client in a topic: their replies. */
  readonly maxBytes: number;
  /** How many clients in topics are remembered. */
  readonly maxClients: number;
  /** Of all of them. */
  readonly maxTotalBytes: number;
  /** How long a push is remembered, in milliseconds. */
  readonly maxAgeMs: number;
}

/** 32 MB at most, five minutes: the time for which a client that is away is expected back. */
const LIMITS: PushMemoryLimits = {
  maxPushes: 100,
  maxBytes: 256 * 1024,
  maxClients: 10_000,
  maxTotalBytes: 32 * 1024 * 1024,
  maxAgeMs: 5 * 60_000,
};

/** Whose push it is. */
export interface PushOrigin {
  /** The topic. */
  readonly topic: string;
  /** The id of the socket; without one, clients are told apart by the random part of the key. */
  readonly id: string | null;
  /** The key. */
  readonly key: string;
}

interface Client {
  readonly topic: string;
  readonly pushes: Map<string, RememberedPush>; // the oldest first
  bytes: number;
}

/** Remembers the pushes of one mount. */
export class PushMemory {
  readonly #limits: PushMemoryLimits;
  readonly #clients = new Map<string, Client>(); // the least recently used first
  #bytes = 0;

  /** Creates an empty memory. */
  constructor(limits: Partial<PushMemoryLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** The memory that it takes, in bytes, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns the push of this key, if it is remembered. */
  find(origin: PushOrigin): RememberedPush | undefined {
    return this.#clients.get(clientOf(origin))?.pushes.get(origin.key);
  }

  /** Remembers a push that has arrived. */
  add(origin: PushOrigin): RememberedPush {
    const nowMs = Date.now();
    const name = clientOf(origin);
    const client: Client = this.#clients.get(name) ?? { topic: origin.topic, pushes: new Map(), bytes: 0 };
    this.#clients.delete(name);
    this.#clients.set(name, client);
    const { key } = origin;
    const isKept = (): boolean => client.pushes.get(key) === push;
    const push: RememberedPush = new RememberedPush(
      nowMs,
      (bytes) => isKept() && this.#grow(client, bytes),
      () => isKept() && this.#delete(client, key, push),
    );
    client.pushes.set(key, push);
    this.#forgetOld(nowMs);
    this.#grow(client, push.bytes);
    return push;
  }

  #grow(client: Client, bytes: number): void {
    client.bytes += bytes;
    this.#bytes += bytes;
    const { maxPushes, maxBytes, maxClients, maxTotalBytes } = this.#limits;
    while (client.pushes.size > maxPushes || (client.bytes > maxBytes && client.pushes.size > 1)) {
      this.#forgetFirst(client);
    }
    while (this.#clients.size > maxClients || (this.#bytes > maxTotalBytes && this.#clients.size > 1)) {
      const [name, oldest] = this.#first();
      while (oldest.pushes.size > 0) this.#forgetFirst(oldest);
      this.#clients.delete(name);
    }
  }

  /** Forgets the oldest push because of a bound. */
  #forgetFirst(client: Client): void {
    const [[key, push]] = client.pushes as unknown as [[string, RememberedPush]];
    this.#delete(client, key, push);
    pushForgotten.emit({ topic: client.topic, isReplied: push.isReplied });
  }

  #delete(client: Client, key: string, push: RememberedPush): void {
    client.pushes.delete(key);
    push.forget();
    client.bytes -= push.bytes;
    this.#bytes -= push.bytes;
  }

  /** Forgets what is too old, of the clients that have pushed nothing for the longest time. */
  #forgetOld(nowMs: number): void {
    for (let left = 2; left > 0 && this.#clients.size > 0; left--) {
      const [name, client] = this.#first();
      for (const [key, push] of client.pushes) {
        if (nowMs - push.atMs <= this.#limits.maxAgeMs) return;
        this.#delete(client, key, push);
      }
      this.#clients.delete(name);
    }
  }

  #first(): [name: string, client: Client] {
    const [first] = this.#clients;
    return first!;
  }
}

/** Sockets without an id have only the random part of the key, which nobody else can know. */
function clientOf({ topic, id, key }: PushOrigin): string {
  return id === null ? `${topic}\n${key.slice(0, key.indexOf("."))}` : `${topic}\nid ${id}`;
}
