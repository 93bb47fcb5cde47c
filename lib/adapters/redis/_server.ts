/**
 * The server that a URL names, and how to reach it safely.
 *
 * @module
 */

import { isLoopback } from "../_loopback.ts";
import type { RedisAdapterOptions, RedisTls } from "./options.ts";

/** Where Redis is, and who this program is for it. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** `undefined` without TLS. */
  readonly tls: RedisTls | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** Where it is, for errors: without credentials. */
  readonly name: string;
}

const DEFAULT_PORT = 6379;

/**
 * Reads the server's options.
 *
 * @throws {TypeError} If the URL is not one of Redis, or would need TLS. The text holds no credentials.
 */
export function readServer(options: Pick<RedisAdapterOptions, "url" | "credentials" | "tls">): RedisServer {
  const url = parse(options.url);
  const { user = decodeURIComponent(url.username), password = decodeURIComponent(url.password) } =
    options.credentials ?? {};
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port ? Number(url.port) : DEFAULT_PORT,
    tls: readTls(url, options.tls),
    user: user || undefined,
    password: password || undefined,
    database: readDatabase(url),
    name: nameOf(url),
  };
}

function parse(given: string | URL): URL {
  const url = URL.parse(given);
  if (url && url.hostname && ["redis:", "rediss:"].includes(url.protocol)) return url;
  const found = url ? `, received the protocol "${url.protocol}"` : ""; // not more: it may hold a password
  throw new TypeError(`Cannot create adapter: "url" must be like redis://host:6379 or rediss://host:6379${found}`);
}

function readTls(url: URL, tls: RedisTls | false | undefined): RedisTls | undefined {
  if (url.protocol === "rediss:") {
    if (tls !== false) return tls ?? {};
    throw new TypeError(`Cannot create adapter: "tls" must not be false for ${nameOf(url)}`);
  }
  if (tls) throw new TypeError(`Cannot create adapter: "tls" needs rediss://, received ${nameOf(url)}`);
  if (tls === false || isLoopback(url.hostname)) return undefined;
  throw new TypeError(
    `Cannot create adapter: ${
      nameOf(url)
    } is on another machine and not encrypted; use rediss://, or write "tls: false"`,
  );
}

function readDatabase({ pathname }: URL): number {
  const text = pathname.slice(1) || "0";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot create adapter: the path of "url" must be a number of a database, received "${text}"`);
}

function nameOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
