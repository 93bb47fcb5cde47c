/**
 * nats-server with JetStream.
 *
 * @module
 */

import { type AccessOptions, TLS, urlOf } from "./access.ts";
import { EngineProcess } from "./engine_process.ts";

/** Options for {@linkcode startNats}. */
export interface NatsOptions extends AccessOptions {
  /**
   * The subjects on which the user may publish and to which it may subscribe. Needs `credentials`.
   *
   * @default {undefined} All.
   */
  readonly permissions?: { readonly publish: readonly string[]; readonly subscribe: readonly string[] };
  /**
   * The largest message that it carries, in bytes.
   *
   * @default {1_048_576}
   */
  readonly maxPayloadBytes?: number;
  /**
   * Whether it keeps messages.
   *
   * @default {true}
   */
  readonly jetStream?: boolean;
}

const CONFIG = "nats.json";

/** Starts nats-server. Its URL begins with `nats://`, or with `tls://`. */
export async function startNats(options: NatsOptions = {}): Promise<EngineProcess> {
  return await EngineProcess.start({
    program: "nats-server",
    url: (port) => urlOf(options.tls ? "tls" : "nats", port, options),
    prepare: (folder) => Deno.writeTextFile(`${folder}/${CONFIG}`, JSON.stringify(configOf(options, folder))),
    args: (folder, port) => ["--config", `${folder}/${CONFIG}`, "--addr", "127.0.0.1", "--port", `${port}`],
    isReady,
  });
}

/** The configuration; JSON is a part of its format. */
function configOf(options: NatsOptions, folder: string): unknown {
  const { credentials, permissions, tls, maxPayloadBytes, jetStream = true } = options;
  return {
    ...jetStream && { jetstream: { store_dir: folder } },
    ...credentials && { authorization: { users: [{ ...credentials, ...permissions && { permissions } }] } },
    ...tls && { tls: { cert_file: TLS.certPath, key_file: TLS.keyPath } },
    ...maxPayloadBytes !== undefined && { max_payload: maxPayloadBytes },
  };
}

/** It speaks first, without TLS. */
async function isReady(port: number): Promise<boolean> {
  using tcp = await Deno.connect({ hostname: "127.0.0.1", port });
  const bytes = new Uint8Array(4);
  await tcp.read(bytes);
  return new TextDecoder().decode(bytes) === "INFO";
}
