/**
 * Which topics have history, as the nodes have declared it: one message in a stream of its own.
 *
 * @module
 */

import { DiscardPolicy, RetentionPolicy } from "@nats-io/jetstream";
import type { HistoryRoute } from "../../../history/engine.ts";
import { decodeRoutes, encodeRoutes } from "../../../history/route_codec.ts";
import { createStream, findStream, type JetStream } from "../_jet_stream.ts";
import { ApiCode, isApiError } from "../_api_error.ts";

const decoder = new TextDecoder();

/** The declared routes of a deployment. */
export class DeclaredRoutes {
  readonly #name: string;
  readonly #subject: string;
  readonly #replicas: number;

  /** Names the stream. */
  constructor(prefix: string, replicas: number) {
    this.#name = `${prefix}_r`;
    this.#subject = `${prefix}.r`;
    this.#replicas = replicas;
  }

  /** Replaces them. */
  async write(jetStream: JetStream, routes: readonly HistoryRoute[]): Promise<void> {
    await createStream(jetStream, {
      name: this.#name,
      subjects: [this.#subject],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_msgs: 1,
      num_replicas: this.#replicas,
    });
    await jetStream.js.publish(this.#subject, encodeRoutes(routes));
  }

  /** Returns them; none if none were declared. */
  async read(jetStream: JetStream): Promise<readonly HistoryRoute[]> {
    if (!await findStream(jetStream, this.#name)) return [];
    try {
      const { streams } = await jetStream.manager();
      const found = await streams.getMessage(this.#name, { last_by_subj: this.#subject });
      return found ? decodeRoutes(decoder.decode(found.data)) : [];
    } catch (thrown) {
      if (isApiError(thrown, ApiCode.noStream)) return [];
      throw thrown;
    }
  }
}
