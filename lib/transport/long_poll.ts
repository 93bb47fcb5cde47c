/**
 * The long-poll transport: for clients that cannot have a WebSocket, such as those behind an old proxy.
 *
 * A client opens a session with a GET, gets a signed token, and polls with GETs that carry it: each waits until
 * something comes, or a window is over. What it has to say it POSTs. As in Phoenix, the HTTP status is 200 nearly always,
 * and the one that counts is in the JSON that is answered:
 *
 * | status | to | meaning |
 * | --- | --- | --- |
 * | 200 | GET | `messages` |
 * | 204 | GET | nothing came within the window |
 * | 410 | GET | there was no session: here is the `token` of a new one |
 * | 403 | GET | `connect` refused, or the page's origin may not connect |
 * | 200 | POST | the messages were taken |
 * | 410 | POST | there is no session |
 * | 408 | POST | a message was malformed: it ended the session |
 *
 * A body that is too large is answered with HTTP 413 and one that cannot be read with 400: nothing of it was taken. A
 * binary frame can only go into the JSON if it happens to be UTF-8; the poll that meets another one fails with HTTP 406,
 * and the messages around it wait for the next.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import { pause } from "../base/pause.ts";
import type { Frame } from "../protocol/message.ts";
import { originCheck } from "../security/check_origin.ts";
import { type Secret, sign, verify } from "../security/token.ts";
import { Admission } from "./admission.ts";
import { RequestInfo, type ServeInfo } from "./connect_info.ts";
import { ConnectionSet } from "./connection_set.ts";
import { IdleSweep } from "./idle_sweep.ts";
import { postedFrames } from "./long_poll_body.ts";
import { type LongPollLimits, longPollLimits, type LongPollOptions } from "./long_poll_options.ts";
import { LongPollSession, type SessionContext } from "./long_poll_session.ts";
import { parseParams } from "./params.ts";
import { RequestSnapshot } from "./request_snapshot.ts";
import { type SessionFinder, sessionFinder } from "./session_finder.ts";
import type { SocketDriver } from "./socket_driver.ts";
import { frameUndeliverable, limitHit } from "./telemetry.ts";
import type { Transport, TransportDefaults } from "./transport.ts";

/** What a mount takes over from its endpoint. */
export interface LongPollDefaults extends TransportDefaults {
  /** Signs the tokens of sessions. */
  readonly secret: Secret;
}

const TOKEN_SALT = "long poll session";
const CORS = { "access-control-allow-origin": "*", "cache-control": "no-store" } as const;
/** A session may go unpolled for this many windows; the sweep gives twice its time. */
const WINDOWS_OF_GRACE = 1.5;
const SWEEP_FACTOR = 2;

/** Lets clients of one driver poll. */
export class LongPollTransport implements Transport {
  readonly #limits: LongPollLimits;
  readonly #defaults: LongPollDefaults;
  readonly #authToken: boolean;
  readonly #findSession: SessionFinder | undefined;
  readonly #admission: Admission;
  readonly #sessions = new Map<string, LongPollSession>();
  readonly #context: SessionContext;

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
    this.#authToken = options.authToken ?? false;
    const { checkOrigin = true } = options;
    const origins = originCheck(checkOrigin, defaults.host);
    this.#admission = new Admission(driver, { ...defaults, connectTimeoutMs: limits.connectTimeoutMs, origins });
    this.#findSession = sessionFinder(options, checkOrigin);
    this.#context = {
      windowMs: limits.windowMs,
      maxBufferedBytes: limits.maxBufferedBytes,
      idle: new IdleSweep(limits.windowMs * WINDOWS_OF_GRACE / SWEEP_FACTOR),
      open: new ConnectionSet(defaults.notice),
      onGone: ({ id }) => void this.#sessions.delete(id),
    };
  }

  /** The sessions. */
  get connections(): ConnectionSet {
    return this.#context.open;
  }

  /** Forgets frames that still wait for a poll. */
  end(): void {
    for (const session of [...this.#sessions.values()]) session.abandon();
  }

  /** Answers a poll, a post, or the question of a browser whether it may. */
  async handle(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    return await this.#admission.answer(() => this.#answer(request, info, pathParams));
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
    const token = tokenOf(request);
    const session = await this.#resume(token);
    if (!session) return await this.#open(request, info, pathParams);
    const polled = await session.poll();
    if (polled.outcome === "nothing") return json(204, { token, messages: [] });
    info?.completed?.catch(() => session.putBack(polled.frames)); // the client went while it waited
    return deliver(session, polled.frames, token!);
  }

  async #post(request: Request): Promise<Response> {
    const session = await this.#resume(tokenOf(request));
    if (!session?.isOpen) return status(410);
    const posted = await postedFrames(request, this.#limits);
    if (!posted.ok && posted.status === 413) {
      limitHit("maxFrameBytes", { max: this.#limits.maxFrameBytes, connection: session });
    }
    if (!posted.ok) return status(posted.status, posted.status, { error: posted.reason });
    for (const frame of posted.frames) session.receive(frame);
    if (session.isOpen) return status(200);
    // As Phoenix, whose request waits in vain for a session that a malformed message has ended.
    await pause(this.#limits.windowMs);
    return status(408);
  }

  async #open(
    request: Request,
    info: ServeInfo | undefined,
    pathParams: Readonly<Record<string, string>>,
  ): Promise<Response> {
    if (this.connections.draining) return this.#defaults.notice.response(CORS);
    const authToken = this.#authToken ? request.headers.get("x-phoenix-authtoken") ?? undefined : undefined;
    const params = parseParams(new URL(request.url).search, pathParams);
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
        const session = new LongPollSession(ulid(), result.value, this.#context, result.seat);
        this.#sessions.set(session.id, session);
        const maxAgeMs = this.#limits.tokenMaxAgeMs;
        const token = await sign(this.#defaults.secret, TOKEN_SALT, session.id, { maxAgeMs });
        return json(410, { token, messages: [] });
      }
    }
  }

  /** Finds the session of a token. One that is gone is looked for a while, so that guessing is slow. */
  async #resume(token: string | undefined): Promise<LongPollSession | undefined> {
    const result = await verify(this.#defaults.secret, TOKEN_SALT, token);
    if (!result.ok) return undefined;
    const session = this.#sessions.get(String(result.data));
    if (!session && !this.connections.draining) await pause(this.#limits.resumeTimeoutMs);
    return session;
  }
}

function tokenOf(request: Request): string | undefined {
  // The last one: phoenix.js adds its own behind the parameters of the application, which may have a "token" too.
  return new URL(request.url).searchParams.getAll("token").at(-1) ?? request.headers.get("x-phoenix-longpoll-token") ??
    undefined;
}

/** Puts frames into an answer; those behind one that does not fit wait for the next poll. */
function deliver(session: LongPollSession, frames: readonly Frame[], token: string): Response {
  const messages = frames.map(textOf);
  const unfit = messages.indexOf(undefined);
  if (unfit === -1) return json(200, { token, messages });
  session.putBack(frames.toSpliced(unfit, 1));
  frameUndeliverable.emit({ connection: session, frame: frames[unfit]! });
  return status(500, 406); // 500 is what phoenix.js knows: it opens a new session
}

/** A frame as a JSON text can hold it. Phoenix puts binary ones in as they are, if they happen to be UTF-8. */
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
  const headers = { ...CORS, "content-type": "application/json; charset=utf-8" };
  return new Response(JSON.stringify({ status: code, ...more }), { status: httpStatus, headers });
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
