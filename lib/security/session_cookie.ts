/**
 * Sessions in a cookie, encrypted so that the client can neither read nor change them.
 *
 * @module
 */

import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import { createCsrfToken, csrfTokenMatches, maskCsrfToken } from "./_csrf.ts";
import { assertSecret, type Secret } from "./secret.ts";
import { decrypt, encrypt } from "./token.ts";

/**
 * A client's session: data that the server stores in the client's cookie.
 *
 * @category Security
 */
export interface Session<D = unknown> {
  /** The program's data: JSON values, about 3,000 bytes at most. */
  readonly data: D;
  /** The CSRF token, with which pages of this session prove that they come from this server. */
  readonly csrf: string;
}

/**
 * Options for {@linkcode SessionCookie}.
 *
 * @category Security
 */
export interface SessionCookieOptions {
  /** A secret that only the server knows, at least 20 bytes; several for rotation, the newest first. */
  readonly secret: Secret;
  /**
   * The cookie's name.
   *
   * @default {"_urvogel_session"}
   */
  readonly name?: string;
  /**
   * The purpose of the sessions. A cookie can only be read with the salt it was written with, even if the secret is the
   * same; to read one under a new name, keep its salt.
   *
   * @default {the cookie's name}
   */
  readonly salt?: string;
  /**
   * How long a session is valid after it was written, in milliseconds.
   *
   * @default {1209600000}
   */
  readonly maxAgeMs?: number;
  /**
   * Whether the browser sends the cookie only over HTTPS. (Browsers consider `localhost` secure.)
   *
   * @default {true}
   */
  readonly secure?: boolean;
  /**
   * Whether the browser sends the cookie with requests from other sites; `"Lax"` only when the user follows a link.
   *
   * @default {"Lax"}
   */
  readonly sameSite?: "Strict" | "Lax" | "None";
}

const TWO_WEEKS_MS = 1_209_600_000;
/** The cookie size that all browsers support, including name and attributes: RFC 6265, section 6.1. */
const LARGEST_COOKIE_BYTES = 4096;
const ATTRIBUTE_BYTES = 200;

/**
 * Reads and writes sessions in a cookie. `D` is the type of the program's data; only data that the server itself wrote
 * is ever returned.
 *
 * ```ts
 * import { SessionCookie } from "@urvogel/realtime";
 *
 * const sessions = new SessionCookie<{ userId: number }>({ secret: "a long and random text from the environment" });
 *
 * async function login(userId: number): Promise<Response> {
 *   const headers = new Headers({ location: "/" });
 *   await sessions.write(headers, sessions.create({ userId }));
 *   return new Response(null, { status: 303, headers });
 * }
 *
 * async function page(request: Request): Promise<Response> {
 *   const session = await sessions.read(request.headers);
 *   if (!session) return new Response(null, { status: 303, headers: { location: "/login" } });
 *   // <script>new Socket("/socket", { params: { _csrf_token: "..." } })</script>
 *   return new Response(sessions.csrfToken(session));
 * }
 * ```
 *
 * A socket receives the session in `info.session` if its mount has these sessions as an option, as in
 * `"/socket": [UserSocket, { websocket: { session: sessions } }]`, and the client sends the page's token in the
 * parameter `_csrf_token`, as with Phoenix.
 *
 * **Not for** rights that must be revoked before they expire: a cookie is valid until then. Store an id in it, and the
 * rest on the server.
 *
 * @category Security
 */
export class SessionCookie<D = unknown> {
  readonly #options: Required<SessionCookieOptions>;

  /**
   * Creates a reader and writer of sessions.
   *
   * @throws {TypeError} If the secret is not a string.
   * @throws {RangeError} If the secret has less than 20 bytes.
   */
  constructor({
    secret,
    name = "_urvogel_session",
    salt = name,
    maxAgeMs = TWO_WEEKS_MS,
    secure = true,
    sameSite = "Lax",
  }: SessionCookieOptions) {
    assertSecret(secret, "create session cookie");
    this.#options = { secret, name, salt: `session cookie: ${salt}`, maxAgeMs, secure, sameSite };
  }

  /** Creates a session with a new CSRF token. Do so at each login; otherwise an earlier token would remain valid. */
  create(data: D): Session<D> {
    return { data, csrf: createCsrfToken() };
  }

  /**
   * Reads a client's session from its cookie.
   *
   * @param headers The request's headers.
   * @returns The session, or `undefined` if there is none, or it has expired or was not written by this server.
   */
  async read(headers: Headers): Promise<Session<D> | undefined> {
    const { secret, name, salt, maxAgeMs } = this.#options;
    const result = await decrypt(secret, salt, getCookies(withoutNameless(headers))[name], { maxAgeMs });
    return result.ok && isSession<D>(result.data) ? result.data : undefined;
  }

  /**
   * Writes a session into a client's cookie.
   *
   * @param headers The response's headers.
   * @param session The session.
   * @throws {RangeError} If the session is larger than a cookie may be.
   */
  async write(headers: Headers, session: Session<D>): Promise<void> {
    const { secret, name, salt, maxAgeMs, secure, sameSite } = this.#options;
    const value = await encrypt(secret, salt, session, { maxAgeMs });
    const bytes = name.length + value.length + ATTRIBUTE_BYTES;
    if (bytes > LARGEST_COOKIE_BYTES) {
      throw new RangeError(
        `Cannot write session: a cookie must be <= ${LARGEST_COOKIE_BYTES} bytes, received ${bytes}`,
      );
    }
    const age = Number.isFinite(maxAgeMs) ? { maxAge: Math.floor(maxAgeMs / 1000) } : {};
    setCookie(headers, { name, value, path: "/", httpOnly: true, secure, sameSite, ...age });
  }

  /** Deletes a client's session cookie. */
  clear(headers: Headers): void {
    const { name, secure } = this.#options;
    deleteCookie(headers, name, { path: "/", httpOnly: true, secure });
  }

  /** Returns the CSRF token for a page of this session, masked: a different text each time. */
  csrfToken(session: Session<D>): string {
    return maskCsrfToken(session.csrf);
  }

  /** Returns whether `sent` is the CSRF token of this session, masked or not. */
  csrfTokenMatches(session: Session<D>, sent: unknown): boolean {
    return csrfTokenMatches(session.csrf, sent);
  }
}

/**
 * Returns whether a value has the form of {@linkcode SessionCookie.prototype.create | SessionCookie.create}'s result.
 * `data` is not checked.
 */
function isSession<D>(value: unknown): value is Session<D> {
  return typeof value === "object" && value !== null && "csrf" in value && typeof value.csrf === "string";
}

/** Removes cookies without a name, such as `=x`, which any page of the domain can set: they would cause an error. */
function withoutNameless(headers: Headers): Headers {
  const parts = headers.get("cookie")?.split(";").filter((part) => /^\s*[^=\s]/.test(part)) ?? [];
  return new Headers(parts.length > 0 ? { cookie: parts.join(";") } : {});
}
