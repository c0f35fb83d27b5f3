/**
 * The exercise of "DNS by hand": which name does an address have?
 *
 *     deno run "--allow-net=0.0.0.0:0,9.9.9.9:53" book/10-dns/answers/reverse.ts 9.9.9.9
 *
 * You see a record of type PTR with the name. A name server and its port may follow
 * the address. With dns_server.ts in another terminal:
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/10-dns/answers/reverse.ts 192.0.2.1 127.0.0.1 9999
 */
import { UdpClient } from "../../../lib/udp/mod.ts";
import { parseAnswer } from "../../../examples/dns/dns_answer.ts";
import { formatQuery, isAnswerTo } from "../../../examples/dns/dns_query.ts";

const [address = "9.9.9.9", hostname = "9.9.9.9", port = "53"] = Deno.args;

/** IPv4: the four numbers, the last one first. IPv6: the same with 32 digits. */
function reverseName(address: string): string {
  if (!address.includes(":")) {
    return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  }
  const [head = "", tail = ""] = address.split("::");
  const groups = (part: string) => part.split(":").filter((group) => group);
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array(8 - first.length - last.length).fill("0");
  const digits = [...first, ...zeros, ...last]
    .map((group) => group.padStart(4, "0")).join("");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}

using s = new UdpClient(
  { hostname, port: Number(port) },
  (local) => Deno.listenDatagram({ transport: "udp", ...local }),
);
const [id = 0] = crypto.getRandomValues(new Uint16Array(1));
const query = formatQuery(id, reverseName(address), "PTR");
const answer = await s.request(query, (message) => isAnswerTo(query, message));
const { status, records } = parseAnswer(answer);
console.log(records.length > 0 ? records.join("\n") : status);
