/**
 * The socket of a channel whose messages are checked against its contract, with `EndpointOptions.validateOut`.
 *
 * @module
 */

import type { OutgoingCheck } from "../../contract/outgoing_check.ts";
import type { PublishOptions } from "../../history/publish.ts";
import type { JsonObject, Payload } from "../../protocol/payload.ts";
import type { ChannelContext } from "../_channel_context.ts";
import { ChannelSocket } from "../channel_socket.ts";
import type { RequestOptions } from "../requests/request.ts";
import type { StreamOptions, StreamResult } from "../history/stream.ts";

/** A socket that checks what is pushed and broadcast. A class of its own, so that other sockets check nothing. */
export class CheckedSocket<A extends object> extends ChannelSocket<A> {
  readonly #check: OutgoingCheck;

  /** Creates the socket of a channel. */
  constructor(context: ChannelContext, check: OutgoingCheck) {
    super(context);
    this.#check = check;
  }

  override push(event: string, payload: Payload): void {
    this.#check.assertPayload("push", event, payload);
    super.push(event, payload);
  }

  override broadcast(event: string, payload: Payload): void {
    this.#check.assertPayload("broadcast", event, payload);
    super.broadcast(event, payload);
  }

  override async publish(event: string, payload: Payload, options?: PublishOptions): Promise<string> {
    this.#check.assertPayload("publish", event, payload);
    return await super.publish(event, payload, options);
  }

  override stream(
    event: string,
    payloads: AsyncIterable<Payload> | Iterable<Payload>,
    options?: StreamOptions,
  ): Promise<StreamResult> {
    return super.stream(event, this.#checked(event, payloads), options);
  }

  async *#checked(event: string, payloads: AsyncIterable<Payload> | Iterable<Payload>): AsyncGenerator<Payload> {
    for await (const payload of payloads) {
      this.#check.assertPayload("publish", event, payload);
      yield payload;
    }
  }

  override broadcastFrom(event: string, payload: Payload): void {
    this.#check.assertPayload("broadcast", event, payload);
    super.broadcastFrom(event, payload);
  }

  override localBroadcast(event: string, payload: Payload): void {
    this.#check.assertPayload("broadcast", event, payload);
    super.localBroadcast(event, payload);
  }

  override localBroadcastFrom(event: string, payload: Payload): void {
    this.#check.assertPayload("broadcast", event, payload);
    super.localBroadcastFrom(event, payload);
  }

  override request(event: string, payload: JsonObject, options?: RequestOptions): Promise<unknown> {
    this.#check.assertPayload("request", event, payload);
    return super.request(event, payload, options);
  }
}
