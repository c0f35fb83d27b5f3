import { assertEquals } from "@std/assert";
import { Process } from "../support/process.ts";

const LIB = new URL("../../lib/", import.meta.url);

/** What somebody else writes: an echo on lib/tcp, and a client for it. */
const PROGRAM = `
import { Connection, serveTcp } from "@hello/net/tcp";

const server = serveTcp({ port: 0 }, async (connection) => {
  const buffer = new Uint8Array(1024);
  for (let n; (n = await connection.read(buffer)) !== null;) {
    await connection.write(buffer.subarray(0, n));
  }
});

const { hostname, port } = server.addr;
const client = new Connection(await Deno.connect({ hostname, port }));
await client.write(new TextEncoder().encode("Sarah"));
const buffer = new Uint8Array(5);
console.log(await client.read(buffer), new TextDecoder().decode(buffer));
await client.close();
await server.shutdown();
console.log("closed");
`;

/** Every option that makes the compiler stricter. */
const STRICTEST = {
  strict: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  exactOptionalPropertyTypes: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
};

async function copy(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

Deno.test("lib serves in an empty project elsewhere, under the strictest options", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await copy(LIB, `${dir}/lib`);
    const exports: Record<string, string> = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", LIB)),
    ).exports;
    const imports = Object.fromEntries(
      Object.entries(exports).map(([name, path]) => [
        name.replace("./", "@hello/net/"),
        path.replace("./", "./lib/"),
      ]),
    );
    await Deno.writeTextFile(
      `${dir}/deno.json`,
      JSON.stringify({ imports, compilerOptions: STRICTEST }),
    );
    await Deno.writeTextFile(`${dir}/main.ts`, PROGRAM);
    const all = Object.keys(imports).map((name) => `import "${name}";\n`);
    await Deno.writeTextFile(`${dir}/all.ts`, all.join(""));
    const deno = async (...args: string[]) => {
      await using process = Process.start(Deno.execPath(), args, {
        cwd: dir,
        env: { NO_COLOR: "1" },
      });
      return await process.ended();
    };
    const checked = await deno("check", "main.ts", "all.ts");
    assertEquals(checked.code, 0, checked.stderr);
    const { code, stdout, stderr } = await deno(
      "run",
      "--cached-only",
      "--allow-net=127.0.0.1",
      "main.ts",
    );
    assertEquals({ code, stdout, stderr }, {
      code: 0,
      stdout: "5 Sarah\nclosed\n",
      stderr: "",
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
