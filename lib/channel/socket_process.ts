/**
 * The process of a connection, with the information that the debug functions show.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import type { Pid } from "../otp/process/pid.ts";
import { Process, type ProcessOrigin } from "../otp/process/process.ts";
import type { Reported, Reporting } from "../otp/process/reporting.ts";
import type { ChildType } from "../otp/process/child_spec.ts";
import type { ChildInfo } from "../otp/supervisor/supervised_child.ts";
import type { Supervising } from "../otp/supervisor/supervising.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Connection } from "../transport/connection.ts";
import { clientLogFields, type KnownClient } from "./_client_context.ts";
import { REMOVED, Removed } from "./_channel_messages.ts";
import type { ChannelInfo, SocketInfo } from "./socket_info.ts";
import type { TopicSlots } from "./_topic_slots.ts";

/** The parts of a connection. */
export interface SocketParts {
  /** The name of the socket's class. */
  readonly socket: string;
  /** What is known about the client. */
  readonly client: KnownClient;
  /** The transport's connection. */
  readonly connection: Connection;
  /** Its topics. */
  readonly slots: TopicSlots;
  /** Receives the reports. */
  readonly log: Log;
}

/** The process of a connection. */
export class SocketProcess extends Process implements Reported, Supervising {
  readonly #parts: SocketParts;
  readonly #since = Date.now();

  /** Creates a live process whose mailbox is not read yet. */
  constructor(parts: SocketParts, options: ProcessOrigin) {
    super(options);
    this.#parts = parts;
  }

  /** Whether it is at work: also while the socket decides about a new token, although it reads its mailbox meanwhile. */
  override get isBusy(): boolean {
    return super.isBusy || this.#parts.client.identity.isRefreshing;
  }

  /** Why a reply to the client is late, if that is known. */
  override get whyLate(): string | undefined {
    return this.#parts.client.identity.isRefreshing ? "it is busy with refresh" : undefined;
  }

  /** Returns whether this is the process of `connection`. */
  carries(connection: Connection): boolean {
    return this.#parts.connection === connection;
  }

  /** The socket's id. */
  get socketId(): string | null {
    return this.#parts.client.identity.id;
  }

  /** Closes the connection. Its client connects again. */
  disconnect(): void {
    this.#parts.connection.close(CLOSE_CODES.goingAway, { reason: "disconnected" });
  }

  /**
   * Ends the channel of a topic, as soon as it has handled its waiting messages, or joined. Its client gets `phx_close`.
   *
   * @returns Whether there was one.
   */
  removeFrom(topic: string): boolean {
    const { slots } = this.#parts;
    const slot = slots.get(topic);
    if (slot?.phase === "joining") slot.isRemoved = true;
    else if (slot) {
      const { process, membership } = slot;
      process.endBy(new Removed(), REMOVED, () => {
        if (slots.part(membership)) membership.writeClose();
      });
    }
    return slot !== undefined;
  }

  /** How its reports, and those of processes that its channels start, identify it. */
  get reporting(): Reporting {
    const { socket, client, connection: { transport }, log } = this.#parts;
    return { log, fields: { ...clientLogFields(client), transport }, kind: socket };
  }

  /** A snapshot of the connection. */
  get info(): SocketInfo {
    const { socket, client: { identity: { id }, origin: { address, peer } }, connection, slots } = this.#parts;
    const { transport, bufferedBytes } = connection;
    const topics = [...slots.entries()].map(([topic]) => topic);
    const since = new Date(this.#since);
    return { pid: this, socket, id, transport, address, peer, since, bufferedBytes, topics };
  }

  /** Snapshots of its channels. */
  get channels(): ChannelInfo[] {
    return [...this.#parts.slots.entries()].map(([topic, slot]) => {
      const waiting = slot.phase === "joining" ? slot.waiting.length : 0;
      const messageQueueLength = waiting + (slot.process?.mailbox.length ?? 0);
      return { topic, status: slot.phase, pid: slot.process, messageQueueLength };
    });
  }

  /** Returns whether a channel is joined or being joined here, so that it is among {@linkcode supervised}. */
  holds(channel: Process): boolean {
    for (const { process } of this.#parts.slots) if (process === channel) return true;
    return false;
  }

  /** Its channels, as children. */
  get supervised(): readonly ChildInfo[] {
    return Array.from(this.#parts.slots, ({ process }) => process)
      .filter((process) => process !== undefined)
      .map((process) => childOf(process, "worker"));
  }
}

/** Returns a process of an endpoint as a child in the supervision tree, named by its label. */
export function childOf(pid: Pid<never>, type: ChildType): ChildInfo {
  return { id: pid.label, type, status: "running", pid };
}
