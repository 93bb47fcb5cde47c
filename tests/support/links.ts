/**
 * Links between files of this repository: in Markdown, and in doc comments.
 *
 * What is published is read on the registry's site as well. There a relative link can only lead to another published
 * file; what is not published is linked by its address on GitHub.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);
const REPOSITORY = "https://github.com/urvogel/realtime";
const RAW = "https://raw.githubusercontent.com/urvogel/realtime/";

/** Finds out where links of this checkout lead. */
export class Links {
  readonly #included: readonly string[];
  readonly #excluded: readonly string[];

  private constructor({ include, exclude }: { include: string[]; exclude: string[] }) {
    this.#included = include;
    this.#excluded = exclude;
  }

  /** Reads from `deno.json` what is published. */
  static async read(): Promise<Links> {
    const { publish } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    return new Links(publish);
  }

  /** Returns whether a file or folder is published. */
  isPublished(path: string): boolean {
    const isIn = (folders: readonly string[]) => folders.some((name) => path === name || path.startsWith(`${name}/`));
    return isIn(this.#included) && !isIn(this.#excluded);
  }

  /**
   * Returns why a link is wrong; `undefined` if it is right, or leads to another site.
   *
   * @param link What stands in the file.
   * @param file The path of the file in the repository.
   */
  async problemOf(link: string, file: string): Promise<string | undefined> {
    if (link === REPOSITORY) return undefined;
    if (link.startsWith(`${REPOSITORY}/`) || link.startsWith(RAW)) return await problemOfAddress(link);
    if (/^[a-z]+:/.test(link)) return undefined;
    const target = new URL(link, new URL(file, ROOT));
    const path = target.pathname.slice(ROOT.pathname.length);
    if (this.isPublished(file)) {
      if (file.endsWith(".ts")) return "a doc comment is read where a relative link leads nowhere";
      if (!this.isPublished(path)) return "it is not published: link its address on GitHub";
    }
    return await problemOfTarget(path, target.hash);
  }
}

async function problemOfAddress(link: string): Promise<string | undefined> {
  const [, kind = "raw", path = "", hash = ""] =
    /^https:\/\/[^/]+\/urvogel\/realtime\/(?:(blob|tree)\/)?main\/([^#]+)(#.*)?$/.exec(link) ?? [];
  if (path === "" || (kind === "raw") !== link.startsWith(RAW)) return "expected blob/main, tree/main, or a raw file";
  const found = await Deno.stat(new URL(path, ROOT)).catch(() => undefined);
  if (found && found.isDirectory !== (kind === "tree")) return "a file is a blob on GitHub, and a folder a tree";
  return await problemOfTarget(path, hash);
}

async function problemOfTarget(path: string, hash: string): Promise<string | undefined> {
  const target = new URL(path, ROOT);
  const found = await Deno.stat(target).catch(() => undefined);
  if (!found) return "there is no such file";
  if (hash === "" || !path.endsWith(".md")) return undefined;
  const anchors = anchorsOf(await Deno.readTextFile(target));
  return anchors.has(decodeURIComponent(hash.slice(1))) ? undefined : "there is no such heading";
}

/** Returns the targets of the links and pictures of a Markdown text, apart from those in code. */
export function linksOf(markdown: string): string[] {
  const text = withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, "");
  const links = text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g);
  return Array.from(links, ([, target, attribute]) => target ?? attribute!);
}

/** Returns the links of a module's doc comments, and all addresses of this repository's files in its code. */
export function linksOfModule(code: string): string[] {
  const comments = Array.from(code.matchAll(/^ *\/\*\*.*?\*\//gms), ([comment]) => comment.replaceAll(/^ *\* ?/gm, ""));
  const addresses = Array.from(code.matchAll(/https:\/\/(?:raw\.)?github[a-z]*\.com\/urvogel\/realtime[^\s"'`)>]*/g));
  return [...comments.flatMap(linksOf), ...addresses.map(([address]) => address.replace(/[.,]$/, ""))];
}

/** Returns the anchors of a file's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const headings = Array.from(withoutBlocks(markdown).matchAll(/^#+ (.*)$/gm), ([, heading]) => heading!);
  return new Set(
    headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")),
  );
}

/** Returns a Markdown text without its code blocks, in which neither links nor headings are what they look like. */
function withoutBlocks(markdown: string): string {
  return markdown.replaceAll(/^ *```.*?^ *```$/gms, "");
}
