/**
 * Receives notifications, and delivers what they carry in their order: what follows a spilled envelope waits until that
 * has been read from its table.
 *
 * @module
 */

import type { BusNode } from "../../pubsub/adapter.ts";
import type { Connection } from "./_connection.ts";
import { decode, type Notification, readNotification } from "./_notification.ts";
import { MAX_ENVELOPE_BYTES } from "./setup.ts";

/** How many letters of notifications may wait. One more, and the connection is given up, which is reported. */
const MAX_WAITING_LENGTH = 67_108_864;
/** One statement reads this many bytes, or a single larger envelope. */
const MAX_READ_BYTES = 1_048_576;

const encoder = new TextEncoder();

/** A notification that waits. */
interface Waiting {
  readonly notification: Notification;
  readonly length: number;
}

/** The receiving side of a node, during one session. */
export class Inbox {
  readonly #connection: Connection;
  readonly #node: BusNode;
  readonly #own: string;
  readonly #read: string;
  #waiting: Waiting[] = [];
  #waitingLength = 0;
  #isReading = false;

  /** Creates an inbox that reads from the table of `schema`. */
  constructor(connection: Connection, node: BusNode, nodeName: string, schema: string) {
    this.#connection = connection;
    this.#node = node;
    this.#own = `${nodeName}/`;
    this.#read = `select id::text, envelope from "${schema}".spilled where id = any(string_to_array($1, ',')::uuid[])`;
  }

  /** Receives the text of a notification. */
  receive(text: string): void {
    if (text.startsWith(this.#own)) return;
    const notification = readNotification(text);
    if (!notification) return this.#node.receiveEnvelope(encoder.encode(text)); // which counts it as malformed
    if (notification.kind === "envelopes" && !this.#isReading) return this.#deliver(notification.envelopes);
    this.#wait(notification, text.length);
  }

  #deliver(envelopes: readonly Uint8Array[]): void {
    for (const envelope of envelopes) this.#node.receiveEnvelope(envelope);
  }

  #wait(notification: Notification, length: number): void {
    this.#waitingLength += length;
    if (this.#waitingLength > MAX_WAITING_LENGTH) {
      return this.#connection.lose(new Error(`more than ${MAX_WAITING_LENGTH} letters wait for a spilled broadcast`));
    }
    this.#waiting.push({ notification, length });
    if (!this.#isReading) void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#waiting.length > 0) {
        const read = await this.#readSpilled();
        this.#deliverUntilUnread(read);
      }
    } catch (thrown) { // and stays reading: nothing is delivered out of order
      return this.#connection.lose(thrown instanceof Error ? thrown : new Error("Cannot read a spilled broadcast"));
    }
    this.#isReading = false;
  }

  /** Reads the next envelopes that wait in the table. */
  async #readSpilled(): Promise<ReadonlyMap<string, string | undefined>> {
    const read = new Map<string, string | undefined>();
    let bytes = 0;
    for (const { notification } of this.#waiting) {
      if (notification.kind !== "spilled" || notification.bytes > MAX_ENVELOPE_BYTES) continue;
      bytes += notification.bytes;
      if (read.size > 0 && bytes > MAX_READ_BYTES) break;
      read.set(notification.id, undefined);
    }
    if (read.size === 0) return read;
    const { rows } = await this.#connection.query({ text: this.#read, values: [[...read.keys()].join(",")] });
    for (const { id, envelope } of rows) read.set(String(id), String(envelope));
    return read;
  }

  #deliverUntilUnread(read: ReadonlyMap<string, string | undefined>): void {
    let count = 0;
    for (const { notification, length } of this.#waiting) {
      if (notification.kind === "envelopes") this.#deliver(notification.envelopes);
      else if (read.has(notification.id)) this.#deliverSpilled(notification.from, read.get(notification.id));
      else if (notification.bytes > MAX_ENVELOPE_BYTES) this.#deliverSpilled(notification.from, undefined);
      else break;
      this.#waitingLength -= length;
      count++;
    }
    this.#waiting.splice(0, count);
  }

  /** An envelope that is gone from the table, or is larger than any that nodes send, is missing. */
  #deliverSpilled(from: string, base64: string | undefined): void {
    const envelope = base64 === undefined ? undefined : decode(base64);
    if (envelope) this.#node.receiveEnvelope(envelope);
    else this.#node.changed({ gap: 1, from });
  }
}
