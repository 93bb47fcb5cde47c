/**
 * Verifies JSON Web Tokens, for programs that already have them, from their own login or from a provider.
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
 * It checks the signature, `exp`, `nbf`, and, if the options ask for it, `iss` and `aud`. The algorithm must fit the
 * key, so that a token cannot choose its own. The verification is done by [jose](https://github.com/panva/jose).
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

/** Where the keys come from: a shared secret, a public key, or the URL at which a provider publishes its keys. */
export type JwtKey =
  | {
    /** The secret of `HS256` tokens. */
    readonly secret: string;
  }
  | {
    /** A public key in PEM (`-----BEGIN PUBLIC KEY-----`), for `ES256` or `RS256`. */
    readonly publicKey: string;
    /** The algorithm of the key. */
    readonly algorithm: "ES256" | "RS256";
  }
  | {
    /** The URL of a JWK set, for `ES256` and `RS256`. Keys are fetched when first needed, and cached. */
    readonly jwksUrl: string | URL;
  };

/** Options for {@linkcode jwtVerifier}. */
export type JwtOptions = JwtKey & {
  /** The required issuer of the token: its `iss`. Not checked by default. */
  readonly issuer?: string | readonly string[];
  /** The required audience of the token: its `aud`. Not checked by default. */
  readonly audience?: string | readonly string[];
  /**
   * Allowed difference between clocks, in milliseconds. A token is accepted that much longer than its `exp`, also by a
   * socket that uses the result's `expiresAtMs`.
   *
   * @default {0}
   */
  readonly clockToleranceMs?: number;
};

/** The result of a check. */
export type JwtResult =
  | {
    readonly ok: true;
    /** The claims of the token. */
    readonly claims: Readonly<Record<string, unknown>>;
    /**
     * When the token is no longer accepted, in milliseconds since 1970: `exp` plus the tolerance; `Infinity` if it does
     * not expire.
     */
    readonly expiresAtMs: number;
  }
  | {
    readonly ok: false;
    /**
     * `"missing"`: there was no token; `"invalid"`: the token cannot be trusted; `"expired"`: it is too old;
     * `"unavailable"`: the provider's keys could not be fetched, so the token could not be checked.
     */
    readonly reason: "missing" | "invalid" | "expired" | "unavailable";
  };

/** Checks a token as sent by the client. */
export type JwtVerifier = (token: unknown) => Promise<JwtResult>;

interface KeySource {
  readonly algorithms: readonly string[];
  readonly key: JWTVerifyGetKey;
  /** Rejects if the key cannot be read. */
  readonly ready: Promise<unknown> | undefined;
}

/**
 * Creates a function that checks tokens.
 *
 * @example Usage
 * ```ts
 * import { jwtVerifier } from "@urvogel/realtime/jwt";
 * import { assertEquals } from "@std/assert";
 *
 * const verify = jwtVerifier({
 *   jwksUrl: "https://login.example.com/.well-known/jwks.json", // read when the first token comes
 *   issuer: "https://login.example.com/",
 *   audience: "chat",
 * });
 * assertEquals(await verify(undefined), { ok: false, reason: "missing" });
 * ```
 *
 * @param options The key, and what the tokens must contain.
 * @returns The check. It never throws because of a token, only if `publicKey` cannot be read.
 * @throws {RangeError} If the secret has less than 32 bytes (RFC 7518, section 3.2).
 * @throws {TypeError} If the secret is not a string, or `jwksUrl` is not a URL.
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

/** Fetches keys. jose does not read the body of a response that it cannot use, which leaves its connection open. */
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
  // Every fault of a token is one of jose's own errors; other errors come from the network or the provider.
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC" ? "invalid" : "unavailable";
}
