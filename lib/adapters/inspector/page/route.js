/**
 * The address of what is shown: everything is in the fragment, so it can be bookmarked and sent to a colleague.
 *
 * @module
 */

/** Reads the fragment: the name of the view, and its parameters. */
export function currentRoute() {
  const [name, query] = location.hash.slice(1).split("?");
  return { name: name || "overview", params: Object.fromEntries(new URLSearchParams(query)) };
}

/** Returns the address of a view. The node stays the same unless `params` names another one. */
export function linkTo(name, params = {}) {
  const { node } = currentRoute().params;
  const query = new URLSearchParams(
    Object.entries({ ...(node ? { node } : {}), ...params })
      .filter(([, value]) => value !== "" && value !== undefined && value !== null)
      .map(([key, value]) => [key, `${value}`]),
  );
  return `#${name}${query.size > 0 ? `?${query}` : ""}`;
}
