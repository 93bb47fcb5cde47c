/**
 * Finds the token of a long-poll session in a request.
 *
 * phoenix.js up to 1.8 appends it to the application's parameters as `token`; the application may have a `token` of its
 * own. Newer versions send it in a header, and all parameters belong to the application.
 *
 * A response renews the token: the signed token, which stays the same, is followed by the number of frames that a client
 * has received when it has received the response. The number is not signed, since a client that changes it deceives only
 * itself. See `_receipts.ts`.
 *
 * @module
 */

const HEADER = "x-phoenix-longpoll-token";
const PARAM = "token";

const RENEWED = /^(.*)~(\d{1,15})$/s;

/** A token and its number. */
export interface SessionToken {
  /** The part that is signed. */
  readonly signed: string;
  /** How many frames the client has received; absent from the token of a new session. */
  readonly received?: number;
}

/** Splits a token that may have been renewed. */
export function parseToken(token: string): SessionToken {
  const [, signed, received] = RENEWED.exec(token) ?? [];
  return signed === undefined ? { signed: token } : { signed, received: Number(received) };
}

/** Returns the token of a response, after which a client has received `received` frames. */
export function renewedToken(signed: string, received: number): string {
  return `${signed}~${received}`;
}

/** Returns the session token of `request`, if it has one. */
export function sessionTokenOf(request: Request): string | undefined {
  return request.headers.get(HEADER) ?? new URL(request.url).searchParams.getAll(PARAM).at(-1);
}

/**
 * Returns the query without the session's token, if that follows a `token` of the application. A single `token` may be
 * the application's, so it stays.
 */
export function applicationQuery(request: Request): string {
  const { search } = new URL(request.url);
  if (request.headers.has(HEADER)) return search;
  const pairs = search.slice(1).split("&");
  const isToken = (pair: string) => pair === PARAM || pair.startsWith(`${PARAM}=`);
  const last = pairs.findLastIndex(isToken);
  return last > pairs.findIndex(isToken) ? pairs.toSpliced(last, 1).join("&") : search;
}
