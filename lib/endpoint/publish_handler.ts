/**
 * Broadcasts by HTTP, for programs in other languages and for scripts.
 *
 * @module
 */

import { checkPositive } from "../base/check_number.ts";
import { isInstance } from "../base/foreign.ts";
import { limitHit } from "../limits/telemetry.ts";
import { isProtocolEvent } from "../protocol/event_names.ts";
import { MalformedFrameError } from "../protocol/errors.ts";
import { parseJson } from "../protocol/json.ts";
import type { Payload } from "../protocol/payload.ts";
import { CONTROL_PREFIX } from "../pubsub/adapter.ts";
import { BusDownError, TooLargeError } from "../pubsub/errors.ts";
import { bearerMatches } from "../security/bearer_token.ts";
import { assertSecret, type Secret } from "../security/secret.ts";
import { type BodyFault, discardBody, PostedBodies, type PostLimits } from "../transport/long_poll/posted_body.ts";
import { requestUrl } from "../transport/request/url.ts";

/**
 * Options for {@linkcode publishHandler}.
 *
 * @category Endpoint
 */
export interface PublishHandlerOptions {
  /**
   * The secret that a request has to carry: `Authorization: Bearer <token>`. At least 20 bytes, without spaces. To
   * change it, pass several. Whoever has it can send messages as the server.
   */
  readonly token: Secret;
  /**
   * The path in front of the topic.
   *
   * @default {"/topics"}
   */
  readonly path?: string;
  /**
   * Maximum size of a body, in bytes. A larger one gets status 413.
   *
   * @default {1048576}
   */
  readonly maxPostBytes?: number;
  /**
   * How long a body may take to arrive, in milliseconds. After that the request gets status 408.
   *
   * @default {30000}
   */
  readonly bodyTimeoutMs?: number;
}

/**
 * An object that broadcasts: an `Endpoint` or a `PubSub`.
 *
 * @category Endpoint
 */
export interface Publisher {
  /** See `Endpoint.broadcast`. */
  broadcast(topic: string, event: string, payload: Payload): void;
}

/** What a request asks for, or the response that refuses it. */
type Publication = { readonly topic: string; readonly event: string } | Response;

const JSON_TYPE = "application/json";
const BYTES_TYPE = "application/octet-stream";
const TASK = "create publish handler";

/**
 * Creates a handler that broadcasts what is posted to `/topics/:topic/:event`, each part percent-encoded. The body is
 * the payload: a JSON object (`application/json`) or bytes (`application/octet-stream`).
 *
 * | status | when |
 * | --- | --- |
 * | 204 | it was broadcast |
 * | 400 | the path is not percent-encoded UTF-8, the body is not a JSON object, or it broke off |
 * | 401 | the token is missing or wrong |
 * | 403 | the event begins with `phx_`, or the topic or the event with `urvogel:`; both are not for applications |
 * | 404, 405 | another path, another method |
 * | 408, 413 | the body was late, or is too large for the handler or the bus |
 * | 415 | the content type is another one |
 * | 503 | the bus is down, and nothing was broadcast: try again later |
 *
 * Refusals have a body such as `{"error":"the token is missing or wrong"}`. The token travels in clear text, so serve
 * this by HTTPS, or on a private network. As with {@linkcode Endpoint.prototype.broadcast | Endpoint.broadcast}, the
 * event `"disconnect"` closes the connections of the id that is the topic. In a topic with history the broadcast is
 * numbered; 204 does not yet mean that an engine on another machine has kept it.
 *
 * @category Endpoint
 * @example Usage
 * ```ts
 * import { Endpoint, publishHandler } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const token = "a long and random text from the environment".replaceAll(" ", "-");
 * const publish = publishHandler(endpoint, { token });
 * const fetch = (request: Request, info?: Deno.ServeHandlerInfo) =>
 *   new URL(request.url).pathname.startsWith("/topics/") ? publish(request) : endpoint.fetch(request, info);
 *
 * const response = await fetch(
 *   new Request("http://localhost/topics/room%3Alobby/said", {
 *     method: "POST",
 *     headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
 *     body: JSON.stringify({ text: "hello" }),
 *   }),
 * );
 * assertEquals(response.status, 204);
 * ```
 *
 * @param publisher What broadcasts.
 * @param options The token, and limits.
 * @returns The handler.
 * @throws {TypeError} If the token is not a text, or the path does not begin with a slash.
 * @throws {RangeError} If the token has less than 20 bytes, or a limit is not greater than 0.
 */
export function publishHandler(
  publisher: Publisher,
  options: PublishHandlerOptions,
): (request: Request) => Promise<Response> {
  const handler = new PublishHandler(publisher, options);
  return async (request) => {
    const response = await handler.handle(request);
    void discardBody(request); // one that nobody reads would keep Deno from shutting down
    return response;
  };
}

class PublishHandler {
  readonly #publisher: Publisher;
  readonly #token: Secret;
  readonly #prefix: string;
  readonly #limits: PostLimits;

  constructor(
    publisher: Publisher,
    { token, path = "/topics", maxPostBytes = 1_048_576, bodyTimeoutMs = 30_000 }: PublishHandlerOptions,
  ) {
    assertSecret(token, TASK);
    if ([token].flat().some((one) => /\s/.test(one))) throw invalid('"token" must not contain spaces');
    if (!path.startsWith("/")) throw invalid(`"path" must begin with "/", received ${JSON.stringify(path)}`);
    checkPositive(TASK, "maxPostBytes", maxPostBytes);
    checkPositive(TASK, "bodyTimeoutMs", bodyTimeoutMs);
    this.#publisher = publisher;
    this.#token = token;
    this.#prefix = path.endsWith("/") ? path : `${path}/`;
    this.#limits = { maxPostBytes, maxRequests: 1, bodyTimeoutMs };
  }

  async handle(request: Request): Promise<Response> {
    const publication = this.#read(request);
    if (publication instanceof Response) return publication;
    using body = new PostedBodies(this.#limits).take(request)!; // there is room for one
    const fault = await body.read;
    if (fault) return this.#refuseBody(fault);
    const type = typeOf(request);
    const payload = type === BYTES_TYPE ? body.bytes.slice() : objectOf(body.bytes);
    if (payload === undefined) return refuse(400, "the body must be a JSON object");
    return this.#publish(publication.topic, publication.event, payload);
  }

  /** Reads everything but the body. */
  #read(request: Request): Publication {
    const path = requestUrl(request)?.pathname;
    const parts = path?.startsWith(this.#prefix) ? path.slice(this.#prefix.length).split("/") : [];
    if (parts.length !== 2 || parts.includes("")) return refuse(404, `the path must be ${this.#prefix}:topic/:event`);
    if (request.method !== "POST") return refuse(405, "the method must be POST", { allow: "POST" });
    if (!bearerMatches(this.#token, request.headers.get("authorization"))) {
      return refuse(401, "the token is missing or wrong", { "www-authenticate": "Bearer" });
    }
    const [topic, event] = parts.map(decode);
    if (topic === undefined || event === undefined) return refuse(400, "the path must be percent-encoded UTF-8");
    if (isProtocolEvent(event)) return refuse(403, 'events that begin with "phx_" are the protocol\'s own');
    if (topic.startsWith(CONTROL_PREFIX) || event.startsWith(CONTROL_PREFIX)) {
      return refuse(403, `topics and events that begin with "${CONTROL_PREFIX}" are the library's own`);
    }
    const isKnownType = [JSON_TYPE, BYTES_TYPE].includes(typeOf(request));
    return isKnownType ? { topic, event } : refuse(415, `the content type must be ${JSON_TYPE} or ${BYTES_TYPE}`);
  }

  #publish(topic: string, event: string, payload: Payload): Response {
    try {
      this.#publisher.broadcast(topic, event, payload);
      return new Response(null, { status: 204 });
    } catch (thrown) {
      if (isInstance(thrown, BusDownError)) return refuse(503, "the bus is down", { "retry-after": "1" });
      if (isInstance(thrown, TooLargeError)) return refuse(413, `the bus carries at most ${thrown.maxBytes} bytes`);
      throw thrown;
    }
  }

  #refuseBody(fault: BodyFault): Response {
    const { maxPostBytes, bodyTimeoutMs } = this.#limits;
    switch (fault) {
      case "tooLarge":
      case "tooMuch":
        limitHit("maxPostBytes", { max: maxPostBytes });
        return refuse(413, `the body must have at most ${maxPostBytes} bytes`);
      case "late":
        limitHit("bodyTimeoutMs", { max: bodyTimeoutMs });
        return refuse(408, `the body must arrive within ${bodyTimeoutMs} ms`);
      case "broken":
      case "over":
        return refuse(400, "the body broke off");
    }
  }
}

function typeOf(request: Request): string {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

function objectOf(bytes: Uint8Array): Payload | undefined {
  try {
    const value = parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Payload : undefined;
  } catch (thrown) {
    if (isInstance(thrown, MalformedFrameError) || isInstance(thrown, TypeError)) return undefined; // not JSON, not UTF-8
    throw thrown;
  }
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function refuse(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error }, { status, headers });
}

function invalid(why: string): TypeError {
  return new TypeError(`Cannot create publish handler: ${why}`); // whole, for those who search for it
}
