/**
 * Plays the cases of the protocol suite against a server, and writes down what a client is sent.
 *
 * @module
 */

import { Endpoint, ok, type SocketDriver } from "@urvogel/realtime";
import { type Incoming, RawClient } from "../../support/raw_client.ts";
import { concatenate, RawConnection } from "../../support/raw_connection.ts";
import { hostOf, readHead } from "../../support/raw_http.ts";
import { decodeFrame } from "../../support/ws_frame.ts";
import { described } from "./described.ts";
import { GOOD_ACCEPT, GOOD_HEADERS, type HandshakeCase } from "./handshake.ts";
import { Inflater, negotiationFault } from "./permessage_deflate.ts";
import { SMALL_BYTES, type WireCase } from "./wire_case.ts";

/** How long a client waits for what must come. */
const PATIENCE_MS = 5000;
/** How long it waits where a transport is known to send nothing. */
const SHORT_PATIENCE_MS = 250;
const NOTHING = "nothing";

const echo: SocketDriver = {
  connect: () => ok({ open: (connection) => ({ handleIn: (frame) => connection.send(frame), close() {} }) }),
};

/** An endpoint that echoes at `/echo`, and at `/small` what is not too large. */
export function echoEndpoint(): Endpoint {
  return new Endpoint({
    sockets: { "/echo": echo, "/small": [echo, { websocket: { maxFrameBytes: SMALL_BYTES } }] },
  });
}

/** What a client of `wireCase` must be sent. */
export function rightTrace({ steps, end = "client" }: WireCase): string[] {
  const closed = end === "client" ? 1000 : end;
  return [
    ...steps.filter((step) => typeof step === "string"),
    described({ kind: "close", code: closed, reason: "" }),
  ];
}

/**
 * Plays a case.
 *
 * @param wireCase The case.
 * @param port The server's.
 * @param seenBefore What the server is known to send instead of what is right.
 * @returns All that the client was sent, to the end of the connection.
 */
export async function play(wireCase: WireCase, port: number, seenBefore: readonly string[] = []): Promise<string[]> {
  const { offer, compresses = false, server = "default", steps, end = "client" } = wireCase;
  const path = server === "small" ? "/small/websocket" : "/echo/websocket";
  const headers = offer === undefined ? {} : { "Sec-WebSocket-Extensions": offer };
  await using client = await RawClient.connect({ port, path, headers });
  const answer = client.handshake.headers.get("sec-websocket-extensions");
  const fault = client.handshake.accepted
    ? negotiationFault(compresses ? offer : undefined, answer)
    : `status ${client.handshake.status}`;
  if (fault !== undefined) return [fault];
  const player = new Player(client, new Inflater(answer), seenBefore.at(-1) === NOTHING);
  for (const step of steps) {
    if (typeof step !== "string") await player.write(step);
    else if (await player.next() !== step) break;
  }
  return await player.finish(end);
}

class Player {
  readonly #trace: string[] = [];
  readonly #client: RawClient;
  readonly #inflater: Inflater;
  readonly #patienceMs: number;
  #isOver = false;
  #hasClosed = false;

  constructor(client: RawClient, inflater: Inflater, expectsNothing: boolean) {
    this.#client = client;
    this.#inflater = inflater;
    this.#patienceMs = expectsNothing ? SHORT_PATIENCE_MS : PATIENCE_MS;
  }

  /** Writes, if the server is still there. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#client.sendBytes(bytes).catch(() => {}); // what comes says more than this
  }

  /** What comes next. */
  async next(): Promise<string> {
    const incoming = await this.#client.recv(this.#patienceMs);
    const seen = incoming === undefined ? NOTHING : described(this.#inflater.inflated(incoming));
    this.#isOver = isLast(incoming);
    this.#trace.push(seen);
    return seen;
  }

  /** Reads to the end. The client closes if that is its part, or if something came where the server had to close. */
  async finish(end: WireCase["end"]): Promise<string[]> {
    if (end !== "client" && !this.#isOver) await this.next();
    if (!this.#isOver) {
      await this.#close();
      while (!this.#isOver) await this.next();
    }
    if (this.#trace.at(-1)?.startsWith("close")) await this.#awaitEnd();
    return this.#trace;
  }

  async #close(): Promise<void> {
    this.#hasClosed = true;
    await this.#client.sendClose(1000).catch(() => {});
  }

  /** Once both have sent a close frame, the server ends the TCP connection. */
  async #awaitEnd(): Promise<void> {
    if (!this.#hasClosed && !this.#isEndedAtOnce()) await this.#close();
    const incoming = await this.#client.recv(PATIENCE_MS);
    if (incoming?.kind !== "eof") this.#trace.push(incoming ? described(incoming) : "still open");
  }

  /** Whether the server does not wait for the close frame of a client that has broken the RFC. */
  #isEndedAtOnce(): boolean {
    const last = this.#trace.at(-1);
    return BREACHES.some((code) => last === described({ kind: "close", code, reason: "" }));
  }
}

/** Close codes for clients that have broken the RFC: protocol error, and text that is not UTF-8. */
const BREACHES = [1002, 1007];

function isLast(incoming: Incoming | undefined): boolean {
  return incoming === undefined || incoming.kind === "close" || incoming.kind === "eof";
}

/** What a handshake must lead to. */
export function rightAnswer({ becomes, comes }: HandshakeCase): string {
  if (comes !== undefined) return `opened, then ${comes}`;
  return typeof becomes === "number" ? `status ${becomes}` : becomes;
}

/** Plays a handshake, in one write. Says what it became. */
export async function shakeHands(handshake: HandshakeCase, port: number): Promise<string> {
  await using connection = await RawConnection.connect({ port });
  await connection.write(requestOf(handshake, port)).catch(() => {});
  const head = await readHead(connection, PATIENCE_MS).catch(() => undefined);
  if (head?.status === 101) {
    if (head.headers.get("sec-websocket-accept") !== GOOD_ACCEPT) return "opened with another key";
    return handshake.comes === undefined ? "opened" : await firstMessage(connection);
  }
  const refused = head === undefined || (head.status >= 400 && head.status <= 431);
  if (handshake.becomes === "refused" && refused) return "refused";
  return head ? `status ${head.status}` : "no answer";
}

async function firstMessage(connection: RawConnection): Promise<string> {
  while (true) {
    const decoded = decodeFrame(connection.buffered);
    if (decoded) return `opened, then ${new TextDecoder().decode(decoded.frame.payload)}`;
    if (await connection.receive(PATIENCE_MS) !== "more") return "opened, then nothing";
  }
}

function requestOf(handshake: HandshakeCase, port: number): Uint8Array<ArrayBuffer> {
  const { line = "GET /echo/websocket HTTP/1.1", change = {}, body = "" } = handshake;
  const headers = { "Host": hostOf({ port }), ...GOOD_HEADERS, ...change };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((value) => `${name}: ${value}`)
  );
  const head = new TextEncoder().encode([line, ...lines, "", ""].join("\r\n"));
  return concatenate(head, typeof body === "string" ? new TextEncoder().encode(body) : body);
}
