/**
 * Describes the contracts of an endpoint as an [AsyncAPI](https://www.asyncapi.com) document, for documentation and for
 * clients in other languages.
 *
 * ```ts
 * import { channelOf, Endpoint, noreply, ok, Socket } from "@urvogel/realtime";
 * import { asyncApi } from "@urvogel/realtime/asyncapi";
 * import { contract } from "@urvogel/realtime/contract";
 * import { assertEquals } from "@std/assert";
 * import * as z from "zod";
 *
 * const room = contract({ in: { say: { payload: z.object({ text: z.string() }) } } });
 * class RoomChannel extends channelOf(room) {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({ say: () => noreply() });
 * }
 * class UserSocket extends Socket {
 *   override channels = { "room:*": RoomChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * const endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
 * const document = asyncApi(endpoint, { title: "Chat", version: "1.0.0" });
 * assertEquals(document.channels.room?.address, "room:{rest}");
 * assertEquals(document.operations.room_say?.action, "receive");
 * ```
 *
 * @module
 */

import type { Endpoint } from "../../endpoint/endpoint.ts";
import type { AsyncApiDocument, ChannelObject, OperationObject, ServerObject } from "./document.ts";
import { ChannelWriter } from "./_channel_writer.ts";
import { Ids } from "./_ids.ts";
import type { ToJsonSchema } from "./json_schema.ts";

export type {
  AsyncApiDocument,
  ChannelObject,
  JsonSchema,
  MessageObject,
  OperationObject,
  Reference,
  ServerObject,
} from "./document.ts";
export type { ToJsonSchema } from "./json_schema.ts";

/** Options for {@linkcode asyncApi}. */
export interface AsyncApiOptions {
  /** What the application is called. */
  readonly title: string;
  /** The version of the application. */
  readonly version: string;
  /**
   * The public host of the server, such as `"chat.example"`, with its port if that is not the usual one.
   *
   * @default {the document names no servers}
   */
  readonly host?: string;
  /**
   * How clients connect to the host.
   *
   * @default {"wss"}
   */
  readonly protocol?: "ws" | "wss";
  /**
   * Converts a schema to a JSON Schema of draft 7, of its input, or returns `undefined`. For libraries without
   * [Standard JSON Schema](https://standardschema.dev/json-schema): with Valibot,
   * `(schema) => toJsonSchema(schema, { target: "draft-07", typeMode: "input", errorMode: "ignore" })` of
   * `@valibot/to-json-schema`, if the schema's vendor is `"valibot"`.
   *
   * @default {what the library itself does, as Zod from 4.2 and ArkType from 2.1.28 do; an empty schema elsewhere}
   */
  readonly toJsonSchema?: ToJsonSchema;
}

const DESCRIPTION = "Clients of Phoenix Channels connect to it. A message is the JSON text of an array: " +
  "[joinRef, ref, topic, event, payload]. The event is the name of a message here, the address of a channel is the topic.";

/**
 * Describes all contracts of an endpoint. Channels without a contract are not in it.
 *
 * Each topic pattern is a channel, with an operation for the join and for each event: what clients send is received,
 * what the server sends is sent. Payloads are those on the wire: the inputs of the schemas.
 *
 * @example Usage
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { asyncApi } from "@urvogel/realtime/asyncapi";
 * import { assertEquals } from "@std/assert";
 *
 * const endpoint = new Endpoint({ sockets: {} }); // those of the application
 * const document = asyncApi(endpoint, { title: "Chat", version: "1.0.0" });
 *
 * // Deno.serve(fetch)
 * const fetch = (request: Request, info?: Deno.ServeHandlerInfo) =>
 *   new URL(request.url).pathname === "/asyncapi.json" ? Response.json(document) : endpoint.fetch(request, info);
 * const response = await fetch(new Request("http://localhost/asyncapi.json"));
 * assertEquals((await response.json()).info.title, "Chat");
 * ```
 *
 * @param endpoint The endpoint.
 * @param options What the application is called, and where it is.
 * @returns A document of AsyncAPI 3, as JSON carries it.
 * @throws What `toJsonSchema` throws.
 */
export function asyncApi(endpoint: Pick<Endpoint, "contracts">, options: AsyncApiOptions): AsyncApiDocument {
  const { title, version, toJsonSchema: convert } = options;
  const channels: { [id: string]: ChannelObject } = {};
  const operations: { [id: string]: OperationObject } = {};
  const serverIds = serversOf(endpoint, options);
  const channelIds = new Ids();
  const operationIds = new Ids();
  for (const mounted of endpoint.contracts) {
    const id = channelIds.of(mounted.pattern);
    const server = serverIds.get(mounted.path);
    const writer = new ChannelWriter(mounted, { id, operationIds, convert, server: server?.reference });
    channels[id] = writer.channel;
    Object.assign(operations, writer.operations);
  }
  const servers = Object.fromEntries([...serverIds.values()].map(({ id, server }) => [id, server]));
  return {
    asyncapi: "3.0.0",
    info: { title, version, description: DESCRIPTION },
    defaultContentType: "application/json",
    ...(serverIds.size > 0 ? { servers } : {}),
    channels,
    operations,
  };
}

/** Names a server for each path with contracts, if the host is known. */
function serversOf({ contracts }: Pick<Endpoint, "contracts">, { host, protocol = "wss" }: AsyncApiOptions) {
  const ids = new Ids();
  const servers = new Map<
    string,
    { readonly id: string; readonly server: ServerObject; readonly reference: Pointer }
  >();
  if (host === undefined) return servers;
  for (const path of new Set(contracts.map(({ path }) => path))) {
    const id = ids.of(path);
    const server: ServerObject = { host, pathname: `${path.replace(/\/+$/, "")}/websocket`, protocol };
    servers.set(path, { id, server, reference: { $ref: `#/servers/${id}` } });
  }
  return servers;
}

type Pointer = NonNullable<ChannelObject["servers"]>[number];
