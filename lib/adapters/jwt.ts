/**
 * JSON Web Tokens: the easy path for programs that already have them, from their own login or from a provider.
 *
 * ```ts
 * import { ok, type Params, refuse, Socket } from "@urvogel/realtime";
 * import { jwtVerifier } from "@urvogel/realtime/jwt";
 *
 * const verify = jwtVerifier({ secret: "a long and random text, 32 bytes or more" });
 * // or: jwtVerifier({ jwksUrl: "https://login.example.com/.well-known/jwks.json", issuer: "...", audience: "..." })
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = {};
 *   override async connect(params: Params) {
 *     const result = await verify(params.token);
 *     return result.ok ? ok({ user: String(result.claims.sub) }) : refuse({ reason: result.reason });
 *   }
 * }
 * ```
 *
 * Checked are the signature, `exp`, `nbf`, and what is asked for of `iss` and `aud`; the algorithm must be one of those
 * that fit the key, so that a token cannot choose its own. The work is done by [jose](https://github.com/panva/jose).
 *
 * @module
 */

import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  importSPKI,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from "jose";

/** Where the keys come from: a shared secret, a public key, or the address where a provider publishes its keys. */
export type JwtKey =
  | {
    /** The secret of `HS256` tokens. */
    readonly secret: string;
  }
  | {
    /** A public key in PEM (`-----BEGIN PUBLIC KEY-----`), for `ES256` or `RS256`. */
    readonly publicKey: string;
    /** What it is for. */
    readonly algorithm: "ES256" | "RS256";
  }
  | {
    /** The address of a JWK set, for `ES256` and `RS256`. Keys are fetched when first needed, and kept. */
    readonly jwksUrl: string | URL;
  };

/** Options for {@linkcode jwtVerifier}. */
export type JwtOptions = JwtKey & {
  /** Who must have issued the token: its `iss`. Anybody by default. */
  readonly issuer?: string | readonly string[];
  /** Whom the token must be for: its `aud`. Anybody by default. */
  readonly audience?: string | readonly string[];
  /**
   * How far clocks may be apart, in milliseconds: a token is taken that much longer than it says, also by a socket whose
   * `expiresAtMs` is that of the check.
   *
   * @default {0}
   */
  readonly clockToleranceMs?: number;
};

/** What became of a check. */
export type JwtResult =
  | {
    readonly ok: true;
    /** What the token says. */
    readonly claims: Readonly<Record<string, unknown>>;
    /** From when on it is no longer taken, in milliseconds since 1970: `exp` and the tolerance; `Infinity` if never. */
    readonly expiresAtMs: number;
  }
  | {
    readonly ok: false;
    /**
     * `"missing"`: there was no token; `"invalid"`: not one to trust; `"expired"`: too old; `"unavailable"`: the
     * provider's keys could not be had, so nothing is known of the token.
     */
    readonly reason: "missing" | "invalid" | "expired" | "unavailable";
  };

/** Checks a token, as the client sent it. */
export type JwtVerifier = (token: unknown) => Promise<JwtResult>;

interface KeySource {
  readonly algorithms: readonly string[];
  readonly key: JWTVerifyGetKey;
  /** Fails if the key cannot be read. */
  readonly ready: Promise<unknown> | undefined;
}

/**
 * Makes a check for tokens.
 *
 * @param options Where the keys come from, and what the tokens have to say.
 * @returns The check. It never throws because of a token, only because of a `publicKey` that cannot be read.
 * @throws {RangeError} If the secret has less than 32 bytes (RFC 7518, section 3.2).
 * @throws {TypeError} If the secret is no text, or `jwksUrl` is not a URL.
 */
export function jwtVerifier(options: JwtOptions): JwtVerifier {
  const { issuer, audience, clockToleranceMs = 0 } = options;
  const { algorithms, key, ready } = keySource(options);
  const checks: JWTVerifyOptions = {
    algorithms: [...algorithms],
    clockTolerance: clockToleranceMs / 1000,
    ...(issuer !== undefined && { issuer: asList(issuer) }),
    ...(audience !== undefined && { audience: asList(audience) }),
  };
  return async (token) => {
    if (token === undefined || token === null || token === "") return { ok: false, reason: "missing" };
    if (typeof token !== "string") return { ok: false, reason: "invalid" };
    await ready; // a key that is none is the program's fault, not the token's
    try {
      const { payload } = await jwtVerify(token, key, checks);
      return { ok: true, claims: payload, expiresAtMs: expiry(payload) + clockToleranceMs };
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
  };
}

const SHORTEST_SECRET_BYTES = 32;

function keySource(options: JwtKey): KeySource {
  if ("secret" in options) {
    if (typeof options.secret !== "string") {
      throw new TypeError(`Cannot verify tokens: "secret" must be text, received ${typeof options.secret}`);
    }
    const secret = new TextEncoder().encode(options.secret);
    if (secret.length < SHORTEST_SECRET_BYTES) {
      throw new RangeError(
        `Cannot verify tokens: "secret" must have >= ${SHORTEST_SECRET_BYTES} bytes, received ${secret.length}`,
      );
    }
    return { algorithms: ["HS256"], key: () => secret, ready: undefined };
  }
  if ("jwksUrl" in options) {
    return {
      algorithms: ["ES256", "RS256"],
      key: createRemoteJWKSet(new URL(options.jwksUrl), { [customFetch]: fetchKeys }),
      ready: undefined,
    };
  }
  const { publicKey, algorithm } = options;
  const key = importSPKI(publicKey, algorithm);
  key.catch(() => {}); // told to whoever verifies
  return { algorithms: [algorithm], key: () => key, ready: key };
}

/** jose leaves the body of an answer that it cannot use unread, and its connection open. */
const fetchKeys: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (response.status !== 200) await response.body?.cancel();
  return response;
};

function asList(value: string | readonly string[]): string[] {
  return typeof value === "string" ? [value] : [...value];
}

function expiry({ exp }: JWTPayload): number {
  return exp === undefined ? Infinity : exp * 1000;
}

function reasonOf(error: unknown): "invalid" | "expired" | "unavailable" {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWKSTimeout) return "unavailable";
  // Everything that is wrong with a token is one of jose's own errors; the rest is the network, or the provider.
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC" ? "invalid" : "unavailable";
}
