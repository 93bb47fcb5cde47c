/**
 * The process of a connection, with what the debug functions show of it.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import { Process, type ProcessOrigin } from "../otp/process/process.ts";
import type { ChildType } from "../otp/process/child_spec.ts";
import type { ChildInfo } from "../otp/supervisor/supervised_child.ts";
import type { Supervising } from "../otp/supervisor/supervising.ts";
import type { PeerData } from "../transport/request/connect_info.ts";
import type { Connection } from "../transport/connection.ts";
import type { KnownClient } from "./_client_context.ts";
import type { TopicSlots } from "./_topic_slots.ts";

/** A connection, as it was at one moment. */
export interface SocketInfo {
  /** Its process. */
  readonly pid: Pid<never>;
  /** What `Socket.id` said. */
  readonly id: string | null;
  /** How it is carried: `"websocket"`, `"longpoll"`. */
  readonly transport: string;
  /** The address of the client, or of the proxy before it. */
  readonly peer: PeerData | undefined;
  /** When it was opened. */
  readonly since: Date;
  /** Bytes that wait for the client to read them. */
  readonly bufferedBytes: number;
  /** The topics that it has joined, or is about to. */
  readonly topics: readonly string[];
}

/** A channel, as it was at one moment. */
export interface ChannelInfo {
  /** The topic. */
  readonly topic: string;
  /** Whether `join` has decided. */
  readonly status: "joining" | "joined";
  /** Its process; there is none yet while a second join of the topic waits for the first to end. */
  readonly pid: Pid<never> | undefined;
  /** How many messages wait for it. */
  readonly messageQueueLength: number;
}

/** What a connection is made of. */
export interface SocketParts {
  /** What is known of the client. */
  readonly client: KnownClient;
  /** Its wire. */
  readonly connection: Connection;
  /** Its topics. */
  readonly slots: TopicSlots;
}

/** The process of a connection. */
export class SocketProcess extends Process implements Supervising {
  readonly #parts: SocketParts;
  readonly #since = Date.now();

  /** Creates a live process that nobody reads for yet. */
  constructor(parts: SocketParts, options: ProcessOrigin) {
    super(options);
    this.#parts = parts;
  }

  /** Whether it is the process of this connection. */
  carries(connection: Connection): boolean {
    return this.#parts.connection === connection;
  }

  /** What can be seen of the connection. */
  get info(): SocketInfo {
    const { client: { identity: { id }, origin: { peer } }, connection: { transport, bufferedBytes }, slots } =
      this.#parts;
    const topics = [...slots.entries()].map(([topic]) => topic);
    return { pid: this, id, transport, peer, since: new Date(this.#since), bufferedBytes, topics };
  }

  /** What can be seen of its channels. */
  get channels(): ChannelInfo[] {
    return [...this.#parts.slots.entries()].map(([topic, slot]) => {
      const waiting = slot.phase === "joining" ? slot.waiting.length : 0;
      const messageQueueLength = waiting + (slot.process?.mailbox.length ?? 0);
      return { topic, status: slot.phase, pid: slot.process, messageQueueLength };
    });
  }

  /** Its channels, as children. */
  get supervised(): readonly ChildInfo[] {
    return Array.from(this.#parts.slots, ({ process }) => process)
      .filter((process) => process !== undefined)
      .map((process) => childOf(process, "worker"));
  }
}

/** A process of an endpoint as a child; what it is called is its label. */
export function childOf(pid: Pid<never>, type: ChildType): ChildInfo {
  return { id: pid.label, type, status: "running", pid };
}
