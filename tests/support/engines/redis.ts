/**
 * redis-server, which writes what it stores to its disk.
 *
 * @module
 */

import { type AccessOptions, TLS, urlOf } from "./access.ts";
import { EngineProcess } from "./engine_process.ts";

/** Options for {@linkcode startRedis}. */
export interface RedisOptions extends AccessOptions {
  /**
   * What the user may do, in the syntax of Redis' ACL. Needs `credentials`.
   *
   * @default {["~*", "&*", "+@all"]}
   */
  readonly acl?: readonly string[];
  /**
   * Whether it confirms nothing before it is on the disk.
   *
   * @default {false}
   */
  readonly isDurable?: boolean;
}

const CONFIG = "redis.conf";
const EVERYTHING = ["~*", "&*", "+@all"];

/** Starts redis-server. Its URL begins with `redis://`, or with `rediss://`. */
export async function startRedis(options: RedisOptions = {}): Promise<EngineProcess> {
  return await EngineProcess.start({
    program: "redis-server",
    url: (port) => urlOf(options.tls ? "rediss" : "redis", port, options),
    prepare: (folder) => Deno.writeTextFile(`${folder}/${CONFIG}`, configOf(options, folder)),
    args: (folder, port) => [`${folder}/${CONFIG}`, ...options.tls ? ["--tls-port", `${port}`] : ["--port", `${port}`]],
    isReady: (port) => isReady(port, options.tls),
  });
}

function configOf({ credentials, acl = EVERYTHING, tls, isDurable }: RedisOptions, folder: string): string {
  const lines = ["bind 127.0.0.1", "port 0", `dir ${folder}`, 'save ""', "appendonly yes"];
  if (isDurable) lines.push("appendfsync always");
  if (credentials) {
    const { user, password } = credentials;
    lines.push("user default off", `user ${user} on ">${password}" ${acl.join(" ")}`);
  }
  if (tls) {
    lines.push(`tls-cert-file ${TLS.certPath}`, `tls-key-file ${TLS.keyPath}`, "tls-auth-clients no");
  }
  return lines.join("\n");
}

/** While it reads its data it replies with `-LOADING`; `-NOAUTH` is good enough. */
async function isReady(port: number, tls = false): Promise<boolean> {
  const address = { hostname: "127.0.0.1", port };
  using tcp: Deno.Conn = tls ? await Deno.connectTls({ ...address, caCerts: [TLS.ca] }) : await Deno.connect(address);
  await tcp.write(new TextEncoder().encode("PING\r\n"));
  const bytes = new Uint8Array(7);
  await tcp.read(bytes);
  return ["+PONG\r\n", "-NOAUTH"].includes(new TextDecoder().decode(bytes));
}
