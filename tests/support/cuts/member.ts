/**
 * A member of a topic with history: a client with the five lines, and the witness of what it receives.
 *
 * @module
 */

import { parsePosition, type Position } from "../../../lib/history/position.ts";
import type { Ledger } from "../history_chaos/ledger.ts";
import { Witness } from "../history_chaos/witness.ts";
import type { ClientVersion } from "../phoenix_client.ts";
import { type HistoryState, RecoveringClient } from "./recovering_client.ts";

/** The member that joins, and where. */
export interface MemberOptions {
  readonly name: string;
  readonly client: ClientVersion;
  /** Where its socket connects, on 127.0.0.1. */
  readonly port: number;
  readonly topic: string;
  /** What all members note. */
  readonly ledger: Ledger;
  /**
   * Its transport.
   *
   * @default {WebSocket}
   */
  readonly transport?: unknown;
}

/** A client, and what it has seen. */
export class Member implements AsyncDisposable {
  /** The version of phoenix.js. */
  readonly version: string;
  /** What it has seen. */
  readonly witness: Witness;
  /** How many messages it got again that it had missed. */
  replayed = 0;
  /** The longest time between two messages, in milliseconds. */
  longestSilenceMs = 0;
  /** How many messages of bytes came again, because it was cut off before their position. */
  repeated = 0;
  #client: RecoveringClient | undefined;
  /** A message of bytes whose position is to follow, or that is to come again. */
  #bytes: { readonly n: number; isCut: boolean } | undefined;
  #lastMs = Infinity;

  private constructor({ name, client, topic, ledger }: MemberOptions) {
    this.version = client.version;
    this.witness = new Witness(`${name} (phoenix.js ${client.version})`, topic, ledger);
  }

  /** Connects and joins. It has joined when {@linkcode Member.isJoined} is true. */
  static async start(options: MemberOptions): Promise<Member> {
    const member = new Member(options);
    member.#client = await RecoveringClient.connect(options.client, {
      url: `ws://127.0.0.1:${options.port}/socket`,
      topic: options.topic,
      transport: options.transport ?? WebSocket,
      onState: (state) => member.#note(state),
      onSaid: (position, n) => member.#said(position, n),
    });
    return member;
  }

  /** Whether it has ever joined, and knows where it stands. */
  get isJoined(): boolean {
    return this.#joined.isJoined && this.witness.at !== undefined;
  }

  /** See {@linkcode RecoveringClient.isFragile}. */
  get isFragile(): boolean {
    return this.#joined.isFragile;
  }

  /** See {@linkcode RecoveringClient.survivesCut}. */
  get survivesCut(): boolean {
    return this.#joined.survivesCut;
  }

  /** Its connection is being cut. */
  noteCut(): void {
    this.#joined.noteCut();
  }

  /** Disconnects for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#joined.disconnect();
  }

  get #joined(): RecoveringClient {
    return this.#client!; // since `start`
  }

  #note({ recovered, position, missed = 0 }: HistoryState): void {
    this.replayed += missed;
    const at = this.#read(position);
    if (!at) return;
    if (recovered === undefined) return this.#place(at);
    if (this.#bytes) this.#bytes.isCut = true;
    this.witness.admitted(recovered, at);
  }

  #said(position: string | undefined, n: number): void {
    const nowMs = performance.now();
    this.longestSilenceMs = Math.max(this.longestSilenceMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    if (this.#bytes) this.#expectAgain(this.#bytes, n);
    this.#bytes = position === undefined ? { n, isCut: false } : undefined;
    const at = position === undefined ? undefined : this.#read(position);
    if (at) this.witness.note(at, `${n}`);
  }

  /** Checks what follows bytes without a position. Only a cut may come between them, and then they come again. */
  #expectAgain(bytes: { readonly n: number; readonly isCut: boolean }, n: number): void {
    if (bytes.isCut && bytes.n === n) this.repeated++;
    else this.witness.fault(`receives ${n} after the bytes ${bytes.n}, which have no position`);
  }

  /** Notes the bytes that came before their position. */
  #place(at: Position): void {
    if (!this.#bytes || this.#bytes.isCut) return this.witness.fault("receives a position without bytes");
    this.witness.note(at, `${this.#bytes.n}`);
    this.#bytes = undefined;
  }

  #read(position: string): Position | undefined {
    const at = parsePosition(position);
    if (!at) this.witness.fault(`receives something without a position, but with "${position}"`);
    return at;
  }
}
