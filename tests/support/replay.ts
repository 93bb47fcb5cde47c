/**
 * Plays golden transcripts against a server and says where it differs.
 *
 * It takes what `replay.py`, which comes with the transcripts, takes: see {@linkcode closeIsAccepted} for what a server
 * in Deno may do otherwise.
 *
 * @module
 */

import type { Transcript } from "./golden.ts";
import { frameMatches, textMatches } from "./golden_match.ts";
import type { HttpAnswer, HttpRequest, Open, Recv, Step } from "./golden_step.ts";
import { type Incoming, RawClient } from "./raw_client.ts";
import type { Address } from "./raw_connection.ts";
import { rawRequest, type RawResponse } from "./raw_http.ts";

/** Options for {@linkcode replay}. */
export interface ReplayOptions extends Address {
  /**
   * How long the server may take for a frame, in milliseconds.
   *
   * @default {3000}
   */
  readonly patienceMs?: number;
  /**
   * How long nothing more may come after the last step, in milliseconds.
   *
   * @default {120}
   */
  readonly silenceMs?: number;
}

/** The first place where a server does not do what the transcript says. */
export interface Difference {
  /** The index of the step, or the number of steps if something came after the last one. */
  readonly step: number;
  /** What was to happen. */
  readonly wanted: string;
  /** What happened. */
  readonly found: string;
}

/**
 * Plays `transcript` against the server at `options.port`.
 *
 * @returns `undefined` if the server does as the transcript says, otherwise the first difference.
 */
export async function replay(
  transcript: Transcript,
  options: ReplayOptions,
): Promise<Difference | undefined> {
  await using player = new Player(transcript, options);
  for (const [index, step] of transcript.steps.entries()) {
    const found = await differenceIn(() => player.play(step));
    if (found !== undefined) {
      return { step: index, wanted: shorten(describe(step)), found: shorten(found) };
    }
  }
  const found = await differenceIn(() => player.silenceEverywhere());
  return found === undefined ? undefined : { step: transcript.steps.length, wanted: "nothing more", found };
}

/** What {@linkcode replay} found, as a message. */
export function describeDifference({ step, wanted, found }: Difference): string {
  return `step ${step}: wanted ${wanted}\n  found ${found}`;
}

/** Thrown within this file where what came is not what was wanted. */
class Differs extends Error {}

async function differenceIn(play: () => Promise<void>): Promise<string | undefined> {
  try {
    await play();
    return undefined;
  } catch (error) {
    return error instanceof Differs ? error.message : String(error);
  }
}

/**
 * Tells whether a close code other than the recorded one will do: Deno's own WebSocket answers bad frames; a malformed
 * message may be called so; of timeouts the client only has to learn somehow.
 */
export function closeIsAccepted({ name, tags }: Transcript, code: number | null): boolean {
  if (endIsEnough({ name, tags })) return true;
  if (tags.includes("malformed")) return code === 1003 || code === 1007;
  if (tags.includes("timeout")) return code !== null && [1000, 1001, 1002, 1006].includes(code);
  return false;
}

/** Tells whether the end of the connection will do in place of a close frame. */
function endIsEnough({ name, tags }: Pick<Transcript, "name" | "tags">): boolean {
  return tags.includes("ws") || name === "bad_utf8";
}

class Player implements AsyncDisposable {
  readonly #transcript: Transcript;
  readonly #options: ReplayOptions;
  readonly #patienceMs: number;
  readonly #clients = new Map<string, RawClient>();
  readonly #opened = new AsyncDisposableStack();
  /** Connections whose TCP stream has ended. */
  readonly #ended = new Set<string>();
  readonly #variables = new Map<string, string>();
  /** Fields of answers, by the variable that is set from them. */
  readonly #saved = new Map<string, string>();
  readonly #requests = new Map<string, Promise<RawResponse>>();
  readonly #over = new AbortController();

  constructor(transcript: Transcript, options: ReplayOptions) {
    this.#transcript = transcript;
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? 3000;
  }

  async play(step: Step): Promise<void> {
    switch (step.step) {
      case "open":
        return await this.#open(step.on, step.open);
      case "send":
        return await this.#client(step.on).sendFrame(step.frame);
      case "recv":
        return await this.#recv(step);
      case "unordered":
        return await this.#recvUnordered(step.wanted);
      case "clientClose":
        return await this.#client(step.on).sendClose(step.code, step.reason);
      case "serverClose":
        return await this.#serverClose(step);
      case "eof":
        return await this.#eof(step.on);
      case "drop":
        return this.#drop(step.on);
      case "silence":
        return await this.#silence(step.on, step.forMs);
      case "ignore":
        return await this.#ignore(step.on, step.forMs);
      case "wait":
        return await wait(step.forMs);
      case "http":
        return this.#checkAnswer(step.answer, await this.#request(step.request));
      case "httpStart":
        return this.#httpStart(step.id, step.request);
      case "httpFinish":
        return await this.#httpFinish(step.id, step.answer);
      default:
        return step satisfies never;
    }
  }

  /** Waits whether any open connection gets a frame that no step wants. */
  async silenceEverywhere(): Promise<void> {
    const open = [...this.#clients.keys()].filter((on) => !this.#ended.has(on));
    await Promise.all(open.map(async (on) => {
      const frame = await this.#client(on).recv(this.#options.silenceMs ?? 120);
      if (frame && frame.kind !== "eof") throw new Differs(`on ${on}: ${describeFrame(frame)}`);
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.allSettled(this.#requests.values());
    await this.#opened.disposeAsync();
  }

  #client(on: string): RawClient {
    const client = this.#clients.get(on);
    if (client) return client;
    throw new Differs(`no connection ${on}`);
  }

  async #open(on: string, open: Open): Promise<void> {
    const path = this.#transcript.connections[on];
    if (path === undefined) throw new Differs(`no path for connection ${on}`);
    const client = this.#opened.use(
      await RawClient.connect({ ...this.#options, path, headers: open.requestHeaders }),
    );
    this.#clients.set(on, client);
    this.#ended.delete(on);
    const { status, headers, body, accepted } = client.handshake;
    if (status !== 101) this.#ended.add(on);
    if (status !== open.status) throw new Differs(`status ${status}, body ${body}`);
    if (status === 101 && !accepted) throw new Differs("a wrong sec-websocket-accept");
    if (!textMatches(open.body, body)) throw new Differs(`body ${body}`);
    checkHeaders({
      ...open.responseHeaders,
      ...open.contentType && { "content-type": open.contentType },
    }, headers);
  }

  /** The next frame, which has to come. */
  async #next(on: string): Promise<Incoming> {
    const frame = await this.#client(on).recv(this.#patienceMs);
    if (!frame) throw new Differs("nothing");
    if (frame.kind === "eof") this.#ended.add(on);
    return frame;
  }

  async #recv({ on, want }: Recv): Promise<void> {
    const frame = await this.#next(on);
    if (!frameMatches(want, frame)) throw new Differs(describeFrame(frame));
  }

  async #recvUnordered(wanted: readonly Recv[]): Promise<void> {
    const missing = [...wanted];
    for (const { on } of wanted) {
      const frame = await this.#next(on);
      const index = missing.findIndex(({ want }) => frameMatches(want, frame));
      if (index < 0) {
        throw new Differs(
          `${describeFrame(frame)}, with ${missing.map(describe).join(", ")} to come`,
        );
      }
      missing.splice(index, 1);
    }
  }

  async #serverClose(want: Step & { step: "serverClose" }): Promise<void> {
    const frame = await this.#next(want.on);
    if (frame.kind === "eof" && endIsEnough(this.#transcript)) return;
    if (frame.kind !== "close") throw new Differs(describeFrame(frame));
    const isSame = frame.code === want.code && frame.reason === want.reason;
    if (!isSame && !closeIsAccepted(this.#transcript, frame.code)) {
      throw new Differs(describeFrame(frame));
    }
    if (want.answer) await this.#client(want.on).sendClose(frame.code).catch(ignoreBrokenPipe);
  }

  async #eof(on: string): Promise<void> {
    if (this.#ended.has(on)) return;
    const frame = await this.#next(on);
    if (frame.kind !== "eof") throw new Differs(describeFrame(frame));
  }

  #drop(on: string): void {
    this.#client(on).drop();
    this.#ended.add(on);
  }

  async #silence(on: string, forMs: number): Promise<void> {
    const frame = await this.#client(on).recv(forMs);
    if (frame) throw new Differs(describeFrame(frame));
  }

  async #ignore(on: string, forMs: number): Promise<void> {
    while (true) {
      const frame = await this.#client(on).recv(forMs);
      if (frame?.kind === "eof") this.#ended.add(on);
      if (!frame || frame.kind === "eof") return;
    }
  }

  #httpStart(id: string, request: HttpRequest): void {
    const response = this.#request(request);
    response.catch(() => {}); // reported where the transcript finishes it
    this.#requests.set(id, response);
  }

  async #httpFinish(id: string, answer: HttpAnswer): Promise<void> {
    const response = this.#requests.get(id);
    if (!response) throw new Differs(`no request ${id}`);
    this.#checkAnswer(answer, await response);
  }

  async #request({ method, path, headers, body }: HttpRequest): Promise<RawResponse> {
    const filled = Object.entries(headers).map(([name, value]) => [name, this.#fill(value)]);
    return await rawRequest({
      ...this.#options,
      method,
      path: this.#fill(path),
      headers: Object.fromEntries(filled),
      body: typeof body === "string" ? new TextEncoder().encode(this.#fill(body)) : body,
      signal: this.#over.signal,
    });
  }

  #fill(text: string): string {
    return text.replaceAll(/\$\{(\w+)\}/g, (whole, name) => this.#variables.get(name) ?? whole);
  }

  #checkAnswer(want: HttpAnswer, { status, headers, body, elapsedMs }: RawResponse): void {
    const text = new TextDecoder().decode(body);
    if (status !== want.status) throw new Differs(`status ${status}, body ${text}`);
    if (!textMatches(want.body, text)) throw new Differs(`body ${text}`);
    checkHeaders(want.headers, headers);
    if (
      want.elapsedMs && !(elapsedMs >= want.elapsedMs.min - 5 && elapsedMs <= want.elapsedMs.max)
    ) {
      throw new Differs(`an answer after ${elapsedMs.toFixed()} ms`);
    }
    for (const [name, field] of Object.entries(want.save)) this.#saved.set(name, field);
    if (this.#saved.size > 0) this.#save(text);
  }

  /** Sets the variables whose field is in an answer, as phoenix.js polls with the token of the newest answer. */
  #save(text: string): void {
    const body = JSON.parse(text === "" ? "{}" : text);
    for (const [name, field] of this.#saved) {
      if (field in body) this.#variables.set(name, String(body[field]));
    }
  }
}

function checkHeaders(wanted: Readonly<Record<string, string | null>>, headers: Headers): void {
  for (const [name, value] of Object.entries(wanted)) {
    const found = headers.get(name);
    if (found !== value) throw new Differs(`header ${name}: ${found}`);
  }
}

/** A peer that is gone need not be answered. */
function ignoreBrokenPipe(error: unknown): void {
  const isGone = error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
  if (!isGone) throw error;
}

function wait(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}

function describeFrame(frame: Incoming): string {
  return frame.kind === "text" ? `text ${shorten(frame.text)}` : describe(frame);
}

/** JSON with bytes in base64 and the text of a text frame as it is. */
function describe(value: unknown): string {
  return JSON.stringify(
    value,
    (_name, part) => part instanceof Uint8Array ? `base64 ${part.toBase64()}` : part,
  );
}

function shorten(text: string): string {
  return text.length <= 600 ? text : `${text.slice(0, 600)}... (${text.length} characters)`;
}
