/** The programs that are measured, and how each is started. */

/** A program that serves the tutorial's protocol. */
export interface Rival {
  /** Its name in the tables. */
  name: string;
  /** The protocol that it serves. */
  transport: "tcp" | "udp";
  /** Starts it on any free port; it prints `Bind TCP on PORT...`. */
  command: string[];
  /** A command that fails where the rival cannot run. */
  needs: [string, ...string[]];
}

/** The reference of the ratios: the limit of what one thread can do. */
export const LIMIT = "C, epoll";

/** The same for UDP. */
export const UDP_LIMIT = "C, loop";

/** Node, with what its documentation shows. */
export const NODE = "Node, net";

/** The same for UDP. */
export const UDP_NODE = "Node, dgram";

/** The tutorial's way. */
export const THREADS = "Python, threads (the tutorial)";

/** The same calls as the scripts make, and nothing around them. */
export const BARE = "Deno, the bare loop";

/** The script of this project, as the tables call it. */
export const OURS = "this project";

const deno = Deno.execPath();
const server = [deno, "run", "--quiet", "--allow-net=127.0.0.1"];

/**
 * All rivals.
 *
 * @param built The folder with the compiled programs.
 */
export function rivals(built: string): Rival[] {
  return [
    tcp(LIMIT, [`${built}/tcp_epoll`, "0"], ["gcc", "--version"]),
    tcp(
      OURS,
      [
        ...server,
        "tcp_server.ts",
        "--port=0",
        "--delay=0",
        "--quiet",
        "--max-connections=5000",
      ],
      [
        deno,
        "--version",
      ],
    ),
    tcp(BARE, [...server, "bench/peers/tcp_deno.ts", "0"], [deno, "--version"]),
    tcp(NODE, ["node", "bench/peers/tcp_node.mjs", "0"], [
      "node",
      "--version",
    ]),
    tcp(THREADS, [
      "python3",
      "bench/peers/tcp_threads.py",
      "0",
    ], ["python3", "--version"]),
    tcp("Python, asyncio", ["python3", "bench/peers/tcp_asyncio.py", "0"], [
      "python3",
      "--version",
    ]),
    tcp("Python, uvloop", ["python3", "bench/peers/tcp_uvloop.py", "0"], [
      "python3",
      "-c",
      "import uvloop",
    ]),
    tcp("Go", [`${built}/tcp_go`, "0"], ["go", "version"]),
    tcp("Bun", ["bun", "bench/peers/tcp_bun.ts", "0"], ["bun", "--version"]),
    udp(UDP_LIMIT, [`${built}/udp_loop`, "0"], ["gcc", "--version"]),
    udp(OURS, [...server, "udp_server.ts", "--port=0", "--quiet"], [
      deno,
      "--version",
    ]),
    udp(BARE, [
      ...server,
      "--unstable-net",
      "bench/peers/udp_deno.ts",
      "0",
    ], [deno, "--version"]),
    udp("Deno, for await", [
      ...server,
      "--unstable-net",
      "bench/peers/udp_deno_iterator.ts",
      "0",
    ], [deno, "--version"]),
    udp(UDP_NODE, ["node", "bench/peers/udp_node.mjs", "0"], [
      "node",
      "--version",
    ]),
    udp("Python, blocking (the tutorial)", [
      "python3",
      "bench/peers/udp_blocking.py",
      "0",
    ], ["python3", "--version"]),
  ];
}

function tcp(name: string, command: string[], needs: Rival["needs"]): Rival {
  return { name, transport: "tcp", command, needs };
}

function udp(name: string, command: string[], needs: Rival["needs"]): Rival {
  return { name, transport: "udp", command, needs };
}
