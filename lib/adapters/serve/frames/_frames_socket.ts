/**
 * A WebSocket on a TCP connection that reads and writes frames itself.
 *
 * ```text
 * opening ── open() ──> open ── close() ──> closing ── the client's close frame ──> ended ──> gone
 *    └── abandon() ──┐    └── the client's close frame, or a breach ──────────────────^        ^
 *                    └─────────────────── the TCP connection breaks ───────────────────────────┘
 * ```
 *
 * `ended` means that both sides have sent a close frame, or that the client violated the protocol. Further data is
 * discarded, and the TCP connection gets some time to deliver the close frame.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Alarm } from "../../../base/alarm.ts";
import { UNSENT_CLOSE_CODES } from "../../../protocol/close_codes.ts";
import type { Frame } from "../../../protocol/message.ts";
import type { RawSocket, SocketListener } from "../../../transport/request/websocket_host.ts";
import { type Breach, FrameReader, type FrameReaderOptions, type Incoming } from "./_frame_reader.ts";
import { encodeClose, encodeControl } from "./_frame_writer.ts";
import { OPCODES } from "./_header.ts";
import type { Flushable } from "../../../transport/websocket/end_of_turn.ts";
import type { Turn } from "./_turn.ts";
import type { FrameChain } from "./_frame_chain.ts";

/** How long an ended connection may take to deliver the close frame. */
const LINGER_MS = 2000;
/**
 * How many pongs may wait for a client. Their bytes say nothing: one of two bytes takes two hundred while it waits. Of
 * more pings, the last one is answered (RFC 6455, section 5.5.3).
 */
const MOST_PONGS = 64;
const NOTHING = new Uint8Array(0);

type Phase = "opening" | "open" | "closing" | "ended" | "gone";

/** One WebSocket. */
export class FramesSocket implements RawSocket, Flushable {
  readonly #turn: Turn;
  readonly #reader: FrameReader;
  /** Whether sent messages may be compressed. */
  readonly #deflates: boolean;
  #chain: FrameChain;
  #tcp: Socket | undefined;
  #listener: SocketListener | undefined;
  #phase: Phase = "opening";
  /** Whether reading of the next message of a chunk is scheduled. */
  #isReading = false;
  #drainRequested = false;
  /** The number of pongs that wait. */
  #pongs = 0;
  /** The payload of the last ping that came while too many waited. */
  #lastPing: Uint8Array | undefined;
  #linger: Alarm | undefined;
  /** Whether nothing has arrived since the last check of the ping sweep. */
  isQuiet = false;

  /**
   * Creates a socket that has no connection yet.
   *
   * @param turn Schedules its writes.
   * @param options Options for reading the client's frames.
   */
  constructor(turn: Turn, options: FrameReaderOptions) {
    this.#turn = turn;
    this.#chain = turn.empty;
    this.#reader = new FrameReader(options);
    this.#deflates = options.inflates;
  }

  /** Sets the listener of the socket. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
  }

  /**
   * Takes over a connection after the handshake response was written, and the bytes that arrived after the handshake.
   */
  open(tcp: Socket, head: Buffer): void {
    this.#tcp = tcp;
    this.#phase = "open";
    tcp.on("data", (chunk: Buffer) => this.#received(chunk));
    tcp.on("end", () => this.#halfClosed());
    tcp.on("close", () => this.#gone());
    this.#listener!.onOpen();
    if (head.length > 0) this.#received(head);
    tcp.resume();
  }

  /** Called if there will be no connection. */
  abandon(): void {
    this.#gone();
  }

  /** The number of bytes not yet handed to the operating system. */
  get bufferedAmount(): number {
    return (this.#tcp?.writableLength ?? 0) + this.#chain.size;
  }

  /** Sends a frame at the end of this turn of the event loop. */
  send(frame: Frame): void {
    if (this.#phase !== "open") return;
    if (this.#chain === this.#turn.empty) this.#turn.flushSoon(this);
    this.#chain = this.#chain.with(frame);
  }

  /** Writes the frames that were sent within this turn. */
  flush(): void {
    const chain = this.#chain;
    if (chain === this.#turn.empty) return;
    this.#chain = this.#turn.empty;
    this.#write(chain.bytes(this.#deflates ? this.#turn.deflater : undefined));
  }

  /** Sends a close frame, and waits for the client's. */
  close(code?: number, text?: string): void {
    if (this.#phase === "open") this.#sayGoodbye("closing", encodeClose(code, text));
  }

  /** Sends a ping. */
  ping(): void {
    if (this.#phase === "open") this.#tcp!.write(encodeControl(OPCODES.ping, NOTHING));
  }

  /** Ends the TCP connection. */
  terminate(): void {
    this.#tcp?.destroy();
  }

  /** Requests one `onDrain` call once all sent data has left, including what is sent within this turn. */
  requestDrain(): void {
    this.#drainRequested = true;
    if (this.#chain === this.#turn.empty) this.#write(NOTHING);
  }

  #write(bytes: Uint8Array): void {
    if (this.#phase !== "open") return;
    if (!this.#drainRequested) return void this.#tcp!.write(bytes);
    this.#drainRequested = false;
    this.#tcp!.write(bytes, (error) => {
      if (!error) this.#listener?.onDrain();
    });
  }

  #sayGoodbye(phase: "closing" | "ended", closeFrame: Uint8Array): void {
    this.flush();
    this.#tcp!.write(closeFrame);
    this.#phase = phase;
    if (phase === "ended") this.#endTcp();
  }

  #received(chunk: Buffer): void {
    this.isQuiet = false;
    if (this.#phase !== "open" && this.#phase !== "closing") return;
    this.#reader.push(chunk);
    if (!this.#isReading) this.#readOn();
  }

  /**
   * Reads up to the next message. Between two messages of one chunk, work started by the first one continues, as with
   * Deno's sockets. Otherwise mailboxes would fill up, and errors would overtake replies.
   */
  #readOn(): void {
    this.#isReading = false;
    while (this.#phase === "open" || this.#phase === "closing") {
      const incoming = this.#reader.next();
      if (incoming === undefined) return;
      this.#handle(incoming);
      if (incoming.kind !== "message") continue;
      this.#isReading = this.#reader.hasMore;
      if (this.#isReading) queueMicrotask(() => this.#readOn());
      return;
    }
  }

  #handle(incoming: Incoming): void {
    switch (incoming.kind) {
      case "message":
        return this.#listener!.onMessage(incoming.frame);
      case "ping":
        this.#answerPing(incoming.payload);
        return this.#listener!.onSign();
      case "pong":
        return this.#listener!.onSign();
      case "close":
        return this.#closed(incoming.code);
      case "breach":
        return this.#breached(incoming);
    }
  }

  #answerPing(payload: Uint8Array): void {
    if (this.#phase !== "open") return;
    if (this.#pongs >= MOST_PONGS) {
      this.#lastPing = new Uint8Array(payload); // a copy, without the chunk
      return;
    }
    this.#pongs++;
    this.#tcp!.write(encodeControl(OPCODES.pong, payload), () => this.#ponged());
  }

  /** Handles that a pong has left. */
  #ponged(): void {
    this.#pongs--;
    const ping = this.#lastPing;
    this.#lastPing = undefined;
    if (ping) this.#answerPing(ping);
  }

  /** Handles a close frame of the client. */
  #closed(code: number | undefined): void {
    if (this.#phase === "open") this.#sayGoodbye("ended", encodeClose(code));
    else this.#endTcp();
    this.#listener!.onClose(code ?? UNSENT_CLOSE_CODES.none, true);
  }

  #breached({ code }: Breach): void {
    if (this.#phase === "open") this.#sayGoodbye("ended", encodeClose(code));
    else this.#endTcp();
    this.#listener!.onBreach(code);
  }

  #endTcp(): void {
    this.#phase = "ended";
    this.#reader.clear();
    this.#linger = new Alarm(() => this.terminate()).set(LINGER_MS);
    this.#tcp!.end();
  }

  /** Handles that the client ended its half of the connection. That is normal if both sides have sent a close frame. */
  #halfClosed(): void {
    if (this.#phase !== "ended") this.terminate();
  }

  #gone(): void {
    if (this.#phase === "gone") return;
    const wasEnded = this.#phase === "ended";
    this.#phase = "gone";
    this.#linger?.clear();
    this.#reader.clear();
    const listener = this.#listener;
    this.#listener = undefined;
    if (!wasEnded) listener?.onClose(UNSENT_CLOSE_CODES.abnormal, false);
    listener?.onGone();
  }
}
