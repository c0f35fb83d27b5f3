/** Endpoints with an error in an older Python; says where past any wrapper it is. */
const PROBE =
  "import sys; assert sys.version_info >= (3, 8); print(sys.executable)";

/**
 * The Python to run `tests/interop/*.py` with, 3.8 or newer, and `null` where
 * there is none.
 */
export const python: string | null = findPython();

function findPython(): string | null {
  // On Windows "python3" may be missing, or only open the shop.
  for (const command of ["python3", "python"]) {
    try {
      const { success, stdout } = new Deno.Command(command, {
        args: ["-c", PROBE],
      }).outputSync();
      if (success) return new TextDecoder().decode(stdout).trim();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}
