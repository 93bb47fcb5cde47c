/**
 * Adapts Deno's own WebSockets to the sockets that connections use.
 *
 * @module
 */

import type { Log, Report } from "../../base/log.ts";
import { UNSENT_CLOSE_CODES } from "../../protocol/close_codes.ts";
import type { Frame } from "../../protocol/message.ts";
import type { RawSocket, SocketListener, Upgrade, UpgradeOptions, WebSocketHost } from "../request/websocket_host.ts";
import { BatchedSocket } from "./_batched_socket.ts";
import { BatchTurn } from "./_batch_turn.ts";

/** Creates WebSockets from requests of `Deno.serve`. */
export class NativeHost implements WebSocketHost {
  readonly isAttentive = false;
  readonly #log: Log | undefined;
  readonly #turn: BatchTurn;
  #upgrades = 0;
  #warned = false;

  /**
   * Creates a host.
   *
   * @param log Log for warnings about copied requests.
   * @param maxBatchBytes Maximum size of a batch, for clients that accept batches.
   */
  constructor(log: Log | undefined, maxBatchBytes: number) {
    this.#log = log;
    this.#turn = new BatchTurn(maxBatchBytes);
  }

  /** Turns a request from `Deno.serve` into a socket. */
  upgrade(request: Request, { protocol, takesBatches }: UpgradeOptions): Upgrade {
    // idleTimeout 0: otherwise Deno pings each client with a timer of its own. IdleSweep has one for all.
    const options: Deno.UpgradeWebSocketOptions = { idleTimeout: 0, ...(protocol !== undefined && { protocol }) };
    if (typeof Deno === "undefined") throw new TypeError(NO_DENO);
    const { socket, response } = Deno.upgradeWebSocket(request, options);
    if (this.#upgrades++ % UPGRADES_PER_LOOK === 0 && request.bodyUsed === false) this.#warnOfCopy();
    const native = new NativeSocket(socket);
    const sender = takesBatches ? new BatchedSocket(native, this.#turn) : native;
    return { socket: sender, response, listen: (listener) => native.listen(listener) };
  }

  /**
   * Warns about a copied request: Deno upgrades it without an error, but the client gets no WebSocket. An upgrade
   * closes the original request, but not a copy.
   */
  #warnOfCopy(): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#log?.write("error", undefined, COPIED_REQUEST);
  }
}

const NO_DENO = "Cannot upgrade request: outside Deno an endpoint needs the serve() of @urvogel/realtime/serve";
/**
 * A check costs an exception within Deno, a tenth of the cost of a connect. A program that copies requests copies all
 * of them.
 */
const UPGRADES_PER_LOOK = 64;

const COPIED_REQUEST: Report<undefined> = {
  kind: "copied request",
  describe: () => ({
    message: "a request for a WebSocket is a copy (request.clone(), new Request(...)), so no client can connect: " +
      "pass on the request that Deno.serve gave, such as context.req.raw",
  }),
};

const EVENTS = ["open", "message", "close", "error"] as const;

/** One of Deno's WebSockets. */
export class NativeSocket implements RawSocket, EventListenerObject {
  readonly #socket: WebSocket;
  #listener: SocketListener | undefined;

  /** Wraps `socket`. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
  }

  /** Sets the listener of the socket. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const event of EVENTS) this.#socket.addEventListener(event, this);
  }

  /** The number of bytes that Deno has buffered. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** Hands a frame to Deno. */
  send(frame: Frame): void {
    this.#socket.send(frame);
  }

  /** Sends a close frame. */
  close(code?: number, text?: string): void {
    this.#socket.close(code, text);
  }

  /** Called by Deno. An `error` event is ignored, but without a listener it would end the program. */
  handleEvent(event: Event): void {
    switch (event.type) {
      case "message":
        return this.#received((event as MessageEvent<string | ArrayBuffer>).data);
      case "open":
        return this.#listener?.onOpen();
      case "close":
        return this.#closed(event as CloseEvent);
    }
  }

  #received(data: string | ArrayBuffer): void {
    this.#listener?.onMessage(typeof data === "string" ? data : new Uint8Array(data));
  }

  /** Handles `close`, which Deno may send twice. Its code for a broken connection is 0. */
  #closed({ wasClean, code }: CloseEvent): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose(code || UNSENT_CLOSE_CODES.abnormal, wasClean && code !== 0);
    listener?.onGone();
  }
}
