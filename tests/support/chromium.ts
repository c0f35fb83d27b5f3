/** What a Chromium is called on Linux: Debian's, Ubuntu's, and Google's own. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** The path of a Chromium, and `null` where there is none. */
export const chromium: string | null = findChromium();

function findChromium(): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  for (const folder of Deno.build.os === "windows" ? [] : folders) {
    for (const path of NAMES.map((name) => `${folder}/${name}`)) {
      try {
        if (Deno.statSync(path).isFile) return path;
      } catch (error) {
        // Some folder of the PATH that is not there, or may not be read.
        if (
          !(error instanceof Deno.errors.NotFound) &&
          !(error instanceof Deno.errors.PermissionDenied)
        ) throw error;
      }
    }
  }
  return null;
}
