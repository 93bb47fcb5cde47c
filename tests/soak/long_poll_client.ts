/**
 * A client that polls: the other way to be in the soak.
 *
 * @module
 */

import { rawRequest } from "../support/raw_http.ts";
import type { Received, Talker } from "./soak_client.ts";

/** An answer of the server, or why there is none. */
interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: readonly string[];
}

/** Sends one request. */
export type Ask = (port: number, method: "GET" | "POST", path: string, body?: string) => Promise<Answer>;

const NDJSON = { "content-type": "application/x-ndjson" };

/** Each request on a connection of its own, as one who comes once. */
export const askOnce: Ask = async (port, method, path, body) => {
  const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
  const response = await rawRequest({ port, method, path, headers: { ...NDJSON, connection: "close" }, body: bytes });
  return JSON.parse(new TextDecoder().decode(response.body));
};

/** Connections that are kept, as one who stays. */
export const askOften: Ask = async (port, method, path, body) => {
  const init = { method, headers: NDJSON, ...(body !== undefined && { body }) };
  return await (await fetch(`http://127.0.0.1:${port}${path}`, init)).json();
};

/** One session. It polls only when asked for what comes next. */
export class LongPollClient implements Talker {
  readonly #port: number;
  readonly #ask: Ask;
  #token: string;
  #waiting: string[] = [];
  #dropped = false;

  private constructor(port: number, token: string, ask: Ask) {
    this.#port = port;
    this.#token = token;
    this.#ask = ask;
  }

  /** Opens a session. */
  static async open(port: number, ask: Ask): Promise<LongPollClient> {
    const { status, token } = await ask(port, "GET", "/socket/longpoll?vsn=2.0.0");
    if (status !== 410 || token === undefined) throw new Error(`Cannot open session: the server answered ${status}`);
    return new LongPollClient(port, token, ask);
  }

  /** The path of a request of this session. */
  get path(): string {
    return `/socket/longpoll?vsn=2.0.0&token=${encodeURIComponent(this.#token)}`;
  }

  /** Posts a message of protocol V2. */
  async send(...message: readonly unknown[]): Promise<void> {
    const { status } = await this.#ask(this.#port, "POST", this.path, JSON.stringify(message));
    if (status !== 200 && !this.#dropped) throw new Error(`Cannot post: the server answered ${status}`);
  }

  /** Polls until something comes. */
  async next(): Promise<Received> {
    while (!this.#dropped) {
      const text = this.#waiting.shift();
      if (text !== undefined) return { kind: "message", message: JSON.parse(text) };
      const { status, token, messages = [] } = await this.#ask(this.#port, "GET", this.path);
      if (status !== 200 && status !== 204) return { kind: "close", code: status };
      this.#token = token ?? this.#token;
      this.#waiting = [...messages];
    }
    return { kind: "end" };
  }

  /** Polls no more. */
  drop(): void {
    this.#dropped = true;
  }
}
