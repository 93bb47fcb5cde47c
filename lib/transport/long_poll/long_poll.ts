/**
 * The long-poll transport, for clients that cannot use a WebSocket, such as those behind an old proxy.
 *
 * A client opens a session with a GET, gets a signed token, and polls with GETs that carry it: each waits until a
 * message arrives or a time window ends. It sends its own messages with POSTs. As in Phoenix, the HTTP status is nearly
 * always 200, and the actual status is in the JSON of the response:
 *
 * | status | to | meaning |
 * | --- | --- | --- |
 * | 200 | GET | `messages` |
 * | 204 | GET | no message within the window |
 * | 410 | GET | there was no session: the response has the `token` of a new one |
 * | 403 | GET | `connect` refused, or the page's origin may not connect |
 * | 200 | POST | the messages were accepted |
 * | 410 | POST | there is no session, or it has just ended |
 * | 408 | POST | a message was malformed: it ended the session |
 *
 * Some faults have an HTTP status of their own: 413 for a message or a body that is too large, 429 for too many
 * requests of a session at a time, 408 for a body that does not arrive, 400 for a line that is not a message. The
 * messages before the faulty one are accepted.
 *
 * If a client does not receive a response, the next poll gets its messages. No message is delivered twice, and none is
 * lost before the last byte of the response has been handed to the operating system. What the network loses after that
 * is lost: a client that misses a response should open a new session, as phoenix.js does. Deno does not report that the
 * client of a waiting poll has disconnected until there is something to send.
 *
 * A binary frame can only go into the JSON if it happens to be UTF-8; the poll that meets another one fails with HTTP
 * 406, and the messages around it wait for the next.
 *
 * @module
 */

import { nextTurn, Pauses } from "../../base/pause.ts";
import type { Frame } from "../../protocol/message.ts";
import { originCheck } from "../../security/check_origin.ts";
import { type Secret, sign, verify } from "../../security/token.ts";
import { Admission, clientFields } from "../admission.ts";
import { RequestInfo, type ServeInfo } from "../request/connect_info.ts";
import { ConnectionSet } from "../connection_set.ts";
import { IdleSweep } from "../idle_sweep.ts";
import { DrainSweep } from "../drain_sweep.ts";
import { type PostedLine, postedLines } from "./_body.ts";
import { type LongPollLimits, longPollLimits, type LongPollOptions } from "./options.ts";
import { LongPollSession, type SessionContext } from "./_session.ts";
import { applicationQuery, sessionTokenOf } from "./_token.ts";
import { parseParams } from "../request/params.ts";
import type { PollDelivery } from "./_poll_delivery.ts";
import { type BodyFault, discardBody } from "./posted_body.ts";
import { RequestSnapshot } from "../request/snapshot.ts";
import { type SessionFinder, sessionFinder } from "../request/session_finder.ts";
import type { SocketDriver } from "../socket_driver.ts";
import { StraySessions } from "./_stray_sessions.ts";
import { limitHit, type LimitName } from "../../limits/telemetry.ts";
import { frameUndeliverable } from "../telemetry.ts";
import type { Transport, TransportDefaults } from "../transport.ts";

/** Settings that a mount inherits from its endpoint. */
export interface LongPollDefaults extends TransportDefaults {
  /** Signs the tokens of sessions. */
  readonly secret: Secret;
  /** Called once, when a client asks for a session that another thread or program holds. */
  readonly onStray?: () => void;
}

const TOKEN_SALT = "long poll session";
const CORS = { "access-control-allow-origin": "*", "cache-control": "no-store" } as const;
const JSON_HEADERS = { ...CORS, "content-type": "application/json; charset=utf-8" } as const;
/** How many messages of a request are handled before other work gets its turn. */
const MESSAGES_A_TURN = 100;
const BYTES_A_TURN = 65_536;
/** The number of turns of the event loop within which Deno sends a short response. */
const TURNS_TO_ANSWER = 10;
/** A session that is not polled for this many windows ends. The sweep allows twice its timeout. */
const WINDOWS_OF_GRACE = 1.5;
const SWEEP_FACTOR = 2;

/** Serves long-polling clients of one driver. */
export class LongPollTransport implements Transport {
  readonly #limits: LongPollLimits;
  readonly #defaults: LongPollDefaults;
  readonly #authToken: boolean;
  readonly #findSession: SessionFinder | undefined;
  readonly #admission: Admission;
  readonly #sessions = new Map<string, LongPollSession>();
  readonly #context: SessionContext;
  readonly #pauses = new Pauses();
  readonly #posts = new Set<Promise<Response>>();
  readonly #strays: StraySessions;

  /**
   * Creates a transport without sessions.
   *
   * @throws {RangeError} If a limit makes no sense.
   * @throws {TypeError} If `checkOrigin` holds something that is not an origin, or is `false` as `checkCsrf` is.
   */
  constructor(driver: SocketDriver, options: LongPollOptions, defaults: LongPollDefaults) {
    const limits = longPollLimits(options, defaults.limits);
    this.#limits = limits;
    this.#defaults = defaults;
    this.#strays = new StraySessions(defaults.onStray);
    this.#authToken = options.authToken ?? false;
    const { checkOrigin = true } = options;
    const origins = originCheck(checkOrigin, defaults.host);
    this.#admission = new Admission(driver, { ...defaults, connectTimeoutMs: limits.connectTimeoutMs, origins });
    this.#findSession = sessionFinder(options, checkOrigin);
    this.#context = {
      limits,
      drain: new DrainSweep(),
      idle: new IdleSweep(limits.windowMs * WINDOWS_OF_GRACE / SWEEP_FACTOR),
      open: new ConnectionSet(defaults.notice),
      log: defaults.log,
      onGone: ({ id }) => void this.#sessions.delete(id),
    };
  }

  /** The sessions. */
  get connections(): ConnectionSet {
    return this.#context.open;
  }

  /**
   * Discards frames that still wait for a poll, and ends posts in progress. When its server shuts down, Deno closes a
   * connection whose request is already answered, but waits for the client of one that is answered later.
   */
  async end(): Promise<void> {
    for (const session of [...this.#sessions.values()]) session.abandon();
    this.#pauses.end();
    await Promise.all(this.#posts);
    for (let turn = 0; turn < TURNS_TO_ANSWER; turn++) await nextTurn();
  }

  /** Handles a poll, a post, or a CORS preflight request. */
  async handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const answer = this.#admission.answer(info, () => this.#answer(request, info, pathParams));
    if (request.method !== "POST") return await answer;
    this.#posts.add(answer);
    const response = await answer;
    this.#posts.delete(answer);
    void discardBody(request); // one that nobody reads would keep Deno from shutting down
    return response;
  }

  async #answer(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (!await this.#admission.allowsOrigin(request, info)) return status(403);
    switch (request.method) {
      case "GET":
        return await this.#get(request, info, pathParams);
      case "POST":
        return await this.#post(request);
      case "OPTIONS":
        return preflight(request);
      default:
        return new Response(null, { status: 400, headers: CORS });
    }
  }

  async #get(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const token = sessionTokenOf(request);
    const session = await this.#resume(token);
    if (!session) return await this.#open(request, info, pathParams);
    const delivery = await session.poll();
    return delivery ? deliver(session, delivery, token!) : status(500, 429); // 500 is what phoenix.js knows
  }

  async #post(request: Request): Promise<Response> {
    const contentType = request.headers.get("content-type");
    const session = await this.#resume(sessionTokenOf(request));
    if (!session?.isOpen) return status(410);
    using body = session.posts.take(request);
    if (!body) return this.#refusePost("maxRequests", 429, session);
    const fault = await body.read;
    if (fault) return this.#bodyFault(fault, session);
    return await this.#take(postedLines(body.bytes, contentType, this.#limits.maxFrameBytes), session);
  }

  /** Passes messages to their session. Other work gets its turn after every batch of them. */
  async #take(lines: Iterable<PostedLine>, session: LongPollSession): Promise<Response> {
    let [messages, bytes] = [0, 0];
    for (const line of lines) {
      if (line.kind === "tooLarge") return this.#refusePost("maxFrameBytes", 413, session);
      if (line.kind === "malformed") return status(400, 400, { error: "a line must be a JSON array or base64" });
      session.receive(line.frame);
      if (!session.isOpen) break;
      [messages, bytes] = [messages + 1, bytes + line.bytes];
      if (messages < MESSAGES_A_TURN && bytes < BYTES_A_TURN) continue;
      [messages, bytes] = [0, 0];
      await nextTurn();
    }
    if (session.isOpen) return status(200);
    // As in Phoenix, whose request waits in vain for a session that a malformed message has ended.
    await this.#pauses.pause(this.#limits.windowMs);
    return status(408);
  }

  #bodyFault(fault: BodyFault, session: LongPollSession): Response {
    switch (fault) {
      case "tooLarge":
        return this.#refusePost("maxPostBytes", 413, session);
      case "tooMuch":
        return this.#refusePost("maxPostBytes", 429, session);
      case "late":
        return this.#refusePost("bodyTimeoutMs", 408, session);
      case "broken":
        return status(400, 400, { error: "the body broke off" });
      case "over":
        return status(410);
    }
  }

  #refusePost(limit: LimitName & keyof LongPollLimits, httpStatus: number, session: LongPollSession): Response {
    const max = this.#limits[limit];
    limitHit(limit, { max, connection: session });
    return status(httpStatus, httpStatus, { error: `${limit} is ${max}` });
  }

  async #open(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (this.connections.draining) return this.#defaults.notice.response(CORS);
    const authToken = this.#authToken ? request.headers.get("x-phoenix-authtoken") ?? undefined : undefined;
    const params = parseParams(applicationQuery(request), pathParams);
    const snapshot = new RequestSnapshot(request);
    const session = this.#findSession && await this.#findSession(snapshot.headers, params);
    const details = new RequestInfo(snapshot, info, "longpoll", authToken, session);
    const result = await this.#admission.ask(params, details);
    switch (result.next) {
      case "failed":
        return this.#defaults.renderError(result.error);
      case "refuse":
        return status(403);
      case "full":
        return status(500, result.status, { error: result.reason }); // as above: phoenix.js tries again later
      case "ok": {
        if (this.connections.draining) { // since the driver was asked
          result.seat.release();
          return this.#defaults.notice.response(CORS);
        }
        const { value, seat } = result;
        const fields = clientFields(details, value.id);
        const session = new LongPollSession(this.#strays.createId(), value, this.#context, seat, fields);
        this.#sessions.set(session.id, session);
        const maxAgeMs = this.#limits.tokenMaxAgeMs;
        const token = await sign(this.#defaults.secret, TOKEN_SALT, session.id, { maxAgeMs });
        return json(410, { token, messages: [] });
      }
    }
  }

  /** Finds the session of a token. An unknown one is answered after a delay, so that guessing is slow. */
  async #resume(token: string | undefined): Promise<LongPollSession | undefined> {
    const result = await verify(this.#defaults.secret, TOKEN_SALT, token);
    const id = result.ok ? String(result.data) : undefined;
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session) return session;
    if (result.ok || result.reason === "invalid") this.#strays.look(token, id);
    if (result.ok && !this.connections.draining) await this.#pauses.pause(this.#limits.resumeTimeoutMs);
    return undefined;
  }
}

/** Creates the response for `delivery`. Frames after one that cannot be sent as JSON wait for the next poll. */
function deliver(session: LongPollSession, delivery: PollDelivery, token: string): Response {
  const { frames } = delivery;
  const messages = frames.map(textOf);
  const unfit = messages.indexOf(undefined);
  if (unfit === -1) {
    const text = JSON.stringify({ status: frames.length > 0 ? 200 : 204, token, messages });
    return new Response(delivery.body(text), { headers: JSON_HEADERS });
  }
  frameUndeliverable.emit({ connection: session, frame: frames[unfit]! });
  delivery.fail(frames.toSpliced(unfit, 1));
  return status(500, 406); // 500 is what phoenix.js knows: it opens a new session
}

/** Returns a frame as text for JSON. As in Phoenix, a binary frame is included if it is valid UTF-8. */
function textOf(frame: Frame): string | undefined {
  if (typeof frame === "string") return frame;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(frame);
  } catch {
    return undefined;
  }
}

function status(code: number, httpStatus = 200, more: object = {}): Response {
  return json(code, more, httpStatus);
}

function json(code: number, more: object, httpStatus = 200): Response {
  return new Response(JSON.stringify({ status: code, ...more }), { status: httpStatus, headers: JSON_HEADERS });
}

function preflight(request: Request): Response {
  const headers = {
    ...CORS,
    "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
    "access-control-allow-methods": "get, post, options",
    "access-control-max-age": "3600",
  };
  return new Response("", { status: 200, headers });
}
