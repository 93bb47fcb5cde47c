/**
 * Finds the session of a browser that connects, by its cookie. Only pages of this server get it.
 *
 * A browser sends its cookies along with a connection that a foreign page opens. So a page has to prove its origin with
 * a token that is embedded in it. As in Phoenix, a client without the token is not refused: it connects without a
 * session.
 *
 * ```ts
 * import { Endpoint, ok, type Params, refuse, type ConnectInfo, SessionCookie, Socket } from "@urvogel/realtime";
 *
 * interface Login {
 *   userId: number;
 * }
 * const sessions = new SessionCookie<Login>({ secret: "a long and random text from the environment" });
 *
 * // 1. A login sets a cookie.
 * async function login(userId: number): Promise<Response> {
 *   const headers = new Headers({ location: "/" });
 *   await sessions.write(headers, sessions.create({ userId }));
 *   return new Response(null, { status: 303, headers });
 * }
 *
 * // 2. The page carries the session's token, and phoenix.js hands it over when it connects:
 * //    new Socket("/socket", { params: { _csrf_token: document.querySelector("meta[name=csrf]").content } })
 * async function page(request: Request): Promise<Response> {
 *   const session = await sessions.read(request.headers);
 *   if (!session) return new Response(null, { status: 303, headers: { location: "/login" } });
 *   const html = `<!doctype html><meta name="csrf" content="${sessions.csrfToken(session)}">`;
 *   return new Response(html, { headers: { "content-type": "text/html" } });
 * }
 *
 * // 3. The socket finds the session.
 * class UserSocket extends Socket<Login> {
 *   override channels = {};
 *   override connect(_params: Params, { session }: ConnectInfo) {
 *     return session ? ok(session.data as Login) : refuse();
 *   }
 * }
 *
 * const endpoint = new Endpoint({ sockets: { "/socket": [UserSocket, { websocket: { session: sessions } }] } });
 * ```
 *
 * @module
 */

import type { CheckOrigin } from "../../security/check_origin.ts";
import type { Session, SessionCookie } from "../../security/session_cookie.ts";
import type { Params } from "./params.ts";

/**
 * Options for the sessions of a mount's clients.
 *
 * @category Transport
 */
export interface SessionOptions {
  /**
   * Reads the sessions of browsers. The content of a client's cookie is in `info.session`, if the client proves with
   * the parameter `_csrf_token` that it is a page of this server.
   *
   * @default {none: `info.session` is `undefined`}
   */
  readonly session?: SessionCookie;
  /**
   * Whether a client has to send `_csrf_token` for its session. `false` trusts every page that `checkOrigin` allows, so
   * `checkOrigin` must not be `false` as well.
   *
   * @default {true}
   */
  readonly checkCsrf?: boolean;
}

/** The parameter that holds a page's token. Phoenix's name. */
const CSRF_PARAM = "_csrf_token";

/** Returns the session of a request, if there is one that may be used. */
export type SessionFinder = (headers: Headers, params: Params) => Promise<Session | undefined>;

/**
 * Creates the session finder of a mount.
 *
 * @returns The finder, or `undefined` for a mount without sessions.
 * @throws {TypeError} If neither origins nor tokens are checked.
 */
export function sessionFinder(
  { session: sessions, checkCsrf = true }: SessionOptions,
  checkOrigin: CheckOrigin,
): SessionFinder | undefined {
  if (!checkCsrf && checkOrigin === false) {
    throw new TypeError(
      'Cannot find sessions: "checkOrigin" and "checkCsrf" are both false, so any page could use them; set one',
    );
  }
  if (!sessions) return undefined;
  return async (headers, params) => {
    const session = await sessions.read(headers);
    if (!session || !checkCsrf) return session;
    return sessions.csrfTokenMatches(session, params[CSRF_PARAM]) ? session : undefined;
  };
}
