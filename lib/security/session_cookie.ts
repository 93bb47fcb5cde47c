/**
 * Sessions that are kept in a cookie: encrypted, so that the client can neither read nor change them.
 *
 * @module
 */

import { deleteCookie, getCookies, setCookie } from "@std/http/cookie";
import { createCsrfToken, csrfTokenMatches, maskCsrfToken } from "./_csrf.ts";
import { assertSecret, type Secret } from "./secret.ts";
import { decrypt, encrypt } from "./token.ts";

/** Who the client is, for as long as it keeps the cookie. */
export interface Session<D = unknown> {
  /** What the program keeps in it: JSON values, about 3,000 bytes at most. */
  readonly data: D;
  /** What pages of this session carry to show where they come from. */
  readonly csrf: string;
}

/** Options for {@linkcode SessionCookie}. */
export interface SessionCookieOptions {
  /** Known to the server only, at least 20 bytes; several to change it, the newest first. */
  readonly secret: Secret;
  /**
   * The cookie's name.
   *
   * @default {"_urvogel_session"}
   */
  readonly name?: string;
  /**
   * What the sessions are about. Cookies with one secret and different salts do not read each other; to read one under a
   * new name, keep its salt.
   *
   * @default {the cookie's name}
   */
  readonly salt?: string;
  /**
   * How long a session lasts, in milliseconds, from when it was written.
   *
   * @default {1209600000}
   */
  readonly maxAgeMs?: number;
  /**
   * Whether the browser keeps the cookie to HTTPS. (Browsers take `localhost` for secure.)
   *
   * @default {true}
   */
  readonly secure?: boolean;
  /**
   * Whether the browser sends the cookie along from other sites: `"Lax"` when somebody follows a link.
   *
   * @default {"Lax"}
   */
  readonly sameSite?: "Strict" | "Lax" | "None";
}

const TWO_WEEKS_MS = 1_209_600_000;
/** What browsers are sure to keep, name and attributes included: RFC 6265, section 6.1. */
const LARGEST_COOKIE_BYTES = 4096;
const ATTRIBUTE_BYTES = 200;

/**
 * Reads and writes sessions. `D` is what the program keeps in them; what comes out was once put in by the server.
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
 * A socket gets the session in `info.session` when its mount names these sessions, as in
 * `"/socket": [UserSocket, { websocket: { session: sessions } }]`, and the client sends the page's token as the parameter
 * `_csrf_token`, as with Phoenix.
 *
 * **Not for** what must be taken back before it expires: a cookie is valid until then, whatever the server has learned
 * meanwhile. Keep an id in it, and the rest on the server.
 */
export class SessionCookie<D = unknown> {
  readonly #options: Required<SessionCookieOptions>;

  /**
   * Creates sessions that nobody has yet.
   *
   * @throws {TypeError} If the secret is no text.
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

  /** Makes a session with a token of its own. Do so at each login, or a token from before would still be good. */
  create(data: D): Session<D> {
    return { data, csrf: createCsrfToken() };
  }

  /**
   * Finds a client's session.
   *
   * @param headers The request's headers.
   * @returns The session, or `undefined` if there is none, or it is too old or not one of ours.
   */
  async read(headers: Headers): Promise<Session<D> | undefined> {
    const { secret, name, salt, maxAgeMs } = this.#options;
    const result = await decrypt(secret, salt, getCookies(withoutNameless(headers))[name], { maxAgeMs });
    return result.ok && isSession<D>(result.data) ? result.data : undefined;
  }

  /**
   * Gives a client its session.
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

  /** Lets a client forget its session. */
  clear(headers: Headers): void {
    const { name, secure } = this.#options;
    deleteCookie(headers, name, { path: "/", httpOnly: true, secure });
  }

  /** What a page of this session carries: a different text each time. */
  csrfToken(session: Session<D>): string {
    return maskCsrfToken(session.csrf);
  }

  /** Tells whether `sent` is what a page of this session carries. */
  csrfTokenMatches(session: Session<D>, sent: unknown): boolean {
    return csrfTokenMatches(session.csrf, sent);
  }
}

/** Whether this is what {@linkcode SessionCookie.create} makes. What is in `data` is the program's own business. */
function isSession<D>(value: unknown): value is Session<D> {
  return typeof value === "object" && value !== null && "csrf" in value && typeof value.csrf === "string";
}

/** Browsers also send cookies without a name, such as `=x`, which any page of the domain can set: no reason to throw. */
function withoutNameless(headers: Headers): Headers {
  const parts = headers.get("cookie")?.split(";").filter((part) => /^\s*[^=\s]/.test(part)) ?? [];
  return new Headers(parts.length > 0 ? { cookie: parts.join(";") } : {});
}
