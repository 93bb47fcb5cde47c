/**
 * What must not compile, and what must: channels and sockets. `deno check` is the test.
 *
 * @module
 */

import {
  Channel,
  type ChannelCallHandlers,
  type ChannelSocket,
  Endpoint,
  type JoiningSocket,
  type JsonOrBytes,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  type ServerRef,
  Socket,
  stop,
} from "@urvogel/realtime";

interface User {
  readonly user: string;
}

/** Never joined. */
export class RoomChannel extends Channel<User> {
  override join(_topic: string, _params: unknown, socket: JoiningSocket<User>) {
    const user: string = socket.assigns.user;
    // @ts-expect-error: nobody may be pushed to before the join is settled
    socket.push("hello", { user });
    // @ts-expect-error: nor may anything be broadcast
    socket.broadcast("hello", { user });
    return ok({ user });
  }

  override handleIn = this.handlers({
    say: (payload, socket) => {
      // @ts-expect-error: nothing is known of what a client sends
      const text: string = payload.text;
      socket.broadcast("said", { text, by: socket.assigns.user });
      // @ts-expect-error: a payload is an object
      socket.push("said", "text");
      // @ts-expect-error: there is no such assign
      socket.assigns.name;
      return reply({ received: true });
    },
    // @ts-expect-error: a handler returns a result
    forgets: () => {},
    // @ts-expect-error: a join's result is none of a handler's
    joins: () => ok(),
    leaves: () => stop("normal"),
    waits: () => Promise.resolve(noreply()),
  });
}

/** Never mounted. */
export class ForgetfulSocket extends Socket<User> {
  override channels = {};
  // @ts-expect-error: every channel counts on `user`
  override connect() {
    return ok();
  }
}

/** Never mounted. */
export class AsyncForgetfulSocket extends Socket<User> {
  override channels = {};
  // @ts-expect-error: every channel counts on `user`
  override connect(params: Params) {
    return Promise.resolve(params.user === "ann" ? ok({ user: "ann" }) : ok());
  }
}

/** Never mounted. */
export class AnonymousSocket extends Socket<Partial<User>> {
  override channels = {};
  override connect(params: Params) {
    return typeof params.user === "string" ? ok({ user: params.user }) : ok();
  }
}

/** Never mounted. */
export class BareSocket extends Socket {
  override channels = {};
  override connect(params: Params) {
    return params.token === undefined ? refuse() : ok();
  }
}

/** Never joined. */
export class WrongJoin extends Channel<User> {
  // @ts-expect-error: join says ok or refuse
  override join() {
    return true;
  }
}

/** Never connected. */
export class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect(params: Params) {
    return typeof params.user === "string" ? ok({ user: params.user }) : refuse();
  }
  override id(assigns: User) {
    return assigns.user;
  }
}

/** Never connected. */
export class WrongAssigns extends Socket<User> {
  override channels = {};
  // @ts-expect-error: the channels need a user
  override connect() {
    return ok({ name: "ann" });
  }
}

class GameChannel extends Channel<{ readonly score: number }> {
  override join(_topic: string, _params: unknown, socket: JoiningSocket<{ readonly score: number }>) {
    return ok({ score: socket.assigns.score });
  }
}

/** Never connected. */
export class WrongChannel extends Socket<User> {
  // @ts-expect-error: this channel needs a score, which the socket does not assign
  override channels = { "game:*": GameChannel };
  override connect() {
    return ok({ user: "ann" });
  }
}

/** Never run. */
export function endpoints(socket: ChannelSocket<User>): void {
  new Endpoint({ sockets: { "/socket": UserSocket, "/other": [UserSocket, { websocket: { timeoutMs: 1 } }] } });
  // @ts-expect-error: a channel is not a socket
  new Endpoint({ sockets: { "/socket": RoomChannel } });
  // @ts-expect-error: there is no such option
  new Endpoint({ sockets: { "/socket": [UserSocket, { websocket: { timeout: 1 } }] } });
  // @ts-expect-error: assigns are shared by all channels of the connection
  socket.assigns.user = "bob";
}

interface Member {
  calls: { double(n: number): number; name(): string };
  info: "hello";
}

/** Never joined. */
export class CalledChannel extends Channel<User> {
  override join(_topic: string, _params: unknown, socket: JoiningSocket<User>) {
    const ref: ServerRef<Member> = socket.server<Member>();
    return ok({ id: ref.id });
  }
  override handleCall = this.calls<Member>({
    double: (n) => reply(2 * n),
    name: (_request, socket) => reply(socket.assigns.user),
  });
}

/** Never joined: the type may be written as well. */
export class AnnotatedCalls extends Channel<User> {
  override join() {
    return ok();
  }
  override handleCall: ChannelCallHandlers<User, Member> = {
    double: (n) => reply(2 * n),
    name: (_request, socket) => reply(socket.assigns.user),
  };
}

/** Never joined. */
export class WrongCalls extends Channel<User> {
  override join() {
    return ok();
  }
  override handleCall = this.calls<Member>({
    // @ts-expect-error: the reply is a number
    double: (n) => reply(`${n}`),
    name: () => reply("ann"),
  });
}

/** Never joined. */
export class UnknownCall extends Channel<User> {
  override join() {
    return ok();
  }
  override handleCall = this.calls<Member>({
    double: (n) => reply(n),
    name: () => reply("ann"),
    // @ts-expect-error: a call that nobody may make
    triple: () => reply(1),
  });
}

/** Never joined. */
export class ForgottenCall extends Channel<User> {
  override join() {
    return ok();
  }
  // @ts-expect-error: "name" has no handler
  override handleCall = this.calls<Member>({ double: (n) => reply(n) });
}

/** Never joined. */
export class MoreCalls extends CalledChannel {
  override handleCall = this.extendCalls<{ calls: { triple(n: number): number } }>({
    triple: (n) => reply(3 * n),
    // @ts-expect-error: a call that nobody may make
    half: (n) => reply(n / 2),
  });
}

/** Never joined. */
export class MethodChannel extends Channel<User> {
  #said = 0;
  override join() {
    // @ts-expect-error: join gets its socket as a parameter, of another type
    const socket: JoiningSocket<{ readonly score: number }> = this.socket;
    return ok({ topic: socket.topic });
  }
  override handleIn = this.handlers({
    say: this.say,
    shorthand() {
      return reply({ said: this.#said });
    },
    wrongField() {
      // @ts-expect-error: `this` is the channel, which has no such field
      return reply({ said: this.heard });
    },
    // @ts-expect-error: this method takes what no client sends
    count: this.count,
  });
  override handleOut = this.outgoing({
    said: (payload, socket) => {
      // @ts-expect-error: nothing is known of what was broadcast
      payload.from;
      socket.push("said", { ...payload, to: socket.assigns.user });
      return noreply();
    },
    // @ts-expect-error: nobody waits for a reply
    replies: () => reply(),
    // @ts-expect-error: a handler returns a result
    forgets: () => {},
  });
  override afterJoin() {
    this.socket.push("hello", { user: this.socket.assigns.user });
    // @ts-expect-error: there is no such assign
    this.socket.assigns.name;
    // @ts-expect-error: assigns are shared by all channels of the connection
    this.socket.assigns.user = "bob";
  }
  say(payload: JsonOrBytes, socket: ChannelSocket<User>) {
    socket.broadcast("said", { payload, n: ++this.#said });
    return reply();
  }
  count(by: number) {
    return reply(this.#said + by);
  }
}

/** Never joined. */
export class ModeratedChannel extends MethodChannel {
  override handleIn = this.extendHandlers({
    clear: (_payload, socket) => {
      socket.broadcast("cleared", { by: socket.assigns.user });
      return reply();
    },
    // @ts-expect-error: a handler returns a result
    forgets: () => {},
  });
  override handleOut = this.extendOutgoing({ cleared: () => noreply() });
}

/** Never joined. */
export class FloodedChannel extends MethodChannel {
  // @ts-expect-error: handlers are declared as a whole
  override handleIn = { ...super.handleIn, clear: () => reply() };
}

declare const joined: MethodChannel;
// @ts-expect-error: only the channel itself has its socket
joined.socket;

interface Moderator extends User {
  readonly mayBan: boolean;
}

/** Never connected: a channel that needs less than the socket assigns. */
export class ModeratorSocket extends Socket<Moderator> {
  override channels = { "room:*": RoomChannel, "moderated:*": ModeratedChannel };
  override connect() {
    return ok({ user: "ann", mayBan: true });
  }
}

/** Never run. */
export async function callers(socket: ChannelSocket<User>): Promise<void> {
  const ref = socket.server<Member>();
  const doubled: number = await ref.call("double", 2);
  ref.send("hello");
  // @ts-expect-error: the request is a number
  await ref.call("double", `${doubled}`);
  // @ts-expect-error: no such message
  ref.send("bye");
  // @ts-expect-error: channels take no casts
  socket.server<{ casts: { reset(): void } }>();
}
