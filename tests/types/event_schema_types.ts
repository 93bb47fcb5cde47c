/**
 * There is room for events with schemas: a second form of `handlers`, or a property of the class, can give each handler
 * the payload that its schema lets through, and what comes out is still the `EventHandlers` that `handleIn` takes. No
 * type of the package has to change for it. `deno check` is the test.
 *
 * @module
 */

import {
  Channel,
  type EventHandler,
  type EventHandlers,
  type JsonOrBytes,
  ok,
  reply,
  replyError,
} from "@urvogel/realtime";

/** What of Standard Schema counts here: https://standardschema.dev. */
interface Schema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { readonly value: Output } | { readonly issues: readonly unknown[] };
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** Events by name, as the payloads that their schemas let through: inferred from `{ say: schema }`. */
type Schemas<E> = { readonly [K in keyof E]: Schema<E[K]> };
type SchemaHandlers<A extends object, E> = { readonly [K in keyof E]: EventHandler<A, E[K]> };

function validated<A extends object, P>(schema: Schema<P>, handler: EventHandler<A, P>): EventHandler<A> {
  return (payload, socket, push) => {
    const result = schema["~standard"].validate(payload);
    return "issues" in result ? replyError({ reason: "invalid payload" }) : handler(result.value, socket, push);
  };
}

/** What `Channel` would gain. */
abstract class SchemaChannel<A extends object> extends Channel<A> {
  protected override handlers<H extends EventHandlers<A>>(handlers: H): H;
  protected override handlers<E>(schemas: Schemas<E>, handlers: SchemaHandlers<A, NoInfer<E>>): EventHandlers<A>;
  protected override handlers(first: object, second?: object): never {
    const handlers = second as Readonly<Record<string, EventHandler<A>>> | undefined;
    const schemas = first as Readonly<Record<string, Schema<JsonOrBytes>>>;
    const entries = Object.entries(handlers ?? {}).map(([name, handler]) => [name, validated(schemas[name]!, handler)]);
    return (handlers ? Object.fromEntries(entries) : first) as never;
  }
}

interface User {
  readonly user: string;
}
declare const say: Schema<{ text: string }>;
declare const move: Schema<readonly [x: number, y: number]>;

/** Never joined. */
export class RoomChannel extends SchemaChannel<User> {
  override join() {
    return ok();
  }

  override handleIn = {
    ...this.handlers({ say, move }, {
      say: (payload, socket) => {
        const text: string = payload.text;
        // @ts-expect-error: the schema knows no such field
        payload.html;
        socket.broadcast("said", { text, by: socket.assigns.user });
        return reply();
      },
      move: ([x, y], socket, push) => {
        socket.broadcast("moved", { at: x + y, ref: push.ref });
        return reply();
      },
    }),
    // Beside them, handlers as they are today: of unknown payloads.
    ...this.handlers({
      "*": (payload) => {
        // @ts-expect-error: nothing is known of it
        payload.text;
        return replyError();
      },
    }),
  };
}

/** Never joined. */
export class WrongHandlers extends SchemaChannel<User> {
  override join() {
    return ok();
  }

  // @ts-expect-error: "move" has no handler
  override handleIn = this.handlers({ say, move }, { say: () => reply() });
}

declare const typed: EventHandler<User, { text: string }>;

/** A typed handler alone is none for `handleIn`: nobody would have looked at the payload. */
export const handlers: EventHandlers<User> = {
  // @ts-expect-error: the payload is unknown
  unchecked: typed,
  checked: validated(say, typed),
};
