/** Fails in an older Python; prints the path of the program behind any wrapper. */
const PROBE =
  "import sys; assert sys.version_info >= (3, 8); print(sys.executable)";

/** The Python, 3.8 or newer, that runs `tests/interop/*.py`; `null` if there is none. */
export const python: string | null = findPython();

function findPython(): string | null {
  // On Windows "python3" may be missing, or open the Microsoft Store.
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
