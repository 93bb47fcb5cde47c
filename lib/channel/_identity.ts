/**
 * The identity of a connection's client: its id, assigns and expiry.
 *
 * @module
 */

import { DateAlarm } from "../base/date_alarm.ts";
import { type Ok, ok, type Refuse, refuse } from "../otp/server/result.ts";
import {
  ANOTHER_ID,
  REFRESH_CRASHED,
  TOKEN_EXPIRED,
  TOO_MANY_MESSAGES,
  TOO_MANY_PER_SECOND,
} from "../protocol/error_reasons.ts";
import { type RateLimit, TokenBucket } from "../limits/token_bucket.ts";
import type { Excess } from "../limits/excess.ts";
import { okOrRefuse } from "./_ok_or_refuse.ts";
import type { Socket } from "./socket.ts";

/** The limit for refreshes. Each one sends a message to every channel of the connection. */
const REFRESH_RATE: RateLimit = { perSecond: 1, burst: 10 };

/** The id and the assigns of a client, which are valid until they expire or are refreshed. */
export class Identity<A extends object> {
  /** The id that `Socket.id` returned. */
  readonly id: string | null;
  readonly #socket: Socket<A>;
  #assigns: A;
  #expiresAtMs: number;
  // Both are only created if the client expires or refreshes.
  #alarm: DateAlarm | undefined;
  #refreshes: { readonly rate: TokenBucket; isRunning: boolean } | undefined;
  #onExpired: (() => void) | undefined;

  /**
   * Creates the identity of a client that may connect.
   *
   * @throws {TypeError} If the assigns are not a plain object, or `id` or `expiresAtMs` return an invalid value.
   */
  constructor(socket: Socket<A>, assigns: A) {
    this.#socket = socket;
    this.#assigns = frozenCopy(assigns);
    this.#expiresAtMs = checkExpiry(socket.expiresAtMs(this.#assigns));
    this.id = checkId(socket.id(this.#assigns));
  }

  /** The assigns from `connect` or the last refresh. Frozen. */
  get assigns(): A {
    return this.#assigns;
  }

  /** Whether it has expired. */
  get isExpired(): boolean {
    return Date.now() >= this.#expiresAtMs;
  }

  /** Whether the socket is deciding about a new token. */
  get isRefreshing(): boolean {
    return this.#refreshes?.isRunning === true;
  }

  /** Calls `onExpired` when it expires, unless {@linkcode unwatch} is called first. */
  watch(onExpired: () => void): void {
    this.#onExpired = onExpired;
    this.#setAlarm();
  }

  /** Stops watching, because the connection was closed. */
  unwatch(): void {
    this.#onExpired = undefined;
    this.#alarm?.clear();
  }

  /** Returns why another refresh is refused, if it is: one is already running, or there were too many. */
  excessOfRefresh(): Excess | undefined {
    const { perSecond } = REFRESH_RATE;
    if (this.isRefreshing) return { limit: "refreshRate", max: perSecond, reason: TOO_MANY_MESSAGES };
    this.#refreshes ??= { rate: new TokenBucket(REFRESH_RATE), isRunning: false };
    if (this.#refreshes.rate.take()) return undefined;
    return { limit: "refreshRate", max: perSecond, reason: TOO_MANY_PER_SECOND };
  }

  /**
   * Asks the socket for new assigns in return for `payload`. Never rejects: an error counts as a refusal.
   *
   * @param onFailure Receives the error that the socket throws.
   */
  async refresh(payload: unknown, onFailure: (thrown: unknown) => void): Promise<Ok<A> | Refuse> {
    const refreshes = this.#refreshes!;
    refreshes.isRunning = true;
    try {
      return this.#accept(await this.#socket.refresh(payload, this.#assigns));
    } catch (thrown) {
      onFailure(thrown);
      return refuse({ reason: REFRESH_CRASHED });
    } finally {
      refreshes.isRunning = false;
    }
  }

  #accept(result: Ok<A> | Ok<undefined> | Refuse): Ok<A> | Refuse {
    const decided = okOrRefuse(
      result,
      () => "Cannot refresh socket: refresh must return ok(assigns) or refuse(reason)",
    );
    if (decided.next === "refuse") return decided;
    const assigns = frozenCopy(decided.value ?? this.#assigns);
    const expiresAtMs = checkExpiry(this.#socket.expiresAtMs(assigns));
    // Decisions based on the old id, such as which connections to close, would be wrong from now on.
    if (checkId(this.#socket.id(assigns)) !== this.id) return refuse({ reason: ANOTHER_ID });
    if (this.isExpired || Date.now() >= expiresAtMs) return refuse({ reason: TOKEN_EXPIRED });
    this.#assigns = assigns;
    this.#expiresAtMs = expiresAtMs;
    if (this.#onExpired) this.#setAlarm();
    return ok(assigns);
  }

  #setAlarm(): void {
    if (this.#expiresAtMs !== Infinity) this.#alarm ??= new DateAlarm(() => this.#onExpired?.());
    this.#alarm?.set(this.#expiresAtMs);
  }
}

/**
 * Returns a frozen copy of the assigns, since all channels of a connection share them. Class instances are refused: a
 * copy would lose their methods.
 */
function frozenCopy<A extends object>(assigns: A): A {
  const prototype = Object.getPrototypeOf(assigns);
  if (prototype === Object.prototype || prototype === null) return Object.freeze({ ...assigns });
  const found = prototype.constructor?.name || "another object";
  throw new TypeError(`Cannot connect socket: assigns must be a plain object, received ${found}; put it in one`);
}

function checkId(id: unknown): string | null {
  if (id === null || typeof id === "string") return id;
  throw new TypeError(`Cannot connect socket: id must return a string or null, returned ${typeof id}`);
}

function checkExpiry(expiresAtMs: unknown): number {
  if (typeof expiresAtMs === "number" && !Number.isNaN(expiresAtMs)) return expiresAtMs;
  const found = typeof expiresAtMs === "number" ? expiresAtMs : typeof expiresAtMs;
  throw new TypeError(`Cannot connect socket: expiresAtMs must return milliseconds since 1970, returned ${found}`);
}
