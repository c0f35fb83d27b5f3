/** The folder of the project, ending in a slash. */
export const ROOT = new URL("../../../", import.meta.url);

/** Where the site is served, beginning and ending in a slash. */
export const BASE = "/";

/**
 * The project on GitHub, such as `https://github.com/owner/name`. Once it is
 * set, each chapter has a link to edit it, and each page one to the project.
 */
export const REPOSITORY: string | undefined = undefined;

/** The tutorial that the book accompanies. */
export const TUTORIAL =
  "https://liaoxuefeng.com/books/python/network/tcp/index.html";
