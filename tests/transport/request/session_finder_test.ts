import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { getSetCookies } from "@std/http/cookie";
import {
  type ConnectInfo,
  Endpoint,
  ok,
  SessionCookie,
  type SessionCookieOptions,
  type SocketDriver,
  type SocketOptions,
} from "@urvogel/realtime";
import { RawClient } from "../../support/raw_client.ts";
import { serve } from "../../support/serve.ts";

const SECRET = "0123456789abcdef0123";

interface Login {
  userId: number;
}

/** A server whose sockets tell who they take the client for, and the ways to them. */
function setUp(options: SocketOptions["websocket"] & object) {
  const seen: unknown[] = [];
  const driver: SocketDriver = {
    connect(_params, { session }: ConnectInfo) {
      seen.push(session?.data);
      return ok({ open: () => ({ handleIn() {}, close() {} }) });
    },
  };
  const mount = { websocket: options, longpoll: { checkCsrf: true, ...options, windowMs: 20 } };
  const endpoint = new Endpoint({ sockets: { "/socket": [driver, mount] } });
  const server = serve(endpoint);
  return { seen, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The cookie and the page of somebody who has logged in. */
async function browser(more: Partial<SessionCookieOptions> = {}) {
  const sessions = new SessionCookie<Login>({ secret: SECRET, ...more });
  const session = sessions.create({ userId: 7 });
  const headers = new Headers();
  await sessions.write(headers, session);
  const cookie = getSetCookies(headers).map(({ name, value }) => `${name}=${value}`).join("; ");
  return { sessions, cookie, token: sessions.csrfToken(session) };
}

type World = Awaited<ReturnType<typeof setUp>>;
const transports: Record<string, (world: World, cookie: string, query: string) => Promise<number>> = {
  async websocket({ server: { port } }, cookie, query) {
    const headers = cookie === "" ? {} : { Cookie: cookie };
    await using client = await RawClient.connect({ port, path: `/socket/websocket?${query}`, headers });
    return client.handshake.status;
  },
  async longpoll({ server: { url } }, cookie, query) {
    const response = await fetch(`${url}/socket/longpoll?${query}`, { headers: { cookie } });
    return (await response.json()).status;
  },
};

for (const [name, connect] of Object.entries(transports)) {
  const welcome = name === "websocket" ? 101 : 410;

  Deno.test(`info.session over ${name} is there for pages with the session's token only`, async () => {
    const { sessions, cookie, token } = await browser();
    await using world = setUp({ session: sessions });
    const own = `_csrf_token=${encodeURIComponent(token)}`;
    const other = `_csrf_token=${encodeURIComponent((await browser()).token)}`;
    const cases: [cookie: string, query: string, userId: number | undefined][] = [
      [cookie, own, 7],
      [cookie, "", undefined], // a foreign page
      [cookie, other, undefined], // the token of another session
      [cookie, "_csrf_token[]=x", undefined],
      [`${cookie}x`, own, undefined],
      ["", own, undefined],
    ];
    for (const [sent, query] of cases) assertStrictEquals(await connect(world, sent, query), welcome);
    assertEquals(world.seen, cases.map(([, , userId]) => userId && { userId }));
  });

  Deno.test(`info.session over ${name} is there without a token where checkCsrf is off`, async () => {
    const { sessions, cookie } = await browser();
    await using world = setUp({ session: sessions, checkCsrf: false });
    assertStrictEquals(await connect(world, cookie, ""), welcome);
    assertEquals(world.seen, [{ userId: 7 }]);
  });

  Deno.test(`info.session over ${name} is nobody's where the mount names no session`, async () => {
    const { cookie, token } = await browser();
    await using world = setUp({});
    assertStrictEquals(await connect(world, cookie, `_csrf_token=${encodeURIComponent(token)}`), welcome);
    assertEquals(world.seen, [undefined]);
  });

  Deno.test(`Endpoint() refuses checkOrigin and checkCsrf both off over ${name}`, async () => {
    const driver: SocketDriver = { connect: () => ok({ open: () => ({ handleIn() {}, close() {} }) }) };
    const { sessions } = await browser();
    for (const session of [{}, { session: sessions }]) {
      const options = { checkCsrf: false, ...session };
      const mount = { websocket: false as const, [name]: options };
      const error = '"checkOrigin" and "checkCsrf" are both false';
      assertThrows(() => new Endpoint({ sockets: { "/s": [driver, mount] }, checkOrigin: false }), TypeError, error);
      const own = { ...mount, [name]: { ...options, checkOrigin: false as const } };
      assertThrows(() => new Endpoint({ sockets: { "/s": [driver, own] } }), TypeError, error);
    }
  });
}
