// `Deno.lint` is typed as unstable only; linting itself is not.
/// <reference lib="deno.unstable" />

/** Which folders of `lib` a folder may import. This table is the architecture. */
const MAY_IMPORT: Readonly<Record<string, string>> = {
  base: "",
  protocol: "base",
  otp: "base",
  security: "base",
  limits: "base",
  pubsub: "base otp protocol",
  cluster: "base protocol otp pubsub",
  client: "base protocol",
  transport: "base otp protocol security limits",
  presence: "base otp protocol pubsub cluster",
  channel: "base otp protocol security limits pubsub cluster transport",
  endpoint: "base otp protocol security limits pubsub cluster transport presence channel",
  adapters: "base protocol pubsub transport endpoint",
  testing: "base protocol otp security limits pubsub cluster client transport presence channel endpoint adapters",
};

/** Where a file of `lib` is: its folder, and whether that folder keeps it to itself. */
interface Place {
  readonly layer: string;
  readonly isPrivate: boolean;
}

function placeOf(path: string): Place | undefined {
  // The last "lib" counts: a checkout may lie below another one.
  const match = /.*\/lib\/([^/]+)\/(?:.*\/)?([^/]*)$/.exec(path);
  if (!match) return undefined;
  const [, layer = "", file = ""] = match;
  return { layer, isPrivate: file.startsWith("_") };
}

function whyNot(from: Place, target: string): string | undefined {
  const to = placeOf(target);
  if (!to) return `lib/${from.layer} must not import what is outside the folders of lib`;
  if (to.layer === from.layer) return undefined;
  const allowed = MAY_IMPORT[from.layer];
  if (allowed === undefined) return `lib/${from.layer} is not in the table of layers`;
  if (!allowed.split(" ").includes(to.layer)) {
    return `lib/${from.layer} must not import lib/${to.layer}`;
  }
  return to.isPrivate ? `lib/${from.layer} must not import a private file of lib/${to.layer}` : undefined;
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
            const message = `lib/${from.layer} must not import the package by its name`;
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
