/** Whether this machine has IPv6; many containers have not. */
export const hasIPv6: boolean = canListen();

function canListen(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrNotAvailable) return false;
    // The kernel has no such family at all: EAFNOSUPPORT, without a class.
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
