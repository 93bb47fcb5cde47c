// `Deno.lint` is typed as unstable only; linting itself is not.
/// <reference lib="deno.unstable" />

/**
 * Which rooms of `lib` a room may import. This table is the architecture.
 *
 * A room is a folder of `lib`, or a folder inside one that stands in this table. `otp/*` means all rooms inside `otp`,
 * and `otp` itself.
 */
export const MAY_IMPORT: Readonly<Record<string, string>> = {
  base: "",
  protocol: "base",
  security: "base",
  limits: "base",
  otp: "base otp/*",
  "otp/process": "base",
  "otp/server": "base otp/process",
  "otp/registry": "base otp/process",
  "otp/supervisor": "base otp/process otp/server",
  "otp/machine": "base otp/process otp/server otp/supervisor",
  "otp/task": "base otp/process otp/server otp/supervisor",
  create: "",
  contract: "base protocol",
  client: "base protocol contract",
  pubsub: "base otp/* protocol",
  history: "base otp/* protocol pubsub",
  cluster: "base otp/* protocol contract pubsub",
  presence: "base otp/* protocol contract pubsub cluster",
  "transport/request": "base otp/* protocol security limits",
  transport: "base otp/* protocol security limits transport/request",
  "transport/websocket": "base otp/* protocol security limits transport transport/request",
  "transport/long_poll": "base otp/* protocol security limits transport transport/request",
  channel: "base otp/* protocol contract security limits pubsub history cluster transport/*",
  endpoint: "base otp/* protocol contract security limits pubsub history cluster transport/* presence channel",
  adapters: "base otp/* protocol contract security limits pubsub history cluster transport/* presence channel endpoint",
  testing:
    "base otp/* protocol contract security limits pubsub history cluster transport/* presence channel endpoint client adapters",
};

/** Where a file of `lib` is: its room, and whether that room keeps it to itself. */
export interface Place {
  /** The room, as the table names it; a folder that is in no table is a room too. */
  readonly room: string;
  /** Whether its name begins with `_`. */
  readonly isPrivate: boolean;
}

/** Finds the room of a file, or `undefined` for a file outside the folders of `lib`. */
export function placeOf(path: string): Place | undefined {
  // The last "lib" counts: a checkout may lie below another one.
  const match = /.*\/lib\/(.+)\/([^/]*)$/.exec(path);
  if (!match) return undefined;
  const [, folders = "", file = ""] = match;
  return { room: roomOf(folders), isPrivate: file.startsWith("_") };
}

/** The innermost folder that the table names, else the outermost one. */
function roomOf(folders: string): string {
  const names = folders.split("/");
  for (let depth = names.length; depth > 0; depth--) {
    const room = names.slice(0, depth).join("/");
    if (Object.hasOwn(MAY_IMPORT, room)) return room;
  }
  return names[0]!;
}

function allows(pattern: string, room: string): boolean {
  if (!pattern.endsWith("/*")) return pattern === room;
  const folder = pattern.slice(0, -2);
  return room === folder || room.startsWith(`${folder}/`);
}

function whyNot(from: Place, target: string): string | undefined {
  const to = placeOf(target);
  if (!to) return `lib/${from.room} must not import what is outside the folders of lib`;
  if (to.room === from.room) return undefined;
  const allowed = MAY_IMPORT[from.room];
  if (allowed === undefined) return `lib/${from.room} is not in the table of layers`;
  if (!allowed.split(" ").some((pattern) => allows(pattern, to.room))) {
    return `lib/${from.room} must not import lib/${to.room}`;
  }
  return to.isPrivate ? `lib/${from.room} must not import a private file of lib/${to.room}` : undefined;
}

interface Importing {
  readonly source: Deno.lint.Expression | Deno.lint.StringLiteral | null;
  readonly range: [number, number];
}

/** Makes `deno lint` fail when an import goes against {@linkcode MAY_IMPORT}. */
export default {
  name: "layers",
  rules: {
    "no-upward-import": {
      create(context): Deno.lint.LintVisitor {
        const path = context.filename.replaceAll("\\", "/");
        const from = placeOf(path);
        if (!from) return {};
        function check({ source, range }: Importing): void {
          const name = source?.type === "Literal" ? source.value : undefined;
          if (!from || typeof name !== "string") return;
          if (name.startsWith("@urvogel/realtime")) {
            const message = `lib/${from.room} must not import the package by its name`;
            return context.report({ range, message });
          }
          if (!name.startsWith(".")) return;
          const message = whyNot(from, new URL(name, `file://${path}`).pathname);
          if (message) context.report({ range, message });
        }
        return {
          ImportDeclaration: check,
          ImportExpression: check,
          ExportNamedDeclaration: check,
          ExportAllDeclaration: check,
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;
