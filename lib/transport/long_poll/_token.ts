/**
 * Where the token of a long-poll session is in a request.
 *
 * phoenix.js up to 1.8 puts it into the parameter `token`, behind the parameters of the application, which may have a
 * `token` of its own. Newer ones send it in a header, and then all parameters are the application's.
 *
 * @module
 */

const HEADER = "x-phoenix-longpoll-token";
const PARAM = "token";

/** The token of the session that `request` belongs to, if it names one. */
export function sessionTokenOf(request: Request): string | undefined {
  return request.headers.get(HEADER) ?? new URL(request.url).searchParams.getAll(PARAM).at(-1);
}

/**
 * The query as the application meant it: without the session's token, where that stands behind a `token` of the
 * application. One that stands alone may be the application's, and stays.
 */
export function applicationQuery(request: Request): string {
  const { search } = new URL(request.url);
  if (request.headers.has(HEADER)) return search;
  const pairs = search.slice(1).split("&");
  const isToken = (pair: string) => pair === PARAM || pair.startsWith(`${PARAM}=`);
  const last = pairs.findLastIndex(isToken);
  return last > pairs.findIndex(isToken) ? pairs.toSpliced(last, 1).join("&") : search;
}
