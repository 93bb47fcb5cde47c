/**
 * The access to an engine: its users, and encryption.
 *
 * @module
 */

/** Options that all engines have in common. */
export interface AccessOptions {
  /**
   * The only user that may connect.
   *
   * @default {undefined} Everybody.
   */
  readonly credentials?: Credentials;
  /**
   * Whether it speaks TLS only, with the certificate of {@linkcode TLS}.
   *
   * @default {false}
   */
  readonly tls?: boolean;
}

/** A user's name and password. */
export interface Credentials {
  /** The name. */
  readonly user: string;
  /** The password. */
  readonly password: string;
}

/** The certificate of engines, for `localhost` and 127.0.0.1. */
export const TLS = {
  /** The path of the certificate. */
  certPath: fixture("cert"),
  /** The path of its key. */
  keyPath: fixture("key"),
  /** The authority that signed it. */
  ca: Deno.readTextFileSync(fixture("ca")),
  /** Another authority, which did not. */
  wrongCa: Deno.readTextFileSync(fixture("wrong_ca")),
} as const;

/** Returns the URL of an engine on the loopback. */
export function urlOf(scheme: string, port: number, { credentials }: AccessOptions, path = ""): string {
  const { user, password } = credentials ?? { user: "", password: "" };
  const login = credentials ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : "";
  return `${scheme}://${login}127.0.0.1:${port}${path}`;
}

function fixture(name: string): string {
  return new URL(`../../fixtures/tls/${name}.pem`, import.meta.url).pathname;
}
