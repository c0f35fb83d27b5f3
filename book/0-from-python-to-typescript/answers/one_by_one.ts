/**
 * Answer: waits for each task before it starts the next.
 *
 *     deno run book/0-from-python-to-typescript/answers/one_by_one.ts
 *
 * You see the second task begin when the first has ended, after one second.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function task(name: string): Promise<void> {
  console.log(`${name} begins`);
  await sleep(1000);
  console.log(`${name} ends`);
}

const start = performance.now();
await task("Michael"); // awaited at once: the thread is free, this code is not
await task("Tracy");
const seconds = (performance.now() - start) / 1000;
console.log(Math.round(seconds), "s");
