/**
 * Tokens that expire while phoenix.js is connected with them.
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Channel, Endpoint, type ExitReason, ok, type Params, refuse, reply, Socket, Token } from "@urvogel/realtime";
import { refresh, ReplyError } from "@urvogel/realtime/client";
import {
  answerOf,
  CLIENT_VERSIONS,
  Inbox,
  loadLongPoll,
  loadSocketClass,
  type PhoenixSocket,
} from "../support/phoenix_client.ts";
import { onTransports } from "../support/transports.ts";

const SECRET = "0123456789abcdef0123";
// The client leaves timers and requests of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

interface User {
  readonly name: string;
  readonly expiresAtMs: number;
}

async function readToken(token: unknown) {
  const result = await Token.verify(SECRET, "user", token);
  return result.ok ? ok({ name: String(result.data), expiresAtMs: result.expiresAtMs }) : refuse(result);
}

const createToken = (name: string, maxAgeMs: number) => Token.sign(SECRET, "user", name, { maxAgeMs });

const ended: ExitReason[] = [];

class RoomChannel extends Channel<User> {
  override join(_topic: string, _params: unknown, { assigns }: { assigns: User }) {
    return ok({ name: assigns.name });
  }
  override handleIn = this.handlers({ who: (_payload, { assigns }) => reply({ name: assigns.name }) });
  override terminate(reason: ExitReason) {
    ended.push(reason);
  }
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect({ token }: Params) {
    return readToken(token);
  }
  override expiresAtMs({ expiresAtMs }: User) {
    return expiresAtMs;
  }
  override refresh(payload: unknown) {
    return readToken((payload as { token?: unknown } | null)?.token);
  }
}

for (const way of ["WebSocket", "LongPoll"]) {
  onTransports(
    `phoenix.js over ${way} comes back with a new token when the old one expires`,
    sanitize,
    async (transport) => {
      const [newest] = CLIENT_VERSIONS;
      const PhoenixSocketClass = await loadSocketClass(newest!);
      const LongPoll = await loadLongPoll(newest!);
      const longpoll = { resumeTimeoutMs: 20 }; // how long the poll after the last is kept waiting
      await using server = await transport.serve(new Endpoint({ sockets: { "/socket": [UserSocket, { longpoll }] } }));
      ended.length = 0;
      let token = await createToken("ann", 300);
      const next = await createToken("ann again", 60_000);
      const socket = new PhoenixSocketClass(`${server.url.replace("http", "ws")}/socket`, {
        params: () => ({ token }),
        transport: way === "LongPoll" ? LongPoll : WebSocket,
        reconnectAfterMs: () => 10,
        rejoinAfterMs: () => 10,
      });
      socket.connect();
      try {
        const room = socket.channel("room:1");
        const [joins, errors] = [new Inbox(), new Inbox()];
        room.onError(errors.put);
        room.join().receive("ok", joins.put);
        assertEquals(await joins.next(), { name: "ann" });
        token = next;
        assertEquals(await errors.next(), { reason: "token expired" });
        assertEquals(await joins.next(), { name: "ann again" });
        assertEquals(ended, [{ shutdown: "expired" }]);
        assertEquals(await answerOf(room.push("who", {})), { status: "ok", response: { name: "ann again" } });
      } finally {
        await new Promise<void>((resolve) => socket.disconnect(resolve));
      }
    },
  );
}

onTransports(
  "phoenix.js shows a new token on the live connection, by the lines that socket.ts gives",
  sanitize,
  async (transport) => {
    const PhoenixSocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
    await using server = await transport.serve(new Endpoint({ sockets: { "/socket": UserSocket } }));
    const tokens = [await createToken("ann", 60_000), await createToken("ann, refreshed", 60_000)];
    // Exactly as documented, but for the URL and the import.
    const doc = await Deno.readTextFile("lib/channel/socket.ts");
    const lines = /```js ignore\n \* import { refresh } from [^\n]+\n \*\n \* const socket = ([^`]*)```/.exec(doc)![1]!;
    const [, plainPush = ""] = /Without that module: `([^`]+)`/.exec(doc)!;
    const code = lines.replaceAll(/^ \* ?/gm, "").replace('"/socket"', "url").split("\n");
    const answers = new Inbox<{ event: string; payload: unknown }>();
    const open = new Function("Socket", "url", "token", `return ${code[0]}`);
    const socket: PhoenixSocket = open(PhoenixSocketClass, `${server.wsUrl}/socket`, tokens[0]);
    socket.onMessage((message) => {
      const { topic, event, payload } = message as { topic: string; event: string; payload: unknown };
      if (topic === "phoenix") answers.put({ event, payload });
    });
    socket.connect();
    try {
      const room = socket.channel("room:1");
      assertEquals(await answerOf(room.join()), { status: "ok", response: { name: "ann" } });
      const renew = new Function(
        "refresh",
        "socket",
        "fetchToken",
        "token",
        `return (async () => { ${code.slice(1).join("\n")} })()`,
      );
      await renew(refresh, socket, () => tokens[1]);
      assertEquals(await answers.next(), { event: "phx_reply", payload: { status: "ok", response: {} } });
      assertEquals(await answerOf(room.push("who", {})), { status: "ok", response: { name: "ann, refreshed" } });
      new Function("socket", "token", plainPush)(socket, tokens[0]);
      assertEquals(await answers.next(), { event: "phx_reply", payload: { status: "ok", response: {} } });
      assertEquals(await answerOf(room.push("who", {})), { status: "ok", response: { name: "ann" } });
      await assertRejects(() => renew(refresh, socket, () => "forged"), ReplyError);
      const { payload } = await answers.next();
      assertEquals(payload, { status: "error", response: { ok: false, reason: "invalid" } });
    } finally {
      await new Promise<void>((resolve) => socket.disconnect(resolve));
    }
  },
);
