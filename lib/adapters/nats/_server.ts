/**
 * Servers of NATS: reads their URLs, and decides on encryption.
 *
 * @module
 */

import { isLoopback } from "../_loopback.ts";
import type { NatsCredentials, NatsServers, NatsTls } from "./options.ts";

/** A server to connect to. */
export interface Server {
  /** A name for logs and errors, without credentials. */
  readonly name: string;
  /** A host name or an address, without brackets. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** How to log in, if the server wants it. */
  readonly credentials: NatsCredentials | undefined;
  /** Encryption: an object requires it, `false` refuses it, `undefined` uses it if the server offers it. */
  readonly tls: NatsTls | false | undefined;
}

const DEFAULT_PORT = 4222;
const SCHEME = /^([a-z]+):\/\//i;

/**
 * Reads the options.
 *
 * @throws {TypeError} If a URL is none of NATS, or its connection would not be encrypted although its host is another
 * machine. The text has no URL, which may hold a password.
 */
export function readServers({ servers = "nats://127.0.0.1:4222", credentials, tls }: NatsServers): readonly Server[] {
  const urls = typeof servers === "string" ? [servers] : servers;
  if (urls.length === 0) throw new TypeError('Cannot create NATS adapter: "servers" must name one, received none');
  return urls.map((url, index) => readServer(url, index, credentials, tls));
}

function readServer(
  text: string,
  index: number,
  common: NatsCredentials | undefined,
  tls: NatsTls | false | undefined,
): Server {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "nats" && scheme !== "tls") {
    throw new TypeError(`Cannot create NATS adapter: servers must begin with nats:// or tls://, received ${scheme}://`);
  }
  const { url, login } = parseUrl(text.replace(SCHEME, ""), index);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const name = `NATS at ${url.hostname}:${url.port || DEFAULT_PORT}`;
  return {
    name,
    host,
    port: Number(url.port || DEFAULT_PORT),
    credentials: login ?? common,
    tls: encryptionOf(name, scheme, isLoopback(host), tls),
  };
}

function parseUrl(rest: string, index: number): { url: URL; login: NatsCredentials | undefined } {
  const url = URL.parse(`nats://${rest}`);
  if (url && url.hostname !== "" && /^\/?$/.test(url.pathname) && url.search === "" && url.hash === "") {
    try {
      return { url, login: loginOf(decodeURIComponent(url.username), decodeURIComponent(url.password)) };
    } catch { /* a "%" that encodes nothing */ }
  }
  throw new TypeError(`Cannot create NATS adapter: server ${index + 1} must be a URL, received another text`);
}

function loginOf(user: string, password: string): NatsCredentials | undefined {
  if (password !== "") return { user, password };
  return user === "" ? undefined : { token: user };
}

function encryptionOf(
  name: string,
  scheme: string | undefined,
  isLocal: boolean,
  tls: NatsTls | false | undefined,
): Server["tls"] {
  if (tls === false && scheme === "tls") {
    throw new TypeError(`Cannot create NATS adapter: "tls" must not be false for tls://, received both for ${name}`);
  }
  if (tls !== undefined) return tls;
  if (scheme === "tls") return {};
  if (isLocal) return undefined;
  if (scheme === undefined) return {};
  throw new TypeError(
    `Cannot create NATS adapter: ${name} is another machine; write tls:// or "tls" to encrypt, "tls: false" not to`,
  );
}
