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
 * If a client does not receive a response, the next poll gets its messages, and no message is delivered twice: each
 * response renews the token, so a poll with an older one has missed a response. A client that keeps its first token, as
 * Phoenix permits, gets one empty response more, and what the network loses is lost for it. Deno does not report that
 * the client of a waiting poll has disconnected until there is something to send.
 *
 * With a relay (`relay.ts`), a request may reach any node: the token names the one that has the session. If that node
 * cannot be reached, the session counts as gone.
 *
 * A binary frame can only go into the JSON if it happens to be UTF-8; the poll that meets another one fails with HTTP
 * 406, and the messages around it wait for the next.
 *
 * @module
 */

import { nextTurn, Pauses } from "../../base/pause.ts";
import { originCheck } from "../../security/check_origin.ts";
import { type Secret, sign, verify } from "../../security/token.ts";
import { Admission, clientFields } from "../admission.ts";
import { RequestInfo, type ServeInfo } from "../request/connect_info.ts";
import { ConnectionSet } from "../connection_set.ts";
import { IdleSweep } from "../idle_sweep.ts";
import { DrainSweep } from "../drain_sweep.ts";
import { type LongPollLimits, longPollLimits, type LongPollOptions } from "./options.ts";
import { LongPollSession, type SessionContext } from "./_session.ts";
import { applicationQuery, parseToken, renewedToken, sessionTokenOf } from "./_token.ts";
import { parseParams } from "../request/params.ts";
import { discardBody, type PostedRequest } from "./posted_body.ts";
import { PostHandler } from "./_post_handler.ts";
import type { LongPollRelay } from "./relay.ts";
import { RelayHost } from "./_relay_host.ts";
import type { Begin } from "./_relay_message.ts";
import { RelayedRequests, relayName, type RemoteSession } from "./_relayed_requests.ts";
import { RequestSnapshot } from "../request/snapshot.ts";
import { CORS, deliver, preflight, status } from "./_responses.ts";
import { type SessionFinder, sessionFinder } from "../request/session_finder.ts";
import type { SocketDriver } from "../socket_driver.ts";
import { StraySessions } from "./_stray_sessions.ts";
import type { Transport, TransportDefaults } from "../transport.ts";

/** Settings that a mount inherits from its endpoint. */
export interface LongPollDefaults extends TransportDefaults {
  /** Signs the tokens of sessions. */
  readonly secret: Secret;
  /** Relays requests for the sessions of other nodes. */
  readonly relay?: LongPollRelay | undefined;
  /** Called once, when a client requests a session that another thread or program holds, and nothing is relayed. */
  readonly onStray?: () => void;
}

/** What a token stands for: a session of this node, one that another node has or had, or nothing. */
type Found = LongPollSession | RemoteSession | undefined;

const TOKEN_SALT = "long poll session";
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
  readonly #posting: PostHandler;
  readonly #salt: string;
  readonly #relay: LongPollRelay | undefined;
  readonly #relayed: RelayedRequests | undefined;
  readonly #host: RelayHost;
  readonly #stopsHosting: (() => void) | undefined;

  /**
   * Creates a transport without sessions.
   *
   * @throws {RangeError} If a limit is out of range.
   * @throws {TypeError} If `checkOrigin` holds something that is not an origin, or is `false` as `checkCsrf` is.
   */
  constructor(driver: SocketDriver, options: LongPollOptions, defaults: LongPollDefaults) {
    const limits = longPollLimits(options, defaults.limits);
    this.#limits = limits;
    this.#defaults = defaults;
    const { relay } = defaults;
    this.#strays = new StraySessions(relay ? undefined : defaults.onStray);
    this.#posting = new PostHandler(limits, this.#pauses);
    this.#salt = relay ? `${TOKEN_SALT} ${relay.mount}` : TOKEN_SALT;
    this.#relay = relay;
    this.#relayed = relay && new RelayedRequests(relay, limits);
    const patienceMs = limits.windowMs * WINDOWS_OF_GRACE;
    this.#host = new RelayHost((begin, request) => this.#answerRelayed(begin, request), patienceMs);
    this.#stopsHosting = relay?.link.handle(relayName(this.#strays.home), (packet) => this.#host.handle(packet));
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
    this.#relayed?.end();
    await Promise.allSettled(this.#posts); // renderError may throw
    await this.#host.end();
    this.#stopsHosting?.();
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
    try {
      return await answer;
    } finally {
      this.#posts.delete(answer);
      void discardBody(request); // one that nobody reads would keep Deno from shutting down
    }
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
    const found = await this.#find(token);
    if (found instanceof LongPollSession) return await this.#poll(found, token!);
    const response = found && await this.#relayed?.send(request, found);
    if (response) return response;
    await this.#miss(found);
    return await this.#open(request, info, pathParams);
  }

  async #poll(session: LongPollSession, token: string): Promise<Response> {
    const { signed, received } = parseToken(token);
    const delivery = await session.poll(received);
    if (!delivery) return status(500, 429); // 500 is what phoenix.js knows
    return deliver(session, delivery, renewedToken(signed, delivery.received));
  }

  async #post(request: Request): Promise<Response> {
    const token = sessionTokenOf(request);
    const found = await this.#find(token);
    if (found instanceof LongPollSession) return await this.#posting.handle(found, request);
    const response = found && await this.#relayed?.send(request, found);
    if (response) return response;
    await this.#miss(found);
    return status(410);
  }

  /** Responds to a request that another node relays. */
  #answerRelayed({ session: id, method, token }: Begin, request: PostedRequest): Promise<Response> | undefined {
    const session = this.#sessions.get(id);
    if (!session) return undefined;
    return this.#admission.answer(undefined, async () => {
      return await (method === "GET" ? this.#poll(session, token) : this.#posting.handle(session, request));
    });
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
    const details = new RequestInfo({
      request: snapshot,
      serveInfo: info,
      transport: "longpoll",
      authToken,
      session,
      addressOf: this.#admission.addressOf,
    });
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
        const session = new LongPollSession(this.#createId(), value, this.#context, seat, fields);
        this.#sessions.set(session.id, session);
        const maxAgeMs = this.#limits.tokenMaxAgeMs;
        const token = await sign(this.#defaults.secret, this.#salt, session.id, { maxAgeMs });
        return status(410, 200, { token, messages: [] });
      }
    }
  }

  /** Returns a new id for a session, which names its node if there are others. */
  #createId(): string {
    const id = this.#strays.createId();
    return this.#relay ? `${this.#relay.nodeName}.${id}` : id;
  }

  /** Finds the session of a token, here or on the node that it names. */
  async #find(token: string | undefined): Promise<Found> {
    const signed = token && parseToken(token).signed;
    const result = await verify(this.#defaults.secret, this.#salt, signed);
    const id = result.ok ? String(result.data) : undefined;
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session) return session;
    if (result.ok || result.reason === "invalid") this.#strays.look(signed, id);
    if (id === undefined) return undefined;
    return { node: id.slice(0, id.indexOf(".")), id, token: token! };
  }

  /** A session that does not exist is reported after a delay, so that guessing is slow. */
  async #miss(found: Found): Promise<void> {
    if (found && !this.connections.draining) await this.#pauses.pause(this.#limits.resumeTimeoutMs);
  }
}
