/**
 * One of Deno's server-side WebSockets, without a network: a test says what happens to it.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** A socket that opens, hears and closes when it is told to. */
export class FakeWebSocket extends EventTarget {
  binaryType = "blob";
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  readonly #closings: { readonly code: number | undefined; readonly text: string | undefined }[] = [];

  /** Keeps a frame. */
  send(data: unknown): void {
    this.sent.push(data);
  }

  /** Keeps the code. Refuses a long text, as Deno does. */
  close(code?: number, text?: string): void {
    if (text !== undefined && text.length > 123) {
      throw new DOMException("The close reason may not be longer than 123 bytes", "SyntaxError");
    }
    this.#closings.push({ code, text });
  }

  /** The codes that it was closed with, once the turn is over in which that was asked for. */
  async closings(): Promise<{ readonly code: number | undefined; readonly text: string | undefined }[]> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.#closings;
  }

  /** The client has arrived. */
  open(): void {
    this.dispatchEvent(new Event("open"));
  }

  /** A frame of the client has come: text, or bytes. */
  receive(data: string | Uint8Array<ArrayBuffer>): void {
    const message = typeof data === "string" ? data : data.slice().buffer;
    this.dispatchEvent(new MessageEvent("message", { data: message }));
  }

  /** Deno says that something is wrong. */
  error(): void {
    this.dispatchEvent(new ErrorEvent("error", { message: "Unexpected EOF" }));
  }

  /** Deno says that it is over. */
  end(code: number, wasClean: boolean): void {
    this.dispatchEvent(new CloseEvent("close", { code, wasClean }));
  }

  /** Itself, where the platform's type is asked for. */
  get asWebSocket(): WebSocket {
    return this as unknown as WebSocket;
  }
}
