/**
 * Finds the token of a long-poll session in a request.
 *
 * phoenix.js up to 1.8 appends it to the application's parameters as `token`; the application may have a `token` of its
 * own. Newer versions send it in a header, and all parameters belong to the application.
 *
 * @module
 */

const HEADER = "x-phoenix-longpoll-token";
const PARAM = "token";

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
