/**
 * The addresses of servers: reads the options, and decides about TLS.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";

/** A user of the database. */
export interface PostgresCredentials {
  /** The name of the role. */
  readonly user: string;
  /** Its password. */
  readonly password?: string;
}

/** How the certificate of a server is checked. */
export interface PostgresTls {
  /**
   * The certificates of the authorities to trust, in PEM.
   *
   * @default {undefined} Those of the system.
   */
  readonly ca?: string;
  /** The certificate of this client, in PEM, for servers that ask for one. */
  readonly cert?: string;
  /** The key of `cert`, in PEM. */
  readonly key?: string;
}

/** Options that say where to connect, and as whom. */
export interface ServerOptions {
  /** See `PostgresAdapterOptions`. */
  readonly servers: string | readonly string[];
  /** See `PostgresAdapterOptions`. */
  readonly credentials?: PostgresCredentials;
  /** See `PostgresAdapterOptions`. */
  readonly tls?: false | PostgresTls;
}

/** A server, and how to connect to it. */
export interface Server {
  /** Its name for messages: host, port and database. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** The options of `tls.connect`; `false` without TLS. */
  readonly tls: false | (PostgresTls & { readonly rejectUnauthorized: true });
}

const DEFAULT_PORT = 5432;
/** Stricter than `isLoopback`, which other adapters use: who resolves `db.localhost` is not known, so it needs TLS. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/**
 * Reads the addresses.
 *
 * @returns At least one server.
 * @throws {TypeError} If an address is none, has parameters that are not supported, or names no user. The text has no
 * part of the address that may be secret.
 */
export function readServers({ servers, credentials, tls }: ServerOptions): readonly Server[] {
  const addresses = typeof servers === "string" ? [servers] : servers;
  if (!Array.isArray(addresses) || addresses.length === 0) {
    throw refused(`"servers" must be a URL or a list of URLs, received ${typeof servers}`);
  }
  return addresses.map((address) => readServer(address, credentials, tls));
}

function readServer(
  address: string,
  credentials: PostgresCredentials | undefined,
  tls: false | PostgresTls | undefined,
): Server {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === "") {
    throw noUrl();
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const user = credentials?.user ?? decoded(url.username);
  const label = `PostgreSQL at ${url.host}${url.pathname}`;
  if (user === "") throw refused(`"credentials" must name a user for ${label}, received none`);
  return {
    label,
    host,
    port,
    user,
    password: credentials?.password ?? decoded(url.password),
    database: decoded(url.pathname.slice(1)) || user,
    tls: readTls(host, tls, sslModeOf(url)),
  };
}

/** TLS with verification beyond the loopback, unless it is switched off in writing. */
function readTls(host: string, tls: false | PostgresTls | undefined, mode: string | undefined): Server["tls"] {
  if (tls === false || (tls === undefined && mode === "disable")) return false;
  if (tls === undefined && mode === undefined && LOOPBACK.test(host)) return false;
  return { ...tls, rejectUnauthorized: true };
}

/** Returns `sslmode`. Modes that encrypt without checking who decrypts are refused. */
function sslModeOf(url: URL): "disable" | "verify-full" | undefined {
  for (const name of url.searchParams.keys()) {
    if (name !== "sslmode") throw refused(`the only parameter of a URL is "sslmode", received ${quoted(name)}`);
  }
  const mode = url.searchParams.get("sslmode");
  if (mode === null) return undefined;
  if (mode === "disable" || mode === "verify-full") return mode;
  throw refused(
    `"sslmode" must be "verify-full" or "disable", since others check no certificate, received ${quoted(mode)}`,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch { // its message would be no help, and the text may be a password
    throw noUrl();
  }
}

function noUrl(): TypeError {
  return refused('a server must be a URL such as "postgres://host:5432/database", received another text');
}

function refused(why: string): TypeError {
  return new TypeError(`Cannot create adapter: ${why}`);
}
