/**
 * Exercise: how often a packet is sent until its acknowledgement has come.
 *
 *     deno run book/12-file-over-udp/answers/sends.ts
 *
 * You see the calculated mean and that of 100,000 tries, for some losses each way.
 * Packet and acknowledgement must both get through: one try in 1 / (1 - loss)^2.
 */
const PACKETS = 100_000;

/** Sends one packet until its acknowledgement has come. */
function sends(loss: number): number {
  for (let n = 1;; n++) {
    const arrives = Math.random() >= loss;
    const isAcknowledged = arrives && Math.random() >= loss;
    if (isAcknowledged) return n;
  }
}

for (const loss of [0, 0.01, 0.05, 0.3, 0.5]) {
  let total = 0;
  for (let i = 0; i < PACKETS; i++) total += sends(loss);
  const calculated = 1 / (1 - loss) ** 2;
  console.log(
    `${loss * 100} %: ${calculated.toFixed(2)}, ${
      (total / PACKETS).toFixed(2)
    }`,
  );
}
