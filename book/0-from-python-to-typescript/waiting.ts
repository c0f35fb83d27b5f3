/**
 * One thread, two tasks: each waits, and the other runs meanwhile.
 *
 *     deno run book/0-from-python-to-typescript/waiting.ts
 *
 * You see the two take turns, and that both together take one second and not two.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function task(name: string): Promise<void> {
  console.log(`${name} begins`);
  await sleep(1000); // suspends this function, not the thread
  console.log(`${name} ends`);
}

const start = performance.now();
const first = task("Michael"); // called and not awaited: it is under way
const second = task("Tracy");
await Promise.all([first, second]); // wait for both
const seconds = (performance.now() - start) / 1000;
console.log(Math.round(seconds), "s");
