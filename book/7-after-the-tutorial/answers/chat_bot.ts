/**
 * Answer: a member of the chat room that welcomes each new one.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/answers/chat_bot.ts
 *
 * Only the room's own lines begin with "* ", so no member can make the bot welcome a
 * member that has not come. It replies to no member, so two bots do not talk for
 * ever. Ctrl-C ends it.
 */
import { readLines } from "../../../lib/io/mod.ts";
import { Connection } from "../../../lib/tcp/mod.ts";
import { printable } from "../../../lib/text/mod.ts";

const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await using s = new Connection(conn);
const say = (line: string) => s.write(new TextEncoder().encode(`${line}\n`));

await say("Bot");
for await (const typed of readLines(s, { maxLength: 1_024 })) {
  const line = printable(typed.trimEnd());
  console.log(line);
  const [, name] = /^\* (\S+) has joined$/.exec(line) ?? [];
  if (name !== undefined) await say(`/msg ${name} Welcome, ${name}!`);
}
